// The least that must hold before any other test means something: the binary starts, answers and ends.
import { expect, test } from './fixtures.ts';

test('a new server says that it is well', async ({ request, server }) => {
  const answer = await request.get(`${server.url}/healthz`);
  expect(answer.status()).toBe(200);
});
