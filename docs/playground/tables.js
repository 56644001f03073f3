// The tables below the fold: the values of every neuron and parameter for one sample, and the confusion matrix.

import { short } from './network.js';

const byId = (id) => document.getElementById(id);
const rounded = (x) => String(Number(x.toPrecision(6)));

export class Tables {
  /** `page` has the engine, the shape of the network and the selected parameter, and handles changes. */
  constructor(page) {
    this.page = page;
    byId('sample').addEventListener('change', () => {
      this.page.chooseSample(Number(byId('sample').value) - 1);
      byId('sample').value = this.page.sample + 1; // also after Enter, while the field has the focus
    });
    byId('next-sample').addEventListener('click', () => this.page.chooseSample(this.page.sample + 1));
    byId('learn-sample').addEventListener('click', () => this.page.learn(() => this.page.engine.learnFrom(this.page.sample)));
  }

  /** What the exercise of the card hides: `null`, or a key of its list. */
  get asked() {
    return this.page.drill?.isAsking ? this.page.drill.hidden : null;
  }

  /** Builds the tables for a network. */
  build(shape) {
    const body = byId('neurons').tBodies[0];
    body.replaceChildren();
    this.rows = shape.neuronNames.map((name) => this.#row(body, [name, '', '', '', '', '']));
    const parameters = byId('parameters').tBodies[0];
    parameters.replaceChildren();
    this.inputs = shape.parameterNames.map((name, index) => {
      const row = this.#row(parameters, [name, shape.parameterPlaces[index], '', '', '']);
      const input = document.createElement('input');
      input.type = 'text';
      input.size = 9;
      input.inputMode = 'decimal';
      input.autocomplete = 'off';
      input.setAttribute('aria-label', `value of ${name}`);
      input.addEventListener('change', () => {
        if (input.value.trim() !== '') this.page.setParameter(index, input.value);
        input.value = rounded(this.page.engine.parameters()[index]); // the value in use, also after Enter
      });
      input.addEventListener('focus', () => this.page.choose(index));
      row.cells[2].append(input);
      return { row, input };
    });
  }

  #row(body, texts) {
    const row = body.insertRow();
    for (const text of texts) row.insertCell().textContent = text;
    return row;
  }

  draw(pass, parameters) {
    const { shape, engine, sample, chosen } = this.page;
    if (document.activeElement !== byId('sample')) byId('sample').value = sample + 1;
    byId('sample').max = engine.samples();
    // The chain rule uses x1 and x2 as names of the inputs.
    const symbols = this.page.state.inputs.split(',').map((key) => ({ x1: 'x1', x2: 'x2' })[key]);
    const inputs = shape.inputs.map((name, i) => {
      const symbol = symbols[i] === undefined || symbols[i] === name ? name : `${symbols[i]} (${name})`;
      return `${symbol} = ${short(pass.inputs[i])}`;
    });
    const targets = pass.targets.map((target, i) => `${pass.targets.length === 1 ? 'y' : `y${i + 1}`} = ${short(target)}`);
    byId('sample-about').textContent = `${this.page.output.whoIs(sample)}${[...inputs, ...targets].join(', ')}; loss L = ${short(pass.loss)}`;

    const isDerivativeHidden = this.asked === 'factors' || this.asked === 'derivative';
    const hidden = [this.asked === 'sums', this.asked === 'sums' || this.asked === 'outputs', isDerivativeHidden, isDerivativeHidden, isDerivativeHidden];
    pass.neurons.forEach(({ sum, output, bySum, byOutput }, i) => {
      const derivative = byOutput === 0 ? NaN : bySum / byOutput;
      const values = [sum, output, derivative, bySum, byOutput];
      values.forEach((value, j) => (this.rows[i].cells[j + 1].textContent = hidden[j] ? '?' : Number.isNaN(value) ? '–' : short(value)));
    });
    this.inputs.forEach(({ row, input }, i) => {
      if (document.activeElement !== input) input.value = rounded(parameters[i]);
      const place = shape.parameterSources[i];
      const local = place === null ? 1 : place.layer === 0 ? pass.inputs[place.index] : pass.neurons[place.index].output;
      row.cells[3].textContent = this.asked !== null ? '?' : short(local);
      row.cells[4].textContent = isDerivativeHidden ? '?' : short(pass.gradient[i]);
      row.classList.toggle('chosen', i === chosen);
    });
  }
  /** Draws the confusion matrix of the test samples or, without these, of the training samples. */
  drawConfusion() {
    const { names, engine, scores } = this.page;
    const table = byId('confusion');
    table.replaceChildren();
    if (names.classes.length === 0) {
      table.insertRow().insertCell().textContent = 'There is no confusion matrix for a regression. R² is the fraction of the variance of the target that the network explains.';
      return;
    }
    const counts = engine.confusion();
    const head = table.createTHead().insertRow();
    const header = (row, text, scope) => row.append(Object.assign(document.createElement('th'), { textContent: text, scope }));
    header(head, Number.isNaN(scores.testLoss) ? 'true class (training)' : 'true class (test)', 'col');
    names.classes.forEach((name) => header(head, `predicted ${name}`, 'col'));
    const body = table.createTBody();
    names.classes.forEach((name, i) => {
      const row = body.insertRow();
      header(row, name, 'row');
      names.classes.forEach((_, j) => {
        const cell = row.insertCell();
        cell.textContent = counts[i * names.classes.length + j];
        if (i === j) cell.className = 'right';
      });
    });
  }
}
