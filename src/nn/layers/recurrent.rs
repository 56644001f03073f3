//! [`Rnn`], [`Gru`] and [`Lstm`]. Their mathematics, both passes, is in `recurrence.rs`.

use super::recurrence::{Cell, ElmanCell, GatedCell, MemoryCell, Recurrence};
use super::{check_inputs, uniform};
use crate::error::Error;
use crate::matrix::Matrix;
use crate::nn::{Activation, Parameter};
use crate::scalar::Scalar;
use rand::Rng;

/// Defines a recurrent layer: its documentation, name, cell and state; the matrices of a state, and the state from a
/// single matrix with all their columns.
macro_rules! recurrent {
    (
        $(#[$documentation:meta])*
        $Layer:ident, $Cell:ident, $State:ty, parts: |$state:ident| $parts:expr, split: |$matrix:ident, $hidden:ident| $split:expr;
    ) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $Layer<S: Scalar> {
            pub(crate) weight_ih_l0: Parameter<S>,
            pub(crate) weight_hh_l0: Parameter<S>,
            pub(crate) bias_ih_l0: Option<Parameter<S>>,
            pub(crate) bias_hh_l0: Option<Parameter<S>>,
            cell: $Cell,
            pub(crate) is_last_only: bool,
        }

        impl<S: Scalar> $Layer<S> {
            /// Creates a layer with this number of inputs and of hidden units, with random parameters.
            ///
            /// # Panics
            /// If `inputs` or `hidden` is 0.
            #[track_caller]
            pub fn new(inputs: usize, hidden: usize, rng: &mut impl Rng) -> $Layer<S> {
                let layer = $Layer::without_bias(inputs, hidden, rng);
                let mut draw = || Some(Parameter::bias(uniform([1, $Cell::GATES * hidden], hidden, rng)));
                $Layer { bias_ih_l0: draw(), bias_hh_l0: draw(), ..layer }
            }

            /// Creates a layer that has no biases, with random weights.
            ///
            /// # Panics
            /// If `inputs` or `hidden` is 0.
            #[doc(alias = "bias=False")]
            #[track_caller]
            pub fn without_bias(inputs: usize, hidden: usize, rng: &mut impl Rng) -> $Layer<S> {
                assert!(inputs > 0 && hidden > 0, "`inputs` and `hidden` must be positive, got {inputs} and {hidden}");
                let gates = $Cell::GATES * hidden;
                $Layer {
                    weight_ih_l0: Parameter::new(uniform([gates, inputs], hidden, rng)),
                    weight_hh_l0: Parameter::new(uniform([gates, hidden], hidden, rng)),
                    bias_ih_l0: None,
                    bias_hh_l0: None,
                    cell: $Cell::default(),
                    is_last_only: false,
                }
            }

            /// Returns the layer with the hidden state of the last step as its only output.
            pub fn last_only(self) -> $Layer<S> {
                $Layer { is_last_only: true, ..self }
            }

            /// Computes the hidden states of all steps, samples × steps·hidden, and the state after the last step.
            ///
            /// `state` is the state before the first step, zeros for `None`. `lengths` are the numbers of steps of the
            /// samples, all for `None`: after the end of a sequence, the hidden states are 0 and the inputs are ignored,
            /// and the returned state is that of its last step.
            ///
            /// # Errors
            /// [`Error::Shape`] if the inputs do not have whole steps, or if `state` or `lengths` do not have a row or
            /// an element for each sample; [`Error::InvalidArgument`] if a length exceeds the number of steps.
            #[track_caller]
            pub fn forward_sequence(
                &self,
                inputs: &Matrix<S>,
                state: Option<&$State>,
                lengths: Option<&[usize]>,
            ) -> Result<(Matrix<S>, $State), Error> {
                let $hidden = self.weight_hh_l0.values().ncols();
                let mut joined: Option<Matrix<S>> = None;
                if let Some($state) = state {
                    for part in $parts {
                        let ([samples, columns], place) = (part.shape(), || self.name());
                        Error::check_count("rows of the state", inputs.nrows(), samples, place)?;
                        Error::check_count("columns of the state", $hidden, columns, place)?;
                        joined = Some(joined.map_or_else(|| part.clone(), |first| first.hstack(part)));
                    }
                }
                let y = self.run(inputs, joined, lengths)?;
                let end = y.ncols() - $Cell::STATES * $hidden;
                let $matrix = y.columns(end..y.ncols());
                Ok((y.columns(0..end), $split))
            }

            /// Computes a single step: returns the state after it, given that before it.
            ///
            /// # Errors
            /// [`Error::Shape`] if the inputs do not have the columns of one step, or `state` has another shape.
            #[track_caller]
            pub fn step(&self, inputs: &Matrix<S>, state: &$State) -> Result<$State, Error> {
                check_inputs(self.weight_ih_l0.values().ncols(), inputs, || format!("a step of {}", self.name()))?;
                Ok(self.forward_sequence(inputs, Some(state), None)?.1)
            }

            /// Returns the state of zeros before the first step.
            pub fn initial_state(&self, samples: usize) -> $State {
                let $hidden = self.weight_hh_l0.values().ncols();
                let $matrix = Matrix::zeros([samples, $Cell::STATES * $hidden]);
                $split
            }

            fn name(&self) -> String {
                let [inputs, hidden] = [&self.weight_ih_l0, &self.weight_hh_l0].map(|weight| weight.values().ncols());
                format!("{}({inputs}, {hidden})", stringify!($Layer))
            }

            fn run(
                &self,
                inputs: &Matrix<S>,
                state: Option<Matrix<S>>,
                lengths: Option<&[usize]>,
            ) -> Result<Matrix<S>, Error> {
                let weights = [&self.weight_ih_l0, &self.weight_hh_l0].map(Parameter::values);
                let biases = self.bias_ih_l0.as_ref().zip(self.bias_hh_l0.as_ref());
                let biases = biases.map(|(ih, hh)| [ih, hh].map(Parameter::values));
                run(inputs, weights, biases, state, lengths, self.cell, || self.name())
            }
        }

        module! {
            $Layer { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0; cell, is_last_only }
            fn forward_batch(&self, x) {
                let hidden = self.weight_hh_l0.values().ncols();
                let y = self.run(x, None, None)?;
                let end = y.ncols() - $Cell::STATES * hidden;
                Ok(if self.is_last_only { y.columns(end..end + hidden) } else { y.columns(0..end) })
            }
        }
    };
}

