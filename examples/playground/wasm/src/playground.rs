//! [`Playground`]: a network, its data and its training.

use crate::{Data, Input, Settings};
use backprop::ndarray::Array2;
use backprop::rand::SeedableRng;
use backprop::rand::rngs::Xoshiro256PlusPlus;
use backprop::rand::seq::SliceRandom;
use backprop::{
    Activation, Adam, Dataset, Error, Loss, Metrics, Mlp, Model, Momentum, Optimizer, OptimizerState, RmsProp, Scaler,
    Sgd, Trainer,
};
use rand_chacha::ChaCha8Rng;

/// A network, its data and its training.
pub struct Playground {
    pub(crate) settings: Settings,
    pub(crate) data: Data,
    pub(crate) model: Model<f64>,
    pub(crate) train: Samples,
    test: Samples,
    initial: Vec<f64>,
    optimizer: Box<dyn Optimizer<f64>>,
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
        let (model, train, test) = initial_model(&settings, &data)?;
        if train.raw.is_empty() {
            return Err(Error::Empty { what: "training sample", place: "the data" });
        }
        let (initial, optimizer) = (model.net().parameters(), optimizer(&settings)?);
        let (epoch, order, done, best) = (0, Vec::new(), 0, None);
        Ok(Playground {
            settings,
            data,
            model,
            train,
            test,
            initial,
            optimizer,
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
            (a.inputs.clone(), a.layers.clone(), a.output, a.loss, a.seed, a.init.map(|init| format!("{init:?}")))
        };
        if same(&settings) != same(&self.settings) {
            *self = Playground::new(settings, self.data.clone())?;
            return Ok(true);
        }
        if settings.optimizer != self.settings.optimizer {
            self.optimizer = optimizer(&settings)?;
        }
        self.optimizer.set_learning_rate(settings.rate);
        self.settings = settings;
        Ok(false)
    }

    /// Sets other data. Keeps the network if it fits them.
    pub fn set_data(&mut self, data: Data) -> Result<(), Error> {
        let mut next = Playground::new(self.settings.clone(), data)?;
        let same_outputs = next.model.net().parameters().len() == self.model.net().parameters().len();
        if same_outputs && next.settings == self.settings {
            next.model.net_mut().set_parameters(&self.model.net().parameters())?;
            (next.initial, next.epoch) = (self.initial.clone(), self.epoch);
            next.frozen = self.frozen.clone();
            std::mem::swap(&mut next.optimizer, &mut self.optimizer);
        }
        *self = next;
        Ok(())
    }

    /// Restores the initial parameters.
    pub fn reset(&mut self) -> Result<(), Error> {
        self.go_to(0, 0, &self.initial.clone())
    }

    /// Sets the parameters to those after `epoch` epochs and `done` samples of the next epoch.
    pub fn go_to(&mut self, epoch: usize, done: usize, parameters: &[f64]) -> Result<(), Error> {
        self.model.net_mut().set_parameters(parameters)?;
        self.optimizer = optimizer(&self.settings)?;
        (self.epoch, self.best) = (epoch, None);
        self.begin_epoch();
        self.done = done.min(self.order.len().saturating_sub(1));
        Ok(())
    }

    /// Returns the number of complete epochs and of samples used in the current one.
    pub fn place(&self) -> [usize; 2] {
        [self.epoch, self.done]
    }

    /// Returns the state of the optimizer: step counts, then values for each parameter, in its order; nothing before
    /// the first step.
    pub fn memory(&mut self) -> Vec<f64> {
        let (mut memory, mut has_values) = (Vec::new(), false);
        self.optimizer.visit_state(&mut |_, part| match part {
            OptimizerState::Values(values) => {
                memory.extend_from_slice(values);
                has_values |= !values.is_empty();
            }
            OptimizerState::Count(count) => memory.push(*count as f64),
            OptimizerState::Number(number) => memory.push(*number),
            OptimizerState::Flag(flag) => memory.push(*flag as u8 as f64),
        });
        if has_values { memory } else { Vec::new() }
    }

