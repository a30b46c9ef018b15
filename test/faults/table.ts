// `npm run faults -- [--runs N] [--events N] [--seed N] [--only a,b] [--write]`: every fault on the real parts, in the middle of a
// delivery; prints one JSON report and, with --write, docs/faults.md. Exit code 1 when anything was lost, doubled or altered.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkRebuild, type RebuildReport } from '../../services/evaluations/rebuild/check.ts';
import { faults } from './faults.ts';
import type { Setting } from './scene.ts';
import { type Outcome, Theatre } from './theatre.ts';

const PAGE = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));
const everything = Object.keys(faults).join(',');
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1' },
    events: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '20261126' },
    only: { type: 'string', default: everything },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    `npm run faults -- [--runs N] [--events N] [--seed N] [--only a,b] [--write]\nFaults: ${Object.keys(faults).join(', ')}\n`,
  );
  process.exit(0);
}
const [runs, events, seed] = [values.runs, values.events, values.seed].map(Number) as [
  number,
  number,
  number,
];
const names = values.only.split(',');
for (const name of names) {
  if (faults[name]) continue;
  process.stderr.write(`There is no fault ${name}: --help lists them.\n`);
  process.exit(2);
}

interface Row {
  fault: string;
  words: string;
  outcomes: Outcome[];
  /** Runs that could not be carried to their end, and why. */
  broke: string[];
}

const root = fileURLToPath(new URL('../../.waymark/', import.meta.url));
const rows: Row[] = names.map((fault) => ({
  fault,
  words: faults[fault]?.words ?? '',
  outcomes: [],
  broke: [],
}));
const began = performance.now();
/** The machine's load as each run ended: seconds are longer where others work. */
const loads: number[] = [];

/** Plays the faults of one setting, each as often as asked for, and makes everything derived again. */
async function played(setting: Setting, those: readonly Row[]): Promise<RebuildReport> {
  const theatre = await Theatre.open(join(root, 'faults-table'), join(root, 'cache'), setting);
  try {
    for (let run = 0; run < runs; run += 1)
      for (const row of those) {
        const one = faults[row.fault];
        if (!one) continue;
        try {
          const outcome = await theatre.play(one.fault, Math.max(events, one.events ?? 0), seed + run);
          row.outcomes.push(outcome);
          loads.push(Math.round(loadavg()[0] ?? 0));
          process.stderr.write(`${row.fault} ${JSON.stringify(outcome)}\n`);
        } catch (error) {
          row.broke.push((error as Error).message);
          process.stderr.write(`${row.fault} broke: ${(error as Error).stack}\n`);
        }
      }
    return await checkRebuild(theatre.db);
  } finally {
    await theatre.close();
  }
}

const bySetting = new Map<string, Row[]>();
for (const row of rows) {
  const setting = JSON.stringify(faults[row.fault]?.setting ?? {});
  bySetting.set(setting, [...(bySetting.get(setting) ?? []), row]);
}
const rebuilt: RebuildReport[] = [];

const sum = (row: Row, of: (outcome: Outcome) => number): number =>
  row.outcomes.reduce((total, outcome) => total + of(outcome), 0);
const well = (row: Row): boolean =>
  row.broke.length === 0 &&
  sum(
    row,
    (one) =>
      one.lost +
      one.doubled +
      one.altered +
      one.misplaced +
      one.stuck +
      one.chainFaults +
      Number(one.outcomesDiffer),
  ) === 0;
const seconds = (row: Row): string => {
  const all = row.outcomes.map(({ recovered }) => recovered).sort((a, b) => a - b);
  const at = (index: number): string => (all[index] ?? Number.NaN).toFixed(1);
  return all.length < 2 ? at(0) : `${at(0)} to ${at(all.length - 1)}`;
};
const eventsOf = (row: Row): number => Math.max(events, faults[row.fault]?.events ?? 0);
const line = (row: Row): string =>
  `| ${row.words} | ${eventsOf(row).toLocaleString('en-GB')} | ${row.outcomes.length} | ${sum(row, (one) => one.lost)} | ${sum(row, (one) => one.doubled)} | ${sum(row, (one) => one.altered)} | ${sum(row, (one) => Number(one.outcomesDiffer))} | ${seconds(row)} |${row.broke.length > 0 ? ` ${row.broke.length} broke off |` : ''}`;

