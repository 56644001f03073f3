//! [`Surface`]: the loss over two parameters, and the path of a training.

use super::picture::{Area, Drawn, Picture, Theme};
use super::plane::{Plane, SCALE, scale};
use super::range::{checked, label, range_of, widened};
use super::text::shade;
use crate::error::Error;
use crate::nn::Parameters;
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::written;
use crate::train::Trajectory;
use plotters::prelude::*;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use std::fmt;

/// A picture of the loss over two parameters or over two directions, as levels or in three dimensions, with the path of
/// a training.
///
/// `Display` writes the picture as text for terminals.
#[doc(alias("loss_landscape", "contour"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    title: String,
    names: [String; 2],
    ranges: [(f64, f64); 2],
    /// Row by row from the bottom.
    losses: Vec<f64>,
    /// The minimum and the maximum of the finite losses.
    bounds: (f64, f64),
    path: Vec<([f64; 2], f64)>,
    end: String,
    is_solid: bool,
}

const CELLS: usize = 160;
/// The number of lines in each direction in three dimensions.
const LINES: usize = 48;
const LEVELS: usize = 16;

impl Surface {
    /// Creates a picture of a loss over two ranges.
    ///
    /// ```
    /// use backprop::plot::{Picture, Surface, Theme};
    ///
    /// let bowl = |x: f64, y: f64| x * x + 3.0 * y * y;
    /// let path = [[-1.5, 0.8], [-0.9, 0.2], [-0.4, 0.0]];
    /// let picture = Surface::new(["w1", "w2"], [(-2.0, 2.0), (-1.0, 1.0)], bowl).path(path, bowl);
    /// assert!(picture.to_svg(Theme::Light).starts_with("<svg"));
    /// ```
    ///
    /// # Panics
    /// If a range is not from a finite number to a larger one.
    #[track_caller]
    pub fn new(names: [impl ToString; 2], ranges: [(f64, f64); 2], mut loss: impl FnMut(f64, f64) -> f64) -> Surface {
        let [xs, ys] = ranges;
        let ranges = [checked(xs), checked(ys)];
        let at = |i: usize, (from, to): (f64, f64)| from + (to - from) * i as f64 / CELLS as f64;
        let places = (0..=CELLS).flat_map(|j| (0..=CELLS).map(move |i| (i, j)));
        let losses: Vec<f64> = places.map(|(i, j)| loss(at(i, ranges[0]), at(j, ranges[1]))).collect();
        Surface {
            title: "Loss".into(),
            names: names.map(|name| name.to_string()),
            ranges,
            bounds: range_of(losses.iter().copied()),
            losses,
            path: Vec::new(),
            end: "end".into(),
            is_solid: false,
        }
    }

    /// Creates a picture of the loss of a network over two of its parameters, with the path of its training.
    ///
    /// `parameters` are indices, counted from 0; the other parameters keep their values. The ranges cover the path and
    /// half its width on each side.
    ///
    /// # Errors
    /// The errors of `loss`; [`Error::Shape`] if a snapshot of the trajectory has another number of parameters than the
    /// network; [`Error::NonFinite`] if a parameter is infinite or NaN.
    ///
    /// # Panics
    /// If an index is out of range, or both are equal.
    #[track_caller]
    pub fn over_parameters<T: Scalar, N: Parameters<T>>(
        net: &N,
        trajectory: &Trajectory<T>,
        parameters: [usize; 2],
        loss: impl FnMut(&N) -> Result<T, Error>,
    ) -> Result<Surface, Error> {
        let count = net.count();
        assert!(
            parameters[0] != parameters[1],
            "`parameters` must be two different indices, got {} twice",
            parameters[0]
        );
        let directions = parameters.map(|parameter| {
            assert!(parameter < count, "`parameters` must be less than {count}, got {parameter}");
            let mut direction = vec![0.0; count];
            direction[parameter] = 1.0;
            direction
        });
        let own = net.parameters();
        let start = parameters.map(|parameter| double(&own[parameter]));
        let names = parameters.map(|parameter| net.name_of(parameter));
        Surface::over_directions(names, net, trajectory, start, directions, loss)
    }

