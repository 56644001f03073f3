//! [`Run`]: numbers kept side by side, as the parameters of a layer are, and the affine map of a neuron over them.

use crate::graph::{Graph, Values};
use crate::rules::Rule;
use crate::scalar::Scalar;
use std::fmt::Debug;
use std::ops::Range;

/// Numbers kept side by side: a `Vec` of floats, or [`Values`] on a graph.
///
/// It is what lets a net attach to a graph with one copy for a layer and not one handle for a weight. Users of nets
/// need not know it.
pub trait Run<S: Scalar>: Clone + Debug + PartialEq + From<Vec<S>> {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers of a range.
    ///
    /// # Panics
    /// Where the range goes beyond the end.
    fn slice(&self, range: Range<usize>) -> Self;

    /// Calls `f` with the numbers as a slice.
    fn with_slice<R>(&self, f: impl FnOnce(&[S]) -> R) -> R;

    /// Replaces each number by `f` of it and of its neighbour in `other`, which is as long.
    fn update(&mut self, other: &Self, f: impl Fn(S, S) -> S);

    /// The neurons of a layer, in order: of the numbers of a range, every `inputs.len() + 1` are the weights of one and
    /// its bias, and `each` is given `activation(weights·inputs + bias)`.
    ///
    /// # Panics
    /// Where the range goes beyond the end.
    fn neurons<R: Rule>(&self, range: Range<usize>, inputs: &[S], activation: R, each: impl FnMut(S));

    /// The numbers as leaves of a graph.
    fn attach<'g>(&self, graph: &'g Graph<S>) -> Values<'g, S> {
        self.with_slice(|numbers| graph.values(numbers))
    }
}

impl<T: Scalar> Run<T> for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn slice(&self, range: Range<usize>) -> Vec<T> {
        self[range].to_vec()
    }

    #[inline(always)]
    fn with_slice<R>(&self, f: impl FnOnce(&[T]) -> R) -> R {
        f(self)
    }

    fn update(&mut self, other: &Vec<T>, f: impl Fn(T, T) -> T) {
        for (x, &y) in self.iter_mut().zip(other) {
            *x = f(*x, y);
        }
    }

    #[inline]
    fn neurons<R: Rule>(&self, range: Range<usize>, inputs: &[T], activation: R, mut each: impl FnMut(T)) {
        for row in self[range].chunks_exact(inputs.len() + 1) {
            each(activation.apply(affine(row, inputs)).0);
        }
    }
}

/// How many sums are kept, so that they need not wait for one another.
const LANES: usize = 8;

/// `weights·inputs + bias` of a row, which is the weights and then the bias.
///
/// Floats and graphs both come here, so that a net gives the same bits with and without a graph.
#[inline(always)]
pub(crate) fn affine<T: Scalar>(row: &[T], inputs: &[T]) -> T {
    let (weights, bias) = row.split_at(inputs.len());
    let mut sum = bias[0];
    let chunks = inputs.len() / LANES * LANES;
    if chunks > 0 {
        let mut sums = [T::zero(); LANES];
        for (w, x) in weights[..chunks].chunks_exact(LANES).zip(inputs.chunks_exact(LANES)) {
            for lane in 0..LANES {
                sums[lane] += w[lane] * x[lane];
            }
        }
        for lane in sums {
            sum += lane;
        }
    }
    for (&w, &x) in weights[chunks..].iter().zip(&inputs[chunks..]) {
        sum += w * x;
    }
    sum
}
