//! Data: tables, samples, scaling and metrics. Nothing here depends on networks.
//!
//! - `dataset.rs`: [`Dataset`], inputs and targets; `batches.rs`: [`Batches`], for custom training loops; `split.rs`:
//!   training and test samples; `outliers.rs`: [`Outlier`]
//! - `csv/`: [`Csv`], a table from a file in any usual format
//! - `encoder/`: [`Encoder`], the columns of a table as inputs and targets
//! - `scaler.rs`: [`Scaler`], which scales columns
//! - `metrics/`: accuracy, the confusion matrix, the area under the ROC curve, errors of regression
//! - `files.rs`: reading files up to a limit, writing them atomically; `tensors.rs`: tensors in safetensors files

mod batches;
#[cfg(feature = "csv")]
mod csv;
mod dataset;
#[cfg(feature = "tables")]
mod encoder;
#[cfg(any(feature = "csv", feature = "save"))]
pub(crate) mod files;
pub(crate) mod metrics;
mod outliers;
mod scaler;
mod split;
#[cfg(feature = "save")]
pub(crate) mod tensors;

pub use batches::Batches;
#[cfg(feature = "csv")]
pub use csv::{Csv, CsvFormat, CsvOptions, DecimalMark};
pub use dataset::Dataset;
#[cfg(feature = "onnx")]
pub(crate) use dataset::default_names;
#[cfg(feature = "tables")]
pub use encoder::{
    CellWarning, CellWarningKind, ColumnInfo, Encoder, EncoderOptions, LeftOutReason, Scaling, TargetLeak,
    TargetLeakKind,
};
#[cfg(feature = "tables")]
pub(crate) use encoder::{DAYS_OF_YEAR, DatePart, Encoding, Input, LARGEST_FEATURE, Parts, Reading, TargetEncoding};
#[cfg(feature = "save")]
pub use files::check_writable;
pub use metrics::{
    Average, ConfusionMatrix, accuracy, log_loss, mean_absolute_error, r2_score, roc_auc, roc_auc_ovo, roc_auc_ovr,
    root_mean_squared_error,
};
pub use outliers::{Outlier, SuspiciousCell};
pub use scaler::Scaler;
#[cfg(feature = "save")]
pub use tensors::Stored;
