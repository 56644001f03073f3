// Lessons. Every figure that a lesson names is compared with the page that runs the lesson.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { alertText, assertSentence, folder, onPage, open as openPage } from './browser.js';

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
    { before: { 0.04743: neuron(0), 0.5237: neuron(2), 0.4763: `1 - ${neuron(2)}`, 0.2269: 'playground.pass().loss', 0.9526: `-playground.pass().neurons[2].byOutput` } },
    { before: { '-0.9526': 'playground.pass().neurons[2].byOutput', 0.2494: 'playground.pass().neurons[2].bySum / playground.pass().neurons[2].byOutput', 0.04518: `playground.pass().neurons[0].bySum / playground.pass().neurons[0].byOutput`, 0.02147: gradient(0), 0.9979: `1 - 0.1 * ${gradient(0)}` } },
    { before: { 0.02147: gradient(0), '-0.01073': gradient(2), '-0.04294': `-2 * ${gradient(0)}` } },
    { before: { '-0.2376': gradient(8), '-0.01127': gradient(6), 0.04743: neuron(0), '-5.010': `${gradient(8)} / ${neuron(0)}` } },
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
        assert.ok((await page.locator('.lesson-reply').innerText()).endsWith(`✓ ${step.done.replaceAll('**', '')}`), place);
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
  assert.match(await page.locator('.lesson-reply').innerText(), /^Not quite: Almost/);
  assert.match(await page.evaluate(() => location.hash), /lesson=2.*step=3/);
  await page.locator('.lesson-steps button').nth(1).click();
  assert.equal(await page.evaluate(() => playground.state.inputs), 'x1x2');
  await page.locator('.lesson-steps button').nth(0).click();
  assert.equal(await page.evaluate(() => playground.state.layers), '2tanh');
});

onPage('a link with keys of the view starts its step, and keeps them', 'lesson=4&step=5&drill=derivative&parameter=3&sample=2&theme=dark', async (page) => {
  await page.waitForSelector('#lesson .lesson-text');
  await page.waitForFunction(() => document.querySelector('.lesson-place').textContent !== '');
  assert.equal(await page.evaluate(() => playground.state.layers), '2sigmoid');
  assert.deepEqual((await page.evaluate(() => playground.engine.parameters())).slice(0, 3), [1, 1, 0]);
  assert.match(await page.locator('#drill h3').innerText(), /∂L\/∂w3 for sample 2/);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.ok((await page.evaluate(() => playground.marked.length)) > 0, 'the exercise marks its path');
});

onPage('the card of lesson 4 has the product of its text', 'lesson=4&step=2', async (page) => {
  await page.waitForSelector('#lesson .lesson-text');
  await page.waitForFunction(() => document.querySelector('.lesson-text').textContent !== '');
  const product = /(−[^a-z]+) = (0\.\d+)\. Point/.exec(await page.locator('.lesson-text').innerText());
  await page.evaluate(() => playground.choose(0, true));
  const [result, ...factors] = await page.locator('#card .product .f b').allInnerTexts();
  assert.deepEqual(product.slice(1), [factors.join(' · ').replace(/−2$/, '(−2)'), result]);
});

onPage('a prediction stays when the goal is reached', 'lesson=3&step=3', async (page) => {
  await page.waitForSelector('#lesson .lesson-question button');
  await page.locator('.lesson-question button').first().click();
  assert.match(await page.locator('.lesson-reply').innerText(), /^Not quite: about 10, as with 0\.01\./);
  await page.evaluate(() => playground.learn(() => playground.engine.learn(10)));
  assert.match(await page.locator('.lesson-reply').innerText(), /^How many epochs will it take now\? You: “about 1”\. Not quite: about 10.* The loss is a valley[^]*✓ 10 epochs/);
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
  const named = { hide: { hide: ['dta'] }, show: { show: ['net'] }, mark: { mark: ['x1'] }, until: { until: 'trainLos < 0.1' }, state: { state: 'lyers=3tanh' } };
  for (const [key, part] of Object.entries(named)) {
    assert.throws(() => checked({ title: 'A', steps: [{ text: 'B' }, { text: 'C', ...part }] }), new RegExp(`expected .* ${key} of step 2`), key);
  }
  checked({ title: 'A', steps: [{ text: 'B', state: 'data=xor&card=1', until: 'w12 > 1 and b2 < 0', mark: ['w1', 'h1', 'o1'], hide: ['data'] }] });
  for (const value of invalid) assert.throws(() => checked(value), /^Error: expected .+, got /, JSON.stringify(value));
});

