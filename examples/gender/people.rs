//! The people of the lecture, and how a person's weight and height are written down.

use std::ops::RangeInclusive;

/// A person's weight in pounds and height in inches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Body {
    pub weight: f64,
    pub height: f64,
}

impl Body {
    /// What the net is fed with: shifted to lie around 0, as a sigmoid is flat for large numbers.
    pub fn inputs(self) -> [f64; 2] {
        [self.weight - 135.0, self.height - 66.0]
    }
}

/// Someone of whom the answer is known: 1 for female, 0 for male.
pub struct Person {
    pub name: &'static str,
    pub body: Body,
    pub female: f64,
}

/// Those whom the net learns from, in this order.
pub const PEOPLE: [Person; 4] = [
    Person { name: "Alice", body: Body { weight: 133.0, height: 65.0 }, female: 1.0 },
    Person { name: "Bob", body: Body { weight: 160.0, height: 72.0 }, female: 0.0 },
    Person { name: "Charlie", body: Body { weight: 152.0, height: 70.0 }, female: 0.0 },
    Person { name: "Diana", body: Body { weight: 120.0, height: 60.0 }, female: 1.0 },
];

/// Two whom it has never seen.
pub const EMILY: Body = Body { weight: 128.0, height: 63.0 };
pub const FRANK: Body = Body { weight: 155.0, height: 68.0 };

/// F or M, whichever is nearer.
pub fn letter(female: f64) -> char {
    if female > 0.5 { 'F' } else { 'M' }
}

/// In which unit a number without one is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    PoundsAndInches,
    Metric,
}

/// Something that is measured of a person.
pub struct Measure {
    pub name: &'static str,
    pounds_or_inches: Unit,
    metric: Unit,
    /// What a person's can be, in the first unit: a little more than the widest of any grown-up on record.
    range: RangeInclusive<f64>,
}

struct Unit {
    symbol: &'static str,
    /// How many pounds or inches it is.
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
    /// The unit of a number that has none.
    pub fn unit(&self, system: System) -> &'static str {
        self.default_unit(system).symbol
    }

    /// Reads a number, with or without its unit, in pounds or inches; otherwise says in a sentence what was wrong.
    pub fn read(&self, text: &str, system: System) -> Result<f64, String> {
        let text = text.trim();
        let (number, unit) = [&self.pounds_or_inches, &self.metric]
            .into_iter()
            .find_map(|unit| Some((text.strip_suffix(unit.symbol)?.trim_end(), unit)))
            .unwrap_or((text, self.default_unit(system)));

        let Measure { name, range, .. } = self;
        let Unit { symbol, size } = unit;
        let (least, most) = (range.start() / size, range.end() / size);
        let expected = format!("a number from {least:.0} to {most:.0} {symbol} is expected");
        match number.parse::<f64>() {
            _ if number.is_empty() => Err(format!("There is no {name}: {expected}.")),
            Ok(number) if range.contains(&(number * size)) => Ok(number * size),
            Ok(number) if !number.is_nan() => {
                Err(format!("Nobody's {name} is {number} {symbol}: {expected}{}.", self.other_reading(number, unit)))
            }
            _ => Err(format!("'{number}' is not a {name}: {expected}.")),
        }
    }

    fn default_unit(&self, system: System) -> &Unit {
        match system {
            System::PoundsAndInches => &self.pounds_or_inches,
            System::Metric => &self.metric,
        }
    }

    /// A hint for those who think in the other system.
    fn other_reading(&self, number: f64, unit: &Unit) -> String {
        let other = if unit.symbol == self.metric.symbol { &self.pounds_or_inches } else { &self.metric };
        let plausible = self.range.contains(&(number * other.size));
        if plausible { format!(" (or did you mean {number}{}?)", other.symbol) } else { String::new() }
    }
}
