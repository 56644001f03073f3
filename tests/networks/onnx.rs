//! Models as ONNX: files for onnxruntime, and their errors. The unit tests in `src/model/onnx.rs` check the structure.

use crate::activations::ACTIVATIONS;
use crate::saved_models::{file, models, random};
use crate::tables::{Column, tables};
use backprop::ndarray::{Array2, ArrayView1};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, AvgPool1d, AvgPool2d, BatchNorm, Conv1d, Conv2d, Dataset, Dropout, Embedding, Error, Flatten,
    Gru, Layer, LayerNorm, Linear, Loss, Lstm, Matrix, MaxPool1d, MaxPool2d, Mlp, Model, MultiheadAttention, Neuron,
    RmsNorm, Rnn, Stored, ToOnnx, Trainer,
};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;

/// Writes a model to `name.onnx`, and to `name.json` its inputs, their names, and what onnxruntime must compute.
fn write_case(folder: &Path, name: &str, onnx: Vec<u8>, case: Json) {
    fs::write(folder.join(format!("{name}.onnx")), onnx).unwrap();
    fs::write(folder.join(format!("{name}.json")), case.to_string()).unwrap();
}

fn rows<T: Stored>(matrix: &Array2<T>) -> Json {
    let row = |row: ArrayView1<T>| row.iter().map(|x| x.to_f64().unwrap()).collect::<Vec<f64>>();
    matrix.rows().into_iter().map(row).collect()
}

fn write_network<T: Stored, N: ToOnnx<T>>(folder: &Path, name: &str, net: &N, x: Array2<T>, precision: &str) {
    let outputs: Array2<T> = net.forward_batch(&Matrix::from(x.clone())).unwrap().into();
    let case = json!({
        "inputs": rows(&x), "names": [], "outputs": rows(&outputs), "labels": [], "precision": precision,
    });
    write_case(folder, name, net.to_onnx(x.ncols()).unwrap(), case);
}

/// Returns a network of layers over images, with running statistics that a training has moved.
fn images<T: Stored>(rng: &mut SomeRng) -> Images<T> {
    let conv = Conv2d::new([2, 4], [3, 2], [6, 5], rng).padding([1, 1]).stride([2, 1]).groups(2, rng);
    let dilated = Conv2d::without_bias([4, 3], [2, 2], [2, 5], rng).dilation([1, 2]);
    let pool = MaxPool2d::new([2, 2], conv.output_image()).padding([1, 0]).stride([1, 1]);
    let mean = AvgPool2d::new([2, 3], dilated.output_image()).padding([1, 1]).stride([1, 2]);
    let last = Linear::new(3 * mean.output_image().iter().product::<usize>(), 2, rng);
    assert_eq!((conv.output_image(), pool.output_image()), ([3, 6], [4, 5]));
    let dilated = (AvgPool2d::new([2, 1], [4, 5]), dilated);
    let mut net = (conv, BatchNorm::new(4), Activation::Silu, pool, dilated, mean, Flatten, Dropout::new(0.5), last);
    let data = Dataset::new(random::<T>(20, 60, 6), random::<T>(20, 2, 7)).unwrap();
    Trainer::new(Loss::MeanSquaredError, Adam::new(0.01)).epochs(5).seed(1).fit(&mut net, &data).unwrap();
    net
}

type Images<T> =
    (Conv2d<T>, BatchNorm<T>, Activation, MaxPool2d, (AvgPool2d, Conv2d<T>), AvgPool2d, Flatten, Dropout, Linear<T>);

fn write_layers<T: Stored>(folder: &Path, float: &str) {
    let rng = &mut SomeRng::seed_from_u64(8);
    let name = |layer: &str| format!("{float}-layers-{layer}");
    write_network(folder, &name("images"), &images::<T>(rng), random(7, 60, 9), float);
    let conv = Conv1d::<T>::new([2, 4], 3, 8, rng).padding(1);
    let sequence = (conv, MaxPool1d::new(2, 8), AvgPool1d::new(3, 4).stride(1).padding(1), BatchNorm::new(4));
    write_network(folder, &name("sequence"), &sequence, random(7, 16, 10), float);
    let blocks = vec![(Linear::<T>::new(5, 5, rng), LayerNorm::new(5), Activation::Tanh); 2];
    let last = [Layer::new(5, 5, Activation::Elu, rng)];
    let dense = (blocks, RmsNorm::new(5), last, Some(Linear::without_bias(5, 3, rng)));
    write_network(folder, &name("dense"), &dense, random(7, 5, 11), float);
    let indices = Array2::from_shape_fn((7, 3), |(i, j)| T::of(((i * 3 + j) % 4) as f64));
    write_network(
        folder,
        &name("embedding"),
        &(Embedding::<T>::new(4, 2, rng), Linear::new(6, 2, rng)),
        indices,
        float,
    );
    write_network(folder, &name("identity"), &(Flatten, Dropout::new(0.1)), random::<T>(7, 5, 12), float);
}

