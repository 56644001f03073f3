//! Curves between two axes, drawn or as text.

use super::picture::{Area, Drawn, Theme};
use super::range::label;
use super::text;
use plotters::prelude::*;

/// Named curves and points between two axes.
pub(super) struct Curves<'a> {
    pub(super) title: &'a str,
    pub(super) names: [&'a str; 2],
    pub(super) ranges: [(f64, f64); 2],
    /// Single points, beneath the curves.
    pub(super) points: Vec<(f64, f64)>,
    pub(super) curves: Vec<(&'a str, Vec<(f64, f64)>)>,
}

/// The characters that draw the curves in text.
const MARKS: [char; 3] = ['*', 'o', '+'];
/// The character of a single point in text.
const POINT: char = '·';

impl Curves<'_> {
    pub(super) fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let [(left, right), (low, high)] = self.ranges;
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, theme.text(34))
            .margin(20)
            .margin_right(40)
            .x_label_area_size(75)
            .y_label_area_size(100)
            .build_cartesian_2d(left..right, low..high)?;
        chart
            .configure_mesh()
            .x_desc(self.names[0])
            .y_desc(self.names[1])
            .axis_desc_style(theme.text(28))
            .label_style(theme.text(24))
            .axis_style(theme.foreground())
            .bold_line_style(theme.grid())
            .light_line_style(TRANSPARENT)
            .x_label_formatter(&label(self.ranges[0]))
            .y_label_formatter(&label(self.ranges[1]))
            .draw()?;
        let faint = theme.blend(theme.line(0), 0.5); // the curves are of the full colour
        let finite = self.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        chart.draw_series(finite.map(|&point| Circle::new(point, 5, faint.filled())))?;
        for (index, (name, points)) in self.curves.iter().enumerate() {
            let colour = theme.line(index);
            for run in runs(points) {
                let run: Vec<(f64, f64)> = run.iter().map(|&(x, y)| (x, y.clamp(low, high))).collect();
                if let [alone] = run[..] {
                    chart.draw_series([Circle::new(alone, 5, colour.filled())])?;
                } else {
                    chart.draw_series(LineSeries::new(run, colour.stroke_width(4)))?;
                }
            }
            let no_points = std::iter::empty::<Circle<(f64, f64), i32>>(); // only an entry of the legend
            chart
                .draw_series(no_points)?
                .label(*name)
                .legend(move |(x, y)| Rectangle::new([(x, y - 3), (x + 40, y + 3)], colour.filled()));
        }
        if self.curves.len() > 1 {
            chart
                .configure_series_labels()
                .legend_area_size(60)
                .label_font(theme.text(24))
                .background_style(theme.background())
                .border_style(theme.grid())
                .draw()?;
        }
        Ok(())
    }

    /// Returns the curves as text, the first curve on top.
    pub(super) fn to_text(&self) -> String {
        let mut lines = vec![vec![' '; text::WIDTH]; text::HEIGHT];
        let fraction = |value: f64, (from, to): (f64, f64)| (value - from) / (to - from);
        let place = |&(x, y): &(f64, f64)| {
            let (x, y) = (fraction(x, self.ranges[0]), fraction(y, self.ranges[1]).clamp(0.0, 1.0));
            (x * (text::WIDTH - 1) as f64, y * (text::HEIGHT - 1) as f64)
        };
        for (x, y) in self.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()).map(place) {
            if let Some(place) = lines[text::HEIGHT - 1 - y.round() as usize].get_mut(x.round() as usize) {
                *place = POINT;
            }
        }
        for ((_, points), mark) in self.curves.iter().zip(MARKS).rev() {
            let ends = runs(points).flat_map(|run| run.iter().zip(run.iter().skip(1).chain(run.last())));
            for (from, to) in ends {
                let [(x1, y1), (x2, y2)] = [place(from), place(to)];
                let steps = (x2 - x1).abs().max((y2 - y1).abs()).ceil().clamp(1.0, 1000.0);
                for step in 0..=steps as usize {
                    let at = |from: f64, to: f64| (from + (to - from) * step as f64 / steps).round();
                    let (column, row) = (at(x1, x2), at(y1, y2));
                    if (0.0..text::WIDTH as f64).contains(&column) && (0.0..text::HEIGHT as f64).contains(&row) {
                        lines[text::HEIGHT - 1 - row as usize][column as usize] = mark;
                    }
                }
            }
        }
        let legend: Vec<String> =
            self.curves.iter().zip(MARKS).map(|((name, _), mark)| format!("{mark} {name}")).collect();
        let title =
            if legend.len() > 1 { format!("{} ({})", self.title, legend.join(", ")) } else { self.title.into() };
        text::framed(&title, self.names, self.ranges, &lines)
    }
}

/// Splits a curve at points that are infinite or NaN.
fn runs(points: &[(f64, f64)]) -> impl Iterator<Item = &[(f64, f64)]> {
    points.split(|(x, y)| !x.is_finite() || !y.is_finite()).filter(|run| !run.is_empty())
}
