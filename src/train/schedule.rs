//! [`Schedule`]: how the learning rate changes from epoch to epoch; [`Plateau`], when it does by the loss.

use std::f64::consts::PI;

/// How the learning rate changes from epoch to epoch, as a factor of the one that the optimizer starts with.
///
/// It is a plan for one call of [`Trainer::fit`](crate::Trainer::fit): each call begins it again, and gives the optimizer its own
/// learning rate back.
///
/// ```
/// use backprop::Schedule;
///
/// let schedule = Schedule::Cosine { last: 0.0 }.after_warm_up(2);
/// assert_eq!(schedule.factor(0, 12), 0.5); // of epochs from 0 on, 12 in all
/// assert_eq!(schedule.factor(2, 12), 1.0);
/// assert_eq!(schedule.factor(7, 12), 0.5);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// It stays.
    Constant,
    /// It is multiplied by `factor` after every so many epochs.
    Step {
        /// How many.
        epochs: usize,
        /// By what.
        factor: f64,
    },
    /// It is multiplied by `factor` after every epoch.
    Exponential {
        /// By what.
        factor: f64,
    },
    /// `last + (1 − last)·(1 + cos πt)/2` with t from 0 to 1 in the course of all epochs
    /// ([Loshchilov and Hutter 2017](https://arxiv.org/abs/1608.03983)).
    Cosine {
        /// The factor that it tends to.
        last: f64,
    },
    /// It is multiplied by `factor` when the loss has not become less for more than `patience` epochs, as in PyTorch: the loss
    /// of validation, where there is one. [`ReduceOnPlateau`](Self::ReduceOnPlateau) has more settings.
    Plateau {
        /// For how many epochs it may not become less.
        patience: usize,
        /// By what.
        factor: f64,
    },
    /// It is multiplied by a factor when the loss has not become less, with a threshold, a cool-down and a least rate.
    ReduceOnPlateau(Plateau),
    /// It grows in equal parts to the whole in so many epochs, and then does as another schedule says.
    WarmUp {
        /// How many.
        epochs: usize,
        /// What comes then; its epochs are counted from there.
        then: Box<Schedule>,
    },
}

impl Schedule {
    /// This, after so many epochs in which the learning rate grows to the whole.
    pub fn after_warm_up(self, epochs: usize) -> Schedule {
        Schedule::WarmUp { epochs, then: Box::new(self) }
    }

    /// By what the learning rate is multiplied in this epoch, counted from 0, of so many. A plateau is not seen here.
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
        }
    }

    /// Panics where learning rates would be none.
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
            Schedule::ReduceOnPlateau(_) => {} // checked as it was made
            Schedule::WarmUp { ref then, .. } => then.check(),
        }
    }

    /// Its plateau, if it has one, and after how many epochs it begins.
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

/// When and how far a learning rate is reduced because the loss no longer becomes less, as PyTorch's `ReduceLROnPlateau`.
///
/// An epoch is better if `loss < best − threshold·|best|`, and its loss is then the best. After more than `patience` epochs that are
/// not better, the learning rate becomes `max(factor·rate, min_rate)`, and `cooldown` epochs pass before others are counted. The
/// loss is that of validation, where there is one.
///
/// ```
/// use backprop::{Loss, Plateau, Sgd, Trainer};
///
/// let plateau = Plateau::new(10, 0.5).threshold(1e-4).cooldown(2).min_rate(1e-5);
/// let trainer = Trainer::<_, f64>::new(Loss::MeanSquaredError, Sgd::new(0.1)).schedule(plateau);
/// ```
///
/// After a warm-up, `Schedule::from(plateau).after_warm_up(5)`, epochs and best loss are counted from its end.
///
/// # References
/// [`torch.optim.lr_scheduler.ReduceLROnPlateau`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html),
/// whose threshold is 1e-4 by default, and 0 here. For a negative loss PyTorch takes a slightly worse one for better; this does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plateau {
    patience: usize,
    factor: f64,
    threshold: f64,
    cooldown: usize,
    min_rate: f64,
}

