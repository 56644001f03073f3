//! Every function, and every pair of functions composed, has the right value and derivatives at special points (0, −0,
//! ±½, ±1, ±800, kinks, poles, ends of domains), in every mode and nesting of modes that computes it.
//!
//! What is right stands in `special_points/*.csv`, made in 600-digit arithmetic by the program beside them, which does not
//! know the crate.

use backprop::{Dual, Graph, Rows, Rule, Scalar, Series, Trace, Value, gradient_of, taylor};
use std::collections::BTreeMap;

/// The functions that are methods of any number. A function new in the crate's table goes here, and in `reference.py`.
macro_rules! functions {
    (one: $($one:ident)*;) => {
        /// The function of one variable of this name; some have a number behind it.
        fn one<S: Scalar>(name: &str, x: S) -> S {
            match name {
                $(stringify!($one) => x.$one(),)*
                "identity" => x,
                _ => match name.split_once(' ').unwrap_or_else(|| panic!("no function {name}")) {
                    ("powi", n) => x.powi(n.parse().unwrap()),
                    ("powf", p) => x.powf(S::of(p.parse().unwrap())),
                    ("leaky_relu", slope) => x.leaky_relu(S::of(slope.parse().unwrap())),
                    _ => panic!("no function {name}"),
                },
            }
        }
    };
}

functions! {
    one: recip sqrt cbrt exp exp2 exp_m1 ln log2 log10 ln_1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
         to_degrees to_radians abs signum floor ceil round trunc fract
         step sigmoid relu elu softplus silu gelu erf erfc;
}

/// A function or g(f(x)).
#[derive(Clone, Copy)]
struct Expression<'r> {
    outer: &'r str,
    /// Empty where there is one function alone.
    inner: &'r str,
}

impl Expression<'_> {
    fn at<S: Scalar>(self, x: S) -> S {
        one(self.outer, if self.inner.is_empty() { x } else { one(self.inner, x) })
    }

    /// The same by custom rules.
    fn by_rules<S: Scalar>(self, x: S) -> S {
        let x = if self.inner.is_empty() { x } else { x.map(Own(self.inner)) };
        x.map(Own(self.outer))
    }

    /// The same by custom rules over arrays.
    fn over_rows<S: Scalar, R: Rows<S>>(self, x: &R) -> R {
        let outer = Own(self.outer);
        if self.inner.is_empty() { x.apply(outer) } else { x.apply(Own(self.inner)).apply(outer) }
    }
}

/// A function of the table as a rule of one's own.
struct Own<'n>(&'n str);

impl Rule for Own<'_> {
    fn apply<T: Scalar>(&self, x: T) -> (T, T) {
        backprop::derivative(|x| one(self.0, x), x)
    }
}

/// Numbers found: the order of the derivative and the number.
type Found = Vec<(usize, f64)>;

type D<T> = Dual<T, 1>;

/// A number of any kind in double precision.
fn float<T: Scalar>(x: T) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}

fn variable<T: Scalar>(x: T) -> D<T> {
    Dual::variable(x, 0)
}

/// Value and derivatives of a dual of a dual.
fn of_dual_of_dual(y: D<D<f64>>) -> Found {
    let (y, dy) = (y.data(), y.tangents()[0]);
    vec![(0, y.data()), (1, y.tangents()[0]), (1, dy.data()), (2, dy.tangents()[0])]
}

fn factorial(k: usize) -> f64 {
    (1..=k).product::<usize>() as f64
}

/// From Taylor coefficients, the derivatives from the k-th on.
fn of_series(from: usize, coefficients: Vec<f64>) -> Found {
    coefficients.into_iter().enumerate().map(|(k, c)| (from + k, c * factorial(k))).collect()
}

fn of_series_of_duals(coefficients: Vec<D<f64>>) -> Found {
    let values = of_series(0, coefficients.iter().map(|c| c.data()).collect());
    let tangents = of_series(1, coefficients.iter().map(|c| c.tangents()[0]).collect());
    values.into_iter().chain(tangents).collect()
}

