//! Training: optimizers, and the loop that fits a network to samples.
//!
//! - `trainer.rs`: [`Trainer`], the settings of a training; `fit.rs`: the loop over epochs; `progress.rs`: the progress
//!   bar
//! - `epoch.rs`: the steps of one epoch; `regularizer.rs`: L1, L2 and clipping of a gradient
//! - `schedule.rs`: [`Schedule`], the learning rate of each epoch; [`Plateau`], which reduces it when the loss stops
//!   improving
//! - `history.rs`: [`History`], the scores of each epoch
//! - `checkpoint.rs`: files from which a training continues
//! - `trajectory.rs`: [`Trajectory`], the parameters and gradients of each epoch
//! - `optimizer.rs`: [`Optimizer`], the trait of optimizers, and functions that several optimizers use
//! - `sgd.rs`: [`Sgd`], [`Momentum`]: stochastic gradient descent
//! - `rms_prop.rs`: [`RmsProp`]; `adam.rs`: [`Adam`], [`AdamW`]: steps divided by the root of the mean square of
//!   derivatives
//! - `lbfgs.rs`: [`Lbfgs`], which minimizes smooth functions by their curvature
//! - `levenberg_marquardt.rs`: [`LevenbergMarquardt`], which fits nonlinear models by least squares; `robust_loss.rs`:
//!   [`RobustLoss`]; `bounds.rs`: parameters between bounds; `qr.rs`: QR factorization

mod adam;
mod bounds;
#[cfg(feature = "save")]
mod checkpoint;
mod epoch;
mod fit;
mod history;
mod lbfgs;
mod levenberg_marquardt;
mod optimizer;
#[cfg(feature = "progress")]
mod progress;
mod qr;
mod regularizer;
mod rms_prop;
mod robust_loss;
mod schedule;
mod sgd;
mod trainer;
mod trajectory;

pub use adam::{Adam, AdamW};
pub use history::{Epoch, History, Score, StopReason};
pub use lbfgs::{Lbfgs, OptimizeResult};
pub use levenberg_marquardt::{LeastSquaresResult, LevenbergMarquardt, Termination};
pub use optimizer::{Optimizer, OptimizerState};
pub use rms_prop::RmsProp;
pub use robust_loss::RobustLoss;
pub use schedule::{Plateau, Schedule};
pub use sgd::{Momentum, Sgd};
pub use trainer::Trainer;
pub use trajectory::{Snapshot, Trajectory};
