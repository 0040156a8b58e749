// Many tabs of one browser: one of them listens to the server, and each of them lives (DESIGN, way 3).
import type { BrowserContext, Page } from '@playwright/test';
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { cardOf, hydrated } from './screens.ts';
import { counted, legend, live } from './wall.ts';

const STREAM = '/live/stream';

test('[F3][E4] eight tabs share one stream, all of them turn, and a page still loads', async ({ admin: page, context, web }) => {
  // Each of them is a whole page that has to come alive.
  test.setTimeout(180_000);
  const streams = new Streams(context);
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  const walls: Page[] = [];
  const healths: Page[] = [];
  await page.goto('/wall');
  walls.push(page);
  for (let tab = 1; tab < 8; tab += 1) {
    const other = await context.newPage();
    await other.goto(tab % 2 === 0 ? '/wall' : '/');
    (tab % 2 === 0 ? walls : healths).push(other);
  }
  await all(walls, (wall) => expect(legend(wall, 'up')).toHaveText('1', { timeout: 60_000 }));
  await all(walls, live);
  await all(healths, (health) => expect(cardOf(health, 'Harbor Logistics')).toHaveClass(/\bup\b/, { timeout: 60_000 }));
  await expect.poll(() => streams.open).toBe(1);

  await web.stop();
  await all(walls, (wall) => expect(legend(wall, 'down')).toHaveText('1', { timeout: 15_000 }));
  await all(healths, (health) => expect(cardOf(health, 'Harbor Logistics')).toHaveClass(/\bdown\b/));
  await expect.poll(() => streams.open).toBe(1);

  const ninth = await context.newPage();
  await ninth.goto('/customers');
  await expect(ninth.getByRole('heading', { name: 'Customers' })).toBeVisible();
  await ninth.close();

  // The tab that listens goes: another one does, and nothing is missed meanwhile.
  const leader = streams.pages()[0]!;
  const rest = [...walls, ...healths].filter((tab) => tab !== leader);
  await Promise.all([leader.close(), web.start()]);
  await all(walls.filter((wall) => wall !== leader), (wall) => expect(legend(wall, 'up')).toHaveText('1', { timeout: 15_000 }));
  await all(healths.filter((health) => health !== leader), (health) => expect(cardOf(health, 'Harbor Logistics')).toHaveClass(/\bup\b/));
  await expect.poll(() => streams.open).toBe(1);
  expect(rest).toContain(streams.pages()[0]);
});

test('[F3][F11] when the tab that listens is frozen, another one takes over', async ({ admin: page, context, web }) => {
  const streams = new Streams(context);
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  await page.goto('/wall');
  await live(page);
  await expect(legend(page, 'up')).toHaveText('1', { timeout: 15_000 });
  const other = await context.newPage();
  await other.goto('/wall');
  await live(other);
  await expect.poll(() => streams.pages()).toEqual([page]);

  // Nothing runs there any more, as in a tab that the browser has put to sleep.
  await page.evaluate(() => {
    setTimeout(() => {
      const until = Date.now() + 12_000;
      while (Date.now() < until);
    });
  });
  await web.stop();
  await expect(legend(other, 'down')).toHaveText('1', { timeout: 15_000 });
  await expect(other.locator('.wbar .chip.lost')).toHaveCount(0);
  expect(streams.pages()).toContain(other);

  // Once awake it follows, and knows what it has slept through.
  await expect(legend(page, 'down')).toHaveText('1', { timeout: 20_000 });
  await expect.poll(() => streams.pages()).toEqual([other]);
  await web.start();
  await expect(legend(page, 'up')).toHaveText('1', { timeout: 15_000 });
});

test('[F3] where tabs cannot meet, each has a stream of its own', async ({ admin: page, context, server, web }) => {
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));
  const streams = new Streams(context);
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, customer, { name: 'web shop', kind: 'http', url: web.url });
  await page.goto('/wall');
  const other = await context.newPage();
  await other.goto('/');
  await live(page);
  await expect.poll(() => streams.open).toBe(2);

  // A page that is hidden listens to nothing, and catches up when it is seen again.
  await hide(page, true);
  await expect.poll(() => streams.pages()).toEqual([other]);
  const before = await counted(page, 'down');
  await web.stop();
  await expect(cardOf(other, 'Harbor Logistics')).toHaveClass(/\bdown\b/, { timeout: 15_000 });
  expect(await counted(page, 'down')).toBe(before);
  await hide(page, false);
  await expect(legend(page, 'down')).toHaveText('1');
  await live(page);
  await hydrated(other);
  expect(server.pid).toBeGreaterThan(0);
});

/** The streams that are open now, as the network sees them. */
class Streams {
  readonly #pages: Page[] = [];

  constructor(context: BrowserContext) {
    context.on('request', (request) => {
      if (new URL(request.url()).pathname === STREAM) this.#pages.push(request.frame().page());
    });
    const ended = (request: { url(): string; frame(): { page(): Page } }) => {
      if (new URL(request.url()).pathname !== STREAM) return;
      const place = this.#pages.indexOf(request.frame().page());
      if (place >= 0) this.#pages.splice(place, 1);
    };
    context.on('requestfinished', ended);
    context.on('requestfailed', ended);
    context.on('page', (page) => page.on('close', () => this.#forget(page)));
    for (const page of context.pages()) page.on('close', () => this.#forget(page));
  }

  get open(): number {
    return this.#pages.length;
  }

  pages(): Page[] {
    return [...this.#pages];
  }

  #forget(page: Page): void {
    this.#pages.splice(0, this.#pages.length, ...this.#pages.filter((other) => other !== page));
  }
}

async function all(pages: Page[], wait: (page: Page) => Promise<void>): Promise<void> {
  await Promise.all(pages.map(wait));
}

/** As when the person turns to another tab. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: hidden ? 'hidden' : 'visible' });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
