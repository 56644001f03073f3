//! [`GraphPicture`]: the graph of a computation, laid out and drawn.

use super::picture::{Area, Drawn, Picture, Theme};
use crate::look::drawing::{Described, Drawing};
use crate::{Error, Scalar};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rust_sugiyama::configure::Config;
use rust_sugiyama::from_vertices_and_edges;
use std::collections::BTreeMap;

/// The graph of a computation, from operands on the left to the result on the right: each number a box with its name, its
/// operation, its value and the derivative of the result by it; each edge with its local derivative. From
/// [`Drawing::picture`].
///
/// Boxes are blue where the derivative is above 0, orange where it is below, the stronger the larger; constants are grey.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphPicture {
    parts: Described,
    /// The centre of each box.
    places: BTreeMap<usize, (f64, f64)>,
    size: (u32, u32),
}

const BOX: (f64, f64) = (150.0, 76.0);
/// Room beside a box, for the derivatives on the edges.
const ROOM: (f64, f64) = (80.0, 26.0);
const MARGIN: f64 = 30.0;

impl<T: Scalar> Drawing<'_, T> {
    /// A picture of it, to be saved as SVG or PNG, without any other program.
    ///
    /// # Errors
    /// As of [`to_dot`](Self::to_dot).
    pub fn picture(&self) -> Result<GraphPicture, Error> {
        let parts = self.described()?;
        let Described { boxes, edges } = &parts;
        // By their number among the boxes, as the layout wants numbers without gaps
        let vertices: Vec<(u32, (f64, f64))> =
            (0..boxes.len() as u32).map(|number| (number, (BOX.1 + ROOM.1, BOX.0 + ROOM.0))).collect();
        let number = |index: usize| boxes.iter().position(|part| part.index == index).expect("edges join boxes") as u32;
        let mut pairs: Vec<(u32, u32)> = edges.iter().map(|(from, to, _)| (number(*from), number(*to))).collect();
        pairs.dedup();
        let config = Config { vertex_spacing: 10.0, ..Config::default() };
        let mut places = BTreeMap::new();
        let (mut below, mut right) = (MARGIN, 0.0_f64);
        for (layout, ..) in from_vertices_and_edges(&vertices, &pairs, &config) {
            // It lays out downwards; we read from left to right.
            let least = |f: fn(&(f64, f64)) -> f64| layout.iter().map(|(_, at)| f(at)).fold(f64::INFINITY, f64::min);
            let (top, left) = (least(|at| at.0), least(|at| at.1));
            let mut deepest = below;
            for &(number, (down, along)) in &layout {
                let at = (MARGIN + BOX.0 / 2.0 + along - left, below + BOX.1 / 2.0 + down - top);
                deepest = deepest.max(at.1 + BOX.1 / 2.0 + MARGIN);
                right = right.max(at.0 + BOX.0 / 2.0 + MARGIN);
                places.insert(boxes[number].index, at);
            }
            below = deepest;
        }
        for part in boxes {
            // A result that depends on nothing has no edges, and so no place.
            places.entry(part.index).or_insert((MARGIN + BOX.0 / 2.0, MARGIN + BOX.1 / 2.0));
        }
        let size = (right.max(BOX.0 + 2.0 * MARGIN) as u32, below.max(BOX.1 + 2.0 * MARGIN) as u32);
        Ok(GraphPicture { parts, places, size })
    }
}

impl Picture for GraphPicture {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let centred = |size| theme.text(size).pos(Pos::new(HPos::Center, VPos::Center));
        let point = |(x, y): (f64, f64)| (x.round() as i32, y.round() as i32);
        for (from, to, label) in &self.parts.edges {
            let (from, to) = (self.places[from], self.places[to]);
            let (from, to) = ((from.0 + BOX.0 / 2.0, from.1), (to.0 - BOX.0 / 2.0, to.1));
            // A curve that leaves and arrives level
            let at = |t: f64| {
                let s = t * t * (3.0 - 2.0 * t);
                (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * s)
            };
            let curve = (0..=24).map(|i| point(at(i as f64 / 24.0)));
            area.draw(&PathElement::new(curve.collect::<Vec<_>>(), theme.foreground().mix(0.6).stroke_width(2)))?;
            let tip = point(to);
            let arrow = vec![tip, (tip.0 - 9, tip.1 - 5), (tip.0 - 9, tip.1 + 5)];
            area.draw(&Polygon::new(arrow, theme.foreground().mix(0.8).filled()))?;
            let (x, y) = point(at((40.0 / (to.0 - from.0).abs().max(40.0)).min(0.5)));
            let style = centred(17);
            let (width, height) = area.estimate_text_size(label, &style)?;
            let (w, h) = (width as i32 / 2 + 3, height as i32 / 2 + 2);
            area.draw(&Rectangle::new([(x - w, y - h), (x + w, y + h)], theme.background().mix(0.85).filled()))?;
            area.draw(&Text::new(label.clone(), (x, y), style))?;
        }
        for part in &self.parts.boxes {
            let at = point(self.places[&part.index]);
            let (w, h) = ((BOX.0 / 2.0) as i32, (BOX.1 / 2.0) as i32);
            let corners = [(at.0 - w, at.1 - h), (at.0 + w, at.1 + h)];
            let fill = if part.is_constant {
                theme.blend(theme.foreground(), 0.08)
            } else {
                theme.blend(theme.line((part.slope < 0.0) as usize), part.strength())
            };
            area.draw(&Rectangle::new(corners, fill.filled()))?;
            area.draw(&Rectangle::new(corners, theme.foreground().stroke_width(1)))?;
            let first = at.1 - 11 * (part.lines.len() as i32 - 1);
            for (i, line) in part.lines.iter().enumerate() {
                area.draw(&Text::new(
                    line.clone(),
                    (at.0, first + 22 * i as i32),
                    centred(if i == 0 { 20 } else { 18 }),
                ))?;
            }
        }
        Ok(())
    }
}
