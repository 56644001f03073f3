//! The names of a network's parameters and neurons on a trace.

use crate::nn::Mlp;
use crate::scalar::Scalar;

/// Returns the names of the parameters, in the order of [`Mlp::parameters`]: weights w1, w2, …, biases b1, b2, ….
pub(super) fn parameter_names<T: Scalar>(net: &Mlp<T>) -> Vec<String> {
    let (mut weights, mut biases) = (0, 0);
    let mut name = |is_bias: bool| {
        let (letter, count) = if is_bias { ("b", &mut biases) } else { ("w", &mut weights) };
        *count += 1;
        format!("{letter}{count}")
    };
    let mut names = Vec::new();
    for layer in net.layers() {
        for _ in 0..layer.outputs() {
            names.extend((0..=layer.inputs()).map(|i| name(i == layer.inputs()))); // a neuron: its weights, then its bias
        }
    }
    names
}

/// Returns the names of the neurons, layer by layer: h1, h2, … through all hidden layers, o1, o2, … in the last.
pub(super) fn neuron_names<T: Scalar>(net: &Mlp<T>) -> Vec<Vec<String>> {
    let layers = net.layers();
    let (last, mut hidden) = (layers.len().saturating_sub(1), 0);
    let names = layers.iter().map(|layer| layer.outputs()).enumerate().map(|(layer, neurons)| {
        let (letter, before) = if layer == last { ("o", 0) } else { ("h", hidden) };
        hidden += neurons;
        (before + 1..=before + neurons).map(|number| format!("{letter}{number}")).collect()
    });
    names.collect()
}
