// The comparison: the same snapshot and stream, one DOM element per tile, changes once a frame. Goes into a page behind `wire.mjs`.

const COLOURS = ['#f85149', '#d29922', '#a371f7', '#388bfd', '#6e7f99', '#30363d', '#1b5e37'];
const tiles = new Map();
const codes = new Map();
const changed = new Set();

function sheet(columns) {
  const rules = COLOURS.map((colour, code) => `.s${code} { background: ${colour} }`);
  return `body { margin: 0; background: #0d1117 }
    main { display: grid; grid-template-columns: repeat(${columns}, 1fr); grid-auto-rows: 1fr; gap: 1px; width: 1920px; height: 1030px }
    i { overflow: hidden; font-size: 1px } .stale { opacity: 0.35 } ${rules.join(' ')}`;
}

function look(code) {
  return code & STALE ? `s${code & ~STALE} stale` : `s${code}`;
}

window.begun = (async () => {
  const answer = await fetch('/live/snapshot', { cache: 'no-store' });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const { epoch, sequence, slots, codes: first } = decodeSnapshot(bytes);
  const style = document.createElement('style');
  style.textContent = sheet(Math.ceil(Math.sqrt((slots.length * 1920) / 1030)));
  document.head.append(style);
  const main = document.createElement('main');
  slots.forEach((slot, index) => {
    const tile = document.createElement('i');
    tile.className = look(first[index]);
    tiles.set(slot, tile);
    codes.set(slot, first[index]);
    main.append(tile);
  });
  // The first text of the page: the browser itself says when it, and with it the frame of all tiles, was presented.
  main.lastChild.textContent = '.';
  document.body.append(main);
  const presented = await new Promise((resolve) => {
    new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries()) if (name === 'first-contentful-paint') resolve(startTime);
    }).observe({ type: 'paint', buffered: true });
  });
  listen(`${epoch}-${sequence}`);
  const [snapshot] = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/live/snapshot'));
  return presented - snapshot.responseEnd;
})();

function listen(from) {
  let asked = false;
  window.changes = 0;
  const set = (slot, code) => {
    if (codes.get(slot) === code) return;
    codes.set(slot, code);
    changed.add(slot);
    window.changes += 1;
  };
  new EventSource(`/live/stream?from=${from}`).addEventListener('frame', ({ data }) => {
    decodeFrame(fromBase64(data), {
      status: (slot, status) => set(slot, (codes.get(slot) & STALE) | status),
      stale: (slot, stale) => set(slot, (codes.get(slot) & ~STALE) | (stale ? STALE : 0)),
      layout: () => {},
    });
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      for (const slot of changed) tiles.get(slot).className = look(codes.get(slot));
      changed.clear();
    });
  });
}

window.noteGaps = () => {
  window.gaps = [];
  let last = 0;
  const each = (frame) => {
    if (last > 0) window.gaps.push(frame - last);
    last = frame;
    requestAnimationFrame(each);
  };
  requestAnimationFrame(each);
};
