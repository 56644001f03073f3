//! `impl_operators!`: `+ − × ÷ %` on numbers, numbers and floats, by value and by reference; the assigning forms; sums
//! and products.

/// Implements all operators of a type, in all their forms, from the results for two numbers, for a number and a float,
/// and for a float and a number.
///
/// ```text
/// impl_operators! {
///     FloatWrapper<T: Float>;
///     x + y => FloatWrapper(x.0 + y.0), FloatWrapper(x.0 + y), FloatWrapper(x + y.0);
///     x - y => …; x * y => …; x / y => …; x % y => …;
///     -x => FloatWrapper(-x.0);
/// }
/// ```
/// expands to a call of `impl_operator!` for each of `+ - * / %`, and to
/// ```text
/// impl<T: Float> Neg for FloatWrapper<T> { … }
/// impl<T: Float> Neg for &FloatWrapper<T> { … }
/// impl<T: Float> Sum for FloatWrapper<T> { … }        // also Sum<&FloatWrapper<T>>
/// impl<T: Float> Product for FloatWrapper<T> { … }    // also Product<&FloatWrapper<T>>
/// ```
macro_rules! impl_operators {
    (
        $Type:ident<$($l:lifetime,)? T: $Bound:ident $(, const $N:ident: $n:ident)?>;
        $x_add:ident + $y_add:ident => $add:expr, $add_float:expr, $float_add:expr;
        $x_sub:ident - $y_sub:ident => $sub:expr, $sub_float:expr, $float_sub:expr;
        $x_mul:ident * $y_mul:ident => $mul:expr, $mul_float:expr, $float_mul:expr;
        $x_div:ident / $y_div:ident => $div:expr, $div_float:expr, $float_div:expr;
        $x_rem:ident % $y_rem:ident => $rem:expr, $rem_float:expr, $float_rem:expr;
        -$x_neg:ident => $neg:expr;
    ) => {
        $crate::scalar::number::operators::impl_operator! {
            $Type<$($l,)? T: $Bound $(, const $N: $n)?>; Add::add, AddAssign::add_assign;
            |$x_add, $y_add| $add, $add_float, $float_add
        }
        $crate::scalar::number::operators::impl_operator! {
            $Type<$($l,)? T: $Bound $(, const $N: $n)?>; Sub::sub, SubAssign::sub_assign;
            |$x_sub, $y_sub| $sub, $sub_float, $float_sub
        }
        $crate::scalar::number::operators::impl_operator! {
            $Type<$($l,)? T: $Bound $(, const $N: $n)?>; Mul::mul, MulAssign::mul_assign;
            |$x_mul, $y_mul| $mul, $mul_float, $float_mul
        }
        $crate::scalar::number::operators::impl_operator! {
            $Type<$($l,)? T: $Bound $(, const $N: $n)?>; Div::div, DivAssign::div_assign;
            |$x_div, $y_div| $div, $div_float, $float_div
        }
        $crate::scalar::number::operators::impl_operator! {
            $Type<$($l,)? T: $Bound $(, const $N: $n)?>; Rem::rem, RemAssign::rem_assign;
            |$x_rem, $y_rem| $rem, $rem_float, $float_rem
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> std::ops::Neg for $Type<$($l,)? T $(, $N)?> {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                let $x_neg = self;
                $neg
            }
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> std::ops::Neg for &$Type<$($l,)? T $(, $N)?> {
            type Output = $Type<$($l,)? T $(, $N)?>;

            #[inline(always)]
            fn neg(self) -> Self::Output {
                -*self
            }
        }

        $crate::scalar::number::operators::impl_fold! {
            $Type<$($l,)? T: $Bound $(, const $N: $n)?>; Sum::sum, + from zero
        }
        $crate::scalar::number::operators::impl_fold! {
            $Type<$($l,)? T: $Bound $(, const $N: $n)?>; Product::product, * from one
        }
    };
}
pub(crate) use impl_operators;

/// Implements one operator in all its forms.
///
/// ```text
/// impl_operator! {
///     Dual<T: Scalar, const N: usize>; Add::add, AddAssign::add_assign;
///     |x, y| x.sum(y, x.data() + y.data()), x.shifted(x.data() + y), y.shifted(x + y.data())
/// }
/// ```
/// expands to
/// ```text
/// impl<T: Scalar, const N: usize> Add for Dual<T, N> { … x.sum(y, x.data() + y.data()) … }
/// impl<T: Scalar, const N: usize> Add<T> for Dual<T, N> { … x.shifted(x.data() + y) … }
/// ```
/// and to calls of the three macros below, which implement the other forms.
macro_rules! impl_operator {
    (
        $Type:ident<$($l:lifetime,)? T: $Bound:ident $(, const $N:ident: $n:ident)?>;
        $Operator:ident::$operator:ident, $Assign:ident::$assign:ident;
        |$x:ident, $y:ident| $numbers:expr, $number_float:expr, $float_number:expr
    ) => {
        impl<$($l,)? T: $Bound $(, const $N: $n)?> std::ops::$Operator for $Type<$($l,)? T $(, $N)?> {
            type Output = Self;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: Self) -> Self {
                let ($x, $y) = (self, other);
                $numbers
            }
        }

        impl<$($l,)? T: $Bound $(, const $N: $n)?> std::ops::$Operator<T> for $Type<$($l,)? T $(, $N)?> {
            type Output = Self;

            #[inline(always)]
            fn $operator(self, other: T) -> Self {
                let ($x, $y) = (self, other);
                $number_float
            }
        }

        $crate::scalar::number::operators::impl_operator_of_float! {
            [$($l,)? $(const $N: $n)?] f32, $Type<$($l,)? f32 $(, $N)?>; $Operator::$operator;
            |$x, $y| $float_number
        }
        $crate::scalar::number::operators::impl_operator_of_float! {
            [$($l,)? $(const $N: $n)?] f64, $Type<$($l,)? f64 $(, $N)?>; $Operator::$operator;
            |$x, $y| $float_number
        }
        $crate::scalar::number::operators::impl_operator_of_references! {
            [$($l,)? T: $Bound $(, const $N: $n)?] $Type<$($l,)? T $(, $N)?>; $Operator::$operator
        }
        $crate::scalar::number::operators::impl_assigning_operator! {
            [$($l,)? T: $Bound $(, const $N: $n)?] $Type<$($l,)? T $(, $N)?>; $Assign::$assign, $Operator::$operator
        }
    };
}
pub(crate) use impl_operator;

