//! [`Layer`]: neurons side by side.

use super::{Activation, Init, Net, Neuron, ParameterInfo, WeightedLoss};
use crate::error::Error;
use crate::graph::{Gradients, Graph, Value};
use crate::matrix::{AsRows, Rows};
use crate::scalar::Scalar;
use rand::Rng;
use std::fmt;
use std::ops::Range;

/// Neurons side by side, which take the same inputs and have the same activation.
///
/// ```
/// use backprop::{Activation, Layer, Neuron};
///
/// let neuron = Neuron::new([0.0, 1.0], 0.0, Activation::Sigmoid);
/// let layer = Layer::from_neurons([neuron.clone(), neuron])?;
/// assert_eq!(layer.forward(&[2.0, 3.0])?, [0.9525741268224334; 2]); // σ(3), twice
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "Dense")]
#[doc(alias = "Linear")]
#[derive(Clone, Debug, PartialEq)]
pub struct Layer<S: Scalar> {
    /// Row by row: a neuron's weights, then its bias.
    parameters: S::Rows,
    shape: Shape,
}

/// What a layer is, but for its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) activation: Activation,
}

impl Shape {
    /// How many parameters there are.
    pub(super) fn parameters(self) -> usize {
        self.outputs * (self.inputs + 1)
    }

    /// `weight 2 of neuron 1`, counted from 1.
    pub(super) fn name_of(self, parameter: usize) -> String {
        let (neuron, input) = (parameter / (self.inputs + 1), parameter % (self.inputs + 1));
        let name = if input == self.inputs { "bias".into() } else { format!("weight {}", input + 1) };
        format!("{name} of neuron {}", neuron + 1)
    }

    /// Whether another layer has as many inputs and outputs.
    pub(super) fn check(self, other: Shape, place: impl Fn() -> String) -> Result<(), Error> {
        Error::check_count("inputs", self.inputs, other.inputs, &place)?;
        Error::check_count("outputs", self.outputs, other.outputs, place)
    }

    /// The outputs of the layer whose parameters are this range of those given, for inputs that were counted.
    #[inline]
    #[track_caller]
    pub(super) fn forward<S: Scalar>(self, parameters: &S::Rows, range: Range<usize>, inputs: &[S]) -> Vec<S> {
        let mut outputs = Vec::with_capacity(self.outputs);
        parameters.neurons(range, inputs, self.activation, |y| outputs.push(y));
        outputs
    }
}

impl<S: Scalar> Layer<S> {
    /// `outputs` neurons of `inputs` inputs each, with parameters drawn from the distribution that suits the activation
    /// ([`Init::for_activation`]).
    pub fn new(inputs: usize, outputs: usize, activation: Activation, rng: &mut impl Rng) -> Layer<S> {
        Layer::with_init(inputs, outputs, activation, Init::for_activation(activation), rng)
    }

    /// `outputs` neurons of `inputs` inputs each, with parameters drawn as `init` says.
    pub fn with_init(
        inputs: usize,
        outputs: usize,
        activation: Activation,
        init: Init,
        rng: &mut impl Rng,
    ) -> Layer<S> {
        let parameters = init.draw(inputs, outputs, rng).into_iter().map(S::of);
        Layer::from_parameters(S::Rows::of_row(parameters.collect()), Shape { inputs, outputs, activation })
    }

    /// A layer of these neurons.
    ///
    /// # Errors
    /// [`Error::Empty`] without any neuron, [`Error::Shape`] or [`Error::Activation`] when one has another number of
    /// inputs, or another activation, than the first.
    #[track_caller]
    pub fn from_neurons(neurons: impl IntoIterator<Item = Neuron<S>>) -> Result<Layer<S>, Error> {
        let neurons: Vec<Neuron<S>> = neurons.into_iter().collect();
        let first = neurons.first().ok_or(Error::Empty { what: "neuron", place: "Layer::from_neurons" })?;
        let (inputs, activation) = (first.inputs(), first.activation());
        let mut parameters = Vec::with_capacity(neurons.len() * (inputs + 1));
        for (i, neuron) in neurons.iter().enumerate() {
            Error::check_count("inputs", inputs, neuron.inputs(), || format!("neuron {}", i + 1))?;
            if neuron.activation() != activation {
                let [expected, got] = [activation, neuron.activation()].map(|activation| activation.to_string());
                return Err(Error::Activation { expected, got, neuron: i + 1 });
            }
            neuron.parameters().with_slice(|row| parameters.extend_from_slice(row));
        }
        Ok(Layer::from_parameters(S::Rows::of_row(parameters), Shape { inputs, outputs: neurons.len(), activation }))
    }

    /// The outputs, one of each neuron.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are not as many inputs as the layer takes.
    #[track_caller]
    pub fn forward(&self, inputs: &[S]) -> Result<Vec<S>, Error> {
        Error::check_count("inputs", self.inputs(), inputs.len(), || "layer".into())?;
        Ok(self.shape.forward(&self.parameters, 0..self.shape.parameters(), inputs))
    }

