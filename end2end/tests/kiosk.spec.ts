// Kiosk links (DOMAIN F10): made on the screens, opened on a screen where nobody is signed in, and ended there.
import type { Page } from '@playwright/test';
import { broken } from './axe.ts';
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN, send } from './people.ts';
import { field, hydrated, open } from './screens.ts';
import { canvasOf, legend, live, pointAt, shining } from './wall.ts';

test('[F10] a kiosk link opens the live wall of chosen customers without a sign-in, and says so when it is revoked', async ({ admin: page, web, elsewhere }) => {
  test.setTimeout(120_000);
  const harbor = await addCustomer(page.request, 'Harbor Logistics');
  const cedar = await addCustomer(page.request, 'Cedar Dental');
  await addMonitor(page.request, harbor, { name: 'web shop', kind: 'http', url: web.url });
  await addMonitor(page.request, cedar, { name: 'booking', kind: 'http', url: web.url });
  await addMonitor(page.request, cedar, { name: 'archive', kind: 'tcp', host: '127.0.0.1', port: String(new URL(web.url).port) });

  const link = await test.step('it is made, and shown once', async () => {
    await open(page, '/');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Kiosk links' }).click();
    await expect(page.getByRole('heading', { name: 'No kiosk links yet' })).toBeVisible();
    await page.getByRole('link', { name: 'Make a link' }).click();
    await page.getByRole('radio', { name: 'Chosen customers' }).check();
    await page.getByRole('button', { name: 'Make the link' }).click();
    await expect(field(page, 'Name')).toHaveAccessibleDescription(/Please fill this in/);
    await expect(page.getByText('Please tick at least one customer.')).toBeVisible();
    await field(page, 'Name').fill('Waiting room');
    await page.getByRole('searchbox', { name: 'Find a customer to tick' }).fill('cedar');
    await expect(page.getByRole('checkbox', { name: 'Harbor Logistics' })).toHaveCount(0);
    await page.getByRole('checkbox', { name: 'Cedar Dental' }).check();
    await page.getByRole('combobox', { name: 'Ends after' }).selectOption('7 days');
    await page.getByRole('button', { name: 'Make the link' }).click();
    const line = page.getByRole('textbox', { name: 'Link' });
    await expect(line).toHaveValue(/\/kiosk\/[\w-]{43}$/);
    const address = await line.inputValue();
    const row = page.getByRole('row', { name: /Waiting room/ });
    await expect(row).toContainText('Cedar Dental');
    await expect(row).toContainText(/Open.*ends in 6 days|Open.*ends in 7 days/);
    await expect(row).toContainText('Never');
    await expect(row).toContainText(ADMIN.name);
    await page.reload();
    await expect(row).toBeVisible();
    await expect(line).toHaveCount(0);
    expect(await page.content()).not.toContain(address.split('/kiosk/')[1]);
    return address;
  });

  const screen = await elsewhere();
  const at = await test.step('it opens in a browser where nobody is signed in', async () => {
    await screen.goto(link);
    await hydrated(screen);
    await expect(screen).toHaveURL(/\/kiosk\/screen\/ksk_\w+$/);
    const at = new URL(screen.url()).pathname;
    await live(screen);
    expect(await screen.evaluate(() => document.referrer)).toBe('');
    await page.reload();
    await expect(page.getByRole('row', { name: /Waiting room/ })).toContainText('just now');
    await shining(screen, 'green', 2);
    const [tile] = await shining(screen, 'green', 2);
    const tip = await pointAt(screen, tile!);
    await expect(tip).toContainText('Cedar Dental');
    await expect(legend(screen, 'up')).toHaveText('2');
    expect(await screen.content()).not.toMatch(/Harbor|web shop|Waiting room/);
    expect(await leadsTo(screen)).toEqual([`${at}?order=severity`, `${at}?view=far`]);
    expect(await broken(screen)).toEqual([]);
    // Nothing happens where there is nowhere to go.
    const { x, y } = { x: (tile!.left + tile!.right) / 2, y: (tile!.top + tile!.bottom) / 2 };
    await screen.mouse.click(x, y);
    await canvasOf(screen).press('Enter');
    await expect(screen).toHaveURL(at);
    for (const path of ['/', '/wall', '/customers']) {
      const answer = await screen.request.get(path);
      expect(new URL(answer.url()).pathname, path).toBe('/sign-in');
    }
    expect((await screen.request.get('/live/snapshot')).status()).toBe(401);
    return at;
  });

  await test.step('another link beside it in the same browser is a wall of its own', async () => {
    const beside = await screen.context().newPage();
    await send(page.request, 'kiosk-create', { name: 'Bridge', days: '7', view: 'customer', scope: 'all' });
    await open(page, '/kiosks');
    await beside.goto(await page.getByRole('textbox', { name: 'Link' }).inputValue());
    await live(beside);
    await expect(legend(beside, 'up')).toHaveText('3');
    await screen.reload();
    await live(screen);
    await expect(legend(screen, 'up')).toHaveText('2');
    await expect(legend(beside, 'up')).toHaveText('3');
    expect(new URL(beside.url()).pathname).not.toBe(at);
    await beside.close();
  });

  await test.step('a tile turns red by itself, the filters work, and it stays in five metres', async () => {
    await web.stop();
    await shining(screen, 'red', 2);
    await expect(legend(screen, 'down')).toHaveText('2');
    await expect(screen).toHaveTitle('(2) NOC wall · Nocturne');
    await screen.locator('.legend [data-status="up"]').click();
    await expect(screen.getByRole('heading', { name: 'Nothing here right now' })).toBeVisible();
    await expect(screen).toHaveURL(`${at}?status=up`);
    await screen.getByRole('button', { name: 'Show everything' }).click();
    await screen.getByRole('button', { name: 'All customers' }).click();
    await expect(screen.getByRole('dialog', { name: 'Show by customer' }).getByRole('checkbox')).toHaveCount(1);
    await screen.keyboard.press('Escape');
    await screen.getByRole('link', { name: 'Five metres' }).click();
    await expect(screen).toHaveURL(`${at}?view=far`);
    const wrong = screen.getByRole('region', { name: 'What is wrong' });
    await expect(wrong.getByRole('listitem')).toHaveCount(2);
    await expect(wrong.getByRole('link')).toHaveCount(0);
    await expect(screen.getByRole('button', { name: 'Chime when a monitor goes down' })).toBeVisible();
    // Room around the picture to move it in, without full screen.
    await screen.getByRole('link', { name: 'Five metres' }).click();
    await expect(screen).toHaveURL(at);
    expect((await screen.locator('.wbar').boundingBox())!.x).toBe(4);
    // There is no table and no past there, whatever the address says.
    await screen.goto(`${at}?as=table&at=2026-01-01T00:00:00Z`);
    await live(screen);
    await shining(screen, 'red', 2);
    await screen.goto(at);
    await live(screen);
  });

  await test.step('its use is told, and revoking ends it within seconds', async () => {
    await send(page.request, 'kiosk-create', { name: 'In its place', days: '7', view: 'customer', scope: 'all' });
    await open(page, '/kiosks');
    const row = page.getByRole('row', { name: /Waiting room/ });
    await expect(row).toContainText('127.0.0.1');
    await row.getByText('Revoke', { exact: true }).click();
    await page.getByRole('button', { name: 'Revoke this link' }).click();
    await expect(row).toContainText('Revoked');
    await expect(page.getByRole('textbox', { name: 'Link' })).toBeVisible();
    await expect(screen.getByRole('heading', { name: 'This link has ended' })).toBeVisible({ timeout: 5_000 });
    await expect(canvasOf(screen)).toHaveCount(0);
    await expect(screen.getByText('Link lost')).toHaveCount(0);
    await expect(screen).toHaveTitle('This link has ended · Nocturne');
    expect(await screen.content()).not.toMatch(/Cedar|booking|archive/);
    expect(await broken(screen)).toEqual([]);
    // The page that the server makes says the same, and so does the link.
    expect((await screen.reload())?.status()).toBe(404);
    await expect(screen.getByRole('heading', { name: 'This link has ended' })).toBeVisible();
    await screen.goto(link);
    await expect(screen).toHaveURL('/kiosk/over');
    await expect(screen.getByRole('heading', { name: 'This link has ended' })).toBeVisible();
  });
});

