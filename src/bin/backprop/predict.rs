//! The command `predict`.

use crate::options::Predict;
use crate::print::{Failure, printed};
use backprop::ndarray::Axis;
use backprop::{Error, Model};
use std::io;

impl Predict {
    pub fn run(&self) -> Result<(), Failure> {
        let model = Model::<f32>::load(&self.model)?;
        let csv = self.table.read(&self.data)?.inputs(model.input_names());
        let (inputs, rows) = csv.without_target()?;
        let predictions = model.predict(&inputs).map_err(|error| with_row_of_file(error, &rows))?;
        let classes = if model.classes().is_empty() { Vec::new() } else { model.classify(&inputs)? };
        let mut out = csv::Writer::from_writer(io::stdout().lock());
        let mut write = || -> csv::Result<()> {
            let mut line = vec!["row".to_string(), model.target_name().to_string()];
            line.extend(model.classes().iter().map(|class| format!("probability of {class}")));
            out.write_record(&line)?;
            for (i, (row, prediction)) in rows.iter().zip(predictions.axis_iter(Axis(0))).enumerate() {
                line.clear();
                line.push(row.to_string());
                line.extend(classes.get(i).map(|class| class.to_string()));
                line.extend(prediction.iter().map(|value| value.to_string()));
                out.write_record(&line)?;
            }
            Ok(out.flush()?)
        };
        printed(write().map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        }))
    }
}

/// Replaces the row of the inputs that an error names by the row of the file.
fn with_row_of_file(mut error: Error, rows: &[usize]) -> Error {
    if let Error::NonFinite { row: Some(row), .. } = &mut error {
        *row = rows.get(*row - 1).copied().unwrap_or(*row);
    }
    error
}
