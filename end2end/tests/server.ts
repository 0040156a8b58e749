// The real binary, on a port and a data folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createDatabase, type Database } from './database.ts';
import { freePort } from './ports.ts';

export type Engine = 'sqlite' | 'postgres';

export interface ServerOptions {
  engine: Engine;
  /** More arguments for `nocturne serve`. */
  flags: string[];
}

const START_MS = 20_000;
const STOP_MS = 10_000;
const LOG_LINES = 400;

const alive = new Set<ChildProcess>();
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

/** One installation: it keeps its address, folder and database from start to start, until `remove`. */
export class Server {
  #child: ChildProcess | undefined;
  readonly #log: string[] = [];
  /** The folder of the site that the next start serves. */
  site = resolve(given('NOCTURNE_SITE'));

  private constructor(
    readonly engine: Engine,
    readonly port: number,
    /** The data folder; with SQLite the database is in it. */
    readonly folder: string,
    readonly flags: string[],
    readonly database: Database | undefined,
  ) {}

  static async start({ engine, flags }: ServerOptions): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'nocturne-end2end-'));
    const database = engine === 'postgres' ? await createDatabase() : undefined;
    const server = new Server(engine, await freePort(), folder, flags, database);
    try {
      await server.start();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The last lines of both its outputs. */
  get log(): string {
    return this.#log.join('\n');
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the server does not run');
    return this.#child.pid;
  }

  /** Starts it and waits until it says that it listens. */
  async start(): Promise<void> {
    await this.#spawn(['serve', '--listen', `127.0.0.1:${this.port}`, '--site', this.site, '--allow-target', '127.0.0.0/8', ...this.flags]);
  }

  /** SIGTERM; SIGKILL when it has not ended after ten seconds, and then the test fails. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, STOP_MS);
    await end(child, 'SIGTERM');
    clearTimeout(timer);
    this.#child = undefined;
    if (late) throw new Error(`the server did not end ${STOP_MS / 1000} s after SIGTERM:\n${this.log}`);
    if (child.exitCode !== 0) throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}:\n${this.log}`);
  }

  /** SIGKILL: as when the machine loses its power. */
  async kill(): Promise<void> {
    if (this.#child !== undefined) await end(this.#child, 'SIGKILL');
    this.#child = undefined;
  }

  /** Looks at no monitor while `look` looks, so that only what is done there changes anything. What was under way may still arrive. */
  async held<T>(look: () => Promise<T>): Promise<T> {
    await this.#clock({ advance_ms: 0, hold_looks: true });
    try {
      return await look();
    } finally {
      await this.#clock({ advance_ms: 0, hold_looks: false });
    }
  }

  /** Ends it if it runs, and removes its folder and its database. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
    await this.database?.drop();
  }

  /** Moves the server's clock forward. */
  async advance(milliseconds: number): Promise<void> {
    await this.#clock({ advance_ms: milliseconds });
  }

  /** Only a server with the feature `test-clock` knows this address. */
  async #clock(wanted: { advance_ms: number; hold_looks?: boolean }): Promise<void> {
    const answer = await fetch(`${this.url}/__test/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wanted),
    });
    if (!answer.ok) throw new Error(`the test clock answered ${answer.status}: ${await answer.text()}`);
  }

  /** Runs another command of the binary on the same data. What it says on standard output. */
  async command(args: string[], input = ''): Promise<string> {
    const child = spawn(this.#binary(), [...args, ...this.#place()], { env: environment(), stdio: ['pipe', 'pipe', 'pipe'] });
    let [said, complained] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (complained += text.toString()));
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`nocturne ${args.join(' ')} ended with ${code}:\n${complained}`);
    return said;
  }

  /** Fills the MSP with simulated customers and monitors; that needs the server to be down for a moment. */
  async fillDemo(customers: number, monitors: number): Promise<void> {
    await this.stop();
    await this.command(['demo', '--customers', String(customers), '--monitors', String(monitors), '--seed', '1']);
    await this.start();
  }

  #binary(): string {
    return resolve(given('NOCTURNE_BIN'));
  }

  #place(): string[] {
    return ['--data-dir', this.folder, ...(this.database ? ['--database-url', this.database.url] : [])];
  }

  async #spawn(args: string[]): Promise<void> {
    if (this.#child !== undefined) throw new Error('the server runs already');
    const child = spawn(this.#binary(), [...args, ...this.#place()], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    await this.#listening(child);
  }

  #listening(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`the server ${why}:\n${this.log}`));
      const timer = setTimeout(() => fail(`did not listen within ${START_MS / 1000} s`), START_MS);
      child.once('error', (error) => fail(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) => fail(`ended with ${code ?? signal} before it listened`));
      child.once('close', () => clearTimeout(timer));
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on('line', (line) => {
          this.#note(line);
          if (line.includes(`listening on ${this.url}`)) {
            clearTimeout(timer);
            resolve();
          }
        });
      }
    });
  }

  #note(line: string): void {
    this.#log.push(line);
    if (this.#log.length > LOG_LINES) this.#log.shift();
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Without the NOCTURNE_ variables: a server reads its settings from them, and a test names its own. A captcha is asked for where a
 * test's flags say so: the others post forms. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('NOCTURNE_'));
  return { ...Object.fromEntries(others), NOCTURNE_CAPTCHA: 'off' };
}

/** A variable that `cargo xtask test` sets. */
function given(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run \`cargo xtask test\``);
  return value;
}
