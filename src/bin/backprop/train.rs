//! The command `train`.

use crate::options::{Names, OptimizerKind, Scaling, Train};
use crate::print::{Failure, print_line};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{
    AdaGrad, Adam, AdamW, Csv, Dataset, Error, History, Lion, Model, Momentum, Nadam, Optimizer, RmsProp, Scaler, Sgd,
    Trainer, check_writable,
};
use std::collections::HashSet;
use std::path::PathBuf;

/// The maximum number of parameters of a network. Training needs memory for several copies of them.
const MAX_PARAMETERS: usize = 1 << 25;
/// The maximum number of names that are printed of a list.
const MAX_NAMES: usize = 20;
/// The maximum number of outliers that are printed.
const MAX_OUTLIERS: usize = 5;
/// The fraction of the training rows that early stopping validates on.
const VALIDATION_FRACTION: f64 = 0.15;
/// The number of epochs from one checkpoint to the next.
const EPOCHS_OF_A_CHECKPOINT: usize = 10;

impl Train {
    pub fn run(&self) -> Result<(), Failure> {
        let path = self.model_path()?;
        check_writable(&path)?;
        self.checkpoint.as_ref().map_or(Ok(()), check_writable)?;
        let dataset = self.dataset()?;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let (train, test) = dataset.split(self.test_fraction, &mut rng)?;
        let mut model = self.create_model(&train, &mut rng)?;
        print_line!("network\n{}", model.net())?;
        let history = self.fit(&mut model, &train, self.create_optimizer())?;
        // Saved before the report: if evaluating or printing fails, the training is not lost.
        let saved = model.save(&path);
        let metrics = model.evaluate(&test)?;
        let printed = print_line!("{history}\n\nOn {} held-out rows:\n{metrics}\n", test.len());
        saved?;
        printed?;
        print_line!("saved as {}", path.display())
    }

    fn model_path(&self) -> Result<PathBuf, Error> {
        let path = self.model.clone().unwrap_or_else(|| format!("{}.safetensors", file_name(&self.target)).into());
        if ["safetensors", "json"].iter().any(|ending| path.extension().is_some_and(|other| other == *ending)) {
            return Ok(path);
        }
        Err(Error::invalid_argument("--model", "end in .safetensors or .json", path.display()))
    }

    /// Reads the data and prints a summary of them.
    fn dataset(&self) -> Result<Dataset<f32>, Failure> {
        let csv = self.table.read(&self.data)?;
        let inputs = self.input_columns(&csv)?;
        let rows = csv.len();
        let csv = csv.inputs(inputs);
        let is_classification = self.is_classification(&csv)?;
        let dataset = if is_classification { csv.classes(&self.target) } else { csv.numbers(&self.target) }?;
        print_line!("{} rows, {} left out for missing cells", dataset.len(), rows - dataset.len())?;
        let target = match dataset.classes() {
            [] => "a number".into(),
            classes => format!("one of {} classes: {}", classes.len(), listed(classes)),
        };
        print_line!("inputs: {}", listed(dataset.input_names()))?;
        print_line!("target: {}, {target}", self.target)?;
        let outliers = dataset.suspicious();
        for outlier in outliers.iter().take(MAX_OUTLIERS) {
            print_line!("suspicious: {outlier}")?;
        }
        if outliers.len() > MAX_OUTLIERS {
            print_line!("and {} more suspicious rows", outliers.len() - MAX_OUTLIERS)?;
        }
        Ok(dataset)
    }

    /// Returns the names of the input columns: those of `--inputs`, or all except the target and those of `--without`.
    fn input_columns(&self, csv: &Csv) -> Result<Vec<String>, Failure> {
        csv.column(&self.target)?;
        let all = |lists: &[Names]| lists.iter().flat_map(|Names(names)| names.clone()).collect::<Vec<String>>();
        let (mut inputs, without) = (all(&self.inputs), all(&self.without));
        let known: HashSet<&String> = csv.columns().iter().collect();
        if let Some(unknown) = without.iter().find(|name| !known.contains(name)) {
            csv.column(unknown)?; // returns the error for an unknown column
        }
        if self.inputs.is_empty() {
            let excluded: HashSet<&String> = without.iter().chain([&self.target]).collect();
            inputs = csv.columns().iter().filter(|name| !excluded.contains(name)).cloned().collect();
        }
        if inputs.is_empty() {
            return Err(
                format!("expected a column to predict the target from, got none, in {}", self.data.display()).into()
            );
        }
        Ok(inputs)
    }

    fn create_model(&self, train: &Dataset<f32>, rng: &mut Xoshiro256PlusPlus) -> Result<Model<f32>, Error> {
        let widths: Vec<usize> = self.hidden.iter().copied().filter(|&width| width > 0).collect();
        check_size(train.inputs().ncols(), &widths, train.targets().ncols())?;
        let model = Model::new(train, widths.into_iter().map(|width| (width, self.activation)), rng)?;
        match self.scaling {
            Scaling::Standard => Ok(model),
            Scaling::MinMax => model.with_scaler(Scaler::min_max(train.inputs())?),
            Scaling::None => model.with_scaler(Scaler::identity(train.inputs().ncols())),
        }
    }

    fn create_optimizer(&self) -> Box<dyn Optimizer<f32>> {
        let rate = |default: f64| self.learning_rate.unwrap_or(default);
        match self.optimizer {
            OptimizerKind::Adam => Box::new(Adam::new(rate(0.01))),
            OptimizerKind::Adamw => Box::new(AdamW::new(rate(0.01))),
            OptimizerKind::Sgd => Box::new(Sgd::new(rate(0.05))),
            OptimizerKind::Momentum => Box::new(Momentum::new(rate(0.05), 0.9)),
            OptimizerKind::Rmsprop => Box::new(RmsProp::new(rate(0.01))),
            OptimizerKind::Adagrad => Box::new(AdaGrad::new(rate(0.05))),
            OptimizerKind::Nadam => Box::new(Nadam::new(rate(0.01))),
            OptimizerKind::Lion => Box::new(Lion::new(rate(0.001))),
        }
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
            trainer = trainer.early_stopping(self.patience).validation_split(VALIDATION_FRACTION);
        }
        if let Some(path) = self.checkpoint.as_ref().or(self.resume.as_ref()) {
            trainer = trainer.checkpoint(path, EPOCHS_OF_A_CHECKPOINT);
        }
        if let Some(path) = &self.resume {
            trainer = trainer.resume(path);
        }
        model.fit(&mut trainer, train)
    }
}

/// Returns an error if a network has too many parameters to be trained.
fn check_size(mut inputs: usize, hidden: &[usize], outputs: usize) -> Result<(), Error> {
    let mut parameters = 0_usize;
    for &width in hidden.iter().chain([&outputs]) {
        parameters = parameters.saturating_add(width.saturating_mul(inputs.saturating_add(1)));
        inputs = width;
    }
    if parameters <= MAX_PARAMETERS {
        return Ok(());
    }
    Err(Error::Limit {
        what: "parameters",
        limit: MAX_PARAMETERS as u64,
        got: (parameters < usize::MAX).then_some(parameters as u64),
        place: "--hidden".into(),
        advice: "choose smaller hidden layers",
    })
}

/// Returns the names separated by commas; of a long list the first ones and the number of the others.
fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    if names.len() > MAX_NAMES { format!("{shown} and {} more", names.len() - MAX_NAMES) } else { shown }
}

/// Returns a valid file name, made from the name of the target.
fn file_name(target: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    if target.is_empty() { "model".into() } else { target.chars().take(50).map(safe).collect() }
}
