//! [`Mlp`]: a multilayer perceptron, a chain of layers.

use super::layer::{Shape, forward_into, ranges};
use super::{Activation, Init, Layer, Module, Objective, ParameterInfo, Parameters};
use crate::error::Error;
use crate::graph::{Gradients, Graph, Value};
use crate::matrix::ops::{Affine, Operation, view};
use crate::matrix::{AsMatrix, Matrix};
use crate::scalar::Scalar;
use ndarray::Array2;
use rand::Rng;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A multilayer perceptron: a chain of layers, in which the outputs of each are the inputs of the next.
///
/// It computes with any [`Scalar`]. Over floats it predicts; attached to a graph, the same code computes outputs with
/// gradients.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Graph, Loss, Mlp, Optimizer, Sgd, Value};
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let mut net = Mlp::<f64>::new(2, [(3, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
/// let mut graph = Graph::new();
/// let mut last = f64::INFINITY;
/// for _ in 0..100 {
///     graph.clear();
///     let on_graph = net.attach(&graph);
///     let output = on_graph.forward(&[2.0, 3.0].map(Value::constant))?;
///     let loss = Loss::MeanSquaredError.evaluate(&output, &[Value::constant(1.0)])?;
///     Sgd::new(0.01).step(&mut net, &on_graph.gradient(&loss.backward()))?;
///     assert!(loss < last || loss < 1e-20);
///     last = loss.data();
/// }
/// assert!((net.forward(&[2.0, 3.0])?[0] - 1.0).abs() < 0.01);
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "MLP")]
#[doc(alias = "Sequential")]
#[doc(alias = "MLPClassifier")]
#[doc(alias = "MLPRegressor")]
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp<S: Scalar> {
    /// The parameters of all layers, in order.
    parameters: Matrix<S>,
    shapes: Shapes,
}

/// The shapes of the layers, copied or shared: gradients and the network on a graph have them too, at every step.
#[derive(Clone)]
enum Shapes {
    /// Some layers and their number. To copy them takes less time than to count references by atomic operations.
    Few([Shape; FEW_LAYERS], usize),
    Many(Arc<[Shape]>),
}

/// The largest number of layers whose shapes are copied.
const FEW_LAYERS: usize = 3;

impl Deref for Shapes {
    type Target = [Shape];

    #[inline(always)]
    fn deref(&self) -> &[Shape] {
        match self {
            Shapes::Few(shapes, len) => &shapes[..*len],
            Shapes::Many(shapes) => shapes,
        }
    }
}

impl From<Vec<Shape>> for Shapes {
    fn from(shapes: Vec<Shape>) -> Shapes {
        let Some(&first) = shapes.first().filter(|_| shapes.len() <= FEW_LAYERS) else {
            return Shapes::Many(shapes.into());
        };
        let mut few = [first; FEW_LAYERS];
        few[..shapes.len()].copy_from_slice(&shapes);
        Shapes::Few(few, shapes.len())
    }
}

impl PartialEq for Shapes {
    fn eq(&self, other: &Shapes) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<S: Scalar> Mlp<S> {
    /// Creates a network with `inputs` inputs and, for each layer, a number of neurons and their activation.
    ///
    /// The initial parameters of each layer are drawn from [`Init::for_activation`].
    ///
    /// # Errors
    /// [`Error::Empty`] without layers; [`Error::OutOfMemory`] if the parameters do not fit in memory.
    pub fn new(
        inputs: usize,
        layers: impl IntoIterator<Item = (usize, Activation)>,
        rng: &mut impl Rng,
    ) -> Result<Mlp<S>, Error> {
        Mlp::build(inputs, layers, Init::for_activation, rng)
    }

    /// Creates a network as [`new`](Self::new) does, with all initial parameters drawn from `init`.
    ///
    /// # Errors
    /// [`Error::Empty`] without layers; [`Error::OutOfMemory`] if the parameters do not fit in memory.
    pub fn with_init(
        inputs: usize,
        layers: impl IntoIterator<Item = (usize, Activation)>,
        init: Init,
        rng: &mut impl Rng,
    ) -> Result<Mlp<S>, Error> {
        Mlp::build(inputs, layers, |_| init, rng)
    }

    fn build(
        mut inputs: usize,
        layers: impl IntoIterator<Item = (usize, Activation)>,
        init: impl Fn(Activation) -> Init,
        rng: &mut impl Rng,
    ) -> Result<Mlp<S>, Error> {
        let layers: Vec<(usize, Activation)> = layers.into_iter().collect();
        check_size::<S>(inputs, layers.iter().map(|(outputs, _)| *outputs))?;
        Mlp::from_layers(layers.into_iter().map(|(outputs, activation)| {
            let layer = Layer::with_init(inputs, outputs, activation, init(activation), rng);
            inputs = outputs;
            layer
        }))
    }

    /// Creates a network of these layers.
    ///
    /// # Errors
    /// [`Error::Empty`] without layers; [`Error::Shape`] if the number of inputs of a layer is not the number of
    /// outputs of the previous layer.
    pub fn from_layers(layers: impl IntoIterator<Item = Layer<S>>) -> Result<Mlp<S>, Error> {
        let mut parameters = Vec::new();
        let mut shapes: Vec<Shape> = Vec::new();
        for layer in layers {
            if let Some(previous) = shapes.last() {
                Error::check_count("inputs", previous.outputs, layer.inputs(), || {
                    format!("layer {}", shapes.len() + 1)
                })?;
            }
            layer.visit(&mut |matrix| parameters.extend_from_slice(matrix.as_slice()));
            shapes.push(layer.shape());
        }
        if shapes.is_empty() {
            return Err(Error::Empty { what: "layer", place: "Mlp" });
        }
        Ok(Mlp { parameters: Matrix::from(parameters).into_shared(), shapes: shapes.into() })
    }

    /// Returns one network whose outputs are the means of the outputs of `networks`, up to rounding.
    ///
    /// Its hidden layers have the neurons of all networks. With k networks of L layers, whose layer l has the weights
    /// Wₗᵢ and the biases bₗᵢ in network i, the layers of the ensemble have
    ///
    /// ```text
    /// W₁ = [W₁₁; …; W₁ₖ]              b₁ = [b₁₁; …; b₁ₖ]
    /// Wₗ = diag(Wₗ₁, …, Wₗₖ)          bₗ = [bₗ₁; …; bₗₖ]
    /// W_L = [W_L1, …, W_Lk]/k         b_L = (b_L1 + … + b_Lk)/k
    /// ```
    ///
    /// and for L = 1 the means of weights and biases. The ensemble of networks that were trained from other initial
    /// parameters or on other samples usually predicts better than each of them.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Error, Mlp};
    ///
    /// let mut rng = SomeRng::seed_from_u64(1);
    /// let mut network = || Mlp::<f64>::new(2, [(3, Activation::Tanh), (1, Activation::Identity)], &mut rng);
    /// let networks = [network()?, network()?];
    /// let ensemble = Mlp::ensemble(&networks)?;
    /// let output = |network: &Mlp<f64>| Ok::<f64, Error>(network.forward(&[0.5, -1.0])?[0]);
    /// let mean = (output(&networks[0])? + output(&networks[1])?) / 2.0;
    /// assert!((output(&ensemble)? - mean).abs() < 1e-15);
    /// assert_eq!(ensemble.layers()[0].outputs(), 6);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] without networks; [`Error::Shape`] if the networks differ in their number of layers, inputs or
    /// outputs; [`Error::InvalidArgument`] if the activations of a layer differ, or if that of the last is not the
    /// identity; [`Error::OutOfMemory`] if the parameters do not fit in memory.
    #[doc(alias("bagging", "VotingRegressor", "VotingClassifier"))]
    pub fn ensemble(networks: &[Mlp<S>]) -> Result<Mlp<S>, Error> {
        let place = "Mlp::ensemble";
        let Some(first) = networks.first() else { return Err(Error::Empty { what: "network", place }) };
        let (depth, count) = (first.shapes.len(), S::of(networks.len() as f64));
        for network in networks {
            Error::check_count_in(place, "layers", depth, network.shapes.len())?;
            Error::check_count_in(place, "inputs", first.inputs(), network.inputs())?;
            Error::check_count_in(place, "outputs", first.outputs(), network.outputs())?;
            for (layer, (shape, expected)) in network.shapes.iter().zip(first.shapes.iter()).enumerate() {
                let expected = if layer + 1 == depth { Activation::Identity } else { expected.activation };
                if shape.activation != expected {
                    let argument = format!("activation of layer {}", layer + 1);
                    return Err(Error::invalid_argument(argument, format!("be {expected}"), shape.activation));
                }
            }
        }
        let width = |layer: usize| match layer + 1 == depth {
            true => first.outputs(),
            false => networks.iter().map(|network| network.shapes[layer].outputs).sum(),
        };
        check_size::<S>(first.inputs(), (0..depth).map(width))?;
        let (mut parameters, mut shapes, mut inputs) = (Vec::new(), Vec::new(), first.inputs());
        for layer in 0..depth {
            let (is_last, outputs) = (layer + 1 == depth, width(layer));
            let mut rows = Array2::from_elem((outputs, inputs + 1), S::zero());
            let (mut row, mut column) = (0, 0); // of the first neuron and the first input of each network
            for network in networks {
                let (shape, range) = ranges(&network.shapes).nth(layer).expect("the networks have equally many layers");
                for (neuron, own) in network.parameters.as_slice()[range].chunks(shape.inputs + 1).enumerate() {
                    for (input, &parameter) in own.iter().enumerate() {
                        let column = if input == shape.inputs { inputs } else { column + input };
                        rows[(row + neuron, column)] += if is_last { parameter / count } else { parameter };
                    }
                }
                row += if is_last { 0 } else { shape.outputs };
                column += if layer == 0 { 0 } else { shape.inputs };
            }
            parameters.extend(rows);
            shapes.push(Shape { inputs, outputs, activation: first.shapes[layer].activation });
            inputs = outputs;
        }
        Ok(Mlp { parameters: Matrix::from(parameters).into_shared(), shapes: shapes.into() })
    }

    /// Computes the outputs of the last layer for one sample.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs is not that of the network.
    #[track_caller]
    pub fn forward(&self, inputs: &[S]) -> Result<Vec<S>, Error> {
        Error::check_count("inputs", self.inputs(), inputs.len(), || "layer 1".into())?;
        let mut layers = ranges(&self.shapes);
        let (first, parameters) = layers.next().expect("a network has at least one layer");
        let outputs = first.forward(&self.parameters, parameters, inputs);
        Ok(layers.fold(outputs, |outputs, (shape, parameters)| shape.forward(&self.parameters, parameters, &outputs)))
    }

    /// Computes the outputs of the last layer for one sample, which replace the elements of `outputs`.
    ///
    /// Over floats it allocates nothing if the capacity of `outputs` suffices, as after the first call.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Layer, Mlp, Neuron};
    ///
    /// let net = Mlp::from_layers([Layer::from_neurons([Neuron::new([2.0, 3.0], 1.0, Activation::Identity)])?])?;
    /// let mut outputs = Vec::new();
    /// for (inputs, expected) in [([0.0, 0.0], 1.0), ([1.0, 1.0], 6.0)] {
    ///     net.forward_into(&inputs, &mut outputs)?;
    ///     assert_eq!(outputs, [expected]);
    /// }
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs is not that of the network. `outputs` is not changed then.
    #[track_caller]
    pub fn forward_into(&self, inputs: &[S], outputs: &mut Vec<S>) -> Result<(), Error> {
        Error::check_count("inputs", self.inputs(), inputs.len(), || "layer 1".into())?;
        forward_into(&self.shapes, &self.parameters, inputs, outputs);
        Ok(())
    }

    /// Computes the outputs for a batch of `samples` rows, which `write` writes, by the operations of
    /// [`forward_batch`](Self::forward_batch). They replace the elements of `outputs`, the only memory that is needed.
    pub(crate) fn forward_batch_into(
        &self,
        samples: usize,
        write: impl FnOnce(&mut [S]) -> Result<(), Error>,
        outputs: &mut Vec<S>,
    ) -> Result<(), Error> {
        // The outputs of the last layer, of the layers before it in turn, and their derivatives, which are not used
        let widest = self.shapes.iter().map(|shape| shape.inputs.max(shape.outputs)).max().unwrap_or(0);
        outputs.clear();
        outputs.resize(3 * samples * widest, S::zero());
        let (first, rest) = outputs.split_at_mut(samples * widest);
        let (second, derivatives) = rest.split_at_mut(samples * widest);
        let (mut to, mut from) = if self.shapes.len() % 2 == 1 { (first, second) } else { (second, first) };
        write(&mut from[..samples * self.inputs()])?;
        for (shape, range) in ranges(&self.shapes) {
            let inputs = view(&from[..samples * shape.inputs], [samples, shape.inputs]);
            let parameters = view(&self.parameters.as_slice()[range], [1, shape.parameters()]);
            let results = samples * shape.outputs;
            Affine(&shape.activation).forward([inputs, parameters], &mut to[..results], &mut derivatives[..results]);
            (to, from) = (from, to);
        }
        outputs.truncate(samples * self.outputs());
        Ok(())
    }

    /// Computes the outputs for a batch, with a sample in each row.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Layer, Matrix, Mlp, Neuron};
    ///
    /// let net = Mlp::from_layers([Layer::from_neurons([Neuron::new([2.0, 3.0], 1.0, Activation::Identity)])?])?;
    /// let y = net.forward_batch(&Matrix::from([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]))?;
    /// assert_eq!(y, Matrix::from([[1.0], [3.0], [6.0]]));
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs is not that of the network.
    #[track_caller]
    pub fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error> {
        Module::forward_batch(self, inputs)
    }

    /// Returns the loss over a batch and its derivatives with respect to the parameters, in the shape of the network.
    ///
    /// In a loop, a [`Workspace`](crate::Workspace) reuses the memory.
    ///
    /// # Examples
    /// ```
    /// use backprop::ndarray::array;
    /// use backprop::{Activation, Layer, Loss, Mlp, Neuron};
    ///
    /// let net = Mlp::from_layers([Layer::from_neurons([Neuron::new([2.0], 0.0, Activation::Identity)])?])?;
    /// let (x, t) = (array![[1.0], [3.0]], array![[1.0], [6.0]]);
    /// let (loss, gradient) = net.loss_and_gradient(x.view(), t.view(), Loss::MeanSquaredError)?;
    /// assert_eq!(loss, 0.5); // of errors 1 and 0
    /// assert_eq!(gradient.parameters(), [1.0, 1.0]); // the means of 2·error·x and 2·error
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if inputs, targets or weights do not fit the network or each other; [`Error::Empty`] without
    /// samples.
    pub fn loss_and_gradient(
        &self,
        inputs: impl AsMatrix<S>,
        targets: impl AsMatrix<S>,
        loss: impl Objective,
    ) -> Result<(S, Mlp<S>), Error> {
        Module::loss_and_gradient(self, inputs, targets, loss)
    }

    /// Returns the layers, each with a copy of its parameters.
    pub fn layers(&self) -> Vec<Layer<S>> {
        ranges(&self.shapes).map(|(&shape, range)| Layer::from_parameters(self.parameters.part(range), shape)).collect()
    }

    /// Returns the number of inputs.
    pub fn inputs(&self) -> usize {
        self.shapes[0].inputs
    }

    /// Returns the number of outputs.
    pub fn outputs(&self) -> usize {
        self.shapes[self.shapes.len() - 1].outputs
    }

    /// Returns all parameters in order: for each neuron of each layer, the weights and then the bias.
    pub fn parameters(&self) -> Vec<S> {
        Parameters::parameters(self)
    }

    /// Sets all parameters, in the order of [`parameters`](Self::parameters).
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of parameters differs. Nothing is changed then.
    #[track_caller]
    pub fn set_parameters(&mut self, parameters: &[S]) -> Result<(), Error> {
        Parameters::set_parameters(self, parameters)
    }

    /// Returns a network of the same shape and activations with these parameters, which may be of another scalar type.
    ///
    /// The parameters are in the order of [`parameters`](Self::parameters). The outputs of a network are thus a
    /// function of its parameters, which can be differentiated in any mode.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Mlp, Neuron, Layer, Scalar, gradcheck};
    ///
    /// let neuron = Neuron::new([0.5, -1.0], 0.25, Activation::Tanh);
    /// let net = Mlp::from_layers([Layer::from_neurons([neuron])?])?;
    /// fn output<S: Scalar>(net: &Mlp<f64>, parameters: &[S]) -> S {
    ///     net.with_parameters(parameters).unwrap().forward(&[2.0, 3.0].map(S::of)).unwrap()[0]
    /// }
    /// gradcheck(|parameters| output(&net, parameters), &net.parameters())?;
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of parameters differs.
    #[track_caller]
    pub fn with_parameters<R: Scalar>(&self, parameters: &[R]) -> Result<Mlp<R>, Error> {
        Error::check_count("parameters", self.parameters.len(), parameters.len(), || "Mlp::with_parameters".into())?;
        Ok(Mlp { parameters: Matrix::from(parameters).into_shared(), shapes: self.shapes.clone() })
    }

    /// Returns the network on a graph, with its parameters as variables of the graph.
    #[inline]
    pub fn attach<'g>(&self, graph: &'g Graph<S>) -> Mlp<Value<'g, S>> {
        Module::attach(self, graph)
    }
}

