//! The command line. Invalid options end the program with exit code 2 before training starts.

use crate::model::Size;
use crate::tokens::Text;
use backprop::plot::checked_path;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::path::PathBuf;

/// Trains a transformer on first names and generates new ones
#[derive(Parser)]
#[command(name = "names")]
pub struct Options {
    /// Text file to train on instead of first names; each line is a document, and the characters are the tokens
    #[arg(long, value_name = "FILE", value_parser = Text::read, default_value = NAMES, hide_default_value = true)]
    pub text: Text,

    /// Number of training steps
    #[arg(long, default_value_t = 20_000, value_parser = positive, allow_negative_numbers = true)]
    pub steps: usize,

    /// Number of names in each training step
    #[arg(long, default_value_t = 1, value_parser = positive, allow_negative_numbers = true)]
    pub batch: usize,

    /// Number of layers, each of which is attention and a feed-forward network
    #[arg(long, default_value_t = 1, value_parser = positive, allow_negative_numbers = true)]
    layers: usize,

    /// Width of the embeddings
    #[arg(long, default_value_t = 16, value_parser = positive, allow_negative_numbers = true)]
    width: usize,

    /// Number of attention heads, which must divide the width
    #[arg(long, default_value_t = 4, value_parser = positive, allow_negative_numbers = true)]
    heads: usize,

    /// Number of tokens that a prediction can depend on; longer lines are cut
    #[arg(long, default_value_t = 16, value_parser = positive, allow_negative_numbers = true)]
    context: usize,

    /// Number of names to generate
    #[arg(long, default_value_t = 20)]
    pub names: usize,

    /// Divisor of the logits: below 1, likely characters become still more likely
    #[arg(long, default_value_t = 0.7, value_parser = temperature, allow_negative_numbers = true)]
    pub temperature: f64,

    /// Draw the loss curves to this .svg or .png file
    #[arg(long, value_name = "FILE", value_parser = checked_path)]
    pub plot: Option<PathBuf>,

    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

const NAMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/names.txt");

impl Options {
    pub fn from_command_line() -> Options {
        let options = Options::parse();
        let Options { width, heads, .. } = options;
        if width % heads != 0 {
            let message = format!("`--heads` must divide the width {width}, got {heads}");
            Options::command().error(ErrorKind::ValueValidation, message).exit();
        }
        options
    }

    /// Returns the sizes of the network.
    pub fn size(&self) -> Size {
        let Options { layers, width, heads, context, .. } = *self;
        Size { tokens: self.text.tokens(), context, layers, width, heads }
    }
}

fn positive(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("must be a positive integer, for example 1"),
    }
}

fn temperature(text: &str) -> Result<f64, &'static str> {
    match text.parse() {
        // Logits divided by much less would be infinite.
        Ok(temperature) if (0.001..f64::INFINITY).contains(&temperature) => Ok(temperature),
        _ => Err("must be at least 0.001 and finite, for example 0.7"),
    }
}
