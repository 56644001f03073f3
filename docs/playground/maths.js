// Numbers and symbols: how the card writes them.
//
// One rule for all: a result has four significant digits, and the numbers that it is computed from have as many as make the
// calculation, repeated with the shown numbers, give the shown result.

const DIGITS = 4;
const MOST_DIGITS = 12;

/** Formats a number with four significant digits, or with `digits`; a number that has fewer is exact. */
export function fine(x, digits = DIGITS) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'not a number' : x < 0 ? '−∞' : '∞';
  const size = Math.abs(x);
  const rounded = Number(x.toPrecision(digits));
  const isExact = Math.abs(rounded - x) <= 1e-13 * size;
  const text = x === 0 ? '0'
    : size >= 1e6 || size < 1e-4 ? (isExact ? rounded.toExponential() : x.toExponential(digits - 1))
    : isExact ? String(rounded)
    : size >= 10 ** digits ? String(Math.round(x))
    : x.toPrecision(digits);
  return text.replaceAll('-', '−');
}

/** Formats a number so that it can follow an operator. */
export const bracketed = (x, digits) => (x < 0 ? `(${fine(x, digits)})` : fine(x, digits));

/** Reads a number that `fine` has written. */
const shown = (x, digits) => Number(fine(x, digits).replaceAll('−', '-'));

/** Returns with how many digits `values` have to be shown so that `calculate` gives the shown result, to one unit of its last digit. */
export function enough(values, calculate, resultDigits = DIGITS) {
  const result = calculate(values);
  if (!Number.isFinite(result) || result === 0) return DIGITS;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(result))) + 1 - resultDigits);
  for (let digits = DIGITS; digits < MOST_DIGITS; digits++) {
    if (Math.abs(calculate(values.map((x) => shown(x, digits))) - shown(result, resultDigits)) <= 1.0001 * unit) return digits;
  }
  return MOST_DIGITS;
}

export const product = (values) => values.reduce((product, value) => product * value, 1);
export const total = (values) => values.reduce((sum, value) => sum + value, 0);

/** Writes a typed number with a point and a hyphen instead of a comma and a typographic minus. */
export const withPoint = (text) => text.trim().replace(/[−–]/g, '-').replace(',', '.');

/** Reads a typed number, as `withPoint` writes it. Returns NaN for any other text. */
export const typed = (text) => (withPoint(text) === '' ? NaN : Number(withPoint(text)));

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
