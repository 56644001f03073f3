// Starts the page: loads the crate, then shows the first picture, then builds the rest.

import { Broken, Refused, load } from './engine.js';
import { Page } from './page.js';

load('playground.wasm')
  .then((engine) => {
    const page = new Page(engine);
    // An error of the module in any event or frame ends here: the page goes on.
    window.addEventListener('error', (event) => {
      if (!(event.error instanceof Broken || event.error instanceof Refused)) return;
      event.preventDefault();
      if (event.error instanceof Broken) page.recover();
      else page.alert(event.error.message);
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'z' || event.shiftKey || !(event.ctrlKey || event.metaKey) || event.target.matches('textarea, input')) return;
      event.preventDefault();
      page.undo();
    });
    page.open();
    window.playground = page; // for tests and for the console
    performance.mark('first-picture');
    setTimeout(() => page.finish());
  })
  .catch((error) => {
    document.getElementById('alert').hidden = false;
    document.getElementById('alert-text').textContent = `The page cannot start: ${error.message}. It needs WebAssembly and must be loaded from a server.`;
    throw error;
  });