/** A run of some faults only leaves the other rows of the page as they were, each from its own run. */
async function rowsOfPage(): Promise<string> {
  const found = await readFile(PAGE, 'utf8').catch(() => '');
  const kept = new Map(
    found.split('\n').flatMap((text) => (text.startsWith('| ') ? [[text.split(' | ')[0], text]] : [])),
  );
  const ended = rows.filter(({ outcomes, broke }) => outcomes.length + broke.length > 0);
  const made = new Map(ended.map((row) => [`| ${row.words}`, line(row)]));
  return Object.values(faults)
    .flatMap(({ words }) => made.get(`| ${words}`) ?? kept.get(`| ${words}`) ?? [])
    .join('\n');
}

const differing = (): number =>
  rebuilt.flatMap((one) => Object.values(one.differing)).reduce((total, count) => total + count, 0);
const page = async (): Promise<string> => `# Faults

Made by \`npm run faults -- --write\`; do not edit. The newest rows are of \`--runs ${runs} --events ${events} --seed ${seed}\`${values.only === everything ? '' : ` and \`--only\` ${names.join(', ')}`}, at a load of ${Math.min(...loads)} to ${Math.max(...loads)} on ${cpus().length} cores${values.only === everything ? '' : '; the others stayed as they were'}.
On the real PostgreSQL, Kafka and Temporal, with gateway, ingest and tracker as processes that are started again when they end. In the middle of each
delivery (100 to a batch, 25 batches a second, or one where clocks are set or histories fill, so that it lasts) the fault happens; the sender sends again whatever was not answered. Afterwards the ledger
is compared with the source event by event, by its number and by the hash of its content, and the outcomes of an evaluation that follows these
children with the reference engine's.

*Lost*, *doubled*, *altered*: events. *Outcomes*: runs whose counts by arm differed. *Seconds*: from the end of the fault (of a kill: when the
server answers again, or at once where it stays away) until every process is ready and another message is stored; with three brokers, until two
more batches are answered too, which takes a leader for every partition.

| fault | events | runs | lost | doubled | altered | outcomes | seconds |
|---|---|---|---|---|---|---|---|
${await rowsOfPage()}

After all of them \`waymark rebuild --check\` finds ${differing()} rows that differ; every evaluation's chain is whole${rows.some((row) => sum(row, (one) => one.chainFaults) > 0) ? ' except where noted' : ''}.
Three brokers are three processes on this machine. The wall clock is set of the three processes or of one server, the others' stay, and so does the monotonic
clock, by which timers run: a small library stands between the program and the system. For its clock Temporal, which asks the kernel itself, is built by Go
(its command 1.5.1, server 1.29.1) with a clock that can be set; in the other rows it is the one of the local stack. Not in the table: a stolen or replaced disk.
`;
// The page is written after each setting: a run that is cut off has not been in vain.
for (const [setting, those] of bySetting) {
  try {
    rebuilt.push(await played(JSON.parse(setting) as Setting, those));
  } catch (error) {
    for (const row of those) row.broke.push((error as Error).message);
    process.stderr.write(`${setting} broke: ${(error as Error).stack}\n`);
  }
  if (values.write) await writeFile(PAGE, await page());
}
const report = {
  runs,
  events,
  seed,
  seconds: Math.round((performance.now() - began) / 1_000),
  rebuilt,
  rows,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exitCode = rows.every(well) && rebuilt.every(({ same }) => same) ? 0 : 1;
