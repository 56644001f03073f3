//! [`Model`]: a net with all that it takes to answer questions about data: scaling, names, classes; and [`Report`].

mod export;
#[cfg(feature = "save")]
mod save;

#[cfg(feature = "save")]
pub use save::{Stored, load_parameters, save_parameters};

use crate::data::metrics::{
    Average, ConfusionMatrix, accuracy, log_loss, mean_absolute_error, r2_score, roc_auc, roc_auc_ovr,
    root_mean_squared_error,
};
use crate::data::{Dataset, Scaler};
use crate::error::Error;
use crate::kernels::slices::argmax;
use crate::kernels::sums;
use crate::matrix::AsMatrix;
use crate::nn::{Activation, Decision, Loss, Mlp, Parameters};
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::{listed, shortened, twice, written};
use crate::train::{History, Optimizer, Trainer};
use ndarray::{Array2, ArrayView2};
use rand::Rng;
use std::collections::HashMap;
use std::fmt;

/// A net with all that it takes to answer questions about data: how inputs are scaled and what they are called, which classes
/// there are, or how numbers are scaled back.
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Adam, Dataset, Model, Trainer};
///
/// let x: [[f64; 2]; 40] = std::array::from_fn(|i| [(i % 8) as f64, 100.0 * (i % 5) as f64]);
/// let labels = x.map(|[a, b]| if 50.0 * a > b { "above" } else { "below" });
/// let dataset = Dataset::with_classes(x, &labels)?;
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let (train, test) = dataset.split(0.2, &mut rng)?;
/// let mut model = Model::new(&train, [(8, Activation::Tanh)], &mut rng)?; // standard scaling, and an output for each class
/// let mut trainer = Trainer::new(model.loss(), Adam::new(0.05));
/// model.fit(&mut trainer, &train)?;
/// assert!(model.evaluate(&test)?.accuracy().unwrap() >= 0.875);
/// assert_eq!(model.classify([[7.0, 0.0], [0.0, 400.0]])?, ["above", "below"]);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// It is saved by `Model::save` (feature `save`), and written as Rust by [`to_rust`](Self::to_rust).
#[doc(alias("Pipeline", "Estimator"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Model<T: Scalar> {
    pub(super) net: Mlp<T>,
    pub(super) loss: Loss,
    pub(super) input_names: Vec<String>,
    pub(super) scaler: Scaler,
    pub(super) target_name: String,
    pub(super) answer: Answer,
}

/// What the outputs say.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// One of these.
    Classes(Vec<String>),
    /// Numbers, scaled like this.
    Numbers(Scaler),
}

impl<T: Scalar> Model<T> {
    /// A model for these samples: hidden layers as given, an output for each column of targets, parameters drawn at random.
    /// Inputs are scaled to standard deviations from their mean, as the samples have them, and so are targets that are
    /// numbers. The loss is [`CrossEntropy`](Loss::CrossEntropy) for classes, [`BinaryCrossEntropyWithLogits`](Loss::BinaryCrossEntropyWithLogits)
    /// for two with a single output ([`Dataset::one_output`]), [`MeanSquaredError`](Loss::MeanSquaredError) for numbers.
    ///
    /// # Errors
    /// Those of [`Scaler::standard`]; [`Error::InvalidArgument`] if all samples are of one class.
    pub fn new(
        dataset: &Dataset<T>,
        hidden: impl IntoIterator<Item = (usize, Activation)>,
        rng: &mut impl Rng,
    ) -> Result<Model<T>, Error> {
        let outputs = dataset.targets().ncols();
        let layers = hidden.into_iter().chain([(outputs, Activation::Identity)]);
        let net = Mlp::new(dataset.inputs().ncols(), layers, rng)?;
        let loss = match (dataset.classes().len(), outputs) {
            (0, _) => Loss::MeanSquaredError,
            (_, 1) => Loss::BinaryCrossEntropyWithLogits,
            _ => Loss::CrossEntropy,
        };
        Model::with_net(net, loss, dataset)
    }

