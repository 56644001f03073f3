//! Training: from data to a net that answers.
//!
//! - `dataset.rs`, `csv.rs`: [`Dataset`], samples; [`Csv`], a table that they come from
//! - `scaler.rs`: [`Scaler`], columns brought to a size that training likes
//! - `trainer.rs`: [`Trainer`], the loop over epochs; `epoch.rs`, the steps of one; `progress.rs`, the bar that it shows
//! - `schedule.rs`: [`Schedule`], how the learning rate changes; [`Plateau`], when it does by the loss
//! - `history.rs`: [`History`], what happened
//! - `trail.rs`: [`Trail`], where it went: parameters and gradients
//! - `model.rs`: [`Model`], a net with scaling, names and classes; `save.rs`, files of it; `export.rs`, it as Rust source
//! - `files.rs`: files read up to a limit and written atomically; `words.rs`, long lists and texts cut short for messages
//! - `metrics.rs`: how good predictions are
//! - `optimizer.rs`: [`Optimizer`], what moves parameters
//! - `sgd.rs`: [`Sgd`], [`Momentum`]: stochastic gradient descent
//! - `adam.rs`: [`RmsProp`], [`Adam`]: steps measured by what slopes have been
//! - `lbfgs.rs`: [`Lbfgs`], a minimum by curvature

mod adam;
#[cfg(feature = "csv")]
mod csv;
mod dataset;
mod epoch;
mod export;
#[cfg(any(feature = "csv", feature = "save"))]
mod files;
mod history;
mod lbfgs;
mod metrics;
mod model;
mod optimizer;
#[cfg(feature = "progress")]
mod progress;
#[cfg(feature = "save")]
mod save;
mod scaler;
mod schedule;
mod sgd;
mod trail;
mod trainer;
mod words;

pub use adam::{Adam, RmsProp};
#[cfg(feature = "csv")]
pub use csv::Csv;
pub use dataset::{Dataset, Suspicion, SuspiciousCell};
#[cfg(feature = "save")]
pub use files::check_writable;
pub use history::{Epoch, History, Score, Stop};
pub use lbfgs::{Lbfgs, Minimum};
#[cfg(feature = "plot")]
pub(crate) use metrics::greatest;
pub use metrics::{
    Average, Confusion, accuracy, log_loss, mean_absolute_error, r2, roc_auc, roc_auc_ovo, roc_auc_ovr,
    root_mean_square_error,
};
pub use model::{Model, Quality, Report};
pub use optimizer::Optimizer;
#[cfg(feature = "save")]
pub use save::{Stored, load_parameters, save_parameters};
pub use scaler::Scaler;
pub use schedule::{Plateau, Schedule};
pub use sgd::{Momentum, Sgd};
pub use trail::{Moment, Trail};
pub use trainer::Trainer;
