//! [`Csv`]: a table read from a CSV file, of which a [`Dataset`] is made.

use super::Dataset;
use crate::{Error, Scalar};
use ndarray::Array2;
use std::path::Path;

/// A table read from a CSV file, of which a [`Dataset`] is made.
///
/// ```
/// use backprop::{Csv, Dataset};
///
/// let csv = Csv::from_text("sex,weight,height,repwt\nF,58,161,51\nM,77,182,\nM,70,175,75\n")?;
/// let people: Dataset<f64> = csv.clone().inputs(["weight", "height"]).classes("sex")?;
/// assert_eq!((people.len(), people.classes()), (3, &["F".to_string(), "M".to_string()][..]));
///
/// let all = csv.classes::<f64>("sex").unwrap_err();
/// assert_eq!(
///     all.to_string(),
///     "in text, row 2, column repwt: the cell is empty; fill it in, leave the column out, or drop such rows"
/// );
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Csv {
    /// The file, for errors.
    place: String,
    columns: Vec<String>,
    /// Each with where it stood, counted from 1, the header not counted.
    rows: Vec<(usize, Vec<String>)>,
    inputs: Option<Vec<String>>,
    drop_missing: bool,
}

/// What stands for a number that is not known, beside nothing at all.
const MISSING: [&str; 7] = ["NA", "N/A", "NaN", "nan", "null", "None", "?"];

impl Csv {
    /// The table in a file, whose first line has the names of the columns.
    ///
    /// # Errors
    /// [`Error::Data`] when the file cannot be read, is no table, has no rows, or has two columns of one name.
    pub fn read(path: impl AsRef<Path>) -> Result<Csv, Error> {
        Csv::of_file(path.as_ref(), true)
    }

    /// The table in a file without names of columns, which are called `1`, `2` and so on.
    ///
    /// # Errors
    /// As of [`read`](Self::read).
    pub fn read_without_header(path: impl AsRef<Path>) -> Result<Csv, Error> {
        Csv::of_file(path.as_ref(), false)
    }

    /// The table in a text, whose first line has the names of the columns.
    ///
    /// # Errors
    /// As of [`read`](Self::read).
    pub fn from_text(text: &str) -> Result<Csv, Error> {
        Csv::parse(text, "text".into(), true)
    }

