//! [`Operation`]: an operation on whole matrices, with its forward and backward passes.
//!
//! - `affine.rs`: a layer's neurons, for one sample and for a batch
//! - `product.rs`: matrix products, transposition
//! - `elementwise.rs`: functions of each element of one matrix, and of the elements of two
//! - `columns.rs`: ranges of columns, concatenation
//! - `gather.rs`: rows by their indices, embeddings
//! - `sum.rs`: sums and means of rows, of columns and of all elements
//! - `extreme.rs`: maxima and minima of rows and columns
//! - `norm.rs`: Euclidean norms
//! - `normalize.rs`: layer normalization, and normalization by the root mean square
//! - `softmax.rs`: softmax, its logarithm and log-sum-exp of rows
//! - `attention.rs`: causal attention
//! - `random.rs`: random numbers

pub(crate) mod affine;
mod attention;
mod columns;
mod elementwise;
mod extreme;
mod gather;
mod norm;
mod normalize;
mod product;
mod random;
mod softmax;
mod sum;

pub(crate) use affine::Affine;
pub(crate) use attention::CausalAttention;
pub(crate) use columns::{Columns, Stack};
pub(crate) use elementwise::{
    Add, BinaryFunction, Degree, Divide, Map, Multiply, Select, StrongMultiply, Subtract, Zip,
};
pub(crate) use extreme::Extreme;
pub(crate) use gather::{Gather, Lookup};
pub(crate) use norm::Norm;
pub(crate) use normalize::Normalize;
pub(crate) use product::{Product, ProductOfTransposed, Products, Transpose, are_plain};
pub(crate) use random::Normal;
pub(crate) use softmax::{LogSoftmax, LogSumExp, Softmax, SoftmaxRows};
pub(crate) use sum::Sum;

use super::duals::{DualNumber, Duals};
use super::storage::forward;
use super::{Matrix, Storage};
use crate::kernels::slices::MatrixView;
use crate::kernels::sums::{FEW, add_column_sums, space_for_pairs, sum};
use crate::scalar::Scalar;
use ndarray::{ArrayView2, ArrayViewMut2};
use std::ops::Range;
use std::slice::{ChunksExact, ChunksExactMut};

/// An operation on N matrices, at most three, with its forward and backward passes.
///
/// Over floats only the forward pass runs. A graph records the operation as one block of the tape and calls its
/// backward pass once in a sweep. The operations of [`Matrix`](crate::Matrix) implement this trait.
/// [`Matrix::compute`](crate::Matrix::compute) computes custom operations.
///
/// # Examples
/// ```
/// use backprop::ndarray::ArrayView2;
/// use backprop::{BackwardContext, Graph, Matrix, Operation, Scalar};
///
/// /// x³ of each element.
/// struct Cube;
///
/// impl Operation<1> for Cube {
///     type Kept = ();
///
///     fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
///         x
///     }
///
///     fn forward<T: Scalar>(&self, [x]: [ArrayView2<T>; 1], result: &mut [T], _: &mut [T]) {
///         for (result, &x) in result.iter_mut().zip(x) {
///             *result = x * x * x;
///         }
///     }
///
///     fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<T, 1>) {
///         let (x, upstream) = (context.operand(0), context.upstream());
///         if let Some(mut adjoint) = context.adjoint(0) {
///             for ((adjoint, &x), &upstream) in adjoint.iter_mut().zip(x).zip(upstream) {
///                 *adjoint += upstream * T::of(3.0) * x * x;
///             }
///         }
///     }
/// }
///
/// assert_eq!(Matrix::compute([&Matrix::from([[1.0, 2.0]])], Cube), Matrix::from([[1.0, 8.0]]));
///
/// let graph = Graph::new();
/// let x = graph.matrix(&[[1.0, 2.0], [3.0, 4.0]]);
/// let sum = Matrix::compute([&x], Cube).sum();
/// assert_eq!(sum.backward().of(&x), [3.0, 12.0, 27.0, 48.0]); // 3x²
/// ```
#[doc(alias = "custom_vjp")]
#[doc(alias = "Function")]
pub trait Operation<const N: usize> {
    /// The data that the backward pass needs besides the values of the computation, for example an axis or a range;
    /// `()` for none.
    type Kept: Send + 'static;

