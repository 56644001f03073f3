//! The example `regression`, run as a user runs it: all methods give the values of the lab and of scikit-learn, and it
//! draws the picture.

use crate::executables::example;
use std::fs;
use std::path::PathBuf;

fn regression(args: &[&str]) -> (bool, String) {
    let output = example("regression", args).output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// Returns the values of the three methods in the row `name` of a part of the output.
fn row(out: &str, part: usize, name: &str) -> [f64; 3] {
    let part = out.split("\n\n").find(|text| text.starts_with(&format!("{part}. "))).unwrap();
    let line = part.lines().find_map(|line| line.trim_start().strip_prefix(name)).unwrap();
    let values: Vec<f64> = line.split_whitespace().map(|value| value.parse().unwrap()).collect();
    values.try_into().unwrap()
}

#[test]
fn all_methods_give_the_values_of_scikit_learn() {
    let picture = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("surface.svg");
    fs::remove_file(&picture).ok();
    let (success, out) = regression(&["--plot", picture.to_str().unwrap()]);
    assert!(success, "{out}");
    assert!(out.contains("y = 2.1367061·x + 1.8934338"), "{out}");
    assert!(out.contains("y = 2.310601·x + 0.599747"), "{out}");

    // From scikit-learn's LinearRegression. The last digit may be truncated or rounded.
    for (part, name, expected, digit) in [
        (2, "R²", 0.5177484, 1e-7),
        (2, "intercept", -334.56714, 1e-5),
        (2, "sex", -22.859648, 1e-6),
        (2, "bmi", 5.6029621, 1e-7),
        (2, "ltg", 68.483125, 1e-6),
        (3, "R²", 0.3959941, 1e-7),
        (3, "intercept", -203.62327, 1e-5),
        (3, "bmi", 8.5190117, 1e-7),
        (3, "bp", 1.3847354, 1e-7),
    ] {
        for found in row(&out, part, name) {
            assert!(
                (found - expected).abs() < digit,
                "{name}: expected {expected}, got {found}, in part {part} of\n{out}"
            );
        }
    }

    let svg = fs::read_to_string(picture).unwrap();
    for part in ["<svg", "least squares", "start", "coefficient of bmi", "<polyline"] {
        assert!(svg.contains(part), "no '{part}'");
    }
}

#[test]
fn rejects_unknown_picture_format() {
    let (success, out) = regression(&["--plot", "surface.gif"]);
    assert!(!success && out.contains("must end in .svg or .png"), "{out}");
}
