//! The command-line program: from a CSV file to a trained, checked and saved model, and from there to answers.

use backprop::ndarray::Axis;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{
    Activation, Adam, AdamW, Csv, Dataset, Error, History, Model, Momentum, Optimizer, RmsProp, Scaler, Sgd, Trainer,
    check_writable,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::collections::HashSet;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// The number of parameters of a network, up to which training has the memory for some copies of them.
const MOST_PARAMETERS: usize = 1 << 25;
/// How many names of a list are shown.
const MOST_NAMES: usize = 20;

/// Prints lines to standard output.
macro_rules! tell {
    ($($words:tt)*) => {{
        let mut out = io::stdout();
        heard(writeln!(out, $($words)*).and_then(|()| out.flush()))
    }};
}

/// An error of the library, or a sentence of this program.
type Failure = Box<dyn std::error::Error>;

/// Returns the result of printing. A closed pipe, as behind `head`, is not an error; a full disk is one.
fn heard(printed: io::Result<()>) -> Result<(), Failure> {
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Io { operation: "write", path: "standard output".into(), source: error.into() }.into())
        }
        _ => Ok(()),
    }
}

/// Returns the sentence of an error and those of its causes.
fn sentence(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |all, cause| format!("{all}: {cause}"))
}

/// Trains small neural networks on CSV files, and answers by them
///
/// A first try needs a file and the name of the column to be told:
///
///     backprop train flowers.csv --target species
///     backprop predict species.safetensors more-flowers.csv
#[derive(Parser)]
#[command(name = "backprop", version, verbatim_doc_comment)]
struct Program {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Learn to tell a column of a CSV file from the others; check it on rows held out; save the model
    Train(Box<Train>),
    /// Answer for the rows of a CSV file; the answers go to standard output as CSV
    Predict(Predict),
    /// Write a model as Rust source that needs nothing else, or as JSON
    Export(Export),
}

#[derive(Args)]
#[command(allow_negative_numbers = true)]
struct Train {
    /// The CSV file
    data: PathBuf,
    #[command(flatten)]
    table: Table,
    /// The column to tell; by number from 1 where there is no header
    #[arg(long)]
    target: String,
    /// Columns to tell it from, in place of all others; a name with a comma in quotes: '"weight, kg",height'
    #[arg(long, value_parser = names, conflicts_with = "without")]
    inputs: Vec<Names>,
    /// Columns not to tell it from
    #[arg(long, value_parser = names)]
    without: Vec<Names>,
    /// What the target is; by itself it is classes where there is text in it, or few different whole numbers
    #[arg(long, value_enum, default_value_t = Kind::Auto)]
    kind: Kind,
    /// How inputs are scaled
    #[arg(long, value_enum, default_value_t = Scaling::Standard)]
    scaling: Scaling,
    /// Neurons in each hidden layer; 0 for none, which is logistic or linear regression
    #[arg(long, value_delimiter = ',', default_value = "32")]
    hidden: Vec<usize>,
    /// Of the hidden layers: sigmoid, tanh, relu, leaky_relu(0.01), elu, gelu, silu, softplus
    #[arg(long, default_value = "tanh")]
    activation: Activation,
    /// What moves the parameters
    #[arg(long, value_enum, default_value_t = Mover::Adam)]
    optimizer: Mover,
    /// How far a step goes; by itself 0.01, for sgd and momentum 0.05
    #[arg(long, value_parser = positive)]
    learning_rate: Option<f64>,
    /// How often all rows are seen, at most
    #[arg(long, default_value_t = 500)]
    epochs: usize,
    /// How many rows make a step
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..))]
    batch_size: u64,
    /// Stop when rows held out of training have not been told better for so many epochs, and keep the best; 0 for never
    #[arg(long, default_value_t = 50)]
    patience: usize,
    /// A penalty on the size of weights: l1·Σ|w|
    #[arg(long, default_value_t = 0.0, value_parser = not_negative)]
    l1: f64,
    /// A penalty on the size of weights: ½·l2·Σw²
    #[arg(long, default_value_t = 0.001, value_parser = not_negative)]
    l2: f64,
    /// The share of rows that is held out to test the model when all is done
    #[arg(long, default_value_t = 0.2, value_parser = share)]
    test_share: f64,
    /// Where random numbers start; the same seed gives the same model
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the model goes: .safetensors (PyTorch reads it) or .json; by itself TARGET.safetensors
    #[arg(long)]
    model: Option<PathBuf>,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

