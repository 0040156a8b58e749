// The NOC wall, as it is seen: colours in a screenshot, words beside the pointer, and what it says of itself.
import type { Page } from '@playwright/test';
import { addCustomer, addMonitor, idIn } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { OPERATOR, send } from './people.ts';
import type { Colour, Patch, Picture } from './picture.ts';
import { hydrated } from './screens.ts';
import type { Server } from './server.ts';
import { emptyPort } from './targets.ts';
import { canvasOf, counted, legend, live, openWall, pointAt, shining, sum, tiles, type Status } from './wall.ts';

/** What a simulated monitor says of itself, at first and after a look, where it is not well. */
const REASON = /Simulated: |No answer from |Connection refused by |HTTP 50\d |closed the connection|does not exist|[Cc]ertificate|limit \d/;

/** Statuses whose tile is one patch of a colour. */
const PATCHES: readonly (readonly [Status, Colour])[] = [
  ['down', 'red'],
  ['trouble', 'gold'],
  ['config', 'violet'],
  ['up', 'green'],
];

test('[F1][F2] ten thousand monitors stand on one screen, each with its colour and its words', async ({ admin: page, server }) => {
  await server.fillDemo(200, 10_000);
  await openWall(page);
  expect(await scrolls(page), 'the page scrolls').toBe(false);

  const { patches, picture } = await agreeing(page, server);
  expect(await sum(page)).toBe(10_000);
  expect(unused(patches, picture), 'share of the screen without tiles').toBeLessThan(0.03);

  for (const [status, words] of [['down', REASON], ['trouble', REASON], ['up', /for \d+/]] as const) {
    const colour = PATCHES.find(([other]) => other === status)![1];
    const of = (await tiles(page)).patches(colour);
    const tip = await pointAt(page, of[Math.floor(of.length / 2)]!);
    await expect(tip).toContainText(words);
    await expect(tip.locator('b')).not.toBeEmpty();
    await expect(tip.locator('p').first()).not.toBeEmpty();
  }
});

test('[F7] a hundred thousand monitors stand on one screen, each can be pointed at and filtered, and they are live', async ({ admin: page, context, server }) => {
  test.setTimeout(300_000);
  await server.fillDemo(2_000, 100_000);
  await openWall(page);
  const { patches, picture } = await agreeing(page, server);
  expect(await sum(page)).toBe(100_000);
  expect(unused(patches, picture), 'share of the screen without tiles').toBeLessThan(0.03);
  expect(await scrolls(page), 'the page scrolls').toBe(false);

  const suspended = await counted(page, 'susp');
  const green = (await tiles(page)).patches('green');
  const place = green[Math.floor(green.length / 3)]!;
  const tip = await pointAt(page, place);
  await expect(tip.getByRole('img')).toHaveAccessibleName('Up');
  const name = await tip.locator('b').innerText();
  const opened = context.waitForEvent('page');
  await page.keyboard.down('Control');
  await page.mouse.down();
  await page.mouse.up();
  await page.keyboard.up('Control');
  const monitor = await opened;
  await expect(monitor.getByRole('heading', { level: 1, name, exact: true })).toBeVisible();
  await send(page.request, 'monitor-suspend', { monitor: idIn(monitor.url()) });
  await monitor.close();
  await expect(legend(page, 'susp')).toHaveText(String(suspended + 1));
  await pointAt(page, place);
  await expect(tip.getByRole('img')).toHaveAccessibleName('Suspended');
  await agreeing(page, server);

  await page.locator('.legend [data-status="down"]').click();
  await expect(page).toHaveURL('/wall?status=down');
  await shining(page, 'green', 0);
  const down = await agreeing(page, server, ['down']);
  // Any that has another behind it: where one recovers, the last place is empty.
  await expect(await pointAt(page, down.patches[Math.floor(down.patches.length / 2)]!)).toContainText(REASON);
});

test('[F1] the tiles fill whatever screen there is, and a wall that is turned is filled anew', async ({ admin: page, server }) => {
  await server.fillDemo(40, 900);
  await openWall(page);
  for (const [width, height] of [[390, 844], [844, 390], [3840, 2160], [1920, 1080]] as const) {
    await page.setViewportSize({ width, height });
    const { patches, picture } = await agreeing(page, server);
    expect(unused(patches, picture), `share of ${width}×${height} without tiles`).toBeLessThan(0.03);
    expect(await scrolls(page), `the page scrolls at ${width}×${height}`).toBe(false);
  }
});

