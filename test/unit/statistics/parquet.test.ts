// Parquet files written by pyarrow against the CSV of the same cells.
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runEstimate } from '../../../services/analysis/estimate/command.ts';
import { readTable } from '../../../services/analysis/estimate/csv.ts';
import { isParquet, readParquet } from '../../../services/analysis/estimate/parquet.ts';
import type { Roles } from '../../../services/statistics/spec.ts';

const FOLDER = fileURLToPath(new URL('../../golden/statistics/parquet/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'parquet-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Each column in a role that reads it as the type it has. */
const ROLES: Roles = {
  outcome: 'y',
  arm: 'arm',
  cluster: ['school'],
  covariates: ['single', 'whole', 'long', 'small', 'day', 'at', 'price'],
};
const csv = (roles: Roles) => readTable(createReadStream(join(FOLDER, 'cells.csv')), roles);

describe('a Parquet file and the CSV of its cells', () => {
  for (const file of ['snappy', 'zstd', 'gzip', 'plain', 'delta'])
    it(`${file}: numbers, dictionaries, dates, decimals and nulls are the same columns`, async () => {
      const path = join(FOLDER, `${file}.parquet`);
      expect(await isParquet(path)).toBe(true);
      expect(await readParquet(path, ROLES)).toEqual(await csv(ROLES));
    });
  it('numbers named as labels are their texts, and a yes/no column is 0 and 1 or missing', async () => {
    const path = join(FOLDER, 'snappy.parquet');
    const roles: Roles = { cluster: ['small', 'long'], event: 'flag' };
    expect(await readParquet(path, roles)).toEqual(await csv(roles));
    const flag = (await readParquet(path, { event: 'flag' })).columns.get('flag');
    expect(flag?.kind === 'numeric' && [...flag.values.slice(7, 11)]).toEqual([0, 0, Number.NaN, 0]);
  });
  it('the command gives the same answer to both', async () => {
    const spec = join(scratch, 'spec.json');
    writeFileSync(
      spec,
      '{"method":"linear","outcome":"y","arm":"arm","treated":"family","covariates":["single","price"],"cluster":"school","missing":"complete-case"}',
    );
    const terminal = { stdin: Readable.from([]), write: () => undefined };
    const answer = (data: string) => runEstimate({ spec, data: join(FOLDER, data) }, terminal);
    const expected = await answer('cells.csv');
    expect(expected.nDropped).toBe(1);
    expect(await answer('zstd.parquet')).toEqual(expected);
  });
  it('says which column and row it cannot use', async () => {
    const read = (roles: Roles) => readParquet(join(FOLDER, 'snappy.parquet'), roles);
    await expect(read({ outcome: 'nope' })).rejects.toMatchObject({
      code: 'unknown-column',
      message: expect.stringContaining('they have y, single'),
      place: { field: 'nope' },
    });
    await expect(read({ outcome: 'huge' })).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringContaining('column "huge", row 4'),
    });
    await expect(read({ outcome: 'odd' })).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringContaining('column "odd", row 6'),
    });
    await expect(read({ outcome: 'school' })).rejects.toMatchObject({
      code: 'not-a-number',
      message: expect.stringContaining('column "school", row 1: "s0"'),
    });
    await expect(read({ covariates: ['list'] })).rejects.toMatchObject({ code: 'nested-column' });
  });
  it('an empty table has no rows; a file cut short is refused', async () => {
    expect((await readParquet(join(FOLDER, 'empty.parquet'), ROLES)).n).toBe(0);
    const torn = join(scratch, 'torn.parquet');
    writeFileSync(torn, 'PAR1 and no more');
    await expect(readParquet(torn, ROLES)).rejects.toMatchObject({ code: 'bad-parquet' });
  });
});
