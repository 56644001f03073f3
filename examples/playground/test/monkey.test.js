// A monkey: 5,000 random actions leave a page that works. Its seed is in the message; MONKEY sets another.

import assert from 'node:assert/strict';
import { alertText, assertWorks, onPage } from './browser.js';

const ACTIONS = 5000;
const CHUNK = 250;
const SEED = Number(process.env.MONKEY ?? 20261127);

/** Runs in the page: performs actions, which `random` chooses; returns the last of them, for the message of a failure. */
function monkey({ from, count, seed }) {
  // xorshift: the same actions for the same seed.
  let x = (seed * 2654435761 + from * 40503 + 1) >>> 0 || 1;
  const random = () => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x / 2 ** 32;
  };
  const pick = (list) => list[Math.floor(random() * list.length)];
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  // By attributes, since measuring would lay out the page for each action; what a style hides may be clicked, too.
  const isThere = (node) => !node.disabled && !node.closest('[hidden], details:not([open]) > :not(summary)');
  /** Picks one that is visible; most are, so that few have to be asked. */
  const pickThere = (nodes) => {
    for (let i = 0; i < 20 && nodes.length > 0; i++) {
      const node = pick(nodes);
      if (isThere(node)) return node;
    }
    return undefined;
  };
  const GARBAGE = ['', ' ', '0', '-1', '1e308', '-1e308', '1e999', 'NaN', '0,5', '−2', '0.003', '7', '40', 'x'.repeat(200), '<b>', '%00', '1;2', '🙂', '99999999999999999999'];
  const HASHES = ['', 'data=xor', 'data=hills&loss=huber', 'data=spiral3&loss=softmax&layers=', 'layers=8gelu,8gelu', 'loss=hinge&speed=max', 'rate=-1&speed=-5', 'w=AAAA',
    'data=own', 'points=!!', 'card=1&parameter=3', 'more=save&theme=dark', 'frozen=1,2,999', 'panels=surface-panel,quality-panel', 'inputs=x9', 'layers=3relu&rate=1000', '%%%'];
  const TABLES = ['a,b,c\n1,1,B\n2,4,B\n3,9,C\n4,2,C\n5,3,B\n', 'a,b,c\n1,2,0.5\n2,3,0.7\n3,1,1.9\n4,1,5\n5,3,7\n6,2,8\n7,7,9\n', 'a\n1', '', 'x,y,z\n1,1,1\n1,1,1\n', ',,,\n"'];
  const fire = (node, type, Kind, options) => node.dispatchEvent(new Kind(type, { bubbles: true, cancelable: true, composed: true, ...options }));
  const pointer = (node, type, [x, y]) => fire(node, type, PointerEvent, { clientX: x, clientY: y, pointerId: 1, pointerType: 'mouse', buttons: type === 'pointerup' ? 0 : 1 });
  const place = (node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return [left + random() * width, top + random() * height];
  };
  const change = (node, value) => {
    if (random() < 0.2) node.focus();
    node.value = value;
    fire(node, 'input', Event);
    fire(node, 'change', Event);
  };
  const choose = (node) => {
    const options = [...node.options].map((option) => option.value);
    if (options.length > 0) change(node, pick(options));
    return `${node.id || node.ariaLabel} = ${node.value}`;
  };
  const isText = (node) => node.matches('input:not([type=checkbox], [type=radio], [type=file], [type=range]), textarea');
  // A link of the page would leave it, or open a window.
  const CLICKED = 'button, summary, .set input, .feature input, input[type=checkbox], input[type=radio], .edge-target';
  const ACTS = {
    click: () => {
      const node = pickThere(all(CLICKED));
      if (node === undefined) return 'nothing';
      if (random() < 0.2) node.focus({ preventScroll: true });
      if (node.click) node.click();
      else fire(node, 'click', MouseEvent);
      return node.id || node.ariaLabel || node.value || node.textContent.slice(0, 30);
    },
    setting: () => choose(pick(all('#drawer select:not([id^=csv]), #rail select'))),
    loss: () => choose(byId('loss')),
    data: () => {
      const node = pick(all('.set input'));
      node.click();
      return node.value;
    },
    range: () => {
      const node = pick(all('#noise, #test').filter((node) => !node.disabled));
      if (node) change(node, String(random() * 0.9));
      return node?.id;
    },
    select: () => choose(pick(all('select'))),
    type: () => {
      const node = pickThere(all('input, textarea').filter(isText));
      if (!node) return 'nothing';
      const text = pick(GARBAGE);
      try {
        change(node, node.matches('[type=number]') && !Number.isFinite(Number(text)) ? '' : text);
      } catch { /* a number field refuses it */ }
      return `${node.id || node.ariaLabel}: ${text.slice(0, 20)}`;
    },
    setValue: () => {
      const node = pickThere(all('#parameters input, #card-value'));
      if (!node) return 'nothing';
      change(node, String(10 ** (random() * 4 - 2) * pick([1, -1])));
      return node.ariaLabel;
    },
    key: () => {
      const node = pick([document.activeElement ?? document.body, byId('points'), byId('drawer'), ...all('.edge-target').slice(0, 3)]);
      const key = pick(['Escape', 'Enter', ' ', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'Tab', 'a', 'z', 'Delete']);
      fire(node, 'keydown', KeyboardEvent, { key, ctrlKey: key === 'z', shiftKey: random() < 0.1 });
      fire(node, 'keyup', KeyboardEvent, { key });
      return `${key} at ${node.id || node.tagName}`;
    },
    plane: () => {
      const brush = pick(all('#brush input'));
      if (random() < 0.5) brush.click();
      const node = byId('points');
      node.setPointerCapture = () => {}; // there is no real pointer
      pointer(node, 'pointerdown', place(node));
      for (let i = random() * 3; i > 0; i--) pointer(node, 'pointermove', place(node));
      pointer(node, pick(['pointerup', 'pointerup', 'pointercancel']), place(node));
      return brush.value;
    },
    hover: () => {
      const node = pickThere(all('.face, .feature, .edge-target, .chain button, #curves'));
      if (!node) return 'nothing';
      fire(node, 'pointerenter', PointerEvent, { pointerType: 'mouse' });
      fire(node, 'pointermove', PointerEvent, { pointerType: 'mouse', clientX: place(node)[0] });
      if (random() < 0.5) fire(node, 'pointerleave', PointerEvent, { pointerType: 'mouse' });
      return node.ariaLabel ?? node.id;
    },
    hash: () => {
      const text = pick(HASHES);
      history.replaceState(null, '', `#${text}`);
      fire(window, 'hashchange', Event);
      return text;
    },
    play: () => (byId('play').click(), ''),
    step: () => (byId('step').click(), ''),
    train: () => (playground.learn(() => playground.engine.learn(1 + Math.floor(random() * 3))), ''),
    undo: () => (byId('undo').click(), ''),
    reset: () => (byId('reset').click(), ''),
    table: () => {
      byId('csv').value = pick(TABLES);
      byId('csv-read').click();
      for (const id of ['csv-x1', 'csv-x2', 'csv-target', 'csv-kind']) if (random() < 0.3) choose(byId(id));
      byId('csv-use').click();
      return byId('csv-error').textContent;
    },
    panel: () => {
      const node = pick(all('details'));
      node.open = !node.open;
      return node.id;
    },
  };
  const WEIGHTS = { click: 30, setting: 8, loss: 4, data: 4, range: 2, select: 3, type: 10, setValue: 4, key: 8, plane: 8, hover: 5, hash: 2, play: 5, step: 4, train: 3, undo: 6, reset: 2, table: 1, panel: 2 };
  const names = Object.entries(WEIGHTS).flatMap(([name, weight]) => Array(weight).fill(name));
  const log = (window.monkeyLog ??= []);
  window.monkeyDone ??= { counts: {}, data: new Set(), losses: new Set() };
  for (let i = 0; i < count; i++) {
    const name = pick(names);
    log.push(`${from + i} ${name}`);
    try {
      log[log.length - 1] += `: ${ACTS[name]()}`;
    } catch (error) {
      // As for an error in an event.
      window.dispatchEvent(new ErrorEvent('error', { error, message: error.message, cancelable: true })) && (window.monkeyError ??= `${error.stack}`);
    }
    const { counts, data, losses } = window.monkeyDone;
    counts[name] = (counts[name] ?? 0) + 1;
    data.add(playground.state.data);
    losses.add(playground.state.loss);
  }
  log.splice(0, log.length - 30);
}

