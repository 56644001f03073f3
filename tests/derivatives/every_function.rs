//! The first and second derivatives of every function are right in reverse and forward mode, to a relative 1e-12 or an
//! absolute 1e-15, at ordinary points and at the ends of the domain.
//!
//! The expected values are in `every_function/reference.csv`, computed in 2,500-digit arithmetic by
//! `every_function/reference.py`. At ordinary points difference quotients, the complex step and single precision must
//! agree too.

use crate::by_name::{names, one, two};
use backprop::{Dual, Graph, Scalar, UnaryFunction, Value, gradcheck};
use num_complex::Complex64;
use std::collections::BTreeSet;

/// A row of the table.
struct Row {
    name: String,
    ordinary: bool,
    point: Vec<f64>,
    first: Vec<f64>,
    /// Second derivatives with respect to the pairs (a, a), (a, b), (b, b).
    second: Vec<f64>,
}

fn table() -> Vec<Row> {
    let rows = csv::Reader::from_reader(include_bytes!("every_function/reference.csv").as_slice()).into_records();
    let row = |row: csv::StringRecord| {
        let values = |columns: &[usize]| {
            columns.iter().filter(|&&c| !row[c].is_empty()).map(|&c| row[c].parse().unwrap()).collect()
        };
        Row {
            name: row[0].into(),
            ordinary: &row[1] == "ordinary",
            point: values(&[2, 3]),
            first: values(&[4, 5]),
            second: values(&[6, 7, 8]),
        }
    };
    rows.map(|found| row(found.unwrap())).collect()
}

/// Computes the function called `name`.
fn f<S: Scalar>(name: &str, x: &[S]) -> S {
    match *x {
        [x] => one(name, x),
        [a, b] => two(name, a, b),
        _ => panic!("{name} of {} variables", x.len()),
    }
}

/// Returns the value and the gradient computed on a graph.
fn by_graph<T: Scalar>(name: &str, point: &[T]) -> (T, Vec<T>) {
    backprop::reverse::gradient(|x| f(name, x), point)
}

/// Returns the value and the gradient computed with duals. A function of one variable does not use the second tangent.
fn by_dual<T: Scalar>(name: &str, point: &[T]) -> (T, Vec<T>) {
    let variables: Vec<Dual<T, 2>> = point.iter().enumerate().map(|(i, &x)| Dual::variable(x, i)).collect();
    let y = f(name, &variables);
    (y.data(), y.tangents()[..point.len()].to_vec())
}

