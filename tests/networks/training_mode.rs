//! Layers that behave otherwise in training: only training sees it, with random numbers from its seed.

use backprop::ndarray::{Array2, array};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, BatchNorm, Buffer, Dataset, Dropout, Error, ExponentialMovingAverage, Lbfgs, Linear, Loss,
    Matrix, Mode, Module, Optimizer, Parameters, Scalar, Sgd, Trainer, Workspace,
};

type Net<S> = (Linear<S>, BatchNorm<S>, Activation, Dropout, Linear<S>);

fn net<T: Scalar>(p: f64) -> Net<T> {
    let mut rng = SomeRng::seed_from_u64(1);
    let first = Linear::new(2, 8, &mut rng);
    (first, BatchNorm::new(8), Activation::Tanh, Dropout::new(p), Linear::new(8, 1, &mut rng))
}

fn dataset() -> Dataset<f64> {
    let mut rng = SomeRng::seed_from_u64(2);
    let inputs = Array2::from_shape_simple_fn((24, 2), || rng.random_range(-1.0..1.0));
    let targets = inputs.map_axis(backprop::ndarray::Axis(1), |x| x[0] * x[1]).insert_axis(backprop::ndarray::Axis(1));
    Dataset::new(inputs, targets).unwrap()
}

fn trainer<'a>(epochs: usize, seed: u64) -> Trainer<'a, Adam<f64>, f64> {
    Trainer::new(Loss::MeanSquaredError, Adam::new(0.01)).epochs(epochs).batch_size(8).seed(seed)
}

#[test]
fn same_seed_gives_the_same_bits_and_another_seed_others() {
    let fit = |seed| {
        let mut net = net(0.5);
        let history = trainer(5, seed).fit(&mut net, &dataset()).unwrap();
        (net, history.last().unwrap().train.loss)
    };
    assert_eq!(fit(3), fit(3));
    assert_ne!(fit(3), fit(4));
}

#[test]
fn second_fit_continues_the_random_numbers() {
    let (mut at_once, mut in_two) = (net(0.5), net(0.5));
    trainer(6, 1).fit(&mut at_once, &dataset()).unwrap();
    let mut three = trainer(3, 1);
    three.fit(&mut in_two, &dataset()).unwrap();
    three.fit(&mut in_two, &dataset()).unwrap();
    assert_eq!(at_once, in_two);
}

#[test]
fn evaluation_and_prediction_never_see_the_training_mode() {
    let mut net = net(0.5);
    let (train, validation) = (dataset(), dataset());
    let mut losses = Vec::new();
    let mut trainer = trainer(3, 1).validation(&validation).on_epoch(|epoch| {
        losses.push(epoch.validation.unwrap().loss);
        std::ops::ControlFlow::Continue(())
    });
    trainer.fit(&mut net, &train).unwrap();
    drop(trainer);
    let x = Matrix::from(train.inputs());
    let outputs = net.forward_batch(&x).unwrap();
    assert_eq!(outputs, net.forward_batch(&x).unwrap());
    let loss = Loss::MeanSquaredError.evaluate_batch(&outputs, &Matrix::from(train.targets())).unwrap();
    assert_eq!(losses[2], loss);
    assert_eq!(net.loss_and_gradient(train.inputs(), train.targets(), Loss::MeanSquaredError).unwrap().0, loss);

    // In evaluation mode, a sample does not see the others.
    let first = net.forward_batch(&x.rows(0..1)).unwrap();
    approx::assert_relative_eq!(first.item(), outputs[(0, 0)], max_relative = 1e-12);

    let (mut workspace, mut gradient) = (Workspace::new().evaluation(), net.clone());
    let by_workspace = workspace
        .loss_and_gradient(&net, train.inputs(), train.targets(), Loss::MeanSquaredError, &mut gradient)
        .unwrap();
    assert_eq!(by_workspace, loss);
    assert_eq!(gradient.1.running_mean(), net.1.running_mean());
}

/// Each element is dropped with the probability p, the mean stays, and the derivative of what is dropped is 0.
#[test]
fn dropout_keeps_the_mean() {
    for p in [0.0, 0.1, 0.5, 0.9, 1.0] {
        let net = (Linear::<f64>::without_bias(1, 1, &mut SomeRng::seed_from_u64(1)), Dropout::new(p));
        let w = net.0.weight().values().item();
        let x = Array2::from_elem((20_000, 1), 1.0);
        let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
        let mut kept = 0.0;
        let value = workspace
            .value_and_gradient(&net, &mut gradient, |net, graph| {
                let y = net.forward_batch(&graph.constants(&x))?;
                kept = y.data().iter().filter(|&&y| y != 0.0).count() as f64 / 20_000.0;
                assert!(y.data().iter().all(|&y| y == 0.0 || (y - w / (1.0 - p)).abs() < 1e-12));
                Ok(y.mean())
            })
            .unwrap();
        assert!((kept - (1.0 - p)).abs() < 0.012, "{p}: {kept}");
        approx::assert_relative_eq!(gradient.0.weight().values().item() * w, value, max_relative = 1e-12);
    }
}

