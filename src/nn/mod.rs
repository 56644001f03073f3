//! Networks: modules and their parameters, activations, initial parameters, losses; all generic over
//! [`Scalar`](crate::Scalar).
//!
//! - `parameters.rs`: [`Parameters`], a tree of parameters; `parameter_info.rs`: [`ParameterInfo`], their names and shapes
//! - `module.rs`: [`Module`], parameters and a forward pass; [`module!`](crate::module) for custom ones
//! - `parameter.rs`: [`Parameter`], a matrix that training changes
//! - `neuron.rs`, `layer.rs`, `mlp.rs`: [`Neuron`], [`Layer`], [`Mlp`]
//! - `activation.rs`: [`Activation`]; `init.rs`: [`Init`], initial parameters
//! - `loss.rs`: [`Loss`]; `objective.rs`: [`Objective`], what training minimizes, and [`WeightedLoss`], a loss with weights
//! - `decision.rs`: [`Decision`], how outputs are read as a class
//! - `workspace.rs`: [`Workspace`], the memory of a training step over a batch

mod activation;
mod decision;
mod init;
mod layer;
mod loss;
mod mlp;
mod module;
mod neuron;
mod objective;
mod parameter;
mod parameter_info;
mod parameters;
mod workspace;

pub use activation::Activation;
pub(crate) use decision::Decision;
pub use init::Init;
pub use layer::Layer;
pub use loss::Loss;
pub use mlp::Mlp;
pub use module::Module;
pub use neuron::Neuron;
pub use objective::{Objective, WeightedLoss};
pub use parameter::Parameter;
pub use parameter_info::ParameterInfo;
pub use parameters::Parameters;
#[cfg(feature = "rayon")]
pub use workspace::ParallelWorkspace;
pub use workspace::Workspace;
