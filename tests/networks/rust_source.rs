//! Models as Rust source give the same predictions without the standard library.

use crate::activation_accuracy::{assert_near_in_double, assert_near_in_single, reference};
use crate::activations::ACTIVATIONS;
use crate::saved_models::{file, models, random};
use crate::tables::{Column, Table, tables};
use backprop::ndarray::Axis;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Dataset, Loss, Mlp, Model, Scalar, Scaler, Stored};
use std::fs;
use std::process::Command;

/// Compiles the sources as the modules net_0, net_1, … of a library without the standard library. Runs a program that
/// uses the library and has these statements, and returns the lines of its output.
fn run(name: &str, sources: &[String], statements: &str) -> Vec<String> {
    let rustc = |arguments: &[&str], source: String| {
        let path = file(&format!("{name}.rs"));
        fs::write(&path, source).unwrap();
        let compiled = Command::new(std::env::var("RUSTC").unwrap_or("rustc".into()))
            .args(["--edition", "2021", "-O", "-D", "warnings"])
            .args(arguments)
            .arg(&path)
            .output()
            .unwrap();
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    };
    let modules = sources.iter().enumerate().map(|(i, source)| format!("pub mod net_{i} {{\n{source}}}\n"));
    let [library, program] = [format!("lib{name}.rlib"), format!("{name}.exe")].map(|name| file(&name));
    let library_path = library.to_str().unwrap();
    rustc(&["--crate-type", "lib", "-o", library_path], format!("#![no_std]\n{}", modules.collect::<String>()));
    rustc(
        &["--extern", &format!("nets={library_path}"), "-o", program.to_str().unwrap()],
        format!("use nets::*;\nfn main() {{\n{statements}}}\n"),
    );
    let output = Command::new(&program).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(String::from).collect()
}

/// Returns a statement that prints the bits of the values that `call` returns for each input `x` in `inputs`.
fn print_bits(inputs: &str, call: &str) -> String {
    format!("for x in {inputs} {{ for y in {call} {{ println!(\"{{}}\", y.to_bits()); }} }}\n")
}

/// The predictions of piecewise linear networks are bit-for-bit identical, except for their probabilities.
fn check_predictions<T: Stored>(float: &str, from_bits: impl Fn(u64) -> T) {
    let models: Vec<Model<T>> = models::<T>();
    let sources: Vec<String> = models.iter().map(|model| model.to_rust().unwrap()).collect();
    let x = random::<T>(20, 3, 9);
    let rows: Vec<Vec<T>> = x.rows().into_iter().map(|row| row.to_vec()).collect();
    let (mut statements, mut expected) = (format!("let inputs: [[{float}; 3]; 20] = {rows:?};\n"), Vec::new());
    for (i, model) in models.iter().enumerate() {
        let is_linear = |activation: Activation| {
            use Activation::*;
            matches!(activation, Step | Identity | Relu | LeakyRelu(_))
        };
        let is_exact = model.net().layers().iter().all(|layer| is_linear(layer.activation()));
        statements += &print_bits("inputs", &format!("net_{i}::outputs(x)"));
        expected.extend(rows.iter().flat_map(|row| model.outputs(row).unwrap()).map(|y| (i, y, is_exact)));
        assert_eq!(sources[i].contains("fn probabilities"), !model.classes().is_empty() && model.loss() != Loss::Hinge);
        if sources[i].contains("fn probabilities") {
            statements += &print_bits("inputs", &format!("net_{i}::probabilities(x)"));
            expected.extend(model.predict(&x).unwrap().into_iter().map(|p| (i, p, false)));
        }
    }
    let output = run(&format!("predictions_{float}"), &sources, &statements);
    assert_eq!(output.len(), expected.len());
    for (line, (i, expected, is_exact)) in output.iter().zip(expected) {
        let found = from_bits(line.parse().unwrap());
        let tolerance = if is_exact { 0.0 } else { 16.0 };
        let error = (found - expected).abs() / (T::epsilon() * expected.abs().max(T::one()));
        assert!(error <= T::of(tolerance), "model {i}: expected {expected:?}, got {found:?}");
    }
}

