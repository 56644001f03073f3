//! The commands and their options.

use backprop::{Activation, Csv, Error};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Trains small neural networks on CSV files and predicts with them
///
/// The first steps need a CSV file and the name of its target column:
///
///     backprop train flowers.csv --target species
///     backprop predict species.safetensors more-flowers.csv
#[derive(Parser)]
#[command(name = "backprop", version, verbatim_doc_comment)]
pub struct Program {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Train a model on a CSV file, evaluate it on held-out rows, and save it
    Train(Box<Train>),
    /// Predict the target for the rows of a CSV file; prints CSV to standard output
    Predict(Predict),
    /// Write a model as ONNX, as Rust source without dependencies, or as JSON
    Export(Export),
}

#[derive(Args)]
#[command(allow_negative_numbers = true)]
pub struct Train {
    /// CSV file with the training data
    pub data: PathBuf,
    #[command(flatten)]
    pub table: Table,
    /// Column to predict; its number, from 1, if the file has no header
    #[arg(long)]
    pub target: String,
    /// Input columns, separated by commas [default: all except the target]; quote a name that contains a comma:
    /// '"weight, kg",height'
    #[arg(long, value_parser = names, conflicts_with = "without")]
    pub inputs: Vec<Names>,
    /// Columns to exclude from the inputs
    #[arg(long, value_parser = names)]
    pub without: Vec<Names>,
    /// Task type; by default classification if the target has text or few distinct integers
    #[arg(long, value_enum, default_value_t = Kind::Auto)]
    pub kind: Kind,
    /// Scaling of the inputs
    #[arg(long, value_enum, default_value_t = Scaling::Standard)]
    pub scaling: Scaling,
    /// Number of neurons of each hidden layer, separated by commas; 0 for none (logistic or linear regression)
    #[arg(long, value_delimiter = ',', default_value = "32")]
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers: sigmoid, tanh, relu, leaky_relu(0.01), elu, gelu, silu, softplus
    #[arg(long, default_value = "tanh")]
    pub activation: Activation,
    /// Optimizer
    #[arg(long, value_enum, default_value_t = OptimizerKind::Adam)]
    pub optimizer: OptimizerKind,
    /// Learning rate [default: 0.05 for sgd, momentum and adagrad, 0.001 for lion, else 0.01]
    #[arg(long, value_parser = positive)]
    pub learning_rate: Option<f64>,
    /// Maximum number of epochs
    #[arg(long, default_value_t = 500)]
    pub epochs: usize,
    /// Number of rows in a batch
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..))]
    pub batch_size: u64,
    /// Stop after this many epochs without improvement on the validation rows and restore the best parameters; 0
    /// disables
    #[arg(long, default_value_t = 50)]
    pub patience: usize,
    /// L1 regularization of the weights: adds l1·Σ|w| to the loss
    #[arg(long, default_value_t = 0.0, value_parser = non_negative)]
    pub l1: f64,
    /// L2 regularization of the weights: adds ½·l2·Σw² to the loss
    #[arg(long, default_value_t = 0.001, value_parser = non_negative)]
    pub l2: f64,
    /// Fraction of the rows held out to evaluate the model after training
    #[arg(long, alias = "test-share", default_value_t = 0.2, value_parser = fraction)]
    pub test_fraction: f64,
    /// Seed of the random number generator; the same seed gives the same model
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Output file: .safetensors (readable by PyTorch) or .json [default: TARGET.safetensors]
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// File that stores the state of the training after every 10 epochs, so that --resume can continue from it
    #[arg(long)]
    pub checkpoint: Option<PathBuf>,
    /// Continue the training from this file of --checkpoint, and go on storing the state there; needs the same data and
    /// options, and gives the same model as if the training had never stopped
    #[arg(long, conflicts_with = "checkpoint")]
    pub resume: Option<PathBuf>,
    /// Do not show progress
    #[arg(long)]
    pub quiet: bool,
}

/// The options for reading a CSV file.
#[derive(Args)]
pub struct Table {
    /// The file has no header; the columns are named 1, 2, 3, …
    #[arg(long)]
    no_header: bool,
    /// Leave out rows with a missing cell: empty, NA or ?
    #[arg(long)]
    drop_missing: bool,
}

impl Table {
    pub fn read(&self, path: &PathBuf) -> Result<Csv, Error> {
        let csv = if self.no_header { Csv::read_without_header(path) } else { Csv::read(path) }?;
        Ok(if self.drop_missing { csv.drop_missing() } else { csv })
    }
}

#[derive(Args)]
pub struct Predict {
    /// Model file, .safetensors or .json
    pub model: PathBuf,
    /// CSV file with the model's input columns; other columns are ignored
    pub data: PathBuf,
    #[command(flatten)]
    pub table: Table,
}

#[derive(Args)]
pub struct Export {
    /// Model file, .safetensors or .json
    pub model: PathBuf,
    /// Output file, .onnx, .rs or .json
    pub output: PathBuf,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Kind {
    Auto,
    /// Classification
    Classes,
    /// Regression
    Numbers,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Scaling {
    /// To mean 0 and standard deviation 1
    Standard,
    /// To the range from 0 to 1
    MinMax,
    None,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum OptimizerKind {
    Adam,
    /// Adam with a decoupled weight decay of 0.01
    Adamw,
    Sgd,
    /// SGD with a momentum of 0.9
    Momentum,
    Rmsprop,
    Adagrad,
    /// Adam with Nesterov's momentum
    Nadam,
    Lion,
}

/// Names of columns, given as a line of a CSV file.
#[derive(Clone)]
pub struct Names(pub Vec<String>);

fn names(text: &str) -> Result<Names, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let line = reader.records().next().ok_or("must name a column")?.map_err(|error| error.to_string())?;
    Ok(Names(line.iter().map(String::from).collect()))
}

/// Parses a number and checks a requirement on it.
fn number(text: &str, is_valid: impl Fn(f64) -> bool, requirement: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "must be a number")?;
    if number.is_finite() && is_valid(number) { Ok(number) } else { Err(requirement.into()) }
}

fn positive(text: &str) -> Result<f64, String> {
    number(text, |number| number > 0.0, "must be positive and finite")
}

fn non_negative(text: &str) -> Result<f64, String> {
    number(text, |number| number >= 0.0, "must be finite and non-negative")
}

fn fraction(text: &str) -> Result<f64, String> {
    number(text, |number| 0.0 < number && number < 1.0, "must be more than 0 and less than 1")
}
