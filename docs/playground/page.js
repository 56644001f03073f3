// The page: its state, the network that it trains, when to draw what, and how much of each frame training may take.

import { Broken, Refused, numbersOf, pointsOf } from './engine.js';
import * as address from './address.js';
import { palette } from './plots.js';
import { typed, withPoint } from './maths.js';
import { Network, short, CELLS } from './network.js';
import { Output } from './output.js';
import { Tables } from './tables.js';
import { Surface } from './surface.js';
import { Controls } from './controls.js';
import { More } from './more.js';
import { OwnData } from './own.js';
import { onResize } from './sizes.js';
import { Card } from './card.js';
import { Drill } from './drill.js';
import { Lessons } from './lessons.js';
import { Help } from './help.js';

const byId = (id) => document.getElementById(id);

/** The time for training and drawing in each frame, and the least for training, in milliseconds. */
const [BUDGET, LEAST] = [12, 3];
/** The number of states that Undo keeps. */
const UNDOS = 100;
/** The settings whose decimal separator may be a comma. */
const NUMBERS = ['rate', 'batch', 'dropout', 'penaltyrate', 'seed', 'dataseed', 'noise', 'test', 'stopepoch', 'stoploss'];
/** What a state shows rather than what it is: a change of these is not an edit. */
const VIEW = ['sample', 'parameter', 'more', 'panels', 'card', 'surface', 'theme', 'numbers', 'showtest', 'discrete', 'speed', 'score', 'drill'];
/** The formulas of your feature and of the boundary between the classes, in a link without them. */
const FORMULAS = { formula: 'x1*x2', boundary: 'sin(x)' };
const isDark = window.matchMedia('(prefers-color-scheme: dark)');

