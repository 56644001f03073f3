//! [`Code`]: a recording as instructions, with the instructions of its derivatives.
//!
//! The backward pass is derived from the recording, node by node in reverse: the adjoint of a node is the sum of the
//! adjoints of the nodes that use it, each times a local derivative, and one instruction computes this sum. Local
//! derivatives are those of the rules: an instruction of a function computes them along with its value.
//!
//! Nodes that depend on no column are *uniform*: they have one value for all points. The prologue computes them once a
//! call, and the epilogue the derivatives through them. The body, which is executed for each group of points, reads
//! them and adds up their adjoints.

use super::draft::{Block, Draft, DraftTerm};
use super::node::{Node, Operation};
use super::recording::Recording;
use crate::kernels::machine::{LaneFloat, MOST_LINES, NOWHERE, Operand, Rounding};
use crate::kernels::slices::{LINE, values_per_line};

/// The derivatives that a code computes besides the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mode {
    /// Nothing.
    Values,
    /// The gradient of the sum over all points and outputs with respect to the parameters.
    Sum,
    /// The derivatives of each output at each point with respect to the parameters.
    Parameters,
    /// Those with respect to the columns.
    Columns,
}

impl Mode {
    pub(super) const COUNT: usize = 4;
}

/// The instructions of a recording in one mode.
#[derive(Debug)]
pub(super) struct Code<T> {
    /// The largest number of cache lines in a slot of the body.
    most_lines: usize,
    /// The parameters, constants and values that the prologue and the totals fill in.
    pub(super) uniforms: Vec<T>,
    pub(super) prologue: Block<T>,
    /// The slots of results of the prologue, and their places in `uniforms`.
    pub(super) exports: Vec<[u32; 2]>,
    pub(super) body: Block<T>,
    /// The columns that are read, with their slots.
    pub(super) columns: Vec<[u32; 2]>,
    /// The slot of the adjoint of the outputs: 1 for a point, 0 for a lane without one.
    pub(super) weight: Option<u32>,
    pub(super) outputs: Vec<Operand>,
    /// The derivatives of each point: their places in the rows of the Jacobian.
    pub(super) derivatives: Vec<Derivative>,
    /// The place of each total in `uniforms`.
    pub(super) totals: Vec<u32>,
    pub(super) epilogue: Block<T>,
    /// The gradient of the sum, by parameter.
    pub(super) gradient: Vec<Derivative>,
}

/// A derivative that is not 0 everywhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Derivative {
    pub(super) index: u32,
    pub(super) is_negative: bool,
    pub(super) operand: Operand,
}

/// The number of terms of an adjoint above which they are added up before all are known, so that their factors need
/// not be kept.
const MOST_PENDING: u32 = 24;
/// The number of terms of a total that are added in one instruction, and of nodes after which all are.
const MOST_PENDING_TOTAL: u32 = 4;
const FLUSH_TOTALS_AFTER: usize = 32;
/// The most bytes of the slots of a group with more than the smallest number of lanes: the second-level cache.
const MOST_BYTES: usize = 2 << 20;

/// Compiles a recording of a function with this number of parameters and of columns.
pub(super) fn compile<T: LaneFloat>(recording: &Recording, shape: [usize; 2], mode: Mode) -> Code<T> {
    let mut compiler = Compiler::new(recording, shape, mode);
    compiler.forward();
    compiler.backward();
    compiler.finish()
}

/// Where an instruction is added.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Prologue,
    Body,
    Epilogue,
}

/// The terms of an adjoint that are not yet added up, as a list.
#[derive(Clone, Copy)]
struct Pending {
    first: u32,
    last: u32,
    len: u32,
}

impl Pending {
    const NONE: Pending = Pending { first: NOWHERE, last: NOWHERE, len: 0 };

    fn terms(self, terms: &[(DraftTerm, u32)]) -> impl Iterator<Item = DraftTerm> {
        let mut next = self.first;
        std::iter::from_fn(move || {
            let &(term, after) = terms.get(next as usize)?;
            next = after;
            Some(term)
        })
    }
}

