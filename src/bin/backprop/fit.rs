//! The fit of a model: settings chosen by cross-validation, and an ensemble of the networks of the folds.
//!
//! Small tables are cross-validated: each network is trained without one fold, which stops its training early. The
//! predictions for the folds choose between settings, and the networks of the best settings are averaged in one. Large
//! tables have one network, which validates on some of the rows.

use crate::options::OptimizerKind;
use crate::print::rounded;
use backprop::ndarray::{Array2, Axis};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{
    Activation, AdaGrad, Adam, AdamW, Dataset, Error, History, Lion, Mlp, Model, Momentum, Nadam, Optimizer, RmsProp,
    Scaler, Sgd, StopReason, Trainer,
};
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// The maximum number of training rows for which an ensemble is the default.
const MAX_ROWS_OF_ENSEMBLE: usize = 30_000;
/// The default number of networks of an ensemble.
const NETWORKS: usize = 5;
/// The maximum number of folds. More networks are trained on several divisions in folds.
const MAX_FOLDS: usize = 10;
/// The number of validation rows that suffice to compare settings.
const ROWS_TO_COMPARE: usize = 1500;
/// The fraction of the rows that a single network validates on, and the maximum number of these rows.
const VALIDATION: (f64, f64) = (0.15, 5000.0);
/// The minimum number of training rows for a wide network of two hidden layers and a small learning rate.
const ROWS_OF_WIDE: usize = 2000;
/// The default patience of early stopping.
const PATIENCE: usize = 30;
/// The divisors of the epochs in the rounds of successive halving before the last.
const ROUNDS: [usize; 2] = [9, 3];
/// The maximum number of candidates that the report lists.
const LISTED: usize = 10;
/// The number of epochs from one checkpoint to the next.
const EPOCHS_OF_A_CHECKPOINT: usize = 10;

/// The settings of a fit; those that are `None` are chosen.
#[derive(Clone, Default)]
pub struct Settings {
    /// The widths of the hidden layers; empty or 0 for a linear model.
    pub hidden: Option<Vec<usize>>,
    pub activation: Option<Activation>,
    pub optimizer: Option<OptimizerKind>,
    pub learning_rate: Option<f64>,
    pub l1: Option<f64>,
    pub l2: Option<f64>,
    pub epochs: Option<usize>,
    pub batch_size: Option<usize>,
    /// The patience of early stopping; 0 for none.
    pub patience: Option<usize>,
    pub networks: Option<usize>,
    /// The number of configurations that are compared; those of a short list by default.
    pub tune: Option<usize>,
    /// Gives all classes the same total weight.
    pub balance: bool,
    /// The group of each training row; rows of a group are validated on together.
    pub groups: Option<Vec<usize>>,
    pub seed: u64,
    pub quiet: bool,
    pub checkpoint: Option<PathBuf>,
    pub resume: Option<PathBuf>,
}

/// The result of a fit.
pub struct Fitted {
    pub model: Model<f32>,
    /// The prediction for each training row by networks that were trained without it; `None` without folds.
    pub out_of_fold: Option<Array2<f32>>,
    /// The losses of each network by epoch.
    pub histories: Vec<History>,
    pub configuration: Configuration,
    /// Lines that say what was chosen, and why.
    pub report: Vec<String>,
    /// False if the loss still fell when the epochs ended.
    pub converged: bool,
}

/// The settings that are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    pub hidden: Vec<usize>,
    pub activation: Activation,
    pub learning_rate: f64,
    pub l2: f64,
    pub batch_size: usize,
}

/// The indices of the training and validation rows of each fold.
type Division = Box<dyn Iterator<Item = (Vec<usize>, Vec<usize>)>>;

/// A network with the history of its training.
struct Trained {
    network: Mlp<f32>,
    history: History,
}

/// A configuration with its networks and their mean loss on validation rows.
struct Candidate {
    configuration: Configuration,
    loss: f64,
    networks: Vec<Trained>,
}

