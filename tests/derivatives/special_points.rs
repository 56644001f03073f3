//! Every function, and every pair of functions composed, has the right value and derivatives at special points (0, −0,
//! ±½, ±1, ±800, kinks, poles, ends of domains), in every mode and nesting of modes that computes it.
//!
//! The right values are in `special_points/*.csv`. The program beside them computes them in 600-digit arithmetic and does
//! not use the crate. `SPECIAL_FAILURES=file cargo test --test derivatives special_points` appends every failure to a file.
//!
//! A function that is new in the crate's table fails `no_function_is_left_out` until it is in
//! `special_points/reference.py`. A new mode goes into `MODES` or `SEVERAL_MODES`.

use crate::by_name::{names, one, two};
use backprop::ndarray::{arr2, array};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Dual, Graph, Init, Layer, Loss, Matrix, Mlp, Neuron, Parameters, Scalar, Trace, UnaryFunction, reverse,
    taylor,
};
use std::collections::{BTreeMap, BTreeSet};

/// A function of one variable.
#[derive(Clone, Copy)]
enum Step<'r> {
    /// A function of the table, by its name.
    One(&'r str),
    /// f(x, c) of a function of two variables.
    First(&'r str, f64),
    /// f(c, x).
    Second(&'r str, f64),
    /// f(x, x + c).
    Both(&'r str, f64),
    /// An activation.
    Activation(Activation),
    /// A layer of one neuron, as a function of its input.
    Input(Activation),
    /// A layer of one neuron, as a function of its weight.
    Weight(Activation),
    /// A layer of one neuron, as a function of its bias.
    Bias(Activation),
    /// A network of two neurons with these activations.
    Network(Activation, Activation),
    /// One of `COMPUTATIONS`.
    Computation(usize),
}

impl Step<'_> {
    fn at<S: Scalar>(self, x: S) -> S {
        let layer = |weight, bias, activation| Layer::from_neurons([Neuron::new([weight], bias, activation)]).unwrap();
        let neuron = |weight, bias, activation, input| layer(weight, bias, activation).forward(&[input]).unwrap()[0];
        match self {
            Step::One(name) => one(name, x),
            Step::First(name, b) => two(name, x, S::of(b)),
            Step::Second(name, a) => two(name, S::of(a), x),
            Step::Both(name, c) => two(name, x, x + S::of(c)),
            Step::Activation(activation) => x.map(activation),
            Step::Input(activation) => neuron(S::one(), S::zero(), activation, x),
            Step::Weight(activation) => neuron(x, S::zero(), activation, S::one()),
            Step::Bias(activation) => neuron(S::one(), x, activation, S::zero()),
            Step::Network(first, second) => {
                let layers = [first, second].map(|activation| layer(S::one(), S::zero(), activation));
                Mlp::from_layers(layers).unwrap().forward(&[x]).unwrap()[0]
            }
            Step::Computation(index) => computation(index, x),
        }
    }
}

/// A step as a custom rule.
impl UnaryFunction for Step<'_> {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        backprop::derivative(|x| self.at(x), x)
    }
}

/// One step, or g(f(x)).
#[derive(Clone, Copy)]
struct Expression<'r> {
    inner: Option<Step<'r>>,
    outer: Step<'r>,
}

impl Expression<'_> {
    fn at<S: Scalar>(self, x: S) -> S {
        self.outer.at(self.inner.map_or(x, |inner| inner.at(x)))
    }

    /// Computes the expression by custom rules.
    fn by_rules<S: Scalar>(self, x: S) -> S {
        self.inner.map_or(x, |inner| x.map(inner)).map(self.outer)
    }

    /// Computes the expression for each value of an array: by custom rules, or by a layer.
    fn over_rows<S: Scalar>(self, x: &Matrix<S>) -> Matrix<S> {
        let x = self.inner.map_or(x.clone(), |inner| x.map(inner));
        match self.outer {
            Step::Activation(activation) => x.map(activation),
            Step::Input(activation) => {
                let neuron = Neuron::new([S::one()], S::zero(), activation);
                Layer::from_neurons([neuron]).unwrap().forward_batch(&x.t()).unwrap().t()
            }
            outer => x.map(outer),
        }
    }
}

/// Computations of several steps, their points, value and three derivatives. By the rule that 0 wins in a product.
const COMPUTATIONS: &[(&str, f64, [f64; 4])] = &[
    ("√x·0 + x", 0.0, [0.0, 1.0, 0.0, 0.0]),
    ("0·√x + x", 0.0, [0.0, 1.0, 0.0, 0.0]),
    ("x·x", 0.0, [0.0, 0.0, 2.0, 0.0]),
    ("x·x·x", 0.0, [0.0, 0.0, 0.0, 6.0]),
    ("x/(1 + x)", 0.0, [0.0, 1.0, -2.0, 6.0]),
    ("x·sin x", 0.0, [0.0, 0.0, 2.0, 0.0]),
    ("(1 + √x)·relu(x − 1)", 0.0, [0.0, 0.0, 0.0, 0.0]),
    ("max(x + 1, ln x)", 0.0, [1.0, 1.0, 0.0, 0.0]),
    ("x + 0·ln x", 1.0, [1.0, 1.0, 0.0, 0.0]),
    ("(x − x)·√x", 0.0, [0.0, 0.0, 0.0, 0.0]),
    ("1/(1 + e⁻ˣ)", -800.0, [0.0, 0.0, 0.0, 0.0]),
    ("0/√x + x", 4.0, [4.0, 1.0, 0.0, 0.0]),
    ("x·0 + 1", f64::MAX, [1.0, 0.0, 0.0, 0.0]),
    ("(x + 0).recip()", -0.0, [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::NAN]),
];

