// Starts the page: loads the crate, then shows the first picture, then builds the rest.

import { Broken, Refused, load } from './engine.js';
import { Page } from './page.js';

load('playground.wasm')
  .then((engine) => {
    const page = new Page(engine);
    // An error of the module in any event, frame or promise ends here: the page goes on.
    const goOn = (event, error) => {
      if (!(error instanceof Broken || error instanceof Refused)) return;
      event.preventDefault();
      if (error instanceof Broken) page.recover();
      else page.alert(error.message);
    };
    window.addEventListener('error', (event) => goOn(event, event.error));
    window.addEventListener('unhandledrejection', (event) => goOn(event, event.reason));
    // In a text field, Ctrl+Z undoes the typing.
    const isText = (node) => node.matches('textarea, input:not([type=checkbox], [type=radio], [type=range])');
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'z' || event.shiftKey || !(event.ctrlKey || event.metaKey) || isText(event.target)) return;
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
    document.querySelector('#alert .row').remove(); // nobody listens to its buttons
    document.getElementById('alert-text').textContent = `The page cannot start: ${error.message}. It needs WebAssembly and must be loaded from a server.`;
    throw error;
  });
