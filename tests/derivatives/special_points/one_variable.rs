//! Functions of one variable and their compositions, and the modes that compute their derivatives.

use super::report::Report;
use super::tables::Cell;
use crate::by_name::{one, two};
use backprop::{
    Activation, Dual, Graph, Layer, Matrix, Mlp, Neuron, Program, Scalar, Trace, UnaryFunction, derivative, reverse,
    taylor,
};

/// A function of one variable, of which an `Expression` consists.
#[derive(Clone, Copy)]
pub enum Step {
    /// A function of the rule table, by name.
    One(&'static str),
    /// f(x, c) for a function f of two variables.
    First(&'static str, f64),
    /// f(c, x) for a function f of two variables.
    Second(&'static str, f64),
    /// f(x, x + c) for a function f of two variables.
    Both(&'static str, f64),
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

impl Step {
    pub fn at<S: Scalar>(self, x: S) -> S {
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

/// Computes a step as a custom rule.
impl UnaryFunction for Step {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        backprop::derivative(|x| self.at(x), x)
    }
}

/// One step, or a composition of two: outer(inner(x)).
#[derive(Clone, Copy)]
pub struct Expression {
    pub inner: Option<Step>,
    pub outer: Step,
}

impl Expression {
    pub fn at<S: Scalar>(self, x: S) -> S {
        self.outer.at(self.inner.map_or(x, |inner| inner.at(x)))
    }

    /// Computes the expression with custom rules.
    fn by_rules<S: Scalar>(self, x: S) -> S {
        self.inner.map_or(x, |inner| x.map(inner)).map(self.outer)
    }

    /// Computes the expression for each element of a matrix, with custom rules or a layer.
    fn over_matrix<S: Scalar>(self, x: &Matrix<S>) -> Matrix<S> {
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

/// Computations of several operations: name, point, value and three derivatives. 0 is a strong zero in products.
pub const COMPUTATIONS: &[(&str, f64, [f64; 4])] = &[
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

/// The results of a mode: pairs of an order, 0 for the value, and a derivative.
type Found = Vec<(usize, f64)>;

type D<T> = Dual<T, 1>;

/// Creates a dual with the derivative 1.
pub fn variable<T: Scalar>(x: T) -> D<T> {
    Dual::variable(x, 0)
}

/// Returns the value and derivatives of a dual of a dual.
pub fn of_dual_of_dual(y: D<D<f64>>) -> Found {
    let (y, dy) = (y.data(), y.tangents()[0]);
    vec![(0, y.data()), (1, y.tangents()[0]), (1, dy.data()), (2, dy.tangents()[0])]
}

pub fn factorial(k: usize) -> f64 {
    (1..=k).product::<usize>() as f64
}

/// Returns derivatives from Taylor coefficients of the derivative of order `from`.
pub fn of_series(from: usize, coefficients: Vec<f64>) -> Found {
    coefficients.into_iter().enumerate().map(|(k, c)| (from + k, c * factorial(k))).collect()
}

pub fn of_series_of_duals(coefficients: Vec<D<f64>>) -> Found {
    let values = of_series(0, coefficients.iter().map(|c| c.data()).collect());
    let tangents = of_series(1, coefficients.iter().map(|c| c.tangents()[0]).collect());
    values.into_iter().chain(tangents).collect()
}

/// A mode: its name, and a function that computes an expression and its derivatives at x.
type Mode = (&'static str, fn(Expression, f64) -> Found);

pub const MODES: &[Mode] = &[
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
    ("matrix on a graph", |e, x| {
        // Nine elements, because loops process eight at a time.
        let graph = Graph::new();
        let values = graph.matrix([x; 9]);
        let y = e.over_matrix(&values);
        let gradient = y.sum().backward().of(&values);
        (0..9).flat_map(|i| [(0, y[(0, i)].data()), (1, gradient[i])]).collect()
    }),
    ("matrix on a graph of duals", |e, x| {
        let graph = Graph::new();
        let values = graph.matrix([variable(x)]);
        let y = e.over_matrix(&values).sum();
        of_dual_of_dual(Dual::new(y.data(), [y.backward().of(&values)[0]]))
    }),
    ("program", |e, x| {
        let program = Program::record(0, 1, move |_, x| e.at(x[0])).unwrap();
        let (y, derivatives) = program.values_and_column_jacobian(&[], [x]).unwrap();
        let program = Program::record(1, 1, move |p, _| e.at(p[0])).unwrap();
        let (sum, gradient) = program.sum_and_gradient(&[x], [0.0]).unwrap();
        vec![(0, y[0]), (1, derivatives[(0, 0)]), (0, sum), (1, gradient[0])]
    }),
    ("rule, program", |e, x| {
        let program = Program::record(0, 1, move |_, x| e.by_rules(x[0])).unwrap();
        let (y, derivatives) = program.values_and_column_jacobian(&[], [x]).unwrap();
        vec![(0, y[0]), (1, derivatives[(0, 0)])]
    }),
    ("program of duals", |e, x| {
        let program = Program::record(0, 1, move |_, x| <[_; 2]>::from(derivative(|x| e.at(x), x[0]))).unwrap();
        let (y, derivatives) = program.values_and_column_jacobian(&[], [x]).unwrap();
        vec![(0, y[0]), (1, y[1]), (1, derivatives[(0, 0)]), (2, derivatives[(1, 0)])]
    }),
    ("array of duals of duals", |e, x| {
        let y = e.over_matrix(&Matrix::from([variable(variable(x)); 2]));
        of_dual_of_dual(y[(0, 1)])
    }),
];

/// Compares the value and three derivatives of `e` at `x` in all modes.
pub fn compare(report: &mut Report, text: &dyn Fn() -> String, e: Expression, x: f64, expected: &[Option<Cell>]) {
    for (mode, compute) in MODES {
        for (order, found) in compute(e, x) {
            report.compare(text, mode, order, found, expected[order].as_ref());
        }
    }
}