/// How a CSV file is read
#[derive(Args)]
struct Table {
    /// The file has no names of columns; they are called 1, 2, 3 …
    #[arg(long)]
    no_header: bool,
    /// Leave out rows in which a cell is empty, NA or ?
    #[arg(long)]
    drop_missing: bool,
}

#[derive(Args)]
struct Predict {
    /// The model, .safetensors or .json
    model: PathBuf,
    /// The CSV file, with the columns that the model was trained on; it may have others
    data: PathBuf,
    #[command(flatten)]
    table: Table,
}

#[derive(Args)]
struct Export {
    /// The model, .safetensors or .json
    model: PathBuf,
    /// Where it goes: a name that ends in .rs or .json
    output: PathBuf,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Kind {
    Auto,
    Classes,
    Numbers,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scaling {
    /// By mean and standard deviation
    Standard,
    /// From 0 to 1
    MinMax,
    None,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Mover {
    Adam,
    /// With a decoupled weight decay of 0.01
    Adamw,
    Sgd,
    /// With a momentum of 0.9
    Momentum,
    Rmsprop,
}

/// Names of columns, given as a line of a CSV file.
#[derive(Clone)]
struct Names(Vec<String>);

fn names(text: &str) -> Result<Names, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let line = reader.records().next().ok_or("must name a column")?.map_err(|error| error.to_string())?;
    Ok(Names(line.iter().map(String::from).collect()))
}

/// The names, separated by commas; of a long list the first ones, and how many more there are.
fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(MOST_NAMES)].join(", ");
    if names.len() > MOST_NAMES { format!("{shown} and {} more", names.len() - MOST_NAMES) } else { shown }
}

/// A number of which something holds; if not, a sentence says what must.
fn number(text: &str, holds: impl Fn(f64) -> bool, sentence: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "must be a number")?;
    if number.is_finite() && holds(number) { Ok(number) } else { Err(sentence.into()) }
}

fn positive(text: &str) -> Result<f64, String> {
    number(text, |number| number > 0.0, "must be positive and finite")
}

fn not_negative(text: &str) -> Result<f64, String> {
    number(text, |number| number >= 0.0, "must be finite and non-negative")
}

fn share(text: &str) -> Result<f64, String> {
    number(text, |number| 0.0 < number && number < 1.0, "must be more than 0 and less than 1")
}

fn main() -> ExitCode {
    let (result, code) = match Program::try_parse().map(|program| program.task) {
        Ok(Task::Train(train)) => (train.run(), 0),
        Ok(Task::Predict(predict)) => (predict.run(), 0),
        Ok(Task::Export(export)) => (export.run(), 0),
        Err(wrong) if wrong.use_stderr() => wrong.exit(),
        Err(help) => (heard(help.print()), 0),
    };
    match result {
        Ok(()) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}", sentence(&*error));
            ExitCode::FAILURE
        }
    }
}

impl Table {
    fn read(&self, path: &PathBuf) -> Result<Csv, Error> {
        let csv = if self.no_header { Csv::read_without_header(path) } else { Csv::read(path) }?;
        Ok(if self.drop_missing { csv.drop_missing() } else { csv })
    }
}

