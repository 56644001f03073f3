//! The lecture as a program: a network of three neurons learns from four people to tell a woman from a man by weight
//! and height.
//!
//! Emily (128 lb, 63 in) should come out close to 1, a woman, and Frank (155 lb, 68 in) close to 0, a man. On the way,
//! each of the nine partial derivatives that backpropagation finds is compared with the one derived by hand.
//!
//! ```text
//! cargo run --release --example gender
//! cargo run --release --example gender -- --weight 58 --height 160 --metric --plot loss.svg
//! ```
//!
//! `manual.rs` has the derivatives by hand, `training.rs` the training; the rest is data and conversation.

mod ask;
mod manual;
mod options;
mod people;
mod training;
mod verdict;

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

type Told = Result<(), Box<dyn Error>>;

/// How far an automatic partial may be from the manual one.
const TOLERANCE: f64 = 1e-12;

fn main() -> ExitCode {
    match tell(&Options::from_command_line()) {
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

fn tell(options: &Options) -> Told {
    let mut out = io::stdout();
    let mut story: Box<dyn Write> = if options.quiet { Box::new(io::sink()) } else { Box::new(io::stdout()) };

    one_neuron(&mut story)?;
    three_neurons(&mut story)?;
    mean_squared_error(&mut story)?;
    four_people(&mut story)?;

    let mut net = untrained(options.seed)?;
    let training = learning(&mut net, options, &mut story)?;
    proof(&training, &mut story, &mut out)?;
    picture(&training, options, &mut story)?;

    answers(&net, options, &mut story, &mut out)?;
    if options.you.is_none() && io::stdin().is_terminal() && out.is_terminal() {
        questions(&net, options, &mut out)?;
    }
    Ok(())
}

fn one_neuron(story: &mut impl Write) -> Told {
    let neuron = Neuron::new([0.0, 1.0], 4.0, Activation::Sigmoid);
    let output = neuron.forward(&[2.0, 3.0])?;
    writeln!(story, "1. One neuron, fed forward")?;
    writeln!(story, "   Parameter 0 and 1, bias 4, inputs 2 and 3:")?;
    writeln!(story, "   σ(0·2 + 1·3 + 4) = σ(7) = {output}\n")?;
    Ok(())
}

fn three_neurons(story: &mut impl Write) -> Told {
    let neuron = || Neuron::new([0.0, 1.0], 0.0, Activation::Sigmoid);
    let hidden = Layer::from_neurons([neuron(), neuron()])?;
    let output = Layer::from_neurons([neuron()])?;
    let network = Mlp::from_layers([hidden, output])?;
    let by_hand = OurNeuralNetwork::of(&network).feedforward([2.0, 3.0]);
    writeln!(story, "2. Three neurons as a network, fed forward")?;
    writeln!(story, "   Each with weights 0 and 1, bias 0; h1 and h2 get the inputs 2 and 3, o1 gets h1 and h2:")?;
    writeln!(story, "   h1 = h2 = σ(3), o1 = σ(h2) = {}", network.forward(&[2.0, 3.0])?[0])?;
    writeln!(story, "   and as written out by hand:  {by_hand}\n")?;
    Ok(())
}

fn mean_squared_error(story: &mut impl Write) -> Told {
    let (truth, predictions) = ([1.0, 0.0, 0.0, 1.0], [0.0; 4]);
    let loss = Loss::MeanSquaredError.evaluate(&predictions, &truth)?;
    writeln!(story, "3. The loss: how wrong it is")?;
    writeln!(story, "   Truth 1, 0, 0, 1; predictions 0, 0, 0, 0:")?;
    writeln!(story, "   mean squared error = {loss}\n")?;
    Ok(())
}

fn four_people(story: &mut impl Write) -> Told {
    writeln!(story, "4. Four people to learn from, F as 1 and M as 0")?;
    writeln!(story, "             Weight (lb)  less 135  Height (in)  less 66  Sex")?;
    for person in &PEOPLE {
        let (Body { weight, height }, [x1, x2]) = (person.body, person.body.inputs());
        let sex = letter(person.female);
        writeln!(story, "   {:9} {weight:11} {x1:9} {height:12} {x2:8} {sex:>4}", person.name)?;
    }
    writeln!(story)?;
    Ok(())
}

/// Two inputs, two hidden neurons, one output, with all weights and biases from the standard normal distribution.
/// ChaCha8's numbers are promised to stay the same in all versions and on all machines.
fn untrained(seed: u64) -> Result<Mlp<f64>, backprop::Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Mlp::with_init(2, [(2, Activation::Sigmoid), (1, Activation::Sigmoid)], Init::StandardNormal, &mut rng)
}

fn learning(net: &mut Mlp<f64>, options: &Options, story: &mut impl Write) -> Result<Training, Box<dyn Error>> {
    let Options { epochs, learning_rate, seed, .. } = *options;
    writeln!(
        story,
        "5. Learning: {epochs} epochs, a step after each person, learning rate {learning_rate}, seed {seed}"
    )?;
    let training = train(net, epochs, learning_rate, story)?;
    writeln!(story, "\n{}", LossCurves::of(training.losses.clone()))?;
    Ok(training)
}

fn proof(training: &Training, story: &mut impl Write, out: &mut impl Write) -> Told {
    let (steps, worst) = (training.losses.len() * PEOPLE.len(), training.worst_difference);
    writeln!(story, "6. Is backpropagation right? At each step its nine partials were compared with those by hand")?;
    writeln!(out, "Worst difference of automatic and manual partials in {steps} steps: {worst:.1e}")?;
    if worst <= TOLERANCE {
        return Ok(());
    }
    Err(format!("automatic and manual partial derivatives differ by {worst:.1e}, more than {TOLERANCE:e}").into())
}

fn picture(training: &Training, options: &Options, story: &mut impl Write) -> Told {
    if let Some(file) = &options.plot {
        let title = format!("Loss as the net learns (seed {})", options.seed);
        LossCurves::of(training.losses.clone()).title(title).save(file)?;
        writeln!(story, "The curve is drawn in {}", file.display())?;
    }
    Ok(())
}

fn answers(net: &Mlp<f64>, options: &Options, story: &mut impl Write, out: &mut impl Write) -> Told {
    writeln!(story, "\n7. People it has never seen")?;
    if let Some(what) = verdict::what_went_wrong(net, options)? {
        writeln!(out, "{what}")?;
    }
    if let Some(you) = options.you {
        writeln!(out, "{}", answer(net, "You", you)?)?;
    }
    writeln!(out, "{}", answer(net, "Emily", EMILY)?)?;
    writeln!(out, "{}", answer(net, "Frank", FRANK)?)?;
    Ok(())
}

fn questions(net: &Mlp<f64>, options: &Options, out: &mut impl Write) -> Told {
    writeln!(out, "\n8. Try your personal data (q to leave)")?;
    ask::ask(&mut io::stdin().lock(), out, options.system(), |you| answer(net, "You", you))
}

/// `Emily: 0.951 F`
fn answer(net: &Mlp<f64>, name: &str, body: Body) -> Result<String, Box<dyn Error>> {
    let female = net.forward(&body.inputs())?[0];
    Ok(format!("{name}: {female:.3} {}", letter(female)))
}

/// Whoever reads has read enough, as in `gender | head -3`: no reason to complain.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
