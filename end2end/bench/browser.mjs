// The browser, and the server as someone who is signed in has it.
import { readFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { demand } from './figures.mjs';

export const url = setting('NOCTURNE_URL');

export function setting(name) {
  const value = process.env[name];
  demand(value, `${name} is not set`);
  return value;
}

/** A file beside this one, as a page takes it: without what makes it a module. */
export function textOf(name) {
  return readFileSync(new URL(name, import.meta.url), 'utf8').replaceAll(/^export /gm, '');
}

/** Signs in. The session's cookie, as a header has it. */
export async function signIn() {
  const body = new URLSearchParams({ email: setting('NOCTURNE_EMAIL'), password: setting('NOCTURNE_PASSWORD'), next: '/' });
  const answer = await fetch(`${url}/fn/sign-in`, { method: 'POST', body, headers: { accept: 'application/json' } });
  const [cookie] = answer.headers.getSetCookie();
  demand(answer.ok && cookie, `cannot sign in: ${answer.status}`);
  return cookie.split(';')[0];
}

/** A browser that has never seen the product, with the session's cookie and one page. */
export async function open(cookie, { theme = 'dark', width = 1920, height = 1080, more = {} } = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.NOCTURNE_CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--force-color-profile=srgb',
    ],
  });
  try {
    const viewport = { width, height };
    const context = await browser.newContext({ viewport, colorScheme: theme, locale: 'en-GB', timezoneId: 'Europe/Berlin', ...more });
    const [name, value] = cookie.split('=');
    await context.addCookies([{ name, value, url }]);
    const page = await context.newPage();
    return { browser, page };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** Opens a browser for `work`, and closes it whatever comes of it. */
export async function within(cookie, work, options) {
  const { browser, page } = await open(cookie, options);
  try {
    const failures = [];
    page.on('pageerror', (error) => failures.push(error));
    const result = await work(page);
    demand(failures.length === 0, `the page failed: ${failures[0]}`);
    return result;
  } finally {
    await browser.close();
  }
}

/** The wall with our own eyes in it; `more` is run there too, before the product. */
export async function openWall(page, more = '', query = '') {
  await page.addInitScript(`{ ${textOf('wire.mjs')}\n${textOf('watch.js')}\n${more} }`);
  await page.goto(`${url}/wall${query}`);
}

export async function live(page) {
  await page.locator('.wbar .chip.live').waitFor({ timeout: 120_000 });
  await page.evaluate(() => document.fonts.ready);
}

/** What Chromium counts, by name. */
export async function metrics(cdp) {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** Moves the pointer over the page, sixty times a second as far as the page can follow, until `ended`. */
export async function movePointer(cdp, { width, height }, ended) {
  let step = 0;
  while (!ended()) {
    step += 1;
    const x = Math.round(width / 2 + (width / 2 - 60) * Math.sin(step / 40));
    const y = Math.round(height / 2 + 20 + (height / 2 - 60) * Math.sin(step / 27));
    await Promise.all([cdp.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y }), pause(16)]);
  }
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
