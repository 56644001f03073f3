//! Rules of exponentials and logarithms.

use super::domain::{unsigned_zero, within_domain};
use super::logistic::Logistic;
use crate::scalar::Scalar;

#[inline(always)]
pub(crate) fn exp<T: Scalar>(x: T) -> (T, T) {
    let f = x.exp();
    (f, f)
}

#[inline(always)]
pub(crate) fn exp2<T: Scalar>(x: T) -> (T, T) {
    let f = x.exp2();
    (f, f * T::of(std::f64::consts::LN_2))
}

#[inline(always)]
pub(crate) fn exp_m1<T: Scalar>(x: T) -> (T, T) {
    (x.exp_m1(), x.exp())
}

#[inline(always)]
pub(crate) fn ln<T: Scalar>(x: T) -> (T, T) {
    (x.ln(), within_domain(x >= T::zero(), x, unsigned_zero(x).recip()))
}

#[inline(always)]
pub(crate) fn log2<T: Scalar>(x: T) -> (T, T) {
    (x.log2(), within_domain(x >= T::zero(), x, (unsigned_zero(x) * T::of(std::f64::consts::LN_2)).recip()))
}

#[inline(always)]
pub(crate) fn log10<T: Scalar>(x: T) -> (T, T) {
    (x.log10(), within_domain(x >= T::zero(), x, (unsigned_zero(x) * T::of(std::f64::consts::LN_10)).recip()))
}

#[inline(always)]
pub(crate) fn ln_1p<T: Scalar>(x: T) -> (T, T) {
    (x.ln_1p(), within_domain(x >= -T::one(), x, (T::one() + x).recip()))
}

#[inline(always)]
pub(crate) fn log<T: Scalar>(x: T, base: T) -> (T, T, T) {
    let (f, ln_base) = (x.log(base), base.ln());
    let within = |d| within_domain(x >= T::zero() && base >= T::zero(), x + base, d);
    (f, within(unsigned_zero(x).recip() / ln_base), within(-f / unsigned_zero(base) / ln_base))
}

#[inline(always)]
pub(crate) fn xlogy<T: Scalar>(x: T, y: T) -> (T, T, T) {
    let (ln, derivative) = ln(y);
    let dy =
        if x.is_zero() { x.strong_mul(derivative) } else { within_domain(y >= T::zero(), y, x / unsigned_zero(y)) };
    (x.xlogy(y), ln, dy)
}

#[inline(always)]
pub(crate) fn log_add_exp<T: Scalar>(a: T, b: T) -> (T, T, T) {
    let f = a.log_add_exp(b);
    if a == b && a.is_infinite() {
        return (f, T::of(0.5), T::of(0.5)); // a − b would be NaN
    }
    let logistic = Logistic::of(a - b);
    (f, logistic.here(), logistic.mirrored())
}

/// The functions that `Float` lacks, as floats compute them.
pub(crate) mod values {
    use crate::scalar::Scalar;

    #[inline(always)]
    pub(crate) fn xlogy<T: Scalar>(x: T, y: T) -> T {
        if y.is_nan() { y } else { zero_times(x, y.ln()) }
    }

    /// Returns x·y, and 0 where x is 0, for every y.
    #[inline(always)]
    pub(crate) fn zero_times<T: Scalar>(x: T, y: T) -> T {
        if x.is_zero() { x.strong_mul(y) } else { x * y }
    }

    #[inline(always)]
    pub(crate) fn log_add_exp<T: Scalar>(a: T, b: T) -> T {
        if a == b && a.is_infinite() {
            return a; // a − b would be NaN
        }
        let (larger, below) = if a >= b { (a, b - a) } else { (b, a - b) };
        larger + below.exp().ln_1p()
    }
}
