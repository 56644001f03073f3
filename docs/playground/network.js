// The network: features and neurons as small maps, weights as lines by sign and size, and controls for the layers.
// Positions are percentages of the stage, so that a resize needs no drawing.

import { settle } from './labels.js';
import { sizeOf } from './sizes.js';
import { symbols } from './maths.js';
import { drawMap, drawShape, css, signed } from './plots.js';

const SVG = 'http://www.w3.org/2000/svg';
const CELLS = 20;
const ACTIVATIONS = ['tanh', 'relu', 'sigmoid', 'identity', 'leaky_relu(0.01)', 'elu', 'silu', 'gelu', 'softplus'];
const SPOKEN = { identity: 'linear', 'leaky_relu(0.01)': 'leaky relu' };
export const spoken = (activation) => SPOKEN[activation] ?? activation;

/** The features as functions of the plane, for the maps of those that the network does not use. */
const FEATURES = {
  x1: (a) => a, x2: (_, b) => b, 'x1^2': (a) => a * a, 'x2^2': (_, b) => b * b, x1x2: (a, b) => a * b,
  sin1: (a) => Math.sin(a), sin2: (_, b) => Math.sin(b),
};
/** With more hidden neurons only those of the chosen path have names, while the card is open. */
const MOST_NAMED = 8;
/** Moving dashes on more lines than this cost too much of a frame. */
const MOST_FLOWING = 120;

export function activationOptions(chosen) {
  return ACTIVATIONS.map((name) => new Option(spoken(name), name, false, name === chosen));
}

const svg = (name, attributes, parent) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent?.append(node);
  return node;
};
const html = (name, properties, parent) => {
  const node = Object.assign(document.createElement(name), properties);
  parent?.append(node);
  return node;
};
const button = (className, textContent, label, click) => {
  const node = html('button', { type: 'button', className, textContent });
  node.setAttribute('aria-label', label);
  node.addEventListener('click', click);
  return node;
};

/** Formats a number with three significant digits. */
export const short = (x) => {
  if (!Number.isFinite(x)) return String(x);
  const size = Math.abs(x);
  const text = size !== 0 && (size < 0.001 || size >= 10000) ? x.toExponential(1) : String(Number(x.toPrecision(3)));
  return text.replace('-', '−');
};

/** Writes a name such as x1² with its digits as subscript; a name of a column stays as it is. */
export function writeName(node, text) {
  const isSymbol = /^(sin )?(x\d[²·]?)+$/.test(text);
  node.classList.toggle('word', !isSymbol);
  node.replaceChildren(...(isSymbol ? text.split(/(\d)/).map((part) => {
    if (!/^\d$/.test(part)) return part.replace('·', '');
    return html('sub', { textContent: part });
  }) : [text]));
}

export class Network {
  /** `page` has the state, and is told of choices and changes. */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.rail = document.getElementById('rail');
    this.features = new Map();
    this.added = []; // the elements of the present network
    this.lines = svg('svg', { class: 'lines', viewBox: '0 0 100 100', preserveAspectRatio: 'none', role: 'group', 'aria-label': 'Weights' });
    root.prepend(this.lines);
    this.lines.addEventListener('keydown', (event) => this.#walk(event));
    this.weights = html('div', { className: 'weights' }, root);
    this.texts = { neurons: new Map(), inputs: new Map() };
    this.labels = [];
    page.on('mark', () => this.mark());
    new ResizeObserver(() => this.shape && this.#spaceLayers()).observe(this.rail);
    new ResizeObserver(() => {
      this.settled = null;
      if (this.shape) this.#writeValues();
    }).observe(root);
    for (const [key, name] of page.engine.inputs()) this.#addFeature(key, name);
  }

  #addFeature(key, name) {
    const label = html('label', { className: 'feature' }, document.getElementById('inputs'));
    const input = html('input', { type: 'checkbox', value: key }, label);
    const canvas = html('canvas', {}, label);
    const tag = html('span', { className: 'name' }, label);
    const value = html('span', { className: 'val' }, label);
    this.features.set(key, { label, input, canvas, tag, value, name });
    input.addEventListener('change', () => {
      const chosen = [...this.features.keys()].filter((each) => this.features.get(each).input.checked);
      if (chosen.length === 0) input.checked = true; // a network needs at least one feature
      else this.page.set('inputs', chosen.join(','));
    });
    this.#enlarges(label, { feature: key });
  }

