//! A net with shared weights: it presses pictures of digits, 64 points each, through a few numbers, and restores them. What
//! restores is what pressed, transposed, so each weight has two ways to the loss; the graph adds them up.
//!
//! ```text
//! cargo run --release --example autoencoder
//! cargo run --release --example autoencoder -- --numbers 3
//! ```

mod draw;

use backprop::rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use backprop::{Adam, Error, Loss, Matrix, Module, Optimizer, Parameter, Scalar, Workspace};
use clap::Parser;
use draw::SIDE;
use rand_chacha::ChaCha8Rng;

/// Presses pictures of digits through a few numbers, and restores them with the same weights
#[derive(Parser)]
#[command(name = "autoencoder")]
struct Options {
    /// Through how many numbers the pictures are pressed
    #[arg(long, default_value_t = 12)]
    numbers: usize,
    /// How often all pictures are seen
    #[arg(long, default_value_t = 100)]
    epochs: usize,
    /// Where random numbers start
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// σ(X·W + b)·Wᵀ + c: each row of X restored.
#[derive(Clone)]
struct Autoencoder<S: Scalar> {
    weights: Parameter<S>,
    biases_in: Parameter<S>,
    biases_out: Parameter<S>,
}

backprop::module! {
    Autoencoder { weights, biases_in, biases_out }
    fn forward_batch(&self, x) {
        Error::check_count("inputs", self.biases_out.values().len(), x.ncols(), || "autoencoder".into())?;
        let code = (x.matmul(self.weights.values()) + self.biases_in.values()).sigmoid();
        Ok(code.matmul(&self.weights.values().t()) + self.biases_out.values())
    }
}

impl Autoencoder<f32> {
    fn new(points: usize, numbers: usize, rng: &mut impl Rng) -> Autoencoder<f32> {
        let small = Matrix::from_shape_fn([points, numbers], |_| rng.random_range(-0.1..0.1));
        Autoencoder {
            weights: Parameter::new(small),
            biases_in: Parameter::bias(Matrix::zeros([1, numbers])),
            biases_out: Parameter::bias(Matrix::zeros([1, points])),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut pictures = pictures()?;
    pictures.shuffle(&mut rng);
    let (held_out, pictures) = pictures.split_at(pictures.len() / 5);
    let (held_out, all) = (rows(held_out), rows(pictures));

    let mean = Matrix::zeros(held_out.shape()) + all.column_means();
    let baseline = Loss::MeanSquaredError.evaluate_batch(&mean, &held_out)?;
    println!("{} pictures, {} held out", pictures.len(), held_out.nrows());
    println!("The mean picture instead of each: squared error {baseline:.4}\n");

    let mut net = Autoencoder::new(POINTS, options.numbers, &mut rng);
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let mut adam = Adam::new(0.01);
    let mut pictures = pictures.to_vec();
    for epoch in 1..=options.epochs {
        pictures.shuffle(&mut rng);
        for batch in pictures.chunks(32) {
            let x = rows(batch);
            workspace.loss_and_gradient(&net, &x, &x, Loss::MeanSquaredError, &mut gradient)?;
            adam.step(&mut net, &gradient)?;
        }
        if epoch % options.epochs.div_ceil(5) == 0 || epoch == options.epochs {
            let error = Loss::MeanSquaredError.evaluate_batch(&net.forward_batch(&held_out)?, &held_out)?;
            println!("epoch {epoch:4}: squared error {error:.4} of pictures held out");
        }
    }

    println!("\nPictures held out, and below them what {} numbers remember of each:", options.numbers);
    let restored = net.forward_batch(&held_out)?;
    for pictures in [held_out, restored] {
        draw::side_by_side(&pictures.view().rows().into_iter().take(8).collect::<Vec<_>>());
    }
    Ok(())
}

/// A picture's.
const POINTS: usize = SIDE * SIDE;

/// The darkness of each point, from 0 to 1.
fn pictures() -> Result<Vec<[f32; POINTS]>, Box<dyn std::error::Error>> {
    let mut table = csv::Reader::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv"))?;
    let mut pictures = Vec::new();
    for row in table.deserialize::<Vec<f32>>() {
        let mut picture = [0.0; POINTS];
        picture.copy_from_slice(&row?[..POINTS]); // the last column is the digit
        pictures.push(picture.map(|point| point / 16.0));
    }
    Ok(pictures)
}

fn rows(pictures: &[[f32; POINTS]]) -> Matrix<f32> {
    Matrix::from_vec([pictures.len(), POINTS], pictures.as_flattened().to_vec())
}
