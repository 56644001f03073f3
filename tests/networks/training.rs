//! The trainer: the same as a loop by hand, repeatable to the bit, stopped where it should be, and never in a bad state.

use backprop::ndarray::{Array2, array};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, Dataset, Dual, Error, FloatWrapper, History, Layer, Lbfgs, Loss, Matrix, Mlp, Momentum, Neuron,
    Optimizer, Parameters, Plateau, RmsProp, Schedule, Sgd, StopReason, Trainer, Trajectory, Workspace, reverse,
};
use half::f16;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Points on a noisy wave.
fn wave(samples: usize) -> Dataset<f64> {
    let mut rng = SomeRng::seed_from_u64(5);
    let x = Array2::from_shape_fn((samples, 1), |_| rng.random::<f64>() * 6.0 - 3.0);
    let noise: Vec<f64> = (0..samples).map(|_| rng.random::<f64>() * 0.4 - 0.2).collect();
    let t = Array2::from_shape_fn((samples, 1), |(i, _)| x[[i, 0]].sin() + noise[i]);
    Dataset::new(x, t).unwrap()
}

/// Points in a square, in two classes by the quadrant.
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
fn it_is_the_loop_by_hand() {
    let dataset = wave(10);
    let mut trained = net(1, 1, Activation::Tanh);
    let (mut by_hand, mut gradient, mut workspace) = (trained.clone(), trained.clone(), Workspace::new());
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
            let batch = dataset.select(&indices); // the last has two samples, and its loss counts for two
            let (x, t) = (batch.inputs(), batch.targets());
            let loss = workspace.loss_and_gradient(&by_hand, x, t, Loss::MeanSquaredError, &mut gradient).unwrap();
            optimizer.step(&mut by_hand, &gradient).unwrap();
            sum += loss * indices.len() as f64;
        }
        losses.push(sum / 10.0);
    }
    assert_eq!(trained, by_hand);
    assert_eq!(history.losses().collect::<Vec<_>>(), losses);
    assert_eq!(history.stop, StopReason::Finished);
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let dataset = quadrants::<60>();
    let run = |seed| {
        let mut net = net::<f32>(2, 2, Activation::Relu);
        let mut trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.01)).epochs(5).seed(seed).validation_split(0.25);
        trainer.fit(&mut net, &dataset).unwrap();
        net.parameters().into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn two_threads_give_the_bits_of_one() {
    let dataset = quadrants::<60>();
    let run = |threads, parts| {
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
    assert_eq!(run(1, 2), run(2, 2));
    let mut alone = net::<f32>(2, 2, Activation::Tanh);
    Trainer::new(Loss::CrossEntropy, Adam::new(0.01)).epochs(5).batch_size(20).fit(&mut alone, &dataset).unwrap();
    assert_eq!(run(2, 1).0, alone.parameters().into_iter().map(f32::to_bits).collect::<Vec<_>>());
}

#[test]
fn accuracy_is_of_the_net_as_it_was() {
    let dataset = quadrants::<40>();
    let mut untrained = net::<f32>(2, 2, Activation::Tanh);
    let y = untrained.forward_batch(&Matrix::from(dataset.inputs())).unwrap();
    let rows = y.view();
    let right = rows.rows().into_iter().zip(dataset.labels());
    let right = right.filter(|(y, class)| (y[1] > y[0]) == (*class == 1)).count();
    let mut trainer = Trainer::new(Loss::CrossEntropy, Sgd::new(0.1)).epochs(1).batch_size(40);
    let history = trainer.fit(&mut untrained, &dataset).unwrap();
    assert_eq!(history.epochs[0].train.accuracy, Some(right as f64 / 40.0));
}

#[test]
fn early_stopping_keeps_the_best() {
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
fn without_validation_the_net_kept_is_the_one_measured() {
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
fn a_schedule_of_negative_rates_panics() {
    let _ = Trainer::<_, f64>::new(Loss::Hinge, Sgd::new(0.1)).schedule(Schedule::Exponential { factor: -0.9 });
}

#[test]
fn a_callback_stops_it_and_sees_every_epoch() {
    let mut seen = Vec::new();
    let history = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.01))
        .on_epoch(|epoch| {
            seen.push(epoch.clone());
            if epoch.number == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .fit(&mut net(1, 1, Activation::Tanh), &wave(10))
        .unwrap();
    assert_eq!((history.stop, history.epochs.len()), (StopReason::Callback, 3));
    assert_eq!(history.epochs, seen);
}

#[test]
fn schedules_move_the_learning_rate_and_give_it_back() {
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
    // With a learning rate of 0 the loss never becomes less than in the first epoch.
    let plateau = Schedule::Plateau { patience: 1, factor: 0.5 };
    let mut tiny = Trainer::new(Loss::MeanSquaredError, Sgd::new(1e-300)).epochs(6).schedule(plateau).shuffle(false);
    let history = tiny.fit(&mut net(1, 1, Activation::Tanh), &wave(10)).unwrap();
    let factors: Vec<f64> = history.epochs.iter().map(|epoch| epoch.learning_rate / 1e-300).collect();
    assert!(factors.iter().zip([1.0, 1.0, 1.0, 0.5, 0.5, 0.25]).all(|(a, b)| (a - b).abs() < 1e-12), "{factors:?}");
}

#[test]
fn penalties_are_for_weights_and_not_for_biases() {
    // Inputs of 0: the data have no say in the first layer's weights.
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
fn long_gradients_are_shortened() {
    let dataset = Dataset::new(array![[1.0, 2.0]], array![[1000.0]]).unwrap();
    let step = |length: f64| {
        let mut net = Mlp::<f64>::new(2, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
        let before = net.parameters();
        let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1.0)).epochs(1).clip_norm(length);
        trainer.fit(&mut net, &dataset).unwrap();
        net.parameters().iter().zip(before).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    assert!((step(0.5) - 0.5).abs() < 1e-12);
    assert!(step(1e9) > 100.0);
}

#[test]
fn a_training_that_diverges_says_where_and_goes_back() {
    let dataset = wave(20);
    let mut net = net(1, 1, Activation::Relu);
    let mut seen = Vec::new();
    let mut trainer =
        Trainer::new(Loss::MeanSquaredError, Sgd::new(5.0)).epochs(1000).batch_size(5).on_epoch(|epoch| {
            seen.push(epoch.number);
            ControlFlow::Continue(())
        });
    let error = trainer.fit(&mut net, &dataset).unwrap_err();
    drop(trainer);
    let Error::NonFinite { what, value, epoch: Some(in_epoch), step: Some(step), parameter, .. } = &error else {
        panic!("{error:?}")
    };
    let epoch = seen.len() + 1;
    let parameter = parameter.as_ref().unwrap();
    assert!(*in_epoch == epoch && (1..=4).contains(step) && !value.is_finite(), "{error:?}");
    assert!(["loss", "gradient"].contains(what) && parameter.contains("in layer "), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with(&format!("expected a finite {what}, got {value}, in {parameter}")), "{text}");
    let end = format!(", in epoch {epoch}, step {step}; a smaller learning rate may help, or scaled inputs");
    assert!(text.ends_with(&end), "{text}");
    // As it was at the end of the last good epoch
    assert!(epoch > 1, "{error}");
    let mut again = self::net(1, 1, Activation::Relu);
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(5.0)).epochs(epoch - 1).batch_size(5);
    trainer.fit(&mut again, &dataset).unwrap();
    assert_eq!(net, again);
}

#[test]
fn a_last_step_that_overflows_is_found_at_the_end_of_its_epoch() {
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
fn dead_units_are_named() {
    let mut net =
        Mlp::<f64>::new(1, [(3, Activation::Relu), (1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    net.set_parameters(&[1.0, 5.0, 1.0, -50.0, -1.0, 5.0, 1.0, 1.0, 1.0, 0.0]).unwrap();
    let history = Trainer::new(Loss::MeanSquaredError, Sgd::new(1e-4)).epochs(1).fit(&mut net, &wave(10)).unwrap();
    assert_eq!(history.dead_units, ["neuron 2 in layer 1"]);
    assert!(history.to_string().ends_with("; 1 dead ReLU unit: neuron 2 in layer 1"), "{history}");
}

#[test]
fn class_weights_count() {
    let dataset = quadrants::<60>();
    let share_of = |weights: [f64; 2]| {
        let mut net = Mlp::<f32>::new(2, [(2, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
        let mut trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.05)).class_weights(weights);
        trainer.fit(&mut net, &dataset).unwrap();
        let y = net.forward_batch(&Matrix::from(dataset.inputs())).unwrap();
        (0..y.nrows()).filter(|&i| y[(i, 1)] > y[(i, 0)]).count()
    };
    assert!(share_of([0.1, 10.0]) == 60 && share_of([10.0, 0.1]) == 0);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut net = net::<f64>(1, 1, Activation::Tanh);
    let before = net.clone();
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1));
    let say = |result: Result<History, Error>| result.unwrap_err().to_string();
    let wide = Dataset::new(array![[1.0, 2.0]], array![[1.0]]).unwrap();
    assert_eq!(say(trainer.fit(&mut net, &wide)), "expected 1 inputs, got 2, in layer 1");
    let none = Dataset::new(Array2::zeros((0, 1)), Array2::zeros((0, 1))).unwrap();
    assert_eq!(say(trainer.fit(&mut net, &none)), "expected at least one sample, got none, in Trainer::fit");
    let mut trainer = Trainer::new(Loss::CrossEntropy, Sgd::new(0.1)).class_weights([1.0, 2.0]);
    assert_eq!(
        say(trainer.fit(&mut net, &wave(4))),
        "`outputs` must be at least 2 for the loss cross_entropy, got 1; with a single class it is always 0; for a single \
         output use BinaryCrossEntropyWithLogits"
    );
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).class_weights([1.0, 2.0]);
    assert_eq!(say(trainer.fit(&mut net, &wave(4))), "expected 1 class weights, got 2, in Loss::evaluate");
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).class_weights([f64::NAN]);
    assert_eq!(say(trainer.fit(&mut net, &wave(4))), "`class_weights[0]` must be finite and non-negative, got NaN");
    assert_eq!(net, before);
}

#[test]
fn no_epochs_are_no_training() {
    let mut net = net::<f64>(1, 1, Activation::Tanh);
    let before = net.clone();
    let history = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(0).fit(&mut net, &wave(4)).unwrap();
    assert!(history.best().is_none() && history.to_string() == "no epochs" && net == before);
}

/// One neuron that adds up, of these weights and no bias.
fn sum<T: backprop::Scalar, const N: usize>(weights: [f64; N]) -> Layer<T> {
    Layer::from_neurons([Neuron::new(weights.map(T::of), T::zero(), Activation::Identity)]).unwrap()
}

#[test]
fn second_fit_goes_on_where_the_first_ended() {
    let dataset = quadrants::<60>();
    let trainer = |epochs| {
        let trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.01)).epochs(epochs).batch_size(7).seed(5);
        trainer.validation_split(0.25)
    };
    let bits = |net: &Mlp<f32>| net.parameters().into_iter().map(f32::to_bits).collect::<Vec<_>>();
    let start = net::<f32>(2, 2, Activation::Tanh);
    let (mut at_once, mut in_two, mut in_parts) = (start.clone(), start.clone(), start);
    let of_six = trainer(6).fit(&mut at_once, &dataset).unwrap();
    let mut three = trainer(3);
    let of_three = [(); 2].map(|()| three.fit(&mut in_two, &dataset).unwrap());
    assert_eq!(bits(&in_two), bits(&at_once));
    let scores = |history: &History| history.epochs.iter().map(|e| (e.train, e.validation)).collect::<Vec<_>>();
    assert_eq!(scores(&of_six), of_three.iter().flat_map(scores).collect::<Vec<_>>());
    assert_eq!(of_three[1].epochs[0].number, 1);
    // On threads as well
    let mut three = trainer(3);
    (0..2).for_each(|_| drop(three.fit_parallel(1, &mut in_parts, &dataset).unwrap()));
    assert_eq!(bits(&in_parts), bits(&at_once));
}

#[test]
fn fits_shuffle_on_and_a_new_seed_begins_again() {
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

/// No sample is trained on in one fit and validates in the next.
#[test]
fn fits_hold_out_the_same_samples() {
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.0)).epochs(1).validation_split(0.3);
    let mut net = net(1, 1, Activation::Tanh);
    let [first, second] = [(); 2].map(|()| trainer.fit(&mut net, &wave(20)).unwrap().epochs[0].validation);
    assert_eq!(first, second);
}

/// The learning rates of a training whose loss stays as it is, as parts of the first.
fn rates_without_progress(schedule: impl Into<Schedule>, epochs: usize) -> Vec<f64> {
    let trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1e-300)).epochs(epochs).schedule(schedule);
    let history = trainer.shuffle(false).fit(&mut net(1, 1, Activation::Tanh), &wave(10)).unwrap();
    history.epochs.iter().map(|epoch| (epoch.learning_rate / 1e-300 * 1e6).round() / 1e6).collect()
}

