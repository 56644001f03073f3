//! Nets: neurons, layers of them, and layers one after another; all generic over [`Scalar`](crate::Scalar).
//!
//! - `neuron.rs`, `layer.rs`, `mlp.rs`: [`Neuron`], [`Layer`], [`Mlp`]
//! - `net.rs`: [`Net`], what they are to those who train them, and how a struct of one's own becomes one
//! - `weights.rs`: [`Weights`], parameters for a net of one's own
//! - `tensor.rs`: [`ParameterInfo`], which parameters of a net belong together, and what they are called
//! - `workspace.rs`: [`Workspace`], the memory of a training step over a batch
//! - `activation.rs`: [`Activation`], what a neuron does with its sum
//! - `init.rs`: [`Init`], the parameters to start from
//! - `loss.rs`: [`Loss`], how far predictions are from the truth, and [`WeightedLoss`], a loss with weights

mod activation;
mod decision;
mod init;
mod layer;
mod loss;
mod mlp;
mod net;
mod neuron;
mod tensor;
mod weights;
mod workspace;

pub use activation::Activation;
pub(crate) use decision::Decision;
pub use init::Init;
pub use layer::Layer;
pub use loss::{Loss, WeightedLoss};
pub use mlp::Mlp;
pub use net::Net;
pub use neuron::Neuron;
pub use tensor::ParameterInfo;
pub(crate) use tensor::biases;
pub use weights::Weights;
#[cfg(feature = "rayon")]
pub use workspace::ParallelWorkspace;
pub use workspace::Workspace;
