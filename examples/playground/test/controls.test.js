// Tests of every control.

import assert from 'node:assert/strict';
import { alertText, assertWorks, bits, epoch, layers, names, onPage, playUntil, points, scores, step, takeFrames, type, unfold } from './browser.js';

const state = (page, key) => page.evaluate((key) => playground.state[key], key);
const data = (page, name) => page.click(`#data label:has([value=${name}])`);
const picture = (page, id) => page.locator(`#${id}`).evaluate((canvas) => canvas.toDataURL());

onPage('all data sets can be selected', '', async (page) => {
  const all = { xor: 2, gauss: 2, spiral: 2, spiral3: 3, plane: 0, hills: 0, people: 2, circle: 2 };
  assert.equal(await page.locator('#data label').count(), Object.keys(all).length);
  for (const [name, classes] of Object.entries(all)) {
    await data(page, name);
    assert.equal((await names(page)).classes.length, classes, name);
    const count = (await points(page)).length;
    assert.equal(count, name === 'people' ? 4 : name === 'spiral3' ? 498 : 500);
    assert.equal(await page.locator('.quality').innerText(), classes > 0 ? 'Accuracy' : 'R²');
    assert.match(await page.evaluate(() => location.hash), name === 'circle' ? /^#/ : new RegExp(`data=${name}(&|$)`));
    await assertWorks(page, name);
  }
});

onPage('people have no noise, and the settings are kept for other data', 'test=0.3', async (page) => {
  await data(page, 'people');
  for (const id of ['noise', 'test', 'dataseed', 'other-points']) assert.ok(await page.locator(`#${id}`).isDisabled(), id);
  await data(page, 'circle');
  assert.ok(await page.locator('#noise').isEnabled());
  assert.equal((await points(page)).filter((point) => point.isTest).length, 150, 'a fraction is held out again');
});

onPage('noise, test fraction and data seed change the points', '', async (page) => {
  const before = await points(page);
  assert.equal(before.filter((point) => point.isTest).length, 250);
  await page.locator('#noise').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.locator('#noise-value').innerText(), '5 %');
  const noisy = await points(page);
  assert.notDeepEqual(noisy, before);
  await page.keyboard.press('ArrowLeft');
  assert.deepEqual(await points(page), before);
  await page.locator('#test').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.locator('#test-value').innerText(), '60 %');
  assert.equal((await points(page)).filter((point) => point.isTest).length, 300);
  await page.keyboard.press('Home');
  assert.equal((await points(page)).filter((point) => point.isTest).length, 0);
  assert.equal(await page.locator('#test-loss').innerText(), '–');
  await page.keyboard.press('End');
  assert.equal((await points(page)).filter((point) => point.isTest).length, 450);
  await page.click('#other-points');
  const others = await points(page);
  const seed = await page.locator('#dataseed').inputValue();
  assert.notEqual(seed, '1');
  await page.click('#other-points');
  assert.notDeepEqual(await points(page), others);
  await type(page, 'dataseed', seed);
  assert.deepEqual(await points(page), others, 'the same seed gives the same points');
});

onPage('inputs can be selected', '', async (page) => {
  const boxes = page.locator('#inputs input');
  assert.equal(await boxes.count(), 7);
  for (let i = 2; i < 7; i++) {
    await boxes.nth(i).check();
    assert.equal((await layers(page)).inputs, i + 1);
    assert.equal(await page.locator('.neuron').count(), i + 1 + 4 + 2 + 1);
  }
  for (let i = 0; i < 6; i++) await boxes.nth(i).uncheck();
  assert.equal((await layers(page)).inputs, 1);
  await boxes.nth(6).click();
  assert.ok(await boxes.nth(6).isChecked(), 'a network has at least one input');
  await assertWorks(page, 'sin x2 alone');
});

onPage('a network can have zero to six hidden layers', '', async (page) => {
  const count = async () => (await layers(page)).layers.length - 1;
  await page.click('#fewer');
  assert.equal(await count(), 1);
  assert.match(await page.locator('#hidden').innerText(), /^1 hidden layer$/);
  await page.click('#fewer');
  assert.equal(await count(), 0);
  assert.ok(await page.locator('#fewer').isDisabled());
  await assertWorks(page, 'no hidden layer');
  for (let i = 1; i <= 6; i++) {
    await page.click('#more');
    assert.equal(await count(), i);
  }
  assert.equal(await page.locator('#hidden').innerText(), '6 hidden layers');
  assert.ok(await page.locator('#more').isDisabled());
  await assertWorks(page, 'six hidden layers');
});