/// A way to compute an expression: its name and what it finds at x.
type Mode = (&'static str, fn(Expression, f64) -> Found);

const MODES: &[Mode] = &[
    ("graph", |e, x| {
        let (y, g) = gradient_of(|x| e.at(x[0]), &[x]);
        vec![(0, y), (1, g[0])]
    }),
    ("dual", |e, x| {
        let y = e.at(variable(x));
        vec![(0, y.data()), (1, y.tangents()[0])]
    }),
    ("dual of dual", |e, x| of_dual_of_dual(e.at(variable(variable(x))))),
    ("dual of dual of dual", |e, x| {
        let y = e.at(variable(variable(variable(x))));
        let mut found = of_dual_of_dual(y.data());
        found.extend(of_dual_of_dual(y.tangents()[0]).into_iter().map(|(k, d)| (k + 1, d)));
        found
    }),
    ("graph of duals", |e, x| {
        let (y, g) = gradient_of(|x| e.at(x[0]), &[variable(x)]);
        of_dual_of_dual(Dual::new(y, [g[0]]))
    }),
    ("graph of values", |e, x| {
        let outer = Graph::new();
        let v = outer.value(x);
        let (y, g) = gradient_of(|x| e.at(x[0]), &[v]);
        vec![(0, y.data()), (1, g[0].data()), (1, y.backward()[v]), (2, g[0].backward()[v])]
    }),
    ("dual over values", |e, x| {
        let graph = Graph::new();
        let v = graph.value(x);
        let y = e.at(variable(v));
        let dy = y.tangents()[0];
        vec![(0, y.data().data()), (1, dy.data()), (1, y.data().backward()[v]), (2, dy.backward()[v])]
    }),
    ("series", |e, x| of_series(0, taylor(|x| e.at(x), x, 3))),
    ("series of duals", |e, x| of_series_of_duals(taylor(|x| e.at(x), variable(x), 2))),
    ("dual over series", |e, x| of_series(1, taylor(|x| e.at(variable(x)).tangents()[0], x, 2))),
    ("graph of series", |e, x| of_series(1, taylor(|x| gradient_of(|x| e.at(x[0]), &[x]).1[0], x, 2))),
    ("trace", |e, x| {
        let trace = Trace::new();
        let v = trace.variable("x", x);
        let y = e.at(v);
        vec![(0, y.data()), (1, y.derivative(v))]
    }),
    ("trace of duals", |e, x| {
        let trace = Trace::new();
        let v = trace.variable("x", variable(x));
        let y = e.at(v);
        of_dual_of_dual(Dual::new(y.data(), [y.derivative(v)]))
    }),
    ("rule, graph", |e, x| {
        let (y, g) = gradient_of(|x| e.by_rules(x[0]), &[x]);
        vec![(0, y), (1, g[0])]
    }),
    ("rule, dual of dual", |e, x| of_dual_of_dual(e.by_rules(variable(variable(x))))),
    ("rule, graph of duals", |e, x| {
        let (y, g) = gradient_of(|x| e.by_rules(x[0]), &[variable(x)]);
        of_dual_of_dual(Dual::new(y, [g[0]]))
    }),
    ("rule, series", |e, x| of_series(0, taylor(|x| e.by_rules(x), x, 3))),
    ("rule, trace of duals", |e, x| {
        let trace = Trace::new();
        let v = trace.variable("x", variable(x));
        let y = e.by_rules(v);
        of_dual_of_dual(Dual::new(y.data(), [y.derivative(v)]))
    }),
    ("block on a graph", |e, x| {
        // nine in a row, as loops take eight at a time
        let graph = Graph::new();
        let values = graph.values(&[x; 9]);
        let y = e.over_rows(&values);
        let gradient = y.sum_all().backward().of(&values);
        (0..9).flat_map(|i| [(0, y.get(0, i).data()), (1, gradient[i])]).collect()
    }),
    ("block on a graph of duals", |e, x| {
        let graph = Graph::new();
        let values = graph.values(&[variable(x)]);
        let y = e.over_rows(&values).sum_all();
        of_dual_of_dual(Dual::new(y.data(), [y.backward().of(&values)[0]]))
    }),
    ("array of duals of duals", |e, x| {
        let y = e.over_rows(&backprop::ndarray::array![[variable(variable(x)), variable(variable(x))]]);
        of_dual_of_dual(y[[0, 1]])
    }),
];

/// A line of the table.
struct Row {
    outer: String,
    inner: String,
    x: f64,
    /// The value and three derivatives.
    cells: Vec<Cell>,
}

/// What a derivative may be.
struct Cell {
    exception: Exception,
    permitted: Vec<f64>,
    spread: f64,
}

/// Why it is not simply the derivative.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Exception {
    None,
    /// At a kink the derivative is what `docs/derivatives.md` says, and the chain rule is applied to that.
    Kink,
    /// A factor of 0 makes a product 0, though the other is infinite and the limit is not 0: both are permitted, and beyond
    /// the first derivative no number as well.
    StrongZero,
    /// The derivative is infinite or too large. Beyond the first derivative NaN and the other sign are permitted.
    Infinite,
    /// Outside the domain the value is NaN, and so is the derivative, unless a factor of it is 0.
    Undefined,
}

