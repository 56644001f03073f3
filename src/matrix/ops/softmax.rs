//! Softmax, its logarithm and log-sum-exp of each row, finite for elements of any size.

use super::{BackwardContext, Operation};
use crate::kernels::sums::{sum, sum_of};
use crate::scalar::rules::{self, UnaryFunction};
use crate::scalar::{Scalar, double};
use ndarray::ArrayView2;

/// The softmax of each row, pⱼ = e^xⱼ / Σ e^xₖ. With the upstream adjoints u, ∂/∂xⱼ is pⱼ·(uⱼ − Σ uₖ·pₖ).
pub(crate) struct Softmax;

impl Operation<1> for Softmax {
    type Kept = ();

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    /// Returns the space for intermediate values, which the backward pass does not need.
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

/// The logarithm of the softmax of each row, ln pⱼ = xⱼ − ln Σ e^xₖ. With the upstream adjoints u, ∂/∂xⱼ is uⱼ − pⱼ·Σ
/// uₖ.
pub(crate) struct LogSoftmax;

impl Operation<1> for LogSoftmax {
    type Kept = ();

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    /// Saves the softmax; after it is the space for intermediate values.
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

/// The logarithm ln Σ e^xⱼ of each row. Its derivatives are the softmax of the row.
pub(crate) struct LogSumExp;

impl Operation<1> for LogSumExp {
    type Kept = ();

    fn shape(&self, [[rows, _]]: [[usize; 2]; 1]) -> [usize; 2] {
        [rows, 1]
    }

    /// Saves the softmax; after it is the space for intermediate values.
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

/// The function x − c at x = c, for a constant c: the value is 0, and the derivatives are those of x.
pub(super) struct Level;

impl UnaryFunction for Level {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, _: T) -> (T, T) {
        (T::zero(), T::one())
    }
}

/// The exponential, whose loop over floats is vectorized.
pub(super) struct Exp;

impl UnaryFunction for Exp {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        rules::exp(x)
    }
}

/// The parts of the softmax of each row: its largest element, and `ln Σ e^(xⱼ − largest)`.
///
/// The largest element is subtracted from all, so that no exponential overflows. It is not added to the logarithm,
/// whose digits would be rounded away where it is large: `ln pⱼ` is (xⱼ − largest) minus the logarithm.
pub(crate) struct SoftmaxRows<'s, T> {
    largest: &'s [T],
    logarithms: &'s [T],
}

impl SoftmaxRows<'_, ()> {
    /// Returns the number of elements of `space` that [`compute`](SoftmaxRows::compute) needs.
    pub(crate) fn space([rows, columns]: [usize; 2]) -> usize {
        rows * (columns + 2)
    }
}

impl<'s, T: Scalar> SoftmaxRows<'s, T> {
    /// Writes the softmax of each row to `softmax`. The length of `space` is that of [`space`](SoftmaxRows::space).
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
            // A constant: what is subtracted from all elements does not change the derivatives.
            *largest = T::of(double(&row.iter().copied().reduce(T::max).expect("there is a column")));
            for (&x, exponent) in row.iter().zip(exponents) {
                *exponent = minus_largest(x, *largest);
            }
        }
        Exp.values_and_derivatives(&mut exponents[..x.len()], softmax);
        let rows = x.rows().into_iter().zip(softmax.chunks_exact_mut(columns)).zip(&*largest).zip(&mut *logarithms);
        for (((x, row), &largest), logarithm) in rows {
            // ln(1 + rest), where 1 is the exponential of the largest element: the sum 1 + rest would round a small
            // rest away.
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

    /// Returns ln Σ e^xⱼ of a row.
    pub(crate) fn log_sum_exp(&self, row: usize) -> T {
        self.largest[row] + self.logarithms[row]
    }

    /// Returns ln pⱼ of the element `x` of a row.
    #[inline(always)]
    pub(crate) fn log_softmax(&self, row: usize, x: T) -> T {
        minus_largest(x, self.largest[row]) - self.logarithms[row]
    }
}

/// Returns x minus the largest element of its row, and 0 for an infinite element that is the largest: such elements
/// have equal softmax.
#[inline(always)]
pub(super) fn minus_largest<T: Scalar>(x: T, largest: T) -> T {
    if largest.is_infinite() && x == largest { x.map(Level) } else { x - largest }
}
