// Usability: accessibility, keyboard, touch, phones and loading time.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { bits, check, epoch, isPlaying, onPage, open, press, reveal, type } from './browser.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Returns the violations that axe-core finds in the page or in a part of it, one per line. */
async function violations(page, part) {
  if (!(await page.evaluate(() => window.axe))) await page.evaluate(axe);
  const found = await page.evaluate(async (part) => (await axe.run(part ?? document, { iframes: false })).violations, part);
  return found.flatMap(({ id, impact, help, nodes }) => nodes.map((node) => `${impact}: ${id} (${help}) at ${node.target.join(' ')}`));
}

const STATES = {
  'a fresh page': 'data=circle',
  'the lecture': 'data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&test=0',
  'three classes, each with a kind of point': 'data=spiral3&loss=softmax&layers=5tanh,4relu&showtest=1',
};

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 390]) {
    onPage(`axe-core finds no violations: ${colorScheme}, ${width} pixels wide`, '', async (page) => {
      const all = [];
      for (const [state, hash] of Object.entries(STATES)) {
        await page.evaluate((hash) => (location.hash = hash), hash);
        await page.waitForTimeout(50);
        await page.evaluate(() => document.querySelectorAll('.panels details').forEach((panel) => (panel.open = true)));
        await check(page, 'annotate');
        await press(page, 'keep');
        await page.evaluate(() => playground.alert('Training stopped: a test of this message.', true));
        const add = async (where, part) => all.push(...(await violations(page, part)).map((line) => `${state}, ${where}: ${line}`));
        // The drawer is the same in all states.
        for (const tab of state === 'a fresh page' ? ['training', 'data', 'network', 'view', 'save'] : []) {
          await page.evaluate((tab) => playground.more.show(tab), tab);
          await add(`tab ${tab}`, '#drawer');
        }
        await page.evaluate(() => playground.more.show(''));
        await page.evaluate(() => playground.choose(2, true));
        await add('the page with the card');
        await page.evaluate(() => playground.card.close());
      }
      assert.deepEqual(all, []);
    }, { width, height: 900, colorScheme });
  }
}

onPage('axe-core finds no violations with a table and an exercise', '', async (page) => {
  await press(page, 'yours');
  await page.fill('#csv', 'weight,height,sex\n133,65,F\n160,72,M\n152,70,M\n');
  await page.click('#csv-read');
  assert.deepEqual(await violations(page), []);
  await press(page, 'more-close');
  await page.evaluate(() => playground.choose(2, true));
  await page.click('#quiz');
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
  await page.click('#lessons-button');
  await page.locator('#lessons-menu summary').click();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
  await page.click('[data-help=learning-rate]');
  assert.deepEqual(await violations(page), []);
});

test('axe-core finds no violations on the page for teachers', async () => {
  const { page, close } = await open('', { file: 'embed.html' });
  assert.deepEqual(await violations(page), []);
  await close();
});

/** Presses Tab until a control has the focus. */
async function tabTo(page, selector, most = 250) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
  }
  assert.fail(`Tab does not lead to ${selector}`);
}

onPage('the page works by keyboard', 'layers=2tanh', async (page) => {
  await tabTo(page, '#reset');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'play');
  const outline = await page.locator('#play').evaluate((button) => getComputedStyle(button).outlineStyle);
  assert.notEqual(outline, 'none', 'the focus is visible');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => playground.engine.epoch() > 3);
  await page.keyboard.press('Enter');
  const at = await epoch(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'step');
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter'); // reset
  assert.ok(at > 3 && (await epoch(page)) === 0);

  await tabTo(page, '#data input');
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.evaluate(() => playground.state.data), 'xor');
  await tabTo(page, '#inputs input[value="x1^2"]');
  await page.keyboard.press('Space');
  assert.equal(await page.evaluate(() => playground.state.inputs), 'x1,x2,x1^2');
  await page.keyboard.press('Space');
  // One line is in the order of Tab; the arrow keys lead to the others, and Enter opens the card.
  await tabTo(page, '.edge-target');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('#card').isVisible());
  assert.equal(await page.evaluate(() => playground.chosen), 1);
  const before = await bits(page);
  await tabTo(page, '#card-value');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('0.75');
  await page.keyboard.press('Enter');
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[1], 0.75);
  const after = await bits(page);
  assert.deepEqual(after.filter((word, i) => word !== before[i]).length, 1);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  assert.ok(await page.locator('#card').isHidden());
  assert.ok(await page.evaluate(() => document.activeElement.matches('.edge-target')), 'the focus returns to the line');
  await tabTo(page, '#more-button');
  await page.keyboard.press('Enter');
  await tabTo(page, '[role=tab]');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight'); // the tab Data
  await tabTo(page, '#own-panel > summary');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('#csv').isVisible());
});

