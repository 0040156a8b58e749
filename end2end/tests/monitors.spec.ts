// Monitors: what their form takes, what they find, and what a person does with them.
import type { Page } from '@playwright/test';
import { addCustomer, addMonitor, idIn } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { cardOf, field, open } from './screens.ts';
import { emptyPort } from './targets.ts';
import { openWall, pointAt, shining } from './wall.ts';

const INTERVAL_MS = 10_000;

test('[G1] each kind has its fields, and each error stands at its field', async ({ admin: page }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await open(page, `${customer}/monitors/new`);
  const submit = page.getByRole('button', { name: 'Add monitor' });
  const wrong = (label: string, words: RegExp) => expect(field(page, label)).toHaveAccessibleDescription(words);

  await submit.click();
  await wrong('Name', /Please fill this in/);
  await wrong('Address', /fill this in|begins with/);
  await expect(field(page, 'Host')).toBeHidden();
  await field(page, 'Name').fill('mail');
  await field(page, 'Address').fill('ftp://harbor.example');
  await submit.click();
  await wrong('Address', /begins with http:\/\/ or https:\/\//);
  await expect(field(page, 'Address')).toHaveValue('ftp://harbor.example');

  await choose(page, 'TCP port');
  await expect(field(page, 'Address')).toBeHidden();
  await field(page, 'Host').fill('https://mail.example:25');
  await field(page, 'Port').fill('70000');
  await field(page, 'Time-out in seconds').fill('60');
  await field(page, 'Retries').fill('some');
  await submit.click();
  await wrong('Host', /without http:\/\/ and without a port/);
  await wrong('Port', /A number from 1 to 65535/);
  await wrong('Time-out in seconds', /shorter than the interval/);
  await wrong('Retries', /whole number/);

  await choose(page, 'TLS certificate expiry');
  await field(page, 'Trouble before expiry, in days').fill('100000');
  await submit.click();
  await wrong('Trouble before expiry, in days', /A number from/);
  await expect(field(page, 'Name')).toHaveValue('mail');
  await expect(page).toHaveURL(`${customer}/monitors/new`);
});

test('[G1][G10] a web page is Up, Trouble or Down by what it answers, and the page says why', async ({ admin: page, server, web }) => {
  web.body = 'Welcome to the shop';
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const monitor = await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url, contains: 'Welcome' });
  await open(page, monitor);
  await stands(page, 'Up');

  web.body = 'An error has occurred';
  await server.advance(INTERVAL_MS);
  await stands(page, 'Down');
  await expect(why(page)).toContainText('Welcome');

  web.body = 'Welcome to the shop';
  web.status = 503;
  await server.advance(INTERVAL_MS);
  // By itself, while somebody reads it.
  await expect(why(page)).toContainText('503', { timeout: 15_000 });
  await expect(why(page)).toContainText('Built-in check');
  await expect(why(page).getByText(/^Rule/)).toBeVisible();

  web.status = 200;
  await server.advance(INTERVAL_MS);
  await stands(page, 'Up');
  const transitions = page.getByRole('region', { name: 'Transitions' }).getByRole('listitem');
  await expect(transitions).toHaveCount(3);
  await expect(transitions.nth(0)).toContainText(/Down to Up/);
  await expect(transitions.nth(0)).toContainText(/Built-in check said Up after \d+ ms/);
  await expect(transitions.nth(0)).toContainText('Rule: ');
  await expect(transitions.nth(1)).toContainText(/Up to Down/);
  await expect(transitions.nth(1)).toContainText('Built-in check said Down');
  await expect(transitions.nth(2)).toContainText(/Discovery to Up/);
  await expect(page.getByRole('region', { name: 'Outages' }).getByRole('row')).toHaveCount(2);
});

