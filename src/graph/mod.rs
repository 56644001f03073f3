//! Reverse mode: record what is computed, then go back over it once for all derivatives.
//!
//! - `mod.rs`: [`Graph`]
//! - `recorder.rs`: where operations are taken down, as they happen
//! - `tape.rs`: how they are kept, and the sweep
//! - `value.rs`: [`Value`], a number on a graph
//! - `values.rs`: [`Values`], many numbers as rows and columns
//! - `neuron.rs`: the neurons of a layer, a node each
//! - `gradients.rs`: [`Gradients`], what the sweep returns
//! - `reverse.rs`: [`reverse`], gradients, Jacobians and Hessians of functions
//! - `gradcheck.rs`: [`gradcheck()`], which compares a gradient with difference quotients

mod gradcheck;
mod gradients;
mod neuron;
mod recorder;
pub mod reverse;
mod tape;
mod value;
mod values;

pub use gradcheck::gradcheck;
pub use gradients::Gradients;
pub use value::Value;
pub use values::Values;

use crate::matrix::AsRows;
use crate::scalar::Scalar;
use gradients::Recording;
use recorder::Recorder;
use tape::Place;

/// A record of operations: the graph of what was computed from what.
///
/// It only grows, until it is cleared. What is created on it are [`Value`]s, small handles that are copied freely;
/// every operation on them appends a node. Parents come before children by construction, so [`Value::backward`] is
/// one loop backwards, without recursion and without sorting.
///
/// ```
/// use backprop::Graph;
///
/// let graph = Graph::new();
/// let (a, b) = (graph.value(-4.0), graph.value(2.0));
/// let c = (a * b + b.powi(3)).tanh() / 2.0 + 1.0;
/// assert_eq!(c.data(), 1.0); // tanh(0)/2 + 1
///
/// let gradients = c.backward();
/// assert_eq!(gradients[a], 1.0); // b/2
/// assert_eq!(gradients[b], 4.0); // (a + 3b²)/2
/// ```
///
/// A graph in a loop is cleared at each turn and keeps its memory:
///
/// ```
/// use backprop::Graph;
///
/// let mut graph = Graph::new();
/// let mut x = 1.0;
/// for _ in 0..100 {
///     graph.clear();
///     let v = graph.value(x);
///     let f = (v * v - 2.0).powi(2); // least at √2
///     x -= 0.05 * f.backward()[v];
/// }
/// assert!((x - 2.0_f64.sqrt()).abs() < 1e-12);
/// ```
///
/// No value can outlive that; this does not compile:
///
/// ```compile_fail,E0502
/// use backprop::Graph;
///
/// let mut graph = Graph::new();
/// let x = graph.value(1.0);
/// graph.clear(); // cannot borrow `graph` as mutable …
/// println!("{x}"); // … while x is still used
/// ```
///
/// A graph can be sent to another thread, and not shared between two: in parallel, each thread has its own.
#[doc(alias("GradientTape", "Tape"))]
pub struct Graph<T> {
    recorder: Recorder<T>,
    recording: Recording,
}

impl<T: Scalar> Graph<T> {
    /// An empty graph.
    pub fn new() -> Graph<T> {
        Graph { recorder: Recorder::new(), recording: Recording::new() }
    }

