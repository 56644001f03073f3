//! Estimates a model of 64 time series from their likelihood, which a Kalman filter computes in 1,000 steps.
//!
//! Each series is a state that returns to its mean, measured with noise:
//!
//! ```text
//! xₜ = mean + persistence·(xₜ₋₁ − mean) + q·normal        x₀ = start
//! yₜ = xₜ + scale·r·normal
//! ```
//!
//! All series share the five parameters mean, persistence, q, r and start; the known `scale` differs between sensors.
//! A program computes the log-likelihood of all series and its gradient, and L-BFGS maximizes it. The estimates are
//! within some per cent of the true values.
//!
//! The steps of a series follow one from another, so they cannot be computed side by side: the lanes of the program are
//! the series. For a single series use duals, which take a sixth of the time of a program: `gradient` carries the five
//! derivatives through the filter. From some eight series on the program is faster.
//!
//! ```text
//! cargo run --release --example series
//! ```
//!
//! The gradient is compared with that of duals for one series, and with finite differences.

use backprop::ndarray::{Array2, s};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Error, Lbfgs, Program, Scalar, gradient};
use clap::Parser;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::TAU;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Estimates a model of time series by maximum likelihood
#[derive(Parser)]
#[command(name = "series")]
struct Options {
    /// Number of series
    #[arg(long, default_value_t = 64)]
    series: usize,
    /// Number of steps in a series
    #[arg(long, default_value_t = 1000)]
    steps: usize,
}

const NAMES: [&str; 5] = ["mean", "persistence", "q", "r", "start"];
const TRUE: [f64; 5] = [1.0, 0.9, 0.3, 0.5, 5.0];

/// Returns the parameters of the model from free ones: the persistence is within ±1, q and r are positive.
fn model<S: Scalar>(free: &[S]) -> [S; 5] {
    [free[0], free[1].tanh(), free[2].exp(), free[3].exp(), free[4]]
}

/// The log-likelihood of a series, `row`: its scale and its measurements.
fn log_likelihood<S: Scalar>(free: &[S], row: &[S]) -> S {
    let [mean, persistence, q, r, start] = model(free);
    let noise = (row[0] * r).powi(2);
    let (mut state, mut variance) = (start, S::zero());
    let mut sum = S::zero();
    for &measured in &row[1..] {
        // Predict
        state = mean + persistence * (state - mean);
        variance = persistence.powi(2) * variance + q.powi(2);
        // Compare with the measurement
        let (error, total) = (measured - state, variance + noise);
        sum += total.ln() + error.powi(2) / total;
        // Correct
        let gain = variance / total;
        state += gain * error;
        variance = gain * noise;
    }
    (sum + S::of((row.len() - 1) as f64 * TAU.ln())) * S::of(-0.5)
}

fn main() -> Result<(), Error> {
    let Options { series, steps } = Options::parse();
    let rows = simulate(series, steps);
    let start = Instant::now();
    let program = Program::record(5, 1 + steps, log_likelihood)?;
    println!("recording: {:.1?}", start.elapsed());

    let mut free = [0.0, 0.5, -0.5, 0.0, 0.0];
    let (_, derivatives) = program.sum_and_gradient(&free, &rows)?;
    check_duals(&program, &free, &rows)?;
    check_differences(&program, &free, &rows, &derivatives)?;

    let by_program = fastest(|| program.sum_and_gradient(&free, &rows).map(drop))?;
    let by_duals = fastest(|| {
        for row in rows.rows() {
            black_box(by_duals(&free, row.as_slice().unwrap()));
        }
        Ok(())
    })?;
    println!("log-likelihood of {series} series of {steps} steps, with its gradient: {by_program:.1?}");
    println!("the same by duals, series by series: {by_duals:.1?}\n");

    let count = (series * steps) as f64;
    let minimum = Lbfgs::new().tolerance(1e-7).minimize(
        |free| {
            let (sum, gradient) = program.sum_and_gradient(free, &rows).expect("the program has no other path");
            (-sum / count, gradient.into_iter().map(|derivative| -derivative / count).collect())
        },
        &mut free,
    )?;
    println!("{} steps, {} evaluations of L-BFGS", minimum.steps, minimum.evaluations);
    println!("parameter         true  estimate");
    for ((name, truth), estimate) in NAMES.iter().zip(TRUE).zip(model(&free)) {
        println!("{name:12} {truth:9.4} {estimate:9.4}");
    }
    Ok(())
}

/// Returns the scale and the measurements of each series.
fn simulate(series: usize, steps: usize) -> Array2<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let [mean, persistence, q, r, start] = TRUE;
    let mut rows = Array2::zeros([series, 1 + steps]);
    for (index, mut row) in rows.rows_mut().into_iter().enumerate() {
        row[0] = 0.5 + index as f64 / series as f64; // from 0.5 to 1.5
        let (mut state, scale) = (start, row[0]);
        for measured in row.slice_mut(s![1..]) {
            state = mean + persistence * (state - mean) + q * normal();
            *measured = state + scale * r * normal();
        }
    }
    rows
}

/// Returns the log-likelihood of a series and its gradient, in forward mode.
fn by_duals(free: &[f64; 5], row: &[f64]) -> (f64, [f64; 5]) {
    gradient(|free| log_likelihood(&free, &row.iter().map(|&x| x.into()).collect::<Vec<_>>()), *free)
}

/// Compares the gradient of the first series with that of duals.
fn check_duals(program: &Program<f64>, free: &[f64; 5], rows: &Array2<f64>) -> Result<(), Error> {
    let (value, derivatives) = program.sum_and_gradient(free, rows.slice(s![..1, ..]))?;
    let (expected, expected_derivatives) = by_duals(free, rows.row(0).as_slice().unwrap());
    for (found, expected) in [value].iter().chain(&derivatives).zip([expected].iter().chain(&expected_derivatives)) {
        assert!((found - expected).abs() < 1e-9 * expected.abs(), "expected {expected} as by duals, got {found}");
    }
    Ok(())
}

/// Compares the gradient with central differences.
fn check_differences(
    program: &Program<f64>,
    free: &[f64; 5],
    rows: &Array2<f64>,
    derivatives: &[f64],
) -> Result<(), Error> {
    println!("\nderivative with respect to   program  finite difference");
    for (index, name) in ["mean", "artanh(persistence)", "ln q", "ln r", "start"].into_iter().enumerate() {
        let h = 1e-5;
        let value = |h: f64| {
            let mut free = *free;
            free[index] += h;
            Ok(program.values(&free, rows)?.iter().sum::<f64>())
        };
        let (difference, derivative) = ((value(h)? - value(-h)?) / (2.0 * h), derivatives[index]);
        println!("{name:22} {derivative:13.3} {difference:18.3}");
        assert!((difference - derivative).abs() < 1e-6 * (1.0 + derivative.abs()), "{name} differs");
    }
    println!();
    Ok(())
}

/// Returns the shortest of five times.
fn fastest(mut f: impl FnMut() -> Result<(), Error>) -> Result<Duration, Error> {
    let mut time = || {
        let start = Instant::now();
        f()?;
        Ok(start.elapsed())
    };
    (1..5).try_fold(time()?, |least, _| Ok(least.min(time()?)))
}
