// The help of a term at its "?".

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { onPage } from './browser.js';

onPage('each "?" has an explanation', '', async (page) => {
  const buttons = page.locator('[data-help]');
  assert.ok((await buttons.count()) >= 10);
  for (const button of await buttons.all()) {
    await button.click();
    assert.match(await page.locator('#help').innerText(), /\w+\s+\w+/, await button.getAttribute('data-help'));
    assert.equal(await button.getAttribute('aria-expanded'), 'true');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#help').isVisible(), false);
  }
});

onPage('help opens and closes by keyboard', '', async (page) => {
  const button = page.locator('[data-help=learning-rate]');
  await button.focus();
  await page.keyboard.press('Enter');
  assert.match(await page.locator('#help').innerText(), /^Learning rate/);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#help').isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.help), 'learning-rate');
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 390]) {
    onPage(`open help is accessible and within the window: ${colorScheme}, ${width} pixels wide`, '', async (page) => {
      await page.click('[data-help=optimizer]');
      const { x, width: own } = await page.locator('#help').boundingBox();
      assert.ok(x >= 0 && x + own <= width);
      await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js')) });
      const { violations } = await page.evaluate(() => axe.run(document, { iframes: false }));
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
    }, { width, height: 844, colorScheme });
  }
}