const bar = (page) => page.locator('#lesson');
const next = (page) => page.locator('.lesson-steps button').nth(1);
const back = (page) => page.locator('.lesson-steps button').first();
const isShown = (page, selector) => page.locator(selector).first().isVisible();

onPage('a link into the middle of a lesson starts with the state of the step before', 'lesson=5&step=2', async (page) => {
  await page.waitForSelector('#lesson');
  assert.equal(await page.locator('.lesson-place').innerText(), '2 of 5');
  assert.equal(await page.evaluate(() => playground.state.layers), '8tanh,8tanh');
  assert.equal(await page.evaluate(() => playground.state.test), '0.9');
  await back(page).click();
  assert.equal(await page.evaluate(() => playground.state.layers), '8tanh,8tanh');
});

onPage('a link goes on within a step, with its parameters', 'lesson=2&step=2', async (page) => {
  await page.waitForSelector('#lesson');
  await page.click('#more');
  await page.evaluate(() => playground.learn(() => playground.engine.learn(3)));
  const [hash, parameters] = await page.evaluate(() => [location.hash, playground.engine.parameters()]);
  await page.evaluate(() => (location.hash = ''));
  await page.waitForFunction(() => !document.getElementById('lesson'));
  await page.evaluate((hash) => (location.hash = hash), hash);
  await page.waitForSelector('#lesson .lesson-place');
  await page.waitForFunction(() => document.querySelector('.lesson-place').textContent !== '');
  assert.equal(await page.locator('.lesson-place').innerText(), '2 of 4');
  assert.deepEqual(await page.evaluate(() => playground.engine.parameters()), parameters);
});

onPage('Back returns to the start of each step, and Next leads to the next lesson', '', async (page) => {
  await page.evaluate(() => playground.lessons.start('1'));
  await page.waitForSelector('#lesson');
  assert.ok(await back(page).isDisabled());
  const starts = [];
  for (let i = 0; i < 4; i++) {
    starts.push(await page.evaluate(() => playground.engine.parameters()));
    await page.evaluate(() => playground.setParameter(0, '0.5'));
    await next(page).click();
  }
  assert.equal(await next(page).innerText(), 'Next lesson');
  for (let i = 3; i >= 0; i--) {
    await back(page).click();
    assert.deepEqual(await page.evaluate(() => playground.engine.parameters()), starts[i], `step ${i + 1}`);
  }
  for (let i = 0; i < 5; i++) await next(page).click();
  await page.waitForFunction(() => document.querySelector('#lesson h2')?.textContent.startsWith('Why a hidden layer?'));
});

onPage('a lesson and a link hide parts of the page', 'lesson=1', async (page) => {
  await page.waitForSelector('#lesson');
  for (const hidden of ['#data', '.features-head', '.layers-head', '#more-button', 'h1']) assert.equal(await isShown(page, hidden), false, hidden);
  for (const shown of ['#play', '#rate', '#map', '.feature.neuron']) assert.ok(await isShown(page, shown), shown);
  assert.equal(await page.locator('.feature:not(.neuron)').first().isVisible(), false, 'features that are off fold away');
  assert.ok(await page.locator('#inputs input').first().isDisabled());
  await page.getByRole('button', { name: 'Close the lesson' }).click();
  for (const shown of ['#data', '.features-head', '.layers-head', '#more-button', 'h1']) assert.ok(await isShown(page, shown), shown);
  assert.ok(await page.locator('#inputs input').first().isEnabled());
  await page.evaluate(() => playground.load('hide=data,rate'));
  assert.deepEqual([await isShown(page, '#data'), await isShown(page, '#rate'), await isShown(page, '#more-button')], [false, false, true]);
  await page.evaluate(() => playground.load('show=output,layers'));
  assert.deepEqual([await isShown(page, '#data'), await isShown(page, '#map'), await isShown(page, '.layers-head'), await isShown(page, '.features-head')], [false, true, true, false]);
  await page.evaluate(() => playground.load(''));
  assert.ok(await isShown(page, '#data'));
});

