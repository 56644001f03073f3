//! MatrixView products, and transposition.

use super::{Along, BackwardContext, Operation, as_matrix, elements, view_mut};
use crate::kernels::slices::{MatrixView, MatrixViewMut, add_product_by, are_finite};
use crate::matrix::Matrix;
use crate::matrix::duals::{DualNumber, Duals};
use crate::scalar::Scalar;
use ndarray::ArrayView2;

/// The matrix product A·B. With the upstream adjoints U, ∂/∂A is U·Bᵀ and ∂/∂B is Aᵀ·U.
pub(crate) struct Product {
    /// True for a product of tangents and values, in which 0 is a strong zero.
    pub(crate) is_strong: bool,
}

impl Operation<2> for Product {
    type Kept = ();

    #[track_caller]
    fn shape(&self, [[rows, inner], [inner_too, columns]]: [[usize; 2]; 2]) -> [usize; 2] {
        assert!(
            inner == inner_too,
            "expected {inner} rows in the second operand, got {rows} × {inner} times {inner_too} × {columns}, in matmul"
        );
        [rows, columns]
    }

    fn forward<T: Scalar>(&self, [a, b]: [ArrayView2<'_, T>; 2], result: &mut [T], _: &mut [T]) {
        add_product(as_matrix(a), as_matrix(b), MatrixViewMut::new(result, [a.nrows(), b.ncols()]), self.is_strong);
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 2>) {
        let ([a, b], upstream) = (context.operands, MatrixView::new(context.upstream, context.result.shape()));
        // If all sums of products are finite, the operands are finite too.
        let is_plain = are_plain(context.result.data) && are_plain(context.upstream);
        let derivatives = Products { along: context.along, is_plain };
        if let Some((adjoint, is_fresh)) = context.fresh_adjoint_slice(0) {
            derivatives.add_left(upstream, b.t(), MatrixViewMut::new(adjoint, a.shape()).fresh(is_fresh));
        }
        if let Some((adjoint, is_fresh)) = context.fresh_adjoint_slice(1) {
            derivatives.add_right(a.t(), upstream, MatrixViewMut::new(adjoint, b.shape()).fresh(is_fresh));
        }
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 2]) -> Duals<S, D> {
        Duals::bilinear(operands, self.is_strong, |operands, is_strong| {
            Matrix::compute(operands, Product { is_strong })
        })
    }
}

/// The matrix product A·Bᵀ. With the upstream adjoints U, ∂/∂A is U·B and ∂/∂B is Uᵀ·A.
pub(crate) struct ProductOfTransposed {
    /// True for a product of tangents and values, in which 0 is a strong zero.
    pub(crate) is_strong: bool,
}

impl Operation<2> for ProductOfTransposed {
    type Kept = ();

    #[track_caller]
    fn shape(&self, [[rows, inner], [columns, inner_too]]: [[usize; 2]; 2]) -> [usize; 2] {
        assert!(inner == inner_too, "expected {inner} columns in the second operand, got {inner_too}, in matmul_t");
        [rows, columns]
    }

    fn forward<T: Scalar>(&self, [a, b]: [ArrayView2<'_, T>; 2], result: &mut [T], _: &mut [T]) {
        add_product(as_matrix(a), as_matrix(b).t(), MatrixViewMut::new(result, [a.nrows(), b.nrows()]), self.is_strong);
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 2>) {
        let ([a, b], upstream) = (context.operands, MatrixView::new(context.upstream, context.result.shape()));
        let is_plain = are_plain(context.result.data) && are_plain(context.upstream);
        let derivatives = Products { along: context.along, is_plain };
        for (index, upstream, other) in [(0, upstream, b), (1, upstream.t(), a)] {
            let shape = context.operands[index].shape();
            if let Some((adjoint, is_fresh)) = context.fresh_adjoint_slice(index) {
                derivatives.add_left(upstream, other, MatrixViewMut::new(adjoint, shape).fresh(is_fresh));
            }
        }
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 2]) -> Duals<S, D> {
        Duals::bilinear(operands, self.is_strong, |operands, is_strong| {
            Matrix::compute(operands, ProductOfTransposed { is_strong })
        })
    }
}