/// Returns the second derivatives with respect to the pairs (a, a), (a, b), (b, b) and (b, a), in four nestings of
/// modes.
fn second_derivatives(name: &str, point: &[f64]) -> [(&'static str, Vec<f64>); 4] {
    let inner: Vec<Dual<f64, 2>> = point.iter().enumerate().map(|(i, &x)| Dual::variable(x, i)).collect();
    let pairs = |rows: Vec<[f64; 2]>| match rows[..] {
        [a] => vec![a[0]],
        [a, b] => vec![a[0], a[1], b[1], b[0]],
        _ => unreachable!(),
    };
    let (_, forward) = by_dual(name, &inner);
    let (_, forward_over_reverse) = by_graph(name, &inner);
    let outer = Graph::new();
    let on_outer: Vec<_> = point.iter().map(|&x| outer.value(x)).collect();
    let row = |derivative: &Value<f64>| {
        let gradients = derivative.backward();
        std::array::from_fn(|i| on_outer.get(i).map_or(0.0, |&x| gradients[x]))
    };
    let (_, reverse) = by_graph(name, &on_outer);
    let (_, reverse_over_forward) = by_dual(name, &on_outer);
    [
        ("forward over forward", pairs(forward.into_iter().map(Dual::tangents).collect())),
        ("forward over reverse", pairs(forward_over_reverse.into_iter().map(Dual::tangents).collect())),
        ("reverse over reverse", pairs(reverse.iter().map(row).collect())),
        ("reverse over forward", pairs(reverse_over_forward.iter().map(row).collect())),
    ]
}

/// Returns true if `found` is within a relative 1e-12 or an absolute 1e-15 of `expected`.
fn is_right(found: f64, expected: f64) -> bool {
    found == expected || (found - expected).abs() <= (1e-12 * expected.abs()).max(1e-15)
}

/// Returns a line for the list of failures if a value of `found` is wrong.
fn failure(mode: &str, row: &Row, found: &[f64], expected: &[f64]) -> Option<String> {
    let all_right = found.iter().zip(expected).all(|(&found, &expected)| is_right(found, expected));
    (!all_right).then(|| format!("{} at {:?}, {mode}: expected {expected:?}, got {found:?}", row.name, row.point))
}

fn assert_no_failures(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn first_derivatives_equal_the_reference() {
    let mut failures = Vec::new();
    for row in &table() {
        let ((y, graph), (z, dual)) = (by_graph(&row.name, &row.point), by_dual(&row.name, &row.point));
        let plain: f64 = f(&row.name, &row.point);
        assert_eq!((y.to_bits(), z.to_bits()), (plain.to_bits(), plain.to_bits()), "{}", row.name);
        failures.extend(failure("graph", row, &graph, &row.first));
        failures.extend(failure("dual", row, &dual, &row.first));
    }
    assert_no_failures(failures);
}

/// Rows whose value or first derivative overflows are skipped: there is nothing to differentiate. A second derivative
/// that overflows may be an infinity or NaN.
#[test]
fn second_derivatives_equal_the_reference() {
    let too_large = |row: &Row| {
        let value: f64 = f(&row.name, &row.point);
        !value.is_finite() || row.first.iter().any(|derivative| !derivative.is_finite())
    };
    let mut failures = Vec::new();
    for row in table().iter().filter(|row| !too_large(row)) {
        for (mode, mut second) in second_derivatives(&row.name, &row.point) {
            let mut expected = row.second.clone();
            expected.extend(row.second.get(1)); // (b, a) equals (a, b)
            for (second, expected) in second.iter_mut().zip(&mut expected) {
                if !expected.is_finite() && !second.is_finite() {
                    (*second, *expected) = (0.0, 0.0);
                }
            }
            failures.extend(failure(mode, row, &second, &expected));
        }
    }
    assert_no_failures(failures);
}

#[test]
fn single_precision_derivatives_are_within_32_epsilons() {
    let mut failures = Vec::new();
    for row in table().iter().filter(|row| row.ordinary) {
        let point: Vec<f32> = row.point.iter().map(|&x| x as f32).collect();
        for (mode, (_, gradient)) in [("graph", by_graph(&row.name, &point)), ("dual", by_dual(&row.name, &point))] {
            let all_right = gradient.iter().zip(&row.first).all(|(&found, &expected)| {
                (f64::from(found) - expected).abs() <= 32.0 * f64::from(f32::EPSILON) * expected.abs().max(0.1)
            });
            if !all_right {
                failures.push(format!("{} at {point:?}, {mode}: expected {:?}, got {gradient:?}", row.name, row.first));
            }
        }
    }
    assert_no_failures(failures);
}

#[test]
fn derivatives_equal_difference_quotients_at_ordinary_points() {
    for row in table().iter().filter(|row| row.ordinary) {
        assert_eq!(gradcheck(|x| f(&row.name, x), &row.point), Ok(()), "{}", row.name);
        if smooth_in_single_precision(row) {
            let point: Vec<f32> = row.point.iter().map(|&x| x as f32).collect();
            assert_eq!(gradcheck(|x| f(&row.name, x), &point), Ok(()), "{}", row.name);
        }
    }
}

/// Returns true if the function is smooth within the step of differences in single precision, about 0.01. A step across
/// a kink would not approximate the derivative.
fn smooth_in_single_precision(row: &Row) -> bool {
    !(row.name == "leaky_relu" || row.name == "rem")
}

/// Im f(x + ih)/h has no cancellation, so h can be 1e-150. Complex functions that use a logarithm internally lose so
/// small an h; they are skipped.
#[test]
fn derivatives_equal_the_complex_step() {
    let mut compared = BTreeSet::new();
    for row in table().iter().filter(|row| row.ordinary) {
        let z = Complex64::new(row.point[0], 1e-150);
        let y = match row.name.as_str() {
            "exp" => z.exp(),
            "ln" => z.ln(),
            "sin" => z.sin(),
            "cos" => z.cos(),
            "tan" => z.sin() / z.cos(),
            "sinh" => z.sinh(),
            "cosh" => z.cosh(),
            "tanh" => z.sinh() / z.cosh(),
            "sqrt" => z.sqrt(),
            "recip" => z.inv(),
            "sigmoid" => ((-z).exp() + 1.0).inv(),
            "softplus" => (z.exp() + 1.0).ln(),
            "silu" => z / ((-z).exp() + 1.0),
            power if power.starts_with("powi ") => z.powi(power["powi ".len()..].parse().unwrap()),
            "powf" => z.powf(row.point[1]),
            _ => continue,
        };
        compared.insert(row.name.clone());
        let derivative = y.im / 1e-150;
        assert!((derivative - row.first[0]).abs() <= 1e-12 * derivative.abs().max(0.1), "{} {derivative}", row.name);
    }
    assert_eq!(compared.len(), 23, "{compared:?}");
}

/// The reference has every function of the crate's table, the operators and `powi`, and nothing else.
#[test]
fn reference_has_every_function() {
    let tabled: BTreeSet<String> =
        table().into_iter().map(|row| row.name).filter(|name| !name.starts_with("powi ")).collect();
    assert_eq!(tabled, names());
}

/// The comparison can fail: it detects a derivative with a relative error of 1e-11.
#[test]
fn comparison_detects_a_wrong_rule() {
    struct Tangent {
        factor: f64,
    }
    impl UnaryFunction for Tangent {
        fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
            let y = x.tanh();
            (y, (T::one() - y * y) * T::of(self.factor))
        }
    }
    let errors = |factor: f64| {
        let rows = table().into_iter().filter(|row| row.name == "tanh");
        let derivative = |x: f64| backprop::derivative(|x| x.map(Tangent { factor }), x).1;
        rows.filter(|row| !is_right(derivative(row.point[0]), row.first[0])).count()
    };
    assert_eq!(errors(1.0), 0);
    assert!(errors(1.0 + 1e-11) > 5);
}
