//! [`Trace`]: a record of operations by name; [`TracedValue`], a number on it.

use super::node::{Node, Operation};
use crate::error::Error;
use crate::nn::biases;
use crate::nn::{Activation, Layer, Mlp};
use crate::scalar::Scalar;
use crate::scalar::number::float::{float, scalar_functions};
use crate::scalar::number::operators::{fold, negation, operator};
use crate::scalar::rules::{self, UnaryFunction};
use ndarray::Array2;
use std::cell::RefCell;
use std::fmt;

/// A record of what was computed from what, kept to be looked at: every operation with its name, its operands, its value and
/// its local derivatives.
///
/// A [`Graph`](crate::Graph) keeps only what the sweep needs, which is why it is fast. What is generic over [`Scalar`], a net
/// or a function of one's own, computes on a trace as it does on a graph, and can be explained and drawn afterwards:
///
/// ```
/// use backprop::Trace;
///
/// let trace = Trace::new();
/// let (a, b) = (trace.variable("a", 2.0_f64), trace.variable("b", 3.0));
/// let c = (a * b).named("c");
/// let l = (c - 1.0).powi(2).named("L");
/// assert_eq!(
///     l.explain(a).to_string(),
///     "dL/da = dL/dc · dc/da = 10 · 3 = 30\n\
///      \u{20} dL/dc = 2·(c − 1) = 10\n\
///      \u{20} dc/da = b = 3\n"
/// );
/// ```
pub struct Trace<T> {
    pub(super) nodes: RefCell<Vec<Node<T>>>,
    nets: RefCell<Vec<Passed>>,
}

/// A net that samples went through.
struct Passed {
    /// Inputs, outputs and activation of each layer.
    shape: Vec<(usize, usize, Activation)>,
    /// Where its parameters begin on the trace.
    first: usize,
    /// How many samples.
    samples: usize,
}

impl<T> fmt::Debug for Trace<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("len", &self.nodes.borrow().len()).finish_non_exhaustive()
    }
}

impl<T: Scalar> Default for Trace<T> {
    fn default() -> Trace<T> {
        Trace::new()
    }
}

impl<T: Scalar> Trace<T> {
    /// An empty record.
    pub fn new() -> Trace<T> {
        Trace { nodes: RefCell::default(), nets: RefCell::default() }
    }

