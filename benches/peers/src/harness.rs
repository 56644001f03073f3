//! How it is timed: a column's rows in turn, round after round, so that a noisy machine's drift hits all alike, and
//! of each row the fastest batch. A batch is as many repeats as take about a fifth of a millisecond, and at least one.

use std::time::{Duration, Instant};

const BATCH: Duration = Duration::from_micros(200);

/// A computation, repeated as often as its argument says.
pub type Run = Box<dyn FnMut(u64)>;

/// The seconds that one repeat takes, of each that there is.
pub fn time(runs: &mut [Option<Run>], rounds: usize) -> Vec<Option<f64>> {
    let repeats: Vec<u64> = runs.iter_mut().map(|run| run.as_mut().map_or(0, repeats_of_a_batch)).collect();
    let mut best = vec![None; runs.len()];
    for _ in 0..rounds {
        for ((run, &repeats), best) in runs.iter_mut().zip(&repeats).zip(&mut best) {
            let Some(run) = run else { continue };
            let seconds = elapsed(run, repeats).as_secs_f64() / repeats as f64;
            *best = Some(best.map_or(seconds, |best: f64| best.min(seconds)));
        }
    }
    best
}

fn elapsed(run: &mut Run, repeats: u64) -> Duration {
    let start = Instant::now();
    run(repeats);
    start.elapsed()
}

/// Doubled until a batch is long enough, which warms the computation up as well.
fn repeats_of_a_batch(run: &mut Run) -> u64 {
    let mut repeats = 1;
    while elapsed(run, repeats) < BATCH {
        repeats *= 2;
    }
    repeats
}
