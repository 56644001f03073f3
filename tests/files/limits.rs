//! Tables and models that are too large are errors with a short text. All others take time in proportion to their size.

use backprop::ndarray::Array2;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Csv, Dataset, Error, Layer, Mlp, Model, Parameters, Scalar, load_parameters, save_parameters,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("limits");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// Returns the processor time of this thread, so that other processes do not count. Returns the elapsed time if the
/// system does not report it.
fn time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = statistics.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// Returns the result of `work`. Asserts that it takes less than `seconds`, which quadratic time would exceed.
#[track_caller]
fn within<T>(seconds: f64, work: impl FnOnce() -> T) -> T {
    let start = time();
    let result = work();
    let time = time() - start;
    println!("{time:?}");
    assert!(time < Duration::from_secs_f64(seconds), "{time:?}");
    result
}

#[track_caller]
fn assert_error_contains<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(expected), "no {expected:?} in {error:?}");
    assert!(error.len() < 2000, "{} bytes of text", error.len());
}

#[test]
fn table_of_80_000_columns_takes_linear_time() {
    let names: Vec<String> = (0..80_000).map(|i| format!("c{i}")).collect();
    let row = |factor: usize| (0..names.len()).map(|i| (i * factor % 7).to_string()).collect::<Vec<_>>().join(",");
    let text = format!("{},t\n{},x\n{},y\n{},x\n", names.join(","), row(1), row(2), row(3));
    within(3.0, || {
        let csv = Csv::from_text(&text).unwrap();
        let all = csv.classes::<f32>("t").unwrap();
        let reversed = csv.clone().inputs(names.iter().rev()).classes::<f32>("t").unwrap();
        assert_eq!(all.inputs()[[1, 5]], reversed.inputs()[[1, names.len() - 6]]);
        csv.clone().inputs(&names).without_target::<f32>().unwrap();
        let model = Model::new(&all, [], &mut SomeRng::seed_from_u64(1)).unwrap();
        model.evaluate(&all).unwrap();
        assert_error_contains(model.evaluate(&reversed), "c18, c19 and 79980 more, in this order");
        assert_error_contains(csv.classes::<f32>("z"), "no column `z`. Columns: c0, c1, ");
        assert_error_contains(
            csv.clone().inputs(["c1", "c2", "c1"]).classes::<f32>("t"),
            "expected each input once, got it twice, in column `c1`",
        );
        all.suspicious();
    });
    let duplicate = text.replacen("c79999", "c5", 1);
    within(3.0, || assert_eq!(Csv::from_text(&duplicate).unwrap().format().renamed, ["c5 (2)"]));
}

/// A module with many layers.
#[derive(Clone, Debug, PartialEq)]
struct Many<S: Scalar> {
    layers: Vec<Layer<S>>,
}

backprop::module! {
    Many { layers }
    fn forward_batch(&self, x) {
        Ok(x.clone())
    }
}

#[test]
fn hundred_thousand_tensors_are_saved_and_loaded_in_linear_time() {
    let many = |seed| {
        let rng = &mut SomeRng::seed_from_u64(seed);
        Many { layers: (0..50_000).map(|_| Layer::<f64>::new(1, 1, Activation::Identity, rng)).collect() }
    };
    let (net, mut other) = (many(1), many(2));
    let path = file("many.safetensors");
    within(10.0, || {
        save_parameters(&net, &path).unwrap();
        load_parameters(&mut other, &path).unwrap();
    });
    assert_eq!(other, net);
    let mut fewer = Many { layers: net.layers[1..].to_vec() };
    let error = load_parameters(&mut fewer, &path);
    assert_error_contains(error, " and 99980 more, in ");
    let layers = vec![(1, Activation::Identity); 20_000];
    let net = Mlp::<f64>::new(1, layers, &mut SomeRng::seed_from_u64(1)).unwrap();
    within(10.0, || {
        for (i, name) in ["deep.safetensors", "deep.json"].into_iter().enumerate() {
            let dataset = Dataset::new([[0.0], [1.0]], [[0.0], [1.0]]).unwrap();
            let model = Model::with_net(net.clone(), backprop::Loss::MeanSquaredError, &dataset).unwrap();
            model.save(file(name)).unwrap();
            assert_eq!(Model::load(file(name)).unwrap(), model, "{i}");
        }
    });
    assert_eq!(net.count(), 40_000);
}

