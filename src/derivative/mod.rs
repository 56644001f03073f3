//! What users call for the derivatives of their own functions.
//!
//! - `forward.rs`: functions of a few variables, in arrays: [`derivative`], [`gradient`], [`jacobian`], [`hessian`], and
//!   [`jacobian_vector_product`]
//! - `reverse.rs`: functions of many variables, in slices: [`gradient_of`], [`jacobian_of`], [`hessian_of`],
//!   [`vector_jacobian_product`], [`hessian_vector_product`], [`unreached`]
//! - `taylor.rs`: derivatives of any order by one variable: [`taylor`]
//! - `gradcheck.rs`: is a gradient right? [`gradcheck`]

mod forward;
mod gradcheck;
mod reverse;
mod taylor;

pub use forward::{derivative, gradient, hessian, jacobian, jacobian_vector_product};
pub use gradcheck::gradcheck;
pub use reverse::{gradient_of, hessian_of, hessian_vector_product, jacobian_of, unreached, vector_jacobian_product};
pub use taylor::taylor;
