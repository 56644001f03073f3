//! The Hessian of T4's loss, 337 parameters: this crate's networks compared with echidna's tape and num-dual's pairs.

use crate::harness::{self, Run};
use crate::ours;
use crate::workloads::{PARAMETERS, T4s, Workload};
use echidna::BReverse;
use num_dual::{HyperDual64, second_partial_derivative};
use std::hint::black_box;

type Matrix = Vec<Vec<f64>>;
type Way = Box<dyn Fn(&[f64]) -> Matrix>;

/// Measures those whose names have `row` in them in one run, after they were found to agree, and prints a table.
pub fn table(rounds: usize, row: &str) {
    let ours = ours::hessian();
    let expected = ours(&T4s::point());
    let ways: [(&str, f64, Way); 4] = [
        ("**backprop, `reverse::hessian` through `Mlp`**", 1.0, Box::new(ours)),
        ("echidna 0.15, `hessian_vec::<_, 8>`", 1.0, Box::new(|x| echidna::hessian_vec::<_, 8>(value, x).2)),
        ("echidna 0.15, `hessian`", 1.0, Box::new(|x| echidna::hessian(value, x).2)),
        // Each pair takes an evaluation, and half of the pairs are enough; measured on the first row
        ("num-dual 0.15, `second_partial_derivative`", (PARAMETERS as f64 + 1.0) / 2.0, Box::new(first_row)),
    ];
    let (names_and_rows, mut runs): (Vec<_>, Vec<Option<Run>>) = (ways.into_iter())
        .filter(|(name, ..)| name.contains(row))
        .map(|(name, rows, way)| {
            for (row, expected) in way(&T4s::point()).iter().zip(&expected) {
                let close = row.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs().max(1e-3));
                assert!(close, "{name}: {row:?}, not {expected:?}");
            }
            let run: Run = Box::new(move |repeats| {
                for _ in 0..repeats {
                    black_box(way(black_box(&T4s::point())));
                }
            });
            ((name, rows), Some(run))
        })
        .unzip();
    let seconds = harness::time(&mut runs, rounds);
    println!("\n| Hessian of T4, 337 × 337 | |\n| --- | ---: |");
    for ((name, rows), seconds) in names_and_rows.into_iter().zip(seconds) {
        println!("| {name} | {} |", crate::readable(seconds.unwrap_or_default() * rows));
    }
}

fn value(x: &[BReverse<f64>]) -> BReverse<f64> {
    T4s::value(x.try_into().unwrap())
}

fn first_row(x: &[f64]) -> Matrix {
    let pair = |j: usize| {
        let f = |(a, b): (HyperDual64, HyperDual64)| {
            let mut point: [HyperDual64; PARAMETERS] = std::array::from_fn(|i| HyperDual64::from_re(x[i]));
            point[j] = b;
            point[0] = if j == 0 { b } else { a };
            if j == 0 {
                point[0].eps1 = a.eps1;
            }
            T4s::value(&point)
        };
        second_partial_derivative(f, (x[0], x[j])).3
    };
    vec![(0..PARAMETERS).map(pair).collect()]
}
