//! A training that stops after any epoch, or is killed at any moment, and continues from its checkpoint gives the same
//! bits as one that never stopped.

use backprop::ndarray::{Array2, Axis};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, AdaGrad, Adam, AdamW, BatchNorm, Dataset, Dropout, Dual, Error, History, Linear, Lion, Loss, Momentum,
    Nadam, Optimizer, ParameterGroups, Parameters, Plateau, RmsProp, Scalar, Schedule, Sgd, Trainer, load_parameters,
    save_parameters,
};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

type Net<S> = (Linear<S>, BatchNorm<S>, Activation, Dropout, Linear<S>);

fn net<T: Scalar>() -> Net<T> {
    let mut rng = SomeRng::seed_from_u64(1);
    let first = Linear::new(2, 8, &mut rng);
    (first, BatchNorm::new(8), Activation::Tanh, Dropout::new(0.3), Linear::new(8, 1, &mut rng))
}

fn dataset<T: Scalar>() -> Dataset<T> {
    let mut rng = SomeRng::seed_from_u64(2);
    let inputs = Array2::from_shape_simple_fn((30, 2), || rng.random_range(-1.0..1.0));
    let targets = inputs.map_axis(Axis(1), |x| x[0] * x[1]).insert_axis(Axis(1));
    Dataset::new(inputs.mapv(T::of), targets.mapv(T::of)).unwrap()
}

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checkpoints");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::remove_file(&path).ok();
    path
}

/// Returns the history without the times.
fn scores(history: &History) -> Vec<String> {
    history.epochs.iter().map(|epoch| format!("{epoch}, rate {}, {:?}", epoch.learning_rate, epoch.train)).collect()
}

/// Trains at once, and with a stop after each epoch and a new trainer, and compares the networks and the histories.
fn check<T: Scalar + PartialEq + 'static>(name: &str, trainer: &dyn Fn() -> Trainer<'static, Boxed<T>, T>) {
    const EPOCHS: usize = 7;
    let (data, path) = (dataset::<T>(), path(name));
    let mut at_once = net::<T>();
    let expected = trainer().epochs(EPOCHS).fit(&mut at_once, &data).unwrap();
    let stop_everywhere = |stops: &[usize]| {
        let mut last = None;
        for (i, &epochs) in stops.iter().chain(&[EPOCHS]).enumerate() {
            let trainer = trainer().epochs(epochs).checkpoint(&path, 1);
            let mut trainer = if i == 0 { trainer } else { trainer.resume(&path) };
            let mut net = net::<T>();
            let history = trainer.fit(&mut net, &data).unwrap();
            last = Some((net, history));
        }
        let (net, history) = last.unwrap();
        assert!(net == at_once, "{name}, stops after {stops:?}");
        assert_eq!(scores(&history), scores(&expected), "{name}, stops after {stops:?}");
        assert_eq!((history.kept, history.stop), (expected.kept, expected.stop), "{name}");
    };
    (1..EPOCHS).for_each(|epoch| stop_everywhere(&[epoch]));
    stop_everywhere(&[1, 2, 3, 4, 5, 6]);
}

/// The optimizers have one type, for which training is compiled once.
type Boxed<T> = Box<dyn Optimizer<T>>;

