//! [`Surface`]: a loss over two parameters, and the path of a training on it.

use super::picture::{Area, Drawn, Picture, Theme};
use super::plane::plane;
use plotters::prelude::*;

/// A loss over two parameters, or over two directions among them, as levels or in three dimensions; and the path of a training
/// on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    title: String,
    names: [String; 2],
    ranges: [(f64, f64); 2],
    /// Row by row from below.
    losses: Vec<f64>,
    path: Vec<([f64; 2], f64)>,
    end: String,
    is_solid: bool,
}

const CELLS: usize = 160;
/// As many lines each way in three dimensions.
const LINES: usize = 48;
const LEVELS: usize = 16;

impl Surface {
    /// The loss at each place of two ranges.
    ///
    /// ```
    /// use backprop::plot::{Picture, Surface, Theme};
    ///
    /// let bowl = |x: f64, y: f64| x * x + 3.0 * y * y;
    /// let path = [[-1.5, 0.8], [-0.9, 0.2], [-0.4, 0.0]];
    /// let picture = Surface::new(["w1", "w2"], [(-2.0, 2.0), (-1.0, 1.0)], bowl).path(path, bowl);
    /// assert!(picture.to_svg(Theme::Light).starts_with("<svg"));
    /// ```
    pub fn new(names: [impl ToString; 2], ranges: [(f64, f64); 2], mut loss: impl FnMut(f64, f64) -> f64) -> Surface {
        let at = |i: usize, (from, to): (f64, f64)| from + (to - from) * i as f64 / CELLS as f64;
        let places = (0..=CELLS).flat_map(|j| (0..=CELLS).map(move |i| (i, j)));
        let losses = places.map(|(i, j)| loss(at(i, ranges[0]), at(j, ranges[1]))).collect();
        let names = names.map(|name| name.to_string());
        Surface { title: "Loss".into(), names, ranges, losses, path: Vec::new(), end: "end".into(), is_solid: false }
    }

    /// The same with the places that a training went by.
    pub fn path(self, path: impl IntoIterator<Item = [f64; 2]>, mut loss: impl FnMut(f64, f64) -> f64) -> Surface {
        Surface { path: path.into_iter().map(|[x, y]| ([x, y], loss(x, y))).collect(), ..self }
    }

    /// The same with another word where the path ends.
    pub fn end(self, end: impl ToString) -> Surface {
        Surface { end: end.to_string(), ..self }
    }

    /// The same in three dimensions.
    pub fn in_3d(self) -> Surface {
        Surface { is_solid: true, ..self }
    }

    /// The same with another title.
    pub fn title(self, title: impl ToString) -> Surface {
        Surface { title: title.to_string(), ..self }
    }

    /// Least and most of all losses that are finite.
    fn bounds(&self) -> (f64, f64) {
        let finite = || self.losses.iter().copied().filter(|loss| loss.is_finite());
        let (least, most) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        if most > least { (least, most) } else { (least.min(0.0), least.max(0.0) + 1.0) }
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.losses[j * (CELLS + 1) + i]
    }

    fn levels<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let (least, most) = self.bounds();
        // Levels a square root apart, as a bowl's are evenly spaced along its radius then
        let level = |loss: f64| {
            let part = ((loss - least) / (most - least)).clamp(0.0, 1.0).sqrt();
            if part.is_nan() { LEVELS } else { (part * LEVELS as f64) as usize }
        };
        let colour =
            |i: usize, j: usize| theme.blend(theme.line(0), 0.85 * level(self.at(i, j)) as f64 / LEVELS as f64);
        let mut chart = plane(area, theme, &self.title, &self.names, self.ranges, CELLS, colour)?;
        let path = || self.path.iter().map(|&([x, y], _)| (x, y));
        let orange = theme.line(1);
        chart.draw_series(LineSeries::new(path(), orange.stroke_width(3)))?;
        if self.path.len() <= 200 {
            chart.draw_series(path().map(|point| Circle::new(point, 4, orange.filled())))?;
        }
        let ends = [path().next().map(|at| (at, "start")), path().next_back().map(|at| (at, &self.end[..]))];
        chart.draw_series(ends.into_iter().flatten().map(|(at, name)| {
            EmptyElement::at(at)
                + Circle::new((0, 0), 7, theme.foreground().filled())
                + Text::new(name.to_string(), (12, 6), theme.text(26))
        }))?;
        Ok(())
    }

    fn solid<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let ([xs, ys], (least, most)) = (self.ranges, self.bounds());
        let mut chart = ChartBuilder::on(area).caption(&self.title, theme.text(34)).margin(30).build_cartesian_3d(
            xs.0..xs.1,
            least..most,
            ys.0..ys.1,
        )?;
        chart.with_projection(|mut projection| {
            (projection.pitch, projection.yaw, projection.scale) = (0.45, 0.6, 0.85);
            projection.into_matrix()
        });
        chart
            .configure_axes()
            .label_style(theme.text(20))
            .axis_panel_style(theme.background())
            .bold_grid_style(theme.grid())
            .light_grid_style(TRANSPARENT)
            .draw()?;
        let (width, height) = self.size();
        for (name, part) in self.names.iter().zip([0.3, 0.83]) {
            let at = ((width as f64 * part) as i32, (height as f64 * 0.94) as i32);
            area.draw(&Text::new(name.clone(), at, theme.text(26)))?;
        }
        let step = CELLS / LINES;
        let along = |range: (f64, f64)| {
            (0..=LINES).map(move |i| range.0 + (range.1 - range.0) * (i * step) as f64 / (LINES * step) as f64)
        };
        let place =
            |x: f64, (from, to): (f64, f64)| (((x - from) / (to - from) * CELLS as f64).round() as usize).min(CELLS);
        let height = |x: f64, y: f64| {
            let loss = self.at(place(x, xs), place(y, ys));
            if loss.is_finite() { loss.min(most) } else { most }
        };
        chart.draw_series(SurfaceSeries::xoz(along(xs), along(ys), height).style_func(&|&loss| {
            let part = ((loss - least) / (most - least)).clamp(0.0, 1.0).sqrt();
            theme.blend(theme.line(0), 0.2 + 0.7 * part).mix(0.9).filled()
        }))?;
        let path = self.path.iter().map(|&([x, y], loss)| (x, loss.min(most), y));
        chart.draw_series(LineSeries::new(path, theme.line(1).stroke_width(4)))?;
        Ok(())
    }
}

impl Picture for Surface {
    fn size(&self) -> (u32, u32) {
        (1000, 850)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        if self.is_solid { self.solid(area, theme) } else { self.levels(area, theme) }
    }
}
