//! [`Schedule`]: the learning rate of each epoch; [`Plateau`], which reduces it when the loss stops improving.

use std::f64::consts::PI;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

/// A learning-rate schedule: the factor by which each epoch multiplies the learning rate of the optimizer.
///
/// Each call of [`Trainer::fit`](crate::Trainer::fit) begins the schedule again, and restores the learning rate of the
/// optimizer at its end.
///
/// # Examples
/// ```
/// use backprop::Schedule;
///
/// let schedule = Schedule::Cosine { last: 0.0 }.after_warm_up(2);
/// assert_eq!(schedule.factor(0, 12), 0.5); // epoch 0 of 12
/// assert_eq!(schedule.factor(2, 12), 1.0);
/// assert_eq!(schedule.factor(7, 12), 0.5);
/// ```
#[doc(alias("lr_scheduler", "LRScheduler", "LearningRateSchedule"))]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// A constant learning rate.
    Constant,
    /// The learning rate is multiplied by `factor` after every `epochs` epochs.
    #[doc(alias = "StepLR")]
    Step {
        /// The number of epochs between two reductions.
        epochs: usize,
        /// The factor of each reduction.
        factor: f64,
    },
    /// The learning rate is multiplied by `factor` after every epoch.
    #[doc(alias("ExponentialLR", "exponential_decay"))]
    Exponential {
        /// The factor of each epoch.
        factor: f64,
    },
    /// Cosine annealing: `last + (1 − last)·(1 + cos πt)/2` with t from 0 to 1 over all epochs
    /// ([Loshchilov and Hutter 2017](https://arxiv.org/abs/1608.03983)).
    #[doc(alias("CosineAnnealingLR", "cosine_decay"))]
    Cosine {
        /// The factor at the end.
        last: f64,
    },
    /// The learning rate is multiplied by `factor` after more than `patience` epochs without a lower
    /// [`monitored_loss`](crate::Epoch::monitored_loss), as in PyTorch. [`ReduceOnPlateau`](Self::ReduceOnPlateau) has
    /// more settings.
    Plateau {
        /// The number of epochs without a lower loss that are tolerated.
        patience: usize,
        /// The factor of each reduction.
        factor: f64,
    },
    /// The learning rate is reduced when the loss stops improving, with a threshold, a cooldown and a minimal rate.
    ReduceOnPlateau(Plateau),
    /// The learning rate grows linearly over `epochs` epochs, and then follows another schedule.
    WarmUp {
        /// The number of epochs of the warm-up.
        epochs: usize,
        /// The schedule after the warm-up, whose epochs are counted from its end.
        then: Box<Schedule>,
    },
    /// A custom schedule, created by [`from_fn`](Self::from_fn).
    Custom(CustomSchedule),
}

impl Schedule {
    /// Creates a custom schedule: `f` returns the factor of the learning rate in an epoch, counted from 0, given the
    /// number of all epochs.
    ///
    /// A factor must be non-negative: a [`Trainer`](crate::Trainer) panics at a negative one, and returns an error at
    /// one that is infinite or NaN.
    ///
    /// # Examples
    /// ```
    /// use backprop::Schedule;
    ///
    /// let linear = Schedule::from_fn(|epoch, epochs| 1.0 - epoch as f64 / epochs as f64);
    /// assert_eq!([0, 1, 2, 3].map(|epoch| linear.factor(epoch, 4)), [1.0, 0.75, 0.5, 0.25]);
    /// assert_eq!(linear.after_warm_up(4).factor(6, 8), 0.5); // epoch 2 of the 4 after the warm-up
    /// ```
    #[doc(alias("LambdaLR", "LearningRateScheduler"))]
    pub fn from_fn(f: impl Fn(usize, usize) -> f64 + Send + Sync + 'static) -> Schedule {
        Schedule::Custom(CustomSchedule(Arc::new(f)))
    }

    /// Returns this schedule after a warm-up of `epochs` epochs, in which the learning rate grows linearly.
    #[doc(alias("warmup", "LinearLR", "SequentialLR"))]
    pub fn after_warm_up(self, epochs: usize) -> Schedule {
        Schedule::WarmUp { epochs, then: Box::new(self) }
    }

    /// Returns the factor of the learning rate in `epoch`, counted from 0, of `epochs`; reductions by the loss are not
    /// included.
    pub fn factor(&self, epoch: usize, epochs: usize) -> f64 {
        match *self {
            Schedule::Constant | Schedule::Plateau { .. } | Schedule::ReduceOnPlateau(_) => 1.0,
            Schedule::Step { epochs, factor } => power(factor, epoch / epochs.max(1)),
            Schedule::Exponential { factor } => power(factor, epoch),
            Schedule::Cosine { last } => {
                let t = epoch as f64 / epochs.max(1) as f64;
                last + (1.0 - last) * (1.0 + (PI * t).cos()) / 2.0
            }
            Schedule::WarmUp { epochs: warm_up, .. } if epoch < warm_up => (epoch + 1) as f64 / (warm_up as f64),
            Schedule::WarmUp { epochs: warm_up, ref then } => {
                then.factor(epoch - warm_up, epochs.saturating_sub(warm_up))
            }
            Schedule::Custom(CustomSchedule(ref f)) => f(epoch, epochs),
        }
    }

