//! Rules of the trigonometric functions, of their inverses, and of sinc.

use crate::scalar::Scalar;

#[inline(always)]
pub(crate) fn sin<T: Scalar>(x: T) -> (T, T) {
    x.sin_cos()
}

#[inline(always)]
pub(crate) fn cos<T: Scalar>(x: T) -> (T, T) {
    let (sin, cos) = x.sin_cos();
    (cos, -sin)
}

#[inline(always)]
pub(crate) fn tan<T: Scalar>(x: T) -> (T, T) {
    let f = x.tan();
    (f, T::one() + f * f)
}

/// Returns √(1 − x²).
#[inline(always)]
fn sqrt_1_minus_square<T: Scalar>(x: T) -> T {
    ((T::one() - x) * (T::one() + x)).sqrt()
}

#[inline(always)]
pub(crate) fn asin<T: Scalar>(x: T) -> (T, T) {
    (x.asin(), sqrt_1_minus_square(x).recip())
}

#[inline(always)]
pub(crate) fn acos<T: Scalar>(x: T) -> (T, T) {
    (x.acos(), -sqrt_1_minus_square(x).recip())
}

#[inline(always)]
pub(crate) fn atan<T: Scalar>(x: T) -> (T, T) {
    (x.atan(), (T::one() + x * x).recip())
}

#[inline(always)]
pub(crate) fn atan2<T: Scalar>(y: T, x: T) -> (T, T, T) {
    let f = y.atan2(x);
    if x.is_zero() && y.is_zero() {
        return (f, T::zero(), T::zero());
    }
    // x/(x² + y²) and −y/(x² + y²), without squares that overflow or underflow
    let factor = |ratio: T| (T::one() + ratio * ratio).recip();
    if x.abs() >= y.abs() {
        let ratio = y / x;
        (f, factor(ratio) / x, -(ratio / x * factor(ratio)))
    } else {
        let ratio = x / y;
        (f, ratio / y * factor(ratio), -(factor(ratio) / y))
    }
}

#[inline(always)]
pub(crate) fn to_degrees<T: Scalar>(x: T) -> (T, T) {
    (x.to_degrees(), T::of(180.0 / std::f64::consts::PI))
}

#[inline(always)]
pub(crate) fn to_radians<T: Scalar>(x: T) -> (T, T) {
    (x.to_radians(), T::of(std::f64::consts::PI / 180.0))
}

/// In u = πx, sinc is sin u/u, with the derivative (cos u − sin u/u)/u with respect to u; near 0, the Taylor series is
/// used.
#[inline(always)]
pub(crate) fn sinc<T: Scalar>(x: T) -> (T, T) {
    let (f, pi) = (x.sinc(), T::of(std::f64::consts::PI));
    let u = x * pi;
    let derivative = if x.is_infinite() {
        T::zero()
    } else if u.abs() > T::of(4.0) {
        (sin_cos_pi(x).1 - f) / x // each further derivative divides the rounding by x
    } else {
        series_of_sinc(u, 1) * u * pi
    };
    (f, derivative)
}

/// Returns sin(πx) and cos(πx), computed from the distance to the nearest integer: the sine is exactly 0 at integers.
#[inline(always)]
fn sin_cos_pi<T: Scalar>(x: T) -> (T, T) {
    let (integer, two) = (x.round(), T::of(2.0));
    let (sin, cos) = ((x - integer) * T::of(std::f64::consts::PI)).sin_cos();
    let is_odd = (integer / two).fract() != T::zero();
    if is_odd { (-sin, -cos) } else { (sin, cos) }
}

/// The coefficients (−1)ᵏ/(2k + 1)! of the Taylor series of sin u/u in powers of u²: enough for |u| ≤ 4, and for as
/// many derivatives as there are terms.
const SINC: [f64; 32] = {
    let (mut coefficients, mut k) = ([1.0; 32], 1);
    while k < coefficients.len() {
        coefficients[k] = -coefficients[k - 1] / ((2 * k) * (2 * k + 1)) as f64;
        k += 1;
    }
    coefficients
};

/// Computes the series of sin u/u, or for `order` 1 the series of its derivative with respect to u, divided by u.
#[inline(always)]
fn series_of_sinc<T: Scalar>(u: T, order: usize) -> T {
    let square = u * u;
    let factor = |k: usize| if order == 0 { 1.0 } else { (2 * k) as f64 };
    (order..SINC.len()).rev().fold(T::zero(), |sum, k| sum * square + T::of(factor(k) * SINC[k]))
}

/// The functions that `Float` lacks, as floats compute them.
pub(crate) mod values {
    use super::{series_of_sinc, sin_cos_pi};
    use crate::scalar::Scalar;

    /// In u = πx, sinc is sin u/u.
    #[inline(always)]
    pub(crate) fn sinc<T: Scalar>(x: T) -> T {
        let u = x * T::of(std::f64::consts::PI);
        if x.is_infinite() {
            T::zero()
        } else if u.abs() > T::one() {
            sin_cos_pi(x).0 / u + T::zero() // −0 becomes 0
        } else {
            series_of_sinc(u, 0)
        }
    }
}
