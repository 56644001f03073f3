//! The convention for 0·∞: in every product of the chain rule, 0 is a strong zero. A test computes each cell of the
//! table in `docs/derivatives.md` that lists what obeys the convention.

use backprop::ndarray::{Array2, array};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Dual, Graph, Init, Layer, Loss, Matrix, Mlp, Neuron, Parameters, Scalar, TaylorSeries, Trace,
    TracedValue, UnaryFunction, Value, reverse, taylor,
};

const INF: f64 = f64::INFINITY;

/// √x as a custom rule.
#[derive(Clone)]
struct Root;

impl UnaryFunction for Root {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (x.sqrt(), T::of(0.5) / x.sqrt())
    }
}

/// Computes gradients at a point that must all be equal.
type Gradients = fn(&[f64]) -> Vec<Vec<f64>>;

/// A function, a point where a product of the chain rule has a factor of 0 and an infinite one, and the gradient there.
struct Case {
    text: &'static str,
    point: Vec<f64>,
    gradient: Vec<f64>,
    /// The gradient in each column of the table.
    by_mode: [Gradients; 5],
    /// The columns that do not obey the convention: they have NaN.
    exempt: &'static [usize],
}

const COLUMNS: [&str; 5] = ["graph", "duals", "nested", "series", "trace"];

macro_rules! cases {
    ($($text:literal, |$($x:ident),+| $f:expr, at $($at:expr),+ => [$($d:expr),+], $exempt:expr;)*) => {
        vec![$({
            fn f<S: Scalar>(point: &[S]) -> S {
                let &[$($x),+] = point else { unreachable!("one value for each variable") };
                $f
            }
            Case {
                text: $text,
                point: vec![$($at),+],
                gradient: vec![$($d),+],
                by_mode: [
                    |point| by_graph(|x| f(x), point),
                    |point| vec![by_dual(f, point)],
                    |point| nested(f, |x| f(x), |x| f(x), |x| f(x), point),
                    |point| by_series(|x| f(x), point),
                    |point| by_trace(|x| f(x), point),
                ],
                exempt: $exempt,
            }
        }),*]
    };
}

/// Returns `point` with `x` as its coordinate `axis`.
fn with_coordinate<S: Scalar>(point: &[f64], axis: usize, x: S) -> Vec<S> {
    point.iter().enumerate().map(|(i, &constant)| if i == axis { x } else { S::of(constant) }).collect()
}

fn by_dual<T: Scalar>(f: OverDuals<T>, point: &[T]) -> Vec<T> {
    let variable = |(i, &x): (usize, &T)| Dual::variable(x, i);
    f(&point.iter().enumerate().map(variable).collect::<Vec<_>>()).tangents()[..point.len()].to_vec()
}

/// Functions over the numbers of each column; pointers, so that a column is compiled once, not for each case.
type OnGraph<T> = for<'g> fn(&[Value<'g, T>]) -> Value<'g, T>;
type OverDuals<T> = fn(&[Dual<T, 2>]) -> Dual<T, 2>;
type DualsOverGraph = for<'g> fn(&[Dual<Value<'g, f64>, 2>]) -> Dual<Value<'g, f64>, 2>;
type GraphOverGraph = for<'g, 'h> fn(&[Value<'g, Value<'h, f64>>]) -> Value<'g, Value<'h, f64>>;
type OverSeries = for<'s> fn(&[TaylorSeries<'s, f64>]) -> TaylorSeries<'s, f64>;

fn by_graph(f: OnGraph<f64>, point: &[f64]) -> Vec<Vec<f64>> {
    vec![reverse::gradient(f, point).1]
}

fn nested(
    over_duals: OverDuals<Dual<f64, 2>>,
    graph_over_duals: OnGraph<Dual<f64, 2>>,
    duals_over_graph: DualsOverGraph,
    graph_over_graph: GraphOverGraph,
    point: &[f64],
) -> Vec<Vec<f64>> {
    let constants: Vec<_> = point.iter().map(|&x| Dual::<f64, 2>::constant(x)).collect();
    let graph = Graph::new();
    let values: Vec<_> = point.iter().map(|&x| graph.value(x)).collect();
    let data = |gradient: Vec<Value<f64>>| gradient.into_iter().map(Value::data).collect();
    vec![
        by_dual(over_duals, &constants).into_iter().map(Dual::data).collect(),
        reverse::gradient(graph_over_duals, &constants).1.into_iter().map(Dual::data).collect(),
        data(by_dual(duals_over_graph, &values)),
        data(reverse::gradient(graph_over_graph, &values).1),
    ]
}

