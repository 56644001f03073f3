//! Metrics: how good predictions are.
//!
//! - `classification.rs`: [`accuracy`], [`log_loss`]; `confusion.rs`: [`ConfusionMatrix`], precision, recall, F1
//! - `roc.rs`: [`roc_auc`], [`roc_auc_ovr`], [`roc_auc_ovo`]: the area under the ROC curve
//! - `regression.rs`: [`r2_score`], [`mean_absolute_error`], [`root_mean_squared_error`]

mod average;
mod checks;
mod classification;
mod confusion;
mod regression;
mod roc;

pub use average::Average;
pub use classification::{accuracy, log_loss};
pub use confusion::ConfusionMatrix;
pub use regression::{mean_absolute_error, r2_score, root_mean_squared_error};
pub use roc::{roc_auc, roc_auc_ovo, roc_auc_ovr};