    /// Creates a picture of the loss of a network over two random directions, with the path of its training.
    ///
    /// The network is at (0, 0). Each snapshot of the trajectory is projected onto the plane. The part of a direction
    /// in each tensor has the norm of the tensor: a distance of 1 doubles its length.
    ///
    /// # Errors
    /// The errors of `loss`; [`Error::Shape`] if a snapshot of the trajectory has another number of parameters than the
    /// network; [`Error::NonFinite`] if a parameter is infinite or NaN; [`Error::InvalidArgument`] if fewer than two
    /// parameters are not 0.
    ///
    /// # References
    /// [Li et al., *Visualizing the Loss Landscape of Neural Nets*, 2018](https://arxiv.org/abs/1712.09913)
    pub fn over_random_directions<T: Scalar, N: Parameters<T>>(
        net: &N,
        trajectory: &Trajectory<T>,
        rng: &mut impl Rng,
        loss: impl FnMut(&N) -> Result<T, Error>,
    ) -> Result<Surface, Error> {
        let (own, norm) = (net.parameters(), |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>().sqrt());
        let directions = [(); 2].map(|()| {
            let mut direction = vec![0.0; own.len()];
            for tensor in net.parameter_info() {
                let of_net: Vec<f64> = tensor.indices().map(|index| double(&own[index])).collect();
                let drawn: Vec<f64> = of_net.iter().map(|_| StandardNormal.sample(rng)).collect();
                let scale = norm(&of_net) / norm(&drawn).max(f64::MIN_POSITIVE);
                tensor.indices().zip(drawn).for_each(|(index, x)| direction[index] = x * scale);
            }
            direction
        });
        let names = ["a random direction", "another"].map(String::from);
        Surface::over_directions(names, net, trajectory, [0.0; 2], directions, loss)
    }

    /// Creates a picture over two directions from a network, which is at `start` on the plane.
    fn over_directions<T: Scalar, N: Parameters<T>>(
        names: [String; 2],
        net: &N,
        trajectory: &Trajectory<T>,
        start: [f64; 2],
        directions: [Vec<f64>; 2],
        mut loss: impl FnMut(&N) -> Result<T, Error>,
    ) -> Result<Surface, Error> {
        let (own, [first, second]) = (net.parameters(), &directions);
        let is_finite = |parameters: &[T]| {
            parameters.iter().try_for_each(|x| Error::check_finite("parameter", double(x), || "Surface".into()))
        };
        is_finite(&own)?;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (aa, ab, bb) = (dot(first, first), dot(first, second), dot(second, second));
        let determinant = aa * bb - ab * ab;
        if determinant <= 1e-12 * aa * bb {
            let others = own.iter().filter(|parameter| !parameter.is_zero()).count();
            let requirement = "have at least two parameters that are not 0, for two directions that are not parallel";
            return Err(Error::invalid_argument("network", requirement, others));
        }
        let mut path = Vec::new();
        for snapshot in trajectory.snapshots() {
            Error::check_count_in("Surface", "parameters", own.len(), snapshot.parameters.len())?;
            is_finite(&snapshot.parameters)?;
            let difference: Vec<f64> =
                snapshot.parameters.iter().zip(&own).map(|(x, y)| double(x) - double(y)).collect();
            // The point (x, y) for which x·first + y·second is nearest: the normal equations of two unknowns.
            let (a, b) = (dot(&difference, first), dot(&difference, second));
            path.push([start[0] + (a * bb - b * ab) / determinant, start[1] + (b * aa - a * ab) / determinant]);
        }
        let ranges = [0, 1].map(|axis| {
            let along = || path.iter().map(|at| at[axis]).chain([start[axis]]);
            let far = start[axis].abs().max(1.0);
            let has_length = along().any(|x| x != start[axis]);
            if has_length { widened(range_of(along()), 0.5) } else { (start[axis] - far, start[axis] + far) }
        });
        let (mut moved, mut error) = (net.clone(), None);
        let mut at = |x: f64, y: f64| {
            let place = own.iter().zip(first).zip(second);
            let place = place.map(|((&own, a), b)| own + T::of((x - start[0]) * a + (y - start[1]) * b));
            let loss = moved.set_parameters(&place.collect::<Vec<T>>()).and_then(|()| loss(&moved));
            loss.map_or_else(|first| (error.get_or_insert(first), f64::NAN).1, |loss| double(&loss))
        };
        let surface = Surface::new(names, ranges, &mut at).path(path, &mut at);
        error.map_or(Ok(surface), Err)
    }

