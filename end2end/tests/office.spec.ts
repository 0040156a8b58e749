// The office's story: from an empty MSP to fifty imported customers in groups, two of them terminated and one restored, by keyboard
// alone. What has the focus is always seen, and axe-core reports nothing on any of these pages.
import type { Locator, Page } from '@playwright/test';
import { broken } from './axe.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN } from './people.ts';
import { hydrated } from './screens.ts';

/** Longer than the way around any page here. */
const TABS_MOST = 400;

test('[A18][B2][B5][C1][C2] fifty customers move in by keyboard alone', async ({ page, server }) => {
  test.setTimeout(240_000);
  const well = async (what: string) => expect.soft(await broken(page), `axe-core on ${what}`).toEqual([]);
  const heading = (name: string | RegExp) => expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

  await test.step('an empty MSP', async () => {
    await page.goto('/');
    await hydrated(page);
    await well('the first page');
    await type(page, 'Name of your MSP', 'Meridian Managed');
    await type(page, 'Your name', ADMIN.name);
    await type(page, 'Your email', ADMIN.email);
    await type(page, 'Password', ADMIN.password);
    await press(page, page.getByRole('button', { name: 'Set up' }));
    await heading('Customer health');
    await hydrated(page);
    await well('empty health');
  });
  await server.command(['msp', 'quota', '--customers', '50']);

  await test.step('the file', async () => {
    await press(page, main(page, 'Customers'));
    await expect(page.getByRole('heading', { name: 'No customers yet' })).toBeVisible();
    await well('the empty list');
    await press(page, page.getByRole('link', { name: 'Import', exact: true }).first());
    await heading('Import customers');
    await well('the upload');
    await tabTo(page, page.getByLabel('CSV file'));
    const chooser = page.waitForEvent('filechooser');
    await page.keyboard.press('Space');
    await (await chooser).setFiles({ name: 'spreadsheet.csv', mimeType: 'text/csv', buffer: Buffer.from(spreadsheet()) });
    await press(page, page.getByRole('button', { name: 'Upload' }));
    await heading('spreadsheet.csv');
    await hydrated(page);
    await well('the columns');
    await press(page, page.getByRole('button', { name: 'Check every line' }));
    await expect(page.getByRole('heading', { name: '50 customers can be imported' })).toBeFocused();
    await well('the report');
    await press(page, page.getByRole('button', { name: 'Import 50 customers' }));
    await expect(page.getByRole('heading', { name: '50 customers imported' })).toBeFocused();
    await well('the imported file');
  });

  await test.step('the groups', async () => {
    await press(page, page.getByRole('link', { name: 'To the groups' }));
    await heading('Customer groups');
    for (const group of ['North', 'South']) {
      await expect(page.getByRole('row', { name: new RegExp(group) }).getByRole('cell').first()).toHaveText('25');
    }
    await well('the groups');
    await press(page, page.getByRole('link', { name: 'North', exact: true }));
    await heading('North');
    await well('a group');
  });

  await test.step('two are terminated, and one comes back', async () => {
    for (const name of ['Customer 07', 'Customer 08']) {
      await find(page, name);
      if (name === 'Customer 07') await well('a customer');
      await press(page, page.getByRole('link', { name: 'Terminate' }));
      await heading(`Terminate ${name}?`);
      await type(page, 'Reason', 'The contract ended');
      if (name === 'Customer 07') await well('the termination');
      await press(page, page.getByRole('button', { name: `Terminate ${name}` }));
      await expect(page.getByText('Reason: The contract ended').first()).toBeVisible();
      if (name === 'Customer 07') await well('a terminated customer');
    }
    await find(page, 'Customer 07');
    await press(page, page.getByRole('link', { name: 'Restore' }));
    await heading('Restore Customer 07?');
    await well('the restoration');
    await press(page, page.getByRole('button', { name: 'Restore Customer 07' }));
    await expect(page.getByRole('link', { name: 'Terminate' })).toBeVisible();
  });

  await test.step('what is left', async () => {
    await press(page, main(page, 'Customers'));
    const states = page.getByRole('navigation', { name: 'Status' });
    await expect(states).toContainText('Active 49');
    await expect(states).toContainText('Inactive 1');
    await well('the list');
    await press(page, main(page, 'Health'));
    await heading('Customer health');
    await expect(page.locator('.cards .card')).toHaveCount(49);
    await well('health');
    await press(page, page.getByRole('navigation', { name: 'Customer groups' }).getByRole('link', { name: 'South' }));
    await expect(page.locator('.cards .card')).toHaveCount(24);
  });
});

/** Fifty customers, as an office has them: semicolons, marks, and every second one of the south. */
function spreadsheet(): string {
  const rows = Array.from({ length: 50 }, (_, n) => {
    const number = String(n + 1).padStart(2, '0');
    return [`Customer ${number}`, 'Zoë', `Núñez ${number}`, `office@${number}.example`, 'Köln', n % 2 === 0 ? 'North' : 'South'].join(';');
  });
  return ['Company;First name;Last name;Email;City;Customer groups', ...rows].join('\r\n');
}

/** A link of the dock. */
function main(page: Page, name: string): Locator {
  return page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name });
}

/** Goes to a customer's page by the key of the search box. */
async function find(page: Page, name: string): Promise<void> {
  await press(page, main(page, 'Customers'));
  await expect(page.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Find a customer' })).toBeFocused();
  await page.keyboard.type(name);
  await expect(page.getByText('1-1 of 1', { exact: true })).toBeVisible();
  await press(page, page.getByRole('link', { name, exact: true }));
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

/** Types into a line. */
async function type(page: Page, label: string, text: string): Promise<void> {
  await tabTo(page, page.getByLabel(label));
  await page.keyboard.type(text);
}

/** Goes to a link or a button, and presses it. */
async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/** Presses the tab key until `target` has the focus, and is seen to have it. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let tabs = 0; tabs < TABS_MOST; tabs += 1) {
    await page.keyboard.press('Tab');
    const { here, seen } = await target.evaluate((element) => {
      const focused = document.activeElement;
      const outlined = (one: Element | null) => one !== null && parseFloat(getComputedStyle(one).outlineWidth) > 0 && getComputedStyle(one).outlineStyle !== 'none';
      return { here: focused === element, seen: outlined(focused) || outlined(focused?.closest('.field, .search') ?? null) };
    });
    if (here) {
      expect(seen, `the focus on ${target} is seen`).toBe(true);
      return;
    }
  }
  throw new Error(`the tab key does not lead to ${target}`);
}
