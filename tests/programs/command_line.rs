//! The command-line program from a CSV file to predictions, and its errors: a full disk, a closed pipe, invalid paths,
//! numbers and tables.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Returns a command that runs the program, which cargo builds before the tests.
fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_backprop"));
    program.current_dir(folder());
    program
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command_line");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn file(name: &str, text: &str) -> String {
    let path = folder().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().into()
}

fn run(args: &[&str]) -> Output {
    program().args(args).output().unwrap()
}

/// Runs the program and returns its standard output. Asserts that it fails with an error that contains `expected`.
#[track_caller]
fn assert_fails(args: &[&str], expected: &str) -> String {
    assert_error(run(args), expected)
}

/// Returns the standard output. Asserts that the program failed with an error that contains `expected`.
#[track_caller]
fn assert_error(output: Output, expected: &str) -> String {
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(matches!(output.status.code(), Some(1 | 2)), "{:?}: {out}{err}", output.status);
    assert!(err.starts_with("error: ") && err.contains(expected), "no {expected:?} in {err:?}");
    out
}

/// Runs the program and returns its standard output. Asserts success.
#[track_caller]
fn assert_succeeds(args: &[&str]) -> String {
    let output = run(args);
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{out}{err}");
    out
}

/// Runs the program and returns true if it succeeds, and all of its output.
fn backprop(args: &[&str]) -> (bool, String) {
    let output = run(args);
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn trains_predicts_and_exports() {
    let rows: Vec<String> = (0..60)
        .map(|i| {
            let (length, width) = (10 + i % 9, 20 + (7 * i) % 13);
            let kind = if 2 * length > width { "long" } else { "wide" };
            format!("{i},{length},{width},{kind}")
        })
        .collect();
    let data = file("shapes.csv", &format!("id,length,width,kind\n{}\n", rows.join("\n")));
    let (model, json, rust) = (folder().join("kind.safetensors"), folder().join("kind.json"), folder().join("kind.rs"));
    let [model, json, rust] = [&model, &json, &rust].map(|path| path.to_str().unwrap());
    let (success, out) =
        backprop(&["train", &data, "--target", "kind", "--without", "id", "--model", model, "--force"]);
    assert!(success, "{out}");
    let columns = [
        "length  number                 0  10 to 18\n",
        "width   number                 0  20 to 32\n",
        "kind    target, classes        0  2: long, wide\n",
        "id      left out                  as chosen\n",
    ];
    for part in ["60 rows, 4 columns; UTF-8, separated by commas\n", &columns.concat(), "accuracy", "baseline"] {
        assert!(out.contains(part), "no '{part}' in {out}");
    }
    assert!(out.trim_end().ends_with(&format!("saved as {model}")), "{out}");

    let samples = file("samples.csv", "width,length\n20,18\n32,10\n");
    let (success, out) = backprop(&["predict", model, &samples]);
    let lines: Vec<&str> = out.lines().collect();
    assert!(success && lines.len() == 3, "{out}");
    assert_eq!(lines[0], "width,length,predicted kind,probability of long,probability of wide");
    assert!(lines[1].starts_with("20,18,long,") && lines[2].starts_with("32,10,wide,"), "{out}");

    assert!(backprop(&["export", model, json, "--force"]).0 && backprop(&["export", model, rust, "--force"]).0);
    assert_eq!(backprop(&["predict", json, &samples]).1, out);
    assert!(fs::read_to_string(rust).unwrap().contains("pub fn class("));

    let train = ["train", &data, "--target", "width", "--inputs", "length,id", "--epochs", "5", "--model", model];
    assert_fails(&train, "exists; choose another name, or replace it with --force");
    let (success, out) = backprop(&[&train[..], &["--force"]].concat());
    assert!(success && out.contains("width   target, number        0  20 to 32\n"), "{out}");
    assert!(out.contains("root mean squared error"), "{out}");
    let (success, out) = backprop(&["predict", model, &data]);
    let header = "id,length,width,kind,predicted width,90 % interval from,90 % interval to\n0,10,20,wide,";
    assert!(success && out.starts_with(header) && out.lines().count() == 61, "{out}");
}

/// Every mistake is an error with advice, and no model is written.
#[test]
fn mistakes_are_errors_with_advice() {
    let good = "a,b,t\n1,2,x\n2,3,y\n3,4,x\n4,5,y\n5,6,x\n6,7,y\n7,8,x\n8,9,y\n9,1,x\n1,1,y\n";
    let data = file("good.csv", good);
    let model = folder().join("never.safetensors");
    let model = model.to_str().unwrap();
    let train = |data: &str, args: &[&str]| {
        let (success, out) = backprop(&[&["train", data, "--model", model][..], args].concat());
        assert!(!success && !Path::new(model).exists(), "{out}");
        out
    };
    let assert_contains = |out: String, part: &str| assert!(out.contains(part), "no '{part}' in {out}");
    assert_contains(train(&data, &["--target", "c"]), "no column `c` in ");
    assert_contains(train(&data, &["--target", "t", "--without", "z"]), "good.csv. Columns: a, b, t");
    assert_contains(train("nowhere.csv", &["--target", "t"]), "cannot read nowhere.csv: No such file or directory");
    assert_contains(train(&file("empty.csv", ""), &["--target", "t"]), "expected a table, got nothing, in ");
    assert_contains(
        train(&file("header.csv", "a,t\n"), &["--target", "t"]),
        "expected rows below the header, got none, in ",
    );
    let one = file("one.csv", &good.replace('y', "x"));
    assert_contains(train(&one, &["--target", "t"]), "error: column `t` must have at least two classes, got only `x`");
    let constant = file("constant.csv", "a,b,t\n1,x,2.5\n1,x,3.5\n1,x,4.5\n");
    assert_contains(
        train(&constant, &["--target", "t"]),
        "got `a` (constant: always `1`), `b` (constant: always `x`); use --inputs, --numbers, --categories or --dates",
    );
    assert_contains(
        train(&data, &["--target", "t", "--activation", "tan"]),
        "no activation `tan`; did you mean `tanh`? Activations: step, identity",
    );
    assert_contains(train(&data, &["--target", "t", "--learning-rate", "-1"]), "must be positive and finite");
    let diverging =
        ["--target", "a", "--kind", "numbers", "--inputs", "b", "--optimizer", "sgd", "--learning-rate", "1e30"];
    assert_contains(train(&data, &diverging), "a smaller learning rate may help");
    let prices: String =
        (0..60).map(|i| format!("{i},{}\n", if i == 30 { "abc".into() } else { (i * 7 % 50).to_string() })).collect();
    let prices = file("prices.csv", &format!("size,price\n{prices}"));
    assert_contains(train(&prices, &["--target", "price"]), "got `abc` in row 31; correct it, or use --kind classes");
    let (success, out) = backprop(&["train", &data, "--target", "t", "--model", &data]);
    assert!(
        !success
            && out.contains("`--model` must end in .safetensors or .json, got ")
            && fs::read_to_string(&data).unwrap() == good,
        "{out}"
    );
    let (success, out) = backprop(&["predict", &data, &data]);
    assert!(!success && out.contains("is not a safetensors file, or is cut off"), "{out}");
}

/// Returns a table of 60 rows in two classes.
fn table() -> String {
    "a,b,t\n".to_string() + &(0..60).map(|i| format!("{},{},{}\n", i % 9, i % 5, ["x", "y"][i % 2])).collect::<String>()
}

/// Trains a model on that table. Returns the paths of the table and of the model, which start with `name`.
fn trained(name: &str) -> (String, String) {
    let (data, model) = (file(&format!("{name}.csv"), &table()), folder().join(format!("{name}.safetensors")));
    let model = model.to_str().unwrap().to_string();
    let train = ["train", &data, "--target", "t", "--epochs", "2", "--hidden", "2", "--model", &model, "--force"];
    assert_succeeds(&train);
    (data, model)
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_is_an_error() {
    let full = || Stdio::from(fs::File::options().write(true).open("/dev/full").unwrap());
    let (data, model) = trained("full");
    let never = folder().join("full-never.safetensors");
    let never = never.to_str().unwrap();
    for args in [
        &["predict", &model, &data][..],
        &["train", &data, "--target", "t", "--epochs", "2", "--model", never],
        &["--help"],
        &["train", "--help"],
        &["--version"],
    ] {
        let output = program().args(args).stdout(full()).output().unwrap();
        assert_error(output, "cannot write standard output: No space left on device");
    }
    assert!(!Path::new(never).exists(), "the program must fail before training");
    // If the error cannot be printed either, the exit code reports it.
    let status = program().args(["predict", &model, &data]).stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(1));

    // A disk that is full after some lines
    let rows: String = (0..15_000).map(|i| format!("{},{}\n", i % 9, i % 5)).collect();
    let rows = file("long-table.csv", &format!("a,b\n{rows}"));
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\" > \"$OUT\""]).arg(program().get_program());
    shell.args(["predict", &model, &rows]).env("OUT", folder().join("part.csv"));
    assert_error(shell.output().unwrap(), "cannot write standard output: ");
    assert!(fs::metadata(folder().join("part.csv")).unwrap().len() > 0);
    assert_eq!(assert_succeeds(&["predict", &model, &rows]).lines().count(), 15_001);
}