test('[F4][F6] filters by status and customer work together, live in the address, and are the same for an operator', async ({ admin: page, server, join }) => {
  await server.fillDemo(12, 400);
  await openWall(page);
  await agreeing(page, server);

  await page.locator('.legend [data-status="down"]').click();
  await page.locator('.legend [data-status="trouble"]').click();
  await expect(page).toHaveURL('/wall?status=down,trouble');
  await shining(page, 'green', 0);
  await shining(page, 'violet', 0);
  await agreeing(page, server, ['down', 'trouble']);
  await page.reload();
  await hydrated(page);
  await live(page);
  await expect(page).toHaveURL('/wall?status=down,trouble');
  await shining(page, 'green', 0);
  await agreeing(page, server, ['down', 'trouble']);

  await page.goto('/wall');
  await hydrated(page);
  await live(page);
  await page.getByRole('button', { name: 'All customers' }).click();
  const choices = page.getByRole('dialog', { name: 'Show by customer' }).getByRole('checkbox');
  await expect(choices).toHaveCount(12);
  const [one, two] = await page.getByRole('dialog').locator('label').evaluateAll((labels) => {
    const of = (label: Element) => ({ text: label.textContent ?? '', count: Number(label.querySelector('.count')?.textContent?.replaceAll(',', '')) });
    return labels.map(of).filter(({ count }) => count > 3);
  });
  await page.getByRole('dialog').getByText(nameIn(one!.text)).click();
  await page.getByRole('dialog').getByText(nameIn(two!.text)).click();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/\/wall\?customer=cus_[^,]+,cus_[^,]+$/);
  await expect(page.getByRole('button', { name: '2 customers' })).toBeVisible();
  await expect.poll(() => sum(page)).toBe(one!.count + two!.count);
  await agreeing(page, server);
  await page.locator('.legend [data-status="up"]').click();
  await expect(page).toHaveURL(/\/wall\?status=up&customer=/);
  await agreeing(page, server, ['up']);
  const owners = [nameIn(one!.text), nameIn(two!.text)];
  // The last place is empty once one of them fails.
  const shown = (await tiles(page)).patches('green').slice(0, -1);
  for (const patch of shown.filter((_, place) => place % 7 === 0)) {
    expect(owners).toContain(await (await pointAt(page, patch)).locator('p').first().innerText());
  }

  const operator = await join(OPERATOR, 'operator');
  await openWall(operator);
  await agreeing(operator, server);
  await openWall(page);
  await server.held(() => expect(async () => expect(await figures(operator)).toEqual(await figures(page))).toPass({ timeout: 15_000 }));
});

