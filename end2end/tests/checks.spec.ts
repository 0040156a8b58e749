// The kinds of check that look at no port: ping, DNS, heartbeat; and what a monitor measured over time.
import type { Page } from '@playwright/test';
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { addMonitorByScreen, field, open } from './screens.ts';
import { NameServer } from './targets.ts';

const INTERVAL_MS = 10_000;

test('[G1] a ping is added by screen, and is Up or says what this machine does not permit', async ({ admin: page }) => {
  await open(page, await addCustomer(page.request, 'Harbor Logistics'));
  await addMonitorByScreen(page, { name: 'router', kind: 'Ping (ICMP)', fields: { Host: '127.0.0.1' } });
  await expect(async () => {
    await open(page, page.url());
    await expect(page.locator('.head .pill')).toHaveText(/Up|Config error/, { timeout: 500 });
  }).toPass({ timeout: 20_000 });
  if ((await page.locator('.head .pill').innerText()) !== 'Up') {
    await expect(page.locator('section.now')).toContainText('This machine does not let the server ping');
  }
  const settings = page.getByRole('region', { name: 'Settings' });
  await expect(settings).toContainText('Ping (ICMP)');
  await expect(settings).toContainText('127.0.0.1');
});

test('[G1] a DNS record is added by screen, and is Down once the name server says otherwise', async ({ admin: page, server }) => {
  const names = await NameServer.start();
  names.addresses.set('shop.example', '10.0.0.5');
  await open(page, await addCustomer(page.request, 'Harbor Logistics'));
  await page.getByRole('link', { name: 'Add monitor' }).first().click();
  await page.getByRole('radio', { name: 'DNS record' }).check({ force: true });
  await expect(field(page, 'Host')).toBeHidden();
  await field(page, 'Name server').fill('dns.example');
  await page.getByRole('button', { name: 'Add monitor' }).click();
  await expect(field(page, 'Name to look up')).toHaveAccessibleDescription(/fill this in/);
  await expect(field(page, 'Name server')).toHaveAccessibleDescription(/An IP address, with or without a port/);
  await expect(field(page, 'Name server')).toHaveValue('dns.example');
  await page.getByRole('link', { name: 'Cancel' }).click();

  const fields = { 'Name to look up': 'shop.example', 'Name server': names.address, Expected: '10.0.0.5' };
  await addMonitorByScreen(page, { name: 'shop record', kind: 'DNS record', fields });
  await stands(page, 'Up');
  names.addresses.set('shop.example', '10.6.6.6');
  await server.advance(INTERVAL_MS);
  await stands(page, 'Down');
  await expect(page.locator('section.now')).toContainText(`${names.address} says that shop.example A is 10.6.6.6; expected 10.0.0.5`);
  names.addresses.delete('shop.example');
  await server.advance(INTERVAL_MS);
  await expect(page.locator('section.now')).toContainText('says that shop.example does not exist', { timeout: 15_000 });
  await names.stop();
});

test('[G1] a heartbeat is added by screen, called, silent, and gets a new address', async ({ admin: page, server, request }) => {
  await open(page, await addCustomer(page.request, 'Harbor Logistics'));
  await page.getByRole('link', { name: 'Add monitor' }).first().click();
  await field(page, 'Name').fill('nightly backup');
  await page.getByRole('radio', { name: 'Heartbeat (calls in)' }).check({ force: true });
  await expect(field(page, 'Time-out in seconds')).toBeHidden();
  await expect(field(page, 'Retries')).toBeHidden();
  await field(page, 'Grace in seconds').fill('soon');
  await page.getByRole('button', { name: 'Add monitor' }).click();
  await expect(field(page, 'Grace in seconds')).toHaveAccessibleDescription(/whole number/);
  await field(page, 'Grace in seconds').fill('30');
  await page.getByRole('button', { name: 'Add monitor' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'nightly backup' })).toBeVisible();
  await expect(page.locator('.head .pill')).toHaveText('Discovery');

  const address = await field(page, 'Address').inputValue();
  expect(address).toContain(`${server.url}/heartbeat/`);
  await expect(field(page, 'At the end of a job')).toHaveValue(`curl -fsS --retry 3 ${address}`);
  expect((await request.post(address, { data: 'done' })).status()).toBe(200);
  await stands(page, 'Up');
  await expect(page.getByRole('region', { name: 'Transitions' })).toContainText('Heartbeat said Up');

  await server.advance(91_000);
  await stands(page, 'Down');
  await expect(page.locator('section.now')).toContainText(/Nothing heard since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
  expect((await request.get(address)).status()).toBe(200);
  await stands(page, 'Up');

  await page.locator('summary').filter({ hasText: 'New address' }).click();
  await page.getByRole('button', { name: 'Make a new address' }).click();
  await expect(field(page, 'Address')).not.toHaveValue(address);
  expect((await request.get(address)).status()).toBe(404);
  expect((await request.get(await field(page, 'Address').inputValue())).status()).toBe(200);
});

