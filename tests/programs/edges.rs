//! The conventions of the example `edges`: what its table says comes out, by graph and by dual, and stands in the docs.

use crate::executables::example;
use crate::table::{Edge, edges};

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-14 * b.abs()
}

#[test]
fn every_convention_holds_in_both_modes() {
    let all = edges();
    assert!(all.len() > 55);
    for Edge { expression, point, value, derivatives, convention, by_graph, by_dual } in all {
        let numbers: Vec<f64> = point.iter().map(|&(_, x)| x).collect();
        for (mode, (found, by)) in [("graph", by_graph(&numbers)), ("dual", by_dual(&numbers))] {
            let right = same(found, value) && by.iter().zip(&derivatives).all(|(&a, &b)| same(a, b));
            assert!(
                right,
                "{expression} at {point:?} by {mode}: {found} and {by:?}, not {value} and {derivatives:?}, {convention}"
            );
        }
    }
}

#[test]
fn the_docs_have_the_table_that_the_program_prints() {
    let output = example("edges", &[]).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.lines().count() > 55, "{table}");
    let docs = include_str!("../../docs/derivatives.md");
    assert!(docs.contains(&table), "docs/derivatives.md is out of date: its table is not\n{table}");
}
