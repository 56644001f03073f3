//! is not a module over
//! turn a struct into a module by `backprop::module!
use backprop::{Dataset, Loss, Sgd, Trainer};

struct Network;

fn main() {
    let data = Dataset::<f64>::new([[0.0]], [[0.0]]).unwrap();
    Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).fit(&mut Network, &data).unwrap();
}
