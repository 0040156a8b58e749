// Maintenance windows and outages that people look after.
import type { Page } from '@playwright/test';
import { addCustomer, addMonitor, idIn } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN, OPERATOR, SECOND_ADMIN, send } from './people.ts';
import { cardOf, field, open } from './screens.ts';
import { emptyPort } from './targets.ts';
import { openWall, pointAt, shining } from './wall.ts';

const HOUR_MS = 3_600_000;

/** A customer with one monitor that is down. */
async function down(page: Page) {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const archive = { name: 'archive', kind: 'tcp', host: '127.0.0.1', port: String(await emptyPort()) };
  const monitor = await addMonitor(page.request, customer, archive);
  await stands(page, monitor, 'Down');
  return { customer, monitor };
}

/** Waits until the monitor's page says this first. */
async function stands(page: Page, monitor: string, status: string): Promise<void> {
  await expect(async () => {
    await open(page, monitor);
    await expect(page.locator('.head .pill')).toHaveText(status, { timeout: 500 });
  }).toPass({ timeout: 20_000 });
}

test('[G2] maintenance begins by one click, turns the card green and the tile blue, and ends by another', async ({ admin: page, context }) => {
  const { monitor } = await down(page);
  const wall = await context.newPage();
  await openWall(wall);
  await shining(wall, 'red', 1);

  await page.bringToFront();
  const block = page.getByRole('region', { name: 'Maintenance', exact: true });
  await block.getByLabel('Maintain this monitor for').selectOption({ label: '2 h' });
  await block.getByRole('button', { name: 'Begin now' }).click();
  await expect(page.locator('.head .pill')).toHaveText('Maintenance');
  await expect(block).toContainText('Begun at once');
  await expect(block).toContainText('ends in 1 h');
  await expect(page.locator('section.now')).toContainText('Maintenance: Begun at once');
  await expect(page.getByRole('region', { name: 'Transitions' })).toContainText('Down to Maintenance');
  await shining(wall, 'red', 0);
  await expect(wall.locator('.legend [data-status="maint"] b')).toHaveText('1');

  await page.bringToFront();
  await page.getByRole('link', { name: 'Health' }).click();
  await expect(cardOf(page, 'Harbor Logistics')).toContainText('All up');
  await page.getByRole('link', { name: 'Maintenance', exact: true }).click();
  await page.getByRole('button', { name: /^End now: Begun at once/ }).click();
  await expect(page.getByRole('heading', { name: 'No maintenance is planned' })).toBeVisible();
  await page.getByRole('link', { name: 'Over 1' }).click();
  await expect(page.getByRole('table')).toContainText('Begun at once');
  await shining(wall, 'red', 1);
  await stands(page, monitor, 'Down');
});

test('[G2] a weekly window is planned by its form, is open when the clock says so, and is edited', async ({ admin: page, server, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const shop = await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  await addMonitor(page.request, customer, { name: 'another', kind: 'http', url: web.url });
  await stands(page, shop, 'Up');

  await page.getByRole('link', { name: 'Maintenance', exact: true }).click();
  await page.getByRole('link', { name: 'Plan maintenance' }).click();
  await page.getByRole('link', { name: 'Harbor Logistics' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Plan maintenance' })).toBeVisible();
  await page.getByRole('radio', { name: 'Chosen monitors' }).check();
  await page.getByRole('radio', { name: 'Every week' }).check();
  await page.getByRole('button', { name: 'Plan maintenance' }).click();
  // Each error stands at its field, and nothing is lost.
  await expect(page.getByRole('group', { name: 'Monitors' })).toContainText('Please fill this in.');
  await expect(page.getByRole('group', { name: 'On', exact: true })).toContainText('Please fill this in.');
  await expect(page.getByRole('radio', { name: 'Every week' })).toBeChecked();

  await field(page, 'Name').fill('Patches');
  await page.getByRole('checkbox', { name: 'web shop' }).check();
  // In two hours and for a day, in Kathmandu, which is off by three quarters of an hour.
  const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
  for (const day of days) await page.getByRole('checkbox', { name: day }).check();
  const soon = new Date(Date.now() + 2 * HOUR_MS + 345 * 60_000).toISOString();
  await page.getByLabel('Begins at').fill(soon.slice(11, 16));
  await field(page, 'Lasts, hours').fill('3');
  await page.getByLabel('Time zone').selectOption('Asia/Kathmandu');
  await page.getByRole('button', { name: 'Plan maintenance' }).click();
  const row = page.getByRole('row', { name: /Patches/ });
  await expect(row).toContainText('Coming');
  await expect(row).toContainText(`${soon.slice(11, 16)} to`);
  await expect(row).toContainText('Asia/Kathmandu');
  await expect(row).toContainText('begins in 1 h');
  await expect(row).toContainText('1 monitor');

  await server.advance(2 * HOUR_MS);
  await stands(page, shop, 'Maintenance');
  await open(page, '/maintenance');
  await expect(row).toContainText('Open');
  await row.getByRole('link', { name: 'Patches' }).click();
  await expect(field(page, 'Name')).toHaveValue('Patches');
  await expect(page.getByRole('checkbox', { name: 'web shop' })).toBeChecked();
  await field(page, 'Name').fill('Patches of the shop');
  await page.getByRole('checkbox', { name: 'Enabled' }).uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /Patches of the shop/ })).toContainText('Disabled');
  await stands(page, shop, 'Up');
});

