// The NOC wall as a person in front of it has it: what shines on it, and what a tile says when it is pointed at.
import { expect, type Locator, type Page } from '@playwright/test';
import { Picture, middle, type Colour, type Patch } from './picture.ts';
import { hydrated } from './screens.ts';

export type Status = 'down' | 'trouble' | 'config' | 'maint' | 'disco' | 'susp' | 'up';

/** Opens the wall and waits until it is live. */
export async function openWall(page: Page, query = ''): Promise<void> {
  await page.goto(`/wall${query}`);
  await hydrated(page);
  await live(page);
}

/** Waits until the wall says that it is live. */
export async function live(page: Page): Promise<void> {
  await expect(page.locator('.wbar .chip.live')).toBeVisible({ timeout: 20_000 });
}

export function canvasOf(page: Page): Locator {
  return page.locator('.wall canvas');
}

/** The picture of the tiles, without anything pointing at them. */
export async function tiles(page: Page): Promise<Picture> {
  await page.bringToFront();
  await page.mouse.move(300, 5);
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  return Picture.of(canvasOf(page));
}

/** Waits until there are so many patches of a colour; these are they. */
export async function shining(page: Page, colour: Colour, count: number): Promise<Patch[]> {
  let patches: Patch[] = [];
  await expect(async () => {
    patches = (await tiles(page)).patches(colour);
    expect(patches, `${colour} on the wall`).toHaveLength(count);
  }).toPass({ timeout: 15_000 });
  return patches;
}

/** Points at a patch. What the tooltip says. */
export async function pointAt(page: Page, patch: Patch): Promise<Locator> {
  await page.bringToFront();
  const { x, y } = middle(patch);
  await page.mouse.move(x, y);
  const tip = page.getByRole('tooltip');
  await expect(tip).toBeVisible();
  return tip;
}

/** The figure beside a status in the legend. */
export function legend(page: Page, status: Status): Locator {
  return page.locator(`.legend [data-status="${status}"] b`);
}

/** The same as a number. */
export async function counted(page: Page, status: Status): Promise<number> {
  return Number((await legend(page, status).innerText()).replaceAll(',', ''));
}

/** All figures of the legend together, as they are at one moment. */
export async function sum(page: Page): Promise<number> {
  const figures = await page.locator('.legend [data-status] b').allInnerTexts();
  return figures.reduce((all, text) => all + Number(text.replaceAll(',', '')), 0);
}
