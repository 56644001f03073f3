//! The peers that are crates, timed side by side on one thread, in one run; prints a Markdown table.
//!
//! ```text
//! cargo run --release -- [--rounds 60] [--only T1] [--row echidna]
//! cargo run --profile no-lto -- --row backprop
//! ```
//!
//! The second command measures what a user's program has by default: cargo's `--release`, without fat LTO. `--only`
//! takes the start of T1 … T7, `Hessian`, `batches` or `products`; `--row` a part of a row's name.
//!
//! - `workloads`: what is computed, once for all peers, and its partials by hand
//! - `harness`: how it is timed
//! - `hessian`: second derivatives
//! - `batches`, `batch_table`: training steps over a batch, compared with `dfdx` and `candle`
//! - `products`: matrix products by shape
//! - `peak`: the peak of one core, which no product exceeds
//! - `ours`: this crate, the file shared with `cargo bench`
//! - `backprop`, `echidna`, `num_dual`, `easy_ml`, `rust_quant`, `reverse`: each a `Number` and a [`Peer`]
//!
//! A new peer is a file like theirs and a line in [`rows`].

mod backprop;
mod batch_table;
mod batches;
mod candle;
mod dfdx;
mod easy_ml;
mod echidna;
mod harness;
mod hessian;
mod num_dual;
#[path = "../../ours.rs"]
mod ours;
#[path = "../../peak.rs"]
mod peak;
mod products;
mod reverse;
mod rust_quant;
mod workloads;

use harness::Run;
use peak::Peak;
use std::hint::black_box;
use workloads::{MulAdd, PARAMETERS, Sin, T1, T2, T3, T4s, Workload};

/// A way to differentiate.
trait Peer: 'static {
    const NAME: &str;
    /// What to know of it when reading the table: printed below.
    const NOTE: Option<&str> = None;

    /// A function that gives a workload's value and gradient, and keeps from call to call what may be reused.
    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]);
}

/// The partials written by hand.
struct ByHand;

impl Peer for ByHand {
    const NAME: &str = "partials written by hand";

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        W::by_hand
    }
}

/// A row of a workload's column.
struct Row {
    name: &'static str,
    note: Option<&'static str>,
    /// The computation, if there is one here, and what is wrong with its result.
    prepare: Box<dyn Fn() -> (Option<Run>, Option<String>)>,
}

/// The rows of the table, the same for each workload. What goes through a net is there where the workload is one.
fn rows<W: Workload<N>, const N: usize>(net: Option<fn() -> Run>, program: Option<fn() -> Run>) -> Vec<Row> {
    vec![
        row::<ByHand, W, N>(),
        value_only::<W, N>(),
        row::<backprop::Forward, W, N>(),
        row::<echidna::Forward, W, N>(),
        row::<num_dual::Forward, W, N>(),
        row::<backprop::Recorded, W, N>(),
        through_net(net),
        by_program(program),
        row::<echidna::Replayed, W, N>(),
        row::<echidna::Recorded, W, N>(),
        row::<easy_ml::Recorded, W, N>(),
        row::<rust_quant::Recorded, W, N>(),
        row::<reverse::Recorded, W, N>(),
    ]
}

fn row<P: Peer, W: Workload<N>, const N: usize>() -> Row {
    Row {
        name: P::NAME,
        note: P::NOTE,
        prepare: Box::new(|| {
            let mut differentiate = P::differentiate::<W, N>();
            let wrong = check::<W, N>(differentiate(W::point()));
            (Some(repeat::<W, _, N>(differentiate)), wrong)
        }),
    }
}

fn value_only<W: Workload<N>, const N: usize>() -> Row {
    Row {
        name: "value only, no gradient",
        note: None,
        prepare: Box::new(|| {
            let (_, partials) = W::by_hand(W::point());
            let wrong = check::<W, N>((W::value(&W::point()), partials));
            (Some(repeat::<W, _, N>(|x| W::value(&x))), wrong)
        }),
    }
}

/// This crate's nets: they are checked where they are defined and in the crate's tests.
fn through_net(net: Option<fn() -> Run>) -> Row {
    Row {
        name: "**backprop, through `Mlp`**",
        note: Some(
            "T3 here is T3s, a step of training with the parameters moved; T4s is T4n, a node for a neuron. The peers \
             have no nets.",
        ),
        prepare: Box::new(move || (net.map(|net| net()), None)),
    }
}

/// This crate's programs: a sample is recorded once. They are checked where they are defined.
fn by_program(program: Option<fn() -> Run>) -> Row {
    Row {
        name: "**backprop, `Program`**",
        note: Some("T4s: one sample is recorded once and computed for all; a single point has nothing to share."),
        prepare: Box::new(move || (program.map(|program| program()), None)),
    }
}

/// Computes at the workload's point. The compiler does not know the point and cannot omit any part of the result.
fn repeat<W: Workload<N>, R, const N: usize>(mut f: impl FnMut([f64; N]) -> R + 'static) -> Run {
    let point = W::point();
    Box::new(move |repeats| {
        for _ in 0..repeats {
            black_box(f(black_box(point)));
        }
    })
}

