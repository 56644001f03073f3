//! Tables as inputs and targets of networks: the kinds of columns, missing cells, dates, and what is unusual.

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Csv, CsvErrorKind, Dataset, Encoder, EncoderOptions, Error, LeftOutReason, Model, TargetLeakKind};

/// Returns a table of `rows` rows with these columns, each a name and the cell of a row.
fn table(rows: usize, columns: &[(&str, &dyn Fn(usize) -> String)]) -> Csv {
    let line = |cells: Vec<String>| cells.join(",") + "\n";
    let header = line(columns.iter().map(|(name, _)| name.to_string()).collect());
    let body: String = (0..rows).map(|row| line(columns.iter().map(|(_, cell)| cell(row)).collect())).collect();
    Csv::from_text(&(header + &body)).unwrap()
}

fn features(csv: &Csv, options: EncoderOptions) -> Vec<String> {
    options.fit(csv, "y").unwrap().feature_names()
}

/// Returns a number that follows no order.
fn mixed(row: usize) -> usize {
    row * 7919 % 101
}

#[test]
fn kinds_of_columns_are_recognised() {
    let words = ["red", "green", "blue"];
    let csv = table(
        200,
        &[
            ("", &|row| (row + 1).to_string()),
            ("number", &|row| format!("{}.5", mixed(row))),
            ("color", &|row| words[row % 3].into()),
            ("rare", &|row| if row < 3 { format!("r{row}") } else { ["p", "q"][row % 2].into() }),
            ("owner", &|row| ["yes", "No"][row % 2].into()),
            ("date", &|row| format!("2023-{:02}-{:02}", row % 12 + 1, row % 28 + 1)),
            ("constant", &|_| "7".into()),
            ("code", &|row| format!("K{row}")),
            ("note", &|row| format!("it is the note number {row}")),
            ("empty", &|_| "".into()),
            ("sparse", &|row| if row < 5 { "1".into() } else { "NA".into() }),
            ("gaps", &|row| if row % 10 == 0 { "n/a".into() } else { mixed(row).to_string() }),
            ("customer_id", &|row| (1000 + 37 * row).to_string()),
            ("y", &|row| format!("{}.25", mixed(row) * 3)),
        ],
    );
    let encoder = Encoder::fit(&csv, "y").unwrap();
    assert_eq!(
        encoder.feature_names(),
        [
            "number",
            "color = blue",
            "color = green",
            "color = red",
            "rare = p",
            "rare = q",
            "rare is another",
            "owner",
            "date: days",
            "date: time of year, sine",
            "date: time of year, cosine",
            "date: weekday, sine",
            "date: weekday, cosine",
            "gaps",
            "gaps is missing",
        ]
    );
    let left_out: Vec<(&str, &LeftOutReason)> =
        encoder.left_out().iter().map(|(name, reason)| (&name[..], reason)).collect();
    assert_eq!(
        left_out,
        [
            ("constant", &LeftOutReason::Constant { cell: "7".into() }),
            ("code", &LeftOutReason::Identifier { distinct: 200 }),
            ("note", &LeftOutReason::FreeText { distinct: 200 }),
            ("empty", &LeftOutReason::Empty),
            ("sparse", &LeftOutReason::AlmostEmpty { filled: 5 }),
            ("customer_id", &LeftOutReason::Identifier { distinct: 200 }),
            ("column 1", &LeftOutReason::RowNumbers),
        ]
    );
    assert!(encoder.classes().is_empty());
}

