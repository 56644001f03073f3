//! Rules of products, quotients and remainders.

use crate::scalar::Scalar;
use num_traits::Float;

#[inline(always)]
pub(crate) fn mul<T: Float>(a: T, b: T) -> (T, T, T) {
    (a * b, b, a)
}

#[inline(always)]
pub(crate) fn div<T: Float>(a: T, b: T) -> (T, T, T) {
    let (f, da, db) = ordinary_div(a, b);
    // −f/b where 1/b² overflows, which the second derivative needs
    (f, da, if (da * da).is_finite() { db } else { -(f / b) })
}

/// The rule of quotients where 1/b and 1/b² are finite. A product is faster than a second division.
#[inline(always)]
pub(crate) fn ordinary_div<T: Float>(a: T, b: T) -> (T, T, T) {
    let (f, da) = (a / b, b.recip());
    (f, da, -(f * da))
}

#[inline(always)]
pub(crate) fn rem<T: Float>(a: T, b: T) -> (T, T, T) {
    let f = a % b;
    if f.is_nan() {
        let outside = ((a + b) * T::nan()).recip();
        return (f, outside, outside);
    }
    // a % b = a − b·trunc(a / b), and a − f is that multiple of b but for rounding.
    (f, T::one(), -((a - f) / b).round())
}

/// Returns a factor by which to multiply two tiny numbers, if the derivative `da` of a function of their ratio with
/// respect to the first overflows. The function of the multiplied numbers is the same, and its two derivatives are
/// finite, so that they can cancel each other.
#[inline(always)]
pub(crate) fn enlargement<T: Scalar>(a: T, b: T, da: T) -> Option<T> {
    let is_too_large = da.is_infinite() && a.abs() < T::one() && b.abs() < T::one() && !b.is_zero();
    is_too_large.then(|| T::min_positive_value().recip())
}