    /// Sets the state of the optimizer, as [`memory`](Self::memory) returns it.
    pub fn set_memory(&mut self, numbers: &[f64]) -> Result<(), Error> {
        if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
            return Err(Error::invalid_argument("memory", "be finite", number));
        }
        let mut next = optimizer(&self.settings)?;
        let count = self.model.net().parameters().len();
        let (mut rest, mut fits) = (numbers, true);
        next.visit_state(&mut |_, part| {
            let size = if matches!(part, OptimizerState::Values(_)) { count } else { 1 };
            let Some((own, others)) = rest.split_at_checked(size) else {
                fits = false;
                return;
            };
            rest = others;
            match part {
                OptimizerState::Values(values) => *values = own.to_vec(),
                OptimizerState::Count(steps) => *steps = own[0] as i32,
                OptimizerState::Number(number) => *number = own[0],
                OptimizerState::Flag(flag) => *flag = own[0] != 0.0,
            }
        });
        if !fits || !rest.is_empty() {
            let message = format!("expected the memory of {} for {count} parameters", self.settings.optimizer);
            return Err(Error::custom(format!("{message}, got {} values", numbers.len())));
        }
        self.optimizer = next;
        Ok(())
    }

    /// Keeps these parameters, given by their indices, at their values.
    pub fn freeze(&mut self, indices: Vec<usize>) -> Result<(), Error> {
        let count = self.model.net().parameters().len();
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
        let end = (self.done + self.settings.batch).min(self.order.len());
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
        for _ in 0..epochs {
            if self.done > 0 {
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
        if self.done == 0 {
            self.begin_epoch();
        }
        let end = (self.done + self.settings.batch).min(self.order.len());
        let batch = self.order[self.done..end].to_vec();
        self.fit(Some(&batch))?;
        self.done = end;
        if end == self.order.len() {
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
    fn fit(&mut self, batch: Option<&[usize]>) -> Result<(), Error> {
        let (settings, seed) = (&self.settings, self.order_seed());
        let optimizer = Frozen { optimizer: &mut self.optimizer, indices: &self.frozen };
        let trainer = Trainer::new(settings.loss, optimizer).epochs(1).l1(settings.l1).l2(settings.l2);
        let (result, step) = match batch {
            None => {
                let mut trainer = trainer.batch_size(settings.batch).seed(seed);
                (trainer.fit(self.model.net_mut(), &self.train.prepared), None)
            }
            Some(batch) => {
                let samples = self.train.prepared.select(batch);
                let mut trainer = trainer.batch_size(batch.len()).shuffle(false);
                (trainer.fit(self.model.net_mut(), &samples), Some(self.done / settings.batch + 1))
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
            self.best = Some((self.epoch, loss, self.model.net().parameters()));
        }
        Ok(Scores { train, test })
    }

    fn score(&self, samples: &Samples) -> Result<Score, Error> {
        let loss = self.loss(self.model.net(), samples)?;
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

    pub(crate) fn loss(&self, net: &Mlp<f64>, samples: &Samples) -> Result<f64, Error> {
        let outputs = net.forward_batch(&samples.prepared.inputs().into())?;
        self.settings.loss.evaluate_batch(&outputs, &samples.prepared.targets().into())
    }

    /// Returns the model with unscaled inputs if all inputs are coordinates, not squares, products or sines of them.
    pub fn exported(&self) -> Result<Model<f64>, Error> {
        let column = |input: &Input| match input {
            Input::X1 => Some(0),
            Input::X2 => Some(1),
            _ => None,
        };
        let Some(columns) = self.settings.inputs.iter().map(column).collect::<Option<Vec<usize>>>() else {
            return Ok(self.model.clone());
        };
        let pick = |values: &[f64]| columns.iter().map(|&column| values[column]).collect::<Vec<f64>>();
        let scaler = Scaler::new(pick(self.data.scaler.shifts()), pick(self.data.scaler.units()))?;
        self.model.clone().with_scaler(scaler)
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
pub(crate) fn features(inputs: &[Input], points: &[[f64; 2]]) -> Array2<f64> {
    Array2::from_shape_fn((points.len(), inputs.len()), |(row, column)| inputs[column].of(points[row]))
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

fn initial_model(settings: &Settings, data: &Data) -> Result<(Model<f64>, Samples, Samples), Error> {
    let at: Vec<[f64; 2]> = data.points.iter().map(|point| point.at).collect();
    let inputs = features(&settings.inputs, &at);
    let name = |input: &Input| match input {
        Input::X1 => data.names[0].clone(),
        Input::X2 => data.names[1].clone(),
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
    let model = Model::with_net(net, settings.loss, &dataset)?.with_scaler(Scaler::identity(inputs))?;
    let prepared = model.prepared(&dataset)?;
    let subset = |is_test: bool| {
        let in_subset = |index: &usize| data.points[*index].is_test == is_test;
        let indices: Vec<usize> = (0..prepared.len()).filter(in_subset).collect();
        Samples { raw: dataset.select(&indices), prepared: prepared.select(&indices) }
    };
    Ok((model, subset(false), subset(true)))
}

fn optimizer(settings: &Settings) -> Result<Box<dyn Optimizer<f64>>, Error> {
    let rate = settings.rate;
    Ok(match &settings.optimizer[..] {
        "sgd" => Box::new(Sgd::new(rate)),
        "momentum" => Box::new(Momentum::new(rate, 0.9)),
        "nesterov" => Box::new(Momentum::new(rate, 0.9).nesterov()),
        "rmsprop" => Box::new(RmsProp::new(rate)),
        "adam" => Box::new(Adam::new(rate)),
        other => {
            return Err(Error::unknown("optimizer", other, ["sgd", "momentum", "nesterov", "rmsprop", "adam"]));
        }
    })
}
