// The wall as a table (DOMAIN F14), and how it proves that it lives (F15).
import type { Locator, Page } from '@playwright/test';
import { block } from './blocks.ts';
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { hydrated } from './screens.ts';
import { legend, live, openWall, sum } from './wall.ts';

const MINUTE = 60_000;

test('[F14] ten thousand monitors can be walked as a table, the worst first, and the figures agree', async ({ admin: page, server }) => {
  await server.fillDemo(200, 10_000);
  await openWall(page);
  await page.getByRole('link', { name: 'Table' }).click();
  await expect(page).toHaveURL('/wall?as=table');
  const grid = page.getByRole('grid', { name: 'All monitors' });
  await expect(grid).toHaveAttribute('aria-rowcount', '10001');
  await live(page);
  expect(await sum(page)).toBe(10_000);

  // Only what is in view is there.
  const rows = grid.locator('tbody tr');
  expect(await rows.count()).toBeLessThan(120);
  await expect(rows.first()).toHaveAttribute('aria-rowindex', '2');
  await expect(rows.first()).toContainText('Down');
  await expect(rows.first().locator('td.reason')).not.toBeEmpty();

  await grid.focus();
  await expect(here(page)).toHaveAttribute('aria-rowindex', '2');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await expect(here(page)).toHaveAttribute('aria-rowindex', '3');
  await page.keyboard.press('PageDown');
  await expect.poll(async () => Number(await here(page).getAttribute('aria-rowindex'))).toBeGreaterThan(15);
  await page.keyboard.press('End');
  await expect(here(page)).toHaveAttribute('aria-rowindex', '10001');
  await expect(here(page)).toBeInViewport();
  await expect(here(page)).toContainText('Up');
  expect(await active(grid)).toBe(await here(page).getAttribute('id'));
  expect(await rows.count()).toBeLessThan(120);
  await page.keyboard.press('Home');
  await expect(here(page)).toHaveAttribute('aria-rowindex', '2');

  const name = await here(page).getByRole('link').innerText();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/monitors\/mon_/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
});

test('[F14][F4] the table has the same filters, is sorted by its heads, and keeps in step', async ({ admin: page, server, web }) => {
  const harbor = await addCustomer(page.request, 'Harbor Logistics');
  const cedar = await addCustomer(page.request, 'Cedar Clinic');
  await addMonitor(page.request, harbor, { name: 'web shop', kind: 'http', url: web.url });
  await addMonitor(page.request, cedar, { name: 'archive', kind: 'simulated', profile: 'misconfigured' });
  await addMonitor(page.request, cedar, { name: 'mail', kind: 'simulated', profile: 'maintained' });
  await openWall(page, '?as=table');
  await expect(names(page)).toHaveText(['archive', 'mail', 'web shop'], { timeout: 15_000 });
  await expect(legend(page, 'up')).toHaveText('1', { timeout: 15_000 });

  await page.getByRole('columnheader', { name: 'Monitor' }).getByRole('link').click();
  await page.getByRole('columnheader', { name: 'Monitor' }).getByRole('link').click();
  await expect(page).toHaveURL('/wall?as=table&sort=monitor&order=desc');
  await expect(page.getByRole('columnheader', { name: 'Monitor' })).toHaveAttribute('aria-sort', 'descending');
  await expect(names(page)).toHaveText(['web shop', 'mail', 'archive']);
  await page.goto('/wall?as=table');
  await hydrated(page);
  await live(page);

  // The row with the cursor goes where it belongs, and the cursor with it.
  await expect(names(page)).toHaveText(['archive', 'mail', 'web shop']);
  await page.getByRole('grid').focus();
  await page.keyboard.press('End');
  await expect(here(page)).toContainText('web shop');
  await web.stop();
  await expect(names(page)).toHaveText(['web shop', 'archive', 'mail'], { timeout: 15_000 });
  await expect(here(page)).toContainText('web shop');
  await expect(here(page)).toHaveAttribute('aria-rowindex', '2');
  await expect(legend(page, 'down')).toHaveText('1');

  await page.locator('.legend [data-status="down"]').click();
  await expect(page).toHaveURL('/wall?as=table&status=down');
  await expect(names(page)).toHaveText(['web shop']);
  await page.getByRole('link', { name: 'Tiles' }).click();
  await expect(page).toHaveURL('/wall?status=down');
  await expect(page.locator('.wall canvas')).toBeVisible();

  // Ages go by the server's clock, whatever the machine before the screen believes.
  await server.advance(10 * MINUTE);
  await openWall(page, '?as=table');
  const archive = page.getByRole('row', { name: /archive/ });
  await expect(archive).toContainText(/1\d min ago/);
  await server.advance(10 * MINUTE);
  await expect(archive).toContainText(/2\d min ago/, { timeout: 20_000 });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('[F14] the server writes the table, with its figures and its pages', async ({ admin: page, server }) => {
    await server.fillDemo(8, 120);
    await page.goto('/wall?as=table');
    await expect(page.locator('.roll tbody tr')).toHaveCount(50);
    await expect(page.locator('.roll tbody tr').first()).toContainText('Down');
    expect(await sum(page)).toBe(120);
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect(page.locator('.roll tbody tr')).toHaveCount(20);
    await page.getByRole('columnheader', { name: 'Customer' }).getByRole('link').click();
    await expect(page).toHaveURL('/wall?as=table&sort=customer');
    await page.locator('.roll tbody tr a').first().click();
    await expect(page).toHaveURL(/\/monitors\/mon_/);
  });
});

test('[F15][F11] a canary shows how long the intake takes, and one that hangs makes the wall stale', async ({ admin: page, server, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url, interval_s: '60' });
  await openWall(page);
  const chip = page.locator('.wbar .chip.live');
  await expect(chip).toHaveText(/^Live · \d+ ms$/);
  // Nobody but the server itself has its SQLite open: there the same is proved within the server.
  if (server.database === undefined) return;
  const letGo = await block(server.database.url);
  try {
    await expect(chip).toHaveText(/^Live · \d s$/, { timeout: 10_000 });
    await expect(page.locator('.wbar .chip.lost')).toContainText('data from', { timeout: 15_000 });
    await expect(page.locator('.canvas')).toHaveClass(/old/);
  } finally {
    await letGo();
  }
  await live(page);
  await expect(chip).toHaveText(/^Live · \d+ ms$/);
  await expect(page.locator('.canvas')).not.toHaveClass(/old/);
});

/** The row that the keyboard is on. */
function here(page: Page): Locator {
  return page.locator('.roll tr[aria-selected="true"]');
}

function names(page: Page): Locator {
  return page.locator('.roll tbody tr td:nth-child(2)');
}

async function active(grid: Locator): Promise<string | null> {
  return grid.getAttribute('aria-activedescendant');
}
