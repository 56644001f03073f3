// The card of a parameter: its factors compared with the module, the walk through a step, and the exercise.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { alertText, onPage } from './browser.js';

const NETWORKS = [
  'data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&test=0',
  '',
  'data=spiral&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=5tanh,4elu,3gelu&loss=hinge',
  'data=spiral3&loss=softmax&layers=3silu,2softplus',
  'data=spiral3&loss=squared&layers=3leaky_relu(0.01),1sigmoid',
  'data=hills&loss=huber&layers=4relu,1tanh,1tanh,1tanh',
  'data=hills&loss=absolute&layers=',
  'layers=3gelu&loss=squared&output=tanh&init=normal',
  'layers=8tanh,8tanh,8tanh,8tanh,8tanh,8tanh&loss=cross&init=normal',
  'layers=3tanh,3gelu,3identity,2relu&residual=1&init=normal',
];

for (const hash of NETWORKS) {
  onPage(`factors multiply to the gradient of the module: ${hash}`, hash, async (page) => {
    const wrong = await page.evaluate(async () => {
      const { Chain } = await import('./chain.js');
      const { engine, shape } = playground;
      engine.learn(3);
      const wrong = [];
      const near = (a, b) => Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b)) + 1e-15;
      for (const sample of [0, 1, 2, 3]) {
        const pass = engine.pass(sample, shape.inputs.length, shape.layers.at(-1).neurons, shape.neuronNames.length);
        const chain = new Chain({ shape, loss: engine.loss(), pass, parameters: engine.parameters() });
        pass.neurons.forEach(({ bySum, byOutput }, i) => {
          const own = chain.neurons[i];
          if (!near(own.bySum, bySum) || !near(own.byOutput, byOutput)) wrong.push([sample, own.name, own.bySum, bySum, own.byOutput, byOutput]);
        });
        pass.gradient.forEach((truth, p) => {
          const factors = chain.factors(p);
          const product = factors.reduce((product, { value }) => product * value, 1);
          if (!near(product, truth) || !near(chain.derivative(p), truth)) wrong.push([sample, p, product, truth]);
          for (const { paths, value } of factors) {
            if (paths && !near(paths.reduce((sum, path) => sum + path.value, 0), value)) wrong.push([sample, p, 'paths', value]);
          }
          if (factors.length > 5) wrong.push([p, 'too many factors']);
        });
      }
      return wrong;
    });
    assert.deepEqual(wrong, []);
  });
}

const LECTURE = NETWORKS[0];
const number = (text) => Number(text.replaceAll('−', '-'));
const open = (page, parameter = 0) => page.evaluate((parameter) => playground.choose(parameter, true), parameter);
const marked = (page) => page.evaluate(() => playground.marked);
const line = (page) => page.locator('#card-line').innerText();
const gradient = (page) => page.evaluate(() => playground.pass().gradient);

onPage('the card shows the factors and the update with their numbers', LECTURE, async (page) => {
  await open(page);
  assert.equal(await page.locator('#card').isVisible(), true);
  assert.match(await page.locator('#card-title').innerText(), /^w1 from weight to h1/);
  const values = (await page.locator('#card .f b').allInnerTexts()).map(number);
  const [derivative, ...factors] = values;
  assert.equal(factors.length, 5, 'one path, so all factors are written out');
  const [first] = await gradient(page);
  assert.ok(Math.abs(derivative - first) <= 5e-5 + 0.05 * Math.abs(first));
  const [, before, rate, step, after] = /w1: (\S+) − (\S+) · \(?([^)\s]+)\)? = (\S+)/.exec((await line(page)).replaceAll('\n', '')).map((text) => number(text));
  assert.equal(rate, 0.1);
  assert.ok(Math.abs(before - 0.1 * step - after) < 2e-4);
  await page.evaluate(() => playground.learn(() => playground.engine.learnFrom(playground.sample)));
  const [value] = await page.evaluate(() => playground.engine.parameters());
  assert.ok(Math.abs(after - value) < 5e-5, 'the update that was shown');
});

onPage('pointing at a factor marks its place in the network', '', async (page) => {
  await open(page);
  const path = await marked(page);
  assert.ok(path.some(({ parameter, text }) => parameter === 0 && /^w1 /.test(text)), 'the chosen line has its value');
  assert.ok(path.some(({ neuron, text }) => neuron === 0 && /^Σ .* → /.test(text)));
  const factors = page.locator('#card button.f');
  assert.equal(await factors.count(), 3);
  await factors.nth(1).hover();
  assert.deepEqual((await marked(page)).map(({ neuron }) => neuron), [0], 'the activation of h1');
  assert.match(await page.locator('#card .detail').innerText(), /^∂h1\/∂Σ1 = tanh′\(Σ1\) = 1 − h1² = /);
  await factors.nth(2).focus();
  assert.deepEqual((await marked(page)).map(({ parameter, input }) => parameter ?? input), [0, 0], 'the line and its input');
  await factors.nth(0).focus();
  assert.equal((await page.locator('#card .detail p').allInnerTexts()).length, 2, 'two paths');
  await page.mouse.move(0, 0);
  await page.locator('#card-close').focus();
  assert.deepEqual(await marked(page), path);
});

