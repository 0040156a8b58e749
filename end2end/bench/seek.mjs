// `wall.seek_ms`: from a moment on the time bar of the replayed wall until each tile shows how it was then, whether the piece of that hour
// had to be read or was there. What it was is read by our own reader from the same addresses, and what is shown one pixel of each tile.
import { demand, print, say } from './figures.mjs';
import { learnOn } from './sight.mjs';
import { openWall, setting, signIn, url, within } from './browser.mjs';
import { decodeDay, decodePiece } from './wire.mjs';

const SEEKS = 60;

const monitors = Number(setting('NOCTURNE_MONITORS'));
const cookie = await signIn();
await within(cookie, async (page) => {
  const answer = page.waitForResponse((response) => response.url().endsWith('/live/replay'));
  await openWall(page, '', '?at=latest');
  const day = decodeDay(await (await answer).body());
  await page.locator('.replay[data-waits="false"] time').waitFor();
  await page.evaluate(() => document.fonts.ready);

  // All seven statuses are there to be learnt where it is now.
  const now = Date.parse(new URL(page.url()).searchParams.get('at'));
  await page.evaluate((board) => (watch.board = Uint8Array.from(board)), await asItWas(day, now));
  const sight = await learnOn(page, monitors);
  await page.evaluate((palette) => (watch.palette = new Map(palette)), sight.palette);

  const length = Math.floor((day.to - day.from) / 1_000);
  const times = [];
  for (let seek = 0; seek < SEEKS; seek += 1) {
    const seconds = Math.floor(Math.random() * length);
    const at = Math.floor((day.from + seconds * 1_000) / 1_000) * 1_000;
    const board = await asItWas(day, Math.max(at, day.from));
    const taken = await page.evaluate(([seconds, board, pixels]) => watch.seek(seconds, board, pixels), [seconds, board, sight.pixels]);
    demand(taken !== null, `the wall of ${new Date(at).toISOString()} was not right within ten seconds`);
    times.push(taken);
  }
  say(`${times.length} seeks: ${times.map((time) => time.toFixed(0)).join(' ')}`);
  print('wall.seek_ms', monitors, 'ms', times);
});

/** By slot, the code at a moment. */
async function asItWas({ edition }, at) {
  const address = `${url}/live/replay/piece?edition=${edition}&from=${at}`;
  const answer = await fetch(address, { headers: { cookie } });
  demand(answer.ok, `${address} was answered ${answer.status}`);
  // It begins with the moment itself.
  return [...decodePiece(new Uint8Array(await answer.arrayBuffer())).codes];
}
