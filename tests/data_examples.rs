//! The examples on real data as a user runs them, over five seeds, and the command-line program from a CSV file to answers.

mod cargo;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// What follows in the last line, its mean over the seeds 1 to 5.
fn mean_of_last_line(example: &str, start: &str) -> f64 {
    let of_seed = |seed: u32| {
        let (success, out) = run(&mut cargo::example(example, &["--seed", &seed.to_string()]));
        let last = out.lines().last().unwrap_or_default();
        let number = last.strip_prefix(start).unwrap_or_else(|| panic!("{last}"));
        assert!(success && number.len() == 5, "{out}");
        number.parse::<f64>().unwrap()
    };
    (1..=5).map(of_seed).sum::<f64>() / 5.0
}

#[test]
fn people_are_told_apart() {
    let accuracy = mean_of_last_line("people", "cross-validated accuracy: ");
    assert!(accuracy >= 0.91, "{accuracy}");
}

#[test]
fn irises_are_told_apart() {
    let accuracy = mean_of_last_line("iris", "test accuracy: ");
    assert!(accuracy >= 0.94, "{accuracy}");
}

#[test]
fn digits_are_read() {
    let accuracy = mean_of_last_line("digits", "test accuracy: ");
    assert!(accuracy >= 0.97, "{accuracy}");
}

#[test]
fn arms_of_a_spiral_are_told_apart() {
    let accuracy = mean_of_last_line("spiral", "test accuracy: ");
    assert!(accuracy >= 0.98, "{accuracy}");
}

/// A folder for files of the command-line program.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-line");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn file(name: &str, text: &str) -> String {
    let path = folder().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().into()
}

fn backprop(args: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["run", "--quiet", "--features", "cli", "--"]);
    run(command.args(args))
}

#[test]
fn from_a_csv_file_to_answers() {
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
    let (success, out) = backprop(&["train", &data, "--target", "kind", "--without", "id", "--model", model]);
    assert!(success, "{out}");
    for part in ["60 rows", "from length, width to kind, one of 2: long, wide", "accuracy", "by always the same answer"]
    {
        assert!(out.contains(part), "no '{part}' in {out}");
    }
    assert!(out.trim_end().ends_with(&format!("saved as {model}")), "{out}");

    let asked = file("asked.csv", "width,length\n20,40\n40,2\n");
    let (success, out) = backprop(&["predict", model, &asked]);
    let lines: Vec<&str> = out.lines().collect();
    assert!(success && lines.len() == 3, "{out}");
    assert_eq!(lines[0], "row,kind,probability of long,probability of wide");
    assert!(lines[1].starts_with("1,long,") && lines[2].starts_with("2,wide,"), "{out}");

    assert!(backprop(&["export", model, json]).0 && backprop(&["export", model, rust]).0);
    assert_eq!(backprop(&["predict", json, &asked]).1, out);
    assert!(fs::read_to_string(rust).unwrap().contains("pub fn class(inputs: [f32; 2])"));

    let (success, out) =
        backprop(&["train", &data, "--target", "width", "--inputs", "length,id", "--epochs", "5", "--model", model]);
    assert!(success && out.contains("to width, a number") && out.contains("root mean square error"), "{out}");
    let (success, out) = backprop(&["predict", model, &data]);
    assert!(success && out.starts_with("row,width\n1,") && out.lines().count() == 61, "{out}");
}

/// Every mistake on the way is answered by a sentence that says what to do, and leaves no model.
#[test]
fn mistakes_are_answered() {
    let good = "a,b,t\n1,2,x\n2,3,y\n3,4,x\n4,5,y\n5,6,x\n6,7,y\n7,8,x\n8,9,y\n9,1,x\n1,1,y\n";
    let data = file("good.csv", good);
    let model = folder().join("never.safetensors");
    let model = model.to_str().unwrap();
    let train = |data: &str, args: &[&str]| {
        let (success, out) = backprop(&[&["train", data, "--model", model][..], args].concat());
        assert!(!success && !Path::new(model).exists(), "{out}");
        out
    };
    let says = |out: String, part: &str| assert!(out.contains(part), "no '{part}' in {out}");
    says(train(&data, &["--target", "c"]), "no column `c` in ");
    says(train(&data, &["--target", "t", "--without", "z"]), "good.csv. Columns: a, b, t");
    says(train("nowhere.csv", &["--target", "t"]), "cannot read nowhere.csv: No such file or directory");
    says(train(&file("empty.csv", ""), &["--target", "t"]), "expected a table, got nothing, in ");
    says(train(&file("header.csv", "a,t\n"), &["--target", "t"]), "expected rows below the header, got none, in ");
    let text = file("text.csv", &good.replace("3,4,x", "3,four,x"));
    says(train(&text, &["--target", "t"]), "text.csv; correct it, or leave the column out");
    let one = file("one.csv", &good.replace('y', "x"));
    says(train(&one, &["--target", "t"]), "`column t` must have at least two classes, got only `x`");
    let huge = file("huge.csv", &good.replace("3,4,x", "1e308,4,x"));
    says(train(&huge, &["--target", "t"]), "a number that f32 can hold, got `1e308`, in row 3, column `a` of ");
    let missing = file("missing.csv", &good.replace("3,4,x", "3,,x"));
    says(train(&missing, &["--target", "t"]), "expected a value, got an empty cell, in row 3, column `b` of ");
    says(
        train(&data, &["--target", "t", "--activation", "tan"]),
        "no activation `tan`; did you mean `tanh`? Activations: step, identity",
    );
    says(train(&data, &["--target", "t", "--learning-rate", "-1"]), "must be positive and finite");
    let diverging =
        ["--target", "a", "--kind", "numbers", "--inputs", "b", "--optimizer", "sgd", "--learning-rate", "1e30"];
    says(train(&data, &diverging), "a smaller learning rate may help");
    let prices: String =
        (0..60).map(|i| format!("{i},{}\n", if i == 30 { "abc".into() } else { (i * 7 % 50).to_string() })).collect();
    let prices = file("prices.csv", &format!("size,price\n{prices}"));
    says(train(&prices, &["--target", "price"]), "prices.csv; correct it, or say --kind classes");
    let (success, out) = backprop(&["train", &data, "--target", "t", "--model", &data]);
    assert!(
        !success
            && out.contains("`--model` must end in .safetensors or .json, got ")
            && fs::read_to_string(&data).unwrap() == good,
        "{out}"
    );
    let (success, out) = backprop(&["predict", &data, &data]);
    assert!(!success && out.contains("is no file of safetensors, or cut off"), "{out}");
}