struct Compiler<'a, T> {
    recording: &'a Recording,
    shape: [usize; 2],
    mode: Mode,
    /// True if an output depends on the node.
    is_live: Vec<bool>,
    is_uniform: Vec<bool>,
    /// True if the derivative with respect to the node is needed.
    is_wanted: Vec<bool>,
    /// True if the node is computed as a part of the one that uses it.
    is_inlined: Vec<bool>,
    /// The node whose terms come first in the sum of this one.
    prefix: Vec<Option<u32>>,
    /// The operand of each node: for a uniform node in the prologue, for others in the body.
    values: Vec<Option<Operand>>,
    partials: Vec<[u32; 2]>,
    drafts: [Draft<T>; 3],
    uniforms: Vec<T>,
    /// The constant 1, if it was needed.
    one: Option<Operand>,
    /// The place in `uniforms` of each register of the prologue.
    places: Vec<u32>,
    exports: Vec<[u32; 2]>,
    columns: Vec<[u32; 2]>,
    weight: Option<u32>,
    pending: Vec<Pending>,
    /// The pending terms of all nodes, each with the index of the next one of its node.
    terms: Vec<(DraftTerm, u32)>,
    pending_totals: Vec<u32>,
    /// The total of each uniform node.
    totals: Vec<u32>,
    total_places: Vec<u32>,
    derivatives: Vec<Derivative>,
    gradient: Vec<Derivative>,
}

impl<'a, T: LaneFloat> Compiler<'a, T> {
    fn new(recording: &'a Recording, shape: [usize; 2], mode: Mode) -> Self {
        let nodes = &recording.nodes;
        let (mut is_uniform, mut is_wanted) = (Vec::with_capacity(nodes.len()), Vec::with_capacity(nodes.len()));
        for node in nodes {
            let of = |flags: &[bool], i: u32| flags[i as usize];
            let (uniform, wanted) = match node.operation {
                Operation::Parameter(_) => (true, matches!(mode, Mode::Sum | Mode::Parameters)),
                Operation::Column(_) => (false, mode == Mode::Columns),
                Operation::Constant(_) => (true, false),
                Operation::Custom => {
                    (node.operands().iter().all(|&i| of(&is_uniform, i)), of(&is_wanted, node.operands[0]))
                }
                _ => (
                    node.operands().iter().all(|&i| of(&is_uniform, i)),
                    node.operands().iter().any(|&i| of(&is_wanted, i)),
                ),
            };
            is_uniform.push(uniform);
            is_wanted.push(wanted);
        }
        let mut compiler = Compiler {
            recording,
            shape,
            mode,
            is_live: vec![false; nodes.len()],
            is_uniform,
            is_wanted,
            is_inlined: vec![false; nodes.len()],
            prefix: vec![None; nodes.len()],
            values: vec![None; nodes.len()],
            partials: vec![[NOWHERE; 2]; nodes.len()],
            drafts: [Draft::new(), Draft::new(), Draft::new()],
            uniforms: vec![T::zero(); shape[0]],
            one: None,
            places: Vec::new(),
            exports: Vec::new(),
            columns: Vec::new(),
            weight: None,
            pending: vec![Pending::NONE; nodes.len()],
            terms: Vec::new(),
            pending_totals: Vec::new(),
            totals: vec![NOWHERE; nodes.len()],
            total_places: Vec::new(),
            derivatives: Vec::new(),
            gradient: Vec::new(),
        };
        compiler.inline();
        compiler
    }

    /// Decides which nodes are computed within the sums that use them.
    fn inline(&mut self) {
        let nodes = &self.recording.nodes;
        // How often a value is read; twice if it must be in a slot of its own.
        let mut uses = vec![0_u8; nodes.len()];
        let count = |uses: &mut [u8], i: u32, times: u8| uses[i as usize] = uses[i as usize].saturating_add(times);
        for &output in &self.recording.outputs {
            self.is_live[output as usize] = true;
            count(&mut uses, output, 2);
        }
        for (i, node) in nodes.iter().enumerate().rev() {
            if !self.is_live[i] {
                continue;
            }
            let operands = node.operands();
            for &operand in operands {
                self.is_live[operand as usize] = true;
                count(&mut uses, operand, if node.operation == Operation::Custom { 2 } else { 1 });
            }
            if self.is_wanted[i] && matches!(node.operation, Operation::Multiply | Operation::MultiplyAdd) {
                for (factor, other) in [(operands[0], operands[1]), (operands[1], operands[0])] {
                    if self.is_wanted[factor as usize] {
                        count(&mut uses, other, 2);
                    }
                }
            }
        }
        let is_single = |compiler: &Self, i: u32, operations: &[Operation]| {
            !compiler.is_uniform[i as usize]
                && uses[i as usize] == 1
                && operations.contains(&nodes[i as usize].operation)
        };
        for (i, node) in nodes.iter().enumerate() {
            if !self.is_live[i] {
                continue;
            }
            let [mut a, mut b, _] = node.operands;
            let sum = [Operation::Add, Operation::Subtract];
            match node.operation {
                Operation::Add if !is_single(self, a, &sum) && is_single(self, b, &sum) => {
                    std::mem::swap(&mut a, &mut b)
                }
                Operation::Add | Operation::Subtract => {}
                Operation::Negate => b = a,
                _ => continue,
            }
            if node.operation != Operation::Negate && is_single(self, a, &sum) {
                self.prefix[i] = Some(a);
                self.is_inlined[a as usize] = true;
            }
            for operand in [a, b] {
                if is_single(self, operand, &[Operation::Multiply]) {
                    self.is_inlined[operand as usize] = true;
                }
            }
        }
    }

