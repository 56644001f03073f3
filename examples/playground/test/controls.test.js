// Tests of every control.

import assert from 'node:assert/strict';
import {
  alertText, assertSentence, assertWorks, bits, check, chooseData, epoch, example, feature, isPlaying, layers, learn, names, onPage, playUntil, points, press, reveal, scores, select, step,
  takeFrames, type, unfold, visit,
} from './browser.js';

const state = (page, key) => page.evaluate((key) => playground.state[key], key);
const picture = (page, id) => page.locator(`#${id}`).evaluate((canvas) => canvas.toDataURL());

onPage('all data sets can be selected', '', async (page) => {
  const all = { xor: 2, gauss: 2, spiral: 2, spiral3: 3, formula: 2, plane: 0, hills: 0, people: 2, circle: 2 };
  assert.equal(await page.locator('#data label').count(), 5);
  assert.equal(await page.locator('#data label, #other-data label').count(), Object.keys(all).length);
  for (const [name, classes] of Object.entries(all)) {
    await chooseData(page, name);
    assert.equal((await names(page)).classes.length, classes, name);
    const count = (await points(page)).length;
    assert.equal(count, name === 'people' ? 4 : name === 'spiral3' ? 498 : 500);
    assert.equal(await page.locator('.quality').innerText(), classes > 0 ? 'Accuracy' : 'R²');
    assert.match(await page.evaluate(() => location.hash), name === 'circle' ? /^#/ : new RegExp(`data=${name}(&|$)`));
    await assertWorks(page, name);
  }
});

onPage('people have no noise, and the settings are kept for other data', 'test=0.3', async (page) => {
  await chooseData(page, 'people');
  for (const id of ['noise', 'test', 'dataseed', 'other-points']) assert.ok(await page.locator(`#${id}`).isDisabled(), id);
  await chooseData(page, 'circle');
  assert.ok(await page.locator('#noise').isEnabled());
  assert.equal((await points(page)).filter((point) => point.isTest).length, 150, 'a fraction is held out again');
});

onPage('noise, test fraction and data seed change the points', '', async (page) => {
  const before = await points(page);
  assert.equal(before.filter((point) => point.isTest).length, 250);
  await reveal(page, 'noise');
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
  await press(page, 'other-points');
  const others = await points(page);
  const seed = await page.locator('#dataseed').inputValue();
  assert.notEqual(seed, '1');
  await press(page, 'other-points');
  assert.notDeepEqual(await points(page), others);
  await type(page, 'dataseed', seed);
  assert.deepEqual(await points(page), others, 'the same seed gives the same points');
});

onPage('features can be selected', '', async (page) => {
  const boxes = page.locator('#inputs input');
  const labels = page.locator('#inputs .feature');
  assert.equal(await boxes.count(), 8, 'the last one has a formula of its own');
  assert.ok(await labels.nth(7).isHidden());
  for (let i = 2; i < 7; i++) {
    await labels.nth(i).click();
    assert.ok(await boxes.nth(i).isChecked());
    assert.equal((await layers(page)).inputs, i + 1);
    assert.equal(await page.locator('.neuron').count(), i + 1 + 4 + 2 + 1);
  }
  for (let i = 0; i < 6; i++) await labels.nth(i).click();
  assert.equal((await layers(page)).inputs, 1);
  await labels.nth(6).click();
  assert.ok(await boxes.nth(6).isChecked(), 'a network has at least one input');
  await assertWorks(page, 'sin x2 alone');
});

onPage('a network can have zero to eight hidden layers', '', async (page) => {
  const count = async () => (await layers(page)).layers.length - 1;
  await page.click('#fewer');
  assert.equal(await count(), 1);
  assert.match(await page.locator('#hidden').innerText(), /^1 hidden layer$/);
  await page.click('#fewer');
  assert.equal(await count(), 0);
  assert.ok(await page.locator('#fewer').isDisabled());
  await assertWorks(page, 'no hidden layer');
  for (let i = 1; i <= 8; i++) {
    await page.click('#more');
    assert.equal(await count(), i);
  }
  assert.equal(await page.locator('#hidden').innerText(), '8 hidden layers');
  assert.ok(await page.locator('#more').isDisabled());
  await assertWorks(page, 'eight hidden layers');
});

onPage('a layer can have one to twelve neurons', 'layers=4tanh,2tanh', async (page) => {
  const more = page.getByRole('button', { name: 'Add a neuron to layer 2' });
  const fewer = page.getByRole('button', { name: 'Remove a neuron from layer 2' });
  for (let neurons = 3; neurons <= 12; neurons++) {
    await more.click();
    assert.deepEqual((await layers(page)).layers.map((layer) => layer.neurons), [4, neurons, 1]);
  }
  if (await more.isEnabled()) await more.click();
  assert.equal((await layers(page)).layers[1].neurons, 12);
  await assertWorks(page, 'twelve neurons');
  for (let neurons = 11; neurons >= 1; neurons--) {
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
  await reveal(page, 'init');
  assert.ok(!(await page.locator('#output').isVisible()), 'cross-entropy determines the activation');
  await select(page, 'loss', 'squared');
  for (const activation of ['identity', 'tanh', 'sigmoid']) {
    await select(page, 'output', activation);
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
  await press(page, 'reseed');
  const seed = await page.locator('#seed').inputValue();
  const reseeded = await bits(page);
  assert.notEqual(seed, '1');
  assert.notDeepEqual(reseeded, first, 'reseed draws other weights');
  await type(page, 'seed', 1);
  assert.deepEqual(await bits(page), first);
  await type(page, 'seed', seed);
  assert.deepEqual(await bits(page), reseeded);
  await select(page, 'init', 'normal');
  const normal = await bits(page);
  assert.notDeepEqual(normal, reseeded);
  await select(page, 'init', 'zeros');
  assert.ok((await bits(page)).every((word) => BigInt(`0x${word}`) === 0n), 'all zero');
  await select(page, 'init', 'suited');
  assert.deepEqual(await bits(page), reseeded);
});

onPage('a reset discards an edited weight', '', async (page) => {
  const first = await bits(page);
  await page.locator('#parameters input').first().fill('3.25');
  await page.locator('#parameters input').first().press('Tab');
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
    await select(page, 'optimizer', optimizer);
    await isKept(optimizer);
  }
  for (const penalty of ['l1', 'l2']) {
    await select(page, 'penalty', penalty);
    for (const rate of ['0', '0.03', '3']) {
      await select(page, 'penaltyrate', rate);
      await isKept(`${penalty} at ${rate}`);
    }
  }
  await step(page);
  assert.notDeepEqual(await bits(page), before[1]);
});

onPage('L1 and L2 make weights smaller in different ways', 'data=xor&rate=0.1', async (page) => {
  const learnt = async () => {
    await page.click('#reset');
    await learn(page, 20);
    return page.evaluate(() => playground.engine.parameters());
  };
  const size = (parameters) => parameters.reduce((sum, x) => sum + Math.abs(x), 0);
  const free = await learnt();
  await select(page, 'penaltyrate', '0.03');
  await select(page, 'penalty', 'l1');
  const l1 = await learnt();
  await select(page, 'penalty', 'l2');
  const l2 = await learnt();
  assert.ok(size(l1) < size(free) && size(l2) < size(free), [free, l1, l2].map(size).join());
  assert.notDeepEqual(l1, l2);
  await select(page, 'penalty', 'none');
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
  assert.equal(await alertText(page), 'the batch size must be an integer from 1 to 1000000, got `0`');
  await type(page, 'batch', 5);
  assert.equal(await alertText(page), '');
  await type(page, 'rate', -1);
  assert.match(await alertText(page), /^the learning rate must be a number from 0/);
  await type(page, 'rate', '');
  await type(page, 'rate', 0.1);
  assert.equal(await alertText(page), '');
  await assertWorks(page, 'after refusals');
});

// A refused value never stays in its field, and the message says what is expected.
onPage('a refused value is replaced by the value in use, also after Enter', '', async (page) => {
  const refused = {
    rate: ['-1', 'fast', '1e999', '', '0,1,2'], batch: ['0', '-3', '2.5', 'all', ''], seed: ['-1', '1.5', 'x', '99999999999999999999999'],
    dataseed: ['-1', 'y', '99999999999999999999999'], stopepoch: ['-2', '1.5', 'soon', '0'], stoploss: ['-0.1', 'low', '1e'],
  };
  for (const [id, values] of Object.entries(refused)) {
    await reveal(page, id);
    const field = page.locator(`#${id}`);
    const [before, hash] = [await field.inputValue(), await page.evaluate(() => location.hash)];
    for (const value of values) {
      for (const key of ['Enter', 'Tab']) {
        await field.fill(value);
        await field.press(key);
        assert.equal(await field.inputValue(), before, `${id}: ${JSON.stringify(value)} and ${key}`);
        if (key === 'Enter') assert.ok(await field.evaluate((node) => node === document.activeElement));
        assert.equal(await page.evaluate(() => location.hash), hash, `${id}: the state is as before`);
        assertSentence(await alertText(page), `${id}: ${value}`);
      }
    }
    await page.click('#alert-close');
  }
  for (const selector of ['#parameters input >> nth=2', '#card-value']) {
    if (selector === '#card-value') await page.evaluate(() => playground.choose(2, true));
    const [field, bare] = [page.locator(selector), await bits(page)];
    const before = await field.inputValue();
    for (const value of ['', 'heavy', '1e999', '1,2,3']) {
      await field.fill(value);
      await field.press('Enter');
      assert.equal(await field.inputValue(), before, `${selector}: ${value}`);
      assert.deepEqual(await bits(page), bare);
    }
  }
  await assertWorks(page, 'after refused values');
});

onPage('a decimal comma and a typographic minus are accepted', '', async (page) => {
  await type(page, 'rate', '0,1');
  assert.equal(await page.locator('#rate').inputValue(), '0.1');
  assert.equal(await state(page, 'rate'), '0.1');
  await type(page, 'stoploss', '0,25');
  assert.equal(await page.locator('#stoploss').inputValue(), '0.25');
  const field = page.locator('#parameters input').first();
  await field.fill('−1,5');
  await field.press('Enter');
  assert.equal(await field.inputValue(), '-1.5');
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[0], -1.5);
  await page.evaluate(() => playground.choose(1, true));
  await unfold(page, 'ask-panel');
  await page.fill('#ask-1', '−1,5');
  await page.fill('#ask-2', '0,25');
  await page.locator('#ask-2').press('Enter');
  assert.match(await page.locator('#ask-answer').innerText(), /^x1 = −1\.5, x2 = 0\.25: A/);
  await page.fill('#ask-2', 'high');
  await page.locator('#ask-2').press('Enter');
  assert.equal(await page.locator('#ask-answer').innerText(), 'expected a number, got “high”');
  await unfold(page, 'surface-panel');
  await type(page, 'surface-size', '2,5');
  assert.equal(await page.locator('#surface-size').inputValue(), '2.5');
  assert.match(await state(page, 'surface'), /,2\.5$/);
  await type(page, 'card-value', '−2,25');
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[1], -2.25);
  assert.equal(await alertText(page), '');
});

