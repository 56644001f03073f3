// The first screen: everything in its place at each size, the network, its maps and lines, and the output.

import assert from 'node:assert/strict';
import { onPage } from './browser.js';

const SIZES = [[1440, 900], [1366, 650], [1024, 768], [720, 450], [390, 844]];
const DEEP = 'data=spiral3&loss=softmax&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=8tanh,8relu,8tanh,8tanh,8tanh,8tanh';

/** Returns the names of the parts that are not wholly within the window. */
const outside = (page, selectors) => page.evaluate((selectors) =>
  selectors.flatMap((selector) => [...document.querySelectorAll(selector)]).filter((node) => {
    const { left, top, right, bottom, width } = node.getBoundingClientRect();
    return width > 0 && (left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1);
  }).map((node) => node.id || node.className.baseVal || node.className), selectors);

for (const [width, height] of SIZES) {
  for (const hash of ['', DEEP]) {
    onPage(`network, output and Play are in a window of ${width} × ${height}: ${hash || 'default'}`, hash, async (page) => {
      const parts = ['.feature.neuron', '.neuron', '#plane', '#play', '#ticks-x', '#ticks-y', '.layers-head'];
      assert.deepEqual(await outside(page, parts), []);
      assert.equal(await page.evaluate(() => window.scrollY), 0);
      await page.click('#more-button');
      assert.deepEqual(await outside(page, [...parts, '#drawer']), [], 'with More open');
      await page.click('#more-close');
      await page.evaluate(() => playground.choose(0, true));
      assert.deepEqual(await outside(page, [...parts, '#card']), [], 'with the card open');
    }, { width, height });
  }

  onPage(`no two maps or controls of the first screen overlap at ${width} × ${height}`, DEEP, async (page) => {
    const overlaps = await page.evaluate(() => {
      const nodes = [...document.querySelectorAll('.first button:not(.q), .first select, .first input, .feature, .face, #points')]
        .filter((node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && !node.closest('#card, #drawer') && !node.matches('.bias, .feature input, .set input'));
      const boxes = nodes.map((node) => [node.id || node.getAttribute('aria-label') || node.textContent, node.getBoundingClientRect()]);
      return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([, q]) =>
        Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1 && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 1).map(([b]) => `${a} and ${b}`));
    });
    assert.deepEqual(overlaps, []);
  }, { width, height });
}

onPage('the first screen has fewer controls than 36', '', async (page) => {
  const controls = await page.evaluate(() =>
    [...document.querySelectorAll('.first :is(button, input, select)')].filter((node) => {
      const box = node.getBoundingClientRect();
      return node.checkVisibility() && box.width > 0 && box.bottom <= innerHeight && !node.matches('.face, .bias');
    }).map((node) => node.id || node.value || node.textContent));
  assert.ok(controls.length < 36, `${controls.length}: ${controls.join(', ')}`);
}, { width: 1440, height: 900 });

onPage('a click on a feature adds it to the network', '', async (page) => {
  await page.locator('.feature').nth(2).click();
  assert.equal(await page.evaluate(() => playground.state.inputs), 'x1,x2,x1^2');
  assert.equal(await page.evaluate(() => playground.engine.layers().inputs), 3);
  for (const index of [0, 1]) await page.locator('.feature').nth(index).click();
  await page.locator('.feature').nth(2).click();
  assert.equal(await page.evaluate(() => playground.state.inputs), 'x1^2', 'the last feature stays');
});

/** Returns the pixels of a canvas as text. */
const pixels = (page, id) => page.evaluate((id) => document.getElementById(id).toDataURL(), id);

onPage('pointing at a neuron or a feature shows its map in place of the output', '', async (page) => {
  const before = await pixels(page, 'map');
  for (const [selector, name] of [['.neuron:not(.feature) .face >> nth=2', 'h3'], ['.feature >> nth=3', 'x22']]) {
    await page.locator(selector).hover();
    assert.equal((await page.locator('#enlarged').textContent()).replace('²', '2'), name);
    assert.notEqual(await pixels(page, 'map'), before);
    await page.mouse.move(5, 5);
    assert.ok(await page.locator('#enlarged').isHidden());
    assert.equal(await pixels(page, 'map'), before);
  }
});

