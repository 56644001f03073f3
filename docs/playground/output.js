// The output: the map of the predictions with its points, axes and colour scale, the losses and their curves.

import { css, drawCurves, drawMap, drawPoints, drawShape, ofTarget, predictionColour, signed } from './plots.js';
import { short, writeName } from './network.js';
import { typed } from './maths.js';

const byId = (id) => document.getElementById(id);

/** The names of the lecture's people, by their shifted weight. */
const PEOPLE = { '-2': 'Alice', 25: 'Bob', 17: 'Charlie', '-15': 'Diana' };
const CELLS = 60;
const TICKS = 5;
const KG_PER_POUND = 0.45359237;
const CM_PER_INCH = 2.54;

export class Output {
  constructor(page) {
    this.page = page;
    /** The place under the mouse, or null; and the last prediction that was asked for. */
    [this.pointed, this.answered] = [null, ''];
    page.on('enlarge', () => this.drawMap());
    const curves = byId('curves');
    curves.addEventListener('pointermove', (event) => this.#read(event.offsetX));
    curves.addEventListener('pointerleave', () => this.#read(null));
    byId('ask-metric').addEventListener('change', () => this.#writeUnits());
    byId('ask').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#predict();
    });
  }

  /** Writes the names, ticks and colours for new data. */
  build() {
    const { names, points } = this.page;
    const targets = points.map((point) => point.target);
    this.range = [Math.min(...targets), Math.max(...targets)];
    writeName(byId('axis-x'), names.names[0]);
    writeName(byId('axis-y'), names.names[1]);
    const ticks = (axis, signs) => signs.map((sign) => {
      const value = sign * names.size * names.units[axis] + names.shifts[axis];
      return Object.assign(document.createElement('span'), { textContent: short(value) });
    });
    const signs = Array.from({ length: TICKS }, (_, i) => (2 * i) / (TICKS - 1) - 1);
    byId('ticks-x').replaceChildren(...ticks(0, signs));
    byId('ticks-y').replaceChildren(...ticks(1, signs.map((sign) => -sign)));
    this.answered = byId('prediction').textContent = byId('ask-answer').textContent = ''; // of the previous network or data
    this.#writeUnits();
    this.recolour();
  }

  #writeUnits() {
    const { names, state } = this.page;
    const units = state.data !== 'people' ? ['', ''] : byId('ask-metric').checked ? [' (kg)', ' (cm)'] : [' (lb)', ' (in)'];
    units.forEach((unit, i) => (byId(`ask-name-${i + 1}`).textContent = names.names[i] + unit));
    byId('ask-metric-label').hidden = state.data !== 'people';
  }

