// The chain rule in numbers: the derivative of a sample's loss with respect to a parameter as a product of factors.
// Everything is computed here from the sums and outputs of the forward pass; a test compares it with the module.

import { bracketed, enough, fine, product, sumName, total } from './maths.js';

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/**
 * The derivative of each activation with respect to its sum, as a function and as a formula of Σ and the output `h`; a
 * third item computes the formula where it is not the function.
 */
const ACTIVATIONS = {
  identity: [() => 1, () => '1'],
  step: [() => 0, () => '0'],
  tanh: [(sum) => 1 / Math.cosh(sum) ** 2, (sum, h) => `1 − ${h}²`, (sum, h) => 1 - h * h],
  sigmoid: [(sum) => sigmoid(sum) * sigmoid(-sum), (sum, h) => `${h} · (1 − ${h})`, (sum, h) => h * (1 - h)],
  relu: [(sum) => (sum > 0 ? 1 : 0), (sum) => `1 if ${sum} > 0, else 0`],
  elu: [(sum) => (sum > 0 ? 1 : Math.exp(sum)), (sum) => `1 if ${sum} > 0, else exp(${sum})`],
  softplus: [sigmoid, (sum) => `sigmoid(${sum})`],
  silu: [
    (sum) => sigmoid(sum) * (1 + sum * sigmoid(-sum)),
    (sum) => `sigmoid(${sum}) · (1 + ${sum} · sigmoid(−${sum}))`,
  ],
  // The output is Σ · Φ(Σ), so that Φ, the normal distribution function, needs no approximation.
  gelu: [
    (sum, output) => (sum === 0 ? 0.5 : output / sum) + (sum * Math.exp((-sum * sum) / 2)) / Math.sqrt(2 * Math.PI),
    (sum) => `Φ(${sum}) + ${sum} · φ(${sum})`,
  ],
};

function activationOf(text) {
  const leaky = /^leaky_relu\((.*)\)$/.exec(text);
  if (!leaky) return [text, ...ACTIVATIONS[text]];
  const below = Number(leaky[1]);
  return ['leaky relu', (sum) => (sum > 0 ? 1 : below), (sum) => `1 if ${sum} > 0, else ${below}`];
}

/** For each loss, its derivative with respect to an output `o` with the target `y`, and its formula. */
const LOSSES = {
  squared: [(o, y) => -2 * (y - o), (o, y) => `−2 · (${y} − ${o})`],
  absolute: [(o, y) => Math.sign(o - y), (o, y) => `sign(${o} − ${y})`],
  huber: [(o, y) => Math.max(-1, Math.min(1, o - y)), (o, y) => `${o} − ${y}, from −1 to 1`],
  cross: [(o, y) => sigmoid(o) - y, (o, y) => `sigmoid(${o}) − ${y}`],
  hinge: [(o, y) => (y * o < 1 ? -y : 0), (o, y) => `−${y} if ${y} · ${o} < 1, else 0`],
};

/** The losses of outputs that are not classes, as formulas. */
const LOSS_FORMULAS = {
  squared: (o, y) => `(${y} − ${o})²`,
  absolute: (o, y) => `|${o} − ${y}|`,
  huber: (o, y) => `huber(${o} − ${y})`,
  hinge: (o, y) => `max(0, 1 − ${y} · ${o})`,
};

/** The largest number of terms of softmax that are written out. */
const MOST_WRITTEN = 3;

/** The largest number of factors. Neurons that would need more stay together in ∂L/∂h. */
const MOST_FACTORS = 5;

/** The forward and the backward pass of one sample, with names. */
export class Chain {
  /**
   * `shape` names the network, `loss` is the loss's key in the address, `pass` has the values of `engine.pass`, and
   * `parameters` those of all weights and biases; `classes` are the names of the classes.
   */
  constructor({ shape, loss, pass, parameters, classes = [] }) {
    this.shape = shape;
    this.loss = loss;
    this.pass = pass;
    this.parameters = parameters;
    this.classes = classes;
    this.neurons = [];
    this.#wire();
    this.#backward();
  }

