// The page: what is chosen on it, what is drawn when, and how long training may take of each frame.

import { load, Refused } from './engine.js';
import * as address from './address.js';
import {
  palette, drawMap, drawPoints, drawCurves, drawSurface, drawShape, answerColour, css, runColour, signed,
} from './plots.js';
import { Network, activationOptions, short, CELLS } from './network.js';
import { Backprop } from './backprop.js';
import { OwnData } from './own.js';

const byId = (id) => document.getElementById(id);

const DATA = {
  circle: 'circle', xor: 'exclusive or', gauss: 'two clouds', spiral: 'spiral',
  spiral3: 'three arms', plane: 'plane', hills: 'hills', people: 'people',
};
const LOSSES = {
  classes: { cross: 'cross-entropy', squared: 'squared error', softmax: 'softmax, an output each', hinge: 'hinge' },
  numbers: { squared: 'squared error', absolute: 'absolute error', huber: 'Huber' },
};
const PRESETS = {
  'The lecture: woman or man by weight and height':
    'data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&numbers=1',
  'Exclusive or, with two neurons': 'data=xor&layers=2tanh&rate=0.1',
  'Spiral, all inputs, two layers of eight':
    'data=spiral&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=8tanh,8tanh&rate=0.03&speed=10',
  'Spiral by its coordinates alone, Adam': 'data=spiral&layers=8tanh,8tanh&optimizer=adam&rate=0.01&speed=10',
  'Three arms, softmax': 'data=spiral3&loss=softmax&layers=8tanh,8tanh&optimizer=adam&rate=0.01&speed=10',
  'Hills: numbers in place of classes': 'data=hills&loss=squared&layers=8tanh,4tanh&optimizer=adam&rate=0.01&speed=10',
  'All weights zero: nothing tells the neurons apart': 'data=circle&layers=4tanh&init=zeros&rate=0.3',
  'Too large a step: it diverges': 'data=hills&loss=squared&layers=4relu,4relu&rate=3',
};
/** Who the lecture's people are, by weight less 135 lb. */
const PEOPLE = { '-2': 'Alice', 25: 'Bob', 17: 'Charlie', '-15': 'Diana' };
const OUTPUT_CELLS = 60;
/** How long learning may take of a frame, in milliseconds, so that sixty of them fit into a second. */
const BUDGET = 8;

