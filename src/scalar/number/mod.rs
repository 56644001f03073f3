//! What makes a type a number: operators, functions, and the traits of floats.
//!
//! [`Value`](crate::Value), [`Dual`](crate::Dual) and [`TaylorSeries`](crate::TaylorSeries) differ in what they carry along with a
//! number, and in nothing else. So the many forms of their operators and functions are written here once, as macros:
//!
//! - `operators.rs`: `+ − × ÷ %`, by value and by reference, with floats, assigning; sums and products
//! - `functions.rs`: the functions as methods, each from its rule
//! - `float.rs`: `num_traits::Float` and its relatives, comparisons, conversions
//! - `plain.rs`: all of it, but the functions of one variable, for a type that carries nothing along
//!
//! A type brings, as methods of its own for these macros, how it combines a result with what it carries: `unary` and
//! `binary` with the derivatives, `product`, and the four that need none (`sum`, `difference`, `shifted`, `negated`).
//!
//! To the macros a type is `{ [declared] Type [before] [after] Bound }`: what its impls declare before `T`, its name,
//! its parameters before and after `T`, and what `T` must be.

pub(crate) mod float;
pub(crate) mod functions;
pub(crate) mod operators;
pub(crate) mod plain;

/// All of it, for a type that brings `unary` and its relatives.
macro_rules! number {
    ($number:tt) => {
        $crate::scalar::number::operators::operators!($number);
        $crate::scalar::number::functions::functions!($number);
        $crate::scalar::number::float::float!($number);
    };
}
pub(crate) use number;
