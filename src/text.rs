//! Text for people: numbers, and lists and texts cut short where they would fill the screen.

/// How many names of a list are shown.
const MOST_NAMES: usize = 20;
/// How many letters of a text are shown.
const MOST_LETTERS: usize = 60;

/// The names, separated by commas; of a long list the first ones, and how many more there are.
pub(crate) fn listed<N: AsRef<str>>(names: &[N]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| shortened(name.as_ref())).collect();
    let rest = names.len() - shown.len();
    let shown = shown.join(", ");
    if rest > 0 { format!("{shown} and {rest} more") } else { shown }
}

/// The text; of a long one the beginning.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

/// The first name that is in the list twice.
pub(crate) fn twice<N: AsRef<str>>(names: &[N]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    names.iter().map(AsRef::as_ref).find(|&name| !seen.insert(name))
}

/// A number as a person would write it: four digits after the point, or three and a power of ten.
pub(crate) fn written(x: f64) -> String {
    let trimmed = |digits: &str| digits.trim_end_matches('0').trim_end_matches('.').to_string();
    let text = match x.abs() {
        size if size == 0.0 || (1e-3..1e6).contains(&size) => trimmed(&format!("{:.4}", x + 0.0)), // −0 is 0
        _ => match format!("{x:.3e}").split_once('e') {
            Some((digits, power)) => format!("{}e{power}", trimmed(digits)),
            None => x.to_string(), // infinite or NaN
        },
    };
    text.replace('-', "−")
}
