//! Functions of each element of one matrix, and of the elements of two matrices.

use super::{BackwardContext, Operation};
use crate::scalar::Scalar;
use crate::scalar::rules::{self, UnaryFunction};
use ndarray::{Array2, ArrayView2};

/// A function of each element.
pub(crate) struct Map<R>(pub(crate) R);

impl<R: UnaryFunction> Operation<1> for Map<R> {
    type Kept = ();

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    /// Saves the derivatives.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        rows * columns
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], saved: &mut [T]) {
        for (saved, &x) in saved.iter_mut().zip(x) {
            *saved = x;
        }
        self.0.values_and_derivatives(saved, result);
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        context.add_products(0, context.saved);
    }
}

/// A function of two numbers with its derivatives.
pub(crate) trait BinaryFunction {
    /// Returns f(a, b), ∂f/∂a and ∂f/∂b.
    fn value_and_derivatives<T: Scalar>(a: T, b: T) -> (T, T, T);
}

macro_rules! binary {
    ($($Name:ident: |$a:ident, $b:ident| $result:expr;)*) => {$(
        pub(crate) struct $Name;

        impl BinaryFunction for $Name {
            #[inline(always)]
            fn value_and_derivatives<T: Scalar>($a: T, $b: T) -> (T, T, T) {
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

/// A function of the elements of two matrices at the same index. A single row or column of one operand is broadcast.
pub(crate) struct Zip<B>(pub(crate) B);

impl<B: BinaryFunction> Operation<2> for Zip<B> {
    type Kept = ();

    #[track_caller]
    fn shape(&self, [a, b]: [[usize; 2]; 2]) -> [usize; 2] {
        let broadcast = |i: usize| match [a[i], b[i]] {
            [1, n] | [n, 1] => n,
            [n, m] if n == m => n,
            _ => panic!("expected shapes that match or broadcast, got {} × {} and {} × {}", a[0], a[1], b[0], b[1]),
        };
        [broadcast(0), broadcast(1)]
    }

    /// Saves the derivatives with respect to the first operand, then those with respect to the second.
    fn saved(&self, operands: [[usize; 2]; 2]) -> usize {
        2 * self.shape(operands).iter().product::<usize>()
    }

    fn forward<T: Scalar>(&self, [a, b]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let [rows, columns] = self.shape([[a.nrows(), a.ncols()], [b.nrows(), b.ncols()]]);
        let (da, db) = saved.split_at_mut(result.len());
        let (a, b) = (a.broadcast((rows, columns)), b.broadcast((rows, columns)));
        let (a, b) = (a.expect("the shapes broadcast"), b.expect("the shapes broadcast"));
        let derivatives = da.iter_mut().zip(db);
        for (((&a, &b), result), (da, db)) in a.iter().zip(b).zip(result).zip(derivatives) {
            (*result, *da, *db) = B::value_and_derivatives(a, b);
        }
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 2>) {
        let (upstream, saved) = (context.upstream, context.saved);
        for (index, derivatives) in saved.chunks(upstream.len().max(1)).enumerate() {
            if context.operands[index].data.len() == upstream.len() {
                context.add_products(index, derivatives);
                continue;
            }
            context.add_products_of_broadcast(index, derivatives);
        }
    }
}

/// The elements of the first operand where the condition is true, and those of the second elsewhere.
pub(crate) struct Select<'c>(pub(crate) ArrayView2<'c, bool>);

impl Operation<2> for Select<'_> {
    /// True for each element of the first operand.
    type Kept = Array2<bool>;

    #[track_caller]
    fn shape(&self, [a, b]: [[usize; 2]; 2]) -> [usize; 2] {
        let condition = [self.0.nrows(), self.0.ncols()];
        assert!(a == b && a == condition, "expected three equal shapes, got {condition:?}, {a:?} and {b:?}, in select");
        a
    }

    fn forward<T: Scalar>(&self, [a, b]: [ArrayView2<'_, T>; 2], result: &mut [T], _: &mut [T]) -> Array2<bool> {
        for ((result, &condition), (&a, &b)) in result.iter_mut().zip(&self.0).zip(a.iter().zip(b)) {
            *result = if condition { a } else { b };
        }
        self.0.to_owned()
    }

    fn backward<T: Scalar>(is_first: &Array2<bool>, context: &mut BackwardContext<'_, T, 2>) {
        let upstream = context.upstream;
        for index in [0, 1] {
            let Some(adjoint) = context.adjoint_slice(index) else { continue };
            for ((adjoint, &upstream), &is_first) in adjoint.iter_mut().zip(upstream).zip(is_first) {
                if is_first == (index == 0) {
                    *adjoint += upstream;
                }
            }
        }
    }
}
