//! Every function has the documented value and derivative at zeros, kinks, ends of domains, large values and
//! infinities, on a graph and with duals. The expected values come from calculus and the documented conventions, not
//! from the code.

use backprop::Graph;
use std::f64::consts::{LN_2, LN_10, PI};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Returns true if `a` equals `b` to a relative 1e-14. NaN equals NaN.
fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-14 * b.abs()
}

/// `name { x => value, derivative; … }`
macro_rules! one_variable {
    ($($name:ident { $($x:expr => $value:expr, $derivative:expr;)* })*) => {$(
        #[test]
        fn $name() {
            $({
                let graph = Graph::new();
                let x = graph.value($x as f64);
                let y = x.$name();
                let derivative = y.backward()[x];
                assert!(same(backprop::derivative(|x| x.$name(), $x as f64).1, derivative), "with duals, at {x}");
                assert!(same(y.data(), $value), "f({x}): expected {}, got {}", $value, y.data());
                assert!(same(derivative, $derivative), "f′({x}): expected {}, got {derivative}", $derivative);
            })*
        }
    )*};
}

one_variable! {
    recip { 0.0 => INF, -INF; -0.0 => -INF, -INF; 1e160 => 1e-160, -1e-320; INF => 0.0, 0.0; }
    sqrt { 0.0 => 0.0, INF; -0.0 => 0.0, INF; -1.0 => NAN, NAN; INF => INF, 0.0; 1e-300 => 1e-150, 5e149; }
    cbrt { 0.0 => 0.0, INF; -0.0 => 0.0, INF; -8.0 => -2.0, 1.0 / 12.0; INF => INF, 0.0; }
    exp { 0.0 => 1.0, 1.0; 800 => INF, INF; -800 => 0.0, 0.0; -INF => 0.0, 0.0; NAN => NAN, NAN; }
    exp2 { 0.0 => 1.0, LN_2; 10 => 1024.0, 1024.0 * LN_2; -INF => 0.0, 0.0; }
    exp_m1 { 0.0 => 0.0, 1.0; 1e-20 => 1e-20, 1.0; -800 => -1.0, 0.0; 800 => INF, INF; }
    ln { 0.0 => -INF, INF; 1 => 0.0, 1.0; -1 => NAN, NAN; INF => INF, 0.0; }
    log2 { 0.0 => -INF, INF; 8 => 3.0, 1.0 / (8.0 * LN_2); -1 => NAN, NAN; }
    log10 { 0.0 => -INF, INF; 1000 => 3.0, 1e-3 / LN_10; -1 => NAN, NAN; }
    ln_1p { 0.0 => 0.0, 1.0; 1e-20 => 1e-20, 1.0; -1 => -INF, INF; -2 => NAN, NAN; }
    sin { 0.0 => 0.0, 1.0; INF => NAN, NAN; }
    cos { 0.0 => 1.0, 0.0; INF => NAN, NAN; }
    tan { 0.0 => 0.0, 1.0; PI / 4.0 => 1.0, 2.0; }
    asin { 0.0 => 0.0, 1.0; 1 => PI / 2.0, INF; -1 => -PI / 2.0, INF; 1.5 => NAN, NAN; }
    acos { 0.0 => PI / 2.0, -1.0; 1 => 0.0, -INF; -1 => PI, -INF; -1.5 => NAN, NAN; }
    atan { 0.0 => 0.0, 1.0; INF => PI / 2.0, 0.0; -INF => -PI / 2.0, 0.0; 1e200 => PI / 2.0, 0.0; }
    sinh { 0.0 => 0.0, 1.0; 800 => INF, INF; -800 => -INF, INF; }
    cosh { 0.0 => 1.0, 0.0; 800 => INF, INF; -800 => INF, -INF; }
    tanh { 0.0 => 0.0, 1.0; 800 => 1.0, 0.0; -800 => -1.0, 0.0; INF => 1.0, 0.0; }
    asinh { 0.0 => 0.0, 1.0; INF => INF, 0.0; 1e300 => 1e300_f64.asinh(), 1e-300; }
    acosh { 1 => 0.0, INF; 0.5 => NAN, NAN; -2 => NAN, NAN; 1e300 => 1e300_f64.acosh(), 1e-300; }
    atanh { 0.0 => 0.0, 1.0; 1 => INF, INF; -1 => -INF, INF; 2 => NAN, NAN; }
    abs { 0.0 => 0.0, 0.0; -0.0 => 0.0, 0.0; -2 => 2.0, -1.0; -INF => INF, -1.0; NAN => NAN, NAN; }
    signum { 0.0 => 1.0, 0.0; -0.0 => -1.0, 0.0; -5 => -1.0, 0.0; }
    floor { 1.0 => 1.0, 0.0; -0.5 => -1.0, 0.0; }
    ceil { 1.0 => 1.0, 0.0; 0.5 => 1.0, 0.0; }
    round { 2.5 => 3.0, 0.0; -2.5 => -3.0, 0.0; }
    trunc { -1.5 => -1.0, 0.0; }
    fract { -1.5 => -0.5, 1.0; 2 => 0.0, 1.0; }
    step { 0.0 => 1.0, 0.0; -0.0 => 1.0, 0.0; -1e-300 => 0.0, 0.0; NAN => NAN, 0.0; }
    sigmoid { 0.0 => 0.5, 0.25; 800 => 1.0, 0.0; -800 => 0.0, 0.0; 30 => 1.0 / (1.0 + (-30_f64).exp()), (-30_f64).exp() / (1.0 + (-30_f64).exp()).powi(2);
        -700 => (-700_f64).exp(), (-700_f64).exp(); INF => 1.0, 0.0; -INF => 0.0, 0.0; NAN => NAN, NAN; }
    relu { 0.0 => 0.0, 0.0; -0.0 => 0.0, 0.0; 2 => 2.0, 1.0; -800 => 0.0, 0.0; INF => INF, 1.0; NAN => NAN, 1.0; }
    elu { 0.0 => 0.0, 1.0; -800 => -1.0, 0.0; 800 => 800.0, 1.0; -INF => -1.0, 0.0; }
    softplus { 0.0 => LN_2, 0.5; 800 => 800.0, 1.0; -800 => 0.0, 0.0; -40 => (-40_f64).exp(), (-40_f64).exp();
        INF => INF, 1.0; -INF => 0.0, 0.0; }
    silu { 0.0 => 0.0, 0.5; 800 => 800.0, 1.0; -800 => 0.0, 0.0; INF => INF, 1.0; -INF => 0.0, 0.0; NAN => NAN, NAN; }
    gelu { 0.0 => 0.0, 0.5; 800 => 800.0, 1.0; -800 => 0.0, 0.0; INF => INF, 1.0; -INF => 0.0, 0.0; NAN => NAN, NAN; }
    erf { 0.0 => 0.0, 2.0 / PI.sqrt(); 800 => 1.0, 0.0; -INF => -1.0, 0.0; }
    erfc { 0.0 => 1.0, -2.0 / PI.sqrt(); 800 => 0.0, 0.0; -INF => 2.0, 0.0; }
}

