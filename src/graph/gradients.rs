//! [`Gradients`]: what the sweep returns.

use super::{Value, Values};
use crate::Scalar;
use std::ops::Index;
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
/// Indexing panics when the value is a constant, is on another graph, or was created after the graph was cleared.
#[derive(Clone, Debug)]
pub struct Gradients<T> {
    adjoints: Vec<T>,
    /// Where the result was recorded; of constants, nowhere.
    recording: Option<Recording>,
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
        Gradients { adjoints: Vec::new(), recording: None, zero: T::zero() }
    }

    /// The derivatives by numbers that stand side by side; zeros for constants.
    ///
    /// # Panics
    /// When they are on another graph, or were created after it was cleared.
    #[track_caller]
    pub fn of(&self, values: &Values<'_, T>) -> Vec<T> {
        let Some((graph, slots)) = values.place() else { return vec![T::zero(); values.len()] };
        self.check(graph.recording);
        let mut gradients = Vec::with_capacity(slots.len());
        if let Some(swept) = self.adjoints.get(slots.clone()) {
            gradients.extend_from_slice(swept);
        } else {
            gradients.resize(slots.len(), T::zero()); // created after the result
        }
        gradients
    }

    /// Becomes the gradients of what stands at `slot`.
    #[inline]
    pub(super) fn sweep(&mut self, graph: &super::Graph<T>, slot: u32) {
        self.recording = Some(graph.recording);
        graph.recorder.sweep(slot, &mut self.adjoints);
    }

    /// Becomes the gradients of a constant.
    pub(super) fn clear(&mut self) {
        self.recording = None;
        self.adjoints.clear();
    }

    #[inline(always)]
    #[track_caller]
    fn check(&self, recording: Recording) {
        if self.recording.is_some_and(|own| own != recording) {
            not_recorded();
        }
    }
}

#[cold]
#[track_caller]
fn not_recorded() -> ! {
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