/// Implements an operator with a float on the left. The language allows no impl for every `T`.
///
/// `impl_operator_of_float! { [] f32, FloatWrapper<f32>; Add::add; |x, y| FloatWrapper(x + y.0) }` expands to
/// ```text
/// impl Add<FloatWrapper<f32>> for f32 { … FloatWrapper(x + y.0) … }
/// impl Add<&FloatWrapper<f32>> for f32 { … self + *other … }
/// ```
macro_rules! impl_operator_of_float {
    (
        [$($generics:tt)*] $Float:ty, $Number:ty; $Operator:ident::$operator:ident;
        |$x:ident, $y:ident| $float_number:expr
    ) => {
        impl<$($generics)*> std::ops::$Operator<$Number> for $Float {
            type Output = $Number;

            #[inline(always)]
            fn $operator(self, other: $Number) -> $Number {
                let ($x, $y) = (self, other);
                $float_number
            }
        }

        impl<$($generics)*> std::ops::$Operator<&$Number> for $Float {
            type Output = $Number;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: &$Number) -> $Number {
                std::ops::$Operator::$operator(self, *other)
            }
        }
    };
}
pub(crate) use impl_operator_of_float;

/// Implements an operator on references by the same operator on values.
///
/// `impl_operator_of_references! { [T: Float] FloatWrapper<T>; Add::add }` expands to
/// ```text
/// impl<T: Float> Add<FloatWrapper<T>> for &FloatWrapper<T> { … *self + other … }
/// impl<T: Float> Add<&FloatWrapper<T>> for FloatWrapper<T> { … self + *other … }
/// impl<T: Float> Add<&FloatWrapper<T>> for &FloatWrapper<T> { … *self + *other … }
/// impl<T: Float> Add<T> for &FloatWrapper<T> { … *self + other … }
/// ```
macro_rules! impl_operator_of_references {
    ([$($generics:tt)*] $Number:ty; $Operator:ident::$operator:ident) => {
        impl<$($generics)*> std::ops::$Operator<$Number> for &$Number {
            type Output = $Number;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: $Number) -> $Number {
                std::ops::$Operator::$operator(*self, other)
            }
        }

        impl<$($generics)*> std::ops::$Operator<&$Number> for $Number {
            type Output = $Number;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: &$Number) -> $Number {
                std::ops::$Operator::$operator(self, *other)
            }
        }

        impl<$($generics)*> std::ops::$Operator<&$Number> for &$Number {
            type Output = $Number;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: &$Number) -> $Number {
                std::ops::$Operator::$operator(*self, *other)
            }
        }

        impl<$($generics)*> std::ops::$Operator<T> for &$Number {
            type Output = $Number;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: T) -> $Number {
                std::ops::$Operator::$operator(*self, other)
            }
        }
    };
}
pub(crate) use impl_operator_of_references;

