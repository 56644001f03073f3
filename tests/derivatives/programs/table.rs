//! Every function of the rule table, the operators and `powi` have the values and derivatives of duals, at ordinary and
//! at special points.

use super::{Float, bits, double, points};
use crate::by_name::{names, one, two};
use backprop::ndarray::{Array2, ArrayView2};
use backprop::{Dual, Program, RecordedValue, Scalar};
use std::collections::BTreeSet;

/// Zeros, kinks, ends of domains, large and small values, infinities and NaN.
const SPECIAL: [f64; 24] = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.0,
    -1.0,
    1.5,
    2.0,
    -2.0,
    2.5,
    -2.5,
    3.0,
    std::f64::consts::PI,
    30.0,
    -30.0,
    88.0,
    800.0,
    -800.0,
    1e-310,
    -1e-40,
    1e30,
    -1e300,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

fn special<T: Scalar>() -> Vec<T> {
    SPECIAL.into_iter().chain([f64::NAN, f64::MAX, f64::MIN_POSITIVE]).map(T::of).collect()
}

/// Returns true if the values are equal to rounding. NaN equals NaN. An infinity and the largest numbers are within
/// rounding of each other.
fn same<T: Float>(found: T, expected: T) -> bool {
    let epsilon = double(T::epsilon());
    let bounded = |x: T| double(x.max(T::min_value()).min(T::max_value()));
    if found.is_nan() || expected.is_nan() {
        return found.is_nan() && expected.is_nan();
    }
    let (a, b) = (bounded(found), bounded(expected));
    a == b || (a - b).abs() <= (64.0 * epsilon * b.abs()).max(double(T::min_positive_value()))
}

/// Compares the values and derivatives of a function of two variables with those of duals, where both are parameters,
/// both are columns, and one is a column.
fn compare<T: Float>(
    name: &str,
    f: impl Fn(&[RecordedValue<T>]) -> RecordedValue<T> + Send + Sync + Copy + 'static,
    g: impl Fn(&[Dual<T, 2>]) -> Dual<T, 2>,
    x: ArrayView2<T>,
    failures: &mut Vec<String>,
) {
    let n = x.ncols();
    let columns = Program::record(0, n, move |_, x| f(x)).unwrap();
    let parameters = Program::record(n, 0, move |p, _| f(p)).unwrap();
    let (values, jacobian) = columns.values_and_column_jacobian(&[], x).unwrap();
    let plain = columns.values(&[], x).unwrap();
    assert_eq!(bits(&plain), bits(&values), "{name}");
    let second_is_column = (n == 2).then(|| Program::record(1, 1, move |p, x| f(&[p[0], x[0]])).unwrap());
    let first_is_column = (n == 2).then(|| Program::record(1, 1, move |p, x| f(&[x[0], p[0]])).unwrap());
    for (i, row) in x.rows().into_iter().enumerate() {
        let point = row.to_vec();
        let variables: Vec<Dual<T, 2>> = point.iter().enumerate().map(|(i, &x)| Dual::variable(x, i)).collect();
        let expected = g(&variables);
        let (value, gradient) = (expected.data(), &expected.tangents()[..n]);
        let mut check = |mode: &str, found: T, derivatives: &[(usize, T)]| {
            let derivatives_are_right = derivatives.iter().all(|&(i, d)| same(d, gradient[i]));
            if !(same(found, value) && derivatives_are_right) {
                failures.push(format!(
                    "{name} at {point:?}, {mode}: expected {value:?}, {gradient:?}, got {found:?}, {derivatives:?}"
                ));
            }
        };
        let derivatives: Vec<(usize, T)> = jacobian.row(i).iter().copied().enumerate().collect();
        check("columns", values[i], &derivatives);

        let none = Array2::zeros([1, 0]);
        let (found, derivatives) = parameters.values_and_jacobian(&point, &none).unwrap();
        check("parameters", found[0], &derivatives.iter().copied().enumerate().collect::<Vec<_>>());
        let (sum, derivatives) = parameters.sum_and_gradient(&point, &none).unwrap();
        check("parameters, sum", sum, &derivatives.into_iter().enumerate().collect::<Vec<_>>());
        for (program, parameter) in [(&second_is_column, 0), (&first_is_column, 1)] {
            let Some(program) = program else { continue };
            let (p, x) = ([point[parameter]], [point[1 - parameter]]);
            let (found, derivatives) = program.values_and_jacobian(&p, x).unwrap();
            let (_, column) = program.values_and_column_jacobian(&p, x).unwrap();
            let derivatives = [(parameter, derivatives[(0, 0)]), (1 - parameter, column[(0, 0)])];
            check("a parameter and a column", found[0], &derivatives);
            let (sum, gradient) = program.sum_and_gradient(&p, x).unwrap();
            check("a parameter and a column, sum", sum, &[(parameter, gradient[0])]);
        }
    }
}

fn assert_no_failures(failures: Vec<String>) {
    let first = failures[..failures.len().min(60)].join("\n");
    assert!(failures.is_empty(), "{} failures:\n{first}", failures.len());
}

/// Returns the names of the functions of one variable; the others have two.
fn names_of_one() -> BTreeSet<String> {
    let of_two = |name: &str| {
        let two = ["add", "sub", "mul", "div", "rem", "powf", "log", "hypot", "atan2", "max", "min", "abs_sub"];
        two.contains(&name) || ["copysign", "leaky_relu", "xlogy", "log_add_exp"].contains(&name)
    };
    names().into_iter().filter(|name| !of_two(name)).collect()
}

