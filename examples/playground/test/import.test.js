// Files of models are imported: without a browser, since Node has WebAssembly.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const folder = process.env.PLAYGROUND ?? join(import.meta.dirname, '../../../docs/playground');
const { load, Refused } = await import(join(folder, 'engine.js'));
const started = async (settings) => {
  const engine = await load(`data:application/wasm;base64,${readFileSync(join(folder, 'playground.wasm')).toString('base64')}`);
  engine.begin(settings);
  return engine;
};
const bytesOf = (text) => new TextEncoder().encode(text);

test('an exported model is imported with the same bits', async () => {
  for (const settings of ['data=circle&layers=3relu,2leaky_relu(0.1)&loss=cross', 'data=hills&inputs=x1,own&formula=x1*x2&layers=4gelu&rate=0.001', 'data=spiral3&loss=softmax&layers=']) {
    const trained = await started(settings);
    trained.learn(3);
    const page = await started(settings.split('&')[0]);
    const changed = page.importModel(bytesOf(trained.json()));
    assert.deepEqual(page.parameters(), trained.parameters());
    assert.deepEqual(page.answer(1, -2), trained.answer(1, -2));
    assert.equal(page.set(`${settings.split('&')[0]}&${changed}`), false, changed);
  }
});

/** `backprop train people.csv --target sex --hidden 3 --networks 1` saved the file; `backprop predict` gives the probabilities. */
test('a model of the program is imported from safetensors', async () => {
  const page = await started('data=circle');
  const points = [[-1, 0], [1, 1]].map(([x1, x2]) => ({ x1, x2, target: x1 > 0 ? 0 : 1, isTest: false }));
  page.setOwn('weight\theight\nsex\n65\t170\n10\t10\n6\nman\twoman', points);
  const file = new Uint8Array(readFileSync(join(import.meta.dirname, 'people.safetensors')));
  assert.equal(page.importModel(file), 'inputs=x2,x1&formula=x1*x2&layers=3relu&residual=0&output=identity&loss=softmax');
  for (const [weight, height, man] of [[80, 180, 0.99999905], [66, 168, 0.627916], [64, 165, 0.06525631]]) {
    const [got] = page.answer((weight - 65) / 10, (height - 170) / 10);
    assert.ok(Math.abs(got - man) < 1e-6, `${weight}, ${height}: ${got}, the program says ${man}`);
  }
});

test('other files are refused, and the network stays', async () => {
  const page = await started('data=circle');
  const before = page.parameters();
  const model = page.json();
  const files = {
    '': /must be a model/,
    '{}': /must be a model of backprop, version 1/,
    'hello, hello, hello': /must be a model/,
    [model.slice(0, 300)]: /must be a model/,
    [model.replace('"version": 1', '"version": 2')]: /version 1/,
    [model.replace('"layers"', '"other"')]: /fully connected/,
    [model.replace('"x2"', '"age"')]: /no input `age`/,
    [model.replace('"B"', '"C"')]: /must predict the classes A, B/,
    [model.replace('"0.bias": [', '"0.bias": [1,')]: /parameters/,
  };
  for (const [text, message] of Object.entries(files)) {
    assert.throws(() => page.importModel(bytesOf(text)), (error) => error instanceof Refused && message.test(error.message), text.slice(0, 50));
  }
  assert.deepEqual(page.parameters(), before);
});
