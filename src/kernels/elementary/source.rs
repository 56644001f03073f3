//! The functions as Rust source that needs neither the standard library nor fused multiplication.
//!
//! The source has the coefficients and the operations of `elementary.rs`. It is shorter where an activation needs only
//! a part of the domain. `tests/networks/rust_source.rs` compares it with exact results.

use super::{ERFCX, Elementary};

/// The functions by their names, in which `FLOAT` is the float type. Each comes after those that call it.
const FUNCTIONS: [(&str, &str); 7] = [
    (
        "gelu_FLOAT",
        "/// Returns x·Φ(x), where Φ is the distribution function of the standard normal distribution.
fn gelu_FLOAT(x: FLOAT) -> FLOAT {
    const COEFFICIENTS: &[FLOAT] = &ERFCX;
    let size = x.abs().clamp(0.0, 40.0); // beyond 40, Φ is 0 or 1
    // Φ(−|x|) is ½·erfc t for t = |x|/√2, and (1 + 2t)·e^(t²)·erfc t a polynomial.
    let t = size * core::FLOAT::consts::FRAC_1_SQRT_2;
    let factor = (1.25 + polynomial_FLOAT(COEFFICIENTS, t / (t + 4.0) * 2.0 - 1.0)) / (2.0 * t + 1.0);
    // e^(−x²/2) would enlarge the rounding error of x², so it is computed and corrected (Dekker 1971).
    let square = size * size;
    let high = size * SPLIT - (size * SPLIT - size);
    let low = size - high;
    let lost = ((high * high - square) + 2.0 * high * low) + low * low;
    let rounded = exp_FLOAT(-0.5 * square);
    let gauss = rounded - rounded * (0.5 * lost);
    let tail = 0.5 * x.clamp(-40.0, 40.0) * factor * gauss; // x·Φ(−|x|)
    if x < 0.0 { tail } else { x - tail }
}",
    ),
    (
        "exp_m1_FLOAT",
        "/// Returns eˣ − 1, accurate near 0. Beyond ±EXP_M1_BOUND, it returns the value at the bound.
fn exp_m1_FLOAT(x: FLOAT) -> FLOAT {
    let (p, n) = exp_parts_FLOAT(x.clamp(-EXP_M1_BOUND, EXP_M1_BOUND));
    let power = power_of_two_FLOAT(n);
    p * power + (power - 1.0)
}",
    ),
    (
        "ln_1p_FLOAT",
        "/// Returns ln(1 + x) for x from 0 to 1.
fn ln_1p_FLOAT(x: FLOAT) -> FLOAT {
    const COEFFICIENTS: &[FLOAT] = &LN_COEFFICIENTS;
    let sum = 1.0 + x;
    let lost = (x - (sum - 1.0)) / sum;
    // The sum is m·2ᵏ, with m between √½ and √2. With s = (m − 1)/(m + 1), ln m is ln((1 + s)/(1 − s)).
    let (m, k) = if sum < core::FLOAT::consts::SQRT_2 { (sum, 0.0) } else { (0.5 * sum, 1.0) };
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let odd = s * (s * s) * polynomial_FLOAT(COEFFICIENTS, s * s);
    k * LN_2_HIGH + (f - (s * f - (k * LN_2_LOW + lost + odd)))
}",
    ),
    (
        "exp_FLOAT",
        "/// Returns eˣ.
fn exp_FLOAT(x: FLOAT) -> FLOAT {
    let (p, n) = exp_parts_FLOAT(x.clamp(EXP_LOW, EXP_HIGH)); // beyond this range it is 0 or infinite
    let half = n / 2; // 2ⁿ itself can overflow or underflow
    (1.0 + p) * power_of_two_FLOAT(half) * power_of_two_FLOAT(n - half)
}",
    ),
    (
        "exp_parts_FLOAT",
        "/// Returns p and n with eˣ = (1 + p)·2ⁿ.
fn exp_parts_FLOAT(x: FLOAT) -> (FLOAT, i32) {
    const COEFFICIENTS: &[FLOAT] = &EXP_M1_COEFFICIENTS;
    let n = x * core::FLOAT::consts::LOG2_E + MAGIC - MAGIC; // rounds to an integer
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    (r * r * polynomial_FLOAT(COEFFICIENTS, r) + r, n as i32)
}",
    ),
    (
        "power_of_two_FLOAT",
        "/// Returns 2ⁿ.
fn power_of_two_FLOAT(n: i32) -> FLOAT {
    FLOAT::from_bits(((n + BIAS) as BITS) << MANTISSA)
}",
    ),
    (
        "polynomial_FLOAT",
        "/// Evaluates a polynomial with these coefficients, the constant first.
fn polynomial_FLOAT(coefficients: &[FLOAT], x: FLOAT) -> FLOAT {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}",
    ),
];

