//! [`Workspace`]: the memory of a training step; [`ParallelWorkspace`]: the memory of a training step on several
//! threads.

use super::{Module, Objective, Parameters, Seeds, copy_buffers};
use crate::error::Error;
use crate::graph::{Gradients, Graph, Value};
#[cfg(feature = "rayon")]
use crate::kernels::sums;
use crate::matrix::AsMatrix;
use crate::matrix::ops::Leaf;
use crate::scalar::Scalar;
#[cfg(feature = "rayon")]
use ndarray::{ArrayView2, Axis};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
#[cfg(feature = "rayon")]
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(feature = "rayon")]
use std::time::{Duration, Instant};

/// The memory of a training step. It is reused, so steps after the first allocate nothing.
///
/// The exceptions are small: copies of the [`Buffer`](crate::Buffer)s and of the `Vec`s of a module, lists that an
/// operation keeps for its backward pass, such as the indices of [`Matrix::gather_rows`](crate::Matrix::gather_rows), and
/// matrices that a forward pass or a loss creates from its own elements.
///
/// # Examples
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
    /// The derivatives with respect to each matrix of parameters, during or after a backward pass.
    leaves: Vec<Leaf<T>>,
    /// The outputs for the last batch; `None` if they are not kept.
    outputs: Option<Vec<T>>,
    /// `None` in evaluation mode.
    seeds: Option<Seeds>,
}

impl<T: Scalar> Workspace<T> {
    /// Creates an empty workspace, in training mode with seed 0.
    pub fn new() -> Workspace<T> {
        let (graph, gradients, seeds) = (Graph::new(), Gradients::new(), Some(Seeds::new(0, 0)));
        Workspace { graph, gradients, leaves: Vec::new(), outputs: None, seeds }
    }

    /// Sets the seed of the random numbers of the training mode, which layers like [`Dropout`](crate::Dropout) draw.
    #[doc(alias = "manual_seed")]
    pub fn seed(self, seed: u64) -> Workspace<T> {
        Workspace { seeds: Some(Seeds::new(seed, 0)), ..self }
    }

    /// Computes with modules in evaluation mode: without dropout, and with the running statistics of
    /// [`BatchNorm`](crate::BatchNorm).
    #[doc(alias = "eval")]
    pub fn evaluation(self) -> Workspace<T> {
        Workspace { seeds: None, ..self }
    }

    /// Creates a workspace that keeps the outputs for the last batch.
    pub(crate) fn with_outputs(seeds: Seeds) -> Workspace<T> {
        Workspace { outputs: Some(Vec::new()), seeds: Some(seeds), ..Workspace::new() }
    }

    /// Returns the outputs for the last batch, sample by sample.
    pub(crate) fn outputs(&self) -> &[T] {
        self.outputs.as_deref().unwrap_or_default()
    }

    /// Returns the loss over a batch, and writes its derivatives with respect to the parameters to `gradient`, which
    /// has the shape of `module`. The buffers of `gradient` are those of the module after the forward pass.
    ///
    /// # Errors
    /// Those of [`Module::loss_and_gradient`]; [`Error::Shape`] if the shape of `gradient` is not that of the module.
    /// `gradient` is not changed then.
    pub fn loss_and_gradient<M: Module<T>>(
        &mut self,
        module: &M,
        inputs: impl AsMatrix<T>,
        targets: impl AsMatrix<T>,
        loss: impl Objective,
        gradient: &mut M,
    ) -> Result<T, Error> {
        module.check_shape(gradient, "gradient")?;
        let Workspace { graph, gradients, leaves, outputs, seeds } = self;
        graph.clear();
        let mut on_graph = module.attach(graph); // the parameters are the first on the graph
        if let Some(seeds) = seeds {
            seeds.begin_next(&mut on_graph);
        }
        let loss = forward(graph, outputs, &on_graph, inputs, targets, &loss, None)?;
        copy_buffers(&on_graph, gradient);
        let loss = sweep(gradients, leaves, loss, gradient);
        drop(on_graph);
        graph.clear(); // so that it does not share the parameters, which an optimizer would copy to change them
        Ok(loss)
    }

