//! [`RocCurve`]: the receiver operating characteristic.

use super::curves::Curves;
use super::picture::{Area, Drawn, Picture, Theme};
use crate::data::roc_auc;
use plotters::prelude::*;
use std::fmt;

/// The receiver operating characteristic: for every threshold of a score, the share of the class that is found, over the share of
/// the others that is taken for it; with the area below. Its `Display` is for terminals.
#[doc(alias = "RocCurveDisplay")]
#[derive(Clone, Debug, PartialEq)]
pub struct RocCurve {
    points: Vec<(f64, f64)>,
    area: Option<f64>,
}

impl RocCurve {
    /// Of scores, and whether each is of the class.
    ///
    /// # Panics
    /// Those of [`roc_auc`].
    #[track_caller]
    pub fn new(scores: &[f64], truth: &[bool]) -> RocCurve {
        let area = roc_auc(scores, truth);
        let mut sorted: Vec<(f64, bool)> = scores.iter().copied().zip(truth.iter().copied()).collect();
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
        let positives = truth.iter().filter(|truth| **truth).count();
        let others = truth.len() - positives;
        let (mut found, mut wrong, mut points) = (0, 0, vec![(0.0, 0.0)]);
        for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
            found += tied.iter().filter(|(_, truth)| *truth).count();
            wrong += tied.iter().filter(|(_, truth)| !truth).count();
            points.push((wrong as f64 / others.max(1) as f64, found as f64 / positives.max(1) as f64));
        }
        RocCurve { points, area }
    }

    fn with_curves<R>(&self, f: impl FnOnce(Curves<'_>) -> R) -> R {
        f(Curves {
            title: &self.area.map_or("ROC".into(), |area| format!("ROC, area {area:.3}")),
            names: ["share of the others taken for it", "share of the class found"],
            ranges: [(0.0, 1.0); 2],
            curves: vec![("found", self.points.clone()), ("by chance", vec![(0.0, 0.0), (1.0, 1.0)])],
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
