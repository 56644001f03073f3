//! Dates and times as people write them.

use super::numbers::DecimalMark;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The format of a column of dates.
///
/// An offset from UTC after a time is ignored: the time of the day is the local one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DateFormat {
    order: DateOrder,
    has_time: bool,
    /// True if day and month could be the other way round.
    is_ambiguous: bool,
}

/// The order of the parts of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DateOrder {
    YearMonthDay,
    DayMonthYear,
    MonthDayYear,
}

/// The beginnings of the names of months in English, German, French and Spanish.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "jän"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "mrz"],
    &["apr", "avr", "abr"],
    &["may", "mai"],
    &["jun", "juin"],
    &["jul", "juil"],
    &["aug", "aoû", "ago"],
    &["sep", "set"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

/// The beginnings of the names of weekdays, which may precede a date.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A part of a text: a number with its count of digits, or a word in small letters.
#[derive(Debug, PartialEq)]
enum Token {
    Number(i64, usize),
    Word(String),
}

impl DateFormat {
    /// Returns the format that fits all cells, if they are dates.
    pub(in crate::data) fn recognised<'a>(
        cells: impl Iterator<Item = &'a str> + Clone,
        mark: DecimalMark,
    ) -> Option<DateFormat> {
        let fits = |order| {
            let format = DateFormat { order, has_time: false, is_ambiguous: false };
            cells.clone().all(|cell| format.parse(cell).is_some()).then_some(format)
        };
        let first = cells.clone().next()?;
        let has_time = cells.clone().any(|cell| cell.contains(':'));
        let [day_first, month_first] = [fits(DateOrder::DayMonthYear), fits(DateOrder::MonthDayYear)];
        let is_ambiguous = day_first.is_some() && month_first.is_some() && !first.contains(char::is_alphabetic);
        let prefers_day = mark == DecimalMark::Comma || !first.contains('/');
        let format = fits(DateOrder::YearMonthDay).or(match (day_first, month_first) {
            (Some(_), Some(_)) if prefers_day => day_first,
            (None, _) | (Some(_), Some(_)) => month_first,
            (Some(_), None) => day_first,
        });
        format.map(|format| DateFormat { has_time, is_ambiguous, ..format })
    }

    /// Returns true if a cell has a time.
    pub(in crate::data) fn has_time(&self) -> bool {
        self.has_time
    }

    /// Returns the days since 1970-01-01 of a cell, with its time as a fraction.
    pub(in crate::data) fn parse(&self, cell: &str) -> Option<f64> {
        let (day, time) = split_time(cell.trim());
        let mut tokens = tokens(day)?;
        if matches!(tokens.first(), Some(Token::Word(word)) if WEEKDAYS.iter().any(|day| word.starts_with(day)))
            && tokens.len() > 2
        {
            tokens.remove(0);
        }
        tokens.retain(|token| *token != Token::Word("de".into())); // 6 de noviembre de 2023
        let is_named = tokens.iter().any(|token| matches!(token, Token::Word(_)));
        let (year, month, day) = match (&tokens[..], self.order) {
            ([Token::Number(day, 1..=2), Token::Word(month), year], DateOrder::DayMonthYear) => {
                (year, month_of(month)?, *day)
            }
            ([Token::Word(month), Token::Number(day, 1..=2), year], DateOrder::MonthDayYear) => {
                (year, month_of(month)?, *day)
            }
            ([year @ Token::Number(_, 4), Token::Word(month), Token::Number(day, 1..=2)], DateOrder::YearMonthDay) => {
                (year, month_of(month)?, *day)
            }
            ([Token::Word(month), year @ Token::Number(_, 4)], DateOrder::MonthDayYear) => (year, month_of(month)?, 1),
            ([year @ Token::Number(_, 4), Token::Number(month, 2)], DateOrder::YearMonthDay) => (year, *month, 1),
            _ if is_named => return None,
            (
                [year @ Token::Number(_, 4), Token::Number(month, 1..=2), Token::Number(day, 1..=2)],
                DateOrder::YearMonthDay,
            ) => (year, *month, *day),
            ([Token::Number(day, 1..=2), Token::Number(month, 1..=2), year], DateOrder::DayMonthYear) => {
                (year, *month, *day)
            }
            ([Token::Number(month, 1..=2), Token::Number(day, 1..=2), year], DateOrder::MonthDayYear) => {
                (year, *month, *day)
            }
            _ => return None,
        };
        let year = match *year {
            Token::Number(year, 4) => year,
            Token::Number(year, 2) if year < 69 => 2000 + year, // as POSIX does
            Token::Number(year, 2) => 1900 + year,
            _ => return None,
        };
        let day = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
        let days = day.duration_since(date(1970, 1, 1)).as_hours() / 24;
        Some(days as f64 + time.map_or(Some(0.0), time_of_day)?)
    }

    /// Returns days since 1970-01-01 as text, in the order of ISO 8601.
    pub(in crate::data) fn text(&self, days: f64) -> String {
        let whole = days.floor();
        let span = jiff::Span::new().try_days(whole as i64);
        let Ok(day) = span.and_then(|span| date(1970, 1, 1).checked_add(span)) else { return days.to_string() };
        let minutes = ((days - whole) * 1440.0).round();
        match self.has_time {
            true => format!("{day} {:02}:{:02}", minutes as u32 / 60, minutes as u32 % 60),
            false => day.to_string(),
        }
    }
}

