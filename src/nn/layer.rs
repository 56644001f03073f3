//! [`Layer`]: neurons with the same inputs.
//!
//! Its mathematics, both passes, is in `matrix/ops/affine.rs`.

use super::{Activation, Init, Module, Neuron, Objective, ParameterInfo, Parameters};
use crate::error::Error;
use crate::graph::{Gradients, Graph, Value};
use crate::matrix::ops::affine::space_for_neurons;
use crate::matrix::{AsMatrix, Matrix};
use crate::scalar::{Scalar, UnaryFunction};
use rand::Rng;
use std::fmt;
use std::ops::Range;

/// A fully connected layer: neurons with the same inputs and the same activation.
///
/// For a batch X with a sample in each row, it computes
///
/// ```text
/// f(X·Wᵀ + b)        X: samples × inputs,  W: outputs × inputs,  b: outputs
/// ```
///
/// # Examples
/// ```
/// use backprop::{Activation, Layer, Neuron};
///
/// let neuron = Neuron::new([0.0, 1.0], 0.0, Activation::Sigmoid);
/// let layer = Layer::from_neurons([neuron.clone(), neuron])?;
/// assert_eq!(layer.forward(&[2.0, 3.0])?, [0.9525741268224334; 2]); // σ(3), twice
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// The activation is an [`Activation`] or a custom [`UnaryFunction`]:
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Init, Layer, Loss, Matrix, Scalar, UnaryFunction};
///
/// /// sin x, with the derivative cos x.
/// #[derive(Clone)]
/// struct Sine;
///
/// impl UnaryFunction for Sine {
///     fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
///         x.sin_cos()
///     }
/// }
///
/// let layer = Layer::<f64, _>::with_init(2, 3, Sine, Init::XavierUniform, &mut SomeRng::seed_from_u64(1));
/// let (loss, gradient) = layer.loss_and_gradient(&[[0.5, 1.0]], &[[0.0; 3]], Loss::MeanSquaredError)?;
/// assert!(loss > 0.0 && gradient.parameters().iter().all(|derivative| derivative.is_finite()));
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "Dense")]
#[doc(alias = "Linear")]
#[doc(alias = "FullyConnected")]
#[derive(Clone, Debug, PartialEq)]
pub struct Layer<S: Scalar, A = Activation> {
    /// For each neuron, its weights and then its bias.
    parameters: Matrix<S>,
    shape: Shape<A>,
}

/// The sizes and the activation of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape<A = Activation> {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) activation: A,
}

impl<A> Shape<A> {
    /// Returns the number of elements of working memory that [`Matrix::neurons`] needs.
    pub(super) fn space<S: Scalar>(&self) -> usize {
        space_for_neurons::<S>(self.inputs, self.outputs)
    }

    /// Returns the number of parameters.
    pub(super) fn parameters(&self) -> usize {
        self.outputs * (self.inputs + 1)
    }

    /// Returns the name of a parameter: `weight 2 of neuron 1`, counted from 1.
    pub(super) fn name_of(&self, parameter: usize) -> String {
        let (neuron, input) = (parameter / (self.inputs + 1), parameter % (self.inputs + 1));
        let name = if input == self.inputs { "bias".into() } else { format!("weight {}", input + 1) };
        format!("{name} of neuron {}", neuron + 1)
    }

    /// Checks that another layer has the same numbers of inputs and outputs.
    pub(super) fn check(&self, other: &Shape<A>, place: impl Fn() -> String) -> Result<(), Error> {
        Error::check_count("inputs", self.inputs, other.inputs, &place)?;
        Error::check_count("outputs", self.outputs, other.outputs, place)
    }
}

impl<A: UnaryFunction> Shape<A> {
    /// Computes the outputs of the layer with the parameters in `range`. The number of inputs must have been checked.
    #[inline]
    #[track_caller]
    pub(super) fn forward<S: Scalar>(&self, parameters: &Matrix<S>, range: Range<usize>, inputs: &[S]) -> Vec<S> {
        let (mut outputs, mut space) = (Vec::with_capacity(self.outputs), vec![S::zero(); self.space::<S>()]);
        parameters.neurons(range, inputs, &self.activation, &mut space, |y| outputs.push(y));
        outputs
    }
}

/// Returns, for each layer, its shape and the range of its parameters among those of the network.
#[inline]
pub(super) fn ranges<A>(shapes: &[Shape<A>]) -> impl Iterator<Item = (&Shape<A>, Range<usize>)> {
    let mut end = 0;
    shapes.iter().map(move |shape| {
        let start = end;
        end += shape.parameters();
        (shape, start..end)
    })
}

