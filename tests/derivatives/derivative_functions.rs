//! The functions that users call agree with one another and with differences, for nets and for the odd shapes.

use backprop::rand::SeedableRng;
use backprop::{
    Activation, Init, Mlp, Scalar, derivative, gradient, gradient_of, hessian, hessian_of, hessian_vector_product,
    jacobian, jacobian_of, jacobian_vector_product, unused_inputs, vector_jacobian_product,
};
use rand_chacha::ChaCha8Rng;

fn f<S: Scalar>(x: &[S]) -> S {
    let c = S::of;
    (x[0] * x[1]).sin() + x[2].exp() / (c(1.0) + x[0].powi(2))
}

fn fs<S: Scalar>(x: &[S]) -> Vec<S> {
    vec![f(x), x[0] + x[1] * x[2], x[2].tanh(), x[1] / (S::one() + x[0] * x[0])]
}

const POINT: [f64; 3] = [0.7, -1.2, 0.4];

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-13 * b.abs().max(1.0)
}

fn all_close<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) {
    let (a, b): (Vec<_>, Vec<_>) = (a.into_iter().collect(), b.into_iter().collect());
    assert!(a.len() == b.len() && a.iter().zip(&b).all(|(&&a, &&b)| close(a, b)), "{a:?} {b:?}");
}

#[test]
fn one_function_serves_every_mode() {
    let plain = f(&POINT);
    let (y, forward) = gradient(|x| f(&x), POINT);
    let (z, reverse) = gradient_of(|x| f(x), &POINT);
    assert_eq!((plain.to_bits(), plain.to_bits()), (y.to_bits(), z.to_bits()));
    all_close(&forward, &reverse);
    let (_, first) = derivative(|x| f(&[x, POINT[1].into(), POINT[2].into()]), POINT[0]);
    assert!(close(first, forward[0]));
    let single = gradient_of(|x| f(x), &POINT.map(|x| x as f32)).1;
    assert!(single.iter().zip(&reverse).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-5));
}

#[test]
fn products_are_those_with_the_jacobian() {
    let columns = jacobian(|x| <[_; 4]>::try_from(fs(&x)).unwrap(), POINT);
    let rows = jacobian_of(|x| fs(x), &POINT);
    all_close(columns.iter().flatten(), rows.iter().flatten());

    let (direction, weights) = ([0.3, -0.5, 2.0], [1.0, -2.0, 0.5, 3.0]);
    let (values, along) = jacobian_vector_product(fs, &POINT, &direction);
    all_close(&values, &fs(&POINT));
    let expected: Vec<f64> = rows.iter().map(|row| row.iter().zip(direction).map(|(j, d)| j * d).sum()).collect();
    all_close(&along, &expected);

    let (values, across) = vector_jacobian_product(|x| fs(x), &POINT, &weights);
    all_close(&values, &fs(&POINT));
    let expected: Vec<f64> = (0..3).map(|j| rows.iter().zip(weights).map(|(row, w)| row[j] * w).sum()).collect();
    all_close(&across, &expected);
}

#[test]
fn hessians_agree_and_are_symmetric() {
    let (forward, mixed) = (hessian(|x| f(&x), POINT), hessian_of(|x| f(x), &POINT));
    all_close(forward.iter().flatten(), mixed.iter().flatten());
    for (i, row) in forward.iter().enumerate() {
        all_close(row, &forward.map(|row| row[i]));
        let mut unit = [0.0; 3];
        unit[i] = 1.0;
        all_close(&hessian_vector_product(|x| f(x), &POINT, &unit), &mixed[i]);
    }
    // By hand: ∂²f/∂x₂² = e^x₂/(1 + x₀²)
    assert!(close(forward[2][2], POINT[2].exp() / (1.0 + POINT[0].powi(2))));
}

/// 337 parameters, which is no multiple of the columns found at once.
#[test]
fn the_hessian_of_a_net_is_the_differences_of_its_gradients() {
    let layers = [(16, Activation::Tanh), (16, Activation::Tanh), (1, Activation::Identity)];
    let net = Mlp::with_init(2, layers, Init::XavierNormal, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    let samples = [([0.5, -1.0], 1.0), ([-0.3, 0.8], -1.0), ([1.2, 0.4], 0.5)];
    fn loss<S: Scalar>(net: &Mlp<f64>, parameters: &[S], samples: &[([f64; 2], f64)]) -> S {
        let net = net.with_parameters(parameters).unwrap();
        let square = |&(x, y): &([f64; 2], f64)| (net.forward(&x.map(S::of)).unwrap()[0] - S::of(y)).powi(2);
        samples.iter().map(square).sum()
    }
    let point = net.parameters();
    assert_eq!(point.len(), 337);
    let exact = hessian_of(|p| loss(&net, p, &samples), &point);
    let slopes = |p: &[f64]| gradient_of(|p| loss(&net, p, &samples), p).1;
    for (i, row) in exact.iter().enumerate() {
        let h = 1e-5;
        let moved = |by: f64| {
            let mut point = point.clone();
            point[i] += by;
            slopes(&point)
        };
        for (j, (after, before)) in moved(h).iter().zip(moved(-h)).enumerate() {
            let difference = (after - before) / (2.0 * h);
            assert!((row[j] - difference).abs() < 1e-6, "{i} {j}: {} {difference}", row[j]);
            assert!(close(row[j], exact[j][i]));
        }
    }
}

#[test]
fn nothing_is_a_shape_too() {
    assert_eq!(gradient(|[]| 2.0.into(), []), (2.0, []));
    assert_eq!(gradient_of(|_| 2.0.into(), &[]), (2.0, vec![]));
    assert_eq!(gradient_of(|_| 2.0.into(), &[1.0]), (2.0, vec![0.0]));
    assert!(hessian_of(|_| backprop::Value::of(2.0), &[] as &[f64]).is_empty());
    assert!(jacobian_of(|_| vec![], &[1.0]).is_empty());
    assert_eq!(jacobian_of(|_| vec![3.0.into()], &[1.0]), [[0.0]]);
}

#[test]
fn variables_without_a_path_are_named() {
    assert_eq!(unused_inputs(|x| x[2] * 0.0 + x[0].relu(), &[-1.0, 2.0, 3.0]), [1]);
    assert_eq!(unused_inputs(|_| 1.0.into(), &[1.0, 2.0]), [0, 1]);
    assert!(unused_inputs(|x| x[0].max(x[1]), &[1.0, 2.0]).is_empty()); // the smaller has a path, and no derivative
}

#[test]
#[should_panic(expected = "expected a direction of 2 numbers, as the point has, got 3")]
fn a_direction_is_as_long_as_the_point() {
    hessian_vector_product(|x| x[0] * x[1], &[1.0, 2.0], &[1.0, 2.0, 3.0]);
}

#[test]
#[should_panic(expected = "expected 1 weights, as there are results, got 2")]
fn there_is_a_weight_for_each_result() {
    vector_jacobian_product(|x| vec![x[0]], &[1.0], &[1.0, 2.0]);
}
