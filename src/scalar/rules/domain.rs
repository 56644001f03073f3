//! Derivatives at the ends of a function's domain and outside of it.

use crate::scalar::Scalar;

/// Returns the derivative, or NaN where x is outside of the domain. The derivatives of this NaN with respect to x, of
/// every order, are NaN too.
#[inline(always)]
pub(super) fn within_domain<T: Scalar>(is_within: bool, x: T, derivative: T) -> T {
    if is_within { derivative } else { (x * T::nan()).recip() }
}

/// Returns x, but 0 for −0: where a domain ends at 0, the derivative is the limit from within.
#[inline(always)]
pub(super) fn unsigned_zero<T: Scalar>(x: T) -> T {
    x + T::zero()
}
