// Customers: adding, finding, editing, and the life of an account.
import type { Page } from '@playwright/test';
import { addCustomer, addMonitor, idIn, takeStep } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN, OPERATOR, SECOND_ADMIN, send } from './people.ts';
import { cardOf, field, goToSection, hydrated, open } from './screens.ts';
import { openWall, pointAt, shining } from './wall.ts';

test('[A3] each error stands at its field, and nothing typed is lost', async ({ admin: page }) => {
  await open(page, '/customers/new');
  await field(page, 'Company').fill('Ärzte & Söhne "Nord"');
  await page.getByLabel('Company size').selectOption('20-99');
  await goToSection(page, 'Address');
  await field(page, 'City').fill('Łódź');
  await goToSection(page, 'Main contact');
  const wrong = { Email: 'nonsense', 'Mobile number': '12 monkeys' };
  for (const [label, text] of Object.entries(wrong)) await field(page, label).fill(text);
  await page.getByRole('button', { name: 'Next' }).click();

  // 'Next' stays where something is wrong; the list of sections says where.
  const errors = { Email: /looks like name@example.com/, 'Mobile number': /leading \+/ };
  for (const [label, words] of Object.entries(errors)) {
    await expect(field(page, label)).toHaveAttribute('aria-invalid', 'true');
    await expect(field(page, label)).toHaveAccessibleDescription(words);
    await expect(field(page, label)).toHaveValue(wrong[label as keyof typeof wrong]);
  }
  await expect(page.locator('form [aria-invalid="true"]').first()).toBeFocused();
  const sections = page.getByRole('navigation', { name: 'Sections' });
  await expect(sections.getByRole('button', { name: /^Main contact ?, 2 errors$/ })).toBeVisible();
  await expect(sections.getByRole('button', { name: /^Company ?, done$/ })).toBeVisible();

  await goToSection(page, 'Portal and language');
  await field(page, 'Portal name').fill('Not This');
  await goToSection(page, 'Review and create');
  await page.getByRole('button', { name: 'Create customer' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Main contact' })).toBeVisible();
  const right = { Email: 'praxis@nord.example', 'Mobile number': '+49 30 901820' };
  for (const [label, text] of Object.entries(right)) await field(page, label).fill(text);
  await goToSection(page, 'Portal and language');
  await expect(field(page, 'Portal name')).toHaveAccessibleDescription(/Small letters, digits and hyphens; it begins/);
  await expect(field(page, 'Portal name')).toHaveValue('Not This');
  await field(page, 'Portal name').fill('nord');
  await goToSection(page, 'Review and create');
  await page.getByRole('button', { name: 'Create customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ärzte & Söhne "Nord"' })).toBeVisible();
  await expect(page.getByRole('complementary', { name: 'Key facts' })).toContainText(/Łódź/);

  // A portal name is unique: this is known only once the database has been asked.
  await open(page, '/customers/new');
  await field(page, 'Company').fill('Nord Zwei');
  await goToSection(page, 'Portal and language');
  await field(page, 'Portal name').fill('nord');
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(field(page, 'Portal name')).toHaveAccessibleDescription(/Somebody else has this already/);
});

test('[A1][A2] a long list is paged, sorted and searched, with marks folded', async ({ admin: page, server }) => {
  const path = await addCustomer(page.request, 'Crème Brûlée Ångström', {
    contact_first: 'Zoë',
    contact_last: 'Núñez',
    email: 'zoe@brulee.example',
  });
  await server.fillDemo(120, 300);
  await open(page, '/customers');
  const range = page.locator('.pager > .num').first();
  await expect(range).toHaveText('1-50 of 121');
  const names: string[] = [];
  for (const shown of ['51-100 of 121', '101-121 of 121']) {
    names.push(...(await rowNames(page)));
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect(range).toHaveText(shown);
  }
  names.push(...(await rowNames(page)));
  expect(names).toHaveLength(121);
  await expect(page.getByRole('link', { name: 'Next page' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Previous page' }).click();
  await expect(range).toHaveText('51-100 of 121');

  await page.getByRole('columnheader', { name: 'Monitors' }).getByRole('link').click();
  await expect(page).toHaveURL(/sort=monitors/);
  await expect(async () => {
    const fewest = await figures(page);
    expect(fewest).toEqual(fewest.toSorted((a, b) => a - b));
  }).toPass();
  await page.getByRole('columnheader', { name: 'Monitors' }).getByRole('link').click();
  await expect(page.getByRole('columnheader', { name: 'Monitors' })).toHaveAttribute('aria-sort', 'descending');
  await expect(page).toHaveURL(/dir=desc/);
  const most = await figures(page);
  expect(most).toEqual(most.toSorted((a, b) => b - a));
  expect(most[0]).toBeGreaterThan(0);

  // Each finds the same one: its name without its marks, its contact, its email, its id.
  for (const words of ['creme BRULEE angstrom', 'zoe nunez', 'zoe@brulee', idIn(path)]) {
    await page.getByRole('searchbox', { name: 'Find a customer' }).fill(words);
    await expect(range, words).toHaveText('1-1 of 1');
    expect(await rowNames(page)).toEqual(['Crème Brûlée Ångström']);
  }
  await page.getByRole('searchbox', { name: 'Find a customer' }).fill('50% of_nobody');
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await page.getByRole('link', { name: 'Clear search' }).click();
  await expect(range).toHaveText('1-50 of 121');
});

test('[A6] the second of two editors is told, and loses nothing that they typed', async ({ admin: page, join }) => {
  const path = await addCustomer(page.request, 'Harbor Logistics', { city: 'Leeds' });
  const other = await join(SECOND_ADMIN, 'admin');
  await send(other.request, 'customer-associate', { customer: idIn(path) });
  await Promise.all([open(page, `${path}/edit`), open(other, `${path}/edit`)]);

  await field(page, 'City').fill('Hull');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('complementary', { name: 'Key facts' })).toContainText(/Hull/);

  await field(other, 'City').fill('Goole');
  await field(other, 'Business phone').fill('+44 1482 300300');
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.getByRole('alert')).toContainText('Somebody else changed this in the meantime');
  await expect(field(other, 'City')).toHaveValue('Goole');
  await expect(field(other, 'Business phone')).toHaveValue('+44 1482 300300');
  await other.getByRole('link', { name: /Reload/ }).click();
  await hydrated(other);
  await expect(field(other, 'City')).toHaveValue('Hull');
  await field(other, 'City').fill('Goole');
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.getByRole('complementary')).toContainText(/Goole/);
});

test('[A13] the fourth customer of an evaluation is refused clearly, and not half-created', async ({ admin: page, server }) => {
  const first = await addCustomer(page.request, 'One');
  await addCustomer(page.request, 'Two');
  await addCustomer(page.request, 'Three');
  await open(page, '/customers/new');
  await field(page, 'Company').fill('Four');
  await goToSection(page, 'Main contact');
  await field(page, 'Email').fill('office@four.example');
  await goToSection(page, 'Review and create');
  await page.getByRole('button', { name: 'Create customer' }).click();
  await expect(page.getByRole('alert')).toContainText('This MSP has room for 3 customers, and all of them are in use');
  await expect(page.locator('main')).toContainText('office@four.example');

  const look = await page.context().newPage();
  await open(look, '/customers');
  expect(await rowNames(look)).toEqual(['One', 'Three', 'Two']);

  // An inactive customer takes no room; a higher quota gives more.
  await takeStep(page.request, first, 'terminate', 'makes room');
  await page.bringToFront();
  await page.getByRole('button', { name: 'Create customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Four' })).toBeVisible();
  await server.command(['msp', 'quota', '--customers', '4']);
  await addCustomer(page.request, 'Five');
});

