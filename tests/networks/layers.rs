//! Layers have the outputs and gradients of PyTorch's, in both precisions; their derivatives of second order equal those
//! of Taylor series. The expected values are from `tests/data/pytorch_layers.py`.

use crate::batches::all_close;
use backprop::ndarray::Array2;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::reverse::{hessian_vector_product, unused_inputs};
use backprop::{
    Activation, Adam, AvgPool1d, AvgPool2d, BatchNorm, Buffer, Conv1d, Conv2d, Dataset, Embedding, Error, Flatten,
    Graph, Gru, LayerNorm, Linear, Loss, Lstm, Matrix, MaxPool1d, MaxPool2d, Module, MultiheadAttention, Parameters,
    RmsNorm, Rnn, Scalar, Trainer, Value, gradcheck, taylor,
};
use serde_json::Value as Json;

fn rng() -> SomeRng {
    SomeRng::seed_from_u64(1)
}

/// A layer over any scalar type, with a forward pass for several matrices, which depends on the case.
trait Layer {
    type Net<S: Scalar>: Parameters<S>;

    fn over<S: Scalar, R: Scalar>(net: &Self::Net<S>, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Self::Net<R>;

    fn forward<S: Scalar>(net: &Self::Net<S>, x: &[Matrix<S>], case: &str) -> Result<Vec<Matrix<S>>, Error>;
}

macro_rules! layer {
    ($Name:ident, $Net:ty, |$net:ident, $x:ident, $case:pat_param| $forward:expr) => {
        struct $Name;

        impl Layer for $Name {
            type Net<S: Scalar> = $Net;

            fn over<S: Scalar, R: Scalar>(
                net: &Self::Net<S>,
                f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>,
            ) -> Self::Net<R> {
                Parameters::<S>::map::<R>(net, f)
            }

            fn forward<S: Scalar>($net: &$Net, $x: &[Matrix<S>], $case: &str) -> Result<Vec<Matrix<S>>, Error> {
                $forward
            }
        }
    };
    ($Name:ident, $Net:ty) => {
        layer! { $Name, $Net, |net, x, _| Ok(vec![net.forward_batch(&x[0])?]) }
    };
}
layer! { LinearLayer, Linear<S> }
layer! { LayerNormLayer, LayerNorm<S> }
layer! { RmsNormLayer, RmsNorm<S> }
layer! { BatchNormLayer, BatchNorm<S> }
layer! { EmbeddingLayer, Embedding<S> }
layer! { Conv2dLayer, Conv2d<S> }
layer! { Conv1dLayer, Conv1d<S> }
layer! { MaxPool2dLayer, MaxPool2d }
layer! { AvgPool2dLayer, AvgPool2d }
layer! { MaxPool1dLayer, MaxPool1d }
layer! { AvgPool1dLayer, AvgPool1d }
layer! { RnnLayer, Rnn<S>, |net, x, case| {
    let (y, state) = net.forward_sequence(&x[0], x.get(1), lengths(case))?;
    Ok(if x.len() > 1 { vec![y, state] } else { vec![y] })
} }
layer! { GruLayer, Gru<S>, |net, x, case| {
    let (y, state) = net.forward_sequence(&x[0], x.get(1), lengths(case))?;
    Ok(if x.len() > 1 { vec![y, state] } else { vec![y] })
} }
layer! { LstmLayer, Lstm<S>, |net, x, case| {
    let before = x.get(2).map(|c| [x[1].clone(), c.clone()]);
    let (y, [h, c]) = net.forward_sequence(&x[0], before.as_ref(), lengths(case))?;
    Ok(if x.len() > 1 { vec![y, h, c] } else { vec![y] })
} }
layer! { AttentionLayer, MultiheadAttention<S>, |net, x, case| Ok(vec![match x {
    [x] => net.forward_batch(x)?,
    _ => net.attend(&x[0], &x[1], &x[2], case.ends_with("mask").then_some(&[false, true, false]))?,
}]) }

fn lengths(case: &str) -> Option<&'static [usize]> {
    case.ends_with("of_lengths").then_some(&[2, 4, 1])
}

/// Returns the numbers in a list.
fn numbers<T: Scalar>(json: &Json) -> Vec<T> {
    json.as_array().unwrap().iter().map(|x| T::of(x.as_f64().unwrap())).collect()
}

/// Returns the lists of numbers in a list.
fn lists<T: Scalar>(json: &Json) -> Vec<Vec<T>> {
    json.as_array().unwrap().iter().map(numbers).collect()
}

