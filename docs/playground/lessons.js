// Lessons: a menu, and a bar with the text, question and goal of each step. lesson-1.json shows the format, embed.html describes it.

import { goal } from './goal.js';
import { DEFAULTS, problem, read, written } from './address.js';

const byId = (id) => document.getElementById(id);

/** The titles of the ready lessons, so that the menu needs no file. */
export const LESSONS = [
  ['One neuron', 'A line, and what moves it'],
  ['Why a hidden layer?', 'Exclusive or, which no line divides'],
  ['The learning rate', 'Too small, right, too large'],
  ['The nine partials', 'Every derivative of the lecture’s network'],
  ['Overfitting and regularization', 'When training loss and test loss part'],
];

export const EXAMPLES = {
  'The lecture: sex by weight and height': 'data=people&layers=2sigmoid&loss=squared&init=normal&rate=0.1&batch=1&test=0',
  'Exclusive or, with two neurons': 'data=xor&layers=2tanh&rate=0.1',
  'Spiral, all features, two layers of eight':
    'data=spiral&inputs=x1,x2,x1^2,x2^2,x1x2,sin1,sin2&layers=8tanh,8tanh&rate=0.03&speed=10',
  'Spiral, coordinates only, Adam': 'data=spiral&layers=8tanh,8tanh&optimizer=adam&rate=0.01&speed=10',
  'Three arms, softmax': 'data=spiral3&loss=softmax&layers=8tanh,8tanh&optimizer=adam&rate=0.01&speed=10',
  'Hills: regression': 'data=hills&loss=squared&layers=8tanh,4tanh&optimizer=adam&rate=0.01&speed=10',
  'All weights zero: the neurons stay equal': 'data=circle&layers=4tanh&init=zeros&rate=0.3',
  'Learning rate too large: training diverges': 'data=hills&loss=squared&layers=4relu,4relu&rate=3',
};

/** The keys of the address that belong to a lesson. */
const KEYS = ['lesson', 'step', 'hide', 'show'];

/** The keys of the address that belong to the view: a link with these alone starts its step, and keeps them. */
const OF_VIEW = ['hide', 'show', 'embed', 'theme', 'more', 'panels', 'card', 'drill', 'score', 'parameter', 'sample', 'numbers', 'showtest', 'discrete', 'surface', 'speed'];

/** The other keys of a state that have no default. */
const WITHOUT_DEFAULT = ['w', 'epoch', 'done', 'memory', 'points', 'plane', 'frozen'];

/** The parts of the page that a lesson or an embedding page can hide. */
const PARTS = ['data', 'features', 'layers', 'rate', 'more', 'output'];

/** Creates an element with properties and children. */
function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

/** Converts a text with **bold** parts to nodes. Nothing else is markup, because a lesson may come from anywhere. */
const rich = (text) => text.split('**').map((part, i) => (i % 2 === 1 ? element('b', {}, part) : part));

/** Returns the state without the keys of a lesson as a link's text. */
const without = (state) => written({ ...state, ...Object.fromEntries(KEYS.map((key) => [key, undefined])) });

/** Fetches a lesson by its number or its URL; throws an error with a sentence if it is not a lesson. */
async function fetched(name) {
  const url = new URL(/^\d+$/.test(name) ? `lesson-${name}.json` : name, location.href);
  if (!/^https?:$/.test(url.protocol)) throw new Error(`expected an address that begins with https, got ${url.protocol}`);
  const response = await fetch(url, { credentials: 'omit' });
  if (!response.ok) throw new Error(`${url} has status ${response.status}`);
  return checked(await response.json());
}