fn trainer<'a, T: Scalar + 'static>(optimizer: impl Optimizer<T> + 'static) -> Trainer<'a, Boxed<T>, T> {
    Trainer::new(Loss::MeanSquaredError, Box::new(optimizer) as Boxed<T>).batch_size(8).seed(5)
}

#[test]
fn every_optimizer_continues_where_it_stopped() {
    check("sgd", &|| trainer::<f64>(Sgd::new(0.1)));
    check("momentum", &|| trainer::<f64>(Momentum::new(0.1, 0.9).nesterov()));
    check("rms_prop", &|| trainer::<f32>(RmsProp::new(0.01)));
    check("adam", &|| trainer::<f64>(Adam::new(0.01)));
    check("adam_single", &|| trainer::<f32>(Adam::new(0.01).weight_decay(0.1)));
    check("amsgrad", &|| trainer::<f64>(Adam::new(0.01).amsgrad()));
    check("ada_grad", &|| trainer::<f64>(AdaGrad::new(0.1).learning_rate_decay(0.01)));
    check("nadam", &|| trainer::<f32>(Nadam::new(0.01)));
    check("lion", &|| trainer::<f64>(Lion::new(0.001)));
    check("groups", &|| {
        trainer::<f64>(ParameterGroups::new(Nadam::new(0.01)).freeze("0").learning_rate_factor("4", 3.0))
    });
    check("adam_w", &|| trainer::<f32>(AdamW::new(0.01)));
}

#[test]
fn schedules_early_stopping_and_validation_continue() {
    check("plateau", &|| trainer::<f64>(Adam::new(0.05)).schedule(Plateau::new(0, 0.5)).validation_split(0.3));
    check("warm_up", &|| {
        trainer::<f64>(Adam::new(0.05)).schedule(Schedule::from(Plateau::new(1, 0.3)).after_warm_up(3))
    });
    check("patience", &|| trainer::<f64>(Sgd::new(0.9)).early_stopping(3).validation_split(0.4));
    check("unshuffled", &|| trainer::<f64>(Adam::new(0.05)).shuffle(false));
}

#[cfg(feature = "rayon")]
#[test]
fn parts_continue_too() {
    let (data, path) = (dataset::<f64>(), path("parts"));
    let net = || {
        let mut rng = SomeRng::seed_from_u64(1);
        (Linear::<f64>::new(2, 8, &mut rng), Activation::Tanh, Dropout::new(0.3), Linear::new(8, 1, &mut rng))
    };
    let (mut at_once, mut resumed) = (net(), net());
    trainer(Adam::new(0.01)).epochs(5).fit_parallel(2, &mut at_once, &data).unwrap();
    trainer(Adam::new(0.01)).epochs(3).checkpoint(&path, 3).fit_parallel(2, &mut net(), &data).unwrap();
    trainer(Adam::new(0.01)).epochs(5).resume(&path).fit_parallel(2, &mut resumed, &data).unwrap();
    assert_eq!(at_once, resumed);
}

/// The training that the test below kills, in a process of its own.
#[test]
fn training_that_is_killed() {
    let Some(path) = std::env::var_os("BACKPROP_KILLED_TRAINING") else { return };
    finish(Path::new(&path));
}

const LONG: usize = 400;

/// Trains to the end, from the checkpoint if there is one, and saves the network.
fn finish(path: &Path) {
    let trainer = trainer(Adam::new(0.01)).epochs(LONG).checkpoint(path, 1);
    let mut trainer = if path.exists() { trainer.resume(path) } else { trainer };
    let mut net = net::<f64>();
    let history = trainer.fit(&mut net, &dataset()).unwrap();
    assert_eq!(history.epochs.len(), LONG);
    save_parameters(&net, path.with_extension("done")).unwrap();
}

#[test]
fn killed_training_continues() {
    let path = path("killed");
    let done = path.with_extension("done");
    std::fs::remove_file(&done).ok();
    let mut kills = 0;
    while !done.exists() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "checkpoints::training_that_is_killed"])
            .env("BACKPROP_KILLED_TRAINING", &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(40 + 7 * kills));
        if kills < 12 {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
    }
    let (mut expected, mut found) = (net::<f64>(), net::<f64>());
    trainer(Adam::new(0.01)).epochs(LONG).fit(&mut expected, &dataset()).unwrap();
    load_parameters(&mut found, &done).unwrap();
    assert_eq!(found, expected);
    assert!(kills > 2, "the training was faster than the kills");
}

#[test]
fn unfit_checkpoints_are_errors_and_change_nothing() {
    let (data, path) = (dataset::<f64>(), path("unfit"));
    trainer(Adam::new(0.01)).epochs(2).checkpoint(&path, 1).fit(&mut net::<f64>(), &data).unwrap();
    let mut same = net::<f64>();
    let mut error = |trainer: Trainer<'_, Boxed<f64>, f64>, data: &Dataset<f64>| {
        let error = trainer.epochs(3).fit(&mut same, data).unwrap_err();
        assert_eq!(same, net::<f64>());
        error.to_string()
    };
    let adam = || trainer::<f64>(Adam::new(0.01));
    let text = error(trainer(RmsProp::new(0.01)).resume(&path), &data);
    assert!(text.contains("is of another optimizer"), "{text}");
    let text = error(adam().resume(&path).seed(6), &data);
    assert!(text.contains("`seed` must be 5, as in the checkpoint, got 6"), "{text}");
    let fewer = data.select(&(0..20).collect::<Vec<_>>());
    let text = error(adam().resume(&path), &fewer);
    assert!(text.contains("expected 30 training samples, got 20"), "{text}");
    let text = error(adam().resume(path.with_extension("none")), &data);
    assert!(text.contains("unfit.none"), "{text}");

    let other = (Linear::<f64>::new(2, 1, &mut SomeRng::seed_from_u64(1)),);
    let mut changed = other.clone();
    let result = trainer(Adam::new(0.01)).resume(&path).fit(&mut changed, &data);
    assert!(matches!(result, Err(Error::Format { .. })), "{result:?}");
    assert_eq!(changed, other);

    let duals = (Linear::<Dual<f64, 1>>::new(2, 1, &mut SomeRng::seed_from_u64(1)),);
    let result = trainer(Sgd::new(0.1)).checkpoint(&path, 1).fit(&mut duals.clone(), &dataset());
    assert!(matches!(result, Err(Error::Unsupported { .. })), "{result:?}");

    save_parameters(&net::<f64>(), &path).unwrap();
    let text = error(adam().resume(&path), &data);
    assert!(text.contains("is not a checkpoint"), "{text}");
    let bytes = std::fs::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(97) {
        std::fs::write(&path, &bytes[..length]).unwrap();
        error(adam().resume(&path), &data);
    }
    let count = other.count();
    assert_eq!(count, 3);
}
