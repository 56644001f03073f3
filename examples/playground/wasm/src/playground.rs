//! [`Playground`]: a network, its data and its training.

use crate::method::{Method, lbfgs_step};
use crate::{Data, Input, Net, Settings};
use backprop::ndarray::Array2;
use backprop::rand::SeedableRng;
use backprop::rand::rngs::Xoshiro256PlusPlus;
use backprop::rand::seq::SliceRandom;
use backprop::{Activation, Dataset, Error, Loss, Metrics, Mlp, Model, Module, Optimizer, Parameters, Scaler, Trainer};
use rand_chacha::ChaCha8Rng;

/// A network, its data and its training.
pub struct Playground {
    pub(crate) settings: Settings,
    pub(crate) data: Data,
    pub(crate) model: Model<f64, Net<f64>>,
    /// The initial model without residual connections, for exports.
    plain: Model<f64>,
    pub(crate) train: Samples,
    test: Samples,
    initial: Vec<f64>,
    method: Method,
    /// The indices of the parameters that training does not change.
    frozen: Vec<usize>,
    epoch: usize,
    /// The order of the samples in the current epoch, and the number of samples used so far.
    order: Vec<usize>,
    done: usize,
    /// The epoch, the loss and the parameters with the smallest loss so far.
    best: Option<(usize, f64, Vec<f64>)>,
}

/// Samples before and after the preprocessing of the model.
pub(crate) struct Samples {
    raw: Dataset<f64>,
    pub(crate) prepared: Dataset<f64>,
}

/// The scores on training and test samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    pub train: Score,
    /// `None` without test samples.
    pub test: Option<Score>,
}

/// The loss and the quality of predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    pub loss: f64,
    /// The accuracy for classes, or R² for numbers.
    pub quality: Option<f64>,
    /// The confusion matrix for classes: a row for each true class.
    pub confusion: Vec<Vec<usize>>,
}

impl Playground {
    pub fn new(settings: Settings, data: Data) -> Result<Playground, Error> {
        let settings = compatible(settings, &data);
        let Initial { mut model, plain, train, test } = initial(&settings, &data)?;
        model.net_mut().set_dropout(settings.dropout);
        if train.raw.is_empty() {
            return Err(Error::Empty { what: "training sample", place: "the data" });
        }
        let (initial, method) = (model.net().parameters(), Method::new(&settings)?);
        let (epoch, order, done, best) = (0, Vec::new(), 0, None);
        Ok(Playground {
            settings,
            data,
            model,
            plain,
            train,
            test,
            initial,
            method,
            frozen: Vec::new(),
            epoch,
            order,
            done,
            best,
        })
    }

    /// Applies settings. Keeps the network if its architecture and initial parameters do not change; returns true if it
    /// was recreated.
    pub fn set(&mut self, settings: Settings) -> Result<bool, Error> {
        let settings = compatible(settings, &self.data);
        let same = |a: &Settings| {
            let formula = a.inputs.contains(&Input::Own).then(|| a.formula.clone());
            let init = a.init.map(|init| format!("{init:?}"));
            (a.inputs.clone(), formula, a.layers.clone(), a.residual, a.output, a.loss, a.seed, init)
        };
        if same(&settings) != same(&self.settings) {
            *self = Playground::new(settings, self.data.clone())?;
            return Ok(true);
        }
        let method = Method::new(&settings)?;
        if settings.optimizer != self.settings.optimizer {
            self.method = method;
        }
        self.method.set_learning_rate(settings.rate);
        self.model.net_mut().set_dropout(settings.dropout);
        self.settings = settings;
        Ok(false)
    }

    /// Sets other data. Keeps the network if it fits them.
    pub fn set_data(&mut self, data: Data) -> Result<(), Error> {
        let mut next = Playground::new(self.settings.clone(), data)?;
        let same_outputs = next.net().count() == self.net().count();
        if same_outputs && next.settings == self.settings {
            next.model.net_mut().set_parameters(&self.net().parameters())?;
            (next.initial, next.epoch) = (self.initial.clone(), self.epoch);
            next.frozen = self.frozen.clone();
            std::mem::swap(&mut next.method, &mut self.method);
        }
        *self = next;
        Ok(())
    }

    pub fn net(&self) -> &Net<f64> {
        self.model.net()
    }

    /// Restores the initial parameters.
    pub fn reset(&mut self) -> Result<(), Error> {
        self.go_to(0, 0, &self.initial.clone())
    }