#[test]
fn plateau_counts_no_epochs_of_a_warm_up() {
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
fn plateau_cools_down_and_stops_at_the_least_rate() {
    let plateau = Plateau::new(1, 0.5).cooldown(2);
    assert_eq!(rates_without_progress(plateau, 9), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
    let plateau = Plateau::new(0, 0.5).min_rate(0.3 * 1e-300);
    assert_eq!(rates_without_progress(plateau, 5), [1.0, 1.0, 0.5, 0.3, 0.3]);
    let plateau = Plateau::new(0, 0.5).min_rate(1.0); // more than the optimizer's own
    assert_eq!(rates_without_progress(plateau, 4), [1.0; 4]);
}

#[test]
fn plateau_takes_a_small_gain_for_none() {
    let rates = |threshold: f64| -> Vec<f64> {
        let plateau = Plateau::new(0, 0.5).threshold(threshold);
        let mut trainer =
            Trainer::new(Loss::MeanSquaredError, Sgd::new(0.01)).epochs(4).batch_size(1).schedule(plateau);
        let point = Dataset::new([[0.0]], [[1.0]]).unwrap(); // the error, 1 at first, becomes 0.98 of itself
        let history = trainer.fit(&mut sum([0.0]), &point).unwrap();
        history.epochs.iter().map(|epoch| epoch.learning_rate / 0.01).collect()
    };
    assert_eq!(rates(0.03), [1.0, 1.0, 1.0, 1.0]); // 1 − 0.98² is 0.0396
    assert_eq!(rates(0.05), [1.0, 1.0, 0.5, 0.5]); // 0.9604, and then 0.9223, which is less by 5 % of the first
}

#[test]
#[should_panic(expected = "`threshold` must be finite and non-negative, got -0.1")]
fn negative_threshold_is_refused() {
    let _ = Plateau::new(1, 0.5).threshold(-0.1);
}

#[test]
fn learning_rate_that_overflows_is_an_error() {
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1e-300))
        .schedule(Schedule::Exponential { factor: 1e304 })
        .epochs(5);
    let error = trainer.fit(&mut sum([0.0]), &Dataset::new([[0.0]], [[0.0]]).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "expected a finite learning rate, got inf, in the schedule, in epoch 3");
}

