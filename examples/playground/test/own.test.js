// Custom data: tables that are pasted, dropped and chosen, and points set by hand; and training that diverges.

import assert from 'node:assert/strict';
import {
  alertText, assertSentence, assertWorks, bits, check, chooseData, isPlaying, layers, learn, names, onPage, playUntil, points, press, reveal, scores, select, step, type, unfold, visit,
} from './browser.js';

const PEOPLE = 'weight,height,sex\n133,65,F\n160,72,M\n152,70,M\n120,60,F\n180,71,M\n110,63,F\n';
const NUMBERS = `a,b,c\n${Array.from({ length: 40 }, (_, i) => `${i % 7},${(i * i) % 11},${i * 0.37}`).join('\n')}\n`;

async function paste(page, text) {
  await reveal(page, 'csv');
  await page.fill('#csv', text);
  await page.click('#csv-read');
}

async function use(page, columns = [], kind) {
  for (const [i, name] of columns.entries()) await page.selectOption(`#${['csv-x1', 'csv-x2', 'csv-target'][i]}`, name);
  if (kind) await page.selectOption('#csv-kind', kind);
  await page.click('#csv-use');
}

const problem = (page) => page.locator('#csv-error').innerText();

onPage('a pasted table has named classes', '', async (page) => {
  await paste(page, PEOPLE);
  assert.equal(await problem(page), '');
  assert.deepEqual(await page.locator('#csv-target option').allTextContents(), ['weight', 'height', 'sex']);
  assert.equal(await page.locator('#csv-kind').inputValue(), '1', 'two texts are classes');
  await use(page);
  assert.equal(await problem(page), '');
  const { names: axes, target, classes, shifts } = await names(page);
  assert.deepEqual([axes, target, classes], [['weight', 'height'], 'sex', ['F', 'M']]);
  assert.equal((await points(page)).length, 6);
  assert.ok(Math.abs(shifts[0] - 142.5) < 1e-9, 'the mean weight');
  assert.match(await page.locator('#legend').innerText(), /F\s+M/);
  assert.match(await page.locator('#axis-x').innerText(), /weight/);
  assert.deepEqual((await page.locator('#brush label').allTextContents()).slice(1, 3), ['add F', 'add M']);
  await assertWorks(page, 'people pasted');
  await unfold(page, 'ask-panel');
  assert.match(await page.locator('#ask-name-1').innerText(), /weight/);
  await page.fill('#ask-1', '133');
  await page.fill('#ask-2', '65');
  await page.locator('#ask-2').press('Enter');
  assert.match(await page.locator('#ask-answer').innerText(), /133.*65.*F [\d.]+ %, M [\d.]+ %/);
});

onPage('columns are chosen, and the target is a number', '', async (page) => {
  await paste(page, NUMBERS);
  assert.equal(await page.locator('#csv-kind').inputValue(), '0', 'forty numbers are no classes');
  await use(page, ['c', 'a', 'b']);
  assert.equal(await problem(page), '');
  const { names: axes, target, classes } = await names(page);
  assert.deepEqual([axes, target, classes], [['c', 'a'], 'b', []]);
  assert.equal(await page.locator('.quality').innerText(), 'R²');
  assert.deepEqual((await layers(page)).layers.at(-1), { neurons: 1, activation: 'identity' });
  await assertWorks(page, 'numbers');
  await use(page, ['a', 'a', 'b']);
  assertSentence(await problem(page), 'a column twice');
  await use(page, ['a', 'c', 'c']);
  await assertWorks(page, 'the target as an input');
});

onPage('a table can be dropped', '', async (page) => {
  await reveal(page, 'csv');
  const transfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'people.csv', { type: 'text/csv' }));
    return transfer;
  }, PEOPLE);
  await page.dispatchEvent('#drop', 'dragenter', { dataTransfer: transfer });
  assert.match(await page.locator('#drop').getAttribute('class'), /over/);
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
  await page.locator('#csv-columns').waitFor();
  assert.doesNotMatch(await page.locator('#drop').getAttribute('class'), /over/);
  await use(page);
  assert.deepEqual((await names(page)).classes, ['F', 'M']);
  await assertWorks(page, 'people dropped');
});

