//! `Trainer` equals a loop of optimizer steps, is repeatable bit for bit, stops where it must, and leaves a valid state
//! after errors and panics.

use backprop::ndarray::{Array2, array};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, Dataset, Dual, Error, FloatWrapper, History, Layer, Loss, Matrix, Mlp, Momentum, Neuron,
    Optimizer, ParameterGroups, Parameters, Plateau, RmsProp, Schedule, Sgd, StopReason, Trainer, Trajectory,
    Workspace,
};
use half::f16;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Returns points on a noisy sine wave.
fn wave(samples: usize) -> Dataset<f64> {
    let mut rng = SomeRng::seed_from_u64(5);
    let x = Array2::from_shape_fn((samples, 1), |_| rng.random::<f64>() * 6.0 - 3.0);
    let noise: Vec<f64> = (0..samples).map(|_| rng.random::<f64>() * 0.4 - 0.2).collect();
    let t = Array2::from_shape_fn((samples, 1), |(i, _)| x[[i, 0]].sin() + noise[i]);
    Dataset::new(x, t).unwrap()
}

/// Returns points in a square, in two classes by quadrant.
fn quadrants<const N: usize>() -> Dataset<f32> {
    let mut rng = SomeRng::seed_from_u64(6);
    let x: [[f32; 2]; N] = std::array::from_fn(|_| [rng.random::<f32>() - 0.5, rng.random::<f32>() - 0.5]);
    let labels = x.map(|[a, b]| if a * b > 0.0 { "same" } else { "other" });
    Dataset::with_classes(x, &labels).unwrap()
}

fn net<T: backprop::Scalar>(inputs: usize, outputs: usize, activation: Activation) -> Mlp<T> {
    let layers = [(8, activation), (outputs, Activation::Identity)];
    Mlp::new(inputs, layers, &mut SomeRng::seed_from_u64(3)).unwrap()
}

#[test]
fn fit_equals_a_loop_of_optimizer_steps() {
    let dataset = wave(10);
    let mut trained = net(1, 1, Activation::Tanh);
    let (mut expected, mut gradient, mut workspace) = (trained.clone(), trained.clone(), Workspace::new());
    let history = Trainer::new(Loss::MeanSquaredError, Momentum::new(0.01, 0.9))
        .epochs(7)
        .batch_size(4)
        .shuffle(false)
        .fit(&mut trained, &dataset)
        .unwrap();

    let mut optimizer = Momentum::new(0.01, 0.9);
    let mut losses = Vec::new();
    for _ in 0..7 {
        let mut sum = 0.0;
        for indices in [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]] {
            let batch = dataset.select(&indices); // the loss of the last batch has the weight of its two samples
            let (x, t) = (batch.inputs(), batch.targets());
            let loss = workspace.loss_and_gradient(&expected, x, t, Loss::MeanSquaredError, &mut gradient).unwrap();
            optimizer.step(&mut expected, &gradient).unwrap();
            sum += loss * indices.len() as f64;
        }
        losses.push(sum / 10.0);
    }
    assert_eq!(trained, expected);
    assert_eq!(history.losses().collect::<Vec<_>>(), losses);
    assert_eq!(history.stop, StopReason::Finished);
}

#[test]
fn same_seed_gives_identical_bits() {
    let dataset = quadrants::<60>();
    let bits = |seed| {
        let mut net = net::<f32>(2, 2, Activation::Relu);
        let mut trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.01)).epochs(5).seed(seed).validation_split(0.25);
        trainer.fit(&mut net, &dataset).unwrap();
        net.parameters().into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(bits(1), bits(1));
    assert_ne!(bits(1), bits(2));
}

#[test]
fn training_does_not_depend_on_the_number_of_threads() {
    let dataset = quadrants::<60>();
    let bits_and_losses = |threads, parts| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut net = net::<f32>(2, 2, Activation::Tanh);
        let history = pool.install(|| {
            let mut trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.01)).epochs(5).batch_size(20);
            trainer.fit_parallel(parts, &mut net, &dataset).unwrap()
        });
        let losses: Vec<(f64, Option<f64>)> =
            history.epochs.iter().map(|epoch| (epoch.train.loss, epoch.train.accuracy)).collect();
        (net.parameters().into_iter().map(f32::to_bits).collect::<Vec<_>>(), losses)
    };
    assert_eq!(bits_and_losses(1, 2), bits_and_losses(2, 2));
    let mut serial = net::<f32>(2, 2, Activation::Tanh);
    Trainer::new(Loss::CrossEntropy, Adam::new(0.01)).epochs(5).batch_size(20).fit(&mut serial, &dataset).unwrap();
    assert_eq!(bits_and_losses(2, 1).0, serial.parameters().into_iter().map(f32::to_bits).collect::<Vec<_>>());
}

