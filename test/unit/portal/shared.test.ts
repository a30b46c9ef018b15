// Answers kept for a while: one at a time is worked out, a stale one is shown meanwhile, a failure is not kept.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { shared } from '../../../services/portal/shared.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that is ended by hand. */
function work() {
  const asked: { key: string; end: (value: string) => void; fail: (error: Error) => void }[] = [];
  const get = shared(
    1_000,
    (key: string) => key,
    (key) => new Promise<string>((end, fail) => asked.push({ key, end, fail })),
  );
  return { asked, get };
}

it('is worked out once for all who ask, and for each key', async () => {
  const { asked, get } = work();
  const answers = [get('a'), get('a'), get('b')];
  expect(asked.map(({ key }) => key)).toEqual(['a', 'b']);
  asked[0]!.end('one');
  asked[1]!.end('two');
  expect(await Promise.all(answers)).toEqual(['one', 'one', 'two']);
  expect(await get('a')).toBe('one');
  expect(asked).toHaveLength(2);
});

it('is shown stale while the next is worked out once, and not for ever', async () => {
  const { asked, get } = work();
  const first = get('a');
  asked[0]!.end('old');
  await first;
  vi.setSystemTime(1_001);
  expect(await get('a')).toBe('old');
  expect(await get('a')).toBe('old');
  expect(asked).toHaveLength(2);
  asked[1]!.end('new');
  await vi.advanceTimersByTimeAsync(0);
  expect(await get('a')).toBe('new');
  vi.setSystemTime(100_000);
  const late = get('a');
  asked[2]!.end('newest');
  expect(await late).toBe('newest');
});

it('stays fresh longer where it takes long', async () => {
  const { asked, get } = work();
  const first = get('a');
  vi.setSystemTime(3_000);
  asked[0]!.end('slow');
  await first;
  vi.setSystemTime(30_000);
  await get('a');
  expect(asked).toHaveLength(1);
});

it('asks again after a failure, and shows the old answer where a renewal fails', async () => {
  const { asked, get } = work();
  const first = get('a');
  asked[0]!.fail(new Error('down'));
  await expect(first).rejects.toThrow('down');
  const second = get('a');
  asked[1]!.end('up');
  expect(await second).toBe('up');
  vi.setSystemTime(1_001);
  expect(await get('a')).toBe('up');
  asked[2]!.fail(new Error('down'));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(3);
  const third = get('a');
  asked[3]!.end('again');
  expect(await third).toBe('again');
});
