//! The arithmetic of [`TracedValue`]: every operation becomes a node of the trace.

use super::node::Operation;
use super::record::{Trace, TracedValue};
use crate::scalar::number::float::{impl_float, trait_method};
use crate::scalar::number::operators::impl_operators;
use crate::scalar::rules::columns::{documentation, formulas};
use crate::scalar::rules::{self, UnaryFunction};
use crate::scalar::{Elements, Scalar};

impl<'t, T: Scalar> TracedValue<'t, T> {
    /// Returns the index of its node on the trace; a constant gets a new one.
    fn node_on(self, trace: &Trace<T>) -> usize {
        match self.trace {
            Some(own) => {
                assert!(std::ptr::eq(own, trace), "the values must be on one trace, got two");
                self.node
            }
            None => trace.push(Operation::Constant, Vec::new(), self.data).node,
        }
    }

    /// Adds the result of an operation on one value.
    fn unary(self, operation: Operation, (data, derivative): (T, T)) -> Self {
        match self.trace {
            Some(trace) => trace.push(operation, vec![(self.node, derivative)], data),
            None => TracedValue::constant(data),
        }
    }

    /// Adds the result of an operation on two values.
    #[track_caller]
    fn binary(self, other: Self, operation: Operation, (data, by_self, by_other): (T, T, T)) -> Self {
        match self.trace.or(other.trace) {
            Some(trace) => {
                let parents = vec![(self.node_on(trace), by_self), (other.node_on(trace), by_other)];
                trace.push(operation, parents, data)
            }
            None => TracedValue::constant(data),
        }
    }

    fn added(self, other: Self) -> Self {
        let data = self.data + other.data;
        // Adding the 0 that a sum starts from is not recorded, unless it changes −0 to 0.
        let is_kept = |x: Self| data.is_sign_negative() == x.data.is_sign_negative();
        if other.vanishes() && is_kept(self) {
            return self;
        }
        if self.vanishes() && is_kept(other) {
            return other;
        }
        self.binary(other, Operation::Add, (data, T::one(), T::one()))
    }

    fn subtracted(self, other: Self) -> Self {
        self.binary(other, Operation::Subtract, (self.data - other.data, T::one(), -T::one()))
    }

    fn multiplied(self, other: Self) -> Self {
        self.product(other, self.data * other.data)
    }

    fn product(self, other: Self, data: T) -> Self {
        self.binary(other, Operation::Multiply, (data, other.data, self.data))
    }

    fn divided(self, other: Self) -> Self {
        self.by_ratio_rule(other, Operation::Divide, rules::div)
    }

    fn by_rule(self, other: Self, operation: Operation, rule: impl Fn(T, T) -> (T, T, T)) -> Self {
        self.binary(other, operation, rule(self.data, other.data))
    }

    /// Adds a function of the ratio of two values.
    fn by_ratio_rule(self, other: Self, operation: Operation, rule: impl Fn(T, T) -> (T, T, T)) -> Self {
        let result = rule(self.data, other.data);
        let Some(factor) = rules::enlargement(self.data, other.data, result.1) else {
            return self.binary(other, operation, result);
        };
        let (data, by_self, by_other) = rule(self.data * factor, other.data * factor);
        if self.trace.is_some() && other.trace.is_some() && self.node == other.node {
            // Both operands are one value: its two derivatives are added before they overflow.
            return self.binary(other, operation, (data, (by_self + by_other).strong_mul(factor), T::zero()));
        }
        self.binary(other, operation, (data, by_self * factor, by_other * factor))
    }

    fn remainder(self, other: Self) -> Self {
        self.by_rule(other, Operation::Remainder, rules::rem)
    }

    /// Returns `xⁿ`.
    pub fn powi(self, n: i32) -> Self {
        self.unary(Operation::Power(n), rules::powi(self.data, n))
    }

    /// Returns the sine and the cosine.
    pub fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }

    /// Returns `self·factor + summand`.
    pub fn mul_add(self, factor: impl Into<Self>, summand: impl Into<Self>) -> Self {
        self * factor.into() + summand.into()
    }
}

impl_operators! {
    TracedValue<'t, T: Scalar>;
    x + y => x.added(y), x.added(TracedValue::constant(y)), TracedValue::constant(x).added(y);
    x - y => x.subtracted(y), x.subtracted(TracedValue::constant(y)), TracedValue::constant(x).subtracted(y);
    x * y => x.multiplied(y), x.multiplied(TracedValue::constant(y)), TracedValue::constant(x).multiplied(y);
    x / y => x.divided(y), x.divided(TracedValue::constant(y)), TracedValue::constant(x).divided(y);
    x % y => x.remainder(y), x.remainder(TracedValue::constant(y)), TracedValue::constant(x).remainder(y);
    -x => x.unary(Operation::Negate, (-x.data, -T::one()));
}
impl_float!(TracedValue<'t, T: Scalar>);

/// A function as a method, from a row of the table: `method! { sqrt(x): "√x", "1/(2√x)" }` expands to
/// ```text
/// pub fn sqrt(self) -> Self {
///     self.unary(Operation::Function(&formulas!(sqrt(x): "√x", "1/(2√x)")), rules::sqrt(self.data))
/// }
/// ```
macro_rules! method {
    ($name:ident($x:ident): $($columns:tt)*) => {
        #[doc = documentation!($name($x): $($columns)*)]
        pub fn $name(self) -> Self {
            self.unary(Operation::Function(&formulas!($name($x): $($columns)*)), rules::$name(self.data))
        }
    };
    (atan2(y, x): $($columns:tt)*) => { method! { @ by_ratio_rule, atan2(y, x): $($columns)* } };
    ($name:ident($x:ident, $y:ident): $($columns:tt)*) => { method! { @ by_rule, $name($x, $y): $($columns)* } };
    (@ $combine:ident, $name:ident($x:ident, $y:ident): $($columns:tt)*) => {
        #[doc = documentation!($name($x, $y): $($columns)*)]
        pub fn $name(self, $y: impl Into<Self>) -> Self {
            let operation = Operation::Function(&formulas!($name($x, $y): $($columns)*));
            self.$combine($y.into(), operation, rules::$name)
        }
    };
}

/// Elementary functions.
impl<T: Scalar> TracedValue<'_, T> {
    rules::functions!(Float, method);
    rules::functions!(Scalar, method);
}

impl<T: Scalar> Scalar for TracedValue<'_, T> {
    type Storage = Elements<Self>;

    fn of(x: f64) -> Self {
        TracedValue::constant(T::of(x))
    }

    fn map<R: UnaryFunction>(self, rule: R) -> Self {
        let operation = Operation::Rule { name: rule.name(), is_identity: rule.is_identity() };
        self.unary(operation, rule.value_and_derivative(self.data))
    }

    fn strong_mul(self, factor: Self) -> Self {
        if self.vanishes() || factor.vanishes() {
            return TracedValue::constant(T::zero());
        }
        self.product(factor, self.data.strong_mul(factor.data))
    }

    fn is_plain(&self) -> bool {
        false
    }

    fn detached(self) -> Self {
        TracedValue::constant(self.data.detached())
    }

    fn vanishes(&self) -> bool {
        self.trace.is_none() && self.data.vanishes()
    }

    rules::functions!(Scalar, trait_method);
}