class Page {
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
    this.cards = [];
    this.drawn = {};
    /** Whether what lies below the first picture is still to be made. */
    this.isOpening = true;
    /** Panels in sight: while the net learns, no others are drawn. */
    this.inSight = new Set();
    this.network = new Network(byId('net'), {
      choose: (index) => this.choose(index, true),
      layers: (index, neurons, activation) => this.changeLayer(index, neurons, activation),
    });
    this.backprop = new Backprop(this);
    this.own = new OwnData(this);
    this.#controls();
  }

  // What there is to learn, and the net.

  /** Takes the state as it stands in an address, data, points and parameters included. */
  restore() {
    const { w, epoch, done, points, plane, ...state } = this.state;
    this.state = state;
    const sample = Number(state.sample) - 1;
    const chosen = Number(state.parameter);
    byId('annotate').checked = state.numbers === '1';
    this.network.setAnnotated(state.numbers === '1');
    if (state.data === 'own' && !points) throw new Refused('it has no points');
    if (points) {
      if (!plane) throw new Refused('it does not say what the points are');
      this.engine.begin(address.settings({ ...state, data: 'circle' }));
      const numbers = address.unpacked(points);
      this.engine.setOwn(plane, Array.from({ length: numbers.length / 4 }, (_, i) => {
        const [x1, x2, target, isTest] = numbers.slice(4 * i, 4 * i + 4);
        return { x1, x2, target, isTest: isTest !== 0 };
      }));
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

  /** Settings that may or may not need another net. */
  apply() {
    if (this.engine.set(address.settings(this.state))) this.rebuild();
    else this.changed();
  }

  /** Everything anew: there are other data or another net. */
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
    const parameterNames = engine.parameterNames();
    const [parameterPlaces, parameterSources, neuronNames] = [[], [], []];
    let hidden = 0;
    let before = inputs;
    let first = 0; // the index of the first neuron of the layer before
    layers.forEach((layer, l) => {
      const isLast = l + 1 === layers.length;
      const own = Array.from({ length: layer.neurons }, (_, j) => (isLast ? `o${j + 1}` : `h${++hidden}`));
      for (const name of own) {
        before.forEach((from, i) => {
          parameterPlaces.push(`${from} → ${name}`);
          parameterSources.push({ layer: l, index: l === 0 ? i : first + i });
        });
        parameterPlaces.push(`bias → ${name}`);
        parameterSources.push(null);
      }
      first = neuronNames.length;
      neuronNames.push(...own);
      before = own;
    });
    byId('told').textContent = byId('ask-answer').textContent = ''; // of another net, or other data
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
    this.#show();
    this.changed();
  }

  /** The net has other parameters. */
  changed() {
    const scores = this.engine.scores();
    const epoch = this.engine.epoch();
    const last = this.history.at(-1);
    if (last && last.epoch > epoch) this.history = this.history.filter((point) => point.epoch < epoch);
    if (!last || last.epoch !== epoch) this.history.push({ epoch, ...scores });
    else this.history[this.history.length - 1] = { epoch, ...scores };
    // Half of the points are enough when there are many.
    if (this.history.length > 1200) this.history = this.history.filter((_, i) => i % 2 === 0 || i + 1 === this.history.length);
    this.scores = scores;
    this.draw();
    if (!this.isPlaying) this.remember();
  }

  /** Runs what changes the net; where that goes wrong, says so and stops. */
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
    const run = (this.run = {}); // one that was paused and begun anew within a frame is another
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

  // What is chosen.

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

  /** A parameter as it was typed; what is no number leaves it as it is. */
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
    if (!this.attempt(() => this.apply())) this.state[key] = before; // the field shows what was refused, until it is put right
  }

  /** Does what the crate may refuse, and says so. */
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

  /** Another share of one's own points. */
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

  /** Writes the state behind the address, so that a link reproduces it. */
  remember() {
    const text = address.written(this.whole());
    history.replaceState(null, '', `#${text}`);
  }

  whole() {
    const state = { ...this.state, sample: String(this.sample + 1), parameter: String(this.chosen) };
    state.numbers = byId('annotate').checked ? '1' : '0';
    if (this.isOwn) {
      state.plane = this.engine.description();
      state.points = address.packed(this.points.flatMap((point) => [point.x1, point.x2, point.target, point.isTest ? 1 : 0]));
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
    // The crate writes numbers with all their digits.
    byId('alert-text').textContent = text.replace(/-?\d+\.\d{4,}(e[-+]?\d+)?|-?\d{9,}/g, (number) => short(Number(number)));
    byId('go-back').hidden = !canGoBack;
  }

  /** The name of a sample, where it has one. */
  whoIs(sample) {
    const name = this.state.data === 'people' && PEOPLE[this.points[this.samplesOfPoints.indexOf(sample)]?.x1];
    return name ? `${name}: ` : '';
  }

  /** What the net answers at a place of the plane, said in words. */
  tell({ x1, x2 }) {
    const answers = this.engine.answer(x1, x2);
    const { names, shifts, units, classes, target } = this.names;
    const number = (x, i) => short(x * units[i] + shifts[i]);
    const what = classes.length === 0
      ? `${target} ${short(answers[0])}`
      : answers.map((part, i) => `${classes[i]} ${(100 * part).toFixed(1)} %`).join(', ');
    byId('told').textContent = byId('ask-answer').textContent = `${names[0]} ${number(x1, 0)}, ${names[1]} ${number(x2, 1)}: ${what}`;
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
    /** While the net learns, what is costly to draw or read at leisure is drawn some times a second. */
    const isDue = (what, milliseconds) => {
      if (this.isPlaying && now - (this.drawn[what] ?? 0) < milliseconds) return false;
      this.drawn[what] = now;
      return true;
    };
    if (isDue('net', 60)) this.network.draw(colours, parameters, engine.maps(CELLS), this.chosen);
    const classes = names.classes.length;
    const colour = answerColour(colours, engine.answers(OUTPUT_CELLS), classes, this.range, this.state.discrete === '1');
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
      `${shape.parameterPlaces[this.chosen]}; for the sample chosen, ∂L/∂${shape.parameterNames[this.chosen]} = ` +
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
      `${names[0]} = ${short(centre[0])}, ${names[1]} = ${short(centre[1])} in the middle; ` +
      `loss from ${short(Math.min(...losses))} (like the page) to ${short(Math.max(...losses))} (blue). The line is where the net came from.`;
  }

  #drawConfusion() {
    const { classes } = this.names;
    const table = byId('confusion');
    table.replaceChildren();
    if (classes.length === 0) {
      table.insertRow().insertCell().textContent = `The answers are numbers: R² says how much of their variance is explained.`;
      return;
    }
    const counts = this.engine.confusion();
    const head = table.createTHead().insertRow();
    const header = (row, text, scope) => row.append(Object.assign(document.createElement('th'), { textContent: text, scope }));
    header(head, Number.isNaN(this.scores.testLoss) ? 'true, of all' : 'true, of those held out', 'col');
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

  /** Controls as the state has them. */
  #show() {
    const { state, names } = this;
    for (const id of ['rate', 'batch', 'optimizer', 'penalty', 'penaltyrate', 'init', 'seed', 'speed', 'noise', 'test', 'dataseed', 'output']) {
      if (document.activeElement !== byId(id)) byId(id).value = state[id];
    }
    if (byId('penaltyrate').value === '') byId('penaltyrate').append(new Option(state.penaltyrate, state.penaltyrate, true, true));
    byId('noise-value').textContent = `${Math.round(100 * Number(state.noise))} %`;
    byId('test-value').textContent = `${Math.round(100 * Number(state.test))} %`;
    byId('showtest').checked = state.showtest === '1';
    byId('discrete').checked = state.discrete === '1';
    const losses = names.classes.length > 0 ? LOSSES.classes : LOSSES.numbers;
    const options = Object.entries(losses).filter(([key]) => names.classes.length < 3 || (key !== 'cross' && key !== 'hinge'));
    byId('loss').replaceChildren(...options.map(([key, text]) => new Option(text, key)));
    // What does not go with the data has given way.
    state.loss = byId('loss').value = this.engine.loss();
    byId('output-label').hidden = names.classes.length === 0 || byId('loss').value !== 'squared';
    document.querySelectorAll('#data input').forEach((input) => (input.checked = input.value === state.data));
    const inputs = state.inputs.split(',');
    document.querySelectorAll('#inputs input').forEach((input) => (input.checked = inputs.includes(input.value)));
    const hidden = this.shape.layers.length - 1;
    byId('hidden').textContent = hidden === 1 ? '1 hidden layer' : `${hidden} hidden layers`;
    byId('fewer').disabled = this.shape.layers.length === 1;
    byId('more').disabled = this.shape.layers.length === 7;
    const isMadeUp = !this.isOwn && state.data !== 'people';
    for (const id of ['noise', 'dataseed', 'other-points']) byId(id).disabled = !isMadeUp;
    byId('test').disabled = state.data === 'people';
    byId('annotate-about').textContent = this.network.edges.length > 24 ? '(on lines: of nets with up to 24 weights)' : '';
    const ends = (axis) => [-1, 1].map((sign) => short(sign * names.size * names.units[axis] + names.shifts[axis]));
    byId('axis-x').textContent = `${names.names[0]} →`;
    byId('axis-y').textContent = `↑ ${names.names[1]} ${ends(1).join(' to ')}`;
    [byId('low-x').textContent, byId('high-x').textContent] = ends(0);
    const units = state.data !== 'people' ? ['', ''] : byId('ask-metric').checked ? [' (kg)', ' (cm)'] : [' (lb)', ' (in)'];
    [1, 2].forEach((i) => (byId(`ask-name-${i}`).textContent = names.names[i - 1] + units[i - 1]));
    byId('ask-metric-label').hidden = state.data !== 'people';
    this.#legend();
  }

  #legend() {
    const items = this.names.classes.length > 0 ? this.names.classes : [`${this.names.target} low`, 'high'];
    byId('legend').replaceChildren(...items.map((name, i) => {
      const item = document.createElement('span');
      const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 32 });
      const context = canvas.getContext('2d');
      const isNumber = this.names.classes.length === 0;
      context.fillStyle = css(isNumber ? signed(this.colours, i === 0 ? -1 : 1) : this.colours.classes[i]);
      drawShape(context, isNumber ? 0 : i, 16, 16, 10);
      context.fill();
      item.append(canvas, ` ${name}`);
      return item;
    }));
  }

  #controls() {
    const on = (id, event, f) => byId(id).addEventListener(event, f);
    on('play', 'click', () => (this.isPlaying ? this.pause() : this.play()));
    on('step', 'click', () => {
      this.pause();
      this.sample = this.engine.nextSample();
      this.learn(() => this.engine.step());
    });
    on('reset', 'click', () => {
      this.pause();
      this.alert('');
      this.engine.reset();
      [this.history, this.trail, this.isTouched] = [[], [], false];
      this.changed();
    });
    on('reseed', 'click', () => {
      this.pause();
      this.set('seed', String(Math.floor(Math.random() * 1e6)));
    });
    on('go-back', 'click', () => {
      const epoch = this.engine.goBack();
      this.alert(`Back at epoch ${epoch}. A smaller learning rate may help now.`);
      this.changed();
    });
    on('alert-close', 'click', () => this.alert(''));

    for (const id of ['rate', 'batch', 'optimizer', 'loss', 'output', 'init', 'seed', 'penalty', 'penaltyrate']) {
      on(id, 'change', () => this.set(id, byId(id).value));
    }
    on('speed', 'change', () => {
      this.state.speed = byId('speed').value;
      this.remember();
    });
    for (const id of ['noise', 'test', 'dataseed']) {
      on(id, id === 'dataseed' ? 'change' : 'input', () => {
        this.state[id] = byId(id).value;
        this.attempt(() => (this.isOwn ? this.holdOut() : this.begin()));
      });
    }
    on('other-points', 'click', () => {
      this.state.dataseed = String(Math.floor(Math.random() * 1e6));
      this.attempt(() => this.begin());
    });
    for (const id of ['showtest', 'discrete']) {
      on(id, 'change', () => {
        this.state[id] = byId(id).checked ? '1' : '0';
        this.draw();
        this.remember();
      });
    }
    on('annotate', 'change', () => {
      this.network.setAnnotated(byId('annotate').checked);
      this.draw();
      this.remember();
    });
    on('fewer', 'click', () => this.set('layers', this.state.layers.split(',').slice(0, -1).join(',')));
    on('more', 'click', () => this.set('layers', [...this.state.layers.split(',').filter(Boolean), '4tanh'].join(',')));
    on('parameter-name', 'change', () => this.choose(Number(byId('parameter-name').value)));
    on('parameter-value', 'change', () => this.setParameter(this.chosen, byId('parameter-value').value));
    for (const id of ['surface-x', 'surface-y', 'surface-size']) on(id, 'change', () => this.draw());
    for (const id of ['surface-panel', 'quality-panel', 'backprop']) on(id, 'toggle', () => this.draw());
    byId('output').append(...activationOptions('sigmoid').filter(({ value }) => ['sigmoid', 'identity', 'tanh'].includes(value)));

    on('keep', 'click', () => {
      const data = DATA[this.state.data] ?? this.names.target;
      const name = `run ${this.runs.length + 1}: ${data}, ${this.state.loss}, ${this.engine.epoch()} epochs, ${short(this.scores.trainLoss)}`;
      this.runs.push({ ...this.present, isPresent: false, name });
      this.#listRuns();
    });
    on('ask-metric', 'change', () => this.#show());
    on('ask', 'submit', (event) => {
      event.preventDefault();
      const { shifts, units } = this.names;
      const isMetric = byId('ask-metric').checked && this.state.data === 'people';
      const given = [1, 2].map((i) => Number(byId(`ask-${i}`).value));
      const [a, b] = isMetric ? [given[0] / 0.45359237, given[1] / 2.54] : given;
      this.tell({ x1: (a - shifts[0]) / units[0], x2: (b - shifts[1]) / units[1] });
    });
    const copy = async (text) => {
      byId('exported').value = text;
      byId('exported').hidden = false;
      try {
        await navigator.clipboard.writeText(text);
        byId('copied').textContent = 'Copied.';
      } catch {
        byId('copied').textContent = 'Below, to be copied.';
      }
    };
    on('link', 'click', () => copy(`${location.origin}${location.pathname}#${address.written(this.whole())}`));
    on('embed', 'click', () => {
      const link = `${location.origin}${location.pathname}#${address.written({ ...this.whole(), embed: '1' })}`;
      copy(`<iframe src="${link.replaceAll('&', '&amp;')}" width="100%" height="900" title="Backpropagation playground"></iframe>`);
    });
    on('json', 'click', () => this.attempt(() => copy(this.engine.json())));
    on('rust', 'click', () => this.attempt(() => copy(this.engine.rust())));

    byId('preset').append(...Object.entries(PRESETS).map(([name, text]) => new Option(name, text)));
    on('preset', 'change', () => {
      this.pause();
      if (byId('preset').value === '') return;
      this.state = address.read(byId('preset').value);
      this.attempt(() => this.restore());
    });
    on('theme', 'click', () => this.setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
    window.addEventListener('hashchange', () => {
      const state = address.read(location.hash); // before a pause writes the old one
      this.pause();
      this.state = state;
      this.open();
    });
    window.addEventListener('resize', () => this.draw());
    this.#dataCards();
    for (const [key, name] of this.engine.inputs()) {
      const label = document.createElement('label');
      const input = Object.assign(document.createElement('input'), { type: 'checkbox', value: key });
      input.addEventListener('change', () => {
        const chosen = [...document.querySelectorAll('#inputs input:checked')].map((box) => box.value);
        if (chosen.length === 0) input.checked = true; // a net has an input at least
        else this.set('inputs', chosen.join(','));
      });
      label.append(input, name);
      byId('inputs').append(label);
    }
  }

  /** A card for each kind of data, with its points. */
  #dataCards() {
    for (const [key, name] of Object.entries(DATA)) {
      const label = document.createElement('label');
      const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'data', value: key });
      input.addEventListener('change', () => {
        this.pause();
        this.state.data = key;
        this.attempt(() => this.begin());
      });
      const canvas = document.createElement('canvas');
      canvas.setAttribute('aria-hidden', 'true');
      label.append(input, canvas, name);
      byId('data').append(label);
      this.engine.begin(`data=${key}&test=0`);
      const { size, classes } = this.engine.names();
      const points = this.engine.points().slice(0, 160);
      const targets = points.map((point) => point.target);
      const range = [Math.min(...targets), Math.max(...targets)];
      this.cards.push({ canvas, points, size, classes: classes.length, range, showTest: false, selected: -1 });
    }
  }

  #listRuns() {
    byId('runs').replaceChildren(...this.runs.map((run, i) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: `✕ ${run.name}` });
      button.style.borderColor = css(runColour(this.colours, i + 1));
      button.addEventListener('click', () => {
        this.runs.splice(i, 1);
        this.#listRuns();
      });
      return button;
    }));
    this.drawCurves();
  }

  /** Makes what is below the first picture. */
  finish() {
    this.isOpening = false;
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.inSight[isIntersecting ? 'add' : 'delete'](target.id);
    });
    document.querySelectorAll('.panels > details').forEach((panel) => observer.observe(panel));
    this.backprop.build(this.shape);
    this.draw();
    this.drawCards();
  }

  drawCards() {
    for (const { canvas, points, ...options } of this.cards) drawPoints(canvas, this.colours, points, options);
  }

  setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    byId('theme').textContent = theme === 'dark' ? 'Light' : 'Dark'; // what it makes of the page
    this.colours = palette();
    if (this.shape) {
      this.drawCards();
      this.#legend();
      this.draw();
    }
  }

  /** What the address says; if that cannot be, a fresh page, and why. */
  open() {
    document.body.classList.toggle('embedded', this.state.embed === '1');
    byId('full').href = `index.html${location.hash.replace(/&?embed=1/, '')}`;
    try {
      this.restore();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.state = address.read('');
      this.begin();
      this.alert(`The link cannot be followed: ${error.message}`);
    }
  }
}

const isDark = window.matchMedia('(prefers-color-scheme: dark)').matches;
document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
load('playground.wasm')
  .then((engine) => {
    const page = new Page(engine);
    page.setTheme(isDark ? 'dark' : 'light');
    page.open();
    window.playground = page; // for tests, and for the curious
    performance.mark('first-picture');
    setTimeout(() => page.finish());
  })
  .catch((error) => {
    byId('alert').hidden = false;
    byId('alert-text').textContent = `The page cannot start: ${error.message}. It needs WebAssembly, and a server to come from.`;
    throw error;
  });