    /// Sets the parameters to those after `epoch` epochs and `done` samples of the next epoch.
    pub fn go_to(&mut self, epoch: usize, done: usize, parameters: &[f64]) -> Result<(), Error> {
        self.model.net_mut().set_parameters(parameters)?;
        self.method = Method::new(&self.settings)?;
        (self.epoch, self.best) = (epoch, None);
        self.begin_epoch();
        self.done = done.min(self.order.len().saturating_sub(1));
        Ok(())
    }

    /// Returns the number of complete epochs and of samples used in the current one.
    pub fn place(&self) -> [usize; 2] {
        [self.epoch, self.done]
    }

    /// Returns the state of the optimizer: step counts, then values for each parameter, in its order; for L-BFGS, the
    /// changes of the parameters and of the gradient in each of the last steps. Empty before the first step.
    pub fn memory(&mut self) -> Vec<f64> {
        self.method.memory()
    }

    /// Sets the state of the optimizer, as [`memory`](Self::memory) returns it.
    pub fn set_memory(&mut self, numbers: &[f64]) -> Result<(), Error> {
        if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
            return Err(Error::invalid_argument("memory", "be finite", number));
        }
        let mut next = Method::new(&self.settings)?;
        let count = self.net().count();
        if !next.set_memory(numbers, count) {
            let message = format!("expected the memory of {} for {count} parameters", self.settings.optimizer);
            return Err(Error::custom(format!("{message}, got {} values", numbers.len())));
        }
        self.method = next;
        Ok(())
    }

    /// Keeps these parameters, given by their indices, at their values.
    pub fn freeze(&mut self, indices: Vec<usize>) -> Result<(), Error> {
        let count = self.net().count();
        if let Some(index) = indices.iter().find(|&&index| index >= count) {
            let requirement = format!("be less than the number of parameters, {count}");
            return Err(Error::invalid_argument("frozen", requirement, index));
        }
        self.frozen = indices;
        Ok(())
    }

    /// Returns the indices of the samples of the next batch.
    pub fn batch(&mut self) -> &[usize] {
        if self.done == 0 {
            self.begin_epoch();
        }
        let size = if matches!(self.method, Method::Lbfgs(_)) { self.order.len() } else { self.settings.batch };
        let end = (self.done + size).min(self.order.len());
        &self.order[self.done..end]
    }

    /// Restores the parameters with the smallest loss and returns their epoch.
    pub fn go_back(&mut self) -> Result<usize, Error> {
        let (epoch, parameters) = self.best.clone().map_or((0, self.initial.clone()), |(epoch, _, best)| (epoch, best));
        self.go_to(epoch, 0, &parameters)?;
        Ok(epoch)
    }

    /// Trains for `epochs` epochs; the first is the rest of the current epoch.
    pub fn learn(&mut self, epochs: usize) -> Result<(), Error> {
        let by_steps = matches!(self.method, Method::Lbfgs(_)) || self.settings.dropout > 0.0;
        for _ in 0..epochs {
            if by_steps || self.done > 0 {
                self.step()?;
                while self.done > 0 {
                    self.step()?;
                }
            } else {
                self.fit(None)?;
                self.end_epoch();
            }
        }
        Ok(())
    }

    /// Trains on the next batch.
    pub fn step(&mut self) -> Result<(), Error> {
        let batch = self.batch().to_vec();
        self.fit(Some(&batch))?;
        self.done += batch.len();
        if self.done == self.order.len() {
            self.end_epoch();
        }
        Ok(())
    }

    /// Trains on one sample.
    pub fn learn_from(&mut self, sample: usize) -> Result<(), Error> {
        self.fit(Some(&[sample]))
    }

    /// Returns the index of the next sample.
    pub fn next_sample(&mut self) -> usize {
        if self.done == 0 {
            self.begin_epoch();
        }
        self.order[self.done]
    }

    /// Returns the seed of the order of the current epoch. It depends only on the epoch, so that training can be
    /// resumed anywhere.
    fn order_seed(&self) -> u64 {
        self.settings.seed.wrapping_mul(1_000_003).wrapping_add(self.epoch as u64)
    }

    /// Shuffles the samples as a `Trainer` with the same seed does, for training one batch at a time.
    fn begin_epoch(&mut self) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.order_seed());
        self.order = (0..self.train.raw.len()).collect();
        self.order.shuffle(&mut rng);
    }

    fn end_epoch(&mut self) {
        (self.done, self.epoch) = (0, self.epoch + 1);
    }

    /// Trains on the given samples as one batch, or on all samples in the order of the epoch, batch by batch.
    ///
    /// The random numbers of dropout depend only on the seed, the epoch and the number of samples used so far.
    fn fit(&mut self, batch: Option<&[usize]>) -> Result<(), Error> {
        let seed = self.order_seed();
        let samples = batch.map(|batch| self.train.prepared.select(batch));
        let net = self.model.net_mut();
        let optimizer = match &mut self.method {
            Method::Batches(optimizer) => Frozen { optimizer, indices: &self.frozen },
            Method::Lbfgs(history) => {
                let samples = samples.as_ref().unwrap_or(&self.train.prepared);
                return lbfgs_step(history, net, samples, &self.settings, &self.frozen);
            }
        };
        let trainer = Trainer::new(self.settings.loss, optimizer).epochs(1).l1(self.settings.l1).l2(self.settings.l2);
        let (result, step) = match &samples {
            None => {
                let mut trainer = trainer.batch_size(self.settings.batch).seed(seed);
                (trainer.fit(net, &self.train.prepared), None)
            }
            Some(samples) => {
                let seed = seed ^ (self.done as u64) << 40;
                let mut trainer = trainer.batch_size(samples.len()).shuffle(false).seed(seed);
                (trainer.fit(net, samples), Some(self.done / self.settings.batch + 1))
            }
        };
        result.map(|_| ()).map_err(|error| self.at(error, step))
    }

    /// Replaces epoch and step in an error by those of this training, because each `Trainer` starts to count at its own
    /// start.
    fn at(&self, mut error: Error, of_batch: Option<usize>) -> Error {
        if let Error::NonFinite { epoch: Some(epoch), step, .. } = &mut error {
            *epoch = self.epoch + 1;
            *step = step.map(|step| of_batch.unwrap_or(step));
        }
        error
    }

    /// Returns the current scores.
    pub fn scores(&mut self) -> Result<Scores, Error> {
        let train = self.score(&self.train)?;
        let test = if self.test.raw.is_empty() { None } else { Some(self.score(&self.test)?) };
        let loss = test.as_ref().unwrap_or(&train).loss;
        if self.best.as_ref().is_none_or(|(_, least, _)| loss < *least) {
            self.best = Some((self.epoch, loss, self.net().parameters()));
        }
        Ok(Scores { train, test })
    }

    fn score(&self, samples: &Samples) -> Result<Score, Error> {
        let loss = self.loss(self.net(), samples)?;
        let (quality, confusion) = match self.model.evaluate(&samples.raw)?.quality {
            Metrics::Classes { accuracy, confusion, .. } => {
                let classes = 0..self.data.classes.len();
                let row = |class: usize| classes.clone().map(|predicted| confusion.count(class, predicted)).collect();
                (Some(accuracy), classes.clone().map(row).collect())
            }
            Metrics::Numbers { r2, .. } => (r2, Vec::new()),
            _ => (None, Vec::new()),
        };
        Ok(Score { loss, quality, confusion })
    }

    pub(crate) fn loss(&self, net: &Net<f64>, samples: &Samples) -> Result<f64, Error> {
        let outputs = net.forward_batch(&samples.prepared.inputs().into())?;
        self.settings.loss.evaluate_batch(&outputs, &samples.prepared.targets().into())
    }

    /// Returns the model without dropout, and with unscaled inputs if all inputs are coordinates, not functions of them.
    pub fn exported(&self) -> Result<Model<f64>, Error> {
        if self.net().has_residual() {
            return Err(Error::custom("a network with residual connections cannot be exported; set residual=0"));
        }
        let mut model = self.plain.clone();
        model.net_mut().set_parameters(&self.net().parameters())?;
        let column = |input: &Input| match input {
            Input::X1 => Some(0),
            Input::X2 => Some(1),
            _ => None,
        };
        let Some(columns) = self.settings.inputs.iter().map(column).collect::<Option<Vec<usize>>>() else {
            return Ok(model);
        };
        let pick = |values: &[f64]| columns.iter().map(|&column| values[column]).collect::<Vec<f64>>();
        model.with_scaler(Scaler::new(pick(self.data.scaler.shifts()), pick(self.data.scaler.units()))?)
    }
}

