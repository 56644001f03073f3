//! Softmax, its logarithm, and log-sum-exp by row, finite for numbers of any size.

use super::{BackwardContext, Operation};
use crate::kernels::sums::{sum, sum_of};
use crate::scalar::rules::{self, UnaryFunction};
use crate::scalar::{Scalar, double};
use ndarray::ArrayView2;

/// pⱼ = e^xⱼ / Σ e^xₖ of each row, with the adjoints pⱼ·(uⱼ − Σ uₖ·pₖ).
pub(crate) struct Softmax;

impl Operation<1> for Softmax {
    type Kept = ();

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    /// To work in: of no use later.
    fn saved(&self, [shape]: [[usize; 2]; 1]) -> usize {
        SoftmaxRows::space(shape)
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        SoftmaxRows::compute(x, result, saved);
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        let (p, upstream, along) = (context.result(), context.upstream(), context.along);
        let Some(mut adjoint) = context.adjoint(0) else { return };
        for ((mut adjoint, p), upstream) in adjoint.rows_mut().into_iter().zip(p.rows()).zip(upstream.rows()) {
            let mean = sum_of(p.len(), |j| along.product(upstream[j], p[j]));
            for ((adjoint, &p), &upstream) in adjoint.iter_mut().zip(p).zip(upstream) {
                *adjoint += along.product(upstream - mean, p);
            }
        }
    }
}

/// ln pⱼ = xⱼ − ln Σ e^xₖ of each row, with the adjoints uⱼ − pⱼ·Σ uₖ.
pub(crate) struct LogSoftmax;

impl Operation<1> for LogSoftmax {
    type Kept = ();

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    /// The softmax; behind it, rows are worked on.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        rows * columns + SoftmaxRows::space([rows, columns])
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let (softmax, space) = saved.split_at_mut(x.len());
        let rows = SoftmaxRows::compute(x, softmax, space);
        for (i, (x, result)) in x.rows().into_iter().zip(result.chunks_exact_mut(x.ncols().max(1))).enumerate() {
            for (&x, result) in x.iter().zip(result) {
                *result = rows.log_softmax(i, x);
            }
        }
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        let (p, upstream, along) = (context.saved, context.upstream(), context.along);
        let Some(mut adjoint) = context.adjoint(0) else { return };
        let columns = adjoint.ncols().max(1);
        let rows = adjoint.rows_mut().into_iter().zip(p.chunks_exact(columns)).zip(upstream.rows());
        for ((mut adjoint, p), upstream) in rows {
            let total = sum_of(p.len(), |j| upstream[j]);
            for ((adjoint, &p), &upstream) in adjoint.iter_mut().zip(p).zip(upstream) {
                *adjoint += upstream - along.product(total, p);
            }
        }
    }
}

/// ln Σ e^xⱼ of each row, whose derivatives are the row's softmax.
pub(crate) struct LogSumExp;

impl Operation<1> for LogSumExp {
    type Kept = ();

    fn shape(&self, [[rows, _]]: [[usize; 2]; 1]) -> [usize; 2] {
        [rows, 1]
    }

    /// The softmax; behind it, rows are worked on.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        rows * columns + SoftmaxRows::space([rows, columns])
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let (softmax, space) = saved.split_at_mut(x.len());
        let rows = SoftmaxRows::compute(x, softmax, space);
        for (i, result) in result.iter_mut().enumerate() {
            *result = rows.log_sum_exp(i);
        }
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        let (p, upstream, along) = (context.saved, context.upstream, context.along);
        let Some(mut adjoint) = context.adjoint(0) else { return };
        let columns = adjoint.ncols().max(1);
        for ((mut adjoint, p), &upstream) in adjoint.rows_mut().into_iter().zip(p.chunks_exact(columns)).zip(upstream) {
            for (adjoint, &p) in adjoint.iter_mut().zip(p) {
                *adjoint += along.product(upstream, p);
            }
        }
    }
}

/// A number as the level 0, from which it goes up and down as it did.
pub(super) struct Level;

impl UnaryFunction for Level {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, _: T) -> (T, T) {
        (T::zero(), T::one())
    }
}

struct Exp;

impl UnaryFunction for Exp {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        rules::exp(x)
    }
}

/// What the softmax of rows is made of: of each row its largest number, and `ln Σ e^(xⱼ − largest)`.
///
/// The largest number is taken from all, so that no exponential overflows. It is kept apart from the logarithm, which it
/// would swallow where it is large: `ln pⱼ` is (xⱼ − largest) less the logarithm.
pub(crate) struct SoftmaxRows<'s, T> {
    largest: &'s [T],
    logarithms: &'s [T],
}

impl SoftmaxRows<'_, ()> {
    /// How much space is worked in for rows and columns.
    pub(crate) fn space([rows, columns]: [usize; 2]) -> usize {
        rows * (columns + 2)
    }
}

impl<'s, T: Scalar> SoftmaxRows<'s, T> {
    /// Fills `softmax` with that of each row; `space` is as long as [`space`](SoftmaxRows::space) computes.
    pub(crate) fn compute(x: ArrayView2<'_, T>, softmax: &mut [T], space: &'s mut [T]) -> Self {
        let (largest, space) = space.split_at_mut(x.nrows());
        let (logarithms, exponents) = space.split_at_mut(x.nrows());
        let columns = x.ncols();
        if columns == 0 {
            largest.fill(T::neg_infinity());
            return SoftmaxRows { largest, logarithms };
        }
        for ((row, largest), exponents) in
            x.rows().into_iter().zip(&mut *largest).zip(exponents.chunks_exact_mut(columns))
        {
            // A constant: whatever is taken from all has no part in the derivatives.
            *largest = T::of(double(&row.iter().copied().reduce(T::max).expect("there are columns")));
            for (&x, exponent) in row.iter().zip(exponents) {
                *exponent = below(x, *largest);
            }
        }
        Exp.values_and_derivatives(&mut exponents[..x.len()], softmax);
        let rows = x.rows().into_iter().zip(softmax.chunks_exact_mut(columns)).zip(&*largest).zip(&mut *logarithms);
        for (((x, row), &largest), logarithm) in rows {
            // ln(1 + rest), where the 1 is the largest: a small rest would be lost beside it.
            let top = x.iter().position(|&x| x == largest).unwrap_or(0);
            let e = std::mem::replace(&mut row[top], T::zero());
            let rest = sum(row);
            row[top] = e;
            *logarithm = (rest + (e - T::one())).ln_1p();
            let factor = (rest + e).recip();
            for e in row {
                *e *= factor;
            }
        }
        SoftmaxRows { largest, logarithms }
    }

    /// ln Σ e^xⱼ of a row.
    pub(crate) fn log_sum_exp(&self, row: usize) -> T {
        self.largest[row] + self.logarithms[row]
    }

    /// ln pⱼ of a number in a row.
    #[inline(always)]
    pub(crate) fn log_softmax(&self, row: usize, x: T) -> T {
        below(x, self.largest[row]) - self.logarithms[row]
    }
}

/// x less the largest number of its row. Infinite numbers that are the largest are equal, and share the softmax evenly.
#[inline(always)]
fn below<T: Scalar>(x: T, largest: T) -> T {
    if largest.is_infinite() && x == largest { x.map(Level) } else { x - largest }
}
