// The crate compiled to WebAssembly: passes texts and numbers to it and back. See ../../examples/playground/wasm/src/calls.rs for the calls.

import { inWords } from './words.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An error of the crate, with a message for users. */
export class Refused extends Error {}

/** A trap of the module: its memory may be inconsistent, so only a new instance can go on. */
export class Broken extends Error {}

/** Converts points to numbers, four for each point. */
export const numbersOf = (points) => points.flatMap(({ x1, x2, target, isTest }) => [x1, x2, target, isTest ? 1 : 0]);

export const pointsOf = (numbers) => Array.from({ length: numbers.length / 4 }, (_, i) => {
  const [x1, x2, target, isTest] = numbers.slice(4 * i, 4 * i + 4);
  return { x1, x2, target, isTest: isTest !== 0 };
});

export async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  // Some servers do not send the MIME type of WebAssembly.
  const isKnown = response.headers.get('Content-Type') === 'application/wasm';
  const module = isKnown ? await WebAssembly.compileStreaming(response) : await WebAssembly.compile(await response.arrayBuffer());
  return started(module);
}

export const started = async (module) => new Engine(module, await WebAssembly.instantiate(module, {}));

/** Wraps the calls of an instance, so that a trap becomes `Broken`. */
const guarded = (exports) => Object.fromEntries(Object.entries(exports).map(([name, call]) => [
  name,
  typeof call !== 'function' ? call : (...values) => {
    try {
      return call(...values);
    } catch (error) {
      throw new Broken(`the network cannot be computed any further (${name}: ${error.message})`);
    }
  },
]));

/**
 * Reads a model file, as ../files.md describes it. JavaScript has JSON: the crate's reader would make the module a fifth
 * larger. Returns the description for `import` and the parameters, neuron by neuron.
 */
function modelOf(bytes) {
  const unreadable = () => new Refused('the file must be a model that this page or the program backprop saved, as JSON or safetensors; it is something else, or cut off');
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const json = (start, end) => JSON.parse(decoder.decode(bytes.subarray(start, end)));
  try {
    if (bytes[0] === '{'.charCodeAt()) {
      const model = json(0);
      return described(model, (name) => model.parameters[name].flat());
    }
    const start = 8 + Number(data.getBigUint64(0, true));
    const header = json(8, start);
    return described(JSON.parse(header.__metadata__.backprop), (name) => {
      const { dtype, data_offsets: [from, to] } = header[name];
      const [size, read] = { F32: [4, 'getFloat32'], F64: [8, 'getFloat64'] }[dtype];
      return Array.from({ length: (to - from) / size }, (_, i) => data[read](start + from + size * i, true));
    });
  } catch (error) {
    throw error instanceof Refused ? error : unreadable();
  }
}

/** Returns the description and the parameters of a model; `tensor` returns the values of a tensor. */
function described(model, tensor) {
  if (model.format !== 'backprop' || model.version !== 1) throw new Refused('the file must be a model of backprop, version 1');
  if (!model.layers) throw new Refused('the model must be a fully connected network');
  if (model.class_costs) throw new Refused('the model must have no costs of classes');
  const { inputs, target: [shift, unit] } = model.encoder ? withoutEncoder(model) : {
    inputs: model.inputs,
    target: model.target.classes ? [] : [model.target.shifts[0], model.target.units[0]],
  };
  const classes = model.target.classes ?? [];
  const lines = [[model.loss], classes, inputs.map(({ name }) => name), inputs.map(({ shift }) => shift), inputs.map(({ unit }) => unit)];
  lines.push(classes.length > 0 ? [] : [shift, unit], model.layers.map(({ outputs, activation }) => `${outputs}${activation}`));
  // Tensors are numbered as in PyTorch's Sequential, in which an activation is a layer of its own.
  let number = 0;
  const parameters = model.layers.flatMap((layer) => {
    const [weight, bias] = [tensor(`${number}.weight`), tensor(`${number}.bias`)];
    number += layer.activation === 'identity' ? 1 : 2;
    return bias.flatMap((b, i) => [...weight.slice(i * layer.inputs, (i + 1) * layer.inputs), b]);
  });
  return { description: lines.map((line) => line.join('\t')).join('\n'), parameters };
}

