// The card of a chosen weight, bias or neuron: its factors, its update, and the walk through a training step. It lies under
// the network and marks there what it speaks about.

import { Chain } from './chain.js';
import { Factors } from './factors.js';
import { fine, make, symbols } from './maths.js';
import { short } from './network.js';
import { sizeOf } from './sizes.js';
import { different, update } from './update.js';
import { PHASES, statesOf, statesOfBatch } from './walk.js';

/** How long the walk shows a state, in milliseconds. */
const PACE = 600;
/** During training the card is drawn a few times a second. */
const REDRAW = 200;
/** The derivatives of a batch of more samples wait until training pauses. */
const MOST_WHILE_TRAINING = 20;

const byId = (id) => document.getElementById(id);
const isStill = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

export class Card {
  constructor(page) {
    this.page = page;
    this.root = byId('card');
    this.isOpen = false;
    /** The index of a neuron whose formula is shown instead of a parameter. */
    this.neuron = null;
    this.isBatch = false;
    /** The state of the walk that is shown; −1 before the walk. */
    this.at = -1;
    /** What the last walk has changed; null during the next one. */
    this.done = null;
    this.#build();
    page.on('shape', () => this.#shapeChanged());
    page.on('values', () => this.draw());
    page.on('choice', ({ isAsked }) => this.#chosen(isAsked));
    document.addEventListener('keydown', (event) => {
      const isForHelp = document.querySelector(':popover-open') !== null; // Escape closes one thing at a time
      if (event.key === 'Escape' && this.isOpen && !event.defaultPrevented && !isForHelp) this.close();
    });
  }

  #build() {
    const button = (id, label, click, ...content) => make('button', { type: 'button', id, 'aria-label': label, click }, ...content);
    this.title = make('h3', { id: 'card-title' });
    this.value = make('input', { id: 'card-value', inputmode: 'decimal', autocomplete: 'off', change: () => this.#setValue() });
    this.value.addEventListener('focus', () => {
      this.value.select();
      this.value.addEventListener('mouseup', (event) => event.preventDefault(), { once: true }); // a click would end the selection
    });
    this.value.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault(); // Escape restores the value; a second one closes the card
      this.value.blur();
      this.draw();
    });
    this.ofSample = make('button', { type: 'button', id: 'card-sample', click: () => this.#setBatch(false) });
    this.ofBatch = make('button', { type: 'button', id: 'card-batch', click: () => this.#setBatch(true) });
    const close = button('card-close', 'Close', () => this.close(), '×');
    this.help = make('button', { type: 'button', className: 'q' }, '?');
    this.segment = make('span', { className: 'segment', role: 'group', 'aria-label': 'Derivative for' }, this.ofSample, this.ofBatch);
    const head = make('div', { className: 'card-head' }, this.title, this.segment, close);

    const row = make('div', { className: 'chain', role: 'group', 'aria-label': 'Factors of the derivative' });
    this.factors = new Factors(row, {
      light: (parts) => this.#light(parts),
      choose: (parameter) => this.page.choose(parameter, true),
      chooseSample: (sample) => {
        this.isBatch = false;
        this.page.chooseSample(sample);
      },
    });
    this.line = make('p', { id: 'card-line' });
    this.frozen = make('input', { type: 'checkbox', id: 'card-frozen', change: () => this.#freeze() });
    const frozen = make('label', { className: 'frozen', title: 'Training keeps the value of a frozen parameter' }, this.frozen, 'Frozen');
    this.updateRow = make('div', { className: 'update' }, this.line, frozen);
    this.about = make('p', { id: 'card-about' });

    this.playButton = button('walk-play', 'Play the steps', () => this.#playOrPause());
    this.backButton = button('walk-back', 'Previous state', () => this.#go(this.at - 1), '‹');
    this.forwardButton = button('walk-forward', 'Next state', () => this.#go(this.at + 1), '›');
    this.phases = PHASES.map((phase) => make('button', { type: 'button', click: () => this.#goToPhase(phase) }, phase));
    const list = make('ol', { className: 'phases', 'aria-label': 'Phases of a training step' }, ...this.phases.map((phase) => make('li', {}, phase)));
    this.quiz = make('button', { type: 'button', id: 'quiz' }, 'Quiz me');
    const walk = make('span', { className: 'walk', role: 'group', 'aria-label': 'One training step' }, this.backButton, this.playButton, this.forwardButton);
    this.steps = make('div', { className: 'steps' }, walk, list, this.quiz);

    this.explained = make('div', { id: 'card-explained' }, head, row, this.updateRow, this.about, this.steps);
    this.drill = make('div', { id: 'drill', hidden: true });
    this.root.replaceChildren(this.explained, this.drill);
    this.root.tabIndex = -1;
    this.root.hidden = true;
    // Where the card is a sheet over the page, the network keeps the height above it.
    new ResizeObserver(() => document.documentElement.style.setProperty('--card', `${this.root.offsetHeight}px`)).observe(this.root);
  }

  // Opening and closing.

  #chosen(isAsked) {
    if (isAsked || this.page.chosen !== this.chosen) this.neuron = null; // another sample keeps the neuron
    this.chosen = this.page.chosen;
    this.#restart();
    if (isAsked && !this.isOpen) return this.open();
    this.draw();
    this.#remember();
  }

  #remember() {
    if (this.isOpen && !this.page.isPlaying) this.page.remember();
  }

  open() {
    // Escape gives the focus back to the line that was clicked.
    if (!this.root.contains(document.activeElement)) this.opener = document.activeElement;
    this.isOpen = true;
    this.root.hidden = false;
    this.draw();
    this.root.focus({ preventScroll: true });
    this.#remember();
  }

  /** Opens the card with the formula of a neuron. */
  openNeuron(index) {
    this.neuron = index;
    this.#restart();
    this.open();
  }

  close() {
    if (!this.isOpen) return;
    this.#restart();
    const { neuron } = this;
    const hadFocus = this.root.contains(document.activeElement);
    this.isOpen = false;
    this.root.hidden = true;
    delete this.page.state.card;
    this.onClose?.();
    this.page.mark([]);
    // The network is laid out again without the card, so the line that was clicked may be another element now.
    if (hadFocus || document.activeElement === document.body) {
      if (this.opener?.isConnected && this.opener !== document.body) this.opener.focus({ preventScroll: true });
      else this.page.network.focus(neuron === null ? { parameter: this.page.chosen } : { neuron });
    }
    if (!this.page.isPlaying) this.page.remember();
  }

  #shapeChanged() {
    this.neuron = null;
    this.#restart();
    this.factors.reset();
    this.gradientsKey = null; // other data may have the same samples
    const { card, drill, parameter } = this.page.state;
    this.chosen = Number(parameter);
    const isWanted = card !== undefined || drill !== undefined;
    const neuron = this.page.shape.neuronNames.indexOf(card);
    this.isBatch = card === 'batch';
    if (neuron >= 0) this.neuron = neuron;
    if (isWanted && !this.isOpen) this.open();
    else if (!isWanted && this.isOpen) this.close();
    if (this.isOpen) this.onShape?.(drill);
  }

  /** Writes what the card shows to the state, and so to the link. */
  #writeState() {
    const { state, shape } = this.page;
    state.card = this.neuron !== null ? shape.neuronNames[this.neuron] : this.isBatch ? 'batch' : '1';
  }

  #freeze() {
    this.page.freeze(this.page.chosen);
    this.draw(true);
  }

  #setBatch(isBatch) {
    this.isBatch = isBatch;
    this.#restart();
    this.draw();
    this.#remember();
  }

  /** Shows one sample instead of the batch, and the walk from its start. */
  showOneSample() {
    this.neuron = null;
    this.#setBatch(false);
  }

  #setValue() {
    this.page.setParameter(this.page.chosen, this.value.value);
    this.draw(true);
    this.value.value = fine(this.page.engine.parameters()[this.page.chosen]); // the value in use, also after Enter
  }

  // Drawing.

  /** Returns the chain of a sample for the present values. */
  chainOf(sample = this.page.sample) {
    const { engine, shape } = this.page;
    return new Chain({ shape, loss: engine.loss(), pass: this.page.pass(sample), parameters: engine.parameters(), classes: this.page.names.classes });
  }

  /** Draws the card again; during training only now and then. */
  draw(isForced = false) {
    if (!this.isOpen || !this.page.shape) return;
    const now = performance.now();
    if (this.page.isPlaying && !isForced && now - (this.drawn ?? 0) < REDRAW) return;
    this.drawn = now;
    this.chain = this.chainOf();
    this.#writeState();
    const key = [this.chain.parameters, this.page.sample, this.page.chosen, this.isBatch, this.page.frozen].join();
    if (key !== this.key) this.#restart();
    this.key = key;
    if (this.neuron === null) this.#drawParameter();
    else this.#drawNeuron();
    this.#drawHead();
    this.#drawWalk();
    this.#light(null);
    this.onDraw?.();
  }

  #drawHead() {
    const { page, chain } = this;
    const isNeuron = this.neuron !== null;
    const count = Math.min(Number(page.state.batch), page.engine.samples());
    this.ofSample.textContent = `Sample ${page.sample + 1}`;
    this.ofBatch.replaceChildren('Batch', make('span', { className: 'words' }, ` of ${count}`));
    this.ofBatch.setAttribute('aria-label', `Batch of ${count}`);
    this.ofBatch.hidden = isNeuron || count < 2;
    this.ofSample.setAttribute('aria-pressed', String(!this.isBatch));
    this.ofBatch.setAttribute('aria-pressed', String(this.isBatch));
    const [name, place] = isNeuron ? this.#neuronTitle() : this.#parameterTitle();
    const key = name + place + this.ofSample.textContent + this.ofBatch.hidden + sizeOf(this.root).width;
    if (this.shown !== key) {
      this.shown = key;
      this.title.replaceChildren(make('b', {}, ...symbols(name)), ' ', make('small', {}, ...symbols(place)), ...(isNeuron ? [] : [' = ', this.value]), ' ', this.help);
      const kind = isNeuron ? 'neurons' : name.startsWith('w') ? 'weights' : 'bias';
      this.help.dataset.help = kind;
      this.help.setAttribute('aria-label', { neurons: 'What is a neuron?', weights: 'What is a weight?', bias: 'What is a bias?' }[kind]);
      this.root.setAttribute('aria-label', isNeuron ? `The formula of ${name}` : `The derivative with respect to ${name}`);
      this.value.setAttribute('aria-label', `Value of ${name}`);
      this.title.classList.remove('short'); // a narrow card has the place only where it fits
      this.title.classList.toggle('short', this.title.scrollWidth > this.title.clientWidth);
    }
    if (!isNeuron && document.activeElement !== this.value) this.value.value = fine(chain.parameters[page.chosen]);
  }

  #parameterTitle() {
    const { neuron, edge } = this.chain.placeOf(this.page.chosen);
    return [this.page.shape.parameterNames[this.page.chosen], edge ? `from ${edge.from.name} to ${neuron.name}` : `bias of ${neuron.name}`];
  }

  #neuronTitle() {
    const { name, layer, isLast } = this.chain.neurons[this.neuron];
    return [name, isLast ? 'output neuron' : `neuron of layer ${layer + 1}`];
  }

  #drawParameter() {
    const { page, chain } = this;
    const name = page.shape.parameterNames[page.chosen];
    let derivative = chain.derivative(page.chosen);
    if (this.isBatch) {
      const samples = page.engine.batch(); // those of the next step
      // A pass of each costs time, so a large batch is not computed while it trains.
      if (page.isPlaying && samples.length > MOST_WHILE_TRAINING) return;
      const key = [samples, chain.parameters].join();
      if (key !== this.gradientsKey) this.gradients = samples.map((sample) => this.page.pass(sample).gradient);
      this.gradientsKey = key;
      const derivatives = this.gradients.map((gradient) => gradient[page.chosen]);
      derivative = derivatives.reduce((a, b) => a + b) / samples.length;
      this.batch = { samples, derivatives, mean: derivative };
      this.factors.showBatch(name, samples, derivatives, derivative, chain.path(page.chosen));
    } else this.factors.show(chain, page.chosen);
    this.update = this.#updateOf(name, derivative);
  }

  #updateOf(name, derivative) {
    const { state, chosen, frozen } = this.page;
    return update({
      isFrozen: frozen.includes(chosen),
      name, derivative, value: this.chain.parameters[chosen], rate: Number(state.rate), optimizer: state.optimizer,
      penalty: state.penalty, penaltyRate: Number(state.penaltyrate), memory: memoryOf(state.optimizer, this.page.engine.memory(), this.chain.parameters.length, chosen),
    });
  }

  #drawNeuron() {
    this.factors.showNeuron(this.chain, this.chain.neurons[this.neuron]);
  }

