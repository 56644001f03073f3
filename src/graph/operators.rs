//! `+ − × ÷ %` on values, values and floats, by value and by reference; the assigning forms; sums and products.

use super::Value;
use crate::{Scalar, rules};
use std::iter::{Product, Sum};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

impl<T: Scalar> Neg for Value<'_, T> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.negated(-self.data())
    }
}

impl<'g, T: Scalar> Neg for &Value<'g, T> {
    type Output = Value<'g, T>;

    #[inline(always)]
    fn neg(self) -> Value<'g, T> {
        -*self
    }
}

/// All forms of an operator, from what it does with two values, with a value and a float, and the other way round.
macro_rules! operator {
    (
        $Operator:ident $operator:ident $Assign:ident $assign:ident:
        |$x:ident, $y:ident| $values:expr, $value_float:expr, $float_value:expr
    ) => {
        impl<T: Scalar> $Operator for Value<'_, T> {
            type Output = Self;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: Self) -> Self {
                let ($x, $y) = (self, other);
                $values
            }
        }

        impl<T: Scalar> $Operator<T> for Value<'_, T> {
            type Output = Self;

            #[inline(always)]
            fn $operator(self, other: T) -> Self {
                let ($x, $y) = (self, other);
                $value_float
            }
        }

        operator!(@float f32 $Operator $operator |$x, $y| $float_value);
        operator!(@float f64 $Operator $operator |$x, $y| $float_value);

        operator!(@reference $Operator $operator ['g, T: Scalar] &Value<'g, T>, Value<'g, T>, T);
        operator!(@reference $Operator $operator ['g, T: Scalar] &Value<'g, T>, &Value<'g, T>, T);
        operator!(@reference $Operator $operator ['g, T: Scalar] Value<'g, T>, &Value<'g, T>, T);
        operator!(@reference $Operator $operator ['g, T: Scalar] &Value<'g, T>, T, T);
        operator!(@reference $Operator $operator ['g] f32, &Value<'g, f32>, f32);
        operator!(@reference $Operator $operator ['g] f64, &Value<'g, f64>, f64);

        operator!(@assign $Assign $assign $operator Value<'g, T>);
        operator!(@assign $Assign $assign $operator &Value<'g, T>);
        operator!(@assign $Assign $assign $operator T);
    };
    (@float $float:ident $Operator:ident $operator:ident |$x:ident, $y:ident| $float_value:expr) => {
        impl<'g> $Operator<Value<'g, $float>> for $float {
            type Output = Value<'g, $float>;

            #[inline(always)]
            fn $operator(self, other: Value<'g, $float>) -> Value<'g, $float> {
                let ($x, $y) = (self, other);
                $float_value
            }
        }
    };
    // A reference is read, and the operator called again without it.
    (@reference $Operator:ident $operator:ident [$($generics:tt)*] &$Left:ty, &$Right:ty, $T:ty) => {
        operator!(@forward $Operator $operator [$($generics)*] &$Left, &$Right, $T, |x, y| (*x, *y));
    };
    (@reference $Operator:ident $operator:ident [$($generics:tt)*] &$Left:ty, $Right:ty, $T:ty) => {
        operator!(@forward $Operator $operator [$($generics)*] &$Left, $Right, $T, |x, y| (*x, y));
    };
    (@reference $Operator:ident $operator:ident [$($generics:tt)*] $Left:ty, &$Right:ty, $T:ty) => {
        operator!(@forward $Operator $operator [$($generics)*] $Left, &$Right, $T, |x, y| (x, *y));
    };
    (
        @forward $Operator:ident $operator:ident [$($generics:tt)*] $Left:ty, $Right:ty, $T:ty,
        |$x:ident, $y:ident| ($a:expr, $b:expr)
    ) => {
        impl<$($generics)*> $Operator<$Right> for $Left {
            type Output = Value<'g, $T>;

            #[inline(always)]
            #[track_caller]
            fn $operator(self, other: $Right) -> Value<'g, $T> {
                let ($x, $y) = (self, other);
                $Operator::$operator($a, $b)
            }
        }
    };
    (@assign $Assign:ident $assign:ident $operator:ident $Right:ty) => {
        impl<'g, T: Scalar> $Assign<$Right> for Value<'g, T> {
            #[inline(always)]
            #[track_caller]
            fn $assign(&mut self, other: $Right) {
                *self = self.$operator(other);
            }
        }
    };
}

/// With a float on one side, the derivative by the other alone.
macro_rules! operator_by_rule {
    ($Operator:ident $operator:ident $Assign:ident $assign:ident: $rule:expr) => {
        operator! {
            $Operator $operator $Assign $assign: |x, y|
                x.binary(y, $rule(x.data(), y.data())),
                { let (f, dx, _) = $rule(x.data(), y); x.unary((f, dx)) },
                { let (f, _, dy) = $rule(x, y.data()); y.unary((f, dy)) }
        }
    };
}

operator! {
    Add add AddAssign add_assign: |x, y|
        x.sum(y, x.data() + y.data()), x.shifted(x.data() + y), y.shifted(x + y.data())
}
operator! {
    Sub sub SubAssign sub_assign: |x, y|
        x.difference(y, x.data() - y.data()), x.shifted(x.data() - y), y.negated(x - y.data())
}
operator_by_rule!(Mul mul MulAssign mul_assign: rules::mul);
operator_by_rule!(Div div DivAssign div_assign: rules::div);
operator_by_rule!(Rem rem RemAssign rem_assign: rules::rem);

/// Sum and product of no values are the constants 0 and 1.
macro_rules! fold {
    ($Fold:ident $fold:ident $operator:tt $empty:ident) => {
        impl<'g, T: Scalar> $Fold for Value<'g, T> {
            fn $fold<I: Iterator<Item = Value<'g, T>>>(values: I) -> Value<'g, T> {
                values.reduce(|x, y| x $operator y).unwrap_or(Value::constant(T::$empty()))
            }
        }

        impl<'a, 'g, T: Scalar> $Fold<&'a Value<'g, T>> for Value<'g, T> {
            fn $fold<I: Iterator<Item = &'a Value<'g, T>>>(values: I) -> Value<'g, T> {
                values.copied().$fold()
            }
        }
    };
}
fold!(Sum sum + zero);
fold!(Product product * one);