export class Page {
  constructor(engine) {
    this.engine = engine;
    this.state = address.read(location.hash).state;
    this.colours = palette();
    this.isPlaying = false;
    this.sample = 0;
    this.chosen = 0;
    this.history = [];
    this.runs = [];
    this.drawn = {};
    this.isDrawDue = false;
    /** How long drawing took in the costliest of the last frames, in milliseconds. */
    this.drawing = 0;
    /** The largest numbers of hidden layers and of neurons in each. */
    this.most = { layers: 8, neurons: 12 };
    /** What the network shows as marked: items { parameter }, { neuron } or { input }, with a text if they have one. */
    this.marked = [];
    /** The { neuron } or { feature } whose map the output shows instead of the prediction, or null. */
    this.enlarged = null;
    this.listeners = {};
    /** The earlier states, as texts of links and with their curves, for Undo. */
    this.past = [];
    /** The parameters of the opened link, to which Reset returns, or null. */
    this.start = null;
    /** True until the part below the first picture is built. */
    this.isOpening = true;
    /** The visible panels: during training, only these are drawn. */
    this.inSight = new Set();
    this.network = new Network(byId('net'), this);
    this.output = new Output(this);
    this.tables = new Tables(this);
    this.surface = new Surface(this);
    this.own = new OwnData(this);
    this.controls = new Controls(this);
    this.more = new More(this);
    this.card = new Card(this);
    this.drill = new Drill(this);
    this.lessons = new Lessons(this);
    this.help = new Help();
    document.querySelectorAll('.panels > details').forEach((panel) => panel.addEventListener('toggle', () => this.#panelToggled()));
    onResize(() => {
      if (!this.shape) return;
      this.draw();
      this.output.drawPoints();
      this.controls.drawCards();
    });
    isDark.addEventListener('change', () => this.state.theme === undefined && this.#recolour());
  }

  // The events: `shape`, `values`, `choice`, `mark`, `theme`, `enlarge` and `alert`.

  /** Calls `f` after each event of this name. */
  on(event, f) {
    (this.listeners[event] ??= []).push(f);
  }

  emit(event, detail) {
    for (const f of this.listeners[event] ?? []) f(detail);
  }

  /** Marks parts of the network: an array of { parameter } and { neuron }; an empty array marks nothing. */
  mark(parts) {
    this.marked = parts;
    this.emit('mark', parts);
  }

  /** Shows the map of a neuron in the place of the prediction; null shows the prediction. */
  enlarge(neuron) {
    if (neuron === this.enlarged) return;
    this.enlarged = neuron;
    this.emit('enlarge', neuron);
  }

  // The data and the network.

  /** Restores the state of an address, including data, points and parameters. To Undo, this is one edit. */
  restore() {
    this.#held(() => this.#restore());
    this.remember();
  }

  #restore() {
    const { w, epoch, done, memory, points, plane, frozen = '', ...state } = this.state;
    this.state = state;
    // The new shape limits both.
    this.sample = Math.max(0, Number(state.sample) - 1);
    this.chosen = Number(state.parameter);
    this.#useTheme();
    if (state.data === 'own' && !points) throw new Refused('expected the points, got none');
    if (points) {
      if (!plane) throw new Refused('expected the description of the points, got none');
      this.engine.begin(address.settings({ ...state, data: 'circle' }));
      this.engine.setOwn(plane, pointsOf(address.unpacked('points', points)));
      this.isOwn = state.data === 'own';
      this.isEdited = !this.isOwn;
      this.rebuild();
    } else this.begin();
    this.#setFrozen(frozen.split(',').filter(Boolean).map(Number));
    if (w) {
      this.start = { epoch: Number(epoch ?? 0), done: Number(done ?? 0), parameters: address.unpacked('w', w), memory: address.unpacked('memory', memory ?? '') };
      const [count, got] = [this.shape.parameterNames.length, this.start.parameters.length];
      if (got !== count) throw new Refused(`the parameters must be ${count} numbers, got ${got}`);
      this.reset();
    }
    this.emit('choice', { parameter: this.chosen, isAsked: false });
    this.#drawNow(); // values that cannot be drawn are refused here
  }

  begin(settings = address.settings(this.state)) {
    this.engine.begin(settings);
    this.isOwn = this.isEdited = false;
    this.rebuild();
  }

  /** Applies settings; some of them require a new network. */
  apply() {
    if (this.engine.set(address.settings(this.state))) this.rebuild();
    else this.changed();
  }

  /** Rebuilds everything for new data or a new network. */
  rebuild() {
    const { engine } = this;
    this.start = null;
    this.description = engine.description(); // what can be kept after a trap of the module
    this.names = engine.names();
    this.points = engine.points();
    this.samplesOfPoints = [];
    let sample = 0;
    for (const point of this.points) this.samplesOfPoints.push(point.isTest ? -1 : sample++);
    this.sample = Math.min(this.sample, sample - 1);
    const { layers } = engine.layers();
    const chosen = new Map(engine.inputs());
    const inputs = this.state.inputs.split(',').filter((key) => chosen.has(key)).map((key) => {
      const plain = { x1: 0, x2: 1 }[key];
      return key === 'own' ? this.formulaOf('formula') : plain === undefined ? chosen.get(key) : this.names.names[plain];
    });
    const [parameterNames, neuronNames] = [engine.parameterNames(), engine.neuronNames()];
    const [parameterPlaces, parameterSources] = [[], []];
    let before = inputs;
    let first = 0; // the index of the first neuron of the previous layer
    let next = 0; // the index of the first neuron of this layer
    layers.forEach((layer, l) => {
      // A hidden layer as wide as the one before adds its inputs to its outputs.
      layer.isResidual = this.state.residual === '1' && l > 0 && l + 1 < layers.length && layer.neurons === layers[l - 1].neurons;
      const own = neuronNames.slice(next, next + layer.neurons);
      for (const name of own) {
        before.forEach((from, i) => {
          parameterPlaces.push(`${from} → ${name}`);
          parameterSources.push({ layer: l, index: l === 0 ? i : first + i });
        });
        parameterPlaces.push(`bias → ${name}`);
        parameterSources.push(null);
      }
      first = next;
      next += layer.neurons;
      before = own;
    });
    this.shape = { inputs, layers, parameterNames, parameterPlaces, parameterSources, neuronNames };
    this.chosen = Math.min(this.chosen, parameterNames.length - 1);
    this.history = [];
    this.isTouched = false;
    // Parameters stay frozen only in a network of the same size.
    this.#setFrozen(this.frozenOf === parameterNames.length ? this.frozen : []);
    this.marked = [];
    this.enlarged = null;
    this.network.build(this.shape);
    if (!this.isOpening) this.tables.build(this.shape);
    this.output.build();
    this.own.build(this.names.classes);
    this.controls.show();
    this.#showPanels();
    this.emit('shape', this.shape);
    this.changed();
  }

  /** Updates the page after a change of the parameters. */
  changed() {
    let scores = { trainLoss: NaN, trainQuality: NaN, testLoss: NaN, testQuality: NaN };
    try {
      scores = this.engine.scores();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.alert(error.message, true); // very large parameters
    }
    const epoch = this.engine.epoch();
    const last = this.history.at(-1);
    if (last && last.epoch > epoch) this.history = this.history.filter((point) => point.epoch < epoch);
    if (!last || last.epoch !== epoch) this.history.push({ epoch, ...scores });
    else this.history[this.history.length - 1] = { epoch, ...scores };
    // Drop every second point when there are many.
    if (this.history.length > 1200) this.history = this.history.filter((_, i) => i % 2 === 0 || i + 1 === this.history.length);
    this.scores = scores;
    this.draw();
    this.emit('values');
    if (!this.isPlaying) this.remember();
  }

  /** Runs `f`, which changes the network; on an error, stops and shows it. */
  learn(f) {
    this.isTouched = true;
    try {
      f();
      this.changed();
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.pause();
      this.alert(`Training stopped: ${error.message}. Reset starts again.`, true);
      this.changed();
      return false;
    }
  }

  play() {
    this.#setPlaying(true);
    this.alert('');
    let owed = 0;
    const run = (this.run = {}); // a run that is paused and restarted within a frame is a new run
    const frame = () => {
      if (!this.isPlaying || this.run !== run) return;
      const { speed } = this.state;
      const start = performance.now();
      const end = start + Math.max(LEAST, BUDGET - this.drawing);
      owed += speed === 'max' ? 1 : Number(speed) || 1;
      const isDone = this.learn(() => {
        if (speed === 'max') while (!this.#isLast() && performance.now() < end) this.engine.learn(1);
        for (; owed >= 1 && speed !== 'max' && !this.#isLast() && performance.now() < end; owed--) this.engine.learn(1);
      });
      owed = Math.min(owed, 1);
      this.#stopIfDue();
      const beforeDrawing = performance.now();
      this.#drawNow();
      this.drawing = Math.max(performance.now() - beforeDrawing, 0.9 * this.drawing);
      if (isDone) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Returns true at the epoch at which training stops. */
  #isLast() {
    return Number(this.state.stopepoch) > 0 && this.engine.epoch() >= Number(this.state.stopepoch);
  }

  #stopIfDue() {
    const { stoploss } = this.state;
    const isLow = Number(stoploss) > 0 && this.scores.trainLoss < Number(stoploss);
    if (!isLow && !this.#isLast()) return;
    this.pause();
    this.alert(isLow ? `Training stopped: the training loss is below ${stoploss}.` : `Training stopped at epoch ${this.engine.epoch()}.`);
  }

  /** Restores the parameters of the opened link or, if the network has changed since, the initial ones. */
  reset() {
    const { start } = this;
    this.pause();
    if (start) {
      this.engine.goTo(start.epoch, start.done, start.parameters);
      this.engine.setMemory(start.memory);
    } else this.engine.reset();
    [this.history, this.isTouched] = [[], start !== null];
    this.surface.clear();
    this.changed();
  }

  /** Returns when training stops, in words; '' if it does not. */
  stopText() {
    const { stopepoch, stoploss } = this.state;
    const conditions = [stopepoch && `at epoch ${stopepoch}`, stoploss && `below a loss of ${stoploss}`].filter(Boolean);
    return conditions.length > 0 ? `stop ${conditions.join(' or ')}` : '';
  }

  /** Freezes a parameter, so that training does not change it, or frees it again. */
  freeze(parameter) {
    const others = this.frozen.filter((index) => index !== parameter);
    this.#setFrozen(others.length === this.frozen.length ? [...others, parameter] : others);
    this.draw();
    this.emit('values');
    if (!this.isPlaying) this.remember();
  }

  #setFrozen(indices) {
    this.engine.freeze(indices);
    this.frozen = indices;
    this.frozenOf = this.shape.parameterNames.length;
    this.state.frozen = indices.length > 0 ? indices.join(',') : undefined;
  }

  /** Goes on after a trap of the module: a new instance with the same settings and points, and initial parameters. */
  recover() {
    this.#setPlaying(false);
    const { w, epoch, done, memory, frozen, ...state } = this.state;
    const isKept = this.isOwn || this.isEdited;
    const points = isKept ? { plane: this.description, points: address.packed(numbersOf(this.points)) } : {};
    this.start = null;
    for (const attempt of [{ ...state, ...points }, address.read('').state]) {
      try {
        this.engine.restart();
        this.state = attempt;
        this.restore();
        this.alert('The network could not be computed any further. The page has started again with initial weights; settings and points are kept where possible. Another learning rate or loss may help.');
        return;
      } catch (error) {
        if (!(error instanceof Broken || error instanceof Refused)) throw error;
      }
    }
  }

  #setPlaying(isPlaying) {
    this.isPlaying = isPlaying;
    byId('play').setAttribute('aria-label', isPlaying ? 'Pause' : 'Play');
    byId('play').setAttribute('aria-pressed', String(isPlaying));
  }

  pause() {
    if (!this.isPlaying) return;
    this.#setPlaying(false);
    this.remember();
    this.draw();
  }

  // The selection.

  choose(index, isAsked = false) {
    this.chosen = index;
    this.draw();
    if (!this.isPlaying) this.remember();
    this.emit('choice', { parameter: index, isAsked });
  }

  chooseSample(sample) {
    const count = this.engine.samples();
    this.sample = Number.isFinite(sample) ? ((Math.round(sample) % count) + count) % count : 0;
    this.draw();
    if (!this.isPlaying) this.remember();
    this.emit('choice', { parameter: this.chosen, isAsked: false });
  }

  sampleOf(pointIndex) {
    return this.samplesOfPoints[pointIndex];
  }

  /** Sets a parameter to a typed value; returns '' or an error, after which the parameter keeps its value. */
  setParameter(index, text) {
    const value = typed(text);
    const before = this.engine.parameters()[index];
    const error = this.attempt(() => {
      if (!Number.isFinite(value)) throw new Refused(`expected a number, got “${text}”`);
      this.engine.setParameter(index, value);
      this.engine.scores(); // refuses values that are too large for the loss
    });
    if (error) this.engine.setParameter(index, before);
    else this.isTouched = true;
    this.changed();
    return error;
  }

  changeLayer(index, neurons, activation) {
    const layers = this.state.layers.split(',').filter(Boolean);
    layers[index] = `${Math.max(1, Math.min(this.most.neurons, neurons))}${activation}`;
    this.set('layers', layers.join(','));
  }

  /** Changes a setting. Returns '' or, if the value is refused, the error; the setting then keeps its value. */
  set(key, value) {
    return this.#change(key, value, () => this.apply());
  }

  /** Returns the formula in use of your feature or of the boundary; '' if there is no such feature. */
  formulaOf(key) {
    const isUsed = key === 'boundary' || this.state.inputs.split(',').includes('own');
    return this.state[key] || (isUsed ? FORMULAS[key] : '');
  }

  /** Adds a feature with this formula to the network; '' removes it. */
  setFormula(text) {
    const { formula, inputs } = this.state;
    const others = inputs.split(',').filter((key) => key !== 'own');
    if (text === '' && others.length === 0) others.push('x1'); // a network needs at least one feature
    this.state.formula = text;
    const error = this.set('inputs', (text === '' ? others : [...others, 'own']).join(','));
    if (error) {
      this.state.formula = formula;
      this.controls.show();
    }
    return error;
  }

  /** Replaces the network by that of a model file. */
  importModel(bytes) {
    this.pause();
    return this.attempt(() => {
      const settings = this.engine.importModel(bytes);
      const { formula, ...state } = Object.fromEntries(settings.split('&').map((part) => part.split(/=(.*)/s)));
      Object.assign(this.state, state);
      if (state.inputs.split(',').includes('own')) this.state.formula = formula;
      this.#held(() => this.rebuild());
      this.isTouched = true;
      this.remember();
    });
  }

  /** Changes a setting of the data, and draws or splits the points again. A table keeps its points. */
  setData(key, value) {
    const isSplit = (this.isOwn && key !== 'data') || (this.isEdited && key === 'test');
    return this.#change(key, value, () => (isSplit ? this.holdOut() : this.begin()));
  }

  /** Changes a setting and applies it by `f`; returns '' or an error, after which the setting has its value of before. */
  #change(key, value, f) {
    const before = this.state[key];
    const next = NUMBERS.includes(key) ? withPoint(value) : value;
    const error = this.attempt(() => {
      const problem = address.problem(key, next);
      if (problem) throw new Refused(problem);
      this.state[key] = next;
      f();
    });
    if (error) this.state[key] = before;
    this.controls.show();
    return error;
  }

  /** Runs `f`, which the crate may refuse; shows and returns the error, '' without one. */
  attempt(f) {
    try {
      f();
      this.alert('');
      return '';
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.alert(error.message);
      return error.message;
    }
  }

  setPoints(points) {
    this.attempt(() => {
      this.engine.setPoints(points);
      this.isEdited = true;
      const { history, isTouched } = this;
      this.#held(() => this.rebuild());
      this.isTouched = isTouched;
      if (this.engine.epoch() > 0) this.history = [...history.slice(0, -1), ...this.history];
      this.remember();
    });
    this.points = this.engine.points();
    this.output.drawPoints();
  }

  /** Runs a part of an edit: the whole of it is one step of Undo. */
  #held(f) {
    this.isHeld = true;
    try {
      f();
    } finally {
      this.isHeld = false;
    }
  }

  /** Splits custom points again into training and test points. */
  holdOut() {
    this.engine.holdOut(address.settings(this.state));
    this.rebuild();
  }

  useTable(columns, asClasses) {
    this.pause();
    this.engine.useTable(columns, asClasses);
    this.isOwn = true;
    this.state.data = 'own';
    this.rebuild();
  }

  // The address.

  /** Writes the state to the address, so that a link reproduces it. */
  remember() {
    if (this.isHeld) return;
    const text = address.written(this.whole());
    try {
      history.replaceState(null, '', `#${text}`);
    } catch {
      // Safari refuses more than a hundred changes in thirty seconds: the next one has this state too.
    }
    const edit = (text) => text?.split('&').filter((part) => !VIEW.includes(part.split('=')[0])).join('&');
    if (this.current && edit(text) !== edit(this.current.text)) this.past.push(this.current);
    if (this.past.length > UNDOS) this.past.shift();
    this.current = { text, start: this.start, history: [...this.history] };
    byId('undo').disabled = this.past.length === 0;
  }

  /** Restores the state before the last edit, if there is one. */
  undo() {
    this.pause();
    const last = this.past.pop();
    if (last === undefined) return;
    const whole = this.whole();
    const view = Object.fromEntries(VIEW.map((key) => [key, whole[key]]));
    this.state = { ...address.read(last.text).state, ...view };
    this.current = undefined; // what restoring remembers is not an edit
    this.attempt(() => this.restore());
    this.current = { ...last, text: address.written(this.whole()) };
    this.start = last.start; // Reset still returns to the state of the link
    this.history = [...last.history];
    this.draw();
  }

  whole() {
    const state = { ...this.state, sample: String(this.sample + 1), parameter: String(this.chosen) };
    if (this.isOwn || this.isEdited) {
      state.plane = this.engine.description();
      state.points = address.packed(numbersOf(this.points));
    }
    if (this.isTouched) {
      state.epoch = String(this.engine.epoch());
      if (this.engine.done() > 0) state.done = String(this.engine.done());
      state.w = address.packed(this.engine.parameters());
      const memory = this.engine.memory();
      if (memory.length > 0) state.memory = address.packed(memory);
    }
    return state;
  }

  /** Shows a message; '' removes it. */
  alert(text, canGoBack = false) {
    byId('alert').hidden = text === '';
    // The crate formats numbers with all digits.
    byId('alert-text').textContent = text.replace(/-?\d+\.\d{4,}(e[-+]?\d+)?|-?\d{9,}/g, (number) => short(Number(number)));
    byId('go-back').hidden = !canGoBack;
    this.emit('alert', text);
  }

  // Drawing.

  /** Returns the forward and the backward pass of a sample. */
  pass(sample = this.sample) {
    const { inputs, layers, neuronNames } = this.shape;
    return this.engine.pass(sample, inputs.length, layers.at(-1).neurons, neuronNames.length);
  }

  /** Draws at the end of the present task, once for all of its changes. */
  draw() {
    if (this.isDrawDue) return;
    this.isDrawDue = true;
    queueMicrotask(() => this.isDrawDue && this.#drawNow());
  }

  #drawNow() {
    this.isDrawDue = false;
    if (!this.scores) return; // a link may open the card before the first picture
    const { engine, colours } = this;
    const parameters = engine.parameters();
    const now = performance.now();
    /** Limits costly drawing to a few times a second during training. */
    const isDue = (what, milliseconds) => {
      if (this.isPlaying && now - (this.drawn[what] ?? 0) < milliseconds) return false;
      this.drawn[what] = now;
      return true;
    };
    if (isDue('net', 60)) this.network.draw(colours, parameters, engine.maps(CELLS), this.chosen);
    this.output.draw();
    if (isDue('curves', 120)) this.output.drawCurves();
    if (!this.isPlaying) this.output.drawPoints();
    if (this.isOpening || !isDue('numbers', 250)) return;
    const isShown = (id) => byId(id).open && (!this.isPlaying || this.inSight.has(id));
    const isAll = this.state.numbers === '1';
    const pass = isAll || isShown('backprop') ? this.pass() : null;
    this.network.annotate(isAll ? pass : null);
    if (isShown('backprop')) this.tables.draw(pass, parameters);
    if (isShown('surface-panel')) this.surface.draw();
    if (isShown('quality-panel')) this.tables.drawConfusion();
  }

  presentRun() {
    const curve = (key, isTest) => ({ isTest, points: this.history.map((point) => [point.epoch, point[key]]).filter(([, loss]) => !Number.isNaN(loss)) });
    return { isPresent: true, curves: [curve('trainLoss', false), curve('testLoss', true)] };
  }

  /** Builds the part below the first picture. */
  finish() {
    this.isOpening = false;
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.inSight[isIntersecting ? 'add' : 'delete'](target.id);
    });
    document.querySelectorAll('.panels > details').forEach((panel) => observer.observe(panel));
    this.tables.build(this.shape);
    this.draw();
    this.controls.fillCards();
  }

  /** Remembers which panels are open. */
  #panelToggled() {
    const open = [...document.querySelectorAll('.panels > details')].filter((panel) => panel.open).map((panel) => panel.id);
    this.state.panels = open.join(',') === address.DEFAULTS.panels ? undefined : open.join(',');
    this.draw();
    if (!this.isPlaying) this.remember();
  }

  #showPanels() {
    const open = (this.state.panels ?? address.DEFAULTS.panels).split(',');
    document.querySelectorAll('.panels > details').forEach((panel) => (panel.open = open.includes(panel.id)));
  }

  /** The theme in use: the chosen one, or that of the system. */
  get theme() {
    return this.state.theme ?? (isDark.matches ? 'dark' : 'light');
  }

  setTheme(theme) {
    this.state.theme = theme;
    this.#recolour();
    if (!this.isPlaying) this.remember();
  }

  #useTheme() {
    if (this.state.theme) document.documentElement.dataset.theme = this.state.theme;
    else delete document.documentElement.dataset.theme;
    byId('theme').textContent = this.theme === 'dark' ? 'Light' : 'Dark'; // the theme that a click selects
    this.colours = palette();
  }

  #recolour() {
    this.#useTheme();
    if (!this.shape) return;
    this.controls.drawCards();
    this.network.recolour();
    this.output.recolour();
    this.draw();
    this.emit('theme', this.theme);
  }

  /** Opens the state of a link, given as the text after its #. */
  load(text) {
    this.pause();
    this.alert(''); // about the state before
    this.open(text);
  }

  /** Returns a message about each setting that the crate refuses alone, and sets it to its default. */
  #replaceRefused() {
    return Object.entries(this.state).flatMap(([key, value]) => {
      if (value === address.DEFAULTS[key] || !(key in address.DEFAULTS) || (key === 'data' && value === 'own')) return [];
      try {
        this.engine.begin(address.settings({ ...address.DEFAULTS, [key]: value }));
        return [];
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.state[key] = address.DEFAULTS[key];
        return [error.message];
      }
    });
  }

  /** Opens what is valid of a link: without its parameters, or without its points too, or a new page. */
  #openWithout({ w, epoch, done, memory, frozen, ...state }) {
    const { plane, points, ...settings } = state;
    if (settings.data === 'own') settings.data = address.DEFAULTS.data;
    for (const attempt of [state, settings, address.read('').state]) {
      try {
        this.state = { ...attempt };
        this.restore();
        return;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
  }

  /** Returns a message about each part of a link that refers to what its network or data do not have. */
  #notFound({ sample, parameter, surface, card }) {
    const { parameterNames, neuronNames } = this.shape;
    const hasAll = (indices) => indices.every((index) => Number(index) < parameterNames.length);
    const isFound = {
      sample: Number(sample) <= this.engine.samples(),
      parameter: hasAll([parameter]),
      surface: !surface || hasAll(surface.split(',').slice(0, 2)),
      card: !card || /^(1|batch)$/.test(card) || neuronNames.includes(card),
    };
    const values = { sample, parameter, surface, card };
    return Object.keys(isFound).filter((key) => !isFound[key]).map((key) => address.impossible(key, values[key]));
  }

  /** Opens the state of a link. Its invalid values are replaced by their defaults. */
  open(text = location.hash) {
    const { state, problems } = address.read(text);
    this.state = state;
    document.body.classList.toggle('embedded', this.state.embed === '1');
    byId('full').href = `index.html${location.hash.replace(/&?embed=1/, '')}`;
    try {
      problems.push(...this.#replaceRefused());
      this.restore();
      problems.push(...this.#notFound(state));
    } catch (error) {
      if (error instanceof Broken) {
        this.recover();
        return;
      }
      if (!(error instanceof Refused)) throw error;
      problems.push(error.message);
      this.#openWithout(state);
    }
    if (problems.length > 0) this.alert(`Part of the link is invalid: ${[...new Set(problems)].join('; ')}`);
  }
}
