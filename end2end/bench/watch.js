// Goes into the wall's page before the product does, behind `wire.mjs`. It notes when bytes arrive, keeps a board of its own from them,
// and looks at the canvas one pixel at a time. Nothing here asks the product what it has drawn.

const watch = {
  /** The code of what is not there at a moment of a replay. */
  ABSENT: 7,
  /** The snapshot's bytes, until the board is asked for. */
  snapshot: null,
  /** Frames that the board does not hold yet: { at, data }. */
  waiting: [],
  /** Whether frames are taken as they arrive, or wait until the board is asked for. */
  follows: false,
  /** By slot: its code. */
  board: null,
  epoch: '',
  /** Changes of a status, and of anything, since the page began. */
  changes: 0,
  ops: 0,
  layouts: 0,
  wasm: null,
  /** By slot: the pixel to look at. */
  targets: new Map(),
  /** By code: [red, green, blue] at the pixel to look at. */
  palette: new Map(),
  pending: new Map(),
  /** How many frames each sampled change took; 0: never seen. */
  taken: [],
  delays: [],
  /** Changes that another one overtook before a frame came. */
  overtaken: 0,
  /** Pixels that did not show what was there before the change. */
  unlike: 0,
  /** Pixels that shall come to show a code, by slot: [x, y, code]; and when they did: [slot, time]. */
  expected: new Map(),
  sightings: [],
  gaps: null,
  spent: 0,
};
window.watch = watch;

{
  const arrayBuffer = Response.prototype.arrayBuffer;
  Response.prototype.arrayBuffer = async function () {
    const bytes = await arrayBuffer.call(this);
    if (this.url.endsWith('/live/snapshot')) {
      watch.snapshot = bytes.slice(0);
      watch.waiting = [];
      watch.board = null;
    }
    return bytes;
  };

  const Plain = window.EventSource;
  window.EventSource = class EventSource extends Plain {
    constructor(...how) {
      super(...how);
      super.addEventListener('frame', (event) => arrived(event));
    }

    addEventListener(name, ...how) {
      super.addEventListener(name, ...how);
      // Registered behind the product's own, so that the frame that is asked for comes behind the product's too.
      if (name === 'frame') super.addEventListener('frame', look);
    }
  };

  for (const name of ['instantiate', 'instantiateStreaming']) {
    const plain = WebAssembly[name];
    WebAssembly[name] = async (...how) => {
      const made = await plain.apply(WebAssembly, how);
      watch.wasm = (made.instance ?? made).exports.memory;
      return made;
    };
  }
}

function arrived(event) {
  const at = performance.now();
  watch.waiting.push({ at, data: event.data });
  if (watch.follows) catchUp(Infinity);
  watch.spent += performance.now() - at;
}

/** Takes into the board what arrived before `time`. */
function catchUp(time) {
  if (!watch.board) {
    const { epoch, slots, codes } = decodeSnapshot(new Uint8Array(watch.snapshot));
    watch.epoch = epoch;
    watch.board = new Uint8Array(slots.reduce((most, slot) => Math.max(most, slot), 0) + 1).fill(0xff);
    slots.forEach((slot, index) => (watch.board[slot] = codes[index]));
    watch.snapshot = null;
  }
  while (watch.waiting.length > 0 && watch.waiting[0].at < time) take(watch.waiting.shift());
}

function take({ at, data }) {
  const set = (slot, code) => {
    const before = watch.board[slot];
    watch.board[slot] = code;
    watch.ops += 1;
    if (before === code) return;
    watch.changes += 1;
    if (watch.targets.has(slot)) sample(slot, before, code, at);
  };
  decodeFrame(fromBase64(data), {
    status: (slot, status) => set(slot, (watch.board[slot] & STALE) | status),
    stale: (slot, stale) => set(slot, (watch.board[slot] & ~STALE) | (stale ? STALE : 0)),
    layout: () => (watch.layouts += 1),
  });
}

function sample(slot, before, after, at) {
  if (!watch.palette.has(before) || !watch.palette.has(after)) return;
  if (watch.pending.has(slot)) watch.overtaken += 1;
  else if (seen(watch.targets.get(slot)) !== before) watch.unlike += 1;
  watch.pending.set(slot, { after, at, frames: 0 });
}

let asked = false;

function look() {
  if (asked || watch.pending.size === 0) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    const begun = performance.now();
    for (const [slot, change] of watch.pending) {
      change.frames += 1;
      const right = seen(watch.targets.get(slot)) === change.after;
      if (!right && change.frames < 120) continue;
      watch.taken.push(right ? change.frames : 0);
      watch.delays.push(performance.now() - change.at);
      watch.pending.delete(slot);
    }
    watch.spent += performance.now() - begun;
    look();
  });
}

