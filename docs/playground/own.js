// Custom data: a pasted or dropped table, and points that are added, moved and erased by hand.

import { typed } from './maths.js';

const byId = (id) => document.getElementById(id);

/** Returns a table with a first row of names: those of the columns are their numbers. */
function withHeader(text, columns) {
  const [first] = text.trim().split('\n');
  const separator = ['\t', ';'].find((each) => first.includes(each)) ?? ',';
  return [columns.map((_, i) => `column ${i + 1}`).join(separator), text.trim()].join('\n');
}

export class OwnData {
  constructor(page) {
    this.page = page;
    byId('csv-read').addEventListener('click', () => this.#read(byId('csv').value));
    byId('csv-file').addEventListener('change', async (event) => {
      await this.#file(event.target.files[0]);
      event.target.value = ''; // so that the same file can be chosen again
    });
    byId('csv-use').addEventListener('click', () => this.#use());
    byId('csv-header').addEventListener('change', () => this.#read(byId('csv').value, byId('csv-header').checked));
    const drop = byId('drop');
    for (const name of ['dragenter', 'dragover']) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add('over');
      });
    }
    drop.addEventListener('dragleave', () => drop.classList.remove('over'));
    drop.addEventListener('drop', (event) => {
      event.preventDefault();
      drop.classList.remove('over');
      this.#file(event.dataTransfer.files[0]);
    });
    this.#brushes();
  }

