//! [`functions!`]: the table of functions.
//!
//! A row has a name with its arguments, and these columns:
//!
//! | column | in the documentation of methods | in explanations of derivatives |
//! | --- | --- | --- |
//! | the function | formula or words | the formula; without one the name, `erf(x)` |
//! | its derivative; of two arguments a list of both | formula or words | the formula; without one `relu′(x)`, or the value for two arguments |
//! | a note, if there is one | sentences | |
//!
//! A formula is a literal, written with the names of the arguments. Words are a literal in parentheses.

/// Calls `$row!` once for each function: `Float` has those of `num_traits::Float`, `Scalar` those of `Scalar`.
///
/// `functions!(Float, row)` expands to
/// ```text
/// row! { recip(x): "1/x", "−1/x²" }
/// row! { sqrt(x): "√x", "1/(2√x)", "The derivative is ∞ at 0 and NaN below." }
/// …
/// row! { hypot(a, b): "√(a² + b²)", ["a/√(a² + b²)", "b/√(a² + b²)"], "Both derivatives are 0 at the origin." }
/// …
/// ```
/// so that `row!` decides what each row becomes: a method in an `impl`, a statement in a test.
macro_rules! functions {
    (Float, $row:path) => {
        $row! { recip(x): "1/x", "−1/x²" }
        $row! { sqrt(x): "√x", "1/(2√x)", "The derivative is ∞ at 0 and NaN below." }
        $row! { cbrt(x): "∛x", "1/(3∛x²)", "The derivative is ∞ at 0." }
        $row! { exp(x): "exp(x)", "exp(x)" }
        $row! { exp2(x): "2^x", "2^x·ln 2" }
        $row! { exp_m1(x): "exp(x) − 1", "exp(x)", "Accurate near 0." }
        $row! { ln(x): "ln x", "1/x", "Value and derivative are NaN for `x < 0`." }
        $row! { log2(x): "log₂ x", "1/(x·ln 2)", "Value and derivative are NaN for `x < 0`." }
        $row! { log10(x): "log₁₀ x", "1/(x·ln 10)", "Value and derivative are NaN for `x < 0`." }
        $row! { ln_1p(x): "ln(1 + x)", "1/(1 + x)", "Accurate near 0. Value and derivative are NaN for `x < −1`." }
        $row! { sin(x): "sin x", "cos x" }
        $row! { cos(x): "cos x", "−sin x" }
        $row! { tan(x): "tan x", "1 + tan² x" }
        $row! { asin(x): "arcsin x", "1/√(1 − x²)", "The derivative is ∞ at ±1 and NaN beyond." }
        $row! { acos(x): "arccos x", "−1/√(1 − x²)", "The derivative is −∞ at ±1 and NaN beyond." }
        $row! { atan(x): "arctan x", "1/(1 + x²)" }
        $row! { sinh(x): "sinh x", "cosh x" }
        $row! { cosh(x): "cosh x", "sinh x" }
        $row! { tanh(x): "tanh x", "1 − tanh² x" }
        $row! { asinh(x): "arsinh x", "1/√(x² + 1)" }
        $row! { acosh(x): "arcosh x", "1/√(x² − 1)", "The derivative is ∞ at 1 and NaN below." }
        $row! { atanh(x): "artanh x", "1/(1 − x²)", "The derivative is ∞ at ±1 and NaN beyond." }
        $row! { to_degrees(x): "180·x/π", "180/π" }
        $row! { to_radians(x): "π·x/180", "π/180" }
        $row! { abs(x): "|x|", "sign x", "The derivative is 0 at 0." }
        $row! { signum(x): "sign x", "0", "The sign of ±0 is ±1." }
        $row! { floor(x): "⌊x⌋", "0" }
        $row! { ceil(x): "⌈x⌉", "0" }
        $row! { round(x): ("`x` rounded to the nearest integer, halves away from 0"), "0" }
        $row! { trunc(x): ("`x` rounded to an integer towards 0"), "0" }
        $row! { fract(x): "x − trunc x", "1" }

        $row! {
            powf(x, p): "x^p", ["p·x^(p − 1)", "ln x·x^p"],
            "The derivative with respect to `x` is 0 where `p` is 0; that with respect to `p` is 0 where `x^p` is 0, and at 0⁰."
        }
        $row! { log(x, base): "ln x/ln base", ["1/(x·ln base)", "−ln x/(base·(ln base)²)"] }
        $row! { hypot(a, b): "√(a² + b²)", ["a/√(a² + b²)", "b/√(a² + b²)"], "Both derivatives are 0 at the origin." }
        $row! {
            atan2(y, x): ("the angle of the point (`x`, `y`)"), ["x/(y² + x²)", "−y/(y² + x²)"],
            "Both derivatives are 0 at the origin."
        }
        $row! {
            max(a, b): ("the larger of `a` and `b`"),
            [("1 where `a > b`, ½ where `a = b`, 0 elsewhere"), ("1 where `b > a`, ½ where `a = b`, 0 elsewhere")],
            "If one argument is NaN, the result is the other."
        }
        $row! {
            min(a, b): ("the smaller of `a` and `b`"),
            [("1 where `a < b`, ½ where `a = b`, 0 elsewhere"), ("1 where `b < a`, ½ where `a = b`, 0 elsewhere")],
            "If one argument is NaN, the result is the other."
        }
        $row! {
            abs_sub(a, b): "max(a − b, 0)", [("1 where `a > b`, 0 elsewhere"), ("−1 where `a > b`, 0 elsewhere")]
        }
        $row! {
            copysign(a, sign): ("`|a|` with the sign of `sign`"),
            [("1 where the signs are equal, −1 where they differ, 0 where `a` is 0"), "0"]
        }
    };
    (Scalar, $row:path) => {
        $row! { step(x): ("1 for `x ≥ 0` and 0 below"), "0" }
        $row! { sigmoid(x): "1/(1 + exp(−x))", ("`σ(x)·(1 − σ(x))`") } // σ′(x) in explanations
        $row! { relu(x): "max(0, x)", ("1 for `x > 0` and 0 elsewhere, at 0 too") }
        $row! { elu(x): ("`x` for `x > 0` and `exp(x) − 1` elsewhere"), ("1 for `x > 0` and `exp(x)` elsewhere") }
        $row! { softplus(x): "ln(1 + exp(x))", "1/(1 + exp(−x))" }
        $row! { silu(x): "x·σ(x)", "σ(x)·(1 + x·(1 − σ(x)))", "σ is the [sigmoid](Self::sigmoid)." }
        $row! {
            gelu(x): "x·Φ(x)", "Φ(x) + x·φ(x)",
            "Φ and φ are the distribution and the density of the standard normal; Φ is exact, not approximated by tanh."
        }
        $row! { erf(x): ("`2/√π ∫₀ˣ exp(−t²) dt`"), "2/√π·exp(−x²)" }
        $row! { erfc(x): "1 − erf x", "−2/√π·exp(−x²)", "Accurate where it is near 0." }
        $row! { sinc(x): "sin(π·x)/(π·x)", "(cos(π·x) − sinc x)/x", "It is 1 at 0, where the derivative is 0." }

        $row! {
            leaky_relu(x, slope): ("`x` for `x > 0` and `slope·x` elsewhere"), ["leaky_relu′(x)", "min(x, 0)"],
            "`leaky_relu′(x)` is 1 for `x > 0` and `slope` elsewhere, at 0 too."
        }
        $row! {
            xlogy(x, y): "x·ln y", ["ln y", "x/y"],
            "The value and the derivative with respect to `y` are 0 where `x` is 0, for every number `y`."
        }
        $row! {
            log_add_exp(a, b): "ln(exp(a) + exp(b))", ["1/(1 + exp(b − a))", "1/(1 + exp(a − b))"],
            "Finite for finite arguments of any size."
        }
    };
}
pub(crate) use functions;
