// `waymark quarantine`: every message taken is accounted for, and each that could not be used says where, why and what to do.
import type { Command } from 'commander';
import { repairOf } from '../../schemas/repair.ts';
import type { Account } from '../ingest/account.ts';
import type { Database } from '../platform/database.ts';
import { print, withDatabase } from './context.ts';

const LISTED = 1_000;

export interface Held {
  council: string | null;
  /** Where the message stands: in Kafka, or on a line of a delivery to the gateway. */
  place: string;
  code: string;
  field: string;
  reason: string;
  repair: string;
  at: string;
}

export interface IntakeReport {
  /** Of all messages taken from Kafka; `received` is the sum of the others. */
  account: Account;
  /** Lines the gateway refused, which never reached Kafka. */
  refusedLines: number;
  /** The newest 1,000 of each sort. */
  quarantined: Held[];
  refused: Held[];
}

type Row = Omit<Held, 'repair' | 'at'> & { at: Date };

const held = ({ at, ...row }: Row): Held => ({ ...row, repair: repairOf(row.code), at: at.toISOString() });

/** What came in and what became of it, over all topics and councils. */
export async function intakeReport(db: Database): Promise<IntakeReport> {
  const [account] = await db<Account[]>`
    select coalesce(sum(received), 0)::float8 as received, coalesce(sum(stored), 0)::float8 as stored,
      coalesce(sum(duplicates), 0)::float8 as duplicates, coalesce(sum(statements), 0)::float8 as statements,
      coalesce(sum(quarantined), 0)::float8 as quarantined
    from waymark.intake`;
  const [refusedLines] = await db<
    { count: number }[]
  >`select count(*)::integer as count from waymark.refused_line`;
  const quarantined = await db<Row[]>`
    select council, topic || '/' || partition || '/' || "offset" as place, code, field, reason, received_at as at
    from waymark.quarantine order by received_at desc, topic, partition, "offset" limit ${LISTED}`;
  const refused = await db<Row[]>`
    select c.code as council, 'line ' || r.line || ' of ' || coalesce(nullif(r.delivery, ''), 'an unnamed delivery') as place,
      r.code, r.field, r.reason, r.refused_at as at
    from waymark.refused_line r join waymark.council c using (council_id)
    order by r.refused_at desc, r.delivery, r.line limit ${LISTED}`;
  return {
    account: account ?? { received: 0, stored: 0, duplicates: 0, statements: 0, quarantined: 0 },
    refusedLines: refusedLines?.count ?? 0,
    quarantined: quarantined.map(held),
    refused: refused.map(held),
  };
}

const number = (count: number): string => count.toLocaleString('en-GB');

const line = (one: Held): string =>
  `${one.council ?? 'unknown council'}  ${one.place}  ${one.code}: ${one.field} ${one.reason}\n    ${one.repair}`;

function words({ account, refusedLines, quarantined, refused }: IntakeReport): string[] {
  return [
    `${number(account.received)} messages taken from Kafka = ${number(account.stored)} stored + ${number(account.duplicates)} duplicates + ${number(account.statements)} feed statements (one a partition) + ${number(account.quarantined)} quarantined`,
    `${number(refusedLines)} lines refused by the gateway, which never reached Kafka`,
    ...(quarantined.length > 0 ? ['', 'In quarantine:', ...quarantined.map(line)] : []),
    ...(refused.length > 0 ? ['', 'Refused by the gateway:', ...refused.map(line)] : []),
  ];
}

export function registerQuarantine(program: Command): void {
  program
    .command('quarantine')
    .description(
      'Account for every message taken, and list those that could not be used: where, why and what to do',
    )
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: boolean }) => {
      const report = await withDatabase(intakeReport);
      print(json, report, () => words(report));
    });
}