    /// Returns the shape of the result, `[rows, columns]`, from the shapes of the operands.
    ///
    /// # Panics
    /// An implementation panics if the shapes of the operands do not fit.
    fn shape(&self, operands: [[usize; 2]; N]) -> [usize; 2];

    /// Returns the number of values that the forward pass saves for the backward pass; 0 by default.
    fn saved(&self, operands: [[usize; 2]; N]) -> usize {
        let _ = operands;
        0
    }

    /// Computes the result and returns the data that the backward pass needs.
    ///
    /// It writes the elements of the result to `result`, in row-major order, and the values for the backward pass to
    /// `saved`; both are zeros before. The operands are in standard layout: contiguous, in row-major order.
    fn forward<T: Scalar>(&self, operands: [ArrayView2<'_, T>; N], result: &mut [T], saved: &mut [T]) -> Self::Kept;

    /// Propagates the adjoints of the result: adds their contributions to the adjoints of the operands.
    fn backward<T: Scalar>(kept: &Self::Kept, context: &mut BackwardContext<'_, T, N>);

    /// Computes the operation for dual numbers on a graph; by default the forward pass computes with single numbers.
    #[doc(hidden)]
    #[track_caller]
    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; N]) -> Duals<S, D>
    where
        Self: Sized,
    {
        let results = forward(operands.map(|x| view(x.as_slice(), x.shape())), self);
        let shape = results.shape();
        Storage::from_vec(results.into_vec(), shape)
    }
}

/// The factors of a sweep: derivatives, where 0 is a strong zero; or 1 on every path, to find the paths whose
/// derivative is 0 too.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Along {
    Derivatives,
    Paths,
}

impl Along {
    /// Returns the product of an upstream adjoint and a local derivative.
    #[inline(always)]
    pub(crate) fn product<T: Scalar>(self, upstream: T, derivative: T) -> T {
        match self {
            Along::Derivatives => upstream.strong_mul(derivative),
            Along::Paths => upstream,
        }
    }
}

/// The adjoints of the slots below some slot.
pub(crate) struct Adjoints<'a, T> {
    /// The leaves that have memory of their own: those of the first slots after the constants.
    pub(crate) leaves: &'a mut [Leaf<T>],
    /// The adjoints of all other slots.
    pub(crate) others: &'a mut [T],
    /// The slot of the first of `others`.
    pub(crate) first: usize,
    /// The number of the first of `others` that have no value yet; see [`initialize`].
    pub(crate) fresh: &'a mut usize,
}

impl<T: Scalar> Adjoints<'_, T> {
    /// Returns the adjoints of `len` slots from `slot` on, and true if they have no value yet; `None` for constants,
    /// whose slot is 0.
    #[inline(always)]
    fn of(&mut self, slot: usize, len: usize) -> Option<(&mut [T], bool)> {
        if slot == 0 {
            return None;
        }
        let Some(start) = slot.checked_sub(self.first) else { return Some(self.of_leaves(slot, len)) };
        let is_fresh = initialize(self.others, self.fresh, start..start + len);
        Some((&mut self.others[start..][..len], is_fresh))
    }

    fn of_leaves(&mut self, slot: usize, len: usize) -> (&mut [T], bool) {
        let mut first = 1;
        for leaf in &mut *self.leaves {
            let end = first + leaf.adjoints.len();
            if slot < end {
                let range = slot - first..slot - first + len;
                let is_fresh = initialize(&mut leaf.adjoints, &mut leaf.fresh, range.clone());
                return (&mut leaf.adjoints[range], is_fresh);
            }
            first = end;
        }
        unreachable!("the slot is that of a leaf")
    }
}

/// The adjoints of a matrix of leaves.
pub(crate) struct Leaf<T> {
    shape: [usize; 2],
    pub(crate) adjoints: Vec<T>,
    /// The number of the first adjoints that have no value yet; see [`initialize`].
    fresh: usize,
}

