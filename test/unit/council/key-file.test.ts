// The key file: made once, private, refused when it is not.
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateKey, readApiKey, readKey } from '../../../services/council/key-file.ts';
import { folder } from './support.ts';

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
