// Incidents (DOMAIN F13): monitors of several customers look at one web server, which is stopped and started.
import { broken } from './axe.ts';
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN } from './people.ts';
import { open } from './screens.ts';
import { WebTarget } from './targets.ts';
import { canvasOf, counted, openWall, pointAt, shining, tiles } from './wall.ts';

const LATER = { timeout: 20_000 };

test('[F13] outages across customers that began together are one incident, until they are well again', async ({ admin: page, web, elsewhere }) => {
  // Elsewhere on the same machine something else goes on, as another address.
  const other = await WebTarget.start();
  const companies = ['Harbor Logistics', 'Cedar Clinic', 'Northgate School'];
  for (const company of companies) {
    const customer = await addCustomer(page.request, company);
    for (const name of ['shop', 'mail']) await addMonitor(page.request, customer, { name: `${company} ${name}`, kind: 'http', url: `${web.url}${name}` });
    if (company === 'Cedar Clinic') {
      await addMonitor(page.request, customer, { name: 'archive', kind: 'http', url: other.url.replace('127.0.0.1', 'localhost') });
    }
  }
  await openWall(page);
  await shining(page, 'green', 7);
  const strip = page.getByRole('navigation', { name: 'Incidents' });
  await expect(strip).toHaveText('No incidents');
  const far = await elsewhere();
  await far.context().addCookies(await page.context().cookies());
  await openWall(far, '?view=far');
  const wrong = far.getByRole('region', { name: 'What is wrong' });
  await expect(wrong).toContainText('All is well');

  // It stops: without a touch the wall says what began together, and why it is together.
  await web.stop();
  await shining(page, 'red', 6);
  const entry = strip.getByRole('link', { name: /^Down Incident 6 monitors of 3 customers since \d\d:\d\d, all at 127\.0\.0\.1$/ });
  await expect(entry).toBeVisible(LATER);
  await expect(entry).toHaveAttribute('title', /^Began within \d+ s; all at 127\.0\.0\.1; all checked by HTTP; all for the same reason: Connection refused by 127\.0\.0\.1:\d+\. Outages of at least two/);
  await expect(wrong.getByRole('listitem')).toHaveCount(1, LATER);
  await expect(wrong.getByRole('listitem').locator('.name')).toHaveText('127.0.0.1');
  await expect(wrong.getByRole('listitem').locator('.why')).toHaveText('Incident6 monitors of 3 customers');
  expect(await broken(far)).toEqual([]);
  // Its link keeps what else this screen is asked for.
  await openWall(far, '?view=far&order=severity&status=down');
  const kept = /^\/wall\?view=far&order=severity&status=down&incident=out_/;
  await expect(wrong.getByRole('listitem')).toHaveCount(1, LATER);
  await expect(wrong.getByRole('listitem').locator('.name a')).toHaveAttribute('href', kept);

  // What else fails stands beside it.
  await other.stop();
  await expect(wrong.getByRole('listitem')).toHaveCount(2, LATER);
  await expect(wrong.getByRole('listitem').last()).toContainText('archive');
  expect(await broken(page)).toEqual([]);

  // The entry leads to its tiles, and back.
  await shining(page, 'red', 7);
  await entry.click();
  await expect(page).toHaveURL(/\/wall\?incident=out_/);
  const [first] = await shining(page, 'red', 6);
  await expect(await pointAt(page, first!)).toContainText('Cedar Clinic mail');
  expect(await counted(page, 'down')).toBe(6);
  await canvasOf(page).evaluate((canvas) => canvas.blur());
  const chosen = strip.getByRole('link', { name: /Only this incident/ });
  await expect(chosen).toHaveAttribute('aria-current', 'true');
  await page.getByRole('link', { name: 'Table' }).click();
  await expect(page.locator('.roll tbody tr')).toHaveCount(6);
  await page.getByRole('link', { name: 'Tiles' }).click();
  await chosen.click();
  await expect(page).toHaveURL('/wall');
  await shining(page, 'red', 7);

  // On the page of outages it stands on top, and all of it is taken by one click.
  const desk = await elsewhere();
  await desk.context().addCookies(await page.context().cookies());
  await open(desk, '/outages');
  const card = desk.getByRole('article').filter({ hasText: '6 monitors of 3 customers' });
  await expect(card).toContainText('all at 127.0.0.1; all checked by HTTP');
  await card.getByText('The 6 outages').click();
  await expect(card.getByRole('row')).toHaveCount(7);
  await expect(card.getByRole('link', { name: 'Harbor Logistics shop' })).toBeVisible();
  await desk.getByText('When outages are one incident').click();
  for (const width of [1920, 390]) {
    await desk.setViewportSize({ width, height: 1080 });
    expect(await broken(desk)).toEqual([]);
    expect(await desk.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await card.getByRole('button', { name: 'Take all 6: the outages of 6 monitors of 3 customers' }).click();
  await expect(card).toContainText(`Taken by ${ADMIN.name}`);
  await expect(card.getByRole('button', { name: /^Take all/ })).toHaveCount(0);
  await page.bringToFront();
  const patch = (await tiles(page)).patches('red')[1];
  await expect(await pointAt(page, patch!)).toContainText(`taken by ${ADMIN.name}`);

  // It answers again: the incident is gone by itself, and the desk remembers it.
  await web.start();
  await expect(strip).toHaveText('No incidents', LATER);
  await expect(wrong.getByRole('listitem')).toHaveCount(1, LATER);
  await expect(wrong).not.toContainText('Incident');
  await shining(page, 'red', 1);
  await open(desk, '/outages');
  await expect(card).toBeHidden();
  await desk.getByText('Over, of the last 24 hours: 1 incident').click();
  await expect(card).toBeVisible();
});

test('[G9] the list of open outages keeps itself in step, and moves nothing under a hand', async ({ admin: page, web }) => {
  const customer = await addCustomer(page.request, 'Harbor Logistics');
  for (const name of ['shop', 'mail']) await addMonitor(page.request, customer, { name, kind: 'http', url: `${web.url}${name}` });
  await open(page, '/outages');
  const none = page.getByRole('heading', { name: 'No outage here' });
  await expect(none).toBeVisible();
  await web.stop();
  for (const name of ['shop', 'mail']) await expect(page.getByRole('link', { name, exact: true })).toBeVisible(LATER);

  // Somebody is at it: what stands there stays until they say so.
  await page.getByRole('link', { name: 'shop', exact: true }).focus();
  await web.start();
  const offer = page.getByRole('button', { name: 'Show what has changed' });
  await expect(offer).toBeVisible(LATER);
  for (const name of ['shop', 'mail']) await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
  expect(await broken(page)).toEqual([]);
  await offer.click();
  await expect(none).toBeVisible(LATER);
  await expect(offer).toBeHidden();
});