/// `day, month, year with time`, for example.
impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.order {
            DateOrder::YearMonthDay => "year-month-day",
            DateOrder::DayMonthYear => "day-month-year",
            DateOrder::MonthDayYear => "month-day-year",
        })?;
        f.write_str(if self.has_time { " with time" } else { "" })?;
        f.write_str(if self.is_ambiguous { "?" } else { "" })
    }
}

/// Splits a text in its date and its time, which has a colon.
fn split_time(text: &str) -> (&str, Option<&str>) {
    let Some(colon) = text.find(':') else { return (text, None) };
    match text[..colon].rfind(['T', ' ']) {
        Some(start) => (text[..start].trim_end_matches([',', ' ']), Some(text[start + 1..].trim())),
        None => (text, None),
    }
}

/// Returns the numbers and words of a date; `None` if other characters separate them than those of dates, or different
/// ones between numbers.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let (mut tokens, mut separators) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_same = |c: char| if first.is_ascii_digit() { c.is_ascii_digit() } else { c.is_alphabetic() };
        let end = rest.find(|c| !is_same(c)).unwrap_or(rest.len());
        if end == 0 || tokens.len() == 5 {
            return None;
        }
        let part = &rest[..end];
        tokens.push(match first.is_ascii_digit() {
            true => Token::Number(part.parse().ok()?, end),
            false => Token::Word(part.to_lowercase()),
        });
        let next = rest[end..].find(char::is_alphanumeric).unwrap_or(rest.len() - end);
        separators.push(&rest[end..end + next]);
        rest = &rest[end + next..];
    }
    separators.pop(); // that of the end
    let are_numbers = tokens.iter().all(|token| matches!(token, Token::Number(..)));
    let is_known = |separator: &&str| ["-", "/", ".", " ", ". ", ", ", ".-", ","].contains(separator);
    let are_equal = separators.windows(2).all(|pair| pair[0] == pair[1]);
    let fits = separators.iter().all(is_known) && (are_equal && !separators.contains(&",") || !are_numbers);
    (fits && tokens.len() >= 2 && text.ends_with(char::is_alphanumeric)).then_some(tokens)
}

/// Returns the number of the month with this name.
fn month_of(name: &str) -> Option<i64> {
    let is_name =
        |beginnings: &&[&str]| name.chars().count() >= 3 && beginnings.iter().any(|text| name.starts_with(text));
    MONTHS.iter().position(is_name).map(|index| index as i64 + 1)
}

