//! The functions of the table as loops over slices, found by their names.

use super::{dispatch, is_fused, values_and_derivatives};
use crate::kernels::elementary::Elementary;
use crate::kernels::lane::Lane;
use crate::scalar::{Scalar, UnaryFunction, rules};
use pulp::{Simd, WithSimd};

/// Computes f(x) of each x into the second slice, and replaces x by f′(x).
pub(crate) type UnaryKernel<T> = fn(&mut [T], &mut [T]);

/// Computes f(x, y) of each pair into the third slice, and replaces x and y by the derivatives with respect to them.
pub(crate) type BinaryKernel<T> = fn(&mut [T], &mut [T], &mut [T]);

/// A function of two variables with its derivatives.
trait BinaryFunction {
    fn value_and_derivatives<S: Scalar>(x: S, y: S) -> (S, S, S);
}

/// Defines a type for a rule of two variables and returns its kernel.
macro_rules! binary_kernel {
    ($rule:expr) => {{
        struct Function;
        impl BinaryFunction for Function {
            #[inline(always)]
            fn value_and_derivatives<S: Scalar>(x: S, y: S) -> (S, S, S) {
                $rule(x, y)
            }
        }
        |x, y, results| dispatch(BinaryLoop::<T, Function> { x, y, results, function: std::marker::PhantomData })
    }};
}

/// Returns the kernel of a function of one variable of the table.
pub(crate) fn unary<T: Elementary>(name: &str) -> Option<UnaryKernel<T>> {
    macro_rules! row {
        ($name:ident($x:ident): $($columns:tt)*) => {
            if name == stringify!($name) {
                struct Function;
                impl UnaryFunction for Function {
                    #[inline(always)]
                    fn value_and_derivative<S: Scalar>(&self, x: S) -> (S, S) {
                        rules::$name(x)
                    }
                }
                return Some(|x, results| values_and_derivatives(&Function, x, results));
            }
        };
        ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {};
    }
    rules::functions!(Float, row);
    rules::functions!(Scalar, row);
    None
}

/// Returns the kernel of a function of two variables of the table.
pub(crate) fn binary<T: Elementary>(name: &str) -> Option<BinaryKernel<T>> {
    macro_rules! row {
        ($name:ident($x:ident): $($columns:tt)*) => {};
        ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
            if name == stringify!($name) {
                return Some(binary_kernel!(rules::$name));
            }
        };
    }
    rules::functions!(Float, row);
    rules::functions!(Scalar, row);
    None
}

/// Returns the kernel of the quotient.
pub(crate) fn division<T: Elementary>() -> BinaryKernel<T> {
    binary_kernel!(rules::div)
}

/// Returns the kernel of the remainder.
pub(crate) fn remainder<T: Elementary>() -> BinaryKernel<T> {
    binary_kernel!(rules::rem)
}

/// Returns the kernel of the product in which 0 is a strong zero.
pub(crate) fn strong_product<T: Elementary>() -> BinaryKernel<T> {
    binary_kernel!(|x: S, y: S| (x.strong_mul(y), y, x))
}

struct BinaryLoop<'a, T, F> {
    x: &'a mut [T],
    y: &'a mut [T],
    results: &'a mut [T],
    function: std::marker::PhantomData<F>,
}

impl<T: Elementary, F: BinaryFunction> WithSimd for BinaryLoop<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if is_fused::<S>() { self.run::<true>() } else { self.run::<false>() }
    }
}

impl<T: Elementary, F: BinaryFunction> BinaryLoop<'_, T, F> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for ((x, y), result) in self.x.iter_mut().zip(self.y).zip(self.results) {
            let (f, dx, dy) = F::value_and_derivatives(Lane::<T, FUSED>(*x), Lane(*y));
            (*result, *x, *y) = (f.0, dx.0, dy.0);
        }
    }
}
