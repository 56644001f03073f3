//! Two inputs, or two parameters, as a plane of coloured cells.

use super::picture::{Area, Theme};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

/// A chart over a plane.
type Plane<'a, B> = ChartContext<'a, B, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Axes with their names, and so many cells each way in the colours given by column and row, counted from the lower left.
pub(super) fn plane<'a, B: DrawingBackend<ErrorType: 'static>>(
    area: &Area<B>,
    theme: Theme,
    title: &str,
    names: &[String; 2],
    [xs, ys]: [(f64, f64); 2],
    cells: usize,
    colour: impl Fn(usize, usize) -> RGBColor,
) -> Result<Plane<'a, B>, Box<dyn std::error::Error>> {
    let mut chart = ChartBuilder::on(area)
        .caption(title, theme.text(34))
        .margin(20)
        .margin_right(40)
        .x_label_area_size(75)
        .y_label_area_size(95)
        .build_cartesian_2d(xs.0..xs.1, ys.0..ys.1)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc(&names[0])
        .y_desc(&names[1])
        .axis_desc_style(theme.text(28))
        .label_style(theme.text(24))
        .axis_style(theme.foreground())
        .draw()?;
    let (dx, dy) = ((xs.1 - xs.0) / cells as f64, (ys.1 - ys.0) / cells as f64);
    for row in 0..cells {
        let colours: Vec<RGBColor> = (0..cells).map(|column| colour(column, row)).collect();
        let (mut first, y) = (0, ys.0 + row as f64 * dy);
        // Equal neighbours in one piece
        for piece in colours.chunk_by(|a, b| a == b) {
            let (from, to) = (xs.0 + first as f64 * dx, xs.0 + (first + piece.len()) as f64 * dx);
            chart.draw_series([Rectangle::new([(from, y), (to, y + dy)], piece[0].filled())])?;
            first += piece.len();
        }
    }
    Ok(chart)
}
