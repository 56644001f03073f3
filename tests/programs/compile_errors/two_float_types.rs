//! expected `&Dataset<f32>`, found `&Dataset<f64>`
use backprop::{Dataset, Layer, Loss, Sgd, Trainer};

fn fit(layer: &mut Layer<f32>, data: &Dataset<f64>) {
    Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).fit(layer, data).unwrap();
}

fn main() {}
