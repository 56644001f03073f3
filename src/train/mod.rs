//! Training: from data to a net that answers.
//!
//! - `dataset.rs`, `csv.rs`: [`Dataset`], samples; [`Csv`], a table that they come from
//! - `scaler.rs`: [`Scaler`], columns brought to a size that training likes
//! - `trainer.rs`: [`Trainer`], the loop over epochs; `epoch.rs`, the steps of one; `progress.rs`, the bar that it shows
//! - `schedule.rs`: [`Schedule`], how the learning rate changes; [`Plateau`], when it does by the loss
//! - `history.rs`: [`History`], what happened
//! - `trajectory.rs`: [`Trajectory`], where it went: parameters and gradients
//! - `model.rs`: [`Model`], a net with scaling, names and classes; `save.rs`, files of it; `export.rs`, it as Rust source
//! - `files.rs`: files read up to a limit and written atomically; `words.rs`, long lists and texts cut short for messages
//! - `metrics.rs`: how good predictions are
//! - `optimizer.rs`: [`Optimizer`], what moves parameters
//! - `sgd.rs`: [`Sgd`], [`Momentum`]: stochastic gradient descent
//! - `adam.rs`: [`RmsProp`], [`Adam`], [`AdamW`]: steps divided by the root of the mean square of derivatives
//! - `lbfgs.rs`: [`Lbfgs`], a minimum by curvature

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
