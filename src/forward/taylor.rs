//! Derivatives of any order with respect to one variable.

use crate::forward::TaylorSeries;
use crate::scalar::Scalar;
use std::cell::RefCell;

/// Computes the coefficients `c₀, c₁, …` of a function's Taylor series at `x`, up to `order`.
///
/// Use it for derivatives of third and higher order; [`derivative`](crate::derivative) and [`hessian`](crate::hessian)
/// compute the first and the second.
///
/// `f(x + h) = c₀ + c₁·h + c₂·h² + …`, and the k-th derivative is `k!·cₖ`.
///
/// # Speed
/// The time grows with the square of the order for products and quotients, and with its third to fourth power for
/// elementary functions.
///
/// # Examples
/// ```
/// use backprop::{Scalar, taylor};
///
/// assert_eq!(taylor(|x| x.powi(3), 2.0, 4), [8.0, 12.0, 6.0, 1.0, 0.0]);
///
/// fn geometric<S: Scalar>(x: S) -> S {
///     (S::one() - x).recip()
/// }
/// assert_eq!(taylor(|x| geometric(x), 0.0, 5), [1.0; 6]); // 1 + x + x² + …
/// ```
///
/// A function of several variables has a series along a line:
///
/// ```
/// use backprop::taylor;
///
/// // f(x, y) = x·y from (1, 0) in the direction (3, −1): (1 + 3t)·(−t)
/// assert_eq!(taylor(|t| (t * 3.0 + 1.0) * -t, 0.0, 3), [0.0, -1.0, -3.0, 0.0]);
/// ```
#[doc(alias("jet", "higher_order"))]
pub fn taylor<T, F>(f: F, x: T, order: usize) -> Vec<T>
where
    T: Scalar,
    F: for<'s> FnOnce(TaylorSeries<'s, T>) -> TaylorSeries<'s, T>,
{
    let store = RefCell::new(Vec::new());
    let y = f(TaylorSeries::variable(x, order, &store));
    (0..=order).map(|k| y.coefficient(k)).collect()
}
