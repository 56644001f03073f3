//! [`Trainer`]: the settings of a training.

#[cfg(all(feature = "save", not(target_os = "unknown")))]
use super::checkpoint::Checkpoints;
use super::history::Epoch;
use super::order::Order;
use super::{Optimizer, Schedule, Trajectory};
use crate::data::Dataset;
use crate::nn::{Loss, Objective};
use crate::scalar::Scalar;
use std::ops::ControlFlow;
#[cfg(all(feature = "save", not(target_os = "unknown")))]
use std::path::Path;

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
/// A second `fit` of a trainer continues where the first ended: the optimizer keeps its state, and the sequence of
/// random numbers that shuffles the samples continues. 3 epochs and 3 more are bit-for-bit identical to 6:
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
/// The samples that [`validation_split`](Self::validation_split) holds out are the same in every fit, so that no sample
/// is used for training in one fit and for validation in the next. A [`Trajectory`] continues its numbers of epochs.
/// Each fit begins its [`Schedule`] again at the learning rate of the optimizer, has its own patience and best epoch
/// for [`early_stopping`](Self::early_stopping), and counts its epochs in the [`History`](crate::History) from 1. With
/// a schedule or early stopping, 3 and 3 epochs therefore differ from 6.
#[doc(alias("fit", "training_loop"))]
#[must_use = "a trainer does nothing until `fit` is called"]
pub struct Trainer<'a, O, T, L = Loss> {
    pub(super) loss: L,
    pub(super) optimizer: O,
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) accumulated_batches: usize,
    pub(super) shuffle: bool,
    pub(super) seed: u64,
    pub(super) validation_split: f64,
    pub(crate) validation: Option<&'a Dataset<T>>,
    pub(super) patience: Option<usize>,
    pub(super) schedule: Schedule,
    pub(super) l1: f64,
    pub(super) l2: f64,
    pub(super) clip_norm: Option<f64>,
    pub(super) clip_value: Option<f64>,
    pub(super) class_weights: Option<Vec<f64>>,
    pub(super) callback: Option<Callback<'a>>,
    pub(super) trajectory: Option<&'a mut Trajectory<T>>,
    pub(super) order: Order,
    #[cfg(all(feature = "save", not(target_os = "unknown")))]
    pub(super) checkpoints: Checkpoints,
    #[cfg(feature = "progress")]
    pub(super) progress: bool,
}

/// A function that is called after each epoch and can stop the training.
pub(super) type Callback<'a> = Box<dyn FnMut(&Epoch) -> ControlFlow<()> + Send + 'a>;

