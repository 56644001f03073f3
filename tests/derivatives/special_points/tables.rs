//! The tables of expected values, which `reference.py` writes.

/// An expected value: the permitted values, and how far a result may be from them.
pub struct Cell {
    pub exception: Exception,
    pub permitted: Vec<f64>,
    pub spread: f64,
}

/// The reason why a cell is not simply the derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exception {
    None,
    /// A kink. The derivative is the convention in `docs/derivatives.md`, and the chain rule is applied to it.
    Kink,
    /// An intermediate derivative is infinite. A factor of 0 makes a product 0, where the limit may be another value:
    /// both are permitted, and NaN or an infinity for derivatives above the first.
    StrongZero,
    /// The derivative is infinite or overflows. For derivatives above the first, NaN and the other sign are permitted.
    Infinite,
    /// Outside the domain, the value is NaN. The derivative is NaN unless a factor of it is 0.
    Undefined,
}

impl Cell {
    /// Parses a cell. An empty cell expects nothing.
    fn parse(text: &str) -> Option<Cell> {
        let (exception, text) = match text.split_once(':') {
            None => (Exception::None, text),
            Some(("k", rest)) => (Exception::Kink, rest),
            Some(("z", rest)) => (Exception::StrongZero, rest),
            Some(("n", rest)) => (Exception::Infinite, rest),
            Some(("u", rest)) => (Exception::Undefined, rest),
            Some(_) => panic!("{text}"),
        };
        let (values, spread) = text.split_once('~').unwrap_or((text, "0"));
        let permitted = |values: &str| values.split('|').map(|value| value.parse().unwrap()).collect();
        (!values.is_empty()).then(|| Cell { exception, permitted: permitted(values), spread: spread.parse().unwrap() })
    }

    /// Returns true if `found` is a right derivative of this order in double precision.
    pub fn permits(&self, order: usize, found: f64) -> bool {
        self.permitted.iter().any(|&expected| {
            let error = (found - expected).abs();
            found == expected
                || (found.is_nan() && expected.is_nan())
                || (order > 1 && !expected.is_finite() && !found.is_finite())
                || (expected.is_finite() && error <= (1e-12 * expected.abs()).max(1e-15).max(self.spread))
        })
    }

    /// Returns true if `found` is right in single precision, or if the cell is an exception.
    pub fn permits_single(&self, found: f64) -> bool {
        self.exception != Exception::None
            || self.permitted.iter().any(|&expected| {
                let scale = expected.abs().max(0.5);
                let epsilon = f64::from(f32::EPSILON);
                (found - expected).abs() <= 128.0 * epsilon * scale + self.spread * epsilon / f64::EPSILON
            })
    }
}

/// A row of a table, with columns of text, numbers and cells. It is kept forever, as programs need its names.
pub struct Row(&'static csv::StringRecord);

impl Row {
    pub fn text(&self, column: usize) -> &'static str {
        &self.0[column]
    }

    pub fn number(&self, column: usize) -> f64 {
        self.0[column].parse().unwrap()
    }

    pub fn values(&self, column: usize) -> Vec<f64> {
        self.0[column].split(';').map(|value| value.parse().unwrap()).collect()
    }

    pub fn cell(&self, column: usize) -> Option<Cell> {
        Cell::parse(&self.0[column])
    }

    pub fn cells(&self, column: usize) -> Vec<Option<Cell>> {
        self.0[column].split(';').map(Cell::parse).collect()
    }
}

pub fn table(text: &'static [u8]) -> Vec<Row> {
    csv::Reader::from_reader(text).into_records().map(|row| Row(Box::leak(Box::new(row.unwrap())))).collect()
}

pub const ONE_TABLE: &[u8] = include_bytes!("one.csv");
pub const TWO_TABLE: &[u8] = include_bytes!("two.csv");
pub const LOSS_TABLE: &[u8] = include_bytes!("losses.csv");
