//! Sums and means of rows, of columns and of all elements.

use super::{BackwardContext, Operation, elements};
use crate::kernels::sums::{FEW, add_in_pairs, space_for_pairs, sum_of_pairs};
use crate::matrix::Matrix;
use crate::matrix::duals::{DualNumber, Duals};
use crate::scalar::Scalar;
use ndarray::ArrayView2;

/// The sum or the mean over rows, columns or both.
pub(crate) struct Sum {
    /// True for a result for each row, and for each column.
    pub(crate) keep: [bool; 2],
    pub(crate) mean: bool,
}

impl Operation<1> for Sum {
    type Kept = ();

    fn shape(&self, [[rows, columns]]: [[usize; 2]; 1]) -> [usize; 2] {
        [if self.keep[0] { rows } else { 1 }, if self.keep[1] { columns } else { 1 }]
    }

    /// Saves the derivative, which is the same with respect to each element; after it is space for the sums of columns.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        1 + if self.keep == [false, true] { columns * space_for_pairs(rows, FEW) } else { 0 }
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let (derivative, space) = saved.split_first_mut().expect("the derivative is saved");
        *derivative = T::one();
        self.add_up(x, result, space, |x| x);
        if self.mean {
            let count = (x.len() / result.len().max(1)) as f64;
            *derivative = T::of(1.0 / count);
            let is_finite = result.iter().all(|sum| sum.is_finite()) || !x.iter().all(|x| x.is_finite());
            if T::of(count).is_finite() && is_finite {
                result.iter_mut().for_each(|sum| *sum /= T::of(count));
            } else {
                // The sum or the count is too large for the type, but the mean can be finite.
                let before = if T::of(count).is_finite() { count } else { 256.0 };
                result.fill(T::zero());
                self.add_up(x, result, space, |x| x / T::of(before));
                result.iter_mut().for_each(|sum| *sum /= T::of(count / before));
            }
        }
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        let (upstream, derivative, columns) = (context.upstream, context.saved[0], context.operands[0].columns);
        let is_row = context.result.columns == columns && upstream.len() > 1;
        let Some(adjoint) = context.adjoint_slice(0) else { return };
        if is_row {
            for adjoint in adjoint.chunks_exact_mut(upstream.len()) {
                for (adjoint, &upstream) in adjoint.iter_mut().zip(upstream) {
                    *adjoint += upstream * derivative;
                }
            }
            return;
        }
        let len = adjoint.len() / upstream.len().max(1);
        for (adjoint, &upstream) in adjoint.chunks_exact_mut(len.max(1)).zip(upstream) {
            let summand = upstream * derivative;
            adjoint.iter_mut().for_each(|adjoint| *adjoint += summand);
        }
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 1]) -> Duals<S, D> {
        Duals::linear(operands, |operands| Matrix::compute(operands, Sum { ..self }))
    }
}

impl Sum {
    /// Writes the sums of `of(x)` over the elements x to `result`, which is zeros before.
    fn add_up<T: Scalar>(&self, x: ArrayView2<'_, T>, result: &mut [T], space: &mut [T], of: impl Fn(T) -> T) {
        let (rows, columns, elements) = (x.nrows(), x.ncols(), elements(x));
        match self.keep {
            [true, true] => result.iter_mut().zip(elements).for_each(|(sum, &x)| *sum = of(x)),
            [false, false] => result[0] = sum_of_pairs(elements, elements, |x, _| of(x)),
            [true, false] => {
                for (i, sum) in result.iter_mut().enumerate() {
                    let row = &elements[i * columns..][..columns];
                    *sum = sum_of_pairs(row, row, |x, _| of(x));
                }
            }
            [false, true] => add_in_pairs(rows, FEW, result, space, &mut |rows, sums| {
                for row in elements[rows.start * columns..rows.end * columns].chunks_exact(columns.max(1)) {
                    for (sum, &x) in sums.iter_mut().zip(row) {
                        *sum += of(x);
                    }
                }
            }),
        }
    }
}