/// A dataset that is scaled for a network, with the rows for training and those for validation of each network.
struct Folds<'a> {
    settings: &'a Settings,
    model: &'a Model<f32>,
    data: Dataset<f32>,
    rows: Vec<(Vec<usize>, Vec<usize>)>,
    /// The validation rows of a single network, which are then not among those of `data`.
    validation: Option<Dataset<f32>>,
    class_weights: Option<Vec<f64>>,
}

/// Fits a model to standardized training rows: chooses the settings that the user did not, and trains the networks.
pub fn fit(train: Dataset<f32>, settings: &Settings) -> Result<Fitted, Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(settings.seed);
    // The network is replaced at the end; until then, the model scales rows and turns outputs into predictions.
    let mut model = Model::new(&train, [], &mut rng)?.with_scaler(Scaler::identity(train.inputs().ncols()))?;
    let rows = settings.folds(&train, &mut rng)?;
    let class_weights = settings.balance.then(|| train.balanced_class_weights());
    let mut data = model.prepare(train)?;
    let validation = if let [(_, validation)] = &rows[..] { Some(data.split_off(validation)) } else { None };
    let folds = Folds { settings, model: &model, data, rows, validation, class_weights };
    let (best, report) = folds.best(&mut rng)?;
    let Candidate { configuration, mut networks, .. } = best;
    let left = folds.train(std::slice::from_ref(&configuration), networks.len()..folds.rows.len(), settings.epochs());
    for trained in left {
        networks.extend(trained?);
    }
    let out_of_fold = folds.out_of_fold(&networks)?;
    let converged = networks.iter().all(|trained| has_converged(&trained.history));
    let (networks, histories): (Vec<_>, Vec<_>) =
        networks.into_iter().map(|trained| (trained.network, trained.history)).unzip();
    *model.net_mut() = Mlp::ensemble(&networks)?;
    Ok(Fitted { model, out_of_fold, histories, configuration, report, converged })
}

impl Settings {
    fn epochs(&self) -> usize {
        self.epochs.unwrap_or(500)
    }

    /// Returns true if the state of the training is stored in a file, which has that of one network.
    fn has_checkpoint(&self) -> bool {
        self.checkpoint.is_some() || self.resume.is_some()
    }

