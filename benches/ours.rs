//! The workloads of `peers/src/workloads.rs` computed by this crate, for `cargo bench` and for the comparison in
//! `benches/peers`.

use crate::batches::{Batch, Distance, Function};
use crate::workloads::{ALICE, DATA, DECAY, Number, PARAMETERS, SAMPLES, T3, T4s, WIDTH, Workload};
use backprop::ndarray::Array2;
use backprop::{
    Activation, Dual, Gradients, Graph, Layer, Loss, Mlp, Neuron, Optimizer, Parameters, Program, RecordedValue,
    Scalar, Sgd, Value, Workspace, gradient, reverse,
};
use std::hint::black_box;

/// Implements `Number`, with the same code for both scalar types.
macro_rules! number {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> Number for $Type {
            #[inline(always)]
            fn subtracted_from(self, c: f64) -> Self {
                c - self
            }
            #[inline(always)]
            fn dividing(self, c: f64) -> Self {
                c / self
            }
            #[inline(always)]
            fn cube(self) -> Self {
                self.powi(3)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                self.exp()
            }
            #[inline(always)]
            fn sin(self) -> Self {
                self.sin()
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                self.tanh()
            }
            #[inline(always)]
            fn relu(self) -> Self {
                self.relu()
            }
            #[inline(always)]
            fn sigmoid(self) -> Self {
                self.sigmoid()
            }
        }
    };
}
number!(['g] Value<'g, f64>);
number!([const N: usize] Dual<f64, N>);
number!([] RecordedValue<f64>);

/// Computes the value and the gradient of a workload of scalar operations by forward mode.
pub fn forward<W: Workload<N>, const N: usize>(x: [f64; N]) -> (f64, [f64; N]) {
    gradient(|x| W::value(&x), x)
}

/// Returns a function that clears the graph, records a workload of scalar operations, and returns its value and
/// gradient.
pub fn scalars<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
    let (mut graph, mut gradients) = (Graph::new(), Gradients::new());
    move |x| {
        graph.clear();
        let x = graph.variables(x);
        let y = W::value(&x);
        y.backward_into(&mut gradients);
        (y.data(), x.map(|x| gradients[x]))
    }
}

/// Creates a network with these widths, activations and parameters.
fn net(widths: &[usize], hidden: Activation, last: Activation, parameters: &[f64]) -> Mlp<f64> {
    let layers = widths.windows(2).enumerate().map(|(i, pair)| {
        let activation = if i + 2 == widths.len() { last } else { hidden };
        Layer::from_neurons((0..pair[1]).map(|_| Neuron::new(vec![0.0; pair[0]], 0.0, activation))).unwrap()
    });
    let mut net = Mlp::from_layers(layers).unwrap();
    net.set_parameters(parameters).unwrap();
    net
}

/// Returns T3s: a complete training step, which updates the parameters and returns the loss.
pub fn training_step() -> impl FnMut() -> f64 {
    let [w1, w2, w3, w4, w5, w6, b1, b2, b3] = T3::point();
    let parameters = [w1, w2, b1, w3, w4, b2, w5, w6, b3];
    let mut net = net(&[2, 2, 1], Activation::Sigmoid, Activation::Sigmoid, &parameters);
    let (mut graph, mut gradients, mut sgd) = (Graph::new(), Gradients::new(), Sgd::new(0.1));
    move || {
        let (inputs, target) = black_box(ALICE);
        graph.clear();
        let on_graph = net.attach(&graph);
        let outputs = on_graph.forward(&inputs.map(Value::constant)).unwrap();
        let loss = Loss::MeanSquaredError.evaluate(&outputs, &[Value::constant(target)]).unwrap();
        loss.backward_into(&mut gradients);
        let loss = loss.data();
        sgd.step(&mut net, &on_graph.gradient(&gradients)).unwrap();
        loss
    }
}

/// Returns T4n: the network of T4s with one node per neuron, one sample at a time.
pub fn neurons() -> impl FnMut([f64; PARAMETERS]) -> (f64, [f64; PARAMETERS]) {
    let mut net = net(&[2, WIDTH, WIDTH, 1], Activation::Tanh, Activation::Identity, &T4s::point());
    let (mut graph, mut gradients) = (Graph::new(), Gradients::new());
    move |parameters| {
        net.set_parameters(&parameters).unwrap();
        graph.clear();
        let on_graph = net.attach(&graph);
        let hinge = |&(inputs, y): &([f64; 2], f64)| {
            let score = on_graph.forward(&inputs.map(Value::constant)).unwrap()[0];
            (score * -y + 1.0).relu()
        };
        let hinges: Value<f64> = black_box(&DATA).iter().map(hinge).sum();
        let squares: Value<f64> = on_graph.parameters().iter().map(|&w| w * w).sum();
        let loss = hinges * (1.0 / SAMPLES as f64) + squares * DECAY;
        loss.backward_into(&mut gradients);
        let gradient = on_graph.gradient(&gradients).parameters();
        (loss.data(), gradient.try_into().unwrap())
    }
}

