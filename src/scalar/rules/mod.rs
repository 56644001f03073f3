//! The rules of calculus, each once.
//!
//! A function of one variable gives `(f, f′)`, one of two variables `(f, ∂f/∂a, ∂f/∂b)`. Whatever differentiates
//! (now [`Value`](crate::Value)) draws on these and on the two lists at the end of the file, from which its methods
//! and its implementations of `Float` and [`Scalar`] are made.
//!
//! Six habits keep them right to the last digits, at the ends of the domain and when differentiated again:
//! - 1 − x² is (1 − x)(1 + x), which has no cancellation near ±1;
//! - exponentials are taken of −|x| only, with |x| chosen by a branch whose two sides are smooth where they meet;
//! - f and f′ take the same side of every branch, as f is differentiated too where T carries derivatives;
//! - f′ is a constant only where it does not depend on x, and a pole of f′ comes from dividing: a product that meets 0·∞
//!   would be 0;
//! - the zero that a root or a logarithm is taken of is made positive by adding 0, which keeps its derivatives;
//! - outside the domain f and f′ are both NaN.

mod activations;
pub(crate) mod values;

use crate::scalar::Scalar;
pub(crate) use activations::*;
use num_traits::Float;
use values::{Logistic, series_of_sinc, sin_cos_pi};

/// A function of one variable with its derivative, for every kind of [`Scalar`].
///
/// [`Activation`](crate::Activation) is one. Implement it for an elementary function of your own: it is a plain
/// function of floats then, and one node on a graph.
///
/// ```
/// use backprop::{Graph, UnaryFunction, Scalar};
///
/// /// x³, whose derivative is 3x².
/// struct Cube;
///
/// impl UnaryFunction for Cube {
///     fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
///         (x * x * x, T::of(3.0) * x * x)
///     }
/// }
///
/// assert_eq!(2.0_f64.map(Cube), 8.0);
///
/// let graph = Graph::new();
/// let x = graph.value(2.0_f64);
/// let y = x.map(Cube);
/// assert_eq!((y.data(), y.backward()[x]), (8.0, 12.0)); // 3x²
/// ```
#[doc(alias("custom_jvp", "ufunc", "elementwise"))]
pub trait UnaryFunction {
    /// f(x) and f′(x).
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T);

    /// What it is called where a computation is told or drawn: by itself, the name of its type.
    fn name(&self) -> String {
        let name = std::any::type_name::<Self>();
        name.rsplit("::").next().unwrap_or(name).to_string()
    }

    /// f(x) of each number x, and f′(x) in its place.
    ///
    /// For floats the loop is vectorised, as far as the functions in it can be.
    #[doc(hidden)]
    fn values_and_derivatives<T: Scalar>(&self, numbers: &mut [T], results: &mut [T])
    where
        Self: Sized,
    {
        T::values_and_derivatives(self, numbers, results);
    }
}

impl<R: UnaryFunction> UnaryFunction for &R {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        R::value_and_derivative(self, x)
    }

    fn name(&self) -> String {
        R::name(self)
    }

    #[inline(always)]
    fn values_and_derivatives<T: Scalar>(&self, numbers: &mut [T], results: &mut [T]) {
        R::values_and_derivatives(self, numbers, results);
    }
}

/// The derivative, or NaN outside the domain of the function: a NaN whose own derivatives by x, of every order, are NaN.
#[inline(always)]
fn inside<T: Scalar>(domain: bool, x: T, derivative: T) -> T {
    if domain { derivative } else { (x * T::nan()).recip() }
}

/// x, and 0 for −0: where the domain ends at 0, its derivative is the limit from within.
#[inline(always)]
fn unsigned_zero<T: Scalar>(x: T) -> T {
    x + T::zero()
}

/// A factor for two tiny numbers, if a function of their ratio has too large a derivative with respect to the first: of the
/// enlarged numbers the function is the same, and its derivatives are finite, which may cancel each other.
#[inline(always)]
pub(crate) fn enlargement<T: Scalar>(a: T, b: T, by_a: T) -> Option<T> {
    let is_too_large = by_a.is_infinite() && a.abs() < T::one() && b.abs() < T::one() && !b.is_zero();
    is_too_large.then(|| T::min_positive_value().recip())
}

