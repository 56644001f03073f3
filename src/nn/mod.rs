//! Nets: neurons, layers of them, and layers one after another; all generic over [`Scalar`](crate::Scalar).
//!
//! - `neuron.rs`, `layer.rs`, `mlp.rs`: [`Neuron`], [`Layer`], [`Mlp`]
//! - `net.rs`: [`Net`], what they are to those who train them, and how a struct of one's own becomes one
//! - `activation.rs`: [`Activation`], what a neuron does with its sum
//! - `init.rs`: [`Init`], the parameters to start from
//! - `loss.rs`: [`Loss`], how far predictions are from the truth, and [`Criterion`], a loss with weights

mod activation;
mod init;
mod layer;
mod loss;
mod mlp;
mod net;
mod neuron;

pub use activation::Activation;
pub use init::Init;
pub use layer::Layer;
pub use loss::{Criterion, Loss};
pub use mlp::Mlp;
pub use net::{Net, Weights, Workspace};
pub use neuron::Neuron;
