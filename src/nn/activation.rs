//! [`Activation`]: the function that a neuron applies to its weighted sum.

use crate::error::Error;
use crate::scalar::Scalar;
use crate::scalar::rules::{self, UnaryFunction};
use std::fmt;
use std::str::FromStr;

/// The activation function of a neuron, applied to its weighted sum x.
///
/// Without activations, several layers would compute a single affine map. For hidden layers, start with
/// [`Tanh`](Self::Tanh) in small networks, and with [`Relu`](Self::Relu) or [`Silu`](Self::Silu) in deep ones. The last
/// layer has [`Identity`](Self::Identity) for values and logits, and [`Sigmoid`](Self::Sigmoid) for a probability.
///
/// It is a [`UnaryFunction`]: `x.map(Activation::Tanh)` applies it to any [`Scalar`].
///
/// # Examples
/// ```
/// use backprop::{Activation, Scalar};
///
/// assert_eq!(0.0_f64.map(Activation::Sigmoid), 0.5);
/// assert_eq!((-2.0_f64).map(Activation::LeakyRelu(0.01)), -0.02);
/// assert_eq!((-800.0_f64).map(Activation::Softplus), 0.0); // not NaN
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Activation {
    /// `1` for `x ≥ 0` and `0` otherwise, with the derivative `0`. Range: 0 or 1.
    ///
    /// The threshold of the first artificial neurons ([McCulloch and Pitts 1943](https://doi.org/10.1007/BF02478259)),
    /// for comparison: since its derivative is 0, the layers before it cannot be trained by gradients.
    Step,
    /// `x`, with the derivative `1`. Range: all numbers.
    ///
    /// For the outputs of a regression, and for logits.
    Identity,
    /// `σ(x) = 1/(1 + e⁻ˣ)`, with the derivative `σ(x)·(1 − σ(x))`, at most ¼. Range: 0 to 1.
    ///
    /// For a probability; the lecture uses it in all layers. In deep networks, the factors of at most ¼ make gradients
    /// vanish.
    Sigmoid,
    /// `tanh x`, with the derivative `1 − tanh² x`, at most 1. Range: −1 to 1.
    ///
    /// A sigmoid centred at 0. The next layer's inputs are centred too, which makes training faster
    /// ([LeCun et al. 1998](https://doi.org/10.1007/3-540-49430-8_2)).
    Tanh,
    /// `max(0, x)`, with the derivative `1` for `x > 0` and `0` otherwise, also at the kink. Range: 0 and up.
    ///
    /// It is cheap, and gradients of active units pass unchanged ([Glorot et al.
    /// 2011](https://proceedings.mlr.press/v15/glorot11a.html)). A unit whose sum is negative for all samples has no
    /// gradient: a dead ReLU unit.
    Relu,
    /// `x` for `x > 0` and `slope·x` otherwise, with the derivatives `1` and `slope`; at the kink, `slope`. Range: all
    /// numbers.
    ///
    /// A relu without dead units; the usual slope is 0.01
    /// ([Maas et al. 2013](https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf)).
    LeakyRelu(f64),
    /// `x` for `x > 0` and `eˣ − 1` otherwise, with the derivatives `1` and `eˣ`, which are equal at 0. Range: −1 and
    /// up.
    ///
    /// The mean of its outputs is closer to 0 than that of a relu ([Clevert et al.
    /// 2016](https://arxiv.org/abs/1511.07289)).
    Elu,
    /// `x·Φ(x)`, with the derivative `Φ(x) + x·φ(x)`, where Φ and φ are the distribution function and the density of
    /// the standard normal distribution. Range: −0.17 and up.
    ///
    /// The activation of transformers ([Hendrycks and Gimpel 2016](https://arxiv.org/abs/1606.08415)), computed
    /// exactly, without the approximation by tanh.
    Gelu,
    /// `x·σ(x)`, with the derivative `σ(x)·(1 + x·(1 − σ(x)))`. Range: −0.28 and up.
    ///
    /// Smooth, similar to gelu and cheaper; also called swish ([Elfwing et al.
    /// 2018](https://arxiv.org/abs/1702.03118)).
    #[doc(alias = "Swish")]
    Silu,
    /// `ln(1 + eˣ)`, with the derivative `σ(x)`. Range: above 0.
    ///
    /// A smooth relu, also for outputs that must be positive, such as a variance ([Dugas et al.
    /// 2001](https://proceedings.neurips.cc/paper/2000/hash/44968aece94f667e4095002d140b5896-Abstract.html)).
    Softplus,
}

