//! Looking at a computation: what it was computed from, told and drawn.
//!
//! - `trace.rs`: [`Trace`], a record of operations by name; [`Traced`], a number on it
//! - `formula.rs`: operations and their derivatives in symbols
//! - `explain.rs`: [`Explanation`], the chain rule from a result to an input
//! - `dot.rs`: the graph as text for Graphviz

mod dot;
mod explain;
mod formula;
mod trace;

pub use explain::{Explanation, Factor, Path};
pub use trace::{Trace, Traced};
