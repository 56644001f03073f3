//! Forward mode: numbers that carry derivatives along, and the derivatives of functions found by them.
//!
//! - `dual.rs`: [`Dual`], a number with its derivatives with respect to N variables
//! - `taylor_series.rs`: [`TaylorSeries`], a number with its derivatives of all orders with respect to one variable
//! - `gradient.rs`: [`derivative`], [`gradient`], [`jacobian`], [`hessian`], [`jacobian_vector_product`], of functions of a
//!   few variables, in arrays
//! - `taylor.rs`: [`taylor`], derivatives of any order with respect to one variable

mod dual;
pub(crate) mod gradient;
mod taylor;
mod taylor_series;

pub use dual::Dual;
pub use gradient::{derivative, gradient, hessian, jacobian, jacobian_vector_product};
pub use taylor::taylor;
pub use taylor_series::TaylorSeries;
