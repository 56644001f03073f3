//! candle 0.11.

use crate::batches::{Batch, Distance, Function};
use crate::harness::Run;
use candle_core::{D, Device, Result, Tensor, Var};
use std::hint::black_box;

pub const NAME: &str = "candle 0.11";

/// The step, and the loss that it found.
pub fn step(batch: &Batch) -> Result<(Run, f64)> {
    let device = Device::Cpu;
    let tensor = |numbers: &[f64], shape: &[usize]| {
        Tensor::from_iter(numbers.iter().map(|&x| x as f32), &device)?.reshape(shape)
    };
    let shapes = batch.widths.windows(2).map(|pair| [pair[1], pair[0]]);
    let layers: Vec<(Var, Var)> = (batch.layers().iter().zip(shapes))
        .map(|((weights, biases), shape)| {
            Ok((Var::from_tensor(&tensor(weights, &shape)?)?, Var::from_tensor(&tensor(biases, &shape[..1])?)?))
        })
        .collect::<Result<_>>()?;
    let inputs = tensor(&batch.inputs, &[batch.samples, batch.widths[0]])?;
    let targets = tensor(&batch.targets, &[batch.samples, batch.outputs()])?;
    let (activation, loss, decay) = (batch.activation, batch.loss, batch.decay);
    let step = move || -> Result<f64> {
        let mut y = black_box(&inputs).clone();
        for (i, (weights, biases)) in layers.iter().enumerate() {
            y = y.matmul(&weights.t()?)?.broadcast_add(biases)?;
            if i + 1 < layers.len() {
                y = if activation == Function::Tanh { y.tanh()? } else { y.relu()? };
            }
        }
        let mut loss = match loss {
            Distance::Hinge => (1.0 - (y * &targets)?)?.relu()?.mean_all()?,
            Distance::CrossEntropy => {
                let shifted = y.broadcast_sub(&y.max_keepdim(D::Minus1)?)?;
                let logarithms = shifted.broadcast_sub(&shifted.exp()?.sum_keepdim(D::Minus1)?.log()?)?;
                (logarithms * &targets)?.sum(D::Minus1)?.mean_all()?.neg()?
            }
        };
        if decay > 0.0 {
            for (weights, biases) in &layers {
                loss = ((loss + (weights.sqr()?.sum_all()? * decay)?)? + (biases.sqr()?.sum_all()? * decay)?)?;
            }
        }
        black_box(loss.backward()?);
        Ok(loss.to_scalar::<f32>()? as f64)
    };
    let loss = step()?;
    Ok((Box::new(move |repeats| (0..repeats).for_each(|_| drop(black_box(step())))), loss))
}
