// The page equals the crate: a seed gives the same network without a browser, and exported models give the same predictions.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bits, folder, learn, names, onPage, press, reveal, wasm } from './browser.js';

const scratch = mkdtempSync(join(tmpdir(), 'playground-'));
after(() => rmSync(scratch, { recursive: true }));
const example = (name, ...options) =>
  execFileSync('cargo', ['run', '--quiet', '--locked', '--example', name, '--', ...options], { cwd: wasm, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

const NETS = {
  'the lecture': 'data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&test=0',
  'a spiral with all inputs': 'data=spiral&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=8tanh,8tanh&loss=cross&noise=0.1',
  'three arms, softmax, Adam, L2': 'data=spiral3&loss=softmax&layers=8relu,5silu&optimizer=adam&rate=0.01&l2=0.001&seed=42&dataseed=7',
  'hills, Huber, momentum, L1': 'data=hills&loss=huber&layers=6gelu,4softplus&optimizer=momentum&rate=0.01&l1=0.001&batch=32',
};

let native;
before(() => {
  native = JSON.parse(example('numbers', ...Object.values(NETS)));
});

const value = (word) => Buffer.from(word, 'hex').readDoubleBE();

Object.entries(NETS).forEach(([name, settings], i) => {
  onPage(`parameters equal those without a browser: ${name}`, '', async (page, t) => {
    await page.evaluate((settings) => playground.engine.begin(settings), settings);
    assert.deepEqual(await bits(page), native[i].initial, 'initial weights');
    await page.evaluate(() => playground.engine.learn(20));
    const [ours, theirs] = [await bits(page), native[i].trained];
    const size = Math.max(...theirs.map((word) => Math.abs(value(word))));
    const apart = Math.max(...ours.map((word, j) => Math.abs(value(word) - value(theirs[j])))) / size;
    t.diagnostic(`after 20 epochs ${ours.filter((word, j) => word !== theirs[j]).length} of ${ours.length} parameters differ, by ${apart} of the largest at most`);
    // With fused multiply-add a product and its sum are rounded once; WebAssembly has none and rounds twice: each
    // result differs by up to half a unit in the last place, a relative 1e-16, and training accumulates this. In these 500
    // steps it grows to 1e-14; wrong arithmetic would show in the first digits.
    assert.ok(apart < 1e-11, `after 20 epochs they differ by ${apart} of the largest`);
  });
});

test('the module is small', (t) => {
  const module = join(folder, 'playground.wasm');
  const [size, zipped] = [statSync(module).size, gzipSync(readFileSync(module), { level: 9 }).length];
  t.diagnostic(`playground.wasm: ${size} bytes, ${zipped} compressed`);
  assert.ok(zipped < 302_000, `${size} bytes, ${zipped} compressed`); // as a static file server sends it
});

/** Exports the model and returns the predictions of the crate and of the compiled Rust code. */
async function exported(page, places) {
  await press(page, 'json');
  const json = join(scratch, 'net.json');
  writeFileSync(json, await page.locator('#exported').inputValue());
  await press(page, 'rust');
  const rust = await page.locator('#exported').inputValue();
  writeFileSync(join(scratch, 'net.rs'), rust);
  // Class names are not numbers, and numbers can be integers.
  const calls = places.map((place) => `println!("{:?}", net::outputs([${place.map((x) => `${x} as f64`)}]));`);
  writeFileSync(join(scratch, 'main.rs'), `mod net;\nfn main() {\n${calls.join('\n')}\n${rust.includes('pub fn class') ? `println!("{}", net::class([${places[0].map((x) => `${x} as f64`)}]));` : ''}\n}\n`);
  execFileSync(process.env.RUSTC ?? 'rustc', ['--edition', '2021', '-D', 'warnings', '-o', join(scratch, 'main'), join(scratch, 'main.rs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = execFileSync(join(scratch, 'main'), { encoding: 'utf8' }).trim().split('\n');
  const byRust = lines.slice(0, places.length).map(JSON.parse);
  const byJson = example('answers', json, ...places.map(String)).trim().split('\n').map((line) => line.split(',').map(Number));
  return { byRust, byJson, named: lines[places.length] };
}

/** Asserts that predictions agree. For a single output, the Rust code returns only the probability of the second class. */
function assertAlike(got, expected, what) {
  got.forEach((answers, i) => {
    const wanted = answers.length === 1 && expected[i].length === 2 ? expected[i].slice(1) : expected[i];
    assert.equal(answers.length, wanted.length, what);
    answers.forEach((x, j) => assert.ok(Math.abs(x - wanted[j]) <= 1e-9 * Math.max(1, Math.abs(wanted[j])), `${what}: ${answers}, the page says ${expected[i]}`));
  });
}

const answers = async (page, places) => {
  const { shifts, units } = await names(page);
  return page.evaluate((all) => all.map(([x1, x2]) => playground.engine.answer(x1, x2)), places.map((place) => place.map((x, i) => (x - shifts[i]) / units[i])));
};

onPage('exported lecture gives the same predictions in the crate and in Rust', NETS['the lecture'], async (page) => {
  await learn(page, 200);
  const places = [[128, 63], [155, 68], [133.5, 65.25]];
  const expected = await answers(page, places);
  const { byRust, byJson, named } = await exported(page, places);
  assertAlike(byJson, expected, 'JSON');
  assertAlike(byRust, expected, 'Rust');
  assert.equal(named, expected[0][1] > 0.5 ? 'woman' : 'man');
});

async function table(page, text) {
  await reveal(page, 'csv');
  await page.fill('#csv', text);
  await page.click('#csv-read');
  await page.click('#csv-use');
  assert.equal(await page.locator('#csv-error').innerText(), '');
}

onPage('an exported table with three classes gives the same predictions', 'loss=softmax&optimizer=adam&layers=5tanh', async (page) => {
  const rows = Array.from({ length: 60 }, (_, i) => `${100 + (i % 20)},${(i * 7) % 13},${['so "so"', 'left\\right', 'Äpfel'][Math.floor((i % 20) / 7)]}`);
  await table(page, `"w ""x""",h\\t,side\n${rows.map((row) => row.replace('so "so"', '"so ""so"""')).join('\n')}\n`);
  await learn(page, 100);
  const places = [[101, 3], [110, 5.5], [119, 12]];
  const expected = await answers(page, places);
  const { byRust, byJson, named } = await exported(page, places);
  assertAlike(byJson, expected, 'JSON');
  // The crate's model applies softmax; the network in Rust returns logits.
  const softmax = (row) => {
    const parts = row.map((x) => Math.exp(x - Math.max(...row)));
    return parts.map((part) => part / parts.reduce((a, b) => a + b));
  };
  const sum = byRust[0].reduce((a, b) => a + b);
  assertAlike(Math.abs(sum - 1) < 1e-9 ? byRust : byRust.map(softmax), expected, 'Rust');
  const { classes } = await names(page);
  assert.equal(named, classes[expected[0].indexOf(Math.max(...expected[0]))]);
});

onPage('an exported regression gives the same predictions', 'loss=squared&layers=5tanh', async (page) => {
  await table(page, `a,b,c\n${Array.from({ length: 40 }, (_, i) => `${i / 3},${(i * i) % 7},${(50 + i * 1.1).toFixed(2)}`).join('\n')}\n`);
  await learn(page, 50);
  const places = [[1, 3], [5, 5.5], [11, 0]];
  const expected = await answers(page, places);
  const { byRust, byJson } = await exported(page, places);
  assertAlike(byJson, expected, 'JSON');
  assertAlike(byRust, expected, 'Rust');
});

onPage('a network with gelu is exported', 'layers=4gelu', async (page) => {
  await press(page, 'rust');
  assert.match(await page.locator('#exported').inputValue(), /fn gelu/);
  await press(page, 'json');
  assert.match(await page.locator('#exported').inputValue(), /gelu/);
});
