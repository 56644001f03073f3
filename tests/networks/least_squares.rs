//! `LevenbergMarquardt` finds the certified solutions of NIST and the fits of SciPy. The expected values are from
//! `least_squares/nist.csv` and `least_squares/reference.py`.

use backprop::{
    Dual, Error, FloatWrapper, LeastSquaresResult, LevenbergMarquardt, RobustLoss, Scalar, Termination, gradient,
    jacobian, reverse,
};

/// Returns the values of a row of a file in `least_squares/`, which starts with two names.
fn row(file: &str, name: &str, kind: &str) -> Vec<f64> {
    let path = format!("tests/networks/least_squares/{file}");
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(path).unwrap();
    let row = rows.records().map(Result::unwrap).find(|row| &row[0] == name && &row[1] == kind);
    row.unwrap_or_else(|| panic!("no row {name}, {kind}")).iter().skip(2).map(|cell| cell.parse().unwrap()).collect()
}

/// The numbers of a model with at most seven parameters.
type D = Dual<f64, 7>;

/// A model of y as a function of x and parameters b.
type Model = fn(f64, [D; 7]) -> D;

/// Fits a model, whose other parameters are 0.
fn fit(
    method: &LevenbergMarquardt,
    model: Model,
    xs: &[f64],
    ys: &[f64],
    b: &mut [f64],
) -> Result<LeastSquaresResult, Error> {
    method.minimize_into(
        |b, residuals, jacobian| {
            let mut point = [0.0; 7];
            point[..b.len()].copy_from_slice(b);
            for (&x, &y) in xs.iter().zip(ys) {
                let (residual, derivatives) = gradient(|b| model(x, b) - y, point);
                residuals.push(residual);
                jacobian.extend(&derivatives[..b.len()]);
            }
            Ok(())
        },
        b,
    )
}

/// Problems of the Statistical Reference Datasets of NIST.
const NIST: [(&str, Model); 9] = [
    ("Misra1a", |x, b| b[0] * (D::of(1.0) - (-b[1] * x).exp())),
    ("DanWood", |x, b| b[0] * (b[1] * x.ln()).exp()),
    ("MGH17", |x, b| b[0] + b[1] * (-b[3] * x).exp() + b[2] * (-b[4] * x).exp()),
    ("Thurber", |x, b| {
        (b[0] + b[1] * x + b[2] * x.powi(2) + b[3] * x.powi(3))
            / (D::of(1.0) + b[4] * x + b[5] * x.powi(2) + b[6] * x.powi(3))
    }),
    ("MGH09", |x, b| b[0] * (b[1] * x + x.powi(2)) / (b[2] * x + b[3] + x.powi(2))),
    ("Rat42", |x, b| b[0] / (D::of(1.0) + (b[1] - b[2] * x).exp())),
    ("Eckerle4", |x, b| b[0] / b[1] * (-((b[2] - x) / b[1]).powi(2) / 2.0).exp()),
    ("BoxBOD", |x, b| b[0] * (D::of(1.0) - (-b[1] * x).exp())),
    ("MGH10", |x, b| b[0] * (b[1] / (b[2] + x)).exp()),
];

/// Panics unless the values are equal to a relative tolerance.
fn close(name: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    let is_close = |(a, b): (&f64, &f64)| (a / b - 1.0).abs() <= tolerance;
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(is_close),
        "{name}: {found:?}, expected {expected:?}"
    );
}

