//! [`Model`]: a network with scaling, names and classes.

#[cfg(feature = "tables")]
use crate::data::Encoder;
use crate::data::{Dataset, Scaler};
use crate::error::Error;
use crate::kernels::sums;
use crate::matrix::{AsMatrix, Matrix};
use crate::nn::{Activation, Loss, Mlp, Module, Parameters};
use crate::scalar::{Scalar, double};
use crate::text::{listed, shortened, twice, written};
use crate::train::{History, Optimizer, Trainer};
use ndarray::{Array2, ArrayView2};
use rand::Rng;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

/// A network with all that it needs to predict from data: the names and the scaling of the inputs, and the classes or
/// the scaling of the targets.
///
/// The network is an [`Mlp`] by default; [`with_net`](Self::with_net) takes any [`Module`]. Predictions and evaluations
/// are in evaluation mode. `Model::save` writes it to a file (feature `save`), and [`to_rust`](Self::to_rust) as Rust source.
///
/// # Examples
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
/// let mut model = Model::new(&train, [(8, Activation::Tanh)], &mut rng)?; // standard scaling, one output for each class
/// let mut trainer = Trainer::new(model.loss(), Adam::new(0.05));
/// model.fit(&mut trainer, &train)?;
/// assert!(model.evaluate(&test)?.accuracy().unwrap() >= 0.875);
/// assert_eq!(model.classify([[7.0, 0.0], [0.0, 400.0]])?, ["above", "below"]);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// A network of layers:
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Adam, BatchNorm, Dataset, Dropout, Linear, Loss, Model, Trainer};
///
/// let x: [[f64; 1]; 40] = std::array::from_fn(|i| [i as f64]);
/// let dataset = Dataset::new(x, x.map(|[x]| [100.0 + x * x]))?;
/// let mut rng = SomeRng::seed_from_u64(1);
/// let (first, last) = (Linear::new(1, 16, &mut rng), Linear::new(16, 1, &mut rng));
/// let net = (first, BatchNorm::new(16), Activation::Tanh, Dropout::new(0.01), last);
/// let mut model = Model::with_net(net, Loss::MeanSquaredError, &dataset)?;
/// model.fit(&mut Trainer::new(model.loss(), Adam::new(0.02)).epochs(200).seed(1), &dataset)?;
/// assert!(model.evaluate(&dataset)?.r2_score().unwrap() > 0.98);
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias("Pipeline", "Estimator"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Model<T: Scalar, N = Mlp<T>> {
    pub(super) net: N,
    pub(super) loss: Loss,
    pub(super) input_names: Vec<String>,
    pub(super) scaler: Scaler,
    pub(super) target_name: String,
    pub(super) target: Target,
    /// The cost of an error for each class, if the caller set costs.
    pub(super) class_costs: Option<Vec<f64>>,
    /// The encoding of the table that the inputs and targets come from.
    #[cfg(feature = "tables")]
    pub(super) encoder: Option<Encoder>,
    pub(super) scalar: PhantomData<T>,
}

/// The kind of target.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// One of these classes.
    Classes(Vec<String>),
    /// Values with this scaling.
    Values(Scaler),
}

impl<T: Scalar> Model<T> {
    /// Creates a model for a dataset, with random initial parameters.
    ///
    /// `hidden` has the size and the activation of each hidden layer; the last layer has an output for each column of
    /// targets. Inputs and numeric targets are standardized by the means and standard deviations of the samples. The
    /// loss depends on the targets:
    ///
    /// | targets | loss |
    /// | --- | --- |
    /// | classes | [`CrossEntropy`](Loss::CrossEntropy) |
    /// | two classes with one output ([`Dataset::one_output`]) | [`BinaryCrossEntropyWithLogits`](Loss::BinaryCrossEntropyWithLogits) |
    /// | numbers | [`MeanSquaredError`](Loss::MeanSquaredError) |
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
}