/// `name { a, b => value, ∂f/∂a, ∂f/∂b; … }`
macro_rules! two_variables {
    ($($name:ident { $($a:expr, $b:expr => $value:expr, $df_da:expr, $df_db:expr;)* })*) => {$(
        #[test]
        fn $name() {
            $({
                let graph = Graph::new();
                let [a, b] = graph.variables([$a as f64, $b as f64]);
                let y = a.$name(b);
                let gradients = y.backward();
                let (df_da, df_db) = (gradients[a], gradients[b]);
                let (_, dual) = backprop::gradient(|[a, b]| a.$name(b), [$a as f64, $b as f64]);
                assert!(same(dual[0], df_da) && same(dual[1], df_db), "with duals, at {a}, {b}: {dual:?}");
                assert!(same(y.data(), $value), "f({a}, {b}): expected {}, got {}", $value, y.data());
                assert!(same(df_da, $df_da), "∂f/∂a({a}, {b}): expected {}, got {df_da}", $df_da);
                assert!(same(df_db, $df_db), "∂f/∂b({a}, {b}): expected {}, got {df_db}", $df_db);
            })*
        }
    )*};
}

two_variables! {
    powf { 0.0, 2.5 => 0.0, 0.0, 0.0; 0.0, 0.0 => 1.0, 0.0, 0.0; 0.0, 1.0 => 0.0, 1.0, 0.0; 0.0, -1.0 => INF, -INF, -INF;
        0.0, 0.5 => 0.0, INF, 0.0; -2.0, 3.0 => -8.0, 12.0, NAN; -2.0, 0.5 => NAN, NAN, NAN;
        3.0, 2.0 => 9.0, 6.0, 9.0 * 3_f64.ln(); 1e-100, -2.0 => 1e200, -2e300, 1e200 * 1e-100_f64.ln();
        5.0, 0.0 => 1.0, 0.0, 5_f64.ln(); }
    log { 8.0, 2.0 => 3.0, 1.0 / (8.0 * LN_2), -3.0 / (2.0 * LN_2); -1.0, 2.0 => NAN, NAN, NAN;
        0.0, 2.0 => -INF, INF, INF; }
    hypot { 0.0, 0.0 => 0.0, 0.0, 0.0; 3.0, -4.0 => 5.0, 0.6, -0.8; 3e300, 4e300 => 5e300, 0.6, 0.8;
        3e-320, 4e-320 => 3e-320_f64.hypot(4e-320), 3e-320 / 3e-320_f64.hypot(4e-320), 4e-320 / 3e-320_f64.hypot(4e-320); }
    atan2 { 0.0, 0.0 => 0.0, 0.0, 0.0; 0.0, -1.0 => PI, -1.0, 0.0; 1.0, 0.0 => PI / 2.0, 0.0, -1.0;
        1e200, 1e200 => PI / 4.0, 0.5e-200, -0.5e-200; 1e-200, 1e-200 => PI / 4.0, 0.5e200, -0.5e200; }
    max { 1.0, 1.0 => 1.0, 0.5, 0.5; 2.0, 1.0 => 2.0, 1.0, 0.0; -INF, 1.0 => 1.0, 0.0, 1.0; NAN, 1.0 => 1.0, 0.0, 1.0;
        1.0, NAN => 1.0, 1.0, 0.0; }
    min { 1.0, 1.0 => 1.0, 0.5, 0.5; 2.0, 1.0 => 1.0, 0.0, 1.0; -INF, 1.0 => -INF, 1.0, 0.0; NAN, 1.0 => 1.0, 0.0, 1.0;
        1.0, NAN => 1.0, 1.0, 0.0; }
    abs_sub { 1.0, 1.0 => 0.0, 0.0, 0.0; 2.0, 1.0 => 1.0, 1.0, -1.0; 1.0, 2.0 => 0.0, 0.0, 0.0; INF, INF => 0.0, 0.0, 0.0; }
    copysign { 2.0, -1.0 => -2.0, -1.0, 0.0; -2.0, -1.0 => -2.0, 1.0, 0.0; 0.0, -1.0 => 0.0, 0.0, 0.0; }
    leaky_relu { 0.0, 0.1 => 0.0, 0.1, 0.0; -2.0, 0.1 => -0.2, 0.1, -2.0; 2.0, 0.1 => 2.0, 1.0, 0.0; }
}

