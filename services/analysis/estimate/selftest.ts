// `waymark selftest`: simulates cluster trials with a known truth and prints what the defaults do in them.
import type { Command } from 'commander';
import { runScenario, SCENARIOS, type ScenarioResult } from '../../statistics/selftest.ts';

const percent = (value: number, error: number): string =>
  `${(100 * value).toFixed(1)}% (${(100 * error).toFixed(1)})`;

/** The results as a Markdown table; Monte Carlo error in brackets. */
export function selftestTable(results: readonly ScenarioResult[]): string {
  const rows = results.map(
    (r) =>
      `| ${r.method} | ${r.clusters} | ${r.icc} | ${r.effect} | ${r.trials} | ${r.bias.toFixed(4)} (${r.biasError.toFixed(4)}) | ${percent(r.coverage, r.coverageError)} | ${percent(r.rejected, r.rejectedError)} |`,
  );
  return [
    '| method | clusters | ICC | effect | trials | bias | coverage | rejected at 5% |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

export function registerSelftest(
  program: Command,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): void {
  program
    .command('selftest')
    .description('simulate cluster trials and print coverage, type I error, bias and power of the defaults')
    .option('--trials <n>', 'trials for each scenario', '1000')
    .option('--seed <n>', 'seed of the simulation', '20240607')
    .option('--json', 'print JSON')
    .action(({ trials, seed, json }: { trials: string; seed: string; json?: boolean }) => {
      const results = SCENARIOS.map((scenario) =>
        runScenario(scenario, Math.max(1, Number(trials) || 1000), Number(seed) || 1),
      );
      write(json ? `${JSON.stringify({ seed: Number(seed), results })}\n` : `${selftestTable(results)}\n`);
    });
}