  // Marks in the network.

  /** Marks parts, or if there are none the state of the walk, or else the path of the parameter with its values. */
  #light(parts) {
    if (!this.isOpen) return;
    if (parts) this.page.mark(parts.map((part) => this.#withText(part)));
    else if (this.at >= 0) this.page.mark(this.states[this.at].parts);
    else if (this.neuron !== null) this.page.mark(this.#neuronParts().map((part) => this.#withText(part)));
    else this.page.mark(this.chain.path(this.page.chosen).map((part) => this.#withText(part, this.page.chosen)));
  }

  #neuronParts() {
    const { edges, index, residual } = this.chain.neurons[this.neuron];
    const own = [...(residual ? [{ residual: index }] : []), { neuron: index }];
    return [...edges.flatMap(({ parameter, from }) => [{ parameter }, from.input === undefined ? { neuron: from.index } : { input: from.input }]), ...own];
  }

  /** Adds the value to a part of the network; along a path only the chosen line has one. */
  #withText(part, only) {
    const { chain, page } = this;
    if (this.hidesValues?.() || part.residual !== undefined) return part;
    if (part.parameter !== undefined) {
      if (only !== undefined && part.parameter !== only) return part;
      return { ...part, text: `${page.shape.parameterNames[part.parameter]} ${short(chain.parameters[part.parameter])}` };
    }
    if (part.input !== undefined) return { ...part, text: short(chain.pass.inputs[part.input]) };
    const { isSum, sum, output } = chain.neurons[part.neuron];
    return { ...part, text: isSum ? short(output) : `Σ ${short(sum)} → ${short(output)}` };
  }

  // The walk.

  #restart() {
    this.#pause();
    this.at = -1;
    this.states = null;
    this.done = null;
  }

  #pause() {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  #playOrPause() {
    if (this.timer !== undefined) this.#pause();
    else {
      this.#go(this.at + 1);
      if (!isStill()) this.timer = setInterval(() => this.#go(this.at + 1), PACE);
    }
    this.#drawWalk();
  }

  #goToPhase(phase) {
    this.#pause();
    this.#prepare();
    this.#go(this.states.findIndex((state) => state.phase === phase));
  }