impl<T: Scalar> Leaf<T> {
    /// Creates the adjoints of a leaf of `shape`.
    #[cfg(feature = "rayon")]
    pub(crate) fn new(shape: [usize; 2]) -> Leaf<T> {
        Leaf { shape, adjoints: vec![T::zero(); shape[0] * shape[1]], fresh: 0 }
    }

    /// Takes the memory of a matrix.
    pub(crate) fn take(matrix: &mut Matrix<T>) -> Leaf<T> {
        let shape = matrix.shape();
        Leaf { shape, adjoints: std::mem::replace(matrix, Matrix::zeros([0, 0])).into_vec(), fresh: 0 }
    }

    pub(crate) fn into_matrix(self) -> Matrix<T> {
        Matrix::from_vec(self.shape, self.adjoints)
    }

    #[cfg(feature = "rayon")]
    pub(crate) fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// Begins a backward pass: the adjoints have no value.
    pub(crate) fn begin(&mut self) {
        self.fresh = self.adjoints.len();
    }

    /// Ends a backward pass: adjoints without a value are 0.
    pub(crate) fn end(&mut self) {
        self.adjoints[..self.fresh].fill(T::zero());
        self.fresh = 0;
    }
}

/// Prepares the adjoints of `range` for a contribution, where the first `fresh` of all adjoints have no value yet.
///
/// Returns true if none in `range` has a value: the first contribution replaces them. Otherwise those without are set
/// to 0. A backward pass goes from the last slots to the first, so in most cases no adjoint is set to 0.
#[inline]
pub(crate) fn initialize<T: Scalar>(adjoints: &mut [T], fresh: &mut usize, range: Range<usize>) -> bool {
    if range.start >= *fresh {
        return false;
    }
    let is_fresh = range.end <= *fresh;
    let from = if is_fresh { range.end } else { range.start };
    adjoints[from..*fresh].fill(T::zero());
    *fresh = range.start;
    is_fresh
}

/// The operands, the result and the adjoints of an [`Operation`] in its backward pass.
pub struct BackwardContext<'a, T, const N: usize> {
    pub(crate) operands: [MatrixView<'a, T>; N],
    pub(crate) result: MatrixView<'a, T>,
    pub(crate) saved: &'a [T],
    pub(crate) upstream: &'a [T],
    /// The adjoints of all slots below the slots of the result.
    pub(crate) adjoints: Adjoints<'a, T>,
    /// The first slot of each operand; 0 for constants.
    pub(crate) slots: [u32; N],
    /// Memory for intermediate values.
    pub(crate) scratch: &'a mut Vec<T>,
    pub(crate) along: Along,
}

