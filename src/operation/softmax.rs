//! Softmax and log-sum-exp by row, finite for numbers of any size.

use super::{Backward, Operation};
use crate::Scalar;
use crate::rules::{self, Rule};
use ndarray::ArrayView2;

/// pⱼ = e^xⱼ / Σ e^xₖ of each row, with the adjoints pⱼ·(uⱼ − Σ uₖ·pₖ).
pub(crate) struct Softmax;

impl Operation<1> for Softmax {
    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    /// For the logarithms and to work in: of no use later.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        rows + rows * columns
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let (logarithms, work) = saved.split_at_mut(x.nrows());
        softmax_rows(x, result, logarithms, work);
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 1>) {
        let (p, upstream) = (way.result(), way.upstream());
        let Some(mut adjoint) = way.adjoint(0) else { return };
        for ((mut adjoint, p), upstream) in adjoint.rows_mut().into_iter().zip(p.rows()).zip(upstream.rows()) {
            let mean = p.iter().zip(upstream).fold(T::zero(), |sum, (&p, &u)| sum + p * u);
            for ((adjoint, &p), &upstream) in adjoint.iter_mut().zip(p).zip(upstream) {
                *adjoint += p * (upstream - mean);
            }
        }
    }
}

/// ln Σ e^xⱼ of each row, whose derivatives are the row's softmax.
pub(crate) struct LogSumExp;

impl Operation<1> for LogSumExp {
    fn shape(&self, [[rows, _]]: [[usize; 2]; 1]) -> [usize; 2] {
        [rows, 1]
    }

    /// The softmax, and as much to work in.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        2 * rows * columns
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let (softmax, work) = saved.split_at_mut(x.len());
        softmax_rows(x, softmax, result, work);
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 1>) {
        let (p, upstream) = (way.saved, way.upstream);
        let Some(mut adjoint) = way.adjoint(0) else { return };
        let columns = adjoint.ncols().max(1);
        for ((mut adjoint, p), &upstream) in adjoint.rows_mut().into_iter().zip(p.chunks_exact(columns)).zip(upstream) {
            for (adjoint, &p) in adjoint.iter_mut().zip(p) {
                *adjoint += upstream * p;
            }
        }
    }
}

struct Exp;

impl Rule for Exp {
    #[inline(always)]
    fn apply<T: Scalar>(&self, x: T) -> (T, T) {
        rules::exp(x)
    }
}

/// Of each row its softmax, and the logarithm of the sum of its exponentials.
///
/// The largest number is taken from all first, so that no exponential overflows. `work` is as long as the numbers.
pub(crate) fn softmax_rows<T: Scalar>(x: ArrayView2<'_, T>, softmax: &mut [T], log_sum_exp: &mut [T], work: &mut [T]) {
    let columns = x.ncols();
    if columns == 0 {
        log_sum_exp.fill(T::neg_infinity());
        return;
    }
    let work = &mut work[..x.len()];
    for ((row, largest), work) in x.rows().into_iter().zip(&mut *log_sum_exp).zip(work.chunks_exact_mut(columns)) {
        *largest = row.iter().copied().reduce(T::max).expect("there are columns");
        let shift = shift(*largest);
        for (&x, work) in row.iter().zip(work) {
            *work = x - shift;
        }
    }
    Exp.apply_to_all(work, softmax);
    for (row, largest) in softmax.chunks_exact_mut(columns).zip(log_sum_exp) {
        let sum = row.iter().copied().fold(T::zero(), |sum, e| sum + e);
        *largest = shift(*largest) + sum.ln();
        let factor = sum.recip();
        for e in row {
            *e *= factor;
        }
    }
}

/// What is taken from all numbers of a row: ∞ − ∞ would be none.
fn shift<T: Scalar>(largest: T) -> T {
    if largest.is_finite() { largest } else { T::zero() }
}