  /** Shows a map in place of the output while the pointer or the focus is on it. */
  #enlarges(node, item) {
    node.addEventListener('pointerenter', (event) => event.pointerType === 'mouse' && this.page.enlarge(item));
    node.addEventListener('pointerleave', () => this.page.enlarge(null));
    node.addEventListener('focusin', (event) => event.target.matches(':focus-visible') && this.page.enlarge(item));
    node.addEventListener('focusout', () => this.page.enlarge(null));
  }

  /** Lays out a network from the names of its inputs, its layers and the names of its parameters. */
  build(shape) {
    this.shape = shape;
    this.added.forEach((node) => node.remove());
    this.added = [];
    this.lines.replaceChildren();
    this.#place();
    this.#drawFeatures();
    this.#buildLines();
    this.#buildNeurons();
    this.#buildLayers();
    this.#placeCallouts();
    this.pass = null; // of the previous network
    this.settled = null;
    this.#drawMarks();
  }

  /** Returns true if features that are off fold away: with the card open, or where features are hidden. */
  #hasToFold() {
    return !document.getElementById('card').hidden || document.body.classList.contains('without-features');
  }

  /** Folds or unfolds the features that are off, if that has changed; returns false if it has not. */
  fold() {
    if (!this.shape || this.isFolded === this.#hasToFold()) return false;
    this.build(this.shape);
    this.page.draw();
    return true;
  }

  /** Finds the position of each feature and neuron, in percent of the stage. */
  #place() {
    const { inputs, layers } = this.shape;
    const used = this.page.state.inputs.split(',');
    this.isFolded = this.#hasToFold();
    const isShown = (key) => used.includes(key) || (!this.isFolded && (key !== 'own' || this.page.state.formula !== ''));
    this.keys = [...this.features.keys()].filter(isShown);
    this.used = used.filter((key) => this.features.has(key));
    const hidden = layers.slice(0, -1).map((layer) => layer.neurons);
    this.rows = Math.max(this.keys.length, ...hidden, layers.at(-1).neurons);
    this.root.style.setProperty('--rows', this.rows);
    this.root.style.setProperty('--columns', layers.length + 1);
    const y = (row) => (100 * (row + 0.5)) / this.rows;
    const x = (layer) => (100 * layer) / (hidden.length + (hidden.length > 3 ? 0.9 : 0.6));
    const before = hidden.at(-1) ?? inputs.length;
    const outputs = layers.at(-1).neurons;
    // The outputs are at mid-height of the last layer.
    const top = Math.max(0, Math.min(this.rows - outputs, (before - outputs) / 2));
    this.places = [
      this.used.map((key) => [0, y(this.keys.indexOf(key))]),
      ...hidden.map((neurons, l) => Array.from({ length: neurons }, (_, j) => [x(l + 1), y(j)])),
      Array.from({ length: outputs }, (_, j) => [100, y(top + j)]),
    ];
  }

  #drawFeatures() {
    const { names } = this.page;
    for (const [key, feature] of this.features) {
      const row = this.keys.indexOf(key);
      const isUsed = this.used.includes(key);
      feature.label.style.cssText = `left: 0; top: ${(100 * (row + 0.5)) / this.rows}%`;
      feature.label.classList.toggle('folded', row < 0);
      feature.label.classList.toggle('neuron', isUsed);
      feature.input.checked = isUsed;
      const name = { x1: names.names[0], x2: names.names[1], own: this.page.formulaOf('formula') || feature.name }[key] ?? feature.name;
      feature.shown = name;
      writeName(feature.tag, name);
      feature.label.title = feature.tag.classList.contains('word') ? name : '';
      const values = this.#featureMap(key, CELLS);
      drawMap(feature.canvas, CELLS, (cell) => signed(this.page.colours, values[cell]));
    }
  }

  #buildLines() {
    const { layers, parameterNames, parameterPlaces } = this.shape;
    const marks = svg('g', {}, this.lines);
    const drawn = svg('g', {}, this.lines);
    this.edges = [];
    this.skips = [];
    let [parameter, before] = [0, 0]; // of the layer
    layers.forEach((layer, l) => {
      for (let j = 0; j < layer.neurons; j++) {
        if (layer.isResidual) this.#buildSkip(before + j, this.places[l][j], this.places[l + 1][j], marks, drawn);
        for (const [i, from] of this.places[l].entries()) {
          const to = this.places[l + 1][j];
          const middle = (from[0] + to[0]) / 2;
          const d = `M${from} C${middle},${from[1]} ${middle},${to[1]} ${to}`;
          const mark = svg('path', { d, class: 'edge-mark' }, marks);
          const line = svg('path', { d, class: 'edge' }, drawn);
          svg('path', { d, class: 'flow' }, drawn);
          const target = svg('path', { d, class: 'edge-target', role: 'button', tabindex: -1 }, drawn);
          const hint = svg('title', {}, target);
          const index = parameter++;
          target.setAttribute('aria-label', `${parameterNames[index]}, ${parameterPlaces[index]}`);
          target.addEventListener('click', () => this.page.choose(index, true));
          target.addEventListener('pointerenter', () => {
            hint.textContent = `${parameterNames[index]} = ${short(this.parameters[index])}. Click it to see its derivative.`;
          });
          this.edges.push({ parameter: index, mark, line, target, width: '', from, to });
        }
        parameter++; // the bias
      }
      before += layer.neurons;
    });
  }

  /** Draws a residual connection, which adds the output of a neuron to that of the next one. */
  #buildSkip(neuron, from, to, marks, drawn) {
    const above = from[1] - 45 / this.rows;
    const d = `M${from} C${from[0]},${above} ${to[0]},${above} ${to}`;
    this.skips.push({ neuron, nodes: [svg('path', { d, class: 'skip' }, drawn), svg('path', { d, class: 'edge-mark' }, marks)] });
  }

  #buildNeurons() {
    const { layers, neuronNames, parameterNames } = this.shape;
    this.neurons = [];
    let bias = -1;
    layers.forEach((layer, l) => {
      const isOutput = l + 1 === layers.length;
      for (let j = 0; j < layer.neurons; j++) {
        bias += this.places[l].length + 1;
        const [own, index, name] = [bias, this.neurons.length, neuronNames[this.neurons.length]];
        const [x, y] = this.places[l + 1][j];
        const box = html('div', { className: isOutput ? 'neuron sum' : 'neuron' }, this.root);
        box.style.cssText = `left: ${x}%; top: ${y}%`;
        const face = button('face', isOutput ? 'Σ' : '', `neuron ${name}`, () => this.page.card.openNeuron(index));
        const canvas = isOutput ? null : html('canvas', {}, face);
        const dot = button('bias', '', `bias ${parameterNames[own]} of ${name}`, () => this.page.choose(own, true));
        dot.tabIndex = -1; // the card of the neuron leads to its bias
        const value = html('span', { className: 'val' });
        box.append(face, dot, value);
        if (isOutput && layer.neurons > 1) html('canvas', { className: 'class', width: 28, height: 28 }, box);
        this.#enlarges(face, { neuron: index });
        const tag = html('span', { className: 'tag' }, this.root);
        tag.setAttribute('aria-hidden', 'true'); // the label of the neuron has its name
        this.neurons.push({ box, canvas, dot, value, tag, bias: own, name });
        this.added.push(box, tag);
        if (isOutput) {
          const axon = html('i', { className: 'axon' }, this.root);
          axon.style.top = `${y}%`;
          this.added.push(axon);
        }
      }
    });
    this.#drawClasses();
  }

  /** Draws the shape of its class at each of several outputs. */
  #drawClasses() {
    this.root.querySelectorAll('.sum .class').forEach((canvas, i) => {
      const context = canvas.getContext('2d');
      context.clearRect(0, 0, 28, 28);
      context.fillStyle = css(this.page.colours.classes[i]);
      drawShape(context, i, 14, 14, 9);
      context.fill();
    });
  }

  #buildLayers() {
    const layers = this.shape.layers.slice(0, -1);
    layers.forEach((layer, l) => {
      const change = (neurons, activation) => this.page.changeLayer(l, neurons, activation);
      const box = html('div', { className: 'layer' }, this.rail);
      box.style.left = `${this.places[l + 1][0][0]}%`;
      const pill = button('pill', layer.neurons, `layer ${l + 1}: ${layer.neurons} ${spoken(layer.activation)}`, () => {
        this.open = this.open === l ? -1 : l;
        this.#showOpen();
      });
      html('span', { textContent: ` ${spoken(layer.activation)}` }, pill);
      const tools = html('div', { className: 'layer-tools' });
      const count = html('span', {});
      count.append(html('b', { textContent: layer.neurons }), html('span', { className: 'word', textContent: layer.neurons === 1 ? ' neuron' : ' neurons' }));
      const select = html('select', {});
      select.setAttribute('aria-label', `activation of layer ${l + 1}`);
      select.append(...activationOptions(layer.activation));
      select.addEventListener('change', () => change(layer.neurons, select.value));
      const fewer = button('pm', '−', `Remove a neuron from layer ${l + 1}`, () => change(layer.neurons - 1, layer.activation));
      const more = button('pm', '+', `Add a neuron to layer ${l + 1}`, () => change(layer.neurons + 1, layer.activation));
      [fewer.disabled, more.disabled] = [layer.neurons === 1, layer.neurons === this.page.most.neurons];
      tools.append(fewer, count, select, more);
      box.append(pill, tools);
      this.added.push(box);
    });
    this.#showOpen();
    this.#spaceLayers();
  }

  /** Shows the controls of the layer whose pill is open. */
  #showOpen() {
    this.rail.querySelectorAll('.pill').forEach((pill, l) => pill.setAttribute('aria-expanded', String(l === this.open)));
  }

  /** Chooses the form of the controls of the layers by the room between them. */
  #spaceLayers() {
    const room = sizeOf(this.rail).width / (this.shape.layers.length - 1 + 0.6);
    this.rail.classList.toggle('narrow-layers', room < 145);
    this.rail.classList.toggle('close-layers', room < 205);
    this.rail.classList.toggle('tight-layers', room < 70);
  }

  /** The call-outs lie below the layers; where there is no room, they are hidden. */
  #placeCallouts() {
    const [one, two] = this.root.querySelectorAll('.callout');
    const hidden = this.places.slice(1, -1);
    const last = hidden.at(-1);
    const longest = Math.max(0, ...hidden.map((layer) => layer.length));
    one.hidden = two.hidden = hidden.length === 0 || longest > this.rows - 3 || hidden.length > 3;
    if (one.hidden) return;
    one.style.cssText = `left: calc(${hidden[0][0][0]}% + 26px); top: calc(${(100 * hidden[0].length) / this.rows}% + 38px)`;
    const isNarrow = sizeOf(this.root).width < 400; // then the second one lies below all layers
    const height = (100 * (isNarrow ? longest + 1.2 : Math.max(last.length + 1.4, longest - 0.4))) / this.rows;
    const left = hidden.length === 1 ? 20 : Math.max(50, last[0][0] - 8); // beside a single layer, or below the last one
    two.style.cssText = `left: calc(${left}% + 8px); top: ${height}%`;
    two.hidden = !isNarrow && hidden.length > 1 && last.length + 1.4 > longest - 0.4 && last.length > 2;
  }

  /** Moves along the lines with the arrow keys; Enter chooses one. Only one line is in the order of Tab. */
  #walk(event) {
    const at = this.edges.findIndex(({ target }) => target === event.target);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) this.#focusLine((at + step + this.edges.length) % this.edges.length);
    else if (event.key === 'Enter' || event.key === ' ') this.page.choose(this.edges[at].parameter, true);
    else return;
    event.preventDefault();
  }

  /** Moves the focus to the line or bias of a parameter, or to a neuron. */
  focus({ parameter, neuron }) {
    const line = this.edges.findIndex((edge) => edge.parameter === parameter);
    if (line >= 0) return this.#focusLine(line);
    const { box, dot } = this.neurons.find(({ bias }, i) => i === neuron || bias === parameter);
    (neuron === undefined ? dot : box.querySelector('.face')).focus({ preventScroll: true });
  }

  #focusLine(at) {
    this.edges.forEach(({ target }, i) => target.setAttribute('tabindex', i === at ? 0 : -1));
    this.edges[at].target.focus({ preventScroll: true });
  }

  /** Draws the parameters and the output of each neuron on the plane. */
  draw(colours, parameters, maps, chosen) {
    this.parameters = parameters;
    this.maps = maps;
    const largest = Math.max(...this.edges.map((edge) => Math.abs(parameters[edge.parameter])), 1);
    for (const edge of this.edges) {
      const weight = parameters[edge.parameter];
      const width = (0.8 + 6 * Math.min(1, Math.abs(weight) / largest)).toFixed(1);
      if (width !== edge.width) edge.line.style.strokeWidth = edge.width = width;
      edge.line.classList.toggle('negative', weight < 0);
      edge.line.classList.toggle('zero', weight === 0);
    }
    const inTab = this.edges.find(({ parameter }) => parameter === chosen) ?? this.edges[0];
    if (!this.lines.contains(document.activeElement)) {
      this.edges.forEach(({ target }) => target.setAttribute('tabindex', target === inTab.target ? 0 : -1));
    }
    const size = CELLS * CELLS;
    const drawAt = (canvas, index) => drawMap(canvas, CELLS, (cell) => signed(colours, maps[index * size + cell]));
    this.used.forEach((key, index) => drawAt(this.features.get(key).canvas, index));
    this.neurons.forEach((neuron, index) => {
      if (neuron.canvas) drawAt(neuron.canvas, this.used.length + index);
      const bias = parameters[neuron.bias];
      neuron.dot.classList.toggle('negative', bias < 0);
      neuron.dot.classList.toggle('zero', bias === 0);
      neuron.dot.title = `${this.shape.parameterNames[neuron.bias]} = ${short(bias)}, the bias of ${neuron.name}`;
    });
    this.root.classList.toggle('flowing', this.page.isPlaying && this.edges.length <= MOST_FLOWING);
  }

  /** Returns the name of a { neuron } or { feature } and its output at each cell of the plane. */
  mapOf({ neuron, feature }, cells) {
    const count = cells * cells;
    if (neuron !== undefined) {
      const index = this.used.length + neuron;
      return { name: this.shape.neuronNames[neuron], values: this.page.engine.maps(cells).subarray(index * count, (index + 1) * count) };
    }
    return { name: this.features.get(feature).shown, values: this.#featureMap(feature, cells) };
  }

  #featureMap(key, cells) {
    const side = this.page.names.size;
    const at = (i) => side * ((2 * i + 1) / cells - 1);
    return Array.from({ length: cells * cells }, (_, i) => FEATURES[key]?.(at(i % cells), at(Math.floor(i / cells))) ?? 0);
  }

  /** Draws what depends on the theme alone. */
  recolour() {
    this.#drawFeatures();
    this.#drawClasses();
  }

  /** Lights the marked parts, writes their texts, and fades the other lines. */
  mark() {
    if (!this.fold()) this.#drawMarks();
  }

  #drawMarks() {
    const parts = this.page.marked;
    const marked = (key) => new Map(parts.filter((part) => part[key] !== undefined).map((part) => [part[key], part]));
    const [parameters, neurons, inputs, residuals] = ['parameter', 'neuron', 'input', 'residual'].map(marked);
    for (const { neuron, nodes } of this.skips) for (const node of nodes) node.classList.toggle('lit', residuals.has(neuron));
    this.root.classList.toggle('marking', parts.length > 0);
    this.weights.replaceChildren();
    this.labels = [];
    for (const { parameter, line, mark, from, to } of this.edges) {
      const part = parameters.get(parameter);
      for (const node of [line, mark]) node.classList.toggle('lit', part !== undefined);
      if (part?.text === undefined) continue;
      const node = html('span', { className: 'weight' }, this.weights);
      this.labels.push({ node, from, to, texts: [part.text, part.text.split(' ').at(-1)] });
    }
    this.neurons.forEach(({ box, dot, bias }, index) => {
      box.classList.toggle('lit', neurons.has(index));
      dot.classList.toggle('lit', parameters.has(bias));
    });
    for (const [key, { label }] of this.features) label.classList.toggle('lit', inputs.has(this.used.indexOf(key)));
    this.texts = { neurons, inputs };
    this.#writeValues();
  }

  /** Writes the sum and the output of each neuron for a sample; `null` writes those of the marked neurons alone. */
  annotate(pass) {
    this.pass = pass;
    this.#writeValues();
  }

  /** Returns the neurons whose names are shown. */
  #named() {
    const hidden = this.neurons.filter(({ canvas }) => canvas !== null).length;
    if (hidden <= MOST_NAMED) return this.neurons;
    return document.getElementById('card').hidden ? [] : this.neurons.filter((_, i) => this.texts.neurons.has(i));
  }

  #writeValues() {
    if (this.page.isOpening) return; // measuring the layout would delay the first picture
    const { pass, texts } = this;
    const values = [];
    const add = (node, box, text = '') => {
      if (text !== '') values.push({ node, box, texts: [text, text.split(' → ').at(-1)] });
      else if (node.firstChild) node.replaceChildren();
    };
    this.used.forEach((key, i) => {
      const { value, label } = this.features.get(key);
      add(value, label, texts.inputs.get(i)?.text ?? (pass ? short(pass.inputs[i]) : ''));
    });
    for (const [key, { value, label }] of this.features) if (!this.used.includes(key)) add(value, label);
    this.neurons.forEach(({ value, box }, i) => {
      const { sum, output } = pass?.neurons[i] ?? {};
      add(value, box, texts.neurons.get(i)?.text ?? (pass ? `Σ ${short(sum)} → ${short(output)}` : ''));
    });
    const names = this.#named().map(({ tag, box, name }) => ({ node: tag, box, texts: [name] }));
    const isNamed = new Set(names.map(({ node }) => node));
    for (const { tag } of this.neurons) if (!isNamed.has(tag) && tag.firstChild) tag.replaceChildren();
    if (values.length === 0 && this.labels.length === 0) {
      const key = names.map(({ texts }) => texts).join();
      if (key === this.settled) return; // measuring the layout takes time
      this.settled = key;
    } else this.settled = null;
    if (sizeOf(this.root).width / this.shape.layers.length <= 110) for (const { texts } of values) texts.shift();
    const isShown = ({ label }) => !label.classList.contains('folded');
    settle({
      stage: this.root, labels: this.labels, values, names, write: (node, text) => node.replaceChildren(...symbols(text)),
      boxes: [...[...this.features.values()].filter(isShown).map(({ label }) => label), ...this.neurons.map(({ box }) => box)],
      others: [...document.querySelectorAll('.net .head button, .net .head select, #card, #plane')].filter((node) => node.checkVisibility({ visibilityProperty: true })),
    });
  }
}

export { CELLS };
