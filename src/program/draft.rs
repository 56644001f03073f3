//! [`Draft`]: instructions on registers, any number of them; [`Block`]: the same instructions on slots.

use super::node::{Name, Operation};
use crate::kernels::machine::{Instruction, LaneFloat, NOWHERE, Operand, RESERVED_SLOTS, Rounding, Run, Term};

/// A term of a sum: its sign, and one or two factors.
pub(super) type DraftTerm = (bool, Operand, Option<Operand>);

/// Instructions whose results are in registers. A register has one result, and [`Operand::Slot`] is its number.
#[derive(Debug)]
pub(super) struct Draft<T> {
    instructions: Vec<Instruction<T>>,
    terms: Vec<DraftTerm>,
    registers: u32,
}

/// Instructions whose results are in slots, which are used again.
#[derive(Clone, Debug)]
pub(super) struct Block<T> {
    pub(super) instructions: Vec<Instruction<T>>,
    pub(super) terms: Vec<Term>,
    pub(super) slots: usize,
}

impl<T: LaneFloat> Block<T> {
    /// Executes the instructions on a group of points.
    #[inline]
    pub(super) fn run(&self, uniforms: &[T], slots: &mut [T], totals: &mut [T], lines: usize, is_strong: bool) {
        let (instructions, terms) = (&self.instructions[..], &self.terms[..]);
        T::execute(Run { instructions, terms, uniforms, slots, totals, lines, is_strong });
    }
}

impl<T: LaneFloat> Draft<T> {
    pub(super) fn new() -> Draft<T> {
        Draft { instructions: Vec::new(), terms: Vec::new(), registers: RESERVED_SLOTS }
    }

    /// Creates a draft whose registers start at a number.
    pub(super) fn starting_at(registers: u32) -> Draft<T> {
        Draft { registers, ..Draft::new() }
    }

    /// Returns the number of registers.
    pub(super) fn registers(&self) -> u32 {
        self.registers
    }

    /// Returns a new register.
    pub(super) fn register(&mut self) -> u32 {
        self.registers += 1;
        self.registers - 1
    }

    fn push_terms(&mut self, terms: impl IntoIterator<Item = DraftTerm>) -> [u32; 2] {
        let start = self.terms.len() as u32;
        self.terms.extend(terms);
        [start, self.terms.len() as u32]
    }

    /// Adds a sum of terms.
    pub(super) fn sum(&mut self, rounding: Rounding, terms: impl IntoIterator<Item = DraftTerm>) -> Operand {
        let (to, terms) = (self.register(), self.push_terms(terms));
        self.instructions.push(Instruction::Sum { to, terms, rounding });
        Operand::Slot(to)
    }

    /// Adds a sum of terms over all points.
    pub(super) fn accumulate(&mut self, total: u32, terms: impl IntoIterator<Item = DraftTerm>) {
        let terms = self.push_terms(terms);
        self.instructions.push(Instruction::Accumulate { total, terms });
    }

    /// Adds an operation without derivatives, and returns its result.
    pub(super) fn value(&mut self, operation: Operation, x: &[Operand]) -> Operand {
        let (value, _) = self.operation(operation, x);
        match self.instructions.last_mut() {
            Some(Instruction::Unary { to, .. } | Instruction::Power { to, .. }) => to[1] = NOWHERE,
            Some(Instruction::Binary { to, .. }) => to[1..].fill(NOWHERE),
            _ => {}
        }
        value
    }

    /// Adds an operation. Returns its result and the registers of the derivatives of a function.
    pub(super) fn operation(&mut self, operation: Operation, x: &[Operand]) -> (Operand, [u32; 2]) {
        use Operation::*;
        let none = [NOWHERE; 2];
        let twice = Rounding::Twice;
        match operation {
            Parameter(_) | Column(_) | Constant(_) => unreachable!("leaves have no instruction"),
            Add => (self.sum(twice, [(false, x[0], None), (false, x[1], None)]), none),
            Subtract => (self.sum(twice, [(false, x[0], None), (true, x[1], None)]), none),
            Negate => (self.sum(twice, [(true, x[0], None)]), none),
            Multiply => (self.sum(twice, [(false, x[0], Some(x[1]))]), none),
            MultiplyAdd => (self.sum(Rounding::Once, [(false, x[2], None), (false, x[0], Some(x[1]))]), none),
            Custom => (x[1], none),
            Power(n) => {
                let to = [self.register(), self.register()];
                self.instructions.push(Instruction::Power { n, x: x[0], to });
                (Operand::Slot(to[0]), [to[1], NOWHERE])
            }
            Unary(Name("exp")) => {
                // The derivative is the value: it needs no slot of its own.
                let function = T::unary_kernel("exp").expect("the name is that of a function of the table");
                let to = self.register();
                self.instructions.push(Instruction::Unary { function, x: x[0], to: [to, NOWHERE] });
                (Operand::Slot(to), [to, NOWHERE])
            }
            Unary(Name(name)) => {
                let function = T::unary_kernel(name).expect("the name is that of a function of the table");
                let to = [self.register(), self.register()];
                self.instructions.push(Instruction::Unary { function, x: x[0], to });
                (Operand::Slot(to[0]), [to[1], NOWHERE])
            }
            Divide | Remainder | StrongMultiply | Binary(_) => {
                let name = match operation {
                    Divide => "/",
                    Remainder => "%",
                    Binary(Name(name)) => name,
                    _ => "strong ·",
                };
                let function = T::binary_kernel(name).expect("the name is that of a function of the table");
                let to = [self.register(), self.register(), self.register()];
                self.instructions.push(Instruction::Binary { function, operands: [x[0], x[1]], to });
                (Operand::Slot(to[0]), [to[1], to[2]])
            }
        }
    }