  /** Finds the parameters and sources of each neuron: its weights in order, then its bias. */
  #wire() {
    const { inputs, layers, neuronNames, parameterNames } = this.shape;
    let before = inputs.map((name, input) => ({ input, name, output: this.pass.inputs[input] }));
    let next = 0;
    layers.forEach(({ neurons: count, activation, isResidual }, layer) => {
      const [kind, derivative, formula, calculate = derivative] = activationOf(activation);
      const made = Array.from({ length: count }, (_, i) => {
        const index = this.neurons.length;
        const { sum, output } = this.pass.neurons[index];
        const name = neuronNames[index];
        const isLast = layer + 1 === layers.length;
        const residual = isResidual ? before[i] : null; // its output is added
        const activated = output - (residual?.output ?? 0);
        const neuron = { index, name, layer, isLast, kind, formula, calculate, residual, sum, activated, output, derivative: derivative(sum, activated) };
        // The output of a linear neuron is its sum, so both have one name.
        neuron.isSum = kind === 'identity' && !residual;
        neuron.sumName = neuron.isSum ? name : sumName(name);
        neuron.edges = before.map((from) => ({ from, to: neuron, parameter: next++ }));
        neuron.bias = next++;
        for (const edge of neuron.edges) Object.assign(edge, { name: parameterNames[edge.parameter], weight: this.parameters[edge.parameter] });
        this.neurons.push(neuron);
        return neuron;
      });
      for (const from of before) from.onward = made.map((neuron) => neuron.edges.find((edge) => edge.from === from));
      for (const to of made) if (to.residual) to.residual.onward.push({ from: to.residual, to, weight: 1, isResidual: true });
      before = made;
    });
    this.outputs = before;
    this.outputs.forEach((neuron) => (neuron.onward = []));
  }

  #backward() {
    const { targets } = this.pass;
    const byOutputs = this.#lossDerivatives();
    const last = this.neurons.length - this.outputs.length;
    for (const neuron of [...this.neurons].reverse()) {
      if (neuron.isLast) {
        neuron.target = targets[neuron.index - last];
        neuron.targetName = targets.length === 1 ? 'y' : `y${neuron.index - last + 1}`;
        neuron.byOutput = byOutputs[neuron.index - last];
      } else neuron.byOutput = neuron.onward.reduce((sum, edge) => sum + through(edge), 0);
      neuron.bySum = neuron.byOutput * neuron.derivative;
    }
  }

  #lossDerivatives() {
    const { targets } = this.pass;
    if (this.loss !== 'softmax') return this.outputs.map(({ output }, i) => LOSSES[this.loss][0](output, targets[i]) / this.outputs.length);
    return this.#softmax().map((probability, i) => probability - targets[i]);
  }

  /** Returns the probability of each class for these outputs. */
  #softmax(outputs = this.outputs.map((neuron) => neuron.output)) {
    const most = Math.max(...outputs);
    const parts = outputs.map((o) => Math.exp(o - most));
    return parts.map((part) => part / total(parts));
  }

  /** Returns how the probability of a class follows from the outputs; '' if the output `neuron` is not that of a class. */
  probabilityOf(neuron, resultDigits) {
    const at = this.outputs.indexOf(neuron);
    if (at < 0) return '';
    if (this.loss === 'cross' && this.outputs.length === 1) {
      const digits = enough([neuron.output], ([o]) => sigmoid(o), resultDigits);
      return `p = sigmoid(${neuron.name}) = sigmoid(${fine(neuron.output, digits)}) = ${fine(sigmoid(neuron.output), resultDigits)}`;
    }
    if (this.loss !== 'softmax') return '';
    const outputs = this.outputs.map(({ output }) => output);
    const isShort = outputs.length <= MOST_WRITTEN;
    const digits = enough(outputs, (shown) => this.#softmax(shown)[at], resultDigits);
    const sumOf = (terms) => (isShort ? terms : [...terms.slice(0, MOST_WRITTEN - 1), '…', terms.at(-1)]).map((term) => (term === '…' ? term : `exp(${term})`)).join(' + ');
    const numbers = isShort ? ` = exp(${fine(neuron.output, digits)}) / (${sumOf(outputs.map((o) => fine(o, digits)))})` : '';
    const symbols = `exp(${neuron.name}) / (${sumOf(this.outputs.map(({ name }) => name))})`;
    return `p${at + 1} = ${symbols}${numbers} = ${fine(this.#softmax()[at], resultDigits)}`;
  }

  /** Returns the neuron that a parameter belongs to and, for a weight, its line. */
  placeOf(parameter) {
    const neuron = this.neurons.find(({ bias }) => parameter <= bias);
    return { neuron, edge: neuron.edges.find((edge) => edge.parameter === parameter) };
  }

  /** Returns ∂L/∂p. */
  derivative(parameter) {
    const { neuron, edge } = this.placeOf(parameter);
    return neuron.bySum * (edge ? edge.from.output : 1);
  }

  /**
   * Returns the factors of ∂L/∂p from the loss to the parameter. A factor is ∂`top`/∂`bottom` with its `value`, its
   * `source` in few words, its formula in `symbols` and `numbers(digits of the value)`, the `parts` of the network where it is, the values that
   * are `given` to compute it, and the `paths` that it is a sum over.
   */
  factors(parameter) {
    const { neuron, edge } = this.placeOf(parameter);
    const name = this.shape.parameterNames[parameter];
    const factors = [edge ? this.#inputFactor(edge, name) : this.#biasFactor(neuron, name)];
    for (let at = neuron; ; ) {
      if (!at.isSum) factors.unshift(this.#activationFactor(at));
      const isOnlyPath = at.onward.length === 1 && factors.length + 3 <= MOST_FACTORS;
      if (!isOnlyPath) {
        factors.unshift(at.isLast ? this.lossFactor(at) : this.#pathsFactor(at));
        return factors;
      }
      factors.unshift(this.#weightFactor(at.onward[0]));
      at = at.onward[0].to;
    }
  }

  #inputFactor({ from, to, parameter }, name) {
    const source = from.input === undefined ? `output of ${from.name}` : `input ${from.name}`;
    return {
      kind: 'source', top: to.sumName, bottom: name, value: from.output, source, symbols: from.name, numbers: (digits) => fine(from.output, digits),
      parts: [{ parameter }, partOf(from)], neuron: to, weight: this.parameters[parameter], given: [[from.name, from.output]],
    };
  }

  #biasFactor(neuron, name) {
    return {
      kind: 'bias', top: neuron.sumName, bottom: name, value: 1, source: 'a bias: 1', symbols: '1', numbers: () => '1',
      parts: [{ parameter: neuron.bias }, partOf(neuron)], neuron, given: [],
    };
  }

  #activationFactor(neuron) {
    const { name, kind, formula, calculate, residual, sum, sumName, activated } = neuron;
    const numbers = (resultDigits) => {
      const digits = enough([sum, activated], (shown) => calculate(...shown), resultDigits);
      return formula(bracketed(sum, digits), bracketed(activated, digits));
    };
    const activatedName = residual ? `${kind}(${sumName})` : name;
    return {
      kind: 'activation', top: name, bottom: sumName, value: neuron.derivative, source: `${kind}′(${sumName})`,
      symbols: `${kind}′(${sumName}) = ${formula(sumName, activatedName)}`, numbers,
      parts: [partOf(neuron)], neuron, given: [[sumName, sum], [activatedName, activated]],
    };
  }

  #weightFactor({ from, to, parameter, name, weight }) {
    return {
      kind: 'weight', top: to.sumName, bottom: from.name, value: weight, source: `weight ${name}`, symbols: name, numbers: (digits) => fine(weight, digits),
      parts: [{ parameter }, partOf(from), partOf(to)], neuron: to, from, given: [[name, weight]],
    };
  }

  lossFactor(neuron) {
    const { name, target, targetName, output } = neuron;
    const several = this.outputs.length > 1 && this.loss !== 'softmax' ? `, divided by ${this.outputs.length} outputs` : '';
    const isSoftmax = this.loss === 'softmax';
    const formula = isSoftmax ? (o, y) => `softmax(${o}) − ${y}` : LOSSES[this.loss][1];
    const symbols = formula(name, targetName) + several;
    const numbers = (resultDigits) => {
      if (isSoftmax) return `${fine(neuron.byOutput + target, enough([neuron.byOutput + target], ([p]) => p - target, resultDigits))} − ${target}`;
      const digits = enough([output], ([o]) => LOSSES[this.loss][0](o, target) / this.outputs.length, resultDigits);
      return formula(bracketed(output, digits), bracketed(target, digits)) + several;
    };
    return {
      kind: 'loss', top: 'L', bottom: name, value: neuron.byOutput, source: several ? 'derivative of the loss' : symbols, symbols,
      numbers, parts: [partOf(neuron)], neuron, given: [[name, output], [targetName, target]],
    };
  }

  #pathsFactor(neuron) {
    const paths = neuron.onward.map((edge) => ({
      via: edge.to.name + (edge.isResidual ? ', to which it is added' : ''),
      symbols: [slopeName(edge), ...(edge.isResidual ? [] : [edge.name])].join(' · '),
      numbers: (digits) => throughText(edge, digits),
      value: through(edge),
      parts: this.#onwards([edge]),
    }));
    const count = paths.length === 1 ? '1 path' : `${paths.length} paths`;
    const given = neuron.onward.flatMap((edge) => [[slopeName(edge), slope(edge)], ...(edge.isResidual ? [] : [[edge.name, edge.weight]])]);
    const symbols = paths.map((path) => path.symbols).join(' + ');
    return {
      kind: 'paths', top: 'L', bottom: neuron.name, value: neuron.byOutput, source: count, paths, symbols,
      parts: [partOf(neuron), ...this.#onwards(neuron.onward)], neuron, given,
    };
  }

  /** Returns the parts from some lines on to the loss; each neuron is visited once, however many paths lead to it. */
  #onwards(edges) {
    const parts = [];
    for (let layer = edges; layer.length > 0; ) {
      const neurons = new Set(layer.map(({ to }) => to));
      parts.push(...layer.map(lineOf), ...[...neurons].map(partOf));
      layer = [...neurons].flatMap(({ onward }) => onward);
    }
    return parts;
  }

  /** Returns the parts of the network on the paths from a parameter to the loss, from its input on. */
  path(parameter) {
    const { neuron, edge } = this.placeOf(parameter);
    return [...(edge ? [partOf(edge.from)] : []), { parameter }, partOf(neuron), ...this.#onwards(neuron.onward)];
  }

  /** Returns the neurons on these paths, in the order of the forward pass. */
  neuronsOf(parameter) {
    const { index } = this.placeOf(parameter).neuron;
    return this.path(parameter).filter(({ neuron }) => neuron >= index).map(({ neuron }) => this.neurons[neuron]);
  }

  /** Returns Σ of a neuron as a sum of products in symbols and numbers; at most `most` terms are written out. */
  sumOf(neuron, most = 3, resultDigits = undefined) {
    const ownBias = this.parameters[neuron.bias];
    const values = [...neuron.edges.flatMap(({ from, weight }) => [weight, from.output]), ownBias];
    const digits = enough(values, (shown) => neuron.edges.reduce((sum, _, i) => sum + shown[2 * i] * shown[2 * i + 1], shown.at(-1)), resultDigits);
    const terms = neuron.edges.map(({ name, from, weight }) => [`${name} · ${from.name}`, `${bracketed(weight, digits)} · ${bracketed(from.output, digits)}`]);
    const rest = terms.length - most;
    const shown = rest > 1 ? [...terms.slice(0, most), [`${rest} more`, `${rest} more`]] : terms;
    const [bias, value] = [this.shape.parameterNames[neuron.bias], bracketed(ownBias, digits)];
    return { symbols: [...shown.map(([symbols]) => symbols), bias].join(' + '), numbers: [...shown.map(([, numbers]) => numbers), value].join(' + ') };
  }

  /** Returns the loss in symbols and numbers; that of a class follows from its probability. */
  lossOf() {
    const { loss } = this.pass;
    const [first] = this.outputs;
    const digits = enough([Math.exp(-loss)], ([p]) => -Math.log(p)); // of the probability
    if (this.loss === 'softmax') {
      const at = this.pass.targets.indexOf(1);
      return `${this.probabilityOf(this.outputs[at], digits)}; L = −ln(p${at + 1}) = ${fine(loss)}`;
    }
    if (this.outputs.length > 1) return `L = the mean of ${LOSS_FORMULAS[this.loss]?.('o', 'y') ?? '−ln(p)'} over the outputs = ${fine(loss)}`;
    if (this.loss === 'cross') {
      const [isSecond, own] = [first.target === 1, fine(Math.exp(-loss), digits)];
      // 1 − p needs as many decimals as it is shown with.
      const probability = this.probabilityOf(first, isSecond ? digits : enough([sigmoid(first.output)], ([p]) => 1 - p, digits));
      return `${probability}; L = ${isSecond ? '−ln(p)' : `−ln(1 − p) = −ln(${own})`} = ${fine(loss)}`;
    }
    const formula = LOSS_FORMULAS[this.loss];
    const decimals = enough([first.output], ([o]) => loss + first.byOutput * (o - first.output));
    return `L = ${formula(first.name, first.targetName)} = ${formula(bracketed(first.output, decimals), bracketed(first.target, decimals))} = ${fine(loss)}`;
  }

  /** Returns how the output of a neuron follows from its sum; an output that is a class has its probability. */
  outputOf(neuron) {
    const probability = this.probabilityOf(neuron);
    const className = this.classes[this.loss === 'cross' ? 1 : this.outputs.indexOf(neuron)] ?? 'this class';
    if (probability !== '') return `${probability}, the probability of ${className}`;
    const { name, isSum, output } = neuron;
    return isSum ? `The output is the sum: ${name} = ${fine(output)}` : `${name} = ${activationText(neuron)} = ${fine(output)}`;
  }
}

