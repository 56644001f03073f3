// The links of the course open the page in the state that the text describes.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alertText, folder, learn, onPage, visit, wasm } from './browser.js';

const course = join(wasm, '../../../docs/tutorial');
const links = readdirSync(course).filter((name) => name.endsWith('.md')).flatMap((name) => (
  [...readFileSync(join(course, name), 'utf8').matchAll(/\]\(http:\/\/127\.0\.0\.1:8080\/#([^)]*)\)/g)].map(([, hash]) => [name, hash])
));
const linkOf = (pattern) => links.find(([, hash]) => pattern.test(hash))[1];

onPage('each link of the course opens', '', async (page) => {
  assert.ok(links.length >= 10);
  for (const [name, hash] of links) {
    await visit(page, hash);
    if (hash.startsWith('lesson')) await page.waitForSelector('#lesson');
    assert.equal(await alertText(page), '', `${name}: ${hash}`);
    const { card, drill, panels } = Object.fromEntries(new URLSearchParams(hash));
    if (card) assert.ok(await page.locator('#card').isVisible(), `${name}: the card`);
    if (drill) assert.ok(await page.locator('#drill').isVisible(), `${name}: the exercise`);
    if (panels) assert.ok(await page.locator(`#${panels}`).evaluate((panel) => panel.open), `${name}: ${panels}`);
  }
});

onPage('the figures of the links of the course', '', async (page) => {
  const after = async (pattern, epochs) => {
    await visit(page, linkOf(pattern));
    await learn(page, epochs);
    return page.evaluate(() => ({ ...playground.scores, parameters: playground.engine.parameters() }));
  };
  assert.equal((await after(/^data=xor&layers=&/, 300)).trainQuality.toFixed(1), '0.7');
  assert.ok((await after(/^data=xor&layers=&/, 3000)).trainQuality < 0.76, 'no more with patience');
  assert.equal((await after(/^data=xor&layers=3tanh/, 300)).trainQuality.toFixed(2), '0.95');
  assert.equal((await after(/^data=people.*init=normal/, 1000)).trainLoss.toFixed(4), '0.0025');
  const { parameters: [w1, w2, b1, w3, w4, b2, w5, w6] } = await after(/init=zeros/, 500);
  assert.deepEqual([w1, w2, b1, w5], [w3, w4, b2, w6]);
  assert.notEqual(w1, 0);
  assert.match((await after(/^data=hills/, 5)).trainLoss.toExponential(), /e\+182$/);
  assert.equal((await after(/^data=people&layers=&/, 0)).trainQuality, 1, 'the neuron of chapter 3 divides the people');
});

test('each lesson ends with the chapters that go on from it', () => {
  const chapters = readdirSync(course).filter((name) => /^\d\d-/.test(name)).map((name) => Number.parseInt(name, 10));
  for (const name of readdirSync(folder).filter((name) => /^lesson-\d\.json$/.test(name))) {
    const { text, done = '' } = JSON.parse(readFileSync(join(folder, name), 'utf8')).steps.at(-1);
    const [, named] = `${text} ${done}`.match(/Chapters? ([\d and]+?) of the course, docs\/tutorial/) ?? [];
    assert.ok(named, name);
    assert.ok(named.split(' and ').every((number) => chapters.includes(Number(number))), `${name}: ${named}`);
  }
});
