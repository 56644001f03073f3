//! Derivatives with respect to inputs on a graph, which matrices of values and tangents carry, equal those of single dual
//! numbers; and losses that contain them have the right gradients.

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Dual, Error, Graph, Matrix, Mlp, Module, Scalar, Workspace};

type Second<S> = Dual<Dual<S, 1>, 1>;

const CASES: [&str; 18] = [
    "sums",
    "products",
    "quotient",
    "constants",
    "matrix products",
    "functions",
    "powers",
    "maximum",
    "columns",
    "rows",
    "stacks",
    "gather",
    "select",
    "sums of rows",
    "means",
    "softmax",
    "reshaped",
    "elements",
];

/// A function of a 3 × 2 matrix and a 2 × 2 matrix for each operation.
fn function<S: Scalar>(case: &str, x: &Matrix<S>, w: &Matrix<S>) -> Matrix<S> {
    let y = x.matmul(w);
    match case {
        "sums" => x + &y - w.rows(0..1) + w.sum().into_row(3),
        "products" => x * &y * w.rows(1..2) * x.row_sums(),
        "quotient" => &y / (x * x + w.rows(0..1) * w.rows(0..1) + 1.0),
        "constants" => 2.0 / (&y * 0.5 + 3.0) - 1.0,
        "matrix products" => y.matmul_t(w).t().matmul(x),
        "functions" => y.tanh() + x.sin(),
        "powers" => (x * x + 1.0).powf(&y),
        "maximum" => y.max(x) * y.max(w.rows(0..1)),
        "columns" => x.columns(0..1) * &y + y.columns(1..2),
        "rows" => x.rows(1..3).matmul(w) * y.rows(0..2),
        "stacks" => x.hstack(&y).matmul(&w.vstack(&(w * w))),
        "gather" => y.gather_rows(&[2, 0, 2, 1]).tanh() * w.gather_rows(&[0, 1, 1, 0]),
        "select" => Matrix::select(&x.view().mapv(|x| x > S::of(0.3)), &(x * &y), &w.sum().into_row(3)),
        "sums of rows" => y.row_sums() * y.column_sums() + x.sum().into_row(3),
        "means" => (y.row_means() * x.column_means()).tanh().scale(y.mean()),
        "softmax" => y.softmax() * x,
        "reshaped" => y.reshape([2, 3]) * x.reshape([2, 3]),
        "elements" => Matrix::from_shape_fn([2, 2], |(i, j)| y[(i, j)] * x[(j, i)] + x[(2, 0)]),
        _ => unreachable!("{case}"),
    }
}

trait IntoRow<S: Scalar> {
    fn into_row(self, rows: usize) -> Matrix<S>;
}

impl<S: Scalar> IntoRow<S> for S {
    fn into_row(self, rows: usize) -> Matrix<S> {
        Matrix::from_elem([rows, 2], self)
    }
}

fn samples<S: Scalar>() -> (Matrix<S>, Matrix<S>) {
    let matrix = |elements: &[f64], rows| Matrix::from_vec([rows, 2], elements.iter().map(|&x| S::of(x)).collect());
    (matrix(&[0.5, -0.25, 0.125, 0.75, 1.5, -1.0], 3), matrix(&[0.3, -0.8, 0.7, 0.2], 2))
}

/// Returns the function, its first and its second derivative in a direction of x.
fn derivatives<S: Scalar>(case: &str, x: &Matrix<S>, w: &Matrix<S>) -> [Matrix<S>; 3] {
    let direction = Matrix::from_shape_fn(x.shape(), |(i, j)| S::of(1.0 - (i * 2 + j) as f64 / 4.0));
    let x = Matrix::from_tangents(x.clone(), [direction.clone()]);
    let x: Matrix<Second<S>> = Matrix::from_tangents(x, [direction.into()]);
    let result = function(case, &x, &Matrix::<Dual<S, 1>>::from(w.clone()).into());
    let (values, [tangents]) = (result.values(), result.tangents());
    let [second] = tangents.tangents();
    [values.values(), tangents.values(), second]
}

/// Returns a loss of the function and its derivatives.
fn loss<S: Scalar>(case: &str, w: &Matrix<S>) -> S {
    let [y, first, second] = derivatives(case, &samples().0, w);
    (&y * &second + first.powi(2) * 0.5).sum() + (second - y).powi(2).mean()
}