    /// A model of a net of one's own for these samples, scaled as by [`new`](Self::new).
    ///
    /// # Errors
    /// [`Error::Shape`] if the net does not fit the samples, [`Error::Empty`] if it has no output, [`Error::InvalidArgument`] if
    /// the loss does not fit: a cross-entropy needs an output for each class, numbers need a loss of numbers, and the last activation
    /// must pass [`Loss::check_last_activation`]; and those of [`Scaler::standard`].
    pub fn with_net(net: Mlp<T>, loss: Loss, dataset: &Dataset<T>) -> Result<Model<T>, Error> {
        if let [class] = dataset.classes() {
            let column = format!("column {}", dataset.target_name());
            return Err(Error::invalid_argument(
                column,
                "have at least two classes",
                format!("only `{}`", shortened(class)),
            ));
        }
        Error::check_count("inputs", dataset.inputs().ncols(), net.inputs(), || "the network of a model".into())?;
        Error::check_count("outputs", dataset.targets().ncols(), net.outputs(), || "the network of a model".into())?;
        let answer = match dataset.classes() {
            [] => Answer::Numbers(standard(dataset.targets(), &[dataset.target_name().into()])?),
            classes => Answer::Classes(classes.to_vec()),
        };
        let model = Model {
            net,
            loss,
            input_names: dataset.input_names().to_vec(),
            scaler: standard(dataset.inputs(), dataset.input_names())?,
            target_name: dataset.target_name().into(),
            answer,
        };
        model.check()?;
        Ok(model)
    }

    /// Checks that no part of the model contradicts another, nor itself.
    pub(super) fn check(&self) -> Result<(), Error> {
        let duplicate = |what, name: &str| Error::Duplicate { what, name: name.into(), place: "a model".into() };
        if let Some(name) = twice(&self.input_names) {
            return Err(duplicate("input", name));
        }
        if let Answer::Classes(classes) = &self.answer {
            if let Some(name) = twice(classes) {
                return Err(duplicate("class", name));
            }
        }
        self.loss.to_string().parse::<Loss>()?; // which checks its parameter
        self.check_net()
    }

