//! The largest and the smallest element of each row or column.

use super::softmax::Level;
use super::{BackwardContext, Operation};
use crate::scalar::Scalar;
use ndarray::{ArrayView1, ArrayView2, Axis};

/// The largest or the smallest element of each row or column. The derivative is divided evenly among equal elements.
pub(crate) struct Extreme {
    /// The axis that is kept: 0 for a result for each row, 1 for each column.
    pub(crate) keep: usize,
    pub(crate) largest: bool,
}

impl Operation<1> for Extreme {
    type Kept = ();

    #[track_caller]
    fn shape(&self, [[rows, columns]]: [[usize; 2]; 1]) -> [usize; 2] {
        let len = [columns, rows][self.keep];
        assert!(len > 0, "a matrix of {rows} × {columns} has no largest or smallest element");
        if self.keep == 0 { [rows, 1] } else { [1, columns] }
    }

    /// Saves the derivatives with respect to each element.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        rows * columns
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        let mut derivatives = super::view_mut(saved, [x.nrows(), x.ncols()]);
        let lines = x.lanes(Axis(1 - self.keep)).into_iter().zip(derivatives.lanes_mut(Axis(1 - self.keep)));
        for ((line, mut derivatives), result) in lines.zip(result) {
            let extreme = self.of(line);
            let is_tied = |x: T| x == extreme || (x.is_nan() && extreme.is_nan());
            let ties = line.iter().filter(|&&x| is_tied(x)).count();
            let fraction = T::of(1.0 / ties as f64);
            for (derivative, &x) in derivatives.iter_mut().zip(line) {
                *derivative = if is_tied(x) { fraction } else { T::zero() };
            }
            // For equal elements, the result is their value as a constant plus the mean of zeros that carry their
            // derivatives.
            let levels = line.iter().filter(|&&x| is_tied(x)).map(|x| x.map(Level));
            let is_single = ties == 1 || extreme.is_nan();
            let mean = |extreme: T| extreme.detached() + levels.fold(T::zero(), |sum, x| sum + x) * fraction;
            *result = if is_single { extreme } else { mean(extreme) };
        }
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        let (upstream, along) = (context.upstream(), context.along);
        let derivatives = super::view(context.saved, context.operands[0].shape());
        let Some(mut adjoint) = context.adjoint(0) else { return };
        let upstream = upstream.broadcast(adjoint.dim()).expect("the result has an element for each row or column");
        for ((adjoint, &upstream), &derivative) in adjoint.iter_mut().zip(upstream).zip(derivatives) {
            *adjoint += along.product(upstream, derivative);
        }
    }
}

impl Extreme {
    /// Returns one of the largest or smallest elements; NaN only if all are NaN.
    fn of<T: Scalar>(&self, line: ArrayView1<'_, T>) -> T {
        let is_better = |x: T, best: T| if self.largest { x > best } else { x < best };
        line.iter()
            .copied()
            .reduce(|best, x| if is_better(x, best) || best.is_nan() { x } else { best })
            .expect("the line is not empty")
    }
}
