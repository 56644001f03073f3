//! Euclidean norms.

use super::{BackwardContext, Operation, elements, rows, rows_mut};
use crate::kernels::sums::{largest, sum_of_pairs, unit_in};
use crate::scalar::{Scalar, double};
use ndarray::ArrayView2;

/// The Euclidean norm √Σx² of each row, or of all elements. No square overflows or underflows.
///
/// The derivatives are x/√Σx². Where all elements are 0, they are 0: the mean of the derivatives in all directions.
pub(crate) struct Norm {
    pub(crate) by_row: bool,
}

impl Operation<1> for Norm {
    type Kept = ();

    fn shape(&self, [[rows, _]]: [[usize; 2]; 1]) -> [usize; 2] {
        [if self.by_row { rows } else { 1 }, 1]
    }

    /// Saves the derivatives with respect to each element.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        rows * columns
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let (elements, len) = (elements(x), if self.by_row { x.ncols() } else { x.len() });
        for (i, norm) in result.iter_mut().enumerate() {
            let (x, derivatives) = (&elements[i * len..][..len], &mut saved[i * len..][..len]);
            if !T::one().is_plain() {
                // The derivatives of scaled squares would overflow and underflow; those of hypot do not.
                *norm = x.iter().copied().reduce(T::hypot).map_or(T::zero(), T::abs);
                for (derivative, &x) in derivatives.iter_mut().zip(x) {
                    *derivative = if norm.is_zero() { T::zero() } else { x / *norm };
                }
                continue;
            }
            let scale = unit_in::<T>(largest(x.iter().map(double)));
            let squares = sum_of_pairs(x, x, |x, _| (x / scale).powi(2));
            let scaled = squares.sqrt();
            *norm = scaled * scale;
            for (derivative, &x) in derivatives.iter_mut().zip(x) {
                *derivative = if squares.is_zero() { T::zero() } else { x / scale / scaled };
            }
        }
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        let (upstream, along, saved) = (context.upstream, context.along, context.saved);
        let len = saved.len() / upstream.len().max(1);
        let Some(adjoint) = context.adjoint_slice(0) else { return };
        for ((adjoint, derivatives), &upstream) in rows_mut(adjoint, len).zip(rows(saved, len)).zip(upstream) {
            for (adjoint, &derivative) in adjoint.iter_mut().zip(derivatives) {
                *adjoint += along.product(upstream, derivative);
            }
        }
    }
}
