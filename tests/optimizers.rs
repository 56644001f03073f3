//! Optimizers and schedules beside PyTorch's; `optimizers/reference.py` made the numbers.

use backprop::{Adam, Error, Momentum, Optimizer, RmsProp, Schedule, Sgd};

/// The numbers of a case, by its name.
fn reference(name: &str) -> Vec<f64> {
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path("tests/optimizers/reference.csv")
        .unwrap();
    let row = rows.records().map(Result::unwrap).find(|row| &row[0] == name).unwrap();
    row.iter().skip(1).map(|number| number.parse().unwrap()).collect()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found}, not {expected}");
}

fn goes_as_pytorch_goes(name: &str, mut optimizer: impl Optimizer<f64>) {
    let mut p = [1.0_f64, -2.0, 3.0, 0.5];
    let expected = reference(name);
    assert_eq!(expected.len(), 80, "twenty steps of four parameters");
    for expected in expected.chunks(4) {
        let factors = [1.0, 5.0, 0.1, 20.0];
        let slopes: [f64; 4] = std::array::from_fn(|i| factors[i] * p[i] + 0.3 * p[i].powi(3) - 0.5);
        optimizer.step_slice(&mut p, &slopes).unwrap();
        p.iter().zip(expected).for_each(|(&found, &expected)| close(found, expected));
    }
}

#[test]
fn twenty_steps_are_those_of_pytorch() {
    goes_as_pytorch_goes("sgd", Sgd::new(0.05));
    goes_as_pytorch_goes("momentum", Momentum::new(0.05, 0.9));
    goes_as_pytorch_goes("nesterov", Momentum::new(0.05, 0.9).nesterov());
    goes_as_pytorch_goes("rmsprop", RmsProp::new(0.05));
    goes_as_pytorch_goes("rmsprop 0.9", RmsProp::new(0.05).decay(0.9));
    goes_as_pytorch_goes("adam", Adam::new(0.05));
    goes_as_pytorch_goes("adam 0.8 0.95", Adam::new(0.05).betas(0.8, 0.95));
    goes_as_pytorch_goes("adamw", Adam::new(0.05).weight_decay(0.1));
}

#[test]
fn schedules_are_those_of_pytorch() {
    let cases = [
        ("step", Schedule::Step { epochs: 6, factor: 0.5 }),
        ("exponential", Schedule::Exponential { factor: 0.9 }),
        ("cosine", Schedule::Cosine { last: 0.1 }),
        ("warm-up", Schedule::Exponential { factor: 0.9 }.after_warm_up(5)),
    ];
    for (name, schedule) in cases {
        let expected = reference(name);
        assert_eq!(expected.len(), 20);
        for (epoch, expected) in expected.into_iter().enumerate() {
            close(schedule.factor(epoch, 20), expected);
        }
    }
}

#[test]
fn a_step_that_cannot_be_taken_changes_nothing() {
    let mut adam = Adam::<f64>::new(0.1);
    let mut p = [1.0, 2.0];
    let error = adam.step_slice(&mut p, &[1.0, f64::NAN]).unwrap_err();
    assert_eq!(error.to_string(), "expected a finite gradient, got NaN, in parameter 2");
    let error = adam.step_slice(&mut p, &[1.0]).unwrap_err();
    assert_eq!(error, Error::Count { of: "slopes", expected: 2, got: 1, place: "Optimizer::step_slice".into() });
    assert_eq!((p, &adam), ([1.0, 2.0], &Adam::new(0.1)));
}

#[test]
#[should_panic(expected = "an optimizer of 2 parameters is given 3")]
fn a_memory_belongs_to_its_parameters() {
    let mut momentum = Momentum::new(0.1, 0.9);
    momentum.step_slice(&mut [1.0, 2.0], &[1.0, 1.0]).unwrap();
    momentum.step_slice(&mut [1.0, 2.0, 3.0], &[1.0; 3]).unwrap();
}
