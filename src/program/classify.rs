//! [`Classifier`]: finds the recording that is valid for each point of a group, by the questions of [`Paths`].

use super::draft::{Block, Draft};
use super::node::{Operation, Test};
use super::paths::{Next, Paths};
use super::run::load;
use crate::kernels::machine::{LaneFloat, MOST_LINES, Operand, RESERVED_SLOTS};
use crate::kernels::slices::{aligned, values_per_line};
use ndarray::ArrayView2;
use std::collections::HashMap;

/// The number of cache lines in a slot.
const LINES: usize = MOST_LINES;
/// The number of points in a group. A set of them is a mask of 64 bits.
const POINTS: usize = u64::BITS as usize;

/// The questions of all paths as instructions.
#[derive(Debug)]
pub(super) struct Classifier<T> {
    /// The parameters and constants.
    pub(super) uniforms: Vec<T>,
    /// The columns that are read, with their slots.
    pub(super) columns: Vec<[u32; 2]>,
    pub(super) slots: usize,
    questions: Vec<Question<T>>,
    root: Next,
}

/// A decision of [`Paths`], with the instructions that compute its operands.
#[derive(Debug)]
struct Question<T> {
    block: Block<T>,
    test: Test,
    operands: [Operand; 2],
    outcomes: Vec<(u64, Next)>,
}

impl<T: LaneFloat> Classifier<T> {
    /// The number of points in a group. In double precision, the lanes of two sets of slots are one group.
    pub(super) const POINTS: usize = POINTS;
    const LANES: usize = LINES * values_per_line::<T>();

    /// Compiles the questions; `None` if the function asks none.
    pub(super) fn new(paths: &Paths, [parameters, columns]: [usize; 2]) -> Option<Classifier<T>> {
        let Some(root @ Next::Decision(first)) = paths.root else { return None };
        let mut emitter = Emitter {
            paths,
            values: HashMap::new(),
            uniforms: vec![T::zero(); parameters],
            columns: Vec::new(),
            // Every column has a slot, as every question may read it.
            slots: RESERVED_SLOTS + columns as u32,
        };
        let mut questions: Vec<Option<Question<T>>> = paths.decisions.iter().map(|_| None).collect();
        let mut most_slots = emitter.slots;
        // In depth-first order: the values of a question are used by those below it.
        let mut steps = vec![Step::Enter(first)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(index) => {
                    let (question, nodes, before) = emitter.question(index);
                    most_slots = most_slots.max(emitter.slots);
                    steps.push(Step::Leave { nodes, slots: before });
                    steps.extend(question.outcomes.iter().filter_map(|&(_, next)| match next {
                        Next::Decision(decision) => Some(Step::Enter(decision)),
                        Next::Recording(_) => None,
                    }));
                    questions[index] = Some(question);
                }
                Step::Leave { nodes, slots } => {
                    for node in nodes {
                        emitter.values.remove(&node);
                    }
                    emitter.slots = slots;
                }
            }
        }
        let questions = questions.into_iter().map(|question| question.expect("all are below the first")).collect();
        let Emitter { uniforms, columns, .. } = emitter;
        Some(Classifier { uniforms, columns, slots: most_slots as usize, questions, root })
    }

    /// Finds the paths of the first `count` points from `first` on: calls `found` with each path, or `None` if it is not
    /// known, and with the set of its points.
    pub(super) fn classify(
        &self,
        rows: &ArrayView2<'_, T>,
        [first, count]: [usize; 2],
        uniforms: &[T],
        slots: &mut Vec<T>,
        waiting: &mut Vec<(Next, u64)>,
        mut found: impl FnMut(Option<usize>, u64),
    ) {
        let set = self.slots * Self::LANES;
        let slots = aligned(slots, POINTS / Self::LANES * set);
        for (slots, lane) in slots.chunks_exact_mut(set).zip((0..count).step_by(Self::LANES)) {
            let point = |i: usize| first + (lane + i).min(count - 1);
            load(rows, &self.columns, point, Self::LANES, slots);
        }
        waiting.clear();
        waiting.push((self.root, u64::MAX >> (POINTS - count)));
        while let Some((next, mut lanes)) = waiting.pop() {
            let question = match next {
                Next::Recording(recording) => {
                    found(Some(recording), lanes);
                    continue;
                }
                Next::Decision(index) => &self.questions[index],
            };
            if !question.block.instructions.is_empty() {
                for (i, slots) in slots.chunks_exact_mut(set).enumerate() {
                    if lanes >> (i * Self::LANES) << (POINTS - Self::LANES) != 0 {
                        question.block.run(uniforms, slots, &mut [], LINES, false);
                    }
                }
            }
            let points_with = |outcome| {
                let sets = slots.chunks_exact(set).enumerate();
                let points = |(i, slots)| question.lanes_with_outcome(outcome, uniforms, slots) << (i * Self::LANES);
                sets.map(points).fold(0, |all, points: u64| all | points)
            };
            let is_boolean = question.test.is_boolean();
            let yes = if is_boolean { points_with(1) } else { 0 };
            for &(outcome, next) in &question.outcomes {
                let taken = match (is_boolean, outcome) {
                    (true, 1) => lanes & yes,
                    (true, _) => lanes & !yes,
                    (false, _) => lanes & points_with(outcome),
                };
                lanes &= !taken;
                if taken != 0 {
                    waiting.push((next, taken));
                }
            }
            if lanes != 0 {
                found(None, lanes);
            }
        }
    }
}

