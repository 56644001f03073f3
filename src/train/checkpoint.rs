//! Checkpoints: files with all that a training needs to continue as if it had never stopped.

use super::history::{Epoch, Score};
use super::optimizer::{Optimizer, OptimizerState};
use super::order::Counts;
use crate::data::files::{read, write};
use crate::data::tensors::{self, MAX_FILE_BYTES, StoredTensor, format_error};
use crate::error::Error;
use crate::nn::Parameters;
use crate::scalar::{Scalar, double};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// The settings of a trainer for checkpoints.
#[derive(Default)]
pub(super) struct Checkpoints {
    /// The file that is written, and the number of epochs from one checkpoint to the next.
    pub(super) write: Option<(PathBuf, usize)>,
    /// The file from which the next fit continues.
    pub(super) resume: Option<PathBuf>,
}

impl Checkpoints {
    /// Checks that files can hold numbers of this type.
    pub(super) fn check<T: Scalar>(&self) -> Result<(), Error> {
        if T::one().is_plain() || (self.write.is_none() && self.resume.is_none()) {
            return Ok(());
        }
        Err(Error::Unsupported {
            what: "a checkpoint of numbers that carry derivatives".into(),
            operation: "Trainer::fit",
            reason: "a file holds floats; train with f32 or f64",
        })
    }

    /// Returns the path of a checkpoint that is due after this epoch.
    pub(super) fn due(&self, epoch: usize, epochs: usize) -> Option<&Path> {
        let (path, every) = self.write.as_ref()?;
        (epoch % every == 0 || epoch == epochs).then_some(path.as_path())
    }
}

/// The state of a training after an epoch.
///
/// The order of the samples and the random numbers are given by the seed and by how often they were drawn; the state of
/// the learning rate and of early stopping by the losses of the epochs.
#[derive(Debug)]
pub(super) struct Checkpoint {
    /// Values by the name of their tensor, each with the shape. All floats are exact in double precision.
    tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
    pub(super) counts: Counts,
}

/// The names of [`Counts`] in the metadata of the file.
const COUNTS: [&str; 4] = ["shuffles", "steps", "samples", "seed"];
const HISTORY: &str = "history";
/// The version of the format that is written and read, in the metadata.
const VERSION: (&str, &str) = ("backprop checkpoint", "1");

impl Checkpoint {
    /// Creates a checkpoint of the state after these epochs; `best` is the network of the best epoch.
    pub(super) fn new<T: Scalar, N: Parameters<T>>(
        net: &N,
        best: Option<&N>,
        optimizer: &mut impl Optimizer<T>,
        epochs: &[Epoch],
        counts: Counts,
    ) -> Checkpoint {
        let mut checkpoint = Checkpoint { tensors: BTreeMap::new(), counts };
        checkpoint.insert_module("network", net);
        if let Some(best) = best {
            checkpoint.insert_module("best", best);
        }
        optimizer.visit_state(&mut |name, state| {
            let values = match state {
                OptimizerState::Values(values) => values.iter().map(double).collect(),
                OptimizerState::Count(&mut count) => vec![f64::from(count)],
                OptimizerState::Number(&mut number) => vec![number],
                OptimizerState::Flag(&mut flag) => vec![f64::from(u8::from(flag))],
            };
            checkpoint.tensors.insert(format!("optimizer.{name}"), (vec![values.len()], values));
        });
        let rows = epochs.iter().flat_map(|epoch| {
            let score = |score: Option<Score>| {
                let accuracy = score.and_then(|score| score.accuracy).unwrap_or(f64::NAN);
                [score.map_or(f64::NAN, |score| score.loss), accuracy]
            };
            let [[loss, accuracy], [validation_loss, validation_accuracy]] =
                [Some(epoch.train), epoch.validation].map(score);
            [loss, accuracy, validation_loss, validation_accuracy, epoch.learning_rate, epoch.seconds]
        });
        checkpoint.tensors.insert(HISTORY.into(), (vec![epochs.len(), 6], rows.collect()));
        checkpoint
    }

    fn insert_module<T: Scalar, N: Parameters<T>>(&mut self, part: &str, net: &N) {
        let parameters = net.parameters();
        for info in net.parameter_info() {
            let values = info.indices().map(|index| double(&parameters[index])).collect();
            self.tensors.insert(format!("{part}.{}", info.name()), (info.shape().to_vec(), values));
        }
        let mut names = net.buffer_names().into_iter();
        net.visit_buffers(&mut |buffer| {
            let name = names.next().expect("each buffer has a name");
            self.tensors.insert(format!("{part}.{name}"), (buffer.shape().to_vec(), buffer.doubles()));
        });
    }

