//! [`State`]: the known paths of a program and everything compiled from them; [`Scratch`]: the memory of a call.

use super::classify::Classifier;
use super::compile::{Code, Mode, compile};
use super::paths::{Next, Paths};
use super::recording::Recording;
use super::run;
use crate::kernels::machine::LaneFloat;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// The known paths of a program and everything compiled from them.
#[derive(Debug)]
pub(super) struct State<T> {
    pub(super) paths: Paths,
    pub(super) classifier: Option<Classifier<T>>,
    pub(super) compiled: Vec<Arc<Compiled<T>>>,
    /// The indices of the recordings in the order in which their sums are added.
    pub(super) order: Vec<usize>,
}

/// A recording with its codes.
#[derive(Debug)]
pub(super) struct Compiled<T> {
    recording: Arc<Recording>,
    codes: [OnceLock<Code<T>>; Mode::COUNT],
    pub(super) points: AtomicU64,
}

impl<T: LaneFloat> Compiled<T> {
    pub(super) fn code(&self, shape: [usize; 2], mode: Mode) -> &Code<T> {
        self.codes[mode as usize].get_or_init(|| compile(&self.recording, shape, mode))
    }
}

impl<T: LaneFloat> State<T> {
    /// Compiles the questions of paths; what was compiled for known ones is kept.
    pub(super) fn new(paths: Paths, shape: [usize; 2], before: Option<&State<T>>) -> State<T> {
        let classifier = Classifier::new(&paths, shape);
        let mut compiled = before.map_or(Vec::new(), |state| state.compiled.clone());
        compiled.extend(paths.recordings[compiled.len()..].iter().map(|recording| {
            Arc::new(Compiled { recording: recording.clone(), codes: Default::default(), points: AtomicU64::new(0) })
        }));
        let order = paths.in_order();
        State { paths, classifier, compiled, order }
    }

    /// Returns the recordings of all paths.
    pub(super) fn recordings(&self) -> &[Arc<Recording>] {
        &self.paths.recordings
    }

    /// Returns the number of points that took each path.
    pub(super) fn counts(&self) -> Vec<u64> {
        self.compiled.iter().map(|compiled| compiled.points.load(Ordering::Relaxed)).collect()
    }
}

/// Memory of the computation of a part.
#[derive(Debug)]
pub(super) struct PartScratch<T> {
    pub(super) run: run::Scratch<T>,
    pub(super) uniforms: Vec<T>,
}

/// Memory of a call.
#[derive(Debug)]
pub(super) struct Scratch<T> {
    pub(super) part: PartScratch<T>,
    pub(super) slots: Vec<T>,
    pub(super) uniforms: Vec<T>,
    pub(super) waiting: Vec<(Next, u64)>,
    /// The points of each path, in order; those whose path is not known at the end.
    pub(super) points: Vec<Vec<u32>>,
    /// The number of points of each path before each part.
    pub(super) starts: Vec<u32>,
    pub(super) values: Vec<T>,
    /// The uniform values of each path.
    pub(super) path_uniforms: Vec<Vec<T>>,
    pub(super) offsets: Vec<Option<usize>>,
    /// The sums of each part: those of each path, and the gradient of points that are recorded one by one.
    pub(super) part_sums: Vec<T>,
    /// The sums of all parts.
    pub(super) sums: Vec<Vec<f64>>,
    pub(super) single_gradient: Vec<f64>,
}

impl<T: LaneFloat> Scratch<T> {
    pub(super) fn new() -> Scratch<T> {
        Scratch {
            part: PartScratch { run: run::Scratch::new(), uniforms: Vec::new() },
            slots: Vec::new(),
            uniforms: Vec::new(),
            waiting: Vec::new(),
            points: Vec::new(),
            starts: Vec::new(),
            values: Vec::new(),
            path_uniforms: Vec::new(),
            offsets: Vec::new(),
            part_sums: Vec::new(),
            sums: Vec::new(),
            single_gradient: Vec::new(),
        }
    }
}