#[test]
fn training_accuracy_is_measured_before_each_step() {
    let dataset = quadrants::<40>();
    let mut untrained = net::<f32>(2, 2, Activation::Tanh);
    let y = untrained.forward_batch(&Matrix::from(dataset.inputs())).unwrap();
    let rows = y.view();
    let pairs = rows.rows().into_iter().zip(dataset.labels());
    let correct = pairs.filter(|(y, class)| (y[1] > y[0]) == (*class == 1)).count();
    let mut trainer = Trainer::new(Loss::CrossEntropy, Sgd::new(0.1)).epochs(1).batch_size(40);
    let history = trainer.fit(&mut untrained, &dataset).unwrap();
    assert_eq!(history.epochs[0].train.accuracy, Some(correct as f64 / 40.0));
}

#[test]
fn early_stopping_restores_the_best_parameters() {
    let (train, validation) = (wave(12), wave(40));
    let mut net = Mlp::new(
        1,
        [(30, Activation::Tanh), (30, Activation::Tanh), (1, Activation::Identity)],
        &mut SomeRng::seed_from_u64(3),
    )
    .unwrap();
    let mut trainer =
        Trainer::new(Loss::MeanSquaredError, Adam::new(0.02)).epochs(5000).validation(&validation).early_stopping(30);
    let history = trainer.fit(&mut net, &train).unwrap();
    assert_eq!(history.stop, StopReason::Patience);
    let (best, last) = (history.best().unwrap(), history.last().unwrap());
    assert_eq!(last.number - best.number, 30);
    let outputs = net.forward_batch(&Matrix::from(validation.inputs())).unwrap();
    let loss = Loss::MeanSquaredError.evaluate_batch(&outputs, &Matrix::from(validation.targets())).unwrap();
    assert_eq!(loss, best.validation.unwrap().loss);
    assert!(history.to_string().contains("stopped early"), "{history}");
}

#[test]
fn early_stopping_without_validation_restores_the_measured_parameters() {
    let dataset = Dataset::new(array![[1.0], [2.0], [3.0]], array![[1.0], [2.0], [3.0]]).unwrap();
    let mut line = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.25)).epochs(20).early_stopping(100);
    let history = trainer.fit(&mut line, &dataset).unwrap();
    let (loss, _) = line.loss_and_gradient(dataset.inputs(), dataset.targets(), Loss::MeanSquaredError).unwrap();
    assert_eq!(loss, history.epochs[history.kept - 1].train.loss);
    assert_eq!(history.kept, history.best().unwrap().number);
    assert!(history.kept < 20 && history.to_string().contains("; kept epoch "), "{history}");
}

#[test]
#[should_panic(expected = "`factor` must be finite and non-negative, got -0.9")]
fn schedule_with_negative_factor_panics() {
    let _ = Trainer::<_, f64>::new(Loss::Hinge, Sgd::new(0.1)).schedule(Schedule::Exponential { factor: -0.9 });
}

#[test]
fn callback_gets_every_epoch_and_stops_training() {
    let mut epochs = Vec::new();
    let history = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.01))
        .on_epoch(|epoch| {
            epochs.push(epoch.clone());
            if epoch.number == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .fit(&mut net(1, 1, Activation::Tanh), &wave(10))
        .unwrap();
    assert_eq!((history.stop, history.epochs.len()), (StopReason::Callback, 3));
    assert_eq!(history.epochs, epochs);
}

#[test]
fn schedules_set_and_restore_the_learning_rate() {
    let rates = |schedule: Schedule, trainer: Trainer<'_, Sgd, f64>| -> Vec<f64> {
        let mut trainer = trainer.schedule(schedule);
        let history = trainer.fit(&mut net(1, 1, Activation::Tanh), &wave(10)).unwrap();
        let again = trainer.fit(&mut net(1, 1, Activation::Tanh), &wave(10)).unwrap();
        assert_eq!(history.epochs[0].learning_rate, again.epochs[0].learning_rate);
        history.epochs.iter().map(|epoch| epoch.learning_rate).collect()
    };
    let trainer = |rate| Trainer::new(Loss::MeanSquaredError, Sgd::new(rate)).epochs(6);
    assert_eq!(rates(Schedule::Step { epochs: 2, factor: 0.5 }, trainer(0.1)), [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]);
    let warm = Schedule::Constant.after_warm_up(4);
    assert_eq!(rates(warm, trainer(0.1)), [0.25, 0.5, 0.75, 1.0, 1.0, 1.0].map(|factor| 0.1 * factor));
    // With a tiny learning rate the loss does not fall below that of the first epoch.
    let plateau = Schedule::Plateau { patience: 1, factor: 0.5 };
    let mut tiny = Trainer::new(Loss::MeanSquaredError, Sgd::new(1e-300)).epochs(6).schedule(plateau).shuffle(false);
    let history = tiny.fit(&mut net(1, 1, Activation::Tanh), &wave(10)).unwrap();
    let factors: Vec<f64> = history.epochs.iter().map(|epoch| epoch.learning_rate / 1e-300).collect();
    assert!(factors.iter().zip([1.0, 1.0, 1.0, 0.5, 0.5, 0.25]).all(|(a, b)| (a - b).abs() < 1e-12), "{factors:?}");
}

