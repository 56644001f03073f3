//! Files of parameters from PyTorch and for it. `tests/data/pytorch_state_dict.py` has the same network.

use crate::batches::all_close;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, BatchNorm, Buffer, Conv1d, Conv2d, Dataset, Embedding, Gru, LayerNorm, Linear, Loss, Lstm,
    Matrix, Module, MultiheadAttention, Parameters, RmsNorm, Rnn, Scalar, Stored, Trainer, load_parameters,
    save_parameters,
};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;

/// Each layer has 12 outputs.
type Network<T> = (
    Embedding<T>,
    Conv1d<T>,
    Conv2d<T>,
    BatchNorm<T>,
    Rnn<T>,
    Gru<T>,
    Lstm<T>,
    LayerNorm<T>,
    RmsNorm<T>,
    BatchNorm<T>,
    MultiheadAttention<T>,
    (Linear<T>, Activation, Linear<T>),
);

fn network<T: Scalar>() -> Network<T> {
    let rng = &mut SomeRng::seed_from_u64(1);
    (
        Embedding::new(5, 2, rng),
        Conv1d::new([2, 2], 3, 6, rng).padding(1),
        Conv2d::without_bias([3, 3], [3, 3], [2, 2], rng).padding([1, 1]),
        BatchNorm::new(3),
        Rnn::new(2, 2, rng),
        Gru::new(3, 3, rng),
        Lstm::new(4, 4, rng),
        LayerNorm::new(12),
        RmsNorm::new(12),
        BatchNorm::new(12),
        MultiheadAttention::new(12, 3, rng),
        (Linear::new(12, 4, rng), Activation::Tanh, Linear::without_bias(4, 12, rng)),
    )
}

/// Returns the outputs of each layer.
fn outputs<T: Scalar>(net: &Network<T>, inputs: &Matrix<T>) -> Vec<Vec<T>> {
    let (mut x, mut outputs) = (inputs.clone(), Vec::new());
    macro_rules! layers {
        ($($i:tt)+) => {$(
            x = net.$i.forward_batch(&x).unwrap();
            outputs.push(x.as_slice().to_vec());
        )+};
    }
    layers! { 0 1 2 3 4 5 6 7 8 9 10 11 }
    outputs
}

/// Returns the numbers of a matrix in JSON.
fn numbers<T: Scalar>(rows: &Json) -> Vec<T> {
    let cells = rows.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    cells.map(|x| T::of(x.as_f64().unwrap())).collect()
}

fn loads_from_pytorch<T: Stored>(name: &str, tolerance: f64) {
    let data = Path::new("tests/data");
    let case: Json = serde_json::from_slice(&fs::read(data.join("pytorch_state_dict.json")).unwrap()).unwrap();
    let mut net = network::<T>();
    load_parameters(&mut net, data.join(format!("pytorch_state_dict_{name}.safetensors"))).unwrap();
    let found = outputs(&net, &Matrix::from_vec([3, 6], numbers(&case["inputs"])));
    let expected = case["outputs"].as_array().unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        all_close(found, &numbers(expected), tolerance);
    }
    let mut batches = Vec::new();
    net.visit_buffers(&mut |buffer: &Buffer| {
        if buffer.shape().is_empty() {
            batches.extend(buffer.values::<f64>());
        }
    });
    assert_eq!(batches, [1.0; 2]); // PyTorch's `num_batches_tracked`, an integer
}

#[test]
fn network_of_pytorch_has_the_same_outputs() {
    loads_from_pytorch::<f64>("f64", 1e-11);
    loads_from_pytorch::<f32>("f32", 1e-5);
    loads_from_pytorch::<f32>("f64", 1e-5);
}

/// Writes a trained network, its inputs and the outputs of each layer.
fn write<T: Stored>(folder: &Path, name: &str) {
    let (mut net, inputs) = (network::<T>(), [[0, 1, 2, 3, 4, 0], [4, 3, 2, 2, 1, 0], [1, 4, 1, 4, 1, 3]]);
    let inputs = inputs.map(|row| row.map(|index| T::of(index.into())));
    let data = Dataset::new(inputs, [[T::zero(); 12]; 3]).unwrap();
    Trainer::new(Loss::MeanSquaredError, Adam::new(0.01)).epochs(3).fit(&mut net, &data).unwrap();
    save_parameters(&net, folder.join(format!("{name}.safetensors"))).unwrap();
    let double = |rows: &[T]| rows.iter().map(|x| x.to_f64().unwrap()).collect::<Vec<f64>>();
    let outputs = outputs(&net, &Matrix::from(inputs));
    let case = json!({
        "inputs": inputs.each_ref().map(|row| double(row)),
        "outputs": outputs.iter().map(|y| double(y)).collect::<Vec<_>>(),
    });
    fs::write(folder.join(format!("{name}.json")), case.to_string()).unwrap();
}

/// Writes a network of each precision to the folder `PYTORCH_FOLDER`.
#[test]
#[ignore = "for .ci/check_pytorch.py, which loads the files by PyTorch"]
fn write_networks_for_pytorch() {
    let folder = std::env::var_os("PYTORCH_FOLDER").expect("PYTORCH_FOLDER is the folder of the files");
    write::<f32>(Path::new(&folder), "f32");
    write::<f64>(Path::new(&folder), "f64");
}
