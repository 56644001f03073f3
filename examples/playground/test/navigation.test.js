// Reload, back and forward, a slow network, and a module that does not arrive end with a living page or a sentence.

import assert from 'node:assert/strict';
import { alertText, assertSentence, assertWorks, bits, chooseData, epoch, isPlaying, learn, onPage, start, type } from './browser.js';

const opened = (page) => page.waitForFunction(() => window.playground && !playground.isOpening);

onPage('a reload restores the state, also during training', '', async (page) => {
  await chooseData(page, 'xor');
  await type(page, 'rate', 0.1);
  await learn(page, 7);
  const before = [await bits(page), await epoch(page)];
  await page.reload();
  await opened(page);
  assert.deepEqual([await bits(page), await epoch(page)], before);
  assert.equal(await page.locator('#rate').inputValue(), '0.1');
  await page.click('#play');
  await page.waitForFunction(() => playground.engine.epoch() > 12);
  await page.reload();
  await opened(page);
  assert.ok(!(await isPlaying(page)));
  assert.deepEqual([await bits(page), await epoch(page)], before, 'the state of the last pause');
  await assertWorks(page, 'after a reload');
});

onPage('back and forward go through the links that were typed, and through other pages', 'data=gauss&layers=3tanh', async (page) => {
  const layers = () => page.evaluate(() => playground.state.layers);
  const becomes = (text) => page.waitForFunction((text) => playground.state.layers === text, text);
  for (const text of ['2relu', '5tanh,2tanh']) {
    await page.evaluate((text) => (location.hash = `data=xor&layers=${text}`), text);
    await becomes(text);
  }
  await page.click('#play');
  await page.evaluate(() => history.back());
  await becomes('2relu');
  assert.ok(!(await isPlaying(page)));
  await assertWorks(page, 'after back');
  await page.evaluate(() => history.back());
  await becomes('3tanh');
  await page.evaluate(() => history.go(2));
  await becomes('5tanh,2tanh');
  await assertWorks(page, 'after forward');
  const before = [await bits(page), await page.evaluate(() => location.hash)];
  const { origin } = await start();
  await page.goto(`${origin}/embed.html`);
  await page.goBack();
  await opened(page);
  assert.equal(await layers(), '5tanh,2tanh');
  assert.deepEqual([await bits(page), await page.evaluate(() => location.hash)], before);
  await page.goForward();
  await page.goBack();
  await opened(page);
  await assertWorks(page, 'back again');
});

onPage('a slow network delays the page, and early clicks do no harm', '', async (page) => {
  const { origin } = await start();
  await page.goto('about:blank');
  await page.route('**/playground.wasm', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue();
  });
  await page.goto(`${origin}/#data=xor&layers=3tanh`, { waitUntil: 'commit' });
  await page.locator('#play').waitFor();
  assert.match(await page.locator('h1').innerText(), /Watch a network learn/, 'the page is there before the module');
  await page.evaluate(() => document.querySelectorAll('button').forEach((button) => button.checkVisibility() && button.click()));
  assert.equal(await page.evaluate(() => window.playground), undefined);
  assert.equal(await alertText(page), '', 'waiting is no error');
  await opened(page);
  assert.equal(await page.evaluate(() => playground.state.layers), '3tanh');
  await assertWorks(page, 'a slow network');
  await page.unroute('**/playground.wasm');
});

onPage('every file may be slow', '', async (page) => {
  const { origin } = await start();
  await page.goto('about:blank');
  let count = 0;
  await page.route('**/*.{js,css,wasm,json}', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 100 + ((count++ * 137) % 400)));
    await route.continue();
  });
  await page.goto(`${origin}/#lesson=1`);
  await opened(page);
  await page.waitForSelector('#lesson .lesson-place');
  await page.unroute('**/*.{js,css,wasm,json}');
  await page.getByRole('button', { name: 'Close the lesson' }).click();
  await assertWorks(page, 'slow files');
});

onPage('a module that does not arrive is reported, and a reload helps', '', async (page, t) => {
  const { origin } = await start();
  // The message in the console is wanted here.
  const silent = await page.context().browser().newPage();
  t.after(() => silent.close());
  for (const fulfil of [{ status: 404, body: '' }, { status: 200, contentType: 'application/wasm', body: 'not a module' }]) {
    await silent.route('**/playground.wasm', (route) => route.fulfill(fulfil));
    await silent.goto('about:blank');
    await silent.goto(`${origin}/#data=xor`);
    await silent.locator('#alert').waitFor();
    assertSentence(await alertText(silent), 'a module that does not arrive');
    assert.equal(await silent.locator('#alert button').count(), 0, 'no buttons that do nothing');
    await silent.unroute('**/playground.wasm');
    await silent.reload();
    await opened(silent);
    await assertWorks(silent, 'the module arrives');
  }
});
