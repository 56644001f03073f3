//! [`GraphPicture`]: the graph of a computation, laid out and drawn.

use super::picture::{Area, Drawn, Picture, Theme};
use crate::error::Error;
use crate::scalar::Scalar;
use crate::trace::{DrawnGraph, GraphDrawing};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rust_sugiyama::configure::Config;
use rust_sugiyama::from_vertices_and_edges;
use std::collections::BTreeMap;

/// A picture of the graph of a computation. [`GraphDrawing::picture`] creates it.
///
/// Operands are on the left and the result is on the right, or above and below if that is narrower. Each box has the
/// name, the operation, the value, and the derivative of the result with respect to it; each edge has its local
/// derivative next to its arrow. Boxes are blue where the derivative is positive, orange where it is negative, in a
/// stronger colour for a larger derivative; constants are grey.
#[doc(alias = "make_dot")]
#[derive(Clone, Debug, PartialEq)]
pub struct GraphPicture {
    graph: DrawnGraph,
    plan: Plan,
}

/// The layout, in coordinates along the direction from operands to the result, and across it.
#[derive(Clone, Debug, PartialEq)]
struct Plan {
    /// The direction is from above to below, otherwise from left to right.
    is_upright: bool,
    /// The centre of each box.
    places: BTreeMap<usize, (f64, f64)>,
    /// The points of each edge, from box to box.
    routes: Vec<Vec<(f64, f64)>>,
    size: (f64, f64),
}

/// Width and height of a box.
const BOX: (f64, f64) = (150.0, 76.0);
/// The distance between boxes along the direction and across it: level, upright.
const ROOM: [(f64, f64); 2] = [(90.0, 26.0), (56.0, 24.0)];
const MARGIN: f64 = 30.0;
/// The width that is kept free for an edge that passes a box.
const PASSAGE: f64 = 20.0;

impl<T: Scalar> GraphDrawing<'_, T> {
    /// Returns the drawing as a picture, which can be saved as SVG or PNG.
    ///
    /// # Errors
    /// [`Error::Limit`] if there are more than 150 boxes.
    pub fn picture(&self) -> Result<GraphPicture, Error> {
        let graph = self.drawn()?;
        let plans = [false, true].map(|is_upright| Plan::new(&graph, is_upright));
        let [level, upright] = plans;
        // Pages are narrower than they are high.
        let plan = if upright.pixels().0 < level.pixels().0 { upright } else { level };
        Ok(GraphPicture { graph, plan })
    }
}

impl Plan {
    /// Computes a layout: boxes in layers, each as near to the result as its uses allow. An edge that skips layers gets
    /// a passage in each of them and does not run behind a box.
    fn new(DrawnGraph { boxes, edges }: &DrawnGraph, is_upright: bool) -> Plan {
        let (length, breadth) = Plan::of_box(is_upright);
        let (room_along, room_across) = ROOM[is_upright as usize];
        let position = |index: usize| boxes.iter().position(|part| part.index == index).expect("edges join boxes");
        let mut pairs: Vec<(usize, usize)> =
            edges.iter().map(|(from, to, _)| (position(*from), position(*to))).collect();
        pairs.dedup();
        let mut layers = vec![0_usize; boxes.len()]; // counted from the result; operands come before results
        for to in (0..boxes.len()).rev() {
            for &(from, _) in pairs.iter().filter(|pair| pair.1 == to) {
                layers[from] = layers[from].max(layers[to] + 1);
            }
        }
        let mut vertices: Vec<(u32, (f64, f64))> =
            (0..boxes.len()).map(|box_| (box_ as u32, (breadth + room_across, length + room_along))).collect();
        let (mut steps, mut passages) = (Vec::new(), BTreeMap::new());
        for &(from, to) in &pairs {
            let first = vertices.len();
            let last = first + layers[from] - layers[to] - 1;
            vertices.extend((first..last).map(|passage| (passage as u32, (PASSAGE, length + room_along))));
            let by: Vec<usize> = [from].into_iter().chain(first..last).chain([to]).collect();
            steps.extend(by.windows(2).map(|step| (step[0] as u32, step[1] as u32)));
            passages.insert((from, to), first..last);
        }
        let config = Config { vertex_spacing: 10.0, ..Config::default() };
        let mut places = vec![(MARGIN + length / 2.0, MARGIN + breadth / 2.0); vertices.len()];
        let mut size = (length + 2.0 * MARGIN, MARGIN);
        for (layout, ..) in from_vertices_and_edges(&vertices, &steps, &config) {
            // Parts without edges between them are placed side by side.
            let least = |f: fn(&(f64, f64)) -> f64| layout.iter().map(|(_, at)| f(at)).fold(f64::INFINITY, f64::min);
            let (least_across, least_along, across) = (least(|at| at.0), least(|at| at.1), size.1);
            for &(vertex, at) in &layout {
                let place = (at.1 - least_along + MARGIN + length / 2.0, at.0 - least_across + across + breadth / 2.0);
                size = (size.0.max(place.0 + length / 2.0 + MARGIN), size.1.max(place.1 + breadth / 2.0 + MARGIN));
                places[vertex] = place;
            }
        }
        let mut plan = Plan {
            is_upright,
            places: boxes.iter().zip(&places).map(|(part, &place)| (part.index, place)).collect(),
            routes: Vec::new(),
            size: (size.0, size.1.max(breadth + 2.0 * MARGIN)),
        };
        plan.routes = edges
            .iter()
            .map(|(from, to, _)| {
                let (from, to) = (position(*from), position(*to));
                let ends =
                    |(along, across): (f64, f64)| [(along - length / 2.0, across), (along + length / 2.0, across)];
                let between = passages[&(from, to)].clone().flat_map(|passage| ends(places[passage]));
                [ends(places[from])[1]].into_iter().chain(between).chain([ends(places[to])[0]]).collect()
            })
            .collect();
        plan.spread(edges);
        plan
    }

