// The words of the page for the parts of its state. Messages use them instead of the keys of the address.

/** What the page calls each part of its state. */
export const NAMES = {
  data: 'the data set', noise: 'the noise', test: 'the test data', dataseed: 'the data seed', boundary: 'the boundary y > f(x)',
  points: 'the points', plane: 'the description of the points',
  inputs: 'the features', formula: 'the formula of your feature', layers: 'the hidden layers', residual: 'the residual connections',
  output: 'the output activation', loss: 'the loss', init: 'the initial weights', seed: 'the seed',
  optimizer: 'the optimizer', rate: 'the learning rate', batch: 'the batch size', penalty: 'the regularization',
  penaltyrate: 'the regularization rate', l1: 'the regularization rate', l2: 'the regularization rate', dropout: 'the dropout',
  speed: 'the speed', stopepoch: 'the epoch to stop at', stoploss: 'the loss to stop at',
  w: 'the parameters', epoch: 'the epoch', done: 'the steps within the epoch', memory: 'the state of the optimizer', frozen: 'the frozen parameters',
  sample: 'the training sample', parameter: 'the selected parameter', card: 'the card', drill: 'the exercise', score: 'the score of the exercise',
  showtest: 'the display of test data', discrete: 'the discretized output', numbers: 'the display of values', theme: 'the theme', more: 'the tab of More',
  panels: 'the open panels', surface: 'the loss surface', runs: 'the kept runs',
  lesson: 'the lesson', step: 'the step of the lesson', hide: 'the hidden parts', show: 'the visible parts', embed: 'the embedding',
};

const VARIABLES = { formula: 'x1, x2, r, the distance from the origin,', boundary: 'x' };

/** Returns a message of the crate with names instead of keys and, for a text that is not a formula, with what is accepted. */
export function inWords(message) {
  const text = message.replace(/^`(\w+)`(?= must)|(?<= in )`(\w+)`(?= at character)/, (quoted, first, second) => NAMES[first ?? second] ?? quoted);
  const [, key] = message.match(/^`(formula|boundary)` must .* at character/) ?? [];
  if (!key) return text;
  return `${text}. A formula consists of numbers, ${VARIABLES[key]} and pi, + − * / ^, parentheses, and sin, cos, tan, exp, ln, sqrt, abs and tanh`;
}
