// `wall.seek_ms`: from a moment on the time bar of the replayed wall until each tile shows how it was then, whether the piece of that hour
// had to be read or was there. What it was is read by our own reader from the same addresses, and what is shown from as many pixels of each tile as it
// takes to tell its status.
import { demand, print, say } from './figures.mjs';
import { learnLooks } from './sight.mjs';
import { openWall, setting, signIn, url, within } from './browser.mjs';
import { decodeDay, decodePiece } from './wire.mjs';

const SEEKS = 60;
const STATUSES = 7;
/** Moments of the day at which is learnt what each status looks like. */
const LEARNT = 12;

const monitors = Number(setting('NOCTURNE_MONITORS'));
const cookie = await signIn();
await within(cookie, async (page) => {
  const answer = page.waitForResponse((response) => response.url().endsWith('/live/replay'));
  await openWall(page, '', '?at=latest');
  const day = decodeDay(await (await answer).body());
  await page.locator('.replay[data-waits="false"] time').waitFor();
  await page.evaluate(() => document.fonts.ready);

  const length = Math.floor((day.to - day.from) / 1_000);
  const seek = async (seconds, looks) => {
    const at = Math.floor((day.from + seconds * 1_000) / 1_000) * 1_000;
    const board = await asItWas(day, Math.max(at, day.from));
    const taken = await page.evaluate(([seconds, board, looks]) => watch.seek(seconds, board, looks), [seconds, board, looks]);
    const moment = new Date(at).toISOString().replace('.000', '');
    demand(typeof taken === 'number', `the wall of ${moment} was not right within ten seconds: ${taken}`);
    return { taken, moment };
  };
  const ways = Array.from({ length: LEARNT }, (_, step) => async () => {
    const { moment } = await seek(Math.floor((length * (step + 1)) / (LEARNT + 1)), []);
    await page.locator(`.replay[data-waits="false"] time[datetime="${moment}"]`).waitFor();
  });
  const looks = await learnLooks(page, monitors, ways);

  const known = new Set(looks.flatMap(({ palette }) => palette.map(([code]) => code)));
  demand(known.size === STATUSES, `of ${STATUSES} statuses ${known.size} were there to be learnt`);

  const times = [];
  for (let count = 0; count < SEEKS; count += 1) {
    times.push((await seek(Math.floor(Math.random() * length), looks)).taken);
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
