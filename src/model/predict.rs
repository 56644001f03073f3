//! The predictions of a model.

use super::model::{Model, Target, check_values, from_one};
use crate::error::Error;
use crate::kernels::slices::argmax;
use crate::matrix::AsMatrix;
use crate::nn::{Loss, Module};
use crate::scalar::Scalar;
use ndarray::Array2;

impl<T: Scalar, N: Module<T>> Model<T, N> {
    /// Returns the outputs of the network for one sample with unscaled inputs.
    ///
    /// For numeric targets, they are predictions in the unit of the targets. For classes, the class with the greatest
    /// output is predicted; if two classes have a single output, the second is predicted if the output is above 0
    /// (above ½ for a regression loss).
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs differs from that of the model; [`Error::NonFinite`] if a scaled input
    /// is infinite or NaN.
    pub fn outputs(&self, inputs: &[T]) -> Result<Vec<T>, Error> {
        self.check_inputs()?;
        Error::check_count_in("Model::outputs", "inputs", self.input_names.len(), inputs.len())?;
        let scaled = self.scaled(ndarray::ArrayView1::from(inputs), from_one)?;
        let outputs = self.net.forward_sample(scaled.into_iter().collect())?;
        self.check_outputs(outputs.len())?;
        match &self.target {
            Target::Classes(_) => Ok(outputs),
            Target::Values(scaler) => Ok(scaler.inverse_transform(outputs)?.into_iter().collect()),
        }
    }

    /// Predicts from a batch with unscaled inputs, one sample in each row: the probability of each class, or values.
    ///
    /// A model with the [`Hinge`](Loss::Hinge) loss has no probabilities; for two classes it returns the margins `−y`
    /// and `y`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs differs from that of the model; [`Error::NonFinite`] if a scaled input
    /// or an output is infinite or NaN.
    #[doc(alias = "predict_proba")]
    pub fn predict(&self, inputs: impl AsMatrix<T>) -> Result<Array2<T>, Error> {
        let outputs = self.forward_batch(&self.scaled(inputs, from_one)?.into())?;
        check_values(outputs.view(), "output", from_one, |column| format!("output {}", column + 1))?;
        let both_classes = |from_output: fn(T) -> [T; 2]| {
            Array2::from_shape_fn((outputs.nrows(), 2), |(row, class)| from_output(outputs[(row, 0)])[class])
        };
        Ok(match &self.target {
            Target::Values(scaler) => scaler.inverse_transform(outputs)?,
            Target::Classes(_) => match (self.loss, outputs.ncols()) {
                (Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. }, _) => outputs.softmax().into(),
                (Loss::BinaryCrossEntropyWithLogits, 1) => both_classes(|y| [(-y).sigmoid(), y.sigmoid()]),
                (Loss::BinaryCrossEntropyWithLogits, _) => outputs.sigmoid().into(),
                (Loss::Hinge, 1) => both_classes(|y| [-y, y]),
                (_, 1) => both_classes(|y| [T::one() - y, y]),
                _ => outputs.into(),
            },
        })
    }

    /// Predicts the class of each sample of a batch with unscaled inputs, one sample in each row.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of inputs differs from that of the model; [`Error::NonFinite`] if a scaled input
    /// or an output is infinite or NaN.
    ///
    /// # Panics
    /// If the targets of the model are numbers.
    #[doc(alias = "predict_classes")]
    #[track_caller]
    pub fn classify(&self, inputs: impl AsMatrix<T>) -> Result<Vec<&str>, Error> {
        assert!(!self.classes().is_empty(), "`classify` needs a model for classes, got one for numbers");
        let probabilities = self.predict(inputs)?;
        Ok(probabilities.rows().into_iter().map(|row| &self.classes()[argmax(&row.to_vec())][..]).collect())
    }
}