/// Adds a·b to `sums`, which are zeros; with strong zeros on request.
fn add_product<T: Scalar>(a: MatrixView<'_, T>, b: MatrixView<'_, T>, sums: MatrixViewMut<'_, T>, is_strong: bool) {
    let MatrixViewMut { data, rows, columns, .. } = sums;
    T::add_product(a, b, MatrixViewMut::new(data, [rows, columns]));
    if is_strong && !are_finite(data) {
        data.fill(T::zero());
        add_product_by(a, b, MatrixViewMut::new(data, [rows, columns]), T::strong_mul);
    }
}

/// The matrix products of the chain rule. One of the two factors is the upstream adjoints.
#[derive(Clone, Copy)]
pub(crate) struct Products {
    pub(crate) along: Along,
    /// True if all factors are finite and carry no derivatives. Otherwise plain loops compute the products, in which 0
    /// is a strong zero.
    pub(crate) is_plain: bool,
}

impl Products {
    /// Adds upstream·right to `sums`.
    pub(crate) fn add_left<T: Scalar>(
        self,
        upstream: MatrixView<'_, T>,
        right: MatrixView<'_, T>,
        sums: MatrixViewMut<'_, T>,
    ) {
        if self.is_plain {
            T::add_product(upstream, right, sums);
        } else {
            add_product_by(upstream, right, sums, |upstream, x| self.along.product(upstream, x));
        }
    }

    /// Adds left·upstream to `sums`.
    pub(crate) fn add_right<T: Scalar>(
        self,
        left: MatrixView<'_, T>,
        upstream: MatrixView<'_, T>,
        sums: MatrixViewMut<'_, T>,
    ) {
        if self.is_plain {
            T::add_product(left, upstream, sums);
        } else {
            add_product_by(left, upstream, sums, |x, upstream| self.along.product(upstream, x));
        }
    }
}

/// Returns true if the values are finite and carry no derivatives.
pub(crate) fn are_plain<T: Scalar>(values: &[T]) -> bool {
    T::one().is_plain() && are_finite(values)
}

/// The transpose of a matrix of blocks, each with `size` elements of a row: of single elements if `size` is 1.
pub(crate) struct Transpose {
    pub(crate) size: usize,
}

impl Operation<1> for Transpose {
    /// The size of a block.
    type Kept = usize;

    #[track_caller]
    fn shape(&self, [[rows, columns]]: [[usize; 2]; 1]) -> [usize; 2] {
        let size = self.size;
        assert!(size > 0 && columns % size == 0, "`size` must divide the {columns} columns, got {size}");
        [columns / size, rows * size]
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], _: &mut [T]) -> usize {
        if self.size == 1 {
            view_mut(result, [x.ncols(), x.nrows()]).assign(&x.t());
        } else {
            let (rows, blocks) = (x.nrows(), x.ncols() / self.size);
            for (i, block) in elements(x).chunks_exact(self.size).enumerate() {
                let place = (i % blocks) * rows + i / blocks;
                result[place * self.size..][..self.size].copy_from_slice(block);
            }
        }
        self.size
    }

    fn backward<T: Scalar>(&size: &usize, context: &mut BackwardContext<'_, T, 1>) {
        let upstream = context.upstream();
        if size == 1 {
            if let Some(mut adjoint) = context.adjoint(0) {
                adjoint.zip_mut_with(&upstream.t(), |adjoint, &upstream| *adjoint += upstream);
            }
            return;
        }
        let [blocks, rows] = [upstream.nrows(), upstream.ncols() / size];
        let upstream = elements(upstream);
        let Some(adjoint) = context.adjoint_slice(0) else { return };
        for (i, block) in adjoint.chunks_exact_mut(size).enumerate() {
            let place = (i % blocks) * rows + i / blocks;
            let upstream = &upstream[place * size..][..size];
            block.iter_mut().zip(upstream).for_each(|(adjoint, &upstream)| *adjoint += upstream);
        }
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 1]) -> Duals<S, D> {
        Duals::linear(operands, |operands| Matrix::compute(operands, Transpose { ..self }))
    }
}