fn computation<S: Scalar>(index: usize, x: S) -> S {
    let (zero, one) = (S::zero(), S::one());
    match COMPUTATIONS[index].0 {
        "√x·0 + x" => x.sqrt() * zero + x,
        "0·√x + x" => zero * x.sqrt() + x,
        "x·x" => x * x,
        "x·x·x" => x * x * x,
        "x/(1 + x)" => x / (one + x),
        "x·sin x" => x * x.sin(),
        "(1 + √x)·relu(x − 1)" => (one + x.sqrt()) * (x - one).relu(),
        "max(x + 1, ln x)" => (x + one).max(x.ln()),
        "x + 0·ln x" => x + zero * x.ln(),
        "(x − x)·√x" => {
            let same = x;
            (x - same) * x.sqrt()
        }
        "1/(1 + e⁻ˣ)" => one / (one + (-x).exp()),
        "0/√x + x" => zero / x.sqrt() + x,
        "x·0 + 1" => x * zero + one,
        "(x + 0).recip()" => (x + zero).recip(),
        name => panic!("no computation {name}"),
    }
}

/// What a mode computes: the order of a derivative, 0 for the value, and the number.
type Found = Vec<(usize, f64)>;

type D<T> = Dual<T, 1>;

fn variable<T: Scalar>(x: T) -> D<T> {
    Dual::variable(x, 0)
}

/// Returns value and derivatives of a dual of a dual.
fn of_dual_of_dual(y: D<D<f64>>) -> Found {
    let (y, dy) = (y.data(), y.tangents()[0]);
    vec![(0, y.data()), (1, y.tangents()[0]), (1, dy.data()), (2, dy.tangents()[0])]
}

fn factorial(k: usize) -> f64 {
    (1..=k).product::<usize>() as f64
}

/// Returns derivatives from Taylor coefficients; the first coefficient is the derivative of order `from`.
fn of_series(from: usize, coefficients: Vec<f64>) -> Found {
    coefficients.into_iter().enumerate().map(|(k, c)| (from + k, c * factorial(k))).collect()
}

fn of_series_of_duals(coefficients: Vec<D<f64>>) -> Found {
    let values = of_series(0, coefficients.iter().map(|c| c.data()).collect());
    let tangents = of_series(1, coefficients.iter().map(|c| c.tangents()[0]).collect());
    values.into_iter().chain(tangents).collect()
}

/// A way to compute an expression: its name, and what it computes at x.
type Mode = (&'static str, fn(Expression, f64) -> Found);

const MODES: &[Mode] = &[
    ("graph", |e, x| {
        let (y, g) = reverse::gradient(|x| e.at(x[0]), &[x]);
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
        let (y, g) = reverse::gradient(|x| e.at(x[0]), &[variable(x)]);
        of_dual_of_dual(Dual::new(y, [g[0]]))
    }),
    ("graph of values", |e, x| {
        let outer = Graph::new();
        let v = outer.value(x);
        let (y, g) = reverse::gradient(|x| e.at(x[0]), &[v]);
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
    ("graph of series", |e, x| of_series(1, taylor(|x| reverse::gradient(|x| e.at(x[0]), &[x]).1[0], x, 2))),
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
        let (y, g) = reverse::gradient(|x| e.by_rules(x[0]), &[x]);
        vec![(0, y), (1, g[0])]
    }),
    ("rule, dual of dual", |e, x| of_dual_of_dual(e.by_rules(variable(variable(x))))),
    ("rule, graph of duals", |e, x| {
        let (y, g) = reverse::gradient(|x| e.by_rules(x[0]), &[variable(x)]);
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
        let values = graph.matrix([x; 9]);
        let y = e.over_rows(&values);
        let gradient = y.sum().backward().of(&values);
        (0..9).flat_map(|i| [(0, y[(0, i)].data()), (1, gradient[i])]).collect()
    }),
    ("block on a graph of duals", |e, x| {
        let graph = Graph::new();
        let values = graph.matrix([variable(x)]);
        let y = e.over_rows(&values).sum();
        of_dual_of_dual(Dual::new(y.data(), [y.backward().of(&values)[0]]))
    }),
    ("array of duals of duals", |e, x| {
        let y = e.over_rows(&Matrix::from([variable(variable(x)); 2]));
        of_dual_of_dual(y[(0, 1)])
    }),
];

/// The numbers that are right.
struct Cell {
    exception: Exception,
    permitted: Vec<f64>,
    spread: f64,
}

/// Why a cell is not simply the derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Exception {
    None,
    /// At a kink the derivative is what `docs/derivatives.md` says, and the chain rule is applied to that.
    Kink,
    /// A derivative on the way is infinite. A factor of 0 makes a product 0, where the limit may be another number: both are
    /// permitted, and beyond the first derivative also what is no number.
    StrongZero,
    /// The derivative is infinite or too large. Beyond the first derivative NaN and the other sign are permitted.
    Infinite,
    /// Outside the domain the value is NaN, and so is the derivative, unless a factor of it is 0.
    Undefined,
}

