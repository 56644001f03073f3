// The drawer of further settings: its tabs, the view, the kept runs, and what is saved or exported.

import * as address from './address.js';
import { css, runColour } from './plots.js';
import { DATA } from './controls.js';
import { short } from './network.js';

const byId = (id) => document.getElementById(id);
const TABS = ['training', 'data', 'network', 'view', 'save'];
/** Kept runs of more characters than this are not in a link. */
const MOST_RUNS = 6000;
/** The points of a kept curve in a link. */
const MOST_POINTS = 60;
const STORED = 'backprop-more';

export class More {
  constructor(page) {
    this.page = page;
    byId('more-button').addEventListener('click', () => this.show(this.tab === '' ? this.#last() : ''));
    byId('trained-by').addEventListener('click', () => this.show('training')); // as More does by keyboard
    byId('more-close').addEventListener('click', () => this.close());
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.tab === '' || event.defaultPrevented) return;
      event.preventDefault(); // a second Escape closes the card
      this.close();
    });
    TABS.forEach((tab, i) => {
      byId(`tab-${tab}`).addEventListener('click', () => this.show(tab));
      byId(`tab-${tab}`).addEventListener('keydown', (event) => {
        const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: TABS.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        this.show(TABS[(to + TABS.length) % TABS.length]);
        byId(`tab-${this.tab}`).focus();
      });
    });
    document.querySelectorAll('[data-panel]').forEach((link) => {
      link.addEventListener('click', (event) => {
        event.preventDefault(); // the text after # is the state
        const panel = byId(link.dataset.panel);
        if (panel.matches('details')) panel.open = true;
        panel.scrollIntoView();
      });
    });
    byId('yours').addEventListener('click', () => {
      byId('own-panel').open = true;
      this.show('data');
      byId('csv').focus();
    });
    byId('own-panel').addEventListener('toggle', () => byId('more-data').classList.toggle('only-own', byId('own-panel').open));
    byId('annotate').addEventListener('change', () => {
      page.state.numbers = byId('annotate').checked ? '1' : '0';
      page.draw();
      page.remember();
    });
    byId('theme').addEventListener('click', () => page.setTheme(page.theme === 'dark' ? 'light' : 'dark'));
    byId('keep').addEventListener('click', () => this.#keep());
    this.#exports();
    this.tab = '';
    page.on('shape', () => this.#restore());
    page.on('theme', () => this.#listRuns());
  }

  /** Returns the tab that was open last in this browser. */
  #last() {
    try {
      const stored = localStorage.getItem(STORED);
      return TABS.includes(stored) ? stored : TABS[0];
    } catch {
      return TABS[0]; // the browser refuses storage
    }
  }

  /** Opens the drawer at a tab; '' closes it. */
  show(tab) {
    this.#select(tab);
    if (tab !== '') {
      try {
        localStorage.setItem(STORED, tab);
      } catch {
        // the browser refuses storage
      }
    }
    this.page.state.more = tab || undefined;
    if (!this.page.isPlaying) this.page.remember();
    this.page.controls.drawCards();
    this.page.draw();
  }

  close() {
    this.show('');
    byId('more-button').focus();
  }

  #select(tab) {
    this.tab = tab;
    byId('drawer').hidden = tab === '';
    byId('more-button').setAttribute('aria-expanded', String(tab !== ''));
    for (const each of TABS) {
      const isOpen = each === tab;
      byId(`more-${each}`).hidden = !isOpen;
      byId(`tab-${each}`).setAttribute('aria-selected', String(isOpen));
      byId(`tab-${each}`).tabIndex = isOpen ? 0 : -1;
    }
  }