    /// Checks that the network fits the rest, which [`net_mut`](Self::net_mut) can change.
    fn check_net(&self) -> Result<(), Error> {
        let (outputs, loss) = (self.net.outputs(), self.loss);
        let place = || "the network of a model".to_string();
        if outputs == 0 {
            return Err(Error::Empty { what: "output", place: "the network of a model" });
        }
        Error::check_count("inputs", self.input_names.len(), self.net.inputs(), place)?;
        Error::check_count("columns", self.net.inputs(), self.scaler.shifts().len(), || {
            "the scaler of a model".into()
        })?;
        let of_row = matches!(loss, Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. });
        let fits = match &self.answer {
            Answer::Numbers(_) if of_row || matches!(loss, Loss::BinaryCrossEntropyWithLogits | Loss::Hinge) => Err(
                Error::invalid_argument("loss", "be for numbers, as the targets are", format!("{loss}, for classes"))
                    .with_advice("use mean_squared_error, or give the targets as classes"),
            ),
            Answer::Numbers(scaler) => Error::check_count("outputs", scaler.shifts().len(), outputs, place),
            Answer::Classes(classes) if of_row && classes.len() == 2 && outputs == 1 => {
                let requirement = format!("have an output for each of 2 classes, as the loss is {loss}");
                Err(Error::invalid_argument("net", requirement, "1 output")
                    .with_advice("use binary_cross_entropy_with_logits, or a network with 2 outputs"))
            }
            Answer::Classes(classes) if classes.len() == 2 && outputs == 1 => Ok(()),
            Answer::Classes(classes) => Error::check_count("outputs", classes.len(), outputs, place),
        };
        fits?;
        self.net.layers().last().map_or(Ok(()), |layer| loss.check_last_activation(layer.activation()))
    }

    /// The same, its inputs scaled otherwise.
    ///
    /// # Errors
    /// [`Error::Shape`] if the scaler is for more or fewer columns.
    pub fn with_scaler(self, scaler: Scaler) -> Result<Model<T>, Error> {
        Error::check_count_in("Model::with_scaler", "columns", self.net.inputs(), scaler.shifts().len())?;
        Ok(Model { scaler, ..self })
    }

    /// The net.
    pub fn net(&self) -> &Mlp<T> {
        &self.net
    }

    /// The net, to be changed.
    pub fn net_mut(&mut self) -> &mut Mlp<T> {
        &mut self.net
    }

    /// The loss that it is made for.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// What the inputs are called.
    pub fn input_names(&self) -> &[String] {
        &self.input_names
    }

    /// How inputs are scaled.
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// What it answers.
    pub fn target_name(&self) -> &str {
        &self.target_name
    }

    /// The names of the classes; none where it answers by numbers.
    pub fn classes(&self) -> &[String] {
        match &self.answer {
            Answer::Classes(classes) => classes,
            Answer::Numbers(_) => &[],
        }
    }

    /// The samples as the net sees them: scaled, and classes as the loss has them (±1 for [`Hinge`](Loss::Hinge)).
    ///
    /// # Errors
    /// [`Error::Shape`] if they have more or fewer inputs or targets; [`Error::Names`] if inputs have other names, unless they
    /// have none of their own; [`Error::Unknown`] if a class is not known, [`Error::InvalidArgument`] if targets are numbers in
    /// place of classes; [`Error::NonFinite`] if a scaled value is infinite.
    pub fn prepared(&self, dataset: &Dataset<T>) -> Result<Dataset<T>, Error> {
        if dataset.is_named() && dataset.input_names() != self.input_names {
            return Err(Error::Names {
                what: "inputs",
                expected: self.input_names.clone(),
                got: dataset.input_names().to_vec(),
                place: "the samples for a model".into(),
            });
        }
        self.check_net()?;
        let inputs = self.scaled(dataset.inputs(), |row| dataset.rows()[row])?;
        let targets = match &self.answer {
            Answer::Numbers(scaler) => scaler.transform(dataset.targets())?,
            Answer::Classes(classes) if classes == dataset.classes() && self.loss != Loss::Hinge => {
                dataset.targets().clone()
            }
            Answer::Classes(classes) => self.encoded(classes, dataset)?,
        };
        Error::check_count("targets", self.net.outputs(), targets.ncols(), || "the samples for a model".into())?;
        Ok(dataset.with(inputs, targets, self.classes()))
    }

    /// Returns the inputs, scaled; an error has the number that `row` gives a sample.
    fn scaled(&self, inputs: impl AsMatrix<T>, row: impl Fn(usize) -> usize) -> Result<Array2<T>, Error> {
        let scaled = self.scaler.transform(inputs)?;
        all_finite(scaled.view(), "scaled input", row, |column| shortened(&self.input_names[column]))?;
        Ok(scaled)
    }

    /// Targets of samples that may lack some classes.
    fn encoded(&self, classes: &[String], dataset: &Dataset<T>) -> Result<Array2<T>, Error> {
        if dataset.classes().is_empty() {
            let requirement = format!("be classes that the model knows: {}", listed(classes));
            return Err(Error::invalid_argument("targets", requirement, "numbers"));
        }
        let indices: HashMap<&String, usize> = classes.iter().enumerate().map(|(i, class)| (class, i)).collect();
        let known = |class: &String| {
            indices.get(class).copied().ok_or_else(|| Error::unknown("class", class, classes).in_place("the model"))
        };
        let places = dataset.classes().iter().map(known).collect::<Result<Vec<usize>, Error>>()?;
        let labels = dataset.labels();
        Ok(Array2::from_shape_fn((labels.len(), self.net.outputs()), |(row, column)| {
            let class = places[labels[row]];
            let is_on = if self.net.outputs() == 1 { class == 1 } else { class == column };
            match (is_on, self.loss) {
                (true, _) => T::one(),
                (false, Loss::Hinge) => -T::one(),
                (false, _) => T::zero(),
            }
        }))
    }

    /// Fits the net to samples, which are scaled for it; so are those that the trainer validates with.
    ///
    /// # Errors
    /// Those of [`Trainer::fit`] and [`prepared`](Self::prepared).
    #[doc(alias = "train")]
    pub fn fit<O: Optimizer<T>>(
        &mut self,
        trainer: &mut Trainer<'_, O, T>,
        dataset: &Dataset<T>,
    ) -> Result<History, Error> {
        let prepared = self.prepared(dataset)?;
        let validation = trainer.validation.map(|samples| self.prepared(samples)).transpose()?;
        trainer.fit_prepared(&mut self.net, &prepared, validation.as_ref())
    }

    /// What it answers for one sample, as it is in the data: the outputs of the net, scaled back where they are numbers. Of
    /// classes the greatest output says which; a single one says the second where it is above 0 (½ for losses of numbers).
    ///
    /// # Errors
    /// [`Error::Shape`] if there are more or fewer inputs than the model has, [`Error::NonFinite`] if one is infinite or NaN when
    /// it is scaled.
    pub fn outputs(&self, inputs: &[T]) -> Result<Vec<T>, Error> {
        self.check_net()?;
        Error::check_count_in("Model::outputs", "inputs", self.net.inputs(), inputs.len())?;
        let scaled = self.scaled(ndarray::ArrayView1::from(inputs), from_one)?;
        let outputs = self.net.forward(&scaled.into_iter().collect::<Vec<T>>())?;
        match &self.answer {
            Answer::Classes(_) => Ok(outputs),
            Answer::Numbers(scaler) => Ok(scaler.inverse_transform(outputs)?.into_iter().collect()),
        }
    }

    /// What it answers for many samples, one in each row, as they are in the data: a probability of each class, or numbers.
    /// A loss that knows no probabilities ([`Hinge`](Loss::Hinge)) has margins in their place, `−y` and `y`.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are more or fewer inputs than the model has, [`Error::NonFinite`] if one is infinite or NaN when
    /// it is scaled, or if an output is.
    #[doc(alias = "predict_proba")]
    pub fn predict(&self, inputs: impl AsMatrix<T>) -> Result<Array2<T>, Error> {
        self.check_net()?;
        let outputs = self.net.forward_batch(&self.scaled(inputs, from_one)?.into())?;
        all_finite(outputs.view(), "output", from_one, |column| format!("output {}", column + 1))?;
        let two = |of_second: fn(T) -> [T; 2]| {
            Array2::from_shape_fn((outputs.nrows(), 2), |(row, class)| of_second(outputs[(row, 0)])[class])
        };
        Ok(match &self.answer {
            Answer::Numbers(scaler) => scaler.inverse_transform(outputs)?,
            Answer::Classes(_) => match (self.loss, outputs.ncols()) {
                (Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. }, _) => outputs.softmax().into(),
                (Loss::BinaryCrossEntropyWithLogits, 1) => two(|y| [(-y).sigmoid(), y.sigmoid()]),
                (Loss::BinaryCrossEntropyWithLogits, _) => outputs.sigmoid().into(),
                (Loss::Hinge, 1) => two(|y| [-y, y]),
                (_, 1) => two(|y| [T::one() - y, y]),
                _ => outputs.into(),
            },
        })
    }

    /// The class of each of many samples, one in each row.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are more or fewer inputs than the model has, [`Error::NonFinite`] if one is infinite or NaN when
    /// it is scaled, or if an output is.
    ///
    /// # Panics
    /// When the model answers by numbers.
    #[doc(alias = "predict_classes")]
    #[track_caller]
    pub fn classify(&self, inputs: impl AsMatrix<T>) -> Result<Vec<&str>, Error> {
        assert!(!self.classes().is_empty(), "the model answers by numbers");
        let probabilities = self.predict(inputs)?;
        Ok(probabilities.rows().into_iter().map(|row| &self.classes()[argmax(&row.to_vec())][..]).collect())
    }

    /// How well it does on samples.
    ///
    /// # Errors
    /// As of [`prepared`](Self::prepared), [`Error::Empty`] without samples.
    #[doc(alias = "score")]
    pub fn evaluate(&self, dataset: &Dataset<T>) -> Result<Report, Error> {
        if dataset.is_empty() {
            return Err(Error::Empty { what: "sample", place: "Model::evaluate" });
        }
        let prepared = self.prepared(dataset)?;
        let answers = self.predict(dataset.inputs())?;
        let quality = match &self.answer {
            Answer::Classes(classes) => {
                let truth = prepared.labels();
                let rows: Vec<Vec<f64>> =
                    answers.rows().into_iter().map(|row| row.iter().map(double).collect()).collect();
                let predicted: Vec<usize> = rows.iter().map(|row| argmax(row)).collect();
                let of_truth: Vec<f64> = rows.iter().zip(&truth).map(|(row, &class)| row[class]).collect();
                let has_probabilities = self.loss != Loss::Hinge;
                let of_second = || rows.iter().map(|row| row[1]).collect::<Vec<f64>>();
                let is_second = || truth.iter().map(|&class| class == 1).collect::<Vec<bool>>();
                let all = || Array2::from_shape_fn((rows.len(), classes.len()), |(row, class)| rows[row][class]);
                let mut counts = vec![0_usize; classes.len()];
                truth.iter().for_each(|&class| counts[class] += 1);
                Metrics::Classes {
                    accuracy: accuracy(&predicted, &truth),
                    baseline: counts.into_iter().max().unwrap_or(0) as f64 / truth.len() as f64,
                    log_loss: has_probabilities.then(|| log_loss(&of_truth)),
                    auc: match classes.len() {
                        2 => roc_auc(&of_second(), &is_second()),
                        3..=MANY_CLASSES => roc_auc_ovr(all(), &truth, Average::Macro),
                        _ => None,
                    },
                    confusion: ConfusionMatrix::new(&predicted, &truth, classes),
                }
            }
            Answer::Numbers(_) => {
                let column = |all: &Array2<T>, j: usize| all.column(j).iter().map(double).collect::<Vec<f64>>();
                let (mut predicted, mut truth, mut means, mut explained) = (vec![], vec![], vec![], vec![]);
                for j in 0..answers.ncols() {
                    let (of_column, truths) = (column(&answers, j), column(dataset.targets(), j));
                    explained.push(r2_score(&of_column, &truths));
                    means.extend(vec![sums::mean_of(truths.len(), |index| truths[index]); truths.len()]);
                    predicted.extend(of_column);
                    truth.extend(truths);
                }
                let all: Option<Vec<f64>> = explained.into_iter().collect();
                Metrics::Numbers {
                    r2: all.map(|all| sums::sum(&all) / all.len() as f64),
                    mean_absolute_error: mean_absolute_error(&predicted, &truth),
                    root_mean_squared_error: root_mean_squared_error(&predicted, &truth),
                    baseline: root_mean_squared_error(&means, &truth),
                }
            }
        };
        Ok(Report { samples: dataset.len(), quality })
    }

    /// How outputs say the class, where there are any.
    pub(super) fn decision(&self) -> Option<Decision> {
        Decision::of(self.loss, self.net.outputs(), !self.classes().is_empty())
    }
}

