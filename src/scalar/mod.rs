//! [`Scalar`]: the numbers that functions and networks compute with, floats and types that carry derivatives.
//!
//! - `mod.rs`: [`Scalar`]
//! - `rules/`: [`UnaryFunction`]; the table of elementary functions and the rules of their derivatives
//! - `elements.rs`: [`Elements`], the storage of a matrix of them
//! - `wrapper.rs`: [`FloatWrapper`], a float type of another crate
//! - `number/`: macros that implement operators, functions and the traits of floats

mod elements;
pub(crate) mod number;
pub(crate) mod rules;
mod wrapper;

pub use elements::Elements;
pub use rules::UnaryFunction;
pub use wrapper::FloatWrapper;

use crate::kernels::slices::{self, MatrixView, MatrixViewMut};
use crate::matrix::Storage;
use num_traits::{Float, NumAssignOps};
use std::fmt::{Debug, Display};
use std::iter::{Product, Sum};

/// A provided method of [`Scalar`], from a row of the table: `provided! { softplus(x): … }` expands to
/// `fn softplus(self) -> Self { rules::values::softplus(self) }`.
macro_rules! provided {
    (erf(x): $($columns:tt)*) => {}; // written out below
    (erfc(x): $($columns:tt)*) => {};
    ($name:ident($x:ident): $($columns:tt)*) => {
        #[doc = rules::columns::documentation!($name($x): $($columns)*)]
        #[inline(always)]
        fn $name(self) -> Self {
            rules::values::$name(self)
        }
    };
    ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
        #[doc = rules::columns::documentation!($name($x, $y): $($columns)*)]
        #[inline(always)]
        fn $name(self, $y: Self) -> Self {
            rules::values::$name(self, $y)
        }
    };
}

/// A real number: a float, or a number that carries derivatives.
///
/// The trait extends `num_traits::Float` by the activations and the other functions that networks need. A function that
/// is generic over `S: Scalar` computes with `f32` and `f64`, and differentiates with [`Value`](crate::Value),
/// [`Dual`](crate::Dual), [`TaylorSeries`](crate::TaylorSeries) and [`TracedValue`](crate::TracedValue).
///
/// # Custom float types
/// A float type that implements the supertraits needs two items: [`Storage`](Self::Storage), which is
/// `ndarray::Array2<Self>`, and [`of`](Self::of). [`FloatWrapper`] implements the trait for float types of other
/// crates.
///
/// # Examples
///
/// ```
/// use backprop::{Graph, Scalar};
///
/// fn f<S: Scalar>(x: S) -> S {
///     (x * S::of(2.0)).sigmoid() // σ(2x)
/// }
///
/// assert_eq!(f(0.0_f32), 0.5);
/// let graph = Graph::new();
/// let x = graph.value(0.0_f64);
/// assert_eq!(f(x).backward()[x], 0.5); // 2σ′(0)
/// ```
#[doc(alias("DualNum", "RealField", "dtype"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scalar type",
    label = "not a scalar type",
    note = "scalar types are f32, f64 and the numbers that carry derivatives, such as `Value` and `Dual`",
    note = "write a number with a point: `2.0`; an integer is converted by `S::of(f64::from(n))`"
)]
pub trait Scalar: Float + NumAssignOps + Sum + Product + Debug + Display {
    /// The storage of the elements of a [`Matrix`](crate::Matrix): `ndarray::Array2<Self>` for a float type.
    type Storage: Storage<Self>;

    /// Returns the constant `x`, rounded to this type.
    fn of(x: f64) -> Self;

    /// Returns the value of `rule` at this number. A graph records it as one node.
    #[inline(always)]
    fn map<R: UnaryFunction>(self, rule: R) -> Self {
        rule.value_and_derivative(self).0
    }

    /// Computes f(x) of each x in `values` into `results`, and replaces x by f′(x).
    #[doc(hidden)]
    fn values_and_derivatives<R: UnaryFunction>(rule: &R, values: &mut [Self], results: &mut [Self]) {
        for (x, result) in values.iter_mut().zip(results) {
            (*result, *x) = rule.value_and_derivative(*x);
        }
    }

    /// Calls `f`; over floats, its loops are compiled for the processor's widest vectors where they can be vectorized.
    #[doc(hidden)]
    #[inline(always)]
    fn vectorize<R>(f: impl FnOnce() -> R) -> R {
        f()
    }

    /// Adds the matrix product a·b to `sums`.
    #[doc(hidden)]
    fn add_product(a: MatrixView<'_, Self>, b: MatrixView<'_, Self>, sums: MatrixViewMut<'_, Self>) {
        slices::add_product(a, b, sums);
    }

    /// Returns the product of two derivatives, in which 0 is a *strong zero*: 0 times anything is 0, an infinity or NaN
    /// too.
    ///
    /// The chain rule multiplies by this and not by `*`, so that a number that the result does not depend on cannot
    /// make a derivative NaN, in any order of the factors. A type that carries derivatives applies it to each product
    /// in its own derivatives.
    #[doc(hidden)]
    #[inline(always)]
    fn strong_mul(self, factor: Self) -> Self {
        if self.is_zero() || factor.is_zero() { Self::zero() } else { self * factor }
    }

    /// Returns true if [`strong_mul`](Self::strong_mul) by this number equals `*`: the number is neither 0 nor infinite
    /// nor NaN, and carries no derivatives.
    #[doc(hidden)]
    #[inline(always)]
    fn is_plain(&self) -> bool {
        self.is_normal()
    }

    /// Returns true if the number is 0 and carries no derivatives. A 0 that carries derivatives can still influence a
    /// result.
    #[doc(hidden)]
    #[inline(always)]
    fn vanishes(&self) -> bool {
        self.is_zero()
    }

    /// Returns the value without its derivatives.
    #[doc(hidden)]
    #[inline(always)]
    fn detached(self) -> Self {
        Self::of(double(&self))
    }

    /// Returns `x^p`, `x^q` and `ln x`, which a vectorized loop computes from one logarithm.
    #[doc(hidden)]
    #[inline(always)]
    fn two_powers_and_ln(self, p: Self, q: Self) -> (Self, Self, Self) {
        (self.powf(p), self.powf(q), self.ln())
    }

    /// Returns `x^p` and `ln x`; vectorized loops return NaN where `x` or `x^p` is not an ordinary positive number.
    #[doc(hidden)]
    #[inline(always)]
    fn ordinary_power_and_ln(self, p: Self) -> (Self, Self) {
        (self.powf(p), self.ln())
    }

    /// Returns `2/√π ∫₀ˣ exp(−t²) dt`.
    ///
    /// Derivative: `2/√π·exp(−x²)`. The default implementation computes in double precision, by libm; a type that
    /// carries derivatives must replace it.
    fn erf(self) -> Self {
        Self::of(libm::erf(self.to_f64().unwrap_or(f64::NAN)))
    }

    /// Returns `1 − erf x`.
    ///
    /// Derivative: `−2/√π·exp(−x²)`. Accurate where it is near 0. The default implementation computes in double
    /// precision, by libm; a type that carries derivatives must replace it.
    fn erfc(self) -> Self {
        Self::of(libm::erfc(self.to_f64().unwrap_or(f64::NAN)))
    }

    rules::functions!(Scalar, provided);
}

/// Converts a number to double precision; NaN if it has no such value.
pub(crate) fn double<T: Scalar>(x: &T) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}
