// Makes a picture small: at most 256 colours, chosen by halving the colours that are there (median cut), in a PNG with a palette. `pngjs`
// reads palettes but writes none.
import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';

const MOST = 256;

export function withPalette(png) {
  const { width, height, data } = PNG.sync.read(png);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const colour = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const boxes = halve([...counts].map(([colour, count]) => ({ parts: [colour >> 16, (colour >> 8) & 255, colour & 255], colour, count })));
  const palette = boxes.map(middleOf);
  const indices = new Map(boxes.flatMap((box, index) => box.map(({ colour }) => [colour, index])));
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 4;
      lines[y * (width + 1) + 1 + x] = indices.get((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits for each pixel, and they are a place in the palette.
  head.set([8, 3], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Halves the box with the most error in it, as long as there may be one more. */
function halve(colours) {
  const boxes = [colours];
  while (boxes.length < MOST) {
    const [worst, error] = boxes.map((box, index) => [index, errorOf(box).error]).reduce((a, b) => (b[1] > a[1] ? b : a));
    if (error === 0) break;
    const box = boxes[worst];
    const { part } = errorOf(box);
    const middle = middleOf(box, false)[part];
    boxes[worst] = box.filter(({ parts }) => parts[part] <= middle);
    boxes.push(box.filter(({ parts }) => parts[part] > middle));
  }
  return boxes;
}

/** The largest sum of squares of red, green or blue around their middle, and which of the three it is. */
function errorOf(box) {
  if (box.error) return box.error;
  const middle = middleOf(box, false);
  const sums = [0, 1, 2].map((part) => box.reduce((sum, { parts, count }) => sum + count * (parts[part] - middle[part]) ** 2, 0));
  const error = Math.max(...sums);
  // Boxes are never changed: each is looked at once.
  box.error = { error: box.length > 1 ? error : 0, part: sums.indexOf(error) };
  return box.error;
}

function middleOf(box, rounded = true) {
  const all = box.reduce((sum, { count }) => sum + count, 0);
  return [0, 1, 2].map((part) => {
    const mean = box.reduce((sum, { parts, count }) => sum + count * parts[part], 0) / all;
    return rounded ? Math.round(mean) : mean;
  });
}

function chunk(name, data) {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
