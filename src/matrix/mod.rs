//! [`Matrix`]: values in rows and columns, over floats and on a graph.
//!
//! - `mod.rs`: [`Matrix`], its shape, elements and parts
//! - `algebra.rs`: products, sums, norms, softmax, and other functions of whole rows and columns
//! - `operators.rs`: `+ − * /`, with matrices and with constants
//! - `functions.rs`: elementary functions of each element
//! - `convert.rs`: conversions from and to ndarray arrays, slices and iterators; [`AsMatrix`]
//! - `storage.rs`: [`Storage`], the storage of the elements
//! - `duals.rs`: [`Duals`], the storage of dual numbers over values on a graph
//! - `float.rs`: `f32` and `f64` as scalars
//! - `ops/`: [`Operation`], operations on whole matrices with their forward and backward passes

mod algebra;
mod convert;
pub(crate) mod duals;
mod float;
mod functions;
mod operators;
pub(crate) mod ops;
mod storage;

pub use convert::{AsMatrix, Source};
pub use duals::{DualNumber, DualStorage, Duals};
pub use ops::{BackwardContext, Operation};
pub use storage::Storage;

use crate::scalar::{Elements, Scalar, UnaryFunction};
use std::ops::{Index, IndexMut, Range};

/// A matrix of values: an array of floats, or a block of nodes on a graph.
///
/// A batch is a matrix with a sample in each row. The same code computes with floats and differentiates on a graph,
/// where each operation is recorded as one block of the tape, for any number of elements.
///
/// # Creating
/// `Matrix::from` takes `ndarray` arrays and views in any memory order, arrays of arrays, and slices and vectors, which
/// become a single row. On a graph these are constants; variables come from [`Graph::matrix`](crate::Graph::matrix).
/// `into` converts to an `ndarray::Array2`.
///
/// # Operators
/// `+`, `−`, `*` and `/` compute element by element, on references and on values. An operand with a single row or a
/// single column is broadcast. A number on one side is a constant, for any type of the elements;
/// [`scale`](Matrix::scale) multiplies by a number that carries derivatives.
///
/// ```
/// use backprop::Matrix;
///
/// let x = Matrix::from([[1.0, 2.0], [3.0, 4.0]]);
/// let b = Matrix::from([10.0, 20.0]); // one row
/// assert_eq!(2.0 * &x + &b, Matrix::from([[12.0, 24.0], [16.0, 28.0]]));
/// assert_eq!(x.matmul(&x.t())[(0, 1)], 11.0);
/// ```
///
/// # Examples
///
/// ```
/// use backprop::{Graph, Matrix, Scalar};
///
/// fn energy<S: Scalar>(x: &Matrix<S>) -> S {
///     (x * x.tanh()).sum() // Σ x·tanh x
/// }
///
/// let x = Matrix::from([[1.0_f64, 2.0], [0.0, -1.0]]);
/// let graph = Graph::new();
/// let on_graph = graph.matrix(&x);
/// let e = energy(&on_graph);
/// assert!((e.data() - energy(&x)).abs() < 1e-15);
/// assert_eq!(e.backward().of(&on_graph)[2], 0.0);
/// ```
///
/// An attention head over floats, and a mean squared error on a graph:
///
/// ```
/// use backprop::ndarray::{Array2, array};
/// use backprop::{Graph, Matrix, Scalar};
///
/// fn attention<S: Scalar>([q, k, v]: [&Matrix<S>; 3], mask: &Matrix<S>, scale: f64) -> Matrix<S> {
///     (q.matmul(&k.t()) * scale + mask).softmax().matmul(v)
/// }
///
/// fn loss<S: Scalar>(x: &Matrix<S>, w: &Matrix<S>, b: &Matrix<S>, t: &Matrix<S>) -> S {
///     let y = (&x.matmul(w) + b).tanh(); // b is one row
///     (&y - t).powi(2).mean()
/// }
///
/// let x = Matrix::from([[1.0_f64, 0.0], [0.0, 1.0]]);
/// let mask = Matrix::from([[0.0, f64::NEG_INFINITY], [0.0, 0.0]]); // the first row attends to itself alone
/// let y = attention([&x, &x, &x], &mask, 0.5);
/// let first: f64 = y[(0, 0)];
/// assert_eq!(first, 1.0);
/// let array: Array2<f64> = y.into();
/// assert_eq!(array.dim(), (2, 2));
///
/// let graph = Graph::new();
/// let (w, b) = (graph.matrix(&[[0.5], [-0.5]]), graph.matrix(&[0.0]));
/// let (x, t) = (Matrix::from(array![[1.0, 1.0]]), Matrix::from(array![[1.0]])); // constants
/// let loss = loss(&x, &w, &b, &t);
/// assert_eq!((loss.data(), loss.backward().of(&b)), (1.0, vec![-2.0])); // (tanh 0 − 1)², 2·(tanh 0 − 1)
/// ```
///
/// # Panics
/// An operation panics if the shapes of its operands do not fit, or if they are on two graphs.
#[doc(alias = "Tensor")]
#[doc(alias = "Array2")]
#[derive(Clone)]
pub struct Matrix<S: Scalar> {
    storage: S::Storage,
}

