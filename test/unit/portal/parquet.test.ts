// The Parquet download, read by another implementation (DuckDB), says what the CSV says.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse as parseCsv } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { columns } from '../../../services/portal/columns.ts';
import { signedIn } from './opened.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waymark-parquet-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function query(file: Buffer, sql: (path: string) => string) {
  const path = join(folder, 'outcomes.parquet');
  await writeFile(path, file);
  const connection = await (await DuckDBInstance.create()).connect();
  return (await connection.runAndReadAll(sql(`'${path}'`))).getRowObjectsJson();
}

const evaluations = ['families-first-demonstration', 'sample-returns'];
const decimal = (text: unknown): string => String(Number(text));

it.each(evaluations)(
  'has every cell of the CSV of %s, and names those that are hidden or not yet known',
  async (slug) => {
    const get = await signedIn('researcher');
    const csv: Record<string, string>[] = parseCsv((await get(`/evaluations/${slug}/outcomes.csv`)).body, {
      columns: true,
    });
    const answer = await get(`/evaluations/${slug}/outcomes.parquet`);
    expect(answer.headers['content-type']).toBe('application/vnd.apache.parquet');
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="${slug}-outcomes.parquet"`);
    const rows = await query(answer.rawPayload, (path) => `select * from read_parquet(${path})`);
    expect(rows).toHaveLength(csv.length);
    const missing = { '[c]': 0, '[x]': 0 };
    rows.forEach((row, at) => {
      const empty = { '[c]': String(row.hidden).split(' '), '[x]': String(row.not_yet).split(' ') };
      for (const { name, datatype } of columns) {
        const text = csv[at]?.[name] ?? '';
        if (datatype !== 'string' && (text === '[c]' || text === '[x]')) {
          missing[text] += 1;
          expect(row[name], name).toBeNull();
          expect(empty[text], name).toContain(name);
        } else if (datatype === 'integer' || datatype === 'decimal')
          expect(decimal(row[name]), name).toBe(decimal(text));
        else if (datatype === 'dateTime')
          expect(`${String(row[name]).replace(' ', 'T')}Z`.slice(0, 19), name).toBe(text.slice(0, 19));
        else expect(row[name], name).toBe(text);
      }
      const named = [...empty['[c]'], ...empty['[x]']].filter((name) => name !== '');
      expect(named).toHaveLength(Object.values(row).filter((value) => value === null).length);
    });
    expect(missing['[c]'] + missing['[x]']).toBeGreaterThan(0);
  },
);

it('gives each column the type that its description says', async () => {
  const get = await signedIn('researcher');
  const { rawPayload } = await get('/evaluations/sample-returns/outcomes.parquet');
  const described = await query(rawPayload, (path) => `describe select * from read_parquet(${path})`);
  const names = {
    string: 'VARCHAR',
    integer: 'INTEGER',
    decimal: 'DOUBLE',
    date: 'DATE',
    dateTime: 'TIMESTAMP',
  };
  expect(described.slice(0, columns.length).map((one) => [one.column_name, one.column_type])).toEqual(
    columns.map(({ name, datatype }) => [name, expect.stringContaining(names[datatype])]),
  );
  const [metadata] = await query(
    rawPayload,
    (path) => `select decode(value) as value from parquet_kv_metadata(${path}) where decode(key) = 'columns'`,
  );
  expect(Object.keys(JSON.parse(String(metadata?.value)))).toEqual([
    ...columns.map(({ name }) => name),
    'hidden',
    'not_yet',
  ]);
});

it('is not to be had of a blinded evaluation', async () => {
  const get = await signedIn('researcher');
  const answer = await get('/evaluations/blinded-evaluation/outcomes.parquet');
  expect(answer.statusCode).toBe(403);
  expect(answer.body).toContain('nobody sees outcomes by arm');
});
