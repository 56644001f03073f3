//! [`Data`]: points on a plane, generated, added by hand, or from a table.

use crate::Settings;
use crate::formula::Formula;
use backprop::ndarray::Array2;
use backprop::rand::{Rng, RngExt, SeedableRng};
use backprop::{Csv, Dataset, Error, Scaler};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

/// A sample: two coordinates, and the index of a class or a number as the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub at: [f64; 2],
    pub target: f64,
    /// True for a test point.
    pub is_test: bool,
}

/// Points on a plane with their names, classes and scaling.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    pub points: Vec<Point>,
    /// Empty if the targets are numbers.
    pub classes: Vec<String>,
    pub target_name: String,
    /// The names of the coordinates.
    pub names: [String; 2],
    /// The scaling from values of the table to coordinates.
    pub scaler: Scaler,
    /// The plane is shown from −size to size.
    pub size: f64,
}

/// The number of generated points.
const COUNT: usize = 500;
/// The largest coordinate of generated points without noise.
const RADIUS: f64 = 5.0;

/// The names of the data sets in addresses.
const DATA_SETS: [&str; 9] = ["circle", "xor", "gauss", "spiral", "spiral3", "formula", "plane", "hills", "people"];

impl Data {
    /// Returns the data set in the settings. Custom data (`own`) come from the page.
    pub fn named(settings: &Settings) -> Result<Data, Error> {
        let mut rng = ChaCha8Rng::seed_from_u64(settings.data_seed);
        let (rng, noise) = (&mut rng, settings.noise);
        let classes = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<String>>();
        let two = || classes(&["A", "B"]);
        let (samples, classes): (Vec<([f64; 2], f64)>, _) = match &settings.data[..] {
            "circle" => (circle(rng, noise), two()),
            "xor" => (exclusive_or(rng, noise), two()),
            "gauss" => (clouds(rng, noise), two()),
            "spiral" => (spiral(rng, noise, 2), two()),
            "spiral3" => (spiral(rng, noise, 3), classes(&["A", "B", "C"])),
            "formula" => (formula(rng, noise, &settings.boundary)?, two()),
            "plane" => (plane(rng, noise), Vec::new()),
            "hills" => (hills(rng, noise), Vec::new()),
            "people" => return Ok(people()),
            other => return Err(Error::unknown("data set", other, DATA_SETS)),
        };
        let points = samples.into_iter().map(|(at, target)| Point { at, target, is_test: false }).collect();
        let mut data = Data {
            points,
            target_name: if classes.is_empty() { "value" } else { "class" }.into(),
            classes,
            names: ["x1", "x2"].map(String::from),
            scaler: Scaler::identity(2),
            size: 6.0,
        };
        data.hold_out_with(settings.test_fraction, rng);
        Ok(data)
    }

    /// Returns the samples of a table: two columns as coordinates, scaled to mean 0 and standard deviation 1, and a
    /// third as the target, with classes or numbers.
    pub fn of_table(
        csv: &Csv,
        [x1, x2, target]: [&str; 3],
        as_classes: bool,
        settings: &Settings,
    ) -> Result<Data, Error> {
        let csv = csv.clone().inputs([x1, x2]);
        let (dataset, targets): (_, Vec<f64>) = if as_classes {
            let dataset = csv.classes::<f64>(target)?;
            let labels = dataset.labels().into_iter().map(|label| label as f64).collect();
            (dataset, labels)
        } else {
            let dataset = csv.numbers::<f64>(target)?;
            let values = dataset.targets().column(0).to_vec();
            (dataset, values)
        };
        let limit = |what, limit: usize, got: usize, place: String, advice| Error::Limit {
            what,
            limit: limit as u64,
            got: Some(got as u64),
            place,
            advice,
        };
        if dataset.len() > MAX_POINTS {
            return Err(limit("rows", MAX_POINTS, dataset.len(), "the table".into(), "use a part of them"));
        }
        let (classes, column) = (dataset.classes(), format!("column {target}"));
        if classes.len() > MAX_CLASSES {
            return Err(limit("classes", MAX_CLASSES, classes.len(), column, "choose another column"));
        }
        if let [class] = classes {
            return Err(Error::invalid_argument(column, "have at least two classes", format!("only `{class}`")));
        }
        let scaler = Scaler::standard(dataset.inputs())?;
        let scaled = scaler.transform(dataset.inputs())?;
        let points: Vec<Point> = (scaled.rows().into_iter().zip(targets))
            .map(|(row, target)| Point { at: [row[0], row[1]], target, is_test: false })
            .collect();
        let farthest = points.iter().flat_map(|point| point.at).map(f64::abs).fold(1.0, f64::max);
        let mut data = Data {
            points,
            classes: dataset.classes().to_vec(),
            target_name: target.into(),
            names: [x1, x2].map(String::from),
            scaler,
            size: 1.1 * farthest,
        };
        data.hold_out(settings);
        Ok(data)
    }

