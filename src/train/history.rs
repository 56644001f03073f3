//! [`History`]: what happened in a training.

use std::fmt;

/// How well a net did on some samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The loss, without penalties on parameters.
    pub loss: f64,
    /// The share of samples whose class was found, where samples have classes.
    pub accuracy: Option<f64>,
}

/// What happened in an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// Which it was, counted from 1 in each fit.
    pub number: usize,
    /// On the samples trained on, each judged by the net as it was before it learnt from it; with early stopping and nothing
    /// held out, by the net at the end of the epoch.
    pub train: Score,
    /// On the samples held out for validation, at the end of the epoch.
    pub validation: Option<Score>,
    /// The learning rate.
    pub learning_rate: f64,
    /// The seconds since training began; 0 in WebAssembly, which has no clock.
    pub seconds: f64,
}

impl Epoch {
    /// The loss to go by: of validation, where there is one.
    pub fn loss(&self) -> f64 {
        self.validation.unwrap_or(self.train).loss
    }
}

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// All epochs were done.
    Finished,
    /// The loss had not become less for as many epochs as there was patience; the best parameters were restored.
    Patience,
    /// A callback said so.
    Callback,
}

/// What happened in a training, epoch by epoch. Its `Display` is a line.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct History {
    /// The epochs in order.
    pub epochs: Vec<Epoch>,
    /// Why it ended.
    pub stop: StopReason,
    /// The number of the epoch whose parameters the net has: the last, or with early stopping the best.
    pub kept: usize,
    /// Relu units that answer 0 to all samples trained on, and so can learn no more: `neuron 3 in layer 1`.
    pub dead_units: Vec<String>,
}

impl History {
    /// The epoch with the least loss: of validation, where there is one. The first of several.
    pub fn best(&self) -> Option<&Epoch> {
        self.epochs.iter().reduce(|best, epoch| if epoch.loss() < best.loss() { epoch } else { best })
    }

    /// The last epoch.
    pub fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// The losses of training, epoch by epoch.
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
            StopReason::Callback => write!(f, "stopped by the caller at {last}")?,
        }
        if self.kept != last.number {
            write!(f, "; kept {}", self.epochs[self.kept - 1])?;
        }
        write!(f, " ({:.2} s)", last.seconds)?;
        match &self.dead_units[..] {
            [] => Ok(()),
            [unit] => write!(f, "; a relu unit is dead: {unit}"),
            units if units.len() <= 3 => write!(f, "; {} relu units are dead: {}", units.len(), units.join(", ")),
            units => write!(f, "; {} relu units are dead, {} and others", units.len(), units[0]),
        }
    }
}
