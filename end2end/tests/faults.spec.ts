// What a person at a wall sees of a fault: never something wrong that looks fresh, and what is true as soon as there is something.
import type { Page } from '@playwright/test';
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { emptyPort } from './targets.ts';
import { legend, live, openWall, shining } from './wall.ts';
import { Way } from './way.ts';

/** Longer than a browser waits before it opens a lost stream again, and shorter than a person does. */
const RIGHT_AGAIN_MS = 5_000;

test('[F3][F11] a wall whose server is killed is right again within seconds of its start', async ({ admin: page, server, web, problems }) => {
  problems.expect(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url, interval_s: '5', timeout_s: '2' });
  const archive = { name: 'archive', kind: 'tcp', host: '127.0.0.1', port: String(await emptyPort()), interval_s: '5', timeout_s: '2' };
  await addMonitor(page.request, customer, archive);
  await openWall(page);
  await shining(page, 'green', 1);
  await shining(page, 'red', 1);

  await server.kill();
  await web.stop();
  await server.start();
  const started = Date.now();
  await live(page);
  await expect(legend(page, 'up')).toHaveText('1');
  expect(Date.now() - started, 'until the wall was live again').toBeLessThan(RIGHT_AGAIN_MS);

  // From here on the wall follows the new server.
  await shining(page, 'red', 2);
  await expect(legend(page, 'down')).toHaveText('2');
});

test('[F11] a wall whose database hangs fades by itself and says since when, and comes back without a reload', async ({ admin: page, server, web, engine }) => {
  test.skip(engine !== 'postgres', 'SQLite is locked by another process in the tests without a browser');
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url, interval_s: '5', timeout_s: '2' });
  await openWall(page);
  await shining(page, 'green', 1);
  await markLoad(page);

  const unlock = await server.database!.lock();
  try {
    await expect(page.locator('.wbar .chip.lost')).toBeVisible({ timeout: 25_000 });
    await expect(page.locator('.canvas')).toHaveClass(/old/);
    await web.stop();
  } finally {
    await unlock();
  }
  await live(page);
  await expect(page.locator('.canvas')).not.toHaveClass(/old/);
  await shining(page, 'red', 1);
  expect(await isMarked(page), 'the page was not loaded anew').toBe(true);
});

test('[F11] a connection that dies without a word is given up, and the wall is live again by another', async ({ admin: page, server, problems, engine }) => {
  test.skip(engine !== 'sqlite', 'what a browser does about its link does not depend on the engine');
  test.setTimeout(120_000);
  // What was under way on it is given up too.
  problems.expect(/ERR_ABORTED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED_ENCODING/);
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'simulated', profile: 'steady' });
  const way = await Way.to(server.url);
  problems.expect(new RegExp(`stranger's address: ${way.url}/`));
  try {
    await page.goto(`${way.url}/wall`);
    await live(page);
    await markLoad(page);
    way.swallow();
    await expect(page.locator('.wbar .chip.lost')).toBeVisible({ timeout: 15_000 });
    await expect(page.locator('.wbar .chip.live')).toBeVisible({ timeout: 75_000 });
    expect(await isMarked(page), 'the page was not loaded anew').toBe(true);
  } finally {
    way.close();
  }
});

async function markLoad(page: Page): Promise<void> {
  await page.evaluate(() => document.documentElement.setAttribute('data-same-load', ''));
}

function isMarked(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.hasAttribute('data-same-load'));
}