onPage('a file can have commas, semicolons or tabs', '', async (page) => {
  await reveal(page, 'csv');
  for (const separator of [',', ';', '\t']) {
    await page.setInputFiles('#csv-file', { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(PEOPLE.replaceAll(',', separator)) });
    await page.waitForFunction((text) => document.getElementById('csv').value === text, PEOPLE.replaceAll(',', separator));
    assert.equal(await problem(page), '', JSON.stringify(separator));
    await use(page);
    assert.deepEqual((await names(page)).classes, ['F', 'M']);
  }
  await assertWorks(page, 'people from a file');
});

onPage('rows with missing values are left out', '', async (page) => {
  await paste(page, `${PEOPLE},70,M\n150,NA,F\n`);
  await use(page);
  assert.equal(await problem(page), '');
  assert.equal((await points(page)).length, 6);
});

// For each: what is wrong, the table, and optionally the kind of its last column.
const HOSTILE = [
  ['nothing', ''],
  ['spaces', '  \n\n  '],
  ['a column', 'a\n1\n2\n'],
  ['two columns', 'a,b\n1,2\n3,4\n'],
  ['names alone', 'a,b,c\n'],
  ['texts where numbers are needed', 'a,b,c\nred,1,x\nblue,2,y\n'],
  ['texts to be predicted as numbers', 'a,b,c\n1,1,x\n2,2,y\n', '0'],
  ['ragged rows', 'a,b,c\n1,2,x\n1,2\n1,2,3,4\n'],
  ['1e400', 'a,b,c\n1e400,1,x\n2,3,y\n4,5,x\n'],
  ['NaN', 'a,b,c\nNaN,1,x\ninf,3,y\n'],
  ['binary garbage', 'PK\u0003\u0004\u0000\u0014\u0008\u0000\ufffd\ufffd\u0000\u0001\n\u0000\u0007\ufffd,,\u0000\n'],
  ['one class', 'a,b,c\n1,2,x\n2,3,x\n3,1,x\n'],
  ['seven classes', `a,b,c\n${'pqrstuv'.split('').map((name, i) => `${i},${i * i},${name}`).join('\n')}\n`],
  ['quotes left open', 'a,b,c\n1,2,"x\n2,3,y\n'],
  ['all rows lacking', 'a,b,c\n,1,x\n2,,y\n'],
  ['one row', 'a,b,c\n1,2,x\n'],
];

onPage('the first row of a table without names is kept', '', async (page) => {
  const done = () => page.locator('#csv-done').innerText();
  for (const rows of ['133,65,1\n160,72,2\n152,72,1\n120,60,2\n', '133;6,5;1\n160;7,2;2\n152;7,0;1\n120;6,0;2\n', '1\t1\t1\n2\t3\t2\n2\t4\t1\n1\t2\t2\n']) {
    await paste(page, rows);
    assert.equal(await problem(page), '');
    assert.equal((await points(page)).length, 4, rows);
    assert.deepEqual((await names(page)).names, ['column 1', 'column 2']);
    assert.ok(!(await page.isChecked('#csv-header')));
    assert.match(await done(), /^4 rows are in use: 2 for training, 2 for testing\. The first row is one of them: the table has no names\.$/);
  }
  await page.check('#csv-header');
  assert.equal((await points(page)).length, 3, 'its names are numbers');
  assert.deepEqual((await names(page)).names, ['1', '1 (2)']);
  await paste(page, PEOPLE);
  assert.ok(await page.isChecked('#csv-header'), 'names in another table');
  assert.equal((await points(page)).length, 6);
  await page.uncheck('#csv-header');
  assert.match(await problem(page), /column/, 'the names are no numbers');
  await paste(page, '133,65,F\n160,72,M\n152,70,M\n120,60,F\n');
  await page.uncheck('#csv-header');
  assert.equal((await points(page)).length, 4, 'classes in the first row');
  assert.deepEqual((await names(page)).classes, ['F', 'M']);
  await assertWorks(page, 'a table without names');
});

