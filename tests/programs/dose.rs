//! The example `dose`, run as a user runs it: it gives the parameters and standard errors of SciPy, and it draws the
//! picture.

use crate::executables::example;
use std::fs;
use std::path::PathBuf;

/// SciPy's estimates and standard errors of a, b, c and d. `target/tmp/dose.csv` is written by the example:
///
/// ```python
/// import numpy as np
/// from scipy.optimize import curve_fit
/// x, y = np.loadtxt("target/tmp/dose.csv", delimiter=",", skiprows=1).T
/// curve = lambda x, a, b, c, d: d + (a - d) / (1 + (x / c) ** b)
/// p, covariance = curve_fit(curve, x, y, [1, 1, 1, 0], ftol=1e-15, xtol=1e-15, gtol=1e-15)
/// print(p, np.sqrt(np.diag(covariance)))
/// ```
const SCIPY: [(&str, f64, f64); 4] = [
    ("a", 1.9956705607, 0.0052501199),
    ("b", 1.5745374590, 0.0311666385),
    ("c", 2.9079608727, 0.0412581570),
    ("d", 0.2205158828, 0.0084246309),
];

#[test]
fn fit_gives_the_parameters_and_standard_errors_of_scipy() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (data, picture) = (folder.join("dose.csv"), folder.join("dose.svg"));
    fs::remove_file(&picture).ok();
    let args = ["--csv", data.to_str().unwrap(), "--plot", picture.to_str().unwrap()];
    let output = example("dose", &args).output().unwrap();
    let out = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{out}");
    for (name, estimate, error) in SCIPY {
        let line = out.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).unwrap();
        let found: Vec<f64> = line.split_whitespace().map(|value| value.parse().unwrap()).collect();
        assert!((found[1] - estimate).abs() < 1e-6 * estimate, "{name}: expected {estimate}, got {}", found[1]);
        assert!((found[2] - error).abs() < 1e-6 * error, "{name}: expected ± {error}, got {}", found[2]);
    }
    assert_eq!(fs::read_to_string(data).unwrap().lines().count(), 1001);
    let svg = fs::read_to_string(picture).unwrap();
    for part in ["<svg", "least squares", "true", "dose", "<polyline"] {
        assert!(svg.contains(part), "no '{part}'");
    }
}
