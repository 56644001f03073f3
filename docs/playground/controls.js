// The controls: they change the state of the page and show it.

import * as address from './address.js';
import { css, drawPoints, drawShape, runColour, signed } from './plots.js';
import { activationOptions, short } from './network.js';

const byId = (id) => document.getElementById(id);

const DATA = {
  circle: 'circle', xor: 'exclusive or', gauss: 'two clouds', spiral: 'spiral',
  spiral3: 'three arms', plane: 'plane', hills: 'hills', people: 'people',
};
const LOSSES = {
  classes: { cross: 'cross-entropy', squared: 'squared error', softmax: 'softmax, one output per class', hinge: 'hinge' },
  numbers: { squared: 'squared error', absolute: 'absolute error', huber: 'Huber' },
};
const PRESETS = {
  'The lecture: sex by weight and height':
    'data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&numbers=1',
  'Exclusive or, with two neurons': 'data=xor&layers=2tanh&rate=0.1',
  'Spiral, all inputs, two layers of eight':
    'data=spiral&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=8tanh,8tanh&rate=0.03&speed=10',
  'Spiral, coordinates only, Adam': 'data=spiral&layers=8tanh,8tanh&optimizer=adam&rate=0.01&speed=10',
  'Three arms, softmax': 'data=spiral3&loss=softmax&layers=8tanh,8tanh&optimizer=adam&rate=0.01&speed=10',
  'Hills: regression': 'data=hills&loss=squared&layers=8tanh,4tanh&optimizer=adam&rate=0.01&speed=10',
  'All weights zero: the neurons stay equal': 'data=circle&layers=4tanh&init=zeros&rate=0.3',
  'Learning rate too large: training diverges': 'data=hills&loss=squared&layers=4relu,4relu&rate=3',
};

export class Controls {
  /** Listens to the controls and calls `page`. */
  constructor(page) {
    this.page = page;
    this.cards = [];
    this.#listen();
  }

  /** Shows the state in the controls. */
  show() {
    const { state, names } = this.page;
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
    // The engine replaces a loss that does not fit the data.
    state.loss = byId('loss').value = this.page.engine.loss();
    byId('output-label').hidden = names.classes.length === 0 || byId('loss').value !== 'squared';
    document.querySelectorAll('#data input').forEach((input) => (input.checked = input.value === state.data));
    const inputs = state.inputs.split(',');
    document.querySelectorAll('#inputs input').forEach((input) => (input.checked = inputs.includes(input.value)));
    const hidden = this.page.shape.layers.length - 1;
    byId('hidden').textContent = hidden === 1 ? '1 hidden layer' : `${hidden} hidden layers`;
    byId('fewer').disabled = this.page.shape.layers.length === 1;
    byId('more').disabled = this.page.shape.layers.length === 7;
    const isMadeUp = !this.page.isOwn && state.data !== 'people';
    for (const id of ['noise', 'dataseed', 'other-points']) byId(id).disabled = !isMadeUp;
    byId('test').disabled = state.data === 'people';
    byId('annotate-about').textContent = this.page.network.edges.length > 24 ? '(on lines only up to 24 weights)' : '';
    const ends = (axis) => [-1, 1].map((sign) => short(sign * names.size * names.units[axis] + names.shifts[axis]));
    byId('axis-x').textContent = `${names.names[0]} →`;
    byId('axis-y').textContent = `↑ ${names.names[1]} ${ends(1).join(' to ')}`;
    [byId('low-x').textContent, byId('high-x').textContent] = ends(0);
    const units = state.data !== 'people' ? ['', ''] : byId('ask-metric').checked ? [' (kg)', ' (cm)'] : [' (lb)', ' (in)'];
    [1, 2].forEach((i) => (byId(`ask-name-${i}`).textContent = names.names[i - 1] + units[i - 1]));
    byId('ask-metric-label').hidden = state.data !== 'people';
    this.legend();
  }