#[test]
fn regularization_applies_to_weights_only() {
    // With inputs of 0 the data have no effect on the weights of the first layer.
    let dataset = Dataset::new(array![[0.0]], array![[0.0]]).unwrap();
    let start = [2.0, 0.5, -3.0, 0.25];
    let one_step = |l1, l2| {
        let layers = [(1, Activation::Identity), (1, Activation::Identity)];
        let mut net = Mlp::<f64>::new(1, layers, &mut SomeRng::seed_from_u64(1)).unwrap();
        net.set_parameters(&start).unwrap();
        Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(1).l1(l1).l2(l2).fit(&mut net, &dataset).unwrap();
        net.parameters()
    };
    let (plain, l1, l2) = (one_step(0.0, 0.0), one_step(0.01, 0.0), one_step(0.0, 0.01));
    let close = |a: f64, b: f64| (a - b).abs() < 1e-15;
    assert!(close(l1[0], plain[0] - 0.1 * 0.01) && close(l1[2], plain[2] + 0.1 * 0.01), "{l1:?} {plain:?}");
    assert!(close(l2[0], plain[0] - 0.1 * 0.01 * 2.0) && close(l2[2], plain[2] + 0.1 * 0.01 * 3.0), "{l2:?} {plain:?}");
    assert_eq!([l1[1], l1[3], l2[1], l2[3]], [plain[1], plain[3], plain[1], plain[3]]);
}

#[test]
fn clip_norm_limits_the_norm_of_the_gradient() {
    let dataset = Dataset::new(array![[1.0, 2.0]], array![[1000.0]]).unwrap();
    let step = |max_norm: f64| {
        let mut net = Mlp::<f64>::new(2, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
        let before = net.parameters();
        let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1.0)).epochs(1).clip_norm(max_norm);
        trainer.fit(&mut net, &dataset).unwrap();
        net.parameters().iter().zip(before).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    assert!((step(0.5) - 0.5).abs() < 1e-12);
    assert!(step(1e9) > 100.0);
}

#[test]
fn diverging_training_is_an_error_and_restores_the_last_good_epoch() {
    let dataset = wave(20);
    let mut net = net(1, 1, Activation::Relu);
    let mut epochs = Vec::new();
    let mut trainer =
        Trainer::new(Loss::MeanSquaredError, Sgd::new(5.0)).epochs(1000).batch_size(5).on_epoch(|epoch| {
            epochs.push(epoch.number);
            ControlFlow::Continue(())
        });
    let error = trainer.fit(&mut net, &dataset).unwrap_err();
    drop(trainer);
    let Error::NonFinite { what, value, epoch: Some(in_epoch), step: Some(step), parameter, .. } = &error else {
        panic!("{error:?}")
    };
    let epoch = epochs.len() + 1;
    let parameter = parameter.as_ref().unwrap();
    assert!(*in_epoch == epoch && (1..=4).contains(step) && !value.is_finite(), "{error:?}");
    assert!(["loss", "gradient"].contains(what) && parameter.contains("in layer "), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with(&format!("expected a finite {what}, got {value}, in {parameter}")), "{text}");
    let end = format!(", in epoch {epoch}, step {step}; a smaller learning rate may help, or scaled inputs");
    assert!(text.ends_with(&end), "{text}");
    // The parameters are those at the end of the last good epoch.
    assert!(epoch > 1, "{error}");
    let mut expected = self::net(1, 1, Activation::Relu);
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(5.0)).epochs(epoch - 1).batch_size(5);
    trainer.fit(&mut expected, &dataset).unwrap();
    assert_eq!(net, expected);
}

#[test]
fn overflow_in_the_last_step_is_an_error_at_the_end_of_the_epoch() {
    let dataset = Dataset::<f32>::new(array![[1e10]], array![[1e18]]).unwrap();
    let mut net = Mlp::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let before = net.clone();
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1e12)).epochs(1);
    let error = trainer.fit(&mut net, &dataset).unwrap_err().to_string();
    let expected = "expected a finite parameter, got inf, in weight 1 of neuron 1 in layer 1, at the end of epoch 1";
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(net, before);
}

