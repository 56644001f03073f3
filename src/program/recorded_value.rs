//! [`RecordedValue`]: the number with which a function is recorded.

use super::node::{Name, Operation, Test};
use super::recording::{self, Recorded, Recording};
use crate::error::Error;
use crate::kernels::machine::LaneFloat;
use crate::scalar::number::float::{impl_float, trait_method};
use crate::scalar::number::operators::impl_operators;
use crate::scalar::rules::columns::documentation;
use crate::scalar::rules::{self, UnaryFunction};
use crate::scalar::{Elements, Scalar, double};
use std::cmp::Ordering;
use std::fmt;
use std::num::FpCategory;

/// A number of a function that a [`Program`](crate::Program) records: every operation on it becomes an operation of the
/// program.
///
/// It has the value at the point at which the function is recorded. Comparisons and other questions about the value
/// (`<`, `==`, `is_nan`, `classify`, `to_i64`, …) are answered for that point and recorded as guards, which the program
/// checks for every point.
///
/// The functions [`to_f64`](num_traits::ToPrimitive::to_f64) and `to_f32` would take the value out of the recording, so
/// that the program could not compute it for other points: [`Program::record`](crate::Program::record) returns an error
/// if the function calls one on a value that is not a constant.
///
/// Text of a value is that of the point of the recording; it is neither a guard nor an error. NaN has a positive sign in
/// questions about signs.
///
/// # Panics
/// An operation panics if an operand belongs to another recording.
#[derive(Clone, Copy)]
pub struct RecordedValue<T> {
    data: T,
    /// The index of its node; `CONSTANT` for a constant, which has none until it meets a value that is not constant.
    node: u32,
    /// The number of the recording.
    recording: u32,
}

const CONSTANT: u32 = u32::MAX;

/// A function that can be recorded. It gets the parameters and the columns of a point.
pub(super) type Function<T> = dyn Fn(&[RecordedValue<T>], &[RecordedValue<T>]) -> Vec<RecordedValue<T>> + Send + Sync;

/// Records a function at a point.
pub(super) fn record<T: LaneFloat>(
    function: &Function<T>,
    parameters: &[T],
    columns: impl Iterator<Item = T>,
) -> Result<Recording, Error> {
    recording::run(|| {
        let leaf = |operation, data| RecordedValue::new(recording::record(operation, []), data);
        let parameters: Vec<_> = (0..).zip(parameters).map(|(i, &x)| leaf(Operation::Parameter(i), x)).collect();
        let columns: Vec<_> = (0..).zip(columns).map(|(i, x)| leaf(Operation::Column(i), x)).collect();
        function(&parameters, &columns).into_iter().map(RecordedValue::recorded).collect()
    })
}

impl<T: LaneFloat> RecordedValue<T> {
    /// Creates a constant.
    #[inline]
    pub const fn constant(data: T) -> Self {
        RecordedValue { data, node: CONSTANT, recording: 0 }
    }

    fn new(recorded: Recorded, data: T) -> Self {
        match recorded {
            Recorded::Constant(_) => RecordedValue::constant(data),
            Recorded::Node(node, recording) => RecordedValue { data, node, recording },
        }
    }

    /// Returns the value as the recording knows it.
    fn recorded(self) -> Recorded {
        match self.is_constant() {
            true => Recorded::Constant(double(&self.data)),
            false => Recorded::Node(self.node, self.recording),
        }
    }

    fn is_constant(self) -> bool {
        self.node == CONSTANT
    }

    /// Returns true for this constant.
    fn is(self, constant: T) -> bool {
        self.is_constant() && self.data == constant
    }

    /// Returns what can be asked about the value.
    #[inline]
    fn data(self) -> Observed<T> {
        Observed(self)
    }

    /// Records an operation with its result.
    ///
    /// This and the operations below are not inlined: generic functions that are recorded would become large.
    #[inline(never)]
    #[track_caller]
    fn record<const N: usize>(operation: Operation, operands: [Self; N], data: T) -> Self {
        if operands.iter().all(|x| x.is_constant()) {
            return RecordedValue::constant(data);
        }
        RecordedValue::new(recording::record(operation, operands.map(Self::recorded)), data)
    }

    /// Records a function of the table. Its value has the bits that the program computes, so that the questions about it
    /// have the same answers in both.
    #[inline(never)]
    #[track_caller]
    fn unary(self, name: &'static str) -> Self {
        let data = T::unary_value(name, self.data);
        Self::record(Operation::Unary(Name(name)), [self], data)
    }

    /// Records a function of two variables of the table.
    #[inline(never)]
    #[track_caller]
    fn binary(self, name: &'static str, other: Self) -> Self {
        let data = T::binary_value(name, self.data, other.data);
        let value = Self::record(Operation::Binary(Name(name)), [self, other], data);
        if name == "atan2" && self.is_same(other) {
            return Self::record(Operation::Custom, [self, value, self.subtracted(self)], data); // as for x/x
        }
        value
    }

