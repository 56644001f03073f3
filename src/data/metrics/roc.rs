//! The area under the ROC curve: of two classes, and averaged over more.

use super::Average;
use super::checks::check;
use crate::kernels::sums;
use crate::matrix::AsMatrix;
use ndarray::ArrayView2;

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
