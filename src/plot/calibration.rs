//! [`CalibrationCurve`]: predicted probabilities and the fractions that came true.

use super::curves::Curves;
use super::picture::{Area, Drawn, Picture, Theme};
use plotters::prelude::*;
use std::fmt;

/// A reliability diagram: the fraction of events that came true over their mean predicted probability, in ten bins of
/// probabilities.
///
/// A bin of fewer than five predictions is left out. `Display` writes the picture as text for terminals.
///
/// # References
/// [Niculescu-Mizil and Caruana 2005](https://doi.org/10.1145/1102351.1102430).
#[doc(alias("CalibrationDisplay", "reliability diagram", "calibration_curve"))]
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationCurve {
    points: Vec<(f64, f64)>,
}

const BINS: usize = 10;
/// The minimum number of predictions in a bin; the fraction of fewer says little.
const MIN_PREDICTIONS: usize = 5;

impl CalibrationCurve {
    /// Creates a picture of predicted probabilities; `truth` is true for events that came true.
    ///
    /// # Panics
    /// If the lengths of `probabilities` and `truth` differ.
    #[track_caller]
    pub fn new(probabilities: &[f64], truth: &[bool]) -> CalibrationCurve {
        let (got, expected) = (truth.len(), probabilities.len());
        assert!(got == expected, "`truth` must have as many elements as `probabilities`, {expected}, got {got}");
        let mut bins = [(0, 0.0, 0); BINS]; // the number of predictions, their sum, and the number of true ones
        for (&probability, &truth) in probabilities.iter().zip(truth) {
            let (count, sum, hits) = &mut bins[((probability * BINS as f64) as usize).min(BINS - 1)];
            *count += 1;
            *sum += probability;
            *hits += usize::from(truth);
        }
        let filled = bins.into_iter().filter(|(count, ..)| *count >= MIN_PREDICTIONS);
        let point = |(count, sum, hits): (usize, f64, usize)| (sum / count as f64, hits as f64 / count as f64);
        CalibrationCurve { points: filled.map(point).collect() }
    }

    fn with_curves<R>(&self, f: impl FnOnce(Curves<'_>) -> R) -> R {
        f(Curves {
            title: "Calibration",
            names: ["predicted probability", "fraction true"],
            ranges: [(0.0, 1.0); 2],
            points: self.points.clone(),
            curves: vec![("model", self.points.clone()), ("perfect", vec![(0.0, 0.0), (1.0, 1.0)])],
        })
    }
}

impl fmt::Display for CalibrationCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_curves(|curves| f.write_str(&curves.to_text()))
    }
}

impl Picture for CalibrationCurve {
    fn size(&self) -> (u32, u32) {
        (850, 850)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        self.with_curves(|curves| curves.draw(area, theme))
    }
}
