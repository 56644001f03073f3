//! Networks over samples and batches, their training, their metrics and their files.

mod activation_accuracy;
mod activations;
mod attention;
mod batches;
#[cfg(feature = "save")]
mod checkpoints;
mod custom_losses;
#[cfg(feature = "tables")]
mod importance;
mod input_derivatives;
mod l_bfgs;
mod layers;
mod least_squares;
mod metrics;
#[cfg(feature = "save")]
mod models;
#[cfg(feature = "rayon")]
mod modules;
#[cfg(all(feature = "onnx", feature = "tables"))]
mod onnx;
mod optimizers;
mod precisions;
mod pytorch;
#[cfg(all(feature = "save", feature = "tables"))]
mod rust_source;
mod samples;
#[cfg(feature = "save")]
mod saved_models;
#[cfg(feature = "save")]
mod state_dicts;
mod sums;
#[cfg(all(feature = "onnx", feature = "tables"))]
mod tables;
#[cfg(feature = "rayon")]
mod training;
mod training_mode;
mod workspaces;
