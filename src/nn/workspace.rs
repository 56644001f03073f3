//! [`Workspace`]: the memory of a training step; and [`ParallelWorkspace`], the same for several threads.

use super::{Net, WeightedLoss};
use crate::error::Error;
use crate::graph::{Gradients, Graph, Value};
#[cfg(feature = "rayon")]
use crate::kernels::sums;
use crate::matrix::AsRows;
#[cfg(feature = "rayon")]
use crate::matrix::Rows;
use crate::scalar::Scalar;
#[cfg(feature = "rayon")]
use ndarray::{ArrayView2, Axis};
#[cfg(feature = "rayon")]
use rayon::prelude::*;

/// The memory of a training step, kept from step to step: after the first, nothing is allocated.
///
/// ```
/// use backprop::ndarray::array;
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Loss, Mlp, Optimizer, Sgd, Workspace};
///
/// let (x, t) = (array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], array![[0.0], [1.0], [1.0], [0.0]]);
/// let mut rng = SomeRng::seed_from_u64(1);
/// let mut net = Mlp::<f64>::new(2, [(4, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
/// let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
/// let mut loss = f64::INFINITY;
/// for _ in 0..2000 {
///     loss = workspace.loss_and_gradient(&net, &x, &t, Loss::BinaryCrossEntropyWithLogits, &mut gradient)?;
///     Sgd::new(0.5).step(&mut net, &gradient)?;
/// }
/// assert!(loss < 0.01); // exclusive or
/// # Ok::<(), backprop::Error>(())
/// ```
pub struct Workspace<T> {
    graph: Graph<T>,
    gradients: Gradients<T>,
    /// Those of the net for the last batch, if somebody wants them.
    outputs: Option<Vec<T>>,
}

impl<T: Scalar> Workspace<T> {
    /// No memory yet.
    pub fn new() -> Workspace<T> {
        Workspace { graph: Graph::new(), gradients: Gradients::new(), outputs: None }
    }

    /// The same, keeping the outputs of the net for the last batch.
    pub(crate) fn with_outputs() -> Workspace<T> {
        Workspace { outputs: Some(Vec::new()), ..Workspace::new() }
    }

    /// Those outputs, sample by sample.
    pub(crate) fn outputs(&self) -> &[T] {
        self.outputs.as_deref().unwrap_or_default()
    }

    /// The loss of a net over a batch; its derivatives by the parameters go to `gradient`, a net of the same shape.
    ///
    /// # Errors
    /// Those of [`Net::loss_and_gradient`], and [`Error::Shape`] when `gradient` has another shape than the net. It is not
    /// changed then.
    pub fn loss_and_gradient<'w, N: Net<T>>(
        &mut self,
        net: &N,
        inputs: impl AsRows<T>,
        targets: impl AsRows<T>,
        loss: impl Into<WeightedLoss<'w>>,
        gradient: &mut N,
    ) -> Result<T, Error> {
        net.check_shape(gradient, "gradient")?;
        let loss = self.sweep(net, inputs, targets, loss.into())?;
        gradient.combine(self.slopes(net.count()), |_, slope| slope);
        Ok(loss)
    }

    /// Forward and back.
    fn sweep<N: Net<T>>(
        &mut self,
        net: &N,
        inputs: impl AsRows<T>,
        targets: impl AsRows<T>,
        criterion: WeightedLoss<'_>,
    ) -> Result<T, Error> {
        self.graph.clear();
        let graph = &self.graph;
        let on_graph = net.attach(graph); // the parameters are the first on the graph
        let (inputs, targets) = (graph.constants(inputs), graph.constants(targets));
        let outputs = on_graph.forward_rows(&inputs)?;
        if let Some(kept) = &mut self.outputs {
            kept.clear();
            kept.extend(outputs.iter().map(Value::data));
        }
        let loss: Value<'_, T> = criterion.evaluate_batch(&outputs, &targets)?;
        loss.backward_into(&mut self.gradients);
        self.gradients.reach(net.count());
        Ok(loss.data())
    }

    /// What the sweep found for the parameters, so many.
    fn slopes(&self, parameters: usize) -> &[T] {
        self.gradients.leaves(0..parameters)
    }
}

impl<T: Scalar> Default for Workspace<T> {
    fn default() -> Workspace<T> {
        Workspace::new()
    }
}

impl<T: Scalar> std::fmt::Debug for Workspace<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("graph", &self.graph).finish_non_exhaustive()
    }
}

/// A [`Workspace`] that splits each batch in parts, with a graph each, for rayon's threads.
///
/// The gradients of the parts are added in pairs, in order, so the result depends on the number of parts and not on that of threads:
/// it is the same bits on one thread and on many. As each part copies the parameters, it pays where the work on a part is
/// much more than that: nets with wide layers, and tens of samples to a part. Each row of outputs must depend on its own row
/// of inputs alone: a net that takes means over the batch, say, computes something else in parts.
///
/// ```
/// use backprop::ndarray::array;
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Loss, Mlp, ParallelWorkspace};
///
/// let (x, t) = (array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], array![[0.0], [1.0], [1.0], [0.0]]);
/// let mut rng = SomeRng::seed_from_u64(1);
/// let net = Mlp::<f64>::new(2, [(4, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
/// let (mut workspace, mut gradient) = (ParallelWorkspace::new(2), net.clone());
/// let loss = workspace.loss_and_gradient(&net, &x, &t, Loss::BinaryCrossEntropyWithLogits, &mut gradient)?;
/// let (in_one, _) = net.loss_and_gradient(&x, &t, Loss::BinaryCrossEntropyWithLogits)?;
/// assert!((loss - in_one).abs() < 1e-15);
/// # Ok::<(), backprop::Error>(())
/// ```
#[cfg(feature = "rayon")]
pub struct ParallelWorkspace<T> {
    parts: Vec<Part<T>>,
}