/// The certified values have eleven digits.
#[test]
fn finds_certified_solutions() {
    for (name, model) in NIST {
        let data = |kind| row("nist.csv", name, kind);
        for start in ["start 1", "start 2"] {
            let (mut b, case) = (data(start), format!("{name}, {start}"));
            let fit = fit(&LevenbergMarquardt::new(), model, &data("x"), &data("y"), &mut b).unwrap();
            if case == "MGH10, start 1" {
                // The residuals at this start are up to ten million, and a narrow valley leads to the solution.
                assert_eq!((fit.converged, fit.reason), (false, Termination::StepLimit));
                continue;
            }
            assert!(fit.converged && fit.undetermined.is_empty(), "{case}: {fit:?}");
            close(&case, &b, &data("certified"), 1e-8);
            close(&case, &fit.standard_errors(), &data("errors"), 1e-8);
            close(&case, &[2.0 * fit.cost], &data("squares"), 1e-10);
            assert_eq!(fit.degrees_of_freedom, data("x").len() - b.len());
            assert!(fit.evaluations > fit.steps && fit.steps < 600, "{case}: {fit:?}");
        }
    }
}

/// a + (b − a)/(1 + exp(−c·(x − d)))
fn logistic(x: f64, [a, b, c, d, ..]: [D; 7]) -> D {
    a + (b - a) / (D::of(1.0) + (c * (d - x)).exp())
}

/// a·exp(−b·x) + c
fn decay(x: f64, [a, b, c, ..]: [D; 7]) -> D {
    a * (-b * x).exp() + c
}

/// Compares a fit with SciPy's; returns it.
fn compare(name: &str, method: &LevenbergMarquardt, model: Model, y: &str, start: &[f64]) -> LeastSquaresResult {
    let data = |kind| row("reference.csv", "data", kind);
    let expected = |kind| row("reference.csv", name, kind);
    let mut x = start.to_vec();
    let fit = fit(method, model, &data("x"), &data(y), &mut x).unwrap();
    assert!(fit.converged, "{name}: {fit:?}");
    close(name, &x, &expected("parameters"), 1e-7);
    close(name, &[fit.cost], &expected("cost"), 1e-11);
    close(name, fit.covariance().as_slice().unwrap(), &expected("covariance"), 1e-5);
    fit
}

#[test]
fn fits_equal_those_of_scipy() {
    let method = LevenbergMarquardt::new();
    let fit = compare("logistic", &method, logistic, "logistic", &[0.0, 10.0, 1.0, 5.0]);
    let (covariance, correlation) = (fit.covariance(), fit.correlation());
    for (i, error) in fit.standard_errors().into_iter().enumerate() {
        assert_eq!((error, correlation[(i, i)]), (covariance[(i, i)].sqrt(), 1.0));
        let expected = covariance[(i, 0)] / (covariance[(i, i)] * covariance[(0, 0)]).sqrt();
        assert!((correlation[(i, 0)] - expected).abs() < 1e-14 && correlation[(i, 0)] == correlation[(0, i)]);
    }
    compare("decay", &method, decay, "decay", &[1.0, 1.0, 0.0]);
}

#[test]
fn robust_fits_equal_those_of_scipy() {
    for (name, loss) in [
        ("linear", RobustLoss::Squared),
        ("soft_l1", RobustLoss::SoftL1(0.3)),
        ("huber", RobustLoss::Huber(0.3)),
        ("cauchy", RobustLoss::Cauchy(0.3)),
        ("arctan", RobustLoss::Arctan(0.3)),
        ("tukey", RobustLoss::Tukey(1.0)),
    ] {
        compare(name, &LevenbergMarquardt::new().loss(loss), decay, "outliers", &[4.0, 0.5, 0.5]);
    }
}

#[test]
fn bounded_fits_equal_those_of_scipy() {
    let data = |kind| row("reference.csv", "data", kind);
    for name in ["bounds inside", "bounds lower", "bounds upper", "bounds both"] {
        let expected = |kind| row("reference.csv", name, kind);
        let bounds: Vec<(f64, f64)> = expected("lower").into_iter().zip(expected("upper")).collect();
        let mut x = vec![3.0, 1.0, 2.0];
        let method = LevenbergMarquardt::new().bounds(bounds.clone());
        let fit = fit(&method, decay, &data("x"), &data("decay"), &mut x).unwrap();
        assert!(fit.converged && fit.steps < 100, "{name}: {fit:?}");
        assert!(x.iter().zip(bounds).all(|(&x, (lower, upper))| x >= lower && x <= upper), "{name}: {x:?}");
        close(name, &x, &expected("parameters"), 1e-7);
        close(name, &[fit.cost], &expected("cost"), 1e-10);
        if name == "bounds inside" {
            close(name, fit.covariance().as_slice().unwrap(), &row("reference.csv", "decay", "covariance"), 1e-7);
        }
    }
}

