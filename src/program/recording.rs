//! The recording of a function: the operations on its values and its questions about them, in order.
//!
//! A [`RecordedValue`](super::RecordedValue) is copied freely and created without a reference to anything (`S::of(2.0)`), so the recording in
//! progress is that of the thread.

use super::node::{Guard, Node, Operation, Test};
use crate::error::Error;
use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

/// The largest number of operations of a recording, and of operations and questions asked of it, many of which can be
/// the same. A function whose loop does not end at the point of the recording is stopped here.
const MOST_NODES: usize = 1 << 22;
const MOST_STEPS: usize = 1 << 26;

/// A recorded function: straight-line code for the points that answer its questions in the same way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recording {
    pub(super) nodes: Vec<Node>,
    pub(super) guards: Vec<Guard>,
    /// The indices of the nodes of the results.
    pub(super) outputs: Vec<u32>,
}

/// A recording in progress.
struct InProgress {
    number: u32,
    /// The number of operations and questions so far.
    steps: usize,
    nodes: Vec<Node>,
    /// The indices of the nodes by their hashes, with open addressing: an operation on the same operands is not
    /// recorded twice. Its length is a power of two.
    known: Vec<u32>,
    guards: Vec<Guard>,
    asked: HashSet<(Test, [u32; 2]), Hash>,
    /// The first conversion of a value to a float, with its place.
    left: Option<(&'static str, &'static Location<'static>)>,
}

thread_local! {
    static IN_PROGRESS: RefCell<Option<InProgress>> = const { RefCell::new(None) };
}

/// The number of the next recording, on any thread.
static NEXT_NUMBER: AtomicU32 = AtomicU32::new(0);

/// The reason to stop a recording in the middle of the function.
struct TooLong;

/// A value of the recording in progress.
#[derive(Clone, Copy, Debug)]
pub(super) enum Recorded {
    Constant(f64),
    /// The index of its node, and the number of the recording.
    Node(u32, u32),
}

/// Records what `f` does; it returns the results.
pub(super) fn run(f: impl FnOnce() -> Vec<Recorded>) -> Result<Recording, Error> {
    let new = InProgress {
        number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
        steps: 0,
        nodes: Vec::new(),
        known: vec![EMPTY; 256],
        guards: Vec::new(),
        asked: HashSet::default(),
        left: None,
    };
    let outer = Outer(IN_PROGRESS.replace(Some(new)));
    let results = catch_unwind(AssertUnwindSafe(|| {
        let results = f();
        with(|recording| results.iter().map(|&x| recording.node(x)).collect::<Option<Vec<u32>>>())
    }));
    let recording = IN_PROGRESS.take();
    drop(outer);
    let InProgress { nodes, guards, left, .. } = recording.expect("the recording is in progress");
    let outputs = match results {
        Ok(outputs) => outputs,
        Err(reason) if reason.is::<TooLong>() => return Err(Error::too_many_operations(MOST_NODES)),
        Err(panic) => resume_unwind(panic),
    };
    match left {
        Some((conversion, place)) => Err(Error::LeftRecording { conversion, place: place.to_string() }),
        None => Ok(Recording { nodes, guards, outputs }),
    }
}

/// The recording that a function has in progress while it records another; it is continued at the end.
struct Outer(Option<InProgress>);

impl Drop for Outer {
    fn drop(&mut self) {
        IN_PROGRESS.set(self.0.take());
    }
}

/// Calls `f` with the recording in progress; panics if there is none, or if `f` meets a value of another one.
#[track_caller]
fn with<R>(f: impl FnOnce(&mut InProgress) -> Option<R>) -> R {
    match IN_PROGRESS.with_borrow_mut(|recording| f(recording.as_mut()?)) {
        Some(result) => result,
        None => panic!("a recorded value can be used only in the function that is being recorded"),
    }
}

/// Records an operation on values, of which one at least is not constant, or a leaf without operands.
#[track_caller]
pub(super) fn record<const N: usize>(operation: Operation, operands: [Recorded; N]) -> Recorded {
    with(|recording| {
        let operands = recording.nodes_of(operands)?;
        Some(Recorded::Node(recording.push(Node::new(operation, &operands)), recording.number))
    })
}

/// Records a question about values, of which one at least is not constant.
#[track_caller]
pub(super) fn guard(test: Test, operands: [Recorded; 2], outcome: u64) {
    with(|recording| {
        let operands = recording.nodes_of(operands)?;
        recording.step();
        if recording.asked.insert((test, operands)) {
            let at = recording.nodes.len() as u32;
            recording.guards.push(Guard { test, operands, outcome, at });
        }
        Some(())
    });
}

/// Records that a value was converted to a float.
#[track_caller]
pub(super) fn leave(value: Recorded, conversion: &'static str) {
    let place = Location::caller();
    with(|recording| {
        recording.node(value)?;
        recording.left = recording.left.or(Some((conversion, place)));
        Some(())
    });
}

impl InProgress {
    /// Returns the index of the node of a value; `None` if it belongs to another recording.
    fn node(&mut self, value: Recorded) -> Option<u32> {
        match value {
            Recorded::Constant(x) => Some(self.push(Node::new(Operation::Constant(x.to_bits()), &[]))),
            Recorded::Node(node, number) => (number == self.number).then_some(node),
        }
    }

    fn nodes_of<const N: usize>(&mut self, values: [Recorded; N]) -> Option<[u32; N]> {
        let mut nodes = [0; N];
        for (node, value) in nodes.iter_mut().zip(values) {
            *node = self.node(value)?;
        }
        Some(nodes)
    }

    /// Counts an operation or a question, and stops the function after too many.
    fn step(&mut self) {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.nodes.len() > MOST_NODES {
            resume_unwind(Box::new(TooLong));
        }
    }

    /// Returns the index of a node, which is added unless it is known.
    fn push(&mut self, node: Node) -> u32 {
        self.step();
        let place = self.place(&node);
        if self.known[place] != EMPTY {
            return self.known[place];
        }
        let index = self.nodes.len();
        self.known[place] = index as u32;
        self.nodes.push(node);
        if 2 * self.nodes.len() > self.known.len() {
            self.known = vec![EMPTY; 4 * self.known.len()];
            for index in 0..self.nodes.len() {
                let place = self.place(&self.nodes[index]);
                self.known[place] = index as u32;
            }
        }
        index as u32
    }

    /// Returns the place of a node in `known`, which is empty if it is not known.
    fn place(&self, node: &Node) -> usize {
        let last = self.known.len() - 1;
        let mut place = BuildHasherDefault::<QuickHasher>::default().hash_one(node) as usize & last;
        while self.known[place] != EMPTY && self.nodes[self.known[place] as usize] != *node {
            place = (place + 1) & last;
        }
        place
    }
}

/// Marks a place without a node.
const EMPTY: u32 = u32::MAX;

type Hash = BuildHasherDefault<QuickHasher>;

/// A hash that takes less time than the operations that are recorded. It need not resist attacks.
#[derive(Default)]
struct QuickHasher(u64);

impl Hasher for QuickHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, x: u8) {
        self.write_u64(x.into());
    }

    fn write_u32(&mut self, x: u32) {
        self.write_u64(x.into());
    }

    fn write_u64(&mut self, x: u64) {
        // Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4)
        self.0 = (self.0.rotate_left(5) ^ x).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, x: usize) {
        self.write_u64(x as u64);
    }
}
