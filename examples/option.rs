//! Prices an Asian call option by Monte Carlo, with its sensitivities.
//!
//! The option pays the amount by which the average of a share's price over 252 days exceeds the strike. Its value is
//! the mean of the discounted payoffs along 10,000 random paths of the price. A program computes sixteen paths or so at
//! a time: the columns are the random numbers of a path, the parameters are today's price of the share, the volatility,
//! the interest rate and the strike. Derivatives with respect to them are delta, vega, rho and the derivative with
//! respect to the strike.
//!
//! The value for the geometric average has a closed form, from which the estimates of the same program differ by about
//! a standard error:
//!
//! ```text
//! geometric average     estimate  standard error     closed form
//! value                   5.4839          0.0769          5.5655
//! delta                   0.5775          0.0053          0.5805
//! vega                   19.4604          0.3695         19.8549
//! rho                    23.5077          0.2149         23.5735
//! by strike              -0.5227          0.0047         -0.5248
//! ```
//!
//! ```text
//! cargo run --release --example option
//! ```
//!
//! The derivatives also agree with finite differences along the same paths. The last lines compare the time of value and
//! derivatives with that of a plain loop that computes the value alone.

use backprop::ndarray::Array2;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Error, Program, Scalar, gradient};
use clap::Parser;
use rand_distr::{Distribution, StandardNormal};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Prices an Asian call option by Monte Carlo, with its sensitivities
#[derive(Parser)]
#[command(name = "option")]
struct Options {
    /// Number of paths
    #[arg(long, default_value_t = 10_000)]
    paths: usize,
    /// Number of steps in a path
    #[arg(long, default_value_t = 252)]
    steps: usize,
}

/// Today's price of the share, the volatility, the interest rate, and the strike.
const MARKET: [f64; 4] = [100.0, 0.2, 0.05, 100.0];
const NAMES: [&str; 4] = ["delta", "vega", "rho", "by strike"];
/// The time to maturity, in years.
const YEARS: f64 = 1.0;

#[derive(Clone, Copy, PartialEq)]
enum Average {
    Arithmetic,
    Geometric,
}

/// The discounted payoff along the path of these normal random numbers.
fn payoff<S: Scalar>(average: Average, market: &[S], normals: &[S]) -> S {
    let [price, volatility, rate, strike] = [market[0], market[1], market[2], market[3]];
    let (count, step) = (S::of(normals.len() as f64), S::of(YEARS / normals.len() as f64));
    let drift = (rate - volatility.powi(2) * S::of(0.5)) * step;
    let deviation = volatility * step.sqrt();
    let (mut log, mut sum) = (price.ln(), S::zero());
    for &normal in normals {
        log += drift + deviation * normal;
        sum += if average == Average::Arithmetic { log.exp() } else { log };
    }
    let mean = if average == Average::Arithmetic { sum / count } else { (sum / count).exp() };
    (mean - strike).relu() * (-rate * S::of(YEARS)).exp()
}

/// The value of the option for the geometric average in closed form
/// ([Kemna and Vorst 1990](https://doi.org/10.1016/0378-4266(90)90039-5)).
fn closed_form<S: Scalar>(steps: usize, [price, volatility, rate, strike]: [S; 4]) -> S {
    let (n, c) = (steps as f64, S::of);
    let normal = |x: S| (-x * c(0.5_f64.sqrt())).erfc() * c(0.5); // the cumulative distribution function
    let mean = price.ln() + (rate - volatility.powi(2) * c(0.5)) * c(YEARS * (n + 1.0) / (2.0 * n));
    let deviation = volatility * c((YEARS * (n + 1.0) * (2.0 * n + 1.0) / (6.0 * n * n)).sqrt());
    let d = (mean - strike.ln()) / deviation;
    let expected = (mean + deviation.powi(2) * c(0.5)).exp();
    (expected * normal(d + deviation) - strike * normal(d)) * (-rate * c(YEARS)).exp()
}