#[test]
fn invalid_bounds_and_starts_are_errors() {
    let infinity = f64::INFINITY;
    let message = |bounds: &[(f64, f64)], start: [f64; 2]| {
        let mut x = start;
        let fit = LevenbergMarquardt::new()
            .bounds(bounds)
            .minimize(|x| (vec![x[0] - 1.0, x[1] - 1.0], vec![[1.0, 0.0], [0.0, 1.0]]), &mut x);
        assert_eq!(x, start);
        fit.unwrap_err().to_string()
    };
    assert_eq!(
        message(&[(-infinity, infinity), (0.0, 5.0)], [7.0, 7.0]),
        "`x[1]` must be between its bounds 0 and 5, got 7; start between the bounds, not on them, or widen them"
    );
    assert_eq!(
        message(&[(0.0, infinity), (0.0, 5.0)], [0.0, 1.0]),
        "`x[0]` must be between its bounds 0 and inf, got 0; start between the bounds, not on them, or widen them"
    );
    for bounds in [(2.0, 1.0), (1.0, 1.0), (f64::NAN, 1.0), (0.0, f64::NAN), (infinity, infinity)] {
        let message = message(&[(0.0, 9.0), bounds], [1.0, 1.0]);
        assert!(message.starts_with("`bounds[1]` must have a lower bound below the upper one, got ("), "{message}");
    }
    assert_eq!(message(&[(0.0, 1.0)], [0.5, 0.5]), "expected 2 pairs of bounds, got 1, in LevenbergMarquardt::bounds");
}

#[test]
fn undetermined_parameters_are_named() {
    // a·b·exp(−c·x) + 0·d: only the product of a and b is determined, and d has no influence.
    let data = [(0.0, 2.0), (1.0, 1.1), (2.0, 0.7), (3.0, 0.4), (4.0, 0.2)];
    let mut x = [1.0, 1.5, 1.0, 7.0];
    let method = LevenbergMarquardt::new();
    let model = |[a, b, c, d]: [Dual<f64, 4>; 4]| data.map(|(x, y)| a * b * (-c * x).exp() - y + d * 0.0).to_vec();
    let fit = method.minimize(|x| jacobian(model, x.try_into().unwrap()), &mut x).unwrap();
    assert!(fit.converged && x[3] == 7.0, "{fit:?} {x:?}");
    assert_eq!((&fit.undetermined[..], fit.degrees_of_freedom), (&[0, 1, 3][..], 3));
    let mut reduced = [1.5, 1.0];
    let model = |[a, c]: [Dual<f64, 2>; 2]| data.map(|(x, y)| a * (-c * x).exp() - y).to_vec();
    let other = method.minimize(|x| jacobian(model, x.try_into().unwrap()), &mut reduced).unwrap();
    close("product and rate", &[x[0] * x[1], x[2]], &reduced, 1e-8);
    let errors = fit.standard_errors();
    close("error of c", &errors[2..3], &other.standard_errors()[1..], 1e-8);
    assert!([0, 1, 3].into_iter().all(|i| errors[i].is_nan() && fit.correlation()[(i, i)].is_nan()), "{errors:?}");
    assert_eq!(fit.correlation()[(2, 2)], 1.0);
}

