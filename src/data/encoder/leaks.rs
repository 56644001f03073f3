//! [`TargetLeak`]: columns from which the target can be computed; [`Encoder::leaks`] finds them.

use super::Encoder;
use super::target::TargetEncoding;
use crate::data::Csv;
use crate::error::Error;
use crate::text::{listed, shortened};
use std::collections::HashMap;
use std::fmt;

/// The square of a correlation, or the rank correlation, from which a number determines another. Less than 1 as numbers
/// in tables are rounded.
const EXACT: f64 = 0.9999;
/// The minimum number of rows for each category, class or column, so that a table of few rows is no coincidence.
const ROWS_FOR_EACH: usize = 5;
/// The minimum number of rows for a rank correlation.
const MIN_ROWS: usize = 10;
/// The maximum number of columns of a linear combination, and of the rows in which it is searched.
const MAX_TERMS: usize = 50;
const MAX_ROWS: usize = 2000;
/// The maximum fraction of missing cells of a column of a linear combination.
const MAX_MISSING: f64 = 0.1;
/// The fraction of its squared length from which a column differs from a linear combination of others.
const INDEPENDENT: f64 = 1e-9;

/// Input columns that determine the target, found by [`Encoder::leaks`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TargetLeak {
    /// The name of the target.
    pub target: String,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// How they determine the target.
    pub kind: TargetLeakKind,
}

/// How the columns of a [`TargetLeak`] determine the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetLeakKind {
    /// Rows with the same cell of the column have the same target.
    SameCells,
    /// The numbers of a class lie between those of the others; missing cells are below all numbers.
    Thresholds,
    /// The target increases with the column, or decreases.
    Monotonic,
    /// The target is a linear combination of the columns, and a constant.
    LinearCombination,
}

/// `column `awake` determines `sleep_total`: one increases or decreases with the other`
impl fmt::Display for TargetLeak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.columns.iter().map(|name| format!("`{}`", shortened(name))).collect();
        let (names, target) = (listed(&names), shortened(&self.target));
        let how = match self.kind {
            TargetLeakKind::SameCells => "rows with the same cell have the same target",
            TargetLeakKind::Thresholds => "thresholds separate the classes",
            TargetLeakKind::Monotonic => "one increases or decreases with the other",
            TargetLeakKind::LinearCombination => "it is a linear combination",
        };
        match self.columns.len() {
            1 => write!(f, "column {names} determines `{target}`: {how}"),
            _ => write!(f, "columns {names} together determine `{target}`: {how}"),
        }
    }
}

impl Encoder {
    /// Returns input columns that determine the target of the rows of a table. If they are not known before the target,
    /// a model cannot be used, however good its predictions are.
    ///
    /// Found are single columns of which equal cells have the same target (of at least 5 rows each on average), numbers
    /// that thresholds divide into the classes, and numbers with a rank correlation with the target of at least 0.9999
    /// in absolute value. If no number is one of these, linear combinations of numbers with an R² of at least 0.9999
    /// are searched, by forward selection and backward elimination in at most 2000 rows; it has at least 5 rows for each
    /// of its columns. Columns with more than a tenth of missing cells are no parts of a combination.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Csv, Encoder, TargetLeakKind};
    ///
    /// let row = |i: u32| format!("{},{},{}\n", i * i % 19, i * 7 % 13, i * i % 19 + i * 7 % 13);
    /// let csv = Csv::from_text(&("members,guests,visitors\n".to_string() + &(0..50).map(row).collect::<String>()))?;
    /// let leaks = Encoder::fit(&csv, "visitors")?.leaks(&csv)?;
    /// assert_eq!(leaks[0].columns, ["members", "guests"]);
    /// assert_eq!(leaks[0].kind, TargetLeakKind::LinearCombination);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Unknown`] if an input column or the target is missing; [`Error::InvalidArgument`] if a target is not a
    /// number.
    #[doc(alias("leakage", "data leakage"))]
    pub fn leaks(&self, csv: &Csv) -> Result<Vec<TargetLeak>, Error> {
        let csv = self.with_target(csv)?;
        let targets = csv.column(self.target_name())?;
        let mut leaks = Vec::new();
        let leak = |columns: Vec<&str>, kind| TargetLeak {
            target: self.target_name().into(),
            columns: columns.into_iter().map(String::from).collect(),
            kind,
        };
        let numbers = self.numbers(&csv)?;
        let y = self.target_numbers(&csv)?;
        for name in self.input_names() {
            let column = numbers.iter().find(|(other, _)| *other == name).map(|(_, column)| column);
            let kind = match (column, &self.target_encoding()) {
                (Some(x), TargetEncoding::Numbers { .. }) if is_monotonic(x, &y) => TargetLeakKind::Monotonic,
                (Some(x), TargetEncoding::Classes(_)) if thresholds_separate(x, &targets) => TargetLeakKind::Thresholds,
                _ if same_cells_have_same_target(&csv.column(name)?, &targets) => TargetLeakKind::SameCells,
                _ => continue,
            };
            leaks.push(leak(vec![name], kind));
        }
        let is_found = |name: &str| leaks.iter().any(|leak| leak.columns[0] == name);
        if !y.is_empty() && !numbers.iter().any(|(name, _)| is_found(name)) {
            let terms = linear_combination(&numbers, &y);
            if !terms.is_empty() {
                leaks.push(leak(terms, TargetLeakKind::LinearCombination));
            }
        }
        Ok(leaks)
    }
}

