//! Optimizers and schedules equal those of PyTorch. The expected values are from `optimizers/reference.py`.

use backprop::{
    Activation, AdaGrad, Adam, AdamW, Error, ExponentialMovingAverage, FloatWrapper, Layer, Lion, Mlp, Momentum, Nadam,
    Neuron, Optimizer, ParameterGroups, Parameters, RmsProp, Scalar, Schedule, Sgd,
};
use half::{bf16, f16};

/// Returns the expected values of the case called `name`.
fn reference(name: &str) -> Vec<f64> {
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path("tests/networks/optimizers/reference.csv")
        .unwrap();
    let row = rows.records().map(Result::unwrap).find(|row| &row[0] == name).unwrap();
    row.iter().skip(1).map(|number| number.parse().unwrap()).collect()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "expected {expected}, got {found}");
}

const START: [f64; 4] = [1.0, -2.0, 3.0, 0.5];

/// Returns the gradient of a polynomial of degree 4 in each parameter.
fn gradient(p: [f64; 4]) -> [f64; 4] {
    let factors = [1.0, 5.0, 0.1, 20.0];
    std::array::from_fn(|i| factors[i] * p[i] + 0.3 * p[i].powi(3) - 0.5)
}

fn check_against_pytorch(name: &str, mut optimizer: impl Optimizer<f64>) {
    let mut p = START;
    let expected = reference(name);
    assert_eq!(expected.len(), 80, "twenty steps of four parameters");
    for expected in expected.chunks(4) {
        let gradient = gradient(p);
        optimizer.step_slice(&mut p, &gradient).unwrap();
        p.iter().zip(expected).for_each(|(&found, &expected)| close(found, expected));
    }
}

#[test]
fn twenty_steps_equal_pytorch() {
    check_against_pytorch("sgd", Sgd::new(0.05));
    check_against_pytorch("momentum", Momentum::new(0.05, 0.9));
    check_against_pytorch("nesterov", Momentum::new(0.05, 0.9).nesterov());
    check_against_pytorch("rmsprop", RmsProp::new(0.05));
    check_against_pytorch("rmsprop 0.9", RmsProp::new(0.05).decay(0.9));
    check_against_pytorch("adam", Adam::new(0.05));
    check_against_pytorch("adam 0.8 0.95", Adam::new(0.05).betas(0.8, 0.95));
    check_against_pytorch("adamw", AdamW::new(0.05).weight_decay(0.1));
    check_against_pytorch("amsgrad", Adam::new(0.05).betas(0.8, 0.9).weight_decay(0.1).amsgrad());
    check_against_pytorch("adamw amsgrad", AdamW::new(0.05).betas(0.8, 0.9).weight_decay(0.1).amsgrad());
    check_against_pytorch("adagrad", AdaGrad::new(0.5));
    let decaying = AdaGrad::new(0.5).learning_rate_decay(0.1).initial_accumulator_value(2.0).epsilon(0.01);
    check_against_pytorch("adagrad decay", decaying);
    check_against_pytorch("nadam", Nadam::new(0.05));
    check_against_pytorch("nadam 0.8 0.95", Nadam::new(0.05).betas(0.8, 0.95).momentum_decay(0.1).epsilon(0.001));
    check_against_pytorch("lion", Lion::new(0.05));
    check_against_pytorch("lion 0.5 0.8", Lion::new(0.05).betas(0.5, 0.8).weight_decay(0.1));
}

/// Twenty steps of these cases with and without the maximum differ, so the figures of AMSGrad test it.
#[test]
fn amsgrad_differs_from_adam() {
    let (mut p, mut adam) = (START, AdamW::new(0.05).betas(0.8, 0.9).weight_decay(0.1));
    for _ in 0..20 {
        let gradient = gradient(p);
        adam.step_slice(&mut p, &gradient).unwrap();
    }
    let expected = reference("adamw amsgrad");
    assert!(p.iter().zip(&expected[76..]).any(|(p, expected)| (p - expected).abs() > 0.01), "{p:?}");
}

