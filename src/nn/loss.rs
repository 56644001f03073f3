//! [`Loss`]: how far predictions are from the truth, and [`WeightedLoss`], a loss with weights.

use crate::error::Error;
use crate::kernels::sums::{FEW, in_pairs};
use crate::matrix::Rows;
use crate::matrix::ops::{Backward, Operation, SoftmaxRows};
use crate::scalar::Scalar;
use crate::scalar::rules::{
    self,
    values::{Logistic, zero_times},
};
use ndarray::ArrayView2;
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
            let [predictions, targets] = [predictions, targets].map(|numbers| S::Rows::of_row(numbers.to_vec()));
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
    /// use backprop::Loss;
    /// use backprop::ndarray::array;
    ///
    /// let (predictions, targets) = (array![[1.0], [3.0]], array![[0.0], [0.0]]);
    /// assert_eq!(Loss::MeanSquaredError.evaluate_batch(&predictions, &targets)?, (1.0 + 9.0) / 2.0);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] without predictions, [`Error::Shape`] if there are more or fewer targets.
    #[track_caller]
    pub fn evaluate_batch<S: Scalar, R: Rows<S>>(self, predictions: &R, targets: &R) -> Result<S, Error> {
        WeightedLoss::from(self).evaluate_batch(predictions, targets)
    }

    /// Each sample's loss times its weight.
    ///
    /// ```
    /// use backprop::Loss;
    /// use backprop::ndarray::array;
    ///
    /// let (predictions, targets) = (array![[1.0], [3.0]], array![[0.0], [0.0]]);
    /// let loss = Loss::MeanSquaredError.with_sample_weights(&[10.0, 1.0]);
    /// assert_eq!(loss.evaluate_batch(&predictions, &targets)?, (10.0 * 1.0 + 1.0 * 9.0) / 2.0);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    pub fn with_sample_weights(self, weights: &[f64]) -> WeightedLoss<'_> {
        WeightedLoss { samples: Some(weights), ..self.into() }
    }

    /// Each output's loss times its weight; of a cross-entropy, each class's term.
    pub fn with_class_weights(self, weights: &[f64]) -> WeightedLoss<'_> {
        WeightedLoss { classes: Some(weights), ..self.into() }
    }
}

/// A [`Loss`] with weights for samples, for outputs or classes, or both.
///
/// Weights multiply; the sum is divided by the number of samples, and of outputs, as without them. That is what PyTorch does
/// for targets that are probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedLoss<'w> {
    loss: Loss,
    samples: Option<&'w [f64]>,
    classes: Option<&'w [f64]>,
    /// How many samples there are in the batch, if this is for a part of it.
    batch: Option<usize>,
}

impl From<Loss> for WeightedLoss<'_> {
    fn from(loss: Loss) -> Self {
        WeightedLoss { loss, samples: None, classes: None, batch: None }
    }
}

impl<'w> WeightedLoss<'w> {
    /// Sets the weights of samples, which may be negative: in policy gradients the weight of an action is its advantage,
    /// and a bad one is made less likely. The loss may be negative then, and may have no minimum.
    pub fn with_sample_weights(self, weights: &'w [f64]) -> Self {
        WeightedLoss { samples: Some(weights), ..self }
    }

    /// Sets the weights of outputs or classes, which must be non-negative: a class does not become better the less it is
    /// found.
    pub fn with_class_weights(self, weights: &'w [f64]) -> Self {
        WeightedLoss { classes: Some(weights), ..self }
    }

    /// The loss of the predictions for many samples, one in each row.
    ///
    /// # Errors
    /// [`Error::Empty`] without predictions, [`Error::Shape`] if there are more or fewer targets, or weights.
    #[track_caller]
    pub fn evaluate_batch<S: Scalar, R: Rows<S>>(self, predictions: &R, targets: &R) -> Result<S, Error> {
        self.check(predictions.dimensions(), targets.dimensions())?;
        Ok(R::compute([predictions, targets], Distance(self)).at(0, 0))
    }

    /// For a part of the samples of a batch: the losses of all parts together are that of the batch.
    #[cfg(feature = "rayon")]
    pub(super) fn part(self, range: std::ops::Range<usize>, batch: usize) -> Self {
        WeightedLoss { samples: self.samples.map(|weights| &weights[range]), batch: Some(batch), ..self }
    }

    /// Checks that there are as many targets and weights as samples, and that the weights are finite.
    pub(super) fn check_samples(&self, samples: usize, targets: usize) -> Result<(), Error> {
        let count = |what, got| Error::check_count_in("Loss::evaluate", what, samples, got);
        count("samples of targets", targets)?;
        let Some(weights) = self.samples else { return Ok(()) };
        count("sample weights", weights.len())?;
        match weights.iter().position(|weight| !weight.is_finite()) {
            None => Ok(()),
            Some(sample) => {
                Err(Error::invalid_argument(format!("sample_weights[{sample}]"), "be finite", weights[sample]))
            }
        }
    }