/// Checks that the parameters of layers of these widths fit in memory, before any are drawn.
fn check_size<S: Scalar>(mut inputs: usize, widths: impl Iterator<Item = usize>) -> Result<(), Error> {
    let mut count = Some(0_usize);
    for width in widths {
        let in_layer = inputs.checked_add(1).and_then(|row| row.checked_mul(width));
        count = count.zip(in_layer).and_then(|(count, in_layer)| count.checked_add(in_layer));
        inputs = width;
    }
    let fits =
        |count| Vec::<f64>::new().try_reserve_exact(count).is_ok() && Vec::<S>::new().try_reserve_exact(count).is_ok();
    if count.is_some_and(fits) {
        return Ok(());
    }
    Err(Error::OutOfMemory { parameters: count, place: "Mlp" })
}

impl<S: Scalar> Parameters<S> for Mlp<S> {
    type Over<R: Scalar> = Mlp<R>;

    #[inline]
    fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Mlp<R> {
        let parameters = f(&self.parameters);
        let (expected, got) = (self.parameters.len(), parameters.len());
        assert!(expected == got, "expected {expected} parameters, got {got}, in map");
        Mlp { parameters, shapes: self.shapes.clone() }
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

    /// Returns the names and shapes of the parameters. Layers and activations are numbered as in PyTorch's
    /// `Sequential`.
    fn parameter_info(&self) -> Vec<ParameterInfo> {
        let mut modules = 0;
        ParameterInfo::of_parts(self.shapes.iter().map(|shape| {
            let module = modules;
            modules += if shape.activation == Activation::Identity { 1 } else { 2 };
            (module, ParameterInfo::of_layer(shape.inputs, shape.outputs))
        }))
    }

    fn name_of(&self, parameter: usize) -> String {
        let mut layers = ranges(&self.shapes).enumerate();
        let of_layer = layers.find(|(_, (_, range))| range.contains(&parameter));
        let (layer, (shape, range)) = of_layer.expect("the index of the parameter is valid");
        format!("{} in layer {}", shape.name_of(parameter - range.start), layer + 1)
    }

    fn check_shape(&self, other: &Self, place: &str) -> Result<(), Error> {
        Error::check_count("layers", self.shapes.len(), other.shapes.len(), || place.into())?;
        let mut layers = self.shapes.iter().zip(other.shapes.iter()).enumerate();
        layers.try_for_each(|(i, (own, other))| own.check(other, || format!("layer {} of {place}", i + 1)))
    }
}

impl<S: Scalar> Module<S> for Mlp<S> {
    type OnGraph<'g>
        = Mlp<Value<'g, S>>
    where
        S: 'g;