// Powers and roots

#[inline(always)]
pub(crate) fn recip<T: Scalar>(x: T) -> (T, T) {
    let f = x.recip();
    (f, -(f * f))
}

#[inline(always)]
pub(crate) fn sqrt<T: Scalar>(x: T) -> (T, T) {
    let f = x.sqrt();
    (f, T::of(0.5) / unsigned_zero(f)) // the root of −0 is −0
}

#[inline(always)]
pub(crate) fn cbrt<T: Scalar>(x: T) -> (T, T) {
    let f = x.cbrt();
    let by_f = f.recip();
    (f, by_f * by_f / T::of(3.0)) // and not 1/3f², whose own derivative is 0·∞ at 0
}

#[inline(always)]
pub(crate) fn powi<T: Scalar>(x: T, n: i32) -> (T, T) {
    let f = x.powi(n);
    let derivative = match n {
        0 => T::zero(),
        1 => T::one(),
        2 => T::of(2.0) * x,
        i32::MIN => T::of(n.into()) * f / x, // it has no n − 1
        _ => T::of(n.into()) * x.powi(n - 1),
    };
    (f, derivative)
}

#[inline(always)]
pub(crate) fn powf<T: Scalar>(x: T, p: T) -> (T, T, T) {
    let f = x.powf(p);
    // x⁰ is 1 everywhere, 0⁰ too: its derivative is not 0·∞, but p can carry derivatives.
    let less = p - T::one();
    let below = x.powf(less);
    // Beside 0⁰ the derivative of xᵖ⁻¹ with respect to p is ln x, and not 0 as below.
    let below = if x.is_zero() && less.is_zero() { below + less.strong_mul(x.ln()) } else { below };
    let dx = p.strong_mul(below);
    // x^p·ln x goes to 0 with x where x^p does. At 0⁰ it has no limit: the derivative along x = 0, p > 0 is taken.
    let dp = if x.is_zero() && p.is_zero() { T::zero() } else { f.strong_mul(x.ln()) };
    (f, dx, dp)
}

#[inline(always)]
pub(crate) fn hypot<T: Scalar>(a: T, b: T) -> (T, T, T) {
    let f = a.hypot(b);
    if f.is_zero() {
        return (f, T::zero(), T::zero());
    }
    // a/f and b/f, from the smaller by the larger: the second derivatives keep their digits.
    if a.abs() >= b.abs() {
        let ratio = b / a;
        let da = (T::one() + ratio * ratio).sqrt().recip() * a.signum();
        (f, da, ratio * da)
    } else {
        let ratio = a / b;
        let db = (T::one() + ratio * ratio).sqrt().recip() * b.signum();
        (f, ratio * db, db)
    }
}

// Exponentials and logarithms

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
    (x.ln(), inside(x >= T::zero(), x, unsigned_zero(x).recip()))
}

#[inline(always)]
pub(crate) fn log2<T: Scalar>(x: T) -> (T, T) {
    (x.log2(), inside(x >= T::zero(), x, (unsigned_zero(x) * T::of(std::f64::consts::LN_2)).recip()))
}

#[inline(always)]
pub(crate) fn log10<T: Scalar>(x: T) -> (T, T) {
    (x.log10(), inside(x >= T::zero(), x, (unsigned_zero(x) * T::of(std::f64::consts::LN_10)).recip()))
}

#[inline(always)]
pub(crate) fn ln_1p<T: Scalar>(x: T) -> (T, T) {
    (x.ln_1p(), inside(x >= -T::one(), x, (T::one() + x).recip()))
}

#[inline(always)]
pub(crate) fn log<T: Scalar>(x: T, base: T) -> (T, T, T) {
    let (f, ln_base) = (x.log(base), base.ln());
    let inside = |d| inside(x >= T::zero() && base >= T::zero(), x + base, d);
    (f, inside(unsigned_zero(x).recip() / ln_base), inside(-f / unsigned_zero(base) / ln_base))
}

