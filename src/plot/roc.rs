//! [`RocCurve`]: the receiver operating characteristic.

use super::curves::Curves;
use super::picture::{Area, Drawn, Picture, Theme};
use crate::data::roc_auc;
use plotters::prelude::*;
use std::fmt;

/// A picture of the receiver operating characteristic (ROC): the true positive rate over the false positive rate, for
/// every threshold of a score, with the area under the curve (AUC).
///
/// `Display` writes the picture as text for terminals.
#[doc(alias = "RocCurveDisplay")]
#[derive(Clone, Debug, PartialEq)]
pub struct RocCurve {
    points: Vec<(f64, f64)>,
    area: Option<f64>,
}

impl RocCurve {
    /// Creates a picture of the scores of samples; `truth` is true for those of the positive class.
    ///
    /// # Panics
    /// The panics of [`roc_auc`].
    #[track_caller]
    pub fn new(scores: &[f64], truth: &[bool]) -> RocCurve {
        let area = roc_auc(scores, truth);
        let mut sorted: Vec<(f64, bool)> = scores.iter().copied().zip(truth.iter().copied()).collect();
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
        let positives = truth.iter().filter(|truth| **truth).count();
        let negatives = truth.len() - positives;
        let (mut true_positives, mut false_positives, mut points) = (0, 0, vec![(0.0, 0.0)]);
        for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
            true_positives += tied.iter().filter(|(_, truth)| *truth).count();
            false_positives += tied.iter().filter(|(_, truth)| !truth).count();
            points.push((
                false_positives as f64 / negatives.max(1) as f64,
                true_positives as f64 / positives.max(1) as f64,
            ));
        }
        RocCurve { points, area }
    }

    fn with_curves<R>(&self, f: impl FnOnce(Curves<'_>) -> R) -> R {
        f(Curves {
            title: &self.area.map_or("ROC curve".into(), |area| format!("ROC curve, AUC {area:.3}")),
            names: ["false positive rate", "true positive rate"],
            ranges: [(0.0, 1.0); 2],
            points: Vec::new(),
            curves: vec![("model", self.points.clone()), ("chance", vec![(0.0, 0.0), (1.0, 1.0)])],
        })
    }
}

impl fmt::Display for RocCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_curves(|curves| f.write_str(&curves.to_text()))
    }
}

impl Picture for RocCurve {
    fn size(&self) -> (u32, u32) {
        (850, 850)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        self.with_curves(|curves| curves.draw(area, theme))
    }
}
