//! A batch gives the same values and gradients as its samples one by one, for arrays of any memory order and every
//! scalar type.

use crate::activations::ACTIVATIONS;
use backprop::ndarray::{Array1, Array2, array, s};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Dual, Error, FloatWrapper, Gradients, Graph, Layer, Loss, Matrix, Mlp, Module, Neuron, Parameters,
    Scalar, Value, Workspace, gradcheck,
};

const LOSSES: [Loss; 7] = [
    Loss::MeanSquaredError,
    Loss::MeanAbsoluteError,
    Loss::Huber { delta: 0.5 },
    Loss::BinaryCrossEntropyWithLogits,
    Loss::CrossEntropy,
    Loss::SmoothCrossEntropy { smoothing: 0.2 },
    Loss::Hinge,
];

fn random<T: Scalar>(rows: usize, columns: usize, seed: u64) -> Array2<T> {
    let mut rng = SomeRng::seed_from_u64(seed);
    Array2::from_shape_fn((rows, columns), |_| T::of(rng.random::<f64>() * 2.0 - 1.0))
}

fn net<T: Scalar>(inputs: usize, layers: &[(usize, Activation)]) -> Mlp<T> {
    Mlp::new(inputs, layers.to_vec(), &mut SomeRng::seed_from_u64(7)).unwrap()
}

#[track_caller]
pub(crate) fn all_close<T: Scalar>(found: &[T], expected: &[T], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let [a, b] = [found, expected].map(|x| x.to_f64().unwrap());
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "expected {b}, got {a}");
    }
}

/// Returns the loss of a sample, computed with scalar operations by its formula.
fn loss_by_formula<S: Scalar>(loss: Loss, y: &[S], t: &[S]) -> S {
    let c = S::of;
    let pairs = || y.iter().copied().zip(t.iter().copied());
    let mean = |sum: S| sum / c(y.len() as f64);
    let cross_entropy = |smoothing: f64| {
        let total: S = y.iter().map(|y| y.exp()).sum();
        let negative_log_probability = |y: S| total.ln() - y;
        pairs().map(|(y, t)| (t * c(1.0 - smoothing) + c(smoothing / 2.0)) * negative_log_probability(y)).sum()
    };
    match loss {
        Loss::MeanSquaredError => mean(pairs().map(|(y, t)| (y - t).powi(2)).sum()),
        Loss::MeanAbsoluteError => mean(pairs().map(|(y, t)| (y - t).abs()).sum()),
        Loss::Huber { delta } => mean(
            pairs()
                .map(|(y, t)| {
                    let d = (y - t).abs();
                    if d <= c(delta) { d.powi(2) * c(0.5) } else { (d - c(0.5 * delta)) * c(delta) }
                })
                .sum(),
        ),
        Loss::BinaryCrossEntropyWithLogits => mean(
            pairs()
                .map(|(y, t)| {
                    let p = (c(1.0) + (-y).exp()).recip();
                    -(t * p.ln() + (c(1.0) - t) * (c(1.0) - p).ln())
                })
                .sum(),
        ),
        Loss::Hinge => mean(pairs().map(|(y, t)| (c(1.0) - t * y).relu()).sum()),
        Loss::CrossEntropy => cross_entropy(0.0),
        Loss::SmoothCrossEntropy { smoothing } => cross_entropy(smoothing),
        _ => unreachable!(),
    }
}

fn check_gradients_against_scalar_operations<T: Scalar>(tolerance: f64) {
    let (x, t) = (random::<T>(7, 3, 1), random::<T>(7, 2, 2).mapv(|t| t.abs()));
    for activation in ACTIVATIONS {
        for loss in LOSSES {
            let net = net::<T>(3, &[(5, activation), (4, activation), (2, Activation::Identity)]);
            let (found, gradient) = net.loss_and_gradient(&x, &t, loss).unwrap();

            let graph = Graph::new();
            let on_graph = net.attach(&graph);
            let losses = x.rows().into_iter().zip(t.rows()).map(|(x, t)| {
                let [x, t] = [x, t].map(|row| row.iter().map(|&x| Value::constant(x)).collect::<Vec<_>>());
                loss_by_formula(loss, &on_graph.forward(&x).unwrap(), &t)
            });
            let mean = losses.sum::<Value<T>>() / T::of(7.0);
            all_close(&[found], &[mean.data()], tolerance);
            let expected = on_graph.gradient(&mean.backward()).parameters();
            all_close(&gradient.parameters(), &expected, tolerance);
        }
    }
}