onPage('training does not overwrite a value that is being typed', '', async (page) => {
  await page.evaluate(() => playground.choose(1, true));
  await page.click('#play');
  for (const selector of ['#card-value', '#parameters input >> nth=3', '#rate']) {
    await page.locator(selector).click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('2.5');
    await page.waitForTimeout(300);
    assert.equal(await page.locator(selector).inputValue(), '2.5', selector);
  }
});

for (const [width, height] of [[390, 844], [320, 600], [1024, 768], [1440, 900], [2560, 1440]]) {
  onPage(`nothing is wider than a screen of ${width} pixels`, 'data=spiral3&loss=softmax&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=8tanh,8tanh,8tanh,8tanh,8tanh,8tanh', async (page) => {
    const isNarrow = async (state) => {
      const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      assert.ok(needed <= there, `${state}: ${needed} pixels are needed, ${there} are there`);
    };
    await page.evaluate(() => document.querySelectorAll('details').forEach((panel) => (panel.open = true)));
    for (const tab of ['training', 'data', 'network', 'view', 'save', '']) {
      await page.evaluate((tab) => playground.more.show(tab), tab);
      await isNarrow(`with the tab ${tab}`);
    }
    await page.evaluate(() => playground.choose(2, true));
    await isNarrow('with the card');
  }, { width, height });
}

onPage('the page works by touch on a phone', 'data=gauss', async (page) => {
  await page.tap('#play');
  await page.waitForFunction(() => playground.engine.epoch() > 3);
  await page.tap('#play');
  assert.ok(!(await isPlaying(page)));
  await page.tap('#more-button');
  await page.tap('#tab-data');
  await page.locator('#brush').getByText('add B', { exact: true }).tap();
  await page.tap('#more-close');
  await page.locator('#points').tap({ position: { x: 60, y: 60 } });
  assert.equal(await page.evaluate(() => playground.points.length), 501);
  await page.locator('.pill').first().tap();
  await page.getByRole('button', { name: 'Add a neuron to layer 1' }).tap();
  assert.equal(await page.evaluate(() => playground.engine.layers().layers[0].neurons), 5);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
}, { width: 390, height: 844, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });

onPage('targets for touch are large enough', '', async (page) => {
  // WCAG 2.2 requires 24 pixels, except for inline links. The target of a box is its label; that of a small button may reach over its edge.
  const small = (within = 'body') => page.evaluate((within) => {
    const isWide = (node) => {
      node.scrollIntoView({ block: 'center' });
      const { left, top, width, height } = node.getBoundingClientRect();
      if (width >= 24 && height >= 24) return true;
      const [x, y] = [left + width / 2, top + height / 2];
      return [[-11.5, 0], [11.5, 0], [0, -11.5], [0, 11.5]].every(([dx, dy]) => node.contains(document.elementFromPoint(x + dx, y + dy)));
    };
    return Array.from(document.querySelectorAll(`${within} :is(button, select, input, summary)`))
      .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.matches('.bias'))
      .filter((node) => !isWide((node.matches('[type=checkbox], [type=radio], [type=file]') && node.closest('label')) || node))
      .map((node) => `${node.id || node.getAttribute('aria-label') || node.value || node.textContent}: ${JSON.stringify(node.getBoundingClientRect())}`);
  }, within);
  assert.deepEqual(await small(), []);
  // The drawer and the card are sheets over the output.
  for (const tab of ['training', 'data', 'network', 'view', 'save']) {
    await page.evaluate((tab) => playground.more.show(tab), tab);
    assert.deepEqual(await small('#drawer'), [], tab);
  }
  await page.evaluate(() => playground.more.show(''));
  await page.evaluate(() => playground.choose(2, true));
  assert.deepEqual(await small('#card'), [], 'the card');
}, { width: 390, height: 844, hasTouch: true, isMobile: true });