  legend() {
    const items = this.page.names.classes.length > 0 ? this.page.names.classes : [`${this.page.names.target} low`, 'high'];
    byId('legend').replaceChildren(...items.map((name, i) => {
      const item = document.createElement('span');
      const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 32 });
      const context = canvas.getContext('2d');
      const isNumber = this.page.names.classes.length === 0;
      context.fillStyle = css(isNumber ? signed(this.page.colours, i === 0 ? -1 : 1) : this.page.colours.classes[i]);
      drawShape(context, isNumber ? 0 : i, 16, 16, 10);
      context.fill();
      item.append(canvas, ` ${name}`);
      return item;
    }));
  }

  #listen() {
    const on = (id, event, f) => byId(id).addEventListener(event, f);
    on('play', 'click', () => (this.page.isPlaying ? this.page.pause() : this.page.play()));
    on('step', 'click', () => {
      this.page.pause();
      this.page.sample = this.page.engine.nextSample();
      this.page.learn(() => this.page.engine.step());
    });
    on('reset', 'click', () => {
      this.page.alert('');
      this.page.reset();
    });
    on('reseed', 'click', () => {
      this.page.pause();
      this.page.set('seed', String(Math.floor(Math.random() * 1e6)));
    });
    on('go-back', 'click', () => {
      const epoch = this.page.engine.goBack();
      this.page.alert(`Restored epoch ${epoch}. A smaller learning rate may help.`);
      this.page.changed();
    });
    on('alert-close', 'click', () => this.page.alert(''));

    for (const id of ['rate', 'batch', 'optimizer', 'loss', 'output', 'init', 'seed', 'penalty', 'penaltyrate']) {
      on(id, 'change', () => this.page.set(id, byId(id).value));
    }
    on('speed', 'change', () => {
      this.page.state.speed = byId('speed').value;
      this.page.remember();
    });
    for (const id of ['noise', 'test', 'dataseed']) {
      on(id, id === 'dataseed' ? 'change' : 'input', () => {
        this.page.state[id] = byId(id).value;
        this.page.attempt(() => (this.page.isOwn ? this.page.holdOut() : this.page.begin()));
      });
    }
    on('other-points', 'click', () => {
      this.page.state.dataseed = String(Math.floor(Math.random() * 1e6));
      this.page.attempt(() => this.page.begin());
    });
    for (const id of ['showtest', 'discrete']) {
      on(id, 'change', () => {
        this.page.state[id] = byId(id).checked ? '1' : '0';
        this.page.draw();
        this.page.remember();
      });
    }
    on('annotate', 'change', () => {
      this.page.network.setAnnotated(byId('annotate').checked);
      this.page.draw();
      this.page.remember();
    });
    on('fewer', 'click', () => this.page.set('layers', this.page.state.layers.split(',').slice(0, -1).join(',')));
    on('more', 'click', () => this.page.set('layers', [...this.page.state.layers.split(',').filter(Boolean), '4tanh'].join(',')));
    on('parameter-name', 'change', () => this.page.choose(Number(byId('parameter-name').value)));
    on('parameter-value', 'change', () => this.page.setParameter(this.page.chosen, byId('parameter-value').value));
    for (const id of ['surface-x', 'surface-y', 'surface-size']) on(id, 'change', () => this.page.draw());
    for (const id of ['surface-panel', 'quality-panel', 'backprop']) on(id, 'toggle', () => this.page.draw());
    byId('output').append(...activationOptions('sigmoid').filter(({ value }) => ['sigmoid', 'identity', 'tanh'].includes(value)));

    on('keep', 'click', () => {
      const data = DATA[this.page.state.data] ?? this.page.names.target;
      const name = `run ${this.page.runs.length + 1}: ${data}, ${this.page.state.loss}, ${this.page.engine.epoch()} epochs, ${short(this.page.scores.trainLoss)}`;
      this.page.runs.push({ ...this.page.present, isPresent: false, name });
      this.#listRuns();
    });
    on('ask-metric', 'change', () => this.show());
    on('ask', 'submit', (event) => {
      event.preventDefault();
      const { shifts, units } = this.page.names;
      const isMetric = byId('ask-metric').checked && this.page.state.data === 'people';
      const values = [1, 2].map((i) => Number(byId(`ask-${i}`).value));
      const [a, b] = isMetric ? [values[0] / 0.45359237, values[1] / 2.54] : values;
      this.page.showPrediction({ x1: (a - shifts[0]) / units[0], x2: (b - shifts[1]) / units[1] });
    });
    const copy = async (text) => {
      byId('exported').value = text;
      byId('exported').hidden = false;
      try {
        await navigator.clipboard.writeText(text);
        byId('copied').textContent = 'Copied.';
      } catch {
        byId('copied').textContent = 'Copy the text below.';
      }
    };
    on('link', 'click', () => copy(`${location.origin}${location.pathname}#${address.written(this.page.whole())}`));
    on('embed', 'click', () => {
      const link = `${location.origin}${location.pathname}#${address.written({ ...this.page.whole(), embed: '1' })}`;
      copy(`<iframe src="${link.replaceAll('&', '&amp;')}" width="100%" height="900" title="Backpropagation playground"></iframe>`);
    });
    on('json', 'click', () => this.page.attempt(() => copy(this.page.engine.json())));
    on('rust', 'click', () => this.page.attempt(() => copy(this.page.engine.rust())));

    byId('preset').append(...Object.entries(PRESETS).map(([name, text]) => new Option(name, text)));
    on('preset', 'change', () => {
      this.page.pause();
      if (byId('preset').value === '') return;
      this.page.open(byId('preset').value);
    });
    on('theme', 'click', () => this.page.setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
    window.addEventListener('hashchange', () => {
      this.page.load(location.hash);
    });
    window.addEventListener('resize', () => this.page.draw());
    this.#dataCards();
    for (const [key, name] of this.page.engine.inputs()) {
      const label = document.createElement('label');
      const input = Object.assign(document.createElement('input'), { type: 'checkbox', value: key });
      input.addEventListener('change', () => {
        const chosen = [...document.querySelectorAll('#inputs input:checked')].map((box) => box.value);
        if (chosen.length === 0) input.checked = true; // a network needs at least one input
        else this.page.set('inputs', chosen.join(','));
      });
      label.append(input, name);
      byId('inputs').append(label);
    }
  }

  /** Creates a card with points for each data set. */
  #dataCards() {
    for (const [key, name] of Object.entries(DATA)) {
      const label = document.createElement('label');
      const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'data', value: key });
      input.addEventListener('change', () => {
        this.page.pause();
        this.page.state.data = key;
        this.page.attempt(() => this.page.begin());
      });
      const canvas = document.createElement('canvas');
      canvas.setAttribute('aria-hidden', 'true');
      label.append(input, canvas, name);
      byId('data').append(label);
      this.page.engine.begin(`data=${key}&test=0`);
      const { size, classes } = this.page.engine.names();
      const points = this.page.engine.points().slice(0, 160);
      const targets = points.map((point) => point.target);
      const range = [Math.min(...targets), Math.max(...targets)];
      this.cards.push({ canvas, points, size, classes: classes.length, range, showTest: false, selected: -1 });
    }
  }

  #listRuns() {
    byId('runs').replaceChildren(...this.page.runs.map((run, i) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: `✕ ${run.name}` });
      button.style.borderColor = css(runColour(this.page.colours, i + 1));
      button.addEventListener('click', () => {
        this.page.runs.splice(i, 1);
        this.#listRuns();
      });
      return button;
    }));
    this.page.drawCurves();
  }

  drawCards() {
    for (const { canvas, points, ...options } of this.cards) drawPoints(canvas, this.page.colours, points, options);
  }
}
