//! Rules of powers and roots.

use super::domain::unsigned_zero;
use crate::scalar::Scalar;

#[inline(always)]
pub(crate) fn recip<T: Scalar>(x: T) -> (T, T) {
    let f = x.recip();
    (f, -(f * f))
}

#[inline(always)]
pub(crate) fn sqrt<T: Scalar>(x: T) -> (T, T) {
    let f = x.sqrt();
    (f, T::of(0.5) / unsigned_zero(f)) // the root of −0 is −0
}

#[inline(always)]
pub(crate) fn cbrt<T: Scalar>(x: T) -> (T, T) {
    let f = x.cbrt();
    let inverse = f.recip();
    (f, inverse * inverse / T::of(3.0)) // the derivative of 1/(3f²) would be 0·∞ at 0
}

#[inline(always)]
pub(crate) fn powi<T: Scalar>(x: T, n: i32) -> (T, T) {
    let f = x.powi(n);
    let derivative = match n {
        0 => T::zero(),
        1 => T::one(),
        2 => T::of(2.0) * x,
        i32::MIN => T::of(n.into()) * f / x, // n − 1 would overflow
        _ => T::of(n.into()) * x.powi(n - 1),
    };
    (f, derivative)
}

#[inline(always)]
pub(crate) fn powf<T: Scalar>(x: T, p: T) -> (T, T, T) {
    let exponent = p - T::one();
    let (f, power, ln) = x.two_powers_and_ln(p, exponent);
    // x⁰ is 1 everywhere, 0⁰ too: its derivative is not 0·∞, but p can carry derivatives.
    // Where xᵖ⁻¹ is 0⁰, its derivative with respect to p is ln x instead of the 0 of dp.
    let power = if x.is_zero() && exponent.is_zero() { power + exponent.strong_mul(ln) } else { power };
    let dx = p.strong_mul(power);
    // x^p·ln x goes to 0 with x where x^p does. At 0⁰ it has no limit: the derivative along x = 0, p > 0 is taken.
    let dp = if x.is_zero() && p.is_zero() { T::zero() } else { f.strong_mul(ln) };
    (f, dx, dp)
}

/// The rule of powers where x and x^p are ordinary positive numbers; elsewhere all results may be NaN. A quotient takes
/// less time than a second power.
#[inline(always)]
pub(crate) fn ordinary_powf<T: Scalar>(x: T, p: T) -> (T, T, T) {
    let (f, ln) = x.ordinary_power_and_ln(p);
    (f, p * (f / x), f * ln)
}

#[inline(always)]
pub(crate) fn hypot<T: Scalar>(a: T, b: T) -> (T, T, T) {
    let f = a.hypot(b);
    if f.is_zero() {
        return (f, T::zero(), T::zero());
    }
    // a/f and b/f are computed from the ratio of the smaller to the larger, so that second derivatives keep their
    // digits.
    if a.abs() >= b.abs() {
        let ratio = b / a;
        let da = (T::one() + ratio * ratio).sqrt().recip() * a.signum();
        (f, da, ratio * da)
    } else {
        let ratio = a / b;
        let db = (T::one() + ratio * ratio).sqrt().recip() * b.signum();
        (f, ratio * db, db)
    }
}
