//! [`Activation`]: what a neuron does with its weighted sum.

use crate::error::Error;
use crate::scalar::Scalar;
use crate::scalar::rules::{self, UnaryFunction};
use std::fmt;
use std::str::FromStr;

/// What a neuron does with its weighted sum x.
///
/// Without one, layers on top of layers would be one affine map. For hidden layers [`Tanh`](Self::Tanh) is a good
/// start in small nets and [`Relu`](Self::Relu) or [`Silu`](Self::Silu) in deep ones; the last layer has
/// [`Identity`](Self::Identity) for any number, [`Sigmoid`](Self::Sigmoid) for a probability.
///
/// It is a [`UnaryFunction`]: `x.map(Activation::Tanh)` applies it to any [`Scalar`].
///
/// ```
/// use backprop::{Activation, Scalar};
///
/// assert_eq!(0.0_f64.map(Activation::Sigmoid), 0.5);
/// assert_eq!((-2.0_f64).map(Activation::LeakyRelu(0.01)), -0.02);
/// assert_eq!((-800.0_f64).map(Activation::Softplus), 0.0); // and not NaN
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// `1` for `x ≥ 0`, `0` below: the threshold of the first artificial neurons
    /// ([McCulloch and Pitts 1943](https://doi.org/10.1007/BF02478259)). Range: 0 or 1. Its derivative is 0, so nothing
    /// below it learns by gradients: it is here to be compared with.
    Step,
    /// `x`, with the derivative `1`. Range: all numbers. For the output of a regression.
    Identity,
    /// `σ(x) = 1/(1 + e⁻ˣ)`, with the derivative `σ(x)·(1 − σ(x))`, at most ¼. Range: 0 to 1. For a probability; the
    /// lecture has it everywhere. In deep nets the factors of ¼ make gradients vanish.
    Sigmoid,
    /// `tanh x`, with the derivative `1 − tanh² x`, at most 1. Range: −1 to 1. A sigmoid about 0, so that the next
    /// layer's inputs are centred, which makes learning faster
    /// ([LeCun et al. 1998](https://doi.org/10.1007/3-540-49430-8_2)).
    Tanh,
    /// `max(0, x)`, with the derivative `1` for `x > 0` and `0` elsewhere, the kink included. Range: 0 and up. Cheap, and
    /// gradients pass unchanged ([Glorot et al. 2011](https://proceedings.mlr.press/v15/glorot11a.html)); a unit whose
    /// sum is negative for all samples has no gradient and is lost.
    Relu,
    /// `x` for `x > 0` and `slope·x` elsewhere, with the derivatives `1` and `slope`; at the kink, `slope`. Range: all
    /// numbers. A relu that cannot be lost; 0.01 is the usual slope
    /// ([Maas et al. 2013](https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf)).
    LeakyRelu(f64),
    /// `x` for `x > 0` and `eˣ − 1` elsewhere, with the derivatives `1` and `eˣ`, which meet: no kink. Range: −1 and up.
    /// Outputs are nearer to 0 on average than a relu's ([Clevert et al. 2016](https://arxiv.org/abs/1511.07289)).
    Elu,
    /// `x·Φ(x)`, Φ the distribution function of the standard normal, with the derivative `Φ(x) + x·φ(x)`. Range: −0.17
    /// and up. The activation of transformers, exact and not its approximation by tanh
    /// ([Hendrycks and Gimpel 2016](https://arxiv.org/abs/1606.08415)).
    Gelu,
    /// `x·σ(x)`, with the derivative `σ(x)·(1 + x·(1 − σ(x)))`. Range: −0.28 and up. Smooth, much like gelu and cheaper;
    /// also called swish ([Elfwing et al. 2018](https://arxiv.org/abs/1702.03118)).
    #[doc(alias = "Swish")]
    Silu,
    /// `ln(1 + eˣ)`, with the derivative `σ(x)`. Range: above 0. A smooth relu, and an output that must be positive,
    /// a variance say ([Dugas et al. 2001](https://proceedings.neurips.cc/paper/2000/hash/44968aece94f667e4095002d140b5896-Abstract.html)).
    Softplus,
}

/// The activations as rules of one function each, for loops that should not ask which it is at every number.
macro_rules! rules {
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

            fn values_and_derivatives<T: Scalar>(&self, numbers: &mut [T], results: &mut [T]) {
                match *self {
                    $(Activation::$Name => $Name.values_and_derivatives(numbers, results),)*
                    Activation::LeakyRelu(slope) => LeakyRelu(slope).values_and_derivatives(numbers, results),
                }
            }
        }
    };
}
rules! {
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

/// Those without a parameter, and what they are called in files and on command lines.
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

/// `tanh`, `leaky_relu(0.01)`
impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(_, activation)| activation == self) {
            Some((name, _)) => f.write_str(name),
            None => {
                let Activation::LeakyRelu(slope) = self else { unreachable!("it has a name") };
                write!(f, "leaky_relu({slope})")
            }
        }
    }
}

/// As [`Display`](fmt::Display) writes it.
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
