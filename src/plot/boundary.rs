//! [`Boundary`]: the predictions of a model with two inputs, and its samples.

use super::picture::{Area, Drawn, Picture, Theme};
use super::plane::{Plane, SCALE, scale};
use super::range::{range_of, widened};
use super::text::shade;
use crate::data::Dataset;
use crate::error::Error;
use crate::kernels::slices::argmax;
use crate::model::Model;
use crate::nn::Module;
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::written;
use ndarray::Array2;
use plotters::prelude::*;
use std::fmt;

/// A picture of the decision boundary of a model with two inputs: its predictions over the range of some samples, and
/// the samples.
///
/// Each class has a colour, stronger at a higher probability, and its samples have a shape. A regression goes from one
/// colour to another. `Display` writes the picture as text for terminals.
#[doc(alias = "DecisionBoundaryDisplay")]
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    names: [String; 2],
    title: String,
    classes: Vec<String>,
    /// The minimum and the maximum of each input.
    ranges: [(f64, f64); 2],
    /// Row by row from the bottom: the class and the confidence in it, or 0 and the prediction as a fraction of the
    /// range.
    cells: Vec<(usize, f64)>,
    points: Vec<([f64; 2], usize, f64)>,
    /// The minimum and the maximum of the targets.
    bounds: (f64, f64),
}

const CELLS: usize = 150;

impl Boundary {
    /// Creates a picture of a model and samples.
    ///
    /// # Errors
    /// [`Error::Shape`] if the model or the samples do not have two inputs; the errors of [`Model::predict`].
    pub fn new<T: Scalar>(model: &Model<T, impl Module<T>>, dataset: &Dataset<T>) -> Result<Boundary, Error> {
        Error::check_count_in("Boundary", "inputs", 2, model.input_names().len())?;
        Error::check_count("inputs", 2, dataset.inputs().ncols(), || "the samples for Boundary".into())?;
        let ranges = [0, 1].map(|j| widened(range_of(dataset.inputs().column(j).iter().map(|x| double(x))), 0.08));
        let at = |i: usize, (from, to): (f64, f64)| from + (to - from) * (i as f64 + 0.5) / CELLS as f64;
        let grid = Array2::from_shape_fn((CELLS * CELLS, 2), |(i, j)| {
            T::of(at(if j == 0 { i % CELLS } else { i / CELLS }, ranges[j]))
        });
        let predictions = model.predict(&grid)?;
        let classes = model.classes().to_vec();
        let targets: Vec<f64> = dataset.targets().column(0).iter().map(|t| double(t)).collect();
        let (least, most) = range_of(targets.iter().copied());
        let fraction = |y: f64| (y - least) / (most - least);
        let cells = predictions.rows().into_iter().map(|row| {
            let row: Vec<f64> = row.iter().map(|y| double(y)).collect();
            if classes.is_empty() {
                return (0, fraction(row[0]));
            }
            let class = argmax(&row);
            let chance = 1.0 / row.len() as f64;
            (class, ((row[class] - chance) / (1.0 - chance)).clamp(0.0, 1.0))
        });
        let cells = cells.collect();
        let labels = if classes.is_empty() { vec![0; dataset.len()] } else { model.prepared(dataset)?.labels() };
        let points = dataset.inputs().rows().into_iter().zip(labels).zip(&targets);
        let points =
            points.map(|((x, class), &target)| ([double(&x[0]), double(&x[1])], class, fraction(target))).collect();
        let names = [0, 1].map(|j| model.input_names()[j].clone());
        Ok(Boundary { names, title: model.target_name().into(), classes, ranges, cells, points, bounds: (least, most) })
    }

    /// Sets the title.
    pub fn title(self, title: impl ToString) -> Boundary {
        Boundary { title: title.to_string(), ..self }
    }

    fn plane<'a>(&'a self, title: &'a str) -> Plane<'a> {
        Plane { title, names: [&self.names[0], &self.names[1]], ranges: self.ranges, cells: [CELLS; 2], letters: 34 }
    }
}

