//! [`Operation`]: what is done with many numbers at once, forward and back.
//!
//! - `affine.rs`: the neurons of a layer, for all samples of a batch
//! - `product.rs`: matrix products, transposition
//! - `elementwise.rs`: functions of each number, and of two numbers in the same place
//! - `columns.rs`: some of the columns, and columns side by side
//! - `sum.rs`: sums and means by row, by column and of all
//! - `extreme.rs`: the largest and the smallest number of each row or column
//! - `norm.rs`: Euclidean norms
//! - `softmax.rs`: softmax, its logarithm and log-sum-exp by row

mod affine;
mod columns;
mod elementwise;
mod extreme;
mod norm;
mod product;
mod softmax;
mod sum;

pub(crate) use affine::Affine;
pub(crate) use columns::{Beside, Columns};
pub(crate) use elementwise::{Add, Divide, Map, Multiply, Select, Subtract, Zip};
pub(crate) use extreme::Extreme;
pub(crate) use norm::Norm;
pub(crate) use product::{Product, Transpose};
pub(crate) use softmax::{LogSoftmax, LogSumExp, Softmax, SoftmaxRows};
pub(crate) use sum::Sum;

use crate::kernels::slices::MatrixView;
use crate::kernels::sums::{FEW, add_in_pairs, space_for_pairs, sum_of};
use crate::scalar::Scalar;
use ndarray::{ArrayView2, ArrayViewMut2};

/// An operation on N blocks of numbers, three at most, whose result is a block: its forward and its backward pass.
///
/// Floats need the forward pass alone. On a graph the operation is one block of the tape, and the backward pass is
/// called once in the sweep. All of this crate's block operations are implementations of it, and one of your own is on
/// an equal footing:
///
/// ```
/// use backprop::ndarray::{ArrayView2, array};
/// use backprop::{Backward, Graph, Operation, Rows, Scalar};
///
/// /// x³ of each number.
/// struct Cube;
///
/// impl Operation<1> for Cube {
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
///     fn backward<T: Scalar>(way: &mut Backward<T, 1>) {
///         let (x, upstream) = (way.operand(0), way.upstream());
///         if let Some(mut adjoint) = way.adjoint(0) {
///             for ((adjoint, &x), &upstream) in adjoint.iter_mut().zip(x).zip(upstream) {
///                 *adjoint += upstream * T::of(3.0) * x * x;
///             }
///         }
///     }
/// }
///
/// assert_eq!(Rows::compute([&array![[1.0, 2.0]]], Cube), array![[1.0, 8.0]]);
///
/// let graph = Graph::new();
/// let x = graph.values(&[[1.0, 2.0], [3.0, 4.0]]);
/// let sum = Rows::compute([&x], Cube).sum_all();
/// assert_eq!(sum.backward().of(&x), [3.0, 12.0, 27.0, 48.0]); // 3x²
/// ```
pub trait Operation<const N: usize> {
    /// The shape of the result, rows and columns, from those of the operands.
    ///
    /// It is the place to refuse shapes that do not fit, by a panic.
    fn shape(&self, operands: [[usize; 2]; N]) -> [usize; 2];

    /// How many numbers the forward pass saves for the way back: none, if it does not say otherwise.
    fn saved(&self, operands: [[usize; 2]; N]) -> usize {
        let _ = operands;
        0
    }

    /// Fills the result, row by row, and what is to be saved; both come filled with zeros. The numbers of each operand lie
    /// side by side, row by row.
    fn forward<T: Scalar>(&self, operands: [ArrayView2<'_, T>; N], result: &mut [T], saved: &mut [T]);

    /// Adds to the adjoints of the operands what the adjoints of the result bring them.
    ///
    /// The operation itself is no longer there: a number of its own that is needed here goes through `saved`.
    fn backward<T: Scalar>(way: &mut Backward<'_, T, N>);
}

/// What a sweep multiplies by: derivatives, where 0 is a strong zero; or nothing, to find all paths, those with a derivative
/// of 0 too.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Along {
    Derivatives,
    Paths,
}

impl Along {
    /// The product of an upstream adjoint and a local derivative.
    #[inline(always)]
    pub(crate) fn product<T: Scalar>(self, upstream: T, derivative: T) -> T {
        match self {
            Along::Derivatives => upstream.strong_mul(derivative),
            Along::Paths => upstream,
        }
    }
}

/// What an operation has on the way back.
pub struct Backward<'a, T, const N: usize> {
    pub(crate) operands: [ArrayView2<'a, T>; N],
    pub(crate) result: ArrayView2<'a, T>,
    pub(crate) saved: &'a [T],
    pub(crate) upstream: &'a [T],
    /// Of all slots before the result, and where among them those of the operands begin; 0 for constants.
    pub(crate) adjoints: &'a mut [T],
    pub(crate) slots: [u32; N],
    /// Memory to work in.
    pub(crate) scratch: &'a mut Vec<T>,
    pub(crate) along: Along,
}

impl<'a, T, const N: usize> Backward<'a, T, N> {
    /// An operand.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn operand(&self, index: usize) -> ArrayView2<'a, T> {
        self.operands[index]
    }

    /// The result of the forward pass.
    pub fn result(&self) -> ArrayView2<'a, T> {
        self.result
    }