    /// A number that things are computed from, with its name.
    pub fn variable(&self, name: impl ToString, data: T) -> TracedValue<'_, T> {
        self.push(Operation::Variable, Vec::new(), data).named(name)
    }

    /// The outputs of a net for one sample, every part of it named as on a board: weights w1, w2, …, biases b1, b2, …, the
    /// sums and the outputs of hidden neurons sum_h1, h1, …, those of the last layer sum_o1, o1, …; each in the order of
    /// [`Mlp::parameters`].
    ///
    /// ```
    /// use backprop::{Activation, Layer, Mlp, Neuron, Trace};
    ///
    /// let neuron = Neuron::new([1.0, 1.0], 0.0, Activation::Sigmoid);
    /// let hidden = Layer::from_neurons([neuron.clone(), neuron.clone()])?;
    /// let net = Mlp::from_layers([hidden, Layer::from_neurons([neuron])?])?; // the lecture's
    ///
    /// let trace = Trace::new();
    /// let inputs = [trace.variable("x1", -2.0), trace.variable("x2", -1.0)];
    /// let o1 = trace.forward(&net, &inputs)?[0];
    /// let l = (trace.variable("y", 1.0) - o1).powi(2).named("L");
    /// let explanation = l.explain(trace.find("w1").unwrap());
    /// assert_eq!(
    ///     explanation.to_string(),
    ///     "dL/dw1 = dL/do1 · do1/dh1 · dh1/dw1 = −0.9526 · 0.2494 · −0.0904 = 0.0215\n\
    ///      \u{20} dL/do1 = −2·(y − o1) = −0.9526\n\
    ///      \u{20} do1/dh1 = w5·σ′(sum_o1) = 0.2494\n\
    ///      \u{20} dh1/dw1 = x1·σ′(sum_h1) = −0.0904\n"
    /// );
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// Several samples may go through a net, as for a loss that is their sum: its parameters stand on the trace once, so that
    /// derivatives by them are those of the sum. The second sample's neurons are called h1_2, o1_2 and so on, the third's h1_3,
    /// o1_3. A net is known again by its shape and the values of its parameters.
    ///
    /// ```
    /// # use backprop::{Activation, Layer, Mlp, Neuron, Trace};
    /// let double = Neuron::new([2.0], 0.0, Activation::Identity);
    /// let net = Mlp::from_layers([Layer::from_neurons([double])?])?;
    /// let trace = Trace::new();
    /// let (x, y) = (trace.variable("x", 3.0), trace.variable("y", 5.0));
    /// let sum = (trace.forward(&net, &[x])?[0] + trace.forward(&net, &[y])?[0]).named("sum");
    /// assert_eq!(
    ///     sum.explain(trace.find("w1").unwrap()).to_string(),
    ///     "dsum/dw1, by 2 paths:\n\
    ///      \u{20} dsum/do1 · do1/dw1 = 1 · 3 = 3\n\
    ///      \u{20} dsum/do1_2 · do1_2/dw1 = 1 · 5 = 5\n\
    ///      in all 8\n\
    ///      \u{20} dsum/do1 = 1\n\
    ///      \u{20} do1/dw1 = x = 3\n\
    ///      \u{20} dsum/do1_2 = 1\n\
    ///      \u{20} do1_2/dw1 = y = 5\n"
    /// );
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] when there are not as many inputs as the net takes.
    pub fn forward<'t>(
        &'t self,
        net: &Mlp<T>,
        inputs: &[TracedValue<'t, T>],
    ) -> Result<Vec<TracedValue<'t, T>>, Error> {
        Error::check_count("inputs", net.inputs(), inputs.len(), || "layer 1".into())?;
        let (parameters, sample) = self.parameters_of(net);
        let layers = net.with_parameters(&parameters)?.layers();
        let mut outputs = inputs.to_vec();
        for (layer, names) in layers.iter().zip(neuron_names(layers.iter().map(Layer::outputs))) {
            outputs = layer.forward(&outputs)?;
            for (output, name) in outputs.iter().zip(names) {
                let name = if sample == 1 { name } else { format!("{name}_{sample}") };
                let sum = self.nodes.borrow()[output.node].parents[0].0;
                self.nodes.borrow_mut()[sum].name = Some(format!("sum_{name}"));
                output.named(name);
            }
        }
        Ok(outputs)
    }

    /// The parameters of a net, put on the trace if they are not there yet, and the number of the sample that is to go through.
    fn parameters_of(&self, net: &Mlp<T>) -> (Vec<TracedValue<'_, T>>, usize) {
        let (mut nets, own) = (self.nets.borrow_mut(), net.parameters());
        let shape: Vec<_> =
            net.layers().iter().map(|layer| (layer.inputs(), layer.outputs(), layer.activation())).collect();
        let at =
            |first: usize| own.iter().zip(first..).map(|(&data, node)| TracedValue { trace: Some(self), data, node });
        let is_own =
            |net: &Passed| net.shape == shape && at(net.first).all(|p| self.nodes.borrow()[p.node].data == p.data);
        if let Some(known) = nets.iter_mut().find(|net| is_own(net)) {
            known.samples += 1;
            return (at(known.first).collect(), known.samples);
        }
        nets.push(Passed { shape, first: self.len(), samples: 1 });
        let names = parameter_names(biases(net));
        (names.zip(own).map(|(name, parameter)| self.variable(name, parameter)).collect(), 1)
    }

    /// What [`forward`](Self::forward) calls the parameters of a net, in their order.
    ///
    /// ```
    /// use backprop::{Activation, Mlp, Trace};
    /// # use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    ///
    /// # let mut rng = SomeRng::seed_from_u64(1);
    /// let net = Mlp::<f64>::new(1, [(2, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
    /// assert_eq!(Trace::parameter_names(&net), ["w1", "b1", "w2", "b2", "w3", "w4", "b3"]);
    /// assert_eq!(Trace::neuron_names(&net), [vec!["h1", "h2"], vec!["o1"]]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    pub fn parameter_names(net: &Mlp<T>) -> Vec<String> {
        parameter_names(biases(net)).collect()
    }

    /// What it calls the neurons, layer by layer.
    pub fn neuron_names(net: &Mlp<T>) -> Vec<Vec<String>> {
        neuron_names(net.layers().iter().map(Layer::outputs))
    }

    /// What has this name; the last, if there are several.
    pub fn find(&self, name: &str) -> Option<TracedValue<'_, T>> {
        let nodes = self.nodes.borrow();
        let node = nodes.iter().rposition(|node| node.name.as_deref() == Some(name))?;
        Some(TracedValue { trace: Some(self), data: nodes[node].data, node })
    }

    /// How many numbers there are: variables, constants and results.
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn push(&self, operation: Operation, parents: Vec<(usize, T)>, data: T) -> TracedValue<'_, T> {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { operation, parents, data, name: None, is_stop: false });
        TracedValue { trace: Some(self), data, node: nodes.len() - 1 }
    }

    /// The derivatives of a number by all before it, by index.
    pub(super) fn adjoints(&self, output: usize) -> Vec<T> {
        let nodes = self.nodes.borrow();
        let mut adjoints = vec![T::zero(); nodes.len()];
        adjoints[output] = T::one();
        for (index, node) in nodes.iter().enumerate().take(output + 1).rev() {
            let upstream = adjoints[index];
            for &(parent, derivative) in &node.parents {
                adjoints[parent] += upstream.strong_mul(derivative);
            }
        }
        adjoints
    }
}

