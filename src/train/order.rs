//! [`Order`], the order of the samples, and [`Counts`], the numbers that give it.

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

/// The order of the samples, which continues from fit to fit.
#[derive(Default)]
pub(super) struct Order {
    pub(super) indices: Vec<usize>,
    /// The state of the random numbers; `None` before the first fit.
    pub(super) rng: Option<Xoshiro256PlusPlus>,
    /// How often the samples were shuffled.
    pub(super) shuffles: u64,
    /// The number of steps, which gives the random numbers of the training mode.
    pub(super) steps: u64,
}

/// The numbers that give the order of the samples and the random numbers of a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counts {
    /// How often the samples were shuffled, and the number of training steps, since the trainer was created.
    pub(super) shuffles: u64,
    pub(super) steps: u64,
    /// The number of samples and the seed, which must be the same for a training to continue.
    pub(super) samples: u64,
    pub(super) seed: u64,
}

impl Order {
    /// Shuffles the samples for the next epoch.
    pub(super) fn shuffle(&mut self) {
        if let Some(rng) = &mut self.rng {
            self.indices.shuffle(rng);
            self.shuffles += 1;
        }
    }
}
