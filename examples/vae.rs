//! A variational autoencoder of handwritten digits: a custom loss with random numbers, and new digits drawn from it.
//!
//! ```text
//! cargo run --release --example vae -- --epochs 60
//! ```
//!
//! The encoder maps a digit to the mean μ and the logarithm of the variance σ² of a normal distribution of few
//! coordinates, and the decoder maps coordinates to pixels. The loss is −ln p(pixels | z) for z drawn from that
//! distribution, plus its divergence from the standard normal distribution ([Kingma and Welling
//! 2013](https://arxiv.org/abs/1312.6114)). New digits are what the decoder makes of coordinates drawn from the latter.

use backprop::ndarray::Array2;
use backprop::rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Adam, Csv, Error, Loss, Matrix, Mlp, Scalar, TrainState};
use clap::Parser;

#[path = "autoencoder/draw.rs"]
mod draw;

#[derive(Parser)]
struct Options {
    /// Number of epochs
    #[arg(long, default_value_t = 60)]
    epochs: usize,
    /// Number of coordinates of a digit
    #[arg(long, default_value_t = 8)]
    coordinates: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Returns the loss of pixels, per digit.
fn loss<S: Scalar>(nets: &(Mlp<S>, Mlp<S>), pixels: &Matrix<S>, rng: &mut impl Rng) -> Result<S, Error> {
    let (encoder, decoder) = nets;
    let [mean, log_variance] = encoder.forward_batch(pixels)?.split_columns();
    let logits = decoder.forward_batch(&(&mean + (&log_variance * 0.5).exp() * mean.randn_like(rng)))?;
    let restoration = Loss::BinaryCrossEntropyWithLogits.evaluate_batch(&logits, pixels)? * S::of(64.0);
    let divergence = (mean.powi(2) + log_variance.exp() - &log_variance - 1.0).sum() * S::of(0.5);
    Ok(restoration + divergence / S::of(pixels.nrows() as f64))
}

fn main() -> Result<(), Error> {
    let Options { epochs, coordinates, seed } = Options::parse();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let mut rng = SomeRng::seed_from_u64(seed);
    let (digits, test) = Csv::read(file)?.classes::<f32>("digit")?.split(0.2, &mut rng)?;
    let test = test.inputs() / 16.0;

    let encoder = Mlp::<f32>::new(64, [(128, Activation::Relu), (2 * coordinates, Activation::Identity)], &mut rng)?;
    let decoder = Mlp::<f32>::new(coordinates, [(128, Activation::Relu), (64, Activation::Identity)], &mut rng)?;
    let mut state = TrainState::new((encoder, decoder), Adam::new(1e-3));
    for epoch in 1..=epochs {
        for (pixels, _) in digits.batches(32, &mut rng) {
            let pixels = pixels / 16.0;
            state.step(|nets, graph| loss(nets, &graph.constants(&pixels), &mut rng))?;
        }
        if epoch % 10 == 0 || epoch == epochs {
            println!("epoch {epoch}: test loss {:.2}", loss(&state.net, &(&test).into(), &mut rng)?);
        }
    }
    println!("\nNew digits:");
    let z = Matrix::zeros([6, coordinates]).randn_like(&mut rng);
    let digits: Array2<f32> = state.net.1.forward_batch(&z)?.sigmoid().into();
    draw::side_by_side(&digits.rows().into_iter().map(|pixels| pixels.to_owned()).collect::<Vec<_>>());
    Ok(())
}