    /// Sets the names of the two parameters or directions.
    pub fn named(self, names: [impl ToString; 2]) -> Surface {
        Surface { names: names.map(|name| name.to_string()), ..self }
    }

    /// Sets the path of a training.
    pub fn path(self, path: impl IntoIterator<Item = [f64; 2]>, mut loss: impl FnMut(f64, f64) -> f64) -> Surface {
        Surface { path: path.into_iter().map(|[x, y]| ([x, y], loss(x, y))).collect(), ..self }
    }

    /// Sets the label at the end of the path.
    pub fn end(self, end: impl ToString) -> Surface {
        Surface { end: end.to_string(), ..self }
    }

    /// Draws the picture in three dimensions.
    pub fn in_3d(self) -> Surface {
        Surface { is_solid: true, ..self }
    }

    /// Sets the title.
    pub fn title(self, title: impl ToString) -> Surface {
        Surface { title: title.to_string(), ..self }
    }

    /// Returns the points of the path and their losses.
    pub fn places(&self) -> &[([f64; 2], f64)] {
        &self.path
    }

    fn plane<'a>(&'a self, title: &'a str) -> Plane<'a> {
        Plane { title, names: [&self.names[0], &self.names[1]], ranges: self.ranges, cells: [CELLS; 2], letters: 34 }
    }

    /// Returns the loss as a fraction of the range; NaN for NaN. The square root spaces the levels of a quadratic bowl
    /// evenly along its radius.
    fn fraction(&self, loss: f64) -> f64 {
        let (least, most) = self.bounds;
        ((loss - least) / (most - least)).clamp(0.0, 1.0).sqrt()
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.losses[j * (CELLS + 1) + i]
    }

