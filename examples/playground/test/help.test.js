// Help: each "?" explains its term at its place, by mouse, keyboard and touch.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder, onPage } from './browser.js';

const PHONE = { width: 390, height: 844 };
/** The states of the page whose "?" are checked, each as a link. */
const STATES = ['card=1', 'card=1&parameter=2', 'card=h1', 'more=training', 'more=data', 'more=data&data=formula', 'more=network', 'more=network&loss=squared'];
const box = (page) => page.locator('#help');

onPage('each "?" has a term with two sentences and a picture', '', async (page) => {
  const seen = new Set();
  for (const state of STATES) {
    await page.evaluate((state) => playground.load(state), state);
    const found = await page.evaluate(async () => {
      const { TERMS } = await import('./help.js');
      return [...document.querySelectorAll('[data-help]')].map((node) => [node.dataset.help, TERMS[node.dataset.help], node.getAttribute('aria-label')]);
    });
    for (const [term, entry, label] of found) {
      seen.add(term);
      assert.ok(entry, term);
      const [name, text, shapes] = entry;
      assert.ok(label?.endsWith('?'), `${term}: ${label}`);
      assert.ok(name.length > 0 && shapes.length > 0, term);
      const sentences = text.split(/(?<=\.)\s/);
      assert.ok(sentences.length === 2, `${term}: ${sentences.length} sentences`);
    }
  }
  for (const term of ['features', 'hidden-layers', 'learning-rate', 'output', 'optimizer', 'batch-size', 'loss', 'regularization',
    'regularization-rate', 'noise', 'ratio', 'weights', 'bias', 'neurons', 'gradient', 'formula', 'boundary']) assert.ok(seen.has(term), term);
});

for (const options of [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 720, height: 450 }, { ...PHONE, hasTouch: true, isMobile: true }]) {
  onPage(`each box opens in the window and closes with Escape: ${options.width} px`, '', async (page) => {
    for (const state of STATES) {
      await page.evaluate((state) => playground.load(state), state);
      const buttons = page.locator('[data-help]');
      for (let i = 0; i < (await buttons.count()); i++) {
        const button = buttons.nth(i);
        if (!(await button.isVisible())) continue;
        const place = `${state}: ${await button.getAttribute('data-help')}`;
        await button.scrollIntoViewIfNeeded();
        if (options.hasTouch) await button.tap();
        else if (i % 2 === 0) await button.click();
        else await button.press('Enter');
        assert.ok(await box(page).isVisible(), place);
        assert.equal(await button.getAttribute('aria-expanded'), 'true', place);
        const { left, top, right, bottom } = await box(page).evaluate((node) => node.getBoundingClientRect());
        assert.ok(left >= 0 && top >= 0 && right <= options.width && bottom <= options.height, `${place}: ${[left, top, right, bottom]}`);
        assert.equal(await page.evaluate(() => document.activeElement.id), 'help', place);
        await page.keyboard.press('Escape');
        assert.equal(await box(page).isVisible(), false, place);
        assert.ok(await button.evaluate((node) => document.activeElement === node), `${place}: the focus returns`);
      }
      if (state.startsWith('card')) assert.ok(await page.locator('#card').isVisible(), 'Escape closes the help, not the card');
      if (state.startsWith('more')) assert.ok(await page.locator('#drawer').isVisible(), 'nor the drawer');
    }
  }, options);
}

onPage('a second click and a click elsewhere close the box', '', async (page) => {
  const button = page.locator('[data-help=learning-rate]').first();
  await button.click();
  assert.match(await box(page).innerText(), /^Learning rate\s+How far each step/);
  await button.click();
  assert.equal(await box(page).isVisible(), false);
  await button.click();
  await page.locator('[data-help=output]').click();
  assert.match(await box(page).innerText(), /^Output/, 'there is one box');
  await page.mouse.click(5, 5);
  assert.equal(await box(page).isVisible(), false);
});

onPage('the labels of fields do not contain their "?"', 'more=training&penalty=l2', async (page) => {
  for (const [label, id] of [['Optimizer', 'optimizer'], ['Batch size', 'batch'], ['Loss', 'loss'], ['Regularization', 'penalty'], ['Regularization rate', 'penaltyrate']]) {
    assert.equal(await page.getByLabel(label, { exact: true }).getAttribute('id'), id);
  }
  await page.getByLabel('Optimizer', { exact: true }).selectOption('adam');
  assert.equal(await page.evaluate(() => playground.state.optimizer), 'adam');
  await page.evaluate(() => playground.load('more=network'));
  assert.equal(await page.locator('#output').isVisible(), false, 'the output activation is a choice only with squared error');
  assert.equal(await page.getByRole('button', { name: /Output activation|What is this: Activation/ }).isVisible(), false, 'and its "?" with it');
});

for (const colorScheme of ['light', 'dark']) {
  for (const size of [{ width: 1440, height: 900 }, PHONE]) {
    onPage(`axe-core finds no violations in help: ${colorScheme}, ${size.width} px`, 'more=training&card=1', async (page) => {
      await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js')) });
      for (const term of ['learning-rate', 'optimizer', 'regularization', 'output', 'weights']) {
        await page.evaluate((term) => document.querySelector(`[data-help=${term}]`).click(), term);
        const { violations } = await page.evaluate(() => axe.run({ include: ['#help', '#drawer'] }));
        assert.deepEqual(violations.map(({ id, nodes }) => [term, id, nodes.map(({ html }) => html)]), []);
        await page.keyboard.press('Escape');
      }
    }, { ...size, colorScheme });
  }
}

test('the page addresses its reader as you', async () => {
  const files = (await readdir(folder)).filter((name) => /\.(js|html|css|json)$/.test(name)).map((name) => join(folder, name));
  for (const file of files) {
    for (const line of (await readFile(file, 'utf8')).split('\n')) assert.doesNotMatch(line, /\bone['’]s own\b|\bone needs\b/, file);
  }
});
