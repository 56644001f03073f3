//! [`Scalar`]: what a net can be computed with.
//!
//! - `mod.rs`: [`Scalar`]
//! - `rules/`: [`UnaryFunction`], and the rules of calculus, each once
//! - `wrapper.rs`: [`FloatWrapper`], a float type of another crate
//! - `number/`: what makes a type a number, as macros

pub(crate) mod number;
pub(crate) mod rules;
mod wrapper;

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
    (erf(x): $($columns:tt)*) => {}; // below
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

/// A real number: a float, or something that computes like one and differentiates as it goes.
///
/// It is `num_traits::Float` and what nets need beside it. Write a function once over `S: Scalar`, and it computes
/// with `f32` and `f64`, and differentiates with [`Value`](crate::Value):
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
///
/// # A float type of your own
/// Two items are enough where the type implements the supertraits: [`Storage`](Self::Storage), which is
/// `ndarray::Array2<Self>`, and [`of`](Self::of).
#[doc(alias("DualNum", "RealField", "dtype"))]
pub trait Scalar: Float + NumAssignOps + Sum + Product + Debug + Display {
    /// Where the elements of a [`Matrix`](crate::Matrix) are: `ndarray::Array2<Self>` for a float type.
    type Storage: Storage<Self>;

    /// The constant `x`, rounded to this type.
    fn of(x: f64) -> Self;

    /// A function given with its derivative; on a graph, one node.
    #[inline(always)]
    fn map<R: UnaryFunction>(self, rule: R) -> Self {
        rule.value_and_derivative(self).0
    }

    /// A function of each number, and its derivative in the number's place.
    #[doc(hidden)]
    fn values_and_derivatives<R: UnaryFunction>(rule: &R, numbers: &mut [Self], results: &mut [Self]) {
        for (x, result) in numbers.iter_mut().zip(results) {
            (*result, *x) = rule.value_and_derivative(*x);
        }
    }

    /// `sums += a·b`, matrices.
    #[doc(hidden)]
    fn add_product(a: MatrixView<'_, Self>, b: MatrixView<'_, Self>, sums: MatrixViewMut<'_, Self>) {
        slices::add_product(a, b, sums);
    }

    /// Returns the product of two derivatives, in which 0 is a *strong zero*: 0 times anything is 0, an infinity or NaN too.
    ///
    /// The chain rule multiplies by this and not by `*`: what has no part in a result cannot spoil it, by whichever order
    /// the factors come in. A type that carries derivatives applies it to each product that makes up its own.
    #[doc(hidden)]
    #[inline(always)]
    fn strong_mul(self, factor: Self) -> Self {
        if self.is_zero() || factor.is_zero() { Self::zero() } else { self * factor }
    }

    /// Returns true if [`strong_mul`](Self::strong_mul) by this is `*`: it is neither 0 nor infinite nor NaN, and carries
    /// no derivatives.
    #[doc(hidden)]
    #[inline(always)]
    fn is_plain(&self) -> bool {
        self.is_normal()
    }

    /// Returns true if it is 0 and carries no derivative: one that is 0 by its value alone can still have an influence.
    #[doc(hidden)]
    #[inline(always)]
    fn vanishes(&self) -> bool {
        self.is_zero()
    }

    /// `2/√π ∫₀ˣ exp(−t²) dt`, with the derivative `2/√π·exp(−x²)`.
    ///
    /// Where a type has none of its own, it is computed in double precision, by libm: a type that carries
    /// derivatives must replace it.
    fn erf(self) -> Self {
        Self::of(libm::erf(self.to_f64().unwrap_or(f64::NAN)))
    }

    /// `1 − erf x`, exact in its tail; computed as [`erf`](Self::erf) is.
    fn erfc(self) -> Self {
        Self::of(libm::erfc(self.to_f64().unwrap_or(f64::NAN)))
    }

    rules::functions!(Scalar, provided);
}

/// In double precision; NaN for a number that has no such.
pub(crate) fn double<T: Scalar>(x: &T) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}
