//! The commands and their options.

use backprop::{Activation, Csv, CsvOptions, DecimalMark, EncoderOptions, Error};
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
    /// Predict the target for the rows of a CSV file; prints its columns and the predictions as CSV
    Predict(Predict),
    /// Tell which columns a model uses, and why it predicts what it predicts for a row
    Explain(Explain),
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
    /// Leave out rows with a missing cell, instead of filling it
    #[arg(long)]
    pub drop_missing: bool,
    /// Columns that are numbers, even if they look like identifiers
    #[arg(long, value_parser = names)]
    pub numbers: Vec<Names>,
    /// Columns that are categories, for example numbers that are codes
    #[arg(long, value_parser = names)]
    pub categories: Vec<Names>,
    /// Columns that are dates
    #[arg(long, value_parser = names)]
    pub dates: Vec<Names>,
    /// A column of ordered categories, with its categories from the first to the last: 'size: small, medium, large'
    #[arg(long, value_parser = order)]
    pub ordered: Vec<Order>,
    /// Task type; by default classification if the target has text or few distinct integers
    #[arg(long, value_enum, default_value_t = Kind::Auto)]
    pub kind: Kind,
    /// Predict the logarithm of a numeric target; by default if that predicts held-out rows better
    #[arg(long, value_enum, default_value_t = LogTarget::Auto)]
    pub log_target: LogTarget,
    /// Scaling of the inputs
    #[arg(long, value_enum, default_value_t = Scaling::Standard)]
    pub scaling: Scaling,
    /// Number of neurons of each hidden layer, separated by commas; 0 for none (logistic or linear regression) [default:
    /// the best of some on held-out training rows]
    #[arg(long, value_delimiter = ',')]
    pub hidden: Option<Vec<usize>>,
    /// Activation of the hidden layers: sigmoid, tanh, relu, leaky_relu(0.01), elu, gelu, silu, softplus [default: tanh]
    #[arg(long)]
    pub activation: Option<Activation>,
    /// Optimizer
    #[arg(long, value_enum, default_value_t = OptimizerKind::Adam)]
    pub optimizer: OptimizerKind,
    /// Learning rate [default: by the number of rows]
    #[arg(long, value_parser = positive)]
    pub learning_rate: Option<f64>,
    /// Number of networks that are trained on different rows, and whose mean predicts [default: 5, and 1 for large tables]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub networks: Option<u64>,
    /// Compare this many settings: layers, learning rate, regularization
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub tune: Option<u64>,
    /// Give all classes the same total weight, however many rows they have
    #[arg(long)]
    pub balance: bool,
    /// Cost of a wrong prediction for the rows of a class, 1 for other classes: 'yes: 10, no: 1'; predicts the class with the
    /// lowest expected cost
    #[arg(long, value_parser = costs)]
    pub cost: Option<Costs>,
    /// Maximum number of epochs [default: 500, and fewer for large tables]
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Number of rows in a batch [default: 32, and more for large tables]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub batch_size: Option<u64>,
    /// Stop after this many epochs without improvement on the validation rows and restore the best parameters; 0
    /// disables
    #[arg(long, default_value_t = 30)]
    pub patience: usize,
    /// L1 regularization of the weights: adds l1·Σ|w| to the loss
    #[arg(long, default_value_t = 0.0, value_parser = non_negative)]
    pub l1: f64,
    /// L2 regularization of the weights: adds ½·l2·Σw² to the loss [default: the best of some on
    /// held-out training rows]
    #[arg(long, value_parser = non_negative)]
    pub l2: Option<f64>,
    /// Fraction of the rows held out to evaluate the model after training
    #[arg(long, alias = "test-share", default_value_t = 0.2, value_parser = fraction)]
    pub test_fraction: f64,
    /// CSV file to evaluate the model on, instead of held-out rows
    #[arg(long, conflicts_with = "test_fraction")]
    pub test: Option<PathBuf>,
    /// Column whose equal cells belong together, such as a person: held-out rows are of other groups, also those that
    /// stop the training and choose settings
    #[arg(long, conflicts_with = "time")]
    pub group: Option<String>,
    /// Column of dates or numbers: the rows held out are the latest, and training validates on whole parts of the time
    #[arg(long)]
    pub time: Option<String>,
    /// Cross-validate before training: train and evaluate this many times, each time on other held-out rows
    #[arg(long, value_parser = clap::value_parser!(u64).range(2..=100))]
    pub folds: Option<u64>,
    /// File for a report: .html to read, or .json for programs
    #[arg(long)]
    pub report: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    pub force: bool,
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

impl Train {
    /// Returns the choices for the encoding of the columns.
    pub fn encoder_options(&self) -> EncoderOptions {
        let all = |lists: &[Names]| lists.iter().flat_map(|Names(names)| names.clone()).collect::<Vec<String>>();
        let mut options = EncoderOptions::new()
            .without(all(&self.without).into_iter().chain(self.group.clone()))
            .numbers(all(&self.numbers))
            .categories(all(&self.categories))
            .dates(all(&self.dates))
            .scaling(match self.scaling {
                Scaling::Standard => backprop::Scaling::Standard,
                Scaling::MinMax => backprop::Scaling::MinMax,
                Scaling::None => backprop::Scaling::None,
            });
        for Order { column, categories } in &self.ordered {
            options = options.ordered(column, categories);
        }
        if !self.inputs.is_empty() {
            options = options.inputs(all(&self.inputs));
        }
        match self.kind {
            Kind::Auto => options,
            Kind::Classes => options.classification(),
            Kind::Numbers => options.regression(),
        }
    }
}