#[test]
fn powi_at_special_points() {
    let powi = |x: f64, n: i32| {
        let graph = Graph::new();
        let x = graph.value(x);
        let y = x.powi(n);
        (y.data(), y.backward()[x])
    };
    assert_eq!(powi(0.0, 0), (1.0, 0.0));
    assert_eq!(powi(0.0, 1), (0.0, 1.0));
    assert_eq!(powi(0.0, 2), (0.0, 0.0));
    assert_eq!(powi(0.0, -1), (INF, -INF));
    assert_eq!(powi(-3.0, 3), (-27.0, 27.0));
    assert_eq!(powi(1.0, i32::MIN), (1.0, f64::from(i32::MIN)));
    assert_eq!(powi(1.0, i32::MAX), (1.0, f64::from(i32::MAX)));
    let (value, derivative) = powi(1e-100, -2);
    assert!(same(value, 1e200) && same(derivative, -2e300), "{value} {derivative}");
}

#[test]
fn remainder_derivative_is_minus_the_truncated_quotient() {
    for (a, b, df_db) in [(7.5, 2.0, -3.0), (-7.5, 2.0, 3.0), (7.5, -2.0, 3.0), (1.0, 2.0, 0.0), (0.7, 0.1, -6.0)] {
        let graph = Graph::new();
        let [x, y] = graph.variables([a, b]);
        let remainder = x % y;
        let gradients = remainder.backward();
        assert_eq!((remainder.data(), gradients[x], gradients[y]), (a % b, 1.0, df_db), "{a} % {b}");
    }
}

#[test]
fn quotient_rule_holds_for_small_values() {
    let graph = Graph::new();
    let x = graph.value(1e-160_f64);
    assert!(same((1.0 / x).backward()[x], -INF)); // −1e320
    let [a, b] = graph.variables([1e-200, 1e-160]);
    let gradients = (a / b).backward();
    assert!(same(gradients[a], 1e160) && same(gradients[b], -1e120));
}

/// A term that does not contribute to the result contributes 0 to the derivative, even where its own derivative is
/// infinite.
#[test]
fn branch_multiplied_by_0_contributes_no_derivative() {
    let graph = Graph::new();
    let x = graph.value(0.0_f64);
    let y = x.sqrt() * 0.0 + x;
    assert_eq!(y.backward()[x], 1.0);
    let off = (x - 1.0).relu() * x.ln();
    assert!(off.data().is_nan()); // the value 0·∞ stays NaN …
    let shielded = (x + 1.0).max(x.ln()); // … but the branch that max does not select contributes nothing
    assert_eq!(shielded.backward()[x], 1.0);
}
