//! [`Trainer`]: the loop that fits a net to data.

use super::epoch::{Pass, Regularizer, Step, evaluate, finite_loss};
use super::history::{Epoch, History, StopReason};
use super::schedule::PlateauWatch;
use super::{Optimizer, Schedule, Trajectory};
use crate::data::Dataset;
use crate::error::Error;
use crate::matrix::Rows;
use crate::nn::Decision;
use crate::nn::{Loss, Net, Workspace};
use crate::scalar::Scalar;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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
/// let history = Trainer::new(Loss::BinaryCrossEntropyWithLogits, Sgd::new(0.5)).epochs(500).batch_size(1).fit(&mut net, &dataset)?;
/// assert_eq!(history.epochs.len(), 500);
/// assert!(history.last().unwrap().train.loss < 0.01);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # A second fit
/// A second `fit` on one trainer goes on where the first ended: the optimizer keeps its memory, and the order of the samples is
/// shuffled on. 3 epochs and 3 more have the bits of 6:
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
/// What [`validation_split`](Self::validation_split) holds out of a dataset is the same in every fit, so that no sample is trained on
/// in one and validates in the next. A [`Trajectory`] counts on. Each fit has its own [`Schedule`], begun again at the optimizer's own
/// learning rate; its own patience and best epoch for [`early_stopping`](Self::early_stopping), whose parameters it restores at its
/// end; and its own numbers of epochs in the [`History`]. With a schedule or early stopping 3 and 3 epochs are so not 6.
#[must_use = "a trainer does nothing until it is told to fit a net"]
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

