// How to read the wall: where each tile is, at which part of it a pixel tells its status, and the colours there. All of it is learnt from
// a page that is shown: places by where a click leads, colours by what tiles of a status look like.
import { demand, say } from './figures.mjs';
import { live, openWall, within } from './browser.mjs';

const SHARES = [0.04, 0.3, 0.38, 0.5, 0.62, 0.7, 0.78, 0.85];
/** Degrees on the colour circle of what DOMAIN says: down is red, trouble yellow, up green. */
const HUES = [
  [0, 340, 375],
  [1, 35, 55],
  [6, 120, 165],
];
/** Tiles that may differ from their like, because they change just then. */
const LIKE = 0.97;
/** From so many tiles of a status on, what they look like is known. */
const ENOUGH = 5;
/** Red, green and blue together: colours that are nearer are not told from each other. */
const APART = 10;

/** Learns it on a page of its own. `pixels` is [slot, x, y] of every tile; `palette` [code, [red, green, blue]]. */
export async function learn(cookie, monitors, screen) {
  return within(cookie, async (page) => {
    await openWall(page);
    await live(page);
    const { places, seen } = await gather(page, monitors, [async () => {}]);
    const best = seen.map(judge).filter(Boolean).toSorted((a, b) => b.apart - a.apart)[0];
    demand(best, `no pixel of the tiles tells their statuses: ${JSON.stringify(seen[seen.length >> 1])}`);
    return lookBy(page, places, best);
  }, screen);
}

/**
 * The same on a page that is shown, where a pixel of a status may be another in a larger tile: looks that together tell each status from each
 * other. Each of `ways` leads to a board, so that of every status there are enough tiles to learn from.
 */
export async function learnLooks(page, monitors, ways) {
  const { places, seen } = await gather(page, monitors, ways);
  const known = seen.map(({ share, looks }) => ({ share, looks: looks.filter(({ like, all }) => like >= LIKE && all >= ENOUGH) }));
  const codes = [...new Set(known.flatMap(({ looks }) => looks.map(({ code }) => code)))];
  const tells = ({ looks }, pair) => {
    const [a, b] = pair.map((code) => looks.find((look) => look.code === code));
    return a && b && distance(a, b) > APART;
  };
  let untold = codes.flatMap((a, index) => codes.slice(index + 1).map((b) => [a, b]));
  const chosen = [];
  while (untold.length > 0) {
    const told = (look) => untold.filter((pair) => tells(look, pair)).length;
    const best = known.toSorted((a, b) => told(b) - told(a))[0];
    demand(told(best) > 0, `no pixel of the tiles tells ${untold[0].join(' from ')}: ${JSON.stringify(known)}`);
    chosen.push(best);
    untold = untold.filter((pair) => !tells(best, pair));
  }
  const isSeen = ([status, from, to]) => chosen.some(({ looks }) => looks.some(({ code, colour }) => code === status && isOf(colour, from, to)));
  demand(HUES.every(isSeen), `down, trouble and up have other colours than they should: ${JSON.stringify(chosen)}`);
  return Promise.all(chosen.map((look) => lookBy(page, places, look)));
}

/** Where the tiles are, and for each choice of a pixel in a tile what each code looks like there. */
async function gather(page, monitors, ways) {
  const places = await page.evaluate(() => watch.findPlaces());
  const slots = new Set(places.slots.filter((slot) => slot !== -1));
  demand(slots.size === monitors, `${slots.size} tiles of ${monitors} can be found by clicks`);
  say(`${slots.size} tiles in ${places.columns.length - 1} columns`);
  const choices = SHARES.flatMap((across) => SHARES.map((down) => [across, down]));
  const counts = choices.map(() => new Map());
  for (const lead of ways) {
    await lead();
    for (const [choice, code, colour, count] of await page.evaluate(lookAt, { places, choices })) {
      const colours = counts[choice].get(code) ?? counts[choice].set(code, new Map()).get(code);
      colours.set(colour, (colours.get(colour) ?? 0) + count);
    }
  }
  return { places, seen: counts.map((codes, choice) => ({ share: choices[choice], looks: [...codes].map(commonest) })) };
}

async function lookBy(page, places, { share, looks }) {
  const pixels = await page.evaluate(({ places, share }) => watch.pixelsOf(places, share), { places, share });
  say(`at ${share.join(', ')} of a tile they are ${looks.map(({ code, colour }) => `${code}: ${colour.join(' ')}`).join(', ')}`);
  return { pixels, palette: looks.map(({ code, colour }) => [code, colour]) };
}

/** In the page: for each choice of a pixel in a tile, how many tiles of each code have which colour there. */
async function lookAt({ places, choices }) {
  const { width, data } = await watch.stillness();
  return choices.flatMap((share, choice) => {
    const seen = new Map();
    for (const [slot, x, y] of watch.pixelsOf(places, share)) {
      if (watch.board[slot] === watch.ABSENT) continue;
      const place = (y * width + x) * 4;
      const look = `${watch.board[slot]}:${data.subarray(place, place + 3).join()}`;
      seen.set(look, (seen.get(look) ?? 0) + 1);
    }
    return [...seen].map(([look, count]) => {
      const [code, colour] = look.split(':');
      return [choice, Number(code), colour, count];
    });
  });
}

/** The colour that most tiles of a code have, and the share of them that do. */
function commonest([code, colours]) {
  const [[colour, count]] = [...colours].toSorted((a, b) => b[1] - a[1]);
  const all = [...colours.values()].reduce((sum, count) => sum + count, 0);
  return { code, colour: colour.split(',').map(Number), like: count / all, all };
}

/** How far apart the two codes are that look most alike; nothing where the pixel does not tell them from each other. */
function judge({ share, looks }) {
  const changing = looks.filter(({ code }) => HUES.some(([status]) => status === code));
  if (changing.length < HUES.length || looks.some(({ like, all }) => like < LIKE && all >= ENOUGH)) return null;
  if (HUES.some(([status, from, to]) => !isOf(looks.find(({ code }) => code === status).colour, from, to))) return null;
  const apart = Math.min(...looks.flatMap((a, index) => looks.slice(index + 1).map((b) => distance(a, b))));
  return apart > APART ? { share, apart, looks } : null;
}

function distance(a, b) {
  return a.colour.reduce((sum, part, index) => sum + Math.abs(part - b.colour[index]), 0);
}

function isOf([r, g, b], from, to) {
  const most = Math.max(r, g, b);
  const span = most - Math.min(r, g, b);
  if (span < 20) return false;
  const hue = most === r ? 60 * ((g - b) / span) + 360 : most === g ? 60 * ((b - r) / span) + 120 : 60 * ((r - g) / span) + 240;
  return (hue >= from && hue <= to) || (hue - 360 >= from && hue - 360 <= to);
}
