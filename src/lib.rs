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
//! | [`Graph`], [`Value`], [`Values`], [`Gradients`] | reverse mode: record a computation, sweep back over it |
//! | [`Dual`], [`Series`] | forward mode: derivatives carried along, those of all orders by one variable |
//! | [`gradient`], [`derivative`], [`jacobian`], [`hessian`], [`taylor`], … | derivatives of functions of one's own |
//! | [`gradcheck`] | is the gradient of a function right? |
//! | [`Scalar`], [`Rule`], [`Plain`] | functions written once for all numbers; functions with a derivative of one's own; other float types |
//! | [`Neuron`], [`Layer`], [`Mlp`] | nets over any [`Scalar`] |
//! | [`Net`], [`net!`], [`Weights`] | nets of one's own |
//! | [`Rows`], [`Values`], [`Operation`] | batches: many numbers at once |
//! | [`Workspace`] | a training step over a batch, in memory that is kept |
//! | [`Activation`], [`Init`], [`Loss`], [`Criterion`] | what neurons do, where training starts, what it makes small |
//! | [`Dataset`], `Csv`, [`Scaler`] | samples, where they come from, and how they are scaled |
//! | [`Trainer`], [`History`], [`Schedule`], [`Plateau`], [`Trail`] | the loop that fits a net to samples |
//! | [`Sgd`], [`Momentum`], [`RmsProp`], [`Adam`], [`Optimizer`], [`Lbfgs`] | what moves parameters |
//! | [`Model`], [`Report`], [`Confusion`], [`Average`], [`accuracy`], … | a net with all that it takes to answer; how good it is |
//! | [`Trace`], [`Traced`], [`Explanation`], [`Drawing`] | the chain rule told, and graphs drawn |
//! | [`Error`] | what can be wrong with inputs |
//!
//! Of the crates that it depends on, [`ndarray`], [`num_traits`] and [`rand`] appear in its API and are re-exported.
//!
//! Features, all off by default: `csv` adds `Csv`; `save` adds `Model::save`, `Model::load`, `save_parameters` and
//! `load_parameters`; `plot` pictures of graphs, nets and trainings, in
//! the module of that name; `progress` a bar while training; `rayon` `ParallelWorkspace` and `Trainer::fit_in_parts`, batches on
//! several threads; `cli` builds the command-line program.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod derivative;
mod dual;
mod error;
mod graph;
mod look;
mod matrix;
mod nn;
mod number;
mod operation;
mod plain;
mod rows;
mod rules;
mod scalar;
mod series;
mod sums;
mod train;
mod vector;

pub use ndarray;
pub use num_traits;
pub use rand;

pub use derivative::{
    derivative, gradcheck, gradient, gradient_of, hessian, hessian_of, hessian_vector_product, jacobian, jacobian_of,
    jacobian_vector_product, taylor, unreached, vector_jacobian_product,
};
pub use dual::Dual;
pub use error::Error;
pub use graph::{Gradients, Graph, Value, Values};
#[cfg(feature = "plot")]
pub use look::plot;
pub use look::{Drawing, Explanation, Factor, Path, Trace, Traced};
#[cfg(feature = "rayon")]
pub use nn::ParallelWorkspace;
pub use nn::{Activation, Criterion, Init, Layer, Loss, Mlp, Net, Neuron, Tensor, Weights, Workspace};
pub use operation::{Backward, Operation};
pub use plain::Plain;
pub use rows::{AsRows, Rows};
pub use rules::Rule;
pub use scalar::Scalar;
pub use series::Series;
#[cfg(feature = "csv")]
pub use train::Csv;
pub use train::{
    Adam, Average, Confusion, Dataset, Epoch, History, Lbfgs, Minimum, Model, Moment, Momentum, Optimizer, Plateau,
    Quality, Report, RmsProp, Scaler, Schedule, Score, Sgd, Stop, Suspicion, SuspiciousCell, Trail, Trainer, accuracy,
    log_loss, mean_absolute_error, r2, roc_auc, roc_auc_ovo, roc_auc_ovr, root_mean_square_error,
};
#[cfg(feature = "save")]
pub use train::{Stored, check_writable, load_parameters, save_parameters};

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