    /// Returns the description of the data, one line for each of: names of the coordinates, target, shifts, units,
    /// size, classes.
    pub fn described(&self) -> String {
        let mut lines = vec![self.names.join("\t"), self.target_name.clone()];
        for numbers in [self.scaler.shifts(), self.scaler.units(), &[self.size]] {
            lines.push(numbers.iter().map(f64::to_string).collect::<Vec<String>>().join("\t"));
        }
        lines.push(self.classes.join("\t"));
        lines.join("\n")
    }

    /// Creates data from a description (see [`Data::described`]) and points.
    pub fn of_description(text: &str, points: Vec<Point>) -> Result<Data, Error> {
        let expected =
            |what: &str| Error::custom(format!("expected {what}, got something else, in the description of the data"));
        let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
        let [names, target, shifts, units, size, classes] = &lines[..] else {
            return Err(expected("six lines"));
        };
        let numbers = |line: &[&str], count: usize| {
            let numbers: Vec<f64> = line.iter().filter_map(|cell| cell.parse().ok()).collect();
            if numbers.len() == count { Ok(numbers) } else { Err(expected("a number in each place")) }
        };
        let [x1, x2] = &names[..] else { return Err(expected("two coordinates")) };
        if classes.len() > MAX_CLASSES {
            return Err(expected(&format!("at most {MAX_CLASSES} classes")));
        }
        let size = numbers(size, 1)?[0];
        if !(size > 0.0 && size.is_finite()) {
            return Err(Error::invalid_argument("size", "be positive and finite", size));
        }
        let classes =
            if classes[..] == [""] { Vec::new() } else { classes.iter().map(|name| name.to_string()).collect() };
        let data = Data {
            points: Vec::new(),
            classes,
            target_name: target.join(" "),
            names: [x1.to_string(), x2.to_string()],
            scaler: Scaler::new(numbers(shifts, 2)?, numbers(units, 2)?)?,
            size,
        };
        data.with_points(points)
    }

    /// Returns the data with other points. Classes without points are removed.
    pub fn with_points(&self, points: Vec<Point>) -> Result<Data, Error> {
        for point in &points {
            if let Some(value) = point.at.iter().chain([&point.target]).find(|value| !value.is_finite()) {
                return Err(Error::invalid_argument("points", "have finite coordinates and targets", value));
            }
        }
        if self.classes.is_empty() {
            return Ok(Data { points, ..self.clone() });
        }
        // One new class can be added; its name is the first free letter.
        let letters = ["A", "B", "C", "D", "E", "F", "G"].map(String::from);
        let free =
            letters.iter().find(|letter| !self.classes.contains(letter)).expect("classes are fewer than letters");
        let name = |point: &Point| {
            let class = (point.target >= 0.0 && point.target.fract() == 0.0).then_some(point.target as usize);
            let name = class.and_then(|class| self.classes.iter().chain([free]).nth(class));
            name.ok_or_else(|| {
                let requirement = format!("have classes from 0 to {}", self.classes.len());
                Error::invalid_argument("points", requirement, point.target)
            })
        };
        let labels = points.iter().map(name).collect::<Result<Vec<&String>, Error>>()?;
        // In the order of a `Dataset`
        let classes = Dataset::with_classes(Array2::<f64>::zeros((labels.len(), 1)), &labels)?.classes().to_vec();
        if classes.len() > MAX_CLASSES {
            let requirement = format!("have at most {MAX_CLASSES} classes");
            return Err(Error::invalid_argument("points", requirement, classes.len()));
        }
        let place = |label: &String| classes.iter().position(|class| class == label).expect("it is one of them") as f64;
        let points =
            points.iter().zip(&labels).map(|(point, label)| Point { target: place(label), ..*point }).collect();
        Ok(Data { points, classes, ..self.clone() })
    }