recurrent! {
    /// A recurrent layer, `torch.nn.RNN` with one layer and one direction.
    ///
    /// Equation, for each step, with the inputs x and the hidden state h, which is 0 before the first step:
    ///
    /// ```text
    /// h ← tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh)
    /// ```
    ///
    /// Shapes: each row of the inputs is a sequence: its steps one after the other, each with all its features, as in
    /// PyTorch with `batch_first`. Each row of the outputs has the hidden states of all steps, one after the other, or with
    /// [`last_only`](Self::last_only) that of the last step. W_ih is hidden × inputs, W_hh is hidden × hidden.
    ///
    /// With [`relu`](Self::relu), the activation is relu in place of tanh.
    ///
    /// The initial parameters are drawn as in PyTorch, uniformly within ±1/√hidden.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Matrix, Module, Parameters, Rnn};
    ///
    /// let mut rnn = Rnn::<f64>::new(1, 1, &mut SomeRng::seed_from_u64(1));
    /// rnn.set_parameters(&[1.0, -0.5, 0.0, 0.0])?; // the weights of x and h, and two biases
    /// let y = rnn.forward_batch(&Matrix::from([[0.3, 0.7]]))?; // one sequence of two steps
    /// let first = 0.3_f64.tanh();
    /// assert!((y[(0, 0)] - first).abs() < 1e-15 && (y[(0, 1)] - (0.7 - 0.5 * first).tanh()).abs() < 1e-15);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// Truncated backpropagation through time: a long sequence is trained in pieces. Each piece starts with the state
    /// after the one before it, as a constant, so that no derivative flows to earlier pieces.
    ///
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Matrix, Optimizer, Rnn, Sgd, Workspace};
    ///
    /// let mut rnn = Rnn::<f64>::new(1, 2, &mut SomeRng::seed_from_u64(1));
    /// let (mut workspace, mut gradient) = (Workspace::new(), rnn.clone());
    /// let mut state = rnn.initial_state(1);
    /// for piece in [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]] {
    ///     let before = state.clone();
    ///     workspace.value_and_gradient(&rnn, &mut gradient, |rnn, graph| {
    ///         let (y, after) = rnn.forward_sequence(&graph.constants(&piece), Some(&graph.constants(&before)), None)?;
    ///         state = after.data(); // detached: the values without the graph
    ///         Ok(y.powi(2).mean())
    ///     })?;
    ///     Sgd::new(0.1).step(&mut rnn, &gradient)?;
    /// }
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the inputs do not have whole steps.
    ///
    /// # References
    /// [Elman 1990](https://doi.org/10.1207/s15516709cog1402_1)
    #[doc(alias = "RNN")]
    Rnn, ElmanCell, Matrix<S>, parts: |state| [state], split: |matrix, hidden| matrix;
}

