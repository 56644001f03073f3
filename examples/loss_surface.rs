//! The loss of the lecture's network over two of its weights, and the path of its training on it: as levels and in three
//! dimensions.
//!
//! ```text
//! cargo run --release --example loss_surface -- --folder target
//! ```

use backprop::ndarray::array;
use backprop::plot::{Picture, Surface, Theme};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Init, Loss, Mlp, Optimizer, Sgd, Workspace};
use clap::Parser;
use std::path::PathBuf;

/// Draws the loss of the lecture's network over two of its weights
#[derive(Parser)]
#[command(name = "loss_surface")]
struct Options {
    /// Where the pictures go
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// What they end in: svg or png
    #[arg(long, default_value = "svg")]
    format: String,
    /// Light on dark
    #[arg(long)]
    dark: bool,
    /// Steps of training
    #[arg(long, default_value_t = 1000)]
    steps: usize,
}

/// w5 and w6 among the parameters: what the output makes of the two hidden neurons.
const WEIGHTS: [usize; 2] = [6, 7];

fn main() -> Result<(), backprop::Error> {
    let options = Options::parse();
    let people = array![[-2.0, -1.0], [25.0, 6.0], [17.0, 4.0], [-15.0, -6.0]];
    let sexes = array![[1.0], [0.0], [0.0], [1.0]];
    let layers = [(2, Activation::Sigmoid), (1, Activation::Sigmoid)];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut net = Mlp::<f64>::with_init(2, layers, Init::StandardNormal, &mut rng)?;

    let (mut workspace, mut gradient, mut path) = (Workspace::new(), net.clone(), Vec::new());
    for step in 0..=options.steps {
        if step % options.steps.div_ceil(50).max(1) == 0 {
            path.push(WEIGHTS.map(|weight| net.parameters()[weight]));
        }
        workspace.loss_and_gradient(&net, &people, &sexes, Loss::MeanSquaredError, &mut gradient)?;
        Sgd::new(0.5).step(&mut net, &gradient)?;
    }

    // All other parameters stand where training ended.
    let end = net.parameters();
    let loss = |w5: f64, w6: f64| {
        let mut parameters = end.clone();
        (parameters[WEIGHTS[0]], parameters[WEIGHTS[1]]) = (w5, w6);
        let outputs = net.with_parameters(&parameters).and_then(|net| net.forward_batch(&people));
        let loss = outputs.and_then(|outputs| Loss::MeanSquaredError.evaluate_batch(&outputs, &sexes));
        loss.expect("the net has as many inputs and outputs")
    };
    let range = |coordinate: usize| {
        let along = || path.iter().map(|at: &[f64; 2]| at[coordinate]);
        let (least, most) = (along().fold(f64::INFINITY, f64::min), along().fold(f64::NEG_INFINITY, f64::max));
        (least - 4.0, most + 4.0)
    };
    let surface = Surface::new(["w5", "w6"], [range(0), range(1)], loss).path(path.clone(), loss);
    let surface = surface.title("Loss over two weights, and the path of training");
    let theme = if options.dark { Theme::Dark } else { Theme::Light };
    for (name, picture) in [("surface", surface.clone()), ("surface-3d", surface.in_3d())] {
        let path = options.folder.join(format!("{name}.{}", options.format));
        picture.save_with(&path, theme)?;
        println!("{}", path.display());
    }
    Ok(())
}
