//! Classifies handwritten digits of 8 × 8 pixels with convolutions.
//!
//! ```text
//! cargo run --release --example digits_conv -- --epochs 30
//! ```
//!
//! The last line is `test accuracy: 0.xxx`.

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, AdamW, BatchNorm, Conv2d, Csv, Dataset, Dropout, Error, Linear, Loss, MaxPool2d, Schedule, Trainer,
};
use clap::Parser;
use std::ops::ControlFlow;

/// Classifies handwritten digits with convolutions
#[derive(Parser)]
struct Options {
    /// Number of epochs
    #[arg(long, default_value_t = 30)]
    epochs: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<(), Error> {
    let Options { epochs, seed } = Options::parse();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let mut rng = SomeRng::seed_from_u64(seed);
    let (train, test) = Csv::read(file)?.classes::<f32>("digit")?.split(0.2, &mut rng)?;
    let scaled = |digits: Dataset<f32>| Dataset::new(digits.inputs() / 16.0, digits.targets());
    let (train, test) = (scaled(train)?, scaled(test)?);

    let first = Conv2d::new([1, 16], [3, 3], [8, 8], &mut rng).padding([1, 1]);
    let second = Conv2d::new([16, 32], [3, 3], [8, 8], &mut rng).padding([1, 1]);
    let pool = MaxPool2d::new([2, 2], second.output_image());
    let mut net = (
        (first, BatchNorm::new(16), Activation::Relu),
        (second, BatchNorm::new(32), Activation::Relu),
        pool,
        Dropout::new(0.25),
        Linear::<f32>::new(32 * 4 * 4, 10, &mut rng),
    );
    let mut trainer = Trainer::new(Loss::CrossEntropy, AdamW::new(3e-3))
        .epochs(epochs)
        .schedule(Schedule::Cosine { last: 0.01 })
        .seed(seed)
        .on_epoch(|epoch| {
            println!("{epoch}");
            ControlFlow::Continue(())
        });
    trainer.fit(&mut net, &train)?;
    println!("test accuracy: {:.3}", trainer.evaluate(&net, &test)?.accuracy.expect("classes"));
    Ok(())
}