fn by_series(f: OverSeries, point: &[f64]) -> Vec<Vec<f64>> {
    let along = |axis: usize| taylor(|t| f(&with_coordinate(point, axis, t)), point[axis], 1)[1];
    vec![(0..point.len()).map(along).collect()]
}

fn by_trace(f: for<'t> fn(&[TracedValue<'t, f64>]) -> TracedValue<'t, f64>, point: &[f64]) -> Vec<Vec<f64>> {
    let trace = Trace::new();
    let variables: Vec<_> = point.iter().map(|&x| trace.variable("x", x)).collect();
    let y = f(&variables);
    vec![variables.iter().map(|&x| y.derivative(x)).collect()]
}

fn cases() -> Vec<Case> {
    cases! {
        "√x · 0", |x| x.sqrt() * S::zero(), at 0.0 => [0.0], &[];
        "√(x³)", |x| x.powi(3).sqrt(), at 0.0 => [0.0], &[];
        "√(x²)", |x| x.powi(2).sqrt(), at 0.0 => [0.0], &[];
        "exp(ln x)", |x| x.ln().exp(), at 0.0 => [0.0], &[];
        "cos √x", |x| x.sqrt().cos(), at 0.0 => [0.0], &[];
        "sin(acos x)·acos x", |x| x.acos().sin() * x.acos(), at 1.0 => [-0.0], &[];
        "(acos x)²", |x| x.acos().powi(2), at 1.0 => [0.0], &[];
        "⌊ln x⌋; also round, step, signum", |x| x.ln().floor() + x.ln().round() + x.ln().step() + x.ln().signum(),
            at 0.0 => [0.0], &[];
        "σ(1/x)", |x| x.recip().sigmoid(), at 0.0 => [0.0], &[1];
        "tanh(1/x)", |x| x.recip().tanh(), at 0.0 => [0.0], &[];
        "1/(1/x)", |x| x.recip().recip(), at 0.0 => [0.0], &[];
        "(1 + √x)·relu y", |x, y| (x.sqrt() + S::one()) * y.relu(), at 0.0, -1.0 => [0.0, 0.0], &[];
        "max(x, ln y)", |x, y| x.max(y.ln()), at 1.0, 0.0 => [1.0, 0.0], &[];
        "xᵖ", |x, p| x.powf(p), at 0.0, 0.0 => [0.0, 0.0], &[];
        "a custom rule of 0·x", |x| (x * S::zero()).map(Root), at 1.0 => [0.0], &[];
        "√(w·x + b) of a neuron, x = 0", |w, b| neuron(w, b, S::zero()), at 2.0, 0.0 => [0.0, INF], &[];
        "√(w·x + b) of a neuron, w = 0", |x, b| neuron(S::zero(), b, x), at 3.0, 0.0 => [0.0, INF], &[];
    }
}

fn neuron<S: Scalar>(w: S, b: S, x: S) -> S {
    let layer = Layer::from_neurons([Neuron::new([1.0], 0.0, Activation::Identity)]).unwrap();
    let net: Mlp<S> = Mlp::from_layers([layer]).unwrap().with_parameters(&[w, b]).unwrap();
    net.forward(&[x]).unwrap()[0].sqrt()
}

#[test]
fn zero_is_a_strong_zero_in_every_mode() {
    let mut lines = vec![format!("| expression | at | derivatives | {} |", COLUMNS.join(" | "))];
    lines.push("| --- | --- | --- | --- | --- | --- | --- | --- |".into());
    for case in cases() {
        let cells = (0..COLUMNS.len()).map(|column| {
            let found = case.by_mode[column](&case.point);
            let obeys = found.iter().all(|gradient| gradient == &case.gradient);
            let is_nan = found.iter().flatten().all(|x| x.is_nan());
            assert!(
                obeys || is_nan,
                "{} by {}: expected {:?}, got {found:?}",
                case.text,
                COLUMNS[column],
                case.gradient
            );
            assert_eq!(obeys, !case.exempt.contains(&column), "{} by {}", case.text, COLUMNS[column]);
            if obeys { "yes" } else { "NaN" }
        });
        let cells = cells.collect::<Vec<_>>().join(" | ");
        let list = |values: &[f64]| {
            let text = |&x: &f64| format!("{}", x + 0.0).replace("inf", "∞").replace('-', "−");
            values.iter().map(text).collect::<Vec<_>>().join(", ")
        };
        lines.push(format!("| {} | {} | {} | {cells} |", case.text, list(&case.point), list(&case.gradient)));
    }
    let (table, docs) = (lines.join("\n"), include_str!("../../docs/derivatives.md"));
    assert!(docs.contains(&table), "docs/derivatives.md must have this table:\n{table}");
}

