//! The rules of the activations, and of erf.

use super::values::logistic_parts;
use crate::Scalar;

#[inline(always)]
pub(crate) fn identity<T: Scalar>(x: T) -> (T, T) {
    (x, T::one())
}

#[inline(always)]
pub(crate) fn step<T: Scalar>(x: T) -> (T, T) {
    (x.step(), T::zero())
}

/// σ(x) and σ(−x), which is 1 − σ(x) without cancellation.
#[inline(always)]
pub(crate) fn logistic<T: Scalar>(x: T) -> [T; 2] {
    let (positive, _, larger, smaller) = logistic_parts(x);
    if positive { [larger, smaller] } else { [smaller, larger] }
}

#[inline(always)]
pub(crate) fn sigmoid<T: Scalar>(x: T) -> (T, T) {
    let [here, mirrored] = logistic(x);
    (x.sigmoid(), here * mirrored)
}

#[inline(always)]
pub(crate) fn leaky_relu<T: Scalar>(x: T, slope: T) -> (T, T, T) {
    let f = x.leaky_relu(slope);
    if x <= T::zero() { (f, slope, x) } else { (f, T::one(), T::zero()) }
}

#[inline(always)]
pub(crate) fn relu<T: Scalar>(x: T) -> (T, T) {
    (x.relu(), if x <= T::zero() { T::zero() } else { T::one() })
}

#[inline(always)]
pub(crate) fn elu<T: Scalar>(x: T) -> (T, T) {
    (x.elu(), if x > T::zero() { T::one() } else { x.exp() })
}

#[inline(always)]
pub(crate) fn softplus<T: Scalar>(x: T) -> (T, T) {
    (x.softplus(), logistic(x)[0])
}

/// The derivatives of [`relu`], where those of its smooth relatives have 0·∞.
#[inline(always)]
fn at_infinity<T: Scalar>(x: T) -> T {
    relu(x).1
}

#[inline(always)]
pub(crate) fn silu<T: Scalar>(x: T) -> (T, T) {
    let [here, mirrored] = logistic(x);
    (x.silu(), if x.is_infinite() { at_infinity(x) } else { here * (T::one() + x * mirrored) })
}

#[inline(always)]
pub(crate) fn gelu<T: Scalar>(x: T) -> (T, T) {
    let [cumulative, density] = super::values::normal(x);
    (x.gelu(), if x.is_infinite() { at_infinity(x) } else { cumulative + x * density })
}

#[inline(always)]
pub(crate) fn erf<T: Scalar>(x: T) -> (T, T) {
    (x.erf(), T::of(std::f64::consts::FRAC_2_SQRT_PI) * (-x * x).exp())
}

#[inline(always)]
pub(crate) fn erfc<T: Scalar>(x: T) -> (T, T) {
    let (_, derivative) = erf(x);
    (x.erfc(), -derivative)
}
