//! Steps of training over a batch: what is computed, once for all peers.
//!
//! - T4: 2-16-16-1, tanh, 100 samples, mean hinge loss and a decay of the parameters
//! - T5: 64-128-128-10, tanh, 32 samples, softmax cross-entropy
//! - T6: 784-128-10, relu, 64 samples, softmax cross-entropy

use crate::workloads::{DATA, DECAY, T4s, Workload};

/// A net, a batch, and what to do with them.
pub struct Batch {
    pub name: &'static str,
    /// Inputs, then the outputs of each layer. The last layer has no activation.
    pub widths: Vec<usize>,
    pub activation: Function,
    pub loss: Distance,
    /// The loss has this much times the sum of the squares of all parameters in it.
    pub decay: f64,
    pub samples: usize,
    /// Layer by layer, neuron by neuron, the weights and then the bias.
    pub parameters: Vec<f64>,
    /// Sample by sample.
    pub inputs: Vec<f64>,
    /// Of a hinge loss −1 or 1, otherwise a 1 for the class and zeros.
    pub targets: Vec<f64>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Function {
    Tanh,
    Relu,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Distance {
    Hinge,
    CrossEntropy,
}

impl Batch {
    pub fn t4() -> Batch {
        Batch {
            name: "T4",
            widths: vec![2, 16, 16, 1],
            activation: Function::Tanh,
            loss: Distance::Hinge,
            decay: DECAY,
            samples: DATA.len(),
            parameters: T4s::point().to_vec(),
            inputs: DATA.iter().flat_map(|(x, _)| *x).collect(),
            targets: DATA.iter().map(|(_, y)| *y).collect(),
        }
    }

    pub fn t5() -> Batch {
        Batch::classes("T5", &[64, 128, 128, 10], Function::Tanh, 32)
    }

    pub fn t6() -> Batch {
        Batch::classes("T6", &[784, 128, 10], Function::Relu, 64)
    }

    /// Random parameters and inputs, and a class for each sample.
    pub fn classes(name: &'static str, widths: &[usize], activation: Function, samples: usize) -> Batch {
        let mut uniform = uniform();
        let mut parameters = Vec::new();
        for pair in widths.windows(2) {
            let limit = (6.0 / (pair[0] + pair[1]) as f64).sqrt();
            parameters.extend((0..pair[1] * (pair[0] + 1)).map(|_| limit * (2.0 * uniform() - 1.0)));
        }
        let outputs = widths[widths.len() - 1];
        let mut targets = vec![0.0; samples * outputs];
        for (i, targets) in targets.chunks_exact_mut(outputs).enumerate() {
            targets[i * 7 % outputs] = 1.0;
        }
        Batch {
            name,
            widths: widths.to_vec(),
            activation,
            loss: Distance::CrossEntropy,
            decay: 0.0,
            samples,
            parameters,
            inputs: (0..samples * widths[0]).map(|_| uniform()).collect(),
            targets,
        }
    }

    pub fn outputs(&self) -> usize {
        self.widths[self.widths.len() - 1]
    }

    /// The number of floating-point operations in the matrix products of a step: three products for each layer, two for
    /// the first.
    pub fn operations(&self) -> f64 {
        let of_layers: usize = self.widths.windows(2).map(|pair| 3 * pair[0] * pair[1]).sum();
        (2 * self.samples * (of_layers - self.widths[0] * self.widths[1])) as f64
    }

    /// Layer by layer the weights, a row for each neuron, and the biases.
    pub fn layers(&self) -> Vec<(Vec<f64>, Vec<f64>)> {
        let mut rest = &self.parameters[..];
        let layers = self.widths.windows(2).map(|pair| {
            let (own, others) = rest.split_at(pair[1] * (pair[0] + 1));
            rest = others;
            let rows = || own.chunks_exact(pair[0] + 1);
            (rows().flat_map(|row| row[..pair[0]].to_vec()).collect(), rows().map(|row| row[pair[0]]).collect())
        });
        layers.collect()
    }
}

/// Numbers between 0 and 1, the same in every run: Lehmer's generator (Park and Miller 1988).
fn uniform() -> impl FnMut() -> f64 {
    const MODULUS: u64 = 2_147_483_647;
    let mut state = 1;
    move || {
        state = state * 48_271 % MODULUS;
        state as f64 / MODULUS as f64
    }
}
