//! Layer normalization and normalization by the root mean square.

use backprop::{Dual, FloatWrapper, Graph, Matrix, Scalar, Value, gradcheck, hessian, reverse};
use half::f16;

const EPSILON: f64 = 1e-5;

/// Layer normalization as a composition of elementary operations.
fn composed_layer_norm<S: Scalar>(x: &Matrix<S>, epsilon: f64) -> Matrix<S> {
    let deviations = x - x.row_means();
    let variances = (&deviations * &deviations).row_means();
    deviations / (variances + epsilon).sqrt()
}

/// Normalization by the root mean square as a composition of elementary operations.
fn composed_rms_norm<S: Scalar>(x: &Matrix<S>, epsilon: f64) -> Matrix<S> {
    x / ((x * x).row_means() + epsilon).sqrt()
}

fn layer_norm<S: Scalar>(x: &Matrix<S>, epsilon: f64) -> Matrix<S> {
    x.layer_norm(epsilon)
}

fn rms_norm<S: Scalar>(x: &Matrix<S>, epsilon: f64) -> Matrix<S> {
    x.rms_norm(epsilon)
}

/// A sum in which each element has another weight and enters nonlinearly.
fn weighted_sum<S: Scalar>(y: &Matrix<S>) -> S {
    let weights = (0..y.len()).map(|i| S::of(0.7 - 0.3 * i as f64)).collect();
    (y * Matrix::from_vec(y.shape(), weights) + y * y * y).sum()
}

/// Returns a matrix without a pattern.
fn elements(rows: usize, columns: usize) -> Vec<f64> {
    (0..rows * columns).map(|i| ((i * i * 7 + 3 * i) % 23) as f64 * 0.21 - 1.9).collect()
}

#[track_caller]
fn all_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (x, y)) in found.iter().zip(expected).enumerate() {
        assert!((x - y).abs() <= tolerance * y.abs().max(1.0), "element {i}: expected {y}, got {x}");
    }
}

/// Calls a macro with the name of each operation and with its composition.
macro_rules! for_both {
    ($check:ident) => {
        $check!(layer_norm, composed_layer_norm);
        $check!(rms_norm, composed_rms_norm);
    };
}

#[test]
fn values_and_gradients_equal_those_of_the_composition() {
    macro_rules! check {
        ($norm:ident, $composed:ident) => {
            for shape @ [rows, columns] in [[1, 2], [3, 5], [2, 16], [4, 129], [2, 300]] {
                let x = Matrix::from_vec(shape, elements(rows, columns));
                let graph = Graph::new();
                let values = graph.matrix(&x);
                let (y, expected) = ($norm(&values, EPSILON), $composed(&values, EPSILON));
                all_close(y.data().as_slice(), expected.data().as_slice(), 1e-14);
                assert_eq!(y.data(), $norm(&x, EPSILON)); // with and without a graph
                let gradient = |y: &Matrix<Value<f64>>| weighted_sum(y).backward().of(&values);
                all_close(&gradient(&y), &gradient(&expected), 1e-12);
            }
        };
    }
    for_both!(check);
}

#[test]
fn derivatives_equal_differences() {
    macro_rules! check {
        ($norm:ident, $composed:ident) => {
            gradcheck(|x| weighted_sum(&$norm(&Matrix::from_vec([2, 3], x.to_vec()), EPSILON)), &elements(2, 3))
                .unwrap();
        };
    }
    for_both!(check);
}

#[test]
fn second_derivatives_equal_those_of_the_composition() {
    macro_rules! check {
        ($norm:ident, $composed:ident) => {
            let point: [f64; 6] = elements(2, 3).try_into().unwrap();
            let matrix = |x: [Dual<_, 6>; 6]| Matrix::from_vec([2, 3], x.to_vec());
            let (.., expected) = hessian(|x| weighted_sum(&$composed(&matrix(x), EPSILON)), point);
            let (.., forward) = hessian(|x| weighted_sum(&$norm(&matrix(x), EPSILON)), point);
            let (.., mixed) =
                reverse::hessian(|x| weighted_sum(&$norm(&Matrix::from_vec([2, 3], x.to_vec()), EPSILON)), &point);
            // Reverse over reverse: the gradient is recorded on the inner graph.
            let inner = Graph::new();
            let variables = point.map(|x| inner.value(x));
            let (_, gradient) =
                reverse::gradient(|x| weighted_sum(&$norm(&Matrix::from_vec([2, 3], x.to_vec()), EPSILON)), &variables);
            for i in 0..6 {
                all_close(&forward[i], &expected[i], 1e-12);
                all_close(&mixed[i], &expected[i], 1e-12);
                let row = gradient[i].backward();
                all_close(&variables.map(|x| row[x]), &expected[i], 1e-12);
            }
        };
    }
    for_both!(check);
}

#[test]
fn rows_of_one_element() {
    let graph = Graph::new();
    let x = graph.matrix([[3.0], [-0.5]]);
    let y = x.layer_norm(EPSILON);
    assert_eq!(y.data(), Matrix::zeros([2, 1]));
    assert_eq!(weighted_sum(&y).backward().of(&x), [0.0, 0.0]);

    let y = x.rms_norm(1.0);
    let expected = |x: f64| [x / (x * x + 1.0).sqrt(), (x * x + 1.0).powf(-1.5)];
    for (i, x_i) in [3.0, -0.5].into_iter().enumerate() {
        let [value, derivative] = expected(x_i);
        all_close(&[y[(i, 0)].data(), y[(i, 0)].backward().of(&x)[i]], &[value, derivative], 1e-15);
    }
}

