//! The command `predict`.

use crate::options::Predict;
use crate::print::{Failure, check_new, print_warning, printed};
use backprop::ndarray::{Array2, Axis};
use backprop::{Csv, Encoder, Error, Model};
use std::fs::File;
use std::io::{self, Write};

/// The predictions for a table.
struct Predictions {
    /// The probabilities of the classes, or the predicted number.
    values: Array2<f64>,
    /// The class of each row; empty for numbers.
    classes: Vec<String>,
}

impl Predict {
    pub fn run(&self) -> Result<(), Failure> {
        if let Some(path) = &self.output {
            check_new(path, self.force)?;
        }
        let model = Model::<f32>::load(&self.model)?;
        let csv = self.table.read(&self.data)?;
        let predictions = predictions(&model, &csv)?;
        match &self.output {
            Some(path) => {
                let failed =
                    |error: io::Error| Error::Io { operation: "write", path: path.clone(), source: error.into() };
                let file = File::create(path).map_err(failed)?;
                Ok(self.write(io::BufWriter::new(file), &model, &csv, &predictions).map_err(failed)?)
            }
            None => printed(self.write(io::stdout().lock(), &model, &csv, &predictions)),
        }
    }

    /// Writes the columns of the table and those of the predictions.
    fn write(&self, out: impl Write, model: &Model<f32>, csv: &Csv, predictions: &Predictions) -> io::Result<()> {
        let coverage = self.coverage.probability();
        let interval = |y: f64| model.encoder().and_then(|encoder: &Encoder| encoder.interval(y, coverage));
        let has_interval = model.classes().is_empty() && interval(0.5).is_some();
        let has_narrower = model.encoder().is_some_and(|encoder| encoder.interval(0.5, 0.5).is_some());
        if !has_interval && has_narrower && model.classes().is_empty() {
            print_warning(&format!("no interval with a probability of {coverage}: the model has too few residuals"));
        }
        let columns: Vec<Vec<&str>> = csv.columns().iter().filter_map(|name| csv.column(name).ok()).collect();
        let mut header = csv.columns().to_vec();
        let mut add = |name: String| {
            let mut name = name;
            while header.contains(&name) {
                name.push('_');
            }
            header.push(name);
        };
        add(format!("predicted {}", model.target_name()));
        model.classes().iter().for_each(|class| add(format!("probability of {class}")));
        if has_interval {
            ["from", "to"].into_iter().for_each(|bound| add(format!("{:.0} % interval {bound}", 100.0 * coverage)));
        }
        let mut writer = csv::Writer::from_writer(out);
        let to_io = |error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        };
        writer.write_record(&header).map_err(to_io)?;
        for (row, values) in predictions.values.axis_iter(Axis(0)).enumerate() {
            let mut line: Vec<String> = columns.iter().map(|cells| cells[row].to_string()).collect();
            line.extend(predictions.classes.get(row).cloned());
            // Probabilities are computed in f32, numbers in f64.
            let text =
                |&value: &f64| if model.classes().is_empty() { short(value) } else { (value as f32).to_string() };
            line.extend(values.iter().map(text));
            if has_interval {
                line.extend(interval(values[0]).into_iter().flatten().map(short));
            }
            writer.write_record(&line).map_err(to_io)?;
        }
        writer.flush()
    }
}

/// Returns the predictions for all rows; prints warnings to the standard error.
fn predictions(model: &Model<f32>, csv: &Csv) -> Result<Predictions, Failure> {
    let values = match model.encoder() {
        Some(encoder) => {
            check_columns(encoder, csv)?;
            for warning in encoder.warnings(csv)? {
                print_warning(&warning.to_string());
            }
            model.predict_table(csv)?
        }
        None => {
            let (inputs, rows) = csv.clone().inputs(model.input_names()).without_target()?;
            model.predict(&inputs).map_err(|error| with_row_of_file(error, &rows))?.mapv(f64::from)
        }
    };
    let classes = match model.classes() {
        [] => Vec::new(),
        _ => model.classes_from(&values).into_iter().map(String::from).collect(),
    };
    Ok(Predictions { values, classes })
}

/// Returns an error that names all missing columns, if there are several.
fn check_columns(encoder: &Encoder, csv: &Csv) -> Result<(), Failure> {
    let is_missing = |name: &&str| !csv.columns().iter().any(|column| column == name);
    let missing: Vec<String> =
        encoder.input_names().into_iter().filter(is_missing).map(|name| format!("`{name}`")).collect();
    match missing.len() {
        0 | 1 => Ok(()), // the error about one suggests a similar name
        _ => Err(format!("no columns {}; columns: {}", missing.join(", "), csv.columns().join(", ")).into()),
    }
}

/// Returns a number with at most seven significant digits, those of an f32.
fn short(value: f64) -> String {
    let digits = 6 - value.abs().max(1e-12).log10().floor() as i32;
    let text = format!("{value:.*}", digits.clamp(0, 12) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// Replaces the row of the inputs that an error names by the row of the file.
fn with_row_of_file(mut error: Error, rows: &[usize]) -> Error {
    if let Error::NonFinite { row: Some(row), .. } = &mut error {
        *row = rows.get(*row - 1).copied().unwrap_or(*row);
    }
    error
}
