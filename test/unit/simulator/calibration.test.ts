import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseMessage } from '../../../schemas/message.ts';
import { registerSimulate } from '../../../services/simulator/command.ts';
import { describe as compare, describeText } from '../../../services/simulator/describe.ts';
import { demonstrationPlan } from '../../../services/simulator/plan.ts';
import { Random } from '../../../services/simulator/random.ts';
import { simulate } from '../../../services/simulator/simulate.ts';

describe('the demonstration', () => {
  it('agrees with the published tables within the stated tolerances', () => {
    const rows = compare(simulate(demonstrationPlan()));
    expect(rows.filter((row) => !row.agrees).map((row) => [row.measure, row.simulated])).toEqual([]);
    expect(describeText(rows)).toContain('Referrals with no further action');
  });
});

describe('random streams', () => {
  it('fork by place and not by order', () => {
    const one = Random.of('seed');
    const before = one.fork(3, 1).next();
    for (let i = 0; i < 10; i++) one.next();
    expect(one.fork(3, 1).next()).toBe(before);
    expect(one.fork(1, 3).next()).not.toBe(before);
    expect(Random.of('Seed').fork(3, 1).next()).not.toBe(before);
  });

  it('are uniform across neighbouring forks', () => {
    const root = Random.of('uniform');
    const bins = new Array<number>(20).fill(0);
    for (let i = 0; i < 20_000; i++) bins[Math.floor(root.fork(6, i % 40, i).next() * 20)]!++;
    const chiSquare = bins.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(43.8); // 0.999 of chi-square with 19 degrees of freedom
  });

  it('have the moments they promise', () => {
    const random = Random.of('moments');
    const draws = (draw: () => number) => Array.from({ length: 20_000 }, draw);
    const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
    const variance = (xs: number[]) => mean(xs.map((x) => x ** 2)) - mean(xs) ** 2;
    const normal = draws(() => random.normal());
    const gamma = draws(() => random.gammaOfMeanOne(0.6));
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(Math.abs(variance(normal) - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean(gamma) - 1)).toBeLessThan(0.03);
    expect(Math.abs(variance(gamma) - 0.6)).toBeLessThan(0.05);
    expect(Math.abs(mean(draws(() => random.poisson(3.5))) - 3.5)).toBeLessThan(0.08);
  });
});

describe('waymark simulate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-simulate-'));
  afterEach(() => vi.restoreAllMocks());

  async function run(...argv: string[]): Promise<string> {
    let out = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += text;
      return true;
    });
    const program = new Command().exitOverride();
    registerSimulate(program);
    await program.parseAsync(['simulate', ...argv], { from: 'user' });
    vi.restoreAllMocks();
    return out;
  }

  it('writes the feeds as lines that parse, and says how many', async () => {
    const path = join(folder, 'feeds.ndjson');
    const report = JSON.parse(await run('--plan', 'small', '--out', path, '--json'));
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    rmSync(folder, { recursive: true });
    expect(report.lines).toBe(lines.length);
    expect(report.summary.messages).toBe(lines.length);
    expect(parseMessage(lines[0] ?? '').ok).toBe(true);
    expect(report.dataSource).toBe('simulated');
  });

  it('says in words that all is invented, beside the published figures', async () => {
    const text = await run('--plan', 'small', '--seed', 'rowan', '--describe');
    expect(text).toContain('seed rowan. Every child, family and council is invented.');
    expect(text).toContain('DfE table C1');
  });

  it('refuses an unknown plan and a file it cannot write, with a code', async () => {
    await expect(run('--plan', 'grand')).rejects.toMatchObject({ code: 'unknown-plan' });
    const path = join(folder, 'missing', 'feeds.ndjson');
    await expect(run('--plan', 'small', '--out', path)).rejects.toMatchObject({ code: 'cannot-write' });
  });
});
