//! The people of the lecture, and the parsing of weights and heights.

use std::ops::RangeInclusive;

/// A person's weight in pounds and height in inches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Body {
    pub weight: f64,
    pub height: f64,
}

impl Body {
    /// Returns the inputs of the network, shifted to lie around 0 because a sigmoid is flat for large values.
    pub fn inputs(self) -> [f64; 2] {
        [self.weight - 135.0, self.height - 66.0]
    }
}

/// A person with a known target: 1 for female, 0 for male.
pub struct Person {
    pub name: &'static str,
    pub body: Body,
    pub female: f64,
}

/// The training samples, in the order of the lecture.
pub const PEOPLE: [Person; 4] = [
    Person { name: "Alice", body: Body { weight: 133.0, height: 65.0 }, female: 1.0 },
    Person { name: "Bob", body: Body { weight: 160.0, height: 72.0 }, female: 0.0 },
    Person { name: "Charlie", body: Body { weight: 152.0, height: 70.0 }, female: 0.0 },
    Person { name: "Diana", body: Body { weight: 120.0, height: 60.0 }, female: 1.0 },
];

/// A test sample.
pub const EMILY: Body = Body { weight: 128.0, height: 63.0 };
/// A test sample.
pub const FRANK: Body = Body { weight: 155.0, height: 68.0 };

/// Returns the letter of the class that is nearer: F or M.
pub fn letter(female: f64) -> char {
    if female > 0.5 { 'F' } else { 'M' }
}

/// The system of units for numbers without a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    PoundsAndInches,
    Metric,
}

/// A measurement of a person.
pub struct Measure {
    pub name: &'static str,
    pounds_or_inches: Unit,
    metric: Unit,
    /// The accepted range in pounds or inches: slightly wider than the range of adults on record.
    range: RangeInclusive<f64>,
}

struct Unit {
    symbol: &'static str,
    /// The size of the unit in pounds or inches.
    size: f64,
}

pub const WEIGHT: Measure = Measure {
    name: "weight",
    pounds_or_inches: Unit { symbol: "lb", size: 1.0 },
    metric: Unit { symbol: "kg", size: 1.0 / 0.453_592_37 },
    range: 10.0..=1400.0,
};

pub const HEIGHT: Measure = Measure {
    name: "height",
    pounds_or_inches: Unit { symbol: "in", size: 1.0 },
    metric: Unit { symbol: "cm", size: 1.0 / 2.54 },
    range: 20.0..=108.0,
};

impl Measure {
    /// Returns the unit of a number without a unit.
    pub fn unit(&self, system: System) -> &'static str {
        self.default_unit(system).symbol
    }

    /// Parses a number with or without a unit and converts it to pounds or inches; the error is a message for the user.
    pub fn read(&self, text: &str, system: System) -> Result<f64, String> {
        let text = text.trim();
        let (number, unit) = [&self.pounds_or_inches, &self.metric]
            .into_iter()
            .find_map(|unit| Some((text.strip_suffix(unit.symbol)?.trim_end(), unit)))
            .unwrap_or((text, self.default_unit(system)));

        let Measure { name, range, .. } = self;
        let Unit { symbol, size } = unit;
        let (least, most) = (range.start() / size, range.end() / size);
        let refused =
            |got: String| Err(format!("`{name}` must be a number from {least:.0} to {most:.0} {symbol}, got {got}"));
        match number.parse::<f64>() {
            _ if number.is_empty() => refused("nothing".into()),
            Ok(number) if range.contains(&(number * size)) => Ok(number * size),
            Ok(number) if !number.is_nan() => refused(format!("{number} {symbol}{}", self.suggestion(number, unit))),
            _ => refused(format!("`{number}`")),
        }
    }

    fn default_unit(&self, system: System) -> &Unit {
        match system {
            System::PoundsAndInches => &self.pounds_or_inches,
            System::Metric => &self.metric,
        }
    }

    /// Suggests the other unit if the number is plausible in it.
    fn suggestion(&self, number: f64, unit: &Unit) -> String {
        let other = if unit.symbol == self.metric.symbol { &self.pounds_or_inches } else { &self.metric };
        let plausible = self.range.contains(&(number * other.size));
        if plausible { format!("; did you mean {number}{}?", other.symbol) } else { String::new() }
    }
}
