//! [`Neuron`]: a weighted sum, a bias, an activation.

use super::Activation;
use crate::error::Error;
use crate::matrix::Rows;
use crate::scalar::Scalar;

/// A neuron: `activation(weights·inputs + bias)`.
///
/// ```
/// use backprop::{Activation, Neuron};
///
/// let neuron = Neuron::new([0.0, 1.0], 4.0, Activation::Sigmoid);
/// assert_eq!(neuron.forward(&[2.0, 3.0])?, 0.9990889488055994); // σ(0·2 + 1·3 + 4)
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// With weights on a graph, the same code gives derivatives:
///
/// ```
/// use backprop::{Activation, Graph, Neuron, Value};
///
/// let graph = Graph::new();
/// let weights = [graph.value(0.0), graph.value(1.0)];
/// let neuron = Neuron::new(weights, Value::constant(4.0), Activation::Identity);
/// let output = neuron.forward(&[2.0, 3.0].map(Value::constant))?;
/// let gradients = output.backward();
/// assert_eq!((gradients[weights[0]], gradients[weights[1]]), (2.0, 3.0)); // the inputs
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "Perceptron")]
#[derive(Clone, Debug, PartialEq)]
pub struct Neuron<S: Scalar> {
    /// The weights, then the bias.
    parameters: S::Rows,
    activation: Activation,
}

impl<S: Scalar> Neuron<S> {
    /// A neuron from its parts.
    pub fn new(weights: impl Into<Vec<S>>, bias: S, activation: Activation) -> Neuron<S> {
        let mut parameters = weights.into();
        parameters.push(bias);
        Neuron { parameters: S::Rows::of_row(parameters), activation }
    }

    /// A row of a layer.
    pub(super) fn view(parameters: S::Rows, activation: Activation) -> Neuron<S> {
        Neuron { parameters, activation }
    }

    /// The output for these inputs.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are not as many inputs as weights.
    #[track_caller]
    pub fn forward(&self, inputs: &[S]) -> Result<S, Error> {
        Error::check_count("inputs", self.inputs(), inputs.len(), || "neuron".into())?;
        let mut output = S::zero();
        self.parameters.neurons(0..inputs.len() + 1, inputs, self.activation, |y| output = y);
        Ok(output)
    }

    /// How many inputs it takes.
    pub fn inputs(&self) -> usize {
        self.parameters.count() - 1
    }

    /// The weights, one for each input.
    pub fn weights(&self) -> Vec<S> {
        self.parameters.with_slice(|row| row[..row.len() - 1].to_vec())
    }

    /// The bias.
    pub fn bias(&self) -> S {
        self.parameters.with_slice(|row| row[row.len() - 1])
    }

    /// The activation.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The weights, then the bias, as they are kept.
    pub(super) fn parameters(&self) -> &S::Rows {
        &self.parameters
    }
}