#[cfg(feature = "rayon")]
struct Part<T> {
    workspace: Workspace<T>,
    /// Of the last batch, if it was large enough to have this part.
    loss: Option<T>,
}

#[cfg(feature = "rayon")]
impl<T: Scalar> Part<T> {
    /// The loss and where the gradient is, of a part that the last batch had.
    fn done(&self) -> Option<(T, &Workspace<T>)> {
        Some((self.loss?, &self.workspace))
    }
}

#[cfg(feature = "rayon")]
impl<T: Scalar + Send + Sync> ParallelWorkspace<T> {
    /// For batches in so many parts, one at least.
    pub fn new(parts: usize) -> ParallelWorkspace<T> {
        ParallelWorkspace::of(parts, Workspace::new)
    }

    /// The same, keeping the outputs of the net for the last batch.
    pub(crate) fn with_outputs(parts: usize) -> ParallelWorkspace<T> {
        ParallelWorkspace::of(parts, Workspace::with_outputs)
    }

    fn of(parts: usize, workspace: impl Fn() -> Workspace<T>) -> ParallelWorkspace<T> {
        let part = |_| Part { workspace: workspace(), loss: None };
        ParallelWorkspace { parts: (0..parts.max(1)).map(part).collect() }
    }

    /// Those outputs, sample by sample, of part after part.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &[T]> {
        self.parts.iter().filter_map(Part::done).map(|(_, workspace)| workspace.outputs())
    }

    /// As [`Workspace::loss_and_gradient`].
    ///
    /// # Errors
    /// The same.
    pub fn loss_and_gradient<'w, N: Net<T> + Sync>(
        &mut self,
        net: &N,
        inputs: impl AsRows<T>,
        targets: impl AsRows<T>,
        loss: impl Into<WeightedLoss<'w>>,
        gradient: &mut N,
    ) -> Result<T, Error> {
        net.check_shape(gradient, "gradient")?;
        let criterion = loss.into();
        inputs.with_rows(|inputs| targets.with_rows(|targets| self.sweep(net, inputs, targets, criterion)))?;
        let (mut losses, mut slopes) = (Vec::new(), Vec::new());
        for (of_part, workspace) in self.parts.iter().filter_map(Part::done) {
            losses.push(of_part);
            slopes.push(workspace.slopes(net.count()));
        }
        let mut first = 0;
        gradient.visit_mut(&mut |block| {
            block.with_slice_mut(|block| {
                for sums in block.chunks_mut(CHUNK) {
                    add_parts(&slopes, first, sums);
                    first += sums.len();
                }
            });
        });
        Ok(sums::sum(&losses))
    }

    /// Forward and back, each part by itself.
    fn sweep<N: Net<T> + Sync>(
        &mut self,
        net: &N,
        inputs: ArrayView2<'_, T>,
        targets: ArrayView2<'_, T>,
        criterion: WeightedLoss<'_>,
    ) -> Result<(), Error> {
        let samples = inputs.nrows();
        criterion.check_samples(samples, targets.nrows())?;
        let rows = samples.div_ceil(self.parts.len());
        let run = |(i, part): (usize, &mut Part<T>)| {
            let range = (i * rows).min(samples)..((i + 1) * rows).min(samples);
            part.loss = None;
            if range.is_empty() && samples > 0 {
                return Ok(());
            }
            let [inputs, targets] = [&inputs, &targets].map(|all| all.slice_axis(Axis(0), range.clone().into()));
            part.loss = Some(part.workspace.sweep(net, inputs, targets, criterion.part(range, samples))?);
            Ok(())
        };
        self.parts.par_iter_mut().enumerate().map(run).collect::<Result<(), Error>>()
    }
}

/// How many slopes are added at once.
#[cfg(feature = "rayon")]
const CHUNK: usize = 256;

/// The sums of the slopes of all parts from this index on, in pairs of parts.
#[cfg(feature = "rayon")]
fn add_parts<T: Scalar>(slopes: &[&[T]], first: usize, sums: &mut [T]) {
    let (of_first, of_second) = slopes.split_at(slopes.len() / 2);
    if of_first.is_empty() {
        return of_second.iter().for_each(|part| sums.copy_from_slice(&part[first..][..sums.len()]));
    }
    let mut others = [T::zero(); CHUNK];
    let others = &mut others[..sums.len()];
    add_parts(of_first, first, sums);
    add_parts(of_second, first, others);
    sums.iter_mut().zip(others).for_each(|(sum, &mut other)| *sum += other);
}
