//! Classifies points on the three arms of a spiral, which no straight line can separate.
//!
//! ```text
//! cargo run --release --example spiral
//! ```
//!
//! It draws the predicted regions. The last line is `test accuracy: 0.xxx`.

use backprop::ndarray::Array2;
use backprop::rand::{Rng, RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Adam, Dataset, Error, Model, Schedule, Trainer};
use clap::Parser;
use std::f64::consts::TAU;

/// Classifies points on the three arms of a spiral
#[derive(Parser)]
#[command(name = "spiral")]
struct Options {
    /// Number of epochs
    #[arg(long, default_value_t = 300)]
    epochs: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

const ARMS: [&str; 3] = ["·", "o", "#"];

fn main() -> Result<(), Error> {
    let options = Options::parse();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    let (train, test) = spiral(600, &mut rng)?.split(0.2, &mut rng)?;

    let mut model = Model::new(&train, [(16, Activation::Tanh), (16, Activation::Tanh)], &mut rng)?;
    let mut trainer = Trainer::new(model.loss(), Adam::new(0.02))
        .epochs(options.epochs)
        .seed(options.seed)
        .schedule(Schedule::Cosine { last: 0.0 });
    println!("{}\n", model.fit(&mut trainer, &train)?);

    for line in 0..21 {
        let y = 1.05 - line as f64 / 10.0;
        let points: Vec<f64> = (0..42).flat_map(|column| [column as f64 / 20.0 - 1.05, y]).collect();
        let points = Array2::from_shape_vec((42, 2), points).expect("42 points");
        println!("{}", model.classify(&points)?.concat());
    }
    println!("\ntest accuracy: {:.3}", model.evaluate(&test)?.accuracy().expect("arms are classes"));
    Ok(())
}

/// Returns noisy points on three arms, each of which turns once around the centre.
fn spiral(points: usize, rng: &mut impl Rng) -> Result<Dataset<f64>, Error> {
    let mut labels = Vec::new();
    let mut x = Array2::zeros((points, 2));
    for (i, mut point) in x.rows_mut().into_iter().enumerate() {
        let arm = i % ARMS.len();
        let radius = rng.random_range(0.05..1.0);
        let angle = TAU * (radius + arm as f64 / ARMS.len() as f64) + rng.random_range(-0.25..0.25);
        (point[0], point[1]) = (radius * angle.cos(), radius * angle.sin());
        labels.push(ARMS[arm]);
    }
    Dataset::with_classes(x, &labels)?.named(["x", "y"])
}
