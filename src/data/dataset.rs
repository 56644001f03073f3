//! [`Dataset`]: samples to train on and to test with.

use crate::error::Error;
use crate::kernels::slices::argmax;
use crate::matrix::AsMatrix;
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::{shortened, twice};
use ndarray::{Array2, ArrayView1, Axis};
use rand::Rng;
use rand::seq::SliceRandom;
use std::collections::HashMap;
use std::fmt;

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
    inputs: Array2<T>,
    targets: Array2<T>,
    input_names: Vec<String>,
    target_name: String,
    /// In the order of their columns among the targets, or of two, 0 and 1; none where targets are numbers.
    classes: Vec<String>,
    /// Where each sample stood in the data, counted from 1.
    rows: Vec<usize>,
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

    /// The samples in two parts, drawn at random: the second has this share. Where there are classes, each has its share of
    /// both parts.
    ///
    /// ```
    /// use backprop::Dataset;
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    ///
    /// let labels: Vec<&str> = (0..20).map(|i| if i < 15 { "common" } else { "rare" }).collect();
    /// let x: Vec<[f64; 1]> = (0..20).map(|i| [i as f64]).collect();
    /// let dataset = Dataset::with_classes(<[_; 20]>::try_from(x).unwrap(), &labels)?;
    /// let (train, test) = dataset.split(0.2, &mut SomeRng::seed_from_u64(1))?;
    /// assert_eq!((train.len(), test.len()), (16, 4));
    /// assert_eq!(test.labels().iter().filter(|&&class| class == 1).count(), 1);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if a part would be empty.
    #[doc(alias("train_test_split", "random_split"))]
    pub fn split(&self, share: f64, rng: &mut impl Rng) -> Result<(Dataset<T>, Dataset<T>), Error> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let mut due = 0.0; // carried from class to class, so that small classes do not round the share away
        for class in self.shuffled_classes(rng) {
            let wanted = due + share * class.len() as f64;
            let count = (wanted.round().max(0.0) as usize).min(class.len());
            due = wanted - count as f64;
            second.extend_from_slice(&class[..count]);
            first.extend_from_slice(&class[count..]);
        }
        if first.is_empty() || second.is_empty() {
            let requirement = format!("leave samples in both parts of {}", self.len());
            return Err(Error::invalid_argument("share", requirement, share));
        }
        for part in [&mut first, &mut second] {
            part.sort_unstable();
        }
        Ok((self.select(&first), self.select(&second)))
    }

    /// For cross-validation: so many times the samples to train on, and those to test with. Each sample is in one test part, and each
    /// class has its share of all.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if there are fewer than two folds, or fewer samples than folds.
    #[doc(alias("KFold", "StratifiedKFold", "cross_validation"))]
    pub fn folds<R: Rng>(
        &self,
        folds: usize,
        rng: &mut R,
    ) -> Result<impl Iterator<Item = (Dataset<T>, Dataset<T>)> + use<'_, T, R>, Error> {
        if folds < 2 || self.len() < folds {
            let requirement = format!("be at least 2 and at most the number of samples, {}", self.len());
            return Err(Error::invalid_argument("folds", requirement, folds));
        }
        let dealt: Vec<usize> = self.shuffled_classes(rng).concat();
        let mut fold_of = vec![0; self.len()];
        for (i, index) in dealt.into_iter().enumerate() {
            fold_of[index] = i % folds;
        }
        Ok((0..folds).map(move |fold| {
            let [train, test] = [false, true].map(|wanted| {
                let indices = (0..self.len()).filter(|&i| (fold_of[i] == fold) == wanted);
                self.select(&indices.collect::<Vec<_>>())
            });
            (train, test)
        }))
    }

    /// The indices of the samples of each class, shuffled; all together where targets are numbers.
    fn shuffled_classes(&self, rng: &mut impl Rng) -> Vec<Vec<usize>> {
        let mut of_class = vec![Vec::new(); self.classes.len().max(1)];
        let labels = if self.classes.is_empty() { vec![0; self.len()] } else { self.labels() };
        for (index, class) in labels.into_iter().enumerate() {
            of_class[class].push(index);
        }
        for indices in &mut of_class {
            indices.shuffle(rng);
        }
        of_class
    }

    /// Inputs that are far from all others of their column, by the robust z-score: how many standard deviations they are from
    /// the median, the deviation being taken from the median one, `1.4826·median|x − median|`, so that what is wrong
    /// does not hide itself ([Iglewicz and Hoaglin 1993](https://hwbdocuments.env.nm.gov/Los%20Alamos%20National%20Labs/TA%2054/11587.pdf)).
    /// They are told from five on; the farthest first.
    ///
    /// ```
    /// use backprop::{Dataset, ndarray::array};
    ///
    /// let x = array![[58.0, 161.0], [68.0, 177.0], [166.0, 57.0], [55.0, 167.0], [62.0, 165.0]];
    /// let people = Dataset::with_classes(x, &["F", "M", "F", "F", "F"])?.named(["weight", "height"])?;
    /// assert_eq!(
    ///     people.suspicious()[0].to_string(),
    ///     "row 3: weight is 166, while half of all are from 58 to 68; height is 57, while half of all are from 161 to 167: \
    ///      have weight and height changed places?"
    /// );
    /// # Ok::<(), backprop::Error>(())
    /// ```
    #[doc(alias = "outliers")]
    pub fn suspicious(&self) -> Vec<Outlier> {
        let columns: Vec<Column> = self.inputs.columns().into_iter().map(Column::new).collect();
        let mut found: Vec<Outlier> = Vec::new();
        for (sample, &row) in self.inputs.rows().into_iter().zip(&self.rows) {
            let far = sample.iter().zip(&columns).enumerate();
            let far: Vec<usize> =
                far.filter(|(_, (x, column))| column.z(double(*x)).abs() >= SUSPICIOUS).map(|(j, _)| j).collect();
            if far.is_empty() {
                continue;
            }
            let fits = |i: usize, column: usize| columns[column].z(double(&sample[i])).abs() < ORDINARY;
            let pairs = || far.iter().flat_map(|&i| far.iter().map(move |&j| (i, j)).filter(|(i, j)| i < j));
            let may_be_swapped = far.len() <= MOST_SWAPPED; // there are as many pairs as that by itself
            let swapped = may_be_swapped.then(|| pairs().find(|&(i, j)| fits(i, j) && fits(j, i))).flatten();
            let name = |j: usize| self.input_names[j].clone();
            let cell = |&j: &usize| {
                let [lower, _, upper] = columns[j].quartiles;
                SuspiciousCell {
                    column: name(j),
                    value: as_written(&sample[j]),
                    z: columns[j].z(double(&sample[j])),
                    usual: [lower, upper],
                }
            };
            let cells = far.iter().map(cell).collect();
            found.push(Outlier { row, cells, swapped: swapped.map(|(i, j)| [name(i), name(j)]) });
        }
        let worst = |suspicion: &Outlier| suspicion.cells.iter().map(|cell| cell.z.abs()).fold(0.0, f64::max);
        found.sort_by(|a, b| worst(b).total_cmp(&worst(a)));
        found
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

/// From how many robust standard deviations on a number is told, and to how many it would be a usual one.
const SUSPICIOUS: f64 = 5.0;
const ORDINARY: f64 = 3.5;

/// How many inputs of a sample may be far, that two of them are asked whether they changed places.
const MOST_SWAPPED: usize = 100;
/// How many inputs of a sample its text shows.
const MOST_CELLS: usize = 5;

/// What is usual in a column.
struct Column {
    /// As the type of the numbers writes them.
    quartiles: [f64; 3],
    median: f64,
    /// The robust standard deviation.
    deviation: f64,
}

impl Column {
    /// In time proportional to the numbers: none is sorted farther than the quantiles ask for.
    fn new<T: Scalar>(column: ArrayView1<'_, T>) -> Column {
        let mut numbers: Vec<f64> = column.iter().map(double).collect();
        let quartiles = [0.25, 0.5, 0.75].map(|part| quantile(&mut numbers, part, |x| as_written(&T::of(x))));
        let median = quantile(&mut numbers, 0.5, |x| x);
        numbers.iter_mut().for_each(|x| *x = (*x - median).abs());
        Column { quartiles, median, deviation: 1.4826 * quantile(&mut numbers, 0.5, |x| x) }
    }

    /// The robust z-score; where more than half of a column is one number, nothing stands out.
    fn z(&self, x: f64) -> f64 {
        if self.deviation > 0.0 { (x - self.median) / self.deviation } else { 0.0 }
    }
}

/// The number below which this part of all is, between two of them, written so, by the straight line.
fn quantile(numbers: &mut [f64], part: f64, written: impl Fn(f64) -> f64) -> f64 {
    let Some(last) = numbers.len().checked_sub(1) else { return f64::NAN };
    let place = last as f64 * part;
    let (_, &mut below, rest) = numbers.select_nth_unstable_by(place.floor() as usize, f64::total_cmp);
    if place.fract() == 0.0 {
        return written(below);
    }
    let above = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
    let (below, above) = (written(below), written(above));
    below + (above - below) * place.fract()
}

/// The number as its own type writes it: 0.1 of f32 is 0.1.
fn as_written<T: Scalar>(x: &T) -> f64 {
    x.to_string().parse().unwrap_or(double(x))
}

/// A sample with inputs that are far from all others of their column; from [`Dataset::suspicious`].
#[derive(Clone, Debug, PartialEq)]
pub struct Outlier {
    /// Where the sample stood in the data, counted from 1.
    pub row: usize,
    /// The inputs.
    pub cells: Vec<SuspiciousCell>,
    /// Two that would be usual in each other's place.
    pub swapped: Option<[String; 2]>,
}

/// An input that is far from all others of its column.
#[derive(Clone, Debug, PartialEq)]
pub struct SuspiciousCell {
    /// What the input is called.
    pub column: String,
    /// The number.
    pub value: f64,
    /// Its robust z-score.
    pub z: f64,
    /// The quartiles, between which half of all numbers of the column are.
    pub usual: [f64; 2],
}

impl fmt::Display for Outlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: ", self.row)?;
        for (i, cell) in self.cells.iter().take(MOST_CELLS).enumerate() {
            let SuspiciousCell { column, value, usual: [lower, upper], .. } = cell;
            let column = shortened(column);
            let comma = if i > 0 { "; " } else { "" };
            let [value, lower, upper] = [value, lower, upper].map(short);
            write!(f, "{comma}{column} is {value}, while half of all are from {lower} to {upper}")?;
        }
        if self.cells.len() > MOST_CELLS {
            write!(f, "; and {} inputs more", self.cells.len() - MOST_CELLS)?;
        }
        match &self.swapped {
            Some([a, b]) => write!(f, ": have {a} and {b} changed places?"),
            None => Ok(()),
        }
    }
}

/// Without hundreds of digits.
fn short(x: &f64) -> String {
    if x.abs() < 1e15 { x.to_string() } else { format!("{x:e}") }
}
