//! The example `rosenbrock`, run as a user runs it: the result of each method and its counts of evaluations.

use crate::executables::example;

fn rosenbrock(args: &[&str]) -> String {
    let output = example("rosenbrock", args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the row of a method: steps, values, gradients, Hessians, products, minimum, norm of the gradient, distance.
fn row(out: &str, dimensions: usize, method: &str) -> [f64; 8] {
    let part = out.split("\n\n").find(|part| part.starts_with(&format!("{dimensions} dimensions"))).unwrap();
    let line = part.lines().find_map(|line| line.strip_prefix(method)).unwrap();
    let values: Vec<f64> = line.split_whitespace().map(|value| value.parse().unwrap()).collect();
    values.try_into().unwrap()
}

#[test]
fn both_newton_methods_find_the_minimum() {
    let out = rosenbrock(&["--steps", "1000"]);
    for dimensions in [2, 100] {
        for method in ["Newton", "truncated Newton"] {
            let [steps, values, gradients, hessians, products, minimum, norm, distance] = row(&out, dimensions, method);
            assert!(minimum < 1e-20 && norm <= 1e-9 && distance < 1e-8, "{method} in {dimensions}:\n{out}");
            assert!(gradients == steps + 1.0 && values >= steps, "{out}");
            let exact = method == "Newton";
            assert!((hessians == steps) == exact && (products == 0.0) == exact, "{out}");
        }
        let [steps, .., minimum, _, _] = row(&out, dimensions, "gradient descent");
        assert!(steps == 1000.0 && minimum > 1e-9, "gradient descent cannot be so close after 1000 steps:\n{out}");
    }
}
