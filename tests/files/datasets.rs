//! Datasets: reading CSV and its errors, splits, scaling, suspicious rows, metrics.

use backprop::ndarray::{Array2, array};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{ConfusionMatrix, Csv, CsvOptions, Dataset, Error, Scaler, accuracy, log_loss, r2_score, roc_auc};
use proptest::prelude::*;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

fn error_text<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn table_is_read_with_names_classes_and_separators() {
    let csv = Csv::from_text("a, b ,kind\r\n1,2.5,x\r\n-3e2,\"4\",\"y, z\"\r\n").unwrap();
    assert_eq!(csv.columns(), ["a", "b", "kind"]);
    let dataset = csv.classes::<f64>("kind").unwrap();
    assert_eq!(dataset.inputs(), array![[1.0, 2.5], [-300.0, 4.0]]);
    assert_eq!((dataset.classes(), dataset.labels()), (&["x".to_string(), "y, z".into()][..], vec![0, 1]));
    assert_eq!((dataset.input_names(), dataset.target_name()), (&["a".to_string(), "b".into()][..], "kind"));

    let regression = csv.clone().inputs(["b"]).numbers::<f32>("a").unwrap();
    assert_eq!((regression.inputs(), regression.targets()), (&array![[2.5], [4.0]], &array![[1.0], [-300.0]]));
    assert!(regression.classes().is_empty());

    // Spreadsheets write a byte-order mark and semicolons.
    let csv = Csv::from_text("\u{feff}größe;kind\n1;x\n2;y\n").unwrap();
    assert_eq!(csv.columns(), ["größe", "kind"]);
    assert_eq!(Csv::from_text("a\tb\n1\t2\n").unwrap().columns(), ["a", "b"]);
}

#[test]
fn classes_are_sorted_by_name_or_by_number() {
    let classes = |text: &str| Csv::from_text(text).unwrap().classes::<f64>("t").unwrap().classes().join(" ");
    assert_eq!(classes("x,t\n1,b\n1,a\n1,c\n"), "a b c");
    assert_eq!(classes("x,t\n1,10\n1,9\n1,-1\n"), "-1 9 10");
}

#[test]
fn columns_without_a_header_are_named_by_their_number() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("headless.csv");
    fs::write(&path, "1,2,x\n3,4,y\n").unwrap();
    let dataset = Csv::read_without_header(&path).unwrap().classes::<f64>("3").unwrap();
    assert_eq!((dataset.len(), dataset.input_names()), (2, &["1".to_string(), "2".into()][..]));
}

#[test]
fn table_errors_have_row_and_column() {
    let csv = |text: &str| Csv::from_text(text).unwrap();
    let three = csv("a,b,t\n1,2,x\n3,four,y\n1e308,6,z\n");
    assert_eq!(error_text(three.classes::<f64>("c")), "no column `c`. Columns: a, b, t");
    assert_eq!(error_text(three.clone().inputs(["d"]).classes::<f64>("t")), "no column `d`. Columns: a, b, t");
    assert_eq!(
        error_text(three.clone().inputs(["t"]).classes::<f64>("t")),
        "expected inputs other than the target, got the target, in column `t`"
    );
    assert_eq!(
        error_text(three.classes::<f64>("t")),
        "expected a number, got `four`, in row 2, column `b`; correct it, or leave the column out"
    );
    assert_eq!(
        error_text(three.clone().inputs(["a"]).classes::<f32>("t")),
        "expected a number that f32 can hold, got `1e308`, in row 3, column `a`; correct it, or drop the row"
    );
    assert_eq!(
        error_text(csv("a;t\n1,500;x\n2;y\n").classes::<f64>("t")),
        "expected a number whose decimal mark is clear, got `1,500`, in row 1, column `a`; choose the decimal mark"
    );
    assert_eq!(
        error_text(csv("a,t\nNA,x\n2,y\n").classes::<f64>("t")),
        "expected a value, got `NA`, in row 1, column `a`; fill it in, leave the column out, or drop such rows"
    );
    assert_eq!(error_text(Csv::from_text("")), "expected a table, got nothing, in the text");
    assert_eq!(error_text(Csv::from_text("a,b\n")), "expected rows below the header, got none, in the text");
    assert_eq!(error_text(Csv::from_text("a,b\n1,2\n3\n")), "expected 2 cells as in the first line, got 1, in line 3");
    assert_eq!(error_text(Csv::read("no/such.csv")), "cannot read no/such.csv");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("latin.csv");
    fs::write(&path, b"a,b\n1,\xe9\n").unwrap();
    let expected = "expected text in UTF-8, got other bytes, in";
    assert_eq!(
        error_text(CsvOptions::new().encoding("utf-8").read(&path)),
        format!("{expected} {}; save it as CSV in UTF-8 again, or choose its encoding", path.display())
    );
}