impl<S: Scalar> Matrix<S> {
    #[inline(always)]
    pub(crate) fn from_storage(storage: S::Storage) -> Matrix<S> {
        Matrix { storage }
    }

    #[inline(always)]
    pub(crate) fn storage(&self) -> &S::Storage {
        &self.storage
    }

    /// Creates a matrix of `shape`, `[rows, columns]`, from its elements in row-major order.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// assert_eq!(Matrix::from_vec([2, 2], vec![1.0, 2.0, 3.0, 4.0]), Matrix::from([[1.0, 2.0], [3.0, 4.0]]));
    /// ```
    ///
    /// # Panics
    /// If the number of elements is not that of `shape`.
    #[track_caller]
    pub fn from_vec(shape: [usize; 2], elements: Vec<S>) -> Matrix<S> {
        let [rows, columns] = shape;
        assert!(
            rows * columns == elements.len(),
            "expected {} elements for {rows} × {columns}, got {}, in from_vec",
            rows * columns,
            elements.len()
        );
        Matrix { storage: S::Storage::from_vec(elements, shape) }
    }

    /// Creates a matrix of `shape`, `[rows, columns]`, with every element equal to `value`.
    pub fn from_elem(shape: [usize; 2], value: S) -> Matrix<S> {
        Matrix::from_vec(shape, vec![value; shape[0] * shape[1]])
    }

    /// Creates a matrix of `shape`, `[rows, columns]`, whose element in row i and column j is `f((i, j))`.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// let identity = Matrix::from_shape_fn([2, 2], |(i, j)| if i == j { 1.0 } else { 0.0 });
    /// assert_eq!(identity, Matrix::from([[1.0, 0.0], [0.0, 1.0]]));
    /// ```
    pub fn from_shape_fn(shape: [usize; 2], f: impl FnMut((usize, usize)) -> S) -> Matrix<S> {
        let [rows, columns] = shape;
        let indices = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let mut elements = Vec::with_capacity(rows * columns); // `collect` would not know the number
        elements.extend(indices.map(f));
        Matrix::from_vec(shape, elements)
    }

    /// Creates a matrix of `shape`, `[rows, columns]`, with every element 0.
    pub fn zeros(shape: [usize; 2]) -> Matrix<S> {
        Matrix::from_elem(shape, S::zero())
    }

    /// Returns the shape, `[rows, columns]`.
    #[inline(always)]
    pub fn shape(&self) -> [usize; 2] {
        self.storage.shape()
    }

    /// Returns the number of rows.
    #[inline(always)]
    pub fn nrows(&self) -> usize {
        self.shape()[0]
    }

    /// Returns the number of columns.
    #[inline(always)]
    pub fn ncols(&self) -> usize {
        self.shape()[1]
    }

    /// Returns the number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Returns true if there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the element in row `row` and column `column`, or `None` if there is no such element. On a graph it is a
    /// [`Value`](crate::Value).
    pub fn get(&self, row: usize, column: usize) -> Option<S> {
        let [rows, columns] = self.shape();
        (row < rows && column < columns).then(|| self.storage.get(row * columns + column))
    }

    /// Returns the element of a matrix that has only one.
    ///
    /// ```
    /// assert_eq!(backprop::Matrix::from([[3.0]]).item(), 3.0);
    /// ```
    ///
    /// # Panics
    /// If there is another number of elements.
    #[track_caller]
    #[inline(always)]
    pub fn item(&self) -> S {
        assert!(self.len() == 1, "expected one element, got {}, in item", self.len());
        self.storage.get(0)
    }

    /// Returns the elements in row-major order.
    ///
    /// On a graph the first call collects the elements.
    #[inline(always)]
    pub fn as_slice(&self) -> &[S] {
        self.storage.as_slice()
    }