fn cell(text: &str) -> Option<Cell> {
    let (exception, text) = match text.split_once(':') {
        None => (Exception::None, text),
        Some(("k", rest)) => (Exception::Kink, rest),
        Some(("z", rest)) => (Exception::StrongZero, rest),
        Some(("n", rest)) => (Exception::Infinite, rest),
        Some(("u", rest)) => (Exception::Undefined, rest),
        Some(_) => panic!("{text}"),
    };
    let (numbers, spread) = text.split_once('~').unwrap_or((text, "0"));
    let permitted = |numbers: &str| numbers.split('|').map(|number| number.parse().unwrap()).collect();
    (!numbers.is_empty()).then(|| Cell { exception, permitted: permitted(numbers), spread: spread.parse().unwrap() })
}

impl Cell {
    fn permits(&self, order: usize, found: f64) -> bool {
        self.permitted.iter().any(|&expected| {
            let error = (found - expected).abs();
            found == expected
                || (found.is_nan() && expected.is_nan())
                || (order > 1 && !expected.is_finite() && !found.is_finite())
                || (expected.is_finite() && error <= (1e-12 * expected.abs()).max(1e-15).max(self.spread))
        })
    }
}

fn table(text: &'static [u8]) -> Vec<Row> {
    let rows = csv::Reader::from_reader(text).into_records();
    let row = |row: csv::StringRecord| Row {
        outer: row[0].into(),
        inner: row[1].into(),
        x: row[2].parse().unwrap(),
        cells: (3..7).map(|c| cell(&row[c]).unwrap_or(Cell { exception: Exception::None, permitted: vec![], spread: 0.0 })).collect(),
    };
    rows.map(|found| row(found.unwrap())).collect()
}

/// What is wrong, gathered for one report.
#[derive(Default)]
struct Report {
    compared: usize,
    lines: Vec<String>,
    by_mode: BTreeMap<(String, usize), usize>,
}

impl Report {
    fn add(&mut self, mode: &str, order: usize, line: String) {
        *self.by_mode.entry((mode.into(), order)).or_default() += 1;
        self.lines.push(line);
    }

    fn assert_none(self) {
        if let Ok(path) = std::env::var("SPECIAL_FAILURES") {
            std::fs::write(path, self.lines.join("\n")).unwrap();
        }
        let counts: Vec<String> =
            self.by_mode.iter().map(|((mode, order), count)| format!("{mode}, order {order}: {count}")).collect();
        let first: Vec<&str> = self.lines.iter().take(40).map(String::as_str).collect();
        assert!(
            self.lines.is_empty(),
            "{} of {} wrong:\n{}\n{}",
            self.lines.len(),
            self.compared,
            first.join("\n"),
            counts.join("\n")
        );
    }
}

fn name(row: &Row) -> String {
    if row.inner.is_empty() { row.outer.clone() } else { format!("{} ∘ {}", row.outer, row.inner) }
}

#[test]
fn functions_of_one_variable_and_their_pairs() {
    let mut report = Report::default();
    for row in &table(include_bytes!("special_points/one.csv")) {
        let e = Expression { outer: &row.outer, inner: &row.inner };
        for (mode, compute) in MODES {
            for (order, found) in compute(e, row.x) {
                let cell = &row.cells[order];
                if cell.permitted.is_empty() {
                    continue;
                }
                report.compared += 1;
                if !cell.permits(order, found) {
                    let line = format!(
                        "{} at {:?}, {mode}, order {order}: {found:?}, not {:?} ({:?})",
                        name(row), row.x, cell.permitted, cell.exception
                    );
                    report.add(mode, order, line);
                }
            }
        }
    }
    report.assert_none();
}
