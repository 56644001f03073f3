//! A training loop allocates nothing after its first step, except for buffers, a program and predictions nothing after the first call.
//!
//! This is a separate test program because its counting allocator serves the whole program.

use allocation_counter::measure;
use backprop::ndarray::{Array2, s};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, AvgPool1d, BatchNorm, Conv1d, Conv2d, Dataset, Dropout, Dual, Embedding, Error,
    ExponentialMovingAverage, Graph, Gru, Layer, LayerNorm, LevenbergMarquardt, Linear, Loss, Lstm, Matrix, MaxPool1d,
    MaxPool2d, Mlp, Model, Module, MultiheadAttention, Optimizer, ParameterGroups, Parameters, Program, RmsNorm, Rnn,
    RobustLoss, Scalar, Sgd, Value, Workspace, gradient,
};

#[test]
fn steps_over_batches_allocate_nothing() {
    let activations = [Activation::Tanh, Activation::Relu, Activation::Gelu, Activation::Softplus];
    let losses = [
        Loss::MeanSquaredError,
        Loss::BinaryCrossEntropyWithLogits,
        Loss::CrossEntropy,
        Loss::Hinge,
        Loss::Huber { delta: 1.0 },
    ];
    for activation in activations {
        for loss in losses {
            let layers = [(8, activation), (8, activation), (3, Activation::Identity)];
            assert_eq!(
                allocations(Mlp::<f32>::new(5, layers, &mut rng()).unwrap(), loss),
                0,
                "{activation:?} {loss:?}"
            );
        }
    }
}

#[derive(Clone)]
struct Residual<S: Scalar> {
    inner: Layer<S>,
    outer: Mlp<S>,
}

backprop::module! {
    Residual { inner, outer }
    fn forward_batch(&self, x) {
        self.outer.forward_batch(&(x + self.inner.forward_batch(x)?))
    }
}

#[test]
fn steps_of_custom_modules_allocate_nothing() -> Result<(), Error> {
    let inner = Layer::<f32>::new(5, 5, Activation::Silu, &mut rng());
    let outer = Mlp::new(5, [(3, Activation::Identity)], &mut rng())?;
    assert_eq!(allocations(Residual { inner, outer }, Loss::CrossEntropy), 0);
    Ok(())
}

#[test]
fn steps_of_parameter_groups_and_averages_allocate_nothing() -> Result<(), Error> {
    let inner = Layer::<f32>::new(5, 5, Activation::Silu, &mut rng());
    let outer = Mlp::new(5, [(70, Activation::Tanh), (70, Activation::Tanh)], &mut rng())?; // shared memory
    let mut net = Residual { inner, outer };
    let gradient = net.clone();
    let mut groups = ParameterGroups::new(Adam::new(0.01)).learning_rate_factor("outer", 0.5).freeze("outer.2.bias");
    groups = groups.weight_decay("inner.weight", 0.1).freeze("inner.bias");
    let mut average = ExponentialMovingAverage::new(&net, 0.9);
    let mut step = || {
        groups.step(&mut net, &gradient).unwrap();
        average.update(&net).unwrap();
    };
    assert!(measure(&mut step).count_total > 0);
    assert_eq!(measure(|| (0..100).for_each(|_| step())).count_total, 0);
    Ok(())
}

#[test]
fn steps_of_layers_allocate_nothing() {
    let (rng, loss) = (&mut rng(), Loss::CrossEntropy);
    let conv = Conv1d::new([1, 4], 3, 5, rng).padding(1);
    let pools = (MaxPool1d::new(2, 5).stride(1), AvgPool1d::new(2, 4));
    assert_eq!(allocations((conv, Activation::Relu, pools, Linear::new(8, 3, rng)), loss), 0);
    assert_eq!(allocations((Rnn::new(1, 4, rng).last_only(), Linear::new(4, 3, rng)), loss), 0);
    assert_eq!(allocations((Gru::new(1, 4, rng).last_only(), Linear::new(4, 3, rng)), loss), 0);
    assert_eq!(allocations((Lstm::new(1, 4, rng).last_only(), Linear::new(4, 3, rng)), loss), 0);
    let attention = MultiheadAttention::new(4, 2, rng);
    assert_eq!(allocations((Linear::new(5, 4, rng), attention, LayerNorm::new(4), Linear::new(4, 3, rng)), loss), 0);
    let attention = MultiheadAttention::without_bias(4, 2, rng).causal();
    assert_eq!(allocations((Linear::new(5, 4, rng), attention, Linear::new(4, 3, rng)), loss), 0);
    let conv = Conv2d::new([1, 4], [2, 2], [1, 5], rng).padding([1, 1]); // to 2 × 6
    let pool = MaxPool2d::new([2, 2], [2, 6]);
    assert_eq!(allocations((conv, Dropout::new(0.5), pool, RmsNorm::new(12), Linear::new(12, 3, rng)), loss), 0);
}