let pen = null;

function canvasPen() {
  pen ??= document.querySelector('.wall canvas')?.getContext('2d');
  return pen;
}

/** What a pixel shows: a code, or undefined for a colour that is none. */
function seen([x, y]) {
  const [red, green, blue] = canvasPen().getImageData(x, y, 1, 1).data;
  return named(red, green, blue);
}

/** Red, green and blue together: what is further from every colour is none of them. */
const NEAR = 30;

function named(red, green, blue) {
  let [found, least] = [undefined, NEAR];
  for (const [code, colour] of watch.palette) {
    const away = distance(colour, red, green, blue);
    if (away < least) [found, least] = [code, away];
  }
  return found;
}

/** Whether a pixel shows the code, though it may show others in the same colour. */
function fits(palette, code, red, green, blue) {
  const away = distance(palette.get(code), red, green, blue);
  if (away >= NEAR) return false;
  for (const colour of palette.values()) if (distance(colour, red, green, blue) < away) return false;
  return true;
}

function distance([r, g, b], red, green, blue) {
  return Math.abs(red - r) + Math.abs(green - g) + Math.abs(blue - b);
}

/** Calls `after` behind each frame: when it has been drawn and handed over. It goes on until that says true. */
function behindFrames(after) {
  const { port1, port2 } = new MessageChannel();
  const next = () =>
    requestAnimationFrame((frame) => {
      const begun = performance.now();
      port1.onmessage = () => after(begun, frame) || next();
      port2.postMessage(0);
    });
  next();
}

/** Notes the time from frame to frame from now on, as the display would show them. */
watch.noteGaps = () => {
  watch.gaps = [];
  let last = 0;
  const each = (frame) => {
    if (!watch.gaps) return;
    if (last > 0) watch.gaps.push(frame - last);
    last = frame;
    requestAnimationFrame(each);
  };
  requestAnimationFrame(each);
};

/** Takes every frame as it arrives, and sees whether the pixels of these tiles follow. */
watch.follow = (pixels) => {
  catchUp(Infinity);
  watch.targets = new Map(pixels.map(([slot, x, y]) => [slot, [x, y]]));
  watch.follows = true;
};

/**
 * Resolves when each tile is right on the canvas: with that time, and with how many were wrong in frames before; null after a minute.
 * They are asked for when there is something on the last one.
 */
watch.whenOpen = ([, x, y], tiles) =>
  new Promise((resolve) => {
    setTimeout(() => resolve(null), 60_000);
    let pixels = null;
    const before = [];
    behindFrames((frameAt) => {
      if (!canvasPen() || canvasPen().getImageData(x, y, 1, 1).data[3] === 0) return false;
      const at = performance.now();
      pixels ??= tiles();
      const { width, height } = canvasPen().canvas;
      const { data } = canvasPen().getImageData(0, 0, width, height);
      catchUp(frameAt);
      const wrong = watch.wrong({ width, data }, pixels).length;
      if (wrong > 0) {
        before.push(wrong);
        return false;
      }
      const [snapshot] = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/live/snapshot'));
      const unknown = pixels.filter(([slot]) => !watch.palette.has(watch.board[slot])).length;
      resolve({ at, lastByte: snapshot.responseEnd, before, unknown });
      return true;
    });
  });

/** Notes when the pixel shows `code`. True where it does already. */
watch.expect = (slot, x, y, code) => {
  if (watch.expected.size === 0) {
    behindFrames(() => {
      for (const [slot, [x, y, code]] of watch.expected) {
        if (seen([x, y]) !== code) continue;
        watch.sightings.push([slot, performance.now()]);
        watch.expected.delete(slot);
      }
      return watch.expected.size === 0;
    });
  }
  const already = seen([x, y]) === code;
  watch.expected.set(slot, [x, y, code]);
  return already;
};

/**
 * Where each tile is: a click on it with Ctrl held leads to `/live/tile/<epoch>/<slot>` (of a replayed wall to
 * `/live/replay/tile/<edition>/<slot>`). The edges of the columns along one row, those
 * of the rows along one column, and the slot of each cell, whose far corner is asked too. Between two rows the product has its turn: a
 * page that hangs for long loses its link, and then looks otherwise.
 */