    /// Spreads the ends of the edges into each box over its side, in the order in which they arrive.
    fn spread(&mut self, edges: &[(usize, usize, String)]) {
        let (_, breadth) = Plan::of_box(self.is_upright);
        for &to in self.places.keys() {
            let mut arriving: Vec<usize> = (0..edges.len()).filter(|&edge| edges[edge].1 == to).collect();
            let before = |edge: &usize| self.routes[*edge][self.routes[*edge].len() - 2].1;
            arriving.sort_by(|a, b| before(a).total_cmp(&before(b)));
            let count = arriving.len() as f64;
            for (i, edge) in arriving.into_iter().enumerate() {
                let end = self.routes[edge].last_mut().expect("a route has two ends");
                end.1 += 0.8 * breadth * ((i as f64 + 0.5) / count - 0.5);
            }
        }
    }

    /// Returns the size of a box along the direction and across it.
    fn of_box(is_upright: bool) -> (f64, f64) {
        if is_upright { (BOX.1, BOX.0) } else { BOX }
    }

    /// Returns the width and the height.
    fn pixels(&self) -> (u32, u32) {
        let (width, height) = self.pixel(self.size);
        (width as u32, height as u32)
    }

    fn pixel(&self, (along, across): (f64, f64)) -> (i32, i32) {
        let (along, across) = (along.round() as i32, across.round() as i32);
        if self.is_upright { (across, along) } else { (along, across) }
    }
}

/// Returns the point at the fraction `t` of a curve between two points, which is level at its ends.
fn between(from: (f64, f64), to: (f64, f64), t: f64) -> (f64, f64) {
    let s = t * t * (3.0 - 2.0 * t);
    (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * s)
}

impl Picture for GraphPicture {
    fn size(&self) -> (u32, u32) {
        self.plan.pixels()
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let centred = |size| theme.text(size).pos(Pos::new(HPos::Center, VPos::Center));
        let plan = &self.plan;
        for route in &plan.routes {
            let pairs = route.windows(2).flat_map(|ends| (0..=16).map(|i| between(ends[0], ends[1], i as f64 / 16.0)));
            let curve: Vec<(i32, i32)> = pairs.map(|at| plan.pixel(at)).collect();
            area.draw(&PathElement::new(curve, theme.foreground().mix(0.6).stroke_width(2)))?;
            let (along, across) = route[route.len() - 1];
            let arrow = [(along, across), (along - 9.0, across - 5.0), (along - 9.0, across + 5.0)];
            let arrow = arrow.map(|at| plan.pixel(at)).to_vec();
            area.draw(&Polygon::new(arrow, theme.foreground().mix(0.8).filled()))?;
        }
        for (route, (.., label)) in plan.routes.iter().zip(&self.graph.edges) {
            let (from, to) = (route[route.len() - 2], route[route.len() - 1]);
            let before = if plan.is_upright { 22.0 } else { 42.0 };
            let (x, y) = plan.pixel(between(from, to, 1.0 - before / (to.0 - from.0)));
            let style = centred(17);
            let (width, height) = area.estimate_text_size(label, &style)?;
            let (w, h) = (width as i32 / 2 + 3, height as i32 / 2 + 2);
            area.draw(&Rectangle::new([(x - w, y - h), (x + w, y + h)], theme.background().mix(0.85).filled()))?;
            area.draw(&Text::new(label.clone(), (x, y), style))?;
        }
        for part in &self.graph.boxes {
            let at = plan.pixel(plan.places[&part.index]);
            let (w, h) = ((BOX.0 / 2.0) as i32, (BOX.1 / 2.0) as i32);
            let corners = [(at.0 - w, at.1 - h), (at.0 + w, at.1 + h)];
            let fill = if part.is_constant {
                theme.blend(theme.foreground(), 0.08)
            } else {
                theme.blend(theme.line((part.derivative < 0.0) as usize), part.strength())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Trace, TracedValue};

    /// Checks that no edge has a point inside a box, except its two ends.
    fn check(result: TracedValue<'_, f64>) {
        let picture = result.drawing().picture().unwrap();
        for plan in [false, true].map(|is_upright| Plan::new(&picture.graph, is_upright)) {
            let (length, breadth) = Plan::of_box(plan.is_upright);
            for route in &plan.routes {
                for ends in route.windows(2) {
                    for at in (1..64).map(|i| between(ends[0], ends[1], i as f64 / 64.0)) {
                        for place in plan.places.values() {
                            let is_inside =
                                (at.0 - place.0).abs() < length / 2.0 - 1.0 && (at.1 - place.1).abs() < breadth / 2.0;
                            assert!(!is_inside, "{route:?} runs behind the box at {place:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn edges_run_behind_no_box() {
        let trace = Trace::new();
        let (a, b) = (trace.variable("a", -4.0_f64), trace.variable("b", 2.0));
        let (c, d) = (a + b, a * b + b.powi(3));
        let c = c + (c + 1.0);
        let c = c + (1.0 + c - a);
        let d = d + (d * 2.0 + (b + a).relu());
        let d = d + (3.0 * d + (b - a).relu());
        let e = c - d;
        check(e.powi(2) / 2.0 + 10.0 / e.powi(2));
        check(a * a);
        check((1..8).fold(a, |x, i| (x * b + x).powi(i % 3 + 1) - a));
    }
}
