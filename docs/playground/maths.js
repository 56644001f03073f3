// Numbers and symbols: how the card writes them.

/** Formats a number with four decimals, or with two digits if it is small. */
export function fine(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'not a number' : x < 0 ? '−∞' : '∞';
  const size = Math.abs(x);
  const text = Number.isInteger(x) && size < 1e6 ? String(x)
    : size >= 1e6 || size < 1e-6 ? x.toExponential(1)
    : size < 0.001 ? String(Number(x.toPrecision(2)))
    : x.toFixed(4);
  return (Object.is(x, -0) ? '0' : text).replaceAll('-', '−');
}

/** Formats a number with four decimals so that it can follow an operator. */
export const bracketed = (x) => (x < 0 ? `(${fine(x)})` : fine(x));

/** Reads a typed number; a comma or a typographic minus is accepted. Returns NaN for any other text. */
export function typed(text) {
  const plain = text.trim().replace(/[−–]/g, '-').replace(',', '.');
  return plain === '' ? NaN : Number(plain);
}

/** Returns the name of a neuron's sum: Σ1 for h1, Σo1 for o1. */
export const sumName = (neuron) => `Σ${neuron.replace(/^h/, '')}`;

/** Creates an element with properties and children; texts become text nodes, so data cannot inject markup. */
export function make(tag, properties = {}, ...children) {
  const { className, ...attributes } = properties;
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(key, value);
    else if (value === true) node.setAttribute(key, '');
    else if (value !== false && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** Writes a text with the numbers of names as indices: w1 becomes w₁. */
export function symbols(text) {
  const parts = String(text).split(/(?<=Σ)(o?\d+)|(?<=\p{L})(\d+)/u).filter((part) => part !== undefined);
  return parts.map((part, i) => (/^o?\d+$/.test(part) && i > 0 ? make('sub', {}, part) : part));
}

/** Writes ∂top/∂bottom as a fraction. */
export const fraction = (top, bottom) =>
  make('span', { className: 'frac' }, make('span', {}, ...symbols(`∂${top}`)), make('span', {}, ...symbols(`∂${bottom}`)));
