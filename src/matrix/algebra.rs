//! Functions of whole matrices, rows and columns.

use super::Matrix;
use super::ops::{Columns, Extreme, LogSoftmax, LogSumExp, Norm, Product, Select, Softmax, Stack, Sum, Transpose};
use crate::scalar::Scalar;
use ndarray::Array2;
use std::ops::Range;

impl<S: Scalar> Matrix<S> {
    /// Computes the matrix product, of shapes n × m and m × k.
    ///
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let (x, w) = (Matrix::from([[1.0, 2.0]].map(|row| row)), graph.matrix(&[[3.0], [4.0]]));
    /// let y = graph.constants(&x).matmul(&w).sum();
    /// assert_eq!((y.data(), y.backward().of(&w)), (11.0, vec![1.0, 2.0]));
    /// ```
    ///
    /// # Panics
    /// If `other` has another number of rows than this has columns.
    #[doc(alias = "dot")]
    #[doc(alias = "mm")]
    #[track_caller]
    pub fn matmul(&self, other: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([self, other], Product)
    }

    /// Returns the transpose.
    #[doc(alias = "transpose")]
    pub fn t(&self) -> Matrix<S> {
        Matrix::compute([self], Transpose)
    }

    /// Returns the columns of a range.
    ///
    /// # Panics
    /// If the range ends beyond the last column.
    #[track_caller]
    pub fn columns(&self, range: Range<usize>) -> Matrix<S> {
        Matrix::compute([self], Columns(range))
    }

    /// Returns this and `other` side by side: each row, followed by the same row of `other`.
    ///
    /// ```
    /// use backprop::Matrix;
    ///
    /// let (x, y) = (Matrix::from([[1.0], [2.0]]), Matrix::from([[3.0], [4.0]]));
    /// assert_eq!(x.hstack(&y), Matrix::from([[1.0, 3.0], [2.0, 4.0]]));
    /// assert_eq!(x.vstack(&y), Matrix::from([[1.0], [2.0], [3.0], [4.0]]));
    /// ```
    ///
    /// # Panics
    /// If `other` has another number of rows.
    #[doc(alias = "concat")]
    #[doc(alias = "cat")]
    #[track_caller]
    pub fn hstack(&self, other: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([self, other], Stack { axis: 1 })
    }

    /// Returns this with the rows of `other` below its own.
    ///
    /// # Panics
    /// If `other` has another number of columns.
    #[doc(alias = "concat")]
    #[doc(alias = "cat")]
    #[track_caller]
    pub fn vstack(&self, other: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([self, other], Stack { axis: 0 })
    }

    /// Returns the sum of all elements.
    pub fn sum(&self) -> S {
        Matrix::compute([self], Sum { keep: [false, false], mean: false }).item()
    }

    /// Returns the mean of all elements; NaN without elements.
    pub fn mean(&self) -> S {
        Matrix::compute([self], Sum { keep: [false, false], mean: true }).item()
    }

    /// Computes the sum of each row, as a column.
    #[doc(alias = "sum_axis")]
    pub fn row_sums(&self) -> Matrix<S> {
        Matrix::compute([self], Sum { keep: [true, false], mean: false })
    }

    /// Computes the mean of each row, as a column.
    #[doc(alias = "mean_axis")]
    pub fn row_means(&self) -> Matrix<S> {
        Matrix::compute([self], Sum { keep: [true, false], mean: true })
    }

    /// Computes the sum of each column, as a row.
    #[doc(alias = "sum_axis")]
    pub fn column_sums(&self) -> Matrix<S> {
        Matrix::compute([self], Sum { keep: [false, true], mean: false })
    }

    /// Computes the mean of each column, as a row.
    #[doc(alias = "mean_axis")]
    pub fn column_means(&self) -> Matrix<S> {
        Matrix::compute([self], Sum { keep: [false, true], mean: true })
    }