#[test]
fn what_is_dropped_may_be_infinite() {
    let net = (Linear::<f64>::without_bias(1, 1, &mut SomeRng::seed_from_u64(1)), Dropout::new(1.0));
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let x = array![[f64::INFINITY], [f64::NAN]];
    let value = workspace
        .value_and_gradient(&net, &mut gradient, |net, graph| Ok(net.forward_batch(&graph.constants(&x))?.sum()))
        .unwrap();
    assert_eq!((value, gradient.0.parameters()), (0.0, vec![0.0]));
}

/// A layer that is used twice in a forward pass drops other elements the second time.
#[test]
fn each_use_of_a_layer_has_its_own_random_numbers() {
    let dropout = Dropout::new(0.5);
    let mut gradient = dropout.clone();
    let x = Array2::from_elem((1, 64), 1.0);
    Workspace::<f64>::new()
        .value_and_gradient(&dropout, &mut gradient, |dropout, graph| {
            let x = graph.constants(&x);
            let (first, second) = (dropout.forward_batch(&x)?, dropout.forward_batch(&x)?);
            assert_ne!(first.data(), second.data());
            Ok(first.sum())
        })
        .unwrap();
}

#[test]
fn each_step_has_its_own_random_numbers() {
    let net = net::<f64>(0.5);
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let data = dataset();
    let mut loss = || {
        workspace.loss_and_gradient(&net, data.inputs(), data.targets(), Loss::MeanSquaredError, &mut gradient).unwrap()
    };
    assert_ne!(loss(), loss());
}

/// A custom module without a mode takes part in nothing of this; one that contains layers with a mode passes it on.
#[test]
fn modules_of_modules_pass_the_mode_on() {
    #[derive(Clone)]
    struct Block<S: Scalar> {
        inner: Vec<Linear<S>>,
        dropout: [Dropout; 2],
        seen: Option<Buffer>,
        mode: Mode,
    }
    backprop::module! {
        Block { inner, dropout, seen, mode }
        fn forward_batch(&self, x) {
            if let (true, Some(seen)) = (self.mode.is_training(), &self.seen) {
                seen.update(&(seen.values::<S>() + x.nrows() as f64));
            }
            self.dropout.forward_batch(&self.inner.forward_batch(x)?)
        }
    }
    let mut block = Block {
        inner: vec![Linear::<f64>::new(2, 1, &mut SomeRng::seed_from_u64(1))],
        dropout: [Dropout::new(0.5), Dropout::new(0.5)],
        seen: Some(Buffer::scalar(0.0)),
        mode: Mode::new(),
    };
    assert_eq!(block.buffer_names(), ["seen"]);
    trainer(2, 1).fit(&mut block, &dataset()).unwrap();
    assert_eq!(block.seen.as_ref().unwrap().values::<f64>().item(), 48.0);
    assert!(!block.mode.is_training());
}

/// Early stopping restores the running statistics with the parameters.
#[test]
fn best_epoch_has_its_running_statistics() {
    let (data, mut net) = (dataset(), net(0.0));
    let validation = Dataset::new(-data.inputs().to_owned(), data.targets().to_owned()).unwrap();
    let mut trainer =
        Trainer::new(Loss::MeanSquaredError, Sgd::new(0.9)).epochs(60).validation(&validation).early_stopping(4);
    let history = trainer.fit(&mut net, &data).unwrap();
    let best = &history.epochs[history.kept - 1];
    assert!(history.kept < history.epochs.len());
    let outputs = net.forward_batch(&validation.inputs().into()).unwrap();
    let loss = Loss::MeanSquaredError.evaluate_batch(&outputs, &Matrix::from(validation.targets())).unwrap();
    assert_eq!(loss, best.validation.unwrap().loss);
}

/// An error of a training leaves the running statistics of the last complete epoch.
#[test]
fn failed_training_restores_the_running_statistics() {
    let mut net = net(0.0);
    let before = net.clone();
    let error =
        Trainer::new(Loss::MeanSquaredError, Sgd::new(1e308)).batch_size(8).fit(&mut net, &dataset()).unwrap_err();
    assert!(matches!(error, Error::NonFinite { .. }), "{error}");
    assert_eq!(net, before);
}

#[test]
fn batch_norm_needs_two_samples_in_training() {
    let norm = BatchNorm::<f64>::new(2);
    let mut gradient = norm.clone();
    let error =
        Workspace::new().loss_and_gradient(&norm, [[1.0, 2.0]], [[0.0, 0.0]], Loss::MeanSquaredError, &mut gradient);
    let text = error.unwrap_err().to_string();
    assert!(text.contains("`samples` must be at least 2 in training of BatchNorm(2), got 1"), "{text}");
    assert_eq!(gradient, norm);
    assert!(norm.forward_batch(&Matrix::from([[1.0, 2.0]])).is_ok());
}

#[test]
fn lbfgs_fits_in_evaluation_mode() {
    let mut net = net(0.5);
    let minimum = Lbfgs::new().fit(&mut net, &dataset(), Loss::MeanSquaredError).unwrap();
    let again = net.loss_and_gradient(dataset().inputs(), dataset().targets(), Loss::MeanSquaredError).unwrap().0;
    approx::assert_relative_eq!(minimum.value, again, max_relative = 1e-12);
}

