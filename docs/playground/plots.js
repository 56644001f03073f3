// Drawing on canvases: colour maps, points, curves and the loss surface.

import { sizeOf } from './sizes.js';

/** Returns the colours of the style sheet as RGB values. */
export function palette() {
  // A variable is a pair of colours for light and dark; only a property of an element selects one.
  const probe = document.body.appendChild(document.createElement('i'));
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  };
  const classes = [1, 2, 3, 4, 5, 6].map((i) => colour(`class-${i}`));
  const colours = {
    paper: colour('paper'), ink: colour('ink'), soft: colour('soft'), line: colour('line'), mark: colour('mark'),
    positive: colour('pos-fill'), negative: colour('neg-fill'),
    classes, fills: [colour('class-1-fill'), colour('class-2-fill'), ...classes.slice(2)],
  };
  probe.remove();
  return colours;
}

export const css = ([r, g, b], alpha = 1) => `rgba(${r}, ${g}, ${b}, ${alpha})`;

/** Mixes two colours; a fraction that is not a number gives the first. */
const mixed = ([r, g, b], to, part, fraction = part || 0) => [r + (to[0] - r) * fraction, g + (to[1] - g) * fraction, b + (to[2] - b) * fraction];

/** Maps −1 to the first, 0 to the paper and 1 to the second of two colours. */
const between = (colours, [low, high], value) => {
  const fraction = Math.min(Math.abs(value), 1);
  return mixed(colours.paper, value > 0 ? high : low, fraction);
};

/** Returns the colour of a weight or of the output of a neuron. */
export const signed = (colours, value) => between(colours, [colours.negative, colours.positive], value);

/** Returns the colour of a target from −1 to 1. */
export const ofTarget = (colours, value) => between(colours, colours.fills, value);

/** Draws cells, row by row from the bottom, scaled to the whole canvas. */
export function drawMap(canvas, cells, colourOf) {
  const image = new ImageData(cells, cells);
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++) {
      const [r, g, b] = colourOf(row * cells + column);
      const at = 4 * ((cells - 1 - row) * cells + column);
      image.data[at] = r;
      image.data[at + 1] = g;
      image.data[at + 2] = b;
      image.data[at + 3] = 255;
    }
  }
  if (canvas.width !== cells) canvas.width = canvas.height = cells;
  canvas.getContext('2d').putImageData(image, 0, 0);
}

/** Returns the colour of a cell: the predicted class, stronger for a higher probability, or the predicted number. */
export function predictionColour(colours, predictions, classes, range, isDiscrete) {
  if (classes === 0) {
    const [least, most] = range;
    return (cell) => {
      let fraction = most > least ? (2 * (predictions[cell] - least)) / (most - least) - 1 : 0;
      if (isDiscrete) fraction = Math.sign(fraction);
      return ofTarget(colours, 0.9 * fraction);
    };
  }
  return (cell) => {
    let best = 0;
    for (let i = 1; i < classes; i++) if (predictions[cell * classes + i] > predictions[cell * classes + best]) best = i;
    const chance = 1 / classes;
    const sure = (predictions[cell * classes + best] - chance) / (1 - chance);
    return mixed(colours.paper, colours.fills[best], isDiscrete ? 0.6 : 0.7 * Math.max(0, Math.min(1, sure)));
  };
}

/** Sets the resolution of a canvas to that of the screen; returns its context in CSS pixels. */
export function sharp(canvas) {
  const { width, height } = sizeOf(canvas);
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  context.scale(scale, scale);
  return { context, width, height };
}

/** Draws the shape of a class; classes differ in shape and colour. */
export function drawShape(context, kind, x, y, size) {
  context.beginPath();
  if (kind === 0) context.arc(x, y, size, 0, 2 * Math.PI);
  else if (kind === 1) context.rect(x - 0.9 * size, y - 0.9 * size, 1.8 * size, 1.8 * size);
  else {
    const corners = kind === 2 ? 3 : kind;
    for (let i = 0; i < corners; i++) {
      const angle = (2 * Math.PI * i) / corners - Math.PI / 2;
      context.lineTo(x + 1.25 * size * Math.cos(angle), y + 1.25 * size * Math.sin(angle));
    }
    context.closePath();
  }
}

export function drawPoints(canvas, colours, points, { size, classes, range, showTest, selected, labels = [], cross }) {
  const { context, width, height } = sharp(canvas);
  const radius = Math.max(1.8, Math.min(5, width / 90));
  const place = ({ x1, x2 }) => [((x1 / size + 1) / 2) * width, ((1 - x2 / size) / 2) * height];
  if (cross) {
    const [x, y] = place(cross);
    context.strokeStyle = css(colours.ink);
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [dx, dy] of [[12, 0], [0, 12]]) {
      context.moveTo(x - dx, y - dy);
      context.lineTo(x + dx, y + dy);
    }
    context.stroke();
  }
  points.forEach((point, index) => {
    if (point.isTest && !showTest) return;
    const [x, y] = place(point);
    const [least, most] = range;
    const value = most > least ? (2 * (point.target - least)) / (most - least) - 1 : 0;
    context.fillStyle = css(classes > 0 ? colours.classes[point.target] : ofTarget(colours, value));
    // Test points have an outline.
    context.strokeStyle = css(point.isTest ? colours.ink : colours.paper);
    context.lineWidth = point.isTest ? 1.5 : radius < 2.5 ? 0.5 : 1;
    drawShape(context, classes > 0 ? point.target : 0, x, y, radius);
    context.fill();
    context.stroke();
    if (labels[index]) {
      context.font = '13px system-ui, sans-serif';
      context.textAlign = x > 0.75 * width ? 'right' : 'left';
      context.fillStyle = css(colours.ink);
      context.fillText(labels[index], x + (x > 0.75 * width ? -10 : 10), y + 5);
    }
  });
  if (points[selected]) {
    context.strokeStyle = css(colours.ink);
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(...place(points[selected]), 2.2 * radius, 0, 2 * Math.PI);
    context.stroke();
  }
}

