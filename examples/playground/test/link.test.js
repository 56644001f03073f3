// A link reproduces the page: the parameters and further training are bit-for-bit identical. Invalid links are refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alertText, assertSentence, assertWorks, bits, check, chooseData, epoch, feature, isPlaying, layers, learn, linkOf as link, names, onPage, open, playUntil, points, press, reveal,
  scores, select, step, type, unfold, visit,
} from './browser.js';

/** Returns the state of the page: parameters and visible texts. */
async function whole(page) {
  const read = (id) => page.locator(`#${id}`).innerText();
  return {
    bits: await bits(page),
    scores: await scores(page),
    points: await points(page),
    names: await names(page),
    layers: await layers(page),
    texts: await Promise.all(['epoch', 'train-loss', 'test-loss', 'train-quality', 'test-quality', 'hidden', 'legend', 'noise-value', 'test-value'].map(read)),
    controls: await page.evaluate(() =>
      ['rate', 'batch', 'optimizer', 'loss', 'penalty', 'penaltyrate', 'speed', 'noise', 'test', 'dataseed', 'init', 'seed', 'output']
        .map((id) => document.getElementById(id).value)
        .concat([...document.querySelectorAll('#inputs input, #showtest, #discrete')].map((box) => box.checked))),
  };
}

/** Acts on a page, opens its link in a second page and the second page's link in a third, and continues training on all of them. */
function reopened(name, hash, f) {
  onPage(`a link reopened: ${name}`, hash, async (page) => {
    await f(page);
    const first = await whole(page);
    const second = await open(await link(page));
    const address = new URL(second.page.url()).hash.slice(1); // before the drawer is opened for its link
    const third = await open(await link(second.page));
    for (const again of [second, third]) {
      assert.equal(await alertText(again.page), '');
      assert.deepEqual(await whole(again.page), first);
    }
    assert.equal(address, await link(second.page), 'the address has the same state');
    await learn(page, 3);
    for (const again of [second, third]) {
      await learn(again.page, 3);
      assert.deepEqual(await bits(again.page), await bits(page), 'further training is bit-for-bit identical');
      assert.deepEqual(again.problems, []);
      await again.close();
    }
  });
}

reopened('the default page', '', async () => {});
reopened('trained', '', (page) => playUntil(page, () => playground.engine.epoch() >= 15));
reopened('no hidden layer', '', async (page) => {
  await page.click('#fewer');
  await page.click('#fewer');
  await learn(page, 2);
});
reopened('all settings changed', '', async (page) => {
  await chooseData(page, 'xor');
  await reveal(page, 'noise');
  await page.locator('#noise').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('#test').focus();
  await page.keyboard.press('ArrowLeft');
  await type(page, 'dataseed', 77);
  for (const key of ['x1^2', 'x1x2', 'sin2']) await feature(page, key);
  await feature(page, 'x2');
  await page.click('#more');
  await page.getByLabel('activation of layer 1').selectOption('leaky_relu(0.01)');
  await page.getByLabel('activation of layer 3').selectOption('silu');
  await select(page, 'loss', 'squared');
  await select(page, 'output', 'tanh');
  await select(page, 'init', 'normal');
  await type(page, 'seed', 12345);
  await type(page, 'rate', 0.0123);
  await type(page, 'batch', 7);
  await select(page, 'penalty', 'l2');
  await select(page, 'penaltyrate', '0.003');
  await select(page, 'speed', '10');
  await check(page, 'showtest');
  await check(page, 'discrete');
  await learn(page, 10);
  await page.click('#showtest');
  await page.click('#showtest');
});
reopened('three classes', 'data=spiral3&loss=softmax&layers=6tanh', (page) => learn(page, 20));
reopened('regression', 'data=hills&loss=huber&layers=6silu', (page) => learn(page, 20));
reopened('a weight edited before training', '', async (page) => {
  await page.locator('#parameters input').first().fill(String(0.1 + 0.2));
  await page.locator('#parameters input').first().press('Tab');
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[0], 0.1 + 0.2);
});
reopened('custom points', 'data=gauss', async (page) => {
  await learn(page, 4);
  await reveal(page, 'brush');
  await page.locator('#brush').getByText('add B', { exact: true }).click();
  await page.locator('#points').evaluate((plane) => plane.scrollIntoView({ block: 'center' }));
  for (const position of [{ x: 50, y: 60 }, { x: 90, y: 200 }]) await page.locator('#points').click({ position });
  assert.equal((await points(page)).length, 502);
});
reopened('a table with names in other scripts', '', async (page) => {
  await press(page, 'yours');
  const rows = Array.from({ length: 30 }, (_, i) => `${i / 3},${(i * i) % 7},${['Äpfel & Birnen', '梨 = 100%', '"a, #b"'][i % 3]}`);
  await page.fill('#csv', `größe+1,вес,kind\n${rows.join('\n')}\n`);
  await press(page, 'csv-read');
  await page.click('#csv-use');
  assert.equal((await names(page)).classes.length, 3);
  await learn(page, 8);
});
reopened('a table of numbers', '', async (page) => {
  await press(page, 'yours');
  await page.fill('#csv', `a,b,c\n${Array.from({ length: 30 }, (_, i) => `${i / 3},${(i * i) % 7},${i * 1.1}`).join('\n')}\n`);
  await press(page, 'csv-read');
  await page.click('#csv-use');
  assert.deepEqual((await names(page)).classes, []);
  await learn(page, 8);
});