impl<T: Scalar, N: Module<T>> Model<T, N> {
    /// Creates a model of any network for a dataset, with the scaling of [`new`](Model::new).
    ///
    /// The network is an [`Mlp`], a tuple of layers or a custom [`Module`]. The number of outputs is found by a forward
    /// pass with a row of zeros. Inputs that are no measurements, such as the indices for an
    /// [`Embedding`](crate::Embedding), should not be scaled: see [`with_scaler`](Self::with_scaler) and
    /// [`Scaler::identity`].
    ///
    /// # Errors
    /// [`Error::Shape`] if the network does not fit the samples, and other errors of its forward pass; [`Error::Empty`]
    /// if it has no output; [`Error::InvalidArgument`] if the loss does not fit: a cross-entropy needs an output for
    /// each class, numeric targets need a regression loss, and the last activation of an `Mlp` must pass
    /// [`Loss::check_last_activation`]; the errors of [`Scaler::standard`].
    pub fn with_net(net: N, loss: Loss, dataset: &Dataset<T>) -> Result<Model<T, N>, Error> {
        if let [class] = dataset.classes() {
            let column = format!("column {}", dataset.target_name());
            return Err(Error::invalid_argument(
                column,
                "have at least two classes",
                format!("only `{}`", shortened(class)),
            ));
        }
        let target = match dataset.classes() {
            [] => Target::Values(standard(dataset.targets(), &[dataset.target_name().into()])?),
            classes => Target::Classes(classes.to_vec()),
        };
        let model = Model {
            net,
            loss,
            input_names: dataset.input_names().to_vec(),
            scaler: standard(dataset.inputs(), dataset.input_names())?,
            target_name: dataset.target_name().into(),
            target,
            class_costs: None,
            #[cfg(feature = "tables")]
            encoder: None,
            scalar: PhantomData,
        };
        let outputs = model.check()?;
        Error::check_count("outputs", dataset.targets().ncols(), outputs, || NETWORK.into())?;
        Ok(model)
    }

    /// Checks that the parts of the model are valid and fit together, and returns the number of outputs.
    pub(super) fn check(&self) -> Result<usize, Error> {
        let duplicate = |what, name: &str| Error::Duplicate { what, name: name.into(), place: "a model".into() };
        if let Some(name) = twice(&self.input_names) {
            return Err(duplicate("input", name));
        }
        if let Target::Classes(classes) = &self.target {
            if let Some(name) = twice(classes) {
                return Err(duplicate("class", name));
            }
        }
        self.loss.check(usize::MAX)?; // the number of outputs is checked with the network
        self.check_costs()?;
        self.check_net()
    }

    /// Checks that the network fits the rest of the model, and returns the number of its outputs.
    pub(super) fn check_net(&self) -> Result<usize, Error> {
        Ok(self.forward_batch(&Matrix::zeros([1, self.input_names.len()]))?.ncols())
    }

    /// Computes the outputs of the network for scaled inputs, and checks that it fits the rest of the model;
    /// [`net_mut`](Self::net_mut) may have replaced it.
    pub(super) fn forward_batch(&self, inputs: &Matrix<T>) -> Result<Matrix<T>, Error> {
        self.check_inputs()?;
        let outputs = self.net.forward_batch(inputs)?;
        self.check_outputs(outputs.ncols())?;
        Ok(outputs)
    }

    /// Checks that the scaler and the first layer of an [`Mlp`] fit the inputs.
    pub(super) fn check_inputs(&self) -> Result<(), Error> {
        let inputs = self.input_names.len();
        let mut first = None;
        self.net.visit_layers(&mut |[inputs, _], _| first = first.or(Some(inputs)));
        Error::check_count("inputs", inputs, first.unwrap_or(inputs), || NETWORK.into())?;
        Error::check_count("columns", inputs, self.scaler.shifts().len(), || "the scaler of a model".into())
    }

