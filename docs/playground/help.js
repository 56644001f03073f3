// Help: two sentences and a picture for each term, shown at the "?" that asks for it.

const SVG = 'http://www.w3.org/2000/svg';

const line = (d, kind = 'line') => ['path', { d, class: kind }];
const dot = (cx, cy, kind = 'dot', r = 5) => ['circle', { cx, cy, r, class: kind }];
const box = (x, y, kind = 'dot', width = 9, height = width) => ['rect', { x, y, width, height, class: kind }];
const text = (x, y, content) => ['text', { x, y }, content];

const AXES = line('M10 4V64H114', 'thin');
/** The loss as a valley, over one weight. */
const VALLEY = line('M6 6C22 84 92 84 114 6');
/** A part of a network: inputs on the left, neurons on the right. */
const LINES = [line('M22 18L60 12M22 18L60 36M22 52L60 36M22 52L60 60', 'thin')];

/** For each term of the page: its name, its explanation, the shapes of its picture in 120 × 70, and its formulas if it has any. */
export const TERMS = {
  features: ['Features', 'What the network sees of each point: its coordinates x₁ and x₂, or numbers computed from them. A good feature makes the task easier; without it, hidden neurons have to find it.', [
    ...LINES, line('M60 12L104 35M60 36L104 35M60 60L104 35', 'thin'), dot(60, 12, 'open'), dot(60, 36, 'open'), dot(60, 60, 'open'), dot(104, 35, 'open'), box(12, 10, 'mark', 16), box(12, 44, 'mark', 16)]],
  'hidden-layers': ['Hidden layers', 'Rows of neurons between features and output. Each layer combines what the layer before it has found, so more layers can draw more complicated borders.', [
    line('M14 35L44 12M14 35L44 58M44 12L76 12M44 12L76 58M44 58L76 12M44 58L76 58M76 12L106 35M76 58L106 35', 'thin'), dot(14, 35, 'open'), dot(44, 12, 'mark', 7), dot(44, 58, 'mark', 7), dot(76, 12, 'mark', 7), dot(76, 58, 'mark', 7), dot(106, 35, 'open')]],
  neurons: ['Neuron', 'It multiplies each input by a weight, adds the products and a bias, and applies an activation. Its picture shows its output at every point of the plane.', [
    line('M10 14L54 35M10 35L54 35M10 56L54 35M66 35H112'), dot(60, 35, 'mark', 14), text(60, 40, 'Σ')]],
  activation: ['Activation', 'The function that bends the sum of a neuron, for example tanh. Without it, any number of layers could draw only a straight line.', [
    line('M6 35H114M60 4V66', 'thin'), line('M8 60C54 60 48 58 60 35S66 10 112 10')], [
    'sigmoid(x) = 1 / (1 + exp(−x)), with derivative h · (1 − h), where h = sigmoid(x)',
    'tanh(x) = (exp(x) − exp(−x)) / (exp(x) + exp(−x)), with derivative 1 − h², where h = tanh(x)',
    'relu(x) = max(0, x), with derivative 1 if x > 0, else 0']],
  'learning-rate': ['Learning rate', 'How far each step moves every weight against its derivative. Too small learns slowly; too large jumps over the minimum.', [
    VALLEY, line('M14 27L30 49 44 58 54 62', 'dashed'), dot(14, 27), dot(30, 49), dot(44, 58), dot(54, 62)]],
  epoch: ['Epoch', 'One pass of training through all training points. It consists of one step for each batch.', [
    line('M88 20A34 28 0 1 0 94 42'), line('M78 20L90 22 92 9'), ...[28, 44, 60, 76].map((x) => dot(x, 36, 'dot', 4))]],
  output: ['Output', 'The colour of a place is the prediction of the network there, stronger where it is more certain. The border between the colours is where it cannot decide.', [
    box(14, 4, 'one', 46, 62), box(60, 4, 'two', 46, 62), line('M60 4V66'), dot(30, 24, 'dot-one'), dot(40, 48, 'dot-one'), box(78, 18, 'dot-two'), box(86, 42, 'dot-two')]],
  losses: ['Training and test loss', 'How wrong the predictions are: for the points that training uses, and for points that it never sees. If only the training loss falls, the network learns its points by heart.', [
    AXES, line('M10 12C30 50 60 58 114 60'), line('M10 10C30 46 56 52 114 26', 'dashed')]],
  loss: ['Loss', 'One number that measures how wrong the predictions are, averaged over the points. Training changes the weights so that it becomes smaller.', [
    AXES, line('M10 46L114 16'), dot(30, 24), dot(56, 50), dot(84, 10), line('M30 24V40M56 50V33M84 10V25', 'dashed')]],
  regularization: ['Regularization', 'Adds a price for large weights to the loss: their squares (L2) or their sizes (L1). The border becomes smoother, and the network learns less noise by heart.', [
    line('M8 52C20 4 30 66 42 34S60 4 74 40 92 62 112 14', 'dashed'), line('M8 46C36 24 76 50 112 26')]],
  'regularization-rate': ['Regularization rate', 'How much large weights cost. At 0 they cost nothing; if the rate is too large, the network learns nothing else.', [
    line('M8 58L112 12'), dot(34, 46), line('M18 28A24 24 0 0 1 50 28', 'dashed')]],
  'batch-size': ['Batch size', 'How many points a step averages over. Small batches make many uncertain steps in an epoch, large ones make few precise steps.', [
    ...[0, 1, 2, 3, 4].flatMap((i) => [dot(20 + 20 * i, 22, i < 3 ? 'dot' : 'open'), dot(20 + 20 * i, 48, i < 3 ? 'dot' : 'open')]), ['rect', { x: 9, y: 10, width: 62, height: 50, rx: 8, class: 'line' }]]],
  optimizer: ['Optimizer', 'The rule that turns derivatives into steps. SGD follows the derivative; momentum also keeps its speed, and Adam adapts the step of each weight.', [
    ['ellipse', { cx: 72, cy: 36, rx: 44, ry: 30, class: 'thin' }], ['ellipse', { cx: 76, cy: 36, rx: 22, ry: 14, class: 'thin' }], line('M8 8L24 44 36 18 50 46 62 30 76 36', 'dashed'), line('M8 8C30 30 48 40 76 36'), dot(76, 36, 'dot', 4)]],
  dropout: ['Dropout', 'Switches off a random part of the hidden neurons in each step. No neuron can rely on a single other one, which helps against overfitting.', [
    line('M22 18L60 12M22 52L60 60M60 12L100 35M60 60L100 35', 'thin'), dot(22, 18, 'open'), dot(22, 52, 'open'), dot(60, 12, 'dot', 7), dot(60, 60, 'dot', 7), dot(100, 35, 'open'), line('M54 30L66 42M66 30L54 42')]],
  noise: ['Noise', 'Moves each point at random, so that classes overlap. No network can predict noise; one that tries overfits.', [
    line('M60 4V66', 'dashed'), dot(22, 18, 'dot-one'), dot(36, 46, 'dot-one'), dot(72, 30, 'dot-one'), dot(48, 24, 'dot-one'), box(80, 12, 'dot-two'), box(90, 44, 'dot-two'), box(34, 26, 'dot-two'), box(70, 50, 'dot-two')]],
  ratio: ['Ratio of training to test data', 'Which part of the points trains the network. The others only test it: they show how well it predicts points that it has never seen.', [
    box(8, 24, 'mark', 70, 22), box(78, 24, 'open', 34, 22), text(43, 40, 'training'), text(95, 40, 'test')]],
  formula: ['Formula of your feature', 'A feature of your own, computed from x1, x2 and r, the distance of a point from the centre. It may have numbers, pi, + − * / ^, parentheses, and sin, cos, tan, exp, ln, sqrt, abs and tanh.', [
    AXES, line('M10 60C40 60 60 56 76 40S100 12 114 8'), text(44, 30, 'f(x₁, x₂)')], ['x1^2 + x2^2', 'sin(2*x1) * x2', 'exp(-r)']],
  boundary: ['Boundary', 'A curve f(x) over the horizontal coordinate x: points above it have class B, the others class A. It may have numbers, pi, + − * / ^, parentheses, and sin, cos, tan, exp, ln, sqrt, abs and tanh.', [
    line('M8 44C28 4 48 4 62 36S96 66 112 26'), box(56, 8, 'dot-two'), box(84, 20, 'dot-two'), dot(30, 54, 'dot-one'), dot(48, 62, 'dot-one'), dot(104, 60, 'dot-one')], ['sin(x)', 'x^2/4 - 2', '2*abs(x) - 3']],
  weights: ['Weight', 'The number on a line: how strongly a neuron counts an input, and in which direction. Thick lines are large, solid ones positive, dashed ones negative, grey ones zero.', [
    ['path', { d: 'M22 16C56 16 60 35 94 35', class: 'plus' }], ['path', { d: 'M22 54C56 54 60 35 94 35', class: 'minus' }], dot(20, 16, 'open'), dot(20, 54, 'open'), dot(98, 35, 'open', 8)]],
  bias: ['Bias', 'A number that a neuron adds to its sum at every point. It moves the border of the neuron without turning it.', [
    line('M18 66L62 4', 'dashed'), line('M58 66L102 4'), line('M46 40H72M66 34L73 40 66 46')]],
  gradient: ['Gradient', 'All derivatives of the loss together, one for each weight and bias: how fast the loss changes when that parameter grows. It points uphill, so training steps the other way.', [
    VALLEY, line('M12 6L48 74', 'dashed'), dot(29, 38), line('M22 42L34 66M26 61L35 67 36 56')]],
};

