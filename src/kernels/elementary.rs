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

/// The constants and conversions of a float type that the functions need.
pub(crate) trait Elementary: Float + Debug + Display + 'static {
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

    /// Returns the constant `x`, rounded to this type.
    fn constant(x: f64) -> Self;

    /// Returns 2ⁿ for an integer n in the range of the exponents.
    fn power_of_two(self) -> Self;

    /// Returns `1 − erf x`, computed in double precision for each type.
    fn erfc<const FUSED: bool>(self) -> Self;

    /// Returns m and k of a positive number m·2ᵏ, with m between √½ and √2.
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

/// Returns p and n with eˣ = (1 + p)·2ⁿ.
#[inline(always)]
fn reduced_exp<T: Elementary, const FUSED: bool>(x: T) -> (T, T) {
    let n = round(x * T::constant(std::f64::consts::LOG2_E));
    let r = fused::<T, FUSED>(n, -T::LN_2_PARTS[1], fused::<T, FUSED>(n, -T::LN_2_PARTS[0], x));
    (fused::<T, FUSED>(r * r, polynomial::<T, FUSED>(T::EXP_M1, r), r), n)
}

/// Splits the integer n into two halves: 2ⁿ itself can overflow or underflow.
#[inline(always)]
fn halves<T: Elementary>(n: T) -> (T, T) {
    let half = round(n * T::constant(0.5));
    (half, n - half)
}

/// Returns eˣ.
#[inline(always)]
pub(super) fn exp<T: Elementary, const FUSED: bool>(x: T) -> T {
    let (p, n) = reduced_exp::<T, FUSED>(clamp(x, T::EXP_RANGE[0], T::EXP_RANGE[1]));
    let (n, m) = halves(n);
    (T::one() + p) * n.power_of_two() * m.power_of_two()
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

/// Returns ln(1 + x), accurate near 0.
#[inline(always)]
pub(super) fn ln_1p<T: Elementary, const FUSED: bool>(x: T) -> T {
    let one = T::one();
    let sum = one + x;
    let lost = if sum >= T::constant(2.0) { one - (sum - x) } else { x - (sum - one) };
    let [m, k] = sum.mantissa_and_exponent();
    let f = m - one;
    let s = f / (T::constant(2.0) + f);
    let odd = s * (s * s) * polynomial::<T, FUSED>(T::LN, s * s);
    let small = fused::<T, FUSED>(k, T::LN_2_PARTS[1], lost / sum) + odd;
    // 2s is f − s·f, where the rounding error of s matters less.
    let ln = fused::<T, FUSED>(k, T::LN_2_PARTS[0], f - fused::<T, FUSED>(s, f, -small));
    if sum > T::zero() && sum < T::infinity() {
        ln.copysign(x) // −0 too
    } else if sum.is_zero() {
        T::neg_infinity()
    } else if sum > T::zero() {
        sum
    } else {
        T::nan()
    }
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
    let square = t * t;
    let lost = if FUSED {
        t.mul_add(t, -square)
    } else {
        const SPLIT: f64 = 134_217_729.0; // 2²⁷ + 1: two numbers of half the digits (Dekker 1971)
        let high = t * SPLIT - (t * SPLIT - t);
        let low = t - high;
        ((high * high - square) + 2.0 * high * low) + low * low
    };
    let gauss = exp::<f64, FUSED>(-square);
    let tail = scaled * (gauss - gauss * lost);
    if x < 0.0 { 2.0 - tail } else { tail }
}
