//! The lecture's question asked of real people: the sex of 200, by weight and height (Davis 1990). Five-fold
//! cross-validation, of a small net and of logistic regression, which is a net of one neuron.
//!
//! ```text
//! cargo run --release --example people
//! ```
//!
//! The last line is `cross-validated accuracy: 0.xxx`, at least 0.91.

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Adam, Csv, Dataset, Error, Model, Trainer};
use clap::Parser;

/// Tells people's sex by weight and height, and how well
#[derive(Parser)]
#[command(name = "people")]
struct Options {
    /// How often all samples are seen
    #[arg(long, default_value_t = 100)]
    epochs: usize,
    /// Where random numbers start
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
    println!("always the more frequent: {:.3}", women.max(men) as f64 / people.len() as f64);
    println!("logistic regression, one neuron: {:.3}", accuracy(&people, &[], &options)?);
    println!("cross-validated accuracy: {:.3}", accuracy(&people, &[(8, Activation::Tanh)], &options)?);
    Ok(())
}

const FOLDS: usize = 5;

/// Of nets with these hidden layers, on the fifth that they did not see, its mean over the five folds.
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