test('[A15][A17] the page of a customer says what is known of it, and who changed what', async ({ admin: page }) => {
  const path = await addCustomer(page.request, 'Harbor Logistics', { city: 'Leeds', website: 'https://harbor.example/' });
  await addMonitor(page.request, path, { name: 'intranet', kind: 'simulated', profile: 'steady' });
  await open(page, `${path}/edit`);
  await field(page, 'City').fill('Hull');
  await page.getByRole('button', { name: 'Save' }).click();

  const changes = page.getByRole('region', { name: 'Changes' });
  const edited = changes.getByRole('row', { name: /Customer edited/ });
  await expect(edited).toContainText(ADMIN.email);
  await expect(edited.locator('del')).toHaveText('Leeds');
  await expect(edited.locator('ins')).toHaveText('Hull');
  await expect(changes.getByRole('row', { name: /Monitor created/ })).toContainText('intranet');
  await expect(changes.getByRole('row', { name: /Customer created/ })).toBeVisible();
  const facts = page.getByRole('complementary', { name: 'Key facts' });
  await expect(facts).toContainText('Hull');
  await expect(facts).toContainText(idIn(path));
  await expect(facts.getByRole('link', { name: 'https://harbor.example/' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Monitors' }).getByRole('link', { name: 'intranet' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Outages' })).toContainText('No outages');

  await page.getByRole('link', { name: 'Audit trail' }).click();
  const row = page.getByRole('row', { name: /Customer edited/ });
  await expect(row).toContainText('127.0.0.1');
  await expect(row).toContainText(/Leeds → Hull/);
});

