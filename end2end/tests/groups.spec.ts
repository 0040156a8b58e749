// Customer groups, the health view's filters, and customers that a person is denied.
import type { Page } from '@playwright/test';
import { addCustomer, addMonitor, idIn } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN, OPERATOR, send } from './people.ts';
import { cardOf, field, open } from './screens.ts';
import { openWall, pointAt, shining, tiles } from './wall.ts';

test('[C1] a group is made, changed and deleted, and no search loses a tick', async ({ admin: page, server, join }) => {
  await server.command(['msp', 'quota', '--customers', '20000', '--monitors', '20000']);
  for (const company of ['Harbor Logistics', 'Cedar Dental', 'Ärzte Süd']) await addCustomer(page.request, company);
  await server.fillDemo(120, 0);
  await open(page, '/groups');
  await expect(page.getByRole('heading', { name: 'No groups yet' })).toBeVisible();
  await page.getByRole('link', { name: 'Add group' }).click();
  await expect(page.getByText(/50 of 123/)).toBeVisible();

  const search = page.getByRole('searchbox', { name: 'Find a customer to tick' });
  await search.fill('harbor log');
  await page.getByRole('checkbox', { name: 'Harbor Logistics' }).check();
  await search.fill('arzte');
  await expect(page.getByRole('list', { name: 'Ticked before' })).toContainText('Harbor Logistics');
  await page.getByRole('checkbox', { name: 'Ärzte Süd' }).check();
  await page.getByRole('button', { name: 'Add group' }).click();
  await expect(field(page, 'Name')).toHaveAccessibleDescription(/Please fill this in/);
  await expect(page.getByRole('checkbox', { name: 'Ärzte Süd' })).toBeChecked();
  await field(page, 'Name').fill('Region Nord');
  await page.getByRole('button', { name: 'Add group' }).click();
  const row = page.getByRole('row', { name: /Region Nord/ });
  await expect(row.getByRole('cell').nth(0)).toHaveText('2');
  await expect(row.getByRole('cell').nth(1)).toHaveText('1');

  await row.getByRole('link', { name: 'Region Nord', exact: true }).click();
  // Those in the group stand first.
  await expect(page.getByRole('checkbox').nth(0)).toBeChecked();
  await expect(page.getByRole('checkbox').nth(1)).toBeChecked();
  await expect(page.getByRole('checkbox').nth(2)).not.toBeChecked();
  await page.getByRole('checkbox', { name: 'Harbor Logistics' }).uncheck();
  await page.getByRole('searchbox', { name: 'Find a customer to tick' }).fill('cedar dental');
  await page.getByRole('checkbox', { name: 'Cedar Dental' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await row.getByRole('link', { name: 'Region Nord', exact: true }).click();
  await expect(page.getByRole('checkbox', { name: 'Ärzte Süd' })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'Cedar Dental' })).toBeChecked();
  await expect(page.getByRole('checkbox').nth(2)).not.toBeChecked();

  await page.getByRole('checkbox', { name: 'Cedar Dental' }).uncheck();
  await page.getByRole('button', { name: `Dissociate ${ADMIN.name}` }).click();
  await expect(page.getByText('Nobody is associated with a customer of this group.')).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'Cedar Dental' })).not.toBeChecked();

  const operator = await join(OPERATOR, 'operator');
  await open(operator, new URL(page.url()).pathname);
  await expect(operator.getByRole('link', { name: 'Ärzte Süd' })).toBeVisible();
  await expect(operator.getByRole('checkbox')).toHaveCount(0);
  await expect(operator.getByRole('button', { name: /Save|Delete|Dissociate/ })).toHaveCount(0);

  await page.getByText('Delete', { exact: true }).click();
  await page.getByRole('button', { name: 'Delete this group' }).click();
  await expect(page.getByRole('heading', { name: 'No groups yet' })).toBeVisible();
  await open(page, '/customers?q=cedar dental');
  await expect(page.getByRole('row', { name: /Cedar Dental/ })).toBeVisible();
});

