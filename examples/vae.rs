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
use backprop::{Activation, Adam, Csv, Error, Linear, Loss, Matrix, Module, Optimizer, Scalar, Workspace};
use clap::Parser;
use rand_distr::{Distribution, StandardNormal};

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

type Half<S> = (Linear<S>, Activation, Linear<S>);

fn half(inputs: usize, outputs: usize, rng: &mut impl Rng) -> Half<f32> {
    (Linear::new(inputs, 128, rng), Activation::Relu, Linear::new(128, outputs, rng))
}

fn normal(rows: usize, columns: usize, rng: &mut impl Rng) -> Array2<f32> {
    Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(rng))
}

/// Returns the loss of pixels, per digit; `noise` is standard normal.
fn loss<S: Scalar>((encoder, decoder): &(Half<S>, Half<S>), pixels: &Matrix<S>, noise: &Matrix<S>) -> Result<S, Error> {
    let (code, n) = (encoder.forward_batch(pixels)?, noise.ncols());
    let (mean, log_variance) = (code.columns(0..n), code.columns(n..2 * n));
    let logits = decoder.forward_batch(&(&mean + (&log_variance * 0.5).exp() * noise))?;
    let restoration = Loss::BinaryCrossEntropyWithLogits.evaluate_batch(&logits, pixels)? * S::of(64.0);
    let divergence =
        (mean.powi(2) + log_variance.exp() - &log_variance - 1.0).sum() * S::of(0.5 / pixels.nrows() as f64);
    Ok(restoration + divergence)
}

fn main() -> Result<(), Error> {
    let Options { epochs, coordinates, seed } = Options::parse();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let mut rng = SomeRng::seed_from_u64(seed);
    let (digits, test) = Csv::read(file)?.classes::<f32>("digit")?.split(0.2, &mut rng)?;
    let test = test.inputs() / 16.0;

    let mut net = (half(64, 2 * coordinates, &mut rng), half(coordinates, 64, &mut rng));
    let (mut workspace, mut gradient, mut adam) = (Workspace::new(), net.clone(), Adam::new(1e-3));
    for epoch in 1..=epochs {
        for (pixels, _) in digits.batches(32, &mut rng) {
            let pixels = pixels / 16.0;
            let noise = normal(pixels.nrows(), coordinates, &mut rng);
            workspace.value_and_gradient(&net, &mut gradient, |net, graph| {
                loss(net, &graph.constants(&pixels), &graph.constants(&noise))
            })?;
            adam.step(&mut net, &gradient)?;
        }
        if epoch % 10 == 0 || epoch == epochs {
            let noise = normal(test.nrows(), coordinates, &mut rng);
            println!("epoch {epoch}: test loss {:.2}", loss(&net, &(&test).into(), &noise.into())?);
        }
    }
    println!("\nNew digits:");
    let digits: Array2<f32> = net.1.forward_batch(&normal(6, coordinates, &mut rng).into())?.sigmoid().into();
    draw::side_by_side(&digits.rows().into_iter().map(|pixels| pixels.to_owned()).collect::<Vec<_>>());
    Ok(())
}