#[test]
fn matrices_without_elements() {
    for shape in [[0, 3], [3, 0], [0, 0]] {
        let graph = Graph::new();
        let x = graph.matrix(Matrix::<f64>::zeros(shape));
        assert_eq!((x.layer_norm(EPSILON).shape(), x.rms_norm(EPSILON).shape()), (shape, shape));
        assert_eq!(x.layer_norm(EPSILON).sum().backward().of(&x), [0.0; 0]);
    }
}

#[test]
fn constant_rows_become_zero_or_one() {
    let graph = Graph::new();
    let x = graph.matrix([[0.0; 4], [0.1; 4]]);
    let y = x.layer_norm(EPSILON);
    all_close(y.data().as_slice(), &[0.0; 8], 1e-13);
    // (δⱼₖ − 1/n)/√ε
    let derivatives: [f64; 4] = std::array::from_fn(|k| (if k == 0 { 0.75 } else { -0.25 }) / EPSILON.sqrt());
    all_close(&y[(0, 0)].backward().of(&x)[..4], &derivatives, 1e-13);
    all_close(&y[(1, 0)].backward().of(&x)[4..], &derivatives, 1e-13);

    let y = x.rms_norm(0.0);
    all_close(&y.data().as_slice()[4..], &[1.0; 4], 1e-15);
}

/// Normalized rows do not depend on the scale of x, and derivatives are inversely proportional to it.
#[test]
fn rows_of_any_size_are_finite() {
    const ROW: [f64; 5] = [1.5, -1.0, 0.25, 0.5, -0.75];

    /// Computes the normalized row, and the derivatives of one element times `scale`.
    macro_rules! normalized {
        ($norm:ident, $Float:ident, $scale:expr) => {{
            let graph = Graph::<$Float>::new();
            let x = graph.matrix(&[ROW.map(|x| (x * $scale) as $Float)]);
            let y = $norm(&x, 0.0);
            let derivatives = y[(0, 1)].backward().of(&x);
            let double = |x: $Float| f64::from(x);
            [
                y.data().iter().map(|&y| double(y)).collect::<Vec<_>>(),
                derivatives.iter().map(|&x| double(x) * $scale).collect(),
            ]
        }};
    }
    macro_rules! check {
        ($norm:ident, $composed:ident) => {
            let expected = normalized!($composed, f64, 1.0);
            for scale in [1e-37, 1e-30, 1e-19, 1.0, 1e19, 1e37, 2e38] {
                let found = normalized!($norm, f32, scale);
                (0..2).for_each(|i| all_close(&found[i], &expected[i], 1e-6));
            }
            for scale in [1e-300, 1e-160, 1.0, 1e160, 1e307, 1.1e308] {
                let found = normalized!($norm, f64, scale);
                (0..2).for_each(|i| all_close(&found[i], &expected[i], 2e-15));
            }
        };
    }
    for_both!(check);
}

#[test]
fn large_constant_rows_become_zero() {
    // The mean of four equal elements has no rounding error.
    for x in [1e30_f32, 3e38] {
        assert_eq!(Matrix::from([[x; 4]]).layer_norm(EPSILON), Matrix::zeros([1, 4]));
        all_close(
            &Matrix::from([[x; 4]]).rms_norm(EPSILON).iter().map(|&x| f64::from(x)).collect::<Vec<_>>(),
            &[1.0; 4],
            1e-6,
        );
    }
}

#[test]
fn half_precision_rows_beyond_the_range_of_squares() {
    let float = |x: f32| FloatWrapper(f16::from_f32(x));
    let y = Matrix::from([[300.0, -300.0, 60_000.0, -60_000.0].map(float)]).layer_norm(EPSILON);
    let expected = Matrix::from([[300.0, -300.0, 60_000.0, -60_000.0]]).layer_norm(EPSILON);
    let found: Vec<f64> = y.iter().map(|y| y.0.to_f64()).collect();
    all_close(&found, expected.as_slice(), 2e-3);
}

/// A row of infinities has no normalized values. It does not affect the gradient of other rows, and its own is 0 where
/// the result does not use it.
#[test]
fn infinite_row_that_the_result_does_not_use() {
    macro_rules! check {
        ($norm:ident, $composed:ident) => {
            let graph = Graph::new();
            let x = graph.matrix(&[[f64::INFINITY, 1.0], [1.0, 2.0]]);
            let y = $norm(&x, EPSILON);
            assert!(y.data().as_slice()[0].is_nan());
            let gradient = y.rows(1..2).columns(0..1).sum().backward().of(&x);
            assert_eq!(gradient[..2], [0.0, 0.0]);
            assert!(gradient[2..].iter().all(|x| x.is_finite()) && gradient[2] > 0.0);
        };
    }
    for_both!(check);
}

#[test]
fn every_element_of_a_row_influences_the_row() {
    let graph = Graph::new();
    let x = graph.variables([2.0, 1.0, 5.0]);
    let matrix = Matrix::from_vec([3, 1], x.to_vec());
    let gradients = matrix.rows(0..2).reshape([1, 2]).layer_norm(EPSILON)[(0, 0)].backward();
    assert_eq!(gradients.unused_inputs(&x), [2]);
}
