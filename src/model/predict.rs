//! The predictions of a model.

use super::model::{Model, Target, check_values, from_one};
use crate::error::Error;
use crate::kernels::slices::argmax;
use crate::matrix::AsMatrix;
use crate::matrix::ops::{Operation, Softmax, view};
use crate::nn::{Loss, Module};
use crate::scalar::{Scalar, double};
use ndarray::{Array2, ArrayView1};

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
        let (rows, mut values) = (outputs.nrows(), outputs.into_vec());
        let columns = self.to_predictions(rows, &mut values)?;
        Ok(Array2::from_shape_vec((rows, columns), values).expect("the predictions fill the shape"))
    }

    /// Replaces the outputs of the network for some samples by predictions, and returns the number of their columns.
    pub(super) fn to_predictions(&self, rows: usize, values: &mut Vec<T>) -> Result<usize, Error> {
        let columns = values.len().checked_div(rows).unwrap_or(0);
        check_values(view(values, [rows, columns]), "output", from_one, |column| format!("output {}", column + 1))?;
        let mut both_classes = |from_output: fn(T) -> [T; 2]| {
            values.resize(2 * rows, T::zero());
            for row in (0..rows).rev() {
                let both = from_output(values[row]);
                values[2 * row..2 * row + 2].copy_from_slice(&both);
            }
            2
        };
        Ok(match (&self.target, self.loss, columns) {
            (Target::Values(scaler), ..) => {
                scaler.inverse_transform_in_place(values);
                columns
            }
            (_, Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. }, _) => {
                let (len, space) = (values.len(), Softmax.saved([[rows, columns]]));
                values.resize(2 * len + space, T::zero());
                let (outputs, rest) = values.split_at_mut(len);
                let (probabilities, space) = rest.split_at_mut(len);
                Softmax.forward([view(outputs, [rows, columns])], probabilities, space);
                outputs.copy_from_slice(probabilities);
                values.truncate(len);
                columns
            }
            (_, Loss::BinaryCrossEntropyWithLogits, 1) => both_classes(|y| [(-y).sigmoid(), y.sigmoid()]),
            (_, Loss::BinaryCrossEntropyWithLogits, _) => {
                values.iter_mut().for_each(|y| *y = y.sigmoid());
                columns
            }
            (_, Loss::Hinge, 1) => both_classes(|y| [-y, y]),
            (_, _, 1) => both_classes(|y| [T::one() - y, y]),
            _ => columns,
        })
    }

    /// Predicts the class of each sample of a batch with unscaled inputs, one sample in each row: the most probable one, or
    /// with [`with_class_costs`](Self::with_class_costs) the one with the lowest expected cost.
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
        let probabilities = self.predict(inputs)?.mapv(|p| double(&p));
        Ok(self.classes_of(&probabilities).into_iter().map(|class| &self.classes()[class][..]).collect())
    }

    /// Returns the index of the predicted class of each row of probabilities.
    pub(super) fn classes_of(&self, probabilities: &Array2<f64>) -> Vec<usize> {
        let of_row = |row: ArrayView1<f64>| match &self.class_costs {
            Some(costs) => argmax(&row.iter().zip(costs).map(|(p, cost)| p * cost).collect::<Vec<f64>>()),
            None => argmax(&row.to_vec()),
        };
        probabilities.rows().into_iter().map(of_row).collect()
    }
}

impl<T: Scalar> Model<T> {
    /// Computes the predictions of [`predict`](Self::predict), which replace the elements of `predictions`, row by row.
    ///
    /// It allocates nothing if the capacity of `predictions` suffices, as after the first call with as many samples. The
    /// predictions are bit-for-bit identical to those of `predict`.
    ///
    /// # Examples
    /// ```
    /// # use backprop::{Dataset, Error, Model, rand::{SeedableRng, rngs::Xoshiro256PlusPlus}};
    /// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    /// let data = Dataset::with_classes([[1.0], [2.0], [3.0]], &["no", "yes", "yes"])?;
    /// let model = Model::new(&data, [], &mut rng)?;
    /// let mut probabilities = Vec::new();
    /// for sample in [[1.5], [2.5]] {
    ///     model.predict_into(&sample, &mut probabilities)?;
    ///     assert_eq!(probabilities, model.predict(&sample)?.as_slice().unwrap());
    /// }
    /// model.predict_into(&[[1.5], [2.5]], &mut probabilities)?;
    /// assert_eq!(probabilities.len(), 4); // two samples with two classes
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict). The elements of `predictions` are not specified then.
    pub fn predict_into(&self, inputs: impl AsMatrix<T>, predictions: &mut Vec<T>) -> Result<(), Error> {
        let inputs = inputs.as_view();
        let (rows, columns) = inputs.dim();
        self.check_inputs()?;
        self.check_outputs(self.net.outputs())?;
        Error::check_count_in("Model::predict_into", "columns", self.input_names.len(), columns)?;
        let write = |scaled: &mut [T]| {
            self.scaler.transform_into(inputs, scaled);
            self.check_scaled(view(scaled, [rows, columns]), from_one)
        };
        self.net.forward_batch_into(rows, write, predictions)?;
        self.to_predictions(rows, predictions)?;
        Ok(())
    }
}