    #[inline(never)]
    #[track_caller]
    fn added(self, other: Self) -> Self {
        let is_negative_zero = |x: Self| x.is(T::zero()) && x.data.is_sign_negative();
        if is_negative_zero(self) {
            return other;
        }
        if is_negative_zero(other) {
            return self;
        }
        Self::record(Operation::Add, [self, other], self.data + other.data)
    }

    #[inline(never)]
    #[track_caller]
    fn subtracted(self, other: Self) -> Self {
        if other.is(T::zero()) && other.data.is_sign_positive() {
            return self;
        }
        Self::record(Operation::Subtract, [self, other], self.data - other.data)
    }

    #[inline(never)]
    #[track_caller]
    fn multiplied(self, other: Self) -> Self {
        if self.is(T::one()) {
            return other;
        }
        if other.is(T::one()) {
            return self;
        }
        Self::record(Operation::Multiply, [self, other], self.data * other.data)
    }

    #[inline(never)]
    #[track_caller]
    fn divided(self, other: Self) -> Self {
        if other.is(T::one()) {
            return self;
        }
        let quotient = Self::record(Operation::Divide, [self, other], self.data / other.data);
        if self.is_same(other) {
            // The two derivatives of x/x overflow at a tiny x before they cancel each other.
            return Self::record(Operation::Custom, [self, quotient, quotient.subtracted(quotient)], quotient.data);
        }
        quotient
    }

    /// Returns true if both are the same value of a recording.
    fn is_same(self, other: Self) -> bool {
        !self.is_constant() && (self.node, self.recording) == (other.node, other.recording)
    }

    #[inline(never)]
    #[track_caller]
    fn remainder(self, other: Self) -> Self {
        Self::record(Operation::Remainder, [self, other], self.data % other.data)
    }

    /// Returns `xⁿ`.
    pub fn powi(self, n: i32) -> Self {
        match n {
            0 => RecordedValue::constant(T::one()),
            1 => self,
            2 => self * self,
            _ => Self::record(Operation::Power(n), [self], self.data.powi(n)),
        }
    }

    /// Returns the sine and the cosine.
    pub fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }

    /// Returns `self·factor + summand`, rounded once.
    #[track_caller]
    pub fn mul_add(self, factor: impl Into<Self>, summand: impl Into<Self>) -> Self {
        let (factor, summand) = (factor.into(), summand.into());
        let data = self.data.mul_add(factor.data, summand.data);
        Self::record(Operation::MultiplyAdd, [self, factor, summand], data)
    }
}

impl_operators! {
    RecordedValue<T: LaneFloat>;
    x + y => x.added(y), x.added(RecordedValue::constant(y)), RecordedValue::constant(x).added(y);
    x - y => x.subtracted(y), x.subtracted(RecordedValue::constant(y)), RecordedValue::constant(x).subtracted(y);
    x * y => x.multiplied(y), x.multiplied(RecordedValue::constant(y)), RecordedValue::constant(x).multiplied(y);
    x / y => x.divided(y), x.divided(RecordedValue::constant(y)), RecordedValue::constant(x).divided(y);
    x % y => x.remainder(y), x.remainder(RecordedValue::constant(y)), RecordedValue::constant(x).remainder(y);
    -x => RecordedValue::record(Operation::Negate, [x], -x.data);
}
impl_float!(RecordedValue<T: LaneFloat>);

/// A function as a method, from a row of the table: `method! { sqrt(x): … }` expands to
/// ```text
/// pub fn sqrt(self) -> Self { self.unary("sqrt") }
/// ```
macro_rules! method {
    ($name:ident($x:ident): $($columns:tt)*) => {
        #[doc = documentation!($name($x): $($columns)*)]
        #[track_caller]
        pub fn $name(self) -> Self {
            self.unary(stringify!($name))
        }
    };
    ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
        #[doc = documentation!($name($x, $y): $($columns)*)]
        #[track_caller]
        pub fn $name(self, $y: impl Into<Self>) -> Self {
            self.binary(stringify!($name), $y.into())
        }
    };
}

/// Elementary functions.
impl<T: LaneFloat> RecordedValue<T> {
    rules::functions!(Float, method);
    rules::functions!(Scalar, method);
}

impl<T: LaneFloat> Scalar for RecordedValue<T> {
    type Storage = Elements<Self>;

    fn of(x: f64) -> Self {
        RecordedValue::constant(T::of(x))
    }

    fn map<R: UnaryFunction>(self, rule: R) -> Self {
        if let Some(value) = rule.by_method(self) {
            return value; // differentiated by the rule of the table, lane by lane
        }
        let (f, derivative) = rule.value_and_derivative(self);
        Self::record(Operation::Custom, [self, f, derivative], f.data)
    }

    fn detached(self) -> Self {
        Self::record(Operation::Custom, [self, self, RecordedValue::constant(T::zero())], self.data)
    }

    fn strong_mul(self, factor: Self) -> Self {
        if self.vanishes() || factor.vanishes() {
            return RecordedValue::constant(T::zero());
        }
        Self::record(Operation::StrongMultiply, [self, factor], self.data.strong_mul(factor.data))
    }

