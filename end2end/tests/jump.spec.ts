// Comforts of the console: jumping by keyboard, the keys' list, news with a way back, and times that keep moving.
import type { Locator, Page } from '@playwright/test';
import { addCustomer, addMonitor, takeStep } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { OPERATOR } from './people.ts';
import { hydrated, open } from './screens.ts';
import { openWall } from './wall.ts';

test('Ctrl-K jumps to a customer, a monitor or a page, by keyboard alone and from everywhere', async ({ admin: page, web }) => {
  const harbor = await addCustomer(page.request, 'Hárbor Logistics');
  await addCustomer(page.request, 'East Harbor');
  await addMonitor(page.request, harbor, { name: 'harbor web shop', kind: 'http', url: web.url });
  await open(page, '/monitors');
  await page.keyboard.press('Control+k');
  await expect(box(page)).toBeFocused();
  await page.keyboard.type('harbor');
  await expect(places(page)).toHaveText([/Hárbor Logistics/, /East Harbor/, /harbor web shop/]);
  await page.keyboard.press('ArrowUp');
  await expect(chosen(page)).toContainText('harbor web shop');
  await page.keyboard.press('ArrowDown');
  await expect(chosen(page)).toContainText('Hárbor Logistics');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(harbor);
  await expect(page.getByRole('dialog', { name: 'Jump to' })).toBeHidden();

  await page.keyboard.press('Control+k');
  await expect(places(page).first()).toContainText('Hárbor Logistics');
  await page.keyboard.type('no such thing');
  await expect(page.getByText('Nothing has this name.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Jump to' })).toBeHidden();

  await page.getByRole('link', { name: 'Search' }).click();
  await expect(box(page)).toBeFocused();
  await box(page).fill('wall');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/wall');
  await hydrated(page);
  await page.keyboard.press('Control+k');
  await box(page).fill('east har');
  await expect(places(page)).toHaveText([/East Harbor/]);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'East Harbor' })).toBeVisible();
});

test('[C5] jumping offers no page that is not the person\'s, and leads to the same refusal', async ({ admin: page, join }) => {
  await addCustomer(page.request, 'Harbor Logistics');
  const operator = await join(OPERATOR, 'operator');
  await open(operator, '/');
  await operator.keyboard.press('Control+k');
  await expect(places(operator).filter({ hasText: 'Audit trail' })).toHaveCount(0);
  await box(operator).fill('harbor');
  await expect(places(operator)).toHaveText([/Harbor Logistics/]);
  await operator.keyboard.press('Enter');
  await expect(operator.getByText('Only people who created this customer')).toBeVisible();
});

test('the keys lead to the main pages, and ? lists them', async ({ admin: page }) => {
  await open(page, '/');
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(list).toContainText('Jump to a customer');
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await expect(page).toHaveURL('/customers');
  // What is typed is typed.
  await page.getByRole('searchbox', { name: 'Find a customer' }).fill('');
  await page.keyboard.type('gm?');
  await expect(page.getByRole('searchbox', { name: 'Find a customer' })).toHaveValue('gm?');
  await expect(page).toHaveURL(/\/customers/);
  await page.getByRole('heading', { level: 1, name: 'Customers' }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await expect(page).toHaveURL('/wall');
});

test('what can be taken back offers that: suspending a monitor, terminating a customer', async ({ admin: page, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const monitor = await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  await open(page, monitor);
  await page.getByRole('button', { name: 'Suspend' }).click();
  await expect(news(page)).toContainText('web shop is suspended.');
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible();
  await news(page).getByRole('button', { name: 'Undo' }).click();
  await expect(news(page)).toContainText('web shop is being checked again.');
  await expect(page.getByRole('button', { name: 'Suspend' })).toBeVisible();
  await news(page).getByRole('button', { name: 'Close' }).click();
  await expect(news(page)).toHaveCount(0);

  await open(page, `${customer}/step/terminate`);
  await page.getByLabel('Reason').fill('The contract ended.');
  await page.getByRole('button', { name: 'Terminate Harbor Logistics' }).click();
  await expect(page.getByText('This account was terminated')).toBeVisible();
  await expect(news(page)).toContainText('Harbor Logistics is terminated.');
  await news(page).getByRole('button', { name: 'Undo' }).click();
  await expect(news(page)).toContainText('Harbor Logistics is restored.');
  await expect(page.getByText('This account was terminated')).toHaveCount(0);

  // What can no longer be taken back says why, and stays.
  await open(page, monitor);
  await page.getByRole('button', { name: 'Suspend' }).click();
  await expect(news(page)).toContainText('web shop is suspended.');
  await takeStep(page.request, customer, 'terminate', 'Somebody else was faster.');
  await news(page).getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'It could not be undone.' })).toBeVisible();
});

test('news goes by itself, but not while it is pointed at; and times keep moving', async ({ admin: page, server, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const monitor = await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  await page.clock.install();
  await open(page, monitor);
  await page.getByRole('button', { name: 'Suspend' }).click();
  await news(page).hover();
  await page.clock.runFor(20_000);
  await expect(news(page)).toContainText('web shop is suspended.');
  await page.mouse.move(300, 300);
  await page.clock.runFor(9_000);
  await expect(news(page)).toHaveCount(0);

  await open(page, '/');
  const refreshed = page.locator('.head time');
  await expect(refreshed).toHaveText('just now');
  await server.advance(125_000);
  await expect(refreshed).toHaveText('2 min ago', { timeout: 20_000 });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the way to search leads to the list of customers', async ({ admin: page }) => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Search' }).click();
    await expect(page).toHaveURL('/customers');
  });
});

function box(page: Page): Locator {
  return page.getByRole('combobox', { name: 'Customer, monitor or page' });
}

function places(page: Page): Locator {
  return page.getByRole('listbox', { name: 'Places' }).getByRole('option');
}

function chosen(page: Page): Locator {
  return page.locator('[role="option"][aria-selected="true"]');
}

function news(page: Page): Locator {
  return page.locator('.toast');
}
