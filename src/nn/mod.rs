//! Nets: neurons, layers of them, and layers one after another; all generic over [`Scalar`](crate::Scalar).
//!
//! - `neuron.rs`, `layer.rs`, `mlp.rs`: [`Neuron`], [`Layer`], [`Mlp`]
//! - `activation.rs`: [`Activation`], what a neuron does with its sum
//! - `init.rs`: [`Init`], the parameters to start from
//! - `loss.rs`: [`Loss`], how far predictions are from the truth

mod activation;
mod init;
mod layer;
mod loss;
mod mlp;
mod neuron;

pub use activation::Activation;
pub use init::Init;
pub use layer::Layer;
pub use loss::Loss;
pub use mlp::Mlp;
pub use neuron::Neuron;
