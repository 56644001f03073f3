//! The encoding of a table as ONNX: from the cells of its columns to features, and from a number to the target.
//!
//! All is computed in double precision. An input is a column: numbers, yes and no as 1 and 0 and dates in days, where NaN
//! is a missing cell; categories as strings, where the empty one is a missing cell. Each rule is that of
//! `data/encoder/`.

use super::onnx_graph::{DOUBLE, FLOAT, OnnxGraph, STRING, type_of};
use crate::data::tensors::Stored;
use crate::data::{
    DAYS_OF_YEAR, DatePart, Encoder, Encoding, Input, LARGEST_FEATURE, Parts, Reading, Scaler, TargetEncoding,
};
use crate::error::Error;
use std::f64::consts::{FRAC_PI_2, TAU};

impl OnnxGraph {
    /// Appends an input for each column of a table, and the operators from them to scaled features.
    pub(super) fn encoded<T: Stored>(&mut self, encoder: &Encoder) -> Result<String, Error> {
        // The inputs come first, so that no node has taken their names.
        let columns: Vec<String> = encoder.inputs().iter().map(|input| self.column(input)).collect();
        let mut features = Vec::new();
        for (input, x) in encoder.inputs().iter().zip(columns) {
            self.append_features(input, x, &mut features);
        }
        let x = self.joined(&features);
        let scaler = encoder.scaler()?;
        let x = self.scaled::<f64>(x, &scaler, [("Sub", scaler.shifts()), ("Div", scaler.units())]);
        let [low, high] = [-LARGEST_FEATURE, LARGEST_FEATURE].map(|bound| self.tensor("bound", &[], [bound]));
        let x = self.operator("Clip", &[&x, &low, &high]);
        Ok(if type_of::<T>() == DOUBLE { x } else { self.cast(&x, FLOAT) })
    }

    /// Appends the operators from an encoded target to the number in the unit of its column, in double precision.
    pub(super) fn decoded<T: Stored>(&mut self, y: String, encoder: &Encoder) -> Result<String, Error> {
        let y = if type_of::<T>() == DOUBLE { y } else { self.cast(&y, DOUBLE) };
        let TargetEncoding::Numbers { is_logarithm, shift, unit, .. } = encoder.target_encoding() else { return Ok(y) };
        let scaler = Scaler::new([*shift], [*unit])?;
        let y = self.scaled::<f64>(y, &scaler, [("Mul", scaler.units()), ("Add", scaler.shifts())]);
        Ok(if *is_logarithm { self.operator("Exp", &[&y]) } else { y })
    }

    /// Appends the input of a column.
    fn column(&mut self, input: &Input) -> String {
        let element = if input.encoding.has_text() { STRING } else { DOUBLE };
        self.input(&input.name, element, 1)
    }

    /// Appends the operators from a column to its features, and adds the names of these tensors to `features`.
    fn append_features(&mut self, input: &Input, x: String, features: &mut Vec<String>) {
        match &input.encoding {
            Encoding::Values { reading, parts, fill, has_indicator, .. } => {
                let (x, is_missing) = match reading {
                    Reading::Order(categories) => {
                        let keys: Vec<&str> = categories.iter().map(String::as_str).collect();
                        let values: Vec<usize> = (0..keys.len()).collect();
                        let position = self.mapped(&x, &keys, &values, -1);
                        let x = self.cast(&position, DOUBLE);
                        let is_missing = self.with_number::<f64>("Less", &x, 0.0);
                        (x, is_missing)
                    }
                    _ => {
                        let is_missing = self.operator("IsNaN", &[&x]);
                        (x, is_missing)
                    }
                };
                let fill = self.tensor("fill", &[], [*fill]);
                let value = self.operator("Where", &[&is_missing, &fill, &x]);
                match parts {
                    Parts::Value => features.push(value),
                    Parts::LongTails { center, scale } => {
                        let difference = self.with_number::<f64>("Sub", &value, *center);
                        let x = self.with_number::<f64>("Div", &difference, *scale);
                        features.push(self.asinh(&x));
                    }
                    Parts::Date(parts) => features.extend(parts.iter().map(|part| self.date_part(*part, &value))),
                }
                if *has_indicator {
                    features.push(self.cast(&is_missing, DOUBLE));
                }
            }
            Encoding::Categories { categories, has_other, missing } => {
                let width = input.width();
                let keys: Vec<&str> = categories.iter().map(String::as_str).chain([""]).collect();
                let values: Vec<usize> = (0..categories.len()).chain([missing.feature(width)]).collect();
                let other = if *has_other { categories.len() as i64 } else { -1 };
                let index = self.mapped(&x, &keys, &values, other);
                let indices = self.integers("indices", &[width], 0..width as i64);
                let is_category = self.operator("Equal", &[&index, &indices]);
                features.push(self.cast(&is_category, DOUBLE));
            }
        }
    }

