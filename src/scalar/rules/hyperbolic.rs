//! Rules of the hyperbolic functions and of their inverses.

use super::domain::within_domain;
use crate::scalar::Scalar;

#[inline(always)]
pub(crate) fn sinh<T: Scalar>(x: T) -> (T, T) {
    (x.sinh(), x.cosh())
}

#[inline(always)]
pub(crate) fn cosh<T: Scalar>(x: T) -> (T, T) {
    (x.cosh(), x.sinh())
}

#[inline(always)]
pub(crate) fn tanh<T: Scalar>(x: T) -> (T, T) {
    let f = x.tanh();
    (f, (T::one() - f) * (T::one() + f))
}

#[inline(always)]
pub(crate) fn asinh<T: Scalar>(x: T) -> (T, T) {
    (x.asinh(), x.hypot(T::one()).recip())
}

#[inline(always)]
pub(crate) fn acosh<T: Scalar>(x: T) -> (T, T) {
    (x.acosh(), ((x - T::one()).sqrt() * (x + T::one()).sqrt()).recip())
}

#[inline(always)]
pub(crate) fn atanh<T: Scalar>(x: T) -> (T, T) {
    let inner = (T::one() - x) * (T::one() + x);
    (x.atanh(), within_domain(inner >= T::zero(), x, inner.recip()))
}
