// The loss surface over two parameters, with the path of training. A worker computes it, so that no frame waits for it.

import { drawSurface } from './plots.js';
import { numbersOf } from './engine.js';
import { settings } from './address.js';
import { short } from './network.js';
import { typed } from './maths.js';

const byId = (id) => document.getElementById(id);
const CELLS = 28;
/** The number of places on the path; when there are more, every second one is dropped. */
const MOST_PLACES = 500;

export class Surface {
  constructor(page) {
    this.page = page;
    this.panel = byId('surface-panel');
    for (const id of ['surface-x', 'surface-y', 'surface-size']) {
      byId(id).addEventListener('change', () => {
        byId('surface-size').value = this.#size(); // the range in use
        page.state.surface = [byId('surface-x').value, byId('surface-y').value, byId('surface-size').value].join(',');
        this.draw();
        if (!page.isPlaying) page.remember();
      });
    }
    page.on('shape', () => this.#build());
    page.on('values', () => this.#record());
    this.clear();
  }

  /** Returns the range of the field, at least 0.01; 4 if it has no number. */
  #size() {
    const size = typed(byId('surface-size').value);
    return Number.isFinite(size) ? Math.max(0.01, size) : 4;
  }

  /** Forgets the path. */
  clear() {
    [this.path, this.stride, this.frames] = [[], 1, 0];
  }

  #build() {
    const { parameterNames, parameterPlaces } = this.page.shape;
    const options = () => parameterNames.map((name, i) => new Option(`${name} (${parameterPlaces[i]})`, i));
    const [x, y, size] = (this.page.state.surface ?? '').split(',').map(Number);
    const has = (index) => Number.isInteger(index) && index >= 0 && index < parameterNames.length;
    if (!has(x) || !has(y)) this.page.state.surface = undefined; // of another network
    for (const [id, wanted, other] of [['surface-x', x, 0], ['surface-y', y, Math.min(1, parameterNames.length - 1)]]) {
      byId(id).replaceChildren(...options());
      byId(id).selectedIndex = has(wanted) ? wanted : other;
    }
    byId('surface-size').value = size > 0 ? size : 4;
    this.isNew = true; // the worker has other data
    this.clear();
  }

  /** Adds the present parameters to the path, also when the panel is out of sight. */
  #record() {
    if (this.frames++ % this.stride === 0) this.path.push(Float64Array.from(this.page.engine.parameters()));
    if (this.path.length > MOST_PLACES) {
      this.path = this.path.filter((_, i) => i % 2 === 0);
      this.stride *= 2;
    }
  }

  /** Requests the losses for the present parameters; while the worker computes, only the last request waits. */
  draw() {
    if (!this.panel.open) return;
    const { page } = this;
    const [i, j] = [Number(byId('surface-x').value), Number(byId('surface-y').value)];
    this.wanted = { i, j, size: this.#size(), parameters: page.engine.parameters() };
    if (!this.isBusy) this.#send();
  }

  #send() {
    const { page, wanted } = this;
    if (!this.worker) {
      this.worker = new Worker('surface-worker.js', { type: 'module' });
      this.worker.addEventListener('message', ({ data }) => this.#show(data));
      this.worker.postMessage({ module: page.engine.module });
      this.isNew = true;
    }
    const data = { settings: settings({ ...page.state, data: 'circle' }), description: page.engine.description(), points: numbersOf(page.points) };
    this.worker.postMessage({ ...(this.isNew ? { data } : {}), wanted, cells: CELLS });
    [this.isBusy, this.isNew, this.wanted] = [true, false, null];
  }

  #show({ i, j, size, parameters, losses, error }) {
    this.isBusy = false;
    if (this.wanted) this.#send();
    if (error || parameters.length !== this.page.shape.parameterNames.length) {
      byId('surface-about').textContent = error ?? '';
      return;
    }
    const { parameterNames } = this.page.shape;
    const names = [parameterNames[i], parameterNames[j]];
    const centre = [parameters[i], parameters[j]];
    const trail = [...this.path.map((place) => [place[i], place[j]]), centre];
    drawSurface(byId('surface'), this.page.colours, losses, CELLS, { trail, centre, size, names });
    byId('surface-about').textContent =
      `${names[0]} = ${short(centre[0])}, ${names[1]} = ${short(centre[1])} at the centre; ` +
      `loss from ${short(Math.min(...losses))} (light) to ${short(Math.max(...losses))} (dark). The line is the path of training.`;
  }
}
