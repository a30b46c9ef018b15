// `waymark audit`: whether the log is whole, what it says, and its head to be kept elsewhere.
import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type AuditKind, auditKinds } from '../audit/append.ts';
import { type Entry, newest, rows } from '../audit/read.ts';
import { Anchor, verifyAudit } from '../audit/verify.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { terminalProgress } from '../platform/progress.ts';
import { print, withDatabase } from './context.ts';

interface Json {
  json?: boolean;
}

/** Everything is read as it stood at one moment. */
const atOneMoment = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
  withDatabase(
    async (db: Database) =>
      (
        await db.begin('isolation level repeatable read read only', async (tx) => [await work(tx)] as const)
      )[0] as T,
  );

/** @throws UserError `bad-anchors` naming the line */
async function anchorsOf(file: string): Promise<Anchor[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UserError('unreadable-file', `The file ${file} cannot be read: ${error.message}.`, { file });
  });
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    try {
      return [Anchor.parse(JSON.parse(line))];
    } catch {
      throw new UserError('bad-anchors', `Line ${at + 1} is no head that waymark audit head has written.`, {
        file,
        line: at + 1,
      });
    }
  });
}

async function verify({ anchors, json }: Json & { anchors?: string }): Promise<void> {
  const kept = anchors === undefined ? [] : await anchorsOf(anchors);
  const progress = terminalProgress();
  const verdict = await atOneMoment((tx) =>
    verifyAudit(tx, kept, (done) => progress({ stage: 'verify', message: 'entries', done })),
  );
  const whole = verdict.faults.length === 0;
  print(json, { ...verdict, anchors: kept.length, whole }, () => [
    whole
      ? `${verdict.entries.toLocaleString('en-GB')} entries, none changed, moved or missing${kept.length > 0 ? `; ${kept.length} kept heads lie on the chain` : '; give --anchors to rule out a log written anew'}.`
      : `The log is not what was written. Keep the database as it is:\n${verdict.faults.map(({ seq, fault }) => `  entry ${seq}: ${fault}`).join('\n')}`,
  ]);
  if (!whole) process.exitCode = 1;
}

const words = ({ seq, at, kind, by, as, what }: Entry): string =>
  `${seq}  ${at}  ${kind}  ${by}${as ? ` (${as})` : ''}  ${JSON.stringify(what)}`;

const count = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('give a whole number from 1');
  return Number(text);
};

async function list({
  kind,
  by,
  limit,
  json,
}: Json & { kind?: AuditKind; by?: string; limit: number }): Promise<void> {
  const entries = await withDatabase((db) => newest(db, { kind: kind ?? null, by: by ?? null, limit }));
  print(json, entries, () => (entries.length === 0 ? ['No such entry.'] : entries.map(words)));
}

async function exportAll({ from }: { from: number }): Promise<void> {
  await atOneMoment(async (tx) => {
    for await (const row of rows(tx, from))
      if (!process.stdout.write(`${JSON.stringify(row)}\n`)) await once(process.stdout, 'drain');
  });
}

async function head({ to, json }: Json & { to?: string }): Promise<void> {
  const { head: end, faults } = await atOneMoment((tx) => verifyAudit(tx));
  if (faults.length > 0)
    throw new UserError(
      'audit-broken',
      'The log is not whole, so its head is not worth keeping: run waymark audit verify.',
      {},
      1,
    );
  const kept = { ...end, at: new Date().toISOString() };
  if (to !== undefined) await appendFile(to, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  print(json, kept, () => [`${kept.seq} ${kept.hash}`]);
}

export function registerAudit(program: Command): void {
  const audit = program.command('audit').description('Verify, list and export the audit log');
  audit
    .command('verify')
    .description(
      'Follow the chain of hashes from its first entry; exit 1 when anything was changed, moved or is missing',
    )
    .option('--anchors <file>', 'heads kept elsewhere by waymark audit head --to')
    .option('--json', 'print one JSON document')
    .action(verify);
  audit
    .command('list')
    .description('The newest entries')
    .addOption(new Option('--kind <kind>', 'only entries of this kind').choices(auditKinds))
    .option('--by <name>', 'only entries of whoever’s name holds this')
    .option('--limit <count>', 'how many', count, 50)
    .option('--json', 'print one JSON document')
    .action(list);
  audit
    .command('export')
    .description('Every entry with its hash, oldest first, one JSON object a line')
    .option('--from <seq>', 'from this entry on', count, 1)
    .option('--json', 'the same: an export is JSON')
    .action(exportAll);
  audit
    .command('head')
    .description('The end of the log, to be kept where whoever keeps the database cannot reach it')
    .option('--to <file>', 'append it to this file')
    .option('--json', 'print one JSON document')
    .action(head);
}
