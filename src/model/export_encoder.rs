//! The encoding of a table as Rust source: a row of its columns, the features of a row, and the predicted number.
//!
//! A column is a field: numbers, yes and no as 1 and 0 and dates in days, where NaN is a missing cell; categories as
//! strings, where the empty one is a missing cell. Each rule is that of `data/encoder/`.

use crate::data::{DAYS_OF_YEAR, DatePart, Encoder, Encoding, Input, LARGEST_FEATURE, Parts, Reading, TargetEncoding};
use crate::error::Error;
use std::collections::HashSet;

/// The words that cannot be names of fields.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Returns the struct of a row and the function of its features.
pub(super) fn features_source(encoder: &Encoder) -> Result<String, Error> {
    let (fields, scaler) = (fields(encoder), encoder.scaler()?);
    let has_text = encoder.inputs().iter().any(|input| input.encoding.has_text());
    let (mut declarations, mut statements, mut first) = (String::new(), String::new(), 0);
    for (input, field) in encoder.inputs().iter().zip(&fields) {
        let float = if input.encoding.has_text() { "&'a str" } else { "f64" };
        declarations +=
            &format!("    /// {:?}: {}.\n    pub {field}: {float},\n", input.name, content(&input.encoding));
        statements += &feature_statements(input, field, first);
        first += input.width();
    }
    let source = format!(
        "\n/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row{} {{
{declarations}}}

/// Returns the inputs of the network for a row.
pub fn features(row: &Row) -> [f64; {first}] {{
    const SHIFTS: [f64; {first}] = {:?};
    const UNITS: [f64; {first}] = {:?};
    let mut features = [0.0; {first}];
{statements}    core::array::from_fn(|i| ((features[i] - SHIFTS[i]) / UNITS[i]).clamp(-{LARGEST_FEATURE:?}, {LARGEST_FEATURE:?}))
}}",
        if has_text { "<'a>" } else { "" },
        scaler.shifts(),
        scaler.units(),
    );
    Ok([("cycle(", CYCLE), ("year(", YEAR)]
        .into_iter()
        .fold(source, |source, (call, function)| if source.contains(call) { source + function } else { source }))
}

/// Returns the function that predicts the number in the unit of the target column; `None` for classes. `argument` is
/// the argument of `outputs` for a row.
pub(super) fn prediction_source(encoder: &Encoder, argument: &str) -> Option<String> {
    let TargetEncoding::Numbers { is_logarithm, shift, unit, .. } = encoder.target_encoding() else { return None };
    let decoded = if *is_logarithm { "exp_f64(y)" } else { "y" };
    Some(format!(
        "\n/// Predicts {:?} for a row.
pub fn predict(row: &Row) -> f64 {{
    let y = outputs({argument})[0] as f64 * {unit:?} + {shift:?};
    {decoded}
}}",
        encoder.target_name(),
    ))
}

/// Returns the names of the fields, a different one for each column.
fn fields(encoder: &Encoder) -> Vec<String> {
    let mut known = HashSet::new();
    let mut field = |input: &Input| {
        let name = identifier(&input.name);
        let others = (2..).map(|number| format!("{name}_{number}"));
        let new = [name.clone()].into_iter().chain(others).find(|name| known.insert(name.clone()));
        new.expect("there are more numbers than columns")
    };
    encoder.inputs().iter().map(&mut field).collect()
}

/// Returns the identifier for a name: Latin letters and digits in words that are joined by underscores.
fn identifier(name: &str) -> String {
    let is_letter = |c: char| c.is_ascii_digit() || c.is_alphabetic() && c < '\u{250}';
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c| !is_letter(c)).filter(|word| !word.is_empty()).collect();
    match words.join("_") {
        words if words.is_empty() => "column".into(),
        words if words.starts_with(|c: char| c.is_ascii_digit()) => format!("column_{words}"),
        words if KEYWORDS.contains(&&words[..]) => format!("{words}_"),
        words => words,
    }
}

