// The catalogue, and what a customer has: a program level, service items, locations and contacts.
import type { Locator, Page } from '@playwright/test';
import { broken } from './axe.ts';
import { addCustomer, addMonitor, idIn, takeStep } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { OPERATOR, send } from './people.ts';
import { field, hydrated, open, pick } from './screens.ts';

test('[A8][A14] what the MSP offers is made, given to customers, and not deleted under them', async ({ admin: page }) => {
  test.setTimeout(120_000);
  const harbor = await addCustomer(page.request, 'Harbor Logistics');
  await open(page, harbor);
  const services = page.getByRole('region', { name: 'Services' });
  await expect(services).toContainText('Standard');
  await expect(services.getByRole('listitem')).toHaveText(/Monitoring/);

  await test.step('a service type, its rate, and a level with a plan', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Catalogue' }).click();
    await page.getByRole('link', { name: 'Add service type' }).click();
    await field(page, 'Name').fill('Remote support');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(field(page, 'Unit')).toHaveAccessibleDescription(/Please fill this in/);
    await expect(field(page, 'Name')).toHaveValue('Remote support');
    await field(page, 'Unit').fill('hour');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('link', { name: 'Add rate template' }).click();
    await field(page, 'Name').fill('Swiss rates');
    await choice(page, 'Currency').selectOption('CHF');
    await field(page, 'Remote support per hour').fill('120.555');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(field(page, 'Remote support per hour')).toHaveAccessibleDescription(/at most 2 decimals/);
    await field(page, 'Remote support per hour').fill('120.50');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('link', { name: 'Add program level' }).click();
    await field(page, 'Name').fill('Gold');
    await choice(page, 'Rate template').selectOption({ label: 'Swiss rates (CHF)' });
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('link', { name: 'Add plan to Gold' }).click();
    await field(page, 'Name').fill('Help desk');
    await page.getByRole('checkbox', { name: 'Remote support' }).check();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page.getByRole('row', { name: /Gold/ })).toContainText('Help deskRemote support');
    expect(await broken(page)).toEqual([]);
  });

  await test.step('the customer gets the level, which shows all of it', async () => {
    await open(page, harbor);
    await page.getByRole('link', { name: 'Manage services' }).click();
    await choice(page, 'Program level').selectOption({ label: 'Gold' });
    await page.getByRole('button', { name: 'Change level' }).click();
    const level = page.getByRole('region', { name: 'Program level: Gold' });
    await expect(level).toContainText('Help desk');
    await expect(level).toContainText('Rate template: Swiss rates');
    await expect(level.getByRole('row', { name: /Remote support/ })).toContainText('CHF 120.50');
  });

  await test.step('a service item is added, edited and deleted', async () => {
    await choice(page, 'Service type').selectOption({ label: 'Remote support (hour)' });
    await field(page, 'Quantity').fill('2.5');
    await page.getByRole('button', { name: 'Add service item' }).click();
    const item = page.getByRole('table', { name: 'Service items' }).getByRole('row', { name: /Remote support/ });
    await expect(item).toContainText('CHF 301.25');
    await expect(field(page, 'Quantity')).toHaveValue('1');
    await item.getByRole('link', { name: 'Remote support' }).click();
    await expect(field(page, 'Quantity')).toHaveValue('2.5');
    await hydrated(page);
    await field(page, 'Quantity').fill('4');
    await page.getByLabel('Until').fill('2026-01-01');
    await page.getByLabel('From', { exact: true }).fill('2026-02-01');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByLabel('Until')).toHaveAccessibleDescription(/The end must come after the begin/);
    await page.getByLabel('Until').fill('2026-12-31');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(item).toContainText('CHF 482.00');
    await expect(item).toContainText('2026-12-31');
    expect(await broken(page)).toEqual([]);

    await open(page, '/catalogue');
    await remove(page, 'Gold');
    await expect(page.getByRole('alert')).toContainText('This is in use by Harbor Logistics.');
    await remove(page, 'Remote support');
    await expect(page.getByRole('alert')).toContainText('This is in use by Harbor Logistics.');
    await page.getByRole('button', { name: 'Make default: Gold' }).click();
    await expect(page.getByRole('row', { name: /Gold/ })).toContainText('Default');
    await expect(page.getByRole('button', { name: 'Make default: Standard' })).toBeVisible();
    const cedar = await addCustomer(page.request, 'Cedar Dental');
    await open(page, cedar);
    await expect(page.getByRole('region', { name: 'Services' })).toContainText('Gold');

    await open(page, `${harbor}/services`);
    await item.locator('summary').click();
    await page.getByRole('button', { name: 'Delete this service item' }).click();
    await expect(item).toHaveCount(0);
    await open(page, '/catalogue');
    await remove(page, 'Remote support');
    await expect(page.getByRole('row', { name: /^Remote support/ })).toHaveCount(0);
  });
});