onPage('a layer can have one to eight neurons', 'layers=4tanh,2tanh', async (page) => {
  const more = page.getByRole('button', { name: 'Add a neuron to layer 2' });
  const fewer = page.getByRole('button', { name: 'Remove a neuron from layer 2' });
  for (let neurons = 3; neurons <= 8; neurons++) {
    await more.click();
    assert.deepEqual((await layers(page)).layers.map((layer) => layer.neurons), [4, neurons, 1]);
  }
  if (await more.isEnabled()) await more.click();
  assert.equal((await layers(page)).layers[1].neurons, 8);
  await assertWorks(page, 'eight neurons');
  for (let neurons = 7; neurons >= 1; neurons--) {
    await fewer.click();
    assert.equal((await layers(page)).layers[1].neurons, neurons);
  }
  if (await fewer.isEnabled()) await fewer.click();
  assert.equal((await layers(page)).layers[1].neurons, 1);
  await assertWorks(page, 'one neuron');
});

onPage('each layer can have every activation', '', async (page) => {
  const select = page.getByLabel('activation of layer 1');
  const options = await select.locator('option').evaluateAll((all) => all.map((option) => option.value));
  for (const needed of ['relu', 'tanh', 'sigmoid', 'identity']) assert.ok(options.includes(needed), needed);
  for (const activation of options) {
    await select.selectOption(activation);
    assert.deepEqual((await layers(page)).layers.map((layer) => layer.activation), [activation, 'tanh', 'identity']);
    assert.equal(await select.inputValue(), activation);
    await assertWorks(page, activation);
  }
});

onPage('the output activation can be selected if the loss allows it', '', async (page) => {
  assert.ok(!(await page.locator('#output').isVisible()), 'cross-entropy determines the activation');
  await page.selectOption('#loss', 'squared');
  for (const activation of ['identity', 'tanh', 'sigmoid']) {
    await page.selectOption('#output', activation);
    assert.equal((await layers(page)).layers.at(-1).activation, activation);
    await assertWorks(page, activation);
  }
});

onPage('initial weights, seeds, reset and reseed', '', async (page) => {
  const first = await bits(page);
  await step(page, 5);
  assert.notDeepEqual(await bits(page), first);
  await page.click('#reset');
  assert.deepEqual(await bits(page), first, 'reset restores the weights bit for bit');
  assert.equal(await epoch(page), 0);
  await page.click('#reseed');
  const seed = await page.locator('#seed').inputValue();
  const reseeded = await bits(page);
  assert.notEqual(seed, '1');
  assert.notDeepEqual(reseeded, first, 'reseed draws other weights');
  await type(page, 'seed', 1);
  assert.deepEqual(await bits(page), first);
  await type(page, 'seed', seed);
  assert.deepEqual(await bits(page), reseeded);
  await page.selectOption('#init', 'normal');
  const normal = await bits(page);
  assert.notDeepEqual(normal, reseeded);
  await page.selectOption('#init', 'zeros');
  assert.ok((await bits(page)).every((word) => BigInt(`0x${word}`) === 0n), 'all zero');
  await page.selectOption('#init', 'suited');
  assert.deepEqual(await bits(page), reseeded);
});

onPage('a reset discards an edited weight', '', async (page) => {
  const first = await bits(page);
  await type(page, 'parameter-value', 3.25);
  assert.notDeepEqual(await bits(page), first);
  await page.click('#reset');
  assert.deepEqual(await bits(page), first);
  assert.doesNotMatch(await page.evaluate(() => location.hash), /w=/, 'the default network needs no weights in its link');
});

onPage('learning rate, batch size, optimizer and regularization change without a reset', '', async (page) => {
  await page.click('#play');
  await page.waitForFunction(() => playground.engine.epoch() >= 3);
  await page.click('#play');
  const before = [await epoch(page), await bits(page)];
  const isKept = async (what) => assert.deepEqual([await epoch(page), await bits(page)], before, what);
  await type(page, 'rate', 0.1);
  await isKept('rate');
  await type(page, 'batch', 25);
  await isKept('batch');
  for (const optimizer of ['momentum', 'nesterov', 'rmsprop', 'adam', 'sgd']) {
    await page.selectOption('#optimizer', optimizer);
    await isKept(optimizer);
  }
  for (const penalty of ['l1', 'l2']) {
    await page.selectOption('#penalty', penalty);
    for (const rate of ['0', '0.03', '3']) {
      await page.selectOption('#penaltyrate', rate);
      await isKept(`${penalty} at ${rate}`);
    }
  }
  await step(page);
  assert.notDeepEqual(await bits(page), before[1]);
});

