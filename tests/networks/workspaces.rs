//! Workspaces: gradients in the caller's memory, and large parameters, which graphs and clones share.

#[cfg(feature = "rayon")]
use backprop::ParallelWorkspace;
use backprop::ndarray::{Array2, ArrayView2};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, BackwardContext, Error, Graph, Layer, Loss, Matrix, Mlp, Objective, Operation, Optimizer, Parameter,
    Parameters, Scalar, Sgd, Value, Workspace,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Creates a network with more parameters than are copied to a graph, and a batch.
fn wide() -> (Mlp<f64>, Matrix<f64>, Matrix<f64>) {
    let mut rng = SomeRng::seed_from_u64(1);
    let net = Mlp::new(70, [(80, Activation::Tanh), (3, Activation::Identity)], &mut rng).unwrap();
    let x = Matrix::from_shape_fn([9, 70], |_| rng.random_range(-1.0..1.0));
    let t = Matrix::from_shape_fn([9, 3], |(row, column)| if row % 3 == column { 1.0 } else { 0.0 });
    (net, x, t)
}

/// The mean squared error by operations on single values.
struct BySingleValues;

impl Objective for BySingleValues {
    fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        let squares = predictions.iter().zip(targets).map(|(&y, &t)| (y - t).powi(2));
        Ok(squares.reduce(|a, b| a + b).unwrap() / S::of(predictions.len() as f64))
    }
}

#[test]
fn gradient_of_a_wide_network_equals_that_of_a_graph() {
    let (net, x, t) = wide();
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    for _ in 0..2 {
        let (expected_loss, expected) = net.loss_and_gradient(&x, &t, Loss::CrossEntropy).unwrap();
        let loss = workspace.loss_and_gradient(&net, &x, &t, Loss::CrossEntropy, &mut gradient).unwrap();
        assert_eq!((loss, gradient.parameters()), (expected_loss, expected.parameters()));
        // Scalar nodes on the graph
        let (_, expected) = net.loss_and_gradient(&x, &t, Loss::MeanSquaredError).unwrap();
        workspace.loss_and_gradient(&net, &x, &t, BySingleValues, &mut gradient).unwrap();
        for (a, b) in gradient.parameters().into_iter().zip(expected.parameters()) {
            assert!((a - b).abs() < 1e-15, "{a}, {b}");
        }
    }
}

#[test]
fn single_values_of_shared_parameters_have_derivatives() {
    let (net, x, _) = wide();
    let graph = Graph::new();
    let on_graph = net.attach(&graph);
    let mut parameters = None;
    on_graph.visit(&mut |matrix| parameters = Some(matrix.clone()));
    let parameters = parameters.unwrap();
    let sample: Vec<Value<'_, f64>> = x.rows(0..1).into_iter().map(Value::constant).collect();
    let by_neurons = on_graph.forward(&sample).unwrap();
    let by_batch = on_graph.forward_batch(&graph.constants(x.rows(0..1))).unwrap();
    let sum = by_neurons[0] + by_batch[(0, 0)] + parameters[(0, 5)] * 3.0;
    let gradients = sum.backward();
    let of_matrix = gradients.of(&parameters);
    assert_eq!(gradients[parameters[(0, 5)]], of_matrix[5]);
    let alone = by_batch[(0, 0)].backward().of(&parameters);
    assert!((of_matrix[5] - (2.0 * alone[5] + 3.0)).abs() < 1e-12);
    assert!((of_matrix[100] - 2.0 * alone[100]).abs() < 1e-12);
}

#[test]
fn changed_parameters_change_neither_clones_nor_graphs() {
    let (mut net, x, t) = wide();
    let (copy, before) = (net.clone(), net.parameters());
    let graph = Graph::new();
    let on_graph = net.attach(&graph);
    let y = on_graph.forward_batch(&graph.constants(&x)).unwrap();
    let gradient = y.sum().backward().of_module(&on_graph);
    Sgd::new(0.1).step(&mut net, &gradient).unwrap();
    assert_ne!(net.parameters(), before);
    assert_eq!(copy.parameters(), before);
    let on_graph: Vec<f64> = on_graph.parameters().iter().map(|p| p.data()).collect();
    assert_eq!(on_graph, before);
    let mut workspace = Workspace::new();
    let mut gradient = net.clone();
    let after = net.parameters();
    workspace.loss_and_gradient(&net, &x, &t, Loss::CrossEntropy, &mut gradient).unwrap();
    assert_eq!(net.parameters(), after);
}

/// A layer, and parameters that the outputs do not depend on, between and after those of the layer.
#[derive(Clone)]
struct Partly<S: Scalar> {
    unused: Parameter<S>,
    layer: Layer<S>,
    also_unused: Parameter<S>,
}

backprop::module! {
    Partly { unused, layer, also_unused }
    fn forward_batch(&self, x) { self.layer.forward_batch(x) }
}