    /// Adds a value that all points share.
    fn push_uniform(&mut self, value: T) -> u32 {
        self.uniforms.push(value);
        self.uniforms.len() as u32 - 1
    }

    /// Returns a result of the prologue as an operand of a later stage.
    fn exported(&mut self, operand: Operand) -> Operand {
        let Operand::Slot(register) = operand else { return operand };
        let index = register as usize;
        self.places.resize(self.places.len().max(index + 1), NOWHERE);
        if self.places[index] == NOWHERE {
            self.places[index] = self.push_uniform(T::zero());
            self.exports.push([register, self.places[index]]);
        }
        Operand::Uniform(self.places[index])
    }

    /// Returns the value of a node as an operand of a stage.
    fn value(&mut self, node: u32, stage: Stage) -> Operand {
        let value = self.values[node as usize].expect("operands are computed first");
        if stage != Stage::Prologue && self.is_uniform[node as usize] { self.exported(value) } else { value }
    }

    /// Returns the derivative of a function with respect to an operand as an operand of a stage.
    fn partial(&mut self, node: u32, operand: usize, stage: Stage) -> Operand {
        let partial = Operand::Slot(self.partials[node as usize][operand]);
        if stage != Stage::Prologue && self.is_uniform[node as usize] { self.exported(partial) } else { partial }
    }

    /// Adds the instructions of the values.
    fn forward(&mut self) {
        let nodes = &self.recording.nodes;
        for (i, node) in nodes.iter().enumerate() {
            if self.is_inlined[i] || !self.is_live[i] {
                continue;
            }
            let stage = if self.is_uniform[i] { Stage::Prologue } else { Stage::Body };
            self.values[i] = Some(match node.operation {
                Operation::Parameter(index) => Operand::Uniform(index),
                Operation::Constant(bits) => Operand::Uniform(self.push_uniform(T::of(f64::from_bits(bits)))),
                Operation::Column(column) => {
                    let register = self.drafts[Stage::Body as usize].register();
                    self.columns.push([column, register]);
                    Operand::Slot(register)
                }
                Operation::Add | Operation::Subtract | Operation::Negate if stage == Stage::Body => self.sum(i as u32),
                operation => {
                    let mut operands = [Operand::Uniform(0); 3];
                    for (operand, &node) in operands.iter_mut().zip(node.operands()) {
                        *operand = self.value(node, stage);
                    }
                    let draft = &mut self.drafts[stage as usize];
                    let (value, partials) = draft.operation(operation, &operands);
                    self.partials[i] = partials;
                    value
                }
            });
        }
    }

    /// Adds the sum of a node, with the terms of the nodes that are computed within it.
    fn sum(&mut self, node: u32) -> Operand {
        let nodes = &self.recording.nodes;
        let mut chain = vec![node];
        while let Some(prefix) = self.prefix[chain[chain.len() - 1] as usize] {
            chain.push(prefix);
        }
        let mut terms = Vec::with_capacity(chain.len() + 1);
        for &i in chain.iter().rev() {
            let Node { operation, operands: [a, b, _] } = nodes[i as usize];
            let prefix = self.prefix[i as usize];
            match operation {
                Operation::Negate => terms.push(self.term(true, a)),
                _ => {
                    if prefix == Some(a) {
                        terms.push(self.term(operation == Operation::Subtract, b));
                    } else if prefix == Some(b) {
                        terms.push(self.term(false, a));
                    } else {
                        terms.push(self.term(false, a));
                        terms.push(self.term(operation == Operation::Subtract, b));
                    }
                }
            }
        }
        self.drafts[Stage::Body as usize].sum(Rounding::Twice, terms)
    }

    /// Returns a node as a term: a product that is computed within the sum, or its value.
    fn term(&mut self, is_negative: bool, node: u32) -> DraftTerm {
        if self.is_inlined[node as usize] {
            let [a, b, _] = self.recording.nodes[node as usize].operands;
            return (is_negative, self.value(a, Stage::Body), Some(self.value(b, Stage::Body)));
        }
        (is_negative, self.value(node, Stage::Body), None)
    }