/// Returns the time of the day as a fraction of a day. An offset from UTC is ignored.
fn time_of_day(text: &str) -> Option<f64> {
    let lower = text.to_lowercase();
    let clock = lower.trim();
    let without_zone = ["z", "utc", "gmt"].iter().find_map(|zone| clock.strip_suffix(zone));
    let mut clock = without_zone.unwrap_or(clock).trim();
    let (mut is_morning, mut is_afternoon) = (false, false);
    for (ending, morning) in [("a.m.", true), ("p.m.", false), ("am", true), ("pm", false)] {
        if let Some(rest) = clock.strip_suffix(ending) {
            (clock, is_morning, is_afternoon) = (rest.trim(), morning, !morning);
        }
    }
    if let Some(offset) = clock.find(['+', '-', '−']) {
        clock = clock[..offset].trim();
    }
    let mut parts = clock.split(':');
    let hour: f64 = parts.next()?.parse::<u8>().ok()?.into();
    let minute: f64 = parts.next()?.parse::<u8>().ok()?.into();
    let second: f64 = parts.next().map_or(Some(0.0), |text| text.replace(',', ".").parse().ok())?;
    let hour = match (is_morning, is_afternoon, hour) {
        (true, _, 12.0) => 0.0,
        (_, true, hour) if hour < 12.0 => hour + 12.0,
        _ => hour,
    };
    let is_valid = parts.next().is_none() && hour < 24.0 && minute < 60.0 && (0.0..61.0).contains(&second);
    is_valid.then_some((hour + (minute + second / 60.0) / 60.0) / 24.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(cells: &[&str]) -> Option<(String, f64)> {
        let format = DateFormat::recognised(cells.iter().copied(), DecimalMark::Point)?;
        Some((format.to_string(), format.parse(cells[0]).unwrap()))
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        let day = 19_667.0; // 2023-11-06
        let cases: [(&[&str], &str, f64); 20] = [
            (&["2023-11-06"], "year-month-day", day),
            (&["2023/11/06"], "year-month-day", day),
            (&["2023-11-06T06:00:00Z"], "year-month-day with time", day + 0.25),
            (&["2023-11-06 18:00"], "year-month-day with time", day + 0.75),
            (&["2023-11-06 18:00:00.5+02:00"], "year-month-day with time", day + 0.75 + 0.5 / 86_400.0),
            (&["06.11.2023"], "day-month-year?", day),
            (&["06.11.2023", "31.12.2023"], "day-month-year", day),
            (&["11/6/2023", "12/31/2023"], "month-day-year", day),
            (&["11/06/23"], "month-day-year?", day),
            (&["6 Nov 2023"], "day-month-year", day),
            (&["Nov 6, 2023"], "month-day-year", day),
            (&["November 6, 2023"], "month-day-year", day),
            (&["06-Nov-2023"], "day-month-year", day),
            (&["6. Dezember 2023"], "day-month-year", day + 30.0),
            (&["11/6/2023 6:00 PM", "12/31/2023 12:30 AM"], "month-day-year with time", day + 0.75),
            (&["2023-11"], "year-month-day", day - 5.0),
            (&["2023-11-06 06:00:00 UTC"], "year-month-day with time", day + 0.25),
            (&["6 de noviembre de 2023"], "day-month-year", day),
            (&["6 novembre 2023", "7 déc. 2023"], "day-month-year", day),
            (&["06. März 2023"], "day-month-year", day - 245.0),
        ];
        for (cells, format, expected) in cases {
            let (name, days) = recognised(cells).unwrap_or_else(|| panic!("{cells:?}"));
            assert_eq!(name, format, "{cells:?}");
            assert!((days - expected).abs() < 1e-9, "{cells:?}: {days}, {expected}");
        }
        let none = [
            "2023",
            "20231106",
            "1.5",
            "31.02.2023",
            "2023-13-01",
            "192.168.1.1",
            "a-b-c",
            "12:30",
            "1-2",
            "May",
            "1,000,000",
            "Mr. Smith",
        ];
        for cell in none {
            assert_eq!(recognised(&[cell]), None, "{cell}");
        }
    }

    #[test]
    fn text_of_a_date_is_iso() {
        let format = DateFormat::recognised(["06.11.2023 18:30"].into_iter(), DecimalMark::Comma).unwrap();
        assert_eq!(format.text(format.parse("06.11.2023 18:30").unwrap()), "2023-11-06 18:30");
    }
}