/// What parameters are called as on a board, in their order: weights w1, w2, …, biases b1, b2, …
pub(crate) fn parameter_names(is_bias: impl IntoIterator<Item = bool>) -> impl Iterator<Item = String> {
    let mut counts = [0, 0];
    is_bias.into_iter().map(move |is_bias| {
        counts[is_bias as usize] += 1;
        format!("{}{}", ["w", "b"][is_bias as usize], counts[is_bias as usize])
    })
}

/// What the neurons of layers are called that have so many: h1, h2, … through all hidden ones, o1, o2, … in the last.
pub(crate) fn neuron_names(layers: impl ExactSizeIterator<Item = usize>) -> Vec<Vec<String>> {
    let (last, mut hidden) = (layers.len().saturating_sub(1), 0);
    layers
        .enumerate()
        .map(|(layer, neurons)| {
            let (letter, from) = if layer == last { ("o", 0) } else { ("h", hidden) };
            hidden += neurons;
            (from + 1..=from + neurons).map(|number| format!("{letter}{number}")).collect()
        })
        .collect()
}

/// A number on a [`Trace`]: a handle, copied freely, that computes as a float does.
#[derive(Clone, Copy)]
pub struct TracedValue<'t, T> {
    /// Of constants that nothing has been done with, none.
    pub(super) trace: Option<&'t Trace<T>>,
    data: T,
    pub(super) node: usize,
}

impl<'t, T: Scalar> TracedValue<'t, T> {
    /// A number on no trace.
    pub fn constant(data: T) -> Self {
        TracedValue { trace: None, data, node: 0 }
    }

    /// The number.
    pub fn data(self) -> T {
        self.data
    }

    /// Gives it a name, by which explanations and drawings call it, and at which the chain rule stops. A constant has none.
    pub fn named(self, name: impl ToString) -> Self {
        if let Some(trace) = self.trace {
            let node = &mut trace.nodes.borrow_mut()[self.node];
            (node.name, node.is_stop) = (Some(name.to_string()), true);
        }
        self
    }

    /// The derivative of this by another number; 0 where it does not depend on it.
    pub fn derivative(self, by: Self) -> T {
        match (self.trace, by.trace) {
            (Some(trace), Some(_)) => trace.adjoints(self.node)[by.node],
            _ => T::zero(),
        }
    }

