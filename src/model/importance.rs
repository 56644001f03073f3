//! [`Importance`] and [`Contributions`]: the columns that a model uses, over many samples and for one prediction.

use super::model::{Model, Target, from_one};
use super::report::Report;
use crate::data::Dataset;
#[cfg(feature = "tables")]
use crate::data::Encoder;
use crate::error::Error;
use crate::graph::Graph;
use crate::kernels::slices::argmax;
use crate::kernels::sums;
use crate::matrix::Matrix;
use crate::nn::{Loss, Module};
use crate::scalar::{Scalar, double};
use ndarray::{Array2, ArrayView1, Axis};
use rand::Rng;
use rand::seq::SliceRandom;
use std::ops::Range;

/// The size of a decrease below which it is a rounding error of the score.
const ROUNDING: f64 = 1e-12;

/// The number of intervals of the path of integrated gradients, with two points in each.
const INTERVALS: usize = 256;

/// The permutation importance of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Importance {
    /// The name of the column.
    pub column: String,
    /// The mean decrease of the score when the cells of the column are permuted.
    pub mean: f64,
    /// The standard deviation of the decrease over the permutations, with their number as the divisor.
    pub standard_deviation: f64,
}

/// The breakdown of a prediction into contributions of the columns.
///
/// The contributions sum to `prediction − baseline`; those of [`are_factors`](Self::are_factors) multiply to
/// `prediction/baseline`.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// The prediction for the sample: the probability of the class, or the number in the unit of the target.
    pub prediction: f64,
    /// The prediction for the mean of the training samples.
    pub baseline: f64,
    /// True if contributions are factors, for a target that is encoded as its logarithm.
    pub are_factors: bool,
    /// The contribution of each column, the largest first.
    pub columns: Vec<Contribution>,
}

/// The contribution of a column to a prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The name of the column.
    pub column: String,
    /// The contribution.
    pub value: f64,
}

impl<T: Scalar, N: Module<T>> Model<T, N> {
    /// Computes the permutation importance of each input column, the largest first: the decrease of the score, accuracy
    /// or R², when the cells of the column are permuted.
    ///
    /// A column has no importance if the model does not use it, and little if other columns have the same information.
    /// All features of a column of an `Encoder` are permuted together.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Adam, Dataset, Model, Trainer};
    ///
    /// let x: [[f64; 2]; 30] = std::array::from_fn(|i| [(i % 6) as f64, (i / 6) as f64]);
    /// let dataset = Dataset::new(x, x.map(|[a, _]| [2.0 * a]))?.named(["used", "unused"])?;
    /// let mut rng = SomeRng::seed_from_u64(1);
    /// let mut model = Model::new(&dataset, [], &mut rng)?;
    /// model.fit(&mut Trainer::new(model.loss(), Adam::new(0.05)), &dataset)?;
    /// let importances = model.permutation_importance(&dataset, 10, &mut rng)?;
    /// assert_eq!(importances[0].column, "used");
    /// assert!(importances[0].mean > 1.0 && importances[1].mean < 0.01);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if `repeats` is 0, or if all targets are equal numbers; the errors of
    /// [`evaluate`](Self::evaluate).
    ///
    /// # References
    /// [Breiman 2001](https://doi.org/10.1023/A:1010933404324), section 10.
    #[doc(alias("feature_importances_", "explain"))]
    pub fn permutation_importance(
        &self,
        dataset: &Dataset<T>,
        repeats: usize,
        rng: &mut impl Rng,
    ) -> Result<Vec<Importance>, Error> {
        let evaluate = |inputs: &Array2<T>| {
            self.evaluate(&dataset.with(inputs.clone(), dataset.targets().clone(), dataset.classes()))
        };
        self.importances(dataset.inputs(), evaluate, repeats, rng)
    }

    /// Computes the importance of each input column from the evaluation for other inputs.
    pub(super) fn importances(
        &self,
        original: &Array2<T>,
        evaluate: impl Fn(&Array2<T>) -> Result<Report, Error>,
        repeats: usize,
        rng: &mut impl Rng,
    ) -> Result<Vec<Importance>, Error> {
        if repeats == 0 {
            return Err(Error::invalid_argument("repeats", "be at least 1", repeats));
        }
        let score = |inputs: &Array2<T>| {
            let report = evaluate(inputs)?;
            let score = report.accuracy().or(report.r2_score());
            score.ok_or_else(|| Error::invalid_argument("targets", "have at least two different values", "equal ones"))
        };
        let full = score(original)?;
        let (mut inputs, mut order) = (original.clone(), (0..original.nrows()).collect::<Vec<usize>>());
        let mut importances = Vec::new();
        for (column, features) in self.columns() {
            let mut decreases = Vec::with_capacity(repeats);
            for _ in 0..repeats {
                order.shuffle(rng);
                for j in features.clone() {
                    inputs.column_mut(j).assign(&original.column(j).select(Axis(0), &order));
                }
                decreases.push(full - score(&inputs)?);
            }
            features.for_each(|j| inputs.column_mut(j).assign(&original.column(j)));
            let mean = sums::mean_of(repeats, |i| decreases[i]);
            let mean = if mean.abs() < ROUNDING { 0.0 } else { mean };
            let standard_deviation = sums::root_mean_square(repeats, |i| decreases[i] - mean);
            importances.push(Importance { column, mean, standard_deviation });
        }
        importances.sort_by(|a, b| b.mean.total_cmp(&a.mean));
        Ok(importances)
    }