/** Returns a lesson with all optional parts; throws an error that names the first invalid part. */
export function checked({ title, steps }) {
  const expect = (isRight, place, what, got) => {
    if (!isRight) throw new Error(`expected ${what} as ${place}, got ${JSON.stringify(got) ?? 'nothing'}`);
  };
  const isText = (value) => typeof value === 'string';
  const isList = (value) => Array.isArray(value) && value.every(isText);
  const expectNames = (names = [], isKnown, place, what) => expect(names.every(isKnown), place, what, names.find((name) => !isKnown(name)));
  expect(isText(title), 'title', 'a text', title);
  expect(Array.isArray(steps) && steps.length > 0, 'steps', 'a list of steps', steps);
  return {
    title,
    steps: steps.map((step, i) => {
      const place = (key) => `${key} of step ${i + 1}`;
      expect(step !== null && isText(step?.text), place('text'), 'a text', step?.text);
      for (const key of ['state', 'until', 'then', 'done']) expect(step[key] === undefined || isText(step[key]), place(key), 'a text', step[key]);
      for (const key of ['hide', 'show', 'mark']) expect(step[key] === undefined || isList(step[key]), place(key), 'a list of names', step[key]);
      expectNames(step.hide, isPart, place('hide'), `only ${PARTS.join(', ')}`);
      expectNames(step.show, isPart, place('show'), `only ${PARTS.join(', ')}`);
      expectNames(step.mark, isInNetwork, place('mark'), 'names such as w1, b1, h1 or o1');
      expectNames(unreadOf(step.state), () => false, place('state'), 'the part of a link after #');
      const { question } = step;
      if (question !== undefined) {
        expect(isText(question?.text), place('question'), 'a text', question?.text);
        expect(isList(question.options), place('options'), 'a list of texts', question.options);
        expect(question.answer >= 1 && question.answer <= question.options.length, place('answer'), 'the number of an option, from 1', question.answer);
      }
      return { ...step, isReached: step.until === undefined ? () => false : goalOf(step.until, place('until')) };
    }),
  };
}

const isPart = (name) => PARTS.includes(name);
const isInNetwork = (name) => /^[wbho][1-9]\d*$/.test(name);

/** Returns the parts of a state that no page reads: unknown keys, and values that no page has. */
function unreadOf(state = '') {
  const isKnown = (key) => key in DEFAULTS || OF_VIEW.includes(key) || WITHOUT_DEFAULT.includes(key);
  const pairs = [...new URLSearchParams(state)];
  return pairs.filter(([key, value]) => !isKnown(key) || problem(key, value) !== '').map(([key, value]) => `${key}=${value}`);
}

function goalOf(text, place) {
  try {
    return goal(text);
  } catch (error) {
    throw new Error(`${error.message} as ${place}`);
  }
}

export class Lessons {
  constructor(page) {
    this.page = page;
    this.menu = element('div', { id: 'lessons-menu', popover: 'auto', role: 'dialog' });
    this.button = element('button', { type: 'button', id: 'lessons-button', popoverTargetElement: this.menu }, 'Lessons ', element('span', { ariaHidden: 'true' }, '▾'));
    byId('lessons').append(this.button, this.menu);
    /** The number or the URL of the current lesson; '' without one. */
    this.name = '';
    this.#buildMenu();
    page.on('values', () => this.#follow());
  }

  #buildMenu() {
    const item = ([title, about], i) => {
      const button = element('button', { type: 'button' }, element('b', {}, title), element('span', {}, about));
      button.addEventListener('click', () => this.start(String(i + 1)));
      return element('li', {}, button);
    };
    const example = ([title, link]) => {
      const button = element('button', { type: 'button' }, title);
      button.addEventListener('click', () => {
        this.menu.hidePopover();
        this.page.pause();
        this.page.load(link);
      });
      return element('li', {}, button);
    };
    this.menu.setAttribute('aria-labelledby', 'lessons-title');
    this.menu.replaceChildren(
      element('h2', { id: 'lessons-title' }, 'Learn it in ten minutes'),
      element('ol', {}, ...LESSONS.map(item)),
      element('details', {}, element('summary', {}, 'Examples'), element('ul', {}, ...Object.entries(EXAMPLES).map(example))),
      element('p', {}, element('a', { href: 'embed.html#lesson' }, 'Write your own lesson')),
    );
    this.menu.addEventListener('toggle', () => this.#mark());
  }

  /** Marks the current lesson, or the first one, in the menu. */
  #mark() {
    const current = /^\d+$/.test(this.name) ? Number(this.name) : 1;
    this.menu.querySelectorAll('ol button').forEach((button, i) => button.classList.toggle('current', i + 1 === current));
  }

