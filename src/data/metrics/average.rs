//! [`Average`]: an average of the metrics of single classes.

/// An average of the metrics of single classes, named as in scikit-learn.
///
/// For n classes with metrics mₖ and nₖ samples each:
///
/// | | |
/// | --- | --- |
/// | `Macro` | `Σ mₖ / n`: all classes have the same weight, rare ones included |
/// | `Micro` | the metric of the decisions of all classes together: all decisions have the same weight |
/// | `Weighted` | `Σ nₖ·mₖ / Σ nₖ`: the weight of a class is its number of samples |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Average {
    /// The mean over classes.
    Macro,
    /// The metric of the decisions of all classes together.
    Micro,
    /// The mean over classes, weighted by the number of samples of each.
    Weighted,
}
