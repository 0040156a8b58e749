// `wall.heap_growth_percent`: what the wall's page holds after 2 million changes against what it held after 100,000, each after the
// garbage is collected: the JavaScript heap, the document's own, and the wasm's memory, which never shrinks.
import { demand, print, say } from './figures.mjs';
import { live, openWall, pause, setting, signIn, within } from './browser.mjs';

const FIRST = 100_000;
const LAST = 2_000_000;
/** The longest that no change may come. */
const PATIENCE_S = 20;

const monitors = Number(setting('NOCTURNE_MONITORS'));
const cookie = await signIn();

const growth = await within(cookie, async (page) => {
  const cdp = await page.context().newCDPSession(page);
  await openWall(page);
  await live(page);
  await page.evaluate(() => watch.follow([]));
  await changed(page, FIRST);
  const first = await heap(page, cdp);
  await changed(page, LAST);
  const last = await heap(page, cdp);
  say(`${shown(first)} after ${FIRST} changes, ${shown(last)} after ${LAST}`);
  return (total(last) / total(first) - 1) * 100;
});
print('wall.heap_growth_percent', monitors, '%', [growth]);

async function changed(page, count) {
  let [last, silent] = [0, 0];
  while (silent < PATIENCE_S) {
    const now = await page.evaluate(() => watch.changes);
    if (now >= count) return;
    silent = now === last ? silent + 1 : 0;
    last = now;
    await pause(1_000);
  }
  demand(false, `no change came for ${PATIENCE_S} s, behind ${last}`);
}

/** The least of several readings, each behind a collection: what stays is in all of them, and a collection need not take all at once. */
async function heap(page, cdp) {
  const readings = [];
  for (let round = 0; round < 5; round += 1) {
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize, embedderHeapUsedSize = 0 } = await cdp.send('Runtime.getHeapUsage');
    const wasm = await page.evaluate(() => watch.wasm.buffer.byteLength);
    readings.push({ script: usedSize, document: embedderHeapUsedSize, wasm });
    await pause(1_000);
  }
  return readings.toSorted((a, b) => total(a) - total(b))[0];
}

function total({ script, document, wasm }) {
  return script + document + wasm;
}

function shown(heap) {
  return Object.entries({ ...heap, all: total(heap) }).map(([name, bytes]) => `${name} ${(bytes / 2 ** 20).toFixed(2)} MiB`).join(', ');
}