/// Returns the parameters after each of twenty steps with a learning rate of 0.05, computed by the lines of
/// `_single_tensor_adam` in PyTorch's `torch/optim/adam.py`.
fn pytorch_adam([beta1, beta2]: [f64; 2], eps: f64, weight_decay: f64, decoupled: bool) -> Vec<[f64; 4]> {
    let lr = 0.05;
    let (mut param, mut exp_avg, mut exp_avg_sq) = (START, [0.0; 4], [0.0; 4]);
    let step = |step| {
        let mut grad = gradient(param);
        let (bias_correction1, bias_correction2) = (1.0 - f64::powi(beta1, step), 1.0 - f64::powi(beta2, step));
        for i in 0..4 {
            if decoupled {
                param[i] *= 1.0 - lr * weight_decay;
            } else {
                grad[i] += weight_decay * param[i];
            }
            exp_avg[i] += (1.0 - beta1) * (grad[i] - exp_avg[i]);
            exp_avg_sq[i] = beta2 * exp_avg_sq[i] + (1.0 - beta2) * grad[i] * grad[i];
            let denom = exp_avg_sq[i].sqrt() / bias_correction2.sqrt() + eps;
            param[i] -= lr / bias_correction1 * exp_avg[i] / denom;
        }
        param
    };
    (1..=20).map(step).collect()
}

#[test]
fn transcribed_adam_equals_pytorch() {
    for (name, betas, weight_decay) in
        [("adam", [0.9, 0.999], 0.0), ("adam 0.8 0.95", [0.8, 0.95], 0.0), ("adamw", [0.9, 0.999], 0.1)]
    {
        let steps = pytorch_adam(betas, 1e-8, weight_decay, true);
        steps.as_flattened().iter().zip(reference(name)).for_each(|(&found, expected)| close(found, expected));
    }
}

/// Adam adds its weight decay to the gradient; AdamW applies it to the parameters, by default 0.01.
#[test]
fn weight_decay_equals_pytorch() {
    fn check<S: Scalar>(tolerance: f64) {
        let (betas, eps) = ([0.8, 0.95], 1e-3);
        let adam = || Adam::<S>::new(0.05).betas(0.8, 0.95).epsilon(eps);
        let adam_w = || AdamW::<S>::new(0.05).betas(0.8, 0.95).epsilon(eps);
        let cases: [(Box<dyn Optimizer<S>>, f64, bool); 5] = [
            (Box::new(adam()), 0.0, false),
            (Box::new(adam().weight_decay(0.5)), 0.5, false),
            (Box::new(adam_w()), 0.01, true),
            (Box::new(adam_w().weight_decay(0.5)), 0.5, true),
            (Box::new(adam_w().weight_decay(0.0)), 0.0, false),
        ];
        for (case, (mut optimizer, weight_decay, decoupled)) in cases.into_iter().enumerate() {
            let (steps, other) =
                (pytorch_adam(betas, eps, weight_decay, decoupled), pytorch_adam(betas, eps, weight_decay, !decoupled));
            let mut p = START.map(S::of);
            for expected in &steps {
                let derivatives = gradient(p.map(|p| p.to_f64().unwrap())).map(S::of);
                optimizer.step_slice(&mut p, &derivatives).unwrap();
                for (p, expected) in p.iter().zip(expected) {
                    let p = p.to_f64().unwrap();
                    assert!((p - expected).abs() <= tolerance, "case {case}: expected {expected}, got {p}");
                }
            }
            let distance = (steps[19].iter().zip(other[19])).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(
                weight_decay < 0.5 || distance > 2.0 * tolerance,
                "the two kinds of decay must differ, by {distance}"
            );
        }
    }
    check::<f64>(1e-12);
    check::<f32>(1e-5);
    check::<FloatWrapper<f16>>(0.05);
}