#[test]
fn choices_settle_what_is_recognised() {
    let csv = table(
        60,
        &[
            ("zip", &|row| (10_115 + row % 3).to_string()),
            ("size", &|row| ["S", "M", "L"][row % 3].into()),
            ("id", &|row| (row + 1).to_string()),
            ("y", &|row| format!("{}.5", mixed(row))),
        ],
    );
    assert_eq!(features(&csv, EncoderOptions::new()), ["zip", "size = L", "size = M", "size = S"]);
    let options = EncoderOptions::new().categories(["zip"]).ordered("size", ["S", "M", "L"]).numbers(["id"]);
    assert_eq!(features(&csv, options), ["zip = 10115", "zip = 10116", "zip = 10117", "size", "id"]);
    assert_eq!(features(&csv, EncoderOptions::new().inputs(["id"])), ["id"]);
    assert_eq!(features(&csv, EncoderOptions::new().without(["zip"])), ["size = L", "size = M", "size = S"]);
    let unknown = EncoderOptions::new().categories(["zap"]).fit(&csv, "y").unwrap_err();
    assert!(matches!(&unknown, Error::Unknown { what: "column", suggestion: Some(name), .. } if name == "zip"));
    let no_number = EncoderOptions::new().numbers(["size"]).fit(&csv, "y").unwrap_err();
    assert_eq!(no_number.to_string(), "column `size` must have a number in each cell, got `S` in row 1");
    let none = EncoderOptions::new().inputs(["y"]).fit(&csv, "y").unwrap_err();
    assert!(matches!(none, Error::InvalidArgument { .. }));
}

#[test]
fn years_are_no_row_numbers() {
    let csv = table(40, &[("year", &|row| (1980 + row).to_string()), ("y", &|row| format!("{}.5", mixed(row)))]);
    assert_eq!(features(&csv, EncoderOptions::new()), ["year"]);
}

/// The statistics are those of the training rows; other rows are encoded by them.
#[test]
fn encoding_is_fitted_to_training_rows_alone() {
    let train = Csv::from_text("x,c,y\n1,a,1.5\n3,a,2.5\nNA,b,3.5\n5,b,4.5\n").unwrap();
    let encoder = Encoder::fit(&train, "y").unwrap();
    let other = Csv::from_text("c,extra,x\nb,1,\nzzz,2,3\n,3,7\n").unwrap();
    let encoded = encoder.encode::<f64>(&other).unwrap();
    let unit = (8.0_f64 / 3.0 * 0.75).sqrt(); // of 1, 3, 3, 5, whose mean and median are 3
    let expected = [[0.0, -1.0, 1.0], [0.0, -1.0, -1.0], [4.0 / unit, 1.0, -1.0]];
    for (row, expected) in encoded.rows().into_iter().zip(expected) {
        for (x, expected) in row.iter().zip(expected) {
            assert!((x - expected).abs() < 1e-12, "{encoded}");
        }
    }
    let warnings: Vec<String> = encoder.warnings(&other).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["column `c`: 1 cell with a category that the training rows do not have: `zzz` in row 2"]);
    let missing = encoder.encode::<f64>(&Csv::from_text("x,d\n1,2\n").unwrap()).unwrap_err();
    assert!(matches!(missing, Error::Unknown { what: "column", name, .. } if name == "c"));
}

/// A number in f32 has seven digits; the differences of the targets are in the tenth.
#[test]
fn large_targets_keep_their_digits() {
    let csv =
        table(50, &[("x", &|row| format!("{}.5", mixed(row))), ("y", &|row| (1_700_000_000 + mixed(row)).to_string())]);
    let encoder = Encoder::fit(&csv, "y").unwrap();
    let dataset: Dataset<f32> = encoder.dataset(&csv).unwrap();
    for (&target, truth) in dataset.targets().iter().zip(encoder.target_numbers(&csv).unwrap()) {
        assert!((encoder.decode_target(target.into()) - truth).abs() < 1e-4, "{truth}");
    }
}

#[test]
fn none_is_a_class_and_na_is_missing() {
    let csv =
        table(60, &[("x", &|row| format!("{}.5", mixed(row))), ("y", &|row| ["None", "Apnea", "NA"][row % 3].into())]);
    let encoder = Encoder::fit(&csv, "y").unwrap();
    assert_eq!(encoder.classes(), ["Apnea", "None"]);
    assert_eq!(encoder.rows_with_target(&csv).unwrap().len(), 40);
    assert_eq!(encoder.dataset::<f64>(&csv).unwrap().len(), 40);
}

