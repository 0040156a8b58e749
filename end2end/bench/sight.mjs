// How to read the wall: where each tile is, at which part of it a pixel tells its status, and the colours there. All of it is learnt from
// a page that is shown: places by where a click leads, colours by what tiles of a status look like.
import { demand, say } from './figures.mjs';
import { live, openWall, within } from './browser.mjs';

const SHARES = [0.3, 0.38, 0.5, 0.62, 0.7, 0.78, 0.85];
/** Degrees on the colour circle of what DOMAIN says: down is red, trouble yellow, up green. */
const HUES = [
  [0, 340, 375],
  [1, 35, 55],
  [6, 120, 165],
];
/** Tiles that may differ from their like, because they change just then. */
const LIKE = 0.97;

/** Learns it on a page of its own. `pixels` is [slot, x, y] of every tile; `palette` [code, [red, green, blue]]. */
export async function learn(cookie, monitors, screen) {
  const work = async (page) => {
    await openWall(page);
    await live(page);
    return learnOn(page, monitors);
  };
  return within(cookie, work, screen);
}

/** The same on a page that is shown; our own board of it is there, or its snapshot. */
export async function learnOn(page, monitors) {
  const places = await page.evaluate(() => watch.findPlaces());
  const slots = new Set(places.slots.filter((slot) => slot !== -1));
  demand(slots.size === monitors, `${slots.size} tiles of ${monitors} can be found by clicks`);
  const choices = SHARES.flatMap((across) => SHARES.map((down) => [across, down]));
  const looks = await page.evaluate(lookAt, { places, choices });
  const best = looks.map(judge).filter(Boolean).toSorted((a, b) => b.apart - a.apart)[0];
  demand(best, `no pixel of the tiles tells their statuses: ${JSON.stringify(looks[24])}`);
  const pixels = await page.evaluate(({ places, share }) => watch.pixelsOf(places, share), { places, share: best.share });
  const colours = best.palette.map(([code, colour]) => `${code}: ${colour.join(' ')}`).join(', ');
  say(`${slots.size} tiles in ${places.columns.length - 1} columns; at ${best.share.join(', ')} of a tile they are ${colours}`);
  return { pixels, palette: best.palette };
}

/** In the page: for each choice of a pixel in a tile, the commonest colour of each code and how many of its tiles have it. */
async function lookAt({ places, choices }) {
  const { width, data } = await watch.stillness();
  return choices.map((share) => {
    const seen = new Map();
    for (const [slot, x, y] of watch.pixelsOf(places, share)) {
      const code = watch.board[slot];
      const colours = seen.get(code) ?? seen.set(code, new Map()).get(code);
      const place = (y * width + x) * 4;
      const colour = [...data.subarray(place, place + 3)].join();
      colours.set(colour, (colours.get(colour) ?? 0) + 1);
    }
    const looks = [...seen].map(([code, colours]) => {
      const [[colour, count]] = [...colours].toSorted((a, b) => b[1] - a[1]);
      const all = [...colours.values()].reduce((sum, count) => sum + count, 0);
      return { code, colour: colour.split(',').map(Number), like: count / all, all };
    });
    return { share, looks };
  });
}

/** How far apart the two codes are that look most alike; nothing where the pixel does not tell them from each other. */
function judge({ share, looks }) {
  const changing = looks.filter(({ code }) => HUES.some(([status]) => status === code));
  if (changing.length < HUES.length || looks.some(({ like, all }) => like < LIKE && all >= 5)) return null;
  if (HUES.some(([status, from, to]) => !isOf(looks.find(({ code }) => code === status).colour, from, to))) return null;
  const distance = (a, b) => a.colour.reduce((sum, part, index) => sum + Math.abs(part - b.colour[index]), 0);
  const apart = Math.min(...looks.flatMap((a, index) => looks.slice(index + 1).map((b) => distance(a, b))));
  return apart > 10 ? { share, apart, palette: looks.map(({ code, colour }) => [code, colour]) } : null;
}

function isOf([r, g, b], from, to) {
  const most = Math.max(r, g, b);
  const span = most - Math.min(r, g, b);
  if (span < 20) return false;
  const hue = most === r ? 60 * ((g - b) / span) + 360 : most === g ? 60 * ((b - r) / span) + 120 : 60 * ((r - g) / span) + 240;
  return (hue >= from && hue <= to) || (hue - 360 >= from && hue - 360 <= to);
}
