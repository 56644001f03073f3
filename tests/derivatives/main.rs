//! Values and derivatives of functions, in every mode. They are one program because linking each program takes time.

mod by_name;
mod derivative_functions;
mod edges;
mod every_function;
mod functions;
mod gradcheck;
mod graph;
mod normalization;
mod programs;
mod random_programs;
mod special_points;
mod strong_zero;
mod taylor;
