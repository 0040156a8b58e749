// What those who run the machine see, and an upgrade under open pages.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { OPERATOR } from './people.ts';
import { field, goToSection, hydrated, open } from './screens.ts';
import type { Server } from './server.ts';
import { openWall } from './wall.ts';

test('[K2] the installation shows an admin what comes in, and nobody else', async ({ admin: page, join: joined }) => {
  const harbor = await addCustomer(page.request, 'Harbor');
  await addMonitor(page.request, harbor, { name: 'web', kind: 'simulated', profile: 'steady' });
  await open(page, '/');
  await page.getByRole('link', { name: 'Installation' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Installation' })).toBeVisible();
  const simulated = page.getByRole('row').filter({ has: page.getByRole('cell', { name: 'Simulation' }) });
  await expect(simulated.getByRole('cell').nth(2)).toHaveText(/^[1-9]/, { timeout: 20_000 });
  await expect(page.getByText(/in the last minute, .* since the start/).first()).toBeVisible();

  const operator = await joined(OPERATOR, 'operator');
  await open(operator, '/customers');
  await expect(operator.getByRole('link', { name: 'Installation' })).toHaveCount(0);
  const refused = await operator.goto('/installation');
  expect(refused?.status()).toBe(403);
});

/** A site that differs in its build alone: what an upgrade brings. */
async function upgraded(server: Server): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nocturne-site-'));
  await cp(server.site, folder, { recursive: true });
  const { build } = JSON.parse(await readFile(join(folder, 'site.json'), 'utf8')) as { build: string };
  await cp(join(folder, 'pkg', build), join(folder, 'pkg', 'another'), { recursive: true });
  await rm(join(folder, 'pkg', build), { recursive: true });
  await writeFile(join(folder, 'site.json'), '{"build":"another"}');
  return folder;
}

test('[K3] after an upgrade an open form keeps what was typed and a running wall reloads by itself', async ({ admin: page, server, problems }) => {
  const site = await upgraded(server);
  try {
    await server.fillDemo(3, 30);
    const wall = await page.context().newPage();
    await openWall(wall);
    await page.bringToFront();
    await open(page, '/customers/new');
    await field(page, 'Company').fill('Ärzte am Süd');
    await field(page, 'Website').fill('https://sued.example');

    problems.expect(/ERR_CONNECTION_REFUSED|\/live\/stream/);
    await server.stop();
    server.site = site;
    await server.start();

    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await page.getByRole('button', { name: 'Reload' }).click();
    await expect(page.locator('meta[name="nocturne-build"]')).toHaveAttribute('content', 'another');
    await hydrated(page);
    await expect(field(page, 'Company')).toHaveValue('Ärzte am Süd');
    await goToSection(page, 'Main contact');
    await field(page, 'Email').fill('it@sued.example');
    await goToSection(page, 'Review and create');
    await page.getByRole('button', { name: 'Create customer' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Ärzte am Süd' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'https://sued.example' })).toBeVisible();

    await wall.bringToFront();
    await expect(wall.locator('meta[name="nocturne-build"]')).toHaveAttribute('content', 'another', { timeout: 40_000 });
    await expect(wall.locator('.wbar .chip.live')).toBeVisible({ timeout: 20_000 });
  } finally {
    await rm(site, { recursive: true });
  }
});