/// Compares with the partials by hand, and those with what is known of them, to 1e-9 of each number.
fn check<W: Workload<N>, const N: usize>((value, gradient): (f64, [f64; N])) -> Option<String> {
    let (by_hand, partials) = W::by_hand(W::point());
    if let Some((known, known_partials)) = W::KNOWN {
        assert!(close(by_hand, known), "{}: {by_hand}, not {known}", W::NAME);
        assert!(partials.iter().zip(&known_partials).all(|(&a, &b)| close(a, b)));
    }
    if !close(value, by_hand) {
        return Some(format!("{}: value {value}, not {by_hand}", W::NAME));
    }
    let i = (0..N).find(|&i| !close(gradient[i], partials[i]))?;
    let (is, should_be) = (gradient[i], partials[i]);
    Some(format!("{}: partial {i} is {is}, not {should_be}", W::NAME))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs()
}

/// What to run, from the command line.
struct Choice {
    rounds: usize,
    only: Option<String>,
    row: String,
}

impl Choice {
    fn from_args() -> Choice {
        let mut choice = Choice { rounds: 60, only: None, row: String::new() };
        let mut args = std::env::args().skip(1);
        while let Some(option) = args.next() {
            let value = args.next().unwrap_or_else(|| panic!("{option} needs a value"));
            match option.as_str() {
                "--rounds" => choice.rounds = value.parse().expect("--rounds takes a number"),
                "--only" => choice.only = Some(value),
                "--row" => choice.row = value,
                _ => panic!("unknown option {option}; there are --rounds, --only and --row"),
            }
        }
        choice
    }
}

/// The table as it grows, a column at a time.
#[derive(Default)]
struct Table {
    head: Vec<&'static str>,
    names: Vec<&'static str>,
    notes: Vec<Option<&'static str>>,
    cells: Vec<Vec<String>>,
    wrong: Vec<String>,
}

impl Table {
    fn column<W: Workload<N>, const N: usize>(
        &mut self,
        choice: &Choice,
        net: Option<fn() -> Run>,
        program: Option<fn() -> Run>,
    ) {
        // "T7" is both of its columns; "T4" is T4s.
        if choice.only.as_ref().is_some_and(|only| !W::NAME.starts_with(only.as_str())) {
            return;
        }
        let rows: Vec<Row> =
            rows::<W, N>(net, program).into_iter().filter(|row| row.name.contains(&choice.row)).collect();
        let (mut runs, wrong): (Vec<_>, Vec<_>) = rows.iter().map(|row| (row.prepare)()).unzip();
        let seconds = harness::time(&mut runs, choice.rounds);

        self.head.push(W::NAME);
        self.names = rows.iter().map(|row| row.name).collect();
        self.notes = rows.iter().map(|row| row.note).collect();
        self.cells.resize(rows.len(), Vec::new());
        for (i, seconds) in seconds.into_iter().enumerate() {
            let mark = if wrong[i].is_some() { "\\*" } else { "" };
            let time = seconds.map_or("–".into(), |seconds| readable(seconds / W::STEPS as f64));
            self.cells[i].push(time + mark);
        }
        self.wrong
            .extend((rows.iter().zip(wrong)).filter_map(|(row, wrong)| Some(format!("{}, {}", row.name, wrong?))));
    }

    fn print(&self) {
        if self.head.is_empty() {
            return;
        }
        println!("| | {} |", self.head.join(" | "));
        println!("| --- |{}", " ---: |".repeat(self.head.len()));
        for ((name, note), cells) in self.names.iter().zip(&self.notes).zip(&self.cells) {
            let mark = if note.is_some() { "\\*" } else { "" };
            println!("| {name}{mark} | {} |", cells.join(" | "));
        }
        println!("\nNanoseconds unless said, for value and gradient; T7 for each step of its chain.\n");
        for (name, note) in self.names.iter().zip(&self.notes) {
            if let Some(note) = note {
                println!("- \\* {name}: {note}");
            }
        }
        for wrong in &self.wrong {
            println!("- \\* {wrong}");
        }
    }
}

/// Three digits and a unit, but for nanoseconds.
fn readable(seconds: f64) -> String {
    let (number, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, ""),
        s if s < 1e-3 => (s * 1e6, " µs"),
        s => (s * 1e3, " ms"),
    };
    let decimals = if number < 100.0 { 1 } else { 0 };
    format!("{number:.decimals$}{unit}")
}

fn main() {
    let choice = Choice::from_args();
    let mut table = Table::default();
    table.column::<T1, 2>(&choice, None, None);
    table.column::<T2, 2>(&choice, None, None);
    table.column::<T3, 9>(&choice, Some(training_step), None);
    let neurons = || repeat::<T4s, _, PARAMETERS>(ours::neurons());
    let program = || repeat::<T4s, _, PARAMETERS>(ours::program());
    table.column::<T4s, PARAMETERS>(&choice, Some(neurons), Some(program));
    table.column::<MulAdd, 1>(&choice, None, None);
    table.column::<Sin, 1>(&choice, None, None);
    table.print();
    let has = |name: &str| choice.only.as_ref().is_none_or(|only| name.starts_with(only.as_str()));
    if has("Hessian") {
        hessian::table(choice.rounds.min(10), &choice.row);
    }
    if has("batches") || has("products") {
        let peak = Peak::measure();
        println!("\n{peak}");
        if has("batches") {
            batch_table::table(choice.rounds, &choice.row, &peak);
        }
        if has("products") {
            products::table(choice.rounds);
        }
    }
}

/// T3s.
fn training_step() -> Run {
    let mut step = ours::training_step();
    Box::new(move |repeats| {
        for _ in 0..repeats {
            black_box(step());
        }
    })
}