    /// The outputs for many samples, one in each row.
    ///
    /// Inputs are `ndarray` arrays or views in any memory order; see [`Net::forward_rows`] for the same over `S::Rows`.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are not as many inputs as the layer takes.
    #[track_caller]
    pub fn forward_batch(&self, inputs: impl AsRows<S>) -> Result<S::Rows, Error> {
        Net::forward_batch(self, inputs)
    }

    /// The loss over a batch and its derivatives by the parameters: [`Net::loss_and_gradient`].
    ///
    /// # Errors
    /// [`Error::Shape`] when inputs, targets or weights do not fit the layer or one another, [`Error::Empty`] without samples.
    pub fn loss_and_gradient<'w>(
        &self,
        inputs: impl AsRows<S>,
        targets: impl AsRows<S>,
        loss: impl Into<WeightedLoss<'w>>,
    ) -> Result<(S, Layer<S>), Error> {
        Net::loss_and_gradient(self, inputs, targets, loss)
    }

    /// How many inputs it takes.
    pub fn inputs(&self) -> usize {
        self.shape.inputs
    }

    /// How many outputs it gives: the number of its neurons.
    pub fn outputs(&self) -> usize {
        self.shape.outputs
    }

    /// The activation of its neurons.
    pub fn activation(&self) -> Activation {
        self.shape.activation
    }

    /// Its neurons.
    pub fn neurons(&self) -> impl Iterator<Item = Neuron<S>> + '_ {
        let row = self.inputs() + 1;
        (0..self.outputs()).map(move |i| Neuron::view(self.parameters.part(i * row..(i + 1) * row), self.activation()))
    }

    /// Its parameters: neuron by neuron, the weights and then the bias.
    pub fn parameters(&self) -> Vec<S> {
        Net::parameters(self)
    }

    /// The same layer on a graph, its parameters leaves of it.
    #[inline]
    pub fn attach<'g>(&self, graph: &'g Graph<S>) -> Layer<Value<'g, S>> {
        Net::attach(self, graph)
    }

    /// All parameters 0.
    #[cfg(feature = "save")]
    pub(crate) fn zeros(inputs: usize, outputs: usize, activation: Activation) -> Layer<S> {
        let shape = Shape { inputs, outputs, activation };
        Layer::from_parameters(S::Rows::of_row(vec![S::zero(); shape.parameters()]), shape)
    }

    pub(super) fn from_parameters(parameters: S::Rows, shape: Shape) -> Layer<S> {
        Layer { parameters, shape }
    }

    pub(super) fn rows(&self) -> &S::Rows {
        &self.parameters
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }
}

impl<S: Scalar> Net<S> for Layer<S> {
    type Over<R: Scalar> = Layer<R>;

    fn convert<R: Scalar>(&self, f: &mut impl FnMut(&S::Rows) -> R::Rows) -> Layer<R> {
        Layer::from_parameters(f(&self.parameters), self.shape)
    }

    fn visit(&self, f: &mut impl FnMut(&S::Rows)) {
        f(&self.parameters);
    }

    fn visit_mut(&mut self, f: &mut impl FnMut(&mut S::Rows)) {
        f(&mut self.parameters);
    }

    fn update(&mut self, other: &Self, f: &mut impl FnMut(&mut S::Rows, &S::Rows)) {
        f(&mut self.parameters, &other.parameters);
    }

    fn tensors(&self) -> Vec<ParameterInfo> {
        ParameterInfo::of_layer(self.inputs(), self.outputs())
    }

    fn name_of(&self, parameter: usize) -> String {
        self.shape.name_of(parameter)
    }

    fn check_shape(&self, other: &Self, place: &str) -> Result<(), Error> {
        self.shape.check(other.shape, || place.into())
    }

    #[track_caller]
    fn forward_rows(&self, inputs: &S::Rows) -> Result<S::Rows, Error> {
        Error::check_count("inputs", self.inputs(), inputs.dimensions()[1], || "layer".into())?;
        Ok(inputs.layer(&self.parameters, 0..self.shape.parameters(), &self.activation()))
    }
}

impl<T: Scalar> Layer<Value<'_, T>> {
    /// The derivatives by the parameters, in the shape of the layer; zeros where they are constants.
    ///
    /// # Panics
    /// When the gradients are those of another graph.
    #[track_caller]
    pub fn gradient(&self, gradients: &Gradients<T>) -> Layer<T> {
        Layer::from_parameters(T::Rows::of_row(gradients.of(&self.parameters)), self.shape)
    }
}

/// `2 inputs → 16, Tanh`
impl<S: Scalar> fmt::Display for Layer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.shape)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} inputs → {}, {:?}", self.inputs, self.outputs, self.activation)
    }
}
