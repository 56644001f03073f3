//! The functions are within 2 units in the last place, with and without fused multiplication, and have the special
//! values of the standard library.

use super::*;
use crate::kernels;
use crate::kernels::dispatch::tests::{VECTORS, Vectors};
use crate::scalar::{Scalar, UnaryFunction};

/// The functions of one variable with those of the standard library.
macro_rules! functions {
    ($Float:ty) => {{
        fn pair<const FUSED: bool>() -> [(&'static str, fn($Float) -> $Float, fn(f64) -> f64); 9] {
            [
                ("exp", exp::<$Float, FUSED>, f64::exp),
                ("exp2", exp2::<$Float, FUSED>, f64::exp2),
                ("exp_m1", exp_m1::<$Float, FUSED>, f64::exp_m1),
                ("ln", ln::<$Float, FUSED>, f64::ln),
                ("ln_1p", ln_1p::<$Float, FUSED>, f64::ln_1p),
                ("log2", log2::<$Float, FUSED>, f64::log2),
                ("log10", log10::<$Float, FUSED>, f64::log10),
                ("sin", |x| sin_cos::<$Float, FUSED>(x).0, f64::sin),
                ("cos", |x| sin_cos::<$Float, FUSED>(x).1, f64::cos),
            ]
        }
        pair::<true>().into_iter().chain(pair::<false>())
    }};
}

/// Returns the distance of a result from the exact value `expected` + `rest` in units in the last place.
fn error_in_double(found: f64, expected: f64, rest: f64) -> f64 {
    let unit = f64::from_bits(expected.abs().to_bits() + 1) - expected.abs();
    ((found - expected) - rest).abs() / unit
}

/// Returns the distance of a result in single precision from the value in double precision; 0 for NaN if both are.
fn error_in_single(found: f32, expected: f64) -> f64 {
    let rounded = expected as f32;
    if rounded.is_infinite() || rounded == f32::MAX || found.is_infinite() || expected.is_nan() {
        let is_next = rounded.abs().min(found.abs()) == f32::MAX && rounded.signum() == found.signum();
        return if found == rounded || is_next || found.is_nan() && expected.is_nan() { 0.0 } else { f64::INFINITY };
    }
    let unit = f64::from(f32::from_bits(rounded.abs().to_bits() + 1)) - f64::from(rounded.abs());
    (f64::from(found) - expected).abs() / unit
}

/// The expected values have 120 digits, from `reference.py`.
#[test]
fn double_precision_is_within_2_units() {
    let (mut compared, path) = (0, "src/kernels/elementary/reference.csv");
    for row in csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap().into_records() {
        let row = row.unwrap();
        let [x, p, expected, rest]: [f64; 4] = [1, 2, 3, 4].map(|column| row[column].parse().unwrap());
        let found: Vec<f64> = if &row[0] == "powf" {
            vec![powf::<f64, true>(x, p), powf::<f64, false>(x, p)]
        } else {
            functions!(f64).filter(|(name, ..)| *name == &row[0]).map(|(_, f, _)| f(x)).collect()
        };
        for found in found {
            let error = error_in_double(found, expected, rest);
            assert!(error <= 2.0, "{row:?}: {found:e}, {error} units away");
            compared += 1;
        }
    }
    assert_eq!(compared, 2 * 6103);
}

/// Compares every 10,007th value of single precision with double precision.
#[test]
fn single_precision_is_within_2_units() {
    for x in (0..=u32::MAX).step_by(10_007).map(f32::from_bits) {
        for (name, function, exact) in functions!(f32) {
            if ["sin", "cos"].contains(&name) && x.abs() > f32::SIN_COS_BOUND {
                continue;
            }
            let (found, expected) = (function(x), exact(x.into()));
            let error = error_in_single(found, expected);
            assert!(error <= 2.0, "{name} of {x:e}: expected {expected:e}, got {found:e}, {error} units away");
        }
        let ln = f64::from(x).ln();
        for p in [-3.7, -1.0, 0.25, 2.0, 3.0, (60.0 / ln) as f32, (-95.0 / ln) as f32, (88.7 / ln) as f32] {
            let expected = f64::from(x).powf(p.into());
            for found in [powf::<f32, true>(x, p), powf::<f32, false>(x, p)] {
                let error = error_in_single(found, expected);
                assert!(error <= 2.0, "{x:e}^{p}: expected {expected:e}, got {found:e}, {error} units away");
            }
        }
    }
}

#[test]
fn special_values_are_those_of_the_standard_library() {
    macro_rules! check {
        ($Float:ident) => {
            let whole = $Float::EPSILON.recip();
            let positive = [
                0.0,
                $Float::from_bits(1),
                $Float::MIN_POSITIVE,
                0.5,
                1.0 - $Float::EPSILON / 2.0,
                1.0,
                1.0 + $Float::EPSILON,
                1.5,
                2.0,
                3.0,
                4.0,
                1001.0,
                whole / 2.0 - 0.5,
                whole / 2.0 + 0.5,
                whole / 2.0 + 1.0,
                whole - 1.0,
                whole,
                whole + 1.0,
                2.0 * whole - 1.0,
                2.0 * whole,
                2.0 * whole + 2.0,
                1e30,
                3e36,
                $Float::MAX,
                $Float::INFINITY,
                $Float::NAN,
            ];
            let values: Vec<$Float> = positive.into_iter().flat_map(|x| [x, -x]).collect();
            let agree = |found: $Float, expected: $Float| {
                let are_special = !expected.is_normal() || expected.abs() == 1.0;
                let is_near = (found - expected).abs() <= 2.0 * $Float::EPSILON * expected.abs();
                found.is_nan() && expected.is_nan()
                    || found.to_bits() == expected.to_bits()
                    || !are_special && is_near
                    || expected.is_subnormal() && found.to_bits().abs_diff(expected.to_bits()) <= 2
            };
            for &x in &values {
                for (name, function, exact) in functions!($Float) {
                    if !["sin", "cos"].contains(&name) {
                        let (found, expected) = (function(x), exact(x.into()) as $Float);
                        assert!(agree(found, expected), "{name} of {x:e}: expected {expected:e}, got {found:e}");
                    }
                }
                for &p in &values {
                    let (found, expected) = ([powf::<$Float, true>(x, p), powf::<$Float, false>(x, p)], x.powf(p));
                    let are_right = found.into_iter().all(|found| agree(found, expected));
                    assert!(are_right, "{x:e}^{p:e}: expected {expected:e}, got {found:?}");
                    let (power, ln) = powf_and_ln::<$Float, true>(x, p);
                    let (first, second, third) = two_powers_and_ln::<$Float, true>(x, p, -p);
                    assert_eq!(
                        [power, ln, second].map($Float::to_bits),
                        [first, third, powf::<$Float, true>(x, -p)].map($Float::to_bits)
                    );
                    assert!(agree(ln, x.ln()), "ln of {x:e} is {ln:e}");
                }
            }
        };
    }
    check!(f32);
    check!(f64);
}

#[test]
fn powers_of_the_base_are_exact() {
    for k in -1074..1024 {
        let (power, k) = (f64::from(k).exp2(), f64::from(k));
        assert_eq!([log2::<f64, true>(power), log2::<f64, false>(power)], [k; 2]);
        assert_eq!([exp2::<f64, true>(k), exp2::<f64, false>(k)], [power; 2]);
    }
    for k in -149..128 {
        let (power, k) = (f64::from(k).exp2() as f32, k as f32);
        assert_eq!([log2::<f32, true>(power), log2::<f32, false>(power)], [k; 2]);
        assert_eq!([exp2::<f32, true>(k), exp2::<f32, false>(k)], [power; 2]);
    }
    for k in -307..=308 {
        let power: f64 = format!("1e{k}").parse().unwrap();
        assert_eq!([log10::<f64, true>(power), log10::<f64, false>(power)], [f64::from(k); 2]);
    }
    for k in -37..=38 {
        let power: f32 = format!("1e{k}").parse().unwrap();
        assert_eq!([log10::<f32, true>(power), log10::<f32, false>(power)], [k as f32; 2]);
    }
}

/// Beyond the bound, at infinities and at NaN, sin and cos are those of the standard library. An element does not
/// depend on its neighbours, nor on the size of the vectors.
#[test]
fn sin_and_cos_of_a_slice_are_right_for_every_value() {
    let sin_cos = |values: &[f64]| {
        let (mut sin, mut cos) = (vec![0.5; values.len()], vec![0.5; values.len()]);
        kernels::sin_cos(values, &mut sin, &mut cos);
        [sin, cos].map(|values| values.into_iter().map(f64::to_bits).collect::<Vec<_>>())
    };
    let mut values: Vec<f64> = (0..37).map(|i| f64::from(i) * 0.37 - 5.0).collect();
    let near = sin_cos(&values);
    VECTORS.set(Vectors::Avx2);
    assert_eq!(sin_cos(&values), near);
    VECTORS.set(Vectors::Widest);
    let (zeros, bound) = (sin_cos(&[0.0, -0.0]), f64::SIN_COS_BOUND);
    assert_eq!(zeros, [[0.0, -0.0], [1.0, 1.0]].map(|x| x.map(f64::to_bits).to_vec()));
    let huge = [bound.next_up(), 1e17, -1e300, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    for (place, x) in huge.into_iter().enumerate() {
        values[5 * place] = x;
    }
    let [sin, cos] = sin_cos(&values);
    for (place, &x) in values.iter().enumerate() {
        let found = [sin[place], cos[place]];
        let expected =
            if x.abs() <= bound { [near[0][place], near[1][place]] } else { [x.sin(), x.cos()].map(f64::to_bits) };
        assert!(found == expected || !x.is_finite() && found.map(f64::from_bits).iter().all(|x| x.is_nan()), "{x}");
    }
}

/// A rule with a power is vectorized by the functions of this file, for every position and size of the vectors.
#[test]
fn powers_in_rules_do_not_depend_on_the_position() {
    struct Power;

    impl UnaryFunction for Power {
        fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
            let (f, derivative, _) = crate::scalar::rules::powf(x, T::of(2.5));
            (f, derivative)
        }
    }

    let x: Vec<f64> = (0..21).map(|i| f64::from(i) * 0.7).collect();
    let values_and_derivatives = |x: &[f64]| {
        let (mut derivatives, mut values) = (x.to_vec(), x.to_vec());
        kernels::values_and_derivatives(&Power, &mut derivatives, &mut values);
        values.into_iter().zip(derivatives).collect::<Vec<_>>()
    };
    let all = values_and_derivatives(&x);
    VECTORS.set(Vectors::Avx2);
    assert_eq!(values_and_derivatives(&x), all);
    VECTORS.set(Vectors::Widest);
    for (&x, &(value, derivative)) in x.iter().zip(&all) {
        assert_eq!(values_and_derivatives(&[x]), [(value, derivative)]);
        assert!(
            (value - x.powf(2.5)).abs() <= 4e-16 * value
                && (derivative - 2.5 * x.powf(1.5)).abs() <= 6e-16 * derivative
        );
    }
}