test('[C2][E3] Home shows one group, one kind, one name; as cards or as a list', async ({ admin: page, web }) => {
  const harbor = await addCustomer(page.request, 'Harbor Logistics');
  const cedar = await addCustomer(page.request, 'Cedar Dental');
  await addCustomer(page.request, 'Bare Bakery');
  await addMonitor(page.request, harbor, { name: 'shop', kind: 'http', url: web.url });
  await addMonitor(page.request, cedar, { name: 'port', kind: 'tcp', host: '127.0.0.1', port: '1' });
  const group = { name: 'Nord', shown: '', 'tick[]': idIn(harbor) };
  await send(page.request, 'group-create', group);
  await send(page.request, 'group-create', { name: 'Empty' });

  await open(page, '/');
  await expect(cardOf(page, 'Cedar Dental')).toHaveClass(/down/, { timeout: 30_000 });
  const groups = page.getByRole('navigation', { name: 'Customer groups' });
  await expect(groups.getByRole('link')).toHaveText(['All customers', 'Nord']);
  await groups.getByRole('link', { name: 'Nord' }).click();
  await shows(page, ['Harbor Logistics']);
  await expect(page).toHaveURL(/group=grp_/);
  await page.getByRole('button', { name: 'Begin Home with this group' }).click();
  await expect(page.getByRole('button', { name: /Home begins with this group/ })).toHaveAttribute('aria-pressed', 'true');

  await open(page, '/');
  await shows(page, ['Harbor Logistics']);
  await groups.getByRole('link', { name: 'All customers' }).click();
  await expect(page).toHaveURL(/group=all/);
  await shows(page, ['Bare Bakery', 'Cedar Dental', 'Harbor Logistics']);

  for (const [chip, names] of [
    [/^Down/, ['Cedar Dental']],
    [/^Trouble/, []],
    [/^Up/, ['Bare Bakery', 'Harbor Logistics']],
    [/^No monitors/, ['Bare Bakery']],
  ] as const) {
    await page.locator('.chips').first().getByRole('link', { name: chip }).click();
    await shows(page, [...names]);
  }
  await page.getByRole('searchbox', { name: 'Find a customer' }).fill('harbor');
  await expect(page.getByRole('heading', { name: 'No customer matches' })).toBeVisible();
  await expect(page).toHaveURL(/q=harbor/);
  await page.getByRole('link', { name: 'Show all cards' }).click();
  await shows(page, ['Bare Bakery', 'Cedar Dental', 'Harbor Logistics']);

  await page.getByRole('link', { name: 'List', exact: true }).click();
  await expect(page.getByRole('row', { name: /Cedar Dental/ })).toContainText('1 down');
  await open(page, '/?group=all');
  await expect(page.getByRole('row')).toHaveCount(4);
  await open(page, '/?group=all&view=grid');
  await shows(page, ['Bare Bakery', 'Cedar Dental', 'Harbor Logistics']);
});