/// An optimizer that keeps some parameters at their values.
struct Frozen<'a> {
    optimizer: &'a mut Box<dyn Optimizer<f64>>,
    indices: &'a [usize],
}

impl Optimizer<f64> for Frozen<'_> {
    fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate()
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.optimizer.set_learning_rate(rate);
    }

    fn is_frozen(&self, index: usize) -> bool {
        self.indices.contains(&index)
    }

    fn begin(&mut self, parameters: usize) {
        self.optimizer.begin(parameters);
    }

    fn advance(&mut self, first: usize, parameters: &mut [f64], gradient: &[f64]) {
        let place = |index: &usize| index.checked_sub(first).filter(|&place| place < parameters.len());
        let places: Vec<usize> = self.indices.iter().filter_map(place).collect();
        let values: Vec<f64> = places.iter().map(|&place| parameters[place]).collect();
        self.optimizer.advance(first, parameters, gradient);
        for (place, value) in places.into_iter().zip(values) {
            parameters[place] = value;
        }
    }
}

/// Computes the inputs of the network for points of the plane.
pub(crate) fn features(settings: &Settings, points: &[[f64; 2]]) -> Array2<f64> {
    let Settings { inputs, formula, .. } = settings;
    Array2::from_shape_fn((points.len(), inputs.len()), |(row, column)| inputs[column].of(points[row], formula))
}

