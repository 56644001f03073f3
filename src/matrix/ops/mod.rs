//! [`Operation`]: an operation on whole matrices, with its forward and backward passes.
//!
//! - `affine.rs`: a layer's neurons, for one sample and for a batch
//! - `product.rs`: matrix products, transposition
//! - `elementwise.rs`: functions of each element of one matrix, and of the elements of two
//! - `columns.rs`: ranges of columns, concatenation
//! - `sum.rs`: sums and means of rows, of columns and of all elements
//! - `extreme.rs`: maxima and minima of rows and columns
//! - `norm.rs`: Euclidean norms
//! - `softmax.rs`: softmax, its logarithm and log-sum-exp of rows
//! - `attention.rs`: causal attention

pub(crate) mod affine;
mod attention;
mod columns;
mod elementwise;
mod extreme;
mod norm;
mod product;
mod softmax;
mod sum;

pub(crate) use affine::Affine;
pub(crate) use attention::CausalAttention;
pub(crate) use columns::{Columns, Stack};
pub(crate) use elementwise::{Add, BinaryFunction, Divide, Map, Multiply, Select, Subtract, Zip};
pub(crate) use extreme::Extreme;
pub(crate) use norm::Norm;
pub(crate) use product::{Product, Transpose};
pub(crate) use softmax::{LogSoftmax, LogSumExp, Softmax, SoftmaxRows};
pub(crate) use sum::Sum;

use crate::kernels::slices::MatrixView;
use crate::kernels::sums::{FEW, add_in_pairs, space_for_pairs, sum_of};
use crate::scalar::Scalar;
use ndarray::{ArrayView2, ArrayViewMut2};

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

/// The operands, the result and the adjoints of an [`Operation`] in its backward pass.
pub struct BackwardContext<'a, T, const N: usize> {
    pub(crate) operands: [MatrixView<'a, T>; N],
    pub(crate) result: MatrixView<'a, T>,
    pub(crate) saved: &'a [T],
    pub(crate) upstream: &'a [T],
    /// The adjoints of all slots below the slots of the result.
    pub(crate) adjoints: &'a mut [T],
    /// The first slot of each operand; 0 for constants.
    pub(crate) slots: [u32; N],
    /// Memory for intermediate values.
    pub(crate) scratch: &'a mut Vec<T>,
    pub(crate) along: Along,
}

impl<'a, T, const N: usize> BackwardContext<'a, T, N> {
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
        let (slot, len) = (self.slots[index] as usize, self.operands[index].data.len());
        (slot != 0).then(|| &mut self.adjoints[slot..][..len])
    }

    /// Adds the upstream adjoints times `derivatives`, element by element, to the adjoints of operand `index`.
    pub(crate) fn add_products(&mut self, index: usize, derivatives: &[T])
    where
        T: Scalar,
    {
        let (upstream, along) = (self.upstream, self.along);
        let Some(adjoint) = self.adjoint_slice(index) else { return };
        for ((adjoint, &upstream), &derivative) in adjoint.iter_mut().zip(upstream).zip(derivatives) {
            *adjoint += along.product(upstream, derivative);
        }
    }

    /// Adds the upstream adjoints times `derivatives` to the adjoints of operand `index`, whose single row or column
    /// was broadcast.
    pub(crate) fn add_products_of_broadcast(&mut self, index: usize, derivatives: &[T])
    where
        T: Scalar,
    {
        let (upstream, along, [rows, columns]) = (self.upstream, self.along, self.result.shape());
        let product = |i: usize| along.product(upstream[i], derivatives[i]);
        let has_row = self.operands[index].columns == columns;
        let mut scratch = self.take_scratch();
        let Some(adjoint) = self.adjoint_slice(index) else { return self.return_scratch(scratch) };
        match (has_row, adjoint.len()) {
            (_, 1) => adjoint[0] += sum_of(rows * columns, product),
            (true, _) => {
                scratch.resize(columns * space_for_pairs(rows, FEW), T::zero());
                add_in_pairs(rows, FEW, adjoint, &mut scratch, &mut |rows, sums| {
                    for row in rows {
                        for (column, sum) in sums.iter_mut().enumerate() {
                            *sum += product(row * columns + column);
                        }
                    }
                });
            }
            (false, _) => {
                for (row, sum) in adjoint.iter_mut().enumerate() {
                    *sum += sum_of(columns, |column| product(row * columns + column));
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
fn elements<T>(operand: ArrayView2<'_, T>) -> &[T] {
    operand.to_slice().expect("the elements of an operand are contiguous")
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