    /// Adds the instructions of the derivatives.
    fn backward(&mut self) {
        let outputs = &self.recording.outputs;
        match self.mode {
            Mode::Values => {}
            Mode::Sum => {
                let weight = self.drafts[Stage::Body as usize].register();
                self.weight = Some(weight);
                for &output in outputs {
                    self.contribute(output, (false, Operand::Slot(weight), None), Stage::Body);
                }
                self.sweep(Stage::Body, false);
                self.flush_totals();
                for node in 0..self.totals.len() {
                    if self.totals[node] != NOWHERE {
                        let place = self.total_places[self.totals[node] as usize];
                        self.push_pending(node as u32, (false, Operand::Uniform(place), None));
                    }
                }
                self.sweep(Stage::Epilogue, true);
            }
            Mode::Parameters | Mode::Columns => {
                let one = Operand::Uniform(self.push_uniform(T::one()));
                self.one = Some(one);
                for (index, &output) in outputs.iter().enumerate() {
                    let first = self.derivatives.len();
                    self.contribute(output, (false, one, None), Stage::Body);
                    self.sweep(Stage::Body, false);
                    self.sweep(Stage::Body, true);
                    let width = self.shape[usize::from(self.mode == Mode::Columns)];
                    for derivative in &mut self.derivatives[first..] {
                        derivative.index += (index * width) as u32;
                    }
                }
            }
        }
    }

    /// Propagates the adjoints of all nodes that are uniform, or of all others, in reverse.
    fn sweep(&mut self, stage: Stage, are_uniform: bool) {
        let nodes = &self.recording.nodes;
        for (i, node) in nodes.iter().enumerate().rev() {
            if self.is_uniform[i] != are_uniform || self.pending[i].len == 0 {
                continue;
            }
            if i % FLUSH_TOTALS_AFTER == 0 {
                self.flush_totals();
            }
            let (is_negative, adjoint) = self.adjoint(i, stage);
            let [a, b, c] = node.operands;
            let term = |is_other: bool, factor| (is_negative != is_other, adjoint, factor);
            match node.operation {
                Operation::Constant(_) => {}
                Operation::Parameter(index) | Operation::Column(index) => {
                    let derivative = Derivative { index, is_negative, operand: adjoint };
                    match self.mode {
                        Mode::Sum => self.gradient.push(derivative),
                        _ => self.derivatives.push(derivative),
                    }
                }
                Operation::Add => {
                    self.contribute(a, term(false, None), stage);
                    self.contribute(b, term(false, None), stage);
                }
                Operation::Subtract => {
                    self.contribute(a, term(false, None), stage);
                    self.contribute(b, term(true, None), stage);
                }
                Operation::Negate => self.contribute(a, term(true, None), stage),
                Operation::Multiply | Operation::MultiplyAdd => {
                    for (factor, other) in [(a, b), (b, a)] {
                        if self.is_wanted[factor as usize] {
                            let other = self.value(other, stage);
                            self.contribute(factor, term(false, Some(other)), stage);
                        }
                    }
                    if node.operation == Operation::MultiplyAdd {
                        self.contribute(c, term(false, None), stage);
                    }
                }
                Operation::Custom => {
                    let derivative = self.value(c, stage);
                    self.contribute(a, term(false, Some(derivative)), stage);
                }
                _ => {
                    for (index, &operand) in node.operands().iter().enumerate() {
                        if self.is_wanted[operand as usize] {
                            let partial = self.partial(i as u32, index, stage);
                            self.contribute(operand, term(false, Some(partial)), stage);
                        }
                    }
                }
            }
        }
    }

    /// Returns the adjoint of a node, with its sign: the sum of its terms, or the only term itself.
    fn adjoint(&mut self, node: usize, stage: Stage) -> (bool, Operand) {
        if let Pending { len: 1, first, .. } = self.pending[node] {
            if let ((is_negative, operand, None), _) = self.terms[first as usize] {
                self.pending[node] = Pending::NONE;
                return (is_negative, operand);
            }
        }
        (false, self.sum_of_pending(node as u32, stage))
    }

    fn push_pending(&mut self, node: u32, term: DraftTerm) {
        let (pending, index) = (&mut self.pending[node as usize], self.terms.len() as u32);
        match pending.len {
            0 => pending.first = index,
            _ => self.terms[pending.last as usize].1 = index,
        }
        (pending.last, pending.len) = (index, pending.len + 1);
        self.terms.push((term, NOWHERE));
    }

    fn sum_of_pending(&mut self, node: u32, stage: Stage) -> Operand {
        let pending = std::mem::replace(&mut self.pending[node as usize], Pending::NONE);
        self.drafts[stage as usize].sum(Rounding::Fastest, pending.terms(&self.terms))
    }

