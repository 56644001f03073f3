//! [`Trace`]: a record of operations; [`TracedValue`]: a value on it.

use super::node::{Node, Operation};
use crate::nn::Activation;
use crate::scalar::Scalar;
use std::cell::RefCell;
use std::fmt;

/// A record of a computation: every operation with its name, its operands, its value and its local derivatives.
///
/// A [`Graph`](crate::Graph) keeps only what the backward pass needs, which makes it fast. A trace keeps everything, so
/// that a computation can be explained and drawn. Whatever is generic over [`Scalar`], a network or a custom function,
/// computes on a trace as it does on a graph:
///
/// ```
/// use backprop::Trace;
///
/// let trace = Trace::new();
/// let (a, b) = (trace.variable("a", 2.0_f64), trace.variable("b", 3.0));
/// let c = (a * b).named("c");
/// let l = (c - 1.0).powi(2).named("L");
/// assert_eq!(
///     l.explain(a).to_string(),
///     "dL/da = dL/dc · dc/da = 10 · 3 = 30\n\
///      \u{20} dL/dc = 2·(c − 1) = 10\n\
///      \u{20} dc/da = b = 3\n"
/// );
/// ```
pub struct Trace<T> {
    pub(super) nodes: RefCell<Vec<Node<T>>>,
    pub(super) networks: RefCell<Vec<TracedNetwork>>,
}

/// A network that samples went through.
pub(super) struct TracedNetwork {
    /// Inputs, outputs and activation of each layer.
    pub(super) shape: Vec<(usize, usize, Activation)>,
    /// The index of the node of its first parameter.
    pub(super) first: usize,
    /// The number of samples.
    pub(super) samples: usize,
}

impl<T> fmt::Debug for Trace<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("len", &self.nodes.borrow().len()).finish_non_exhaustive()
    }
}

impl<T: Scalar> Default for Trace<T> {
    fn default() -> Trace<T> {
        Trace::new()
    }
}

impl<T: Scalar> Trace<T> {
    /// Creates an empty trace.
    pub fn new() -> Trace<T> {
        Trace { nodes: RefCell::default(), networks: RefCell::default() }
    }

    /// Adds a variable: a value with a name that others are computed from.
    pub fn variable(&self, name: impl ToString, data: T) -> TracedValue<'_, T> {
        self.push(Operation::Variable, Vec::new(), data).named(name)
    }

    /// Returns the value with this name; the last one if several have it.
    pub fn find(&self, name: &str) -> Option<TracedValue<'_, T>> {
        let nodes = self.nodes.borrow();
        let node = nodes.iter().rposition(|node| node.name.as_deref() == Some(name))?;
        Some(TracedValue { trace: Some(self), data: nodes[node].data, node })
    }

    /// Returns the number of nodes: variables, constants and results.
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Returns true if the trace has no nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&self, operation: Operation, parents: Vec<(usize, T)>, data: T) -> TracedValue<'_, T> {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { operation, parents, data, name: None, is_stop: false });
        TracedValue { trace: Some(self), data, node: nodes.len() - 1 }
    }

    /// Computes the derivatives of a value with respect to all values before it, by index.
    pub(super) fn adjoints(&self, output: usize) -> Vec<T> {
        let nodes = self.nodes.borrow();
        let mut adjoints = vec![T::zero(); nodes.len()];
        adjoints[output] = T::one();
        for (index, node) in nodes.iter().enumerate().take(output + 1).rev() {
            let upstream = adjoints[index];
            for &(parent, derivative) in &node.parents {
                adjoints[parent] += upstream.strong_mul(derivative);
            }
        }
        adjoints
    }
}

/// A value on a [`Trace`]: a handle, copied freely, that computes like a float.
///
/// ```
/// use backprop::{Trace, TracedValue};
///
/// let trace = Trace::new();
/// let x = trace.variable("x", 3.0_f64);
/// let y = x * x + TracedValue::constant(1.0);
/// assert_eq!((y.data(), y.derivative(x)), (10.0, 6.0)); // 2x
/// ```
///
/// # Panics
/// An operation on values of two traces panics.
#[derive(Clone, Copy)]
pub struct TracedValue<'t, T> {
    /// `None` for a constant that no operation has used.
    pub(super) trace: Option<&'t Trace<T>>,
    pub(super) data: T,
    pub(super) node: usize,
}

impl<'t, T: Scalar> TracedValue<'t, T> {
    /// Creates a constant, which is on no trace.
    pub fn constant(data: T) -> Self {
        TracedValue { trace: None, data, node: 0 }
    }

    /// Returns the value.
    pub fn data(self) -> T {
        self.data
    }

    /// Names the value. Explanations and drawings show it as a separate step. Constants are not named.
    pub fn named(self, name: impl ToString) -> Self {
        if let Some(trace) = self.trace {
            let node = &mut trace.nodes.borrow_mut()[self.node];
            (node.name, node.is_stop) = (Some(name.to_string()), true);
        }
        self
    }

    /// Returns the derivative of this value with respect to another; 0 if it does not depend on it.
    pub fn derivative(self, by: Self) -> T {
        match (self.trace, by.trace) {
            (Some(trace), Some(_)) => trace.adjoints(self.node)[by.node],
            _ => T::zero(),
        }
    }

    /// Returns the trace.
    #[track_caller]
    pub(super) fn trace(self) -> &'t Trace<T> {
        self.trace.expect("expected a value on a trace, got a constant")
    }
}

impl<T: Scalar> fmt::Debug for TracedValue<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.data, f)
    }
}