for (const optimizer of ['momentum', 'nesterov', 'rmsprop', 'adam']) {
  reopened(`the memory of ${optimizer}`, `optimizer=${optimizer}&rate=0.01&layers=3tanh`, (page) => learn(page, 7));
}
reopened('frozen weights', 'optimizer=adam', async (page) => {
  await page.evaluate(() => playground.freeze(2));
  const before = await bits(page);
  await learn(page, 3);
  const after = await bits(page);
  assert.equal(after[2], before[2]);
  assert.notEqual(after[1], before[1]);
});

reopened('two kept runs', 'data=gauss', async (page) => {
  for (const rate of [0.03, 0.3]) {
    await type(page, 'rate', rate);
    await page.click('#reset');
    for (let i = 0; i < 9; i++) await learn(page, 1);
    await press(page, 'keep');
  }
});

// What a link shows besides the network: all of it is on screen again.
onPage('a link carries everything on screen', 'data=spiral3&loss=softmax&layers=3tanh', async (page) => {
  await page.evaluate(() => (localStorage.clear(), sessionStorage.clear()));
  for (const id of ['surface-panel', 'quality-panel']) await unfold(page, id);
  await page.click('#backprop > summary');
  await page.selectOption('#surface-x', '4');
  await page.selectOption('#surface-y', '2');
  await type(page, 'surface-size', 2.5);
  await page.locator('#surface-size').evaluate((field) => field.dispatchEvent(new Event('change')));
  await press(page, 'theme');
  await check(page, 'annotate');
  await type(page, 'stopepoch', 70);
  await type(page, 'stoploss', 0.01);
  await page.click('#showtest');
  for (let i = 0; i < 3; i++) await learn(page, 4);
  await press(page, 'keep');
  await page.evaluate(() => playground.choose(6, true));
  await page.evaluate(() => playground.chooseSample(17));
  await reveal(page, 'seed');
  const shown = () => page.evaluate(() => ({
    panels: [...document.querySelectorAll('.panels > details')].filter((panel) => panel.open).map((panel) => panel.id),
    tab: document.querySelector('[role=tab][aria-selected=true]')?.id,
    isDrawerOpen: !document.getElementById('drawer').hidden,
    theme: [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor],
    surface: ['surface-x', 'surface-y', 'surface-size'].map((id) => document.getElementById(id).value),
    stop: ['stopepoch', 'stoploss'].map((id) => document.getElementById(id).value),
    card: [document.getElementById('card').hidden, document.getElementById('card-title').textContent, document.getElementById('card-value').value],
    sample: [playground.sample, document.getElementById('card-sample').textContent],
    chosen: playground.chosen,
    marked: document.querySelectorAll('.edge.lit').length,
    boxes: ['annotate', 'showtest', 'discrete'].map((id) => document.getElementById(id).checked),
    runs: [...document.querySelectorAll('#runs button')].map((button) => button.textContent),
    curves: document.getElementById('curves').toDataURL(),
    values: [...document.querySelectorAll('#net .val')].map((node) => node.textContent),
    bits: playground.engine.parameters(),
  }));
  const before = await shown();
  assert.deepEqual([before.tab, before.isDrawerOpen, before.theme[0], before.surface, before.chosen, before.sample[0], before.runs.length],
    ['tab-network', true, 'dark', ['4', '2', '2.5'], 6, 17, 1]);
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => (window.copied = text) } }));
  await page.click('#share');
  await page.waitForFunction(() => window.copied);
  const [copied, address] = await page.evaluate(() => [window.copied, location.href]);
  assert.equal(copied, address, 'Share copies the address');
  for (const url of [copied, address]) {
    await page.evaluate(() => localStorage.clear());
    await visit(page, url.split('#')[1]);
    assert.equal(await alertText(page), '');
    // The curve of the present run starts at the epoch of the link.
    const { curves, ...rest } = await shown();
    const { curves: _, ...expected } = before;
    assert.deepEqual(rest, expected);
  }
  await page.reload();
  await page.waitForFunction(() => window.playground && !playground.isOpening);
  assert.deepEqual({ ...(await shown()), curves: '' }, { ...before, curves: '' });
});

