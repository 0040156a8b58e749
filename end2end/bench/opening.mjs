// `wall.open_ms`: a browser that has never seen the product, signed in: from the navigation to the last tile right on the canvas.
// `wall.first_paint_ms`: from the snapshot's last byte to the same moment.
// A tile is right when its pixel, read behind the frame, shows what our own reading of the snapshot and stream says.
import { demand, print, say } from './figures.mjs';
import { openWall, within } from './browser.mjs';

const RUNS = 5;

/** How many tiles had a status whose colour was not there to be learnt: where there are many, nothing was measured. */
export async function measureOpening(cookie, monitors, screen, { pixels, palette }) {
  // What is only needed behind the moment is not read before it.
  const script = `
    watch.palette = new Map(${JSON.stringify(palette)});
    watch.opened = watch.whenOpen(${JSON.stringify(pixels.at(-1))}, () => JSON.parse('${JSON.stringify(pixels)}'));`;
  const [opens, paints] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    const open = async (page) => {
      await openWall(page, script);
      return page.evaluate(() => watch.opened);
    };
    const opened = await within(cookie, open, screen);
    demand(opened, 'within a minute there was no frame with every tile right');
    const { at, lastByte, before, unknown } = opened;
    if (unknown > monitors / 1_000) return unknown;
    if (before.length > 0) say(`frames before the right one had so many wrong tiles: ${before.join(', ')}`);
    opens.push(at);
    paints.push(at - lastByte);
  }
  print(`wall.${screen.mark}open_ms`, monitors, 'ms', opens);
  print(`wall.${screen.mark}first_paint_ms`, monitors, 'ms', paints);
  return 0;
}