test('[C7] a customer that is denied is gone from every screen that is open', async ({ admin: page, web, join }) => {
  test.setTimeout(120_000);
  const harbor = await addCustomer(page.request, 'Harbor Logistics');
  const cedar = await addCustomer(page.request, 'Cedar Dental');
  const shop = await addMonitor(page.request, harbor, { name: 'shop', kind: 'http', url: web.url });
  await addMonitor(page.request, cedar, { name: 'booking', kind: 'http', url: web.url });
  const operator = await join(OPERATOR, 'operator');
  const health = await operator.context().newPage();
  await openWall(operator);
  await shining(operator, 'green', 2);
  await open(health, '/');
  await expect(cardOf(health, 'Harbor Logistics')).toBeVisible();

  await open(page, '/users');
  await page.getByRole('link', { name: OPERATOR.name }).click();
  await page.getByRole('button', { name: `Associate ${OPERATOR.name} and Harbor Logistics` }).click();
  await page.getByRole('button', { name: `Deny ${OPERATOR.name} and Harbor Logistics` }).click();
  await expect(page.getByRole('row', { name: /Harbor Logistics/ })).toContainText('Denied');

  const [left] = await shining(operator, 'green', 1);
  await expect(await pointAt(operator, left!)).toContainText('Cedar Dental');
  await expect(operator.locator('.wall, .wbar')).not.toContainText([/Harbor/]);
  await health.bringToFront();
  await expect(cardOf(health, 'Harbor Logistics')).toHaveCount(0);
  await expect(cardOf(health, 'Cedar Dental')).toBeVisible();
  for (const path of [harbor, shop, `${harbor}/edit`, `/monitors?customer=${idIn(harbor)}`]) {
    expect((await health.goto(path))?.status(), path).toBe(404);
    await expect(health.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  }
  for (const path of ['/customers', '/monitors', '/users']) {
    await open(health, path);
    await expect(health.locator('body')).not.toContainText('Harbor');
  }

  await test.step('from the customer it can be seen and lifted', async () => {
    await page.bringToFront();
    await open(page, harbor);
    const people = page.getByRole('region', { name: 'People' });
    await expect(people.getByRole('row', { name: OPERATOR.name })).toContainText('Denied');
    await people.getByRole('button', { name: `Allow ${OPERATOR.name}` }).click();
    await expect(people.getByRole('row', { name: OPERATOR.name })).toContainText('Associated');
    await expect(page.getByRole('region', { name: 'Changes' })).toContainText('Denial removed');
    await people.getByRole('button', { name: `Deny ${ADMIN.name}` }).click();
    await expect(people.getByRole('alert')).toContainText('You cannot deny a customer to yourself');
  });
  await shining(operator, 'green', 2);
  await tiles(operator);
  await open(health, harbor);
  await expect(health.getByRole('heading', { level: 1, name: 'Harbor Logistics' })).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('[C1][C7][E3] groups, people and filters are real forms', async ({ admin: page, context }) => {
    for (const company of ['Harbor Logistics', 'Cedar Dental', 'Ärzte Süd']) await addCustomer(page.request, company);
    await page.goto('/groups/new');
    await field(page, 'Name').fill('Nord');
    await page.getByRole('checkbox', { name: 'Harbor Logistics' }).check();
    await page.getByRole('searchbox', { name: 'Find a customer to tick' }).fill('arzte');
    await page.getByRole('button', { name: 'Find' }).click();
    await expect(field(page, 'Name')).toHaveValue('Nord');
    await expect(page.getByRole('list', { name: 'Ticked before' })).toContainText('Harbor Logistics');
    await page.getByRole('checkbox', { name: 'Ärzte Süd' }).check();
    await page.getByRole('button', { name: 'Add group' }).click();
    await expect(page.getByRole('row', { name: /Nord/ }).getByRole('cell').nth(0)).toHaveText('2');
    // A name that is taken is said at its field, and the ticks are still there.
    await page.goto('/groups/new');
    await field(page, 'Name').fill('NORD');
    await page.getByRole('checkbox', { name: 'Cedar Dental' }).check();
    await page.getByRole('button', { name: 'Add group' }).click();
    await expect(field(page, 'Name')).toHaveAccessibleDescription(/Somebody else has this already/);
    await expect(field(page, 'Name')).toHaveValue('NORD');
    await expect(page.getByRole('checkbox', { name: 'Cedar Dental' })).toBeChecked();

    await page.goto('/');
    await page.getByRole('navigation', { name: 'Customer groups' }).getByRole('link', { name: 'Nord' }).click();
    await shows(page, ['Harbor Logistics', 'Ärzte Süd']);
    await page.getByRole('button', { name: 'Begin Home with this group' }).click();
    await page.goto('/');
    await shows(page, ['Harbor Logistics', 'Ärzte Süd']);
    await page.getByRole('searchbox', { name: 'Find a customer' }).fill('arz');
    await page.keyboard.press('Enter');
    await shows(page, ['Ärzte Süd']);
    await page.goto('/?view=list&group=all');
    await expect(page.getByRole('row')).toHaveCount(4);
    await page.goto('/?group=all');
    await expect(page.getByRole('row')).toHaveCount(4);
    expect((await context.cookies()).find((cookie) => cookie.name === 'cards')?.value).toBe('list');

    await page.goto('/users');
    await page.getByRole('main').getByRole('link', { name: ADMIN.name }).click();
    await page.getByRole('button', { name: `Dissociate ${ADMIN.name} and Cedar Dental` }).click();
    await expect(page.getByRole('row', { name: /Cedar Dental/ })).toContainText('Not associated');
    await page.getByRole('button', { name: `Deny ${ADMIN.name} and Cedar Dental` }).click();
    await expect(page.getByRole('alert')).toContainText('You cannot deny a customer to yourself');
  });
});

/** The names on the cards, whatever their order. */
async function shows(page: Page, names: string[]): Promise<void> {
  const cards = page.locator('.cards .card .n');
  await expect(cards).toHaveCount(names.length);
  expect((await cards.allInnerTexts()).toSorted()).toEqual(names.toSorted());
}
