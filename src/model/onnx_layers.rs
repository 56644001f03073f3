//! Networks and layers as ONNX: implementations of [`ToOnnx`].
//!
//! A sample is a row of a matrix. A layer over images or sequences changes the shape of its inputs first, and that of its
//! outputs back to rows. onnxruntime has convolutions, average pooling and recurrent layers in single precision only.

use super::onnx_graph::{DOUBLE, INT64, OnnxGraph, ToOnnx, type_of};
use super::onnx_proto::AttributeProto;
use crate::data::tensors::Stored;
use crate::error::Error;
use crate::nn::{
    Activation, AvgPool1d, AvgPool2d, BatchNorm, Conv1d, Conv2d, Convolution, Dropout, Embedding, Flatten, Gru, Layer,
    LayerNorm, Linear, Lstm, MaxPool1d, MaxPool2d, Mlp, MultiheadAttention, Parameter, RmsNorm, Rnn, Window,
    for_each_tuple,
};

/// Implements [`ToOnnx`] for a type that is generic over the scalar type, by a function of the module, the graph and the
/// name of the inputs.
macro_rules! impl_to_onnx {
    ($($Module:ty: |$module:ident, $graph:ident, $x:ident| $append:expr;)*) => {$(
        impl<T: Stored> ToOnnx<T> for $Module {
            fn append_to(&self, $graph: &mut OnnxGraph, $x: &str) -> Result<String, Error> {
                let $module = self;
                Ok($append)
            }
        }
    )*};
}
impl_to_onnx! {
    Activation: |activation, graph, x| graph.activation::<T>(*activation, x.into());
    Layer<T>: |layer, graph, x| {
        let names = graph.parameters(layer);
        dense::<T>(graph, x, &names, layer.activation())
    };
    Mlp<T>: |net, graph, x| {
        let (names, layers) = (graph.parameters(net), net.layers());
        let layers = names.chunks_exact(2).zip(&layers);
        layers.fold(x.into(), |x: String, (names, layer)| dense::<T>(graph, &x, names, layer.activation()))
    };
    Linear<T>: |layer, graph, x| {
        let names = graph.parameters(layer);
        dense::<T>(graph, x, &names, Activation::Identity)
    };
    Dropout: |_dropout, _graph, x| x.into();
    Flatten: |_flatten, _graph, x| x.into();
    Embedding<T>: |embedding, graph, x| {
        let (weight, indices) = (graph.parameters(embedding), graph.cast(x, INT64));
        let rows = graph.node("Gather", &[&weight[0], &indices], [AttributeProto::int("axis", 0)]);
        graph.flattened(&rows)
    };
    LayerNorm<T>: |norm, graph, x| {
        let names = graph.parameters(norm);
        let attributes = [AttributeProto::int("axis", -1), AttributeProto::float("epsilon", norm.epsilon as f32)];
        graph.node("LayerNormalization", &[x, &names[0], &names[1]], attributes)
    };
    RmsNorm<T>: |norm, graph, x| {
        let weight = graph.parameters(norm);
        let squares = graph.operator("Mul", &[x, x]);
        let mean = graph.mean(&squares, 1, true);
        let sum = graph.with_number::<T>("Add", &mean, norm.epsilon);
        let root = graph.operator("Sqrt", &[&sum]);
        let normalized = graph.operator("Div", &[x, &root]);
        graph.operator("Mul", &[&normalized, &weight[0]])
    };
    BatchNorm<T>: |norm, graph, x| {
        let mut names = graph.parameters(norm);
        let features = norm.running_mean().len();
        for (name, values) in [("running_mean", norm.running_mean()), ("running_var", norm.running_variance())] {
            names.push(graph.tensor(name, &[features], values.into_iter().map(T::of)));
        }
        let by_feature = graph.reshaped(x, &[0, features as i64, -1]);
        let inputs: Vec<&str> = [&by_feature].into_iter().chain(&names).map(String::as_str).collect();
        let epsilon = AttributeProto::float("epsilon", norm.epsilon as f32);
        let y = graph.node("BatchNormalization", &inputs, [epsilon]);
        graph.flattened(&y)
    };
    Conv2d<T>: |conv, graph, x| {
        let names = graph.parameters(conv);
        convolution::<T>(graph, x, &conv.convolution, 2, &names)
    };
    Conv1d<T>: |conv, graph, x| {
        let names = graph.parameters(conv);
        convolution::<T>(graph, x, &conv.convolution, 1, &names)
    };
    MaxPool2d: |pool, graph, x| pooling(graph, x, "MaxPool", &pool.window, 2);
    MaxPool1d: |pool, graph, x| pooling(graph, x, "MaxPool", &pool.window, 1);
    AvgPool2d: |pool, graph, x| mean_pooling::<T>(graph, x, &pool.window, 2);
    AvgPool1d: |pool, graph, x| mean_pooling::<T>(graph, x, &pool.window, 1);
    Rnn<T>: |rnn, graph, x| {
        let activation = if rnn.activation() == Activation::Relu { "Relu" } else { "Tanh" };
        let activation = AttributeProto::strings("activations", &[activation]);
        let biases = [rnn.bias_ih_l0.as_ref(), rnn.bias_hh_l0.as_ref()];
        let weights = [Some(&rnn.weight_ih_l0), Some(&rnn.weight_hh_l0), biases[0], biases[1]];
        recurrent(graph, x, "RNN", weights, &[0], [activation], rnn.is_last_only)?
    };
    Gru<T>: |gru, graph, x| {
        // r multiplies the product with h, as in PyTorch.
        let reset = AttributeProto::int("linear_before_reset", 1);
        let biases = [gru.bias_ih_l0.as_ref(), gru.bias_hh_l0.as_ref()];
        let weights = [Some(&gru.weight_ih_l0), Some(&gru.weight_hh_l0), biases[0], biases[1]];
        recurrent(graph, x, "GRU", weights, &[1, 0, 2], [reset], gru.is_last_only)?
    };
    Lstm<T>: |lstm, graph, x| {
        let biases = [lstm.bias_ih_l0.as_ref(), lstm.bias_hh_l0.as_ref()];
        let weights = [Some(&lstm.weight_ih_l0), Some(&lstm.weight_hh_l0), biases[0], biases[1]];
        recurrent(graph, x, "LSTM", weights, &[0, 3, 1, 2], [], lstm.is_last_only)?
    };
    MultiheadAttention<T>: |_attention, _graph, _x| {
        let reason = "each row of its outputs depends on all rows, not on one sample";
        Err::<String, Error>(unsupported("MultiheadAttention", reason))?
    };
}