/// Most of these steps allocate, but keep nothing: whatever their number, the memory in use is the same.
#[test]
fn steps_of_custom_losses_keep_no_memory() {
    let (rng, mut random) = (&mut rng(), rng());
    // The three buffers of BatchNorm are copied: to the graph, to the gradient and to the network.
    let conv = Conv1d::<f64>::new([1, 2], 3, 5, rng);
    let x = Matrix::from_shape_fn([4, 5], |_| random.random::<f64>());
    let count = keeps_no_memory((conv, BatchNorm::new(2), Activation::Relu), |net, graph| {
        Ok(net.forward_batch(&graph.constants(&x))?.powi(2).mean())
    });
    assert_eq!(count, 11);
    let (embedding, indices) = (Embedding::<f64>::new(4, 2, rng), Matrix::from([[0.0, 1.0], [3.0, 0.0]]));
    let net = (embedding, Linear::new(4, 2, rng));
    let count = keeps_no_memory(net, |net, graph| Ok(net.forward_batch(&graph.constants(&indices))?.powi(2).mean()));
    assert_eq!(count, 0);
    // A variational autoencoder, whose loss creates two matrices
    let halves = (Linear::<f64>::new(3, 4, rng), Linear::new(2, 3, rng));
    let count = keeps_no_memory(halves, |(encoder, decoder), graph| {
        let mut matrix = |columns| graph.constants(Matrix::from_shape_fn([5, columns], |_| random.random::<f64>()));
        let (x, noise) = (matrix(3), matrix(2));
        let code = encoder.forward_batch(&x)?;
        let (mean, log_variance) = (code.columns(0..2), code.columns(2..4));
        let logits = decoder.forward_batch(&(&mean + (&log_variance * 0.5).exp() * noise))?;
        let divergence = (mean.powi(2) + log_variance.exp() - &log_variance - 1.0).sum() * 0.5;
        Ok(Loss::BinaryCrossEntropyWithLogits.evaluate_batch(&logits, &x)? + divergence)
    });
    assert_eq!(count, 2);
    // u″ = −u at random points, by duals of duals on the graph
    let net = Mlp::<f64>::new(1, [(4, Activation::Tanh), (1, Activation::Identity)], rng).unwrap();
    let mut random = SomeRng::seed_from_u64(2);
    keeps_no_memory(net, |net, _| {
        let net = net.map(&mut |matrix| {
            Matrix::from_shape_fn(matrix.shape(), |index| Dual::constant(Dual::constant(matrix[index])))
        });
        let mut point = || Value::constant(random.random());
        let x = Matrix::from_shape_fn([5, 1], |_| Dual::variable(Dual::variable(point(), 0), 0));
        let u: Matrix<Dual<Dual<Value<f64>, 1>, 1>> = net.forward_batch(&x)?;
        let residuals = u.iter().map(|u| (u.tangents()[0].tangents()[0] + u.data().data()).powi(2));
        Ok(residuals.fold(Value::constant(0.0), |sum, x| sum + x))
    });
}

#[test]
fn predictions_for_a_sample_allocate_nothing() {
    for width in [3, 40] {
        let layers = [(width, Activation::Tanh), (width, Activation::Relu), (2, Activation::Identity)];
        let net = Mlp::<f32>::new(width, layers, &mut rng()).unwrap();
        let (inputs, mut outputs) = (vec![0.5; width], Vec::new());
        let mut predict = || net.forward_into(&inputs, &mut outputs).unwrap();
        assert!(measure(&mut predict).count_total > 0);
        assert_eq!(measure(|| (0..100).for_each(|_| predict())).count_total, 0);
    }
}

#[test]
fn predictions_of_a_model_allocate_nothing() -> Result<(), Error> {
    let x = Array2::from_shape_fn((30, 4), |(i, j)| ((i * (j + 3)) % 7) as f32);
    let labels: Vec<String> = (0..30).map(|i| (i % 3).to_string()).collect();
    let two: Vec<String> = (0..30).map(|i| (i % 2).to_string()).collect();
    let datasets = [
        Dataset::with_classes(&x, &labels)?,
        Dataset::with_classes(&x, &two)?.one_output()?,
        Dataset::new(&x, x.slice(s![.., ..2]))?,
    ];
    for dataset in &datasets {
        for width in [3, 40] {
            let model = Model::new(dataset, [(width, Activation::Tanh), (width, Activation::Relu)], &mut rng())?;
            for samples in [1, 30] {
                let (inputs, mut predictions) = (x.slice(s![..samples, ..]), Vec::new());
                let mut predict = || model.predict_into(inputs, &mut predictions).unwrap();
                assert!(measure(&mut predict).count_total > 0);
                assert_eq!(measure(|| (0..100).for_each(|_| predict())).count_total, 0);
                assert_eq!(predictions, model.predict(inputs)?.as_slice().unwrap());
            }
        }
    }
    Ok(())
}

fn rng() -> SomeRng {
    SomeRng::seed_from_u64(1)
}

#[test]
fn steps_over_views_in_another_memory_order_allocate_nothing() {
    let layers = [(8, Activation::Tanh), (3, Activation::Identity)];
    let net = Mlp::<f32>::new(5, layers, &mut rng()).unwrap();
    let (x, t) = (Array2::from_elem((5, 20), 0.5), Array2::zeros((3, 20)));
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let mut step = || {
        workspace.loss_and_gradient(&net, x.t(), t.t(), Loss::MeanSquaredError, &mut gradient).unwrap();
    };
    assert!(measure(&mut step).count_total > 0);
    assert_eq!(measure(|| (0..100).for_each(|_| step())).count_total, 0);
}

