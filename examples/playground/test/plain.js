// The page's algorithm in plain JavaScript, for comparison: a forward and a backward pass for each sample, gradients summed over
// a batch, tanh in hidden layers, one output with a sigmoid and cross-entropy. It is written twice: with nodes and links as
// objects, as in TensorFlow Playground, and with loops over arrays of floats, which is fast and still simple.

/** Nodes and links. Parameters are in the order of the crate: for each neuron its weights, then its bias. */
export class ObjectNet {
  constructor(sizes, parameters) {
    let next = 0;
    this.layers = sizes.map((size) =>
      Array.from({ length: size }, () => ({ inputs: [], outputs: [], bias: 0, sum: 0, output: 0, byOutput: 0, bySum: 0, biasGradient: 0 })));
    for (let l = 1; l < sizes.length; l++) {
      for (const node of this.layers[l]) {
        for (const source of this.layers[l - 1]) {
          const link = { source, target: node, weight: parameters[next++], gradient: 0 };
          node.inputs.push(link);
          source.outputs.push(link);
        }
        node.bias = parameters[next++];
      }
    }
  }

  forward(inputs) {
    this.layers[0].forEach((node, i) => (node.output = inputs[i]));
    for (let l = 1; l < this.layers.length; l++) {
      const isLast = l + 1 === this.layers.length;
      for (const node of this.layers[l]) {
        node.sum = node.bias;
        for (const link of node.inputs) node.sum += link.weight * link.source.output;
        node.output = isLast ? node.sum : Math.tanh(node.sum);
      }
    }
    return this.layers.at(-1)[0].output;
  }

  backward(target) {
    const last = this.layers.length - 1;
    const output = this.layers[last][0];
    output.byOutput = 1 / (1 + Math.exp(-output.output)) - target;
    for (let l = last; l >= 1; l--) {
      for (const node of this.layers[l]) {
        node.bySum = l === last ? node.byOutput : node.byOutput * (1 - node.output * node.output);
        node.biasGradient += node.bySum;
        for (const link of node.inputs) link.gradient += node.bySum * link.source.output;
      }
      if (l === 1) break;
      for (const node of this.layers[l - 1]) {
        node.byOutput = 0;
        for (const link of node.outputs) node.byOutput += link.weight * link.target.bySum;
      }
    }
  }

  update(rate, count) {
    for (let l = 1; l < this.layers.length; l++) {
      for (const node of this.layers[l]) {
        node.bias -= (rate * node.biasGradient) / count;
        node.biasGradient = 0;
        for (const link of node.inputs) {
          link.weight -= (rate * link.gradient) / count;
          link.gradient = 0;
        }
      }
    }
  }

  /** Returns the gradient that `backward` has summed, in the order of the parameters. */
  gradient() {
    return this.layers.slice(1).flat().flatMap((node) => [...node.inputs.map((link) => link.gradient), node.biasGradient]);
  }
}

/** The same network in arrays of floats. */
export class ArrayNet {
  constructor(sizes, parameters) {
    this.sizes = sizes;
    this.parameters = Float64Array.from(parameters);
    this.sums = new Float64Array(parameters.length);
    this.outputs = sizes.map((size) => new Float64Array(size));
    this.bySums = sizes.map((size) => new Float64Array(size));
  }

  forward(inputs) {
    const { sizes, parameters, outputs } = this;
    outputs[0].set(inputs);
    let at = 0;
    for (let l = 1; l < sizes.length; l++) {
      const [before, after, width, isLast] = [outputs[l - 1], outputs[l], sizes[l - 1], l + 1 === sizes.length];
      for (let j = 0; j < sizes[l]; j++) {
        let sum = parameters[at + width];
        for (let i = 0; i < width; i++) sum += parameters[at + i] * before[i];
        after[j] = isLast ? sum : Math.tanh(sum);
        at += width + 1;
      }
    }
    return outputs.at(-1)[0];
  }

  backward(target) {
    const { sizes, parameters, sums, outputs, bySums } = this;
    const last = sizes.length - 1;
    bySums[last][0] = 1 / (1 + Math.exp(-outputs[last][0])) - target;
    let end = parameters.length;
    for (let l = last; l >= 1; l--) {
      const [width, before, deltas, back] = [sizes[l - 1], outputs[l - 1], bySums[l], bySums[l - 1]];
      const begin = end - sizes[l] * (width + 1);
      back.fill(0);
      for (let j = 0, at = begin; j < sizes[l]; j++, at += width + 1) {
        const delta = deltas[j];
        for (let i = 0; i < width; i++) {
          sums[at + i] += delta * before[i];
          back[i] += delta * parameters[at + i];
        }
        sums[at + width] += delta;
      }
      if (l > 1) for (let i = 0; i < width; i++) back[i] *= 1 - before[i] * before[i];
      end = begin;
    }
  }

  update(rate, count) {
    const { parameters, sums } = this;
    const step = rate / count;
    for (let i = 0; i < parameters.length; i++) {
      parameters[i] -= step * sums[i];
      sums[i] = 0;
    }
  }

  gradient() {
    return Array.from(this.sums);
  }
}

/** Trains for `epochs` epochs in the given order of the samples; shuffling is left out, as in TensorFlow Playground. */
export function learn(net, samples, rate, batch, epochs) {
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = 0; i < samples.length; i++) {
      net.forward(samples[i].inputs);
      net.backward(samples[i].target);
      if ((i + 1) % batch === 0 || i + 1 === samples.length) net.update(rate, i % batch + 1);
    }
  }
}