    fn is_plain(&self) -> bool {
        false
    }

    fn vanishes(&self) -> bool {
        self.is_constant() && self.data.vanishes()
    }

    rules::functions!(Scalar, trait_method);
}

impl<T: LaneFloat> fmt::Debug for RecordedValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.data, f)
    }
}

/// A recorded value to be compared, classified or converted: each question is recorded as a guard.
struct Observed<T>(RecordedValue<T>);

impl<T: LaneFloat> Observed<T> {
    /// Returns the answer at the point of the recording, and records it unless the operands are constants.
    #[inline(never)]
    #[track_caller]
    fn ask(&self, test: Test, other: RecordedValue<T>) -> u64 {
        let outcome = test.outcome(self.0.data, other.data);
        if !(self.0.is_constant() && other.is_constant()) {
            recording::guard(test, [self.0.recorded(), other.recorded()], outcome);
        }
        outcome
    }

    fn classify(&self) -> FpCategory {
        self.ask(Test::Category, self.0);
        self.0.data.classify()
    }

    fn is_nan(&self) -> bool {
        self.ask(Test::Nan, self.0) == 1
    }

    fn is_infinite(&self) -> bool {
        self.ask(Test::Infinite, self.0) == 1
    }

    fn is_finite(&self) -> bool {
        self.ask(Test::Finite, self.0) == 1
    }

    fn is_normal(&self) -> bool {
        self.ask(Test::Normal, self.0) == 1
    }

    fn is_subnormal(&self) -> bool {
        self.ask(Test::Subnormal, self.0) == 1
    }

    fn is_zero(&self) -> bool {
        *self == T::zero()
    }

    fn is_sign_negative(&self) -> bool {
        self.ask(Test::Sign, self.0) == 1
    }

    fn is_sign_positive(&self) -> bool {
        !self.is_sign_negative()
    }

    fn integer_decode(&self) -> (u64, i16, i8) {
        self.ask(Test::Bits, self.0);
        self.0.data.integer_decode()
    }

    /// Records that the value leaves the recording, unless it is a constant.
    #[track_caller]
    fn leave(&self, conversion: &'static str) {
        if !self.0.is_constant() {
            recording::leave(self.0.recorded(), conversion);
        }
    }

    #[track_caller]
    fn to_f32(&self) -> Option<f32> {
        self.leave("to_f32");
        self.0.data.to_f32()
    }

    #[track_caller]
    fn to_f64(&self) -> Option<f64> {
        self.leave("to_f64");
        Some(double(&self.0.data))
    }
}

/// Converts to integers, which the truncated value decides. `integers!(to_i8 i8)` expands to
/// `fn to_i8(&self) -> Option<i8> { self.ask(Test::Integer, self.0); self.0.data.to_i8() }`.
macro_rules! integers {
    ($($name:ident $Integer:ident),*) => {
        impl<T: LaneFloat> Observed<T> {
            $(fn $name(&self) -> Option<$Integer> {
                self.ask(Test::Integer, self.0);
                self.0.data.$name()
            })*
        }
    };
}
integers! {
    to_i8 i8, to_i16 i16, to_i32 i32, to_i64 i64, to_i128 i128, to_isize isize,
    to_u8 u8, to_u16 u16, to_u32 u32, to_u64 u64, to_u128 u128, to_usize usize
}

impl<T: LaneFloat> PartialEq for Observed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.ask(Test::Equal, other.0) == 1
    }
}

impl<T: LaneFloat> PartialEq<T> for Observed<T> {
    fn eq(&self, other: &T) -> bool {
        self.ask(Test::Equal, RecordedValue::constant(*other)) == 1
    }
}

impl<T: LaneFloat> PartialOrd for Observed<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.ask(Test::Order, other.0);
        self.0.data.partial_cmp(&other.0.data)
    }

    fn lt(&self, other: &Self) -> bool {
        self.ask(Test::Less, other.0) == 1
    }

    fn le(&self, other: &Self) -> bool {
        self.ask(Test::LessOrEqual, other.0) == 1
    }

    fn gt(&self, other: &Self) -> bool {
        other.lt(self)
    }

    fn ge(&self, other: &Self) -> bool {
        other.le(self)
    }
}

impl<T: LaneFloat> PartialOrd<T> for Observed<T> {
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        self.partial_cmp(&Observed(RecordedValue::constant(*other)))
    }

    fn lt(&self, other: &T) -> bool {
        self.lt(&Observed(RecordedValue::constant(*other)))
    }

    fn le(&self, other: &T) -> bool {
        self.le(&Observed(RecordedValue::constant(*other)))
    }

    fn gt(&self, other: &T) -> bool {
        self.gt(&Observed(RecordedValue::constant(*other)))
    }

    fn ge(&self, other: &T) -> bool {
        self.ge(&Observed(RecordedValue::constant(*other)))
    }
}

/// Writes the value at the point of the recording. Text is for people: it is no guard.
impl<T: LaneFloat> fmt::Display for Observed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.data, f)
    }
}