    /// Returns the block of all instructions, in which each register is the slot of the same number.
    pub(super) fn in_order(self) -> Block<T> {
        let terms = self.terms.into_iter().map(|(is_negative, a, b)| Term::new(is_negative, a, b)).collect();
        Block { instructions: self.instructions, terms, slots: self.registers as usize }
    }

    /// Returns the block of the instructions on which `results` depend, and the slot of each register.
    ///
    /// `inputs` have their values before the first instruction, `results` are read after the last one.
    pub(super) fn allocate(self, inputs: &[u32], results: impl IntoIterator<Item = u32>) -> (Block<T>, Vec<u32>) {
        // The index of the last instruction that reads a register, counted from 1; 0 if none does.
        let mut last_use = vec![0_u32; self.registers as usize];
        for result in results {
            last_use[result as usize] = u32::MAX;
        }
        let mut is_live = vec![false; self.instructions.len()];
        for (index, instruction) in self.instructions.iter().enumerate().rev() {
            let results = results_of(instruction);
            let is_needed = |to: &u32| *to != NOWHERE && last_use[*to as usize] > 0;
            is_live[index] = results.iter().any(is_needed) || matches!(instruction, Instruction::Accumulate { .. });
            if is_live[index] {
                self.for_each_read(instruction, |register| {
                    let last = &mut last_use[register as usize];
                    *last = (*last).max(index as u32 + 1);
                });
            }
        }

        let mut slots = Slots {
            slot_of: vec![NOWHERE; self.registers as usize],
            free: Vec::new(),
            is_free: vec![false; RESERVED_SLOTS as usize],
        };
        for &input in inputs {
            if last_use[input as usize] > 0 {
                slots.take(input);
            }
        }
        let mut block = Block { instructions: Vec::new(), terms: Vec::new(), slots: 0 };
        for (index, instruction) in self.instructions.iter().enumerate().filter(|&(index, _)| is_live[index]) {
            let mut instruction = *instruction;
            let operand = |slots: &Slots, operand| match operand {
                Operand::Slot(register) => Operand::Slot(slots.slot_of[register as usize]),
                uniform => uniform,
            };
            match &mut instruction {
                Instruction::Sum { terms, .. } | Instruction::Accumulate { terms, .. } => {
                    let start = block.terms.len() as u32;
                    for &(sign, a, b) in &self.terms[terms[0] as usize..terms[1] as usize] {
                        block.terms.push(Term::new(sign, operand(&slots, a), b.map(|b| operand(&slots, b))));
                    }
                    *terms = [start, block.terms.len() as u32];
                }
                Instruction::Unary { x, .. } | Instruction::Power { x, .. } => *x = operand(&slots, *x),
                Instruction::Binary { operands, .. } => *operands = operands.map(|x| operand(&slots, x)),
            }
            let place = |slots: &mut Slots, to: &mut u32| {
                *to = if *to != NOWHERE && last_use[*to as usize] > 0 { slots.take(*to) } else { NOWHERE };
            };
            // A sum reads before it writes, so its result can take the slot of an operand.
            match &mut instruction {
                Instruction::Sum { .. } | Instruction::Accumulate { .. } => {}
                Instruction::Unary { to, .. } | Instruction::Power { to, .. } => {
                    to.iter_mut().for_each(|to| place(&mut slots, to));
                }
                Instruction::Binary { to, .. } => to.iter_mut().for_each(|to| place(&mut slots, to)),
            }
            self.for_each_read(&self.instructions[index], |register| {
                if last_use[register as usize] == index as u32 + 1 {
                    slots.release(register);
                }
            });
            if let Instruction::Sum { to, .. } = &mut instruction {
                place(&mut slots, to);
            }
            block.instructions.push(instruction);
        }
        block.slots = slots.is_free.len();
        (block, slots.slot_of)
    }

    /// Calls `f` with each register that an instruction reads.
    fn for_each_read(&self, instruction: &Instruction<T>, mut f: impl FnMut(u32)) {
        let mut read = |operand| {
            if let Operand::Slot(register) = operand {
                f(register);
            }
        };
        match *instruction {
            Instruction::Sum { terms, .. } | Instruction::Accumulate { terms, .. } => {
                for &(_, a, b) in &self.terms[terms[0] as usize..terms[1] as usize] {
                    read(a);
                    b.into_iter().for_each(&mut read);
                }
            }
            Instruction::Unary { x, .. } | Instruction::Power { x, .. } => read(x),
            Instruction::Binary { operands, .. } => operands.into_iter().for_each(read),
        }
    }
}

/// Returns the registers that an instruction writes.
fn results_of<T>(instruction: &Instruction<T>) -> &[u32] {
    match instruction {
        Instruction::Sum { to, .. } => std::slice::from_ref(to),
        Instruction::Accumulate { .. } => &[],
        Instruction::Unary { to, .. } | Instruction::Power { to, .. } => to,
        Instruction::Binary { to, .. } => to,
    }
}

/// The slots of registers. A slot that is released is taken next, while it is still in the cache.
struct Slots {
    slot_of: Vec<u32>,
    free: Vec<u32>,
    /// True for each slot in `free`.
    is_free: Vec<bool>,
}

impl Slots {
    fn take(&mut self, register: u32) -> u32 {
        let slot = self.free.pop().unwrap_or(self.is_free.len() as u32);
        self.is_free.resize(self.is_free.len().max(slot as usize + 1), false);
        self.is_free[slot as usize] = false;
        self.slot_of[register as usize] = slot;
        slot
    }

    /// Makes the slot of a register free, once if an instruction reads it twice.
    fn release(&mut self, register: u32) {
        let slot = self.slot_of[register as usize];
        if !std::mem::replace(&mut self.is_free[slot as usize], true) {
            self.free.push(slot);
        }
    }
}
