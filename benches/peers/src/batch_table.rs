//! The table of batches: a training step without the update, each peer's loss compared before it is timed.

use crate::batches::Batch;
use crate::harness::{self, Run};
use crate::workloads::{T4s, Workload};
use crate::{candle, dfdx, ours, repeat};
use ndarray::Array2;
use ndarray::linalg::general_mat_mul;
use std::hint::black_box;

/// A row: its name, and of T4, T5 and T6 the computation with the loss that it found, where there are any.
struct Row {
    name: &'static str,
    steps: [Option<(Run, Option<f64>)>; 3],
}

pub fn table(rounds: usize) {
    let batches = [Batch::t4(), Batch::t5(), Batch::t6()];
    let [t4, t5, t6] = &batches;
    let each = |step: fn(&Batch) -> (Run, f64)| {
        [t4, t5, t6].map(|batch| Some(step(batch)).map(|(run, loss)| (run, Some(loss))))
    };
    let mut rows = [
        Row {
            name: "partials by hand, plain loops, f64",
            steps: [Some((repeat::<T4s, _, 337>(T4s::by_hand), Some(T4s::by_hand(T4s::point()).0))), None, None],
        },
        Row { name: "**backprop, f64**", steps: each(|batch| repeated(ours::batch::<f64>(batch))) },
        Row { name: "**backprop, f32**", steps: each(|batch| repeated(ours::batch::<f32>(batch))) },
        Row { name: "the matrix products alone, f32", steps: [t4, t5, t6].map(|batch| Some((products(batch), None))) },
        Row {
            name: dfdx::NAME,
            steps: [dfdx::t4(t4), dfdx::t5(t5), dfdx::t6(t6)].map(|(run, loss)| Some((run, Some(loss)))),
        },
        Row { name: candle::NAME, steps: each(|batch| candle::step(batch).expect("candle computes it")) },
    ];
    println!("\n| a step over a batch | T4 | T5 | T6 |\n| --- | ---: | ---: | ---: |");
    let mut cells = vec![Vec::new(); rows.len()];
    for (i, batch) in batches.iter().enumerate() {
        let expected = rows[1].steps[i].as_ref().and_then(|(_, loss)| *loss).expect("ours has a loss");
        let mut runs: Vec<Option<Run>> = Vec::new();
        for row in &mut rows {
            let (run, loss) = row.steps[i].take().unzip();
            if let Some(loss) = loss.flatten() {
                let (name, batch) = (row.name, batch.name);
                assert!((loss - expected).abs() < 1e-5 * expected, "{name}: {batch}'s loss is {loss}, not {expected}");
            }
            runs.push(run);
        }
        for (cells, seconds) in cells.iter_mut().zip(harness::time(&mut runs, rounds)) {
            cells.push(seconds.map_or("–".into(), crate::readable));
        }
    }
    for (row, cells) in rows.iter().zip(cells) {
        println!("| {} | {} |", row.name, cells.join(" | "));
    }
}

/// A step that gives its loss, to be repeated; and the loss.
fn repeated(mut step: impl FnMut() -> f64 + 'static) -> (Run, f64) {
    let loss = step();
    let run = move |repeats| {
        for _ in 0..repeats {
            black_box(step());
        }
    };
    (Box::new(run), loss)
}

/// All that a step cannot do without: the products of matrices, by ndarray.
fn products(batch: &Batch) -> Run {
    let some = |rows, columns| Array2::from_shape_fn((rows, columns), |(i, j)| ((i * 7 + j * 3) % 11) as f32 * 0.1);
    let n = batch.samples;
    let mut layers: Vec<_> = (batch.widths.windows(2))
        .map(|pair| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let operands = (some(n, inputs), some(outputs, inputs), some(n, outputs));
            (operands, (some(n, outputs), some(outputs, inputs), some(n, inputs)))
        })
        .collect();
    Box::new(move |repeats| {
        for _ in 0..repeats {
            for (i, ((x, w, delta), (y, dw, dx))) in layers.iter_mut().enumerate() {
                general_mat_mul(1.0, black_box(x), &w.t(), 0.0, y);
                general_mat_mul(1.0, &delta.t(), x, 0.0, dw);
                if i > 0 {
                    general_mat_mul(1.0, delta, w, 0.0, dx);
                }
            }
            black_box(&layers);
        }
    })
}
