//! Layers as modules, with the names, defaults and parameters of PyTorch's.
//!
//! - `linear.rs`: [`Linear`]
//! - `embedding.rs`: [`Embedding`]
//! - `convolution.rs`: [`Conv2d`], [`Conv1d`]
//! - `pooling.rs`: [`MaxPool2d`], [`AvgPool2d`], [`MaxPool1d`], [`AvgPool1d`], [`Flatten`]
//! - `recurrent.rs`: [`Rnn`], [`Gru`], [`Lstm`]; `recurrence.rs`: their operation
//! - `attention.rs`: [`MultiheadAttention`]
//! - `window.rs`: [`Window`](window::Window), the places of a kernel on an image
//! - `dropout.rs`: [`Dropout`]
//! - `normalization.rs`: [`LayerNorm`], [`RmsNorm`], [`BatchNorm`]
//! - `sequential.rs`: tuples of modules, and activations as modules

#[macro_use]
mod sequential;
mod attention;
mod convolution;
mod dropout;
mod embedding;
mod linear;
mod normalization;
mod pooling;
mod recurrence;
mod recurrent;
mod window;

pub use attention::MultiheadAttention;
#[cfg(feature = "onnx")]
pub(crate) use convolution::Convolution;
pub use convolution::{Conv1d, Conv2d};
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use linear::Linear;
pub use normalization::{BatchNorm, LayerNorm, RmsNorm};
pub use pooling::{AvgPool1d, AvgPool2d, Flatten, MaxPool1d, MaxPool2d};
pub use recurrent::{Gru, Lstm, Rnn};
#[cfg(feature = "onnx")]
pub(crate) use sequential::for_each_tuple;
#[cfg(feature = "onnx")]
pub(crate) use window::Window;

use crate::error::Error;
use crate::matrix::Matrix;
use crate::nn::Parameter;
use crate::scalar::Scalar;
use rand::Rng;
use rand_distr::{Distribution, Uniform};

/// Draws parameters from the uniform distribution within ±1/√`fan_in`, the default of PyTorch's layers.
fn uniform<S: Scalar>(shape: [usize; 2], fan_in: usize, rng: &mut impl Rng) -> Matrix<S> {
    let limit = 1.0 / (fan_in.max(1) as f64).sqrt();
    let distribution = Uniform::new_inclusive(-limit, limit).expect("the limit is finite and positive");
    Matrix::from_shape_fn(shape, |_| S::of(distribution.sample(rng)))
}

/// Checks that the inputs of a layer have this number of columns.
fn check_inputs<S: Scalar>(expected: usize, x: &Matrix<S>, layer: impl FnOnce() -> String) -> Result<(), Error> {
    Error::check_count("columns of inputs", expected, x.ncols(), layer)
}

/// Returns `y * weight + bias`, with a row of both.
fn scale_and_shift<S: Scalar>(y: Matrix<S>, weight: &Parameter<S>, bias: &Parameter<S>) -> Matrix<S> {
    y * weight.values() + bias.values()
}