const wasTrap = async (page) => page.evaluate(async () => {
  const { Broken } = await import('/engine.js');
  playground.engine.calls.learn = () => { throw new Broken('unreachable'); };
});

onPage('a trap of the module keeps settings and points', 'data=gauss&rate=0.1&layers=3tanh', async (page) => {
  await page.evaluate(() => playground.setPoints(playground.points.slice(1)));
  const before = await points(page);
  await wasTrap(page);
  await page.click('#play');
  await page.waitForFunction(() => !playground.isPlaying);
  assertSentence(await alertText(page), 'a trap');
  assert.deepEqual(await points(page), before);
  assert.equal(await page.locator('#rate').inputValue(), '0.1');
  await assertWorks(page, 'after a trap');
});

onPage('hinge trains for seconds, and its link goes on', 'loss=hinge&speed=max', async (page) => {
  await page.click('#play');
  await page.waitForTimeout(3000);
  if (await page.evaluate(() => playground.isPlaying)) await page.click('#play');
  const again = await open(await link(page));
  const before = await epoch(again.page);
  await learn(again.page, 2);
  assert.equal(await epoch(again.page), before + 2);
  assert.match(await again.page.locator('#train-loss').innerText(), /^\d/);
  assert.deepEqual(again.problems, []);
  await again.close();
});

onPage('a very large parameter is refused or used, and the page works', 'layers=3relu', async (page) => {
  await page.evaluate(() => document.querySelectorAll('.panels > details').forEach((panel) => (panel.open = true)));
  await check(page, 'annotate');
  for (const value of ['1e308', '-1e308']) {
    for (const index of [0, 3, 9]) {
      await page.locator('#parameters input').nth(index).fill(value);
      await page.locator('#parameters input').nth(index).press('Enter');
      await page.evaluate((index) => playground.choose(index, true), index);
      await page.hover('.neuron .face >> nth=0');
    }
    await step(page, 2);
    const text = await alertText(page);
    if (text !== '') assertSentence(text, value);
    await page.click('#play');
    await page.waitForTimeout(200);
    if (await isPlaying(page)) await page.click('#play');
  }
  const again = await open(await link(page));
  await assertWorks(page, 'after 1e308');
  await again.page.click('#fewer');
  await assertWorks(again.page, 'the link of 1e308, with another network');
  assert.deepEqual(again.problems, []);
  await again.close();
});

onPage('a decimal comma is a point, and a refused value is restored', '', async (page) => {
  assert.equal(await page.evaluate(() => playground.set('rate', '0,1')), '');
  assert.equal(await page.locator('#rate').inputValue(), '0.1');
  assertSentence(await page.evaluate(() => playground.set('rate', '-1')), 'rate');
  assert.equal(await page.locator('#rate').inputValue(), '0.1');
});

