//! Layer normalization and its variant by the root mean square.

use super::{BackwardContext, Operation, elements, rows, rows_mut};
use crate::kernels::sums::{largest, sum, sum_of_pairs, unit_in};
use crate::scalar::{Scalar, double};
use ndarray::ArrayView2;

/// Each row of n elements minus its mean μ, divided by its standard deviation: yⱼ = (xⱼ − μ)·r, r = 1/√(Σ (xₖ − μ)²/n +
/// ε). If the rows are not centered, μ is 0, and r is the reciprocal of the root mean square.
///
/// With the upstream adjoints u, ∂/∂xⱼ is r·(uⱼ − Σ uₖ/n − yⱼ·Σ uₖ·yₖ/n), without Σ uₖ/n if the rows are not centered.
pub(crate) struct Normalize {
    pub(crate) is_centered: bool,
    pub(crate) epsilon: f64,
}

impl Operation<1> for Normalize {
    /// True if the rows are centered.
    type Kept = bool;

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    /// Saves r of each row.
    fn saved(&self, [[rows, _]]: [[usize; 2]; 1]) -> usize {
        rows
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) -> bool {
        let (epsilon, columns) = (T::of(self.epsilon), x.ncols());
        for ((x, y), r) in rows(elements(x), columns).zip(rows_mut(result, columns)).zip(saved) {
            let mean = if self.is_centered { sum(x) / T::of(x.len() as f64) } else { T::zero() };
            let variance = deviations(x, y, mean, [T::one(), T::one()]) + epsilon;
            *r = variance.sqrt().recip();
            // The squares can be too large or too small for the type.
            if !(variance > T::min_positive_value() / T::epsilon() && variance.is_finite()) {
                let [mean, half, scale] = self.mean_and_units(x);
                let root = epsilon.sqrt() * half / scale;
                let factor = (deviations(x, y, mean, [half, scale]) + root * root).sqrt().recip();
                y.iter_mut().for_each(|y| *y *= factor);
                *r = factor / scale * half;
            } else {
                y.iter_mut().for_each(|y| *y *= *r);
            }
        }
        self.is_centered
    }

    fn backward<T: Scalar>(&is_centered: &bool, context: &mut BackwardContext<'_, T, 1>) {
        let (y, r, upstream, along) = (context.result.data, context.saved, context.upstream, context.along);
        let columns = context.result.columns;
        let n = T::of(columns as f64);
        let Some(adjoint) = context.adjoint_slice(0) else { return };
        let lines = rows_mut(adjoint, columns).zip(rows(y, columns)).zip(rows(upstream, columns)).zip(r);
        for (((adjoint, y), upstream), &r) in lines {
            let mean = if is_centered { sum(upstream) / n } else { T::zero() };
            let mean_product = sum_of_pairs(upstream, y, |upstream, y| along.product(upstream, y)) / n;
            for ((adjoint, &y), &upstream) in adjoint.iter_mut().zip(y).zip(upstream) {
                *adjoint += along.product(upstream - mean - along.product(mean_product, y), r);
            }
        }
    }
}

/// Writes the differences of the elements from `mean`, times `half` and divided by `scale`, to `y` and returns the mean
/// of their squares.
#[inline(always)]
fn deviations<T: Scalar>(x: &[T], y: &mut [T], mean: T, [half, scale]: [T; 2]) -> T {
    let mean = mean * half;
    y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x * half - mean) / scale);
    sum_of_pairs(y, y, |y, _| y * y) / T::of(x.len() as f64)
}

impl Normalize {
    /// Returns the mean of a row, 0 if rows are not centered, and two powers of two: one by which large elements are
    /// multiplied so that no difference from the mean overflows, and one near the largest of these differences and √ε.
    #[cold]
    fn mean_and_units<T: Scalar>(&self, x: &[T]) -> [T; 3] {
        let largest_element = largest(x.iter().map(double));
        let half = if largest_element > 1.0 { 0.5 } else { 1.0 };
        let mut mean = T::zero();
        if self.is_centered {
            let unit = unit_in::<T>(largest_element);
            mean = sum_of_pairs(x, x, |x, _| x / unit) / T::of(x.len() as f64) * unit;
        }
        let difference = largest(x.iter().map(|x| double(x) * half - double(&mean) * half));
        let root = double(&T::of(self.epsilon)).sqrt();
        [mean, T::of(half), unit_in(difference.max(root))]
    }
}
