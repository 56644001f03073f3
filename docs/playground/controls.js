// The controls of the first screen, bar, data sets and output, and the fields of the drawer that are settings of the network.

import { started } from './engine.js';
import { drawPoints } from './plots.js';
import { sizeOf } from './sizes.js';

const byId = (id) => document.getElementById(id);

export const DATA = {
  circle: 'Circle', xor: 'Exclusive or', gauss: 'Clouds', spiral: 'Spiral', hills: 'Hills',
  spiral3: 'Three arms', plane: 'Plane', people: 'People', formula: 'y > f(x)',
};
/** The data sets of the first screen; the others are under More. */
const FIRST = ['circle', 'xor', 'gauss', 'spiral', 'hills'];
const LOSSES = {
  classes: { cross: 'cross-entropy', squared: 'squared error', softmax: 'softmax, one output per class', hinge: 'hinge' },
  numbers: { squared: 'squared error', absolute: 'absolute error', huber: 'Huber' },
};
const OPTIMIZERS = { sgd: 'SGD', momentum: 'momentum', nesterov: 'Nesterov', rmsprop: 'RMSProp', adam: 'Adam', lbfgs: 'L-BFGS' };
const OUTPUTS = { sigmoid: 'sigmoid', identity: 'linear', tanh: 'tanh' };
/** The fields whose value is a setting of the same name. */
const SETTINGS = ['rate', 'batch', 'optimizer', 'loss', 'output', 'init', 'seed', 'penalty', 'penaltyrate', 'dropout', 'stopepoch', 'stoploss'];
/** The fields that draw or split the data again. */
const OF_DATA = ['noise', 'test', 'dataseed', 'boundary'];
const SHOWN = 90; // points on the picture of a data set

const options = (texts) => Object.entries(texts).map(([key, text]) => new Option(text, key));

export class Controls {
  /** Listens to the controls and calls `page`. */
  constructor(page) {
    this.page = page;
    this.cards = [];
    byId('optimizer').replaceChildren(...options(OPTIMIZERS));
    byId('output').replaceChildren(...options(OUTPUTS));
    this.#listen();
    this.#dataSets();
  }

  /** Shows the state in the controls. */
  show() {
    const { state, names, shape } = this.page;
    const losses = names.classes.length > 0 ? LOSSES.classes : LOSSES.numbers;
    const possible = Object.entries(losses).filter(([key]) => names.classes.length < 3 || (key !== 'cross' && key !== 'hinge'));
    byId('loss').replaceChildren(...options(Object.fromEntries(possible)));
    state.loss = this.page.engine.loss(); // the module replaces a loss that does not fit the data
    for (const id of [...SETTINGS, ...OF_DATA, 'formula', 'speed']) this.#write(id);
    byId('noise-value').textContent = `${Math.round(100 * Number(state.noise))} %`;
    byId('test-value').textContent = `${Math.round(100 * Number(state.test))} %`;
    byId('showtest').checked = state.showtest === '1';
    byId('discrete').checked = state.discrete === '1';
    byId('output-label').hidden = names.classes.length === 0 || state.loss !== 'squared';
    document.querySelectorAll('.set input').forEach((input) => (input.checked = input.value === state.data));
    byId('yours').setAttribute('aria-pressed', String(this.page.isOwn));
    const hidden = shape.layers.length - 1;
    byId('hidden').textContent = hidden === 1 ? '1 hidden layer' : `${hidden} hidden layers`;
    byId('fewer').disabled = hidden === 0;
    byId('more').disabled = hidden === this.page.most.layers;
    const isMadeUp = !this.page.isOwn && state.data !== 'people';
    for (const id of ['noise', 'dataseed', 'other-points']) byId(id).disabled = !isMadeUp;
    byId('boundary-label').hidden = state.data !== 'formula';
    byId('residual').checked = state.residual === '1';
    byId('test').disabled = state.data === 'people';
    byId('trained-by').textContent = this.#summary();
  }

