// A server for the files of the page, and a browser: Chromium without its windows, which halves the time. CHROMIUM=chromium
// takes the one with them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, dirname, extname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
export const wasm = join(here, '../wasm');
export const folder = process.env.PLAYGROUND ?? join(here, '../../../docs/playground');

const KINDS = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png' };
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

let started;

/** Returns the address of the server and the browser; starts them on first use. */
export function start() {
  started ??= (async () => {
    const server = createServer(async (request, response) => {
      const name = basename(new URL(request.url, 'http://localhost').pathname) || 'index.html';
      try {
        const bytes = name === 'empty.html' ? '<!doctype html><title>empty</title><link rel="icon" href="data:,">' : await readFile(join(folder, name));
        response.writeHead(200, { 'Content-Type': KINDS[extname(name)] ?? 'application/octet-stream', 'Cache-Control': 'max-age=3600' }).end(bytes);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({ executablePath: `/usr/bin/${process.env.CHROMIUM ?? 'chromium-headless-shell'}`, args: FLAGS });
    return { server, browser, origin: `http://127.0.0.1:${server.address().port}` };
  })();
  return started;
}

export async function stop() {
  if (!started) return;
  const { server, browser } = await started;
  await browser.close();
  server.close();
}

/** Opens a page in a new browser context with the given width; collects its errors in `problems`. */
async function blank({ width = 1440, height = 1000, ...options } = {}) {
  const { browser, origin } = await start();
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const problems = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`error in the page: ${error.stack ?? error}`));
  page.on('requestfailed', (request) => problems.push(`request failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${origin}/`)) problems.push(`request to ${request.url()}`);
  });
  return { page, problems, close: () => context.close() };
}

