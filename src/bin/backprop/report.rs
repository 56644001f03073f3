//! [`TrainingReport`]: the result of a training as a page to read, or as JSON for programs.

use crate::print::rounded;
use backprop::ndarray::Array2;
use backprop::plot::{
    Area, CalibrationCurve, ConfusionPicture, Drawn, ImportancePicture, LossCurves, Picture, PredictionErrors, Theme,
    plotters::prelude::DrawingBackend,
};
use backprop::{Average, ColumnInfo, Encoder, Error, History, Importance, IoError, Metrics, Report};
use serde_json::{Value, json};
use std::fmt::{Display, Write};
use std::path::Path;

/// The style of the page.
const STYLE: &str = include_str!("report.css");
/// The coverages of the intervals whose calibration is shown.
const COVERAGES: [f64; 4] = [0.5, 0.8, 0.9, 0.95];

/// The result of a training.
pub struct TrainingReport<'a> {
    /// The file with the data.
    pub data: &'a Path,
    /// The file of the model.
    pub model: &'a Path,
    pub encoder: &'a Encoder,
    /// The numbers of rows.
    pub rows: Rows,
    /// The evaluation on the test rows.
    pub metrics: &'a Report,
    /// The cost of a wrong prediction for the rows of each class, if costs are set.
    pub costs: Option<&'a [f64]>,
    /// The history of each network.
    pub histories: &'a [History],
    /// The predictions for the test rows: probabilities, or numbers in the unit of the target.
    pub predictions: &'a Array2<f64>,
    pub truth: Truth<'a>,
    pub importances: &'a [Importance],
    pub settings: &'a [String],
    pub warnings: &'a [String],
}

/// Numbers of rows.
pub struct Rows {
    pub train: usize,
    pub test: usize,
    pub without_target: usize,
}

/// The targets of the test rows.
pub enum Truth<'a> {
    /// The index of each class.
    Classes(&'a [usize]),
    Numbers(&'a [f64]),
}

/// A picture of another size, with letters of the same size: on a phone, those of a large picture are too small.
struct Resized<P>(P, (u32, u32));

impl<P: Picture> Picture for Resized<P> {
    fn size(&self) -> (u32, u32) {
        self.1
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        self.0.draw(area, theme)
    }
}

/// Returns an error if a report cannot have this name.
pub fn check_report_path(path: &Path) -> Result<(), Error> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "json") => Ok(()),
        _ => Err(Error::invalid_argument("--report", "end in .html or .json", path.display())),
    }
}

/// Returns the mean cost of a row, and that of always predicting the same class, if costs are set.
pub fn mean_costs(metrics: &Report, costs: Option<&[f64]>) -> Option<[f64; 2]> {
    match (&metrics.quality, costs) {
        (Metrics::Classes { confusion, .. }, Some(costs)) => {
            Some([confusion.mean_cost(costs), confusion.baseline_cost(costs)])
        }
        _ => None,
    }
}

