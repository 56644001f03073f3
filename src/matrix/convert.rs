//! Conversions of matrices from and to arrays, slices and iterators; comparisons and text.

use super::ops::view;
use super::{Matrix, Storage};
use crate::scalar::Scalar;
use ndarray::{Array1, Array2, ArrayBase, ArrayView1, ArrayView2, Axis, Data, Ix1, Ix2};
use std::fmt;
use std::sync::Arc;

impl<S: Scalar> Matrix<S> {
    /// Returns the elements as an `ndarray` view.
    ///
    /// On a graph the first call collects the elements.
    pub fn view(&self) -> ArrayView2<'_, S> {
        view(self.as_slice(), self.shape())
    }
}

/// Creates a matrix of one constant, which is broadcast.
impl<S: Scalar> From<f64> for Matrix<S> {
    fn from(constant: f64) -> Matrix<S> {
        Matrix::from([S::of(constant)])
    }
}

impl<S: Scalar> From<&Matrix<S>> for Matrix<S> {
    fn from(matrix: &Matrix<S>) -> Matrix<S> {
        matrix.clone()
    }
}

/// Creates a single row.
impl<S: Scalar> From<Vec<S>> for Matrix<S> {
    #[track_caller]
    #[inline]
    fn from(elements: Vec<S>) -> Matrix<S> {
        Matrix::from_vec([1, elements.len()], elements)
    }
}

/// Creates a single row.
impl<S: Scalar> From<&[S]> for Matrix<S> {
    #[track_caller]
    fn from(elements: &[S]) -> Matrix<S> {
        Matrix::from(elements.to_vec())
    }
}

/// Creates a single row.
impl<S: Scalar, const N: usize> From<[S; N]> for Matrix<S> {
    #[track_caller]
    fn from(elements: [S; N]) -> Matrix<S> {
        Matrix::from(elements.to_vec())
    }
}

impl<S: Scalar, const N: usize, const M: usize> From<[[S; N]; M]> for Matrix<S> {
    #[track_caller]
    fn from(rows: [[S; N]; M]) -> Matrix<S> {
        Matrix::from_vec([M, N], rows.as_flattened().to_vec())
    }
}

/// Copies an array of any memory order.
impl<S: Scalar> From<Array2<S>> for Matrix<S> {
    #[track_caller]
    fn from(array: Array2<S>) -> Matrix<S> {
        Matrix::from(array.view())
    }
}

/// Creates a single row.
impl<S: Scalar> From<Array1<S>> for Matrix<S> {
    #[track_caller]
    fn from(array: Array1<S>) -> Matrix<S> {
        Matrix::from(array.into_iter().collect::<Vec<S>>())
    }
}

/// Creates a single row.
impl<S: Scalar> From<ArrayView1<'_, S>> for Matrix<S> {
    #[track_caller]
    fn from(array: ArrayView1<'_, S>) -> Matrix<S> {
        Matrix::from(array.to_vec())
    }
}

/// Copies a view of any memory order.
impl<S: Scalar> From<ArrayView2<'_, S>> for Matrix<S> {
    #[track_caller]
    fn from(array: ArrayView2<'_, S>) -> Matrix<S> {
        let elements = match array.to_slice() {
            Some(elements) => elements.to_vec(),
            None => array.iter().copied().collect(),
        };
        Matrix::from_vec([array.nrows(), array.ncols()], elements)
    }
}

/// Copies an array of any memory order.
impl<S: Scalar> From<&Array2<S>> for Matrix<S> {
    #[track_caller]
    fn from(array: &Array2<S>) -> Matrix<S> {
        Matrix::from(array.view())
    }
}

impl<S: Scalar> From<Matrix<S>> for Array2<S> {
    fn from(matrix: Matrix<S>) -> Array2<S> {
        matrix.view().to_owned()
    }
}

impl<S: Scalar> From<&Matrix<S>> for Array2<S> {
    fn from(matrix: &Matrix<S>) -> Array2<S> {
        matrix.view().to_owned()
    }
}

/// Collects the elements in a single row.
impl<S: Scalar> FromIterator<S> for Matrix<S> {
    fn from_iter<I: IntoIterator<Item = S>>(elements: I) -> Matrix<S> {
        Matrix::from(elements.into_iter().collect::<Vec<S>>())
    }
}

