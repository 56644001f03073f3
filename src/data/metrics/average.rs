//! [`Average`]: how the metrics of single classes become one number.

/// How the metrics of single classes become one number, named as in scikit-learn.
///
/// For n classes with metrics mₖ, of nₖ samples each:
///
/// | | |
/// | --- | --- |
/// | `Macro` | `Σ mₖ / n`: each class counts alike, the rare ones too |
/// | `Micro` | the metric of all decisions counted together: each decision counts alike |
/// | `Weighted` | `Σ nₖ·mₖ / Σ nₖ`: each class counts by its samples |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// The mean over classes.
    Macro,
    /// The metric of all decisions counted together.
    Micro,
    /// The mean over classes, weighted by the number of samples of each.
    Weighted,
}
