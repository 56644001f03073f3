//! An SVG document as text, with points, curves and words, and animations that are still where motion is not wanted.

use std::fmt::Write;
use std::path::Path;

// The palette of Okabe and Ito, whose colours colour-blind readers can distinguish
pub const BLUE: &str = "#0072b2";
pub const ORANGE: &str = "#d55e00";
pub const GREEN: &str = "#007a59"; // darker than the palette's, for text on white
pub const BLACK: &str = "#1a1a1a";
pub const GREY: &str = "#767676";
pub const LIGHT: &str = "#d9d9d9";
pub const WHITE: &str = "#ffffff";

/// The part of the cycle of an animation that shows the whole picture at the start.
pub const START: f64 = 0.12;

pub type Point = (f64, f64);

/// How a line is drawn.
#[derive(Clone, Copy)]
pub struct Pen {
    colour: &'static str,
    width: f64,
    dash: &'static str,
}

pub fn pen(colour: &'static str, width: f64) -> Pen {
    Pen { colour, width, dash: "" }
}

impl Pen {
    /// Returns the pen with the lengths of dashes and gaps.
    pub fn dashed(self, dash: &'static str) -> Pen {
        Pen { dash, ..self }
    }

    fn attributes(self) -> String {
        format!(r#"fill="none" {}"#, self.stroke())
    }

    fn stroke(self) -> String {
        let dash = if self.dash.is_empty() { String::new() } else { format!(r#" stroke-dasharray="{}""#, self.dash) };
        format!(r#"stroke="{}" stroke-width="{}"{dash}"#, self.colour, self.width)
    }
}

/// Where a text stands relative to its point.
#[derive(Clone, Copy)]
pub enum Align {
    Left,
    Middle,
    Right,
}

pub struct Svg {
    size: Point,
    title: &'static str,
    description: String,
    body: String,
    keyframes: String,
    animations: usize,
    /// The length of the animation in seconds.
    cycle: f64,
}

impl Svg {
    /// Creates a white picture of `width` × `height` with a title above, also for screen readers.
    pub fn new(width: f64, height: f64, title: &'static str, description: impl Into<String>) -> Svg {
        let (body, keyframes) = (String::new(), String::new());
        let mut svg = Svg {
            size: (width, height),
            title,
            description: description.into(),
            body,
            keyframes,
            animations: 0,
            cycle: 0.0,
        };
        svg.text((width / 2.0, 34.0), Align::Middle, 24.0, BLACK, title);
        svg
    }

    /// Sets the length of the animation in seconds.
    pub fn cycle(&mut self, seconds: f64) {
        self.cycle = seconds;
    }

    pub fn line(&mut self, from: Point, to: Point, pen: Pen) {
        self.curve(&[from, to], pen);
    }

    /// Draws straight lines from point to point.
    pub fn curve(&mut self, points: &[Point], pen: Pen) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            self.body,
            r#"<polyline points="{}" {} stroke-linecap="round" stroke-linejoin="round"/>"#,
            points.join(" "),
            pen.attributes()
        );
    }

    /// Draws a line with a head at `to`.
    pub fn arrow(&mut self, from: Point, to: Point, pen: Pen) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1e-9);
        let (ux, uy) = (dx / length, dy / length);
        let head = (5.0 + 3.0 * pen.width).min(length);
        let base = (to.0 - ux * head, to.1 - uy * head);
        self.line(from, base, pen);
        let half = 0.45 * head;
        let corners = [to, (base.0 - uy * half, base.1 + ux * half), (base.0 + uy * half, base.1 - ux * half)];
        self.area(&corners, pen.colour, 1.0);
    }

    /// Fills a polygon.
    pub fn area(&mut self, points: &[Point], fill: &str, opacity: f64) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ =
            writeln!(self.body, r#"<polygon points="{}" fill="{fill}" fill-opacity="{opacity}"/>"#, points.join(" "));
    }

