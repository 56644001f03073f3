//! [`Gradients`]: what the sweep returns.

use super::Value;
use crate::matrix::Matrix;
use crate::matrix::ops::Along;
use crate::scalar::Scalar;
use std::ops::{Index, Range};
use std::sync::atomic::{AtomicU64, Ordering};

/// The derivatives of one result by every number it was computed from; by [`Value::backward`].
///
/// `gradients[x]` is the derivative of the result by x: 0 where x is not part of it. In the field's words, it is the
/// adjoint of x.
///
/// ```
/// let graph = backprop::Graph::new();
/// let (x, y, unused) = (graph.value(3.0), graph.value(4.0), graph.value(5.0));
/// let product = x * y;
/// let gradients = product.sqrt().backward();
/// assert_eq!(gradients[product], 0.5 / 12.0_f64.sqrt()); // intermediate results have theirs too
/// assert_eq!(gradients[x], 4.0 * gradients[product]);
/// assert_eq!(gradients[unused], 0.0);
/// ```
///
/// # Panics
/// Indexing panics when the value is a constant, is on another graph, or was created after the graph was cleared; or when a
/// panic ended the sweep that these gradients were to be filled by.
#[doc(alias = "grad")]
#[derive(Clone, Debug)]
pub struct Gradients<T> {
    adjoints: Vec<T>,
    /// Memory for the sweep to work in.
    scratch: Vec<T>,
    /// Where the result was recorded, and its slot; of constants, nowhere.
    result: Option<(Recording, u32)>,
    /// To refer to, where the sweep did not come.
    zero: T,
}

/// Names what is recorded on a graph until it is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recording {
    graph: u64,
    cleared: u64,
}

impl Recording {
    /// The recording of no graph, while a sweep is not complete.
    const UNFINISHED: Recording = Recording { graph: u64::MAX, cleared: u64::MAX };

    pub(super) fn new() -> Recording {
        static GRAPHS: AtomicU64 = AtomicU64::new(0);
        Recording { graph: GRAPHS.fetch_add(1, Ordering::Relaxed), cleared: 0 }
    }

    pub(super) fn renew(&mut self) {
        self.cleared += 1;
    }
}

impl<T: Scalar> Gradients<T> {
    /// No gradients yet: a buffer for [`Value::backward_into`].
    pub fn new() -> Gradients<T> {
        Gradients { adjoints: Vec::new(), scratch: Vec::new(), result: None, zero: T::zero() }
    }

    /// Returns the derivatives with respect to the elements of a matrix, row by row; zeros for constants.
    ///
    /// # Panics
    /// If it is on another graph, or was created after the graph was cleared.
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

    /// Zero-fills the first `leaves` adjoints where the sweep did not come to them: the result is a constant.
    pub(crate) fn zero_fill(&mut self, leaves: usize) {
        if self.adjoints.len() <= leaves {
            self.adjoints.resize(leaves + 1, T::zero());
        }
    }

    /// Returns the derivatives with respect to the numbers that were recorded first, counted from 0.
    pub(crate) fn leaves(&self, range: Range<usize>) -> &[T] {
        &self.adjoints[range.start + 1..range.end + 1] // after the slot of the constants
    }

    /// The indices of those of the values from which no path leads to the result: of which it is no function at all. Their
    /// derivative is 0, as it can be with a path, too; this tells the one from the other.
    ///
    /// A path is lost where a number leaves the graph, by [`Value::data`] or a conversion to a primitive type.
    ///
    /// ```
    /// use backprop::{Graph, Value};
    ///
    /// let graph = Graph::new();
    /// let [x, y, z] = graph.variables([-2.0_f64, 3.0, 4.0]);
    /// let lost = Value::constant(y.data().sqrt());
    /// let gradients = (x.relu() * lost + z).backward();
    /// assert_eq!((gradients[x], gradients[y], gradients[z]), (0.0, 0.0, 1.0));
    /// assert_eq!(gradients.unused_inputs(&[x, y, z]), [1]); // relu is off at x, but x is a part of it
    /// ```
    ///
    /// It takes another sweep, in which a NaN is sent down all paths.
    ///
    /// # Panics
    /// When a value is on another graph, or was created after it was cleared.
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

    /// Becomes the gradients of what stands at `slot`.
    #[inline]
    pub(super) fn sweep(&mut self, graph: &super::Graph<T>, slot: u32) {
        self.result = Some((Recording::UNFINISHED, slot));
        graph.recorder.sweep(slot, Along::Derivatives, &mut self.adjoints, &mut self.scratch);
        self.result = Some((graph.recording, slot));
    }

    /// Becomes the gradients of a constant.
    pub(super) fn clear(&mut self) {
        self.result = None;
        self.adjoints.clear();
    }

    #[inline(always)]
    #[track_caller]
    fn check(&self, recording: Recording) {
        match self.result {
            Some((own, _)) if own != recording => not_recorded(own),
            _ => {}
        }
    }
}

#[cold]
#[track_caller]
fn not_recorded(own: Recording) -> ! {
    if own == Recording::UNFINISHED {
        panic!("gradients of which a panic ended the sweep: call `backward_into` again");
    }
    panic!("gradients asked for a value of another graph, or for one created after the graph was cleared")
}

#[cold]
#[track_caller]
fn constant() -> ! {
    panic!("gradients asked for a constant: only what is on a graph has one")
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
