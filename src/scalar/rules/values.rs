//! The functions of [`Scalar`] that `Float` lacks, as floats compute them.
//!
//! A rule takes its value from the type, `x.softplus()` say, and not from here: a type that carries derivatives has them by
//! the rule then, and not by differentiating how the value is computed.

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

/// What σ and its relatives are made of, by one branch: whether x is at least 0; e^(−|x|), σ(|x|) and σ(−|x|).
#[derive(Clone, Copy)]
pub(crate) struct Logistic<T> {
    is_positive: bool,
    e: T,
    larger: T,
    smaller: T,
}

impl<T: Scalar> Logistic<T> {
    #[inline(always)]
    pub(crate) fn of(x: T) -> Logistic<T> {
        let is_positive = x >= T::zero();
        let e = if is_positive { -x } else { x }.exp();
        let larger = (T::one() + e).recip();
        Logistic { is_positive, e, larger, smaller: e * larger }
    }

    /// σ(x).
    #[inline(always)]
    pub(crate) fn here(self) -> T {
        if self.is_positive { self.larger } else { self.smaller }
    }

    /// σ(−x), which is 1 − σ(x) without cancellation.
    #[inline(always)]
    pub(crate) fn mirrored(self) -> T {
        if self.is_positive { self.smaller } else { self.larger }
    }

    /// ln(1 + eˣ) of the same x.
    #[inline(always)]
    pub(crate) fn softplus(self, x: T) -> T {
        let rest = self.e.ln_1p();
        if self.is_positive { x + rest } else { rest }
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

/// x times a function that goes from 0 to 1; at infinity the limits, where there is 0·∞.
#[inline(always)]
pub(super) fn times_cumulative<T: Scalar>(x: T, cumulative: T) -> T {
    if x.is_infinite() { relu(x) } else { x * cumulative }
}

/// What 1/√2 is more than its double.
const FRAC_1_SQRT_2_REST: f64 = -4.833_646_656_726_457e-17;

/// Φ(x) and φ(x), the distribution and the density of the normal distribution.
#[inline(always)]
pub(crate) fn normal<T: Scalar>(x: T) -> [T; 2] {
    let (half, factor) = (T::of(0.5), T::of(std::f64::consts::FRAC_1_SQRT_2));
    let density =
        T::of(0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2) * (-half * x * x).exp();
    // Φ(x) = ½·erfc(−x/√2). In the tail the rounding of −x/√2 would be felt a hundredfold, so Φ goes on to the exact
    // quotient by its slope.
    let rounded = -x * factor;
    let rest = FRAC_1_SQRT_2_REST + (std::f64::consts::FRAC_1_SQRT_2 - factor.to_f64().unwrap_or(f64::NAN));
    let lost = (-x).mul_add(factor, -rounded) - x * T::of(rest);
    [half * rounded.erfc() - T::of(std::f64::consts::SQRT_2) * density * lost, density]
}

#[inline(always)]
pub(crate) fn gelu<T: Scalar>(x: T) -> T {
    times_cumulative(x, normal(x)[0])
}

#[inline(always)]
pub(crate) fn xlogy<T: Scalar>(x: T, y: T) -> T {
    if y.is_nan() { y } else { zero_times(x, y.ln()) }
}

/// x·y as a value, and 0 where x is 0, whatever y is.
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

/// sin(πx) and cos(πx), of the distance to the next whole number: 0 where the sine is 0.
#[inline(always)]
pub(crate) fn sin_cos_pi<T: Scalar>(x: T) -> (T, T) {
    let (whole, two) = (x.round(), T::of(2.0));
    let (sin, cos) = ((x - whole) * T::of(std::f64::consts::PI)).sin_cos();
    let is_odd = (whole / two).fract() != T::zero();
    if is_odd { (-sin, -cos) } else { (sin, cos) }
}

/// In u = πx, sinc is sin u/u.
#[inline(always)]
pub(crate) fn sinc<T: Scalar>(x: T) -> T {
    let u = x * T::of(std::f64::consts::PI);
    if x.is_infinite() {
        T::zero()
    } else if u.abs() > T::one() {
        sin_cos_pi(x).0 / u + T::zero() // 0 and not −0
    } else {
        series_of_sinc(u, 0)
    }
}

/// The coefficients (−1)ᵏ/(2k + 1)! of the Taylor series of sin u/u by u²: for |u| ≤ 4, and for as many derivatives as there
/// are terms.
const SINC: [f64; 32] = {
    let (mut coefficients, mut k) = ([1.0; 32], 1);
    while k < coefficients.len() {
        coefficients[k] = -coefficients[k - 1] / ((2 * k) * (2 * k + 1)) as f64;
        k += 1;
    }
    coefficients
};

/// The series of sin u/u, or for an order of 1 that of its derivative by u, divided by u.
#[inline(always)]
pub(super) fn series_of_sinc<T: Scalar>(u: T, order: usize) -> T {
    let square = u * u;
    let factor = |k: usize| if order == 0 { 1.0 } else { (2 * k) as f64 };
    (order..SINC.len()).rev().fold(T::zero(), |sum, k| sum * square + T::of(factor(k) * SINC[k]))
}