    /// Returns the value of a function of the module, and writes its derivatives with respect to the parameters to
    /// `gradient`, which has the shape of `module`.
    ///
    /// The function takes the module on a graph, and the graph, on which [`Graph::constants`] creates matrices of data.
    /// It returns any scalar: a loss of several networks or outputs, of random numbers, of derivatives.
    ///
    /// # Examples
    /// The loss of an autoencoder, which has no targets, and a penalty:
    ///
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Adam, Error, Mlp, Module, Optimizer, Workspace};
    ///
    /// let x = [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [-1.0, -2.0, -3.0]];
    /// let mut rng = SomeRng::seed_from_u64(1);
    /// let sizes = [(1, Activation::Identity), (3, Activation::Identity)];
    /// let mut net = Mlp::<f64>::new(3, sizes, &mut rng)?;
    /// let (mut workspace, mut gradient, mut adam) = (Workspace::new(), net.clone(), Adam::new(0.02));
    /// let mut loss = f64::INFINITY;
    /// for _ in 0..500 {
    ///     loss = workspace.value_and_gradient(&net, &mut gradient, |net, graph| {
    ///         let x = graph.constants(&x);
    ///         let restored = net.forward_batch(&x)?;
    ///         Ok((&restored - &x).powi(2).mean() + restored.mean().powi(2) * 0.01)
    ///     })?;
    ///     adam.step(&mut net, &gradient)?;
    /// }
    /// assert!(loss < 0.05);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the function; [`Error::Shape`] if the shape of `gradient` is not that of the module. `gradient` is not
    /// changed then.
    ///
    /// # Panics
    /// If the function returns a value of another graph.
    #[doc(alias("value_and_grad", "closure"))]
    #[track_caller]
    pub fn value_and_gradient<M: Module<T>>(
        &mut self,
        module: &M,
        gradient: &mut M,
        f: impl for<'g> FnOnce(&M::Over<Value<'g, T>>, &'g Graph<T>) -> Result<Value<'g, T>, Error>,
    ) -> Result<T, Error> {
        module.check_shape(gradient, "gradient")?;
        let Workspace { graph, gradients, leaves, seeds, .. } = self;
        graph.clear();
        let on = &*graph;
        let mut on_graph = module.map(&mut |matrix| on.matrix(matrix)); // the parameters are the first on the graph
        if let Some(seeds) = seeds {
            seeds.begin_next(&mut on_graph);
        }
        let value = f(&on_graph, on)?;
        copy_buffers(&on_graph, gradient);
        let value = sweep(gradients, leaves, value, gradient);
        drop(on_graph);
        graph.clear(); // as above
        Ok(value)
    }
}

/// Runs the backward pass; returns the loss.
fn sweep<T: Scalar>(
    gradients: &mut Gradients<T>,
    leaves: &mut Vec<Leaf<T>>,
    loss: Value<'_, T>,
    gradient: &mut impl Parameters<T>,
) -> T {
    // The backward pass writes to the memory of `gradient`, which gets it back even if the pass panics.
    leaves.clear();
    gradient.visit_mut(&mut |matrix| leaves.push(Leaf::take(matrix)));
    let sweep = catch_unwind(AssertUnwindSafe(|| gradients.sweep_into(loss, leaves)));
    let mut leaves = leaves.drain(..);
    gradient.visit_mut(&mut |matrix| *matrix = leaves.next().expect("each matrix has a leaf").into_matrix());
    sweep.unwrap_or_else(|panic| resume_unwind(panic));
    loss.data()
}

