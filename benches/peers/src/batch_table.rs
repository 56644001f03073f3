//! The table of batches: a training step without the update unless said, each peer's loss compared before it is timed.

use crate::batches::Batch;
use crate::harness::{self, Run};
use crate::peak::Peak;
use crate::workloads::{T4s, Workload};
use crate::{candle, dfdx, ours, products, repeat};
use std::hint::black_box;

/// A row: its name, and of T4, T5 and T6 the computation with the loss that it found, where there are any.
struct Row {
    name: String,
    steps: [Option<(Run, Option<f64>)>; 3],
}

/// Measures the rows whose names have `row` in them, and prints them.
pub fn table(rounds: usize, row: &str, peak: &Peak) {
    let batches = [Batch::t4(), Batch::t5(), Batch::t6()];
    let [t4, t5, t6] = &batches;
    let each = |step: fn(&Batch) -> (Run, f64)| {
        [t4, t5, t6].map(|batch| Some(step(batch)).map(|(run, loss)| (run, Some(loss))))
    };
    let mut rows = vec![
        Row {
            name: "partials by hand, plain loops, f64".into(),
            steps: [Some((repeat::<T4s, _, 337>(T4s::by_hand), Some(T4s::by_hand(T4s::point()).0))), None, None],
        },
        Row { name: "**backprop, f64**".into(), steps: each(|batch| repeated(ours::batch::<f64>(batch))) },
        Row { name: "**backprop, f32**".into(), steps: each(|batch| repeated(ours::batch::<f32>(batch))) },
        Row {
            name: "**backprop, f32, with an SGD step**".into(),
            steps: each(|batch| repeated(ours::batch_with_sgd::<f32>(batch, 1e-3))),
        },
        Row {
            name: dfdx::NAME.into(),
            steps: [dfdx::t4(t4), dfdx::t5(t5), dfdx::t6(t6)].map(|(run, loss)| Some((run, Some(loss)))),
        },
        Row { name: candle::NAME.into(), steps: each(|batch| candle::step(batch).expect("candle computes it")) },
    ];
    rows.extend(products::LIBRARIES.iter().map(|library| Row {
        name: format!("the matrix products alone, f32: {}", library.name),
        steps: [t4, t5, t6].map(|batch| Some((products::step(batch, library), None))),
    }));
    rows.retain(|with| with.name.contains(row));
    println!("\n| a step over a batch | T4 | T5 | T6 |\n| --- | ---: | ---: | ---: |");
    let mut cells = vec![Vec::new(); rows.len()];
    for (i, batch) in batches.iter().enumerate() {
        let expected = ours::batch::<f64>(batch)();
        let mut runs: Vec<Option<Run>> = Vec::new();
        for row in &mut rows {
            let (run, loss) = row.steps[i].take().unzip();
            if let Some(loss) = loss.flatten() {
                let (name, batch) = (&row.name, batch.name);
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
    let at_peak = batches.each_ref().map(|batch| format!("{:.1} µs", 1e6 * batch.operations() / peak.f32));
    println!("| the matrix products at the peak of one core, f32 | {} |", at_peak.join(" | "));
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
