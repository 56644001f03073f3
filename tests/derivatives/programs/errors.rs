//! Functions that cannot be recorded, arguments that do not fit, and values outside of their recording.

use backprop::ndarray::Array2;
use backprop::{Error, Program, RecordedValue, Scalar};
use num_traits::{NumCast, ToPrimitive};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

type R = RecordedValue<f64>;

/// Returns the message of the panic of `f`.
fn panic_of<T>(f: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).err().expect("it should panic");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic.downcast::<&str>().expect("the message is text").to_string(),
    }
}

/// Asserts that this thread can record and run programs.
fn assert_usable() {
    let program = Program::record(1, 1, |p, x| p[0] * x[0]).unwrap();
    assert_eq!(program.sum_and_gradient(&[2.0], [[3.0], [4.0]]).unwrap(), (14.0, vec![7.0]));
}

#[test]
fn conversion_to_float_names_its_source_line() {
    let place = |line: u32, column: u32| format!("{}:{line}:{column}", file!());
    let error = Program::record(1, 0, |p: &[R], _| p[0] * p[0].to_f64().unwrap()).unwrap_err();
    assert_eq!(error, Error::LeftRecording { conversion: "to_f64", place: place(line!() - 1, 64) });
    let error = Program::record(1, 0, |p: &[R], _| p[0] * p[0].to_f32().unwrap() as f64).unwrap_err();
    assert_eq!(error, Error::LeftRecording { conversion: "to_f32", place: place(line!() - 1, 64) });

    // In a function generic over the number
    fn generic<S: Scalar>(x: S) -> S {
        S::of((x * x).to_f64().unwrap())
    }
    let error = Program::record(1, 0, |p: &[R], _| generic(p[0])).unwrap_err();
    assert_eq!(error, Error::LeftRecording { conversion: "to_f64", place: place(line!() - 3, 23) });

    // The first of several, after others that do not leave the recording
    let several = |p: &[R], _: &[R]| {
        let _ = R::constant(2.0).to_f64();
        let _ = p[0].to_i32();
        let _ = p[0].to_f64();
        p[0] * p[0].to_f32().unwrap() as f64
    };
    let error = Program::record(1, 0, several).unwrap_err();
    assert_eq!(error, Error::LeftRecording { conversion: "to_f64", place: place(line!() - 4, 22) });

    // By way of `num_traits`
    let error = Program::record(1, 0, |p: &[R], _| p[0] * <f64 as NumCast>::from(p[0]).unwrap()).unwrap_err();
    assert!(matches!(error, Error::LeftRecording { conversion: "to_f64", .. }), "{error}");

    // With duals over recorded values
    let dual = |p: &[R], _: &[R]| p[0] * backprop::Dual::<R, 1>::variable(p[0], 0).to_f64().unwrap();
    let error = Program::record(1, 0, dual).unwrap_err();
    assert_eq!(error, Error::LeftRecording { conversion: "to_f64", place: place(line!() - 2, 84) });
    assert!(error.to_string().contains(&format!("`to_f64` at {}", place(line!() - 3, 84))), "{error}");
    assert_usable();
}

/// A conversion on a path that is recorded later is an error of the call.
#[test]
fn conversion_on_a_later_path_is_an_error_of_the_call() {
    let f = |_: &[R], x: &[R]| if x[0] > 0.0 { x[0] } else { R::constant(x[0].to_f64().unwrap()) };
    let line = line!() - 1;
    let program = Program::record(0, 1, f).unwrap();
    assert_eq!(program.values(&[], [[1.0], [2.0]]).unwrap(), [1.0, 2.0]);
    let error = program.values(&[], [[1.0], [-2.0]]).unwrap_err();
    let place = format!("{}:{line}:{}", file!(), 79);
    assert_eq!(error, Error::LeftRecording { conversion: "to_f64", place });
    assert_eq!(program.values(&[], [[1.0], [2.0]]).unwrap(), [1.0, 2.0]);
    assert_usable();
}