onPage('the focus enlarges a neuron as well', '', async (page) => {
  await page.locator('.face').first().focus();
  await page.keyboard.press('Tab');
  assert.ok(await page.locator('#enlarged').isVisible());
});

onPage('the map of an enlarged neuron is what the module computes', '', async (page) => {
  const worst = await page.evaluate(() => {
    const { network, engine } = playground;
    const cells = 60;
    const { values } = network.mapOf({ neuron: 1 }, cells);
    const all = engine.maps(cells);
    let worst = 0;
    values.forEach((value, cell) => (worst = Math.max(worst, Math.abs(value - all[(2 + 1) * cells * cells + cell]))));
    // A feature that the network uses has the same map as the page computes for it.
    const { values: x2 } = network.mapOf({ feature: 'x2' }, cells);
    x2.forEach((value, cell) => (worst = Math.max(worst, Math.abs(value - all[cells * cells + cell]))));
    return worst;
  });
  assert.ok(worst < 1e-5, `${worst}`);
});

onPage('the width of a line is the size of its weight, and its dashes are its sign', 'layers=2tanh', async (page) => {
  await page.evaluate(() => ['3', '-1.5', '0', '0.3', '-0.3', '0'].forEach((value, i) => playground.setParameter(i, value)));
  const lines = await page.locator('.edge').evaluateAll((all) => all.slice(0, 4).map((line) => [parseFloat(line.style.strokeWidth), line.classList.contains('negative')]));
  assert.deepEqual(lines.map(([, isNegative]) => isNegative), [false, true, false, true]);
  const widths = lines.map(([width]) => width);
  assert.ok(widths[0] > widths[1] && widths[1] > widths[2] && widths[2] === widths[3], widths.join());
});

onPage('lines are chosen by keyboard', '', async (page) => {
  await page.locator('.edge-target').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => playground.chosen), 1);
  assert.ok(await page.locator('#card').isVisible());
  await page.keyboard.press('Escape');
  assert.ok(await page.locator('#card').isHidden());
});

for (const reducedMotion of ['no-preference', 'reduce']) {
  onPage(`activity flows along the lines while the network learns: ${reducedMotion}`, '', async (page) => {
    const moving = () => page.evaluate(() => document.getAnimations().filter(({ animationName }) => animationName === 'flow').length);
    assert.equal(await moving(), 0);
    await page.click('#play');
    await page.waitForTimeout(300);
    const isMoving = (await moving()) > 0;
    assert.equal(isMoving, reducedMotion === 'no-preference');
    await page.click('#play');
    await page.waitForTimeout(100);
    assert.equal(await moving(), 0);
  }, { reducedMotion });
}

onPage('colours of classes are not colours of signs', '', async (page) => {
  for (const theme of ['light', 'dark']) {
    const apart = await page.evaluate((theme) => {
      playground.setTheme(theme);
      const { classes, fills, positive, negative } = playground.colours;
      const distance = (a, b) => Math.hypot(...a.map((x, i) => x - b[i]));
      return Math.min(...[...classes, ...fills].flatMap((colour) => [positive, negative].map((sign) => distance(colour, sign))));
    }, theme);
    assert.ok(apart > 50, `${theme}: ${apart}`);
  }
});