/// Runs the forward pass for a batch, or for a part of one, given as a range and the number of samples of the batch;
/// returns the loss.
fn forward<'g, T: Scalar, M: Module<Value<'g, T>>>(
    graph: &'g Graph<T>,
    kept_outputs: &mut Option<Vec<T>>,
    module: &M,
    inputs: impl AsMatrix<T>,
    targets: impl AsMatrix<T>,
    objective: &impl Objective,
    part: Option<(Range<usize>, usize)>,
) -> Result<Value<'g, T>, Error> {
    let (inputs, targets) = (graph.constants(inputs), graph.constants(targets));
    let outputs = module.forward_batch(&inputs)?;
    if let Some(kept) = kept_outputs {
        kept.clear();
        outputs.append_to(kept);
    }
    match part {
        None => objective.evaluate_batch(&outputs, &targets),
        Some((range, samples)) => objective.evaluate_part(&outputs, &targets, range, samples),
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

/// A [`Workspace`] that splits each batch in parts, each with its graph, for rayon's threads.
///
/// The gradients of the parts are added in a fixed order, so results with the same number of parts are bit-for-bit
/// identical on any number of threads. The threads are woken at each step, so it is faster only if the computation of a
/// part takes much longer than that: with wide layers and tens of samples in each part.
///
/// Each row of outputs must depend on the same row of inputs alone: a network with means over the batch, for example,
/// would compute a different function in parts. The loss must be a mean over samples.
///
/// # Examples
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
/// let (loss_in_one_part, _) = net.loss_and_gradient(&x, &t, Loss::BinaryCrossEntropyWithLogits)?;
/// assert!((loss - loss_in_one_part).abs() < 1e-15);
/// # Ok::<(), backprop::Error>(())
/// ```
#[cfg(feature = "rayon")]
pub struct ParallelWorkspace<T> {
    parts: Vec<Part<T>>,
    seeds: Seeds,
}

#[cfg(feature = "rayon")]
struct Part<T> {
    workspace: Workspace<T>,
    /// The loss of this part of the last batch or its error; `None` if the batch had fewer parts.
    loss: Result<Option<T>, Error>,
}

#[cfg(feature = "rayon")]
impl<T: Scalar> Part<T> {
    /// Returns the loss and the workspace with the gradient, if the last batch had this part.
    fn result(&self) -> Option<(T, &Workspace<T>)> {
        Some(((*self.loss.as_ref().ok()?)?, &self.workspace))
    }
}

#[cfg(feature = "rayon")]
impl<T: Scalar + Send + Sync> ParallelWorkspace<T> {
    /// Creates a workspace that splits batches in `parts` parts, in training mode with seed 0; 0 parts count as 1.
    pub fn new(parts: usize) -> ParallelWorkspace<T> {
        ParallelWorkspace::build(parts, Seeds::new(0, 0), Workspace::new)
    }

    /// Creates a workspace that keeps the outputs for the last batch.
    pub(crate) fn with_outputs(parts: usize, seeds: Seeds) -> ParallelWorkspace<T> {
        ParallelWorkspace::build(parts, seeds, || Workspace::with_outputs(seeds))
    }

    /// Sets the seed of the random numbers of the training mode, which layers like [`Dropout`](crate::Dropout) draw.
    /// They depend on the number of parts.
    pub fn seed(self, seed: u64) -> ParallelWorkspace<T> {
        ParallelWorkspace { seeds: Seeds::new(seed, 0), ..self }
    }

    /// Creates the parts with a function that creates their workspaces.
    fn build(parts: usize, seeds: Seeds, workspace: impl Fn() -> Workspace<T>) -> ParallelWorkspace<T> {
        let part = |_| Part { workspace: workspace(), loss: Ok(None) };
        ParallelWorkspace { parts: (0..parts.max(1)).map(part).collect(), seeds }
    }

    /// Returns the outputs of each part of the last batch, sample by sample.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &[T]> {
        self.parts.iter().filter_map(Part::result).map(|(_, workspace)| workspace.outputs())
    }

    /// Returns the loss over a batch, and writes its derivatives with respect to the parameters to `gradient`, which
    /// has the shape of `module`.
    ///
    /// # Errors
    /// Those of [`Workspace::loss_and_gradient`]; [`Error::InvalidArgument`] if the module has buffers, since each part
    /// would compute its own.
    pub fn loss_and_gradient<M: Module<T> + Sync>(
        &mut self,
        module: &M,
        inputs: impl AsMatrix<T>,
        targets: impl AsMatrix<T>,
        loss: impl Objective + Sync,
        gradient: &mut M,
    ) -> Result<T, Error> {
        module.check_shape(gradient, "gradient")?;
        let mut has_buffers = false;
        module.visit_buffers(&mut |_| has_buffers = true);
        if has_buffers {
            let names = module.buffer_names().join(", ");
            return Err(Error::invalid_argument("module", "have no buffers to be trained in parts", names));
        }
        self.forward_backward(module, inputs.as_view(), targets.as_view(), &loss)?;
        let losses: Vec<T> = self.parts.iter().filter_map(Part::result).map(|(loss, _)| loss).collect();
        let mut index = 0;
        gradient.visit_mut(&mut |matrix| {
            let of_parts = self.parts.iter().filter_map(Part::result);
            let derivatives: Vec<&[T]> = of_parts.map(|(_, part)| &*part.leaves[index].adjoints).collect();
            matrix.with_slice_mut(|elements| {
                on_threads(elements, LEAST_OF_A_THREAD, |start, elements| {
                    for (i, sums) in elements.chunks_mut(CHUNK).enumerate() {
                        add_parts(&derivatives, start + i * CHUNK, sums);
                    }
                });
            });
            index += 1;
        });
        Ok(sums::sum(&losses))
    }

    /// Runs the forward and the backward pass of each part.
    fn forward_backward<M: Module<T> + Sync>(
        &mut self,
        module: &M,
        inputs: ArrayView2<'_, T>,
        targets: ArrayView2<'_, T>,
        objective: &(impl Objective + Sync),
    ) -> Result<(), Error> {
        let samples = inputs.nrows();
        objective.check_samples(samples, targets.nrows())?;
        let rows = samples.div_ceil(self.parts.len());
        let seeds = self.seeds;
        self.seeds.steps += 1;
        let run = |i: usize, part: &mut Part<T>| {
            let range = (i * rows).min(samples)..((i + 1) * rows).min(samples);
            if range.is_empty() && samples > 0 {
                return Ok(None);
            }
            let [inputs, targets] = [&inputs, &targets].map(|batch| batch.slice_axis(Axis(0), range.clone().into()));
            let Workspace { graph, gradients, leaves, outputs, .. } = &mut part.workspace;
            graph.clear();
            let mut on_graph = module.attach(graph); // the parameters are the first on the graph
            seeds.begin(&mut on_graph, i as u64);
            let loss = forward(graph, outputs, &on_graph, inputs, targets, objective, Some((range, samples)))?;
            let mut index = 0;
            module.visit(&mut |matrix| {
                match leaves.get_mut(index) {
                    Some(leaf) if leaf.shape() == matrix.shape() => {}
                    Some(leaf) => *leaf = Leaf::new(matrix.shape()),
                    None => leaves.push(Leaf::new(matrix.shape())),
                }
                index += 1;
            });
            leaves.truncate(index);
            gradients.sweep_into(loss, leaves);
            let loss = loss.data();
            drop(on_graph);
            graph.clear(); // so that it does not share the parameters, which an optimizer would copy to change them
            Ok(Some(loss))
        };
        on_threads(&mut self.parts, 1, |start, parts| {
            for (i, part) in parts.iter_mut().enumerate() {
                part.loss = Ok(None); // in case of a panic
                part.loss = run(start + i, part);
            }
        });
        let mut errors = self.parts.iter().filter_map(|part| part.loss.as_ref().err());
        errors.next().cloned().map_or(Ok(()), Err)
    }
}

