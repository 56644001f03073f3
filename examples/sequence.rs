//! A recurrent network remembers: it adds the two marked numbers of a sequence.
//!
//! ```text
//! cargo run --release --example sequence -- --steps 40
//! ```
//!
//! Each step of a sequence is a random number and a mark, which is 1 at two steps and 0 at all others. The target is the
//! sum of the two marked numbers ([Hochreiter and Schmidhuber
//! 1997](https://doi.org/10.1162/neco.1997.9.8.1735)). To predict the mean of the targets, 1, has the squared error 1/6.

use backprop::ndarray::Array2;
use backprop::rand::{Rng, RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Adam, Dataset, Error, Gru, Linear, Loss, Trainer};
use clap::Parser;
use std::ops::ControlFlow;

/// Learns to add the two marked numbers of a sequence
#[derive(Parser)]
struct Options {
    /// Number of steps of a sequence
    #[arg(long, default_value_t = 30)]
    steps: usize,
    /// Number of epochs of 2000 sequences
    #[arg(long, default_value_t = 40)]
    epochs: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Returns sequences, with the number and the mark of each step one after the other, and their targets.
fn sequences(count: usize, steps: usize, rng: &mut impl Rng) -> Result<Dataset<f32>, Error> {
    let (mut inputs, mut targets) = (Array2::zeros((count, 2 * steps)), Array2::zeros((count, 1)));
    for i in 0..count {
        for step in 0..steps {
            inputs[(i, 2 * step)] = rng.random_range(0.0..1.0);
        }
        // One in each half
        for step in [rng.random_range(0..steps / 2), rng.random_range(steps / 2..steps)] {
            inputs[(i, 2 * step + 1)] = 1.0;
            targets[(i, 0)] += inputs[(i, 2 * step)];
        }
    }
    Dataset::new(inputs, targets)
}

fn main() -> Result<(), Error> {
    let Options { steps, epochs, seed } = Options::parse();
    let mut rng = SomeRng::seed_from_u64(seed);
    let (train, test) = (sequences(2000, steps, &mut rng)?, sequences(500, steps, &mut rng)?);
    let mut net = (Gru::<f32>::new(2, 32, &mut rng).last_only(), Linear::new(32, 1, &mut rng));
    let mut trainer =
        Trainer::new(Loss::MeanSquaredError, Adam::new(5e-3)).epochs(epochs).clip_norm(1.0).seed(seed).on_epoch(
            |epoch| {
                println!("{epoch}");
                ControlFlow::Continue(())
            },
        );
    trainer.fit(&mut net, &train)?;
    println!("test error: {:.4}; that of the mean is 0.1667", trainer.evaluate(&net, &test)?.loss);
    Ok(())
}