/// Returns the Hessian of T4's loss with respect to its 337 parameters, with one node per neuron.
pub fn hessian() -> impl Fn(&[f64]) -> Vec<Vec<f64>> {
    let net = net(&[2, WIDTH, WIDTH, 1], Activation::Tanh, Activation::Identity, &T4s::point());
    move |parameters| reverse::hessian(|parameters| loss(&net, parameters), parameters).2
}

/// Computes T4's loss as a function of the parameters.
fn loss<S: Scalar>(net: &Mlp<f64>, parameters: &[S]) -> S {
    let (net, c) = (net.with_parameters(parameters).unwrap(), S::of);
    let hinge = |&(inputs, y): &([f64; 2], f64)| {
        let score = net.forward(&inputs.map(c)).unwrap()[0];
        (score * c(-y) + c(1.0)).relu()
    };
    let hinges: S = black_box(&DATA).iter().map(hinge).sum();
    let squares: S = parameters.iter().map(|&w| w * w).sum();
    hinges * c(1.0 / SAMPLES as f64) + squares * c(DECAY)
}

/// Returns a step over a batch, which computes the loss and the gradient, including weight decay, and keeps the
/// parameters.
pub fn batch<T: Scalar>(batch: &Batch) -> impl FnMut() -> f64 + use<T> {
    batch_step::<T>(batch, None)
}

/// Returns a step over a batch that also moves the parameters by gradient descent. It returns the loss before the step.
pub fn batch_with_sgd<T: Scalar>(batch: &Batch, learning_rate: f64) -> impl FnMut() -> f64 + use<T> {
    batch_step::<T>(batch, Some(Sgd::new(learning_rate)))
}

fn batch_step<T: Scalar>(batch: &Batch, mut sgd: Option<Sgd>) -> impl FnMut() -> f64 + use<T> {
    let array = |values: &[f64], columns: usize| {
        let values: Vec<T> = values.iter().map(|&x| T::of(x)).collect();
        Array2::from_shape_vec((values.len() / columns, columns), values).unwrap()
    };
    let activation = if batch.activation == Function::Tanh { Activation::Tanh } else { Activation::Relu };
    let mut net: Mlp<T> = net(&batch.widths, activation, Activation::Identity, &batch.parameters)
        .with_parameters(&batch.parameters.iter().map(|&x| T::of(x)).collect::<Vec<T>>())
        .unwrap();
    let (inputs, targets) = (array(&batch.inputs, batch.widths[0]), array(&batch.targets, batch.outputs()));
    let loss = if batch.loss == Distance::Hinge { Loss::Hinge } else { Loss::CrossEntropy };
    let decay = T::of(batch.decay);
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    move || {
        let mut value = workspace.loss_and_gradient(&net, black_box(&inputs), &targets, loss, &mut gradient).unwrap();
        if decay > T::zero() {
            gradient.zip(&net, &mut |derivatives, parameters| {
                derivatives.with_slice_mut(|derivatives| {
                    for (derivative, &p) in derivatives.iter_mut().zip(parameters) {
                        value += decay * p * p;
                        *derivative += T::of(2.0) * decay * p;
                    }
                });
            });
        }
        if let Some(sgd) = &mut sgd {
            sgd.step(&mut net, &gradient).unwrap();
        }
        black_box(&gradient);
        value.to_f64().unwrap()
    }
}

/// Returns T4s by a program: the hinge of one sample is recorded once, with the sample in three columns.
pub fn program() -> impl FnMut([f64; PARAMETERS]) -> (f64, [f64; PARAMETERS]) {
    fn hinge<S: Scalar>(p: &[S], sample: &[S]) -> S {
        let mut rows = p;
        let mut layer = |inputs: &[S], neurons: usize| -> Vec<S> {
            let neuron = |_| {
                let (row, rest) = rows.split_at(inputs.len() + 1);
                rows = rest;
                inputs.iter().zip(row).fold(row[inputs.len()], |sum, (&x, &w)| sum + w * x)
            };
            (0..neurons).map(neuron).collect()
        };
        let tanh = |sums: Vec<S>| sums.into_iter().map(S::tanh).collect::<Vec<S>>();
        let h1 = tanh(layer(&sample[..2], WIDTH));
        let h2 = tanh(layer(&h1, WIDTH));
        let score = layer(&h2, 1)[0];
        (S::of(1.0) - score * sample[2]).relu()
    }
    let program = Program::record(PARAMETERS, 3, hinge).unwrap();
    let samples = Array2::from_shape_fn((SAMPLES, 3), |(i, j)| if j == 2 { DATA[i].1 } else { DATA[i].0[j] });
    move |p| {
        let mut gradient = [0.0; PARAMETERS];
        let sum = program.sum_and_gradient_into(&p, black_box(&samples), &mut gradient).unwrap();
        let mut loss = sum / SAMPLES as f64;
        for (derivative, p) in gradient.iter_mut().zip(p) {
            *derivative = *derivative / SAMPLES as f64 + 2.0 * DECAY * p;
            loss += DECAY * p * p;
        }
        (loss, gradient)
    }
}