/** The controls under More whose labels have a "?", each with its term. */
const FIELDS = {
  optimizer: 'optimizer', batch: 'batch-size', loss: 'loss', penalty: 'regularization', penaltyrate: 'regularization-rate',
  noise: 'noise', test: 'ratio', init: 'weights', output: 'activation', dropout: 'dropout', formula: 'formula', boundary: 'boundary',
};

/** Puts a "?" beside the label of a control. The control leaves the label, so that its name stays the label's text. */
function addTo(control, term) {
  const label = control.closest('label');
  if (!label) return;
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'q', textContent: '?' });
  button.dataset.help = term;
  button.setAttribute('aria-label', `What is this: ${TERMS[term][0]}?`);
  const field = Object.assign(document.createElement('div'), { className: 'field' });
  const head = Object.assign(document.createElement('span'), { className: 'field-head' });
  label.replaceWith(field);
  if (label.id) field.id = label.id; // parts of the page hide a field by the id of its label
  label.removeAttribute('id');
  label.htmlFor = control.id;
  field.append(head, control);
  head.append(label, button);
}

/** Draws the shapes of a picture. */
function picture(shapes) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 120 70');
  svg.setAttribute('aria-hidden', 'true');
  for (const [name, attributes, content = ''] of shapes) {
    const shape = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
    shape.textContent = content;
    svg.append(shape);
  }
  return svg;
}

