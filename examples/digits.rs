//! Handwritten digits, 8 × 8 points each, read by a net with one hidden layer; and the mistakes that it makes.
//!
//! ```text
//! cargo run --release --example digits
//! ```
//!
//! The last line is `test accuracy: 0.xxx`, at least 0.97 over five seeds.

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Adam, Csv, Error, Model, Scaler, Trainer};
use clap::Parser;

#[path = "autoencoder/draw.rs"]
mod draw;

/// Reads handwritten digits
#[derive(Parser)]
#[command(name = "digits")]
struct Options {
    /// How often all samples are seen
    #[arg(long, default_value_t = 40)]
    epochs: usize,
    /// Where random numbers start
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<(), Error> {
    let options = Options::parse();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    let (train, test) = Csv::read(file)?.classes::<f32>("digit")?.split(0.2, &mut rng)?;

    let darkness = Scaler::new([0.0; 64], [16.0; 64])?;
    let mut model = Model::new(&train, [(128, Activation::Relu)], &mut rng)?.with_scaler(darkness)?;
    let mut trainer = Trainer::new(model.loss(), Adam::new(0.003)).epochs(options.epochs).seed(options.seed);
    println!("{}", model.fit(&mut trainer, &train)?);

    let report = model.evaluate(&test)?;
    println!("{report}\n\nMistakes:");
    let answers = model.classify(test.inputs())?;
    let truths = test.labels();
    let wrong: Vec<usize> = (0..test.len()).filter(|&i| answers[i] != test.classes()[truths[i]]).take(4).collect();
    for &i in &wrong {
        println!("row {}: a {} taken for a {}", test.rows()[i], test.classes()[truths[i]], answers[i]);
    }
    draw::side_by_side(&wrong.iter().map(|&i| test.inputs().row(i).mapv(|point| point / 16.0)).collect::<Vec<_>>());
    println!("\ntest accuracy: {:.3}", report.accuracy().expect("digits have classes"));
    Ok(())
}
