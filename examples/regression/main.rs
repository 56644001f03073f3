//! Linear regression: a line through ten points, as in the lecture, and a plane through ten measurements of 442
//! patients. Each is fitted in closed form and by iterative methods with derivatives from the crate.
//!
//! The gradient descent of the lab ends at y = 2.310601·x + 0.599747, before it reaches the least-squares solution
//! y = 2.1367061·x + 1.8934338. For the ten measurements of the patients, R² = 0.5177484.
//!
//! ```text
//! cargo run --release --example regression
//! cargo run --release --example regression -- --plot surface.png
//! ```
//!
//! `table.rs` reads the data; the iterative methods are those of the example `rosenbrock`.

#[allow(dead_code, reason = "the example rosenbrock uses all of it")]
#[path = "../rosenbrock/minimise.rs"]
mod minimise;
mod table;

use backprop::plot::{Picture, Surface, checked_path};
use backprop::{Activation, Neuron, Scalar, derivative, reverse};
use clap::Parser;
use minimise::{Objective, solve, truncated_newton};
use std::error::Error;
use std::path::{Path, PathBuf};
use table::Table;

type Outcome = Result<(), Box<dyn Error>>;

/// Fits a line and a plane by least squares, in closed form and by iterative methods
#[derive(Parser)]
#[command(name = "regression")]
struct Options {
    /// Draw the loss over two coefficients to this .svg or .png file
    #[arg(long, value_name = "FILE", value_parser = checked_path)]
    plot: Option<PathBuf>,
}

/// Half the mean squared error of a plane, as a function of its coefficients and, last, its intercept.
struct LeastSquares<'a>(&'a Table);

impl Objective for LeastSquares<'_> {
    /// A plane is a neuron without an activation.
    fn value<S: Scalar>(&self, parameters: &[S]) -> S {
        let Table { names, rows, targets } = self.0;
        let (weights, intercept) = parameters.split_at(names.len());
        let plane = Neuron::new(weights, intercept[0], Activation::Identity);
        let square = |(row, &y): (&Vec<f64>, &f64)| {
            let inputs: Vec<S> = row.iter().map(|&x| S::of(x)).collect();
            (plane.forward(&inputs).expect("a weight for each column") - S::of(y)).powi(2)
        };
        rows.iter().zip(targets).map(square).sum::<S>() / S::of(2.0 * rows.len() as f64)
    }
}

fn main() -> Outcome {
    let options = Options::parse();
    fit_line()?;
    let patients = Table::read("diabetes.csv")?;
    fit_plane("2. All ten measurements of 442 patients", &patients)?;
    let path = fit_plane("3. Two of them, which can be drawn", &patients.only(&["bmi", "bp"])?)?;
    if let Some(file) = &options.plot {
        let (standard, _) = patients.only(&["bmi", "bp"])?.standardised();
        draw(&LeastSquares(&standard), &path, file)?;
        println!("The loss over the two coefficients is drawn in {}", file.display());
    }
    Ok(())
}

/// Draws the loss over two coefficients and the path of gradient descent. The intercept is held at its optimum, which
/// does not depend on the two coefficients because the columns are centred.
fn draw(objective: &LeastSquares<'_>, path: &[Vec<f64>], file: &Path) -> Result<(), backprop::Error> {
    let end = &path[path.len() - 1];
    let loss = |x: f64, y: f64| objective.value(&[x, y, end[2]]);
    let names = ["bmi", "bp"].map(|name| format!("coefficient of {name}, per standard deviation"));
    Surface::new(names, [(-12.0, 1.9 * end[0]), (-12.0, 2.6 * end[1])], loss)
        .path(path.iter().map(|point| [point[0], point[1]]), loss)
        .title("Mean squared error / 2, and the path of gradient descent")
        .end("least squares")
        .save(file)
}

fn fit_line() -> Outcome {
    let Table { rows, targets: ys, .. } = Table::read("line.csv")?;
    let xs: Vec<f64> = rows.iter().map(|row| row[0]).collect();
    let n = xs.len() as f64;
    let (mean_x, mean_y) = (xs.iter().sum::<f64>() / n, ys.iter().sum::<f64>() / n);
    let products: f64 = xs.iter().zip(&ys).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let slope = products / xs.iter().map(|x| (x - mean_x).powi(2)).sum::<f64>();
    println!("1. A line through ten points");
    println!("   Least squares, in closed form:        y = {slope:.7}·x + {:.7}", mean_y - slope * mean_x);

    // J = ½Σ(kx + b − y)². As in the lab, k is updated before the derivative with respect to b is computed.
    let (mut k, mut b) = (0.0, 0.0);
    for _ in 0..1000 {
        k -= 1e-4 * derivative(|k| loss_of_line(k, b.into(), &xs, &ys), k).1;
        b -= 1e-4 * derivative(|b| loss_of_line(k.into(), b, &xs, &ys), b).1;
    }
    println!("   Gradient descent, after 1,000 steps:  y = {k:.6}·x + {b:.6}\n");
    Ok(())
}

