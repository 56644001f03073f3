//! Explanations and drawings of a computation: the chain rule step by step, and the graph.
//!
//! - `record.rs`: [`Trace`], a record of operations; [`TracedValue`], a value on it
//! - `node.rs`: an operation of the record
//! - `arithmetic.rs`: the operators and functions of [`TracedValue`]
//! - `network.rs`: [`Trace::forward`], a network on a trace; `names.rs`: the names of its parts
//! - `program.rs`: [`Program::trace`](crate::Program::trace), a recorded function on a trace
//! - `symbols.rs`: expressions in symbols; `formula.rs`: values of a trace and their derivatives as such
//! - `chain.rs`: the paths of the chain rule, [`ChainPath`] and [`ChainFactor`]
//! - `explain.rs`: [`Explanation`], the chain rule from a result to an input
//! - `drawing.rs`: [`GraphDrawing`], the graph as text for Graphviz; `plot/graph.rs` draws it as a picture

mod arithmetic;
mod chain;
mod drawing;
mod explain;
mod formula;
mod names;
mod network;
mod node;
mod program;
mod record;
mod symbols;

pub use chain::{ChainFactor, ChainPath};
#[cfg(feature = "plot")]
pub(crate) use drawing::DrawnGraph;
pub use drawing::GraphDrawing;
pub use explain::Explanation;
pub use record::{Trace, TracedValue};