/** Returns the scaling of a model of a table: that of its encoder and, for a target of numbers, then that of the model. */
function withoutEncoder({ encoder, target }) {
  const isNumber = ({ reading, parts, has_indicator: hasIndicator } = {}) => reading?.number !== undefined && parts === 'value' && !hasIndicator;
  const { numbers } = encoder.target.encoding;
  if (!encoder.inputs.every(({ encoding }) => isNumber(encoding.values)) || numbers?.is_logarithm) {
    throw new Refused('the model must be of a table whose columns are plain numbers, without dates, categories, long tails or missing cells');
  }
  return {
    inputs: encoder.inputs.map(({ name, shifts: [shift], units: [unit] }) => ({ name, shift, unit })),
    target: numbers ? [numbers.shift + numbers.unit * target.shifts[0], numbers.unit * target.units[0]] : [],
  };
}

class Engine {
  constructor(module, instance) {
    this.module = module;
    this.calls = guarded(instance.exports);
  }

  /** Replaces the instance, after a trap, by a new one without data. */
  restart() {
    this.calls = guarded(new WebAssembly.Instance(this.module, {}).exports);
  }

  // Memory may grow with each call, so its views are created when they are needed.
  #write(text) {
    const bytes = encoder.encode(text);
    const at = this.calls.text_to(bytes.length);
    new Uint8Array(this.calls.memory.buffer, at, bytes.length).set(bytes);
  }

  #writeNumbers(numbers) {
    const at = this.calls.numbers_to(numbers.length);
    new Float64Array(this.calls.memory.buffer, at, numbers.length).set(numbers);
  }

  #writePoints(points) {
    this.#writeNumbers(numbersOf(points));
  }

  #checked(length) {
    if (length >= 0) return length;
    throw new Refused(inWords(decoder.decode(new Uint8Array(this.calls.memory.buffer, this.calls.text_from(), -length))));
  }

  #text(length) {
    const bytes = new Uint8Array(this.calls.memory.buffer, this.calls.text_from(), this.#checked(length));
    return decoder.decode(bytes);
  }

  #numbers(length) {
    return Array.from(new Float64Array(this.calls.memory.buffer, this.calls.numbers_from(), this.#checked(length)));
  }

  #map(length) {
    return new Float32Array(this.calls.memory.buffer, this.calls.map_from(), this.#checked(length)).slice();
  }

  begin(settings) {
    this.#write(settings);
    this.#checked(this.calls.begin());
  }

  /** Applies settings; returns true if the network was recreated. */
  set(settings) {
    this.#write(settings);
    return this.#checked(this.calls.set()) === 1;
  }

  points() {
    return pointsOf(this.#numbers(this.calls.points()));
  }

  setPoints(points) {
    this.#writePoints(points);
    this.#checked(this.calls.set_points());
  }

  /** Sets custom data: a description, as `description` returns it, and points. */
  setOwn(description, points) {
    this.#write(description);
    this.#writePoints(points);
    this.#checked(this.calls.set_own());
  }

  description() {
    return this.#text(this.calls.names());
  }

  /** Returns the names of the data, the scaling of the coordinates and the size of the plane. */
  names() {
    const [names, target, shifts, units, size, classes] = this.description().split('\n');
    const numbers = (line) => line.split('\t').map(Number);
    return {
      names: names.split('\t'),
      target,
      shifts: numbers(shifts),
      units: numbers(units),
      size: Number(size),
      classes: classes === '' ? [] : classes.split('\t'),
    };
  }

  readTable(text) {
    this.#write(text);
    const lines = this.#text(this.calls.read_table()).split('\n');
    const columns = lines.slice(0, -1).map((line) => line.split('\t'));
    // The count is the number of distinct numbers of a column; 0 if it has other cells.
    return { columns: columns.map(([name]) => name), numbers: columns.map(([, count]) => Number(count)), rows: Number(lines.at(-1)) };
  }

  useTable(columns, asClasses) {
    this.#write(columns.join('\n'));
    this.#checked(this.calls.use_table(asClasses ? 1 : 0));
  }

  /** Splits the points again into training and test points. */
  holdOut(settings) {
    this.#write(settings);
    this.#checked(this.calls.hold_out());
  }

  reset() {
    this.#checked(this.calls.reset());
  }

  learn(epochs) {
    this.#checked(this.calls.learn(epochs));
  }

  step() {
    this.#checked(this.calls.step());
  }

  learnFrom(sample) {
    this.#checked(this.calls.learn_from(sample));
  }

  nextSample() {
    return this.#checked(this.calls.next_sample());
  }

  samples() {
    return this.#checked(this.calls.samples());
  }

  goBack() {
    return this.#checked(this.calls.go_back());
  }

  epoch() {
    return this.#checked(this.calls.epoch());
  }

  scores() {
    const [trainLoss, trainQuality, testLoss, testQuality] = this.#numbers(this.calls.scores());
    return { trainLoss, trainQuality, testLoss, testQuality };
  }

  confusion() {
    return this.#numbers(this.calls.confusion());
  }

  parameters() {
    return this.#numbers(this.calls.parameters());
  }

  parameterNames() {
    return this.#text(this.calls.parameter_names()).split('\n');
  }

  done() {
    return this.#checked(this.calls.done());
  }

  neuronNames() {
    return this.#text(this.calls.neuron_names()).split('\n');
  }

  goTo(epoch, done, parameters) {
    this.#writeNumbers(parameters);
    this.#checked(this.calls.go_to(epoch, done));
  }

  /** Returns the state of the optimizer: the step count of Adam, then values for each parameter; [] for SGD. */
  memory() {
    return this.#numbers(this.calls.optimizer_memory());
  }

  setMemory(numbers) {
    this.#writeNumbers(numbers);
    this.#checked(this.calls.set_optimizer_memory());
  }

  /** Keeps the parameters with these indices at their values. */
  freeze(indices) {
    this.#writeNumbers(indices);
    this.#checked(this.calls.freeze());
  }

  /** Returns the indices of the samples of the next batch. */
  batch() {
    return this.#numbers(this.calls.batch());
  }

  setParameter(index, value) {
    this.#checked(this.calls.set_parameter(index, value));
  }

  loss() {
    return this.#text(this.calls.loss());
  }

  /** Returns the number of inputs, and the neurons and the activation of each layer. */
  layers() {
    const [inputs, ...layers] = this.#text(this.calls.layers()).split('\n');
    return {
      inputs: Number(inputs),
      layers: layers.map((line) => {
        const [neurons, activation] = line.split('\t');
        return { neurons: Number(neurons), activation };
      }),
    };
  }

  maps(cells) {
    return this.#map(this.calls.maps(cells));
  }

  answers(cells) {
    return this.#map(this.calls.answers(cells));
  }

  answer(x1, x2) {
    return this.#numbers(this.calls.answer(x1, x2));
  }

  surface(i, j, size, cells) {
    return this.#map(this.calls.surface(i, j, size, cells));
  }

  /** Returns the forward and the backward pass of a training sample. */
  pass(sample, inputs, outputs, neurons) {
    const numbers = this.#numbers(this.calls.pass(sample));
    const take = (count) => numbers.splice(0, count);
    const [loss] = take(1);
    return {
      loss,
      inputs: take(inputs),
      targets: take(outputs),
      neurons: Array.from({ length: neurons }, () => {
        const [sum, output, bySum, byOutput] = take(4);
        return { sum, output, bySum, byOutput };
      }),
      gradient: numbers,
    };
  }

  json() {
    return this.#text(this.calls.json());
  }

  /**
   * Sets the network to that of a model file: JSON, as `json` returns it, or safetensors, as `backprop train --networks 1 --hidden 8`
   * saves it, as a Uint8Array. Returns the settings that it changed, for example `inputs=x1,x2&layers=4tanh&loss=cross`.
   *
   * The model must be a fully connected network that the page can show. Its inputs are columns of the data or inputs of
   * the page, by name; its classes are those of the data, or both are numbers. Otherwise it throws `Refused`, and the
   * network stays.
   */
  importModel(bytes) {
    const { description, parameters } = modelOf(bytes);
    this.#write(description);
    this.#writeNumbers(parameters);
    return this.#text(this.calls.import());
  }

  rust() {
    return this.#text(this.calls.rust());
  }

  inputs() {
    return this.#text(this.calls.inputs()).split('\n').map((line) => line.split('\t'));
  }
}
