//! The command `train`.

use crate::data::{Data, Split};
use crate::fit::{Fitted, Settings, fit};
use crate::options::{Costs, LogTarget, Train};
use crate::print::{Failure, check_new, print_line};
use crate::report::{Rows, TrainingReport, Truth, check_report_path, mean_costs};
use backprop::rand::seq::SliceRandom;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Csv, Encoder, Error, Metrics, Model, Report, check_writable};
use std::path::PathBuf;

/// The maximum number of parameters of a network. Training needs memory for several copies of them.
const MAX_PARAMETERS: usize = 1 << 25;
/// The skewness of a positive target from which its logarithm is tried.
const SKEWED: f64 = 1.0;
/// The number of rows on which the logarithm of a target is tried.
const ROWS_TO_TRY: usize = 5000;
/// The number of permutations of a column for its importance in a report.
const IMPORTANCE_REPEATS: usize = 5;
/// The R² or accuracy of the test rows from which the result is called suspicious.
const TOO_GOOD: f64 = 0.9999;
/// The number of test rows from which a result says something.
const MIN_TEST_ROWS: usize = 20;

/// A model with the result of its training.
struct Trained {
    model: Model<f32>,
    fitted: Fitted,
    /// Sentences about the choice of the scale of the target.
    choices: Vec<String>,
}

impl Train {
    pub fn run(&self) -> Result<(), Failure> {
        let path = self.model_path()?;
        if let Some(report) = &self.report {
            check_report_path(report)?;
            if *report == path {
                return Err(format!("--report and --model must be two files, got {} for both", path.display()).into());
            }
        }
        for path in [Some(&path), self.report.as_ref()].into_iter().flatten() {
            check_new(path, self.force)?;
            check_writable(path)?;
        }
        self.checkpoint.as_ref().map_or(Ok(()), check_writable)?;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let data = self.read()?;
        let split = self.split(&data, &mut rng)?;
        let encoder = self.encoder_options().fit(&split.train, &self.target)?;
        print_line!(
            "\n{encoder}\n\nOther choices: --numbers, --categories, --dates, --ordered, --without, --inputs, --kind\n"
        )?;
        self.costs(encoder.classes())?;
        if self.balance && encoder.classes().is_empty() {
            return Err(Error::invalid_argument("--balance", "be for a target with classes", "numbers").into());
        }
        let (split, unknown) = self.without_unknown_classes(split, &encoder)?;
        let mut warnings = self.problems(&encoder, &split)?;
        warnings.extend(unknown);
        for warning in &warnings {
            print_line!("warning: {warning}")?;
        }
        if let Some(folds) = self.folds {
            self.cross_validate(&data, folds as usize, &mut rng)?;
        }
        let without_target = data.without_target;
        drop(data);
        let (test, train_rows) = (split.test, split.train.len());
        let Trained { model, fitted, choices } = self.train(split.train, encoder)?;
        // Saved before the evaluation: if that or printing fails, the training is not lost.
        model.save(&path)?;
        for line in choices.iter().chain(&fitted.report) {
            print_line!("{line}")?;
        }
        let epochs = fitted.histories.iter().map(|history| history.epochs.len());
        let (networks, fewest, most) = (epochs.len(), epochs.clone().min().unwrap_or(0), epochs.max().unwrap_or(0));
        let of_networks = if networks > 1 { format!("the mean of {networks} networks") } else { "one network".into() };
        print_line!("trained: {of_networks}, {fewest} to {most} epochs; {}", fitted.configuration)?;
        let metrics = model.evaluate_table(&test)?;
        let rows = if self.test.is_some() { "rows of the test file" } else { "held-out rows" };
        print_line!("\nOn {} {rows}:\n{metrics}\n", test.len())?;
        if let Some([cost, baseline]) = mean_costs(&metrics, model.class_costs()) {
            print_line!("mean cost {cost:.3} of a row (baseline {baseline:.3}: always the same class)\n")?;
        }
        let later = self.later_problems(&model, &fitted, &metrics);
        for warning in &later {
            print_line!("warning: {warning}")?;
        }
        warnings.extend(later);
        print_line!("saved as {}", path.display())?;
        let Some(report) = &self.report else { return Ok(()) };
        let mut settings = choices;
        settings.extend(fitted.report);
        settings.push(fitted.configuration.to_string());
        let encoder = model.encoder().expect("it was set");
        let (labels, numbers) = match encoder.classes() {
            [] => (Vec::new(), encoder.target_numbers(&test)?),
            _ => (encoder.dataset::<f32>(&test)?.labels(), Vec::new()),
        };
        let report_of_training = TrainingReport {
            data: &self.data,
            model: &path,
            encoder,
            rows: Rows { train: train_rows, test: test.len(), without_target },
            metrics: &metrics,
            costs: model.class_costs(),
            histories: &fitted.histories,
            predictions: &model.predict_table(&test)?,
            truth: if labels.is_empty() { Truth::Numbers(&numbers) } else { Truth::Classes(&labels) },
            importances: &model.permutation_importance_table(&test, IMPORTANCE_REPEATS, &mut rng)?,
            settings: &settings,
            warnings: &warnings,
        };
        report_of_training.write(report)?;
        print_line!("report: {}", report.display())
    }

