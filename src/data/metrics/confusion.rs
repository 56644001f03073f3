//! [`ConfusionMatrix`]: the number of samples of each class predicted as each class.

use super::Average;
use super::checks::check;
use crate::kernels::sums;
use std::collections::BTreeMap;
use std::fmt;

/// How often each class was taken for each.
///
/// ```
/// use backprop::ConfusionMatrix;
///
/// let confusion = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 0, 1, 1], ["no", "yes"]);
/// assert_eq!(confusion.count(0, 1), 1); // a "no" taken for a "yes"
/// assert_eq!((confusion.precision(1), confusion.recall(1), confusion.f1(1)), (Some(2.0 / 3.0), Some(1.0), Some(0.8)));
/// println!("{confusion}"); // as a table, with recall and precision
/// ```
///
/// Its memory grows with samples and classes, and not with pairs of classes. It prints the table for up to 30 classes, and for
/// more the pairs that are taken for each other most often.
#[doc(alias("confusion_matrix", "classification_report"))]
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionMatrix {
    classes: Vec<String>,
    /// Of a truth and a prediction how often they met, where they did.
    counts: BTreeMap<(usize, usize), usize>,
    /// Of each class how many samples are of it.
    truths: Vec<usize>,
    /// Of each class how many samples were taken for it.
    predictions: Vec<usize>,
}

/// From how many classes on there is no table.
const TABLE: usize = 30;
/// How many pairs are printed in its place.
const PAIRS: usize = 10;

impl ConfusionMatrix {
    /// Of these predictions and truths, classes by their index.
    ///
    /// # Panics
    /// When there are not as many predictions as truths, or none, or a class has no name.
    #[track_caller]
    pub fn new<C: ToString>(
        predicted: &[usize],
        truth: &[usize],
        classes: impl IntoIterator<Item = C>,
    ) -> ConfusionMatrix {
        check(predicted, truth);
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

    /// How often this class was taken for that.
    ///
    /// # Panics
    /// When there are not so many classes; so do the functions that follow.
    #[track_caller]
    pub fn count(&self, truth: usize, predicted: usize) -> usize {
        let classes = self.classes.len();
        assert!(truth.max(predicted) < classes, "there is no class {}, of {classes}", truth.max(predicted));
        self.counts.get(&(truth, predicted)).copied().unwrap_or(0)
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Of those taken for this class, the share that is; none where none was.
    #[doc(alias = "precision_score")]
    #[track_caller]
    pub fn precision(&self, class: usize) -> Option<f64> {
        share(self.count(class, class), self.predictions[class])
    }

    /// Of those that are of this class, the share taken for it; none where there are none.
    #[doc(alias("recall_score", "sensitivity"))]
    #[track_caller]
    pub fn recall(&self, class: usize) -> Option<f64> {
        share(self.count(class, class), self.truths[class])
    }

    /// The harmonic mean of precision and recall, `2·right/(2·right + wrong)`; none where the class is neither there nor
    /// predicted.
    #[doc(alias = "f1_score")]
    #[track_caller]
    pub fn f1(&self, class: usize) -> Option<f64> {
        share(2 * self.count(class, class), self.truths[class] + self.predictions[class])
    }

    /// Returns the average of the precision of all classes.
    ///
    /// A class that has no samples and is never predicted is left out; one that is never predicted counts 0. Both are the
    /// defaults of scikit-learn. The micro average is the accuracy, as each sample is of one class and taken for one.
    ///
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
    /// A class that has no samples and is never predicted is left out; one that is predicted and has no samples counts 0. Both
    /// are the defaults of scikit-learn. The micro average is the accuracy; so is the weighted one.
    ///
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
    /// A class that has no samples and is never predicted is left out, the default of scikit-learn. The macro average is the
    /// mean of each class's F1, and not the F1 of the mean precision and recall. The micro average is the accuracy.
    ///
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

    fn mean_of_classes(&self, average: Average, of_class: impl Fn(&ConfusionMatrix, usize) -> Option<f64>) -> f64 {
        let samples: usize = self.truths.iter().sum();
        if average == Average::Micro {
            let right: usize = (0..self.classes.len()).map(|class| self.count(class, class)).sum();
            return right as f64 / samples as f64;
        }
        let occurs = |class: &usize| self.truths[*class] + self.predictions[*class] > 0;
        let weights = (0..self.classes.len()).filter(occurs).map(|class| match average {
            Average::Weighted => (class, self.truths[class] as f64),
            _ => (class, 1.0),
        });
        let (mut sum, mut total) = (sums::Summation::default(), 0.0);
        for (class, weight) in weights {
            sum.add(weight * of_class(self, class).unwrap_or(0.0));
            total += weight;
        }
        sum.total() / total
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.classes.len() > TABLE {
            return self.write_pairs(f);
        }
        let names = || self.classes.iter().map(|class| class.chars().count());
        let width = names().max().unwrap_or(0).max(5);
        write!(f, "{:>width$}  taken for", "truth")?;
        write!(f, "\n{:width$} ", "")?;
        for class in &self.classes {
            write!(f, " {class:>width$}")?;
        }
        writeln!(f, "  recall")?;
        let number = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.3}"));
        for (class, name) in self.classes.iter().enumerate() {
            write!(f, "{name:>width$} ")?;
            for predicted in 0..self.classes.len() {
                write!(f, " {:>width$}", self.count(class, predicted))?;
            }
            writeln!(f, "  {:>6}", number(self.recall(class)))?;
        }
        write!(f, "{:>width$} ", "precision")?;
        for class in 0..self.classes.len() {
            write!(f, " {:>width$}", number(self.precision(class)))?;
        }
        Ok(())
    }
}

impl ConfusionMatrix {
    /// The pairs of classes that are taken for each other most often, for there are too many classes for a table.
    fn write_pairs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = self.counts.iter().filter(|((truth, predicted), _)| truth != predicted);
        let mut wrong: Vec<(usize, &(usize, usize))> = wrong.map(|(pair, &count)| (count, pair)).collect();
        wrong.sort_by_key(|&(count, pair)| (std::cmp::Reverse(count), pair));
        write!(f, "{} classes; most often taken for another:", self.classes.len())?;
        for (count, (truth, predicted)) in wrong.iter().take(PAIRS) {
            write!(f, "\n{count:>6} × {} taken for {}", self.classes[*truth], self.classes[*predicted])?;
        }
        match wrong.len().saturating_sub(PAIRS) {
            0 if wrong.is_empty() => write!(f, " none"),
            0 => Ok(()),
            more => write!(f, "\nand {more} pairs more"),
        }
    }
}