#[test]
fn closed_pipe_is_not_an_error() {
    let (data, model) = trained("pipe");
    let second_model = folder().join("pipe-second.safetensors");
    let second_model = second_model.to_str().unwrap();
    fs::remove_file(second_model).ok();
    for args in [
        &["predict", &model, &data][..],
        &["train", &data, "--target", "t", "--epochs", "2", "--model", second_model],
        &["--help"],
    ] {
        let mut child = program().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    assert!(Path::new(second_model).exists(), "training must continue");
}

#[test]
fn path_of_the_model_is_checked_before_training() {
    let data = file("path.csv", &table());
    let long = format!("{}.json", "long".repeat(70));
    for model in ["nowhere/model.json", long.as_str(), "folder.json"] {
        fs::create_dir_all(folder().join("folder.json")).unwrap();
        let out = assert_fails(&["train", &data, "--target", "t", "--model", model], "cannot write ");
        assert_eq!(out, "", "nothing must be printed before the error");
    }
    // The default path is made from the name of the column, and shortened.
    let name = "long".repeat(70);
    let data = file("long.csv", &table().replacen("a,b,t", &format!("a,b,{name}"), 1));
    assert_succeeds(&["train", &data, "--target", &name, "--epochs", "1", "--force"]);
    let data = file("nameless.csv", &table().replacen("a,b,t", "a,b,", 1));
    let out = assert_succeeds(&["train", &data, "--target", "column 3", "--epochs", "1", "--force"]);
    assert!(out.ends_with("saved as column_3.safetensors\n"), "{out}");
}

#[test]
fn extreme_numbers_are_errors_or_accepted() {
    let data = file("numbers.csv", &table());
    let train =
        ["train", &data, "--target", "t", "--epochs", "2", "--model", "numbers.safetensors", "--quiet", "--force"];
    let with = |more: &[&'static str]| [&train[..], more].concat();
    let largest = "18446744073709551615";
    for hidden in ["9223372036854775807", largest, "4294967296,4294967296", "100000,100000"] {
        assert_fails(&with(&["--hidden", hidden]), "in --hidden; choose smaller hidden layers");
    }
    assert_fails(&with(&["--hidden", "18446744073709551616"]), "number too large");
    assert_succeeds(&with(&["--hidden", "2", "--batch-size", largest, "--patience", largest, "--seed", largest]));
    for [flag, number, expected] in [
        ["--l2", "1e308", "a smaller learning rate may help"],
        ["--learning-rate", "1e308", "a smaller learning rate may help"],
        ["--test-fraction", "1e-300", "`fraction` must leave samples in both parts of 60, got "],
        ["--l1", "inf", "must be finite and non-negative"],
    ] {
        assert_fails(&with(&[flag, number]), expected);
    }
    assert_fails(&with(&["--optimizer", "adan"]), "'adam'");
    assert_fails(&with(&["--activation", "Tanh"]), "no activation `Tanh`; did you mean `tanh`? Activations: ");
}

#[test]
fn errors_with_many_classes_and_columns_are_short() {
    let rows: String = (0..20_000).map(|i| format!("{},c{}\n", i % 7, i / 2)).collect();
    let data = file("classes.csv", &format!("x,t\n{rows}"));
    let train = |data: &'_ str, more: &[&str]| {
        run(&[
            &["train", data, "--epochs", "1", "--quiet", "--model", "many.safetensors", "--hidden", "1", "--force"][..],
            more,
        ]
        .concat())
    };
    let classes = train(&data, &["--target", "t", "--kind", "classes"]);
    assert_error(classes, "expected at most 1000 classes, got 10000, in the targets");
    let names: Vec<String> = (0..5000).map(|i| format!("c{i}")).collect();
    let row = |class, number| vec![number; names.len()].join(",") + "," + class + "\n";
    let rows = row("x", "1") + &row("y", "2");
    let data = file("columns.csv", &format!("{},t\n{}", names.join(","), rows.repeat(5)));
    let output = train(&data, &["--target", "t"]);
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success()
            && out.contains("c49 ")
            && !out.contains("c50 ")
            && out.contains("and 4950 more")
            && out.len() < 9000,
        "{out}"
    );
    let out = train(&data, &["--target", "t", "--without", "c7,nothing"]);
    assert_error(out, "columns.csv. Columns: c0, c1");
}