test('[G1] a failure counts only once its retries have failed too', async ({ admin: page, server }) => {
  const port = await emptyPort();
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const tcp = { name: 'archive', kind: 'tcp', host: '127.0.0.1', port: String(port), retries: '2' };
  const monitor = await addMonitor(page.request, customer, tcp);
  await open(page, monitor);
  await expect(page.locator('.head .pill')).toHaveText('Discovery');
  // The looks again come a quarter of an interval later, each.
  await expect(async () => {
    await server.advance(INTERVAL_MS / 4);
    await open(page, monitor);
    await expect(page.locator('.head .pill')).toHaveText('Down', { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await expect(why(page)).toContainText(`Connection refused by 127.0.0.1:${port}`);
  await expect(page.getByRole('region', { name: 'Transitions' })).toContainText('3 times in a row');
});

test('[G1] a target that is not allowed is a configuration error, and says so', async ({ admin: page, context }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const tcp = { name: 'metadata', kind: 'tcp', host: '169.254.169.254', port: '80' };
  const monitor = await addMonitor(page.request, customer, tcp);
  await open(page, monitor);
  await stands(page, 'Config error');
  await expect(why(page)).toContainText('169.254.169.254 (cloud metadata) is not an allowed target');

  // It is no outage: the card stays green, the tile is violet.
  const wall = await context.newPage();
  await openWall(wall);
  const [tile] = await shining(wall, 'violet', 1);
  await expect(await pointAt(wall, tile!)).toContainText(/metadata.*Harbor Logistics/);
  await page.bringToFront();
  await page.getByRole('link', { name: 'Health' }).click();
  await expect(cardOf(page, 'Harbor Logistics')).toContainText('All up');
});

test('[G2] a monitor is suspended by hand and resumed, on its page and on the wall', async ({ admin: page, context, server, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const monitor = await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  const wall = await context.newPage();
  await openWall(wall);
  const [tile] = await shining(wall, 'green', 1);

  await page.bringToFront();
  await open(page, monitor);
  await page.getByRole('button', { name: 'Suspend' }).click();
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible();
  await stands(page, 'Suspended');
  await shining(wall, 'green', 0);
  await expect(await pointAt(wall, tile!)).toContainText(/web shop.*Harbor Logistics/);
  await expect(wall.getByRole('tooltip').getByRole('img')).toHaveAccessibleName('Suspended');
  const asked = web.requests;
  await server.advance(10 * INTERVAL_MS);
  // A monitor that is looked at would have asked by the time that another one has.
  await addMonitor(page.request, customer, { name: 'another', kind: 'http', url: web.url });
  await expect.poll(() => web.requests).toBe(asked + 1);

  await page.bringToFront();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('button', { name: 'Suspend' })).toBeVisible();
  await stands(page, 'Up');
  await shining(wall, 'green', 2);
});

test('a monitor is deleted only after a question, and leaves the wall', async ({ admin: page, context, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const monitor = await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  const wall = await context.newPage();
  await openWall(wall);
  await shining(wall, 'green', 1);
  await page.bringToFront();
  await open(page, monitor);
  const sure = page.getByRole('button', { name: 'Delete this monitor' });
  await expect(sure).toBeHidden();
  await page.locator('summary').filter({ hasText: 'Delete' }).click();
  await expect(page.locator('.confirm')).toContainText('This cannot be undone');
  await sure.click();
  await expect(page).toHaveURL(customer);
  await expect(page.getByRole('region', { name: 'Monitors' })).toContainText('No monitors yet');
  await expect(wall.getByRole('heading', { name: 'No monitors yet' })).toBeVisible();
  expect((await page.request.get(monitor)).status()).toBe(404);
  expect((await page.request.post('/fn/monitor-delete', { form: { monitor: idIn(monitor) } })).status()).toBe(404);
});

async function choose(page: Page, kind: string): Promise<void> {
  await page.getByRole('radio', { name: kind }).check({ force: true });
}

/** Waits until the monitor's page says this first. It reads itself anew every ten seconds; a test does not wait for that. */
async function stands(page: Page, status: string): Promise<void> {
  await expect(async () => {
    await open(page, page.url());
    await expect(page.locator('.head .pill')).toHaveText(status, { timeout: 500 });
  }).toPass({ timeout: 20_000 });
}

/** Why the monitor has its status, on its page. */
function why(page: Page) {
  return page.locator('section.now');
}