  /** Writes a setting into its field, unless it is being typed. */
  #write(id) {
    const field = byId(id);
    const value = id === 'formula' || id === 'boundary' ? this.page.formulaOf(id) : this.page.state[id] ?? '';
    if (document.activeElement === field && field.matches('input:not([type=range])') && this.isTyping) return;
    if (field.matches('select') && ![...field.options].some((option) => option.value === value)) field.append(new Option(value, value));
    field.value = value;
  }

  /** Returns the settings under More in words. */
  #summary() {
    const { optimizer, batch, loss, penalty, penaltyrate, dropout } = this.page.state;
    const { classes } = this.page.names;
    const losses = classes.length > 0 ? LOSSES.classes : LOSSES.numbers;
    const regularization = penalty === 'none' ? 'no regularization' : `${penalty.toUpperCase()} regularization ${penaltyrate}`;
    const stop = this.page.stopText();
    const batches = optimizer === 'lbfgs' ? 'all points at once' : `batches of ${batch}`;
    const drop = Number(dropout) > 0 ? `dropout ${dropout}` : '';
    return [OPTIMIZERS[optimizer], batches, losses[loss].split(',')[0], regularization, drop, stop].filter(Boolean).join(', ');
  }

  #listen() {
    const { page } = this;
    const on = (id, event, f) => byId(id).addEventListener(event, f);
    on('play', 'click', () => (page.isPlaying ? page.pause() : page.play()));
    on('step', 'click', () => {
      page.pause();
      page.sample = page.engine.nextSample();
      page.learn(() => page.engine.step());
    });
    on('reset', 'click', () => {
      page.alert('');
      page.reset();
    });
    on('undo', 'click', () => page.undo());
    on('go-back', 'click', () => {
      const epoch = page.engine.goBack();
      page.alert(`Restored epoch ${epoch}. A smaller learning rate may help.`);
      page.changed();
    });
    on('alert-close', 'click', () => page.alert(''));
    on('reseed', 'click', () => {
      page.pause();
      page.set('seed', String(Math.floor(Math.random() * 1e6)));
    });
    for (const id of SETTINGS) {
      on(id, 'input', () => (this.isTyping = true));
      on(id, 'blur', () => (this.isTyping = false)); // without a change, if the old value was typed again
      on(id, 'change', () => {
        this.isTyping = false;
        page.set(id, byId(id).value); // also shows the value in use, if this one is refused
      });
    }
    on('speed', 'change', () => {
      page.state.speed = byId('speed').value;
      page.remember();
    });
    for (const id of OF_DATA) on(id, byId(id).type === 'range' ? 'input' : 'change', () => page.setData(id, byId(id).value));
    on('other-points', 'click', () => page.setData('dataseed', String(Math.floor(Math.random() * 1e6))));
    for (const id of ['showtest', 'discrete']) {
      on(id, 'change', () => {
        page.state[id] = byId(id).checked ? '1' : '0';
        page.draw();
        page.remember();
      });
    }
    on('residual', 'change', () => page.set('residual', byId('residual').checked ? '1' : '0'));
    on('formula', 'change', () => page.setFormula(byId('formula').value.trim()));
    on('import', 'change', async () => {
      const [file] = byId('import').files;
      if (file) page.importModel(new Uint8Array(await file.arrayBuffer()));
      byId('import').value = ''; // so that the same file can be chosen again
    });
    on('fewer', 'click', () => page.set('layers', page.state.layers.split(',').slice(0, -1).join(',')));
    on('more', 'click', () => page.set('layers', [...page.state.layers.split(',').filter(Boolean), '4tanh'].join(',')));
    window.addEventListener('hashchange', () => page.load(location.hash));
  }

  /** Creates a button with points for each data set. */
  #dataSets() {
    const { page } = this;
    for (const [key, name] of Object.entries(DATA)) {
      const label = Object.assign(document.createElement('label'), { className: 'set' });
      const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'data', value: key });
      const choose = () => {
        page.pause();
        page.setData('data', key);
      };
      input.addEventListener('change', choose);
      // The set in use, after its points were edited or a table was used: a click draws it again.
      input.addEventListener('click', () => input.checked && (page.isEdited || page.isOwn) && choose());
      const canvas = document.createElement('canvas');
      canvas.setAttribute('aria-hidden', 'true');
      label.append(input, canvas, name);
      byId(FIRST.includes(key) ? 'data' : 'other-data').append(label);
      this.cards.push({ key, canvas, points: [] });
    }
  }

  /** Draws the points of each data set on its button, from a module of its own. */
  async fillCards() {
    const engine = await started(this.page.engine.module);
    for (const card of this.cards) {
      engine.begin(`data=${card.key}&test=0`);
      const { size, classes } = engine.names();
      card.points = engine.points().slice(0, SHOWN);
      const targets = card.points.map((point) => point.target);
      card.options = { size, classes: classes.length, range: [Math.min(...targets), Math.max(...targets)], showTest: false, selected: -1 };
    }
    this.drawCards();
  }

  drawCards() {
    for (const { canvas, points, options } of this.cards) {
      if (options && sizeOf(canvas).width > 0) drawPoints(canvas, this.page.colours, points, options);
    }
  }
}
