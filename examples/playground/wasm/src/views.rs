//! The values that the page draws: the output of each neuron on the plane, the loss over two parameters, and the
//! forward and backward pass of one sample.

use crate::playground::features;
use crate::{Input, Playground};
use backprop::{Error, Explanation, Loss, Matrix, Parameters, Trace, TracedValue};

/// The forward and backward pass of one sample.
pub struct Pass {
    /// The sum and the output of each neuron, layer by layer, and the derivatives of the loss with respect to both.
    pub neurons: Vec<[f64; 4]>,
    /// The derivative of the loss with respect to each parameter.
    pub gradient: Vec<f64>,
    pub loss: f64,
    pub inputs: Vec<f64>,
    pub targets: Vec<f64>,
}

impl Playground {
    /// Returns the centres of `cells` × `cells` cells, row by row from the bottom.
    fn grid(&self, cells: usize) -> Vec<[f64; 2]> {
        let at = |i: usize| self.data.size * ((2 * i + 1) as f64 / cells as f64 - 1.0);
        (0..cells * cells).map(|i| [at(i % cells), at(i / cells)]).collect()
    }

    /// Returns a map of each input, hidden neuron and output on the plane, with `cells` × `cells` cells.
    pub fn maps(&self, cells: usize) -> Result<Vec<f32>, Error> {
        let inputs = Matrix::from(features(&self.settings, &self.grid(cells)));
        let layers = self.net().outputs_of_layers(&inputs)?;
        let mut maps = Vec::new();
        for values in [inputs].iter().chain(&layers) {
            maps.extend(values.view().columns().into_iter().flat_map(|column| column.to_vec()).map(|x| x as f32));
        }
        Ok(maps)
    }

    /// Returns the prediction for each cell of the plane: a probability for each class, or a number. They are NaN where
    /// the formula of an input is not finite.
    pub fn predictions(&self, cells: usize) -> Result<Vec<f32>, Error> {
        let mut inputs = features(&self.settings, &self.grid(cells));
        let is_finite: Vec<bool> = inputs.rows().into_iter().map(|row| row.iter().all(|x| x.is_finite())).collect();
        inputs.mapv_inplace(|x| if x.is_finite() { x } else { 0.0 });
        let mut predictions = self.model.predict(inputs)?;
        for (mut row, _) in predictions.rows_mut().into_iter().zip(is_finite).filter(|(_, is_finite)| !is_finite) {
            row.fill(f64::NAN);
        }
        Ok(predictions.iter().map(|&x| x as f32).collect())
    }

    /// Returns the prediction for one point: a probability for each class, or a number.
    pub fn predict(&self, at: [f64; 2]) -> Result<Vec<f64>, Error> {
        Ok(self.model.predict(features(&self.settings, &[at]))?.iter().copied().collect())
    }

    /// Returns the training loss over two parameters, within `size` of their current values, with the others constant.
    pub fn surface(&self, [i, j]: [usize; 2], size: f64, cells: usize) -> Result<Vec<f32>, Error> {
        let mut net = self.net().clone();
        let mut parameters = net.parameters();
        if let Some(index) = [i, j].into_iter().find(|&index| index >= parameters.len()) {
            let requirement = format!("be less than the number of parameters, {}", parameters.len());
            return Err(Error::invalid_argument("parameter", requirement, index));
        }
        let (x, y) = (parameters[i], parameters[j]);
        let mut losses = Vec::with_capacity(cells * cells);
        for row in 0..cells {
            for column in 0..cells {
                let offset = |cell: usize| size * (2.0 * cell as f64 / (cells - 1) as f64 - 1.0);
                (parameters[i], parameters[j]) = (x + offset(column), y + offset(row));
                net.set_parameters(&parameters)?;
                losses.push(self.loss(&net, &self.train)? as f32);
            }
        }
        Ok(losses)
    }

    /// Returns the forward and backward pass of a training sample.
    pub fn pass(&self, sample: usize) -> Result<Pass, Error> {
        self.traced(sample, |trace, loss| {
            let value_and_derivative = |name: &str| {
                let value = trace.find(name).expect("the trace has this name");
                (value.data(), loss.derivative(value))
            };
            let neuron = |name: &String| {
                let ((sum, by_sum), (output, by_output)) =
                    (value_and_derivative(&format!("sum_{name}")), value_and_derivative(name));
                [sum, output, by_sum, by_output]
            };
            let net = self.net().mlp();
            let neurons = Trace::neuron_names(net).iter().flatten().map(neuron).collect();
            let gradient = Trace::parameter_names(net).iter().map(|name| value_and_derivative(name).1).collect();
            let row = |values: backprop::ndarray::ArrayView1<'_, f64>| values.to_vec();
            let samples = &self.train.prepared;
            Ok(Pass {
                neurons,
                gradient,
                loss: loss.data(),
                inputs: row(samples.inputs().row(sample)),
                targets: row(samples.targets().row(sample)),
            })
        })
    }

    /// Explains the derivative of a training sample's loss with respect to a parameter, in symbols and values.
    pub fn explain(&self, sample: usize, parameter: &str) -> Result<String, Error> {
        self.traced(sample, |trace, loss| {
            let unknown = || Error::unknown("parameter", parameter, Trace::parameter_names(self.net().mlp()));
            let explanation: Explanation = loss.explain(trace.find(parameter).ok_or_else(unknown)?);
            Ok(explanation.to_string())
        })
    }

    fn traced<R>(
        &self,
        sample: usize,
        f: impl FnOnce(&Trace<f64>, TracedValue<'_, f64>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let samples = &self.train.prepared;
        if sample >= samples.len() {
            let requirement = format!("be less than the number of training samples, {}", samples.len());
            return Err(Error::invalid_argument("sample", requirement, sample));
        }
        let trace = Trace::new();
        let name = |input: &Input| input.name().replace(' ', "_");
        let inputs: Vec<TracedValue<'_, f64>> = (self.settings.inputs.iter().zip(samples.inputs().row(sample)))
            .map(|(input, &number)| trace.variable(name(input), number))
            .collect();
        let outputs = self.net().trace(&trace, &inputs)?;
        let targets = samples.targets().row(sample);
        let targets: Vec<TracedValue<'_, f64>> = (targets.iter().enumerate())
            .map(|(i, &target)| {
                trace.variable(if targets.len() == 1 { "y".into() } else { format!("y{}", i + 1) }, target)
            })
            .collect();
        let loss = match self.settings.loss {
            // As in the lecture
            Loss::MeanSquaredError if outputs.len() == 1 => (targets[0] - outputs[0]).powi(2),
            loss => loss.evaluate(&outputs, &targets)?,
        };
        f(&trace, loss.named("L"))
    }
}
