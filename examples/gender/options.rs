//! The command line. Invalid options end the program with exit code 2 before training starts.

use crate::people::{Body, HEIGHT, System, WEIGHT};
use backprop::plot::checked_path;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::path::PathBuf;

/// Trains the lecture's network to predict sex from weight and height, and checks each gradient against hand-derived
/// partial derivatives
#[derive(Parser)]
#[command(name = "gender")]
pub struct Options {
    /// Seed of the initial weights and biases
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Number of epochs; an epoch is one pass through the four people
    #[arg(long, default_value_t = 1000, allow_negative_numbers = true)]
    pub epochs: u32,

    /// Learning rate
    #[arg(long, default_value_t = 0.1, value_parser = learning_rate, allow_negative_numbers = true)]
    pub learning_rate: f64,

    /// Your weight in pounds (128) or with a unit (128lb, 58kg)
    #[arg(long, requires = "height", allow_negative_numbers = true)]
    weight: Option<String>,

    /// Your height in inches (63) or with a unit (63in, 160cm)
    #[arg(long, requires = "weight", allow_negative_numbers = true)]
    height: Option<String>,

    /// Read weights and heights without a unit as kilograms and centimetres
    #[arg(long)]
    metric: bool,

    /// Draw the loss curve to this .svg or .png file
    #[arg(long, value_name = "FILE", value_parser = checked_path)]
    pub plot: Option<PathBuf>,

    /// Print only the results
    #[arg(long)]
    pub quiet: bool,

    /// The parsed weight and height
    #[arg(skip)]
    pub you: Option<Body>,
}

impl Options {
    pub fn from_command_line() -> Options {
        let mut options = Options::parse();
        options.you = options.read_you().unwrap_or_else(|message| refuse(message));
        if options.plot.is_some() && options.epochs < 2 {
            refuse("`--epochs` must be at least 2 with --plot, because a curve needs two points".into());
        }
        options
    }

    pub fn system(&self) -> System {
        if self.metric { System::Metric } else { System::PoundsAndInches }
    }

    fn read_you(&self) -> Result<Option<Body>, String> {
        let (Some(weight), Some(height)) = (&self.weight, &self.height) else { return Ok(None) };
        let weight = WEIGHT.read(weight, self.system())?;
        let height = HEIGHT.read(height, self.system())?;
        Ok(Some(Body { weight, height }))
    }
}

fn learning_rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..f64::INFINITY).contains(&rate) => Ok(rate),
        _ => Err("must be non-negative and finite, for example 0.1".into()),
    }
}

fn refuse(message: String) -> ! {
    Options::command().error(ErrorKind::ValueValidation, message).exit()
}