fn write_recurrent_layers(folder: &Path) {
    let rng = &mut SomeRng::seed_from_u64(9);
    let x = || random::<f32>(7, 12, 13); // four steps of three features
    write_network(folder, "f32-layers-rnn", &(Rnn::new(3, 4, rng), Linear::new(16, 2, rng)), x(), "f32");
    let relu = (Rnn::without_bias(3, 4, rng).relu(), Linear::new(16, 2, rng));
    write_network(folder, "f32-layers-rnn-relu", &relu, x(), "f32");
    write_network(folder, "f32-layers-gru-bias", &Gru::without_bias(3, 4, rng), x(), "f32");
    write_network(folder, "f32-layers-gru", &(Gru::new(3, 4, rng), Gru::new(4, 3, rng).last_only()), x(), "f32");
    write_network(folder, "f32-layers-lstm", &(Lstm::new(3, 4, rng), Lstm::new(4, 3, rng).last_only()), x(), "f32");
}

/// Writes a model of layers with scaling, names and classes.
fn write_model_of_layers<T: Stored>(folder: &Path, float: &str) {
    let x = random::<T>(20, 3, 14);
    let labels: Vec<&str> = (0..20).map(|i| ["no", "yes"][i % 2]).collect();
    let dataset = Dataset::with_classes(&x, &labels).unwrap().named(["a", "b", "c"]).unwrap();
    let rng = &mut SomeRng::seed_from_u64(10);
    let net = (Linear::new(3, 6, rng), BatchNorm::new(6), Activation::Relu, Linear::new(6, 2, rng));
    let mut model = Model::with_net(net, Loss::CrossEntropy, &dataset).unwrap();
    model.fit(&mut Trainer::new(model.loss(), Adam::new(0.05)).epochs(10).seed(1), &dataset).unwrap();
    let case = json!({
        "inputs": rows(&x),
        "names": model.input_names(),
        "outputs": rows(&model.predict(&x).unwrap()),
        "labels": model.classify(&x).unwrap(),
        "precision": float,
    });
    write_case(folder, &format!("{float}-model-of-layers"), model.to_onnx().unwrap(), case);
}

fn write_cases<T: Stored>(folder: &Path, float: &str) {
    let x = random::<T>(20, 3, 9);
    for (i, model) in models::<T>().into_iter().enumerate() {
        let labels = if model.classes().is_empty() { Vec::new() } else { model.classify(&x).unwrap() };
        let has_gelu = model.net().layers().iter().any(|layer| layer.activation() == Activation::Gelu);
        let is_named = model.input_names()[0] != "x1";
        write_case(
            folder,
            &format!("{float}-{i}"),
            model.to_onnx().unwrap(),
            json!({
                "inputs": rows(&x),
                "names": if is_named { model.input_names() } else { &[] },
                "outputs": rows(&model.predict(&x).unwrap()),
                "labels": labels,
                "precision": if has_gelu { "f32" } else { float }, // the error function is in single precision
            }),
        );
    }
    let write_mlp = |name: &str, net: Mlp<T>, x: Array2<T>| {
        let has_gelu = net.layers()[0].activation() == Activation::Gelu;
        write_network(folder, &format!("{float}-{name}"), &net, x, if has_gelu { "f32" } else { float });
    };
    for (name, inputs, hidden) in [("network", 3, 5), ("without-neurons", 3, 0), ("without-inputs", 0, 5)] {
        let layers = [(hidden, Activation::Silu), (2, Activation::Softplus)];
        write_mlp(name, Mlp::new(inputs, layers, &mut SomeRng::seed_from_u64(4)).unwrap(), random(20, inputs, 5));
    }
    let sizes = [0.0, 1e-30, 1e-10, 1e-3, 0.1, 0.7, 1.0, 3.0, 8.0, 20.0, 40.0, 90.0, 800.0, 1e4];
    let points: Vec<T> = sizes.iter().flat_map(|&size| [T::of(size), T::of(-size)]).collect();
    for activation in ACTIVATIONS {
        let layer = Layer::from_neurons([Neuron::new([T::one()], T::zero(), activation)]).unwrap();
        let points = Array2::from_shape_vec((points.len(), 1), points.clone()).unwrap();
        write_mlp(&activation.to_string(), Mlp::from_layers([layer]).unwrap(), points);
    }
}