onPage('the second column of a name is renamed', '', async (page) => {
  await paste(page, 'a,a,c\n1,"2,5",x\n2,"3,5",y\n3,"1,5",x\n');
  assert.deepEqual(await page.locator('#csv-target option').allTextContents(), ['a', 'a (2)', 'c']);
  await use(page);
  assert.equal(await problem(page), '');
  assert.deepEqual((await names(page)).names, ['a', 'a (2)']);
  await assertWorks(page, 'two columns of one name');
});

onPage('invalid tables are refused', 'loss=softmax', async (page, t) => {
  for (const [what, text, kind] of HOSTILE) {
    await t.test(what, async () => {
      const now = async () => [await bits(page), await page.locator('#loss').inputValue()];
      let before = await now();
      await paste(page, text);
      if ((await problem(page)) === '' && (await page.locator('#csv-columns').isVisible())) {
        before = await now(); // the table is in use with classes
        await use(page, [], kind);
      }
      assertSentence(await problem(page), what);
      assert.deepEqual(await now(), before, 'all is as it was');
      await assertWorks(page, what);
    });
  }
  await paste(page, PEOPLE);
  await use(page);
  assert.deepEqual((await names(page)).classes, ['F', 'M'], 'and another table can be read');
  await assertWorks(page, 'another table after those refused');
});

// A constant column is accepted: all points lie on a line.
onPage('a table is in use as soon as it is read, with its likely columns', '', async (page) => {
  await paste(page, 'name,weight,height,sex\nAnn,133,65,F\nBo,160,72,M\nCy,152,70,M\nDi,120,60,F\n');
  assert.deepEqual((await names(page)).names, ['weight', 'height']);
  assert.deepEqual((await names(page)).classes, ['F', 'M']);
  assert.equal((await points(page)).length, 4);
});

onPage('a table can have a constant column', '', async (page) => {
  await paste(page, 'a,b,c\n1,2,x\n1,3,y\n1,4,x\n1,5,y\n');
  await use(page);
  if ((await problem(page)) !== '') assertSentence(await problem(page), 'a constant column');
  else assert.ok((await points(page)).every((point) => point.x1 === 0 && Number.isFinite(point.x2)));
  await assertWorks(page, 'a constant column');
});

onPage('files of 6 MB and binary files are refused', '', async (page) => {
  await reveal(page, 'csv');
  const files = { 'six.csv': Buffer.from(`a,b,c\n${'1,2,x\n'.repeat(1e6)}`), 'picture.png': Buffer.from(Uint8Array.from({ length: 3000 }, (_, i) => (i * i * 31) % 256)) };
  for (const [name, buffer] of Object.entries(files)) {
    await page.fill('#csv', '');
    await page.setInputFiles('#csv-file', { name, mimeType: 'text/csv', buffer });
    await page.waitForFunction(() => document.getElementById('csv-error').textContent !== '');
    assertSentence(await problem(page), name);
    await assertWorks(page, name);
  }
});

onPage('a table of five megabytes does not stop the page', '', async (page) => {
  await reveal(page, 'csv');
  const rows = Array.from({ length: 20_000 }, (_, i) => `${(i * 37) % 1013},${(i * 91) % 997},${i % 2 ? 'even' : 'odd'}`);
  await page.setInputFiles('#csv-file', { name: 'many.csv', mimeType: 'text/csv', buffer: Buffer.from(`a,b,c\n${rows.join('\n')}\n`) });
  await page.locator('#csv-columns').waitFor();
  await use(page);
  if ((await problem(page)) !== '') assertSentence(await problem(page), 'many rows');
  await assertWorks(page, 'many rows');
});

// Names from a table are text and never HTML.
const TAGS = '<img src=x onerror=window.hacked=1>,<script>window.hacked=1</script>,"<b onmouseover=window.hacked=1>c</b>"\n' +
  '1,2,<script>window.hacked=2</script>\n2,3,"""><img src=x onerror=window.hacked=3>"\n3,1,<script>window.hacked=2</script>\n4,4,"""><img src=x onerror=window.hacked=3>"\n';
