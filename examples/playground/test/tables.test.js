// Backpropagation on the page: values compared with the engine, with difference quotients, and with the names of the lecture.

import assert from 'node:assert/strict';
import { alertText, bits, epoch, onPage, scores, step, type, unfold } from './browser.js';

const LECTURE = 'data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&test=0';
const number = (text) => Number(text.replaceAll('−', '-'));
const isNear = (a, b, part = 0.006) => Math.abs(a - b) <= part * Math.max(Math.abs(a), Math.abs(b)) + 1e-9;
const gradient = (page) => page.evaluate(() => playground.pass().gradient);

onPage('the lecture has nine named parameters, each with its chain rule', '', async (page) => {
  await page.selectOption('#preset', { index: 1 });
  const rows = page.locator('#parameters tbody tr');
  assert.deepEqual(await rows.locator('td:first-child').allInnerTexts(), ['w1', 'w2', 'b1', 'w3', 'w4', 'b2', 'w5', 'w6', 'b3']);
  assert.equal(await rows.first().locator('td').nth(1).innerText(), 'weight → h1');
  for (const sample of [1, 2, 3, 4]) {
    await type(page, 'sample', sample);
    const truth = await gradient(page);
    for (let i = 0; i < 9; i++) {
      await page.selectOption('#parameter-name', String(i));
      const name = await rows.nth(i).locator('td').first().innerText();
      assert.equal(await page.locator('#chain-of').innerText(), `dL/d${name}`);
      const [line, ...steps] = (await page.locator('#chain').innerText()).trim().split('\n');
      // dL/dw1 = dL/do1 · do1/dh1 · dh1/dw1 = −0.6084 · −0.042 · −0.1777 = −0.0045
      const [of, symbols, factors, result] = line.split(' = ');
      assert.equal(of, `dL/d${name}`);
      const parts = factors.split(' · ').map(number);
      assert.equal(symbols.split(' · ').length, parts.length);
      assert.equal(steps.length, parts.length, 'each factor is explained');
      // Each factor is rounded to four decimals; its error is multiplied by the other factors.
      const largest = parts.reduce((product, part) => product * Math.max(1, Math.abs(part)), 1);
      const rounding = 5e-5 * (1 + parts.length * largest) + 1e-4 * Math.abs(truth[i]);
      const product = parts.reduce((a, b) => a * b);
      assert.ok(Math.abs(product - truth[i]) <= rounding, `${line}: product ${product}, gradient ${truth[i]}`);
      assert.ok(Math.abs(number(result ?? factors) - truth[i]) <= 5e-5 + 1e-3 * Math.abs(truth[i]), `${line}: ${truth[i]}`);
      const shown = number(await rows.nth(i).locator('td').nth(4).innerText());
      assert.ok(isNear(shown, truth[i], Math.abs(truth[i]) < 0.001 ? 0.03 : 0.006), `${name}: the table has ${shown}, the gradient is ${truth[i]}`);
    }
  }
});

