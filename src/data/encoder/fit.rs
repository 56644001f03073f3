//! The fit of an [`Encoder`] to a table.

use super::Encoder;
use super::input::Input;
use super::options::EncoderOptions;
use super::reading::Reading;
use super::recognition::{Column, Kind, LeftOutReason};
use super::target::Target;
use crate::data::Csv;
use crate::error::Error;
use crate::text::{listed, shortened, twice};

impl Encoder {
    /// Creates an encoder for the columns of a table, which should have the training rows alone.
    ///
    /// The target has classes if it is text, yes and no, or at most 20 distinct integers of at least 5 rows each on
    /// average, and numbers otherwise.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no column `target`; [`Error::InvalidArgument`] if the target has less than two
    /// classes, almost as many different texts as rows, or some texts among numbers, or if no column can be an input;
    /// [`Error::Csv`] if the decimal mark of a column is open.
    pub fn fit(csv: &Csv, target: &str) -> Result<Encoder, Error> {
        EncoderOptions::new().fit(csv, target)
    }

    fn fit_with(csv: &Csv, target: &str, options: &EncoderOptions) -> Result<Encoder, Error> {
        let is_missing = |cell: &str| csv.is_missing_cell(cell);
        let names = options.names(csv, target)?;
        let shown = csv.decimal_marks();
        let column = |name| -> Result<Column, Error> {
            let index = csv.position(name)?;
            let mark = csv.decimal_mark(index, shown[index])?;
            Ok(Column { name, cells: csv.cells_of(name)?, rows: csv.rows(), mark, is_missing: &is_missing })
        };
        let target = Target::fit(&column(target)?, options.classification, options.log_target)?;

        let (mut inputs, mut left_out) = (Vec::new(), Vec::new());
        let mut row_numbers = Vec::new();
        for name in &names {
            let column = column(name)?;
            let kind = options.kind(&column)?;
            match kind.and_then(|kind| Input::fit(&column, kind, options.scaling)) {
                Ok(input) => inputs.push(input),
                Err(LeftOutReason::RowNumbers) => row_numbers.push(name),
                Err(reason) => left_out.push((name.clone(), reason)),
            }
        }
        for name in row_numbers {
            let column = column(name)?;
            // The only usable column may be one of measurements, 1, 2, 3 and so on, in a small table.
            match column.kind(true).and_then(|kind| Input::fit(&column, kind, options.scaling)) {
                Ok(input) if inputs.is_empty() && !name.is_empty() => inputs.push(input),
                _ => left_out.push((name.clone(), LeftOutReason::RowNumbers)),
            }
        }
        left_out.extend(options.without.iter().map(|name| (name.clone(), LeftOutReason::Chosen)));
        if inputs.is_empty() {
            let reasons: Vec<String> = left_out.iter().map(|(name, reason)| format!("`{name}` ({reason})")).collect();
            let got = if reasons.is_empty() { "no other column".into() } else { listed(&reasons) };
            return Err(Error::invalid_argument("the table", "have a column to predict the target from", got)
                .with_advice("choose inputs"));
        }
        Ok(Encoder { inputs, left_out, target })
    }
}

impl EncoderOptions {
    /// Creates an encoder for the columns of a table, which should have the training rows alone.
    ///
    /// # Errors
    /// Those of [`Encoder::fit`]; [`Error::Unknown`] if a chosen column does not exist; [`Error::Csv`] if a cell of a
    /// chosen column does not fit the choice.
    pub fn fit(&self, csv: &Csv, target: &str) -> Result<Encoder, Error> {
        Encoder::fit_with(csv, target, self)
    }

    /// Returns the names of the input columns, after checking that all chosen columns exist.
    fn names(&self, csv: &Csv, target: &str) -> Result<Vec<String>, Error> {
        let ordered = self.ordered.iter().map(|(name, _)| name);
        let chosen = self.inputs.iter().flatten().chain(&self.without).chain(&self.numbers).chain(&self.categories);
        for name in chosen.chain(&self.dates).chain(ordered) {
            csv.cells_of(name)?;
            if name == target && !self.without.contains(name) {
                return Err(Error::invalid_argument(
                    "inputs",
                    "be other columns than the target",
                    format!("`{target}`"),
                ));
            }
        }
        let names = self.inputs.as_deref().unwrap_or(csv.columns());
        if let Some(name) = twice(names) {
            return Err(Error::invalid_argument("inputs", "have each column once", format!("`{name}` twice")));
        }
        Ok(names.iter().filter(|&name| name != target && !self.without.contains(name)).cloned().collect())
    }

    /// Returns the kind of a column, chosen or recognised.
    fn kind(&self, column: &Column) -> Result<Result<Kind, LeftOutReason>, Error> {
        let has = |names: &[String]| names.iter().any(|name| name == column.name);
        let of_values = |reading: Reading| {
            let problem = column.first_without_value(&reading);
            problem.map_or(Ok(Ok(Kind::Values(reading.clone()))), |row| {
                let got = format!("`{}` in row {}", shortened(column.cells.get(row)), column.rows[row]);
                let requirement = format!("have {} in each cell", reading.expected());
                Err(Error::invalid_argument(format!("column `{}`", column.name), requirement, got))
            })
        };
        if let Some((_, categories)) = self.ordered.iter().find(|(name, _)| name == column.name) {
            return of_values(Reading::Order(categories.clone()));
        }
        if has(&self.numbers) {
            return of_values(Reading::Number(column.mark));
        }
        if has(&self.categories) {
            return Ok(Ok(Kind::Categories));
        }
        if has(&self.dates) {
            return match column.kind(true) {
                Ok(Kind::Values(Reading::Date(format))) => Ok(Ok(Kind::Values(Reading::Date(format)))),
                _ => {
                    let got = column.cells.iter().next().map_or(String::new(), shortened);
                    let requirement = "have dates of one format in all cells";
                    Err(Error::invalid_argument(format!("column `{}`", column.name), requirement, format!("`{got}`")))
                }
            };
        }
        Ok(column.kind(self.inputs.is_some()))
    }
}