impl<'a, O: Optimizer<T>, T: Scalar, L: Objective> Trainer<'a, O, T, L> {
    /// Creates a trainer with 100 epochs, shuffled batches of 32 samples, seed 0 and no validation.
    ///
    /// The loss is a [`Loss`] or a custom [`Objective`]. Batches are shuffled, so each row of the network's outputs must
    /// depend only on the same row of inputs. For other networks, write the loop over a
    /// [`Workspace`](crate::Workspace).
    pub fn new(loss: L, optimizer: O) -> Trainer<'a, O, T, L> {
        Trainer {
            loss,
            optimizer,
            epochs: 100,
            batch_size: 32,
            accumulated_batches: 1,
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
            #[cfg(all(feature = "save", not(target_os = "unknown")))]
            checkpoints: Checkpoints::default(),
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

    /// Makes a step of the optimizer after this number of batches, with the mean of their gradients; the default is 1.
    ///
    /// It is as a step with one large batch, in the memory of a small one, up to rounding; but batch normalization and
    /// other functions of a whole batch see the small ones.
    ///
    /// # Panics
    /// If `batches` is 0.
    #[doc(alias("gradient_accumulation_steps", "accumulate_grad_batches", "micro_batch"))]
    #[track_caller]
    pub fn accumulate_batches(self, batches: usize) -> Self {
        assert!(batches > 0, "`batches` must be positive, got 0");
        Trainer { accumulated_batches: batches, ..self }
    }

    /// Sets whether the samples are shuffled in each epoch; the default is true.
    pub fn shuffle(self, shuffle: bool) -> Self {
        Trainer { shuffle, ..self }
    }

    /// Sets the seed of the random numbers that choose the validation samples and the order of the samples, and that
    /// layers like [`Dropout`](crate::Dropout) draw in training.
    ///
    /// Two trainings with the same seed give bit-for-bit identical parameters, on any number of threads and with any
    /// optimization, on processors of one kind: x86 with AVX2 and FMA and 64-bit ARM, or all others. Between kinds the
    /// parameters differ by rounding, since only some processors have fused multiplication: by up to 5e-6 in f32 and
    /// 1e-14 in f64 in the trainings that were compared. `docs/reproducibility.md` states what was verified.
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
    /// [`Model::fit`](crate::Model::fit) scales them as it scales the training samples; [`fit`](Self::fit) takes both
    /// as they are.
    #[doc(alias = "validation_data")]
    pub fn validation(self, dataset: &'a Dataset<T>) -> Self {
        Trainer { validation: Some(dataset), ..self }
    }

    /// Stops after `patience` epochs without a lower [`monitored_loss`](Epoch::monitored_loss), and restores the
    /// parameters of the best epoch.
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

    /// Calls `f` after each epoch; `f` can stop the training.
    ///
    /// If `f` panics, the network has the parameters at the end of that epoch, a [`Trajectory`] ends there, and the
    /// learning rate of the optimizer is restored, so that the panic can be caught.
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
    pub fn on_epoch(self, f: impl FnMut(&Epoch) -> ControlFlow<()> + Send + 'a) -> Self {
        Trainer { callback: Some(Box::new(f)), ..self }
    }

    /// Records parameters and gradients in a [`Trajectory`].
    pub fn record(self, trajectory: &'a mut Trajectory<T>) -> Self {
        Trainer { trajectory: Some(trajectory), ..self }
    }

    /// Writes a checkpoint to this file after every `epochs` epochs and after the last: the parameters and buffers of the
    /// network, the state of the optimizer, the history, the best epoch, and the numbers that give the order of the
    /// samples and the random numbers.
    ///
    /// The file is replaced atomically: if the program is killed, the last complete checkpoint is left. A training that
    /// [`resume`](Self::resume)s it gives the same bits as one that never stopped.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Adam, Dataset, Loss, Mlp, Trainer};
    ///
    /// let path = std::env::temp_dir().join("line.checkpoint");
    /// let dataset = Dataset::new([[0.0], [1.0], [2.0], [3.0]], [[1.0], [3.0], [2.0], [4.0]])?;
    /// let net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1))?;
    /// let trainer = |epochs| Trainer::new(Loss::MeanSquaredError, Adam::new(0.1)).epochs(epochs).batch_size(1);
    ///
    /// trainer(4).checkpoint(&path, 2).fit(&mut net.clone(), &dataset)?; // and the program ends
    /// let mut resumed = net.clone();
    /// let history = trainer(6).resume(&path).fit(&mut resumed, &dataset)?; // epochs 5 and 6
    /// let mut at_once = net;
    /// trainer(6).fit(&mut at_once, &dataset)?;
    /// assert_eq!((resumed, history.epochs.len()), (at_once, 6));
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// It needs a system with files: the method does not exist in a browser.
    ///
    /// # Panics
    /// If `epochs` is 0.
    #[doc(alias("ModelCheckpoint", "save"))]
    #[cfg(all(feature = "save", not(target_os = "unknown")))]
    #[track_caller]
    pub fn checkpoint(mut self, path: impl AsRef<Path>, epochs: usize) -> Self {
        assert!(epochs > 0, "`epochs` must be positive, got 0");
        self.checkpoints.write = Some((path.as_ref().into(), epochs));
        self
    }

    /// Continues from a checkpoint: the next [`fit`](Self::fit) reads it, and trains the epochs that are left. The
    /// settings of the trainer are not in the file: a trainer with the same settings, network and samples gives the same
    /// bits as if the training had never stopped. More epochs, or another learning rate, continue differently from
    /// there.
    ///
    /// [`fit`](Self::fit) returns an error if the file cannot be read, or is of another network, optimizer, seed or
    /// number of samples.
    #[doc(alias = "load")]
    #[cfg(all(feature = "save", not(target_os = "unknown")))]
    pub fn resume(mut self, path: impl AsRef<Path>) -> Self {
        self.checkpoints.resume = Some(path.as_ref().into());
        self
    }

    /// Sets whether a progress bar is shown; the default is true. Without a terminal there is no bar.
    #[doc(alias("verbose", "tqdm"))]
    #[cfg(feature = "progress")]
    pub fn progress(self, progress: bool) -> Self {
        Trainer { progress, ..self }
    }
}

impl<O: Optimizer<T>, T: Scalar> Trainer<'_, O, T> {
    /// Sets the weight of each class, or of each column of targets, as [`Loss::with_class_weights`] does.
    /// [`fit`](Self::fit) checks that the weights are finite and non-negative.
    #[doc(alias = "class_weight")]
    pub fn class_weights(self, weights: impl Into<Vec<f64>>) -> Self {
        Trainer { class_weights: Some(weights.into()), ..self }
    }
}
