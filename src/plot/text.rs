//! Pictures as text for terminals: lines of characters between two axes.

use crate::text::written;

/// The width in characters and the height in lines. With the labels at the left, no line is longer than 80.
pub(super) const WIDTH: usize = 64;
pub(super) const HEIGHT: usize = 20;
const LONGEST: usize = 80;

/// From empty to full.
const SHADES: [char; 10] = [' ', '·', ':', '-', '=', '+', '*', '#', '%', '@'];

/// Returns the character for a fraction from 0 to 1, fuller for a larger one.
pub(super) fn shade(fraction: f64) -> char {
    SHADES[((fraction * SHADES.len() as f64) as usize).min(SHADES.len() - 1)]
}

/// Returns the text, shortened to `room` letters with … at the end if it is longer.
fn shortened(text: &str, room: usize) -> String {
    match text.chars().count() {
        count if count <= room => text.into(),
        _ => text.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Breaks a text into lines of at most `LONGEST` characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let word = shortened(word, LONGEST);
        let line = lines.last_mut().expect("there is a line from the start");
        if line.is_empty() {
            *line = word;
        } else if line.chars().count() + 1 + word.chars().count() <= LONGEST {
            *line += &format!(" {word}");
        } else {
            lines.push(word);
        }
    }
    lines.join("\n")
}

/// Returns lines, from top to bottom, between two axes with their names and the ends of their ranges.
pub(super) fn framed(title: &str, names: [&str; 2], ranges: [(f64, f64); 2], lines: &[Vec<char>]) -> String {
    let [(left, right), (low, high)] = ranges.map(|(from, to)| (written(from), written(to)));
    let mut text = format!("{}\n{}\n", wrapped(title), shortened(names[1], LONGEST));
    for (i, line) in lines.iter().enumerate() {
        let label = if i == 0 {
            &high[..]
        } else if i + 1 == lines.len() {
            &low[..]
        } else {
            ""
        };
        let line: String = line.iter().collect();
        text += &format!("{label:>12} │{}\n", line.trim_end());
    }
    let space = WIDTH.saturating_sub(left.chars().count() + right.chars().count());
    let name = shortened(names[0], space.saturating_sub(2));
    text += &format!("{:13}└{}\n", "", "─".repeat(WIDTH));
    text += &format!("{:14}{left}{name:^space$}{right}\n", "");
    text
}
