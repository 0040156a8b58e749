// A real SMTP server that keeps what it is sent. It asks for a name and a password, can be stopped and started where it was, and refuses
// what a test tells it to refuse.
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { expect } from '@playwright/test';
import { freePort } from './ports.ts';

const NAME = 'nocturne';
const PASSWORD = 'mail p@ss:word';

/** What a server says when it refuses: 4xx for now, 5xx for good. */
export interface Refused {
  code: number;
  words: string;
}

export class MailSink {
  /** Everything that was taken, the oldest first. */
  readonly mails: ParsedMail[] = [];
  /** While set, every receiver is refused with it. */
  refuses: Refused | undefined;
  /** How often a sender has begun to send. */
  attempts = 0;

  #server: SMTPServer | undefined;

  private constructor(readonly port: number) {}

  static async start(): Promise<MailSink> {
    const sink = new MailSink(await freePort());
    await sink.start();
    return sink;
  }

  /** For `--smtp-url`. */
  get url(): string {
    return `smtp://${NAME}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const server = new SMTPServer({
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      // Of connections that are open when it is stopped.
      closeTimeout: 100,
      onAuth: ({ username, password }, _session, done) => {
        if (username === NAME && password === PASSWORD) done(null, { user: username });
        else done(answer({ code: 535, words: 'Authentication failed' }));
      },
      onRcptTo: (_address, _session, done) => {
        this.attempts += 1;
        done(this.refuses === undefined ? null : answer(this.refuses));
      },
      onData: (stream, _session, done) => {
        this.#take(stream).then(
          () => done(),
          (error: Error) => done(error),
        );
      },
    });
    // A sender may hang up whenever it likes.
    server.on('error', () => {});
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.#server = server;
  }

  /** From here on a connection is refused; those that are open are cut. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** The newest mail to an address; waits until there are `count` of them. */
  async mailTo(address: string, count = 1): Promise<ParsedMail> {
    const found = () => this.mails.filter((mail) => receivers(mail).includes(address));
    await expect.poll(() => found().length, { message: `mails to ${address}`, timeout: 20_000 }).toBeGreaterThanOrEqual(count);
    return found().at(-1)!;
  }

  async #take(stream: SMTPServerDataStream): Promise<void> {
    this.mails.push(await simpleParser(stream));
  }
}

/** The one link in a mail's text. */
export function linkIn(mail: ParsedMail): string {
  const links = mail.text?.match(/https?:\/\/\S+/g) ?? [];
  expect(links, mail.text).toHaveLength(1);
  return links[0]!;
}

function receivers(mail: ParsedMail): string[] {
  const to = mail.to === undefined ? [] : [mail.to].flat();
  return to.flatMap((list) => list.value.map((one) => one.address ?? ''));
}

function answer({ code, words }: Refused): Error {
  return Object.assign(new Error(words), { responseCode: code });
}
