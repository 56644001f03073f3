// The state of the page as text after the # of its address, so that a link reproduces it.

import { Refused } from './engine.js';

/** The defaults: settings of the crate and of the page. */
export const DEFAULTS = {
  data: 'circle',
  noise: '0',
  test: '0.5',
  dataseed: '1',
  inputs: 'x1,x2',
  layers: '4tanh,2tanh',
  output: 'sigmoid',
  loss: 'cross',
  optimizer: 'sgd',
  rate: '0.03',
  batch: '10',
  penalty: 'none',
  penaltyrate: '0.001',
  seed: '1',
  init: 'suited',
  speed: '1',
  showtest: '0',
  discrete: '0',
  sample: '1',
  parameter: '0',
  numbers: '0',
  dropout: '0',
  residual: '0',
  formula: '',
  boundary: '',
  stopepoch: '',
  stoploss: '',
  panels: 'backprop',
};

/** The values of the settings that belong to the page; the crate checks the others. */
const VALID = {
  speed: /^(0\.1|1|10|max)$/, showtest: /^[01]$/, discrete: /^[01]$/, numbers: /^[01]$/, penalty: /^(none|l1|l2)$/,
  penaltyrate: /^\d+(\.\d+)?(e[-+]?\d+)?$/, sample: /^\d+$/, parameter: /^\d+$/, theme: /^(light|dark)$/, more: /^(training|data|network|view|save)$/, card: /^(1|batch|[ho]\d+)$/, drill: /^(factors|derivative|sums|outputs)$/, score: /^[012]+$/,
  surface: /^\d+,\d+,\d+(\.\d+)?(e[-+]?\d+)?$/, frozen: /^(\d+(,\d+)*)?$/, panels: /^[a-z,-]*$/, stopepoch: /^([1-9]\d*)?$/, stoploss: /^(\d+(\.\d+)?(e[-+]?\d+)?)?$/,
};

const EXPECTED = { stopepoch: 'the epoch to stop at must be a whole number from 1', stoploss: 'the loss to stop at must be a number from 0' };

/** Returns what is wrong with a value of a setting of the page; '' if nothing is. */
export function problem(key, value) {
  if (value === undefined || !(key in VALID) || VALID[key].test(value)) return '';
  return key in EXPECTED ? `${EXPECTED[key]}, got “${value}”` : `${key} cannot be “${value}”`;
}

/** Returns the state in a text, with the default for each invalid value, and a message about each of these. */
export function read(hash) {
  const state = { ...DEFAULTS, ...Object.fromEntries(new URLSearchParams(hash.replace(/^#/, ''))) };
  const problems = [];
  for (const key of Object.keys(VALID)) {
    const wrong = problem(key, state[key]);
    if (wrong === '') continue;
    problems.push(wrong);
    state[key] = DEFAULTS[key];
  }
  return { state, problems };
}

/** Returns the values that differ from the defaults as text. */
export function written(state) {
  const parts = Object.entries(state).filter(([key, value]) => value !== undefined && value !== DEFAULTS[key]);
  return parts.map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll('%2C', ',')}`).join('&');
}

/** The settings that the module knows; the others belong to the page. */
const OF_MODULE = ['data', 'noise', 'test', 'dataseed', 'inputs', 'layers', 'output', 'loss', 'optimizer', 'rate', 'batch', 'dropout', 'residual', 'formula', 'boundary', 'seed', 'init'];

/** The settings of the module that may be empty: it has defaults for them. */
const HAVE_DEFAULTS = ['formula', 'boundary'];

/** Returns the settings for the module as text. */
export function settings(state) {
  const { penalty, penaltyrate } = state;
  const penalties = penalty === 'none' ? [] : [[penalty, penaltyrate]];
  return [...OF_MODULE.map((key) => [key, state[key]]), ...penalties]
    .filter(([key, value]) => value !== '' || !HAVE_DEFAULTS.includes(key))
    .map(([key, value]) => `${key}=${value.replaceAll('&', ' ')}`) // & separates settings
    .join('&');
}

/** Encodes numbers, exactly as Float64Array, as URL-safe Base64. */
export function packed(numbers, Kind = Float64Array) {
  const bytes = new Uint8Array(Kind.from(numbers).buffer);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function unpacked(text, Kind = Float64Array) {
  let bytes = [];
  try {
    bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    throw new Refused('expected numbers in Base64, got another text');
  }
  if (bytes.length % Kind.BYTES_PER_ELEMENT !== 0) throw new Refused(`expected whole numbers of ${Kind.BYTES_PER_ELEMENT} bytes, got a truncated text`);
  return Array.from(new Kind(bytes.buffer));
}
