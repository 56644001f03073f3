// Places for the values on the network: a value never lies over anything that can be clicked, or over another value. Where
// there is no room for it, it becomes shorter; where there is none for that either, it is hidden.

/** Where on its line the label of a weight may be: first in the middle, and for several lines of a neuron near their sources. */
const ON_LINE = [0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26];
const NEAR_SOURCE = [0.3, 0.36, 0.24, 0.42, 0.48, 0.54];
/** The least distance between a value and anything else, in pixels. */
const GAP = 1;

/** The sizes of a label and of a value: padding, height and font. Measuring the text needs no layout of the page. */
const KINDS = { label: [14, 20, '600 12px system-ui, sans-serif'], value: [6, 14, '12px system-ui, sans-serif'], name: [2, 13, 'italic 13px Georgia, serif'] };
const measure = document.createElement('canvas').getContext('2d');

function sizeOf(text, kind) {
  const [padding, height, font] = KINDS[kind];
  measure.font = font;
  return [measure.measureText(text).width + padding, height];
}

const overlaps = (a, b) => a.left < b.right + GAP && b.left < a.right + GAP && a.top < b.bottom + GAP && b.top < a.bottom + GAP;
const around = (x, y, width, height) => ({ left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 });

/** Returns the place on a line, which is a curve with horizontal ends, in percent of the stage. */
const onCurve = (from, to, t) => [from[0] + (to[0] - from[0]) * (1.5 * t * (1 - t) + t ** 3), from[1] + (to[1] - from[1]) * (3 * t ** 2 - 2 * t ** 3)];

/**
 * Places labels and values within `stage`. A label is { node, from, to, texts }, a value { node, box, texts }, with the longest
 * of its `texts` first and `write(node, text)` to show one. `boxes` are the neurons and features, `others` what else can be
 * clicked near them. The `names` of neurons, each { node, box, texts }, get what room is left.
 */
export function settle({ stage, labels, values, names, boxes, others, write }) {
  const frame = stage.getBoundingClientRect();
  if (frame.width === 0) return;
  const toPixels = ([x, y]) => [frame.left + (x * frame.width) / 100, frame.top + (y * frame.height) / 100];
  // A box may be moving, so its place is that of its style.
  const placeOf = (box) => toPixels([Number.parseFloat(box.style.left), Number.parseFloat(box.style.top)]);
  const taken = [];
  for (const box of boxes) {
    const [x, y] = placeOf(box);
    taken.push(around(x, y, box.offsetWidth, box.offsetHeight));
    // Its bias and the symbol of its class lie beside it.
    for (const dot of box.querySelectorAll('.bias, .class')) taken.push(around(x - box.offsetWidth / 2 + dot.offsetLeft + dot.offsetWidth / 2, y - box.offsetHeight / 2 + dot.offsetTop + dot.offsetHeight / 2, dot.offsetWidth, dot.offsetHeight));
  }
  for (const node of others) {
    const place = node.getBoundingClientRect();
    if (place.width > 0) taken.push(place);
  }
  const edge = document.documentElement.clientWidth;
  const isFree = (place) => place.left >= 0 && place.right <= edge && !taken.some((other) => overlaps(place, other));

  /** Shows the first text of each item that has room at one of the places that `placesFor` returns. */
  const settleAll = (items, kind, placesFor, put) => {
    const longest = Math.max(0, ...items.map(({ texts }) => texts.length));
    for (const item of items) item.place = null;
    let rest = items;
    for (let i = 0; i < longest; i++) {
      rest = rest.filter((item) => {
        const place = i < item.texts.length && placesFor(item, ...sizeOf(item.texts[i], kind)).find(isFree);
        if (!place) return true;
        taken.push(place);
        item.place = place;
        item.text = item.texts[i];
        return false;
      });
    }
    return items.map((item) => () => {
      item.node.style.display = item.place ? '' : 'none';
      if (!item.place) return;
      write(item.node, item.text);
      put(item, item.place);
    });
  };
  const putInStage = ({ node }, place) => {
    node.style.left = `${(50 * (place.left + place.right - 2 * frame.left)) / frame.width}%`;
    node.style.top = `${(50 * (place.top + place.bottom - 2 * frame.top)) / frame.height}%`;
  };
  const places = labels.length > 1 && labels.every(({ to }) => to === labels[0].to) ? NEAR_SOURCE : ON_LINE;
  const writes = settleAll(labels, 'label', ({ from, to }, width, height) => places.map((t) => around(...toPixels(onCurve(from, to, t)), width, height)), putInStage);
  const settleValues = settleAll(values, 'value', ({ box }, width, height) => {
    const [at, y] = placeOf(box);
    const isSum = box.matches('.sum'); // its value ends before the output
    const x = isSum ? at + (box.offsetWidth - width) / 2 + 8 : at;
    const distance = (box.offsetHeight + height) / 2 + (isSum ? 8 : 5);
    return [around(x, y + distance, width, height), around(x, y - distance, width, height)];
  }, ({ node, box }, place) => node.classList.toggle('above', place.bottom < placeOf(box)[1]));
  const settleNames = settleAll(names, 'name', ({ box }, width, height) => {
    const [x, y] = placeOf(box);
    const [aside, over] = [(box.offsetWidth + width) / 2 + 5, (box.offsetHeight + height) / 2 + 6]; // its index reaches below it
    const atTop = y - (box.offsetHeight - height) / 2;
    return [[x, y - over], [x - aside, atTop], [x + aside, atTop], [x - aside, y - over], [x + aside, y - over], [x, y + over]].map(([x, y]) => around(x, y, width, height));
  }, putInStage);
  writes.push(...settleValues, ...settleNames);
  for (const each of writes) each(); // after all reading, so that the page is laid out once
}
