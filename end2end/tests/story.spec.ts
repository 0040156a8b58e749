// The whole way once, on real input: a web server, a certificate that ends in five days, and a port where nothing listens.
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { ADMIN } from './people.ts';
import { Picture, type Colour } from './picture.ts';
import { addCustomerByScreen, addMonitorByScreen, cardOf, hydrated, open, setUpByScreen } from './screens.ts';
import { emptyPort } from './targets.ts';
import { openWall, pointAt, shining } from './wall.ts';

const SHOP = 'Harbor Logistics';
const CLINIC = 'Cedar Dental';
/** A monitor is looked at every ten seconds. */
const INTERVAL_MS = 10_000;

test('[E1][E4][F1][F2][F3][G1] from an empty folder to a live wall', async ({ page, context, server, web, tls }) => {
  test.setTimeout(150_000);
  const nothing = await emptyPort();
  const refused = (port: number) => `Connection refused by 127.0.0.1:${port}`;

  await test.step('an MSP is set up, and gets two customers with a monitor each', async () => {
    await setUpByScreen(page, 'Meridian Managed', ADMIN);
    await addCustomerByScreen(page, SHOP, 'office@harbor.example');
    await addMonitorByScreen(page, { name: 'web shop', kind: 'Web page (HTTP or HTTPS)', fields: { Address: web.url } });
    await addCustomerByScreen(page, CLINIC, 'office@cedar.example');
    const [host, port] = ['127.0.0.1', String(tls.port)];
    await addMonitorByScreen(page, { name: 'booking certificate', kind: 'TLS certificate expiry', fields: { Host: host, Port: port } });
  });

  const health = await context.newPage();
  const wall = await context.newPage();
  await test.step('a green and a golden yellow card stand on the health view, and the same on the wall', async () => {
    await open(health, '/');
    await looks(health, SHOP, 'green', 'All up');
    await looks(health, CLINIC, 'gold', '1 trouble');
    await openWall(wall);
    const [good] = await shining(wall, 'green', 1);
    await expect(await pointAt(wall, good!)).toContainText(/web shop.*Harbor Logistics/);
    const [ending] = await shining(wall, 'gold', 1);
    const tip = await pointAt(wall, ending!);
    await expect(tip).toContainText(/booking certificate.*Cedar Dental/);
    await expect(tip).toContainText(/Certificate expires in [45] days/);
    await shining(wall, 'red', 0);
  });

  await test.step('a monitor of a port where nothing listens turns the card red, and gets a red tile', async () => {
    await page.bringToFront();
    await page.getByRole('link', { name: CLINIC }).click();
    await addMonitorByScreen(page, { name: 'x-ray archive', kind: 'TCP port', fields: { Host: '127.0.0.1', Port: String(nothing) } });
    await looks(health, CLINIC, 'red', '1 down');
    const [dead] = await shining(wall, 'red', 1);
    const tip = await pointAt(wall, dead!);
    await expect(tip).toContainText(/x-ray archive.*Cedar Dental/);
    await expect(tip).toContainText(refused(nothing));
  });

  await test.step('the web server stops: card and tile turn red with nobody touching them', async () => {
    await web.stop();
    await server.advance(INTERVAL_MS);
    await looks(health, SHOP, 'red', '1 down');
    await shining(wall, 'green', 0);
    const said: string[] = [];
    for (const patch of await shining(wall, 'red', 2)) said.push(await (await pointAt(wall, patch)).innerText());
    const shop = said.find((text) => text.includes('web shop'));
    expect(shop).toContain(SHOP);
    expect(shop).toContain(refused(web.port));
  });

  await test.step('it starts again: they recover', async () => {
    await web.start();
    await server.advance(INTERVAL_MS);
    await looks(health, SHOP, 'green', 'All up');
    const [good] = await shining(wall, 'green', 1);
    await expect(await pointAt(wall, good!)).toContainText(/web shop.*Harbor Logistics/);
    await shining(wall, 'red', 1);
  });

  await test.step('the outage is kept', async () => {
    await health.bringToFront();
    await health.getByRole('link', { name: SHOP }).click();
    await expect(health.getByRole('heading', { level: 1, name: SHOP })).toBeVisible();
    await hydrated(health);
    const outage = health.getByRole('region', { name: 'Outages' }).getByRole('row', { name: /web shop/ });
    await expect(outage).toContainText(refused(web.port));
    await expect(outage).not.toContainText('Open');
  });
});

/** A customer's card has this colour, seen and none of the other two, and says so. */
async function looks(page: Page, customer: string, colour: Colour, words: string): Promise<void> {
  await page.bringToFront();
  const card = cardOf(page, customer);
  await expect(card).toContainText(words);
  await expect(async () => {
    const picture = await Picture.of(card.locator('.mark'));
    const shown = (['red', 'gold', 'green'] as const).filter((other) => picture.count(other) > 20);
    expect(shown, `the mark of ${customer}`).toEqual([colour]);
  }).toPass({ timeout: 10_000 });
}
