//! Matrix products, and transposition.

use super::{Backward, Operation, as_matrix, matrix_mut};
use crate::Scalar;
use crate::matrix::MatrixMut;
use ndarray::ArrayView2;

/// A·B, with the adjoints U·Bᵀ of A and Aᵀ·U of B, for U those of the product.
pub(crate) struct Product;

impl Operation<2> for Product {
    #[track_caller]
    fn shape(&self, [[rows, inner], [inner_too, columns]]: [[usize; 2]; 2]) -> [usize; 2] {
        assert!(inner == inner_too, "a product of {rows} × {inner} and {inner_too} × {columns} numbers");
        [rows, columns]
    }

    fn forward<T: Scalar>(&self, [a, b]: [ArrayView2<'_, T>; 2], result: &mut [T], _: &mut [T]) {
        T::add_product(as_matrix(a), as_matrix(b), MatrixMut::new(result, [a.nrows(), b.ncols()]));
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 2>) {
        let [a, b, upstream] = [way.operand(0), way.operand(1), way.upstream()].map(as_matrix);
        for (index, (left, right)) in [(upstream, b.t()), (a.t(), upstream)].into_iter().enumerate() {
            let shape = [a, b][index].shape();
            if let Some(adjoint) = way.adjoint_numbers(index) {
                T::add_product(left, right, MatrixMut::new(adjoint, shape));
            }
        }
    }
}

/// Rows as columns.
pub(crate) struct Transpose;

impl Operation<1> for Transpose {
    fn shape(&self, [[rows, columns]]: [[usize; 2]; 1]) -> [usize; 2] {
        [columns, rows]
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], _: &mut [T]) {
        matrix_mut(result, [x.ncols(), x.nrows()]).assign(&x.t());
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 1>) {
        let upstream = way.upstream();
        if let Some(mut adjoint) = way.adjoint(0) {
            adjoint.zip_mut_with(&upstream.t(), |adjoint, &upstream| *adjoint += upstream);
        }
    }
}
