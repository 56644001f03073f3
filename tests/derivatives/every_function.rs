//! Every derivative of every function, first and second, in reverse and forward mode, is right: to 1e-12 of itself, or
//! 1e-15 beside 1, at ordinary points and at the ends of the domain.
//!
//! The oracle is `every_function/reference.csv`, made in 2,500-digit arithmetic by the program beside it. At ordinary
//! points differences and the complex step must agree too, and single precision.

use crate::by_name::{names, one, two};
use backprop::{Dual, Graph, Scalar, UnaryFunction, Value, gradcheck};
use num_complex::Complex64;
use std::collections::BTreeSet;

/// A line of the table.
struct Row {
    name: String,
    ordinary: bool,
    point: Vec<f64>,
    first: Vec<f64>,
    /// By the pairs (a, a), (a, b), (b, b).
    second: Vec<f64>,
}

fn table() -> Vec<Row> {
    let rows = csv::Reader::from_reader(include_bytes!("every_function/reference.csv").as_slice()).into_records();
    let row = |row: csv::StringRecord| {
        let numbers = |columns: &[usize]| {
            columns.iter().filter(|&&c| !row[c].is_empty()).map(|&c| row[c].parse().unwrap()).collect()
        };
        Row {
            name: row[0].into(),
            ordinary: &row[1] == "ordinary",
            point: numbers(&[2, 3]),
            first: numbers(&[4, 5]),
            second: numbers(&[6, 7, 8]),
        }
    };
    rows.map(|found| row(found.unwrap())).collect()
}

/// The function of this name.
fn f<S: Scalar>(name: &str, x: &[S]) -> S {
    match *x {
        [x] => one(name, x),
        [a, b] => two(name, a, b),
        _ => panic!("{name} of {} variables", x.len()),
    }
}

/// Value and first derivatives by the graph.
fn by_graph<T: Scalar>(name: &str, point: &[T]) -> (T, Vec<T>) {
    backprop::reverse::gradient(|x| f(name, x), point)
}

/// The same by duals; of a function of one variable, the second tangent is idle.
fn by_dual<T: Scalar>(name: &str, point: &[T]) -> (T, Vec<T>) {
    let variables: Vec<Dual<T, 2>> = point.iter().enumerate().map(|(i, &x)| Dual::variable(x, i)).collect();
    let y = f(name, &variables);
    (y.data(), y.tangents()[..point.len()].to_vec())
}

/// The second derivatives by the pairs (a, a), (a, b), (b, b), and by (b, a): in four ways.
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
    let row = |slope: &Value<f64>| {
        let gradients = slope.backward();
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

/// The bar: 1e-12 of itself, or 1e-15 beside 1.
fn right(found: f64, expected: f64) -> bool {
    found == expected || (found - expected).abs() <= (1e-12 * expected.abs()).max(1e-15)
}

/// What is wrong with these numbers, for the list that a failing test prints.
fn wrong(what: &str, row: &Row, found: &[f64], expected: &[f64]) -> Option<String> {
    let fine = found.iter().zip(expected).all(|(&found, &expected)| right(found, expected));
    (!fine).then(|| format!("{} at {:?}, {what}: {found:?}, not {expected:?}", row.name, row.point))
}

fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn first_derivatives_are_right_everywhere() {
    let mut found = Vec::new();
    for row in &table() {
        let ((y, graph), (z, dual)) = (by_graph(&row.name, &row.point), by_dual(&row.name, &row.point));
        let plain: f64 = f(&row.name, &row.point);
        assert_eq!((y.to_bits(), z.to_bits()), (plain.to_bits(), plain.to_bits()), "{}", row.name);
        found.extend(wrong("by graph", row, &graph, &row.first));
        found.extend(wrong("by dual", row, &dual, &row.first));
    }
    assert_none(found);
}

/// Where the value or a first derivative is too large for a double, there is nothing to differentiate. A second
/// derivative that is too large comes as an infinity or as NaN.
#[test]
fn second_derivatives_are_right_everywhere() {
    let too_large = |row: &Row| {
        let value: f64 = f(&row.name, &row.point);
        !value.is_finite() || row.first.iter().any(|slope| !slope.is_finite())
    };
    let mut found = Vec::new();
    for row in table().iter().filter(|row| !too_large(row)) {
        for (way, mut second) in second_derivatives(&row.name, &row.point) {
            let mut expected = row.second.clone();
            expected.extend(row.second.get(1)); // by (b, a) as by (a, b)
            for (second, expected) in second.iter_mut().zip(&mut expected) {
                if !expected.is_finite() && !second.is_finite() {
                    (*second, *expected) = (0.0, 0.0);
                }
            }
            found.extend(wrong(way, row, &second, &expected));
        }
    }
    assert_none(found);
}

#[test]
fn single_precision_is_as_exact_as_it_can_be() {
    let mut found = Vec::new();
    for row in table().iter().filter(|row| row.ordinary) {
        let point: Vec<f32> = row.point.iter().map(|&x| x as f32).collect();
        for (way, (_, gradient)) in [("by graph", by_graph(&row.name, &point)), ("by dual", by_dual(&row.name, &point))]
        {
            let fine = gradient.iter().zip(&row.first).all(|(&found, &expected)| {
                (f64::from(found) - expected).abs() <= 32.0 * f64::from(f32::EPSILON) * expected.abs().max(0.1)
            });
            if !fine {
                found.push(format!("{} at {point:?}, {way}: {gradient:?}, not {:?}", row.name, row.first));
            }
        }
    }
    assert_none(found);
}

#[test]
fn differences_agree_at_ordinary_points() {
    for row in table().iter().filter(|row| row.ordinary) {
        assert_eq!(gradcheck(|x| f(&row.name, x), &row.point), Ok(()), "{}", row.name);
        if smooth_in_single_precision(row) {
            let point: Vec<f32> = row.point.iter().map(|&x| x as f32).collect();
            assert_eq!(gradcheck(|x| f(&row.name, x), &point), Ok(()), "{}", row.name);
        }
    }
}

/// Single precision's differences reach a hundredth far: not to be taken across a kink.
fn smooth_in_single_precision(row: &Row) -> bool {
    !(row.name == "leaky_relu" || row.name == "rem")
}

/// Im f(x + ih)/h has no cancellation, so h can be as small as one likes. Where complex functions have logarithms inside
/// they lose so small an h; those are left out.
#[test]
fn the_complex_step_agrees() {
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
        let slope = y.im / 1e-150;
        assert!((slope - row.first[0]).abs() <= 1e-12 * slope.abs().max(0.1), "{} {slope}", row.name);
    }
    assert_eq!(compared.len(), 23, "{compared:?}");
}

/// The reference values have every function of the crate's table, the operators and `powi`, and nothing else.
#[test]
fn no_function_is_left_out() {
    let tabled: BTreeSet<String> =
        table().into_iter().map(|row| row.name).filter(|name| !name.starts_with("powi ")).collect();
    assert_eq!(tabled, names());
}

/// The comparison can fail: it notices a rule that is wrong by a part in 10¹¹, or at one end alone.
#[test]
fn a_wrong_rule_is_noticed() {
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
        let slope = |x: f64| backprop::derivative(|x| x.map(Tangent { factor }), x).1;
        rows.filter(|row| !right(slope(row.point[0]), row.first[0])).count()
    };
    assert_eq!(errors(1.0), 0);
    assert!(errors(1.0 + 1e-11) > 5);
}