#[test]
fn panic_in_a_callback_leaves_nothing_half_done() {
    let dataset = wave(10);
    let (mut caught, mut whole) = (net(1, 1, Activation::Tanh), net(1, 1, Activation::Tanh));
    let (mut trajectory, mut optimizer) = (Trajectory::every(10), RmsProp::new(0.1));
    let mut trainer = Trainer::new(Loss::MeanSquaredError, &mut optimizer)
        .schedule(Schedule::Exponential { factor: 0.5 })
        .epochs(9)
        .record(&mut trajectory)
        .on_epoch(|epoch| if epoch.number == 3 { panic!("enough") } else { ControlFlow::Continue(()) });
    let panic = catch_unwind(AssertUnwindSafe(|| trainer.fit(&mut caught, &dataset))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"enough"));
    drop(trainer);
    assert_eq!(Optimizer::<f64>::learning_rate(&optimizer), 0.1);
    let last = trajectory.snapshots().last().unwrap();
    assert_eq!((last.epoch, &last.parameters), (3, &caught.parameters()));
    let mut trainer = Trainer::new(Loss::MeanSquaredError, RmsProp::new(0.1));
    trainer = trainer.schedule(Schedule::Exponential { factor: 0.5 }).epochs(3);
    trainer.fit(&mut whole, &dataset).unwrap();
    assert_eq!(caught, whole);
}

