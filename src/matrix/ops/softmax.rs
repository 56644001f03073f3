//! Softmax, its logarithm and log-sum-exp of each row, finite for elements of any size.

use super::{BackwardContext, Operation, elements, rows, rows_mut};
use crate::kernels::sums::{sum, sum_of_pairs};
use crate::scalar::Scalar;
use crate::scalar::rules::{self, UnaryFunction};
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
        let (p, upstream, along) = (context.result.data, context.upstream, context.along);
        let columns = context.result.columns;
        let Some(adjoint) = context.adjoint_slice(0) else { return };
        for ((adjoint, p), upstream) in rows_mut(adjoint, columns).zip(rows(p, columns)).zip(rows(upstream, columns)) {
            let mean = sum_of_pairs(upstream, p, |upstream, p| along.product(upstream, p));
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
        let (parts, columns) = (SoftmaxRows::compute(x, softmax, space), x.ncols());
        for (i, (x, result)) in rows(elements(x), columns).zip(rows_mut(result, columns)).enumerate() {
            subtract_largest(x, parts.largest[i], result);
            result.iter_mut().for_each(|result| *result -= parts.logarithms[i]);
        }
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        let (p, upstream, along) = (context.saved, context.upstream, context.along);
        let columns = context.result.columns;
        let Some(adjoint) = context.adjoint_slice(0) else { return };
        for ((adjoint, p), upstream) in rows_mut(adjoint, columns).zip(rows(p, columns)).zip(rows(upstream, columns)) {
            let total = sum(upstream);
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
        let columns = context.operands[0].columns;
        let Some(adjoint) = context.adjoint_slice(0) else { return };
        for ((adjoint, p), &upstream) in rows_mut(adjoint, columns).zip(rows(p, columns)).zip(upstream) {
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
        let x = elements(x);
        for ((row, exponents), largest) in rows(x, columns).zip(rows_mut(exponents, columns)).zip(&mut *largest) {
            // A constant: what is subtracted from all elements does not change the derivatives.
            *largest = greatest(row).detached();
            subtract_largest(row, *largest, exponents);
        }
        Exp.values_and_derivatives(exponents, softmax);
        let parts = largest.iter().zip(&mut *logarithms);
        for ((x, row), (&largest, logarithm)) in rows(x, columns).zip(rows_mut(softmax, columns)).zip(parts) {
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

    /// Writes ln pⱼ of each element of a row to `results`.
    pub(crate) fn log_softmax(&self, row: usize, x: &[T], results: &mut [T]) {
        subtract_largest(x, self.largest[row], results);
        let logarithm = self.logarithms[row];
        T::vectorize(|| results.iter_mut().for_each(|result| *result -= logarithm));
    }
}

/// Returns the largest of some elements, ignoring NaN; −∞ if there is none.
fn greatest<T: Scalar>(row: &[T]) -> T {
    // Several maxima, which the processor computes at the same time.
    let mut lanes = [T::neg_infinity(); 16];
    for values in row.chunks(lanes.len()) {
        for (largest, &x) in lanes.iter_mut().zip(values) {
            *largest = if x > *largest { x } else { *largest };
        }
    }
    lanes.into_iter().reduce(|largest, x| if x > largest { x } else { largest }).expect("there are lanes")
}

/// Writes the elements of a row minus its largest to `results`.
fn subtract_largest<T: Scalar>(row: &[T], largest: T, results: &mut [T]) {
    if largest.is_infinite() {
        row.iter().zip(results).for_each(|(&x, result)| *result = minus_largest(x, largest));
    } else {
        T::vectorize(|| row.iter().zip(results).for_each(|(&x, result)| *result = x - largest));
    }
}

/// Returns x minus the largest element of its row, and 0 for an infinite element that is the largest: such elements
/// have equal softmax.
#[inline(always)]
pub(super) fn minus_largest<T: Scalar>(x: T, largest: T) -> T {
    if largest.is_infinite() && x == largest { x.map(Level) } else { x - largest }
}