fn loss_of_line<S: Scalar>(k: S, b: S, xs: &[f64], ys: &[f64]) -> S {
    let c = S::of;
    xs.iter().zip(ys).map(|(&x, &y)| (k * c(x) + b - c(y)).powi(2)).sum::<S>() * c(0.5)
}

/// Fits a plane to standardised columns with three methods and prints the results; returns the path of gradient
/// descent.
fn fit_plane(title: &str, table: &Table) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let (standard, scale) = table.standardised();
    let objective = LeastSquares(&standard);
    let start = vec![0.0; table.names.len() + 1];
    let path = gradient_descent(&objective, start.clone());
    let newton = truncated_newton(&objective, &start, 1e-9, 100);

    let found =
        [closed_form(&standard)?, path[path.len() - 1].clone(), newton.end().to_vec()].map(|fit| scale.unscaled(&fit));
    println!("{title}\n   {:9} {:>14} {:>16} {:>16}", "", "closed form", "gradient descent", "truncated Newton");
    for (j, name) in table.names.iter().map(String::as_str).chain(["intercept"]).enumerate() {
        println!("   {name:9} {:14.8} {:16.8} {:16.8}", found[0][j], found[1][j], found[2][j]);
    }
    let r2 = found.each_ref().map(|fit| r_squared(table, fit));
    println!("   {:9} {:14.8} {:16.8} {:16.8}", "R²", r2[0], r2[1], r2[2]);
    println!("   {:9} {:>14} {:16} {:16}", "steps", "–", path.len() - 1, newton.steps());
    println!("   {:9} {:>14} {:16} {:16}\n", "gradients", "–", path.len(), newton.gradients + newton.products);
    Ok(path)
}

/// Runs gradient descent until the gradient vanishes; returns all points of the path.
///
/// For standardised columns, the curvature is at most the number of columns, and for these data at most 4.1, so it
/// converges with a learning rate of 0.4.
fn gradient_descent(objective: &impl Objective, start: Vec<f64>) -> Vec<Vec<f64>> {
    const LEARNING_RATE: f64 = 0.4;
    let mut path = vec![start];
    loop {
        let x = &path[path.len() - 1];
        let (_, gradient) = reverse::gradient(|x| objective.value(x), x);
        if gradient.iter().all(|derivative| derivative.abs() < 1e-9) {
            return path;
        }
        path.push(x.iter().zip(&gradient).map(|(x, derivative)| x - LEARNING_RATE * derivative).collect());
    }
}

/// Returns the coefficients and the intercept from the normal equations, `XᵀX·w = Xᵀy`; the last column of X is ones.
fn closed_form(table: &Table) -> Result<Vec<f64>, Box<dyn Error>> {
    let n = table.names.len() + 1;
    let (mut square, mut projected) = (vec![vec![0.0; n]; n], vec![0.0; n]);
    for (row, y) in table.rows.iter().zip(&table.targets) {
        let row: Vec<f64> = row.iter().copied().chain([1.0]).collect();
        for (i, x) in row.iter().enumerate() {
            projected[i] += x * y;
            for (sum, other) in square[i].iter_mut().zip(&row) {
                *sum += x * other;
            }
        }
    }
    Ok(solve(&square, 0.0, &projected).ok_or("the columns must be linearly independent")?)
}

/// Returns R², the fraction of the variance of the targets that the plane explains.
fn r_squared(table: &Table, fit: &[f64]) -> f64 {
    let mean = table.targets.iter().sum::<f64>() / table.targets.len() as f64;
    let plane = |row: &Vec<f64>| row.iter().zip(fit).map(|(x, w)| x * w).sum::<f64>() + fit[row.len()];
    let residual: f64 = table.rows.iter().zip(&table.targets).map(|(row, y)| (y - plane(row)).powi(2)).sum();
    1.0 - residual / table.targets.iter().map(|y| (y - mean).powi(2)).sum::<f64>()
}
