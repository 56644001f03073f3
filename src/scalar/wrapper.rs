//! [`FloatWrapper`]: a float type of another crate as a [`Scalar`].

use crate::scalar::number::impl_plain;
use crate::scalar::{Elements, Scalar, rules};
use num_traits::Float;
use std::fmt::{Debug, Display};

/// A float type of another crate as a [`Scalar`]: half precision, two-float numbers, any type that implements
/// `num_traits::Float`.
///
/// It computes as the float itself does. The wrapper is needed because Rust allows only this crate and the crate of the
/// float type to implement `Scalar` for it.
///
/// # Precision
/// [`Scalar::of`] makes constants from double precision. A type with more digits keeps them in arithmetic. Functions
/// whose rules have irrational constants (2ˣ, log₂, log₁₀, degrees, erf, gelu) have derivatives of double precision,
/// and [`erf`](Scalar::erf), [`erfc`](Scalar::erfc) and [`gelu`](Scalar::gelu) have values of double precision.
///
/// # Examples
/// ```
/// use backprop::{Graph, FloatWrapper};
/// use half::f16;
///
/// let graph = Graph::new();
/// let x = graph.value(FloatWrapper(f16::from_f32(3.0)));
/// let y = x * x;
/// assert_eq!(y.backward()[x], FloatWrapper(f16::from_f32(6.0))); // 2x
/// ```
#[doc(alias("f16", "bf16", "half"))]
#[derive(Clone, Copy, Debug)]
pub struct FloatWrapper<F>(pub F);

impl_plain!(FloatWrapper<T: Float>);

/// Defines a function as a method, from a row of the table. `method! { sqrt(x): … }` expands to
/// `pub fn sqrt(self) -> Self { FloatWrapper(self.0.sqrt()) }`.
macro_rules! method {
    ($name:ident($x:ident): $f:tt, $($columns:tt)*) => {
        #[doc = concat!("Returns ", rules::columns::words!($f), ".")]
        #[inline(always)]
        pub fn $name(self) -> Self {
            FloatWrapper(self.0.$name())
        }
    };
    ($name:ident($x:ident, $y:ident): $f:tt, $($columns:tt)*) => {
        #[doc = concat!("Returns ", rules::columns::words!($f), ".")]
        #[inline(always)]
        pub fn $name(self, $y: Self) -> Self {
            FloatWrapper(self.0.$name($y.0))
        }
    };
}

/// Elementary functions, computed by the float.
impl<T: Float> FloatWrapper<T> {
    rules::functions!(Float, method);
}

impl<F: Float + Debug + Display> Scalar for FloatWrapper<F> {
    type Storage = Elements<Self>;

    #[inline(always)]
    fn of(x: f64) -> Self {
        FloatWrapper(F::from(x).unwrap_or_else(F::nan))
    }
}
