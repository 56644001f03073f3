//! [`Mlp`]: layers one after another.

use super::{Activation, Init, Layer};
use crate::run::Run;
use crate::{Error, Gradients, Graph, Scalar, Value};
use rand::Rng;
use std::fmt;

/// Layers one after another, each fed with the outputs of the one before it: a multi-layer perceptron.
///
/// It computes with any [`Scalar`]. With floats it answers; attached to a graph it is the same net, computed by the
/// same code, and its outputs have gradients:
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Graph, Loss, Mlp, Sgd, Value};
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
    layers: Vec<Layer<S>>,
}

impl<S: Scalar> Mlp<S> {
    /// A net with so many inputs, and for each layer its number of neurons and their activation. Parameters are drawn
    /// for each layer from the distribution that suits its activation ([`Init::suited_to`]).
    ///
    /// # Errors
    /// [`Error::Empty`] without any layer.
    pub fn new(
        inputs: usize,
        layers: impl IntoIterator<Item = (usize, Activation)>,
        rng: &mut impl Rng,
    ) -> Result<Mlp<S>, Error> {
        Mlp::build(inputs, layers, Init::suited_to, rng)
    }

    /// As [`new`](Self::new), with all parameters drawn as `init` says.
    ///
    /// # Errors
    /// [`Error::Empty`] without any layer.
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
        Mlp::from_layers(layers.into_iter().map(|(outputs, activation)| {
            let layer = Layer::with_init(inputs, outputs, activation, init(activation), rng);
            inputs = outputs;
            layer
        }))
    }

    /// A net of these layers.
    ///
    /// # Errors
    /// [`Error::Empty`] without any layer, [`Error::Count`] when one does not take as many inputs as the one before it
    /// has outputs.
    pub fn from_layers(layers: impl IntoIterator<Item = Layer<S>>) -> Result<Mlp<S>, Error> {
        let layers: Vec<Layer<S>> = layers.into_iter().collect();
        if layers.is_empty() {
            return Err(Error::Empty { of: "layer", place: "Mlp" });
        }
        for (i, pair) in layers.windows(2).enumerate() {
            Error::count("inputs", pair[0].outputs(), pair[1].inputs(), || format!("layer {}", i + 2))?;
        }
        Ok(Mlp { layers })
    }

    /// The outputs of the last layer.
    ///
    /// # Errors
    /// [`Error::Count`] when there are not as many inputs as the first layer takes.
    #[track_caller]
    pub fn forward(&self, inputs: &[S]) -> Result<Vec<S>, Error> {
        let (first, rest) = self.layers.split_first().expect("a net has a layer");
        Error::count("inputs", first.inputs(), inputs.len(), || "layer 1".into())?;
        Ok(rest.iter().fold(first.outputs_for(inputs), |outputs, layer| layer.outputs_for(&outputs)))
    }

    /// The layers.
    pub fn layers(&self) -> &[Layer<S>] {
        &self.layers
    }

    /// How many inputs it takes.
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs()
    }

    /// How many outputs it gives.
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs()
    }

    /// All parameters in order: layer by layer, neuron by neuron, the weights and then the bias.
    pub fn parameters(&self) -> Vec<S> {
        let mut parameters = Vec::new();
        for layer in &self.layers {
            layer.run().with_slice(|run| parameters.extend_from_slice(run));
        }
        parameters
    }

    /// Sets all parameters, in the order of [`parameters`](Self::parameters).
    ///
    /// # Errors
    /// [`Error::Count`] when there are not as many; nothing is changed then.
    #[track_caller]
    pub fn set_parameters(&mut self, parameters: &[S]) -> Result<(), Error> {
        *self = self.with(parameters, "Mlp::set_parameters")?;
        Ok(())
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
    /// [`Error::Count`] when there are not as many.
    #[track_caller]
    pub fn with_parameters<R: Scalar>(&self, parameters: &[R]) -> Result<Mlp<R>, Error> {
        self.with(parameters, "Mlp::with_parameters")
    }

    #[track_caller]
    fn with<R: Scalar>(&self, mut parameters: &[R], place: &str) -> Result<Mlp<R>, Error> {
        let expected = self.layers.iter().map(|layer| layer.run().len()).sum();
        Error::count("parameters", expected, parameters.len(), || place.into())?;
        let layers = self.layers.iter().map(|layer| {
            let (own, rest) = parameters.split_at(layer.run().len());
            parameters = rest;
            layer.with_run(own.to_vec().into())
        });
        Ok(Mlp { layers: layers.collect() })
    }

    /// The same net on a graph, its parameters leaves of it: one copy a layer.
    #[inline]
    pub fn attach<'g>(&self, graph: &'g Graph<S>) -> Mlp<Value<'g, S>> {
        Mlp { layers: self.layers.iter().map(|layer| layer.attach(graph)).collect() }
    }

    /// Replaces each parameter by `f` of it and of the parameter in the same place of `other`.
    ///
    /// # Errors
    /// [`Error::Count`] when the nets differ in shape; nothing is changed then.
    pub(crate) fn update(&mut self, other: &Mlp<S>, f: impl Fn(S, S) -> S, place: &str) -> Result<(), Error> {
        Error::count("layers", self.layers.len(), other.layers.len(), || place.into())?;
        for (i, (own, other)) in self.layers.iter().zip(&other.layers).enumerate() {
            let place = || format!("layer {} of {place}", i + 1);
            Error::count("inputs", own.inputs(), other.inputs(), place)?;
            Error::count("outputs", own.outputs(), other.outputs(), place)?;
        }
        for (own, other) in self.layers.iter_mut().zip(&other.layers) {
            own.run_mut().update(other.run(), &f);
        }
        Ok(())
    }

    /// The first parameter that is infinite or NaN, and where it is.
    pub(crate) fn non_finite(&self) -> Option<(S, String)> {
        self.layers.iter().enumerate().find_map(|(l, layer)| {
            let index = layer.run().with_slice(|run| run.iter().position(|p| !p.is_finite()))?;
            let (neuron, input) = (index / (layer.inputs() + 1), index % (layer.inputs() + 1));
            let parameter = if input == layer.inputs() { "bias".into() } else { format!("weight {}", input + 1) };
            let place = format!("{parameter} of neuron {} in layer {}", neuron + 1, l + 1);
            Some((layer.parameters()[index], place))
        })
    }
}

impl<T: Scalar> Mlp<Value<'_, T>> {
    /// The derivatives by the parameters, in the shape of the net; zeros for layers that are constants.
    ///
    /// # Panics
    /// When the gradients are those of another graph.
    #[inline]
    #[track_caller]
    pub fn gradient(&self, gradients: &Gradients<T>) -> Mlp<T> {
        Mlp { layers: self.layers.iter().map(|layer| layer.gradient(gradients)).collect() }
    }
}

/// The layers, a line each, and the number of parameters.
impl<S: Scalar> fmt::Display for Mlp<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, layer) in self.layers.iter().enumerate() {
            writeln!(f, "layer {}: {layer}", i + 1)?;
        }
        let parameters: usize = self.layers.iter().map(|layer| layer.run().len()).sum();
        write!(f, "{parameters} parameters")
    }
}