    /// Checks that the outputs of the network, and the last activation of an [`Mlp`], fit the loss and the targets.
    pub(super) fn check_outputs(&self, outputs: usize) -> Result<(), Error> {
        let (loss, place) = (self.loss, || NETWORK.to_string());
        if outputs == 0 {
            return Err(Error::Empty { what: "output", place: NETWORK });
        }
        let is_cross_entropy = matches!(loss, Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. });
        let fits = match &self.target {
            Target::Values(_)
                if is_cross_entropy || matches!(loss, Loss::BinaryCrossEntropyWithLogits | Loss::Hinge) =>
            {
                Err(Error::invalid_argument(
                    "loss",
                    "be for numbers, as the targets are",
                    format!("{loss}, for classes"),
                )
                .with_advice("use mean_squared_error, or give the targets as classes"))
            }
            Target::Values(scaler) => Error::check_count("outputs", scaler.shifts().len(), outputs, place),
            Target::Classes(classes) if is_cross_entropy && classes.len() == 2 && outputs == 1 => {
                let requirement = format!("have an output for each of 2 classes, as the loss is {loss}");
                Err(Error::invalid_argument("network", requirement, "1 output")
                    .with_advice("use binary_cross_entropy_with_logits, or a network with 2 outputs"))
            }
            Target::Classes(classes) if classes.len() == 2 && outputs == 1 => Ok(()),
            Target::Classes(classes) => Error::check_count("outputs", classes.len(), outputs, place),
        };
        fits?;
        let mut last = None;
        self.net.visit_layers(&mut |_, activation| last = Some(activation));
        last.map_or(Ok(()), |activation| loss.check_last_activation(activation))
    }

    /// Sets the scaling of the inputs.
    ///
    /// # Errors
    /// [`Error::Shape`] if the scaler has another number of columns than the model has inputs.
    pub fn with_scaler(self, scaler: Scaler) -> Result<Model<T, N>, Error> {
        Error::check_count_in("Model::with_scaler", "columns", self.input_names.len(), scaler.shifts().len())?;
        Ok(Model { scaler, ..self })
    }

    /// Sets the cost of a wrong prediction for the samples of each class, in the order of [`classes`](Self::classes).
    ///
    /// The model then predicts the class with the lowest expected cost instead of the most probable one: the class k with
    /// the greatest pₖ·cₖ, for the probability pₖ and the cost cₖ. With two classes, the second is predicted from the
    /// probability c₁/(c₁ + c₂) on. The probabilities stay the same. The costs are saved with the model.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Adam, Dataset, Model, Trainer};
    ///
    /// let defects = Dataset::with_classes([[0.0], [0.0], [0.0], [0.0], [1.0]], &["no", "no", "no", "yes", "yes"])?;
    /// let mut model = Model::new(&defects, [], &mut SomeRng::seed_from_u64(1))?;
    /// model.fit(&mut Trainer::new(model.loss(), Adam::new(0.1)).epochs(200), &defects)?;
    /// assert_eq!(model.classify([[0.0]])?, ["no"]); // the probability of a defect is about ¼
    /// let model = model.with_class_costs([1.0, 10.0])?; // a defect that is not found costs more
    /// assert_eq!(model.classify([[0.0]])?, ["yes"]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of costs is not that of classes; [`Error::InvalidArgument`] if a cost is not positive
    /// and finite, or if the model has no probabilities, but numbers as targets or the [`Hinge`](Loss::Hinge) loss.
    ///
    /// # References
    /// [Elkan 2001](https://dl.acm.org/doi/10.5555/1642194.1642224), section 1.
    #[doc(alias("threshold", "cost-sensitive"))]
    pub fn with_class_costs(self, costs: impl Into<Vec<f64>>) -> Result<Model<T, N>, Error> {
        let model = Model { class_costs: Some(costs.into()), ..self };
        model.check_costs()?;
        Ok(model)
    }

    /// Returns the cost of a wrong prediction for the samples of each class, if costs are set.
    pub fn class_costs(&self) -> Option<&[f64]> {
        self.class_costs.as_deref()
    }

    /// Checks that the costs fit the rest of the model.
    fn check_costs(&self) -> Result<(), Error> {
        let Some(costs) = &self.class_costs else { return Ok(()) };
        if self.classes().is_empty() || self.loss == Loss::Hinge {
            let got = if self.classes().is_empty() { "numbers as targets" } else { "the hinge loss" };
            return Err(Error::invalid_argument("the model", "predict probabilities of classes, as it has costs", got));
        }
        Error::check_count_in("Model::with_class_costs", "costs", self.classes().len(), costs.len())?;
        match costs.iter().find(|cost| !(cost.is_finite() && **cost > 0.0)) {
            Some(&cost) => Err(Error::invalid_argument("costs", "be positive and finite", cost)),
            None => Ok(()),
        }
    }

    /// Returns the network.
    pub fn net(&self) -> &N {
        &self.net
    }

    /// Returns the network for changes.
    pub fn net_mut(&mut self) -> &mut N {
        &mut self.net
    }

    /// Returns the loss.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// Returns the names of the inputs.
    pub fn input_names(&self) -> &[String] {
        &self.input_names
    }

    /// Returns the scaling of the inputs.
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// Returns the name of the target.
    pub fn target_name(&self) -> &str {
        &self.target_name
    }

    /// Returns the names of the classes; an empty slice for numeric targets.
    pub fn classes(&self) -> &[String] {
        match &self.target {
            Target::Classes(classes) => classes,
            Target::Values(_) => &[],
        }
    }

    /// Returns the scaling of numeric targets; `None` for classes.
    pub fn target_scaler(&self) -> Option<&Scaler> {
        match &self.target {
            Target::Classes(_) => None,
            Target::Values(scaler) => Some(scaler),
        }
    }

    /// Returns the samples as the network is trained with them: scaled, and with classes encoded for the loss (±1 for
    /// [`Hinge`](Loss::Hinge)).
    ///
    /// # Errors
    /// [`Error::Shape`] if the samples have another number of inputs or targets than the model; [`Error::Names`] if
    /// their inputs are named otherwise (inputs with default names are accepted); [`Error::Unknown`] if a class is not
    /// in the model; [`Error::InvalidArgument`] if the targets are numbers but the model has classes;
    /// [`Error::NonFinite`] if a scaled value is infinite.
    pub fn prepared(&self, dataset: &Dataset<T>) -> Result<Dataset<T>, Error> {
        self.prepare(dataset.clone())
    }

    /// Returns the samples of [`prepared`](Self::prepared), in the memory of `dataset`.
    ///
    /// # Errors
    /// Those of [`prepared`](Self::prepared).
    pub fn prepare(&self, mut dataset: Dataset<T>) -> Result<Dataset<T>, Error> {
        if dataset.is_named() && dataset.input_names() != self.input_names {
            return Err(Error::Names {
                what: "inputs",
                expected: self.input_names.clone(),
                got: dataset.input_names().to_vec(),
                place: "the samples for a model".into(),
            });
        }
        let outputs = self.check_net()?;
        let mut inputs = dataset.take_inputs();
        self.scaler.transform_in_place(&mut inputs)?;
        self.check_scaled(inputs.view(), |row| dataset.rows()[row])?;
        let targets = match &self.target {
            Target::Values(scaler) => scaler.transform(dataset.targets())?,
            Target::Classes(classes) if classes == dataset.classes() && self.loss != Loss::Hinge => {
                dataset.targets().clone()
            }
            Target::Classes(classes) => self.encoded(classes, &dataset, outputs)?,
        };
        Error::check_count("targets", outputs, targets.ncols(), || "the samples for a model".into())?;
        Ok(dataset.with(inputs, targets, self.classes()))
    }

    /// Returns the scaled inputs; `row` maps the index of a sample to the row in an error.
    pub(super) fn scaled(&self, inputs: impl AsMatrix<T>, row: impl Fn(usize) -> usize) -> Result<Array2<T>, Error> {
        let scaled = self.scaler.transform(inputs)?;
        self.check_scaled(scaled.view(), row)?;
        Ok(scaled)
    }

    /// Checks that scaled inputs are finite; `row` maps the index of a sample to the row in an error.
    pub(super) fn check_scaled(&self, scaled: ArrayView2<'_, T>, row: impl Fn(usize) -> usize) -> Result<(), Error> {
        check_values(scaled, "scaled input", row, |column| shortened(&self.input_names[column]))
    }

    /// Returns the targets of samples whose classes are some of those of the model, for this number of outputs.
    fn encoded(&self, classes: &[String], dataset: &Dataset<T>, outputs: usize) -> Result<Array2<T>, Error> {
        if dataset.classes().is_empty() {
            let requirement = format!("be classes that the model knows: {}", listed(classes));
            return Err(Error::invalid_argument("targets", requirement, "numbers"));
        }
        let indices: HashMap<&String, usize> = classes.iter().enumerate().map(|(i, class)| (class, i)).collect();
        let known = |class: &String| {
            indices.get(class).copied().ok_or_else(|| Error::unknown("class", class, classes).in_place("the model"))
        };
        let class_indices = dataset.classes().iter().map(known).collect::<Result<Vec<usize>, Error>>()?;
        let labels = dataset.labels();
        Ok(Array2::from_shape_fn((labels.len(), outputs), |(row, column)| {
            let class = class_indices[labels[row]];
            let is_on = if outputs == 1 { class == 1 } else { class == column };
            match (is_on, self.loss) {
                (true, _) => T::one(),
                (false, Loss::Hinge) => -T::one(),
                (false, _) => T::zero(),
            }
        }))
    }

    /// Fits the network to the samples. They and the validation samples of the trainer are scaled first.
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
}

