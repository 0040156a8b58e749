// What can be seen: the pixels of a screenshot. A tile is found by its colour, as a person finds it, and not by asking the
// product where it has drawn it.
import type { Locator, Page } from '@playwright/test';
import { PNG } from 'pngjs';

export type Colour = 'red' | 'gold' | 'green' | 'violet' | 'blue';

/** One connected patch of a colour. Places are CSS pixels of the page. */
export interface Patch {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Without those of holes in it. */
  readonly pixels: number;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Degrees on the colour circle, and the least that a pixel must have of saturation and brightness. */
interface Range {
  from: number;
  to: number;
  saturation: number;
  brightness: number;
}

const RANGES: Record<Colour, Range> = {
  red: { from: -20, to: 15, saturation: 0.6, brightness: 0.5 },
  gold: { from: 35, to: 52, saturation: 0.6, brightness: 0.5 },
  // What is well is quieter than what is not.
  green: { from: 120, to: 165, saturation: 0.25, brightness: 0.25 },
  blue: { from: 205, to: 225, saturation: 0.3, brightness: 0.3 },
  violet: { from: 245, to: 275, saturation: 0.35, brightness: 0.5 },
};

export class Picture {
  private constructor(
    readonly width: number,
    readonly height: number,
    private readonly bytes: Uint8Array,
    private readonly left: number,
    private readonly top: number,
  ) {}

  /** Of an element, with everything that lies over it. */
  static async of(element: Locator): Promise<Picture> {
    const page: Page = element.page();
    const clip = await boxOf(element);
    const { width, height, data } = PNG.sync.read(await page.screenshot({ clip, animations: 'disabled' }));
    return new Picture(width, height, data, clip.x, clip.y);
  }

  /** Red, green and blue of a pixel, from 0 to 255. */
  at(x: number, y: number): [number, number, number] {
    const place = (y * this.width + x) * 4;
    return [this.bytes[place] ?? 0, this.bytes[place + 1] ?? 0, this.bytes[place + 2] ?? 0];
  }

  /** How many pixels have a colour. */
  count(colour: Colour): number {
    let count = 0;
    for (const here of this.#mask(colour)) count += here;
    return count;
  }

  /** The patches of a colour, in the order of reading. What lies inside another's outline, the inside of a letter for example, belongs to it. */
  patches(colour: Colour): Patch[] {
    const mask = this.#mask(colour);
    const found: Patch[] = [];
    for (let start = 0; start < mask.length; start += 1) {
      if (mask[start] === 1) found.push(this.#take(mask, start));
    }
    const bySize = found.toSorted((a, b) => area(b) - area(a));
    const outer: Patch[] = [];
    // By the top of what may lie in them: of a hundred thousand patches each cannot be held against all the others.
    const across: Patch[][] = [];
    for (const patch of bySize) {
      if (across[patch.top]?.some((other) => contains(other, patch))) continue;
      outer.push(patch);
      for (let y = patch.top; y < patch.bottom; y += 1) (across[y] ??= []).push(patch);
    }
    return outer.toSorted((a, b) => a.top - b.top || a.left - b.left);
  }

  #mask(colour: Colour): Uint8Array {
    const mask = new Uint8Array(this.width * this.height);
    const range = RANGES[colour];
    for (let place = 0; place < mask.length; place += 1) {
      const byte = place * 4;
      if (is(range, this.bytes[byte] ?? 0, this.bytes[byte + 1] ?? 0, this.bytes[byte + 2] ?? 0)) mask[place] = 1;
    }
    return mask;
  }

  /** The patch that `start` is part of; takes it out of the mask. */
  #take(mask: Uint8Array, start: number): Patch {
    let [left, right, top, bottom, pixels] = [this.width, 0, this.height, 0, 0];
    const open = [start];
    mask[start] = 0;
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const x = place % this.width;
      const y = Math.floor(place / this.width);
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
      pixels += 1;
      const beside = [
        x > 0 ? place - 1 : -1,
        x + 1 < this.width ? place + 1 : -1,
        place - this.width,
        place + this.width,
      ];
      for (const next of beside) {
        if (mask[next] !== 1) continue;
        mask[next] = 0;
        open.push(next);
      }
    }
    return { left: left + this.left, right: right + this.left, top: top + this.top, bottom: bottom + this.top, pixels };
  }
}

/** The middle of a patch. */
export function middle(patch: Patch): { x: number; y: number } {
  return { x: (patch.left + patch.right) / 2, y: (patch.top + patch.bottom) / 2 };
}

async function boxOf(element: Locator): Promise<Box> {
  const box = await element.boundingBox();
  if (box === null) throw new Error('the element cannot be seen');
  const [x, y] = [Math.round(box.x), Math.round(box.y)];
  return { x, y, width: Math.round(box.x + box.width) - x, height: Math.round(box.y + box.height) - y };
}

function is({ from, to, saturation, brightness }: Range, r: number, g: number, b: number): boolean {
  const most = Math.max(r, g, b);
  const span = most - Math.min(r, g, b);
  if (most < brightness * 255 || span < saturation * most) return false;
  const hue = hueOf(r, g, b, most, span);
  return (hue >= from && hue <= to) || (hue - 360 >= from && hue - 360 <= to);
}

function hueOf(r: number, g: number, b: number, most: number, span: number): number {
  if (span === 0) return 0;
  if (most === r) return (60 * ((g - b) / span) + 360) % 360;
  if (most === g) return 60 * ((b - r) / span) + 120;
  return 60 * ((r - g) / span) + 240;
}

function area(patch: Patch): number {
  return (patch.right - patch.left) * (patch.bottom - patch.top);
}

function contains(outer: Patch, inner: Patch): boolean {
  return outer.left <= inner.left && outer.right >= inner.right && outer.top <= inner.top && outer.bottom >= inner.bottom;
}