#[test]
fn column_names_with_commas_are_quoted() {
    let data = file("quoted.csv", &table().replacen("a,b,t", "\"weight, kg\",b,t", 1));
    let train = ["train", &data, "--target", "t", "--epochs", "1", "--model", "quoted.json", "--force"];
    let out = assert_succeeds(&[&train[..], &["--inputs", "\"weight, kg\",b"]].concat());
    assert!(out.contains("\nweight, kg  number ") && out.contains("\nb           number "), "{out}");
    let out = assert_succeeds(&[&train[..], &["--without", "\"weight, kg\""]].concat());
    assert!(out.contains("\nweight, kg  left out "), "{out}");
    let out = assert_succeeds(&[&train[..], &["--inputs", "b", "--inputs", "\"weight, kg\""]].concat());
    assert!(out.find("\nb           number ") < out.find("\nweight, kg  number "), "{out}");
    assert_fails(&[&train[..], &["--inputs", "b,b"]].concat(), "`inputs` must have each column once, got `b` twice");
    assert_fails(&[&train[..], &["--inputs", ""]].concat(), "must name a column");
    assert_fails(
        &[&train[..], &["--without", "\"weight, kg\",b"]].concat(),
        "`the table` must have a column to predict the target from, got `weight, kg` (as chosen), `b` (as chosen)",
    );
}