/// Adam adds its weight decay in chunks of parameters, and must skip none of them.
#[test]
fn weight_decay_reaches_every_parameter() {
    for count in [1, 127, 128, 129, 1000] {
        let gradient: Vec<f64> = (0..count).map(|i| f64::from(i * 7).sin()).collect();
        let start: Vec<f64> = (0..count).map(|i| f64::from(i * 3).cos()).collect();
        let decayed: Vec<f64> = gradient.iter().zip(&start).map(|(g, p)| g + 0.25 * p).collect();
        let (mut found, mut expected) = (start.clone(), start);
        Adam::new(0.1).weight_decay(0.25).step_slice(&mut found, &gradient).unwrap();
        Adam::new(0.1).step_slice(&mut expected, &decayed).unwrap();
        assert_eq!(found, expected, "{count} parameters");
    }
}

#[test]
#[should_panic(expected = "`weight_decay` must be finite and non-negative, got -0.1")]
fn negative_weight_decay_panics() {
    let _ = AdamW::<f64>::new(0.1).weight_decay(-0.1);
}

#[test]
fn schedules_equal_pytorch() {
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
fn failed_step_changes_nothing() {
    let mut adam = Adam::<f64>::new(0.1);
    let mut p = [1.0, 2.0];
    let error = adam.step_slice(&mut p, &[1.0, f64::NAN]).unwrap_err();
    assert_eq!(error.to_string(), "expected a finite gradient, got NaN, in parameter 2");
    let error = adam.step_slice(&mut p, &[1.0]).unwrap_err();
    let (operation, place) = (Some("Optimizer::step_slice"), String::new());
    assert_eq!(error, Error::Shape { operation, what: "derivatives", expected: 2, got: 1, place });
    assert_eq!((p, &adam), ([1.0, 2.0], &Adam::new(0.1)));
}

#[test]
#[should_panic(expected = "expected 2 parameters, as in earlier steps of the optimizer, got 3")]
fn optimizer_state_of_other_parameters_panics() {
    let mut momentum = Momentum::new(0.1, 0.9);
    momentum.step_slice(&mut [1.0, 2.0], &[1.0, 1.0]).unwrap();
    momentum.step_slice(&mut [1.0, 2.0, 3.0], &[1.0; 3]).unwrap();
}

/// Returns the length of the last of 20 steps with a constant derivative, in units of the learning rate.
fn last_step<S: Scalar>(mut optimizer: impl Optimizer<S>, derivative: f64) -> f64 {
    let rate = optimizer.learning_rate();
    let mut step = f64::NAN;
    for _ in 0..20 {
        let mut p = [S::zero()];
        optimizer.step_slice(&mut p, &[S::of(derivative)]).unwrap();
        step = -p[0].to_f64().unwrap() / rate;
    }
    step
}

#[test]
fn derivative_of_0_changes_no_parameter_in_any_float_type() {
    fn check<S: Scalar>() {
        for mut optimizer in [
            Box::new(Adam::new(0.01)) as Box<dyn Optimizer<S>>,
            Box::new(AdamW::new(0.01).weight_decay(0.0)),
            Box::new(Adam::new(0.01).amsgrad()),
            Box::new(RmsProp::new(0.01)),
            Box::new(AdaGrad::new(0.01)),
            Box::new(Nadam::new(0.01)),
            Box::new(Lion::new(0.01)),
        ] {
            let mut p = [S::of(0.5), S::of(0.5)];
            optimizer.step_slice(&mut p, &[S::zero(), S::one()]).unwrap();
            assert!(p[0] == S::of(0.5) && p[1] < p[0], "{p:?}");
        }
    }
    check::<FloatWrapper<f16>>();
    check::<FloatWrapper<bf16>>();
    check::<f32>();
    check::<f64>();
}

/// Adam and RMSProp divide by the size of the derivative, so the steps have the same length also if its square
/// overflows or underflows.
#[test]
fn steps_have_the_same_length_for_derivatives_of_any_size() {
    fn check<S: Scalar>(derivatives: &[f64], tolerance: f64) {
        for &derivative in derivatives {
            for derivative in [derivative, -derivative] {
                let adam = last_step::<S>(Adam::new(0.125).epsilon(1e-7), derivative);
                assert!((adam - derivative.signum()).abs() < tolerance, "Adam, derivative {derivative:e}: {adam}");
                let amsgrad = last_step::<S>(Adam::new(0.125).epsilon(1e-7).amsgrad(), derivative);
                assert!((amsgrad - derivative.signum()).abs() < tolerance, "AMSGrad, derivative {derivative:e}");
                let nadam = last_step::<S>(Nadam::new(0.125).epsilon(1e-7), derivative);
                assert!((nadam - derivative.signum()).abs() < 0.1, "NAdam, derivative {derivative:e}: {nadam}");
                let lion = last_step::<S>(Lion::new(0.125), derivative);
                assert!(lion == derivative.signum(), "Lion, derivative {derivative:e}: {lion}");
                let rms_prop = last_step::<S>(RmsProp::new(0.125).decay(0.5).epsilon(1e-7), derivative);
                let error = (rms_prop - derivative.signum()).abs();
                assert!(error < tolerance, "RMSProp, derivative {derivative:e}: {rms_prop}");
            }
        }
    }
    check::<f64>(&[1e-5, 1.0, 1e200, 1e300], 0.02);
    check::<f32>(&[1e-5, 1.0, 1e20, 1e38], 0.02);
    check::<FloatWrapper<f16>>(&[0.003, 0.01, 1.0, 500.0, 3e4], 0.05);
}

/// The sum of 20 equal squares has the root √20·|g|, also if the squares overflow or underflow.
#[test]
fn ada_grad_steps_shrink_equally_for_derivatives_of_any_size() {
    fn check<S: Scalar>(derivatives: &[f64], tolerance: f64) {
        for &derivative in derivatives {
            let step = last_step::<S>(AdaGrad::new(0.125).epsilon(1e-7), derivative);
            assert!((step * 20_f64.sqrt() - 1.0).abs() < tolerance, "derivative {derivative:e}: {step}");
        }
    }
    check::<f64>(&[1e-4, 1.0, 1e153, 6e153, 1e200, 1e306], 0.02);
    check::<f32>(&[1e-4, 1.0, 5e18, 1e19, 1e20, 1e37], 0.02);
    check::<FloatWrapper<f16>>(&[0.003, 0.01, 1.0, 50.0, 150.0, 1e4], 0.05);
}

/// The root of the sum stays at the largest number of the type. It must not become infinite or NaN.
#[test]
fn ada_grad_survives_the_largest_derivatives() {
    let (mut p, mut ada_grad) = ([0.0_f64; 2], AdaGrad::new(1.0));
    for _ in 0..50 {
        ada_grad.step_slice(&mut p, &[f64::MAX, -f64::MAX]).unwrap();
    }
    assert!(p[0] < -10.0 && p[0] >= -50.0 && p[1] == -p[0], "{p:?}");
}

/// 0.1·1e-7 is 0 in half precision, but the derivative has a sign.
#[test]
fn lion_takes_the_sign_of_the_smallest_derivatives() {
    let smallest = FloatWrapper(f16::from_bits(1));
    let mut p = [FloatWrapper(f16::ZERO); 2];
    Lion::new(0.25).step_slice(&mut p, &[smallest, -smallest]).unwrap();
    assert_eq!(p.map(|p| p.0.to_f32()), [-0.25, 0.25]);
}

#[test]
#[should_panic(expected = "`decay` must be finite and non-negative, got NaN")]
fn learning_rate_decay_of_nan_panics() {
    let _ = AdaGrad::<f64>::new(0.1).learning_rate_decay(f64::NAN);
}

#[test]
fn moving_averages_decay_in_half_precision() {
    fn check<S: Scalar>(steps: usize) {
        let mut adam = Adam::<S>::new(0.125);
        let mut p = [S::zero()];
        adam.step_slice(&mut p, &[S::of(64.0)]).unwrap();
        for _ in 0..steps {
            adam.step_slice(&mut p, &[S::one()]).unwrap();
        }
        let before = p[0].to_f64().unwrap();
        p = [S::zero()];
        adam.step_slice(&mut p, &[S::one()]).unwrap();
        let step = -p[0].to_f64().unwrap() / 0.125;
        assert!((step - 1.0).abs() < 0.15, "step {step}, parameter {before}");
    }
    check::<FloatWrapper<bf16>>(1000); // 0.999 rounds to 1
    check::<FloatWrapper<f16>>(6000);
    let mut momentum = Momentum::<FloatWrapper<bf16>>::new(1.0, 0.999);
    let mut p = [FloatWrapper(bf16::from_f32(0.0))];
    momentum.step_slice(&mut p, &[FloatWrapper(bf16::from_f32(1.0))]).unwrap();
    for _ in 0..2000 {
        momentum.step_slice(&mut p, &[FloatWrapper(bf16::from_f32(0.0))]).unwrap();
    }
    p = [FloatWrapper(bf16::from_f32(0.0))];
    momentum.step_slice(&mut p, &[FloatWrapper(bf16::from_f32(0.0))]).unwrap();
    assert!(p[0].0.to_f32().abs() < 1e-3, "{p:?}");
}

#[test]
fn epsilon_is_added_to_the_root() {
    let mut x = [1.0];
    RmsProp::new(0.1).decay(0.75).epsilon(1.5).step_slice(&mut x, &[2.0]).unwrap();
    close(x[0], 1.0 - 0.1 * 2.0 / (1.0 + 1.5)); // √(¼·2²) + 1.5
    let mut x = [1.0];
    Adam::new(0.1).epsilon(2.0).step_slice(&mut x, &[2.0]).unwrap();
    close(x[0], 1.0 - 0.1 * 2.0 / (2.0 + 2.0));
}

#[test]
#[should_panic(expected = "`epsilon` must be positive and finite, got 0")]
fn epsilon_of_0_panics() {
    let _ = Adam::<f64>::new(0.1).epsilon(0.0);
}

#[test]
#[should_panic(expected = "`epsilon` must be positive, got 1e-8, which is 0 in this float type")]
fn epsilon_that_rounds_to_0_panics() {
    let _ = RmsProp::<FloatWrapper<f16>>::new(0.1).epsilon(1e-8);
}

/// 1 minus the product of learning rate and decay, 2e-8, is 1 in single precision. The decay must still change the
/// parameters.
#[test]
fn small_weight_decay_has_an_effect_in_single_precision() {
    fn sum<S: Scalar>(decay: f64) -> f64 {
        let mut adam = AdamW::new(1e-4).weight_decay(decay);
        let mut p: Vec<S> = (0..1000).map(|i| S::of(f64::from(500 + i / 2) / 1000.0)).collect();
        for step in 0..100 {
            let gradient: Vec<S> = (0..1000).map(|i| S::of(f64::from(i * 7 + step * 13).sin())).collect();
            adam.step_slice(&mut p, &gradient).unwrap();
        }
        p.iter().map(|p| p.to_f64().unwrap()).sum()
    }
    let [single, double] = [sum::<f32>(2e-4) - sum::<f32>(0.0), sum::<f64>(2e-4) - sum::<f64>(0.0)];
    assert!((single / double - 1.0).abs() < 0.1, "{single:e} {double:e}");
}

/// A learning rate of 1e-8 rounds to 0 in half precision, but its product with a derivative of 6e4 does not.
#[test]
fn small_learning_rate_times_large_derivative_is_a_step_in_half_precision() {
    for mut optimizer in
        [Box::new(Sgd::new(1e-8)) as Box<dyn Optimizer<FloatWrapper<f16>>>, Box::new(Momentum::new(1e-8, 0.9))]
    {
        let mut p = [FloatWrapper(f16::from_f32(0.0))];
        optimizer.step_slice(&mut p, &[FloatWrapper(f16::from_f32(6e4))]).unwrap();
        let step = -p[0].0.to_f32();
        assert!((step / 6e-4 - 1.0).abs() < 0.01, "{step}");
    }
}

#[test]
fn step_that_panics_is_not_counted() {
    let mut adam = Adam::new(0.1);
    adam.step_slice(&mut [1.0, 2.0], &[1.0, 1.0]).unwrap();
    let before = adam.clone();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| adam.step_slice(&mut [1.0], &[1.0])));
    assert!(result.is_err() && adam == before);
}

