//! How good predictions are: of classes [`accuracy`], [`Confusion`], [`roc_auc`], [`log_loss`]; of numbers [`r2`],
//! [`mean_absolute_error`], [`root_mean_square_error`].

use crate::{Loss, Scalar};
use std::fmt;

/// The share of classes that were found.
///
/// ```
/// assert_eq!(backprop::accuracy(&[0, 1, 2, 1], &[0, 1, 1, 1]), 0.75);
/// ```
///
/// # Panics
/// When there are not as many predictions as truths, or none; so do all functions here.
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

/// How often each class was taken for each.
///
/// ```
/// use backprop::Confusion;
///
/// let confusion = Confusion::new(&[0, 1, 1, 1], &[0, 0, 1, 1], ["no", "yes"]);
/// assert_eq!(confusion.count(0, 1), 1); // a "no" taken for a "yes"
/// assert_eq!((confusion.precision(1), confusion.recall(1), confusion.f1(1)), (Some(2.0 / 3.0), Some(1.0), Some(0.8)));
/// println!("{confusion}"); // as a table, with recall and precision
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    classes: Vec<String>,
    /// A row for each truth, a column for each prediction.
    counts: Vec<Vec<usize>>,
}

impl Confusion {
    /// Of these predictions and truths, classes by their index.
    ///
    /// # Panics
    /// When there are not as many predictions as truths, or none, or a class has no name.
    #[track_caller]
    pub fn new<C: ToString>(predicted: &[usize], truth: &[usize], classes: impl IntoIterator<Item = C>) -> Confusion {
        check(predicted, truth);
        let classes: Vec<String> = classes.into_iter().map(|class| class.to_string()).collect();
        let mut counts = vec![vec![0; classes.len()]; classes.len()];
        for (&predicted, &truth) in predicted.iter().zip(truth) {
            counts[truth][predicted] += 1;
        }
        Confusion { classes, counts }
    }

