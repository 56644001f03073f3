//! `f32` and `f64` as scalars, whose loops over many elements are the vectorized kernels.

use crate::kernels::{
    self,
    slices::{MatrixView, MatrixViewMut},
};
use crate::scalar::{Elements, Scalar, UnaryFunction};

macro_rules! floats {
    ($($float:ident $product:ident)*) => {$(
        impl Scalar for $float {
            type Storage = Elements<$float>;

            #[inline(always)]
            fn of(x: f64) -> $float {
                x as $float
            }

            #[inline(always)]
            fn is_plain(&self) -> bool {
                // The subtraction wraps 0 to the largest integer: one comparison excludes 0, infinity and NaN.
                (self.to_bits() << 1).wrapping_sub(1) < ($float::INFINITY.to_bits() << 1) - 1
            }

            fn values_and_derivatives<R: UnaryFunction>(rule: &R, values: &mut [$float], results: &mut [$float]) {
                kernels::values_and_derivatives(rule, values, results);
            }

            #[inline(always)]
            fn vectorize<R>(f: impl FnOnce() -> R) -> R {
                kernels::vectorize(f)
            }

            fn add_product(a: MatrixView<'_, $float>, b: MatrixView<'_, $float>, sums: MatrixViewMut<'_, $float>) {
                kernels::$product(a, b, sums);
            }
        }
    )*};
}
floats!(f32 add_product_f32 f64 add_product_f64);
