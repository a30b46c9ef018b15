// The short self-test: defaults against their promises in simulated data, by exact binomial bounds. A figure raises a false
// alarm in 1 of 20,000 runs, so the 33 figures below together in fewer than 1 of 600, were the seed free.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drawn } from '../../../services/analysis/estimate/draws.ts';
import { runSelftest } from '../../../services/analysis/estimate/selftest.ts';
import { broken, selftestTable } from '../../../services/analysis/estimate/selftest-table.ts';
import { silent } from '../../../services/platform/progress.ts';
import { contradicts, PROMISED } from '../../../services/statistics/selftest/judge.ts';
import { QUESTIONS, type Question } from '../../../services/statistics/selftest/questions.ts';
import { partsOf, type Row, rowsOf, runPart } from '../../../services/statistics/selftest/run.ts';
import type { DrawTask } from '../../../services/statistics/trial/resampled.ts';

const ALARM = 1 / 20_000;

/** The rows of some questions at 20 clusters. */
function shortRun(questions: readonly Question[], trials: number): Row[] {
  const parts = partsOf(trials, 20240607, questions, [20]).filter(({ scenario }) => scenario.icc !== 0.01);
  return rowsOf(
    parts,
    parts.map((part) => runPart(part, questions)),
    questions,
  );
}

const outside = (row: Row): string[] => {
  const { coverage, rejected } = row.summary;
  const held = { coverage, rejected: row.planted ? null : rejected };
  return (['coverage', 'rejected'] as const).filter((key) => {
    const figure = held[key];
    return figure !== null && contradicts(figure, PROMISED[key][0], PROMISED[key][1], ALARM);
  });
};

const SHORT = [
  'cluster-means: linear',
  'cluster-risks: g-computation',
  'cluster-means: permutation',
  'stepped-wedge: linear, periods',
  'stepped-wedge: mixed-linear, periods',
  'pooled-councils: meta, REML, Hartung-Knapp',
  'individuals: two-proportions, newcombe',
  'individuals: mantel-haenszel',
  'individuals: welch',
  'individuals: logistic',
  'individuals: cox',
];
const named = ({ world, label }: { world: { name: string }; label: string }): string =>
  `${world.name}: ${label}`;

describe('the defaults in simulated data whose truth is known', () => {
  const rows = shortRun(
    QUESTIONS.filter((question) => SHORT.includes(named(question))),
    200,
  );
  it('asks about every method named', () => {
    expect(new Set(rows.map((row) => `${row.world}: ${row.label}`))).toEqual(new Set(SHORT));
    expect(rows.every((row) => row.summary.unanswered === 0)).toBe(true);
  });
  for (const name of SHORT)
    it(`${name}: type I error, coverage and bias are within chance of the promise`, () => {
      for (const row of rows.filter((r) => `${r.world}: ${r.label}` === name)) {
        expect(outside(row)).toEqual([]);
        const { bias, rejected } = row.summary;
        expect(Math.abs(bias?.value ?? 9)).toBeLessThan(4.5 * (bias?.error ?? 0));
        if (row.planted) expect(rejected?.value).toBeGreaterThan(0.15);
      }
    });
  it('sees a standard error that is wrong: one that ignores clusters, and one twice too large', () => {
    const [linear] = QUESTIONS.filter((question) => named(question) === 'cluster-means: linear');
    const ignoring = { ...linear!, spec: { ...linear!.spec, vcov: 'classical' as const } };
    const [none] = shortRun([ignoring], 200);
    expect(outside(none!)).toEqual(['coverage', 'rejected']);
    expect(broken([none!]).map(({ figure }) => figure)).toEqual(['coverage', 'rejected']);
    expect(selftestTable([none!])).toMatch(/\*\*\d+\.\d% \(\d\.\d\)\*\*/);
    const [welch] = QUESTIONS.filter((question) => named(question) === 'individuals: welch');
    const large: Question = {
      ...welch!,
      read: (answer) => {
        const claim = welch!.read(answer);
        const half = claim.upper! - claim.lower!;
        return { ...claim, lower: claim.estimate! - half, upper: claim.estimate! + half };
      },
    };
    const [wide] = shortRun([large], 400);
    expect(outside(wide!)).toEqual(['coverage']);
  });
  it('judges shares by exact binomial tails', () => {
    // exact fractions (Python): P(X >= 67) = 0.010591, P(X <= 34) = 0.009304 of 1,000 at 5%
    const share = (events: number) => ({ value: events / 1000, error: 0, of: 1000 });
    expect(contradicts(share(67), 0.05, 0.05, 0.0211)).toBe(false);
    expect(contradicts(share(67), 0.05, 0.05, 0.0213)).toBe(true);
    expect(contradicts(share(34), 0.05, 0.05, 0.0185)).toBe(false);
    expect(contradicts(share(34), 0.05, 0.05, 0.0187)).toBe(true);
  });
});

