//! Sums and means by row, by column and of all.

use super::{Backward, Operation, matrix, numbers};
use crate::Scalar;
use crate::sums::{self, BLOCK, add_in_pairs, space_for_pairs};
use ndarray::ArrayView2;

/// A sum over what the shape of the result does not keep, or its mean.
pub(crate) struct Sum {
    /// Whether there is a result for each row, and for each column.
    pub(crate) keep: [bool; 2],
    pub(crate) mean: bool,
}

impl Operation<1> for Sum {
    fn shape(&self, [[rows, columns]]: [[usize; 2]; 1]) -> [usize; 2] {
        [if self.keep[0] { rows } else { 1 }, if self.keep[1] { columns } else { 1 }]
    }

    /// What the sum is divided by; behind it, sums of columns work.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        1 + if self.keep[1] && !self.keep[0] { columns * space_for_pairs(rows, BLOCK) } else { 0 }
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let (columns, numbers) = (x.ncols(), numbers(x));
        let (divisor, space) = saved.split_first_mut().expect("the divisor is saved");
        match self.keep {
            [true, true] => result.copy_from_slice(numbers),
            [true, false] => {
                for (i, sum) in result.iter_mut().enumerate() {
                    *sum = sums::sum(&numbers[i * columns..][..columns]);
                }
            }
            [false, true] => add_in_pairs(x.nrows(), BLOCK, result, space, |rows, sums| {
                for row in numbers[rows.start * columns..rows.end * columns].chunks_exact(columns.max(1)) {
                    for (sum, &x) in sums.iter_mut().zip(row) {
                        *sum += x;
                    }
                }
            }),
            [false, false] => result[0] = sums::sum(numbers),
        }
        *divisor = T::one();
        if self.mean {
            *divisor = T::of((x.len() / result.len().max(1)) as f64);
            for sum in result {
                *sum /= *divisor;
            }
        }
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 1>) {
        let (shape, divisor) = ([way.result.nrows(), way.result.ncols()], way.saved[0]);
        let mut scratch = way.take_scratch();
        scratch.extend(way.upstream.iter().map(|&upstream| upstream / divisor));
        if let Some(mut adjoint) = way.adjoint(0) {
            let shares = matrix(&scratch, shape);
            let shares = shares.broadcast(adjoint.dim()).expect("a sum over rows, columns or both");
            adjoint.zip_mut_with(&shares, |adjoint, &share| *adjoint += share);
        }
        way.return_scratch(scratch);
    }
}
