// The exercise: the card with fields instead of values. The asker chooses what is hidden; each field has three tries, and a
// wrong value is explained where possible. The score is a digit for each parameter in the link.

import { bracketed, fine, fraction, make, symbols, typed } from './maths.js';

const TRIES = 3;
/** A sum over more paths is given: it would take too long by hand. */
const MOST_PATHS = 3;
/** The largest number of sums or outputs of one question, from the chosen neuron on. */
const MOST_NEURONS = 4;
const HIDDEN = { factors: 'every factor', derivative: 'only the derivative', sums: 'the sums Σ', outputs: 'the outputs' };
const [OPEN, RIGHT, SHOWN] = ['0', '1', '2'];
const NUMBERS = ['No', 'One', 'Two', 'Three'];

const byId = (id) => document.getElementById(id);
/** Accepts 1.5 % of rounding. */
const near = (a, b) => Math.abs(a - b) <= Math.max(0.015 * Math.abs(b), 1e-4);

export class Drill {
  constructor(page) {
    this.page = page;
    this.card = page.card;
    this.root = byId('drill');
    this.isAsking = false;
    this.hidden = 'factors';
    this.items = [];
    this.#build();
    byId('quiz').addEventListener('click', () => this.start());
    this.card.onShape = (hidden) => this.#follow(hidden);
    this.card.onDraw = () => this.#valuesChanged();
    this.card.onClose = () => this.#end();
    this.card.hidesValues = () => this.isAsking && ['sums', 'outputs'].includes(this.hidden);
  }

  #build() {
    this.title = make('h3');
    this.dots = make('span', { className: 'dots' }, ...Array.from({ length: TRIES }, () => make('i')));
    this.left = make('small');
    this.tries = make('span', { className: 'tries', role: 'img' }, this.dots, this.left);
    const close = make('button', { type: 'button', id: 'drill-close', 'aria-label': 'End the exercise', click: () => this.stop() }, '×');
    this.row = make('div', { className: 'chain' });
    this.given = make('p', { id: 'drill-given' });
    this.verdict = make('p', { id: 'drill-verdict', role: 'status' });
    this.select = make('select', {
      id: 'drill-hide',
      change: () => {
        this.hidden = this.select.value;
        this.#ask();
        this.page.remember();
      },
    }, ...Object.entries(HIDDEN).map(([key, text]) => new Option(text, key)));
    this.score = make('span', { className: 'score', id: 'drill-score' });
    this.button = make('button', { type: 'button', id: 'drill-check', className: 'solid', click: () => (this.isDone() ? this.#next() : this.#check(this.items)) });
    const foot = make('div', { className: 'steps' }, make('label', { className: 'hide' }, 'Hide ', this.select), this.score, this.button);
    this.root.append(make('div', { className: 'card-head' }, this.title, this.tries, close), this.row, this.given, this.verdict, foot);
  }

  /** Asks for the chosen parameter. */
  start() {
    this.page.pause();
    this.card.showOneSample();
    this.isAsking = true;
    this.root.hidden = false;
    byId('card-explained').hidden = true;
    this.#ask();
    this.page.remember();
  }

  /** Shows the exercise of a link: `hidden` is what its `drill` hides; undefined for no exercise. */
  #follow(hidden) {
    if (hidden === undefined) return this.#end();
    this.hidden = this.select.value = hidden;
    if (!this.isAsking) this.start();
  }

  /** Goes back to the factors with their values. */
  stop() {
    this.#end();
    this.card.draw(true);
    byId('quiz').focus({ preventScroll: true });
    this.page.remember();
  }

  #end() {
    if (!this.isAsking) return;
    this.isAsking = false;
    delete this.page.state.drill;
    this.root.hidden = true;
    byId('card-explained').hidden = false;
    this.page.draw(); // the table below shows its derivatives again
  }