/// Implements [`ToOnnx`] for sequences of modules, whose parts are named by their index.
macro_rules! impl_for_sequences {
    ($([$($generics:tt)*] $Sequence:ty;)*) => {$(
        impl<T: Stored, N: ToOnnx<T>, $($generics)*> ToOnnx<T> for $Sequence {
            fn append_to(&self, graph: &mut OnnxGraph, inputs: &str) -> Result<String, Error> {
                self.iter().enumerate().try_fold(inputs.into(), |x: String, (i, part)| graph.part(i, part, &x))
            }
        }
    )*};
}
impl_for_sequences! {
    [] Vec<N>;
    [const LEN: usize] [N; LEN];
}

impl<T: Stored, N: ToOnnx<T>> ToOnnx<T> for Option<N> {
    fn append_to(&self, graph: &mut OnnxGraph, inputs: &str) -> Result<String, Error> {
        self.as_ref().map_or(Ok(inputs.into()), |module| module.append_to(graph, inputs))
    }
}

/// Implements [`ToOnnx`] for tuples.
macro_rules! impl_for_tuples {
    ($($($M:ident $index:tt),+;)*) => {$(
        impl<T: Stored, $($M: ToOnnx<T>),+> ToOnnx<T> for ($($M,)+) {
            fn append_to(&self, graph: &mut OnnxGraph, inputs: &str) -> Result<String, Error> {
                let x = inputs.to_string();
                $(let x = graph.part($index, &self.$index, &x)?;)+
                Ok(x)
            }
        }
    )*};
}
for_each_tuple!(impl_for_tuples);

