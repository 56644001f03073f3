//! The executables of the examples, built once for all tests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// The features with which the examples are built. `cargo test` in a checkout enables exactly these features, so
/// nothing is compiled twice. In the package they must be named.
const FEATURES: &str = "cli,csv,plot,progress,rayon,save,serde";

/// Returns a command that runs the example `name` with the arguments `args`.
pub fn example(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(path_of_example(name));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args);
    command
}

/// Returns the path of the example's executable. `cargo test` has built it, but `cargo test --test programs` has not,
/// so cargo builds it once.
pub fn path_of_example(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner); // a failed build inserts nothing
    built.entry(name.into()).or_insert_with(|| build(name)).clone()
}

fn build(name: &str) -> PathBuf {
    let messages = cargo_build(&["--example", name]);
    let path = messages.rsplit_once("\"executable\":\"").expect("an executable").1.split('"').next();
    unescaped(path.unwrap())
}

/// Returns the path of the compiled library, in the folder of its dependencies.
pub fn library() -> PathBuf {
    let messages = cargo_build(&["--example", "edges"]); // with the features that dependencies have in tests
    let mut files = messages.split('"').filter(|text| text.ends_with(".rmeta") && text.contains("libbackprop-"));
    unescaped(files.next_back().expect("the metadata of the library"))
}

/// Builds a part of the package and returns the messages of cargo.
fn cargo_build(part: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo.args(["build", "--quiet", "--features", FEATURES, "--message-format", "json"]).args(part);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{part:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the path that a string of JSON stands for.
fn unescaped(path: &str) -> PathBuf {
    path.replace("\\\\", "\\").into()
}