#[test]
fn text_of_a_value_does_not_leave_the_recording() {
    let program = Program::record(1, 1, |p: &[R], x: &[R]| {
        assert_eq!(format!("{} {:?} {:.1}", p[0], x[0], p[0] + x[0]), "1 1.0 2.0");
        p[0] * x[0]
    });
    assert_eq!(program.unwrap().path_counts().len(), 1);
}

#[test]
fn wrong_numbers_are_errors_with_fields() {
    let program = Program::record(2, 3, |p, x| [p[0] * x[0], p[1] + x[2] * x[1]]).unwrap();
    let (p, x, four) = ([1.0; 2], [[1.0; 3]; 2], [[1.0; 4]; 2]);
    let (mut two, mut values, mut jacobian) = ([0.0; 2], [0.0; 4], [0.0; 8]);
    let shape = |operation, what, expected, got| {
        Err::<(), _>(Error::Shape { operation: Some(operation), what, expected, got, place: String::new() })
    };
    let name = "Program::values";
    assert_eq!(program.values(&p[..1], x).map(drop), shape(name, "parameters", 2, 1));
    assert_eq!(program.values(&[1.0; 3], x).map(drop), shape(name, "parameters", 2, 3));
    assert_eq!(program.values(&p, four).map(drop), shape(name, "columns", 3, 4));
    assert_eq!(program.values(&p, Array2::zeros([0, 4])).map(drop), shape(name, "columns", 3, 4));
    assert_eq!(program.values_into(&p, x, &mut two), shape(name, "values", 4, 2));
    let name = "Program::sum_and_gradient";
    assert_eq!(program.sum_and_gradient(&[], x).map(drop), shape(name, "parameters", 2, 0));
    assert_eq!(program.sum_and_gradient(&p, four).map(drop), shape(name, "columns", 3, 4));
    let result = program.sum_and_gradient_into(&p, x, &mut values).map(drop);
    assert_eq!(result, shape(name, "elements of the gradient", 2, 4));
    let name = "Program::values_and_jacobian";
    assert_eq!(program.values_and_jacobian(&[], x).map(drop), shape(name, "parameters", 2, 0));
    assert_eq!(program.values_and_jacobian(&p, four).map(drop), shape(name, "columns", 3, 4));
    assert_eq!(program.values_and_jacobian_into(&p, x, &mut two, &mut jacobian), shape(name, "values", 4, 2));
    let result = program.values_and_jacobian_into(&p, x, &mut values, &mut jacobian[..7]);
    assert_eq!(result, shape(name, "elements of the Jacobian", 8, 7));
    let name = "Program::values_and_column_jacobian";
    assert_eq!(program.values_and_column_jacobian(&p, four).map(drop), shape(name, "columns", 3, 4));
    let result = program.values_and_column_jacobian_into(&p, x, &mut values, &mut jacobian);
    assert_eq!(result, shape(name, "elements of the Jacobian", 12, 8));
    // Nothing was changed
    assert_eq!((two, values, jacobian), ([0.0; 2], [0.0; 4], [0.0; 8]));
    assert_eq!(program.path_counts(), [0]);
    assert_eq!((program.parameter_count(), program.column_count(), program.output_count()), (2, 3, 2));
}

/// Halves the distance of the column to 1 until it is below the parameter. The loop does not end for a parameter of 1.
fn halvings<S: Scalar>(p: &[S], x: &[S]) -> S {
    let (mut y, mut n) = (x[0], S::zero());
    while y >= p[0] {
        y = y * S::of(0.5) + S::of(0.5);
        n += S::one();
    }
    n * y
}

#[test]
fn loop_that_ends_elsewhere_is_recorded_at_another_point() {
    let program = Program::record_at(&[1.5], &[4.0], |p: &[R], x: &[R]| halvings(p, x)).unwrap();
    let x = [[4.0], [1.0], [100.0]];
    assert_eq!(program.values(&[1.5], x).unwrap(), x.map(|x| halvings(&[1.5], &x)));
}