/// Returns a layer of two neurons with one input. Its weights are the elements 0 and 2, its biases 1 and 3.
fn two_neurons([w1, b1, w2, b2]: [f64; 4]) -> Layer<f64> {
    Layer::from_neurons([(w1, b1), (w2, b2)].map(|(w, b)| Neuron::new([w], b, Activation::Identity))).unwrap()
}

fn values(layer: &Layer<f64>) -> [f64; 4] {
    layer.parameters().try_into().unwrap()
}

/// The learning rate of both groups shrinks by a schedule.
fn check_groups_against_pytorch(name: &str, mut groups: impl Optimizer<f64>) {
    let (mut layer, expected) = (two_neurons(START), reference(name));
    assert_eq!(expected.len(), 80, "twenty steps of four parameters");
    for (epoch, expected) in expected.chunks(4).enumerate() {
        groups.set_learning_rate(0.05 * Schedule::Exponential { factor: 0.9 }.factor(epoch, 20));
        let gradient = two_neurons(gradient(values(&layer)));
        groups.step(&mut layer, &gradient).unwrap();
        values(&layer).iter().zip(expected).for_each(|(&found, &expected)| close(found, expected));
    }
}

#[test]
fn parameter_groups_equal_pytorch() {
    let sgd = ParameterGroups::new(Momentum::new(0.05, 0.9)).learning_rate_factor("bias", 0.2);
    check_groups_against_pytorch("groups sgd", sgd);
    let adam = || ParameterGroups::new(Adam::new(0.05)).weight_decay("weight", 0.1).learning_rate_factor("bias", 0.2);
    check_groups_against_pytorch("groups adam", adam());
    let frozen = || ParameterGroups::new(AdamW::new(0.05).weight_decay(0.1)).freeze("weight");
    check_groups_against_pytorch("groups frozen", frozen());
    // A pointer must find the names too.
    check_groups_against_pytorch("groups adam", &mut adam());
    check_groups_against_pytorch("groups frozen", Box::new(frozen()) as Box<dyn Optimizer<f64>>);
    // Groups of groups
    let inner = ParameterGroups::new(Adam::new(0.05)).weight_decay("weight", 0.1);
    check_groups_against_pytorch("groups adam", ParameterGroups::new(inner).learning_rate_factor("bias", 0.2));
}

