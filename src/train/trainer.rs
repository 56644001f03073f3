//! [`Trainer`]: the loop that fits a net to data.

use super::history::{Epoch, History, Score, Stop};
use super::metrics::Decision;
use super::scaler::double;
use super::{Dataset, Optimizer, Schedule};
use crate::operation::matrix;
use crate::{Criterion, Error, Loss, Net, Rows, Scalar, Workspace};
use ndarray::ArrayView2;
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
    validation: Option<&'a Dataset<T>>,
    patience: Option<usize>,
    schedule: Schedule,
    l1: f64,
    l2: f64,
    clip_norm: Option<f64>,
    class_weights: Option<Vec<f64>>,
    callback: Option<Callback<'a>>,
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

    /// Holds out this share of the samples for validation, drawn at random, of each class alike.
    ///
    /// # Panics
    /// When it is not from 0 to less than 1.
    #[track_caller]
    pub fn validation_share(self, share: f64) -> Self {
        assert!((0.0..1.0).contains(&share), "a share for validation is from 0 to less than 1, and not {share}");
        Trainer { validation_share: share, ..self }
    }

    /// Validates with these samples, scaled as those trained on.
    pub fn validation(self, dataset: &'a Dataset<T>) -> Self {
        Trainer { validation: Some(dataset), ..self }
    }

    /// Stops when the loss (of validation, where there is one) has not become less for so many epochs, and restores the
    /// parameters of the best epoch.
    ///
    /// # Panics
    /// When it is 0.
    #[track_caller]
    pub fn early_stopping(self, patience: usize) -> Self {
        assert!(patience > 0, "a patience is an epoch at least");
        Trainer { patience: Some(patience), ..self }
    }

    /// How the learning rate changes.
    pub fn schedule(self, schedule: Schedule) -> Self {
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

    /// How much samples of each class count, or each output; see [`Loss::with_class_weights`].
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
    pub fn fit<N: Net<T>>(&mut self, net: &mut N, dataset: &Dataset<T>) -> Result<History, Error> {
        let mut workspace = Workspace::with_outputs();
        self.run(net, dataset, |net, x, t, criterion, gradient, outputs| {
            let loss = workspace.loss_and_gradient(net, x, t, criterion, gradient)?;
            outputs.extend_from_slice(workspace.outputs());
            Ok(loss)
        })
    }

    /// The same, each batch split in so many parts for rayon's threads. The bits depend on the number of parts, and not on
    /// that of threads.
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
        self.run(net, dataset, |net, x, t, criterion, gradient, outputs| {
            let loss = workspace.loss_and_gradient(net, x, t, criterion, gradient)?;
            workspace.outputs().for_each(|of_part| outputs.extend_from_slice(of_part));
            Ok(loss)
        })
    }

    fn run<N: Net<T>>(&mut self, net: &mut N, dataset: &Dataset<T>, step: impl Step<T, N>) -> Result<History, Error> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let parts =
            if self.validation_share > 0.0 { Some(dataset.split(self.validation_share, &mut rng)?) } else { None };
        let (train, validation) = match &parts {
            Some((train, held_out)) => (train, self.validation.or(Some(held_out))),
            None => (dataset, self.validation),
        };
        if train.is_empty() {
            return Err(Error::Empty { of: "sample", place: "Trainer::fit" });
        }
        let learning_rate = self.optimizer.learning_rate();
        let result = self.run_epochs(net, train, validation, &mut rng, step);
        self.optimizer.set_learning_rate(learning_rate);
        result
    }

    fn run_epochs<N: Net<T>>(
        &mut self,
        net: &mut N,
        train: &Dataset<T>,
        validation: Option<&Dataset<T>>,
        rng: &mut Xoshiro256PlusPlus,
        mut step: impl Step<T, N>,
    ) -> Result<History, Error> {
        let decision = Decision::of(self.loss, train.targets().ncols(), !train.classes().is_empty());
        let class_weights = self.class_weights.take();
        let criterion = match &class_weights {
            Some(weights) => self.loss.with_class_weights(weights),
            None => self.loss.into(),
        };
        let validate = |net: &N| -> Result<Option<Score>, Error> {
            validation.map(|samples| evaluate(net, samples, criterion, decision)).transpose()
        };
        let regularizer = Regularizer::new(self, net);
        let first_rate = self.optimizer.learning_rate();
        let (start, mut order) = (Instant::now(), (0..train.len()).collect::<Vec<usize>>());
        let (mut batch, mut outputs) = (Batch::default(), Vec::new());
        let (mut gradient, mut last_good) = (net.clone(), net.clone());
        let mut history = History { epochs: Vec::new(), stop: Stop::Finished, dead_units: Vec::new() };
        let mut best = Best { loss: f64::INFINITY, epoch: 0, parameters: Vec::new() };
        let (mut plateaus, mut since) = (0, 0);
        #[cfg(feature = "progress")]
        let bar = super::progress::Bar::new(self.progress, self.epochs);

        let result = (0..self.epochs).try_for_each(|epoch| -> Result<(), Option<Error>> {
            let reduced = self.schedule.plateau().map_or(1.0, |(_, factor)| factor.powi(plateaus));
            let learning_rate = first_rate * self.schedule.factor(epoch, self.epochs) * reduced;
            self.optimizer.set_learning_rate(learning_rate);
            if self.shuffle {
                order.shuffle(rng);
            }
            let (mut loss, mut right) = (0.0, 0);
            for (number, indices) in order.chunks(self.batch_size).enumerate() {
                batch.gather(train, indices);
                let (x, t) = (batch.inputs(train), batch.targets(train));
                let place = |what: String| format!("{what}, in epoch {}, step {}{ADVICE}", epoch + 1, number + 1);
                outputs.clear();
                let of_batch = double(&step(net, x, t, criterion, &mut gradient, &mut outputs)?);
                Error::finite("loss", of_batch, || place(culprit(net, &gradient)))?;
                regularizer.apply(net, &mut gradient);
                self.optimizer.step(net, &gradient).map_err(|error| match error {
                    Error::NonFinite { of, got, place: parameter } => {
                        Error::NonFinite { of, got, place: place(parameter) }
                    }
                    error => error,
                })?;
                loss += of_batch * indices.len() as f64;
                right += decision.map_or(0, |decision| batch.right(decision, &outputs, train));
            }
            let samples = train.len() as f64;
            let score = Score { loss: loss / samples, accuracy: decision.map(|_| right as f64 / samples) };
            let (number, seconds) = (epoch + 1, start.elapsed().as_secs_f64());
            let epoch = Epoch { number, train: score, validation: validate(net)?, learning_rate, seconds };
            let of_epoch = epoch.loss();
            Error::finite("loss", of_epoch, || format!("validation, in epoch {number}{ADVICE}"))?;
            last_good.clone_from(net);
            #[cfg(feature = "progress")]
            bar.show(&epoch);
            since += 1;
            if of_epoch < best.loss {
                since = 0;
                best.loss = of_epoch;
                best.epoch = number;
                if self.patience.is_some() {
                    best.parameters = net.parameters();
                }
            }
            if self.schedule.plateau().is_some_and(|(patience, _)| since > patience) {
                (plateaus, since) = (plateaus + 1, 0);
            }
            let is_told_to_stop = self.callback.as_mut().is_some_and(|f| f(&epoch).is_break());
            history.epochs.push(epoch);
            if is_told_to_stop {
                history.stop = Stop::Callback;
            } else if self.patience.is_some_and(|patience| number - best.epoch >= patience) {
                history.stop = Stop::Patience;
            }
            if history.stop == Stop::Finished { Ok(()) } else { Err(None) }
        });
        self.class_weights = class_weights;
        if let Err(Some(error)) = result {
            net.clone_from(&last_good);
            return Err(error);
        }
        if self.patience.is_some() && best.epoch > 0 {
            net.set_parameters(&best.parameters)?;
        }
        history.dead_units = net.dead_units(&T::Rows::from_view(train.inputs().view()));
        Ok(history)
    }
}

