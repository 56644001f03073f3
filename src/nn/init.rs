//! [`Init`]: the parameters that training starts from.

use super::Activation;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal, Uniform};

/// How the parameters of a layer are drawn before training; biases are 0 but for [`StandardNormal`](Self::StandardNormal).
///
/// The variances keep signals of the same size from layer to layer, forward and backward. Numbers are drawn in double
/// precision and rounded, so the same seed gives the same net in every float type, but for rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Init {
    /// Weights and biases from the normal distribution with mean 0 and variance 1, as the lecture has it. For nets with
    /// a few inputs to a neuron: with many, its sum is so large that a sigmoid is flat there.
    StandardNormal,
    /// Uniform within ±√(6/(inputs + outputs)): for sigmoid and tanh.
    /// [Glorot and Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html), equation 16.
    #[doc(alias = "Glorot")]
    XavierUniform,
    /// Normal with variance 2/(inputs + outputs): for sigmoid and tanh.
    /// [Glorot and Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html), equation 12.
    #[doc(alias = "Glorot")]
    XavierNormal,
    /// Uniform within ±√(6/inputs): for relu and its relatives, which halve the variance.
    /// [He et al. 2015](https://arxiv.org/abs/1502.01852), equation 10.
    #[doc(alias = "Kaiming")]
    HeUniform,
    /// Normal with variance 2/inputs: for relu and its relatives, which halve the variance.
    /// [He et al. 2015](https://arxiv.org/abs/1502.01852), equation 10.
    #[doc(alias = "Kaiming")]
    HeNormal,
    /// All parameters 0. Neurons of a hidden layer then stay equal for ever: for single neurons, and to see just that.
    Zeros,
}

impl Init {
    /// What [`Mlp::new`](crate::Mlp::new) draws: [`HeUniform`](Self::HeUniform) where the activation is like relu,
    /// [`XavierUniform`](Self::XavierUniform) otherwise.
    ///
    /// ```
    /// use backprop::{Activation, Init};
    ///
    /// assert_eq!(Init::for_activation(Activation::Relu), Init::HeUniform);
    /// assert_eq!(Init::for_activation(Activation::Tanh), Init::XavierUniform);
    /// ```
    pub fn for_activation(activation: Activation) -> Init {
        use Activation::*;
        match activation {
            Relu | LeakyRelu(_) | Elu | Gelu | Silu | Softplus => Init::HeUniform,
            Step | Identity | Sigmoid | Tanh => Init::XavierUniform,
        }
    }

    /// A layer's parameters: for each neuron its weights, then its bias.
    pub(super) fn draw(self, inputs: usize, outputs: usize, rng: &mut impl Rng) -> Vec<f64> {
        let sum = (inputs + outputs).max(1) as f64;
        let fan_in = inputs.max(1) as f64;
        match self {
            Init::StandardNormal => (0..outputs * (inputs + 1)).map(|_| StandardNormal.sample(rng)).collect(),
            Init::XavierUniform => with_zero_biases(inputs, outputs, || uniform((6.0 / sum).sqrt(), rng)),
            Init::XavierNormal => with_zero_biases(inputs, outputs, || normal((2.0 / sum).sqrt(), rng)),
            Init::HeUniform => with_zero_biases(inputs, outputs, || uniform((6.0 / fan_in).sqrt(), rng)),
            Init::HeNormal => with_zero_biases(inputs, outputs, || normal((2.0 / fan_in).sqrt(), rng)),
            Init::Zeros => vec![0.0; outputs * (inputs + 1)],
        }
    }
}

fn with_zero_biases(inputs: usize, outputs: usize, mut weight: impl FnMut() -> f64) -> Vec<f64> {
    let mut parameters = Vec::with_capacity(outputs * (inputs + 1));
    for _ in 0..outputs {
        parameters.extend((0..inputs).map(|_| weight()));
        parameters.push(0.0);
    }
    parameters
}

fn uniform(limit: f64, rng: &mut impl Rng) -> f64 {
    Uniform::new_inclusive(-limit, limit).expect("the limit is finite and positive").sample(rng)
}

fn normal(deviation: f64, rng: &mut impl Rng) -> f64 {
    let number: f64 = StandardNormal.sample(rng);
    deviation * number
}
