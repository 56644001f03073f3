//! Automatic differentiation and small neural networks.
//!
//! # Derivatives
//! A [`Graph`] records the operations on its variables. A backward pass over it returns the derivatives of a result
//! with respect to all variables:
//!
//! ```
//! use backprop::Graph;
//!
//! let graph = Graph::new();
//! let [a, b] = graph.variables([2.0_f64, 3.0]);
//! let c = (a * b).sin() + a.powi(2);
//! let gradients = c.backward();
//! assert_eq!(gradients[a], 3.0 * 6.0_f64.cos() + 4.0); // b·cos(ab) + 2a
//! assert_eq!(gradients[b], 2.0 * 6.0_f64.cos()); //        a·cos(ab)
//! ```
//!
//! [`gradient`], [`jacobian`] and [`hessian`] differentiate a function in one call.
//!
//! # A network
//! A multilayer perceptron learns "exclusive or": the target is 1 if exactly one of the two inputs is 1.
//!
//! ```
//! use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
//! use backprop::{Activation, Adam, Dataset, Loss, Mlp, Scalar, Trainer};
//!
//! let data = Dataset::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]])?;
//! let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
//! // Two inputs, a hidden layer of four neurons, one output
//! let mut network = Mlp::<f64>::new(2, [(4, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
//! Trainer::new(Loss::BinaryCrossEntropyWithLogits, Adam::new(0.05)).epochs(500).fit(&mut network, &data)?;
//!
//! let logit = network.forward(&[0.0, 1.0])?[0];
//! assert!(logit.sigmoid() > 0.9); // the predicted probability of the target 1
//! # Ok::<(), backprop::Error>(())
//! ```
//!
//! # A batch
//! A [`Matrix`] has a sample in each row. Operations on matrices are recorded as a whole, not element by element:
//!
//! ```
//! use backprop::Graph;
//!
//! let graph = Graph::new();
//! let (x, t) = (graph.constants(&[[1.0, 2.0], [3.0, 4.0]]), graph.constants(&[[1.0], [0.0]])); // inputs and targets
//! let (w, b) = (graph.matrix(&[[0.0], [0.0]]), graph.matrix(&[0.0])); // parameters
//! let y = (x.matmul(&w) + &b).sigmoid(); // the bias is broadcast to all rows
//! let loss = (&y - &t).powi(2).mean();
//! assert_eq!(loss.data(), 0.25);
//! let gradients = loss.backward();
//! assert_eq!(gradients.of(&w), [0.25, 0.25]);
//! assert_eq!(gradients.of(&b), [0.0]);
//! ```
//!
//! # One function at many points
//! A [`Program`] is a function that is recorded once and then computed at many points, sixteen or so at a time, with its
//! derivatives. The points share the parameters; each row of the table has the columns of one point.
//!
//! ```
//! use backprop::{LevenbergMarquardt, Program};
//!
//! // The residual of an exponential decay, of 2 parameters and 2 columns: time and measurement
//! let program = Program::record(2, 2, |p, row| p[0] * (-p[1] * row[0]).exp() - row[1])?;
//! let rows = [[0.0, 2.01], [1.0, 1.20], [2.0, 0.75], [3.0, 0.44], [4.0, 0.28]];
//! let (residuals, jacobian) = program.values_and_jacobian(&[2.0, 0.5], &rows)?;
//! assert_eq!((residuals.len(), jacobian.dim()), (5, (5, 2)));
//!
//! let mut parameters = [1.0_f64, 1.0];
//! let fit = LevenbergMarquardt::new().fit(&program, &mut parameters, &rows)?;
//! assert!(fit.converged && (parameters[0] - 2.005).abs() < 1e-3 && (parameters[1] - 0.500).abs() < 1e-3);
//! # Ok::<(), backprop::Error>(())
//! ```
//!
//! # Overview
//! | Derivatives | |
//! | --- | --- |
//! | [`Graph`], [`Value`], [`Gradients`] | reverse mode: the computation graph, its nodes, the result of a backward pass |
//! | [`Dual`], [`TaylorSeries`] | forward mode: dual numbers; truncated Taylor series for higher orders |
//! | [`gradient`], [`derivative`], [`jacobian`], [`hessian`], [`taylor`], … | derivatives of functions of few variables, in [`forward`] mode |
//! | [`reverse::gradient`], [`reverse::jacobian`], [`reverse::hessian`], … | derivatives of functions of many variables, in [`reverse`] mode |
//! | [`Program`], [`RecordedValue`], [`RecordedOutputs`] | a function recorded once and computed at many points; the values and results of its function |
//! | [`gradcheck`] | checks a gradient against finite differences |
//! | [`Scalar`], [`UnaryFunction`], [`FloatWrapper`] | generic scalars; custom functions with derivatives; other float types |
//! | [`Matrix`], [`Operation`] | batches; custom operations with a backward pass |
//!
//! | Networks | |
//! | --- | --- |
//! | [`Mlp`], [`Layer`], [`Neuron`] | multilayer perceptrons and their parts |
//! | [`Module`], [`module!`], [`Parameters`], [`Parameter`] | custom networks |
//! | [`Linear`], [`Embedding`], [`Dropout`] | layers as modules, with PyTorch's names and defaults; tuples of them are sequences |
//! | [`Conv2d`], [`Conv1d`], [`MaxPool2d`], [`AvgPool2d`], [`MaxPool1d`], [`AvgPool1d`], [`Flatten`] | convolutions and pooling, over images and sequences |
//! | [`LayerNorm`], [`RmsNorm`], [`BatchNorm`] | normalization |
//! | [`Rnn`], [`Gru`], [`Lstm`], [`MultiheadAttention`] | recurrent layers and attention, over sequences |
//! | [`Mode`], [`Buffer`] | training mode; values that are saved but not trained |
//! | [`Activation`], [`Init`] | activation functions; initializers |
//! | [`Loss`], [`WeightedLoss`], [`Objective`] | loss functions; sample and class weights; custom losses |
//!
//! | Training | |
//! | --- | --- |
//! | [`Trainer`], [`History`], [`Trajectory`] | the training loop; losses by epoch; parameters and gradients over time |
//! | [`Sgd`], [`Momentum`], [`AdaGrad`], [`RmsProp`], [`Adam`], [`AdamW`], [`Nadam`], [`Lion`], [`Lbfgs`], [`Optimizer`] | optimizers |
//! | [`ParameterGroups`] | learning rates and weight decays by the names of parameters; frozen parameters |
//! | [`LevenbergMarquardt`], [`LeastSquaresResult`], [`RobustLoss`] | nonlinear least squares: fits with standard errors, bounds and robust losses |
//! | [`ExponentialMovingAverage`] | the average of a network's parameters over the steps of a training |
//! | [`Schedule`], [`Plateau`] | learning-rate schedules |
//! | [`TrainState`] | training steps of a network with any loss, for custom training loops |
//! | [`Workspace`] | losses and gradients in reused memory |
//!
//! | Data and models | |
//! | --- | --- |
//! | [`Dataset`], [`Batches`], [`Scaler`], `Csv` | samples, and their batches for custom training loops; scaling of inputs and targets; CSV files |
//! | `Encoder` | the columns of a table as inputs and targets: categories, dates, missing cells |
//! | [`Model`] | a network with its loss, scaling and class names: predictions, files, export as ONNX and as Rust source |
//! | [`Report`], [`Metrics`], [`ConfusionMatrix`], [`accuracy`], [`roc_auc`], … | evaluation |
//! | [`Importance`], [`Contributions`] | the columns that a model uses; the contribution of each to a prediction |
//!
//! | Explanations and errors | |
//! | --- | --- |
//! | [`Trace`], [`TracedValue`], [`Explanation`], [`GraphDrawing`](trace::GraphDrawing) | the chain rule step by step; drawings of computation graphs |
//! | `plot` | pictures of graphs, networks, losses and decision boundaries |
//! | [`Error`] | the errors of this crate |
//!
//! The API uses types of [`ndarray`], [`num_traits`] and [`rand`], which are re-exported.
//!
//! # Features
//! All are off by default.
//!
//! | Feature | adds |
//! | --- | --- |
//! | `csv` | `Csv`: datasets from CSV files |
//! | `tables` | `Encoder`: tables with texts, dates and missing cells as inputs, also from compressed files and in other encodings than UTF-8; includes `csv` and `serde` |
//! | `save` | `Model::save` and `Model::load`; `save_parameters` and `load_parameters` |
//! | `onnx` | `Model::to_onnx`, `Model::save_onnx`, `Mlp::to_onnx` and `ToOnnx`: networks for onnxruntime and other programs; includes `save` |
//! | `plot` | the module `plot` |
//! | `precompiled` | the common networks, programs and pictures are compiled with the library, which shortens the development builds of programs |
//! | `progress` | a progress bar during training |
//! | `rayon` | training on several threads: `Trainer::fit_parallel`, `ParallelWorkspace`; programs on several threads: `Program::parallel` |
//! | `serde` | `Serialize` and `Deserialize` for [`Program`], [`History`], [`OptimizeResult`], [`Activation`], [`Loss`], [`Init`] and other settings |
//! | `cli` | the command-line program; includes `onnx`, `plot`, `progress`, `save` and `tables` |

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
#[cfg(feature = "precompiled")]
#[doc(hidden)]
pub mod precompiled;
mod program;
mod scalar;
mod text;
pub mod trace;
mod train;

