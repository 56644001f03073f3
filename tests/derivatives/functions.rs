//! Every function and operator has the value of the float's function, bit for bit, and the derivative of difference
//! quotients, in single and double precision, wherever it is smooth. `edges.rs` tests edges and kinks.

use backprop::num_traits::Float;
use backprop::{Graph, Scalar, Value, gradcheck};
use proptest::prelude::*;
use std::ops::Range;

/// A function of one variable on a graph; a pointer, so that the check is compiled once, not for each function.
type OneVariable<T> = for<'g> fn(Value<'g, T>) -> Value<'g, T>;
type TwoVariables<T> = for<'g> fn(Value<'g, T>, Value<'g, T>) -> Value<'g, T>;

/// Checks a function at random points: the method and the function of the trait.
fn check_one<T: Scalar>(range: Range<f64>, on_floats: fn(T) -> T, on_values: [OneVariable<T>; 2]) {
    proptest!(|(x in range)| {
        let x = T::of(x);
        for f in on_values {
            prop_assert_eq!(bits(f(Value::constant(x)).data()), bits(on_floats(x)));
            prop_assert_eq!(gradcheck(|x| f(x[0]), &[x]), Ok(()));
        }
    });
}

/// Checks a function at random points: on two values, and with a constant on either side.
fn check_two<T: Scalar>(ranges: [Range<f64>; 2], on_floats: fn(T, T) -> T, f: TwoVariables<T>) {
    let [range_a, range_b] = ranges;
    proptest!(|(a in range_a, b in range_b)| {
        let (a, b) = (T::of(a), T::of(b));
        let (c, d) = (Value::constant(a), Value::constant(b));
        prop_assert_eq!(bits(f(c, d).data()), bits(on_floats(a, b)));
        prop_assert_eq!(gradcheck(|x| f(x[0], x[1]), &[a, b]), Ok(()));
        prop_assert_eq!(gradcheck(|x| f(Value::constant(a), x[0]), &[b]), Ok(()));
        prop_assert_eq!(gradcheck(|x| f(x[0], Value::constant(b)), &[a]), Ok(()));
    });
}

/// Returns the bits of a float, in double precision, which holds every float.
fn bits<T: Scalar>(x: T) -> u64 {
    x.to_f64().expect("a float").to_bits()
}

/// Tests functions of one variable, each in a range where it is smooth on the scale of differences in single precision.
macro_rules! one_variable {
    ($($Trait:ident::$name:ident in $range:expr;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn in_double_precision() {
                check_one::<f64>($range, $Trait::$name, [|x| x.$name(), |x| $Trait::$name(x)]);
            }

            #[test]
            fn in_single_precision() {
                check_one::<f32>($range, $Trait::$name, [|x| x.$name(), |x| $Trait::$name(x)]);
            }
        }
    )*};
}

one_variable! {
    Float::recip in 0.3..9.0_f64;
    Float::sqrt in 0.3..9.0_f64;
    Float::cbrt in -9.0..-0.3_f64;
    Float::exp in -3.0..3.0_f64;
    Float::exp2 in -3.0..3.0_f64;
    Float::exp_m1 in -3.0..3.0_f64;
    Float::ln in 0.3..9.0_f64;
    Float::log2 in 0.3..9.0_f64;
    Float::log10 in 0.3..9.0_f64;
    Float::ln_1p in -0.7..9.0_f64;
    Float::sin in -9.0..9.0_f64;
    Float::cos in -9.0..9.0_f64;
    Float::tan in -1.0..1.0_f64;
    Float::asin in -0.8..0.8_f64;
    Float::acos in -0.8..0.8_f64;
    Float::atan in -9.0..9.0_f64;
    Float::sinh in -3.0..3.0_f64;
    Float::cosh in -3.0..3.0_f64;
    Float::tanh in -3.0..3.0_f64;
    Float::asinh in -9.0..9.0_f64;
    Float::acosh in 1.5..9.0_f64;
    Float::atanh in -0.7..0.7_f64;
    Float::to_degrees in -9.0..9.0_f64;
    Float::to_radians in -9.0..9.0_f64;
    Float::abs in -9.0..-0.3_f64;
    Float::signum in -9.0..-0.3_f64;
    Float::floor in 1.1..1.9_f64;
    Float::ceil in -1.9..-1.1_f64;
    Float::round in 1.6..2.4_f64;
    Float::trunc in -1.9..-1.1_f64;
    Float::fract in 1.1..1.9_f64;
    Scalar::step in -9.0..-0.3_f64;
    Scalar::sigmoid in -9.0..9.0_f64;
    Scalar::relu in 0.3..9.0_f64;
    Scalar::elu in -9.0..9.0_f64;
    Scalar::softplus in -9.0..9.0_f64;
    Scalar::silu in -9.0..9.0_f64;
    Scalar::gelu in -9.0..9.0_f64;
    Scalar::erf in -3.0..3.0_f64;
    Scalar::erfc in -3.0..3.0_f64;
}

/// Tests functions of two variables.
macro_rules! two_variables {
    ($($name:ident($a:ident in $range_a:expr, $b:ident in $range_b:expr) => $f:expr;)*) => {$(
        mod $name {
            use super::*;

            fn f<S: Scalar>($a: S, $b: S) -> S {
                $f
            }

            #[test]
            fn in_double_precision() {
                check_two::<f64>([$range_a, $range_b], f, |a, b| f(a, b));
            }

            #[test]
            fn in_single_precision() {
                check_two::<f32>([$range_a, $range_b], f, |a, b| f(a, b));
            }
        }
    )*};
}

