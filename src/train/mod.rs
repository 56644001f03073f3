//! Training: optimizers, and the loop that fits a network to samples.
//!
//! - `trainer.rs`: [`Trainer`], the settings of a training; `fit.rs`: the loop over epochs; `progress.rs`: the progress
//!   bar
//! - `train_state.rs`: [`TrainState`], the steps of a custom training loop
//! - `order.rs`: the order of the samples; `epoch.rs`: the steps of one epoch; `regularizer.rs`: L1, L2 and clipping of a
//!   gradient
//! - `schedule.rs`: [`Schedule`], the learning rate of each epoch; [`Plateau`], which reduces it when the loss stops
//!   improving
//! - `history.rs`: [`History`], the scores of each epoch
//! - `checkpoint.rs`: files from which a training continues, where there are files: a page in a browser would be a fifth
//!   larger by them
//! - `trajectory.rs`: [`Trajectory`], the parameters and gradients of each epoch
//! - `optimizer.rs`: [`Optimizer`], the trait of optimizers, and functions that several optimizers use
//! - `sgd.rs`: [`Sgd`], [`Momentum`]: stochastic gradient descent
//! - `ada_grad.rs`: [`AdaGrad`]; `rms_prop.rs`: [`RmsProp`]; `adam.rs`: [`Adam`], [`AdamW`]; `nadam.rs`: [`Nadam`]:
//!   steps divided by the root of the mean square of derivatives, or of their sum
//! - `lion.rs`: [`Lion`]: steps of one length
//! - `parameter_groups.rs`: [`ParameterGroups`], an optimizer with learning rates by the names of parameters
//! - `average.rs`: [`ExponentialMovingAverage`], the average of the parameters over the steps
//! - `lbfgs.rs`: [`Lbfgs`], which minimizes smooth functions by their curvature
//! - `levenberg_marquardt.rs`: [`LevenbergMarquardt`], which fits nonlinear models by least squares; `robust_loss.rs`:
//!   [`RobustLoss`]; `bounds.rs`: parameters between bounds; `qr.rs`: QR factorization

#[macro_use]
mod optimizer;
mod ada_grad;
mod adam;
mod average;
mod bounds;
#[cfg(all(feature = "save", not(target_os = "unknown")))]
mod checkpoint;
mod epoch;
mod fit;
mod history;
mod lbfgs;
mod levenberg_marquardt;
mod lion;
mod nadam;
mod order;
mod parameter_groups;
#[cfg(feature = "progress")]
mod progress;
mod qr;
mod regularizer;
mod rms_prop;
mod robust_loss;
mod schedule;
mod sgd;
mod train_state;
mod trainer;
mod trajectory;

pub use ada_grad::AdaGrad;
pub use adam::{Adam, AdamW};
pub use average::ExponentialMovingAverage;
pub use history::{Epoch, History, Score, StopReason};
pub use lbfgs::{Lbfgs, OptimizeResult};
pub use levenberg_marquardt::{LeastSquaresResult, LevenbergMarquardt, Termination};
pub use lion::Lion;
pub use nadam::Nadam;
pub use optimizer::{Optimizer, OptimizerState};
pub use parameter_groups::ParameterGroups;
pub use rms_prop::RmsProp;
pub use robust_loss::RobustLoss;
pub use schedule::{CustomSchedule, Plateau, Schedule};
pub use sgd::{Momentum, Sgd};
pub use train_state::TrainState;
pub use trainer::Trainer;
pub use trajectory::{Snapshot, Trajectory};