    /// Returns the indices of the training and validation rows of each network.
    #[allow(clippy::type_complexity, reason = "the items of `Dataset::fold_indices`")]
    fn folds(
        &self,
        train: &Dataset<f32>,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Vec<(Vec<usize>, Vec<usize>)>, Error> {
        let rows = train.len();
        let has_one = self.has_checkpoint() || rows > MAX_ROWS_OF_ENSEMBLE;
        let networks = self.networks.unwrap_or(if has_one { 1 } else { NETWORKS });
        if self.has_checkpoint() && (networks > 1 || self.tune.is_some()) {
            let requirement = "be 1, without --tune, as a checkpoint has the state of one network";
            return Err(Error::invalid_argument("--networks", requirement, networks));
        }
        if networks <= 1 {
            let count = (VALIDATION.0 * rows as f64).min(VALIDATION.1);
            let folds = (rows as f64 / count).round() as usize;
            return Ok(self.division(train, folds, rng)?.take(1).collect());
        }
        let mut all = Vec::new();
        while all.len() < networks {
            all.extend(self.division(train, networks.min(MAX_FOLDS), rng)?);
        }
        all.truncate(networks);
        Ok(all)
    }

    /// Returns the indices of the training and validation rows of at most `folds` folds.
    fn division(&self, train: &Dataset<f32>, folds: usize, rng: &mut Xoshiro256PlusPlus) -> Result<Division, Error> {
        if let Some(groups) = &self.groups {
            let different = groups.iter().collect::<HashSet<_>>().len();
            if different > 1 {
                return Ok(Box::new(train.group_fold_indices(groups, folds.min(different), rng)?));
            }
        }
        Ok(Box::new(train.fold_indices(folds.min(train.len()), rng)?))
    }

    /// Returns the configurations that are compared, those of a list or random ones.
    fn configurations(&self, rows: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<Configuration> {
        let is_large = rows > ROWS_OF_WIDE;
        let rate = match self.optimizer() {
            OptimizerKind::Sgd | OptimizerKind::Momentum | OptimizerKind::Adagrad => 0.05,
            OptimizerKind::Lion => 0.001,
            _ if is_large => 0.003,
            _ => 0.01,
        };
        let configuration = |hidden: &[usize], activation, learning_rate, l2, batch_size| {
            let hidden = self.hidden.as_deref().unwrap_or(hidden).iter().copied().filter(|&width| width > 0);
            let hidden: Vec<usize> = hidden.collect();
            // A network without hidden layers has no activation in which two could differ.
            let activation =
                if hidden.is_empty() { Activation::Identity } else { self.activation.unwrap_or(activation) };
            Configuration {
                hidden,
                activation,
                learning_rate: self.learning_rate.unwrap_or(learning_rate),
                l2: self.l2.unwrap_or(l2),
                batch_size: self.batch_size.unwrap_or(batch_size),
            }
        };
        let mut all: Vec<Configuration> = Vec::new();
        let mut add = |configuration: Configuration| {
            if !all.contains(&configuration) {
                all.push(configuration); // what the user set makes others equal
            }
        };
        if let Some(count) = self.tune {
            for _ in 0..count {
                let hidden = HIDDEN[rng.random_range(0..HIDDEN.len())];
                let activation = ACTIVATIONS[rng.random_range(0..ACTIVATIONS.len())];
                let learning_rate = rate * 10_f64.powf(rng.random_range(-0.7..0.7));
                let l2 = 10_f64.powf(rng.random_range(-6.0..-0.5));
                add(configuration(hidden, activation, learning_rate, l2, [16, 32, 64][rng.random_range(0..3)]));
            }
            return all;
        }
        let list: &[(&[usize], Activation, f64)] = if is_large { &LARGE } else { &SMALL };
        list.iter().for_each(|&(hidden, activation, l2)| add(configuration(hidden, activation, rate, l2, 32)));
        if self.has_checkpoint() {
            all.truncate(1);
        }
        all
    }

    fn optimizer(&self) -> OptimizerKind {
        self.optimizer.unwrap_or(OptimizerKind::Adam)
    }
}

/// The hidden layers, their activation and the L2 regularization that are compared for tables of few rows and of many,
/// the usual ones first.
const SMALL: [(&[usize], Activation, f64); 9] = [
    (&[32], Activation::Tanh, 0.001),
    (&[32], Activation::Tanh, 0.01),
    (&[32], Activation::Tanh, 0.1),
    (&[32], Activation::Relu, 0.001),
    (&[32], Activation::Relu, 0.01),
    (&[32], Activation::Relu, 0.1),
    (&[], Activation::Identity, 0.001),
    (&[], Activation::Identity, 0.01),
    (&[], Activation::Identity, 0.1),
];
const LARGE: [(&[usize], Activation, f64); 5] = [
    (&[64, 64], Activation::Tanh, 1e-5),
    (&[64, 64], Activation::Tanh, 3e-4),
    (&[32], Activation::Tanh, 0.001),
    (&[32], Activation::Tanh, 0.01),
    (&[], Activation::Identity, 0.001),
];
/// The hidden layers and activations from which `tune` draws.
const HIDDEN: [&[usize]; 7] = [&[], &[16], &[32], &[64], &[32, 32], &[64, 64], &[128, 64]];
const ACTIVATIONS: [Activation; 3] = [Activation::Tanh, Activation::Relu, Activation::Silu];

impl Folds<'_> {
    /// Returns the best configuration with the networks by which it was compared, and lines about the comparison.
    fn best(&self, rng: &mut Xoshiro256PlusPlus) -> Result<(Candidate, Vec<String>), Error> {
        let samples = self.data.len() + self.validation.as_ref().map_or(0, Dataset::len);
        let mut configurations = self.settings.configurations(samples, rng);
        let count = configurations.len();
        let (mut folds, mut rows) = (0, 0);
        while folds < self.rows.len() && rows < ROWS_TO_COMPARE {
            rows += self.rows[folds].1.len();
            folds += 1;
        }
        if self.settings.tune.is_some() {
            for divisor in ROUNDS {
                let kept = configurations.len().div_ceil(3);
                let compared = self.compare(configurations, folds, (self.settings.epochs() / divisor).max(1))?;
                configurations = compared.into_iter().take(kept).map(|candidate| candidate.configuration).collect();
            }
        }
        let mut compared = self.compare(configurations, folds, self.settings.epochs())?;
        let mut report = Vec::new();
        if count > 1 {
            report.push(format!("compared {count} settings by the loss on {rows} validation rows:"));
            let line = |candidate: &Candidate| format!("{:.4}  {}", candidate.loss, candidate.configuration);
            report.extend(compared.iter().take(LISTED).map(line));
        }
        Ok((compared.swap_remove(0), report))
    }

    /// Trains each configuration on the first `folds` folds, and returns them with the lowest validation loss first.
    fn compare(
        &self,
        configurations: Vec<Configuration>,
        folds: usize,
        epochs: usize,
    ) -> Result<Vec<Candidate>, Error> {
        let (mut compared, mut failure) = (Vec::new(), None);
        let trained = self.train(&configurations, 0..folds, epochs);
        for (configuration, networks) in configurations.into_iter().zip(trained) {
            match networks {
                Ok(networks) => {
                    let counts = self.rows.iter().map(|(_, validation)| validation.len() as f64);
                    let sum: f64 =
                        networks.iter().zip(counts.clone()).map(|(trained, count)| count * trained.loss()).sum();
                    compared.push(Candidate { configuration, loss: sum / counts.take(folds).sum::<f64>(), networks });
                }
                Err(error) => failure = Some(error), // one that diverges is not chosen
            }
        }
        compared.sort_by(|a, b| a.loss.total_cmp(&b.loss));
        failure.filter(|_| compared.is_empty()).map_or(Ok(compared), Err)
    }

    /// Trains each configuration on some folds, on all processors. The result does not depend on their number.
    fn train(
        &self,
        configurations: &[Configuration],
        folds: Range<usize>,
        epochs: usize,
    ) -> Vec<Result<Vec<Trained>, Error>> {
        let of_each = |configuration| folds.clone().map(move |fold| (configuration, fold));
        let jobs: Vec<(&Configuration, usize)> = configurations.iter().flat_map(of_each).collect();
        let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || loop {
            let index = next.fetch_add(1, Relaxed);
            let Some(&(configuration, fold)) = jobs.get(index) else { break };
            let trained = self.train_one(configuration, fold, epochs, jobs.len() == 1);
            results.lock().expect("no thread panicked").push((index, trained));
        };
        let threads = thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
        thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        let mut results = results.into_inner().expect("no thread panicked");
        results.sort_by_key(|(index, _)| *index);
        let mut results = results.into_iter().map(|(_, trained)| trained);
        configurations.iter().map(|_| results.by_ref().take(folds.len()).collect()).collect()
    }

    /// Trains the network of one fold.
    fn train_one(
        &self,
        configuration: &Configuration,
        fold: usize,
        epochs: usize,
        is_alone: bool,
    ) -> Result<Trained, Error> {
        let settings = self.settings;
        let parts;
        let (train, validation) = match &self.validation {
            Some(validation) => (&self.data, validation),
            None => {
                let (train, validation) = &self.rows[fold];
                parts = [train, validation].map(|rows| self.data.select(rows));
                (&parts[0], &parts[1])
            }
        };
        let seed = settings.seed.wrapping_add(fold as u64);
        let hidden = configuration.hidden.iter().map(|&width| (width, configuration.activation));
        let layers = hidden.chain([(train.targets().ncols(), Activation::Identity)]);
        let mut network = Mlp::new(train.inputs().ncols(), layers, &mut Xoshiro256PlusPlus::seed_from_u64(seed))?;
        let optimizer = create_optimizer(settings.optimizer(), configuration.learning_rate);
        let mut trainer = Trainer::new(self.model.loss(), optimizer)
            .epochs(epochs)
            .batch_size(configuration.batch_size)
            .l1(settings.l1.unwrap_or(0.0))
            .l2(configuration.l2)
            .seed(seed)
            .validation(validation)
            .progress(is_alone && !settings.quiet);
        if let Some(weights) = &self.class_weights {
            trainer = trainer.class_weights(weights.clone());
        }
        let patience = settings.patience.unwrap_or(PATIENCE);
        if patience > 0 {
            trainer = trainer.early_stopping(patience);
        }
        if let Some(path) = settings.checkpoint.as_ref().or(settings.resume.as_ref()) {
            trainer = trainer.checkpoint(path, EPOCHS_OF_A_CHECKPOINT);
        }
        if let Some(path) = &settings.resume {
            trainer = trainer.resume(path);
        }
        let history = trainer.fit(&mut network, train)?;
        Ok(Trained { network, history })
    }

    /// Returns the mean prediction for each row of the networks that validated on it.
    fn out_of_fold(&self, networks: &[Trained]) -> Result<Option<Array2<f32>>, Error> {
        if self.validation.is_some() {
            return Ok(None);
        }
        let mut model = self.model.clone();
        let mut sum = self.model.predict(self.data.inputs())? * 0.0;
        let mut counts = vec![0.0_f32; self.data.len()];
        for ((_, rows), trained) in self.rows.iter().zip(networks) {
            *model.net_mut() = trained.network.clone();
            let predictions = model.predict(self.data.inputs().select(Axis(0), rows))?;
            for (&row, prediction) in rows.iter().zip(predictions.rows()) {
                counts[row] += 1.0;
                let mut sum = sum.row_mut(row);
                sum += &prediction;
            }
        }
        if counts.contains(&0.0) {
            return Ok(None);
        }
        for (mut row, count) in sum.rows_mut().into_iter().zip(counts) {
            row /= count;
        }
        Ok(Some(sum))
    }
}

impl Trained {
    /// Returns the validation loss of the parameters that were kept.
    fn loss(&self) -> f64 {
        let kept = self.history.kept.checked_sub(1).and_then(|index| self.history.epochs.get(index));
        kept.map_or(f64::INFINITY, |epoch| epoch.monitored_loss())
    }
}

/// Returns false if the loss still fell when the epochs ended.
fn has_converged(history: &History) -> bool {
    let epochs = history.epochs.len();
    let lowest = |epochs: usize| {
        history.epochs[..epochs].iter().map(|epoch| epoch.monitored_loss()).fold(f64::INFINITY, f64::min)
    };
    history.stop != StopReason::Finished || lowest(epochs) > 0.99 * lowest(epochs - epochs / 10)
}

/// `hidden 32,16 tanh, learning rate 0.01, l2 0.001, batch size 32`
impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hidden[..] {
            [] => write!(f, "no hidden layer")?,
            hidden => {
                let widths: Vec<String> = hidden.iter().map(usize::to_string).collect();
                write!(f, "hidden {} {}", widths.join(","), self.activation)?;
            }
        }
        let Configuration { learning_rate, l2, batch_size, .. } = self;
        let [learning_rate, l2] = [*learning_rate, *l2].map(rounded);
        write!(f, ", learning rate {learning_rate}, l2 {l2}, batch size {batch_size}")
    }
}

/// Creates an optimizer with a learning rate.
fn create_optimizer(kind: OptimizerKind, rate: f64) -> Box<dyn Optimizer<f32>> {
    match kind {
        OptimizerKind::Adam => Box::new(Adam::new(rate)),
        OptimizerKind::Adamw => Box::new(AdamW::new(rate)),
        OptimizerKind::Sgd => Box::new(Sgd::new(rate)),
        OptimizerKind::Momentum => Box::new(Momentum::new(rate, 0.9)),
        OptimizerKind::Rmsprop => Box::new(RmsProp::new(rate)),
        OptimizerKind::Adagrad => Box::new(AdaGrad::new(rate)),
        OptimizerKind::Nadam => Box::new(Nadam::new(rate)),
        OptimizerKind::Lion => Box::new(Lion::new(rate)),
    }
}