/// An estimate with its standard error.
#[derive(Clone, Copy)]
struct Estimate {
    mean: f64,
    error: f64,
}

impl Estimate {
    fn new(samples: impl Iterator<Item = f64> + Clone) -> Estimate {
        let count = samples.clone().count() as f64;
        let mean = samples.clone().sum::<f64>() / count;
        let squares: f64 = samples.map(|sample| (sample - mean).powi(2)).sum();
        Estimate { mean, error: (squares / (count - 1.0) / count).sqrt() }
    }
}

fn main() -> Result<(), Error> {
    let Options { paths, steps } = Options::parse();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let normals = Array2::from_shape_simple_fn([paths, steps], || StandardNormal.sample(&mut rng));

    // The geometric average: estimates and closed form
    let program = record(Average::Geometric, steps)?;
    let (value, derivatives) = gradient(|market| closed_form(steps, market), MARKET);
    println!("{:20} {:>9} {:>15} {:>15}", "geometric average", "estimate", "standard error", "closed form");
    let exact = [value].into_iter().chain(derivatives);
    for ((name, estimate), exact) in estimates(&program, &normals)?.into_iter().zip(exact) {
        println!("{name:20} {:9.4} {:15.4} {exact:15.4}", estimate.mean, estimate.error);
        assert!((estimate.mean - exact).abs() < 4.0 * estimate.error, "{name} differs from the closed form");
    }

    // The arithmetic average: estimates and finite differences
    let program = record(Average::Arithmetic, steps)?;
    println!("\n{:20} {:>9} {:>15} {:>20}", "arithmetic average", "estimate", "standard error", "finite difference");
    for (index, (name, Estimate { mean, error })) in estimates(&program, &normals)?.into_iter().enumerate() {
        print!("{name:20} {mean:9.4} {error:15.4}");
        if index > 0 {
            let difference = difference(&program, &normals, index - 1)?;
            print!(" {difference:20.4}");
            // Paths whose payoff begins within the difference make it inexact.
            assert!((difference - mean).abs() < 0.1 * error, "{name} differs from the finite difference");
        }
        println!();
    }

    let mut sum: f64 = 0.0;
    let plain = fastest(|| {
        let payoffs =
            normals.rows().into_iter().map(|row| payoff(Average::Arithmetic, &MARKET, row.as_slice().unwrap()));
        sum = black_box(payoffs.sum());
        Ok(())
    })?;
    let value = fastest(|| program.sum_and_gradient(&MARKET, &normals).map(drop))?;
    println!("\nvalue alone, a plain loop: {plain:.1?} (value {:.4})", sum / paths as f64);
    println!("value and derivatives, the program: {value:.1?}");
    Ok(())
}

fn record(average: Average, steps: usize) -> Result<Program<f64>, Error> {
    Program::record(MARKET.len(), steps, move |market, normals| payoff(average, market, normals))
}

/// Returns the value and its sensitivities.
fn estimates(program: &Program<f64>, normals: &Array2<f64>) -> Result<Vec<(&'static str, Estimate)>, Error> {
    let (values, jacobian) = program.values_and_jacobian(&MARKET, normals)?;
    let value = ("value", Estimate::new(values.iter().copied()));
    let columns = jacobian.columns().into_iter().map(|column| Estimate::new(column.iter().copied()));
    Ok([value].into_iter().chain(NAMES.into_iter().zip(columns)).collect())
}

/// Returns the central difference of the value with respect to a parameter.
fn difference(program: &Program<f64>, normals: &Array2<f64>, index: usize) -> Result<f64, Error> {
    let h = 1e-6 * MARKET[index];
    let value = |h: f64| {
        let mut market = MARKET;
        market[index] += h;
        Ok(program.values(&market, normals)?.iter().sum::<f64>() / normals.nrows() as f64)
    };
    Ok((value(h)? - value(-h)?) / (2.0 * h))
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