const injected = (page) => page.evaluate(() => [window.hacked, document.querySelectorAll('main script, main img, main b[onmouseover]').length]);

onPage('names with HTML tags are shown as text', '', async (page) => {
  await paste(page, TAGS);
  await use(page);
  assert.equal(await problem(page), '');
  assert.equal((await names(page)).classes.length, 2);
  for (const id of ['quality-panel', 'ask-panel', 'surface-panel']) await unfold(page, id);
  await check(page, 'annotate');
  await page.fill('#ask-1', '1');
  await page.fill('#ask-2', '2');
  await page.locator('#ask-2').press('Enter');
  for (const id of ['json', 'rust', 'embed', 'link']) await press(page, id);
  await assertWorks(page, 'tags');
  assert.deepEqual(await injected(page), [undefined, 0]);
  const link = await page.locator('#exported').inputValue();
  await visit(page, link.split('#')[1]);
  assert.equal((await names(page)).classes.length, 2);
  assert.deepEqual(await injected(page), [undefined, 0]);
});

onPage('names can have tabs, line breaks and commas', '', async (page) => {
  await paste(page, '"a, of\tall","b\nnext","c"\n1,2,"x\ty"\n2,3,"z\nw"\n3,1,"x\ty"\n4,1,"z\nw"\n');
  if (await page.locator('#csv-columns').isVisible()) await use(page);
  const text = await problem(page);
  if (text !== '') assertSentence(text, 'odd names');
  else {
    const { names: axes, classes, size } = await names(page);
    assert.deepEqual([axes.length, classes.length, size > 0], [2, 2, true]);
  }
  await assertWorks(page, 'odd names');
});

// Points by hand.

/** Returns the position of a point of the plane on the screen. */
async function place(page, x1, x2) {
  await page.locator('#points').evaluate((plane) => plane.scrollIntoView({ block: 'center' }));
  const { x, y, width, height } = await page.locator('#points').boundingBox();
  const { size } = await names(page);
  return [x + ((x1 / size + 1) / 2) * width, y + ((1 - x2 / size) / 2) * height];
}
async function brush(page, name) {
  await reveal(page, 'brush');
  await page.locator('#brush').getByText(name, { exact: true }).click();
}
const isNear = (point, x1, x2) => Math.hypot(point.x1 - x1, point.x2 - x2) < 0.05;

onPage('points can be added, moved and erased', 'data=gauss', async (page) => {
  await step(page, 30);
  const trained = await bits(page);
  await brush(page, 'add A');
  await page.mouse.click(...(await place(page, -5, 5)));
  let all = await points(page);
  assert.equal(all.length, 501);
  assert.ok(isNear(all.at(-1), -5, 5) && all.at(-1).target === 0 && !all.at(-1).isTest);
  assert.deepEqual(await bits(page), trained, 'the network is unchanged');
  await brush(page, 'move');
  await page.mouse.move(...(await place(page, -5, 5)));
  await page.mouse.down();
  await page.mouse.move(...(await place(page, 0, 5)), { steps: 4 });
  await page.mouse.move(...(await place(page, 5, -5)), { steps: 4 });
  await page.mouse.up();
  await page.mouse.move(...(await place(page, 3, -3)));
  all = await points(page);
  assert.equal(all.length, 501);
  assert.ok(isNear(all.at(-1), 5, -5), 'moved to where it was released');
  await brush(page, 'erase');
  await page.mouse.click(...(await place(page, 5, -5)));
  assert.equal((await points(page)).length, 500);
  await page.mouse.click(...(await place(page, 5, -5)));
  assert.equal((await points(page)).length, 500, 'nothing to erase');
  assert.deepEqual(await bits(page), trained);
  await assertWorks(page, 'points by hand');
});

onPage('a click on a point selects its sample, a click elsewhere shows the prediction', 'data=people', async (page) => {
  await page.mouse.click(...(await place(page, 17, 4)));
  assert.equal(await page.locator('#sample').inputValue(), '3');
  await page.mouse.click(...(await place(page, -20, 20)));
  const answer = page.getByText(/woman \d+\.\d %/).first();
  assert.ok((await answer.count()) > 0 && (await answer.isVisible()), 'the prediction is visible');
});