/// Iterates over the elements in row-major order.
impl<'m, S: Scalar> IntoIterator for &'m Matrix<S> {
    type Item = &'m S;
    type IntoIter = std::slice::Iter<'m, S>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Iterates over the elements in row-major order.
impl<S: Scalar> IntoIterator for Matrix<S> {
    type Item = S;
    type IntoIter = std::vec::IntoIter<S>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

/// Compares shapes and elements.
impl<S: Scalar> PartialEq for Matrix<S> {
    fn eq(&self, other: &Matrix<S>) -> bool {
        self.shape() == other.shape() && self.as_slice() == other.as_slice()
    }
}

/// Compares shapes and elements.
impl<S: Scalar> PartialEq<Array2<S>> for Matrix<S> {
    fn eq(&self, other: &Array2<S>) -> bool {
        self.view() == other
    }
}

/// Compares shapes and elements.
impl<S: Scalar> PartialEq<Matrix<S>> for Array2<S> {
    fn eq(&self, other: &Matrix<S>) -> bool {
        self == other.view()
    }
}

impl<S: Scalar> fmt::Debug for Matrix<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice().chunks(self.ncols().max(1))).finish()
    }
}

/// Writes the elements as `ndarray` writes arrays.
impl<S: Scalar> fmt::Display for Matrix<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.view(), f)
    }
}

/// A type that can be read as a matrix: [`Matrix`], `ndarray` arrays and views in any memory order; arrays, slices and
/// vectors of arrays, which are rows.
///
/// Slices, vectors and arrays of numbers are read as a single row.
pub trait AsMatrix<T> {
    /// Returns the elements without copying them.
    #[doc(hidden)]
    fn source(&self) -> Source<'_, T>;

    /// Returns a view of the elements.
    #[doc(hidden)]
    fn as_view(&self) -> ArrayView2<'_, T> {
        match self.source() {
            Source::Slice(elements, shape) => view(elements, shape),
            Source::View(view) => view,
            Source::Shared(array) => array.view(),
        }
    }
}

/// The source of the elements of an [`AsMatrix`].
pub enum Source<'a, T> {
    /// In a slice, in row-major order.
    Slice(&'a [T], [usize; 2]),
    /// In any memory order.
    View(ArrayView2<'a, T>),
    /// In an array that a graph can share, in standard layout.
    Shared(&'a Arc<Array2<T>>),
}

impl<T> Source<'_, T> {
    /// Returns the numbers of rows and columns.
    #[inline(always)]
    pub(crate) fn shape(&self) -> [usize; 2] {
        match self {
            Source::Slice(_, shape) => *shape,
            Source::View(view) => [view.nrows(), view.ncols()],
            Source::Shared(array) => [array.nrows(), array.ncols()],
        }
    }
}

impl<T, A: AsMatrix<T> + ?Sized> AsMatrix<T> for &A {
    #[inline]
    fn source(&self) -> Source<'_, T> {
        A::source(self)
    }
}

impl<T: Scalar> AsMatrix<T> for Matrix<T> {
    #[inline]
    fn source(&self) -> Source<'_, T> {
        match Storage::shared(self.storage()) {
            Some(array) => Source::Shared(array),
            None => Source::Slice(self.as_slice(), self.shape()),
        }
    }
}

impl<T: Scalar, D: Data<Elem = T>> AsMatrix<T> for ArrayBase<D, Ix2> {
    fn source(&self) -> Source<'_, T> {
        Source::View(self.view())
    }
}

impl<T: Scalar, D: Data<Elem = T>> AsMatrix<T> for ArrayBase<D, Ix1> {
    fn source(&self) -> Source<'_, T> {
        Source::View(self.view().insert_axis(Axis(0)))
    }
}

impl<T: Scalar> AsMatrix<T> for [T] {
    fn source(&self) -> Source<'_, T> {
        Source::Slice(self, [1, self.len()])
    }
}

impl<T: Scalar, const N: usize> AsMatrix<T> for [T; N] {
    fn source(&self) -> Source<'_, T> {
        Source::Slice(self, [1, N])
    }
}

impl<T: Scalar> AsMatrix<T> for Vec<T> {
    fn source(&self) -> Source<'_, T> {
        Source::Slice(self, [1, self.len()])
    }
}

impl<T: Scalar, const N: usize, const M: usize> AsMatrix<T> for [[T; N]; M] {
    fn source(&self) -> Source<'_, T> {
        Source::Slice(self.as_flattened(), [M, N])
    }
}

impl<T: Scalar, const N: usize> AsMatrix<T> for [[T; N]] {
    fn source(&self) -> Source<'_, T> {
        Source::Slice(self.as_flattened(), [self.len(), N])
    }
}

impl<T: Scalar, const N: usize> AsMatrix<T> for Vec<[T; N]> {
    fn source(&self) -> Source<'_, T> {
        self.as_slice().source()
    }
}
