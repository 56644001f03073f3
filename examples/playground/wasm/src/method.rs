//! [`Method`]: how training changes the parameters.

use crate::Settings;
use crate::net::Net;
use backprop::{Adam, Dataset, Error, Lbfgs, Momentum, Optimizer, OptimizerState, Parameters, RmsProp, Sgd, Workspace};

/// How training changes the parameters, with its state.
pub(crate) enum Method {
    /// A step of an optimizer for each batch.
    Batches(Box<dyn Optimizer<f64>>),
    /// A step of L-BFGS on all samples at once, with the history of [`Lbfgs::minimize_from`].
    Lbfgs(Vec<[Vec<f64>; 2]>),
}

impl Method {
    pub(crate) fn new(settings: &Settings) -> Result<Method, Error> {
        let rate = settings.rate;
        let optimizer: Box<dyn Optimizer<f64>> = match &settings.optimizer[..] {
            "sgd" => Box::new(Sgd::new(rate)),
            "momentum" => Box::new(Momentum::new(rate, 0.9)),
            "nesterov" => Box::new(Momentum::new(rate, 0.9).nesterov()),
            "rmsprop" => Box::new(RmsProp::new(rate)),
            "adam" => Box::new(Adam::new(rate)),
            "lbfgs" if settings.dropout > 0.0 => {
                let requirement = "be 0 for L-BFGS, whose line search needs the same function at each point";
                return Err(Error::invalid_argument("dropout", requirement, settings.dropout));
            }
            "lbfgs" => return Ok(Method::Lbfgs(Vec::new())),
            other => {
                let known = ["sgd", "momentum", "nesterov", "rmsprop", "adam", "lbfgs"];
                return Err(Error::unknown("optimizer", other, known));
            }
        };
        Ok(Method::Batches(optimizer))
    }

    pub(crate) fn set_learning_rate(&mut self, rate: f64) {
        if let Method::Batches(optimizer) = self {
            optimizer.set_learning_rate(rate);
        }
    }

    /// Returns the state: for an optimizer, step counts, then values for each parameter, in its order; for L-BFGS, the
    /// changes of the parameters and of the gradient in each of the last steps. Empty before the first step.
    pub(crate) fn memory(&mut self) -> Vec<f64> {
        let (mut memory, mut has_values) = (Vec::new(), false);
        match self {
            Method::Batches(optimizer) => optimizer.visit_state(&mut |_, part| match part {
                OptimizerState::Values(values) => {
                    memory.extend_from_slice(values);
                    has_values |= !values.is_empty();
                }
                OptimizerState::Count(count) => memory.push(*count as f64),
                OptimizerState::Number(number) => memory.push(*number),
                OptimizerState::Flag(flag) => memory.push(*flag as u8 as f64),
            }),
            Method::Lbfgs(history) => return history.as_flattened().concat(),
        }
        if has_values { memory } else { Vec::new() }
    }

    /// Sets the state of a new method for `count` parameters, as [`memory`](Self::memory) returns it. Returns false if the
    /// numbers are not such a state.
    pub(crate) fn set_memory(&mut self, mut numbers: &[f64], count: usize) -> bool {
        let mut fits = true;
        match self {
            Method::Batches(optimizer) => optimizer.visit_state(&mut |_, part| {
                let size = if matches!(part, OptimizerState::Values(_)) { count } else { 1 };
                let Some((own, others)) = numbers.split_at_checked(size) else {
                    fits = false;
                    return;
                };
                numbers = others;
                match part {
                    OptimizerState::Values(values) => *values = own.to_vec(),
                    OptimizerState::Count(steps) => *steps = own[0] as i32,
                    OptimizerState::Number(number) => *number = own[0],
                    OptimizerState::Flag(flag) => *flag = own[0] != 0.0,
                }
            }),
            Method::Lbfgs(history) => {
                let steps = numbers.chunks_exact(2 * count);
                numbers = steps.remainder();
                *history = steps.map(|step| [step[..count].to_vec(), step[count..].to_vec()]).collect();
            }
        }
        fits && numbers.is_empty()
    }
}

/// Makes a step of L-BFGS on the samples, with regularization as a `Trainer` has it, without changing the parameters with
/// the indices `frozen`.
pub(crate) fn lbfgs_step(
    history: &mut Vec<[Vec<f64>; 2]>,
    net: &mut Net<f64>,
    samples: &Dataset<f64>,
    settings: &Settings,
    frozen: &[usize],
) -> Result<(), Error> {
    let (mut workspace, mut moved, mut gradient) = (Workspace::new().evaluation(), net.clone(), net.clone());
    let (inputs, targets) = (samples.inputs(), samples.targets());
    let (is_bias, initial) = (net.is_bias(), net.parameters());
    let keep_frozen = |parameters: &mut [f64]| frozen.iter().for_each(|&index| parameters[index] = initial[index]);
    let value_and_gradient = |parameters: &[f64]| {
        let mut parameters = parameters.to_vec();
        keep_frozen(&mut parameters);
        moved.set_parameters(&parameters).expect("the network has as many parameters");
        let loss = workspace.loss_and_gradient(&moved, inputs, targets, settings.loss, &mut gradient);
        let (mut value, mut derivatives) = (loss.expect("the samples fit the network"), gradient.parameters());
        for ((w, derivative), _) in parameters.iter().zip(&mut derivatives).zip(&is_bias).filter(|(_, bias)| !**bias) {
            value += settings.l1 * w.abs() + 0.5 * settings.l2 * w * w;
            *derivative += settings.l1 * if *w == 0.0 { 0.0 } else { w.signum() } + settings.l2 * w;
        }
        frozen.iter().for_each(|&index| derivatives[index] = 0.0);
        (value, derivatives)
    };
    let mut parameters = initial.clone();
    Lbfgs::new().steps(1).minimize_from(history, value_and_gradient, &mut parameters)?;
    keep_frozen(&mut parameters);
    net.set_parameters(&parameters)
}
