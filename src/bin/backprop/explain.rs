//! The command `explain`.

use crate::options::Explain;
use crate::print::{Failure, check_new, print_line, rounded};
use backprop::ndarray::Array2;
use backprop::plot::{ImportancePicture, Picture, checked_path};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Csv, Error, Importance, Model};

/// The maximum number of letters of a cell that is printed.
const MAX_LETTERS: usize = 30;

impl Explain {
    pub fn run(&self) -> Result<(), Failure> {
        let model = Model::<f32>::load(&self.model)?;
        let csv = self.table.read(&self.data)?;
        match self.row {
            None => self.explain_columns(&model, &csv),
            Some(row) => self.explain_row(&model, &csv, row),
        }
    }

    /// Prints the permutation importance of the columns, and draws it.
    fn explain_columns(&self, model: &Model<f32>, csv: &Csv) -> Result<(), Failure> {
        if let Some(path) = &self.plot {
            checked_path(&path.to_string_lossy())?;
            check_new(path, self.force)?;
        }
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let (importances, rows) = importances(model, csv, self.repeats as usize, &mut rng)?;
        let score = if model.classes().is_empty() { "R²" } else { "accuracy" };
        let picture = ImportancePicture::new(&importances).title(format!("Decrease of {score} by permutation"));
        print_line!(
            "decrease of {score} on {} rows if the cells of a column are permuted, the mean of {} permutations ± their \
             standard deviation:\n\n{picture}",
            rows,
            self.repeats
        )?;
        if let Some(path) = &self.plot {
            picture.save(path)?;
            print_line!("\nsaved as {}", path.display())?;
        }
        Ok(())
    }

    /// Prints the prediction for a row, and the contributions of the columns to it.
    fn explain_row(&self, model: &Model<f32>, csv: &Csv, row: usize) -> Result<(), Failure> {
        let index = csv.rows().iter().position(|&number| number == row).ok_or_else(|| {
            let last = csv.rows().last().copied().unwrap_or(0);
            Error::invalid_argument(
                "--row",
                format!("be a row of {} with cells, at most {last}", self.data.display()),
                row,
            )
        })?;
        let csv = csv.select(&[index]);
        let inputs = inputs(model, &csv)?;
        let contributions = model.contributions(&inputs.row(0).to_vec(), None)?;
        let (prediction, baseline) = (rounded(contributions.prediction), rounded(contributions.baseline));
        let baseline = format!("{baseline} at the mean of the training rows");
        let target = model.target_name();
        if model.classes().is_empty() {
            print_line!("row {row}: {target} is predicted as {prediction}; {baseline}\n")?;
        } else {
            let class = model.classify(&inputs)?[0];
            print_line!(
                "row {row}: {target} is predicted as {class}, with a probability of {prediction}; {baseline}\n"
            )?;
        }
        let mut lines = vec![
            ["column", "cell", if contributions.are_factors { "factor" } else { "contribution" }].map(String::from),
        ];
        for contribution in &contributions.columns {
            let cell = csv.column(&contribution.column)?[0];
            let cell =
                if csv.is_missing_cell(cell) { "missing".into() } else { cell.chars().take(MAX_LETTERS).collect() };
            let sign = if contributions.are_factors {
                "× "
            } else if contribution.value > 0.0 {
                "+"
            } else {
                ""
            };
            lines.push([contribution.column.clone(), cell, format!("{sign}{}", rounded(contribution.value))]);
        }
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let [a, b] = [width(0), width(1)];
        for [column, cell, value] in &lines {
            print_line!("{column:a$}  {cell:b$}  {value}")?;
        }
        Ok(())
    }
}

/// Returns the importance of each column, and the number of rows that have a target.
fn importances(
    model: &Model<f32>,
    csv: &Csv,
    repeats: usize,
    rng: &mut Xoshiro256PlusPlus,
) -> Result<(Vec<Importance>, usize), Error> {
    if let Some(encoder) = model.encoder() {
        let rows = encoder.rows_with_target(csv)?.len();
        return Ok((model.permutation_importance_table(csv, repeats, rng)?, rows));
    }
    let (csv, target) = (csv.clone().inputs(model.input_names()), model.target_name());
    let samples = if model.classes().is_empty() { csv.numbers(target)? } else { csv.classes(target)? };
    Ok((model.permutation_importance(&samples, repeats, rng)?, samples.len()))
}

/// Returns the inputs of the network for a table.
fn inputs(model: &Model<f32>, csv: &Csv) -> Result<Array2<f32>, Error> {
    match model.encoder() {
        Some(encoder) => encoder.encode(csv),
        None => Ok(csv.clone().inputs(model.input_names()).without_target()?.0),
    }
}
