//! [`FloatWrapper`]: a float type of another crate as a [`Scalar`].

use crate::scalar::Scalar;
use crate::scalar::rules;
use ndarray::Array2;
use num_traits::Float;
use std::fmt::{Debug, Display};

/// A float type of another crate, as a [`Scalar`]: half precision, two-float numbers, whatever implements
/// `num_traits::Float`.
///
/// It computes as the float itself does. Rust lets nobody but the two crates implement `Scalar` for their type, hence
/// this wrapper.
///
/// ```
/// use backprop::{Graph, FloatWrapper};
/// use half::f16;
///
/// let graph = Graph::new();
/// let x = graph.value(FloatWrapper(f16::from_f32(3.0)));
/// let y = x * x;
/// assert_eq!(y.backward()[x], FloatWrapper(f16::from_f32(6.0))); // 2x
/// ```
///
/// # Precision
/// Constants come in by [`Scalar::of`], from double precision. A type with more digits loses none by arithmetic, and by
/// those functions whose rules have constants that are not rational (2ˣ, log₂, log₁₀, degrees, erf, gelu) has
/// derivatives of double precision; [`erf`](Scalar::erf) and its relatives are computed in it.
#[doc(alias("f16", "bf16", "half"))]
#[derive(Clone, Copy, Debug)]
pub struct FloatWrapper<F>(pub F);

crate::scalar::number::plain::without_derivatives!({ [] FloatWrapper [] [] Float });

macro_rules! functions_of_one_variable {
    ({} Float { $($name:ident: $f:literal, $d:literal;)* } Scalar { $($scalar:tt)* }) => {
        impl<T: Float> FloatWrapper<T> {
            $(
                #[doc = concat!("`", $f, "`.")]
                #[inline(always)]
                pub fn $name(self) -> Self {
                    FloatWrapper(self.0.$name())
                }
            )*
        }
    };
}
rules::functions_of_one_variable!(functions_of_one_variable, {});

impl<F: Float + Debug + Display> Scalar for FloatWrapper<F> {
    type Storage = Array2<Self>;

    #[inline(always)]
    fn of(x: f64) -> Self {
        FloatWrapper(F::from(x).unwrap_or_else(F::nan))
    }
}
