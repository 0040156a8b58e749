// Invitations by real mail, the outbox, and the people of the MSP and of a customer.
import type { Locator, Page } from '@playwright/test';
import { addCustomer } from './customers.ts';
import { expect, MAIL_FROM, test } from './fixtures.ts';
import { ADMIN } from './people.ts';
import { field, hydrated, open } from './screens.ts';
import { linkIn } from './smtp.ts';

test.use({ mails: true });

const MINUTE = 60_000;

test('[D2][C3][K2] a customer’s person is invited by mail, accepts once, reads the portal, and is removed', async ({ admin: page, sink, elsewhere }) => {
  const customer = await addCustomer(page.request, 'Harbor & Sons', { language: 'de' });
  await open(page, customer);
  await page.getByRole('link', { name: 'All users and invitations' }).click();
  await page.getByRole('link', { name: 'Invite' }).click();
  await field(page, 'Email').fill('rita@harbor');
  await field(page, 'Name').fill('Rita');
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  await expect(field(page, 'Email')).toHaveAccessibleDescription(/looks like name@example.com/);
  await expect(field(page, 'Name')).toHaveValue('Rita');
  await field(page, 'Email').fill('rita@harbor.example');
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  const invitation = page.getByRole('row', { name: /rita@harbor\.example/ });
  await expect(invitation).toContainText('Open');

  const mail = await sink.mailTo('rita@harbor.example');
  expect(mail.subject).toBe('Meridian Managed: So steht es um Harbor & Sons');
  expect(mail.from?.text).toContain(MAIL_FROM.split(' <')[0]!);
  expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
  const link = linkIn(mail);
  expect(mail.html).toContain('Harbor &amp; Sons');
  expect(mail.html).toContain(`href="${link}"`);

  const rita = await elsewhere();
  await open(rita, link);
  await expect(rita.getByText('Harbor & Sons')).toBeVisible();
  await expect(rita.getByText('rita@harbor.example')).toBeVisible();
  await field(rita, 'Your name').fill('Rita Núñez');
  await rita.getByLabel('Password').fill('short');
  await rita.getByRole('button', { name: 'Accept the invitation' }).click();
  await expect(rita.getByLabel('Password')).toHaveAccessibleDescription(/At least 12 characters/);
  await expect(field(rita, 'Your name')).toHaveValue('Rita Núñez');
  await rita.getByLabel('Password').fill('my own little portal');
  await rita.getByRole('button', { name: 'Accept the invitation' }).click();
  await expect(rita).toHaveURL('/portal');
  await expect(rita.getByRole('heading', { level: 1, name: 'Harbor & Sons' })).toBeVisible();

  const second = await elsewhere();
  await open(second, link);
  await expect(second.getByRole('heading', { name: 'This invitation is over' })).toBeVisible();

  await open(page, '/installation');
  await expect(page.getByRole('region', { name: 'Mail' })).toContainText('Sent1 in the last minute');
  await page.goBack();
  await hydrated(page);
  await expect(invitation.last()).toContainText('Accepted');
  await page.getByRole('row', { name: /Rita Núñez/ }).getByText('Remove', { exact: true }).click();
  await page.getByRole('button', { name: 'Remove this person' }).click();
  await expect(page.getByText('Nobody of this customer can sign in yet.')).toBeVisible();
  await rita.goto('/portal');
  await expect(rita).toHaveURL(/sign-in/);
});

