//! `+ − × ÷ %` on numbers, numbers and floats, by value and by reference; the assigning forms; sums and products.

macro_rules! operators {
    ($number:tt) => {
        $crate::scalar::number::operators::operator! {
            $number Add add AddAssign add_assign: |x, y|
                x.sum(y, x.data() + y.data()), x.shifted(x.data() + y), y.shifted(x + y.data())
        }
        $crate::scalar::number::operators::operator! {
            $number Sub sub SubAssign sub_assign: |x, y|
                x.difference(y, x.data() - y.data()), x.shifted(x.data() - y), y.negated(x - y.data())
        }
        $crate::scalar::number::operators::operator! {
            $number Mul mul MulAssign mul_assign: |x, y|
                x.product(y, x.data() * y.data()), x.scaled(x.data() * y, y), y.scaled(x * y.data(), x)
        }
        $crate::scalar::number::operators::operator_by_rule!($number Div div DivAssign div_assign: ratio);
        $crate::scalar::number::operators::operator_by_rule!($number Rem rem RemAssign rem_assign: by_rule);
        $crate::scalar::number::operators::negation!($number);
        $crate::scalar::number::operators::fold!($number Sum sum + zero);
        $crate::scalar::number::operators::fold!($number Product product * one);
    };
}
pub(crate) use operators;

/// All forms of an operator, from what it does with two numbers, with a number and a float, and the other way round.
macro_rules! operator {
    (
        { [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }
        $Operator:ident $operator:ident $Assign:ident $assign:ident:
        |$x:ident, $y:ident| $numbers:expr, $number_float:expr, $float_number:expr
    ) => {
        impl<$($declared)* T: $Bound> std::ops::$Operator for $Type<$($before)* T $($after)*> {
            type Output = Self;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: Self) -> Self {
                let ($x, $y) = (self, other);
                $numbers
            }
        }

        impl<$($declared)* T: $Bound> std::ops::$Operator<T> for $Type<$($before)* T $($after)*> {
            type Output = Self;

            #[inline(always)]
            fn $operator(self, other: T) -> Self {
                let ($x, $y) = (self, other);
                $number_float
            }
        }

        impl<$($declared)*> std::ops::$Operator<$Type<$($before)* f32 $($after)*>> for f32 {
            type Output = $Type<$($before)* f32 $($after)*>;

            #[inline(always)]
            fn $operator(self, other: Self::Output) -> Self::Output {
                let ($x, $y) = (self, other);
                $float_number
            }
        }

        impl<$($declared)*> std::ops::$Operator<$Type<$($before)* f64 $($after)*>> for f64 {
            type Output = $Type<$($before)* f64 $($after)*>;

            #[inline(always)]
            fn $operator(self, other: Self::Output) -> Self::Output {
                let ($x, $y) = (self, other);
                $float_number
            }
        }

        // A reference is read, and the operator called again without it.
        $crate::scalar::number::operators::reference! {
            $Operator $operator [$($declared)* T: $Bound] $Type<$($before)* T $($after)*>;
            |x, y| &$Type<$($before)* T $($after)*>, $Type<$($before)* T $($after)*> => *x, y;
            |x, y| $Type<$($before)* T $($after)*>, &$Type<$($before)* T $($after)*> => x, *y;
            |x, y| &$Type<$($before)* T $($after)*>, &$Type<$($before)* T $($after)*> => *x, *y;
            |x, y| &$Type<$($before)* T $($after)*>, T => *x, y;
        }
        $crate::scalar::number::operators::reference! {
            $Operator $operator [$($declared)*] $Type<$($before)* f32 $($after)*>;
            |x, y| f32, &$Type<$($before)* f32 $($after)*> => x, *y;
        }
        $crate::scalar::number::operators::reference! {
            $Operator $operator [$($declared)*] $Type<$($before)* f64 $($after)*>;
            |x, y| f64, &$Type<$($before)* f64 $($after)*> => x, *y;
        }

        $crate::scalar::number::operators::assign! {
            $Assign $assign $Operator $operator [$($declared)* T: $Bound] $Type<$($before)* T $($after)*>;
            $Type<$($before)* T $($after)*>, &$Type<$($before)* T $($after)*>, T
        }
    };
}
pub(crate) use operator;

