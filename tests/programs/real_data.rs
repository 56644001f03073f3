//! The examples on real data, run as a user runs them, with five seeds.

use crate::executables::example;

/// Returns the mean over the seeds 1 to 5 of the number after `start` in the last line of the output.
fn mean_of_last_line(name: &str, start: &str) -> f64 {
    let last_number = |seed: u32| {
        let output = example(name, &["--seed", &seed.to_string()]).output().unwrap();
        let (success, out) =
            (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
        let last = out.lines().last().unwrap_or_default();
        let number = last.strip_prefix(start).unwrap_or_else(|| panic!("{last}"));
        assert!(success && number.len() == 5, "{out}");
        number.parse::<f64>().unwrap()
    };
    (1..=5).map(last_number).sum::<f64>() / 5.0
}

#[test]
fn people_reaches_an_accuracy_of_91_percent() {
    let accuracy = mean_of_last_line("people", "cross-validated accuracy: ");
    assert!(accuracy >= 0.91, "{accuracy}");
}

#[test]
fn iris_reaches_an_accuracy_of_94_percent() {
    let accuracy = mean_of_last_line("iris", "test accuracy: ");
    assert!(accuracy >= 0.94, "{accuracy}");
}

#[test]
fn digits_reaches_an_accuracy_of_97_percent() {
    let accuracy = mean_of_last_line("digits", "test accuracy: ");
    assert!(accuracy >= 0.97, "{accuracy}");
}

#[test]
fn spiral_reaches_an_accuracy_of_98_percent() {
    let accuracy = mean_of_last_line("spiral", "test accuracy: ");
    assert!(accuracy >= 0.98, "{accuracy}");
}
