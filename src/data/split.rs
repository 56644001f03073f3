//! Datasets split at random: [`Dataset::split`], [`Dataset::folds`].

use super::Dataset;
use crate::error::Error;
use crate::scalar::Scalar;
use rand::Rng;
use rand::seq::SliceRandom;

impl<T: Scalar> Dataset<T> {
    /// The samples in two parts, drawn at random: the second has this share. Where there are classes, each has its share of
    /// both parts.
    ///
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
    /// [`Error::InvalidArgument`] if a part would be empty.
    #[doc(alias("train_test_split", "random_split"))]
    pub fn split(&self, share: f64, rng: &mut impl Rng) -> Result<(Dataset<T>, Dataset<T>), Error> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let mut due = 0.0; // carried from class to class, so that small classes do not round the share away
        for class in self.shuffled_classes(rng) {
            let wanted = due + share * class.len() as f64;
            let count = (wanted.round().max(0.0) as usize).min(class.len());
            due = wanted - count as f64;
            second.extend_from_slice(&class[..count]);
            first.extend_from_slice(&class[count..]);
        }
        if first.is_empty() || second.is_empty() {
            let requirement = format!("leave samples in both parts of {}", self.len());
            return Err(Error::invalid_argument("share", requirement, share));
        }
        for part in [&mut first, &mut second] {
            part.sort_unstable();
        }
        Ok((self.select(&first), self.select(&second)))
    }

    /// For cross-validation: so many times the samples to train on, and those to test with. Each sample is in one test part, and each
    /// class has its share of all.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if there are fewer than two folds, or fewer samples than folds.
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
        let dealt: Vec<usize> = self.shuffled_classes(rng).concat();
        let mut fold_of = vec![0; self.len()];
        for (i, index) in dealt.into_iter().enumerate() {
            fold_of[index] = i % folds;
        }
        Ok((0..folds).map(move |fold| {
            let [train, test] = [false, true].map(|wanted| {
                let indices = (0..self.len()).filter(|&i| (fold_of[i] == fold) == wanted);
                self.select(&indices.collect::<Vec<_>>())
            });
            (train, test)
        }))
    }

    /// The indices of the samples of each class, shuffled; all together where targets are numbers.
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