onPage('the prediction at the mouse is shown in the place of that of a click', 'data=gauss', async (page) => {
  const text = () => page.locator('#prediction').innerText();
  const boxes = () => page.evaluate(() => ['plane', 'points', 'legend', 'curves'].map((id) => JSON.stringify(document.getElementById(id).getBoundingClientRect())));
  assert.equal(await text(), '');
  const places = [await place(page, -3, 3), await place(page, 2, 1.5), await place(page, 0, -5)];
  const before = await boxes();
  await page.mouse.move(...places[0]);
  assert.match(await text(), /^x1 = −(3|2\.9\d|3\.0\d), x2 = (3|2\.9\d|3\.0\d): A [\d.]+ %, B [\d.]+ %$/);
  assert.deepEqual(await boxes(), before, 'nothing moves');
  assert.equal(await page.locator('#ask-answer').textContent(), '', 'it is not asked for');
  await page.mouse.move(...places[1]);
  const second = await text();
  await learn(page, 3);
  assert.notEqual(await text(), second, 'it follows training');
  await page.mouse.move(5, 5);
  assert.equal(await text(), '');
  await page.mouse.click(...places[2]);
  const asked = await text();
  await page.mouse.move(...places[1]);
  assert.notEqual(await text(), asked);
  await page.mouse.move(5, 5);
  assert.equal(await text(), asked, 'that of the click again');
});

onPage('an added class keeps the names of the others', 'data=gauss', async (page) => {
  await brush(page, 'add another class');
  await page.mouse.click(...(await place(page, -5, 5)));
  assert.deepEqual((await names(page)).classes, ['A', 'B', 'C']);
  assert.equal((await layers(page)).layers.at(-1).neurons, 3);
  assert.equal(await page.locator('#loss').inputValue(), 'softmax');
  await assertWorks(page, 'three classes');
  await brush(page, 'erase');
  await page.mouse.click(...(await place(page, -5, 5)));
  assert.deepEqual((await names(page)).classes, ['A', 'B']);
  await assertWorks(page, 'two classes again');
});

// Predictions are in the order of the names of the classes.
onPage('a class added to those of a table is learnt', '', async (page) => {
  const rows = ['left', 'right'].flatMap((name, i) => Array.from({ length: 8 }, (_, j) => `${i * 10 + (j % 3)},${j % 4},${name}`));
  await paste(page, `a,b,side\n${rows.join('\n')}\n`);
  await use(page);
  await brush(page, 'add another class');
  const { size } = await names(page);
  for (const x of [-0.1, 0, 0.1]) await page.mouse.click(...(await place(page, x * size, 0.9 * size)));
  const { classes } = await names(page);
  assert.equal(classes.length, 3);
  await select(page, 'optimizer', 'adam');
  await type(page, 'rate', 0.03);
  await playUntil(page, () => playground.engine.epoch() > 150);
  assert.equal(await page.locator('#train-quality').innerText(), '100.0 %');
  for (const point of await points(page)) {
    const answers = await page.evaluate(({ x1, x2 }) => playground.engine.answer(x1, x2), point);
    if (!point.isTest) assert.equal(classes[answers.indexOf(Math.max(...answers))], classes[point.target], JSON.stringify({ point, answers, classes }));
  }
});

onPage('an added class has a new name after one was erased', 'data=gauss', async (page) => {
  await paste(page, 'a,b,c\n1,1,B\n2,4,B\n3,9,C\n4,2,C\n5,3,B\n');
  await use(page);
  await brush(page, 'add another class');
  await page.mouse.click(...(await place(page, 0.5, 0)));
  const { classes } = await names(page);
  assert.equal(classes.length, 3);
  assert.equal(new Set(classes).size, 3, classes.join());
  await assertWorks(page, 'B, C and another');
});

