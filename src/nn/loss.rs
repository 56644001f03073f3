//! [`Loss`]: how far predictions are from the truth.

use crate::{Error, Scalar};

/// How far predictions are from the truth: one number, which training makes small.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Loss {
    /// `1/n·Σ(target − prediction)²`, with the derivative `−2/n·(target − prediction)` by a prediction.
    #[doc(alias = "MSE")]
    MeanSquaredError,
}

impl Loss {
    /// The loss of these predictions, as a mean over them.
    ///
    /// ```
    /// use backprop::Loss;
    ///
    /// let loss = Loss::MeanSquaredError.evaluate(&[0.0; 4], &[1.0, 0.0, 0.0, 1.0])?;
    /// assert_eq!(loss, 0.5);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] without predictions, [`Error::Count`] when there are not as many targets.
    #[track_caller]
    pub fn evaluate<S: Scalar>(&self, predictions: &[S], targets: &[S]) -> Result<S, Error> {
        if predictions.is_empty() {
            return Err(Error::Empty { of: "prediction", place: "Loss::evaluate" });
        }
        Error::count("targets", predictions.len(), targets.len(), || "Loss::evaluate".into())?;
        match self {
            Loss::MeanSquaredError => {
                let squares = targets.iter().zip(predictions).map(|(&target, &y)| (target - y).powi(2));
                let sum = squares.reduce(|a, b| a + b).expect("there are predictions");
                Ok(if predictions.len() == 1 { sum } else { sum / S::of(predictions.len() as f64) })
            }
        }
    }
}