    /// Splits the points into training and test points by the settings.
    pub fn hold_out(&mut self, settings: &Settings) {
        self.hold_out_with(settings.test_fraction, &mut ChaCha8Rng::seed_from_u64(settings.data_seed));
    }

    /// Holds out a fraction of the points for testing, but keeps one point of each class for training.
    fn hold_out_with(&mut self, fraction: f64, rng: &mut impl Rng) {
        for i in (1..self.points.len()).rev() {
            self.points.swap(i, rng.random_range(0..=i));
        }
        let mut count = (fraction * self.points.len() as f64).round() as usize;
        let mut seen = Vec::new();
        for point in &mut self.points {
            let is_first = !self.classes.is_empty() && !seen.contains(&point.target);
            if is_first {
                seen.push(point.target);
            }
            point.is_test = count > 0 && !is_first;
            count -= point.is_test as usize;
        }
    }
}

/// The limit at which points are still visible, and an epoch still fits into a frame.
const MAX_POINTS: usize = 5000;
/// The number of distinguishable colours and shapes.
const MAX_CLASSES: usize = 6;

/// Draws a number from 0 to `most`, exclusive.
fn up_to(rng: &mut impl Rng, most: f64) -> f64 {
    rng.random::<f64>() * most
}

/// Draws a number from −`size` to `size`.
fn around(rng: &mut impl Rng, size: f64) -> f64 {
    up_to(rng, 2.0 * size) - size
}

/// Draws from the standard normal distribution: [Box and Muller 1958](https://doi.org/10.1214/aoms/1177706645).
fn normal(rng: &mut impl Rng) -> f64 {
    let u = 1.0 - rng.random::<f64>();
    (-2.0 * u.ln()).sqrt() * up_to(rng, TAU).cos()
}

fn shaken([x, y]: [f64; 2], rng: &mut impl Rng, by: f64) -> [f64; 2] {
    [x + around(rng, by), y + around(rng, by)]
}

/// Returns a disc and a ring around it. Noise moves the points before their class is determined.
fn circle(rng: &mut impl Rng, noise: f64) -> Vec<([f64; 2], f64)> {
    (0..COUNT)
        .map(|i| {
            let is_inside = i % 2 == 0;
            let radius = if is_inside { up_to(rng, 0.5 * RADIUS) } else { RADIUS * (0.7 + up_to(rng, 0.3)) };
            let angle = up_to(rng, TAU);
            let at = [radius * angle.sin(), radius * angle.cos()];
            let [x, y] = shaken(at, rng, RADIUS * noise);
            (at, (x.hypot(y) < 0.5 * RADIUS) as usize as f64)
        })
        .collect()
}

/// Returns points whose class depends on whether their coordinates have the same sign.
fn exclusive_or(rng: &mut impl Rng, noise: f64) -> Vec<([f64; 2], f64)> {
    const GAP: f64 = 0.3;
    (0..COUNT)
        .map(|_| {
            let at = [around(rng, RADIUS), around(rng, RADIUS)].map(|x| x + GAP.copysign(x));
            let [x, y] = shaken(at, rng, RADIUS * noise);
            (at, (x * y >= 0.0) as usize as f64)
        })
        .collect()
}