    /// Sets a network to that of the checkpoint, `network` or `best`; returns false if the checkpoint has none.
    ///
    /// # Errors
    /// [`Error::Format`] if the checkpoint is of another network. The network is not changed then.
    pub(super) fn restore_module<T: Scalar, N: Parameters<T>>(
        &self,
        part: &str,
        net: &mut N,
        path: &Path,
    ) -> Result<bool, Error> {
        let (infos, buffer_names) = (net.parameter_info(), net.buffer_names());
        let prefix = format!("{part}.");
        let count = self.tensors.keys().filter(|name| name.starts_with(&prefix)).count();
        if count == 0 && part == "best" {
            return Ok(false);
        }
        let tensor = |name: &str, shape: &[usize]| match self.tensors.get(&format!("{part}.{name}")) {
            Some((found, values)) if found == shape => Ok(values),
            found => {
                let found = found.map_or("no such tensor".into(), |(shape, _)| format!("shape {shape:?}"));
                let problem = format!("is of another network: expected {name} of shape {shape:?}, got {found}");
                Err(format_error(Some(path), problem))
            }
        };
        if count != infos.len() + buffer_names.len() {
            let problem =
                format!("is of another network: expected {} tensors, got {count}", infos.len() + buffer_names.len());
            return Err(format_error(Some(path), problem));
        }
        let mut parameters = net.parameters();
        for info in &infos {
            for (index, &value) in info.indices().zip(tensor(info.name(), info.shape())?) {
                parameters[index] = T::of(value);
            }
        }
        let (mut shapes, mut buffers) = (Vec::new(), Vec::new());
        net.visit_buffers(&mut |buffer| shapes.push(buffer.shape().to_vec()));
        for (name, shape) in buffer_names.iter().zip(&shapes) {
            buffers.push(tensor(name, shape)?.clone());
        }
        net.set_parameters(&parameters)?;
        let mut buffers = buffers.into_iter();
        net.visit_buffers_mut(&mut |buffer| buffer.set(buffers.next().expect("as many as before").into_iter()));
        Ok(true)
    }

    /// Sets the state of an optimizer.
    ///
    /// # Errors
    /// [`Error::Format`] if the checkpoint is of another optimizer.
    pub(super) fn restore_optimizer<S: Scalar>(
        &self,
        optimizer: &mut impl Optimizer<S>,
        path: &Path,
    ) -> Result<(), Error> {
        let mut names = Vec::new();
        optimizer.visit_state(&mut |name, _| names.push(format!("optimizer.{name}")));
        names.sort_unstable();
        let found: Vec<&String> = self.tensors.keys().filter(|name| name.starts_with("optimizer.")).collect();
        if !names.iter().eq(found.iter().copied()) {
            let problem = format!("is of another optimizer: expected the state {names:?}, got {found:?}");
            return Err(format_error(Some(path), problem));
        }
        optimizer.visit_state(&mut |name, state| {
            let values = &self.tensors[&format!("optimizer.{name}")].1;
            let first = values.first().copied().unwrap_or(0.0);
            match state {
                OptimizerState::Values(state) => *state = values.iter().map(|&x| S::of(x)).collect(),
                OptimizerState::Count(count) => *count = first as i32,
                OptimizerState::Number(number) => *number = first,
                OptimizerState::Flag(flag) => *flag = first != 0.0,
            }
        });
        Ok(())
    }

    /// Returns the epochs of the training so far.
    pub(super) fn epochs(&self) -> Vec<Epoch> {
        let score = |loss: f64, accuracy: f64| Score { loss, accuracy: (!accuracy.is_nan()).then_some(accuracy) };
        let rows = self.tensors[HISTORY].1.chunks_exact(6).enumerate();
        rows.map(|(i, row)| Epoch {
            number: i + 1,
            train: score(row[0], row[1]),
            validation: (!row[2].is_nan()).then(|| score(row[2], row[3])),
            learning_rate: row[4],
            seconds: row[5],
        })
        .collect()
    }

    /// Writes the file; it is replaced atomically.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let Counts { shuffles, steps, samples, seed } = self.counts;
        let mut metadata: HashMap<String, String> =
            COUNTS.map(String::from).into_iter().zip([shuffles, steps, samples, seed].map(|x| x.to_string())).collect();
        metadata.insert(VERSION.0.into(), VERSION.1.into());
        let tensors =
            self.tensors.iter().map(|(name, (shape, x))| (name.clone(), StoredTensor::new(shape, x.iter().copied())));
        write(path, &tensors::serialize(tensors, Some(metadata)))
    }

    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Checkpoint, Error> {
        let bytes = read(path, MAX_FILE_BYTES)?;
        let file = tensors::deserialize(&bytes, Some(path))?;
        let metadata = tensors::metadata(&bytes, Some(path))?;
        match metadata.get(VERSION.0) {
            Some(version) if version == VERSION.1 => {}
            Some(version) => {
                let problem = format!("is a checkpoint of version {version}, and this program reads {}", VERSION.1);
                return Err(format_error(Some(path), problem));
            }
            None => return Err(format_error(Some(path), "is not a checkpoint of `Trainer::checkpoint`")),
        }
        let count = |name: &str| {
            let number = metadata.get(name).and_then(|text| text.parse().ok());
            number.ok_or_else(|| format_error(Some(path), format!("has no number `{name}`")))
        };
        let [shuffles, steps, samples, seed] = COUNTS.map(count);
        let counts = Counts { shuffles: shuffles?, steps: steps?, samples: samples?, seed: seed? };
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            let values = tensors::values(&view, &name, Some(path))?;
            tensors.insert(name, (view.shape().to_vec(), values));
        }
        if !matches!(tensors.get(HISTORY), Some((shape, _)) if shape.get(1) == Some(&6)) {
            return Err(format_error(Some(path), "has no history"));
        }
        Ok(Checkpoint { tensors, counts })
    }
}