    /// Fills many rectangles `(x, y, width, height)` with one colour, without seams between them.
    pub fn tiles(&mut self, tiles: &[[f64; 4]], fill: &str) {
        let path: String = tiles.iter().map(|[x, y, w, h]| format!("M{x:.1} {y:.1}h{w:.1}v{h:.1}h-{w:.1}z")).collect();
        let _ = writeln!(self.body, r#"<path d="{path}" fill="{fill}" shape-rendering="crispEdges"/>"#);
    }

    /// Draws separate short lines as one path.
    pub fn segments(&mut self, segments: &[[Point; 2]], pen: Pen) {
        let path: String =
            segments.iter().map(|[a, b]| format!("M{:.1} {:.1}L{:.1} {:.1}", a.0, a.1, b.0, b.1)).collect();
        let _ = writeln!(self.body, r#"<path d="{path}" {} stroke-linecap="round"/>"#, pen.attributes());
    }

    /// Draws a path of lines and smooth curves in the notation of SVG and fills it, except where it winds around twice.
    pub fn path(&mut self, path: &str, fill: &str, opacity: f64, pen: Pen) {
        let stroke = pen.stroke();
        let _ = writeln!(
            self.body,
            r#"<path d="{path}" fill="{fill}" fill-opacity="{opacity}" fill-rule="evenodd" {stroke} stroke-linecap="round" stroke-linejoin="round"/>"#
        );
    }

    pub fn rect(&mut self, corner: Point, size: Point, fill: &str, pen: Pen) {
        let ((x, y), (w, h), Pen { colour, width, .. }) = (corner, size, pen);
        let _ = writeln!(
            self.body,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{w:.1}" height="{h:.1}" rx="4" fill="{fill}" stroke="{colour}" stroke-width="{width}"/>"#
        );
    }

    pub fn circle(&mut self, at: Point, radius: f64, fill: &str, pen: Pen) {
        let ((x, y), Pen { colour, width, .. }) = (at, pen);
        let _ = writeln!(
            self.body,
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" fill="{fill}" stroke="{colour}" stroke-width="{width}"/>"#
        );
    }

    /// Draws a square around a point.
    pub fn square(&mut self, at: Point, half: f64, fill: &str, pen: Pen) {
        self.rect((at.0 - half, at.1 - half), (2.0 * half, 2.0 * half), fill, pen);
    }

    /// Writes a text with a white edge, so that it can be read on lines and colours.
    pub fn text(&mut self, at: Point, align: Align, size: f64, fill: &str, text: &str) {
        let anchor = match align {
            Align::Left => "start",
            Align::Middle => "middle",
            Align::Right => "end",
        };
        self.write("", at, anchor, size, fill, text);
    }

    /// Writes a text around a point, without an edge, for light text on colours.
    pub fn plain_text(&mut self, at: Point, size: f64, fill: &str, text: &str) {
        self.write(r#" class="plain""#, at, "middle", size, fill, text);
    }

    fn write(&mut self, class: &str, (x, y): Point, anchor: &str, size: f64, fill: &str, text: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.body,
            r#"<text{class} x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" font-size="{size}" fill="{fill}">{text}</text>"#
        );
    }

    /// Shows the drawing of `draw` from one part of the cycle to another, from 0 to 1.
    ///
    /// If it is `kept`, it is also shown when the picture is still, and at the start of the cycle. A print shows the moment at
    /// which it is made, since a picture in a page does not know that it is printed; so nothing that matters may be
    /// missing at any moment.
    pub fn shown(&mut self, from: f64, to: f64, kept: bool, draw: impl FnOnce(&mut Svg)) {
        self.animations += 1;
        let (n, first) = (self.animations, u8::from(kept));
        let _ = writeln!(self.body, r#"<g class="a a{n}" opacity="{first}">"#);
        draw(self);
        self.body.push_str("</g>\n");
        let start = if kept { format!("{:.2}%{{opacity:0}}", 100.0 * START) } else { String::new() };
        let end = if to < 1.0 { format!("{:.2}%{{opacity:0}}", 100.0 * to) } else { String::new() };
        let _ = writeln!(
            self.keyframes,
            "@keyframes k{n}{{0%{{opacity:{first}}}{start}{:.2}%{{opacity:1}}{end}100%{{opacity:{}}}}}.a{n}{{animation-name:k{n}}}",
            100.0 * from,
            u8::from(to >= 1.0)
        );
    }

    /// Moves the drawing of `draw` at (0, 0) along points: at the first for the first part of the cycle, and so on. If the
    /// picture is still, it is not shown.
    pub fn moved(&mut self, stations: &[(f64, Point)], draw: impl FnOnce(&mut Svg)) {
        self.animations += 1;
        let n = self.animations;
        let _ = writeln!(self.body, r#"<g class="m a{n}" opacity="0">"#);
        draw(self);
        self.body.push_str("</g>\n");
        let frames: String = stations
            .iter()
            .map(|(part, (x, y))| format!("{:.2}%{{opacity:1;transform:translate({x:.1}px,{y:.1}px)}}", 100.0 * part))
            .collect();
        let _ = writeln!(self.keyframes, "@keyframes k{n}{{{frames}}}.a{n}{{animation-name:k{n}}}");
    }

    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let (width, height) = self.size;
        let motion = if self.animations == 0 {
            String::new()
        } else {
            format!(
                "@media (prefers-reduced-motion:no-preference){{\n{}.a,.m{{animation-duration:{}s;\
                 animation-iteration-count:infinite;animation-timing-function:step-end}}.m{{animation-timing-function:\
                 ease-in-out}}\n}}\n",
                self.keyframes, self.cycle
            )
        };
        let text = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description" font-family="sans-serif">
<title id="title">{}</title>
<desc id="description">{}</desc>
<style>text{{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}}.plain{{stroke:none}}
{motion}</style>
<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>
{}
</svg>
"##,
            self.title,
            escaped(&self.description),
            self.body
        );
        std::fs::write(path, text)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A rectangle of the picture with two axes.
#[derive(Clone, Copy)]
pub struct Plot {
    /// The upper left and the lower right corner, in pixels.
    pub corners: [Point; 2],
    /// The ranges of x and y.
    pub ranges: [Point; 2],
}

impl Plot {
    /// Returns the pixel of a point.
    pub fn at(&self, x: f64, y: f64) -> Point {
        let ([(left, top), (right, bottom)], [(x0, x1), (y0, y1)]) = (self.corners, self.ranges);
        (left + (x - x0) / (x1 - x0) * (right - left), bottom - (y - y0) / (y1 - y0) * (bottom - top))
    }

    /// Draws the curve of a function from `from` to `to`.
    pub fn function(&self, svg: &mut Svg, (from, to): Point, pen: Pen, f: impl Fn(f64) -> f64) {
        let points: Vec<Point> =
            (0..=120).map(|i| from + (to - from) * i as f64 / 120.0).map(|x| self.at(x, f(x))).collect();
        svg.curve(&points, pen);
    }

    /// Draws the left and the lower edge, with marks.
    pub fn axes(&self, svg: &mut Svg, xs: &[(f64, &str)], ys: &[(f64, &str)]) {
        let [(left, top), (right, bottom)] = self.corners;
        for &(x, label) in xs {
            let (x, _) = self.at(x, 0.0);
            svg.line((x, bottom), (x, bottom + 6.0), pen(BLACK, 1.5));
            svg.text((x, bottom + 27.0), Align::Middle, 19.0, BLACK, label);
        }
        for &(y, label) in ys {
            let (_, y) = self.at(0.0, y);
            svg.line((left - 6.0, y), (left, y), pen(BLACK, 1.5));
            svg.text((left - 11.0, y + 7.0), Align::Right, 19.0, BLACK, label);
        }
        svg.curve(&[(left, top), (left, bottom), (right, bottom)], pen(BLACK, 1.5));
    }

    /// Fills the plot with the colour of `level` at each point, in rows of tiles; `colours` has one for each level.
    pub fn levels(&self, svg: &mut Svg, colours: &[String], level: impl Fn(f64, f64) -> usize) {
        let ([(left, top), (right, bottom)], [(x0, x1), (y0, y1)]) = (self.corners, self.ranges);
        let (columns, rows) = (((right - left) / 1.0) as usize, ((bottom - top) / 2.0) as usize);
        let (width, height) = ((right - left) / columns as f64, (bottom - top) / rows as f64);
        let mut tiles = vec![Vec::new(); colours.len()];
        for row in 0..rows {
            let y = y1 - (y1 - y0) * (row as f64 + 0.5) / rows as f64;
            let at = |column: usize| level(x0 + (x1 - x0) * (column as f64 + 0.5) / columns as f64, y);
            let mut start = 0;
            for column in 1..=columns {
                if column == columns || at(column) != at(start) {
                    let x = left + start as f64 * width;
                    tiles[at(start)].push([x, top + row as f64 * height, (column - start) as f64 * width, height]);
                    start = column;
                }
            }
        }
        for (tiles, colour) in tiles.iter().zip(colours) {
            svg.tiles(tiles, colour);
        }
    }

    /// Draws the line on which `f` is `value`, by the edges that it crosses of the squares of a grid.
    pub fn contour(&self, svg: &mut Svg, value: f64, pen: Pen, f: impl Fn(f64, f64) -> f64) {
        const CELLS: usize = 60;
        let [(x0, x1), (y0, y1)] = self.ranges;
        let grid =
            |i: usize, j: usize| (x0 + (x1 - x0) * i as f64 / CELLS as f64, y0 + (y1 - y0) * j as f64 / CELLS as f64);
        let values: Vec<Vec<f64>> =
            (0..=CELLS).map(|i| (0..=CELLS).map(|j| grid(i, j)).map(|(x, y)| f(x, y) - value).collect()).collect();
        let mut segments = Vec::new();
        for i in 0..CELLS {
            for j in 0..CELLS {
                let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)];
                let crossings: Vec<Point> = corners
                    .windows(2)
                    .filter_map(|edge| {
                        let [(i, j), (k, l)] = [edge[0], edge[1]];
                        let (a, b) = (values[i][j], values[k][l]);
                        ((a < 0.0) != (b < 0.0)).then(|| {
                            let ((ax, ay), (bx, by), part) = (grid(i, j), grid(k, l), a / (a - b));
                            self.at(ax + part * (bx - ax), ay + part * (by - ay))
                        })
                    })
                    .collect();
                segments.extend(crossings.chunks_exact(2).map(|ends| [ends[0], ends[1]]));
            }
        }
        svg.segments(&segments, pen);
    }
}

/// Returns a colour between white and `colour`, which has the form `#rrggbb`.
pub fn tint(colour: &str, fraction: f64) -> String {
    let part = |i: usize| {
        let value = u8::from_str_radix(&colour[i..i + 2], 16).expect("a colour has six hexadecimal digits");
        (255.0 + (f64::from(value) - 255.0) * fraction).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", part(1), part(3), part(5))
}

/// Returns a number with a real minus.
pub fn number(x: f64, digits: usize) -> String {
    format!("{x:.digits$}").replace('-', "−")
}
