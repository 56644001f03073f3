//! [`LossCurves`]: the losses of a training.

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
    /// "Loss by epoch" without a title.
    title: Option<String>,
    curves: Vec<(&'static str, Vec<f64>)>,
    /// The name of the x axis and the distance of two losses on it.
    x_axis: (String, f64),
}

impl LossCurves {
    /// Creates a picture of the losses in a history.
    pub fn new(history: &History) -> LossCurves {
        let validation: Vec<f64> = history.epochs.iter().filter_map(|epoch| Some(epoch.validation?.loss)).collect();
        let curves = LossCurves::of(history.losses().collect::<Vec<f64>>());
        if validation.is_empty() { curves } else { curves.validation(validation) }
    }

    /// Creates a picture of given training losses, one for each epoch.
    pub fn of(losses: impl Into<Vec<f64>>) -> LossCurves {
        LossCurves { title: None, curves: vec![("training", losses.into())], x_axis: ("epoch".into(), 1.0) }
    }

    /// Adds a curve of validation losses.
    ///
    /// # Examples
    /// ```
    /// use backprop::plot::LossCurves;
    ///
    /// // The losses of steps 0, 500 and 1000
    /// let curves = LossCurves::of([3.3, 2.4, 2.2]).validation([3.3, 2.5, 2.3]).x_axis("step", 500.0);
    /// assert!(curves.to_string().contains("step"));
    /// ```
    pub fn validation(mut self, losses: impl Into<Vec<f64>>) -> LossCurves {
        self.curves.push(("validation", losses.into()));
        self
    }

    /// Sets the name of the x axis and the distance of two losses on it; by default "epoch" and 1.
    ///
    /// # Panics
    /// If `distance` is not positive and finite.
    #[track_caller]
    pub fn x_axis(self, name: impl ToString, distance: f64) -> LossCurves {
        assert!(distance > 0.0 && distance.is_finite(), "`distance` must be positive and finite, got {distance}");
        LossCurves { x_axis: (name.to_string(), distance), ..self }
    }

    /// Sets the title.
    pub fn title(self, title: impl ToString) -> LossCurves {
        LossCurves { title: Some(title.to_string()), ..self }
    }

    fn with_curves<R>(&self, f: impl FnOnce(Curves<'_>) -> R) -> R {
        let (low, high) = range_of(self.curves.iter().flat_map(|(_, losses)| losses).copied().chain([0.0]));
        let margin = 0.05 * (high - low);
        let (name, distance) = (&self.x_axis.0, self.x_axis.1);
        let losses = self.curves.iter().map(|(_, losses)| losses.len()).max().unwrap_or(0).max(1);
        let curves = self.curves.iter().map(|(label, losses)| {
            let every = losses.len().div_ceil(MAX_POINTS).max(1);
            let points = losses.iter().enumerate().step_by(every).map(|(i, &loss)| (i as f64 * distance, loss));
            (*label, points.collect())
        });
        f(Curves {
            title: self.title.as_ref().unwrap_or(&format!("Loss by {name}")),
            names: [name, "loss"],
            ranges: [(0.0, losses as f64 * distance), (if low < 0.0 { low - margin } else { low }, high + margin)],
            points: Vec::new(),
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
