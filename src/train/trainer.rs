//! [`Trainer`]: the loop that fits a network to samples.

use super::epoch::{Pass, Regularizer, Step, evaluate, finite_loss};
use super::history::{Epoch, History, StopReason};
use super::schedule::PlateauWatch;
use super::{Optimizer, Schedule, Trajectory};
use crate::data::Dataset;
use crate::error::Error;
use crate::nn::Decision;
use crate::nn::{Loss, Module, Workspace};
use crate::scalar::Scalar;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

/// The training loop: epochs, batches, validation and early stopping.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Dataset, Loss, Mlp, Sgd, Trainer};
///
/// let dataset = Dataset::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]])?;
/// let mut rng = SomeRng::seed_from_u64(1);
/// let mut net = Mlp::<f64>::new(2, [(4, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
/// let history = Trainer::new(Loss::BinaryCrossEntropyWithLogits, Sgd::new(0.5)).epochs(500).batch_size(1).fit(&mut net, &dataset)?;
/// assert_eq!(history.epochs.len(), 500);
/// assert!(history.last().unwrap().train.loss < 0.01);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # A second fit
/// A second `fit` of a trainer continues where the first ended: the optimizer keeps its state, and the sequence of random numbers that
/// shuffles the samples continues. 3 epochs and 3 more are bit-for-bit identical to 6:
///
/// ```
/// # use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// # use backprop::{Activation, Adam, Dataset, Loss, Mlp, Trainer};
/// let dataset = Dataset::new([[0.0], [1.0], [2.0], [3.0]], [[1.0], [3.0], [2.0], [4.0]])?;
/// let net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1))?;
/// let trainer = |epochs| Trainer::new(Loss::MeanSquaredError, Adam::new(0.1)).epochs(epochs).batch_size(1);
/// let (mut at_once, mut in_two) = (net.clone(), net);
/// trainer(6).fit(&mut at_once, &dataset)?;
/// let mut three = trainer(3);
/// three.fit(&mut in_two, &dataset)?;
/// three.fit(&mut in_two, &dataset)?;
/// assert_eq!(in_two, at_once);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// The samples that [`validation_split`](Self::validation_split) holds out are the same in every fit, so that no sample is used for
/// training in one fit and for validation in the next. A [`Trajectory`] continues its numbers of epochs. Each fit begins its
/// [`Schedule`] again at the learning rate of the optimizer, has its own patience and best epoch for
/// [`early_stopping`](Self::early_stopping), and counts its epochs in the [`History`] from 1. With a schedule or early stopping, 3 and
/// 3 epochs therefore differ from 6.
#[doc(alias("fit", "training_loop"))]
#[must_use = "a trainer does nothing until `fit` is called"]
pub struct Trainer<'a, O, T> {
    loss: Loss,
    optimizer: O,
    epochs: usize,
    batch_size: usize,
    shuffle: bool,
    seed: u64,
    validation_split: f64,
    pub(crate) validation: Option<&'a Dataset<T>>,
    patience: Option<usize>,
    schedule: Schedule,
    l1: f64,
    l2: f64,
    clip_norm: Option<f64>,
    clip_value: Option<f64>,
    class_weights: Option<Vec<f64>>,
    callback: Option<Callback<'a>>,
    trajectory: Option<&'a mut Trajectory<T>>,
    order: Order,
    #[cfg(feature = "progress")]
    progress: bool,
}

/// The order of the samples, which continues from fit to fit.
#[derive(Default)]
struct Order {
    indices: Vec<usize>,
    /// The state of the random numbers; `None` before the first fit.
    rng: Option<Xoshiro256PlusPlus>,
}

/// A function that is called after each epoch and can stop the training.
type Callback<'a> = Box<dyn FnMut(&Epoch) -> ControlFlow<()> + 'a>;

