// Lessons and help. Every figure that a lesson names is compared with the page that runs the lesson.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { alertText, folder, onPage } from './browser.js';

const lesson = async (number) => JSON.parse(await readFile(join(folder, `lesson-${number}.json`), 'utf8'));
const set = (index, value) => (page) => page.evaluate(([index, value]) => playground.setParameter(index, value), [index, value]);
const gradient = (index) => `playground.pass().gradient[${index}]`;
const neuron = (index) => `playground.pass().neurons[${index}].output`;
const [TRAIN, TEST, EPOCH] = ['playground.scores.trainLoss', 'playground.scores.testLoss', 'playground.engine.epoch()'];
const COIN = 'Math.log(2)';

/** For each step: what the reader does besides pressing Play, and the figures before and after, each with its value on the page. */
const STEPS = {
  1: [
    { act: set(0, '1'), before: { 0.693: TRAIN }, after: { 0.152: TRAIN } },
    { act: set(1, '1'), after: { 0.028: TRAIN, 100: '100 * playground.scores.trainQuality' } },
    { act: set(2, '3'), after: { 0.19: TRAIN } },
    { before: { 3.02: TRAIN, 0: 'playground.scores.trainQuality', 250: 'playground.engine.samples()' }, after: { 21: EPOCH } },
    {},
  ],
  2: [
    { after: { 50: EPOCH, 0.68: TRAIN, 0.693: COIN } },
    { act: (page) => page.click('#more'), after: { 4: 'playground.shape.layers[0].neurons' } },
    { after: { 400: EPOCH, 0.37: TRAIN } },
    { after: { 2: EPOCH } },
  ],
  3: [
    { before: { 20.5: TRAIN }, after: { 99: EPOCH } },
    { after: { 10: EPOCH } },
    { after: { 10: EPOCH } },
    { before: { 20.5: TRAIN }, after: { 4: EPOCH } },
    {},
  ],
  4: [
    { before: { 0.0474: neuron(0), 0.5237: neuron(2), 0.4763: `1 - ${neuron(2)}`, 0.2269: 'playground.pass().loss', 0.9526: `-playground.pass().neurons[2].byOutput` } },
    { before: { '-0.2376': 'playground.pass().neurons[0].byOutput', 0.0452: `playground.pass().neurons[0].bySum / playground.pass().neurons[0].byOutput`, 0.0215: gradient(0), 0.9979: `1 - 0.1 * ${gradient(0)}` } },
    { before: { 0.0215: gradient(0), '-0.0107': gradient(2), '-0.0429': `-2 * ${gradient(0)}` } },
    { before: { '-0.2376': gradient(8), '-0.0113': gradient(6), 0.0474: neuron(0), '-5.0103': `${gradient(8)} / ${neuron(0)}` } },
    {},
    { after: { 204: EPOCH, 7344: `9 * playground.engine.samples() * ${EPOCH}` } },
  ],
  5: [
    { before: { 50: 'playground.engine.samples()', 450: 'playground.points.filter((point) => point.isTest).length' }, after: { 0.38: TRAIN, 0.47: TEST } },
    { after: { 400: EPOCH, 0.17: TRAIN, 0.85: TEST } },
    { after: { 400: EPOCH, 0.35: TRAIN, 0.45: TEST } },
    { after: { 0.68: TRAIN, 0.71: TEST, 0.693: COIN } },
    { before: { 250: 'playground.engine.samples()' }, after: { 0.61: TEST } },
  ],
};
/** Figures that are settings of the lesson, or thresholds of its goals, or quoted from another step. */
const GIVEN = { 2: ['0.1'], 3: ['0.6', '0.001', '0.003', '0.01', '0.03', '0.1', '0.3'], 4: ['0.1'], 5: ['0.76', '0.17', '0.85', '0.03', '0.1', '0.71'], 1: ['0.15'] };

async function compare(page, figures = {}, place) {
  for (const [text, code] of Object.entries(figures)) {
    const value = await page.evaluate(code);
    const digits = text.split('.')[1]?.length ?? 0;
    assert.equal(Number(value.toFixed(digits)), Number(text), `${place}: ${text} is ${value}`);
  }
}

