//! [`Trainer`]: the loop that fits a net to data.

use super::epoch::{ADVICE, Pass, Regularizer, Step, evaluate};
use super::history::{Epoch, History, Stop};
use super::metrics::Decision;
use super::{Dataset, Optimizer, Schedule, Trail};
use crate::{Error, Loss, Net, Rows, Scalar, Workspace};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use std::ops::ControlFlow;
use std::time::Instant;

/// The loop that fits a net to data: epochs, batches, validation, and when to stop.
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Dataset, Loss, Mlp, Sgd, Trainer};
///
/// let dataset = Dataset::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]])?;
/// let mut rng = SomeRng::seed_from_u64(1);
/// let mut net = Mlp::<f64>::new(2, [(4, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
/// let history = Trainer::new(Loss::BinaryCrossEntropy, Sgd::new(0.5)).epochs(500).batch_size(1).fit(&mut net, &dataset)?;
/// assert_eq!(history.epochs.len(), 500);
/// assert!(history.last().unwrap().train.loss < 0.01);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// The optimizer keeps its memory: a second `fit` goes on where the first ended.
#[must_use = "a trainer does nothing until it is told to fit a net"]
pub struct Trainer<'a, O, T> {
    loss: Loss,
    optimizer: O,
    epochs: usize,
    batch_size: usize,
    shuffle: bool,
    seed: u64,
    validation_share: f64,
    pub(super) validation: Option<&'a Dataset<T>>,
    patience: Option<usize>,
    schedule: Schedule,
    l1: f64,
    l2: f64,
    clip_norm: Option<f64>,
    class_weights: Option<Vec<f64>>,
    callback: Option<Callback<'a>>,
    trail: Option<&'a mut Trail<T>>,
    #[cfg(feature = "progress")]
    progress: bool,
}

/// What is called after each epoch, and may stop the training.
type Callback<'a> = Box<dyn FnMut(&Epoch) -> ControlFlow<()> + 'a>;

