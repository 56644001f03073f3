//! [`Model`]: a network with scaling, names and classes, which predicts from data as they are in a file.
//!
//! - `model.rs`: [`Model`], its parts and its training
//! - `predict.rs`: predictions; `report.rs`: [`Report`] and [`Metrics`], their evaluation; `importance.rs`: the columns
//!   that predictions depend on
//! - `save.rs`: files of models; `parameters.rs`: files of the parameters of any network
//! - `tables.rs`: models of tables, with an [`Encoder`](crate::Encoder)
//! - `export.rs`: a model as Rust source; `export_encoder.rs`: the encoding of its table
//! - `onnx.rs`: a model as ONNX; `onnx_graph.rs`: [`ToOnnx`], its network; `onnx_layers.rs`: the layers;
//!   `onnx_encoder.rs`: the encoding of its table; `onnx_proto.rs`: the messages

mod export;
#[cfg(feature = "tables")]
mod export_encoder;
mod importance;
#[allow(clippy::module_inception, reason = "the file of the type `Model`")]
mod model;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(all(feature = "onnx", feature = "tables"))]
mod onnx_encoder;
#[cfg(feature = "onnx")]
mod onnx_graph;
#[cfg(feature = "onnx")]
mod onnx_layers;
#[cfg(feature = "onnx")]
mod onnx_proto;
#[cfg(feature = "save")]
mod parameters;
mod predict;
mod report;
#[cfg(feature = "save")]
mod save;
#[cfg(feature = "tables")]
mod tables;

pub use importance::{Contribution, Contributions, Importance};
pub use model::Model;
#[cfg(feature = "onnx")]
pub use onnx_graph::{OnnxGraph, ToOnnx};
#[cfg(feature = "save")]
pub use parameters::{
    UnmatchedTensors, load_matching_parameters, load_parameters, load_parameters_from_bytes, parameters_to_bytes,
    save_parameters,
};
pub use report::{Metrics, Report};