impl TrainingReport<'_> {
    /// Writes the report to a file that ends in .html or .json.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        check_report_path(path)?;
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        let text = if is_json { format!("{:#}\n", self.json()) } else { self.html() };
        let error = |error| Error::Io { operation: "write", path: path.into(), source: IoError::from(error) };
        std::fs::write(path, text).map_err(error)
    }

    /// Returns the report for programs; docs/tables.md describes the keys.
    fn json(&self) -> Value {
        let Rows { train, test, without_target } = self.rows;
        let (task, mut metrics, mut baseline) = match &self.metrics.quality {
            Metrics::Classes { accuracy, baseline, log_loss, auc, confusion } => (
                "classification",
                json!({
                    "accuracy": accuracy,
                    "log_loss": log_loss,
                    "roc_auc": auc,
                    "f1": confusion.mean_f1(Average::Macro),
                }),
                json!({ "prediction": self.most_frequent_class(), "accuracy": baseline }),
            ),
            Metrics::Numbers { r2, mean_absolute_error, root_mean_squared_error, baseline } => (
                "regression",
                json!({
                    "r2": r2,
                    "mean_absolute_error": mean_absolute_error,
                    "root_mean_squared_error": root_mean_squared_error,
                }),
                json!({ "prediction": "mean", "root_mean_squared_error": baseline }),
            ),
            _ => ("unknown", Value::Null, Value::Null),
        };
        if let Some([cost, of_baseline]) = mean_costs(self.metrics, self.costs) {
            metrics["mean_cost"] = cost.into();
            baseline["mean_cost"] = of_baseline.into();
        }
        let importance = |Importance { column, mean, standard_deviation }: &Importance| json!({ "column": column, "mean": mean, "standard_deviation": standard_deviation });
        let column = |column: &ColumnInfo, features: usize| {
            let ColumnInfo { name, kind, missing, encoding, .. } = column;
            json!({ "name": name, "kind": kind, "missing": missing, "encoding": encoding, "features": features })
        };
        let columns = self.encoder.columns().into_iter().zip(self.encoder.features());
        let left_out = self.encoder.left_out().iter();
        json!({
            "task": task,
            "target": self.encoder.target_name(),
            "data": self.data.display().to_string(),
            "model": self.model.display().to_string(),
            "rows": { "train": train, "test": test, "without_target": without_target },
            "metrics": metrics,
            "baseline": baseline,
            "importance": self.importances.iter().map(importance).collect::<Vec<Value>>(),
            "columns": columns.map(|(info, features)| column(&info, features.len())).collect::<Vec<Value>>(),
            "left_out": left_out
                .map(|(name, reason)| json!({ "name": name, "reason": reason.to_string() }))
                .collect::<Vec<Value>>(),
            "settings": self.settings,
            "warnings": self.warnings,
        })
    }

    /// Returns the report as a page in one file, without scripts and links.
    fn html(&self) -> String {
        let target = escaped(self.encoder.target_name());
        let (sentence, figures) = self.result();
        let figures: String =
            figures.iter().map(|(name, figure)| format!("<div>{name}<b>{}</b></div>\n", escaped(figure))).collect();
        let Rows { train, test, without_target } = self.rows;
        let left_out = match without_target {
            0 => String::new(),
            1 => " One row without a target was left out.".into(),
            rows => format!(" {rows} rows without a target were left out."),
        };
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Prediction of {target}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <h1>Prediction of {target}</h1>\n<p class=\"lead\">{sentence}</p>\n\
             <p class=\"faint\">Trained on {train} rows of {} and evaluated on {test} rows that were held out.{left_out}</p>\n\
             <div class=\"figures\">\n{figures}</div>\n",
            escaped(self.data.display()),
        );
        if !self.warnings.is_empty() {
            let warnings = listed(self.warnings);
            section(&mut page, "Warnings", &format!("<div class=\"warnings\">\n{warnings}</div>\n"));
        }
        section(&mut page, "Importance of the columns", &self.importance());
        let (heading, pictures) = self.errors();
        section(&mut page, heading, &pictures);
        section(&mut page, "Columns", &self.columns());
        let histories: String = self.histories.iter().map(|history| self.learning_curve(history)).collect();
        section(&mut page, "Training", &format!("<div class=\"pictures\">\n{histories}</div>\n"));
        section(&mut page, "Settings", &listed(self.settings));
        section(&mut page, "Predict with the model", &self.usage());
        page + "</body>\n</html>\n"
    }

    /// Returns the result in a sentence, and the names and values of the metrics.
    fn result(&self) -> (String, Vec<(&'static str, String)>) {
        let target = escaped(self.encoder.target_name());
        match &self.metrics.quality {
            Metrics::Classes { accuracy, baseline, log_loss, auc, confusion } => {
                let class = escaped(self.most_frequent_class().unwrap_or_default());
                let costs = mean_costs(self.metrics, self.costs);
                let is_better = costs.map_or(accuracy > baseline, |[cost, baseline]| cost < baseline);
                let verdict = if is_better { "" } else { " <b>The model is no better than that.</b>" };
                let sentence = format!(
                    "The model predicts the right <b>{target}</b> for <b>{}</b> of the rows that it was not trained with. \
                     Always predicting {class} would be right for {}.{verdict}",
                    percent(*accuracy),
                    percent(*baseline)
                );
                let mut figures = vec![("accuracy", rounded(*accuracy)), ("baseline", rounded(*baseline))];
                if let Some([cost, baseline]) = costs {
                    figures.extend([("mean cost of a row", rounded(cost)), ("always one class", rounded(baseline))]);
                }
                figures.extend(log_loss.map(|log_loss| ("log loss", rounded(log_loss))));
                figures.extend(auc.map(|auc| ("ROC AUC", rounded(auc))));
                figures.push(("F1, mean of classes", rounded(confusion.mean_f1(Average::Macro))));
                (sentence, figures)
            }
            Metrics::Numbers { r2, mean_absolute_error, root_mean_squared_error, baseline } => {
                let explained = r2
                    .filter(|r2| *r2 > 0.0)
                    .map_or(" <b>The model is no better than always predicting the mean.</b>".into(), |r2| {
                        format!(" It explains <b>{}</b> of the variance.", percent(r2))
                    });
                let sentence = format!(
                    "For rows that it was not trained with, the model predicts <b>{target}</b> with a mean error of \
                     <b>{}</b>.{explained}",
                    rounded(*mean_absolute_error)
                );
                let figures = vec![
                    ("R²", r2.map_or("–".into(), rounded)),
                    ("mean absolute error", rounded(*mean_absolute_error)),
                    ("root mean squared error", rounded(*root_mean_squared_error)),
                    ("the same of predicting the mean", rounded(*baseline)),
                ];
                (sentence, figures)
            }
            _ => (escaped(self.metrics), Vec::new()),
        }
    }

    /// Returns the name of the class of most test rows.
    fn most_frequent_class(&self) -> Option<&str> {
        let Truth::Classes(truth) = self.truth else { return None };
        let count = |class: &usize| truth.iter().filter(|other| *other == class).count();
        let classes = self.encoder.classes();
        (0..classes.len()).rev().max_by_key(count).map(|class| &classes[class][..])
    }

    fn importance(&self) -> String {
        let score = if self.encoder.classes().is_empty() { "R²" } else { "accuracy" };
        let picture = ImportancePicture::new(self.importances).title(format!("Decrease of {score}"));
        format!(
            "<p>The decrease of {score} if the cells of a column are permuted among the test rows, so that they say nothing: \
             the mean of several permutations, and a line for their standard deviation. Columns with the same information \
             share their importance.</p>\n{}",
            figure(&picture, "Importance of each column")
        )
    }

    /// Returns the heading and the content of the section about wrong predictions.
    fn errors(&self) -> (&'static str, String) {
        match (&self.truth, &self.metrics.quality) {
            (Truth::Classes(truth), Metrics::Classes { confusion, .. }) => {
                let events = self.predictions.indexed_iter().map(|((row, class), _)| truth[row] == class);
                let probabilities: Vec<f64> = self.predictions.iter().copied().collect();
                let calibration = CalibrationCurve::new(&probabilities, &events.collect::<Vec<bool>>());
                let pictures = figure(
                    &ConfusionPicture::new(confusion),
                    "The number of test rows of each class, by their predicted class; the diagonal is right.",
                ) + &figure(
                    &calibration,
                    "Of the classes that are predicted with a probability of 0.8, for example, a fraction of 0.8 should be \
                     true. Points of fewer than five predictions are left out.",
                );
                ("Confusion and calibration", format!("<div class=\"pictures\">\n{pictures}</div>\n"))
            }
            (Truth::Numbers(truth), _) => {
                let predicted = self.predictions.column(0).to_vec();
                let errors = PredictionErrors::new(&predicted, truth);
                let pictures = figure(&errors, "A perfect model would have all test rows on the line.")
                    + &figure(
                        &errors.clone().residuals(),
                        "The residuals should be spread evenly around 0, whatever the prediction.",
                    );
                let intervals = self.intervals(&predicted, truth);
                ("Errors and calibration", format!("<div class=\"pictures\">\n{pictures}</div>\n{intervals}"))
            }
            _ => ("Errors", String::new()),
        }
    }

    /// Returns a table of the coverage of the prediction intervals.
    fn intervals(&self, predicted: &[f64], truth: &[f64]) -> String {
        let rows = COVERAGES.into_iter().filter_map(|coverage| {
            let intervals: Option<Vec<[f64; 2]>> =
                predicted.iter().map(|&prediction| self.encoder.interval(prediction, coverage)).collect();
            let intervals = intervals?;
            let inside = intervals.iter().zip(truth).filter(|([low, high], y)| (low..=high).contains(y)).count();
            let width = intervals.iter().map(|[low, high]| high - low).sum::<f64>() / intervals.len() as f64;
            let [coverage, inside] = [coverage, inside as f64 / truth.len() as f64].map(percent);
            Some([coverage, inside, rounded(width)])
        });
        let rows: Vec<[String; 3]> = rows.collect();
        if rows.is_empty() {
            return String::new();
        }
        let table = table(&["probability of the interval", "test rows inside", "mean width"], &rows, |_| true);
        format!(
            "<p>Each prediction has an interval that should contain the true number with a given probability:</p>\n{table}"
        )
    }

    fn columns(&self) -> String {
        let line = |ColumnInfo { name, kind, missing, encoding, .. }| [name, kind, missing.to_string(), encoding];
        let mut rows = vec![line(self.encoder.target_column())];
        rows[0][1].insert_str(0, "target, ");
        rows.extend(self.encoder.columns().into_iter().map(line));
        let left_out = self.encoder.left_out().iter();
        rows.extend(left_out.map(|(name, reason)| {
            let name = if name.is_empty() { "(no name)".into() } else { name.clone() };
            [name, "left out".into(), String::new(), reason.to_string()]
        }));
        table(&["column", "kind", "missing", "encoding, or reason"], &rows, |column| column == 2)
    }

    fn learning_curve(&self, history: &History) -> String {
        figure(&Resized(LossCurves::new(history), (850, 600)), &history.to_string())
    }

    fn usage(&self) -> String {
        let model = self.model.display().to_string();
        let rust = format!(
            "use backprop::{{Csv, Model}};\n\n\
             let model = Model::<f32>::load({model:?})?;\n\
             let predictions = model.predict_table(&Csv::read(\"new.csv\")?)?;"
        );
        let shell = if model.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c)) {
            model
        } else {
            format!("'{}'", model.replace('\'', r"'\''"))
        };
        format!(
            "<p>For a table <code>new.csv</code> with the same columns, on the command line:</p>\n\
             <pre>backprop predict {0} new.csv\nbackprop explain {0} new.csv --row 1</pre>\n\
             <p>In Rust, with the features <code>save</code> and <code>tables</code>:</p>\n<pre>{1}</pre>\n",
            escaped(shell),
            escaped(rust)
        )
    }
}

