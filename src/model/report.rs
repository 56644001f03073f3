//! [`Report`] and [`Metrics`]: the evaluation of a model.

use super::model::{Model, Target};
use crate::data::Dataset;
use crate::data::metrics::{
    Average, ConfusionMatrix, accuracy, log_loss, mean_absolute_error, r2_score, roc_auc, roc_auc_ovr,
    root_mean_squared_error,
};
use crate::error::Error;
use crate::kernels::sums;
use crate::nn::{Loss, Module};
use crate::scalar::{Scalar, double};
use ndarray::Array2;
use std::fmt;

/// The maximal number of classes for which the area under the ROC curve is computed, which takes time for each class
/// and sample.
const MAX_AUC_CLASSES: usize = 100;

/// The metrics of a model on some samples. Its `Display` has several lines.
#[doc(alias = "classification_report")]
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The number of samples.
    pub samples: usize,
    /// The metrics.
    pub quality: Metrics,
}

/// The metrics of a model, with a baseline: the metric of a constant prediction.
#[doc(alias = "classification_report")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Metrics {
    /// The metrics of a classification.
    Classes {
        /// The fraction of samples whose class is predicted.
        accuracy: f64,
        /// The accuracy of always predicting the most frequent class: its fraction of the samples.
        baseline: f64,
        /// The mean of `−ln p` for the predicted probability p of the true class; `None` for the hinge loss.
        log_loss: Option<f64>,
        /// The area under the ROC curve; for more than two classes the mean over classes, each compared with the rest
        /// ([`roc_auc_ovr`](crate::roc_auc_ovr)). `None` if a class has no samples, and for more than 100 classes.
        auc: Option<f64>,
        /// The number of samples of each class predicted as each class.
        confusion: ConfusionMatrix,
    },
    /// The metrics of a regression.
    Numbers {
        /// The coefficient of determination R², the mean over the targets; `None` if a target is constant.
        r2: Option<f64>,
        /// The mean absolute error.
        mean_absolute_error: f64,
        /// The root mean squared error.
        root_mean_squared_error: f64,
        /// The root mean squared error of always predicting the mean.
        baseline: f64,
    },
}

impl<T: Scalar, N: Module<T>> Model<T, N> {
    /// Evaluates the model on samples and compares it with a baseline, a constant prediction.
    ///
    /// # Errors
    /// Those of [`prepared`](Self::prepared); [`Error::Empty`] without samples.
    #[doc(alias = "score")]
    pub fn evaluate(&self, dataset: &Dataset<T>) -> Result<Report, Error> {
        if dataset.is_empty() {
            return Err(Error::Empty { what: "sample", place: "Model::evaluate" });
        }
        let prepared = self.prepared(dataset)?;
        let predictions = self.predict(dataset.inputs())?;
        let metrics = match &self.target {
            Target::Classes(classes) => {
                let truth = prepared.labels();
                let rows = predictions.mapv(|p| double(&p));
                let predicted = self.classes_of(&rows);
                let of_true_class: Vec<f64> =
                    truth.iter().enumerate().map(|(row, &class)| rows[[row, class]]).collect();
                let has_probabilities = self.loss != Loss::Hinge;
                let of_second_class = || rows.column(1).to_vec();
                let is_second_class = || truth.iter().map(|&class| class == 1).collect::<Vec<bool>>();
                let mut counts = vec![0_usize; classes.len()];
                truth.iter().for_each(|&class| counts[class] += 1);
                Metrics::Classes {
                    accuracy: accuracy(&predicted, &truth),
                    baseline: counts.into_iter().max().unwrap_or(0) as f64 / truth.len() as f64,
                    log_loss: has_probabilities.then(|| log_loss(&of_true_class)),
                    auc: match classes.len() {
                        2 => roc_auc(&of_second_class(), &is_second_class()),
                        3..=MAX_AUC_CLASSES => roc_auc_ovr(&rows, &truth, Average::Macro),
                        _ => None,
                    },
                    confusion: ConfusionMatrix::new(&predicted, &truth, classes),
                }
            }
            Target::Values(_) => {
                let column = |matrix: &Array2<T>, j: usize| matrix.column(j).iter().map(double).collect::<Vec<f64>>();
                let columns = 0..predictions.ncols();
                Metrics::of_numbers(columns.map(|j| (column(&predictions, j), column(dataset.targets(), j))))
            }
        };
        Ok(Report { samples: dataset.len(), quality: metrics })
    }
}

impl Metrics {
    /// Computes the metrics of a regression from the predictions and the true values of each target.
    pub(super) fn of_numbers(columns: impl IntoIterator<Item = (Vec<f64>, Vec<f64>)>) -> Metrics {
        let (mut predicted, mut truth, mut means, mut r2_scores) = (vec![], vec![], vec![], vec![]);
        for (predictions, targets) in columns {
            r2_scores.push(r2_score(&predictions, &targets));
            means.extend(vec![sums::mean_of(targets.len(), |index| targets[index]); targets.len()]);
            predicted.extend(predictions);
            truth.extend(targets);
        }
        let r2_scores: Option<Vec<f64>> = r2_scores.into_iter().collect();
        Metrics::Numbers {
            r2: r2_scores.map(|scores| sums::sum(&scores) / scores.len() as f64),
            mean_absolute_error: mean_absolute_error(&predicted, &truth),
            root_mean_squared_error: root_mean_squared_error(&predicted, &truth),
            baseline: root_mean_squared_error(&means, &truth),
        }
    }
}

impl Report {
    /// Returns the fraction of samples whose class is predicted; `None` for a regression.
    pub fn accuracy(&self) -> Option<f64> {
        match self.quality {
            Metrics::Classes { accuracy, .. } => Some(accuracy),
            Metrics::Numbers { .. } => None,
        }
    }

    /// Returns the coefficient of determination R²; `None` for a classification and for a constant target.
    pub fn r2_score(&self) -> Option<f64> {
        match self.quality {
            Metrics::Numbers { r2, .. } => r2,
            Metrics::Classes { .. } => None,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.quality {
            Metrics::Classes { accuracy, baseline, log_loss, auc, confusion } => {
                let samples = self.samples;
                writeln!(
                    f,
                    "accuracy  {accuracy:.3} of {samples} samples (baseline {baseline:.3}: the most frequent class)"
                )?;
                log_loss.map_or(Ok(()), |log_loss| writeln!(f, "log loss  {log_loss:.3}"))?;
                auc.map_or(Ok(()), |auc| writeln!(f, "ROC AUC   {auc:.3}"))?;
                if confusion.classes().len() > 2 {
                    writeln!(f, "F1        {:.3}, the mean over classes", confusion.mean_f1(Average::Macro))?;
                }
                write!(f, "\n{confusion}")
            }
            Metrics::Numbers { r2, mean_absolute_error, root_mean_squared_error, baseline } => write!(
                f,
                "R²                       {} of {} samples\n\
                 mean absolute error      {mean_absolute_error:.4}\n\
                 root mean squared error  {root_mean_squared_error:.4} (baseline {baseline:.4}: the mean)",
                r2.map_or("–".into(), |r2| format!("{r2:.3}")),
                self.samples
            ),
        }
    }
}
