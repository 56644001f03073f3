//! [`ParameterGroups`]: an optimizer that treats parameters by their names.

use super::optimizer::{Optimizer, OptimizerState, checked_non_negative, checked_weight_decay, factors};
use crate::error::Error;
use crate::nn::ParameterInfo;
use crate::scalar::Scalar;
use std::ops::Range;

/// Parameter groups: an optimizer whose learning rate and weight decay depend on the names of the parameters, and which
/// leaves frozen parameters unchanged.
///
/// Each setting has a pattern. It is the name of a matrix or row of parameters (`encoder.0.weight`), or the part of a
/// name before a dot (`encoder`, `encoder.0`), which covers all names that begin with it.
/// [`Parameters::parameter_info`](crate::Parameters::parameter_info) returns the names. If several settings of one kind
/// match a name, the last one applies. Parameters without a setting move as by the inner optimizer alone.
///
/// For each parameter p that is not frozen:
///
/// ```text
/// rate = factor·learning_rate              1·learning_rate by default
/// p ← p − rate·weight_decay·p              no decay by default
/// p ← a step of the inner optimizer with this rate
/// ```
///
/// The learning rate is that of the inner optimizer, so a [`Schedule`](crate::Schedule) changes the rates of all groups
/// by the same factor. Like other optimizers, parameter groups belong to one network.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Adam, Dataset, Layer, Loss, ParameterGroups, Scalar, Trainer};
///
/// #[derive(Clone)]
/// struct Classifier<S: Scalar> {
///     encoder: Layer<S>,
///     head: Layer<S>,
/// }
///
/// backprop::module! {
///     Classifier { encoder, head }
///     fn forward_batch(&self, x) { self.head.forward_batch(&self.encoder.forward_batch(x)?) }
/// }
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let encoder = Layer::<f64>::new(2, 4, Activation::Tanh, &mut rng);
/// let mut net = Classifier { encoder: encoder.clone(), head: Layer::new(4, 1, Activation::Identity, &mut rng) };
/// let data = Dataset::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [1.0]])?;
/// let groups = ParameterGroups::new(Adam::new(0.01)).freeze("encoder").learning_rate_factor("head.bias", 2.0);
/// let history = Trainer::new(Loss::BinaryCrossEntropyWithLogits, groups).epochs(200).fit(&mut net, &data)?;
/// assert!(history.last().unwrap().train.loss < history.epochs[0].train.loss);
/// assert_eq!(net.encoder, encoder); // frozen
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// A pattern without a match is an error at the first step, before anything is changed:
///
/// ```
/// use backprop::{Activation, Layer, Neuron, Optimizer, ParameterGroups, Sgd};
///
/// let mut layer = Layer::from_neurons([Neuron::new([1.0], 2.0, Activation::Identity)])?;
/// let gradient = layer.clone();
/// let error = ParameterGroups::new(Sgd::new(0.1)).freeze("weights").step(&mut layer, &gradient).unwrap_err();
/// assert_eq!(error.to_string(), "no parameter `weights`; did you mean `weight`? Parameters: weight, bias");
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// Parameter groups of [`torch.optim`](https://docs.pytorch.org/docs/stable/optim.html); the weight decay is that of
/// [Loshchilov and Hutter 2019](https://arxiv.org/abs/1711.05101).
#[doc(alias("param_groups", "requires_grad", "add_param_group", "multi_transform"))]
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterGroups<O> {
    optimizer: O,
    /// The patterns and their settings, in the order of the calls.
    settings: Vec<(String, Setting)>,
    /// The runs of the network's parameters; `None` before the first step.
    runs: Option<Vec<Run>>,
}

/// The setting of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Setting {
    LearningRateFactor(f64),
    WeightDecay(f64),
    Freeze,
}

/// All settings of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Group {
    learning_rate_factor: f64,
    weight_decay: f64,
    is_frozen: bool,
}

/// Neighbouring parameters of one group; they begin at the end of the run before.
#[derive(Clone, Debug, PartialEq)]
struct Run {
    end: usize,
    group: Group,
}

impl<O> ParameterGroups<O> {
    /// Creates parameter groups without settings, which move all parameters by `optimizer`.
    pub fn new(optimizer: O) -> ParameterGroups<O> {
        ParameterGroups { optimizer, settings: Vec::new(), runs: None }
    }

