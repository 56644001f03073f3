//! Networks: modules and their parameters, activations, initial parameters, losses; all generic over
//! [`Scalar`](crate::Scalar).
//!
//! - `parameters.rs`: [`Parameters`], a tree of parameters; `parameter_info.rs`: [`ParameterInfo`], their names and
//!   shapes
//! - `module.rs`: [`Module`], parameters and a forward pass; [`module!`](crate::module) for custom ones
//! - `parameter.rs`: [`Parameter`], a matrix of trainable values
//! - `mode.rs`: [`Mode`], training or evaluation; `buffer.rs`, `buffers.rs`: [`Buffer`], values that are saved but not
//!   trained
//! - `layers/`: [`Linear`] and the other layers of PyTorch
//! - `neuron.rs`, `layer.rs`, `mlp.rs`: [`Neuron`], [`Layer`], [`Mlp`]
//! - `activation.rs`: [`Activation`]; `init.rs`: [`Init`], initial parameters
//! - `loss.rs`: [`Loss`], the formulas and their derivatives; `weighted_loss.rs`: [`WeightedLoss`], and the loss over a
//!   batch
//! - `objective.rs`: [`Objective`], the function that training minimizes
//! - `decision.rs`: [`Decision`], the rule that reads a class from outputs
//! - `workspace.rs`: [`Workspace`], the memory of a training step over a batch

#[macro_use]
mod module;
#[macro_use]
mod parameters;
mod activation;
mod buffer;
mod buffers;
mod decision;
mod init;
mod layer;
mod layers;
mod loss;
mod mlp;
mod mode;
mod neuron;
mod objective;
mod parameter;
mod parameter_info;
mod weighted_loss;
mod workspace;

pub use activation::Activation;
pub use buffer::Buffer;
pub(crate) use buffers::copy_buffers;
pub(crate) use decision::Decision;
pub use init::Init;
pub use layer::Layer;
pub use layers::{
    AvgPool1d, AvgPool2d, BatchNorm, Conv1d, Conv2d, Dropout, Embedding, Flatten, Gru, LayerNorm, Linear, Lstm,
    MaxPool1d, MaxPool2d, MultiheadAttention, RmsNorm, Rnn,
};
#[cfg(feature = "onnx")]
pub(crate) use layers::{Convolution, Window, for_each_tuple};
pub use loss::Loss;
pub use mlp::Mlp;
pub use mode::Mode;
pub(crate) use mode::Seeds;
pub use module::Module;
pub use neuron::Neuron;
pub use objective::Objective;
pub use parameter::Parameter;
pub use parameter_info::ParameterInfo;
pub use parameters::Parameters;
pub use weighted_loss::WeightedLoss;
#[cfg(feature = "rayon")]
pub use workspace::ParallelWorkspace;
pub use workspace::Workspace;
