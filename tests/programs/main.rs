//! The examples and the command-line program, run as a user runs them.

// Nothing can be imported from the examples and from the command line, which are programs, so their modules are compiled
// again here.
#[cfg(feature = "plot")]
#[path = "../../examples/gender/ask.rs"]
mod ask;
#[allow(dead_code, reason = "the example uses all of it")]
#[path = "../../examples/gender/manual.rs"]
mod manual;
#[cfg(feature = "plot")]
#[allow(dead_code, reason = "the example uses all of it")]
#[path = "../../examples/gender/people.rs"]
mod people;
#[cfg(feature = "cli")]
#[allow(dead_code, unused_imports, unused_macros, reason = "the program uses all of it")]
#[path = "../../src/bin/backprop/print.rs"]
mod print;
#[cfg(feature = "cli")]
#[path = "../../src/bin/backprop/report.rs"]
mod report;
#[path = "../../examples/edges/table.rs"]
mod table;

mod architecture;
#[cfg(feature = "cli")]
mod command_line;
mod compile_errors;
#[cfg(all(feature = "csv", feature = "plot"))]
mod course;
#[cfg(feature = "plot")]
mod dose;
mod edges;
mod executables;
#[cfg(feature = "plot")]
mod gender;
mod learning;
mod lecture;
#[cfg(all(feature = "plot", feature = "progress"))]
mod names;
#[cfg(all(feature = "csv", feature = "save"))]
mod real_data;
#[cfg(feature = "plot")]
mod regression;
mod rosenbrock;
#[cfg(feature = "cli")]
mod training_report;
