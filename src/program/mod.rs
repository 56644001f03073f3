//! [`Program`]: a function that is recorded once and computed for many points at a time, with its derivatives.
//!
//! - `program.rs`: [`Program`]
//! - `recorded_value.rs`: [`RecordedValue`], the number with which the function is recorded
//! - `recording.rs`: the recording in progress, and the finished one
//! - `node.rs`: operations and guards
//! - `paths.rs`: the recordings of one function that takes several ways, as a tree of questions
//! - `compile.rs`: from a recording to instructions, with those of the derivatives
//! - `draft.rs`: instructions on registers, and their slots
//! - `classify.rs`: finds the recording that is valid for each point
//! - `run.rs`: executes instructions on groups of points
//! - `state.rs`: the known paths of a program and what is compiled for them; memory of calls
//! - `call.rs`: a call of a program: its points, paths and threads
//! - `display.rs`: a program as text
//! - `evaluate.rs`: a program with numbers of any type, for traces
//! - `stored.rs` (feature `serde`): a program as plain data
//!
//! The instructions themselves are executed by `kernels/machine.rs`.

mod call;
mod classify;
mod compile;
mod display;
mod draft;
mod evaluate;
mod node;
mod paths;
#[allow(clippy::module_inception, reason = "the file of the type `Program`")]
mod program;
mod recorded_value;
mod recording;
mod run;
mod state;
#[cfg(feature = "serde")]
mod stored;

pub use crate::kernels::machine::LaneFloat;
pub use program::{Program, RecordedOutputs};
pub use recorded_value::RecordedValue;