macro_rules! reference {
    (
        $Operator:ident $operator:ident $generics:tt $Output:ty;
        $(|$x:ident, $y:ident| $Left:ty, $Right:ty => $a:expr, $b:expr;)*
    ) => {$(
        $crate::scalar::number::operators::reference!(@ $Operator $operator $generics $Output; |$x, $y| $Left, $Right => $a, $b);
    )*};
    (
        @ $Operator:ident $operator:ident [$($generics:tt)*] $Output:ty;
        |$x:ident, $y:ident| $Left:ty, $Right:ty => $a:expr, $b:expr
    ) => {
        impl<$($generics)*> std::ops::$Operator<$Right> for $Left {
            type Output = $Output;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: $Right) -> $Output {
                let ($x, $y) = (self, other);
                std::ops::$Operator::$operator($a, $b)
            }
        }
    };
}
pub(crate) use reference;

macro_rules! assign {
    ($Assign:ident $assign:ident $Operator:ident $operator:ident $generics:tt $Left:ty; $($Right:ty),*) => {$(
        $crate::scalar::number::operators::assign!(@ $Assign $assign $Operator $operator $generics $Left; $Right);
    )*};
    (@ $Assign:ident $assign:ident $Operator:ident $operator:ident [$($generics:tt)*] $Left:ty; $Right:ty) => {
        impl<$($generics)*> std::ops::$Assign<$Right> for $Left {
            #[inline(always)]
            #[track_caller]
            fn $assign(&mut self, other: $Right) {
                *self = std::ops::$Operator::$operator(*self, other);
            }
        }
    };
}
pub(crate) use assign;

/// With a float on one side, the derivative by the other alone.
macro_rules! operator_by_rule {
    ($number:tt $Operator:ident $operator:ident $Assign:ident $assign:ident: $by:ident) => {
        $crate::scalar::number::operators::operator! {
            $number $Operator $operator $Assign $assign: |x, y|
                x.$by(y, $crate::scalar::rules::$operator),
                { let (f, dx, _) = $crate::scalar::rules::$operator(x.data(), y); x.unary((f, dx)) },
                { let (f, _, dy) = $crate::scalar::rules::$operator(x, y.data()); y.unary((f, dy)) }
        }
    };
}
pub(crate) use operator_by_rule;

macro_rules! negation {
    ({ [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }) => {
        impl<$($declared)* T: $Bound> std::ops::Neg for $Type<$($before)* T $($after)*> {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                self.negated(-self.data())
            }
        }

        impl<$($declared)* T: $Bound> std::ops::Neg for &$Type<$($before)* T $($after)*> {
            type Output = $Type<$($before)* T $($after)*>;

            #[inline(always)]
            fn neg(self) -> Self::Output {
                -*self
            }
        }
    };
}
pub(crate) use negation;

/// Sum and product of no numbers are the constants 0 and 1.
macro_rules! fold {
    (
        { [$($declared:tt)*] $Type:ident [$($before:tt)*] [$($after:tt)*] $Bound:ident }
        $Fold:ident $fold:ident $operator:tt $empty:ident
    ) => {
        impl<$($declared)* T: $Bound> std::iter::$Fold for $Type<$($before)* T $($after)*> {
            fn $fold<I: Iterator<Item = Self>>(numbers: I) -> Self {
                numbers.reduce(|x, y| x $operator y).unwrap_or_else(|| Self::constant(T::$empty()))
            }
        }

        impl<'a, $($declared)* T: $Bound> std::iter::$Fold<&'a Self> for $Type<$($before)* T $($after)*> {
            fn $fold<I: Iterator<Item = &'a Self>>(numbers: I) -> Self {
                numbers.copied().$fold()
            }
        }
    };
}
pub(crate) use fold;
