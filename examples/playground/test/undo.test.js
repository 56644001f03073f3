// Undo: each kind of edit is undone by one press of the button and by one Ctrl+Z.

import assert from 'node:assert/strict';
import {
  assertWorks, bits, chooseData, epoch, example, feature, isPlaying, learn, linkOf, names, onPage, open, playUntil, points, press, reveal, select, step, type, visit,
} from './browser.js';

/** Returns what an edit may change: the address without what it shows, the parameters, the points and the names of the data. */
async function edited(page) {
  const address = await page.evaluate(() => location.hash.replace('#', '').split('&').filter((part) => !/^(more|sample|parameter|card|panels)=/.test(part)).join('&'));
  const fields = await page.evaluate(() => ['rate', 'batch', 'optimizer', 'loss', 'seed', 'dataseed', 'noise', 'test', 'init'].map((id) => document.getElementById(id).value));
  return { address, fields, bits: await bits(page), points: await points(page), names: await names(page), epoch: await epoch(page) };
}

/** Clicks the output with an action of the drawer. */
async function plane(page, action, position, to) {
  await reveal(page, 'brush');
  await page.locator('#brush').getByText(action, { exact: true }).click();
  const { x, y, width } = await page.locator('#points').boundingBox();
  const at = (place) => place.map((part, i) => [x, y][i] + part * width);
  await page.mouse.move(...at(position));
  await page.mouse.down();
  if (to) await page.mouse.move(...at(to), { steps: 3 });
  await page.mouse.up();
}

/** The position of the first training point on the output, as fractions of its side. */
const first = (page) => page.evaluate(() => {
  const { x1, x2 } = playground.points.find((point) => !point.isTest);
  return [(x1 / playground.names.size + 1) / 2, (1 - x2 / playground.names.size) / 2];
});

const layer = (page) => page.getByLabel('activation of layer 1');
const EDITS = {
  'a number': (page) => type(page, 'rate', 0.1),
  'the batch size': (page) => type(page, 'batch', 25),
  'a setting that needs a new network': (page) => select(page, 'loss', 'hinge'),
  'the optimizer': (page) => select(page, 'optimizer', 'adam'),
  'a stop condition': (page) => type(page, 'stopepoch', 40),
  'a layer added': (page) => page.click('#more'),
  'a layer removed': (page) => page.click('#fewer'),
  'a neuron added': (page) => page.getByRole('button', { name: 'Add a neuron to layer 1' }).click(),
  'an activation': (page) => layer(page).selectOption('relu'),
  'a feature': (page) => feature(page, 'x1x2'),
  'a data set': (page) => chooseData(page, 'spiral'),
  'new points': (page) => press(page, 'other-points'),
  'the noise': async (page) => {
    await reveal(page, 'noise');
    await page.locator('#noise').press('ArrowRight');
  },
  'the test fraction': async (page) => {
    await reveal(page, 'test');
    await page.locator('#test').press('ArrowLeft');
  },
  'a point added': (page) => plane(page, 'add B', [0.2, 0.1]),
  'a point moved': async (page) => plane(page, 'move', await first(page), [0.5, 0.1]),
  'a point erased': async (page) => plane(page, 'erase', await first(page)),
  'a table': async (page) => {
    await press(page, 'yours');
    await page.fill('#csv', 'a,b,c\n1,1,B\n2,4,B\n3,9,C\n4,2,C\n5,3,B\n');
    await page.click('#csv-read');
    await page.click('#csv-use');
  },
  'new weights': (page) => press(page, 'reseed'),
  'a typed weight': async (page) => {
    await page.locator('#parameters input').nth(4).fill('1.5');
    await page.locator('#parameters input').nth(4).press('Enter');
    await page.locator('#play').focus(); // a field undoes its own text
  },
  'a typed weight in the card': async (page) => {
    await page.evaluate(() => playground.choose(3, true));
    await page.locator('#card-value').fill('-0.75');
    await page.locator('#card-value').press('Enter');
    await page.locator('#play').focus();
  },
  'a frozen weight': (page) => page.evaluate(() => playground.freeze(2)),
  'an example': (page) => example(page, 'Exclusive or, with two neurons'),
  'a reset': (page) => page.click('#reset'),
  'a step': (page) => step(page),
  'a run': (page) => playUntil(page, () => playground.engine.epoch() >= 6),
};

