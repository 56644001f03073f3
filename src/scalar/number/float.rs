//! `impl_float!`: `num_traits::Float` and its relatives, comparisons and conversions, for a type that has the functions
//! of the table as methods.

/// Implements the traits of a float: each function by the method of the same name, everything else by the method
/// `data`.
///
/// `impl_float! { Dual<T: Scalar, const N: usize> }` expands to
/// ```text
/// impl<T: Scalar, const N: usize> Float for Dual<T, N> { fn sqrt(self) -> Self { Self::sqrt(self) } … }
/// ```
/// and to impls of `FloatConst`, `Zero`, `One`, `Num`, `NumCast`, `ToPrimitive`, `From<T>`, `PartialEq` and
/// `PartialOrd` with itself and with `T`, and `Display`.
macro_rules! impl_float {
    ($Type:ident<$($l:lifetime,)? T: $Bound:ident $(, const $N:ident: $n:ident)?>) => {
        impl<$($l,)? T: $Bound $(, const $N: $n)?> num_traits::Float for $Type<$($l,)? T $(, $N)?> {
            $crate::scalar::rules::functions!(Float, $crate::scalar::number::float::trait_method);
            $crate::scalar::number::float::constants! {
                nan infinity neg_infinity neg_zero min_value min_positive_value max_value epsilon
            }
            $crate::scalar::number::float::predicates! {
                is_nan is_infinite is_finite is_normal is_subnormal is_sign_positive is_sign_negative
            }

            #[inline(always)]
            fn powi(self, n: i32) -> Self {
                Self::powi(self, n)
            }

            #[inline(always)]
            fn sin_cos(self) -> (Self, Self) {
                Self::sin_cos(self)
            }

            #[inline(always)]
            #[track_caller]
            fn mul_add(self, factor: Self, summand: Self) -> Self {
                Self::mul_add(self, factor, summand)
            }

            fn classify(self) -> std::num::FpCategory {
                self.data().classify()
            }

            fn integer_decode(self) -> (u64, i16, i8) {
                self.data().integer_decode()
            }
        }

        impl<$($l,)? T: $Bound + num_traits::FloatConst $(, const $N: $n)?> num_traits::FloatConst for $Type<$($l,)? T $(, $N)?> {
            $crate::scalar::number::float::constants! {
                E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8 LN_10
                LN_2 LOG10_E LOG2_E PI SQRT_2
            }
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> num_traits::Zero for $Type<$($l,)? T $(, $N)?> {
            $crate::scalar::number::float::constants!(zero);

            fn is_zero(&self) -> bool {
                self.data().is_zero()
            }
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> num_traits::One for $Type<$($l,)? T $(, $N)?> {
            $crate::scalar::number::float::constants!(one);
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> num_traits::Num for $Type<$($l,)? T $(, $N)?> {
            type FromStrRadixErr = T::FromStrRadixErr;

            fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
                T::from_str_radix(text, radix).map(Self::constant)
            }
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> num_traits::NumCast for $Type<$($l,)? T $(, $N)?> {
            fn from<X: num_traits::ToPrimitive>(number: X) -> Option<Self> {
                T::from(number).map(Self::constant)
            }
        }

        /// Converts the value without its derivatives.
        impl<$($l,)? T: $Bound $(, const $N: $n)?> num_traits::ToPrimitive for $Type<$($l,)? T $(, $N)?> {
            $crate::scalar::number::float::conversions! {
                to_i8 i8, to_i16 i16, to_i32 i32, to_i64 i64, to_i128 i128, to_isize isize,
                to_u8 u8, to_u16 u16, to_u32 u32, to_u64 u64, to_u128 u128, to_usize usize,
                to_f32 f32, to_f64 f64
            }
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> From<T> for $Type<$($l,)? T $(, $N)?> {
            /// Creates a constant.
            #[inline(always)]
            fn from(data: T) -> Self {
                Self::constant(data)
            }
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> PartialEq for $Type<$($l,)? T $(, $N)?> {
            #[inline(always)]
            fn eq(&self, other: &Self) -> bool {
                self.data() == other.data()
            }
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> PartialOrd for $Type<$($l,)? T $(, $N)?> {
            #[inline(always)]
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                self.data().partial_cmp(&other.data())
            }

            // Written out, as the compiler does not vectorize loops with `partial_cmp`.
            $crate::scalar::number::float::comparisons!(lt le gt ge);
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> PartialEq<T> for $Type<$($l,)? T $(, $N)?> {
            #[inline(always)]
            fn eq(&self, other: &T) -> bool {
                self.data() == *other
            }
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> PartialOrd<T> for $Type<$($l,)? T $(, $N)?> {
            #[inline(always)]
            fn partial_cmp(&self, other: &T) -> Option<std::cmp::Ordering> {
                self.data().partial_cmp(other)
            }

            $crate::scalar::number::float::comparisons_with_float!(lt le gt ge);
        }

        impl<$($l,)? T: $Bound + std::fmt::Display $(, const $N: $n)?> std::fmt::Display for $Type<$($l,)? T $(, $N)?> {
            /// Writes the value without its derivatives, in the requested format.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.data(), f)
            }
        }
    };
}
pub(crate) use impl_float;

/// A method of a trait that calls the type's own method, from a row of the table.
///
/// `trait_method! { sqrt(x): "√x", "1/(2√x)" }` expands to `fn sqrt(self) -> Self { Self::sqrt(self) }`, and
/// `trait_method! { powf(x, p): … }` to `fn powf(self, p: Self) -> Self { Self::powf(self, p) }`.
macro_rules! trait_method {
    ($name:ident($x:ident): $($columns:tt)*) => {
        #[inline(always)]
        fn $name(self) -> Self {
            Self::$name(self)
        }
    };
    ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
        #[inline(always)]
        #[track_caller]
        fn $name(self, $y: Self) -> Self {
            Self::$name(self, $y)
        }
    };
}
pub(crate) use trait_method;

/// `constants!(nan epsilon)` expands to `fn nan() -> Self { Self::constant(T::nan()) }` and to such a function for
/// `epsilon`.
macro_rules! constants {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name() -> Self {
            Self::constant(T::$name())
        }
    )*};
}
pub(crate) use constants;

/// `predicates!(is_nan)` expands to `fn is_nan(self) -> bool { self.data().is_nan() }`.
macro_rules! predicates {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name(self) -> bool {
            self.data().$name()
        }
    )*};
}
pub(crate) use predicates;

/// `comparisons!(lt)` expands to `fn lt(&self, other: &Self) -> bool { self.data().lt(&other.data()) }`.
macro_rules! comparisons {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name(&self, other: &Self) -> bool {
            self.data().$name(&other.data())
        }
    )*};
}
pub(crate) use comparisons;

/// `comparisons_with_float!(lt)` expands to `fn lt(&self, other: &T) -> bool { self.data().lt(other) }`.
macro_rules! comparisons_with_float {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name(&self, other: &T) -> bool {
            self.data().$name(other)
        }
    )*};
}
pub(crate) use comparisons_with_float;

/// `conversions!(to_i8 i8)` expands to `fn to_i8(&self) -> Option<i8> { self.data().to_i8() }`.
macro_rules! conversions {
    ($($name:ident $Primitive:ident),*) => {$(
        #[track_caller] // a value that leaves a recording names the place
        fn $name(&self) -> Option<$Primitive> {
            self.data().$name()
        }
    )*};
}
pub(crate) use conversions;
