//! [`Distributions`]: how the numbers of each tensor are spread, epoch by epoch.

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

/// How the weights and biases of a net, or their gradients, are spread as training goes on: a picture for each tensor, in which
/// each column is a histogram, the stronger the more of its numbers have that size. Its `Display` is for terminals.
///
/// ```
/// use backprop::plot::{Distributions, Picture, Theme};
/// # use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Dataset, Loss, Sgd, Trajectory, Trainer};
/// # use backprop::{Activation, Mlp};
///
/// # let line = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]])?;
/// # let mut net = Mlp::<f64>::new(1, [(4, Activation::Tanh), (1, Activation::Identity)], &mut SomeRng::seed_from_u64(1))?;
/// let mut trajectory = Trajectory::new();
/// Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).record(&mut trajectory).fit(&mut net, &line)?;
/// let weights = Distributions::of_parameters(&net, &trajectory);
/// let gradients = Distributions::of_gradients(&net, &trajectory);
/// # assert!(weights.to_svg(Theme::Light).contains("2.bias"));
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "histogram")]
#[derive(Clone, Debug, PartialEq)]
pub struct Distributions {
    title: String,
    epochs: (f64, f64),
    tensors: Vec<Spread>,
}

/// How the numbers of a tensor are spread: of each moment, its epoch and how many are in each bin.
#[derive(Clone, Debug, PartialEq)]
struct Spread {
    name: String,
    count: usize,
    largest: f64,
    moments: Vec<(f64, Vec<usize>)>,
}

impl Distributions {
    /// Of the parameters on a trajectory of this net.
    ///
    /// # Panics
    /// When a place of the trajectory has not as many parameters as the net.
    #[track_caller]
    pub fn of_parameters<T: Scalar, N: Parameters<T>>(net: &N, trajectory: &Trajectory<T>) -> Distributions {
        Distributions::of("Parameters", net, trajectory, |moment| Some(&moment.parameters))
    }

    /// Of the gradients on a trajectory of this net.
    ///
    /// # Panics
    /// When a place of the trajectory has not as many derivatives as the net has parameters.
    #[track_caller]
    pub fn of_gradients<T: Scalar, N: Parameters<T>>(net: &N, trajectory: &Trajectory<T>) -> Distributions {
        Distributions::of("Gradients", net, trajectory, |moment| moment.gradient.as_ref())
    }

    #[track_caller]
    fn of<T: Scalar, N: Parameters<T>>(
        title: &str,
        net: &N,
        trajectory: &Trajectory<T>,
        numbers: impl Fn(&Snapshot<T>) -> Option<&Vec<T>>,
    ) -> Distributions {
        let moments: Vec<(usize, &Vec<T>)> =
            trajectory.snapshots().iter().filter_map(|moment| Some((moment.epoch, numbers(moment)?))).collect();
        for (_, numbers) in &moments {
            let (count, got) = (net.count(), numbers.len());
            assert!(count == got, "expected {count} parameters, got {got}: the trajectory is that of another net");
        }
        let epoch = |place: Option<&(usize, &Vec<T>)>| place.map_or(0.0, |&(epoch, _)| epoch as f64);
        let (first, last) = (epoch(moments.first()), epoch(moments.last()));
        let tensors = net.parameter_info().into_iter().map(|tensor| {
            let numbers: Vec<Vec<f64>> = (moments.iter())
                .map(|(_, numbers)| tensor.indices().map(|index| double(&numbers[index])).collect())
                .collect();
            let largest = largest(numbers.iter().flatten());
            let bins =
                moments.iter().zip(&numbers).map(|(&(epoch, _), numbers)| (epoch as f64, bins(numbers, largest)));
            Spread { name: tensor.name().into(), count: tensor.count(), largest, moments: bins.collect() }
        });
        let epochs = if last > first { (first, last) } else { (first, first + 1.0) };
        Distributions { title: title.into(), epochs, tensors: tensors.collect() }
    }

    /// The same with another title.
    pub fn title(self, title: impl ToString) -> Distributions {
        Distributions { title: title.to_string(), ..self }
    }

    /// Of each tensor, its plane and the part of its numbers, from 0 to 1, at each place of it; as a square root, so that few
    /// are seen as well.
    fn each<E>(
        &self,
        mut f: impl FnMut(usize, Plane<'_>, &dyn Fn(usize, usize) -> f64) -> Result<(), E>,
    ) -> Result<(), E> {
        for (index, Spread { name, count, largest, moments }) in self.tensors.iter().enumerate() {
            let title = format!("{name} ({count})");
            let cells = [moments.len().clamp(1, MOST_COLUMNS), super::histograms::BINS];
            let ranges = [self.epochs, (-largest, *largest)];
            let (first, last) = self.epochs;
            let part = |column: usize, row: usize| {
                let epoch = first + (last - first) * (column as f64 + 0.5) / cells[0] as f64;
                let away = |moment: &&(f64, Vec<usize>)| (moment.0 - epoch).abs();
                let nearest = moments.iter().min_by(|a, b| away(a).total_cmp(&away(b)));
                nearest.map_or(0.0, |(_, bins)| (bins[row] as f64 / *count as f64).sqrt())
            };
            f(index, Plane { title: &title, names: ["epoch", "value"], ranges, cells, letters: 24 }, &part)?;
        }
        Ok(())
    }
}

/// More moments than this cannot be told apart.
const MOST_COLUMNS: usize = 200;

impl fmt::Display for Distributions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        self.each(|_, plane, part| f.write_str(&plane.to_text(|column, row| shade(part(column, row)), [])))
    }
}

impl Picture for Distributions {
    fn size(&self) -> (u32, u32) {
        (1200, 80 + 340 * self.tensors.len().div_ceil(2).max(1) as u32)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let area = area.titled(&self.title, theme.text(34))?;
        let areas = area.split_evenly((self.tensors.len().div_ceil(2).max(1), 2));
        self.each(|index, plane, part| {
            let colour = |column: usize, row: usize| theme.blend(theme.line(0), part(column, row));
            plane.draw(&areas[index], theme, colour).map(|_| ())
        })
    }
}
