//! [`Lane`]: a float whose elementary functions are straight arithmetic.

use super::elementary::{self, Elementary};
use crate::scalar::number::plain::without_derivatives;
use crate::scalar::{Scalar, rules};
use ndarray::Array2;

/// A float in a loop over many: it computes as the float does, but that its elementary functions are those of
/// [`elementary`](super::elementary), which the compiler can do for many numbers at once. So a [`UnaryFunction`](crate::UnaryFunction) is
/// vectorised as it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane<T, const FUSED: bool>(pub(super) T);

without_derivatives!({ [const FUSED: bool,] Lane [] [, FUSED] Elementary });

macro_rules! functions_of_one_variable {
    ({} Float { $($name:ident: $f:literal, $d:literal;)* } Scalar { $($scalar:tt)* }) => {
        impl<T: Elementary, const FUSED: bool> Lane<T, FUSED> {
            $(
                #[inline(always)]
                fn $name(self) -> Self {
                    Lane(functions_of_one_variable!(@ $name self))
                }
            )*
        }
    };
    (@ exp $x:ident) => { elementary::exp::<T, FUSED>($x.0) };
    (@ exp_m1 $x:ident) => { elementary::exp_m1::<T, FUSED>($x.0) };
    (@ ln_1p $x:ident) => { elementary::ln_1p::<T, FUSED>($x.0) };
    (@ tanh $x:ident) => { elementary::tanh::<T, FUSED>($x.0) };
    (@ $name:ident $x:ident) => { $x.0.$name() };
}
rules::functions_of_one_variable!(functions_of_one_variable, {});

impl<T: Elementary, const FUSED: bool> Scalar for Lane<T, FUSED> {
    type Storage = Array2<Self>;

    #[inline(always)]
    fn of(x: f64) -> Self {
        Lane(T::number(x))
    }

    #[inline(always)]
    fn erfc(self) -> Self {
        Lane(self.0.erfc::<FUSED>())
    }
}