/** Returns with how many digits the sum of a neuron has to be shown so that its output follows from it. */
export const digitsOfSum = ({ sum, output, derivative, isSum }) => (isSum ? undefined : enough([sum], ([shown]) => output + derivative * (shown - sum)));

/** Returns the numbers of the derivative through a line. */
export function throughText(edge, resultDigits) {
  const values = [slope(edge), ...(edge.isResidual ? [] : [edge.weight])];
  const digits = enough(values, product, resultDigits);
  return values.map((x, i) => (i === 0 ? fine(x, digits) : bracketed(x, digits))).join(' · ');
}

/** The derivative of the loss at the end of a line: at the sum of a neuron, or at its output for a residual connection. */
export const slope = ({ to, isResidual }) => (isResidual ? to.byOutput : to.bySum);
export const slopeName = ({ to, isResidual }) => `∂L/∂${isResidual ? to.name : to.sumName}`;

/** The part of ∂L/∂output that comes through a line. */
export const through = (edge) => slope(edge) * edge.weight;

/** Returns the line of a weight or of a residual connection as a part of the network. */
export const lineOf = ({ parameter, to, isResidual }) => (isResidual ? { residual: to.index } : { parameter });

/** Returns how the output of a neuron is computed from its sum. */
export const activationText = ({ kind, sumName, residual }) =>
  (kind === 'identity' ? sumName : `${kind}(${sumName})`) + (residual ? ` + ${residual.name}` : '');

const partOf = ({ input, index }) => (input === undefined ? { neuron: index } : { input });