#[test]
fn intervals_are_those_of_the_residuals() {
    let csv = table(50, &[("x", &|row| format!("{}.5", mixed(row))), ("y", &|row| format!("{}.5", mixed(row + 3)))]);
    let encoder = Encoder::fit(&csv, "y").unwrap();
    assert_eq!(encoder.interval(10.0, 0.9), None);
    let residuals: Vec<f64> = (1..=99).map(|i| f64::from(i) / 100.0 * if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let unit = encoder.decode_target(1.0) - encoder.decode_target(0.0);
    let encoder = encoder.with_residuals(&residuals);
    for (coverage, half_width) in [(0.5, 0.5), (0.9, 0.9), (0.95, 0.95), (0.99, 0.99)] {
        let [low, high] = encoder.interval(10.0, coverage).unwrap();
        assert!((high - 10.0 - half_width * unit).abs() < 1e-9 && (10.0 - low - half_width * unit).abs() < 1e-9);
    }
    assert_eq!(encoder.interval(10.0, 0.6), None);
}

/// A model of a table is saved with its encoding, and one that contradicts itself is refused.
#[test]
fn encoding_is_saved_with_the_model() {
    let csv = table(
        120,
        &[
            ("color", &|row| ["red", "green", ""][row % 3].into()),
            ("day", &|row| format!("{}.{}.2023 {}:30", row % 28 + 1, row % 12 + 1, row % 24)),
            ("salary", &|row| format!("{}", 3_usize.pow((row % 15) as u32))),
            ("y", &|row| format!("{}", mixed(row) as f64 + 0.5)),
        ],
    );
    let encoder = EncoderOptions::new().log_target().fit(&csv, "y").unwrap().with_residuals(&[0.1; 30]);
    let dataset: Dataset<f64> = encoder.dataset(&csv).unwrap();
    let model = Model::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    let model = model.with_encoder(encoder.clone()).unwrap();
    let json = model.to_json();
    let loaded = Model::<f64>::from_json(&json).unwrap();
    assert_eq!(loaded, model);
    assert_eq!(loaded.predict_table(&csv).unwrap(), model.predict_table(&csv).unwrap());
    assert!(model.predict_table(&csv).unwrap().iter().all(|&y| y > 0.0));
    let broken = json.replacen("\"red\"", "\"rod\"", 1);
    assert!(matches!(Model::<f64>::from_json(&broken), Err(Error::Format { .. })));

    let other = Encoder::fit(&csv.clone(), "salary").unwrap();
    let plain = Model::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    assert!(matches!(plain.with_encoder(other), Err(Error::Names { what: "features", .. })));
}

/// A table that is predicted may come from another country than the training rows.
#[test]
fn numbers_are_read_by_the_decimal_mark_of_their_own_table() {
    let english = Csv::from_text("a,b,y\n1.5,10,1.5\n2.5,1000,2.5\n3.5,30,3.5\n4.0,20,4.5\n").unwrap();
    let german = Csv::from_text("a;b;y\n1,5;10;1,5\n2,5;1.000;2,5\n3,5;30;3,5\n4,0;20;4,5\n").unwrap();
    for (train, other) in [(&english, &german), (&german, &english)] {
        let encoder = Encoder::fit(train, "y").unwrap();
        assert_eq!(encoder.encode::<f64>(other).unwrap(), encoder.encode::<f64>(train).unwrap());
        assert_eq!(encoder.numbers(other).unwrap(), encoder.numbers(train).unwrap());
        assert_eq!(encoder.target_numbers(other).unwrap(), [1.5, 2.5, 3.5, 4.5]);
        assert_eq!(encoder.warnings(other).unwrap(), []);
    }
    // Nothing in these tables shows a mark, whatever that of the training rows was.
    let encoder = Encoder::fit(&german, "y").unwrap();
    for open in ["a;b\n1;1.000\n", "a;b\n1;1,000\n"] {
        let error = encoder.encode::<f64>(&Csv::from_text(open).unwrap()).unwrap_err();
        assert!(matches!(&error, Error::Csv { kind: CsvErrorKind::AmbiguousNumber { .. }, .. }), "{error}");
    }
}

/// A column that is not used is not asked about.
#[test]
fn ambiguous_numbers_of_unused_columns_are_no_error() {
    let csv = Csv::from_text("a;b;y\n1;1,000;1\n2;2,000;3\n3;1,000;2\n4;1,000;4\n5;1,000;5\n").unwrap();
    let options = EncoderOptions::new().regression();
    assert!(options.fit(&csv, "y").unwrap_err().to_string().contains("`1,000`"));
    assert_eq!(features(&csv, options.without(["b"])), ["a"]);
}

/// Rows that are some of a file are numbered with gaps. Measurements on a grid and those with equal ones are no numbers.
#[test]
fn numbers_of_some_rows_are_row_numbers() {
    let y = |row: usize| format!("{}.5", mixed(row));
    let distinct = |row: usize| row * 7919 % 1009;
    let of = |x: &dyn Fn(usize) -> String| {
        let csv = table(300, &[("n", x), ("x", &|row| format!("{}.5", mixed(row + 1))), ("y", &y)]);
        features(&csv, EncoderOptions::new())
    };
    assert_eq!(of(&|row| distinct(row).to_string()), ["x"]);
    assert_eq!(of(&|row| (10 * row).to_string()), ["n", "x"]);
    assert_eq!(of(&|row| distinct(row.max(1)).to_string()), ["n", "x"]);
    assert_eq!(of(&|row| (100 * distinct(row) + row % 2).to_string()), ["n", "x"]);
}

#[test]
fn identifiers_may_be_there_twice() {
    let of = |distinct: usize| {
        let id = |row: usize| (1000 + 370 * (row % distinct)).to_string();
        let columns: [(&str, &dyn Fn(usize) -> String); 3] =
            [("ID", &id), ("x", &|row| mixed(row).to_string()), ("y", &|row| format!("{}.5", mixed(row)))];
        features(&table(200, &columns), EncoderOptions::new())
    };
    assert_eq!(of(190), ["x"]);
    assert_eq!(of(150), ["ID", "x"]);
}

/// A hundred of a large table's categories have a feature each, and all of a small one's that have 5 rows.
#[test]
fn number_of_categories_depends_on_rows() {
    let of = |rows: usize| {
        let place = |row: usize| format!("p{}", row % 142);
        features(&table(rows, &[("place", &place), ("y", &|row| format!("{}.5", mixed(row)))]), EncoderOptions::new())
    };
    assert_eq!(of(142 * 5).len(), 142);
    assert_eq!(of(142 * 5 - 1).len(), 142); // 141, and one for the others
    assert_eq!(of(90_000).len(), 112); // 10,000,000/90,000, and one for the others
    assert_eq!(of(142_000).len(), 101);
}

#[test]
fn columns_of_two_numbers_have_no_long_tails() {
    let of = |most: usize| {
        let x = move |row: usize| if row % 200 == 0 { most.to_string() } else { (row % 200 / 199).to_string() };
        let csv = table(1000, &[("x", &x), ("y", &|row| format!("{}.5", mixed(row)))]);
        Encoder::fit(&csv, "y").unwrap().columns()[0].encoding.clone()
    };
    assert_eq!(of(1), "0 to 1");
    assert_eq!(of(20), "0 to 20, long tails shortened");
}

/// Returns the columns that determine `y` in a table of two random columns, another one and `y`.
fn leaks(
    rows: usize,
    other: &dyn Fn(usize) -> String,
    y: &dyn Fn(usize) -> String,
) -> Vec<(Vec<String>, TargetLeakKind)> {
    let a = |row: usize| (row * row % 83).to_string();
    let b = |row: usize| (row * 31 % 47).to_string();
    let csv = table(rows, &[("a", &a), ("b", &b), ("other", other), ("y", y)]);
    let found = Encoder::fit(&csv, "y").unwrap().leaks(&csv).unwrap();
    found.into_iter().map(|leak| (leak.columns, leak.kind)).collect()
}

#[test]
fn leaks_are_functions_of_one_column() {
    let y = |row: usize| mixed(row) as f64 / 4.0;
    let number = |row: usize| y(row).to_string();
    let class = |row: usize| if y(row) > 5.0 { "high" } else { "low" }.to_string();
    let one = |kind| vec![(vec!["other".to_string()], kind)];
    let noise = |row: usize| format!("{}.5", row * 13 % 89);
    assert_eq!(leaks(300, &|row| (9.0 - y(row)).exp().to_string(), &number), one(TargetLeakKind::Monotonic));
    assert_eq!(leaks(300, &|row| format!("k{}", y(row)), &|row| (y(row) % 3.0).to_string()), []);
    let day = |row: usize| format!("d{}", row % 7);
    assert_eq!(leaks(300, &day, &|row| ((row % 7) as f64 + 0.5).to_string()), one(TargetLeakKind::SameCells));
    assert_eq!(leaks(300, &day, &|row| if row % 7 < 4 { "p" } else { "q" }.into()), one(TargetLeakKind::SameCells));
    assert_eq!(leaks(300, &number, &class), one(TargetLeakKind::Thresholds));
    // A cell that is filled for one class alone.
    let hours = |row: usize| if y(row) > 5.0 { (row * 17 % 97).to_string() } else { String::new() };
    assert_eq!(leaks(300, &hours, &class), one(TargetLeakKind::Thresholds));
    // One row that does not fit, at the border and far from it.
    for wrong in [5.0, 9.0] {
        let class = |row: usize| if y(row) > 5.0 && y(row) != wrong + 0.25 { "high" } else { "low" }.to_string();
        let is_border = wrong == 5.0;
        assert_eq!(leaks(300, &number, &class).is_empty(), !is_border, "{wrong}");
    }
    assert_eq!(leaks(300, &noise, &class), []);
    assert_eq!(leaks(300, &noise, &number), []);
}

#[test]
fn leaks_are_linear_combinations() {
    let [a, b] = [|row: usize| (row * row % 83) as f64, |row: usize| (row * 31 % 47) as f64];
    let noise = |row: usize| (row * 13 % 89) as f64;
    let both = || vec![(vec!["a".to_string(), "b".to_string()], TargetLeakKind::LinearCombination)];
    let of = |other: &dyn Fn(usize) -> f64, y: &dyn Fn(usize) -> f64| {
        leaks(300, &|row| other(row).to_string(), &|row| (y(row) + 0.25).to_string())
    };
    assert_eq!(of(&noise, &|row| 3.0 * a(row) - b(row)), both());
    // The forward selection starts with a column that is not needed.
    assert_eq!(of(&|row| a(row) + b(row) + 0.1 * noise(row), &|row| a(row) + b(row)), both());
    // A copy of a column adds nothing.
    assert_eq!(of(&a, &|row| a(row) + b(row)), both());
    assert_eq!(of(&noise, &|row| a(row) * b(row)), []);
    assert_eq!(of(&noise, &|row| a(row) + b(row) + 0.02 * mixed(row) as f64), []);
    // Few rows are a linear combination of many columns by chance.
    let csv = Csv::from_text("a,b,c,y\n1,5,2,3.5\n2,3,7,1.5\n4,4,1,9.5\n3,9,5,2.5\n8,1,6,7.5\n").unwrap();
    assert_eq!(Encoder::fit(&csv, "y").unwrap().leaks(&csv).unwrap(), []);
    let csv = Csv::from_text("a,b\n1,2\n").unwrap();
    let other = Csv::from_text("a,y\n1,2\n2,3\n1,4\n2,1\n").unwrap();
    assert!(matches!(Encoder::fit(&other, "y").unwrap().leaks(&csv), Err(Error::Unknown { what: "column", .. })));
}

/// A year of two digits comes last.
#[test]
fn dates_with_named_months_have_the_day_first() {
    let cell = |row: usize| format!("{}-{}-{}", 1 + row % 28, ["Sep", "Oct", "Nov"][row % 3], 20 + row % 3);
    let csv = table(60, &[("when", &cell), ("y", &|row| format!("{}.5", mixed(row)))]);
    let when = &Encoder::fit(&csv, "y").unwrap().columns()[0];
    assert!(when.encoding.starts_with("2020-09-01 to 2022-11-"), "{}", when.encoding);
}
