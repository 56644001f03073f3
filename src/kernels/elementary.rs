//! Elementary functions without tables, calls and branches, which the compiler can compute for many values at once.
//!
//! The methods are the usual ones (Muller, *Elementary Functions*, 3rd ed. 2016): the argument is reduced to a short
//! interval, a polynomial approximates the function there, and powers of two are constructed from bits.
//! `coefficients.py` prints the polynomials. The error of each function is at most 2 units in the last place, unless
//! its documentation says otherwise.
//!
//! `FUSED` is true if the processor multiplies and adds with one rounding. Where it does not, `mul_add` would be a
//! call.

#![allow(clippy::excessive_precision, reason = "constants are written as coefficients.py prints them")]

use num_traits::Float;
use std::fmt::{Debug, Display};

pub(crate) mod source;
#[cfg(test)]
mod tests;

/// The constants and conversions of a float type that the functions need.
pub trait Elementary: Float + Debug + Display + 'static {
    /// A number for which n + MAGIC has the integer n in its last bits.
    const MAGIC: Self;
    /// ln 2 in two parts, the first with zeros at its end, so that small multiples of it are exact.
    const LN_2_PARTS: [Self; 2];
    /// The bounds of eˣ: it is 0 below the first and infinite above the second.
    const EXP_RANGE: [Self; 2];
    /// The bound below which eˣ − 1 is −1 after rounding.
    const EXP_M1_LOW: Self;
    /// The bound above which tanh is 1 after rounding.
    const TANH_HIGH: Self;
    /// The coefficients of (eʳ − 1 − r)/r².
    const EXP_M1: &[Self];
    /// The coefficients of (ln((1 + s)/(1 − s)) − 2s)/s³ in powers of s².
    const LN: &[Self];
    /// The coefficients of (ln((1 + s)/(1 − s)) − 2s − 2s³/3)/s⁵ in powers of s².
    const LN_TAIL: &[Self];
    /// 2/3, log₂ e and log₁₀ e in two parts: the rounded number and the rest.
    const TWO_THIRDS_PARTS: [Self; 2];
    const LOG2_E_PARTS: [Self; 2];
    const LOG10_E_PARTS: [Self; 2];
    /// π/2 in three parts.
    const HALF_PI_PARTS: [Self; 3];
    /// The coefficients of (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴ in powers of r².
    const SIN: &[Self];
    const COS: &[Self];
    /// The largest |x| for which [`sin_cos`] is accurate. Beyond it x·2/π is rounded too coarsely to find the nearest
    /// multiple of π/2, or the multiple needs more digits of π than there are.
    const SIN_COS_BOUND: Self;
    /// 2ʰ + 1, which splits a number into two of half the digits (Dekker 1971).
    const SPLIT: Self;

    /// Returns the constant `x`, rounded to this type.
    fn constant(x: f64) -> Self;

    /// Returns 2ⁿ for an integer n in the range of the exponents.
    fn power_of_two(self) -> Self;

    /// Returns `1 − erf x`, computed in double precision for each type.
    fn erfc<const FUSED: bool>(self) -> Self;

    /// Returns bit `index` of an integer, from the last on, in two's complement.
    fn bit(self, index: u32) -> bool;

    /// Returns m and k of a positive normal number m·2ᵏ, with m between √½ and √2.
    fn mantissa_and_exponent(self) -> [Self; 2];
}

