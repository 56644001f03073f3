//! Pictures of networks, trainings and graphs, and derivatives told term by term.

mod plots;
mod traces;
