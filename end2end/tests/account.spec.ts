// One's own account on the screen: the second factor, the sessions, the password.
import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { ADMIN, signIn } from './people.ts';
import { field, hydrated, open } from './screens.ts';

const STEP_MS = 30_000;
/** Longer than a secret waits for its first code. */
const TOO_LONG_MS = 16 * 60_000;

test('[C6] a second factor is set up, asked for, and replaced by a recovery code', async ({ admin, server }) => {
  test.setTimeout(150_000);
  let ahead = 0;
  const later = async (ms: number) => {
    await server.advance(ms);
    ahead += ms;
  };
  await open(admin, '/');
  await admin.getByRole('link', { name: /Your account/ }).click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Your account' })).toBeVisible();

  await test.step('a wrong password does not begin it', async () => {
    await admin.getByRole('link', { name: 'Set up a second factor' }).click();
    await admin.getByLabel('Your password').fill('wrong horse battery');
    await admin.getByRole('button', { name: 'Go on' }).click();
    await expect(admin.getByRole('alert')).toHaveText('This is not your password.');
    await expect(admin.getByLabel('Your password')).toBeFocused();
    await admin.getByLabel('Your password').fill(ADMIN.password);
    await admin.getByRole('button', { name: 'Go on' }).click();
  });

  await test.step('a secret that waits too long says so, and another one is to be had', async () => {
    const old = await admin.locator('.secret').innerText();
    await later(TOO_LONG_MS);
    await field(admin, 'Code').fill(codeOf(old.replaceAll(' ', ''), ahead));
    await admin.getByRole('button', { name: 'Switch on' }).click();
    await expect(admin.getByRole('alert')).toContainText('waited too long');
    await admin.getByLabel('Your password').fill(ADMIN.password);
    await admin.getByRole('button', { name: 'Go on' }).click();
    await expect(admin.locator('.secret')).toBeVisible();
    await expect(admin.locator('.secret')).not.toHaveText(old);
    await expect(admin.getByRole('alert')).toHaveCount(0);
  });

  const secret = await test.step('the picture and the secret are shown, and a code confirms them', async () => {
    await expect(admin.getByRole('img', { name: 'QR code of the secret' })).toBeVisible();
    const secret = (await admin.locator('.secret').innerText()).replaceAll(' ', '');
    await field(admin, 'Code').fill('000000');
    await admin.getByRole('button', { name: 'Switch on' }).click();
    await expect(admin.getByRole('alert')).toContainText('This code is not right');
    await field(admin, 'Code').fill(codeOf(secret, ahead));
    await admin.getByRole('button', { name: 'Switch on' }).click();
    return secret;
  });

  const recovery = await test.step('ten recovery codes are shown, once', async () => {
    const list = admin.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem');
    await expect(list).toHaveCount(10);
    const codes = await list.allInnerTexts();
    await open(admin, '/account/recovery-codes');
    await expect(admin.getByText('10 recovery codes are left.')).toBeVisible();
    return codes;
  });

  await test.step('signing in asks for a code', async () => {
    await later(2 * STEP_MS);
    await givePassword(admin);
    await expect(admin.getByRole('heading', { name: 'One more step' })).toBeVisible();
    await field(admin, 'Code').fill('000000');
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await expect(admin.getByRole('alert')).toContainText('This code is not right');
    await field(admin, 'Code').fill(codeOf(secret, ahead));
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await expect(admin.getByRole('heading', { name: 'Customer health' })).toBeVisible();
  });

  await test.step('without the app a recovery code signs in', async () => {
    await hydrated(admin);
    await givePassword(admin);
    await admin.getByRole('link', { name: 'Use a recovery code' }).click();
    await hydrated(admin);
    await field(admin, 'Recovery code').fill(recovery[2]!.toUpperCase());
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await expect(admin.getByRole('heading', { name: 'Customer health' })).toBeVisible();
    await open(admin, '/account');
    await expect(admin.getByText('9 recovery codes are left.')).toBeVisible();
  });

  await test.step('whoever starts again is asked for the password', async () => {
    await givePassword(admin);
    await admin.getByRole('button', { name: 'Start again' }).click();
    await expect(field(admin, 'Email')).toBeVisible();
    await expect(admin.getByRole('heading', { name: 'One more step' })).toBeHidden();
  });

  await test.step('new codes, and off again', async () => {
    await later(2 * STEP_MS);
    await givePassword(admin);
    await field(admin, 'Code').fill(codeOf(secret, ahead));
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await expect(admin.getByRole('heading', { name: 'Customer health' })).toBeVisible();
    await open(admin, '/account');
    await admin.getByRole('link', { name: 'New recovery codes' }).click();
    await admin.getByLabel('Your password').fill(ADMIN.password);
    await admin.getByRole('button', { name: 'Make new codes' }).click();
    const list = admin.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem');
    await expect(list).toHaveCount(10);
    expect(await list.allInnerTexts()).not.toContain(recovery[0]);
    await admin.getByRole('link', { name: 'I have kept them' }).click();
    await admin.getByRole('link', { name: 'Switch off' }).click();
    await admin.getByLabel('Your password').fill(ADMIN.password);
    await admin.getByRole('button', { name: 'Switch off' }).click();
    await expect(admin.getByRole('status').filter({ hasText: 'The second factor is off' })).toBeVisible();
    await expect(admin.getByRole('link', { name: 'Set up a second factor' })).toBeVisible();
  });
});