/// Defines a type for each activation, so that a loop over elements does not choose the activation at each element, and
/// implements [`UnaryFunction`] for [`Activation`] by these types.
macro_rules! activation_functions {
    ($($Name:ident $rule:ident;)*) => {
        $(
            struct $Name;

            impl UnaryFunction for $Name {
                #[inline(always)]
                fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
                    rules::$rule(x)
                }
            }
        )*

        impl UnaryFunction for Activation {
            #[inline(always)]
            fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
                match *self {
                    $(Activation::$Name => $Name.value_and_derivative(x),)*
                    Activation::LeakyRelu(slope) => LeakyRelu(slope).value_and_derivative(x),
                }
            }

            fn name(&self) -> String {
                self.to_string()
            }

            fn by_method<T: Scalar>(&self, x: T) -> Option<T> {
                macro_rules! method {
                    (identity) => {
                        x
                    };
                    ($name:ident) => {
                        x.$name()
                    };
                }
                Some(match *self {
                    $(Activation::$Name => method!($rule),)*
                    Activation::LeakyRelu(slope) => x.leaky_relu(T::of(slope)),
                })
            }

            fn is_identity(&self) -> bool {
                *self == Activation::Identity
            }

            fn values_and_derivatives<T: Scalar>(&self, values: &mut [T], results: &mut [T]) {
                match *self {
                    $(Activation::$Name => $Name.values_and_derivatives(values, results),)*
                    Activation::LeakyRelu(slope) => LeakyRelu(slope).values_and_derivatives(values, results),
                }
            }
        }
    };
}
activation_functions! {
    Step step;
    Identity identity;
    Sigmoid sigmoid;
    Tanh tanh;
    Relu relu;
    Elu elu;
    Gelu gelu;
    Silu silu;
    Softplus softplus;
}

struct LeakyRelu(f64);

impl UnaryFunction for LeakyRelu {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        let (f, derivative, _) = rules::leaky_relu(x, T::of(self.0));
        (f, derivative)
    }
}

/// The activations without a parameter, with their names in files and on command lines.
const NAMES: [(&str, Activation); 9] = [
    ("step", Activation::Step),
    ("identity", Activation::Identity),
    ("sigmoid", Activation::Sigmoid),
    ("tanh", Activation::Tanh),
    ("relu", Activation::Relu),
    ("elu", Activation::Elu),
    ("gelu", Activation::Gelu),
    ("silu", Activation::Silu),
    ("softplus", Activation::Softplus),
];

/// Writes the name: `tanh`, `leaky_relu(0.01)`.
impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(_, activation)| activation == self) {
            Some((name, _)) => f.write_str(name),
            None => {
                let Activation::LeakyRelu(slope) = self else { unreachable!("all others have a name") };
                write!(f, "leaky_relu({slope})")
            }
        }
    }
}

/// Parses a name as [`Display`](fmt::Display) writes it.
impl FromStr for Activation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Activation, Error> {
        let slope = || {
            let slope: f64 = text.strip_prefix("leaky_relu(")?.strip_suffix(')')?.parse().ok()?;
            slope.is_finite().then_some(Activation::LeakyRelu(slope))
        };
        let named = NAMES.iter().find(|(name, _)| *name == text).map(|&(_, activation)| activation);
        named.or_else(slope).ok_or_else(|| {
            Error::unknown("activation", text, NAMES.iter().map(|&(name, _)| name).chain(["leaky_relu(0.01)"]))
        })
    }
}