/** Serves a text as a file beside the page. */
const serve = (page, name, body) => page.route(`**/${name}`, (route) => route.fulfill({ body, contentType: 'application/json' }));

onPage('a lesson from another address runs', '', async (page) => {
  const own = { title: 'My lesson', steps: [{ text: 'Look at **this** <b>text</b>.', state: 'data=xor&layers=3tanh', mark: ['w1', 'h2'], hide: ['more'] }, { text: 'Done.', question: { text: 'Is it?', options: ['Yes', 'No'], answer: 1 } }] };
  await serve(page, 'mine.json', JSON.stringify(own));
  await page.evaluate(() => (location.hash = `lesson=${encodeURIComponent(new URL('mine.json', location.href))}`));
  await page.waitForSelector('#lesson .lesson-text');
  assert.match(await bar(page).innerText(), /My lesson\s+1 of 2/);
  assert.equal(await page.locator('.lesson-text').innerText(), 'Look at this <b>text</b>.', 'only ** is markup');
  assert.equal(await page.evaluate(() => playground.state.layers), '3tanh');
  assert.ok((await page.locator('.neuron.lit').count()) === 1 && (await page.locator('.edge.lit').count()) === 1);
  await next(page).click();
  await page.locator('.lesson-question button').first().click();
  assert.match(await page.locator('.lesson-reply').innerText(), /^Right\./);
  assert.equal(await next(page).innerText(), 'Finish');
  await next(page).click();
  assert.equal(await bar(page).count(), 0);
});

onPage('a broken lesson is reported with a sentence', 'data=gauss', async (page) => {
  const files = { 'a.json': 'no JSON', 'b.json': '{"title": "A"}', 'c.json': '{"title": "A", "steps": [{"text": "B", "until": "loss < 1; alert(1)"}]}', 'd.json': '{"title": "A", "steps": [{"text": 1}]}' };
  for (const [name, body] of Object.entries(files)) {
    await serve(page, name, body);
    await page.evaluate((name) => playground.lessons.start(name), name);
    assertSentence(await alertText(page), name);
    assert.match(await alertText(page), /^The lesson cannot be opened: /, name);
    assert.equal(await bar(page).count(), 0, name);
    assert.equal(await page.evaluate(() => playground.state.data), 'gauss', name);
  }
  await serve(page, 'e.json', '{"title": "A", "steps": [{"text": "B", "state": "layers=90tanh"}]}');
  await page.evaluate(() => playground.lessons.start('e.json'));
  assertSentence(await alertText(page), 'a state that the crate refuses');
  assert.match(await alertText(page), /^The state of step 1 of the lesson is invalid: /);
  await serve(page, 'f.json', '{"title": "A", "steps": [{"text": "B", "state": "layers=2tanh", "mark": ["w90"]}]}');
  await page.evaluate(() => playground.lessons.start('f.json'));
  assert.match(await alertText(page), /^Step 1 of the lesson marks w90; the network does not have it\./);
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    onPage(`axe-core finds no violations in lessons: ${colorScheme}, ${width} px`, '', async (page) => {
      await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js')) });
      const check = async (what) => {
        const { violations } = await page.evaluate(() => axe.run({ include: ['.first', '#lessons-menu'] }));
        assert.deepEqual(violations.map(({ id, nodes }) => [what, id, nodes.map(({ html }) => html)]), []);
        const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        assert.ok(needed <= there, `${what}: ${needed} px wide`);
      };
      await page.click('#lessons-button');
      await page.locator('#lessons-menu details').evaluate((details) => (details.open = true));
      await check('menu');
      await page.locator('#lessons-menu ol button').nth(1).click();
      await page.waitForSelector('#lesson');
      await check('question');
      await page.locator('.lesson-question button').first().click();
      await check('reply');
      await page.evaluate(() => playground.learn(() => playground.engine.learn(60)));
      await check('goal');
    }, { width, height, colorScheme });
  }
}

