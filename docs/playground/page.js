// The page: its state, the network that it trains, when to draw what, and how much of each frame training may take.

import { Refused, numbersOf, pointsOf } from './engine.js';
import * as address from './address.js';
import { palette, drawMap, drawPoints, drawCurves, drawSurface, predictionColour } from './plots.js';
import { Network, short, CELLS } from './network.js';
import { Backprop } from './backprop.js';
import { Controls } from './controls.js';
import { Help } from './help.js';
import { OwnData } from './own.js';

const byId = (id) => document.getElementById(id);

/** The names of the lecture's people, by their shifted weight. */
const PEOPLE = { '-2': 'Alice', 25: 'Bob', 17: 'Charlie', '-15': 'Diana' };
const OUTPUT_CELLS = 60;
/** The time for training in each frame, in milliseconds, so that sixty frames fit into a second. */
const BUDGET = 8;

export class Page {
  constructor(engine) {
    this.engine = engine;
    this.state = address.read(location.hash);
    this.colours = palette();
    this.isPlaying = false;
    this.sample = 0;
    this.chosen = 0;
    this.history = [];
    this.runs = [];
    this.trail = [];
    this.drawn = {};
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
    this.help = new Help();
  }

  // The data and the network.

  /** Restores the state of an address, including data, points and parameters. */
  restore() {
    const { w, epoch, done, points, plane, ...state } = this.state;
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
      this.isOwn = true;
      this.rebuild();
    } else this.begin();
    if (w) {
      this.engine.goTo(Number(epoch ?? 0), Number(done ?? 0), address.unpacked(w));
      this.isTouched = true;
      this.changed();
    }
    const has = (number, count) => Number.isInteger(number) && number >= 0 && number < count;
    if (has(sample, this.engine.samples())) this.sample = sample;
    if (has(chosen, this.shape.parameterNames.length)) this.chosen = chosen;
    if (state.theme === 'dark' || state.theme === 'light') this.setTheme(state.theme);
    this.draw();
  }

  begin(settings = address.settings(this.state)) {
    this.engine.begin(settings);
    this.isOwn = false;
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
    this.network.build(this.shape);
    if (!this.isOpening) this.backprop.build(this.shape);
    this.own.build(this.names.classes);
    const options = () => parameterNames.map((name, i) => new Option(`${name} (${parameterPlaces[i]})`, i));
    byId('parameter-name').replaceChildren(...options());
    byId('surface-x').replaceChildren(...options());
    byId('surface-y').replaceChildren(...options());
    byId('surface-y').selectedIndex = Math.min(1, parameterNames.length - 1);
    this.controls.show();
    this.changed();
  }

  /** Updates the page after a change of the parameters. */
  changed() {
    const scores = this.engine.scores();
    const epoch = this.engine.epoch();
    const last = this.history.at(-1);
    if (last && last.epoch > epoch) this.history = this.history.filter((point) => point.epoch < epoch);
    if (!last || last.epoch !== epoch) this.history.push({ epoch, ...scores });
    else this.history[this.history.length - 1] = { epoch, ...scores };
    // Drop every second point when there are many.
    if (this.history.length > 1200) this.history = this.history.filter((_, i) => i % 2 === 0 || i + 1 === this.history.length);
    this.scores = scores;
    this.draw();
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
    this.isPlaying = true;
    byId('play').textContent = '⏸ Pause';
    byId('play').setAttribute('aria-pressed', 'true');
    this.alert('');
    let owed = 0;
    const run = (this.run = {}); // a run that is paused and restarted within a frame is a new run
    const frame = () => {
      if (!this.isPlaying || this.run !== run) return;
      const { speed } = this.state;
      const start = performance.now();
      owed += speed === 'max' ? 1 : Number(speed) || 1;
      const isDone = this.learn(() => {
        if (speed === 'max') while (performance.now() - start < BUDGET) this.engine.learn(1);
        for (; owed >= 1 && speed !== 'max' && performance.now() - start < 2 * BUDGET; owed--) this.engine.learn(1);
      });
      owed = Math.min(owed, 1);
      if (isDone) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  pause() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    byId('play').textContent = '▶ Play';
    byId('play').setAttribute('aria-pressed', 'false');
    this.remember();
    this.draw();
  }

  // The selection.

  choose(index, isAsked = false) {
    this.chosen = index;
    this.draw();
    if (!this.isPlaying) this.remember();
    if (isAsked) byId('parameter-value').focus({ preventScroll: true });
  }

  chooseSample(sample) {
    const count = this.engine.samples();
    this.sample = Number.isFinite(sample) ? ((Math.round(sample) % count) + count) % count : 0;
    this.draw();
    if (!this.isPlaying) this.remember();
  }

  sampleOf(pointIndex) {
    return this.samplesOfPoints[pointIndex];
  }

  /** Sets a parameter to a typed value; ignores a text that is not a number. */
  setParameter(index, text) {
    if (text.trim() !== '' && Number.isFinite(Number(text))) {
      this.engine.setParameter(index, Number(text));
      this.isTouched = true;
    }
    this.changed();
  }

  changeLayer(index, neurons, activation) {
    const layers = this.state.layers.split(',').filter(Boolean);
    layers[index] = `${Math.max(1, Math.min(8, neurons))}${activation}`;
    this.set('layers', layers.join(','));
  }

  set(key, value) {
    const before = this.state[key];
    this.state[key] = value;
    if (!this.attempt(() => this.apply())) this.state[key] = before; // the field shows the refused value until it is corrected
  }

  /** Runs `f`, which the crate may refuse, and shows the error. */
  attempt(f) {
    try {
      f();
      this.alert('');
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.alert(error.message);
      return false;
    }
  }

  setPoints(points) {
    this.attempt(() => {
      this.engine.setPoints(points);
      this.isOwn = true;
      const { history, isTouched } = this;
      this.rebuild();
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
    const text = address.written(this.whole());
    history.replaceState(null, '', `#${text}`);
  }

  whole() {
    const state = { ...this.state, sample: String(this.sample + 1), parameter: String(this.chosen) };
    state.numbers = byId('annotate').checked ? '1' : '0';
    if (this.isOwn) {
      state.plane = this.engine.description();
      state.points = address.packed(numbersOf(this.points));
    }
    if (this.isTouched) {
      state.epoch = String(this.engine.epoch());
      if (this.engine.done() > 0) state.done = String(this.engine.done());
      state.w = address.packed(this.engine.parameters());
    }
    return state;
  }

  alert(text, canGoBack = false) {
    byId('alert').hidden = text === '';
    // The crate formats numbers with all digits.
    byId('alert-text').textContent = text.replace(/-?\d+\.\d{4,}(e[-+]?\d+)?|-?\d{9,}/g, (number) => short(Number(number)));
    byId('go-back').hidden = !canGoBack;
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
  }

  /** Opens the state of the address; if it is invalid, opens a new page and shows the error. */
  open() {
    document.body.classList.toggle('embedded', this.state.embed === '1');
    byId('full').href = `index.html${location.hash.replace(/&?embed=1/, '')}`;
    try {
      this.restore();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.state = address.read('');
      this.begin();
      this.alert(`The link is invalid: ${error.message}`);
    }
  }
}