/// Computes the gradient of a function of a matrix and asserts that a graph, a graph of duals, an array of duals and
/// duals on a graph agree.
macro_rules! matrix_gradient {
    ($f:ident, $x:expr) => {{
        let x: Array2<f64> = $x;
        let graph = Graph::new();
        let values = graph.matrix(&x);
        let by_graph = $f::<Value<f64>>(&values).backward().of(&values);
        let graph = Graph::new();
        let values = graph.matrix(&x.mapv(Dual::<f64, 1>::constant));
        let gradients = $f::<Value<Dual<f64, 1>>>(&values).backward().of(&values);
        let by_graph_of_duals: Vec<f64> = gradients.into_iter().map(Dual::data).collect();
        let by_array_of_duals: Vec<f64> = (0..x.len())
            .map(|index| {
                let tangent = |i: usize| [if i == index { 1.0 } else { 0.0 }];
                let mut duals = x.mapv(Dual::<f64, 1>::constant);
                duals.iter_mut().enumerate().for_each(|(i, x)| *x = Dual::new(x.data(), tangent(i)));
                $f::<Dual<f64, 1>>(&Matrix::from(duals)).tangents()[0]
            })
            .collect();
        let by_duals_on_a_graph: Vec<f64> = (0..x.len())
            .map(|index| {
                let unit: Vec<f64> = (0..x.len()).map(|i| if i == index { 1.0 } else { 0.0 }).collect();
                let unit = Array2::from_shape_vec(x.raw_dim(), unit).unwrap();
                let graph = Graph::new();
                let duals = Matrix::from_tangents(graph.matrix(&x), [graph.constants(&unit)]);
                $f::<Dual<Value<f64>, 1>>(&duals).tangents()[0].data()
            })
            .collect();
        assert_eq!(by_graph, by_graph_of_duals);
        assert_eq!(by_graph, by_array_of_duals);
        assert_eq!(by_graph, by_duals_on_a_graph);
        by_graph
    }};
}

fn constants<S: Scalar, const R: usize, const C: usize>(values: [[f64; C]; R]) -> Matrix<S> {
    Matrix::from(values.map(|row| row.map(S::of)))
}

/// Creates a layer of neurons with one input. `parameters` has the weight and the bias of each neuron in turn.
fn layer<S: Scalar, A: UnaryFunction + Clone>(neurons: usize, parameters: &Matrix<S>, activation: A) -> Layer<S, A> {
    let rng = &mut SomeRng::seed_from_u64(1);
    let layer = Layer::<f64, A>::with_init(1, neurons, activation, Init::Zeros, rng);
    layer.map(&mut |_| parameters.clone())
}

#[test]
fn elementwise_function() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        (x * constants([[0.0, 1.0]])).map(Root).sum()
    }
    assert_eq!(matrix_gradient!(f, array![[5.0, 4.0]]), [0.0, 0.25]);
}

#[test]
fn elementwise_product_with_a_broadcast_row() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        let rows = constants([[0.0, 1.0], [0.0, 2.0]]);
        (rows * x).map(Root).sum() // √(0·x₀), whose derivative is ∞·0
    }
    assert_eq!(matrix_gradient!(f, array![[1.0, 4.0]]), [0.0, 0.25 + 0.5 / 8.0_f64.sqrt() * 2.0]);
}

#[test]
fn matrix_product() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        x.matmul(&constants([[0.0, 1.0], [0.0, 1.0]])).map(Root).sum()
    }
    // In the first column every product is 0, and the derivative of the root is ∞.
    assert_eq!(matrix_gradient!(f, array![[2.0, 2.0]]), [0.25, 0.25]);
}

#[test]
fn matrix_product_with_an_unused_infinite_element() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        let product = x.matmul(&constants([[1.0, INF], [1.0, 1.0]]));
        product.columns(0..1).sum()
    }
    assert_eq!(matrix_gradient!(f, array![[2.0, 3.0]]), [1.0, 1.0]);
}

#[test]
fn unused_neuron_with_an_infinite_derivative() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        let inputs = constants([[1.0], [2.0]]);
        let outputs = layer(2, x, Root).forward_batch(&inputs).unwrap(); // √(w·input + b), w and b of two neurons
        outputs.columns(1..2).sum()
    }
    let gradient = matrix_gradient!(f, array![[0.0, 0.0, 1.0, 0.0]]);
    assert_eq!(gradient[..2], [0.0, 0.0]); // the result does not use √0 of the first neuron
    assert!(gradient[2..].iter().all(|x| x.is_finite() && *x > 0.0));
}