#[test]
fn least_squares_steps_allocate_nothing() {
    let allocations = |steps| {
        let fit = || {
            let method = LevenbergMarquardt::new().steps(steps).loss(RobustLoss::SoftL1(1.0)).bounds([(-5.0, 5.0); 2]);
            let rosenbrock = |x: &[f64], residuals: &mut Vec<f64>, jacobian: &mut Vec<f64>| {
                for [a, b, c] in [[0.0, -10.0, 10.0], [1.0, -1.0, 0.0]] {
                    let (residual, row) =
                        gradient(|[x, y]| x * x * b * (1.0 - a) + y * c + (-x + 1.0) * a, [x[0], x[1]]);
                    residuals.push(residual);
                    jacobian.extend(row);
                }
                Ok(())
            };
            let result = method.minimize_into(rosenbrock, &mut [-1.2, 1.0]).unwrap();
            assert_eq!(result.steps, steps);
        };
        measure(fit).count_total
    };
    assert!(allocations(1) > 0);
    assert_eq!(allocations(8), allocations(1));
}

/// Calls of a program with one path and with several
#[test]
fn calls_of_programs_allocate_nothing() -> Result<(), Error> {
    let one = Program::<f64>::record(2, 2, |p, x| [(p[0] * x[0]).sin() * p[1], x[1] / p[0].exp()])?;
    let several = Program::<f64>::record(2, 2, |p, x| {
        let y = if x[0] < p[0] { (x[0] * p[1]).exp() } else { x[0] - p[1] };
        [if y > x[1] { y * p[0] } else { y.sin() + x[1] }, y]
    })?;
    let mut rng = rng();
    let (p, x) = ([0.5, 0.75], Array2::from_shape_fn((10_000, 2), |_| rng.random::<f64>()));
    let (mut values, mut gradient, mut jacobian) = (vec![0.0; 20_000], [0.0; 2], vec![0.0; 40_000]);
    let (transposed, mut failures) = (x.t().to_owned(), Vec::new());
    for (program, paths) in [(&one, "one path"), (&several, "several paths")] {
        for (x, order) in [(x.view(), "rows"), (transposed.t(), "columns")] {
            let mut check = |name: &str, call: &mut dyn FnMut()| {
                call();
                let count = measure(|| (0..10).for_each(|_| call())).count_total;
                if count > 0 {
                    failures.push(format!("{name}, {paths}, {order}: {count} allocations in 10 calls"));
                }
            };
            check("values_into", &mut || program.values_into(&p, x, &mut values).unwrap());
            check("sum_and_gradient_into", &mut || {
                program.sum_and_gradient_into(&p, x, &mut gradient).unwrap();
            });
            check("values_and_jacobian_into", &mut || {
                program.values_and_jacobian_into(&p, x, &mut values, &mut jacobian).unwrap();
            });
            check("values_and_column_jacobian_into", &mut || {
                program.values_and_column_jacobian_into(&p, x, &mut values, &mut jacobian).unwrap();
            });
        }
    }
    assert!(several.path_counts().len() > 2, "{:?}", several.path_counts());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // The count can fail.
    assert!(measure(|| drop(one.values(&p, &x))).count_total > 0);
    Ok(())
}

/// Asserts that the memory in use is the same after ten steps and after a hundred more. Returns the number of allocations
/// of a step.
fn keeps_no_memory<M: Module<f64>>(
    mut net: M,
    mut loss: impl for<'g> FnMut(&M::Over<Value<'g, f64>>, &'g Graph<f64>) -> Result<Value<'g, f64>, Error>,
) -> u64 {
    let (mut workspace, mut gradient, mut adam) = (Workspace::new(), net.clone(), Adam::new(0.001));
    let mut step = || {
        workspace.value_and_gradient(&net, &mut gradient, &mut loss).unwrap();
        adam.step(&mut net, &gradient).unwrap();
    };
    assert!(measure(|| (0..10).for_each(|_| step())).bytes_current > 0);
    let hundred = measure(|| (0..100).for_each(|_| step()));
    assert_eq!(hundred.bytes_current, 0);
    hundred.count_total / 100
}

/// Returns the number of allocations of a hundred steps after the first. Asserts that the first step allocates, so that
/// the count can fail.
fn allocations(mut net: impl Module<f32>, loss: Loss) -> u64 {
    let mut rng = rng();
    let mut random = |columns| Array2::from_shape_fn((20, columns), |_| rng.random::<f32>());
    let (x, t) = (random(5), random(3));
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let mut step = || {
        workspace.loss_and_gradient(&net, &x, &t, loss, &mut gradient).unwrap();
        Sgd::new(0.01).step(&mut net, &gradient).unwrap();
    };
    assert!(measure(&mut step).count_total > 0);
    measure(|| (0..100).for_each(|_| step())).count_total
}