/// Writes the letter of a class where its probability is high, and the capital letter at its samples; a regression as
/// shades.
impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |class: usize| char::from(b'a' + (class % 26) as u8);
        let character = |column: usize, row: usize| {
            let (class, strength) = self.cells[row * CELLS + column];
            match self.classes.is_empty() {
                true => shade(strength),
                false if strength < 0.5 => ' ',
                false => letter(class),
            }
        };
        let classes = self.classes.iter().enumerate();
        let legend: Vec<String> =
            classes.map(|(class, name)| format!("{} {name}", letter(class).to_ascii_uppercase())).collect();
        let (least, most) = self.bounds;
        let title = match legend.is_empty() {
            true => format!("{} (blank {}, @ {})", self.title, written(least), written(most)),
            false => format!("{} ({})", self.title, legend.join(", ")),
        };
        let points = self.points.iter().filter(|_| !self.classes.is_empty());
        let points = points.map(|&(at, class, _)| (at, letter(class).to_ascii_uppercase()));
        f.write_str(&self.plane(&title).to_text(character, points))
    }
}

impl Picture for Boundary {
    fn size(&self) -> (u32, u32) {
        (if self.classes.is_empty() { 1000 + SCALE } else { 1000 }, 850)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let colour = |class: usize, strength: f64| {
            if self.classes.is_empty() {
                let (low, high) = (theme.line(1), theme.line(0));
                let distance = (2.0 * strength - 1.0).abs();
                return theme.blend(if strength < 0.5 { low } else { high }, 0.8 * distance);
            }
            // In steps: neighbours of the same colour are drawn as one rectangle.
            theme.blend(theme.line(class), 0.12 + 0.48 * (8.0 * strength).round() / 8.0)
        };
        let cell = |column: usize, row: usize| {
            let (class, strength) = self.cells[row * CELLS + column];
            colour(class, strength)
        };
        let mut area = area.clone();
        if self.classes.is_empty() {
            scale(&area, theme, self.bounds, |fraction| colour(0, fraction))?;
            area = area.split_horizontally(self.size().0 - SCALE).0;
        }
        let mut chart = self.plane(&self.title).draw(&area, theme, cell)?;
        for &([x, y], class, fraction) in &self.points {
            let fill = if self.classes.is_empty() { colour(0, fraction) } else { theme.line(class) };
            let corners = outline(class, chart.plotting_area().map_coordinate(&(x, y)));
            let edge = corners.iter().chain(corners.first()).copied().collect::<Vec<_>>();
            area.draw(&Polygon::new(corners, fill.filled()))?;
            area.draw(&PathElement::new(edge, theme.foreground().stroke_width(1)))?;
        }
        for (class, name) in self.classes.iter().enumerate() {
            let fill = theme.line(class).filled();
            let no_points = std::iter::empty::<Circle<(f64, f64), i32>>(); // only an entry of the legend
            let mark = move |(x, y)| Polygon::new(outline(class, (x + 12, y)), fill);
            chart.draw_series(no_points)?.label(name).legend(mark);
        }
        if !self.classes.is_empty() {
            chart
                .configure_series_labels()
                .legend_area_size(40)
                .label_font(theme.text(24))
                .background_style(theme.background().mix(0.85))
                .border_style(theme.grid())
                .draw()?;
        }
        Ok(())
    }
}

/// Returns the corners of the marker of a class: a circle, a square, a triangle or a diamond.
fn outline(class: usize, (x, y): (i32, i32)) -> Vec<(i32, i32)> {
    let (corners, radius, first) = [(24, 6.5, 0.0), (4, 8.0, 0.125), (3, 8.5, 0.25), (4, 8.5, 0.0)][class % 4];
    let corner = |i: usize| {
        let (sin, cos) = ((first + i as f64 / corners as f64) * std::f64::consts::TAU).sin_cos();
        (x + (radius * cos).round() as i32, y - (radius * sin).round() as i32)
    };
    (0..corners).map(corner).collect()
}