onPage('L1 and L2 make weights smaller in different ways', 'data=xor&rate=0.1', async (page) => {
  const learnt = async () => {
    await page.click('#reset');
    await page.evaluate(() => playground.learn(() => playground.engine.learn(20)));
    return page.evaluate(() => playground.engine.parameters());
  };
  const size = (parameters) => parameters.reduce((sum, x) => sum + Math.abs(x), 0);
  const free = await learnt();
  await page.selectOption('#penaltyrate', '0.03');
  await page.selectOption('#penalty', 'l1');
  const l1 = await learnt();
  await page.selectOption('#penalty', 'l2');
  const l2 = await learnt();
  assert.ok(size(l1) < size(free) && size(l2) < size(free), [free, l1, l2].map(size).join());
  assert.notDeepEqual(l1, l2);
  await page.selectOption('#penalty', 'none');
  assert.deepEqual(await learnt(), free);
});

onPage('a step trains on one batch', '', async (page) => {
  await step(page, 24);
  assert.equal(await epoch(page), 0);
  await step(page);
  assert.equal(await epoch(page), 1, '25 batches of 10 are the 250 samples');
  await type(page, 'batch', 1000);
  await step(page, 2);
  assert.equal(await epoch(page), 3);
  await type(page, 'batch', 1);
  const before = await page.locator('#sample').inputValue();
  await step(page);
  assert.notEqual(await page.locator('#sample').inputValue(), before, 'the sample of the step is shown');
});

onPage('an empty batch is refused, and the message stays until it is corrected', '', async (page) => {
  await type(page, 'batch', 0);
  assert.match(await alertText(page), /batch/);
  await type(page, 'batch', 5);
  assert.equal(await alertText(page), '');
  await type(page, 'rate', -1);
  assert.match(await alertText(page), /rate/);
  await type(page, 'rate', '');
  await type(page, 'rate', 0.1);
  assert.equal(await alertText(page), '');
  await assertWorks(page, 'after refusals');
});

onPage('optimizers give different parameters', 'data=gauss&rate=0.01', async (page) => {
  const seen = new Set();
  for (const optimizer of await page.locator('#optimizer option').evaluateAll((all) => all.map((option) => option.value))) {
    await page.selectOption('#optimizer', optimizer);
    await page.click('#reset');
    const before = await scores(page);
    await page.evaluate(() => playground.learn(() => playground.engine.learn(10)));
    const after = await scores(page);
    assert.ok(after.trainLoss < before.trainLoss, optimizer);
    seen.add(after.trainLoss);
  }
  assert.equal(seen.size, 5);
});

onPage('every loss trains', '', async (page) => {
  const offered = { circle: ['cross', 'squared', 'softmax', 'hinge'], spiral3: ['squared', 'softmax'], hills: ['squared', 'absolute', 'huber'] };
  for (const [name, losses] of Object.entries(offered)) {
    await data(page, name);
    assert.deepEqual(await page.locator('#loss option').evaluateAll((all) => all.map((option) => option.value)), losses, name);
    const seen = new Set();
    for (const loss of losses) {
      await page.selectOption('#loss', loss);
      await assertWorks(page, `${name} by ${loss}`);
      seen.add((await scores(page)).trainLoss);
      const neurons = (await layers(page)).layers.at(-1).neurons;
      assert.equal(neurons, name === 'spiral3' ? 3 : loss === 'softmax' ? 2 : 1);
    }
    assert.equal(seen.size, losses.length, `each loss of ${name} is another`);
  }
});

// The field shows the loss that is used: a regression loss does not fit classes.
onPage('a loss that does not fit the data is replaced, and the page shows it', 'data=hills', async (page) => {
  await page.selectOption('#loss', 'absolute');
  await data(page, 'circle');
  const shown = await page.locator('#loss').inputValue();
  const { trainLoss } = await scores(page);
  await page.selectOption('#loss', shown === 'cross' ? 'squared' : 'cross');
  await page.selectOption('#loss', shown);
  assert.equal((await scores(page)).trainLoss, trainLoss, `${shown} is shown, another loss was used`);
});