impl Cell {
    /// Parses a cell; an empty one expects nothing.
    fn parse(text: &str) -> Option<Cell> {
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
        (!numbers.is_empty()).then(|| Cell {
            exception,
            permitted: permitted(numbers),
            spread: spread.parse().unwrap(),
        })
    }

    fn permits(&self, order: usize, found: f64) -> bool {
        self.permitted.iter().any(|&expected| {
            let error = (found - expected).abs();
            found == expected
                || (found.is_nan() && expected.is_nan())
                || (order > 1 && !expected.is_finite() && !found.is_finite())
                || (expected.is_finite() && error <= (1e-12 * expected.abs()).max(1e-15).max(self.spread))
        })
    }

    /// Returns true if the number is right in single precision; an exception is not compared.
    fn permits_single(&self, found: f64) -> bool {
        self.exception != Exception::None
            || self.permitted.iter().any(|&expected| {
                let size = expected.abs().max(0.5);
                let epsilon = f64::from(f32::EPSILON);
                (found - expected).abs() <= 128.0 * epsilon * size + self.spread * epsilon / f64::EPSILON
            })
    }
}

/// A line of a table, whose columns are texts, numbers and cells.
struct Row(csv::StringRecord);

impl Row {
    fn text(&self, column: usize) -> &str {
        &self.0[column]
    }

    fn number(&self, column: usize) -> f64 {
        self.0[column].parse().unwrap()
    }

    fn numbers(&self, column: usize) -> Vec<f64> {
        self.0[column].split(';').map(|number| number.parse().unwrap()).collect()
    }

    fn cell(&self, column: usize) -> Option<Cell> {
        Cell::parse(&self.0[column])
    }

    fn cells(&self, column: usize) -> Vec<Option<Cell>> {
        self.0[column].split(';').map(Cell::parse).collect()
    }
}

fn table(text: &'static [u8]) -> Vec<Row> {
    csv::Reader::from_reader(text).into_records().map(|row| Row(row.unwrap())).collect()
}

const ONE_TABLE: &[u8] = include_bytes!("special_points/one.csv");
const TWO_TABLE: &[u8] = include_bytes!("special_points/two.csv");
const LOSS_TABLE: &[u8] = include_bytes!("special_points/losses.csv");

/// Duals over floats do not mind an infinite tangent in the sigmoid, the one exception from the strong zero.
fn is_exempt(what: &str, mode: &str, found: f64) -> bool {
    what.starts_with("sigmoid ∘") && mode.contains("dual") && found.is_nan()
}

/// The failures of a test.
#[derive(Default)]
struct Report {
    compared: usize,
    lines: Vec<String>,
    by_mode: BTreeMap<String, usize>,
}

impl Report {
    /// Compares a number that a mode has found with those that are right.
    fn compare(&mut self, what: &dyn Fn() -> String, mode: &str, order: usize, found: f64, expected: Option<&Cell>) {
        let Some(expected) = expected else { return };
        self.compared += 1;
        if !expected.permits(order, found) && !is_exempt(&what(), mode, found) {
            self.add(what, mode, order, found, expected);
        }
    }

    fn add(&mut self, what: &dyn Fn() -> String, mode: &str, order: usize, found: f64, expected: &Cell) {
        *self.by_mode.entry(format!("{mode}, order {order}")).or_default() += 1;
        let Cell { permitted, exception, .. } = expected;
        self.lines.push(format!("{}, {mode}, order {order}: {found:?}, not {permitted:?} ({exception:?})", what()));
    }

    /// Panics if there are failures, with the first 40 of them and their numbers by mode.
    #[track_caller]
    fn assert_none(self) {
        if let Some(path) = std::env::var_os("SPECIAL_FAILURES") {
            use std::io::Write;
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
            self.lines.iter().for_each(|line| writeln!(file, "{line}").unwrap());
        }
        let (wrong, compared) = (self.lines.len(), self.compared);
        let first = self.lines[..wrong.min(40)].join("\n");
        let counts: Vec<String> = self.by_mode.iter().map(|(mode, count)| format!("{mode}: {count}")).collect();
        assert!(wrong == 0, "{wrong} of {compared} wrong:\n{first}\n\n{}", counts.join("\n"));
        assert!(compared > 0);
    }
}

/// Compares all modes with the value and three derivatives.
fn compare_all(report: &mut Report, what: &dyn Fn() -> String, e: Expression, x: f64, expected: &[Option<Cell>]) {
    for (mode, compute) in MODES {
        for (order, found) in compute(e, x) {
            report.compare(what, mode, order, found, expected[order].as_ref());
        }
    }
}

fn expression(row: &Row) -> Expression<'_> {
    let inner = (!row.text(1).is_empty()).then(|| Step::One(row.text(1)));
    Expression { inner, outer: Step::One(row.text(0)) }
}

fn name(row: &Row) -> String {
    let [outer, inner, x] = [0, 1, 2].map(|column| row.text(column));
    if inner.is_empty() { format!("{outer} at {x}") } else { format!("{outer} ∘ {inner} at {x}") }
}

#[test]
fn functions_and_pairs_are_right_in_every_mode() {
    let mut report = Report::default();
    for row in &table(ONE_TABLE) {
        let expected = [3, 4, 5, 6].map(|column| row.cell(column));
        compare_all(&mut report, &|| name(row), expression(row), row.number(2), &expected);
    }
    report.assert_none();
}

fn activation(name: &str) -> Option<Activation> {
    name.replace("leaky_relu 0.01", "leaky_relu(0.01)").parse().ok()
}