two_variables! {
    add(a in -9.0..9.0_f64, b in -9.0..9.0_f64) => a + b;
    sub(a in -9.0..9.0_f64, b in -9.0..9.0_f64) => a - b;
    mul(a in -9.0..9.0_f64, b in -9.0..9.0_f64) => a * b;
    div(a in -9.0..9.0_f64, b in 0.3..9.0_f64) => a / b;
    rem(a in 7.1..7.9_f64, b in -3.0..-2.9_f64) => a % b; // trunc(a / b) is −2
    powf(a in 0.5..3.0_f64, b in -3.0..3.0_f64) => a.powf(b);
    log(a in 0.5..9.0_f64, b in 1.5..9.0_f64) => a.log(b);
    hypot(a in 0.3..9.0_f64, b in -9.0..9.0_f64) => a.hypot(b);
    atan2(a in -9.0..9.0_f64, b in 0.5..9.0_f64) => a.atan2(b);
    max(a in -9.0..-0.3_f64, b in 0.3..9.0_f64) => a.max(b);
    min(a in -9.0..-0.3_f64, b in 0.3..9.0_f64) => a.min(b);
    abs_sub(a in 0.3..9.0_f64, b in -9.0..-0.3_f64) => a.abs_sub(b);
    copysign(a in 0.3..9.0_f64, b in -9.0..-0.3_f64) => a.copysign(b);
    leaky_relu(a in -9.0..-0.3_f64, b in 0.0..0.5_f64) => a.leaky_relu(b);
    sum_of_squares(a in -9.0..9.0_f64, b in -9.0..9.0_f64) => [a * a, b * b, a * b].into_iter().sum::<S>();
    product(a in -9.0..9.0_f64, b in -9.0..9.0_f64) => [a, b, a].into_iter().product::<S>();
    assigned(a in -9.0..9.0_f64, b in 0.5..9.0_f64) => {
        let mut x = a;
        x += b;
        x *= a;
        x -= b * b;
        x /= b;
        x
    };
    sin_cos(a in -9.0..9.0_f64, b in -9.0..9.0_f64) => a.sin_cos().0 * b.sin_cos().1;
    clamped(a in -0.7..0.7_f64, b in 1.0..9.0_f64) => a.clamp(-b, b) * b;
}

proptest! {
    #[test]
    fn mul_add_is_rounded_once(a in -9.0..9.0_f64, b in -9.0..9.0_f64, c in -9.0..9.0_f64) {
        let fused = Value::constant(a).mul_add(b, c);
        prop_assert_eq!(fused.data().to_bits(), a.mul_add(b, c).to_bits());
        prop_assert_eq!(gradcheck(|x| x[0].mul_add(x[1], x[2]), &[a, b, c]), Ok(()));
        prop_assert_eq!(gradcheck(|x| x[0].mul_add(b, x[1]) * x[1], &[a, c]), Ok(()));
    }

    #[test]
    fn powi_has_the_derivative_of_differences(x in 0.5..2.0_f64, n in -9..9_i32) {
        prop_assert_eq!(Value::constant(x).powi(n).data().to_bits(), x.powi(n).to_bits());
        prop_assert_eq!(gradcheck(|x| x[0].powi(n), &[x]), Ok(()));
        prop_assert_eq!(gradcheck(|x| x[0].powi(n), &[-x]), Ok(()));
    }
}

/// All forms of an operator have the same value and derivatives.
#[test]
fn operators_take_values_floats_and_references() {
    macro_rules! forms {
        ($($operator:tt)*) => {$({
            let graph = Graph::new();
            let [x, y] = graph.variables([7.5, 2.0_f64]);
            let both = (x $operator y).backward();
            let forms = [x $operator y, &x $operator y, x $operator &y, &x $operator &y];
            for form in forms {
                let gradients = form.backward();
                assert_eq!((form.data(), gradients[x], gradients[y]), (7.5 $operator 2.0, both[x], both[y]));
            }
            for form in [x $operator 2.0, &x $operator 2.0] {
                assert_eq!((form.data(), form.backward()[x]), (7.5 $operator 2.0, both[x]));
            }
            for form in [7.5 $operator y, 7.5 $operator &y] {
                assert_eq!((form.data(), form.backward()[y]), (7.5 $operator 2.0, both[y]));
            }
            let single = Graph::new().value(2.0_f32).data();
            assert_eq!((7.5_f32 $operator Value::constant(single)).data(), 7.5 $operator 2.0);
        })*};
    }
    forms!(+ - * / %);
}

#[test]
fn assignment_operators_take_values_references_and_floats() {
    let graph = Graph::new();
    let x = graph.value(3.0);
    let mut y = x;
    y += 1.0;
    y *= &x; //       x² + x
    y -= x; //        x²
    y /= 2.0; //      x²/2
    y %= 4.0; //      4.5 % 4
    assert_eq!((y.data(), y.backward()[x]), (0.5, 3.0));
}

#[test]
fn empty_sums_and_products_are_constants() {
    let none: [Value<f64>; 0] = [];
    assert_eq!((none.iter().sum::<Value<f64>>().data(), none.iter().product::<Value<f64>>().data()), (0.0, 1.0));
}

#[test]
fn generic_code_over_float_is_differentiable() {
    fn norm<F: Float>(x: &[F]) -> F {
        x.iter().fold(F::zero(), |sum, &x| sum + x.powi(2)).sqrt()
    }
    let graph = Graph::new();
    let x = graph.variables([3.0, 4.0]);
    let gradients = norm(&x).backward();
    approx::assert_relative_eq!(gradients[x[0]], 0.6);
    approx::assert_relative_eq!(gradients[x[1]], 0.8);
}
