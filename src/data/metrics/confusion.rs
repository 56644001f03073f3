//! [`ConfusionMatrix`]: the number of samples of each class predicted as each class.

use super::Average;
use super::checks::check_lengths;
use crate::kernels::sums;
use std::collections::BTreeMap;
use std::fmt;

/// A confusion matrix: the number of samples of each class predicted as each class.
///
/// Its memory grows with the number of samples and of classes, not with that of pairs of classes. Its `Display` is a
/// table for up to 30 classes, and for more the pairs of classes that are confused most often.
///
/// # Examples
/// ```
/// use backprop::ConfusionMatrix;
///
/// let confusion = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 0, 1, 1], ["no", "yes"]);
/// assert_eq!(confusion.count(0, 1), 1); // a "no" predicted as "yes"
/// assert_eq!((confusion.precision(1), confusion.recall(1), confusion.f1(1)), (Some(2.0 / 3.0), Some(1.0), Some(0.8)));
/// println!("{confusion}"); // as a table, with recall and precision
/// ```
#[doc(alias("confusion_matrix", "classification_report"))]
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionMatrix {
    classes: Vec<String>,
    /// The number of samples of each pair of a true and a predicted class, if it is not 0.
    counts: BTreeMap<(usize, usize), usize>,
    /// The number of samples of each class.
    truths: Vec<usize>,
    /// The number of samples predicted as each class.
    predictions: Vec<usize>,
}

/// The maximal number of classes of a printed table.
const MAX_TABLE: usize = 30;
/// The number of pairs printed instead of a table.
const PAIRS: usize = 10;

impl ConfusionMatrix {
    /// Creates a confusion matrix from the indices of the predicted and true classes, and the names of all classes.
    ///
    /// # Panics
    /// If the lengths of `predicted` and `truth` differ, if they are empty, or if an index has no name.
    #[track_caller]
    pub fn new<C: ToString>(
        predicted: &[usize],
        truth: &[usize],
        classes: impl IntoIterator<Item = C>,
    ) -> ConfusionMatrix {
        check_lengths(predicted, truth);
        let classes: Vec<String> = classes.into_iter().map(|class| class.to_string()).collect();
        let (mut counts, mut truths, mut predictions) =
            (BTreeMap::new(), vec![0; classes.len()], vec![0; classes.len()]);
        for (&predicted, &truth) in predicted.iter().zip(truth) {
            truths[truth] += 1;
            predictions[predicted] += 1;
            *counts.entry((truth, predicted)).or_insert(0) += 1;
        }
        ConfusionMatrix { classes, counts, truths, predictions }
    }

    /// Returns the number of samples of the class `truth` that are predicted as `predicted`.
    ///
    /// # Panics
    /// If there is no such class.
    #[track_caller]
    pub fn count(&self, truth: usize, predicted: usize) -> usize {
        let classes = self.classes.len();
        assert!(truth.max(predicted) < classes, "the class must be less than {classes}, got {}", truth.max(predicted));
        self.counts.get(&(truth, predicted)).copied().unwrap_or(0)
    }

    /// Returns the names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns the precision of a class: the fraction of the samples predicted as the class that are of the class.
    /// `None` if there are none.
    ///
    /// # Panics
    /// If there is no such class.
    #[doc(alias = "precision_score")]
    #[track_caller]
    pub fn precision(&self, class: usize) -> Option<f64> {
        fraction(self.count(class, class), self.predictions[class])
    }

    /// Returns the recall of a class: the fraction of the samples of the class that are predicted as the class. `None`
    /// if there are none.
    ///
    /// # Panics
    /// If there is no such class.
    #[doc(alias("recall_score", "sensitivity"))]
    #[track_caller]
    pub fn recall(&self, class: usize) -> Option<f64> {
        fraction(self.count(class, class), self.truths[class])
    }

    /// Returns the F1 of a class, the harmonic mean of precision and recall: `2·TP/(2·TP + FP + FN)` with the true
    /// positives, the false positives and the false negatives. `None` if no sample is of the class or predicted as the
    /// class.
    ///
    /// # Panics
    /// If there is no such class.
    #[doc(alias = "f1_score")]
    #[track_caller]
    pub fn f1(&self, class: usize) -> Option<f64> {
        fraction(2 * self.count(class, class), self.truths[class] + self.predictions[class])
    }

    /// Returns the average of the precision of all classes.
    ///
    /// A class that has no samples and is never predicted is left out. The precision of a class that has samples and is
    /// never predicted counts as 0. Both are the defaults of scikit-learn. The micro average is the accuracy, since
    /// each sample has one class and one prediction.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Average, ConfusionMatrix};
    ///
    /// let confusion = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 0, 1, 1], ["no", "yes"]);
    /// assert_eq!(confusion.mean_precision(Average::Macro), (1.0 + 2.0 / 3.0) / 2.0);
    /// assert_eq!(confusion.mean_precision(Average::Micro), 0.75); // three of four
    /// ```
    ///
    /// # References
    /// [`sklearn.metrics.precision_score`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_score.html)
    #[doc(alias = "precision_score")]
    pub fn mean_precision(&self, average: Average) -> f64 {
        self.mean_of_classes(average, ConfusionMatrix::precision)
    }

    /// Returns the average of the recall of all classes.
    ///
    /// A class that has no samples and is never predicted is left out. The recall of a class that is predicted and has
    /// no samples counts as 0. Both are the defaults of scikit-learn. The micro average and the weighted average are
    /// the accuracy.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Average, ConfusionMatrix};
    ///
    /// let confusion = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 0, 1, 1], ["no", "yes"]);
    /// assert_eq!(confusion.mean_recall(Average::Macro), (0.5 + 1.0) / 2.0);
    /// ```
    #[doc(alias("recall_score", "balanced_accuracy_score"))]
    pub fn mean_recall(&self, average: Average) -> f64 {
        self.mean_of_classes(average, ConfusionMatrix::recall)
    }

