//! [`Storage`]: the storage of a matrix, an array or a block on a graph.

use super::duals::{DualNumber, DualStorage};
use super::ops::affine::{Affine, neuron, neurons};
use super::ops::{Operation, view};
use crate::scalar::{Elements, Scalar, UnaryFunction};
use ndarray::{Array2, ArrayView2};
use std::ops::Range;
use std::sync::Arc;

/// The storage of the elements of a [`Matrix`](crate::Matrix), in row-major order.
///
/// It is sealed: a float type has an [`Elements`], a [`Value`](crate::Value) has a block on its graph.
pub trait Storage<S: Scalar>: Clone {
    /// The storage of dual numbers over S.
    type OfDuals<D: DualNumber<S>>: DualStorage<S, D>;

    /// Stores `elements` in `shape`, whose number of elements they have.
    fn from_vec(elements: Vec<S>, shape: [usize; 2]) -> Self;

    /// Returns the shape, `[rows, columns]`.
    fn shape(&self) -> [usize; 2];

    /// Returns the element `index`, counted in row-major order.
    fn get(&self, index: usize) -> S;

    /// Returns the elements in row-major order.
    fn as_slice(&self) -> &[S];

    /// Calls `f` with the elements in row-major order, as a mutable slice, and returns its result.
    fn with_slice_mut<R>(&mut self, f: impl FnOnce(&mut [S]) -> R) -> R {
        let mut elements = self.as_slice().to_vec();
        let result = f(&mut elements);
        *self = Self::from_vec(elements, self.shape());
        result
    }

    /// Returns the elements in row-major order.
    fn into_vec(self) -> Vec<S> {
        self.as_slice().to_vec()
    }

    /// Returns the elements in memory that clones and graphs share until it is changed.
    fn into_shared(self) -> Self {
        self
    }

    /// Returns the shared memory of the elements, if it is shared.
    fn shared(&self) -> Option<&Arc<Array2<S>>> {
        None
    }

    /// Returns the elements from index `start` on in `shape`.
    fn part(&self, start: usize, shape: [usize; 2]) -> Self;

    /// Computes an operation.
    fn compute<const N: usize, O: Operation<N>>(operands: [&Self; N], operation: O) -> Self;

    /// Computes `f(X·Wᵀ + b)`, a layer over a batch. This storage is X; the elements of `range` in `parameters` are the
    /// weights and the bias of each neuron in turn.
    #[track_caller]
    fn layer<F: UnaryFunction>(&self, parameters: &Self, range: Range<usize>, function: &F) -> Self {
        Self::compute([self, &parameters.part(range.start, [1, range.len()])], Affine(function))
    }

    /// Computes a layer for one sample and calls `each` with `f(w·x + b)` of each neuron in order. The elements of
    /// `range` are the parameters: the weights and the bias of each neuron in turn, `inputs.len() + 1` elements. The
    /// length of `space`, which is working memory, is [`space_for_neurons`](super::ops::affine::space_for_neurons);
    /// without it, floats compute wide layers neuron by neuron too.
    fn neurons<F: UnaryFunction>(
        &self,
        range: Range<usize>,
        inputs: &[S],
        function: &F,
        space: &mut [S],
        each: impl FnMut(S),
    );
}

/// The number of elements from which memory is shared: to copy fewer takes less time than to count the references.
const MANY: usize = 4096;

impl<T: Scalar> Storage<T> for Elements<T> {
    type OfDuals<D: DualNumber<T>> = Elements<D>;

    fn from_vec(elements: Vec<T>, [rows, columns]: [usize; 2]) -> Elements<T> {
        Elements::Owned(Array2::from_shape_vec((rows, columns), elements).expect("the elements fill the shape"))
    }

    #[inline(always)]
    fn shape(&self) -> [usize; 2] {
        [self.array().nrows(), self.array().ncols()]
    }

    #[inline]
    fn get(&self, index: usize) -> T {
        Storage::as_slice(self)[index]
    }

    #[inline(always)]
    fn as_slice(&self) -> &[T] {
        self.array().as_slice().expect("the elements of a matrix are contiguous")
    }

    #[inline(always)]
    fn with_slice_mut<R>(&mut self, f: impl FnOnce(&mut [T]) -> R) -> R {
        f(self.array_mut().as_slice_mut().expect("the elements of a matrix are contiguous"))
    }

    fn into_vec(self) -> Vec<T> {
        let array = match self {
            Elements::Owned(array) => array,
            Elements::Shared(array) => Arc::unwrap_or_clone(array),
        };
        array.into_raw_vec_and_offset().0
    }

    fn into_shared(self) -> Elements<T> {
        match self {
            Elements::Owned(array) if array.len() >= MANY => Elements::Shared(Arc::new(array)),
            elements => elements,
        }
    }

    fn shared(&self) -> Option<&Arc<Array2<T>>> {
        match self {
            Elements::Owned(_) => None,
            Elements::Shared(array) => Some(array),
        }
    }

    fn part(&self, start: usize, shape: [usize; 2]) -> Elements<T> {
        Storage::from_vec(Storage::as_slice(self)[start..][..shape[0] * shape[1]].to_vec(), shape)
    }

    #[track_caller]
    fn compute<const N: usize, O: Operation<N>>(operands: [&Elements<T>; N], operation: O) -> Elements<T> {
        forward(operands.map(|x| x.array().view()), operation)
    }

    fn layer<F: UnaryFunction>(&self, parameters: &Elements<T>, range: Range<usize>, function: &F) -> Elements<T> {
        let parameters = &Storage::as_slice(parameters)[range];
        forward([self.array().view(), view(parameters, [1, parameters.len()])], Affine(function))
    }

    #[inline]
    fn neurons<F: UnaryFunction>(
        &self,
        range: Range<usize>,
        inputs: &[T],
        function: &F,
        space: &mut [T],
        mut each: impl FnMut(T),
    ) {
        let (parameters, row) = (&Storage::as_slice(self)[range], inputs.len() + 1);
        if space.is_empty() || !T::one().is_plain() {
            for row in parameters.chunks_exact(row) {
                each(neuron(row, inputs).map(function));
            }
        } else {
            let (outputs, derivatives) = space.split_at_mut(parameters.len() / row);
            neurons(function, parameters, inputs, outputs, derivatives);
            outputs.iter().for_each(|&output| each(output));
        }
    }
}

/// Computes the forward pass of an operation and drops the values that it saves for the backward pass.
#[track_caller]
pub(super) fn forward<T: Scalar, const N: usize, O: Operation<N>>(
    operands: [ArrayView2<'_, T>; N],
    operation: O,
) -> Elements<T> {
    let shapes = operands.each_ref().map(|x| [x.nrows(), x.ncols()]);
    let shape @ [rows, columns] = operation.shape(shapes);
    let mut result = vec![T::zero(); rows * columns];
    let mut saved = vec![T::zero(); operation.saved(shapes)];
    operation.forward(operands, &mut result, &mut saved);
    Storage::from_vec(result, shape)
}