fn unsupported(what: &str, reason: &'static str) -> Error {
    Error::Unsupported { what: what.into(), operation: "to_onnx", reason }
}

/// Appends f(x·Wᵀ + b), for the names of W and, if there is one, of b.
fn dense<T: Stored>(graph: &mut OnnxGraph, x: &str, names: &[String], activation: Activation) -> String {
    let inputs: Vec<&str> = [x].into_iter().chain(names.iter().map(String::as_str)).collect();
    let sums = graph.node("Gemm", &inputs, [AttributeProto::int("transB", 1)]);
    graph.activation::<T>(activation, sums)
}

/// Returns the attributes of a window over the last axes of an image: 2, or 1 for a sequence.
fn attributes(window: &Window, axes: usize) -> Vec<AttributeProto> {
    let padding = &window.padding[2 - axes..];
    vec![
        AttributeProto::ints("kernel_shape", &window.kernel[2 - axes..]),
        AttributeProto::ints("strides", &window.stride[2 - axes..]),
        AttributeProto::ints("pads", &[padding, padding].concat()), // before and after the image
    ]
}

/// Appends the change of shape to samples × channels × the last axes of the image.
fn images(graph: &mut OnnxGraph, x: &str, window: &Window, axes: usize) -> String {
    let sizes = window.image[2 - axes..].iter().map(|&size| size as i64);
    graph.reshaped(x, &[0, -1].into_iter().chain(sizes).collect::<Vec<i64>>())
}

/// Appends a convolution over the last axes of images, for the names of its weight and, if there is one, of its bias.
fn convolution<T: Stored>(
    graph: &mut OnnxGraph,
    x: &str,
    convolution: &Convolution,
    axes: usize,
    names: &[String],
) -> String {
    let Convolution { channels: [inputs, outputs], groups, window, .. } = convolution;
    if type_of::<T>() != DOUBLE {
        let images = images(graph, x, window, axes);
        let operands: Vec<&str> = [&images].into_iter().chain(names).map(String::as_str).collect();
        let dilations = AttributeProto::ints("dilations", &window.dilation[2 - axes..]);
        let others = [dilations, AttributeProto::int("group", *groups as i64)];
        let y = graph.node("Conv", &operands, attributes(window, axes).into_iter().chain(others));
        return graph.flattened(&y);
    }
    let (groups, terms, channels) = (*groups as i64, convolution.terms() as i64, (outputs / groups) as i64);
    let x = graph.reshaped(x, &[0, groups, (inputs * window.size()) as i64 / groups]);
    let columns = unfolded(graph, &x, window, inputs / convolution.groups);
    let weight = graph.reshaped(&names[0], &[groups, channels, terms]);
    let weight = graph.transposed(&weight, &[0, 2, 1]);
    let mut y = graph.operator("MatMul", &[&columns, &weight]); // samples × groups × places × channels
    if let Some(bias) = names.get(1) {
        let bias = graph.reshaped(bias, &[groups, 1, channels]);
        y = graph.operator("Add", &[&y, &bias]);
    }
    let y = graph.transposed(&y, &[0, 1, 3, 2]);
    graph.flattened(&y)
}

/// Appends the elements under each place of a window, for inputs with `channels` images in the last of three dimensions:
/// replaces it by places × channels·area. Elements on the padding are 0.
fn unfolded(graph: &mut OnnxGraph, x: &str, window: &Window, channels: usize) -> String {
    let pads = graph.integers("pads", &[6], [0, 0, 0, 0, 0, 1]); // a 0 at the end, to which the padding refers
    let x = graph.operator("Pad", &[x, &pads]);
    let ([height, width], [rows, columns]) = (window.image, window.output());
    let at = |axis: usize, place: usize, element: usize| {
        (place * window.stride[axis] + element * window.dilation[axis]).checked_sub(window.padding[axis])
    };
    let mut indices = Vec::new();
    for place in 0..rows * columns {
        for channel in 0..channels {
            for element in 0..window.area() {
                let y = at(0, place / columns, element / window.kernel[1]).filter(|&y| y < height);
                let x = at(1, place % columns, element % window.kernel[1]).filter(|&x| x < width);
                let index = y.zip(x).map(|(y, x)| (channel * height + y) * width + x);
                indices.push(index.unwrap_or(channels * window.size()) as i64);
            }
        }
    }
    let indices = graph.integers("indices", &[window.places(), channels * window.area()], indices);
    graph.node("Gather", &[&x, &indices], [AttributeProto::int("axis", 2)])
}

