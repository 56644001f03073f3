//! Datasets split in training and test samples: at random ([`Dataset::split`], [`Dataset::folds`]), by groups
//! ([`Dataset::split_groups`], [`Dataset::group_fold_indices`]) and by time ([`Dataset::split_time`],
//! [`Dataset::time_fold_indices`]).

use super::Dataset;
use crate::error::Error;
use crate::scalar::{Scalar, double};
use rand::Rng;
use rand::seq::SliceRandom;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

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
        self.parts([first, second], fraction)
    }

    /// Splits the samples in two parts with each group as a whole in one of them; the second has about `fraction` of the
    /// samples.
    ///
    /// `groups` has the group of each sample: the patient of a measurement, for example. A model is then tested on
    /// groups that it has not seen. The groups of the second part are drawn at random.
    ///
    /// # Examples
    /// ```
    /// use backprop::Dataset;
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    ///
    /// let visits = Dataset::new([[1.0], [2.0], [3.0], [4.0]], [[1.0], [2.0], [3.0], [4.0]])?;
    /// let (train, test) = visits.split_groups(&["Ann", "Bob", "Ann", "Bob"], 0.5, &mut SomeRng::seed_from_u64(1))?;
    /// assert!(train.rows() == [1, 3] && test.rows() == [2, 4] || train.rows() == [2, 4] && test.rows() == [1, 3]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of `groups` is not that of samples; [`Error::InvalidArgument`] if one of the parts
    /// would be empty.
    #[doc(alias("GroupShuffleSplit", "GroupKFold"))]
    pub fn split_groups<G: Eq + Hash>(
        &self,
        groups: &[G],
        fraction: f64,
        rng: &mut impl Rng,
    ) -> Result<(Dataset<T>, Dataset<T>), Error> {
        Error::check_count_in("Dataset::split_groups", "groups", self.len(), groups.len())?;
        let mut members = members_of(groups);
        members.shuffle(rng);
        let count = fraction * self.len() as f64;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for group in members {
            let brings_nearer = second.len() as f64 + group.len() as f64 / 2.0 < count;
            if brings_nearer { &mut second } else { &mut first }.extend(group);
        }
        self.parts([first, second], fraction)
    }

    /// Splits the samples in two parts by time; the second has the last `fraction` of the samples.
    ///
    /// `times` has the time of each sample, in any unit. Samples of equal time are in the same part.
    ///
    /// # Examples
    /// ```
    /// use backprop::Dataset;
    ///
    /// let prices = Dataset::new([[1.0], [2.0], [3.0], [4.0]], [[1.0], [2.0], [3.0], [4.0]])?;
    /// let (train, test) = prices.split_time(&[2021.0, 2024.0, 2022.0, 2023.0], 0.25)?;
    /// assert_eq!((train.rows(), test.rows()), (&[1, 3, 4][..], &[2][..]));
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of `times` is not that of samples; [`Error::NonFinite`] if a time is infinite or
    /// NaN; [`Error::InvalidArgument`] if one of the parts would be empty.
    #[doc(alias = "TimeSeriesSplit")]
    pub fn split_time(&self, times: &[f64], fraction: f64) -> Result<(Dataset<T>, Dataset<T>), Error> {
        let sorted = self.sorted_times("Dataset::split_time", times)?;
        let count = (fraction * self.len() as f64).round().max(0.0) as usize;
        let start = self.len().checked_sub(count).and_then(|first| sorted.get(first)).copied();
        let (second, first) = (0..self.len()).partition(|&sample| start.is_some_and(|start| times[sample] >= start));
        self.parts([first, second], fraction)
    }

    /// Returns the samples of the two parts of a split, in the order of the samples.
    fn parts(&self, mut parts: [Vec<usize>; 2], fraction: f64) -> Result<(Dataset<T>, Dataset<T>), Error> {
        if parts.iter().any(Vec::is_empty) {
            let requirement = format!("leave samples in both parts of {}", self.len());
            return Err(Error::invalid_argument("fraction", requirement, fraction));
        }
        parts.iter_mut().for_each(|part| part.sort_unstable());
        let [first, second] = parts.map(|part| self.select(&part));
        Ok((first, second))
    }

    /// Returns the number of samples of `other` whose inputs and targets are those of a sample of this dataset.
    ///
    /// Test samples that are also training samples make a model look better than it is.
    ///
    /// # Examples
    /// ```
    /// use backprop::Dataset;
    ///
    /// let train = Dataset::new([[1.0], [2.0]], [[1.0], [4.0]])?;
    /// let test = Dataset::new([[2.0], [2.0], [3.0]], [[4.0], [5.0], [9.0]])?;
    /// assert_eq!(train.duplicates(&test), 1);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    pub fn duplicates(&self, other: &Dataset<T>) -> usize {
        fn samples<T: Scalar>(dataset: &Dataset<T>) -> impl Iterator<Item = Vec<u64>> {
            let rows = dataset.inputs.rows().into_iter().zip(dataset.targets.rows());
            // 0 is added because 0 and −0 are equal, but differ in their bits.
            rows.map(|(inputs, targets)| inputs.iter().chain(targets).map(|x| (double(x) + 0.0).to_bits()).collect())
        }
        let known: HashSet<Vec<u64>> = samples(self).collect();
        samples(other).filter(|sample| known.contains(sample)).count()
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
        let folds = self.fold_indices(folds, rng)?;
        Ok(folds.map(|(train, test)| (self.select(&train), self.select(&test))))
    }

    /// Returns the indices of the training and test samples of each fold of [`folds`](Self::folds), so that the
    /// predictions for the test samples can be put in the order of the samples.
    ///
    /// # Errors
    /// Those of [`folds`](Self::folds).
    #[doc(alias = "cross_val_predict")]
    pub fn fold_indices<R: Rng>(
        &self,
        folds: usize,
        rng: &mut R,
    ) -> Result<impl Iterator<Item = (Vec<usize>, Vec<usize>)> + use<T, R>, Error> {
        if folds < 2 || self.len() < folds {
            let requirement = format!("be at least 2 and at most the number of samples, {}", self.len());
            return Err(Error::invalid_argument("folds", requirement, folds));
        }
        let shuffled: Vec<usize> = self.shuffled_classes(rng).concat();
        let mut fold_of = vec![0; self.len()];
        for (i, index) in shuffled.into_iter().enumerate() {
            fold_of[index] = i % folds;
        }
        Ok((0..folds).map(move |fold| (0..fold_of.len()).partition(|&index| fold_of[index] != fold)))
    }

    /// Returns the indices of the training and test samples of each of `folds` folds, with each group as a whole in one of
    /// them.
    ///
    /// `groups` has the group of each sample: the patient of a measurement, for example. Each sample is a test sample in
    /// one fold. The groups are divided at random, the largest first, each to the smallest fold.
    ///
    /// # Examples
    /// ```
    /// use backprop::Dataset;
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    ///
    /// let visits = Dataset::new([[1.0], [2.0], [3.0]], [[1.0], [2.0], [3.0]])?;
    /// let mut tests = Vec::new();
    /// for (_, test) in visits.group_fold_indices(&["Ann", "Ann", "Bob"], 2, &mut SomeRng::seed_from_u64(1))? {
    ///     tests.push(test);
    /// }
    /// assert_eq!(tests, [vec![0, 1], vec![2]]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of `groups` is not that of samples; [`Error::InvalidArgument`] if `folds` is less
    /// than 2 or greater than the number of different groups.
    #[doc(alias = "GroupKFold")]
    pub fn group_fold_indices<G: Eq + Hash, R: Rng>(
        &self,
        groups: &[G],
        folds: usize,
        rng: &mut R,
    ) -> Result<impl Iterator<Item = (Vec<usize>, Vec<usize>)> + use<T, G, R>, Error> {
        Error::check_count_in("Dataset::group_fold_indices", "groups", self.len(), groups.len())?;
        let mut members = members_of(groups);
        if folds < 2 || members.len() < folds {
            let requirement = format!("be at least 2 and at most the number of groups, {}", members.len());
            return Err(Error::invalid_argument("folds", requirement, folds));
        }
        members.shuffle(rng);
        members.sort_by_key(|group| Reverse(group.len()));
        let (mut sizes, mut fold_of) = (vec![0; folds], vec![0; self.len()]);
        for group in members {
            let smallest = (1..folds).fold(0, |best, fold| if sizes[fold] < sizes[best] { fold } else { best });
            sizes[smallest] += group.len();
            group.into_iter().for_each(|sample| fold_of[sample] = smallest);
        }
        Ok((0..folds).map(move |fold| (0..fold_of.len()).partition(|&sample| fold_of[sample] != fold)))
    }

    /// Returns the indices of the training and test samples of each of `folds` folds in time: the test samples of a fold
    /// follow its training samples, and are training samples of the next fold.
    ///
    /// `times` has the time of each sample, in any unit. The samples are divided by time in `folds` + 1 parts of about
    /// the same size, of which the first is never a test part. Samples of equal time are in the same part.
    ///
    /// # Examples
    /// ```
    /// use backprop::Dataset;
    ///
    /// let prices = Dataset::new([[1.0], [2.0], [3.0]], [[1.0], [2.0], [3.0]])?;
    /// let folds = prices.time_fold_indices(&[2022.0, 2024.0, 2023.0], 2)?;
    /// assert_eq!(folds.collect::<Vec<_>>(), [(vec![0], vec![2]), (vec![0, 2], vec![1])]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of `times` is not that of samples; [`Error::NonFinite`] if a time is infinite or
    /// NaN; [`Error::InvalidArgument`] if `folds` is 0, or if there are too few different times.
    #[doc(alias = "TimeSeriesSplit")]
    pub fn time_fold_indices(
        &self,
        times: &[f64],
        folds: usize,
    ) -> Result<impl Iterator<Item = (Vec<usize>, Vec<usize>)> + use<T>, Error> {
        let sorted = self.sorted_times("Dataset::time_fold_indices", times)?;
        let part_of = |time: f64| sorted.partition_point(|&other| other < time) * (folds + 1) / sorted.len();
        let parts: Vec<usize> = times.iter().map(|&time| part_of(time)).collect();
        if folds == 0 || (0..=folds).any(|part| !parts.contains(&part)) {
            let requirement = format!("be at least 1, and leave samples in each part of {}", self.len());
            return Err(Error::invalid_argument("folds", requirement, folds));
        }
        Ok((1..=folds).map(move |fold| {
            let known = (0..parts.len()).filter(|&sample| parts[sample] <= fold);
            known.partition(|&sample| parts[sample] < fold)
        }))
    }

    /// Returns the sorted times of the samples, after checking them.
    fn sorted_times(&self, operation: &'static str, times: &[f64]) -> Result<Vec<f64>, Error> {
        Error::check_count_in(operation, "times", self.len(), times.len())?;
        for (sample, &time) in times.iter().enumerate() {
            Error::check_finite("time", time, || format!("sample {}", sample + 1))?;
        }
        let mut sorted = times.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Ok(sorted)
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

/// Returns the samples of each group, in the order of the samples, so that the seed alone decides about a random division.
fn members_of<G: Eq + Hash>(groups: &[G]) -> Vec<Vec<usize>> {
    let mut index_of = HashMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (sample, group) in groups.iter().enumerate() {
        let group = *index_of.entry(group).or_insert(members.len());
        if group == members.len() {
            members.push(Vec::new());
        }
        members[group].push(sample);
    }
    members
}