    /// Panics if a factor is negative, infinite or NaN.
    #[track_caller]
    pub(super) fn check(&self) {
        match *self {
            Schedule::Constant => {}
            Schedule::Step { factor, .. }
            | Schedule::Exponential { factor }
            | Schedule::Cosine { last: factor }
            | Schedule::Plateau { factor, .. } => {
                assert!(factor >= 0.0 && factor.is_finite(), "`factor` must be finite and non-negative, got {factor}");
            }
            Schedule::ReduceOnPlateau(_) => {} // checked by its constructor
            Schedule::Custom(_) => {}          // known only when it is called
            Schedule::WarmUp { ref then, .. } => then.check(),
        }
    }

    /// Returns the plateau, if there is one, and the number of epochs before it begins.
    pub(super) fn plateau(&self) -> Option<(Plateau, usize)> {
        match *self {
            Schedule::Plateau { patience, factor } => Some((Plateau::new(patience, factor), 0)),
            Schedule::ReduceOnPlateau(plateau) => Some((plateau, 0)),
            Schedule::WarmUp { epochs, ref then } => {
                then.plateau().map(|(plateau, before)| (plateau, before.saturating_add(epochs)))
            }
            _ => None,
        }
    }
}

/// The function of a [`Schedule::Custom`], created by [`Schedule::from_fn`].
///
/// Two are equal if one is a clone of the other, since functions cannot be compared.
///
/// # Examples
/// ```
/// use backprop::Schedule;
///
/// let constant = || Schedule::from_fn(|_, _| 1.0);
/// let schedule = constant();
/// assert_eq!(schedule.clone(), schedule);
/// assert_ne!(constant(), schedule);
/// ```
#[derive(Clone)]
pub struct CustomSchedule(Arc<dyn Fn(usize, usize) -> f64 + Send + Sync>);

impl PartialEq for CustomSchedule {
    fn eq(&self, other: &CustomSchedule) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Debug for CustomSchedule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("CustomSchedule")
    }
}

/// The settings that reduce the learning rate when the loss stops improving, as PyTorch's `ReduceLROnPlateau`.
///
/// An epoch is better if `loss < best − threshold·|best|`, and its loss is then the best. After more than `patience`
/// epochs that are not better, the learning rate becomes `max(factor·rate, min_rate)`, and `cooldown` epochs pass
/// before others are counted. The loss is the [`monitored_loss`](crate::Epoch::monitored_loss).
///
/// # Examples
/// ```
/// use backprop::{Loss, Plateau, Sgd, Trainer};
///
/// let plateau = Plateau::new(10, 0.5).threshold(1e-4).cooldown(2).min_rate(1e-5);
/// let trainer = Trainer::<_, f64>::new(Loss::MeanSquaredError, Sgd::new(0.1)).schedule(plateau);
/// ```
///
/// After a warm-up, `Schedule::from(plateau).after_warm_up(5)`, the epochs and the best loss count from its end.
///
/// # References
/// [`torch.optim.lr_scheduler.ReduceLROnPlateau`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html),
/// whose threshold is 1e-4 by default, and 0 here. With a negative loss PyTorch counts a slightly worse loss as better;
/// this type does not.
#[doc(alias("ReduceLROnPlateau", "reduce_on_plateau"))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plateau {
    patience: usize,
    factor: f64,
    threshold: f64,
    cooldown: usize,
    min_rate: f64,
}

impl Plateau {
    /// Creates a plateau that multiplies the learning rate by `factor` after more than `patience` epochs without a
    /// better loss.
    ///
    /// The threshold, the cooldown and the minimal rate are 0.
    ///
    /// # Panics
    /// If `factor` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(patience: usize, factor: f64) -> Plateau {
        Plateau { patience, factor: checked("factor", factor), threshold: 0.0, cooldown: 0, min_rate: 0.0 }
    }

    /// Sets the fraction of the best loss by which a loss must be lower to be better.
    ///
    /// # Panics
    /// If `threshold` is negative, infinite or NaN.
    #[track_caller]
    pub fn threshold(self, threshold: f64) -> Plateau {
        Plateau { threshold: checked("threshold", threshold), ..self }
    }

    /// Sets the number of epochs after a reduction in which epochs without a better loss are not counted.
    pub fn cooldown(self, epochs: usize) -> Plateau {
        Plateau { cooldown: epochs, ..self }
    }

    /// Sets the minimal learning rate. A smaller learning rate of the optimizer stays as it is.
    ///
    /// # Panics
    /// If `rate` is negative, infinite or NaN.
    #[doc(alias = "min_lr")]
    #[track_caller]
    pub fn min_rate(self, rate: f64) -> Plateau {
        Plateau { min_rate: checked("rate", rate), ..self }
    }
}