    fn levels<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let colour = |fraction: f64| {
            let level = if fraction.is_nan() { LEVELS } else { (fraction * LEVELS as f64) as usize };
            theme.blend(theme.line(0), 0.85 * level as f64 / LEVELS as f64)
        };
        // The scale is linear in the loss, the colours in its square root.
        scale(area, theme, self.bounds, |fraction| colour(fraction.sqrt()))?;
        let (area, _) = area.split_horizontally(self.size().0 - SCALE);
        let cell = |i: usize, j: usize| colour(self.fraction(self.at(i, j)));
        let mut chart = self.plane(&self.title).draw(&area, theme, cell)?;
        let path = || self.places_drawn().map(|([x, y], _)| (x, y));
        let orange = theme.line(1);
        chart.draw_series(LineSeries::new(path(), orange.stroke_width(3)))?;
        if self.path.len() <= 200 {
            chart.draw_series(path().map(|point| Circle::new(point, 4, orange.filled())))?;
        }
        self.draw_ends(&area, theme, |[x, y], _| chart.plotting_area().map_coordinate(&(x, y)))
    }

    /// Returns the finite points of the path, those outside the picture moved to its edge.
    fn places_drawn(&self) -> impl Iterator<Item = ([f64; 2], f64)> {
        let ([xs, ys], (least, most)) = (self.ranges, self.bounds);
        let finite = self.path.iter().filter(|([x, y], _)| x.is_finite() && y.is_finite());
        finite.map(move |&([x, y], loss)| {
            let loss = if loss.is_nan() { most } else { loss.clamp(least, most) };
            ([x.clamp(xs.0, xs.1), y.clamp(ys.0, ys.1)], loss)
        })
    }

    /// Draws the first and the last point of the path with their labels; `at` returns their places in pixels.
    fn draw_ends<B: DrawingBackend<ErrorType: 'static>>(
        &self,
        area: &Area<B>,
        theme: Theme,
        at: impl Fn([f64; 2], f64) -> (i32, i32),
    ) -> Drawn {
        for (place, name) in [(self.places_drawn().next(), "start"), (self.places_drawn().last(), &self.end)] {
            let Some((x, y)) = place.map(|(place, loss)| at(place, loss)) else { continue };
            area.draw(&Circle::new((x, y), 7, theme.foreground().filled()))?;
            area.draw(&Text::new(name.to_string(), (x + 12, y + 6), theme.text(26)))?;
        }
        Ok(())
    }

    fn solid<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let ([xs, ys], (least, most)) = (self.ranges, self.bounds);
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
            .x_formatter(&label(xs))
            .y_formatter(&label((least, most)))
            .z_formatter(&label(ys))
            .draw()?;
        let (width, height) = self.size();
        // The places of the axes do not depend on the ranges.
        let names = [(&self.names[0][..], 0.3, 0.94), (&self.names[1], 0.83, 0.94), ("loss", 0.09, 0.26)];
        for (name, x, y) in names {
            let at = ((width as f64 * x) as i32, (height as f64 * y) as i32);
            area.draw(&Text::new(name.to_string(), at, theme.text(26)))?;
        }
        let step = CELLS / LINES;
        let along = |range: (f64, f64)| {
            (0..=LINES).map(move |i| range.0 + (range.1 - range.0) * (i * step) as f64 / (LINES * step) as f64)
        };
        let place =
            |x: f64, (from, to): (f64, f64)| (((x - from) / (to - from) * CELLS as f64).round() as usize).min(CELLS);
        let height = |x: f64, y: f64| {
            let loss = self.at(place(x, xs), place(y, ys));
            if loss.is_nan() { most } else { loss.clamp(least, most) }
        };
        chart.draw_series(
            SurfaceSeries::xoz(along(xs), along(ys), height)
                .style_func(&|&loss| theme.blend(theme.line(0), 0.2 + 0.7 * self.fraction(loss)).mix(0.9).filled()),
        )?;
        let place = |[x, y]: [f64; 2], loss: f64| (x, loss, y);
        let path = self.places_drawn().map(|(at, loss)| place(at, loss));
        chart.draw_series(LineSeries::new(path, theme.line(1).stroke_width(4)))?;
        self.draw_ends(area, theme, |at, loss| chart.plotting_area().map_coordinate(&place(at, loss)))
    }
}

/// Writes fuller characters for larger losses, `o` for the path, S for its start and E for its end.
impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.iter().map(|&(at, _)| (at, 'o'));
        let ends = [self.path.first().map(|&(at, _)| (at, 'S')), self.path.last().map(|&(at, _)| (at, 'E'))];
        let character = |i: usize, j: usize| shade(self.fraction(self.at(i, j)));
        let (least, most) = self.bounds;
        let title = format!("{} (blank {}, @ {})", self.title, written(least), written(most));
        f.write_str(&self.plane(&title).to_text(character, path.chain(ends.into_iter().flatten())))
    }
}

impl Picture for Surface {
    fn size(&self) -> (u32, u32) {
        (if self.is_solid { 1000 } else { 1000 + SCALE }, 850)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        if self.is_solid { self.solid(area, theme) } else { self.levels(area, theme) }
    }
}
