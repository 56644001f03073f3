//! [`Decision`]: the rule that reads a class from outputs.

use super::Loss;
use crate::kernels::slices::argmax;
use crate::scalar::Scalar;

/// The rule that reads a class from outputs.
#[derive(Clone, Copy)]
pub(crate) enum Decision {
    /// The class of the greatest output.
    Greatest,
    /// An output is positive if it is above `output`, a target if it is above `target`.
    Above { output: f64, target: f64 },
}

impl Decision {
    /// Returns the rule for a network that is trained for this loss, or for a custom one; `None` if it predicts values.
    pub(crate) fn of(loss: Option<Loss>, outputs: usize, has_classes: bool) -> Option<Decision> {
        match loss {
            Some(Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. }) => Some(Decision::Greatest),
            Some(Loss::BinaryCrossEntropyWithLogits) => Some(Decision::Above { output: 0.0, target: 0.5 }),
            Some(Loss::Hinge) => Some(Decision::Above { output: 0.0, target: 0.0 }),
            _ if !has_classes => None,
            _ if outputs > 1 => Some(Decision::Greatest),
            Some(_) => Some(Decision::Above { output: 0.5, target: 0.5 }),
            None => None, // the output of a custom loss may be a logit or a probability
        }
    }

    /// Returns the number of samples whose outputs and targets are of the same class.
    pub(crate) fn count_correct<T: Scalar>(self, outputs: &[T], targets: &[T], samples: usize) -> usize {
        let columns = |values: &[T]| (values.len() / samples.max(1)).max(1);
        let samples = outputs.chunks_exact(columns(outputs)).zip(targets.chunks_exact(columns(targets)));
        samples.filter(|(outputs, targets)| self.is_correct(outputs, targets)).count()
    }

    /// Returns true if the outputs and targets of a sample are of the same class.
    fn is_correct<T: Scalar>(self, outputs: &[T], targets: &[T]) -> bool {
        match self {
            Decision::Greatest => match targets {
                &[class] => T::of(argmax(outputs) as f64) == class, // the index of a class
                _ => argmax(outputs) == argmax(targets),
            },
            Decision::Above { output, target } => {
                outputs.iter().zip(targets).all(|(&y, &t)| (y > T::of(output)) == (t > T::of(target)))
            }
        }
    }
}