/// Writes models of tables, whose inputs are the cells of columns.
fn write_tables<T: Stored>(folder: &Path, float: &str) {
    for table in tables::<T>() {
        let (model, encoder) = (&table.model, table.model.encoder().unwrap());
        let names: Vec<&String> = table.columns.iter().map(|(name, _)| name).collect();
        let cell = |column: &Column, row: usize| match column {
            Column::Values(values) => json!(values[row]), // NaN becomes null
            Column::Texts(texts) => json!(texts[row]),
        };
        let cells = |row: usize| table.columns.iter().map(|(_, column)| cell(column, row)).collect::<Json>();
        let has_classes = !model.classes().is_empty();
        let features = encoder.encode::<T>(&table.csv).unwrap();
        let case = json!({
            "inputs": (0..table.csv.len()).map(cells).collect::<Json>(),
            "names": names,
            "outputs": rows(&model.predict_table(&table.csv).unwrap()),
            "labels": if has_classes { model.classify(features).unwrap() } else { Vec::new() },
            "precision": float,
        });
        write_case(folder, &format!("{float}-table-{}", table.name), model.to_onnx().unwrap(), case);
    }
}

/// Writes models of every kind, and networks, to the folder `ONNX_FOLDER`.
#[test]
#[ignore = "for .ci/check_onnx.py, which compares them with onnxruntime"]
fn write_models_for_onnxruntime() {
    let folder = std::env::var_os("ONNX_FOLDER").expect("ONNX_FOLDER is the folder of the files");
    write_cases::<f32>(Path::new(&folder), "f32");
    write_cases::<f64>(Path::new(&folder), "f64");
    write_layers::<f32>(Path::new(&folder), "f32");
    write_layers::<f64>(Path::new(&folder), "f64");
    write_recurrent_layers(Path::new(&folder));
    write_model_of_layers::<f32>(Path::new(&folder), "f32");
    write_model_of_layers::<f64>(Path::new(&folder), "f64");
    write_tables::<f32>(Path::new(&folder), "f32");
    write_tables::<f64>(Path::new(&folder), "f64");
}

#[test]
fn layers_that_onnx_cannot_express_are_errors() {
    let rng = &mut SomeRng::seed_from_u64(1);
    let error = (Linear::new(4, 4, rng), MultiheadAttention::<f32>::new(4, 2, rng)).to_onnx(4).unwrap_err();
    assert!(matches!(error, Error::Unsupported { what, .. } if what == "MultiheadAttention"));
    let error = Lstm::<f64>::new(2, 3, rng).to_onnx(4).unwrap_err();
    let expected = "to_onnx does not support LSTM: onnxruntime has recurrent layers in single precision only; use f32";
    assert_eq!(error.to_string(), expected);
    let error = (Linear::<f32>::new(4, 2, rng),).to_onnx(3).unwrap_err();
    assert_eq!(error.to_string(), "expected 4 columns of inputs, got 3, in Linear(4, 2)");
}

#[test]
fn save_onnx_writes_the_bytes_of_to_onnx() {
    let model = &models::<f64>()[1];
    let path = file("saved.onnx");
    model.save_onnx(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), model.to_onnx().unwrap());
    assert!(matches!(model.save_onnx(file("no-folder").join("saved.onnx")), Err(Error::Io { .. })));
}

#[test]
fn onnx_export_rejects_invalid_models() {
    let rng = &mut SomeRng::seed_from_u64(1);
    let mut model = Model::<f64>::new(&Dataset::new([[1.0], [2.0]], [[3.0], [5.0]]).unwrap(), [], rng).unwrap();
    model.net_mut().set_parameters(&[f64::NAN, 0.0]).unwrap();
    let path = file("nan.onnx");
    fs::remove_file(&path).ok();
    assert!(matches!(model.save_onnx(&path), Err(Error::NonFinite { .. })) && !path.exists());
    *model.net_mut() = Mlp::new(3, [(1, Activation::Tanh)], rng).unwrap();
    assert_eq!(model.to_onnx().unwrap_err().to_string(), "expected 1 inputs, got 3, in the network of a model");
}
