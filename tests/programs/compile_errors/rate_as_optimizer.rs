//! is not an optimizer of parameters of type
//! optimizers are created by their learning rate: `Sgd::new(0.1)`
use backprop::{Loss, Trainer};

fn main() {
    let _ = Trainer::<_, f64>::new(Loss::MeanSquaredError, 0.1);
}
