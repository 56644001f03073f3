//! [`Net`]: a fully connected network with residual connections and dropout.

use backprop::{Dropout, Error, Graph, Layer, Matrix, Mlp, Module, ParameterInfo, Parameters, Scalar, Value};

/// A fully connected network with residual connections and, in training, dropout after each hidden layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Net<S: Scalar> {
    mlp: Mlp<S>,
    has_residual: bool,
    /// `None` for probability 0.
    dropout: Option<Dropout>,
}

impl<S: Scalar> Net<S> {
    /// Creates a network without dropout. With `residual`, each hidden layer after the first that has as many outputs as
    /// inputs adds its inputs to its outputs.
    pub fn new(mlp: Mlp<S>, residual: bool) -> Net<S> {
        let layers = mlp.layers();
        let has_residual = residual && (0..layers.len()).any(|index| can_be_residual(&layers, index));
        Net { mlp, has_residual, dropout: None }
    }

    /// Sets the probability with which training replaces an output of a hidden layer by 0.
    pub fn set_dropout(&mut self, p: f64) {
        self.dropout = (p > 0.0).then(|| Dropout::new(p));
    }

    /// Returns the layers, without residual connections and dropout.
    pub fn mlp(&self) -> &Mlp<S> {
        &self.mlp
    }

    /// Returns true if a layer adds its inputs to its outputs.
    pub fn has_residual(&self) -> bool {
        self.has_residual
    }

    /// Computes the outputs of each layer for a batch.
    pub fn outputs_of_layers(&self, inputs: &Matrix<S>) -> Result<Vec<Matrix<S>>, Error> {
        let layers = self.mlp.layers();
        let mut all: Vec<Matrix<S>> = Vec::with_capacity(layers.len());
        for (index, layer) in layers.iter().enumerate() {
            let inputs = all.last().unwrap_or(inputs);
            let mut outputs = layer.forward_batch(inputs)?;
            if self.has_residual && can_be_residual(&layers, index) {
                outputs += inputs;
            }
            if index + 1 < layers.len() {
                outputs = self.dropout.forward_batch(&outputs)?;
            }
            all.push(outputs);
        }
        Ok(all)
    }
}

/// Returns true for a hidden layer after the first that has as many outputs as inputs.
fn can_be_residual<S: Scalar>(layers: &[Layer<S>], index: usize) -> bool {
    (1..layers.len() - 1).contains(&index) && layers[index].inputs() == layers[index].outputs()
}

impl<S: Scalar> Parameters<S> for Net<S> {
    type Over<R: Scalar> = Net<R>;

    fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Net<R> {
        Net { mlp: self.mlp.map(f), has_residual: self.has_residual, dropout: self.dropout.clone() }
    }

    fn visit(&self, f: &mut impl FnMut(&Matrix<S>)) {
        self.mlp.visit(f);
    }

    fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>)) {
        self.mlp.visit_mut(f);
    }

    fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>)) {
        self.mlp.zip(&other.mlp, f);
    }

    fn parameter_info(&self) -> Vec<ParameterInfo> {
        self.mlp.parameter_info()
    }

    fn name_of(&self, parameter: usize) -> String {
        self.mlp.name_of(parameter)
    }

    fn set_training(&mut self, seeds: &mut dyn FnMut() -> u64) {
        Parameters::<S>::set_training(&mut self.dropout, seeds);
    }
}

impl<S: Scalar> Module<S> for Net<S> {
    type OnGraph<'g>
        = Net<Value<'g, S>>
    where
        S: 'g;

    fn attach<'g>(&self, graph: &'g Graph<S>) -> Net<Value<'g, S>> {
        self.map(&mut |parameters| graph.matrix(parameters))
    }

    fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error> {
        if !self.has_residual && self.dropout.is_none() {
            return self.mlp.forward_batch(inputs);
        }
        Ok(self.outputs_of_layers(inputs)?.pop().expect("a network has at least one layer"))
    }
}
