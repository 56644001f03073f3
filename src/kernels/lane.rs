//! [`Lane`]: a float whose elementary functions can be vectorized.

use super::elementary::{self, Elementary};
use crate::scalar::number::impl_plain;
use crate::scalar::{Elements, Scalar, rules};

/// A float in a vectorized loop. It computes as the float does, except for the functions of [`elementary`], which the
/// compiler can compute for many elements at once: a [`UnaryFunction`](crate::UnaryFunction) is vectorized without
/// changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane<T, const FUSED: bool>(pub(super) T);

impl_plain!(Lane<T: Elementary, const FUSED: bool>);

/// Defines a function as a method, from a row of the table. `method! { sqrt(x): … }` expands to
/// `fn sqrt(self) -> Self { Lane(self.0.sqrt()) }`; the functions of `elementary.rs` replace those of the float.
macro_rules! method {
    (exp(x): $($columns:tt)*) => {
        method! { @ exp }
    };
    (exp2(x): $($columns:tt)*) => {
        method! { @ exp2 }
    };
    (exp_m1(x): $($columns:tt)*) => {
        method! { @ exp_m1 }
    };
    (ln(x): $($columns:tt)*) => {
        method! { @ ln }
    };
    (log2(x): $($columns:tt)*) => {
        method! { @ log2 }
    };
    (log10(x): $($columns:tt)*) => {
        method! { @ log10 }
    };
    (ln_1p(x): $($columns:tt)*) => {
        method! { @ ln_1p }
    };
    (tanh(x): $($columns:tt)*) => {
        method! { @ tanh }
    };
    (powf(x, p): $($columns:tt)*) => {
        #[inline(always)]
        fn powf(self, p: Self) -> Self {
            Lane(elementary::powf::<T, FUSED>(self.0, p.0))
        }
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
    type Storage = Elements<Self>;

    #[inline(always)]
    fn of(x: f64) -> Self {
        Lane(T::constant(x))
    }

    #[inline(always)]
    fn two_powers_and_ln(self, p: Self, q: Self) -> (Self, Self, Self) {
        let (power, other, ln) = elementary::two_powers_and_ln::<T, FUSED>(self.0, p.0, q.0);
        (Lane(power), Lane(other), Lane(ln))
    }

    #[inline(always)]
    fn ordinary_power_and_ln(self, p: Self) -> (Self, Self) {
        let (power, ln) = elementary::ordinary_power_and_ln::<T, FUSED>(self.0, p.0);
        (Lane(power), Lane(ln))
    }

    #[inline(always)]
    fn erfc(self) -> Self {
        Lane(self.0.erfc::<FUSED>())
    }
}