/// Replaces a loss and an output activation that do not fit the data.
fn compatible(mut settings: Settings, data: &Data) -> Settings {
    settings.loss = match (data.classes.len(), settings.loss) {
        (0, Loss::BinaryCrossEntropyWithLogits | Loss::CrossEntropy | Loss::Hinge) => Loss::MeanSquaredError,
        (1.., Loss::MeanAbsoluteError | Loss::Huber { .. }) => Loss::MeanSquaredError,
        (3.., Loss::BinaryCrossEntropyWithLogits | Loss::Hinge) => Loss::CrossEntropy,
        (_, loss) => loss,
    };
    // These losses take logits, so the output has no activation.
    if matches!(settings.loss, Loss::BinaryCrossEntropyWithLogits | Loss::CrossEntropy | Loss::Hinge)
        || data.classes.is_empty()
    {
        settings.output = Activation::Identity;
    }
    settings
}

/// A network with its initial parameters, and the samples for it.
struct Initial {
    model: Model<f64, Net<f64>>,
    plain: Model<f64>,
    train: Samples,
    test: Samples,
}

fn initial(settings: &Settings, data: &Data) -> Result<Initial, Error> {
    let at: Vec<[f64; 2]> = data.points.iter().map(|point| point.at).collect();
    let inputs = features(settings, &at);
    if let Some(((row, _), value)) = inputs.indexed_iter().find(|(_, value)| !value.is_finite()) {
        let [x1, x2] = at[row];
        return Err(Error::invalid_argument("formula", format!("be finite at the sample ({x1}, {x2})"), value));
    }
    let name = |input: &Input| match input {
        Input::X1 => data.names[0].clone(),
        Input::X2 => data.names[1].clone(),
        Input::Own => settings.formula.text().into(),
        other => other.name().into(),
    };
    let dataset = if data.classes.is_empty() {
        Dataset::new(&inputs, Array2::from_shape_fn((at.len(), 1), |(row, _)| data.points[row].target))?
    } else {
        let labels: Vec<&String> = data.points.iter().map(|point| &data.classes[point.target as usize]).collect();
        let dataset = Dataset::with_classes(&inputs, &labels)?;
        let is_single = data.classes.len() == 2 && settings.loss != Loss::CrossEntropy;
        if is_single { dataset.one_output()? } else { dataset }
    };
    let dataset = dataset.named(settings.inputs.iter().map(name))?.target_named(&data.target_name);

    let (inputs, outputs) = (dataset.inputs().ncols(), dataset.targets().ncols());
    let layers = settings.layers.iter().copied().chain([(outputs, settings.output)]);
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let net = match settings.init {
        None => Mlp::new(inputs, layers, &mut rng)?,
        Some(init) => Mlp::with_init(inputs, layers, init, &mut rng)?,
    };
    let plain = Model::with_net(net, settings.loss, &dataset)?.with_scaler(Scaler::identity(inputs))?;
    let net = Net::new(plain.net().clone(), settings.residual);
    let model = Model::with_net(net, settings.loss, &dataset)?.with_scaler(Scaler::identity(inputs))?;
    let prepared = model.prepared(&dataset)?;
    let subset = |is_test: bool| {
        let in_subset = |index: &usize| data.points[*index].is_test == is_test;
        let indices: Vec<usize> = (0..prepared.len()).filter(in_subset).collect();
        Samples { raw: dataset.select(&indices), prepared: prepared.select(&indices) }
    };
    Ok(Initial { train: subset(false), test: subset(true), model, plain })
}
