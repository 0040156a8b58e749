// Every page on a large screen and on a phone, light and dark: nothing is wider than the screen, axe-core reports nothing, and there is
// a picture to look at.
import type { Page } from '@playwright/test';
import { broken, OF_COLOUR } from './axe.ts';
import { addCustomer, addMonitor, createAccount, idIn, takeStep } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN, OPERATOR, OWNER, send, setUp, signIn } from './people.ts';
import { hydrated, open } from './screens.ts';
import { linkIn } from './smtp.ts';
import { emptyPort } from './targets.ts';
import { live } from './wall.ts';

const SCREENS = [
  { width: 1920, height: 1080 },
  { width: 390, height: 844 },
];
const THEMES = ['light', 'dark'] as const;

test.use({ mails: true });

test('every page fits a large screen and a phone, in light and dark', async ({ page, server, web, join, sink, elsewhere }, info) => {
  test.setTimeout(600_000);
  const look = (on: Page, name: string) => lookAt(on, name, (file) => info.outputPath(file));

  await open(page, '/');
  await look(page, 'set-up');
  await setUp(page.request);
  await open(page, '/');
  await look(page, 'health-empty');
  await open(page, '/wall');
  await look(page, 'wall-empty');

  const customer = await addCustomer(page.request, 'Harbor Logistics and Cold Storage International', {
    contact_first: 'Zoë',
    contact_last: 'Núñez',
    website: 'https://www.harbor-logistics.example/a/rather/long/address?of=a&web=page',
    address1: '12 Quay Street',
    city: 'Kingston upon Hull',
    country: 'United Kingdom',
  });
  const monitor = await addMonitor(page.request, customer, { name: 'web shop with a long name of its own', kind: 'http', url: web.url });
  const down = await addMonitor(page.request, customer, { name: 'archive', kind: 'tcp', host: '127.0.0.1', port: String(await emptyPort()) });
  const heartbeat = await addMonitor(page.request, customer, { name: 'nightly backup', kind: 'heartbeat', interval_s: '86400', grace_s: '3600' });
  await send(page.request, 'location-save', {
    customer: idIn(customer),
    'input[name]': 'Warehouse of the northern docks, building 12',
    'input[address1]': '12 Quay Street',
    'input[city]': 'Kingston upon Hull',
    'input[on_dashboard]': 'yes',
  });
  const gone = await addCustomer(page.request, 'Former Customer');
  await takeStep(page.request, gone, 'terminate', 'The contract ended, and was not renewed.');
  const asked = await createAccount(server, 'Quay and Sons', OWNER);
  // Away from the wall, whose stream would miss the server meanwhile.
  await open(page, '/audit');
  await send(page.request, 'group-create', { name: 'Ports and warehouses of the north', 'tick[]': idIn(customer) });
  await send(page.request, 'group-create', { name: 'Former' });
  await send(page.request, 'invite', { customer: idIn(customer), 'input[email]': 'a.reader.with.a.rather.long.name@harbor-logistics.example' });
  const invitation = linkIn(await sink.mailTo('a.reader.with.a.rather.long.name@harbor-logistics.example'));
  sink.refuses = { code: 550, words: 'There is no such person at this address, and there has never been one' };
  await send(page.request, 'invite', { 'input[email]': 'otto@msp.example', 'input[name]': 'Otto Berg', 'input[role]': 'operator' });
  await expect.poll(() => sink.attempts).toBe(2);
  await server.fillDemo(60, 1500);
  // One that is over, one of all, and one that was just made.
  const kiosk = (name: string, more: Record<string, string>) => send(page.request, 'kiosk-create', { name, days: '90', view: 'far', ...more });
  await kiosk('Screen in the entrance hall of the operations centre, left of the door', { scope: 'all' });
  await open(page, '/kiosks');
  const kioskLink = await page.getByRole('textbox', { name: 'Link' }).inputValue();
  await kiosk('Waiting room', { scope: 'chosen', 'tick[]': idIn(customer) });
  await open(page, '/kiosks');
  await look(page, 'kiosk-made');
  await send(page.request, 'second-factor-offer', { password: ADMIN.password });
  await send(page.request, 'customer-existing', { customer: asked });

  // A draft with something wrong in it.
  const draft = `drf_${'7'.repeat(32)}`;
  await send(page.request, 'draft-save', { draft, section: 'company', to: 'address', 'input[company]': 'Harbor Marine Services', 'industry[]': 'Logistics' });
  await send(page.request, 'draft-save', { draft, section: 'contact', to: 'next', 'input[email]': 'office@', 'input[mobile]': '12 monkeys' });
  const rows = [
    ['services', { 'items[0][service]': 'none of these', 'items[0][quantity]': '3' }],
    ['locations', { 'locations[0][name]': 'Depot', 'locations[0][country]': 'Atlantis' }],
    ['contacts', { 'contacts[0][first_name]': 'Zoë', 'contacts[0][location]': 'Depot' }],
  ] as const;
  for (const [section, typed] of rows) await send(page.request, 'draft-save', { draft, section, to: section, ...typed });
  const pages: Record<string, string> = {
    health: '/',
    customers: '/customers',
    'customers-nothing': '/customers?q=nobody',
    'customers-filtered': '/customers?name=a&devices_from=1&devices_to=90&added_from=2020-01-01',
    'customers-filter-wrong': '/customers?devices_from=7&devices_to=3&added_to=2026-02-30',
    'customer-delete': `${customer}/delete`,
    'export-unknown': '/exports/nobodys',
    customer,
    'customer-inactive': gone,
    'customer-pending': `/customers/${asked}`,
    'step-withdraw': `/customers/${asked}/step/withdraw`,
    'customer-existing': '/customers/existing',
    drafts: '/customers/new',
    'customer-new': '/customers/new?section=company',
    'customer-new-contact': `/customers/new?draft=${draft}&section=contact`,
    'customer-new-account': `/customers/new?draft=${draft}&section=account`,
    ...Object.fromEntries(rows.map(([section]) => [`customer-new-${section}`, `/customers/new?draft=${draft}&section=${section}`])),
    'customer-new-review': `/customers/new?draft=${draft}&section=review`,
    'customer-edit': `${customer}/edit`,
    import: '/customers/import',
    ...(await importPages(page)),
    'step-terminate': `${customer}/step/terminate`,
    'step-downgrade': `${customer}/step/downgrade`,
    monitors: '/monitors',
    monitor,
    'monitor-down': down,
    'monitor-heartbeat': heartbeat,
    'monitor-hour': `${monitor}?range=1h`,
    'monitor-new': `${customer}/monitors/new`,
    'monitor-edit': `${monitor}/edit`,
    outages: '/outages',
    'wall-table': '/wall?as=table',
    'wall-replay-unreadable': '/wall?at=yesterday',
    maintenance: '/maintenance',
    'maintenance-choose': '/maintenance/new',
    'maintenance-new': `${customer}/maintenance/new`,
    services: `${customer}/services`,
    locations: `${customer}/locations`,
    contacts: `${customer}/contacts`,
    catalogue: '/catalogue',
    'catalogue-level': '/catalogue/new-level',
    'catalogue-rates': '/catalogue/new-rates',
    audit: '/audit',
    settings: '/settings',
    'audit-filtered': '/audit?who=ada&kind=customer.created&from=2020-01-01',
    kiosks: '/kiosks',
    'kiosk-new': '/kiosks/new',
    installation: '/installation',
    account: '/account',
    'second-factor': '/account/second-factor',
    'health-list': '/?view=list',
    'health-none': '/?view=grid&show=none',
    groups: '/groups',
    'group-new': '/groups/new',
    users: '/users',
    invite: '/users/invite',
    'customer-users': `${customer}/users`,
    'customer-invite': `${customer}/users/invite`,
    outbox: '/outbox',
    'not-found': '/nothing-here',
  };
  for (const [name, path] of Object.entries(pages)) {
    await open(page, path);
    await look(page, name);
  }
  for (const [name, path, link] of [
    ['group', '/groups', 'Ports and warehouses of the north'],
    ['user', '/users', ADMIN.name],
    ['mail', '/outbox', 'otto@msp.example'],
  ] as const) {
    await open(page, path);
    await page.getByRole('link', { name: link, exact: true }).click();
    await expect(page.getByRole('link', { name: link, exact: true })).toHaveCount(0);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await look(page, name);
  }
  await page.goto('/wall');
  await live(page);
  await look(page, 'wall');
  await page.goto('/wall?at=latest');
  await expect(page.locator('.replay[data-waits="false"] time')).toBeVisible();
  await look(page, 'wall-replay');

  await page.context().clearCookies();
  await open(page, '/sign-in');
  await look(page, 'sign-in');
  const screen = await elsewhere();
  await open(screen, kioskLink);
  await live(screen);
  await look(screen, 'wall-kiosk-far');
  await screen.goto(new URL(screen.url()).pathname);
  await live(screen);
  await look(screen, 'wall-kiosk');
  await open(screen, '/kiosk/no-such-link');
  await look(screen, 'kiosk-over');
  const invited = await elsewhere();
  await open(invited, invitation);
  await look(invited, 'invitation');
  await open(invited, `${invitation}x`);
  await look(invited, 'invitation-over');
  const operator = await join(OPERATOR, 'operator');
  await open(operator, customer);
  await look(operator, 'customer-of-others');
  const reader = { name: 'Rita Reader', email: 'rita@harbor.example', password: 'my own little portal' };
  const portal = await join(reader, 'customer', idIn(customer));
  await open(portal, '/');
  await expect(portal).toHaveURL('/portal');
  await look(portal, 'portal');

  const owner = await elsewhere();
  await signIn(owner.request, OWNER);
  await open(owner, '/');
  await expect(owner).toHaveURL('/portal');
  await look(owner, 'account-asked');
  await owner.getByRole('link', { name: 'See the request' }).click();
  await expect(owner.getByRole('button', { name: 'Approve' })).toBeVisible();
  await look(owner, 'approval');
  await owner.getByRole('button', { name: 'Approve' }).click();
  await expect(owner.getByRole('status').first()).toContainText('You approved');
  await signIn(page.request, ADMIN);
  await addMonitor(page.request, asked, { name: 'quay crane', kind: 'simulated', profile: 'steady' });
  await open(owner, '/portal');
  await look(owner, 'account-managed');
  await open(owner, '/portal/leave');
  await look(owner, 'account-leave');
});