    /// The trace.
    #[track_caller]
    pub(super) fn trace(self) -> &'t Trace<T> {
        self.trace.expect("a constant is computed from nothing")
    }

    /// Where it stands on the trace; a constant comes to stand there.
    fn on(self, trace: &Trace<T>) -> usize {
        match self.trace {
            Some(own) => {
                assert!(std::ptr::eq(own, trace), "an operation on numbers of two traces");
                self.node
            }
            None => trace.push(Operation::Constant, Vec::new(), self.data).node,
        }
    }

    /// The result of an operation on one number.
    fn unary(self, operation: Operation, (data, derivative): (T, T)) -> Self {
        match self.trace {
            Some(trace) => trace.push(operation, vec![(self.node, derivative)], data),
            None => TracedValue::constant(data),
        }
    }

    /// The result of an operation on two numbers.
    #[track_caller]
    fn binary(self, other: Self, operation: Operation, (data, by_self, by_other): (T, T, T)) -> Self {
        match self.trace.or(other.trace) {
            Some(trace) => {
                let parents = vec![(self.on(trace), by_self), (other.on(trace), by_other)];
                trace.push(operation, parents, data)
            }
            None => TracedValue::constant(data),
        }
    }

    fn added(self, other: Self) -> Self {
        let data = self.data + other.data;
        // Adding the 0 that a sum starts from is not recorded, unless it changes −0 to 0.
        let is_kept = |x: Self| data.is_sign_negative() == x.data.is_sign_negative();
        if other.vanishes() && is_kept(self) {
            return self;
        }
        if self.vanishes() && is_kept(other) {
            return other;
        }
        self.binary(other, Operation::Add, (data, T::one(), T::one()))
    }

    fn subtracted(self, other: Self) -> Self {
        self.binary(other, Operation::Subtract, (self.data - other.data, T::one(), -T::one()))
    }

    fn multiplied(self, other: Self) -> Self {
        self.product(other, self.data * other.data)
    }

    fn product(self, other: Self, data: T) -> Self {
        self.binary(other, Operation::Multiply, (data, other.data, self.data))
    }

    fn divided(self, other: Self) -> Self {
        self.ratio(other, Operation::Divide, rules::div)
    }

    /// A function of the ratio of two numbers.
    fn ratio(self, other: Self, operation: Operation, rule: impl Fn(T, T) -> (T, T, T)) -> Self {
        let result = rule(self.data, other.data);
        let Some(factor) = rules::enlargement(self.data, other.data, result.1) else {
            return self.binary(other, operation, result);
        };
        let (data, by_self, by_other) = rule(self.data * factor, other.data * factor);
        if self.trace.is_some() && other.trace.is_some() && self.node == other.node {
            // Both operands are one number: its two derivatives are added before they become too large.
            return self.binary(other, operation, (data, (by_self + by_other).strong_mul(factor), T::zero()));
        }
        self.binary(other, operation, (data, by_self * factor, by_other * factor))
    }

    fn remainder(self, other: Self) -> Self {
        self.binary(other, Operation::of_two("rem"), rules::rem(self.data, other.data))
    }

    /// For the macro of negation: `−self`.
    fn negated(self, data: T) -> Self {
        self.unary(Operation::Negate, (data, -T::one()))
    }

    /// `xⁿ`.
    pub fn powi(self, n: i32) -> Self {
        self.unary(Operation::Power(n), rules::powi(self.data, n))
    }

    /// Sine and cosine.
    pub fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }

    /// `self·factor + summand`.
    pub fn mul_add(self, factor: impl Into<Self>, summand: impl Into<Self>) -> Self {
        self * factor.into() + summand.into()
    }
}