  /** Shows the tab, the panels and the runs of a link. */
  #restore() {
    const { state } = this.page;
    const tab = state.more ?? '';
    if (tab !== this.tab) this.#select(TABS.includes(tab) ? tab : '');
    byId('annotate').checked = state.numbers === '1';
    if (state.runs !== this.runsText) {
      this.page.runs = read(state.runs);
      this.runsText = state.runs;
      this.#listRuns();
    }
  }

  #keep() {
    const { page } = this;
    const data = DATA[page.state.data] ?? page.names.target;
    const name = `run ${page.runs.length + 1}: ${data}, ${page.state.loss}, ${page.engine.epoch()} epochs, ${short(page.scores.trainLoss)}`;
    page.runs.push({ ...page.presentRun(), isPresent: false, name });
    this.#remember();
  }

  #remember() {
    const text = written(this.page.runs);
    this.page.state.runs = this.runsText = text.length <= MOST_RUNS && text !== '' ? text : undefined;
    this.#listRuns();
    this.page.output.drawCurves();
    this.page.remember();
  }

  #listRuns() {
    const { page } = this;
    byId('runs').replaceChildren(...page.runs.map((run, i) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: `✕ ${run.name}` });
      button.style.borderColor = css(runColour(page.colours, i + 1));
      button.addEventListener('click', () => {
        page.runs.splice(i, 1);
        this.#remember();
      });
      return button;
    }));
  }

  #exports() {
    const { page } = this;
    const here = `${location.origin}${location.pathname}`;
    const link = (state) => `${here}#${address.written(state)}`;
    /** Copies a text and shows it; `file` is its name for Download, if it makes sense as a file. */
    const copy = async (text, file = '') => {
      byId('exported').value = text;
      byId('exported').hidden = false;
      byId('download').hidden = file === '';
      byId('download').dataset.file = file;
      try {
        await navigator.clipboard.writeText(text);
        byId('copied').textContent = 'Copied.';
      } catch {
        byId('copied').textContent = 'Copy the text below.';
      }
      return byId('copied').textContent;
    };
    // The link of what is on screen; a reader needs no open tab Save.
    const whole = () => ({ ...page.whole(), more: page.state.more === 'save' ? undefined : page.state.more });
    byId('link').addEventListener('click', () => copy(link(whole())));
    byId('share').addEventListener('click', async () => {
      const told = await copy(link(whole()));
      if (told !== 'Copied.') this.show('save');
      byId('share').textContent = told === 'Copied.' ? 'Link copied' : 'Share';
      setTimeout(() => (byId('share').textContent = 'Share'), 2000);
    });
    byId('embed').addEventListener('click', () => {
      const source = link({ ...whole(), embed: '1' }).replaceAll('&', '&amp;');
      copy(`<iframe src="${source}" width="100%" height="760" title="Backpropagation playground"></iframe>`);
    });
    byId('json').addEventListener('click', () => page.attempt(() => copy(page.engine.json(), 'network.json')));
    byId('rust').addEventListener('click', () => page.attempt(() => copy(page.engine.rust(), 'network.rs')));
    byId('download').addEventListener('click', () => {
      const href = URL.createObjectURL(new Blob([byId('exported').value]));
      Object.assign(document.createElement('a'), { href, download: byId('download').dataset.file }).click();
      setTimeout(() => URL.revokeObjectURL(href));
    });
  }
}

/** Returns kept runs as text: for each, its name, the number of its points, and epoch, training and test loss of these. */
function written(runs) {
  return runs.map(({ name, curves: [train, test] }) => {
    const stride = Math.ceil(train.points.length / MOST_POINTS);
    const tests = new Map(test.points);
    const isKept = (_, i) => i % stride === 0 || i + 1 === train.points.length;
    const numbers = train.points.filter(isKept).flatMap(([epoch, loss]) => [epoch, loss, tests.get(epoch) ?? NaN]);
    return `${name.replaceAll(';', ',')};${address.packed(numbers, Float32Array)}`;
  }).join(';');
}

function read(text = '') {
  const parts = text.split(';');
  const runs = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    try {
      const numbers = address.unpacked('runs', parts[i + 1], Float32Array);
      const curve = (column, isTest) => ({
        isTest,
        points: Array.from({ length: Math.floor(numbers.length / 3) }, (_, k) => [numbers[3 * k], numbers[3 * k + column]]).filter(([, loss]) => !Number.isNaN(loss)),
      });
      runs.push({ isPresent: false, name: parts[i], curves: [curve(1, false), curve(2, true)] });
    } catch {
      return runs; // the link was cut
    }
  }
  return runs;
}