test('[A9][A10][A17] a customer has locations, one of them the default, and contacts who are at them', async ({ admin: page, join }) => {
  test.setTimeout(120_000);
  const harbor = await addCustomer(page.request, 'Harbor Logistics');
  await open(page, harbor);
  for (const block of ['Locations', 'Contacts']) await expect(page.getByRole('region', { name: block })).toContainText('None yet.');
  await page.getByRole('link', { name: 'Manage contacts' }).click();
  await expect(page.getByText('A contact belongs to a location, and this customer has none yet')).toBeVisible();
  await page.getByRole('link', { name: 'Add location' }).click();

  const list = page.getByRole('table', { name: 'Locations' });
  await field(page, 'City').fill('Hamburg');
  await page.getByRole('button', { name: 'Add location' }).click();
  await expect(field(page, 'Name')).toHaveAccessibleDescription(/Please fill this in/);
  await expect(field(page, 'City')).toHaveValue('Hamburg');
  await field(page, 'Name').fill('Kai Süd');
  await pick(page, 'Country', 'germ', 'Germany');
  await pick(page, 'Time zone', 'berlin', 'Europe/Berlin');
  await page.getByRole('button', { name: 'Add location' }).click();
  await expect(list.getByRole('row', { name: /Kai Süd/ })).toContainText('Default');
  await expect(list.getByRole('row', { name: /Kai Süd/ })).toContainText('Hamburg, Germany');
  await expect(field(page, 'City')).toHaveValue('');
  await field(page, 'Name').fill('Depot');
  await page.getByLabel('Show on dashboard').uncheck();
  await page.getByRole('button', { name: 'Add location' }).click();
  await page.getByRole('button', { name: 'Make default: Depot' }).click();
  await expect(list.getByRole('row', { name: /Depot/ })).toContainText('Default');
  await expect(list.getByRole('row', { name: /Kai Süd/ })).not.toContainText('Default');
  expect(await broken(page)).toEqual([]);

  await page.getByRole('navigation', { name: 'What the customer has' }).getByRole('link', { name: 'Contacts' }).click();
  await field(page, 'First name').fill('Zoë');
  await choice(page, 'Location').selectOption({ label: 'Kai Süd' });
  await choice(page, 'Portal access').selectOption({ label: 'Read only with reports' });
  await page.getByRole('button', { name: 'Add contact' }).click();
  await expect(field(page, 'Email')).toHaveAccessibleDescription(/Please fill this in/);
  await expect(choice(page, 'Location')).toHaveValue(/loc_/);
  await field(page, 'Email').fill('zoe@harbor.example');
  await page.getByRole('button', { name: 'Add contact' }).click();
  const zoe = page.getByRole('table', { name: 'Contacts' }).getByRole('row', { name: /Zoë/ });
  await expect(zoe).toContainText('Kai Süd');
  await expect(zoe).toContainText('Read only with reports');
  expect(await broken(page)).toEqual([]);
  await zoe.getByRole('link', { name: 'Invite Zoë' }).click();
  await expect(page.getByRole('button', { name: 'Send the invitation' })).toBeVisible();
  await expect(field(page, 'Email')).toHaveValue('zoe@harbor.example');
  await expect(field(page, 'Name')).toHaveValue('Zoë');

  await test.step('what is hidden from overviews, and what holds a location', async () => {
    const monitor = await addMonitor(page.request, harbor, { name: 'crane', kind: 'heartbeat', interval_s: '86400', grace_s: '60' });
    await open(page, `${monitor}/edit`);
    await choice(page, 'Location').selectOption({ label: 'Kai Süd' });
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('region', { name: 'Settings' })).toContainText('Kai Süd');
    await open(page, harbor);
    const block = page.getByRole('region', { name: 'Locations' });
    await expect(block).toContainText('2');
    await expect(block.getByRole('listitem')).toHaveText(/Kai Süd/);
    await expect(page.getByRole('region', { name: 'Contacts' })).toContainText('Zoë');
    await expect(page.getByRole('region', { name: 'Changes' })).toContainText('Contact added');
    await page.getByRole('link', { name: 'Manage locations' }).click();
    await remove(page, 'Kai Süd');
    await expect(page.getByRole('alert')).toContainText('A contact belongs to this location: move or delete it first.');
    await remove(page, 'Depot');
    await expect(page.getByRole('alert')).toContainText('make another one the default first');
  });

  const operator = await join(OPERATOR, 'operator');
  await test.step('an operator manages them, once associated, and no services', async () => {
    await open(operator, '/account');
    const me = await userId(page, OPERATOR.name);
    await send(page.request, 'user-tie', { customer: idIn(harbor), user: me, step: 'associate', back: '/users' });
    await open(operator, `${harbor}/contacts`);
    await operator.locator('summary').and(operator.getByLabel('Delete Zoë')).click();
    await operator.getByRole('button', { name: 'Delete this contact' }).click();
    await expect(operator.getByText('No contacts yet.')).toBeVisible();
    await open(operator, `${harbor}/services`);
    await expect(operator.getByRole('table', { name: 'Service items' })).toContainText('Monitoring');
    await expect(operator.getByRole('button', { name: /Change level|Add service item/ })).toHaveCount(0);
    await open(operator, '/catalogue');
    await expect(operator.getByRole('link', { name: /^Add / })).toHaveCount(0);
  });

  await takeStep(page.request, harbor, 'terminate', 'moved on');
  await open(page, `${harbor}/locations`);
  await expect(list.getByRole('row', { name: /Kai Süd/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /Add|Make|Delete/ })).toHaveCount(0);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('[A9][A10] locations and contacts are plain forms, and nothing typed is lost', async ({ admin: page }) => {
    const harbor = await addCustomer(page.request, 'Harbor Logistics');
    await page.goto(`${harbor}/locations`);
    await field(page, 'City').fill('Hamburg');
    await page.getByRole('button', { name: 'Add location' }).click();
    await expect(field(page, 'Name')).toHaveAccessibleDescription(/Please fill this in/);
    await expect(field(page, 'City')).toHaveValue('Hamburg');
    await field(page, 'Name').fill('Kai Süd');
    await page.getByRole('button', { name: 'Add location' }).click();
    await expect(page.getByRole('row', { name: /Kai Süd/ })).toContainText('Default');
    await page.getByRole('link', { name: 'Contacts', exact: true }).click();
    await field(page, 'Last name').fill('Núñez');
    await page.getByRole('button', { name: 'Add contact' }).click();
    await expect(page.getByRole('row', { name: /Núñez/ })).toContainText('Kai Süd');
  });
});

/** A choice of one, by its label. */
function choice(page: Page, label: string): Locator {
  return page.getByRole('combobox', { name: label, exact: true });
}

/** Deletes a row of a list by its menu. */
async function remove(page: Page, name: string): Promise<void> {
  await page.locator('summary').and(page.getByLabel(`Delete ${name}`)).click();
  await menu(page, name).getByRole('button', { name: /^Delete/ }).click();
}

function menu(page: Page, name: string): Locator {
  return page.locator('details.menu').filter({ has: page.getByLabel(`Delete ${name}`) });
}

async function userId(page: Page, name: string): Promise<string> {
  await open(page, '/users');
  const href = await page.getByRole('link', { name }).getAttribute('href');
  await hydrated(page);
  return idIn(href!);
}
