// Adding and editing a customer: drafts, pickers, the captcha, and mobile numbers that are verified.
import type { Locator, Page } from '@playwright/test';
import { broken } from './axe.ts';
import { addCustomer, idIn } from './customers.ts';
import { expect, test as base } from './fixtures.ts';
import { Gateway } from './gateway.ts';
import { ADMIN, OPERATOR, SECOND_ADMIN, send } from './people.ts';
import { field, goToSection, hydrated, open } from './screens.ts';

base('[A3] a draft survives a closed tab, and is gone on with or thrown away', async ({ admin: page, context }) => {
  await open(page, '/customers/new');
  await field(page, 'Company').fill('Ärzte & Söhne');
  await goToSection(page, 'Main contact');
  await field(page, 'Email').pressSequentially('praxis@no');
  await expect(page.getByText('Draft saved.')).toBeVisible();
  // The last letters are on no server yet when the tab is closed.
  await field(page, 'Email').pressSequentially('rd.example');
  await page.close({ runBeforeUnload: true });

  const again = await context.newPage();
  await open(again, '/customers/new');
  const drafts = again.getByRole('region', { name: 'Go on with a draft' });
  await expect(drafts.getByRole('listitem')).toHaveCount(1);
  await drafts.getByRole('link', { name: 'Ärzte & Söhne' }).click();
  await expect(again.getByRole('heading', { level: 2, name: 'Main contact' })).toBeVisible();
  await expect(field(again, 'Email')).toHaveValue('praxis@nord.example');
  expect(await broken(again)).toEqual([]);
  await goToSection(again, 'Review and create');
  await expect(again.locator('main')).toContainText('praxis@nord.example');
  expect(await broken(again)).toEqual([]);
  await again.getByRole('button', { name: 'Create customer' }).click();
  await expect(again.getByRole('heading', { level: 1, name: 'Ärzte & Söhne' })).toBeVisible();

  await open(again, '/customers/new');
  await field(again, 'Company').fill('Never mind');
  await again.getByRole('button', { name: 'Save and close' }).click();
  await expect(again.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
  await open(again, '/customers/new');
  await again.getByRole('button', { name: 'Discard Never mind' }).click();
  await expect(again.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
  await open(again, '/customers/new');
  await expect(field(again, 'Company')).toHaveValue('');

  // Nor is it on any when a link leads on.
  await field(again, 'Company').fill('Left behind');
  await again.getByRole('link', { name: 'Customers', exact: true }).first().click();
  await expect(again.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
  await expect(async () => {
    await open(again, '/customers/new');
    await expect(drafts.getByRole('link', { name: 'Left behind' })).toBeVisible({ timeout: 1_000 });
  }).toPass();
});

base('[A3] on a slow link no older text comes back, and no draft that was thrown away', async ({ admin: page }) => {
  // What is kept while one types waits here until the test lets it go.
  let release: (() => void) | undefined;
  let gone = 0;
  await page.route('**/fn/draft-save', async (route) => {
    if (route.request().postData()?.includes('to=keep')) {
      await new Promise<void>((resolve) => (release = resolve));
      release = undefined;
      gone += 1;
    }
    await route.continue();
  });
  const isHeld = () => expect.poll(() => release !== undefined).toBe(true);

  await open(page, '/customers/new');
  await field(page, 'Company').fill('Older');
  await isHeld();
  await field(page, 'Company').fill('Newer');
  await page.getByRole('button', { name: 'Next' }).click();
  release!();
  await expect(page.getByRole('heading', { level: 2, name: 'Address' })).toBeVisible();
  expect(gone).toBe(1);
  await goToSection(page, 'Company');
  await expect(field(page, 'Company')).toHaveValue('Newer');

  await field(page, 'Company').fill('Unwanted');
  await isHeld();
  await page.getByText('Discard', { exact: true }).click();
  await page.getByRole('button', { name: 'Discard this draft' }).click();
  release!();
  await expect(page.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
  expect(gone).toBe(2);
  await open(page, '/customers/new');
  await expect(field(page, 'Company')).toHaveValue('');

  // Once a link has led on, what was typed last goes after what is still on its way.
  await field(page, 'Company').fill('Harbor');
  await isHeld();
  await field(page, 'Company').fill('Harbor Logistics');
  await page.getByRole('link', { name: 'Customers', exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
  release!();
  await expect.poll(() => gone).toBe(3);
  await isHeld();
  const last = page.waitForResponse('**/fn/draft-save');
  release!();
  await last;
  await open(page, '/customers/new');
  await expect(page.getByRole('region', { name: 'Go on with a draft' }).getByRole('link')).toHaveText('Harbor Logistics');
});

const guarded = base.extend({ flags: async ({}, use) => use(['--captcha', 'on']) });

guarded('[A3][A4] a customer is added by keyboard alone, pickers and captcha included', async ({ admin: page }) => {
  const { keyboard } = page;
  await open(page, '/customers/new');
  await tabTo(page, field(page, 'Company'));
  await keyboard.type('Harbor Logistics');
  await keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 2, name: 'Address' })).toBeFocused();

  await tabTo(page, page.getByRole('combobox', { name: 'Country' }));
  const country = page.getByRole('combobox', { name: 'Country' });
  await keyboard.type('ger');
  const list = page.getByRole('listbox', { name: 'Country' });
  await expect(list.getByRole('option').first()).toHaveText('Germany');
  expect(await broken(page)).toEqual([]);
  await keyboard.press('Escape');
  await expect(list).toBeHidden();
  await keyboard.press('Backspace');
  await expect(list.getByRole('option', { name: 'Germany' })).toBeVisible();
  await keyboard.press('ArrowUp');
  await keyboard.press('ArrowDown');
  await expect(list.getByRole('option').first()).toHaveAttribute('aria-selected', 'true');
  const picked = (await list.getByRole('option').first().innerText()).trim();
  await keyboard.press('Enter');
  await expect(country).toHaveValue(picked);
  await keyboard.press('ControlOrMeta+a');
  // Whoever types faster than the server answers means the answer.
  let answer = () => {};
  const asked = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/fn/choices', async (route) => {
    await asked;
    await route.continue();
  });
  await keyboard.type('germ');
  for (const key of ['ArrowDown', 'ArrowUp', 'ArrowDown', 'Enter']) await keyboard.press(key);
  answer();
  await expect(country).toHaveValue('Germany');
  await page.unroute('**/fn/choices');
  await expect(page.getByRole('heading', { level: 2, name: 'Address' })).toBeVisible();
  await keyboard.press('Enter');

  await expect(page.getByRole('heading', { level: 2, name: 'Main contact' })).toBeFocused();
  await tabTo(page, field(page, 'Email'));
  await keyboard.type('office@harbor.example');
  await tabTo(page, field(page, 'Business phone'));
  await keyboard.type('030 901820');
  await keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 2, name: 'Account' })).toBeFocused();
  await tabTo(page, field(page, 'Internal reference'));
  await keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 2, name: 'Portal and language' })).toBeFocused();
  await expect(page.getByRole('combobox', { name: 'Language' })).toHaveValue('English');
  await tabTo(page, page.getByRole('combobox', { name: 'Report time zone' }));
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('berlin');
  await expect(page.getByRole('option', { name: 'Europe/Berlin' })).toBeVisible();
  await keyboard.press('ArrowDown');
  await expect(page.getByRole('option', { name: 'Europe/Berlin' })).toHaveAttribute('aria-selected', 'true');
  await keyboard.press('Tab');
  await expect(page.getByRole('combobox', { name: 'Report time zone' })).toHaveValue('Europe/Berlin');
  for (const section of ['Services', 'Locations', 'Contacts', 'Review and create']) {
    await tabTo(page, page.getByRole('button', { name: 'Next' }));
    await keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 2, name: section })).toBeFocused();
  }
  await expect(page.getByRole('status').filter({ hasText: 'Checked: this is no script.' })).toBeVisible();
  expect(await broken(page)).toEqual([]);
  await tabTo(page, page.getByRole('button', { name: 'Create customer' }));
  await keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Harbor Logistics' })).toBeVisible();
  const facts = page.getByRole('complementary', { name: 'Key facts' });
  for (const words of ['Germany', '+49 30 901820', 'Europe/Berlin', 'English']) await expect(facts).toContainText(words);

  // Terminating asks for one of its own, which nobody has to solve.
  await page.getByRole('link', { name: 'Terminate' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Checked: this is no script.' })).toBeVisible();
  await page.getByRole('button', { name: 'Terminate Harbor Logistics' }).click();
  await expect(field(page, 'Reason')).toHaveAccessibleDescription(/Please fill this in/);
  await field(page, 'Reason').fill('Contract ended');
  await expect(page.getByRole('status').filter({ hasText: 'Checked: this is no script.' })).toBeVisible();
  await page.getByRole('button', { name: 'Terminate Harbor Logistics' }).click();
  await expect(page.getByRole('alert')).toContainText('This account was terminated on');
});

