// The bytes that leave are held: an event's id and content must not change when the way to them is made faster.
// Each hash was taken of the output of the readers as they were before they were made faster (November 2026).
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeCensus } from '../../../bench/census-file.ts';
import { recordStates } from '../../../schemas/records.ts';
import { stateJson, withoutUndefined } from '../../../services/council/state-json.ts';
import { convert, folder, samples } from './support.ts';

const here = folder();
const referenceDate = '2020-03-31';

async function hashOf(files: string[]): Promise<string> {
  const { messages, report, error } = await convert(files, { referenceDate, waiveRefused: 'held' });
  const hash = createHash('sha256');
  for (const message of messages) hash.update(`${JSON.stringify(message)}\n`);
  hash.update(
    JSON.stringify([report.records, report.months, report.filled, report.findings, error?.report()]),
  );
  hash.update(JSON.stringify(report.refusals));
  return hash.digest('hex').slice(0, 32);
}

const held: Record<string, string> = {
  'cin-census/CIN_Census_2021.xml': '9c18a9f120e26867dccc487dd3851f34',
  'cin-census/CIN_Census_2024.xml': '00f7e51e34de09fb6aa64e4340ae7945',
  'cin-census/CIN_Census_2026.xml': '0337cf946448a30675f4a83d5582afea',
  'cin-census/fake_CIN_data.xml': 'a348058755d1851ee452fe6b27778468',
  'ssda903/fake_903.xml': 'd26db8649555985145c0c1686997c40a',
  'ssda903/episodes.csv ssda903/header.csv ssda903/uasc.csv': '7b2455bbc68e3f0707492543989197f0',
  'council/daily-snapshot.json': 'e139defa7d701eece96b7de11a647f90',
};

describe('what leaves', () => {
  it.each(Object.entries(held))('%s gives the bytes it always gave', async (name, hash) => {
    const files = name.split(' ').map((file) => `${samples}${file}`);
    expect(await hashOf(files)).toBe(hash);
  });

  it('writes every value of the schemas as JSON does', () => {
    const listed = JSON.stringify(Object.values(recordStates).map((schema) => z.toJSONSchema(schema)));
    const codes = [...listed.matchAll(/"enum":(\[.*?\])/g)].flatMap(
      (found) => JSON.parse(found[1]!) as string[],
    );
    expect(codes.length).toBeGreaterThan(150);
    const others = { flag: false, number: 3, none: [], day: '2024-02-29', left: undefined };
    for (const code of codes) {
      const state = { code, list: [code, 'N1'], ...others };
      expect(stateJson(state)).toBe(JSON.stringify(state));
      expect(JSON.stringify(withoutUndefined(state))).toBe(JSON.stringify(state));
    }
    expect(stateJson({ left: undefined })).toBe('{}');
  });

  it('a generated census of every module gives the bytes it always gave', async () => {
    const path = here.path('generated.xml');
    await writeCensus(path, 20_000);
    expect(await hashOf([path])).toBe('4f32661c63126c516da490437dea80f4');
  });
});
