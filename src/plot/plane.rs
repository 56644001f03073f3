//! A plane over two inputs or two parameters, as coloured cells or as characters.

use super::picture::{Area, Drawn, Theme};
use super::range::label;
use super::text;
use crate::text::written;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

/// A chart over a plane.
type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The width of a [`scale`], including its labels.
pub(super) const SCALE: u32 = 110;

/// Draws a bar with the colours from the minimum to the maximum at the right of an area.
pub(super) fn scale<B: DrawingBackend<ErrorType: 'static>>(
    area: &Area<B>,
    theme: Theme,
    (least, most): (f64, f64),
    colour: impl Fn(f64) -> RGBColor,
) -> Drawn {
    const STEPS: i32 = 100;
    let (width, height) = area.dim_in_pixel();
    let (left, top, bottom) = ((width - SCALE) as i32, height as i32 / 4, height as i32 * 3 / 4);
    let at = |step: i32| bottom + (top - bottom) * step / STEPS;
    for step in 0..STEPS {
        let corners = [(left, at(step + 1)), (left + 30, at(step))];
        area.draw(&Rectangle::new(corners, colour((step as f64 + 0.5) / STEPS as f64).filled()))?;
    }
    area.draw(&Rectangle::new([(left, top), (left + 30, bottom)], theme.foreground().stroke_width(1)))?;
    for (number, y) in [(most, top - 34), (least, bottom + 12)] {
        area.draw(&Text::new(written(number), (left, y), theme.text(22)))?;
    }
    Ok(())
}

/// A plane of `cells[0]` by `cells[1]` cells, counted from the lower left.
pub(super) struct Plane<'a> {
    pub(super) title: &'a str,
    pub(super) names: [&'a str; 2],
    pub(super) ranges: [(f64, f64); 2],
    pub(super) cells: [usize; 2],
    /// The height of the letters in the title. The other sizes are proportional to it.
    pub(super) letters: i32,
}

impl Plane<'_> {
    /// Draws the axes with their names, and the cells in the colours returned for each column and row.
    pub(super) fn draw<'a, B: DrawingBackend<ErrorType: 'static>>(
        &self,
        area: &Area<B>,
        theme: Theme,
        colour: impl Fn(usize, usize) -> RGBColor,
    ) -> Result<Chart<'a, B>, Box<dyn std::error::Error>> {
        let ([xs, ys], [columns, rows], size) = (self.ranges, self.cells, self.letters);
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, theme.text(size))
            .margin(size * 6 / 10)
            .margin_right(size * 12 / 10)
            .x_label_area_size(size * 22 / 10)
            .y_label_area_size(size * 28 / 10)
            .build_cartesian_2d(xs.0..xs.1, ys.0..ys.1)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_desc(self.names[0])
            .y_desc(self.names[1])
            .axis_desc_style(theme.text(size * 8 / 10))
            .label_style(theme.text(size * 7 / 10))
            .axis_style(theme.foreground())
            .x_label_formatter(&label(xs))
            .y_label_formatter(&label(ys))
            .draw()?;
        let (dx, dy) = ((xs.1 - xs.0) / columns as f64, (ys.1 - ys.0) / rows as f64);
        for row in 0..rows {
            let colours: Vec<RGBColor> = (0..columns).map(|column| colour(column, row)).collect();
            let (mut first, y) = (0, ys.0 + row as f64 * dy);
            // Neighbours of the same colour are drawn as one rectangle.
            for run in colours.chunk_by(|a, b| a == b) {
                let (from, to) = (xs.0 + first as f64 * dx, xs.0 + (first + run.len()) as f64 * dx);
                chart.draw_series([Rectangle::new([(from, y), (to, y + dy)], run[0].filled())])?;
                first += run.len();
            }
        }
        Ok(chart)
    }

    /// Returns the plane as text, one character for each cell. Marks use separate characters.
    pub(super) fn to_text(
        &self,
        character: impl Fn(usize, usize) -> char,
        marks: impl IntoIterator<Item = ([f64; 2], char)>,
    ) -> String {
        let cell = |i: usize, of: usize, cells: usize| ((i as f64 + 0.5) / of as f64 * cells as f64) as usize;
        let mut lines: Vec<Vec<char>> = (0..text::HEIGHT)
            .map(|line| {
                let row = cell(text::HEIGHT - 1 - line, text::HEIGHT, self.cells[1]);
                (0..text::WIDTH).map(|column| character(cell(column, text::WIDTH, self.cells[0]), row)).collect()
            })
            .collect();
        for (place, mark) in marks {
            let at = |axis: usize, of: usize| {
                let (from, to) = self.ranges[axis];
                let fraction = (place[axis] - from) / (to - from);
                (0.0..=1.0).contains(&fraction).then(|| ((fraction * of as f64) as usize).min(of - 1))
            };
            if let (Some(column), Some(row)) = (at(0, text::WIDTH), at(1, text::HEIGHT)) {
                lines[text::HEIGHT - 1 - row][column] = mark;
            }
        }
        text::framed(self.title, self.names, self.ranges, &lines)
    }
}