/// Activations as rules, in a layer by its input, its weight and its bias, and in a network.
#[test]
fn activations_are_right_in_every_mode() {
    let mut report = Report::default();
    for row in &table(ONE_TABLE) {
        let Some(outer) = activation(row.text(0)) else { continue };
        let steps: Vec<(&str, Step)> = if row.text(1).is_empty() {
            vec![
                ("activation", Step::Activation(outer)),
                ("layer by its input", Step::Input(outer)),
                ("layer by its weight", Step::Weight(outer)),
                ("layer by its bias", Step::Bias(outer)),
            ]
        } else if let Some(inner) = activation(row.text(1)) {
            vec![("network", Step::Network(inner, outer))]
        } else {
            continue;
        };
        let expected = [3, 4, 5, 6].map(|column| row.cell(column));
        for (how, outer) in steps {
            let e = Expression { inner: None, outer };
            compare_all(&mut report, &|| format!("{how}: {}", name(row)), e, row.number(2), &expected);
        }
    }
    report.assert_none();
}

#[test]
fn computations_are_right_in_every_mode() {
    let mut report = Report::default();
    for (index, (name, x, expected)) in COMPUTATIONS.iter().enumerate() {
        // Beyond the first derivative, what is no number is permitted where an infinity is on the way.
        let is_singular = name.contains('√') && *x == 0.0;
        let cell = |(order, &expected): (usize, &f64)| Cell {
            exception: Exception::StrongZero,
            permitted: if is_singular && order > 1 { vec![expected, f64::NAN] } else { vec![expected] },
            spread: 0.0,
        };
        let expected: Vec<_> = expected.iter().enumerate().map(|x| Some(cell(x))).collect();
        let e = Expression { inner: None, outer: Step::Computation(index) };
        compare_all(&mut report, &|| format!("{name} at {x:?}"), e, *x, &expected);
    }
    report.assert_none();
}

/// A function of several variables.
#[derive(Clone, Copy)]
enum Several<'r> {
    Two(&'r str),
    /// A loss, of its predictions and then its targets.
    Loss(Loss),
}

impl Several<'_> {
    fn at<S: Scalar>(self, x: &[S]) -> S {
        match self {
            Several::Two(name) => two(name, x[0], x[1]),
            Several::Loss(loss) => loss.evaluate(&x[..x.len() / 2], &x[x.len() / 2..]).unwrap(),
        }
    }

    /// Computes the function by a block operation, if there is one.
    fn over_rows<S: Scalar>(self, a: &Matrix<S>, b: &Matrix<S>) -> Option<Matrix<S>> {
        match self {
            Several::Two("add") => Some(a + b),
            Several::Two("sub") => Some(a - b),
            Several::Two("mul") => Some(a * b),
            Several::Two("div") => Some(a / b),
            _ => None,
        }
    }
}

/// What a number is: the value, a derivative with respect to one variable, or to two.
#[derive(Clone, Copy, Debug)]
enum By {
    None,
    One(usize),
    Two(usize, usize),
}

