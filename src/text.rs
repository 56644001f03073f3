//! Text in messages: numbers, shortened lists and texts, and suggestions for misspelled names.

/// The maximal number of names of a list in a message.
const MAX_NAMES: usize = 20;
/// The maximal number of letters of a text in a message.
const MAX_LETTERS: usize = 60;

/// Returns the names, separated by commas. A long list is shortened to its first names and the number of the others.
pub(crate) fn listed<N: AsRef<str>>(names: &[N]) -> String {
    let shown: Vec<String> = names.iter().take(MAX_NAMES).map(|name| shortened(name.as_ref())).collect();
    let rest = names.len() - shown.len();
    let shown = shown.join(", ");
    if rest > 0 { format!("{shown} and {rest} more") } else { shown }
}

/// Returns the text, shortened to its beginning if it is long.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

/// Returns the first name that occurs twice in the list.
pub(crate) fn twice<N: AsRef<str>>(names: &[N]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    names.iter().map(AsRef::as_ref).find(|&name| !seen.insert(name))
}

/// Returns the capitalized plural of an English noun, the heading of a list: `Columns` for `column`, `Losses` for
/// `loss`.
pub(crate) fn plural(noun: &str) -> String {
    let mut plural = format!("{noun}{}", if noun.ends_with('s') { "es" } else { "s" });
    if let Some(first) = plural.get_mut(..1) {
        first.make_ascii_uppercase(); // a first letter outside ASCII stays as it is
    }
    plural
}

/// Returns the known name that is most similar to `name`, if one is similar.
///
/// Case is ignored for ASCII letters; for all letters, WebAssembly would need tables of 24 kB. Text in parentheses is
/// ignored: `Huber` is similar to `huber(1)`. One error is allowed for every three letters, at most three in all. A
/// name of one or two letters must match.
pub(crate) fn closest<'k, N: AsRef<str>>(name: &str, known: &'k [N]) -> Option<&'k str> {
    let letters = |name: &str| -> Vec<char> {
        let name = name.split('(').next().unwrap_or_default();
        name.trim().chars().take(MAX_LETTERS).map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let name = letters(name);
    let limit = (name.len() / 3).min(3);
    let with_distance = known.iter().map(|known| (edit_distance(&name, &letters(known.as_ref())), known.as_ref()));
    let similar = with_distance.filter(|&(distance, _)| !name.is_empty() && distance <= limit);
    similar.min_by_key(|&(distance, _)| distance).map(|(_, known)| known)
}

/// Returns the optimal string alignment distance of `a` and `b`: the number of letters to insert, delete, replace or
/// swap with the next letter ([Damerau 1964](https://doi.org/10.1145/363958.363994)).
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()]; // rows[i][j] is the distance of a[..i] from b[..j]
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut distance = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                distance = distance.min(rows[i - 2][j - 2] + 1);
            }
            row.push(distance);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Returns a number for people: with up to four decimals, or with up to three and a power of ten.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: &str, b: &str) -> usize {
        let letters = |text: &str| text.chars().collect::<Vec<char>>();
        edit_distance(&letters(a), &letters(b))
    }

    #[test]
    fn edit_distance_counts_insertions_deletions_replacements_and_swaps() {
        let pairs = [("", "", 0), ("", "abc", 3), ("height", "height", 0), ("heigth", "height", 1)];
        let more = [("wieght", "weight", 1), ("kitten", "sitting", 3), ("ca", "abc", 3), ("größe", "grösse", 2)];
        for (a, b, expected) in pairs.into_iter().chain(more) {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn closest_respects_its_limit() {
        let known = ["sigmoid", "tanh", "relu", "leaky_relu(0.01)", "x1", "Größe"];
        let near = ["sigmiod", "SIGMOID", "thanh", "rleu", "leaky-relu", "leaky_relu(0.1)", "X1", "grösse"];
        let meant = ["sigmoid", "sigmoid", "tanh", "relu", "leaky_relu(0.01)", "leaky_relu(0.01)", "x1", "Größe"];
        for (name, meant) in near.into_iter().zip(meant) {
            assert_eq!(closest(name, &known), Some(meant), "{name}");
        }
        for name in ["", "x2", "gelu6", "logistic", "sgmd", "(", "тангенс"] {
            assert_eq!(closest(name, &known), None, "{name}");
        }
        assert_eq!(closest("a", &[""; 0]), None);
        assert_eq!(
            closest(&"a".repeat(1 << 20), &["a".repeat(59)]),
            Some(&"a".repeat(59)[..]),
            "letters after the limit are ignored"
        );
    }

    #[test]
    fn plural_capitalizes_noun() {
        assert_eq!(
            ["column", "class", "loss", "übung", ""].map(plural),
            ["Columns", "Classes", "Losses", "übungs", "S"]
        );
    }
}
