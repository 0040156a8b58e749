// An SMS gateway: a real HTTP server that takes messages as the installation sends them.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Message {
  to: string;
  text: string;
  authorization: string | undefined;
}

export class Gateway {
  readonly messages: Message[] = [];
  /** What it answers; a test may change it at any time. */
  status = 202;

  private constructor(readonly server: Server) {}

  static async start(): Promise<Gateway> {
    const server = createServer();
    const gateway = new Gateway(server);
    server.on('request', (request, response) => void gateway.#take(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/send`;
  }

  /** The code in the last message to this number. */
  code(to: string): string {
    const message = this.messages.findLast((message) => message.to === to);
    return /\b\d{6}\b/.exec(message?.text ?? '')?.[0] ?? '';
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request) body += String(part);
    const known = request.method === 'POST' && request.headers['content-type'] === 'application/json';
    if (known && this.status < 300) this.messages.push({ ...JSON.parse(body), authorization: request.headers.authorization });
    response.writeHead(known ? this.status : 400).end();
  }
}
