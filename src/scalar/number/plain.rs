//! For a type that carries nothing along with its number: all but its functions of one variable.

macro_rules! without_derivatives {
    ({ [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }) => {
        impl<$($declared)* T: $Bound> $Type<$($before)* T $($after)*> {
            #[inline(always)]
            fn constant(data: T) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn data(self) -> T {
                self.0
            }

            #[inline(always)]
            fn unary(self, (data, _): (T, T)) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn scaled(self, data: T, _: T) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn product(self, _: Self, data: T) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn by_rule(self, other: Self, rule: impl Fn(T, T) -> (T, T, T)) -> Self {
                $Type(rule(self.0, other.0).0)
            }

            #[inline(always)]
            fn ratio(self, other: Self, rule: impl Fn(T, T) -> (T, T, T)) -> Self {
                self.by_rule(other, rule)
            }

            #[inline(always)]
            fn sum(self, _: Self, data: T) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn difference(self, _: Self, data: T) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn shifted(self, data: T) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn negated(self, data: T) -> Self {
                $Type(data)
            }

            /// `xⁿ`.
            #[inline(always)]
            pub fn powi(self, n: i32) -> Self {
                $Type(self.0.powi(n))
            }

            /// Sine and cosine.
            #[inline(always)]
            pub fn sin_cos(self) -> (Self, Self) {
                let (sin, cos) = self.0.sin_cos();
                ($Type(sin), $Type(cos))
            }

            /// `self·factor + summand`, as the float computes it.
            #[inline(always)]
            pub fn mul_add(self, factor: Self, summand: Self) -> Self {
                $Type(self.0.mul_add(factor.0, summand.0))
            }
        }
        $crate::scalar::rules::functions_of_two_variables!(
            $crate::scalar::number::plain::functions_of_two_variables,
            { [$($declared)*] $Type [$($before)*] [$($after)*] $Bound }
        );
        $crate::scalar::number::operators::operators!({ [$($declared)*] $Type [$($before)*] [$($after)*] $Bound });
        $crate::scalar::number::float::float!({ [$($declared)*] $Type [$($before)*] [$($after)*] $Bound });
    };
}
pub(crate) use without_derivatives;

macro_rules! functions_of_two_variables {
    (
        { [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }
        Float { $($name:ident($a:ident, $b:ident): $f:literal, $d:literal;)* }
        Scalar { $($scalar:tt)* }
    ) => {
        impl<$($declared)* T: $Bound> $Type<$($before)* T $($after)*> {
            $(
                #[doc = concat!("`", $f, "`.")]
                #[inline(always)]
                pub fn $name(self, $b: Self) -> Self {
                    $Type(self.0.$name($b.0))
                }
            )*
        }
    };
}
pub(crate) use functions_of_two_variables;