for (const number of [1, 2, 3, 4, 5]) {
  onPage(`lesson ${number} names the figures of the page, and restores it`, 'data=spiral&layers=3tanh', async (page) => {
    const { title, about, steps } = await lesson(number);
    await page.evaluate(() => playground.learn(() => playground.engine.learn(2)));
    const before = await page.evaluate(() => location.hash);
    await page.click('#lessons-button');
    const item = page.locator('#lessons-menu ol button').nth(number - 1);
    assert.equal((await item.innerText()).replaceAll('’', "'").replace(/\s*\n\s*/, '\n'), `${title}\n${about}`);
    await item.click();
    await page.waitForSelector('#lesson .lesson-place');
    assert.equal(STEPS[number].length, steps.length);
    for (const [i, step] of steps.entries()) {
      const place = `lesson ${number}, step ${i + 1}`;
      const { act, before, after } = STEPS[number][i];
      await page.waitForFunction((text) => document.querySelector('.lesson-place')?.textContent.startsWith(text), `${i + 1} of`);
      assert.equal(await alertText(page), '', place);
      await compare(page, before, place);
      if (step.question) {
        await page.locator('.lesson-question button').nth(step.question.answer - 1).click();
        assert.match(await page.locator('.lesson-reply').innerText(), /^Right\./, place);
      }
      if (act) await act(page);
      if (step.until) {
        const isReached = await page.evaluate(() => {
          const { lessons } = playground;
          for (let epoch = 0; epoch < 600 && !lessons.isDone; epoch++) playground.learn(() => playground.engine.learn(1));
          return lessons.isDone;
        });
        assert.ok(isReached, `${place}: ${step.until}`);
        assert.equal(await page.locator('.lesson-reply').innerText(), `✓ ${step.done.replaceAll('**', '')}`, place);
      }
      await compare(page, after, place);
      // No decimal number is unchecked.
      const texts = [step.text, step.then, step.done, step.question?.text, step.question?.why, ...(step.question?.options ?? [])].join(' ');
      const known = [...Object.keys({ ...before, ...after }), ...(GIVEN[number] ?? [])].map((text) => text.replace('-', ''));
      for (const [figure] of texts.matchAll(/\d+\.\d+/g)) assert.ok(known.includes(figure), `${place}: ${figure} is not checked`);
      assert.ok(await page.locator('.lesson-steps button.solid').isVisible(), `${place}: the step is complete`);
      if (i + 1 < steps.length) await page.locator('.lesson-steps button').nth(1).click();
    }
    await page.getByRole('button', { name: 'Close the lesson' }).click();
    assert.equal(await page.evaluate(() => location.hash), before, 'the page before the lesson is restored');
    assert.equal(await page.locator('#lesson').count(), 0);
  });
}

onPage('a link opens a lesson at its step, and Back returns', 'lesson=2&step=3', async (page) => {
  await page.waitForSelector('#lesson');
  assert.equal(await page.locator('.lesson-place').innerText(), '3 of 4');
  assert.equal(await page.evaluate(() => playground.state.layers), '2tanh');
  await page.locator('.lesson-question button').first().click();
  assert.match(await page.locator('.lesson-reply').innerText(), /^No: Almost/);
  assert.match(await page.evaluate(() => location.hash), /lesson=2.*step=3/);
  await page.locator('.lesson-steps button').nth(1).click();
  assert.equal(await page.evaluate(() => playground.state.inputs), 'x1x2');
  await page.locator('.lesson-steps button').nth(0).click();
  assert.equal(await page.evaluate(() => playground.state.layers), '2tanh');
});

onPage('an address that is not a lesson is reported', '', async (page) => {
  for (const name of ['embed.html', 'javascript:alert(1)']) {
    await page.evaluate((name) => playground.lessons.start(name), name);
    assert.match(await alertText(page), /^The lesson cannot be opened: \w+/, name);
    assert.equal(await page.locator('#lesson').count(), 0);
  }
});

test('an invalid lesson is refused with the place of the error', async () => {
  globalThis.location ??= new URL('http://localhost/');
  const { checked } = await import(join(folder, 'lessons.js'));
  const invalid = [{}, { title: 'A', steps: [] }, { title: 'A', steps: [{}] }, { title: 'A', steps: [{ text: 'B', until: 'alert(1)' }] },
    { title: 'A', steps: [{ text: 'B', question: { text: 'C', options: ['D'], answer: 2 } }] }, { title: 'A', steps: [{ text: 'B', hide: 'data' }] }];
  for (const value of invalid) assert.throws(() => checked(value), /^Error: expected .+, got /, JSON.stringify(value));
});

onPage('help explains a term at its place and closes with Escape', '', async (page) => {
  const button = page.locator('[data-help=learning-rate]').first();
  await button.click();
  assert.match(await page.locator('#help').innerText(), /^Learning rate\s+How far each step/);
  await page.keyboard.press('Escape');
  assert.ok(!(await page.locator('#help').isVisible()));
  await button.click();
  await button.click();
  assert.ok(!(await page.locator('#help').isVisible()), 'a second click closes it');
  const unknown = await page.evaluate(async () => {
    const { TERMS } = await import('./help.js');
    return [...document.querySelectorAll('[data-help]')].map((node) => node.dataset.help).filter((term) => !(term in TERMS));
  });
  assert.deepEqual(unknown, []);
});
