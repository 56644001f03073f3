// Measures the time from the request of the page to its first picture, the best of many: CHROMIUM=chromium node first.js

import { open, stop } from './browser.js';

const times = [];
for (let i = 0; i < 20; i++) {
  const { page, close } = await open();
  times.push(await page.evaluate(() => performance.getEntriesByName('first-picture')[0].startTime));
  await close();
}
times.sort((a, b) => a - b);
console.log(`first picture after ${times[0].toFixed()} ms, median ${times[10].toFixed()} ms of 20`);
await stop();
