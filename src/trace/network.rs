//! [`Trace::forward`]: a network on a trace, every part of it named.

use super::names::{neuron_names, parameter_names};
use super::record::{Trace, TracedNetwork, TracedValue};
use crate::error::Error;
use crate::nn::Mlp;
use crate::scalar::Scalar;

impl<T: Scalar> Trace<T> {
    /// Computes the outputs of a network for one sample and gives every part of it a name.
    ///
    /// Weights are w1, w2, …, biases b1, b2, …, the sums and the outputs of hidden neurons sum_h1, h1, …, those of the
    /// last layer sum_o1, o1, …; each in the order of [`Mlp::parameters`].
    ///
    /// ```
    /// use backprop::{Activation, Layer, Mlp, Neuron, Trace};
    ///
    /// let neuron = Neuron::new([1.0, 1.0], 0.0, Activation::Sigmoid);
    /// let hidden = Layer::from_neurons([neuron.clone(), neuron.clone()])?;
    /// let net = Mlp::from_layers([hidden, Layer::from_neurons([neuron])?])?; // the lecture's
    ///
    /// let trace = Trace::new();
    /// let inputs = [trace.variable("x1", -2.0), trace.variable("x2", -1.0)];
    /// let o1 = trace.forward(&net, &inputs)?[0];
    /// let l = (trace.variable("y", 1.0) - o1).powi(2).named("L");
    /// let explanation = l.explain(trace.find("w1").unwrap());
    /// assert_eq!(
    ///     explanation.to_string(),
    ///     "dL/dw1 = dL/do1 · do1/dh1 · dh1/dw1 = −0.9526 · 0.2494 · −0.0904 = 0.0215\n\
    ///      \u{20} dL/do1 = −2·(y − o1) = −0.9526\n\
    ///      \u{20} do1/dh1 = w5·σ′(sum_o1) = 0.2494\n\
    ///      \u{20} dh1/dw1 = x1·σ′(sum_h1) = −0.0904\n"
    /// );
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// Several samples may go through a network, for example to sum their losses. The trace has its parameters once, so
    /// that the derivatives with respect to them are those of the sum. The neurons of the second sample are h1_2, o1_2,
    /// …, those of the third h1_3, o1_3, …. A network is recognised by its shape and the values of its parameters.
    ///
    /// ```
    /// # use backprop::{Activation, Layer, Mlp, Neuron, Trace};
    /// let double = Neuron::new([2.0], 0.0, Activation::Identity);
    /// let net = Mlp::from_layers([Layer::from_neurons([double])?])?;
    /// let trace = Trace::new();
    /// let (x, y) = (trace.variable("x", 3.0), trace.variable("y", 5.0));
    /// let sum = (trace.forward(&net, &[x])?[0] + trace.forward(&net, &[y])?[0]).named("sum");
    /// assert_eq!(
    ///     sum.explain(trace.find("w1").unwrap()).to_string(),
    ///     "dsum/dw1, by 2 paths:\n\
    ///      \u{20} dsum/do1 · do1/dw1 = 1 · 3 = 3\n\
    ///      \u{20} dsum/do1_2 · do1_2/dw1 = 1 · 5 = 5\n\
    ///      total: 8\n\
    ///      \u{20} dsum/do1 = 1\n\
    ///      \u{20} do1/dw1 = x = 3\n\
    ///      \u{20} dsum/do1_2 = 1\n\
    ///      \u{20} do1_2/dw1 = y = 5\n"
    /// );
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs is not that of the network.
    pub fn forward<'t>(
        &'t self,
        net: &Mlp<T>,
        inputs: &[TracedValue<'t, T>],
    ) -> Result<Vec<TracedValue<'t, T>>, Error> {
        Error::check_count("inputs", net.inputs(), inputs.len(), || "layer 1".into())?;
        let (parameters, sample) = self.parameters_of(net);
        let layers = net.with_parameters(&parameters)?.layers();
        let mut outputs = inputs.to_vec();
        for (layer, names) in layers.iter().zip(neuron_names(net)) {
            outputs = layer.forward(&outputs)?;
            for (output, name) in outputs.iter().zip(names) {
                let name = if sample == 1 { name } else { format!("{name}_{sample}") };
                let sum = self.nodes.borrow()[output.node].parents[0].0;
                self.nodes.borrow_mut()[sum].name = Some(format!("sum_{name}"));
                output.named(name);
            }
        }
        Ok(outputs)
    }

    /// Returns the parameters of a network, added to the trace if they are not there yet, and the number of the next
    /// sample.
    fn parameters_of(&self, net: &Mlp<T>) -> (Vec<TracedValue<'_, T>>, usize) {
        let (mut networks, parameters) = (self.networks.borrow_mut(), net.parameters());
        let shape: Vec<_> =
            net.layers().iter().map(|layer| (layer.inputs(), layer.outputs(), layer.activation())).collect();
        let at = |first: usize| {
            parameters.iter().zip(first..).map(|(&data, node)| TracedValue { trace: Some(self), data, node })
        };
        let is_same = |known: &TracedNetwork| {
            known.shape == shape && at(known.first).all(|p| self.nodes.borrow()[p.node].data == p.data)
        };
        if let Some(known) = networks.iter_mut().find(|known| is_same(known)) {
            known.samples += 1;
            return (at(known.first).collect(), known.samples);
        }
        networks.push(TracedNetwork { shape, first: self.len(), samples: 1 });
        let names = parameter_names(net).into_iter();
        (names.zip(parameters).map(|(name, parameter)| self.variable(name, parameter)).collect(), 1)
    }

    /// Returns the names that [`forward`](Self::forward) gives to the parameters of a network, in the order of
    /// [`Mlp::parameters`].
    ///
    /// ```
    /// use backprop::{Activation, Mlp, Trace};
    /// # use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    ///
    /// # let mut rng = SomeRng::seed_from_u64(1);
    /// let net = Mlp::<f64>::new(1, [(2, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
    /// assert_eq!(Trace::parameter_names(&net), ["w1", "b1", "w2", "b2", "w3", "w4", "b3"]);
    /// assert_eq!(Trace::neuron_names(&net), [vec!["h1", "h2"], vec!["o1"]]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    pub fn parameter_names(net: &Mlp<T>) -> Vec<String> {
        parameter_names(net)
    }

    /// Returns the names that [`forward`](Self::forward) gives to the neurons, layer by layer.
    pub fn neuron_names(net: &Mlp<T>) -> Vec<Vec<String>> {
        neuron_names(net)
    }
}