#[test]
fn panic_in_a_net_restores_the_last_good_epoch() {
    #[derive(Clone, Debug, PartialEq)]
    struct Fragile<S: backprop::Scalar> {
        inner: Layer<S>,
    }
    backprop::module! {
        Fragile { inner }
        fn forward_batch(&self, x) {
            assert!(self.inner.parameters()[0].to_f64().unwrap() < 2.5, "too much");
            Ok(self.inner.forward_batch(x)?.map(Activation::Identity))
        }
    }
    // Each step adds 1 to the weight: the gradient by value is clipped.
    let dataset = Dataset::new(array![[1.0], [1.0]], array![[1e3], [1e3]]).unwrap();
    let mut net = Fragile { inner: sum::<f64, 1>([0.0]) };
    let (mut sgd, mut trajectory) = (Sgd::new(1.0), Trajectory::new());
    let mut trainer = Trainer::new(Loss::MeanSquaredError, &mut sgd).epochs(5).batch_size(1).clip_value(1.0);
    trainer = trainer.record(&mut trajectory);
    assert!(catch_unwind(AssertUnwindSafe(|| trainer.fit(&mut net, &dataset))).is_err());
    drop(trainer);
    assert_eq!(net.parameters(), [2.0, 2.0]);
    assert_eq!(trajectory.snapshots().last().unwrap().parameters, [2.0, 2.0]);
    assert_eq!(Optimizer::<f64>::learning_rate(&sgd), 1.0);
}