impl<S: Scalar> Rnn<S> {
    /// Returns the layer with the activation relu in place of tanh.
    #[doc(alias = "nonlinearity")]
    pub fn relu(self) -> Rnn<S> {
        Rnn { cell: ElmanCell(Activation::Relu), ..self }
    }

    /// Returns the activation.
    #[cfg(feature = "onnx")]
    pub(crate) fn activation(&self) -> Activation {
        self.cell.0
    }
}

recurrent! {
    /// A layer of gated recurrent units, `torch.nn.GRU` with one layer and one direction.
    ///
    /// Equations, for each step, with the inputs x and the hidden state h, which is 0 before the first step:
    ///
    /// ```text
    /// r = σ(x·W_irᵀ + b_ir + h·W_hrᵀ + b_hr)
    /// z = σ(x·W_izᵀ + b_iz + h·W_hzᵀ + b_hz)
    /// n = tanh(x·W_inᵀ + b_in + r·(h·W_hnᵀ + b_hn))
    /// h ← (1 − z)·n + z·h
    /// ```
    ///
    /// Shapes: each row of the inputs is a sequence: its steps one after the other, each with all its features, as in
    /// PyTorch with `batch_first`. Each row of the outputs has the hidden states of all steps, one after the other, or with
    /// [`last_only`](Self::last_only) that of the last step. The parameters of r, z and n are in this order: W_ih is
    /// 3·hidden × inputs, W_hh is 3·hidden × hidden.
    ///
    /// The initial parameters are drawn as in PyTorch, uniformly within ±1/√hidden. [`Rnn`] has an example of truncated
    /// backpropagation through time.
    ///
    /// # Examples
    /// Sequences of two features, of three steps and of one; the second is filled with zeros.
    ///
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Gru, Matrix};
    ///
    /// let gru = Gru::<f64>::new(2, 4, &mut SomeRng::seed_from_u64(1));
    /// let x = Matrix::from([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.7, 0.8, 0.0, 0.0, 0.0, 0.0]]);
    /// let (y, state) = gru.forward_sequence(&x, None, Some(&[3, 1]))?;
    /// assert_eq!((y.shape(), state.shape()), ([2, 3 * 4], [2, 4]));
    /// assert_eq!(y.rows(1..2).columns(4..12), Matrix::zeros([1, 8])); // after the end
    /// assert_eq!(state.rows(1..2), y.rows(1..2).columns(0..4));
    ///
    /// let mut steps = gru.initial_state(2); // the same step by step
    /// for step in 0..3 {
    ///     steps = gru.step(&x.columns(2 * step..2 * step + 2), &steps)?;
    /// }
    /// assert!((steps - state).rows(0..1).norm() < 1e-15);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the inputs do not have whole steps.
    ///
    /// # References
    /// [Cho et al. 2014](https://arxiv.org/abs/1406.1078)
    #[doc(alias = "GRU")]
    Gru, GatedCell, Matrix<S>, parts: |state| [state], split: |matrix, hidden| matrix;
}