#[test]
fn missing_cells_are_an_error_or_their_rows_are_dropped() {
    let csv = Csv::from_text("a,b,t\n1,,x\n2,5,y\nNA,6,x\n4,7,x\n?,8,\n").unwrap();
    assert_eq!(
        error_text(csv.classes::<f64>("t")),
        "expected a value, got an empty cell, in row 1, column `b`; fill it in, leave the column out, or drop such rows"
    );
    let complete = csv.clone().drop_missing().classes::<f64>("t").unwrap();
    assert_eq!((csv.len() - complete.len(), complete.rows()), (3, &[2, 4][..]));
    let one_input = csv.clone().inputs(["b"]).drop_missing().classes::<f64>("t").unwrap();
    assert_eq!(one_input.rows(), [2, 3, 4]);
    let none = Csv::from_text("a,t\n,x\n,y\n").unwrap().drop_missing();
    assert_eq!(
        error_text(none.classes::<f64>("t")),
        "expected a row with a value in each column, got none, in the text; leave a column out"
    );
    let (inputs, rows) = csv.inputs(["a", "b"]).drop_missing().without_target::<f64>().unwrap();
    assert_eq!((inputs, rows), (array![[2.0, 5.0], [4.0, 7.0]], vec![2, 4]));
}

#[test]
fn datasets_reject_mismatched_and_non_finite_data() {
    assert_eq!(
        error_text(Dataset::new(array![[1.0], [2.0]], array![[1.0]])),
        "expected 2 samples of targets, got 1, in Dataset"
    );
    assert_eq!(
        error_text(Dataset::new(array![[1.0, 2.0], [3.0, f64::NAN]], array![[1.0], [2.0]])),
        "expected a finite input, got NaN, in column 2 of row 2"
    );
    let dataset = Dataset::with_classes(array![[1.0], [2.0], [3.0]], &["a", "b", "c"]).unwrap();
    assert_eq!(error_text(dataset.clone().one_output()), "expected 2 classes, got 3, in Dataset::one_output");
    assert_eq!(error_text(dataset.clone().named(["x", "y"])), "expected 1 names, got 2, in Dataset::named");
    let rng = &mut SomeRng::seed_from_u64(1);
    for fraction in [0.0, 1.0] {
        let error = format!("`fraction` must leave samples in both parts of 3, got {fraction}");
        assert_eq!(error_text(dataset.split(fraction, rng)), error);
    }
    assert!(dataset.folds(1, rng).is_err() && dataset.folds(4, rng).is_err());
}