onPage('training stops at the epoch and the loss of the fields', 'data=gauss&rate=0.1&speed=max', async (page) => {
  const hasStopped = async () => {
    await page.click('#play');
    await page.waitForFunction(() => !playground.isPlaying);
  };
  await type(page, 'stopepoch', 12);
  assert.match(await page.locator('#trained-by').innerText(), /stop at epoch 12/);
  await hasStopped();
  assert.equal(await epoch(page), 12);
  assert.match(await alertText(page), /stopped at epoch 12/);
  await hasStopped();
  assert.equal(await epoch(page), 12, 'Play at the epoch of the stop');
  await type(page, 'stopepoch', 20);
  await hasStopped();
  assert.equal(await epoch(page), 20);
  await type(page, 'stopepoch', '');
  await page.click('#reset');
  const wanted = (await scores(page)).trainLoss / 4;
  await type(page, 'stoploss', String(wanted).replace('.', ','));
  await hasStopped();
  assert.ok((await scores(page)).trainLoss < wanted);
  assert.match(await alertText(page), /loss is below/);
  await type(page, 'stoploss', '');
  assert.doesNotMatch(await page.locator('#trained-by').innerText(), /stop/);
  await playUntil(page, () => playground.engine.epoch() > 60);
  assert.equal(await alertText(page), '');
});

