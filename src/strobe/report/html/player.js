
// Elements without markup: a name, properties, and what is in it.
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Milliseconds as seconds, with three decimals or as many as needed.
function seconds(at) {
  return (at / 1000).toFixed(9).replace(/0{1,6}$/, '');
}

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16];

// Old and new of one recording, with one scrubber.
class Player {
  constructor(recorded, names, seeked) {
    Object.assign(this, { recorded, seeked, at: 0, speed: 1, playing: false, lit: [] });
    this.stretches = recorded.stretches();
    this.differences = this.instantsOfDifferences();
    this.element = element('div', { className: 'player' });
    this.element.append(this.controls(), this.track(), this.screens(names), this.events());
    if (recorded.leftOut > 0) {
      const note = `${recorded.leftOut} frames are left out, to keep the report small.`;
      this.element.append(element('p', { className: 'note', textContent: note }));
    }
    this.seek(0, false);
  }

  // Where a screen or an event is not as it was.
  instantsOfDifferences() {
    const shown = this.recorded.instants.filter((at) => this.recorded.differsAt(at));
    const events = this.recorded.events.filter(([mark]) => mark);
    return [...new Set([...shown, ...events.map(([, at]) => at)])].sort((a, b) => a - b);
  }

  controls() {
    const button = (text, title, act) =>
      element('button', { type: 'button', textContent: text, title, onclick: () => act() });
    this.playButton = button('▶', 'Play (space)', () => this.toggle());
    this.time = element('output', { className: 'time' });
    this.rate = element('output', { className: 'rate' });
    const controls = element(
      'div',
      { className: 'controls' },
      this.playButton,
      button('◂', 'One frame back (,)', () => this.step(-1)),
      button('▸', 'One frame on (.)', () => this.step(1)),
      this.time,
      button('−', 'Slower (-)', () => this.faster(-1)),
      this.rate,
      button('+', 'Faster (+)', () => this.faster(1)),
    );
    if (this.differences.length > 0) {
      controls.append(button('next difference', 'Next difference (d)', () => this.nextDifference(1)));
    }
    controls.append(element('span', {
      className: 'keys',
      textContent: 'space play · , . frame · ← → second · - + speed · d D difference · j k recording',
    }));
    return controls;
  }

  track() {
    const end = this.recorded.end || 1;
    const marks = element('div', { className: 'marks' });
    const mark = (className, from, until) => {
      const part = element('i', { className });
      part.style.left = `${(from / end) * 100}%`;
      part.style.width = `${((until - from) / end) * 100}%`;
      marks.append(part);
    };
    for (const [from, until] of this.stretches.slice(0, 2000)) mark('stretch', from, until);
    for (const [kind, at] of this.recorded.events.slice(0, 2000)) if (kind) mark('write', at, at);
    this.slider = element('input', { type: 'range', min: 0, max: end, step: 'any', value: 0, title: 'Instant' });
    this.slider.setAttribute('aria-label', 'Instant');
    this.slider.oninput = () => {
      this.stop();
      this.seek(Math.round(this.slider.value));
    };
    return element('div', { className: 'track' }, this.slider, marks);
  }

  screens(names) {
    const alone = this.recorded.sides.length < 2;
    const kinds = alone ? [this.recorded.alone] : ['old', 'new'];
    const figures = element('div', { className: 'screens' });
    this.shown = this.recorded.sides.map((side, index) => {
      const pre = element('pre', { className: `screen ${kinds[index]}` });
      const caption = alone ? '' : names[index];
      const figure = element('figure', {}, element('figcaption', {}, element('bdi', { textContent: caption })), pre);
      figures.append(figure);
      return new Screen(this.recorded, side, pre);
    });
    return figures;
  }