test('[G7] a page draws what was measured, with outages, limit, availability and a table', async ({ admin: page, server, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const shop = { name: 'web shop', kind: 'http', url: web.url, latency_limit_ms: '2000' };
  const monitor = await addMonitor(page.request, customer, shop);
  const looks = async () => {
    const before = web.requests;
    await server.advance(INTERVAL_MS);
    await expect.poll(() => web.requests).toBeGreaterThan(before);
  };
  await expect.poll(() => web.requests).toBe(1);
  for (let look = 0; look < 12; look += 1) await looks();
  web.status = 503;
  for (let look = 0; look < 6; look += 1) await looks();
  web.status = 200;
  await looks();

  await open(page, `${monitor}?range=1h`);
  const measured = page.getByRole('region', { name: 'Latency and availability' });
  await expect(measured.getByRole('img', { name: 'Latency over 1 hour' })).toBeVisible();
  await expect(measured.locator('svg .line')).toHaveAttribute('d', /^M[\d.]+ [\d.]+/);
  await expect(measured.locator('svg rect.down')).toHaveCount(1);
  await expect(measured.locator('.legend')).toContainText(/Down, \d/);
  await expect(measured.locator('.facts')).toContainText(/Availability\s*\d\d(\.\d\d)? %/);
  await measured.getByText('The same as a table').click();
  const rows = measured.getByRole('table').getByRole('row');
  await expect(async () => expect(await rows.count()).toBeGreaterThan(2)).toPass();
  await expect(rows.nth(1)).toContainText(/\d+ ms/);

  await measured.getByRole('link', { name: '7 days' }).click();
  await expect(page).toHaveURL(`${monitor}?range=7d`);
  await expect(measured.getByRole('img', { name: 'Latency over 7 days' })).toBeVisible();
  await expect(measured.getByRole('link', { name: '7 days' })).toHaveAttribute('aria-current', 'true');
});

test('[G1] the list is sorted by its heads, and on a phone nothing is scrolled sideways', async ({ admin: page, web }) => {
  const [zebra, acme] = [await addCustomer(page.request, 'Zebra'), await addCustomer(page.request, 'Acme')];
  const named = (name: string) => ({ name, kind: 'http', url: web.url });
  for (const name of ['b', 'a']) await addMonitor(page.request, zebra, named(name));
  await addMonitor(page.request, acme, named('c'));
  await open(page, '/monitors');
  const names = page.locator('tbody td:first-child');
  await expect(names).toHaveText(['a', 'b', 'c']);
  await page.getByRole('columnheader', { name: 'Customer' }).getByRole('link').click();
  await expect(names).toHaveText(['c', 'a', 'b']);
  await expect(page.getByRole('columnheader', { name: 'Customer' })).toHaveAttribute('aria-sort', 'ascending');
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('link').click();
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('link').click();
  await expect(names).toHaveText(['c', 'b', 'a']);
  await expect(page).toHaveURL('/monitors?dir=desc');

  await page.setViewportSize({ width: 390, height: 844 });
  const list = page.locator('.monitor-list');
  expect(await list.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
  await expect(page.getByRole('cell', { name: 'Zebra' })).toHaveCount(2);
  await page.getByRole('columnheader', { name: 'Customer' }).getByRole('link').click();
  await expect(names.first()).toHaveText('c');
});

/** Waits until the monitor's page says this first. It reads itself anew every ten seconds; a test does not wait for that. */
async function stands(page: Page, status: string): Promise<void> {
  await expect(async () => {
    await open(page, page.url());
    await expect(page.locator('.head .pill')).toHaveText(status, { timeout: 500 });
  }).toPass({ timeout: 20_000 });
}
