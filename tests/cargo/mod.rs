//! The examples, run as a user runs them.

use std::process::Command;

/// What the examples need. In a checkout `cargo test` has these features without their being named, and no others, so that
/// nothing is compiled a second time; in the package they must be named.
pub const FEATURES: &str = "csv,plot,progress,rayon,save";

/// `cargo run --example` of `name`, with these arguments.
pub fn example(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["run", "--quiet", "--features", FEATURES, "--example", name, "--"])
        .args(args);
    command
}