    /// Multiplies the learning rate of the parameters that match `pattern` by `factor`.
    ///
    /// It needs an inner optimizer that reads its learning rate in [`advance`](Optimizer::advance), as all of this
    /// crate do.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Layer, Neuron, Optimizer, ParameterGroups, Sgd};
    ///
    /// let one = |weight, bias| Layer::from_neurons([Neuron::new([weight], bias, Activation::Identity)]);
    /// let mut layer = one(1.0, 2.0)?;
    /// let mut groups = ParameterGroups::new(Sgd::new(0.5)).learning_rate_factor("bias", 0.5);
    /// groups.step(&mut layer, &one(4.0, -1.0)?)?;
    /// assert_eq!(layer.parameters(), [1.0 - 0.5 * 4.0, 2.0 + 0.25 * 1.0]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `factor` is negative, infinite or NaN.
    #[doc(alias = "lr")]
    #[track_caller]
    pub fn learning_rate_factor(self, pattern: impl Into<String>, factor: f64) -> ParameterGroups<O> {
        self.with(pattern, Setting::LearningRateFactor(checked_non_negative("factor", factor)))
    }

    /// Sets the decoupled weight decay of the parameters that match `pattern`: each step first subtracts
    /// `rate·weight_decay·p` from each parameter p, where the rate is that of the group.
    ///
    /// It is in addition to a weight decay of the inner optimizer. For groups with different decays use
    /// [`Adam`](crate::Adam), which has none by default, not [`AdamW`](crate::AdamW).
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Layer, Neuron, Optimizer, ParameterGroups, Sgd};
    ///
    /// let one = |weight, bias| Layer::from_neurons([Neuron::new([weight], bias, Activation::Identity)]);
    /// let mut layer = one(1.0, 2.0)?;
    /// let mut groups = ParameterGroups::new(Sgd::new(0.5)).weight_decay("weight", 0.25);
    /// groups.step(&mut layer, &one(4.0, -1.0)?)?;
    /// assert_eq!(layer.parameters(), [1.0 - 0.5 * 0.25 * 1.0 - 0.5 * 4.0, 2.0 + 0.5 * 1.0]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `weight_decay` is negative, infinite or NaN.
    #[track_caller]
    pub fn weight_decay(self, pattern: impl Into<String>, weight_decay: f64) -> ParameterGroups<O> {
        self.with(pattern, Setting::WeightDecay(checked_weight_decay(weight_decay)))
    }

    /// Freezes the parameters that match `pattern`: steps change neither them nor the state that the inner optimizer
    /// has of them.
    ///
    /// Their derivatives may be infinite or NaN, and [`Trainer::clip_norm`](crate::Trainer::clip_norm) takes the norm of
    /// the others.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Layer, Neuron, Optimizer, ParameterGroups, Sgd};
    ///
    /// let one = |weight, bias| Layer::from_neurons([Neuron::new([weight], bias, Activation::Identity)]);
    /// let mut layer = one(1.0, 2.0)?;
    /// ParameterGroups::new(Sgd::new(0.5)).freeze("weight").step(&mut layer, &one(f64::NAN, -1.0)?)?;
    /// assert_eq!(layer.parameters(), [1.0, 2.5]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    #[doc(alias("requires_grad_", "set_to_zero"))]
    pub fn freeze(self, pattern: impl Into<String>) -> ParameterGroups<O> {
        self.with(pattern, Setting::Freeze)
    }

    /// Returns the inner optimizer.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }

    fn with(mut self, pattern: impl Into<String>, setting: Setting) -> ParameterGroups<O> {
        self.settings.push((pattern.into(), setting));
        ParameterGroups { runs: None, ..self }
    }

    /// Returns the runs of the parameters with these infos.
    fn find_runs(&self, parameters: usize, infos: &[ParameterInfo]) -> Result<Vec<Run>, Error> {
        for (pattern, _) in &self.settings {
            if !infos.iter().any(|info| matches(pattern, info.name())) {
                return Err(Error::unknown("parameter", pattern, infos.iter().map(ParameterInfo::name)));
            }
        }
        let mut groups = vec![Group { learning_rate_factor: 1.0, weight_decay: 0.0, is_frozen: false }; parameters];
        for info in infos {
            for (_, setting) in self.settings.iter().filter(|(pattern, _)| matches(pattern, info.name())) {
                for index in info.indices() {
                    match *setting {
                        Setting::LearningRateFactor(factor) => groups[index].learning_rate_factor = factor,
                        Setting::WeightDecay(decay) => groups[index].weight_decay = decay,
                        Setting::Freeze => groups[index].is_frozen = true,
                    }
                }
            }
        }
        let mut runs: Vec<Run> = Vec::new();
        for (index, group) in groups.into_iter().enumerate() {
            match runs.last_mut() {
                Some(run) if run.group == group => run.end = index + 1,
                _ => runs.push(Run { end: index + 1, group }),
            }
        }
        Ok(runs)
    }

    /// Returns the runs of the parameters from index `first` on.
    fn runs_from(&self, first: usize) -> &[Run] {
        let runs = self.runs.as_deref().unwrap_or_default();
        &runs[runs.partition_point(|run| run.end <= first)..]
    }
}

