//! Numbers as people write them: with thousands separators, a decimal comma, a percent sign or a currency.

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

/// The mark between the whole part and the decimals of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
pub enum DecimalMark {
    /// A point: 1,033.70.
    Point,
    /// A comma: 1.033,70.
    Comma,
}

/// The signs and codes of currencies, before or after a number.
const CURRENCIES: [&str; 46] = [
    "US$", "A$", "C$", "HK$", "R$", "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₪", "₴", "฿", "zł", "Kč", "kr.", "kr",
    "Fr.", "Rs.", "Rs", "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK",
    "HUF", "INR", "CNY", "BRL", "MXN", "ZAR", "KRW", "RUB", "TRY", "SGD",
];

/// Returns the number in a cell; `None` if it has none, or something else too.
pub(in crate::data) fn parse_number(cell: &str, mark: DecimalMark) -> Option<f64> {
    let bytes = cell.as_bytes();
    let is_plain = bytes.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
    if is_plain && (mark == DecimalMark::Point || !bytes.contains(&b'.')) {
        if let Ok(number) = cell.parse() {
            return Some(number);
        }
    }
    let (mut text, mut is_negative, mut factor) = (cell.trim(), false, 1.0);
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        (text, is_negative) = (inner.trim(), true); // as in accounts
    }
    // A sign, a currency and a percent sign may come in any order.
    let (mut has_sign, mut has_unit) = (is_negative, false);
    loop {
        let before = text;
        if !has_sign {
            if let Some(rest) = ["-", "−"].iter().find_map(|sign| without(text, sign)) {
                (text, is_negative, has_sign) = (rest.trim(), true, true);
            } else if let Some(rest) = text.strip_prefix("+") {
                (text, has_sign) = (rest.trim(), true);
            }
        }
        if !has_unit {
            let currency = CURRENCIES.iter().find_map(|unit| without(text, unit));
            if let Some(rest) = text.strip_suffix("%") {
                (text, factor, has_unit) = (rest.trim(), 100.0, true);
            } else if let Some(rest) = currency {
                (text, has_unit) = (rest.trim(), true);
            }
        }
        if text == before {
            break;
        }
    }
    let number = without_groups(text, mark)?.parse::<f64>().ok()? / factor;
    Some(if is_negative { -number } else { number })
}

/// Returns the text without `part` before or after it.
fn without<'t>(text: &'t str, part: &str) -> Option<&'t str> {
    text.strip_prefix(part).or_else(|| text.strip_suffix(part))
}

/// Returns an unsigned number without thousands separators and with a decimal point; `None` if it is not one.
fn without_groups(text: &str, mark: DecimalMark) -> Option<String> {
    let (decimal, group) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let exponent = text.bytes().position(|byte| byte | 0x20 == b'e').unwrap_or(text.len());
    let (number, exponent) = text.split_at(exponent);
    let (whole, decimals) = number.split_once(decimal).unwrap_or((number, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut digits = whole.to_string();
    let separators = [group, '\'', '’', ' ', '\u{a0}', '\u{202f}'];
    if let Some(separator) = whole.chars().find(|c| separators.contains(c)) {
        let groups: Vec<&str> = whole.split(separator).collect();
        let [first, middle @ .., last] = &groups[..] else { return None };
        let are_of_two = middle.iter().all(|group| group.len() == 2) && !middle.is_empty(); // 12,34,567 in India
        let are_of_three = middle.iter().all(|group| group.len() == 3);
        let is_first = (1..=3).contains(&first.len()) && !first.starts_with('0');
        if last.len() != 3 || !is_first || !(are_of_two || are_of_three) {
            return None;
        }
        digits = groups.concat();
    }
    let has_digit = !digits.is_empty() || !decimals.is_empty();
    if !has_digit || !are_digits(&digits) || !are_digits(decimals) {
        return None;
    }
    Some(format!("{digits}.{decimals}{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let with_point = [
            ("1,033.70", 1033.7),
            ("$1,033.70", 1033.7),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("(1,200)", -1200.0),
            ("69%", 0.69),
            ("69 %", 0.69),
            ("1 234 567", 1_234_567.0),
            ("12,34,567", 1_234_567.0),
            ("1'000.5", 1000.5),
            ("5-", -5.0),
            ("1,250.50-", -1250.5),
            ("R$ 1,000.50", 1000.5),
            ("−2.5", -2.5),
            ("1e3", 1000.0),
            ("CHF 1’200.50", 1200.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("1,000", 1000.0),
            ("+7 €", 7.0),
        ];
        for (cell, expected) in with_point {
            assert_eq!(parse_number(cell, DecimalMark::Point), Some(expected), "{cell}");
        }
        let with_comma = [
            ("1.033,70 €", 1033.7),
            ("1,5", 1.5),
            ("-0,25", -0.25),
            ("69,5 %", 0.695),
            ("1\u{a0}000,5", 1000.5),
            ("1,5e2", 150.0),
        ];
        for (cell, expected) in with_comma {
            assert_eq!(parse_number(cell, DecimalMark::Comma), Some(expected), "{cell}");
        }
        let none = [
            "", "abc", "1,5", "1,00", "0,500", "1,0000", "12-5", "0x10", "inf", "NaN", "1 2", "$", "%", "1.2.3", "--1",
            "1e", "e5", "$5$",
        ];
        for cell in none {
            assert_eq!(parse_number(cell, DecimalMark::Point), None, "{cell}");
        }
    }
}
