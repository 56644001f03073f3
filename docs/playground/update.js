// The update of one parameter by the optimizer, in symbols and numbers.

import { bracketed, fine } from './maths.js';

const MOMENTUM = 0.9;
const EPSILON = 1e-8;

/**
 * Returns the new value of a parameter and how it is computed.
 *
 * `memory` has the optimizer's state of this parameter: `velocity` for momentum, `mean` and `root` for RMSProp and Adam,
 * and the number of `steps` so far; all are 0 before the first step.
 */
export function update({ name, isFrozen = false, value, derivative, rate, optimizer, penalty, penaltyRate, memory }) {
  if (isFrozen) return { result: value, about: '', text: `${fine(value)} is frozen: no step changes it` };
  if (optimizer === 'lbfgs') return { result: NaN, about: '', text: 'L-BFGS computes the steps of all parameters together, from the derivatives of the last steps' };
  const isWeight = name.startsWith('w'); // biases are not regularized
  const extra = !isWeight || penalty === 'none' ? 0 : penaltyRate * (penalty === 'l2' ? value : Math.sign(value));
  const gradient = derivative + extra;
  const term = extra === 0 ? fine(derivative) : `${fine(derivative)} ${extra < 0 ? '−' : '+'} ${fine(Math.abs(extra))}`;
  const asFactor = extra !== 0 || derivative < 0 ? `(${term})` : term;
  const { direction, factor, about } = directionOf(optimizer, gradient, asFactor, memory);
  const result = value - rate * direction;
  return { result, about, text: `${precise(value, result)} − ${rate} · ${factor} = ${precise(result, value)}` };
}

/** Returns what the learning rate is multiplied by: the gradient, or the optimizer's state after it. */
function directionOf(optimizer, gradient, asFactor, { velocity = 0, mean = 0, root = 0, steps = 0 }) {
  if (optimizer === 'momentum' || optimizer === 'nesterov') {
    const next = MOMENTUM * velocity + gradient;
    const about = `velocity v = ${MOMENTUM} · ${bracketed(velocity)} + ${asFactor} = ${fine(next)}`;
    if (optimizer === 'momentum') return { direction: next, factor: bracketed(next), about };
    const ahead = gradient + MOMENTUM * next;
    return { direction: ahead, factor: bracketed(ahead), about: `${about}; ${asFactor} + ${MOMENTUM} · ${bracketed(next)} = ${fine(ahead)}` };
  }
  if (optimizer === 'rmsprop') {
    const next = Math.hypot(Math.sqrt(0.99) * root, Math.sqrt(0.01) * gradient);
    const direction = gradient / (next + EPSILON);
    const about = `r = √(0.99 · ${fine(root)}² + 0.01 · ${asFactor}²) = ${fine(next)}; ${asFactor} / r = ${fine(direction)}`;
    return { direction, factor: bracketed(direction), about };
  }
  if (optimizer === 'adam') {
    const [nextMean, nextRoot] = [0.9 * mean + 0.1 * gradient, Math.hypot(Math.sqrt(0.999) * root, Math.sqrt(0.001) * gradient)];
    const [m, r] = [nextMean / (1 - 0.9 ** (steps + 1)), nextRoot / Math.sqrt(1 - 0.999 ** (steps + 1))];
    const direction = m / (r + EPSILON);
    const about = `Adam: mean of derivatives m = ${fine(m)}, root of the mean of squares r = ${fine(r)}; m / r = ${fine(direction)}`;
    return { direction, factor: bracketed(direction), about };
  }
  return { direction: gradient, factor: asFactor, about: '' };
}

/** Formats a value with enough decimals to differ from its value before or after the update. */
function precise(x, other) {
  if (x === other || fine(x) !== fine(other)) return fine(x);
  const decimals = Math.min(10, Math.ceil(-Math.log10(Math.abs(x - other))) + 1);
  return x.toFixed(decimals).replace('-', '−');
}