onPage('many paths are folded', 'layers=2tanh,6tanh', async (page) => {
  await open(page);
  assert.equal(await page.locator('#card .detail p').count(), 2);
  assert.equal(await page.locator('#card .more-lines').innerText(), 'and 4 more');
  await page.click('#card .more-lines');
  assert.equal(await page.locator('#card .detail p').count(), 6);
});

onPage('the derivative of a batch is the mean over its samples', 'batch=5', async (page) => {
  await open(page);
  await page.click('#card-batch');
  const samples = await page.evaluate(() => playground.engine.batch());
  assert.equal(samples.length, 5);
  const chips = await page.locator('#card .chip').allInnerTexts();
  assert.deepEqual(chips.map((chip) => Number(/sample (\d+):/.exec(chip)[1]) - 1), samples);
  const mean = number(await page.locator('#card .f.result b').innerText());
  const truth = chips.reduce((sum, chip) => sum + number(chip.split(': ')[1]), 0) / 5;
  assert.ok(Math.abs(mean - truth) < 2e-4);
  const text = await line(page);
  const after = number(text.split(' = ').at(-1));
  await page.click('#step');
  const [value] = await page.evaluate(() => playground.engine.parameters());
  assert.ok(Math.abs(after - value) < 5e-4 * Math.max(1, Math.abs(value)), `${text}: ${value}`);
});

for (const optimizer of ['sgd', 'momentum', 'nesterov', 'rmsprop', 'adam']) {
  for (const penalty of ['none', 'l1', 'l2']) {
    onPage(`the update shown is the update made: ${optimizer}, ${penalty}`, `optimizer=${optimizer}&penalty=${penalty}&penaltyrate=0.1&rate=0.01`, async (page) => {
      const wrong = await page.evaluate(() => {
        const wrong = [];
        for (let step = 0; step < 3; step++) {
          for (const parameter of [0, 2, 5]) {
            playground.choose(parameter, true);
            const { result, text } = playground.card.update;
            playground.learn(() => playground.engine.learnFrom(playground.sample));
            const value = playground.engine.parameters()[parameter];
            if (Math.abs(value - result) > 1e-9) wrong.push([step, parameter, text, value]);
          }
        }
        return wrong;
      });
      assert.deepEqual(wrong, []);
    });
  }
}

onPage('the walk goes through a step, forward and back, and updates at its end', LECTURE, async (page) => {
  await open(page);
  const before = await page.evaluate(() => playground.engine.parameters());
  const derivatives = await gradient(page);
  const seen = [];
  for (let i = 0; i < 30; i++) {
    await page.click('#walk-forward');
    const text = (await line(page)).replaceAll('\n', '');
    seen.push(text);
    assert.ok((await marked(page)).length > 0, text);
    if (/^Update/.test(text)) break;
  }
  assert.deepEqual(seen.map((text) => text.split(' ')[0]), ['Forward', 'Forward', 'Forward', 'Loss', 'Backward', 'Backward', 'Backward', 'Update']);
  assert.match(seen[0], /Σ1 = w1 · weight \+ w2 · height \+ b1 = .* = .*; h1 = sigmoid\(Σ1\) = /);
  assert.match(seen[5], /∂L\/∂h1 = ∂L\/∂Σo1 · w5 = /);
  await page.click('#walk-back');
  assert.match(await line(page), /^Backward/);
  assert.deepEqual(await page.evaluate(() => playground.engine.parameters()), before, 'nothing is trained before the end');
  await page.click('#walk-forward');
  await page.click('#walk-forward');
  const after = await page.evaluate(() => playground.engine.parameters());
  after.forEach((x, i) => assert.ok(Math.abs(x - (before[i] - 0.1 * derivatives[i])) < 1e-12));
  const name = (index, values) => values[index].toPrecision(4).replace('-', '−');
  assert.equal((await line(page)).replaceAll('\n', ''), `Updated all 9 parameters; w1: ${name(0, before)} → ${name(0, after)}`);
  await page.locator('.phases button').nth(2).click();
  assert.match(await line(page), /^Backward/);
  await page.click('#walk-play');
  assert.equal(await page.locator('#walk-play').getAttribute('aria-label'), 'Pause the steps');
  await page.click('#walk-play');
  const held = await line(page);
  await page.waitForTimeout(900);
  assert.equal(await line(page), held, 'paused');
});