#[test]
fn parameter_groups_without_settings_equal_the_inner_optimizer() {
    check_against_pytorch("adam", ParameterGroups::new(Adam::new(0.05)));
    let (mut grouped, mut expected) = (two_neurons(START), two_neurons(START));
    let gradient = two_neurons([1.0, 2.0, -3.0, 4.0]);
    ParameterGroups::new(Adam::new(0.05)).step(&mut grouped, &gradient).unwrap();
    Adam::new(0.05).step(&mut expected, &gradient).unwrap();
    assert_eq!(grouped, expected);
}

#[test]
fn last_setting_of_a_name_applies_and_a_prefix_ends_at_a_dot() {
    let layer = || two_neurons([0.0; 4]);
    let mut net = vec![layer(), layer()];
    let gradient = vec![two_neurons([1.0; 4]), two_neurons([1.0; 4])];
    let mut groups = ParameterGroups::new(Sgd::new(1.0))
        .learning_rate_factor("0.weight", 7.0)
        .learning_rate_factor("0", 2.0)
        .learning_rate_factor("0.bias", 3.0)
        .weight_decay("1", 5.0)
        .weight_decay("1", 0.0)
        .freeze("1.bias");
    groups.step(&mut net, &gradient).unwrap();
    assert_eq!(net.parameters(), [-2.0, -3.0, -2.0, -3.0, -1.0, 0.0, -1.0, 0.0]);
    for pattern in ["0.", "0.w", "weight", "", "2", "0.weight.0"] {
        let mut groups = ParameterGroups::new(Sgd::new(1.0)).freeze("0").freeze(pattern);
        let before = net.clone();
        let error = groups.step(&mut net, &gradient).unwrap_err();
        assert!(matches!(&error, Error::Unknown { name, .. } if name == pattern), "{error}");
        assert!(error.to_string().ends_with(" Parameters: 0.weight, 0.bias, 1.weight, 1.bias"), "{error}");
        assert_eq!(net, before);
    }
}

