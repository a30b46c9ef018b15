// What the allocation service says before anybody has read the request: a code, a sentence and the part at fault.
import { afterAll, expect, it } from 'vitest';
import { buildAllocation } from '../../../services/allocation/app.ts';
import { createLogger } from '../../../services/platform/log.ts';

const app = await buildAllocation({
  // No request here comes as far as an allocation.
  allocator: {} as never,
  holderOf: async () => null,
  log: createLogger('test', 'silent'),
  clock: () => new Date(0),
});
afterAll(() => app.close());

const json = { 'content-type': 'application/json' };

it.each([
  ['an address that is none', { method: 'GET', url: '/v1/allocation' }, 404, 'not-found', 'url'],
  ['a method that is none', { method: 'GET', url: '/v1/allocations' }, 404, 'not-found', 'url'],
  ['half of a body', { payload: '{"unit":', headers: json }, 400, 'bad-json', 'body'],
  ['no body', { payload: '', headers: json }, 400, 'bad-json', 'body'],
  [
    'XML',
    { payload: '<unit/>', headers: { 'content-type': 'text/xml' } },
    415,
    'bad-content-type',
    'content-type',
  ],
  ['a long body', { payload: `"${'x'.repeat(20_000)}"`, headers: json }, 413, 'too-large', 'body'],
] as const)('%s', async (_, request, status, code, field) => {
  const answer = await app.inject({ method: 'POST', url: '/v1/allocations', ...request });
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toEqual({ error: { code, field, message: expect.stringMatching(/^[A-Z].*\.$/) } });
  expect(answer.body).not.toMatch(/FST_|Route|JSON input/);
});
