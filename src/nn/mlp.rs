//! [`Mlp`]: layers one after another.

use super::layer::Shape;
use super::{Activation, Init, Layer, Net, ParameterInfo, WeightedLoss};
use crate::error::Error;
use crate::graph::{Gradients, Graph, Value};
use crate::matrix::{AsRows, Rows};
use crate::scalar::Scalar;
use rand::Rng;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Layers one after another, each fed with the outputs of the one before it: a multi-layer perceptron.
///
/// It computes with any [`Scalar`]. With floats it answers; attached to a graph it is the same net, computed by the
/// same code, and its outputs have gradients:
///
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
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp<S: Scalar> {
    /// Layer by layer: what training changes.
    parameters: S::Rows,
    /// What it does not, and a net shares with its gradients and with itself on a graph.
    shapes: Arc<[Shape]>,
}

impl<S: Scalar> Mlp<S> {
    /// A net with so many inputs, and for each layer its number of neurons and their activation. Parameters are drawn
    /// for each layer from the distribution that suits its activation ([`Init::for_activation`]).
    ///
    /// # Errors
    /// [`Error::Empty`] without any layer, [`Error::OutOfMemory`] when the parameters do not fit in memory.
    pub fn new(
        inputs: usize,
        layers: impl IntoIterator<Item = (usize, Activation)>,
        rng: &mut impl Rng,
    ) -> Result<Mlp<S>, Error> {
        Mlp::build(inputs, layers, Init::for_activation, rng)
    }

    /// As [`new`](Self::new), with all parameters drawn as `init` says.
    ///
    /// # Errors
    /// [`Error::Empty`] without any layer, [`Error::OutOfMemory`] when the parameters do not fit in memory.
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

    /// A net of these layers.
    ///
    /// # Errors
    /// [`Error::Empty`] without any layer, [`Error::Shape`] when one does not take as many inputs as the one before it
    /// has outputs.
    pub fn from_layers(layers: impl IntoIterator<Item = Layer<S>>) -> Result<Mlp<S>, Error> {
        let mut parameters = Vec::new();
        let mut shapes: Vec<Shape> = Vec::new();
        for layer in layers {
            if let Some(before) = shapes.last() {
                Error::check_count("inputs", before.outputs, layer.inputs(), || format!("layer {}", shapes.len() + 1))?;
            }
            layer.rows().with_slice(|numbers| parameters.extend_from_slice(numbers));
            shapes.push(layer.shape());
        }
        if shapes.is_empty() {
            return Err(Error::Empty { what: "layer", place: "Mlp" });
        }
        Ok(Mlp { parameters: S::Rows::of_row(parameters), shapes: shapes.into() })
    }

    /// The outputs of the last layer.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are not as many inputs as the first layer takes.
    #[track_caller]
    pub fn forward(&self, inputs: &[S]) -> Result<Vec<S>, Error> {
        Error::check_count("inputs", self.inputs(), inputs.len(), || "layer 1".into())?;
        let mut layers = ranges(&self.shapes);
        let (first, parameters) = layers.next().expect("a net has a layer");
        let outputs = first.forward(&self.parameters, parameters, inputs);
        Ok(layers.fold(outputs, |outputs, (shape, parameters)| shape.forward(&self.parameters, parameters, &outputs)))
    }

    /// The outputs for many samples, one in each row.
    ///
    /// Inputs are `ndarray` arrays or views in any memory order; see [`Net::forward_rows`] for the same over `S::Rows`.
    ///
    /// ```
    /// use backprop::ndarray::{Array2, array};
    /// use backprop::{Activation, Layer, Mlp, Neuron};
    ///
    /// let net = Mlp::from_layers([Layer::from_neurons([Neuron::new([2.0, 3.0], 1.0, Activation::Identity)])?])?;
    /// let y: Array2<f64> = net.forward_batch(array![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]].view())?;
    /// assert_eq!(y, array![[1.0], [3.0], [6.0]]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] when there are not as many inputs as the first layer takes.
    #[track_caller]
    pub fn forward_batch(&self, inputs: impl AsRows<S>) -> Result<S::Rows, Error> {
        Net::forward_batch(self, inputs)
    }

