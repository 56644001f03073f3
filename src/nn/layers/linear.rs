//! [`Linear`]: a matrix product and a bias.

use super::{check_inputs, uniform};
use crate::matrix::Matrix;
use crate::nn::Parameter;
use crate::scalar::Scalar;
use rand::Rng;

/// A linear layer, `torch.nn.Linear`: `X·Wᵀ + b`, with W of outputs × inputs.
///
/// It is a [`Layer`](crate::Layer) without activation, whose weight and bias are separate: it can have no bias, and its
/// weight can be shared. The initial parameters are drawn as in PyTorch, uniformly within ±1/√inputs.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Linear, Matrix, Module, Parameters};
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let mut layer = Linear::<f64>::new(2, 3, &mut rng);
/// layer.set_parameters(&[1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5])?; // the weight row by row, then the bias
/// assert_eq!(layer.forward_batch(&Matrix::from([[2.0, 3.0]]))?, Matrix::from([[2.5, 3.5, 5.5]]));
/// assert_eq!(Linear::<f64>::without_bias(2, 3, &mut rng).count(), 6);
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "Dense")]
#[derive(Clone, Debug, PartialEq)]
pub struct Linear<S: Scalar> {
    weight: Parameter<S>,
    bias: Option<Parameter<S>>,
}

impl<S: Scalar> Linear<S> {
    /// Creates a layer with random parameters.
    pub fn new(inputs: usize, outputs: usize, rng: &mut impl Rng) -> Linear<S> {
        let layer = Linear::without_bias(inputs, outputs, rng);
        Linear { bias: Some(Parameter::bias(uniform([1, outputs], inputs, rng))), ..layer }
    }

    /// Creates a layer that has no bias, with random weights.
    #[doc(alias = "bias=False")]
    pub fn without_bias(inputs: usize, outputs: usize, rng: &mut impl Rng) -> Linear<S> {
        Linear { weight: Parameter::new(uniform([outputs, inputs], inputs, rng)), bias: None }
    }

    /// Returns the layer with biases 0.
    pub(super) fn with_zero_bias(self) -> Linear<S> {
        let bias = Parameter::bias(Matrix::zeros([1, self.weight.values().nrows()]));
        Linear { bias: Some(bias), ..self }
    }

    /// Returns the weight, a row for each output.
    pub fn weight(&self) -> &Parameter<S> {
        &self.weight
    }

    /// Returns the bias.
    pub fn bias(&self) -> Option<&Parameter<S>> {
        self.bias.as_ref()
    }
}

module! {
    Linear { weight, bias }
    fn forward_batch(&self, x) {
        let [outputs, inputs] = self.weight.values().shape();
        check_inputs(inputs, x, || format!("Linear({inputs}, {outputs})"))?;
        let y = x.matmul_t(self.weight.values());
        Ok(match &self.bias {
            Some(bias) => y + bias.values(),
            None => y,
        })
    }
}