/// The options for reading a CSV file.
#[derive(Args)]
pub struct Table {
    /// The file has no header; the columns are named 1, 2, 3, …
    #[arg(long)]
    no_header: bool,
    /// Lines above the header to skip [default: those with far fewer cells than the rows]
    #[arg(long)]
    skip_lines: Option<usize>,
    /// Separator of the cells; tab for a tab [default: the comma, semicolon, tab or bar that fits]
    #[arg(long, value_parser = character)]
    separator: Option<char>,
    /// Quote around cells [default: the one of " and ' that fits]
    #[arg(long, value_parser = character)]
    quote: Option<char>,
    /// Encoding: utf-8, utf-16le, windows-1252, shift_jis, … [default: the one that fits]
    #[arg(long)]
    encoding: Option<String>,
    /// Decimal mark of the numbers [default: the one that the cells show]
    #[arg(long, value_enum)]
    decimal: Option<Decimal>,
    /// Texts of missing cells, separated by commas, instead of NA, n/a, NaN, NULL, None, ?, -, . and the like; an empty
    /// cell is missing, too
    #[arg(long, value_parser = names)]
    missing_values: Option<Names>,
}

/// The mark between the whole part and the decimals of a number.
#[derive(Clone, Copy, ValueEnum)]
enum Decimal {
    Point,
    Comma,
}

impl Table {
    pub fn read(&self, path: &PathBuf) -> Result<Csv, Error> {
        let mut options = CsvOptions::new();
        if self.no_header {
            options = options.without_header();
        }
        if let Some(lines) = self.skip_lines {
            options = options.skipped_lines(lines);
        }
        if let Some(separator) = self.separator {
            options = options.separator(separator);
        }
        if let Some(quote) = self.quote {
            options = options.quote(quote);
        }
        if let Some(encoding) = &self.encoding {
            options = options.encoding(encoding);
        }
        if let Some(mark) = self.decimal {
            options = options.decimal_mark(match mark {
                Decimal::Point => DecimalMark::Point,
                Decimal::Comma => DecimalMark::Comma,
            });
        }
        if let Some(Names(texts)) = &self.missing_values {
            options = options.missing_values(texts);
        }
        options.read(path)
    }
}

fn character(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(character), None) => Ok(character),
        _ => Err("must be one character, or tab".into()),
    }
}

#[derive(Args)]
pub struct Predict {
    /// Model file, .safetensors or .json
    pub model: PathBuf,
    /// CSV file with the model's input columns; other columns are kept, but not used
    pub data: PathBuf,
    #[command(flatten)]
    pub table: Table,
    /// File for the predictions [default: standard output]
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// Probability with which the interval of a predicted number contains the true one
    #[arg(long, default_value_t = Coverage::P90, value_enum)]
    pub coverage: Coverage,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

/// The coverage of prediction intervals.
#[derive(Clone, Copy, ValueEnum)]
pub enum Coverage {
    #[value(name = "0.5")]
    P50,
    #[value(name = "0.8")]
    P80,
    #[value(name = "0.9")]
    P90,
    #[value(name = "0.95")]
    P95,
    #[value(name = "0.99")]
    P99,
}

impl Coverage {
    /// Returns the probability.
    pub fn probability(self) -> f64 {
        match self {
            Coverage::P50 => 0.5,
            Coverage::P80 => 0.8,
            Coverage::P90 => 0.9,
            Coverage::P95 => 0.95,
            Coverage::P99 => 0.99,
        }
    }
}

#[derive(Args)]
pub struct Explain {
    /// Model file, .safetensors or .json
    pub model: PathBuf,
    /// CSV file with the model's columns; with the target, the importance of each column is measured
    pub data: PathBuf,
    #[command(flatten)]
    pub table: Table,
    /// Explain the prediction for this row of the file instead, counted from 1 below the header
    #[arg(long)]
    pub row: Option<usize>,
    /// Picture of the importances, .svg or .png
    #[arg(long, conflicts_with = "row")]
    pub plot: Option<PathBuf>,
    /// Number of permutations of each column
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub repeats: u64,
    /// Seed of the permutations
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

#[derive(Args)]
pub struct Export {
    /// Model file, .safetensors or .json
    pub model: PathBuf,
    /// Output file, .onnx, .rs or .json
    pub output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
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

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
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

/// The choice between a target and its logarithm.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum LogTarget {
    Auto,
    Yes,
    No,
}

/// A column of ordered categories.
#[derive(Clone)]
pub struct Order {
    pub column: String,
    pub categories: Vec<String>,
}

fn order(text: &str) -> Result<Order, String> {
    let (column, categories) = text.split_once(':').ok_or("must be a column, a colon and its categories")?;
    Ok(Order { column: column.trim().into(), categories: names(categories)?.0 })
}

/// Classes with the costs of their errors.
#[derive(Clone)]
pub struct Costs(pub Vec<(String, f64)>);

fn costs(text: &str) -> Result<Costs, String> {
    let cost = |text: &String| {
        let (class, cost) = text.rsplit_once(':').ok_or("must be classes, each with a colon and its cost")?;
        Ok((class.trim().to_string(), positive(cost.trim())?))
    };
    Ok(Costs(names(text)?.0.iter().map(cost).collect::<Result<_, String>>()?))
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