  /** Starts a lesson, by its number or its URL. */
  async start(name, step = 0) {
    this.menu.hidePopover();
    this.page.pause();
    const before = this.name === '' ? without(this.page.whole()) : this.before;
    this.isEntering = true; // the address still has no lesson, or another one
    if (!(await this.#open(name))) return;
    this.before = before;
    this.#enter(step, { isFirst: true });
    this.bar.focus();
  }

  /** Fetches a lesson and shows an empty bar; returns false and shows the error if there is no such lesson. */
  async #open(name) {
    [this.name, this.lesson] = [name, null];
    this.bar?.remove(); // its buttons act on the lesson before
    try {
      const lesson = await fetched(name);
      if (this.name !== name) return false; // another lesson was started meanwhile
      this.lesson = lesson;
    } catch (error) {
      this.#end();
      this.isEntering = false;
      for (const key of KEYS) delete this.page.state[key];
      this.page.alert(`The lesson cannot be opened: ${error.message}.`);
      return false;
    }
    this.starts = [];
    this.#buildBar();
    return true;
  }

  /** Follows the address: a link may open, change or end a lesson. */
  async #follow() {
    if (this.isEntering) return;
    this.#hide();
    const { lesson = '', step = '1', ...rest } = this.page.state;
    if (lesson !== this.name) {
      if (lesson === '') return this.#end();
      const isOfView = ([key]) => OF_VIEW.includes(key);
      const view = written(Object.fromEntries(Object.entries(rest).filter(isOfView)));
      const isBare = written(Object.fromEntries(Object.entries(rest).filter((entry) => !isOfView(entry)))) === '';
      if (!(await this.#open(lesson))) return;
      this.before = without(this.page.whole());
      const index = Math.min(Math.max(1, Math.round(Number(step)) || 1), this.lesson.steps.length) - 1;
      if (isBare) this.#enter(index, { isFirst: true, view });
      else this.#show(index); // the link continues within the step
    } else if (this.lesson && Number(step) - 1 !== this.index) this.#show(Number(step) - 1); // undo
    else if (this.lesson) this.#check();
  }

  /** Goes to a step and loads its state; a step without a state continues with that of the step before. */
  #enter(index, { isBack = false, isFirst = false, view = '' } = {}) {
    const { steps } = this.lesson;
    const { hide = [], show = [] } = steps[index];
    this.isEntering = true; // load() reports values before the step is shown
    this.page.pause();
    // A lesson that is opened in the middle starts from the last state up to there.
    const { state } = isFirst ? (steps.slice(0, index + 1).findLast((step) => step.state !== undefined) ?? {}) : steps[index];
    const text = isBack ? (this.starts[index] ?? state) : state;
    if (text !== undefined) this.#load(`${text}&${view}`, index);
    Object.assign(this.page.state, { lesson: this.name, step: String(index + 1), hide: hide.join(',') || undefined, show: show.join(',') || undefined });
    this.page.remember();
    this.starts[index] = without(this.page.whole());
    this.isEntering = false;
    this.#hide();
    this.#show(index);
  }

  /** Loads the state of a step; a message about it names the step. */
  #load(text, index) {
    this.page.alert('');
    this.page.load(text);
    const message = byId('alert-text').textContent;
    if (message !== '') this.page.alert(message.replace(/^Part of the link is invalid/, `The state of step ${index + 1} of the lesson is invalid`));
  }