fn matrices<T: Scalar>(json: &Json) -> Vec<Matrix<T>> {
    let matrix = |json: &Json| {
        let [rows, columns] = [0, 1].map(|i| json["shape"][i].as_u64().unwrap() as usize);
        Matrix::from_vec([rows, columns], numbers(&json["values"]))
    };
    json.as_array().unwrap().iter().map(matrix).collect()
}

/// Returns the case of the file with this name.
fn case(name: &str) -> Json {
    let text = include_str!("../data/pytorch_layers.json");
    let cases: Json = serde_json::from_str(text).unwrap();
    cases.as_array().unwrap().iter().find(|case| case["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
}

/// Sets training mode, unless the case is one of evaluation.
fn set_mode<S: Scalar>(net: &mut impl Parameters<S>, name: &str) {
    if !name.ends_with("evaluation") {
        net.set_training(&mut || 1);
    }
}

/// Compares a layer with PyTorch's. `net` has the settings of the case, not its parameters.
#[track_caller]
fn check<L: Layer>(name: &str, mut net: L::Net<f64>) {
    let case = case(name);
    let infos = net.parameter_info();
    let expected = case["parameters"].as_array().unwrap();
    assert_eq!(infos.len(), expected.len(), "{name}");
    let mut parameters = Vec::new();
    for (info, expected) in infos.iter().zip(expected) {
        assert_eq!(info.name(), expected["name"], "{name}");
        assert_eq!(Json::from(info.shape()), expected["shape"], "{name}");
        parameters.extend(numbers::<f64>(&expected["values"]));
    }
    net.set_parameters(&parameters).unwrap();
    equals_pytorch::<L, f64>(name, &case, &net, 1e-11);
    let single =
        L::over(&net, &mut |matrix| Matrix::from_vec(matrix.shape(), matrix.iter().map(|&x| x as f32).collect()));
    equals_pytorch::<L, f32>(name, &case, &single, 1e-5);
    // The first has kinks, the second a row without a gradient.
    let has_difference_quotients = !name.starts_with("max_pool") && !name.ends_with("padding_idx");
    if has_difference_quotients {
        gradcheck(|point| objective::<L, _>(name, &case, &net, point), &point::<L>(&case, &net)).unwrap();
    }
    has_second_derivatives::<L>(name, &case, &net);
}

fn equals_pytorch<L: Layer, T: Scalar>(name: &str, case: &Json, net: &L::Net<T>, tolerance: f64) {
    let inputs = matrices::<T>(&case["inputs"]);
    let (expected, upstream) = (matrices::<T>(&case["outputs"]), lists::<T>(&case["upstream"]));
    let graph = Graph::new();
    let mut on_graph = L::over(net, &mut |matrix| graph.matrix(matrix));
    set_mode(&mut on_graph, name);
    let has_gradient = lists::<T>(&case["input_gradients"]);
    let is_variable = |i: usize| !has_gradient[i].is_empty();
    let x: Vec<Matrix<Value<T>>> = inputs
        .iter()
        .enumerate()
        .map(|(i, x)| if is_variable(i) { graph.matrix(x) } else { graph.constants(x) })
        .collect();
    let outputs = L::forward(&on_graph, &x, name).unwrap();
    assert_eq!(outputs.len(), expected.len());
    let mut loss = Value::constant(T::zero());
    for ((y, expected), upstream) in outputs.iter().zip(&expected).zip(upstream) {
        assert_eq!(y.shape(), expected.shape(), "{name}");
        all_close(y.data().as_slice(), expected.as_slice(), tolerance);
        loss += (y * Matrix::from(Matrix::from_vec(y.shape(), upstream))).sum();
    }
    let gradients = loss.backward();
    for (i, x) in x.iter().enumerate().filter(|&(i, _)| is_variable(i)) {
        all_close(&gradients.of(x), &has_gradient[i], tolerance);
    }
    let expected: Vec<T> = lists(&case["gradients"]).concat();
    let mut found = Vec::new();
    on_graph.visit(&mut |matrix| found.extend(gradients.of(matrix)));
    all_close(&found, &expected, tolerance);
    // Without a graph, the outputs are bit-for-bit identical.
    let mut plain = net.clone();
    set_mode(&mut plain, name);
    let found = L::forward(&plain, &inputs, name).unwrap();
    assert!(found.iter().zip(&outputs).all(|(y, on_graph)| *y == on_graph.data()), "{name}");
    if case.get("new_buffers").is_some() {
        let expected = lists::<f64>(&case["new_buffers"]).concat();
        let mut found = Vec::new();
        plain.visit_buffers(&mut |buffer: &Buffer| found.extend(buffer.values::<f64>()));
        all_close(&found, &expected, tolerance);
    }
}

/// Returns the parameters, then the inputs that have derivatives.
fn point<L: Layer>(case: &Json, net: &L::Net<f64>) -> Vec<f64> {
    let mut point = net.parameters();
    let has_gradient = lists::<f64>(&case["input_gradients"]);
    for (x, gradient) in matrices::<f64>(&case["inputs"]).iter().zip(has_gradient) {
        point.extend(x.iter().take(gradient.len()));
    }
    point
}

/// Returns the sum of y·u + y² over the outputs, a function of the parameters and the inputs.
fn objective<L: Layer, S: Scalar>(name: &str, case: &Json, net: &L::Net<f64>, mut point: &[S]) -> S {
    let mut take = |shape: [usize; 2]| {
        let (head, tail) = point.split_at(shape[0] * shape[1]);
        point = tail;
        Matrix::from_vec(shape, head.to_vec())
    };
    let mut net = L::over(net, &mut |matrix| take(matrix.shape()));
    set_mode(&mut net, name);
    let has_gradient = lists::<f64>(&case["input_gradients"]);
    let inputs = matrices::<f64>(&case["inputs"]).into_iter().zip(has_gradient);
    let inputs = inputs.map(|(x, gradient)| match gradient.is_empty() {
        true => Matrix::from_vec(x.shape(), x.iter().map(|&x| S::of(x)).collect()),
        false => take(x.shape()),
    });
    let outputs = L::forward(&net, &inputs.collect::<Vec<_>>(), name).unwrap();
    let upstream = lists::<S>(&case["upstream"]);
    let terms = outputs.iter().zip(upstream).map(|(y, u)| (y * Matrix::from_vec(y.shape(), u) + y * y).sum());
    terms.fold(S::zero(), |sum, x| sum + x)
}

/// Compares the gradient and the product of Hessian and direction with the coefficients of a Taylor series.
fn has_second_derivatives<L: Layer>(name: &str, case: &Json, net: &L::Net<f64>) {
    let point = point::<L>(case, net);
    let direction: Vec<f64> = (0..point.len()).map(|i| (i as f64 + 1.0).sin()).collect();
    let (value, gradient, product) =
        hessian_vector_product(|x| objective::<L, _>(name, case, net, x), &point, &direction);
    let series = taylor(
        |t| {
            let at = point.iter().zip(&direction).map(|(&x, &d)| t * d + x);
            objective::<L, _>(name, case, net, &at.collect::<Vec<_>>())
        },
        0.0,
        2,
    );
    let along = |vector: &[f64]| vector.iter().zip(&direction).map(|(x, d)| x * d).sum::<f64>();
    all_close(&series, &[value, along(&gradient), along(&product) / 2.0], 1e-11);
}

#[test]
fn linear_and_normalization_equal_pytorch() {
    check::<LinearLayer>("linear", Linear::new(3, 2, &mut rng()));
    check::<LayerNormLayer>("layer_norm", LayerNorm::new(4));
    check::<RmsNormLayer>("rms_norm", RmsNorm::new(4));
}

#[test]
fn batch_norm_equals_pytorch() {
    for (name, features) in
        [("batch_norm", 3), ("batch_norm_evaluation", 3), ("batch_norm_images", 2), ("batch_norm_images_evaluation", 2)]
    {
        let mut net = BatchNorm::<f64>::new(features);
        let mut buffers = lists::<f64>(&case(name)["buffers"]).into_iter();
        net.visit_buffers_mut(&mut |buffer: &mut Buffer| buffer.update(&Matrix::from(buffers.next().unwrap())));
        check::<BatchNormLayer>(name, net);
    }
}

#[test]
fn embedding_equals_pytorch() {
    check::<EmbeddingLayer>("embedding", Embedding::new(5, 3, &mut rng()));
    check::<EmbeddingLayer>("embedding_padding_idx", Embedding::new(5, 3, &mut rng()).padding_idx(1));
}

#[test]
fn conv2d_equals_pytorch() {
    let (check, rng) = (check::<Conv2dLayer>, &mut rng());
    check("conv2d", Conv2d::new([2, 3], [2, 3], [4, 5], rng));
    check("conv2d_padding", Conv2d::new([1, 2], [3, 3], [4, 4], rng).padding([1, 1]));
    let all = Conv2d::new([4, 4], [3, 2], [4, 3], rng).stride([2, 1]).padding([2, 1]).dilation([1, 2]);
    check("conv2d_all", all.groups(2, rng));
    let without_bias = Conv2d::without_bias([2, 2], [3, 3], [5, 6], rng).stride([3, 3]).padding([1, 1]);
    check("conv2d_without_bias", without_bias);
    check("conv2d_pointwise", Conv2d::new([3, 2], [1, 1], [2, 2], rng));
    check("conv2d_wide", Conv2d::new([1, 2], [1, 1], [4, 2], rng).stride([2, 1]).padding([0, 1]));
    check("conv2d_depthwise", Conv2d::new([2, 4], [2, 2], [3, 3], rng).groups(2, rng));
}

#[test]
fn conv1d_equals_pytorch() {
    let rng = &mut rng();
    check::<Conv1dLayer>("conv1d", Conv1d::new([2, 3], 3, 7, rng).stride(2).padding(1));
    check::<Conv1dLayer>("conv1d_dilation", Conv1d::new([2, 2], 2, 6, rng).dilation(3).groups(2, rng));
}

#[test]
fn pooling_equals_pytorch() {
    check::<MaxPool2dLayer>("max_pool2d", MaxPool2d::new([2, 2], [5, 4]));
    check::<MaxPool2dLayer>("max_pool2d_ties", MaxPool2d::new([2, 3], [4, 5]).stride([1, 1]).padding([1, 1]));
    check::<AvgPool2dLayer>("avg_pool2d", AvgPool2d::new([2, 2], [5, 4]));
    check::<AvgPool2dLayer>("avg_pool2d_padding", AvgPool2d::new([2, 3], [4, 5]).stride([1, 2]).padding([1, 1]));
    check::<MaxPool1dLayer>("max_pool1d", MaxPool1d::new(3, 7).stride(2).padding(1));
    check::<AvgPool1dLayer>("avg_pool1d", AvgPool1d::new(3, 7).stride(2).padding(1));
}

#[test]
fn rnn_equals_pytorch() {
    check::<RnnLayer>("rnn", Rnn::new(3, 2, &mut rng()));
    check::<RnnLayer>("rnn_with_state", Rnn::new(3, 2, &mut rng()));
    check::<RnnLayer>("rnn_of_lengths", Rnn::new(2, 2, &mut rng()));
    check::<RnnLayer>("rnn_relu", Rnn::new(3, 2, &mut rng()).relu());
    check::<RnnLayer>("rnn_without_bias", Rnn::without_bias(3, 2, &mut rng()));
}

#[test]
fn gru_equals_pytorch() {
    check::<GruLayer>("gru", Gru::new(3, 2, &mut rng()));
    check::<GruLayer>("gru_with_state", Gru::new(3, 2, &mut rng()));
    check::<GruLayer>("gru_of_lengths", Gru::new(2, 2, &mut rng()));
    check::<GruLayer>("gru_without_bias", Gru::without_bias(3, 2, &mut rng()));
    check::<GruLayer>("gru_without_bias_of_lengths", Gru::without_bias(2, 2, &mut rng()));
}

#[test]
fn lstm_equals_pytorch() {
    check::<LstmLayer>("lstm", Lstm::new(3, 2, &mut rng()));
    check::<LstmLayer>("lstm_with_state", Lstm::new(3, 2, &mut rng()));
    check::<LstmLayer>("lstm_of_lengths", Lstm::new(2, 2, &mut rng()));
    check::<LstmLayer>("lstm_without_bias", Lstm::without_bias(3, 2, &mut rng()));
}

#[test]
fn attention_equals_pytorch() {
    let attention = |heads| MultiheadAttention::new(4, heads, &mut rng());
    check::<AttentionLayer>("attention", attention(2));
    check::<AttentionLayer>("attention_causal", attention(2).causal());
    check::<AttentionLayer>("attention_cross", attention(1));
    check::<AttentionLayer>("attention_mask", attention(2));
    check::<AttentionLayer>("attention_causal_mask", attention(2).causal());
    let without_bias = |heads| MultiheadAttention::without_bias(4, heads, &mut rng());
    check::<AttentionLayer>("attention_without_bias", without_bias(2));
    check::<AttentionLayer>("attention_causal_without_bias", without_bias(2).causal());
    check::<AttentionLayer>("attention_cross_without_bias", without_bias(1));
    check::<AttentionLayer>("attention_dropout_evaluation", attention(2).dropout(0.5));
    check::<AttentionLayer>("attention_causal_dropout_evaluation", attention(2).causal().dropout(0.5));
}

/// Returns a matrix without a pattern.
fn elements<T: Scalar>(rows: usize, columns: usize) -> Matrix<T> {
    Matrix::from_shape_fn([rows, columns], |(i, j)| T::of(((i * columns + j) as f64 * 0.7 + 0.3).sin()))
}

#[test]
fn steps_of_a_recurrent_layer_equal_the_sequence() {
    let x = elements::<f64>(5, 4 * 3);
    macro_rules! check {
        ($Layer:ident, |$state:ident| $h:expr) => {
            let layer = $Layer::<f64>::new(3, 6, &mut rng());
            let ($state, mut hidden) = (layer.initial_state(5), Vec::new());
            let mut state = $state;
            for step in 0..4 {
                state = layer.step(&x.columns(3 * step..3 * step + 3), &state).unwrap();
                let $state = &state;
                hidden.push($h.clone());
            }
            let steps = hidden.iter().cloned().reduce(|left, right| left.hstack(&right)).unwrap();
            all_close(steps.as_slice(), layer.forward_batch(&x).unwrap().as_slice(), 1e-15);
            all_close(hidden[3].as_slice(), layer.clone().last_only().forward_batch(&x).unwrap().as_slice(), 1e-15);
        };
    }
    check!(Rnn, |state| state);
    check!(Gru, |state| state);
    check!(Lstm, |state| state[0]);
}

/// More samples and wider layers than those of PyTorch's figures take other code of products, and sums in pairs.
#[test]
fn gradient_of_a_batch_is_the_sum_over_its_samples() {
    fn check<M: Module<f64>>(net: M, x: &Matrix<f64>) {
        let gradient = |x: &Matrix<f64>| {
            let graph = Graph::new();
            let (on_graph, x) = (net.attach(&graph), graph.matrix(x));
            let gradients = on_graph.forward_batch(&x).unwrap().powi(2).sum().backward();
            let mut parameters = Vec::new();
            on_graph.visit(&mut |matrix| parameters.extend(gradients.of(matrix)));
            (parameters, gradients.of(&x))
        };
        let (parameters, of_x) = gradient(x);
        let each: Vec<_> = (0..x.nrows()).map(|i| gradient(&x.rows(i..i + 1))).collect();
        let sums = (0..parameters.len()).map(|k| each.iter().map(|(parameters, _)| parameters[k]).sum::<f64>());
        all_close(&parameters, &sums.collect::<Vec<_>>(), 1e-12);
        all_close(&of_x, &each.into_iter().flat_map(|(_, of_x)| of_x).collect::<Vec<_>>(), 1e-12);
    }
    let rng = &mut rng();
    check(Conv2d::new([2, 18], [3, 3], [9, 20], rng).padding([1, 1]), &elements(37, 2 * 9 * 20));
    check(Conv2d::new([6, 4], [3, 2], [9, 7], rng).stride([2, 3]).groups(2, rng), &elements(70, 6 * 9 * 7));
    let pools = (MaxPool2d::new([3, 3], [9, 9]).stride([2, 2]).padding([1, 1]), AvgPool2d::new([2, 2], [5, 5]));
    check((Conv2d::new([1, 5], [1, 1], [9, 9], rng), pools), &elements(20, 81));
    check(Rnn::new(5, 19, rng), &elements(21, 6 * 5));
    check(Gru::new(5, 19, rng), &elements(21, 6 * 5));
    check(Lstm::new(5, 19, rng), &elements(21, 6 * 5));
}

#[test]
fn recurrent_layer_ignores_inputs_after_the_end() {
    let (x, lengths) = (elements::<f64>(2, 3 * 2), [1, 0]);
    let mut filled = x.clone();
    filled.with_slice_mut(|x| x[2..].fill(f64::NAN));
    let lstm = Lstm::new(2, 2, &mut rng());
    let run = |x: &Matrix<f64>| {
        let graph = Graph::new();
        let (on_graph, x) = (lstm.attach(&graph), graph.matrix(x));
        let before = [[0.1, 0.2], [0.3, 0.4]].map(|c| graph.matrix([c, c]));
        let (y, [h, c]) = on_graph.forward_sequence(&x, Some(&before), Some(&lengths)).unwrap();
        let gradients = (y.sum() + h.sum() + (&c * &c).sum()).backward();
        let parameters = gradients.of_module(&on_graph).parameters();
        (y.data(), c.data(), gradients.of(&x), gradients.of(&before[1]), parameters)
    };
    let (y, c, of_x, of_c, parameters) = run(&filled);
    let expected = run(&x);
    assert_eq!((&y, &c), (&expected.0, &expected.1));
    assert_eq!(y.columns(2..6), Matrix::zeros([2, 4]));
    assert_eq!((c.rows(1..2), &of_c[2..]), (Matrix::from([0.3, 0.4]), &[0.6, 0.8][..])); // no step: 2c
    assert_eq!(of_x[2..], [0.0; 10]);
    all_close(&of_x, &expected.2, 1e-15);
    all_close(&parameters, &expected.4, 1e-14);
}

#[test]
fn infinite_elements_that_the_result_does_not_use_have_no_derivative() {
    let mut x = elements::<f64>(2, 9);
    x.with_slice_mut(|x| (x[8], x[9]) = (f64::INFINITY, f64::NAN)); // the last of the first image, the first of the second
    let conv = Conv2d::new([1, 2], [2, 2], [3, 3], &mut rng());
    let graph = Graph::new();
    let (on_graph, x) = (conv.attach(&graph), graph.matrix(&x));
    let y = on_graph.forward_batch(&x).unwrap();
    let gradients = y[(0, 0)].backward(); // of the upper left corner
    let of_x = gradients.of(&x);
    assert!(of_x.iter().all(|x| x.is_finite()) && of_x[4] == on_graph.weight().values()[(0, 3)].data());
    assert_eq!(of_x[5..], [0.0; 13]);
    assert!(gradients.of_module(&on_graph).parameters().iter().all(|x| x.is_finite()));
}

#[test]
fn convolution_uses_each_weight_that_meets_the_image() {
    fn f<S: Scalar>(p: &[S]) -> S {
        let mut conv = Conv2d::new([1, 1], [3, 3], [1, 2], &mut rng()).padding([1, 1]);
        conv.set_parameters(p).unwrap();
        conv.forward_batch(&Matrix::zeros([1, 2])).unwrap().sum()
    }
    assert_eq!(unused_inputs(|p| f(p), &[1.0; 10]), [0, 1, 2, 6, 7, 8]); // the first and last row meet the padding alone
}

#[test]
fn max_pool_uses_each_element() {
    fn f<S: Scalar>(x: &[S]) -> S {
        MaxPool1d::new(2, 5).forward_batch(&Matrix::from(x)).unwrap().sum()
    }
    assert_eq!(unused_inputs(|x| f(x), &[1.0, 2.0, 3.0, 0.0, 5.0]), [4]); // the last is under no window
}

#[test]
fn max_pool_of_nan_is_nan() {
    let y = MaxPool2d::new([1, 3], [1, 6]).forward_batch(&Matrix::from([[1.0, f64::NAN, 2.0, 3.0, 5.0, 4.0]])).unwrap();
    assert!(y[(0, 0)].is_nan() && y[(0, 1)] == 5.0);
}

#[test]
fn masked_keys_take_no_part() {
    let attention = MultiheadAttention::<f64>::new(4, 2, &mut rng());
    let (q, mut k) = (elements(2, 4), elements(3, 4));
    let expected = attention.attend(&q, &k.rows(0..2), &k.rows(0..2), None).unwrap();
    k.with_slice_mut(|k| k[8..].fill(f64::NAN));
    assert_eq!(attention.attend(&q, &k, &k, Some(&[false, false, true])).unwrap(), expected);
}

#[test]
fn attention_of_several_sequences_equals_each_alone() {
    let x = elements::<f64>(6, 4);
    let attention = MultiheadAttention::new(4, 2, &mut rng());
    for attention in [attention.clone(), attention.causal()] {
        let together = attention.forward_sequences(&x, &[2, 0, 4]).unwrap();
        let each = [0..2, 2..6].map(|rows| attention.forward_batch(&x.rows(rows)).unwrap());
        all_close(together.as_slice(), each[0].vstack(&each[1]).as_slice(), 1e-15);
    }
}

#[test]
fn padding_row_stays_zero_in_training() {
    let mut net = (Embedding::<f64>::new(3, 2, &mut rng()).padding_idx(2), Linear::new(4, 1, &mut rng()));
    let before = net.clone();
    let dataset = Dataset::new([[0.0, 2.0], [1.0, 2.0]], [[1.0], [2.0]]).unwrap();
    Trainer::new(Loss::MeanSquaredError, Adam::new(0.1)).epochs(5).fit(&mut net, &dataset).unwrap();
    let rows = |net: &(Embedding<f64>, Linear<f64>), range| net.0.weight().values().rows(range);
    assert_eq!(rows(&net, 2..3), Matrix::zeros([1, 2]));
    assert_ne!(rows(&net, 0..2), rows(&before, 0..2));
}

#[test]
#[should_panic = "`index` must be less than 3, got 3, in padding_idx"]
fn padding_idx_rejects_an_index_beyond_the_rows() {
    Embedding::<f64>::new(3, 2, &mut rng()).padding_idx(3);
}

/// Returns attention with dropout in training mode with this seed.
fn in_training<S: Scalar>(attention: &MultiheadAttention<S>, seed: u64) -> MultiheadAttention<S> {
    let mut attention = attention.clone();
    attention.set_training(&mut || seed);
    attention
}

#[test]
fn mean_of_attention_with_dropout_is_that_without() {
    let (x, n) = (elements::<f64>(5, 4), 4000);
    for attention in [MultiheadAttention::new(4, 2, &mut rng()), MultiheadAttention::new(4, 2, &mut rng()).causal()] {
        let expected = attention.forward_sequences(&x, &[2, 3]).unwrap();
        let attention = attention.dropout(0.25);
        assert_eq!(attention.forward_sequences(&x, &[2, 3]).unwrap(), expected);
        let run = |seed| in_training(&attention, seed).forward_sequences(&x, &[2, 3]).unwrap();
        assert_ne!(run(0), run(1));
        let sum = (0..n).map(run).reduce(|sum, y| sum + y).unwrap();
        all_close((sum / n as f64).as_slice(), expected.as_slice(), 0.02);
    }
}

#[test]
fn attention_with_dropout_has_the_gradient_of_its_seed() {
    let causal = MultiheadAttention::<f64>::new(4, 2, &mut rng()).causal().dropout(0.3);
    let all = MultiheadAttention::<f64>::new(4, 2, &mut rng()).dropout(0.3);
    fn run<S: Scalar>(attention: &MultiheadAttention<f64>, mut point: &[S]) -> Matrix<S> {
        let mut take = |shape: [usize; 2]| {
            let (head, tail) = point.split_at(shape[0] * shape[1]);
            point = tail;
            Matrix::from_vec(shape, head.to_vec())
        };
        let attention = in_training(&Parameters::<f64>::map::<S>(attention, &mut |matrix| take(matrix.shape())), 3);
        let x = take([5, 4]);
        let crossed = attention.attend(&x.rows(2..4), &x, &x, Some(&[false, true, false, false, false])).unwrap();
        attention.forward_sequences(&x, &[2, 3]).unwrap().vstack(&crossed)
    }
    for attention in [all, causal] {
        let point = [attention.parameters(), elements::<f64>(5, 4).into_vec()].concat();
        gradcheck(|point| run(&attention, point).powi(2).sum(), &point).unwrap();
        let graph = Graph::new();
        let on_graph: Vec<Value<f64>> = point.iter().map(|&x| graph.value(x)).collect();
        assert_eq!(run(&attention, &on_graph).data(), run(&attention, &point)); // the same bits
    }
}

/// Horizontal and vertical bars in images of 6 × 6, with BatchNorm in training mode, and the same images read row by row
/// as a sequence.
#[test]
fn networks_of_layers_learn_bars() {
    let rng = &mut rng();
    let bars = Array2::from_shape_fn((12, 36), |(i, j)| f64::from([j / 6, j % 6][i % 2] == i / 2));
    let classes = Array2::from_shape_fn((12, 2), |(i, class)| f64::from(i % 2 == class));
    let dataset = Dataset::new(bars, classes).unwrap();
    let trainer = || Trainer::new(Loss::CrossEntropy, Adam::new(0.02)).batch_size(6);
    let conv = Conv2d::<f64>::new([1, 4], [3, 3], [6, 6], rng);
    let pool = MaxPool2d::new([2, 2], conv.output_image());
    let mut images = (conv, BatchNorm::new(4), Activation::Relu, pool, Flatten, Linear::new(16, 2, rng));
    let history = trainer().epochs(60).fit(&mut images, &dataset).unwrap();
    assert!(history.last().unwrap().train.loss < 0.05);
    let mut sequences = (Lstm::<f64>::new(6, 8, rng).last_only(), Linear::new(8, 2, rng));
    let history = trainer().epochs(150).fit(&mut sequences, &dataset).unwrap();
    assert!(history.last().unwrap().train.loss < 0.05);
}

#[test]
fn flatten_returns_its_inputs() {
    let x = elements::<f64>(2, 6);
    assert_eq!(Flatten.forward_batch(&x).unwrap(), x);
}

#[test]
fn initial_parameters_have_the_distribution_of_pytorch() {
    let rng = &mut rng();
    let is_within = |parameters: &[f64], limit: f64| {
        let largest = parameters.iter().fold(0.0, |largest, x: &f64| x.abs().max(largest));
        largest <= limit && largest > 0.95 * limit
    };
    assert!(is_within(&Conv2d::new([4, 8], [3, 3], [5, 5], rng).parameters(), 1.0 / 36_f64.sqrt()));
    assert!(is_within(&Conv2d::new([4, 8], [3, 3], [5, 5], rng).groups(2, rng).parameters(), 1.0 / 18_f64.sqrt()));
    assert!(is_within(&Lstm::new(3, 16, rng).parameters(), 0.25));
    let attention = MultiheadAttention::<f64>::new(16, 4, rng);
    let infos = attention.parameter_info();
    let part = |i: usize| infos[i].indices().map(|index| attention.parameters()[index]).collect::<Vec<f64>>();
    assert!(is_within(&part(0), (6.0 / 64_f64).sqrt()) && is_within(&part(2), 0.25));
    assert!(part(1).iter().chain(&part(3)).all(|&bias| bias == 0.0));
    let weights = Embedding::<f64>::new(100, 100, rng).parameters();
    let variance = weights.iter().map(|x| x * x).sum::<f64>() / 1e4;
    assert!((variance - 1.0).abs() < 0.05, "{variance}");
}

#[test]
fn wrong_shapes_are_errors_with_the_layer() {
    #[track_caller]
    fn assert_error<R: std::fmt::Debug>(result: Result<R, Error>, text: &str) {
        assert_eq!(result.unwrap_err().to_string(), text);
    }
    let (rng, x) = (&mut rng(), elements::<f64>(2, 7));
    assert_error(
        Conv2d::new([2, 3], [3, 3], [4, 4], rng).forward_batch(&x),
        "expected 32 columns of inputs, got 7, in Conv2d(2, 3) of 4 × 4",
    );
    assert_error(
        Conv2d::new([1, 3], [3, 3], [1, 7], rng).forward_batch(&x),
        "`kernel` must fit in the image of 1 × 7 with its padding in Conv2d(1, 3) of 1 × 7, got 3 × 3",
    );
    assert_error(
        Conv1d::new([2, 3], 3, 4, rng).forward_batch(&x),
        "expected 8 columns of inputs, got 7, in Conv1d(2, 3) of length 4",
    );
    assert_error(
        MaxPool2d::new([2, 2], [2, 3]).forward_batch(&x),
        "expected 6 columns of inputs, got 7, in MaxPool2d(2 × 2) of 2 × 3",
    );
    assert_error(
        AvgPool1d::new(2, 3).forward_batch(&x),
        "expected 6 columns of inputs, got 7, in AvgPool1d(2) of length 3",
    );
    for (index, text) in [(5.0, "5"), (-1.0, "-1"), (0.5, "0.5"), (f64::NAN, "NaN")] {
        let text = format!("`index` must be an integer from 0 to 4 in sample 2 of Embedding(5, 3), got {text}");
        assert_error(Embedding::new(5, 3, rng).forward_batch(&Matrix::from([[0.0], [index]])), &text);
    }
    let (gru, lstm) = (Gru::new(3, 2, rng), Lstm::new(3, 2, rng));
    assert_error(gru.forward_batch(&x), "expected 6 columns of inputs, got 7, in Gru(3, 2)");
    let x = x.columns(0..6);
    assert_error(gru.step(&x, &gru.initial_state(2)), "expected 3 columns of inputs, got 6, in a step of Gru(3, 2)");
    assert_error(
        lstm.forward_sequence(&x, Some(&lstm.initial_state(3)), None),
        "expected 2 rows of the state, got 3, in Lstm(3, 2)",
    );
    assert_error(
        lstm.forward_sequence(&x, Some(&[Matrix::zeros([2, 2]), Matrix::zeros([2, 3])]), None),
        "expected 2 columns of the state, got 3, in Lstm(3, 2)",
    );
    assert_error(gru.forward_sequence(&x, None, Some(&[1])), "expected 2 lengths, got 1, in Gru(3, 2)");
    assert_error(
        gru.forward_sequence(&x, None, Some(&[1, 3])),
        "`lengths` must be at most the 2 steps of the inputs of Gru(3, 2), got 3",
    );
    let (attention, y) = (MultiheadAttention::new(4, 2, rng), elements(2, 4));
    assert_error(attention.forward_batch(&x), "expected 4 columns of inputs, got 6, in MultiheadAttention(4, 2)");
    assert_error(
        attention.forward_sequences(&y, &[3]),
        "expected 2 rows of all sequences, got 3, in MultiheadAttention(4, 2)",
    );
    assert_error(
        attention.attend(&y, &y, &y.rows(0..1), None),
        "expected 2 rows of values, got 1, in MultiheadAttention(4, 2)",
    );
    assert_error(
        attention.attend(&y, &y, &y, Some(&[true, true])),
        "`key_padding_mask` must leave a key to each query of MultiheadAttention(4, 2), got [true, true]",
    );
}
