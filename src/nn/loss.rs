//! [`Loss`]: the difference between predictions and targets as one number.

use super::Activation;
use crate::error::Error;
use crate::scalar::Scalar;
use crate::scalar::rules::{self, Logistic, values::zero_times};
use std::fmt;
use std::str::FromStr;

/// A loss function: the difference between predictions y and targets t as one number, which training minimizes.
///
/// Predictions and targets are matrices with a sample in each row. The loss is the mean over samples and outputs.
/// [`CrossEntropy`](Self::CrossEntropy) and [`SmoothCrossEntropy`](Self::SmoothCrossEntropy) are sums over outputs and
/// means over samples. All are defined as in PyTorch. Those of logits are finite for logits of any size.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Loss {
    /// `(y − t)²`, with the derivative `2(y − t)`. For regression; the loss of the lecture.
    #[doc(alias = "MSE")]
    MeanSquaredError,
    /// `|y − t|`, with the derivative `±1`, and 0 at 0. For regression with outliers.
    #[doc(alias = "L1")]
    MeanAbsoluteError,
    /// `½(y − t)²` for `|y − t| ≤ delta` and `delta·(|y − t| − ½delta)` otherwise, with the derivatives `y − t` and
    /// `±delta`.
    ///
    /// Smooth as the squared error near 0, and robust against outliers as the absolute error
    /// ([Huber 1964](https://doi.org/10.1214/aoms/1177703732)).
    Huber {
        /// The difference from which the loss is linear.
        delta: f64,
    },
    /// `ln(1 + e^y) − t·y` for a logit y and a target probability t, with the derivative `σ(y) − t`.
    ///
    /// The cross-entropy of the probability `σ(y)`, for binary classification. The last layer must not apply a sigmoid.
    #[doc(alias = "BCEWithLogits")]
    BinaryCrossEntropyWithLogits,
    /// `−Σ tⱼ·ln pⱼ`, where p is the softmax of a row of logits and t a row of probabilities, with the derivative
    /// `pⱼ·Σ tₖ − tⱼ`.
    ///
    /// For classification. A class is a one-hot row: 1 for the class and 0 for the others.
    CrossEntropy,
    /// [`CrossEntropy`](Self::CrossEntropy) with label smoothing: the targets for n classes are
    /// `(1 − smoothing)·t + smoothing/n` ([Szegedy et al. 2016](https://arxiv.org/abs/1512.00567), section 7).
    SmoothCrossEntropy {
        /// The fraction of the probability that is spread evenly over the classes.
        smoothing: f64,
    },
    /// `max(0, 1 − t·y)` for targets t = ±1, with the derivative `−t` if it is positive and 0 otherwise.
    ///
    /// For binary classification with a margin; micrograd's demo uses it.
    Hinge,
}

impl Loss {
    /// Checks that a network whose last layer has this activation can be trained for the loss.
    ///
    /// A combination is refused where it can only be a mistake:
    ///
    /// | loss | last activation | reason |
    /// | --- | --- | --- |
    /// | [`BinaryCrossEntropyWithLogits`](Self::BinaryCrossEntropyWithLogits) | sigmoid, step | the loss applies the sigmoid itself |
    /// | | relu, softplus | only negative logits mean probabilities below ½ |
    /// | [`CrossEntropy`](Self::CrossEntropy), [`SmoothCrossEntropy`](Self::SmoothCrossEntropy) | sigmoid, step | the loss applies the softmax itself |
    /// | [`Hinge`](Self::Hinge) | sigmoid, step, relu, softplus | one of the targets is −1 |
    ///
    /// All other combinations pass: tanh before a hinge loss has the range of the targets, and relu before a
    /// cross-entropy can give any probabilities, since the softmax depends on the differences between logits alone. A
    /// [`Model`](crate::Model) calls this method; a [`Trainer`](crate::Trainer) accepts any network.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Loss};
    ///
    /// let loss = Loss::BinaryCrossEntropyWithLogits;
    /// assert!(loss.check_last_activation(Activation::Identity).is_ok());
    /// let error = loss.check_last_activation(Activation::Sigmoid).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "`last activation` must fit the loss binary_cross_entropy_with_logits, which applies the sigmoid itself, got sigmoid; \
    ///      use Activation::Identity"
    /// );
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for the combinations in the table.
    pub fn check_last_activation(self, activation: Activation) -> Result<(), Error> {
        let is_squashed = matches!(activation, Activation::Sigmoid | Activation::Step);
        let is_never_negative = match activation {
            Activation::Sigmoid | Activation::Step | Activation::Relu | Activation::Softplus => true,
            Activation::LeakyRelu(slope) => slope <= 0.0,
            _ => false,
        };
        let reason = match self {
            Loss::BinaryCrossEntropyWithLogits if is_squashed => "which applies the sigmoid itself",
            Loss::BinaryCrossEntropyWithLogits if is_never_negative => {
                "which needs negative logits for probabilities below 0.5"
            }
            Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. } if is_squashed => "which applies the softmax itself",
            Loss::Hinge if is_never_negative => "with a target of -1",
            _ => return Ok(()),
        };
        let requirement = format!("fit the loss {self}, {reason}");
        Err(Error::invalid_argument("last activation", requirement, activation).with_advice("use Activation::Identity"))
    }
}

