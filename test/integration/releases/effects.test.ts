// Effects of kept analyses on the real store: drafted by number, judged with what readers have seen, published, and read by
// researchers once they are published and no sooner. The analyses are of an invented trial, made by the engine.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grant } from '../../../services/access/grants.ts';
import { createPeople } from '../../../services/access/people.ts';
import { asReader, readInName } from '../../../services/access/reader.ts';
import type { PersonRole } from '../../../services/access/roles.ts';
import { analyse } from '../../../services/analysis/plan/analyse.ts';
import type { AnalysisParticipant } from '../../../services/analysis/plan/participant.ts';
import { connect, type Database, type DatabaseRole } from '../../../services/platform/database.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import type { KeyHolder, PortalStore } from '../../../services/portal/store.ts';
import { checkRelease, publishRelease } from '../../../services/releases/check.ts';
import { countsOf } from '../../../services/releases/effects/counts.ts';
import type { EffectsDocument } from '../../../services/releases/effects/judge.ts';
import { showLive } from '../../../services/releases/memory.ts';
import { releaseNumbered } from '../../../services/releases/standing.ts';
import {
  approveRelease,
  askToPublish,
  draftRelease,
  supersedeRelease,
} from '../../../services/releases/steps.ts';
import { verifyRelease } from '../../../services/releases/verify.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';
import { invented, plannedProtocol, snapshotOf } from '../../unit/analysis/plan-world.ts';
import { keepAnalysis, unblindedEvaluation } from './evaluation.ts';

const protocolOf = (id: string) =>
  plannedProtocol({ id }, { subgroups: [{ by: 'age', words: 'Larger for younger children.' }] });
const children = invented().map((one) => ({
  ...one,
  covariates: { ...one.covariates, age: one.covariates.age ?? 3 },
}));

let database: TestDatabase;
const pools: Database[] = [];
const as = (role?: DatabaseRole): Database => {
  const pool = connect(database.databaseUrl, 2, 'test-effects', role);
  pools.push(pool);
  return pool;
};
let owner: Database;
let operator: Database;
let tracker: Database;
let portal: Database;
let store: PortalStore;
const people = new Map<PersonRole, KeyHolder>();

/** An evaluation of its own for each test, so that none has seen another's numbers. */
async function world(id: string) {
  const protocol = protocolOf(id);
  const evaluation = await unblindedEvaluation(owner, protocol);
  const recordOf = (of: AnalysisParticipant[]) =>
    analyse(
      protocol,
      {
        ...snapshotOf(of),
        screening: { screened: of.length + 41, excluded: snapshotOf(of).screening.excluded },
      },
      [],
      'test',
    );
  const analysed = (of: AnalysisParticipant[], cut: string) =>
    keepAnalysis(owner, evaluation, protocol, recordOf(of), cut);
  const drafted = async (analysis: number): Promise<number> => {
    const draft = { evaluation: id, analysis, title: 'Effects', audience: 'researchers', by: 'Ada' } as const;
    const release = await draftRelease(operator, draft);
    await checkRelease(tracker, release);
    return release;
  };
  const published = async (analysis: number): Promise<number> => {
    const release = await drafted(analysis);
    await askToPublish(operator, { id: release, by: 'Ada' });
    await publishRelease(tracker, release);
    return release;
  };
  return { protocol, evaluation, recordOf, analysed, drafted, published };
}

const inNameOf = <T>(role: PersonRole, work: () => T): T =>
  asReader({ id: people.get(role)?.id ?? '', role }, work);
const reasonsOf = async (release: number) =>
  (await releaseNumbered(operator, release)).check?.findings.map(({ reason, what }) => `${reason} ${what}`) ??
  [];