/** Returns the colour of a run; the first is the present one. */
export const runColour = (colours, index) => (index === 0 ? colours.ink : colours.classes[(index + 1) % 6]);

/** Draws the losses by epoch of the present and the kept runs on a logarithmic scale, and a line at the epoch `at`. */
export function drawCurves(canvas, colours, runs, at) {
  const { context, width, height } = sharp(canvas);
  const points = runs.flatMap((run) => run.curves.flatMap((curve) => curve.points));
  const finite = points.map(([, loss]) => loss).filter((loss) => Number.isFinite(loss) && loss > 0);
  const most = Math.max(...finite, 1e-3);
  const least = Math.max(Math.min(...finite, most / 2), most / 1e5);
  const last = Math.max(1, ...points.map(([epoch]) => epoch));
  const [left, bottom, top] = [38, 15, 5];
  const y = (loss) => {
    const fraction = Math.log(most / Math.max(loss, least)) / Math.log(most / least || 2);
    return top + Math.min(1, Math.max(0, fraction)) * (height - bottom - top);
  };
  const x = (epoch) => left + (epoch / last) * (width - left - 2);
  context.font = '11px system-ui, sans-serif';
  context.fillStyle = css(colours.soft);
  context.strokeStyle = css(colours.line);
  context.textAlign = 'right';
  for (const loss of [most, least]) {
    context.fillText(loss >= 0.01 && loss < 1000 ? loss.toFixed(2) : loss.toExponential(0).replace('e+', 'e'), left - 5, y(loss) + 4);
    context.beginPath();
    context.moveTo(left, y(loss));
    context.lineTo(width, y(loss));
    context.stroke();
  }
  context.fillText(last === 1 ? '1 epoch' : `${last} epochs`, width, height - 3);
  runs.forEach((run, index) => {
    for (const curve of run.curves) {
      context.strokeStyle = css(runColour(colours, index), run.isPresent ? 1 : 0.8);
      context.lineWidth = run.isPresent ? 2 : 1.25;
      context.setLineDash(curve.isTest ? [5, 4] : []);
      context.beginPath();
      curve.points.forEach(([epoch, loss], i) => (i ? context.lineTo(x(epoch), y(loss)) : context.moveTo(x(epoch), y(loss))));
      context.stroke();
    }
  });
  context.setLineDash([]);
  if (at !== undefined) {
    context.strokeStyle = css(colours.soft);
    context.lineWidth = 1;
    context.strokeRect(x(at), top, 0, height - bottom - top);
  }
  /** Returns the epoch at a horizontal place, in pixels from the left edge. */
  return (place) => ((place - left) / (width - left - 2)) * last;
}

/** Draws contours of the loss over two parameters (darker is larger), the current parameters and the path of training. */
export function drawSurface(canvas, colours, losses, cells, { trail, centre, size, names }) {
  const finite = losses.filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const side = document.createElement('canvas');
  drawMap(side, cells, (cell) => {
    const fraction = most > least ? Math.sqrt((losses[cell] - least) / (most - least)) : 0;
    return mixed(colours.paper, colours.soft, Number.isFinite(fraction) ? 0.9 * (Math.round(fraction * 14) / 14) : 1);
  });
  const { context, width, height } = sharp(canvas);
  context.imageSmoothingEnabled = true;
  context.drawImage(side, 0, 0, width, height);
  const place = ([a, b]) => [((a - centre[0]) / size + 1) * 0.5 * width, (1 - (b - centre[1]) / size) * 0.5 * height];
  context.strokeStyle = css(colours.classes[0]);
  context.lineWidth = 2.5;
  context.beginPath();
  trail.forEach((point, i) => (i ? context.lineTo(...place(point)) : context.moveTo(...place(point))));
  context.stroke();
  context.fillStyle = css(colours.ink);
  drawShape(context, 0, ...place(centre), 5);
  context.fill();
  context.font = '13px system-ui, sans-serif';
  context.textAlign = 'left';
  const write = (text, x, y) => {
    context.fillStyle = css(colours.paper, 0.85);
    context.fillRect(x - 4, y - 14, context.measureText(text).width + 8, 19);
    context.fillStyle = css(colours.ink);
    context.fillText(text, x, y);
  };
  write(`${names[0]} →`, width - 12 - context.measureText(`${names[0]} →`).width, height - 9);
  write(`↑ ${names[1]}`, 9, 18);
}
