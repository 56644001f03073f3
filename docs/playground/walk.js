// One training step as a list of states: the forward pass neuron by neuron, the loss, the backward pass edge by edge, and
// the update. A state has a phase, the parts of the network that it marks, and a line with its numbers.

import { activationText, digitsOfSum, lineOf, slopeName, through, throughText } from './chain.js';
import { bracketed, enough, fine, product, total } from './maths.js';
import { short } from './network.js';

export const PHASES = ['Forward', 'Loss', 'Backward', 'Update'];

/** With more edges on the paths the backward pass goes neuron by neuron, so that it takes less than half a minute. */
const MOST_EDGES = 30;

/** Returns the states for one sample and a parameter; `updateText` is the line of the update. */
export function statesOf(chain, parameter, updateText) {
  return [...forward(chain), loss(chain), ...backward(chain, parameter), last(chain, parameter, updateText)];
}

const valueText = ({ isSum, sum, output }) => (isSum ? short(output) : `Σ ${short(sum)} → ${short(output)}`);
const sourcePart = ({ input, index, output }) => (input === undefined ? { neuron: index, text: short(output) } : { input, text: short(output) });

function forward(chain) {
  return chain.neurons.map((neuron) => {
    const digits = digitsOfSum(neuron);
    const { symbols, numbers } = chain.sumOf(neuron, undefined, digits);
    const activation = neuron.isSum ? '' : `; ${neuron.name} = ${activationText(neuron)} = ${fine(neuron.output)}`;
    return {
      phase: 'Forward',
      text: `${neuron.sumName} = ${symbols} = ${numbers} = ${fine(neuron.sum, digits)}${activation}`,
      parts: [
        ...neuron.edges.map(lineOf), ...(neuron.residual ? [{ residual: neuron.index }] : []), ...neuron.edges.map(({ from }) => sourcePart(from)),
        { neuron: neuron.index, text: valueText(neuron) },
      ],
    };
  });
}

function loss(chain) {
  return {
    phase: 'Loss',
    text: chain.lossOf(),
    parts: chain.outputs.map(({ index, output }) => ({ neuron: index, text: short(output) })),
  };
}

/** From the outputs back to the parameter's neuron, then along the parameter's own line. */
function backward(chain, parameter) {
  const { neuron, edge } = chain.placeOf(parameter);
  const name = chain.shape.parameterNames[parameter];
  const onPath = chain.neuronsOf(parameter).reverse();
  const isEdgewise = onPath.reduce((sum, { onward }) => sum + onward.length, 0) <= MOST_EDGES;
  const states = onPath.flatMap((at) => {
    // The result of a product is the first factor of the next one.
    const digits = at.isSum ? undefined : enough([at.byOutput, at.derivative], product);
    const whole = fine(at.byOutput, digits);
    const derivative = at.isSum ? '' : `; ∂L/∂${at.sumName} = ${whole} · ${bracketed(at.derivative, digits)} = ${fine(at.bySum)}`;
    if (at.isLast) {
      const { symbols, numbers } = chain.lossFactor(at);
      return [state(`∂L/∂${at.name} = ${symbols} = ${numbers(digits)} = ${whole}${derivative}`, [{ neuron: at.index, text: `∂ ${short(at.byOutput)}` }])];
    }
    const own = enough(at.onward.map(through), total, digits); // of each path
    const edges = at.onward.map((next, i) => {
      const sofar = at.onward.slice(0, i + 1).reduce((sum, edge) => sum + through(edge), 0);
      const [factor, number] = next.isResidual ? ['', ''] : [` · ${next.name}`, ` = ${fine(through(next), own)}`];
      const via = at.onward.length === 1 ? '' : ` via ${next.to.name}`;
      const isFinal = i + 1 === at.onward.length;
      const sum = i === 0 ? '' : isFinal ? `; the sum of all paths is ${whole}` : `; together ${fine(sofar, own)}`;
      return state(`∂L/∂${at.name}${via} = ${slopeName(next)}${factor} = ${throughText(next, own)}${number}${sum}${isFinal ? derivative : ''}`, [
        next.isResidual ? lineOf(next) : { ...lineOf(next), text: `${next.name} ${short(next.weight)}` }, { neuron: next.to.index }, { neuron: at.index, text: `∂ ${short(sofar)}` },
      ]);
    });
    if (isEdgewise) return edges;
    const parts = [...at.onward.flatMap((next) => [lineOf(next), { neuron: next.to.index }]), { neuron: at.index, text: `∂ ${short(at.byOutput)}` }];
    return [state(`∂L/∂${at.name} = the sum over ${at.onward.length} paths = ${whole}${derivative}`, parts)];
  });
  const last = edge ? enough([neuron.bySum, edge.from.output], product) : undefined;
  const by = `∂L/∂${name} = ∂L/∂${neuron.sumName}`;
  states.push(edge
    ? state(`${by} · ${edge.from.name} = ${fine(neuron.bySum, last)} · ${bracketed(edge.from.output, last)} = ${fine(chain.derivative(parameter))}`, [
      { parameter, text: `∂ ${short(chain.derivative(parameter))}` }, { neuron: neuron.index }, sourcePart(edge.from),
    ])
    : state(`${by} · 1 = ${fine(neuron.bySum)}`, [{ parameter, text: `∂ ${short(neuron.bySum)}` }, { neuron: neuron.index }]));
  return states;
}

const state = (text, parts) => ({ phase: 'Backward', text, parts });

function last(chain, parameter, text) {
  const { neuron } = chain.placeOf(parameter);
  const name = chain.shape.parameterNames[parameter];
  return { phase: 'Update', text, parts: [{ parameter, text: `${name} ${short(chain.parameters[parameter])}` }, { neuron: neuron.index }] };
}

/** With more samples each phase of a batch is one state. */
const MOST_SAMPLES = 30;

/** Returns the states for a batch: `chains` and `samples` are its samples, `derivatives` those of the parameter. */
export function statesOfBatch({ chains, samples, derivatives, mean, parameter, updateText }) {
  const [chain] = chains;
  const name = chain.shape.parameterNames[parameter];
  const path = chain.path(parameter);
  const outputs = chain.outputs.map(({ index }) => ({ neuron: index }));
  const isEach = samples.length <= MOST_SAMPLES;
  const losses = chains.map(({ pass }) => pass.loss);
  const results = chains.map((each) => each.outputs.map(({ name, output }) => `${name} = ${fine(output)}`).join(', '));
  const everything = chain.neurons.map(({ index }) => ({ neuron: index }));
  const state = (phase, text, parts) => ({ phase, text, parts });
  let sum = 0;
  const sums = derivatives.map((derivative) => (sum += derivative));
  const digits = enough(derivatives, total, enough([sum], ([sum]) => sum / samples.length));
  return [
    ...(isEach ? samples.map((sample, i) => state('Forward', `Sample ${sample + 1}: ${results[i]}`, everything)) : [state('Forward', `The forward pass of ${samples.length} samples`, everything)]),
    state('Loss', `L = mean of ${samples.length} losses = ${fine(losses.reduce((a, b) => a + b) / samples.length)}`, outputs),
    ...(isEach ? samples.map((sample, i) => state('Backward', `Sample ${sample + 1}: ∂L/∂${name} = ${fine(derivatives[i], digits)}${i === 0 ? '' : `; sum so far ${fine(sums[i], digits)}`}`, path)) : []),
    state('Backward', `∂L/∂${name} = sum / ${samples.length} = ${fine(sum, enough([sum], ([sum]) => sum / samples.length))} / ${samples.length} = ${fine(mean)}`, path),
    last(chain, parameter, updateText),
  ];
}
