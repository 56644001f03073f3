// The card of a chosen weight, bias or neuron: its factors, its update, and the walk through a training step. It lies under
// the network and marks there what it speaks about.

import { Chain } from './chain.js';
import { Factors } from './factors.js';
import { fine, make, symbols, typed } from './maths.js';
import { short } from './network.js';
import { update } from './update.js';
import { PHASES, statesOf, statesOfBatch } from './walk.js';

/** How long the walk shows a state, in milliseconds. */
const PACE = 600;
/** During training the card is drawn a few times a second. */
const REDRAW = 200;

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
    this.#build();
    page.on('shape', () => this.#shapeChanged());
    page.on('values', () => this.draw());
    page.on('choice', ({ isAsked }) => this.#chosen(isAsked));
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.isOpen && !event.defaultPrevented) this.close();
    });
  }

  #build() {
    const button = (id, label, click, ...content) => make('button', { type: 'button', id, 'aria-label': label, click }, ...content);
    this.title = make('h3', { id: 'card-title' });
    this.value = make('input', { id: 'card-value', inputmode: 'decimal', autocomplete: 'off', change: () => this.#setValue() });
    this.value.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault(); // Escape restores the value; a second one closes the card
      this.value.blur();
      this.draw();
    });
    this.ofSample = make('button', { type: 'button', id: 'card-sample', click: () => this.#setBatch(false) });
    this.ofBatch = make('button', { type: 'button', id: 'card-batch', click: () => this.#setBatch(true) });
    const close = button('card-close', 'Close', () => this.close(), '×');
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
    this.about = make('p', { id: 'card-about' });

    this.playButton = button('walk-play', 'Play the steps', () => this.#playOrPause());
    this.backButton = button('walk-back', 'Previous state', () => this.#go(this.at - 1), '‹');
    this.forwardButton = button('walk-forward', 'Next state', () => this.#go(this.at + 1), '›');
    this.phases = PHASES.map((phase) => make('button', { type: 'button', click: () => this.#goToPhase(phase) }, phase));
    const list = make('ol', { className: 'phases', 'aria-label': 'Phases of a training step' }, ...this.phases.map((phase) => make('li', {}, phase)));
    this.quiz = make('button', { type: 'button', id: 'quiz' }, 'Quiz me');
    const walk = make('span', { className: 'walk', role: 'group', 'aria-label': 'One training step' }, this.backButton, this.playButton, this.forwardButton);
    this.steps = make('div', { className: 'steps' }, walk, list, this.quiz);

    this.explained = make('div', { id: 'card-explained' }, head, row, this.line, this.about, this.steps);
    this.drill = make('div', { id: 'drill', hidden: true });
    this.root.replaceChildren(this.explained, this.drill);
    this.root.tabIndex = -1;
    this.root.hidden = true;
  }

  // Opening and closing.

  #chosen(isAsked) {
    this.neuron = null;
    this.#restart();
    if (isAsked && !this.isOpen) this.open();
    else this.draw();
  }

  open() {
    // Escape gives the focus back to the line that was clicked.
    if (!this.root.contains(document.activeElement)) this.opener = document.activeElement;
    this.isOpen = true;
    this.root.hidden = false;
    this.page.state.card = '1';
    this.draw();
    this.root.focus({ preventScroll: true });
    if (!this.page.isPlaying) this.page.remember();
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
    const hadFocus = this.root.contains(document.activeElement);
    this.isOpen = false;
    this.root.hidden = true;
    delete this.page.state.card;
    this.onClose?.();
    this.page.mark([]);
    const place = this.opener?.isConnected && this.opener !== document.body ? this.opener : this.page.network.lines.querySelector('[tabindex="0"]') ?? byId('net'); // the lines are new
    if (hadFocus) place.focus({ preventScroll: true });
    if (!this.page.isPlaying) this.page.remember();
  }

  #shapeChanged() {
    this.neuron = null;
    this.#restart();
    this.factors.reset();
    const isWanted = this.page.state.card === '1';
    if (isWanted && !this.isOpen) this.open();
    else if (!isWanted && this.isOpen) this.close();
  }

  #setBatch(isBatch) {
    this.isBatch = isBatch;
    this.#restart();
    this.draw();
  }

  /** Shows one sample instead of the batch, and the walk from its start. */
  showOneSample() {
    this.neuron = null;
    this.#setBatch(false);
  }

  #setValue() {
    const value = typed(this.value.value);
    if (Number.isFinite(value)) this.page.setParameter(this.page.chosen, String(value));
    this.draw(true);
    this.value.value = fine(this.page.engine.parameters()[this.page.chosen]); // the value in use, also after Enter
  }

  // Drawing.

  /** Returns the chain of a sample for the present values. */
  chainOf(sample = this.page.sample) {
    const { engine, shape } = this.page;
    const pass = engine.pass(sample, shape.inputs.length, shape.layers.at(-1).neurons, shape.neuronNames.length);
    return new Chain({ shape, loss: engine.loss(), pass, parameters: engine.parameters() });
  }

  /** Draws the card again; during training only now and then. */
  draw(isForced = false) {
    if (!this.isOpen || !this.page.shape) return;
    const now = performance.now();
    if (this.page.isPlaying && !isForced && now - (this.drawn ?? 0) < REDRAW) return;
    this.drawn = now;
    this.chain = this.chainOf();
    const key = [this.chain.parameters, this.page.sample, this.page.chosen, this.isBatch].join();
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
    this.ofBatch.textContent = `Batch of ${count}`;
    this.ofBatch.hidden = isNeuron || count < 2;
    this.ofSample.setAttribute('aria-pressed', String(!this.isBatch));
    this.ofBatch.setAttribute('aria-pressed', String(this.isBatch));
    const [name, place] = isNeuron ? this.#neuronTitle() : this.#parameterTitle();
    if (this.shown !== name + place) {
      this.shown = name + place;
      this.title.replaceChildren(make('b', {}, ...symbols(name)), ' ', make('small', {}, ...symbols(place)), ...(isNeuron ? [] : [' = ', this.value]));
      this.root.setAttribute('aria-label', isNeuron ? `The formula of ${name}` : `The derivative with respect to ${name}`);
      this.value.setAttribute('aria-label', `Value of ${name}`);
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
      // The samples of the next step. They change with each step, and one pass of each costs time, so not while it trains.
      const samples = page.engine.batch();
      const chains = samples.map((sample) => this.chainOf(sample));
      const derivatives = chains.map((each) => each.derivative(page.chosen));
      derivative = derivatives.reduce((a, b) => a + b) / samples.length;
      this.batch = { chains, samples, derivatives, mean: derivative };
      this.factors.showBatch(name, samples, derivatives, derivative, chain.path(page.chosen));
    } else this.factors.show(chain, page.chosen);
    this.update = this.#updateOf(name, derivative);
  }

  #updateOf(name, derivative) {
    const { state, chosen } = this.page;
    return update({
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
    const { edges, index } = this.chain.neurons[this.neuron];
    return [...edges.flatMap(({ parameter, from }) => [{ parameter }, from.input === undefined ? { neuron: from.index } : { input: from.input }]), { neuron: index }];
  }

  /** Adds the value to a part of the network; along a path only the chosen line has one. */
  #withText(part, only) {
    const { chain, page } = this;
    if (this.hidesValues?.()) return part;
    if (part.parameter !== undefined) {
      if (only !== undefined && part.parameter !== only) return part;
      return { ...part, text: `${page.shape.parameterNames[part.parameter]} ${short(chain.parameters[part.parameter])}` };
    }
    if (part.input !== undefined) return { ...part, text: short(chain.pass.inputs[part.input]) };
    const { kind, sum, output } = chain.neurons[part.neuron];
    return { ...part, text: kind === 'identity' ? short(output) : `Σ ${short(sum)} → ${short(output)}` };
  }

  // The walk.

  #restart() {
    this.#pause();
    this.at = -1;
    this.states = null;
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
    this.states = this.isBatch ? statesOfBatch({ ...batch, parameter: page.chosen, updateText }) : statesOf(chain, page.chosen, updateText);
  }

  /** Shows a state; after the last one, updates all parameters. */
  #go(to) {
    this.#prepare();
    if (to >= this.states.length) {
      const { engine, sample } = this.page;
      this.#restart();
      this.page.learn(() => (this.isBatch ? engine.step() : engine.learnFrom(sample)));
      return;
    }
    this.at = to;
    this.#drawWalk();
    this.#light(null);
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
      const part = i < phase ? 1 : i > phase || at < 0 ? 0 : (at - own[0] + 1) / own.length;
      button.style.setProperty('--part', `${Math.round(100 * part)}%`);
      button.classList.toggle('here', i === phase);
      button.setAttribute('aria-current', i === phase ? 'step' : 'false');
    });
    this.steps.hidden = this.line.hidden = this.neuron !== null;
    if (this.neuron !== null) return this.about.replaceChildren();
    const name = this.page.shape.parameterNames[this.page.chosen];
    const text = at < 0 ? `${name}: ${this.update.text}` : states[at].text;
    this.line.setAttribute('aria-live', this.page.isPlaying ? 'off' : 'polite');
    this.line.replaceChildren(make('span', {}, at < 0 ? 'Update' : states[at].phase), ' ', ...symbols(text));
    this.about.replaceChildren(...(at < 0 || isLast ? symbols(this.update.about) : []));
  }
}

/** Returns the optimizer's state of one parameter from the numbers of the module. */
function memoryOf(optimizer, numbers, count, index) {
  if (numbers.length === 0) return {};
  if (optimizer === 'adam') return { steps: numbers[0], mean: numbers[1 + index], root: numbers[1 + count + index] };
  return optimizer === 'rmsprop' ? { root: numbers[index] } : { velocity: numbers[index] };
}
