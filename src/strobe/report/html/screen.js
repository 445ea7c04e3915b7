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
      side.frames = side.frames.map(([from, height, drawn, ...changes]) => {
        rows = rows.slice(0, height);
        for (let index = 0; index < changes.length; index += 2) rows[changes[index]] = changes[index + 1];
        return { from, rows, cursor: this.cursor(drawn) };
      });
    }
    this.end = Math.max(...this.sides.map((side) => side.end));
    this.columns = Math.max(...this.sides.map((side) => side.columns));
    this.height = Math.max(1, ...this.sides.map((side) => side.height));
    const froms = this.sides.flatMap((side) => side.frames.map((frame) => frame.from));
    this.instants = [...new Set([0, ...froms, ...this.sides.map((side) => side.end)])].sort((a, b) => a - b);
  }

  // A cursor: where it is, its form, and the row of the one cell that it covers. 0 is none.
  cursor(drawn) {
    if (drawn === 0) return undefined;
    const [line, column, form, covered] = drawn;
    return { line, column, form, covered, known: String(drawn) };
  }

  // What a side shows at an instant.
  frameAt(side, at) {
    let [low, high] = [0, side.frames.length];
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (side.frames[middle].from <= at) low = middle;
      else high = middle;
    }
    return side.frames[low];
  }

  differsAt(at) {
    if (this.sides.length < 2) return false;
    const [old, now] = this.sides.map((side) => this.frameAt(side, at));
    return (
      old.cursor?.known !== now.cursor?.known ||
      old.rows.length !== now.rows.length ||
      old.rows.some((row, line) => row !== now.rows[line])
    );
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

  // Draws a frame, and marks what is not the same in the other one, if there is one.
  draw(frame, other) {
    for (let line = 0; line < this.recorded.height; line += 1) {
      const [now, old] = [this.lineOf(frame, line), other && this.lineOf(other, line)];
      const known = `${now.known} ${old?.known}`;
      if (this.drawn[line] === known) continue;
      this.drawn[line] = known;
      this.element.children[line].replaceChildren(...this.line(now, old ?? now));
    }
  }

  // A line of a frame: its cells, and the cursor if it is there.
  lineOf(frame, line) {
    const row = frame.rows[line] ?? 0;
    const cursor = frame.cursor?.line === line ? frame.cursor : undefined;
    return { cells: this.recorded.row(row), cursor, known: `${row} ${cursor?.known}` };
  }

  line(now, old) {
    const spans = [];
    let last;
    const width = ({ cells, cursor }) => Math.max(cells.length, cursor ? cursor.column + 1 : 0);
    for (let column = 0; column < Math.max(width(now), width(old)); column += 1) {
      if (column < now.cells.length && !now.cells[column]) continue;
      const blank = { text: ' ', style: 0, columns: 1, plain: true };
      const [cell, before] = [now, old].map((line) => line.cells[column] ?? blank);
      const [cursor, was] = [now, old].map((line) => (line.cursor?.column === column ? line.cursor : undefined));
      const changed = cell.text !== before.text || cell.style !== before.style || cursor?.known !== was?.known;
      const joins = last && !cursor && !last.cursor && last.plain && cell.plain;
      if (joins && last.style === cell.style && last.changed === changed) {
        last.text += cell.text;
      } else {
        last = { ...cell, changed, cursor };
        spans.push(last);
      }
    }
    return spans.map((span) => this.span(span));
  }

  span({ text, style, columns, plain, changed, cursor }) {
    const span = document.createElement('span');
    span.textContent = text;
    if (!plain) span.classList.add(`w${columns}`);
    if (changed) span.classList.add('changed');
    const covered = cursor && this.recorded.styles[this.recorded.row(cursor.covered)[0].style];
    const drawn = cursor?.form === 'block' ? covered : this.recorded.styles[style];
    const [color, background, classes, line, kind, lineColor] = drawn;
    if (color) span.style.color = color;
    if (background) span.style.backgroundColor = background;
    if (cursor) span.classList.add('cursor');
    if (cursor && drawn !== covered) {
      const edge = cursor.form === 'bar' ? 'right' : 'top';
      span.style.backgroundImage = `linear-gradient(to ${edge}, ${covered[1]} 2px, transparent 2px)`;
    }
    span.classList.add(...(classes ?? []));
    if (line) {
      span.style.textDecorationLine = line;
      if (kind) span.style.textDecorationStyle = kind;
      if (lineColor) span.style.textDecorationColor = lineColor;
    }
    return span;
  }
}