#[inline(always)]
pub(crate) fn xlogy<T: Scalar>(x: T, y: T) -> (T, T, T) {
    let (ln, by_ln) = ln(y);
    let by_y = if x.is_zero() { x.strong_mul(by_ln) } else { inside(y >= T::zero(), y, x / unsigned_zero(y)) };
    (x.xlogy(y), ln, by_y)
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

// Circular functions

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

/// sinc is sin u/u of u = πx, whose derivative by u is (cos u − sin u/u)/u; near 0, that of the Taylor series.
#[inline(always)]
pub(crate) fn sinc<T: Scalar>(x: T) -> (T, T) {
    let (f, pi) = (x.sinc(), T::of(std::f64::consts::PI));
    let u = x * pi;
    let derivative = if x.is_infinite() {
        T::zero()
    } else if u.abs() > T::of(4.0) {
        (sin_cos_pi(x).1 - f) / x // of which each further derivative divides the rounding by x
    } else {
        series_of_sinc(u, 1) * u * pi
    };
    (f, derivative)
}

/// √(1 − x²).
#[inline(always)]
fn leg<T: Scalar>(x: T) -> T {
    ((T::one() - x) * (T::one() + x)).sqrt()
}

#[inline(always)]
pub(crate) fn asin<T: Scalar>(x: T) -> (T, T) {
    (x.asin(), leg(x).recip())
}

#[inline(always)]
pub(crate) fn acos<T: Scalar>(x: T) -> (T, T) {
    (x.acos(), -leg(x).recip())
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
    // x/(x² + y²) and −y/(x² + y²), where no square can overflow or vanish
    let part = |ratio: T| (T::one() + ratio * ratio).recip();
    if x.abs() >= y.abs() {
        let ratio = y / x;
        (f, part(ratio) / x, -(ratio / x * part(ratio)))
    } else {
        let ratio = x / y;
        (f, ratio / y * part(ratio), -(part(ratio) / y))
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

// Hyperbolic functions

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
    (x.atanh(), inside(inner >= T::zero(), x, inner.recip()))
}

// Pieces: constant or linear between kinks

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
    (x.fract(), inside(x.is_finite(), x, T::one()))
}

#[inline(always)]
pub(crate) fn rem<T: Float>(a: T, b: T) -> (T, T, T) {
    let f = a % b;
    if f.is_nan() {
        let outside = ((a + b) * T::nan()).recip();
        return (f, outside, outside);
    }
    // a % b = a − b·trunc(a / b), and a − f is that multiple of b but for rounding.
    (f, T::one(), -((a - f) / b).round())
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

// Arithmetic, of any float

#[inline(always)]
pub(crate) fn mul<T: Float>(a: T, b: T) -> (T, T, T) {
    (a * b, b, a)
}

#[inline(always)]
pub(crate) fn div<T: Float>(a: T, b: T) -> (T, T, T) {
    let (f, by_a) = (a / b, b.recip());
    // −f/b, without a division where 1/b² is a number: it is needed for the second derivative.
    (f, by_a, if (by_a * by_a).is_finite() { -(f * by_a) } else { -(f / b) })
}

/// Calls a macro with what it is given, and every function of one variable: its name, itself and its derivative in words.
/// Functions of `num_traits::Float` come first, then those of [`Scalar`].
macro_rules! functions_of_one_variable {
    ($apply:path, $given:tt) => {
        $apply! {
            $given
            Float {
                recip: "1/x", "−1/x²";
                sqrt: "√x", "1/(2√x)`, ∞ at 0, `NaN` below";
                cbrt: "∛x", "1/(3∛x²)`, ∞ at 0";
                exp: "eˣ", "eˣ";
                exp2: "2ˣ", "2ˣ·ln 2";
                exp_m1: "eˣ − 1`, exact near 0", "eˣ";
                ln: "ln x", "1/x`, `NaN` below 0";
                log2: "log₂ x", "1/(x·ln 2)`, `NaN` below 0";
                log10: "log₁₀ x", "1/(x·ln 10)`, `NaN` below 0";
                ln_1p: "ln(1 + x)`, exact near 0", "1/(1 + x)`, `NaN` below −1";
                sin: "sin x", "cos x";
                cos: "cos x", "−sin x";
                tan: "tan x", "1 + tan² x";
                asin: "arcsin x", "1/√(1 − x²)`, ∞ at ±1, `NaN` beyond";
                acos: "arccos x", "−1/√(1 − x²)`, −∞ at ±1, `NaN` beyond";
                atan: "arctan x", "1/(1 + x²)";
                sinh: "sinh x", "cosh x";
                cosh: "cosh x", "sinh x";
                tanh: "tanh x", "1 − tanh² x";
                asinh: "arsinh x", "1/√(x² + 1)";
                acosh: "arcosh x", "1/√(x² − 1)`, ∞ at 1, `NaN` below";
                atanh: "artanh x", "1/(1 − x²)`, ∞ at ±1, `NaN` beyond";
                to_degrees: "180·x/π", "180/π";
                to_radians: "π·x/180", "π/180";
                abs: "|x|", "sign x`, 0 at the kink";
                signum: "sign x`, ±1 at ±0", "0";
                floor: "⌊x⌋", "0";
                ceil: "⌈x⌉", "0";
                round: "x` rounded, halves away from 0", "0";
                trunc: "x` rounded towards 0", "0";
                fract: "x − trunc x", "1";
            }
            Scalar {
                step: "1` for `x ≥ 0` and `0` below", "0";
                sigmoid: "1/(1 + e⁻ˣ)", "σ(x)·(1 − σ(x))";
                relu: "max(0, x)", "1` for `x > 0`, 0 elsewhere, the kink included";
                elu: "x` for `x > 0`, `eˣ − 1` elsewhere", "1` for `x > 0`, `eˣ` elsewhere: no kink";
                softplus: "ln(1 + eˣ)", "1/(1 + e⁻ˣ)";
                silu: "x·σ(x)", "σ(x)·(1 + x·(1 − σ(x)))";
                gelu: "x·Φ(x)`, Φ the normal distribution, exact and not by tanh", "Φ(x) + x·φ(x)";
                erf: "2/√π ∫₀ˣ exp(−t²) dt", "2/√π·exp(−x²)";
                erfc: "1 − erf x`, exact in its tail", "−2/√π·exp(−x²)";
                sinc: "sin(πx)/(πx)`, 1 at 0", "(cos(πx) − sinc x)/x`, 0 at 0";
            }
        }
    };
}
pub(crate) use functions_of_one_variable;

/// Calls a macro with what it is given, and every function of two variables: names, the function and its derivatives in
/// words. Functions of `num_traits::Float` come first, then those of [`Scalar`].
macro_rules! functions_of_two_variables {
    ($apply:path, $given:tt) => {
        $apply! {
            $given
            Float {
                powf(x, p): "xᵖ", "p·xᵖ⁻¹` by x, 0 where p is 0; `xᵖ·ln x` by p, 0 where xᵖ or both are 0";
                log(x, base): "ln x / ln base", "1/(x·ln base)` and `−log(x, base)/(base·ln base)";
                hypot(a, b): "√(a² + b²)", "a/√(a² + b²)` and `b/√(a² + b²)`, both 0 at the origin";
                atan2(y, x): "the angle of the point (x, y)", "x/(x² + y²)` and `−y/(x² + y²)`, both 0 at the origin";
                max(a, b): "the larger", "1` by the larger, 0 by the other, ½ each when they are equal";
                min(a, b): "the smaller", "1` by the smaller, 0 by the other, ½ each when they are equal";
                abs_sub(a, b): "max(a − b, 0)", "1` and `−1` where a > b, 0 elsewhere, the kink included";
                copysign(a, sign): "|a|` with the sign of `sign", "±1` by a, 0 where a is 0; 0 by sign";
            }
            Scalar {
                leaky_relu(x, slope): "x` for `x > 0` and `slope·x` elsewhere", "1` for `x > 0`, `slope` elsewhere, the kink included; by slope `0` and `x";
                xlogy(x, y): "x·ln y`, 0 where x is 0", "ln y` and `x/y`, 0 where x is 0";
                log_add_exp(a, b): "ln(eᵃ + eᵇ)`, finite for numbers of any size", "1/(1 + eᵇ⁻ᵃ)` and `1/(1 + eᵃ⁻ᵇ)";
            }
        }
    };
}
pub(crate) use functions_of_two_variables;
