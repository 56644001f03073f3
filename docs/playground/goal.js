// Goals of lessons: conditions such as "epoch >= 50 and trainLoss < 0.1". They are parsed, not executed, because a lesson may come from anywhere.

const QUANTITIES = {
  epoch: (page) => page.engine.epoch(),
  trainLoss: (page) => page.scores.trainLoss,
  testLoss: (page) => page.scores.testLoss,
  trainAccuracy: (page) => page.scores.trainQuality,
  testAccuracy: (page) => page.scores.testQuality,
  hiddenLayers: (page) => page.shape.layers.length - 1,
  neurons: (page) => page.shape.layers.slice(0, -1).reduce((sum, { neurons }) => sum + neurons, 0),
  rate: (page) => Number(page.state.rate),
};

const COMPARISONS = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
};

/** A name such as w1 or b1 is that of a parameter. NaN, which fulfils no comparison, if the present network does not have it. */
const parameter = (name) => (page) => page.engine.parameters()[page.shape.parameterNames.indexOf(name)] ?? NaN;

/** Returns the function of the page that is true when the goal is reached; throws an error for a text that is not a goal. */
export function goal(text) {
  const conditions = text.split(/\s+and\s+/).map((condition) => {
    const match = condition.trim().match(/^([a-zA-Z]\w*)\s*(<=|>=|<|>|=)\s*([-−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)$/);
    if (!match) throw new Error(`expected a goal such as "trainLoss < 0.1", got "${condition}"`);
    const [, name, comparison, number] = match;
    if (!Object.hasOwn(QUANTITIES, name) && !/^[wb][1-9]\d*$/.test(name)) {
      throw new Error(`expected ${Object.keys(QUANTITIES).join(', ')} or a parameter such as w1, got "${name}"`);
    }
    const quantity = Object.hasOwn(QUANTITIES, name) ? QUANTITIES[name] : parameter(name);
    return (page) => COMPARISONS[comparison](quantity(page), Number(number.replace('−', '-')));
  });
  return (page) => conditions.every((holds) => holds(page));
}