#[test]
fn history_names_dead_relu_units() {
    let mut net =
        Mlp::<f64>::new(1, [(3, Activation::Relu), (1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    net.set_parameters(&[1.0, 5.0, 1.0, -50.0, -1.0, 5.0, 1.0, 1.0, 1.0, 0.0]).unwrap();
    let history = Trainer::new(Loss::MeanSquaredError, Sgd::new(1e-4)).epochs(1).fit(&mut net, &wave(10)).unwrap();
    assert_eq!(history.dead_units, ["neuron 2 in layer 1"]);
    assert!(history.to_string().ends_with("; 1 dead ReLU unit: neuron 2 in layer 1"), "{history}");
}

#[test]
fn class_weights_change_the_predictions() {
    let dataset = quadrants::<60>();
    let predicted_as_second = |weights: [f64; 2]| {
        let mut net = Mlp::<f32>::new(2, [(2, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
        let mut trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.05)).class_weights(weights);
        trainer.fit(&mut net, &dataset).unwrap();
        let y = net.forward_batch(&Matrix::from(dataset.inputs())).unwrap();
        (0..y.nrows()).filter(|&i| y[(i, 1)] > y[(i, 0)]).count()
    };
    assert!(predicted_as_second([0.1, 10.0]) == 60 && predicted_as_second([10.0, 0.1]) == 0);
}

#[test]
fn fit_rejects_mismatched_data_and_changes_nothing() {
    let mut net = net::<f64>(1, 1, Activation::Tanh);
    let before = net.clone();
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1));
    let error_text = |result: Result<History, Error>| result.unwrap_err().to_string();
    let wide = Dataset::new(array![[1.0, 2.0]], array![[1.0]]).unwrap();
    assert_eq!(error_text(trainer.fit(&mut net, &wide)), "expected 1 inputs, got 2, in layer 1");
    let none = Dataset::new(Array2::zeros((0, 1)), Array2::zeros((0, 1))).unwrap();
    assert_eq!(error_text(trainer.fit(&mut net, &none)), "expected at least one sample, got none, in Trainer::fit");
    let mut trainer = Trainer::new(Loss::CrossEntropy, Sgd::new(0.1)).class_weights([1.0, 2.0]);
    assert_eq!(
        error_text(trainer.fit(&mut net, &wave(4))),
        "`outputs` must be at least 2 for the loss cross_entropy, got 1; with a single class it is always 0; for a single \
         output use BinaryCrossEntropyWithLogits"
    );
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).class_weights([1.0, 2.0]);
    assert_eq!(error_text(trainer.fit(&mut net, &wave(4))), "expected 1 class weights, got 2, in Loss::evaluate");
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).class_weights([f64::NAN]);
    assert_eq!(
        error_text(trainer.fit(&mut net, &wave(4))),
        "`class_weights[0]` must be finite and non-negative, got NaN"
    );
    assert_eq!(net, before);
}

#[test]
fn fit_with_0_epochs_changes_nothing() {
    let mut net = net::<f64>(1, 1, Activation::Tanh);
    let before = net.clone();
    let history = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(0).fit(&mut net, &wave(4)).unwrap();
    assert!(history.best().is_none() && history.to_string() == "no epochs" && net == before);
}

/// Creates a linear neuron with `weights` and a bias of 0.
fn linear<T: backprop::Scalar, const N: usize>(weights: [f64; N]) -> Layer<T> {
    Layer::from_neurons([Neuron::new(weights.map(T::of), T::zero(), Activation::Identity)]).unwrap()
}

#[test]
fn second_fit_continues_where_the_first_ended() {
    let dataset = quadrants::<60>();
    let trainer = |epochs| {
        let trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.01)).epochs(epochs).batch_size(7).seed(5);
        trainer.validation_split(0.25)
    };
    let bits = |net: &Mlp<f32>| net.parameters().into_iter().map(f32::to_bits).collect::<Vec<_>>();
    let start = net::<f32>(2, 2, Activation::Tanh);
    let (mut at_once, mut in_two, mut in_parts) = (start.clone(), start.clone(), start);
    let one_history = trainer(6).fit(&mut at_once, &dataset).unwrap();
    let mut three_epochs = trainer(3);
    let two_histories = [(); 2].map(|()| three_epochs.fit(&mut in_two, &dataset).unwrap());
    assert_eq!(bits(&in_two), bits(&at_once));
    let scores = |history: &History| history.epochs.iter().map(|e| (e.train, e.validation)).collect::<Vec<_>>();
    assert_eq!(scores(&one_history), two_histories.iter().flat_map(scores).collect::<Vec<_>>());
    assert_eq!(two_histories[1].epochs[0].number, 1);
    // With `fit_parallel`
    let mut three_epochs = trainer(3);
    (0..2).for_each(|_| drop(three_epochs.fit_parallel(1, &mut in_parts, &dataset).unwrap()));
    assert_eq!(bits(&in_parts), bits(&at_once));
}

#[test]
fn fits_shuffle_differently_until_the_seed_is_set_again() {
    let dataset = wave(50);
    let first_losses = |trainer: &mut Trainer<'_, Sgd, f64>| {
        trainer.fit(&mut net(1, 1, Activation::Tanh), &dataset).unwrap().epochs[0].train.loss
    };
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(1).batch_size(1).seed(3);
    let [first, second] = [(); 2].map(|()| first_losses(&mut trainer));
    assert_ne!(first, second);
    let mut trainer = trainer.seed(3);
    assert_eq!(first_losses(&mut trainer), first);
    let mut trainer = trainer.shuffle(false);
    let [third, fourth] = [(); 2].map(|()| first_losses(&mut trainer));
    assert_eq!(third, fourth);
}

