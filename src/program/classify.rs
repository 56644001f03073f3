//! [`Classifier`]: finds the recording that is valid for each point of a group, by the questions of [`Paths`].

use super::draft::{Block, Draft};
use super::node::{Operation, Test};
use super::paths::{Next, Paths};
use crate::kernels::machine::{LaneFloat, Operand, RESERVED_SLOTS, values_per_line};
use std::collections::HashMap;

/// The number of cache lines in a slot.
const LINES: usize = 2;

/// Marks a point whose recording is not known.
pub(super) const UNKNOWN: u32 = u32::MAX;

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
    pub(super) const LANES: usize = LINES * values_per_line::<T>();

    /// Compiles the questions; `None` if the function asks none.
    pub(super) fn new(paths: &Paths, parameters: usize) -> Option<Classifier<T>> {
        let Some(root @ Next::Decision(first)) = paths.root else { return None };
        let mut emitter = Emitter {
            paths,
            values: HashMap::new(),
            uniforms: vec![T::zero(); parameters],
            columns: Vec::new(),
            slots: RESERVED_SLOTS,
        };
        // Columns have slots of their own, as every question may read them.
        for node in paths.recordings.iter().flat_map(|recording| &recording.nodes) {
            if let Operation::Column(column) = node.operation {
                if !emitter.columns.iter().any(|&[known, _]| known == column) {
                    emitter.columns.push([column, RESERVED_SLOTS + emitter.columns.len() as u32]);
                }
            }
        }
        emitter.slots += emitter.columns.len() as u32;
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

    /// Finds the recordings of the first `paths.len()` lanes, whose columns are in their slots.
    pub(super) fn classify(&self, uniforms: &[T], slots: &mut [T], waiting: &mut Vec<(Next, u64)>, paths: &mut [u32]) {
        waiting.clear();
        waiting.push((self.root, u64::MAX >> (u64::BITS as usize - paths.len())));
        while let Some((next, lanes)) = waiting.pop() {
            match next {
                Next::Recording(recording) => {
                    for (lane, path) in paths.iter_mut().enumerate() {
                        if lanes >> lane & 1 == 1 {
                            *path = recording as u32;
                        }
                    }
                }
                Next::Decision(index) => {
                    let question = &self.questions[index];
                    question.block.run(uniforms, slots, &mut [], LINES, false);
                    let mut left = lanes;
                    let outcomes = self.outcomes(question, uniforms, slots);
                    for &(outcome, next) in &question.outcomes {
                        let mut with_outcome = 0;
                        for (lane, &known) in outcomes[..paths.len()].iter().enumerate() {
                            with_outcome |= u64::from(known == outcome) << lane;
                        }
                        with_outcome &= lanes;
                        left &= !with_outcome;
                        if with_outcome != 0 {
                            waiting.push((next, with_outcome));
                        }
                    }
                    for (lane, path) in paths.iter_mut().enumerate() {
                        if left >> lane & 1 == 1 {
                            *path = UNKNOWN;
                        }
                    }
                }
            }
        }
    }

    /// Computes the answers of all lanes.
    fn outcomes(&self, question: &Question<T>, uniforms: &[T], slots: &[T]) -> [u64; MOST_LANES] {
        let mut operands = [[T::zero(); MOST_LANES]; 2];
        for (values, operand) in operands.iter_mut().zip(question.operands) {
            match operand {
                Operand::Slot(slot) => {
                    values[..Self::LANES].copy_from_slice(&slots[slot as usize * Self::LANES..][..Self::LANES]);
                }
                Operand::Uniform(index) => values.fill(uniforms[index as usize]),
            }
        }
        let [a, b] = operands;
        let mut outcomes = [0; MOST_LANES];
        // One loop for each of the usual questions, which the compiler vectorizes
        let mut fill = |outcome: &dyn Fn(T, T) -> u64| {
            for lane in 0..Self::LANES {
                outcomes[lane] = outcome(a[lane], b[lane]);
            }
        };
        fill(&|a, b| question.test.outcome(a, b));
        outcomes
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
                    let [_, slot] = self.columns.iter().find(|[known, _]| *known == column).expect("all are listed");
                    Operand::Slot(*slot)
                }
                operation => {
                    let operands: Vec<Operand> = node.operands().iter().map(|operand| self.values[operand]).collect();
                    draft.operation(operation, &operands).0
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
