//! Backpropagation to read and to use: automatic derivatives of scalar computations, and small neural networks on top.
//!
//! # A first derivative
//! Put numbers on a [`Graph`], compute with them, and ask for all derivatives at once:
//!
//! ```
//! use backprop::Graph;
//!
//! let graph = Graph::new();
//! let (a, b) = (graph.value(2.0_f64), graph.value(3.0));
//! let c = (a * b).sin() + a.powi(2);
//! let gradients = c.backward();
//! assert_eq!(gradients[a], 3.0 * 6.0_f64.cos() + 4.0); // b·cos(ab) + 2a
//! assert_eq!(gradients[b], 2.0 * 6.0_f64.cos()); //        a·cos(ab)
//! ```
//!
//! # A first net
//! Two inputs, two hidden neurons, one output: it learns "exclusive or", which no single neuron can.
//!
//! ```
//! use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
//! use backprop::{Activation, Graph, Loss, Mlp, Optimizer, Sgd, Value};
//!
//! let samples = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)];
//! let mut rng = SomeRng::seed_from_u64(1);
//! let mut net = Mlp::<f64>::new(2, [(4, Activation::Tanh), (1, Activation::Sigmoid)], &mut rng)?;
//! let mut graph = Graph::new();
//! for _ in 0..2000 {
//!     for (inputs, target) in samples {
//!         graph.clear();
//!         let on_graph = net.attach(&graph);
//!         let outputs = on_graph.forward(&inputs.map(Value::constant))?;
//!         let loss = Loss::MeanSquaredError.evaluate(&outputs, &[Value::constant(target)])?;
//!         Sgd::new(0.5).step(&mut net, &on_graph.gradient(&loss.backward()))?;
//!     }
//! }
//! for (inputs, target) in samples {
//!     assert!((net.forward(&inputs)?[0] - target).abs() < 0.2);
//! }
//! # Ok::<(), backprop::Error>(())
//! ```
//!
//! # What is where
//! | | |
//! | --- | --- |
//! | [`Graph`], [`Value`], [`Gradients`] | reverse mode: record a computation, sweep back over it |
//! | [`Dual`], [`TaylorSeries`] | forward mode: derivatives carried along, those of all orders by one variable |
//! | [`gradient`], [`derivative`], [`jacobian`], [`hessian`], [`taylor`], … ([`forward`]) | derivatives of functions of few variables |
//! | [`reverse::gradient`], [`reverse::jacobian`], [`reverse::hessian`], … ([`reverse`]) | derivatives of functions of many variables |
//! | [`gradcheck`] | compares a gradient with difference quotients |
//! | [`Scalar`], [`UnaryFunction`], [`FloatWrapper`] | functions written once for all numbers; functions with a derivative of one's own; other float types |
//! | [`Neuron`], [`Layer`], [`Mlp`] | nets over any [`Scalar`] |
//! | [`Module`], [`module!`], [`Parameters`], [`Parameter`] | custom networks |
//! | [`Matrix`], [`Operation`] | batches: many values as rows and columns |
//! | [`Workspace`] | a training step over a batch, in memory that is kept |
//! | [`Activation`], [`Init`], [`Loss`], [`WeightedLoss`] | what neurons do, where training starts, what it makes small |
//! | [`Dataset`], `Csv`, [`Scaler`] | samples, where they come from, and how they are scaled |
//! | [`Trainer`], [`History`], [`Schedule`], [`Plateau`], [`Trajectory`] | the loop that fits a net to samples |
//! | [`Sgd`], [`Momentum`], [`RmsProp`], [`Adam`], [`AdamW`], [`Optimizer`], [`Lbfgs`] | what moves parameters |
//! | [`Model`], [`Report`], [`ConfusionMatrix`], [`Average`], [`accuracy`], … | a net with all that it takes to answer; how good it is |
//! | [`Trace`], [`TracedValue`], [`Explanation`], [`GraphDrawing`](trace::GraphDrawing) | the chain rule told, and graphs drawn |
//! | [`Error`] | what can be wrong with inputs |
//!
//! Of the crates that it depends on, [`ndarray`], [`num_traits`] and [`rand`] appear in its API and are re-exported.
//!
//! Features, all off by default: `csv` adds `Csv`; `save` adds `Model::save`, `Model::load`, `save_parameters` and
//! `load_parameters`; `plot` pictures of graphs, nets and trainings, in
//! the module of that name; `progress` a bar while training; `rayon` `ParallelWorkspace` and `Trainer::fit_parallel`, batches on
//! several threads; `cli` builds the command-line program.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod data;
mod error;
pub mod forward;
mod graph;
mod kernels;
mod matrix;
mod model;
mod nn;
#[cfg(feature = "plot")]
pub mod plot;
mod scalar;
mod text;
pub mod trace;
mod train;

pub use ndarray;
pub use num_traits;
pub use rand;

#[cfg(feature = "csv")]
pub use data::Csv;
#[cfg(feature = "save")]
pub use data::check_writable;
pub use data::{
    Average, ConfusionMatrix, Dataset, Outlier, Scaler, SuspiciousCell, accuracy, log_loss, mean_absolute_error,
    r2_score, roc_auc, roc_auc_ovo, roc_auc_ovr, root_mean_squared_error,
};
pub use error::{CsvErrorKind, Error, IoError};
#[doc(inline)]
pub use forward::{Dual, TaylorSeries, derivative, gradient, hessian, jacobian, jacobian_vector_product, taylor};
pub use graph::{Gradients, Graph, Value, gradcheck, reverse};
pub use matrix::{AsMatrix, BackwardContext, Matrix, Operation};
pub use model::{Metrics, Model, Report};
#[cfg(feature = "save")]
pub use model::{Stored, load_parameters, save_parameters};
#[cfg(feature = "rayon")]
pub use nn::ParallelWorkspace;
pub use nn::{
    Activation, Init, Layer, Loss, Mlp, Module, Neuron, Objective, Parameter, ParameterInfo, Parameters, WeightedLoss,
    Workspace,
};
#[doc(inline)]
pub use reverse::{hessian_vector_product, unused_inputs, vector_jacobian_product};
pub use scalar::{FloatWrapper, Scalar, UnaryFunction};
pub use trace::{Explanation, Trace, TracedValue};
pub use train::{
    Adam, AdamW, Epoch, History, Lbfgs, Momentum, OptimizeResult, Optimizer, Plateau, RmsProp, Schedule, Score, Sgd,
    Snapshot, StopReason, Trainer, Trajectory,
};

#[cfg(all(doctest, feature = "csv", feature = "plot", feature = "save"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(all(doctest, feature = "csv", feature = "plot", feature = "save"))]
#[doc = include_str!("../docs/looking.md")]
struct Looking;

/// The course: a test for each block of code.
#[cfg(all(doctest, feature = "csv", feature = "plot", feature = "save"))]
mod tutorial {
    macro_rules! chapters {
        ($($name:ident: $file:literal;)*) => {
            $(
                #[doc = include_str!(concat!("../docs/tutorial/", $file))]
                struct $name;
            )*
        };
    }
    chapters! {
        Neuron: "01-neuron.md";
        Network: "02-network.md";
        Data: "03-data.md";
        Line: "04-line.md";
        Loss: "05-loss.md";
        Partials: "06-partials.md";
        Graph: "07-graph.md";
        Training: "08-training.md";
        Predicting: "09-predicting.md";
        Next: "10-next.md";
    }
}