onPage('the output has ticks, names of its axes and a legend', 'data=people&layers=2sigmoid&test=0', async (page) => {
  const texts = (selector) => page.locator(selector).allTextContents();
  const ticks = await texts('#ticks-x span');
  assert.equal(ticks.length, 5);
  const numbers = ticks.map((text) => Number(text.replace('−', '-')));
  assert.ok(numbers.every((x, i) => i === 0 || x > numbers[i - 1]), ticks.join());
  assert.equal(numbers[2], 135, 'the mean weight of the lecture is in the middle');
  assert.deepEqual([await page.locator('#axis-x').textContent(), await page.locator('#axis-y').textContent()], ['weight', 'height']);
  assert.deepEqual((await texts('#legend span')).map((text) => text.trim()), ['man', 'woman']);
  assert.ok(await page.locator('#legend i').isVisible());
});

onPage('the loss curve tells the losses of the epoch under the pointer', '', async (page) => {
  await page.evaluate(() => { for (let i = 0; i < 20; i++) playground.learn(() => playground.engine.learn(1)); });
  const curves = page.locator('#curves');
  const { width, height } = await curves.boundingBox();
  await curves.hover({ position: { x: width - 3, y: height / 2 } });
  const { trainLoss } = await page.evaluate(() => playground.scores);
  const text = await page.locator('#curve-at').textContent();
  assert.match(text, /^epoch 20: training /);
  assert.ok(text.includes(String(Number(trainLoss.toPrecision(3)))), text);
  await curves.hover({ position: { x: 39, y: height / 2 } });
  assert.match(await page.locator('#curve-at').textContent(), /^epoch 0: /);
  await page.mouse.move(5, 5);
  assert.ok(await page.locator('#curve-at').isHidden());
});

onPage('the loss surface is that of the module, with the path of training', 'panels=surface-panel', async (page) => {
  await page.evaluate(() => { for (let i = 0; i < 10; i++) playground.learn(() => playground.engine.learn(1)); });
  await page.waitForFunction(() => /loss from/.test(document.getElementById('surface-about').textContent) && !playground.surface.isBusy);
  const expected = await page.evaluate(() => {
    const losses = playground.engine.surface(0, 1, 4, 28);
    return [Math.min(...losses), Math.max(...losses)].map((loss) => String(Number(loss.toPrecision(3))));
  });
  const about = await page.locator('#surface-about').textContent();
  assert.ok(about.includes(`loss from ${expected[0]} (light) to ${expected[1]} (dark)`), `${about}; ${expected}`);
  assert.equal(await page.evaluate(() => playground.surface.path.length), 11, 'the path is recorded from the first epoch');
  // Other axes show their own path at once.
  await page.selectOption('#surface-x', '5');
  assert.equal(await page.evaluate(() => playground.surface.path.length), 11);
  assert.match(await page.evaluate(() => location.hash), /surface=5,1,4/);
});

onPage('a swipe on the plot scrolls the page on a phone', '', async (page) => {
  assert.equal(await page.locator('#plane').evaluate((plane) => getComputedStyle(plane).touchAction), 'pan-y');
  await page.evaluate(() => playground.more.show('data'));
  await page.locator('#brush').getByText('add B', { exact: true }).tap();
  assert.equal(await page.locator('#plane').evaluate((plane) => getComputedStyle(plane).touchAction), 'none', 'it draws while the brush is on');
}, { width: 390, height: 844, hasTouch: true, isMobile: true });

onPage('a weight and a bias of zero are neutral, neither positive nor negative', 'init=zeros', async (page) => {
  const colour = (selector, property) => page.locator(selector).first().evaluate((node, property) => getComputedStyle(node)[property], property);
  const read = async () => [await colour('.edge', 'stroke'), await colour('.bias', 'backgroundColor')];
  const seen = [await read()];
  for (const value of ['1', '-1', '0']) {
    await page.evaluate((value) => [0, 2].forEach((index) => playground.setParameter(index, value)), value);
    seen.push(await read());
  }
  const [zero, positive, negative, again] = seen;
  assert.deepEqual(again, zero);
  for (const i of [0, 1]) assert.equal(new Set([zero[i], positive[i], negative[i]]).size, 3, `${[zero[i], positive[i], negative[i]]}`);
});
