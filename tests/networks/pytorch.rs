//! Losses and gradients over batches equal those of PyTorch. The expected values are from `pytorch/reference.py`.

use crate::activations::ACTIVATIONS;
use backprop::ndarray::Array2;
use backprop::{Activation, Layer, Loss, Mlp, Neuron};

const INPUTS: usize = 3;
const HIDDEN: usize = 4;
const OUTPUTS: usize = 2;
const SAMPLES: usize = 5;

#[test]
fn losses_and_gradients_equal_pytorch() {
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).from_path("tests/networks/pytorch/reference.csv").unwrap();
    let mut compared = 0;
    for row in rows.records() {
        let row = row.unwrap();
        let mut values = row.iter().skip(3).map(|cell| cell.parse::<f64>().unwrap());
        let mut take = |count: usize| values.by_ref().take(count).collect::<Vec<f64>>();
        let count = HIDDEN * (INPUTS + 1) + OUTPUTS * (HIDDEN + 1);
        let (parameters, inputs, targets) = (take(count), take(SAMPLES * INPUTS), take(SAMPLES * OUTPUTS));
        let (samples, classes) = (take(SAMPLES), take(OUTPUTS));
        let (loss, gradient) = (take(1)[0], take(count));

        let array = |values, columns| Array2::from_shape_vec((SAMPLES, columns), values).unwrap();
        let net = net(activation(&row[0]), &parameters);
        let weighted_loss = match &row[2] {
            "samples" => loss_by_name(&row[1]).with_sample_weights(&samples),
            "classes" => loss_by_name(&row[1]).with_class_weights(&classes),
            _ => loss_by_name(&row[1]).into(),
        };
        let found = net.loss_and_gradient(array(inputs, INPUTS), array(targets, OUTPUTS), weighted_loss).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-11 * b.abs().max(1.0);
        assert!(close(found.0, loss), "{row:?}: {}", found.0);
        let found = found.1.parameters();
        assert!(found.iter().zip(&gradient).all(|(&a, &b)| close(a, b)), "{row:?}: {found:?}");
        compared += 1;
    }
    assert_eq!(compared, 10 * 7 + 7 * 2);
}

fn net(activation: Activation, parameters: &[f64]) -> Mlp<f64> {
    let layer = |inputs, outputs, activation| {
        Layer::from_neurons((0..outputs).map(|_| Neuron::new(vec![0.0; inputs], 0.0, activation))).unwrap()
    };
    let layers = [layer(INPUTS, HIDDEN, activation), layer(HIDDEN, OUTPUTS, Activation::Identity)];
    Mlp::from_layers(layers).unwrap().with_parameters(parameters).unwrap()
}

fn activation(name: &str) -> Activation {
    ACTIVATIONS
        .into_iter()
        .find(|activation| format!("{activation:?}").starts_with(name))
        .unwrap_or_else(|| panic!("no activation {name}"))
}

fn loss_by_name(name: &str) -> Loss {
    match name {
        "MeanSquaredError" => Loss::MeanSquaredError,
        "MeanAbsoluteError" => Loss::MeanAbsoluteError,
        "Huber" => Loss::Huber { delta: 0.7 },
        "BinaryCrossEntropyWithLogits" => Loss::BinaryCrossEntropyWithLogits,
        "CrossEntropy" => Loss::CrossEntropy,
        "SmoothCrossEntropy" => Loss::SmoothCrossEntropy { smoothing: 0.1 },
        "Hinge" => Loss::Hinge,
        _ => panic!("no loss {name}"),
    }
}