    /// Returns an iterator over the elements in row-major order.
    pub fn iter(&self) -> std::slice::Iter<'_, S> {
        self.as_slice().iter()
    }

    /// Calls `f` with the elements in row-major order, as a mutable slice, and returns its result.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// let mut x = Matrix::from([[1.0, 2.0], [3.0, 4.0]]);
    /// x.with_slice_mut(|elements| elements[3] = 0.0);
    /// assert_eq!(x, Matrix::from([[1.0, 2.0], [3.0, 0.0]]));
    /// ```
    pub fn with_slice_mut<R>(&mut self, f: impl FnOnce(&mut [S]) -> R) -> R {
        self.storage.with_slice_mut(f)
    }

    /// Returns the elements in row-major order, without copying those of a matrix of floats.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).into_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// ```
    #[doc(alias = "into_raw_vec")]
    pub fn into_vec(self) -> Vec<S> {
        self.storage.into_vec()
    }

    /// Returns the matrix in memory that clones and graphs share, if it has many elements.
    pub(crate) fn into_shared(self) -> Matrix<S> {
        Matrix { storage: self.storage.into_shared() }
    }

    /// Returns the rows of `range`.
    ///
    /// # Panics
    /// If `range` ends beyond the last row.
    #[track_caller]
    pub fn rows(&self, range: Range<usize>) -> Matrix<S> {
        let [rows, columns] = self.shape();
        let Range { start, end } = range;
        assert!(start <= end && end <= rows, "`range` must be within 0..{rows}, got {start}..{end}, in rows");
        Matrix { storage: self.storage.part(start * columns, [end - start, columns]) }
    }

    /// Returns the same elements, in row-major order, in another shape.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// let x = Matrix::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.reshape([3, 2]), Matrix::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]));
    /// ```
    ///
    /// # Panics
    /// If the number of elements of `shape` differs.
    #[doc(alias = "view")]
    #[track_caller]
    pub fn reshape(&self, shape: [usize; 2]) -> Matrix<S> {
        let [rows, columns] = shape;
        let len = self.len();
        assert!(rows * columns == len, "expected a shape of {len} elements, got {rows} × {columns}, in reshape");
        Matrix { storage: self.storage.part(0, shape) }
    }

    /// Returns the elements of a range, in row-major order, as a row.
    #[inline(always)]
    pub(crate) fn part(&self, range: Range<usize>) -> Matrix<S> {
        Matrix { storage: self.storage.part(range.start, [1, range.len()]) }
    }

    /// Computes a custom operation. [`Operation`] has an example.
    ///
    /// # Panics
    /// If the shapes of the operands do not fit, or if the operands are on two graphs.
    #[track_caller]
    pub fn compute<const N: usize, O: Operation<N>>(operands: [&Matrix<S>; N], operation: O) -> Matrix<S> {
        Matrix { storage: Storage::compute(operands.map(Matrix::storage), operation) }
    }

    /// Computes a layer over a batch; see [`Storage::layer`].
    #[inline(always)]
    pub(crate) fn layer<F: UnaryFunction>(&self, parameters: &Matrix<S>, range: Range<usize>, f: &F) -> Matrix<S> {
        Matrix { storage: self.storage.layer(&parameters.storage, range, f) }
    }

    /// Computes a layer for one sample; see [`Storage::neurons`].
    #[inline]
    pub(crate) fn neurons<F: UnaryFunction>(
        &self,
        range: Range<usize>,
        inputs: &[S],
        f: &F,
        space: &mut [S],
        each: impl FnMut(S),
    ) {
        self.storage.neurons(range, inputs, f, space, each);
    }
}

/// Elements on a graph cannot be assigned to.
impl<S: Scalar<Storage = Elements<S>>> IndexMut<(usize, usize)> for Matrix<S> {
    /// Returns the element in a row and a column, to be changed.
    ///
    /// ```
    /// let mut x = backprop::Matrix::<f64>::zeros([2, 2]);
    /// x[(0, 1)] = 3.0;
    /// assert_eq!(x.sum(), 3.0);
    /// ```
    ///
    /// # Panics
    /// If there is no such element.
    #[track_caller]
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut S {
        &mut self.storage.array_mut()[(row, column)]
    }
}

impl<S: Scalar> Index<(usize, usize)> for Matrix<S> {
    type Output = S;

    /// Returns the element in row `row` and column `column`.
    ///
    /// # Panics
    /// If there is no such element.
    #[track_caller]
    fn index(&self, (row, column): (usize, usize)) -> &S {
        let [rows, columns] = self.shape();
        assert!(row < rows && column < columns, "no element ({row}, {column}) in a matrix of {rows} × {columns}");
        &self.as_slice()[row * columns + column]
    }
}
