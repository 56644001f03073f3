//! The command-line program: from a CSV file to a trained, checked and saved model, and from there to answers.

use backprop::ndarray::Axis;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{
    Activation, Adam, Csv, Dataset, Error, History, Model, Momentum, Optimizer, RmsProp, Scaler, Sgd, Trainer,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Tells the user; that nobody listens any more, as behind `head`, is no error.
macro_rules! tell {
    ($($words:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
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
    /// Columns to tell it from, in place of all others
    #[arg(long, value_delimiter = ',', conflicts_with = "without")]
    inputs: Option<Vec<String>>,
    /// Columns not to tell it from
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
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
    /// Adam with a weight decay of 0.01
    Adamw,
    Sgd,
    /// With a momentum of 0.9
    Momentum,
    Rmsprop,
}

/// A number of which something holds; if not, a sentence says what must.
fn number(text: &str, holds: impl Fn(f64) -> bool, sentence: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it is no number")?;
    if number.is_finite() && holds(number) { Ok(number) } else { Err(sentence.into()) }
}

fn positive(text: &str) -> Result<f64, String> {
    number(text, |number| number > 0.0, "it must be above 0")
}

fn not_negative(text: &str) -> Result<f64, String> {
    number(text, |number| number >= 0.0, "it must be 0 or above")
}

fn share(text: &str) -> Result<f64, String> {
    number(text, |number| 0.0 < number && number < 1.0, "it must be between 0 and 1")
}

fn main() -> ExitCode {
    let result = match Program::parse().task {
        Task::Train(train) => train.run(),
        Task::Predict(predict) => predict.run(),
        Task::Export(export) => export.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
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
    fn run(&self) -> Result<(), Error> {
        let path = self.model.clone().unwrap_or_else(|| format!("{}.safetensors", file_name(&self.target)).into());
        if !["safetensors", "json"].iter().any(|ending| path.extension().is_some_and(|own| own == *ending)) {
            let problem = "the name of a model ends in .safetensors or .json".into();
            return Err(Error::Data { place: path.display().to_string(), problem });
        }
        let dataset = self.dataset()?;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let (train, test) = dataset.split(self.test_share, &mut rng)?;
        let widths = self.hidden.iter().filter(|&&width| width > 0);
        let model = Model::new(&train, widths.map(|&width| (width, self.activation)), &mut rng)?;
        let mut model = match self.scaling {
            Scaling::Standard => model,
            Scaling::MinMax => model.with_scaler(Scaler::min_max(train.inputs())?)?,
            Scaling::None => model.with_scaler(Scaler::identity(train.inputs().ncols()))?,
        };
        tell!("net\n{}", model.net());

        let slow = matches!(self.optimizer, Mover::Sgd | Mover::Momentum);
        let rate = self.learning_rate.unwrap_or(if slow { 0.05 } else { 0.01 });
        let optimizer: Box<dyn Optimizer<f32>> = match self.optimizer {
            Mover::Adam => Box::new(Adam::new(rate)),
            Mover::Adamw => Box::new(Adam::new(rate).weight_decay(0.01)),
            Mover::Sgd => Box::new(Sgd::new(rate)),
            Mover::Momentum => Box::new(Momentum::new(rate, 0.9)),
            Mover::Rmsprop => Box::new(RmsProp::new(rate)),
        };
        let history = self.fit(&mut model, &train, optimizer)?;
        tell!("{history}\n\nOn {} rows held out:\n{}\n", test.len(), model.evaluate(&test)?);

        model.save(&path)?;
        tell!("saved as {}", path.display());
        Ok(())
    }

    /// What there is to learn, told to the user.
    fn dataset(&self) -> Result<Dataset<f32>, Error> {
        let csv = self.table.read(&self.data)?;
        csv.column(&self.target)?;
        for name in &self.without {
            csv.column(name)?;
        }
        let others = csv.columns().iter().filter(|&name| name != &self.target && !self.without.contains(name));
        let inputs: Vec<String> = self.inputs.clone().unwrap_or_else(|| others.cloned().collect());
        let rows = csv.len();
        let csv = csv.inputs(inputs);
        let has_classes = match self.kind {
            Kind::Auto => self.are_classes(&csv.column(&self.target)?)?,
            kind => kind == Kind::Classes,
        };
        let dataset = if has_classes { csv.classes(&self.target) } else { csv.numbers(&self.target) }?;
        tell!("{} rows, {} left out for missing cells", dataset.len(), rows - dataset.len());
        let what = match dataset.classes() {
            [] => "a number".into(),
            classes => format!("one of {}: {}", classes.len(), classes.join(", ")),
        };
        tell!("from {} to {}, {what}", dataset.input_names().join(", "), self.target);
        let suspicious = dataset.suspicious();
        for suspicion in suspicious.iter().take(5) {
            tell!("suspicious: {suspicion}");
        }
        if suspicious.len() > 5 {
            tell!("and {} rows more", suspicious.len() - 5);
        }
        Ok(dataset)
    }

    /// Whether the cells of the target look like classes: text, or few different whole numbers.
    fn are_classes(&self, cells: &[&str]) -> Result<bool, Error> {
        let refused = |problem| Err(Error::Data { place: format!("column {}", self.target), problem });
        let mut known: Vec<&str> = cells.iter().copied().filter(|cell| !Csv::is_missing(cell)).collect();
        let mut numbers: Vec<f64> = known.iter().filter_map(|cell| cell.parse().ok()).collect();
        let count = known.len();
        if numbers.len() < count {
            let no_number = |cell: &&str| cell.parse::<f64>().is_err() && !Csv::is_missing(cell);
            if let Some(row) = cells.iter().position(no_number).filter(|_| 2 * numbers.len() > count) {
                let cell = cells[row];
                let problem = format!("row {} is {cell:?} among numbers; correct it, or say --kind classes", row + 1);
                return refused(problem);
            }
            known.sort_unstable();
            known.dedup();
            if 2 * known.len() > count && count > 4 {
                let problem = format!("{} different texts in {count} rows are too many for classes", known.len());
                return refused(format!("{problem}; choose another column, or say --kind classes"));
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
            .batch_size(self.batch_size as usize)
            .l1(self.l1)
            .l2(self.l2)
            .seed(self.seed)
            .progress(!self.quiet);
        if self.patience > 0 {
            trainer = trainer.early_stopping(self.patience).validation_share(0.15);
        }
        model.fit(&mut trainer, train)
    }
}

impl Predict {
    fn run(&self) -> Result<(), Error> {
        let model = Model::<f32>::load(&self.model)?;
        let csv = self.table.read(&self.data)?.inputs(model.input_names());
        let (inputs, rows) = csv.without_target()?;
        let answers = model.predict(&inputs)?;
        let mut text = vec!["row".to_string(), model.target_name().to_string()];
        text.extend(model.classes().iter().map(|class| format!("probability of {class}")));
        let mut lines = vec![text];
        let classes = if model.classes().is_empty() { Vec::new() } else { model.classify(&inputs)? };
        for (i, (row, answer)) in rows.iter().zip(answers.axis_iter(Axis(0))).enumerate() {
            let numbers = answer.iter().map(|number| number.to_string());
            let class = classes.get(i).map(|class| class.to_string());
            lines.push([row.to_string()].into_iter().chain(class).chain(numbers).collect());
        }
        let mut out = csv::Writer::from_writer(std::io::stdout().lock());
        // A reader that wants no more, `head` say, is no error.
        let _ = lines.iter().try_for_each(|line| out.write_record(line)).and_then(|()| Ok(out.flush()?));
        Ok(())
    }
}

impl Export {
    fn run(&self) -> Result<(), Error> {
        let model = Model::<f32>::load(&self.model)?;
        let ending = self.output.extension().unwrap_or_default();
        if ending == "json" {
            return model.save(&self.output);
        }
        let cannot = |problem: String| Error::Data { place: self.output.display().to_string(), problem };
        if ending != "rs" {
            return Err(cannot("a model is written to a file whose name ends in .rs or .json".into()));
        }
        let source = model.to_rust()?;
        let written = std::fs::File::create(&self.output).and_then(|mut file| file.write_all(source.as_bytes()));
        written.map_err(|error| cannot(format!("it cannot be written: {error}")))
    }
}

/// A name that any file may have.
fn file_name(target: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    target.chars().map(safe).collect()
}
