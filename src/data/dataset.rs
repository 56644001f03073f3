//! [`Dataset`]: the inputs and targets of samples.

use crate::error::Error;
use crate::kernels::slices::argmax;
use crate::matrix::AsMatrix;
use crate::scalar::{Scalar, double};
use crate::text::{shortened, twice};
use ndarray::{Array2, Axis};
use std::collections::HashMap;

/// Samples: a matrix of inputs and one of targets, with a row for each sample.
///
/// Targets are numbers or classes. Classes are one-hot encoded: a row has a 1 in the column of its class and zeros in
/// the others. `Csv` (feature `csv`) makes a dataset from a file.
///
/// # Examples
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
#[doc(alias("DataLoader", "TensorDataset"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset<T> {
    pub(super) inputs: Array2<T>,
    pub(super) targets: Array2<T>,
    pub(super) input_names: Vec<String>,
    pub(super) target_name: String,
    /// The classes in the order of their columns, or of the values 0 and 1 of a single column; empty for numeric
    /// targets.
    pub(super) classes: Vec<String>,
    /// The row of each sample in the data, counted from 1.
    pub(super) rows: Vec<usize>,
}

/// The maximal number of classes. A network has an output for each, and a confusion matrix a row and a column.
const MAX_CLASSES: usize = 1000;
/// The maximal number of one-hot encoded targets, samples times classes: 256 MiB in f32.
const MAX_TARGETS: usize = 1 << 26;
/// The maximal length of the name of a class. A table of 30 classes contains it 900 times.
const MAX_CLASS_NAME_BYTES: usize = 1000;