  /** A question is about the values on screen: other values are another question, and training ends the exercise. */
  #valuesChanged() {
    if (!this.isAsking || this.card.key === this.key) return;
    if (this.page.isPlaying) this.#end();
    else this.#ask();
  }

  #ask() {
    this.page.state.drill = this.hidden;
    this.key = this.card.key;
    this.chain = this.card.chain;
    this.parameter = this.page.chosen;
    this.name = this.page.shape.parameterNames[this.parameter];
    this.items = this.hidden === 'sums' || this.hidden === 'outputs' ? this.#neuronItems() : this.#factorItems();
    const isDerivative = this.hidden === 'factors' || this.hidden === 'derivative';
    const what = isDerivative ? `∂L/∂${this.name}` : this.hidden === 'sums' ? 'each sum Σ' : 'each output';
    this.title.replaceChildren(make('b', {}, 'Your turn:'), make('span', { className: 'words' }, ' what is'), ' ', ...symbols(what), make('small', {}, ` for sample ${this.page.sample + 1}?`));
    this.row.classList.toggle('rows', !isDerivative); // the hint of a sum is long
    this.row.replaceChildren(...this.items.flatMap((item, i) => (i > 0 && item.sign ? [make('span', { className: 'op', 'aria-hidden': 'true' }, item.sign), item.box] : [item.box])));
    const given = new Map(this.items.flatMap((item) => item.given ?? []));
    const list = [...given].map(([name, value]) => `${name} = ${fine(value)}`).join(', ');
    this.given.replaceChildren(...(list === '' ? [] : symbols(`Given: ${list}`)));
    this.verdict.textContent = '';
    this.#drawScore();
    this.#drawButton();
    this.#drawTries(this.items.find((item) => item.isAsked));
    this.card.draw(true); // the marks, without values that are asked for
    this.page.draw();
    this.#focusNext();
  }

  // What is asked.

  /** The factors and the derivative; with only the derivative hidden, the factors have their values. */
  #factorItems() {
    const factors = this.chain.factors(this.parameter);
    const items = factors.map((factor, i) => {
      const isAsked = this.hidden === 'factors' && !(factor.paths?.length > MOST_PATHS);
      const item = this.#item({
        name: `∂${factor.top}/∂${factor.bottom}`, symbol: fraction(factor.top, factor.bottom), truth: factor.value,
        hint: factor.source, isAsked, parts: factor.parts, mistake: (answer) => mistakeOf(factor, answer),
      });
      item.sign = i === 0 ? '' : '·';
      item.given = isAsked ? factor.given : [];
      return item;
    });
    const truth = this.chain.derivative(this.parameter);
    const last = this.#item({
      name: `∂L/∂${this.name}`, symbol: fraction('L', this.name), truth, hint: 'derivative', isAsked: true,
      parts: this.chain.path(this.parameter), mistake: (answer) => mistakeOfProduct(factors, truth, answer),
    });
    last.sign = '=';
    return [...items, last];
  }

  /** The sums, or the outputs, of the neurons from the parameter to the loss. */
  #neuronItems() {
    const neurons = this.chain.neuronsOf(this.parameter).slice(0, MOST_NEURONS);
    return neurons.map((neuron) => {
      const { name, sumName, kind, residual, sum, output } = neuron;
      const parts = [{ neuron: neuron.index }];
      if (this.hidden === 'outputs') {
        const added = residual ? ` + ${bracketed(residual.output)}` : '';
        const hint = (kind === 'identity' ? `${fine(sum)}, linear` : `${kind}(${fine(sum)})`) + added;
        const mistake = (answer) => (near(answer, sum) ? `${fine(answer)} is the sum; apply ${kind} to it` : `compute ${hint}`);
        return this.#item({ name, symbol: make('span', { className: 'term' }, ...symbols(name)), truth: output, hint, isAsked: true, parts, mistake });
      }
      const formula = this.chain.sumOf(neuron, Infinity);
      const label = sumName === name ? `sum of ${name}` : sumName;
      return this.#item({
        name: label, symbol: make('span', { className: 'term' }, ...symbols(label)), truth: sum, hint: formula.numbers, isAsked: true, parts,
        mistake: (answer) => mistakeOfSum(neuron, this.chain.parameters[neuron.bias], answer) ?? `compute ${formula.symbols}`,
      });
    });
  }

  #item({ name, symbol, truth, hint, isAsked, parts, mistake }) {
    const item = { name, truth, hint, isAsked, mistake, tries: TRIES, isRight: false, isShown: !isAsked, note: make('small', {}, ...symbols(hint)) };
    item.input = make('input', {
      inputmode: 'text', autocomplete: 'off', placeholder: '?', 'aria-label': `Your value of ${name}`,
      focus: () => {
        this.#drawTries(item);
        this.page.mark(parts);
      },
      blur: () => this.isAsking && this.card.draw(true),
      keydown: (event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault(); // the key would press Next, which gets the focus after the last field
        this.#check([item]);
      },
    });
    item.box = make('span', { className: 'f' }, symbol, isAsked ? item.input : make('b', {}, fine(truth)), item.note);
    return item;
  }

  // Checking.

  isDone() {
    return this.items.every((item) => item.isRight || item.isShown);
  }

  /** Checks the filled fields of `items`, each for itself. */
  #check(items) {
    const filled = items.filter((item) => item.isAsked && !item.isRight && !item.isShown && item.input.value.trim() !== '');
    const unreadable = filled.find((item) => Number.isNaN(typed(item.input.value)));
    if (filled.length === 0 || unreadable) {
      this.verdict.textContent = 'Enter a number, for example −0.021.';
      (unreadable?.input ?? this.items.find((item) => !item.isRight && !item.isShown)?.input)?.focus();
      return;
    }
    const wrong = filled.filter((item) => !this.#isRight(item));
    this.#say(wrong[0]);
    if (this.isDone()) this.#finish();
    else if (wrong[0] && !wrong[0].isShown) wrong[0].input.select();
    else this.#focusNext();
    this.#drawTries(wrong[0] ?? this.items.find((item) => item.input === document.activeElement));
    this.#drawButton();
  }

  #isRight(item) {
    item.answer = typed(item.input.value);
    if (near(item.answer, item.truth)) {
      item.isRight = true;
      this.#reveal(item, '✓', 'right');
      return true;
    }
    item.tries--;
    if (item.tries === 0) {
      item.isShown = true;
      this.#reveal(item, '', 'shown');
    } else {
      item.input.classList.add('bad');
      item.input.setAttribute('aria-invalid', 'true');
      item.note.className = 'no';
      item.note.textContent = item.tries === 1 ? '1 try left' : `${item.tries} tries left`;
    }
    return false;
  }

  #reveal(item, sign, note) {
    item.input.replaceWith(make('b', {}, `${fine(item.truth)}${sign && ` ${sign}`}`));
    item.note.className = '';
    item.note.textContent = note;
  }

  #say(wrong) {
    const text = !wrong ? 'Correct.'
      : wrong.isShown ? `${wrong.name} = ${fine(wrong.truth)}: ${wrong.mistake(wrong.answer)}.`
      : `${wrong.name} is wrong: ${near(wrong.answer, -wrong.truth) ? 'the sign' : wrong.mistake(wrong.answer)}.`;
    this.verdict.replaceChildren(...symbols(text));
  }

  #finish() {
    const isRight = this.items.every((item) => item.isRight || !item.isAsked);
    if (this.hidden === 'factors' || this.hidden === 'derivative') {
      const digits = this.#digits();
      if (digits[this.parameter] !== RIGHT) digits[this.parameter] = isRight ? RIGHT : SHOWN;
      this.page.state.score = digits.join('');
      this.page.remember();
    }
    if (isRight) {
      const isAll = this.#digits().every((digit) => digit === RIGHT);
      this.verdict.replaceChildren(...symbols(isAll ? `Correct. All ${this.#digits().length} partials are right.` : 'Correct.'));
    }
    const isScored = this.hidden === 'factors' || this.hidden === 'derivative';
    if (!isRight && isScored && this.#digits()[this.parameter] !== RIGHT) {
      const count = this.items.filter((item) => item.isAsked && item.isShown).length;
      this.verdict.append(...symbols(` ${this.name} does not count: ${count === 1 ? 'a value was' : `${count} values were`} shown.`));
    }
    this.#drawScore();
    this.#drawButton();
    this.button.focus({ preventScroll: true });
  }

  /** Asks for the next parameter that is not right yet. */
  #next() {
    const digits = this.#digits();
    const order = digits.map((_, i) => (this.parameter + 1 + i) % digits.length);
    this.page.choose(order.find((index) => digits[index] !== RIGHT) ?? order[0]);
    if (this.card.key === this.key) this.#ask();
  }

  /** Returns the score: a digit for each parameter of this network. */
  #digits() {
    const count = this.page.shape.parameterNames.length;
    const score = this.page.state.score ?? '';
    return new RegExp(`^[012]{${count}}$`).test(score) ? [...score] : Array.from({ length: count }, () => OPEN);
  }

  #drawScore() {
    const digits = this.#digits();
    const right = digits.filter((digit) => digit === RIGHT).length;
    const set = digits.length === 9 ? 'Nine partials' : 'Partials';
    const bar = make('i', { 'aria-hidden': 'true' });
    bar.style.setProperty('--part', `${(100 * right) / digits.length}%`);
    this.score.replaceChildren(`${set} `, make('b', {}, String(right)), ` of ${digits.length}`, bar);
  }

  #drawTries(item) {
    const left = item?.tries ?? TRIES;
    const tries = left === 1 ? 'try' : 'tries';
    this.tries.setAttribute('aria-label', `${NUMBERS[left]} ${tries} left`);
    this.left.textContent = `${left} ${tries}`;
    [...this.dots.children].forEach((dot, i) => dot.classList.toggle('gone', i >= left));
  }

  #drawButton() {
    this.button.textContent = this.isDone() ? 'Next' : 'Check';
  }

  #focusNext() {
    this.items.find((item) => !item.isRight && !item.isShown)?.input.focus({ preventScroll: true });
  }
}

