//! Rules of functions that are constant or linear between kinks and jumps.

use super::domain::within_domain;
use crate::scalar::Scalar;

#[inline(always)]
pub(crate) fn abs<T: Scalar>(x: T) -> (T, T) {
    (x.abs(), if x.is_zero() { T::zero() } else { x.signum() })
}

#[inline(always)]
pub(crate) fn signum<T: Scalar>(x: T) -> (T, T) {
    (x.signum(), T::zero())
}

#[inline(always)]
pub(crate) fn floor<T: Scalar>(x: T) -> (T, T) {
    (x.floor(), T::zero())
}

#[inline(always)]
pub(crate) fn ceil<T: Scalar>(x: T) -> (T, T) {
    (x.ceil(), T::zero())
}

#[inline(always)]
pub(crate) fn round<T: Scalar>(x: T) -> (T, T) {
    (x.round(), T::zero())
}

#[inline(always)]
pub(crate) fn trunc<T: Scalar>(x: T) -> (T, T) {
    (x.trunc(), T::zero())
}

#[inline(always)]
pub(crate) fn fract<T: Scalar>(x: T) -> (T, T) {
    (x.fract(), within_domain(x.is_finite(), x, T::one()))
}

#[inline(always)]
pub(crate) fn max<T: Scalar>(a: T, b: T) -> (T, T, T) {
    if a > b || b.is_nan() {
        (a, T::one(), T::zero())
    } else if b > a || a.is_nan() {
        (b, T::zero(), T::one())
    } else {
        (a.max(b), T::of(0.5), T::of(0.5))
    }
}

#[inline(always)]
pub(crate) fn min<T: Scalar>(a: T, b: T) -> (T, T, T) {
    let (f, da, db) = max(-a, -b);
    (-f, da, db)
}

#[inline(always)]
pub(crate) fn abs_sub<T: Scalar>(a: T, b: T) -> (T, T, T) {
    if a <= b { (T::zero(), T::zero(), T::zero()) } else { (a - b, T::one(), -T::one()) }
}

#[inline(always)]
pub(crate) fn copysign<T: Scalar>(a: T, sign: T) -> (T, T, T) {
    let f = a.copysign(sign);
    let da = if a.is_zero() { T::zero() } else { a.signum() * sign.signum() };
    (f, da, T::zero())
}
