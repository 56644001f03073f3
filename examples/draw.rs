//! The lecture's network told and drawn: the chain rule of every partial derivative, the graph of a training step, the net and
//! its activation.
//!
//! ```text
//! cargo run --release --example draw -- --folder target
//! ```

use backprop::plot::{GraphPicture, NetPicture, Picture, RulePicture};
use backprop::{Activation, Error, Layer, Mlp, Neuron, Trace};
use clap::Parser;
use std::path::PathBuf;

/// Tells and draws the lecture's network
#[derive(Parser)]
#[command(name = "draw")]
struct Options {
    /// Where the pictures go
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let draw = |name: &str, picture: &GraphPicture| -> Result<(), Error> {
        let path = options.folder.join(name);
        picture.save(&path)?;
        println!("{}", path.display());
        Ok(())
    };

    // The worked example: every weight 1, every bias 0, Alice
    let net = lecture()?;
    let trace = Trace::new();
    let inputs = [trace.variable("x1", -2.0), trace.variable("x2", -1.0)];
    let o1 = trace.forward(&net, &inputs)?[0];
    let loss = (trace.variable("y", 1.0) - o1).powi(2).named("L");
    for name in ["w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3"] {
        println!("{}", loss.explain(trace.find(name).expect("the net has it")));
    }
    println!("By an input there are two paths:\n{}", loss.explain(inputs[0]));

    draw("step.svg", &loss.drawing().folded().picture()?)?;
    draw("step-open.svg", &loss.drawing().picture()?)?;
    std::fs::write(options.folder.join("step.dot"), loss.drawing().to_dot()?)?;

    // T2 of micrograd's readers
    let trace = Trace::new();
    let (a, b) = (trace.variable("a", -4.0_f64), trace.variable("b", 2.0));
    let (c, d) = (a + b, a * b + b.powi(3));
    let c = c + (c + 1.0);
    let c = c + (1.0 + c - a);
    let d = d + (d * 2.0 + (b + a).relu());
    let d = d + (3.0 * d + (b - a).relu());
    let e = (c.named("c") - d.named("d")).named("e");
    let f = e.powi(2).named("f");
    let g = (f / 2.0 + 10.0 / f).named("g");
    draw("micrograd.svg", &g.drawing().picture()?)?;

    let paths = ["net.svg", "sigmoid.svg"].map(|name| options.folder.join(name));
    NetPicture::new(&net).named(["weight", "height"]).save(&paths[0])?;
    RulePicture::new(Activation::Sigmoid, (-8.0, 8.0)).save(&paths[1])?;
    paths.iter().for_each(|path| println!("{}", path.display()));
    Ok(())
}

/// The 2-2-1 net, every weight 1, every bias 0.
fn lecture() -> Result<Mlp<f64>, Error> {
    let neuron = || Neuron::new([1.0, 1.0], 0.0, Activation::Sigmoid);
    Mlp::from_layers([Layer::from_neurons([neuron(), neuron()])?, Layer::from_neurons([neuron()])?])
}
