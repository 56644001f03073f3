//! Looking at a computation: what it was computed from, told and drawn.
//!
//! - `trace.rs`: [`Trace`], a record of operations by name; [`TracedValue`], a number on it
//! - `formula.rs`: operations and their derivatives in symbols
//! - `explain.rs`: [`Explanation`], the chain rule from a result to an input
//! - `drawing.rs`: [`GraphDrawing`], the graph as text for Graphviz or as SVG
//! - `plot/`: pictures of training and of nets

pub(crate) mod drawing;
mod explain;
mod formula;
mod node;
pub(crate) mod traced;

pub use drawing::GraphDrawing;
pub use explain::{ChainFactor, ChainPath, Explanation};
pub use traced::{Trace, TracedValue};
