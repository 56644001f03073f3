//! [`Trainer::fit`]: the loop over epochs.

use super::Optimizer;
#[cfg(all(feature = "save", not(target_os = "unknown")))]
use super::checkpoint::Checkpoint;
use super::epoch::{Pass, Step, TrainingLoss, check_loss, evaluate};
use super::history::{Epoch, History, Score, StopReason};
use super::order::{Counts, Order};
use super::regularizer::Regularizer;
use super::schedule::PlateauWatch;
use super::trainer::Trainer;
use crate::data::Dataset;
use crate::error::Error;
use crate::nn::{Decision, Module, Objective, Seeds, Workspace};
use crate::scalar::{Scalar, double};
use ndarray::Axis;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
#[cfg(all(feature = "save", not(target_os = "unknown")))]
use std::path::PathBuf;
use std::time::Instant;

/// The number of samples by which dead ReLU units are sought at a time.
const SAMPLES_OF_A_PART: usize = 1024;

impl<O: Optimizer<T>, T: Scalar, L: Objective> Trainer<'_, O, T, L> {
    /// Fits the network to the samples.
    ///
    /// # Errors
    /// [`Error::Shape`] if the samples do not fit the network; [`Error::Empty`] without samples; [`Error::NonFinite`]
    /// at the first loss, gradient or learning rate that is infinite or NaN, with epoch, step, layer and parameter.
    /// After an error the network has the parameters at the end of the last complete epoch.
    ///
    /// # Panics
    /// If the optimizer has the state of another number of parameters, or if the network or a callback panics. After a
    /// panic the network has the parameters at the end of the last complete epoch, and the learning rate of the
    /// optimizer is restored; its other state may be that of the failed step.
    #[doc(alias = "train")]
    #[track_caller]
    pub fn fit<N: Module<T>>(&mut self, net: &mut N, dataset: &Dataset<T>) -> Result<History, Error> {
        self.fit_prepared(net, dataset, self.validation)
    }

    /// Fits the network with validation samples that are already scaled.
    #[track_caller]
    pub(crate) fn fit_prepared<N: Module<T>>(
        &mut self,
        net: &mut N,
        dataset: &Dataset<T>,
        validation: Option<&Dataset<T>>,
    ) -> Result<History, Error> {
        let resumed = self.resumed(net)?;
        let mut workspace = Workspace::with_outputs(self.seeds(&resumed));
        self.run(net, dataset, validation, resumed, |net, x, t, loss, gradient, outputs| {
            let loss = workspace.loss_and_gradient(net, x, t, loss, gradient)?;
            outputs.extend_from_slice(workspace.outputs());
            Ok(loss)
        })
    }

    /// Fits the network to the samples, with each batch split into `parts` parts for rayon's threads.
    ///
    /// Results with the same number of parts are bit-for-bit identical on any number of threads. Each row of outputs
    /// must depend on its own row of inputs alone.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    #[doc(alias("DataParallel", "n_jobs"))]
    #[cfg(feature = "rayon")]
    pub fn fit_parallel<N>(&mut self, parts: usize, net: &mut N, dataset: &Dataset<T>) -> Result<History, Error>
    where
        N: Module<T> + Sync,
        T: Send + Sync,
        L: Sync,
    {
        let resumed = self.resumed(net)?;
        let mut workspace = crate::nn::ParallelWorkspace::with_outputs(parts, self.seeds(&resumed));
        self.run(net, dataset, self.validation, resumed, |net, x, t, loss, gradient, outputs| {
            let loss = workspace.loss_and_gradient(net, x, t, loss, gradient)?;
            workspace.outputs().for_each(|part| outputs.extend_from_slice(part));
            Ok(loss)
        })
    }

    /// Returns the score of a network on samples: the loss, without regularization, and the accuracy if they have
    /// classes.
    ///
    /// # Errors
    /// [`Error::Shape`] if the samples do not fit the network; [`Error::Empty`] without samples.
    pub fn evaluate<N: Module<T>>(&self, net: &N, samples: &Dataset<T>) -> Result<Score, Error> {
        let loss = TrainingLoss::new(&self.loss, self.class_weights.as_deref());
        evaluate(net, samples, &loss, self.decision(samples))
    }

    /// Returns the rule that reads a class from outputs, if the samples have classes.
    fn decision(&self, samples: &Dataset<T>) -> Option<Decision> {
        Decision::of(self.loss.as_loss(), samples.targets().ncols(), !samples.classes().is_empty())
    }

    /// Returns the loss of one batch after another while the learning rate grows from step to step, from the start of the
    /// range to its end by equal factors: the learning-rate range test.
    ///
    /// A good learning rate is where the loss falls fastest, about a tenth of that of the lowest loss. The test ends early when a loss is not finite or
    /// four times the lowest. It trains copies: network, optimizer and trainer stay as they are.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Dataset, Loss, Mlp, Sgd, Trainer};
    ///
    /// let dataset = Dataset::new([[0.0], [1.0], [2.0], [3.0]], [[1.0], [3.0], [2.0], [4.0]])?;
    /// let net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1))?;
    /// let trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1));
    /// let losses = trainer.learning_rate_range_test(&net, &dataset, 1e-4..10.0, 50)?;
    /// let (best, _) = losses.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a }).unwrap();
    /// assert!(0.1 < best && best < 3.0 && losses.len() < 50); // it diverged
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the samples do not fit the network; [`Error::Empty`] without samples.
    ///
    /// # Panics
    /// If the range is not of positive and finite rates in increasing order, or `steps` is less than 2.
    ///
    /// # References
    /// [Smith 2017](https://arxiv.org/abs/1506.01186)
    #[doc(alias("lr_find", "lr_finder"))]
    #[track_caller]
    pub fn learning_rate_range_test<N: Module<T>>(
        &self,
        net: &N,
        dataset: &Dataset<T>,
        rates: Range<f64>,
        steps: usize,
    ) -> Result<Vec<(f64, f64)>, Error>
    where
        O: Clone,
    {
        let is_valid = 0.0 < rates.start && rates.start < rates.end && rates.end.is_finite();
        assert!(is_valid, "`rates` must be positive, finite and in increasing order, got {rates:?}");
        assert!(steps >= 2, "`steps` must be at least 2, got {steps}");
        let loss = TrainingLoss::new(&self.loss, self.class_weights.as_deref());
        let (mut net, mut gradient, mut optimizer) = (net.clone(), net.clone(), self.optimizer.clone());
        let (mut workspace, mut rng) = (Workspace::new().seed(self.seed), Xoshiro256PlusPlus::seed_from_u64(self.seed));
        let (mut losses, mut lowest) = (Vec::new(), f64::INFINITY);
        if dataset.is_empty() {
            return Err(Error::Empty { what: "sample", place: "Trainer::learning_rate_range_test" });
        }
        while losses.len() < steps {
            for (x, t) in dataset.batches(self.batch_size, &mut rng) {
                let rate = rates.start * (rates.end / rates.start).powf(losses.len() as f64 / (steps - 1) as f64);
                let loss = double(&workspace.loss_and_gradient(&net, &x, &t, &loss, &mut gradient)?);
                optimizer.set_learning_rate(rate);
                let has_moved = loss <= 4.0 * lowest && optimizer.step(&mut net, &gradient).is_ok();
                if !has_moved || losses.len() == steps {
                    return Ok(losses);
                }
                losses.push((rate, loss));
                lowest = lowest.min(loss);
            }
        }
        Ok(losses)
    }

    /// Prepares a training, runs its epochs, and restores the network after an error or a panic.
    #[track_caller]
    fn run<N: Module<T>>(
        &mut self,
        net: &mut N,
        dataset: &Dataset<T>,
        validation: Option<&Dataset<T>>,
        resumed: Option<Resumed<N>>,
        step: impl Step<T, N, L>,
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
        let mut shuffles = 0;
        if let Some(resumed) = &resumed {
            resumed.check(train.len(), self.seed)?;
            #[cfg(all(feature = "save", not(target_os = "unknown")))]
            resumed.checkpoint.restore_optimizer(&mut self.optimizer, &resumed.path)?;
            net.clone_from(&resumed.net);
            self.order = Order { steps: resumed.counts.steps, ..Order::default() };
            shuffles = resumed.counts.shuffles;
        }
        if !self.shuffle || self.order.indices.len() != train.len() {
            self.order.indices = (0..train.len()).collect();
        }
        self.order.rng.get_or_insert(rng);
        (0..shuffles).for_each(|_| self.order.shuffle());
        let learning_rate = self.optimizer.learning_rate();
        let before = self.trajectory.as_ref().map_or(0, |trajectory| trajectory.epochs());
        self.end_trajectory_at(before, net);
        let mut last_good = (before, net.clone());
        // A callback, the network or the optimizer may panic. The caller can catch the panic and continue with a
        // consistent state.
        let epochs = || self.run_epochs(net, &mut last_good, train, validation, resumed, step);
        let result = catch_unwind(AssertUnwindSafe(epochs));
        self.optimizer.set_learning_rate(learning_rate);
        if !matches!(result, Ok(Ok(_))) {
            net.clone_from(&last_good.1);
        }
        self.end_trajectory_at(last_good.0, net); // the state that was restored
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Runs the epochs. `last_good` has the number of the last complete epoch and the network at its end.
    fn run_epochs<N: Module<T>>(
        &mut self,
        net: &mut N,
        last_good: &mut (usize, N),
        train: &Dataset<T>,
        validation: Option<&Dataset<T>>,
        resumed: Option<Resumed<N>>,
        mut step: impl Step<T, N, L>,
    ) -> Result<History, Error> {
        let loss = TrainingLoss::new(&self.loss, self.class_weights.as_deref());
        let decision = self.decision(train);
        let regularizer = Regularizer::new([self.l1, self.l2], self.clip_value, self.clip_norm, net);
        self.optimizer.prepare(net.count(), &|| net.parameter_info())?;
        let frozen: Vec<bool> = (0..net.count()).map(|index| self.optimizer.is_frozen(index)).collect();
        let frozen = if frozen.contains(&true) { frozen } else { Vec::new() };
        let mut pass =
            Pass::new(train, [self.batch_size, self.accumulated_batches], loss, decision, regularizer, frozen, net);
        let has_clock = !cfg!(target_family = "wasm"); // where `Instant::now` panics
        let (start, first_rate) = (has_clock.then(Instant::now), self.optimizer.learning_rate());
        let mut history = History { epochs: Vec::new(), stop: StopReason::Finished, kept: 0, dead_units: Vec::new() };
        let (mut lowest, mut best_epoch, mut best) = (f64::INFINITY, 0, None::<N>);
        let mut plateau = PlateauWatch::new(&self.schedule);
        let mut seconds_before = 0.0;
        if let Some(resumed) = resumed {
            best = resumed.best;
            for epoch in &resumed.epochs {
                if let Some(plateau) = &mut plateau {
                    plateau.observe(epoch.number, epoch.monitored_loss());
                }
                if epoch.monitored_loss() < lowest {
                    (lowest, best_epoch) = (epoch.monitored_loss(), epoch.number);
                }
                seconds_before = epoch.seconds;
            }
            history.epochs = resumed.epochs;
            last_good.1.clone_from(net);
            if self.patience.is_some_and(|patience| history.epochs.len() - best_epoch >= patience) {
                history.stop = StopReason::Patience; // as it had stopped then
            }
        }
        #[cfg(feature = "progress")]
        let bar = super::progress::Bar::new(self.progress, self.epochs);

        let before = last_good.0; // the epochs of earlier fits
        let last = if history.stop == StopReason::Patience { 0 } else { self.epochs };
        for number in history.epochs.len() + 1..=last {
            let planned = first_rate * self.schedule.factor(number - 1, self.epochs);
            let learning_rate = plateau.as_ref().map_or(planned, |plateau| plateau.reduced(planned));
            Error::check_finite("learning rate", learning_rate, || "the schedule".into())
                .map_err(|error| error.in_training(number, None))?;
            self.optimizer.set_learning_rate(learning_rate);
            if self.shuffle {
                self.order.shuffle();
            }
            let mut score = pass.run(net, &self.order.indices, number, &mut self.optimizer, &mut step)?;
            self.order.steps += train.len().div_ceil(self.batch_size) as u64;
            if self.patience.is_some() && validation.is_none() {
                score = pass.evaluate(net, train)?; // of the parameters that may be restored
            }
            let validation = validation.map(|samples| pass.evaluate(net, samples)).transpose()?;
            let seconds = seconds_before + start.map_or(0.0, |start| start.elapsed().as_secs_f64());
            let epoch = Epoch { number, train: score, validation, learning_rate, seconds };
            let what = if epoch.validation.is_some() { "validation loss" } else { "loss" };
            check_loss(what, epoch.monitored_loss(), net, pass.gradient())
                .map_err(|error| error.in_training(number, None))?;
            last_good.0 = before + number;
            last_good.1.clone_from(net);
            if let Some(trajectory) = &mut self.trajectory {
                trajectory.push(before + number, net, Some(pass.gradient()));
            }
            #[cfg(feature = "progress")]
            bar.show(&epoch);
            if let Some(plateau) = &mut plateau {
                plateau.observe(number, epoch.monitored_loss());
            }
            if epoch.monitored_loss() < lowest {
                (lowest, best_epoch) = (epoch.monitored_loss(), number);
                if self.patience.is_some() {
                    best.get_or_insert_with(|| net.clone()).clone_from(net);
                }
            }
            history.epochs.push(epoch);
            #[cfg(all(feature = "save", not(target_os = "unknown")))]
            if let Some(path) = self.checkpoints.due(number, self.epochs) {
                let Order { shuffles, steps, .. } = self.order;
                let counts = Counts { shuffles, steps, samples: train.len() as u64, seed: self.seed };
                Checkpoint::new(net, best.as_ref(), &mut self.optimizer, &history.epochs, counts).write(path)?;
            }
            let is_stopped = self.callback.as_mut().is_some_and(|f| f(&history.epochs[number - 1]).is_break());
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
        if let Some(best) = best {
            *net = best;
            history.kept = best_epoch;
        }
        history.dead_units = dead_units(net, train);
        Ok(history)
    }

    /// Reads the checkpoint from which this fit continues, if there is one.
    #[cfg(all(feature = "save", not(target_os = "unknown")))]
    fn resumed<N: Module<T>>(&mut self, net: &N) -> Result<Option<Resumed<N>>, Error> {
        self.checkpoints.check::<T>()?;
        let Some(path) = self.checkpoints.resume.clone() else { return Ok(None) };
        let checkpoint = Checkpoint::read(&path)?;
        let (mut resumed, mut best) = (net.clone(), net.clone());
        checkpoint.restore_module("network", &mut resumed, &path)?;
        let best = checkpoint.restore_module("best", &mut best, &path)?.then_some(best);
        let (epochs, counts) = (checkpoint.epochs(), checkpoint.counts);
        self.checkpoints.resume = None;
        Ok(Some(Resumed { net: resumed, best, epochs, counts, checkpoint, path }))
    }

    #[cfg(not(all(feature = "save", not(target_os = "unknown"))))]
    fn resumed<N>(&mut self, _: &N) -> Result<Option<Resumed<N>>, Error> {
        Ok(None)
    }

    /// Returns the seeds of the training mode from here on.
    fn seeds<N>(&self, resumed: &Option<Resumed<N>>) -> Seeds {
        Seeds::new(self.seed, resumed.as_ref().map_or(self.order.steps, |resumed| resumed.counts.steps))
    }

    fn end_trajectory_at<N: Module<T>>(&mut self, epoch: usize, net: &N) {
        if let Some(trajectory) = &mut self.trajectory {
            trajectory.end_at(epoch, net, None);
        }
    }
}

/// Returns the names of the dead ReLU units, with the memory for a few samples.
fn dead_units<T: Scalar>(net: &impl Module<T>, train: &Dataset<T>) -> Vec<String> {
    let inputs = train.inputs();
    let mut parts = inputs.axis_chunks_iter(Axis(0), SAMPLES_OF_A_PART);
    let mut dead = parts.next().map_or(Vec::new(), |part| net.dead_units(&part.into()));
    for part in parts {
        if dead.is_empty() {
            break;
        }
        let of_part = net.dead_units(&part.into());
        dead.retain(|unit| of_part.contains(unit));
    }
    dead
}

/// The state from which a fit continues.
struct Resumed<N> {
    net: N,
    /// The network of the best epoch.
    best: Option<N>,
    epochs: Vec<Epoch>,
    counts: Counts,
    #[cfg(all(feature = "save", not(target_os = "unknown")))]
    checkpoint: Checkpoint,
    #[cfg(all(feature = "save", not(target_os = "unknown")))]
    path: PathBuf,
}

impl<N> Resumed<N> {
    /// Checks that the training had as many samples and the same seed.
    fn check(&self, samples: usize, seed: u64) -> Result<(), Error> {
        let place = || "the checkpoint".into();
        let Counts { samples: expected, seed: expected_seed, .. } = self.counts;
        Error::check_count("training samples", expected as usize, samples, place)?;
        if seed != expected_seed {
            let requirement = format!("be {expected_seed}, as in the checkpoint");
            return Err(Error::invalid_argument("seed", requirement, seed));
        }
        Ok(())
    }
}
