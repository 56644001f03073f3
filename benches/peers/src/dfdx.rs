//! dfdx 0.13: tensors whose shapes are types, so each net is a type of its own.

use crate::batches::{Batch, Distance};
use crate::harness::Run;
use dfdx::prelude::*;
use std::hint::black_box;

pub const NAME: &str = "dfdx 0.13";

/// The step, and the loss that it found.
macro_rules! step {
    ($step:ident, $Net:ty, $INPUTS:literal, $OUTPUTS:literal, $SAMPLES:literal, $($layer:tt),*) => {
        pub fn $step(batch: &Batch) -> (Run, f64) {
            let device = Cpu::default();
            let mut net = device.build_module::<$Net, f32>();
            let mut layers = batch.layers().into_iter().map(|(weights, biases)| (narrow(&weights), narrow(&biases)));
            $(
                let (weights, biases) = layers.next().unwrap();
                step!(@ net $layer).weight.copy_from(&weights);
                step!(@ net $layer).bias.copy_from(&biases);
            )*
            let inputs: Tensor<Rank2<$SAMPLES, $INPUTS>, f32, _> = device.tensor(narrow(&batch.inputs));
            let targets: Tensor<Rank2<$SAMPLES, $OUTPUTS>, f32, _> = device.tensor(narrow(&batch.targets));
            let (hinge, decay) = (batch.loss == Distance::Hinge, batch.decay as f32);
            let mut gradients = Some(net.alloc_grads());
            let mut step = move || {
                let y = net.forward(black_box(&inputs).clone().traced(gradients.take().unwrap()));
                let loss = if hinge {
                    (y * targets.clone().negate() + 1.0).relu().mean()
                } else {
                    cross_entropy_with_logits_loss(y, targets.clone())
                };
                let value = loss.array();
                let mut found = loss.backward();
                let mut squares = 0.0;
                if decay > 0.0 {
                    $({
                        let layer = &step!(@ net $layer);
                        squares += decayed(&layer.weight.as_vec(), decay);
                        squares += decayed(&layer.bias.as_vec(), decay);
                    })*
                }
                black_box(&found);
                net.zero_grads(&mut found);
                gradients = Some(found);
                (value + squares) as f64
            };
            let loss = step();
            (Box::new(move |repeats| (0..repeats).for_each(|_| { black_box(step()); })), loss)
        }
    };
    (@ $net:ident [$i:tt]) => { $net.$i };
    (@ $net:ident ($i:tt)) => { $net.$i.0 };
}

step!(t4, ((Linear<2, 16>, Tanh), (Linear<16, 16>, Tanh), Linear<16, 1>), 2, 1, 100, (0), (1), [2]);
step!(t5, ((Linear<64, 128>, Tanh), (Linear<128, 128>, Tanh), Linear<128, 10>), 64, 10, 32, (0), (1), [2]);
step!(t6, ((Linear<784, 128>, ReLU), Linear<128, 10>), 784, 10, 64, (0), [1]);

fn narrow(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|&x| x as f32).collect()
}

/// The decay's part of the loss. Its derivatives, 2·decay·p, are left out, in dfdx's favour.
fn decayed(parameters: &[f32], decay: f32) -> f32 {
    decay * parameters.iter().map(|p| p * p).sum::<f32>()
}