#[test]
fn rust_source_gives_the_predictions_of_the_model() {
    check_predictions::<f32>("f32", |bits| f32::from_bits(bits as u32));
    check_predictions::<f64>("f64", f64::from_bits);
}

/// Returns the largest allowed error of an activation, in units in the last place.
fn bound(activation: Activation) -> f64 {
    match activation {
        Activation::Gelu => 4.0,
        Activation::Silu => 3.0,
        _ => 2.0,
    }
}

/// Returns the source of a network whose output is the activation of its input.
fn source_of_activation<T: Stored>(activation: Activation) -> String {
    let rng = &mut SomeRng::seed_from_u64(1);
    let labels = Dataset::<T>::with_classes(random::<T>(4, 1, 1), &["no", "yes", "no", "yes"]).unwrap();
    let mut net = Mlp::new(1, [(1, activation)], rng).unwrap();
    net.set_parameters(&[T::one(), T::zero()]).unwrap();
    let model = Model::with_net(net, Loss::MeanSquaredError, &labels.one_output().unwrap()).unwrap();
    model.with_scaler(Scaler::shift([0.0])).unwrap().to_rust().unwrap()
}

#[test]
fn activations_of_rust_source_are_accurate_in_double_precision() {
    let sources = ACTIVATIONS.map(source_of_activation::<f64>);
    let expected = ACTIVATIONS.map(reference);
    let special = [f64::NEG_INFINITY, -f64::MAX, -0.0, 0.0, f64::MAX, f64::INFINITY, f64::NAN];
    let statements = (expected.iter().enumerate()).map(|(i, pairs)| {
        let inputs: Vec<u64> = special.iter().chain(pairs.iter().map(|[x, _]| x)).map(|x| x.to_bits()).collect();
        print_bits(&format!("{inputs:?}.map(f64::from_bits)"), &format!("net_{i}::outputs([x])"))
    });
    let output = run("activations_f64", &sources, &statements.collect::<String>());
    let mut found = output.iter().map(|line| f64::from_bits(line.parse().unwrap()));
    for (activation, pairs) in ACTIVATIONS.into_iter().zip(expected) {
        for (x, y) in special.into_iter().zip(&mut found) {
            let expected = x.map(activation);
            let is_right = (y - expected).abs() <= f64::EPSILON || y == expected || y.is_nan() && expected.is_nan();
            assert!(is_right, "{activation:?} of {x}: expected {expected}, got {y}");
        }
        for (pair, y) in pairs.into_iter().zip(&mut found) {
            assert_near_in_double(activation, pair, y, bound(activation));
        }
    }
    assert_eq!(found.next(), None);
}

/// Compares every 100,003rd value of single precision.
#[test]
fn activations_of_rust_source_are_accurate_in_single_precision() {
    let sources = ACTIVATIONS.map(source_of_activation::<f32>);
    let inputs = "(0..=u32::MAX).step_by(100_003).map(f32::from_bits).filter(|x| !x.is_nan())";
    let statements: String =
        (0..sources.len()).map(|i| print_bits(inputs, &format!("net_{i}::outputs([x])"))).collect();
    let x: Vec<f32> = (0..=u32::MAX).step_by(100_003).map(f32::from_bits).filter(|x| !x.is_nan()).collect();
    let output = run("activations_f32", &sources, &statements);
    let found: Vec<f32> = output.iter().map(|line| f32::from_bits(line.parse().unwrap())).collect();
    for (activation, y) in ACTIVATIONS.into_iter().zip(found.chunks(x.len())) {
        assert_near_in_single(activation, &x, y, bound(activation));
    }
}