/// The number of derivatives that are added at once.
#[cfg(feature = "rayon")]
const CHUNK: usize = 256;

/// The least number of derivatives that a thread adds, which takes longer than to wake the thread.
#[cfg(feature = "rayon")]
const LEAST_OF_A_THREAD: usize = 64 * CHUNK;

/// The time that a thread waits awake for the others: to be woken takes some tens of microseconds.
#[cfg(feature = "rayon")]
const PATIENCE: Duration = Duration::from_micros(100);

/// Divides items evenly among rayon's threads, and calls `f` with the index of the first item and the items of each. No
/// thread but the last has less than `least` items.
///
/// The calling thread takes the first items itself. If it waited for others, as in rayon's parallel iterators, they would
/// have to be woken for its items too.
#[cfg(feature = "rayon")]
fn on_threads<X: Send>(items: &mut [X], least: usize, f: impl Fn(usize, &mut [X]) + Sync) {
    let len = items.len().div_ceil(rayon::current_num_threads()).max(least);
    let (own, others) = items.split_at_mut(len.min(items.len()));
    if others.is_empty() {
        return f(0, own);
    }
    // A thread of rayon's pool instead takes waiting items, which others may have no time for.
    let waits_awake = rayon::current_thread_index().is_none();
    let (f, left) = (&f, &AtomicUsize::new(others.len().div_ceil(len)));
    rayon::in_place_scope(|scope| {
        for (i, items) in others.chunks_mut(len).enumerate() {
            scope.spawn(move |_| {
                f((i + 1) * len, items);
                left.fetch_sub(1, Ordering::Release);
            });
        }
        f(0, own);
        let begin = Instant::now();
        while waits_awake && left.load(Ordering::Acquire) > 0 && begin.elapsed() < PATIENCE {
            std::hint::spin_loop();
        }
    });
}

/// Computes the sums over all parts of the derivatives from index `first` on, by halves of the parts.
#[cfg(feature = "rayon")]
fn add_parts<T: Scalar>(parts: &[&[T]], first: usize, sums: &mut [T]) {
    let (first_half, second_half) = parts.split_at(parts.len() / 2);
    if first_half.is_empty() {
        return second_half.iter().for_each(|part| sums.copy_from_slice(&part[first..][..sums.len()]));
    }
    let mut others = [T::zero(); CHUNK];
    let others = &mut others[..sums.len()];
    add_parts(first_half, first, sums);
    add_parts(second_half, first, others);
    sums.iter_mut().zip(others).for_each(|(sum, &mut other)| *sum += other);
}