beforeAll(async () => {
  database = await testDatabase();
  owner = as();
  operator = as('waymark_operator');
  tracker = as('waymark_tracker');
  portal = as('waymark_portal');
  store = createPortalStore(portal);
  for (const role of ['researcher', 'evaluator', 'output-checker'] as const) {
    const email = `${role}@example.invalid`;
    await grant(operator, { who: email, role, evaluation: null, council: null }, 'anna');
    const identity = { issuer: 'https://login.example', subject: role, email };
    for (const person of (await createPeople(portal).rolesOf(identity)) ?? []) people.set(role, person);
  }
});
afterAll(async () => {
  for (const pool of pools) await pool.end();
  await database.drop();
});

describe('the effects of an analysis', () => {
  it('reach a researcher as they were frozen, once a checker has published them, and not before', async () => {
    const { analysed, recordOf, evaluation } = await world('reached');
    const analysis = await analysed(children, '2026-06-30T00:00:00Z');
    const title = 'Effects at 12 months';
    const id = await inNameOf('evaluator', () =>
      store.draft(people.get('evaluator') as KeyHolder, {
        evaluation: 'reached',
        analysis,
        title,
        audience: 'researchers',
      }),
    );
    await checkRelease(tracker, id);
    const { state, check } = await releaseNumbered(operator, id);
    expect([state, check?.findings]).toEqual(['settled', []]);
    expect(check?.record).toMatchObject({
      status: 'pass',
      type: 'regression',
      properties: { method: 'effects-of-an-analysis', analysis: { number: analysis } },
    });
    const sees = async () => {
      const rows = await inNameOf('researcher', () =>
        readInName(portal, (tx) => tx`select from waymark.release_step where release_id = ${id}`),
      );
      return [rows.length, (await inNameOf('researcher', () => store.effects('reached'))).length];
    };
    expect(await sees(), 'a draft').toEqual([0, 0]);

    await inNameOf('output-checker', () =>
      store.take(people.get('output-checker') as KeyHolder, 'asked', { id }),
    );
    expect(await sees(), 'asked for').toEqual([0, 0]);
    await publishRelease(tracker, id);
    expect(await sees()).toEqual([4, 1]);
    const [release] = await inNameOf('researcher', () => store.effects('reached'));
    const body = release?.published?.body ?? '';
    expect(release?.published?.hash).toBe(createHash('sha256').update(body).digest('hex'));
    const { effects, analysis: named } = JSON.parse(body) as EffectsDocument;
    const record = recordOf(children);
    expect(named).toMatchObject({ number: analysis, cut: '2026-06-30T00:00:00.000Z' });
    effects?.results.forEach(({ estimates, sets }, at) => {
      const own = record.results[at];
      expect(sets.map(({ matured, events }) => [matured, events])).toEqual(
        own?.sets.map(({ matured, events }) => [matured, events]),
      );
      expect(estimates).toHaveLength(own?.estimates.length ?? 0);
      estimates.forEach(({ estimate }, place) => {
        expect(estimate).toBeCloseTo(own?.estimates[place]?.estimate ?? Number.NaN, 2);
      });
    });
    const remembered = await owner`select from waymark.released_panel where release_id = ${id}`;
    expect(remembered, 'its counts are remembered, one panel an outcome').toHaveLength(2);
    expect((await verifyRelease(tracker, id)).hash).toBe(release?.published?.hash);

    // Live numbers of the same day are what readers have already.
    const live = countsOf(record, protocolOf('reached'), new Date('2026-07-01T00:00:00Z'));
    const shown = await showLive(
      owner,
      { id: evaluation, threshold: 6, primaryHorizon: 12 },
      'researchers',
      live,
    );
    expect(shown.disclosure).toEqual({ threshold: 6, hiddenNumbers: 0 });
    expect(await owner`select from waymark.released_panel where evaluation_id = ${evaluation}`).toHaveLength(
      2,
    );
  });

  it('wait for a second person where they tell of few children beside what was published', async () => {
    const { analysed, drafted, published } = await world('again');
    const first = await published(await analysed(children, '2026-06-01T00:00:00Z'));
    expect((await releaseNumbered(operator, first)).state).toBe('published');
    const two = invented({ families: 2, seed: 5 }).map((one) => ({
      ...one,
      ...{ unit: `x${one.unit}`, child: `x${one.child}`, covariates: { ...one.covariates, age: 3 } },
    }));
    const second = await drafted(await analysed([...children, ...two], '2026-06-02T00:00:00Z'));
    expect((await releaseNumbered(operator, second)).state).toBe('waiting');
    expect(await reasonsOf(second)).toEqual(
      expect.arrayContaining(['few enrolled', 'few by age', 'few screened']),
    );
    await expect(askToPublish(operator, { id: second, by: 'Ada' })).rejects.toMatchObject({
      code: 'wrong-state',
    });
    await approveRelease(operator, { id: second, by: 'Ben', note: 'Two families whose number is public.' });
    await askToPublish(operator, { id: second, by: 'Ada' });
    await publishRelease(tracker, second);
    await supersedeRelease(operator, { id: first, with: second, by: 'Ben', note: 'Later.' });
    const all = await inNameOf('researcher', () => store.effects('again'));
    expect(all.map(({ id, state }) => [id, state])).toEqual([
      [second, 'published'],
      [first, 'superseded'],
    ]);
    for (const id of [first, second]) await verifyRelease(tracker, id);
  });

  it('of an earlier day are judged in their place, before what was seen since', async () => {
    const { analysed, drafted, published } = await world('earlier');
    await published(await analysed(children, '2026-06-10T00:00:00Z'));
    const few = await drafted(await analysed(children.slice(0, -2), '2026-06-05T00:00:00Z'));
    expect(await reasonsOf(few)).toEqual(expect.arrayContaining(['few by age']));
    const same = await drafted(await analysed(children, '2026-06-04T00:00:00Z'));
    expect((await releaseNumbered(operator, same)).state, 'the same counts tell nothing new').toBe('settled');
    const many = await drafted(await analysed(children.slice(0, -200), '2026-06-03T00:00:00Z'));
    expect((await releaseNumbered(operator, many)).check?.corrected).toEqual([]);
  });

  it('are judged again when another analysis was published between check and publication', async () => {
    const { analysed, drafted } = await world('between');
    const one = await drafted(await analysed(children, '2026-06-01T00:00:00Z'));
    const other = await drafted(await analysed(children.slice(0, -2), '2026-06-02T00:00:00Z'));
    for (const id of [one, other]) expect((await releaseNumbered(operator, id)).state).toBe('settled');
    for (const id of [one, other]) {
      await askToPublish(operator, { id, by: 'Ada' });
      await publishRelease(tracker, id);
    }
    expect((await releaseNumbered(operator, one)).state).toBe('published');
    expect((await releaseNumbered(operator, other)).state).toBe('waiting');
  });
});

