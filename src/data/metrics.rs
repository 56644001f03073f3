//! How good predictions are: of classes [`accuracy`], [`ConfusionMatrix`], [`roc_auc`], [`roc_auc_ovr`], [`roc_auc_ovo`],
//! [`log_loss`]; of numbers [`r2_score`], [`mean_absolute_error`], [`root_mean_squared_error`].

use crate::kernels::sums;
use crate::matrix::AsMatrix;
use ndarray::ArrayView2;
use std::collections::BTreeMap;
use std::fmt;

/// The share of classes that were found.
///
/// ```
/// assert_eq!(backprop::accuracy(&[0, 1, 2, 1], &[0, 1, 1, 1]), 0.75);
/// ```
///
/// # Panics
/// When there are not as many predictions as truths, or none; so do all functions here.
#[doc(alias = "accuracy_score")]
#[track_caller]
pub fn accuracy(predicted: &[usize], truth: &[usize]) -> f64 {
    check(predicted, truth);
    let found = predicted.iter().zip(truth).filter(|(predicted, truth)| predicted == truth).count();
    found as f64 / truth.len() as f64
}

#[track_caller]
fn check<A, B>(predicted: &[A], truth: &[B]) {
    assert!(predicted.len() == truth.len(), "{} predictions for {} truths", predicted.len(), truth.len());
    assert!(!truth.is_empty(), "no predictions to judge");
}

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

/// The chance that of a pair, one of the class and one not, the one of the class has the higher score; ties count half: the
/// area under the receiver operating characteristic. None where all are of the class, or none is.
///
/// ```
/// let scores = [0.1, 0.4, 0.35, 0.8];
/// assert_eq!(backprop::roc_auc(&scores, &[false, false, true, true]), Some(0.75));
/// assert_eq!(backprop::roc_auc(&scores, &[true; 4]), None);
/// ```
///
/// # Panics
/// When there are not as many scores as truths, or none, or a score is NaN.
#[doc(alias("roc_auc_score", "auc"))]
#[track_caller]
pub fn roc_auc(scores: &[f64], truth: &[bool]) -> Option<f64> {
    check(scores, truth);
    assert!(scores.iter().all(|score| !score.is_nan()), "a score is NaN");
    let mut sorted: Vec<(f64, bool)> = scores.iter().copied().zip(truth.iter().copied()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Counted as floats: the number of pairs may be more than a `usize` of 32 bits can hold.
    let (mut below, mut won, mut positives) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let of_class = tied.iter().filter(|(_, truth)| *truth).count() as f64;
        let others = tied.len() as f64 - of_class;
        won += of_class * (below + others / 2.0);
        below += others;
        positives += of_class;
    }
    (positives * below > 0.0).then(|| won / (positives * below))
}

/// Returns the area under the ROC curve of each class compared with the rest (one-vs-rest), averaged.
///
/// `scores` has a row for each sample and a column for each class: probabilities, or any scores that are higher where the class
/// is likelier. `truth` has the index of each sample's class. `None` where a class of the columns has no samples, or a single
/// class has all: its area is not defined. For two classes the macro average is [`roc_auc`] of the second if a row's scores add
/// up to 1.
///
/// ```
/// use backprop::{Average, roc_auc_ovr};
///
/// let scores = [[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]];
/// let auc = roc_auc_ovr(scores, &[0, 1, 2, 0], Average::Macro).unwrap();
/// assert_eq!(auc, 1.0); // (1 + 1 + 1)/3
/// let auc = roc_auc_ovr(scores, &[0, 1, 2, 1], Average::Micro).unwrap();
/// assert_eq!(auc, 1.0);
/// ```
///
/// # Panics
/// When there are not as many rows as truths, or none, a truth has no column, or a score is NaN.
///
/// # References
/// [`sklearn.metrics.roc_auc_score`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html) with
/// `multi_class="ovr"`; [Fawcett 2006](https://doi.org/10.1016/j.patrec.2005.10.010), section 9.2.
#[doc(alias = "roc_auc_score")]
#[track_caller]
pub fn roc_auc_ovr(scores: impl AsMatrix<f64>, truth: &[usize], average: Average) -> Option<f64> {
    scores.with_view(|scores| {
        let samples = samples_of_classes(scores, truth);
        if samples.contains(&0) {
            return None;
        }
        let is_of = |class: usize| truth.iter().map(move |&truth| truth == class);
        if average == Average::Micro {
            let truth: Vec<bool> =
                truth.iter().flat_map(|&truth| (0..samples.len()).map(move |j| j == truth)).collect();
            return roc_auc(&scores.iter().copied().collect::<Vec<f64>>(), &truth);
        }
        let areas = (0..samples.len()).map(|class| {
            let area = roc_auc(&scores.column(class).to_vec(), &is_of(class).collect::<Vec<bool>>())?;
            Some((area, samples[class]))
        });
        weighted_mean(areas, average)
    })
}

