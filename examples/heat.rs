//! Solves the heat equation ∂u/∂t = ∂²u/∂x² by a network: a rod of length 1, whose ends are kept at 0, cools down from
//! u = sin πx. The loss is the mean square of ∂u/∂t − ∂²u/∂x² at random points, as in a physics-informed network.
//!
//! ```text
//! cargo run --release --example heat
//! cargo run --release --example heat -- --steps 5000 --plot heat.svg
//! ```
//!
//! The derivatives with respect to x and t are those of dual numbers, and those with respect to the parameters are
//! computed by the graph. The exact solution is e^(−π²t)·sin πx.

use backprop::plot::plotters::prelude::*;
use backprop::plot::{Area, Drawn, Picture, Theme, checked_path};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Adam, Dual, Error, Matrix, Mlp, Optimizer, Parameters, Scalar, Schedule, Workspace};
use clap::Parser;
use std::f64::consts::PI;
use std::path::PathBuf;
use std::time::Instant;

/// Solves the heat equation by a network
#[derive(Parser)]
#[command(name = "heat")]
struct Options {
    /// Number of training steps
    #[arg(long, default_value_t = 3000)]
    steps: usize,
    /// Number of points in each step
    #[arg(long, default_value_t = 32)]
    points: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Draw temperatures at several times to this .svg or .png file
    #[arg(long, value_name = "FILE", value_parser = checked_path)]
    plot: Option<PathBuf>,
}

/// The time until which the equation is solved.
const END: f64 = 0.2;

/// Returns u(x, t), which is sin πx at t = 0, and 0 at x = 0 and x = 1, for any network.
fn temperature<S: Scalar>(net: &Mlp<S>, x: &Matrix<S>, t: &Matrix<S>) -> Result<Matrix<S>, Error> {
    let y = net.forward_batch(&x.hstack(&(t / END)))?;
    Ok((x * PI).sin() * (1.0 + t * 10.0 * y))
}

/// Returns ∂u/∂t − ∂²u/∂x² at points (x, t).
fn residuals<S: Scalar>(net: &Mlp<S>, x: Matrix<S>, t: Matrix<S>) -> Result<Matrix<S>, Error> {
    // The tangents with respect to x and t have themselves a derivative with respect to x.
    let net = net.map(&mut |parameters| Matrix::from(Matrix::<Dual<S, 1>>::from(parameters.clone())));
    let (x, t) = (Matrix::variable(Matrix::variable(x, 0), 0), Matrix::variable(t.into(), 1));
    let [by_x, by_t]: [Matrix<Dual<S, 1>>; 2] = temperature(&net, &x, &t)?.tangents();
    let [by_x_twice] = by_x.tangents();
    Ok(by_t.values() - by_x_twice)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    let layers = [(16, Activation::Tanh), (16, Activation::Tanh), (1, Activation::Identity)];
    let mut net = Mlp::<f64>::new(2, layers, &mut rng)?;
    let (mut workspace, mut gradient, mut adam) = (Workspace::new(), net.clone(), Adam::new(0.01));
    let (schedule, start) = (Schedule::Cosine { last: 0.0 }, Instant::now());
    for step in 0..options.steps {
        let mut points = |end: f64| Matrix::from_shape_fn([options.points, 1], |_| end * rng.random::<f64>());
        let (x, t) = (points(1.0), points(END));
        let loss = workspace.value_and_gradient(&net, &mut gradient, |net, graph| {
            Ok(residuals(net, graph.constants(&x), graph.constants(&t))?.powi(2).mean())
        })?;
        adam.set_learning_rate(0.01 * schedule.factor(step, options.steps));
        adam.step(&mut net, &gradient)?;
        if (step + 1) % options.steps.div_ceil(5) == 0 {
            println!("step {:5}: mean square of the residuals {loss:.2e}", step + 1);
        }
    }
    println!("{:.0} µs a step", 1e6 * start.elapsed().as_secs_f64() / options.steps.max(1) as f64);

    let solution = Solution { net };
    println!("largest error: {:.4}", solution.largest_error()?);
    if let Some(file) = &options.plot {
        solution.save(file)?;
        println!("Temperatures are drawn in {}", file.display());
    }
    Ok(())
}

/// The network as the solution of the equation, and its picture.
struct Solution {
    net: Mlp<f64>,
}

impl Solution {
    /// Returns the temperatures at a time, as pairs (x, u).
    fn at(&self, t: f64) -> Result<Vec<(f64, f64)>, Error> {
        let x = Matrix::from_shape_fn([101, 1], |(i, _)| i as f64 / 100.0);
        let u = temperature(&self.net, &x, &Matrix::from_elem([101, 1], t))?;
        Ok(x.into_iter().zip(u).collect())
    }

    /// Returns the largest difference from the exact solution.
    fn largest_error(&self) -> Result<f64, Error> {
        let mut largest = 0.0_f64;
        for t in (0..=20).map(|i| END * f64::from(i) / 20.0) {
            largest = self.at(t)?.into_iter().fold(largest, |largest, (x, u)| largest.max((u - exact(x, t)).abs()));
        }
        Ok(largest)
    }
}

fn exact(x: f64, t: f64) -> f64 {
    (-PI * PI * t).exp() * (PI * x).sin()
}

impl Picture for Solution {
    fn size(&self) -> (u32, u32) {
        (1000, 600)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let mut chart = ChartBuilder::on(area)
            .caption("A rod cools down: a network (lines) and the exact solution (dots)", theme.text(30))
            .margin(20)
            .margin_right(50)
            .x_label_area_size(75)
            .y_label_area_size(90)
            .build_cartesian_2d(0.0..1.0, 0.0..1.05)?;
        chart
            .configure_mesh()
            .x_desc("place x")
            .y_desc("temperature u")
            .axis_desc_style(theme.text(28))
            .label_style(theme.text(24))
            .axis_style(theme.foreground())
            .bold_line_style(theme.grid())
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (index, t) in [0.0, 0.05, 0.1, END].into_iter().enumerate() {
            let colour = theme.line(index);
            chart
                .draw_series(LineSeries::new(self.at(t)?, colour.stroke_width(3)))?
                .label(format!("t = {t}"))
                .legend(move |(x, y)| Rectangle::new([(x, y - 3), (x + 40, y + 3)], colour.filled()));
            let dots = (0..=20).map(|i| f64::from(i) / 20.0).map(|x| Circle::new((x, exact(x, t)), 5, colour.filled()));
            chart.draw_series(dots)?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .legend_area_size(60)
            .label_font(theme.text(24))
            .background_style(theme.background())
            .border_style(theme.grid())
            .draw()?;
        Ok(())
    }
}