    /// Returns the average of the F1 of all classes.
    ///
    /// A class that has no samples and is never predicted is left out, the default of scikit-learn. The macro average
    /// is the mean of the F1 of each class, not the F1 of the mean precision and recall. The micro average is the
    /// accuracy.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Average, ConfusionMatrix};
    ///
    /// let confusion = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 0, 1, 1], ["no", "yes"]);
    /// assert!((confusion.mean_f1(Average::Macro) - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-15);
    /// ```
    #[doc(alias = "f1_score")]
    pub fn mean_f1(&self, average: Average) -> f64 {
        self.mean_of_classes(average, ConfusionMatrix::f1)
    }

    /// Returns the mean cost of a sample, for the cost of a wrong prediction for the samples of each class: Σᵢ cᵢ·eᵢ/n for
    /// eᵢ errors of n samples.
    ///
    /// # Examples
    /// ```
    /// use backprop::ConfusionMatrix;
    ///
    /// let confusion = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 0, 1, 1], ["no", "yes"]);
    /// assert_eq!(confusion.mean_cost(&[3.0, 10.0]), 3.0 / 4.0);
    /// ```
    ///
    /// # Panics
    /// If the number of costs is not that of classes.
    #[track_caller]
    pub fn mean_cost(&self, costs: &[f64]) -> f64 {
        assert_eq!(costs.len(), self.classes.len(), "`mean_cost` needs a cost for each class");
        let samples: usize = self.truths.iter().sum();
        let errors = |class: usize| (self.truths[class] - self.count(class, class)) as f64;
        sums::sum(&(0..costs.len()).map(|class| costs[class] * errors(class)).collect::<Vec<f64>>()) / samples as f64
    }

    /// Returns the lowest mean cost of a sample of always predicting the same class.
    ///
    /// # Panics
    /// If the number of costs is not that of classes.
    #[track_caller]
    pub fn baseline_cost(&self, costs: &[f64]) -> f64 {
        assert_eq!(costs.len(), self.classes.len(), "`baseline_cost` needs a cost for each class");
        let samples: usize = self.truths.iter().sum();
        let products = || self.truths.iter().zip(costs).map(|(&samples, cost)| samples as f64 * cost);
        (products().sum::<f64>() - products().fold(0.0, f64::max)) / samples as f64
    }

    /// Returns the average of a metric of single classes.
    fn mean_of_classes(&self, average: Average, metric: impl Fn(&ConfusionMatrix, usize) -> Option<f64>) -> f64 {
        let samples: usize = self.truths.iter().sum();
        if average == Average::Micro {
            let correct: usize = (0..self.classes.len()).map(|class| self.count(class, class)).sum();
            return correct as f64 / samples as f64;
        }
        let occurs = |class: &usize| self.truths[*class] + self.predictions[*class] > 0;
        let weights = (0..self.classes.len()).filter(occurs).map(|class| match average {
            Average::Weighted => (class, self.truths[class] as f64),
            _ => (class, 1.0),
        });
        let (mut sum, mut total) = (sums::Summation::default(), 0.0);
        for (class, weight) in weights {
            sum.add(weight * metric(self, class).unwrap_or(0.0));
            total += weight;
        }
        sum.total() / total
    }
}

/// Returns `part/whole`, or `None` if `whole` is 0.
fn fraction(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.classes.len() > MAX_TABLE {
            return self.write_pairs(f);
        }
        let names = || self.classes.iter().map(|class| class.chars().count());
        let width = names().max().unwrap_or(0).max(5);
        write!(f, "{:>width$}  predicted", "truth")?;
        write!(f, "\n{:width$} ", "")?;
        for class in &self.classes {
            write!(f, " {class:>width$}")?;
        }
        writeln!(f, "  recall")?;
        let decimals = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.3}"));
        for (class, name) in self.classes.iter().enumerate() {
            write!(f, "{name:>width$} ")?;
            for predicted in 0..self.classes.len() {
                write!(f, " {:>width$}", self.count(class, predicted))?;
            }
            writeln!(f, "  {:>6}", decimals(self.recall(class)))?;
        }
        write!(f, "{:>width$} ", "precision")?;
        for class in 0..self.classes.len() {
            write!(f, " {:>width$}", decimals(self.precision(class)))?;
        }
        Ok(())
    }
}

impl ConfusionMatrix {
    /// Writes the pairs of classes that are confused most often, if there are too many classes for a table.
    fn write_pairs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = self.counts.iter().filter(|((truth, predicted), _)| truth != predicted);
        let mut wrong: Vec<(usize, &(usize, usize))> = wrong.map(|(pair, &count)| (count, pair)).collect();
        wrong.sort_by_key(|&(count, pair)| (std::cmp::Reverse(count), pair));
        write!(f, "{} classes; most frequent confusions:", self.classes.len())?;
        for (count, (truth, predicted)) in wrong.iter().take(PAIRS) {
            write!(f, "\n{count:>6} × {} predicted as {}", self.classes[*truth], self.classes[*predicted])?;
        }
        match wrong.len().saturating_sub(PAIRS) {
            0 if wrong.is_empty() => write!(f, " none"),
            0 => Ok(()),
            more => write!(f, "\nand {more} more pairs"),
        }
    }
}
