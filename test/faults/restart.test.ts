// `npm start` cut off with kill -9 in the middle of loading, and started again: nothing is lost and nothing doubled.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { smallPlan } from '../../services/simulator/plan.ts';
import { simulate } from '../../services/simulator/simulate.ts';

const WAYMARK = fileURLToPath(new URL('../../infra/waymark.mjs', import.meta.url));
const CACHE = fileURLToPath(new URL('../../.waymark/cache', import.meta.url));

interface Demonstration {
  process: ChildProcess;
  /** Resolves with standard output when the process has ended. */
  ended: Promise<{ code: number | null; out: string }>;
  /** Resolves when a line of progress matches. */
  says(pattern: RegExp): Promise<void>;
}

function start(home: string): Demonstration {
  const child = spawn(process.execPath, [WAYMARK, 'demo', '--once', '--json', '--size', 'small'], {
    env: { ...process.env, WAYMARK_HOME: home, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let told = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    told += chunk;
  });
  return {
    process: child,
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, out }))),
    says: async (pattern) => {
      while (!pattern.test(told)) {
        if (child.exitCode !== null) throw new Error(`it ended before saying ${pattern}: ${told}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

describe('npm start', () => {
  it('goes on after kill -9 in the middle of loading and ends with every event once', async () => {
    const home = await mkdtemp(join(tmpdir(), 'waymark-restart-'));
    await symlink(CACHE, join(home, 'cache'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));

    const first = start(home);
    await first.says(/[1-5] of 6 feeds through the gateway/);
    first.process.kill('SIGKILL');
    await first.ended;

    const { code, out } = await start(home).ended;
    expect(code).toBe(0);
    const summary = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '');
    const simulated = simulate(smallPlan()).summary();
    const evaluation = smallPlan().name;
    expect(summary.events).toMatchObject({ refusedByGateway: 0, quarantined: 0 });
    expect(summary.eventsByDataSource.simulated).toBe(simulated.events);
    const arms = summary.participants.filter((row: { evaluation: string }) =>
      row.evaluation.endsWith(evaluation),
    );
    expect(arms.reduce((sum: number, row: { count: number }) => sum + row.count, 0)).toBe(
      simulated.participants,
    );
    expect(summary.workflows.cohort.running).toBeGreaterThan(0);
    for (const results of Object.values<{ arms: Record<string, number>[] }[]>(summary.outcomes)) {
      for (const { arms: counts } of results) {
        for (const { enrolled, notAtRisk, pending, matured, events, noEvents, censored } of counts) {
          expect(enrolled).toBe(notAtRisk! + pending! + matured!);
          expect(matured).toBe(events! + noEvents! + censored!);
        }
      }
    }
  });
});
