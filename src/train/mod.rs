//! Training: optimizers, and the loop that fits a network to samples.
//!
//! - `trainer.rs`: [`Trainer`], the loop over epochs; `epoch.rs`, the steps of one epoch; `progress.rs`, the progress bar
//! - `schedule.rs`: [`Schedule`], the learning rate of each epoch; [`Plateau`], which reduces it when the loss stops improving
//! - `history.rs`: [`History`], the scores of each epoch
//! - `trajectory.rs`: [`Trajectory`], the parameters and gradients of each epoch
//! - `optimizer.rs`: [`Optimizer`], the trait of optimizers, and what they share
//! - `sgd.rs`: [`Sgd`], [`Momentum`]: stochastic gradient descent
//! - `adam.rs`: [`RmsProp`], [`Adam`], [`AdamW`]: steps divided by the root of the mean square of derivatives
//! - `lbfgs.rs`: [`Lbfgs`], which minimizes smooth functions by their curvature

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

pub use adam::{Adam, AdamW, RmsProp};
pub use history::{Epoch, History, Score, StopReason};
pub use lbfgs::{Lbfgs, OptimizeResult};
pub use optimizer::Optimizer;
pub use schedule::{Plateau, Schedule};
pub use sgd::{Momentum, Sgd};
pub use trainer::Trainer;
pub use trajectory::{Snapshot, Trajectory};