    /// Adds a term to the adjoint of a node.
    fn contribute(&mut self, node: u32, (is_negative, adjoint, factor): DraftTerm, stage: Stage) {
        if !self.is_wanted[node as usize] {
            return;
        }
        let term = match factor {
            Some(factor) if Some(adjoint) == self.one => (is_negative, factor, None),
            factor => (is_negative, adjoint, factor),
        };
        self.push_pending(node, term);
        let len = self.pending[node as usize].len;
        if self.mode == Mode::Sum && stage == Stage::Body && self.is_uniform[node as usize] {
            if len == 1 {
                self.pending_totals.push(node);
            } else if len >= MOST_PENDING_TOTAL {
                self.flush_total(node);
            }
        } else if len >= MOST_PENDING {
            let sum = self.sum_of_pending(node, stage);
            self.push_pending(node, (false, sum, None));
        }
    }

    /// Adds the pending terms of a uniform node to its total.
    fn flush_total(&mut self, node: u32) {
        let pending = std::mem::replace(&mut self.pending[node as usize], Pending::NONE);
        if pending.len == 0 {
            return;
        }
        if self.totals[node as usize] == NOWHERE {
            self.totals[node as usize] = self.total_places.len() as u32;
            let place = self.push_uniform(T::zero());
            self.total_places.push(place);
        }
        self.drafts[Stage::Body as usize].accumulate(self.totals[node as usize], pending.terms(&self.terms));
    }

    fn flush_totals(&mut self) {
        for node in std::mem::take(&mut self.pending_totals) {
            self.flush_total(node);
        }
    }

    /// Gives slots to the results of all instructions.
    fn finish(mut self) -> Code<T> {
        let outputs: Vec<Operand> = self.recording.outputs.iter().map(|&node| self.value(node, Stage::Body)).collect();
        let [prologue, body, epilogue] = self.drafts;
        let registers = |operands: &mut dyn Iterator<Item = Operand>| -> Vec<u32> {
            operands
                .filter_map(|operand| if let Operand::Slot(register) = operand { Some(register) } else { None })
                .collect()
        };
        let (prologue, slot_of) = prologue.allocate(&[], self.exports.iter().map(|&[register, _]| register));
        let exports = self.exports.iter().map(|&[register, place]| [slot_of[register as usize], place]).collect();

        let inputs: Vec<u32> = self.columns.iter().map(|&[_, register]| register).chain(self.weight).collect();
        let results = &mut outputs.iter().copied().chain(self.derivatives.iter().map(|derivative| derivative.operand));
        let (body, slot_of) = body.allocate(&inputs, registers(results));
        let columns = self.columns.iter().map(|&[column, register]| [column, slot_of[register as usize]]);
        let columns = columns.filter(|&[_, slot]| slot != NOWHERE).collect();
        let weight = self.weight.map(|register| slot_of[register as usize]).filter(|&slot| slot != NOWHERE);
        let outputs = outputs.into_iter().map(|operand| placed(operand, &slot_of)).collect();
        let with_slots = |derivatives: Vec<Derivative>, slot_of: &[u32]| -> Vec<Derivative> {
            derivatives.into_iter().map(|d| Derivative { operand: placed(d.operand, slot_of), ..d }).collect()
        };
        let derivatives = with_slots(self.derivatives, &slot_of);

        let results = &mut self.gradient.iter().map(|derivative| derivative.operand);
        let (epilogue, slot_of) = epilogue.allocate(&[], registers(results));
        let gradient = with_slots(self.gradient, &slot_of);

        let bytes = |lines| body.slots * lines * LINE;
        let most_lines =
            [MOST_LINES, MOST_LINES / 2].into_iter().find(|&lines| bytes(lines) <= MOST_BYTES).unwrap_or(1);
        Code {
            most_lines,
            uniforms: self.uniforms,
            prologue,
            exports,
            body,
            columns,
            weight,
            outputs,
            derivatives,
            totals: self.total_places,
            epilogue,
            gradient,
        }
    }
}

/// Returns an operand with the slot of its register.
fn placed(operand: Operand, slot_of: &[u32]) -> Operand {
    match operand {
        Operand::Slot(register) => Operand::Slot(slot_of[register as usize]),
        uniform => uniform,
    }
}

impl<T> Code<T> {
    /// Returns the number of cache lines in a slot of the next group, if this number of points is left.
    pub(super) fn lines(&self, points: usize) -> usize {
        let needed = points.div_ceil(values_per_line::<T>()).next_power_of_two();
        needed.min(self.most_lines)
    }
}