onPage('the last points of a class and of all classes can be erased', 'data=people', async (page) => {
  await brush(page, 'erase');
  const before = await points(page);
  for (const point of before) {
    await page.mouse.click(...(await place(page, point.x1, point.x2)));
    const left = await points(page);
    if (left.length === before.length) break;
    await assertWorks(page, `${left.length} people left`);
  }
  const text = await alertText(page);
  if (text !== '') assertSentence(text, 'no points left');
  await chooseData(page, 'circle');
  await assertWorks(page, 'circle after all');
});

onPage('points can have numeric targets', 'data=plane', async (page) => {
  await brush(page, 'add −1');
  await page.mouse.click(...(await place(page, 5.5, 5.5)));
  assert.equal((await points(page)).at(-1).target, -1);
  await brush(page, 'add 1');
  await page.mouse.click(...(await place(page, -5.5, 5.5)));
  assert.equal((await points(page)).at(-1).target, 1);
  await assertWorks(page, 'points can have numeric targets');
});

// Divergence.

for (const rate of [3, 1000]) {
  onPage(`a run that diverges at rate ${rate} stops, reports the cause, and restores the best parameters`, `data=hills&loss=squared&layers=4relu,4relu&rate=${rate}`, async (page) => {
    await page.click('#play');
    await page.locator('#alert').waitFor({ timeout: 15_000 });
    const text = await alertText(page);
    assertSentence(text, 'divergence');
    assert.match(text, /loss|weight|parameter|gradient|sum|output|w\d|layer/, text);
    assert.match(text, /finite|infinite|NaN/, text);
    assert.match(text, /a smaller learning rate may help.*\. Reset starts again\.$/);
    assert.ok(!(await isPlaying(page)));
    await page.click('#go-back');
    assert.ok((await page.evaluate(() => playground.engine.parameters())).every(Number.isFinite));
    assert.ok(Number.isFinite((await scores(page)).trainLoss));
    assert.match(await alertText(page), /Restored epoch \d/);
    await type(page, 'rate', 0.01);
    await playUntil(page, () => playground.engine.epoch() > 5);
    assert.equal(await alertText(page), '');
    assert.ok(Number.isFinite((await scores(page)).trainLoss));
  });
}

onPage('a diverging step is undone', 'data=hills&loss=squared&layers=4relu,4relu&rate=1000', async (page) => {
  await page.click('#step');
  for (let i = 0; i < 60 && (await alertText(page)) === ''; i++) await page.click('#step');
  assertSentence(await alertText(page), 'divergence by steps');
  await page.click('#alert-close');
  await page.click('#play'); // shows the message again
  await page.locator('#alert').waitFor();
  await page.click('#reset');
  assert.equal(await alertText(page), '');
  assert.ok(Number.isFinite((await scores(page)).trainLoss));
});

onPage('rows that are left out are counted', '', async (page) => {
  await reveal(page, 'csv');
  await page.fill('#csv', 'a,b,c\n1,2,\n2,3,x\n3,,y\n3,1,y\n4,2,x\n5,1,y\n');
  await page.click('#csv-read');
  await page.click('#csv-use');
  assert.match(await page.locator('#csv-done').textContent(), /^4 rows are in use: 2 for training, 2 for testing. 2 rows with missing values are left out/);
});

onPage('a point picked up by keyboard is put down by another data set', 'data=circle', async (page) => {
  await check(page, 'showtest');
  await press(page, 'points');
  await page.evaluate(() => {
    document.querySelector('#brush [value=move]').click();
    playground.own.cross = { ...playground.points.at(-1) };
    const press = (key) => document.getElementById('points').dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    press('Enter');
    document.querySelector('.set input[value=people]').click();
    press('ArrowLeft');
  });
  assert.equal((await points(page)).length, 4);
  assert.deepEqual(await page.evaluate(() => playground.points), await points(page));
});

onPage('text in a column of numbers is named with its row', '', async (page) => {
  await press(page, 'yours');
  await paste(page, 'a,b,y\n1,2,yes\n3,5,no\nx,4,no\n2,1,yes\n');
  assert.match(await page.locator('#csv-error').innerText(), /“?`?x`?”?.*row.*\ba\b|\ba\b.*\bx\b/);
});
