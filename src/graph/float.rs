//! The functions of a [`Value`]: methods of its own, each from its rule, and by them `num_traits::Float` and
//! [`Scalar`].

use super::{Value, Values};
use crate::Scalar;
use crate::rules::{self, Rule};
use num_traits::{Float, FloatConst, Num, NumCast, One, ToPrimitive, Zero};
use std::num::FpCategory;

macro_rules! methods_of_one_variable {
    (Float { $($float:tt)* } Scalar { $($scalar:tt)* }) => {
        methods_of_one_variable!(@ $($float)* $($scalar)*);
    };
    (@ $($name:ident: $f:literal, $d:literal;)*) => {
        impl<T: Scalar> Value<'_, T> {
            $(
                #[doc = concat!("`", $f, "`, with the derivative `", $d, "`.")]
                #[inline(always)]
                pub fn $name(self) -> Self {
                    self.unary(rules::$name(self.data()))
                }
            )*
        }
    };
}
rules::functions_of_one_variable!(methods_of_one_variable);

macro_rules! methods_of_two_variables {
    ($($name:ident($a:ident, $b:ident): $f:literal, $d:literal;)*) => {
        impl<T: Scalar> Value<'_, T> {
            $(
                #[doc = concat!("`", $f, "`, with the derivatives `", $d, "`.")]
                ///
                /// # Panics
                /// When the two belong to two graphs.
                #[inline(always)]
                #[track_caller]
                pub fn $name(self, $b: impl Into<Self>) -> Self {
                    let ($a, $b) = (self, $b.into());
                    $a.binary($b, rules::$name($a.data(), $b.data()))
                }
            )*
        }
    };
}
rules::functions_of_two_variables!(methods_of_two_variables);

impl<T: Scalar> Value<'_, T> {
    /// `xⁿ`, with the derivative `n·xⁿ⁻¹`, which is 0 for n = 0.
    #[inline(always)]
    pub fn powi(self, n: i32) -> Self {
        self.unary(rules::powi(self.data(), n))
    }

    /// Sine and cosine: two nodes.
    #[inline(always)]
    pub fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }

    /// `self·factor + summand`, rounded once: two nodes.
    ///
    /// # Panics
    /// When the three do not belong to one graph.
    #[inline(always)]
    #[track_caller]
    pub fn mul_add(self, factor: impl Into<Self>, summand: impl Into<Self>) -> Self {
        let (factor, summand) = (factor.into(), summand.into());
        let data = self.data().mul_add(factor.data(), summand.data());
        (self * factor + summand).with_data(data)
    }

    /// `x` for `x > 0` and `slope·x` elsewhere, with the derivatives by x `1` and `slope`; at the kink, `slope`.
    ///
    /// # Panics
    /// When the two belong to two graphs.
    #[inline(always)]
    #[track_caller]
    pub fn leaky_relu(self, slope: impl Into<Self>) -> Self {
        let slope = slope.into();
        self.binary(slope, rules::leaky_relu(self.data(), slope.data()))
    }
}

/// The methods of `Float` and of `Scalar` that are methods of [`Value`] too.
macro_rules! float_methods {
    (Float { $($name:ident: $f:literal, $d:literal;)* } Scalar { $($scalar:tt)* }) => {
        float_methods!(@ $($name)*);
    };
    (@ $($name:ident)*) => {$(
        #[inline(always)]
        fn $name(self) -> Self {
            Value::$name(self)
        }
    )*};
}

macro_rules! scalar_methods {
    (Float { $($float:tt)* } Scalar { $($name:ident: $f:literal, $d:literal;)* }) => {
        float_methods!(@ $($name)*);
    };
}

macro_rules! float_methods_of_two {
    ($($name:ident($a:ident, $b:ident): $f:literal, $d:literal;)*) => {$(
        #[inline(always)]
        #[track_caller]
        fn $name(self, $b: Self) -> Self {
            Value::$name(self, $b)
        }
    )*};
}

macro_rules! constants {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name() -> Self {
            Value::constant(T::$name())
        }
    )*};
}

macro_rules! questions {
    ($($name:ident)*) => {$(
        #[inline(always)]
        fn $name(self) -> bool {
            self.data().$name()
        }
    )*};
}

macro_rules! conversions {
    ($($name:ident $Primitive:ident),*) => {$(
        fn $name(&self) -> Option<$Primitive> {
            self.data().$name()
        }
    )*};
}

impl<'g, T: Scalar> Scalar for Value<'g, T> {
    type Run = Values<'g, T>;

    #[inline(always)]
    fn of(x: f64) -> Self {
        Value::constant(T::of(x))
    }

    #[inline(always)]
    fn map<R: Rule>(self, rule: R) -> Self {
        self.unary(rule.apply(self.data()))
    }

    #[inline(always)]
    fn vanishes(&self) -> bool {
        self.graph().is_none() && self.data().vanishes()
    }

    #[inline(always)]
    fn leaky_relu(self, slope: Self) -> Self {
        Value::leaky_relu(self, slope)
    }

    rules::functions_of_one_variable!(scalar_methods);
}

impl<T: Scalar> Float for Value<'_, T> {
    rules::functions_of_one_variable!(float_methods);
    rules::functions_of_two_variables!(float_methods_of_two);

    fn powi(self, n: i32) -> Self {
        Value::powi(self, n)
    }

    fn sin_cos(self) -> (Self, Self) {
        Value::sin_cos(self)
    }

    fn mul_add(self, factor: Self, summand: Self) -> Self {
        Value::mul_add(self, factor, summand)
    }

    constants!(nan infinity neg_infinity neg_zero min_value min_positive_value max_value epsilon);
    questions!(is_nan is_infinite is_finite is_normal is_subnormal is_sign_positive is_sign_negative);

    fn classify(self) -> FpCategory {
        self.data().classify()
    }

    fn integer_decode(self) -> (u64, i16, i8) {
        self.data().integer_decode()
    }
}

impl<T: Scalar + FloatConst> FloatConst for Value<'_, T> {
    constants! {
        E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8 LN_10
        LN_2 LOG10_E LOG2_E PI SQRT_2
    }
}

impl<T: Scalar> Zero for Value<'_, T> {
    constants!(zero);

    fn is_zero(&self) -> bool {
        self.data().is_zero()
    }
}

impl<T: Scalar> One for Value<'_, T> {
    constants!(one);
}

impl<T: Scalar> Num for Value<'_, T> {
    type FromStrRadixErr = T::FromStrRadixErr;

    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        T::from_str_radix(text, radix).map(Value::constant)
    }
}

impl<T: Scalar> NumCast for Value<'_, T> {
    fn from<N: ToPrimitive>(number: N) -> Option<Self> {
        T::from(number).map(Value::constant)
    }
}

/// The number alone: a conversion to a primitive type has no derivative.
impl<T: Scalar> ToPrimitive for Value<'_, T> {
    conversions! {
        to_i8 i8, to_i16 i16, to_i32 i32, to_i64 i64, to_i128 i128, to_isize isize,
        to_u8 u8, to_u16 u16, to_u32 u32, to_u64 u64, to_u128 u128, to_usize usize,
        to_f32 f32, to_f64 f64
    }
}