    /// The loss over a batch and its derivatives by the parameters, in the shape of the net.
    ///
    /// ```
    /// use backprop::ndarray::array;
    /// use backprop::{Activation, Layer, Loss, Mlp, Neuron};
    ///
    /// let net = Mlp::from_layers([Layer::from_neurons([Neuron::new([2.0], 0.0, Activation::Identity)])?])?;
    /// let (x, t) = (array![[1.0], [3.0]], array![[1.0], [6.0]]);
    /// let (loss, gradient) = net.loss_and_gradient(x.view(), t.view(), Loss::MeanSquaredError)?;
    /// assert_eq!(loss, 0.5); // of errors 1 and 0
    /// assert_eq!(gradient.parameters(), [1.0, 1.0]); // 2·error·x and 2·error, their means
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// In a loop, a [`Workspace`](crate::Workspace) keeps the memory for it.
    ///
    /// # Errors
    /// [`Error::Shape`] when inputs, targets or weights do not fit the net or one another, [`Error::Empty`] without samples.
    pub fn loss_and_gradient<'w>(
        &self,
        inputs: impl AsRows<S>,
        targets: impl AsRows<S>,
        loss: impl Into<WeightedLoss<'w>>,
    ) -> Result<(S, Mlp<S>), Error> {
        Net::loss_and_gradient(self, inputs, targets, loss)
    }

    /// The layers, each with its part of the parameters.
    pub fn layers(&self) -> Vec<Layer<S>> {
        ranges(&self.shapes).map(|(shape, range)| Layer::from_parameters(self.parameters.part(range), shape)).collect()
    }

    /// How many inputs it takes.
    pub fn inputs(&self) -> usize {
        self.shapes[0].inputs
    }

    /// How many outputs it gives.
    pub fn outputs(&self) -> usize {
        self.shapes[self.shapes.len() - 1].outputs
    }

    /// All parameters in order: layer by layer, neuron by neuron, the weights and then the bias.
    pub fn parameters(&self) -> Vec<S> {
        Net::parameters(self)
    }

    /// Sets all parameters, in the order of [`parameters`](Self::parameters).
    ///
    /// # Errors
    /// [`Error::Shape`] when there are not as many; nothing is changed then.
    #[track_caller]
    pub fn set_parameters(&mut self, parameters: &[S]) -> Result<(), Error> {
        Net::set_parameters(self, parameters)
    }

    /// A net of the same shape and activations with these parameters, in the order of
    /// [`parameters`](Self::parameters); of another kind of number, perhaps.
    ///
    /// So a net is a function of its parameters, of which anything can be asked:
    ///
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
    /// [`Error::Shape`] when there are not as many.
    #[track_caller]
    pub fn with_parameters<R: Scalar>(&self, parameters: &[R]) -> Result<Mlp<R>, Error> {
        self.with(parameters, "Mlp::with_parameters")
    }

    #[track_caller]
    fn with<R: Scalar>(&self, parameters: &[R], place: &str) -> Result<Mlp<R>, Error> {
        Error::check_count("parameters", self.parameters.count(), parameters.len(), || place.into())?;
        Ok(Mlp { parameters: R::Rows::of_row(parameters.to_vec()), shapes: self.shapes.clone() })
    }

    /// The same net on a graph, its parameters leaves of it: one copy.
    #[inline]
    pub fn attach<'g>(&self, graph: &'g Graph<S>) -> Mlp<Value<'g, S>> {
        Net::attach(self, graph)
    }
}

/// Whether there is memory for the parameters of layers of these widths: asked for before any of it is filled.
fn check_size<S: Scalar>(mut inputs: usize, widths: impl Iterator<Item = usize>) -> Result<(), Error> {
    let mut count = Some(0_usize);
    for width in widths {
        let of_layer = inputs.checked_add(1).and_then(|row| row.checked_mul(width));
        count = count.zip(of_layer).and_then(|(count, of_layer)| count.checked_add(of_layer));
        inputs = width;
    }
    let fits =
        |count| Vec::<f64>::new().try_reserve_exact(count).is_ok() && Vec::<S>::new().try_reserve_exact(count).is_ok();
    if count.is_some_and(fits) {
        return Ok(());
    }
    Err(Error::OutOfMemory { parameters: count, place: "Mlp" })
}

