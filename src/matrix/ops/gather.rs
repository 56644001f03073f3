//! Rows of a matrix by their indices, given as integers or as the elements of another matrix.

use super::{BackwardContext, Operation, elements, rows, rows_mut};
use crate::matrix::Matrix;
use crate::matrix::duals::{DualNumber, Duals};
use crate::scalar::{Scalar, double};
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
        copy_rows(x, self.0.iter().copied(), None, result);
        self.0.to_vec()
    }

    fn backward<T: Scalar>(indices: &Vec<usize>, context: &mut BackwardContext<'_, T, 1>) {
        add_to_rows(context, indices.iter().copied(), None);
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 1]) -> Duals<S, D> {
        Duals::linear(operands, |operands| Matrix::compute(operands, Gather(self.0)))
    }
}

/// An embedding: the rows of the first operand whose indices are the elements of the second. The rows of a row of indices
/// are one after the other. The row `padding_idx` has no derivatives.
pub(crate) struct Lookup {
    pub(crate) padding_idx: Option<usize>,
}

impl Operation<2> for Lookup {
    /// The index without derivatives.
    type Kept = Option<usize>;

    fn shape(&self, [[_, dimension], [samples, columns]]: [[usize; 2]; 2]) -> [usize; 2] {
        [samples, columns * dimension]
    }

    fn forward<T: Scalar>(&self, [x, indices]: [ArrayView2<'_, T>; 2], result: &mut [T], _: &mut [T]) -> Option<usize> {
        copy_rows(x, elements(indices).iter().map(integer), self.padding_idx, result);
        self.padding_idx
    }

    fn backward<T: Scalar>(&padding_idx: &Option<usize>, context: &mut BackwardContext<'_, T, 2>) {
        add_to_rows(context, elements(context.operand(1)).iter().map(integer), padding_idx);
    }
}

fn integer<T: Scalar>(index: &T) -> usize {
    double(index) as usize
}

/// Copies the rows with these indices, the row `constant` without its derivatives.
fn copy_rows<T: Scalar>(
    x: ArrayView2<'_, T>,
    indices: impl Iterator<Item = usize>,
    constant: Option<usize>,
    result: &mut [T],
) {
    let (x, columns) = (elements(x), x.ncols());
    for (row, index) in rows_mut(result, columns).zip(indices) {
        row.copy_from_slice(&x[index * columns..][..columns]);
        if constant == Some(index) {
            row.iter_mut().for_each(|x| *x = x.detached());
        }
    }
}

/// Adds the upstream adjoints to those of the rows with these indices, except for the row `constant`.
fn add_to_rows<T: Scalar, const N: usize>(
    context: &mut BackwardContext<'_, T, N>,
    indices: impl Iterator<Item = usize>,
    constant: Option<usize>,
) {
    let (upstream, columns) = (context.upstream, context.operands[0].columns);
    let Some(adjoint) = context.adjoint_slice(0) else { return };
    for (index, upstream) in indices.zip(rows(upstream, columns)).filter(|&(index, _)| constant != Some(index)) {
        let adjoint = &mut adjoint[index * columns..][..columns];
        adjoint.iter_mut().zip(upstream).for_each(|(adjoint, &upstream)| *adjoint += upstream);
    }
}
