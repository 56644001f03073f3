//! Training: optimizers, learning-rate schedules, and the loop that fits a module to samples.
//!
//! - `trainer.rs`: [`Trainer`], the loop over epochs; `epoch.rs`: the steps of an epoch; `progress.rs`: the progress bar
//! - `schedule.rs`: [`Schedule`], the learning rate over the epochs; [`Plateau`], reduced where the loss stagnates
//! - `history.rs`: [`History`], the losses of each epoch; `trajectory.rs`: [`Trajectory`], parameters and gradients over time
//! - `optimizer.rs`: [`Optimizer`]
//! - `sgd.rs`: [`Sgd`], [`Momentum`]; `adam.rs`: [`RmsProp`], [`Adam`]; `lbfgs.rs`: [`Lbfgs`]

mod adam;
pub(crate) mod epoch;
pub(crate) mod history;
mod lbfgs;
pub(crate) mod optimizer;
#[cfg(feature = "progress")]
mod progress;
pub(crate) mod schedule;
mod sgd;
mod trainer;
mod trajectory;

pub use adam::{Adam, RmsProp};
pub use history::{Epoch, History, Score, StopReason};
pub use lbfgs::{Lbfgs, OptimizeResult};
pub use optimizer::Optimizer;
pub use schedule::{Plateau, Schedule};
pub use sgd::{Momentum, Sgd};
pub use trainer::Trainer;
pub use trajectory::{Snapshot, Trajectory};