/// Runs of parameters cross the layers of an `Mlp`, whose parameters are one matrix.
#[test]
fn parameter_groups_of_an_mlp_change_their_parameters_alone() {
    let layers = [(3, Activation::Tanh), (2, Activation::Relu), (2, Activation::Identity)];
    let layers = layers.map(|(outputs, activation)| {
        Layer::from_neurons((0..outputs).map(|_| Neuron::new([0.0; 2], 0.0, activation))).unwrap()
    });
    let [first, second, third] = layers;
    let second = Layer::from_neurons(second.neurons().map(|_| Neuron::new([0.0; 3], 0.0, Activation::Relu))).unwrap();
    let mut net = Mlp::from_layers([first, second, third]).unwrap();
    let gradient = net.clone().with_parameters(&vec![1.0; net.parameters().len()]).unwrap();
    let names: Vec<String> = net.parameter_info().iter().map(|info| info.name().into()).collect();
    assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"]);
    let mut groups =
        ParameterGroups::new(Adam::new(1.0)).freeze("0.bias").freeze("2.weight").learning_rate_factor("4", 0.5);
    groups.step(&mut net, &gradient).unwrap();
    for info in net.parameter_info() {
        let expected: f64 = match info.name() {
            "0.bias" | "2.weight" => 0.0,
            "4.weight" | "4.bias" => -0.5,
            _ => -1.0,
        };
        for index in info.indices() {
            assert!((net.parameters()[index] - expected).abs() < 1e-6, "{} {index}", info.name());
        }
    }
}

