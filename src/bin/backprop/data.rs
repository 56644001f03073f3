//! The data of a training: reading them, rows for training and for the evaluation, and what looks wrong.

use crate::options::Train;
use crate::print::{Failure, print_line};
use backprop::ndarray::Array2;
use backprop::rand::rngs::Xoshiro256PlusPlus;
use backprop::{Csv, Dataset, Encoder, Error, LeftOutReason};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::PathBuf;

/// The maximum number of outliers that are printed.
const MAX_OUTLIERS: usize = 5;
/// The number of training rows below which a warning names a class.
const FEW_ROWS: usize = 5;
/// The fraction and the number of the test rows from which those that are also training rows matter.
const MIN_DUPLICATES: (f64, usize) = (0.01, 3);
/// The ratio of the number of equal rows and of those by chance from which they are no coincidence.
const COINCIDENCE: f64 = 10.0;

/// The number of parts of a time, each of which a validation keeps together.
const PARTS_OF_TIME: usize = 10;

/// The rows of the file that have a target.
pub struct Data {
    csv: Csv,
    /// The encoding of all rows, which tells if the target has classes. That of a model is fitted to training rows.
    encoder: Encoder,
    /// The number of the other rows.
    pub without_target: usize,
}

/// Rows for training and for the evaluation.
pub struct Split {
    pub train: Csv,
    pub test: Csv,
}

impl Data {
    /// Returns a dataset without inputs, by whose targets the rows are divided.
    fn targets_only(&self) -> Result<Dataset<f32>, Failure> {
        let nothing = Array2::zeros((self.csv.len(), 0));
        Ok(match self.encoder.classes() {
            [] => Dataset::new(nothing, Array2::zeros((self.csv.len(), 1)))?,
            _ => Dataset::with_classes(nothing, &self.csv.column(self.encoder.target_name())?)?,
        })
    }
}

impl Train {
    /// Reads the file with the data, and prints its format.
    pub fn read(&self) -> Result<Data, Failure> {
        let csv = self.table.read(&self.data)?;
        print_line!("{}: {} rows, {} columns; {}", self.data.display(), csv.len(), csv.columns().len(), csv.format())?;
        let encoder = self.encoder_options().fit(&csv, &self.target).map_err(with_flags)?;
        let rows = encoder.rows_with_target(&csv)?;
        let without_target = csv.len() - rows.len();
        if without_target > 0 {
            print_line!("left out: {without_target} rows without a value in `{}`", self.target)?;
        }
        let csv = if without_target > 0 { csv.select(&rows) } else { csv };
        let csv = if self.drop_missing { self.without_missing(csv, &encoder)? } else { csv };
        Ok(Data { csv, encoder, without_target })
    }

    /// Drops the rows with a missing input, and prints which columns cost how many.
    fn without_missing(&self, csv: Csv, encoder: &Encoder) -> Result<Csv, Failure> {
        let columns = encoder.input_names().into_iter().map(|name| Ok((name, csv.missing(name)?)));
        let columns = columns.collect::<Result<Vec<_>, Failure>>()?;
        let mut costs: BTreeMap<&str, usize> = BTreeMap::new();
        let mut complete = Vec::new();
        for row in 0..csv.len() {
            let missing: Vec<&str> =
                columns.iter().filter(|(_, missing)| missing[row]).map(|(name, _)| *name).collect();
            if missing.is_empty() {
                complete.push(row);
            }
            missing.into_iter().for_each(|name| *costs.entry(name).or_default() += 1);
        }
        let listed: Vec<String> = costs.iter().map(|(name, rows)| format!("{rows} in `{name}`")).collect();
        if complete.is_empty() {
            return Err(format!(
                "expected rows without a missing cell, got none: {}; leave a column out",
                listed.join(", ")
            )
            .into());
        }
        if complete.len() < csv.len() {
            print_line!("left out: {} rows with a missing cell: {}", csv.len() - complete.len(), listed.join(", "))?;
        }
        Ok(csv.select(&complete))
    }

    /// Returns the rows for training and those for the evaluation.
    pub fn split(&self, data: &Data, rng: &mut Xoshiro256PlusPlus) -> Result<Split, Failure> {
        let csv = &data.csv;
        if let Some(path) = &self.test {
            let test = self.read_test(path, &data.encoder)?;
            return Ok(Split { train: csv.clone(), test });
        }
        let rows = data.targets_only()?;
        let (train, test) = if let Some(group) = &self.group {
            rows.split_groups(&csv.column(group)?, self.test_fraction, rng)?
        } else if let Some(time) = &self.time {
            rows.split_time(&csv.values(time)?, self.test_fraction)?
        } else {
            rows.split(self.test_fraction, rng)?
        };
        let select = |part: &Dataset<f32>| csv.select(&part.rows().iter().map(|row| row - 1).collect::<Vec<_>>());
        Ok(Split { train: select(&train), test: select(&test) })
    }

