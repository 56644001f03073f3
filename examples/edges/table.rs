//! Points where the derivative is a convention, with the expected results.

use backprop::{Dual, Scalar, reverse};

/// An expression at a point, with its value, its derivatives with respect to the variables, and the convention in
/// words.
pub struct Edge {
    pub expression: &'static str,
    pub point: Vec<(&'static str, f64)>,
    pub value: f64,
    pub derivatives: Vec<f64>,
    pub convention: &'static str,
    /// Computes the value and the derivatives in reverse mode.
    pub by_graph: fn(&[f64]) -> (f64, Vec<f64>),
    /// Computes the value and the derivatives in forward mode.
    pub by_dual: fn(&[f64]) -> (f64, Vec<f64>),
}

macro_rules! edges {
    ($($text:literal, |$($x:ident),+| $f:expr, at $($at:expr),+ => $value:expr, [$($d:expr),+], $convention:literal;)*) => {
        pub fn edges() -> Vec<Edge> {
            vec![$({
                fn f<S: Scalar>(point: &[S]) -> S {
                    let &[$($x),+] = point else { unreachable!("one value for each variable") };
                    $f
                }
                Edge {
                    expression: $text,
                    point: [$(stringify!($x)),+].into_iter().zip([$($at),+]).collect(),
                    value: $value,
                    derivatives: vec![$($d),+],
                    convention: $convention,
                    by_graph: |point| reverse::gradient(|x| f(x), point),
                    by_dual: |point| {
                        let variable = |(i, &x): (usize, &f64)| Dual::<f64, 2>::variable(x, i);
                        let y = f(&point.iter().enumerate().map(variable).collect::<Vec<_>>());
                        (y.data(), y.tangents()[..point.len()].to_vec())
                    },
                }
            }),*]
        }
    };
}

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const PI: f64 = std::f64::consts::PI;
const LN_2: f64 = std::f64::consts::LN_2;

edges! {
    // Kinks
    "|x|", |x| x.abs(), at 0.0 => 0.0, [0.0], "the mean of −1 and 1, the derivatives on the two sides";
    "relu x", |x| x.relu(), at 0.0 => 0.0, [0.0], "the derivative on the left, as in PyTorch";
    "relu x", |x| x.relu(), at -0.0 => 0.0, [0.0], "−0 is 0";
    "leaky_relu(x, s)", |x, s| x.leaky_relu(s), at 0.0, 0.01 => 0.0, [0.01, 0.0], "the derivative on the left";
    "elu x", |x| x.elu(), at 0.0 => 0.0, [1.0], "the derivatives on the two sides are equal: no kink";
    "max(a, b)", |a, b| a.max(b), at 2.0, 2.0 => 2.0, [0.5, 0.5], "equal arguments get half each";
    "min(a, b)", |a, b| a.min(b), at 2.0, 2.0 => 2.0, [0.5, 0.5], "equal arguments get half each";
    "max(a, b)", |a, b| a.max(b), at NAN, 2.0 => 2.0, [0.0, 1.0], "NaN is ignored, as in IEEE 754";
    "abs_sub(a, b)", |a, b| a.abs_sub(b), at 2.0, 2.0 => 0.0, [0.0, 0.0], "the derivatives on the side where it is 0";
    "copysign(a, s)", |a, s| a.copysign(s), at 0.0, -1.0 => 0.0, [0.0, 0.0], "|a| has a kink there";

    // Jumps
    "step x", |x| x.step(), at 0.0 => 1.0, [0.0], "0 on both sides; the jump is ignored";
    "signum x", |x| x.signum(), at 0.0 => 1.0, [0.0], "±1 at ±0, as in Rust; 0 on both sides";
    "floor x", |x| x.floor(), at 2.0 => 2.0, [0.0], "0 on both sides";
    "round x", |x| x.round(), at 2.5 => 3.0, [0.0], "halves away from 0, as in Rust; 0 on both sides";
    "fract x", |x| x.fract(), at 2.0 => 0.0, [1.0], "the derivative on both sides";
    "a % b", |a, b| a % b, at 6.0, 2.0 => 0.0, [1.0, -3.0], "a − 3b to the right: the derivatives on the right";

    // Ends of a domain and points outside
    "√x", |x| x.sqrt(), at 0.0 => 0.0, [INF], "the limit from the right";
    "√x", |x| x.sqrt(), at -1.0 => NAN, [NAN], "outside the domain: value and derivative are NaN";
    "∛x", |x| x.cbrt(), at 0.0 => 0.0, [INF], "the limit from both sides";
    "1/x", |x| x.recip(), at 0.0 => INF, [-INF], "the limit from the right, as for the value; at −0 from the left";
    "ln x", |x| x.ln(), at 0.0 => -INF, [INF], "the limit from the right";
    "ln x", |x| x.ln(), at -1.0 => NAN, [NAN], "1/x would be −1; outside the domain: NaN";
    "log2 x", |x| x.log2(), at -1.0 => NAN, [NAN], "outside the domain: NaN";
    "ln_1p x", |x| x.ln_1p(), at -1.0 => -INF, [INF], "the limit from the right";
    "log(x, b)", |x, b| x.log(b), at 0.0, 2.0 => -INF, [INF, INF], "the limits from the right";
    "asin x", |x| x.asin(), at 1.0 => PI / 2.0, [INF], "the limit from the left";
    "acos x", |x| x.acos(), at -1.0 => PI, [-INF], "the limit from the right";
    "acosh x", |x| x.acosh(), at 1.0 => 0.0, [INF], "the limit from the right";
    "atanh x", |x| x.atanh(), at 1.0 => INF, [INF], "the limit from the left";
    "atanh x", |x| x.atanh(), at 2.0 => NAN, [NAN], "outside the domain: NaN";

    // Powers
    "xᵖ", |x, p| x.powf(p), at 0.0, 0.0 => 1.0, [0.0, 0.0], "0⁰ = 1; 0ᵖ is 0 for p > 0: the derivative there";
    "xᵖ", |x, p| x.powf(p), at 5.0, 0.0 => 1.0, [0.0, 1.6094379124341003], "x⁰ is 1 for every x; ln x with respect to p";
    "xᵖ", |x, p| x.powf(p), at 0.0, 2.5 => 0.0, [0.0, 0.0], "xᵖ·ln x goes to 0 with x";
    "xᵖ", |x, p| x.powf(p), at 0.0, 1.0 => 0.0, [1.0, 0.0], "1·0⁰ = 1";
    "xᵖ", |x, p| x.powf(p), at 0.0, 0.5 => 0.0, [INF, 0.0], "the limit from the right";
    "xᵖ", |x, p| x.powf(p), at 0.0, -1.0 => INF, [-INF, -INF], "the limits from the right";
    "xᵖ", |x, p| x.powf(p), at -2.0, 3.0 => -8.0, [12.0, NAN], "a negative base has integer powers only: NaN for p";
    "xᵖ", |x, p| x.powf(p), at -2.0, 0.5 => NAN, [NAN, NAN], "outside the domain: NaN";
    "x⁰ by powi", |x| x.powi(0), at 0.0 => 1.0, [0.0], "constant";
    "x⁻² by powi", |x| x.powi(-2), at 1e-100 => 1e200, [-2e300], "finite, as is the value";

    // The origin of a plane
    "hypot(a, b)", |a, b| a.hypot(b), at 0.0, 0.0 => 0.0, [0.0, 0.0], "a kink in every direction: the mean of both sides";
    "atan2(y, x)", |y, x| y.atan2(x), at 0.0, 0.0 => 0.0, [0.0, 0.0], "no limit exists";
    "atan2(y, x)", |y, x| y.atan2(x), at 0.0, -1.0 => PI, [-1.0, 0.0], "the derivatives on the side of its value, π";

    // 0·∞ in a chain: the product is 0, because a value that does not affect the result must not make it NaN
    "√x + y", |x, y| x.sqrt() + y, at 0.0, 1.0 => 1.0, [INF, 1.0], "the infinite derivative of √x does not affect y";
    "√(x² + y²)", |x, y| (x * x + y * y).sqrt(), at 0.0, 0.0 => 0.0, [0.0, 0.0], "∞·0 = 0, as for hypot";
    "√(x³)", |x| x.powi(3).sqrt(), at 0.0 => 0.0, [0.0], "∞·0 = 0, the limit";
    "tanh(1/x)", |x| x.recip().tanh(), at 0.0 => 1.0, [0.0], "0·∞ = 0, the limit";
    "e^(−1/x)", |x| (-x.recip()).exp(), at 0.0 => 0.0, [0.0], "0·∞ = 0, the limit";
    "max(x, ln y)", |x, y| x.max(y.ln()), at 1.0, 0.0 => 1.0, [1.0, 0.0], "the branch not taken does not contribute";
    "1/(1 + e⁻ˣ)", |x| ((-x).exp() + S::one()).recip(), at -800.0 => 0.0, [0.0], "e⁸⁰⁰ is ∞, and its contribution 0";

    // Large values, for which a formula could overflow
    "sigmoid x", |x| x.sigmoid(), at -800.0 => 0.0, [0.0], "exact: e⁻⁸⁰⁰ is below the smallest float";
    "sigmoid x", |x| x.sigmoid(), at 800.0 => 1.0, [0.0], "exact";
    "softplus x", |x| x.softplus(), at 800.0 => 800.0, [1.0], "exact";
    "softplus x", |x| x.softplus(), at -800.0 => 0.0, [0.0], "exact";
    "silu x", |x| x.silu(), at -INF => 0.0, [0.0], "the limit; the formula has ∞·0";
    "gelu x", |x| x.gelu(), at INF => INF, [1.0], "the limit; the formula has ∞·0";
    "tanh x", |x| x.tanh(), at 800.0 => 1.0, [0.0], "exact";
    "softplus x", |x| x.softplus(), at 0.0 => LN_2, [0.5], "two formulas meet, and their derivatives agree";
    "hypot(a, b)", |a, b| a.hypot(b), at 3e300, 4e300 => 5e300, [0.6, 0.8], "no square overflows";
    "atan2(y, x)", |y, x| y.atan2(x), at 1e200, 1e200 => PI / 4.0, [0.5e-200, -0.5e-200], "no square overflows";
}
