// The network: neurons as small maps, weights as lines by sign and size, and controls for the layers.

import { drawMap, signed } from './plots.js';

const SVG = 'http://www.w3.org/2000/svg';
const CELLS = 20;
const ACTIVATIONS = ['tanh', 'relu', 'sigmoid', 'identity', 'leaky_relu(0.01)', 'elu', 'silu', 'gelu', 'softplus'];
const SPOKEN = { identity: 'linear', 'leaky_relu(0.01)': 'leaky relu' };
export const spoken = (activation) => SPOKEN[activation] ?? activation;

export function activationOptions(chosen) {
  return ACTIVATIONS.map((name) => new Option(spoken(name), name, false, name === chosen));
}

const element = (name, attributes, parent) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent?.append(node);
  return node;
};

/** Formats a number with three significant digits. */
export const short = (x) => {
  if (!Number.isFinite(x)) return String(x);
  const size = Math.abs(x);
  const text = size !== 0 && (size < 0.001 || size >= 10000) ? x.toExponential(1) : String(Number(x.toPrecision(3)));
  return text.replace('-', '−');
};

export class Network {
  /** `on` has the callbacks `choose` and `layers`. */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.svg = element('svg', { role: 'img', 'aria-labelledby': 'net-title' }, null);
    root.append(this.svg);
    window.addEventListener('resize', () => this.shape && this.build(this.shape));
  }

  /** Lays out a network from the names of its inputs, its layers and the names of its parameters. */
  build(shape) {
    this.shape = shape;
    const { inputs, layers, parameterNames, neuronNames } = shape;
    this.root.querySelectorAll('.neuron, .layer-tools').forEach((node) => node.remove());
    this.svg.replaceChildren();
    const columns = [inputs.length, ...layers.map((layer) => layer.neurons)];
    const width = Math.max(this.root.clientWidth, 78 * columns.length);
    // Small networks have room for values between their neurons.
    const least = this.root.classList.contains('annotated') ? 88 : 56;
    const pitch = Math.max(least, Math.min(112, 448 / Math.max(...columns)));
    const [top, half] = [74, 18];
    const height = top + pitch * Math.max(...columns) + 10;
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.svg.style.width = `${width}px`;
    this.svg.style.height = `${height}px`;
    const x = (column) => 52 + (column * (width - 104)) / (columns.length - 1);
    const y = (neuron) => top + pitch * neuron + pitch / 2;

    element('title', { id: 'net-title' }, this.svg).textContent =
      `A network of ${inputs.length} inputs and layers of ${layers.map((layer) => layer.neurons).join(', ')} neurons. ` +
      'All its values are in the table of parameters.';
    this.edges = [];
    let parameter = 0;
    layers.forEach((layer, l) => {
      for (let j = 0; j < layer.neurons; j++) {
        for (let i = 0; i < columns[l]; i++) {
          const from = [x(l) + half, y(i)];
          const to = [x(l + 1) - half, y(j)];
          const bend = (to[0] - from[0]) / 2;
          const d = `M${from} C${from[0] + bend},${from[1]} ${to[0] - bend},${to[1]} ${to}`;
          const line = element('path', { d, class: 'edge' }, this.svg);
          const target = element('path', { d, class: 'edge-target' }, this.svg);
          const hint = element('title', {}, target);
          const index = parameter;
          target.addEventListener('click', () => this.on.choose(index));
          target.addEventListener('pointerenter', () => {
            hint.textContent = `${parameterNames[index]} = ${short(this.parameters[index])}. Click to edit or explain it.`;
          });
          const text = element('text', { class: 'edge-number' }, this.svg);
          const at = 0.5 + 0.22 * (((2 * i + j) % 3) - 1); // away from crossings
          text.setAttribute('x', from[0] + at * (to[0] - from[0]));
          text.setAttribute('y', from[1] + (3 * at ** 2 - 2 * at ** 3) * (to[1] - from[1]) - 3);
          this.edges.push({ line, text, width: '', parameter, name: parameterNames[parameter], layer: l, from: i, to: j });
          parameter++;
        }
        parameter++; // the bias
      }
    });

    this.neurons = [];
    const neuron = (column, row, name, bias) => {
      const box = document.createElement('div');
      box.className = 'neuron';
      box.style.left = `${x(column) - half}px`;
      box.style.top = `${y(row) - half}px`;
      const canvas = document.createElement('canvas');
      canvas.setAttribute('aria-hidden', 'true');
      box.append(canvas);
      const tag = document.createElement('span');
      tag.className = 'neuron-name';
      tag.textContent = name;
      box.append(tag);
      const numbers = document.createElement('span');
      numbers.className = 'neuron-numbers';
      box.append(numbers);
      let dot = null;
      if (bias !== null) {
        dot = document.createElement('button');
        dot.type = 'button';
        dot.className = 'bias';
        dot.setAttribute('aria-label', `bias ${parameterNames[bias]} of ${name}`);
        dot.addEventListener('click', () => this.on.choose(bias));
        box.append(dot);
      }
      this.neurons.push({ canvas, numbers, dot, bias, name });
      this.root.append(box);
    };
    inputs.forEach((name, i) => neuron(0, i, name, null));
    parameter = 0;
    layers.forEach((layer, l) => {
      for (let j = 0; j < layer.neurons; j++) {
        parameter += columns[l];
        neuron(l + 1, j, neuronNames[this.neurons.length - inputs.length], parameter);
        parameter++;
      }
      if (l + 1 < layers.length) this.#tools(l, layer, x(l + 1));
    });
  }

  #tools(l, layer, x) {
    const box = document.createElement('div');
    box.className = 'layer-tools';
    box.style.left = `${x}px`;
    const button = (text, label, change) => {
      const node = document.createElement('button');
      node.type = 'button';
      node.textContent = text;
      node.setAttribute('aria-label', `${label} layer ${l + 1}`);
      node.addEventListener('click', change);
      return node;
    };
    const row = document.createElement('span');
    row.append(
      button('−', 'Remove a neuron from', () => this.on.layers(l, layer.neurons - 1, layer.activation)),
      Object.assign(document.createElement('output'), { textContent: layer.neurons }),
      button('+', 'Add a neuron to', () => this.on.layers(l, layer.neurons + 1, layer.activation)),
    );
    const select = document.createElement('select');
    select.setAttribute('aria-label', `activation of layer ${l + 1}`);
    select.append(...activationOptions(layer.activation));
    select.addEventListener('change', () => this.on.layers(l, layer.neurons, select.value));
    box.append(row, select);
    this.root.append(box);
  }

  /** Draws the parameters and the output of each neuron on the plane. */
  draw(colours, parameters, maps, chosen) {
    this.parameters = parameters;
    const largest = Math.max(...this.edges.map((edge) => Math.abs(parameters[edge.parameter])), 1e-9);
    for (const edge of this.edges) {
      const weight = parameters[edge.parameter];
      const fraction = Math.min(1, Math.abs(weight) / Math.max(largest, 1));
      const width = (0.6 + 7 * fraction).toFixed(1);
      if (width !== edge.width) edge.line.style.strokeWidth = edge.width = width;
      edge.line.classList.toggle('negative', weight < 0);
      edge.line.classList.toggle('chosen', edge.parameter === chosen);
    }
    const size = CELLS * CELLS;
    this.neurons.forEach((neuron, index) => {
      drawMap(neuron.canvas, CELLS, (cell) => signed(colours, maps[index * size + cell]));
      if (neuron.dot) {
        const bias = parameters[neuron.bias];
        neuron.dot.style.background = `rgb(${signed(colours, bias)})`;
        neuron.dot.classList.toggle('chosen', neuron.bias === chosen);
        neuron.dot.title = `${this.shape.parameterNames[neuron.bias]} = ${short(bias)}, the bias of ${neuron.name}`;
      }
    });
  }

  /** Adds or removes room for the values of a sample. */
  setAnnotated(isAnnotated) {
    this.root.classList.toggle('annotated', isAnnotated);
    if (this.shape) this.build(this.shape);
  }

  /** Writes the values of a sample next to neurons and lines; without a sample, removes them. */
  annotate(pass, parameters, isHidden = false) {
    const inputs = this.shape.inputs.length;
    const output = (layer, index) => {
      if (layer === 0) return pass.inputs[index];
      const before = this.shape.layers.slice(0, layer - 1).reduce((sum, { neurons }) => sum + neurons, 0);
      return pass.neurons[before + index].output;
    };
    this.neurons.forEach((neuron, index) => {
      if (!pass) neuron.numbers.textContent = '';
      else if (index < inputs) neuron.numbers.textContent = short(pass.inputs[index]);
      else {
        const { sum, output: value, bySum, byOutput } = pass.neurons[index - inputs];
        // The local derivative of a neuron is that of its activation; along a line it is the weight.
        const derivative = byOutput === 0 ? '' : `  f′ ${short(bySum / byOutput)}`;
        neuron.numbers.textContent = `Σ ${short(sum)}\n= ${short(value)}${derivative}\n∂ ${short(byOutput)}`;
      }
    });
    const isReadable = this.edges.length <= 24;
    for (const edge of this.edges) {
      if (!pass || !isReadable) edge.text.textContent = '';
      else {
        const forward = parameters[edge.parameter] * output(edge.layer, edge.from);
        edge.text.textContent = `→ ${short(forward)}  ∂ ${isHidden ? '?' : short(pass.gradient[edge.parameter])}`;
      }
    }
  }
}

export { CELLS };