impl<T: LaneFloat> Question<T> {
    /// Returns the lanes with an answer, which is 1 for a question that is answered by yes or no.
    fn lanes_with_outcome(&self, outcome: u64, uniforms: &[T], slots: &[T]) -> u64 {
        match self.test {
            Test::Less => self.lanes_where(uniforms, slots, |a, b| a < b),
            Test::LessOrEqual => self.lanes_where(uniforms, slots, |a, b| a <= b),
            Test::Equal => self.lanes_where(uniforms, slots, |a, b| a == b),
            test => self.lanes_where(uniforms, slots, |a, b| test.outcome(a, b) == outcome),
        }
    }

    /// Returns the lanes in which a condition is true.
    #[inline(always)]
    fn lanes_where(&self, uniforms: &[T], slots: &[T], condition: impl Fn(T, T) -> bool) -> u64 {
        let lanes = Classifier::<T>::LANES;
        let slot = |index: u32| &slots[index as usize * lanes..][..lanes];
        let mut flags = [0_u8; MOST_LANES];
        let flags = &mut flags[..lanes];
        match self.operands {
            [Operand::Slot(a), Operand::Slot(b)] => T::vectorize(|| {
                for ((flag, &a), &b) in flags.iter_mut().zip(slot(a)).zip(slot(b)) {
                    *flag = condition(a, b).into();
                }
            }),
            [Operand::Slot(a), Operand::Uniform(b)] => T::vectorize(|| {
                let b = uniforms[b as usize];
                for (flag, &a) in flags.iter_mut().zip(slot(a)) {
                    *flag = condition(a, b).into();
                }
            }),
            [Operand::Uniform(a), Operand::Slot(b)] => T::vectorize(|| {
                let a = uniforms[a as usize];
                for (flag, &b) in flags.iter_mut().zip(slot(b)) {
                    *flag = condition(a, b).into();
                }
            }),
            [Operand::Uniform(a), Operand::Uniform(b)] => {
                let is_true = condition(uniforms[a as usize], uniforms[b as usize]);
                return if is_true { u64::MAX >> (POINTS - lanes) } else { 0 };
            }
        }
        let mut mask = 0;
        for (i, eight) in flags.chunks_exact(8).enumerate() {
            let eight = eight.try_into().expect("a chunk has eight flags");
            // The factor moves the lowest bit of each byte to the highest byte of the product.
            mask |= (u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
        }
        mask
    }
}

/// The lanes of single precision.
const MOST_LANES: usize = LINES * values_per_line::<f32>();

enum Step {
    Enter(usize),
    /// Forgets the values of a question and of all below it.
    Leave {
        nodes: Vec<u32>,
        slots: u32,
    },
}

struct Emitter<'a, T> {
    paths: &'a Paths,
    /// The operands of the nodes computed by this question and those above it.
    values: HashMap<u32, Operand>,
    uniforms: Vec<T>,
    columns: Vec<[u32; 2]>,
    slots: u32,
}

impl<T: LaneFloat> Emitter<'_, T> {
    /// Compiles a decision. Returns also the nodes that it computes and the number of slots before it.
    fn question(&mut self, index: usize) -> (Question<T>, Vec<u32>, u32) {
        let decision = &self.paths.decisions[index];
        let nodes = &self.paths.recordings[decision.recording].nodes;
        // The nodes that are needed and not yet computed
        let (mut needed, mut waiting) = (Vec::new(), decision.operands.to_vec());
        let mut is_seen = std::collections::HashSet::new();
        while let Some(i) = waiting.pop() {
            if !self.values.contains_key(&i) && is_seen.insert(i) {
                needed.push(i);
                waiting.extend(nodes[i as usize].operands());
            }
        }
        needed.sort_unstable();
        let before = self.slots;
        let mut draft = Draft::starting_at(before);
        for &i in &needed {
            let node = &nodes[i as usize];
            let value = match node.operation {
                Operation::Parameter(parameter) => Operand::Uniform(parameter),
                Operation::Constant(bits) => {
                    self.uniforms.push(T::of(f64::from_bits(bits)));
                    Operand::Uniform(self.uniforms.len() as u32 - 1)
                }
                Operation::Column(column) => {
                    let slot = RESERVED_SLOTS + column;
                    if !self.columns.contains(&[column, slot]) {
                        self.columns.push([column, slot]);
                    }
                    Operand::Slot(slot)
                }
                operation => {
                    let operands: Vec<Operand> = node.operands().iter().map(|operand| self.values[operand]).collect();
                    draft.value(operation, &operands)
                }
            };
            self.values.insert(i, value);
        }
        self.slots = draft.registers();
        let operands = decision.operands.map(|operand| self.values[&operand]);
        let question =
            Question { block: draft.in_order(), test: decision.test, operands, outcomes: decision.outcomes.clone() };
        (question, needed, before)
    }
}