#[test]
fn freezing_keeps_the_state_of_the_inner_optimizer() {
    let mut layer = two_neurons([0.0; 4]);
    let mut groups = ParameterGroups::new(Momentum::new(0.5, 0.5)).freeze("weight");
    let gradient = two_neurons([f64::NAN, 1.0, f64::INFINITY, 2.0]);
    groups.step(&mut layer, &gradient).unwrap();
    groups.step(&mut layer, &gradient).unwrap();
    // A velocity of the weights would move them.
    let mut momentum = groups.optimizer().clone();
    momentum.step(&mut layer, &two_neurons([0.0; 4])).unwrap();
    assert_eq!(values(&layer), [0.0, -0.5 - 0.75 - 0.375, 0.0, -1.0 - 1.5 - 0.75]);
}

#[test]
fn failed_step_of_parameter_groups_changes_nothing() {
    let start = two_neurons(START);
    let mut layer = start.clone();
    let mut groups = ParameterGroups::new(Momentum::new(0.5, 0.5)).freeze("weight").learning_rate_factor("bias", 1e10);
    let error = groups.step(&mut layer, &two_neurons([f64::NAN, 1.0, 1.0, f64::INFINITY])).unwrap_err();
    assert_eq!(error.to_string(), "expected a finite gradient, got inf, in bias of neuron 2");
    let one = Layer::from_neurons([Neuron::new([0.0], 0.0, Activation::Identity)]).unwrap();
    assert!(matches!(groups.step(&mut layer, &one), Err(Error::Shape { .. })));
    Optimizer::<f64>::set_learning_rate(&mut groups, 1e300);
    let error = groups.step(&mut layer, &start).unwrap_err().to_string();
    assert_eq!(error, "expected a finite learning rate, got inf, in the group `bias`");
    let error = groups.step_slice(&mut [1.0], &[1.0]).unwrap_err().to_string();
    let expected = "Optimizer::step_slice does not support parameter groups: parameters in a slice have no names; use \
                    Optimizer::step";
    assert_eq!(error, expected);
    let pointer: &mut dyn Optimizer<f64> = &mut groups;
    assert_eq!({ pointer }.step_slice(&mut [1.0], &[1.0]).unwrap_err().to_string(), expected);
    assert_eq!(layer, start);
    let mut momentum = Momentum::new(0.5, 0.5);
    Optimizer::<f64>::set_learning_rate(&mut momentum, 1e300);
    assert_eq!(groups.optimizer(), &momentum);
}

