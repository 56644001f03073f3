//! [`Distributions`]: the distribution of the values of each tensor, by epoch.

use super::histograms::{bins, largest};
use super::picture::{Area, Drawn, Picture, Theme};
use super::plane::Plane;
use super::text::shade;
use crate::nn::Parameters;
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::train::{Snapshot, Trajectory};
use plotters::prelude::*;
use std::fmt;

/// A picture of the distributions of a network's parameters, or of their gradients, during training.
///
/// There is a chart for each tensor, in which each column is the histogram of an epoch; a stronger colour means more
/// values. `Display` writes the picture as text for terminals.
///
/// ```
/// use backprop::plot::{Distributions, Picture, Theme};
/// # use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Dataset, Loss, Sgd, Trajectory, Trainer};
/// # use backprop::{Activation, Mlp};
///
/// # let line = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]])?;
/// # let mut network = Mlp::<f64>::new(1, [(4, Activation::Tanh), (1, Activation::Identity)], &mut SomeRng::seed_from_u64(1))?;
/// let mut trajectory = Trajectory::new();
/// Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).record(&mut trajectory).fit(&mut network, &line)?;
/// let weights = Distributions::of_parameters(&network, &trajectory);
/// let gradients = Distributions::of_gradients(&network, &trajectory);
/// # assert!(weights.to_svg(Theme::Light).contains("2.bias"));
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "histogram")]
#[derive(Clone, Debug, PartialEq)]
pub struct Distributions {
    title: String,
    epochs: (f64, f64),
    tensors: Vec<Distribution>,
}

/// The distribution of the values of a tensor by epoch.
#[derive(Clone, Debug, PartialEq)]
struct Distribution {
    name: String,
    count: usize,
    largest: f64,
    /// The epoch of each snapshot and the number of values in each bin.
    snapshots: Vec<(f64, Vec<usize>)>,
}

impl Distributions {
    /// Creates a picture of the parameters on a trajectory of this network.
    ///
    /// # Panics
    /// If a snapshot of the trajectory has another number of parameters than the network.
    #[track_caller]
    pub fn of_parameters<T: Scalar, N: Parameters<T>>(net: &N, trajectory: &Trajectory<T>) -> Distributions {
        Distributions::of("Parameters", net, trajectory, |snapshot| Some(&snapshot.parameters))
    }

    /// Creates a picture of the gradients on a trajectory of this network.
    ///
    /// # Panics
    /// If a gradient of the trajectory has another length than the network has parameters.
    #[track_caller]
    pub fn of_gradients<T: Scalar, N: Parameters<T>>(net: &N, trajectory: &Trajectory<T>) -> Distributions {
        Distributions::of("Gradients", net, trajectory, |snapshot| snapshot.gradient.as_ref())
    }

    #[track_caller]
    fn of<T: Scalar, N: Parameters<T>>(
        title: &str,
        net: &N,
        trajectory: &Trajectory<T>,
        values: impl Fn(&Snapshot<T>) -> Option<&Vec<T>>,
    ) -> Distributions {
        let snapshots: Vec<(usize, &Vec<T>)> =
            trajectory.snapshots().iter().filter_map(|snapshot| Some((snapshot.epoch, values(snapshot)?))).collect();
        for (_, values) in &snapshots {
            let (count, got) = (net.count(), values.len());
            assert!(count == got, "expected {count} parameters, got {got}: the trajectory is that of another network");
        }
        let epoch = |snapshot: Option<&(usize, &Vec<T>)>| snapshot.map_or(0.0, |&(epoch, _)| epoch as f64);
        let (first, last) = (epoch(snapshots.first()), epoch(snapshots.last()));
        let tensors = net.parameter_info().into_iter().map(|tensor| {
            let values: Vec<Vec<f64>> = (snapshots.iter())
                .map(|(_, values)| tensor.indices().map(|index| double(&values[index])).collect())
                .collect();
            let largest = largest(values.iter().flatten());
            let bins = snapshots.iter().zip(&values).map(|(&(epoch, _), values)| (epoch as f64, bins(values, largest)));
            Distribution { name: tensor.name().into(), count: tensor.count(), largest, snapshots: bins.collect() }
        });
        let epochs = if last > first { (first, last) } else { (first, first + 1.0) };
        Distributions { title: title.into(), epochs, tensors: tensors.collect() }
    }

    /// Sets the title.
    pub fn title(self, title: impl ToString) -> Distributions {
        Distributions { title: title.to_string(), ..self }
    }

    /// Calls a function for each tensor with its index, its plane, and the fraction of its values in each cell. The
    /// fraction is given as its square root, which makes small fractions visible.
    fn each<E>(
        &self,
        mut f: impl FnMut(usize, Plane<'_>, &dyn Fn(usize, usize) -> f64) -> Result<(), E>,
    ) -> Result<(), E> {
        for (index, Distribution { name, count, largest, snapshots }) in self.tensors.iter().enumerate() {
            let title = format!("{name} ({count})");
            let cells = [snapshots.len().clamp(1, MAX_COLUMNS), super::histograms::BINS];
            let ranges = [self.epochs, (-largest, *largest)];
            let (first, last) = self.epochs;
            let fraction = |column: usize, row: usize| {
                let epoch = first + (last - first) * (column as f64 + 0.5) / cells[0] as f64;
                let distance = |snapshot: &&(f64, Vec<usize>)| (snapshot.0 - epoch).abs();
                let nearest = snapshots.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
                nearest.map_or(0.0, |(_, bins)| (bins[row] as f64 / *count as f64).sqrt())
            };
            f(index, Plane { title: &title, names: ["epoch", "value"], ranges, cells, letters: 24 }, &fraction)?;
        }
        Ok(())
    }
}

/// The maximum number of columns; more could not be distinguished.
const MAX_COLUMNS: usize = 200;

impl fmt::Display for Distributions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        self.each(|_, plane, fraction| f.write_str(&plane.to_text(|column, row| shade(fraction(column, row)), [])))
    }
}

impl Picture for Distributions {
    fn size(&self) -> (u32, u32) {
        (1200, 80 + 340 * self.tensors.len().div_ceil(2).max(1) as u32)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let area = area.titled(&self.title, theme.text(34))?;
        let areas = area.split_evenly((self.tensors.len().div_ceil(2).max(1), 2));
        self.each(|index, plane, fraction| {
            let colour = |column: usize, row: usize| theme.blend(theme.line(0), fraction(column, row));
            plane.draw(&areas[index], theme, colour).map(|_| ())
        })
    }
}
