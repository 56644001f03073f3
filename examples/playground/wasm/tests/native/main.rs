//! Tests of the playground without a browser.

mod formula;
mod import;
mod net;
mod training;

use backprop::{Error, Parameters};
use playground::{Data, Playground, Settings};

fn playground(address: &str) -> Playground {
    let settings: Settings = address.parse().unwrap();
    let data = Data::named(&settings).unwrap();
    Playground::new(settings, data).unwrap()
}

fn parameters(playground: &Playground) -> Vec<u64> {
    playground.exported().unwrap().net().parameters().iter().map(|x| x.to_bits()).collect()
}

/// Compares a gradient with finite differences of the loss of a sample.
fn assert_gradient(playground: &mut Playground, sample: usize, gradient: &[f64]) -> Result<(), Error> {
    let parameters = playground.net().parameters();
    assert_eq!(gradient.len(), parameters.len());
    for (index, derivative) in gradient.iter().enumerate() {
        let mut loss = |by: f64| {
            let mut moved = parameters.clone();
            moved[index] += by;
            playground.go_to(0, 0, &moved).and_then(|()| playground.pass(sample)).map(|pass| pass.loss)
        };
        let difference = (loss(1e-5)? - loss(-1e-5)?) / 2e-5;
        assert!((difference - derivative).abs() < 1e-7, "parameter {index}: {difference}, {derivative}");
    }
    playground.go_to(0, 0, &parameters)
}