/// What those who see a training diverge should try.
const ADVICE: &str = "; a smaller learning rate may help, or scaled inputs";

/// Forward and back over a batch: the net, inputs, targets, the loss, and where gradient and outputs go.
trait Step<T, N>:
    FnMut(&N, ArrayView2<'_, T>, ArrayView2<'_, T>, Criterion<'_>, &mut N, &mut Vec<T>) -> Result<T, Error>
{
}

impl<T, N, F> Step<T, N> for F where
    F: FnMut(&N, ArrayView2<'_, T>, ArrayView2<'_, T>, Criterion<'_>, &mut N, &mut Vec<T>) -> Result<T, Error>
{
}

/// The best epoch so far.
struct Best<T> {
    loss: f64,
    epoch: usize,
    parameters: Vec<T>,
}

/// The samples of a step.
struct Batch<T> {
    inputs: Vec<T>,
    targets: Vec<T>,
    samples: usize,
}

impl<T> Default for Batch<T> {
    fn default() -> Batch<T> {
        Batch { inputs: Vec::new(), targets: Vec::new(), samples: 0 }
    }
}

impl<T: Scalar> Batch<T> {
    fn gather(&mut self, dataset: &Dataset<T>, indices: &[usize]) {
        self.samples = indices.len();
        for (numbers, all) in [(&mut self.inputs, dataset.inputs()), (&mut self.targets, dataset.targets())] {
            numbers.clear();
            for &index in indices {
                numbers.extend(all.row(index));
            }
        }
    }

    fn inputs(&self, dataset: &Dataset<T>) -> ArrayView2<'_, T> {
        matrix(&self.inputs, [self.samples, dataset.inputs().ncols()])
    }

    fn targets(&self, dataset: &Dataset<T>) -> ArrayView2<'_, T> {
        matrix(&self.targets, [self.samples, dataset.targets().ncols()])
    }

    /// Of how many samples the net, by its outputs, found the class.
    fn right(&self, decision: Decision, outputs: &[T], dataset: &Dataset<T>) -> usize {
        let columns = dataset.targets().ncols();
        let samples = outputs.chunks_exact(columns).zip(self.targets.chunks_exact(columns));
        samples.filter(|(outputs, targets)| decision.is_right(outputs, targets)).count()
    }
}