/// A gradient of any size, shortened to 1.
#[test]
fn gradients_of_any_size_are_shortened() {
    fn step<T: backprop::Scalar>(inputs: [f64; 2], target: f64) -> f64 {
        step_of::<T>(1.0, inputs, target)
    }
    fn step_of<T: backprop::Scalar>(length: f64, inputs: [f64; 2], target: f64) -> f64 {
        let dataset = Dataset::new([inputs.map(T::of)], [[T::of(target)]]).unwrap();
        let mut net = sum::<T, 2>([0.0, 0.0]);
        let mut trainer = Trainer::new(Loss::MeanAbsoluteError, Sgd::new(1.0)).epochs(1).clip_norm(length);
        trainer.fit(&mut net, &dataset).unwrap();
        net.parameters().iter().map(|p| p.to_f64().unwrap().powi(2)).sum::<f64>().sqrt()
    }
    for size in [10.0, 1e160, 1e300, 1.7e308] {
        let length = step::<f64>([size, -size], 1.0);
        assert!((length - 1.0).abs() < 1e-15, "{size:e}: {length}");
    }
    assert!((step::<f32>([3e38, 3e38], 1.0) - 1.0).abs() < 1e-6);
    let length = step_of::<FloatWrapper<f16>>(0.01, [6e4, 6e4], 1.0); // the factor, 1.2e-7, is twice the least number of half precision
    assert!((length / 0.01 - 1.0).abs() < 2e-3, "{length}");
    assert!(step::<f64>([1e-200, 0.0], 1.0) == 1.0 && step::<f64>([0.0, 0.0], 0.0) == 0.0);
}

#[test]
fn clipping_by_value_limits_each_derivative() {
    let step = |trainer: Trainer<'_, Sgd, f64>| {
        let mut net = sum([0.0, 0.0, 0.0]);
        let mut trainer = trainer.epochs(1);
        trainer.fit(&mut net, &Dataset::new([[0.5, -3.0, 1e200]], [[1.0]]).unwrap())?;
        Ok::<_, Error>(net.parameters())
    };
    let trainer = || Trainer::new(Loss::MeanAbsoluteError, Sgd::new(1.0));
    assert_eq!(step(trainer().clip_value(2.0)), Ok(vec![0.5, -2.0, 2.0, 1.0]));
    // By value first, then by norm
    let both = step(trainer().clip_value(2.0).clip_norm(1e-3)).unwrap();
    assert!((both[1] / both[0] + 4.0).abs() < 1e-12, "{both:?}");
    // What is infinite is no derivative to be limited.
    let mut net = sum([0.0]);
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1.0)).epochs(1).clip_value(1.0);
    let error = trainer.fit(&mut net, &Dataset::new([[1e200]], [[1e150]]).unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("expected a finite gradient, got -inf, in weight 1"), "{error}");
}