    /// What the forward pass has saved.
    pub fn saved(&self) -> &'a [T] {
        self.saved
    }

    /// The adjoints of the result: the derivatives of the final result by its numbers.
    pub fn upstream(&self) -> ArrayView2<'a, T> {
        matrix(self.upstream, [self.result.nrows(), self.result.ncols()])
    }

    /// The adjoints of an operand, to be added to; of constants, none.
    ///
    /// # Panics
    /// When there are not so many operands.
    pub fn adjoint(&mut self, index: usize) -> Option<ArrayViewMut2<'_, T>> {
        let shape = [self.operands[index].nrows(), self.operands[index].ncols()];
        self.adjoint_numbers(index).map(|numbers| matrix_mut(numbers, shape))
    }

    /// The same row by row.
    pub(crate) fn adjoint_numbers(&mut self, index: usize) -> Option<&mut [T]> {
        let (slot, len) = (self.slots[index] as usize, self.operands[index].len());
        (slot != 0).then(|| &mut self.adjoints[slot..][..len])
    }

    /// Adds to the adjoints of an operand, number by number, the upstream adjoints times derivatives.
    pub(crate) fn add_products(&mut self, index: usize, derivatives: &[T])
    where
        T: Scalar,
    {
        let (upstream, along) = (self.upstream, self.along);
        let Some(adjoint) = self.adjoint_numbers(index) else { return };
        for ((adjoint, &upstream), &derivative) in adjoint.iter_mut().zip(upstream).zip(derivatives) {
            *adjoint += along.product(upstream, derivative);
        }
    }

    /// Adds the upstream adjoints times derivatives to the adjoints of an operand whose single row or column stands for all.
    pub(crate) fn add_products_of_one_for_all(&mut self, index: usize, derivatives: &[T])
    where
        T: Scalar,
    {
        let (upstream, along, [rows, columns]) =
            (self.upstream, self.along, [self.result.nrows(), self.result.ncols()]);
        let product = |place: usize| along.product(upstream[place], derivatives[place]);
        let has_row = self.operands[index].ncols() == columns;
        let mut scratch = self.take_scratch();
        let Some(adjoint) = self.adjoint_numbers(index) else { return self.return_scratch(scratch) };
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

    /// Memory to work in, taken away so that the rest can be used beside it.
    pub(crate) fn take_scratch(&mut self) -> Vec<T> {
        let mut scratch = std::mem::take(self.scratch);
        scratch.clear();
        scratch
    }

    /// Gives it back, to be used again.
    pub(crate) fn return_scratch(&mut self, scratch: Vec<T>) {
        *self.scratch = scratch;
    }
}

/// The numbers of an operand row by row.
fn numbers<T>(operand: ArrayView2<'_, T>) -> &[T] {
    operand.to_slice().expect("the numbers of an operand lie side by side")
}

/// An operand for products.
fn as_matrix<T>(operand: ArrayView2<'_, T>) -> MatrixView<'_, T> {
    MatrixView::new(numbers(operand), [operand.nrows(), operand.ncols()])
}

/// Numbers row by row as a matrix.
#[inline]
pub(crate) fn matrix<T>(numbers: &[T], [rows, columns]: [usize; 2]) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((rows, columns), numbers).expect("as many numbers as the shape has")
}

#[inline]
pub(crate) fn matrix_mut<T>(numbers: &mut [T], [rows, columns]: [usize; 2]) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((rows, columns), numbers).expect("as many numbers as the shape has")
}
