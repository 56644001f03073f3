// The crate, compiled to WebAssembly: texts and numbers to it and from it. See ../wasm/src/calls.rs for what each call does.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What the crate says when it refuses something: a sentence for people. */
export class Refused extends Error {}

/** Points as numbers, four each, and back. */
export const numbersOf = (points) => points.flatMap(({ x1, x2, target, isTest }) => [x1, x2, target, isTest ? 1 : 0]);

export const pointsOf = (numbers) => Array.from({ length: numbers.length / 4 }, (_, i) => {
  const [x1, x2, target, isTest] = numbers.slice(4 * i, 4 * i + 4);
  return { x1, x2, target, isTest: isTest !== 0 };
});

export async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  // A server that does not know the type of WebAssembly is no reason to fail.
  const isKnown = response.headers.get('Content-Type') === 'application/wasm';
  const { instance } = isKnown
    ? await WebAssembly.instantiateStreaming(response, {})
    : await WebAssembly.instantiate(await response.arrayBuffer(), {});
  return new Engine(instance.exports);
}

class Engine {
  constructor(calls) {
    this.calls = calls;
  }

  // Memory may grow with each call, so views of it are made when they are needed.
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
    throw new Refused(decoder.decode(new Uint8Array(this.calls.memory.buffer, this.calls.text_from(), -length)));
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

  /** Whether the net was begun anew. */
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

  /** Data of one's own: a description, as `description` gives it, and points. */
  setOwn(description, points) {
    this.#write(description);
    this.#writePoints(points);
    this.#checked(this.calls.set_own());
  }

  description() {
    return this.#text(this.calls.names());
  }

  /** What the data are called, how coordinates come of numbers, and how large the plane is. */
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
    // Of each column how many different numbers it has; none, if it has other cells too.
    return { columns: columns.map(([name]) => name), numbers: columns.map(([, count]) => Number(count)), rows: Number(lines.at(-1)) };
  }

  useTable(columns, asClasses) {
    this.#write(columns.join('\n'));
    this.#checked(this.calls.use_table(asClasses ? 1 : 0));
  }

  /** Holds out another share of the points. */
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

  setParameter(index, value) {
    this.#checked(this.calls.set_parameter(index, value));
  }

  loss() {
    return this.#text(this.calls.loss());
  }

  /** How many inputs there are, and of each layer the neurons and the activation. */
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

  /** A training sample's way forward and back. */
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

  explain(sample, parameter) {
    this.#write(parameter);
    return this.#text(this.calls.explain(sample));
  }

  json() {
    return this.#text(this.calls.json());
  }

  rust() {
    return this.#text(this.calls.rust());
  }

  inputs() {
    return this.#text(this.calls.inputs()).split('\n').map((line) => line.split('\t'));
  }
}
