// Measures the speed of training compared with plain JavaScript in the same browser, and the frames per second meanwhile.
//
//     CHROMIUM=chromium node speed.js
//
// Prints a table. No other programs should run on the machine.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open, stop } from './browser.js';

const SETTINGS = 'data=spiral&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=8tanh,8tanh&loss=cross&rate=0.03&batch=10&test=0.5';

/** Measures the epochs per second of each in turn; returns the best of many runs, because other programs can only slow it down. */
async function epochs() {
  const { page, close } = await open('', { file: 'empty.html' });
  const plain = await readFile(join(import.meta.dirname, 'plain.js'), 'utf8');
  const result = await page.evaluate(async ({ plain, settings }) => {
    const { ObjectNet, ArrayNet, learn } = await import(URL.createObjectURL(new Blob([plain], { type: 'text/javascript' })));
    const { load } = await import('/engine.js');
    const engine = await load('/playground.wasm');
    engine.begin(settings);
    const first = engine.parameters();
    const sizes = [7, 8, 8, 1];
    const samples = Array.from({ length: engine.samples() }, (_, i) => {
      const { inputs, targets } = engine.pass(i, 7, 1, 17);
      return { inputs, target: targets[0] };
    });
    // All three are the same algorithm: they give the same gradients for some samples.
    let apart = 0;
    for (const Net of [ObjectNet, ArrayNet]) {
      for (let i = 0; i < 20; i++) {
        const net = new Net(sizes, first);
        net.forward(samples[i].inputs);
        net.backward(samples[i].target);
        const truth = engine.pass(i, 7, 1, 17).gradient;
        net.gradient().forEach((x, j) => (apart = Math.max(apart, Math.abs(x - truth[j]))));
      }
    }
    const nets = [new ObjectNet(sizes, first), new ArrayNet(sizes, first)];
    const ways = [(count) => engine.learn(count), ...nets.map((net) => (count) => learn(net, samples, 0.03, 10, count))];
    const best = ways.map(() => Infinity);
    for (let round = 0; round < 30; round++) {
      ways.forEach((way, i) => {
        const count = round < 3 ? 100 : 60;
        const start = performance.now();
        way(count);
        best[i] = Math.min(best[i], (performance.now() - start) / count);
      });
    }
    // The objects with their trained parameters, to verify that they learn.
    const loss = (net) => samples.reduce((sum, { inputs, target }) => {
      const x = net.forward(inputs);
      return sum + Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0) - target * x;
    }, 0) / samples.length;
    return { samples: samples.length, apart, best, losses: [engine.scores().trainLoss, ...nets.map(loss)], epochs: engine.epoch() };
  }, { plain, settings: SETTINGS });
  await close();
  assert.equal(result.samples, 250);
  assert.ok(result.apart < 1e-12, `gradients are ${result.apart} apart`);
  const [ours, objects, arrays] = result.best;
  console.log(`An epoch of 250 samples, seven inputs, two layers of eight; each after ${result.epochs} epochs:`);
  [['the page', ours], ['objects', objects], ['arrays', arrays]].forEach(([name, time], i) =>
    console.log(`  ${name.padEnd(9)} ${(1000 * time).toFixed(0).padStart(5)} µs  ${(1000 / time).toFixed(0).padStart(6)} epochs/s  ${(time / ours).toFixed(2)} times the page's time  loss ${result.losses[i].toFixed(4)}`));
}

/** Measures the frames per second during three seconds of training, and the time that the page takes for each. */
async function frames(speed) {
  const { page, close, problems } = await open(`${SETTINGS}&speed=${speed}`);
  await page.click('#play');
  await page.waitForTimeout(500);
  const result = await page.evaluate(async () => {
    const learn = playground.learn;
    let [work, count, longest] = [0, 0, 0];
    playground.learn = function (f) {
      const start = performance.now();
      const result = learn.call(this, f);
      const took = performance.now() - start;
      work += took;
      longest = Math.max(longest, took);
      count++;
      return result;
    };
    const [start, first] = [performance.now(), playground.engine.epoch()];
    let seen = 0;
    await new Promise((resolve) => {
      const frame = () => {
        seen++;
        if (performance.now() - start < 3000) requestAnimationFrame(frame);
        else resolve();
      };
      requestAnimationFrame(frame);
    });
    const seconds = (performance.now() - start) / 1000;
    playground.learn = learn;
    return { frames: seen / seconds, work: work / count, longest, epochs: (playground.engine.epoch() - first) / seconds };
  });
  await close();
  assert.deepEqual(problems, []);
  console.log(`  ${speed.padEnd(4)} ${result.frames.toFixed(1).padStart(5)} frames/s  ${result.work.toFixed(2).padStart(6)} ms of work a frame, ${result.longest.toFixed(1)} the longest  ${result.epochs.toFixed(0).padStart(5)} epochs/s`);
}

await epochs();
console.log('The page while it plays, without a graphics processor:');
for (const speed of ['1', '10', 'max']) await frames(speed);
await stop();
