//! [`Value`]: a number on a graph.

use super::matrix::OnGraph;
use super::tape::{self, Backward};
use super::{Gradients, Graph};
use crate::scalar::number::float::trait_method;
use crate::scalar::number::impl_differentiable;
use crate::scalar::rules::functions;
use crate::scalar::{Scalar, UnaryFunction};
use std::fmt;

/// A number, and where it stands on its graph: a handle of 24 bytes, copied freely.
///
/// Compute with it as with a float; every operation is recorded. It implements `num_traits::Float` and [`Scalar`], so
/// numeric code that is generic over these differentiates as it is. All functions are methods of its own too, with no
/// trait to import.
///
/// A value on no graph is a constant: nothing is recorded for it, nor for operations on constants alone.
///
/// Values compare by their numbers, with floats too.
///
/// ```
/// use backprop::{Graph, Value};
///
/// let graph = Graph::new();
/// let x = graph.value(3.0_f64);
/// let y = 2.0 * x.powi(2) + Value::constant(1.0);
/// assert!(y > x && y == 19.0);
/// assert_eq!(y.backward()[x], 12.0); // 4x
/// ```
///
/// # Panics
/// An operation on values of two graphs panics.
#[doc(alias("Var", "Tensor", "Variable"))]
#[derive(Clone, Copy)]
pub struct Value<'g, T> {
    graph: Option<&'g Graph<T>>,
    data: T,
    /// 0 for constants.
    slot: u32,
}

impl<'g, T> Value<'g, T> {
    /// A number on no graph.
    #[inline(always)]
    pub const fn constant(data: T) -> Self {
        Value { graph: None, data, slot: 0 }
    }

    #[inline(always)]
    pub(super) fn new(graph: &'g Graph<T>, data: T, slot: u32) -> Self {
        Value { graph: Some(graph), data, slot }
    }

    #[inline(always)]
    pub(super) fn graph(&self) -> Option<&'g Graph<T>> {
        self.graph
    }

    #[inline(always)]
    pub(super) fn slot(&self) -> u32 {
        self.slot
    }
}

impl<'g, T: Scalar> Value<'g, T> {
    /// The number.
    #[doc(alias("item", "detach", "stop_gradient"))]
    #[inline(always)]
    pub fn data(self) -> T {
        self.data
    }

    /// The derivatives of this number by everything it was computed from: one sweep backwards over the graph.
    ///
    /// Nothing is stored in the graph, so a second call returns the same bits. Of a constant, all derivatives are 0.
    ///
    /// ```
    /// let graph = backprop::Graph::new();
    /// let x = graph.value(0.5_f64);
    /// let (sine, cosine) = (x.sin(), x.cos());
    /// assert_eq!(sine.backward()[x], cosine.data());
    /// assert_eq!((sine * sine + cosine * cosine).backward()[x], 0.0);
    /// ```
    ///
    /// A branch of the computation that has no part in the result, in that its derivative is 0, is left out: it
    /// cannot spoil the rest by an infinite derivative of its own.
    ///
    /// # Panics
    /// With 2³² numbers or more on the graph.
    #[doc(alias("grad", "autograd"))]
    #[inline]
    pub fn backward(self) -> Gradients<T> {
        let mut gradients = Gradients::new();
        self.backward_into(&mut gradients);
        gradients
    }

    /// [`backward`](Self::backward) into the memory of gradients that are no longer needed.
    ///
    /// ```
    /// use backprop::{Gradients, Graph};
    ///
    /// let (mut graph, mut gradients) = (Graph::new(), Gradients::new());
    /// for i in 0..3 {
    ///     graph.clear();
    ///     let x = graph.value(f64::from(i));
    ///     (x * x).backward_into(&mut gradients);
    ///     assert_eq!(gradients[x], f64::from(2 * i));
    /// }
    /// ```
    ///
    /// # Panics
    /// With 2³² numbers or more on the graph.
    #[doc(alias = "zero_grad")]
    #[inline]
    pub fn backward_into(self, gradients: &mut Gradients<T>) {
        match self.graph {
            Some(graph) => gradients.sweep(graph, self.slot),
            None => gradients.clear(),
        }
    }

    /// A new node.
    #[inline(always)]
    pub(super) fn record<const N: usize>(
        graph: &'g Graph<T>,
        data: T,
        backward: Backward<T>,
        parents: [u32; 2],
        partials: [T; N],
    ) -> Self {
        Value::new(graph, data, graph.recorder.push(backward, parents, partials))
    }

    /// A function of one variable: its value and its derivative.
    #[inline(always)]
    pub(super) fn unary(self, (data, partial): (T, T)) -> Self {
        match self.graph {
            Some(graph) => Value::record(graph, data, tape::scale, [self.slot, 0], [partial]),
            None => Value::constant(data),
        }
    }