impl Loss {
    /// Checks the parameter of the loss and the number of outputs.
    pub(crate) fn check(self, outputs: usize) -> Result<(), Error> {
        match self {
            Loss::Huber { delta } if !(delta > 0.0 && delta.is_finite()) => {
                Err(Error::invalid_argument("delta", "be positive and finite", delta))
            }
            Loss::SmoothCrossEntropy { smoothing } if !(0.0..=1.0).contains(&smoothing) => {
                Err(Error::invalid_argument("smoothing", "be at least 0 and at most 1", smoothing))
            }
            Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. } if outputs == 1 => {
                Err(Error::invalid_argument("outputs", format!("be at least 2 for the loss {self}"), outputs)
                    .with_advice(
                        "with a single class it is always 0; for a single output use BinaryCrossEntropyWithLogits",
                    ))
            }
            _ => Ok(()),
        }
    }

    /// Returns the label smoothing of a cross-entropy of classes; `None` for other losses.
    pub(super) fn smoothing(self) -> Option<f64> {
        match self {
            Loss::CrossEntropy => Some(0.0),
            Loss::SmoothCrossEntropy { smoothing } => Some(smoothing),
            _ => None,
        }
    }

    /// Returns the loss of one prediction and its derivatives with respect to the prediction and to the target.
    ///
    /// # Panics
    /// If the loss is a cross-entropy of classes, which is not a sum over single predictions.
    #[inline(always)]
    fn pair<T: Scalar>(self, y: T, t: T) -> (T, T, T) {
        let c = T::of;
        let of_difference = |(loss, derivative): (T, T)| (loss, derivative, -derivative);
        let d = y - t;
        match self {
            Loss::MeanSquaredError => of_difference((d * d, c(2.0) * d)),
            Loss::MeanAbsoluteError => of_difference(rules::abs(d)),
            Loss::Huber { delta } if d.abs() <= c(delta) => of_difference((c(0.5) * d * d, d)),
            // Without squares, which may overflow for a large difference or delta.
            Loss::Huber { delta } => of_difference((c(delta) * (d.abs() - c(0.5 * delta)), c(delta) * d.signum())),
            Loss::BinaryCrossEntropyWithLogits => {
                // softplus(y) − t·y, in a form without a difference of infinite terms
                let (certain, below) =
                    if y >= T::zero() { (zero_times(T::one() - t, y), -y) } else { (-zero_times(t, y), y) };
                (certain + below.softplus(), Logistic::of(y).here() - t, -y)
            }
            Loss::Hinge => {
                let margin = T::one() - t * y;
                if margin <= T::zero() { (T::zero(), T::zero(), T::zero()) } else { (margin, -t, -y) }
            }
            Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. } => {
                unreachable!("it is not a sum over single predictions")
            }
        }
    }

    /// Computes the loss of each pair of a prediction and its target, and the derivatives with respect to both.
    ///
    /// # Panics
    /// If the loss is a cross-entropy of classes, which is not a sum over single predictions.
    pub(super) fn pairs<T: Scalar>(self, [y, t]: [&[T]; 2], [dy, dt, losses]: [&mut [T]; 3]) {
        // A loop for each loss without branches and calls, which the compiler vectorizes. For the playground it makes the
        // module larger and hardly faster.
        let is_vectorized = T::one().is_plain() && !cfg!(target_family = "wasm");
        macro_rules! each {
            ($loss:expr) => {
                T::vectorize(|| {
                    for ((((&y, &t), dy), dt), loss) in y.iter().zip(t).zip(dy).zip(dt).zip(losses) {
                        (*loss, *dy, *dt) = $loss.pair(y, t);
                    }
                })
            };
        }
        match self {
            Loss::MeanSquaredError if is_vectorized => each!(Loss::MeanSquaredError),
            Loss::Hinge if is_vectorized => each!(Loss::Hinge),
            _ => each!(self),
        }
    }
}

/// Writes the name: `mean_squared_error`, `huber(0.5)`.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::MeanSquaredError => f.write_str("mean_squared_error"),
            Loss::MeanAbsoluteError => f.write_str("mean_absolute_error"),
            Loss::Huber { delta } => write!(f, "huber({delta})"),
            Loss::BinaryCrossEntropyWithLogits => f.write_str("binary_cross_entropy_with_logits"),
            Loss::CrossEntropy => f.write_str("cross_entropy"),
            Loss::SmoothCrossEntropy { smoothing } => write!(f, "smooth_cross_entropy({smoothing})"),
            Loss::Hinge => f.write_str("hinge"),
        }
    }
}

/// Parses a name as [`Display`](fmt::Display) writes it.
impl FromStr for Loss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Loss, Error> {
        let argument = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?.parse::<f64>().ok();
        let with_argument = || {
            let huber = argument("huber").map(|delta| Loss::Huber { delta });
            huber.or_else(|| argument("smooth_cross_entropy").map(|smoothing| Loss::SmoothCrossEntropy { smoothing }))
        };
        let without_argument = [
            Loss::MeanSquaredError,
            Loss::MeanAbsoluteError,
            Loss::BinaryCrossEntropyWithLogits,
            Loss::CrossEntropy,
            Loss::Hinge,
        ];
        let found = without_argument.into_iter().find(|loss| loss.to_string() == text).or_else(with_argument);
        let found = found.map(|loss| loss.check(usize::MAX).map(|()| loss));
        found.unwrap_or_else(|| {
            let names = without_argument.map(|loss| loss.to_string()).into_iter();
            Err(Error::unknown("loss", text, names.chain(["huber(1)", "smooth_cross_entropy(0.1)"].map(String::from))))
        })
    }
}