impl Train {
    fn run(&self) -> Result<(), Failure> {
        let path = self.model.clone().unwrap_or_else(|| format!("{}.safetensors", file_name(&self.target)).into());
        if !["safetensors", "json"].iter().any(|ending| path.extension().is_some_and(|own| own == *ending)) {
            let requirement = "end in .safetensors or .json";
            return Err(Error::invalid_argument("--model", requirement, path.display()).into());
        }
        check_writable(&path)?;
        let dataset = self.dataset()?;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let (train, test) = dataset.split(self.test_share, &mut rng)?;
        let widths: Vec<usize> = self.hidden.iter().copied().filter(|&width| width > 0).collect();
        check_size(train.inputs().ncols(), &widths, train.targets().ncols())?;
        let model = Model::new(&train, widths.into_iter().map(|width| (width, self.activation)), &mut rng)?;
        let mut model = match self.scaling {
            Scaling::Standard => model,
            Scaling::MinMax => model.with_scaler(Scaler::min_max(train.inputs())?)?,
            Scaling::None => model.with_scaler(Scaler::identity(train.inputs().ncols()))?,
        };
        tell!("net\n{}", model.net())?;

        let slow = matches!(self.optimizer, Mover::Sgd | Mover::Momentum);
        let rate = self.learning_rate.unwrap_or(if slow { 0.05 } else { 0.01 });
        let optimizer: Box<dyn Optimizer<f32>> = match self.optimizer {
            Mover::Adam => Box::new(Adam::new(rate)),
            Mover::Adamw => Box::new(AdamW::new(rate)),
            Mover::Sgd => Box::new(Sgd::new(rate)),
            Mover::Momentum => Box::new(Momentum::new(rate, 0.9)),
            Mover::Rmsprop => Box::new(RmsProp::new(rate)),
        };
        let history = self.fit(&mut model, &train, optimizer)?;
        // Before the report: should that fail, the training is not lost.
        let saved = model.save(&path);
        let report = model.evaluate(&test)?;
        let told = tell!("{history}\n\nOn {} rows held out:\n{report}\n", test.len());
        saved?;
        told?;
        tell!("saved as {}", path.display())
    }

    /// What there is to learn, told to the user.
    fn dataset(&self) -> Result<Dataset<f32>, Failure> {
        let csv = self.table.read(&self.data)?;
        csv.column(&self.target)?;
        let all = |lists: &[Names]| lists.iter().flat_map(|Names(names)| names.clone()).collect::<Vec<String>>();
        let (mut inputs, without) = (all(&self.inputs), all(&self.without));
        let known: HashSet<&String> = csv.columns().iter().collect();
        if let Some(unknown) = without.iter().find(|name| !known.contains(name)) {
            csv.column(unknown)?; // which says so
        }
        if self.inputs.is_empty() {
            let left_out: HashSet<&String> = without.iter().chain([&self.target]).collect();
            inputs = csv.columns().iter().filter(|name| !left_out.contains(name)).cloned().collect();
        }
        if inputs.is_empty() {
            return Err(
                format!("expected a column to predict the target from, got none, in {}", self.data.display()).into()
            );
        }
        let rows = csv.len();
        let csv = csv.inputs(inputs);
        let has_classes = match self.kind {
            Kind::Auto => self.are_classes(&csv.column(&self.target)?, csv.rows())?,
            kind => kind == Kind::Classes,
        };
        let dataset = if has_classes { csv.classes(&self.target) } else { csv.numbers(&self.target) }?;
        tell!("{} rows, {} left out for missing cells", dataset.len(), rows - dataset.len())?;
        let what = match dataset.classes() {
            [] => "a number".into(),
            classes => format!("one of {}: {}", classes.len(), listed(classes)),
        };
        tell!("from {} to {}, {what}", listed(dataset.input_names()), self.target)?;
        let suspicious = dataset.suspicious();
        for suspicion in suspicious.iter().take(5) {
            tell!("suspicious: {suspicion}")?;
        }
        if suspicious.len() > 5 {
            tell!("and {} rows more", suspicious.len() - 5)?;
        }
        Ok(dataset)
    }

    /// Whether the cells of the target look like classes: text, or few different whole numbers.
    fn are_classes(&self, cells: &[&str], rows: &[usize]) -> Result<bool, Failure> {
        let place = format!("column `{}` of {}", self.target, self.data.display());
        let mut known: Vec<&str> = cells.iter().copied().filter(|cell| !Csv::is_missing(cell)).collect();
        let mut numbers: Vec<f64> = known.iter().filter_map(|cell| cell.parse().ok()).collect();
        let count = known.len();
        if numbers.len() < count {
            let no_number = |cell: &&str| cell.parse::<f64>().is_err() && !Csv::is_missing(cell);
            if let Some(row) = cells.iter().position(no_number).filter(|_| 2 * numbers.len() > count) {
                let (row, cell) = (rows[row], cells[row].chars().take(60).collect::<String>());
                let problem = format!("expected a number as in most rows, got `{cell}`, in row {row}, {place}");
                return Err(format!("{problem}; correct it, or say --kind classes").into());
            }
            known.sort_unstable();
            known.dedup();
            if 2 * known.len() > count && count > 4 {
                let (most, texts) = ((count / 2).max(4), known.len());
                let problem = format!("expected at most {most} classes, got {texts} different texts in {count} rows");
                return Err(format!("{problem}, in {place}; choose another column, or say --kind classes").into());
            }
            return Ok(true);
        }
        let are_whole = numbers.iter().all(|number| number.fract() == 0.0);
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        Ok(are_whole && numbers.len() <= 20 && numbers.len() * 5 <= count)
    }