    /// Computes the contribution of each input column to the prediction for one sample with unscaled inputs, by integrated
    /// gradients.
    ///
    /// `output` is the index of the class or of the target; by default the predicted class or the first target. The
    /// contribution of an input is the integral of its gradient along the straight path from the mean of the training
    /// samples to this sample, times the distance; a column of an `Encoder` has the sum over its features.
    ///
    /// The integral is computed from 512 points. The sum of the contributions typically differs from `prediction − baseline`
    /// by less than 0.001 of a probability, or of the standard deviation of the target; with an activation whose
    /// derivative jumps, such as relu, by less than 0.01.
    ///
    /// ```text
    /// contribution of i = (xᵢ − x̄ᵢ)·∫₀¹ ∂f(x̄ + α·(x − x̄))/∂xᵢ dα
    /// ```
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Adam, Dataset, Model, Trainer};
    ///
    /// let x: [[f64; 2]; 30] = std::array::from_fn(|i| [(i % 6) as f64, (i / 6) as f64]);
    /// let dataset = Dataset::new(x, x.map(|[a, b]| [2.0 * a + 10.0 * b]))?.named(["a", "b"])?;
    /// let mut model = Model::new(&dataset, [], &mut SomeRng::seed_from_u64(1))?;
    /// model.fit(&mut Trainer::new(model.loss(), Adam::new(0.05)).epochs(300), &dataset)?;
    /// let contributions = model.contributions(&[4.5, 3.0], None)?;
    /// assert!((contributions.baseline - 25.0).abs() < 0.1); // at the means, 2.5 and 2
    /// assert_eq!(contributions.columns[0].column, "b");
    /// assert!((contributions.columns[0].value - 10.0).abs() < 0.1); // 10·(3 − 2)
    /// assert!((contributions.columns[1].value - 4.0).abs() < 0.1); //  2·(4.5 − 2.5)
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if there is no such output; the errors of [`predict`](Self::predict).
    ///
    /// # References
    /// [Sundararajan et al. 2017](https://arxiv.org/abs/1703.01365).
    #[doc(alias("IntegratedGradients", "shap", "attribution"))]
    pub fn contributions(&self, inputs: &[T], output: Option<usize>) -> Result<Contributions, Error> {
        let scaled = self.scaled(ArrayView1::from(inputs), from_one)?.into_raw_vec_and_offset().0;
        let point = |&factor: &f64| scaled.iter().map(|&x| T::of(factor) * x).collect::<Vec<T>>();
        let path =
            |factors: &[f64]| Matrix::from_vec([factors.len(), scaled.len()], factors.iter().flat_map(point).collect());
        let mut ends = self.forward_batch(&path(&[0.0, 1.0]))?.into_vec();
        let count = self.to_predictions(2, &mut ends)?;
        let output = output.unwrap_or(if self.classes().is_empty() { 0 } else { argmax(&ends[count..]) });
        if output >= count {
            return Err(Error::invalid_argument("output", format!("be less than {count}"), output));
        }

        // The two points of Gauss and Legendre integrate polynomials of degree 3 exactly.
        let offset = 0.5 / 3.0_f64.sqrt();
        let points_of = |i: usize| [0.5 - offset, 0.5 + offset].map(|at| (i as f64 + at) / INTERVALS as f64);
        let points: Vec<f64> = (0..INTERVALS).flat_map(points_of).collect();
        let graph = Graph::new();
        let on_path = graph.matrix(path(&points));
        let outputs = self.net.attach(&graph).forward_batch(&on_path)?;
        let predictions = match self.loss {
            Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. } => outputs.softmax(),
            Loss::BinaryCrossEntropyWithLogits => outputs.sigmoid(),
            _ => outputs,
        };
        let (column, unit) = match &self.target {
            Target::Values(scaler) => (output, scaler.units()[output]),
            // The single output of two classes is that of the second.
            Target::Classes(_) if predictions.ncols() == 1 => (0, if output == 0 { -1.0 } else { 1.0 }),
            Target::Classes(_) => (output, 1.0),
        };
        let gradients = predictions.columns(column..column + 1).sum().backward().of(&on_path);
        let of_feature = |j: usize| {
            let gradient = sums::mean_of(points.len(), |i| double(&gradients[i * scaled.len() + j]));
            gradient * double(&scaled[j]) * unit
        };
        let columns = self.columns().into_iter();
        let mut columns: Vec<Contribution> =
            columns.map(|(column, features)| Contribution { column, value: features.map(of_feature).sum() }).collect();
        columns.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        let [baseline, prediction] = [double(&ends[output]), double(&ends[count + output])];
        let contributions = Contributions { prediction, baseline, are_factors: false, columns };
        #[cfg(feature = "tables")]
        if let Some(encoder) = &self.encoder {
            return Ok(contributions.decoded(encoder));
        }
        Ok(contributions)
    }

    /// Returns the input columns with the ranges of their features.
    fn columns(&self) -> Vec<(String, Range<usize>)> {
        #[cfg(feature = "tables")]
        if let Some(encoder) = &self.encoder {
            return encoder.input_names().into_iter().map(String::from).zip(encoder.features()).collect();
        }
        self.input_names.iter().cloned().zip((0..).map(|input| input..input + 1)).collect()
    }
}

#[cfg(feature = "tables")]
impl Contributions {
    /// Returns the contributions in the unit of the target column.
    fn decoded(mut self, encoder: &Encoder) -> Contributions {
        for contribution in &mut self.columns {
            contribution.value = encoder.decode_difference(contribution.value);
        }
        let [prediction, baseline] = [self.prediction, self.baseline].map(|y| encoder.decode_target(y));
        Contributions { prediction, baseline, are_factors: encoder.has_log_target(), ..self }
    }
}
