// `wall.frame_gap_p99_ms` and `wall.main_thread_ms_per_s`: 1,000 changes per second and a pointer that moves. They count only if at
// least 500 sampled changes, and every one of the sampled, reached their pixels within two frames of their arrival.
import { demand, p99, print, say } from './figures.mjs';
import { live, metrics, movePointer, openWall, pause, within } from './browser.mjs';

const RUNS = 3;
const SECONDS = 20;
const SAMPLES = 500;
/** What 1,000 changes per second may be at the least: they come in batches, and the run begins within one. */
const RATE = 980;
/** How much one second may differ from the one before where the server has nothing to catch up with. */
const EVEN = 0.07;

export async function measureFrames(cookie, monitors, screen, sight) {
  const [gaps, busy] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    const one = await within(cookie, (page) => follow(page, screen, sight), screen);
    say(
      `${one.rate.toFixed(0)} changes/s; ${one.taken.length} sampled (${one.overtaken} overtaken), after 1 frame ` +
        `${one.taken.filter((frames) => frames === 1).length}, after 2 ${one.taken.filter((frames) => frames === 2).length}, ` +
        `p99 ${p99(one.delays).toFixed(1)} ms; gap p99 ${p99(one.gaps).toFixed(1)} ms of ${one.gaps.length} frames, ` +
        `worst ${Math.max(...one.gaps).toFixed(1)} ms; main thread ${one.busy.toFixed(0)} ms/s, of that the measuring ${one.spent.toFixed(0)}`,
    );
    demand(one.rate >= RATE, `only ${one.rate.toFixed(0)} changes per second came`);
    demand(one.layouts === 0, 'tiles came or went: their places are not those that were learnt');
    demand(one.unlike === 0, `${one.unlike} pixels did not show their status before it changed`);
    demand(one.taken.length >= SAMPLES, `only ${one.taken.length} changes were sampled`);
    const late = one.taken.filter((frames) => frames === 0 || frames > 2);
    demand(late.length === 0, `${late.length} of ${one.taken.length} changes were not there within two frames (0: never): ${late.slice(0, 20)}`);
    gaps.push(p99(one.gaps));
    busy.push(one.busy);
  }
  print(`wall.${screen.mark}frame_gap_p99_ms`, monitors, 'ms', gaps);
  print(`wall.${screen.mark}main_thread_ms_per_s`, monitors, 'ms/s', busy);
}

/** Waits until the changes come at their rate: an opening takes the processor from the server, which makes up for it afterwards. */
async function evenly(page) {
  const changes = () => page.evaluate(() => [watch.changes, performance.now()]);
  const rates = [];
  let even = 0;
  for (let second = 0; second < 60 && even < 3; second += 1) {
    const [before, from] = await changes();
    await pause(1_000);
    const [after, to] = await changes();
    const rate = ((after - before) * 1_000) / (to - from);
    const last = rates.at(-1) ?? 0;
    even = rate > RATE * (1 - EVEN) && Math.abs(rate - last) < EVEN * last ? even + 1 : 0;
    rates.push(Math.round(rate));
  }
  demand(even === 3, `within a minute the changes did not come at their rate: ${rates.join(' ')} per second`);
}

async function follow(page, screen, { pixels, palette }) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  await openWall(page);
  await live(page);
  // One tile in 25, spread over the wall: of 1,000 changes 40.
  const targets = pixels.filter((_, index) => index % 25 === 12);
  await page.evaluate(({ targets, palette }) => {
    watch.palette = new Map(palette);
    watch.follow(targets);
  }, { targets, palette });
  let ended = false;
  const pointer = movePointer(cdp, screen, () => ended);
  // What goes wrong with it is told where it is waited for.
  pointer.catch(() => {});
  await evenly(page);
  const before = await metrics(cdp);
  const start = await page.evaluate(() => {
    watch.taken = [];
    watch.delays = [];
    watch.overtaken = 0;
    watch.unlike = 0;
    watch.spent = 0;
    watch.noteGaps();
    return { changes: watch.changes, at: performance.now() };
  });
  await pause(SECONDS * 1_000);
  const after = await metrics(cdp);
  const end = await page.evaluate(() => {
    const { changes, gaps, taken, delays, overtaken, unlike, layouts, spent } = watch;
    watch.gaps = null;
    return { changes, gaps, taken, delays, overtaken, unlike, layouts, spent, at: performance.now() };
  });
  ended = true;
  await pointer;
  const seconds = after.Timestamp - before.Timestamp;
  return {
    ...end,
    rate: ((end.changes - start.changes) * 1_000) / (end.at - start.at),
    busy: ((after.TaskDuration - before.TaskDuration) * 1_000) / seconds,
    spent: end.spent / seconds,
  };
}
