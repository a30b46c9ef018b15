// A stored evaluation analysed: what files of the same statements give, byte for byte, kept, and the same when made again.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseEvent } from '../../../schemas/case-event.ts';
import type { FeedMessage } from '../../../schemas/message.ts';
import {
  analyseCohort,
  cohortOfExample,
  type Example,
  readExample,
} from '../../../services/analysis/example/example.ts';
import {
  type Asked,
  analyseStored,
  printed,
  storedAnalyses,
  storedAnalysis,
  verifyAnalysis,
} from '../../../services/analysis/plan/stored.ts';
import { resultOf } from '../../../services/analysis/result.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { newKeyPair } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import * as steps from '../../../services/evaluations/lifecycle/steps.ts';
import { importOptOuts } from '../../../services/evaluations/register.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { checkRelease } from '../../../services/releases/check.ts';
import { countsOf } from '../../../services/releases/effects/counts.ts';
import type { EffectsDocument } from '../../../services/releases/effects/judge.ts';
import { releaseNumbered } from '../../../services/releases/standing.ts';
import { draftRelease } from '../../../services/releases/steps.ts';
import type { Cohort } from '../../../services/simulator/cohort/cohort.ts';
import { linesOf, listOf } from '../../../services/simulator/cohort/messages.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

const AT_ONCE = 2_000;
const at = new Date('2026-01-01T00:00:00Z');

let sql: SqlEngine;
let operator: Database;
let example: Example;
let cohort: Cohort;
let slug: string;
let messages: FeedMessage[];
const taken = () => ({ slug, by: 'anna', at });
const asked = (changes: Partial<Asked> = {}): Asked => ({
  evaluation: slug,
  cut: null,
  asOf: null,
  acceptances: [],
  unitCosts: example.unitCosts,
  earlier: [],
  by: 'anna',
  ...changes,
});

async function recruiting(): Promise<void> {
  await steps.advance(sql.db, taken(), 'registered');
  for (const id of ['anna', 'ben']) {
    const { privatePem, publicKey } = newKeyPair();
    await registerSigner(sql.db, { id, name: id, publicKey, simulated: true });
    await steps.signEvaluation(sql.db, { slug, signer: id, privatePem, at });
  }
  await steps.advance(sql.db, taken(), 'locked');
  await steps.advance(sql.db, taken(), 'recruiting');
}

async function settleAll(messages: readonly FeedMessage[]): Promise<void> {
  for (let from = 0; from < messages.length; from += AT_ONCE)
    await sql.settle(messages.slice(from, from + AT_ONCE));
  await sql.follow();
}

beforeAll(async () => {
  example = await readExample('family-group-conferences');
  cohort = cohortOfExample(example);
  slug = example.protocol.id;
  sql = await sqlEngine();
  operator = connect(sql.databaseUrl, 2, 'test-analysis', 'waymark_operator');
  await sql.register(example.protocol.councils);
  await sql.create(example.protocol);
  await recruiting();
  const rows = listOf(cohort).trimEnd().split('\n').slice(1);
  const units = rows.map((row) => {
    const [council = '', unit = '', arm] = row.split(',');
    return { council, unit, arm: arm as 'trial' };
  });
  await sql.allocate(slug, units);
  messages = [...linesOf(cohort)].map((line) => JSON.parse(line));
  await settleAll(messages);
});
afterAll(async () => {
  await operator.end();
  await sql.close();
});

it('is refused while the evaluation is blinded, by the store too', async () => {
  await expect(analyseStored(operator, asked())).rejects.toMatchObject({ code: 'blinded' });
  const kept = operator`
    insert into waymark.analysis (evaluation_id, cut, protocol, accepted, earlier, code_version, withheld, record, record_hash, made_by)
    select evaluation_id, now(), '{}', '[]', '{}', '', false, '', encode(sha256(''), 'hex'), 'eve' from waymark.evaluation`;
  await expect(kept).rejects.toThrow('analysed once it is unblinded');
});

