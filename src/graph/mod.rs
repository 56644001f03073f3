//! Reverse mode: a graph records operations, and one backward pass over it computes all derivatives.
//!
//! - `mod.rs`: [`Graph`]
//! - `recorder.rs`: records operations through a shared reference
//! - `tape.rs`: the tape, where they are stored
//! - `blocks.rs`: operations on matrices on the tape, forward and backward
//! - `sweep.rs`: the backward pass over the tape, and the backward functions of operations on scalars
//! - `value.rs`: [`Value`], a node of the graph
//! - `matrix.rs`: the elements of a [`Matrix`] on a graph
//! - `neuron.rs`: the neurons of a layer, one node each
//! - `gradients.rs`: [`Gradients`], the result of a backward pass
//! - `reverse.rs`: [`reverse`], gradients, Jacobians and Hessians of functions
//! - `gradcheck.rs`: [`gradcheck()`], a comparison of a gradient with difference quotients

mod blocks;
mod gradcheck;
mod gradients;
mod matrix;
mod neuron;
mod recorder;
pub mod reverse;
mod sweep;
mod tape;
mod value;

pub use gradcheck::gradcheck;
pub use gradients::Gradients;
pub use value::Value;

use crate::matrix::{AsMatrix, Matrix};
use crate::scalar::Scalar;
use gradients::Recording;
use recorder::Recorder;

/// A computation graph: it records the operations on its variables.
///
/// Its variables and results are [`Value`]s, small handles that are copied freely. Every operation on them appends a
/// node. Parents come before their children, so [`Value::backward`] is one loop backwards, without recursion and
/// without sorting.
///
/// A graph can be sent to another thread but not shared between threads: in parallel code, each thread has its own
/// graph.
///
/// # Examples
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
/// In a loop, a graph is cleared in each iteration and keeps its memory:
///
/// ```
/// use backprop::Graph;
///
/// let mut graph = Graph::new();
/// let mut x = 1.0;
/// for _ in 0..100 {
///     graph.clear();
///     let v = graph.value(x);
///     let f = (v * v - 2.0).powi(2); // the minimum is at √2
///     x -= 0.05 * f.backward()[v];
/// }
/// assert!((x - 2.0_f64.sqrt()).abs() < 1e-12);
/// ```
///
/// A value cannot be used after its graph was cleared; this does not compile:
///
/// ```compile_fail,E0502
/// use backprop::Graph;
///
/// let mut graph = Graph::new();
/// let x = graph.value(1.0);
/// graph.clear(); // cannot borrow `graph` as mutable …
/// println!("{x}"); // … while x is still used
/// ```
#[doc(alias("GradientTape", "Tape"))]
pub struct Graph<T> {
    recorder: Recorder<T>,
    recording: Recording,
}

impl<T: Scalar> Graph<T> {
    /// Creates an empty graph.
    pub fn new() -> Graph<T> {
        Graph { recorder: Recorder::new(), recording: Recording::new() }
    }

    /// Creates a variable.
    #[doc(alias("Variable", "requires_grad"))]
    #[inline(always)]
    pub fn value(&self, data: T) -> Value<'_, T> {
        Value::record(self, data, sweep::stop, [0, 0], [])
    }

    /// Creates variables from an array.
    ///
    /// It takes the time of one variable, and the backward pass has no work for them.
    ///
    /// # Examples
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

    /// Creates a matrix of variables from a [`Matrix`], an `ndarray` array or view, or a slice, which is a single row.
    ///
    /// # Examples
    /// ```
    /// let graph = backprop::Graph::new();
    /// let x = graph.matrix(&[1.0, 2.0, 3.0]);
    /// let f = x[(0, 0)] * x[(0, 2)];
    /// assert_eq!(f.backward().of(&x), [3.0, 0.0, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If the graph has 2³² values or more.
    #[inline]
    pub fn matrix(&self, values: impl AsMatrix<T>) -> Matrix<Value<'_, T>> {
        let values = values.source();
        let start = self.recorder.append(|tape| tape.push_leaves(&values));
        Matrix::recorded(self, start, values.shape())
    }

    /// Creates a matrix of constants on the graph, for example of the inputs and targets of a batch.
    ///
    /// `Matrix::from` creates constants too, but each operation on them copies them to the graph. Use this method for
    /// constants that are operands of several operations.
    ///
    /// # Examples
    /// ```
    /// let graph = backprop::Graph::new();
    /// let (x, w) = (graph.constants(&[[1.0, 2.0]]), graph.matrix(&[[3.0], [4.0]]));
    /// assert_eq!(graph.len(), 2); // only the variables are recorded
    /// assert_eq!(x.matmul(&w).sum().backward().of(&w), [1.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If the graph has 2³² values or more.
    pub fn constants(&self, values: impl AsMatrix<T>) -> Matrix<Value<'_, T>> {
        let values = values.source();
        let start = self.recorder.append(|tape| tape.push_constants(&values));
        Matrix::recorded(self, start, values.shape())
    }

    /// Records a custom operation with the operands `parents` and the result `data`.
    ///
    /// The closure `backward` receives the derivative of the final result with respect to this result, and returns the
    /// derivatives with respect to the parents. If all parents are constants, the result is a constant.
    ///
    /// A function of one variable is better written as a [`UnaryFunction`](crate::UnaryFunction), which works for every
    /// [`Scalar`].
    ///
    /// # Examples
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
    /// # Panics
    /// If a parent is on another graph.
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
        let start = self.recorder.append(|tape| tape.push_result(&[data], Box::new(backward)));
        Value::new(self, data, start.slot)
    }

    /// Returns the number of recorded values: the variables and the results of operations on them.
    ///
    /// # Examples
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

    /// Returns true if nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all recorded values and keeps the memory.
    ///
    /// It borrows the graph mutably, so the compiler rejects any later use of its [`Value`]s.
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
