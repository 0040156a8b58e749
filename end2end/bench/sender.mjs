// Someone who changes statuses, over connections that stand already.
import { Agent, request } from 'node:http';
import { url } from './browser.mjs';
import { demand } from './figures.mjs';
import { decodeSnapshot } from './wire.mjs';

export class Sender {
  constructor(cookie) {
    this.cookie = cookie;
    this.agent = new Agent({ keepAlive: true });
  }

  async snapshot() {
    return decodeSnapshot((await this.#send('GET', '/live/snapshot')).body);
  }

  async monitorAt(epoch, slot) {
    const { headers } = await this.#send('GET', `/live/tile/${epoch}/${slot}`);
    const [, monitor] = /^\/monitors\/(.+)$/.exec(headers.location ?? '') ?? [];
    demand(monitor, `no monitor stands behind the tile ${slot}`);
    return monitor;
  }

  async suspend(monitor) {
    await this.#step('monitor-suspend', monitor);
  }

  async resume(monitor) {
    await this.#step('monitor-resume', monitor);
  }

  close() {
    this.agent.destroy();
  }

  async #step(form, monitor) {
    const { status, body } = await this.#send('POST', `/fn/${form}`, new URLSearchParams({ monitor }).toString());
    demand(status === 200, `${form} was answered ${status}: ${body}`);
  }

  #send(method, path, form = '') {
    const headers = { cookie: this.cookie, accept: 'application/json', 'content-length': Buffer.byteLength(form) };
    if (form) headers['content-type'] = 'application/x-www-form-urlencoded';
    return new Promise((resolve, reject) => {
      const asked = request(`${url}${path}`, { method, headers, agent: this.agent }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
        answer.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(form);
    });
  }
}