onPage('an invalid value becomes its default, the others stay', 'speed=-5&rate=-1&layers=3relu', async (page) => {
  const text = await alertText(page);
  assert.match(text, /the speed cannot be “-5”/);
  assert.match(text, /the learning rate must be a number from 0/);
  const { speed, rate, layers } = await page.evaluate(() => playground.state);
  assert.deepEqual({ speed, rate, layers }, { speed: '1', rate: '0.03', layers: '3relu' });
  await playUntil(page, () => playground.engine.epoch() >= 3, 3000);
  await assertWorks(page, 'after an invalid link');
});

onPage('a damaged link keeps its valid settings', `data=xor&rate=0.1&layers=3relu&w=${Buffer.from('cut').toString('base64url')}`, async (page) => {
  assertSentence(await alertText(page), 'weights that were cut');
  const { data, rate, layers } = await page.evaluate(() => playground.state);
  assert.deepEqual({ data, rate, layers }, { data: 'xor', rate: '0.1', layers: '3relu' });
  await assertWorks(page, 'a damaged link');
});

onPage('an edited point keeps the data set, New points and Noise', 'data=xor', async (page) => {
  const original = await points(page);
  const edit = async () => {
    await reveal(page, 'brush');
    await page.locator('#brush').getByText('add B', { exact: true }).click();
    await page.locator('#points').click({ position: { x: 30, y: 40 } });
    assert.equal((await points(page)).length, 501);
    assert.ok(await page.locator('#data [value=xor]').isChecked());
    assert.equal(await page.locator('#yours').getAttribute('aria-pressed'), 'false');
    for (const id of ['noise', 'test', 'dataseed', 'other-points']) assert.ok(!(await page.locator(`#${id}`).isDisabled()), id);
  };
  await edit();
  await chooseData(page, 'xor');
  assert.deepEqual(await points(page), original, 'its own data set again');
  await edit();
  await press(page, 'other-points');
  assert.equal((await points(page)).length, 500);
  await type(page, 'dataseed', 1);
  assert.deepEqual(await points(page), original);
  await edit();
  await page.locator('#noise').press('ArrowRight');
  assert.equal((await points(page)).length, 500);
  assert.equal(await page.locator('#noise-value').innerText(), '5 %');
  await edit();
  await page.locator('#test').press('Home');
  const all = await points(page);
  assert.deepEqual([all.length, all.filter((point) => point.isTest).length], [501, 0], 'another split keeps the edited points');
  await edit501(page);
  await assertWorks(page, 'edited points');
});

/** Asserts that a link with edited points is opened, and that a setting changes without other points. */
async function edit501(page) {
  const again = await open(await link(page));
  const all = await points(page);
  assert.deepEqual(await points(again.page), all);
  for (const act of [() => type(again.page, 'rate', 0.3), () => again.page.click('#more'), () => select(again.page, 'loss', 'squared')]) {
    await act();
    assert.deepEqual(await points(again.page), all);
  }
  assert.ok(await again.page.locator('#data [value=xor]').isChecked());
  await again.close();
}

onPage('undo restores settings, points and parameters', '', async (page) => {
  const before = await whole(page);
  await page.evaluate(() => {
    playground.set('layers', '3relu');
    playground.setParameter(1, '0.5');
    playground.setPoints(playground.points.slice(3));
    for (let i = 0; i < 3; i++) playground.undo();
  });
  assert.deepEqual(await whole(page), before);
  await page.evaluate(() => playground.set('layers', '3relu'));
  await page.locator('body').press('Control+z');
  assert.deepEqual(await whole(page), before);
});

onPage('Reset returns to the state of the link', '', async (page) => {
  await learn(page, 5);
  const again = await open(await link(page));
  await learn(again.page, 5);
  await again.page.click('#reset');
  assert.deepEqual(await bits(again.page), await bits(page));
  assert.equal(await epoch(again.page), 5);
  // The memory of the optimizer is restored too: training goes on to the same numbers.
  await visit(page, 'optimizer=adam&rate=0.01');
  await learn(page, 5);
  await visit(again.page, await link(page));
  await learn(again.page, 4);
  await again.page.click('#reset');
  await learn(again.page, 3);
  await learn(page, 3);
  assert.deepEqual(await bits(again.page), await bits(page));
  await again.close();
});

