
// The list, its filters, links and keys.
const cases = [...document.querySelectorAll('main > details')];
const names = [document.body.dataset.old, document.body.dataset.new];
const filters = document.querySelector('.filters');
const search = filters.querySelector('input');
const players = new Map();
let current;

function link(details, at) {
  const hash = `#${encodeURIComponent(details.dataset.name)}@${seconds(at)}`;
  history.replaceState(null, '', hash);
}

async function open(details, at) {
  for (const other of cases) if (other !== details) other.open = false;
  details.open = true;
  current = details;
  if (!players.has(details)) {
    const playback = document.getElementById(`playback-${details.dataset.index}`);
    if (!playback) return;
    players.set(details, Recorded.unpack(playback.textContent).then((recorded) => {
      const player = new Player(recorded, names, (instant) => link(details, instant));
      details.querySelector('.still').replaceWith(player.element);
      fillDiff(details.querySelector('.diff'), recorded);
      details.player = player;
      return player;
    }));
  }
  const player = await players.get(details);
  if (at !== undefined) player.seek(at, false);
}

// The diff in full, where the page has only a part of it.
function fillDiff(diff, recorded) {
  if (!diff?.querySelector('i')) return;
  const kinds = { '+': 'ins', '-': 'del', '@': 'b' };
  const lines = recorded.diff.map((line) => element(kinds[line[0]] ?? 'span', { textContent: line }));
  diff.replaceChildren(...lines.flatMap((line) => [line, '\n']));
  if (recorded.moreLines > 0) diff.append(element('i', { textContent: `${recorded.moreLines} more lines` }));
}

function close(details) {
  details.player?.stop();
  if (current === details) current = undefined;
}

for (const details of cases) {
  details.addEventListener('toggle', () => {
    if (!details.open) close(details);
    else if (current !== details) open(details).then(() => link(details, details.player?.at ?? 0));
  });
}

// `#name@1.200` opens a recording at an instant.
function follow() {
  let hash = location.hash.slice(1);
  try {
    hash = decodeURIComponent(hash);
  } catch {
    return;
  }
  const [, name, at] = hash.match(/^(.*)@(\d+(?:\.\d+)?)$/s) ?? [];
  const named = (wanted) => cases.find((details) => details.dataset.name === wanted);
  const details = named(name) ?? named(hash);
  if (!details) return;
  details.hidden = false;
  const instant = named(name) ? Number(at) * 1000 : undefined;
  open(details, instant).then(() => details.scrollIntoView());
}

function filter() {
  const pressed = filters.querySelector('[aria-pressed=true]').dataset.verdict;
  const text = search.value.toLowerCase();
  for (const details of cases) {
    const is = !pressed || details.classList.contains(pressed);
    details.hidden = !is || !details.textContent.toLowerCase().includes(text);
  }
  document.querySelector('.none').hidden = cases.some((details) => !details.hidden);
}

filters.addEventListener('click', ({ target }) => {
  if (target.dataset.verdict === undefined) return;
  for (const button of filters.querySelectorAll('button')) button.setAttribute('aria-pressed', button === target);
  filter();
});
search.addEventListener('input', filter);

// Opens the next one that is listed, or the one before.
function another(direction) {
  const listed = cases.filter((details) => !details.hidden);
  const index = listed.indexOf(current);
  const next = index < 0 ? (direction > 0 ? 0 : listed.length - 1) : index + direction;
  const details = listed[next];
  if (!details) return;
  open(details).then(() => {
    details.scrollIntoView();
    link(details, details.player?.at ?? 0);
  });
}

const KEYS = {
  ' ': (player) => player.toggle(),
  '.': (player) => player.step(1),
  ',': (player) => player.step(-1),
  ArrowRight: (player) => player.skip(1000),
  ArrowLeft: (player) => player.skip(-1000),
  Home: (player) => player.seek(0),
  End: (player) => player.seek(player.recorded.end),
  '+': (player) => player.faster(1),
  '=': (player) => player.faster(1),
  '-': (player) => player.faster(-1),
  d: (player) => player.nextDifference(1),
  D: (player) => player.nextDifference(-1),
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target === search) return;
  if (event.key === ' ' && event.target.tagName === 'BUTTON') return;
  if (event.key === 'j' || event.key === 'k') {
    another(event.key === 'j' ? 1 : -1);
  } else if (event.key === '/') {
    search.focus();
  } else if (current?.player && KEYS[event.key]) {
    KEYS[event.key](current.player);
  } else {
    return;
  }
  event.preventDefault();
});
// A list's head would be toggled by the key that plays.
document.addEventListener('keyup', (event) => {
  if (event.key === ' ' && event.target.tagName === 'SUMMARY' && current?.player) event.preventDefault();
});

filters.hidden = false;
addEventListener('hashchange', follow);
follow();