impl<'a, T: Scalar, const N: usize> BackwardContext<'a, T, N> {
    /// Returns the elements of operand `index`.
    ///
    /// # Panics
    /// If `index` is not less than N.
    pub fn operand(&self, index: usize) -> ArrayView2<'a, T> {
        view(self.operands[index].data, self.operands[index].shape())
    }

    /// Returns the result of the forward pass.
    pub fn result(&self) -> ArrayView2<'a, T> {
        view(self.result.data, self.result.shape())
    }

    /// Returns the values that the forward pass saved.
    pub fn saved(&self) -> &'a [T] {
        self.saved
    }

    /// Returns the adjoints of the result: the derivatives of the final result with respect to its elements.
    pub fn upstream(&self) -> ArrayView2<'a, T> {
        view(self.upstream, self.result.shape())
    }

    /// Returns the adjoints of operand `index`, to add to them; `None` if the operand is a constant.
    ///
    /// # Panics
    /// If `index` is not less than N.
    pub fn adjoint(&mut self, index: usize) -> Option<ArrayViewMut2<'_, T>> {
        let shape = self.operands[index].shape();
        self.adjoint_slice(index).map(|adjoints| view_mut(adjoints, shape))
    }

    /// Returns the adjoints of operand `index` in row-major order; `None` if the operand is a constant.
    pub(crate) fn adjoint_slice(&mut self, index: usize) -> Option<&mut [T]> {
        let (adjoints, is_fresh) = self.fresh_adjoint_slice(index)?;
        if is_fresh {
            adjoints.fill(T::zero());
        }
        Some(adjoints)
    }

    /// Returns the adjoints of operand `index` in row-major order, and true if they have no value yet and the first
    /// contribution must replace them; `None` if the operand is a constant.
    pub(crate) fn fresh_adjoint_slice(&mut self, index: usize) -> Option<(&mut [T], bool)> {
        self.adjoints.of(self.slots[index] as usize, self.operands[index].data.len())
    }

    /// Adds the upstream adjoints times `derivatives`, element by element, to the adjoints of operand `index`, which
    /// can be broadcast.
    pub(crate) fn add_products(&mut self, index: usize, derivatives: &[T]) {
        let (upstream, along) = (self.upstream, self.along);
        if self.operands[index].data.len() != upstream.len() {
            return self.add_broadcast(index, |products| {
                for ((product, &upstream), &derivative) in products.iter_mut().zip(upstream).zip(derivatives) {
                    *product = along.product(upstream, derivative);
                }
            });
        }
        let Some(adjoint) = self.adjoint_slice(index) else { return };
        T::vectorize(|| {
            for ((adjoint, &upstream), &derivative) in adjoint.iter_mut().zip(upstream).zip(derivatives) {
                *adjoint += along.product(upstream, derivative);
            }
        });
    }

    /// Adds to the adjoints of operand `index`, whose single row or column was broadcast, what `write` writes for each
    /// element of the result.
    pub(crate) fn add_broadcast(&mut self, index: usize, write: impl FnOnce(&mut [T])) {
        let [rows, columns] = self.result.shape();
        let has_row = self.operands[index].columns == columns;
        let mut scratch = self.take_scratch();
        if let Some(adjoint) = self.adjoint_slice(index) {
            scratch.resize(rows * columns + columns * space_for_pairs(rows, FEW), T::zero());
            let (products, space) = scratch.split_at_mut(rows * columns);
            write(products);
            match (has_row, adjoint.len()) {
                (_, 1) => adjoint[0] += sum(products),
                (true, _) => add_column_sums(products, adjoint, space),
                (false, _) => {
                    for (adjoint, products) in adjoint.iter_mut().zip(products.chunks_exact(columns)) {
                        *adjoint += sum(products);
                    }
                }
            }
        }
        self.return_scratch(scratch);
    }

    /// Takes the memory for intermediate values out of the context, which can then be borrowed again.
    pub(crate) fn take_scratch(&mut self) -> Vec<T> {
        let mut scratch = std::mem::take(self.scratch);
        scratch.clear();
        scratch
    }

    /// Returns the memory to the context for later use.
    pub(crate) fn return_scratch(&mut self, scratch: Vec<T>) {
        *self.scratch = scratch;
    }
}

/// Returns the elements of an operand in row-major order.
pub(crate) fn elements<T>(operand: ArrayView2<'_, T>) -> &[T] {
    operand.to_slice().expect("the elements of an operand are contiguous")
}

/// Returns an iterator over the rows of a matrix in row-major order.
fn rows<T>(elements: &[T], columns: usize) -> ChunksExact<'_, T> {
    elements.chunks_exact(columns.max(1))
}

/// Returns an iterator over the rows of a matrix in row-major order, to be changed.
fn rows_mut<T>(elements: &mut [T], columns: usize) -> ChunksExactMut<'_, T> {
    elements.chunks_exact_mut(columns.max(1))
}

/// Returns an operand as a factor of a product.
fn as_matrix<T>(operand: ArrayView2<'_, T>) -> MatrixView<'_, T> {
    MatrixView::new(elements(operand), [operand.nrows(), operand.ncols()])
}

/// Returns elements in row-major order as a matrix.
#[inline]
pub(crate) fn view<T>(elements: &[T], [rows, columns]: [usize; 2]) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((rows, columns), elements).expect("the elements fill the shape")
}

/// Returns mutable elements in row-major order as a matrix.
#[inline]
pub(crate) fn view_mut<T>(elements: &mut [T], [rows, columns]: [usize; 2]) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((rows, columns), elements).expect("the elements fill the shape")
}
