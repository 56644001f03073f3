//! [`Decision`]: how outputs are read as a class.

use super::Loss;
use crate::kernels::slices::argmax;
use crate::scalar::Scalar;

/// How outputs are read as a class.
#[derive(Clone, Copy)]
pub(crate) enum Decision {
    /// The class of the greatest output.
    Greatest,
    /// Each output means yes above `output`, each target above `target`.
    Above { output: f64, target: f64 },
}

impl Decision {
    /// Returns how a network trained for this loss decides; `None` where it predicts values.
    pub(crate) fn of(loss: Loss, outputs: usize, has_classes: bool) -> Option<Decision> {
        match loss {
            Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. } => Some(Decision::Greatest),
            Loss::BinaryCrossEntropyWithLogits => Some(Decision::Above { output: 0.0, target: 0.5 }),
            Loss::Hinge => Some(Decision::Above { output: 0.0, target: 0.0 }),
            _ if !has_classes => None,
            _ if outputs > 1 => Some(Decision::Greatest),
            _ => Some(Decision::Above { output: 0.5, target: 0.5 }),
        }
    }

    /// Counts the samples, of `columns` outputs each, whose outputs and targets mean the same class.
    pub(crate) fn count_correct<T: Scalar>(self, outputs: &[T], targets: &[T], columns: usize) -> usize {
        let samples = outputs.chunks_exact(columns).zip(targets.chunks_exact(columns));
        samples.filter(|(outputs, targets)| self.is_right(outputs, targets)).count()
    }

    /// Returns true if outputs and targets mean the same.
    fn is_right<T: Scalar>(self, outputs: &[T], targets: &[T]) -> bool {
        match self {
            Decision::Greatest => argmax(outputs) == argmax(targets),
            Decision::Above { output, target } => {
                outputs.iter().zip(targets).all(|(&y, &t)| (y > T::of(output)) == (t > T::of(target)))
            }
        }
    }
}
