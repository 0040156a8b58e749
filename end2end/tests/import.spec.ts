// Customers imported from a CSV file: its columns are mapped, every line is checked, and all are imported or none.
import type { Page } from '@playwright/test';
import { addCustomer } from './customers.ts';
import { expect, test } from './fixtures.ts';
import { OPERATOR } from './people.ts';
import { hydrated, open } from './screens.ts';

/** Chooses a file on the page of imports, and sends it. */
async function upload(page: Page, text: string, encoding = 'UTF-8'): Promise<void> {
  await open(page, '/customers/import');
  await page.getByLabel('CSV file').setInputFiles({ name: 'customers.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByLabel('Encoding').selectOption({ label: encoding });
  await page.getByRole('button', { name: 'Upload' }).click();
}

test('[A18][C1] columns are mapped, each line is checked, and then all customers are imported', async ({ admin: page, server, join }) => {
  await server.command(['msp', 'quota', '--customers', '20']);
  await addCustomer(page.request, 'Harbor Logistics', { email: 'office@harbor.example' });
  await open(page, '/customers');
  await page.getByRole('link', { name: 'Import', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Import customers' })).toBeVisible();
  const lines = ['Firma;E-Mail;Wo;Gruppen;Schuhgröße', 'Ärzte Süd;a@sued.example;Köln;Süd;44', 'Harbor Logistics;office@harbor.example;Hull;;'];
  await upload(page, [...lines, 'Cedar Dental;nobody;"Leeds\r\nUK";Nord | Süd;'].join('\r\n'));

  await test.step('the columns', async () => {
    await expect(page.getByRole('heading', { level: 1, name: 'customers.csv' })).toBeVisible();
    await expect(page.getByRole('combobox', { name: 'Firma' })).toHaveValue('company');
    await expect(page.getByRole('combobox', { name: 'Gruppen' })).toHaveValue('groups');
    await expect(page.getByText('2 columns are ignored: Wo, Schuhgröße.')).toBeVisible();
    await page.getByRole('combobox', { name: 'E-Mail' }).selectOption('Ignored');
    await page.getByRole('combobox', { name: 'Wo' }).selectOption('City');
    await page.getByRole('button', { name: 'Check every line' }).click();
    await expect(page.getByRole('alert')).toContainText('No column is taken as the email address');
    await page.getByRole('combobox', { name: 'E-Mail' }).selectOption('Email');
    await page.getByRole('button', { name: 'Check every line' }).click();
  });

  await test.step('the report, which outlives a reload', async () => {
    await expect(page.getByRole('heading', { name: 'One line has errors' })).toBeVisible();
    await page.reload();
    const wrong = page.getByRole('row', { name: /Cedar Dental/ });
    await expect(wrong).toContainText('4');
    await expect(wrong).toContainText('Email: An email address looks like');
    await expect(page.getByRole('row', { name: /Harbor Logistics/ })).toContainText('A customer with this name and email is there already.');
    await expect(page.getByText('2 new groups: Nord, Süd')).toBeVisible();
    await expect(page.getByRole('button', { name: /^Import/ })).toHaveCount(0);
    await page.getByRole('navigation', { name: 'Lines' }).getByRole('link', { name: /With errors/ }).click();
    await expect(page.getByRole('row')).toHaveCount(2);
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    expect((await download).suggestedFilename()).toBe('import-report.csv');
    await open(page, '/customers');
    await expect(page.getByRole('row')).toHaveCount(2);
  });

  await test.step('the corrected file', async () => {
    await upload(page, [...lines, 'Cedar Dental;it@cedar.example;"Leeds\r\nUK";Nord | Süd;'].join('\r\n'));
    await expect(page.getByRole('heading', { level: 1, name: 'customers.csv' })).toBeVisible();
    await hydrated(page);
    await page.getByRole('combobox', { name: 'Wo' }).selectOption('City');
    await page.getByRole('button', { name: 'Check every line' }).click();
    await expect(page.getByRole('heading', { name: '3 customers can be imported' })).toBeFocused();
    await page.getByRole('checkbox', { name: 'Leave out the 1 customer that may be there already' }).check();
    await page.getByRole('button', { name: 'Import 3 customers' }).click();
    await expect(page.getByRole('heading', { name: '2 customers imported' })).toBeFocused();
    await page.getByRole('link', { name: 'To the groups' }).click();
    await expect(page.getByRole('row', { name: /Süd/ }).getByRole('cell').nth(0)).toHaveText('2');
  });

  await test.step('a customer leaves a group and joins another on its own page', async () => {
    await open(page, '/customers?q=cedar');
    await page.getByRole('link', { name: 'Cedar Dental' }).click();
    await expect(page.getByRole('complementary', { name: 'Key facts' })).toContainText('Leeds UK');
    const groups = page.getByRole('region', { name: 'Groups' });
    await expect(groups.getByRole('listitem')).toHaveText(['Nord', 'Süd']);
    await groups.getByRole('button', { name: 'Take Cedar Dental out of Nord' }).click();
    await expect(groups.getByRole('listitem')).toHaveText(['Süd']);
    await groups.getByRole('combobox', { name: 'Another group' }).selectOption('Nord');
    await groups.getByRole('button', { name: 'Put into this group' }).click();
    await expect(groups.getByRole('listitem')).toHaveText(['Nord', 'Süd']);
  });

  await test.step('somebody is associated with a whole group', async () => {
    const operator = await join(OPERATOR, 'operator');
    await page.getByRole('region', { name: 'Groups' }).getByRole('link', { name: 'Süd' }).click();
    await page.getByRole('combobox', { name: 'Somebody to associate' }).selectOption(`${OPERATOR.name} (MSP Operator)`);
    await page.getByRole('button', { name: 'Associate with all 2 customers' }).click();
    await expect(page.getByRole('row', { name: new RegExp(OPERATOR.name) })).toContainText('2');
    await open(operator, '/customers?q=cedar');
    await operator.getByRole('link', { name: 'Cedar Dental' }).click();
    await expect(operator.getByRole('region', { name: 'Groups' }).getByRole('listitem')).toHaveText(['Nord', 'Süd']);
    await expect(operator.getByRole('region', { name: 'Groups' }).getByRole('button')).toHaveCount(0);
  });
});

test('[A18] a broken line in the middle is named, and nothing is kept of the file', async ({ admin: page }) => {
  await upload(page, 'Company,Email\nAster,a@b.example\n"Birch,b@b.example\nCedar,c@b.example\nDune,d@b.example\n');
  const file = page.getByLabel('CSV file');
  await expect(file).toHaveAccessibleDescription(/In line 3 a quotation mark is opened and never closed\./);
  await upload(page, 'Company,Email\nAster,a@b.example\nBirch;b@b.example\nCedar,c@b.example\n');
  await expect(file).toHaveAccessibleDescription(/Line 3 has 1 fields, and the header has 2\./);
  await upload(page, '');
  await expect(file).toHaveAccessibleDescription(/The file is empty\./);
  await expect(page.getByRole('heading', { name: 'Your files of the last 24 hours' })).toHaveCount(0);
  await open(page, '/customers');
  await expect(page.getByRole('heading', { name: 'No customers yet' })).toBeVisible();
});

test('[A18] ten thousand customers say how far they are', async ({ admin: page, server }) => {
  test.setTimeout(120_000);
  await server.command(['msp', 'quota', '--customers', '10000']);
  const rows = Array.from({ length: 10_000 }, (_, n) => `Customer ${String(n).padStart(5, '0')},it@${n}.example,R-${n},Leeds,Region ${n % 7}`);
  await upload(page, ['Company,Email,Internal reference,City,Groups', ...rows].join('\n'));
  await expect(page.getByText('10,000 customers')).toBeVisible();
  await page.getByRole('button', { name: 'Check every line' }).click();
  await expect(page.getByRole('heading', { name: '10,000 customers can be imported' })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('7 new groups')).toBeVisible();
  await page.getByRole('link', { name: 'Next page' }).click();
  await expect(page.getByText('51-100 of 10,000')).toBeVisible();
  await page.getByRole('button', { name: 'Import 10,000 customers' }).click();
  await expect(page.getByRole('progressbar', { name: 'Importing' })).toBeVisible();
  // Whoever goes away meanwhile finds the result afterwards.
  const path = new URL(page.url()).pathname;
  await open(page, '/customers');
  await open(page, path);
  await expect(page.getByRole('heading', { name: '10,000 customers imported' })).toBeVisible({ timeout: 60_000 });
  await page.getByRole('link', { name: 'To the customers' }).click();
  await expect(page.getByText('1-50 of 10,000')).toBeVisible();
});
