// Five-metre mode (DOMAIN F8), and what calls people to the wall.
import type { Page } from '@playwright/test';
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { canvasOf, counted, legend, openWall, pointAt, shining, tiles } from './wall.ts';

test('[F8] what is wrong is named in letters for five metres, the newest first, and all is well when it is', async ({ admin: page, server, web }) => {
  await page.addInitScript(() => {
    // What the loudspeaker and the screen's lock are asked for: neither can be seen.
    const asked = ((window as unknown as { asked: Record<string, number> }).asked = { tones: 0, locks: 0 });
    const plain = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function createOscillator() {
      asked['tones']! += 1;
      return plain.call(this);
    };
    const request = async () => {
      asked['locks']! += 1;
      return { release: async () => undefined };
    };
    Object.defineProperty(navigator, 'wakeLock', { value: { request } });
  });
  const harbor = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, harbor, { name: 'web shop', kind: 'http', url: web.url });
  await openWall(page);
  await shining(page, 'green', 1);
  await page.getByRole('link', { name: 'Five metres' }).click();
  await expect(page).toHaveURL('/wall?view=far');
  const wrong = page.getByRole('region', { name: 'What is wrong' });
  await expect(wrong).toContainText('All is well');
  await expect(wrong).toContainText('1 of 1 up');
  await expect(page).toHaveTitle('NOC wall · Nocturne');
  expect(await asked(page, 'locks'), 'asks that the screen stays awake').toBe(1);

  const chime = page.getByRole('button', { name: 'Chime when a monitor goes down' });
  await expect(chime).toHaveAttribute('aria-pressed', 'false');
  await chime.click();
  await expect(chime).toHaveAttribute('aria-pressed', 'true');
  const sampled = await asked(page, 'tones');
  expect(sampled, 'what it sounds like').toBeGreaterThan(0);

  // A new DOWN turns it all, without a touch.
  await web.stop();
  const first = wrong.getByRole('listitem');
  await expect(first).toHaveCount(1, { timeout: 15_000 });
  await expect(first).toContainText('web shop');
  await expect(first).toContainText('Harbor Logistics');
  await expect(first.getByRole('img')).toHaveAccessibleName('Down');
  await expect(wrong).not.toContainText('All is well');
  await expect(page).toHaveTitle('(1) NOC wall · Nocturne');
  await expect(page.locator('link[rel=icon]')).toHaveAttribute('href', /^data:.*%3E1%3C\/text/);
  await expect.poll(() => asked(page, 'tones')).toBeGreaterThan(sampled);
  await shining(page, 'red', 1);

  // The age keeps moving, and the letters have their share of the screen's height.
  const age = first.locator('.age');
  const before = await age.innerText();
  await expect(age).not.toHaveText(before);
  expect(await sizeOf(page, '.wrong li .name')).toBeGreaterThanOrEqual(1080 * 0.052 - 1);
  expect(await sizeOf(page, '.wrong li .why')).toBeGreaterThanOrEqual(1080 * 0.04 - 1);

  // There is room around the picture to move it in, so that nothing burns in, and a tile is found where it is seen.
  const box = await canvasOf(page).boundingBox();
  expect((await page.locator('.wbar').boundingBox())!.x).toBe(4);
  const [tile] = (await tiles(page)).patches('red');
  await expect(await pointAt(page, tile!)).toContainText('web shop');

  await web.start();
  await expect(wrong).toContainText('All is well', { timeout: 15_000 });
  await expect(page).toHaveTitle('NOC wall · Nocturne');
  await expect(page.locator('link[rel=icon]')).toHaveAttribute('href', /favicon\.svg$/);
  expect(await canvasOf(page).boundingBox()).toEqual(box);

  // Of many, the worst stand there, and the others are counted.
  await page.goto('/audit');
  await server.fillDemo(40, 2_000);
  await openWall(page, '?view=far');
  await expect(chime).toHaveAttribute('aria-pressed', 'true');
  const rows = wrong.getByRole('listitem');
  await expect(async () => {
    const [down, trouble, named] = [await counted(page, 'down'), await counted(page, 'trouble'), await rows.count()];
    expect(down).toBeGreaterThan(named);
    await expect(wrong.locator('.more')).toHaveText(`and ${down + trouble - named} more: ${down - named} down, ${trouble} in trouble`, { timeout: 100 });
    expect(named).toBeGreaterThanOrEqual(4);
  }).toPass({ timeout: 20_000 });
  for (const row of await rows.all()) {
    await expect(row.getByRole('img')).toHaveAccessibleName('Down');
    for (const part of ['.name', '.age', '.why']) await expect(row.locator(part)).toBeInViewport({ ratio: 1 });
  }
  // The field beside it is as large as its place, and every tile that is up is in it.
  await expect(async () => {
    expect((await tiles(page)).patches('green').length).toBe(await counted(page, 'up'));
  }).toPass({ timeout: 20_000 });
  await expect(legend(page, 'up')).not.toHaveText('0');
});

function asked(page: Page, what: string): Promise<number> {
  return page.evaluate((what) => (window as unknown as { asked: Record<string, number> }).asked[what] ?? 0, what);
}

/** The size of the first such element's text, in pixels. */
function sizeOf(page: Page, selector: string): Promise<number> {
  return page.evaluate((selector) => parseFloat(getComputedStyle(document.querySelector(selector)!).fontSize), selector);
}