#[test]
fn infinite_input_of_an_inactive_neuron() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        let inputs = constants([[-INF], [2.0]]);
        layer(1, x, Activation::Relu).forward_batch(&inputs).unwrap().sum()
    }
    assert_eq!(matrix_gradient!(f, array![[1.0, 0.0]]), [2.0, 1.0]); // the first sample's relu is 0
}

#[test]
fn softmax_of_masked_values() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        let p = (x + constants([[0.0, 0.0, -INF]])).softmax();
        p.map(Root).sum() // √0 of the masked value
    }
    let gradient = matrix_gradient!(f, array![[1.0, 1.0, 1.0]]);
    assert_eq!(gradient[2], 0.0);
    assert!(gradient.iter().all(|x| x.abs() < 1e-15), "{gradient:?}");
}

#[test]
fn causal_attention_with_an_unused_infinite_value() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        let zeros = constants([[0.0], [0.0], [0.0], [0.0]]);
        let values = x * constants([[1.0, 1.0], [INF, 1.0], [1.0, 1.0], [1.0, 1.0]]);
        let y = Matrix::causal_attention(&zeros, &(&zeros * values.columns(1..2)), &values, 1, &[2, 2]);
        y.columns(1..2).sum() + y.rows(2..4).map(Root).sum()
    }
    // 1.5 and 0.5 from the sums, and 1/2 and 1/4 of 1/2 from the roots, all of which are √4.
    let expected = [0.0, 1.5, 0.0, 0.5, 0.375, 1.875, 0.125, 0.625];
    assert_eq!(matrix_gradient!(f, Array2::from_elem((4, 2), 4.0)), expected);
}

#[test]
fn row_of_minus_infinity_does_not_affect_other_rows() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        let rows = x * constants([[1.0], [1.0]]);
        let masked = rows + constants([[0.0, 0.0], [-INF, -INF]]);
        (masked.softmax() * constants([[1.0, 0.0], [0.0, 0.0]])).sum()
    }
    assert_eq!(matrix_gradient!(f, array![[0.0, 0.0]]), [0.25, -0.25]);
}

#[test]
fn softmax_of_infinite_values_is_its_limit() {
    let rows = Matrix::from([[INF, 1.0, -INF], [INF, INF, 0.0], [-INF, -INF, -INF], [1.0, f64::NAN, 2.0]]);
    let softmax = rows.softmax();
    let p = softmax.view();
    assert_eq!(p.row(0).to_vec(), [1.0, 0.0, 0.0]);
    assert_eq!(p.row(1).to_vec(), [0.5, 0.5, 0.0]);
    assert_eq!(p.row(2).to_vec(), [1.0 / 3.0; 3]);
    assert!(p.row(3).iter().all(|p| p.is_nan()));
    assert_eq!(rows.log_sum_exp().as_slice()[..3], [INF, INF, -INF]);
    assert_eq!(rows.log_softmax().as_slice()[..3], [0.0, -INF, -INF]);
}

#[test]
fn log_sum_exp_and_log_softmax_of_infinite_values() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        let sum = x.log_sum_exp();
        let log_softmax = x.log_softmax().columns(0..1);
        (sum.columns(0..1) + log_softmax).sum()
    }
    assert_eq!(matrix_gradient!(f, array![[2.0, -INF]]), [1.0, 0.0]);
}

#[test]
fn cross_entropy_target_of_0_at_a_logit_of_minus_infinity() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        Loss::CrossEntropy.evaluate_batch(x, &constants([[0.0, 1.0, 0.0]])).unwrap()
    }
    assert_eq!(matrix_gradient!(f, array![[-INF, 0.0, 0.0]]), [0.0, -0.5, 0.5]);
}

#[test]
fn sample_of_weight_0_with_an_infinite_loss() {
    fn f<S: Scalar>(x: &Matrix<S>) -> S {
        let loss = Loss::MeanSquaredError.with_sample_weights(&[0.0, 1.0]);
        loss.evaluate_batch(x, &constants([[0.0], [0.0]])).unwrap()
    }
    assert_eq!(matrix_gradient!(f, array![[INF], [3.0]]), [0.0, 3.0]);
}

/// NaN stands for an unknown value: a derivative of 0 times NaN is 0 too, in either order of the factors.
#[test]
fn derivative_of_0_times_nan_is_0() {
    // √−1 of an inactive relu
    let (y, gradient) = reverse::gradient(|x| (x[0].relu() - 1.0).sqrt() + x[1], &[-1.0_f64, 2.0]);
    assert!(y.is_nan());
    assert_eq!(gradient, [0.0, 1.0]);
    let (_, gradient) = backprop::gradient(|[x, y]| (x.relu() - 1.0).sqrt() + y, [-1.0, 2.0]);
    assert_eq!(gradient, [0.0, 1.0]);
}