  /** Draws the legend: a colour scale between two classes or numbers, or the shapes of more classes. */
  recolour() {
    const { colours, names } = this.page;
    const shape = (kind, colour) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 32 });
      const context = canvas.getContext('2d');
      context.fillStyle = css(colour);
      drawShape(context, kind, 16, 16, 11);
      context.fill();
      return canvas;
    };
    const span = (...content) => {
      const node = document.createElement('span');
      node.append(...content);
      return node;
    };
    const scale = document.createElement('i');
    const { classes } = names;
    byId('legend').classList.toggle('many', classes.length > 2);
    byId('legend').replaceChildren(...(
      classes.length === 0 ? [span(`${names.target} ${short(this.range[0])}`), scale, span(short(this.range[1]))]
        : classes.length === 2 ? [span(shape(0, colours.classes[0]), ` ${classes[0]}`), scale, span(`${classes[1]} `, shape(1, colours.classes[1]))]
          : classes.map((name, i) => span(shape(i, colours.classes[i]), ` ${name}`))));
  }

  /** Draws everything that changes with the parameters. */
  draw() {
    this.drawMap();
    this.#writePointed();
    this.#writeScores();
  }

  /** Draws the prediction or, in its place, the enlarged neuron or feature. */
  drawMap() {
    const { page } = this;
    const { colours, enlarged } = page;
    byId('enlarged').hidden = enlarged === null;
    if (enlarged === null) {
      const predictions = page.engine.answers(CELLS);
      drawMap(byId('map'), CELLS, predictionColour(colours, predictions, page.names.classes.length, this.range, page.state.discrete === '1'));
      return;
    }
    const { name, values } = page.network.mapOf(enlarged, CELLS);
    writeName(byId('enlarged'), name);
    drawMap(byId('map'), CELLS, (cell) => signed(colours, values[cell]));
  }

  #writeScores() {
    const { scores, names, engine } = this.page;
    const isClasses = names.classes.length > 0;
    const loss = (x) => (Number.isNaN(x) ? '–' : x < 10000 ? x.toFixed(4) : short(x));
    const quality = (x) => (Number.isNaN(x) ? '–' : isClasses ? `${(100 * x).toFixed(1)} %` : x > -1000 ? x.toFixed(3) : short(x));
    const [done, size] = [engine.done(), engine.samples()];
    byId('within').textContent = done > 0 ? ` + ${done} of ${size} points` : '';
    byId('epoch').textContent = engine.epoch().toLocaleString('en');
    byId('train-loss').textContent = loss(scores.trainLoss);
    byId('test-loss').textContent = loss(scores.testLoss);
    byId('train-quality').textContent = quality(scores.trainQuality);
    byId('test-quality').textContent = quality(scores.testQuality);
    const hasNoTest = Number.isNaN(scores.testLoss);
    byId('test-loss').parentElement.hidden = byId('of-test').hidden = byId('showtest').parentElement.hidden = hasNoTest;
    document.querySelector('.quality').textContent = isClasses ? 'Accuracy' : 'R²';
  }

  drawPoints() {
    const { page } = this;
    const isPeople = page.state.data === 'people';
    drawPoints(byId('points'), page.colours, page.points, {
      size: page.names.size,
      classes: page.names.classes.length,
      range: this.range,
      showTest: page.state.showtest === '1',
      selected: page.samplesOfPoints.indexOf(page.sample),
      cross: page.own.cross,
      labels: isPeople ? page.points.map((point) => PEOPLE[point.x1] ?? '') : [],
    });
  }

  drawCurves() {
    const { page } = this;
    this.epochAt = drawCurves(byId('curves'), page.colours, [page.presentRun(), ...page.runs], this.isReading ? this.read?.epoch : undefined);
  }

  /** Writes the losses of the epoch under the pointer in place of the present ones. */
  #read(place) {
    this.isReading = place !== null;
    const { history } = this.page;
    const epoch = this.isReading ? this.epochAt(place) : 0;
    const distance = (point) => Math.abs(point.epoch - epoch);
    this.read = history.reduce((best, point) => (distance(point) < distance(best) ? point : best), history[0]);
    const { read } = this;
    byId('curve-at').hidden = !this.isReading;
    const test = Number.isNaN(read.testLoss) ? '' : `, test ${short(read.testLoss)}`;
    byId('curve-at').textContent = `epoch ${read.epoch}: training ${short(read.trainLoss)}${test}`;
    this.drawCurves();
  }

  /** Returns the name of a sample with a colon if it has one. */
  whoIs(sample) {
    const { page } = this;
    const name = page.state.data === 'people' && PEOPLE[page.points[page.samplesOfPoints.indexOf(sample)]?.x1];
    return name ? `${name}: ` : '';
  }

  #predict() {
    const { shifts, units } = this.page.names;
    const isMetric = byId('ask-metric').checked && this.page.state.data === 'people';
    const fields = [1, 2].map((i) => byId(`ask-${i}`));
    const [a, b] = fields.map((field) => typed(field.value));
    const wrong = fields.find((field) => !Number.isFinite(typed(field.value)));
    if (wrong) {
      byId('ask-answer').textContent = `expected a number, got “${wrong.value}”`;
      wrong.focus();
      return;
    }
    const values = isMetric ? [a / KG_PER_POUND, b / CM_PER_INCH] : [a, b];
    const [x1, x2] = values.map((value, i) => (value - shifts[i]) / units[i]);
    this.showPrediction({ x1, x2 });
  }

  /** Shows the prediction at a place of the plane while the mouse is there; null shows the last one that was asked for. */
  point(place) {
    this.pointed = place;
    this.#writePointed();
  }

  #writePointed() {
    byId('prediction').textContent = this.pointed ? this.#predictionAt(this.pointed) : this.answered;
  }

  /** Writes the prediction for a place of the plane. */
  showPrediction(place) {
    this.answered = byId('ask-answer').textContent = this.#predictionAt(place);
    this.#writePointed();
  }

  #predictionAt({ x1, x2 }) {
    const outputs = this.page.engine.answer(x1, x2);
    const { names, shifts, units, classes, target } = this.page.names;
    const value = (x, i) => short(x * units[i] + shifts[i]);
    const prediction = classes.length === 0
      ? `${target} ${short(outputs[0])}`
      : outputs.map((probability, i) => `${classes[i]} ${(100 * probability).toFixed(1)} %`).join(', ');
    return `${names[0]} = ${value(x1, 0)}, ${names[1]} = ${value(x2, 1)}: ${prediction}`;
  }
}
