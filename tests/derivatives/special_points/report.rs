//! The failures of a test.

use super::tables::Cell;
use std::collections::BTreeMap;

/// Returns true for the one exception from the strong zero: with duals, the sigmoid of an infinite tangent is NaN.
fn is_exempt(expression: &str, mode: &str, found: f64) -> bool {
    expression.starts_with("sigmoid ∘") && mode.contains("dual") && found.is_nan()
}

/// The failures of a test.
#[derive(Default)]
pub struct Report {
    pub compared: usize,
    lines: Vec<String>,
    by_mode: BTreeMap<String, usize>,
}

impl Report {
    /// Compares the result of a mode with the expected values. `expression` returns the text for a failure.
    pub fn compare(
        &mut self,
        expression: &dyn Fn() -> String,
        mode: &str,
        order: usize,
        found: f64,
        expected: Option<&Cell>,
    ) {
        let Some(expected) = expected else { return };
        self.compared += 1;
        if !expected.permits(order, found) && !is_exempt(&expression(), mode, found) {
            self.add(expression, mode, order, found, expected);
        }
    }

    /// Adds a failure.
    pub fn add(&mut self, expression: &dyn Fn() -> String, mode: &str, order: usize, found: f64, expected: &Cell) {
        *self.by_mode.entry(format!("{mode}, order {order}")).or_default() += 1;
        let Cell { permitted, exception, .. } = expected;
        let expression = expression();
        let expected = format!("expected {permitted:?} ({exception:?})");
        self.lines.push(format!("{expression}, {mode}, order {order}: {expected}, got {found:?}"));
    }

    /// Panics if there are failures, with the first 40 of them and their counts by mode.
    #[track_caller]
    pub fn assert_no_failures(self) {
        if let Some(path) = std::env::var_os("SPECIAL_FAILURES") {
            use std::io::Write;
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
            self.lines.iter().for_each(|line| writeln!(file, "{line}").unwrap());
        }
        let (failures, compared) = (self.lines.len(), self.compared);
        let first = self.lines[..failures.min(40)].join("\n");
        let counts: Vec<String> = self.by_mode.iter().map(|(mode, count)| format!("{mode}: {count}")).collect();
        assert!(failures == 0, "{failures} of {compared} failed:\n{first}\n\n{}", counts.join("\n"));
        assert!(compared > 0);
    }
}
