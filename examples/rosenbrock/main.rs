//! Minimizes Rosenbrock's function, a long curved valley, in 2 and in 100 dimensions with gradient descent, Newton's
//! method and the truncated Newton method.
//!
//! The minimum is 0, at (1, 1, …, 1). Both Newton methods reach it in some tens of steps; gradient descent needs
//! thousands. In 100 dimensions the truncated Newton method computes Hessian-vector products instead of the Hessian
//! with its 10,000 elements.
//!
//! ```text
//! cargo run --release --example rosenbrock
//! ```
//!
//! `minimise.rs` has the three methods. The function is written once, generic over the scalar type: the methods
//! evaluate it with floats for values, with graph values for gradients, and with duals on a graph for second
//! derivatives.

mod minimise;

use backprop::Scalar;
use clap::Parser;
use minimise::{Descent, Objective, gradient_descent, newton, truncated_newton};

/// Minimizes Rosenbrock's function with three methods and counts their evaluations
#[derive(Parser)]
#[command(name = "rosenbrock")]
struct Options {
    /// Maximum number of steps
    #[arg(long, default_value_t = 50_000)]
    steps: usize,
}

/// `Σ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²`
/// ([Rosenbrock 1960](https://doi.org/10.1093/comjnl/3.3.175), with the usual extension to more than two dimensions).
struct Rosenbrock;

impl Objective for Rosenbrock {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        let c = S::of; // constants: c(100.0) is 100 for every S
        x.windows(2).map(|x| c(100.0) * (x[1] - x[0].powi(2)).powi(2) + (c(1.0) - x[0]).powi(2)).sum()
    }
}

/// The norm of the gradient below which a method stops.
const TOLERANCE: f64 = 1e-9;

/// Each coordinate of the start. From (−1.2, 1, …, 1) all three methods end in the function's local minimum near
/// (−1, 1, …, 1), where its value is 3.99.
const START: f64 = -1.2;

fn main() {
    let Options { steps } = Options::parse();
    for dimensions in [2, 100] {
        let start = vec![START; dimensions];
        println!(
            "{:22}   steps  values  gradients  Hessians  products  minimum  |grad|  distance",
            format!("{dimensions} dimensions")
        );
        print_row("gradient descent", &gradient_descent(&Rosenbrock, &start, TOLERANCE, steps));
        print_row("Newton", &newton(&Rosenbrock, &start, TOLERANCE, steps));
        print_row("truncated Newton", &truncated_newton(&Rosenbrock, &start, TOLERANCE, steps));
        println!();
    }
}

fn print_row(method: &str, descent: &Descent) {
    let Descent { value, gradient_norm, values, gradients, hessians, products, .. } = descent;
    let distance = descent.end().iter().map(|x| (x - 1.0).powi(2)).sum::<f64>().sqrt();
    println!(
        "{method:22} {:7} {values:7} {gradients:10} {hessians:9} {products:9} {value:8.0e} {gradient_norm:7.0e} {distance:9.0e}",
        descent.steps()
    );
}
