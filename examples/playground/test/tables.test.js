// The tables of neurons and parameters, the confusion matrix, the loss surface and predictions: values compared with the engine, with difference
// quotients, and with the lecture.

import assert from 'node:assert/strict';
import { alertText, bits, chooseData, epoch, example, learn, onPage, playUntil, scores, select, step, type, unfold } from './browser.js';

const LECTURE = 'data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&test=0';
const number = (text) => Number(text.replaceAll('−', '-'));
const isNear = (a, b, part = 0.006) => Math.abs(a - b) <= part * Math.max(Math.abs(a), Math.abs(b)) + 1e-9;
const gradient = (page) => page.evaluate(() => playground.pass().gradient);

onPage('the lecture has nine named parameters, each with its derivative for every sample', '', async (page) => {
  await example(page, 'The lecture: sex by weight and height');
  const rows = page.locator('#parameters tbody tr');
  assert.deepEqual(await rows.locator('td:first-child').allInnerTexts(), ['w1', 'w2', 'b1', 'w3', 'w4', 'b2', 'w5', 'w6', 'b3']);
  assert.deepEqual(await rows.locator('td:nth-child(2)').allInnerTexts(),
    ['weight → h1', 'height → h1', 'bias → h1', 'weight → h2', 'height → h2', 'bias → h2', 'h1 → o1', 'h2 → o1', 'bias → o1']);
  for (const sample of [1, 2, 3, 4]) {
    await type(page, 'sample', sample);
    const truth = await gradient(page);
    const { inputs, neurons } = await page.evaluate(() => playground.pass());
    const sources = [inputs[0], inputs[1], 1, inputs[0], inputs[1], 1, neurons[0].output, neurons[1].output, 1];
    const [locals, shown] = [await rows.locator('td:nth-child(4)').allInnerTexts(), await rows.locator('td:nth-child(5)').allInnerTexts()];
    for (let i = 0; i < 9; i++) {
      // Each value is rounded to three digits; small ones have two.
      assert.ok(isNear(number(shown[i]), truth[i], Math.abs(truth[i]) < 0.001 ? 0.03 : 0.006), `parameter ${i}: the table has ${shown[i]}, the gradient is ${truth[i]}`);
      assert.ok(isNear(number(locals[i]), sources[i]), `parameter ${i}: the table has ${locals[i]}, its source is ${sources[i]}`);
      // The table's own factors give its derivative: that of the loss with respect to the sum, by the value of the source.
      const product = neurons[[0, 0, 0, 1, 1, 1, 2, 2, 2][i]].bySum * sources[i];
      assert.ok(Math.abs(product - truth[i]) < 1e-12, `parameter ${i}`);
    }
  }
});

// Compares with difference quotients.
for (const hash of [LECTURE, 'data=spiral3&loss=softmax&layers=3tanh,2sigmoid&inputs=x1,x1x2', 'data=hills&loss=huber&layers=3silu', 'loss=hinge', 'loss=cross', 'data=hills&loss=absolute']) {
  onPage(`gradient equals difference quotients: ${hash}`, hash, async (page) => {
    await learn(page, 2);
    const [shown, measured] = await page.evaluate(() => {
      const { engine } = playground;
      const shown = playground.pass().gradient;
      const loss = (index, value) => {
        engine.setParameter(index, value);
        return playground.pass().loss;
      };
      const measured = engine.parameters().map((x, i) => {
        const h = 1e-5;
        const derivative = (loss(i, x + h) - loss(i, x - h)) / (2 * h);
        engine.setParameter(i, x);
        return derivative;
      });
      return [shown, measured];
    });
    shown.forEach((x, i) => assert.ok(Math.abs(x - measured[i]) <= 1e-6 * Math.max(1, Math.abs(x)), `parameter ${i}: ${x}, by differences ${measured[i]}`));
  });
}

onPage('one sample is trained on at a time', LECTURE, async (page) => {
  const seen = [];
  for (let i = 0; i < 4; i++) {
    const before = await bits(page);
    const next = await page.evaluate(() => playground.engine.nextSample());
    await step(page);
    assert.notDeepEqual(await bits(page), before);
    assert.equal(await page.locator('#sample').inputValue(), String(next + 1));
    seen.push(next);
  }
  assert.deepEqual(seen.sort(), [0, 1, 2, 3], 'an epoch is each sample once');
  assert.equal(await epoch(page), 1);
  await page.click('#next-sample');
  const sample = Number(await page.locator('#sample').inputValue()) - 1;
  const [before, derivatives] = [await page.evaluate(() => playground.engine.parameters()), await gradient(page)];
  await page.click('#learn-sample');
  const after = await page.evaluate(() => playground.engine.parameters());
  after.forEach((x, i) => assert.ok(Math.abs(x - (before[i] - 0.1 * derivatives[i])) < 1e-12, `parameter ${i}: less rate by gradient`));
  assert.equal(Number(await page.locator('#sample').inputValue()) - 1, sample);
});

