'use strict';

// What was recorded, unpacked: frames as lists of rows, rows as cells.
class Recorded {
  static async unpack(base64) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return new Recorded(JSON.parse(await new Response(stream).text()));
  }

  constructor(data) {
    Object.assign(this, data);
    this.sides = [data.old, data.new].filter((side) => side);
    this.cells = [];
    for (const side of this.sides) {
      let rows = [];
      side.frames = side.frames.map(([from, height, ...changes]) => {
        rows = rows.slice(0, height);
        for (let index = 0; index < changes.length; index += 2) rows[changes[index]] = changes[index + 1];
        return { from, rows };
      });
    }
    this.end = Math.max(...this.sides.map((side) => side.end));
    this.columns = Math.max(...this.sides.map((side) => side.columns));
    this.height = Math.max(1, ...this.sides.map((side) => side.height));
    const froms = this.sides.flatMap((side) => side.frames.map((frame) => frame.from));
    this.instants = [...new Set([0, ...froms, ...this.sides.map((side) => side.end)])].sort((a, b) => a - b);
  }

  // The rows that a side shows at an instant.
  rowsAt(side, at) {
    let [low, high] = [0, side.frames.length];
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (side.frames[middle].from <= at) low = middle;
      else high = middle;
    }
    return side.frames[low].rows;
  }

  differsAt(at) {
    if (this.sides.length < 2) return false;
    const [old, now] = this.sides.map((side) => this.rowsAt(side, at));
    return old.length !== now.length || old.some((row, line) => row !== now[line]);
  }

  // The stretches of time in which the screens differ: [from, until].
  stretches() {
    const stretches = [];
    this.instants.forEach((at, index) => {
      if (!this.differsAt(at)) return;
      const until = this.instants[index + 1] ?? this.end;
      const last = stretches.at(-1);
      if (last && last[1] === at) last[1] = until;
      else stretches.push([at, until]);
    });
    return stretches;
  }

  // The cells of a row, by their columns; a wide one is in the first of its columns, and the second is undefined.
  row(number) {
    if (this.cells[number]) return this.cells[number];
    const cells = [];
    const runs = this.rows[number];
    for (let index = 0; index < runs.length; index += 2) {
      const [style, run] = [runs[index], runs[index + 1]];
      const [columns, texts] = typeof run === 'string' ? [0, run] : run;
      for (const text of texts) {
        cells.push({ text, style, columns: columns || 1, plain: columns === 0 });
        if (columns === 2) cells.push(undefined);
      }
    }
    this.cells[number] = cells;
    return cells;
  }
}

// One side, drawn into an element of its own.
class Screen {
  constructor(recorded, side, element) {
    Object.assign(this, { recorded, side, element, drawn: [] });
    element.style.setProperty('--columns', recorded.columns);
    for (let line = 0; line < recorded.height; line += 1) element.append(document.createElement('div'));
  }

  // Draws the rows, and marks the cells that are others in the other rows, if there are any.
  draw(rows, others) {
    for (let line = 0; line < this.recorded.height; line += 1) {
      const [row, other] = [rows[line] ?? 0, others ? others[line] ?? 0 : undefined];
      const known = `${row} ${other}`;
      if (this.drawn[line] === known) continue;
      this.drawn[line] = known;
      this.element.children[line].replaceChildren(...this.line(row, other));
    }
  }

  line(row, other) {
    const cells = this.recorded.row(row);
    const others = other === undefined || other === row ? cells : this.recorded.row(other);
    const blank = { text: ' ', style: 0, columns: 1, plain: true };
    const spans = [];
    let last;
    for (let column = 0; column < Math.max(cells.length, others.length); column += 1) {
      if (column < cells.length && !cells[column]) continue;
      const cell = cells[column] ?? blank;
      const old = others[column] ?? blank;
      const changed = cell.text !== old.text || cell.style !== old.style;
      if (last && last.plain && cell.plain && last.style === cell.style && last.changed === changed) {
        last.text += cell.text;
      } else {
        last = { ...cell, changed };
        spans.push(last);
      }
    }
    return spans.map((span) => this.span(span));
  }

  span({ text, style, columns, plain, changed }) {
    const span = document.createElement('span');
    span.textContent = text;
    if (!plain) span.classList.add(`w${columns}`);
    if (changed) span.classList.add('changed');
    const [color, background, classes, line, kind, lineColor] = this.recorded.styles[style];
    if (color) span.style.color = color;
    if (background) span.style.backgroundColor = background;
    span.classList.add(...(classes ?? []));
    if (line) {
      span.style.textDecorationLine = line;
      if (kind) span.style.textDecorationStyle = kind;
      if (lineColor) span.style.textDecorationColor = lineColor;
    }
    return span;
  }
}