describe('an unblinded evaluation', () => {
  it('gives the record that files of the same statements give, byte for byte, and keeps it', async () => {
    await steps.unblind(sql.db, taken(), 'the analysis that the plan names is due');
    const { number, record, hash } = await analyseStored(operator, asked());
    expect(printed(record)).toBe(
      printed(analyseCohort(cohort, example.protocol, [], example.unitCosts).record),
    );
    expect(record.results[0]?.estimates.length).toBeGreaterThan(0);
    expect(await storedAnalysis(operator, number)).toMatchObject({
      hash,
      by: 'anna',
      record: printed(record),
    });
    expect(await storedAnalyses(operator, slug)).toHaveLength(1);
  });

  it('comes out the same when it is made again, though more has become known since', async () => {
    const [first] = await storedAnalyses(operator, slug);
    const entry = messages.find(({ type }) => type === 'waymark.case.care-episode.v1');
    const { data, ...envelope } = entry as CaseEvent & { data: { state: object } };
    const later = { ...data.state, started: '2026-01-31' };
    const correction = {
      ...envelope,
      id: '00000000-0000-8000-8000-000000000001',
      time: '2026-02-01T00:00:00Z',
      data: { ...data, state: later },
    };
    await settleAll([correction as unknown as FeedMessage]);
    const second = await analyseStored(operator, asked());
    expect(second.hash).not.toBe(first?.hash);
    expect((await verifyAnalysis(operator, first?.number ?? 0)).hash).toBe(first?.hash);
  });

  it('counts whom live numbers count: readers of both are told one thing', async () => {
    const { record, number } = await analyseStored(operator, asked());
    const evaluation = await evaluationNamed(sql.db, slug);
    const live = await resultOf(sql.db, evaluation!);
    const counts = countsOf(record, example.protocol, new Date());
    const of = ({ results }: typeof live) =>
      results.map(({ outcome, horizon, arms }) => [
        outcome,
        horizon,
        arms.map(({ days: _, risk: __, ...cells }) => cells),
      ]);
    expect(of(counts)).toEqual(of(live));

    const draft = {
      evaluation: slug,
      analysis: number,
      title: 'Effects',
      audience: 'researchers',
      by: 'anna',
    } as const;
    const release = await draftRelease(operator, draft);
    await checkRelease(sql.db, release);
    const { check } = await releaseNumbered(sql.db, release);
    const { effects } = JSON.parse(check?.body ?? '') as EffectsDocument;
    expect(effects?.results.some(({ estimates }) => estimates.length > 0)).toBe(true);
    expect(check?.record.checks?.map(({ id }) => id)).toContain('regression');
  });

  it('waits for what was begun before it to be stored', async () => {
    let release = () => {};
    let begun = () => {};
    const beginning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const open = sql.db.begin(async (tx) => {
      await tx`select pg_current_xact_id()`;
      begun();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await beginning;
    let ended = false;
    const analysing = analyseStored(operator, asked()).then(() => {
      ended = true;
    });
    await pause(1_500);
    expect(ended).toBe(false);
    release();
    await open;
    await analysing;
    expect(ended).toBe(true);
  });

  it('is as it was known by the end of a day', async () => {
    const before = await analyseStored(
      operator,
      asked({ cut: new Date('2020-01-01T00:00:00Z'), asOf: '2019-12-31' }),
    );
    expect(before.record).toMatchObject({ asOf: '2019-12-31', flow: { screened: 0, enrolled: 0 } });
  });

  it('is as it was before somebody known by then was allocated', async () => {
    const known = messages.find(({ type }) => type === 'waymark.case.referral.v1') as CaseEvent;
    const name = '0123456789ab8cde8f0123456789abcd';
    const referral = {
      ...known,
      id: '00000000-0000-8000-8000-000000000002',
      subject: `c${name}`,
      data: { ...known.data, recordId: `r${name}` },
    };
    await settleAll([referral as unknown as FeedMessage]);
    const { number, record, hash } = await analyseStored(operator, asked());
    const council = known.source.slice('/councils/'.length);
    await sql.allocate(slug, [{ council, unit: `f${name}`, arm: 'trial' }]);
    await sql.follow();
    const { record: after } = await analyseStored(operator, asked());
    expect(after.flow.enrolled).toBe(record.flow.enrolled + 1);
    expect((await verifyAnalysis(operator, number)).hash).toBe(hash);
  });

  it('is not made of a day that is not over, and keeps no reason for a gate that there is not', async () => {
    const kept = (await storedAnalyses(operator, slug)).length;
    const tomorrow = new Date(Date.now() + 86_400_000);
    await expect(analyseStored(operator, asked({ cut: tomorrow, asOf: '2100-01-01' }))).rejects.toMatchObject(
      {
        code: 'day-not-over',
        place: { field: 'as-of' },
      },
    );
    const acceptances = [{ gate: 'blance', by: 'anna', reason: 'by design' }];
    await expect(analyseStored(operator, asked({ acceptances }))).rejects.toMatchObject({
      code: 'unknown-gate',
    });
    expect(await storedAnalyses(operator, slug)).toHaveLength(kept);
  });

  it('says what comes out differently once somebody has opted out, and what there is not', async () => {
    const [first] = await storedAnalyses(operator, slug);
    const [, row = ''] = listOf(cohort).split('\n');
    const [council = '', unit = ''] = row.split(',');
    await importOptOuts(sql.db, slug, [{ council, unit }]);
    await sql.follow();
    await expect(verifyAnalysis(operator, first?.number ?? 0)).rejects.toMatchObject({
      code: 'differs',
      exitCode: 1,
    });
    await expect(verifyAnalysis(operator, 99)).rejects.toMatchObject({ code: 'unknown-analysis' });
    await expect(analyseStored(operator, asked({ earlier: [99] }))).rejects.toMatchObject({
      code: 'unknown-analysis',
    });
    await expect(analyseStored(operator, asked({ earlier: [first?.number ?? 0] }))).rejects.toMatchObject({
      code: 'no-look',
    });
  });

  it('is kept as it was made: no row of it changes, and all of it is audited', async () => {
    await expect(sql.db`update waymark.analysis set made_by = 'eve'`).rejects.toThrow('only ever added to');
    await expect(sql.db`delete from waymark.analysis`).rejects.toThrow('only ever added to');
    const [audited] = await sql.db<{ entries: number }[]>`
      select count(*)::integer as entries from waymark.audit_entry where entry::jsonb -> 'what' ->> 'table' = 'analysis'`;
    expect(audited?.entries).toBe((await storedAnalyses(operator, slug)).length);
  });
});