/// Returns the scaling to standard deviations; an error calls the column by its name.
fn standard<T: Scalar>(samples: &Array2<T>, names: &[String]) -> Result<Scaler, Error> {
    Scaler::standard(samples).map_err(|error| match error {
        Error::NonFinite { .. } => {
            let is_at_fault = |&j: &usize| Scaler::standard(samples.column(j).insert_axis(ndarray::Axis(1))).is_err();
            let column = (0..samples.ncols()).find(is_at_fault);
            let largest = column.map_or(f64::NAN, |j| sums::largest(samples.column(j).iter().map(double)));
            let name = column.and_then(|j| names.get(j)).map_or("?", String::as_str);
            Error::invalid_argument(format!("column {name}"), "have values small enough to be scaled", written(largest))
                .with_advice("correct or drop the largest")
        }
        error => error,
    })
}

/// Returns the number of a row that stands in no file, counted from 1.
fn from_one(row: usize) -> usize {
    row + 1
}

/// Returns an error with the name of the first parameter that is infinite or NaN, if there is one.
pub(super) fn finite<T: Scalar, N: Parameters<T>>(net: &N, place: impl fmt::Display) -> Result<(), Error> {
    let parameters = net.parameters();
    let Some(index) = parameters.iter().position(|parameter| !parameter.is_finite()) else { return Ok(()) };
    let place = format!("for {place}; nothing was written");
    Error::check_finite_parameter("parameter", double(&parameters[index]), || net.name_of(index), place)
}

