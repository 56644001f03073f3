//! Programs as data, as traces, and from iterators.

use backprop::ndarray::Array2;
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Error, Program, RecordedValue, Scalar, UnaryFunction};
use serde_json::{Value, json};

type R = RecordedValue<f64>;

/// A function with two paths, all kinds of operands and two outputs.
fn f(p: &[R], x: &[R]) -> [R; 2] {
    let y = (p[0] * x[0]).sin() + x[1].powf(p[1]).mul_add(0.5, x[0]);
    [if x[0] < 0.5 { y.powi(-3) } else { y.max(p[0]).ln() / x[1] }, y % 0.3]
}

fn rows(count: usize) -> Array2<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    Array2::from_shape_fn((count, 2), |_| rng.random_range(0.1..1.0))
}

const P: [f64; 2] = [1.3, 0.7];

#[test]
fn stored_program_gives_the_same_bits_on_its_paths() {
    let program = Program::record(2, 2, f).unwrap();
    let expected = program.values_and_jacobian(&P, rows(100)).unwrap();
    let loaded: Program<f64> = serde_json::from_str(&serde_json::to_string(&program).unwrap()).unwrap();
    assert_eq!(loaded.values_and_jacobian(&P, rows(100)).unwrap(), expected);
    assert_eq!(loaded.to_string(), program.to_string());
}

#[test]
fn stored_program_needs_its_function_for_a_new_path() {
    let text = serde_json::to_string(&Program::record(2, 2, f).unwrap()).unwrap();
    let loaded: Program<f64> = serde_json::from_str(&text).unwrap();
    assert!(loaded.values(&P, [[0.6, 0.2], [0.9, 0.2]]).is_ok());
    let error = loaded.values(&P, [[0.6, 0.2], [0.2, 0.2]]).unwrap_err();
    assert_eq!(error, Error::NotRecorded { point: 1 });
    let values = loaded.with_function(f).values(&P, [[0.2, 0.2]]).unwrap();
    assert_eq!(values, Program::record(2, 2, f).unwrap().values(&P, [[0.2, 0.2]]).unwrap());
}

#[test]
fn stored_program_with_contradictions_is_an_error() {
    let stored = serde_json::to_value(Program::record(2, 2, f).unwrap()).unwrap();
    let changed = |path: &str, value: Value| {
        let mut changed = stored.clone();
        *changed.pointer_mut(path).unwrap() = value;
        serde_json::from_value::<Program<f64>>(changed).unwrap_err().to_string()
    };
    for (path, value, message) in [
        ("/float", json!("f32"), "expected a program of the float type f64, got f32"),
        ("/paths", json!([]), "expected at least one path, got none"),
        ("/parameters", json!(usize::MAX), "expected operations for 18446744073709551615 parameters"),
        ("/paths/0/operations/1", json!([{"parameter": 0}, []]), "once, in operation 1"),
        ("/paths/0/guards/0/2", json!(7), "expected the answer 0 or 1, got 7, in guard 0"),
        ("/parameters", json!(1), "each operation once, in operation 1, of path 0"),
        ("/columns", json!(0), "each operation once, in operation 2, of path 0"),
        ("/paths/0/outputs/0", json!(99), "expected outputs below 1"),
        ("/paths/0/operations/4", json!(["add", [1, 4]]), "expected operands below 4, got 4, in operation 4"),
        ("/paths/0/operations/4", json!(["add", [1]]), "expected 2 operands, got 1, in operation 4"),
        ("/paths/0/operations/4", json!([{"unary": "sine"}, [1]]), "no function `sine`"),
        ("/paths/0/operations/4", json!([{"unary": "powf"}, [1]]), "expected 2 operands, got 1, in operation 4"),
        ("/paths/0/operations/4", json!([{"binary": "sin"}, [1, 2]]), "expected 1 operands, got 2, in operation 4"),
        ("/paths/0/guards/0/1", json!([0, 99]), "expected operands before operation"),
        ("/paths/0/guards/0/3", json!(99), "expected operands before operation"),
    ] {
        let error = changed(path, value);
        assert!(error.contains(message), "{path}: {error}");
    }
}

#[test]
fn points_of_an_iterator_give_the_bits_of_an_array() {
    let program = Program::record(2, 2, f).unwrap();
    for count in [0, 1, 33, 5000] {
        let rows = rows(count);
        let points = rows.rows().into_iter().map(|row| [row[0], row[1]]);
        let from_array = program.sum_and_gradient(&P, &rows).unwrap();
        assert_eq!(program.sum_and_gradient_of_points(&P, points).unwrap(), from_array);
    }
    let points = [vec![0.1, 0.2], vec![0.3]];
    let error = program.sum_and_gradient_of_points(&P, points).unwrap_err();
    let text = "expected 2 columns, got 1, in point 1 of Program::sum_and_gradient_of_points";
    assert_eq!(error.to_string(), text);
}

/// The value of a step and the derivative of a line.
struct StraightThrough;

impl UnaryFunction for StraightThrough {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (x.step(), T::one())
    }
}

#[test]
fn trace_of_a_program_has_its_values_and_derivatives() {
    let g = |p: &[R], x: &[R]| [(p[0] * x[0]).map(StraightThrough) * x[1], if x[1] < 0.5 { p[1] } else { x[0] / p[1] }];
    let program = Program::record(2, 2, g).unwrap();
    for row in [[0.3, 0.2], [-0.3, 0.9]] {
        let (values, jacobian) = program.values_and_jacobian(&P, [row]).unwrap();
        let trace = program.trace(&P, &row).unwrap();
        for (i, name) in ["f0", "f1"].into_iter().enumerate() {
            let output = trace.find(name).unwrap();
            assert_eq!(output.data(), values[i]);
            for (j, name) in ["p0", "p1"].into_iter().enumerate() {
                assert_eq!(output.derivative(trace.find(name).unwrap()), jacobian[(i, j)]);
            }
        }
    }
    assert!(program.trace(&P, &[0.3]).is_err());
}