onPage(`${ACTIONS} random actions leave a page that works`, '', async (page, t) => {
  const start = Date.now();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
  page.on('dialog', (dialog) => dialog.dismiss());
  // Most of the time would go into the layout of what is below the window.
  await page.addStyleTag({ content: 'article, .panels > details { content-visibility: auto; contain-intrinsic-height: 400px }' });
  for (let from = 0; from < ACTIONS; from += CHUNK) {
    await page.evaluate(monkey, { from, count: CHUNK, seed: SEED });
    await page.waitForTimeout(20); // frames, the surface, lessons
    const wrong = (await page.evaluate(() => window.monkeyError)) ?? errors[0];
    const log = await page.evaluate(() => window.monkeyLog.join('\n'));
    assert.equal(wrong, undefined, `seed ${SEED}, before action ${from + CHUNK}:\n${log}`);
  }
  const done = await page.evaluate(() => ({ counts: window.monkeyDone.counts, data: [...window.monkeyDone.data], losses: [...window.monkeyDone.losses], runs: playground.runs.length }));
  t.diagnostic(`${((Date.now() - start) / 1000).toFixed(0)} s; ${JSON.stringify(done)}`);
  assert.deepEqual(done.data.filter((name) => name !== 'own').sort(), ['circle', 'formula', 'gauss', 'hills', 'people', 'plane', 'spiral', 'spiral3', 'xor']);
  assert.deepEqual(done.losses.sort(), ['absolute', 'cross', 'hinge', 'huber', 'softmax', 'squared']);

  // The state that the monkey left works, or says why not; a fresh link in the same page works.
  const text = await alertText(page);
  if (text !== '') assert.match(text, /\p{L}+ \p{L}+/u);
  await page.keyboard.press('Escape');
  await page.evaluate(() => (location.hash = 'data=circle&layers=3tanh&theme=light'));
  await page.waitForFunction(() => playground.state.layers === '3tanh' && playground.state.data === 'circle');
  await assertWorks(page, `after ${ACTIONS} actions, seed ${SEED}`);
  await page.click('#play');
  await page.waitForFunction(() => playground.engine.epoch() > 5);
  await page.click('#play');
}, { width: 1100, height: 800, deviceScaleFactor: 1 });
