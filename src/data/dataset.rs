//! [`Dataset`]: samples to train on and to test with.

use crate::error::Error;
use crate::kernels::slices::argmax;
use crate::matrix::AsMatrix;
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::{shortened, twice};
use ndarray::{Array2, Axis};
use std::collections::HashMap;

/// Samples: inputs and targets, one of each in a row.
///
/// Targets are numbers or classes; a class is a row with a 1 in its place and zeros.
///
/// ```
/// use backprop::Dataset;
/// use backprop::ndarray::array;
///
/// let people = Dataset::with_classes(array![[133.0, 65.0], [160.0, 72.0]], &["F", "M"])?.named(["weight", "height"])?;
/// assert_eq!(people.classes(), ["F", "M"]);
/// assert_eq!(people.targets(), array![[1.0, 0.0], [0.0, 1.0]]);
/// assert_eq!(people.one_output()?.targets(), array![[0.0], [1.0]]); // 1 for the second class
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// From a CSV file it comes by `Csv` (feature `csv`).
#[doc(alias("DataLoader", "TensorDataset"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset<T> {
    pub(super) inputs: Array2<T>,
    pub(super) targets: Array2<T>,
    pub(super) input_names: Vec<String>,
    pub(super) target_name: String,
    /// In the order of their columns among the targets, or of two, 0 and 1; none where targets are numbers.
    pub(super) classes: Vec<String>,
    /// Where each sample stood in the data, counted from 1.
    pub(super) rows: Vec<usize>,
}

/// The number of classes: a network has an output for each, a matrix of them a row and a column.
const MOST_CLASSES: usize = 1000;
/// The number of targets that are classes, samples by classes: 256 MiB in f32.
const MOST_TARGETS: usize = 1 << 26;

/// The size of a class's name: a table of 30 classes has it 900 times.
const MOST_BYTES_OF_CLASS: usize = 1000;

impl<T: Scalar> Dataset<T> {
    /// Samples with numbers as targets.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many targets as inputs, [`Error::NonFinite`] if a value is infinite or NaN.
    pub fn new(inputs: impl AsMatrix<T>, targets: impl AsMatrix<T>) -> Result<Dataset<T>, Error> {
        let [inputs, targets]: [Array2<T>; 2] =
            [inputs.with_view(|inputs| inputs.to_owned()), targets.with_view(|targets| targets.to_owned())];
        Error::check_count_in("Dataset", "samples of targets", inputs.nrows(), targets.nrows())?;
        for (name, numbers) in [("input", &inputs), ("target", &targets)] {
            for ((row, column), x) in numbers.indexed_iter() {
                Error::check_finite_cell(name, double(x), || row + 1, || format!("column {}", column + 1))?;
            }
        }
        Ok(Dataset {
            input_names: default_names(inputs.ncols()),
            target_name: "y".into(),
            classes: Vec::new(),
            rows: (1..=inputs.nrows()).collect(),
            inputs,
            targets,
        })
    }

    /// Samples with classes as targets, given by name. Classes are in the order of their names; numbers in that of numbers.
    ///
    /// # Errors
    /// Those of [`new`](Self::new); [`Error::Limit`] if there are more than 1,000 classes, or more than 2²⁶ targets, of which
    /// each sample has one for each class, or if a class has a name of more than 1,000 bytes.
    #[doc(alias("one_hot", "OneHotEncoder", "LabelBinarizer", "to_categorical"))]
    pub fn with_classes(inputs: impl AsMatrix<T>, labels: &[impl AsRef<str>]) -> Result<Dataset<T>, Error> {
        let mut classes: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
        classes.sort_unstable();
        classes.dedup();
        let (samples, count) = (labels.len(), classes.len());
        let limit = |what, limit: usize, got: usize, place: String, advice| Error::Limit {
            what,
            limit: limit as u64,
            got: Some(got as u64),
            place,
            advice,
        };
        let place = || "the targets".to_string();
        if count > MOST_CLASSES {
            return Err(limit("classes", MOST_CLASSES, count, place(), "use numbers, or fewer classes"));
        }
        if let Some(class) = classes.iter().find(|class| class.len() > MOST_BYTES_OF_CLASS) {
            let place = format!("the class `{}`", shortened(class));
            return Err(limit("bytes", MOST_BYTES_OF_CLASS, class.len(), place, "use a shorter name"));
        }
        let targets = samples.saturating_mul(count);
        if targets > MOST_TARGETS {
            let place = format!("{samples} samples of {count} classes");
            return Err(limit("targets", MOST_TARGETS, targets, place, "use fewer samples or classes"));
        }
        let number = |class: &&str| class.parse::<f64>().unwrap_or(f64::INFINITY);
        classes.sort_by(|a, b| number(a).total_cmp(&number(b))); // stable: of one number, by name
        let indices: HashMap<&str, usize> = classes.iter().enumerate().map(|(i, &class)| (class, i)).collect();
        let mut targets = Array2::from_elem((samples, count), T::zero());
        for (label, mut row) in labels.iter().zip(targets.rows_mut()) {
            row[indices[label.as_ref()]] = T::one();
        }
        Ok(Dataset {
            classes: classes.iter().map(|class| class.to_string()).collect(),
            ..Dataset::new(inputs, targets)?
        })
    }

