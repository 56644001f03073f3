// The sizes of elements. An observer keeps them, because measuring lays out the page, several times in a frame.

const sizes = new WeakMap();
const listeners = [];
const observer = new ResizeObserver((entries) => {
  let isChanged = false;
  for (const { target, borderBoxSize: [{ inlineSize: width, blockSize: height }] } of entries) {
    const before = sizes.get(target);
    isChanged ||= Math.abs(width - before.width) > 0.5 || Math.abs(height - before.height) > 0.5;
    sizes.set(target, { width, height });
  }
  if (isChanged) listeners.forEach((f) => f());
});

/** Returns the width and the height of an element with its border, in CSS pixels. */
export function sizeOf(node) {
  if (!sizes.has(node)) {
    const { width, height } = node.getBoundingClientRect();
    sizes.set(node, { width, height });
    observer.observe(node, { box: 'border-box' });
  }
  return sizes.get(node);
}

/** Calls `f` after one of these elements has changed its size. */
export const onResize = (f) => listeners.push(f);
