// What a person does on the screens, in the words of the screens. A tab that lies behind another draws once a second, so a test that
// turns to another tab brings it to the front, as a person does.
import { expect, type Locator, type Page } from '@playwright/test';
import type { Person } from './people.ts';

/** The wasm of a debug build is large: on two busy cores it may take its time. */
const HYDRATION_MS = 20_000;

/** Waits until the browser has taken over: from then on a click does what the page says. */
export async function hydrated(page: Page): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', '', { timeout: HYDRATION_MS });
}

/** Opens a page and waits until it can be used. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await hydrated(page);
}

/** A line to type in, by its label. */
export function field(page: Page, label: string): Locator {
  return page.getByRole('textbox', { name: label, exact: true });
}

/** Goes through the first page of an empty installation. */
export async function setUpByScreen(page: Page, msp: string, admin: Person): Promise<void> {
  await open(page, '/');
  await expect(page).toHaveURL('/set-up');
  await page.getByLabel('Name of your MSP').fill(msp);
  await page.getByLabel('Your name').fill(admin.name);
  await page.getByLabel('Your email').fill(admin.email);
  await page.getByLabel('Password').fill(admin.password);
  await page.getByRole('button', { name: 'Set up' }).click();
  await expect(page.getByRole('heading', { name: 'Customer health' })).toBeVisible();
  await hydrated(page);
}

/** Adds a customer from the list, and ends on its page. */
export async function addCustomerByScreen(page: Page, company: string, email: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Customers' }).click();
  await page.getByRole('link', { name: 'Add customer' }).first().click();
  await field(page, 'Company').fill(company);
  await goToSection(page, 'Main contact');
  await field(page, 'Email').fill(email);
  await goToSection(page, 'Review and create');
  await page.getByRole('button', { name: 'Create customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: company })).toBeVisible();
}

/** Jumps to a section of the wizard that adds a customer; what was typed goes along. */
export async function goToSection(page: Page, name: string): Promise<void> {
  const sections = page.getByRole('navigation', { name: 'Sections' });
  await sections.getByRole('button', { name }).or(sections.getByRole('link', { name })).click();
  await expect(page.getByRole('heading', { level: 2, name })).toBeVisible();
}

/** Types into a field that suggests, and picks what it suggests. */
export async function pick(page: Page, label: string, typed: string, name: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).fill(typed);
  await page.getByRole('option', { name, exact: true }).click();
  await expect(page.getByRole('combobox', { name: label, exact: true })).toHaveValue(name);
}

export interface MonitorByScreen {
  name: string;
  /** The words of the choice. */
  kind: 'Web page (HTTP or HTTPS)' | 'TCP port' | 'Ping (ICMP)' | 'DNS record' | 'TLS certificate expiry';
  /** Other fields, by their labels. */
  fields: Record<string, string>;
}

/** Adds a monitor to the customer whose page is open, looked at every ten seconds and believed at once; ends on its page. */
export async function addMonitorByScreen(page: Page, { name, kind, fields }: MonitorByScreen): Promise<void> {
  await page.getByRole('link', { name: 'Add monitor' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Add monitor' })).toBeVisible();
  await field(page, 'Name').fill(name);
  await page.getByRole('radio', { name: kind }).check({ force: true });
  for (const [label, value] of Object.entries(fields)) await field(page, label).fill(value);
  await page.getByLabel('Interval').selectOption('10');
  await field(page, 'Time-out in seconds').fill('5');
  await field(page, 'Retries').fill('0');
  await page.getByRole('button', { name: 'Add monitor' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

/** The status card of a customer on the health view. */
export function cardOf(page: Page, customer: string): Locator {
  return page.locator('.cards .card').filter({ has: page.getByText(customer, { exact: true }) });
}