#[test]
fn covariance_without_degrees_of_freedom_is_nan() {
    // Two residuals and two parameters, then two residuals and three parameters
    let mut x = [0.0, 0.0];
    let square = |x: &[f64]| (vec![x[0] - 1.0, x[0] + x[1] - 3.0], vec![[1.0, 0.0], [1.0, 1.0]]);
    let fit = LevenbergMarquardt::new().minimize(square, &mut x).unwrap();
    assert!(fit.converged && (x[0] - 1.0).abs() < 1e-9 && (x[1] - 2.0).abs() < 1e-9, "{fit:?} {x:?}");
    assert_eq!(fit.degrees_of_freedom, 0);
    assert!(fit.residual_variance().is_nan() && fit.standard_errors().iter().all(|error| error.is_nan()));
    assert!((fit.correlation()[(0, 1)] + 0.5_f64.sqrt()).abs() < 1e-12); // (JᵀJ)⁻¹ = [[1, −1], [−1, 2]]
    let mut x = [0.0; 3];
    let wide = |x: &[f64]| (vec![x[0] - 1.0, x[1] + x[2] - 3.0], vec![[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]);
    let fit = LevenbergMarquardt::new().minimize(wide, &mut x).unwrap();
    assert!(fit.converged && (x[1] + x[2] - 3.0).abs() < 1e-9, "{fit:?} {x:?}");
    assert_eq!((&fit.undetermined[..], fit.degrees_of_freedom), (&[1, 2][..], 0));
}

#[test]
fn exact_data_give_exact_parameters() {
    let xs: Vec<f64> = (0..20).map(|x| f64::from(x) / 4.0).collect();
    let ys: Vec<f64> = xs.iter().map(|x| 3.0 * (-0.7 * x).exp() + 0.5).collect();
    for start in [[1.0, 1.0, 0.0], [3.0, 0.7, 0.5], [0.1, 0.1, 0.1], [100.0, 5.0, -30.0]] {
        let mut x = start.to_vec();
        let fit = fit(&LevenbergMarquardt::new(), decay, &xs, &ys, &mut x).unwrap();
        assert!(fit.converged && fit.cost < 1e-28, "{start:?}: {fit:?}");
        close("decay", &x, &[3.0, 0.7, 0.5], 1e-13);
    }
}

/// The scaled problem has the same steps, in other units. Sums of squared derivatives in these units would overflow or
/// vanish.
#[test]
fn units_do_not_change_the_steps() {
    let data = |kind| row("reference.csv", "data", kind);
    let fit = |a_unit: f64, b_unit: f64| {
        let (xs, ys) = (data("x"), data("decay"));
        let mut x = [1.0 / a_unit, 1.0 / b_unit];
        let fit = LevenbergMarquardt::new().minimize_into(
            |x, residuals, jacobian| {
                for (t, y) in xs.iter().zip(&ys) {
                    let (residual, [a, b]) =
                        gradient(|[a, b]| a * (-b * *t).exp() - *y, [x[0] * a_unit, x[1] * b_unit]);
                    residuals.push(residual);
                    jacobian.extend([a * a_unit, b * b_unit]);
                }
                Ok(())
            },
            &mut x,
        );
        (fit.unwrap(), [x[0] * a_unit, x[1] * b_unit])
    };
    let (expected, solution) = fit(1.0, 1.0);
    assert!(expected.converged);
    for (a_unit, b_unit) in [(1e150, 1e-150), (1e-150, 3.0), (7.0, 1e6)] {
        let (fit, x) = fit(a_unit, b_unit);
        close("units", &x, &solution, 1e-9);
        assert_eq!((fit.steps, fit.reason), (expected.steps, expected.reason));
        close("correlation", &[fit.correlation()[(0, 1)]], &[expected.correlation()[(0, 1)]], 1e-9);
    }
}

#[test]
fn non_finite_starts_and_wrong_shapes_are_errors() {
    type Rows = (Vec<f64>, Vec<Vec<f64>>);
    let error = |x: &mut [f64], f: fn(&[f64]) -> Rows| {
        let start = x.to_vec();
        let error = LevenbergMarquardt::new().minimize(f, x).unwrap_err();
        assert_eq!(format!("{x:?}"), format!("{start:?}"));
        error
    };
    let nan = error(&mut [1.0], |x| (vec![x[0], f64::NAN], vec![vec![1.0], vec![1.0]]));
    assert!(matches!(&nan, Error::NonFinite { what: "value", value, .. } if value.is_nan()));
    let place = "at the start of Levenberg–Marquardt";
    assert_eq!(nan.to_string(), format!("expected a finite value, got NaN, in residual 2 {place}"));
    let infinite = error(&mut [1.0, 2.0], |x| (vec![x[0]], vec![vec![1.0, f64::INFINITY]]));
    let expected = format!("expected a finite derivative, got inf, in residual 1 with respect to coordinate 2 {place}");
    assert_eq!(infinite.to_string(), expected);
    let start = error(&mut [f64::NAN], |x| (vec![x[0]], vec![vec![1.0]]));
    assert_eq!(start.to_string(), format!("expected a finite value, got NaN, in coordinate 1 {place}"));
    let overflow = error(&mut [1e200], |x| (vec![x[0]], vec![vec![1.0]]));
    assert!(matches!(overflow, Error::NonFinite { what: "cost", .. }));
    assert!(matches!(error(&mut [], |_| (vec![1.0], vec![vec![]])), Error::Empty { what: "parameter", .. }));
    assert!(matches!(error(&mut [1.0], |_| (vec![], vec![])), Error::Empty { what: "residual", .. }));
    let rows = error(&mut [1.0], |_| (vec![1.0, 2.0], vec![vec![1.0]]));
    assert!(matches!(rows, Error::Shape { expected: 2, got: 1, .. }));
    let columns = error(&mut [1.0], |_| (vec![1.0], vec![vec![1.0, 2.0]]));
    assert!(matches!(columns, Error::Shape { expected: 1, got: 2, .. }));
    let mut count = 0;
    let changing = LevenbergMarquardt::new().minimize(
        |x| {
            count += 1;
            (vec![x[0]; count], vec![[1.0]; count])
        },
        &mut [1.0],
    );
    assert!(matches!(changing, Err(Error::Shape { expected: 1, got: 2, .. })));
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let method = LevenbergMarquardt::new().loss(RobustLoss::Cauchy(scale));
        let error = method.minimize(|x| (vec![x[0]], vec![[1.0]]), &mut [1.0]).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { ref name, .. } if name == "scale"), "{error}");
    }
}

