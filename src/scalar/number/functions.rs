//! `impl_functions!`: the elementary functions as methods of a type that carries derivatives, each by its rule.

/// Implements the functions of the table as methods, and three functions with other signatures.
///
/// `impl_functions! { Dual<T: Scalar, const N: usize> }` expands to
/// ```text
/// impl<T: Scalar, const N: usize> Dual<T, N> {
///     pub fn sqrt(self) -> Self { self.unary(rules::sqrt(self.data())) }    // one for each row of the table
///     pub fn powi…
///     pub fn sin_cos…
///     pub fn mul_add…
/// }
/// ```
macro_rules! impl_functions {
    ($Type:ident<$($l:lifetime,)? T: $Bound:ident $(, const $N:ident: $n:ident)?>) => {
        /// Elementary functions.
        impl<$($l,)? T: $Bound $(, const $N: $n)?> $Type<$($l,)? T $(, $N)?> {
            $crate::scalar::rules::functions!(Float, $crate::scalar::number::functions::method_by_rule);
            $crate::scalar::rules::functions!(Scalar, $crate::scalar::number::functions::method_by_rule);

            /// Returns `xⁿ`.
            ///
            /// Derivative: `n·xⁿ⁻¹`. It is 0 for `n` = 0.
            #[inline(always)]
            pub fn powi(self, n: i32) -> Self {
                self.unary($crate::scalar::rules::powi(self.data(), n))
            }

            /// Returns the sine and the cosine.
            #[inline(always)]
            pub fn sin_cos(self) -> (Self, Self) {
                let (sin, cos) = self.data().sin_cos();
                (self.unary((sin, cos)), self.unary((cos, -sin)))
            }

            /// Returns `self·factor + summand`, rounded once.
            #[inline(always)]
            #[track_caller]
            pub fn mul_add(self, factor: impl Into<Self>, summand: impl Into<Self>) -> Self {
                let (factor, summand) = (factor.into(), summand.into());
                let data = self.data().mul_add(factor.data(), summand.data());
                (self * factor + summand).with_data(data)
            }

            #[inline(always)]
            #[track_caller]
            fn by_rule(self, other: Self, rule: impl Fn(T, T) -> (T, T, T)) -> Self {
                self.binary(other, rule(self.data(), other.data()))
            }

            /// Returns a function of the ratio of two numbers.
            #[inline(always)]
            #[track_caller]
            fn by_ratio_rule(self, other: Self, rule: impl Fn(T, T) -> (T, T, T)) -> Self {
                let result = rule(self.data(), other.data());
                match $crate::scalar::rules::enlargement(self.data(), other.data(), result.1) {
                    Some(factor) => self.enlarged(other, factor, rule(self.data() * factor, other.data() * factor)),
                    None => self.binary(other, result),
                }
            }
        }
    };
}
pub(crate) use impl_functions;

/// A method from a row of the table.
///
/// `method_by_rule! { sqrt(x): "√x", "1/(2√x)" }` expands to
/// ```text
/// pub fn sqrt(self) -> Self { self.unary(rules::sqrt(self.data())) }
/// ```
/// and `method_by_rule! { powf(x, p): … }` to
/// ```text
/// pub fn powf(self, p: impl Into<Self>) -> Self { self.by_rule(p.into(), rules::powf) }
/// ```
macro_rules! method_by_rule {
    (sigmoid(x): $($columns:tt)*) => {
        $crate::scalar::number::functions::method_by_rule! { @ bounded, sigmoid(x): $($columns)* }
    };
    (atan2(y, x): $($columns:tt)*) => {
        $crate::scalar::number::functions::method_by_rule! { @ by_ratio_rule, atan2(y, x): $($columns)* }
    };
    ($name:ident($x:ident): $($columns:tt)*) => {
        $crate::scalar::number::functions::method_by_rule! { @ unary, $name($x): $($columns)* }
    };
    ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
        $crate::scalar::number::functions::method_by_rule! { @ by_rule, $name($x, $y): $($columns)* }
    };
    (@ $combine:ident, $name:ident($x:ident): $($columns:tt)*) => {
        #[doc = $crate::scalar::rules::columns::documentation!($name($x): $($columns)*)]
        #[inline(always)]
        pub fn $name(self) -> Self {
            self.$combine($crate::scalar::rules::$name(self.data()))
        }
    };
    (@ $combine:ident, $name:ident($x:ident, $y:ident): $($columns:tt)*) => {
        #[doc = $crate::scalar::rules::columns::documentation!($name($x, $y): $($columns)*)]
        #[inline(always)]
        #[track_caller]
        pub fn $name(self, $y: impl Into<Self>) -> Self {
            self.$combine($y.into(), $crate::scalar::rules::$name)
        }
    };
}
pub(crate) use method_by_rule;
