//! The task of the lecture with real data: predicts the sex of 200 people from weight and height (Davis 1990).
//! Five-fold cross-validation of a small network and of logistic regression, which is a network of one neuron.
//!
//! ```text
//! cargo run --release --example people
//! ```
//!
//! The last line is `cross-validated accuracy: 0.xxx`; it is at least 0.91.

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Adam, Csv, Dataset, Error, Model, Trainer};
use clap::Parser;

/// Predicts people's sex from weight and height, with cross-validation
#[derive(Parser)]
#[command(name = "people")]
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
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/davis.csv");
    let people: Dataset<f64> = Csv::read(file)?.inputs(["weight", "height"]).classes("sex")?;
    println!("{} people: {}", people.len(), people.classes().join(", "));
    for suspicion in people.suspicious() {
        println!("suspicious: {suspicion}");
    }
    let [(women, men)] = [people.labels().iter().fold((0, 0), |(f, m), &class| (f + 1 - class, m + class))];
    println!("baseline, the most frequent class: {:.3}", women.max(men) as f64 / people.len() as f64);
    println!("logistic regression, one neuron: {:.3}", accuracy(&people, &[], &options)?);
    println!("cross-validated accuracy: {:.3}", accuracy(&people, &[(8, Activation::Tanh)], &options)?);
    Ok(())
}

const FOLDS: usize = 5;

/// Returns the mean accuracy over the test folds of networks with the hidden layers `hidden`.
fn accuracy(people: &Dataset<f64>, hidden: &[(usize, Activation)], options: &Options) -> Result<f64, Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    let mut sum = 0.0;
    let people = people.clone().one_output()?;
    for (train, test) in people.folds(FOLDS, &mut rng)? {
        let mut model = Model::new(&train, hidden.to_vec(), &mut rng)?;
        let mut trainer =
            Trainer::new(model.loss(), Adam::new(0.03)).epochs(options.epochs).seed(options.seed).l2(0.03);
        model.fit(&mut trainer, &train)?;
        sum += model.evaluate(&test)?.accuracy().expect("people have classes");
    }
    Ok(sum / FOLDS as f64)
}
