// The bundle for R holds what is needed, no pseudonym, and, where R is installed, remakes the primary estimate.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import type { Protocol } from '../../../schemas/protocol.ts';
import { analyse } from '../../../services/analysis/plan/analyse.ts';
import { type Bundle, rBundle } from '../../../services/analysis/plan/r-bundle.ts';
import { dataParquet } from '../../../services/analysis/plan/r-export.ts';
import { invented, plannedProtocol, snapshotOf } from './plan-world.ts';

const run = promisify(execFile);

function bundleOf(protocol: Protocol, families = 400): Bundle['files'] {
  return wholeBundle(protocol, families).files;
}

function wholeBundle(protocol: Protocol, families = 400): Bundle {
  const participants = invented({ families });
  const record = analyse(protocol, snapshotOf(participants), [], 'test');
  return rBundle(protocol, participants, record);
}

const hasR = await run('Rscript', ['--version']).then(
  () => true,
  () => false,
);

async function inR(bundle: Bundle['files']): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-r-'));
  try {
    for (const [name, text] of Object.entries(bundle)) await writeFile(join(folder, name), text);
    return (await run('Rscript', ['--vanilla', 'analysis.R'], { cwd: folder })).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const logRatio = { estimand: { ...plannedProtocol().estimand, summary: 'risk-ratio' } };
const plans: [string, Protocol][] = [
  ['g-computation', plannedProtocol()],
  ['linear, complete cases', plannedProtocol({}, { model: { method: 'linear' }, missing: 'complete-case' })],
  ['linear, without covariates', plannedProtocol({}, { model: { method: 'linear' }, covariates: [] })],
  ['modified Poisson', plannedProtocol(logRatio, { model: { method: 'modified-poisson' } })],
  ['few clusters, CR2', plannedProtocol({}, { model: { method: 'linear', vcov: 'CR2' } })],
];

describe('the bundle for R', () => {
  it('has a row for every analysed participant and a meaning for every column', () => {
    const bundle = bundleOf(plannedProtocol());
    const [head, ...rows] = bundle['data.csv']!.trim().split('\n');
    const expected = bundle['expected.csv']!.trim().split('\n')[1]!.split(',');
    expect(rows).toHaveLength(Number(expected[5]));
    const described = bundle['dictionary.csv']!.trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',')[0]);
    expect(described).toEqual(head!.split(','));
  });

  it('carries no pseudonym and says what the data are', () => {
    const bundle = bundleOf(plannedProtocol());
    expect(bundle['data.csv']).not.toMatch(/\b[fc]\d/);
    expect(bundle['README.txt']).toContain('SIMULATED DATA');
  });

  it('has the same rows as Parquet, which another implementation reads', async () => {
    const { files, data } = wholeBundle(plannedProtocol(), 60);
    const folder = await mkdtemp(join(tmpdir(), 'waymark-r-'));
    try {
      const [csv, parquet] = [join(folder, 'data.csv'), join(folder, 'data.parquet')];
      await writeFile(csv, files['data.csv']!);
      await writeFile(parquet, dataParquet(data));
      const connection = await (await DuckDBInstance.create()).connect();
      const read = async (from: string) =>
        (await connection.runAndReadAll(`select * from ${from}`)).getRowsJson();
      const rows = await read(`read_parquet('${parquet}')`);
      const text = await read(`read_csv('${csv}', all_varchar = true)`);
      expect(rows).toHaveLength(text.length);
      expect(rows.map((row) => row.map(String))).toEqual(text);
      expect(data.columns.find(({ name }) => name === 'event')).toMatchObject({ isNumber: true });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses what base R cannot remake', () => {
    const ratio = plannedProtocol(logRatio);
    expect(() => bundleOf(ratio)).toThrow(expect.objectContaining({ code: 'not-in-base-r' }));
  });

  it.runIf(hasR).each(plans)('is remade by base R to 1e-8: %s', async (_, protocol) => {
    expect(await inR(bundleOf(protocol))).toContain('the same');
  });

  it.runIf(hasR)('is told apart by R when a number is wrong', async () => {
    const bundle = bundleOf(plannedProtocol());
    const wrong = { ...bundle, 'data.csv': bundle['data.csv']!.replace(/\n1,/, '\n0,') };
    await expect(inR(wrong)).rejects.toThrow();
  });
});