onPage('More opens at the tab of last time, and Escape closes it', '', async (page) => {
  await press(page, 'seed');
  await page.locator('#seed').press('Escape');
  assert.ok(await page.locator('#drawer').isHidden());
  assert.equal(await page.evaluate(() => document.activeElement.id), 'more-button');
  await page.click('#more-button');
  assert.ok(await page.locator('#seed').isVisible());
  await visit(page);
  assert.ok(await page.locator('#drawer').isHidden(), 'an address without a tab has a closed drawer');
  await page.click('#more-button');
  assert.ok(await page.locator('#seed').isVisible(), 'also after a reload');
  await page.locator('#tab-network').press('ArrowRight');
  assert.ok(await page.locator('#theme').isVisible());
  await page.keyboard.press('Home');
  assert.ok(await page.locator('#batch').isVisible());
  assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-training');
  await page.click('#more-button');
  assert.equal(await page.locator('#more-button').getAttribute('aria-expanded'), 'false');
  // A browser may refuse storage, or hold something else.
  await page.evaluate(() => localStorage.setItem('backprop-more', 'elsewhere'));
  await page.click('#more-button');
  assert.ok(await page.locator('#batch').isVisible());
});

onPage('settings under More are named next to it', 'optimizer=adam&batch=32&loss=squared&penalty=l2&penaltyrate=0.03', async (page) => {
  assert.equal(await page.locator('#trained-by').innerText(), 'Adam, batches of 32, squared error, L2 regularization 0.03');
  await select(page, 'penalty', 'none');
  await select(page, 'optimizer', 'sgd');
  assert.equal(await page.locator('#trained-by').innerText(), 'SGD, batches of 32, squared error, no regularization');
});