/// Returns what the field of a column contains.
fn content(encoding: &Encoding) -> &'static str {
    match encoding {
        Encoding::Values { reading: Reading::Number(_), .. } => "a number; NaN is a missing cell",
        Encoding::Values { reading: Reading::YesNo, .. } => "1 for yes, 0 for no; NaN is a missing cell",
        Encoding::Values { reading: Reading::Date(_), .. } => "days since 1970-01-01; NaN is a missing cell",
        _ => "a category; \"\" is a missing cell",
    }
}

/// Returns the statements that set the features of a column, which start at the index `first`.
fn feature_statements(input: &Input, field: &str, first: usize) -> String {
    match &input.encoding {
        Encoding::Values { reading, parts, fill, has_indicator, .. } => {
            let value = match reading {
                Reading::Order(categories) => {
                    let arms = arms(categories, |index| format!("{index}.0"));
                    format!("match row.{field} {{ {arms}_ => f64::NAN }}")
                }
                _ => format!("row.{field}"),
            };
            let indicator = match has_indicator {
                true => format!("    features[{}] = f64::from(value.is_nan());\n", first + parts.width()),
                false => String::new(),
            };
            let filled = format!("    let value = if value.is_nan() {{ {fill:?} }} else {{ value }};\n");
            let features = match parts {
                Parts::Value => format!("    features[{first}] = value;\n"),
                Parts::LongTails { center, scale } => {
                    format!("    features[{first}] = asinh_f64((value - {center:?}) / {scale:?});\n")
                }
                Parts::Date(parts) => {
                    let firsts = parts.iter().scan(first, |next, part| {
                        *next += part.width();
                        Some(*next - part.width())
                    });
                    parts.iter().zip(firsts).map(|(part, first)| date_statement(*part, first)).collect()
                }
            };
            format!("    let value = {value};\n{indicator}{filled}{features}")
        }
        Encoding::Categories { categories, has_other, missing } => {
            let arms = arms(categories, |index| format!("Some({index})"));
            let missing = missing.feature(input.width());
            let other = if *has_other { format!("Some({})", categories.len()) } else { "None".into() };
            format!(
                "    let category = match row.{field} {{ {arms}\"\" => Some({missing}), _ => {other} }};
    if let Some(i) = category {{
        features[{first} + i] = 1.0;
    }}\n"
            )
        }
    }
}

/// Returns the arms of a `match` for categories.
fn arms(categories: &[String], result: impl Fn(usize) -> String) -> String {
    categories.iter().enumerate().map(|(index, category)| format!("{category:?} => {}, ", result(index))).collect()
}

/// Returns the statement that sets the features of a part of the date `value`.
fn date_statement(part: DatePart, first: usize) -> String {
    let features = match part.width() {
        1 => format!("features[{first}]"),
        _ => format!("[features[{first}], features[{}]]", first + 1),
    };
    let value = match part {
        DatePart::Days => "value".into(),
        DatePart::Year => "year(value)".into(),
        DatePart::Season => format!("cycle(value / {DAYS_OF_YEAR:?})"),
        DatePart::Weekday => "cycle(floor_f64(value) / 7.0)".into(),
        DatePart::Hour => "cycle(value)".into(),
    };
    format!("    {features} = {value};\n")
}

const CYCLE: &str = "

/// Returns the sine and the cosine of an angle in turns.
fn cycle(turns: f64) -> [f64; 2] {
    let rest = turns - floor_f64(turns); // a quarter turn added to many would cost digits
    [sin_of_turns_f64(rest), sin_of_turns_f64(rest + 0.25)]
}";

/// The steps are those of `data/encoder/calendar.rs`.
const YEAR: &str = "

/// Returns the year of a date in days since 1970-01-01.
fn year(date: f64) -> f64 {
    let days = floor_f64(date) + 719_468.0; // since 1 March of the year 0
    let period = floor_f64(days / 146_097.0);
    let day = days - 146_097.0 * period;
    let leap_days = floor_f64(day / 1460.0) - floor_f64(day / 36_524.0) + floor_f64(day / 146_096.0);
    let year = floor_f64((day - leap_days) / 365.0);
    let day_of_year = day - (365.0 * year + floor_f64(year / 4.0) - floor_f64(year / 100.0));
    400.0 * period + year + f64::from(day_of_year >= 306.0) // January and February are in the next year
}";