#[test]
fn gradients_equal_those_of_scalar_operations_in_double_precision() {
    check_gradients_against_scalar_operations::<f64>(1e-13);
}

#[test]
fn gradients_equal_those_of_scalar_operations_in_single_precision() {
    check_gradients_against_scalar_operations::<f32>(1e-5);
}

#[test]
fn half_precision_and_duals_equal_scalar_operations() {
    check_gradients_against_scalar_operations::<FloatWrapper<half::f16>>(0.1);

    // A batch of duals carries derivatives with respect to an input.
    let net = net::<f64>(2, &[(3, Activation::Tanh), (1, Activation::Sigmoid)]);
    let parameters: Vec<Dual<f64, 1>> = net.parameters().into_iter().map(Dual::constant).collect();
    let over_duals = net.with_parameters(&parameters).unwrap();
    let x = Matrix::from([[Dual::variable(0.5, 0), Dual::constant(-1.0)]]);
    let y = over_duals.forward_batch(&x).unwrap()[(0, 0)];
    let (value, derivative) = backprop::derivative(|x| over_duals.forward(&[x, Dual::constant(-1.0)]).unwrap()[0], 0.5);
    all_close(&[y.data(), y.tangents()[0]], &[value, derivative], 1e-15);
}

#[test]
fn outputs_do_not_depend_on_the_memory_order() {
    let net = net::<f64>(3, &[(17, Activation::Gelu), (2, Activation::Softplus)]);
    let all = random::<f64>(20, 6, 3);
    let columns_first = Array2::from_shape_fn((6, 20), |(i, j)| all[[j, i]]);
    let expected = net.forward_batch(&Matrix::from(all.slice(s![.., ..3]))).unwrap(); // rows with a gap between them
    assert_eq!(net.forward_batch(&Matrix::from(all.slice(s![.., ..3]).to_owned())).unwrap(), expected);
    let transposed = columns_first.slice(s![..3, ..]);
    assert_eq!(net.forward_batch(&Matrix::from(transposed.t())).unwrap(), expected);
    let reversed = net.forward_batch(&Matrix::from(all.slice(s![..;-1, ..3]))).unwrap();
    assert_eq!(reversed.view().slice(s![..;-1, ..]), expected.view());
    for (row, y) in all.rows().into_iter().zip(expected.view().rows()) {
        all_close(&net.forward(&row.to_vec()[..3]).unwrap(), &y.to_vec(), 1e-14);
    }

    let targets = random::<f64>(20, 2, 4);
    let expected = net.loss_and_gradient(all.slice(s![.., ..3]), &targets, Loss::MeanSquaredError).unwrap();
    assert_eq!(net.loss_and_gradient(transposed.t(), targets.view(), Loss::MeanSquaredError).unwrap(), expected);
}

#[test]
fn empty_batches_and_layers_without_inputs_are_accepted() {
    let net = net::<f64>(3, &[(2, Activation::Tanh)]);
    assert_eq!(net.forward_batch(&Matrix::zeros([0, 3])).unwrap().shape(), [0, 2]);
    let error = net.loss_and_gradient(Array2::zeros((0, 3)), Array2::zeros((0, 2)), Loss::Hinge).unwrap_err();
    assert_eq!(error.to_string(), "expected at least one prediction, got none, in Loss::evaluate");
    let only_biases = Layer::<f64>::new(0, 2, Activation::Identity, &mut SomeRng::seed_from_u64(1));
    let (_, gradient) =
        only_biases.loss_and_gradient(Array2::zeros((4, 0)), Array2::ones((4, 2)), Loss::MeanSquaredError).unwrap();
    assert_eq!(gradient.parameters(), [-1.0, -1.0]);
}

#[test]
fn batch_of_one_sample_may_be_an_array_or_a_vector() {
    let net = net::<f64>(2, &[(2, Activation::Tanh)]);
    let expected = net.forward_batch(&Matrix::from([[0.5, 1.0]])).unwrap();
    assert_eq!(net.forward_batch(&Matrix::from([0.5, 1.0])).unwrap(), expected);
    assert_eq!(net.forward_batch(&Matrix::from(vec![0.5, 1.0])).unwrap(), expected);
    assert_eq!(net.forward_batch(&Matrix::from(Array1::from_vec(vec![0.5, 1.0]))).unwrap(), expected);
}

