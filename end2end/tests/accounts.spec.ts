// Accounts that stand on their own, how long a termination can be undone, and the settings of the MSP.
import { addCustomer, addMonitor, createAccount, idIn, takeStep } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN, OWNER, signIn } from './people.ts';
import { cardOf, field, hydrated, open } from './screens.ts';
import { linkIn } from './smtp.ts';
import { openWall, shining } from './wall.ts';

const DAY = 24 * 60 * 60 * 1000;

test.use({ mails: true });

test('[B4][B6] an existing account is asked for, approved, watched, and leaves', async ({ admin: page, server, sink, elsewhere, web }) => {
  const id = await createAccount(server, 'Harbor Logistics', OWNER);
  const owner = await elsewhere();
  await signIn(owner.request, OWNER);
  await open(owner, '/');
  await expect(owner).toHaveURL('/portal');
  await expect(owner.locator('main')).toContainText('No MSP manages this account');
  await expect(field(owner, 'Customer id')).toHaveValue(id);

  await test.step('the MSP asks by the id; one that does not exist is refused at the field', async () => {
    await open(page, '/customers/new');
    await page.getByRole('link', { name: /existing customer/i }).click();
    await field(page, 'Customer id').fill(id.replace('cus_0', 'cus_f'));
    await page.getByRole('button', { name: 'Ask for approval' }).click();
    await expect(field(page, 'Customer id')).toHaveAccessibleDescription(/There is no account with this id/);
    await field(page, 'Customer id').fill(id);
    await page.getByRole('button', { name: 'Ask for approval' }).click();
    await expect(page).toHaveURL('/customers?state=pending');
    await page.getByRole('link', { name: 'Harbor Logistics' }).click();
    await expect(page.getByRole('status').first()).toContainText('waits for its Super Admin');
    await expect(page.getByRole('link', { name: 'Edit', exact: true })).toHaveCount(0);
    expect((await sink.mailTo(OWNER.email)).subject).toBe('Meridian Managed asks to manage Harbor Logistics');
  });

  await test.step('withdrawn, it is gone from both; asked again, it is there', async () => {
    await page.getByRole('link', { name: 'Withdraw request' }).click();
    await page.getByRole('button', { name: 'Withdraw the request to Harbor Logistics' }).click();
    await expect(page).toHaveURL('/customers?state=pending');
    await expect(page.getByRole('link', { name: 'Harbor Logistics' })).toHaveCount(0);
    await open(owner, '/portal');
    await expect(owner.getByRole('region', { name: 'Earlier requests' })).toContainText('Withdrawn by the MSP');
    await open(page, '/customers/existing');
    await field(page, 'Customer id').fill(id);
    await page.getByRole('button', { name: 'Ask for approval' }).click();
    await expect(page).toHaveURL('/customers?state=pending');
  });

  await test.step('its Super Admin follows the mail, sees what is asked and what stays theirs, and approves', async () => {
    const mail = await sink.mailTo(OWNER.email, 2);
    await owner.context().clearCookies();
    await owner.goto(linkIn(mail));
    await expect(owner).toHaveURL(/\/sign-in\?next=/);
    await hydrated(owner);
    await field(owner, 'Email').fill(OWNER.email);
    await owner.getByLabel('Password').fill(OWNER.password);
    await owner.getByRole('button', { name: 'Sign in' }).click();
    await expect(owner.getByRole('heading', { level: 1, name: 'Meridian Managed asks to manage Harbor Logistics' })).toBeVisible();
    await expect(owner.locator('main')).toContainText(`${ADMIN.name} <${ADMIN.email}>`);
    await expect(owner.getByRole('heading', { name: 'What you keep' })).toBeVisible();
    await owner.getByRole('button', { name: 'Approve' }).click();
    await expect(owner).toHaveURL('/portal?done=approve');
    await expect(owner.locator('main')).toContainText('Meridian Managed manages this account');
  });

  await test.step('it has a card, and its monitors are on the wall and in its own account', async () => {
    await addMonitor(page.request, `/customers/${id}`, { name: 'web shop', kind: 'http', url: web.url });
    await open(page, '/');
    await expect(cardOf(page, 'Harbor Logistics')).toBeVisible();
    await openWall(page);
    await shining(page, 'green', 1);
    await open(owner, '/portal');
    await expect(owner.getByRole('region', { name: 'Monitors' })).toContainText('web shop');
  });

  await test.step('it leaves: the wall is empty at once, and the account goes on', async () => {
    await owner.getByRole('link', { name: 'Leave Meridian Managed' }).click();
    await owner.getByRole('button', { name: 'Leave Meridian Managed' }).click();
    await expect(owner.getByRole('status').first()).toContainText('You left');
    await expect(owner.locator('main')).toContainText('No MSP manages this account');
    await expect(field(owner, 'Customer id')).toHaveValue(id);
    await page.bringToFront();
    await shining(page, 'green', 0);
    await open(page, '/audit');
    await expect(page.getByRole('row', { name: /Account left/ })).toContainText(OWNER.email);
  });
});

