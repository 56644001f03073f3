//! `Lbfgs` finds the minima of least squares and of hard functions.

use backprop::ndarray::Array2;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Dataset, Lbfgs, Loss, Mlp, Scalar, reverse};

/// The expected values are the closed form of least squares.
#[test]
fn finds_the_least_squares_solution() {
    let mut rows = csv::Reader::from_path("examples/data/line.csv").unwrap();
    let points: Vec<(f64, f64)> = rows.deserialize().map(Result::unwrap).collect();
    let column =
        |f: fn(&(f64, f64)) -> f64| Array2::from_shape_vec((points.len(), 1), points.iter().map(f).collect()).unwrap();
    let dataset = Dataset::new(column(|p| p.0), column(|p| p.1)).unwrap();
    let mut line = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let minimum = Lbfgs::new().fit(&mut line, &dataset, Loss::MeanSquaredError).unwrap();
    let [slope, intercept] = line.parameters()[..] else { panic!() };
    assert!(minimum.converged && minimum.steps < 20, "{minimum:?}");
    assert!((slope - 2.1367061).abs() < 1e-7 && (intercept - 1.8934338).abs() < 1e-7, "{slope} {intercept}");
}

/// Functions that are hard for a line search: a curved valley in ten dimensions, a flat quartic, a domain outside which
/// the value is NaN.
#[test]
fn finds_hard_minima() {
    fn valley<S: Scalar>(x: &[S]) -> S {
        let c = S::of;
        x.windows(2).map(|x| c(100.0) * (x[1] - x[0].powi(2)).powi(2) + (c(1.0) - x[0]).powi(2)).sum()
    }
    let mut x = [-1.2; 10];
    let minimum = Lbfgs::new().minimize(|x| reverse::gradient(|x| valley(x), x), &mut x).unwrap();
    assert!(minimum.converged && minimum.evaluations < 300, "{minimum:?}");
    assert!(x.iter().all(|x: &f64| (x - 1.0).abs() < 1e-8) || (x[0] + 0.99).abs() < 0.1, "{x:?}");

    let mut x = [3.0, -2.0];
    let minimum = Lbfgs::new().minimize(|x| reverse::gradient(|x| x[0].powi(4) + x[1].powi(4), x), &mut x).unwrap();
    assert!(minimum.converged && minimum.value < 1e-11, "{minimum:?}");

    let mut x = [0.1];
    let minimum = Lbfgs::new().minimize(|x| reverse::gradient(|x| x[0] - x[0].ln(), x), &mut x).unwrap(); // NaN below 0
    assert!(minimum.converged && (x[0] - 1.0_f64).abs() < 1e-8, "{minimum:?} {x:?}");
    let error = Lbfgs::new().minimize(|x| reverse::gradient(|x| x[0].ln(), x), &mut [-1.0]).unwrap_err();
    assert_eq!(error.to_string(), "expected a finite value, got NaN, in the start of L-BFGS");
}

#[test]
fn finds_minima_of_functions_with_huge_gradients() {
    fn scaled<S: Scalar>(x: &[S], scale: f64) -> S {
        let c = S::of;
        c(scale) * ((c(1.0) - x[0]).powi(2) + c(10.0) * (x[1] - x[0].powi(2)).powi(2))
    }
    for scale in [1e150, 1e200, 1e300] {
        let mut x = [-1.2_f64, 1.0];
        let search = Lbfgs::new().tolerance(scale * 1e-12);
        let minimum = search.minimize(|x| reverse::gradient(|x| scaled(x, scale), x), &mut x).unwrap();
        assert!(minimum.converged && minimum.evaluations < 100, "{scale:e}: {minimum:?}");
        assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-9), "{scale:e}: {x:?}");
    }
    let mut x = [-1.2_f32, 1.0];
    let search = Lbfgs::new().tolerance(1e25);
    let minimum = search.minimize(|x| reverse::gradient(|x| scaled(x, 1e30), x), &mut x).unwrap();
    assert!(minimum.converged && x.iter().all(|x| (x - 1.0).abs() < 1e-3), "{minimum:?} {x:?}");
}

/// The default tolerance of 1e-9 is below the rounding errors of gradients in single precision.
#[test]
fn converges_in_single_precision() {
    let mut x = [0.1_f32, 1.0, 0.2];
    fn squares<S: Scalar>(x: &[S]) -> S {
        let [a, b, c] = x[..] else { panic!() };
        let residuals = [a.exp() + b - S::of(3.1), a * b - c - S::of(0.1), c.exp() + a * c - S::of(1.7)];
        residuals.into_iter().map(|residual| residual * residual).sum()
    }
    let minimum = Lbfgs::new().minimize(|x| reverse::gradient(|x| squares(x), x), &mut x).unwrap();
    assert!(minimum.converged, "{minimum:?} {x:?}");
}
