// `live.status_to_pixel_p99_ms`: from before a sender's first byte to the pixel, in a page that 49 more walls share the server with, at
// 1,000 changes per second. The sender suspends monitors, each once in a run: a change that a person makes, stored before it is answered.
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { demand, p99, print, say } from './figures.mjs';
import { Sender } from './sender.mjs';
import { learn } from './sight.mjs';
import { live, metrics, openWall, pause, setting, signIn, url, within } from './browser.mjs';

const RUNS = 3;
const SAMPLES = 520;
const WALLS = 49;
const SENDERS = 3;
const SUSPENDED = 5;
const RATE = 980;

const monitors = Number(setting('NOCTURNE_MONITORS'));
const cookie = await signIn();
const sender = new Sender(cookie);
const { epoch, slots } = await sender.snapshot();
// The colour of a suspended tile is learnt too: there have to be some.
for (const slot of slots.slice(0, 20)) await sender.suspend(await sender.monitorAt(epoch, slot));
const sight = await learn(cookie, monitors);
demand(sight.palette.some(([code]) => code === SUSPENDED), 'no suspended tile can be seen');
const walls = new Worker(new URL('walls.mjs', import.meta.url), { workerData: { url, cookie, count: WALLS } });
const broken = new Promise((_, reject) => walls.once('error', reject));
const worst = [];
for (let run = 0; run < RUNS; run += 1) worst.push(p99(await Promise.race([broken, within(cookie, measure)])));
print('live.status_to_pixel_p99_ms', monitors, 'ms', worst);
await walls.terminate();
sender.close();

/** The delays of a run, in milliseconds. */
async function measure(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  await openWall(page);
  await live(page);
  await page.evaluate((palette) => {
    watch.palette = new Map(palette);
    watch.follow([]);
  }, sight.palette);
  const origin = await originOf(page, cdp);
  const left = await freshPixels(page);
  demand(left.length >= SAMPLES, `only ${left.length} monitors are left to suspend`);
  await pause(3_000);
  const before = await counts(page);
  const sent = new Map();
  const suspended = [];
  const work = async () => {
    while (sent.size < SAMPLES) {
      const [slot, x, y] = left.pop();
      const monitor = await sender.monitorAt(epoch, slot);
      const already = await page.evaluate(([slot, x, y, code]) => watch.expect(slot, x, y, code), [slot, x, y, SUSPENDED]);
      demand(!already, `the tile ${slot} looks suspended before it is`);
      // Not in step with anything that the server does at intervals.
      await pause(40 + Math.random() * 100);
      sent.set(slot, now());
      await sender.suspend(monitor);
      suspended.push(monitor);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, work));
  await page.waitForFunction(() => watch.expected.size === 0, undefined, { timeout: 10_000 });
  const after = await counts(page);
  const rate = ((after.changes - before.changes) * 1_000) / (after.at - before.at);
  const least = Math.min(...after.read.map((count, index) => count - before.read[index]));
  demand(rate >= RATE, `only ${rate.toFixed(0)} changes per second came`);
  demand(least > (after.changes - before.changes) * 0.9, `one of the other walls read ${least} changes only`);
  // So that the next run finds as many that can change.
  for (const monitor of suspended) await sender.resume(monitor);
  const sightings = await page.evaluate(() => watch.sightings);
  const delays = sightings.map(([slot, at]) => origin + at - sent.get(slot));
  demand(delays.length === sent.size && delays.every((delay) => delay > 0), 'not each was seen, or one before it was sent');
  say(
    `${delays.length} suspended at ${rate.toFixed(0)} changes/s, ${WALLS} more walls read ${least} changes or more: ` +
      `median ${delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)].toFixed(0)} ms, p99 ${p99(delays).toFixed(0)} ms, ` +
      `worst ${Math.max(...delays).toFixed(0)} ms`,
  );
  return delays;
}

/** Tiles that change, in no order. */
async function freshPixels(page) {
  const codes = await page.evaluate(() => [...watch.board]);
  const fresh = sight.pixels.filter(([slot]) => [0, 1, 6].includes(codes[slot]));
  const keyed = fresh.map((pixel) => [Math.random(), pixel]);
  return keyed.sort(([a], [b]) => a - b).map(([, pixel]) => pixel);
}

async function counts(page) {
  walls.postMessage('how many?');
  const [read] = await once(walls, 'message');
  return { read, ...(await page.evaluate(() => ({ changes: watch.changes, at: performance.now() }))) };
}

/** When the page's clock began, by ours: both count the machine's monotonic time. Checked, for not every system need be so. */
async function originOf(page, cdp) {
  const { NavigationStart } = await metrics(cdp);
  const origin = NavigationStart * 1_000;
  const before = now();
  const between = origin + (await page.evaluate(() => performance.now()));
  demand(between > before - 1 && between < now() + 1, 'the clocks of the page and of the sender are not the same');
  return origin;
}

function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
