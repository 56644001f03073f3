//! What the page draws of a playground: what each neuron answers where, the loss over two parameters, and one sample's way
//! forward through the net and back.

use crate::playground::features;
use crate::{Input, Playground};
use backprop::{Error, Explanation, Loss, Matrix, Trace, TracedValue};

/// One sample's way through the net and back.
pub struct Pass {
    /// The sums and outputs of all neurons, layer by layer, and the derivatives of the loss by both.
    pub neurons: Vec<[f64; 4]>,
    /// Of each parameter, in their order, the derivative of the loss.
    pub gradient: Vec<f64>,
    pub loss: f64,
    pub inputs: Vec<f64>,
    pub targets: Vec<f64>,
}

impl Playground {
    /// The middles of so many cells each way, row by row from below.
    fn grid(&self, cells: usize) -> Vec<[f64; 2]> {
        let at = |i: usize| self.data.size * ((2 * i + 1) as f64 / cells as f64 - 1.0);
        (0..cells * cells).map(|i| [at(i % cells), at(i / cells)]).collect()
    }

    /// What each input, hidden neuron and output is, everywhere on the plane: a map of so many cells each way for each.
    pub fn maps(&self, cells: usize) -> Result<Vec<f32>, Error> {
        let mut values = Matrix::from(features(&self.settings.inputs, &self.grid(cells)));
        let mut maps = Vec::new();
        let mut add = |values: &Matrix<f64>| {
            maps.extend(values.view().columns().into_iter().flat_map(|column| column.to_vec()).map(|x| x as f32));
        };
        add(&values);
        for layer in self.model.net().layers() {
            values = layer.forward_batch(&values)?;
            add(&values);
        }
        Ok(maps)
    }

    /// What the model answers on the plane: of each cell a probability of each class, or a number.
    pub fn answers(&self, cells: usize) -> Result<Vec<f32>, Error> {
        let answers = self.model.predict(features(&self.settings.inputs, &self.grid(cells)))?;
        Ok(answers.iter().map(|&x| x as f32).collect())
    }

    /// What the model answers at one place: a probability of each class, or a number.
    pub fn answer(&self, at: [f64; 2]) -> Result<Vec<f64>, Error> {
        Ok(self.model.predict(features(&self.settings.inputs, &[at]))?.iter().copied().collect())
    }

    /// The training loss over two parameters, so far from where they are to each side; the others as they are.
    pub fn surface(&self, [i, j]: [usize; 2], size: f64, cells: usize) -> Result<Vec<f32>, Error> {
        let mut net = self.model.net().clone();
        let mut parameters = net.parameters();
        if let Some(index) = [i, j].into_iter().find(|&index| index >= parameters.len()) {
            let requirement = format!("be less than the number of parameters, {}", parameters.len());
            return Err(Error::invalid_argument("parameter", requirement, index));
        }
        let (x, y) = (parameters[i], parameters[j]);
        let mut losses = Vec::with_capacity(cells * cells);
        for row in 0..cells {
            for column in 0..cells {
                let away = |cell: usize| size * (2.0 * cell as f64 / (cells - 1) as f64 - 1.0);
                (parameters[i], parameters[j]) = (x + away(column), y + away(row));
                net.set_parameters(&parameters)?;
                losses.push(self.loss(&net, &self.train)? as f32);
            }
        }
        Ok(losses)
    }

    /// A training sample's way through the net and back.
    pub fn pass(&self, sample: usize) -> Result<Pass, Error> {
        self.traced(sample, |trace, loss| {
            let of = |name: &str| {
                let number = trace.find(name).expect("the trace has named it");
                (number.data(), loss.derivative(number))
            };
            let neuron = |name: &String| {
                let ((sum, by_sum), (output, by_output)) = (of(&format!("sum_{name}")), of(name));
                [sum, output, by_sum, by_output]
            };
            let net = self.model.net();
            let neurons = Trace::neuron_names(net).iter().flatten().map(neuron).collect();
            let gradient = Trace::parameter_names(net).iter().map(|name| of(name).1).collect();
            let row = |numbers: backprop::ndarray::ArrayView1<'_, f64>| numbers.to_vec();
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

    /// The chain rule from a training sample's loss to a parameter, in symbols and numbers.
    pub fn explain(&self, sample: usize, parameter: &str) -> Result<String, Error> {
        self.traced(sample, |trace, loss| {
            let unknown = || Error::unknown("parameter", parameter, Trace::parameter_names(self.model.net()));
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
        let outputs = trace.forward(self.model.net(), &inputs)?;
        let targets = samples.targets().row(sample);
        let targets: Vec<TracedValue<'_, f64>> = (targets.iter().enumerate())
            .map(|(i, &target)| {
                trace.variable(if targets.len() == 1 { "y".into() } else { format!("y{}", i + 1) }, target)
            })
            .collect();
        let loss = match self.settings.loss {
            // As the lecture writes it
            Loss::MeanSquaredError if outputs.len() == 1 => (targets[0] - outputs[0]).powi(2),
            loss => loss.evaluate(&outputs, &targets)?,
        };
        f(&trace, loss.named("L"))
    }
}
