//! [`Lane`]: a float whose elementary functions are straight arithmetic.

use super::elementary::{self, Elementary};
use crate::scalar::number::impl_plain;
use crate::scalar::{Scalar, rules};
use ndarray::Array2;

/// A float in a loop over many: it computes as the float does, but that its elementary functions are those of
/// [`elementary`](super::elementary), which the compiler can do for many numbers at once. So a [`UnaryFunction`](crate::UnaryFunction) is
/// vectorised as it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane<T, const FUSED: bool>(pub(super) T);

impl_plain!(Lane<T: Elementary, const FUSED: bool>);

/// A function as a method, from a row of the table: `method! { sqrt(x): … }` expands to
/// `fn sqrt(self) -> Self { Lane(self.0.sqrt()) }`, and the functions of `elementary.rs` take the place of the float's own.
macro_rules! method {
    (exp(x): $($columns:tt)*) => {
        method! { @ exp }
    };
    (exp_m1(x): $($columns:tt)*) => {
        method! { @ exp_m1 }
    };
    (ln_1p(x): $($columns:tt)*) => {
        method! { @ ln_1p }
    };
    (tanh(x): $($columns:tt)*) => {
        method! { @ tanh }
    };
    (@ $name:ident) => {
        #[inline(always)]
        fn $name(self) -> Self {
            Lane(elementary::$name::<T, FUSED>(self.0))
        }
    };
    ($name:ident($x:ident): $($columns:tt)*) => {
        #[inline(always)]
        fn $name(self) -> Self {
            Lane(self.0.$name())
        }
    };
    ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
        #[inline(always)]
        fn $name(self, $y: Self) -> Self {
            Lane(self.0.$name($y.0))
        }
    };
}

impl<T: Elementary, const FUSED: bool> Lane<T, FUSED> {
    rules::functions!(Float, method);
}

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