impl<T: Scalar> Dataset<T> {
    /// Creates a dataset with numbers as targets.
    ///
    /// # Errors
    /// [`Error::Shape`] if `inputs` and `targets` differ in their number of rows; [`Error::NonFinite`] if a value is
    /// infinite or NaN.
    pub fn new(inputs: impl AsMatrix<T>, targets: impl AsMatrix<T>) -> Result<Dataset<T>, Error> {
        let [inputs, targets]: [Array2<T>; 2] = [inputs.as_view().to_owned(), targets.as_view().to_owned()];
        Error::check_count_in("Dataset", "samples of targets", inputs.nrows(), targets.nrows())?;
        for (name, values) in [("input", &inputs), ("target", &targets)] {
            for ((row, column), x) in values.indexed_iter() {
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

    /// Creates a dataset with classes as targets; `labels` has the name of each sample's class.
    ///
    /// The classes are sorted: names that are numbers first, by their value, then the others alphabetically.
    ///
    /// # Errors
    /// Those of [`new`](Self::new); [`Error::Limit`] if there are more than 1,000 classes, more than 2²⁶ one-hot
    /// encoded targets (samples times classes), or if the name of a class is longer than 1,000 bytes.
    #[doc(alias("one_hot", "OneHotEncoder", "LabelBinarizer", "to_categorical"))]
    pub fn with_classes(inputs: impl AsMatrix<T>, labels: &[impl AsRef<str>]) -> Result<Dataset<T>, Error> {
        let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
        let classes = sorted_classes(&labels)?;
        let indices: HashMap<&str, usize> = classes.iter().enumerate().map(|(i, &class)| (class, i)).collect();
        let mut targets = Array2::from_elem((labels.len(), classes.len()), T::zero());
        for (label, mut row) in labels.iter().zip(targets.rows_mut()) {
            row[indices[label]] = T::one();
        }
        Ok(Dataset {
            classes: classes.iter().map(|class| class.to_string()).collect(),
            ..Dataset::new(inputs, targets)?
        })
    }

    /// Sets the names of the inputs; the defaults are `x1`, `x2` and so on.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of names differs from that of inputs; [`Error::Duplicate`] if two inputs have the
    /// same name.
    #[doc(alias = "feature_names")]
    pub fn named<N: ToString>(self, names: impl IntoIterator<Item = N>) -> Result<Dataset<T>, Error> {
        let input_names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
        Error::check_count_in("Dataset::named", "names", self.inputs.ncols(), input_names.len())?;
        if let Some(name) = twice(&input_names) {
            return Err(Error::Duplicate { what: "input", name: name.into(), place: "Dataset::named".into() });
        }
        Ok(Dataset { input_names, ..self })
    }

    /// Sets the name of the target; the default is `y`.
    pub fn target_named(self, name: impl ToString) -> Dataset<T> {
        Dataset { target_name: name.to_string(), ..self }
    }

    /// Sets the row of each sample in a file.
    #[cfg(feature = "csv")]
    pub(super) fn with_rows(self, rows: Vec<usize>) -> Dataset<T> {
        Dataset { rows, ..self }
    }

    /// Encodes two classes in one column: 0 for the first and 1 for the second, for losses of a single output.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of classes is not 2.
    pub fn one_output(self) -> Result<Dataset<T>, Error> {
        Error::check_count_in("Dataset::one_output", "classes", 2, self.classes.len())?;
        let second = self.targets.ncols() - 1;
        let targets = self.targets.column(second).to_owned().insert_axis(Axis(1));
        Ok(Dataset { targets, ..self })
    }

    /// Returns the inputs, with a sample in each row.
    pub fn inputs(&self) -> &Array2<T> {
        &self.inputs
    }

    /// Returns the targets, with a sample in each row.
    pub fn targets(&self) -> &Array2<T> {
        &self.targets
    }

    /// Returns the names of the inputs.
    #[doc(alias = "feature_names")]
    pub fn input_names(&self) -> &[String] {
        &self.input_names
    }

    /// Returns true if the inputs have other names than the default ones.
    pub(crate) fn is_named(&self) -> bool {
        self.input_names != default_names(self.inputs.ncols())
    }

    /// Returns the name of the target.
    pub fn target_name(&self) -> &str {
        &self.target_name
    }

    /// Returns the names of the classes; an empty slice for numeric targets.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns the index of each sample's class.
    ///
    /// # Panics
    /// If the targets are numbers.
    #[track_caller]
    pub fn labels(&self) -> Vec<usize> {
        assert!(!self.classes.is_empty(), "`labels` needs classes as targets, got numbers");
        let class = |row: &[T]| if self.classes.len() == 1 { 0 } else { class_of(row) };
        self.targets.rows().into_iter().map(|row| class(&row.to_vec())).collect()
    }

    /// Returns weights of the classes that give all classes the same total weight, as scikit-learn's
    /// `class_weight="balanced"`: n/(k·nⱼ) for class j with nⱼ of the n samples, of k classes. A class without samples
    /// has the weight 0.
    ///
    /// [`Trainer::class_weights`](crate::Trainer::class_weights) takes them.
    ///
    /// # Examples
    /// ```
    /// use backprop::Dataset;
    ///
    /// let dataset = Dataset::with_classes([[1.0], [2.0], [3.0], [4.0]], &["a", "b", "b", "b"])?;
    /// assert_eq!(dataset.balanced_class_weights(), [2.0, 2.0 / 3.0]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the targets are numbers.
    #[doc(alias("class_weight", "compute_class_weight"))]
    #[track_caller]
    pub fn balanced_class_weights(&self) -> Vec<f64> {
        let mut counts = vec![0.0; self.classes.len()];
        self.labels().into_iter().for_each(|class| counts[class] += 1.0);
        let mean = self.len() as f64 / counts.len() as f64;
        counts.into_iter().map(|count| if count > 0.0 { mean / count } else { 0.0 }).collect()
    }

    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        self.inputs.nrows()
    }

    /// Returns true if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the row of each sample in the data, counted from 1.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Returns the samples with these indices, in this order.
    ///
    /// # Panics
    /// If an index is not less than the number of samples.
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

    /// Removes the samples with these indices, and returns them in this order.
    ///
    /// The other samples stay in their order. They are moved, where [`select`](Self::select) would copy them.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Dataset, ndarray::array};
    ///
    /// let mut train = Dataset::new(array![[0.0], [1.0], [2.0], [3.0]], array![[0.0], [1.0], [4.0], [9.0]])?;
    /// let validation = train.split_off(&[2, 0]);
    /// assert_eq!(validation.inputs(), array![[2.0], [0.0]]);
    /// assert_eq!(train.inputs(), array![[1.0], [3.0]]);
    /// assert_eq!(train.rows(), [2, 4]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If an index is not less than the number of samples.
    #[track_caller]
    pub fn split_off(&mut self, indices: &[usize]) -> Dataset<T> {
        let removed = self.select(indices);
        let mut is_kept = vec![true; self.len()];
        indices.iter().for_each(|&index| is_kept[index] = false);
        let kept: Vec<usize> = (0..self.len()).filter(|&index| is_kept[index]).collect();
        for values in [&mut self.inputs, &mut self.targets] {
            *values = rows_of(std::mem::replace(values, Array2::zeros((0, 0))), &kept);
        }
        self.rows = kept.into_iter().map(|index| self.rows[index]).collect();
        removed
    }

    /// Returns the inputs in row-major order, and leaves none.
    pub(crate) fn take_inputs(&mut self) -> Array2<T> {
        let inputs = std::mem::replace(&mut self.inputs, Array2::zeros((0, 0)));
        if inputs.is_standard_layout() { inputs } else { inputs.as_standard_layout().into_owned() }
    }

    /// Returns these samples with other inputs, targets and classes.
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

/// Returns a matrix with these of its rows alone, whose indices increase. A matrix in row-major order is not copied.
fn rows_of<T: Scalar>(matrix: Array2<T>, indices: &[usize]) -> Array2<T> {
    if !matrix.is_standard_layout() {
        return matrix.select(Axis(0), indices);
    }
    let columns = matrix.ncols();
    let (mut values, offset) = matrix.into_raw_vec_and_offset();
    let first = offset.unwrap_or(0);
    for (row, &index) in indices.iter().enumerate() {
        let start = first + index * columns;
        values.copy_within(start..start + columns, row * columns);
    }
    values.truncate(indices.len() * columns);
    Array2::from_shape_vec((indices.len(), columns), values).expect("a row for each index")
}

/// Returns the distinct labels: those that are numbers first, by their value, then the others alphabetically.
fn sorted_classes<'a>(labels: &[&'a str]) -> Result<Vec<&'a str>, Error> {
    let mut classes = labels.to_vec();
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
    if count > MAX_CLASSES {
        return Err(limit("classes", MAX_CLASSES, count, "the targets".into(), "use numbers, or fewer classes"));
    }
    if let Some(class) = classes.iter().find(|class| class.len() > MAX_CLASS_NAME_BYTES) {
        let place = format!("the class `{}`", shortened(class));
        return Err(limit("bytes", MAX_CLASS_NAME_BYTES, class.len(), place, "use a shorter name"));
    }
    let targets = samples.saturating_mul(count);
    if targets > MAX_TARGETS {
        let place = format!("{samples} samples of {count} classes");
        return Err(limit("targets", MAX_TARGETS, targets, place, "use fewer samples or classes"));
    }
    let number = |class: &&str| class.parse::<f64>().unwrap_or(f64::INFINITY);
    classes.sort_unstable_by(|a, b| number(a).total_cmp(&number(b)).then(a.cmp(b)));
    Ok(classes)
}

/// Returns the default names of inputs.
pub(crate) fn default_names(columns: usize) -> Vec<String> {
    (1..=columns).map(|column| format!("x{column}")).collect()
}

/// Returns the index of the class that a row of targets encodes.
pub(super) fn class_of<T: Scalar>(targets: &[T]) -> usize {
    match targets {
        &[target] => (target > T::of(0.5)) as usize,
        _ => argmax(targets),
    }
}
