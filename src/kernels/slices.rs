//! [`MatrixView`]: a slice read as a matrix.

use crate::kernels::sums::sum_of;
use crate::scalar::Scalar;
use std::ops::Range;

/// A slice read as a matrix: rows in memory at a distance of `stride` elements, which are the columns of the matrix if
/// it is transposed.
#[derive(Clone, Copy)]
pub struct MatrixView<'a, T> {
    pub(crate) data: &'a [T],
    /// The number of rows in memory.
    pub(crate) rows: usize,
    /// The number of columns in memory.
    pub(crate) columns: usize,
    pub(crate) stride: usize,
    pub(crate) transposed: bool,
}

impl<'a, T> MatrixView<'a, T> {
    /// Creates a view of contiguous rows.
    #[inline(always)]
    pub(crate) fn new(data: &'a [T], [rows, columns]: [usize; 2]) -> Self {
        MatrixView { data: &data[..rows * columns], rows, columns, stride: columns, transposed: false }
    }

    /// Creates a view of rows at a distance of `stride` elements.
    pub fn with_stride(data: &'a [T], [rows, columns]: [usize; 2], stride: usize) -> Self {
        let end = if rows == 0 { 0 } else { (rows - 1) * stride + columns };
        MatrixView { data: &data[..end], rows, columns, stride, transposed: false }
    }

    /// Returns the transpose.
    pub fn t(self) -> Self {
        MatrixView { transposed: !self.transposed, ..self }
    }

    /// Returns the rows of a range; of a transposed view, its columns in memory.
    pub(crate) fn rows(self, range: Range<usize>) -> Self {
        let (start, len) = (range.start, range.len());
        let (first, [rows, columns]) =
            if self.transposed { (start, [self.rows, len]) } else { (start * self.stride, [len, self.columns]) };
        MatrixView {
            transposed: self.transposed,
            ..MatrixView::with_stride(&self.data[first..], [rows, columns], self.stride)
        }
    }

    /// Returns the columns of a range.
    pub(crate) fn columns(self, range: Range<usize>) -> Self {
        self.t().rows(range).t()
    }

    /// Returns the numbers of rows and columns of the matrix.
    pub(crate) fn shape(&self) -> [usize; 2] {
        if self.transposed { [self.columns, self.rows] } else { [self.rows, self.columns] }
    }

    /// Returns a row in memory.
    #[inline(always)]
    pub(crate) fn row(&self, index: usize) -> &'a [T] {
        &self.data[index * self.stride..][..self.columns]
    }
}

/// A mutable slice read as a matrix, with rows at a distance of `stride` elements.
pub struct MatrixViewMut<'a, T> {
    pub(crate) data: &'a mut [T],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) stride: usize,
    /// True if the elements have no value yet: a product replaces them, and is added to them otherwise.
    pub(crate) is_fresh: bool,
}

impl<'a, T> MatrixViewMut<'a, T> {
    /// Creates a view of contiguous rows, to which a product is added.
    pub(crate) fn new(data: &'a mut [T], [rows, columns]: [usize; 2]) -> Self {
        MatrixViewMut { data, rows, columns, stride: columns, is_fresh: false }
    }

    /// Returns the view with elements that have no value yet if `is_fresh` is true.
    pub(crate) fn fresh(self, is_fresh: bool) -> Self {
        MatrixViewMut { is_fresh, ..self }
    }

    /// Sets elements without a value to 0.
    pub(crate) fn initialize(&mut self)
    where
        T: Scalar,
    {
        if std::mem::take(&mut self.is_fresh) {
            for row in self.data.chunks_mut(self.stride.max(1)).take(self.rows) {
                row[..self.columns].fill(T::zero());
            }
        }
    }

    /// Creates a view of rows at a distance of `stride` elements.
    pub fn with_stride(data: &'a mut [T], [rows, columns]: [usize; 2], stride: usize) -> Self {
        MatrixViewMut { data, rows, columns, stride, is_fresh: false }
    }
}

/// Adds a·b to `sums`, in plain loops.
pub(crate) fn add_product<T: Scalar>(a: MatrixView<'_, T>, b: MatrixView<'_, T>, sums: MatrixViewMut<'_, T>) {
    add_product_by(a, b, sums, |x, y| x * y);
}

/// Adds a·b to `sums`, in plain loops, in which `product` multiplies.
pub(crate) fn add_product_by<T: Scalar>(
    a: MatrixView<'_, T>,
    b: MatrixView<'_, T>,
    mut sums: MatrixViewMut<'_, T>,
    product: impl Fn(T, T) -> T,
) {
    sums.initialize();
    let element = |x: &MatrixView<'_, T>, i: usize, j: usize| {
        let (i, j) = if x.transposed { (j, i) } else { (i, j) };
        x.data[i * x.stride + j]
    };
    let [_, inner] = a.shape();
    for i in 0..sums.rows {
        for j in 0..sums.columns {
            sums.data[i * sums.stride + j] += sum_of(inner, |k| product(element(&a, i, k), element(&b, k, j)));
        }
    }
}

/// Returns true if no value is infinite or NaN.
pub(crate) fn are_finite<T: Scalar>(values: &[T]) -> bool {
    // Each chunk is checked as a whole: without early exits the compiler vectorizes the loop.
    T::vectorize(|| values.chunks(64).all(|chunk| chunk.iter().fold(true, |all, x| all & x.is_finite())))
}

/// Returns the index of the largest value, the first of several; 0 for an empty slice.
pub(crate) fn argmax<T: Scalar>(values: &[T]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

/// The size of a cache line in bytes.
pub(crate) const LINE: usize = 64;

/// Returns the number of values in a cache line.
pub(crate) const fn values_per_line<T>() -> usize {
    LINE / size_of::<T>()
}

/// Returns the first `len` elements of `memory` from the start of a cache line on; `memory` grows if necessary.
#[inline(always)]
pub(crate) fn aligned<T: Scalar>(memory: &mut Vec<T>, len: usize) -> &mut [T] {
    let width = values_per_line::<T>();
    if memory.len() < len + width {
        memory.resize(len + width, T::zero());
    }
    let start = memory.as_ptr().align_offset(LINE).min(width);
    &mut memory[start..][..len]
}