#[test]
#[should_panic(expected = "parameter groups need the names of the 4 parameters")]
fn parameter_groups_without_names_panic() {
    Optimizer::<f64>::begin(&mut ParameterGroups::new(Sgd::new(0.1)).freeze("bias"), 4);
}

#[test]
#[should_panic(expected = "`factor` must be finite and non-negative, got -1")]
fn negative_factor_panics() {
    let _ = ParameterGroups::new(Sgd::new(0.1)).learning_rate_factor("bias", -1.0);
}

/// The rate, 1e-8, is 0 in half precision, but its product with the decay is not.
#[test]
fn small_rate_times_large_decay_is_a_step_in_half_precision() {
    let layer = |w: f32| {
        let [w, zero] = [w, 0.0].map(|x| FloatWrapper(f16::from_f32(x)));
        Layer::from_neurons([Neuron::new([w], zero, Activation::Identity)]).unwrap()
    };
    let mut decayed = layer(6e-4);
    let mut groups = ParameterGroups::new(Sgd::new(1e-8)).weight_decay("weight", 1e5); // a fraction of 1e-3
    groups.step(&mut decayed, &layer(0.0)).unwrap();
    assert!(decayed.parameters()[0] < layer(6e-4).parameters()[0]);
}

#[test]
fn moving_average_equals_pytorch() {
    let layer =
        |[w1, w2, w3, b]: [f64; 4]| Layer::from_neurons([Neuron::new([w1, w2, w3], b, Activation::Identity)]).unwrap();
    let (mut p, mut average) = (START, ExponentialMovingAverage::new(&layer(START), 0.9));
    assert_eq!(average.module(), &layer(START));
    for expected in reference("average").chunks(4) {
        let gradient = gradient(p);
        Sgd::new(0.05).step_slice(&mut p, &gradient).unwrap();
        average.update(&layer(p)).unwrap();
        average.module().parameters().iter().zip(expected).for_each(|(&found, &expected)| close(found, expected));
    }
    assert_eq!(average.clone().into_module(), *average.module());
}

#[test]
fn moving_average_rejects_other_shapes_and_values() {
    let one = |w, b| Layer::from_neurons([Neuron::new([w], b, Activation::Identity)]).unwrap();
    let mut average = ExponentialMovingAverage::new(&one(1.0, 2.0), 0.5);
    average.update(&one(3.0, 4.0)).unwrap();
    let before = average.clone();
    assert!(matches!(average.update(&two_neurons(START)), Err(Error::Shape { .. })));
    let error = average.update(&one(1.0, f64::NAN)).unwrap_err().to_string();
    assert_eq!(error, "expected a finite parameter, got NaN, in bias of neuron 1");
    assert_eq!(average, before);
}

/// A decay whose weights do not add up to 1 after rounding would move the average of equal values.
#[test]
fn moving_average_of_equal_values_is_the_value() {
    let layer = |w: f32| Layer::from_neurons([Neuron::new([w], -w, Activation::Identity)]).unwrap();
    let mut average = ExponentialMovingAverage::new(&layer(0.3), 0.9999);
    for _ in 0..1000 {
        average.update(&layer(0.3)).unwrap();
    }
    assert_eq!(average.module(), &layer(0.3));
    let mut average = ExponentialMovingAverage::new(&layer(3e38), 0.5);
    average.update(&layer(3e38)).unwrap();
    average.update(&layer(-3e38)).unwrap();
    assert_eq!(average.module(), &layer(0.0));
}
