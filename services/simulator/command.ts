// `waymark simulate`: a simulated world described, summed up, or written out as the lines that its councils would send.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { UserError } from '../platform/errors.ts';
import { describe, describeText } from './describe.ts';
import { planNamed } from './plan.ts';
import { type Simulation, simulate, type TrueEffect } from './simulate.ts';

interface Options {
  plan: string;
  seed?: string;
  out?: string;
  describe?: boolean;
  json?: boolean;
}

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description(
      'Simulate councils with known truth: sum them up, compare them with published tables, or write their feeds',
    )
    .option('--plan <name>', 'demonstration (20 councils) or small (4 councils)', 'demonstration')
    .option('--seed <text>', 'another world of the same plan')
    .option('--out <file>', 'write every message of every feed, one a line, council after council')
    .option('--describe', 'compare with published tables')
    .option('--json', 'print one JSON object')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const simulation = simulate(planNamed(options.plan, options.seed));
  const lines = options.out === undefined ? undefined : await writeFeeds(simulation, options.out);
  const report = {
    dataSource: 'simulated',
    summary: simulation.summary(),
    truth: simulation.truth(),
    ...(options.describe && { calibration: describe(simulation) }),
    ...(options.out !== undefined && { file: options.out, lines }),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : asText(report));
}

/** Writes NDJSON, never holding more than one day of one council beyond its plan. Returns the number of lines. */
async function writeFeeds(simulation: Simulation, path: string): Promise<number> {
  const file = createWriteStream(path, { flags: 'w' });
  const failed = finished(file).catch((error: Error) => {
    throw new UserError('cannot-write', `The file cannot be written: ${error.message}.`, { file: path }, 1);
  });
  failed.catch(() => {});
  let lines = 0;
  for (const council of simulation.councils()) {
    for (const { messages } of council.deliveries()) {
      lines += messages.length;
      const text = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
      if (!file.write(text)) await Promise.race([once(file, 'drain'), failed]);
    }
  }
  file.end();
  await failed;
  return lines;
}

interface Report {
  summary: ReturnType<Simulation['summary']>;
  truth: TrueEffect[];
  calibration?: ReturnType<typeof describe>;
  file?: string;
  lines?: number | undefined;
}

const count = (value: number) => value.toLocaleString('en-GB');
const percent = (value: number) => `${(100 * value).toFixed(2)}%`;

function asText({ summary: s, truth, calibration, file, lines }: Report): string {
  const paragraphs = [
    `Simulated data: plan ${s.plan}, seed ${s.seed}. Every child, family and council is invented.`,
    [
      `${s.councils} councils; ${count(s.children)} children of ${count(s.families)} families; in the evaluation ${count(s.participants)} children of ${count(s.participatingFamilies)} families.`,
      `${count(s.events)} case events about ${count(s.records)} records in ${count(s.deliveries)} deliveries; also ${count(s.duplicates)} duplicates and ${count(s.feedStatements)} feed statements.`,
      `Among the events: ${count(s.late)} late, ${count(s.corrections)} corrections, ${count(s.purges)} purges; ${count(s.shuffledDeliveries)} deliveries out of order.`,
    ].join('\n'),
    [
      'True risk by outcome and months: trial, comparison, difference',
      ...truth.map(
        (row) =>
          `${row.outcome.padEnd(16)}${String(row.horizon).padStart(3)}  ${percent(row.trial).padStart(7)}  ${percent(row.comparison).padStart(7)}  ${percent(row.difference).padStart(7)}`,
      ),
    ].join('\n'),
  ];
  if (calibration) paragraphs.push(describeText(calibration));
  if (file !== undefined) paragraphs.push(`${count(lines ?? 0)} lines written to ${file}.`);
  return `${paragraphs.join('\n\n')}\n`;
}