fn static_name(name: &str) -> &'static str {
    name.to_string().leak()
}

#[test]
fn functions_of_one_variable_equal_duals() {
    fn check<T: Float>(failures: &mut Vec<String>) {
        let ordinary = points::<T>(60, 1, 3.0, 1);
        let x: Vec<T> = special().into_iter().chain(ordinary).collect();
        let x = Array2::from_shape_vec([x.len(), 1], x).unwrap();
        let constants = ["powf 1.5", "powf 2", "powf 0", "powf -1", "leaky_relu 0.01", "identity"].map(String::from);
        for name in names_of_one().into_iter().chain(constants) {
            let name = static_name(&name);
            compare(name, move |x| one(name, x[0]), |x| one(name, x[0]), x.view(), failures);
        }
    }
    let mut failures = Vec::new();
    check::<f64>(&mut failures);
    check::<f32>(&mut failures);
    assert_no_failures(failures);
}

#[test]
fn powers_with_integers_equal_duals() {
    fn check<T: Float>(failures: &mut Vec<String>) {
        let ordinary = points::<T>(20, 1, 3.0, 1);
        let x: Vec<T> = special().into_iter().chain(ordinary).collect();
        let x = Array2::from_shape_vec([x.len(), 1], x).unwrap();
        let exponents = (-9..12).chain([31, 64, -100, 1001, i32::MAX, i32::MIN, i32::MIN + 1]);
        for n in exponents {
            compare(&format!("powi {n}"), move |x| x[0].powi(n), |x| x[0].powi(n), x.view(), failures);
        }
    }
    let mut failures = Vec::new();
    check::<f64>(&mut failures);
    check::<f32>(&mut failures);
    assert_no_failures(failures);
}

#[test]
fn functions_of_two_variables_equal_duals() {
    fn check<T: Float>(failures: &mut Vec<String>) {
        let values = special();
        let pairs = values.iter().flat_map(|&a| values.iter().flat_map(move |&b| [a, b]));
        let x: Vec<T> = pairs.chain(points::<T>(20, 2, 3.0, 1)).collect();
        let x = Array2::from_shape_vec([x.len() / 2, 2], x).unwrap();
        let one = names_of_one();
        for name in names().into_iter().filter(|name| !one.contains(name)) {
            let name = static_name(&name);
            compare(name, move |x| two(name, x[0], x[1]), |x| two(name, x[0], x[1]), x.view(), failures);
        }
        compare("sin_cos", |x| two_of(x[0].sin_cos()), |x| two_of(x[0].sin_cos()), x.view(), failures);
        compare("mul_add", |x| x[0].mul_add(x[1], x[0]), |x| x[0].mul_add(x[1], x[0]), x.view(), failures);
        compare("square", |x| x[0].mul_add(x[0], x[1]), |x| x[0].mul_add(x[0], x[1]), x.view(), failures);
    }
    fn two_of<S: Scalar>((sin, cos): (S, S)) -> S {
        sin + cos * S::of(3.0)
    }
    let mut failures = Vec::new();
    check::<f64>(&mut failures);
    check::<f32>(&mut failures);
    assert_no_failures(failures);
}

/// Operators have the same results with a constant on either side.
#[test]
fn operators_with_constants_equal_duals() {
    let x: Vec<f64> = special();
    let x = Array2::from_shape_vec([x.len(), 1], x).unwrap();
    let mut failures = Vec::new();
    for constant in special::<f64>() {
        for name in ["add", "sub", "mul", "div", "rem", "max", "min", "powf", "xlogy", "copysign", "leaky_relu"] {
            fn left<S: Scalar>(name: &str, x: S, c: f64) -> S {
                two(name, x, S::of(c))
            }
            fn right<S: Scalar>(name: &str, x: S, c: f64) -> S {
                two(name, S::of(c), x)
            }
            let text = format!("{name} with {constant:?}");
            let f = move |x: &[RecordedValue<f64>]| left(name, x[0], constant);
            compare(&text, f, |x| left(name, x[0], constant), x.view(), &mut failures);
            let f = move |x: &[RecordedValue<f64>]| right(name, x[0], constant);
            compare(&text, f, |x| right(name, x[0], constant), x.view(), &mut failures);
        }
    }
    assert_no_failures(failures);
}

/// The function of a program can compute derivatives with duals, which multiply by `strong_mul`.
#[test]
fn derivatives_within_the_function_equal_duals_of_duals() {
    fn slope<S: Scalar>(name: &str, x: S) -> S {
        one(name, Dual::<S, 1>::variable(x, 0)).tangents()[0]
    }
    let x: Vec<f64> = [0.0, 0.3, 0.7, 1.0, -0.4, -1.0, 2.0, 800.0, -800.0, f64::NAN].to_vec();
    let x = Array2::from_shape_vec([x.len(), 1], x).unwrap();
    let mut failures = Vec::new();
    for name in names_of_one() {
        let name = static_name(&name);
        compare(
            name,
            move |x: &[RecordedValue<f64>]| slope(name, x[0]),
            |x| slope(name, x[0]),
            x.view(),
            &mut failures,
        );
    }
    fn root_of_square<S: Scalar>(x: S) -> S {
        let square = Dual::<S, 1>::variable(x, 0) * Dual::constant(x);
        (square * square.sqrt()).tangents()[0] // 0·∞ at 0
    }
    compare("root", |x: &[RecordedValue<f64>]| root_of_square(x[0]), |x| root_of_square(x[0]), x.view(), &mut failures);
    assert_no_failures(failures);
}
