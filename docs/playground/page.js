// The page: its state, the network that it trains, when to draw what, and how much of each frame training may take.

import { Broken, Refused, numbersOf, pointsOf } from './engine.js';
import * as address from './address.js';
import { palette, drawMap, drawPoints, drawCurves, drawSurface, predictionColour } from './plots.js';
import { Network, short, CELLS } from './network.js';
import { Backprop } from './backprop.js';
import { Controls } from './controls.js';
import { OwnData } from './own.js';

const byId = (id) => document.getElementById(id);

/** The names of the lecture's people, by their shifted weight. */
const PEOPLE = { '-2': 'Alice', 25: 'Bob', 17: 'Charlie', '-15': 'Diana' };
const OUTPUT_CELLS = 60;
/** The time for training in each frame, in milliseconds, so that sixty frames fit into a second. */
const BUDGET = 8;
/** The number of states that Undo keeps. */
const UNDOS = 100;
/** The settings whose decimal separator may be a comma. */
const NUMBERS = ['rate', 'batch', 'penaltyrate', 'seed', 'dataseed', 'noise', 'test', 'stopepoch', 'stoploss'];
const withPoint = (text) => text.trim().replace('−', '-').replace(',', '.');

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
    this.trail = [];
    this.drawn = {};
    /** What the network shows as marked: items { parameter } or { neuron }. */
    this.marked = [];
    /** The neuron whose map the output shows instead of the prediction, or null. */
    this.enlarged = null;
    this.listeners = {};
    /** The earlier states, as texts of links, for Undo. */
    this.past = [];
    /** The parameters of the opened link, to which Reset returns, or null. */
    this.start = null;
    /** True until the part below the first picture is built. */
    this.isOpening = true;
    /** The visible panels: during training, only these are drawn. */
    this.inSight = new Set();
    this.network = new Network(byId('net'), {
      choose: (index) => this.choose(index, true),
      layers: (index, neurons, activation) => this.changeLayer(index, neurons, activation),
    });
    this.backprop = new Backprop(this);
    this.own = new OwnData(this);
    this.controls = new Controls(this);
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

  /** Restores the state of an address, including data, points and parameters. */
  restore() {
    const { w, epoch, done, memory, points, plane, frozen = '', ...state } = this.state;
    this.state = state;
    const sample = Number(state.sample) - 1;
    const chosen = Number(state.parameter);
    byId('annotate').checked = state.numbers === '1';
    this.network.setAnnotated(state.numbers === '1');
    if (state.data === 'own' && !points) throw new Refused('expected points, got none');
    if (points) {
      if (!plane) throw new Refused('expected a description of the points, got none');
      this.engine.begin(address.settings({ ...state, data: 'circle' }));
      this.engine.setOwn(plane, pointsOf(address.unpacked(points)));
      this.isOwn = state.data === 'own';
      this.isEdited = !this.isOwn;
      this.rebuild();
    } else this.begin();
    this.#setFrozen(frozen.split(',').filter(Boolean).map(Number));
    if (w) {
      this.start = { epoch: Number(epoch ?? 0), done: Number(done ?? 0), parameters: address.unpacked(w), memory: address.unpacked(memory ?? '') };
      this.reset();
    }
    const has = (number, count) => Number.isInteger(number) && number >= 0 && number < count;
    if (has(sample, this.engine.samples())) this.sample = sample;
    if (has(chosen, this.shape.parameterNames.length)) this.chosen = chosen;
    if (state.theme === 'dark' || state.theme === 'light') this.setTheme(state.theme);
    this.draw();
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
    const targets = this.points.map((point) => point.target);
    this.range = [Math.min(...targets), Math.max(...targets)];
    this.samplesOfPoints = [];
    let sample = 0;
    for (const point of this.points) this.samplesOfPoints.push(point.isTest ? -1 : sample++);
    this.sample = Math.min(this.sample, sample - 1);
    const { layers } = engine.layers();
    const chosen = new Map(engine.inputs());
    const inputs = this.state.inputs.split(',').filter((key) => chosen.has(key)).map((key) => {
      const plain = { x1: 0, x2: 1 }[key];
      return plain === undefined ? chosen.get(key) : this.names.names[plain];
    });
    const [parameterNames, neuronNames] = [engine.parameterNames(), engine.neuronNames()];
    const [parameterPlaces, parameterSources] = [[], []];
    let before = inputs;
    let first = 0; // the index of the first neuron of the previous layer
    let next = 0; // the index of the first neuron of this layer
    layers.forEach((layer, l) => {
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
    byId('prediction').textContent = byId('ask-answer').textContent = ''; // predictions of the previous network or data
    this.shape = { inputs, layers, parameterNames, parameterPlaces, parameterSources, neuronNames };
    this.chosen = Math.min(this.chosen, parameterNames.length - 1);
    this.history = [];
    this.trail = [];
    this.isTouched = false;
    // Parameters stay frozen only in a network of the same size.
    this.#setFrozen(this.frozenOf === parameterNames.length ? this.frozen : []);
    this.network.build(this.shape);
    if (!this.isOpening) this.backprop.build(this.shape);
    this.own.build(this.names.classes);
    const options = () => parameterNames.map((name, i) => new Option(`${name} (${parameterPlaces[i]})`, i));
    byId('parameter-name').replaceChildren(...options());
    byId('surface-x').replaceChildren(...options());
    byId('surface-y').replaceChildren(...options());
    byId('surface-y').selectedIndex = Math.min(1, parameterNames.length - 1);
    this.marked = [];
    this.enlarged = null;
    this.controls.show();
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
      this.alert(`Training stopped: ${error.message}`, true);
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
      owed += speed === 'max' ? 1 : Number(speed) || 1;
      const isDone = this.learn(() => {
        if (speed === 'max') while (!this.#isLast() && performance.now() - start < BUDGET) this.engine.learn(1);
        for (; owed >= 1 && speed !== 'max' && !this.#isLast() && performance.now() - start < 2 * BUDGET; owed--) this.engine.learn(1);
      });
      owed = Math.min(owed, 1);
      this.#stopIfDue();
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
    [this.history, this.trail, this.isTouched] = [[], [], start !== null];
    this.changed();
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
    byId('play').textContent = isPlaying ? '⏸ Pause' : '▶ Play';
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
    if (isAsked) byId('parameter-value').focus({ preventScroll: true });
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
    const value = withPoint(text);
    const before = this.engine.parameters()[index];
    const error = this.attempt(() => {
      if (value === '' || !Number.isFinite(Number(value))) throw new Refused(`expected a number, got “${text}”`);
      this.engine.setParameter(index, Number(value));
      this.engine.scores(); // refuses values that are too large for the loss
    });
    if (error) this.engine.setParameter(index, before);
    else this.isTouched = true;
    this.changed();
    return error;
  }

  changeLayer(index, neurons, activation) {
    const layers = this.state.layers.split(',').filter(Boolean);
    layers[index] = `${Math.max(1, Math.min(8, neurons))}${activation}`;
    this.set('layers', layers.join(','));
  }

  /** Changes a setting. Returns '' or, if the crate refuses the value, the error; the setting then keeps its value. */
  set(key, value) {
    const before = this.state[key];
    this.state[key] = NUMBERS.includes(key) ? withPoint(value) : value;
    const error = this.attempt(() => this.apply());
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
      this.isHeld = true; // one edit is one step of Undo
      try {
        this.rebuild();
      } finally {
        this.isHeld = false;
      }
      this.isTouched = isTouched;
      if (this.engine.epoch() > 0) this.history = [...history.slice(0, -1), ...this.history];
      this.remember();
    });
    this.points = this.engine.points();
    this.drawPoints();
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
    history.replaceState(null, '', `#${text}`);
    // A choice of a sample or parameter is not an edit.
    const edit = (text) => text?.replace(/(^|&)(sample|parameter)=[^&]*/g, '');
    if (this.current !== undefined && edit(text) !== edit(this.current)) this.past.push(this.current);
    if (this.past.length > UNDOS) this.past.shift();
    this.current = text;
  }

  /** Restores the state before the last edit, if there is one. */
  undo() {
    this.pause();
    const text = this.past.pop();
    if (text === undefined) return;
    const { past } = this;
    this.past = []; // what restoring remembers is not an edit
    this.state = address.read(text).state;
    this.attempt(() => this.restore());
    this.current = text;
    this.past = past;
  }

  whole() {
    const state = { ...this.state, sample: String(this.sample + 1), parameter: String(this.chosen) };
    state.numbers = byId('annotate').checked ? '1' : '0';
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

  /** Returns the name of a sample if it has one. */
  whoIs(sample) {
    const name = this.state.data === 'people' && PEOPLE[this.points[this.samplesOfPoints.indexOf(sample)]?.x1];
    return name ? `${name}: ` : '';
  }

  /** Shows the prediction for a point of the plane as text. */
  showPrediction({ x1, x2 }) {
    const outputs = this.engine.answer(x1, x2);
    const { names, shifts, units, classes, target } = this.names;
    const value = (x, i) => short(x * units[i] + shifts[i]);
    const prediction = classes.length === 0
      ? `${target} ${short(outputs[0])}`
      : outputs.map((probability, i) => `${classes[i]} ${(100 * probability).toFixed(1)} %`).join(', ');
    byId('prediction').textContent = byId('ask-answer').textContent = `${names[0]} ${value(x1, 0)}, ${names[1]} ${value(x2, 1)}: ${prediction}`;
  }

  // Drawing.

  pass() {
    const { inputs, layers, neuronNames } = this.shape;
    return this.engine.pass(this.sample, inputs.length, layers.at(-1).neurons, neuronNames.length);
  }

  draw() {
    const { engine, colours, shape, names } = this;
    const parameters = engine.parameters();
    const now = performance.now();
    /** Limits costly drawing to a few times a second during training. */
    const isDue = (what, milliseconds) => {
      if (this.isPlaying && now - (this.drawn[what] ?? 0) < milliseconds) return false;
      this.drawn[what] = now;
      return true;
    };
    if (isDue('net', 60)) this.network.draw(colours, parameters, engine.maps(CELLS), this.chosen);
    const classes = names.classes.length;
    const colour = predictionColour(colours, engine.answers(OUTPUT_CELLS), classes, this.range, this.state.discrete === '1');
    drawMap(byId('map'), OUTPUT_CELLS, colour);

    byId('epoch').textContent = engine.epoch().toLocaleString('en');
    const { trainLoss, testLoss, trainQuality, testQuality } = this.scores;
    const loss = (x) => (Number.isNaN(x) ? '–' : x < 10000 ? x.toFixed(4) : short(x));
    byId('train-loss').textContent = loss(trainLoss);
    byId('test-loss').textContent = loss(testLoss);
    const quality = (x) => (Number.isNaN(x) ? '–' : classes > 0 ? `${(100 * x).toFixed(1)} %` : x > -1000 ? x.toFixed(3) : short(x));
    byId('train-quality').textContent = quality(trainQuality);
    byId('test-quality').textContent = quality(testQuality);
    document.querySelector('.quality').textContent = classes > 0 ? 'Accuracy' : 'R²';

    const isChosenTyped = document.activeElement === byId('parameter-value');
    byId('parameter-name').value = this.chosen;
    if (!isChosenTyped || !this.isPlaying) byId('parameter-value').value = String(Number(parameters[this.chosen].toPrecision(6)));
    if (isDue('curves', 120)) this.drawCurves();
    if (!this.isPlaying) this.drawPoints();
    if (this.isOpening || !isDue('numbers', 250)) return;
    const isShown = (id) => byId(id).open && (!this.isPlaying || this.inSight.has(id));
    const isAnnotated = byId('annotate').checked;
    const pass = this.pass();
    this.network.annotate(isAnnotated ? pass : null, parameters, this.backprop.asked !== null);
    byId('parameter-about').textContent =
      `${shape.parameterPlaces[this.chosen]}; for the selected sample, ∂L/∂${shape.parameterNames[this.chosen]} = ` +
      (this.backprop.asked === null ? short(pass.gradient[this.chosen]) : '?');
    if (isShown('backprop')) this.backprop.draw(pass, parameters, this.chosen);
    if (isShown('surface-panel')) this.#drawSurface(parameters);
    if (isShown('quality-panel')) this.#drawConfusion();
  }

  drawPoints() {
    const selected = this.samplesOfPoints.indexOf(this.sample);
    drawPoints(byId('points'), this.colours, this.points, {
      size: this.names.size,
      classes: this.names.classes.length,
      range: this.range,
      showTest: this.state.showtest === '1',
      selected,
      cross: this.own.cross,
      labels: this.state.data === 'people' ? this.points.map((point) => PEOPLE[point.x1] ?? '') : [],
    });
  }

  drawCurves() {
    const curve = (key, isTest) => ({ isTest, points: this.history.map((point) => [point.epoch, point[key]]).filter(([, loss]) => !Number.isNaN(loss)) });
    this.present = { isPresent: true, curves: [curve('trainLoss', false), curve('testLoss', true)] };
    drawCurves(byId('curves'), this.colours, [this.present, ...this.runs]);
  }

  #drawSurface(parameters) {
    const [i, j] = [Number(byId('surface-x').value), Number(byId('surface-y').value)];
    const size = Math.max(0.01, Number(byId('surface-size').value) || 4);
    const key = `${i},${j}`;
    if (this.trailOf !== key) [this.trail, this.trailOf] = [[], key];
    const centre = [parameters[i], parameters[j]];
    this.trail.push(centre);
    if (this.trail.length > 500) this.trail.shift();
    const cells = 28;
    const losses = this.engine.surface(i, j, size, cells);
    const names = [this.shape.parameterNames[i], this.shape.parameterNames[j]];
    drawSurface(byId('surface'), this.colours, losses, cells, { trail: this.trail, centre, size, names });
    byId('surface-about').textContent =
      `${names[0]} = ${short(centre[0])}, ${names[1]} = ${short(centre[1])} at the centre; ` +
      `loss from ${short(Math.min(...losses))} (background colour) to ${short(Math.max(...losses))} (blue). The line is the path of training.`;
  }

  #drawConfusion() {
    const { classes } = this.names;
    const table = byId('confusion');
    table.replaceChildren();
    if (classes.length === 0) {
      table.insertRow().insertCell().textContent = 'There is no confusion matrix for a regression. R² is the fraction of the variance of the target that the network explains.';
      return;
    }
    const counts = this.engine.confusion();
    const head = table.createTHead().insertRow();
    const header = (row, text, scope) => row.append(Object.assign(document.createElement('th'), { textContent: text, scope }));
    header(head, Number.isNaN(this.scores.testLoss) ? 'true class (training)' : 'true class (test)', 'col');
    classes.forEach((name) => header(head, `predicted ${name}`, 'col'));
    const body = table.createTBody();
    classes.forEach((name, i) => {
      const row = body.insertRow();
      header(row, name, 'row');
      classes.forEach((_, j) => {
        const cell = row.insertCell();
        cell.textContent = counts[i * classes.length + j];
        if (i === j) cell.className = 'right';
      });
    });
  }

  /** Builds the part below the first picture. */
  finish() {
    this.isOpening = false;
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.inSight[isIntersecting ? 'add' : 'delete'](target.id);
    });
    document.querySelectorAll('.panels > details').forEach((panel) => observer.observe(panel));
    this.backprop.build(this.shape);
    this.draw();
    this.controls.drawCards();
  }

  setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    byId('theme').textContent = theme === 'dark' ? 'Light' : 'Dark'; // the theme that a click selects
    this.colours = palette();
    if (this.shape) {
      this.controls.drawCards();
      this.controls.legend();
      this.draw();
    }
    if (this.shape) {
      this.state.theme = theme;
      if (!this.isPlaying) this.remember();
    }
    this.emit('theme', theme);
  }

  /** Opens the state of a link, given as the text after its #. */
  load(text) {
    this.pause();
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

  /** Opens the state of a link. An invalid value is replaced by its default; if that is not enough, opens a new page. */
  open(text = location.hash) {
    const { state, problems } = address.read(text);
    this.state = state;
    document.body.classList.toggle('embedded', this.state.embed === '1');
    byId('full').href = `index.html${location.hash.replace(/&?embed=1/, '')}`;
    try {
      problems.push(...this.#replaceRefused());
      this.restore();
    } catch (error) {
      if (error instanceof Broken) {
        this.recover();
        return;
      }
      if (!(error instanceof Refused)) throw error;
      problems.push(error.message);
      this.state = address.read('').state;
      this.begin();
    }
    if (problems.length > 0) this.alert(`Part of the link is invalid: ${problems.join('; ')}`);
  }
}