#[test]
fn endless_loop_at_the_first_point_is_an_error() {
    let error = Program::record(1, 1, |p: &[R], x: &[R]| halvings(p, x)).unwrap_err();
    assert!(matches!(error, Error::Limit { what: "operations", limit: 4_194_304, got: None, .. }), "{error}");
    assert!(error.to_string().contains("Program::record_at"), "{error}");
    assert_usable();
}

/// The loop asks the same question about the same values again and again, which adds no operation.
#[test]
fn loop_without_new_operations_is_an_error() {
    let error = Program::record(1, 1, |p: &[R], x: &[R]| {
        while (x[0] - p[0]).abs() < 1.0 {}
        x[0]
    });
    assert!(matches!(error.unwrap_err(), Error::Limit { what: "operations", .. }));
    assert_usable();
}

#[test]
fn function_with_state_is_not_repeatable() {
    let calls = Arc::new(AtomicUsize::new(0));
    let with_state = move |_: &[R], x: &[R]| {
        let call = calls.fetch_add(1, Ordering::Relaxed) as f64;
        let y = x[0] * x[0] + call;
        if y > 3.0 { y } else { -y }
    };
    let program = Program::record(0, 1, with_state).unwrap();
    let error = program.values(&[], [[1.0], [5.0]]).unwrap_err();
    assert_eq!(error, Error::NotRepeatable { operation: 2 }); // the column and its square are the same
    assert_eq!(program.values(&[], [[1.0]]).unwrap(), [-1.0]);

    // A question that is not asked again
    let calls = AtomicUsize::new(0);
    let with_state = move |_: &[R], x: &[R]| {
        if calls.fetch_add(1, Ordering::Relaxed) > 0 {
            x[0]
        } else if x[0] > 3.0 {
            x[0] * 2.0
        } else {
            x[0] * 3.0
        }
    };
    let program = Program::record(0, 1, with_state).unwrap();
    let error = program.values(&[], [[1.0], [5.0]]).unwrap_err();
    assert!(matches!(error, Error::NotRepeatable { .. }), "{error}");
}

/// A function whose number of results depends on the path is an error, not a wrong result.
#[test]
fn another_number_of_results_on_another_path_is_an_error() {
    for [most, least] in [[3, 1], [1, 3], [1, 0]] {
        let f = move |_: &[R], x: &[R]| vec![x[0]; if x[0] > 0.0 { most } else { least }];
        let program = Program::record(0, 1, f).unwrap();
        let x = [[1.0], [-1.0], [2.0]];
        let result = catch_unwind(AssertUnwindSafe(|| program.values(&[], x)));
        assert!(matches!(result, Ok(Err(_))), "{most} and {least} results: {result:?}");
    }
}

const MESSAGE: &str = "a recorded value can be used only in the function that is being recorded";

#[test]
fn values_of_another_recording_panic() {
    let kept: Arc<Mutex<Vec<R>>> = Arc::default();
    let keep = kept.clone();
    Program::record(1, 0, move |p: &[R], _| {
        keep.lock().unwrap().push(p[0] * 2.0);
        p[0]
    })
    .unwrap();
    let kept = kept.lock().unwrap()[0];
    // Outside of a recording
    assert_eq!(panic_of(|| kept + 1.0), MESSAGE);
    assert_eq!(panic_of(|| kept.sin()), MESSAGE);
    assert_eq!(panic_of(|| kept < 1.0), MESSAGE);
    assert_eq!(panic_of(|| kept.to_f64()), MESSAGE);
    // In another recording, as an operand, in a question and as a result
    assert_eq!(panic_of(|| Program::record(1, 0, move |p: &[R], _| p[0] * kept)), MESSAGE);
    assert_eq!(panic_of(|| Program::record(1, 0, move |p: &[R], _| if p[0] < kept { p[0] } else { -p[0] })), MESSAGE);
    assert_eq!(panic_of(|| Program::record(1, 0, move |_: &[R], _| kept)), MESSAGE);
    assert_eq!(panic_of(|| Program::record(1, 0, move |p: &[R], _| p[0] * kept.to_f64().unwrap())), MESSAGE);
    assert_usable();
}

