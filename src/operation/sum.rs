//! Sums and means by row, by column and of all.

use super::{Backward, Operation};
use crate::Scalar;
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

    /// What the sum is multiplied by.
    fn saved(&self, _: [[usize; 2]; 1]) -> usize {
        1
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let columns = if self.keep[1] { x.ncols() } else { 1 };
        for (i, row) in x.rows().into_iter().enumerate() {
            let sums = if self.keep[0] { &mut result[i * columns..][..columns] } else { &mut *result };
            if self.keep[1] {
                for (sum, &x) in sums.iter_mut().zip(row) {
                    *sum += x;
                }
            } else {
                sums[0] += row.iter().copied().fold(T::zero(), |sum, x| sum + x);
            }
        }
        saved[0] = T::one();
        if self.mean {
            saved[0] = T::of(1.0 / (x.len() / result.len().max(1)) as f64);
            for sum in result {
                *sum *= saved[0];
            }
        }
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 1>) {
        let (upstream, factor) = (way.upstream(), way.saved[0]);
        if let Some(mut adjoint) = way.adjoint(0) {
            let upstream = upstream.broadcast(adjoint.dim()).expect("a sum over rows, columns or both");
            adjoint.zip_mut_with(&upstream, |adjoint, &upstream| *adjoint += upstream * factor);
        }
    }
}