/// Returns true if a name is the pattern, or begins with it and a dot.
fn matches(pattern: &str, name: &str) -> bool {
    name.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Returns the number of parameters in these runs.
fn count(runs: &[Run]) -> usize {
    runs.last().map_or(0, |run| run.end)
}

impl<S: Scalar, O: Optimizer<S>> Optimizer<S> for ParameterGroups<O> {
    fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate()
    }

    #[track_caller]
    fn set_learning_rate(&mut self, rate: f64) {
        self.optimizer.set_learning_rate(rate);
    }

    /// Finds the parameters of each group at the first step of a network.
    ///
    /// # Errors
    /// [`Error::Unknown`] if a pattern matches no name; [`Error::NonFinite`] if the learning rate of a group overflows.
    fn prepare(&mut self, parameters: usize, infos: &dyn Fn() -> Vec<ParameterInfo>) -> Result<(), Error> {
        self.optimizer.prepare(parameters, infos)?;
        let rate = self.optimizer.learning_rate();
        for (pattern, setting) in &self.settings {
            if let Setting::LearningRateFactor(factor) = setting {
                Error::check_finite("learning rate", rate * factor, || format!("the group `{pattern}`"))?;
            }
        }
        if !self.settings.is_empty() && self.runs.as_ref().is_none_or(|runs| count(runs) != parameters) {
            self.runs = Some(self.find_runs(parameters, &infos())?);
        }
        Ok(())
    }

    fn is_frozen(&self, index: usize) -> bool {
        self.runs_from(index).first().is_some_and(|run| run.group.is_frozen) || self.optimizer.is_frozen(index)
    }

    /// Begins a step of this number of parameters.
    ///
    /// # Panics
    /// If there are settings and [`prepare`](Optimizer::prepare) was not called for this number of parameters, or if
    /// the inner optimizer panics.
    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        let known = self.runs.as_deref().map(count);
        assert!(
            self.settings.is_empty() || known == Some(parameters),
            "parameter groups need the names of the {parameters} parameters; call `Optimizer::step`, or `prepare` \
             before `begin`"
        );
        self.optimizer.begin(parameters);
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]) {
        if self.settings.is_empty() {
            return self.optimizer.advance(first, parameters, gradient);
        }
        let (learning_rate, end) = (self.optimizer.learning_rate(), first + parameters.len());
        let mut start = first;
        let runs = self.runs.take().unwrap_or_default(); // the inner optimizer changes while they are read
        let skipped = runs.partition_point(|run| run.end <= first);
        for Run { end: run_end, group } in &runs[skipped..] {
            if start >= end {
                break;
            }
            let next = end.min(*run_end);
            if !group.is_frozen {
                let range: Range<usize> = start - first..next - first;
                let rate = group.learning_rate_factor * learning_rate;
                decay(&mut parameters[range.clone()], rate * group.weight_decay);
                self.optimizer.set_learning_rate(rate);
                self.optimizer.advance(start, &mut parameters[range.clone()], &gradient[range]);
            }
            start = next;
        }
        self.optimizer.set_learning_rate(learning_rate);
        self.runs = Some(runs);
    }

    /// Moves parameters in a slice by their gradient, if there are no settings.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there are settings, since parameters in a slice have no names; otherwise those of the
    /// inner optimizer. Nothing is changed then.
    fn step_slice(&mut self, parameters: &mut [S], gradient: &[S]) -> Result<(), Error> {
        if self.settings.is_empty() {
            return self.optimizer.step_slice(parameters, gradient);
        }
        Err(Error::Unsupported {
            what: "parameter groups".into(),
            operation: "Optimizer::step_slice",
            reason: "parameters in a slice have no names; use Optimizer::step",
        })
    }

    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        self.optimizer.visit_state(f);
    }
}

/// Subtracts `fraction·p` from each parameter p.
fn decay<S: Scalar>(parameters: &mut [S], fraction: f64) {
    if fraction == 0.0 {
        return;
    }
    let [fraction, rest] = factors::<S>(fraction);
    for parameter in parameters {
        *parameter -= fraction * *parameter * rest;
    }
}
