//! What the derivatives are at kinks, jumps and the ends of domains: the table of `docs/derivatives.md`, computed.
//!
//! ```text
//! cargo run --example edges
//! ```
//!
//! `table.rs` has the expressions and what is to come out; the tests compare.

#[allow(dead_code, reason = "the tests compare with the rest")]
mod table;

use table::{Edge, edges};

fn main() {
    println!("| expression | at | value | derivatives | convention |");
    println!("| --- | --- | ---: | ---: | --- |");
    for Edge { expression, point, convention, by_graph, .. } in edges() {
        let numbers: Vec<f64> = point.iter().map(|&(_, x)| x).collect();
        let (value, derivatives) = by_graph(&numbers);
        let at: Vec<String> = point.iter().map(|&(name, x)| format!("{name} = {}", readable(x))).collect();
        let by: Vec<String> = derivatives.iter().map(|&d| readable(d)).collect();
        println!(
            "| {} | {} | {} | {} | {convention} |",
            bars(expression),
            at.join(", "),
            readable(value),
            by.join(", ")
        );
    }
}

/// A bar would end the cell.
fn bars(expression: &str) -> String {
    expression.replace('|', "\\|")
}

fn readable(x: f64) -> String {
    let text = if x.is_nan() {
        "NaN".into()
    } else if x.is_infinite() {
        format!("{}∞", if x < 0.0 { "-" } else { "" })
    } else if x != 0.0 && !(1e-3..1e6).contains(&x.abs()) {
        let rounded: f64 = format!("{x:.6e}").parse().unwrap_or(x);
        format!("{rounded:e}")
    } else {
        format!("{}", (x * 1e6).round() / 1e6)
    };
    text.replace('-', "−")
}
