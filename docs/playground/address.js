// The state of the page as text after the # of its address, so that a link reproduces it.

import { Refused } from './engine.js';
import { NAMES } from './words.js';

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

const PANEL = '(backprop|surface-panel|quality-panel|ask-panel)';
/** A kept run: its name, and for each of its points three numbers of four bytes in Base64. */
const RUN = '[^;]*;([\\w-]{16})*';

/** The values of the settings that belong to the page; the crate checks the others. */
const VALID = {
  speed: /^(0\.1|1|10|max)$/, showtest: /^[01]$/, discrete: /^[01]$/, numbers: /^[01]$/, penalty: /^(none|l1|l2)$/,
  penaltyrate: /^\d+(\.\d+)?(e[-+]?\d+)?$/, sample: /^\d+$/, parameter: /^\d+$/, theme: /^(light|dark)$/, more: /^(training|data|network|view|save)$/, card: /^(1|batch|[ho]\d+)$/, drill: /^(factors|derivative|sums|outputs)$/, score: /^[012]+$/,
  surface: /^\d+,\d+,\d+(\.\d+)?(e[-+]?\d+)?$/, frozen: /^\d+(,\d+)*$/, epoch: /^\d+$/, done: /^\d+$/,
  panels: RegExp(`^(${PANEL}(,${PANEL})*)?$`), runs: RegExp(`^${RUN}(;${RUN})*$`), stopepoch: /^([1-9]\d*)?$/, stoploss: /^(\d+(\.\d+)?(e[-+]?\d+)?)?$/,
};

const EXPECTED = { stopepoch: 'a whole number from 1', stoploss: 'a number from 0' };
/** The longest part of a value in a message. */
const MOST = 24;

/** Returns the message that a part of the state cannot have this value. */
export function impossible(key, value) {
  const got = value.length > MOST ? `${value.slice(0, MOST)}…` : value;
  return key in EXPECTED ? `${NAMES[key]} must be ${EXPECTED[key]}, got “${got}”` : `${NAMES[key]} cannot be “${got}”`;
}

/** Returns what is wrong with a value of a setting of the page; '' if nothing is. */
export function problem(key, value) {
  return value === undefined || !(key in VALID) || VALID[key].test(value) ? '' : impossible(key, value);
}

/** Returns a message about each part of a link that is unknown or missing, as in a link that was cut off. */
function lacking(given) {
  const keys = Object.keys(given);
  const unknown = keys.filter((key) => !Object.hasOwn(NAMES, key));
  const empty = keys.filter((key) => given[key] === '' && Object.hasOwn(NAMES, key) && !(key in DEFAULTS) && !(key in VALID));
  const missing = [['epoch', 'w'], ['plane', 'points']].filter(([key, needed]) => key in given && !(needed in given));
  return [
    ...unknown.map((key) => `no setting has the name “${key}”`),
    ...[...empty, ...missing.map(([, needed]) => needed)].map((key) => `expected ${NAMES[key]}, got none`),
  ];
}

/** Returns the state in a text, with the default for each invalid value, and a message about each of these. */
export function read(hash) {
  const given = hash.includes('=') ? Object.fromEntries(new URLSearchParams(hash.replace(/^#/, ''))) : {}; // others are places in the page
  const state = { ...DEFAULTS, ...given };
  const problems = lacking(given);
  for (const key of Object.keys(VALID)) {
    const wrong = problem(key, state[key]);
    if (wrong === '') continue;
    problems.push(wrong);
    if (key !== 'runs') state[key] = DEFAULTS[key]; // the complete runs are kept
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

/** Decodes the numbers of a part of the state. */
export function unpacked(key, text, Kind = Float64Array) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    return Array.from(new Kind(bytes.buffer));
  } catch {
    throw new Refused(/^[\w-]*$/.test(text) ? `part of ${NAMES[key]} is missing` : `${NAMES[key]} must be numbers in Base64, got another text`);
  }
}