onPage('optimizers give different parameters', 'data=gauss&rate=0.01', async (page) => {
  const seen = new Set();
  for (const optimizer of await page.locator('#optimizer option').evaluateAll((all) => all.map((option) => option.value))) {
    await select(page, 'optimizer', optimizer);
    await page.click('#reset');
    const before = await scores(page);
    await learn(page, 10);
    const after = await scores(page);
    assert.ok(after.trainLoss < before.trainLoss, optimizer);
    seen.add(after.trainLoss);
  }
  assert.equal(seen.size, 6);
});

onPage('every loss trains', '', async (page) => {
  const offered = { circle: ['cross', 'squared', 'softmax', 'hinge'], spiral3: ['squared', 'softmax'], hills: ['squared', 'absolute', 'huber'] };
  for (const [name, losses] of Object.entries(offered)) {
    await chooseData(page, name);
    assert.deepEqual(await page.locator('#loss option').evaluateAll((all) => all.map((option) => option.value)), losses, name);
    const seen = new Set();
    for (const loss of losses) {
      await select(page, 'loss', loss);
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
  await select(page, 'loss', 'absolute');
  await chooseData(page, 'circle');
  const shown = await page.locator('#loss').inputValue();
  const { trainLoss } = await scores(page);
  await select(page, 'loss', shown === 'cross' ? 'squared' : 'cross');
  await select(page, 'loss', shown);
  assert.equal((await scores(page)).trainLoss, trainLoss, `${shown} is shown, another loss was used`);
});

onPage('play and pause start and stop training', '', async (page) => {
  await playUntil(page, () => playground.engine.epoch() >= 5);
  const at = await epoch(page);
  assert.equal(await page.locator('#play').getAttribute('aria-label'), 'Play');
  assert.ok(!(await isPlaying(page)));
  await page.waitForTimeout(150);
  assert.equal(await epoch(page), at);
  assert.equal(await page.locator('#epoch').innerText(), String(at));
  await page.click('#play');
  assert.equal(await page.locator('#play').getAttribute('aria-label'), 'Pause');
  assert.ok(await isPlaying(page));
  await page.waitForFunction((at) => playground.engine.epoch() > at + 5, at);
  await page.click('#reset');
  assert.equal(await epoch(page), 0, 'a reset stops');
  assert.equal(await page.locator('#play').getAttribute('aria-label'), 'Play');
  assert.ok(!(await isPlaying(page)));
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
    await select(page, 'speed', speed);
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
  await check(page, 'showtest');
  assert.notEqual(await picture(page, 'points'), bare);
  await check(page, 'showtest', false);
  assert.equal(await picture(page, 'points'), bare);
  const colours = () =>
    page.locator('#map').evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join())).size;
    });
  assert.ok((await colours()) > 10);
  await check(page, 'discrete');
  assert.equal(await colours(), 2);
});

