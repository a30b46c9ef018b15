// The demonstration delivers several feeds at once: what each has reached is remembered whole, whoever saves when.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DemonstrationMemory } from '../../../services/command/demo/memory.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'waymark-memory-'));
});
afterEach(() => rm(home, { recursive: true }));

it('keeps everything that was noted at the same time, and leaves no file behind', async () => {
  const memory = await DemonstrationMemory.open(home);
  const names = Array.from({ length: 200 }, (_, at) => `feed-${at}`);
  await Promise.all([
    ...names.map((name, at) => memory.noteDelivered(name, at)),
    memory.signerKey('first', () => 'a private key'),
  ]);
  const again = await DemonstrationMemory.open(home);
  expect(again.delivered).toEqual(Object.fromEntries(names.map((name, at) => [name, at])));
  expect(await again.signerKey('first', () => 'another')).toBe('a private key');
  expect(again.samplesKey).toEqual(memory.samplesKey);
  expect(await readdir(join(home, 'demonstration'))).toEqual(['memory.json']);
});

it('goes on saving after a save has failed', async () => {
  const memory = await DemonstrationMemory.open(home);
  const folder = join(home, 'demonstration');
  await rm(folder, { recursive: true });
  await writeFile(folder, 'a file where the folder belongs');
  await expect(memory.noteDelivered('a', 1)).rejects.toThrow();
  await rm(folder);
  await memory.noteDelivered('b', 2);
  expect((await DemonstrationMemory.open(home)).delivered).toEqual({ a: 1, b: 2 });
});
