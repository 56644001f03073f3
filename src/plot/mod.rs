//! Pictures of training and of nets, as SVG or PNG, light or dark (feature `plot`).
//!
//! Each is a struct that is a [`Picture`]; one of your own is drawn with [`plotters`], which is re-exported.
//!
//! - `picture.rs`: [`Picture`], how it becomes a file; [`Theme`], its colours
//! - `loss_curves.rs`: [`LossCurves`], the losses of a training, epoch by epoch
//! - `curves.rs`, `plane.rs`: what several of them are, curves between axes and a plane of colours; `text.rs`, the same in
//!   characters, for terminals: what their `Display` writes; `range.rs`, the ranges of axes
//! - `boundary.rs`: [`Boundary`], what a model of two inputs answers where, and its data
//! - `surface.rs`: [`Surface`], a loss over two parameters, and the path of a training on it
//! - `graph.rs`: [`GraphPicture`], the graph of a computation
//! - `rule.rs`: [`RulePicture`], an activation and its derivative
//! - `net.rs`: [`NetPicture`], a net as layers, weights as lines
//! - `histograms.rs`: [`Histograms`], numbers layer by layer; `distributions.rs`: [`Distributions`], epoch by epoch as well
//! - `confusion.rs`: [`ConfusionPicture`], a confusion matrix
//! - `roc.rs`: [`RocCurve`], the receiver operating characteristic

mod boundary;
mod confusion;
mod curves;
mod distributions;
mod graph;
mod histograms;
mod loss_curves;
mod net;
mod picture;
mod plane;
mod range;
mod roc;
mod rule;
mod surface;
mod text;

pub use plotters;

pub use boundary::Boundary;
pub use confusion::ConfusionPicture;
pub use distributions::Distributions;
pub use graph::GraphPicture;
pub use histograms::Histograms;
pub use loss_curves::LossCurves;
pub use net::NetPicture;
pub use picture::{Area, Drawn, Picture, Theme, checked_path};
pub use roc::RocCurve;
pub use rule::RulePicture;
pub use surface::Surface;