test('[F3][F11] a wall that has lost its server says so and since when, and comes back by itself with what is true then', async ({ admin: page, server, web, problems }) => {
  problems.expect(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  const archive = { name: 'archive', kind: 'tcp', host: '127.0.0.1', port: String(await emptyPort()) };
  await addMonitor(page.request, customer, archive);
  await openWall(page);
  await shining(page, 'green', 1);
  await shining(page, 'red', 1);

  const from = Date.now();
  await server.kill();
  const lost = page.locator('.wbar .chip.lost');
  await expect(lost).toBeVisible({ timeout: 15_000 });
  expect(times(from - 60_000, Date.now())).toContain((await lost.innerText()).replace('Link lost, data from ', ''));
  await expect(page.locator('.canvas')).toHaveClass(/old/);

  await web.stop();
  await server.start();
  await live(page);
  await expect(lost).toHaveCount(0);
  await expect(page.locator('.canvas')).not.toHaveClass(/old/);
  await shining(page, 'red', 2);
  await expect(legend(page, 'down')).toHaveText('2');
});

test('[F11] a monitor without a verdict for three intervals fades, and keeps its status', async ({ admin: page, server, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  const slow = { name: 'web shop', kind: 'http', url: web.url, interval_s: '60', timeout_s: '55' };
  await addMonitor(page.request, customer, slow);
  await openWall(page);
  const [tile] = await shining(page, 'green', 1);
  web.hangs = true;
  await server.advance(60_000);
  await expect.poll(() => web.requests).toBe(2);
  await server.advance(121_000);
  await expect(page.getByText('Stale 1')).toBeVisible();
  await shining(page, 'green', 0);
  await expect(legend(page, 'up')).toHaveText('1');
  const tip = await pointAt(page, tile!);
  await expect(tip).toContainText('Stale: no verdict for three intervals');
  await expect(tip.getByRole('img')).toHaveAccessibleName('Up');

  web.hangs = false;
  await web.stop();
  await shining(page, 'red', 1);
  await expect(page.getByText('Stale 1')).toHaveCount(0);
  await web.start();
  await server.advance(60_000);
  await shining(page, 'green', 1);
});

test('[F5] the dark theme is remembered, and the tiles follow it', async ({ admin: page, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  await openWall(page);
  const [light] = await shining(page, 'green', 1);
  const before = await brightness(page, light!);
  await page.getByRole('button', { name: 'Switch between light and dark' }).click();
  await expect.poll(() => brightness(page, light!)).toBeLessThan(before / 2);
  await page.reload();
  await live(page);
  const [dark] = await shining(page, 'green', 1);
  expect(await brightness(page, dark!)).toBeLessThan(before / 2);
});

interface Seen {
  picture: Picture;
  patches: Patch[];
}

/** Waits for a moment at which the tiles of the wall are as many as the legend says, colour by colour. */
async function agreeing(page: Page, server: Server, among?: Status[]): Promise<Seen> {
  let seen: Seen | undefined;
  // A simulated monitor changes at any moment: between a look at the tiles and one at the legend none may.
  await server.held(() =>
    expect(async () => {
      const before = await figures(page, among);
      const picture = await tiles(page);
      const said = await figures(page, among);
      expect(said, 'what was under way has arrived').toEqual(before);
      const patches: Patch[] = [];
      const shown: Record<string, number> = {};
      for (const [status, colour] of PATCHES) {
        const found = picture.patches(colour);
        patches.push(...found);
        shown[status] = found.length;
      }
      expect(shown).toEqual(said);
      seen = { picture, patches };
    }).toPass({ timeout: 60_000 }),
  );
  return seen!;
}

/** What the legend says of each status that is a patch of a colour, and nothing of those that are not `among` what is shown. */
async function figures(page: Page, among?: Status[]): Promise<Record<string, number>> {
  const said: Record<string, number> = {};
  for (const [status] of PATCHES) said[status] = among === undefined || among.includes(status) ? await counted(page, status) : 0;
  return said;
}

async function scrolls(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const { scrollHeight, scrollWidth, clientHeight, clientWidth } = document.documentElement;
    return scrollHeight > clientHeight || scrollWidth > clientWidth;
  });
}

/** How much of the picture lies outside of the tiles: around them, and after the last one of the last row. */
function unused(patches: Patch[], { width, height }: Picture): number {
  const { left, right, top, bottom } = around(patches);
  const last = around(patches.filter((patch) => patch.bottom >= bottom - 1));
  const empty = (right - last.right) * (bottom - last.top);
  return 1 - ((right - left) * (bottom - top) - empty) / (width * height);
}

/** The smallest box with all of them. */
function around(patches: Patch[]): Omit<Patch, 'pixels'> {
  const box = { left: Infinity, top: Infinity, right: 0, bottom: 0 };
  for (const { left, top, right, bottom } of patches) {
    [box.left, box.top] = [Math.min(box.left, left), Math.min(box.top, top)];
    [box.right, box.bottom] = [Math.max(box.right, right), Math.max(box.bottom, bottom)];
  }
  return box;
}

/** A choice without its figure. */
function nameIn(text: string): string {
  return text.replace(/[\d,]+$/, '').trim();
}

/** The minutes between two instants, as a person in the tests' time zone reads them. */
function times(from: number, to: number): string[] {
  const format = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Berlin' });
  const minutes: string[] = [];
  for (let at = from; at <= to + 60_000; at += 60_000) minutes.push(format.format(at));
  return minutes;
}

async function brightness(page: Page, tile: Patch): Promise<number> {
  const picture = await tiles(page);
  const box = (await canvasOf(page).boundingBox())!;
  const [r, g, b] = picture.at(tile.right - 20 - Math.round(box.x), tile.bottom - 20 - Math.round(box.y));
  return r + g + b;
}