for (const [width, height] of [[1440, 900], [1024, 768], [720, 450], [390, 844]]) {
  onPage(`the bar of each step leaves the network and the output in the window: ${width} px`, '', async (page) => {
    for (const [number, name] of [[1, '1'], [2, '2'], [3, '3'], [4, '4'], [5, '5']]) {
      await page.evaluate((name) => playground.lessons.start(name), name);
      await page.waitForSelector('#lesson');
      const { steps } = await lesson(number);
      for (let i = 0; i < steps.length; i++) {
        if (i > 0) await next(page).click();
        const wrong = await page.evaluate(() => {
          const rect = (selector) => document.querySelector(selector).getBoundingClientRect();
          const wrong = [];
          for (const selector of ['#play', '#net', '#plane', '#lesson']) {
            const { left, right, top, bottom, height } = rect(selector);
            if (left < 0 || right > innerWidth || top < 0 || bottom > innerHeight) wrong.push(`${selector} leaves the window`);
            if (height < 40) wrong.push(`${selector} is ${height} px high`);
          }
          const [bar, play] = [rect('#lesson'), rect('#play')];
          if (bar.bottom > play.top + 1 && play.bottom > bar.top + 1) wrong.push('the bar lies over Play');
          return wrong;
        });
        assert.deepEqual(wrong, [], `lesson ${number}, step ${i + 1}`);
      }
    }
  }, { width, height });
}

test('the page for teachers shows the playground and works on a phone', async () => {
  for (const width of [1440, 390]) {
    const { page, problems, close } = await openPage('', { file: 'embed.html', width, height: 900 });
    const frame = page.frameLocator('iframe');
    await frame.locator('#step').evaluate((button) => button.click()); // the bar of a phone may lie below the window
    await frame.locator('#train-loss').evaluate((output) => output.textContent !== '');
    assert.ok((await frame.locator('.face').count()) === 3, 'the network of the lecture');
    assert.equal(await frame.locator('h1').isVisible(), false, 'embed=1 has no headline');
    assert.ok(await frame.locator('#full').isVisible(), 'a link to the page');
    const text = await page.locator('main').innerText();
    for (const word of ['show=', 'hide=', 'lesson=', 'drill=', 'card=', 'w=', 'until', 'mark', 'Access-Control-Allow-Origin', 'copy the folder']) assert.ok(text.includes(word), word);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `${width} px`);
    // The lesson of the page is valid, and so are all keys of its table.
    const { checked } = await import(join(folder, 'lessons.js'));
    checked(JSON.parse(await page.locator('pre').last().innerText()));
    assert.deepEqual(problems, []);
    await close();
  }
});

onPage('Next pressed again while the next lesson loads', 'lesson=1&step=1', async (page) => {
  await page.waitForSelector('#lesson');
  await page.route('**/lesson-2.json', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await route.continue();
  });
  const last = (await lesson(1)).steps.length;
  await page.evaluate((last) => {
    const { next } = playground.lessons;
    for (let i = 1; i < last; i++) next.click();
    next.click();
    const button = document.querySelector('.lesson-steps button:last-child');
    if (button) button.click();
  }, last);
  await page.waitForFunction(() => document.querySelector('.lesson-place')?.textContent.startsWith('1 of'));
  await page.unroute('**/lesson-2.json');
});

onPage('lesson 3 leaves the learning rate to its steps, and 0.03 needs 3 epochs', 'data=plane&layers=&loss=squared&batch=250&rate=0.03', async (page) => {
  const { steps } = await lesson(3);
  const { rate } = steps[1].state.match(/rate=(?<rate>[\d.]+)/).groups;
  for (const [figure] of steps[1].done.matchAll(/\d\.\d+/g)) assert.equal(figure, rate, 'step 3 goes on from the rate of step 2');
  assert.match(steps[2].done, /0\.03 needs only 3 epochs/);
  const loss = (epochs) => page.evaluate((epochs) => {
    playground.learn(() => playground.engine.learn(epochs));
    return playground.scores.trainLoss;
  }, epochs);
  assert.ok((await loss(2)) >= 0.6);
  assert.ok((await loss(1)) < 0.6);
});
