//! [`RulePicture`]: a function of one variable and its derivative.

use super::curves::Curves;
use super::picture::{Area, Drawn, Picture, Theme};
use super::range::{checked, range_of, widened};
use crate::scalar::UnaryFunction;
use plotters::prelude::*;
use std::fmt;

/// A picture of a function of one variable, such as an activation, and its derivative.
///
/// `Display` writes the picture as text for terminals.
///
/// ```
/// use backprop::Activation;
/// use backprop::plot::{Picture, RulePicture, Theme};
///
/// let picture = RulePicture::new(Activation::Sigmoid, (-6.0, 6.0));
/// assert!(picture.to_svg(Theme::Light).contains("sigmoid"));
/// println!("{picture}");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RulePicture {
    name: String,
    range: (f64, f64),
    /// x, f(x) and f′(x).
    points: Vec<[f64; 3]>,
}

const POINTS: usize = 400;

impl RulePicture {
    /// Creates a picture of a function over a range of x.
    ///
    /// # Panics
    /// If the range is not from a finite number to a larger one.
    #[track_caller]
    pub fn new(rule: impl UnaryFunction, range: (f64, f64)) -> RulePicture {
        let (from, to) = checked(range);
        let points = (0..=POINTS).map(|i| {
            let x = from + (to - from) * i as f64 / POINTS as f64;
            let (f, derivative) = rule.value_and_derivative(x);
            [x, f, derivative]
        });
        RulePicture { name: rule.name(), range, points: points.collect() }
    }

    fn with_curves<R>(&self, f: impl FnOnce(Curves<'_>) -> R) -> R {
        let values = self.points.iter().flat_map(|[_, f, d]| [*f, *d]);
        let curve = |index: usize| self.points.iter().map(|point| (point[0], point[index])).collect();
        let derivative = format!("{}′", self.name);
        f(Curves {
            title: &format!("{} and its derivative", self.name),
            names: ["x", "y"],
            ranges: [self.range, widened(range_of(values.chain([0.0])), 0.05)],
            points: Vec::new(),
            curves: vec![(&self.name, curve(1)), (&derivative, curve(2))],
        })
    }
}

impl fmt::Display for RulePicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_curves(|curves| f.write_str(&curves.to_text()))
    }
}

impl Picture for RulePicture {
    fn size(&self) -> (u32, u32) {
        (1000, 600)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        self.with_curves(|curves| curves.draw(area, theme))
    }
}
