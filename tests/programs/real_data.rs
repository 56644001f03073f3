//! The examples on real data as a user runs them, over five seeds.

use crate::executables::example;

/// What follows in the last line, its mean over the seeds 1 to 5.
fn mean_of_last_line(name: &str, start: &str) -> f64 {
    let of_seed = |seed: u32| {
        let output = example(name, &["--seed", &seed.to_string()]).output().unwrap();
        let (success, out) =
            (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
        let last = out.lines().last().unwrap_or_default();
        let number = last.strip_prefix(start).unwrap_or_else(|| panic!("{last}"));
        assert!(success && number.len() == 5, "{out}");
        number.parse::<f64>().unwrap()
    };
    (1..=5).map(of_seed).sum::<f64>() / 5.0
}

#[test]
fn people_are_told_apart() {
    let accuracy = mean_of_last_line("people", "cross-validated accuracy: ");
    assert!(accuracy >= 0.91, "{accuracy}");
}

#[test]
fn irises_are_told_apart() {
    let accuracy = mean_of_last_line("iris", "test accuracy: ");
    assert!(accuracy >= 0.94, "{accuracy}");
}

#[test]
fn digits_are_read() {
    let accuracy = mean_of_last_line("digits", "test accuracy: ");
    assert!(accuracy >= 0.97, "{accuracy}");
}

#[test]
fn arms_of_a_spiral_are_told_apart() {
    let accuracy = mean_of_last_line("spiral", "test accuracy: ");
    assert!(accuracy >= 0.98, "{accuracy}");
}
