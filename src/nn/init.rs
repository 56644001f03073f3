//! [`Init`]: the distribution of initial parameters.

use super::Activation;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal, Uniform};

/// The distribution of the initial parameters of a layer. Biases are 0, except for
/// [`StandardNormal`](Self::StandardNormal).
///
/// The variances keep outputs and gradients at the same scale from layer to layer. The parameters are drawn in double
/// precision and rounded, so the same seed gives the same network in every float type, up to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Init {
    /// Weights and biases from the normal distribution with mean 0 and variance 1, as in the lecture.
    ///
    /// For neurons with few inputs: with many, the weighted sum is so large that a sigmoid is saturated.
    StandardNormal,
    /// Uniform within ±√(6/(inputs + outputs)), for sigmoid and tanh.
    ///
    /// [Glorot and Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html), equation 16.
    #[doc(alias = "Glorot")]
    XavierUniform,
    /// Normal with variance 2/(inputs + outputs), for sigmoid and tanh.
    ///
    /// [Glorot and Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html), equation 12.
    #[doc(alias = "Glorot")]
    XavierNormal,
    /// Uniform within ±√(6/inputs), for relu and similar activations, which halve the variance.
    ///
    /// [He et al. 2015](https://arxiv.org/abs/1502.01852), equation 10.
    #[doc(alias = "Kaiming")]
    HeUniform,
    /// Normal with variance 2/inputs, for relu and similar activations, which halve the variance.
    ///
    /// [He et al. 2015](https://arxiv.org/abs/1502.01852), equation 10.
    #[doc(alias = "Kaiming")]
    HeNormal,
    /// All parameters are 0, for single neurons. The neurons of a hidden layer would stay equal during training.
    Zeros,
}

impl Init {
    /// Returns the default for an activation, which [`Mlp::new`](crate::Mlp::new) uses: [`HeUniform`](Self::HeUniform)
    /// for relu and similar activations, and [`XavierUniform`](Self::XavierUniform) for the others.
    ///
    /// # Examples
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

    /// Draws the parameters of a layer: for each neuron, the weights and then the bias.
    pub(super) fn draw(self, inputs: usize, outputs: usize, rng: &mut impl Rng) -> Vec<f64> {
        let fan_sum = (inputs + outputs).max(1) as f64;
        let fan_in = inputs.max(1) as f64;
        match self {
            Init::StandardNormal => (0..outputs * (inputs + 1)).map(|_| StandardNormal.sample(rng)).collect(),
            Init::XavierUniform => with_zero_biases(inputs, outputs, || uniform((6.0 / fan_sum).sqrt(), rng)),
            Init::XavierNormal => with_zero_biases(inputs, outputs, || normal((2.0 / fan_sum).sqrt(), rng)),
            Init::HeUniform => with_zero_biases(inputs, outputs, || uniform((6.0 / fan_in).sqrt(), rng)),
            Init::HeNormal => with_zero_biases(inputs, outputs, || normal((2.0 / fan_in).sqrt(), rng)),
            Init::Zeros => vec![0.0; outputs * (inputs + 1)],
        }
    }
}

/// Draws the weights of each neuron, followed by a bias of 0.
fn with_zero_biases(inputs: usize, outputs: usize, mut weight: impl FnMut() -> f64) -> Vec<f64> {
    let mut parameters = Vec::with_capacity(outputs * (inputs + 1));
    for _ in 0..outputs {
        parameters.extend((0..inputs).map(|_| weight()));
        parameters.push(0.0);
    }
    parameters
}

/// Draws from the uniform distribution within ±limit.
fn uniform(limit: f64, rng: &mut impl Rng) -> f64 {
    Uniform::new_inclusive(-limit, limit).expect("the limit is finite and positive").sample(rng)
}

/// Draws from the normal distribution with mean 0.
fn normal(deviation: f64, rng: &mut impl Rng) -> f64 {
    let standard: f64 = StandardNormal.sample(rng);
    deviation * standard
}