// Explanations of wrong values.

function mistakeOf({ kind, symbols, value, neuron, weight, from, paths }, answer) {
  const shown = fine(answer);
  if (kind === 'activation' && near(answer, neuron.activated)) return `${shown} is ${neuron.kind}(${neuron.sumName}), not its derivative`;
  if (kind === 'activation' && near(answer, neuron.sum)) return `${shown} is ${neuron.sumName}, not the derivative at it`;
  if (kind === 'loss' && near(2 * answer, value)) return 'the factor 2 is missing';
  if (kind === 'loss' && near(answer, neuron.output - neuron.target)) return `${shown} is only ${neuron.name} − ${neuron.targetName}`;
  if (kind === 'source' && near(answer, weight)) return `${shown} is the weight; the derivative is what the weight is multiplied by`;
  if (kind === 'weight' && near(answer, from.output)) return `${shown} is ${from.name}; the derivative is what ${from.name} is multiplied by`;
  if (kind === 'bias') return 'a bias is only added, so the sum changes as much as the bias';
  const only = paths?.length > 1 && paths.find((path) => near(answer, path.value));
  if (only) return `${shown} is only the path via ${only.via}; add the other paths`;
  return `compute ${symbols}`;
}

function mistakeOfProduct(factors, truth, answer) {
  const missing = factors.find(({ value }) => value !== 0 && !near(value, 1) && near(answer, truth / value));
  if (missing) return `the factor ∂${missing.top}/∂${missing.bottom} is missing`;
  if (near(answer, factors.reduce((sum, { value }) => sum + value, 0))) return 'multiply the factors instead of adding them';
  return 'multiply the factors along the path';
}

function mistakeOfSum({ edges, sum, output, name }, bias, answer) {
  if (near(answer, sum - bias)) return 'the bias is missing';
  const missing = edges.find(({ weight, from }) => near(answer, sum - weight * from.output));
  if (missing) return `the product ${missing.name} · ${missing.from.name} is missing`;
  if (near(answer, output)) return `${fine(answer)} is the output of ${name}, not its sum`;
  return undefined;
}