recurrent! {
    /// A layer of long short-term memory, `torch.nn.LSTM` with one layer and one direction.
    ///
    /// Equations, for each step, with the inputs x, the hidden state h and the cell state c, which are 0 before the first
    /// step:
    ///
    /// ```text
    /// i = σ(x·W_iiᵀ + b_ii + h·W_hiᵀ + b_hi)        f = σ(x·W_ifᵀ + b_if + h·W_hfᵀ + b_hf)
    /// g = tanh(x·W_igᵀ + b_ig + h·W_hgᵀ + b_hg)     o = σ(x·W_ioᵀ + b_io + h·W_hoᵀ + b_ho)
    /// c ← f·c + i·g                                 h ← o·tanh(c)
    /// ```
    ///
    /// Shapes: each row of the inputs is a sequence: its steps one after the other, each with all its features, as in
    /// PyTorch with `batch_first`. Each row of the outputs has the hidden states of all steps, one after the other, or with
    /// [`last_only`](Self::last_only) that of the last step. The parameters of i, f, g and o are in this order: W_ih is
    /// 4·hidden × inputs, W_hh is 4·hidden × hidden. A state is `[h, c]`, each samples × hidden.
    ///
    /// The initial parameters are drawn as in PyTorch, uniformly within ±1/√hidden. [`Rnn`] has an example of truncated
    /// backpropagation through time.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Linear, Lstm, Matrix, Module};
    ///
    /// let mut rng = SomeRng::seed_from_u64(1);
    /// let x = Matrix::from([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]); // three steps of two features
    /// let lstm = Lstm::<f64>::new(2, 4, &mut rng);
    /// let (y, [h, c]) = lstm.forward_sequence(&x, None, None)?;
    /// assert_eq!((y.shape(), h.shape(), c.shape()), ([1, 3 * 4], [1, 4], [1, 4]));
    /// assert_eq!(h, y.columns(8..12));
    ///
    /// let net = (lstm.last_only(), Linear::new(4, 1, &mut rng));
    /// assert_eq!(net.forward_batch(&x)?, net.1.forward_batch(&h)?);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the inputs do not have whole steps.
    ///
    /// # References
    /// [Hochreiter and Schmidhuber 1997](https://doi.org/10.1162/neco.1997.9.8.1735), [Gers et al.
    /// 2000](https://doi.org/10.1162/089976600300015015)
    #[doc(alias = "LSTM")]
    Lstm, MemoryCell, [Matrix<S>; 2], parts: |state| state,
        split: |matrix, hidden| [matrix.columns(0..hidden), matrix.columns(hidden..2 * hidden)];
}

/// Computes all steps; the result is that of [`Recurrence`].
#[track_caller]
fn run<S: Scalar, C: Cell>(
    x: &Matrix<S>,
    [input_weight, hidden_weight]: [&Matrix<S>; 2],
    biases: Option<[&Matrix<S>; 2]>,
    mut state: Option<Matrix<S>>,
    lengths: Option<&[usize]>,
    cell: C,
    layer: impl Fn() -> String,
) -> Result<Matrix<S>, Error> {
    let ([samples, columns], [gates, features]) = (x.shape(), input_weight.shape());
    let (steps, hidden) = (columns / features, hidden_weight.ncols());
    check_inputs(steps.max(1) * features, x, &layer)?;
    if let Some(lengths) = lengths {
        Error::check_count("lengths", samples, lengths.len(), &layer)?;
        if let Some(length) = lengths.iter().find(|&&length| length > steps) {
            let requirement = format!("be at most the {steps} steps of the inputs of {}", layer());
            return Err(Error::invalid_argument("lengths", requirement, length));
        }
    }
    // The products of all steps with the inputs at once
    let products = x.reshape([samples * steps, features]).matmul_t(input_weight);
    let own = gates - hidden; // in a GRU, the gates without the candidate
    if C::HAS_BIAS {
        let candidate = biases.map_or_else(|| Matrix::zeros([1, hidden]), |[_, bias]| bias.columns(own..gates));
        state = Some(state.map_or_else(|| candidate.clone(), |state| state.vstack(&candidate)));
    }
    let inputs = match biases {
        None => products,
        Some([input_bias, hidden_bias]) if C::HAS_BIAS => {
            let bias = (input_bias + hidden_bias).columns(0..own);
            products + bias.hstack(&input_bias.columns(own..gates))
        }
        Some([input_bias, hidden_bias]) => products + (input_bias + hidden_bias),
    };
    let inputs = inputs.reshape([samples, steps * gates]);
    let state = state.unwrap_or_else(|| Matrix::zeros([0, hidden])); // without a row, it is 0
    Ok(Matrix::compute([&inputs, hidden_weight, &state], Recurrence { steps, lengths, cell }))
}