/// The place of an error in the network.
const NETWORK: &str = "the network of a model";

/// Returns the scaler that standardizes columns; an error has the name of the column.
fn standard<T: Scalar>(samples: &Array2<T>, names: &[String]) -> Result<Scaler, Error> {
    Scaler::standard(samples).map_err(|error| match error {
        Error::NonFinite { .. } => {
            let cannot_be_scaled =
                |&j: &usize| Scaler::standard(samples.column(j).insert_axis(ndarray::Axis(1))).is_err();
            let column = (0..samples.ncols()).find(cannot_be_scaled);
            let largest = column.map_or(f64::NAN, |j| sums::largest(samples.column(j).iter().map(double)));
            let name = column.and_then(|j| names.get(j)).map_or("?", String::as_str);
            Error::invalid_argument(format!("column {name}"), "have values small enough to be scaled", written(largest))
                .with_advice("correct or drop the largest")
        }
        error => error,
    })
}

/// Returns the number of a row, counted from 1, for samples from no file.
pub(super) fn from_one(row: usize) -> usize {
    row + 1
}

/// Checks that all parameters are finite; the error names the first that is not.
pub(super) fn check_parameters<T: Scalar, N: Parameters<T>>(net: &N, place: impl fmt::Display) -> Result<(), Error> {
    let parameters = net.parameters();
    let Some(index) = parameters.iter().position(|parameter| !parameter.is_finite()) else { return Ok(()) };
    let place = format!("for {place}; nothing was written");
    Error::check_finite_parameter("parameter", double(&parameters[index]), || net.name_of(index), place)
}

/// Checks that all values are finite; the error has the row and the column of the first that is not.
pub(super) fn check_values<T: Scalar>(
    values: ArrayView2<'_, T>,
    what: &'static str,
    row: impl Fn(usize) -> usize,
    column: impl Fn(usize) -> String,
) -> Result<(), Error> {
    let mut all = values.indexed_iter();
    all.try_for_each(|((i, j), x)| Error::check_finite_cell(what, double(x), || row(i), || column(j)))
}