#[test]
fn infinite_values_have_the_derivatives_of_their_limits() {
    fn log_sum_exp<S: Scalar>(x: &Matrix<S>) -> S {
        x.log_sum_exp().sum()
    }
    fn softmax<S: Scalar>(x: &Matrix<S>) -> S {
        x.softmax().columns(0..1).sum()
    }
    fn row_max<S: Scalar>(x: &Matrix<S>) -> S {
        x.row_max().sum()
    }
    fn cross_entropy<S: Scalar>(x: &Matrix<S>) -> S {
        Loss::CrossEntropy.evaluate_batch(x, &constants([[1.0, 0.0]])).unwrap()
    }
    for (point, log_sum, p, max, loss) in [
        ([INF, 1.0], [1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 0.0]),
        ([INF, INF], [0.5, 0.5], [0.25, -0.25], [0.5, 0.5], [-0.5, 0.5]),
        ([-INF, -INF], [0.5, 0.5], [0.25, -0.25], [0.5, 0.5], [-0.5, 0.5]),
    ] {
        let x = || array![point];
        assert_eq!(matrix_gradient!(log_sum_exp, x()), log_sum, "{point:?}");
        assert_eq!(matrix_gradient!(softmax, x()), p, "{point:?}");
        assert_eq!(matrix_gradient!(row_max, x()), max, "{point:?}");
        assert_eq!(matrix_gradient!(cross_entropy, x()), loss, "{point:?}");
    }
}

/// 0 is a strong zero only in products of derivatives: a value that is NaN stays NaN.
#[test]
fn values_keep_nan() {
    let nan = f64::NAN;
    for logit in [-2.0, 0.0, 3.0] {
        assert!(Loss::BinaryCrossEntropyWithLogits.evaluate(&[logit], &[nan]).unwrap().is_nan());
    }
    assert!(Loss::CrossEntropy.evaluate(&[1000.0, 0.0], &[nan, 0.0]).unwrap().is_nan());
    assert!(nan.xlogy(1.0).is_nan() && INF.xlogy(1.0).is_nan() && 0.0.xlogy(nan).is_nan());
    assert_eq!((0.0.xlogy(-1.0), 0.0.xlogy(0.0)), (0.0, 0.0));
    let weighted = Loss::MeanSquaredError.with_sample_weights(&[1.0, 0.0]);
    assert!(weighted.evaluate_batch(&Matrix::from([[nan], [1.0]]), &Matrix::zeros([2, 1])).unwrap().is_nan());
    let means = Matrix::from([[1.0, nan], [1.0, 1.0], [1.0, 1.0]]).column_means();
    assert_eq!(means[(0, 0)], 1.0);
    let (_, gradient) = backprop::gradient(|[a, b]| a % b, [INF, 3.0]);
    assert!(gradient[0].is_nan() && gradient[1].is_nan());
}

/// The smallest normal number of double precision is 0 in single precision.
#[test]
fn norm_of_zeros_is_zero_in_single_precision() {
    let graph = Graph::new();
    let x = graph.matrix(Matrix::<f32>::zeros([2, 3]));
    let norms = x.row_norms();
    assert_eq!(norms.data(), Matrix::zeros([2, 1]));
    assert_eq!(norms.sum().backward().of(&x), [0.0; 6]);
    assert_eq!(Matrix::<f32>::zeros([2, 3]).norm(), 0.0);
    assert_eq!(Matrix::from([1e-42_f32, 0.0]).norm(), 1e-42);
}

#[test]
fn norm_and_hypot_have_equal_second_derivatives() {
    for scale in [1e200_f64, 1e-200, 1.0] {
        let point = [3.0 * scale, 4.0 * scale];
        let (.., by_norm) = backprop::hessian(|x| Matrix::from(x).norm(), point);
        let (.., by_hypot) = backprop::hessian(|[a, b]| a.hypot(b), point);
        for (a, b) in by_norm.as_flattened().iter().zip(by_hypot.as_flattened()) {
            assert!((a / b - 1.0).abs() < 1e-12, "expected {by_hypot:?}, got {by_norm:?}");
        }
    }
    let (.., at_origin) = backprop::hessian(|x| Matrix::from(x).norm(), [0.0; 2]);
    assert_eq!(at_origin, [[0.0; 2]; 2]);
}
