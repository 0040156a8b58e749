// What the monitors of a test look at: a web server that can be stopped and started, a TLS server whose certificate ends soon,
// a name server, and a port where nothing listens.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { createServer as createWebServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:tls';
import type { Server as NetServer } from 'node:net';
import forge from 'node-forge';
import { freePort } from './ports.ts';

const DAY = 24 * 60 * 60 * 1000;

/** A web server on one port for its whole life, however often it is stopped and started. */
export class WebTarget {
  /** What it answers; a test may change it at any time. */
  status = 200;
  body = 'all is well';
  /** While true a request is taken and never answered. */
  hangs = false;
  requests = 0;

  readonly #server: Server;

  private constructor(readonly port: number) {
    this.#server = createWebServer((_request, response) => this.#answer(response));
  }

  static async start(): Promise<WebTarget> {
    const target = new WebTarget(await freePort());
    await target.start();
    return target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async start(): Promise<void> {
    await listen(this.#server, this.port);
  }

  /** From here on a connection is refused; those that are open are cut. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = close(this.#server);
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(response: ServerResponse): void {
    this.requests += 1;
    if (this.hangs) return;
    response.writeHead(this.status, { 'content-type': 'text/plain' }).end(this.body);
  }
}

/** A TLS server with a certificate that it signed itself. */
export class TlsTarget {
  readonly #server: NetServer;

  private constructor(readonly port: number, readonly ends: Date, server: NetServer) {
    this.#server = server;
  }

  /** `days`: how long the certificate is still valid; negative when it has ended. */
  static async start(days: number): Promise<TlsTarget> {
    const ends = new Date(Date.now() + days * DAY);
    const server = createTlsServer(selfSigned('localhost', ends), (socket) => {
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
    });
    // A check may hang up in the middle of the handshake: that is its right.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    const target = new TlsTarget(await freePort(), ends, server);
    await listen(server, target.port);
    return target;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `https://${this.address}/`;
  }

  async stop(): Promise<void> {
    if (this.#server.listening) await close(this.#server);
  }
}

/** A port where nothing listens. */
export async function emptyPort(): Promise<number> {
  return freePort();
}

function selfSigned(name: string, ends: Date): { key: string; cert: string } {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  // A serial number is a positive number: the first bit is zero.
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Math.min(Date.now(), ends.getTime()) - 30 * DAY);
  certificate.validity.notAfter = ends;
  const subject = [{ name: 'commonName', value: name }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'subjectAltName', altNames: [{ type: 2, value: name }, { type: 7, ip: '127.0.0.1' }] },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(pair.privateKey), forge.md.sha256.create());
  return { key: pair.privateKey, cert: forge.pki.certificateToPem(certificate) };
}

function listen(server: NetServer | Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: NetServer | Server): Promise<void> {
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}

/** A name server over UDP with one zone: what it does not know does not exist. */
export class NameServer {
  /** Addresses by name; a test may change them at any time. */
  readonly addresses = new Map<string, string>();
  readonly #socket: Socket;

  private constructor(readonly port: number, socket: Socket) {
    this.#socket = socket;
    socket.on('message', (question, client) => socket.send(this.#answer(question), client.port, client.address));
  }

  static async start(): Promise<NameServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', () => resolve());
    });
    return new NameServer(socket.address().port, socket);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  /** The question again, and for a name that is known its address (RFC 1035, 4.1). */
  #answer(question: Buffer): Buffer {
    const labels: string[] = [];
    let place = 12;
    for (let length = question[place] ?? 0; length > 0; length = question[place] ?? 0) {
      labels.push(question.toString('latin1', place + 1, place + 1 + length));
      place += 1 + length;
    }
    const asked = question.subarray(12, place + 5);
    const address = this.addresses.get(labels.join('.').toLowerCase());
    const [response, noSuchName] = [0x8180, 0x8183];
    const header = Buffer.alloc(12);
    header.writeUInt16BE(question.readUInt16BE(0), 0);
    header.writeUInt16BE(address === undefined ? noSuchName : response, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(address === undefined ? 0 : 1, 6);
    if (address === undefined) return Buffer.concat([header, asked]);
    // A pointer to the name, type A, class IN, 60 seconds, four bytes.
    const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]);
    return Buffer.concat([header, asked, record]);
  }
}
