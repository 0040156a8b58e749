// The wall of another hour, as it is seen: what was red then is red again, and nobody takes it for the present.
import type { Page } from '@playwright/test';
import { broken } from './axe.ts';
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { OPERATOR } from './people.ts';
import { Picture, middle } from './picture.ts';
import { hydrated, open } from './screens.ts';
import { legend, live, openWall, pointAt, shining } from './wall.ts';

const MINUTE = 60_000;

test('[F12] an outage of this morning is found on the time bar, seen again, played through, and sent to a colleague', async ({ admin: page, server, web, join }) => {
  test.setTimeout(120_000);
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  await openWall(page);
  await shining(page, 'green', 1);
  await server.advance(30 * MINUTE);
  await web.stop();
  await server.advance(10_000);
  await shining(page, 'red', 1);
  await server.advance(20 * MINUTE);
  await web.start();
  await server.advance(10_000);
  await shining(page, 'green', 1);
  await server.advance(150 * MINUTE);
  await shining(page, 'green', 1);

  await page.getByRole('link', { name: 'Replay' }).click();
  const bar = page.getByRole('region', { name: 'Replay' });
  const slider = bar.getByRole('slider', { name: 'Moment of the last 24 hours' });
  await expect(bar).toHaveAttribute('data-waits', 'false');
  await expect(bar.getByText('Replay', { exact: true })).toBeVisible();
  await expect(page).toHaveTitle('Replay: NOC wall · Nocturne');
  await expect(page.locator('.chip.live')).toHaveCount(0);
  await shining(page, 'green', 1);

  // The bar shows when it was bad: there it is sought.
  const columns = bar.getByRole('img', { name: /at most 1 down and 0 in trouble at one time, 2 h 5\d min ago/ });
  const [red, ...others] = (await Picture.of(columns)).patches('red');
  expect(others).toEqual([]);
  const track = (await slider.boundingBox())!;
  await page.mouse.click(middle(red!).x, track.y + track.height / 2);
  const [tile] = await shining(page, 'red', 1);
  await expect(legend(page, 'down')).toHaveText('1');
  await expect(legend(page, 'up')).toHaveText('0');
  const tip = await pointAt(page, tile!);
  await expect(tip).toContainText(/web shop.*Harbor Logistics.*(refused|reset)/is);
  await expect(tip.getByRole('img')).toHaveAccessibleName('Down');
  await expect(page, 'the past is no alarm').toHaveTitle('Replay: NOC wall · Nocturne');
  const then = await moment(page);
  await expect(bar.locator('time')).toContainText(berlin(then));
  await expect(bar).toContainText(/2 h \d+ min ago/);
  expect(await broken(page)).toEqual([]);

  await slider.focus();
  await page.keyboard.press('PageDown');
  await expect(page.getByText('Nothing was here yet')).toBeVisible();
  await page.keyboard.press('PageUp');
  await shining(page, 'red', 1);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => moment(page)).toBe(then + MINUTE);
  await shining(page, 'red', 1);
  await page.keyboard.press('PageUp');
  await shining(page, 'green', 1);
  await page.keyboard.press('PageDown');
  await shining(page, 'red', 1);
  const address = page.url();

  await bar.getByRole('button', { name: 'Play 600 times' }).click();
  await bar.getByRole('button', { name: 'Play', exact: true }).click();
  await shining(page, 'green', 1);
  await bar.getByRole('button', { name: 'Pause' }).click();
  await expect.poll(() => moment(page)).toBeGreaterThan(then + 5 * MINUTE);

  const operator = await join(OPERATOR, 'operator');
  await operator.goto(address);
  await hydrated(operator);
  await shining(operator, 'red', 1);
  await operator.getByRole('link', { name: 'Table' }).click();
  await expect(operator.getByRole('row', { name: /Down web shop Harbor Logistics/ })).toBeVisible();
  await operator.getByRole('link', { name: 'Tiles' }).click();
  await shining(operator, 'red', 1);
  await operator.getByRole('region', { name: 'Replay' }).getByRole('link', { name: 'Back to live' }).click();
  await live(operator);
  await expect(operator).toHaveURL('/wall');
  await expect(operator).toHaveTitle('NOC wall · Nocturne');
  await expect(operator.getByRole('region', { name: 'Replay' })).toHaveCount(0);
  await shining(operator, 'green', 1);

  for (const [at, says] of [
    ['yesterday', 'This is no moment that can be read'],
    ['2020-01-01T00:00:00Z', 'more than 24 hours ago'],
    ['2099-01-01T00:00:00Z', 'has not come yet'],
  ] as const) {
    await open(page, `/wall?at=${at}`);
    await expect(page.getByRole('alert')).toContainText(says);
  }
  await page.getByRole('alert').getByRole('link', { name: 'The newest moment' }).click();
  await shining(page, 'green', 1);
});

/** The moment in the address. */
async function moment(page: Page): Promise<number> {
  return Date.parse(new URL(page.url()).searchParams.get('at') ?? '');
}

/** As a person in the tests' time zone reads it. */
function berlin(at: number): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Europe/Berlin' }).format(at);
}