/// Returns an error with row and column of the first value that is infinite or NaN, if there is one.
fn all_finite<T: Scalar>(
    values: ArrayView2<'_, T>,
    what: &'static str,
    row: impl Fn(usize) -> usize,
    column: impl Fn(usize) -> String,
) -> Result<(), Error> {
    let mut all = values.indexed_iter();
    all.try_for_each(|((i, j), x)| Error::check_finite_cell(what, double(x), || row(i), || column(j)))
}

/// For up to how many classes the area under the curve is computed: it takes time for each class and sample.
const MANY_CLASSES: usize = 100;

/// How well a model does on samples; its `Display` is some lines.
#[doc(alias = "classification_report")]
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How many samples there were.
    pub samples: usize,
    /// How well it does.
    pub quality: Metrics,
}

/// How well a model does, beside an answer that does not look at the inputs.
#[doc(alias = "classification_report")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Metrics {
    /// It answers by classes.
    Classes {
        /// The share of classes that were found.
        accuracy: f64,
        /// The share of the most frequent class, which is the accuracy of always answering that.
        baseline: f64,
        /// `−ln` of the probability given to the true class, its mean; where there are probabilities.
        log_loss: Option<f64>,
        /// The area under the receiver operating characteristic, of more than two classes the mean of each against the rest
        /// ([`roc_auc_ovr`](crate::roc_auc_ovr)); none where a class has no samples, and for more than 100 classes.
        auc: Option<f64>,
        /// How often each class was taken for each.
        confusion: ConfusionMatrix,
    },
    /// It answers by numbers.
    Numbers {
        /// The share of the variance that is explained, of several targets its mean; none where a target is always the same.
        r2: Option<f64>,
        /// The mean absolute error.
        mean_absolute_error: f64,
        /// The root mean square error.
        root_mean_squared_error: f64,
        /// The root mean square error of always answering by the mean.
        baseline: f64,
    },
}