operator! { { ['t,] TracedValue ['t,] [] Scalar } Add add AddAssign add_assign: |x, y|
    x.added(y), x.added(TracedValue::constant(y)), TracedValue::constant(x).added(y)
}
operator! { { ['t,] TracedValue ['t,] [] Scalar } Sub sub SubAssign sub_assign: |x, y|
    x.subtracted(y), x.subtracted(TracedValue::constant(y)), TracedValue::constant(x).subtracted(y)
}
operator! { { ['t,] TracedValue ['t,] [] Scalar } Mul mul MulAssign mul_assign: |x, y|
    x.multiplied(y), x.multiplied(TracedValue::constant(y)), TracedValue::constant(x).multiplied(y)
}
operator! { { ['t,] TracedValue ['t,] [] Scalar } Div div DivAssign div_assign: |x, y|
    x.divided(y), x.divided(TracedValue::constant(y)), TracedValue::constant(x).divided(y)
}
operator! { { ['t,] TracedValue ['t,] [] Scalar } Rem rem RemAssign rem_assign: |x, y|
    x.remainder(y), x.remainder(TracedValue::constant(y)), TracedValue::constant(x).remainder(y)
}
negation!({ ['t,] TracedValue ['t,] [] Scalar });
fold!({ ['t,] TracedValue ['t,] [] Scalar } Sum sum + zero);
fold!({ ['t,] TracedValue ['t,] [] Scalar } Product product * one);
float!({ ['t,] TracedValue ['t,] [] Scalar });

/// The functions of one variable, from their rules.
macro_rules! functions_of_one_variable {
    ({} Float { $($name:ident: $f:literal, $d:literal;)* } Scalar { $($scalar:ident: $scalar_f:literal, $scalar_d:literal;)* }) => {
        impl<T: Scalar> TracedValue<'_, T> {
            $(functions_of_one_variable!(# $name $f $d);)*
            $(functions_of_one_variable!(# $scalar $scalar_f $scalar_d);)*
        }
    };
    (# $name:ident $f:literal $d:literal) => {
        #[doc = concat!("`", $f, "`.")]
        pub fn $name(self) -> Self {
            self.unary(Operation::of_one(stringify!($name), $f, $d), rules::$name(self.data))
        }
    };
}
rules::functions_of_one_variable!(functions_of_one_variable, {});

macro_rules! functions_of_two_variables {
    (
        {}
        Float { $($name:ident($a:ident, $b:ident): $f:literal, $d:literal;)* }
        Scalar { $($scalar:ident($x:ident, $y:ident): $scalar_f:literal, $scalar_d:literal;)* }
    ) => {
        impl<T: Scalar> TracedValue<'_, T> {
            $(functions_of_two_variables!(# $name $b $f);)*
            $(functions_of_two_variables!(# $scalar $y $scalar_f);)*
        }
    };
    (# $name:ident $b:ident $f:literal) => {
        #[doc = concat!("`", $f, "`.")]
        pub fn $name(self, $b: impl Into<Self>) -> Self {
            let $b = $b.into();
            functions_of_two_variables!(@ $name self, $b, Operation::of_two(stringify!($name)))
        }
    };
    (@ atan2 $x:expr, $y:expr, $operation:expr) => {
        $x.ratio($y, $operation, rules::atan2)
    };
    (@ $name:ident $x:expr, $y:expr, $operation:expr) => {
        $x.binary($y, $operation, rules::$name($x.data, $y.data))
    };
}
rules::functions_of_two_variables!(functions_of_two_variables, {});

impl<T: Scalar> Scalar for TracedValue<'_, T> {
    type Rows = Array2<Self>;

    fn of(x: f64) -> Self {
        TracedValue::constant(T::of(x))
    }

    fn map<R: UnaryFunction>(self, rule: R) -> Self {
        self.unary(Operation::Named(rule.name()), rule.value_and_derivative(self.data))
    }

    fn strong_mul(self, factor: Self) -> Self {
        if self.vanishes() || factor.vanishes() {
            return TracedValue::constant(T::zero());
        }
        self.product(factor, self.data.strong_mul(factor.data))
    }

    fn is_plain(&self) -> bool {
        false
    }

    fn vanishes(&self) -> bool {
        self.trace.is_none() && self.data.vanishes()
    }

    scalar_functions!();
}

impl<T: Scalar> fmt::Debug for TracedValue<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.data, f)
    }
}