    #[inline]
    fn attach<'g>(&self, graph: &'g Graph<S>) -> Mlp<Value<'g, S>> {
        self.map(&mut |parameters| graph.matrix(parameters))
    }

    #[track_caller]
    fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error> {
        Error::check_count("inputs", self.inputs(), inputs.ncols(), || "layer 1".into())?;
        let mut layers = ranges(&self.shapes);
        let (first, parameters) = layers.next().expect("a network has at least one layer");
        let outputs = inputs.layer(&self.parameters, parameters, &first.activation);
        Ok(layers.fold(outputs, |outputs, (shape, parameters)| {
            outputs.layer(&self.parameters, parameters, &shape.activation)
        }))
    }

    fn dead_units(&self, inputs: &Matrix<S>) -> Vec<String> {
        let (mut dead, mut outputs) = (Vec::new(), None);
        // Layers after the last relu cannot have dead units, so they are not computed.
        let last = self.shapes.iter().rposition(|shape| shape.activation == Activation::Relu);
        for (layer, (shape, range)) in ranges(&self.shapes).enumerate().take(last.map_or(0, |last| last + 1)) {
            let activations = outputs.as_ref().unwrap_or(inputs).layer(&self.parameters, range, &shape.activation);
            let [samples, neurons] = activations.shape();
            if shape.activation == Activation::Relu && samples > 0 {
                let is_dead = |&neuron: &usize| (0..samples).all(|sample| activations[(sample, neuron)].is_zero());
                let name = |neuron| format!("neuron {} in layer {}", neuron + 1, layer + 1);
                dead.extend((0..neurons).filter(is_dead).map(name));
            }
            outputs = Some(activations);
        }
        dead
    }

    fn visit_layers(&self, f: &mut dyn FnMut([usize; 2], Activation)) {
        self.shapes.iter().for_each(|shape| f([shape.inputs, shape.outputs], shape.activation));
    }

    fn forward_sample(&self, inputs: Vec<S>) -> Result<Vec<S>, Error> {
        Error::check_count("inputs", self.inputs(), inputs.len(), || "layer 1".into())?;
        Ok(ranges(&self.shapes).fold(inputs, |inputs, (shape, range)| {
            let mut outputs = Vec::with_capacity(shape.outputs);
            self.parameters.neurons(range, &inputs, &shape.activation, &mut [], |y| outputs.push(y));
            outputs
        }))
    }
}

impl<T: Scalar> Mlp<Value<'_, T>> {
    /// Returns the derivatives with respect to the parameters, in the shape of the network; zeros if the parameters are
    /// constants.
    ///
    /// # Panics
    /// If the gradients are of another graph.
    #[inline]
    #[track_caller]
    pub fn gradient(&self, gradients: &Gradients<T>) -> Mlp<T> {
        gradients.of_module(self)
    }
}

/// Writes a line for each layer, and the number of parameters.
impl<S: Scalar> fmt::Display for Mlp<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, shape) in self.shapes.iter().enumerate() {
            writeln!(f, "layer {}: {shape}", i + 1)?;
        }
        write!(f, "{} parameters", self.parameters.len())
    }
}
