//! Models as ONNX: files for onnxruntime, and their errors. The unit tests in `src/model/onnx.rs` check the structure.

use crate::activations::ACTIVATIONS;
use crate::saved_models::{file, models, random};
use backprop::ndarray::{Array2, ArrayView1};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Dataset, Error, Layer, Matrix, Mlp, Model, Neuron, Stored};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;

/// Writes a model to `name.onnx`, and to `name.json` its inputs, their names, and what onnxruntime must compute.
fn write_case(folder: &Path, name: &str, onnx: Vec<u8>, case: Json) {
    fs::write(folder.join(format!("{name}.onnx")), onnx).unwrap();
    fs::write(folder.join(format!("{name}.json")), case.to_string()).unwrap();
}

fn write_cases<T: Stored>(folder: &Path, float: &str) {
    let rows = |matrix: &Array2<T>| -> Json {
        let row = |row: ArrayView1<T>| row.iter().map(|x| x.to_f64().unwrap()).collect::<Vec<f64>>();
        matrix.rows().into_iter().map(row).collect()
    };
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
    let write_network = |name: &str, net: Mlp<T>, x: Array2<T>| {
        let outputs = net.forward_batch(&Matrix::from(x.clone())).unwrap().into();
        let has_gelu = net.layers()[0].activation() == Activation::Gelu;
        let precision = if has_gelu { "f32" } else { float };
        let case = json!({
            "inputs": rows(&x), "names": [], "outputs": rows(&outputs), "labels": [], "precision": precision,
        });
        write_case(folder, &format!("{float}-{name}"), net.to_onnx().unwrap(), case);
    };
    for (name, inputs, hidden) in [("network", 3, 5), ("without-neurons", 3, 0), ("without-inputs", 0, 5)] {
        let layers = [(hidden, Activation::Silu), (2, Activation::Softplus)];
        write_network(name, Mlp::new(inputs, layers, &mut SomeRng::seed_from_u64(4)).unwrap(), random(20, inputs, 5));
    }
    let sizes = [0.0, 1e-30, 1e-10, 1e-3, 0.1, 0.7, 1.0, 3.0, 8.0, 20.0, 40.0, 90.0, 800.0, 1e4];
    let points: Vec<T> = sizes.iter().flat_map(|&size| [T::of(size), T::of(-size)]).collect();
    for activation in ACTIVATIONS {
        let layer = Layer::from_neurons([Neuron::new([T::one()], T::zero(), activation)]).unwrap();
        let points = Array2::from_shape_vec((points.len(), 1), points.clone()).unwrap();
        write_network(&activation.to_string(), Mlp::from_layers([layer]).unwrap(), points);
    }
}

/// Writes models of every kind, and networks, to the folder `ONNX_FOLDER`.
#[test]
#[ignore = "for .ci/check_onnx.py, which compares them with onnxruntime"]
fn write_models_for_onnxruntime() {
    let folder = std::env::var_os("ONNX_FOLDER").expect("ONNX_FOLDER is the folder of the files");
    write_cases::<f32>(Path::new(&folder), "f32");
    write_cases::<f64>(Path::new(&folder), "f64");
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
