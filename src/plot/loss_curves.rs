//! [`LossCurves`]: the losses of a training by epoch.

use super::curves::Curves;
use super::picture::{Area, Drawn, Picture, Theme};
use super::range::range_of;
use crate::train::History;
use plotters::prelude::*;
use std::fmt;

/// A picture of the training losses by epoch, and of the validation losses if there are any.
///
/// `Display` writes the picture as text for terminals.
#[doc(alias("learning_curve", "LearningCurveDisplay"))]
#[derive(Clone, Debug, PartialEq)]
pub struct LossCurves {
    title: String,
    curves: Vec<(&'static str, Vec<f64>)>,
}

impl LossCurves {
    /// Creates a picture of the losses in a history.
    pub fn new(history: &History) -> LossCurves {
        let validation: Vec<f64> = history.epochs.iter().filter_map(|epoch| Some(epoch.validation?.loss)).collect();
        let mut curves = vec![("training", history.losses().collect())];
        if !validation.is_empty() {
            curves.push(("validation", validation));
        }
        LossCurves { title: "Loss by epoch".into(), curves }
    }

    /// Creates a picture of given losses, one for each epoch.
    pub fn of(losses: impl Into<Vec<f64>>) -> LossCurves {
        LossCurves { title: "Loss by epoch".into(), curves: vec![("training", losses.into())] }
    }

    /// Sets the title.
    pub fn title(self, title: impl ToString) -> LossCurves {
        LossCurves { title: title.to_string(), ..self }
    }

    fn with_curves<R>(&self, f: impl FnOnce(Curves<'_>) -> R) -> R {
        let (low, high) = range_of(self.curves.iter().flat_map(|(_, losses)| losses).copied().chain([0.0]));
        let margin = 0.05 * (high - low);
        let epochs = self.curves.iter().map(|(_, losses)| losses.len()).max().unwrap_or(0).max(1);
        let curves = self.curves.iter().map(|(name, losses)| {
            let every = losses.len().div_ceil(MAX_POINTS).max(1);
            (*name, losses.iter().enumerate().step_by(every).map(|(epoch, &loss)| (epoch as f64, loss)).collect())
        });
        f(Curves {
            title: &self.title,
            names: ["epoch", "loss"],
            ranges: [(0.0, epochs as f64), (if low < 0.0 { low - margin } else { low }, high + margin)],
            curves: curves.collect(),
        })
    }
}

/// The maximum number of points of a curve; more could not be distinguished and would make an SVG large.
const MAX_POINTS: usize = 2000;

impl fmt::Display for LossCurves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_curves(|curves| f.write_str(&curves.to_text()))
    }
}

impl Picture for LossCurves {
    fn size(&self) -> (u32, u32) {
        (1200, 750)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        self.with_curves(|curves| curves.draw(area, theme))
    }
}