    /// A new variable: a number that gradients can be asked for.
    #[doc(alias("Variable", "requires_grad"))]
    #[inline(always)]
    pub fn value(&self, data: T) -> Value<'_, T> {
        Value::record(self, data, tape::stop, [0, 0], [])
    }

    /// New variables from an array, which together cost no more than one: a block without work for the sweep.
    ///
    /// ```
    /// let graph = backprop::Graph::new();
    /// let [a, b] = graph.variables([-4.0, 2.0]);
    /// let gradients = (a * b).backward();
    /// assert_eq!((gradients[a], gradients[b]), (2.0, -4.0));
    /// ```
    #[doc(alias = "requires_grad")]
    #[inline(always)]
    pub fn variables<const N: usize>(&self, data: [T; N]) -> [Value<'_, T>; N] {
        let mut slot = self.recorder.append(|tape| tape.push_handles(N));
        data.map(|data| {
            let value = Value::new(self, data, slot);
            slot += 1;
            value
        })
    }

    /// New variables as rows and columns: one copy, whatever their number.
    ///
    /// They come from `ndarray` arrays or views, or from slices, as a single row.
    ///
    /// ```
    /// let graph = backprop::Graph::new();
    /// let xs = graph.values(&[1.0, 2.0, 3.0]);
    /// let f = xs.get(0, 0) * xs.get(0, 2);
    /// assert_eq!(f.backward().of(&xs), [3.0, 0.0, 1.0]);
    /// ```
    ///
    /// # Panics
    /// With 2³² numbers or more on the graph.
    pub fn values(&self, numbers: impl AsRows<T>) -> Values<'_, T> {
        numbers.with_rows(|rows| match rows.to_slice() {
            Some(numbers) => self.leaves(numbers, [rows.nrows(), rows.ncols()]),
            None => self.leaves(&rows.iter().copied().collect::<Vec<T>>(), [rows.nrows(), rows.ncols()]),
        })
    }

    /// Numbers that are no variables, kept on the graph: inputs and targets of a batch, for operations that may need them on
    /// the way back.
    ///
    /// ```
    /// use backprop::{Graph, Rows};
    ///
    /// let graph = Graph::new();
    /// let (x, w) = (graph.constants(&[[1.0, 2.0]]), graph.values(&[[3.0], [4.0]]));
    /// assert_eq!(graph.len(), 2); // only the variables are recorded
    /// assert_eq!(x.matmul(&w).sum_all().backward().of(&w), [1.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// With 2³² numbers or more on the graph.
    pub fn constants(&self, numbers: impl AsRows<T>) -> Values<'_, T> {
        numbers.with_rows(|rows| Values::recorded(self, self.recorder.append(|tape| tape.push_constants(rows))))
    }

    #[inline]
    pub(crate) fn leaves(&self, numbers: &[T], shape: [usize; 2]) -> Values<'_, T> {
        let place = self.recorder.append(|tape| tape.push_leaves(numbers));
        Values::recorded(self, Place::new(place, shape))
    }

    /// An operation of one's own: its parents, its result, and its backward closure, which gets the derivative of the
    /// final result by this one and returns the derivatives by the parents.
    ///
    /// ```
    /// let graph = backprop::Graph::new();
    /// let (a, b) = (graph.value(3.0), graph.value(4.0));
    /// let product = graph.op([a, b], a.data() * b.data(), {
    ///     let (a, b) = (a.data(), b.data());
    ///     move |upstream| [upstream * b, upstream * a]
    /// });
    /// let gradients = (product + 1.0).backward();
    /// assert_eq!((gradients[a], gradients[b]), (4.0, 3.0));
    /// ```
    ///
    /// With constant parents alone the result is a constant. A function of one variable that works for every kind of
    /// number is better written as a [`UnaryFunction`](crate::UnaryFunction).
    ///
    /// # Panics
    /// When a parent belongs to another graph.
    #[doc(alias("custom_vjp", "custom_gradient", "autograd_function"))]
    #[track_caller]
    pub fn op<const N: usize>(
        &self,
        parents: [Value<'_, T>; N],
        data: T,
        backward: impl Fn(T) -> [T; N] + Send + 'static,
    ) -> Value<'_, T> {
        if parents.iter().all(|parent| parent.graph().is_none()) {
            return Value::constant(data);
        }
        let slots = parents.map(|parent| {
            value::same_graph(Some(self), parent.graph());
            parent.slot()
        });
        let backward = move |upstream: &[T], adjoints: &mut [T]| {
            if upstream[0].vanishes() {
                return;
            }
            for (slot, partial) in slots.into_iter().zip(backward(upstream[0])) {
                adjoints[slot as usize] += partial;
            }
        };
        let (slot, _) = self.recorder.append(|tape| tape.push_result(&[data], Box::new(backward)));
        Value::new(self, data, slot)
    }

    /// How many numbers are recorded: variables, and results of operations on them.
    ///
    /// ```
    /// use backprop::{Graph, Value};
    ///
    /// let graph = Graph::new();
    /// let x = graph.value(2.0);
    /// let three = Value::constant(1.0) + 2.0; // no variable in it
    /// let y = x * three;
    /// assert_eq!((y.data(), graph.len()), (6.0, 2));
    /// ```
    pub fn len(&self) -> usize {
        self.recorder.slots() - 1
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything recorded; keeps the memory.
    ///
    /// It needs the graph for itself, so the compiler sees to it that no [`Value`] is used afterwards.
    #[inline]
    pub fn clear(&mut self) {
        self.recorder.clear();
        self.recording.renew();
    }
}

impl<T: Scalar> Default for Graph<T> {
    fn default() -> Graph<T> {
        Graph::new()
    }
}

impl<T: Scalar> std::fmt::Debug for Graph<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("len", &self.len()).finish_non_exhaustive()
    }
}
