// The key file: made once, private, refused when it is not.
import { createHmac } from 'node:crypto';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateKey, readApiKey, readKey } from '../../../services/council/key-file.ts';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import { folder, KEY } from './support.ts';

const here = folder();
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error.code,
  );

describe('the pseudonym key', () => {
  it('is 32 random bytes in a file of mode 0600', async () => {
    await generateKey(here.path('one'));
    await generateKey(here.path('two'));
    expect(statSync(here.path('one')).mode & 0o777).toBe(0o600);
    const [one, two] = [await readKey(here.path('one')), await readKey(here.path('two'))];
    expect(one.length).toBe(32);
    expect(one).not.toEqual(two);
  });

  it('is never overwritten', async () => {
    await generateKey(here.path('kept'));
    const before = readFileSync(here.path('kept'), 'utf8');
    expect(await code(generateKey(here.path('kept')))).toBe('file-exists');
    expect(readFileSync(here.path('kept'), 'utf8')).toBe(before);
  });

  it('is refused when others can read it', async () => {
    await generateKey(here.path('open'));
    chmodSync(here.path('open'), 0o640);
    expect(await code(readKey(here.path('open')))).toBe('secret-not-private');
    chmodSync(here.write('api', 'abcdefgh'), 0o604);
    expect(await code(readApiKey(here.path('api')))).toBe('secret-not-private');
  });

  it('is refused when it is none, without being quoted', async () => {
    chmodSync(here.write('bad', 'secret-words'), 0o600);
    const error = await readKey(here.path('bad')).catch((thrown) => thrown);
    expect(error.code).toBe('bad-pseudonym-key');
    expect(error.message).not.toContain('secret-words');
    expect(await code(readKey(here.path('nowhere')))).toBe('cannot-read');
  });
});

describe('a pseudonym', () => {
  it('is the HMAC-SHA-256 of its domain and parts, as the standard library computes it', () => {
    const one = pseudonymiser(KEY);
    for (const id of ['1', 'DfEX0000001', 'Zoë 漢字 \u{1f600}', 'x'.repeat(5_000)]) {
      const mac = (...parts: string[]) =>
        createHmac('sha256', KEY).update(JSON.stringify(parts)).digest('hex').slice(0, 32);
      expect(one.child(id)).toBe(`c${mac('child', id)}`);
      expect(one.family(id)).toBe(`f${mac('family', id)}`);
      expect(one.team(id)).toBe(`t${mac('team', id)}`);
      expect(one.record(id, 'referral', '2024-01-01')).toBe(
        `r${mac('record', id, 'referral', '2024-01-01')}`,
      );
    }
  });

  it('is so for texts of every length and sign, one after another', () => {
    const one = pseudonymiser(KEY);
    const mac = (...parts: string[]) => createHmac('sha256', KEY).update(JSON.stringify(parts)).digest('hex');
    const plain = fc.string({ maxLength: 600 });
    const odd = fc.string({ unit: 'binary', maxLength: 40 });
    const long = fc.integer({ min: 480, max: 520 }).map((length) => 'x'.repeat(length));
    const text = fc.oneof(plain, odd, long);
    fc.assert(
      fc.property(text, text, text, (child, kind, id) => {
        expect(one.recordHash(child, kind, id)).toBe(mac('record', child, kind, id));
        expect(one.child(child)).toBe(`c${mac('child', child).slice(0, 32)}`);
      }),
      { numRuns: 500 },
    );
  });
});