/** Opens the playground or another file in its folder, and waits until it is complete. */
export async function visit(page, hash = '', file = '') {
  const { origin } = await start();
  await page.goto('about:blank'); // otherwise another # would not reload the page
  await page.goto(`${origin}/${file}${hash && `#${hash}`}`);
  if (file === '') await page.waitForFunction(() => window.playground && !playground.isOpening);
}

/** Opens a new page. */
export async function open(hash = '', { file = '', ...options } = {}) {
  const opened = await blank(options);
  await visit(opened.page, hash, file);
  return opened;
}

let shared;
let isFirst = true;

/**
 * Defines a test on a page; any error on the page fails it. Tests without options run one after another in the same window,
 * which saves a second each; no state of the previous page remains.
 */
export function onPage(name, hash, f, options) {
  if (isFirst) after(stop);
  isFirst = false;
  test(name, async (t) => {
    const opened = options ? await blank(options) : (shared ??= await blank());
    const { page, problems } = opened;
    problems.length = 0;
    try {
      await visit(page, hash);
      await f(page, t);
    } catch (error) {
      if (problems.length > 0) error.message += `\nand in the page:\n${problems.join('\n')}`;
      throw error;
    } finally {
      if (options) await opened.close();
    }
    assert.deepEqual([...problems], []);
  });
}

// Functions that read and control a page.

/**
 * Replaces the page's frames and its clock, which depend on the machine's load, and returns a function that runs a number
 * of frames. The clock advances by half a millisecond whenever the page reads it.
 */
export async function takeFrames(page) {
  await page.evaluate(() => {
    const requested = [];
    let now = performance.now();
    window.requestAnimationFrame = (frame) => requested.push(frame);
    performance.now = () => (now += 0.5);
    window.runFrame = () => requested.splice(0).forEach((frame) => frame(now));
  });
  return (count) => page.evaluate((count) => { for (let i = 0; i < count; i++) runFrame(); }, count);
}

/** Returns the bits of the parameters. */
export const bits = (page) =>
  page.evaluate(() => {
    const words = new BigUint64Array(Float64Array.from(playground.engine.parameters()).buffer);
    return Array.from(words, (word) => word.toString(16).padStart(16, '0'));
  });

export const scores = (page) => page.evaluate(() => playground.engine.scores());
export const points = (page) => page.evaluate(() => playground.engine.points());
export const names = (page) => page.evaluate(() => playground.engine.names());
export const epoch = (page) => page.evaluate(() => playground.engine.epoch());
export const layers = (page) => page.evaluate(() => playground.engine.layers());
export const alertText = async (page) => ((await page.locator('#alert').isVisible()) ? page.locator('#alert-text').innerText() : '');

/** Opens the tab of the drawer and the panels that contain a control. */
export async function reveal(page, id) {
  await page.locator(`#${id}`).evaluate(async (node) => {
    const byId = (id) => document.getElementById(id);
    const tab = node.closest('[role=tabpanel]');
    const toggle = (panel) => new Promise((resolve) => {
      panel.addEventListener('toggle', resolve, { once: true });
      panel.querySelector('summary').click();
    });
    if (tab !== null) {
      if (byId('drawer').hidden) byId('more-button').click();
      const button = byId(tab.id.replace('more-', 'tab-'));
      if (button.getAttribute('aria-selected') !== 'true') button.click();
      // An open panel may take the place of the other controls of its tab.
      for (const other of tab.querySelectorAll('details[open]')) if (!other.contains(node)) await toggle(other);
    }
    const panels = [];
    for (let panel = node.closest('details'); panel; panel = panel.parentElement.closest('details')) panels.unshift(panel);
    for (const panel of panels) if (!panel.open) await toggle(panel);
  });
}

/** Types a value into a field and leaves the field. */
export async function type(page, id, text) {
  await reveal(page, id);
  await page.locator(`#${id}`).fill(String(text));
  await page.locator(`#${id}`).press('Tab');
}

/** Selects an option, by its value or as `selectOption` describes it. */
export async function select(page, id, option) {
  await reveal(page, id);
  await page.selectOption(`#${id}`, option);
}

/** Clicks a button. */
export async function press(page, id) {
  await reveal(page, id);
  await page.click(`#${id}`);
}

/** Checks or unchecks a box. */
export async function check(page, id, isChecked = true) {
  await reveal(page, id);
  await page.setChecked(`#${id}`, isChecked);
}

/** Selects a data set, on the first screen or in the drawer. */
export async function chooseData(page, name) {
  const parent = await page.locator(`.set input[value=${name}]`).evaluate((input) => input.closest('[id]').id);
  await reveal(page, parent);
  await page.click(`#${parent} label:has([value=${name}])`);
}

/** Clicks a feature of the network. */
export const feature = (page, key) => page.click(`.feature:has([value="${key}"])`);

/** Opens an example of the menu of lessons. */
export async function example(page, name) {
  await page.click('#lessons-button');
  const panel = page.locator('#lessons-menu details');
  if (!(await panel.evaluate((node) => node.open))) await panel.locator('summary').click();
  await panel.getByRole('button', { name, exact: true }).click();
}

/** Returns the state in the link that the page copies. */
export async function linkOf(page) {
  await press(page, 'link');
  return (await page.locator('#exported').inputValue()).split('#')[1] ?? '';
}

export const isPlaying = async (page) => (await page.locator('#play').getAttribute('aria-pressed')) === 'true';

/** Trains without frames. */
export const learn = (page, epochs) => page.evaluate((epochs) => playground.learn(() => playground.engine.learn(epochs)), epochs);

/** Unfolds a panel. */
export async function unfold(page, id) {
  if (await page.locator(`#${id}`).evaluate((panel) => panel.open)) return;
  const isToggled = page.locator(`#${id}`).evaluate((panel) => new Promise((resolve) => panel.addEventListener('toggle', resolve, { once: true })));
  await page.locator(`#${id} > summary`).click();
  await isToggled;
}

/** Plays until a condition on the page is true. */
export async function playUntil(page, condition, timeout = 20_000) {
  await page.click('#play');
  await page.waitForFunction(condition, null, { timeout, polling: 50 });
  await page.click('#play');
}

/** Presses Step `count` times. */
export async function step(page, count = 1) {
  for (let i = 0; i < count; i++) await page.click('#step');
}

/** Asserts that a message is a sentence for users, not an internal error. */
export function assertSentence(text, of) {
  assert.match(text, /\p{L}+ \p{L}+/u, `${of}: no sentence: ${JSON.stringify(text)}`);
  assert.doesNotMatch(text, /undefined|\[object|TypeError|Cannot read|is not a function|Failed to execute|panicked|unreachable/, of);
}

/** Asserts that the page works: it predicts, draws and trains. */
export async function assertWorks(page, of) {
  const { isLearnt, trainLoss } = await page.evaluate(() => {
    const press = (id) => document.getElementById(id).click();
    const values = () => playground.engine.parameters().join();
    press('reset');
    const before = values();
    press('step');
    press('step');
    return { isLearnt: values() !== before, trainLoss: playground.engine.scores().trainLoss };
  });
  assert.ok(isLearnt, `${of}: nothing is learnt`);
  assert.ok(Number.isFinite(trainLoss), `${of}: the loss is ${trainLoss}`);
  assert.match(await page.locator('#train-loss').innerText(), /^\d/, of);
}
