//! Reads columns of numbers from a CSV file.

use std::error::Error;
use std::path::Path;

/// A row of measurements for each sample, and its target from the last column.
pub struct Table {
    /// The names of the measurements.
    pub names: Vec<String>,
    pub rows: Vec<Vec<f64>>,
    pub targets: Vec<f64>,
}

impl Table {
    /// Reads a file of `examples/data`.
    pub fn read(name: &str) -> Result<Table, Box<dyn Error>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data").join(name);
        let mut reader = csv::Reader::from_path(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut names: Vec<String> = reader.headers()?.iter().map(String::from).collect();
        names.pop().ok_or("expected columns, got none")?;
        let (mut rows, mut targets) = (Vec::new(), Vec::new());
        for row in reader.deserialize() {
            let mut row: Vec<f64> = row?;
            targets.push(row.pop().ok_or("expected values, got an empty row")?);
            rows.push(row);
        }
        Ok(Table { names, rows, targets })
    }

    /// Returns a table with only the columns `names`.
    pub fn only(&self, names: &[&str]) -> Result<Table, Box<dyn Error>> {
        let index =
            |name: &&str| self.names.iter().position(|other| other == name).ok_or(format!("no column `{name}`"));
        let indices = names.iter().map(index).collect::<Result<Vec<usize>, String>>()?;
        let rows = self.rows.iter().map(|row| indices.iter().map(|&index| row[index]).collect());
        let names = names.iter().map(|name| name.to_string());
        Ok(Table { names: names.collect(), rows: rows.collect(), targets: self.targets.clone() })
    }

    /// Returns each column shifted to mean 0 and scaled to standard deviation 1, and the scale that undoes it.
    pub fn standardised(&self) -> (Table, Scale) {
        let n = self.rows.len() as f64;
        let column = |j: usize| self.rows.iter().map(move |row| row[j]);
        let columns = 0..self.names.len();
        let means: Vec<f64> = columns.clone().map(|j| column(j).sum::<f64>() / n).collect();
        let square = |j: usize| column(j).map(|x| (x - means[j]).powi(2)).sum::<f64>();
        let deviations: Vec<f64> = columns.map(|j| (square(j) / n).sqrt()).collect();
        let standard =
            |row: &Vec<f64>| row.iter().zip(&means).zip(&deviations).map(|((x, m), d)| (x - m) / d).collect();
        let rows = self.rows.iter().map(standard).collect();
        (Table { names: self.names.clone(), rows, targets: self.targets.clone() }, Scale { means, deviations })
    }
}

/// The means and standard deviations of the columns.
pub struct Scale {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Scale {
    /// Returns the coefficients and the intercept (last) for the unscaled columns.
    pub fn unscaled(&self, standardised: &[f64]) -> Vec<f64> {
        let mut coefficients: Vec<f64> = standardised.iter().zip(&self.deviations).map(|(w, d)| w / d).collect();
        let intercept = standardised[self.means.len()];
        coefficients.push(intercept - coefficients.iter().zip(&self.means).map(|(w, m)| w * m).sum::<f64>());
        coefficients
    }
}