onPage('kept runs are drawn together', '', async (page) => {
  await playUntil(page, () => playground.engine.epoch() >= 10);
  const alone = await picture(page, 'curves');
  await press(page, 'keep');
  await page.click('#reset');
  await type(page, 'rate', 0.3);
  const without = await picture(page, 'curves');
  await playUntil(page, () => playground.engine.epoch() >= 10);
  await press(page, 'keep');
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
  const values = page.locator('.neuron:not(.feature) .val');
  assert.equal((await values.allInnerTexts()).join(''), '');
  await check(page, 'annotate');
  const rows = await page.locator('#neurons tbody tr').evaluateAll((all) => all.map((row) => Array.from(row.cells, (cell) => cell.textContent)));
  assert.equal(rows.length, 3);
  assert.deepEqual(await values.allInnerTexts(), rows.map(([, sum, output]) => `Σ ${sum} → ${output}`));
  const inputs = (await page.locator('#sample-about').innerText()).match(/= ([−\d.]+)/g).slice(0, 2).map((text) => text.slice(2));
  assert.deepEqual(await page.locator('.feature.neuron .val').allInnerTexts(), inputs);
  await check(page, 'annotate', false);
  assert.equal((await page.locator('#net .val').allInnerTexts()).join(''), '');
});

onPage('each chosen weight has its value on its line, equal to that in the table', 'layers=2tanh', async (page) => {
  const table = await page.locator('#parameters tbody tr').evaluateAll((all) => all.map((row) => [row.cells[0].textContent, Number(row.querySelector('input').value)]));
  for (const [index, [name, value]] of table.entries()) {
    await page.evaluate((index) => playground.choose(index, true), index);
    const written = await page.locator('.weight').allInnerTexts();
    if (name.startsWith('b')) continue; // a bias has no line
    assert.equal(written.length, 1, name);
    const [shown, number] = written[0].split(' ');
    assert.equal(shown, name);
    assert.ok(Math.abs(Number(number.replace('−', '-')) - value) <= 0.006 * Math.abs(value), `${name} is ${value}, the network shows ${written[0]}`);
  }
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.weight').count(), 0);
});

onPage('the theme can be light or dark', '', async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = [await ground(), await picture(page, 'map')];
  await press(page, 'theme');
  assert.equal(await page.locator('#theme').innerText(), 'Light');
  const dark = [await ground(), await picture(page, 'map')];
  assert.notEqual(dark[0], light[0]);
  assert.notEqual(dark[1], light[1]);
  await press(page, 'theme');
  assert.deepEqual([await ground(), await picture(page, 'map')], light);
});

onPage('all examples train', '', async (page) => {
  const all = await page.locator('#lessons-menu details button').allTextContents();
  assert.ok(all.length >= 6);
  for (const name of all) {
    await example(page, name);
    assert.equal(await alertText(page), '', name);
    if (name.startsWith('Learning rate too large')) continue; // see own.test.js
    if (name.startsWith('All weights zero')) await step(page);
    else await assertWorks(page, name);
  }
});

onPage('the same example can be chosen twice', '', async (page) => {
  await example(page, 'Exclusive or, with two neurons');
  const [before, link] = [await bits(page), await page.evaluate(() => location.hash)];
  await learn(page, 3);
  await type(page, 'rate', 0.3);
  await page.click('#more');
  await example(page, 'Exclusive or, with two neurons');
  assert.deepEqual(await bits(page), before);
  assert.equal(await page.evaluate(() => location.hash), link);
  assert.equal(await page.locator('#rate').inputValue(), '0.1');
  await assertWorks(page, 'the example again');
});