#[test]
fn unused_parameters_get_zeros() {
    let layer = Layer::new(2, 2, Activation::Tanh, &mut SomeRng::seed_from_u64(1));
    let parameter = || Parameter::new(Matrix::from([[1.0, 2.0], [3.0, 4.0]]));
    let module = Partly { unused: parameter(), layer, also_unused: parameter() };
    let mut gradient = module.clone(); // not zeros
    let (x, t) = (Matrix::from([[0.5, -0.5]]), Matrix::zeros([1, 2]));
    Workspace::new().loss_and_gradient(&module, &x, &t, Loss::MeanSquaredError, &mut gradient).unwrap();
    let (_, expected) = module.layer.loss_and_gradient(&x, &t, Loss::MeanSquaredError).unwrap();
    assert_eq!(gradient.layer.parameters(), expected.parameters());
    for unused in [gradient.unused, gradient.also_unused] {
        assert_eq!(unused.values(), &Matrix::zeros([2, 2]));
    }
}

/// x, whose backward pass panics.
struct Broken;

impl Operation<1> for Broken {
    type Kept = ();

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], _: &mut [T]) {
        result.iter_mut().zip(x).for_each(|(result, &x)| *result = x);
    }

    fn backward<T: Scalar>(_: &(), _: &mut BackwardContext<'_, T, 1>) {
        panic!("broken")
    }
}

struct BrokenLoss;

impl Objective for BrokenLoss {
    fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, _: &Matrix<S>) -> Result<S, Error> {
        Ok(Matrix::compute([predictions], Broken).sum())
    }
}

#[test]
fn gradient_keeps_its_shape_after_a_panic() {
    let (net, x, t) = wide();
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let run = AssertUnwindSafe(|| workspace.loss_and_gradient(&net, &x, &t, BrokenLoss, &mut gradient));
    assert!(catch_unwind(run).is_err());
    assert_eq!(gradient.parameters().len(), net.parameters().len());
    workspace.loss_and_gradient(&net, &x, &t, Loss::CrossEntropy, &mut gradient).unwrap();
    let (_, expected) = net.loss_and_gradient(&x, &t, Loss::CrossEntropy).unwrap();
    assert_eq!(gradient.parameters(), expected.parameters());
}

/// A gradient that several threads add has the same bits on any number of them.
#[cfg(feature = "rayon")]
#[test]
fn large_gradients_of_parts_have_the_same_bits_on_any_number_of_threads() {
    let mut rng = SomeRng::seed_from_u64(1);
    let net = Mlp::<f32>::new(150, [(150, Activation::Tanh), (2, Activation::Identity)], &mut rng).unwrap();
    let x = Array2::from_shape_fn((9, 150), |(i, j)| ((7 * i + 3 * j) as f32).sin());
    let t = Array2::zeros((9, 2));
    let gradient = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (mut gradient, mut workspace) = (net.clone(), ParallelWorkspace::new(4));
        let mut step = || workspace.loss_and_gradient(&net, &x, &t, Loss::MeanSquaredError, &mut gradient).unwrap();
        let loss = pool.install(&mut step);
        (loss, gradient.parameters())
    };
    let (loss, expected) = net.loss_and_gradient(&x, &t, Loss::MeanSquaredError).unwrap();
    let one = gradient(1);
    assert!((one.0 - loss).abs() < 1e-5 && one.1.iter().zip(expected.parameters()).all(|(a, b)| (a - b).abs() < 1e-5));
    for threads in [2, 3, 7] {
        assert!(gradient(threads) == one, "{threads} threads");
    }
}

/// Errors and panics in a part leave the workspace usable.
#[cfg(feature = "rayon")]
#[test]
fn errors_and_panics_in_parts_leave_a_workspace_usable() {
    let net = Mlp::<f64>::new(2, [(2, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let (x, t) = (Array2::from_shape_fn((6, 2), |(i, j)| (i + j) as f64), Array2::zeros((6, 2)));
    let (loss, expected) = net.loss_and_gradient(&x, &t, Loss::MeanSquaredError).unwrap();
    let mut workspace = ParallelWorkspace::new(3);
    let mut gradient = net.clone();
    let mut check = |workspace: &mut ParallelWorkspace<f64>| {
        let found = workspace.loss_and_gradient(&net, &x, &t, Loss::MeanSquaredError, &mut gradient).unwrap();
        assert!((found - loss).abs() < 1e-15);
        assert!(gradient.parameters().iter().zip(expected.parameters()).all(|(a, b)| (a - b).abs() < 1e-15));
    };
    check(&mut workspace);
    let mut other = net.clone();
    let weights = Loss::MeanSquaredError.with_class_weights(&[1.0]);
    let error = workspace.loss_and_gradient(&net, &x, &t, weights, &mut other).unwrap_err();
    assert!(matches!(error, Error::Shape { .. }), "{error}");
    let narrow = Array2::zeros((6, 1));
    let error = workspace.loss_and_gradient(&net, &narrow, &t, Loss::MeanSquaredError, &mut other).unwrap_err();
    assert!(matches!(error, Error::Shape { .. }), "{error}");
    check(&mut workspace);
    let step = AssertUnwindSafe(|| workspace.loss_and_gradient(&net, &x, &t, BrokenLoss, &mut other));
    assert!(catch_unwind(step).is_err());
    check(&mut workspace);
}