    /// Returns the largest element of each row, as a column. Equal elements share the derivative evenly; a number wins over
    /// NaN.
    ///
    /// ```
    /// use backprop::Graph;
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[[1.0, 3.0], [2.0, 2.0]]);
    /// let sum = x.row_max().sum();
    /// assert_eq!(sum.data(), 5.0);
    /// assert_eq!(sum.backward().of(&x), [0.0, 1.0, 0.5, 0.5]);
    /// ```
    ///
    /// # Panics
    /// If there are no columns.
    #[doc(alias = "amax")]
    #[track_caller]
    pub fn row_max(&self) -> Matrix<S> {
        Matrix::compute([self], Extreme { keep: 0, largest: true })
    }

    /// Returns the smallest element of each row, as a column. Equal elements share the derivative evenly; a number wins over
    /// NaN.
    ///
    /// # Panics
    /// If there are no columns.
    #[doc(alias = "amin")]
    #[track_caller]
    pub fn row_min(&self) -> Matrix<S> {
        Matrix::compute([self], Extreme { keep: 0, largest: false })
    }

    /// Returns the largest element of each column, as a row. Equal elements share the derivative evenly; a number wins over
    /// NaN.
    ///
    /// # Panics
    /// If there are no rows.
    #[doc(alias = "amax")]
    #[track_caller]
    pub fn column_max(&self) -> Matrix<S> {
        Matrix::compute([self], Extreme { keep: 1, largest: true })
    }

    /// Returns the smallest element of each column, as a row. Equal elements share the derivative evenly; a number wins over
    /// NaN.
    ///
    /// # Panics
    /// If there are no rows.
    #[doc(alias = "amin")]
    #[track_caller]
    pub fn column_min(&self) -> Matrix<S> {
        Matrix::compute([self], Extreme { keep: 1, largest: false })
    }

    /// Computes the Euclidean norm `√Σx²` of each row, as a column, with the derivatives `x/√Σx²`, which are 0 where all
    /// elements of the row are 0. Squares neither overflow nor underflow.
    ///
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[[3.0, 4.0], [0.0, 0.0]]);
    /// let norms = x.row_norms();
    /// assert_eq!(norms.data(), Matrix::from([[5.0], [0.0]]));
    /// assert_eq!(norms.sum().backward().of(&x), [0.6, 0.8, 0.0, 0.0]);
    /// ```
    pub fn row_norms(&self) -> Matrix<S> {
        Matrix::compute([self], Norm { by_row: true })
    }

    /// Returns the Euclidean norm `√Σx²` of all elements (Frobenius), with the derivatives of [`row_norms`](Self::row_norms).
    #[doc(alias = "frobenius")]
    pub fn norm(&self) -> S {
        Matrix::compute([self], Norm { by_row: false }).item()
    }

    /// Returns the elements of `yes` where `condition` is true, and those of `no` elsewhere. Only a selected element has a
    /// derivative: the other may be infinite or NaN.
    ///
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[[0.0_f64, 4.0]]);
    /// let condition = x.data().view().mapv(|x| x > 0.0);
    /// let root = Matrix::select(&condition, &x.sqrt(), &(&x * 0.0));
    /// assert_eq!(root.data(), Matrix::from([[0.0, 2.0]]));
    /// assert_eq!(root.sum().backward().of(&x), [0.0, 0.25]); // and not ∞
    /// ```
    ///
    /// # Panics
    /// If the three do not have the same shape.
    #[doc(alias = "where")]
    #[track_caller]
    pub fn select(condition: &Array2<bool>, yes: &Matrix<S>, no: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([yes, no], Select(condition.view()))
    }

    /// Computes `e^xⱼ / Σ e^xₖ` of each row, finite for elements of any size. Infinite elements that are the largest of their
    /// row share it evenly, as the limit of equal elements: [∞, ∞, 1] has [½, ½, 0], and a row of −∞ alone 1/n each.
    pub fn softmax(&self) -> Matrix<S> {
        Matrix::compute([self], Softmax)
    }

    /// Computes `ln (e^xⱼ / Σ e^xₖ)` of each row, finite for elements of any size, and without the loss of digits that
    /// `x − log_sum_exp` has where the elements have a large one in common:
    ///
    /// ```
    /// use backprop::Matrix;
    ///
    /// let x = Matrix::from([[1e8_f32, 1e8]]);
    /// assert_eq!(x.log_softmax(), Matrix::from([[-2.0_f32.ln(), -2.0_f32.ln()]]));
    /// assert_eq!(&x - x.log_sum_exp(), Matrix::from([[0.0, 0.0]])); // 0.69 is nothing compared with 1e8
    /// ```
    pub fn log_softmax(&self) -> Matrix<S> {
        Matrix::compute([self], LogSoftmax)
    }

    /// Computes `ln Σ e^xⱼ` of each row, as a column; finite for elements of any size.
    #[doc(alias = "logsumexp")]
    pub fn log_sum_exp(&self) -> Matrix<S> {
        Matrix::compute([self], LogSumExp)
    }
}