onPage('a clicked weight is chosen and can be edited', 'inputs=x1&layers=1tanh', async (page) => {
  const middle = async (locator) => {
    const { x, y, width, height } = await locator.boundingBox();
    return [x + width / 2, y + height / 2];
  };
  const isChosen = async (name, index) => {
    assert.equal(await page.evaluate(() => playground.chosen), index);
    assert.match(await page.locator('#card-title').innerText(), new RegExp(`^${name}\\b`));
    assert.equal(await page.locator('#parameters tr.chosen td').first().innerText(), name);
  };
  const place = await middle(page.locator('.edge-target').nth(1));
  await page.mouse.move(...place);
  assert.match(await page.locator('.edge-target:hover title').textContent(), /^w2 = /);
  await page.mouse.click(...place);
  await isChosen('w2', 2);
  await page.locator('.bias').last().click();
  await isChosen('b2', 3);
  await type(page, 'card-value', -1.5);
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[3], -1.5, "the last bias too");
});

onPage('a hovered weight shows its name and value', '', async (page) => {
  assert.equal(await page.locator('.edge-target title').count(), 2 * 4 + 4 * 2 + 2);
  await page.locator('.edge-target').first().hover({ force: true });
  assert.match(await page.locator('.edge-target:hover title').textContent(), /^w\d+ = −?[\d.]+/);
});

onPage('the spiral is learnt to a test loss under 0.05', '', async (page, t) => {
  await example(page, 'Spiral, all features, two layers of eight');
  assert.equal(await state(page, 'data'), 'spiral');
  assert.deepEqual((await layers(page)).layers.map((layer) => layer.neurons), [8, 8, 1]);
  await select(page, 'speed', 'max');
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
  await chooseData(page, 'hills');
  assert.match(await page.locator('#confusion').innerText(), /R²/);
  await chooseData(page, 'circle');
  assert.equal(await page.locator('#confusion tbody td').count(), 4);
});

// Regression test: the module panicked at a sample whose hinge loss is 0.
onPage('a hinge loss of 0 has derivatives of 0 at every sample', '', async (page) => {
  await select(page, 'loss', 'hinge');
  await playUntil(page, () => playground.engine.epoch() >= 60);
  const passes = await page.evaluate(() => {
    const { engine, shape } = playground;
    return Array.from({ length: 40 }, (_, sample) => engine.pass(sample, shape.inputs.length, 1, shape.neuronNames.length));
  });
  assert.ok(passes.some(({ loss }) => loss === 0), passes.map(({ loss }) => loss).join());
  for (const { loss, gradient, neurons } of passes) {
    assert.equal(gradient.length, 25);
    assert.equal(gradient.every((derivative) => derivative === 0), loss === 0);
    assert.equal(Math.abs(neurons.at(-1).byOutput), loss === 0 ? 0 : 1);
  }
  await assertWorks(page, 'hinge');
});

// Settings beyond those of TensorFlow Playground.

onPage('a custom feature has a formula', '', async (page) => {
  await reveal(page, 'formula');
  await type(page, 'formula', 'x1^2 + x2^2');
  assert.equal(await state(page, 'inputs'), 'x1,x2,own');
  const label = page.locator('#inputs .feature').nth(7);
  assert.ok(await label.isVisible());
  assert.equal(await label.locator('.name').textContent(), 'x1^2 + x2^2');
  const apart = await page.evaluate(() => {
    const { inputs: [x1, x2, own] } = playground.pass();
    return Math.abs(own - (x1 * x1 + x2 * x2));
  });
  assert.ok(apart < 1e-12, `${apart}`);
  await assertWorks(page, 'a formula');
  const wrong = 'x1^2 + alert(1)';
  await type(page, 'formula', wrong);
  assert.equal(await alertText(page), 'no name `alert` in the formula of your feature at character 8. Names: x1, x2, r, pi, sin, cos, tan, exp, ln, sqrt, abs, tanh');
  await type(page, 'formula', 'x1 +');
  assert.match(await alertText(page), /^the formula of your feature must have .*\. A formula consists of numbers, x1, x2, r, .* and tanh$/);
  assert.equal(await page.locator('#formula').inputValue(), 'x1^2 + x2^2', 'a refused formula is replaced by the one in use');
  await type(page, 'formula', '');
  assert.equal(await state(page, 'inputs'), 'x1,x2');
  assert.ok(await label.isHidden());
});

