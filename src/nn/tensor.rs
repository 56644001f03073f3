//! [`ParameterInfo`]: which of a net's parameters belong together.

use super::Net;
use crate::scalar::Scalar;

/// Parameters of a net that belong together, a matrix of weights or a run of biases: what they are called, and where they are
/// among all parameters of the net.
///
/// Nets are saved, and weights told from biases, by this.
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Mlp, Net};
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let net = Mlp::<f64>::new(3, [(2, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
/// let tensors = net.tensors();
/// let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name()).collect();
/// assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]); // as torch.nn.Sequential counts: tanh is 1
/// assert_eq!(tensors[0].shape(), [2, 3]);
/// assert_eq!(tensors[1].indices().collect::<Vec<_>>(), [3, 7]); // each behind its neuron's three weights
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterInfo {
    name: String,
    shape: Vec<usize>,
    /// Where the first number is among the parameters.
    first: usize,
    /// How far it is from a row to the next; of a single dimension, from one number to the next.
    stride: usize,
    is_bias: bool,
}

impl ParameterInfo {
    /// What it is called, as in PyTorch: `0.weight`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many rows and columns it has; of a single row of biases, how many there are.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns true if it is biases: those of a layer's neurons, or of [`Weights::bias`](crate::Weights::bias). Penalties are for
    /// the others.
    pub fn is_bias(&self) -> bool {
        self.is_bias
    }

    /// How many numbers it has.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Where its numbers are among the parameters of the net, row by row.
    pub fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        let columns = self.shape.get(1).copied().unwrap_or(1);
        let rows = (0..self.shape[0]).map(|row| self.first + row * self.stride);
        rows.flat_map(move |start| start..start + columns)
    }

    /// The weights and the biases of a layer, of which each neuron has its weights and then its bias.
    pub(super) fn of_layer(inputs: usize, outputs: usize) -> Vec<ParameterInfo> {
        let stride = inputs + 1;
        let tensor =
            |name: &str, shape, first, is_bias| ParameterInfo { name: name.into(), shape, first, stride, is_bias };
        vec![tensor("weight", vec![outputs, inputs], 0, false), tensor("bias", vec![outputs], inputs, true)]
    }

    /// A block by itself, without a name; a single row of biases has one dimension.
    pub(super) fn of_block([rows, columns]: [usize; 2], is_bias: bool) -> Vec<ParameterInfo> {
        let (shape, stride) = if is_bias && rows == 1 { (vec![columns], 1) } else { (vec![rows, columns], columns) };
        vec![ParameterInfo { name: String::new(), shape, first: 0, stride, is_bias }]
    }

    /// Those of the parts of a net, one part after another, each part with its name.
    #[doc(hidden)]
    pub fn of_parts<N: ToString>(parts: impl IntoIterator<Item = (N, Vec<ParameterInfo>)>) -> Vec<ParameterInfo> {
        let (mut all, mut first) = (Vec::new(), 0);
        for (name, tensors) in parts {
            let count: usize = tensors.iter().map(ParameterInfo::count).sum();
            all.extend(tensors.into_iter().map(|tensor| {
                let dot = if tensor.name.is_empty() { "" } else { "." };
                ParameterInfo {
                    name: format!("{}{dot}{}", name.to_string(), tensor.name),
                    first: first + tensor.first,
                    ..tensor
                }
            }));
            first += count;
        }
        all
    }
}

/// Of each parameter of a net whether it is a bias.
pub(crate) fn biases<S: Scalar, N: Net<S>>(net: &N) -> Vec<bool> {
    let mut is_bias = vec![false; net.count()];
    for tensor in net.tensors().iter().filter(|tensor| tensor.is_bias()) {
        tensor.indices().for_each(|index| is_bias[index] = true);
    }
    is_bias
}
