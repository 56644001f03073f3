//! [`Rows`]: many numbers, as rows and columns, and what can be computed with them.

pub(crate) mod ops;

pub use ops::{Backward, Operation};

use crate::graph::{Graph, Values};
use crate::kernels::sums::sum_of;
use crate::scalar::Scalar;
use crate::scalar::rules::UnaryFunction;
use ndarray::{Array1, Array2, ArrayBase, ArrayView2, Axis, Data, Ix1, Ix2};
use ops::{
    Add, Affine, Beside, Columns, Divide, Extreme, LogSoftmax, LogSumExp, Map, Multiply, Norm, Product, Select,
    Softmax, Subtract, Sum, Transpose, Zip, matrix,
};
use std::fmt::Debug;
use std::ops::Range;

/// Many numbers as rows and columns: an `ndarray::Array2` of floats, or [`Values`] on a graph.
///
/// A batch is one, a sample a row, and so are the parameters of a net, in a single row. A function over
/// `R: Rows<S>` computes with floats and differentiates on a graph, where each operation is one
/// block of the tape, whatever the number of rows.
///
/// ```
/// use backprop::ndarray::{Array2, array};
/// use backprop::{Activation, Graph, Rows, Scalar};
///
/// fn energy<S: Scalar, R: Rows<S>>(x: &R) -> S {
///     x.apply(Activation::Tanh).multiply(x).sum_all() // Σ x·tanh x
/// }
///
/// let x: Array2<f64> = array![[1.0, 2.0], [0.0, -1.0]];
/// let graph = Graph::new();
/// let on_graph = graph.values(&x);
/// let e = energy(&on_graph);
/// assert!((e.data() - energy(&x)).abs() < 1e-15);
/// assert_eq!(e.backward().of(&on_graph)[2], 0.0);
/// ```
pub trait Rows<S: Scalar>: Clone + Debug + PartialEq {
    /// Numbers row by row, so many in each.
    ///
    /// # Panics
    /// When they do not fill the last row.
    fn from_numbers(numbers: Vec<S>, columns: usize) -> Self;

    /// One row of numbers.
    #[inline]
    fn of_row(numbers: Vec<S>) -> Self {
        let columns = numbers.len();
        Self::from_numbers(numbers, columns)
    }

    /// Numbers in any memory order.
    fn from_view(numbers: ArrayView2<'_, S>) -> Self {
        Self::from_numbers(numbers.iter().copied().collect(), numbers.ncols())
    }

    /// How many rows and columns there are.
    fn dimensions(&self) -> [usize; 2];

    /// How many numbers there are.
    fn count(&self) -> usize {
        self.dimensions().iter().product()
    }

    /// The number in a row and column.
    ///
    /// # Panics
    /// When there are not so many.
    fn at(&self, row: usize, column: usize) -> S;

    /// Some of the numbers, by their range when all are counted row by row, as a single row.
    ///
    /// # Panics
    /// Where the range goes beyond the end.
    fn part(&self, range: Range<usize>) -> Self;

    /// Calls `f` with the numbers row by row.
    fn with_slice<R>(&self, f: impl FnOnce(&[S]) -> R) -> R;

    /// Calls `f` with the numbers row by row, to change them.
    fn with_slice_mut<R>(&mut self, f: impl FnOnce(&mut [S]) -> R) -> R;

    /// The neurons of a layer for one sample, in order: of the numbers of a range, every `inputs.len() + 1` are the
    /// weights of one and its bias, and `each` is given `activation(weights·inputs + bias)`.
    ///
    /// # Panics
    /// Where the range goes beyond the end.
    fn neurons<R: UnaryFunction>(&self, range: Range<usize>, inputs: &[S], activation: R, each: impl FnMut(S));

    /// The neurons of a layer for many samples, the rows of this: `activation(X·Wᵀ + b)`, W and b those in the range of
    /// `parameters`, neuron by neuron.
    ///
    /// # Panics
    /// Where the range goes beyond the end, or does not hold whole neurons.
    fn layer<R: UnaryFunction>(&self, parameters: &Self, range: Range<usize>, activation: &R) -> Self;

    /// An operation of one's own.
    ///
    /// # Panics
    /// When the shapes do not fit the operation, or two operands are on two graphs; so do all methods that follow.
    #[track_caller]
    fn compute<const N: usize, O: Operation<N>>(operands: [&Self; N], operation: O) -> Self;