onPage('data lie on both sides of a curve', '', async (page) => {
  await chooseData(page, 'formula');
  await type(page, 'boundary', 'x^2/4 - 2');
  const all = await points(page);
  assert.equal(all.length, 500);
  assert.ok(all.every(({ x1, x2, target }) => (x2 > (x1 * x1) / 4 - 2) === (target === 1)));
  await type(page, 'boundary', 'y');
  assertSentence(await alertText(page), 'y');
  assert.equal(await page.locator('#boundary').inputValue(), 'x^2/4 - 2');
  assert.deepEqual(await points(page), all);
  await type(page, 'boundary', 'sin(');
  assert.match(await alertText(page), /^the boundary y > f\(x\) must have .*\. A formula consists of numbers, x and pi, /);
});

onPage('the fields of formulas have the text in use', 'data=formula&inputs=x1,own', async (page) => {
  await reveal(page, 'boundary');
  for (const [id, used] of [['boundary', 'sin(x)'], ['formula', 'x1*x2']]) {
    assert.equal(await page.locator(`#${id}`).inputValue(), used, 'the default');
    for (const wrong of ['1 +', '']) {
      await type(page, id, wrong);
      if (wrong !== '') assert.equal(await page.locator(`#${id}`).inputValue(), used, `after “${wrong}”`);
    }
  }
  assert.equal(await page.locator('#boundary').inputValue(), 'sin(x)', 'an empty boundary is the default');
  assert.equal(await page.locator('#formula').inputValue(), '', 'an empty formula removes the feature');
  assert.equal(await state(page, 'inputs'), 'x1');
  await type(page, 'formula', '1 +');
  assert.equal(await page.locator('#formula').inputValue(), '', 'no formula is in use');
});

onPage('dropout, residual connections and L-BFGS train', 'layers=4tanh,4tanh,4tanh', async (page) => {
  await reveal(page, 'dropout');
  await type(page, 'dropout', '0,2');
  assert.equal(await state(page, 'dropout'), '0.2');
  assert.match(await page.locator('#trained-by').textContent(), /dropout 0\.2/);
  await learn(page, 30);
  assert.ok((await scores(page)).trainLoss < 0.6);
  await type(page, 'dropout', '0');
  await reveal(page, 'residual');
  await check(page, 'residual');
  assert.equal(await page.locator('.skip').count(), 8, 'the second and the third layer add their inputs');
  await reveal(page, 'optimizer');
  await page.selectOption('#optimizer', 'lbfgs');
  await learn(page, 30);
  assert.ok((await scores(page)).trainLoss < 0.05);
  await page.evaluate(() => playground.choose(0, true));
  assert.match(await page.locator('#card-line').textContent(), /L-BFGS/);
});

onPage('an exported network is imported', 'layers=3tanh', async (page) => {
  await learn(page, 20);
  const [json, before] = await page.evaluate(() => [playground.engine.json(), playground.engine.parameters()]);
  await page.evaluate(() => playground.load('layers=5relu'));
  await reveal(page, 'import');
  await page.setInputFiles('#import', { name: 'network.json', mimeType: 'application/json', buffer: Buffer.from(json) });
  await page.waitForFunction(() => playground.state.layers === '3tanh');
  const after = await page.evaluate(() => playground.engine.parameters());
  assert.ok(after.every((value, i) => Math.abs(value - before[i]) < 1e-9));
  assert.match(await page.evaluate(() => location.hash), /&w=/, 'the link has the weights');
  await page.click('#undo');
  assert.equal(await state(page, 'layers'), '5relu');
  await page.setInputFiles('#import', { name: 'network.json', mimeType: 'application/json', buffer: Buffer.from('{"layers": 3}') });
  await page.waitForFunction(() => !document.getElementById('alert').hidden);
  assertSentence(await alertText(page), 'another JSON file');
  assert.equal(await state(page, 'layers'), '5relu');
});

onPage('a network is downloaded as JSON and as Rust', 'layers=3tanh', async (page) => {
  await press(page, 'link');
  assert.ok(await page.locator('#download').isHidden(), 'a link is not a file');
  for (const [id, name] of [['json', 'network.json'], ['rust', 'network.rs']]) {
    await press(page, id);
    const text = await page.locator('#exported').inputValue();
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
    assert.equal(download.suggestedFilename(), name);
    const chunks = await (await download.createReadStream()).toArray();
    assert.equal(Buffer.concat(chunks).toString(), text);
  }
});
