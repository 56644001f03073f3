//! Forward mode: numbers that carry their derivatives along, and the derivatives of functions of a few variables.
//!
//! One evaluation of the function computes the value and all derivatives. The time of each operation grows with the
//! number of variables, so these functions are for up to about thirty variables, in arrays. [`reverse`](crate::reverse)
//! has the functions for many variables, in slices.
//!
//! - `dual.rs`: [`Dual`], a number with its derivatives with respect to N variables
//! - `taylor_series.rs`: [`TaylorSeries`], a number with its derivatives of all orders with respect to one variable
//! - `gradient.rs`: [`derivative`], [`gradient()`], [`jacobian`], [`hessian`], [`jacobian_vector_product`];
//!   [`DualVector`], the results of a function that `jacobian` differentiates
//! - `taylor.rs`: [`taylor()`], derivatives of any order with respect to one variable

mod dual;
mod gradient;
mod taylor;
mod taylor_series;

pub use dual::Dual;
pub(crate) use gradient::along;
pub use gradient::{DualVector, derivative, gradient, hessian, jacobian, jacobian_vector_product};
pub use taylor::taylor;
pub use taylor_series::TaylorSeries;