onPage('play and pause start and stop training', '', async (page) => {
  await playUntil(page, () => playground.engine.epoch() >= 5);
  const at = await epoch(page);
  assert.equal(await page.locator('#play').innerText(), '▶ Play');
  await page.waitForTimeout(150);
  assert.equal(await epoch(page), at);
  assert.equal(await page.locator('#epoch').innerText(), String(at));
  await page.click('#play');
  assert.match(await page.locator('#play').innerText(), /Pause/);
  await page.waitForFunction((at) => playground.engine.epoch() > at + 5, at);
  await page.click('#reset');
  assert.equal(await epoch(page), 0, 'a reset stops');
  assert.match(await page.locator('#play').innerText(), /Play/);
});

// There is only one frame loop, even with quick clicks.
onPage('play, pause, play within one frame starts one loop', '', async (page) => {
  const frames = await takeFrames(page);
  const learnt = async () => {
    const first = await epoch(page);
    await frames(10);
    return (await epoch(page)) - first;
  };
  await page.click('#play');
  const single = await learnt();
  assert.ok(single > 0);
  await page.evaluate(() => [1, 2, 3, 4].forEach(() => document.getElementById('play').click()));
  assert.equal(await learnt(), single);
});

onPage('a higher speed trains more epochs', 'data=gauss', async (page) => {
  const frames = await takeFrames(page);
  const learnt = async (speed) => {
    await page.selectOption('#speed', speed);
    await page.click('#reset');
    await page.click('#play');
    await frames(11);
    await page.click('#play');
    return epoch(page);
  };
  const counts = [];
  for (const speed of ['0.1', '1', '10', 'max']) counts.push(await learnt(speed));
  assert.deepEqual(counts.slice(0, 3), [1, 11, 110]);
  assert.ok(counts[3] > 110, `${counts[3]} epochs at the highest speed`);
});

onPage('test points and discrete predictions can be shown', 'data=xor', async (page) => {
  const bare = await picture(page, 'points');
  await page.check('#showtest');
  assert.notEqual(await picture(page, 'points'), bare);
  await page.uncheck('#showtest');
  assert.equal(await picture(page, 'points'), bare);
  const colours = () =>
    page.locator('#map').evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join())).size;
    });
  assert.ok((await colours()) > 10);
  await page.check('#discrete');
  assert.equal(await colours(), 2);
});

onPage('kept runs are drawn together', '', async (page) => {
  await playUntil(page, () => playground.engine.epoch() >= 10);
  const alone = await picture(page, 'curves');
  await page.click('#keep');
  await page.click('#reset');
  await type(page, 'rate', 0.3);
  const without = await picture(page, 'curves');
  await playUntil(page, () => playground.engine.epoch() >= 10);
  await page.click('#keep');
  assert.equal(await page.locator('#runs button').count(), 2);
  assert.match(await page.locator('#runs').innerText(), /run 1.*run 2/s);
  const both = await picture(page, 'curves');
  assert.equal(new Set([alone, without, both]).size, 3);
  await page.locator('#runs button').first().click();
  assert.equal(await page.locator('#runs button').count(), 1);
  assert.notEqual(await picture(page, 'curves'), both);
  await page.locator('#runs button').click();
  await page.click('#reset');
  assert.equal(await page.locator('#runs button').count(), 0);
});

onPage('the values on the network equal those in the tables', 'layers=2tanh', async (page) => {
  assert.ok(!(await page.locator('.neuron-numbers').last().isVisible()));
  await page.check('#annotate');
  const last = await page.locator('.neuron-numbers').last().innerText();
  const [, sum, output] = await page.locator('#neurons tbody tr').last().locator('td').allInnerTexts();
  assert.ok(last.includes(`Σ ${sum}`) && last.includes(`= ${output}`), `${last} has ${sum} and ${output}`);
  const written = await page.locator('.edge-number').allTextContents();
  const gradients = await page.locator('#parameters tbody tr td:nth-child(5)').allInnerTexts();
  const ofWeights = gradients.filter((_, i) => ![2, 5, 8].includes(i)); // without biases
  assert.deepEqual(written.map((text) => text.split('∂ ')[1]), ofWeights);
  await page.uncheck('#annotate');
  assert.ok(!(await page.locator('.neuron-numbers').last().isVisible()));
});

onPage('the theme can be light or dark', '', async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = [await ground(), await picture(page, 'map')];
  await page.click('#theme');
  assert.equal(await page.locator('#theme').innerText(), 'Light');
  const dark = [await ground(), await picture(page, 'map')];
  assert.notEqual(dark[0], light[0]);
  assert.notEqual(dark[1], light[1]);
  await page.click('#theme');
  assert.deepEqual([await ground(), await picture(page, 'map')], light);
});

