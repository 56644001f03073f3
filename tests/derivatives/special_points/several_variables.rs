//! Functions of several variables, and the modes that compute their first and second derivatives.

use super::report::Report;
use super::tables::Cell;
use crate::by_name::two;
use backprop::{Dual, Graph, Loss, Matrix, Program, Scalar, Trace, reverse};

/// A function of several variables.
#[derive(Clone, Copy)]
pub enum Function {
    /// A function or operator of two variables, by name.
    Two(&'static str),
    /// A loss of predictions and targets, in this order.
    Loss(Loss),
}

impl Function {
    pub fn at<S: Scalar>(self, x: &[S]) -> S {
        match self {
            Function::Two(name) => two(name, x[0], x[1]),
            Function::Loss(loss) => loss.evaluate(&x[..x.len() / 2], &x[x.len() / 2..]).unwrap(),
        }
    }

    /// Computes the function with a matrix operation, if there is one.
    fn over_matrix<S: Scalar>(self, a: &Matrix<S>, b: &Matrix<S>) -> Option<Matrix<S>> {
        match self {
            Function::Two("add") => Some(a + b),
            Function::Two("sub") => Some(a - b),
            Function::Two("mul") => Some(a * b),
            Function::Two("div") => Some(a / b),
            _ => None,
        }
    }
}

/// The variables of a derivative. `None` is the value.
#[derive(Clone, Copy, Debug)]
enum WithRespectTo {
    None,
    One(usize),
    Two(usize, usize),
}

/// The results of a mode.
type Found = Vec<(WithRespectTo, f64)>;

/// The largest number of variables: predictions and targets of three classes.
const MAX_VARIABLES: usize = 6;

type D<T> = Dual<T, MAX_VARIABLES>;

/// A mode: its name, and a function that computes values and derivatives at a point.
type Mode = (&'static str, fn(Function, &[f64]) -> Found);

/// Creates a dual for each variable.
pub fn variables<T: Scalar>(x: &[T]) -> Vec<D<T>> {
    x.iter().enumerate().map(|(i, &x)| Dual::variable(x, i)).collect()
}

/// Returns the value, gradient and Hessian from a value and a gradient that carry derivatives.
fn with_hessian(y: D<f64>, gradient: &[D<f64>], n: usize) -> Found {
    let mut found = vec![(WithRespectTo::None, y.data())];
    found.extend((0..n).map(|i| (WithRespectTo::One(i), y.tangents()[i])));
    for (i, derivative) in gradient.iter().enumerate().take(n) {
        found.push((WithRespectTo::One(i), derivative.data()));
        found.extend((0..n).map(|j| (WithRespectTo::Two(i, j), derivative.tangents()[j])));
    }
    found
}

/// Returns the value and gradient.
fn with_gradient(y: f64, gradient: &[f64]) -> Found {
    let derivatives = gradient.iter().enumerate().map(|(i, &derivative)| (WithRespectTo::One(i), derivative));
    [(WithRespectTo::None, y)].into_iter().chain(derivatives).collect()
}

const MODES: &[Mode] = &[
    ("graph", |f, x| {
        let (y, gradient) = reverse::gradient(|x| f.at(x), x);
        with_gradient(y, &gradient)
    }),
    ("dual", |f, x| {
        let y = f.at(&variables(x));
        with_gradient(y.data(), &y.tangents()[..x.len()])
    }),
    ("dual of dual", |f, x| {
        let y = f.at(&variables(&variables(x)));
        with_hessian(y.data(), &y.tangents(), x.len())
    }),
    ("graph of duals", |f, x| {
        let (y, gradient) = reverse::gradient(|x| f.at(x), &variables(x));
        with_hessian(y, &gradient, x.len())
    }),
    ("graph of values", |f, x| {
        let outer = Graph::new();
        let v: Vec<_> = x.iter().map(|&x| outer.value(x)).collect();
        let (y, gradient) = reverse::gradient(|x| f.at(x), &v);
        let mut found = vec![(WithRespectTo::None, y.data())];
        for (i, derivative) in gradient.iter().enumerate() {
            found.push((WithRespectTo::One(i), derivative.data()));
            let gradients = derivative.backward();
            found.extend((0..x.len()).map(|j| (WithRespectTo::Two(i, j), gradients[v[j]])));
        }
        found
    }),
    ("dual over values", |f, x| {
        let graph = Graph::new();
        let v: Vec<_> = x.iter().map(|&x| graph.value(x)).collect();
        let y = f.at(&variables(&v));
        let mut found = vec![(WithRespectTo::None, y.data().data())];
        for (i, derivative) in y.tangents().iter().enumerate().take(x.len()) {
            found.push((WithRespectTo::One(i), derivative.data()));
            let gradients = derivative.backward();
            found.extend((0..x.len()).map(|j| (WithRespectTo::Two(i, j), gradients[v[j]])));
        }
        found
    }),
    ("trace", |f, x| {
        let trace = Trace::new();
        let v: Vec<_> = x.iter().map(|&x| trace.variable("x", x)).collect();
        let y = f.at(&v);
        with_gradient(y.data(), &v.iter().map(|&v| y.derivative(v)).collect::<Vec<_>>())
    }),
    ("program", |f, x| {
        let program = Program::record(0, x.len(), move |_, x| f.at(x)).unwrap();
        let (y, gradient) = program.values_and_column_jacobian(&[], x).unwrap();
        with_gradient(y[0], &gradient.row(0).to_vec())
    }),
    ("program with parameters", |f, x| {
        let program = Program::record(x.len(), 1, move |p, _| f.at(p)).unwrap();
        let (sum, gradient) = program.sum_and_gradient(x, [0.0]).unwrap();
        with_gradient(sum, &gradient)
    }),
    ("program of duals", |f, x| {
        let n = x.len();
        let program = Program::record(0, n, move |_, x| {
            let y = f.at(&variables(x));
            [&[y.data()], &y.tangents()[..n]].concat()
        });
        let (y, rows) = program.unwrap().values_and_column_jacobian(&[], x).unwrap();
        let tangents = |i: usize| std::array::from_fn(|j| if j < n { rows[(i, j)] } else { 0.0 });
        let gradient: Vec<_> = (0..n).map(|i| Dual::new(y[1 + i], tangents(1 + i))).collect();
        with_hessian(Dual::new(y[0], tangents(0)), &gradient, n)
    }),
    ("matrices on a graph", |f, x| {
        let graph = Graph::new();
        let [a, b] = [0, 1].map(|i| graph.matrix([x[i]]));
        let Some(y) = f.over_matrix(&a, &b) else { return Vec::new() };
        let (y, gradients) = (y[(0, 0)].data(), y.sum().backward());
        with_gradient(y, &[gradients.of(&a)[0], gradients.of(&b)[0]])
    }),
    ("matrices on a graph of duals", |f, x| {
        let graph = Graph::new();
        let x = variables(x);
        let [a, b] = [0, 1].map(|i| graph.matrix([x[i]]));
        let Some(y) = f.over_matrix(&a, &b) else { return Vec::new() };
        let (y, gradients) = (y[(0, 0)].data(), y.sum().backward());
        with_hessian(y, &[gradients.of(&a)[0], gradients.of(&b)[0]], x.len())
    }),
    ("trace of duals", |f, x| {
        let trace = Trace::new();
        let v: Vec<_> = variables(x).into_iter().map(|x| trace.variable("x", x)).collect();
        let y = f.at(&v);
        with_hessian(y.data(), &v.iter().map(|&v| y.derivative(v)).collect::<Vec<_>>(), x.len())
    }),
];

/// Compares the value, the gradient and the upper triangle of the Hessian of `f` at `x` in all modes.
pub fn compare(
    report: &mut Report,
    text: &dyn Fn() -> String,
    f: Function,
    x: &[f64],
    [value, gradient, hessian]: [&[Option<Cell>]; 3],
) {
    let n = x.len();
    for (mode, compute) in MODES {
        for (variables, found) in compute(f, x) {
            let (order, cell) = match variables {
                WithRespectTo::None => (0, &value[0]),
                WithRespectTo::One(i) => (1, &gradient[i]),
                WithRespectTo::Two(i, j) => (2, &hessian[i.min(j) * (2 * n + 1 - i.min(j)) / 2 + i.abs_diff(j)]),
            };
            report.compare(&|| format!("{}, {variables:?}", text()), mode, order, found, cell.as_ref());
        }
    }
}
