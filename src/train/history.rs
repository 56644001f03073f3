//! [`History`]: the scores of each epoch of a training.

use std::fmt;

/// The loss and the accuracy of a network on some samples.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Score {
    /// The mean loss, without regularization.
    pub loss: f64,
    /// The fraction of samples whose class is predicted, if the samples have classes.
    pub accuracy: Option<f64>,
}

/// The scores and the learning rate of one epoch.
#[doc(alias = "logs")]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Epoch {
    /// The number of the epoch, counted from 1 in each fit.
    pub number: usize,
    /// The score on the training samples.
    ///
    /// Each batch is scored with the parameters before its step. With early stopping and without validation samples,
    /// all are scored with the parameters at the end of the epoch.
    pub train: Score,
    /// The score on the validation samples, with the parameters at the end of the epoch.
    pub validation: Option<Score>,
    /// The learning rate of the epoch.
    pub learning_rate: f64,
    /// The seconds since the training began; 0 in WebAssembly, which has no clock.
    pub seconds: f64,
}

impl Epoch {
    /// Returns the validation loss, or the training loss without validation samples.
    ///
    /// Early stopping, [`Plateau`](crate::Plateau) and [`History::best`] compare epochs by it.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Epoch, Score};
    ///
    /// let score = |loss| Score { loss, accuracy: None };
    /// let mut epoch = Epoch { number: 1, train: score(0.5), validation: None, learning_rate: 0.1, seconds: 0.0 };
    /// assert_eq!(epoch.monitored_loss(), 0.5);
    /// epoch.validation = Some(score(0.7));
    /// assert_eq!(epoch.monitored_loss(), 0.7);
    /// ```
    #[doc(alias = "val_loss")]
    pub fn monitored_loss(&self) -> f64 {
        self.validation.unwrap_or(self.train).loss
    }
}

/// The reason why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum StopReason {
    /// All epochs were trained.
    Finished,
    /// The loss did not improve for as many epochs as the patience of early stopping; the best parameters were
    /// restored.
    Patience,
    /// A callback stopped the training.
    Callback,
}

/// The epochs of a training. Its `Display` is one line.
#[doc(alias = "loss_curve_")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct History {
    /// The epochs, in order.
    pub epochs: Vec<Epoch>,
    /// The reason why the training ended.
    pub stop: StopReason,
    /// The number of the epoch whose parameters the network has: the last, or the best with early stopping.
    pub kept: usize,
    /// The dead ReLU units, whose output is 0 for all training samples, so that they cannot learn:
    /// `neuron 3 in layer 1`.
    pub dead_units: Vec<String>,
}

impl History {
    /// Returns the epoch with the lowest [`monitored_loss`](Epoch::monitored_loss), the first of several.
    pub fn best(&self) -> Option<&Epoch> {
        self.epochs
            .iter()
            .reduce(|best, epoch| if epoch.monitored_loss() < best.monitored_loss() { epoch } else { best })
    }

    /// Returns the last epoch.
    pub fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// Returns the training loss of each epoch.
    pub fn losses(&self) -> impl Iterator<Item = f64> + '_ {
        self.epochs.iter().map(|epoch| epoch.train.loss)
    }
}

/// `loss 0.1234, accuracy 0.950`
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loss {:.4}", self.loss)?;
        self.accuracy.map_or(Ok(()), |accuracy| write!(f, ", accuracy {accuracy:.3}"))
    }
}

/// `epoch 10: loss 0.1234, accuracy 0.950; validation: loss 0.2345, accuracy 0.930`
impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}: {}", self.number, self.train)?;
        self.validation.map_or(Ok(()), |score| write!(f, "; validation: {score}"))
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = self.last() else { return write!(f, "no epochs") };
        match self.stop {
            StopReason::Finished => write!(f, "{last}")?,
            StopReason::Patience => write!(f, "stopped early at {last}")?,
            StopReason::Callback => write!(f, "stopped by a callback at {last}")?,
        }
        if self.kept != last.number {
            write!(f, "; kept {}", self.epochs[self.kept - 1])?;
        }
        write!(f, " ({:.2} s)", last.seconds)?;
        match &self.dead_units[..] {
            [] => Ok(()),
            [unit] => write!(f, "; 1 dead ReLU unit: {unit}"),
            units if units.len() <= 3 => write!(f, "; {} dead ReLU units: {}", units.len(), units.join(", ")),
            units => write!(f, "; {} dead ReLU units: {}, …", units.len(), units[0]),
        }
    }
}