    /// The numbers as leaves of a graph.
    #[inline]
    fn attach<'g>(&self, graph: &'g Graph<S>) -> Values<'g, S> {
        self.with_slice(|numbers| graph.leaves(numbers, self.dimensions()))
    }

    /// A function of each number.
    #[track_caller]
    fn apply<R: UnaryFunction>(&self, function: R) -> Self {
        Self::compute([self], Map(function))
    }

    /// The sum with what is in the same place; where one of the two has a single row or column, it stands for all.
    ///
    /// # Panics
    /// When the shapes do not fit; so do the three that follow.
    #[track_caller]
    fn add(&self, other: &Self) -> Self {
        Self::compute([self, other], Zip(Add))
    }

    /// The difference likewise.
    #[track_caller]
    fn subtract(&self, other: &Self) -> Self {
        Self::compute([self, other], Zip(Subtract))
    }

    /// The product likewise.
    #[track_caller]
    fn multiply(&self, other: &Self) -> Self {
        Self::compute([self, other], Zip(Multiply))
    }

    /// The quotient likewise.
    #[track_caller]
    fn divide(&self, other: &Self) -> Self {
        Self::compute([self, other], Zip(Divide))
    }

    /// The matrix product.
    ///
    /// # Panics
    /// When there are not as many columns here as there are rows in `other`.
    #[track_caller]
    fn matmul(&self, other: &Self) -> Self {
        Self::compute([self, other], Product)
    }

    /// The columns of a range, all rows of them.
    ///
    /// # Panics
    /// Where the range goes beyond the last column.
    #[track_caller]
    fn column_range(&self, range: Range<usize>) -> Self {
        Self::compute([self], Columns(range))
    }

    /// Each row, and after it the same row of `other`.
    ///
    /// # Panics
    /// When there are not as many rows in `other`.
    #[track_caller]
    fn beside(&self, other: &Self) -> Self {
        Self::compute([self, other], Beside)
    }

    /// Rows as columns.
    #[track_caller]
    fn transposed(&self) -> Self {
        Self::compute([self], Transpose)
    }

    /// The sum of all numbers.
    #[track_caller]
    fn sum_all(&self) -> S {
        Self::compute([self], Sum { keep: [false, false], mean: false }).at(0, 0)
    }

    /// The mean of all numbers.
    #[track_caller]
    fn mean_all(&self) -> S {
        Self::compute([self], Sum { keep: [false, false], mean: true }).at(0, 0)
    }

    /// The sum of each row: a column.
    #[track_caller]
    fn row_sums(&self) -> Self {
        Self::compute([self], Sum { keep: [true, false], mean: false })
    }

    /// The mean of each row: a column.
    #[track_caller]
    fn row_means(&self) -> Self {
        Self::compute([self], Sum { keep: [true, false], mean: true })
    }

    /// The sum of each column: a row.
    #[track_caller]
    fn column_sums(&self) -> Self {
        Self::compute([self], Sum { keep: [false, true], mean: false })
    }

    /// The mean of each column: a row.
    #[track_caller]
    fn column_means(&self) -> Self {
        Self::compute([self], Sum { keep: [false, true], mean: true })
    }

    /// The largest number of each row: a column. Equal ones share the derivative evenly; a number wins over NaN.
    ///
    /// ```
    /// use backprop::{Graph, Rows};
    ///
    /// let graph = Graph::new();
    /// let x = graph.values(&[[1.0, 3.0], [2.0, 2.0]]);
    /// let sum = x.row_max().sum_all();
    /// assert_eq!(sum.data(), 5.0);
    /// assert_eq!(sum.backward().of(&x), [0.0, 1.0, 0.5, 0.5]);
    /// ```
    ///
    /// # Panics
    /// When there are no columns.
    #[track_caller]
    fn row_max(&self) -> Self {
        Self::compute([self], Extreme { keep: 0, largest: true })
    }

    /// The smallest number of each row: a column. Equal ones share the derivative evenly; a number wins over NaN.
    ///
    /// # Panics
    /// When there are no columns.
    #[track_caller]
    fn row_min(&self) -> Self {
        Self::compute([self], Extreme { keep: 0, largest: false })
    }

    /// The largest number of each column: a row. Equal ones share the derivative evenly; a number wins over NaN.
    ///
    /// # Panics
    /// When there are no rows.
    #[track_caller]
    fn column_max(&self) -> Self {
        Self::compute([self], Extreme { keep: 1, largest: true })
    }

    /// The smallest number of each column: a row. Equal ones share the derivative evenly; a number wins over NaN.
    ///
    /// # Panics
    /// When there are no rows.
    #[track_caller]
    fn column_min(&self) -> Self {
        Self::compute([self], Extreme { keep: 1, largest: false })
    }

    /// The Euclidean norm `√Σx²` of each row, as a column, with the derivatives `x/√Σx²`, which are 0 where all numbers of the
    /// row are 0. Squares neither overflow nor vanish.
    ///
    /// ```
    /// use backprop::{Graph, Rows};
    ///
    /// let graph = Graph::new();
    /// let x = graph.values(&[[3.0, 4.0], [0.0, 0.0]]);
    /// let norms = x.row_norms();
    /// assert_eq!(norms.data(), backprop::ndarray::array![[5.0], [0.0]]);
    /// assert_eq!(norms.sum_all().backward().of(&x), [0.6, 0.8, 0.0, 0.0]);
    /// ```
    #[track_caller]
    fn row_norms(&self) -> Self {
        Self::compute([self], Norm { by_row: true })
    }

    /// The Euclidean norm `√Σx²` of all numbers, as [`row_norms`](Self::row_norms) has that of a row.
    #[track_caller]
    fn norm_all(&self) -> S {
        Self::compute([self], Norm { by_row: false }).at(0, 0)
    }

    /// The number of `yes` where the condition is true, and that of `no` elsewhere. Only what is selected has a derivative:
    /// the other may be infinite or NaN.
    ///
    /// ```
    /// use backprop::ndarray::array;
    /// use backprop::{Graph, Rows, Values};
    ///
    /// let graph = Graph::new();
    /// let x = graph.values(&[[0.0_f64, 4.0]]);
    /// let condition = x.data().mapv(|x| x > 0.0);
    /// let zeros = Values::constant(array![[0.0, 0.0]]);
    /// let root = Values::select(&condition, &Values::from(x.iter().map(|x| x.sqrt()).collect::<Vec<_>>()), &zeros);
    /// assert_eq!(root.data(), array![[0.0, 2.0]]);
    /// assert_eq!(root.sum_all().backward().of(&x), [0.0, 0.25]); // and not ∞
    /// ```
    ///
    /// # Panics
    /// When the three have not the same shape.
    #[doc(alias = "where")]
    #[track_caller]
    fn select(condition: &Array2<bool>, yes: &Self, no: &Self) -> Self {
        Self::compute([yes, no], Select(condition.view()))
    }

    /// `e^xⱼ / Σ e^xₖ` of each row, finite for numbers of any size. Infinite numbers that are the largest of their row share
    /// it evenly, as the limit of equal numbers: [∞, ∞, 1] has [½, ½, 0], and a row of −∞ alone 1/n each.
    #[track_caller]
    fn softmax(&self) -> Self {
        Self::compute([self], Softmax)
    }

    /// `ln (e^xⱼ / Σ e^xₖ)` of each row, finite for numbers of any size, and without the loss of digits that `x − log_sum_exp`
    /// has where the numbers have a large one in common:
    ///
    /// ```
    /// use backprop::Rows;
    /// use backprop::ndarray::array;
    ///
    /// let x = array![[1e8_f32, 1e8]];
    /// assert_eq!(x.log_softmax(), array![[-2.0_f32.ln(), -2.0_f32.ln()]]);
    /// assert_eq!(x.subtract(&x.log_sum_exp()), array![[0.0, 0.0]]); // 0.69 is nothing beside 1e8
    /// ```
    #[track_caller]
    fn log_softmax(&self) -> Self {
        Self::compute([self], LogSoftmax)
    }

    /// `ln Σ e^xⱼ` of each row, as a column; finite for numbers of any size.
    #[track_caller]
    fn log_sum_exp(&self) -> Self {
        Self::compute([self], LogSumExp)
    }
}

