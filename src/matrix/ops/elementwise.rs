//! Functions of each number, and of two numbers in the same place.

use super::{Backward, Operation};
use crate::scalar::Scalar;
use crate::scalar::rules::{self, UnaryFunction};
use ndarray::ArrayView2;

/// A function of each number.
pub(crate) struct Map<R>(pub(crate) R);

impl<R: UnaryFunction> Operation<1> for Map<R> {
    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    /// The derivatives.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        rows * columns
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        for (number, &x) in saved.iter_mut().zip(x) {
            *number = x;
        }
        self.0.values_and_derivatives(saved, result);
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 1>) {
        way.add_products(0, way.saved);
    }
}

/// A function of two numbers.
pub(crate) trait Binary {
    /// f(a, b), ∂f/∂a and ∂f/∂b.
    fn apply<T: Scalar>(a: T, b: T) -> (T, T, T);
}

macro_rules! binary {
    ($($Name:ident: |$a:ident, $b:ident| $result:expr;)*) => {$(
        pub(crate) struct $Name;

        impl Binary for $Name {
            #[inline(always)]
            fn apply<T: Scalar>($a: T, $b: T) -> (T, T, T) {
                $result
            }
        }
    )*};
}
binary! {
    Add: |a, b| (a + b, T::one(), T::one());
    Subtract: |a, b| (a - b, T::one(), -T::one());
    Multiply: |a, b| rules::mul(a, b);
    Divide: |a, b| rules::div(a, b);
}

/// A function of two numbers in the same place. Where one operand has a single row or column, it stands for all.
pub(crate) struct Zip<B>(pub(crate) B);

impl<B: Binary> Operation<2> for Zip<B> {
    #[track_caller]
    fn shape(&self, [a, b]: [[usize; 2]; 2]) -> [usize; 2] {
        let longer = |i: usize| match [a[i], b[i]] {
            [1, n] | [n, 1] => n,
            [n, m] if n == m => n,
            _ => panic!("{} × {} numbers with {} × {}", a[0], a[1], b[0], b[1]),
        };
        [longer(0), longer(1)]
    }

    /// The derivatives by the first operand, then by the second.
    fn saved(&self, operands: [[usize; 2]; 2]) -> usize {
        2 * self.shape(operands).iter().product::<usize>()
    }

    fn forward<T: Scalar>(&self, [a, b]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let [rows, columns] = self.shape([[a.nrows(), a.ncols()], [b.nrows(), b.ncols()]]);
        let (by_a, by_b) = saved.split_at_mut(result.len());
        let (a, b) = (a.broadcast((rows, columns)), b.broadcast((rows, columns)));
        let (a, b) = (a.expect("shapes were compared"), b.expect("shapes were compared"));
        let derivatives = by_a.iter_mut().zip(by_b);
        for (((&a, &b), result), (by_a, by_b)) in a.iter().zip(b).zip(result).zip(derivatives) {
            (*result, *by_a, *by_b) = B::apply(a, b);
        }
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 2>) {
        let (upstream, saved) = (way.upstream, way.saved);
        for (index, derivatives) in saved.chunks(upstream.len().max(1)).enumerate() {
            if way.operands[index].len() == upstream.len() {
                way.add_products(index, derivatives);
                continue;
            }
            way.add_products_of_one_for_all(index, derivatives);
        }
    }
}

/// The number of the first operand where this is true, that of the second elsewhere.
pub(crate) struct Select<'c>(pub(crate) ArrayView2<'c, bool>);

impl Operation<2> for Select<'_> {
    #[track_caller]
    fn shape(&self, [a, b]: [[usize; 2]; 2]) -> [usize; 2] {
        let condition = [self.0.nrows(), self.0.ncols()];
        assert!(a == b && a == condition, "a selection by {condition:?} conditions of {a:?} and {b:?} numbers");
        a
    }

    /// 1 for the first operand, 0 for the second.
    fn saved(&self, [[rows, columns], _]: [[usize; 2]; 2]) -> usize {
        rows * columns
    }

    fn forward<T: Scalar>(&self, [a, b]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let places = result.iter_mut().zip(saved).zip(&self.0);
        for (((result, is_first), &condition), (&a, &b)) in places.zip(a.iter().zip(b)) {
            (*result, *is_first) = if condition { (a, T::one()) } else { (b, T::zero()) };
        }
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 2>) {
        let (upstream, saved) = (way.upstream, way.saved);
        for index in [0, 1] {
            let Some(adjoint) = way.adjoint_numbers(index) else { continue };
            for ((adjoint, &upstream), is_first) in adjoint.iter_mut().zip(upstream).zip(saved) {
                if is_first.is_one() == (index == 0) {
                    *adjoint += upstream;
                }
            }
        }
    }
}
