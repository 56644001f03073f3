//! The values that the page draws: the output of each neuron on the plane, the loss over two parameters, and the
//! forward and backward pass of one sample.

use crate::Playground;
use crate::playground::features;
use backprop::{Error, Graph, Matrix, Module, Parameters};

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
        let samples = &self.train.prepared;
        if sample >= samples.len() {
            let requirement = format!("be less than the number of training samples, {}", samples.len());
            return Err(Error::invalid_argument("sample", requirement, sample));
        }
        let sample = samples.select(&[sample]);
        let [inputs, targets] =
            [sample.inputs(), sample.targets()].map(|row| row.iter().copied().collect::<Vec<f64>>());
        let graph = Graph::new();
        let net = self.net().attach(&graph);
        let outputs = net.outputs_of_layers(&graph.constants(sample.inputs()))?;
        let last = outputs.last().expect("a network has at least one layer");
        let loss = self.settings.loss.evaluate_batch(last, &graph.constants(sample.targets()))?;
        let gradients = loss.backward();
        let gradient = net.mlp().gradient(&gradients).parameters();

        let (mut neurons, mut inputs_of_layer, mut end) = (Vec::new(), inputs.clone(), 0);
        for (layer, outputs) in self.net().mlp().layers().iter().zip(&outputs) {
            let values = outputs.data().iter().copied().collect::<Vec<f64>>();
            let by_output = gradients.of(outputs);
            for (i, neuron) in layer.neurons().enumerate() {
                let products = neuron.weights().into_iter().zip(&inputs_of_layer).map(|(w, x)| w * x);
                let sum = products.fold(neuron.bias(), |sum, product| sum + product);
                end += layer.inputs() + 1; // the last parameter of a neuron is its bias, which is added to the sum
                neurons.push([sum, values[i], gradient[end - 1], by_output[i]]);
            }
            inputs_of_layer = values;
        }
        Ok(Pass { neurons, gradient, loss: loss.data(), inputs, targets })
    }
}
