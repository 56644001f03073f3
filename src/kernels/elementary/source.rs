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

/// Appends the functions that `source` calls, and those that they call: `exp_f64(x)`, `exp_m1_f64(x)`, `ln_1p_f64(x)`,
/// the same for `f32`, and `gelu_f64(x)`, whose polynomial is in double precision.
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
    for (name, function) in FUNCTIONS {
        if source.contains(&format!("{}(", name.replace("FLOAT", float))) {
            let function = constants.iter().fold(function.to_string(), |text, (name, value)| text.replace(name, value));
            source.push_str(&format!("\n{function}\n"));
        }
    }
}
