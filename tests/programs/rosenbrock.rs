//! The example `rosenbrock` as a user runs it: where each method ends, and that the counts say what they took.

use crate::executables::example;

fn rosenbrock(args: &[&str]) -> String {
    let output = example("rosenbrock", args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The numbers of a method's row: steps, values, gradients, Hessians, products, least value, slope, distance.
fn row(out: &str, dimensions: usize, method: &str) -> [f64; 8] {
    let part = out.split("\n\n").find(|part| part.starts_with(&format!("{dimensions} dimensions"))).unwrap();
    let line = part.lines().find_map(|line| line.strip_prefix(method)).unwrap();
    let numbers: Vec<f64> = line.split_whitespace().map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

#[test]
fn both_newtons_find_the_least_point() {
    let out = rosenbrock(&["--steps", "1000"]);
    for dimensions in [2, 100] {
        for method in ["Newton", "truncated Newton"] {
            let [steps, values, gradients, hessians, products, least, slope, distance] = row(&out, dimensions, method);
            assert!(least < 1e-20 && slope <= 1e-9 && distance < 1e-8, "{method} in {dimensions}:\n{out}");
            assert!(gradients == steps + 1.0 && values >= steps, "{out}");
            let exact = method == "Newton";
            assert!((hessians == steps) == exact && (products == 0.0) == exact, "{out}");
        }
        let [steps, .., least, _, _] = row(&out, dimensions, "gradient descent");
        assert!(steps == 1000.0 && least > 1e-9, "gradient descent cannot be there yet:\n{out}");
    }
}
