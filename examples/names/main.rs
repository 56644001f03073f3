//! Trains a small transformer on 32,032 first names and generates new ones, as makemore and microgpt do, but with
//! operations on matrices. It also learns the lines of any other text file.
//!
//! The default is 20,000 steps of one name, and its validation loss falls from 3.3, that of a uniform random guess, to
//! 2.2. So do 1,000 steps of 16 names, with a width of 64 to 2.15. The network of the third command, which takes
//! half a minute, reaches 2.01.
//!
//! ```text
//! cargo run --release --example names
//! cargo run --release --example names -- --steps 1000 --batch 16 --plot loss.png
//! cargo run --release --example names -- --steps 5000 --batch 16 --layers 2 --width 64 --temperature 1
//! cargo run --release --example names -- --text FILE --context 64 --batch 16 --steps 2000 --width 32
//! ```
//!
//! `model.rs` has the network, `tokens.rs` its inputs and targets, `options.rs` the command line.

mod model;
mod options;
mod tokens;

use backprop::plot::{LossCurves, Picture};
use backprop::rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use backprop::{Adam, Loss, Module, Optimizer, Parameters, Schedule, Workspace};
use indicatif::ProgressBar;
use model::Transformer;
use options::Options;
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::time::{Duration, Instant};
use tokens::{Text, inputs, samples};

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = Options::from_command_line();
    let (size, mut rng) = (options.size(), ChaCha8Rng::seed_from_u64(options.seed));
    let (cut, longest) = options.text.cut(size.context);
    if cut > 0 {
        let room = size.context - 1;
        println!("{cut} lines are longer than {room} characters and are cut; --context {longest} has room for all");
    }
    options.text.lines.shuffle(&mut rng);
    let mut net = Transformer::new(&size, &mut rng);
    train(&mut net, &options)?;
    for _ in 0..options.names {
        println!("{}", generate(&net, &options.text, size.context, options.temperature, &mut rng)?);
    }
    Ok(())
}

/// Trains the network, prints its losses and draws them.
fn train(net: &mut Transformer<f32>, options: &Options) -> Result<(), Box<dyn Error>> {
    let &Options { ref text, steps, batch, .. } = options;
    let (held_out, lines) = text.lines.split_at((text.lines.len() / 10).clamp(1, 1000));
    println!("{} parameters, {} lines, {} held out", net.count(), lines.len(), held_out.len());
    println!("A uniform random guess has a loss of {:.3}.\n", (text.tokens() as f64).ln());

    // The best of those tried for widths of 16, 32 and 64 and batches of 1 and 16. A step of Adam changes each weight by
    // about the learning rate, so an output, which is a sum over `width` products, by `width` times as much. The noise
    // of a gradient decreases with √batch (Malladi et al. 2022, https://arxiv.org/abs/2205.10287).
    let learning_rate = 0.08 * f64::sqrt(batch as f64) / options.size().width as f64;
    let linear = Schedule::from_fn(|step, steps| 1.0 - step as f64 / steps as f64);
    let schedule = linear.after_warm_up(steps / 20);
    let mut adam = Adam::<f32>::new(learning_rate).betas(0.9, 0.99);
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let (mut next_lines, mut step, mut time) = (lines.iter().cycle(), 0, Duration::ZERO);
    let (bar, points) = (ProgressBar::new(steps as u64), steps.min(20)); // hidden without a terminal
    let (mut training, mut validation) = (Vec::new(), Vec::new());
    for point in 0..=points {
        let start = Instant::now();
        while step < point * steps / points {
            let (x, t) = samples(next_lines.by_ref().take(batch));
            workspace.loss_and_gradient(&*net, &x, &t, Loss::CrossEntropy, &mut gradient)?;
            adam.set_learning_rate(learning_rate * schedule.factor(step, steps));
            adam.step(net, &gradient)?;
            step += 1;
            bar.inc(1);
        }
        time += start.elapsed();
        let losses = [mean_loss(net, &lines[..lines.len().min(1000)])?, mean_loss(net, held_out)?];
        bar.suspend(|| println!("step {step:6}: training loss {:.3}, validation loss {:.3}", losses[0], losses[1]));
        training.push(losses[0]);
        validation.push(losses[1]);
    }
    bar.finish_and_clear();
    println!("{:.1} µs per line\n", 1e6 * time.as_secs_f64() / (steps * batch) as f64);
    if let Some(file) = &options.plot {
        LossCurves::of(training).validation(validation).x_axis("step", steps as f64 / points as f64).save(file)?;
        println!("The loss curves are in {}\n", file.display());
    }
    Ok(())
}

/// Returns the mean loss over all tokens.
fn mean_loss(net: &Transformer<f32>, lines: &[Vec<usize>]) -> Result<f64, backprop::Error> {
    let (mut sum, mut tokens) = (0.0, 0);
    for lines in lines.chunks(100) {
        let (x, t) = samples(lines);
        let loss = Loss::CrossEntropy.evaluate_batch(&net.forward_batch(&x)?, &t)?;
        sum += f64::from(loss) * t.nrows() as f64;
        tokens += t.nrows();
    }
    Ok(sum / tokens as f64)
}

/// Generates a line, one token at a time, from the predicted probabilities.
fn generate(
    net: &Transformer<f32>,
    text: &Text,
    context: usize,
    temperature: f64,
    rng: &mut impl Rng,
) -> Result<String, backprop::Error> {
    let mut tokens = vec![text.mark()];
    while tokens.len() <= context {
        let probabilities = (net.forward_batch(&inputs(&tokens))? / temperature).softmax();
        let mut remaining = rng.random::<f32>();
        let drawn = probabilities.rows(tokens.len() - 1..tokens.len()).iter().position(|p| {
            remaining -= p;
            remaining < 0.0
        });
        match drawn {
            Some(token) if token != text.mark() => tokens.push(token),
            _ => break,
        }
    }
    Ok(text.decode(&tokens[1..]))
}
