// A way to the server that can die as a firewall's does: nobody is told, and nothing comes any more.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Way {
  readonly #open = new Set<Socket>();

  private constructor(readonly server: Server) {}

  static async to(url: string): Promise<Way> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    const way = new Way(server);
    server.on('connection', (near) => way.#join(near, connect(Number(port), hostname)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return way;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Whatever is open stays so, and carries nothing. What is opened from now on is well. */
  swallow(): void {
    for (const socket of this.#open) {
      socket.unpipe();
      socket.resume();
    }
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.server.close();
  }

  #join(near: Socket, far: Socket): void {
    near.pipe(far);
    far.pipe(near);
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      this.#open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
  }
}
