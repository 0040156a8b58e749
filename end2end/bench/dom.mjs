// `wall.dom_first_paint_ms` and `wall.dom_frame_gap_p99_ms`: what one DOM element per tile would cost here, on the same server and in
// the same browser: for comparison.
import { demand, p99, print, say } from './figures.mjs';
import { movePointer, pause, textOf, url, within } from './browser.mjs';

const RUNS = 3;
const SECONDS = 15;

export async function measureDom(cookie, monitors, screen) {
  const [paints, gaps] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    const one = await within(cookie, (page) => follow(page, screen), screen);
    say(`one element per tile: ${one.rate.toFixed(0)} changes/s, ${one.gaps.length} frames in ${SECONDS} s`);
    demand(one.rate > 100, 'the page of comparison gets hardly a change');
    paints.push(one.paint);
    gaps.push(p99(one.gaps));
  }
  print('wall.dom_first_paint_ms', monitors, 'ms', paints);
  print('wall.dom_frame_gap_p99_ms', monitors, 'ms', gaps);
}

async function follow(page, screen) {
  const script = `${textOf('wire.mjs')}\n${textOf('dom.js')}`;
  const body = `<!doctype html><title>One element per tile</title><body><script>{ ${script} }</script></body>`;
  await page.route('**/bench/dom', (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(`${url}/bench/dom`);
  const paint = await page.evaluate(() => begun);
  const cdp = await page.context().newCDPSession(page);
  let ended = false;
  const pointer = movePointer(cdp, screen, () => ended);
  await pause(2_000);
  const start = await page.evaluate(() => {
    noteGaps();
    return { changes, at: performance.now() };
  });
  await pause(SECONDS * 1_000);
  const end = await page.evaluate(() => ({ changes, gaps, at: performance.now() }));
  ended = true;
  await pointer;
  return { paint, gaps: end.gaps, rate: ((end.changes - start.changes) * 1_000) / (end.at - start.at) };
}