onPage('training stops at an epoch or a loss', 'stopepoch=12&speed=10', async (page) => {
  await page.click('#play');
  await page.waitForFunction(() => !playground.isPlaying);
  assert.equal(await epoch(page), 12);
  assert.match(await alertText(page), /stopped at epoch 12/);
  await visit(page, 'data=gauss&rate=0.1&stoploss=0.2');
  await page.click('#play');
  await page.waitForFunction(() => !playground.isPlaying);
  assert.ok((await scores(page)).trainLoss < 0.2);
});

// A link is exact within an epoch, too.
onPage('a link after a few steps has their parameters', '', async (page) => {
  await step(page, 3);
  const again = await open(await link(page));
  assert.deepEqual(await bits(again.page), await bits(page));
  await again.close();
});

onPage('a link typed over another is opened', 'data=xor', async (page) => {
  await page.click('#play');
  await page.evaluate(() => (location.hash = 'data=people&layers=2sigmoid&loss=squared&init=normal'));
  await page.waitForFunction(() => playground.points.length === 4);
  assert.ok(!(await isPlaying(page)));
  assert.equal((await bits(page)).length, 9);
  await page.evaluate(() => (location.hash = 'data=plane&noise=0.1'));
  await page.waitForFunction(() => playground.points.length === 500);
  assert.equal(await page.locator('#noise').inputValue(), '0.1');
  await assertWorks(page, 'a third link');
});