    /// How often this class was taken for that.
    ///
    /// # Panics
    /// When there are not so many classes; so do the functions that follow.
    pub fn count(&self, truth: usize, predicted: usize) -> usize {
        self.counts[truth][predicted]
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Of those taken for this class, the share that is; none where none was.
    pub fn precision(&self, class: usize) -> Option<f64> {
        share(self.counts[class][class], self.counts.iter().map(|row| row[class]).sum())
    }

    /// Of those that are of this class, the share taken for it; none where there are none.
    pub fn recall(&self, class: usize) -> Option<f64> {
        share(self.counts[class][class], self.counts[class].iter().sum())
    }

    /// The harmonic mean of precision and recall, `2·right/(2·right + wrong)`; none where the class is neither there nor
    /// predicted.
    pub fn f1(&self, class: usize) -> Option<f64> {
        let right = self.counts[class][class];
        let (row, column): (usize, usize) =
            (self.counts[class].iter().sum(), self.counts.iter().map(|row| row[class]).sum());
        share(2 * right, row + column)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = || self.classes.iter().map(|class| class.chars().count());
        let width = names().max().unwrap_or(0).max(5);
        write!(f, "{:>width$}  taken for", "truth")?;
        write!(f, "\n{:width$} ", "")?;
        for class in &self.classes {
            write!(f, " {class:>width$}")?;
        }
        writeln!(f, "  recall")?;
        let number = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.3}"));
        for (class, (name, row)) in self.classes.iter().zip(&self.counts).enumerate() {
            write!(f, "{name:>width$} ")?;
            for count in row {
                write!(f, " {count:>width$}")?;
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
#[track_caller]
pub fn roc_auc(scores: &[f64], truth: &[bool]) -> Option<f64> {
    check(scores, truth);
    assert!(scores.iter().all(|score| !score.is_nan()), "a score is NaN");
    let mut sorted: Vec<(f64, bool)> = scores.iter().copied().zip(truth.iter().copied()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won, mut positives) = (0, 0.0, 0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let of_class = tied.iter().filter(|(_, truth)| *truth).count();
        let others = tied.len() - of_class;
        won += of_class as f64 * (below as f64 + others as f64 / 2.0);
        below += others;
        positives += of_class;
    }
    (positives * below > 0).then(|| won / (positives as f64 * below as f64))
}

/// `−ln p` of the probability that was given to the true class, its mean.
///
/// ```
/// assert_eq!(backprop::log_loss(&[0.5, 0.5]), std::f64::consts::LN_2);
/// ```
///
/// # Panics
/// Without probabilities.
#[track_caller]
pub fn log_loss(of_true_class: &[f64]) -> f64 {
    check(of_true_class, of_true_class);
    let information: f64 = of_true_class.iter().map(|p| -p.ln()).sum();
    information / of_true_class.len() as f64 + 0.0 // which makes −0 a 0
}

/// `1 − Σ(y − t)²/Σ(t − t̄)²`, the share of the variance that predictions explain: 1 is all, 0 as much as the mean does, and
/// it may be negative. None for truths that are all alike.
///
/// ```
/// assert_eq!(backprop::r2(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]), Some(0.5));
/// assert_eq!(backprop::r2(&[1.0, 2.0], &[3.0, 3.0]), None);
/// ```
///
/// # Panics
/// When there are not as many predictions as truths, or none; so do the two that follow.
#[track_caller]
pub fn r2(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    check(predicted, truth);
    if truth.iter().all(|t| *t == truth[0]) {
        return None;
    }
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let squares: f64 = truth.iter().map(|t| (t - mean).powi(2)).sum();
    Some(1.0 - predicted.iter().zip(truth).map(|(y, t)| (y - t).powi(2)).sum::<f64>() / squares)
}

/// `|y − t|`, its mean.
///
/// ```
/// assert_eq!(backprop::mean_absolute_error(&[1.0, 4.0], &[1.0, 2.0]), 1.0);
/// ```
#[track_caller]
pub fn mean_absolute_error(predicted: &[f64], truth: &[f64]) -> f64 {
    check(predicted, truth);
    predicted.iter().zip(truth).map(|(y, t)| (y - t).abs()).sum::<f64>() / truth.len() as f64
}

/// `√(Σ(y − t)²/n)`.
///
/// ```
/// assert_eq!(backprop::root_mean_square_error(&[3.0, 4.0], &[0.0, 0.0]), 12.5_f64.sqrt());
/// ```
#[track_caller]
pub fn root_mean_square_error(predicted: &[f64], truth: &[f64]) -> f64 {
    check(predicted, truth);
    let squares: f64 = predicted.iter().zip(truth).map(|(y, t)| (y - t).powi(2)).sum();
    (squares / truth.len() as f64).sqrt()
}

/// How outputs say which class it is.
#[derive(Clone, Copy)]
pub(super) enum Decision {
    /// It is that of the greatest.
    Greatest,
    /// Each says yes above this, and its target above the other.
    Above { output: f64, target: f64 },
}

impl Decision {
    /// That of a net trained for this loss; none for numbers.
    pub(super) fn of(loss: Loss, outputs: usize, has_classes: bool) -> Option<Decision> {
        match loss {
            Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. } => Some(Decision::Greatest),
            Loss::BinaryCrossEntropy => Some(Decision::Above { output: 0.0, target: 0.5 }),
            Loss::Hinge => Some(Decision::Above { output: 0.0, target: 0.0 }),
            _ if !has_classes => None,
            _ if outputs > 1 => Some(Decision::Greatest),
            _ => Some(Decision::Above { output: 0.5, target: 0.5 }),
        }
    }

    /// Of how many samples, of so many outputs each, outputs say what targets say.
    pub(super) fn right<T: Scalar>(self, outputs: &[T], targets: &[T], columns: usize) -> usize {
        let samples = outputs.chunks_exact(columns).zip(targets.chunks_exact(columns));
        samples.filter(|(outputs, targets)| self.is_right(outputs, targets)).count()
    }

    /// Whether outputs say what targets say.
    fn is_right<T: Scalar>(self, outputs: &[T], targets: &[T]) -> bool {
        match self {
            Decision::Greatest => greatest(outputs) == greatest(targets),
            Decision::Above { output, target } => {
                outputs.iter().zip(targets).all(|(&y, &t)| (y > T::of(output)) == (t > T::of(target)))
            }
        }
    }
}

/// The index of the greatest; the first of several.
pub(crate) fn greatest<T: Scalar>(numbers: &[T]) -> usize {
    (1..numbers.len()).fold(0, |best, i| if numbers[i] > numbers[best] { i } else { best })
}
