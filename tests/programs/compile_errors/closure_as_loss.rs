//! not a loss
//! `Workspace::value_and_gradient` takes any closure
use backprop::{Matrix, Sgd, Trainer};

fn main() {
    let _ = Trainer::<_, f64, _>::new(|y: &Matrix<f64>, t: &Matrix<f64>| (y - t).powi(2).mean(), Sgd::new(0.1));
}