/// Computes the outputs of the last of some layers for one sample. The number of inputs must have been checked.
#[track_caller]
pub(super) fn forward_into<S: Scalar, A: UnaryFunction>(
    shapes: &[Shape<A>],
    parameters: &Matrix<S>,
    inputs: &[S],
    outputs: &mut Vec<S>,
) {
    // The outputs of the last layer, of the layers before it in turn, and working memory
    let last = shapes.last().map_or(0, |shape| shape.outputs);
    let widest = shapes.iter().map(|shape| shape.outputs).max().unwrap_or(0);
    let space = shapes.iter().map(Shape::space::<S>).max().unwrap_or(0);
    outputs.clear();
    outputs.resize(2 * widest + space, S::zero());
    let (first, rest) = outputs.split_at_mut(widest);
    let (second, space) = rest.split_at_mut(widest);
    let (mut to, mut from) = if shapes.len() % 2 == 1 { (first, second) } else { (second, first) };
    for (layer, (shape, range)) in ranges(shapes).enumerate() {
        let inputs = if layer == 0 { inputs } else { &from[..shape.inputs] };
        let mut elements = to.iter_mut();
        let each = |y| *elements.next().expect("the outputs have space") = y;
        parameters.neurons(range, inputs, &shape.activation, &mut space[..shape.space::<S>()], each);
        (to, from) = (from, to);
    }
    outputs.truncate(last);
}

impl<S: Scalar> Layer<S> {
    /// Creates a layer of `outputs` neurons with `inputs` inputs each, and initial parameters drawn from
    /// [`Init::for_activation`].
    pub fn new(inputs: usize, outputs: usize, activation: Activation, rng: &mut impl Rng) -> Layer<S> {
        Layer::with_init(inputs, outputs, activation, Init::for_activation(activation), rng)
    }

    /// Creates a layer of these neurons.
    ///
    /// # Errors
    /// [`Error::Empty`] without neurons; [`Error::Shape`] if a neuron has another number of inputs than the first;
    /// [`Error::Activation`] if it has another activation.
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
            parameters.extend_from_slice(neuron.parameters());
        }
        Ok(Layer::from_parameters(parameters.into(), Shape { inputs, outputs: neurons.len(), activation }))
    }

    /// Creates a layer whose parameters are 0.
    #[cfg(feature = "save")]
    pub(crate) fn zeros(inputs: usize, outputs: usize, activation: Activation) -> Layer<S> {
        let shape = Shape { inputs, outputs, activation };
        Layer::from_parameters(Matrix::zeros([1, shape.parameters()]), shape)
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }
}

impl<S: Scalar, A: UnaryFunction + Clone> Layer<S, A> {
    /// Creates a layer of `outputs` neurons with `inputs` inputs each, and initial parameters drawn from `init`.
    pub fn with_init(inputs: usize, outputs: usize, activation: A, init: Init, rng: &mut impl Rng) -> Layer<S, A> {
        let parameters: Matrix<S> = init.draw(inputs, outputs, rng).into_iter().map(S::of).collect();
        Layer::from_parameters(parameters, Shape { inputs, outputs, activation })
    }

    /// Computes the outputs of the neurons for one sample.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs is not that of the layer.
    #[track_caller]
    pub fn forward(&self, inputs: &[S]) -> Result<Vec<S>, Error> {
        Error::check_count("inputs", self.inputs(), inputs.len(), || "layer".into())?;
        Ok(self.shape.forward(&self.parameters, 0..self.shape.parameters(), inputs))
    }

    /// Computes the outputs of the neurons for one sample, which replace the elements of `outputs`.
    ///
    /// Over floats it allocates nothing if the capacity of `outputs` suffices, as after the first call.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Layer, Neuron};
    ///
    /// let layer = Layer::from_neurons([Neuron::new([2.0, 3.0], 1.0, Activation::Identity)])?;
    /// let mut outputs = Vec::new();
    /// layer.forward_into(&[1.0, 1.0], &mut outputs)?;
    /// assert_eq!(outputs, [6.0]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs is not that of the layer. `outputs` is not changed then.
    #[track_caller]
    pub fn forward_into(&self, inputs: &[S], outputs: &mut Vec<S>) -> Result<(), Error> {
        Error::check_count("inputs", self.inputs(), inputs.len(), || "layer".into())?;
        forward_into(std::slice::from_ref(&self.shape), &self.parameters, inputs, outputs);
        Ok(())
    }

