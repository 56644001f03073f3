//! Rules of the error function; the normal distribution, which is made from it.

use crate::scalar::Scalar;

#[inline(always)]
pub(crate) fn erf<T: Scalar>(x: T) -> (T, T) {
    (x.erf(), T::of(std::f64::consts::FRAC_2_SQRT_PI) * (-x * x).exp())
}

#[inline(always)]
pub(crate) fn erfc<T: Scalar>(x: T) -> (T, T) {
    let (_, derivative) = erf(x);
    (x.erfc(), -derivative)
}

/// 1/√2 minus the double nearest to it.
const FRAC_1_SQRT_2_REST: f64 = -4.833_646_656_726_457e-17;

/// Returns Φ(x) and φ(x), the distribution and the density of the standard normal distribution.
#[inline(always)]
pub(crate) fn normal<T: Scalar>(x: T) -> [T; 2] {
    let (half, factor) = (T::of(0.5), T::of(std::f64::consts::FRAC_1_SQRT_2));
    let density =
        T::of(0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2) * (-half * x * x).exp();
    // Φ(x) = ½·erfc(−x/√2). In the tail, Φ would enlarge the rounding error of −x/√2 a hundredfold, so a first-order
    // correction, the error times the derivative, is added.
    let rounded = -x * factor;
    let rest = FRAC_1_SQRT_2_REST + (std::f64::consts::FRAC_1_SQRT_2 - factor.to_f64().unwrap_or(f64::NAN));
    let lost = (-x).mul_add(factor, -rounded) - x * T::of(rest);
    [half * rounded.erfc() - T::of(std::f64::consts::SQRT_2) * density * lost, density]
}
