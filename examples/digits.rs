//! Classifies handwritten digits of 8 × 8 pixels with a network with one hidden layer, and draws some of its errors.
//!
//! ```text
//! cargo run --release --example digits
//! ```
//!
//! The last line is `test accuracy: 0.xxx`; it is at least 0.97 for each of five seeds.

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Adam, Csv, Error, Model, Scaler, Trainer};
use clap::Parser;

#[path = "autoencoder/draw.rs"]
mod draw;

/// Classifies handwritten digits
#[derive(Parser)]
#[command(name = "digits")]
struct Options {
    /// Number of epochs
    #[arg(long, default_value_t = 40)]
    epochs: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<(), Error> {
    let options = Options::parse();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    let (train, test) = Csv::read(file)?.classes::<f32>("digit")?.split(0.2, &mut rng)?;

    let scaler = Scaler::new([0.0; 64], [16.0; 64])?;
    let mut model = Model::new(&train, [(128, Activation::Relu)], &mut rng)?.with_scaler(scaler)?;
    let mut trainer = Trainer::new(model.loss(), Adam::new(0.003)).epochs(options.epochs).seed(options.seed);
    println!("{}", model.fit(&mut trainer, &train)?);

    let report = model.evaluate(&test)?;
    println!("{report}\n\nErrors:");
    let predictions = model.classify(test.inputs())?;
    let labels = test.labels();
    let is_wrong = |&i: &usize| predictions[i] != test.classes()[labels[i]];
    let wrong: Vec<usize> = (0..test.len()).filter(is_wrong).take(4).collect();
    for &i in &wrong {
        println!("row {}: true {}, predicted {}", test.rows()[i], test.classes()[labels[i]], predictions[i]);
    }
    draw::side_by_side(&wrong.iter().map(|&i| test.inputs().row(i).mapv(|pixel| pixel / 16.0)).collect::<Vec<_>>());
    println!("\ntest accuracy: {:.3}", report.accuracy().expect("digits have classes"));
    Ok(())
}