test('[B1][B2][B5] a terminated account leaves cards and wall at once, and can be restored', async ({ admin: page, context, web }) => {
  const path = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, path, { name: 'web shop', kind: 'http', url: web.url });
  const stays = await addCustomer(page.request, 'Cedar Dental');
  await addMonitor(page.request, stays, { name: 'booking', kind: 'http', url: web.url });
  const wall = await context.newPage();
  await openWall(wall);
  await shining(wall, 'green', 2);

  await page.bringToFront();
  await open(page, path);
  await page.getByRole('link', { name: 'Terminate' }).click();
  const button = page.getByRole('button', { name: 'Terminate Harbor Logistics' });
  await button.click();
  await expect(field(page, 'Reason')).toHaveAccessibleDescription(/Please fill this in/);
  await field(page, 'Reason').fill('Contract ended');
  await button.click();
  await expect(page.getByRole('alert')).toContainText('This account was terminated on');
  await expect(page.getByRole('alert')).toContainText('Reason: Contract ended');
  await expect(page.getByRole('alert')).toContainText('It can be restored until');
  for (const gone of ['Edit', 'Terminate', 'Add monitor']) await expect(page.getByRole('link', { name: gone, exact: true })).toHaveCount(0);

  const [left] = await shining(wall, 'green', 1);
  await expect(await pointAt(wall, left!)).toContainText('Cedar Dental');
  const health = await context.newPage();
  await open(health, '/');
  await expect(cardOf(health, 'Cedar Dental')).toBeVisible();
  await expect(cardOf(health, 'Harbor Logistics')).toHaveCount(0);
  await test.step('whatever the screen offers, the server refuses everything else', async () => {
    const customer = idIn(path);
    const monitor = { 'input[name]': 'x', 'input[kind]': 'tcp', 'input[host]': '127.0.0.1', 'input[port]': '1' };
    for (const [form, fields] of [
      ['monitor-create', { customer, ...monitor }],
      ['customer-step', { customer, step: 'downgrade' }],
      ['customer-step', { customer, step: 'terminate', reason: 'again' }],
    ] as const) {
      expect((await page.request.post(`/fn/${form}`, { form: { ...fields } })).status(), form).toBe(409);
    }
  });

  await page.bringToFront();
  await page.getByRole('link', { name: 'Restore' }).click();
  await page.getByRole('button', { name: 'Restore Harbor Logistics' }).click();
  await expect(page.getByRole('link', { name: 'Terminate' })).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await shining(wall, 'green', 2);
});

test('[B3] a downgrade keeps the five oldest monitors, and an upgrade brings the others back', async ({ admin: page }) => {
  const path = await addCustomer(page.request, 'Harbor Logistics');
  const monitors: string[] = [];
  for (const name of ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8']) {
    monitors.push(await addMonitor(page.request, path, { name, kind: 'simulated', profile: 'steady' }));
  }
  // Suspended by hand: the upgrade leaves it so.
  await send(page.request, 'monitor-suspend', { monitor: idIn(monitors[7]!) });

  await open(page, path);
  await page.getByRole('link', { name: 'Downgrade to Free' }).click();
  await page.getByRole('button', { name: 'Downgrade Harbor Logistics to Free' }).click();
  await expect(page.getByRole('link', { name: 'Upgrade to Active' })).toBeVisible();
  expect(await suspended(page)).toEqual(['m6', 'm7', 'm8']);

  await page.getByRole('link', { name: 'Add monitor' }).first().click();
  await field(page, 'Name').fill('one too many');
  await field(page, 'Address').fill('http://127.0.0.1:1/');
  await page.getByRole('button', { name: 'Add monitor' }).click();
  await expect(page.getByRole('alert')).toContainText('A Free account keeps at most 5 monitors');

  await open(page, path);
  await page.getByRole('link', { name: 'Upgrade to Active' }).click();
  await page.getByRole('button', { name: 'Upgrade Harbor Logistics to Active' }).click();
  await expect(page.getByRole('link', { name: 'Downgrade to Free' })).toBeVisible();
  expect(await suspended(page)).toEqual(['m8']);
});

test('[C5] who may not open a customer is told why; an admin has the one click', async ({ admin: page, join }) => {
  const path = await addCustomer(page.request, 'Harbor Logistics');
  const operator = await join(OPERATOR, 'operator');
  await open(operator, '/');
  await cardOf(operator, 'Harbor Logistics').click();
  await expect(operator.getByRole('heading', { level: 1, name: 'Harbor Logistics' })).toBeVisible();
  await expect(operator.locator('main')).toContainText('Only people who created this customer or are associated with it can open it.');
  await expect(operator.locator('main')).toContainText('Ask an MSP Admin');
  await expect(operator.getByRole('button', { name: 'Associate me' })).toHaveCount(0);
  expect((await operator.request.post('/fn/customer-associate', { form: { customer: idIn(path) } })).status()).toBe(403);

  const admin = await join(SECOND_ADMIN, 'admin');
  await open(admin, path);
  await expect(admin.locator('main')).toContainText('The audit trail keeps that you did');
  await admin.getByRole('button', { name: 'Associate me' }).click();
  await expect(admin.getByRole('region', { name: 'Changes' })).toContainText(SECOND_ADMIN.email);
  await expect(admin.getByRole('link', { name: 'Edit' })).toBeVisible();
});

/** The names in the list, from top to bottom. */
async function rowNames(page: Page): Promise<string[]> {
  return page.locator('.customers-list tbody th a').allInnerTexts();
}

/** How many monitors each has, from top to bottom. */
async function figures(page: Page): Promise<number[]> {
  const cells = await page.locator('.customers-list tbody td.monitors').allInnerTexts();
  return cells.map((text) => Number(text.replaceAll(',', '')));
}

/** The suspended monitors on a customer's page. */
async function suspended(page: Page): Promise<string[]> {
  const rows = page.getByRole('region', { name: 'Monitors' }).getByRole('row').filter({ hasText: 'Suspended' });
  return (await rows.getByRole('link').allInnerTexts()).toSorted();
}
