//! Classifies three species of iris by four measurements (Fisher 1936); saves and loads the model.
//!
//! ```text
//! cargo run --release --example iris
//! ```
//!
//! The last line is `test accuracy: 0.xxx`; it is at least 0.94 for each of five seeds.

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Adam, Csv, Error, Model, Trainer};
use clap::Parser;

/// Classifies three species of iris
#[derive(Parser)]
#[command(name = "iris")]
struct Options {
    /// Number of epochs
    #[arg(long, default_value_t = 100)]
    epochs: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<(), Error> {
    let options = Options::parse();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    let (train, test) = Csv::read(file)?.classes::<f32>("species")?.split(0.2, &mut rng)?;

    let mut model = Model::new(&train, [(10, Activation::Tanh)], &mut rng)?;
    let mut trainer = Trainer::new(model.loss(), Adam::new(0.02)).epochs(options.epochs).seed(options.seed).l2(0.001);
    println!("{}", model.fit(&mut trainer, &train)?);

    let path = std::env::temp_dir().join("iris.safetensors");
    model.save(&path)?;
    let model = Model::<f32>::load(&path)?;
    println!("saved as {} and loaded\n", path.display());
    let flower = [[6.0, 2.9, 4.5, 1.4]];
    println!(
        "{:?} is {} with probability {:.3}",
        flower[0],
        model.classify(flower)?[0],
        highest_probability(&model, flower)?
    );
    let report = model.evaluate(&test)?;
    println!("{report}\ntest accuracy: {:.3}", report.accuracy().expect("irises have classes"));
    Ok(())
}

/// Returns the highest predicted probability of a sample.
fn highest_probability(model: &Model<f32>, sample: [[f32; 4]; 1]) -> Result<f32, Error> {
    Ok(model.predict(sample)?.iter().copied().fold(0.0, f32::max))
}