/// Returns true if equal cells always have the same target, and each has several rows.
fn same_cells_have_same_target(cells: &[&str], targets: &[&str]) -> bool {
    let mut known: HashMap<&str, &str> = HashMap::new();
    let is_same = cells.iter().zip(targets).all(|(cell, target)| known.entry(cell).or_insert(target) == target);
    is_same && known.len() > 1 && ROWS_FOR_EACH * known.len() <= cells.len()
}

/// Returns true if the classes of rows in the order of a column follow each other, each with several rows.
fn thresholds_separate(column: &[f64], classes: &[&str]) -> bool {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    classes.iter().for_each(|class| *counts.entry(class).or_default() += 1);
    if counts.values().any(|&count| count < ROWS_FOR_EACH) {
        return false;
    }
    let value = |row: usize| if column[row].is_nan() { f64::NEG_INFINITY } else { column[row] };
    let mut order: Vec<usize> = (0..column.len()).collect();
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    let changes: Vec<&[usize]> = order.windows(2).filter(|pair| classes[pair[0]] != classes[pair[1]]).collect();
    changes.len() + 1 == counts.len() && changes.iter().all(|pair| value(pair[0]) < value(pair[1]))
}

/// Returns true if the ranks of the filled cells are those of the targets, or their reverse.
fn is_monotonic(column: &[f64], targets: &[f64]) -> bool {
    let (x, y): (Vec<f64>, Vec<f64>) = column.iter().zip(targets).filter(|(x, _)| !x.is_nan()).unzip();
    if x.len() < MIN_ROWS || 2 * x.len() < column.len() {
        return false;
    }
    let [x, y] = [x, y].map(|values| centered(ranks(&values)));
    dot(&x, &y).abs() >= EXACT * (dot(&x, &x) * dot(&y, &y)).sqrt() && dot(&y, &y) > 0.0
}

/// Returns the rank of each value. Equal values have their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let (mut ranks, mut start) = (vec![0.0; values.len()], 0);
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        equal.iter().for_each(|&row| ranks[row] = start as f64 + (equal.len() - 1) as f64 / 2.0);
        start += equal.len();
    }
    ranks
}

/// Returns the names of few columns of which the targets are a linear combination; none if they are not.
///
/// The columns are selected forward, each the one that explains most of what is left, by Gram–Schmidt
/// orthogonalization, and the first of equal ones. Then those are eliminated without which the others suffice.
fn linear_combination<'n>(numbers: &[(&'n str, Vec<f64>)], targets: &[f64]) -> Vec<&'n str> {
    let is_filled = |(_, column): &&(&str, Vec<f64>)| {
        column.iter().filter(|x| x.is_nan()).count() as f64 <= MAX_MISSING * column.len() as f64
    };
    let filled: Vec<&(&str, Vec<f64>)> = numbers.iter().filter(is_filled).collect();
    let complete: Vec<usize> =
        (0..targets.len()).filter(|&row| filled.iter().all(|(_, column)| !column[row].is_nan())).collect();
    let rows: Vec<usize> = complete.iter().copied().step_by(complete.len().div_ceil(MAX_ROWS).max(1)).collect();
    let y = centered(rows.iter().map(|&row| targets[row]).collect());
    let column = |(_, column): &&(&str, Vec<f64>)| centered(rows.iter().map(|&row| column[row]).collect());
    let columns: Vec<Vec<f64>> = filled.iter().map(column).collect();

    let is_explained = |rest: &[f64]| dot(rest, rest) <= (1.0 - EXACT) * dot(&y, &y);
    let (mut rest, mut others, mut selected) = (y.clone(), columns.clone(), Vec::new());
    while !is_explained(&rest) {
        let explained = |j: &usize| dot(&others[*j], &rest).powi(2) / dot(&others[*j], &others[*j]);
        let is_independent = |&j: &usize| dot(&others[j], &others[j]) > INDEPENDENT * dot(&columns[j], &columns[j]);
        let candidates = (0..columns.len()).rev().filter(|j| !selected.contains(j)).filter(is_independent);
        let best = candidates.max_by(|a, b| explained(a).total_cmp(&explained(b)));
        let Some(best) = best.filter(|_| selected.len() < MAX_TERMS.min(rows.len() / ROWS_FOR_EACH)) else {
            return Vec::new();
        };
        selected.push(best);
        let direction = others[best].clone();
        others.iter_mut().chain([&mut rest]).for_each(|x| remove(x, &direction));
    }
    for term in selected.clone() {
        let without: Vec<usize> = selected.iter().copied().filter(|&other| other != term).collect();
        if is_explained(&unexplained(&y, without.iter().map(|&j| columns[j].clone()).collect())) {
            selected = without;
        }
    }
    selected.sort_unstable();
    selected.into_iter().map(|j| filled[j].0).collect()
}

/// Returns the residuals of the least squares fit of centered columns to `y`.
fn unexplained(y: &[f64], mut columns: Vec<Vec<f64>>) -> Vec<f64> {
    let mut rest = y.to_vec();
    while let Some(direction) = columns.pop() {
        columns.iter_mut().chain([&mut rest]).for_each(|x| remove(x, &direction));
    }
    rest
}

/// Subtracts the projection of `x` on a direction.
fn remove(x: &mut [f64], direction: &[f64]) {
    let factor = dot(x, direction) / dot(direction, direction);
    x.iter_mut().zip(direction).for_each(|(x, d)| *x -= factor * d);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Returns values minus their mean.
fn centered(mut values: Vec<f64>) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|x| *x -= mean);
    values
}