#[test]
#[should_panic(expected = "`limit` must be positive, got 1e-9, which is 0 in this float type")]
fn limit_that_is_zero_in_the_type_is_refused() {
    let _ = Trainer::<_, FloatWrapper<f16>>::new(Loss::Hinge, Sgd::new(0.1)).clip_value(1e-9);
}

/// A weight that is 0 may depend on something all the same: its penalty then does too.
#[test]
fn penalty_of_a_weight_of_zero_keeps_its_derivative() {
    let mut net =
        Layer::from_neurons([Neuron::new([Dual::<f64, 1>::variable(0.0, 0)], Dual::from(0.0), Activation::Identity)])
            .unwrap();
    let nothing = Dataset::new([[Dual::from(0.0)]], [[Dual::from(0.0)]]).unwrap();
    Trainer::new(Loss::MeanSquaredError, Sgd::new(0.5)).epochs(1).l2(0.5).fit(&mut net, &nothing).unwrap();
    assert_eq!(net.parameters()[0].tangents(), [0.75]); // of (1 − 0.5·0.5)·w
}

/// Its batches' losses add up to more than a float holds, and their mean does not.
#[test]
fn mean_loss_of_large_losses_is_finite() {
    let dataset = Dataset::new(array![[0.0], [0.0], [0.0]], array![[1e308], [1e308], [1e308]]).unwrap();
    let mut trainer = Trainer::new(Loss::MeanAbsoluteError, Sgd::new(0.0)).epochs(1).batch_size(1);
    let history = trainer.fit(&mut sum([0.0]), &dataset).unwrap();
    assert!((history.epochs[0].train.loss / 1e308 - 1.0).abs() < 1e-15);
}

/// Over a million batches the sum loses no digits.
#[test]
fn mean_loss_over_many_batches_loses_no_digits() {
    let samples = 200_000;
    let dataset = Dataset::new(Array2::zeros((samples, 1)), Array2::from_elem((samples, 1), 0.1)).unwrap();
    let mut trainer = Trainer::new(Loss::MeanAbsoluteError, Sgd::new(0.0)).epochs(1).batch_size(1).shuffle(false);
    let history = trainer.fit(&mut sum([0.0]), &dataset).unwrap();
    assert!((history.epochs[0].train.loss - 0.1).abs() < 1e-16, "{}", history.epochs[0].train.loss);
}

/// Least squares by L-BFGS, beside the closed form of numbers.md.
#[test]
fn l_bfgs_ends_where_least_squares_are_least() {
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

/// Functions that lead lesser searches astray: a curved valley in ten dimensions, a flat quartic, a place where it is NaN.
#[test]
fn l_bfgs_finds_hard_minima() {
    fn valley<S: backprop::Scalar>(x: &[S]) -> S {
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
fn l_bfgs_finds_minima_of_functions_with_huge_slopes() {
    fn scaled<S: backprop::Scalar>(x: &[S], scale: f64) -> S {
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

/// 1e-9 is less than rounding leaves of slopes in single precision.
#[test]
fn l_bfgs_converges_in_single_precision() {
    let mut x = [0.1_f32, 1.0, 0.2];
    fn squares<S: backprop::Scalar>(x: &[S]) -> S {
        let [a, b, c] = x[..] else { panic!() };
        let residuals = [a.exp() + b - S::of(3.1), a * b - c - S::of(0.1), c.exp() + a * c - S::of(1.7)];
        residuals.into_iter().map(|residual| residual * residual).sum()
    }
    let minimum = Lbfgs::new().minimize(|x| reverse::gradient(|x| squares(x), x), &mut x).unwrap();
    assert!(minimum.converged, "{minimum:?} {x:?}");
}