/// Every row has a prediction, in its place, whatever is missing, unknown or unreadable in it.
#[test]
fn predictions_keep_all_rows_and_columns() {
    let (_, model) = trained("rows");
    let samples = file("gaps-samples.csv", "name,a,b\n\nAnn,1,2\n\nBob,?,2\nEve,3,4\nMax,abc,1e300\n");
    let output = run(&["predict", &model, &samples]);
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let rows: Vec<&str> = out.lines().map(|line| &line[..line.match_indices(',').nth(2).unwrap().0]).collect();
    assert_eq!(rows, ["name,a,b", "Ann,1,2", "Bob,?,2", "Eve,3,4", "Max,abc,1e300"]);
    assert!(out.lines().skip(1).all(|line| line.split(',').skip(4).all(|p| p.parse::<f64>().is_ok())), "{out}");
    for expected in [
        "warning: column `a`: 1 cell taken as missing, expected a number, got `abc` in row 6\n",
        "warning: column `b`: 1 value far outside the training range from 0 to 4: `1e300` in row 6\n",
    ] {
        assert!(err.contains(expected), "{err}");
    }
    let predictions = folder().join("gaps-predictions.csv");
    fs::remove_file(&predictions).ok();
    let predict = ["predict", &model, &samples, "--output", predictions.to_str().unwrap()];
    assert_eq!(assert_succeeds(&predict), "");
    assert_eq!(fs::read_to_string(&predictions).unwrap(), out);
    assert_fails(&predict, "exists; choose another name, or replace it with --force");
    assert_fails(&["predict", &model, &file("other.csv", "a,c\n1,2\n")], "no column `b`");
    assert_fails(&["predict", &model, &file("none.csv", "c\n1\n")], "no columns `a`, `b`; columns: c");
    assert_fails(&["predict", &model, &samples, "--drop-missing"], "unexpected argument '--drop-missing'");
}

