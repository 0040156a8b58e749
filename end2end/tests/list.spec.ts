// The customer list as the office's spreadsheet: filters, columns, ticks, CSV; deleting; and the audit trail.
import { readFile } from 'node:fs/promises';
import type { Download, Page } from '@playwright/test';
import { addCustomer, addMonitor, idIn } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN, OPERATOR } from './people.ts';
import { field, hydrated, open } from './screens.ts';

test('[A1] filters go together, stand in the address, and say what is wrong at their field', async ({ admin: page }) => {
  const harbor = await addCustomer(page.request, 'Hárbor Logistics');
  await addMonitor(page.request, harbor, { name: 'web', kind: 'simulated', profile: 'steady' });
  await addCustomer(page.request, 'Harbor without monitors');
  await addCustomer(page.request, 'Elm Clinic');
  await open(page, '/customers');
  await page.getByText('Filter', { exact: true }).click();
  await field(page, 'Name contains').fill('harbor');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL('/customers?name=harbor');
  await expect.poll(() => rowNames(page)).toEqual(['Hárbor Logistics', 'Harbor without monitors']);

  // The form stays open, and says what the address says.
  await field(page, 'Monitors from').fill('1');
  await page.getByLabel('Added from').fill('2020-01-01');
  await field(page, 'Name contains').press('Enter');
  await expect(page).toHaveURL('/customers?name=harbor&devices_from=1&added_from=2020-01-01');
  await expect.poll(() => rowNames(page)).toEqual(['Hárbor Logistics']);
  // Search, state and order go with them.
  await page.getByRole('columnheader', { name: 'Monitors' }).getByRole('link').click();
  await expect(page.getByRole('columnheader', { name: 'Monitors' })).toHaveAttribute('aria-sort', 'ascending');
  await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: /^Active/ }).click();
  await page.getByRole('searchbox', { name: 'Find a customer' }).fill('logistics');
  await expect(page).toHaveURL('/customers?q=logistics&name=harbor&devices_from=1&added_from=2020-01-01&state=active&sort=monitors');
  await expect.poll(() => rowNames(page)).toEqual(['Hárbor Logistics']);
  await page.reload();
  await hydrated(page);
  expect(await rowNames(page)).toEqual(['Hárbor Logistics']);

  const set = page.getByRole('navigation', { name: 'Filters that are set' });
  await set.getByRole('link', { name: 'Take away: Monitors: from 1' }).click();
  await expect(page).toHaveURL(/name=harbor&added_from/);
  await expect(page.locator('#devices_from')).toHaveValue('');
  await set.getByRole('link', { name: 'Clear all filters' }).click();
  await expect(page).toHaveURL('/customers?q=logistics&state=active&sort=monitors');
  await expect(set).toHaveCount(0);

  await open(page, '/customers');
  await page.getByText('Filter', { exact: true }).click();
  await field(page, 'Monitors from').fill('7');
  await field(page, 'Monitors to').fill('3');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(field(page, 'Monitors to')).toHaveAccessibleDescription(/must not be less/);
  await expect(field(page, 'Monitors from')).toHaveValue('7');
  await expect(page.getByRole('heading', { name: 'These filters cannot be applied' })).toBeVisible();
  await page.goto('/customers?added_from=2026-02-30&name=elm');
  await expect(page.getByLabel('Added from')).toHaveAccessibleDescription(/a date or time that there is/);
  await expect(field(page, 'Name contains')).toHaveValue('elm');
});

test('[A1] the columns that a person chose are there again, from the first frame on', async ({ admin: page }) => {
  await addCustomer(page.request, 'Harbor Logistics');
  await open(page, '/customers');
  await expect(page.getByRole('columnheader', { name: 'Email' })).toBeVisible();
  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('checkbox', { name: 'Email' }).uncheck();
  await page.getByRole('checkbox', { name: 'MSP Admins' }).uncheck();
  await expect(page.getByRole('columnheader', { name: 'Email' })).toBeHidden();
  // As the server sends it, before any script has run.
  const sent = await (await page.request.get('/customers')).text();
  expect(sent).toContain('customers-list chosen no-email no-admins');
  await page.reload();
  await hydrated(page);
  await expect(page.getByRole('columnheader', { name: 'Email' })).toBeHidden();
  await expect(page.getByRole('columnheader', { name: 'MSP Admins' })).toBeHidden();
  await expect(page.getByRole('columnheader', { name: 'Monitors' })).toBeVisible();
});

test('[A12] ticks survive paging, sorting and filtering, and the CSV holds exactly those rows', async ({ admin: page, server }) => {
  await addCustomer(page.request, '=1+1', { city: 'Łódź', mobile: '+48 42 6380000' });
  await server.fillDemo(70, 70);
  await open(page, '/customers');
  const ticked = page.getByText(/^\d+ ticked$/);
  await expect(page.getByRole('button', { name: 'CSV of what is ticked' })).toBeHidden();
  const wanted = ['=1+1'];
  await page.getByRole('checkbox', { name: 'Tick =1+1' }).check();
  await expect(ticked).toHaveText('1 ticked');
  await page.getByRole('link', { name: 'Next page' }).click();
  await expect(page.locator('.pager > .num').first()).toHaveText('51-71 of 71');
  const second = (await rowNames(page))[3]!;
  await page.getByRole('checkbox', { name: `Tick ${second}`, exact: true }).check();
  wanted.push(second);
  await page.getByRole('columnheader', { name: 'Added' }).getByRole('link').click();
  await expect(page).toHaveURL(/sort=added/);
  await page.getByRole('searchbox', { name: 'Find a customer' }).fill('=1+1');
  await expect(page.locator('.pager > .num').first()).toHaveText('1-1 of 1');
  await expect(page.getByRole('checkbox', { name: 'Tick =1+1' })).toBeChecked();
  await page.reload();
  await hydrated(page);
  await expect(ticked).toHaveText('2 ticked');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV of what is ticked' }).click()]);
  expect(file.suggestedFilename()).toBe('customers.csv');
  const rows = await table(file);
  expect(rows.slice(1).map((row) => row[0])).toEqual(["'=1+1", second]);
  expect(rows[1]).toContain('Łódź');
  expect(rows[1]).toContain("'+48426380000");

  // What the filter shows; this page at once; and nothing any more.
  const [shown] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV of these' }).click()]);
  expect((await table(shown)).slice(1).map((row) => row[0])).toEqual(["'=1+1"]);
  await open(page, '/customers');
  await page.getByRole('checkbox', { name: 'Tick all on this page' }).check();
  await expect(ticked).toHaveText('51 ticked');
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(page.getByRole('button', { name: 'CSV of what is ticked' })).toBeHidden();
  await expect(page.getByRole('checkbox', { name: 'Tick =1+1' })).not.toBeChecked();
  const [all] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV', exact: true }).click()]);
  expect(await table(all)).toHaveLength(72);
  await expect(page.getByRole('progressbar')).toHaveCount(0);
});

