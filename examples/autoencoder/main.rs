//! Trains an autoencoder with tied weights, which encodes images of digits (64 pixels) as a few values and decodes
//! them. The decoder uses the transposed weights of the encoder, so each weight has two paths to the loss; the backward
//! pass adds their contributions.
//!
//! ```text
//! cargo run --release --example autoencoder
//! cargo run --release --example autoencoder -- --code 3
//! ```

mod draw;

use backprop::rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use backprop::{Adam, Error, Loss, Matrix, Module, Optimizer, Parameter, Scalar, Workspace};
use clap::Parser;
use draw::SIDE;
use rand_chacha::ChaCha8Rng;

/// Trains an autoencoder with tied weights on images of digits
#[derive(Parser)]
#[command(name = "autoencoder")]
struct Options {
    /// Number of values that encode an image
    #[arg(long, default_value_t = 12)]
    code: usize,
    /// Number of epochs
    #[arg(long, default_value_t = 100)]
    epochs: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Computes σ(X·W + b)·Wᵀ + c for each row of X.
#[derive(Clone)]
struct Autoencoder<S: Scalar> {
    weights: Parameter<S>,
    encoder_biases: Parameter<S>,
    decoder_biases: Parameter<S>,
}

backprop::module! {
    Autoencoder { weights, encoder_biases, decoder_biases }
    fn forward_batch(&self, x) {
        Error::check_count("inputs", self.decoder_biases.values().len(), x.ncols(), || "autoencoder".into())?;
        let code = (x.matmul(self.weights.values()) + self.encoder_biases.values()).sigmoid();
        Ok(code.matmul(&self.weights.values().t()) + self.decoder_biases.values())
    }
}

impl Autoencoder<f32> {
    fn new(pixels: usize, code: usize, rng: &mut impl Rng) -> Autoencoder<f32> {
        let weights = Matrix::from_shape_fn([pixels, code], |_| rng.random_range(-0.1..0.1));
        Autoencoder {
            weights: Parameter::new(weights),
            encoder_biases: Parameter::bias(Matrix::zeros([1, code])),
            decoder_biases: Parameter::bias(Matrix::zeros([1, pixels])),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut images = images()?;
    images.shuffle(&mut rng);
    let (validation, images) = images.split_at(images.len() / 5);
    let (validation, training) = (rows(validation), rows(images));

    let mean = Matrix::zeros(validation.shape()) + training.column_means();
    let baseline = Loss::MeanSquaredError.evaluate_batch(&mean, &validation)?;
    println!("{} training images, {} validation images", images.len(), validation.nrows());
    println!("Baseline, the mean image: squared error {baseline:.4}\n");

    let mut net = Autoencoder::new(PIXELS, options.code, &mut rng);
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let mut adam = Adam::new(0.01);
    let mut images = images.to_vec();
    for epoch in 1..=options.epochs {
        images.shuffle(&mut rng);
        for batch in images.chunks(32) {
            let x = rows(batch);
            workspace.loss_and_gradient(&net, &x, &x, Loss::MeanSquaredError, &mut gradient)?;
            adam.step(&mut net, &gradient)?;
        }
        if epoch % options.epochs.div_ceil(5) == 0 || epoch == options.epochs {
            let error = Loss::MeanSquaredError.evaluate_batch(&net.forward_batch(&validation)?, &validation)?;
            println!("epoch {epoch:4}: squared error {error:.4} of the validation images");
        }
    }

    println!("\nValidation images, and their reconstructions from {} values each:", options.code);
    let reconstructed = net.forward_batch(&validation)?;
    for images in [validation, reconstructed] {
        draw::side_by_side(&images.view().rows().into_iter().take(8).collect::<Vec<_>>());
    }
    Ok(())
}

/// Number of pixels of an image.
const PIXELS: usize = SIDE * SIDE;

/// Reads the images; the darkness of each pixel is from 0 to 1.
fn images() -> Result<Vec<[f32; PIXELS]>, Box<dyn std::error::Error>> {
    let mut table = csv::Reader::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv"))?;
    let mut images = Vec::new();
    for row in table.deserialize::<Vec<f32>>() {
        let mut image = [0.0; PIXELS];
        image.copy_from_slice(&row?[..PIXELS]); // the last column is the digit
        images.push(image.map(|pixel| pixel / 16.0));
    }
    Ok(images)
}

fn rows(images: &[[f32; PIXELS]]) -> Matrix<f32> {
    Matrix::from_vec([images.len(), PIXELS], images.as_flattened().to_vec())
}