#[test]
fn suspicious_takes_linear_time() {
    let rows = 100_000;
    let mut x = Array2::from_shape_fn((rows, 50), |(i, j)| ((i * (j + 7)) % 1009) as f32 / 10.0);
    (x[[700, 3]], x[[800, 4]], x[[800, 5]]) = (1e5, -1e4, 5e4);
    let dataset = Dataset::new(&x, Array2::zeros((rows, 1))).unwrap();
    let found = within(1.5, || dataset.suspicious());
    assert_eq!(found.iter().map(|outlier| outlier.row).collect::<Vec<_>>(), [701, 801]);
    assert_eq!(found[0].to_string(), "row 701: x4 is 100000, while half of all are from 25.2 to 75.6");

    // All inputs of a row are outliers: neither all pairs are compared nor all inputs printed.
    let mut x = Array2::from_shape_fn((5, 20_000), |(i, _)| i as f64);
    x.row_mut(3).fill(1e6);
    let dataset = Dataset::new(&x, Array2::zeros((5, 1))).unwrap();
    let found = within(1.0, || dataset.suspicious());
    assert_eq!(found.len(), 1);
    let text = found[0].to_string();
    assert!(text.ends_with("; and 19995 more inputs") && text.len() < 1000, "{text}");
}

#[test]
fn classes_beyond_the_limits_are_errors() {
    let classes = |rows: usize, count: usize| {
        let labels: Vec<String> = (0..rows).map(|i| format!("class {}", i % count)).collect();
        Dataset::<f32>::with_classes(Array2::zeros((rows, 1)), &labels).map(|dataset| dataset.classes().len())
    };
    assert_eq!(classes(2000, 1000).unwrap(), 1000);
    within(2.0, || assert_error_contains(classes(20_000, 10_000), "expected at most 1000 classes, got 10000"));
    within(3.0, || {
        assert_error_contains(
            classes(70_000, 1000),
            "expected at most 67108864 targets, got 70000000, in 70000 samples of 1000 classes",
        )
    });
    let text: String = (0..20_000).map(|i| format!("{},c{}\n", i % 7, i / 2)).collect();
    let csv = Csv::from_text(&format!("x,t\n{text}")).unwrap();
    assert_error_contains(
        csv.classes::<f32>("t"),
        "expected at most 1000 classes, got 10000, in the targets, column `t`",
    );
    let long = "long ".repeat(300);
    let labels = ["a", long.trim()];
    assert_error_contains(
        Dataset::<f32>::with_classes(Array2::zeros((2, 1)), &labels),
        "expected at most 1000 bytes, got 1499, in the class `long long",
    );
}

#[test]
fn many_classes_are_evaluated_in_linear_time() {
    let labels: Vec<usize> = (0..60_000).map(|i| i % 1000).collect();
    let names: Vec<String> = labels.iter().map(|label| label.to_string()).collect();
    let x = Array2::from_shape_fn((labels.len(), 1), |(i, _)| i as f32);
    within(8.0, || {
        let dataset = Dataset::with_classes(x, &names).unwrap();
        let subset = dataset.select(&(0..100).collect::<Vec<_>>());
        let model = Model::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
        model.evaluate(&subset).unwrap()
    });
}

#[test]
fn cells_and_files_beyond_the_limits_are_errors() {
    let cell = "7".repeat(17 << 20);
    assert_error_contains(
        Csv::from_text(&format!("a,b\n1,2\n3,{cell}\n")),
        "expected at most 16 MiB in a row, got more, in line 3",
    );
    assert_error_contains(
        Csv::from_text(&format!("a,b\n1,\"{cell}\n")),
        "expected at most 16 MiB in a row, got more, in line 2; is a quote not",
    );
    assert_error_contains(
        Csv::from_text(&format!("{cell},b\n1,2\n")),
        "expected at most 16 MiB in a row, got more, in line 1",
    );
    let shorter = format!("a,b\n1,2\n3,{}x\n", &cell[..1 << 20]);
    assert_error_contains(Csv::from_text(&shorter).unwrap().numbers::<f64>("b"), "expected a number, got `7777");

    let path = file("large.csv");
    fs::File::create(&path).unwrap().set_len((1 << 30) + 1).unwrap(); // a sparse file, if the file system supports it
    let result = Csv::read(&path);
    fs::remove_file(&path).unwrap();
    assert_error_contains(result, "expected at most 1024 MiB, got 1025, in ");
}

#[test]
fn network_too_large_for_memory_is_an_error() {
    let new = |widths: &[usize]| {
        let layers = widths.iter().map(|&width| (width, Activation::Tanh)).collect::<Vec<_>>();
        Mlp::<f32>::new(2, layers, &mut SomeRng::seed_from_u64(1))
    };
    assert_error_contains(new(&[usize::MAX, 1]), "too many parameters to count, in Mlp; make its layers smaller");
    assert_error_contains(new(&[usize::MAX / 8, usize::MAX / 8]), "too many parameters to count");
    assert_error_contains(new(&[usize::MAX / 64]), "no memory for");
}