  async #file(file) {
    if (!file) return;
    if (file.size > 5e6) {
      this.#fail(`the file must have at most 5 MB, got ${Math.round(file.size / 1e6)} MB in ${file.name}`);
      return;
    }
    byId('csv').value = await file.text();
    this.#read(byId('csv').value);
  }

  #fail(text) {
    byId('csv-error').textContent = text;
    byId('csv-columns').hidden = true;
  }

  /** Reads a table and uses its likely columns. Without `hasHeader`, its first row has names if not all of its cells are numbers. */
  #read(text, hasHeader) {
    try {
      const { engine } = this.page;
      let table = engine.readTable(text);
      // Equal names get a number.
      const isAllNumbers = table.columns.every((name) => Number.isFinite(typed(name.replace(/ \(\d+\)$/, ''))));
      byId('csv-header').checked = hasHeader ?? !isAllNumbers;
      if (!byId('csv-header').checked) table = engine.readTable(withHeader(text, table.columns));
      const { columns, numbers, rows } = table;
      if (columns.length < 3) {
        this.#fail(`expected at least three columns, two inputs and a target, got ${columns.length}`);
        return;
      }
      byId('csv-error').textContent = '';
      // Columns of numbers first; if there are fewer than two, the error names the cell that is none.
      const places = [...columns.keys()].slice(0, -1).sort((i, j) => (numbers[j] > 0) - (numbers[i] > 0));
      [byId('csv-x1'), byId('csv-x2'), byId('csv-target')].forEach((select, i) => {
        select.replaceChildren(...columns.map((name) => new Option(name)));
        select.selectedIndex = i < 2 ? places[i] : columns.length - 1;
      });
      byId('csv-kind').value = numbers.at(-1) > 6 ? '0' : '1';
      byId('csv-columns').hidden = false;
      byId('csv-done').textContent = '';
      this.rows = rows;
      this.#use(); // the likely columns; others can be chosen
    } catch (error) {
      this.#fail(error.message);
    }
  }

  #use() {
    const columns = ['csv-x1', 'csv-x2', 'csv-target'].map((id) => byId(id).value);
    try {
      if (columns[0] === columns[1]) throw new Error(`the inputs must be two different columns, got ${columns[0]} twice`);
      this.page.useTable(columns, byId('csv-kind').value === '1');
      byId('csv-error').textContent = '';
      const held = this.page.points.filter((point) => point.isTest).length;
      const all = this.page.points.length;
      const missing = this.rows - all;
      const left = missing === 0 ? '' : ` ${missing} ${missing === 1 ? 'row with a missing value is' : 'rows with missing values are'} left out.`;
      const unnamed = byId('csv-header').checked ? '' : ' The first row is one of them: the table has no names.';
      byId('csv-done').textContent = `${all} rows are in use: ${all - held} for training, ${held} for testing.${unnamed}${left}`;
    } catch (error) {
      byId('csv-error').textContent = error.message;
    }
  }

  /** Handles clicks and keys on the plane. */
  #brushes() {
    this.brush = 'look';
    const plane = byId('points');
    const at = (event) => {
      const { left, top, width, height } = plane.getBoundingClientRect();
      const size = this.page.names.size;
      return { x1: size * ((2 * (event.clientX - left)) / width - 1), x2: size * (1 - (2 * (event.clientY - top)) / height) };
    };
    const nearest = ({ x1, x2 }) => {
      const visible = (point) => this.page.state.showtest === '1' || !point.isTest;
      let [best, least] = [-1, 0.06 * this.page.names.size];
      this.page.points.forEach((point, index) => {
        const distance = Math.hypot(point.x1 - x1, point.x2 - x2);
        if (visible(point) && distance < least) [best, least] = [index, distance];
      });
      return best;
    };
    this.moved = -1; // the index of the point that is being moved
    /** Returns the nearest place in the plane. */
    const inside = ({ x1, x2 }) => {
      const { size } = this.page.names;
      const limited = (x) => Math.max(-size, Math.min(size, x));
      return { x1: limited(x1), x2: limited(x2) };
    };
    /** Moves the point that is being moved, if there is one. */
    const moveTo = (place) => {
      if (this.moved >= 0) this.page.points[this.moved] = { ...this.page.points[this.moved], ...place };
    };
    const act = (place) => {
      const index = nearest(place);
      if (this.brush === 'look') {
        if (index >= 0 && !this.page.points[index].isTest) this.page.chooseSample(this.page.sampleOf(index));
        else this.page.output.showPrediction(place);
      } else if (this.brush === 'move') this.moved = index;
      else if (this.brush === 'erase') {
        if (index >= 0) this.page.setPoints(this.page.points.filter((_, i) => i !== index));
      } else this.page.setPoints([...this.page.points, { ...place, target: Number(this.brush), isTest: false }]);
    };
    plane.addEventListener('pointerdown', (event) => {
      act(at(event));
      if (this.moved >= 0) plane.setPointerCapture(event.pointerId);
    });
    // Arrow keys move a cross, and with it a point that is being moved.
    plane.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      const { size } = this.page.names;
      this.cross ??= { x1: 0, x2: 0 };
      if (step) {
        const [dx, dy] = step.map((x) => (x * size * (event.shiftKey ? 5 : 1)) / 50);
        this.cross = inside({ x1: this.cross.x1 + dx, x2: this.cross.x2 + dy });
        moveTo(this.cross);
      } else if (event.key === 'Enter' || event.key === ' ') {
        if (this.moved >= 0) {
          this.page.setPoints(this.page.points);
          this.moved = -1;
        } else act(this.cross);
      } else return;
      event.preventDefault();
      this.page.output.drawPoints();
    });
    plane.addEventListener('blur', () => {
      this.cross = undefined;
      this.page.output.drawPoints();
    });
    plane.addEventListener('pointerleave', () => this.page.output.point(null));
    plane.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'mouse') this.page.output.point(at(event));
      if (this.moved < 0) return;
      moveTo(inside(at(event)));
      this.page.output.drawPoints();
    });
    for (const name of ['pointerup', 'pointercancel']) {
      plane.addEventListener(name, () => {
        if (this.moved >= 0) this.page.setPoints(this.page.points);
        this.moved = -1;
      });
    }
  }

  /** Creates an action for each class. The points are other ones: none is being moved any more. */
  build(classes) {
    this.moved = -1;
    const names = classes.length > 0 ? classes.map((name, i) => [String(i), `add ${name}`]) : [['1', 'add 1'], ['-1', 'add −1']];
    if (classes.length > 0 && classes.length < 6) names.push([String(classes.length), 'add another class']);
    const all = [['look', 'select'], ...names, ['move', 'move'], ['erase', 'erase']];
    if (!all.some(([value]) => value === this.brush)) this.brush = 'look';
    byId('plane').classList.toggle('drawing', this.brush !== 'look');
    const fieldset = byId('brush');
    fieldset.querySelectorAll('label').forEach((label) => label.remove());
    for (const [value, text] of all) {
      const label = document.createElement('label');
      const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'brush', value, checked: value === this.brush });
      input.addEventListener('change', () => {
        this.brush = value;
        byId('plane').classList.toggle('drawing', value !== 'look');
      });
      label.append(input, text);
      fieldset.append(label);
    }
  }
}