onPage('samples are selected by number', LECTURE, async (page) => {
  for (const [typed, shown] of [['2', '2'], ['5', '1'], ['0', '4'], ['', '4'], ['2.4', '2']]) {
    await type(page, 'sample', typed);
    const value = await page.locator('#sample').inputValue();
    assert.ok(Number(value) >= 1 && Number(value) <= 4, `${typed} gives sample ${value}`);
    if (typed !== '') assert.equal(value, shown, typed);
  }
  assert.match(await page.locator('#sample-about').innerText(), /weight\b.* = .*height\b.* = .*y = .*loss L = /);
});

onPage('the table of neurons has the forward and backward pass', LECTURE, async (page) => {
  const rows = await page.locator('#neurons tbody tr').evaluateAll((all) => all.map((row) => Array.from(row.cells, (cell) => cell.textContent)));
  assert.deepEqual(rows.map((row) => row[0]), ['h1', 'h2', 'o1']);
  const parameters = await page.evaluate(() => playground.engine.parameters());
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const [x1, x2, y] = [-2, -1, 1]; // the first of the people
  const sums = [0, 3].map((i) => parameters[i] * x1 + parameters[i + 1] * x2 + parameters[i + 2]);
  const hidden = sums.map(sigmoid);
  sums.push(parameters[6] * hidden[0] + parameters[7] * hidden[1] + parameters[8]);
  const output = sigmoid(sums[2]);
  const byOutput = -2 * (y - output);
  const bySum = byOutput * output * (1 - output);
  const expected = [0, 1].map((i) => {
    const [back, derivative] = [bySum * parameters[6 + i], hidden[i] * (1 - hidden[i])];
    return [sums[i], hidden[i], derivative, back * derivative, back];
  });
  expected.push([sums[2], output, output * (1 - output), bySum, byOutput]);
  rows.forEach(([name, ...texts], i) => texts.map(number).forEach((x, j) => assert.ok(isNear(x, expected[i][j]), `${name}, column ${j + 1}: ${x}, by hand ${expected[i][j]}`)));
});

onPage('parameters can be edited in the table, including the last bias', LECTURE, async (page) => {
  const inputs = page.locator('#parameters input');
  assert.equal(await inputs.count(), 9);
  for (let i = 0; i < 9; i++) {
    await inputs.nth(i).fill(String(0.5 - i));
    await inputs.nth(i).press('Tab');
  }
  assert.deepEqual(await page.evaluate(() => playground.engine.parameters()), Array.from({ length: 9 }, (_, i) => 0.5 - i));
  const before = await bits(page);
  await inputs.first().fill('');
  await inputs.first().press('Tab');
  assert.deepEqual(await bits(page), before, 'an empty field is ignored');
  await inputs.first().fill('1e300');
  await inputs.first().press('Tab');
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[0], 1e300);
  assert.ok(Number.isFinite((await scores(page)).trainLoss));
  await page.click('#reset');
});

onPage('focusing a rounded parameter does not change it', LECTURE, async (page) => {
  const before = await bits(page);
  await page.locator('#parameters input').nth(2).focus();
  await page.keyboard.press('Tab');
  await page.evaluate(() => playground.choose(4, true));
  await page.locator('#card-value').focus();
  await page.keyboard.press('Tab');
  assert.deepEqual(await bits(page), before);
});

onPage('a focused parameter is the chosen one, and its row is marked', LECTURE, async (page) => {
  await page.locator('#parameters input').nth(5).focus();
  assert.equal(await page.evaluate(() => playground.chosen), 5);
  assert.deepEqual(await page.locator('#parameters tr.chosen td:first-child').allInnerTexts(), ['b2']);
  await page.evaluate(() => playground.choose(7, true));
  assert.deepEqual(await page.locator('#parameters tr.chosen td:first-child').allInnerTexts(), ['w6']);
});

