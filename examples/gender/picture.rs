//! The loss curve: as text for the terminal, and as a picture.

use crate::picture_file::{FONT, Picture};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::error::Error;
use textplots::{Chart, LabelBuilder, LabelFormat, Plot, Shape};

/// More points than this cannot be told apart, and would make an SVG large.
const MOST_POINTS: usize = 2000;

/// The points (epoch, loss) to be drawn.
fn points(losses: &[f64]) -> impl Iterator<Item = (usize, f64)> {
    let every = losses.len().div_ceil(MOST_POINTS).max(1);
    losses.iter().enumerate().step_by(every).map(|(epoch, &loss)| (epoch, loss))
}

/// Where the axis of the losses ends.
fn highest(losses: &[f64]) -> f64 {
    losses.iter().copied().fold(1e-6, f64::max) // not 0: an axis needs a length
}

/// The curve as text, of lines of less than 80 characters; empty where there are not two epochs to draw it through.
pub fn as_text(losses: &[f64]) -> String {
    if losses.len() < 2 {
        return String::new();
    }
    let points: Vec<(f32, f32)> = points(losses).map(|(epoch, loss)| (epoch as f32, loss as f32)).collect();
    let line = Shape::Lines(&points);
    let mut chart = Chart::new_with_y_range(120, 48, 0.0, losses.len() as f32, 0.0, highest(losses) as f32);
    let chart = chart
        .x_label_format(LabelFormat::Custom(Box::new(|epoch| format!("{epoch:.0}"))))
        .y_label_format(LabelFormat::Custom(Box::new(|loss| format!("{loss:.3}"))))
        .lineplot(&line);
    chart.axis();
    chart.figures();
    format!("{:>65}\n{chart}{:^60}\n", "loss", "epoch")
}

/// The curve as a picture.
pub struct LossCurve<'a> {
    pub losses: &'a [f64],
    pub title: String,
}

impl Picture for LossCurve<'_> {
    const SIZE: (u32, u32) = (1200, 750);

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Result<(), Box<dyn Error>> {
        // Dark blue from Okabe and Ito's palette, which everyone can tell from white, and print in grey
        const BLUE: RGBColor = RGBColor(0, 114, 178);

        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, (FONT, 34))
            .margin(20)
            .margin_right(40)
            .x_label_area_size(75)
            .y_label_area_size(100)
            .build_cartesian_2d(0..self.losses.len(), 0.0..highest(self.losses) * 1.05)?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .y_desc("loss")
            .axis_desc_style((FONT, 28))
            .label_style((FONT, 24))
            .y_label_formatter(&|loss| format!("{loss:.3}"))
            .light_line_style(TRANSPARENT)
            .draw()?;
        chart.draw_series(LineSeries::new(points(self.losses), BLUE.stroke_width(4)))?;
        Ok(())
    }
}
