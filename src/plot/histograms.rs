//! [`Histograms`]: histograms of parameters or gradients, by tensor.

use super::picture::{Area, Drawn, Picture, Theme};
use super::range::{label, range_of};
use crate::nn::Parameters;
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::written;
use plotters::prelude::*;
use std::fmt;

/// A picture with a histogram for each tensor of a network, of its parameters or of their gradients.
///
/// `Display` writes the picture as text for terminals.
#[doc(alias = "hist")]
#[derive(Clone, Debug, PartialEq)]
pub struct Histograms {
    title: String,
    tensors: Vec<(String, Vec<f64>)>,
}

pub(super) const BINS: usize = 30;

/// Returns the end of the bins of these values, which extend equally far to both sides of 0.
pub(super) fn largest<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    let (low, high) = range_of(values.into_iter().copied().chain([0.0]));
    high.max(-low) * 1.02
}

/// Returns the number of finite values in each bin.
pub(super) fn bins(values: &[f64], largest: f64) -> Vec<usize> {
    let mut counts = vec![0; BINS];
    for x in values.iter().filter(|x| x.is_finite()) {
        let bin = ((x + largest) / (2.0 * largest) * BINS as f64) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    counts
}

impl Histograms {
    /// Creates a picture of the parameters of a network. A gradient has the shape of its network and can be passed in
    /// its place.
    pub fn new<T: Scalar, N: Parameters<T>>(net: &N) -> Histograms {
        let parameters = net.parameters();
        let value = |index: usize| double(&parameters[index]);
        let tensors = net.parameter_info();
        let tensors = tensors.iter().map(|tensor| (tensor.name().to_string(), tensor.indices().map(value).collect()));
        Histograms { title: "Parameters".into(), tensors: tensors.collect() }
    }

    /// Sets the title.
    pub fn title(self, title: impl ToString) -> Histograms {
        Histograms { title: title.to_string(), ..self }
    }
}

/// Writes a line for each tensor.
impl fmt::Display for Histograms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        let width = self.tensors.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, values) in &self.tensors {
            let largest = largest(values);
            let counts = bins(values, largest);
            let most = counts.iter().max().copied().unwrap_or(0).max(1);
            let bar = |&count: &usize| [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][(count * 8).div_ceil(most)];
            let (bars, largest) = (counts.iter().map(bar).collect::<String>(), written(largest));
            writeln!(f, "{name:width$} {:>10} {bars} {largest}", format!("−{largest}"))?;
        }
        Ok(())
    }
}

impl Picture for Histograms {
    fn size(&self) -> (u32, u32) {
        (1200, 80 + 260 * self.tensors.len().div_ceil(2).max(1) as u32)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let area = area.titled(&self.title, theme.text(34))?;
        let areas = area.split_evenly((self.tensors.len().div_ceil(2).max(1), 2));
        for (area, (name, values)) in areas.iter().zip(&self.tensors) {
            let largest = largest(values);
            let counts = bins(values, largest);
            let most = counts.iter().max().copied().unwrap_or(0).max(1);
            let mut chart = ChartBuilder::on(area)
                .caption(format!("{name} ({})", values.len()), theme.text(22))
                .margin(10)
                .margin_right(30)
                .x_label_area_size(35)
                .y_label_area_size(55)
                .build_cartesian_2d(-largest..largest, 0..most + most.div_ceil(10))?;
            chart
                .configure_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(theme.grid())
                .axis_style(theme.foreground())
                .label_style(theme.text(18))
                .x_label_formatter(&label((-largest, largest)))
                .x_labels(7)
                .y_labels(4)
                .draw()?;
            let width = 2.0 * largest / BINS as f64;
            chart.draw_series(counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(bin, &count)| {
                let from = -largest + bin as f64 * width;
                Rectangle::new([(from, 0), (from + 0.9 * width, count)], theme.line(0).filled())
            }))?;
        }
        Ok(())
    }
}
