// An address that is no address is answered like any other there is nothing at: in our words, with the headers of every page.
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { readableUrl } from '../../../services/platform/address.ts';
import { buildPortal } from '../../../services/portal/app.ts';
import { fakeStore } from '../../browser/fake-store.ts';
import { gateway } from '../gateway/gateway.ts';

test.each([
  ['/feeds?before=1%', '/feeds?before=1%'],
  ['/evaluations/caf%C3%A9', '/evaluations/caf%C3%A9'],
  ['/%', '/%25'],
  ['/trials/a%zz?x=%', '/trials/a%25zz?x=%'],
  ['/%E0%A4%A', '/%25E0%25A4%25A'],
  ['/%c0%ae', '/%25c0%25ae'],
  ['/a?b?c', '/a?b?c'],
])('%s is read as %s', (url, read) => {
  expect(readableUrl({ url })).toBe(read);
  expect(() => decodeURIComponent(read.split('?')[0] ?? '')).not.toThrow();
});

describe.each(['/%', '/nothing/%zz', '/%E0%A4%A'])('%s', (url) => {
  it('is no page of the portal, and is answered with its policy', async () => {
    const app = buildPortal({ store: fakeStore() });
    onTestFinished(() => app.close());
    const answer = await app.inject({ url });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'x-content-type-options': 'nosniff',
    });
    expect(answer.body).toContain('There is no page at this address');
  });

  it('is nothing of the gateway', async () => {
    const { app: server } = await gateway();
    const answer = await server.inject({ url });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ error: { code: 'not-found' } });
  });
});