describe('what cannot be released', () => {
  it('is an analysis that there is not, of another evaluation, or whose effects a check keeps back', async () => {
    const { analysed, evaluation, protocol, recordOf } = await world('refused');
    const mine = await analysed(children, '2026-06-01T00:00:00Z');
    await world('another');
    const draft = (analysis: number, slug = 'refused') =>
      draftRelease(operator, { evaluation: slug, analysis, title: 'x', audience: 'public', by: 'Ada' });
    await expect(draft(4242)).rejects.toMatchObject({ code: 'unknown-analysis' });
    await expect(draft(mine, 'another')).rejects.toMatchObject({ code: 'unknown-analysis' });
    const withheld = { ...recordOf(children), withheld: true };
    const kept = await keepAnalysis(owner, evaluation, protocol, withheld, '2026-06-02T00:00:00Z');
    await expect(draft(kept)).rejects.toMatchObject({ code: 'withheld', place: { field: 'analysis' } });
    const past = owner`insert into waymark.release (evaluation_id, audience, title, analysis_id)
      values (${evaluation}, 'public', 'x', ${kept})`;
    await expect(past).rejects.toThrow('no effects that may be released');
    const foreign = owner`insert into waymark.release (evaluation_id, audience, title, analysis_id)
      select evaluation_id, 'public', 'x', ${mine} from waymark.evaluation where slug = 'another'`;
    await expect(foreign).rejects.toThrow('release_of_analysis');
  });
});