onPage('the loss surface over two parameters has the path of training', 'data=people&layers=&loss=squared&rate=0.1&init=normal', async (page) => {
  const picture = () => page.locator('#surface').evaluate((canvas) => canvas.toDataURL());
  const about = (pattern) => page.waitForFunction((source) => new RegExp(source).test(document.getElementById('surface-about').textContent), pattern.source);
  /** Waits until the worker has drawn another picture. */
  const changes = async (before) => {
    await page.waitForFunction((before) => document.getElementById('surface').toDataURL() !== before, before);
    return picture();
  };
  await unfold(page, 'surface-panel');
  await about(/w1 = .*w2 = .*at the centre/);
  const before = await picture();
  const [middle, loss] = await page.evaluate(() => [playground.engine.surface(0, 1, 1, 3)[4], playground.engine.scores().trainLoss]);
  assert.ok(Math.abs(middle - loss) < 1e-6 * loss, 'the centre has the current parameters');
  await step(page, 2);
  assert.ok((await page.evaluate(() => playground.surface.path.length)) >= 3);
  const moved = await changes(before);
  await page.selectOption('#surface-x', '2');
  await about(/^b1 = .*w2 = /);
  await changes(moved);
  for (const [typed, used] of [[10, '10'], ['', '4'], [-3, '0.01']]) {
    await type(page, 'surface-size', typed);
    assert.equal(await page.locator('#surface-size').inputValue(), used, `a range of ${typed}`);
  }
  await playUntil(page, () => playground.surface.path.length > 20);
});

onPage('the path of training is recorded out of sight, and starts again at Reset', '', async (page) => {
  await learn(page, 1);
  await learn(page, 1);
  assert.equal(await page.evaluate(() => playground.surface.path.length), 3);
  await page.click('#reset');
  assert.equal(await page.evaluate(() => playground.surface.path.length), 1);
});

onPage('predictions for a weight and height in pounds and inches or kilograms and centimetres', LECTURE, async (page) => {
  await unfold(page, 'ask-panel');
  assert.match(await page.locator('#ask-name-1').innerText(), /weight \(lb\)/);
  const answer = async () => (await page.locator('#ask-answer').innerText()).match(/man ([\d.]+) %, woman ([\d.]+) %/).slice(1).map(Number);
  await page.fill('#ask-1', '128');
  await page.fill('#ask-2', '63');
  await page.click('#ask button');
  const pounds = await answer();
  assert.ok(Math.abs(pounds[0] + pounds[1] - 100) < 0.11);
  const truth = await page.evaluate(() => playground.engine.answer(128 - 135, 63 - 66));
  assert.ok(Math.abs(pounds[1] - 100 * truth[1]) < 0.06);
  await page.check('#ask-metric');
  assert.match(await page.locator('#ask-name-1').innerText(), /kg/, 'the field shows its unit');
  await page.fill('#ask-1', '58.06');
  await page.fill('#ask-2', '160.02');
  await page.click('#ask button');
  assert.deepEqual(await answer(), pounds);
});

onPage('neurons with zero weights stay equal', 'data=circle&layers=4tanh&init=zeros&rate=0.3', async (page) => {
  await learn(page, 5);
  const parameters = await page.evaluate(() => playground.engine.parameters());
  for (let j = 1; j < 4; j++) assert.deepEqual(parameters.slice(3 * j, 3 * j + 3), parameters.slice(0, 3));
  assert.equal(await alertText(page), '');
});

onPage('divergence is reported with the epoch of the page', 'data=hills&loss=squared&layers=4relu,4relu&rate=3', async (page) => {
  await page.click('#play');
  await page.locator('#go-back').waitFor();
  const epoch = Number((await page.locator('#epoch').innerText()).replaceAll(',', ''));
  assert.match(await page.locator('#alert-text').innerText(), new RegExp(`in epoch ${epoch + 1}, step \\d+`));
});

onPage('the confusion matrix has the training samples if none is held out', 'data=gauss&test=0&noise=0.3', async (page) => {
  await learn(page, 1);
  await unfold(page, 'quality-panel');
  const read = async () => (await page.locator('#confusion tbody td').allInnerTexts()).map(Number);
  assert.match(await page.locator('#confusion').innerText(), /true class \(training\)/);
  const truth = await page.evaluate(() => {
    const counts = [0, 0, 0, 0];
    for (const { x1, x2, target } of playground.points) {
      const answers = playground.engine.answer(x1, x2);
      counts[2 * target + answers.indexOf(Math.max(...answers))]++;
    }
    return counts;
  });
  assert.deepEqual(await read(), truth);
  await learn(page, 1);
  assert.equal((await read()).reduce((a, b) => a + b), 500);
  await chooseData(page, 'hills');
  assert.equal(await page.locator('#confusion tbody td').count(), 1);
  assert.match(await page.locator('#confusion').innerText(), /R²/);
  await chooseData(page, 'xor');
  await select(page, 'loss', 'softmax');
  assert.equal(await page.locator('#confusion tbody td').count(), 4);
});
