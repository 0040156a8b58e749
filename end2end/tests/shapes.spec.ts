// Status without colour (DOMAIN F9): a screenshot of the wall, made grey, still tells each of the seven from every other.
import type { Page } from '@playwright/test';
import { PNG } from 'pngjs';
import { addCustomer, addMonitor, idIn } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { send } from './people.ts';
import { canvasOf, counted, openWall, type Status } from './wall.ts';

const STATUSES: readonly Status[] = ['down', 'trouble', 'config', 'maint', 'disco', 'susp', 'up'];
/** Of each status, so that tiles become small on a small screen. */
const EACH = 5;
/** A tile is compared by so many cells in a row and in a column. */
const CELLS = 8;

/** At each level of detail: a screen that leads to it, and which part of a tile's side is looked at. Text has its mark in a corner. */
const LEVELS = [
  { name: 'marks', screen: { width: 390, height: 320 }, part: 1 },
  { name: 'text', screen: { width: 1400, height: 800 }, part: 0.2 },
];

/** How much ink there is in each cell, from 0 for the ground to 1. */
type Ink = number[];

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

test('[F9] each status is told from every other without its colour', async ({ admin: page, web }, info) => {
  test.setTimeout(120_000);
  const customer = await addCustomer(page.request, 'Harbor');
  const kinds: Record<Status, Record<string, string>> = {
    up: { kind: 'http', url: web.url },
    down: { kind: 'http', url: `${web.url}gone`, contains: 'what is not there' },
    trouble: { kind: 'simulated', profile: 'slow' },
    config: { kind: 'simulated', profile: 'misconfigured' },
    maint: { kind: 'simulated', profile: 'maintained' },
    disco: { kind: 'simulated', profile: 'silent' },
    susp: { kind: 'simulated', profile: 'silent' },
  };
  for (const status of STATUSES) {
    for (let number = 0; number < EACH; number += 1) {
      // All of one name: what differs is not to be read.
      const monitor = await addMonitor(page.request, customer, { name: 'monitor', ...kinds[status] });
      if (status === 'susp') await send(page.request, 'monitor-suspend', { monitor: idIn(monitor) });
    }
  }
  await openWall(page);
  await expect(async () => {
    for (const status of STATUSES) expect(await counted(page, status), status).toBeGreaterThan(0);
    // All others have said how they are.
    expect(await counted(page, 'disco')).toBe(EACH);
  }).toPass({ timeout: 45_000 });

  for (const { name, screen, part } of LEVELS) {
    await page.setViewportSize(screen);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const places = await placesOf(page);
      const clip = (await canvasOf(page).boundingBox())!;
      const picture = grey(PNG.sync.read(await page.screenshot({ clip, path: info.outputPath(`${name}-${colorScheme}.png`) })));
      const inks = STATUSES.map((status) => [status, inkOf(picture, places.get(status)!, part)] as const);
      for (const [index, [status, ink]] of inks.entries()) {
        for (const [other, otherInk] of inks.slice(index + 1)) {
          const most = Math.max(...ink.map((here, cell) => Math.abs(here - otherInk[cell]!)));
          expect.soft(most, `${status} and ${other}, ${name}, ${colorScheme}: the cell where they differ most`).toBeGreaterThan(0.25);
        }
      }
    }
  }
});

/** A tile of each status: where it stands on the canvas, by the frame that the keyboard puts around it. */
async function placesOf(page: Page): Promise<Map<Status, Box>> {
  const words = new Map(['Down', 'Trouble', 'Config error', 'Maintenance', 'Discovery', 'Suspended', 'Up'].map((word, place) => [word, STATUSES[place]!]));
  const places = new Map<Status, Box>();
  await canvasOf(page).focus();
  await page.keyboard.press('Home');
  let before = '';
  for (let tile = 0; tile < EACH * STATUSES.length && places.size < STATUSES.length; tile += 1) {
    await expect.poll(async () => JSON.stringify((await pointedAt(page))?.box) ?? before).not.toBe(before);
    const { word, box } = (await pointedAt(page))!;
    places.set(words.get(word)!, box);
    before = JSON.stringify(box);
    await page.keyboard.press('ArrowRight');
  }
  await page.keyboard.press('Escape');
  await expect(page.locator('.tip')).toBeHidden();
  expect([...places.keys()].sort()).toEqual([...STATUSES].sort());
  return places;
}

/** What the frame is around, both read at one instant. */
async function pointedAt(page: Page): Promise<{ word: string; box: Box } | undefined> {
  return page.evaluate(() => {
    const [mark, frame, canvas] = ['.tip svg', '.canvas > .cursor', '.canvas > canvas'].map((selector) => document.querySelector(selector));
    if (!mark || !frame || !canvas) return undefined;
    const [{ x, y, width, height }, around] = [frame.getBoundingClientRect(), canvas.getBoundingClientRect()];
    return { word: mark.getAttribute('aria-label') ?? '', box: { x: x - around.x, y: y - around.y, width, height } };
  });
}

/** As a person sees it who sees no colour: the luma of each pixel, from 0 to 255. */
function grey({ width, height, data }: PNG): { width: number; height: number; at: (x: number, y: number) => number } {
  const luma = (place: number) => 0.299 * data[place]! + 0.587 * data[place + 1]! + 0.114 * data[place + 2]!;
  return { width, height, at: (x, y) => luma((y * width + x) * 4) };
}

/** Brightness does not count, only what is drawn: ink is what differs from the most frequent grey. */
function inkOf(picture: ReturnType<typeof grey>, box: Box, part: number): Ink {
  const side = Math.floor(Math.min(box.width, box.height) * part);
  const [left, top] = [Math.round(box.x), Math.round(box.y)];
  const greys: number[] = [];
  for (let y = 0; y < side; y += 1) for (let x = 0; x < side; x += 1) greys.push(picture.at(left + x, top + y));
  const counts = new Map<number, number>();
  for (const value of greys) counts.set(Math.round(value), (counts.get(Math.round(value)) ?? 0) + 1);
  const ground = [...counts].toSorted((a, b) => b[1] - a[1])[0]![0];
  const strongest = Math.max(...greys.map((value) => Math.abs(value - ground)));
  const ink: Ink = Array.from({ length: CELLS * CELLS }, () => 0);
  const pixels = [...ink];
  for (const [place, value] of greys.entries()) {
    const cell = Math.floor((Math.floor(place / side) * CELLS) / side) * CELLS + Math.floor(((place % side) * CELLS) / side);
    pixels[cell]! += 1;
    // Less than this is not seen.
    if (strongest > 12) ink[cell]! += Math.abs(value - ground) / strongest;
  }
  return ink.map((sum, cell) => sum / pixels[cell]!);
}
