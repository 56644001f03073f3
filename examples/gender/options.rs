//! What can be said on the command line. Nonsense ends the program here, with exit code 2, before anything is trained.

use crate::people::{Body, HEIGHT, System, WEIGHT};
use backprop::plot::checked_path;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::path::PathBuf;

/// Learns from four people to tell a woman from a man by weight and height, and proves each step by hand-written
/// derivatives on the way
#[derive(Parser)]
#[command(name = "gender")]
pub struct Options {
    /// Start of the random numbers that the weights and biases are drawn with
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// How many times to go through the four people
    #[arg(long, default_value_t = 1000, allow_negative_numbers = true)]
    pub epochs: u32,

    /// How far each step goes
    #[arg(long, default_value_t = 0.1, value_parser = learning_rate, allow_negative_numbers = true)]
    pub learning_rate: f64,

    /// Your weight, in pounds: 128, or with its unit: 128lb, 58kg
    #[arg(long, requires = "height", allow_negative_numbers = true)]
    weight: Option<String>,

    /// Your height, in inches: 63, or with its unit: 63in, 160cm
    #[arg(long, requires = "weight", allow_negative_numbers = true)]
    height: Option<String>,

    /// Weight and height are in kilograms and centimetres
    #[arg(long)]
    metric: bool,

    /// Draw the loss curve into this file, whose name ends in .svg or .png
    #[arg(long, value_name = "FILE", value_parser = checked_path)]
    pub plot: Option<PathBuf>,

    /// Leave out the story and the table of losses
    #[arg(long)]
    pub quiet: bool,

    /// The weight and height above, once they are read
    #[arg(skip)]
    pub you: Option<Body>,
}

impl Options {
    pub fn from_command_line() -> Options {
        let mut options = Options::parse();
        options.you = options.read_you().unwrap_or_else(|sentence| refuse(sentence));
        if options.plot.is_some() && options.epochs < 2 {
            refuse("A curve takes 2 epochs at least: --plot has nothing to draw.".into());
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
        _ => Err("a learning rate is a number, 0 or more, such as 0.1".into()),
    }
}

fn refuse(sentence: String) -> ! {
    Options::command().error(ErrorKind::ValueValidation, sentence).exit()
}