/// A sample that one fit trains on must not be a validation sample of the next.
#[test]
fn fits_hold_out_the_same_samples() {
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.0)).epochs(1).validation_split(0.3);
    let mut net = net(1, 1, Activation::Tanh);
    let [first, second] = [(); 2].map(|()| trainer.fit(&mut net, &wave(20)).unwrap().epochs[0].validation);
    assert_eq!(first, second);
}

/// Returns the learning rates of a training whose loss does not change, relative to that of the optimizer.
fn rates_without_progress(schedule: impl Into<Schedule>, epochs: usize) -> Vec<f64> {
    let trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1e-300)).epochs(epochs).schedule(schedule);
    let history = trainer.shuffle(false).fit(&mut net(1, 1, Activation::Tanh), &wave(10)).unwrap();
    history.epochs.iter().map(|epoch| (epoch.learning_rate / 1e-300 * 1e6).round() / 1e6).collect()
}

#[test]
fn plateau_does_not_count_warm_up_epochs() {
    let plateau = Schedule::Plateau { patience: 0, factor: 0.5 };
    assert_eq!(rates_without_progress(plateau.clone(), 4), [1.0, 1.0, 0.5, 0.25]);
    assert_eq!(
        rates_without_progress(plateau.clone().after_warm_up(4), 8),
        [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 0.5, 0.25]
    );
    let twice = plateau.after_warm_up(2).after_warm_up(2);
    assert_eq!(rates_without_progress(twice, 8), [0.5, 1.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.25]);
}

#[test]
fn plateau_has_a_cooldown_and_a_minimum_rate() {
    let plateau = Plateau::new(1, 0.5).cooldown(2);
    assert_eq!(rates_without_progress(plateau, 9), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
    let plateau = Plateau::new(0, 0.5).min_rate(0.3 * 1e-300);
    assert_eq!(rates_without_progress(plateau, 5), [1.0, 1.0, 0.5, 0.3, 0.3]);
    let plateau = Plateau::new(0, 0.5).min_rate(1.0); // above the optimizer's learning rate
    assert_eq!(rates_without_progress(plateau, 4), [1.0; 4]);
}

#[test]
fn plateau_ignores_improvements_below_the_threshold() {
    let rates = |threshold: f64| -> Vec<f64> {
        let plateau = Plateau::new(0, 0.5).threshold(threshold);
        let mut trainer =
            Trainer::new(Loss::MeanSquaredError, Sgd::new(0.01)).epochs(4).batch_size(1).schedule(plateau);
        let point = Dataset::new([[0.0]], [[1.0]]).unwrap(); // each step multiplies the error, initially 1, by 0.98
        let history = trainer.fit(&mut linear([0.0]), &point).unwrap();
        history.epochs.iter().map(|epoch| epoch.learning_rate / 0.01).collect()
    };
    assert_eq!(rates(0.03), [1.0, 1.0, 1.0, 1.0]); // 1 − 0.98² is 0.0396
    assert_eq!(rates(0.05), [1.0, 1.0, 0.5, 0.5]); // the losses 1, 0.9604 and 0.9223: the third is 5 % below the first
}

#[test]
#[should_panic(expected = "`threshold` must be finite and non-negative, got -0.1")]
fn negative_threshold_panics() {
    let _ = Plateau::new(1, 0.5).threshold(-0.1);
}

#[test]
fn learning_rate_that_overflows_is_an_error() {
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1e-300))
        .schedule(Schedule::Exponential { factor: 1e304 })
        .epochs(5);
    let error = trainer.fit(&mut linear([0.0]), &Dataset::new([[0.0]], [[0.0]]).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "expected a finite learning rate, got inf, in the schedule, in epoch 3");
}

#[test]
fn panic_in_a_callback_keeps_the_completed_epochs() {
    let dataset = wave(10);
    let (mut interrupted, mut expected) = (net(1, 1, Activation::Tanh), net(1, 1, Activation::Tanh));
    let (mut trajectory, mut optimizer) = (Trajectory::every(10), RmsProp::new(0.1));
    let mut trainer = Trainer::new(Loss::MeanSquaredError, &mut optimizer)
        .schedule(Schedule::Exponential { factor: 0.5 })
        .epochs(9)
        .record(&mut trajectory)
        .on_epoch(|epoch| if epoch.number == 3 { panic!("enough") } else { ControlFlow::Continue(()) });
    let panic = catch_unwind(AssertUnwindSafe(|| trainer.fit(&mut interrupted, &dataset))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"enough"));
    drop(trainer);
    assert_eq!(Optimizer::<f64>::learning_rate(&optimizer), 0.1);
    let last = trajectory.snapshots().last().unwrap();
    assert_eq!((last.epoch, &last.parameters), (3, &interrupted.parameters()));
    let mut trainer = Trainer::new(Loss::MeanSquaredError, RmsProp::new(0.1));
    trainer = trainer.schedule(Schedule::Exponential { factor: 0.5 }).epochs(3);
    trainer.fit(&mut expected, &dataset).unwrap();
    assert_eq!(interrupted, expected);
}