  /** Training changes the values that the walk is about. */
  #prepare() {
    this.page.pause();
    if (this.states) return;
    this.draw(true);
    const { chain, batch, page } = this;
    const updateText = `${page.shape.parameterNames[page.chosen]}: ${this.update.text}`;
    const chains = () => batch.samples.map((sample) => this.chainOf(sample));
    this.states = this.isBatch ? statesOfBatch({ ...batch, chains: chains(), parameter: page.chosen, updateText }) : statesOf(chain, page.chosen, updateText);
  }

  /** Shows a state; after the last one, updates all parameters. */
  #go(to) {
    this.#prepare();
    if (to >= this.states.length) return this.#finish();
    this.done = null;
    this.factors.free();
    this.at = to;
    this.#drawWalk();
    this.#light(null);
  }

  /** Updates all parameters, and says so until the next walk. */
  #finish() {
    const { engine, sample, chosen, shape, frozen } = this.page;
    const before = engine.parameters()[chosen];
    this.#restart();
    if (!this.page.learn(() => (this.isBatch ? engine.step() : engine.learnFrom(sample)))) return;
    const after = engine.parameters()[chosen];
    const digits = different(before, after);
    const count = frozen.length > 0 ? `all parameters but ${frozen.length} frozen` : `all ${shape.parameterNames.length} parameters`;
    this.done = `${count}; ${shape.parameterNames[chosen]}: ${fine(before, digits)} → ${fine(after, digits)}`;
    this.#drawWalk();
  }

  #drawWalk() {
    const { states, at } = this;
    const isPlaying = this.timer !== undefined;
    this.playButton.classList.toggle('playing', isPlaying);
    this.playButton.setAttribute('aria-label', isPlaying ? 'Pause the steps' : 'Play the steps');
    this.backButton.disabled = at < 0;
    const isLast = states !== null && at === states.length - 1;
    this.forwardButton.setAttribute('aria-label', isLast ? 'Update all parameters' : 'Next state');
    const phase = at < 0 ? -1 : PHASES.indexOf(states[at].phase);
    this.phases.forEach((button, i) => {
      const own = at < 0 ? [] : states.map((state, j) => [state.phase, j]).filter(([name]) => name === PHASES[i]).map(([, j]) => j);
      const part = i < phase ? 1 : i > phase || at < 0 ? Number(this.done !== null) : (at - own[0] + 1) / own.length;
      button.style.setProperty('--part', `${Math.round(100 * part)}%`);
      button.classList.toggle('here', i === phase);
      button.setAttribute('aria-current', i === phase ? 'step' : 'false');
    });
    this.steps.hidden = this.updateRow.hidden = this.neuron !== null;
    this.frozen.checked = this.page.frozen.includes(this.page.chosen);
    if (this.neuron !== null) return this.about.replaceChildren();
    const name = this.page.shape.parameterNames[this.page.chosen];
    const text = this.done ?? (at < 0 ? `${name}: ${this.update.text}` : states[at].text);
    this.updateRow.classList.toggle('long', at >= 0);
    this.line.setAttribute('aria-live', this.page.isPlaying ? 'off' : 'polite');
    this.line.replaceChildren(make('span', {}, this.done !== null ? 'Updated' : at < 0 ? 'Update' : states[at].phase), ' ', ...symbols(text));
    const withoutDropout = Number(this.page.state.dropout) > 0 && this.page.shape.layers.length > 1 ? 'The derivative is that without dropout; in training, each step leaves out some neurons.' : '';
    const about = [this.update.about, withoutDropout].filter(Boolean).join('. ');
    this.about.replaceChildren(...(this.done === null && (at < 0 || isLast) ? symbols(about) : []));
  }
}

/** Returns the optimizer's state of one parameter from the numbers of the module. */
function memoryOf(optimizer, numbers, count, index) {
  if (numbers.length === 0) return {};
  if (optimizer === 'adam') return { steps: numbers[0], mean: numbers[1 + index], root: numbers[1 + count + index] };
  return optimizer === 'rmsprop' ? { root: numbers[index] } : { velocity: numbers[index] };
}
