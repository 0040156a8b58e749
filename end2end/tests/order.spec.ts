// How the wall's tiles are ordered, whose they are said to be, and what bad input does to it: all by screenshot.
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import type { Patch, Picture } from './picture.ts';
import { counted, legend, live, openWall, pointAt, shining, tiles } from './wall.ts';

test("[F2] customers' names stand before their tiles where they fit, and [F1] severity order brings the worst first", async ({ admin: page, server }) => {
  await server.fillDemo(40, 2_000);
  await openWall(page);
  const ink = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--muted').trim());

  // Names are ink on the ground in places where no tile is; what shines is all there, and nothing else is left out.
  await expect(async () => {
    const picture = await tiles(page);
    const greens = picture.patches('green');
    expect(greens).toHaveLength(await counted(page, 'up'));
    expect(picture.patches('red')).toHaveLength(await counted(page, 'down'));
    expect(inked(picture, ink), 'pixels of names').toBeGreaterThan(300);
  }).toPass({ timeout: 20_000 });

  // The tiles between one name and the next are one customer's, and pointing at a name shows nothing.
  const owners: string[] = [];
  for (const patch of (await tiles(page)).patches('green').slice(0, 60).filter((_, place) => place % 6 === 0)) {
    owners.push(await (await pointAt(page, patch)).locator('p').first().innerText());
  }
  const runs = owners.filter((owner, place) => owner !== owners[place - 1]);
  expect(new Set(runs).size, 'a customer stands in one place').toBe(runs.length);

  await page.getByRole('link', { name: 'Worst first' }).click();
  await expect(page).toHaveURL('/wall?order=severity');
  await expect(async () => {
    const picture = await tiles(page);
    expect(inked(picture, ink), 'pixels of names').toBe(0);
    const shown = (['red', 'gold', 'violet', 'green'] as const).map((colour) => [colour, picture.patches(colour)] as const);
    for (const [index, [colour, patches]] of shown.entries()) {
      expect(patches.length, colour).toBeGreaterThan(0);
      const next = shown[index + 1];
      if (next !== undefined) expect(isBefore(patches.at(-1)!, next[1][0]!), `${colour} before ${next[0]}`).toBe(true);
    }
    expect(shown[0]![1]).toHaveLength(await counted(page, 'down'));
  }).toPass({ timeout: 20_000 });
  await page.reload();
  await live(page);
  await expect(page.getByRole('link', { name: 'Worst first' })).toHaveAttribute('aria-current', 'true');
  const [worst] = (await tiles(page)).patches('red');
  await expect(await pointAt(page, worst!)).toContainText(/for \d+/);
});

test('[F1] severity order: a monitor that goes down comes to the front; by customer no tile moves', async ({ admin: page, server, web }) => {
  const harbor = await addCustomer(page.request, 'Harbor Logistics');
  for (const name of ['archive', 'backup', 'mail']) await addMonitor(page.request, harbor, { name, kind: 'http', url: `${server.url}/healthz` });
  await addMonitor(page.request, harbor, { name: 'zebra', kind: 'http', url: web.url });
  await openWall(page, '?order=severity');
  const places = await shining(page, 'green', 4);
  await web.stop();
  // It glides there.
  await expect(async () => {
    const [red] = await shining(page, 'red', 1);
    expect(near(red!, places[0]!), 'the first place').toBe(true);
  }).toPass();
  await expect(await pointAt(page, places[0]!)).toContainText('zebra');
  expect(among(places.slice(1), await shining(page, 'green', 3))).toBe(true);

  await page.getByRole('link', { name: 'Worst first' }).click();
  await expect(page).toHaveURL('/wall');
  await expect(async () => {
    const [red] = await shining(page, 'red', 1);
    expect(near(red!, places[3]!), 'its own place').toBe(true);
  }).toPass();
  expect(among(places.slice(0, 3), await shining(page, 'green', 3))).toBe(true);
});

test('[F3] a frame that cannot be read is answered by a new snapshot, and names of any kind are drawn', async ({ admin: page, web }) => {
  const customer = await addCustomer(page.request, 'שלום 👩‍👩‍👧‍👦 ' + 'Ångström '.repeat(9));
  await addMonitor(page.request, customer, { name: 'x'.repeat(200), kind: 'http', url: web.url });
  await addMonitor(page.request, customer, { name: '👩‍👩‍👧‍👦'.repeat(7), kind: 'http', url: web.url });
  let [snapshots, damaged] = [0, 0];
  page.on('request', (request) => (snapshots += request.url().includes('/live/snapshot') ? 1 : 0));
  await page.route('**/live/stream*', async (route) => {
    const [epoch, sequence] = (new URL(route.request().url()).searchParams.get('from') ?? '').split('-');
    if (damaged === 2) return route.continue();
    damaged += 1;
    // One that ends too early, then one that is no frame at all.
    const data = damaged === 1 ? Buffer.from([0x46, 2, 0, 9, 6]).toString('base64') : '%%%';
    const body = `id: ${epoch}-${Number(sequence) + 1}\nevent: frame\ndata: ${data}\n\n`;
    await route.fulfill({ status: 200, contentType: 'text/event-stream', body });
  });
  await openWall(page);
  await shining(page, 'green', 2);
  await expect.poll(() => snapshots).toBe(3);
  await expect(page.locator('.wbar .chip.live')).toHaveAttribute('title', /could not be read.*: 2\.$/);
  await expect(legend(page, 'up')).toHaveText('2');
  const tip = await pointAt(page, (await tiles(page)).patches('green')[0]!);
  await expect(tip).toBeInViewport({ ratio: 1 });

  // A screen of next to no pixels is no reason to fall over, nor one that comes back.
  await page.setViewportSize({ width: 1, height: 1 });
  await page.setViewportSize({ width: 1280, height: 720 });
  await shining(page, 'green', 2);
});

/** In the order of reading. Tiles of one row do not start at the very same pixel where one is drawn as a triangle. */
function isBefore(one: Patch, other: Patch): boolean {
  const middle = (patch: Patch) => (patch.top + patch.bottom) / 2;
  const height = Math.max(one.bottom - one.top, other.bottom - other.top);
  return middle(one) < middle(other) - height / 2 || (Math.abs(middle(one) - middle(other)) <= height / 2 && one.left < other.left);
}

function near(one: Patch, other: Patch): boolean {
  return Math.abs(one.left - other.left) <= 4 && Math.abs(one.top - other.top) <= 4;
}

function among(places: Patch[], patches: Patch[]): boolean {
  return patches.length === places.length && patches.every((patch, index) => near(patch, places[index]!));
}

/** How many pixels have exactly this colour. */
function inked(picture: Picture, colour: string): number {
  const wanted = parseInt(colour.slice(1), 16);
  let count = 0;
  for (let y = 0; y < picture.height; y += 1) {
    for (let x = 0; x < picture.width; x += 1) {
      const [r, g, b] = picture.at(x, y);
      if (r * 65_536 + g * 256 + b === wanted) count += 1;
    }
  }
  return count;
}

