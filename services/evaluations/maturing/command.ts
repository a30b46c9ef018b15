// `waymark maturity`: who is known, who is not yet and when, by wave, council and horizon.
import type { Command } from 'commander';
import { audit } from '../../audit/append.ts';
import type { Database, Queryable } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { type Evaluation, evaluationNamed, evaluations } from '../evaluation.ts';
import { type MaturityLedger, maturityLedger } from './from-store.ts';
import { ledgerLines } from './print.ts';

/** What `waymark maturity --json` prints. Fields are added, never renamed or removed, within one version. */
export interface MaturityRecord {
  maturityVersion: 1;
  evaluations: MaturityLedger[];
}

async function asked(db: Queryable, slug: string | undefined): Promise<Evaluation[]> {
  if (slug === undefined) return evaluations(db);
  const evaluation = await evaluationNamed(db, slug);
  if (evaluation) return [evaluation];
  throw new UserError('unknown-evaluation', `There is no evaluation ${slug}.`, { field: 'evaluation' });
}

/**
 * One moment of the store; reading the states of an unblinded evaluation goes to the audit log.
 * @throws UserError `unknown-evaluation`
 */
export async function maturityRecord(
  db: Database,
  slug: string | undefined,
  now: Date,
): Promise<MaturityRecord> {
  const of = await asked(db, slug);
  for (const one of of) if (one.unblinded) await audit(db, { kind: 'read', what: { evaluation: one.slug } });
  return db.begin('isolation level repeatable read read only', async (tx) => {
    const told: MaturityLedger[] = [];
    for (const one of of) told.push(await maturityLedger(tx, one, now));
    return { maturityVersion: 1, evaluations: told };
  });
}

type WithDatabase = <T>(work: (db: Database) => Promise<T>) => Promise<T>;
type Print = (json: boolean | undefined, value: unknown, lines: () => string[]) => void;

export function registerMaturity(program: Command, withDatabase: WithDatabase, print: Print): void {
  program
    .command('maturity')
    .description(
      'Say of every wave, council and horizon how many participants are known, and when the rest are expected to be',
    )
    .option('--evaluation <id>', 'one evaluation; without it all of them')
    .option('--json', 'print one JSON document, with every outcome and the states')
    .action(async ({ evaluation, json }: { evaluation?: string; json?: boolean }) => {
      const record = await withDatabase((db) => maturityRecord(db, evaluation, new Date()));
      print(json, record, () =>
        record.evaluations.length > 0
          ? record.evaluations.flatMap(ledgerLines)
          : ['There is no evaluation yet.'],
      );
    });
}
