//! Models of tables: a model with an [`Encoder`] predicts from the cells of a file.

use super::importance::Importance;
use super::model::{Model, Target};
use super::report::{Metrics, Report};
use crate::data::{Csv, Encoder};
use crate::error::Error;
use crate::nn::Module;
use crate::scalar::{Scalar, double};
use ndarray::Array2;
use rand::Rng;

impl<T: Scalar, N: Module<T>> Model<T, N> {
    /// Sets the encoding of the table that the model's samples come from, which is saved with the model.
    ///
    /// # Errors
    /// [`Error::Names`] if the features or the classes of the encoder are not the inputs and classes of the model;
    /// [`Error::InvalidArgument`] if one has classes and the other numbers.
    pub fn with_encoder(self, encoder: Encoder) -> Result<Model<T, N>, Error> {
        let model = Model { encoder: Some(encoder), ..self };
        model.check_encoder()?;
        Ok(model)
    }

    /// Returns the encoding of the table, if the model has one.
    pub fn encoder(&self) -> Option<&Encoder> {
        self.encoder.as_ref()
    }

    /// Predicts the target for all rows of a table: probabilities of the classes, or the number in the unit of the target
    /// column, in f64.
    ///
    /// # Errors
    /// [`Error::Unknown`] if an input column is missing; those of [`predict`](Self::predict).
    ///
    /// # Panics
    /// If the model has no encoder.
    #[track_caller]
    pub fn predict_table(&self, csv: &Csv) -> Result<Array2<f64>, Error> {
        let encoder = self.expect_encoder();
        let predictions = self.predict(encoder.encode::<T>(csv)?)?;
        Ok(predictions.mapv(|y| encoder.decode_target(double(&y))))
    }

    /// Predicts the class of each row from the probabilities that [`predict_table`](Self::predict_table) returned, as
    /// [`classify`](Self::classify) does.
    ///
    /// # Panics
    /// If the targets of the model are numbers, or the probabilities have another number of columns than there are classes.
    #[track_caller]
    pub fn classes_from(&self, probabilities: &Array2<f64>) -> Vec<&str> {
        assert_eq!(self.classes().len(), probabilities.ncols(), "`classes_from` needs a probability for each class");
        assert!(!self.classes().is_empty(), "`classes_from` needs a model for classes, got one for numbers");
        self.classes_of(probabilities).into_iter().map(|class| &self.classes()[class][..]).collect()
    }

    /// Evaluates the model on the rows of a table that have a target; errors are in the unit of the target column.
    ///
    /// # Errors
    /// Those of [`Encoder::dataset`] and [`evaluate`](Self::evaluate).
    ///
    /// # Panics
    /// If the model has no encoder.
    #[track_caller]
    pub fn evaluate_table(&self, csv: &Csv) -> Result<Report, Error> {
        let encoder = self.expect_encoder();
        if !encoder.classes().is_empty() {
            return self.evaluate(&encoder.dataset(csv)?);
        }
        let (inputs, truth) = self.numeric_samples(csv)?;
        self.evaluate_numbers(&inputs, &truth)
    }

    /// Computes the permutation importance of each input column on the rows of a table that have a target, as
    /// [`permutation_importance`](Self::permutation_importance) does for a dataset. The score is the accuracy or R² of
    /// [`evaluate_table`](Self::evaluate_table).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if `repeats` is 0, or if all targets are equal numbers; the errors of
    /// [`evaluate_table`](Self::evaluate_table).
    ///
    /// # Panics
    /// If the model has no encoder.
    #[track_caller]
    pub fn permutation_importance_table(
        &self,
        csv: &Csv,
        repeats: usize,
        rng: &mut impl Rng,
    ) -> Result<Vec<Importance>, Error> {
        let encoder = self.expect_encoder();
        if !encoder.classes().is_empty() {
            return self.permutation_importance(&encoder.dataset(csv)?, repeats, rng);
        }
        let (inputs, truth) = self.numeric_samples(csv)?;
        self.importances(&inputs, |inputs| self.evaluate_numbers(inputs, &truth), repeats, rng)
    }

    /// Returns the encoded inputs and the numeric targets of the rows that have a target.
    #[track_caller]
    fn numeric_samples(&self, csv: &Csv) -> Result<(Array2<T>, Vec<f64>), Error> {
        let encoder = self.expect_encoder();
        let csv = encoder.with_target(csv)?;
        Ok((encoder.encode(&csv)?, encoder.target_numbers(&csv)?))
    }

    /// Evaluates the model on encoded inputs; errors are in the unit of the target column.
    #[track_caller]
    fn evaluate_numbers(&self, inputs: &Array2<T>, truth: &[f64]) -> Result<Report, Error> {
        let encoder = self.expect_encoder();
        let predictions = self.predict(inputs)?.mapv(|y| encoder.decode_target(double(&y)));
        let quality = Metrics::of_numbers([(predictions.column(0).to_vec(), truth.to_vec())]);
        Ok(Report { samples: truth.len(), quality })
    }

    /// Checks that the encoder fits the rest of the model.
    pub(super) fn check_encoder(&self) -> Result<(), Error> {
        let Some(encoder) = &self.encoder else { return Ok(()) };
        encoder.check()?;
        let names = |what, expected: &[String], got: &[String]| match expected == got {
            true => Ok(()),
            false => Err(Error::Names { what, expected: expected.into(), got: got.into(), place: "an encoder".into() }),
        };
        names("features", &self.input_names, &encoder.feature_names())?;
        match &self.target {
            Target::Classes(classes) => names("classes", classes, encoder.classes()),
            Target::Values(_) => names("classes", &[], encoder.classes()),
        }
    }

    #[track_caller]
    fn expect_encoder(&self) -> &Encoder {
        self.encoder.as_ref().expect("the model of a table needs an encoder: see `Model::with_encoder`")
    }
}