macro_rules! elementary {
    (
        $Float:ident: bits $Bits:ident, mantissa $MANTISSA:literal, bias $BIAS:literal,
        $($name:ident: $Type:ty = $value:expr;)*
    ) => {
        impl Elementary for $Float {
            const MAGIC: $Float = 1.5 * (1_u64 << $MANTISSA) as $Float;
            $(const $name: $Type = $value;)*

            #[inline(always)]
            fn constant(x: f64) -> $Float {
                x as $Float
            }

            #[inline(always)]
            fn erfc<const FUSED: bool>(self) -> $Float {
                erfc::<FUSED>(self.into()) as $Float
            }

            #[inline(always)]
            fn power_of_two(self) -> $Float {
                $Float::from_bits((self + (Self::MAGIC + $BIAS as $Float)).to_bits() << $MANTISSA)
            }

            #[inline(always)]
            fn bit(self, index: u32) -> bool {
                ((self + Self::MAGIC).to_bits() >> index) & 1 == 1
            }

            #[inline(always)]
            fn mantissa_and_exponent(self) -> [$Float; 2] {
                const ONE: $Bits = $BIAS << $MANTISSA;
                const SQRT_HALF: $Bits = std::$Float::consts::FRAC_1_SQRT_2.to_bits();
                let bits = self.to_bits().wrapping_add(ONE - SQRT_HALF);
                let mantissa = (bits & ((1 << $MANTISSA) - 1)) + SQRT_HALF;
                let biased = (bits >> $MANTISSA) | Self::MAGIC.to_bits();
                [$Float::from_bits(mantissa), $Float::from_bits(biased) - (Self::MAGIC + $BIAS as $Float)]
            }
        }
    };
}

elementary! {
    f32: bits u32, mantissa 23, bias 127,
    LN_2_PARTS: [f32; 2] = [0.693359375, -2.121_944_4e-4];
    EXP_RANGE: [f32; 2] = [-104.0, 89.0];
    EXP_M1_LOW: f32 = -20.0;
    TANH_HIGH: f32 = 10.0;
    EXP_M1: &[f32] = &[0.5, 0.166_665_77, 0.041_666_556, 0.008_363_203, 0.001_392_621_3];
    LN: &[f32] = &[0.666_666_85, 0.399_887_58, 0.295_809_86];
    LN_TAIL: &[f32] = &[0.400_000_15, 0.285_622_19, 0.230_490_03];
    TWO_THIRDS_PARTS: [f32; 2] = [0.666_666_687, -1.986_821_55e-8];
    LOG2_E_PARTS: [f32; 2] = [std::f32::consts::LOG2_E, 1.925_963_03e-8];
    LOG10_E_PARTS: [f32; 2] = [std::f32::consts::LOG10_E, -1.010_305e-8];
    HALF_PI_PARTS: [f32; 3] = [std::f32::consts::FRAC_PI_2, -4.371_138_83e-8, -1.715_124_51e-15];
    SIN: &[f32] = &[-0.166_666_644, 0.008_332_703_7, -0.000_195_784_44];
    COS: &[f32] = &[0.041_666_664_4, -0.001_388_825_84, 0.000_024_538_475];
    SIN_COS_BOUND: f32 = 131_072.0;
    SPLIT: f32 = 4_097.0;
}

elementary! {
    f64: bits u64, mantissa 52, bias 1023,
    LN_2_PARTS: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
    EXP_RANGE: [f64; 2] = [-746.0, 710.0];
    EXP_M1_LOW: f64 = -40.0;
    TANH_HIGH: f64 = 20.0;
    EXP_M1: &[f64] = &[
        0.500_000_000_000_000_1, 0.166_666_666_666_666_675, 0.041_666_666_666_623_99, 0.008_333_333_333_330_051,
        0.001_388_888_891_728_179_3, 0.000_198_412_698_631_059_69, 0.000_024_801_521_190_217_728,
        2.755_726_837_868_419_3e-6, 2.762_013_871_973_399_6e-7, 2.510_042_415_700_506_7e-8
    ];
    LN: &[f64] = &[
        0.666_666_666_666_666_97, 0.399_999_999_998_988_9, 0.285_714_286_262_538_38, 0.222_222_110_893_794_96,
        0.181_828_924_325_368_71, 0.153_316_117_220_550_08, 0.146_178_071_534_173_25
    ];
    LN_TAIL: &[f64] = &[
        0.4, 0.285_714_285_714_293_713, 0.222_222_222_216_527_653, 0.181_818_183_360_998_462,
        0.153_845_948_870_071_794, 0.133_348_087_988_123_387, 0.117_061_264_645_633_972, 0.117_243_270_608_467_466
    ];
    TWO_THIRDS_PARTS: [f64; 2] = [0.666_666_666_666_666_63, 3.700_743_415_417_188_3e-17];
    LOG2_E_PARTS: [f64; 2] = [std::f64::consts::LOG2_E, 2.035_527_374_093_103_3e-17];
    LOG10_E_PARTS: [f64; 2] = [std::f64::consts::LOG10_E, 1.098_319_650_216_765_1e-17];
    HALF_PI_PARTS: [f64; 3] = [std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17, -1.497_384_904_859_169_8e-33];
    SIN: &[f64] = &[
        -0.166_666_666_666_666_641, 0.008_333_333_333_330_466_84, -0.000_198_412_698_360_435_735,
        2.755_731_573_858_684_72e-6, -2.505_105_739_449_212_75e-8, 1.591_286_422_490_348_4e-10
    ];
    COS: &[f64] = &[
        0.041_666_666_666_666_665_1, -0.001_388_888_888_888_709_59, 0.000_024_801_587_298_318_393_9,
        -2.755_731_704_403_566_98e-7, 2.087_609_969_231_492_54e-9, -1.137_933_858_529_813_66e-11
    ];
    SIN_COS_BOUND: f64 = 1_073_741_824.0;
    SPLIT: f64 = 134_217_729.0;
}