#[test]
fn panic_in_a_module_restores_the_last_good_epoch() {
    #[derive(Clone, Debug, PartialEq)]
    struct Panicking<S: backprop::Scalar> {
        inner: Layer<S>,
    }
    backprop::module! {
        Panicking { inner }
        fn forward_batch(&self, x) {
            assert!(self.inner.parameters()[0].to_f64().unwrap() < 2.5, "too much");
            Ok(self.inner.forward_batch(x)?.map(Activation::Identity))
        }
    }
    // Each step adds 1 to the weight, because the gradient is clipped by value.
    let dataset = Dataset::new(array![[1.0], [1.0]], array![[1e3], [1e3]]).unwrap();
    let mut net = Panicking { inner: linear::<f64, 1>([0.0]) };
    let (mut sgd, mut trajectory) = (Sgd::new(1.0), Trajectory::new());
    let mut trainer = Trainer::new(Loss::MeanSquaredError, &mut sgd).epochs(5).batch_size(1).clip_value(1.0);
    trainer = trainer.record(&mut trajectory);
    assert!(catch_unwind(AssertUnwindSafe(|| trainer.fit(&mut net, &dataset))).is_err());
    drop(trainer);
    assert_eq!(net.parameters(), [2.0, 2.0]);
    assert_eq!(trajectory.snapshots().last().unwrap().parameters, [2.0, 2.0]);
    assert_eq!(Optimizer::<f64>::learning_rate(&sgd), 1.0);
}

#[test]
fn clip_norm_limits_gradients_of_any_size() {
    fn step<T: backprop::Scalar>(inputs: [f64; 2], target: f64) -> f64 {
        step_clipped::<T>(1.0, inputs, target)
    }
    fn step_clipped<T: backprop::Scalar>(max_norm: f64, inputs: [f64; 2], target: f64) -> f64 {
        let dataset = Dataset::new([inputs.map(T::of)], [[T::of(target)]]).unwrap();
        let mut net = linear::<T, 2>([0.0, 0.0]);
        let mut trainer = Trainer::new(Loss::MeanAbsoluteError, Sgd::new(1.0)).epochs(1).clip_norm(max_norm);
        trainer.fit(&mut net, &dataset).unwrap();
        net.parameters().iter().map(|p| p.to_f64().unwrap().powi(2)).sum::<f64>().sqrt()
    }
    for size in [10.0, 1e160, 1e300, 1.7e308] {
        let length = step::<f64>([size, -size], 1.0);
        assert!((length - 1.0).abs() < 1e-15, "{size:e}: {length}");
    }
    assert!((step::<f32>([3e38, 3e38], 1.0) - 1.0).abs() < 1e-6);
    // The factor, 1.2e-7, is twice the smallest positive value of half precision.
    let length = step_clipped::<FloatWrapper<f16>>(0.01, [6e4, 6e4], 1.0);
    assert!((length / 0.01 - 1.0).abs() < 2e-3, "{length}");
    assert!(step::<f64>([1e-200, 0.0], 1.0) == 1.0 && step::<f64>([0.0, 0.0], 0.0) == 0.0);
}

#[test]
fn clip_value_limits_each_derivative() {
    let step = |trainer: Trainer<'_, Sgd, f64>| {
        let mut net = linear([0.0, 0.0, 0.0]);
        let mut trainer = trainer.epochs(1);
        trainer.fit(&mut net, &Dataset::new([[0.5, -3.0, 1e200]], [[1.0]]).unwrap())?;
        Ok::<_, Error>(net.parameters())
    };
    let trainer = || Trainer::new(Loss::MeanAbsoluteError, Sgd::new(1.0));
    assert_eq!(step(trainer().clip_value(2.0)), Ok(vec![0.5, -2.0, 2.0, 1.0]));
    // Clipping by value comes before clipping by norm.
    let both = step(trainer().clip_value(2.0).clip_norm(1e-3)).unwrap();
    assert!((both[1] / both[0] + 4.0).abs() < 1e-12, "{both:?}");
    // Clipping does not make an infinite derivative valid.
    let mut net = linear([0.0]);
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1.0)).epochs(1).clip_value(1.0);
    let error = trainer.fit(&mut net, &Dataset::new([[1e200]], [[1e150]]).unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("expected a finite gradient, got -inf, in weight 1"), "{error}");
}

