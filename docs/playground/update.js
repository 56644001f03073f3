// The update of one parameter by the optimizer, in symbols and numbers.

import { bracketed, enough, fine } from './maths.js';

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
  const { direction, isGradient, about } = directionOf(optimizer, derivative, extra, memory);
  const result = value - rate * direction;
  const resultDigits = different(value, result);
  const parts = isGradient ? [derivative, extra] : [direction, 0];
  const digits = Math.max(resultDigits, enough([value, ...parts], ([value, a, b]) => value - rate * (a + b), resultDigits));
  const factor = isGradient ? gradientText(derivative, extra, digits) : bracketed(direction, digits);
  return { result, about: about(digits), text: `${fine(value, digits)} − ${rate} · ${factor} = ${fine(result, resultDigits)}` };
}

/** Writes the gradient with the regularization as a factor. */
function gradientText(derivative, extra, digits) {
  if (extra === 0) return bracketed(derivative, digits);
  return `(${fine(derivative, digits)} ${extra < 0 ? '−' : '+'} ${fine(Math.abs(extra), digits)})`;
}

/**
 * Returns what the learning rate is multiplied by: the gradient, or the optimizer's state after it. `about` explains this
 * state, with the digits that it is shown with.
 */
function directionOf(optimizer, derivative, extra, { velocity = 0, mean = 0, root = 0, steps = 0 }) {
  const gradient = derivative + extra;
  const g = (digits) => gradientText(derivative, extra, digits);
  if (optimizer === 'momentum' || optimizer === 'nesterov') {
    const next = MOMENTUM * velocity + gradient;
    const ahead = gradient + MOMENTUM * next;
    const about = (digits) => {
      const own = enough([velocity, derivative, extra], ([v, a, b]) => MOMENTUM * v + a + b, digits);
      return `velocity v = ${MOMENTUM} · ${bracketed(velocity, own)} + ${g(own)} = ${fine(next, digits)}`;
    };
    if (optimizer === 'momentum') return { direction: next, about };
    return {
      direction: ahead,
      about: (digits) => {
        const own = enough([next, derivative, extra], ([v, a, b]) => a + b + MOMENTUM * v, digits);
        return `${about(own)}; ${g(own)} + ${MOMENTUM} · ${bracketed(next, own)} = ${fine(ahead, digits)}`;
      },
    };
  }
  if (optimizer === 'rmsprop') {
    const next = Math.hypot(Math.sqrt(0.99) * root, Math.sqrt(0.01) * gradient);
    const direction = gradient / (next + EPSILON);
    return {
      direction,
      about: (digits) => {
        const own = enough([next, derivative, extra], ([r, a, b]) => (a + b) / r, digits);
        const first = enough([root, derivative, extra], ([root, a, b]) => Math.hypot(Math.sqrt(0.99) * root, Math.sqrt(0.01) * (a + b)), own);
        return `r = √(0.99 · ${fine(root, first)}² + 0.01 · ${g(first)}²) = ${fine(next, own)}; ${g(own)} / r = ${fine(direction, digits)}`;
      },
    };
  }
  if (optimizer === 'adam') {
    const [nextMean, nextRoot] = [0.9 * mean + 0.1 * gradient, Math.hypot(Math.sqrt(0.999) * root, Math.sqrt(0.001) * gradient)];
    const [m, r] = [nextMean / (1 - 0.9 ** (steps + 1)), nextRoot / Math.sqrt(1 - 0.999 ** (steps + 1))];
    const direction = m / (r + EPSILON);
    return {
      direction,
      about: (digits) => {
        const own = enough([m, r], ([m, r]) => m / r, digits);
        return `Adam: mean of derivatives m = ${fine(m, own)}, root of the mean of squares r = ${fine(r, own)}; m / r = ${fine(direction, digits)}`;
      },
    };
  }
  return { direction: gradient, isGradient: true, about: () => '' };
}

/** Returns the number of digits, four or more, with which a value differs from its value before the update. */
export function different(before, after) {
  if (before === after) return 4;
  for (let digits = 4; digits < 10; digits++) if (fine(before, digits) !== fine(after, digits)) return digits;
  return 10;
}
