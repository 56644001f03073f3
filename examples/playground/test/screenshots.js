// Takes screenshots of the page for visual inspection: each state at three widths, light and dark.
//
//     node screenshots.js FOLDER

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { check, learn as train, open, press, stop } from './browser.js';

const out = process.argv[2] ?? 'screenshots';
mkdirSync(out, { recursive: true });

const learn = (epochs) => (page) => train(page, epochs);
const STATES = {
  fresh: ['', async () => {}],
  spiral: ['data=spiral&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=8tanh,8tanh&showtest=1', learn(300)],
  lecture: ['data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&test=0', async (page) => {
    await learn(50)(page);
    await check(page, 'annotate');
    await press(page, 'more-close');
  }],
  card: ['data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&test=0', async (page) => {
    await learn(50)(page);
    await page.evaluate(() => playground.choose(0, true));
  }],
  more: ['', async (page) => {
    await page.click('#more-button');
    await page.click('#tab-training');
  }],
  panels: ['data=spiral3&loss=softmax&layers=6tanh&optimizer=adam&rate=0.01', async (page) => {
    await learn(100)(page);
    await page.evaluate(() => document.querySelectorAll('.panels details').forEach((panel) => (panel.open = true)));
    await press(page, 'rust');
    await page.evaluate(() => playground.alert('Training stopped: as an example of this box.', true));
  }],
};

for (const width of [1440, 1024, 390]) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [name, [hash, prepare]] of Object.entries(STATES)) {
      const { page, close } = await open(hash, { width, height: width === 390 ? 844 : 900, colorScheme });
      await prepare(page);
      await page.waitForTimeout(100);
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.screenshot({ path: join(out, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      await close();
    }
  }
}
await stop();
