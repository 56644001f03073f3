//! The rules of the activations, and of erf.

use super::exp_m1;
use crate::Scalar;

#[inline(always)]
pub(crate) fn identity<T: Scalar>(x: T) -> (T, T) {
    (x, T::one())
}

#[inline(always)]
pub(crate) fn step<T: Scalar>(x: T) -> (T, T) {
    let f = if x >= T::zero() {
        T::one()
    } else if x < T::zero() {
        T::zero()
    } else {
        x
    };
    (f, T::zero())
}

/// Of x, by one branch: whether it is at least 0; e^(−|x|); σ(x) and σ(−x), which is 1 − σ(x) without cancellation.
#[inline(always)]
pub(crate) fn logistic<T: Scalar>(x: T) -> (bool, T, T, T) {
    let positive = x >= T::zero();
    let e = if positive { -x } else { x }.exp();
    let larger = (T::one() + e).recip();
    let smaller = e * larger;
    if positive { (positive, e, larger, smaller) } else { (positive, e, smaller, larger) }
}

#[inline(always)]
pub(crate) fn sigmoid<T: Scalar>(x: T) -> (T, T) {
    let (_, _, here, mirrored) = logistic(x);
    (here, here * mirrored)
}

#[inline(always)]
pub(crate) fn leaky_relu<T: Scalar>(x: T, slope: T) -> (T, T, T) {
    if x <= T::zero() { (slope * x, slope, x) } else { (x, T::one(), T::zero()) }
}

#[inline(always)]
pub(crate) fn relu<T: Scalar>(x: T) -> (T, T) {
    if x <= T::zero() { (T::zero(), T::zero()) } else { (x, T::one()) }
}

#[inline(always)]
pub(crate) fn elu<T: Scalar>(x: T) -> (T, T) {
    if x > T::zero() { (x, T::one()) } else { exp_m1(x) }
}

#[inline(always)]
pub(crate) fn softplus<T: Scalar>(x: T) -> (T, T) {
    let (positive, e, here, _) = logistic(x);
    let rest = e.ln_1p();
    (if positive { x + rest } else { rest }, here)
}

#[inline(always)]
pub(crate) fn silu<T: Scalar>(x: T) -> (T, T) {
    if x.is_infinite() {
        return relu(x); // its limits, where the formulas have 0·∞
    }
    let (_, _, here, mirrored) = logistic(x);
    (x * here, here * (T::one() + x * mirrored))
}

/// What 1/√2 is more than its double.
const FRAC_1_SQRT_2_REST: f64 = -4.833_646_656_726_457e-17;

#[inline(always)]
pub(crate) fn gelu<T: Scalar>(x: T) -> (T, T) {
    if x.is_infinite() {
        return relu(x);
    }
    let (half, factor) = (T::of(0.5), T::of(std::f64::consts::FRAC_1_SQRT_2));
    let density =
        T::of(0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2) * (-half * x * x).exp();
    // Φ(x) = ½·erfc(−x/√2). In the tail the rounding of −x/√2 would be felt a hundredfold, so Φ goes on to the exact
    // quotient by its slope.
    let rounded = -x * factor;
    let rest = FRAC_1_SQRT_2_REST + (std::f64::consts::FRAC_1_SQRT_2 - factor.to_f64().unwrap_or(f64::NAN));
    let lost = (-x).mul_add(factor, -rounded) - x * T::of(rest);
    let cumulative = half * rounded.erfc() - T::of(std::f64::consts::SQRT_2) * density * lost;
    (x * cumulative, cumulative + x * density)
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
