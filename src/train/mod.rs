//! Training: from gradients to better parameters.
//!
//! - `optimizer.rs`: [`Optimizer`], what moves parameters
//! - `sgd.rs`: [`Sgd`], [`Momentum`]: stochastic gradient descent
//! - `adam.rs`: [`RmsProp`], [`Adam`]: steps measured by what slopes have been

mod adam;
mod optimizer;
mod sgd;

pub use adam::{Adam, RmsProp};
pub use optimizer::Optimizer;
pub use sgd::{Momentum, Sgd};
