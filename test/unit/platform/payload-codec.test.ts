// What workflows carry is sealed before Temporal sees it, opens under any key that is kept, and never wrongly.
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { sealedPayloads, temporalSealed } from '../../../services/platform/payload-codec.ts';
import { makePayloadKeys, readPayloadKeys } from '../../../services/platform/payload-keys.ts';

const digits = (of: string): string => of.repeat(64);

async function keyFile(...lines: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'payload.keys');
  if (lines.length > 0) await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

const codecOf = async (...lines: string[]) => sealedPayloads(readPayloadKeys(await keyFile(...lines)));
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) as Payload;
const shown = ({ metadata, data }: Payload): string =>
  [...Object.values(metadata ?? {}), data ?? new Uint8Array()]
    .map((part) => Buffer.from(part).toString('latin1'))
    .join(' ');

test('what is sealed opens to what it was, twice is never the same, and nothing of it can be read', async () => {
  const codec = await codecOf(`a ${digits('1')}`);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 4 }), async (values) => {
      const plain = values.map(payload);
      const sealed = await codec.encode(plain);
      const opened = await codec.decode(sealed);
      expect(opened.map((one) => defaultPayloadConverter.fromPayload(one))).toEqual(
        plain.map((one) => defaultPayloadConverter.fromPayload(one)),
      );
    }),
  );
  const secret = payload({ evaluation: 'family-rct' });
  const [one, other] = await codec.encode([secret, secret]);
  expect(shown(one as Payload)).not.toMatch(/family-rct|evaluation|json/);
  expect(shown(one as Payload)).not.toEqual(shown(other as Payload));
});

test('what was written before there were keys is read as it is', async () => {
  const plain = [payload({ wave: '2024-01-01' }), payload(undefined)];
  expect(await (await codecOf(`a ${digits('1')}`)).decode(plain)).toEqual(plain);
});

test('a new key seals, and the one before it still opens until its line is taken out', async () => {
  const before = await codecOf(`old ${digits('1')}`);
  const rotated = await codecOf('# since March', `new ${digits('2')}`, `old ${digits('1')}`);
  const after = await codecOf(`new ${digits('2')}`);
  const value = payload(7);
  const [sealedBefore] = await before.encode([value]);
  const [sealedAfter] = await rotated.encode([value]);
  const open = async (codec: typeof before, sealed: Payload | undefined) =>
    defaultPayloadConverter.fromPayload((await codec.decode([sealed as Payload]))[0] as Payload);
  expect(await open(rotated, sealedBefore)).toBe(7);
  expect(await open(after, sealedAfter)).toBe(7);
  await expect(open(after, sealedBefore)).rejects.toMatchObject({ code: 'unknown-payload-key' });
  await expect(open(before, sealedAfter)).rejects.toThrow('“new”');
});

test('another key of the same name, a changed byte or another name is refused', async () => {
  const codec = await codecOf(`a ${digits('1')}`, `b ${digits('1')}`);
  const [sealed] = await codec.encode([payload('x')]);
  const { metadata = null, data: bytes } = sealed as Payload;
  const data = bytes ?? new Uint8Array();
  const wrong = { code: 'wrong-payload-key' };
  await expect((await codecOf(`a ${digits('2')}`)).decode([{ metadata, data }])).rejects.toMatchObject(wrong);
  for (const at of [0, 12, data.length - 1]) {
    const changed = Buffer.from(data);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(codec.decode([{ metadata, data: changed }])).rejects.toMatchObject(wrong);
  }
  for (const short of [0, 5, 20])
    await expect(codec.decode([{ metadata, data: data.slice(0, short) }])).rejects.toMatchObject(wrong);
  const renamed = { ...metadata, 'encryption-key-id': Buffer.from('b') };
  await expect(codec.decode([{ metadata: renamed, data }])).rejects.toMatchObject(wrong);
});

test('a file that is no file of keys is refused by its line, which is not quoted', async () => {
  const refusalOf = async (...lines: string[]) => {
    const file = await keyFile(...lines);
    try {
      return readPayloadKeys(file);
    } catch (error) {
      return error as { code: string; message: string; place: object };
    }
  };
  expect(await refusalOf()).toMatchObject({ code: 'no-payload-keys', exitCode: 2 });
  expect(await refusalOf('# none')).toMatchObject({ code: 'bad-payload-keys' });
  const short = await refusalOf(`a ${digits('1')}`, 'b abcdef012345');
  expect(short).toMatchObject({ code: 'bad-payload-keys', place: { line: 2 } });
  expect(short).not.toMatchObject({ message: expect.stringContaining('abcdef') });
  expect(await refusalOf(`a ${digits('1')}`, `a ${digits('2')}`)).toMatchObject({ place: { line: 2 } });
});

test('keys are made once, for their owner’s eyes alone; without a file nothing is sealed', async () => {
  const file = await keyFile();
  await makePayloadKeys(file);
  const made = readPayloadKeys(file);
  expect((await stat(file)).mode & 0o077).toBe(0);
  await makePayloadKeys(file);
  expect(readPayloadKeys(file)).toEqual(made);
  expect(temporalSealed({})).toEqual({});
  expect(temporalSealed({ payloadKeysFile: file }).dataConverter?.payloadCodecs).toHaveLength(1);
});
