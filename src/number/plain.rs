//! For a type that carries nothing along with its number: what the other macros ask of it.

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
            fn singular(self, (data, _): (T, T)) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn binary(self, _: Self, (data, _, _): (T, T, T)) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn singular_binary(self, _: Self, (data, _, _): (T, T, T)) -> Self {
                $Type(data)
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
        }
    };
}
pub(crate) use without_derivatives;
