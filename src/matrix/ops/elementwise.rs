//! Functions of each element of one matrix, and of the elements of two matrices.

use super::{BackwardContext, Operation, as_matrix, elements};
use crate::kernels::slices::MatrixView;
use crate::matrix::Matrix;
use crate::matrix::duals::{DualNumber, Duals};
use crate::scalar::Scalar;
use crate::scalar::rules::{self, UnaryFunction};
use ndarray::{Array2, ArrayView2};
use std::marker::PhantomData;
use std::ops::Range;

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
        saved.copy_from_slice(elements(x));
        self.0.values_and_derivatives(saved, result);
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        context.add_products(0, context.saved);
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, [x]: [&Duals<S, D>; 1]) -> Duals<S, D> {
        x.map(&self.0)
    }
}

/// A function of two numbers with its derivatives.
pub(crate) trait BinaryFunction {
    /// True if the backward pass computes the derivatives from the operands, because this takes less time than to save
    /// and read them.
    const IS_CHEAP: bool = false;

    /// How the function depends on its operands.
    const DEGREE: Degree = Degree::Other;

    /// Returns f(a, b), ∂f/∂a and ∂f/∂b.
    fn value_and_derivatives<T: Scalar>(a: T, b: T) -> (T, T, T);
}

/// How a function depends on its operands: whether it is linear in both together, in each of them, or neither.
pub(crate) enum Degree {
    Linear,
    Bilinear,
    Other,
}

macro_rules! binary {
    ($($Name:ident: $degree:ident, |$a:ident, $b:ident| $result:expr;)*) => {$(
        pub(crate) struct $Name;

        impl BinaryFunction for $Name {
            const IS_CHEAP: bool = true;
            const DEGREE: Degree = Degree::$degree;

            #[inline(always)]
            fn value_and_derivatives<T: Scalar>($a: T, $b: T) -> (T, T, T) {
                $result
            }
        }
    )*};
}
binary! {
    Add: Linear, |a, b| (a + b, T::one(), T::one());
    Subtract: Linear, |a, b| (a - b, T::one(), -T::one());
    Multiply: Bilinear, |a, b| rules::mul(a, b);
    StrongMultiply: Bilinear, |a, b| (a.strong_mul(b), b, a);
    Divide: Other, |a, b| rules::div(a, b);
}

/// A function of the elements of two matrices at the same index. A single row or column of one operand is broadcast.
pub(crate) struct Zip<B>(PhantomData<B>);

impl<B> Zip<B> {
    pub(crate) const fn new() -> Zip<B> {
        Zip(PhantomData)
    }
}

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
        if B::IS_CHEAP { 0 } else { 2 * self.shape(operands).iter().product::<usize>() }
    }

    fn forward<T: Scalar>(&self, [a, b]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let shape = self.shape([[a.nrows(), a.ncols()], [b.nrows(), b.ncols()]]);
        let (da, db) = saved.split_at_mut(saved.len() / 2);
        for_each_row([as_matrix(a), as_matrix(b)], shape, |range, row| {
            let result = result[range.clone()].iter_mut();
            if B::IS_CHEAP {
                return zip(row, result, |result, a, b| *result = B::value_and_derivatives(a, b).0);
            }
            zip(row, result.zip(&mut da[range.clone()]).zip(&mut db[range]), |((result, da), db), a, b| {
                (*result, *da, *db) = B::value_and_derivatives(a, b);
            });
        });
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 2>) {
        let len = context.upstream.len();
        if B::IS_CHEAP {
            add_products(context, 0, |a, b| B::value_and_derivatives(a, b).1);
            add_products(context, 1, |a, b| B::value_and_derivatives(a, b).2);
        } else {
            let (da, db) = context.saved.split_at(len);
            context.add_products(0, da);
            context.add_products(1, db);
        }
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 2]) -> Duals<S, D> {
        Duals::zip::<B>(operands)
    }
}

/// Adds the upstream adjoints times the derivative of a function of two numbers to the adjoints of operand `index`.
#[inline(always)]
fn add_products<T: Scalar>(context: &mut BackwardContext<'_, T, 2>, index: usize, derivative: impl Fn(T, T) -> T) {
    let (operands, shape, upstream, along) =
        (context.operands, context.result.shape(), context.upstream, context.along);
    if operands[index].data.len() != upstream.len() {
        context.add_broadcast(index, |products| {
            for_each_row(operands, shape, |range, row| {
                zip(row, products[range.clone()].iter_mut().zip(&upstream[range]), |(product, &upstream), a, b| {
                    *product = along.product(upstream, derivative(a, b));
                });
            });
        });
    } else if let Some(adjoint) = context.adjoint_slice(index) {
        for_each_row(operands, shape, |range, row| {
            zip(row, adjoint[range.clone()].iter_mut().zip(&upstream[range]), |(adjoint, &upstream), a, b| {
                *adjoint += along.product(upstream, derivative(a, b));
            });
        });
    }
}

/// Calls `f` with the indices of each row of the result and the row of each operand. Matrices without a broadcast row or
/// column are treated as one row.
#[inline(always)]
fn for_each_row<T: Scalar>(
    operands: [MatrixView<'_, T>; 2],
    [rows, columns]: [usize; 2],
    mut f: impl FnMut(Range<usize>, [Row<'_, T>; 2]),
) {
    let len = rows * columns;
    let are_one_row = operands.iter().all(|x| x.data.len() == len || x.data.len() == 1);
    let [rows, columns] = if are_one_row { [1, len] } else { [rows, columns] };
    for i in 0..rows {
        f(
            i * columns..(i + 1) * columns,
            operands.map(|x| {
                let shape = if are_one_row { [1, x.data.len()] } else { x.shape() };
                let first = if shape[0] == 1 { 0 } else { i * shape[1] };
                if shape[1] == columns { Row::Elements(&x.data[first..][..columns]) } else { Row::Same(x.data[first]) }
            }),
        );
    }
}

/// A row of an operand: an element for each column, or the same element for all.
enum Row<'a, T> {
    Elements(&'a [T]),
    Same(T),
}

/// Calls `f` with each of `results` and the elements of both operands there. There is a loop for each kind of broadcast,
/// which the compiler vectorizes.
#[inline(always)]
fn zip<T: Copy, R>(row: [Row<'_, T>; 2], results: impl Iterator<Item = R>, mut f: impl FnMut(R, T, T)) {
    match row {
        [Row::Elements(a), Row::Elements(b)] => results.zip(a).zip(b).for_each(|((result, &a), &b)| f(result, a, b)),
        [Row::Elements(a), Row::Same(b)] => results.zip(a).for_each(|(result, &a)| f(result, a, b)),
        [Row::Same(a), Row::Elements(b)] => results.zip(b).for_each(|(result, &b)| f(result, a, b)),
        [Row::Same(a), Row::Same(b)] => results.for_each(|result| f(result, a, b)),
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

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, operands: [&Duals<S, D>; 2]) -> Duals<S, D> {
        Duals::linear(operands, |operands| Matrix::compute(operands, Select(self.0)))
    }
}
