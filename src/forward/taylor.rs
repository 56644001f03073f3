//! Derivatives of any order by one variable.

use crate::forward::TaylorSeries;
use crate::scalar::Scalar;
use std::cell::RefCell;

/// The coefficients of the Taylor series of a function at x, up to an order: `c₀ … c_order`, where the k-th derivative is
/// `k!·cₖ` and `f(x + h) = c₀ + c₁·h + c₂·h² + …`.
///
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
/// A function of several variables goes along a line: `taylor(|t| f(&[t * 3.0 + 1.0, t * -1.0]), 0.0, 4)`.
///
/// Time grows with the square of the order for products and quotients, and with the third to fourth power for functions.
pub fn taylor<T, F>(f: F, x: T, order: usize) -> Vec<T>
where
    T: Scalar,
    F: for<'s> FnOnce(TaylorSeries<'s, T>) -> TaylorSeries<'s, T>,
{
    let store = RefCell::new(Vec::new());
    let y = f(TaylorSeries::variable(x, order, &store));
    (0..=order).map(|k| y.coefficient(k)).collect()
}
