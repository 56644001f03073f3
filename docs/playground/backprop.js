// Backpropagation for one sample: the values of every neuron and parameter, the chain rule, and an exercise.

import { short } from './network.js';

const byId = (id) => document.getElementById(id);

export class Backprop {
  /** `page` has the engine, the shape of the network and the selected parameter, and handles changes. */
  constructor(page) {
    this.page = page;
    this.asked = null;
    byId('sample').addEventListener('change', () => this.page.chooseSample(Number(byId('sample').value) - 1));
    byId('next-sample').addEventListener('click', () => this.page.chooseSample(this.page.sample + 1));
    byId('learn-sample').addEventListener('click', () => this.page.learn(() => this.page.engine.learnFrom(this.page.sample)));
    byId('drill-ask').addEventListener('click', () => this.#ask());
    byId('drill-check').addEventListener('click', () => this.#check());
    byId('drill-answer').addEventListener('keydown', (event) => event.key === 'Enter' && this.#check());
  }

  /** Builds the tables for a network. */
  build(shape) {
    this.asked = null;
    this.#hide(false);
    byId('drill-question').textContent = 'press Ask and compute a derivative by hand.';
    byId('drill-verdict').textContent = '';
    byId('drill-check').disabled = true;
    const body = byId('neurons').tBodies[0];
    body.replaceChildren();
    this.rows = shape.neuronNames.map((name) => this.#row(body, [name, '', '', '', '', '']));
    const parameters = byId('parameters').tBodies[0];
    parameters.replaceChildren();
    this.inputs = shape.parameterNames.map((name, index) => {
      const row = this.#row(parameters, [name, shape.parameterPlaces[index], '', '', '']);
      const input = document.createElement('input');
      input.type = 'number';
      input.step = 'any';
      input.setAttribute('aria-label', `value of ${name}`);
      input.addEventListener('change', () => this.page.setParameter(index, input.value));
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

  draw(pass, parameters, chosen) {
    const { shape, engine, sample } = this.page;
    if (document.activeElement !== byId('sample')) byId('sample').value = sample + 1;
    byId('sample').max = engine.samples();
    // The chain rule uses x1 and x2 as names of the inputs.
    const symbols = this.page.state.inputs.split(',').map((key) => ({ x1: 'x1', x2: 'x2' })[key]);
    const inputs = shape.inputs.map((name, i) => {
      const symbol = symbols[i] === undefined || symbols[i] === name ? name : `${symbols[i]} (${name})`;
      return `${symbol} = ${short(pass.inputs[i])}`;
    });
    const targets = pass.targets.map((target, i) => `${pass.targets.length === 1 ? 'y' : `y${i + 1}`} = ${short(target)}`);
    byId('sample-about').textContent = `${this.page.whoIs(sample)}${[...inputs, ...targets].join(', ')}; loss L = ${short(pass.loss)}`;
    pass.neurons.forEach(({ sum, output, bySum, byOutput }, i) => {
      const derivative = byOutput === 0 ? NaN : bySum / byOutput;
      const values = [sum, output, derivative, bySum, byOutput];
      values.forEach((value, j) => (this.rows[i].cells[j + 1].textContent = Number.isNaN(value) ? '–' : short(value)));
    });
    const isHidden = this.asked !== null;
    this.inputs.forEach(({ row, input }, i) => {
      if (document.activeElement !== input) input.value = String(Number(parameters[i].toPrecision(6)));
      const place = shape.parameterSources[i];
      const local = place === null ? 1 : place.layer === 0 ? pass.inputs[place.index] : pass.neurons[place.index].output;
      row.cells[3].textContent = short(local);
      row.cells[4].textContent = isHidden ? '?' : short(pass.gradient[i]);
      row.classList.toggle('chosen', i === chosen);
    });
    const name = shape.parameterNames[chosen];
    byId('chain-of').textContent = `dL/d${name}`;
    if (!isHidden) byId('chain').textContent = engine.explain(sample, name);
  }

  #hide(isHidden) {
    byId('backprop').classList.toggle('drilling', isHidden);
    if (isHidden) byId('chain').textContent = 'Hidden until you answer. The values of the neurons are sufficient to compute the derivative.';
  }

  #ask() {
    const { shape } = this.page;
    const index = this.next ?? 0;
    this.asked = index % shape.parameterNames.length;
    this.next = this.asked + 1; // in order, so that the exercise covers all parameters
    this.page.pause();
    this.page.choose(this.asked);
    byId('drill-question').textContent = `what is dL/d${shape.parameterNames[this.asked]} for this sample?`;
    byId('drill-verdict').textContent = '';
    byId('drill-answer').value = '';
    byId('drill-check').disabled = false;
    this.#hide(true);
    this.page.draw();
    byId('drill-answer').focus();
  }

  #check() {
    if (this.asked === null) return;
    // The sample and the network may have changed since the question.
    const { shape, engine, sample } = this.page;
    this.truth = this.page.pass().gradient[this.asked];
    this.explanation = engine.explain(sample, shape.parameterNames[this.asked]);
    const answer = Number(byId('drill-answer').value.trim().replace('−', '-').replace(',', '.'));
    if (byId('drill-answer').value.trim() === '' || Number.isNaN(answer)) {
      byId('drill-verdict').textContent = 'Enter a number, for example −0.021.';
      return;
    }
    const isRight = Math.abs(answer - this.truth) <= Math.max(0.015 * Math.abs(this.truth), 1e-4);
    byId('drill-verdict').textContent = isRight
      ? `Correct: it is ${short(this.truth)}.`
      : `Incorrect: ${this.#mistake(answer)} It is ${short(this.truth)}; the chain rule shows each factor.`;
    this.asked = null;
    byId('drill-check').disabled = true;
    this.#hide(false);
    this.page.draw();
  }

  /** Explains a wrong answer where possible: a wrong sign or a missing factor. */
  #mistake(answer) {
    const near = (x) => Math.abs(answer - x) <= Math.max(0.015 * Math.abs(x), 1e-4);
    if (near(-this.truth)) return 'the sign is wrong.';
    const factors = [...this.explanation.matchAll(/^ {2}(d\S+) = (?:.* = )?(−?[\d.]+(?:e[−+]?\d+)?)$/gm)];
    for (const [, name, text] of factors) {
      const factor = Number(text.replaceAll('−', '-'));
      if (factor !== 0 && near(this.truth / factor)) return `the factor ${name} is missing.`;
    }
    return 'multiply the factors along the path.';
  }
}
