// The people of the tests, and how they come in without a screen.
import { expect, type APIRequestContext } from '@playwright/test';

export interface Person {
  name: string;
  email: string;
  password: string;
}

export const ADMIN: Person = { name: 'Ada Brandt', email: 'ada@msp.example', password: 'correct horse battery' };
export const SECOND_ADMIN: Person = { name: 'Bo Lind', email: 'bo@msp.example', password: 'staple of the second' };
export const OPERATOR: Person = { name: 'Olu Reyes', email: 'olu@msp.example', password: 'night shift at the desk' };

/** The Super Admin of an account that stands on its own. */
export const OWNER: Person = { name: 'Sue Marsh', email: 'sue@harbor.example', password: 'my harbour, my account' };

/** Sets up the MSP; the browser that `request` belongs to is signed in as its admin. */
export async function setUp(request: APIRequestContext): Promise<void> {
  await send(request, 'set-up', {
    'input[msp_name]': 'Meridian Managed',
    'input[name]': ADMIN.name,
    'input[email]': ADMIN.email,
    'input[password]': ADMIN.password,
  });
}

/** Signs in; another person who was signed in there no longer is. */
export async function signIn(request: APIRequestContext, { email, password }: Person): Promise<void> {
  await send(request, 'sign-in', { email, password });
}

/** Sends a form as a screen does. What it answers: where it leads. */
export async function send(request: APIRequestContext, form: string, fields: Record<string, string>): Promise<string> {
  const answer = await request.post(`/fn/${form}`, { form: fields });
  expect(answer.status(), await answer.text()).toBe(200);
  return (await answer.json()) as string;
}
