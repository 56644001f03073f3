//! Rules of the activations.

use super::erf::normal;
use super::logistic::Logistic;
use crate::scalar::Scalar;
use values::times_cumulative;

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
    (value_by_type(|| logistic.here(), || x.sigmoid()), logistic.here() * logistic.mirrored())
}

#[inline(always)]
pub(crate) fn relu<T: Scalar>(x: T) -> (T, T) {
    (x.relu(), if x <= T::zero() { T::zero() } else { T::one() })
}

#[inline(always)]
pub(crate) fn leaky_relu<T: Scalar>(x: T, slope: T) -> (T, T, T) {
    let f = x.leaky_relu(slope);
    if x <= T::zero() { (f, slope, x) } else { (f, T::one(), T::zero()) }
}

#[inline(always)]
pub(crate) fn elu<T: Scalar>(x: T) -> (T, T) {
    (x.elu(), if x > T::zero() { T::one() } else { x.exp() })
}

#[inline(always)]
pub(crate) fn softplus<T: Scalar>(x: T) -> (T, T) {
    let logistic = Logistic::of(x);
    (value_by_type(|| logistic.softplus(x), || x.softplus()), logistic.here())
}

#[inline(always)]
pub(crate) fn silu<T: Scalar>(x: T) -> (T, T) {
    let logistic = Logistic::of(x);
    let derivative = logistic.here() * (T::one() + x * logistic.mirrored());
    (
        value_by_type(|| times_cumulative(x, logistic.here()), || x.silu()),
        if x.is_infinite() { at_infinity(x) } else { derivative },
    )
}

#[inline(always)]
pub(crate) fn gelu<T: Scalar>(x: T) -> (T, T) {
    let [cumulative, density] = normal(x);
    (
        value_by_type(|| times_cumulative(x, cumulative), || x.gelu()),
        if x.is_infinite() { at_infinity(x) } else { cumulative + x * density },
    )
}

/// Returns the limit of the derivative of a smooth activation at infinity, where its formula has 0·∞: the derivative of
/// [`relu`].
#[inline(always)]
fn at_infinity<T: Scalar>(x: T) -> T {
    relu(x).1
}

/// Returns the value of a function: for floats `shared`, which has parts in common with the derivative; for types that
/// carry derivatives `method`, the type's own function, which differentiates by the rule.
#[inline(always)]
fn value_by_type<T: Scalar>(shared: impl FnOnce() -> T, method: impl FnOnce() -> T) -> T {
    if T::one().is_plain() { shared() } else { method() }
}

/// The functions that `Float` lacks, as floats compute them.
pub(crate) mod values {
    use super::super::erf::normal;
    use super::super::logistic::Logistic;
    use crate::scalar::Scalar;

    #[inline(always)]
    pub(crate) fn step<T: Scalar>(x: T) -> T {
        if x >= T::zero() {
            T::one()
        } else if x < T::zero() {
            T::zero()
        } else {
            x
        }
    }

    #[inline(always)]
    pub(crate) fn sigmoid<T: Scalar>(x: T) -> T {
        Logistic::of(x).here()
    }

    #[inline(always)]
    pub(crate) fn relu<T: Scalar>(x: T) -> T {
        if x <= T::zero() { T::zero() } else { x }
    }

    #[inline(always)]
    pub(crate) fn leaky_relu<T: Scalar>(x: T, slope: T) -> T {
        if x <= T::zero() { slope * x } else { x }
    }

    #[inline(always)]
    pub(crate) fn elu<T: Scalar>(x: T) -> T {
        if x > T::zero() { x } else { x.exp_m1() }
    }

    #[inline(always)]
    pub(crate) fn softplus<T: Scalar>(x: T) -> T {
        Logistic::of(x).softplus(x)
    }

    #[inline(always)]
    pub(crate) fn silu<T: Scalar>(x: T) -> T {
        times_cumulative(x, sigmoid(x))
    }

    #[inline(always)]
    pub(crate) fn gelu<T: Scalar>(x: T) -> T {
        times_cumulative(x, normal(x)[0])
    }

    /// Returns x times `cumulative`, the value at x of a function that rises from 0 to 1; at infinity, where that is
    /// 0·∞, its limit.
    #[inline(always)]
    pub(super) fn times_cumulative<T: Scalar>(x: T, cumulative: T) -> T {
        if x.is_infinite() { relu(x) } else { x * cumulative }
    }
}
