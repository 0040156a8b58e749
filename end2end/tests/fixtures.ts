// What a test gets: a server of its own on the engine of its project, and pages that fail the test when they misbehave.
//
//   test.use({ flags: ['--churn', '1000'] });
//   test('...', async ({ page, server, problems }) => { ... });
import { test as base } from '@playwright/test';
import { Problems } from './problems.ts';
import { Server, type ServerOptions } from './server.ts';
import { TlsTarget, WebTarget } from './targets.ts';

interface Fixtures {
  server: Server;
  problems: Problems;
  /** Started; the test may stop it. */
  web: WebTarget;
  /** Its certificate ends in five days. */
  tls: TlsTarget;
}

export const test = base.extend<ServerOptions & Fixtures>({
  engine: ['sqlite', { option: true }],
  flags: [[], { option: true }],

  server: async ({ engine, flags }, use, info) => {
    const server = await Server.start({ engine, flags });
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