#[test]
fn rust_source_of_a_classifier_returns_the_class_name() {
    let models = models::<f64>();
    let [.., three_with_costs, two_with_costs] = &models[..] else { panic!() };
    for (i, model) in [&models[1], three_with_costs, two_with_costs].into_iter().enumerate() {
        let source = model.to_rust().unwrap();
        assert!(i > 0 || source.contains(r#"pub const CLASSES: [&str; 3] = ["it's", "lily", "rose"];"#), "{source}");
        let x = random::<f64>(40, 3, 4);
        let rows: Vec<Vec<f64>> = x.rows().into_iter().map(|row| row.to_vec()).collect();
        let statements = format!("for x in {rows:?} {{ println!(\"{{}}\", net_0::class(x)); }}\n");
        let classes = model.classify(&x).unwrap();
        assert_eq!(run(&format!("classes_{i}"), &[source], &statements), classes);
        let largest = model.predict(&x).unwrap().map_axis(Axis(1), |row| {
            let best = (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best });
            model.classes()[best].clone()
        });
        assert_eq!(largest.iter().eq(classes), model.class_costs().is_none(), "costs change some predictions");
    }
}

/// Returns the names of the fields of the struct `Row` in a source.
fn fields(source: &str) -> Vec<&str> {
    let (_, row) = source.split_once("pub struct Row").unwrap();
    let row = row.split_once('}').unwrap().0;
    row.lines().filter_map(|line| Some(line.trim().strip_prefix("pub ")?.split_once(':')?.0)).collect()
}

/// Returns expressions of the struct `Row` for the rows of a table.
fn rows_as_source<T: Scalar>(table: &Table<T>, path: &str, fields: &[&str]) -> String {
    let value = |column: &Column, row: usize| match column {
        Column::Values(values) if values[row].is_nan() => "f64::NAN".to_string(),
        Column::Values(values) => format!("{:?}", values[row]),
        Column::Texts(texts) => format!("{:?}", texts[row]),
    };
    let row = |row: usize| {
        let cells =
            table.columns.iter().zip(fields).map(|((_, column), field)| format!("{field}: {}, ", value(column, row)));
        format!("{path}::Row {{ {}}},", cells.collect::<String>())
    };
    (0..table.csv.len()).map(row).collect()
}

fn check_tables<T: Stored>(float: &str, tolerance: f64) {
    let tables = tables::<T>();
    let sources: Vec<String> = tables.iter().map(|table| table.model.to_rust().unwrap()).collect();
    assert_eq!(fields(&sources[2]), ["type_", "größe", "column_2nd_size", "a_b", "a_b_2", "when"]);
    let mut statements = String::new();
    for (i, (table, source)) in tables.iter().zip(&sources).enumerate() {
        let rows = rows_as_source(table, &format!("net_{i}"), &fields(source));
        let call = if table.model.classes().is_empty() { "[net.predict(&row)]" } else { "net.probabilities(&row)" };
        let call = call.replace("net.", &format!("net_{i}::"));
        statements +=
            &format!("for row in [{rows}] {{ for y in {call} {{ println!(\"{{}}\", (y as f64).to_bits()); }} }}\n");
    }
    let output = run(&format!("tables_{float}"), &sources, &statements);
    let predictions = tables.iter().map(|table| (table.name, table.model.predict_table(&table.csv).unwrap()));
    let expected: Vec<(&str, f64)> = predictions.flat_map(|(name, y)| y.into_iter().map(move |y| (name, y))).collect();
    assert_eq!(output.len(), expected.len());
    for (i, (line, (name, expected))) in output.iter().zip(expected).enumerate() {
        let found = f64::from_bits(line.parse().unwrap());
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(error <= tolerance, "{name}, line {i}: expected {expected:?}, got {found:?}, {error:e}");
    }
}

#[test]
fn rust_source_predicts_rows_of_a_table() {
    check_tables::<f32>("f32", 1e-6);
    check_tables::<f64>("f64", 1e-12);
}

#[test]
fn rust_source_classifies_rows_of_a_table() {
    let table = &tables::<f32>()[0];
    let source = table.model.to_rust().unwrap();
    let rows = rows_as_source(table, "net_0", &fields(&source));
    let statements = format!("for row in [{rows}] {{ println!(\"{{}}\", net_0::class(&row)); }}\n");
    let features = table.model.encoder().unwrap().encode::<f32>(&table.csv).unwrap();
    assert_eq!(run("classes_of_table", &[source], &statements), table.model.classify(features).unwrap());
}