#[cfg(feature = "rayon")]
#[test]
fn parts_have_their_own_random_numbers_but_no_buffers() {
    let without_buffers = || {
        let mut rng = SomeRng::seed_from_u64(1);
        (Linear::<f64>::new(2, 8, &mut rng), Activation::Tanh, Dropout::new(0.5), Linear::new(8, 1, &mut rng))
    };
    let (mut first, mut second) = (without_buffers(), without_buffers());
    trainer(4, 1).fit_parallel(3, &mut first, &dataset()).unwrap();
    let mut in_two = trainer(2, 1);
    in_two.fit_parallel(3, &mut second, &dataset()).unwrap();
    in_two.fit_parallel(3, &mut second, &dataset()).unwrap();
    assert_eq!(first, second);

    let error = trainer(1, 1).fit_parallel(2, &mut net(0.0), &dataset()).unwrap_err();
    assert!(error.to_string().contains("1.running_mean"), "{error}");
}

#[test]
fn optimizers_copy_the_buffers_of_the_gradient() {
    let mut norm = BatchNorm::<f64>::new(1);
    let (mut workspace, mut gradient) = (Workspace::new(), norm.clone());
    workspace.loss_and_gradient(&norm, [[1.0], [3.0]], [[0.0], [0.0]], Loss::MeanSquaredError, &mut gradient).unwrap();
    assert_eq!(norm.running_mean(), [0.0]);
    Sgd::new(0.0).step(&mut norm, &gradient).unwrap();
    approx::assert_relative_eq!(norm.running_mean()[0], 0.2);
    approx::assert_relative_eq!(norm.running_variance()[0], 0.9 + 0.1 * 2.0);
}

/// Buffers are saved under PyTorch's names and loaded again, in single and double precision.
#[cfg(feature = "save")]
#[test]
fn files_have_the_buffers() {
    use backprop::{load_parameters_from_bytes, parameters_to_bytes};

    let mut trained = net(0.5);
    trainer(3, 1).fit(&mut trained, &dataset()).unwrap();
    assert_eq!(trained.buffer_names(), ["1.running_mean", "1.running_var", "1.num_batches_tracked"]);
    let bytes = parameters_to_bytes(&trained).unwrap();
    let mut loaded = net::<f64>(0.5);
    load_parameters_from_bytes(&mut loaded, &bytes).unwrap();
    assert_eq!(loaded, trained);

    let mut single = net::<f32>(0.5);
    load_parameters_from_bytes(&mut single, &bytes).unwrap();
    let bytes = parameters_to_bytes(&single).unwrap();
    let mut again = net::<f32>(0.5);
    load_parameters_from_bytes(&mut again, &bytes).unwrap();
    let x = Matrix::from([[0.3_f32, -0.8]]);
    assert_eq!(again.forward_batch(&x), single.forward_batch(&x));
    let double = trained.forward_batch(&Matrix::from([[0.3, -0.8]])).unwrap().item();
    approx::assert_relative_eq!(f64::from(single.forward_batch(&x).unwrap().item()), double, max_relative = 1e-5);
}

#[cfg(feature = "save")]
#[test]
fn file_of_a_part_fills_the_part() {
    use backprop::{load_matching_parameters, load_parameters, save_parameters};

    let mut trained = net(0.5);
    trainer(3, 1).fit(&mut trained, &dataset()).unwrap();
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("part-of-a-net.safetensors");
    let (a, b, ..) = trained.clone();
    save_parameters(&(a, b, BatchNorm::<f64>::new(1)), &path).unwrap();

    let mut fresh = net::<f64>(0.5);
    let error = load_parameters(&mut fresh, &path).unwrap_err();
    assert!(matches!(error, Error::Names { .. }), "{error}");
    assert_eq!(fresh, net(0.5));
    let unmatched = load_matching_parameters(&mut fresh, &path).unwrap();
    assert_eq!(unmatched.missing, ["4.weight", "4.bias"]);
    let unexpected = ["2.bias", "2.num_batches_tracked", "2.running_mean", "2.running_var", "2.weight"];
    assert_eq!(unmatched.unexpected, unexpected);
    assert_eq!((&fresh.0, &fresh.1, &fresh.4), (&trained.0, &trained.1, &net(0.5).4));

    // A tensor of another shape is an error in both modes, and changes nothing.
    let mut other = (Linear::<f64>::new(2, 9, &mut SomeRng::seed_from_u64(1)),);
    let before = other.clone();
    let error = load_matching_parameters(&mut other, &path).unwrap_err().to_string();
    assert!(error.contains("0.weight of shape [8, 2]") && error.contains("[9, 2]"), "{error}");
    assert_eq!(other, before);
}

#[test]
fn averages_have_the_buffers_of_the_network() {
    let mut trained = net(0.0);
    trainer(2, 1).fit(&mut trained, &dataset()).unwrap();
    let mut average = ExponentialMovingAverage::new(&net(0.0), 0.9);
    average.update(&trained).unwrap();
    assert_eq!(average.module(), &trained);
}