    /// Appends the inverse hyperbolic sine as sign(x)·ln(|x| + √(x² + 1)): onnxruntime has `Asinh` in single precision
    /// only.
    fn asinh(&mut self, x: &str) -> String {
        let (sign, size, square) =
            (self.operator("Sign", &[x]), self.operator("Abs", &[x]), self.operator("Mul", &[x, x]));
        let sum = self.with_number::<f64>("Add", &square, 1.0);
        let root = self.operator("Sqrt", &[&sum]);
        let sum = self.operator("Add", &[&size, &root]);
        let logarithm = self.operator("Log", &[&sum]);
        self.operator("Mul", &[&sign, &logarithm])
    }

    /// Appends the features of a part of dates in days.
    fn date_part(&mut self, part: DatePart, date: &str) -> String {
        match part {
            DatePart::Days => date.into(),
            DatePart::Year => self.year(date),
            DatePart::Season => {
                let turns = self.with_number::<f64>("Div", date, DAYS_OF_YEAR);
                self.cycle(&turns)
            }
            DatePart::Weekday => {
                let day = self.operator("Floor", &[date]);
                let turns = self.with_number::<f64>("Div", &day, 7.0);
                self.cycle(&turns)
            }
            DatePart::Hour => self.cycle(date),
        }
    }

    /// Appends the sine and the cosine of turns, both by one operator, since cos x = sin(x + π/2).
    fn cycle(&mut self, turns: &str) -> String {
        let whole = self.operator("Floor", &[turns]);
        let rest = self.operator("Sub", &[turns, &whole]); // the sine of a large number would have fewer digits
        let angle = self.with_number::<f64>("Mul", &rest, TAU);
        let quarter = self.tensor("quarter", &[2], [0.0, FRAC_PI_2]);
        let angles = self.operator("Add", &[&angle, &quarter]);
        self.operator("Sin", &[&angles])
    }

    /// Appends the year of a date in days, with the steps of `data/encoder/calendar.rs`.
    fn year(&mut self, date: &str) -> String {
        let date = self.operator("Floor", &[date]);
        let days = self.with_number::<f64>("Add", &date, 719_468.0);
        let period = self.quotient(&days, 146_097.0);
        let before = self.with_number::<f64>("Mul", &period, 146_097.0);
        let day = self.operator("Sub", &[&days, &before]);
        let leap_days = [("Sub", 1460.0), ("Add", 36_524.0), ("Sub", 146_096.0)];
        let without = self.corrected(&day, &day, leap_days);
        let year = self.quotient(&without, 365.0);
        let days_of_years = self.with_number::<f64>("Mul", &year, 365.0);
        let days_before = self.corrected(&days_of_years, &year, [("Add", 4.0), ("Sub", 100.0)]);
        let day_of_year = self.operator("Sub", &[&day, &days_before]);
        let is_january_or_february = self.with_number::<f64>("GreaterOrEqual", &day_of_year, 306.0);
        let next = self.cast(&is_january_or_february, DOUBLE);
        let years = self.with_number::<f64>("Mul", &period, 400.0);
        let sum = self.operator("Add", &[&years, &year]);
        self.operator("Add", &[&sum, &next])
    }

    /// Appends sums and differences of `sum` and ⌊`x`/number⌋, with an operator for each number.
    fn corrected<const N: usize>(&mut self, sum: &str, x: &str, terms: [(&str, f64); N]) -> String {
        terms.into_iter().fold(sum.into(), |sum: String, (operator, number)| {
            let quotient = self.quotient(x, number);
            self.operator(operator, &[&sum, &quotient])
        })
    }

    /// Appends ⌊`x`/`number`⌋.
    fn quotient(&mut self, x: &str, number: f64) -> String {
        let quotient = self.with_number::<f64>("Div", x, number);
        self.operator("Floor", &[&quotient])
    }
}