/// What is done to a gradient before it is followed.
struct Regularizer {
    l1: f64,
    l2: f64,
    clip_norm: Option<f64>,
    /// Of each parameter whether it is a weight, if that matters.
    is_weight: Vec<bool>,
}

impl Regularizer {
    fn new<O, T: Scalar, N: Net<T>>(trainer: &Trainer<'_, O, T>, net: &N) -> Regularizer {
        let &Trainer { l1, l2, clip_norm, .. } = trainer;
        let mut is_weight = Vec::new();
        if l1 > 0.0 || l2 > 0.0 {
            is_weight.resize(net.count(), false);
            for tensor in net.tensors().iter().filter(|tensor| !tensor.is_bias()) {
                tensor.indices().for_each(|index| is_weight[index] = true);
            }
        }
        Regularizer { l1, l2, clip_norm, is_weight }
    }

    fn apply<T: Scalar, N: Net<T>>(&self, net: &N, gradient: &mut N) {
        if !self.is_weight.is_empty() {
            let ([l1, l2], mut is_weight) = ([self.l1, self.l2].map(T::of), self.is_weight.iter());
            gradient.update(net, &mut |slopes, weights| {
                weights.with_slice(|weights| {
                    slopes.with_slice_mut(|slopes| {
                        for ((slope, &w), &is_weight) in slopes.iter_mut().zip(weights).zip(&mut is_weight) {
                            if is_weight && !w.is_zero() {
                                *slope += l1 * w.signum() + l2 * w;
                            }
                        }
                    });
                });
            });
        }
        let Some(length) = self.clip_norm else { return };
        let mut squares = 0.0;
        gradient.visit(&mut |block| {
            block.with_slice(|slopes| squares += slopes.iter().map(|slope| double(slope).powi(2)).sum::<f64>());
        });
        if squares > length * length && squares.is_finite() {
            let factor = T::of(length / squares.sqrt());
            gradient.visit_mut(&mut |block| {
                block.with_slice_mut(|slopes| slopes.iter_mut().for_each(|slope| *slope *= factor))
            });
        }
    }
}

/// How well a net does on samples.
fn evaluate<T: Scalar, N: Net<T>>(
    net: &N,
    samples: &Dataset<T>,
    criterion: Criterion<'_>,
    decision: Option<Decision>,
) -> Result<Score, Error> {
    let (outputs, targets) = (net.forward_batch(samples.inputs())?, T::Rows::from_view(samples.targets().view()));
    let loss = double(&criterion.evaluate_batch(&outputs, &targets)?);
    let accuracy = decision.map(|decision| {
        let [rows, columns] = outputs.dimensions();
        let right = outputs.with_slice(|outputs| {
            targets.with_slice(|targets| {
                let samples = outputs.chunks_exact(columns).zip(targets.chunks_exact(columns));
                samples.filter(|(outputs, targets)| decision.is_right(outputs, targets)).count()
            })
        });
        right as f64 / rows as f64
    });
    Ok(Score { loss, accuracy })
}

/// Where a loss that is not finite may come from: the first slope that is not, or the largest parameter.
fn culprit<T: Scalar, N: Net<T>>(net: &N, gradient: &N) -> String {
    let mut slopes = Vec::new();
    gradient.visit(&mut |block| block.with_slice(|numbers| slopes.extend(numbers.iter().map(double))));
    match slopes.iter().position(|slope| !slope.is_finite()) {
        Some(index) => format!("{} (whose derivative is {})", net.name_of(index), slopes[index]),
        None => {
            let sizes: Vec<f64> = net.parameters().iter().map(|p| double(p).abs()).collect();
            let largest = super::metrics::greatest(&sizes);
            format!("a net whose largest parameter is {} ({:e})", net.name_of(largest), sizes[largest])
        }
    }
}