/** A file before and after it was checked: lines that are well, wrong and there already. */
async function importPages(page: Page): Promise<Record<string, string>> {
  const header = 'Company,Email,City,Groups,Shoe size,A column with a rather long name that nobody knows\n';
  const rows = 'Harbor,it@harbor.example,Hull,North;South,44,x\nÄrzte Süd,nobody,Köln,North,,\nFormer Customer,office@customer.example,,,,\n';
  const upload = async () => {
    const file = { name: 'customers of the north.csv', mimeType: 'text/csv', buffer: Buffer.from(header + rows) };
    const answer = await page.request.post('/imports', { multipart: { encoding: 'utf-8', file }, headers: { accept: 'application/json' } });
    return (await answer.json()) as string;
  };
  const [columns, report] = [await upload(), await upload()];
  const form = new URLSearchParams({ import: idIn(report), version: '1' });
  for (const target of ['company', 'email', 'city', 'groups', '-', '-']) form.append('map[]', target);
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  expect((await page.request.post('/fn/import-map', { data: form.toString(), headers })).status()).toBe(200);
  return { 'import-columns': columns, 'import-report': report };
}

async function lookAt(page: Page, name: string, file: (name: string) => string): Promise<void> {
  await hydrated(page);
  for (const screen of SCREENS) {
    await page.setViewportSize(screen);
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      const fullPage = !name.startsWith('wall');
      await page.screenshot({ path: file(`${name}-${screen.width}-${colorScheme}.png`), fullPage, animations: 'disabled' });
      // What is dark on a phone is as dark on a large screen.
      if (screen === SCREENS[0] || colorScheme === 'light') {
        const rules = colorScheme === 'dark' ? OF_COLOUR : undefined;
        expect.soft(await broken(page, rules), `axe-core on ${name} at ${screen.width}, ${colorScheme}`).toEqual([]);
      }
    }
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(wider, `${name} is wider than ${screen.width} pixels by`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize(SCREENS[0]!);
}