    /// The same, its inputs named.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many names as inputs, [`Error::Duplicate`] if two inputs have one name.
    #[doc(alias = "feature_names")]
    pub fn named<N: ToString>(self, names: impl IntoIterator<Item = N>) -> Result<Dataset<T>, Error> {
        let input_names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
        Error::check_count_in("Dataset::named", "names", self.inputs.ncols(), input_names.len())?;
        if let Some(name) = twice(&input_names) {
            return Err(Error::Duplicate { what: "input", name: name.into(), place: "Dataset::named".into() });
        }
        Ok(Dataset { input_names, ..self })
    }

    /// The same, its target named.
    pub fn target_named(self, name: impl ToString) -> Dataset<T> {
        Dataset { target_name: name.to_string(), ..self }
    }

    /// With where each sample stood in a file.
    #[cfg(feature = "csv")]
    pub(super) fn with_rows(self, rows: Vec<usize>) -> Dataset<T> {
        Dataset { rows, ..self }
    }

    /// The same with a single output for its two classes: 0 for the first and 1 for the second, for the losses that take one.
    ///
    /// # Errors
    /// [`Error::Shape`] unless there are two classes.
    pub fn one_output(self) -> Result<Dataset<T>, Error> {
        Error::check_count_in("Dataset::one_output", "classes", 2, self.classes.len())?;
        let second = self.targets.ncols() - 1;
        let targets = self.targets.column(second).to_owned().insert_axis(Axis(1));
        Ok(Dataset { targets, ..self })
    }

    /// The inputs, a sample a row.
    pub fn inputs(&self) -> &Array2<T> {
        &self.inputs
    }

    /// The targets, a sample a row.
    pub fn targets(&self) -> &Array2<T> {
        &self.targets
    }

    /// What the inputs are called.
    #[doc(alias = "feature_names")]
    pub fn input_names(&self) -> &[String] {
        &self.input_names
    }

    /// Whether the inputs have names of their own.
    pub(crate) fn is_named(&self) -> bool {
        self.input_names != default_names(self.inputs.ncols())
    }

    /// What the target is called.
    pub fn target_name(&self) -> &str {
        &self.target_name
    }

    /// The names of the classes; none where targets are numbers.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The class of each sample, by its index.
    ///
    /// # Panics
    /// When targets are numbers.
    #[track_caller]
    pub fn labels(&self) -> Vec<usize> {
        assert!(!self.classes.is_empty(), "the targets are numbers");
        let class = |row: &[T]| if self.classes.len() == 1 { 0 } else { class_of(row) };
        self.targets.rows().into_iter().map(|row| class(&row.to_vec())).collect()
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.inputs.nrows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where each sample stood in the data, counted from 1.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The samples of these indices, in this order.
    ///
    /// # Panics
    /// When there are not so many.
    #[doc(alias("Subset", "take"))]
    #[track_caller]
    pub fn select(&self, indices: &[usize]) -> Dataset<T> {
        Dataset {
            inputs: self.inputs.select(Axis(0), indices),
            targets: self.targets.select(Axis(0), indices),
            rows: indices.iter().map(|&index| self.rows[index]).collect(),
            input_names: self.input_names.clone(),
            target_name: self.target_name.clone(),
            classes: self.classes.clone(),
        }
    }

    /// The same samples as a model sees them.
    pub(crate) fn with(&self, inputs: Array2<T>, targets: Array2<T>, classes: &[String]) -> Dataset<T> {
        Dataset {
            inputs,
            targets,
            classes: classes.to_vec(),
            input_names: self.input_names.clone(),
            target_name: self.target_name.clone(),
            rows: self.rows.clone(),
        }
    }
}

/// What inputs are called by themselves.
fn default_names(columns: usize) -> Vec<String> {
    (1..=columns).map(|column| format!("x{column}")).collect()
}

/// The class that a row of targets says.
pub(super) fn class_of<T: Scalar>(targets: &[T]) -> usize {
    match targets {
        &[target] => (target > T::of(0.5)) as usize,
        _ => argmax(targets),
    }
}
