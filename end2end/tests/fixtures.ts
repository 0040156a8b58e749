// What a test gets: a server of its own on the engine of its project, and pages that fail the test when they misbehave.
//
//   test.use({ flags: ['--churn', '1000'] });
//   test('...', async ({ page, server, problems }) => { ... });
//   test.use({ mails: true }) gives the server an SMTP server, and the test what arrives there: ({ sink }) => ...
import { test as base, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import { setUp, signIn, type Person } from './people.ts';
import { Problems } from './problems.ts';
import { Server, type ServerOptions } from './server.ts';
import { MailSink } from './smtp.ts';
import { TlsTarget, WebTarget } from './targets.ts';

/** Who the server's mails are from. */
export const MAIL_FROM = 'Meridian Managed <noc@msp.example>';

interface Fixtures {
  server: Server;
  problems: Problems;
  /** The page of the MSP's admin, who has set it up and is signed in. */
  admin: Page;
  /** Adds a person of the MSP, or of a customer (its id), who gets a browser of their own and is signed in there. */
  join: (person: Person, role: 'admin' | 'operator' | 'customer', customer?: string) => Promise<Page>;
  /** A page in a browser of its own, in which nobody is signed in. */
  elsewhere: (options?: BrowserContextOptions) => Promise<Page>;
  /** Started; the test may stop it. */
  web: WebTarget;
  /** Its certificate ends in five days. */
  tls: TlsTarget;
  /** Where the server's mails go, with `test.use({ mails: true })`; without it there is none. */
  sink: MailSink;
  sinkIfAny: MailSink | undefined;
}

interface MailOptions {
  /** Whether the server has an SMTP server to send by. */
  mails: boolean;
}

export const test = base.extend<ServerOptions & MailOptions & Fixtures>({
  engine: ['sqlite', { option: true }],
  flags: [[], { option: true }],
  mails: [false, { option: true }],

  sinkIfAny: async ({ mails }, use) => {
    const sink = mails ? await MailSink.start() : undefined;
    await use(sink);
    await sink?.stop();
  },

  sink: async ({ sinkIfAny }, use) => {
    if (sinkIfAny === undefined) throw new Error('this test has no SMTP server: test.use({ mails: true })');
    await use(sinkIfAny);
  },

  server: async ({ engine, flags, sinkIfAny }, use, info) => {
    const mail = sinkIfAny === undefined ? [] : ['--smtp-url', sinkIfAny.url, '--mail-from', MAIL_FROM];
    const server = await Server.start({ engine, flags: [...flags, ...mail] });
    try {
      await use(server);
      await server.stop();
      if (server.log.includes('panicked at')) throw new Error(`the server panicked:\n${server.log}`);
    } finally {
      if (info.errors.length > 0) await info.attach('server.log', { body: server.log });
      await server.remove();
    }
  },

  baseURL: async ({ server }, use) => use(server.url),

  problems: async ({}, use, info) => {
    const problems = new Problems();
    await use(problems);
    // A test that failed says why itself; what was noted beside may be the cause.
    if (info.errors.length === 0) problems.check();
    else if (problems.unexpected.length > 0) await info.attach('problems.txt', { body: problems.unexpected.join('\n') });
  },

  context: async ({ context, problems, server }, use) => {
    await problems.watch(context, server.url);
    await use(context);
  },

  admin: async ({ page }, use) => {
    await setUp(page.request);
    await use(page);
  },

  elsewhere: async ({ browser, contextOptions, problems, server }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ ...contextOptions, baseURL: server.url, ...options });
      contexts.push(context);
      await problems.watch(context, server.url);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },

  join: async ({ elsewhere, server }, use) => {
    await use(async (person, role, customer) => {
      const { email, name, password } = person;
      const whose = customer === undefined ? [] : ['--customer', customer];
      const about = ['--role', role, ...whose, '--email', email, '--name', name];
      await server.command(['user', 'create', ...about, '--password-stdin'], password);
      const page = await elsewhere();
      await signIn(page.request, person);
      return page;
    });
  },

  web: async ({}, use) => {
    const web = await WebTarget.start();
    await use(web);
    await web.stop();
  },

  tls: async ({}, use) => {
    const tls = await TlsTarget.start(5);
    await use(tls);
    await tls.stop();
  },
});

export { expect } from '@playwright/test';
