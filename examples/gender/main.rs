//! The lecture as a program: trains a network of three neurons on four people to predict sex from weight and height.
//!
//! The prediction should be close to 1 (female) for Emily (128 lb, 63 in) and close to 0 (male) for Frank (155 lb, 68
//! in). At every step, each of the nine partial derivatives from backpropagation is compared with the hand-derived one.
//!
//! ```text
//! cargo run --release --example gender
//! cargo run --release --example gender -- --weight 58 --height 160 --metric --plot loss.svg
//! ```
//!
//! `manual.rs` has the hand-derived derivatives and `training.rs` the training; the other files are data and
//! input/output.

mod ask;
mod diagnosis;
mod manual;
mod options;
mod people;
mod training;

use backprop::plot::{LossCurves, Picture};
use backprop::rand::SeedableRng;
use backprop::{Activation, Init, Layer, Loss, Mlp, Neuron};
use manual::OurNeuralNetwork;
use options::Options;
use people::{Body, EMILY, FRANK, PEOPLE, letter};
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use training::{Training, train};

type Outcome = Result<(), Box<dyn Error>>;

/// The largest accepted difference between an automatic and a manual partial derivative.
const TOLERANCE: f64 = 1e-12;

fn main() -> ExitCode {
    match run(&Options::from_command_line()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprint!(": {error}");
                cause = error.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome {
    let mut out = io::stdout();
    let mut report: Box<dyn Write> = if options.quiet { Box::new(io::sink()) } else { Box::new(io::stdout()) };

    one_neuron(&mut report)?;
    three_neurons(&mut report)?;
    mean_squared_error(&mut report)?;
    four_people(&mut report)?;

    let mut net = initial_network(options.seed)?;
    let training = train_network(&mut net, options, &mut report)?;
    check_derivatives(&training, &mut report, &mut out)?;
    draw_losses(&training, options, &mut report)?;

    predictions(&net, options, &mut report, &mut out)?;
    if options.you.is_none() && io::stdin().is_terminal() && out.is_terminal() {
        questions(&net, options, &mut out)?;
    }
    Ok(())
}

fn one_neuron(report: &mut impl Write) -> Outcome {
    let neuron = Neuron::new([0.0, 1.0], 4.0, Activation::Sigmoid);
    let output = neuron.forward(&[2.0, 3.0])?;
    writeln!(report, "1. One neuron: the forward pass")?;
    writeln!(report, "   Weights 0 and 1, bias 4, inputs 2 and 3:")?;
    writeln!(report, "   σ(0·2 + 1·3 + 4) = σ(7) = {output}\n")?;
    Ok(())
}

fn three_neurons(report: &mut impl Write) -> Outcome {
    let neuron = || Neuron::new([0.0, 1.0], 0.0, Activation::Sigmoid);
    let hidden = Layer::from_neurons([neuron(), neuron()])?;
    let output = Layer::from_neurons([neuron()])?;
    let network = Mlp::from_layers([hidden, output])?;
    let by_hand = OurNeuralNetwork::of(&network).feedforward([2.0, 3.0]);
    writeln!(report, "2. A network of three neurons: the forward pass")?;
    writeln!(
        report,
        "   Each has weights 0 and 1 and bias 0; h1 and h2 have the inputs 2 and 3, o1 has the inputs h1 and h2:"
    )?;
    writeln!(report, "   h1 = h2 = σ(3), o1 = σ(h2) = {}", network.forward(&[2.0, 3.0])?[0])?;
    writeln!(report, "   and computed by hand:        {by_hand}\n")?;
    Ok(())
}

fn mean_squared_error(report: &mut impl Write) -> Outcome {
    let (targets, predictions) = ([1.0, 0.0, 0.0, 1.0], [0.0; 4]);
    let loss = Loss::MeanSquaredError.evaluate(&predictions, &targets)?;
    writeln!(report, "3. The loss")?;
    writeln!(report, "   Targets 1, 0, 0, 1; predictions 0, 0, 0, 0:")?;
    writeln!(report, "   mean squared error = {loss}\n")?;
    Ok(())
}

fn four_people(report: &mut impl Write) -> Outcome {
    writeln!(report, "4. The training data: four people; F is 1 and M is 0")?;
    writeln!(report, "             Weight (lb)  less 135  Height (in)  less 66  Sex")?;
    for person in &PEOPLE {
        let (Body { weight, height }, [x1, x2]) = (person.body, person.body.inputs());
        let sex = letter(person.female);
        writeln!(report, "   {:9} {weight:11} {x1:9} {height:12} {x2:8} {sex:>4}", person.name)?;
    }
    writeln!(report)?;
    Ok(())
}

/// Creates the 2-2-1 network with weights and biases from the standard normal distribution. ChaCha8 is guaranteed to
/// generate the same numbers in all versions and on all machines.
fn initial_network(seed: u64) -> Result<Mlp<f64>, backprop::Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Mlp::with_init(2, [(2, Activation::Sigmoid), (1, Activation::Sigmoid)], Init::StandardNormal, &mut rng)
}

fn train_network(net: &mut Mlp<f64>, options: &Options, report: &mut impl Write) -> Result<Training, Box<dyn Error>> {
    let Options { epochs, learning_rate, seed, .. } = *options;
    writeln!(
        report,
        "5. Training: {epochs} epochs, a step after each person, learning rate {learning_rate}, seed {seed}"
    )?;
    let training = train(net, epochs, learning_rate, report)?;
    writeln!(report, "\n{}", LossCurves::of(training.losses.clone()))?;
    Ok(training)
}

fn check_derivatives(training: &Training, report: &mut impl Write, out: &mut impl Write) -> Outcome {
    let (steps, worst) = (training.losses.len() * PEOPLE.len(), training.worst_difference);
    writeln!(
        report,
        "6. Is backpropagation right? At each step its nine partial derivatives are compared with the hand-derived ones"
    )?;
    writeln!(out, "Worst difference between automatic and manual partial derivatives in {steps} steps: {worst:.1e}")?;
    if worst <= TOLERANCE {
        return Ok(());
    }
    Err(format!("automatic and manual partial derivatives differ by {worst:.1e}, more than {TOLERANCE:e}").into())
}

fn draw_losses(training: &Training, options: &Options, report: &mut impl Write) -> Outcome {
    if let Some(file) = &options.plot {
        let title = format!("Training loss (seed {})", options.seed);
        LossCurves::of(training.losses.clone()).title(title).save(file)?;
        writeln!(report, "The loss curve is in {}", file.display())?;
    }
    Ok(())
}

fn predictions(net: &Mlp<f64>, options: &Options, report: &mut impl Write, out: &mut impl Write) -> Outcome {
    writeln!(report, "\n7. Predictions for new people")?;
    if let Some(diagnosis) = diagnosis::diagnose_failure(net, options)? {
        writeln!(out, "{diagnosis}")?;
    }
    if let Some(you) = options.you {
        writeln!(out, "{}", prediction(net, "You", you)?)?;
    }
    writeln!(out, "{}", prediction(net, "Emily", EMILY)?)?;
    writeln!(out, "{}", prediction(net, "Frank", FRANK)?)?;
    Ok(())
}

fn questions(net: &Mlp<f64>, options: &Options, out: &mut impl Write) -> Outcome {
    writeln!(out, "\n8. Try your personal data (q to quit)")?;
    ask::ask(&mut io::stdin().lock(), out, options.system(), |you| prediction(net, "You", you))
}

/// Formats a prediction, for example `Emily: 0.951 F`.
fn prediction(net: &Mlp<f64>, name: &str, body: Body) -> Result<String, Box<dyn Error>> {
    let female = net.forward(&body.inputs())?[0];
    Ok(format!("{name}: {female:.3} {}", letter(female)))
}

/// Returns true if the reader has closed the pipe, as in `gender | head -3`; this is not an error.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