/// Layer by layer its shape, and where its parameters are among those of the net.
#[inline]
fn ranges(shapes: &[Shape]) -> impl Iterator<Item = (Shape, Range<usize>)> + '_ {
    let mut end = 0;
    shapes.iter().map(move |&shape| {
        let start = end;
        end += shape.parameters();
        (shape, start..end)
    })
}

impl<S: Scalar> Net<S> for Mlp<S> {
    type Over<R: Scalar> = Mlp<R>;

    fn convert<R: Scalar>(&self, f: &mut impl FnMut(&S::Rows) -> R::Rows) -> Mlp<R> {
        Mlp { parameters: f(&self.parameters), shapes: self.shapes.clone() }
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

    /// Layers and activations are counted, as PyTorch's `Sequential` has them.
    fn tensors(&self) -> Vec<ParameterInfo> {
        let mut modules = 0;
        ParameterInfo::of_parts(self.shapes.iter().map(|shape| {
            let module = modules;
            modules += if shape.activation == Activation::Identity { 1 } else { 2 };
            (module, ParameterInfo::of_layer(shape.inputs, shape.outputs))
        }))
    }

    fn dead_units(&self, inputs: &S::Rows) -> Vec<String> {
        let (mut dead, mut outputs) = (Vec::new(), None);
        // What comes after the last relu says nothing of any.
        let last = self.shapes.iter().rposition(|shape| shape.activation == Activation::Relu);
        for (layer, (shape, range)) in ranges(&self.shapes).enumerate().take(last.map_or(0, |last| last + 1)) {
            let of_layer = outputs.as_ref().unwrap_or(inputs).layer(&self.parameters, range, &shape.activation);
            let [samples, neurons] = of_layer.dimensions();
            if shape.activation == Activation::Relu && samples > 0 {
                let is_dead = |&neuron: &usize| (0..samples).all(|sample| of_layer.at(sample, neuron).is_zero());
                let name = |neuron| format!("neuron {} in layer {}", neuron + 1, layer + 1);
                dead.extend((0..neurons).filter(is_dead).map(name));
            }
            outputs = Some(of_layer);
        }
        dead
    }

    fn name_of(&self, parameter: usize) -> String {
        let mut layers = ranges(&self.shapes).enumerate();
        let of_layer = layers.find(|(_, (_, range))| range.contains(&parameter));
        let (layer, (shape, range)) = of_layer.expect("the net has this parameter");
        format!("{} in layer {}", shape.name_of(parameter - range.start), layer + 1)
    }

    fn check_shape(&self, other: &Self, place: &str) -> Result<(), Error> {
        Error::check_count("layers", self.shapes.len(), other.shapes.len(), || place.into())?;
        let mut layers = self.shapes.iter().zip(&*other.shapes).enumerate();
        layers.try_for_each(|(i, (own, &other))| own.check(other, || format!("layer {} of {place}", i + 1)))
    }

    #[track_caller]
    fn forward_rows(&self, inputs: &S::Rows) -> Result<S::Rows, Error> {
        Error::check_count("inputs", self.inputs(), inputs.dimensions()[1], || "layer 1".into())?;
        let mut layers = ranges(&self.shapes);
        let (first, parameters) = layers.next().expect("a net has a layer");
        let outputs = inputs.layer(&self.parameters, parameters, &first.activation);
        Ok(layers.fold(outputs, |outputs, (shape, parameters)| {
            outputs.layer(&self.parameters, parameters, &shape.activation)
        }))
    }
}

impl<T: Scalar> Mlp<Value<'_, T>> {
    /// The derivatives by the parameters, in the shape of the net; zeros where the net is all constants.
    ///
    /// # Panics
    /// When the gradients are those of another graph.
    #[inline]
    #[track_caller]
    pub fn gradient(&self, gradients: &Gradients<T>) -> Mlp<T> {
        Mlp { parameters: T::Rows::of_row(gradients.of(&self.parameters)), shapes: self.shapes.clone() }
    }
}

/// The layers, a line each, and the number of parameters.
impl<S: Scalar> fmt::Display for Mlp<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, shape) in self.shapes.iter().enumerate() {
            writeln!(f, "layer {}: {shape}", i + 1)?;
        }
        write!(f, "{} parameters", self.parameters.count())
    }
}
