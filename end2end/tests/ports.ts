// Ports of the loopback that stay ours. Systems hand out ephemeral ports from 32768 on, so a lower one is not taken by a stranger
// between two uses: an empty port stays empty, and what was stopped can start again where it was.
import { createServer } from 'node:net';

const FIRST = 20_000;
const LAST = 31_999;
const WORKERS = 8;
const worker = Number(process.env.TEST_PARALLEL_INDEX ?? 0) % WORKERS;
const given = new Set<number>();

/** A port on which nothing listens, given once per worker. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    // Each worker has its own: one that it keeps empty is free for all others.
    if (port % WORKERS === worker && !given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