test('[C6] another browser is signed out from the list, and all others by a new password', async ({ admin, browser, contextOptions, server }) => {
  test.setTimeout(120_000);
  const elsewhere = await browser.newContext({
    ...contextOptions,
    baseURL: server.url,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
  });
  const other = await elsewhere.newPage();
  await signIn(elsewhere.request, ADMIN);
  await open(other, '/customers');

  await open(admin, '/account');
  const sessions = admin.getByRole('region', { name: 'Where you are signed in' });
  await expect(sessions.getByRole('row')).toHaveCount(3);
  await expect(sessions.getByRole('row').nth(1)).toContainText('This one');
  await expect(sessions.getByRole('row').nth(2)).toContainText(/Firefox on Linux.*127\.0\.0\.1/);
  // What is being typed meanwhile stays.
  await admin.getByLabel('New password').fill('another horse battery');
  await sessions.getByRole('button', { name: 'Sign out Firefox on Linux at 127.0.0.1' }).click();
  await expect(admin.getByRole('status').filter({ hasText: 'That session is signed out.' })).toBeVisible();
  await expect(sessions.getByRole('row')).toHaveCount(2);
  await expect(admin.getByLabel('New password')).toHaveValue('another horse battery');
  await other.goto('/customers');
  await expect(other).toHaveURL(/\/sign-in\?next=/);

  await signIn(elsewhere.request, ADMIN);
  await admin.getByLabel('Your password now').fill('wrong horse battery');
  await admin.getByRole('button', { name: 'Change password' }).click();
  await expect(admin.getByRole('alert')).toHaveText('This is not your password.');
  await expect(admin.getByLabel('New password')).toHaveValue('another horse battery');
  await admin.getByLabel('Your password now').fill(ADMIN.password);
  await admin.getByRole('button', { name: 'Change password' }).click();
  await expect(admin.getByRole('status').filter({ hasText: 'Your password is changed' })).toBeVisible();
  await expect(sessions.getByRole('row')).toHaveCount(2);
  await expect(admin.getByLabel('New password')).toHaveValue('');
  await other.goto('/customers');
  await expect(other).toHaveURL(/\/sign-in\?next=/);
  await elsewhere.close();
});

test('[C6] too many wrong passwords lock the account for a while, and say for how long', async ({ admin, server }) => {
  // Where no stream is open, which would be refused.
  await open(admin, '/audit');
  await admin.context().clearCookies();
  await open(admin, '/sign-in');
  const alert = admin.getByRole('alert');
  for (let guess = 0; guess < 6; guess++) {
    await field(admin, 'Email').fill(ADMIN.email);
    await admin.getByLabel('Password').fill(guess < 5 ? 'wrong horse battery' : ADMIN.password);
    const answered = admin.waitForResponse((response) => response.url().endsWith('/fn/sign-in'));
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await answered;
  }
  await expect(alert).toContainText(/There were too many attempts. Please try again in \d+ seconds/);
  await server.advance(STEP_MS);
  await admin.getByRole('button', { name: 'Sign in' }).click();
  await expect(admin.getByRole('heading', { name: 'Customer health' })).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('[C6][G10] a second factor is set up and used', async ({ admin, server }) => {
    await admin.goto('/account/second-factor');
    await admin.getByLabel('Your password').fill(ADMIN.password);
    await admin.getByRole('button', { name: 'Go on' }).click();
    await expect(admin.locator('.secret')).toBeVisible();
    await server.advance(TOO_LONG_MS);
    await field(admin, 'Code').fill('123456');
    await admin.getByRole('button', { name: 'Switch on' }).click();
    await expect(admin.getByRole('alert')).toContainText('waited too long');
    await admin.getByLabel('Your password').fill(ADMIN.password);
    await admin.getByRole('button', { name: 'Go on' }).click();
    const secret = (await admin.locator('.secret').innerText()).replaceAll(' ', '');
    await field(admin, 'Code').fill(codeOf(secret, TOO_LONG_MS));
    await admin.getByRole('button', { name: 'Switch on' }).click();
    await expect(admin.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem')).toHaveCount(10);
    await admin.reload();
    await expect(admin.getByText('10 recovery codes are left.')).toBeVisible();
    await server.advance(2 * STEP_MS);
    await admin.context().clearCookies();
    await admin.goto('/customers');
    await field(admin, 'Email').fill(ADMIN.email);
    await admin.getByLabel('Password').fill(ADMIN.password);
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await field(admin, 'Code').fill('000000');
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await expect(admin.getByText('This code is not right')).toBeVisible();
    await field(admin, 'Code').fill(codeOf(secret, TOO_LONG_MS + 2 * STEP_MS));
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await expect(admin).toHaveURL('/customers');
  });
});

/** Signs out, and in again as far as the password goes. */
async function givePassword(page: Page): Promise<void> {
  await page.context().clearCookies();
  await open(page, '/sign-in');
  await field(page, 'Email').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible();
  await hydrated(page);
}

/** What an authenticator app shows (RFC 6238) where the clock is `ahead` milliseconds of this machine's. */
function codeOf(secret: string, ahead: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor((Date.now() + ahead) / STEP_MS)));
  const hash = createHmac('sha1', base32(secret)).update(counter).digest();
  const number = hash.readUInt32BE(hash[19]! & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

function base32(text: string): Buffer {
  const bits = [...text].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
}