/// Appends a section to a page.
fn section(page: &mut String, heading: &str, content: &str) {
    let _ = write!(page, "<section>\n<h2>{heading}</h2>\n{content}</section>\n"); // a `String` can be written to
}

/// Returns a picture for light and for dark pages, of which one is shown.
fn figure(picture: &impl Picture, caption: &str) -> String {
    let svg = |theme| picture.to_svg(theme).replacen("<svg", "<svg role=\"img\" aria-hidden=\"true\"", 1);
    format!(
        "<figure>\n<div class=\"light\">{}</div>\n<div class=\"dark\">{}</div>\n<figcaption>{}</figcaption>\n</figure>\n",
        svg(Theme::Light),
        svg(Theme::Dark),
        escaped(caption)
    )
}

/// Returns a table; the columns of `is_number` are aligned to the right.
fn table<const N: usize>(names: &[&str; N], rows: &[[String; N]], is_number: impl Fn(usize) -> bool) -> String {
    let line = |tag: &str, cells: &[String; N]| {
        let cell = |(column, text): (usize, &String)| {
            let class = if is_number(column) { " class=\"number\"" } else { "" };
            format!("<{tag}{class}>{}</{tag}>", escaped(text))
        };
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    let rows: String = rows.iter().map(|cells| line("td", cells)).collect();
    format!("<div class=\"wide\">\n<table>\n{}{rows}</table>\n</div>\n", line("th", &names.map(String::from)))
}

/// Returns lines of text as a list.
fn listed(lines: &[String]) -> String {
    let items: String = lines.iter().map(|line| format!("<li>{}</li>\n", escaped(line))).collect();
    format!("<ul>\n{items}</ul>\n")
}

/// Returns text for a page: names of columns can have any characters.
fn escaped(text: impl Display) -> String {
    let text = text.to_string();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn percent(fraction: f64) -> String {
    let decimals = if (0.01..0.99).contains(&fraction) || fraction.fract() == 0.0 { 0 } else { 1 };
    format!("{:.decimals$} %", 100.0 * fraction)
}
