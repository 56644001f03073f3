//! Rows of a matrix by their indices.

use super::{BackwardContext, Operation, elements, rows, rows_mut};
use crate::matrix::Matrix;
use crate::matrix::duals::{DualNumber, Duals};
use crate::scalar::Scalar;
use ndarray::ArrayView2;

/// The rows with these indices, in this order. A row can occur several times: with the upstream adjoints u, ∂/∂xᵢ is the
/// sum of the rows of u in whose place the row i is.
pub(crate) struct Gather<'i>(pub(crate) &'i [usize]);

impl Operation<1> for Gather<'_> {
    /// The indices.
    type Kept = Vec<usize>;

    #[track_caller]
    fn shape(&self, [[rows, columns]]: [[usize; 2]; 1]) -> [usize; 2] {
        for (i, &index) in self.0.iter().enumerate() {
            assert!(index < rows, "`indices[{i}]` must be less than {rows}, got {index}, in gather_rows");
        }
        [self.0.len(), columns]
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], _: &mut [T]) -> Vec<usize> {
        let (x, columns) = (elements(x), x.ncols());
        for (row, &index) in rows_mut(result, columns).zip(self.0) {
            row.copy_from_slice(&x[index * columns..][..columns]);
        }
        self.0.to_vec()
    }

    fn backward<T: Scalar>(indices: &Vec<usize>, context: &mut BackwardContext<'_, T, 1>) {
        let (upstream, columns) = (context.upstream, context.result.columns);
        let Some(adjoint) = context.adjoint_slice(0) else { return };
        for (&index, upstream) in indices.iter().zip(rows(upstream, columns)) {
            let adjoint = &mut adjoint[index * columns..][..columns];
            adjoint.iter_mut().zip(upstream).for_each(|(adjoint, &upstream)| *adjoint += upstream);
        }
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 1]) -> Duals<S, D> {
        Duals::linear(operands, |operands| Matrix::compute(operands, Gather(self.0)))
    }
}