/// The largest number of variables: predictions and targets of three classes.
const MOST: usize = 6;
type Many<T> = Dual<T, MOST>;
type SeveralMode = (&'static str, fn(Several, &[f64]) -> Vec<(By, f64)>);

fn variables<T: Scalar>(x: &[T]) -> Vec<Many<T>> {
    x.iter().enumerate().map(|(i, &x)| Dual::variable(x, i)).collect()
}

/// Returns value, gradient and Hessian from a value and a gradient that carry derivatives.
fn second(y: Many<f64>, gradient: &[Many<f64>], n: usize) -> Vec<(By, f64)> {
    let mut found = vec![(By::None, y.data())];
    found.extend((0..n).map(|i| (By::One(i), y.tangents()[i])));
    for (i, slope) in gradient.iter().enumerate().take(n) {
        found.push((By::One(i), slope.data()));
        found.extend((0..n).map(|j| (By::Two(i, j), slope.tangents()[j])));
    }
    found
}

fn first(y: f64, gradient: &[f64]) -> Vec<(By, f64)> {
    let by = gradient.iter().enumerate().map(|(i, &slope)| (By::One(i), slope));
    [(By::None, y)].into_iter().chain(by).collect()
}

const SEVERAL_MODES: &[SeveralMode] = &[
    ("graph", |f, x| {
        let (y, gradient) = reverse::gradient(|x| f.at(x), x);
        first(y, &gradient)
    }),
    ("dual", |f, x| {
        let y = f.at(&variables(x));
        first(y.data(), &y.tangents()[..x.len()])
    }),
    ("dual of dual", |f, x| {
        let y = f.at(&variables(&variables(x)));
        second(y.data(), &y.tangents(), x.len())
    }),
    ("graph of duals", |f, x| {
        let (y, gradient) = reverse::gradient(|x| f.at(x), &variables(x));
        second(y, &gradient, x.len())
    }),
    ("graph of values", |f, x| {
        let outer = Graph::new();
        let v: Vec<_> = x.iter().map(|&x| outer.value(x)).collect();
        let (y, gradient) = reverse::gradient(|x| f.at(x), &v);
        let mut found = vec![(By::None, y.data())];
        for (i, slope) in gradient.iter().enumerate() {
            found.push((By::One(i), slope.data()));
            let gradients = slope.backward();
            found.extend((0..x.len()).map(|j| (By::Two(i, j), gradients[v[j]])));
        }
        found
    }),
    ("dual over values", |f, x| {
        let graph = Graph::new();
        let v: Vec<_> = x.iter().map(|&x| graph.value(x)).collect();
        let y = f.at(&variables(&v));
        let mut found = vec![(By::None, y.data().data())];
        for (i, slope) in y.tangents().iter().enumerate().take(x.len()) {
            found.push((By::One(i), slope.data()));
            let gradients = slope.backward();
            found.extend((0..x.len()).map(|j| (By::Two(i, j), gradients[v[j]])));
        }
        found
    }),
    ("trace", |f, x| {
        let trace = Trace::new();
        let v: Vec<_> = x.iter().map(|&x| trace.variable("x", x)).collect();
        let y = f.at(&v);
        first(y.data(), &v.iter().map(|&v| y.derivative(v)).collect::<Vec<_>>())
    }),
    ("blocks on a graph", |f, x| {
        let graph = Graph::new();
        let [a, b] = [0, 1].map(|i| graph.matrix([x[i]]));
        let Some(y) = f.over_rows(&a, &b) else { return Vec::new() };
        let (y, gradients) = (y[(0, 0)].data(), y.sum().backward());
        first(y, &[gradients.of(&a)[0], gradients.of(&b)[0]])
    }),
    ("blocks on a graph of duals", |f, x| {
        let graph = Graph::new();
        let x = variables(x);
        let [a, b] = [0, 1].map(|i| graph.matrix([x[i]]));
        let Some(y) = f.over_rows(&a, &b) else { return Vec::new() };
        let (y, gradients) = (y[(0, 0)].data(), y.sum().backward());
        second(y, &[gradients.of(&a)[0], gradients.of(&b)[0]], x.len())
    }),
    ("trace of duals", |f, x| {
        let trace = Trace::new();
        let v: Vec<_> = variables(x).into_iter().map(|x| trace.variable("x", x)).collect();
        let y = f.at(&v);
        second(y.data(), &v.iter().map(|&v| y.derivative(v)).collect::<Vec<_>>(), x.len())
    }),
];

/// Compares in all modes; the cells are the value, the gradient, and the upper triangle of the Hessian.
fn compare_several(
    report: &mut Report,
    what: &dyn Fn() -> String,
    f: Several,
    x: &[f64],
    [value, gradient, hessian]: [&[Option<Cell>]; 3],
) {
    let n = x.len();
    for (mode, compute) in SEVERAL_MODES {
        for (by, found) in compute(f, x) {
            let (order, cell) = match by {
                By::None => (0, &value[0]),
                By::One(i) => (1, &gradient[i]),
                By::Two(i, j) => (2, &hessian[i.min(j) * (2 * n + 1 - i.min(j)) / 2 + i.abs_diff(j)]),
            };
            report.compare(&|| format!("{} by {by:?}", what()), mode, order, found, cell.as_ref());
        }
    }
}

#[test]
fn functions_of_two_variables_are_right_in_every_mode() {
    let mut report = Report::default();
    for row in &table(TWO_TABLE) {
        let (name, a, b) = (row.text(0), row.number(1), row.number(2));
        let [value, f_a, f_b, f_aa, f_ab, f_bb, f_aaa, f_bbb, d1, d2, d3] =
            std::array::from_fn(|column| row.cell(column + 3));
        let at = format!("{name}({a:?}, {b:?})");
        let (value, gradient, hessian) = ([value], [f_a, f_b], [f_aa, f_ab, f_bb]);
        compare_several(&mut report, &|| at.clone(), Several::Two(name), &[a, b], [&value, &gradient, &hessian]);
        // One of the two varies, or both along a line.
        let ([value], [f_a, f_b], [f_aa, _, f_bb]) = (value, gradient, hessian);
        let by_a = [value, f_a, f_aa, f_aaa];
        let e = |outer| Expression { inner: None, outer };
        compare_all(&mut report, &|| format!("{at} by the first alone"), e(Step::First(name, b)), a, &by_a);
        let [value, ..] = by_a;
        let by_b = [value, f_b, f_bb, f_bbb];
        compare_all(&mut report, &|| format!("{at} by the second alone"), e(Step::Second(name, a)), b, &by_b);
        if (a + (b - a)).to_bits() == b.to_bits() {
            let [value, ..] = by_b;
            let along = [value, d1, d2, d3];
            compare_all(&mut report, &|| format!("{at} by both"), e(Step::Both(name, b - a)), a, &along);
        }
    }
    report.assert_none();
}

#[test]
fn losses_are_right_in_every_mode() {
    let mut report = Report::default();
    for row in &table(LOSS_TABLE) {
        let loss: Loss = row.text(0).parse().unwrap();
        let (predictions, targets) = (row.numbers(1), row.numbers(2));
        let x = [predictions.clone(), targets.clone()].concat();
        let what = || format!("{loss} of {predictions:?}, {targets:?}");
        let (value, line) = ([row.cell(3)], row.cells(6));
        compare_several(&mut report, &what, Several::Loss(loss), &x, [&value, &row.cells(4), &row.cells(5)]);
        // Along a line: by series
        fn along<S: Scalar>(loss: Loss, predictions: &[f64], targets: &[f64], t: S) -> S {
            let c = S::of;
            let y: Vec<S> = (0..).zip(predictions).map(|(i, &y)| c(y) + t * c(1.0 - f64::from(i) / 2.0)).collect();
            let t: Vec<S> = (1..).zip(targets).map(|(i, &target)| c(target) + t * c(f64::from(i) / 4.0)).collect();
            loss.evaluate(&y, &t).unwrap()
        }
        let along_series = taylor(|t| along(loss, &predictions, &targets, t), 0.0, 3);
        let of_duals = taylor(|t| along(loss, &predictions, &targets, t), variable(0.0), 2);
        for (mode, found) in [("series", of_series(0, along_series)), ("series of duals", of_series_of_duals(of_duals))]
        {
            for (order, found) in found {
                let cell = if order == 0 { &value[0] } else { &line[order - 1] };
                report.compare(&|| format!("{} on a line", what()), mode, order, found, cell.as_ref());
            }
        }
    }
    report.assert_none();
}

/// First derivatives agree in all modes, also where no right value is in the table: at infinities, and where rounding decides.
#[test]
fn all_modes_agree_on_the_first_derivative() {
    let rows = table(ONE_TABLE);
    let names: BTreeSet<&str> = rows.iter().map(|row| row.text(0)).collect();
    let mut report = Report::default();
    for inner in [None].into_iter().chain(names.iter().map(Some)) {
        for outer in &names {
            let e = Expression { inner: inner.map(|name| Step::One(name)), outer: Step::One(outer) };
            for x in [f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1.0, -1.0, 2.0, 800.0, -800.0] {
                let expected = reverse::gradient(|x| e.at(x[0]), &[x]).1[0];
                let expected = Cell { exception: Exception::None, permitted: vec![expected], spread: 0.0 };
                let what = || format!("{outer} ∘ {} at {x:?}", inner.unwrap_or(&""));
                // Blocks have exponentials of their own, which may round otherwise.
                for (mode, compute) in MODES.iter().filter(|(mode, _)| !mode.contains("block")) {
                    for (_, found) in compute(e, x).into_iter().filter(|&(order, _)| order == 1) {
                        report.compare(&what, mode, 1, found, Some(&expected));
                    }
                }
            }
        }
    }
    report.assert_none();
}

/// Single precision, where everything is of ordinary size.
#[test]
fn single_precision_is_right() {
    let mut report = Report::default();
    let mut compare = |what: &dyn Fn() -> String, mode: &str, order: usize, found: f32, cell: Option<&Cell>| {
        let Some(cell) = cell else { return };
        report.compared += 1;
        if !cell.permits_single(found.into()) {
            report.add(what, mode, order, found.into(), cell);
        }
    };
    let ordinary = |x: f64| x == 0.0 || (1e-6..1e6).contains(&x.abs());
    let is_ordinary = |cell: &Option<Cell>| {
        cell.as_ref().is_some_and(|cell| cell.exception == Exception::None && ordinary(cell.permitted[0]))
    };
    for row in &table(ONE_TABLE) {
        let (e, x) = (expression(row), row.number(2) as f32);
        let cells = [3, 4, 5, 6].map(|column| row.cell(column));
        let inner = e.inner.map_or(0.0, |inner| inner.at(row.number(2)));
        // 1 − tanh² is right beside 1, not beside itself.
        let is_small = row.text(0) == "tanh" && e.inner.is_some();
        if is_small || x.abs() > 2.0 || f64::from(x) != row.number(2) {
            continue;
        }
        if !ordinary(inner) || !cells.iter().all(is_ordinary) {
            continue;
        }
        let dual = e.at(variable(variable(x)));
        let (y, dy) = (dual.data(), dual.tangents()[0]);
        let (graph, slope) = reverse::gradient(|x| e.at(x[0]), &[x]);
        let series = taylor(|x| e.at(x), x, 3).into_iter().enumerate().map(|(k, c)| (k, c * factorial(k) as f32));
        let mut found = vec![("dual", 0, y.data()), ("dual", 1, y.tangents()[0]), ("dual", 1, dy.data())];
        found.extend([("dual", 2, dy.tangents()[0]), ("graph", 0, graph), ("graph", 1, slope[0])]);
        found.extend(series.map(|(k, d)| ("series", k, d)));
        for (mode, order, number) in found {
            compare(&|| name(row), mode, order, number, cells[order].as_ref());
        }
    }
    for row in &table(TWO_TABLE) {
        let [a, b] = [1, 2].map(|column| row.number(column));
        let gradient = [row.cell(4), row.cell(5)];
        if [a, b].iter().all(|&x| ordinary(x)) && gradient.iter().all(is_ordinary) {
            let what = || format!("{}({a:?}, {b:?})", row.text(0));
            let (_, by_graph) = reverse::gradient(|x| two(row.text(0), x[0], x[1]), &[a as f32, b as f32]);
            let (_, by_dual) = backprop::gradient(|[a, b]| two(row.text(0), a, b), [a as f32, b as f32]);
            for (i, cell) in gradient.iter().enumerate() {
                compare(&what, "graph", 1, by_graph[i], cell.as_ref());
                compare(&what, "dual", 1, by_dual[i], cell.as_ref());
            }
        }
    }
    for row in &table(LOSS_TABLE) {
        let (loss, x) = (row.text(0).parse().unwrap(), [row.numbers(1), row.numbers(2)].concat());
        let single: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        if single.iter().zip(&x).any(|(&single, &x)| f64::from(single) != x) {
            continue;
        }
        let what = || format!("{loss} of {x:?}");
        let (y, by_graph) = reverse::gradient(|x| Several::Loss(loss).at(x), &single);
        let by_dual = Several::Loss(loss).at(&variables(&single)).tangents();
        compare(&what, "graph", 0, y, row.cell(3).as_ref());
        for (i, cell) in row.cells(4).iter().enumerate() {
            compare(&what, "graph", 1, by_graph[i], cell.as_ref());
            compare(&what, "dual", 1, by_dual[i], cell.as_ref());
        }
    }
    report.assert_none();
}

/// Softmax and log-sum-exp: a row that the result does not use does not spoil the others, whatever is in it.
#[test]
fn unused_rows_do_not_spoil_the_others() {
    const INFINITY: f64 = f64::INFINITY;
    let p = 1.0 / (1.0 + 1_f64.exp());
    for unused in [[-INFINITY; 2], [INFINITY, 1.0], [INFINITY; 2], [f64::NAN, 1.0]] {
        let rows = arr2(&[unused, [1.0, 2.0]]);
        let on_duals = rows.map(|&x| Dual::<f64, 1>::variable(x, 0));
        for use_softmax in [true, false] {
            let graph = Graph::new();
            let x = graph.matrix(&rows);
            let y = if use_softmax { x.softmax()[(1, 0)] } else { x.log_sum_exp()[(1, 0)] };
            let gradient = y.backward().of(&x);
            let expected = if use_softmax { [p * (1.0 - p), -p * (1.0 - p)] } else { [p, 1.0 - p] };
            let right = |found: f64, expected: f64| (found - expected).abs() < 1e-15;
            let fine = gradient[..2] == [0.0, 0.0] && gradient[2..].iter().zip(expected).all(|(&g, e)| right(g, e));
            assert!(fine, "{unused:?}: {gradient:?}");

            let graph = Graph::new();
            let x = graph.matrix(&on_duals);
            let y = if use_softmax { x.softmax()[(1, 0)] } else { x.log_sum_exp()[(1, 0)] };
            let gradient: Vec<f64> = y.backward().of(&x).into_iter().map(Dual::data).collect();
            assert!(
                gradient[..2] == [0.0, 0.0] && right(gradient[2], expected[0]),
                "of duals, {unused:?}: {gradient:?}"
            );
        }
    }
}

/// −∞ among logits is a probability of 0, and nothing comes of it; a row of −∞ has the logarithm −∞.
#[test]
fn infinite_logits_have_their_limits() {
    let graph = Graph::new();
    let (infinity, minus_infinity) = (f64::INFINITY, f64::NEG_INFINITY);
    let x = graph.matrix([[minus_infinity, 0.0, 0.0], [infinity, 0.0, 1.0], [minus_infinity; 3]]);
    let (lse, p) = (x.log_sum_exp(), x.softmax());
    assert_eq!(lse.data(), array![[2_f64.ln()], [infinity], [minus_infinity]]);
    assert_eq!(p.data().rows(0..1), Matrix::from([0.0, 0.5, 0.5]));
    assert_eq!(lse[(0, 0)].backward().of(&x)[..3], [0.0, 0.5, 0.5]);
    assert_eq!(p[(0, 1)].backward().of(&x)[..3], [0.0, 0.25, -0.25]);
    // The adjoint ∞ of a probability of 0
    assert_eq!(p[(0, 0)].sqrt().backward().of(&x)[..3], [0.0; 3]);
    let x = graph.matrix([[minus_infinity, 0.0]]);
    assert_eq!(x.log_sum_exp()[(0, 0)].sqrt().backward().of(&x), [0.0, infinity]);
    // Losses of infinite logits that are right
    for (loss, logits, targets) in [
        (Loss::BinaryCrossEntropyWithLogits, [infinity, minus_infinity], [1.0, 0.0]),
        (Loss::CrossEntropy, [minus_infinity, 0.0], [0.0, 1.0]),
    ] {
        let (y, t) = (graph.matrix(logits), graph.constants(targets));
        let l = loss.evaluate_batch(&y, &t).unwrap();
        assert_eq!((l.data(), l.backward().of(&y)), (0.0, vec![0.0, 0.0]), "{loss}");
    }
}

/// √ of a loss of 0, as the root of the mean squared error: the adjoint ∞ times derivatives of 0.
#[test]
fn root_of_a_loss_of_0_has_no_derivatives() {
    let zero = [
        (Loss::MeanSquaredError, [1.0, 2.0, 1.0, 2.0]),
        (Loss::MeanAbsoluteError, [1.0, 2.0, 1.0, 2.0]),
        (Loss::Huber { delta: 1.0 }, [1.0, 2.0, 1.0, 2.0]),
        (Loss::Hinge, [2.0, -2.0, 1.0, -1.0]),
    ];
    for (loss, x) in zero {
        let f = Several::Loss(loss);
        assert_eq!(reverse::gradient(|x| f.at(x).sqrt(), &x), (0.0, vec![0.0; 4]), "{loss} by graph");
        assert_eq!(backprop::gradient(|x| f.at(&x).sqrt(), x), (0.0, [0.0; 4]), "{loss} by dual");
        let trace = Trace::new();
        let v = x.map(|x| trace.variable("x", x));
        let y = f.at(&v).sqrt();
        assert_eq!(v.map(|v| y.derivative(v)), [0.0; 4], "{loss} by trace");
    }
}

/// √x, with an infinite derivative at 0, as the activation of a layer.
#[derive(Clone)]
struct Root;

impl UnaryFunction for Root {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (x.sqrt(), (x.sqrt() * T::of(2.0)).recip())
    }
}