/// Returns the area under the ROC curve of each class compared with each other class (one-vs-one), averaged.
///
/// Of a pair j and k, the samples of these two classes count: the area is the mean of that of the scores for j with class j as
/// truth, and that of the scores for k with class k as truth. The macro average is the mean over pairs, which does not depend on
/// how many samples the classes have; the weighted one counts a pair by its samples. `scores`, `truth` and `None` are those of
/// [`roc_auc_ovr`].
///
/// ```
/// use backprop::{Average, roc_auc_ovo};
///
/// let scores = [[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]];
/// assert_eq!(roc_auc_ovo(scores, &[0, 1, 2, 0], Average::Macro), Some(1.0));
/// ```
///
/// # Panics
/// When there are not as many rows as truths, or none, a truth has no column, or a score is NaN. When `average` is
/// [`Average::Micro`], which pairs of classes do not have.
///
/// # References
/// [`sklearn.metrics.roc_auc_score`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html) with
/// `multi_class="ovo"`; [Hand and Till 2001](https://doi.org/10.1023/A:1010920819831).
#[doc(alias = "roc_auc_score")]
#[track_caller]
pub fn roc_auc_ovo(scores: impl AsMatrix<f64>, truth: &[usize], average: Average) -> Option<f64> {
    assert!(average != Average::Micro, "`average` must be Macro or Weighted for pairs of classes, got Micro");
    scores.with_view(|scores| {
        let samples = samples_of_classes(scores, truth);
        if samples.contains(&0) {
            return None;
        }
        let pairs = (0..samples.len()).flat_map(|j| (j + 1..samples.len()).map(move |k| [j, k]));
        let areas = pairs.map(|pair| {
            let of_pair: Vec<usize> = (0..truth.len()).filter(|&sample| pair.contains(&truth[sample])).collect();
            let area = |class: usize| {
                let of_class: Vec<f64> = of_pair.iter().map(|&sample| scores[[sample, class]]).collect();
                roc_auc(&of_class, &of_pair.iter().map(|&sample| truth[sample] == class).collect::<Vec<bool>>())
            };
            Some(((area(pair[0])? + area(pair[1])?) / 2.0, of_pair.len()))
        });
        weighted_mean(areas, average)
    })
}

/// How many samples each class has.
#[track_caller]
fn samples_of_classes(scores: ArrayView2<'_, f64>, truth: &[usize]) -> Vec<usize> {
    assert!(scores.nrows() == truth.len(), "{} predictions for {} truths", scores.nrows(), truth.len());
    assert!(!truth.is_empty(), "no predictions to judge");
    let mut samples = vec![0; scores.ncols()];
    for &truth in truth {
        assert!(truth < samples.len(), "`truth` must be a class from 0 to {}, got {truth}", samples.len().max(1) - 1);
        samples[truth] += 1;
    }
    samples
}