impl<T: Scalar> Rows<T> for Array2<T> {
    #[track_caller]
    fn from_numbers(numbers: Vec<T>, columns: usize) -> Array2<T> {
        let rows = numbers.len() / columns.max(1);
        Array2::from_shape_vec((rows, columns), numbers).expect("the numbers fill the rows")
    }

    #[inline]
    fn of_row(numbers: Vec<T>) -> Array2<T> {
        Array1::from_vec(numbers).insert_axis(Axis(0))
    }

    fn from_view(numbers: ArrayView2<'_, T>) -> Array2<T> {
        numbers.as_standard_layout().into_owned()
    }

    fn dimensions(&self) -> [usize; 2] {
        [self.nrows(), self.ncols()]
    }

    fn at(&self, row: usize, column: usize) -> T {
        self[[row, column]]
    }

    fn part(&self, range: Range<usize>) -> Array2<T> {
        self.with_slice(|numbers| Rows::of_row(numbers[range].to_vec()))
    }

    #[inline(always)]
    fn with_slice<R>(&self, f: impl FnOnce(&[T]) -> R) -> R {
        match self.as_slice() {
            Some(numbers) => f(numbers),
            None => f(&self.iter().copied().collect::<Vec<T>>()),
        }
    }

    #[inline(always)]
    fn with_slice_mut<R>(&mut self, f: impl FnOnce(&mut [T]) -> R) -> R {
        if !self.is_standard_layout() {
            *self = self.as_standard_layout().into_owned();
        }
        f(self.as_slice_mut().expect("the numbers lie row by row"))
    }