/// The recordings of different threads are different recordings.
#[test]
fn values_of_another_thread_panic() {
    for _ in 0..2 {
        let kept: Arc<Mutex<Option<R>>> = Arc::default();
        let keep = kept.clone();
        let program = move || {
            Program::record(2, 0, move |p: &[R], _| {
                *keep.lock().unwrap() = Some(p[1] * 2.0);
                p[0]
            })
        };
        std::thread::spawn(program).join().unwrap().unwrap();
        let kept = kept.lock().unwrap().unwrap();
        let other = std::thread::spawn(move || panic_of(|| Program::record(3, 0, move |p: &[R], _| p[0] * kept)));
        assert_eq!(other.join().expect("it should panic"), MESSAGE);
    }
}

#[test]
fn constants_can_be_used_anywhere() {
    let two = R::constant(2.0);
    assert_eq!((two * 3.0).sqrt().to_f64(), Some(6_f64.sqrt()));
    assert!(two > 1.0 && two.to_i32() == Some(2));
    let program = Program::record(1, 0, move |p: &[R], _| p[0] * two).unwrap();
    assert_eq!(program.sum_and_gradient(&[3.0], Array2::zeros([1, 0])).unwrap(), (6.0, vec![2.0]));
}

#[test]
fn recording_inside_a_recording_works() {
    let f = |p: &[R], x: &[R]| {
        let y = p[0] * x[0];
        let inner = Program::record(1, 1, |p: &[R], x: &[R]| p[0].sin() + x[0]).unwrap();
        let (sum, gradient) = inner.sum_and_gradient(&[0.5], [[1.0], [2.0]]).unwrap();
        assert_eq!((sum, gradient), (1.0 + 2.0 + 2.0 * 0.5_f64.sin(), vec![2.0 * 0.5_f64.cos()]));
        // An error and a panic of the inner recording leave the outer one in progress.
        assert!(Program::record(1, 0, |p: &[R], _| p[0] * p[0].to_f64().unwrap()).is_err());
        assert_eq!(panic_of(|| Program::record(1, 0, move |p: &[R], _| p[0] * y)), MESSAGE);
        if y > 3.0 { y * y } else { y + x[0] }
    };
    let program = Program::record(1, 1, f).unwrap();
    assert_eq!(program.values(&[2.0], [[1.0], [2.0]]).unwrap(), [3.0, 16.0]);
    assert_usable();
}

#[test]
fn panic_in_the_function_leaves_the_thread_and_the_program_usable() {
    assert_eq!(panic_of(|| Program::record(1, 0, |p: &[R], _| -> R { panic!("at {}", p[0]) })), "at 1");
    assert_usable();
    let f = |p: &[R], x: &[R]| {
        assert!(x[0] > 0.0, "negative");
        p[0] * x[0]
    };
    let program = Program::record(1, 1, f).unwrap();
    let good = || assert_eq!(program.sum_and_gradient(&[2.0], [[3.0], [4.0]]).unwrap(), (14.0, vec![7.0]));
    good();
    assert_eq!(panic_of(|| program.values(&[2.0], [[3.0], [-4.0]])), "negative");
    good();
    assert_eq!(panic_of(|| program.sum_and_gradient(&[2.0], [[3.0], [-4.0]])), "negative");
    good();
    assert_usable();
}

/// A function with 100,000 operations is recorded and differentiated without recursion.
#[test]
fn long_functions_are_recorded() {
    fn logistic<S: Scalar>(p: &[S], x: &[S]) -> S {
        (0..33_000).fold(x[0], |y, _| p[0] * y * (S::one() - y))
    }
    let program = Program::record(1, 1, |p: &[R], x: &[R]| logistic(p, x)).unwrap();
    let x = [[0.2], [0.4]];
    let values = program.values(&[2.5], x).unwrap();
    assert_eq!(values, x.map(|x| logistic(&[2.5], &x)));
    let slopes = program.values_and_jacobian(&[2.5], x).unwrap().1;
    // The fixed point 1 − 1/r
    assert!(slopes.iter().all(|slope| (slope - 1.0 / 2.5_f64.powi(2)).abs() < 1e-12), "{slopes}");
}