    fn fit(
        &self,
        model: &mut Model<f32>,
        train: &Dataset<f32>,
        optimizer: impl Optimizer<f32>,
    ) -> Result<History, Error> {
        let mut trainer = Trainer::new(model.loss(), optimizer)
            .epochs(self.epochs)
            .batch_size(usize::try_from(self.batch_size).unwrap_or(usize::MAX))
            .l1(self.l1)
            .l2(self.l2)
            .seed(self.seed)
            .progress(!self.quiet);
        if self.patience > 0 {
            trainer = trainer.early_stopping(self.patience).validation_split(0.15);
        }
        model.fit(&mut trainer, train)
    }
}

impl Predict {
    fn run(&self) -> Result<(), Failure> {
        let model = Model::<f32>::load(&self.model)?;
        let csv = self.table.read(&self.data)?.inputs(model.input_names());
        let (inputs, rows) = csv.without_target()?;
        let answers = model.predict(&inputs).map_err(|error| in_file(error, &rows))?;
        let classes = if model.classes().is_empty() { Vec::new() } else { model.classify(&inputs)? };
        let mut out = csv::Writer::from_writer(io::stdout().lock());
        let mut write = || -> csv::Result<()> {
            let mut line = vec!["row".to_string(), model.target_name().to_string()];
            line.extend(model.classes().iter().map(|class| format!("probability of {class}")));
            out.write_record(&line)?;
            for (i, (row, answer)) in rows.iter().zip(answers.axis_iter(Axis(0))).enumerate() {
                line.clear();
                line.push(row.to_string());
                line.extend(classes.get(i).map(|class| class.to_string()));
                line.extend(answer.iter().map(|number| number.to_string()));
                out.write_record(&line)?;
            }
            Ok(out.flush()?)
        };
        heard(write().map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        }))
    }
}

/// Gives an error about a row of the inputs the number of the row in the file.
fn in_file(mut error: Error, rows: &[usize]) -> Error {
    if let Error::NonFinite { row: Some(row), .. } = &mut error {
        *row = rows.get(*row - 1).copied().unwrap_or(*row);
    }
    error
}

impl Export {
    fn run(&self) -> Result<(), Failure> {
        let ending = self.output.extension().unwrap_or_default();
        if ending != "rs" && ending != "json" {
            return Err(Error::invalid_argument("OUTPUT", "end in .rs or .json", self.output.display()).into());
        }
        let model = Model::<f32>::load(&self.model)?;
        Ok(if ending == "json" { model.save(&self.output) } else { model.save_rust(&self.output) }?)
    }
}

/// Refuses a network that is too large to be trained.
fn check_size(mut inputs: usize, hidden: &[usize], outputs: usize) -> Result<(), Error> {
    let mut parameters = 0_usize;
    for &width in hidden.iter().chain([&outputs]) {
        parameters = parameters.saturating_add(width.saturating_mul(inputs.saturating_add(1)));
        inputs = width;
    }
    if parameters <= MOST_PARAMETERS {
        return Ok(());
    }
    Err(Error::Limit {
        what: "parameters",
        limit: MOST_PARAMETERS as u64,
        got: (parameters < usize::MAX).then_some(parameters as u64),
        place: "--hidden".into(),
        advice: "choose smaller hidden layers",
    })
}

/// A name that any file may have, made of that of a column.
fn file_name(target: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    if target.is_empty() { "model".into() } else { target.chars().take(50).map(safe).collect() }
}