onPage('an embed link reproduces the page', '', async (page) => {
  await learn(page, 5);
  await press(page, 'embed');
  const line = await page.locator('#exported').inputValue();
  assert.match(line, /^<iframe src="http:[^"<>]+" width="100%" height="\d+" title="[^"]+"><\/iframe>$/);
  const again = await open(line.match(/src="[^#"]+#([^"]*)"/)[1].replaceAll('&amp;', '&'));
  assert.deepEqual(await bits(again.page), await bits(page));
  assert.ok(!(await again.page.locator('footer').isVisible()));
  assert.match(await again.page.locator('#full').getAttribute('href'), /^index.html#.*w=/);
  assert.deepEqual(again.problems, []);
  await again.close();
});

test('the page for teachers has the lecture in a frame', async () => {
  const { page, problems, close } = await open('', { file: 'embed.html' });
  const frame = page.frames()[1];
  await frame.waitForFunction(() => window.playground && !playground.isOpening);
  assert.deepEqual(await frame.locator('#parameters tbody td:first-child').allInnerTexts(), ['w1', 'w2', 'b1', 'w3', 'w4', 'b2', 'w5', 'w6', 'b3']);
  const line = await page.getByLabel('The HTML').innerText();
  assert.ok(line.includes(`${new URL(page.url()).origin}/index.html#data=people&amp;layers`), line);
  assert.deepEqual(problems, []);
  await close();
});

const words = (...numbers) => Buffer.from(Float64Array.from(numbers).buffer).toString('base64url');
const PLANE = 'x%09y%0Aclass%0A0%090%0A1%091%0A6%0AA%09B';

// Invalid links: each is reported with a message, and the page still works.
const REFUSED = {
  'too many layers': 'layers=1tanh,1tanh,1tanh,1tanh,1tanh,1tanh,1tanh,1tanh,1tanh',
  'too many neurons': 'layers=99tanh',
  'no neurons': 'layers=0tanh',
  'an unknown activation': 'layers=4wow',
  'a rate that is not a number': 'rate=NaN',
  'a rate below 0': 'rate=-1',
  'an infinite rate': 'rate=inf',
  'an empty batch': 'batch=0',
  'too much noise': 'noise=7',
  'unknown data': 'data=nowhere',
  'custom data without points': 'data=own',
  'an unknown loss': 'loss=wild',
  'an unknown optimizer': 'optimizer=magic',
  'an unknown input': 'inputs=x1,x9',
  'no input': 'inputs=',
  'a seed too large': 'seed=99999999999999999999999',
  'truncated weights': `epoch=3&w=${words(1, 2, 3).slice(0, 20)}`,
  'too few weights': `w=${words(1, 2, 3)}`,
  'weights that are NaN': `layers=&w=${words(NaN, 1, 1)}`,
  'infinite weights': `layers=&w=${words(1, Infinity, 1)}`,
  'weights in invalid characters': 'w=%%%äöü',
  'points of garbage': 'points=garbage!',
  'points without a description': `points=${words(1, 1, 0, 0)}`,
  'truncated points': `plane=${PLANE}&points=${words(1, 1, 0, 0, 2, 2, 1)}`,
  'points of an unknown class': `plane=${PLANE}&points=${words(1, 1, 0, 0, 2, 2, 77, 0)}`,
  'points at NaN': `plane=${PLANE}&points=${words(NaN, 1, 0, 0, 2, 2, 1, 0)}`,
  'test points only': `plane=${PLANE}&points=${words(1, 1, 0, 1, 2, 2, 1, 1)}`,
  'a plane of size 0': `plane=${PLANE.replace('6%0A', '0%0A')}&points=${words(1, 1, 0, 0, 2, 2, 1, 0)}`,
  'units of zero': `plane=${PLANE.replace('1%091', '0%090')}&points=${words(1, 1, 0, 0, 2, 2, 1, 0)}`,
  'more classes than colours': `plane=${PLANE}${'%09C%09D%09E%09F%09G%09H%09I'}&points=${words(...Array.from({ length: 9 }, (_, i) => [i / 3, 1, i, 0]).flat())}`,
  'two classes with one name': `plane=${PLANE.replace('A%09B', 'A%09A')}&points=${words(1, 1, 0, 0, 2, 2, 1, 0)}`,
};

// These can be refused, or opened without the invalid parts.
const FOLLOWED = {
  'an input twice with another between': 'inputs=x1,x2,x1',
  'an input twice': 'inputs=x1,x1',
  'an unknown penalty': 'penalty=fine&penaltyrate=7',
  'an unknown speed': 'speed=warp',
  'a negative speed': 'speed=-5',
  'a tab that there is not': 'more=secret',
  'a panel that there is not': 'panels=none,backprop',
  'a theme that there is not': 'theme=pink',
  'frozen nothing': 'frozen=none',
  'frozen parameters that there are not': 'frozen=3,999',
  'a sample and a parameter that there are not': 'sample=99999&parameter=777&card=1',
  'axes that there are not': 'surface=700,800,1e9&panels=surface-panel',
  'runs of garbage': 'runs=a;b;c;!!!;;',
  'a stop that is not a number': 'stopepoch=never&stoploss=-1',
  'memory of garbage': `optimizer=adam&memory=${Buffer.from('12345678').toString('base64url')}&w=AAAA`,
  'hidden parts that there are not': 'hide=all&show=nothing',
  'a lesson that there is not': 'lesson=javascript:alert(1)',
  'a score of garbage': 'score=abc',
  garbage: '%%%&&&===äöü?<script>window.hacked=1</script>',
  'unknown keys': 'foo=bar&__proto__=1&constructor=2&toString=3',
  'an epoch that is not a number': 'epoch=many',
  'a very large epoch': `layers=&epoch=99999999999&w=${words(1, 2, 3)}`,
  'very large weights': `layers=&w=${words(1e308, -1e308, 1e308)}`,
  'points far away': `plane=${PLANE}&points=${words(1e200, 1, 0, 0, 2, -1e200, 1, 0)}&inputs=x1,x1^2`,
};

onPage('invalid links are refused', '', async (page, t) => {
  for (const [what, hash] of Object.entries({ ...REFUSED, ...FOLLOWED })) {
    await t.test(what, async () => {
      await visit(page, hash);
      const text = await alertText(page);
      if (what in REFUSED) assertSentence(text, what);
      else if (text !== '') assertSentence(text, what);
      if (what === 'very large weights' || what === 'points far away') await chooseData(page, 'xor');
      await assertWorks(page, what);
      if (hash.startsWith('speed')) await playUntil(page, () => playground.engine.epoch() >= 2, 3000);
      assert.equal(await page.evaluate(() => window.hacked), undefined);
    });
  }
});

const RUN = `run 1;${Buffer.from(Float32Array.of(0, 1, 1, 2, 0.5, 0.6).buffer).toString('base64url')}`;

/** What the message says of links that were cut off or changed: the words of the page, no keys. */
const REPORTS = {
  'parameters cut within a number': [`epoch=3&w=${words(1, 2, 3).slice(0, 20)}`, 'part of the parameters is missing'],
  'parameters cut between numbers': [`epoch=3&w=${words(1, 2, 3)}`, 'the parameters must be 25 numbers, got 3'],
  'parameters without a value': ['epoch=3&w=', 'expected the parameters, got none'],
  'a link cut before the parameters': ['data=xor&epoch=3', 'expected the parameters, got none'],
  'a link cut within a name': ['data=xor&epo', 'no setting has the name “epo”'],
  'points cut within a number': [`plane=${PLANE}&points=${words(1, 1, 0, 0, 2, 2, 1, 0).slice(0, 50)}`, 'part of the points is missing'],
  'a link cut before the points': [`plane=${PLANE}`, 'expected the points, got none'],
  'a surface of garbage': ['surface=wide', 'the loss surface cannot be “wide”'],
  'a surface of another network': ['surface=700,1,4', 'the loss surface cannot be “700,1,4”'],
  'runs of garbage': ['runs=a;b;c', 'the kept runs cannot be “a;b;c”'],
  'runs that were cut': [`runs=${RUN.slice(0, -3)}`, 'the kept runs cannot be “run 1;'],
  'panels of garbage': ['panels=backprop,non', 'the open panels cannot be “backprop,non”'],
  'a card of garbage': ['card=2', 'the card cannot be “2”'],
  'a card of another network': ['card=h99', 'the card cannot be “h99”'],
  'a sample of other data': ['sample=251', 'the training sample cannot be “251”'],
  'a parameter of another network': ['parameter=25', 'the selected parameter cannot be “25”'],
  'a frozen parameter of another network': ['frozen=1,25', 'the frozen parameters must be less than'],
  'an epoch that is no number': ['epoch=many&w=', 'the epoch cannot be “many”'],
  'a setting of the crate': ['batch=0', 'the batch size must be an integer from 1 to 1000000, got `0`'],
  'a formula': ['formula=x1*', 'the formula of your feature must have a number'],
};

onPage('each damaged part of a link is reported in words', '', async (page, t) => {
  for (const [what, [hash, expected]] of Object.entries(REPORTS)) {
    await t.test(what, async () => {
      await visit(page, hash);
      const text = await alertText(page);
      assert.ok(text.startsWith('Part of the link is invalid: ') && text.includes(expected), text);
    });
  }
  await visit(page, `runs=${RUN};${RUN.slice(0, -3)}`);
  assert.equal(await page.locator('#runs button').count(), 1, 'the complete run is kept');
  for (const valid of [`runs=${RUN};${RUN}`, 'panels=', 'panels=ask-panel,backprop', 'surface=3,24,0.5', 'card=o1', 'sample=250&parameter=24', 'frozen=0,24', 'formula=&boundary=']) {
    await visit(page, valid);
    assert.equal(await alertText(page), '', valid);
  }
});

onPage('a range of the loss surface does not outlive its network', 'surface=23,24,4&panels=surface-panel', async (page) => {
  await page.click('#fewer');
  const again = await open(await link(page));
  assert.equal(await alertText(again.page), '');
  await again.close();
});

onPage('messages have the names of the labels', 'data=formula&loss=squared', async (page) => {
  const differing = await page.evaluate(async () => {
    const { NAMES } = await import('./words.js');
    const ids = ['rate', 'batch', 'optimizer', 'loss', 'penalty', 'penaltyrate', 'dropout', 'speed', 'noise', 'test', 'dataseed', 'init', 'seed', 'residual', 'output', 'sample'];
    const label = (id) => {
      const node = document.getElementById(id).labels[0].cloneNode(true);
      node.querySelectorAll('select, output').forEach((part) => part.remove());
      return node.textContent.trim().toLowerCase();
    };
    return ids.filter((id) => NAMES[id] !== `the ${label(id)}`).map((id) => [id, label(id), NAMES[id]]);
  });
  assert.deepEqual(differing, []);
});
