//! [`Loss`]: how far predictions are from the targets.

use super::{Activation, WeightedLoss};
use crate::error::Error;
use crate::matrix::Matrix;
use crate::scalar::Scalar;
use crate::scalar::rules::{self, Logistic, values::zero_times};
use std::fmt;
use std::str::FromStr;

/// How far predictions are from the truth: one number, which training makes small.
///
/// Predictions and targets are rows, one for a sample, and the loss is a mean over samples and outputs, but for the
/// cross-entropies of classes, which are sums over the outputs and means over samples. All are defined as in PyTorch, and
/// those of logits are finite whatever their size.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Loss {
    /// `(y − t)²`, with the derivative `2(y − t)`. For regression, and the lecture.
    #[doc(alias = "MSE")]
    MeanSquaredError,
    /// `|y − t|`, with the derivative `±1`, 0 at 0. For regression that outliers should not pull at.
    #[doc(alias = "L1")]
    MeanAbsoluteError,
    /// `½(y − t)²` within `|y − t| ≤ delta`, `delta·(|y − t| − ½delta)` beyond, with the derivatives `y − t` and `±delta`.
    /// Between the two before ([Huber 1964](https://doi.org/10.1214/aoms/1177703732)).
    Huber {
        /// From where on it is linear.
        delta: f64,
    },
    /// `ln(1 + e^y) − t·y` of a logit y and the probability t of "yes", with the derivative `σ(y) − t`: the cross-entropy of
    /// `σ(y)`. For yes or no, with a last layer without a sigmoid.
    #[doc(alias = "BCEWithLogits")]
    BinaryCrossEntropyWithLogits,
    /// `−Σ tⱼ·ln pⱼ` with p the softmax of the row of logits, t a row of probabilities, 1 and zeros for one class; with the
    /// derivative `pⱼ·Σ tₖ − tⱼ`. For one of several classes.
    CrossEntropy,
    /// As [`CrossEntropy`](Self::CrossEntropy), with `(1 − smoothing)·t + smoothing/n` in place of t, for n classes
    /// ([Szegedy et al. 2016](https://arxiv.org/abs/1512.00567), section 7).
    SmoothCrossEntropy {
        /// What part of the probability is spread evenly.
        smoothing: f64,
    },
    /// `max(0, 1 − t·y)` with t = ±1, with the derivative `−t` where it is not 0. For yes or no, with a margin; the
    /// playground of micrograd has it.
    Hinge,
}

impl Loss {
    /// The loss of the predictions for one sample.
    ///
    /// ```
    /// use backprop::Loss;
    ///
    /// let loss = Loss::MeanSquaredError.evaluate(&[0.0; 4], &[1.0, 0.0, 0.0, 1.0])?;
    /// assert_eq!(loss, 0.5);
    /// let loss = Loss::CrossEntropy.evaluate(&[1e4, -1e4], &[0.0, 1.0])?;
    /// assert_eq!(loss, 2e4); // and not infinite
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// For many samples there is [`evaluate_batch`](Self::evaluate_batch).
    ///
    /// # Errors
    /// [`Error::Empty`] without predictions, [`Error::Shape`] if there are more or fewer targets.
    #[track_caller]
    pub fn evaluate<S: Scalar>(self, predictions: &[S], targets: &[S]) -> Result<S, Error> {
        if self != Loss::MeanSquaredError || predictions.is_empty() {
            let [predictions, targets] = [predictions, targets].map(Matrix::from);
            return self.evaluate_batch(&predictions, &targets);
        }
        // As single operations, which is faster for one prediction or two
        Error::check_count_in("Loss::evaluate", "targets", predictions.len(), targets.len())?;
        let squares = targets.iter().zip(predictions).map(|(&target, &y)| (target - y).powi(2));
        let sum = squares.reduce(|a, b| a + b).expect("there are predictions");
        Ok(if predictions.len() == 1 { sum } else { sum / S::of(predictions.len() as f64) })
    }

    /// The loss of the predictions for many samples, one in each row.
    ///
    /// ```
    /// use backprop::{Loss, Matrix};
    ///
    /// let (predictions, targets) = (Matrix::from([[1.0], [3.0]]), Matrix::from([[0.0], [0.0]]));
    /// assert_eq!(Loss::MeanSquaredError.evaluate_batch(&predictions, &targets)?, (1.0 + 9.0) / 2.0);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] without predictions, [`Error::Shape`] if there are more or fewer targets.
    #[track_caller]
    pub fn evaluate_batch<S: Scalar>(self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        WeightedLoss::from(self).evaluate_batch(predictions, targets)
    }

