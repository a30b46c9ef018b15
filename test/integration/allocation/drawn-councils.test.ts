// Councils that the allocation service drew: files beside the log that it prints give what the store gives, whatever is asked.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../../../schemas/calendar.ts';
import type { CouncilDraw } from '../../../schemas/protocol/allocation.ts';
import { analyseFiles } from '../../../services/analysis/plan/command.ts';
import { analyseStored, printed } from '../../../services/analysis/plan/stored.ts';
import { printedLog } from '../../../services/evaluations/allocation/trial.ts';
import { evaluateAsOf } from '../../../services/evaluations/as-of/as-of.ts';
import { evaluateFiles } from '../../../services/evaluations/evaluate/command.ts';
import type { EvaluateRecord } from '../../../services/evaluations/evaluate/evaluate.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { explainFiles } from '../../../services/evaluations/explain/from-files.ts';
import { explainStored } from '../../../services/evaluations/explain/from-store.ts';
import type { ExplainRecord } from '../../../services/evaluations/explain/record.ts';
import { checkRebuild } from '../../../services/evaluations/rebuild/check.ts';
import { contentHash } from '../../../services/platform/content-hash.ts';
import { messagesOf } from '../../spec/notation.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';
import { COUNCILS, pseudonym, service } from './service.ts';

const steps = ['2026-02-01', '2026-05-01', '2026-08-01'];
const designs: [string, CouncilDraw][] = [
  ['a stepped wedge', { method: 'stepped-wedge', steps }],
  [
    'councils in two halves',
    {
      method: 'constrained',
      covariates: [
        {
          name: 'referral-rate',
          values: COUNCILS.map((council, at) => ({ council, value: 10 + at * at })),
        },
      ],
    },
  ],
];

/** In every council children on, before and after each step, every other one referred again. */
const messages = COUNCILS.flatMap((council) => [
  ...steps
    .flatMap((step) => [-31, -1, 0, 1, 40].map((days) => addDays(step, days)))
    .flatMap((day, at) => {
      const again = at % 2 === 0 ? `; referral b ${addDays(day, 100)} @${addDays(day, 101)}` : '';
      const records = `referral a ${day} @${addDays(day, 1)}${again}`;
      return messagesOf(records, { council, child: pseudonym('c') });
    }),
  ...messagesOf('complete referral 2027-10-31', { council, child: pseudonym('c') }),
]);

describe.each(designs)('%s', (_, draw) => {
  let trial: Awaited<ReturnType<typeof service>>;
  let sql: SqlEngine;
  const folder = mkdtempSync(join(tmpdir(), 'waymark-drawn-'));
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  let files: { protocol: string; events: string; councils: string };
  const stored = async () => (await evaluationNamed(sql.db, trial.protocol.id))!;

  beforeAll(async () => {
    trial = await service(draw, 'council');
    sql = await sqlEngine({ databaseUrl: trial.databaseUrl, drop: async () => {} });
    await sql.settle(messages);
    await sql.follow();
    await sql.unblind(trial.protocol.id);
    files = {
      protocol: file('protocol.json', JSON.stringify(trial.protocol)),
      events: file('events.ndjson', messages.map((message) => JSON.stringify(message)).join('\n')),
      councils: file('drawn.json', JSON.stringify(await printedLog(trial.db, trial.protocol.id))),
    };
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await sql.close();
    await trial.stop();
  });

  /** Lines are the file's alone; the store's outcomes do not hold how they came to be known. */
  const comparable = ({ participants, results, flow, children, maturity, protocolHash }: EvaluateRecord) => ({
    participants,
    results,
    flow,
    children,
    maturity,
    protocolHash,
  });

  it('has the participants, arms and counts that the store has, and the hash of the protocol as locked', async () => {
    const record = await evaluateFiles(files);
    expect(record.protocolHash).toBe(contentHash(trial.protocol));
    const kept = await sql.participants(trial.protocol.id);
    expect(kept).toHaveLength(6 * 15);
    expect(new Set(kept.map(({ arm }) => arm))).toEqual(new Set(['trial', 'comparison']));
    const arms = ({ council, child, arm, index }: (typeof kept)[number]) => ({ council, child, arm, index });
    expect(record.participants.map((one) => arms(one as never))).toEqual(kept.map(arms));
    expect(record.results.map(({ outcome, horizon, arms }) => ({ outcome, horizon, arms }))).toEqual(
      await sql.counts(trial.protocol.id),
    );
    expect((await checkRebuild(sql.db)).differences).toEqual([]);
  });

  it('is the same by the ledger cut at an instant, before the draw too', async () => {
    const later = await evaluateAsOf(sql.db, await stored(), new Date('2100-01-01'), 'later');
    expect(comparable(later)).toEqual(comparable(await evaluateFiles(files)));
    // Opened on 2 March 2026, and the records of the day before stood in the file by then.
    const asOf = '2026-03-01';
    const before = await evaluateFiles({ ...files, asOf });
    expect(before.children).toMatchObject({ participants: 0 });
    expect(before.children.withoutArm).toBeGreaterThan(0);
    expect((await evaluateFiles({ ...files, asOf: '2026-03-02' })).children.withoutArm).toBe(0);
  });

  it('is explained the same', async () => {
    const { child } = (await evaluateFiles(files)).participants[0]!;
    const asked = { participant: child, outcome: 're-referral' };
    const ofFiles = await explainFiles({ ...asked, ...files });
    expect(ofFiles.excluded).toBeNull();
    // A file's lines have numbers, and the store's instants milliseconds.
    const plain = (key: string, value: unknown) =>
      key === 'line' ? null : key === 'recordedAt' ? Date.parse(String(value)) : value;
    const told = (record: ExplainRecord) => JSON.parse(JSON.stringify(record, plain));
    expect(told(ofFiles)).toEqual(told(await explainStored(sql.db, asked)));
  });

  it('is analysed the same, byte for byte', async () => {
    const asked = { evaluation: trial.protocol.id, by: 'anna', cut: null, asOf: null, acceptances: [] };
    const ofStore = await analyseStored(sql.db, { ...asked, unitCosts: null, earlier: [] });
    const ofFiles = await analyseFiles({ ...files, accept: [] });
    expect(printed(ofFiles.record)).toBe(printed(ofStore.record));
    expect(ofFiles.record.protocolHash).toBe(contentHash(trial.protocol));
    expect(ofFiles.record.study.armsBy).toBe(draw.method);
    expect(ofFiles.record.study.goLive.map(({ from }) => from).sort()).toEqual(
      draw.method === 'stepped-wedge' ? steps.flatMap((day) => [day, day]) : [],
    );
  });
});