base('[A7] the wizard takes services, locations and contacts, each in rows that come and go', async ({ admin: page }) => {
  await open(page, '/customers/new');
  await field(page, 'Company').fill('Harbor Logistics');
  await goToSection(page, 'Main contact');
  await field(page, 'Email').fill('office@harbor.example');
  const row = (name: string) => page.getByRole('group', { name });

  await goToSection(page, 'Contacts');
  await expect(page.getByText('Add a location first')).toBeVisible();
  await page.getByRole('button', { name: 'Add location' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Locations' })).toBeVisible();
  await row('Location 1').getByLabel('City').fill('Hamburg');
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(row('Location 1').getByLabel('Name')).toHaveAccessibleDescription(/Please fill this in/);
  await expect(row('Location 1').getByLabel('City')).toHaveValue('Hamburg');
  await row('Location 1').getByLabel('Name').fill('Kai Süd');
  await page.getByRole('button', { name: 'Add another' }).click();
  await row('Location 2').getByLabel('Name').fill('Depot');
  await row('Location 2').getByRole('combobox', { name: 'Country' }).fill('poland');
  await page.getByRole('button', { name: 'Add another' }).click();
  await row('Location 3').getByLabel('Name').fill('Third');
  expect(await broken(page)).toEqual([]);
  await page.getByRole('button', { name: 'Remove location 1' }).click();
  await expect(row('Location 1').getByLabel('Name')).toHaveValue('Depot');
  await expect(row('Location 2').getByLabel('Name')).toHaveValue('Third');
  await expect(row('Location 3').getByLabel('Name')).toHaveValue('');

  await goToSection(page, 'Contacts');
  await row('Contact 1').getByLabel('First name').fill('Zoë');
  await row('Contact 1').getByLabel('Location').selectOption('Third');
  await goToSection(page, 'Services');
  await row('Service item 1').getByLabel('Service type').selectOption({ label: 'Monitoring (month)' });
  await expect(row('Service item 1').getByLabel('Currency')).toHaveValue('EUR');
  await row('Service item 1').getByLabel('Quantity').fill('many');
  expect(await broken(page)).toEqual([]);
  await goToSection(page, 'Review and create');
  await expect(page.getByRole('region', { name: 'Services' })).toContainText('Standard');
  await page.getByRole('button', { name: 'Create customer' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Services' })).toBeVisible();
  await expect(row('Service item 1').getByLabel('Quantity')).toHaveAccessibleDescription(/at most 2 decimals/);
  await row('Service item 1').getByLabel('Quantity').fill('3');
  await goToSection(page, 'Review and create');
  await expect(page.getByRole('region', { name: 'Contacts' })).toContainText('Zoë (Third)');
  await page.getByRole('button', { name: 'Create customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Harbor Logistics' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Locations' })).toContainText('Third');
  await expect(page.getByRole('region', { name: 'Contacts' })).toContainText('Zoë');
  await expect(page.getByRole('region', { name: 'Services' }).getByRole('listitem')).toHaveCount(2);
});

const texting = base.extend<{ gateway: Gateway }>({
  gateway: async ({}, use) => {
    const gateway = await Gateway.start();
    await use(gateway);
    await gateway.stop();
  },
  flags: async ({ gateway }, use) => use(['--sms-url', gateway.url, '--sms-token', 'of the gateway']),
});

texting('[A5] a customer waits until the code from its mobile is typed in', async ({ admin: page, gateway, server }) => {
  await open(page, '/customers/new');
  await field(page, 'Company').fill('Harbor Logistics');
  await goToSection(page, 'Main contact');
  await expect(field(page, 'Mobile number')).toHaveAccessibleDescription(/It gets a code by text message/);
  await field(page, 'Email').fill('office@harbor.example');
  await field(page, 'Mobile number').fill('+44 7400 123456');
  await goToSection(page, 'Review and create');
  gateway.status = 503;
  await page.getByRole('button', { name: 'Create customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Verify Harbor Logistics' })).toBeVisible();
  await expect(page.getByRole('alert')).toContainText('could not be handed to the gateway');
  gateway.status = 202;
  await page.getByRole('button', { name: 'Send a new code' }).click();
  await expect(page.getByText('A code went to +44 7400 123456')).toBeVisible();
  expect(gateway.messages.map(({ to, authorization }) => [to, authorization])).toEqual([['+447400123456', 'Bearer of the gateway']]);
  await page.getByRole('button', { name: 'Send a new code' }).click();
  await expect(page.getByRole('alert')).toContainText('too many attempts');
  expect(await broken(page)).toEqual([]);

  // Nowhere but in its own tab.
  await addCustomer(page.request, 'Cedar Dental');
  await open(page, '/customers');
  await expect(page.locator('.customers-list tbody th')).toHaveText([/^Cedar Dental/]);
  await open(page, '/');
  await expect(page.locator('.cards .card')).toHaveCount(1);
  await page.goto('/customers');
  await page.getByRole('link', { name: 'Waiting for verification 1' }).click();
  await expect(page.getByRole('row', { name: /Harbor Logistics/ })).toContainText('+44 7400 123456');
  expect(await broken(page)).toEqual([]);
  await page.getByRole('link', { name: 'Enter code of Harbor Logistics' }).click();

  const code = gateway.code('+447400123456');
  await field(page, 'Code').fill(code === '111111' ? '222222' : '111111');
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(field(page, 'Code')).toHaveAccessibleDescription(/This code is not right/);
  await field(page, 'Code').fill(code);
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Harbor Logistics' })).toBeVisible();
  await expect(page.getByRole('complementary', { name: 'Key facts' })).toContainText('+44 7400 123456');

  // A changed number is verified again; the old one stays until then.
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await field(page, 'Mobile number').fill('+44 7400 123457');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('A code went to +44 7400 123457')).toBeVisible();
  await page.getByRole('link', { name: 'Harbor Logistics' }).click();
  await expect(page.getByRole('complementary', { name: 'Key facts' })).toContainText('+44 7400 123456');
  await page.getByRole('link', { name: 'Enter the code' }).click();
  await server.advance(11 * 60_000);
  await field(page, 'Code').fill(gateway.code('+447400123457'));
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(field(page, 'Code')).toHaveAccessibleDescription(/This code has expired/);
  await page.getByRole('button', { name: 'Send a new code' }).click();
  await expect.poll(() => gateway.messages.length).toBe(3);
  await field(page, 'Code').fill(gateway.code('+447400123457'));
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(page.getByRole('complementary', { name: 'Key facts' })).toContainText('+44 7400 123457');

  // One that is given up is gone, with its room.
  const waiting = await send(page.request, 'customer-create', {
    'input[company]': 'Birch',
    'input[email]': 'a@b.example',
    'input[account_manager_email]': ADMIN.email,
    'input[mobile]': '+44 7400 123458',
  });
  await open(page, waiting);
  await page.getByText('Discard', { exact: true }).click();
  await page.getByRole('button', { name: 'Discard this customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
  await expect(page.getByRole('link', { name: /Waiting for verification/ })).toHaveCount(0);
});

base('[A6] editing puts a customer into groups and people to it, and dissociates them', async ({ admin: page, join }) => {
  const path = await addCustomer(page.request, 'Harbor Logistics', { country: 'GB' });
  await send(page.request, 'group-create', { name: 'Ports', 'tick[]': idIn(path) });
  await send(page.request, 'group-create', { name: 'Food' });
  const bo = await join(SECOND_ADMIN, 'admin');
  await join(OPERATOR, 'operator');
  await open(page, `${path}/edit`);
  await expect(page.getByRole('combobox', { name: 'Country' })).toHaveValue('United Kingdom');
  await expect(page.getByLabel('Invite this customer')).toHaveCount(0);
  const groups = page.getByRole('group', { name: 'Customer groups' });
  await expect(groups.getByRole('checkbox', { name: 'Ports' })).toBeChecked();
  await groups.getByRole('checkbox', { name: 'Ports' }).uncheck();
  await groups.getByRole('checkbox', { name: 'Food' }).check();
  await page.getByRole('group', { name: 'Industries' }).getByRole('checkbox', { name: 'Logistics' }).check();
  await page.getByRole('group', { name: 'Associated MSP users' }).getByRole('checkbox', { name: SECOND_ADMIN.name }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('complementary', { name: 'Key facts' })).toContainText('Logistics');
  const changes = page.getByRole('region', { name: 'Changes' });
  await expect(changes).toContainText(SECOND_ADMIN.email);
  await open(bo, path);
  await expect(bo.getByRole('link', { name: 'Edit', exact: true })).toBeVisible();
  await open(page, '/groups');
  await expect(page.getByRole('row', { name: /Food/ })).toContainText('1');

  await open(bo, `${path}/edit`);
  await expect(bo.getByRole('group', { name: 'Customer groups' }).getByRole('checkbox', { name: 'Food' })).toBeChecked();
  await bo.getByRole('group', { name: 'Associated MSP users' }).getByRole('checkbox', { name: ADMIN.name }).uncheck();
  await bo.getByRole('button', { name: 'Save' }).click();
  await hydrated(bo);
  await expect(bo.getByRole('heading', { level: 1, name: 'Harbor Logistics' })).toBeVisible();
  await open(page, path);
  await expect(page.locator('main')).toContainText('Only people who created this customer or are associated with it can open it.');
});

/** Presses Tab until the control has the focus. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let pressed = 0; pressed < 120; pressed++) {
    if (await control.evaluate((control) => control === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${control}`);
}