test('[A11] a customer is deleted by typing one\'s own email, and Enter cancels', async ({ admin: page, join }) => {
  const harbor = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, harbor, { name: 'web', kind: 'simulated', profile: 'steady' });
  await addCustomer(page.request, 'Elm Clinic');
  const operator = await join(OPERATOR, 'operator');
  await open(operator, '/customers');
  await expect(operator.getByText('Actions for Harbor Logistics')).toHaveCount(0);
  await open(page, '/customers');
  const menu = page.getByRole('row', { name: /Harbor Logistics/ }).locator('details.menu');
  await menu.locator('summary').click();
  await expect(menu.getByRole('link')).toHaveText(['Edit', 'Add monitor', 'Downgrade to Free', 'Terminate', 'Delete']);
  await menu.getByRole('link', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Delete Harbor Logistics?' })).toBeVisible();
  await expect(page.getByText('1 monitor, with all that was measured')).toBeVisible();

  await field(page, 'Your own email address').fill(ADMIN.email);
  await field(page, 'Your own email address').press('Enter');
  await expect(page).toHaveURL(harbor);
  await expect(page.getByRole('heading', { level: 1, name: 'Harbor Logistics' })).toBeVisible();
  await page.getByRole('link', { name: 'Delete', exact: true }).click();
  await field(page, 'Your own email address').fill('harbor@customer.example');
  await page.getByRole('button', { name: 'Delete Harbor Logistics' }).click();
  await expect(field(page, 'Your own email address')).toHaveAccessibleDescription(/not the email address that you sign in with/);
  await expect(field(page, 'Your own email address')).toHaveValue('harbor@customer.example');
  await field(page, 'Your own email address').fill(ADMIN.email.toUpperCase());
  await page.getByRole('button', { name: 'Delete Harbor Logistics' }).click();
  await expect(page).toHaveURL('/customers');
  await expect(page.getByText('Harbor Logistics is deleted.')).toBeVisible();
  await expect.poll(() => rowNames(page)).toEqual(['Elm Clinic']);
  expect((await page.request.get(harbor)).status()).toBe(404);
  await open(operator, '/wall?as=table');
  await expect(operator.getByText('Harbor Logistics')).toHaveCount(0);

  // The audit keeps it.
  await open(page, `/audit?customer=${idIn(harbor)}`);
  await expect(page.getByRole('row', { name: /Customer deleted/ })).toContainText(ADMIN.email);
});

test('[A15] the audit trail is filtered in the address, paged and exported', async ({ admin: page, server }) => {
  await server.command(['msp', 'quota', '--customers', '1000']);
  for (let n = 0; n < 52; n += 1) await addCustomer(page.request, `Customer ${String(n).padStart(2, '0')}`);
  await open(page, '/audit');
  await field(page, 'Who').fill('ADA@');
  await page.getByLabel('What', { exact: true }).selectOption('Customer created');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL('/audit?who=ADA%40&kind=customer.created');
  // Until what is left has come, the rows on screen and their links are those of before.
  await expect(page.getByRole('link', { name: 'Clear all' })).toBeVisible();
  const rows = page.locator('table.trail tbody tr');
  await expect(rows).toHaveCount(50);
  await page.getByRole('link', { name: 'Older' }).click();
  await expect(rows).toHaveCount(2);
  await expect(page).toHaveURL(/who=ADA%40&kind=customer.created&before=/);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
  const exported = await table(file);
  expect(exported).toHaveLength(53);
  expect(exported[1]![4]).toBe('Customer created');

  await field(page, 'Customer').fill('customer 07');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(rows).toHaveCount(1);
  await page.getByLabel('To', { exact: true }).fill('2020-01-01');
  await page.getByLabel('From', { exact: true }).fill('2020-02-01');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByLabel('To', { exact: true })).toHaveAccessibleDescription(/end must come after/);
  await page.getByRole('link', { name: 'Clear all' }).click();
  await expect(rows).toHaveCount(50);
});

function rowNames(page: Page): Promise<string[]> {
  return page.locator('.customers-list tbody th .name > a').allTextContents();
}

/** The cells of a CSV, row by row (RFC 4180). */
async function table(file: Download): Promise<string[][]> {
  const text = (await readFile(await file.path(), 'utf8')).replace(/^\uFEFF/, '');
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end !== ',') {
      if (row.length > 1 || row[0] !== '') rows.push(row);
      row = [];
    }
    if (end === '') break;
  }
  return rows;
}