    /// A function of two variables: its value and its derivatives.
    #[inline(always)]
    #[track_caller]
    pub(super) fn binary(self, other: Self, (data, by_self, by_other): (T, T, T)) -> Self {
        match same_graph(self.graph, other.graph) {
            Some(graph) => {
                let parents = [self.slot, other.slot];
                Value::record(graph, data, tape::scale_both, parents, [by_self, by_other])
            }
            None => Value::constant(data),
        }
    }

    /// A function of the ratio of the two, from its derivatives by both enlarged by a factor. Those of a value and itself are
    /// added before they become too large.
    #[cold]
    #[track_caller]
    fn enlarged(self, other: Self, factor: T, (data, by_self, by_other): (T, T, T)) -> Self {
        if self.slot == other.slot && self.slot != 0 {
            return self.unary((data, (by_self + by_other).strong_mul(factor)));
        }
        self.binary(other, (data, by_self * factor, by_other * factor))
    }

    /// A function of one variable whose derivative is finite.
    #[inline(always)]
    fn bounded(self, result: (T, T)) -> Self {
        self.unary(result)
    }

    /// c·x, whose derivative is c.
    #[inline(always)]
    fn scaled(self, data: T, c: T) -> Self {
        self.unary((data, c))
    }

    /// x·y, whose derivatives are y and x.
    #[inline(always)]
    #[track_caller]
    fn product(self, other: Self, data: T) -> Self {
        self.binary(other, (data, other.data, self.data))
    }

    /// x + c: the derivative is 1.
    #[inline(always)]
    pub(super) fn shifted(self, data: T) -> Self {
        match self.graph {
            Some(graph) => Value::record(graph, data, tape::pass, [self.slot, 0], []),
            None => Value::constant(data),
        }
    }

    /// c − x: the derivative is −1.
    #[inline(always)]
    pub(super) fn negated(self, data: T) -> Self {
        match self.graph {
            Some(graph) => Value::record(graph, data, tape::pass_negated, [self.slot, 0], []),
            None => Value::constant(data),
        }
    }

    /// x + y: both derivatives are 1.
    #[inline(always)]
    #[track_caller]
    pub(super) fn sum(self, other: Self, data: T) -> Self {
        match same_graph(self.graph, other.graph) {
            Some(graph) => {
                let parents = [self.slot, other.slot];
                Value::record(graph, data, tape::pass_both, parents, [])
            }
            None => Value::constant(data),
        }
    }

    /// x − y: the derivatives are 1 and −1.
    #[inline(always)]
    #[track_caller]
    pub(super) fn difference(self, other: Self, data: T) -> Self {
        match same_graph(self.graph, other.graph) {
            Some(graph) => {
                let parents = [self.slot, other.slot];
                Value::record(graph, data, tape::pass_difference, parents, [])
            }
            None => Value::constant(data),
        }
    }

    /// The same place on the graph, with a number that was computed with fewer roundings.
    #[inline(always)]
    pub(super) fn with_data(self, data: T) -> Self {
        Value { data, ..self }
    }
}

/// The graph of an operation's result, from those of its operands.
#[inline(always)]
#[track_caller]
pub(super) fn same_graph<'g, T>(a: Option<&'g Graph<T>>, b: Option<&'g Graph<T>>) -> Option<&'g Graph<T>> {
    match (a, b) {
        (Some(a), Some(b)) if !std::ptr::eq(a, b) => two_graphs(),
        _ => a.or(b),
    }
}

#[cold]
#[track_caller]
fn two_graphs() -> ! {
    panic!("an operation on values of two graphs")
}

impl<T: fmt::Debug> fmt::Debug for Value<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.graph {
            Some(_) => f.debug_struct("Value").field("data", &self.data).field("slot", &self.slot).finish(),
            None => f.debug_tuple("Constant").field(&self.data).finish(),
        }
    }
}

impl_differentiable!(Value<'g, T: Scalar>);

impl<'g, T: Scalar> Scalar for Value<'g, T> {
    type Storage = OnGraph<'g, T>;

    #[inline(always)]
    fn of(x: f64) -> Self {
        Value::constant(T::of(x))
    }

    #[inline(always)]
    fn map<R: UnaryFunction>(self, rule: R) -> Self {
        self.unary(rule.value_and_derivative(self.data()))
    }

    #[inline]
    fn strong_mul(self, factor: Self) -> Self {
        if self.vanishes() || factor.vanishes() {
            return Value::constant(T::zero());
        }
        self.product(factor, self.data.strong_mul(factor.data))
    }

    #[inline(always)]
    fn is_plain(&self) -> bool {
        false
    }

    #[inline(always)]
    fn vanishes(&self) -> bool {
        self.graph.is_none() && self.data.vanishes()
    }

    functions!(Scalar, trait_method);
}