pub use ndarray;
pub use num_traits;
pub use rand;

pub use data::{
    Average, Batches, ConfusionMatrix, Dataset, Outlier, Scaler, SuspiciousCell, accuracy, log_loss,
    mean_absolute_error, r2_score, roc_auc, roc_auc_ovo, roc_auc_ovr, root_mean_squared_error,
};
#[cfg(feature = "tables")]
pub use data::{
    CellWarning, CellWarningKind, ColumnInfo, Encoder, EncoderOptions, LeftOutReason, Scaling, TargetLeak,
    TargetLeakKind,
};
#[cfg(feature = "csv")]
pub use data::{Csv, CsvFormat, CsvOptions, DecimalMark};
#[cfg(feature = "save")]
pub use data::{Stored, check_writable};
pub use error::{CsvErrorKind, Error, IoError};
#[doc(inline)]
pub use forward::{Dual, TaylorSeries, derivative, gradient, hessian, jacobian, jacobian_vector_product, taylor};
pub use graph::{Gradients, Graph, Value, gradcheck, reverse};
#[doc(hidden)] // operands of `Scalar::add_product`, which `benches/peers` compares with other crates
pub use kernels::slices::{MatrixView, MatrixViewMut};
#[doc(hidden)]
pub use matrix::Source;
pub use matrix::{AsMatrix, BackwardContext, Matrix, Operation};
pub use model::{Contribution, Contributions, Importance, Metrics, Model, Report};
#[cfg(feature = "onnx")]
pub use model::{OnnxGraph, ToOnnx};
#[cfg(feature = "save")]
pub use model::{
    UnmatchedTensors, load_matching_parameters, load_parameters, load_parameters_from_bytes, parameters_to_bytes,
    save_parameters,
};
#[cfg(feature = "rayon")]
pub use nn::ParallelWorkspace;
pub use nn::{
    Activation, AvgPool1d, AvgPool2d, BatchNorm, Buffer, Conv1d, Conv2d, Dropout, Embedding, Flatten, Gru, Init, Layer,
    LayerNorm, Linear, Loss, Lstm, MaxPool1d, MaxPool2d, Mlp, Mode, Module, MultiheadAttention, Neuron, Objective,
    Parameter, ParameterInfo, Parameters, RmsNorm, Rnn, WeightedLoss, Workspace,
};
pub use program::{LaneFloat, Program, RecordedOutputs, RecordedValue};
#[doc(inline)]
pub use reverse::{hessian_vector_product, unused_inputs, vector_jacobian_product};
pub use scalar::{FloatWrapper, Scalar, UnaryFunction};
pub use trace::{Explanation, Trace, TracedValue};
pub use train::{
    AdaGrad, Adam, AdamW, CustomSchedule, Epoch, ExponentialMovingAverage, History, Lbfgs, LeastSquaresResult,
    LevenbergMarquardt, Lion, Momentum, Nadam, OptimizeResult, Optimizer, OptimizerState, ParameterGroups, Plateau,
    RmsProp, RobustLoss, Schedule, Score, Sgd, Snapshot, StopReason, Termination, TrainState, Trainer, Trajectory,
};

#[cfg(all(doctest, feature = "csv", feature = "plot", feature = "save"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(all(doctest, feature = "csv", feature = "plot", feature = "save"))]
#[doc = include_str!("../docs/looking.md")]
struct Looking;

#[cfg(all(doctest, feature = "save", feature = "serde"))] // `save` has serde_json
#[doc = include_str!("../docs/programs.md")]
struct Programs;

#[cfg(all(doctest, feature = "save"))]
#[doc = include_str!("../docs/custom-networks.md")]
struct CustomNetworks;

/// The course: a test for each block of code.
#[cfg(all(doctest, feature = "csv"))]
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
        Layers: "11-layers.md";
        CheatSheet: "cheat-sheet.md";
        Glossary: "glossary.md";
    }
}
