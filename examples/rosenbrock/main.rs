//! Rosenbrock's function, a long curved valley that every method of descent has to follow: in 2 and in 100 dimensions, by
//! gradient descent, by Newton's method, and by truncated Newton.
//!
//! The least value is 0, at (1, 1, …, 1). Both Newtons get there in some tens of steps; gradient descent needs
//! thousands. In 100 dimensions truncated Newton takes no Hessian of 10,000 numbers, and products with it instead.
//!
//! ```text
//! cargo run --release --example rosenbrock
//! ```
//!
//! `minimise.rs` has the three methods. The function is written once, for every kind of number: the methods ask it for
//! values with floats, for gradients with values on a graph, and for second derivatives with duals on a graph.

mod minimise;

use backprop::Scalar;
use clap::Parser;
use minimise::{Descent, Objective, gradient_descent, newton, truncated_newton};

/// Goes down Rosenbrock's valley by three methods, and counts what each takes
#[derive(Parser)]
#[command(name = "rosenbrock")]
struct Options {
    /// Where to give up
    #[arg(long, default_value_t = 50_000)]
    steps: usize,
}

/// `Σ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²`
/// ([Rosenbrock 1960](https://doi.org/10.1093/comjnl/3.3.175), and its usual extension to more than two dimensions).
struct Rosenbrock;

impl Objective for Rosenbrock {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        let c = S::of; // constants: c(100.0) is 100 for every S
        x.windows(2).map(|x| c(100.0) * (x[1] - x[0].powi(2)).powi(2) + (c(1.0) - x[0]).powi(2)).sum()
    }
}

/// Where all slopes together are this small, it is the bottom.
const TOLERANCE: f64 = 1e-9;

/// The start, in each coordinate. From (−1.2, 1, …, 1) all three end in the function's other valley floor, near
/// (−1, 1, …, 1), where it is 3.99.
const START: f64 = -1.2;

fn main() {
    let Options { steps } = Options::parse();
    for dimensions in [2, 100] {
        let start = vec![START; dimensions];
        println!(
            "{:22}   steps  values  gradients  Hessians  products    least  slope  distance",
            format!("{dimensions} dimensions")
        );
        tell("gradient descent", &gradient_descent(&Rosenbrock, &start, TOLERANCE, steps));
        tell("Newton", &newton(&Rosenbrock, &start, TOLERANCE, steps));
        tell("truncated Newton", &truncated_newton(&Rosenbrock, &start, TOLERANCE, steps));
        println!();
    }
}

fn tell(method: &str, descent: &Descent) {
    let Descent { value, gradient_norm, values, gradients, hessians, products, .. } = descent;
    let distance = descent.end().iter().map(|x| (x - 1.0).powi(2)).sum::<f64>().sqrt();
    println!(
        "{method:22} {:7} {values:7} {gradients:10} {hessians:9} {products:9} {value:8.0e} {gradient_norm:6.0e} {distance:9.0e}",
        descent.steps()
    );
}