/// The mean of areas, each with how many samples it is of; none of none, and where one is not defined.
fn weighted_mean(areas: impl Iterator<Item = Option<(f64, usize)>>, average: Average) -> Option<f64> {
    let (mut sum, mut total) = (sums::Summation::default(), 0.0);
    for area in areas {
        let (area, samples) = area?;
        let weight = if average == Average::Weighted { samples as f64 } else { 1.0 };
        sum.add(weight * area);
        total += weight;
    }
    (total > 0.0).then(|| sum.total() / total)
}

/// `−ln p` of the probability that was given to the true class, its mean.
///
/// ```
/// assert_eq!(backprop::log_loss(&[0.5, 0.5]), std::f64::consts::LN_2);
/// ```
///
/// # Panics
/// Without probabilities.
#[doc(alias("cross_entropy", "nll_loss"))]
#[track_caller]
pub fn log_loss(of_true_class: &[f64]) -> f64 {
    check(of_true_class, of_true_class);
    sums::mean_of(of_true_class.len(), |index| -of_true_class[index].ln()) + 0.0 // which makes −0 a 0
}

/// `1 − Σ(y − t)²/Σ(t − t̄)²`, the share of the variance that predictions explain: 1 is all, 0 as much as the mean does, and
/// it may be negative. None for truths that are all alike.
///
/// ```
/// assert_eq!(backprop::r2_score(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]), Some(0.5));
/// assert_eq!(backprop::r2_score(&[1.0, 2.0], &[3.0, 3.0]), None);
/// ```
///
/// # Panics
/// When there are not as many predictions as truths, or none; so do the two that follow.
#[doc(alias("r_squared", "coefficient_of_determination"))]
#[track_caller]
pub fn r2_score(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    check(predicted, truth);
    if truth.iter().all(|t| *t == truth[0]) {
        return None;
    }
    let unit = unit_of_differences(predicted, truth);
    let mean = sums::mean_of(truth.len(), |index| truth[index] / unit);
    let residual = |index: usize| predicted[index] / unit - truth[index] / unit;
    let deviation = |index: usize| truth[index] / unit - mean;
    let indices = 0..truth.len();
    let largest = sums::largest(indices.clone().map(residual).chain(indices.map(deviation)));
    let scale = sums::unit(largest); // of both sums of squares: it cancels
    let squares = |number: &dyn Fn(usize) -> f64| sums::sum_of(truth.len(), |index| (number(index) / scale).powi(2));
    Some(1.0 - squares(&residual) / squares(&deviation))
}

/// `|y − t|`, its mean.
///
/// ```
/// assert_eq!(backprop::mean_absolute_error(&[1.0, 4.0], &[1.0, 2.0]), 1.0);
/// ```
#[doc(alias = "MAE")]
#[track_caller]
pub fn mean_absolute_error(predicted: &[f64], truth: &[f64]) -> f64 {
    check(predicted, truth);
    let unit = unit_of_differences(predicted, truth);
    sums::mean_of(truth.len(), |index| (predicted[index] / unit - truth[index] / unit).abs()) * unit
}

/// `√(Σ(y − t)²/n)`, of numbers of any size: no square overflows or vanishes.
///
/// ```
/// assert_eq!(backprop::root_mean_squared_error(&[3.0, 4.0], &[0.0, 0.0]), 12.5_f64.sqrt());
/// assert_eq!(backprop::root_mean_squared_error(&[1e200, -1e200], &[0.0, 0.0]), 1e200);
/// ```
#[doc(alias("RMSE", "mean_squared_error"))]
#[track_caller]
pub fn root_mean_squared_error(predicted: &[f64], truth: &[f64]) -> f64 {
    check(predicted, truth);
    let unit = unit_of_differences(predicted, truth);
    sums::root_mean_square(truth.len(), |index| predicted[index] / unit - truth[index] / unit) * unit
}

/// What both are divided by so that their differences are finite if they are: 1 unless a difference is infinite.
fn unit_of_differences(predicted: &[f64], truth: &[f64]) -> f64 {
    if predicted.iter().zip(truth).all(|(y, t)| (y - t).is_finite()) { 1.0 } else { 4.0 }
}