#[test]
#[should_panic(expected = "`limit` must be positive, got 1e-9, which is 0 in this float type")]
fn clip_limit_that_rounds_to_0_panics() {
    let _ = Trainer::<_, FloatWrapper<f16>>::new(Loss::Hinge, Sgd::new(0.1)).clip_value(1e-9);
}

/// A weight of 0 may depend on a variable. Then its regularization depends on the variable too.
#[test]
fn regularization_of_a_weight_of_0_keeps_its_derivative() {
    let mut net =
        Layer::from_neurons([Neuron::new([Dual::<f64, 1>::variable(0.0, 0)], Dual::from(0.0), Activation::Identity)])
            .unwrap();
    let dataset = Dataset::new([[Dual::from(0.0)]], [[Dual::from(0.0)]]).unwrap();
    Trainer::new(Loss::MeanSquaredError, Sgd::new(0.5)).epochs(1).l2(0.5).fit(&mut net, &dataset).unwrap();
    assert_eq!(net.parameters()[0].tangents(), [0.75]); // the derivative of (1 − 0.5·0.5)·w
}

/// The sum of the batch losses overflows, but their mean does not.
#[test]
fn mean_loss_of_large_losses_is_finite() {
    let dataset = Dataset::new(array![[0.0], [0.0], [0.0]], array![[1e308], [1e308], [1e308]]).unwrap();
    let mut trainer = Trainer::new(Loss::MeanAbsoluteError, Sgd::new(0.0)).epochs(1).batch_size(1);
    let history = trainer.fit(&mut linear([0.0]), &dataset).unwrap();
    assert!((history.epochs[0].train.loss / 1e308 - 1.0).abs() < 1e-15);
}

#[test]
fn mean_loss_over_many_batches_loses_no_digits() {
    let samples = 200_000;
    let dataset = Dataset::new(Array2::zeros((samples, 1)), Array2::from_elem((samples, 1), 0.1)).unwrap();
    let mut trainer = Trainer::new(Loss::MeanAbsoluteError, Sgd::new(0.0)).epochs(1).batch_size(1).shuffle(false);
    let history = trainer.fit(&mut linear([0.0]), &dataset).unwrap();
    assert!((history.epochs[0].train.loss - 0.1).abs() < 1e-16, "{}", history.epochs[0].train.loss);
}

#[test]
fn trainer_with_parameter_groups_equals_a_loop_of_steps() {
    let dataset = wave(20);
    let start = net::<f64>(1, 1, Activation::Tanh);
    let groups = || {
        let groups = ParameterGroups::new(Adam::new(0.01)).learning_rate_factor("2", 10.0);
        groups.weight_decay("0.weight", 0.5).freeze("0.bias")
    };
    let schedule = Schedule::from_fn(|epoch, epochs| 1.0 - epoch as f64 / epochs as f64);
    let mut trained = start.clone();
    let mut optimizer = groups();
    let trainer = Trainer::new(Loss::MeanSquaredError, &mut optimizer).epochs(5).batch_size(8).shuffle(false);
    let history = trainer.schedule(schedule).fit(&mut trained, &dataset).unwrap();
    let rates: Vec<f64> = history.epochs.iter().map(|epoch| epoch.learning_rate).collect();
    assert_eq!(rates, [0.0, 1.0, 2.0, 3.0, 4.0].map(|epoch| 0.01 * (1.0 - epoch / 5.0)));
    assert_eq!(Optimizer::<f64>::learning_rate(&optimizer), 0.01);

    let (mut expected, mut gradient, mut workspace) = (start.clone(), start.clone(), Workspace::new());
    let mut groups = groups();
    for rate in rates {
        Optimizer::<f64>::set_learning_rate(&mut groups, rate);
        for (x, t) in dataset.batches_in_order(8) {
            workspace.loss_and_gradient(&expected, &x, &t, Loss::MeanSquaredError, &mut gradient).unwrap();
            groups.step(&mut expected, &gradient).unwrap();
        }
    }
    assert_eq!(trained, expected);
    for info in start.parameter_info() {
        for index in info.indices() {
            let is_frozen = trained.parameters()[index] == start.parameters()[index];
            assert_eq!(is_frozen, info.name() == "0.bias", "{} {index}", info.name());
        }
    }
    let mut trainer = Trainer::new(Loss::MeanSquaredError, ParameterGroups::new(Sgd::new(0.1)).freeze("1.weight"));
    let before = trained.clone();
    let error = trainer.fit(&mut trained, &dataset).unwrap_err().to_string();
    assert!(error.ends_with("Parameters: 0.weight, 0.bias, 2.weight, 2.bias"), "{error}");
    assert_eq!(trained, before);
}

#[test]
fn custom_schedule_must_be_finite() {
    let schedule = Schedule::from_fn(|epoch, _| if epoch < 2 { 1.0 } else { f64::NAN });
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).schedule(schedule).epochs(5);
    let error = trainer.fit(&mut linear([0.0]), &Dataset::new([[0.0]], [[0.0]]).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "expected a finite learning rate, got NaN, in the schedule, in epoch 3");
}

