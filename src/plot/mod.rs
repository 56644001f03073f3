//! Pictures of training and of networks, as SVG or PNG, for light or dark pages (feature `plot`).
//!
//! Each picture is a struct that implements [`Picture`]. A custom picture draws with [`plotters`], which is
//! re-exported.
//!
//! - `picture.rs`: [`Picture`], with the methods that write a file; [`Theme`], the colours
//! - `loss_curves.rs`: [`LossCurves`], the losses of a training
//! - `curves.rs`, `plane.rs`: curves between axes and a plane of colours, which several pictures share; `text.rs`: the
//!   text that `Display` writes for terminals; `range.rs`: the ranges of axes
//! - `boundary.rs`: [`Boundary`], the predictions of a model with two inputs, and its samples
//! - `surface.rs`: [`Surface`], the loss over two parameters, and the path of a training
//! - `graph.rs`: [`GraphPicture`], the graph of a computation
//! - `rule.rs`: [`RulePicture`], an activation and its derivative
//! - `net.rs`: [`NetPicture`], a network as layers of circles, weights as lines
//! - `histograms.rs`: [`Histograms`], histograms by tensor; `distributions.rs`: [`Distributions`], by tensor and epoch
//! - `confusion.rs`: [`ConfusionPicture`], a confusion matrix
//! - `roc.rs`: [`RocCurve`], the receiver operating characteristic; `calibration.rs`: [`CalibrationCurve`], a reliability
//!   diagram; `prediction_errors.rs`: [`PredictionErrors`], predicted and true values
//! - `importance.rs`: [`ImportancePicture`], the importance of columns

mod boundary;
mod calibration;
mod confusion;
mod curves;
mod distributions;
mod graph;
mod histograms;
mod importance;
mod loss_curves;
mod net;
mod picture;
mod plane;
mod prediction_errors;
mod range;
mod roc;
mod rule;
mod surface;
mod text;

pub use plotters;

pub use boundary::Boundary;
pub use calibration::CalibrationCurve;
pub use confusion::ConfusionPicture;
pub use distributions::Distributions;
pub use graph::GraphPicture;
pub use histograms::Histograms;
pub use importance::ImportancePicture;
pub use loss_curves::LossCurves;
pub use net::NetPicture;
pub use picture::{Area, Drawn, Picture, Theme, checked_path};
pub use prediction_errors::PredictionErrors;
pub use roc::RocCurve;
pub use rule::RulePicture;
pub use surface::Surface;
