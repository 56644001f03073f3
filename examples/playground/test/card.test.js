// The card of a parameter: its factors compared with the module, the walk through a step, and the exercise.

import assert from 'node:assert/strict';
import { onPage } from './browser.js';

const NETWORKS = [
  'data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&test=0',
  '',
  'data=spiral&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=5tanh,4elu,3gelu&loss=hinge',
  'data=spiral3&loss=softmax&layers=3silu,2softplus',
  'data=spiral3&loss=squared&layers=3leaky_relu(0.01),1sigmoid',
  'data=hills&loss=huber&layers=4relu,1tanh,1tanh,1tanh',
  'data=hills&loss=absolute&layers=',
  'layers=3gelu&loss=squared&output=tanh&init=normal',
  'layers=8tanh,8tanh,8tanh,8tanh,8tanh,8tanh&loss=cross&init=normal',
];

for (const hash of NETWORKS) {
  onPage(`factors multiply to the gradient of the module: ${hash}`, hash, async (page) => {
    const wrong = await page.evaluate(async () => {
      const { Chain } = await import('./chain.js');
      const { engine, shape } = playground;
      engine.learn(3);
      const wrong = [];
      const near = (a, b) => Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b)) + 1e-15;
      for (const sample of [0, 1, 2, 3]) {
        const pass = engine.pass(sample, shape.inputs.length, shape.layers.at(-1).neurons, shape.neuronNames.length);
        const chain = new Chain({ shape, loss: engine.loss(), pass, parameters: engine.parameters() });
        pass.neurons.forEach(({ bySum, byOutput }, i) => {
          const own = chain.neurons[i];
          if (!near(own.bySum, bySum) || !near(own.byOutput, byOutput)) wrong.push([sample, own.name, own.bySum, bySum, own.byOutput, byOutput]);
        });
        pass.gradient.forEach((truth, p) => {
          const factors = chain.factors(p);
          const product = factors.reduce((product, { value }) => product * value, 1);
          if (!near(product, truth) || !near(chain.derivative(p), truth)) wrong.push([sample, p, product, truth]);
          for (const { paths, value } of factors) {
            if (paths && !near(paths.reduce((sum, path) => sum + path.value, 0), value)) wrong.push([sample, p, 'paths', value]);
          }
          if (factors.length > 5) wrong.push([p, 'too many factors']);
        });
      }
      return wrong;
    });
    assert.deepEqual(wrong, []);
  });
}
