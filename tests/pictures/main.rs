//! Pictures of networks, trainings and graphs, and explanations of derivatives term by term.

mod plots;
mod traces;