onPage('without motion the play button shows the next state', LECTURE, async (page) => {
  await open(page);
  await page.click('#walk-play');
  const held = await line(page);
  await page.waitForTimeout(900);
  assert.equal(await line(page), held);
}, { reducedMotion: 'reduce' });

onPage('a neuron has its formula', '', async (page) => {
  await page.evaluate(() => playground.card.openNeuron(4));
  assert.match(await page.locator('#card-title').innerText(), /^h5 neuron of layer 2/);
  const [sum, ...terms] = (await page.locator('#card .f b').allInnerTexts()).map(number);
  assert.equal(terms.length, 5);
  assert.ok(Math.abs(terms.reduce((a, b) => a + b) - sum) < 5e-4);
  await page.locator('#card button.f').first().click();
  assert.match(await page.locator('#card-title').innerText(), /^w9 from h1 to h5/);
});

onPage('the value is edited in the card, with a comma', LECTURE, async (page) => {
  await open(page);
  await page.fill('#card-value', '−0,25');
  await page.keyboard.press('Enter');
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[0], -0.25);
  await page.fill('#card-value', 'abc');
  await page.keyboard.press('Enter');
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[0], -0.25);
  assert.equal(await alertText(page), 'expected a number, got “abc”');
  assert.equal(await page.locator('#card-value').inputValue(), '−0.25', 'the value in use returns');
  await page.locator('#card-close').focus();
  await page.click('#card-value');
  await page.keyboard.type('2');
  await page.keyboard.press('Enter');
  assert.equal((await page.evaluate(() => playground.engine.parameters()))[0], 2, 'a click selects the content');
});

onPage('Escape closes the card and returns the focus', LECTURE, async (page) => {
  await page.focus('#step');
  await open(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'card');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#card').isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'step');
  assert.deepEqual(await marked(page), []);
});