impl Report {
    /// The share of classes that were found; none where the model answers by numbers.
    pub fn accuracy(&self) -> Option<f64> {
        match self.quality {
            Metrics::Classes { accuracy, .. } => Some(accuracy),
            Metrics::Numbers { .. } => None,
        }
    }

    /// The share of the variance that is explained; none where the model answers by classes.
    pub fn r2_score(&self) -> Option<f64> {
        match self.quality {
            Metrics::Numbers { r2, .. } => r2,
            Metrics::Classes { .. } => None,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.quality {
            Metrics::Classes { accuracy, baseline, log_loss, auc, confusion } => {
                let samples = self.samples;
                writeln!(f, "accuracy  {accuracy:.3} of {samples} samples ({baseline:.3} by always the same answer)")?;
                log_loss.map_or(Ok(()), |log_loss| writeln!(f, "log loss  {log_loss:.3}"))?;
                auc.map_or(Ok(()), |auc| writeln!(f, "ROC AUC   {auc:.3}"))?;
                if confusion.classes().len() > 2 {
                    writeln!(f, "F1        {:.3}, the mean of the classes", confusion.mean_f1(Average::Macro))?;
                }
                write!(f, "\n{confusion}")
            }
            Metrics::Numbers { r2, mean_absolute_error, root_mean_squared_error, baseline } => write!(
                f,
                "R²                      {} of {} samples\n\
                 mean absolute error     {mean_absolute_error:.4}\n\
                 root mean square error  {root_mean_squared_error:.4} ({baseline:.4} by always the mean)",
                r2.map_or("–".into(), |r2| format!("{r2:.3}")),
                self.samples
            ),
        }
    }
}
