//! Training steps over a batch, for `beside_python.py`: prints the time and the loss of each, and writes networks and
//! data to a file, with which Python computes the same steps. The first line has the vector instructions and the peak
//! of one core.
//!
//! ```text
//! cargo bench --bench batches -- [--export FILE]
//! ```

#[allow(dead_code, reason = "`benches/peers` uses the rest")]
#[path = "peers/src/batches.rs"]
mod batches;
#[path = "peers/src/harness.rs"]
mod harness;
#[allow(dead_code, reason = "the other benches use the rest")]
mod ours;
mod peak;
#[allow(dead_code, reason = "the other benches use the rest")]
#[path = "peers/src/workloads.rs"]
mod workloads;

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Adam, Csv, Dataset, Model, Scalar, Scaler, Trainer};
use batches::{Batch, Distance, Function};
use peak::Peak;
use std::fmt::Write;
use std::time::Instant;

/// The learning rate of gradient descent: so small that the steps that are timed find a network like the first one.
const LEARNING_RATE: f64 = 1e-3;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let batches = [Batch::t4(), Batch::t5(), Batch::t6()];
    if let Some(at) = args.iter().position(|arg| arg == "--export") {
        std::fs::write(&args[at + 1], json(&batches)).expect("the file can be written");
    }
    let peak = Peak::measure();
    println!("{peak}");
    for batch in &batches {
        measure::<f32>(batch, "f32", peak.f32);
        measure::<f64>(batch, "f64", peak.f64);
    }
    digits();
}

/// Prints the time in seconds of a whole training on the digits, the fastest of five: 64-128-10 with relu, batches of
/// 32, Adam, 40 epochs.
fn digits() {
    let csv =
        Csv::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv")).expect("the digits are there");
    let dataset: Dataset<f32> = csv.classes("digit").expect("the digits are valid");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let seconds = (0..5).map(|_| {
        let model = Model::new(&dataset, [(128, Activation::Relu)], &mut rng).expect("the network is valid");
        let mut model = model
            .with_scaler(Scaler::new([0.0; 64], [16.0; 64]).expect("the scaler is valid"))
            .expect("the scaler has 64 columns");
        let mut trainer = Trainer::new(model.loss(), Adam::new(0.003)).epochs(40).progress(false);
        let start = Instant::now();
        let history = model.fit(&mut trainer, &dataset).expect("it converges");
        assert!(history.last().expect("there are 40 epochs").train.accuracy > Some(0.99));
        start.elapsed().as_secs_f64()
    });
    println!("digits {}", seconds.fold(f64::INFINITY, f64::min));
}

/// Prints a line with the name, the type, the loss, the loss after 100 steps of gradient descent, and the time in
/// seconds: of a gradient, of a gradient and a step, and of the matrix products at the peak.
fn measure<T: Scalar + 'static>(batch: &Batch, name: &str, peak: f64) {
    let (mut gradient, mut step) = (ours::batch::<T>(batch), ours::batch_with_sgd::<T>(batch, LEARNING_RATE));
    let loss = gradient();
    let losses: Vec<f64> = (0..=100).map(|_| step()).collect();
    assert_eq!(losses[0], loss);
    let repeated = |mut step: Box<dyn FnMut() -> f64>| -> Option<harness::Run> {
        Some(Box::new(move |repeats| {
            for _ in 0..repeats {
                std::hint::black_box(step());
            }
        }))
    };
    let seconds = harness::time(&mut [repeated(Box::new(gradient)), repeated(Box::new(step))], 1000);
    let [gradient, step] = [seconds[0], seconds[1]].map(|seconds| seconds.expect("it was measured"));
    let at_peak = batch.operations() / peak;
    println!("{} {name} {loss} {} {gradient} {step} {at_peak}", batch.name, losses[100]);
}

fn json(batches: &[Batch]) -> String {
    let mut text = String::from("[");
    for (i, batch) in batches.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        let activation = if batch.activation == Function::Tanh { "tanh" } else { "relu" };
        let loss = if batch.loss == Distance::Hinge { "hinge" } else { "cross-entropy" };
        write!(
            text,
            r#"{comma}{{"name": "{}", "widths": {:?}, "activation": "{activation}", "loss": "{loss}", "decay": {},
            "learning_rate": {LEARNING_RATE}, "parameters": {:?}, "inputs": {:?}, "targets": {:?}}}"#,
            batch.name, batch.widths, batch.decay, batch.parameters, batch.inputs, batch.targets
        )
        .expect("writing to a string cannot fail");
    }
    text + "]"
}
