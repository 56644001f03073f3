//! Data: tables, samples, scaling and metrics. Knows no networks.
//!
//! - `dataset.rs`: [`Dataset`], samples; `csv.rs`: [`Csv`], a table that they come from
//! - `scaler.rs`: [`Scaler`], columns brought to a size that training likes
//! - `metrics.rs`: how good predictions are
//! - `files.rs`: files read up to a limit and written atomically

#[cfg(feature = "csv")]
mod csv;
mod dataset;
#[cfg(any(feature = "csv", feature = "save"))]
pub(crate) mod files;
pub(crate) mod metrics;
mod scaler;

#[cfg(feature = "csv")]
pub use csv::Csv;
pub use dataset::{Dataset, Outlier, SuspiciousCell};
#[cfg(feature = "save")]
pub use files::check_writable;
pub use metrics::{
    Average, ConfusionMatrix, accuracy, log_loss, mean_absolute_error, r2_score, roc_auc, roc_auc_ovo, roc_auc_ovr,
    root_mean_squared_error,
};
pub use scaler::Scaler;
