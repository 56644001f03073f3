//! The functions as methods of a type, with no trait to import: each from its rule.

macro_rules! functions {
    ($number:tt) => {
        $crate::scalar::rules::functions_of_one_variable!($crate::scalar::number::functions::of_one_variable, $number);
        $crate::scalar::rules::functions_of_two_variables!(
            $crate::scalar::number::functions::of_two_variables,
            $number
        );
        $crate::scalar::number::functions::others!($number);
    };
}
pub(crate) use functions;

macro_rules! of_one_variable {
    (
        { [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }
        Float { $($float:ident: $float_f:literal, $float_d:literal;)* }
        Scalar { $($scalar:ident: $scalar_f:literal, $scalar_d:literal;)* }
    ) => {
        /// Functions of one variable.
        impl<$($declared)* T: $Bound> $Type<$($before)* T $($after)*> {
            $(
                #[doc = concat!("`", $float_f, "`, with the derivative `", $float_d, "`.")]
                #[inline(always)]
                pub fn $float(self) -> Self {
                    self.unary($crate::scalar::rules::$float(self.data()))
                }
            )*
            $(
                #[doc = concat!("`", $scalar_f, "`, with the derivative `", $scalar_d, "`.")]
                #[inline(always)]
                pub fn $scalar(self) -> Self {
                    $crate::scalar::number::functions::of_one_variable!(# $scalar self, $crate::scalar::rules::$scalar(self.data()))
                }
            )*
        }
    };
    (# sigmoid $x:expr, $result:expr) => {
        $x.bounded($result)
    };
    (# $name:ident $x:expr, $result:expr) => {
        $x.unary($result)
    };
}
pub(crate) use of_one_variable;

macro_rules! of_two_variables {
    (
        { [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }
        Float { $($float:tt)* }
        Scalar { $($scalar:tt)* }
    ) => {
        /// Functions of two variables.
        impl<$($declared)* T: $Bound> $Type<$($before)* T $($after)*> {
            $crate::scalar::number::functions::of_two_variables!(@ $($float)* $($scalar)*);
        }
    };
    (@ $($name:ident($a:ident, $b:ident): $f:literal, $d:literal;)*) => {$(
        #[doc = concat!("`", $f, "`, with the derivatives `", $d, "`.")]
        #[inline(always)]
        #[track_caller]
        pub fn $name(self, $b: impl Into<Self>) -> Self {
            $crate::scalar::number::functions::of_two_variables!(# $name self, $b.into())
        }
    )*};
    (# atan2 $x:expr, $y:expr) => {
        $x.ratio($y, $crate::scalar::rules::atan2)
    };
    (# $name:ident $x:expr, $y:expr) => {
        $x.by_rule($y, $crate::scalar::rules::$name)
    };
}
pub(crate) use of_two_variables;

macro_rules! others {
    ({ [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }) => {
        /// The functions with parameters.
        impl<$($declared)* T: $Bound> $Type<$($before)* T $($after)*> {
            #[inline(always)]
            #[track_caller]
            fn by_rule(self, other: Self, rule: impl Fn(T, T) -> (T, T, T)) -> Self {
                self.binary(other, rule(self.data(), other.data()))
            }

            /// A function of the ratio of two numbers.
            #[inline(always)]
            #[track_caller]
            fn ratio(self, other: Self, rule: impl Fn(T, T) -> (T, T, T)) -> Self {
                let result = rule(self.data(), other.data());
                match $crate::scalar::rules::enlargement(self.data(), other.data(), result.1) {
                    Some(factor) => self.enlarged(other, factor, rule(self.data() * factor, other.data() * factor)),
                    None => self.binary(other, result),
                }
            }

            /// `xⁿ`, with the derivative `n·xⁿ⁻¹`, which is 0 for n = 0.
            #[inline(always)]
            pub fn powi(self, n: i32) -> Self {
                self.unary($crate::scalar::rules::powi(self.data(), n))
            }

            /// Sine and cosine.
            #[inline(always)]
            pub fn sin_cos(self) -> (Self, Self) {
                let (sin, cos) = self.data().sin_cos();
                (self.unary((sin, cos)), self.unary((cos, -sin)))
            }

            /// `self·factor + summand`, rounded once.
            #[inline(always)]
            #[track_caller]
            pub fn mul_add(self, factor: impl Into<Self>, summand: impl Into<Self>) -> Self {
                let (factor, summand) = (factor.into(), summand.into());
                let data = self.data().mul_add(factor.data(), summand.data());
                (self * factor + summand).with_data(data)
            }
        }
    };
}
pub(crate) use others;