    #[inline]
    fn neurons<R: UnaryFunction>(&self, range: Range<usize>, inputs: &[T], activation: R, mut each: impl FnMut(T)) {
        self.with_slice(|parameters| {
            for row in parameters[range].chunks_exact(inputs.len() + 1) {
                each(affine(row, inputs).map(&activation));
            }
        })
    }

    fn layer<R: UnaryFunction>(&self, parameters: &Array2<T>, range: Range<usize>, activation: &R) -> Array2<T> {
        parameters.with_slice(|parameters| {
            let parameters = &parameters[range];
            forward([self.view(), matrix(parameters, [1, parameters.len()])], Affine(activation))
        })
    }

    #[track_caller]
    fn compute<const N: usize, O: Operation<N>>(operands: [&Array2<T>; N], operation: O) -> Array2<T> {
        forward(operands.map(|x| x.view()), operation)
    }
}

/// What can be given where rows of numbers are asked for: `ndarray` arrays and views of two dimensions, in any memory order;
/// and of one dimension, as well as slices, for a single row.
pub trait AsRows<T> {
    /// Calls `f` with a view of the numbers.
    #[doc(hidden)]
    fn with_rows<R>(&self, f: impl FnOnce(ArrayView2<'_, T>) -> R) -> R;
}

impl<T, A: AsRows<T> + ?Sized> AsRows<T> for &A {
    fn with_rows<R>(&self, f: impl FnOnce(ArrayView2<'_, T>) -> R) -> R {
        A::with_rows(self, f)
    }
}

impl<T: Scalar, D: Data<Elem = T>> AsRows<T> for ArrayBase<D, Ix2> {
    fn with_rows<R>(&self, f: impl FnOnce(ArrayView2<'_, T>) -> R) -> R {
        f(self.view())
    }
}

impl<T: Scalar, D: Data<Elem = T>> AsRows<T> for ArrayBase<D, Ix1> {
    fn with_rows<R>(&self, f: impl FnOnce(ArrayView2<'_, T>) -> R) -> R {
        f(self.view().insert_axis(Axis(0)))
    }
}

impl<T: Scalar> AsRows<T> for [T] {
    fn with_rows<R>(&self, f: impl FnOnce(ArrayView2<'_, T>) -> R) -> R {
        f(matrix(self, [1, self.len()]))
    }
}

impl<T: Scalar, const N: usize> AsRows<T> for [T; N] {
    fn with_rows<R>(&self, f: impl FnOnce(ArrayView2<'_, T>) -> R) -> R {
        f(matrix(self, [1, N]))
    }
}

impl<T: Scalar> AsRows<T> for Vec<T> {
    fn with_rows<R>(&self, f: impl FnOnce(ArrayView2<'_, T>) -> R) -> R {
        f(matrix(self, [1, self.len()]))
    }
}

impl<T: Scalar, const N: usize, const M: usize> AsRows<T> for [[T; N]; M] {
    fn with_rows<R>(&self, f: impl FnOnce(ArrayView2<'_, T>) -> R) -> R {
        f(matrix(self.as_flattened(), [M, N]))
    }
}

/// The forward pass of an operation, what it saves for the way back dropped.
#[track_caller]
fn forward<T: Scalar, const N: usize, O: Operation<N>>(operands: [ArrayView2<'_, T>; N], operation: O) -> Array2<T> {
    let operands = operands.each_ref().map(|x| x.as_standard_layout());
    let operands = operands.each_ref().map(|x| x.view());
    let shapes = operands.each_ref().map(|x| [x.nrows(), x.ncols()]);
    let [rows, columns] = operation.shape(shapes);
    let mut result = vec![T::zero(); rows * columns];
    let mut saved = vec![T::zero(); operation.saved(shapes)];
    operation.forward(operands, &mut result, &mut saved);
    Array2::from_shape_vec((rows, columns), result).expect("as many numbers as the shape has")
}

/// How many sums are kept, so that they need not wait for one another.
const LANES: usize = 8;

/// From more products on, they would lose digits: sums of blocks are added in pairs.
const MOST_IN_LANES: usize = 1024;

/// `weights·inputs + bias` of a row, which is the weights and then the bias.
///
/// Floats and graphs both come here, so that a net gives the same bits with and without a graph.
#[inline(always)]
pub(crate) fn affine<T: Scalar>(row: &[T], inputs: &[T]) -> T {
    let (weights, bias) = row.split_at(inputs.len());
    if inputs.len() > MOST_IN_LANES {
        return bias[0] + sum_of(inputs.len(), |i| weights[i] * inputs[i]);
    }
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