#[test]
fn warnings_tell_what_looks_wrong() {
    let row = |i: usize| format!("{i},{}.5,{},{}\n", i * 7919 % 1009, i * 31 % 977, ["x", "y"][i % 2]);
    let train = |name: &str, rows: String| {
        let data = file(name, &format!("id,a,b,t\n{rows}"));
        let model = format!("{name}.json");
        assert_succeeds(&[
            "train", &data, "--target", "t", "--epochs", "2", "--hidden", "0", "--model", &model, "--force",
        ])
    };
    let once: String = (0..100).map(row).collect();
    let out = train("once.csv", once.clone());
    assert!(out.contains("id      left out ") && !out.contains("are also training rows"), "{out}");
    let out = train("twice.csv", once.clone() + &once);
    assert!(out.contains("test rows are also training rows"), "{out}");
    let copy: String =
        (0..100).map(|i| format!("{i},{},{},{}\n", i * 7919 % 1009, ["p", "q"][i % 2], ["x", "y"][i % 2])).collect();
    let out = train("copy.csv", copy);
    assert!(out.contains("warning: column `b` determines `t`"), "{out}");
    let rare: String =
        (0..100).map(|i| format!("{i},{},{},{}\n", i * 7919 % 1009, i % 9, if i < 3 { "rare" } else { "x" })).collect();
    let out = train("rare.csv", rare);
    assert!(out.contains("classes with fewer than 5 training rows, which can hardly be learnt: rare ("), "{out}");
    assert!(out.contains("no better than the baseline"), "{out}");
}

#[test]
fn rows_of_errors_are_those_of_the_file() {
    let prices: String =
        (0..60).map(|i| format!("{i},{}\n\n", if i == 30 { "abc".into() } else { (i * 7 % 50).to_string() })).collect();
    let prices = file("gaps-prices.csv", &format!("size,price\n{prices}"));
    assert_fails(&["train", &prices, "--target", "price"], "got `abc` in row 61; correct it, or use --kind classes");
}

#[cfg(unix)]
#[test]
fn export_keeps_links_and_modes() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (_, model) = trained("export");
    let folder = folder().join("export");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    for ending in ["onnx", "rs", "json"] {
        let (real, link) = (folder.join(format!("real.{ending}")), folder.join(format!("link.{ending}")));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        assert_succeeds(&["export", &model, link.to_str().unwrap(), "--force"]);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::metadata(&real).unwrap().len() > 100);
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 6);
    let other = folder.join("model.txt");
    assert_fails(
        &["export", "nowhere.json", other.to_str().unwrap()],
        "`OUTPUT` must end in .onnx, .rs or .json, got ",
    );
}

/// A training that is resumed gives the same model as one that never stopped.
#[test]
fn resumes_a_training() {
    let rows: Vec<String> = (0..60).map(|i| format!("{},{},{}", i % 9, (7 * i) % 13, i % 9 + 2 * (i % 4))).collect();
    let data = file("resumed.csv", &format!("a,b,y\n{}\n", rows.join("\n")));
    let path = |name: &str| folder().join(name).to_str().unwrap().to_string();
    let (at_once, resumed, state) =
        (path("at-once.safetensors"), path("resumed.safetensors"), path("resumed.checkpoint"));
    let train = |more: &[&str]| {
        assert_succeeds(&[&["train", &data, "--target", "y", "--force", "--learning-rate", "1e-4"], more].concat())
    };
    let other_state = path("at-once.checkpoint");
    train(&["--model", &at_once, "--epochs", "60", "--checkpoint", &other_state]);
    train(&["--model", &resumed, "--epochs", "25", "--checkpoint", &state]);
    assert_ne!(fs::read(&resumed).unwrap(), fs::read(&at_once).unwrap());
    train(&["--model", &resumed, "--epochs", "60", "--resume", &state]);
    assert_eq!(fs::read(&resumed).unwrap(), fs::read(&at_once).unwrap());
    assert_fails(
        &["train", &data, "--target", "y", "--force", "--resume", &state, "--seed", "2"],
        "as in the checkpoint",
    );
    assert_fails(&["train", &data, "--target", "y", "--force", "--resume", &data], "is not a safetensors file");
    assert_fails(&["train", &data, "--target", "y", "--force", "--resume", "none.checkpoint"], "none.checkpoint");
}