for (const [name, edit] of Object.entries(EDITS)) {
  onPage(`undo: ${name}`, 'data=gauss&noise=0.1', async (page) => {
    await learn(page, 3);
    const before = await edited(page);
    for (const undo of [() => page.click('#undo'), () => page.keyboard.press('Control+z')]) {
      await edit(page);
      assert.notDeepEqual(await edited(page), before, 'it is an edit');
      // Ctrl+Z belongs to a text field that has the focus.
      await page.evaluate(() => document.activeElement.matches('input:not([type=checkbox], [type=radio], [type=range])') && document.activeElement.blur());
      await undo();
      assert.deepEqual(await edited(page), before);
    }
    await assertWorks(page, name);
  });
}

onPage('edits are undone one after another, to the first', '', async (page) => {
  assert.ok(await page.locator('#undo').isDisabled());
  const states = [];
  const all = ['a number', 'a layer added', 'a feature', 'a point added', 'a data set', 'a point erased', 'a table', 'a typed weight', 'a step', 'a reset', 'new weights'];
  for (const name of all) {
    states.push(await edited(page));
    await EDITS[name](page);
  }
  for (const [i, state] of states.reverse().entries()) {
    assert.ok(await page.locator('#undo').isEnabled());
    await page.click('#undo');
    assert.deepEqual(await edited(page), state, `undo ${i + 1}, of ${all.at(-1 - i)}`);
  }
  assert.ok(await page.locator('#undo').isDisabled());
  await page.keyboard.press('Control+z');
  assert.deepEqual(await edited(page), states.at(-1));
});

onPage('what is only shown is no edit, and Undo keeps it', '', async (page) => {
  await page.click('#showtest');
  await page.click('#discrete');
  await select(page, 'speed', '10');
  await press(page, 'theme');
  await page.click('#next-sample');
  await page.evaluate(() => playground.choose(5, true));
  assert.ok(await page.locator('#undo').isDisabled());
  await page.click('#fewer');
  await page.evaluate(() => playground.choose(4, true));
  await page.click('#undo');
  assert.ok(await page.locator('#undo').isDisabled());
  const { showtest, discrete, speed, theme, more, card } = await page.evaluate(() => playground.state);
  assert.deepEqual({ showtest, discrete, speed, theme, more, card }, { showtest: '1', discrete: '1', speed: '10', theme: 'dark', more: 'view', card: '1' });
  assert.deepEqual(await page.evaluate(() => [playground.sample, playground.chosen]), [1, 4]);
});

onPage('Reset after Undo returns to the state of the link', '', async (page) => {
  await learn(page, 5);
  const trained = await bits(page);
  const again = await open(await linkOf(page));
  await again.page.click('#more');
  await again.page.click('#undo');
  await learn(again.page, 2);
  await again.page.click('#reset');
  assert.deepEqual(await bits(again.page), trained);
  // Without a link, Reset returns to the initial parameters, also after Undo.
  await visit(again.page);
  const initial = await bits(again.page);
  await learn(again.page, 5);
  await again.page.click('#more');
  await again.page.click('#undo');
  assert.deepEqual(await bits(again.page), trained);
  await again.page.click('#reset');
  assert.deepEqual(await bits(again.page), initial);
  assert.equal(await epoch(again.page), 0);
  await again.close();
});

onPage('Undo restores the loss curve', '', async (page) => {
  const curve = () => page.evaluate(() => playground.history.map(({ epoch, trainLoss }) => [epoch, trainLoss]));
  for (let i = 0; i < 6; i++) await learn(page, 1);
  const before = await curve();
  assert.equal(before.length, 7);
  for (const name of ['a run', 'a reset', 'a layer added', 'a data set', 'a typed weight', 'a point added']) {
    if (name === 'a run') await playUntil(page, () => playground.engine.epoch() >= 9);
    else await EDITS[name](page);
    await page.click('#undo');
    assert.deepEqual(await curve(), before, name);
  }
  await learn(page, 2);
  assert.deepEqual((await curve()).slice(0, 7), before, 'training goes on with it');
  await page.click('#undo');
  assert.deepEqual(await curve(), before);
});

onPage('Undo stops training', '', async (page) => {
  await type(page, 'rate', 0.1);
  await page.click('#play');
  await page.waitForFunction(() => playground.engine.epoch() > 2);
  await page.keyboard.press('Control+z');
  assert.ok(!(await isPlaying(page)));
  assert.equal(await epoch(page), 0);
  assert.equal(await page.locator('#rate').inputValue(), '0.1', 'the run is the last edit');
});