/// The adjoint 0 of a neuron of a batch, times its infinite derivative.
#[test]
fn unused_neuron_of_a_layer_has_no_derivative() {
    let graph = Graph::new();
    let mut layer = Layer::<f64, Root>::with_init(1, 1, Root, Init::Zeros, &mut SomeRng::seed_from_u64(1));
    layer.set_parameters(&[1.0, 0.0]).unwrap();
    let (x, on_graph) = (graph.matrix([[0.0], [4.0]]), layer.attach(&graph));
    let y = on_graph.forward_batch(&x).unwrap();
    let gradients = y[(1, 0)].backward();
    let by_parameters = on_graph.gradient(&gradients).parameters();
    assert_eq!((gradients.of(&x), by_parameters), (vec![0.0, 0.25], vec![1.0, 0.25]));
}

/// The adjoint ∞ of a neuron, times an input of 0, and times a weight of 0.
#[test]
fn input_of_0_has_no_part_in_an_infinite_derivative() {
    let graph = Graph::new();
    let layer = Layer::from_neurons([Neuron::new([3.0, 0.0], 0.0, Activation::Identity)]).unwrap();
    let on_graph = layer.attach(&graph);
    let inputs = graph.variables([0.0, 2.0]);
    let y = on_graph.forward(&inputs).unwrap()[0].sqrt();
    let gradients = y.backward();
    assert_eq!(on_graph.gradient(&gradients).parameters(), [0.0, f64::INFINITY, f64::INFINITY]);
    assert_eq!((gradients[inputs[0]], gradients[inputs[1]]), (f64::INFINITY, 0.0));

    // The same by a batch
    let graph = Graph::new();
    let (x, on_graph) = (graph.matrix([[0.0, 2.0]]), layer.attach(&graph));
    let gradients = on_graph.forward_batch(&x).unwrap()[(0, 0)].sqrt().backward();
    assert_eq!(on_graph.gradient(&gradients).parameters(), [0.0, f64::INFINITY, f64::INFINITY]);
    assert_eq!(gradients.of(&x), [f64::INFINITY, 0.0]);

    // By a product of matrices
    let (x, weights) = (graph.matrix([[0.0, 2.0]]), graph.matrix([[3.0], [0.0]]));
    let gradients = x.matmul(&weights)[(0, 0)].sqrt().backward();
    assert_eq!(gradients.of(&weights), [0.0, f64::INFINITY]);
    assert_eq!(gradients.of(&x), [f64::INFINITY, 0.0]);
}