/// An error of the function in a later step leaves the parameters as they were.
#[test]
fn errors_of_the_function_are_returned() {
    let (mut calls, mut x) = (0, [1.0]);
    let fit = LevenbergMarquardt::new().minimize_into(
        |x, residuals, jacobian| {
            calls += 1;
            residuals.push(x[0] * x[0]);
            jacobian.push(2.0 * x[0]);
            if calls < 4 { Ok(()) } else { Err(Error::custom("stopped")) }
        },
        &mut x,
    );
    assert_eq!((fit, x), (Err(Error::custom("stopped")), [1.0]));
}

#[test]
fn steps_to_non_finite_points_are_rejected() {
    // ln x = 0, and ln is NaN below 0: the first full step leads there.
    let mut x = [9.0];
    let fit = LevenbergMarquardt::new().minimize(|x| jacobian(|[x]| vec![x.ln()], [x[0]]), &mut x).unwrap();
    assert!(fit.converged && (x[0] - 1.0_f64).abs() < 1e-9, "{fit:?} {x:?}");
    // Tukey's biweight of NaN is bounded, too.
    let mut x = [9.0];
    let tukey = LevenbergMarquardt::new().loss(RobustLoss::Tukey(100.0));
    let fit = tukey.minimize(|x| jacobian(|[x]| vec![x.ln()], [x[0]]), &mut x).unwrap();
    assert!(fit.converged && (x[0] - 1.0_f64).abs() < 1e-9, "{fit:?} {x:?}");
    // The least value of x² is at a wall, x ≥ 1, behind which the value is NaN.
    let mut x = [3.0];
    let wall = |[x]: [Dual<f64, 1>; 1]| vec![x + (x - 1.0).sqrt() * 0.0];
    let fit = LevenbergMarquardt::new().minimize(|x| jacobian(wall, [x[0]]), &mut x).unwrap();
    assert!(!fit.converged && x[0] >= 1.0 && x[0] < 1.1, "{fit:?} {x:?}");
}