    fn model_path(&self) -> Result<PathBuf, Error> {
        let path = self.model.clone().unwrap_or_else(|| format!("{}.safetensors", file_name(&self.target)).into());
        if ["safetensors", "json"].iter().any(|ending| path.extension().is_some_and(|other| other == *ending)) {
            return Ok(path);
        }
        Err(Error::invalid_argument("--model", "end in .safetensors or .json", path.display()))
    }

    /// Returns the settings of a fit to rows.
    fn settings(&self, train: &Csv) -> Result<Settings, Error> {
        Ok(Settings {
            hidden: self.hidden.clone(),
            activation: self.activation,
            optimizer: Some(self.optimizer),
            learning_rate: self.learning_rate,
            l1: Some(self.l1),
            l2: self.l2,
            epochs: self.epochs,
            batch_size: self.batch_size.map(|size| usize::try_from(size).unwrap_or(usize::MAX)),
            patience: Some(self.patience),
            networks: self.networks.map(|networks| networks as usize),
            tune: self.tune.map(|tune| tune as usize),
            balance: self.balance,
            seed: self.seed,
            quiet: self.quiet,
            checkpoint: self.checkpoint.clone(),
            resume: self.resume.clone(),
            groups: self.groups(train)?,
        })
    }

    /// Trains a model on rows, on the logarithm of the target if that predicts held-out rows better.
    fn train(&self, train: Csv, encoder: Encoder) -> Result<Trained, Failure> {
        let hidden = self.hidden.as_deref().unwrap_or(&[]);
        check_size(encoder.feature_names().len(), hidden, encoder.classes().len().max(1))?;
        let log = || self.encoder_options().log_target().fit(&train, &self.target);
        let mut choices = Vec::new();
        let encoder = match self.log_target {
            LogTarget::Yes => log()?,
            LogTarget::Auto if encoder.classes().is_empty() && is_skewed(&encoder.target_numbers(&train)?) => {
                let mut rows: Vec<usize> = (0..train.len()).collect();
                rows.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(self.seed));
                rows.truncate(ROWS_TO_TRY);
                let rows = train.select(&rows);
                let log = log()?;
                let [plain, logarithm] = [&encoder, &log].map(|encoder| self.error_of_trial(&rows, encoder));
                let (plain, logarithm) = (plain?, logarithm?);
                let is_better = logarithm < plain;
                let choice = if is_better { "as its logarithm" } else { "as it is" };
                choices.push(format!(
                    "target: {choice}, by the root mean squared error of held-out training rows: {plain:.4}, and {logarithm:.4} for the logarithm"
                ));
                if is_better { log } else { encoder }
            }
            _ => encoder,
        };
        let (dataset, settings) = (encoder.dataset::<f32>(&train)?, self.settings(&train)?);
        drop(train);
        let numbers = encoder.classes().is_empty().then(|| dataset.targets().to_owned());
        let fitted = fit(dataset, &settings)?;
        let encoder = match (&fitted.out_of_fold, numbers) {
            (Some(predictions), Some(numbers)) => {
                let pairs = predictions.iter().zip(&numbers);
                encoder.with_residuals(&pairs.map(|(&y, &t)| f64::from(t) - f64::from(y)).collect::<Vec<f64>>())
            }
            _ => encoder,
        };
        let costs = self.costs(encoder.classes())?;
        let mut model = fitted.model.clone().with_encoder(encoder)?;
        if let Some(costs) = costs {
            model = model.with_class_costs(costs)?;
        }
        Ok(Trained { model, fitted, choices })
    }

    /// Returns the cost of an error for each class, if `--cost` is given.
    fn costs(&self, classes: &[String]) -> Result<Option<Vec<f64>>, Error> {
        let Some(Costs(costs)) = &self.cost else { return Ok(None) };
        if classes.is_empty() {
            return Err(Error::invalid_argument("--cost", "be for a target with classes", "numbers"));
        }
        let mut of_classes = vec![1.0; classes.len()];
        for (class, cost) in costs {
            let index = classes.iter().position(|known| known == class);
            of_classes[index.ok_or_else(|| Error::unknown("class", class, classes))?] = *cost;
        }
        Ok(Some(of_classes))
    }

    /// Returns the root mean squared error of the predictions for held-out rows, in the unit of the target.
    fn error_of_trial(&self, rows: &Csv, encoder: &Encoder) -> Result<f64, Failure> {
        let dataset = encoder.dataset::<f32>(rows)?;
        let settings = Settings { networks: None, tune: None, checkpoint: None, resume: None, ..self.settings(rows)? };
        let fitted = fit(dataset, &settings)?;
        let truth = encoder.target_numbers(rows)?;
        let Some(predictions) = fitted.out_of_fold else { return Ok(f64::INFINITY) };
        let error = |(&y, t): (&f32, &f64)| (encoder.decode_target(y.into()) - t).powi(2);
        Ok((predictions.iter().zip(&truth).map(error).sum::<f64>() / truth.len() as f64).sqrt())
    }

    /// Trains and evaluates a model for each fold, and prints the results with their mean and spread.
    fn cross_validate(&self, data: &Data, folds: usize, rng: &mut Xoshiro256PlusPlus) -> Result<(), Failure> {
        let mut scores = Vec::new();
        let mut name = "";
        for (i, split) in self.folds(data, folds, rng)?.into_iter().enumerate() {
            let encoder = self.encoder_options().fit(&split.train, &self.target)?;
            let (Split { train, test }, _) = self.without_unknown_classes(split, &encoder)?;
            let report = self.train(train, encoder)?.model.evaluate_table(&test)?;
            let score = report.accuracy().or(report.r2_score()).unwrap_or(f64::NAN);
            name = if report.accuracy().is_some() { "accuracy" } else { "R²" };
            print_line!("fold {} of {folds}: {name} {score:.3} of {} rows", i + 1, test.len())?;
            scores.push(score);
        }
        let mean = scores.iter().sum::<f64>() / folds as f64;
        let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (folds - 1) as f64;
        print_line!(
            "cross-validation: {name} {mean:.3} ± {:.3}, the standard deviation of {folds} folds\n",
            variance.sqrt()
        )
    }

    /// Returns what looks wrong after the training, in sentences.
    fn later_problems(&self, model: &Model<f32>, fitted: &Fitted, metrics: &Report) -> Vec<String> {
        let mut problems = Vec::new();
        if !fitted.converged {
            problems.push("the loss still fell in the last epochs: use more --epochs".into());
        }
        if metrics.samples < MIN_TEST_ROWS {
            problems.push(format!("{} test rows say little: use --folds", metrics.samples));
            return problems;
        }
        let is_no_better = match &metrics.quality {
            Metrics::Classes { accuracy, baseline, .. } => mean_costs(metrics, model.class_costs())
                .map_or(accuracy <= baseline, |[cost, baseline]| cost >= baseline),
            Metrics::Numbers { root_mean_squared_error, baseline, .. } => root_mean_squared_error >= baseline,
            _ => false,
        };
        if is_no_better {
            problems.push(match model.classes() {
                [] => {
                    "no better than the baseline, the mean of the target: the inputs may tell nothing about it".into()
                }
                _ => {
                    let baseline =
                        if self.cost.is_some() { "always the same class" } else { "the most frequent class" };
                    format!("no better than the baseline, {baseline}: the inputs may tell nothing about the target")
                }
            });
        }
        if metrics.accuracy().or(metrics.r2_score()).is_some_and(|score| score >= TOO_GOOD) {
            problems.push(format!(
                "the predictions are almost exact: check that no input is known only after `{0}`, and that `{0}` is not computed from inputs",
                self.target
            ));
        }
        problems
    }
}

/// Returns an error if a network has too many parameters to be trained.
fn check_size(mut inputs: usize, hidden: &[usize], outputs: usize) -> Result<(), Error> {
    let mut parameters = 0_usize;
    for &width in hidden.iter().filter(|&&width| width > 0).chain([&outputs]) {
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

/// Returns true if positive numbers are skewed, and their logarithms less so.
fn is_skewed(numbers: &[f64]) -> bool {
    let skewness = |f: fn(f64) -> f64| {
        let mean_of = |g: &dyn Fn(f64) -> f64| numbers.iter().map(|&y| g(f(y))).sum::<f64>() / numbers.len() as f64;
        let mean = mean_of(&|y| y);
        mean_of(&|y| (y - mean).powi(3)) / mean_of(&|y| (y - mean).powi(2)).powf(1.5)
    };
    let is_positive = numbers.iter().all(|&y| y > 0.0);
    is_positive && skewness(|y| y) > SKEWED && skewness(f64::ln).abs() < skewness(|y| y)
}

/// Returns a valid file name, made from the name of the target.
fn file_name(target: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    if target.is_empty() { "model".into() } else { target.chars().take(50).map(safe).collect() }
}
