// With JavaScript switched off everything can still be read, and forms and links are real ones.
import { addCustomer, addMonitor } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { ADMIN, setUp } from './people.ts';
import { field } from './screens.ts';

test.use({ javaScriptEnabled: false });

test('[A1][A17][G10] without JavaScript people sign in, and read cards, lists and pages', async ({ page, request, server, web }) => {
  await setUp(request);
  const customer = await addCustomer(request, 'Crème Brûlée');
  const monitor = await addMonitor(request, customer, { name: 'web shop', kind: 'http', url: web.url });
  await expect.poll(() => web.requests).toBeGreaterThan(0);
  await server.fillDemo(70, 90);

  await test.step('sign in, first wrongly', async () => {
    await page.goto('/customers?q=creme');
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    await page.getByLabel('Email').fill(ADMIN.email);
    await page.getByLabel('Password').fill('wrong horse battery');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toContainText('Email or password is wrong');
    await page.getByLabel('Email').fill(ADMIN.email);
    await page.getByLabel('Password').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  });

  await test.step('the health view', async () => {
    await page.goto('/');
    await expect(page.locator('.cards .card')).toHaveCount(71);
    await expect(page.locator('.card.up', { hasText: 'Crème Brûlée' })).toContainText('All up');
    await page.getByRole('searchbox', { name: 'Find a customer' }).fill('creme brulee');
    await page.getByRole('searchbox', { name: 'Find a customer' }).press('Enter');
    await expect(page.locator('.cards .card')).toHaveCount(1);
  });

  await test.step('the list, searched, sorted and paged', async () => {
    await page.goto('/customers');
    const range = page.locator('.pager > .num').first();
    await expect(range).toHaveText('1-50 of 71');
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect(range).toHaveText('51-71 of 71');
    await page.getByRole('columnheader', { name: 'Added' }).getByRole('link').click();
    await expect(page.getByRole('columnheader', { name: 'Added' })).toHaveAttribute('aria-sort', 'ascending');
    await page.getByRole('searchbox', { name: 'Find a customer' }).fill('creme');
    await page.getByRole('searchbox', { name: 'Find a customer' }).press('Enter');
    await expect(range).toHaveText('1-1 of 1');
    await expect(page).toHaveURL(/sort=added/);
    await page.getByRole('link', { name: 'Crème Brûlée' }).click();
  });

  await test.step('the customer, and a change to it', async () => {
    await expect(page.getByRole('heading', { level: 1, name: 'Crème Brûlée' })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Changes' })).toContainText('Customer created');
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await field(page, 'City').fill('Lyon');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Crème Brûlée' })).toBeVisible();
    await expect(page.getByRole('complementary', { name: 'Key facts' })).toContainText('Lyon');
  });

  await test.step('the monitor', async () => {
    await page.getByRole('region', { name: 'Monitors' }).getByRole('link', { name: 'web shop' }).click();
    await expect(page).toHaveURL(monitor);
    await expect(page.getByRole('heading', { level: 1, name: 'web shop' })).toBeVisible();
    await expect(page.locator('.head .pill')).toHaveText('Up');
    await expect(page.getByRole('region', { name: 'Transitions' })).toContainText('Built-in check said Up');
  });

  await test.step('the wall says what it needs', async () => {
    await page.goto('/wall');
    await expect(page.getByText('The wall draws itself in the browser and needs JavaScript.')).toBeVisible();
  });

  await test.step('what does not exist is a 404', async () => {
    const unknown = '00000000-0000-7000-8000-000000000000';
    for (const path of ['/nothing', '/customers/rubbish', `/customers/cus_${unknown}`, `/monitors/mon_${unknown}`, '/customers/a/b/c']) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(404);
      await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
    }
  });

  await test.step('sign out', async () => {
    await page.goto('/');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goto('/customers');
    await expect(page).toHaveURL(/\/sign-in\?next=/);
  });
});
