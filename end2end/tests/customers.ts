// Customers and monitors where a test needs them but is not about how they are added: the screens' forms, sent without a screen.
import type { APIRequestContext } from '@playwright/test';
import { ADMIN, send, type Person } from './people.ts';
import type { Server } from './server.ts';

/** Adds a customer of the signed-in person. Its page's path. */
export async function addCustomer(request: APIRequestContext, company: string, more: Record<string, string> = {}): Promise<string> {
  const fields = { company, email: 'office@customer.example', account_manager_email: ADMIN.email, ...more };
  return send(request, 'customer-create', inputs(fields));
}

/** Adds a monitor to the customer with this page. The monitor's page. */
export async function addMonitor(request: APIRequestContext, customer: string, fields: Record<string, string>): Promise<string> {
  const often = { interval_s: '10', timeout_s: '5', retries: '0' };
  return send(request, 'monitor-create', { customer: idIn(customer), ...inputs({ ...often, ...fields }) });
}

/** An account that no MSP manages, and its Super Admin. Its id. */
export async function createAccount(server: Server, company: string, owner: Person): Promise<string> {
  const about = ['--company', company, '--super-admin-email', owner.email, '--super-admin-name', owner.name];
  return (await server.command(['customer', 'create', ...about, '--password-stdin'], owner.password)).trim();
}

/** Takes a step of an account's life. */
export async function takeStep(request: APIRequestContext, customer: string, step: string, reason = ''): Promise<void> {
  await send(request, 'customer-step', { customer: idIn(customer), step, reason });
}

/** The id at the end of a page's path. */
export function idIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function inputs(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`input[${name}]`, value]));
}
