// The pictures of the README: the screens of a demonstration, as they are. Each is a PNG below 300 KB under a name that stays.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demand, say } from './figures.mjs';
import { open, setting, signIn, url } from './browser.mjs';
import { withPalette } from './palette.mjs';

const MOST_BYTES = 300_000;
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844, more: { deviceScaleFactor: 2, hasTouch: true, isMobile: true } };

const folder = setting('NOCTURNE_PICTURES');
const cookie = await signIn();
const worst = await worstOf();
mkdirSync(folder, { recursive: true });

await take('health-light', '/', { theme: 'light', ...DESK });
await take('health-dark', '/', { theme: 'dark', ...DESK });
await take('wall-dark', '/wall', { theme: 'dark', width: 1920, height: 1080 });
await take('wall-light', '/wall', { theme: 'light', width: 1920, height: 1080 });
await take('customer-light', worst.customer, { theme: 'light', ...DESK });
await take('monitor-dark', worst.monitor, { theme: 'dark', ...DESK });
await take('wall-phone', '/wall', { theme: 'dark', ...PHONE });
await take('health-phone', '/', { theme: 'light', ...PHONE });

async function take(name, path, screen) {
  const { browser, page } = await open(cookie, screen);
  try {
    await goTo(page, path);
    const file = join(folder, `${name}.png`);
    const bytes = withPalette(await page.screenshot({ animations: 'disabled', caret: 'hide' }));
    demand(bytes.length <= MOST_BYTES, `${file} has ${bytes.length} bytes`);
    writeFileSync(file, bytes);
    say(`${file}: ${(bytes.length / 1_000).toFixed(0)} KB`);
  } finally {
    await browser.close();
  }
}

/** Waits until all that the screen shows has come. */
async function goTo(page, path) {
  await page.goto(url + path);
  await page.locator('html[data-hydrated]').waitFor({ timeout: 60_000 });
  if (path === '/wall') await page.locator('.wbar .chip.live').waitFor();
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  });
}

/**
 * What shows the most: of the monitors that are down, and stand among the first of their customer's, the one that has been so the most
 * often. In letters that every machine has a font for.
 */
async function worstOf() {
  const { browser, page } = await open(cookie, DESK);
  try {
    await goTo(page, '/monitors?status=down');
    const rows = await page.locator('main td a[href^="/monitors/"]').evaluateAll((links) => links.map((link) => [link.getAttribute('href'), link.textContent]));
    const down = rows.filter(([, name]) => /^[\p{Script=Latin}\p{Script=Common}]+$/u.test(name)).slice(0, 20);
    demand(down.length > 0, 'no monitor is down');
    let worst = { score: -1 };
    for (const [monitor] of down) {
      await goTo(page, monitor);
      const past = await page.locator('main tbody tr').count();
      const customer = await page.locator('main a[href^="/customers/"]').first().getAttribute('href');
      await goTo(page, customer);
      const first = await page.locator('main td a[href^="/monitors/"]').evaluateAll((links) => links.slice(0, 12).map((link) => link.getAttribute('href')));
      const score = past + (first.includes(monitor) ? 1_000 : 0);
      if (score > worst.score) worst = { score, monitor, customer };
    }
    return worst;
  } finally {
    await browser.close();
  }
}