test('[G9] an outage is taken in one browser, and card and wall of another say by whom without a reload', async ({ admin: page, join }) => {
  const { monitor } = await down(page);
  const other = await join(SECOND_ADMIN, 'admin');
  const wall = await other.context().newPage();
  await open(other, '/');
  await expect(cardOf(other, 'Harbor Logistics')).toContainText('1 down');
  await openWall(wall);
  const [tile] = await shining(wall, 'red', 1);
  await expect(await pointAt(wall, tile!)).not.toContainText('taken');

  await page.bringToFront();
  await page.getByRole('link', { name: 'Outages', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Waiting 1' })).toBeVisible();
  await page.getByRole('button', { name: 'Take it: the outage of archive' }).click();
  await expect(page.getByRole('row', { name: /archive/ })).toContainText(`Taken by ${ADMIN.name}`);
  await expect(page.getByRole('link', { name: 'Waiting 0' })).toBeVisible();
  await other.bringToFront();
  await expect(cardOf(other, 'Harbor Logistics')).toContainText(`taken by ${ADMIN.name}`);
  await wall.bringToFront();
  await expect(wall.getByRole('tooltip')).toContainText(`taken by ${ADMIN.name}`);

  await page.bringToFront();
  await open(page, monitor);
  const outages = page.getByRole('region', { name: 'Outages' });
  await outages.getByRole('button', { name: 'Hand back the outage of archive' }).click();
  await expect(outages.getByRole('button', { name: 'Take it: the outage of archive' })).toBeVisible();
  await other.bringToFront();
  await expect(cardOf(other, 'Harbor Logistics')).not.toContainText('taken');
});

test('[G9] an outage is noted and snoozed, and the snooze is over by itself', async ({ admin: page, server }) => {
  const { customer } = await down(page);
  await open(page, customer);
  await page.getByRole('region', { name: 'Outages' }).getByRole('link', { name: 'Notes' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /Outage of archive/ })).toBeVisible();
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.getByText('Please fill this in.')).toBeVisible();
  await field(page, 'Add a note').fill('Called the provider.\nTicket 4711.');
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.locator('.notes')).toContainText('Ticket 4711.');
  await expect(page.locator('.notes')).toContainText(ADMIN.name);
  await expect(field(page, 'Add a note')).toHaveValue('');
  await field(page, 'Reason').fill('They come at noon');
  await page.getByLabel('For', { exact: true }).selectOption('30');
  await page.getByRole('button', { name: 'Snooze' }).click();
  await expect(page.locator('.facts')).toContainText('They come at noon');
  await open(page, '/outages?show=snoozed');
  await expect(page.getByRole('row', { name: /archive/ })).toContainText('snoozed until');
  await expect(page.getByRole('row', { name: /archive/ })).toContainText('1 note');
  await server.advance(HOUR_MS / 2);
  await open(page, '/outages?show=snoozed');
  await expect(page.getByRole('heading', { name: 'No outage here' })).toBeVisible();
});

test('[G2][G9] without JavaScript maintenance is begun and an outage is taken', async ({ admin: page, browser, server, problems }) => {
  const { monitor } = await down(page);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url, storageState: await page.context().storageState() });
  await problems.watch(context, server.url);
  const plain = await context.newPage();
  await plain.goto('/outages');
  await plain.getByRole('button', { name: 'Take it: the outage of archive' }).click();
  await expect(plain).toHaveURL('/outages');
  await expect(plain.getByRole('row', { name: /archive/ })).toContainText(`Taken by ${ADMIN.name}`);
  await plain.goto(monitor);
  await plain.getByRole('button', { name: 'Begin now' }).click();
  await expect(plain).toHaveURL(monitor);
  await expect(plain.locator('.head .pill')).toHaveText('Maintenance');
  await context.close();
});

test('[G2][G9][C4] an operator of another customer is refused, and the screens do not offer it', async ({ admin: page, join, problems }) => {
  problems.expect(/403/);
  const { customer, monitor } = await down(page);
  const operator = await join(OPERATOR, 'operator');
  await open(operator, '/outages');
  await expect(operator.getByRole('row', { name: /archive/ })).toBeVisible();
  await expect(operator.getByRole('button', { name: /Take it/ })).toHaveCount(0);
  const begin = { form: { customer: idIn(customer), minutes: '60' } };
  expect((await operator.request.post('/fn/maintenance-begin', begin)).status()).toBe(403);
  await send(page.request, 'maintenance-begin', { monitor: idIn(monitor), minutes: '60' });
  await open(operator, '/maintenance');
  await expect(operator.getByRole('row', { name: /Begun at once/ })).toBeVisible();
  await expect(operator.getByRole('button', { name: /^End/ })).toHaveCount(0);
});
