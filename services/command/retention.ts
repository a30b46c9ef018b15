// `waymark retention`: until when an evaluation's records are kept, who confirmed it, and the destruction of what is due.
import { type Command, InvalidArgumentError } from 'commander';
import type { ErasureEntry } from '../erasure/order.ts';
import {
  confirmRetention,
  orderDue,
  type Retention,
  retentions,
  setRetention,
  wouldGo,
} from '../erasure/retention.ts';
import { print, withDatabase } from './context.ts';
import { carryOut, entryNumbered, told } from './erase.ts';

interface Json {
  json?: boolean;
}

function day(text: string): string | null {
  if (text === 'never') return null;
  const parsed = new Date(`${text}T00:00:00Z`);
  if (!Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('give a day as YYYY-MM-DD, or never');
}

const missingWords = {
  confirmation: 'not confirmed: waymark retention confirm',
  closing: 'not closed: waymark evaluation advance',
} as const;

function line({ evaluation, destroyOn, set, confirmed, due, missing, erasure }: Retention): string {
  if (erasure !== null) return `${evaluation}  destroyed: erasure ${erasure}`;
  if (destroyOn === null) return `${evaluation}  no day is set`;
  const by = `set by ${set?.by} (login ${set?.login})`;
  const second = confirmed ? `confirmed by ${confirmed.by} (login ${confirmed.login})` : 'not confirmed';
  return `${evaluation}  kept until ${destroyOn}, ${by}, ${second}${due ? `; due${missing ? `, ${missingWords[missing]}` : ''}` : ''}`;
}

async function list({ json }: Json): Promise<void> {
  const all = await withDatabase(retentions);
  print(json, all, () => (all.length === 0 ? ['There is no evaluation.'] : all.map(line)));
}

async function changed(evaluation: string, { json }: Json): Promise<void> {
  const all = await withDatabase(retentions);
  const one = all.find((each) => each.evaluation === evaluation);
  print(json, one, () => (one ? [line(one)] : []));
}

/** Says what would go; with `destroy` has it go, and prints the certificates. Exit code 1: something due is in the way. */
async function run({ json, destroy }: Json & { destroy?: boolean }): Promise<void> {
  const due = (await withDatabase(retentions)).filter((one) => one.due);
  const what = await withDatabase(async (db) => {
    const found: (Retention & Awaited<ReturnType<typeof wouldGo>>)[] = [];
    for (const one of due) found.push({ ...one, ...(await wouldGo(db, one.evaluation)) });
    return found;
  });
  if (due.some(({ missing }) => missing !== null)) process.exitCode = 1;
  const ready = what.filter(({ missing }) => missing === null);
  if (!destroy) {
    print(json, { destroyed: false, due: what }, () => [
      ...(what.length === 0 ? ['Nothing is due.'] : []),
      ...what.map(
        (one) =>
          `${line(one)}. Would go: ${
            Object.entries(one.rows)
              .map(([name, rows]) => `${rows} ${name}`)
              .join(', ') || 'nothing of its own'
          }; records of ${one.children} children of ${one.councils.length} councils that no other evaluation follows.`,
      ),
      ...(ready.length > 0
        ? ['Nothing was destroyed: --destroy does it now, and the tracker does it every morning.']
        : []),
    ]);
    return;
  }
  const ordered = ready.length > 0 ? await withDatabase(orderDue) : [];
  for (const id of ordered) await carryOut(id, true);
  const entries: ErasureEntry[] = [];
  for (const id of ordered) entries.push(await entryNumbered(id));
  print(json, { destroyed: true, due: what, erasures: entries.map((one) => told(one).value) }, () =>
    entries.length === 0 ? ['Nothing was destroyed.'] : entries.flatMap((one) => told(one).lines),
  );
}

export function registerRetention(program: Command): void {
  const retention = program
    .command('retention')
    .description('Until when the records of an evaluation are kept, and their destruction on that day');
  const command = (name: string, words: string) =>
    retention.command(name).description(words).option('--json', 'print one JSON document');
  command('list', 'List every evaluation with its day').action(list);
  command('set', 'Set the day on which an evaluation’s records are destroyed; another person confirms it')
    .requiredOption('--evaluation <id>', 'the evaluation')
    .requiredOption('--until <day>', 'YYYY-MM-DD, or never', day)
    .requiredOption('--reason <text>', 'which rule or agreement says so, 5 to 500 characters')
    .requiredOption('--by <name>', 'who sets it')
    .action(
      async ({
        until,
        ...said
      }: Json & { evaluation: string; until: string | null; reason: string; by: string }) => {
        await withDatabase((db) => setRetention(db, { ...said, destroyOn: until }));
        await changed(said.evaluation, said);
      },
    );
  command('confirm', 'Confirm the day that was set: on it, the records are destroyed for good')
    .requiredOption('--evaluation <id>', 'the evaluation')
    .requiredOption('--by <name>', 'who confirms; never who set it')
    .action(async (said: Json & { evaluation: string; by: string }) => {
      await withDatabase((db) => confirmRetention(db, said));
      await changed(said.evaluation, said);
    });
  command('run', 'Say what is due and would go; destroy nothing unless told to')
    .option('--destroy', 'destroy what is due and confirmed, and print the certificates')
    .action(run);
}