/// A branch that is off is off in second derivatives too: (1 + √x)·relu(y) at (0, −1).
#[test]
fn branch_that_is_off_has_no_derivatives() {
    fn f<S: Scalar>(x: &[S]) -> S {
        (S::one() + x[0].sqrt()) * x[1].relu()
    }
    assert_eq!(reverse::gradient(|x| f(x), &[0.0, -1.0]), (0.0, vec![0.0, 0.0]));
    assert_eq!(backprop::gradient(|x| f(&x), [0.0, -1.0]), (0.0, [0.0, 0.0]));
    let zeros = [[0.0; 2]; 2];
    assert_eq!(reverse::hessian(|x| f(x), &[0.0, -1.0]), (0.0, vec![0.0; 2], zeros.map(Vec::from).to_vec()));
    assert_eq!(backprop::hessian(|x| f(&x), [0.0, -1.0]), (0.0, [0.0; 2], zeros));
}

/// Every function of the crate's table is in the tables of reference values.
#[test]
fn no_function_is_left_out() {
    let (ones, twos) = (table(ONE_TABLE), table(TWO_TABLE));
    let tabled = ones.iter().chain(&twos).map(|row| row.text(0).split(' ').next().unwrap().to_string());
    let mut expected = names();
    expected.extend(["identity", "powi"].map(String::from));
    assert_eq!(tabled.collect::<BTreeSet<String>>(), expected);
    let activations: BTreeSet<&str> =
        ones.iter().map(|row| row.text(0)).filter(|name| activation(name).is_some()).collect();
    assert_eq!(activations.len(), 10, "{activations:?}");
}

/// The comparison can fail: a derivative that is wrong by a part in 10¹¹, or a second derivative that is lost.
#[test]
fn wrong_rule_is_noticed() {
    struct Sine {
        factor: f64,
        is_lost: bool,
    }
    impl UnaryFunction for Sine {
        fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
            let cosine = if self.is_lost { T::of(x.cos().to_f64().unwrap()) } else { x.cos() };
            (x.sin(), cosine * T::of(self.factor))
        }
    }
    let rows = table(ONE_TABLE);
    let sines: Vec<&Row> = rows.iter().filter(|row| row.text(0) == "sin" && row.text(1).is_empty()).collect();
    let errors = |factor: f64, is_lost: bool| {
        let wrong = sines.iter().filter(|row| {
            let y = variable(variable(row.number(2))).map(Sine { factor, is_lost });
            of_dual_of_dual(y).into_iter().any(|(k, found)| row.cell(3 + k).is_some_and(|cell| !cell.permits(k, found)))
        });
        wrong.count()
    };
    assert_eq!(errors(1.0, false), 0);
    assert!(errors(1.0 + 1e-11, false) > 5);
    assert!(errors(1.0, true) > 5);
}