test('[C3] staff is invited, sent again and revoked; without JavaScript one accepts; a role is changed, a person removed', async ({
  admin: page,
  sink,
  elsewhere,
}) => {
  await invite(page, 'otto@msp.example');
  await invite(page, 'uma@msp.example');
  const otto = page.getByRole('row', { name: /otto@msp\.example/ });
  const first = linkIn(await sink.mailTo('otto@msp.example'));
  await page.getByRole('button', { name: 'Send again the invitation of otto@msp.example' }).click();
  const again = linkIn(await sink.mailTo('otto@msp.example', 2));
  expect(again).not.toBe(first);
  const uma = linkIn(await sink.mailTo('uma@msp.example'));
  await page.getByRole('button', { name: 'Revoke the invitation of uma@msp.example' }).click();
  await expect(page.getByRole('row', { name: /uma@msp\.example/ })).toContainText('Revoked');

  const plain = await elsewhere({ javaScriptEnabled: false });
  for (const dead of [first, uma, `${uma}x`]) {
    const answer = await plain.goto(dead);
    expect(answer?.status()).toBe(404);
    await expect(plain.getByRole('heading', { name: 'This invitation is over' })).toBeVisible();
  }
  await plain.goto(again);
  await plain.getByLabel('Your name').fill('Otto Berg');
  await plain.getByLabel('Password').fill('short');
  await plain.getByRole('button', { name: 'Accept the invitation' }).click();
  await expect(plain.getByLabel('Password')).toHaveAccessibleDescription(/At least 12 characters/);
  await expect(plain.getByLabel('Your name')).toHaveValue('Otto Berg');
  await plain.getByLabel('Password').fill('night shift at the desk');
  await plain.getByRole('button', { name: 'Accept the invitation' }).click();
  await expect(plain.getByRole('heading', { name: 'Customer health' })).toBeVisible();
  await plain.goto('/users');
  await expect(plain.getByRole('link', { name: 'Invite' })).toHaveCount(0);

  await open(page, '/users');
  await expect(otto.last()).toContainText('Accepted');
  await page.getByRole('link', { name: 'Otto Berg' }).click();
  await page.getByText('Make MSP Admin', { exact: true }).click();
  await page.getByRole('button', { name: 'Make MSP Admin now' }).click();
  await expect(page.getByText('Make MSP Operator', { exact: true })).toBeVisible();
  await plain.goto('/users');
  await expect(plain.getByRole('link', { name: 'Invite' })).toBeVisible();

  // Nobody does it to themselves.
  await open(page, '/users');
  await page.getByRole('table', { name: 'MSP users' }).getByRole('link', { name: ADMIN.name }).click();
  await expect(page.getByRole('heading', { level: 1, name: ADMIN.name })).toBeVisible();
  await expect(page.getByText(/^(Remove|Make MSP Operator)$/)).toHaveCount(0);

  await open(page, '/users');
  await page.getByRole('link', { name: 'Otto Berg' }).click();
  await page.getByText('Remove', { exact: true }).click();
  await page.getByRole('button', { name: 'Remove this person' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'People' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Otto Berg' })).toHaveCount(0);
  await plain.goto('/users');
  await expect(plain).toHaveURL(/sign-in/);
});

test('[C3] the outbox says why a mail waits; it goes out once the mail server is back, or by hand after a refusal', async ({
  admin: page,
  server,
  sink,
}) => {
  await sink.stop();
  await invite(page, 'otto@msp.example');
  const otto = page.getByRole('row', { name: /otto@msp\.example/ });
  await shows(page, otto, ['Queued', `The mail server 127.0.0.1:${sink.port} cannot be reached`, 'tried again']);
  await sink.start();
  expect(sink.mails).toHaveLength(0);
  await server.advance(MINUTE);
  const late = await sink.mailTo('otto@msp.example');
  await shows(page, otto, ['Sent']);
  await expect(otto).not.toContainText('cannot be reached');

  sink.refuses = { code: 550, words: 'No such person here' };
  await invite(page, 'uma@msp.example');
  const uma = page.getByRole('row', { name: /uma@msp\.example/ });
  await shows(page, uma, ['Failed', '550 No such person here']);
  const { attempts } = sink;
  await server.advance(24 * 60 * MINUTE);
  sink.refuses = undefined;
  await open(page, '/outbox?state=failed');
  await expect(page.getByRole('row')).toHaveCount(2);
  expect(sink.attempts).toBe(attempts);
  await page.getByRole('button', { name: 'Send again the mail to uma@msp.example' }).click();
  await expect(page.getByRole('heading', { name: 'No mail here' })).toBeVisible();
  const mail = await sink.mailTo('uma@msp.example');

  // Who reads over the receiver's shoulder does not get the link.
  await open(page, '/outbox');
  await page.getByRole('link', { name: 'uma@msp.example' }).click();
  await expect(page.getByText('[a link that only the receiver gets]')).toBeVisible();
  expect(await page.content()).not.toContain(linkIn(mail));
  expect(late.messageId).not.toBe(mail.messageId);
});

/** Invites a member of staff, an operator, and ends on the list. */
async function invite(page: Page, email: string): Promise<void> {
  await open(page, '/users/invite');
  await field(page, 'Email').fill(email);
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  await expect(page.getByRole('row', { name: new RegExp(email) })).toContainText('Open');
}

/** Reads the outbox until the row says all of it. */
async function shows(page: Page, row: Locator, words: string[]): Promise<void> {
  await open(page, '/outbox');
  await expect(async () => {
    await page.reload();
    const text = await row.textContent();
    for (const word of words) expect(text).toContain(word);
  }).toPass({ timeout: 20_000, intervals: [500] });
}