#[test]
fn group_and_time_splits_reject_wrong_lengths_times_and_fractions() {
    let dataset = Dataset::new(array![[1.0], [2.0], [3.0]], array![[1.0], [2.0], [3.0]]).unwrap();
    let rng = &mut SomeRng::seed_from_u64(1);
    assert_eq!(
        error_text(dataset.split_groups(&["a", "b"], 0.5, rng)),
        "expected 3 groups, got 2, in Dataset::split_groups"
    );
    assert_eq!(
        error_text(dataset.split_groups(&["a"; 3], 0.5, rng)),
        "`fraction` must leave samples in both parts of 3, got 0.5"
    );
    assert_eq!(error_text(dataset.split_time(&[1.0], 0.5)), "expected 3 times, got 1, in Dataset::split_time");
    assert_eq!(
        error_text(dataset.split_time(&[1.0, f64::NAN, 3.0], 0.5)),
        "expected a finite time, got NaN, in sample 2"
    );
    assert_eq!(
        error_text(dataset.group_fold_indices(&["a", "b", "a"], 3, rng).map(|_| ())),
        "`folds` must be at least 2 and at most the number of groups, 2, got 3"
    );
    assert_eq!(
        error_text(dataset.time_fold_indices(&[1.0, 2.0, 2.0], 2).map(|_| ())),
        "`folds` must be at least 1, and leave samples in each part of 3, got 2"
    );
    assert!(dataset.time_fold_indices(&[1.0, 2.0, 3.0], 0).is_err());
    for fraction in [-0.5, 0.0, 1.0, 2.0, f64::NAN] {
        assert!(dataset.split_time(&[1.0, 2.0, 3.0], fraction).is_err());
    }
}

#[test]
fn duplicates_compare_inputs_and_targets() {
    let train = Dataset::new(array![[0.0, 1.0], [2.0, 3.0]], array![[5.0], [6.0]]).unwrap();
    let test = Dataset::new(array![[-0.0, 1.0], [2.0, 3.0], [2.0, 3.0]], array![[5.0], [6.0], [5.0]]).unwrap();
    assert_eq!((train.duplicates(&test), test.duplicates(&train)), (2, 2));
}

#[test]
fn balanced_class_weights_give_all_classes_the_same_total() {
    let dataset = dataset_with_counts(&[1, 3, 4]);
    assert_eq!(dataset.balanced_class_weights(), [8.0 / 3.0, 8.0 / 9.0, 8.0 / 12.0]);
    assert_eq!(dataset.select(&[0, 1]).balanced_class_weights(), [2.0 / 3.0, 2.0 / 3.0, 0.0]);
}

/// Creates a dataset with `counts[class]` samples of each class. The input of a sample is its index.
fn dataset_with_counts(counts: &[usize]) -> Dataset<f64> {
    let labels: Vec<String> =
        counts.iter().enumerate().flat_map(|(class, &n)| vec![format!("class {class}"); n]).collect();
    let x = Array2::from_shape_fn((labels.len(), 1), |(i, _)| i as f64);
    Dataset::with_classes(x, &labels).unwrap()
}

/// Returns the number of samples of a class.
fn count(dataset: &Dataset<f64>, class: usize) -> usize {
    dataset.labels().into_iter().filter(|&label| label == class).count()
}

