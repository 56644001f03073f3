//! [`Value`]: a node of a graph.

use super::matrix::OnGraph;
use super::sweep;
use super::tape::Backward;
use super::{Gradients, Graph};
use crate::scalar::number::float::trait_method;
use crate::scalar::number::impl_differentiable;
use crate::scalar::rules::functions;
use crate::scalar::{Scalar, UnaryFunction};
use std::fmt;

/// A node of a computation graph: a number and its place on a [`Graph`].
///
/// It computes as a float does, and the graph records every operation. It implements `num_traits::Float` and
/// [`Scalar`], so generic numeric code differentiates without changes. All functions are also inherent methods, for
/// which no trait is imported. The handle is small (24 bytes in double precision) and copied freely.
///
/// A value without a graph is a constant. Operations on constants alone are not recorded, and their results are
/// constants.
///
/// Comparisons, with values and with floats, compare the numbers.
///
/// # Examples
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
/// An operation panics if its operands are on two graphs.
#[doc(alias("Var", "Tensor", "Variable"))]
#[derive(Clone, Copy)]
pub struct Value<'g, T> {
    graph: Option<&'g Graph<T>>,
    data: T,
    /// 0 for constants.
    slot: u32,
}

impl<'g, T> Value<'g, T> {
    /// Creates a constant.
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
    /// Returns the number without the graph.
    #[doc(alias("item", "detach", "stop_gradient"))]
    #[inline(always)]
    pub fn data(self) -> T {
        self.data
    }

    /// Computes the derivatives of this value with respect to all values on the graph, by one backward pass.
    ///
    /// The graph is not changed: a second call returns bit-for-bit identical derivatives. The derivatives of a constant
    /// are 0.
    ///
    /// In products of derivatives 0 is a strong zero, 0·∞ = 0: a part of the computation that contributes with the
    /// derivative 0 does not make other derivatives NaN, even if its own derivatives are infinite.
    ///
    /// # Examples
    /// ```
    /// let graph = backprop::Graph::new();
    /// let x = graph.value(0.5_f64);
    /// let (sine, cosine) = (x.sin(), x.cos());
    /// assert_eq!(sine.backward()[x], cosine.data());
    /// assert_eq!((sine * sine + cosine * cosine).backward()[x], 0.0);
    /// ```
    ///
    /// # Panics
    /// If the graph has 2³² values or more.
    #[doc(alias("grad", "autograd"))]
    #[inline]
    pub fn backward(self) -> Gradients<T> {
        let mut gradients = Gradients::new();
        self.backward_into(&mut gradients);
        gradients
    }

    /// Computes the derivatives as [`backward`](Self::backward) does, into gradients whose memory is reused.
    ///
    /// # Examples
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
    /// If the graph has 2³² values or more.
    #[doc(alias = "zero_grad")]
    #[inline]
    pub fn backward_into(self, gradients: &mut Gradients<T>) {
        match self.graph {
            Some(graph) => gradients.sweep(graph, self.slot),
            None => gradients.clear(),
        }
    }

    /// Records a node and returns its handle.
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

    /// Records a function of one variable, from its value and derivative.
    #[inline(always)]
    pub(super) fn unary(self, (data, partial): (T, T)) -> Self {
        match self.graph {
            Some(graph) => Value::record(graph, data, sweep::scale, [self.slot, 0], [partial]),
            None => Value::constant(data),
        }
    }

    /// Records a function of two variables, from its value and derivatives.
    #[inline(always)]
    #[track_caller]
    pub(super) fn binary(self, other: Self, (data, d_self, d_other): (T, T, T)) -> Self {
        match same_graph(self.graph, other.graph) {
            Some(graph) => {
                let parents = [self.slot, other.slot];
                Value::record(graph, data, sweep::scale_both, parents, [d_self, d_other])
            }
            None => Value::constant(data),
        }
    }

    /// Records a function of the ratio of two values, from its value and its derivatives divided by `factor`. If the
    /// values are the same, the derivatives are added before the multiplication, which can overflow.
    #[cold]
    #[track_caller]
    fn enlarged(self, other: Self, factor: T, (data, d_self, d_other): (T, T, T)) -> Self {
        if self.slot == other.slot && self.slot != 0 {
            return self.unary((data, (d_self + d_other).strong_mul(factor)));
        }
        self.binary(other, (data, d_self * factor, d_other * factor))
    }

    /// Records a function of one variable whose derivative is finite.
    #[inline(always)]
    fn bounded(self, result: (T, T)) -> Self {
        self.unary(result)
    }

    /// Records c·x; the derivative is c.
    #[inline(always)]
    fn scaled(self, data: T, c: T) -> Self {
        self.unary((data, c))
    }

    /// Records x·y; the derivatives are y and x.
    #[inline(always)]
    #[track_caller]
    fn product(self, other: Self, data: T) -> Self {
        self.binary(other, (data, other.data, self.data))
    }

    /// Records x + c; the derivative is 1.
    #[inline(always)]
    pub(super) fn shifted(self, data: T) -> Self {
        match self.graph {
            Some(graph) => Value::record(graph, data, sweep::pass, [self.slot, 0], []),
            None => Value::constant(data),
        }
    }

    /// Records c − x; the derivative is −1.
    #[inline(always)]
    pub(super) fn negated(self, data: T) -> Self {
        match self.graph {
            Some(graph) => Value::record(graph, data, sweep::pass_negated, [self.slot, 0], []),
            None => Value::constant(data),
        }
    }

    /// Records x + y; both derivatives are 1.
    #[inline(always)]
    #[track_caller]
    pub(super) fn sum(self, other: Self, data: T) -> Self {
        match same_graph(self.graph, other.graph) {
            Some(graph) => {
                let parents = [self.slot, other.slot];
                Value::record(graph, data, sweep::pass_both, parents, [])
            }
            None => Value::constant(data),
        }
    }

    /// Records x − y; the derivatives are 1 and −1.
    #[inline(always)]
    #[track_caller]
    pub(super) fn difference(self, other: Self, data: T) -> Self {
        match same_graph(self.graph, other.graph) {
            Some(graph) => {
                let parents = [self.slot, other.slot];
                Value::record(graph, data, sweep::pass_difference, parents, [])
            }
            None => Value::constant(data),
        }
    }

    /// Returns the same node with a number that was computed with fewer roundings.
    #[inline(always)]
    pub(super) fn with_data(self, data: T) -> Self {
        Value { data, ..self }
    }
}

/// Returns the graph of the result of an operation, from the graphs of its operands.
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
    panic!("the operands of an operation must be on one graph, got two")
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
    fn detached(self) -> Self {
        Value::constant(self.data.detached())
    }

    #[inline(always)]
    fn vanishes(&self) -> bool {
        self.graph.is_none() && self.data.vanishes()
    }

    functions!(Scalar, trait_method);
}