// Compares with difference quotients.
for (const hash of [LECTURE, 'data=spiral3&loss=softmax&layers=3tanh,2sigmoid&inputs=x1,x1x2', 'data=hills&loss=huber&layers=3silu', 'loss=hinge', 'loss=cross', 'data=hills&loss=absolute']) {
  onPage(`gradient equals difference quotients: ${hash}`, hash, async (page) => {
    await page.evaluate(() => playground.learn(() => playground.engine.learn(2)));
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
  await page.locator('#parameter-value').focus();
  await page.keyboard.press('Tab');
  assert.deepEqual(await bits(page), before);
});

onPage('the exercise accepts right and rejects wrong answers', LECTURE, async (page) => {
  const verdict = () => page.locator('#drill-verdict').innerText();
  await page.click('#drill-ask');
  assert.match(await page.locator('#drill-question').innerText(), /dL\/dw1/);
  assert.equal(await page.locator('#parameters tbody tr').first().locator('td').nth(4).innerText(), '?');
  const [first, second, third, fourth] = await gradient(page);
  assert.ok(!(await page.locator('#backprop').innerText()).includes(String(first.toPrecision(3)).replace('-', '−')), 'the answer is hidden');
  await page.keyboard.type(String(first.toPrecision(4)));
  await page.keyboard.press('Enter');
  assert.match(await verdict(), /^Correct/);
  assert.notEqual(await page.locator('#parameters tbody tr').first().locator('td').nth(4).innerText(), '?');

  await page.click('#drill-ask');
  assert.match(await page.locator('#drill-question').innerText(), /dL\/dw2/);
  await page.keyboard.type('words');
  await page.click('#drill-check');
  assert.match(await verdict(), /Enter a number/);
  await page.fill('#drill-answer', String(-second));
  await page.click('#drill-check');
  assert.match(await verdict(), /^Incorrect: the sign/);
  assert.equal(await page.locator('#drill-check').isDisabled(), true);

  await page.click('#drill-ask');
  const factor = await page.evaluate(() => playground.pass().neurons.at(-1).byOutput);
  await page.fill('#drill-answer', String(third / factor));
  await page.click('#drill-check');
  assert.match(await verdict(), /^Incorrect: the factor dL\/do1 is missing/);

  await page.click('#drill-ask');
  await page.fill('#drill-answer', String(fourth * 7 + 1));
  await page.click('#drill-check');
  assert.match(await verdict(), /^Incorrect: multiply/);
  await page.click('#drill-ask');
  await page.fill('#drill-answer', '−0,5');
  await page.click('#drill-check');
  assert.doesNotMatch(await verdict(), /Enter a number/, 'a comma and a minus sign are accepted');
});

// The question and the verdict are about the visible sample.
onPage('the exercise keeps its sample', LECTURE, async (page) => {
  await page.click('#drill-ask');
  await page.click('#next-sample');
  if (await page.locator('#drill-check').isDisabled()) return; // withdrawing the question is also correct
  const [shown] = await gradient(page);
  await page.fill('#drill-answer', String(shown));
  await page.click('#drill-check');
  assert.match(await page.locator('#drill-verdict').innerText(), /^Correct/, "the derivative for the sample shown");
});

onPage('the exercise hides its derivative on the network', `${LECTURE}`, async (page) => {
  await page.check('#annotate');
  await page.click('#drill-ask');
  const [first] = await gradient(page);
  const written = await page.locator('.edge-number').allTextContents();
  const shown = number(written[0].split('∂ ')[1] ?? 'NaN');
  assert.ok(!isNear(shown, first), `the network shows it: ${written[0]}`);
});

onPage('the loss surface over two parameters has the path of training', 'data=people&layers=&loss=squared&rate=0.1&init=normal', async (page) => {
  await unfold(page, 'surface-panel');
  const picture = () => page.locator('#surface').evaluate((canvas) => canvas.toDataURL());
  const before = await picture();
  assert.match(await page.locator('#surface-about').innerText(), /w1 = .*w2 = .*at the centre/);
  const [middle, loss] = await page.evaluate(() => [playground.engine.surface(0, 1, 1, 3)[4], playground.engine.scores().trainLoss]);
  assert.ok(Math.abs(middle - loss) < 1e-6 * loss, 'the centre has the current parameters');
  await page.locator('#surface').scrollIntoViewIfNeeded();
  await page.click('#step');
  await page.click('#step');
  assert.ok((await page.evaluate(() => playground.trail.length)) >= 3);
  const moved = await picture();
  assert.notEqual(moved, before);
  await page.selectOption('#surface-x', '2');
  assert.match(await page.locator('#surface-about').innerText(), /^b1 = .*w2 = /);
  assert.notEqual(await picture(), moved);
  await type(page, 'surface-size', 10);
  await type(page, 'surface-size', '');
  await type(page, 'surface-size', -3);
  await page.locator('#surface').scrollIntoViewIfNeeded();
  await page.click('#play');
  await page.waitForFunction(() => playground.trail.length > 3);
  await page.click('#play');
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
  await page.evaluate(() => playground.learn(() => playground.engine.learn(5)));
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