    /// Returns the rows of each fold of a cross-validation.
    pub fn folds(&self, data: &Data, folds: usize, rng: &mut Xoshiro256PlusPlus) -> Result<Vec<Split>, Failure> {
        let (csv, rows) = (&data.csv, data.targets_only()?);
        let select =
            |(train, test): (Vec<usize>, Vec<usize>)| Split { train: csv.select(&train), test: csv.select(&test) };
        Ok(if let Some(group) = &self.group {
            rows.group_fold_indices(&csv.column(group)?, folds, rng)?.map(select).collect()
        } else if let Some(time) = &self.time {
            rows.time_fold_indices(&csv.values(time)?, folds)?.map(select).collect()
        } else {
            rows.fold_indices(folds, rng)?.map(select).collect()
        })
    }

    /// Returns the numbers of the groups of rows that a validation keeps together: those of `--group`, or of parts of the
    /// time of `--time`.
    pub fn groups(&self, csv: &Csv) -> Result<Option<Vec<usize>>, Error> {
        if let Some(group) = &self.group {
            let mut numbers = HashMap::new();
            let number = |cell| {
                let next = numbers.len();
                *numbers.entry(cell).or_insert(next)
            };
            return Ok(Some(csv.column(group)?.into_iter().map(number).collect()));
        }
        let Some(time) = &self.time else { return Ok(None) };
        let times = csv.values(time)?;
        let mut sorted = times.clone();
        sorted.sort_by(f64::total_cmp);
        let part_of = |&time: &f64| sorted.partition_point(|&other| other < time) * PARTS_OF_TIME / sorted.len();
        Ok(Some(times.iter().map(part_of).collect()))
    }

    fn read_test(&self, path: &PathBuf, encoder: &Encoder) -> Result<Csv, Failure> {
        let csv = self.table.read(path)?;
        let rows = encoder.rows_with_target(&csv)?;
        match rows.len() {
            0 => {
                Err(format!("expected rows with a value in `{}`, got none, in {}", self.target, path.display()).into())
            }
            _ => Ok(csv.select(&rows)),
        }
    }

    /// Leaves the test rows out whose class no training row has, and returns a sentence about them.
    pub fn without_unknown_classes(&self, split: Split, encoder: &Encoder) -> Result<(Split, Option<String>), Failure> {
        let cells = split.test.column(&self.target)?;
        let is_known = |row: &usize| encoder.classes().iter().any(|class| class == cells[*row]);
        let (known, unknown): (Vec<usize>, Vec<usize>) = (0..cells.len()).partition(is_known);
        if encoder.classes().is_empty() || unknown.is_empty() {
            return Ok((split, None));
        }
        if known.is_empty() {
            return Err("expected test rows of the classes of the training rows, got none".into());
        }
        let (rows, first) = (unknown.len(), cells[unknown[0]]);
        let problem =
            format!("{rows} test rows are left out, since no training row has their class: `{first}`, for example");
        let test = split.test.select(&known);
        Ok((Split { test, ..split }, Some(problem)))
    }

    /// Returns what looks wrong in the rows, in sentences.
    pub fn problems(&self, encoder: &Encoder, Split { train, test }: &Split) -> Result<Vec<String>, Failure> {
        let mut problems = Vec::new();
        problems.extend(outliers(train, encoder)?);
        for leak in encoder.leaks(train)? {
            let columns = leak.columns.join(",");
            problems.push(format!("{leak}; if not known before `{}`, use --without '{columns}'", self.target));
        }
        if !encoder.classes().is_empty() {
            let targets = train.column(&self.target)?;
            let mut counts: HashMap<&str, usize> = encoder.classes().iter().map(|class| (&class[..], 0)).collect();
            targets.iter().for_each(|class| *counts.entry(class).or_default() += 1);
            let few = encoder.classes().iter().filter(|class| counts[&class[..]] < FEW_ROWS);
            let few: Vec<String> = few.map(|class| format!("{class} ({})", counts[&class[..]])).collect();
            if !few.is_empty() {
                problems.push(format!(
                    "classes with fewer than {FEW_ROWS} training rows, which can hardly be learnt: {}",
                    few.join(", ")
                ));
            }
        }
        let duplicates = duplicates(encoder, train, test)?;
        if duplicates > 0 {
            problems.push(format!(
                "{duplicates} of {} test rows are also training rows: the result looks better than it is; drop duplicates, or use --group",
                test.len()
            ));
        }
        let warnings = encoder.warnings(train)?;
        problems.extend(warnings.iter().map(ToString::to_string));
        Ok(problems)
    }
}