watch.findPlaces = async () => {
  const canvas = document.querySelector('.wall canvas');
  const { left, top } = canvas.getBoundingClientRect();
  const { width, height } = canvas;
  const plain = window.open;
  let led = -1;
  window.open = (path) => {
    led = Number(/^\/live\/(?:replay\/)?tile\/[0-9a-f]{16}\/(\d+)$/.exec(path)?.[1] ?? -1);
    return null;
  };
  const slotAt = (x, y) => {
    led = -1;
    canvas.dispatchEvent(new MouseEvent('click', { clientX: left + x, clientY: top + y, ctrlKey: true, bubbles: true }));
    return led;
  };
  const edges = (length, at) => {
    const found = [];
    let last = -1;
    for (let place = 0; place < length; place += 1) {
      const slot = at(place);
      if (slot !== last) found.push(place);
      last = slot;
    }
    return last === -1 ? found : [...found, length];
  };
  let [x, y] = [0, 0];
  while (slotAt(x, y) === -1) {
    if (++x === width) [x, y] = [0, y + 1];
    if (y === height) throw new Error('no click leads to a tile');
  }
  const [columns, rows] = [edges(width, (place) => slotAt(place, y)), edges(height, (place) => slotAt(x, place))];
  const slots = [];
  for (let row = 0; row + 1 < rows.length; row += 1) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (let column = 0; column + 1 < columns.length; column += 1) {
      const [right, bottom] = [columns[column + 1] - 1, rows[row + 1] - 1];
      const slot = slotAt(columns[column], rows[row]);
      if (slotAt(right, bottom) !== slot) throw new Error(`the tile at ${columns[column]}, ${rows[row]} is no rectangle of its row`);
      slots.push(slot);
    }
  }
  window.open = plain;
  if (canvas.width !== width || canvas.height !== height) throw new Error('the canvas has another size than when it was asked');
  return { columns, rows, slots };
};

/** The pixel of each tile, at a share of its width and height: [slot, x, y]. */
watch.pixelsOf = ({ columns, rows, slots }, [across, down]) => {
  const found = [];
  const width = columns.length - 1;
  slots.forEach((slot, index) => {
    if (slot === -1) return;
    const [column, row] = [index % width, Math.floor(index / width)];
    const x = Math.floor(columns[column] + (columns[column + 1] - columns[column]) * across);
    const y = Math.floor(rows[row] + (rows[row + 1] - rows[row]) * down);
    found.push([slot, x, y]);
  });
  return found;
};

/**
 * Moves the slider of a replayed wall, and resolves when each tile shows what `board` says, with how many milliseconds that took; after
 * ten seconds with words about one that does not. What is not there at that moment is not looked at.
 */
watch.seek = (seconds, board, looks) =>
  new Promise((resolve) => {
    let wrong = [];
    setTimeout(() => resolve(`${wrong.length} pixels, the first at ${wrong[0]}, which is ${watch.board[wrong[0]?.[0]]}`), 10_000);
    watch.board = Uint8Array.from(board);
    const looked = looks.map(({ pixels, palette }) => {
      return { pixels: pixels.filter(([slot]) => watch.board[slot] !== watch.ABSENT), palette: new Map(palette) };
    });
    const slider = document.querySelector('.replay input[type=range]');
    const begun = performance.now();
    slider.value = String(seconds);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    behindFrames(() => {
      const { width, height } = canvasPen().canvas;
      const { data } = canvasPen().getImageData(0, 0, width, height);
      const at = performance.now();
      wrong = looked.flatMap(({ pixels, palette }) => watch.wrong({ width, data }, pixels, palette));
      if (wrong.length > 0) return false;
      resolve(at - begun);
      return true;
    });
  });

/** Resolves behind a frame: the whole canvas as it is then, and the board has what arrived before that frame. */
watch.stillness = () =>
  new Promise((resolve) => {
    behindFrames((frameAt) => {
      const { width, height } = canvasPen().canvas;
      const { data } = canvasPen().getImageData(0, 0, width, height);
      catchUp(frameAt);
      resolve({ width, data });
      return true;
    });
  });

/**
 * Which tiles do not show what the board says. Those that changed behind the last frame cannot yet; those of a status that was not there
 * to be learnt cannot be judged.
 */
watch.wrong = ({ width, data }, pixels, palette = watch.palette) => {
  const late = new Set();
  const mark = (slot) => late.add(slot);
  for (const { data } of watch.waiting) decodeFrame(fromBase64(data), { status: mark, stale: mark, layout: () => {} });
  return pixels.filter(([slot, x, y]) => {
    const place = (y * width + x) * 4;
    if (late.has(slot) || !palette.has(watch.board[slot])) return false;
    return !fits(palette, watch.board[slot], data[place], data[place + 1], data[place + 2]);
  });
};