impl From<Plateau> for Schedule {
    fn from(plateau: Plateau) -> Schedule {
        Schedule::ReduceOnPlateau(plateau)
    }
}

/// The state of a [`Plateau`] during a training.
pub(super) struct PlateauWatch {
    plateau: Plateau,
    /// The number of epochs of the warm-up, which are ignored.
    before: usize,
    best: f64,
    /// The number of epochs without a better loss since the last better one or the last reduction.
    bad_epochs: usize,
    /// The number of remaining epochs of the cooldown.
    remaining_cooldown: usize,
    reductions: usize,
}

impl PlateauWatch {
    pub(super) fn new(schedule: &Schedule) -> Option<PlateauWatch> {
        let (plateau, before) = schedule.plateau()?;
        Some(PlateauWatch { plateau, before, best: f64::INFINITY, bad_epochs: 0, remaining_cooldown: 0, reductions: 0 })
    }

    /// Observes the loss of an epoch, counted from 1.
    pub(super) fn observe(&mut self, epoch: usize, loss: f64) {
        if epoch <= self.before {
            return;
        }
        let margin = if self.best.is_finite() { self.plateau.threshold * self.best.abs() } else { 0.0 };
        if loss < self.best - margin {
            (self.best, self.bad_epochs) = (loss, 0);
        } else {
            self.bad_epochs += 1;
        }
        if self.remaining_cooldown > 0 {
            (self.remaining_cooldown, self.bad_epochs) = (self.remaining_cooldown - 1, 0);
        }
        if self.bad_epochs > self.plateau.patience {
            self.reductions += 1;
            (self.remaining_cooldown, self.bad_epochs) = (self.plateau.cooldown, 0);
        }
    }

    /// Returns the learning rate after the reductions so far.
    pub(super) fn reduced(&self, rate: f64) -> f64 {
        if self.reductions == 0 {
            return rate;
        }
        let reduced = rate * power(self.plateau.factor, self.reductions);
        if reduced < self.plateau.min_rate { self.plateau.min_rate.min(rate) } else { reduced }
    }
}

/// Returns the value if it is finite and non-negative, and panics otherwise.
#[track_caller]
fn checked(name: &str, value: f64) -> f64 {
    assert!(value >= 0.0 && value.is_finite(), "`{name}` must be finite and non-negative, got {value}");
    value
}

/// Returns `factor` to the power `times`.
fn power(factor: f64, times: usize) -> f64 {
    factor.powi(i32::try_from(times).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected rates come from a loop with the statements of `ReduceLROnPlateau.step` in PyTorch 2.9:
    ///
    /// ```python
    /// lr, best, bad, cool = 1.0, math.inf, 0, 0
    /// for loss in losses:
    ///     rates.append(lr)
    ///     if loss < best * (1 - threshold): best, bad = loss, 0
    ///     else: bad += 1
    ///     if cool > 0: cool, bad = cool - 1, 0
    ///     if bad > patience: lr, cool, bad = max(lr * factor, min_lr), cooldown, 0
    /// ```
    #[test]
    fn plateau_matches_pytorch() {
        let losses = [
            10.0, 9.0, 8.95, 8.9, 8.85, 8.5, 8.45, 8.45, 8.45, 8.4, 8.4, 7.0, 6.9, 6.8, 6.75, 6.7, 6.7, 6.7, 6.7, 6.7,
            6.7, 6.7, 6.7, 6.7,
        ];
        let rates = |plateau: Plateau| {
            let mut watch = PlateauWatch::new(&plateau.into()).unwrap();
            let mut observe = |(i, &loss)| {
                let rate = watch.reduced(1.0);
                watch.observe(i + 1, loss);
                rate
            };
            losses.iter().enumerate().map(&mut observe).collect::<Vec<f64>>()
        };
        assert_eq!(
            rates(Plateau::new(1, 0.5).threshold(0.02).cooldown(2).min_rate(0.1)),
            [
                1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125,
                0.125, 0.125, 0.1, 0.1, 0.1, 0.1
            ]
        );
        assert_eq!(
            rates(Plateau::new(2, 0.5)),
            [
                1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5,
                0.5, 0.5, 0.25, 0.25
            ]
        );
    }

    /// After −1, a loss of −0.9999 is worse, although it is less than −1·(1 − 0.01).
    #[test]
    fn threshold_for_negative_loss_requires_lower_loss() {
        let mut watch = PlateauWatch::new(&Plateau::new(0, 0.5).threshold(0.01).into()).unwrap();
        watch.observe(1, -1.0);
        watch.observe(2, -0.9999);
        assert_eq!(watch.reduced(1.0), 0.5);
    }
}
