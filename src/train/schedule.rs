//! [`Schedule`]: how the learning rate changes from epoch to epoch.

use std::f64::consts::PI;

/// How the learning rate changes from epoch to epoch, as a factor of the one that the optimizer starts with.
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
    /// of validation, where there is one.
    Plateau {
        /// For how many epochs it may not become less.
        patience: usize,
        /// By what.
        factor: f64,
    },
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
            Schedule::Constant | Schedule::Plateau { .. } => 1.0,
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
                assert!(factor >= 0.0 && factor.is_finite(), "a factor is finite and not negative, and not {factor}");
            }
            Schedule::WarmUp { ref then, .. } => then.check(),
        }
    }

    /// Its plateau, if it has one: patience and factor.
    pub(super) fn plateau(&self) -> Option<(usize, f64)> {
        match *self {
            Schedule::Plateau { patience, factor } => Some((patience, factor)),
            Schedule::WarmUp { ref then, .. } => then.plateau(),
            _ => None,
        }
    }
}

fn power(factor: f64, times: usize) -> f64 {
    factor.powi(i32::try_from(times).unwrap_or(i32::MAX))
}