#[test]
fn wrong_jacobian_does_not_converge() {
    let mut x = [1.0, 2.0];
    let wrong = |x: &[f64]| (vec![x[0] - 3.0, x[1] - 5.0, 1.0], vec![[-1.0, 0.0], [0.0, -1.0], [0.0, 0.0]]);
    let fit = LevenbergMarquardt::new().minimize(wrong, &mut x).unwrap();
    assert_eq!((fit.converged, fit.reason, fit.steps, x), (false, Termination::NoDecrease, 0, [1.0, 2.0]));
}

#[test]
fn steps_and_tolerance_are_limits() {
    let rosenbrock = |x: &[f64]| jacobian(|[x, y]| [(y - x * x) * 10.0, -x + 1.0].to_vec(), [x[0], x[1]]);
    let (mut few, mut loose, mut exact) = ([-1.2, 1.0], [-1.2, 1.0], [-1.2, 1.0]);
    let method = LevenbergMarquardt::new();
    let limited = method.clone().steps(3).minimize(rosenbrock, &mut few).unwrap();
    assert_eq!((limited.steps, limited.converged, limited.reason), (3, false, Termination::StepLimit));
    let unmoved = method.clone().steps(0).minimize(rosenbrock, &mut [-1.2, 1.0]).unwrap();
    assert_eq!((unmoved.steps, unmoved.evaluations), (0, 1));
    let fit = method.minimize(rosenbrock, &mut exact).unwrap();
    assert!(fit.converged && exact.iter().all(|x| (x - 1.0).abs() < 1e-12), "{fit:?} {exact:?}");
    let early = LevenbergMarquardt::default().tolerance(0.9).minimize(rosenbrock, &mut loose).unwrap();
    assert!(early.converged && early.steps < fit.steps && early.reason == Termination::Gradient, "{early:?}");
}

#[test]
fn fits_in_single_precision() {
    fn residuals<S: Scalar>(x: &[S], data: &[(f64, f64)]) -> Vec<S> {
        data.iter().map(|&(t, y)| x[0] * (-x[1] * S::of(t)).exp() + x[2] - S::of(y)).collect()
    }
    let (xs, ys) = (row("reference.csv", "data", "x"), row("reference.csv", "data", "decay"));
    let data: Vec<(f64, f64)> = xs.into_iter().zip(ys).collect();
    let (expected, covariance) =
        (row("reference.csv", "decay", "parameters"), row("reference.csv", "decay", "covariance"));
    for bounds in [vec![(f64::NEG_INFINITY, f64::INFINITY); 3], vec![(0.0, 100.0); 3]] {
        let method = LevenbergMarquardt::new().bounds(bounds);
        let mut x = [1.0_f32, 1.0, 0.1];
        let fit = method.minimize(|x| reverse::jacobian(|x| residuals(x, &data), x), &mut x).unwrap();
        assert!(fit.converged && fit.steps < 50, "{fit:?}");
        close("single", &x.map(f64::from), &expected, 1e-5);
        close("single", fit.covariance().as_slice().unwrap(), &covariance, 2e-3);

        let mut x = [1.0_f32, 1.0, 0.1].map(|x| FloatWrapper(half::f16::from_f32(x)));
        let fit = method.minimize(|x| reverse::jacobian(|x| residuals(x, &data), x), &mut x).unwrap();
        assert!(fit.converged, "{fit:?}");
        close("half", &x.map(|x| x.0.to_f64()), &expected, 2e-2);
    }
}
