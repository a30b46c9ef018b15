// `waymark example`: the four published designs replayed on simulated records, each from nothing to a report by one command.
import type { Command } from 'commander';
import { months, points } from '../../page/words.ts';
import { exampleNames, readExample } from './example.ts';
import { type ExampleRun, runExample } from './run.ts';

interface RunOptions {
  out: string;
  seed?: string;
  json?: boolean;
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const examples = await Promise.all(exampleNames.map((name) => readExample(name)));
  const rows = examples.map(({ name, protocol, spec }) => ({
    name,
    title: protocol.title,
    councils: protocol.councils.length,
    families: spec.families,
    children: spec.children,
  }));
  process.stdout.write(
    json
      ? `${JSON.stringify({ dataSource: 'simulated', examples: rows })}\n`
      : `${rows.map((row) => `${row.name.padEnd(26)} ${row.title}: ${row.children.toLocaleString('en-GB')} children in ${row.councils} councils`).join('\n')}\n`,
  );
}

function asText({ analyses, files }: ExampleRun): string {
  const lines = analyses.flatMap(({ protocol, withheld, results }) => [
    `${protocol}${withheld ? ': effects are withheld, a gate failed' : ''}`,
    ...results.map(({ outcome, horizon, planted, estimate, covered }) => {
      const found =
        estimate?.estimate == null
          ? 'not yet known'
          : `found ${points(estimate.estimate)}${estimate.lower === null || estimate.upper === null ? '' : ` (${points(estimate.lower)} to ${points(estimate.upper)})`}`;
      const truth = planted ? `planted ${points(planted.difference)}` : 'nothing planted is known yet';
      return `  ${outcome}, ${months(horizon)}: ${truth}, ${found}${covered === false ? ' – the interval does not hold it' : ''}`;
    }),
  ]);
  return `SIMULATED DATA; differences in percentage points\n${lines.join('\n')}\n\n${files.join('\n')}\n`;
}

async function run(name: string, { out, seed, json }: RunOptions): Promise<void> {
  const example = await readExample(name, seed);
  const done = await runExample(example, out, (words) => process.stderr.write(`${words}…\n`));
  process.stdout.write(json ? `${JSON.stringify({ dataSource: 'simulated', ...done })}\n` : asText(done));
}

export function registerExample(program: Command): void {
  const example = program
    .command('example')
    .description('Evaluations on simulated records whose truth is known, each from nothing to a report');
  example.command('list').description('the examples').option('--json', 'print one JSON object').action(list);
  example
    .command('run')
    .description('simulate, analyse and report one example')
    .argument('<name>', exampleNames.join(', '))
    .requiredOption('--out <folder>', 'where protocol, events, record, report and results are written')
    .option('--seed <text>', 'another world of the same kind')
    .option('--json', 'print one JSON object')
    .action(run);
}
