// The row of factors in the card: ∂L/∂w as a product of fractions, each a button that marks its place in the network.

import { bracketed, enough, fine, fraction, make, product, symbols, total } from './maths.js';

/** The number of paths and of samples that are listed before "and n more"; on a phone fewer samples. */
const [MOST_PATHS, MOST_SAMPLES, MOST_ON_PHONE] = [2, 8, 4];

export class Factors {
  /** `light(parts)` marks parts of the network; `null` ends it. `choose` opens a parameter, `chooseSample` a sample. */
  constructor(root, { light, choose, chooseSample }) {
    this.root = root;
    this.on = { light, choose, chooseSample };
    this.items = [];
    this.isWhole = false;
  }

  /** Shows the factors of a parameter; keeps the buttons, and with them the focus, while only values change. */
  show(chain, parameter) {
    const factors = chain.factors(parameter);
    const name = chain.shape.parameterNames[parameter];
    this.#rebuild(factors.map(({ top, bottom }) => `${top}/${bottom}`).join() + name, () => {
      this.items = factors.map((factor, i) => this.#button(fraction(factor.top, factor.bottom), i));
      this.result = make('span', { className: 'f result' }, fraction('L', name), make('b'), make('small', {}, 'derivative ', gradientHelp()));
      this.detail = make('div', { className: 'detail' });
      const product = this.items.flatMap(({ button }, i) => (i === 0 ? [button] : [operator('·'), button]));
      this.root.append(make('span', { className: 'product' }, this.result, operator('='), ...product), this.detail);
      this.root.classList.toggle('long', factors.length > 4);
    });
    this.factors = factors;
    this.digits = enough(factors.map((factor) => factor.value), product);
    const [, value] = this.result.children;
    value.textContent = fine(chain.derivative(parameter));
    factors.forEach((factor, i) => {
      const { button, value, source } = this.items[i];
      value.textContent = fine(factor.value, this.digits);
      source.replaceChildren(...symbols(factor.source));
      button.setAttribute('aria-label', `∂${factor.top}/∂${factor.bottom} = ${fine(factor.value, this.digits)}, ${factor.source}`);
    });
    this.#explain();
  }

  /** Shows the mean over a batch: a button for each sample. */
  showBatch(name, samples, derivatives, mean, parts) {
    const most = this.root.clientWidth < 400 ? MOST_ON_PHONE : MOST_SAMPLES;
    this.#rebuild(`${name},${samples},${this.isWhole},${most}`, () => {
      this.items = [];
      const count = this.isWhole ? samples.length : Math.min(samples.length, most);
      this.result = make('span', { className: 'f result' }, fraction('L', name), make('b'), make('small', {}, `mean of ${samples.length}`));
      this.chips = samples.slice(0, count).map((sample) => make('button', {
        type: 'button', className: 'chip', click: () => this.on.chooseSample(sample),
        pointerenter: () => this.on.light(parts), pointerleave: () => this.on.light(null),
      }));
      const more = samples.length > count ? [this.#more(samples.length - count)] : [];
      const list = make('span', { className: 'chips' }, `1/${samples.length} · sum of`, ...this.chips, ...more);
      this.root.append(make('span', { className: 'product' }, this.result, operator('=')), list);
    });
    this.result.children[1].textContent = fine(mean);
    const digits = enough(derivatives, (shown) => total(shown) / shown.length);
    this.chips.forEach((chip, i) => (chip.textContent = `sample ${samples[i] + 1}: ${fine(derivatives[i], digits)}`));
    this.showAgain = () => this.showBatch(name, samples, derivatives, mean, parts);
  }

  /** Shows the formula of a neuron: a button for each product of a weight and an input, and for the bias. */
  showNeuron(chain, neuron) {
    const { edges, bias, name, kind, sum } = neuron;
    this.#rebuild(`neuron ${name} ${edges.length} ${kind}`, () => {
      const term = (parameter, ...label) => make('button', {
        type: 'button', className: 'f', click: () => this.on.choose(parameter),
        pointerenter: () => this.on.light([{ parameter }]), pointerleave: () => this.on.light(null),
        focus: () => this.on.light([{ parameter }]), blur: () => this.on.light(null),
      }, make('span', { className: 'term' }, ...label), make('b'), make('small'));
      this.terms = edges.map(({ parameter, name, from }) => term(parameter, ...symbols(`${name} · ${from.name}`)));
      this.terms.push(term(bias, ...symbols(chain.shape.parameterNames[bias])));
      this.result = make('span', { className: 'f result' }, make('span', { className: 'term' }, ...symbols(neuron.sumName)), make('b'), make('small', {}, 'sum'));
      this.detail = make('div', { className: 'detail' });
      this.root.classList.toggle('many', edges.length > 4);
      const all = this.terms.flatMap((button, i) => (i === 0 ? [button] : [operator('+'), button]));
      this.root.append(make('span', { className: 'product' }, this.result, operator('='), ...all), this.detail);
    });
    this.result.children[1].textContent = fine(sum);
    const digits = enough([...edges.map(({ weight, from }) => weight * from.output), chain.parameters[bias]], total);
    edges.forEach(({ weight, from }, i) => {
      const own = enough([weight, from.output], product, digits);
      this.terms[i].children[1].textContent = fine(weight * from.output, digits);
      this.terms[i].children[2].textContent = `${fine(weight, own)} · ${bracketed(from.output, own)}`;
    });
    this.terms.at(-1).children[1].textContent = fine(chain.parameters[bias], digits);
    this.terms.at(-1).children[2].textContent = 'bias';
    this.#describe([chain.outputOf(neuron)], neuron.isSum ? [] : [activationHelp()]);
  }

  /** Builds the row again if `key` changed. */
  #rebuild(key, build) {
    if (this.key === key) return;
    this.key = key;
    this.lit = this.pinned = null;
    this.factors = [];
    this.root.replaceChildren();
    this.root.classList.remove('many', 'long');
    build();
  }

  /** Removes what is lit, for the next parameter. */
  reset() {
    this.key = null;
    this.isWhole = false;
  }

  #button(symbol, i) {
    const [value, source] = [make('b'), make('small')];
    const light = (index) => {
      this.lit = index;
      this.#explain();
      const at = this.lit ?? this.pinned;
      this.on.light(at === null ? null : this.factors[at].parts);
    };
    const button = make('button', {
      type: 'button', className: 'f', 'aria-pressed': 'false',
      pointerenter: () => light(i), pointerleave: () => light(null), focus: () => light(i), blur: () => light(null),
      // A tap has no hover: a click keeps the factor marked until the next click.
      click: () => {
        this.pinned = this.pinned === i ? null : i;
        this.items.forEach((item, j) => item.button.setAttribute('aria-pressed', String(j === this.pinned)));
        light(i);
      },
    }, symbol, value, source);
    return { button, value, source };
  }

  /** Writes the formula of the marked factor, or its paths. */
  #explain() {
    const at = this.lit ?? this.pinned ?? this.factors.findIndex(({ paths }) => paths);
    this.items.forEach(({ button }, i) => button.classList.toggle('lit', i === (this.lit ?? this.pinned)));
    const factor = this.factors[at];
    if (!factor) return this.#describe([]);
    if (!factor.paths) {
      const steps = [`∂${factor.top}/∂${factor.bottom}`, factor.symbols, factor.numbers(this.digits), fine(factor.value, this.digits)];
      const isNew = (step, i) => step !== steps[i - 1];
      return this.#describe([steps.filter(isNew).join(' = ')], factor.kind === 'activation' ? [activationHelp()] : []);
    }
    const shown = this.isWhole ? factor.paths : factor.paths.slice(0, MOST_PATHS);
    const digits = enough(factor.paths.map((path) => path.value), total, this.digits);
    const rest = factor.paths.length - shown.length;
    this.#describe(shown.map((path) => `via ${path.via}: ${path.numbers(digits)} = ${fine(path.value, digits)}`), [], rest > 0 ? [this.#more(rest)] : []);
    this.showAgain = () => this.#explain();
  }

  /** Writes the lines of the detail; keeps its buttons, and with them the focus, while only numbers change. */
  #describe(lines, ending = [], after = []) {
    const [texts, kept] = [this.detail.querySelectorAll('.text'), `${lines.length} ${ending.length} ${after.map((node) => node.textContent)}`];
    const isNew = this.detail.dataset.kept !== kept || texts.length !== lines.length;
    this.detail.dataset.kept = kept;
    if (isNew) this.detail.replaceChildren(...lines.map((text, i) => make('p', {}, make('span', { className: 'text' }, ...symbols(text)), ...(i + 1 === lines.length ? ending.flatMap((node) => [' ', node]) : []))), ...after);
    else lines.forEach((text, i) => texts[i].replaceChildren(...symbols(text)));
  }

  /** Frees the factor that a click has marked. */
  free() {
    if (this.pinned === null || this.pinned === undefined) return;
    this.lit = this.pinned = null;
    this.items.forEach(({ button }) => button.setAttribute('aria-pressed', 'false'));
    if (this.factors.length > 0) this.#explain();
  }

  #more(count) {
    return make('button', {
      type: 'button', className: 'more-lines',
      click: () => {
        this.isWhole = true;
        this.showAgain();
      },
    }, `and ${count} more`);
  }
}

const gradientHelp = () => make('button', { type: 'button', className: 'q', 'data-help': 'gradient', 'aria-label': 'What is a gradient?' }, '?');
const activationHelp = () => make('button', { type: 'button', className: 'q', 'data-help': 'activation', 'aria-label': 'What is an activation?' }, '?');
const operator = (text) => make('span', { className: 'op', 'aria-hidden': 'true' }, text);