/// Appends a pooling over the last axes of images.
fn pooling(graph: &mut OnnxGraph, x: &str, operator: &str, window: &Window, axes: usize) -> String {
    let images = images(graph, x, window, axes);
    let counts_padding = (operator == "AveragePool").then(|| AttributeProto::int("count_include_pad", 1));
    let y = graph.node(operator, &[&images], attributes(window, axes).into_iter().chain(counts_padding));
    graph.flattened(&y)
}

/// Appends an average pooling over the last axes of images.
fn mean_pooling<T: Stored>(graph: &mut OnnxGraph, x: &str, window: &Window, axes: usize) -> String {
    if type_of::<T>() != DOUBLE {
        return pooling(graph, x, "AveragePool", window, axes);
    }
    let x = graph.reshaped(x, &[0, -1, window.size() as i64]);
    let elements = unfolded(graph, &x, window, 1);
    let means = graph.mean(&elements, 3, false);
    graph.flattened(&means)
}

/// Appends a recurrent layer. `gates` are the indices of its gates in the order of ONNX.
fn recurrent<T: Stored>(
    graph: &mut OnnxGraph,
    x: &str,
    operator: &str,
    parameters: [Option<&Parameter<T>>; 4],
    gates: &[usize],
    attributes: impl IntoIterator<Item = AttributeProto>,
    is_last_only: bool,
) -> Result<String, Error> {
    if type_of::<T>() == DOUBLE {
        return Err(unsupported(operator, "onnxruntime has recurrent layers in single precision only; use f32"));
    }
    let ordered = |parameter: &Parameter<T>| -> Vec<T> {
        let values = parameter.values().as_slice();
        let size = values.len() / gates.len();
        gates.iter().flat_map(|gate| values[gate * size..(gate + 1) * size].iter().copied()).collect()
    };
    let columns = parameters.map(|parameter| parameter.map_or(0, |parameter| parameter.values().ncols()));
    let [input_weight, hidden_weight, input_bias, hidden_bias] = parameters.map(|parameter| parameter.map(ordered));
    let (features, hidden, rows) = (columns[0], columns[1], gates.len() * columns[1]);
    let biases = input_bias.zip(hidden_bias).map(|(input, hidden)| [input, hidden].concat());
    let tensors = [("W", vec![1, rows, features], input_weight), ("R", vec![1, rows, hidden], hidden_weight)];
    let tensors = tensors.into_iter().chain([("B", vec![1, 2 * rows], biases)]);
    let steps = graph.reshaped(x, &[0, -1, features as i64]);
    let mut operands = vec![graph.transposed(&steps, &[1, 0, 2])];
    operands.extend(tensors.filter_map(|(name, shape, values)| Some(graph.tensor(name, &shape, values?))));
    let operands: Vec<&str> = operands.iter().map(String::as_str).collect();
    let hidden_size = AttributeProto::int("hidden_size", hidden as i64);
    let y = graph.node(operator, &operands, attributes.into_iter().chain([hidden_size]));
    // steps × 1 × samples × hidden
    if is_last_only {
        let last = graph.integers("last", &[], [-1]);
        let state = graph.node("Gather", &[&y, &last], [AttributeProto::int("axis", 0)]);
        return Ok(graph.reshaped(&state, &[-1, hidden as i64]));
    }
    let y = graph.transposed(&y, &[2, 0, 1, 3]);
    Ok(graph.flattened(&y))
}