    /// Whether predictions, targets and weights fit.
    fn check(&self, [samples, outputs]: [usize; 2], targets: [usize; 2]) -> Result<(), Error> {
        self.loss.check(outputs)?;
        if samples * outputs == 0 {
            return Err(Error::Empty { what: "prediction", place: "Loss::evaluate" });
        }
        self.check_samples(samples, targets[0])?;
        let count = |what, got| Error::check_count_in("Loss::evaluate", what, outputs, got);
        count("targets", targets[1])?;
        self.classes.map_or(Ok(()), |weights| count("class weights", weights.len()))?;
        let mut classes = self.classes.into_iter().flatten().enumerate();
        match classes.find(|(_, weight)| !(weight.is_finite() && **weight >= 0.0)) {
            None => Ok(()),
            Some((class, weight)) => {
                Err(Error::invalid_argument(format!("class_weights[{class}]"), "be finite and non-negative", weight))
            }
        }
    }
}

/// The mean loss of predictions, and of targets.
struct Distance<'w>(WeightedLoss<'w>);

impl Operation<2> for Distance<'_> {
    fn shape(&self, _: [[usize; 2]; 2]) -> [usize; 2] {
        [1, 1]
    }

    /// The derivatives by the predictions, then by the targets; behind them the cross-entropies work.
    fn saved(&self, [shape, _]: [[usize; 2]; 2]) -> usize {
        let numbers = shape.iter().product::<usize>();
        2 * numbers + if self.0.loss.smoothing().is_some() { numbers + SoftmaxRows::space(shape) } else { 0 }
    }

    fn forward<T: Scalar>(&self, [y, t]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let (loss, numbers, outputs) = (self.0.loss, y.len(), y.ncols());
        let (by_y, rest) = saved.split_at_mut(numbers);
        let (by_t, work) = rest.split_at_mut(numbers);
        let (softmax, space) = work.split_at_mut(if work.is_empty() { 0 } else { numbers });
        let classes = loss.smoothing().map(|smoothing| (T::of(smoothing), SoftmaxRows::compute(y, softmax, space)));
        let samples = self.0.batch.unwrap_or(y.nrows());
        let count = if classes.is_some() { samples } else { samples * outputs } as f64;
        let factor = T::of(1.0 / count);
        let class_weight = |j: usize| self.0.classes.map_or(T::one(), |weights| T::of(weights[j]));
        // Where the count is too large for the type, the loss of each block is divided before they are added.
        let before = if T::of(count).is_finite() { 1.0 } else { FEW as f64 };
        let sum = in_pairs(0..y.nrows(), FEW, &mut |block| {
            let mut sum = T::zero();
            for i in block {
                let (y, t) = (y.row(i), t.row(i));
                let [by_y, by_t] =
                    [&mut *by_y, &mut *by_t].map(|derivatives| &mut derivatives[i * outputs..][..outputs]);
                let weight = self.0.samples.map_or(T::one(), |weights| T::of(weights[i]));
                let share = weight * factor;
                let of_sample = if let Some((smoothing, rows)) = &classes {
                    // −Σ cⱼ·t′ⱼ·ln pⱼ; by yⱼ it is pⱼ·Σ cₖ·t′ₖ − cⱼ·t′ⱼ
                    let kept = T::one() - *smoothing;
                    let mut total = T::zero();
                    let of_sample = in_pairs(0..outputs, FEW, &mut |block| {
                        let mut sum = T::zero();
                        for j in block {
                            let c = class_weight(j);
                            let target = c * (kept * t[j] + *smoothing / T::of(outputs as f64));
                            let information = -rows.log_softmax(i, y[j]);
                            sum += zero_times(target, information);
                            total += target;
                            by_y[j] = -target * share;
                            by_t[j] = (kept * c * share).strong_mul(information);
                        }
                        sum
                    });
                    for (by_y, &p) in by_y.iter_mut().zip(&softmax[i * outputs..]) {
                        *by_y += total * p * share;
                    }
                    of_sample
                } else {
                    in_pairs(0..outputs, FEW, &mut |block| {
                        let mut sum = T::zero();
                        for j in block {
                            let (loss, slope_y, slope_t) = loss.pair(y[j], t[j]);
                            let c = class_weight(j);
                            sum += zero_times(c, loss);
                            let share = c * share;
                            (by_y[j], by_t[j]) = (share.strong_mul(slope_y), share.strong_mul(slope_t));
                        }
                        sum
                    })
                };
                sum += zero_times(weight, of_sample);
            }
            if before > 1.0 { sum / T::of(before) } else { sum }
        });
        result[0] = sum / T::of(count / before);
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 2>) {
        let (upstream, along, saved) = (way.upstream[0], way.along, way.saved());
        let numbers = way.operand(0).len();
        for (index, derivatives) in saved[..2 * numbers].chunks_exact(numbers).enumerate() {
            let Some(adjoint) = way.adjoint_numbers(index) else { continue };
            for (adjoint, &derivative) in adjoint.iter_mut().zip(derivatives) {
                *adjoint += along.product(upstream, derivative);
            }
        }
    }
}

impl Loss {
    /// Whether its parameter makes sense, and the number of outputs.
    fn check(self, outputs: usize) -> Result<(), Error> {
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

    /// Of a cross-entropy of classes, how much the targets are smoothed.
    fn smoothing(self) -> Option<f64> {
        match self {
            Loss::CrossEntropy => Some(0.0),
            Loss::SmoothCrossEntropy { smoothing } => Some(smoothing),
            _ => None,
        }
    }

    /// The loss of one prediction where predictions count singly, and its derivatives by prediction and target.
    fn pair<T: Scalar>(self, y: T, t: T) -> (T, T, T) {
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