/// The functions for tables, which call those of [`FUNCTIONS`].
#[cfg(feature = "tables")]
const TABLE_FUNCTIONS: [(&str, &str); 3] = [
    (
        "asinh_FLOAT",
        "/// Returns the inverse hyperbolic sine.
fn asinh_FLOAT(x: FLOAT) -> FLOAT {
    let size = x.abs();
    let square = size * size;
    let mut root = size; // √(x² + 1), rounded, for large x
    if size < SPLIT {
        // Half of the exponent is that of the root, and each step of Newton's method doubles the number of digits.
        root = FLOAT::from_bits(((square + 1.0).to_bits() >> 1) + ((BIAS << MANTISSA) >> 1));
        for _ in 0..5 {
            root = 0.5 * (root + (square + 1.0) / root);
        }
    }
    // asinh |x| is ln(1 + y), and 1 + y is m·2ᵏ, with m between 1 and 2.
    let y = size + size * (size / (1.0 + root));
    let sum = 1.0 + y;
    let lost = (y - (sum - 1.0)) / sum;
    let k = (sum.to_bits() >> MANTISSA) - BIAS;
    let m = FLOAT::from_bits(sum.to_bits() - (k << MANTISSA));
    (k as FLOAT * core::FLOAT::consts::LN_2 + (ln_1p_FLOAT(m - 1.0) + lost)).copysign(x)
}",
    ),
    (
        "sin_of_turns_FLOAT",
        "/// Returns sin 2πt.
fn sin_of_turns_FLOAT(t: FLOAT) -> FLOAT {
    // An angle of at most a quarter turn has the same sine, and a Taylor series whose next term is below rounding.
    let t = t - floor_FLOAT(t + 0.5);
    let t = if t.abs() > 0.25 { (0.5 - t.abs()).copysign(t) } else { t };
    let x = core::FLOAT::consts::TAU * t;
    x * (1..11).rev().fold(1.0, |sum, i| 1.0 - sum * x * x / (2 * i * (2 * i + 1)) as FLOAT)
}",
    ),
    (
        "floor_FLOAT",
        "/// Returns the largest integer that is at most x, for |x| < 2⁶³.
fn floor_FLOAT(x: FLOAT) -> FLOAT {
    let integer = x as i64 as FLOAT;
    if integer > x { integer - 1.0 } else { integer }
}",
    ),
];
#[cfg(not(feature = "tables"))]
const TABLE_FUNCTIONS: [(&str, &str); 0] = [];

/// Appends the functions that `source` calls, and those that they call: `exp_f64(x)`, `exp_m1_f64(x)`, `ln_1p_f64(x)`,
/// `asinh_f64(x)`, `sin_of_turns_f64(t)`, `floor_f64(x)`, the same for `f32`, and `gelu_f64(x)`, whose polynomial is in
/// double precision.
pub(crate) fn append_called_functions(source: &mut String) {
    append_those_of::<f64>(source, ["f64", "u64", "52", "1023"]);
    append_those_of::<f32>(source, ["f32", "u32", "23", "127"]);
}

fn append_those_of<T: Elementary>(source: &mut String, [float, bits, mantissa, bias]: [&str; 4]) {
    let number = |x: T| format!("{x:?}");
    let constants = [
        ("FLOAT", float.into()),
        ("BITS", bits.into()),
        ("MANTISSA", mantissa.into()),
        ("BIAS", bias.into()),
        ("ERFCX", format!("{ERFCX:?}")),
        ("EXP_M1_COEFFICIENTS", format!("{:?}", T::EXP_M1)),
        ("EXP_M1_BOUND", number(-T::EXP_M1_LOW)),
        ("EXP_LOW", number(T::EXP_RANGE[0])),
        ("EXP_HIGH", number(T::EXP_RANGE[1])),
        ("LN_COEFFICIENTS", format!("{:?}", T::LN)),
        ("LN_2_HIGH", number(T::LN_2_PARTS[0])),
        ("LN_2_LOW", number(T::LN_2_PARTS[1])),
        ("MAGIC", number(T::MAGIC)),
        ("SPLIT", number(T::SPLIT)),
    ];
    for (name, function) in TABLE_FUNCTIONS.into_iter().chain(FUNCTIONS) {
        if source.contains(&format!("{}(", name.replace("FLOAT", float))) {
            let function = constants.iter().fold(function.to_string(), |text, (name, value)| text.replace(name, value));
            source.push_str(&format!("\n{function}\n"));
        }
    }
}