onPage('all presets train', '', async (page) => {
  const all = await page.locator('#preset option').evaluateAll((options) => options.slice(1).map((option) => option.textContent));
  assert.ok(all.length >= 6);
  for (const name of all) {
    await page.selectOption('#preset', { label: name });
    assert.equal(await alertText(page), '', name);
    if (name.startsWith('Learning rate too large')) continue; // see own.test.js
    if (name.startsWith('All weights zero')) await step(page);
    else await assertWorks(page, name);
  }
});

onPage('a clicked weight is selected and can be edited', 'inputs=x1&layers=1tanh', async (page) => {
  const middle = async (locator) => {
    const { x, y, width, height } = await locator.boundingBox();
    return [x + width / 2, y + height / 2];
  };
  await page.mouse.click(...(await middle(page.locator('.edge-target').nth(1))));
  assert.equal(await page.locator('#parameter-name').inputValue(), '2');
  assert.equal(await page.locator('#chain-of').innerText(), 'dL/dw2');
  assert.match(await page.locator('.edge-target:hover title').textContent(), /^w2 = /);
  await page.locator('.bias').last().click();
  assert.equal(await page.locator('#parameter-name').inputValue(), '3');
  assert.equal(await page.locator('#chain-of').innerText(), 'dL/db2');
  await type(page, 'parameter-value', -1.5);
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[3], -1.5, "the last bias too");
});

onPage('a hovered weight shows its name and value', '', async (page) => {
  assert.equal(await page.locator('.edge-target title').count(), 2 * 4 + 4 * 2 + 2);
  await page.locator('.edge-target').first().hover({ force: true });
  assert.match(await page.locator('.edge-target:hover title').textContent(), /^w\d+ = −?[\d.]+/);
});

onPage('the spiral is learnt to a test loss under 0.05', '', async (page, t) => {
  await page.selectOption('#preset', { label: 'Spiral, all inputs, two layers of eight' });
  assert.equal(await state(page, 'data'), 'spiral');
  assert.deepEqual((await layers(page)).layers.map((layer) => layer.neurons), [8, 8, 1]);
  await page.selectOption('#speed', 'max');
  await playUntil(page, () => playground.scores.testLoss < 0.05, 40_000); // and some epochs more, until it stands still
  const { testLoss, testQuality } = await scores(page);
  t.diagnostic(`test loss ${testLoss.toFixed(4)}, accuracy ${testQuality}, after ${await epoch(page)} epochs`);
});

onPage('the confusion matrix counts the test samples', 'data=spiral3&loss=softmax', async (page) => {
  await unfold(page, 'quality-panel');
  assert.match(await page.locator('#confusion').innerText(), /true class \(test\)/);
  const counts = (await page.locator('#confusion tbody td').allInnerTexts()).map(Number);
  assert.equal(counts.length, 9);
  assert.equal(counts.reduce((a, b) => a + b), 249);
  const right = (counts[0] + counts[4] + counts[8]) / 249;
  assert.equal(await page.locator('#test-quality').innerText(), `${(100 * right).toFixed(1)} %`);
  await data(page, 'hills');
  assert.match(await page.locator('#confusion').innerText(), /R²/);
  await data(page, 'circle');
  assert.equal(await page.locator('#confusion tbody td').count(), 4);
});

// Regression test: the module panicked at a sample whose hinge loss is 0.
onPage('a hinge loss of 0 has derivatives of 0 at every sample', '', async (page) => {
  await page.selectOption('#loss', 'hinge');
  await playUntil(page, () => playground.engine.epoch() >= 60);
  const passes = await page.evaluate(() => {
    const { engine, shape } = playground;
    return Array.from({ length: 40 }, (_, sample) => engine.pass(sample, shape.inputs.length, 1, shape.neuronNames.length));
  });
  assert.ok(passes.some(({ loss }) => loss === 0), passes.map(({ loss }) => loss).join());
  for (const { loss, gradient, neurons } of passes) {
    assert.equal(gradient.length, 17);
    assert.equal(gradient.every((derivative) => derivative === 0), loss === 0);
    assert.equal(Math.abs(neurons.at(-1).byOutput), loss === 0 ? 0 : 1);
  }
  await assertWorks(page, 'hinge');
});
