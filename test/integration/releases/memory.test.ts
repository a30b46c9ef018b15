// The memory of an audience in the real store: every number of the portal passes it, it only grows, and it outlives a process.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultRecord } from '../../../schemas/result.ts';
import { type GroupsByArm, judgePanel, nothingSeen } from '../../../services/disclosure/panel.ts';
import { type Evaluation, evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { checkRelease, publishRelease } from '../../../services/releases/check.ts';
import { showGroups } from '../../../services/releases/groups.ts';
import { createGate, recall, showLive } from '../../../services/releases/memory.ts';
import { addStep, askToPublish } from '../../../services/releases/steps.ts';
import { verifyRelease } from '../../../services/releases/verify.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';
import { readingAll } from '../../harness/reader.ts';
import { type Child, recordAt } from '../../unit/disclosure/follow-up-suite.ts';
import { COUNCIL, storedEvaluation } from './evaluation.ts';

let database: TestDatabase;
let owner: Database;
let portal: Database;
let id: number;
const gated = () => ({ id, threshold: 6, primaryHorizon: 12 });

const cohort = (size: number, events: number, enrolledIn = 0): Child[] =>
  (['trial', 'comparison'] as const).flatMap((arm) =>
    Array.from({ length: size }, (_, at) => ({
      ...{ arm, enrolledIn, atRisk: true },
      ...(at < events ? { what: 'event' as const, month: (at % 3) * 6 + 3 } : { what: null, month: 0 }),
    })),
  );
const before = recordAt(cohort(200, 90), 20);
const withMore = (size: number): ResultRecord => recordAt([...cohort(200, 90), ...cohort(size, 0, 20)], 20.5);

beforeAll(async () => {
  database = await testDatabase();
  owner = connect(database.databaseUrl, 2, 'test-owner');
  portal = connect(await readingAll(owner, database.databaseUrl), 3, 'test-portal', 'waymark_portal');
  id = await storedEvaluation(connectedOperator(), 'remembered');
});
const operators: Database[] = [];
function connectedOperator(): Database {
  const db = connect(database.databaseUrl, 1, 'test-operator', 'waymark_operator');
  operators.push(db);
  return db;
}
function connectedTracker(): Database {
  const db = connect(database.databaseUrl, 1, 'test-tracker', 'waymark_tracker');
  operators.push(db);
  return db;
}
afterAll(async () => {
  for (const db of [owner, portal, ...operators]) await db.end();
  await database.drop();
});

describe('live numbers', () => {
  it('are remembered as they were shown, and shown again while newer ones would tell of 3 children', async () => {
    const first = await showLive(portal, gated(), 'researchers', before);
    expect(first.disclosure.held).toBeUndefined();
    expect(first.participants).toEqual({ trial: 200, comparison: 200 });

    const then = await showLive(portal, gated(), 'researchers', withMore(3));
    expect(then.results).toEqual(first.results);
    expect(then.participants).toEqual({ trial: 200, comparison: 200 });
    expect(then.computedAt).toBe(before.computedAt);
    expect(then.disclosure.held).toMatchObject([{ outcome: 're-referral', asAt: before.computedAt }]);
    const [waiting] = await portal<
      { findings: { what: string }[] }[]
    >`select findings from waymark.held_panel`;
    expect(waiting?.findings[0]).toMatchObject({ reason: 'few', what: 'enrolled' });
  });

  it('move on once they tell of enough children, and nothing waits any more', async () => {
    const then = await showLive(portal, gated(), 'researchers', withMore(12));
    expect(then.participants).toEqual({ trial: 212, comparison: 212 });
    expect(then.disclosure.held).toBeUndefined();
    expect(await portal`select from waymark.held_panel`).toHaveLength(0);
    expect((await recall(portal, id, 'researchers'))('re-referral').panels).toHaveLength(2);
  });

  it('never go back to what would tell of 3 children less, whichever process is asked', async () => {
    const another = createGate(portal, 'researchers');
    const shown = await another(gated(), withMore(9));
    expect(shown.participants).toEqual({ trial: 212, comparison: 212 });
  });

  it('are judged one at a time: of two that may not both be shown one is', async () => {
    const other = await storedEvaluation(connectedOperator(), 'at-once');
    const at = { ...gated(), id: other };
    const shown = await Promise.all([
      showLive(portal, at, 'researchers', withMore(12)),
      showLive(portal, at, 'researchers', withMore(14)),
    ]);
    const counts = new Set(shown.map(({ participants }) => participants.trial));
    expect(counts.size).toBe(1);
  });
});

describe('the memory', () => {
  it('only grows: no process may change or remove what was shown, and not even the owner rewrites it', async () => {
    const attempts = [
      portal`update waymark.released_panel set audience = 'public'`,
      portal`delete from waymark.released_panel`,
      portal`select result from waymark.release`,
      connectedOperator()`insert into waymark.released_panel (evaluation_id, audience, outcome, era, panel, panel_hash)
        values (${id}, 'public', 'x', 1, '{}', 'x')`,
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toThrow('permission denied');
    await expect(owner`update waymark.released_panel set audience = 'public'`).rejects.toThrow(
      'only ever added',
    );
    await expect(owner`truncate waymark.released_panel`).rejects.toThrow('only ever added');
  });

  it('holds no hidden number', async () => {
    const other = await storedEvaluation(connectedOperator(), 'hidden');
    await showLive(portal, { ...gated(), id: other }, 'researchers', recordAt(cohort(40, 7), 20));
    const rows = await portal<{ panel: { results: { arms: Record<string, unknown>[] }[] } }[]>`
      select panel from waymark.released_panel where evaluation_id = ${other}`;
    const arms = rows.flatMap(({ panel }) => panel.results.flatMap((one) => one.arms));
    expect(arms.some(({ hidden }) => (hidden as string[]).length > 0)).toBe(true);
    for (const arm of arms) for (const cell of arm.hidden as string[]) expect(arm[cell]).toBeNull();
  });
});

describe('groups of frozen waves', () => {
  const asked = { outcome: 're-referral', horizon: 6, by: 'wave' } as const;
  const waves = ['2024-01-01', '2024-02-01', '2024-03-01'];

  /** How an evaluation comes to be unblinded is tested elsewhere. */
  async function unblindedEvaluation(slug: string): Promise<number> {
    const of = await storedEvaluation(connectedOperator(), slug);
    await owner`alter table waymark.evaluation disable trigger user`;
    await owner`update waymark.evaluation set unblinded = true, stage = 'following' where evaluation_id = ${of}`;
    await owner`alter table waymark.evaluation enable trigger user`;
    return of;
  }

  /** So many children of each arm in a wave, so many of them with the outcome within 6 months. */
  async function freeze(of: number, at: string, wave: string, size: number, events: number): Promise<void> {
    await owner`insert into waymark.milestone (evaluation_id, wave, horizon, participants, outcome_hash, frozen_at)
      values (${of}, ${wave}, 6, ${2 * size}, 'hash', ${at})`;
    await owner`
      with units as (select arm, at from unnest(array[0, 1]) as arm, generate_series(1, ${size}::integer) as at),
      children as (
        insert into waymark.child (council_id, pseudonym)
        select (select council_id from waymark.council where code = ${COUNCIL}), gen_random_uuid() from units
        returning child_key, council_id),
      numbered as (select child_key, council_id, row_number() over () as n from children),
      placed as (select arm, at, row_number() over () as n from units),
      followed as (
        insert into waymark.participant
          (evaluation_id, child_key, council_id, wave, index_day, index_record, index_child, arm, cluster)
        select ${of}, child_key, council_id, ${wave}, ${wave}, gen_random_uuid(), child_key, arm, gen_random_uuid()
        from numbered join placed using (n)
        returning participant_key, arm),
      ranked as (select *, row_number() over (partition by arm order by participant_key) as at from followed)
      insert into waymark.frozen_outcome (evaluation_id, wave, horizon, participant_key, arm, outcome, state, date)
      select ${of}, ${wave}, 6, participant_key, arm, 0, case when at <= ${events} then 1 else 2 end,
        case when at <= ${events} then ${wave}::date + 30 end from ranked`;
  }

  /** The live result of the waves so far, everybody followed to 6 months. */
  const live = (size: number, events: number, at: number): ResultRecord =>
    recordAt(
      (['trial', 'comparison'] as const).flatMap((arm) =>
        Array.from({ length: size }, (_, one) => ({
          ...{ arm, enrolledIn: 0, atRisk: true },
          ...(one < events ? { what: 'event' as const, month: 3 } : { what: null, month: 0 }),
        })),
      ),
      at,
    );
  const counts = async (of: Evaluation) => {
    const { groups, withheld } = await showGroups(portal, of, asked);
    expect(withheld).toBeNull();
    return groups.map(({ group, trial }) => [group, trial?.matured, trial?.events]);
  };

  it('are shown beside the totals that were shown, stay as they were, and are hidden where the totals gave them away', async () => {
    const of = await unblindedEvaluation('grouped');
    const evaluation = (await evaluationNamed(owner, 'grouped'))!;
    await freeze(of, '2025-01-01', waves[0]!, 60, 20);
    await freeze(of, '2025-01-01', waves[1]!, 61, 25);
    expect((await showGroups(portal, evaluation, asked)).withheld, 'no total was shown yet').toBe(
      'total-hidden',
    );
    await showLive(portal, { ...gated(), id: of }, 'researchers', live(121, 45, 20));
    expect(await counts(evaluation)).toEqual([
      ['2024-01-01', 60, 18],
      ['2024-02-01', 60, 24],
    ]);
    // A third wave of which 2 children had the outcome: hidden, though the waves before stay.
    await freeze(of, '2025-09-15', waves[2]!, 70, 2);
    await showLive(portal, { ...gated(), id: of }, 'researchers', live(191, 47, 21));
    expect((await counts(evaluation)).at(-1)).toEqual(['2024-03-01', 72, null]);
    expect((await counts(evaluation))[0]).toEqual(['2024-01-01', 60, 18]);
    const stored = await owner`select group_name from waymark.shown_group
      where evaluation_id = ${of} and measure = 'events' and group_name = '2024-03-01'`;
    expect(stored, 'the memory holds no hidden number').toHaveLength(0);
  });

  it('are judged with later totals: what would tell of 4 children beside a wave is not shown', async () => {
    const children = cohort(45, 36).map((child, at) => ({ ...child, atRisk: at % 45 < 41 }));
    const [early, later] = [recordAt(children, 2), recordAt(children, 20)];
    const of = await unblindedEvaluation('total-later');
    const evaluation = (await evaluationNamed(owner, 'total-later'))!;
    await showLive(portal, { ...gated(), id: of }, 'researchers', early);
    await freeze(of, '2025-01-01', waves[0]!, 41, 12);
    expect(await counts(evaluation)).toEqual([['2024-01-01', 42, 12]]);

    const memory = (await recall(connectedTracker(), of, 'researchers'))('re-referral');
    expect(memory.groups.trial).toEqual({
      waves: [
        {
          ...{ wave: '2024-01-01', from: '2024-01-01', matured: 41 },
          finalAt: ['2025-01-01T00:00:00.000Z', null, null],
        },
      ],
      tables: [
        {
          ...{ by: 'wave', horizon: 0, waves: ['2024-01-01'] },
          groups: [{ group: '2024-01-01', shown: { matured: 42, events: 12 } }],
        },
      ],
    });
    const judged = (groups: GroupsByArm) =>
      judgePanel(
        later,
        're-referral',
        { ...memory, groups },
        { threshold: 6 },
        { primary: 12, keepRisks: false },
      );
    expect((await judged(nothingSeen.groups)).decision).toBe('publish');
    const beside = await judged(memory.groups);
    expect(beside.decision).toBe('hold');
    expect(beside.findings).toContainEqual({
      ...{ reason: 'narrowed', arm: 'trial', horizons: [0], what: 'notAtRisk' },
    });
  });

  it('cannot be rewritten by the portal', async () => {
    await expect(portal`update waymark.shown_group set shown = 1`).rejects.toThrow('permission denied');
    await expect(portal`delete from waymark.shown_group`).rejects.toThrow('permission denied');
  });
});

describe('a published release', () => {
  const publishedOf = async (evaluation: number, result: ResultRecord): Promise<number> => {
    const [row] = await owner<{ id: number }[]>`
      insert into waymark.release (evaluation_id, audience, title, result)
      values (${evaluation}, 'researchers', 'A release', ${JSON.stringify(result)}::text::jsonb)
      returning release_id as id`;
    const number = row?.id ?? 0;
    await owner.begin((tx) => addStep(tx, { id: number, steps: [] }, { step: 'drafted', by: 'Ada' }));
    await checkRelease(owner, number);
    await askToPublish(owner, { id: number, by: 'Ada' });
    await publishRelease(owner, number);
    return number;
  };

  it('comes out the same when it is made again, also after more was shown; changed counts are found and named', async () => {
    const evaluation = await storedEvaluation(connectedOperator(), 'verified');
    const number = await publishedOf(evaluation, before);
    const tracker = connectedTracker();
    const { hash } = await verifyRelease(tracker, number);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    await showLive(portal, { ...gated(), id: evaluation }, 'researchers', withMore(12));
    expect((await verifyRelease(tracker, number)).hash).toBe(hash);

    await owner`alter table waymark.release disable trigger release_stays`;
    await owner`update waymark.release set result = jsonb_set(result, '{results,0,arms,0,matured}', '199')
      where release_id = ${number}`;
    await owner`alter table waymark.release enable trigger release_stays`;
    await expect(verifyRelease(tracker, number)).rejects.toMatchObject({
      code: 'differs',
      exitCode: 1,
      place: { field: expect.stringMatching(/^result\.results\[0\]\.arms\[0\]/) },
    });
    await expect(verifyRelease(tracker, 4242)).rejects.toMatchObject({ code: 'unknown-release' });
  });
});
