//! Training: from gradients to better parameters.
//!
//! - `sgd.rs`: [`Sgd`], stochastic gradient descent

mod sgd;

pub use sgd::Sgd;
