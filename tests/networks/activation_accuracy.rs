//! Elementwise activations are within 4 units in the last place of the exact result, over the whole range.

use crate::activations::ACTIVATIONS;
use backprop::{Activation, Matrix, Scalar};

/// Applies the activation to each element.
fn map_all<T: Scalar>(activation: Activation, x: &[T]) -> Vec<T> {
    Matrix::from(x).map(activation).as_slice().to_vec()
}

/// Checks that the values `y` of an activation in single precision are within `bound` units of those in double
/// precision.
#[track_caller]
pub fn assert_near_in_single(activation: Activation, x: &[f32], y: &[f32], bound: f64) {
    let exact = |x: f32| match activation {
        // 0.01 is rounded to single precision first.
        Activation::LeakyRelu(slope) => f64::from(x) * if x > 0.0 { 1.0 } else { f64::from(slope as f32) },
        _ => f64::from(x).map(activation),
    };
    assert_eq!(x.len(), y.len());
    for (&x, &y) in x.iter().zip(y) {
        let exact = exact(x);
        if exact.abs() > f64::from(f32::MAX) || y.is_infinite() {
            assert_eq!(y, exact as f32, "{activation:?} of {x}");
            continue;
        }
        // A factor σ or Φ that is subnormal has fewer digits.
        let unit =
            if exact.abs() > 2e-36 { unit_in_last_place(exact.abs() as f32) } else { f64::from(f32::from_bits(32)) };
        let error = (f64::from(y) - exact).abs() / unit;
        assert!(error <= bound, "{activation:?} of {x:e}: expected {exact:e}, got {y:e}, {error} units away");
    }
}

/// Returns the distance to the next value of single precision.
fn unit_in_last_place(x: f32) -> f64 {
    f64::from(f32::from_bits(x.to_bits() + 1)) - f64::from(x)
}

/// Compares every 1,009th value of single precision.
#[test]
fn single_precision_is_within_4_units() {
    let x: Vec<f32> = (0..=u32::MAX).step_by(1009).map(f32::from_bits).filter(|x| !x.is_nan()).collect();
    for activation in ACTIVATIONS {
        assert_near_in_single(activation, &x, &map_all(activation, &x), 4.0);
    }
}

/// Returns inputs of an activation with the exact results, which have 340 digits, from
/// `activation_accuracy/reference.py`; none for piecewise linear activations.
pub fn reference(activation: Activation) -> Vec<[f64; 2]> {
    let path = "tests/networks/activation_accuracy/reference.csv";
    let rows = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap().into_records().map(Result::unwrap);
    let pairs: Vec<_> = (rows.filter(|row| row[0] == format!("{activation:?}")))
        .map(|row| [1, 2].map(|column| row[column].parse().unwrap()))
        .collect();
    assert!([0, 820].contains(&pairs.len()));
    pairs
}

/// Checks that the value `y` of an activation in double precision is within `bound` units of the exact result.
#[track_caller]
pub fn assert_near_in_double(activation: Activation, [x, exact]: [f64; 2], y: f64, bound: f64) {
    let last_place = f64::from_bits(exact.abs().to_bits() + 1) - exact.abs();
    // A factor σ or Φ that is subnormal has fewer digits.
    let unit = last_place.max(f64::from_bits(256));
    let error = (y - exact).abs() / unit;
    assert!(error <= bound, "{activation:?} of {x:e}: expected {exact:e}, got {y:e}, {error} units away");
}

#[test]
fn double_precision_is_within_4_units() {
    let mut compared = 0;
    for activation in ACTIVATIONS {
        for [x, exact] in reference(activation) {
            // The bits do not depend on the other elements.
            let y = map_all(activation, &[x])[0];
            let with_others = map_all(activation, &[1.0, -2.0, 3.0, -4.0, 5.0, 6.0, x, 0.5, 0.25, x]);
            assert!(with_others[6].to_bits() == y.to_bits() && with_others[9].to_bits() == y.to_bits());
            assert_near_in_double(activation, [x, exact], y, 4.0);
            compared += 1;
        }
    }
    assert_eq!(compared, 6 * 820);
}

#[test]
fn derivatives_equal_those_of_the_rules() {
    let graph = backprop::Graph::new();
    let x: Vec<f64> = (-400..=400).map(|i| f64::from(i) * 0.1).collect();
    for activation in ACTIVATIONS {
        let values = graph.matrix(&x);
        let derivatives = values.map(activation).sum().backward().of(&values);
        for (&x, found) in x.iter().zip(derivatives) {
            let (_, expected) = backprop::UnaryFunction::value_and_derivative(&activation, x);
            let close = (found - expected).abs() <= 4e-15 * expected.abs().max(0.1);
            assert!(close, "{activation:?}′ of {x}: expected {expected:e}, got {found:e}");
        }
    }
}

#[test]
fn huge_and_infinite_inputs_give_the_limits() {
    let inputs = [f64::NEG_INFINITY, -1e300, 1e300, f64::INFINITY, f64::NAN];
    let expected: [(Activation, [f64; 4]); 6] = [
        (Activation::Sigmoid, [0.0, 0.0, 1.0, 1.0]),
        (Activation::Tanh, [-1.0, -1.0, 1.0, 1.0]),
        (Activation::Elu, [-1.0, -1.0, 1e300, f64::INFINITY]),
        (Activation::Gelu, [0.0, 0.0, 1e300, f64::INFINITY]),
        (Activation::Silu, [0.0, 0.0, 1e300, f64::INFINITY]),
        (Activation::Softplus, [0.0, 0.0, 1e300, f64::INFINITY]),
    ];
    for (activation, expected) in expected {
        let y = map_all(activation, &inputs);
        assert_eq!(y[..4], expected, "{activation:?}");
        assert!(y[4].is_nan(), "{activation:?} of NaN is {}", y[4]);
    }
    let zeros = map_all(Activation::Tanh, &[0.0_f64, -0.0]);
    assert!(zeros[0].is_sign_positive() && zeros[1].is_sign_negative());
}

#[test]
fn half_precision_equals_its_scalar_function() {
    use backprop::FloatWrapper;
    use half::f16;
    let x = Matrix::from_elem([2, 3], FloatWrapper(f16::from_f32(0.5)));
    assert_eq!(x.map(Activation::Relu), x);
    assert_eq!(x.map(Activation::Tanh)[(1, 2)], FloatWrapper(f16::from_f32(0.5_f32.tanh())));
}