    /// Each sample's loss times its weight.
    ///
    /// ```
    /// use backprop::{Loss, Matrix};
    ///
    /// let (predictions, targets) = (Matrix::from([[1.0], [3.0]]), Matrix::from([[0.0], [0.0]]));
    /// let loss = Loss::MeanSquaredError.with_sample_weights(&[10.0, 1.0]);
    /// assert_eq!(loss.evaluate_batch(&predictions, &targets)?, (10.0 * 1.0 + 1.0 * 9.0) / 2.0);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    pub fn with_sample_weights(self, weights: &[f64]) -> WeightedLoss<'_> {
        WeightedLoss::from(self).with_sample_weights(weights)
    }

    /// Each output's loss times its weight; of a cross-entropy, each class's term.
    pub fn with_class_weights(self, weights: &[f64]) -> WeightedLoss<'_> {
        WeightedLoss::from(self).with_class_weights(weights)
    }

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
    /// All other combinations pass: tanh before a hinge loss has the range of the targets, and relu before a cross-entropy can give any
    /// probabilities, since the softmax depends on the differences between logits alone. A [`Model`](crate::Model) calls this
    /// method; a [`Trainer`](crate::Trainer) accepts any network.
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
            Loss::Hinge if is_never_negative => "one of whose targets is -1",
            _ => return Ok(()),
        };
        let requirement = format!("fit the loss {self}, {reason}");
        Err(Error::invalid_argument("last activation", requirement, activation).with_advice("use Activation::Identity"))
    }
}

impl Loss {
    /// Checks its parameter and the number of outputs.
    pub(super) fn check(self, outputs: usize) -> Result<(), Error> {
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
                        "of a single class it is always 0; a single output takes BinaryCrossEntropyWithLogits",
                    ))
            }
            _ => Ok(()),
        }
    }

    /// Returns how much a cross-entropy of classes smooths its targets.
    pub(super) fn smoothing(self) -> Option<f64> {
        match self {
            Loss::CrossEntropy => Some(0.0),
            Loss::SmoothCrossEntropy { smoothing } => Some(smoothing),
            _ => None,
        }
    }

    /// Returns the loss of one prediction, where it is a sum over predictions, and its derivatives with respect to prediction
    /// and target.
    pub(super) fn pair<T: Scalar>(self, y: T, t: T) -> (T, T, T) {
        let c = T::of;
        let of_difference = |(loss, slope): (T, T)| (loss, slope, -slope);
        let d = y - t;
        match self {
            Loss::MeanSquaredError => of_difference((d * d, c(2.0) * d)),
            Loss::MeanAbsoluteError => of_difference(rules::abs(d)),
            Loss::Huber { delta } if d.abs() <= c(delta) => of_difference((c(0.5) * d * d, d)),
            // No square: that of a large difference, or of delta, may not be finite.
            Loss::Huber { delta } => of_difference((c(delta) * (d.abs() - c(0.5 * delta)), c(delta) * d.signum())),
            Loss::BinaryCrossEntropyWithLogits => {
                // softplus y − t·y with nothing infinite taken from it, by one branch
                let (certain, below) =
                    if y >= T::zero() { (zero_times(T::one() - t, y), -y) } else { (-zero_times(t, y), y) };
                (certain + below.softplus(), Logistic::of(y).here() - t, -y)
            }
            Loss::Hinge => {
                let margin = T::one() - t * y;
                if margin <= T::zero() { (T::zero(), T::zero(), T::zero()) } else { (margin, -t, -y) }
            }
            Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. } => {
                unreachable!("it is no sum over single predictions")
            }
        }
    }
}

/// `mean_squared_error`, `huber(0.5)`
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

/// As [`Display`](fmt::Display) writes it.
impl FromStr for Loss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Loss, Error> {
        let number = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?.parse::<f64>().ok();
        let with_number = || {
            let huber = number("huber").map(|delta| Loss::Huber { delta });
            huber.or_else(|| number("smooth_cross_entropy").map(|smoothing| Loss::SmoothCrossEntropy { smoothing }))
        };
        let plain = [
            Loss::MeanSquaredError,
            Loss::MeanAbsoluteError,
            Loss::BinaryCrossEntropyWithLogits,
            Loss::CrossEntropy,
            Loss::Hinge,
        ];
        let found = plain.into_iter().find(|loss| loss.to_string() == text).or_else(with_number);
        let found = found.map(|loss| loss.check(usize::MAX).map(|()| loss));
        found.unwrap_or_else(|| {
            let names = plain.map(|loss| loss.to_string()).into_iter();
            Err(Error::unknown("loss", text, names.chain(["huber(1)", "smooth_cross_entropy(0.1)"].map(String::from))))
        })
    }
}
