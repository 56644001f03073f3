//! `gradcheck` accepts right derivatives and rejects wrong ones.

use backprop::{Error, Scalar, UnaryFunction, Value, gradcheck};

fn smooth<S: Scalar>(x: &[S]) -> S {
    (x[0] * x[1]).sin() + x[2].exp() / (x[0] * x[0] + S::one())
}

/// The sine, with its derivative multiplied by `factor`.
struct Sine {
    factor: f64,
}

impl UnaryFunction for Sine {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (x.sin(), T::of(self.factor) * x.cos())
    }
}

#[test]
fn right_derivatives_pass_in_both_precisions() {
    assert_eq!(gradcheck(|x| smooth(x), &[0.3_f64, -1.2, 0.7]), Ok(()));
    assert_eq!(gradcheck(|x| smooth(x), &[0.3_f32, -1.2, 0.7]), Ok(()));
    assert_eq!(gradcheck(|x| smooth(x) * 1e6, &[0.3_f64, -1.2, 0.7]), Ok(()));
    assert_eq!(gradcheck(|x| x[0].map(Sine { factor: 1.0 }), &[1e3_f64]), Ok(()));
    assert_eq!(gradcheck(|_| Value::constant(1.0), &[] as &[f64]), Ok(()));
    assert_eq!(gradcheck(|_| Value::constant(1.0), &[2.0_f64]), Ok(()));
}

#[test]
fn wrong_derivatives_fail() {
    for factor in [-1.0, 0.0, 1.001, 1.0 + 1e-7, f64::NAN, f64::INFINITY] {
        let checked = gradcheck(|x| x[0] + x[1].map(Sine { factor }), &[0.3, 0.5]);
        assert!(matches!(checked, Err(Error::Gradient { coordinate: 1, .. })), "{factor}: {checked:?}");
    }
    let checked = gradcheck(|x| x[0].map(Sine { factor: 1.01 }), &[0.3_f32]);
    assert!(matches!(checked, Err(Error::Gradient { coordinate: 0, .. })), "{checked:?}");
}

#[test]
fn detached_gradient_fails() {
    let checked = gradcheck(|x| Value::constant(x[0].data()).exp() + x[1], &[0.3, 0.5]);
    assert!(matches!(checked, Err(Error::Gradient { coordinate: 0, automatic: 0.0, .. })), "{checked:?}");
}

#[test]
fn point_outside_the_domain_fails() {
    assert!(gradcheck(|x| x[0].ln(), &[-1.0]).is_err());
}

#[test]
fn error_has_coordinate_derivatives_and_tolerance() {
    let Err(error) = gradcheck(|x| x[0].map(Sine { factor: 2.0 }), &[0.0]) else { panic!("gradcheck passed") };
    let Error::Gradient { coordinate: 0, automatic: 2.0, numerical, relative_error, tolerance } = error else {
        panic!("{error}")
    };
    assert!((numerical - 1.0).abs() < 1e-10 && (relative_error - 0.5).abs() < 1e-10 && tolerance < 1e-8);
    let text = error.to_string();
    for part in [
        "coordinate 0",
        "expected the derivative 1.0",
        "by differences, got 2.0",
        "relative error 5.0e-1",
        "tolerance 3.7e-9",
    ] {
        assert!(text.contains(part), "{text}: no {part}");
    }
}