/// Returns a cloud around (2, 2) and one around (−2, −2).
fn clouds(rng: &mut impl Rng, noise: f64) -> Vec<([f64; 2], f64)> {
    let deviation = (0.5 + 3.5 * noise).sqrt();
    (0..COUNT)
        .map(|i| {
            let class = i % 2;
            let centre = if class == 1 { 2.0 } else { -2.0 };
            ([centre + deviation * normal(rng), centre + deviation * normal(rng)], class as f64)
        })
        .collect()
}

/// Returns `arms` arms of a spiral, each with one and three quarter turns.
fn spiral(rng: &mut impl Rng, noise: f64, arms: usize) -> Vec<([f64; 2], f64)> {
    let each = COUNT / arms;
    (0..arms * each)
        .map(|i| {
            let (arm, part) = (i / each, (i % each) as f64 / each as f64);
            let angle = 1.75 * TAU * part + TAU * arm as f64 / arms as f64;
            let at = [RADIUS * part * angle.sin(), RADIUS * part * angle.cos()];
            (shaken(at, rng, noise), arm as f64)
        })
        .collect()
}

/// Returns points above (class 1) and below (class 0) a curve. Noise moves the points before their class is determined.
fn formula(rng: &mut impl Rng, noise: f64, boundary: &Formula) -> Result<Vec<([f64; 2], f64)>, Error> {
    let point = |_| {
        let at = [around(rng, RADIUS), around(rng, RADIUS)];
        let [x, y] = shaken(at, rng, RADIUS * noise);
        let height = boundary.value(&[x]);
        if !height.is_finite() {
            return Err(Error::invalid_argument("boundary", format!("be finite at x = {x}"), height));
        }
        Ok((at, (y > height) as usize as f64))
    };
    let points = (0..COUNT).map(point).collect::<Result<Vec<_>, Error>>()?;
    if points.iter().all(|(_, class)| *class == points[0].1) {
        let (text, side) = (boundary.text(), if points[0].1 == 1.0 { "above" } else { "below" });
        return Err(Error::invalid_argument("boundary", "have points on both sides", format!("all {side} `{text}`")));
    }
    Ok(points)
}

/// Returns targets that increase from −1 in one corner to 1 in the opposite corner.
fn plane(rng: &mut impl Rng, noise: f64) -> Vec<([f64; 2], f64)> {
    (0..COUNT)
        .map(|_| {
            let at = [around(rng, RADIUS), around(rng, RADIUS)];
            let [x, y] = shaken(at, rng, RADIUS * noise);
            (at, (x + y) / (2.0 * RADIUS))
        })
        .collect()
}

/// Returns targets that are 1 on some hills, −1 in some hollows, and 0 far from them.
fn hills(rng: &mut impl Rng, noise: f64) -> Vec<([f64; 2], f64)> {
    const HILLS: [([f64; 2], f64); 6] = [
        ([-4.0, 2.5], 1.0),
        ([0.0, 2.5], -1.0),
        ([4.0, 2.5], 1.0),
        ([-4.0, -2.5], -1.0),
        ([0.0, -2.5], 1.0),
        ([4.0, -2.5], -1.0),
    ];
    (0..COUNT)
        .map(|_| {
            let at = [around(rng, RADIUS), around(rng, RADIUS)];
            let [x, y] = shaken(at, rng, RADIUS * noise);
            let height = |&([a, b], sign): &([f64; 2], f64)| sign * (1.0 - (x - a).hypot(y - b) / 2.0).max(0.0);
            let heights = HILLS.iter().map(height);
            (at, heights.fold(0.0, |most: f64, height| if height.abs() > most.abs() { height } else { most }))
        })
        .collect()
}

/// Returns the lecture's four people with shifted weight and height, all for training.
fn people() -> Data {
    let points = [([-2.0, -1.0], 1.0), ([25.0, 6.0], 0.0), ([17.0, 4.0], 0.0), ([-15.0, -6.0], 1.0)];
    Data {
        points: points.map(|(at, target)| Point { at, target, is_test: false }).to_vec(),
        classes: ["man", "woman"].map(String::from).to_vec(),
        target_name: "sex".into(),
        names: ["weight", "height"].map(String::from),
        scaler: Scaler::shift([135.0, 66.0]),
        size: 30.0,
    }
}