/// Implements an assigning operator by the operator.
///
/// `impl_assigning_operator! { [T: Float] FloatWrapper<T>; AddAssign::add_assign, Add::add }` expands to
/// ```text
/// impl<T: Float> AddAssign for FloatWrapper<T> { … *self = *self + other … }    // also AddAssign<&Self> and AddAssign<T>
/// ```
macro_rules! impl_assigning_operator {
    ([$($generics:tt)*] $Number:ty; $Assign:ident::$assign:ident, $Operator:ident::$operator:ident) => {
        impl<$($generics)*> std::ops::$Assign for $Number {
            #[inline(always)]
            #[track_caller]
            fn $assign(&mut self, other: $Number) {
                *self = std::ops::$Operator::$operator(*self, other);
            }
        }

        impl<$($generics)*> std::ops::$Assign<&$Number> for $Number {
            #[inline(always)]
            #[track_caller]
            fn $assign(&mut self, other: &$Number) {
                *self = std::ops::$Operator::$operator(*self, other);
            }
        }

        impl<$($generics)*> std::ops::$Assign<T> for $Number {
            #[inline(always)]
            #[track_caller]
            fn $assign(&mut self, other: T) {
                *self = std::ops::$Operator::$operator(*self, other);
            }
        }
    };
}
pub(crate) use impl_assigning_operator;

/// Implements the sum or the product of an iterator; without items it is the constant 0 or 1.
///
/// `impl_fold! { FloatWrapper<T: Float>; Sum::sum, + from zero }` expands to
/// ```text
/// impl<T: Float> Sum for FloatWrapper<T> { … values.reduce(|x, y| x + y) … }
/// impl<'a, T: Float> Sum<&'a Self> for FloatWrapper<T> { … values.copied().sum() … }
/// ```
macro_rules! impl_fold {
    (
        $Type:ident<$($l:lifetime,)? T: $Bound:ident $(, const $N:ident: $n:ident)?>;
        $Fold:ident::$fold:ident, $operator:tt from $empty:ident
    ) => {
        impl<$($l,)? T: $Bound $(, const $N: $n)?> std::iter::$Fold for $Type<$($l,)? T $(, $N)?> {
            fn $fold<I: Iterator<Item = Self>>(values: I) -> Self {
                values.reduce(|x, y| x $operator y).unwrap_or_else(|| Self::constant(T::$empty()))
            }
        }

        impl<'a, $($l,)? T: $Bound $(, const $N: $n)?> std::iter::$Fold<&'a Self> for $Type<$($l,)? T $(, $N)?> {
            fn $fold<I: Iterator<Item = &'a Self>>(values: I) -> Self {
                values.copied().$fold()
            }
        }
    };
}
pub(crate) use impl_fold;