describe('work on threads', () => {
  const { signal } = new AbortController();
  it('the self-test gives the same bytes on one thread and on two, others from another seed', async () => {
    const run = (threads: number, seed: number) =>
      runSelftest({ trials: 120, seed, threads, only: 'pooled', signal }).then((rows) =>
        JSON.stringify(rows),
      );
    const one = await run(1, 5);
    expect(await run(2, 5)).toBe(one);
    expect(await run(2, 6)).not.toBe(one);
  });
  it('permutation and bootstrap draws are the same bytes without threads, on one and on two', async () => {
    const count = 30;
    const numbers = (shift: number) => Float64Array.from({ length: count }, (_, i) => Math.sin(i + shift));
    const permutation: DrawTask = {
      kind: 'arrangements',
      units: {
        arm: Int32Array.from({ length: count }, (_, i) => i % 2),
        strata: [Int32Array.from({ length: count }, (_, i) => i)],
        size: new Float64Array(count).fill(1),
        total: numbers(0),
      },
      statistic: 'studentised',
      seed: 7,
      draws: 6_001,
    };
    const bootstrap: DrawTask = {
      kind: 'wild',
      count,
      p: 1,
      q0: numbers(0),
      q1: numbers(1),
      r0: numbers(2),
      r1: numbers(3),
      carried: numbers(4),
      law: 'webb',
      seed: 7,
      draws: 6_001,
      exhaustive: false,
    };
    const multiplier: DrawTask = {
      kind: 'multiplier',
      count,
      effects: 5,
      influence: Float64Array.from({ length: 5 * count }, (_, i) => Math.sin(i)),
      seed: 7,
      draws: 6_001,
    };
    for (const task of [permutation, bootstrap, multiplier]) {
      const inline = await drawn(task, null, signal, silent);
      expect(inline.length).toBe(5 * 6_001);
      expect(new Set(inline).size).toBeGreaterThan(5_000);
      for (const threads of [1, 2]) {
        const threaded = await drawn(task, threads, signal, silent);
        expect(Buffer.from(threaded.buffer).equals(Buffer.from(inline.buffer))).toBe(true);
      }
    }
  });
  it('stops when asked and says so, with no thread left', async () => {
    const stop = new AbortController();
    const run = runSelftest(
      { trials: 100_000, seed: 1, threads: 2, only: 'pooled', signal: stop.signal },
      () => stop.abort(),
    );
    await expect(run).rejects.toMatchObject({ code: 'stopped', exitCode: 130 });
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Worker')).toEqual([]);
  });
  it('Ctrl-C on the command ends it with 130 and prints nothing', async () => {
    const command = fileURLToPath(new URL('../../../infra/waymark.mjs', import.meta.url));
    const child = spawn(process.execPath, [command, 'selftest', '--trials', '100000', '--threads', '2']);
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect([code, out]).toEqual([130, '']);
  });
});
