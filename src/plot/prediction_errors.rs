//! [`PredictionErrors`]: predicted and true values.

use super::curves::Curves;
use super::picture::{Area, Drawn, Picture, Theme};
use super::range::{range_of, widened};
use plotters::prelude::*;
use std::fmt;

/// A picture of predicted values: the true values over them, or the residuals, true minus predicted.
///
/// `Display` writes the picture as text for terminals.
#[doc(alias("PredictionErrorDisplay", "residual plot"))]
#[derive(Clone, Debug, PartialEq)]
pub struct PredictionErrors {
    /// Predicted and true values.
    points: Vec<(f64, f64)>,
    are_residuals: bool,
}

/// The maximum number of points; more could not be distinguished and would make an SVG large.
const MAX_POINTS: usize = 1000;

impl PredictionErrors {
    /// Creates a picture of the true values over the predicted ones. Of more than 1,000 samples, it shows every second,
    /// every third and so on.
    ///
    /// # Panics
    /// If the lengths of `predicted` and `truth` differ.
    #[track_caller]
    pub fn new(predicted: &[f64], truth: &[f64]) -> PredictionErrors {
        let (got, expected) = (truth.len(), predicted.len());
        assert!(got == expected, "`truth` must have as many elements as `predicted`, {expected}, got {got}");
        let every = expected.div_ceil(MAX_POINTS).max(1);
        let points = predicted.iter().copied().zip(truth.iter().copied()).step_by(every);
        PredictionErrors { points: points.collect(), are_residuals: false }
    }

    /// Shows the residuals over the predicted values.
    pub fn residuals(self) -> PredictionErrors {
        PredictionErrors { are_residuals: true, ..self }
    }

    fn with_curves<R>(&self, f: impl FnOnce(Curves<'_>) -> R) -> R {
        let range = |values: Vec<f64>| widened(range_of(values), 0.05);
        f(if self.are_residuals {
            let points: Vec<(f64, f64)> =
                self.points.iter().map(|&(predicted, y)| (predicted, y - predicted)).collect();
            let (low, high) = range(self.points.iter().map(|(predicted, _)| *predicted).collect());
            let residuals = range(points.iter().map(|(_, residual)| *residual).chain([0.0]).collect());
            Curves {
                title: "Residuals",
                names: ["predicted", "true − predicted"],
                ranges: [(low, high), residuals],
                points,
                curves: vec![("perfect", vec![(low, 0.0), (high, 0.0)])],
            }
        } else {
            let (low, high) = range(self.points.iter().flat_map(|&(predicted, truth)| [predicted, truth]).collect());
            Curves {
                title: "Predicted and true values",
                names: ["predicted", "true"],
                ranges: [(low, high); 2],
                points: self.points.clone(),
                curves: vec![("perfect", vec![(low, low), (high, high)])],
            }
        })
    }
}

impl fmt::Display for PredictionErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_curves(|curves| f.write_str(&curves.to_text()))
    }
}

impl Picture for PredictionErrors {
    fn size(&self) -> (u32, u32) {
        (850, if self.are_residuals { 600 } else { 850 })
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        self.with_curves(|curves| curves.draw(area, theme))
    }
}
