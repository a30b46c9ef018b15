// Recruitment and balance as those who work on an evaluation read them: what the analysis of the same children says, arms
// together while units are being allocated, and nothing for anybody else.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grant } from '../../../services/access/grants.ts';
import { createPeople } from '../../../services/access/people.ts';
import { asReader, readInName } from '../../../services/access/reader.ts';
import type { PersonRole } from '../../../services/access/roles.ts';
import { cohortOfExample, type Example, readExample } from '../../../services/analysis/example/example.ts';
import { analyseStored } from '../../../services/analysis/plan/stored.ts';
import {
  baselineByArm,
  baselineCovariates,
  baselinePooled,
} from '../../../services/analysis/recruitment/baseline.ts';
import { recruitmentCounts } from '../../../services/analysis/recruitment/counts.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { flowOf } from '../../../services/evaluations/flow.ts';
import { newKeyPair } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import * as steps from '../../../services/evaluations/lifecycle/steps.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import { linesOf, listOf } from '../../../services/simulator/cohort/messages.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

const at = new Date('2026-01-01T00:00:00Z');
let sql: SqlEngine;
let operator: Database;
let portal: Database;
let example: Example;
let slug: string;
const taken = () => ({ slug, by: 'anna', at });
const idOf = async () => (await evaluationNamed(sql.db, slug))?.id ?? 0;

beforeAll(async () => {
  example = await readExample('family-group-conferences');
  const cohort = cohortOfExample(example);
  slug = example.protocol.id;
  // Every baseline fact is a covariate, so that the analysis tells of each.
  const { analysis } = example.protocol;
  const protocol = {
    ...example.protocol,
    ...(analysis && { analysis: { ...analysis, covariates: [...baselineCovariates] } }),
  };
  sql = await sqlEngine();
  operator = connect(sql.databaseUrl, 2, 'test-recruitment', 'waymark_operator');
  portal = connect(sql.databaseUrl, 2, 'test-recruitment', 'waymark_portal');
  await sql.register(protocol.councils);
  await sql.create(protocol);
  await steps.advance(sql.db, taken(), 'registered');
  for (const id of ['anna', 'ben']) {
    const { privatePem, publicKey } = newKeyPair();
    await registerSigner(sql.db, { id, name: id, publicKey, simulated: true });
    await steps.signEvaluation(sql.db, { slug, signer: id, privatePem, at });
  }
  await steps.advance(sql.db, taken(), 'locked');
  await steps.advance(sql.db, taken(), 'recruiting');
  const units = listOf(cohort)
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((row) => {
      const [council = '', unit = '', arm] = row.split(',');
      return { council, unit, arm: arm as 'trial' };
    });
  await sql.allocate(slug, units);
  const messages = [...linesOf(cohort)].map((line) => JSON.parse(line));
  for (let from = 0; from < messages.length; from += 2_000)
    await sql.settle(messages.slice(from, from + 2_000));
  await sql.follow();
});
afterAll(async () => {
  await operator.end();
  await portal.end();
  await sql.close();
});

async function actingAs(role: PersonRole, council: string | null = null) {
  const who = `${role}@example.invalid`;
  const evaluation = ['evaluator', 'researcher', 'output-checker'].includes(role) ? slug : null;
  await grant(sql.db, { who, role, evaluation, council }, 'Anna Admin');
  const identity = { issuer: 'https://sign-in.example.invalid', subject: role, email: who };
  const id = (await createPeople(portal).rolesOf(identity))?.[0]?.id ?? '';
  return { id, role };
}
const countsFor = async (role: PersonRole) =>
  asReader(await actingAs(role), () => readInName(portal, async (tx) => recruitmentCounts(tx, await idOf())));
const sum = (rows: readonly { children: number }[]) =>
  rows.reduce((total, { children }) => total + children, 0);

describe('while arms are still given one by one', () => {
  it('counts who came in as the flow does, and keeps arms together in the store', async () => {
    const { screened, baseline, armsToldApart } = await countsFor('evaluator');
    const flow = await flowOf(operator, (await evaluationNamed(operator, slug))!);
    expect(sum(screened)).toBe(flow.screened);
    expect(sum(screened.filter(({ reason }) => reason === null))).toBe(flow.enrolled);
    for (const { reason, count } of flow.excluded)
      expect(sum(screened.filter((row) => row.reason === reason)), reason).toBe(count);
    expect(armsToldApart).toBe(false);
    expect(new Set(baseline.map(({ arm }) => arm))).toEqual(new Set([null]));
    for (const fact of ['age', 'sex', 'referral'])
      expect(sum(baseline.filter((row) => row.fact === fact))).toBe(flow.enrolled);
    const pooled = baselinePooled(baseline);
    expect(pooled.find(({ of }) => of === 'age')?.value).toBeGreaterThan(0);
  });

  it('tells nothing to a researcher, an administrator or nobody', async () => {
    const nothing = { screened: [], baseline: [] };
    expect(await countsFor('researcher')).toMatchObject(nothing);
    expect(await countsFor('administrator')).toMatchObject(nothing);
    const nobody = asReader(null, () =>
      readInName(portal, async (tx) => recruitmentCounts(tx, await idOf())),
    );
    expect(await nobody).toMatchObject(nothing);
    const store = createPortalStore(portal);
    expect(await asReader(await actingAs('researcher'), () => store.recruitment(slug))).toBeNull();
    expect(await asReader(await actingAs('evaluator'), () => store.recruitment('another'))).toBeNull();
  });

  it('leaves outcomes by arm where they were: out of sight', async () => {
    const seen = asReader(await actingAs('evaluator'), () =>
      readInName(portal, (tx) => tx`select from waymark.outcome limit 1`),
    );
    expect(await seen).toHaveLength(0);
  });
});

describe('once recruitment is over', () => {
  it('tells arms apart though it is blinded, and says of them what the analysis says', async () => {
    await steps.advance(sql.db, taken(), 'following');
    const { baseline, armsToldApart } = await countsFor('evaluator');
    expect(armsToldApart).toBe(true);
    expect((await evaluationNamed(sql.db, slug))?.unblinded).toBe(false);
    const rows = baselineByArm(baseline);
    await steps.unblind(sql.db, taken(), 'the analysis that the plan names is due');
    const { record } = await analyseStored(operator, {
      ...{ evaluation: slug, cut: null, asOf: null, acceptances: [], unitCosts: example.unitCosts },
      ...{ earlier: [], by: 'anna' },
    });
    const known = record.balance.filter(({ of }) => rows.some((row) => row.of === of));
    expect(new Set(known.map(({ of }) => of)).size).toBeGreaterThan(4);
    expect(rows.map(({ covariate, counts, missing }) => ({ covariate, counts, missing }))).toEqual(
      known.map(({ covariate, counts, missing }) => ({ covariate, counts, missing })),
    );
    const close = (a: number | null, b: number | null | undefined, of: string) =>
      a === null ? expect(b, of).toBeNull() : expect(b, of).toBeCloseTo(a, 9);
    for (const one of known) {
      const row = rows.find(({ covariate }) => covariate === one.covariate);
      for (const field of ['trial', 'comparison', 'standardisedDifference', 'varianceRatio'] as const)
        close(one[field], row?.[field], `${one.covariate} ${field}`);
      for (const arm of ['trial', 'comparison'] as const) close(one.sd[arm], row?.sd[arm], one.covariate);
    }
  });
});
