// A thread with walls in it that are no browsers: each takes a snapshot, reads its stream and keeps a board. It answers any message with
// how many changes each has read.
import { parentPort, workerData } from 'node:worker_threads';
import { request } from 'node:http';
import { decodeFrame, decodeSnapshot } from './wire.mjs';

const { url, cookie, count } = workerData;
const read = new Array(count).fill(0);

function get(path, heed) {
  const asked = request(`${url}${path}`, { agent: false, headers: { cookie } }, heed);
  asked.on('error', fail);
  asked.end();
}

function fail(error) {
  throw error;
}

function watch(index) {
  get('/live/snapshot', (answer) => {
    const parts = [];
    answer.on('data', (part) => parts.push(part));
    answer.on('end', () => {
      const { epoch, sequence, slots, codes } = decodeSnapshot(Buffer.concat(parts));
      const board = new Map();
      slots.forEach((slot, place) => board.set(slot, codes[place]));
      listen(index, board, `${epoch}-${sequence}`);
    });
  });
}

function listen(index, board, from) {
  get(`/live/stream?from=${from}`, (answer) => {
    if (answer.statusCode !== 200) fail(new Error(`a wall was answered ${answer.statusCode}`));
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('end', () => fail(new Error('a stream ended')));
    answer.on('data', (part) => {
      const events = (rest + part).split('\n\n');
      rest = events.pop();
      for (const event of events) heed(index, board, event);
    });
  });
}

function heed(index, board, event) {
  const lines = Object.fromEntries(event.split('\n').map((line) => line.split(/: ?(.*)/s, 2)));
  if (lines.event !== 'frame') return;
  decodeFrame(Buffer.from(lines.data, 'base64'), {
    status: (slot, status) => {
      board.set(slot, status);
      read[index] += 1;
    },
    stale: () => {},
    layout: () => {},
  });
}

for (let index = 0; index < count; index += 1) watch(index);
parentPort.on('message', () => parentPort.postMessage(read));
