//! [`Gradients`]: the result of a backward pass.

use super::Value;
use crate::matrix::Matrix;
use crate::matrix::ops::{Along, Leaf};
use crate::scalar::Scalar;
use std::ops::Index;
use std::sync::atomic::{AtomicU64, Ordering};

/// The derivatives of a result with respect to all values on its graph: the adjoints. [`Value::backward`] computes
/// them.
///
/// `gradients[x]` is the derivative of the result with respect to `x`. It is 0 if the result does not depend on `x`.
///
/// # Examples
/// ```
/// let graph = backprop::Graph::new();
/// let (x, y, unused) = (graph.value(3.0), graph.value(4.0), graph.value(5.0));
/// let product = x * y;
/// let gradients = product.sqrt().backward();
/// assert_eq!(gradients[product], 0.5 / 12.0_f64.sqrt()); // intermediate results have derivatives too
/// assert_eq!(gradients[x], 4.0 * gradients[product]);
/// assert_eq!(gradients[unused], 0.0);
/// ```
///
/// # Panics
/// Indexing panics if the value is a constant, is on another graph, or was created after the graph was cleared. It also
/// panics after a backward pass that a panic ended.
#[doc(alias = "grad")]
#[derive(Clone, Debug)]
pub struct Gradients<T> {
    adjoints: Vec<T>,
    /// Memory for intermediate values of the sweep.
    scratch: Vec<T>,
    /// The recording of the result and its slot; `None` for constants.
    result: Option<(Recording, u32)>,
    /// The 0 that indexing returns for values created after the result.
    zero: T,
}

/// An identifier of a graph from one call of `clear` to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recording {
    graph: u64,
    cleared: u64,
}

impl Recording {
    /// The identifier of no graph, used until a sweep is complete.
    const UNFINISHED: Recording = Recording { graph: u64::MAX, cleared: u64::MAX };

    /// Creates the identifier of a new graph.
    pub(super) fn new() -> Recording {
        static GRAPHS: AtomicU64 = AtomicU64::new(0);
        Recording { graph: GRAPHS.fetch_add(1, Ordering::Relaxed), cleared: 0 }
    }

    /// Changes to the identifier of the cleared graph.
    pub(super) fn renew(&mut self) {
        self.cleared += 1;
    }
}

impl<T: Scalar> Gradients<T> {
    /// Creates empty gradients, for [`Value::backward_into`].
    pub fn new() -> Gradients<T> {
        Gradients { adjoints: Vec::new(), scratch: Vec::new(), result: None, zero: T::zero() }
    }

    /// Returns the derivatives with respect to the elements of a matrix, in row-major order; zeros for constants.
    ///
    /// # Panics
    /// If the matrix is on another graph, or was created after the graph was cleared.
    #[track_caller]
    pub fn of(&self, matrix: &Matrix<Value<'_, T>>) -> Vec<T> {
        let Some((graph, slots)) = matrix.slots() else { return vec![T::zero(); matrix.len()] };
        self.check(graph.recording);
        let mut gradients = Vec::with_capacity(slots.len());
        if let Some(swept) = self.adjoints.get(slots.clone()) {
            gradients.extend_from_slice(swept);
        } else {
            gradients.resize(slots.len(), T::zero()); // created after the result
        }
        gradients
    }

    /// Returns the indices of the values that the result does not depend on.
    ///
    /// The graph has no path from such a value to the result. Its derivative is 0, but a derivative of 0 can also come
    /// from a path. A path ends where a number leaves the graph, by [`Value::data`] or by a conversion to a primitive
    /// type.
    ///
    /// It takes another sweep, in which NaN propagates along all paths.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Graph, Value};
    ///
    /// let graph = Graph::new();
    /// let [x, y, z] = graph.variables([-2.0_f64, 3.0, 4.0]);
    /// let constant = Value::constant(y.data().sqrt()); // leaves the graph
    /// let gradients = (x.relu() * constant + z).backward();
    /// assert_eq!((gradients[x], gradients[y], gradients[z]), (0.0, 0.0, 1.0));
    /// assert_eq!(gradients.unused_inputs(&[x, y, z]), [1]); // relu′(x) is 0, but there is a path from x
    /// ```
    ///
    /// # Panics
    /// If a value is on another graph, or was created after the graph was cleared.
    #[track_caller]
    pub fn unused_inputs(&self, values: &[Value<'_, T>]) -> Vec<usize> {
        let mut graphs = values.iter().filter_map(Value::graph);
        graphs.clone().for_each(|graph| self.check(graph.recording));
        let mut marks = Vec::new();
        if let (Some(graph), Some((_, slot))) = (graphs.next(), self.result) {
            graph.recorder.sweep(slot, Along::Paths, &mut marks, &mut Vec::new());
        }
        let reached = |value: &Value<'_, T>| marks.get(value.slot() as usize).is_some_and(|mark| mark.is_nan());
        (0..values.len()).filter(|&i| values[i].graph().is_none() || !reached(&values[i])).collect()
    }

    /// Computes the gradients of the value at `slot`.
    #[inline]
    pub(super) fn sweep(&mut self, graph: &super::Graph<T>, slot: u32) {
        self.result = Some((Recording::UNFINISHED, slot));
        graph.recorder.sweep(slot, Along::Derivatives, &mut self.adjoints, &mut self.scratch);
        self.result = Some((graph.recording, slot));
    }

    /// Computes the derivatives of `result` with respect to `leaves`, the first variables of its graph, into their
    /// memory. The gradients only provide memory: they have no derivatives afterwards.
    pub(crate) fn sweep_into(&mut self, result: Value<'_, T>, leaves: &mut [Leaf<T>]) {
        self.result = Some((Recording::UNFINISHED, result.slot()));
        match result.graph() {
            Some(graph) => graph.recorder.sweep_into(result.slot(), &mut self.adjoints, leaves, &mut self.scratch),
            None => leaves.iter_mut().for_each(|leaf| leaf.adjoints.fill(T::zero())),
        }
    }

    /// Sets the gradients to those of a constant.
    pub(super) fn clear(&mut self) {
        self.result = None;
        self.adjoints.clear();
    }

    /// Panics if the result is not of this recording.
    #[inline(always)]
    #[track_caller]
    fn check(&self, recording: Recording) {
        match self.result {
            Some((expected, _)) if expected != recording => not_recorded(expected),
            _ => {}
        }
    }
}

#[cold]
#[track_caller]
fn not_recorded(expected: Recording) -> ! {
    if expected == Recording::UNFINISHED {
        panic!("a panic ended the backward pass of these gradients: call `backward_into` again");
    }
    panic!(
        "the gradients have no derivative for a value of another graph, or for one created after the graph was cleared"
    )
}

#[cold]
#[track_caller]
fn constant() -> ! {
    panic!("a constant has no derivative: use a variable of the graph")
}

impl<T: Scalar> Default for Gradients<T> {
    fn default() -> Gradients<T> {
        Gradients::new()
    }
}

impl<T: Scalar> Index<Value<'_, T>> for Gradients<T> {
    type Output = T;

    #[inline(always)]
    #[track_caller]
    fn index(&self, value: Value<'_, T>) -> &T {
        let Some(graph) = value.graph() else { constant() };
        self.check(graph.recording);
        self.adjoints.get(value.slot() as usize).unwrap_or(&self.zero)
    }
}
