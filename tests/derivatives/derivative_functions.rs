//! The derivative functions of forward and reverse mode agree with each other and with difference quotients, also for
//! networks and for empty shapes.

use backprop::rand::SeedableRng;
use backprop::{
    Activation, Init, Mlp, Scalar, derivative, gradient, hessian, hessian_vector_product, jacobian,
    jacobian_vector_product, reverse, unused_inputs, vector_jacobian_product,
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

/// The bits of a value do not depend on the mode or on the derivatives that are computed with it.
#[test]
fn all_modes_give_the_same_value_and_gradient() {
    let plain = f(&POINT);
    let (y, forward) = gradient(|x| f(&x), POINT);
    let (z, reverse) = reverse::gradient(|x| f(x), &POINT);
    assert_eq!((plain.to_bits(), plain.to_bits()), (y.to_bits(), z.to_bits()));
    all_close(&forward, &reverse);
    let (_, first) = derivative(|x| f(&[x, POINT[1].into(), POINT[2].into()]), POINT[0]);
    assert!(close(first, forward[0]));
    let single = reverse::gradient(|x| f(x), &POINT.map(|x| x as f32)).1;
    assert!(single.iter().zip(&reverse).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-5));
}

#[test]
fn jacobians_and_their_products_agree() {
    let (values, columns) = jacobian(|x| <[_; 4]>::try_from(fs(&x)).unwrap(), POINT);
    assert_eq!(values.to_vec(), fs(&POINT));
    let (values, rows) = reverse::jacobian(|x| fs(x), &POINT);
    assert_eq!(values, fs(&POINT));
    all_close(columns.iter().flatten(), rows.iter().flatten());
    assert_eq!(jacobian(|x| fs(&x), POINT), (values, columns.to_vec()));

    let (direction, weights) = ([0.3, -0.5, 2.0], [1.0, -2.0, 0.5, 3.0]);
    let (values, along) = jacobian_vector_product(fs, &POINT, &direction);
    assert_eq!(values, fs(&POINT));
    let expected: Vec<f64> = rows.iter().map(|row| row.iter().zip(direction).map(|(j, d)| j * d).sum()).collect();
    all_close(&along, &expected);

    let (values, across) = vector_jacobian_product(|x| fs(x), &POINT, &weights);
    assert_eq!(values, fs(&POINT));
    let expected: Vec<f64> = (0..3).map(|j| rows.iter().zip(weights).map(|(row, w)| row[j] * w).sum()).collect();
    all_close(&across, &expected);
}

/// The number of values is only known when the program runs.
#[test]
fn forward_jacobian_of_many_values_equals_reverse_jacobian() {
    fn decay<S: Scalar>(x: &[S], count: u32) -> Vec<S> {
        (0..count).map(|t| x[0] * (-x[1] * S::of(f64::from(t))).exp() + x[2]).collect()
    }
    for count in [0, 1, 50] {
        let (values, rows) = jacobian(|x| decay(&x, count), POINT);
        let (expected_values, expected_rows) = reverse::jacobian(|x| decay(x, count), &POINT);
        assert_eq!(values, expected_values);
        assert_eq!(rows.len(), count as usize);
        all_close(rows.iter().flatten(), expected_rows.iter().flatten());
    }
    let (values, rows) = jacobian(|x| decay(&x, 3), POINT.map(|x| x as f32));
    assert_eq!((values[0], rows[0]), (1.1, [1.0, 0.0, 1.0])); // e⁰
}

#[test]
fn hessians_agree_and_are_symmetric() {
    let (y, g, forward) = hessian(|x| f(&x), POINT);
    let (z, h, mixed) = reverse::hessian(|x| f(x), &POINT);
    all_close(forward.iter().flatten(), mixed.iter().flatten());
    for (i, row) in forward.iter().enumerate() {
        all_close(row, &forward.map(|row| row[i]));
        let mut unit = [0.0; 3];
        unit[i] = 1.0;
        let (value, gradient, product) = hessian_vector_product(|x| f(x), &POINT, &unit);
        assert_eq!((value, &gradient), (z, &h));
        all_close(&product, &mixed[i]);
    }
    assert_eq!((y, g), gradient(|x| f(&x), POINT));
    assert_eq!((z, h), reverse::gradient(|x| f(x), &POINT));
    // By hand: ∂²f/∂x₂² = e^x₂/(1 + x₀²)
    assert!(close(forward[2][2], POINT[2].exp() / (1.0 + POINT[0].powi(2))));
}

