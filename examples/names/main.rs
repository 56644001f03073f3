//! Trains a small transformer on 32,032 first names and generates new ones, as microgpt does, but with operations on
//! matrices. The network has two residual connections, x + f(x), around attention and around two layers.
//!
//! ```text
//! cargo run --release --example names
//! cargo run --release --example names -- --steps 100000 --names 50
//! cargo run --release --example names -- --steps 5000 --batch 16
//! ```
//!
//! `model.rs` has the network, `tokens.rs` its inputs and targets.

mod model;
mod tokens;

use backprop::rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use backprop::{Adam, Loss, Module, Optimizer, Parameters, Workspace};
use clap::Parser;
use model::{CONTEXT, TOKENS, Transformer};
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::time::Instant;
use tokens::{inputs, samples};

/// Trains a transformer on first names and generates new ones
#[derive(Parser)]
#[command(name = "names")]
struct Options {
    /// Number of training steps
    #[arg(long, default_value_t = 20_000)]
    steps: usize,
    /// Number of names in each training step
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// Number of names to generate
    #[arg(long, default_value_t = 20)]
    names: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/names.txt"))?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut names: Vec<&str> = text.lines().collect();
    names.shuffle(&mut rng);
    let (held_out, names) = names.split_at(1000);

    let mut net = Transformer::new(&mut rng);
    println!("{} parameters, {} names, {} held out", net.count(), names.len(), held_out.len());
    println!("A uniform random guess has a loss of {:.3}.\n", (TOKENS as f64).ln());
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let mut adam = Adam::<f32>::new(LEARNING_RATE).betas(0.9, 0.99);
    let start = Instant::now();
    for step in 0..options.steps {
        let batch = (step * options.batch..).take(options.batch);
        let (x, t) = samples(batch.map(|index| names[index % names.len()]));
        workspace.loss_and_gradient(&net, &x, &t, Loss::CrossEntropy, &mut gradient)?;
        adam.set_learning_rate(LEARNING_RATE * (1.0 - step as f64 / options.steps as f64));
        adam.step(&mut net, &gradient)?;
        if (step + 1) % options.steps.div_ceil(5) == 0 || step + 1 == options.steps {
            println!("step {:6}: validation loss {:.3}", step + 1, mean_loss(&net, held_out)?);
        }
    }
    let time = start.elapsed().as_secs_f64();
    println!("{:.1} µs per name\n", 1e6 * time / (options.steps * options.batch).max(1) as f64);
    for _ in 0..options.names {
        println!("{}", generate(&net, &mut rng)?);
    }
    Ok(())
}

/// The learning rate of the first step; it decreases linearly to 0.
const LEARNING_RATE: f64 = 0.01;

/// Returns the mean loss over all letters.
fn mean_loss(net: &Transformer<f32>, names: &[&str]) -> Result<f32, backprop::Error> {
    let (mut sum, mut letters) = (0.0, 0.0);
    for names in names.chunks(100) {
        let (x, t) = samples(names.iter().copied());
        let count = x.nrows() as f32;
        sum += count * Loss::CrossEntropy.evaluate_batch(&net.forward_batch(&x)?, &t)?;
        letters += count;
    }
    Ok(sum / letters)
}

/// Generates a name, one letter at a time, from the predicted probabilities.
fn generate(net: &Transformer<f32>, rng: &mut impl Rng) -> Result<String, backprop::Error> {
    let mut tokens = vec![TOKENS - 1];
    while tokens.len() <= CONTEXT {
        let logits = net.forward_batch(&inputs(&tokens))?;
        let probabilities = (logits / TEMPERATURE).softmax();
        let mut remaining = rng.random::<f32>();
        let drawn = probabilities.rows(tokens.len() - 1..tokens.len()).iter().position(|p| {
            remaining -= p;
            remaining < 0.0
        });
        match drawn {
            Some(letter) if letter < TOKENS - 1 => tokens.push(letter),
            _ => break,
        }
    }
    Ok(tokens[1..].iter().map(|&letter| (b'a' + letter as u8) as char).collect())
}

/// A temperature below 1 makes likely letters still more likely.
const TEMPERATURE: f64 = 0.7;