onPage('closing returns the focus to the line, the bias or the neuron', '', async (page) => {
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  await page.locator('.edge-target[tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'w2, x2 → h1');
  await page.locator('.bias').nth(1).click();
  await page.click('#card-close');
  assert.equal(await focused(), 'bias b2 of h2');
  await page.locator('.face').nth(3).click();
  await page.click('#card-close');
  assert.equal(await focused(), 'neuron h4');
});

onPage('a link opens the card', `${LECTURE}&card=1&parameter=3&sample=2`, async (page) => {
  assert.match(await page.locator('#card-title').innerText(), /^w3 /);
  await page.click('#card-close');
  assert.doesNotMatch(await page.evaluate(() => location.hash), /card/);
});

const fill = async (page, name, value) => {
  const field = page.getByLabel(`Your value of ${name}`, { exact: true });
  await field.fill(String(value));
  await field.press('Enter');
};
const verdict = (page) => page.locator('#drill-verdict').innerText();
const factors = (page) => page.evaluate(() => playground.card.chain.factors(playground.chosen).map(({ top, bottom, value }) => ({ name: `∂${top}/∂${bottom}`, value })));

onPage('the exercise asks for each factor, with three tries', LECTURE, async (page) => {
  await open(page);
  await page.click('#quiz');
  const [loss, activation, weight, inner, source] = await factors(page);
  await fill(page, loss.name, loss.value.toPrecision(4).replace('.', ','));
  assert.match(await verdict(page), /^Correct/);
  const output = await page.evaluate(() => playground.pass().neurons[2].output);
  await fill(page, activation.name, output);
  assert.match(await verdict(page), /^∂o1\/∂Σo1 is wrong: .* is sigmoid\(Σo1\), not its derivative/);
  await fill(page, activation.name, -activation.value);
  assert.match(await verdict(page), /the sign/);
  assert.equal(await page.locator('.tries').getAttribute('aria-label'), 'One try left');
  assert.equal(await page.locator('.tries').innerText(), '1 try');
  await fill(page, activation.name, 'words');
  assert.match(await verdict(page), /Enter a number/);
  await fill(page, activation.name, activation.value);
  await fill(page, weight.name, weight.value + 1);
  await fill(page, weight.name, weight.value + 2);
  await fill(page, weight.name, weight.value + 3);
  assert.equal(await page.getByLabel(`Your value of ${weight.name}`, { exact: true }).count(), 0, 'shown after three tries');
  await fill(page, inner.name, inner.value);
  await fill(page, source.name, source.value);
  const [first] = await gradient(page);
  await fill(page, '∂L/∂w1', first);
  assert.equal(await page.locator('#drill-check').innerText(), 'Next');
  assert.match(await page.locator('#drill-score').textContent(), /Nine partials 0 of 9/, 'one factor was shown');
  assert.equal(await page.evaluate(() => playground.state.score), '200000000');
  assert.match(await verdict(page), /w1 does not count: a value was shown\./);
});

onPage('the nine partials are a set with a score in the link', LECTURE, async (page) => {
  await open(page);
  await page.click('#quiz');
  await page.selectOption('#drill-hide', 'derivative');
  for (let i = 0; i < 9; i++) {
    const [name, value] = await page.evaluate(() => [playground.shape.parameterNames[playground.chosen], playground.pass().gradient[playground.chosen]]);
    if (i === 0) {
      const [missing] = await factors(page);
      await fill(page, '∂L/∂w1', value / missing.value);
      assert.match(await verdict(page), /the factor ∂L\/∂o1 is missing/);
    }
    await page.getByLabel(`Your value of ∂L/∂${name}`, { exact: true }).fill(String(value));
    await page.click('#drill-check');
    assert.match(await page.locator('#drill-score').textContent(), new RegExp(`${i + 1} of 9`));
    if (i < 8) await page.click('#drill-check');
  }
  assert.match(await verdict(page), /All 9 partials are right/);
  assert.match(await page.evaluate(() => location.hash), /score=111111111/);
});

for (const hidden of ['sums', 'outputs']) {
  onPage(`the exercise asks for ${hidden}`, '', async (page) => {
    await open(page);
    await page.click('#quiz');
    await page.selectOption('#drill-hide', hidden);
    const neurons = await page.evaluate(() => playground.card.chain.neuronsOf(0).map(({ name, sumName, sum, output }) => ({ name, sumName, sum, output })));
    assert.ok((await marked(page)).every(({ neuron, text }) => neuron === undefined || text === undefined), 'no value is shown');
    for (const { name, sumName, sum, output } of neurons) {
      await fill(page, hidden === 'outputs' ? name : sumName === name ? `sum of ${name}` : sumName, hidden === 'sums' ? sum : output);
    }
    assert.match(await verdict(page), /^Correct/);
  });
}

onPage('the exercise is about the values on screen', LECTURE, async (page) => {
  await open(page);
  await page.click('#quiz');
  await page.evaluate(() => playground.chooseSample(2));
  const [shown] = await gradient(page);
  await fill(page, '∂L/∂w1', shown);
  assert.match(await verdict(page), /^Correct/);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#drill').isVisible(), false);
});

onPage('a frozen parameter keeps its value in training', LECTURE, async (page) => {
  await open(page);
  await page.getByLabel('Frozen', { exact: true }).check();
  assert.deepEqual(await page.evaluate(() => playground.frozen), [0]);
  assert.match(await line(page), /w1: \S+ is frozen: no step changes it/);
  assert.match(await page.evaluate(() => location.hash), /frozen=0/);
  const before = await page.evaluate(() => playground.engine.parameters());
  await page.click('#step');
  const after = await page.evaluate(() => playground.engine.parameters());
  assert.equal(after[0], before[0]);
  assert.notEqual(after[1], before[1]);
  await page.evaluate(() => playground.choose(1, true));
  assert.equal(await page.locator('#card-frozen').isChecked(), false, 'another parameter is not');
  await page.evaluate(() => playground.choose(0, true));
  await page.locator('#card-frozen').uncheck();
  assert.deepEqual(await page.evaluate(() => playground.frozen), []);
  assert.doesNotMatch(await line(page), /frozen/);
});

onPage('the drill shows the next question and the score of the link', `${LECTURE}&drill=derivative&parameter=3&sample=2&score=110000000`, async (page) => {
  assert.match(await page.locator('#drill h3').innerText(), /what is ∂L\/∂w3 for sample 2\?/);
  assert.match(await page.locator('#drill-score').textContent(), /Nine partials 2 of 9/);
  assert.equal(await page.locator('#drill input').count(), 1);
  await page.selectOption('#drill-hide', 'sums');
  assert.match(await page.evaluate(() => location.hash), /drill=sums/);
  await page.reload();
  await page.waitForFunction(() => window.playground && !playground.isOpening);
  assert.match(await page.locator('#drill h3').innerText(), /what is each sum Σ for sample 2\?/);
  await page.click('#drill-close');
  assert.doesNotMatch(await page.evaluate(() => location.hash), /drill=/);
  assert.ok(await page.locator('#card-explained').isVisible(), 'the card stays');
  await page.reload();
  await page.waitForFunction(() => window.playground && !playground.isOpening);
  assert.match(await page.locator('#card-title').innerText(), /^w3 /);
  assert.equal(await page.locator('#drill').isVisible(), false);
});

/** Computes the products and sums of numbers in a line: each must give the number after it, to one unit of its last digit. */
function wrongIn(text, counts = {}) {
  const wrong = [];
  const plain = text.replaceAll('−', '-').replaceAll('\n', '');
  for (const part of plain.replace(/^\w+ /, '').split(/; |: /)) {
    const sides = part.split(' = ');
    for (let i = 1; i < sides.length; i++) {
      const [left, right] = [sides[i - 1], sides[i]];
      if (!/^[-\d.e()² ·+/]+$/.test(left) || !/^-?[\d.]+(e[-+]?\d+)?$/.test(right)) continue;
      counts.checked = (counts.checked ?? 0) + 1;
      const value = Function(`return ${left.replaceAll('²', '**2').replaceAll('·', '*')}`)();
      const [, digits = '', power = '0'] = /^-?\d+(?:\.(\d+))?(?:e([-+]?\d+))?$/.exec(right);
      if (Math.abs(value - Number(right)) > 1.001 * 10 ** (Number(power) - digits.length)) wrong.push(`${left} = ${right}`);
    }
  }
  return wrong;
}

for (const hash of [...NETWORKS, 'optimizer=adam&penalty=l2', 'optimizer=nesterov&init=normal', 'optimizer=rmsprop']) {
  onPage(`what the card shows can be computed again: ${hash}`, `${hash}&card=1`, async (page) => {
    const { rows, lines } = await page.evaluate(async () => {
      const [rows, lines] = [[], []];
      const numbers = () => [...document.querySelectorAll('#card .product .f b')].map((node) => node.textContent);
      const { card, shape } = playground;
      const order = [...shape.parameterNames.keys()].filter((index) => index % Math.ceil(shape.parameterNames.length / 9) === 0);
      for (const parameter of order) {
        playground.choose(parameter, true);
        rows.push({ numbers: numbers(), isSum: false });
        for (const button of document.querySelectorAll('#card button.f')) {
          button.focus();
          lines.push(...[...document.querySelectorAll('#card .detail .text')].map((node) => node.textContent));
        }
        for (let i = 0; i < 100; i++) {
          document.getElementById('walk-forward').click();
          lines.push(document.getElementById('card-line').textContent);
          if (card.states[card.at].phase === 'Update') break;
        }
        document.getElementById('walk-forward').click();
      }
      for (const index of shape.neuronNames.keys()) {
        card.openNeuron(index);
        rows.push({ numbers: numbers(), isSum: true });
        lines.push(...[...document.querySelectorAll('#card .product small')].map((node, i) => `${node.textContent} = ${numbers()[i]}`));
      }
      return { rows, lines };
    });
    const counts = {};
    const wrong = lines.flatMap((text) => wrongIn(text, counts));
    for (const { numbers: [result, ...parts], isSum } of rows) wrong.push(...wrongIn(`${parts.map((part) => `(${part})`).join(isSum ? ' + ' : ' · ')} = ${result}`));
    assert.deepEqual(wrong, []);
    assert.ok(counts.checked >= lines.length / 3, `${counts.checked} of ${lines.length} lines have a calculation`);
  });
}

for (const [hash, sample, pattern] of [['layers=', 0, /^p = sigmoid\(o1\) = sigmoid\(\S+\) = 0\.\d+; L = −ln/], ['data=spiral3&loss=softmax&layers=2tanh', 1, /^p\d = exp\(o\d\) \/ \(exp\(o1\) \+ exp\(o2\) \+ exp\(o3\)\) = .* = 0\.\d+; L = −ln\(p\d\) = /]]) {
  onPage(`the loss of a class follows from its probability: ${hash}`, `${hash}&card=o1`, async (page) => {
    assert.match(await page.locator('#card .detail').innerText(), /= 0\.\d+, the probability of [AB]/);
    assert.doesNotMatch(await page.locator('#card .detail').innerText(), /o1 = o1/);
    for (let i = sample; i < sample + 6; i++) {
      const [text, loss, target] = await page.evaluate((i) => {
        playground.chooseSample(i);
        const { chain } = playground.card;
        return [chain.lossOf(), chain.pass.loss, chain.pass.targets[0]];
      }, i);
      assert.match(text, pattern);
      const p = number(/ = (0\.\d+); L/.exec(text)[1]);
      const inverse = /−ln\(1 − p\)/.test(text);
      if (/^p = /.test(text)) assert.equal(inverse, target === 0, text);
      const shown = number(text.split(' = ').at(-1));
      assert.ok(Math.abs(-Math.log(inverse ? 1 - p : p) - shown) <= 1e-3 * shown, text);
      assert.ok(Math.abs(shown - loss) <= 1e-3 * loss, text);
    }
  });
}

onPage('the help of an activation is at its derivative and at its neuron', 'card=1', async (page) => {
  await page.locator('#card button.f').nth(1).click();
  await page.click('#card .detail [data-help=activation]');
  assert.match(await page.locator('#help').innerText(), /sigmoid\(x\) = 1 \/ \(1 \+ exp\(−x\)\)[^]*tanh\(x\) = [^]*1 − h²/);
  await page.keyboard.press('Escape');
  await page.click('#walk-forward');
  assert.equal(await page.locator('#card .f.lit').count(), 0, 'the walk frees the factor that was clicked');
  await page.evaluate(() => playground.card.openNeuron(0));
  assert.ok(await page.locator('#card .detail [data-help=activation]').isVisible());
});

onPage('neurons have their names: all of a small network, those of the path of a large one', 'layers=4tanh,2tanh', async (page) => {
  const names = () => page.locator('#net .tag').evaluateAll((all) => all.filter((node) => node.checkVisibility()).map((node) => node.textContent));
  assert.deepEqual(await names(), ['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'o1']);
  await page.evaluate(() => playground.load('layers=8tanh,8tanh'));
  assert.deepEqual(await names(), []);
  await open(page, 100);
  assert.ok((await names()).length > 0 && (await names()).length < 17);
  await page.keyboard.press('Escape');
  assert.deepEqual(await names(), []);
});

onPage('the exercise of the lecture is one line at 1440 px, and nothing covers its fractions', `${LECTURE}&drill=factors`, async (page) => {
  const [tops, gaps] = await page.locator('#drill .chain .f').evaluateAll((all) => [
    all.map((node) => node.getBoundingClientRect().top),
    all.map((node) => node.querySelector('input').getBoundingClientRect().top - node.querySelector('.frac').getBoundingClientRect().bottom),
  ]);
  assert.equal(new Set(tops).size, 1);
  for (const gap of gaps) assert.ok(gap >= 2, `${gap} px`); // the focus ring has 2 px
  assert.equal(await page.locator('.tries').innerText(), '3 tries');
});

onPage('a line that the mouse has closed shows no focus', '', async (page) => {
  await page.locator('.bias').first().click();
  await page.locator('#card button.f').first().click();
  await page.click('#card-close');
  assert.equal(await page.evaluate(() => document.activeElement.matches(':focus-visible')), false);
});

onPage('the card says that its derivative is without dropout', 'dropout=0.5&card=1', async (page) => {
  assert.match(await page.locator('#card-about').innerText(), /^The derivative is that without dropout/);
  await page.evaluate(() => playground.load('card=1'));
  assert.equal(await page.locator('#card-about').innerText(), '');
});

onPage('the title has the place of the parameter on a phone', 'layers=4tanh,2tanh&card=1&parameter=12', async (page) => {
  assert.match(await page.locator('#card-title').innerText(), /^w9 from h1 to h5/);
  const [needed, there] = await page.locator('#card-title').evaluate((node) => [node.scrollWidth, node.clientWidth]);
  assert.ok(needed <= there);
}, { width: 390, height: 844 });

for (const [card, pattern] of [['batch', /^w1 /], ['h2', /^h2 neuron of layer 1/], ['o1', /^o1 output neuron/]]) {
  onPage(`a link opens the card of ${card}`, `card=${card}`, async (page) => {
    assert.match(await page.locator('#card-title').innerText(), pattern);
    assert.equal(await page.locator('#card-batch').getAttribute('aria-pressed'), String(card === 'batch'));
    assert.match(await page.evaluate(() => location.hash), new RegExp(`card=${card}`));
    await page.evaluate(() => playground.chooseSample(3));
    assert.match(await page.locator('#card-title').innerText(), pattern, 'another sample keeps the neuron');
    await page.evaluate(() => playground.choose(1, true));
    assert.match(await page.locator('#card-title').innerText(), /^w2 /);
  });
}

onPage('a click on a line, a bias and a neuron opens its card', 'layers=2tanh', async (page) => {
  const middle = await page.locator('.edge-target').nth(1).evaluate((path) => {
    const { x, y } = path.getPointAtLength(0.3 * path.getTotalLength());
    const place = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
    return { x: place.x, y: place.y };
  });
  await page.mouse.click(middle.x, middle.y);
  assert.match(await page.locator('#card-title').innerText(), /^w2 from x2 to h1/);
  await page.locator('.bias').nth(2).click();
  assert.match(await page.locator('#card-title').innerText(), /^b3 bias of o1/);
  assert.deepEqual(await page.evaluate(() => playground.card.chain.factors(playground.chosen).at(-1).value), 1);
  await page.locator('.face').nth(1).click();
  assert.match(await page.locator('#card-title').innerText(), /^h2 neuron of layer 1/);
  await page.locator('#card button.f').first().click();
  assert.match(await page.locator('#card-title').innerText(), /^w3 /, 'a product leads to its weight');
  await page.keyboard.press('Escape');
  await page.locator('.edge-target[tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('#card').isVisible(), 'by keyboard');
});

const SIZES = [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 720, height: 450 }, { width: 390, height: 844 }];
const ALL = 'inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&';
const packed = (numbers) => Buffer.from(Float64Array.from(numbers).buffer).toString('base64url');
/** Six classes, as a table of your own has them. */
const SIX = `data=own&test=0&loss=softmax&layers=4tanh&plane=${encodeURIComponent(['x1\tx2', 'class', '0\t0', '1\t1', '6', 'A\tB\tC\tD\tE\tF'].join('\n'))}&points=${packed(Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(2 * i), i % 6, 0]).flat())}`;
const OPENED = [['layers=2tanh', [0, 3, 8], [0, 2]], ['layers=4tanh,2tanh', [0, 7, 12, 21], [1, 5, 6]], [`${ALL}layers=8tanh,8tanh`, [0, 30, 62, 140], [3, 10, 16]], [SIX, [0], [4]]];

for (const size of SIZES) {
  for (const [hash, parameters, neurons] of OPENED) {
    onPage(`values lie over nothing that can be clicked, at ${size.width} px: ${hash}`, hash, async (page) => {
      const check = async (what) => {
        await page.waitForTimeout(300); // the rows move for 180 ms
        const found = await page.evaluate(() => {
          const wrong = [];
          const rect = (node) => node.getBoundingClientRect();
          const visible = (node) => node.checkVisibility({ visibilityProperty: true }) && rect(node).width > 0;
          const overlap = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
          const values = [...document.querySelectorAll('#net .val, #net .weight, #net .tag')].filter(visible);
          const targets = [...document.querySelectorAll('.net .head :is(button, select), .face, .bias, .class, .feature, #card, #plane')].filter(visible);
          for (const value of values) {
            const place = rect(value);
            if (place.left < 0 || place.right > innerWidth) wrong.push(`${value.textContent} leaves the window`);
            if (parseFloat(getComputedStyle(value).fontSize) < 11) wrong.push(`${value.textContent} is small`);
            if (getComputedStyle(value).pointerEvents !== 'none') wrong.push(`${value.textContent} takes the pointer`);
            for (const other of [...targets, ...values]) {
              if (other !== value && overlap(place, rect(other))) wrong.push(`${value.textContent} over ${other.className || other.id} ${other.ariaLabel ?? other.textContent.slice(0, 20)}`);
            }
          }
          const card = rect(document.getElementById('card'));
          const stage = rect(document.getElementById('net'));
          if (card.left < 0 || card.right > innerWidth || card.bottom > innerHeight || card.top < 0) wrong.push('the card leaves the window');
          if (visible(document.getElementById('plane')) && overlap(card, rect(document.getElementById('plane')))) wrong.push('the card lies over the output');
          for (const face of [...document.querySelectorAll('.face')]) if (overlap(card, rect(face))) wrong.push(`the card lies over ${face.ariaLabel}`);
          if (overlap(card, rect(document.getElementById('play')))) wrong.push('the card lies over Play');
          if (stage.height < 60) wrong.push(`the network is ${stage.height} px high`);
          // Only the chosen path has values.
          const lit = values.filter((value) => value.matches('.val') && !value.closest('.lit'));
          if (lit.length > 0) wrong.push(`${lit.length} values off the path`);
          return { wrong, count: values.length };
        });
        assert.deepEqual(found.wrong, [], what);
        assert.ok(found.count > 0, `${what}: no value is shown`);
      };
      for (const parameter of parameters) {
        await open(page, parameter);
        await check(`parameter ${parameter}`);
      }
      for (const neuron of neurons) {
        await page.evaluate((neuron) => playground.card.openNeuron(neuron), neuron);
        await check(`neuron ${neuron}`);
      }
    }, size);
  }
}

for (const hash of ['layers=2tanh', 'layers=4tanh,2tanh', `${ALL}layers=8tanh,8tanh`, 'data=spiral3&loss=softmax&layers=3silu', 'layers=']) {
  for (const card of ['1', 'batch']) {
    onPage(`each state of the walk marks its part of the network: ${card}, ${hash}`, `${hash}&card=${card}&batch=4`, async (page) => {
      const before = await page.evaluate(() => playground.engine.parameters());
      const states = await page.evaluate(() => {
        const { card, shape } = playground;
        const seen = [];
        for (let i = 0; i < 200; i++) {
          document.getElementById('walk-forward').click();
          const { phase, text, parts } = card.states[card.at];
          const isKnown = parts.every(({ parameter, neuron, input }) => shape.parameterNames[parameter] !== undefined || shape.neuronNames[neuron] !== undefined || shape.inputs[input] !== undefined);
          const lit = document.querySelectorAll('#net .lit').length;
          seen.push({ phase, text, isKnown, lit });
          if (phase === 'Update') break;
        }
        return seen;
      });
      assert.deepEqual([...new Set(states.map(({ phase }) => phase))], ['Forward', 'Loss', 'Backward', 'Update']);
      for (const { text, isKnown, lit } of states) {
        assert.ok(isKnown && lit > 0, text);
        assert.doesNotMatch(text, /undefined|NaN|\[object/);
      }
      const path = await page.evaluate(() => playground.card.chain.derivative(playground.chosen));
      assert.ok(Number.isFinite(path));
      for (let i = 1; i < states.length; i++) await page.evaluate(() => document.getElementById('walk-back').click());
      assert.equal(await page.evaluate(() => playground.card.at), 0, 'and all the way back');
      assert.deepEqual(await page.evaluate(() => playground.engine.parameters()), before);
    });
  }
}

onPage('the walk plays by itself, pauses, and ends with the update', LECTURE, async (page) => {
  await page.clock.install();
  await open(page);
  const before = await page.evaluate(() => playground.engine.parameters());
  await page.click('#walk-play');
  await page.clock.runFor(1300);
  const at = await page.evaluate(() => playground.card.at);
  assert.equal(at, 2);
  await page.click('#walk-play');
  await page.clock.runFor(3000);
  assert.equal(await page.evaluate(() => playground.card.at), at);
  await page.click('#walk-play');
  await page.clock.runFor(5000);
  assert.equal(await page.evaluate(() => playground.card.timer), undefined, 'the walk has ended');
  const after = await page.evaluate(() => playground.engine.parameters());
  assert.notDeepEqual(after, before);
}, { reducedMotion: 'no-preference' });

for (const colorScheme of ['light', 'dark']) {
  for (const size of [SIZES[0], SIZES[3]]) {
    onPage(`axe-core finds no violations in the card: ${colorScheme}, ${size.width} px`, LECTURE, async (page) => {
      await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js')) });
      const check = async (what) => {
        const { violations } = await page.evaluate(() => axe.run({ include: ['.first'] }));
        assert.deepEqual(violations.map(({ id, nodes }) => [what, id, nodes.map(({ html }) => html)]), []);
      };
      await open(page);
      await check('factors');
      await page.locator('#card button.f').nth(1).focus();
      await check('a marked factor');
      await page.click('#walk-forward');
      await check('walk');
      await page.click('#quiz');
      await page.locator('#drill input').first().fill('7');
      await page.keyboard.press('Enter');
      await check('drill');
      await page.keyboard.press('Escape');
      await page.evaluate(() => playground.load('card=batch'));
      await check('batch');
      await page.evaluate(() => playground.card.openNeuron(4));
      await check('neuron');
    }, { ...size, colorScheme });
  }
}

for (const size of [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 390, height: 844 }]) {
  onPage(`the card is accessible and within the window at ${size.width} px`, '', async (page) => {
    const check = async (what) => {
      await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js')) });
      const { violations } = await page.evaluate(() => axe.run('#card'));
      assert.deepEqual(violations.map(({ id, nodes }) => [what, id, nodes.map(({ html }) => html)]), []);
      const small = await page.locator('#card :is(button, input, select):not(.q, [type=checkbox])').evaluateAll((all) => all.filter((node) => node.checkVisibility()).map((node) => [node.outerHTML, node.getBoundingClientRect()]).filter(([, { width, height }]) => width < 24 || height < 24).map(([html]) => html));
      assert.deepEqual(small, [], `${what}: targets of less than 24 px`);
      const { x, width } = await page.locator('#card').boundingBox();
      assert.ok(x >= 0 && x + width <= size.width, `${what}: ${x}, ${width}`);
    };
    await open(page);
    await check('factors');
    await page.click('#quiz');
    await check('exercise');
    await page.keyboard.press('Escape');
    await page.evaluate(() => playground.card.openNeuron(0));
    await check('neuron');
  }, size);
}