impl<'a, O: Optimizer<T>, T: Scalar> Trainer<'a, O, T> {
    /// A trainer for this loss with this optimizer: 100 epochs, in batches of 32, shuffled, seed 0, nothing held out.
    pub fn new(loss: Loss, optimizer: O) -> Trainer<'a, O, T> {
        Trainer {
            loss,
            optimizer,
            epochs: 100,
            batch_size: 32,
            shuffle: true,
            seed: 0,
            validation_share: 0.0,
            validation: None,
            patience: None,
            schedule: Schedule::Constant,
            l1: 0.0,
            l2: 0.0,
            clip_norm: None,
            class_weights: None,
            callback: None,
            trail: None,
            #[cfg(feature = "progress")]
            progress: true,
        }
    }

    /// How often all samples are seen.
    pub fn epochs(self, epochs: usize) -> Self {
        Trainer { epochs, ..self }
    }

    /// How many samples make a step; the last batch of an epoch has those that remain.
    ///
    /// # Panics
    /// When it is 0.
    #[track_caller]
    pub fn batch_size(self, batch_size: usize) -> Self {
        assert!(batch_size > 0, "a batch has a sample at least");
        Trainer { batch_size, ..self }
    }

    /// Whether each epoch has an order of its own.
    pub fn shuffle(self, shuffle: bool) -> Self {
        Trainer { shuffle, ..self }
    }

    /// Where the random numbers for validation and order start. The same seed gives the same bits.
    pub fn seed(self, seed: u64) -> Self {
        Trainer { seed, ..self }
    }

    /// Holds out this share of the samples for validation, drawn at random, of each class alike; none where
    /// [`validation`](Self::validation) gives samples.
    ///
    /// # Panics
    /// When it is not from 0 to less than 1.
    #[track_caller]
    pub fn validation_share(self, share: f64) -> Self {
        assert!((0.0..1.0).contains(&share), "a share for validation is from 0 to less than 1, and not {share}");
        Trainer { validation_share: share, ..self }
    }

    /// Validates with these samples, in place of a share. [`Model::fit`](crate::Model::fit) scales them along with those
    /// trained on; [`fit`](Self::fit) takes both as they are.
    pub fn validation(self, dataset: &'a Dataset<T>) -> Self {
        Trainer { validation: Some(dataset), ..self }
    }

    /// Stops when the loss (of validation, where there is one) has not become less for so many epochs, and restores the
    /// parameters of the best epoch. Without validation the training loss is measured anew at the end of each epoch.
    ///
    /// # Panics
    /// When it is 0.
    #[track_caller]
    pub fn early_stopping(self, patience: usize) -> Self {
        assert!(patience > 0, "a patience is an epoch at least");
        Trainer { patience: Some(patience), ..self }
    }

    /// How the learning rate changes.
    ///
    /// # Panics
    /// When a factor is negative, infinite or NaN.
    #[track_caller]
    pub fn schedule(self, schedule: Schedule) -> Self {
        schedule.check();
        Trainer { schedule, ..self }
    }

    /// Adds `l1·Σ|w|` of all weights w to what is made small, and not of biases: many weights become nearly 0. The losses
    /// told are without it.
    ///
    /// # Panics
    /// When it is negative, infinite or NaN.
    #[track_caller]
    pub fn l1(self, l1: f64) -> Self {
        assert!(l1 >= 0.0 && l1.is_finite(), "a penalty is finite and not negative, and not {l1}");
        Trainer { l1, ..self }
    }

    /// Adds `½·l2·Σw²` of all weights w to what is made small, and not of biases: weights stay small. The losses told are
    /// without it.
    ///
    /// # Panics
    /// When it is negative, infinite or NaN.
    #[track_caller]
    pub fn l2(self, l2: f64) -> Self {
        assert!(l2 >= 0.0 && l2.is_finite(), "a penalty is finite and not negative, and not {l2}");
        Trainer { l2, ..self }
    }

    /// Shortens gradients to this length (the root of the sum of squares) where they are longer
    /// ([Pascanu et al. 2013](https://arxiv.org/abs/1211.5063)).
    ///
    /// # Panics
    /// When it is not above 0.
    #[track_caller]
    pub fn clip_norm(self, length: f64) -> Self {
        assert!(length > 0.0, "a gradient is shortened to a length above 0, and not {length}");
        Trainer { clip_norm: Some(length), ..self }
    }

    /// How much each column of targets counts, which for classes is each class; see [`Loss::with_class_weights`].
    pub fn class_weights(self, weights: impl Into<Vec<f64>>) -> Self {
        Trainer { class_weights: Some(weights.into()), ..self }
    }

    /// Calls `f` after each epoch; it may stop the training.
    ///
    /// ```
    /// use backprop::{Loss, Sgd, Trainer};
    /// use std::ops::ControlFlow;
    ///
    /// let trainer = Trainer::<_, f64>::new(Loss::MeanSquaredError, Sgd::new(0.1)).on_epoch(|epoch| {
    ///     println!("{epoch}");
    ///     if epoch.train.loss < 0.01 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// });
    /// ```
    pub fn on_epoch(self, f: impl FnMut(&Epoch) -> ControlFlow<()> + 'a) -> Self {
        Trainer { callback: Some(Box::new(f)), ..self }
    }

    /// Records parameters and gradients, for pictures of where the training went; [`Trail`] says which.
    pub fn record(self, trail: &'a mut Trail<T>) -> Self {
        Trainer { trail: Some(trail), ..self }
    }

    /// Whether a bar shows how far it is; it does, unless this says no, and where there is no terminal it is silent.
    #[cfg(feature = "progress")]
    pub fn progress(self, progress: bool) -> Self {
        Trainer { progress, ..self }
    }

    /// Fits the net to the samples.
    ///
    /// # Errors
    /// [`Error::Count`] when samples do not fit the net, [`Error::Empty`] without samples; [`Error::NonFinite`] at the first
    /// loss or gradient that is infinite or NaN, with epoch, step, layer and parameter. Then the net is as it was at the
    /// end of the last epoch before.
    ///
    /// # Panics
    /// When the optimizer remembers a net with another number of parameters.
    #[track_caller]
    pub fn fit<N: Net<T>>(&mut self, net: &mut N, dataset: &Dataset<T>) -> Result<History, Error> {
        self.fit_prepared(net, dataset, self.validation)
    }

    /// With samples for validation that were scaled as well.
    #[track_caller]
    pub(super) fn fit_prepared<N: Net<T>>(
        &mut self,
        net: &mut N,
        dataset: &Dataset<T>,
        validation: Option<&Dataset<T>>,
    ) -> Result<History, Error> {
        let mut workspace = Workspace::with_outputs();
        self.run(net, dataset, validation, |net, x, t, criterion, gradient, outputs| {
            let loss = workspace.loss_and_gradient(net, x, t, criterion, gradient)?;
            outputs.extend_from_slice(workspace.outputs());
            Ok(loss)
        })
    }

    /// The same, each batch split in so many parts for rayon's threads. The bits depend on the number of parts, and not on
    /// that of threads. Each row of outputs must depend on its own row of inputs alone.
    ///
    /// # Errors
    /// As of [`fit`](Self::fit).
    #[cfg(feature = "rayon")]
    pub fn fit_in_parts<N>(&mut self, parts: usize, net: &mut N, dataset: &Dataset<T>) -> Result<History, Error>
    where
        N: Net<T> + Sync,
        T: Send + Sync,
    {
        let mut workspace = crate::ParallelWorkspace::with_outputs(parts);
        self.run(net, dataset, self.validation, |net, x, t, criterion, gradient, outputs| {
            let loss = workspace.loss_and_gradient(net, x, t, criterion, gradient)?;
            workspace.outputs().for_each(|of_part| outputs.extend_from_slice(of_part));
            Ok(loss)
        })
    }

    #[track_caller]
    fn run<N: Net<T>>(
        &mut self,
        net: &mut N,
        dataset: &Dataset<T>,
        validation: Option<&Dataset<T>>,
        step: impl Step<T, N>,
    ) -> Result<History, Error> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let is_split = self.validation_share > 0.0 && validation.is_none();
        let parts = if is_split { Some(dataset.split(self.validation_share, &mut rng)?) } else { None };
        let (train, validation) = match &parts {
            Some((train, held_out)) => (train, Some(held_out)),
            None => (dataset, validation),
        };
        if train.is_empty() {
            return Err(Error::Empty { of: "sample", place: "Trainer::fit" });
        }
        let learning_rate = self.optimizer.learning_rate();
        let before = self.trail.as_ref().map_or(0, |trail| trail.epochs());
        self.end_trail_at(before, net);
        let mut last_good = (before, net.clone());
        let result = self.run_epochs(net, &mut last_good, train, validation, &mut rng, step);
        self.optimizer.set_learning_rate(learning_rate);
        if result.is_err() {
            net.clone_from(&last_good.1);
        }
        self.end_trail_at(last_good.0, net); // where it was put back to
        result
    }

    fn run_epochs<N: Net<T>>(
        &mut self,
        net: &mut N,
        last_good: &mut (usize, N),
        train: &Dataset<T>,
        validation: Option<&Dataset<T>>,
        rng: &mut Xoshiro256PlusPlus,
        mut step: impl Step<T, N>,
    ) -> Result<History, Error> {
        let criterion = match &self.class_weights {
            Some(weights) => self.loss.with_class_weights(weights),
            None => self.loss.into(),
        };
        let decision = Decision::of(self.loss, train.targets().ncols(), !train.classes().is_empty());
        let regularizer = Regularizer::new(self.l1, self.l2, self.clip_norm, net);
        let mut pass = Pass::new(train, self.batch_size, criterion, decision, regularizer, net);
        let has_clock = !cfg!(target_family = "wasm"); // there, asking panics
        let (start, first_rate) = (has_clock.then(Instant::now), self.optimizer.learning_rate());
        let mut order: Vec<usize> = (0..train.len()).collect();
        let mut history = History { epochs: Vec::new(), stop: Stop::Finished, kept: 0, dead_units: Vec::new() };
        let mut watch = Watch { least: f64::INFINITY, best_epoch: 0, since: 0, reductions: 0 };
        let mut best = Vec::new();
        #[cfg(feature = "progress")]
        let bar = super::progress::Bar::new(self.progress, self.epochs);

        let before = last_good.0; // the epochs of earlier fits
        for number in 1..=self.epochs {
            let learning_rate =
                first_rate * self.schedule.factor(number - 1, self.epochs) * watch.reduction(&self.schedule);
            self.optimizer.set_learning_rate(learning_rate);
            if self.shuffle {
                order.shuffle(rng);
            }
            let mut score = pass.run(net, &order, number, &mut self.optimizer, &mut step)?;
            if self.patience.is_some() && validation.is_none() {
                score = evaluate(net, train, criterion, decision)?; // that of the net to go back to
            }
            let validation = validation.map(|samples| evaluate(net, samples, criterion, decision)).transpose()?;
            let seconds = start.map_or(0.0, |start| start.elapsed().as_secs_f64());
            let epoch = Epoch { number, train: score, validation, learning_rate, seconds };
            Error::finite("loss", epoch.loss(), || format!("validation, in epoch {number}{ADVICE}"))?;
            last_good.0 = before + number;
            last_good.1.clone_from(net);
            if let Some(trail) = &mut self.trail {
                trail.push(before + number, net, Some(pass.gradient()));
            }
            #[cfg(feature = "progress")]
            bar.show(&epoch);
            let is_best = watch.sees(&epoch, &self.schedule);
            if is_best && self.patience.is_some() {
                best = net.parameters();
            }
            let is_told_to_stop = self.callback.as_mut().is_some_and(|f| f(&epoch).is_break());
            history.epochs.push(epoch);
            if is_told_to_stop {
                history.stop = Stop::Callback;
                break;
            }
            if self.patience.is_some_and(|patience| number - watch.best_epoch >= patience) {
                history.stop = Stop::Patience;
                break;
            }
        }
        history.kept = history.epochs.len();
        if let Some(trail) = &mut self.trail {
            trail.end_at(last_good.0, net, (history.kept > 0).then(|| pass.gradient()));
        }
        if !best.is_empty() {
            net.set_parameters(&best)?;
            history.kept = watch.best_epoch;
        }
        history.dead_units = net.dead_units(&T::Rows::from_view(train.inputs().view()));
        Ok(history)
    }

    fn end_trail_at<N: Net<T>>(&mut self, epoch: usize, net: &N) {
        if let Some(trail) = &mut self.trail {
            trail.end_at(epoch, net, None);
        }
    }
}

/// Since when the loss has not become less, and what follows for the learning rate.
struct Watch {
    least: f64,
    best_epoch: usize,
    /// Epochs since the least loss, or since the learning rate was reduced.
    since: usize,
    reductions: i32,
}

impl Watch {
    /// Whether this epoch is the best so far.
    fn sees(&mut self, epoch: &Epoch, schedule: &Schedule) -> bool {
        let is_best = epoch.loss() < self.least;
        if is_best {
            (self.least, self.best_epoch, self.since) = (epoch.loss(), epoch.number, 0);
        } else {
            self.since += 1;
        }
        if schedule.plateau().is_some_and(|(patience, _)| self.since > patience) {
            (self.reductions, self.since) = (self.reductions + 1, 0);
        }
        is_best
    }

    /// By what the plateaus so far have multiplied the learning rate.
    fn reduction(&self, schedule: &Schedule) -> f64 {
        schedule.plateau().map_or(1.0, |(_, factor)| factor.powi(self.reductions))
    }
}
