//! Ranges of columns, and concatenation.

use super::{BackwardContext, Operation, view_mut};
use crate::matrix::Matrix;
use crate::matrix::duals::{DualNumber, Duals};
use crate::scalar::Scalar;
use ndarray::{ArrayView2, Axis, Slice};
use std::ops::Range;

/// The columns of a range.
pub(crate) struct Columns(pub(crate) Range<usize>);

impl Operation<1> for Columns {
    /// The first column of the range.
    type Kept = usize;

    #[track_caller]
    fn shape(&self, [[rows, columns]]: [[usize; 2]; 1]) -> [usize; 2] {
        let Range { start, end } = self.0;
        assert!(start <= end && end <= columns, "`range` must be within 0..{columns}, got {start}..{end}, in columns");
        [rows, end - start]
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], _: &mut [T]) -> usize {
        let part = x.slice_axis(Axis(1), Slice::from(self.0.clone()));
        view_mut(result, [part.nrows(), part.ncols()]).assign(&part);
        self.0.start
    }

    fn backward<T: Scalar>(&first: &usize, context: &mut BackwardContext<'_, T, 1>) {
        let upstream = context.upstream();
        if let Some(mut adjoint) = context.adjoint(0) {
            adjoint.slice_axis_mut(Axis(1), Slice::from(first..first + upstream.ncols())).zip_mut_with(&upstream, add);
        }
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 1]) -> Duals<S, D> {
        Duals::linear(operands, |operands| Matrix::compute(operands, Columns(self.0.clone())))
    }
}

/// The concatenation of two matrices along an axis: 0 for rows, 1 for columns.
pub(crate) struct Stack {
    pub(crate) axis: usize,
}

impl Operation<2> for Stack {
    /// The axis.
    type Kept = usize;

    #[track_caller]
    fn shape(&self, [a, b]: [[usize; 2]; 2]) -> [usize; 2] {
        let other = 1 - self.axis;
        let (name, of) = [("vstack", "columns"), ("hstack", "rows")][self.axis];
        assert!(a[other] == b[other], "expected {} {of}, got {}, in {name}", a[other], b[other]);
        let mut shape = a;
        shape[self.axis] += b[self.axis];
        shape
    }

    fn forward<T: Scalar>(&self, [a, b]: [ArrayView2<'_, T>; 2], result: &mut [T], _: &mut [T]) -> usize {
        let shape = self.shape([[a.nrows(), a.ncols()], [b.nrows(), b.ncols()]]);
        let (mut of_a, mut of_b) = view_mut(result, shape).split_at(Axis(self.axis), a.len_of(Axis(self.axis)));
        of_a.assign(&a);
        of_b.assign(&b);
        self.axis
    }

    fn backward<T: Scalar>(&axis: &usize, context: &mut BackwardContext<'_, T, 2>) {
        let upstream = context.upstream();
        let (of_a, of_b) = upstream.split_at(Axis(axis), context.operands[0].shape()[axis]);
        for (index, upstream) in [of_a, of_b].into_iter().enumerate() {
            if let Some(mut adjoint) = context.adjoint(index) {
                adjoint.zip_mut_with(&upstream, add);
            }
        }
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 2]) -> Duals<S, D> {
        Duals::linear(operands, |operands| Matrix::compute(operands, Stack { ..self }))
    }
}

fn add<T: Scalar>(adjoint: &mut T, &upstream: &T) {
    *adjoint += upstream;
}
