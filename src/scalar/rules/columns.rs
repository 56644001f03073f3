//! The documentation of methods and [`Formulas`], made from the columns of the [table](super::functions).

/// The formulas of a function and of its derivatives, for explanations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Formulas {
    pub(crate) name: &'static str,
    /// The names of the arguments in the formulas.
    pub(crate) arguments: &'static [&'static str],
    pub(crate) function: Option<&'static str>,
    /// The derivative with respect to each argument.
    pub(crate) derivatives: &'static [Option<&'static str>],
}

/// `formulas!(relu(x): "max(0, x)", ("1 for …"))` expands to
/// `Formulas { name: "relu", arguments: &["x"], function: Some("max(0, x)"), derivatives: &[None] }`.
macro_rules! formulas {
    ($name:ident($x:ident): $f:tt, $dx:tt $(, $note:literal)?) => {
        $crate::scalar::rules::columns::Formulas {
            name: stringify!($name),
            arguments: &[stringify!($x)],
            function: $crate::scalar::rules::columns::formula!($f),
            derivatives: &[$crate::scalar::rules::columns::formula!($dx)],
        }
    };
    ($name:ident($x:ident, $y:ident): $f:tt, [$dx:tt, $dy:tt] $(, $note:literal)?) => {
        $crate::scalar::rules::columns::Formulas {
            name: stringify!($name),
            arguments: &[stringify!($x), stringify!($y)],
            function: $crate::scalar::rules::columns::formula!($f),
            derivatives: &[
                $crate::scalar::rules::columns::formula!($dx),
                $crate::scalar::rules::columns::formula!($dy),
            ],
        }
    };
}
pub(crate) use formulas;

/// Converts a column to a formula: `"√x"` to `Some("√x")`, `("words")` to `None`.
macro_rules! formula {
    ($formula:literal) => {
        Some($formula)
    };
    (($words:literal)) => {
        None
    };
}
pub(crate) use formula;

/// Writes the documentation of a method from its row. `documentation!(sqrt(x): "√x", "1/(2√x)", "The derivative is …")`
/// expands to "Returns `√x`. Derivative: `1/(2√x)`. The derivative is …".
macro_rules! documentation {
    ($name:ident($x:ident): $f:tt, $dx:tt $(, $note:literal)?) => {
        concat!(
            "Returns ", $crate::scalar::rules::columns::words!($f), ".\n\n",
            "Derivative: ", $crate::scalar::rules::columns::words!($dx), ".", $(" ", $note)?
        )
    };
    ($name:ident($x:ident, $y:ident): $f:tt, [$dx:tt, $dy:tt] $(, $note:literal)?) => {
        concat!(
            "Returns ", $crate::scalar::rules::columns::words!($f), ".\n\n",
            "Derivative with respect to `", stringify!($x), "`: ", $crate::scalar::rules::columns::words!($dx),
            "; with respect to `", stringify!($y), "`: ", $crate::scalar::rules::columns::words!($dy), ".", $(" ", $note)?
        )
    };
}
pub(crate) use documentation;

/// Converts a column to words: `"√x"` to "`√x`", `("words")` to "words".
macro_rules! words {
    ($formula:literal) => {
        concat!("`", $formula, "`")
    };
    (($words:literal)) => {
        $words
    };
}
pub(crate) use words;
