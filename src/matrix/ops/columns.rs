//! Some of the columns, and columns side by side.

use super::{Backward, Operation, matrix, matrix_mut};
use crate::scalar::Scalar;
use ndarray::{ArrayView2, Axis, Slice};
use std::ops::Range;

/// Of each row those in a range of columns.
pub(crate) struct Columns(pub(crate) Range<usize>);

impl Operation<1> for Columns {
    #[track_caller]
    fn shape(&self, [[rows, columns]]: [[usize; 2]; 1]) -> [usize; 2] {
        let Range { start, end } = self.0;
        assert!(start <= end && end <= columns, "no columns {start}..{end} among {columns}");
        [rows, end - start]
    }

    /// The first of the columns, as digits to the base [`BASE`].
    fn saved(&self, _: [[usize; 2]; 1]) -> usize {
        4
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let part = x.slice_axis(Axis(1), Slice::from(self.0.clone()));
        matrix_mut(result, [part.nrows(), part.ncols()]).assign(&part);
        let mut rest = self.0.start;
        for digit in saved.iter_mut().rev() {
            *digit = T::of((rest % BASE) as f64);
            rest /= BASE;
        }
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 1>) {
        let (upstream, first) = (way.upstream(), number(way.saved));
        if let Some(mut adjoint) = way.adjoint(0) {
            adjoint.slice_axis_mut(Axis(1), Slice::from(first..first + upstream.ncols())).zip_mut_with(&upstream, add);
        }
    }
}

/// Each row of the first operand, and after it that of the second.
pub(crate) struct Beside;

impl Operation<2> for Beside {
    #[track_caller]
    fn shape(&self, [[rows, columns], [other_rows, other_columns]]: [[usize; 2]; 2]) -> [usize; 2] {
        assert!(rows == other_rows, "{rows} rows beside {other_rows}");
        [rows, columns + other_columns]
    }

    fn forward<T: Scalar>(&self, operands: [ArrayView2<'_, T>; 2], result: &mut [T], _: &mut [T]) {
        let mut rest = matrix_mut(result, [operands[0].nrows(), operands[0].ncols() + operands[1].ncols()]);
        for operand in operands {
            let (mut place, after) = rest.split_at(Axis(1), operand.ncols());
            place.assign(&operand);
            rest = after;
        }
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 2>) {
        let mut rest = matrix(way.upstream, [way.result.nrows(), way.result.ncols()]);
        for index in [0, 1] {
            let (upstream, after) = rest.split_at(Axis(1), way.operands[index].ncols());
            if let Some(mut adjoint) = way.adjoint(index) {
                adjoint.zip_mut_with(&upstream, add);
            }
            rest = after;
        }
    }
}

/// The least precise of floats, bfloat16, has every whole number up to this.
const BASE: usize = 256;

fn number<T: Scalar>(digits: &[T]) -> usize {
    digits.iter().fold(0, |number, digit| number * BASE + digit.to_usize().expect("a digit"))
}

fn add<T: Scalar>(adjoint: &mut T, &upstream: &T) {
    *adjoint += upstream;
}
