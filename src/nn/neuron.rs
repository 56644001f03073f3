//! [`Neuron`]: a weighted sum of inputs, a bias and an activation.

use super::Activation;
use crate::error::Error;
use crate::matrix::Matrix;
use crate::matrix::ops::affine::space_for_neurons;
use crate::scalar::{Scalar, UnaryFunction};

/// A neuron, which computes `activation(weights·inputs + bias)`.
///
/// # Examples
/// ```
/// use backprop::{Activation, Neuron};
///
/// let neuron = Neuron::new([0.0, 1.0], 4.0, Activation::Sigmoid);
/// assert_eq!(neuron.forward(&[2.0, 3.0])?, 0.9990889488055994); // σ(0·2 + 1·3 + 4)
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// With weights on a graph, the same code computes derivatives:
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
///
/// A custom activation is a [`UnaryFunction`]:
///
/// ```
/// use backprop::{Neuron, Scalar, UnaryFunction};
///
/// /// x/(1 + |x|), with the derivative 1/(1 + |x|)².
/// #[derive(Clone)]
/// struct Softsign;
///
/// impl UnaryFunction for Softsign {
///     fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
///         let r = (T::one() + x.abs()).recip();
///         (x * r, r * r)
///     }
/// }
///
/// assert_eq!(Neuron::new([2.0], 1.0, Softsign).forward(&[1.0])?, 0.75); // 3/(1 + 3)
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "Perceptron")]
#[derive(Clone, Debug, PartialEq)]
pub struct Neuron<S: Scalar, A = Activation> {
    /// The weights, then the bias.
    parameters: Matrix<S>,
    activation: A,
}

impl<S: Scalar, A: UnaryFunction> Neuron<S, A> {
    /// Creates a neuron from its weights, its bias and its activation.
    pub fn new(weights: impl Into<Vec<S>>, bias: S, activation: A) -> Neuron<S, A> {
        let mut parameters = weights.into();
        parameters.push(bias);
        Neuron { parameters: parameters.into(), activation }
    }

    /// Creates a neuron from the parameters of a row of a layer.
    pub(super) fn from_parameters(parameters: Matrix<S>, activation: A) -> Neuron<S, A> {
        Neuron { parameters, activation }
    }

    /// Computes the output for one sample.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs is not that of weights.
    #[track_caller]
    pub fn forward(&self, inputs: &[S]) -> Result<S, Error> {
        Error::check_count("inputs", self.inputs(), inputs.len(), || "neuron".into())?;
        let (mut output, mut space) = (S::zero(), [S::zero(); 2]);
        let space = &mut space[..space_for_neurons::<S>(inputs.len(), 1)];
        self.parameters.neurons(0..inputs.len() + 1, inputs, &self.activation, space, |y| output = y);
        Ok(output)
    }

    /// Returns the number of inputs.
    pub fn inputs(&self) -> usize {
        self.parameters.len() - 1
    }

    /// Returns the weights, one for each input.
    pub fn weights(&self) -> Vec<S> {
        self.parameters.as_slice()[..self.inputs()].to_vec()
    }

    /// Returns the bias.
    pub fn bias(&self) -> S {
        self.parameters.as_slice()[self.inputs()]
    }

    /// Returns the weights, then the bias.
    pub(super) fn parameters(&self) -> &[S] {
        self.parameters.as_slice()
    }
}

impl<S: Scalar, A: Clone> Neuron<S, A> {
    /// Returns the activation.
    pub fn activation(&self) -> A {
        self.activation.clone()
    }
}