export class Help {
  constructor() {
    this.box = Object.assign(document.createElement('div'), { id: 'help', popover: 'auto', role: 'dialog', ariaLabel: 'Help', tabIndex: -1 });
    document.body.append(this.box);
    for (const [id, term] of Object.entries(FIELDS)) {
      const control = document.getElementById(id);
      if (control) addTo(control, term);
    }
    // Parts of the page are rebuilt, so the document listens for all buttons.
    const asked = ({ target }) => target.closest?.('[data-help]');
    // The browser closes the box between pointerdown and click: a second click on the same "?" must not open it again.
    document.addEventListener('pointerdown', (event) => {
      this.isClosing = this.box.matches(':popover-open') && this.button === asked(event);
    });
    document.addEventListener('click', (event) => {
      const button = asked(event);
      if (button && !this.isClosing && Object.hasOwn(TERMS, button.dataset.help)) this.#open(button);
      this.isClosing = false;
    });
    // Escape closes the box alone: first here, so that what lies under it does not see the key.
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.box.matches(':popover-open')) return;
      event.preventDefault();
      this.box.hidePopover();
    }, { capture: true });
    this.box.addEventListener('toggle', (event) => {
      if (event.newState === 'open' || this.box.matches(':popover-open')) return; // another "?" was pressed
      this.button.setAttribute('aria-expanded', 'false');
      if (this.box.contains(document.activeElement) || document.activeElement === document.body) this.button.focus({ preventScroll: true });
    });
  }

  #open(button) {
    this.button?.setAttribute('aria-expanded', 'false');
    this.button = button;
    button.setAttribute('aria-expanded', 'true');
    const [name, about, shapes, formulas = []] = TERMS[button.dataset.help];
    const title = Object.assign(document.createElement('b'), { textContent: name });
    const paragraph = document.createElement('p');
    paragraph.append(title, about);
    const list = Object.assign(document.createElement('ul'), { className: 'formulas' });
    list.append(...formulas.map((text) => Object.assign(document.createElement('li'), { textContent: text })));
    this.box.replaceChildren(picture(shapes), paragraph, ...(formulas.length > 0 ? [list] : []));
    this.box.showPopover();
    this.#place(button);
    this.box.focus({ preventScroll: true });
  }

  /** Puts the box below its "?", or above it near the lower edge, within the window. */
  #place(button) {
    const at = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const [gap, right] = [8, document.documentElement.clientWidth];
    const left = Math.max(gap, Math.min(at.left + at.width / 2 - 40, right - width - gap));
    const below = at.bottom + gap;
    this.box.style.left = `${left}px`;
    this.box.style.top = `${Math.max(gap, below + height > window.innerHeight ? at.top - height - gap : below)}px`;
  }
}