  /** Hides the parts that the address lists after hide=, or those that it does not list after show=. */
  #hide() {
    const { hide, show } = this.page.state;
    const listed = (text = '') => text.split(',').filter((part) => PARTS.includes(part));
    const isHidden = (part) => listed(hide).includes(part) || (listed(show).length > 0 && !listed(show).includes(part));
    for (const part of PARTS) document.body.classList.toggle(`without-${part}`, isHidden(part));
    document.querySelectorAll('#inputs input').forEach((input) => (input.disabled = isHidden('features')));
    this.page.network.fold();
  }

  #show(index) {
    this.index = index;
    this.isDone = false;
    const { steps } = this.lesson;
    const { text, question, mark = [] } = steps[index];
    this.text.replaceChildren(...rich(text));
    this.place.textContent = `${index + 1} of ${steps.length}`;
    this.progress.style.setProperty('--done', `${(100 * (index + 1)) / steps.length}%`);
    this.back.disabled = index === 0;
    this.next.textContent = index + 1 < steps.length ? 'Next' : this.#following() ? 'Next lesson' : 'Finish';
    this.reply.replaceChildren();
    this.answer = null;
    this.#ask(question);
    this.#allow();
    const { parameterNames, neuronNames } = this.page.shape;
    const place = (name) => (parameterNames.includes(name) ? { parameter: parameterNames.indexOf(name) } : { neuron: neuronNames.indexOf(name) });
    const missing = mark.filter((name) => !parameterNames.includes(name) && !neuronNames.includes(name));
    if (mark.length === 0 && this.page.card.isOpen) this.page.card.draw(true); // it marks its own path
    else this.page.mark(mark.filter((name) => !missing.includes(name)).map(place));
    if (missing.length > 0) this.page.alert(`Step ${index + 1} of the lesson marks ${missing.join(', ')}; the network does not have ${missing.length === 1 ? 'it' : 'these'}.`);
    this.#check();
  }

  /** Shows a question; the first answer counts. */
  #ask(question) {
    this.question.hidden = question === undefined;
    if (!question) return;
    const options = question.options.map((text, i) => {
      const button = element('button', { type: 'button' }, text);
      button.addEventListener('click', () => {
        const isRight = i + 1 === question.answer;
        options.forEach((option, j) => {
          option.disabled = true;
          if (j + 1 === question.answer) option.classList.add('right');
        });
        button.classList.add(isRight ? 'right' : 'wrong');
        const { then = '' } = this.lesson.steps[this.index];
        const verdict = isRight ? 'Right.' : `Not quite: ${question.options[question.answer - 1]}.`;
        this.answer = `${question.text} You: “${text}”. ${verdict} ${question.why ?? ''}`;
        if (!this.isDone) this.reply.replaceChildren(element('b', {}, verdict), ` ${question.why ?? ''} `, element('b', {}, then));
        this.#allow();
      });
      return button;
    });
    this.question.replaceChildren(element('legend', {}, question.text), ...options);
  }

  /** Emphasizes Next when the step is complete. */
  #allow() {
    const { question, until } = this.lesson.steps[this.index];
    const isAnswered = question === undefined || this.question.querySelector('.right') !== null;
    this.next.classList.toggle('solid', this.isDone || (isAnswered && until === undefined));
  }

  /** Pauses when the goal is reached, so that the picture is that of the text. A prediction stays, in one line. */
  #check() {
    const { isReached, done = '' } = this.lesson.steps[this.index];
    if (this.isDone || !isReached(this.page)) return;
    this.isDone = true;
    this.page.pause();
    this.question.hidden = true;
    const prediction = this.answer === null ? [] : [element('span', { className: 'lesson-answer' }, this.answer)];
    this.reply.replaceChildren(...prediction, element('b', {}, '✓ '), ...rich(done));
    this.#allow();
  }

  #following() {
    return /^\d+$/.test(this.name) && Number(this.name) < LESSONS.length ? String(Number(this.name) + 1) : '';
  }

  #buildBar() {
    this.bar?.remove();
    const button = (text, label, act) => {
      const node = element('button', { type: 'button', ariaLabel: label }, text);
      node.addEventListener('click', act);
      return node;
    };
    this.place = element('span', { className: 'lesson-place' });
    this.progress = element('i', { className: 'lesson-progress' });
    this.progress.setAttribute('aria-hidden', 'true');
    this.text = element('p', { className: 'lesson-text', role: 'status' });
    this.question = element('fieldset', { className: 'lesson-question' });
    this.reply = element('p', { className: 'lesson-reply', role: 'status' });
    this.back = button('‹', 'Back', () => this.#enter(this.index - 1, { isBack: true }));
    this.next = button('Next', null, () => {
      if (this.index + 1 < this.lesson.steps.length) this.#enter(this.index + 1);
      else if (this.#following()) this.start(this.#following());
      else this.close();
    });
    this.bar = element(
      'section', { id: 'lesson', tabIndex: -1, ariaLabel: `Lesson: ${this.lesson.title}` },
      element('h2', {}, this.lesson.title, ' ', this.place), this.progress,
      element('div', { className: 'lesson-body' }, this.text, this.question, this.reply),
      element('span', { className: 'lesson-steps' }, this.back, this.next),
      button('×', 'Close the lesson', () => this.close()),
    );
    document.querySelector('header').after(this.bar);
    document.body.classList.add('in-lesson');
  }

  /** Ends the lesson and restores what was before it. */
  close() {
    this.page.pause();
    const { before } = this;
    this.#end();
    this.page.load(before);
    this.button.focus();
  }

  #end() {
    this.bar?.remove();
    this.name = '';
    this.lesson = null;
    document.body.classList.remove('in-lesson');
    this.page.mark([]);
  }
}