#[test]
fn mismatched_shapes_are_errors_with_their_place() {
    let net = net::<f64>(2, &[(3, Activation::Tanh), (2, Activation::Identity)]);
    let error_text = |result: Result<(f64, Mlp<f64>), Error>| result.unwrap_err().to_string();
    let (x, t) = (Array2::zeros((4, 2)), Array2::zeros((4, 2)));
    let loss = Loss::CrossEntropy;
    assert_eq!(
        error_text(net.loss_and_gradient(Array2::zeros((4, 3)), &t, loss)),
        "expected 2 inputs, got 3, in layer 1"
    );
    assert_eq!(
        error_text(net.loss_and_gradient(&x, Array2::zeros((5, 2)), loss)),
        "expected 4 samples of targets, got 5, in Loss::evaluate"
    );
    assert_eq!(
        error_text(net.loss_and_gradient(&x, Array2::zeros((4, 3)), loss)),
        "expected 2 targets, got 3, in Loss::evaluate"
    );
    assert_eq!(
        error_text(net.loss_and_gradient(&x, &t, loss.with_sample_weights(&[1.0]))),
        "expected 4 sample weights, got 1, in Loss::evaluate"
    );
    assert_eq!(
        error_text(net.loss_and_gradient(&x, &t, loss.with_class_weights(&[1.0; 3]))),
        "expected 2 class weights, got 3, in Loss::evaluate"
    );
    let mut other = Mlp::<f64>::new(2, [(2, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let before = other.clone();
    let mut workspace = Workspace::new();
    let copy = Parameters::map::<f64>(&other, &mut |matrix| matrix.clone());
    let error = workspace.loss_and_gradient(&net, &x, &t, loss, &mut other).unwrap_err();
    assert_eq!(error.to_string(), "expected 2 layers, got 1, in gradient");
    assert!(other == before && copy == before);
}

#[test]
fn losses_of_logits_are_finite_for_any_size() {
    let x = array![[1e4, -1e4], [-1e4, 1e4], [0.0, 1e4]];
    let t = array![[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]];
    let identity = {
        let layer = Layer::<f64>::new(2, 2, Activation::Identity, &mut SomeRng::seed_from_u64(1));
        let mut net = Mlp::from_layers([layer]).unwrap();
        net.set_parameters(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).unwrap();
        net
    };
    for loss in LOSSES {
        let (loss, gradient) = identity.loss_and_gradient(&x, &t, loss).unwrap();
        assert!(loss.is_finite() && gradient.parameters().iter().all(|derivative| derivative.is_finite()), "{loss}");
    }
    let loss = |loss| identity.loss_and_gradient(&x, &t, loss).unwrap().0;
    let expected = [(2e4 + 2e4 + 1e4) / 3.0, (5e4 + std::f64::consts::LN_2) / 6.0];
    all_close(&[loss(Loss::CrossEntropy), loss(Loss::BinaryCrossEntropyWithLogits)], &expected, 1e-15);
}

/// Compares each operation with difference quotients, and its value on constants with that on floats.
#[test]
fn operation_derivatives_equal_differences() {
    type F<S> = Box<dyn Fn(&Matrix<S>) -> S>;
    fn operations<S: Scalar>() -> Vec<(&'static str, F<S>)> {
        fn weighted_sum<S: Scalar>(x: &Matrix<S>) -> S {
            let weights = (0..x.len()).map(|i| S::of(1.0 + 0.3 * i as f64)).collect();
            (x * Matrix::from_vec(x.shape(), weights)).sum()
        }
        let part = |x: &Matrix<S>, range: std::ops::Range<usize>, columns: usize| {
            Matrix::from_vec([range.len() / columns, columns], x.as_slice()[range].to_vec())
        };
        vec![
            ("add a row", Box::new(move |x| weighted_sum::<S>(&(x + part(x, 0..3, 3))))),
            ("subtract a column", Box::new(move |x| weighted_sum::<S>(&(part(x, 0..2, 1) - x)))),
            ("multiply", Box::new(|x| weighted_sum::<S>(&(x * x)))),
            ("divide by one value", Box::new(move |x| weighted_sum::<S>(&(x / part(x, 1..2, 1))))),
            ("divide", Box::new(move |x| weighted_sum::<S>(&(part(x, 0..3, 3) / x)))),
            ("product", Box::new(|x| weighted_sum::<S>(&x.matmul(&x.t())))),
            ("columns", Box::new(|x| weighted_sum::<S>(&x.columns(1..3)))),
            ("no columns", Box::new(|x| weighted_sum::<S>(&x.hstack(&x.columns(2..2))))),
            ("hstack", Box::new(|x| weighted_sum::<S>(&(x.columns(1..2).hstack(x) * x.hstack(&x.columns(0..1)))))),
            ("transpose", Box::new(|x| weighted_sum::<S>(&x.t()))),
            ("mean", Box::new(|x| (x * x).mean())),
            ("row sums", Box::new(|x| weighted_sum::<S>(&(x * x).row_sums()))),
            ("row means", Box::new(|x| weighted_sum::<S>(&(x * x).row_means()))),
            ("column sums", Box::new(|x| weighted_sum::<S>(&(x * x).column_sums()))),
            ("column means", Box::new(|x| weighted_sum::<S>(&(x * x).column_means()))),
            ("softmax", Box::new(|x| weighted_sum::<S>(&x.softmax()))),
            (
                "causal attention",
                Box::new(|x| weighted_sum::<S>(&Matrix::causal_attention(x, &x.exp(), &x.columns(1..3), 1, &[2]))),
            ),
            ("log-sum-exp", Box::new(|x| weighted_sum::<S>(&x.log_sum_exp()))),
            ("layer norm", Box::new(|x| weighted_sum::<S>(&x.layer_norm(1e-5)))),
            ("rms norm", Box::new(|x| weighted_sum::<S>(&x.rms_norm(1e-5)))),
            ("map", Box::new(|x| weighted_sum::<S>(&x.map(Activation::Gelu)))),
            ("by single values", Box::new(|x| x[(0, 1)] * x[(1, 2)] + x.row_sums()[(1, 0)].powi(2))),
            (
                "layer",
                Box::new(|x| {
                    let neuron = Neuron::new(&x.as_slice()[..3], x[(1, 0)], Activation::Silu);
                    weighted_sum::<S>(&Layer::from_neurons([neuron]).unwrap().forward_batch(x).unwrap())
                }),
            ),
        ]
    }
    let point = [0.5_f64, -1.2, 0.7, 2.0, 0.1, -0.4];
    for i in 0..operations::<f64>().len() {
        let (name, on_floats) = &operations::<f64>()[i];
        let value = on_floats(&Matrix::from_vec([2, 3], point.to_vec()));
        let constants = point.map(Value::constant).to_vec();
        let (_, on_constants) = &operations::<Value<f64>>()[i];
        assert_eq!(on_constants(&Matrix::from_vec([2, 3], constants)).data(), value, "{name}");
        gradcheck(|x| operations()[i].1(&Matrix::from_vec([2, 3], x.to_vec())), &point)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn losses_have_derivatives_with_respect_to_targets() {
    for loss in LOSSES {
        gradcheck(
            |point| {
                let [y, t] = [0..4, 4..8].map(|range| Matrix::from_vec([2, 2], point[range].to_vec()));
                loss.with_class_weights(&[0.5, 2.0]).with_sample_weights(&[3.0, 1.0]).evaluate_batch(&y, &t).unwrap()
            },
            &[0.3_f64, -0.8, 1.5, 0.2, 0.6, 0.1, 0.4, 0.9],
        )
        .unwrap_or_else(|error| panic!("{loss:?}: {error}"));
    }
}

#[test]
fn matrix_operations_have_second_derivatives() {
    fn f<S: Scalar>(x: &[S]) -> S {
        let x = Matrix::from_vec([2, 2], x.to_vec());
        (x.map(Activation::Tanh).matmul(&x).softmax() * &x).sum()
    }
    let point = [0.4_f64, -0.3, 0.8, 1.1];
    let (.., hessian) = backprop::hessian(|x| f(&x), point);
    let (.., mixed) = backprop::reverse::hessian(|x| f(x), &point);
    for i in 0..4 {
        all_close(&mixed[i], &hessian[i], 1e-13);
        let h = 1e-5;
        let gradient_at = |offset: f64| {
            let mut moved = point;
            moved[i] += offset;
            backprop::reverse::gradient(|x| f(x), &moved).1
        };
        let difference: Vec<f64> =
            gradient_at(h).iter().zip(gradient_at(-h)).map(|(a, b)| (a - b) / (2.0 * h)).collect();
        all_close(&difference, &hessian[i], 1e-8);
    }
}

#[test]
fn unused_inputs_are_found_through_matrix_operations() {
    let graph = Graph::new();
    let (x, y) = (graph.matrix([[-1.0, 2.0]]), graph.matrix([[3.0], [4.0]]));
    let f = (x.map(Activation::Relu) + y.rows(0..1)).sum();
    let all: Vec<Value<f64>> = x.iter().chain(&y).copied().collect();
    assert_eq!(f.backward().of(&x), [0.0, 1.0]);
    assert_eq!(f.backward().unused_inputs(&all), [3]); // the inactive relu of the first element is still a path
}

#[test]
fn second_sweep_gives_identical_bits() {
    let graph = Graph::new();
    let net = net::<f32>(3, &[(9, Activation::Silu), (2, Activation::Identity)]);
    let on_graph = net.attach(&graph);
    let y = on_graph.forward_batch(&graph.constants(random::<f32>(6, 3, 1))).unwrap();
    let loss = Loss::CrossEntropy.evaluate_batch(&y, &graph.constants(random::<f32>(6, 2, 2))).unwrap();
    let mut gradients = Gradients::new();
    let mut bits = || {
        loss.backward_into(&mut gradients);
        on_graph.gradient(&gradients).parameters().iter().map(|g| g.to_bits()).collect::<Vec<_>>()
    };
    let first = bits();
    assert_eq!(bits(), first);
}

#[test]
#[should_panic(expected = "expected shapes that match or broadcast, got 2 × 3 and 2 × 2")]
fn mismatched_shapes_panic() {
    let _ = Matrix::<f64>::zeros([2, 3]) + Matrix::zeros([2, 2]);
}

#[test]
#[should_panic(expected = "`range` must be within 0..3, got 2..4, in columns")]
fn columns_outside_the_matrix_panic() {
    let _ = Matrix::<f64>::zeros([2, 3]).columns(2..4);
}

#[test]
#[should_panic(expected = "expected 2 rows, got 1, in hstack")]
fn hstack_with_fewer_rows_panics() {
    let _ = Matrix::<f64>::zeros([2, 3]).hstack(&Matrix::zeros([1, 3]));
}

/// bfloat16 represents consecutive integers up to 256 only, f16 up to 2,048. The backward pass must find larger column
/// indices too.
#[test]
fn columns_beyond_the_range_of_half_precision_have_derivatives() {
    fn check<T: Scalar>() {
        let graph = Graph::new();
        let x = graph.matrix(Array2::from_elem((1, 70_001), T::one()));
        for column in [0, 255, 256, 257, 2049, 65_537, 70_000] {
            let gradients = x.columns(column..column + 1).sum().backward();
            let nonzero: Vec<usize> = (0..70_001).filter(|&i| !gradients.of(&x)[i].is_zero()).take(2).collect();
            assert_eq!(nonzero, [column]);
        }
    }
    check::<FloatWrapper<half::f16>>();
    check::<FloatWrapper<half::bf16>>();
}

#[test]
fn half_precision_means_of_many_values_are_not_0() {
    let filled = |x: f64| Matrix::from_elem([70_000, 2], FloatWrapper(half::f16::from_f64(x)));
    let (ones, zeros, halves) = (filled(1.0), filled(0.0), filled(0.5));
    assert!(ones.column_means().iter().all(|mean| mean.0.to_f64() > 0.0));
    assert!(Loss::MeanAbsoluteError.evaluate_batch(&halves, &zeros).unwrap().0.to_f64() > 0.0);
}

#[test]
fn unused_parameters_have_a_gradient_of_zeros() {
    #[derive(Clone)]
    struct Unused<S: Scalar> {
        layer: Layer<S>,
    }
    backprop::module! {
        Unused { layer }
        fn forward_batch(&self, x) {
            Ok(x.clone())
        }
    }
    let net = Unused { layer: Layer::<f64>::new(2, 1, Activation::Tanh, &mut SomeRng::seed_from_u64(1)) };
    let x = array![[1.0, 2.0]];
    let (loss, gradient) = net.loss_and_gradient(&x, array![[0.0, 0.0]], Loss::MeanSquaredError).unwrap();
    assert_eq!((loss, gradient.layer.parameters()), (2.5, vec![0.0; 3]));
}

#[test]
fn vector_of_layers_is_a_module() {
    let mut rng = SomeRng::seed_from_u64(1);
    let layers: Vec<Layer<f64>> =
        [(2, 3), (3, 4), (4, 1)].map(|(i, o)| Layer::new(i, o, Activation::Tanh, &mut rng)).to_vec();
    let mlp = Mlp::from_layers(layers.clone()).unwrap();
    let (x, t) = (random(5, 2, 1), random(5, 1, 2));
    let (loss, gradient) = layers.loss_and_gradient(&x, &t, Loss::MeanSquaredError).unwrap();
    let (expected, mlp_gradient) = mlp.loss_and_gradient(&x, &t, Loss::MeanSquaredError).unwrap();
    all_close(&[loss], &[expected], 1e-15);
    all_close(&gradient.parameters(), &mlp_gradient.parameters(), 1e-15);
    let names: Vec<String> = layers.parameter_info().iter().map(|info| info.name().to_string()).collect();
    assert_eq!(names[..3], ["0.weight", "0.bias", "1.weight"]);
    assert!(layers.check_shape(&layers[..2].to_vec(), "list").is_err());
}

#[test]
#[should_panic(expected = "expected 6 parameters, got 5, in map")]
fn incomplete_neuron_panics() {
    let layer = Layer::<f64>::new(2, 2, Activation::Tanh, &mut SomeRng::seed_from_u64(1));
    let short = layer.map(&mut |_| Matrix::from([1.0, 2.0, 3.0, 4.0, 5.0]));
    let _ = short.forward_batch(&Matrix::from([[1.0, 2.0]]));
}

#[test]
#[should_panic(expected = "must be on one graph")]
fn matrices_of_two_graphs_panic() {
    let (one, other) = (Graph::new(), Graph::new());
    let _ = one.matrix([1.0]) + other.matrix([2.0]);
}

#[cfg(feature = "rayon")]
#[test]
fn gradients_do_not_depend_on_the_number_of_threads() {
    use backprop::ParallelWorkspace;
    let net = net::<f32>(20, &[(30, Activation::Tanh), (3, Activation::Identity)]);
    let (x, t) = (random::<f32>(50, 20, 1), random::<f32>(50, 3, 2).mapv(f32::abs));
    let weights: Vec<f64> = (0..50).map(|i| 0.5 + i as f64 / 50.0).collect();
    let weighted_loss = Loss::CrossEntropy.with_sample_weights(&weights);
    let mut bits = None;
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (mut workspace, mut gradient) = (ParallelWorkspace::new(4), net.clone());
        for _ in 0..10 {
            let loss =
                pool.install(|| workspace.loss_and_gradient(&net, &x, &t, weighted_loss, &mut gradient)).unwrap();
            let found: Vec<u32> = gradient.parameters().iter().chain([&loss]).map(|g| g.to_bits()).collect();
            assert_eq!(bits.get_or_insert(found.clone()), &found);
        }
        let (loss, expected) = net.loss_and_gradient(&x, &t, weighted_loss).unwrap();
        all_close(&gradient.parameters(), &expected.parameters(), 1e-6);
        let error =
            workspace.loss_and_gradient(&net, &x, t.slice(s![..49, ..]), weighted_loss, &mut gradient).unwrap_err();
        assert_eq!(error.to_string(), "expected 50 samples of targets, got 49, in Loss::evaluate");
        assert!(loss > 0.0);
    }
    // More parts than samples
    let (mut workspace, mut gradient) = (ParallelWorkspace::new(8), net.clone());
    let (x, t) = (x.slice(s![..3, ..]), t.slice(s![..3, ..]));
    let loss = workspace.loss_and_gradient(&net, x, t, Loss::CrossEntropy, &mut gradient).unwrap();
    all_close(&[loss], &[net.loss_and_gradient(x, t, Loss::CrossEntropy).unwrap().0], 1e-6);
}