impl Plateau {
    /// Creates a plateau that multiplies the learning rate by `factor` after more than `patience` epochs without a better loss.
    /// Any lower loss is better, no epochs pass before counting goes on, and the rate may become as small as it likes.
    ///
    /// # Panics
    /// When `factor` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(patience: usize, factor: f64) -> Plateau {
        Plateau { patience, factor: checked("factor", factor), threshold: 0.0, cooldown: 0, min_rate: 0.0 }
    }

    /// Sets by which fraction of the best loss a loss must be lower to be better.
    ///
    /// # Panics
    /// When `threshold` is negative, infinite or NaN.
    #[track_caller]
    pub fn threshold(self, threshold: f64) -> Plateau {
        Plateau { threshold: checked("threshold", threshold), ..self }
    }

    /// Sets how many epochs pass after a reduction before epochs without a better loss are counted again.
    pub fn cooldown(self, epochs: usize) -> Plateau {
        Plateau { cooldown: epochs, ..self }
    }

    /// Sets the least learning rate. Where the optimizer's own is less, it stays.
    ///
    /// # Panics
    /// When `rate` is negative, infinite or NaN.
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

/// What a plateau has seen of a training.
pub(super) struct PlateauWatch {
    plateau: Plateau,
    /// The epochs of the warm-up, which are not looked at.
    before: usize,
    best: f64,
    /// Epochs in a row that were not better.
    since: usize,
    /// Epochs of a cool-down that are left.
    cooling: usize,
    reductions: usize,
}

impl PlateauWatch {
    pub(super) fn new(schedule: &Schedule) -> Option<PlateauWatch> {
        let (plateau, before) = schedule.plateau()?;
        Some(PlateauWatch { plateau, before, best: f64::INFINITY, since: 0, cooling: 0, reductions: 0 })
    }

    /// Sees the loss of an epoch, counted from 1.
    pub(super) fn sees(&mut self, epoch: usize, loss: f64) {
        if epoch <= self.before {
            return;
        }
        let margin = if self.best.is_finite() { self.plateau.threshold * self.best.abs() } else { 0.0 };
        if loss < self.best - margin {
            (self.best, self.since) = (loss, 0);
        } else {
            self.since += 1;
        }
        if self.cooling > 0 {
            (self.cooling, self.since) = (self.cooling - 1, 0);
        }
        if self.since > self.plateau.patience {
            self.reductions += 1;
            (self.cooling, self.since) = (self.plateau.cooldown, 0);
        }
    }

    /// The learning rate that is left of this one.
    pub(super) fn reduced(&self, rate: f64) -> f64 {
        if self.reductions == 0 {
            return rate;
        }
        let reduced = rate * power(self.plateau.factor, self.reductions);
        if reduced < self.plateau.min_rate { self.plateau.min_rate.min(rate) } else { reduced }
    }
}

#[track_caller]
fn checked(name: &str, number: f64) -> f64 {
    assert!(number >= 0.0 && number.is_finite(), "`{name}` must be finite and non-negative, got {number}");
    number
}

fn power(factor: f64, times: usize) -> f64 {
    factor.powi(i32::try_from(times).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rates that a loop with the statements of `ReduceLROnPlateau.step` in PyTorch 2.9 gives:
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
    fn plateau_is_that_of_pytorch() {
        let losses = [
            10.0, 9.0, 8.95, 8.9, 8.85, 8.5, 8.45, 8.45, 8.45, 8.4, 8.4, 7.0, 6.9, 6.8, 6.75, 6.7, 6.7, 6.7, 6.7, 6.7,
            6.7, 6.7, 6.7, 6.7,
        ];
        let rates = |plateau: Plateau| {
            let mut watch = PlateauWatch::new(&plateau.into()).unwrap();
            let mut sees = |(i, &loss)| {
                let rate = watch.reduced(1.0);
                watch.sees(i + 1, loss);
                rate
            };
            losses.iter().enumerate().map(&mut sees).collect::<Vec<f64>>()
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

    /// The best becomes −1, and −0.9999 is worse, though it is less than −1·(1 − 0.01).
    #[test]
    fn threshold_of_a_negative_loss_asks_for_a_lower_one() {
        let mut watch = PlateauWatch::new(&Plateau::new(0, 0.5).threshold(0.01).into()).unwrap();
        watch.sees(1, -1.0);
        watch.sees(2, -0.9999);
        assert_eq!(watch.reduced(1.0), 0.5);
    }
}
