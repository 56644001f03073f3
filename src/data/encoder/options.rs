//! [`EncoderOptions`]: what an [`Encoder`](super::Encoder) should not find out by itself.

/// Choices for an [`Encoder`](super::Encoder). What is not chosen is recognised from the cells.
///
/// # Examples
/// ```
/// use backprop::{Csv, EncoderOptions};
///
/// let csv = Csv::from_text("zip,size,price\n04109,L,3\n04229,S,1\n04109,M,2\n04229,L,3\n")?;
/// let encoder = EncoderOptions::new().categories(["zip"]).ordered("size", ["S", "M", "L"]).fit(&csv, "price")?;
/// assert_eq!(encoder.feature_names(), ["zip = 04109", "zip = 04229", "size"]);
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct EncoderOptions {
    /// The input columns; `None` for all except the target.
    pub(super) inputs: Option<Vec<String>>,
    pub(super) without: Vec<String>,
    pub(super) numbers: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) dates: Vec<String>,
    pub(super) ordered: Vec<(String, Vec<String>)>,
    /// True for classes as targets, false for numbers; `None` to recognise them.
    pub(super) classification: Option<bool>,
    pub(super) log_target: bool,
    pub(super) scaling: Scaling,
}

/// The scaling of encoded inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scaling {
    /// Numbers to mean 0 and standard deviation 1. Zeros and ones are shifted to mean 0 and divided by 0.5, the standard
    /// deviation of evenly distributed ones, so that rare ones do not become large
    /// ([Gelman 2008](https://doi.org/10.1002/sim.3107)).
    #[default]
    Standard,
    /// The training rows to the range from 0 to 1.
    MinMax,
    /// None.
    None,
}

impl EncoderOptions {
    /// Creates options that choose nothing.
    pub fn new() -> EncoderOptions {
        EncoderOptions::default()
    }

    /// Uses these columns as inputs, in this order. By default, all columns except the target are inputs if they can be
    /// used. A chosen column is used even if it looks like an identifier.
    #[doc(alias = "usecols")]
    pub fn inputs<N: ToString>(self, names: impl IntoIterator<Item = N>) -> EncoderOptions {
        EncoderOptions { inputs: Some(texts(names)), ..self }
    }

    /// Leaves these columns out.
    #[doc(alias = "drop")]
    pub fn without<N: ToString>(self, names: impl IntoIterator<Item = N>) -> EncoderOptions {
        EncoderOptions { without: texts(names), ..self }
    }

    /// Takes these columns as numbers, even if they look like identifiers.
    pub fn numbers<N: ToString>(self, names: impl IntoIterator<Item = N>) -> EncoderOptions {
        EncoderOptions { numbers: texts(names), ..self }
    }

    /// Takes these columns as categories, for example numbers that are codes.
    #[doc(alias("OneHotEncoder", "get_dummies"))]
    pub fn categories<N: ToString>(self, names: impl IntoIterator<Item = N>) -> EncoderOptions {
        EncoderOptions { categories: texts(names), ..self }
    }

    /// Takes these columns as dates.
    #[doc(alias = "parse_dates")]
    pub fn dates<N: ToString>(self, names: impl IntoIterator<Item = N>) -> EncoderOptions {
        EncoderOptions { dates: texts(names), ..self }
    }

    /// Takes a column as ordered categories, which become the numbers 0, 1, 2 and so on.
    #[doc(alias = "OrdinalEncoder")]
    pub fn ordered<N: ToString>(
        mut self,
        name: impl ToString,
        categories: impl IntoIterator<Item = N>,
    ) -> EncoderOptions {
        self.ordered.push((name.to_string(), texts(categories)));
        self
    }

    /// Takes the target as classes.
    pub fn classification(self) -> EncoderOptions {
        EncoderOptions { classification: Some(true), ..self }
    }

    /// Takes the target as numbers.
    pub fn regression(self) -> EncoderOptions {
        EncoderOptions { classification: Some(false), ..self }
    }

    /// Encodes the target, positive numbers, as its logarithm: errors count in proportion to the number.
    #[doc(alias = "TransformedTargetRegressor")]
    pub fn log_target(self) -> EncoderOptions {
        EncoderOptions { log_target: true, ..self }
    }

    /// Sets the scaling of the inputs.
    pub fn scaling(self, scaling: Scaling) -> EncoderOptions {
        EncoderOptions { scaling, ..self }
    }
}

/// Returns names as texts.
fn texts<N: ToString>(names: impl IntoIterator<Item = N>) -> Vec<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}