test('[B1][B5] two admins at once, and what is final after the days that the MSP has set', async ({ admin: page, context, server }) => {
  const path = await addCustomer(page.request, 'Harbor Logistics');
  await open(page, '/settings');
  await field(page, 'Days in which a termination can be undone').fill('400');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(field(page, 'Days in which a termination can be undone')).toHaveAccessibleDescription(/A number from 1 to 365/);
  await field(page, 'Days in which a termination can be undone').fill('3');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status').first()).toContainText('The settings are saved');

  await open(page, `${path}/step/terminate`);
  await expect(page.locator('main')).toContainText('can be restored for 3 days');
  await field(page, 'Reason').fill('The contract ended');
  const other = await context.newPage();
  await open(other, path);
  await other.getByRole('link', { name: 'Downgrade to Free' }).click();
  await other.getByRole('button', { name: 'Downgrade Harbor Logistics to Free' }).click();
  await expect(other.getByRole('link', { name: 'Upgrade to Active' })).toBeVisible();
  await page.bringToFront();
  await page.getByRole('button', { name: 'Terminate Harbor Logistics' }).click();
  await expect(page.getByRole('alert')).toContainText(`${ADMIN.name} <${ADMIN.email}> changed this account in the meantime: it is Free now`);
  await expect(field(page, 'Reason')).toHaveValue('The contract ended');

  await takeStep(page.request, path, 'terminate', 'The contract ended');
  await server.advance(3 * DAY - 60_000);
  await open(page, path);
  await expect(page.getByRole('alert')).toContainText('It can be restored until');
  await page.getByRole('link', { name: 'Restore' }).click();
  await expect(page.locator('main')).toContainText('It can be restored until');
  await server.advance(2 * 60_000);
  await page.getByRole('button', { name: 'Restore Harbor Logistics' }).click();
  await expect(page.getByRole('alert')).toContainText('Restore is not possible while the account is Inactive');
  await open(page, path);
  await expect(page.getByRole('alert')).toContainText('Now this is final');
  await expect(page.getByRole('link', { name: 'Restore' })).toHaveCount(0);
});

test('[B2] who reads the portal is signed out in the moment of the termination', async ({ admin: page, join, web }) => {
  const path = await addCustomer(page.request, 'Harbor Logistics');
  await addMonitor(page.request, path, { name: 'web shop', kind: 'http', url: web.url });
  const reader = await join({ name: 'Carl Reader', email: 'carl@harbor.example', password: 'my own little portal' }, 'customer', idIn(path));
  await open(reader, '/portal');
  await expect(reader.getByRole('region', { name: 'Monitors' })).toContainText('web shop');
  await takeStep(page.request, path, 'terminate', 'The contract ended');
  await reader.goto('/portal');
  await expect(reader).toHaveURL('/sign-in?next=/portal');
});