  events() {
    const { events, moreEvents } = this.recorded;
    const list = element('ol', { className: 'events' });
    if (this.recorded.sides.length > 1) list.classList.add('pairs');
    this.told = [[], []];
    for (const [mark, at, text, nowAt, now] of events) {
      const line = element('li', { className: mark, onclick: () => { this.stop(); this.seek(at); } });
      const tell = (side, className, when, what) => {
        const time = element('time', { textContent: seconds(when) });
        const told = element('span', { className }, time, ' ', element('bdi', { textContent: what }));
        this.told[side].push({ at: when, told });
        line.append(told);
      };
      if (mark === 'new') line.append(element('span'));
      else tell(0, 'was', at, text);
      if (mark === 'new') tell(1, 'now', at, text);
      else if (nowAt !== undefined) tell(1, 'now', nowAt, now ?? text);
      list.append(line);
    }
    const changed = events.filter(([mark]) => mark).length;
    const all = events.length + moreEvents;
    const title = changed > 0 ? `${all} events, ${changed} changed` : `${all} events`;
    const more = moreEvents > 0 ? [element('p', { textContent: `${moreEvents} more are left out.` })] : [];
    const box = element('details', { className: 'writes', open: changed > 0 }, element('summary', { textContent: title }), list, ...more);
    return box;
  }

  seek(at, tell = true) {
    this.at = Math.min(Math.max(at, 0), this.recorded.end);
    const frames = this.recorded.sides.map((side) => this.recorded.frameAt(side, this.at));
    this.shown.forEach((screen, index) => screen.draw(frames[index], frames[1 - index]));
    this.slider.value = this.at;
    this.time.value = `${seconds(Math.round(this.at * 1e6) / 1e6)} / ${seconds(this.recorded.end)} s`;
    this.rate.value = `${this.speed}×`;
    this.element.classList.toggle('differs', this.recorded.differsAt(this.at));
    this.light();
    if (tell) this.seeked(this.at);
  }

  // Lights the last event of each side that has happened.
  light() {
    this.told.forEach((told, side) => {
      const last = told.findLast(({ at }) => at <= this.at)?.told;
      if (this.lit[side] === last) return;
      this.lit[side]?.classList.remove('lit');
      last?.classList.add('lit');
      this.lit[side] = last;
      const line = last?.parentElement;
      const list = line?.parentElement;
      if (list && list.clientHeight > 0) list.scrollTop = line.offsetTop - list.offsetTop - list.clientHeight / 2;
    });
  }

  step(direction) {
    this.stop();
    const { instants } = this.recorded;
    const next = direction > 0 ? instants.find((at) => at > this.at) : instants.findLast((at) => at < this.at);
    this.seek(next ?? this.at);
  }

  // The next instant at which something is not as it was; after the last one, the first.
  nextDifference(direction) {
    this.stop();
    const { differences } = this;
    if (differences.length === 0) return;
    const next = direction > 0
      ? differences.find((at) => at > this.at) ?? differences[0]
      : differences.findLast((at) => at < this.at) ?? differences.at(-1);
    this.seek(next);
  }

  skip(time) {
    this.stop();
    this.seek(Math.round(this.at + time));
  }

  faster(by) {
    const index = Math.min(Math.max(SPEEDS.indexOf(this.speed) + by, 0), SPEEDS.length - 1);
    this.speed = SPEEDS[index];
    this.seek(this.at, false);
  }

  toggle() {
    if (this.playing) this.stop();
    else this.play();
  }

  play() {
    if (this.at >= this.recorded.end) this.seek(0, false);
    this.playing = true;
    this.playButton.textContent = '❚❚';
    let [since, speed, from] = [performance.now(), this.speed, this.at];
    const tick = (now) => {
      if (!this.playing) return;
      if (speed !== this.speed) [since, speed, from] = [now, this.speed, this.at];
      this.seek(Math.round(from + Math.max(0, now - since) * speed), false);
      if (this.at >= this.recorded.end) this.stop();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.playButton.textContent = '▶';
    this.seek(Math.round(this.at));
  }
}
