// The browser tests. `cargo xtask test` sets the environment; each test starts a server of its own, so nothing is shared.
import { defineConfig } from '@playwright/test';
import type { ServerOptions } from './tests/server.ts';

const chromium = {
  viewport: { width: 1920, height: 1080 },
  locale: 'en-GB',
  timezoneId: 'Europe/Berlin',
  launchOptions: {
    executablePath: process.env.NOCTURNE_CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Screenshots are searched for the exact colours of a status.
      '--force-color-profile=srgb',
    ],
  },
};

// Only of what failed once, and without a film of the page: on two cores either would slow down every test.
const trace = { mode: 'on-first-retry', screenshots: false, snapshots: true, sources: false } as const;

export default defineConfig<ServerOptions>({
  testDir: 'tests',
  outputDir: 'results',
  fullyParallel: true,
  workers: 2,
  // What passes at its second attempt only is reported as flaky, which is a defect too, but not of the change.
  retries: 1,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: { ...chromium, trace, actionTimeout: 15_000 },
  projects: [
    { name: 'sqlite', use: { engine: 'sqlite' } },
    // What a screen shows does not depend on the engine, and the tests of store and HTTP run on both: here stand those that go the whole
    // way once, and those that take the database away.
    { name: 'postgres', testMatch: /(faults|smoke|story)\.spec\.ts/, use: { engine: 'postgres' } },
  ],
});