/// Returns sentences about the outliers of columns of numbers, in the rows that have all of them: the filled cells of the
/// others would hide how far the numbers vary.
fn outliers(csv: &Csv, encoder: &Encoder) -> Result<Vec<String>, Failure> {
    let numbers = encoder.numbers(csv)?;
    let names: Vec<&str> = numbers.iter().map(|(name, _)| *name).collect();
    let is_complete = |row: &usize| numbers.iter().all(|(_, column)| !column[*row].is_nan());
    let complete: Vec<usize> = (0..csv.len()).filter(is_complete).collect();
    if names.is_empty() || 2 * complete.len() < csv.len() {
        return Ok(Vec::new());
    }
    let inputs = Array2::from_shape_fn((complete.len(), names.len()), |(i, j)| numbers[j].1[complete[i]]);
    let outliers = Dataset::new(inputs, Array2::zeros((complete.len(), 1)))?.named(&names)?.suspicious();
    let shown = outliers.iter().take(MAX_OUTLIERS).map(|outlier| {
        let (index, file) = (format!("row {}", outlier.row), format!("row {}", csv.rows()[complete[outlier.row - 1]]));
        format!("suspicious: {}", outlier.to_string().replacen(&index, &file, 1))
    });
    let mut sentences: Vec<String> = shown.collect();
    if outliers.len() > MAX_OUTLIERS {
        sentences.push(format!("and {} more suspicious rows", outliers.len() - MAX_OUTLIERS));
    }
    Ok(sentences)
}

/// Returns the number of test rows that are training rows too, by all cells except numbers of rows; 0 if they are few, or
/// not many more than in a table of independent columns, where rows with frequent cells are equal by chance.
fn duplicates(encoder: &Encoder, train: &Csv, test: &Csv) -> Result<usize, Failure> {
    let numbers_rows = |name: &&String| {
        let reason = encoder.left_out().iter().find(|(left_out, _)| left_out == *name).map(|(_, reason)| reason);
        match reason {
            Some(LeftOutReason::Identifier { distinct }) => *distinct == train.len(),
            reason => matches!(reason, Some(LeftOutReason::RowNumbers)),
        }
    };
    let names: Vec<&String> = train.columns().iter().filter(|name| !numbers_rows(name)).collect();
    let Ok(tested) = hashes(test, &names) else { return Ok(0) };
    let known: HashSet<u64> = hashes(train, &names)?.into_iter().collect();
    let duplicates = tested.iter().filter(|hash| known.contains(hash)).count();
    if duplicates < MIN_DUPLICATES.1 || (duplicates as f64) < MIN_DUPLICATES.0 * test.len() as f64 {
        return Ok(0);
    }
    let mut expected = train.len() as f64;
    for name in names {
        let mut counts: HashMap<&str, f64> = HashMap::new();
        train.column(name)?.into_iter().for_each(|cell| *counts.entry(cell).or_default() += 1.0);
        // The probability that two cells of a column are equal is the sum of the squared frequencies.
        expected *= counts.values().map(|count| (count / train.len() as f64).powi(2)).sum::<f64>();
    }
    let is_chance = (duplicates as f64) <= COINCIDENCE * expected.min(1.0) * test.len() as f64;
    Ok(if is_chance { 0 } else { duplicates })
}

/// Returns a hash of each row, by the cells of these columns.
fn hashes(csv: &Csv, names: &[&String]) -> Result<Vec<u64>, Error> {
    let (mut hashes, state) = (vec![0; csv.len()], BuildHasherDefault::<DefaultHasher>::default());
    for name in names {
        let cells = csv.column(name)?;
        hashes.iter_mut().zip(cells).for_each(|(hash, cell)| *hash = state.hash_one((*hash, cell)));
    }
    Ok(hashes)
}

/// Replaces the advice of an error about columns by the flags that follow it.
fn with_flags(mut error: Error) -> Error {
    if let Error::InvalidArgument { advice, .. } = &mut error {
        *advice = match &advice[..] {
            "choose inputs" => "use --inputs, --numbers, --categories or --dates".into(),
            other => other
                .replace("take the target as classes", "use --kind classes")
                .replace("take it as classes", "use --kind classes"),
        };
    }
    error
}
