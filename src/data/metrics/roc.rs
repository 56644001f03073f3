//! The area under the ROC curve: of two classes, and averaged over more.

use super::Average;
use super::checks::check_lengths;
use crate::kernels::sums;
use crate::matrix::AsMatrix;
use ndarray::ArrayView2;

/// Returns the area under the receiver operating characteristic (ROC) curve; `None` if all truths are equal.
///
/// It is the probability that a positive sample has a higher score than a negative one; ties count half.
///
/// # Examples
/// ```
/// let scores = [0.1, 0.4, 0.35, 0.8];
/// assert_eq!(backprop::roc_auc(&scores, &[false, false, true, true]), Some(0.75));
/// assert_eq!(backprop::roc_auc(&scores, &[true; 4]), None);
/// ```
///
/// # Panics
/// If the lengths of `scores` and `truth` differ, if they are empty, or if a score is NaN.
#[doc(alias("roc_auc_score", "auc"))]
#[track_caller]
pub fn roc_auc(scores: &[f64], truth: &[bool]) -> Option<f64> {
    check_lengths(scores, truth);
    assert!(scores.iter().all(|score| !score.is_nan()), "each score must be a number, got NaN");
    let mut sorted: Vec<(f64, bool)> = scores.iter().copied().zip(truth.iter().copied()).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // Floats, since a `usize` of 32 bits may be too small for the number of pairs.
    let (mut negatives, mut ordered_pairs, mut positives) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let tied_positives = tied.iter().filter(|(_, truth)| *truth).count() as f64;
        let tied_negatives = tied.len() as f64 - tied_positives;
        ordered_pairs += tied_positives * (negatives + tied_negatives / 2.0);
        negatives += tied_negatives;
        positives += tied_positives;
    }
    (positives * negatives > 0.0).then(|| ordered_pairs / (positives * negatives))
}

/// Returns the area under the ROC curve of each class compared with the rest (one-vs-rest), averaged.
///
/// `scores` has a row for each sample and a column for each class: probabilities, or other scores that are higher for
/// likelier classes. `truth` has the index of each sample's class. The result is `None` if a class has no samples or
/// all of them, since its area is then undefined. For two classes whose scores add up to 1, the macro average is
/// [`roc_auc`] of the second.
///
/// # Examples
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
/// If `scores` does not have a row for each truth, if there are no truths, if a truth has no column, or if a score is
/// NaN.
///
/// # References
/// [`sklearn.metrics.roc_auc_score`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html)
/// with `multi_class="ovr"`; [Fawcett 2006](https://doi.org/10.1016/j.patrec.2005.10.010), section 9.2.
#[doc(alias = "roc_auc_score")]
#[track_caller]
pub fn roc_auc_ovr(scores: impl AsMatrix<f64>, truth: &[usize], average: Average) -> Option<f64> {
    let scores = scores.as_view();
    let samples = samples_of_classes(scores, truth);
    if samples.contains(&0) {
        return None;
    }
    let is_of = |class: usize| truth.iter().map(move |&truth| truth == class);
    if average == Average::Micro {
        let truth: Vec<bool> = truth.iter().flat_map(|&truth| (0..samples.len()).map(move |j| j == truth)).collect();
        return roc_auc(&scores.iter().copied().collect::<Vec<f64>>(), &truth);
    }
    let areas = (0..samples.len()).map(|class| {
        let area = roc_auc(&scores.column(class).to_vec(), &is_of(class).collect::<Vec<bool>>())?;
        Some((area, samples[class]))
    });
    weighted_mean(areas, average)
}

/// Returns the area under the ROC curve of each class compared with each other class (one-vs-one), averaged.
///
/// `scores` has a row for each sample and a column for each class: probabilities, or other scores that are higher for
/// likelier classes. `truth` has the index of each sample's class. The result is `None` if a class has no samples.
///
/// For a pair of classes j and k, only the samples of these classes are used. The area is the mean of two: that of the
/// scores for j with j as the positive class, and that of the scores for k with k as the positive class. The macro
/// average is the mean over pairs, which does not depend on the number of samples of each class. The weighted average
/// weights each pair by its number of samples.
///
/// # Examples
/// ```
/// use backprop::{Average, roc_auc_ovo};
///
/// let scores = [[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]];
/// assert_eq!(roc_auc_ovo(scores, &[0, 1, 2, 0], Average::Macro), Some(1.0));
/// ```
///
/// # Panics
/// If `scores` does not have a row for each truth, if there are no truths, if a truth has no column, or if a score is
/// NaN; if `average` is [`Average::Micro`], which is not defined for pairs of classes.
///
/// # References
/// [`sklearn.metrics.roc_auc_score`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html)
/// with `multi_class="ovo"`; [Hand and Till 2001](https://doi.org/10.1023/A:1010920819831).
#[doc(alias = "roc_auc_score")]
#[track_caller]
pub fn roc_auc_ovo(scores: impl AsMatrix<f64>, truth: &[usize], average: Average) -> Option<f64> {
    assert!(average != Average::Micro, "`average` must be Macro or Weighted for pairs of classes, got Micro");
    let scores = scores.as_view();
    let samples = samples_of_classes(scores, truth);
    if samples.contains(&0) {
        return None;
    }
    let pairs = (0..samples.len()).flat_map(|j| (j + 1..samples.len()).map(move |k| [j, k]));
    let areas = pairs.map(|pair| {
        let pair_samples: Vec<usize> = (0..truth.len()).filter(|&sample| pair.contains(&truth[sample])).collect();
        let area = |class: usize| {
            let class_scores: Vec<f64> = pair_samples.iter().map(|&sample| scores[[sample, class]]).collect();
            roc_auc(&class_scores, &pair_samples.iter().map(|&sample| truth[sample] == class).collect::<Vec<bool>>())
        };
        Some(((area(pair[0])? + area(pair[1])?) / 2.0, pair_samples.len()))
    });
    weighted_mean(areas, average)
}

/// Returns the number of samples of each class.
#[track_caller]
fn samples_of_classes(scores: ArrayView2<'_, f64>, truth: &[usize]) -> Vec<usize> {
    let (expected, got) = (truth.len(), scores.nrows());
    assert!(expected == got, "expected {expected} predictions, one for each truth, got {got}");
    assert!(!truth.is_empty(), "expected at least one prediction, got none");
    let mut samples = vec![0; scores.ncols()];
    for &truth in truth {
        assert!(truth < samples.len(), "`truth` must be a class from 0 to {}, got {truth}", samples.len().max(1) - 1);
        samples[truth] += 1;
    }
    samples
}

/// Returns the mean of areas, each given with its number of samples; `None` if there are none or if one is undefined.
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
