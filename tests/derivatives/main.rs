//! Values and derivatives of functions, in every mode. One program, as each test program costs its linking.

mod by_name;
mod derivative_functions;
mod edges;
mod every_function;
mod functions;
mod gradcheck;
mod graph;
mod random_programs;
mod special_points;
mod strong_zero;
mod taylor;
