//! The loss over two coefficients, and the way that gradient descent took on it.

use crate::minimise::Objective;
use crate::picture_file::{FONT, Picture};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::error::Error;

/// The intercept stands at its best, the last of the path: the columns are centred, so it does not depend on the two.
pub struct Surface<'a, F> {
    pub objective: &'a F,
    /// Points of two coefficients and the intercept.
    pub path: &'a [Vec<f64>],
}

/// How many cells there are each way, and how many levels.
const CELLS: (usize, usize) = (340, 240);
const LEVELS: usize = 14;

impl<F: Objective> Picture for Surface<'_, F> {
    const SIZE: (u32, u32) = (1200, 850);

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Result<(), Box<dyn Error>> {
        let end = &self.path[self.path.len() - 1];
        let (xs, ys) = (-12.0..1.9 * end[0], -12.0..2.6 * end[1]);
        let loss = |x: f64, y: f64| self.objective.value(&[x, y, end[2]]);
        let least = loss(end[0], end[1]);
        let most = loss(xs.end, ys.end).max(loss(xs.start, ys.start));

        let mut chart = ChartBuilder::on(area)
            .caption("Mean squared error / 2, and the path of gradient descent", (FONT, 34))
            .margin(20)
            .margin_right(40)
            .x_label_area_size(75)
            .y_label_area_size(90)
            .build_cartesian_2d(xs.clone(), ys.clone())?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_desc("coefficient of bmi, per standard deviation")
            .y_desc("coefficient of bp, per standard deviation")
            .axis_desc_style((FONT, 28))
            .label_style((FONT, 24))
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|y| format!("{y:.0}"))
            .draw()?;

        // Levels a square root apart, as a bowl's are evenly spaced along its radius then; equal neighbours in one piece
        let level = |x, y| (((loss(x, y) - least).max(0.0) / (most - least)).sqrt() * LEVELS as f64) as usize;
        let (dx, dy) = ((xs.end - xs.start) / CELLS.0 as f64, (ys.end - ys.start) / CELLS.1 as f64);
        for row in 0..CELLS.1 {
            let y = ys.start + row as f64 * dy;
            let levels: Vec<usize> =
                (0..CELLS.0).map(|column| level(xs.start + (column as f64 + 0.5) * dx, y + 0.5 * dy)).collect();
            let mut first = 0;
            for piece in levels.chunk_by(|a, b| a == b) {
                let (from, to) = (xs.start + first as f64 * dx, xs.start + (first + piece.len()) as f64 * dx);
                chart.draw_series([Rectangle::new([(from, y), (to, y + dy)], shade(piece[0]).filled())])?;
                first += piece.len();
            }
        }

        let path = || self.path.iter().map(|point| (point[0], point[1]));
        const ORANGE: RGBColor = RGBColor(213, 94, 0);
        chart.draw_series(LineSeries::new(path(), ORANGE.stroke_width(3)))?;
        chart.draw_series(path().map(|point| Circle::new(point, 4, ORANGE.filled())))?;
        let label = |at: (f64, f64), text: &'static str| {
            EmptyElement::at(at)
                + Circle::new((0, 0), 8, BLACK.filled())
                + Text::new(text, (14, 8), (FONT, 26).into_font().color(&BLACK))
        };
        chart.draw_series([label((0.0, 0.0), "start"), label((end[0], end[1]), "least squares")])?;
        Ok(())
    }
}

/// From white, low, to a dark blue: by lightness alone, so that everyone sees which way is up.
fn shade(level: usize) -> RGBColor {
    let part = level.min(LEVELS) as f64 / LEVELS as f64;
    let mix = |low: f64, high: f64| (low + (high - low) * part) as u8;
    RGBColor(mix(250.0, 40.0), mix(252.0, 95.0), mix(255.0, 155.0))
}