    /// Computes the outputs for a batch, with a sample in each row.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs is not that of the layer.
    #[track_caller]
    pub fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error> {
        Module::forward_batch(self, inputs)
    }

    /// Returns the loss over a batch and its derivatives with respect to the parameters, in the shape of the layer.
    ///
    /// # Errors
    /// [`Error::Shape`] if inputs, targets or weights do not fit the layer or each other; [`Error::Empty`] without
    /// samples.
    pub fn loss_and_gradient(
        &self,
        inputs: impl AsMatrix<S>,
        targets: impl AsMatrix<S>,
        loss: impl Objective,
    ) -> Result<(S, Layer<S, A>), Error> {
        Module::loss_and_gradient(self, inputs, targets, loss)
    }

    /// Returns the number of inputs.
    pub fn inputs(&self) -> usize {
        self.shape.inputs
    }

    /// Returns the number of outputs, one for each neuron.
    pub fn outputs(&self) -> usize {
        self.shape.outputs
    }

    /// Returns the activation.
    pub fn activation(&self) -> A {
        self.shape.activation.clone()
    }

    /// Returns the neurons.
    pub fn neurons(&self) -> impl Iterator<Item = Neuron<S, A>> + '_ {
        let row = self.inputs() + 1;
        let neuron = move |i| Neuron::from_parameters(self.parameters.part(i * row..(i + 1) * row), self.activation());
        (0..self.outputs()).map(neuron)
    }

    /// Returns the parameters: for each neuron, the weights and then the bias.
    pub fn parameters(&self) -> Vec<S> {
        Parameters::parameters(self)
    }

    /// Returns the layer on a graph, with its parameters as variables of the graph.
    #[inline]
    pub fn attach<'g>(&self, graph: &'g Graph<S>) -> Layer<Value<'g, S>, A> {
        Module::attach(self, graph)
    }

    pub(super) fn from_parameters(parameters: Matrix<S>, shape: Shape<A>) -> Layer<S, A> {
        Layer { parameters: parameters.into_shared(), shape }
    }
}

impl<S: Scalar, A: UnaryFunction + Clone> Parameters<S> for Layer<S, A> {
    type Over<R: Scalar> = Layer<R, A>;

    #[inline]
    fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Layer<R, A> {
        let parameters = f(&self.parameters);
        let (expected, got) = (self.parameters.len(), parameters.len());
        assert!(expected == got, "expected {expected} parameters, got {got}, in map");
        Layer::from_parameters(parameters, self.shape.clone())
    }

    fn visit(&self, f: &mut impl FnMut(&Matrix<S>)) {
        f(&self.parameters);
    }

    fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>)) {
        f(&mut self.parameters);
    }

    fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>)) {
        f(&mut self.parameters, &other.parameters);
    }

    fn parameter_info(&self) -> Vec<ParameterInfo> {
        ParameterInfo::of_layer(self.inputs(), self.outputs())
    }

    fn name_of(&self, parameter: usize) -> String {
        self.shape.name_of(parameter)
    }

    fn check_shape(&self, other: &Self, place: &str) -> Result<(), Error> {
        self.shape.check(&other.shape, || place.into())
    }
}

impl<S: Scalar, A: UnaryFunction + Clone> Module<S> for Layer<S, A> {
    type OnGraph<'g>
        = Layer<Value<'g, S>, A>
    where
        S: 'g;

    #[inline]
    fn attach<'g>(&self, graph: &'g Graph<S>) -> Layer<Value<'g, S>, A> {
        self.map(&mut |parameters| graph.matrix(parameters))
    }

    #[track_caller]
    fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error> {
        Error::check_count("inputs", self.inputs(), inputs.ncols(), || "layer".into())?;
        Ok(inputs.layer(&self.parameters, 0..self.shape.parameters(), &self.shape.activation))
    }
}

impl<T: Scalar, A: UnaryFunction + Clone> Layer<Value<'_, T>, A> {
    /// Returns the derivatives with respect to the parameters, in the shape of the layer; zeros if the parameters are
    /// constants.
    ///
    /// # Panics
    /// If the gradients are of another graph.
    #[track_caller]
    pub fn gradient(&self, gradients: &Gradients<T>) -> Layer<T, A> {
        gradients.of_module(self)
    }
}

/// Writes `2 inputs → 16, Tanh`.
impl<S: Scalar, A: fmt::Debug> fmt::Display for Layer<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.shape)
    }
}

impl<A: fmt::Debug> fmt::Display for Shape<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} inputs → {}, {:?}", self.inputs, self.outputs, self.activation)
    }
}
