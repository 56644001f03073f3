//! Draws the loss of the lecture's network over two of its weights with the path of training, as contours and in three
//! dimensions, and the loss over two random directions in the space of all parameters.
//!
//! ```text
//! cargo run --release --example loss_surface
//! ```

use backprop::plot::{Picture, Surface, Theme};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Init, Loss, Matrix, Mlp, Optimizer, Sgd, Trajectory, Workspace};
use clap::Parser;
use std::path::PathBuf;

/// Draws the loss of the lecture's network over two of its weights
#[derive(Parser)]
#[command(name = "loss_surface")]
struct Options {
    /// Folder for the pictures
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/pictures"))]
    folder: PathBuf,
    /// File format: svg or png
    #[arg(long, default_value = "svg")]
    format: String,
    /// Use the dark theme
    #[arg(long)]
    dark: bool,
    /// Number of training steps
    #[arg(long, default_value_t = 1000)]
    steps: usize,
}

/// The indices of w5 and w6, the weights of the output neuron.
const WEIGHTS: [usize; 2] = [6, 7];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    std::fs::create_dir_all(&options.folder)?;
    let people = Matrix::from([[-2.0, -1.0], [25.0, 6.0], [17.0, 4.0], [-15.0, -6.0]]);
    let sexes = Matrix::from([[1.0], [0.0], [0.0], [1.0]]);
    let layers = [(2, Activation::Sigmoid), (1, Activation::Sigmoid)];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut net = Mlp::<f64>::with_init(2, layers, Init::StandardNormal, &mut rng)?;

    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let mut trajectory = Trajectory::every(options.steps.div_ceil(50).max(1));
    trajectory.push(0, &net, None);
    for step in 1..=options.steps {
        workspace.loss_and_gradient(&net, &people, &sexes, Loss::MeanSquaredError, &mut gradient)?;
        Sgd::new(0.5).step(&mut net, &gradient)?;
        trajectory.push(step, &net, Some(&gradient));
    }

    let loss = |net: &Mlp<f64>| Loss::MeanSquaredError.evaluate_batch(&net.forward_batch(&people)?, &sexes);
    let surface = Surface::over_parameters(&net, &trajectory, WEIGHTS, loss)?
        .named(["w5", "w6"])
        .title("Loss over two weights, and the path of training");
    let random = Surface::over_random_directions(&net, &trajectory, &mut rng, loss)?
        .title("Loss over two random directions of all nine parameters");
    println!("{surface}");
    let theme = if options.dark { Theme::Dark } else { Theme::Light };
    for (name, picture) in [("surface", surface.clone()), ("surface-3d", surface.in_3d()), ("surface-random", random)] {
        let path = options.folder.join(format!("{name}.{}", options.format));
        picture.save_with(&path, theme)?;
        println!("{}", path.display());
    }
    Ok(())
}