/// In which order samples are seen: what goes on from fit to fit.
#[derive(Default)]
struct Order {
    indices: Vec<usize>,
    /// Where random numbers are; none before the first fit.
    rng: Option<Xoshiro256PlusPlus>,
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
        assert!(batch_size > 0, "`batch_size` must be positive, got 0");
        Trainer { batch_size, ..self }
    }

    /// Whether each epoch has an order of its own.
    pub fn shuffle(self, shuffle: bool) -> Self {
        Trainer { shuffle, ..self }
    }

    /// Sets the seed of the random numbers that choose the validation samples and the order of the samples.
    ///
    /// The same seed gives bit-for-bit identical parameters, on any number of threads and with any optimization, on processors of
    /// one kind: x86 with AVX2 and FMA, 64-bit ARM, or neither. Between kinds the parameters differ by rounding, since only some
    /// processors have fused multiplication: by up to 5e-6 in f32 and 1e-14 in f64 in the trainings that were compared.
    /// `docs/reproducibility.md` states what was verified.
    pub fn seed(self, seed: u64) -> Self {
        Trainer { seed, order: Order::default(), ..self }
    }

    /// Holds out this share of the samples for validation, drawn at random, of each class alike; none where
    /// [`validation`](Self::validation) gives samples.
    ///
    /// # Panics
    /// When it is not from 0 to less than 1.
    #[track_caller]
    pub fn validation_split(self, share: f64) -> Self {
        assert!((0.0..1.0).contains(&share), "`share` must be at least 0 and less than 1, got {share}");
        Trainer { validation_split: share, ..self }
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
        assert!(patience > 0, "`patience` must be positive, got 0");
        Trainer { patience: Some(patience), ..self }
    }

    /// How the learning rate changes.
    ///
    /// # Panics
    /// When a factor is negative, infinite or NaN.
    #[track_caller]
    pub fn schedule(self, schedule: impl Into<Schedule>) -> Self {
        let schedule = schedule.into();
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
        assert!(l1 >= 0.0 && l1.is_finite(), "`l1` must be finite and non-negative, got {l1}");
        Trainer { l1, ..self }
    }

    /// Adds `½·l2·Σw²` of all weights w to what is made small, and not of biases: weights stay small. The losses told are
    /// without it.
    ///
    /// # Panics
    /// When it is negative, infinite or NaN.
    #[track_caller]
    pub fn l2(self, l2: f64) -> Self {
        assert!(l2 >= 0.0 && l2.is_finite(), "`l2` must be finite and non-negative, got {l2}");
        Trainer { l2, ..self }
    }

    /// Shortens gradients to this length (the root of the sum of squares) where they are longer: `g ← g·length/‖g‖`, for gradients
    /// of any size. After [`clip_value`](Self::clip_value), if both are asked for.
    ///
    /// # References
    /// [Pascanu et al. 2013](https://arxiv.org/abs/1211.5063)
    ///
    /// # Panics
    /// When it is not above 0.
    #[track_caller]
    pub fn clip_norm(self, length: f64) -> Self {
        assert!(length > 0.0, "`length` must be positive, got {length}");
        Trainer { clip_norm: Some(length), ..self }
    }

    /// Limits each derivative of the loss with respect to a parameter: `g ← min(max(g, −limit), limit)`, as PyTorch's
    /// `clip_grad_value_`. One that is infinite is an error all the same.
    ///
    /// ```
    /// use backprop::{Dataset, Layer, Activation, Loss, Net, Neuron, Sgd, Trainer};
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
    /// When `limit` is not positive, or is rounded to 0 by the float type.
    #[track_caller]
    pub fn clip_value(self, limit: f64) -> Self {
        assert!(limit > 0.0, "`limit` must be positive, got {limit}");
        assert!(T::of(limit) > T::zero(), "`limit` must be positive, got {limit:e}, which is 0 in this float type");
        Trainer { clip_value: Some(limit), ..self }
    }

    /// How much each column of targets counts, which for classes is each class; see [`Loss::with_class_weights`]. They must be finite and
    /// non-negative, which [`fit`](Self::fit) checks.
    pub fn class_weights(self, weights: impl Into<Vec<f64>>) -> Self {
        Trainer { class_weights: Some(weights.into()), ..self }
    }

    /// Calls `f` after each epoch; it may stop the training.
    ///
    /// If it panics, the net is as it was at the end of that epoch, a [`Trajectory`] ends there, and the optimizer has its own learning
    /// rate back: a panic that is caught leaves nothing half done.
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

    /// Records parameters and gradients, for pictures of where the training went; [`Trajectory`] says which.
    pub fn record(self, trajectory: &'a mut Trajectory<T>) -> Self {
        Trainer { trajectory: Some(trajectory), ..self }
    }

    /// Whether a bar shows how far it is; it does, unless this says no, and where there is no terminal it is silent.
    #[cfg(feature = "progress")]
    pub fn progress(self, progress: bool) -> Self {
        Trainer { progress, ..self }
    }

    /// Fits the net to the samples.
    ///
    /// # Errors
    /// [`Error::Shape`] when samples do not fit the net, [`Error::Empty`] without samples; [`Error::NonFinite`] at the first
    /// loss, gradient or learning rate that is infinite or NaN, with epoch, step, layer and parameter. Then the net is as it was at
    /// the end of the last epoch before.
    ///
    /// # Panics
    /// When the optimizer remembers a net with another number of parameters, and where the net or a callback panics. Then too
    /// the net is as it was at the end of the last epoch before, and the optimizer has its own learning rate back; what it
    /// remembers of slopes may be that of a step that failed.
    #[track_caller]
    pub fn fit<N: Net<T>>(&mut self, net: &mut N, dataset: &Dataset<T>) -> Result<History, Error> {
        self.fit_prepared(net, dataset, self.validation)
    }

    /// With samples for validation that were scaled as well.
    #[track_caller]
    pub(crate) fn fit_prepared<N: Net<T>>(
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
    pub fn fit_parallel<N>(&mut self, parts: usize, net: &mut N, dataset: &Dataset<T>) -> Result<History, Error>
    where
        N: Net<T> + Sync,
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
    fn run<N: Net<T>>(
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

    fn run_epochs<N: Net<T>>(
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
            finite_loss(what, epoch.loss(), net, pass.gradient()).map_err(|error| error.in_training(number, None))?;
            last_good.0 = before + number;
            last_good.1.clone_from(net);
            if let Some(trajectory) = &mut self.trajectory {
                trajectory.push(before + number, net, Some(pass.gradient()));
            }
            #[cfg(feature = "progress")]
            bar.show(&epoch);
            if let Some(plateau) = &mut plateau {
                plateau.sees(number, epoch.loss());
            }
            if epoch.loss() < least {
                (least, best_epoch) = (epoch.loss(), number);
                if self.patience.is_some() {
                    best = net.parameters();
                }
            }
            let is_told_to_stop = self.callback.as_mut().is_some_and(|f| f(&epoch).is_break());
            history.epochs.push(epoch);
            if is_told_to_stop {
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
        history.dead_units = net.dead_units(&T::Rows::from_view(train.inputs().view()));
        Ok(history)
    }

    fn end_trajectory_at<N: Net<T>>(&mut self, epoch: usize, net: &N) {
        if let Some(trajectory) = &mut self.trajectory {
            trajectory.end_at(epoch, net, None);
        }
    }
}