proptest! {
    #[test]
    fn splits_and_folds_have_each_sample_once_and_are_stratified(
        counts in prop::collection::vec(1_usize..40, 2..5), fraction in 0.1_f64..0.9, folds in 2_usize..6, seed: u64,
    ) {
        let dataset = dataset_with_counts(&counts);
        let rng = &mut SomeRng::seed_from_u64(seed);
        let all: Vec<usize> = (1..=dataset.len()).collect();
        let sorted_rows = |train: &Dataset<f64>, test: &Dataset<f64>| {
            let mut rows = [train.rows(), test.rows()].concat();
            rows.sort();
            rows
        };
        if let Ok((train, test)) = dataset.split(fraction, rng) {
            prop_assert_eq!(sorted_rows(&train, &test), all.clone());
            prop_assert!((test.len() as f64 - fraction * dataset.len() as f64).abs() <= 1.0);
            for (class, &n) in counts.iter().enumerate() {
                prop_assert!((count(&test, class) as f64 - fraction * n as f64).abs() <= 1.0);
            }
        }
        if dataset.len() >= folds {
            let mut tested = Vec::new();
            for (train, test) in dataset.folds(folds, rng).unwrap() {
                prop_assert_eq!(sorted_rows(&train, &test), all.clone());
                tested.extend_from_slice(test.rows());
                for (class, &n) in counts.iter().enumerate() {
                    prop_assert!(count(&test, class).abs_diff(n / folds) <= 1);
                }
            }
            tested.sort();
            prop_assert_eq!(tested, all);
        }
    }

    #[test]
    fn group_splits_keep_groups_whole_and_time_splits_hold_out_the_last(
        groups in prop::collection::vec(0_u8..12, 2..60), fraction in 0.1_f64..0.9, seed: u64,
    ) {
        let dataset = dataset_with_counts(&[groups.len()]);
        let times: Vec<f64> = groups.iter().map(|&group| group.into()).collect();
        let largest = groups.iter().map(|group| groups.iter().filter(|other| *other == group).count()).max().unwrap();
        let groups_of = |part: &Dataset<f64>| part.rows().iter().map(|row| groups[row - 1]).collect::<HashSet<u8>>();
        if let Ok((train, test)) = dataset.split_groups(&groups, fraction, &mut SomeRng::seed_from_u64(seed)) {
            prop_assert_eq!(train.len() + test.len(), groups.len());
            prop_assert!(groups_of(&train).is_disjoint(&groups_of(&test)));
            prop_assert!((test.len() as f64 - fraction * groups.len() as f64).abs() <= largest as f64);
        }
        if let Ok((train, test)) = dataset.split_time(&times, fraction) {
            prop_assert_eq!(train.len() + test.len(), groups.len());
            prop_assert!(groups_of(&train).iter().max() < groups_of(&test).iter().min());
            prop_assert!(test.len() as f64 >= (fraction * groups.len() as f64).round());
        }
    }

    #[test]
    fn folds_keep_groups_whole_and_follow_each_other_in_time(
        groups in prop::collection::vec(0_u8..12, 2..60), folds in 2_usize..6, seed: u64,
    ) {
        let dataset = dataset_with_counts(&[groups.len()]);
        let groups_of = |part: &[usize]| part.iter().map(|&sample| groups[sample]).collect::<HashSet<u8>>();
        let all: Vec<usize> = (0..groups.len()).collect();
        let different = groups_of(&all).len();
        let largest = groups.iter().map(|group| groups.iter().filter(|other| *other == group).count()).max().unwrap();
        let by_group = dataset.group_fold_indices(&groups, folds, &mut SomeRng::seed_from_u64(seed));
        prop_assert_eq!(by_group.is_ok(), folds <= different);
        let mut tested = Vec::new();
        let by_group: Vec<_> = by_group.into_iter().flatten().collect();
        for (train, test) in &by_group {
            prop_assert!(!test.is_empty() && groups_of(train).is_disjoint(&groups_of(test)));
            prop_assert_eq!(train.len() + test.len(), groups.len());
            prop_assert!(by_group.iter().all(|(_, other)| test.len() <= other.len() + largest), "as even as possible");
            tested.extend_from_slice(test);
        }
        tested.sort();
        prop_assert!(tested == all || by_group.is_empty());

        let times: Vec<f64> = groups.iter().map(|&group| group.into()).collect();
        let mut known: Vec<usize> = Vec::new();
        for (i, (train, test)) in dataset.time_fold_indices(&times, folds).into_iter().flatten().enumerate() {
            prop_assert!(groups_of(&train).iter().max() < groups_of(&test).iter().min());
            prop_assert!(i == 0 || train == known, "the test samples of a fold train the next");
            known = [train, test].concat();
            known.sort();
        }
        prop_assert!(known == all || known.is_empty());
    }

    #[test]
    fn inverse_transform_inverts_transform(values in prop::collection::vec(-1e6_f64..1e6, 12)) {
        let x = Array2::from_shape_vec((4, 3), values).unwrap();
        for scaler in [Scaler::standard(&x).unwrap(), Scaler::min_max(&x).unwrap(), Scaler::shift([1.0, 2.0, 3.0])] {
            let found = scaler.inverse_transform(scaler.transform(&x).unwrap()).unwrap();
            prop_assert!(found.iter().zip(&x).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs().max(1.0)));
        }
        let scaled = Scaler::standard(&x).unwrap().transform(&x).unwrap();
        for column in scaled.columns() {
            let mean = column.mean().unwrap();
            prop_assert!(mean.abs() < 1e-9, "{}", mean);
            prop_assert!((column.mapv(|x| x * x).mean().unwrap() - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn scaler_rejects_mismatched_and_non_finite_data() {
    let scaler = Scaler::shift([1.0, 2.0]);
    assert_eq!(error_text(scaler.transform(array![[1.0]])), "expected 2 columns, got 1, in Scaler");
    assert_eq!(
        error_text(Scaler::standard(Array2::<f64>::zeros((0, 2)))),
        "expected at least one sample, got none, in Scaler"
    );
    let huge = array![[1e308, 1.0], [-1e308, 2.0]];
    assert_eq!(error_text(Scaler::min_max(&huge)), "expected a finite unit, got inf, in column 1 of Scaler");
    let infinite = array![[1.0, f64::INFINITY], [2.0, 1.0]];
    assert_eq!(error_text(Scaler::standard(&infinite)), "expected a finite shift, got inf, in column 2 of Scaler");
    assert!(Scaler::new([0.0], [0.0]).is_err() && Scaler::new([f64::NAN], [1.0]).is_err());
}

#[test]
fn standard_scaling_is_right_for_values_of_any_size() {
    for size in [5e-324, 1e-310, 1e-200, 1.0, 1e200, 1.7e308] {
        let x = array![[size], [-size]];
        let scaler = Scaler::standard(&x).unwrap();
        assert_eq!((scaler.shifts(), scaler.units()), (&[0.0][..], &[size][..]));
        assert_eq!(scaler.transform(&x).unwrap(), array![[1.0], [-1.0]]);
        assert_eq!(scaler.inverse_transform(scaler.transform(&x).unwrap()).unwrap(), x);
    }
    // The distance from the mean overflows, but the scaled value does not.
    let mut column = vec![1.7e308; 99];
    column.push(-1.7e308);
    let x = Array2::from_shape_vec((100, 1), column).unwrap();
    let scaler = Scaler::standard(&x).unwrap();
    let scaled = scaler.transform(&x).unwrap();
    assert!((scaled[[99, 0]] + 99.0_f64.sqrt()).abs() < 1e-12, "{}", scaled[[99, 0]]);
    assert!((scaler.inverse_transform(&scaled).unwrap()[[99, 0]] / -1.7e308 - 1.0).abs() < 1e-12);
    // The standard deviation underflows.
    let mut column = vec![0.0; 99];
    column.push(5e-324);
    let x = Array2::from_shape_vec((100, 1), column).unwrap();
    assert!(Scaler::standard(&x).unwrap().transform(&x).unwrap().iter().all(|&x: &f64| x.is_finite()));
}

#[test]
fn standard_scaling_of_a_small_deviation_from_a_large_mean_is_right() {
    let x = array![[1e16], [1e16 + 2.0]];
    assert_eq!(Scaler::standard(&x).unwrap().units(), [1.0]);
}

#[test]
fn standard_scaling_of_a_million_rows_loses_no_digits() {
    let x = Array2::from_shape_fn((1_000_000, 1), |(i, _)| if i % 2 == 0 { 0.1 } else { 0.3 });
    let scaler = Scaler::standard(&x).unwrap();
    assert!((scaler.shifts()[0] - 0.2).abs() < 1e-15 && (scaler.units()[0] - 0.1).abs() < 1e-15, "{scaler:?}");
}

#[test]
fn standard_scaling_only_shifts_a_constant_column() {
    let x = Array2::from_elem((10, 1), 0.1);
    let scaler = Scaler::standard(&x).unwrap();
    assert_eq!((scaler.shifts(), scaler.units()), (&[0.1][..], &[1.0][..]));
    assert!((scaler.transform(array![[0.11]]).unwrap()[[0, 0]] - 0.01_f64).abs() < 1e-15);
}

#[test]
fn suspicious_reports_swapped_cells_in_davis() {
    let people = Csv::read("examples/data/davis.csv").unwrap().inputs(["weight", "height"]);
    let people = people.classes::<f64>("sex").unwrap();
    let suspicious = people.suspicious();
    assert_eq!(suspicious.len(), 1, "{suspicious:?}");
    assert_eq!(suspicious[0].row, 12);
    assert_eq!(suspicious[0].swapped, Some(["weight".to_string(), "height".into()]));
    let cells: Vec<f64> = suspicious[0].cells.iter().map(|cell| cell.value).collect();
    assert_eq!(cells, [166.0, 57.0]);
}

/// In a column with long tails, large values follow each other. One per cent may be isolated.
#[test]
fn suspicious_reports_isolated_values() {
    let found = |x: &dyn Fn(usize) -> f64| {
        let x = Array2::from_shape_fn((300, 1), |(row, _)| x(row));
        Dataset::new(x, Array2::zeros((300, 1))).unwrap().suspicious().len()
    };
    let tail = |row: usize| (row as f64 / 40.0).exp();
    assert_eq!(found(&tail), 0);
    assert_eq!(found(&|row| if row < 3 { 9999.0 + row as f64 } else { tail(row) }), 3);
    assert_eq!(found(&|row| if row < 4 { 9999.0 + row as f64 } else { tail(row) }), 0);
}

#[test]
fn metrics_equal_scikit_learn() {
    assert_eq!(log_loss(&[1.0, 1.0]).to_string(), "0");
    // sklearn.metrics, 1.9: y_true = [0,0,1,1,2,2,2,1], y_pred = [0,1,1,1,2,0,2,2]
    let (truth, predicted) = ([0, 0, 1, 1, 2, 2, 2, 1], [0, 1, 1, 1, 2, 0, 2, 2]);
    assert_eq!(accuracy(&predicted, &truth), 0.625);
    let confusion = ConfusionMatrix::new(&predicted, &truth, ["a", "b", "c"]);
    let counts: Vec<usize> = (0..9).map(|i| confusion.count(i / 3, i % 3)).collect();
    assert_eq!(counts, [1, 1, 0, 0, 2, 1, 1, 0, 2]);
    let each = |f: fn(&ConfusionMatrix, usize) -> Option<f64>| [0, 1, 2].map(|class| f(&confusion, class).unwrap());
    assert_eq!(each(ConfusionMatrix::precision), [0.5, 2.0 / 3.0, 2.0 / 3.0]);
    assert_eq!(each(ConfusionMatrix::recall), [0.5, 2.0 / 3.0, 2.0 / 3.0]);
    assert_eq!(each(ConfusionMatrix::f1), [0.5, 2.0 / 3.0, 2.0 / 3.0]);
    // roc_auc_score([0,1,0,1,1,0], [.2,.7,.7,.9,.4,.1]) = 0.8333333333333334, with a tie
    let auc = roc_auc(&[0.2, 0.7, 0.7, 0.9, 0.4, 0.1], &[false, true, false, true, true, false]);
    assert!((auc.unwrap() - 0.8333333333333334).abs() < 1e-15);
    // log_loss([1,0,1], [.9,.2,.6]) = 0.2797765635793423, r2_score([3,-0.5,2,7], [2.5,0,2,8]) = 0.9486081370449679
    assert!((log_loss(&[0.9, 0.8, 0.6]) - 0.2797765635793423).abs() < 1e-15);
    assert!((r2_score(&[2.5, 0.0, 2.0, 8.0], &[3.0, -0.5, 2.0, 7.0]).unwrap() - 0.9486081370449679).abs() < 1e-15);
    let confusion = ConfusionMatrix::new(&[0, 0], &[0, 0], ["a", "b"]); // without class b
    assert_eq!((confusion.precision(1), confusion.recall(1), confusion.f1(1)), (None, None, None));
}

#[test]
#[should_panic(expected = "expected 1 predictions, one for each truth, got 2")]
fn metrics_of_mismatched_lengths_panic() {
    accuracy(&[1, 2], &[1]);
}

/// Row numbers count the blank lines of the file.
#[test]
fn row_numbers_count_blank_lines() {
    let table = Csv::from_text("\n  \na,t\n\n1,x\n \n\nfour,y\n\n").unwrap();
    assert_eq!((table.len(), table.rows()), (2, &[2, 5][..]));
    assert!(error_text(table.classes::<f64>("t")).starts_with("expected a number, got `four`, in row 5, column `a`"));
    let dataset = table.clone().numbers::<f64>("a");
    assert!(dataset.is_err());
    assert_eq!(Csv::from_text("a,t\n\n1,x\n\n2,y\n").unwrap().classes::<f64>("t").unwrap().rows(), [2, 4]);

    // A blank line in a table of one column is a missing cell.
    for text in ["a\n1\n\n3\n", "a\r\n1\r\n\r\n3\r\n", "a\r1\r\r3\r", "\na\n1\n  \n3\n\n\n", "a\n1\n\"\"\n3"] {
        let column = Csv::from_text(text).unwrap();
        assert_eq!((column.column("a").unwrap(), column.rows()), (vec!["1", "", "3"], &[1, 2, 3][..]), "{text:?}");
        let error = error_text(column.clone().inputs(["a"]).without_target::<f64>());
        assert!(error.starts_with("expected a value, got an empty cell, in row 2, column `a`"), "{error}");
        let (inputs, rows) = column.inputs(["a"]).drop_missing().without_target::<f64>().unwrap();
        assert_eq!((inputs, rows), (array![[1.0], [3.0]], vec![1, 3]));
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("blank.csv");
    fs::write(&path, "\n1\n\n2\n").unwrap();
    let column = Csv::read_without_header(&path).unwrap();
    assert_eq!((column.column("1").unwrap(), column.rows()), (vec!["", "1", "", "2"], &[1, 2, 3, 4][..]));
}

#[test]
fn errors_have_the_line_of_the_file() {
    for (text, line) in [
        ("a,b\n1,2\n3\n", 3),
        ("a,b\n\n1,2\n\n\n3\n", 6),
        ("a,b\r\n\r\n1,2\r\n3\r\n", 4),
        ("\n\na,b\n\"1\n\n\",2\n3\n", 7),
        ("a,b\n\"1\n2\n", 2),
    ] {
        let error = error_text(Csv::from_text(text));
        assert_eq!(error, format!("expected 2 cells as in the first line, got 1, in line {line}"), "{text:?}");
    }
    // A cell of several lines is one row.
    let rows = Csv::from_text("a,t\n1,\"x\ny\"\n\n2,z\n").unwrap();
    assert_eq!((rows.rows(), rows.column("t").unwrap()), (&[1, 3][..], vec!["x\ny", "z"]));
}

#[test]
fn separator_is_detected_outside_of_quotes() {
    for (text, columns) in [
        ("\"a; b; c\",d\n1,2\n", ["a; b; c", "d"]),
        ("\"a, b, c\";d\n1;2\n", ["a, b, c", "d"]),
        ("\"a\tb\tc\",d\n1,2\n", ["a\tb\tc", "d"]),
        ("\"a\n;;;\",d\n1,2\n", ["a\n;;;", "d"]),
        ("\n \n\"say \"\";;\"\"\",d\n1,2\n", ["say \";;\"", "d"]),
        ("5\"; d\n1;2\n", ["5\"", "d"]),
    ] {
        assert_eq!(Csv::from_text(text).unwrap().columns(), columns, "{text:?}");
    }
}

#[test]
fn errors_in_selected_samples_have_the_row_of_the_file() {
    use backprop::{Model, Scaler};
    let csv = Csv::from_text("a,t\n1,x\n\n2,y\n3,x\n1e300,y\n").unwrap();
    let dataset = csv.classes::<f64>("t").unwrap();
    let rng = &mut SomeRng::seed_from_u64(1);
    let model = Model::new(&dataset.select(&[0, 1, 2]), [], rng).unwrap();
    let model = model.with_scaler(Scaler::new([0.0], [1e-300]).unwrap()).unwrap();
    let error = error_text(model.prepared(&dataset.select(&[2, 3])));
    assert_eq!(error, "expected a finite scaled input, got inf, in a of row 5");
}
