//! Loops over many floats by the processor's vector instructions, which are detected at run time.
//!
//! - `dispatch.rs`: runs a loop with the vector instructions of the processor; [`vectorize`] does so for any loop over
//!   slices
//! - `elementary.rs`: exponentials, logarithms, powers, tanh, erfc, sin and cos, without calls and branches
//! - `elementary/source.rs`: some of them as Rust source, for exported models
//! - `coefficients.py`: prints their polynomials
//! - `lane.rs`: [`Lane`], a float that computes with these functions
//! - `functions.rs`: the functions of the table as loops over slices, by name
//! - `machine.rs`: the instructions of a program, on many points at once
//! - `product.rs`: products of matrices
//! - `slices.rs`: [`MatrixView`](slices::MatrixView), values in memory read as a matrix
//! - `sums.rs`: pairwise sums, which keep their digits; norms
//!
//! Only the products are written with vectors. A rule over a `Lane` has neither calls nor branches, so the compiler
//! turns the loop into vector instructions; pulp compiles it for each kind of processor. Every element goes through the
//! same operations at any position, so its result is bit-for-bit identical for any neighbours.

mod dispatch;
mod elementary;
pub(crate) mod functions;
mod lane;
pub(crate) mod machine;
mod product;
pub(crate) mod slices;
pub(crate) mod sums;

pub(crate) use elementary::source::append_called_functions;
pub(crate) use product::{add_product_f32, add_product_f64};

use crate::scalar::UnaryFunction;
pub(crate) use dispatch::vectorize;
use dispatch::{dispatch, is_fused};
use elementary::Elementary;
use lane::Lane;
use pulp::{Simd, WithSimd};

/// Computes f(x) of each x in `values` into `results`, and replaces x by f′(x).
pub(crate) fn values_and_derivatives<T: Elementary, R: UnaryFunction>(rule: &R, values: &mut [T], results: &mut [T]) {
    assert_eq!(values.len(), results.len());
    dispatch(Loop { rule, values, results });
}

/// Computes the sine and the cosine of each x in `values`.
pub(crate) fn sin_cos<T: Elementary>(values: &[T], sin: &mut [T], cos: &mut [T]) {
    assert!(values.len() == sin.len() && values.len() == cos.len());
    if !dispatch(SinCos { values, sin: &mut *sin, cos: &mut *cos }) {
        for ((&x, sin), cos) in values.iter().zip(sin).zip(cos) {
            if x.abs() > T::SIN_COS_BOUND {
                (*sin, *cos) = x.sin_cos();
            }
        }
    }
}

struct SinCos<'a, T> {
    values: &'a [T],
    sin: &'a mut [T],
    cos: &'a mut [T],
}

/// Returns true if no value is beyond the bound.
impl<T: Elementary> WithSimd for SinCos<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        if is_fused::<S>() { self.run::<true>() } else { self.run::<false>() }
    }
}

impl<T: Elementary> SinCos<'_, T> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) -> bool {
        let mut is_accurate = true;
        for ((&x, sin), cos) in self.values.iter().zip(self.sin).zip(self.cos) {
            (*sin, *cos) = elementary::sin_cos::<T, FUSED>(x);
            is_accurate &= x.abs() <= T::SIN_COS_BOUND;
        }
        is_accurate
    }
}

struct Loop<'a, T, R> {
    rule: &'a R,
    values: &'a mut [T],
    results: &'a mut [T],
}

impl<T: Elementary, R: UnaryFunction> WithSimd for Loop<'_, T, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if is_fused::<S>() { self.run::<true>() } else { self.run::<false>() }
    }
}

impl<T: Elementary, R: UnaryFunction> Loop<'_, T, R> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for (x, result) in self.values.iter_mut().zip(self.results) {
            let (f, derivative) = self.rule.value_and_derivative(Lane::<T, FUSED>(*x));
            // The derivative, not the result, replaces x. For relu, whose result often is x, the compiler would
            // store only the results that differ, and it does not vectorize such a loop.
            (*result, *x) = (f.0, derivative.0);
        }
    }
}