/// Returns a·b + c, rounded once if `FUSED`.
#[inline(always)]
pub(super) fn fused<T: Elementary, const FUSED: bool>(a: T, b: T, c: T) -> T {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Returns x limited to the range from `low` to `high`; NaN for NaN.
#[inline(always)]
fn clamp<T: Elementary>(x: T, low: T, high: T) -> T {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// Evaluates a polynomial with these coefficients, the constant first, by Horner's method.
#[inline(always)]
fn polynomial<T: Elementary, const FUSED: bool>(coefficients: &[T], x: T) -> T {
    coefficients.iter().rev().copied().reduce(|sum, c| fused::<T, FUSED>(sum, x, c)).unwrap_or_else(T::zero)
}

/// Rounds to the nearest integer.
#[inline(always)]
fn round<T: Elementary>(x: T) -> T {
    (x + T::MAGIC) - T::MAGIC
}

/// Returns a·b as a sum of two numbers: the rounded product and its rounding error (Dekker 1971).
#[inline(always)]
fn exact_product<T: Elementary, const FUSED: bool>(a: T, b: T) -> [T; 2] {
    let rounded = a * b;
    if FUSED {
        return [rounded, a.mul_add(b, -rounded)];
    }
    let halves = |x: T| {
        let high = x * T::SPLIT - (x * T::SPLIT - x);
        [high, x - high]
    };
    let ([a, a_low], [b, b_low]) = (halves(a), halves(b));
    [rounded, (((a * b - rounded) + a * b_low) + a_low * b) + a_low * b_low]
}

/// Returns a + b as a sum of two numbers: the rounded sum and its rounding error. Requires that |a| ≥ |b|, or that a is a
/// multiple of the last place of b, as 0 is.
#[inline(always)]
fn exact_sum<T: Elementary>(a: T, b: T) -> [T; 2] {
    let rounded = a + b;
    [rounded, (a - rounded) + b]
}

/// Returns eʳ − 1 for |r| ≤ ½·ln 2.
#[inline(always)]
fn short_exp_m1<T: Elementary, const FUSED: bool>(r: T) -> T {
    fused::<T, FUSED>(r * r, polynomial::<T, FUSED>(T::EXP_M1, r), r)
}

/// Returns p and n with eˣ = (1 + p)·2ⁿ.
#[inline(always)]
fn reduced_exp<T: Elementary, const FUSED: bool>(x: T) -> (T, T) {
    let n = round(x * T::LOG2_E_PARTS[0]);
    let r = fused::<T, FUSED>(n, -T::LN_2_PARTS[1], fused::<T, FUSED>(n, -T::LN_2_PARTS[0], x));
    (short_exp_m1::<T, FUSED>(r), n)
}

/// Splits the integer n into two halves: 2ⁿ itself can overflow or underflow.
#[inline(always)]
fn halves<T: Elementary>(n: T) -> (T, T) {
    let half = round(n * T::constant(0.5));
    (half, n - half)
}

/// Returns x·2ⁿ for an integer n.
#[inline(always)]
fn scale<T: Elementary>(x: T, n: T) -> T {
    let (n, m) = halves(n);
    x * n.power_of_two() * m.power_of_two()
}

/// Returns eˣ.
#[inline(always)]
pub(super) fn exp<T: Elementary, const FUSED: bool>(x: T) -> T {
    let (p, n) = reduced_exp::<T, FUSED>(clamp(x, T::EXP_RANGE[0], T::EXP_RANGE[1]));
    scale(T::one() + p, n)
}

/// Returns 2ˣ, exact for integers.
#[inline(always)]
pub(super) fn exp2<T: Elementary, const FUSED: bool>(x: T) -> T {
    let x = clamp(x, T::EXP_RANGE[0] * T::LOG2_E_PARTS[0], T::EXP_RANGE[1] * T::LOG2_E_PARTS[0]);
    let n = round(x);
    let p = short_exp_m1::<T, FUSED>((x - n) * T::constant(std::f64::consts::LN_2));
    scale(T::one() + p, n)
}

/// Returns eˣ − 1, accurate near 0.
#[inline(always)]
pub(super) fn exp_m1<T: Elementary, const FUSED: bool>(x: T) -> T {
    let (p, n) = reduced_exp::<T, FUSED>(clamp(x, T::EXP_M1_LOW, T::EXP_RANGE[1]));
    let (n, m) = halves(n);
    let power = n.power_of_two();
    (fused::<T, FUSED>(p, power, power - (-m).power_of_two()) * m.power_of_two()).copysign(x) // −0 too
}

/// Returns tanh x, computed from e²ˣ − 1. The clamped argument is small enough for one power of two.
#[inline(always)]
pub(super) fn tanh<T: Elementary, const FUSED: bool>(x: T) -> T {
    let two = T::constant(2.0);
    let (p, n) = reduced_exp::<T, FUSED>(two * clamp(x.abs(), T::zero(), T::TANH_HIGH));
    let power = n.power_of_two();
    let e = fused::<T, FUSED>(p, power, power - T::one());
    (e / (e + two)).copysign(x)
}

/// Returns ln(m·2ᵏ) + `lost`, where `lost` is a correction.
#[inline(always)]
fn reduced_ln<T: Elementary, const FUSED: bool>([m, k]: [T; 2], lost: T) -> T {
    let f = m - T::one();
    let s = f / (T::constant(2.0) + f);
    let odd = s * (s * s) * polynomial::<T, FUSED>(T::LN, s * s);
    let small = fused::<T, FUSED>(k, T::LN_2_PARTS[1], lost) + odd;
    // 2s is f − s·f, where the rounding error of s matters less.
    fused::<T, FUSED>(k, T::LN_2_PARTS[0], f - fused::<T, FUSED>(s, f, -small))
}

/// Returns m and k of a positive number m·2ᵏ, which may be subnormal, with m between √½ and √2.
#[inline(always)]
fn mantissa_and_exponent<T: Elementary>(x: T) -> [T; 2] {
    const TWO_54: f64 = 18_014_398_509_481_984.0;
    let is_subnormal = x < T::min_positive_value();
    let [factor, shift] = if is_subnormal { [TWO_54, 54.0] } else { [1.0, 0.0] };
    let [m, k] = (x * T::constant(factor)).mantissa_and_exponent();
    [m, k - T::constant(shift)]
}

/// Returns `ln`, a logarithm of x ≥ 0 to a base above 1, and at 0, ∞ and NaN what the logarithm is there.
#[inline(always)]
fn with_limits<T: Elementary>(x: T, ln: T) -> T {
    let ln = if x < T::infinity() { ln } else { x };
    if x.is_zero() { T::neg_infinity() } else { ln }
}

/// Returns `ln`, a logarithm of |x|, if x is in the domain, and NaN elsewhere.
#[inline(always)]
fn within_domain<T: Elementary>(x: T, ln: T) -> T {
    if x >= T::zero() { ln } else { T::nan() }
}

/// Returns ln x.
#[inline(always)]
pub(super) fn ln<T: Elementary, const FUSED: bool>(x: T) -> T {
    within_domain(x, with_limits(x, reduced_ln::<T, FUSED>(mantissa_and_exponent(x), T::zero())))
}

/// Returns ln(1 + x), accurate near 0.
#[inline(always)]
pub(super) fn ln_1p<T: Elementary, const FUSED: bool>(x: T) -> T {
    let one = T::one();
    let sum = one + x;
    let lost = if sum >= T::constant(2.0) { one - (sum - x) } else { x - (sum - one) };
    let ln = reduced_ln::<T, FUSED>(sum.mantissa_and_exponent(), lost / sum);
    within_domain(sum, with_limits(sum, ln.copysign(x))) // −0 too
}

/// Returns ln x of a positive finite number x = m·2ᵏ as a sum of two numbers: the rounded logarithm and its error. The relative
/// error of the sum is below 2⁻⁶² in double precision and below 2⁻³² in single precision.
///
/// With s = (m − 1)/(m + 1), ln m is 2s + s·q, where q = s²·(2/3 + s²·…) is below 0.02. So q needs six bits fewer than
/// the result, and the tail of the series in it no more bits than a float has.
#[inline(always)]
fn precise_ln<T: Elementary, const FUSED: bool>([m, k]: [T; 2]) -> [T; 2] {
    let (one, two) = (T::one(), T::constant(2.0));
    let (f, divisor) = (m - one, m + one);
    let divisor_low = m - (divisor - one);
    let inverse = divisor.recip();
    let s = f * inverse;
    let [f_rounded, f_low] = exact_product::<T, FUSED>(s, divisor);
    let s_low = fused::<T, FUSED>(-s, divisor_low, (f - f_rounded) - f_low) * inverse;

    let [square, square_low] = exact_product::<T, FUSED>(s, s);
    let square_low = fused::<T, FUSED>(two * s, s_low, square_low);
    let [factor, factor_low] = exact_sum(T::TWO_THIRDS_PARTS[0], square * polynomial::<T, FUSED>(T::LN_TAIL, square));
    let factor_low = factor_low + T::TWO_THIRDS_PARTS[1];
    let [q, q_low] = exact_product::<T, FUSED>(square, factor);
    let q_low = fused::<T, FUSED>(square, factor_low, fused::<T, FUSED>(square_low, factor, q_low));
    let [odd, odd_low] = exact_product::<T, FUSED>(s, q);
    let odd_low = fused::<T, FUSED>(s, q_low, fused::<T, FUSED>(s_low, q, odd_low));

    let [high, rest] = exact_sum(k * T::LN_2_PARTS[0], two * s);
    let [high, more] = exact_sum(high, odd);
    let low = fused::<T, FUSED>(k, T::LN_2_PARTS[1], fused::<T, FUSED>(two, s_low, odd_low));
    exact_sum(high, rest + (more + low))
}

/// Returns the logarithm of x to the base whose logarithm is 1/`factor`. Before the last rounding it has enough digits to
/// be exact where it is an integer.
#[inline(always)]
fn log<T: Elementary, const FUSED: bool>(x: T, factor: [T; 2]) -> T {
    let [ln, ln_low] = precise_ln::<T, FUSED>(mantissa_and_exponent(x));
    let [log, log_low] = exact_product::<T, FUSED>(ln, factor[0]);
    let low = fused::<T, FUSED>(ln, factor[1], fused::<T, FUSED>(ln_low, factor[0], log_low));
    within_domain(x, with_limits(x, log + low))
}

/// Returns log₂ x, exact for powers of 2.
#[inline(always)]
pub(super) fn log2<T: Elementary, const FUSED: bool>(x: T) -> T {
    log::<T, FUSED>(x, T::LOG2_E_PARTS)
}

/// Returns log₁₀ x, exact for powers of 10.
#[inline(always)]
pub(super) fn log10<T: Elementary, const FUSED: bool>(x: T) -> T {
    log::<T, FUSED>(x, T::LOG10_E_PARTS)
}

/// Returns xᵖ, with the special cases of IEEE 754.
#[inline(always)]
pub(super) fn powf<T: Elementary, const FUSED: bool>(x: T, p: T) -> T {
    powf_and_ln::<T, FUSED>(x, p).0
}

/// Returns xᵖ and ln x, which takes no longer than xᵖ alone.
#[inline(always)]
pub(super) fn powf_and_ln<T: Elementary, const FUSED: bool>(x: T, p: T) -> (T, T) {
    let ln = ln_of_base::<T, FUSED>(x);
    (power::<T, FUSED>(x, ln, p), within_domain(x, ln[0]))
}

/// Returns xᵖ, x^q and ln x, from one logarithm.
#[inline(always)]
pub(super) fn two_powers_and_ln<T: Elementary, const FUSED: bool>(x: T, p: T, q: T) -> (T, T, T) {
    let ln = ln_of_base::<T, FUSED>(x);
    (power::<T, FUSED>(x, ln, p), power::<T, FUSED>(x, ln, q), within_domain(x, ln[0]))
}

/// Returns xᵖ and ln x if both x and xᵖ are positive and normal and far from the limits of the range, and NaN elsewhere:
/// without special cases it takes less time.
#[inline(always)]
pub(super) fn ordinary_power_and_ln<T: Elementary, const FUSED: bool>(x: T, p: T) -> (T, T) {
    let [ln, ln_low] = precise_ln::<T, FUSED>(x.mantissa_and_exponent());
    let [exponent, low] = exact_product::<T, FUSED>(p, ln);
    let low = fused::<T, FUSED>(p, ln_low, low);
    let (e, n) = reduced_exp::<T, FUSED>(exponent);
    let power = (T::one() + fused::<T, FUSED>(low, T::one() + e, e)) * n.power_of_two();
    let is_ordinary =
        (x >= T::min_positive_value()) & (x < T::infinity()) & (exponent.abs() < T::constant(0.98) * T::EXP_RANGE[1]);
    (if is_ordinary { power } else { T::nan() }, ln)
}

/// Returns ln |x| as a sum of two numbers, of which the second has no meaning at 0 and ∞.
#[inline(always)]
fn ln_of_base<T: Elementary, const FUSED: bool>(x: T) -> [T; 2] {
    let [ln, ln_low] = precise_ln::<T, FUSED>(mantissa_and_exponent(x.abs()));
    [with_limits(x.abs(), ln), ln_low]
}

/// Returns xᵖ from ln |x|.
#[inline(always)]
fn power<T: Elementary, const FUSED: bool>(x: T, [ln, ln_low]: [T; 2], p: T) -> T {
    let (zero, one) = (T::zero(), T::one());
    // Larger exponents give 0, 1 or ∞ too, and ∞·ln 1 would be NaN.
    let limit = T::constant(1e30);
    let factor = clamp(p, -limit, limit);
    let [exponent, low] = exact_product::<T, FUSED>(factor, ln);
    let low = fused::<T, FUSED>(factor, ln_low, low);
    let (e, n) = reduced_exp::<T, FUSED>(clamp(exponent, T::EXP_RANGE[0], T::EXP_RANGE[1]));
    // e^low is 1 + low. Beyond the range `low` can be anything, NaN too.
    let e = if exponent.abs() < T::constant(1e3) { fused::<T, FUSED>(low, one + e, e) } else { e };
    let power = scale(one + e, n);

    // The distance of p to the nearest even integer is 0 for an even p and 1 for an odd one. From `even` to 2·`even`
    // and beyond all floats are even.
    let even = T::constant(2.0) / T::epsilon();
    let size = clamp(p.abs(), zero, even);
    let distance = (size - ((size + even) - even)).abs();
    let power = if x.is_sign_negative() & (distance == one) { -power } else { power };
    let is_complex = (x < zero) & (ln < T::infinity()) & (distance != zero) & (distance != one);
    let power = if is_complex { T::nan() } else { power };
    if (p == zero) | (x == one) { one } else { power }
}

/// Returns sin x and cos x for |x| up to [`Elementary::SIN_COS_BOUND`].
///
/// A multiple of π/2 is subtracted in three parts (Cody and Waite 1980). The remainder is a sum of two numbers, since
/// near a multiple all digits of the first part cancel.
#[inline(always)]
pub(super) fn sin_cos<T: Elementary, const FUSED: bool>(x: T) -> (T, T) {
    let one = T::one();
    let n = round(x * T::constant(std::f64::consts::FRAC_2_PI));
    // The first difference is exact: it is below 1, and its last digit is not smaller than those of x and π/2.
    let first = if FUSED {
        n.mul_add(-T::HALF_PI_PARTS[0], x)
    } else {
        let [multiple, low] = exact_product::<T, FUSED>(n, T::HALF_PI_PARTS[0]);
        (x - multiple) - low
    };
    let [multiple, low] = exact_product::<T, FUSED>(n, T::HALF_PI_PARTS[1]);
    let [r, rest] = exact_sum(first, -multiple);
    let r_low = rest - fused::<T, FUSED>(n, T::HALF_PI_PARTS[2], low);

    let square = r * r;
    let sin = r + fused::<T, FUSED>(r * square, polynomial::<T, FUSED>(T::SIN, square), r_low);
    let [near, near_low] = exact_sum(one, -square * T::constant(0.5));
    let tail = fused::<T, FUSED>(square * square, polynomial::<T, FUSED>(T::COS, square), near_low);
    let cos = near + fused::<T, FUSED>(-r, r_low, tail);

    let (sin, cos) = if n.bit(0) { (cos, sin) } else { (sin, cos) };
    let sin = if n.bit(1) { -sin } else { sin };
    let cos = if (n + one).bit(1) { -cos } else { cos };
    (if x.is_zero() { x } else { sin }, cos) // −0 too
}

/// The coefficients of (1 + 2t)·e^(t²)·erfc t − 5/4 as a polynomial in (t − 4)/(t + 4).
const ERFCX: [f64; 22] = [
    -0.017_004_881_374_447_45,
    -0.139_621_116_840_562_56,
    0.015_379_652_102_606_133,
    0.068_097_054_254_702_13,
    -0.101_039_066_035_580_63,
    0.093_732_834_997_984_63,
    -0.066_330_365_827_292_79,
    0.037_167_515_542_420_758,
    -0.016_197_733_895_959_855,
    0.005_031_969_952_329_153,
    -0.000_757_774_306_169_337_07,
    -0.000_199_256_696_404_256_24,
    0.000_150_625_671_413_694_32,
    -0.000_024_398_609_353_512_904,
    -0.000_011_232_086_023_404_734,
    5.706_827_475_068_264e-6,
    3.099_440_201_083_154_5e-7,
    -8.187_662_562_915_786e-7,
    5.883_230_632_914_435e-8,
    1.018_124_747_514_997_1e-7,
    -9.456_271_524_915_692e-9,
    -8.906_208_663_934_622e-9,
];

/// Returns 1 − erf x, accurate where it is near 0. The error is at most 4 units in the last place.
///
/// It is computed in double precision only: in single precision the rounding errors would add up to 4 units and more.
#[inline(always)]
fn erfc<const FUSED: bool>(x: f64) -> f64 {
    let t = clamp(x.abs(), 0.0, 28.0); // beyond 28 the result is 0
    let k = fused::<f64, FUSED>(t / (t + 4.0), 2.0, -1.0); // (t − 4)/(t + 4), accurate near −1
    // The largest coefficient is split into 5/4 and a rest whose rounding does not matter.
    let scaled = (1.25 + polynomial::<f64, FUSED>(&ERFCX, k)) / fused::<f64, FUSED>(t, 2.0, 1.0);
    // The rounding error of t² would enlarge that of e^(−t²), so it is computed and corrected.
    let [square, lost] = exact_product::<f64, FUSED>(t, t);
    let gauss = exp::<f64, FUSED>(-square);
    let tail = scaled * (gauss - gauss * lost);
    if x < 0.0 { 2.0 - tail } else { tail }
}