/// 337 parameters are not a multiple of the number of columns that one evaluation computes.
#[test]
fn hessian_of_network_equals_differences_of_gradients() {
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
    let (y, g, exact) = reverse::hessian(|p| loss(&net, p, &samples), &point);
    let gradient = |p: &[f64]| reverse::gradient(|p| loss(&net, p, &samples), p);
    // Layers of 16 neurons or more compute tanh by vector instructions over floats, and by the rule over duals.
    let (value, derivatives) = gradient(&point);
    assert!(close(y, value));
    all_close(&g, &derivatives);
    let narrow = Mlp::with_init(
        2,
        layers.map(|(width, f)| (width.min(8), f)),
        Init::XavierNormal,
        &mut ChaCha8Rng::seed_from_u64(1),
    );
    let narrow = narrow.unwrap();
    let (y, g, _) = reverse::hessian(|p| loss(&narrow, p, &samples), &narrow.parameters());
    assert_eq!((y, g), reverse::gradient(|p| loss(&narrow, p, &samples), &narrow.parameters()));
    for (i, row) in exact.iter().enumerate() {
        let h = 1e-5;
        let moved = |by: f64| {
            let mut point = point.clone();
            point[i] += by;
            gradient(&point).1
        };
        for (j, (after, before)) in moved(h).iter().zip(moved(-h)).enumerate() {
            let difference = (after - before) / (2.0 * h);
            assert!((row[j] - difference).abs() < 1e-6, "{i} {j}: {} {difference}", row[j]);
            assert!(close(row[j], exact[j][i]));
        }
    }
}

#[test]
fn empty_points_and_results_are_accepted() {
    assert_eq!(gradient(|[]| 2.0.into(), []), (2.0, []));
    assert_eq!(hessian(|[]| Scalar::of(2.0), []), (2.0, [], []));
    assert_eq!(jacobian(|[x]| [x; 0], [1.0]), ([], []));
    assert_eq!(jacobian(|[x]| vec![x; 0], [1.0]), (vec![], vec![]));
    assert_eq!(jacobian(|[]| vec![backprop::Dual::of(2.0); 2], [] as [f64; 0]), (vec![2.0; 2], vec![[]; 2]));
    assert_eq!(reverse::gradient(|_| 2.0.into(), &[]), (2.0, vec![]));
    assert_eq!(reverse::gradient(|_| 2.0.into(), &[1.0]), (2.0, vec![0.0]));
    assert_eq!(reverse::hessian(|_| backprop::Value::of(2.0), &[] as &[f64]), (2.0, vec![], vec![]));
    assert_eq!(reverse::hessian(|_| backprop::Value::of(2.0), &[1.0]), (2.0, vec![0.0], vec![vec![0.0]]));
    assert_eq!(hessian_vector_product(|_| backprop::Value::of(2.0), &[] as &[f64], &[]), (2.0, vec![], vec![]));
    assert_eq!(reverse::jacobian(|_| vec![], &[1.0]), (vec![], vec![]));
    assert_eq!(reverse::jacobian(|_| vec![3.0.into()], &[1.0]), (vec![3.0], vec![vec![0.0]]));
}

#[test]
fn unused_inputs_returns_variables_without_a_path() {
    assert_eq!(unused_inputs(|x| x[2] * 0.0 + x[0].relu(), &[-1.0, 2.0, 3.0]), [1]);
    assert_eq!(unused_inputs(|_| 1.0.into(), &[1.0, 2.0]), [0, 1]);
    assert!(unused_inputs(|x| x[0].max(x[1]), &[1.0, 2.0]).is_empty()); // the smaller has a path and the derivative 0
}

#[test]
#[should_panic(expected = "`direction` must have 2 values, as `point` has, got 3")]
fn direction_of_wrong_length_panics() {
    hessian_vector_product(|x| x[0] * x[1], &[1.0, 2.0], &[1.0, 2.0, 3.0]);
}

#[test]
#[should_panic(expected = "`weights` must have 1 values, one for each value of the function, got 2")]
fn weights_of_wrong_length_panic() {
    vector_jacobian_product(|x| vec![x[0]], &[1.0], &[1.0, 2.0]);
}
