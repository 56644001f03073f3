// Computes the loss surface in a module of its own, beside the page.

import { pointsOf, started } from './engine.js';

let engine;

addEventListener('message', async ({ data: { module, data, wanted, cells } }) => {
  if (module) {
    engine = started(module);
    return;
  }
  const { i, j, size, parameters } = wanted;
  try {
    const own = await engine;
    if (data) {
      own.begin(data.settings);
      own.setOwn(data.description, pointsOf(data.points));
    }
    own.goTo(0, 0, parameters);
    postMessage({ ...wanted, losses: own.surface(i, j, size, cells) });
  } catch (error) {
    postMessage({ ...wanted, error: error.message });
  }
});