/** Where the page's links lead. */
async function leadsTo(page: Page): Promise<string[]> {
  const links = await page.locator('a[href]').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  return links.toSorted();
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('[F10] a link is made and revoked by real forms, and nothing typed is lost', async ({ admin: page }) => {
    for (const company of ['Harbor Logistics', 'Cedar Dental']) await addCustomer(page.request, company);
    await page.goto('/kiosks/new');
    await page.getByRole('radio', { name: 'Chosen customers' }).check();
    await page.getByRole('combobox', { name: 'Begins with' }).selectOption('Five metres');
    await page.getByRole('checkbox', { name: 'Cedar Dental' }).check();
    await field(page, 'Name').fill('');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await expect(field(page, 'Name')).toHaveAccessibleDescription(/Please fill this in/);
    await expect(page.getByRole('checkbox', { name: 'Cedar Dental' })).toBeChecked();
    await expect(page.getByRole('combobox', { name: 'Begins with' })).toHaveValue('far');
    await field(page, 'Name').fill('Waiting room');
    await page.getByRole('searchbox', { name: 'Find a customer to tick' }).fill('harbor');
    await page.getByRole('button', { name: 'Find' }).click();
    await expect(field(page, 'Name')).toHaveValue('Waiting room');
    await expect(page.getByRole('radio', { name: 'Chosen customers' })).toBeChecked();
    await page.getByRole('checkbox', { name: 'Harbor Logistics' }).check();
    await field(page, 'Name').press('Enter');
    await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(/\/kiosk\/[\w-]{43}$/);
    const row = page.getByRole('row', { name: /Waiting room/ });
    await expect(row).toContainText('Cedar Dental, Harbor Logistics');
    await row.getByText('Revoke', { exact: true }).click();
    await page.getByRole('button', { name: 'Revoke this link' }).click();
    await expect(row).toContainText('Revoked');
  });
});
