//! The parts of a date as features: elapsed days, the year, and the time of the year, the week and the day as cycles.

use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// The mean length of a year of the Gregorian calendar, in days.
pub(crate) const DAYS_OF_YEAR: f64 = 365.2425;
/// The minimal number of days between the first and the last date for which the time of the year is a feature.
const MIN_DAYS_FOR_SEASONS: f64 = 60.0;

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DatePart {
    /// The days since 1970-01-01.
    Days,
    /// The year.
    Year,
    /// The sine and the cosine of the time of the year, from January to December.
    Season,
    /// The sine and the cosine of the day of the week, from Thursday, the weekday of 1970-01-01.
    Weekday,
    /// The sine and the cosine of the time of the day.
    Hour,
}

/// Returns the parts that vary in sorted dates, in days.
pub(super) fn parts_of(dates: &[f64], has_time: bool) -> Vec<DatePart> {
    let days = dates.last().unwrap_or(&0.0) - dates.first().unwrap_or(&0.0);
    let varies = |part: fn(f64) -> f64| dates.iter().any(|&date| part(date) != part(dates[0]));
    let mut parts = vec![DatePart::Days];
    parts.extend(varies(year).then_some(DatePart::Year));
    parts.extend((days >= MIN_DAYS_FOR_SEASONS).then_some(DatePart::Season));
    parts.extend(varies(|date| date.floor().rem_euclid(7.0)).then_some(DatePart::Weekday));
    parts.extend((has_time && varies(|date| date.rem_euclid(1.0))).then_some(DatePart::Hour));
    parts
}

impl DatePart {
    /// Returns the number of features.
    pub(crate) fn width(self) -> usize {
        match self {
            DatePart::Days | DatePart::Year => 1,
            DatePart::Season | DatePart::Weekday | DatePart::Hour => 2,
        }
    }

    /// Returns the names of the features of a column.
    pub(super) fn names(self, column: &str) -> Vec<String> {
        let noun = self.noun();
        match self.width() {
            1 => vec![format!("{column}: {noun}")],
            _ => ["sine", "cosine"].map(|function| format!("{column}: {noun}, {function}")).to_vec(),
        }
    }

    /// Returns the noun for the part.
    pub(super) fn noun(self) -> &'static str {
        match self {
            DatePart::Days => "days",
            DatePart::Year => "year",
            DatePart::Season => "time of year",
            DatePart::Weekday => "weekday",
            DatePart::Hour => "time of day",
        }
    }

    /// Returns a feature of a date in days, by its index.
    pub(super) fn feature(self, date: f64, index: usize) -> f64 {
        let turns = match self {
            DatePart::Days => return date,
            DatePart::Year => return year(date),
            DatePart::Season => date / DAYS_OF_YEAR,
            DatePart::Weekday => date.floor() / 7.0,
            DatePart::Hour => date,
        };
        let angle = TAU * turns.rem_euclid(1.0);
        if index == 0 { angle.sin() } else { angle.cos() }
    }
}

/// Returns the year of a date in days since 1970-01-01, in the Gregorian calendar.
///
/// The days are counted from 1 March of the year 0, so that the leap day is the last of its year; then a period of 400
/// years has 146,097 days, of which the days 1,460 and 36,524 and the last one lengthen a year
/// ([Hinnant 2013](https://howardhinnant.github.io/date_algorithms.html)).
fn year(date: f64) -> f64 {
    let days = date.floor() + 719_468.0;
    let period = (days / 146_097.0).floor();
    let day = days - 146_097.0 * period;
    let year = ((day - (day / 1460.0).floor() + (day / 36_524.0).floor() - (day / 146_096.0).floor()) / 365.0).floor();
    let day_of_year = day - (365.0 * year + (year / 4.0).floor() - (year / 100.0).floor());
    let is_january_or_february = day_of_year >= 306.0;
    400.0 * period + year + f64::from(is_january_or_february)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn year_changes_at_midnight_of_new_year() {
        // Days from 1970-01-01 to New Year: those of 365 days and a leap day every fourth year but for 1900 and 2100.
        for (day, expected) in [(0.0, 1970.0), (365.0, 1971.0), (10_957.0, 2000.0), (11_323.0, 2001.0)] {
            assert_eq!((year(day), year(day - 1e-5), year(day + 364.9)), (expected, expected - 1.0, expected), "{day}");
        }
        assert_eq!(year(-25_567.0), 1900.0);
        assert_eq!(year(47_482.0), 2100.0);
        assert_eq!(year(47_481.9), 2099.0);
    }
}