    fn of_file(path: &Path, has_header: bool) -> Result<Csv, Error> {
        let place = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| Error::data(&place, format!("it cannot be read: {error}")))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::data(&place, "it is not text in UTF-8; save it as CSV in UTF-8 again"))?;
        Csv::parse(&text, place, has_header)
    }

    fn parse(text: &str, place: String, has_header: bool) -> Result<Csv, Error> {
        let text = text.trim_start_matches('\u{feff}'); // Excel's mark of UTF-8
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .trim(csv::Trim::All)
            .delimiter(delimiter(text))
            .from_reader(text.as_bytes());
        let mut records = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| Error::data(&place, untabular(&error)))?;
            records.push(record.iter().map(str::to_string).collect::<Vec<String>>());
        }
        let mut records = records.into_iter();
        let columns = match records.as_slice().first() {
            None => return Err(Error::data(&place, "it is empty")),
            Some(first) if !has_header => (1..=first.len()).map(|column| column.to_string()).collect(),
            Some(_) => records.next().expect("there is a first"),
        };
        if let Some(twice) = (1..columns.len()).find(|&i| columns[..i].contains(&columns[i])) {
            return Err(Error::data(&place, format!("two columns are called {:?}; rename one", columns[twice])));
        }
        let rows: Vec<(usize, Vec<String>)> = records.enumerate().map(|(i, record)| (i + 1, record)).collect();
        if rows.is_empty() {
            return Err(Error::data(&place, "there are no rows below the names of columns"));
        }
        Ok(Csv { place, columns, rows, inputs: None, drop_missing: false })
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none, which is never so.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The cells of a column.
    ///
    /// # Errors
    /// [`Error::Data`] when there is no such column.
    pub fn column(&self, name: &str) -> Result<Vec<&str>, Error> {
        let column = self.position(name)?;
        Ok(self.rows.iter().map(|(_, cells)| &cells[column][..]).collect())
    }

    /// Takes these columns as inputs, in this order, instead of all but the target.
    pub fn inputs<N: ToString>(self, names: impl IntoIterator<Item = N>) -> Csv {
        Csv { inputs: Some(names.into_iter().map(|name| name.to_string()).collect()), ..self }
    }

    /// Drops rows in which a cell that is asked for is empty or says so (`NA`, `?` and the like), instead of calling it an
    /// error. How many were dropped is [`len`](Self::len) less that of the dataset.
    pub fn drop_missing(self) -> Csv {
        Csv { drop_missing: true, ..self }
    }

    /// The samples, the cells of a column being classes.
    ///
    /// # Errors
    /// [`Error::Data`] where a cell is empty or no number, or a column is not there.
    pub fn classes<T: Scalar>(&self, target: &str) -> Result<Dataset<T>, Error> {
        let (rows, names, inputs) = self.samples(target)?;
        let column = self.position(target)?;
        let labels: Vec<&str> = rows.iter().map(|(_, cells)| &cells[column][..]).collect();
        self.finished(Dataset::with_classes(inputs, &labels)?, rows, names, target)
    }

    /// The samples, the cells of a column being numbers.
    ///
    /// # Errors
    /// [`Error::Data`] where a cell is empty or no number, or a column is not there.
    pub fn numbers<T: Scalar>(&self, target: &str) -> Result<Dataset<T>, Error> {
        let (rows, names, inputs) = self.samples(target)?;
        let column = self.position(target)?;
        let targets = rows.iter().map(|row| self.number(row, column)).collect::<Result<Vec<T>, Error>>()?;
        let targets = Array2::from_shape_vec((targets.len(), 1), targets).expect("a column");
        self.finished(Dataset::new(inputs, targets)?, rows, names, target)
    }

    /// The inputs alone, for a model to predict from; and where each row stood.
    ///
    /// # Errors
    /// As of [`numbers`](Self::numbers).
    pub fn without_target<T: Scalar>(&self) -> Result<(Array2<T>, Vec<usize>), Error> {
        let names = self.inputs.clone().unwrap_or_else(|| self.columns.clone());
        let columns = names.iter().map(|name| self.position(name)).collect::<Result<Vec<_>, _>>()?;
        let rows = self.complete(&columns)?;
        Ok((self.table(&rows, &columns)?, rows.iter().map(|(row, _)| *row).collect()))
    }

    /// Whether a cell says that what should be there is not known: it is empty, `NA`, `?` or the like.
    pub fn is_missing(cell: &str) -> bool {
        cell.is_empty() || MISSING.contains(&cell)
    }

    /// The rows that are used, the names of the inputs, and the inputs.
    #[allow(clippy::type_complexity, reason = "it goes no farther than this file")]
    fn samples<T: Scalar>(&self, target: &str) -> Result<(Vec<&(usize, Vec<String>)>, Vec<String>, Array2<T>), Error> {
        let target_column = self.position(target)?;
        let all_others = || self.columns.iter().filter(|&name| name != target).cloned().collect();
        let names: Vec<String> = self.inputs.clone().unwrap_or_else(all_others);
        if let Some(name) = names.iter().find(|&name| name == target) {
            return Err(Error::data(&self.place, format!("column {name} is the target, and cannot be an input too")));
        }
        let columns = names.iter().map(|name| self.position(name)).collect::<Result<Vec<_>, _>>()?;
        let mut asked = columns.clone();
        asked.push(target_column);
        let rows = self.complete(&asked)?;
        let inputs = self.table(&rows, &columns)?;
        Ok((rows, names, inputs))
    }

    fn finished<T: Scalar>(
        &self,
        dataset: Dataset<T>,
        rows: Vec<&(usize, Vec<String>)>,
        names: Vec<String>,
        target: &str,
    ) -> Result<Dataset<T>, Error> {
        Ok(dataset.named(names)?.target_named(target).with_rows(rows.iter().map(|(row, _)| *row).collect()))
    }

    /// The rows that have all these cells.
    fn complete(&self, columns: &[usize]) -> Result<Vec<&(usize, Vec<String>)>, Error> {
        let mut rows = Vec::new();
        for row in &self.rows {
            match columns.iter().find(|&&column| Csv::is_missing(&row.1[column])) {
                None => rows.push(row),
                Some(_) if self.drop_missing => {}
                Some(&column) => {
                    let cell = &row.1[column];
                    let what = if cell.is_empty() { "the cell is empty".into() } else { format!("the cell is {cell}") };
                    let problem = format!("{what}; fill it in, leave the column out, or drop such rows");
                    return Err(self.in_cell(row.0, column, problem));
                }
            }
        }
        if rows.is_empty() {
            return Err(Error::data(&self.place, "no row has all the cells that are asked for; leave a column out"));
        }
        Ok(rows)
    }

    fn table<T: Scalar>(&self, rows: &[&(usize, Vec<String>)], columns: &[usize]) -> Result<Array2<T>, Error> {
        let cells = rows.iter().flat_map(|&row| columns.iter().map(move |&column| self.number(row, column)));
        let numbers = cells.collect::<Result<Vec<T>, Error>>()?;
        Ok(Array2::from_shape_vec((rows.len(), columns.len()), numbers).expect("a cell for each row and column"))
    }

    fn number<T: Scalar>(&self, (row, cells): &(usize, Vec<String>), column: usize) -> Result<T, Error> {
        let cell = &cells[column];
        let number: f64 = cell.parse().map_err(|_| {
            let with_point = cell.replacen(',', ".", 1);
            let advice = match with_point.parse::<f64>() {
                Ok(_) => format!("write {with_point}, with a point"),
                Err(_) => "correct it, or leave the column out".into(),
            };
            self.in_cell(*row, column, format!("{cell:?} is no number; {advice}"))
        })?;
        let number = T::of(number);
        if number.is_finite() {
            return Ok(number);
        }
        let problem = format!("{cell} is too large for {}; correct it, or drop the row", std::any::type_name::<T>());
        Err(self.in_cell(*row, column, problem))
    }

    fn position(&self, name: &str) -> Result<usize, Error> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| {
            let problem = format!("there is no column {name}; there are {}", self.columns.join(", "));
            Error::data(&self.place, problem)
        })
    }

    fn in_cell(&self, row: usize, column: usize, problem: impl ToString) -> Error {
        Error::data(format!("{}, row {row}, column {}", self.place, self.columns[column]), problem)
    }
}

/// Why a text is no table.
fn untabular(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos: Some(position), expected_len, len } => {
            format!("it is no table: line {} has {len} cells, and the first has {expected_len}", position.line())
        }
        _ => format!("it is no table: {error}"),
    }
}

/// A semicolon or a tab where the first line has more of them than commas: what spreadsheets write in half of Europe.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    *[b'\t', b';', b','].iter().max_by_key(|delimiter| count(delimiter)).expect("there are three")
}
