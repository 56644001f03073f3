//! Datasets split at random: [`Dataset::split`], [`Dataset::folds`].

use super::Dataset;
use crate::error::Error;
use crate::scalar::Scalar;
use rand::Rng;
use rand::seq::SliceRandom;

impl<T: Scalar> Dataset<T> {
    /// Splits the samples at random in two parts, in training and test samples for example; the second has `fraction`
    /// of them.
    ///
    /// The split is stratified: each class is divided in the same ratio.
    ///
    /// # Examples
    /// ```
    /// use backprop::Dataset;
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    ///
    /// let labels: Vec<&str> = (0..20).map(|i| if i < 15 { "common" } else { "rare" }).collect();
    /// let x: Vec<[f64; 1]> = (0..20).map(|i| [i as f64]).collect();
    /// let dataset = Dataset::with_classes(<[_; 20]>::try_from(x).unwrap(), &labels)?;
    /// let (train, test) = dataset.split(0.2, &mut SomeRng::seed_from_u64(1))?;
    /// assert_eq!((train.len(), test.len()), (16, 4));
    /// assert_eq!(test.labels().iter().filter(|&&class| class == 1).count(), 1);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if one of the parts would be empty.
    #[doc(alias("train_test_split", "random_split"))]
    pub fn split(&self, fraction: f64, rng: &mut impl Rng) -> Result<(Dataset<T>, Dataset<T>), Error> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        // Rounding errors are carried from class to class, so that many small classes do not change the fraction.
        let mut remainder = 0.0;
        for class in self.shuffled_classes(rng) {
            let exact = remainder + fraction * class.len() as f64;
            let count = (exact.round().max(0.0) as usize).min(class.len());
            remainder = exact - count as f64;
            second.extend_from_slice(&class[..count]);
            first.extend_from_slice(&class[count..]);
        }
        if first.is_empty() || second.is_empty() {
            let requirement = format!("leave samples in both parts of {}", self.len());
            return Err(Error::invalid_argument("fraction", requirement, fraction));
        }
        for part in [&mut first, &mut second] {
            part.sort_unstable();
        }
        Ok((self.select(&first), self.select(&second)))
    }

    /// Returns the training and test samples of each of `folds` folds, for cross-validation.
    ///
    /// Each sample is a test sample in one fold. The folds are stratified: each class is divided evenly among them.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if `folds` is less than 2 or greater than the number of samples.
    #[doc(alias("KFold", "StratifiedKFold", "cross_validation"))]
    pub fn folds<R: Rng>(
        &self,
        folds: usize,
        rng: &mut R,
    ) -> Result<impl Iterator<Item = (Dataset<T>, Dataset<T>)> + use<'_, T, R>, Error> {
        if folds < 2 || self.len() < folds {
            let requirement = format!("be at least 2 and at most the number of samples, {}", self.len());
            return Err(Error::invalid_argument("folds", requirement, folds));
        }
        let shuffled: Vec<usize> = self.shuffled_classes(rng).concat();
        let mut fold_of = vec![0; self.len()];
        for (i, index) in shuffled.into_iter().enumerate() {
            fold_of[index] = i % folds;
        }
        Ok((0..folds).map(move |fold| {
            let [train, test] = [false, true].map(|is_test| {
                let indices = (0..self.len()).filter(|&i| (fold_of[i] == fold) == is_test);
                self.select(&indices.collect::<Vec<_>>())
            });
            (train, test)
        }))
    }

    /// Returns the shuffled indices of the samples of each class, or of all samples for numeric targets.
    fn shuffled_classes(&self, rng: &mut impl Rng) -> Vec<Vec<usize>> {
        let mut of_class = vec![Vec::new(); self.classes.len().max(1)];
        let labels = if self.classes.is_empty() { vec![0; self.len()] } else { self.labels() };
        for (index, class) in labels.into_iter().enumerate() {
            of_class[class].push(index);
        }
        for indices in &mut of_class {
            indices.shuffle(rng);
        }
        of_class
    }
}