#[test]
#[should_panic(expected = "`learning_rate` must be finite and non-negative, got -0.1")]
fn negative_factor_of_a_custom_schedule_panics() {
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).schedule(Schedule::from_fn(|_, _| -1.0));
    drop(trainer.fit(&mut linear([0.0]), &Dataset::new([[0.0]], [[0.0]]).unwrap()));
}

/// The order of a seed is frozen: another one is a decision.
#[test]
fn batches_have_each_sample_once_in_a_frozen_order() {
    let x = Array2::from_shape_fn((7, 2), |(i, j)| (10 * i + j) as f64);
    let dataset = Dataset::new(x.clone(), x.mapv(|x| -x)).unwrap();
    let mut rng = SomeRng::seed_from_u64(1);
    let batches = dataset.batches(3, &mut rng);
    assert_eq!(batches.len(), 3);
    let (mut order, mut sizes) = (Vec::new(), Vec::new());
    for (x, t) in batches {
        assert_eq!(t, x.mapv(|x| -x));
        assert!(x.rows().into_iter().all(|row| row[1] == row[0] + 1.0));
        order.extend(x.column(0).iter().map(|&x| x as usize / 10));
        sizes.push(x.nrows());
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(order, [4, 2, 5, 1, 6, 0, 3]);
    let next: Vec<usize> =
        dataset.batches(7, &mut rng).flat_map(|(x, _)| x.column(0).to_vec()).map(|x| x as usize / 10).collect();
    assert_ne!(next, order);
    let in_order: Vec<f64> = dataset.batches_in_order(100).flat_map(|(x, _)| x.into_raw_vec_and_offset().0).collect();
    assert_eq!(in_order, x.into_raw_vec_and_offset().0);
    let empty = Dataset::new(Array2::<f64>::zeros((0, 1)), Array2::zeros((0, 1))).unwrap();
    assert_eq!((empty.batches_in_order(2).len(), empty.batches(2, &mut rng).count()), (0, 0));
}

#[test]
#[should_panic(expected = "`batch_size` must be positive, got 0")]
fn batch_size_of_0_panics() {
    let _ = wave(1).batches_in_order(0);
}

/// As in PyTorch, where a frozen parameter has no gradient.
#[test]
fn clip_norm_does_not_count_frozen_parameters() {
    let point = Dataset::new([[3.0]], [[1.0]]).unwrap(); // the derivatives are −6 and −2
    let fit = |pattern: Option<&str>| {
        let mut layer = Layer::from_neurons([Neuron::new([0.0], 0.0, Activation::Identity)]).unwrap();
        let groups = ParameterGroups::new(Sgd::new(1.0));
        let groups = pattern.into_iter().fold(groups, |groups, pattern| groups.freeze(pattern));
        let mut trainer = Trainer::new(Loss::MeanSquaredError, groups).epochs(1).clip_norm(1.0);
        trainer.fit(&mut layer, &point).unwrap();
        layer.parameters()
    };
    assert_eq!(fit(Some("weight")), [0.0, 1.0]);
    assert_eq!(fit(Some("bias")), [1.0, 0.0]);
    approx::assert_relative_eq!(fit(None)[0], 6.0 / 40.0_f64.sqrt(), max_relative = 1e-14);
}

/// Three batches of 4 give the step of one of 12, with dropped remainders, regularization and clipping.
#[test]
fn accumulated_batches_are_one_large_batch() {
    let data = wave(26);
    let trainer = |batch_size, batches| {
        Trainer::new(Loss::MeanSquaredError, Momentum::new(0.1, 0.9))
            .epochs(3)
            .batch_size(batch_size)
            .accumulate_batches(batches)
            .l2(0.01)
            .clip_norm(0.5)
    };
    let (mut large, mut small) = (net(1, 1, Activation::Tanh), net(1, 1, Activation::Tanh));
    let expected = trainer(12, 1).fit(&mut large, &data).unwrap();
    let history = trainer(4, 3).fit(&mut small, &data).unwrap();
    for (a, b) in small.parameters().iter().zip(large.parameters()) {
        approx::assert_relative_eq!(*a, b, epsilon = 1e-12);
    }
    approx::assert_relative_eq!(history.epochs[2].train.loss, expected.epochs[2].train.loss, max_relative = 1e-12);
}

#[test]
fn trainers_are_send() {
    fn assert_send<T: Send>(_: &T) {}
    let mut losses = Vec::new();
    let trainer = Trainer::<_, f64>::new(Loss::MeanSquaredError, Adam::new(0.1)).on_epoch(|epoch| {
        losses.push(epoch.train.loss);
        ControlFlow::Continue(())
    });
    assert_send(&trainer);
    assert_send(&Workspace::<f64>::new());
}