/// The prices of a shop differ without a reason that the table has. Networks that stop on rows of the shops that they were
/// trained with know them by heart, and promise intervals that new shops do not keep.
#[test]
fn intervals_hold_for_new_groups() {
    let row = |shop: usize, visit: usize| format!("s{shop},street {shop},{}\n", shop * 7919 % 1009 + visit % 3);
    let rows = |shops: std::ops::Range<usize>| -> String {
        "shop,street,price\n".to_string()
            + &shops.flat_map(|shop| (0..8).map(move |visit| row(shop, visit))).collect::<String>()
    };
    let (data, test) = (file("shops.csv", &rows(0..60)), file("new-shops.csv", &rows(60..110)));
    let (model, predictions) = (folder().join("shops.json"), folder().join("shops-predicted.csv"));
    let [model, predictions] = [&model, &predictions].map(|path| path.to_str().unwrap());
    let train = ["train", &data, "--target", "price", "--hidden", "32", "--l2", "0", "--epochs", "200", "--force"];
    let mut coverages = Vec::new();
    for flags in [&["--group", "shop"][..], &["--without", "shop"]] {
        assert_succeeds(&[&train[..], &["--test", &test, "--model", model, "--quiet"], flags].concat());
        assert_succeeds(&["predict", model, &test, "--output", predictions, "--force"]);
        let text = fs::read_to_string(predictions).unwrap();
        let is_inside = |line: &str| {
            let numbers: Vec<f64> = line.split(',').skip(2).map(|cell| cell.parse().unwrap()).collect();
            let [price, _, low, high] = numbers[..] else { panic!("{line}") };
            low <= price && price <= high
        };
        coverages.push(text.lines().skip(1).filter(|line| is_inside(line)).count() as f64 / 400.0);
    }
    assert!(coverages[0] > 0.8 && coverages[1] < coverages[0] - 0.2, "{coverages:?}");
}

#[test]
fn cost_moves_predictions_to_the_expensive_class() {
    let row = |i: usize| format!("{},{}\n", i % 20, if i * 7919 % 100 < 5 * (i % 20) { "yes" } else { "no" });
    let data = file("costs.csv", &("x,broken\n".to_string() + &(0..400).map(row).collect::<String>()));
    let (model, onnx) = (folder().join("costs.json"), folder().join("costs.onnx"));
    let [model, onnx] = [&model, &onnx].map(|path| path.to_str().unwrap());
    let train = ["train", &data, "--target", "broken", "--hidden", "0", "--epochs", "50", "--model", model, "--force"];
    let count = || {
        let predicted = assert_succeeds(&["predict", model, &data]);
        predicted.lines().filter(|line| line.split(',').nth(2) == Some("yes")).count()
    };
    assert_succeeds(&train);
    let before = count();
    let report = folder().join("costs-report.json");
    let report = report.to_str().unwrap();
    let out = assert_succeeds(&[&train[..], &["--cost", "yes: 10", "--report", report]].concat());
    assert!(out.contains("mean cost 0.") && out.contains("of a row (baseline "), "{out}");
    assert!(count() > before + 50, "{before}");
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    assert!(report["metrics"]["mean_cost"].as_f64() < report["baseline"]["mean_cost"].as_f64(), "{report}");
    assert_succeeds(&["export", model, onnx, "--force"]);
    assert_fails(&["export", model, onnx], "exists; choose another name, or replace it with --force");
    assert_fails(&[&train[..], &["--cost", "jes: 10"]].concat(), "no class `jes`; did you mean `yes`?");
    assert_fails(&[&train[..], &["--cost", "yes: 0"]].concat(), "must be positive and finite");
    assert_fails(&[&train[..], &["--cost", "yes"]].concat(), "must be classes, each with a colon and its cost");
}

/// Options that contradict each other are refused before training, and nothing is written.
#[test]
fn contradictions_are_refused_before_training() {
    let (data, _) = trained("contradictions");
    let model = folder().join("contradictory.json");
    fs::remove_file(&model).ok();
    let path = model.to_str().unwrap();
    let numeric = ["--target", "a", "--kind", "numbers"];
    for (flags, expected) in [
        (&["--target", "t", "--report", path][..], "--report and --model must be two files"),
        (&["--target", "t", "--report", "r.pdf"], "`--report` must end in .html or .json, got r.pdf"),
        (&[&numeric[..], &["--balance"]].concat(), "`--balance` must be for a target with classes, got numbers"),
        (&[&numeric[..], &["--cost", "x: 2"]].concat(), "`--cost` must be for a target with classes, got numbers"),
        (&["--target", "T"], "no column `T` in "),
    ] {
        assert_fails(&[&["train", &data, "--model", path], flags].concat(), expected);
        assert!(!model.exists(), "{flags:?}");
    }
}