impl<'a, O: Optimizer<T>, T: Scalar> Trainer<'a, O, T> {
    /// Creates a trainer with 100 epochs, shuffled batches of 32 samples, seed 0 and no validation.
    pub fn new(loss: Loss, optimizer: O) -> Trainer<'a, O, T> {
        Trainer {
            loss,
            optimizer,
            epochs: 100,
            batch_size: 32,
            shuffle: true,
            seed: 0,
            validation_split: 0.0,
            validation: None,
            patience: None,
            schedule: Schedule::Constant,
            l1: 0.0,
            l2: 0.0,
            clip_norm: None,
            clip_value: None,
            class_weights: None,
            callback: None,
            trajectory: None,
            order: Order::default(),
            #[cfg(feature = "progress")]
            progress: true,
        }
    }

    /// Sets the number of epochs.
    #[doc(alias("max_iter", "num_epochs"))]
    pub fn epochs(self, epochs: usize) -> Self {
        Trainer { epochs, ..self }
    }

    /// Sets the number of samples in a batch; the last batch of an epoch has the remaining samples.
    ///
    /// # Panics
    /// If `batch_size` is 0.
    #[track_caller]
    pub fn batch_size(self, batch_size: usize) -> Self {
        assert!(batch_size > 0, "`batch_size` must be positive, got 0");
        Trainer { batch_size, ..self }
    }

    /// Sets whether the samples are shuffled in each epoch; the default is true.
    pub fn shuffle(self, shuffle: bool) -> Self {
        Trainer { shuffle, ..self }
    }

    /// Sets the seed of the random numbers that choose the validation samples and the order of the samples.
    ///
    /// The same seed gives bit-for-bit identical parameters, on any number of threads and with any optimization, on processors of
    /// one kind: x86 with AVX2 and FMA, 64-bit ARM, or neither. Between kinds the parameters differ by rounding, since only some
    /// processors have fused multiplication: by up to 5e-6 in f32 and 1e-14 in f64 in the trainings that were compared.
    /// `docs/reproducibility.md` states what was verified.
    #[doc(alias("random_state", "manual_seed"))]
    pub fn seed(self, seed: u64) -> Self {
        Trainer { seed, order: Order::default(), ..self }
    }

    /// Holds out this fraction of the samples for validation, drawn at random within each class.
    ///
    /// It has no effect together with [`validation`](Self::validation).
    ///
    /// # Panics
    /// If `fraction` is not at least 0 and less than 1.
    #[doc(alias = "validation_fraction")]
    #[track_caller]
    pub fn validation_split(self, fraction: f64) -> Self {
        assert!((0.0..1.0).contains(&fraction), "`fraction` must be at least 0 and less than 1, got {fraction}");
        Trainer { validation_split: fraction, ..self }
    }

    /// Validates with these samples.
    ///
    /// [`Model::fit`](crate::Model::fit) scales them as it scales the training samples; [`fit`](Self::fit) takes both as they are.
    #[doc(alias = "validation_data")]
    pub fn validation(self, dataset: &'a Dataset<T>) -> Self {
        Trainer { validation: Some(dataset), ..self }
    }

    /// Stops after `patience` epochs without a lower [`monitored_loss`](Epoch::monitored_loss), and restores the parameters of the best
    /// epoch.
    ///
    /// Without validation samples, the training loss is computed again at the end of each epoch.
    ///
    /// # Panics
    /// If `patience` is 0.
    #[doc(alias("patience", "n_iter_no_change"))]
    #[track_caller]
    pub fn early_stopping(self, patience: usize) -> Self {
        assert!(patience > 0, "`patience` must be positive, got 0");
        Trainer { patience: Some(patience), ..self }
    }

    /// Sets the learning-rate schedule.
    ///
    /// # Panics
    /// If a factor is negative, infinite or NaN.
    #[track_caller]
    pub fn schedule(self, schedule: impl Into<Schedule>) -> Self {
        let schedule = schedule.into();
        schedule.check();
        Trainer { schedule, ..self }
    }

    /// Adds L1 regularization, `l1·Σ|w|` over all weights w without biases: many weights become nearly 0.
    ///
    /// The reported losses are without it.
    ///
    /// # Panics
    /// If `l1` is negative, infinite or NaN.
    #[doc(alias = "lasso")]
    #[track_caller]
    pub fn l1(self, l1: f64) -> Self {
        assert!(l1 >= 0.0 && l1.is_finite(), "`l1` must be finite and non-negative, got {l1}");
        Trainer { l1, ..self }
    }

    /// Adds L2 regularization, `½·l2·Σw²` over all weights w without biases: weights stay small.
    ///
    /// The reported losses are without it. [`AdamW`](crate::AdamW) decays weights without the gradient.
    ///
    /// # Panics
    /// If `l2` is negative, infinite or NaN.
    #[doc(alias("ridge", "alpha", "weight_decay"))]
    #[track_caller]
    pub fn l2(self, l2: f64) -> Self {
        assert!(l2 >= 0.0 && l2.is_finite(), "`l2` must be finite and non-negative, got {l2}");
        Trainer { l2, ..self }
    }

    /// Clips the norm of the gradient of all parameters: `g ← g·length/‖g‖` where ‖g‖ exceeds `length`.
    ///
    /// It clips after [`clip_value`](Self::clip_value) if both are set.
    ///
    /// # Panics
    /// If `length` is not positive.
    ///
    /// # References
    /// [Pascanu et al. 2013](https://arxiv.org/abs/1211.5063)
    #[doc(alias("clip_grad_norm_", "clip_by_global_norm"))]
    #[track_caller]
    pub fn clip_norm(self, length: f64) -> Self {
        assert!(length > 0.0, "`length` must be positive, got {length}");
        Trainer { clip_norm: Some(length), ..self }
    }

    /// Clips each derivative of the loss with respect to a parameter: `g ← min(max(g, −limit), limit)`, as PyTorch's
    /// `clip_grad_value_`. An infinite derivative is still an error.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Dataset, Layer, Activation, Loss, Neuron, Sgd, Trainer};
    ///
    /// let mut line = Layer::from_neurons([Neuron::new([0.0], 0.0, Activation::Identity)])?;
    /// let point = Dataset::new([[0.5]], [[1.0]])?; // the derivatives are −1 and −2
    /// let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(1.0)).epochs(1).clip_value(1.5);
    /// trainer.fit(&mut line, &point)?;
    /// assert_eq!(line.parameters(), [1.0, 1.5]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `limit` is not positive, or is rounded to 0 by the float type.
    #[doc(alias("clip_grad_value_", "clip"))]
    #[track_caller]
    pub fn clip_value(self, limit: f64) -> Self {
        assert!(limit > 0.0, "`limit` must be positive, got {limit}");
        assert!(T::of(limit) > T::zero(), "`limit` must be positive, got {limit:e}, which is 0 in this float type");
        Trainer { clip_value: Some(limit), ..self }
    }

    /// Sets the weight of each class, or of each column of targets, as [`Loss::with_class_weights`] does. [`fit`](Self::fit) checks that
    /// the weights are finite and non-negative.
    #[doc(alias = "class_weight")]
    pub fn class_weights(self, weights: impl Into<Vec<f64>>) -> Self {
        Trainer { class_weights: Some(weights.into()), ..self }
    }

    /// Calls `f` after each epoch; `f` can stop the training.
    ///
    /// If `f` panics, the network has the parameters at the end of that epoch, a [`Trajectory`] ends there, and the learning rate of the
    /// optimizer is restored, so that the panic can be caught.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Loss, Sgd, Trainer};
    /// use std::ops::ControlFlow;
    ///
    /// let trainer = Trainer::<_, f64>::new(Loss::MeanSquaredError, Sgd::new(0.1)).on_epoch(|epoch| {
    ///     println!("{epoch}");
    ///     if epoch.train.loss < 0.01 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// });
    /// ```
    #[doc(alias = "callback")]
    pub fn on_epoch(self, f: impl FnMut(&Epoch) -> ControlFlow<()> + 'a) -> Self {
        Trainer { callback: Some(Box::new(f)), ..self }
    }

    /// Records parameters and gradients in a [`Trajectory`].
    pub fn record(self, trajectory: &'a mut Trajectory<T>) -> Self {
        Trainer { trajectory: Some(trajectory), ..self }
    }

    /// Sets whether a progress bar is shown; the default is true. Without a terminal there is no bar.
    #[doc(alias("verbose", "tqdm"))]
    #[cfg(feature = "progress")]
    pub fn progress(self, progress: bool) -> Self {
        Trainer { progress, ..self }
    }

    /// Fits the network to the samples.
    ///
    /// # Errors
    /// [`Error::Shape`] if the samples do not fit the network; [`Error::Empty`] without samples; [`Error::NonFinite`] at the first
    /// loss, gradient or learning rate that is infinite or NaN, with epoch, step, layer and parameter. After an error the network has
    /// the parameters at the end of the last complete epoch.
    ///
    /// # Panics
    /// If the optimizer has the state of another number of parameters, or if the network or a callback panics. After a panic the
    /// network has the parameters at the end of the last complete epoch, and the learning rate of the optimizer is restored; its other
    /// state may be that of the failed step.
    #[doc(alias = "train")]
    #[track_caller]
    pub fn fit<N: Module<T>>(&mut self, net: &mut N, dataset: &Dataset<T>) -> Result<History, Error> {
        self.fit_prepared(net, dataset, self.validation)
    }

    /// Fits the network, with validation samples that are scaled already.
    #[track_caller]
    pub(crate) fn fit_prepared<N: Module<T>>(
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

    /// Fits the network to the samples, with each batch split into `parts` parts for rayon's threads.
    ///
    /// Results with the same number of parts are bit-for-bit identical on any number of threads. Each row of outputs must depend on its
    /// own row of inputs alone.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    #[doc(alias("DataParallel", "n_jobs"))]
    #[cfg(feature = "rayon")]
    pub fn fit_parallel<N>(&mut self, parts: usize, net: &mut N, dataset: &Dataset<T>) -> Result<History, Error>
    where
        N: Module<T> + Sync,
        T: Send + Sync,
    {
        let mut workspace = crate::nn::ParallelWorkspace::with_outputs(parts);
        self.run(net, dataset, self.validation, |net, x, t, criterion, gradient, outputs| {
            let loss = workspace.loss_and_gradient(net, x, t, criterion, gradient)?;
            workspace.outputs().for_each(|of_part| outputs.extend_from_slice(of_part));
            Ok(loss)
        })
    }

    #[track_caller]
    fn run<N: Module<T>>(
        &mut self,
        net: &mut N,
        dataset: &Dataset<T>,
        validation: Option<&Dataset<T>>,
        step: impl Step<T, N>,
    ) -> Result<History, Error> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let is_split = self.validation_split > 0.0 && validation.is_none();
        let parts = if is_split { Some(dataset.split(self.validation_split, &mut rng)?) } else { None };
        let (train, validation) = match &parts {
            Some((train, held_out)) => (train, Some(held_out)),
            None => (dataset, validation),
        };
        if train.is_empty() {
            return Err(Error::Empty { what: "sample", place: "Trainer::fit" });
        }
        if !self.shuffle || self.order.indices.len() != train.len() {
            self.order.indices = (0..train.len()).collect();
        }
        self.order.rng.get_or_insert(rng);
        let learning_rate = self.optimizer.learning_rate();
        let before = self.trajectory.as_ref().map_or(0, |trajectory| trajectory.epochs());
        self.end_trajectory_at(before, net);
        let mut last_good = (before, net.clone());
        // A callback, the net or the optimizer may panic, and whoever catches that finds nothing half done.
        let epochs = || self.run_epochs(net, &mut last_good, train, validation, step);
        let result = catch_unwind(AssertUnwindSafe(epochs));
        self.optimizer.set_learning_rate(learning_rate);
        if !matches!(result, Ok(Ok(_))) {
            net.clone_from(&last_good.1);
        }
        self.end_trajectory_at(last_good.0, net); // where it was put back to
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn run_epochs<N: Module<T>>(
        &mut self,
        net: &mut N,
        last_good: &mut (usize, N),
        train: &Dataset<T>,
        validation: Option<&Dataset<T>>,
        mut step: impl Step<T, N>,
    ) -> Result<History, Error> {
        let criterion = match &self.class_weights {
            Some(weights) => self.loss.with_class_weights(weights),
            None => self.loss.into(),
        };
        let decision = Decision::of(self.loss, train.targets().ncols(), !train.classes().is_empty());
        let regularizer = Regularizer::new([self.l1, self.l2], self.clip_value, self.clip_norm, net);
        let mut pass = Pass::new(train, self.batch_size, criterion, decision, regularizer, net);
        let has_clock = !cfg!(target_family = "wasm"); // there, asking panics
        let (start, first_rate) = (has_clock.then(Instant::now), self.optimizer.learning_rate());
        let mut history = History { epochs: Vec::new(), stop: StopReason::Finished, kept: 0, dead_units: Vec::new() };
        let (mut least, mut best_epoch, mut best) = (f64::INFINITY, 0, Vec::new());
        let mut plateau = PlateauWatch::new(&self.schedule);
        #[cfg(feature = "progress")]
        let bar = super::progress::Bar::new(self.progress, self.epochs);

        let before = last_good.0; // the epochs of earlier fits
        for number in 1..=self.epochs {
            let planned = first_rate * self.schedule.factor(number - 1, self.epochs);
            let learning_rate = plateau.as_ref().map_or(planned, |plateau| plateau.reduced(planned));
            Error::check_finite("learning rate", learning_rate, || "the schedule".into())
                .map_err(|error| error.in_training(number, None))?;
            self.optimizer.set_learning_rate(learning_rate);
            let Order { indices, rng } = &mut self.order;
            if let Some(rng) = rng.as_mut().filter(|_| self.shuffle) {
                indices.shuffle(rng);
            }
            let mut score = pass.run(net, indices, number, &mut self.optimizer, &mut step)?;
            if self.patience.is_some() && validation.is_none() {
                score = evaluate(net, train, criterion, decision)?; // that of the net to go back to
            }
            let validation = validation.map(|samples| evaluate(net, samples, criterion, decision)).transpose()?;
            let seconds = start.map_or(0.0, |start| start.elapsed().as_secs_f64());
            let epoch = Epoch { number, train: score, validation, learning_rate, seconds };
            let what = if epoch.validation.is_some() { "validation loss" } else { "loss" };
            finite_loss(what, epoch.monitored_loss(), net, pass.gradient())
                .map_err(|error| error.in_training(number, None))?;
            last_good.0 = before + number;
            last_good.1.clone_from(net);
            if let Some(trajectory) = &mut self.trajectory {
                trajectory.push(before + number, net, Some(pass.gradient()));
            }
            #[cfg(feature = "progress")]
            bar.show(&epoch);
            if let Some(plateau) = &mut plateau {
                plateau.sees(number, epoch.monitored_loss());
            }
            if epoch.monitored_loss() < least {
                (least, best_epoch) = (epoch.monitored_loss(), number);
                if self.patience.is_some() {
                    best = net.parameters();
                }
            }
            let is_stopped = self.callback.as_mut().is_some_and(|f| f(&epoch).is_break());
            history.epochs.push(epoch);
            if is_stopped {
                history.stop = StopReason::Callback;
                break;
            }
            if self.patience.is_some_and(|patience| number - best_epoch >= patience) {
                history.stop = StopReason::Patience;
                break;
            }
        }
        history.kept = history.epochs.len();
        if let Some(trajectory) = &mut self.trajectory {
            trajectory.end_at(last_good.0, net, (history.kept > 0).then(|| pass.gradient()));
        }
        if !best.is_empty() {
            net.set_parameters(&best)?;
            history.kept = best_epoch;
        }
        history.dead_units = net.dead_units(&train.inputs().into());
        Ok(history)
    }

    fn end_trajectory_at<N: Module<T>>(&mut self, epoch: usize, net: &N) {
        if let Some(trajectory) = &mut self.trajectory {
            trajectory.end_at(epoch, net, None);
        }
    }
}
