//! The rules of the activations, and of erf.

use super::values::{Logistic, normal, times_cumulative};
use crate::scalar::Scalar;

/// The value of a function: of a float, as it is computed along with the derivative; of a type that carries derivatives,
/// which has them by the rule, the type's own.
#[inline(always)]
pub(super) fn by_type<T: Scalar>(of_float: impl FnOnce() -> T, own: impl FnOnce() -> T) -> T {
    if T::one().is_plain() { of_float() } else { own() }
}

#[inline(always)]
pub(crate) fn identity<T: Scalar>(x: T) -> (T, T) {
    (x, T::one())
}

#[inline(always)]
pub(crate) fn step<T: Scalar>(x: T) -> (T, T) {
    (x.step(), T::zero())
}

#[inline(always)]
pub(crate) fn sigmoid<T: Scalar>(x: T) -> (T, T) {
    let logistic = Logistic::of(x);
    (by_type(|| logistic.here(), || x.sigmoid()), logistic.here() * logistic.mirrored())
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
    let logistic = Logistic::of(x);
    (by_type(|| logistic.softplus(x), || x.softplus()), logistic.here())
}

/// The derivatives of [`relu`], where those of its smooth relatives have 0·∞.
#[inline(always)]
fn at_infinity<T: Scalar>(x: T) -> T {
    relu(x).1
}

#[inline(always)]
pub(crate) fn silu<T: Scalar>(x: T) -> (T, T) {
    let logistic = Logistic::of(x);
    let derivative = logistic.here() * (T::one() + x * logistic.mirrored());
    (
        by_type(|| times_cumulative(x, logistic.here()), || x.silu()),
        if x.is_infinite() { at_infinity(x) } else { derivative },
    )
}

#[inline(always)]
pub(crate) fn gelu<T: Scalar>(x: T) -> (T, T) {
    let [cumulative, density] = normal(x);
    (
        by_type(|| times_cumulative(x, cumulative), || x.gelu()),
        if x.is_infinite() { at_infinity(x) } else { cumulative + x * density },
    )
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