#[test]
fn matrices_of_tangents_equal_single_numbers() {
    for case in CASES {
        let (x, w) = samples::<f64>();
        let expected = derivatives(case, &x, &w);
        let graph = Graph::new();
        let found = derivatives(case, &graph.matrix(&x), &graph.matrix(&w));
        for (order, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let difference = (found.data() - expected).norm();
            assert!(
                difference <= 1e-13 * (1.0 + expected.norm()),
                "{case}, order {order}: {found:?}, expected {expected:?}"
            );
        }
        assert!(expected[1].norm() > 0.0, "{case}");
    }
}

#[test]
fn losses_with_derivatives_have_the_right_gradients() {
    for case in CASES {
        let (_, w) = samples::<f64>();
        let graph = Graph::new();
        let on_graph = graph.matrix(&w);
        let gradient = loss(case, &on_graph).backward().of(&on_graph);
        for (i, &found) in gradient.iter().enumerate() {
            let at = |step: f64| {
                let mut w = w.clone();
                w.with_slice_mut(|w| w[i] += step);
                loss(case, &w)
            };
            let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!(
                (found - expected).abs() < 1e-7 * (1.0 + expected.abs()),
                "{case}, {i}: {found}, expected {expected}"
            );
        }
    }
}

/// Compares the derivatives of a network on a graph with those of single numbers over floats, and the gradient of a loss
/// that contains them with differences.
macro_rules! check {
    ($net:expr, $x:expr) => {{
        let (net, x) = ($net, $x);
        let expected = net.second_input_derivative(x, [0, 1]).unwrap();
        let graph = Graph::new();
        let on_graph = net.attach(&graph);
        let found = on_graph.second_input_derivative(&graph.constants(x), [0, 1]).unwrap();
        for (found, expected) in found.iter().zip(&expected) {
            equal(&found.data(), expected);
        }
        let [y, by_1] = on_graph.input_derivative(&graph.constants(x), 1).unwrap();
        equal(&y.data(), &expected[0]);
        equal(&by_1.data(), &expected[2]);

        let loss = |net: &_| {
            let [y, by_0, by_1, second] = Module::second_input_derivative(net, x, [0, 1]).unwrap();
            (y * second + by_0 * by_1).powi(2).sum()
        };
        let mut gradient = net.clone();
        let value = Workspace::new().value_and_gradient(&net, &mut gradient, |net, graph| {
            let [y, by_0, by_1, second] = net.second_input_derivative(&graph.constants(x), [0, 1])?;
            Ok((y * second + by_0 * by_1).powi(2).sum())
        });
        assert!((value.unwrap() - loss(&net)).abs() < 1e-12);
        for (i, found) in gradient.parameters().into_iter().enumerate() {
            let at = |step: f64| {
                let mut net = net.clone();
                let mut parameters = net.parameters();
                parameters[i] += step;
                net.set_parameters(&parameters).unwrap();
                loss(&net)
            };
            let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!(
                (found - expected).abs() < 1e-7 * (1.0 + expected.abs()),
                "parameter {i}: {found}, expected {expected}"
            );
        }
    }};
}

#[track_caller]
fn equal(found: &Matrix<f64>, expected: &Matrix<f64>) {
    assert!((found - expected).norm() <= 1e-13 * (1.0 + expected.norm()), "{found:?}, expected {expected:?}");
}

#[test]
fn networks_have_derivatives_with_respect_to_inputs() {
    let mut rng = SomeRng::seed_from_u64(1);
    let x = Matrix::from([[0.5, -0.25], [0.125, 0.75], [1.5, -1.0]]);
    for activation in [Activation::Tanh, Activation::Sigmoid, Activation::Gelu, Activation::Silu, Activation::Softplus]
    {
        check!(Mlp::new(2, [(4, activation), (3, activation), (2, Activation::Identity)], &mut rng).unwrap(), &x);
    }
}

#[test]
fn unknown_input_is_an_error() {
    let net = Mlp::<f64>::new(2, [(1, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let error = net.input_derivative(&Matrix::from([[1.0, 2.0]]), 2).unwrap_err();
    assert_eq!(error.to_string(), "`input` must be less than 2, the number of inputs, got 2");
    let error = net.second_input_derivative(&Matrix::from([[1.0]]), [0, 0]).unwrap_err();
    assert!(matches!(error, Error::Shape { .. }), "{error}");
}
