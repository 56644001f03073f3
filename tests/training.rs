//! The trainer: the same as a loop by hand, repeatable to the bit, stopped where it should be, and never in a bad state.

use backprop::ndarray::{Array2, array};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, Dataset, Error, History, Lbfgs, Loss, Mlp, Momentum, Optimizer, Schedule, Sgd, Stop, Trainer,
    Workspace, gradient_of,
};
use std::ops::ControlFlow;

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
    assert_eq!(history.stop, Stop::Finished);
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let dataset = quadrants::<60>();
    let run = |seed| {
        let mut net = net::<f32>(2, 2, Activation::Relu);
        let mut trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.01)).epochs(5).seed(seed).validation_share(0.25);
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
            trainer.fit_in_parts(parts, &mut net, &dataset).unwrap()
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
    let y = untrained.forward_batch(dataset.inputs()).unwrap();
    let right = y.rows().into_iter().zip(dataset.labels()).filter(|(y, class)| (y[1] > y[0]) == (*class == 1)).count();
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
    assert_eq!(history.stop, Stop::Patience);
    let (best, last) = (history.best().unwrap(), history.last().unwrap());
    assert_eq!(last.number - best.number, 30);
    let outputs = net.forward_batch(validation.inputs()).unwrap();
    let loss = Loss::MeanSquaredError.evaluate_batch(&outputs, validation.targets()).unwrap();
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
#[should_panic(expected = "a factor is finite and not negative, and not -0.9")]
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
    assert_eq!((history.stop, history.epochs.len()), (Stop::Callback, 3));
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
    let Error::NonFinite { of, place, .. } = &error else { panic!("{error}") };
    let epoch = seen.len() + 1;
    assert!(place.contains(&format!("in epoch {epoch}, step ")), "{error}");
    assert!(place.contains("in layer ") && place.contains("a smaller learning rate may help"), "{error}");
    assert!(["loss", "gradient"].contains(of), "{error}");
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
    assert!(history.to_string().ends_with("; a relu unit is dead: neuron 2 in layer 1"), "{history}");
}

#[test]
fn class_weights_count() {
    let dataset = quadrants::<60>();
    let share_of = |weights: [f64; 2]| {
        let mut net = Mlp::<f32>::new(2, [(2, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
        let mut trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.05)).class_weights(weights);
        trainer.fit(&mut net, &dataset).unwrap();
        let y = net.forward_batch(dataset.inputs()).unwrap();
        y.rows().into_iter().filter(|y| y[1] > y[0]).count()
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
        "in cross_entropy: of a single class it is always 0; a single output takes BinaryCrossEntropy"
    );
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).class_weights([1.0, 2.0]);
    assert_eq!(say(trainer.fit(&mut net, &wave(4))), "expected 1 class weights, got 2, in Loss::evaluate");
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).class_weights([f64::NAN]);
    assert_eq!(
        say(trainer.fit(&mut net, &wave(4))),
        "in Loss::evaluate: a weight is finite and not negative, and not NaN"
    );
    assert_eq!(net, before);
}

#[test]
fn no_epochs_are_no_training() {
    let mut net = net::<f64>(1, 1, Activation::Tanh);
    let before = net.clone();
    let history = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(0).fit(&mut net, &wave(4)).unwrap();
    assert!(history.best().is_none() && history.to_string() == "no epochs" && net == before);
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
    let minimum = Lbfgs::new().minimize(|x| gradient_of(|x| valley(x), x), &mut x).unwrap();
    assert!(minimum.converged && minimum.evaluations < 300, "{minimum:?}");
    assert!(x.iter().all(|x: &f64| (x - 1.0).abs() < 1e-8) || (x[0] + 0.99).abs() < 0.1, "{x:?}");

    let mut x = [3.0, -2.0];
    let minimum = Lbfgs::new().minimize(|x| gradient_of(|x| x[0].powi(4) + x[1].powi(4), x), &mut x).unwrap();
    assert!(minimum.converged && minimum.value < 1e-11, "{minimum:?}");

    let mut x = [0.1];
    let minimum = Lbfgs::new().minimize(|x| gradient_of(|x| x[0] - x[0].ln(), x), &mut x).unwrap(); // NaN below 0
    assert!(minimum.converged && (x[0] - 1.0_f64).abs() < 1e-8, "{minimum:?} {x:?}");
    let error = Lbfgs::new().minimize(|x| gradient_of(|x| x[0].ln(), x), &mut [-1.0]).unwrap_err();
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
        let minimum = search.minimize(|x| gradient_of(|x| scaled(x, scale), x), &mut x).unwrap();
        assert!(minimum.converged && minimum.evaluations < 100, "{scale:e}: {minimum:?}");
        assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-9), "{scale:e}: {x:?}");
    }
    let mut x = [-1.2_f32, 1.0];
    let search = Lbfgs::new().tolerance(1e25);
    let minimum = search.minimize(|x| gradient_of(|x| scaled(x, 1e30), x), &mut x).unwrap();
    assert!(minimum.converged && x.iter().all(|x| (x - 1.0).abs() < 1e-3), "{minimum:?} {x:?}");
}

/// 1e-9 is less than rounding leaves of slopes in single precision.
#[test]
fn l_bfgs_converges_in_single_precision() {
    let mut x = [-1.2_f32, 1.0];
    fn bowl<S: backprop::Scalar>(x: &[S]) -> S {
        let [a, b] = [x[0] - S::of(0.3), x[1] - S::of(0.7)];
        a * a * S::of(3.0) + b * b * S::of(0.5) + a * b
    }
    let minimum = Lbfgs::new().minimize(|x| gradient_of(|x| bowl(x), x), &mut x).unwrap();
    assert!(minimum.converged, "{minimum:?} {x:?}");
}
