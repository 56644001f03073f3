//! `num_traits::Float` and its relatives, comparisons and conversions, for a type that has the functions as methods.

macro_rules! float {
    ($number:tt) => {
        $crate::scalar::rules::functions_of_one_variable!($crate::scalar::number::float::functions, $number);
        $crate::scalar::number::float::traits!($number);
    };
}
pub(crate) use float;

macro_rules! functions {
    (
        { [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }
        Float { $($name:ident: $f:literal, $d:literal;)* }
        Scalar { $($scalar:tt)* }
    ) => {
        impl<$($declared)* T: $Bound> num_traits::Float for $Type<$($before)* T $($after)*> {
            $(
                #[inline(always)]
                fn $name(self) -> Self {
                    Self::$name(self)
                }
            )*
            $crate::scalar::rules::functions_of_two_variables!($crate::scalar::number::float::functions_of_two_variables, {});
            $crate::scalar::number::float::constants!(nan infinity neg_infinity neg_zero min_value min_positive_value max_value epsilon);
            $crate::scalar::number::float::questions! {
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
    };
}
pub(crate) use functions;

macro_rules! functions_of_two_variables {
    ({} Float { $($name:ident($a:ident, $b:ident): $f:literal, $d:literal;)* } Scalar { $($scalar:tt)* }) => {$(
        #[inline(always)]
        #[track_caller]
        fn $name(self, $b: Self) -> Self {
            Self::$name(self, $b)
        }
    )*};
}
pub(crate) use functions_of_two_variables;

/// The functions of `Scalar`, inside of its impl, for a type that has them as methods.
macro_rules! scalar_functions {
    () => {
        $crate::scalar::rules::functions_of_one_variable!(
            $crate::scalar::number::float::scalar_functions_of_one_variable,
            {}
        );
        $crate::scalar::rules::functions_of_two_variables!(
            $crate::scalar::number::float::scalar_functions_of_two_variables,
            {}
        );
    };
}
pub(crate) use scalar_functions;

macro_rules! scalar_functions_of_one_variable {
    ({} Float { $($float:tt)* } Scalar { $($name:ident: $f:literal, $d:literal;)* }) => {$(
        #[inline(always)]
        fn $name(self) -> Self {
            Self::$name(self)
        }
    )*};
}
pub(crate) use scalar_functions_of_one_variable;

macro_rules! scalar_functions_of_two_variables {
    ({} Float { $($float:tt)* } Scalar { $($name:ident($a:ident, $b:ident): $f:literal, $d:literal;)* }) => {$(
        #[inline(always)]
        #[track_caller]
        fn $name(self, $b: Self) -> Self {
            Self::$name(self, $b)
        }
    )*};
}
pub(crate) use scalar_functions_of_two_variables;

macro_rules! constants {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name() -> Self {
            Self::constant(T::$name())
        }
    )*};
}
pub(crate) use constants;

macro_rules! questions {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name(self) -> bool {
            self.data().$name()
        }
    )*};
}
pub(crate) use questions;

macro_rules! comparisons {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name(&self, other: &Self) -> bool {
            self.data().$name(&other.data())
        }
    )*};
}
pub(crate) use comparisons;

macro_rules! conversions {
    ($($name:ident $Primitive:ident),*) => {$(
        fn $name(&self) -> Option<$Primitive> {
            self.data().$name()
        }
    )*};
}
pub(crate) use conversions;

macro_rules! traits {
    ({ [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }) => {
        impl<$($declared)* T: $Bound + num_traits::FloatConst> num_traits::FloatConst for $Type<$($before)* T $($after)*> {
            $crate::scalar::number::float::constants! {
                E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8 LN_10
                LN_2 LOG10_E LOG2_E PI SQRT_2
            }
        }

        impl<$($declared)* T: $Bound> num_traits::Zero for $Type<$($before)* T $($after)*> {
            $crate::scalar::number::float::constants!(zero);

            fn is_zero(&self) -> bool {
                self.data().is_zero()
            }
        }

        impl<$($declared)* T: $Bound> num_traits::One for $Type<$($before)* T $($after)*> {
            $crate::scalar::number::float::constants!(one);
        }

        impl<$($declared)* T: $Bound> num_traits::Num for $Type<$($before)* T $($after)*> {
            type FromStrRadixErr = T::FromStrRadixErr;

            fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
                T::from_str_radix(text, radix).map(Self::constant)
            }
        }

        impl<$($declared)* T: $Bound> num_traits::NumCast for $Type<$($before)* T $($after)*> {
            fn from<X: num_traits::ToPrimitive>(number: X) -> Option<Self> {
                T::from(number).map(Self::constant)
            }
        }

        /// The number alone: a conversion to a primitive type has no derivative.
        impl<$($declared)* T: $Bound> num_traits::ToPrimitive for $Type<$($before)* T $($after)*> {
            $crate::scalar::number::float::conversions! {
                to_i8 i8, to_i16 i16, to_i32 i32, to_i64 i64, to_i128 i128, to_isize isize,
                to_u8 u8, to_u16 u16, to_u32 u32, to_u64 u64, to_u128 u128, to_usize usize,
                to_f32 f32, to_f64 f64
            }
        }

        impl<$($declared)* T: $Bound> From<T> for $Type<$($before)* T $($after)*> {
            /// A constant.
            #[inline(always)]
            fn from(data: T) -> Self {
                Self::constant(data)
            }
        }

        impl<$($declared)* T: $Bound> PartialEq for $Type<$($before)* T $($after)*> {
            #[inline(always)]
            fn eq(&self, other: &Self) -> bool {
                self.data() == other.data()
            }
        }

        impl<$($declared)* T: $Bound> PartialOrd for $Type<$($before)* T $($after)*> {
            #[inline(always)]
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                self.data().partial_cmp(&other.data())
            }

            // By themselves, as a compiler vectorises them: it does not see through `partial_cmp`.
            $crate::scalar::number::float::comparisons!(lt le gt ge);
        }

        impl<$($declared)* T: $Bound> PartialEq<T> for $Type<$($before)* T $($after)*> {
            #[inline(always)]
            fn eq(&self, other: &T) -> bool {
                self.data() == *other
            }
        }

        impl<$($declared)* T: $Bound> PartialOrd<T> for $Type<$($before)* T $($after)*> {
            #[inline(always)]
            fn partial_cmp(&self, other: &T) -> Option<std::cmp::Ordering> {
                self.data().partial_cmp(other)
            }
        }

        impl<$($declared)* T: $Bound + std::fmt::Display> std::fmt::Display for $Type<$($before)* T $($after)*> {
            /// The number, in the format asked for.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.data(), f)
            }
        }
    };
}
pub(crate) use traits;