onPage('the theme follows the system', '', async (page) => {
  const { background, scheme } = await page.evaluate(() => ({ background: getComputedStyle(document.body).backgroundColor, scheme: matchMedia('(prefers-color-scheme: dark)').matches }));
  assert.ok(scheme && Math.max(...background.match(/\d+/g).slice(0, 3).map(Number)) < 60, background);
  await reveal(page, 'theme');
  assert.equal(await page.locator('#theme').innerText(), 'Light');
}, { colorScheme: 'dark' });

onPage('resizing the window redraws the page', '', async (page) => {
  for (const width of [800, 390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForFunction(() => {
      const canvas = document.getElementById('curves');
      return Math.abs(canvas.width - canvas.getBoundingClientRect().width) <= 1;
    });
  }
  await type(page, 'rate', 0.1);
});

// Its time depends on the machine: first.js measures it.
onPage('the first picture needs one round of requests', '', async (page) => {
  const [requested, listed] = await page.evaluate(() => {
    const picture = performance.getEntriesByName('first-picture')[0].startTime;
    const nameOf = (url) => new URL(url, location.href).pathname.split('/').at(-1);
    const listed = [...document.querySelectorAll('link[href], script[src]')].map((node) => nameOf(node.href || node.src));
    return [performance.getEntriesByType('resource').filter(({ startTime }) => startTime < picture).map(({ name }) => nameOf(name)), listed];
  });
  assert.ok(requested.includes('playground.wasm'));
  assert.deepEqual(requested.filter((name) => !listed.includes(name)), [], 'a file that the HTML does not name is requested late');
});

// A bias is beside its neuron, and does not take the clicks on the neuron's picture.
onPage('the centre of a neuron on a phone opens the neuron', '', async (page) => {
  for (const [name, index] of [['h1', 0], ['o1', 6]]) {
    const { x, y, width, height } = await page.locator('.face').nth(index).boundingBox();
    await page.touchscreen.tap(x + width / 2, y + height / 2);
    assert.equal(await page.locator('#card').getAttribute('aria-label'), `The formula of ${name}`);
    await page.click('#card-close');
  }
}, { width: 390, height: 844, hasTouch: true, isMobile: true });

onPage('the network, the output and the card are printed', 'data=people&layers=2sigmoid&loss=squared&card=1', async (page) => {
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 794, height: 1123 }); // A4
  const boxes = {};
  for (const id of ['net', 'map', 'card']) {
    await page.locator(`#${id}`).waitFor({ state: 'visible' });
    boxes[id] = await page.locator(`#${id}`).boundingBox();
  }
  assert.ok(boxes.card.y + boxes.card.height < 1123 && boxes.map.width > 200, JSON.stringify(boxes));
  const faces = await Promise.all((await page.locator('.face').all()).map((face) => face.boundingBox()));
  assert.ok(faces.every(({ y, height }) => y + height <= boxes.card.y), 'the card covers no neuron');
  assert.ok(faces[1].y - faces[0].y > 2 * faces[0].height, 'the neurons have room');
  const fixed = await page.evaluate(() => [...document.querySelectorAll('*')].filter((node) => node.checkVisibility() && getComputedStyle(node).position === 'fixed').map((node) => node.id));
  assert.deepEqual(fixed, [], 'a fixed part is printed over each page');
  await page.emulateMedia({ media: null });
  await page.setViewportSize({ width: 1440, height: 1000 });
});
