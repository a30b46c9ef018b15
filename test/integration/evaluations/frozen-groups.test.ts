// Age band and need of a participant are settled when its first figures are frozen, from the records of then, and outcomes by
// them are those of the frozen figures, judged and remembered like every other group.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resultOf } from '../../../services/analysis/result.ts';
import { feedStatement, recordEvent } from '../../../services/council/case-event.ts';
import { type Evaluation, evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { freeze } from '../../../services/evaluations/freeze.ts';
import { newKeyPair } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import * as steps from '../../../services/evaluations/lifecycle/steps.ts';
import { builtInOutcomes, reReferral } from '../../../services/outcomes/definitions.ts';
import { restsOn } from '../../../services/outcomes/feeds.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { showGroups } from '../../../services/releases/groups.ts';
import { showLive } from '../../../services/releases/memory.ts';
import { protocolNamed } from '../../harness/protocols.ts';
import { readingAll } from '../../harness/reader.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

const council = 'E09000023';
const slug = 'by-age-and-need';
const at = new Date('2024-01-01T00:00:00Z');
const hex = (value: number) => value.toString(16).padStart(32, '0');

/** Every child is referred on 5 March 2024. A month of birth is counted from its first day, as by who may take part. */
const born: [
  birthMonth: string | undefined,
  need: 'N0' | 'N1' | 'N8' | 'N9' | undefined,
  band: string | null,
][] = [
  ['2024-09', 'N0', 'under-1'],
  ['2023-04', 'N1', 'under-1'],
  ['2023-03', 'N1', '1-to-4'],
  ['2019-04', 'N8', '1-to-4'],
  ['2019-03', 'N8', '5-to-9'],
  ['2014-04', 'N9', '5-to-9'],
  ['2014-03', 'N9', '10-to-15'],
  ['2008-04', undefined, '10-to-15'],
  ['2008-03', undefined, '16-or-over'],
  [undefined, 'N1', null],
];
const EACH = 30;

let sql: SqlEngine;
let tracker: Database;
let portal: Database;
let evaluation: Evaluation;

const statement = (child: number, record: number, recordedAt: string) => ({
  ...{ council, child: `c${hex(child)}`, recordId: `r${hex(record)}`, recordedAt },
});
const kinds = [...new Set(builtInOutcomes.filter(({ id }) => id === reReferral.id).flatMap(restsOn))];

beforeAll(async () => {
  sql = await sqlEngine();
  tracker = connect(sql.databaseUrl, 2, 'test-tracker', 'waymark_tracker');
  portal = connect(await readingAll(sql.db, sql.databaseUrl), 2, 'test-portal', 'waymark_portal');
  await sql.register([council]);
  const outcomes = [reReferral];
  const primary = { outcome: reReferral.id, horizon: 6 };
  await sql.create(
    protocolNamed(slug, [council], { outcomes, primary, horizons: [6, 12], disclosure: { threshold: 1 } }),
  );
  const taken = { slug, by: 'anna', at };
  await steps.advance(sql.db, taken, 'registered');
  for (const id of ['anna', 'ben']) {
    const { privatePem, publicKey } = newKeyPair();
    await registerSigner(sql.db, { id, name: id, publicKey, simulated: true });
    await steps.signEvaluation(sql.db, { slug, signer: id, privatePem, at });
  }
  await steps.advance(sql.db, taken, 'locked');
  await steps.advance(sql.db, taken, 'recruiting');
  const children = born.flatMap((one) => Array.from({ length: EACH }, () => one));
  await sql.settle([
    ...children.flatMap(([birthMonth, primaryNeed], child) => [
      ...(birthMonth === undefined
        ? []
        : [recordEvent(statement(child, 1_000 + child, '2024-03-06T00:00:00Z'), 'child', { birthMonth })]),
      recordEvent(statement(child, 2_000 + child, '2024-03-06T00:00:00Z'), 'referral', {
        date: '2024-03-05',
        ...(primaryNeed && { primaryNeed }),
      }),
      // Every third child comes back.
      ...(child % 3 === 0
        ? [
            recordEvent(statement(child, 3_000 + child, '2024-06-02T00:00:00Z'), 'referral', {
              date: '2024-06-01',
            }),
          ]
        : []),
    ]),
    feedStatement(council, '2024-10-01T00:00:00Z', { kinds, completeThrough: '2024-09-30' }),
  ]);
  await sql.follow();
  await steps.unblind(sql.db, taken, 'outcomes by age and need are shown in a test');
  const found = await evaluationNamed(sql.db, slug);
  if (!found) throw new Error(slug);
  evaluation = found;
});
afterAll(async () => {
  await Promise.all([tracker.end(), portal.end()]);
  await sql.close();
});

const kept = () => sql.db<{ child: number; band: string | null; need: string | null }[]>`
  select ('x' || right(replace(c.pseudonym::text, '-', ''), 8))::bit(32)::integer as child, g.age_band as band, g.need
  from waymark.frozen_group g join waymark.participant using (participant_key) join waymark.child c using (child_key)
  order by 1`;

it('are those of the index day by the records of then, and stay when the records are corrected', async () => {
  expect(await kept()).toEqual([]);
  expect(await freeze(tracker, evaluation, '2024-03-01', 6)).toMatchObject({
    participants: born.length * EACH,
  });
  const frozen = await kept();
  expect(frozen.map(({ band, need }) => [band, need])).toEqual(
    born.flatMap(([, need, band]) => Array.from({ length: EACH }, () => [band, need ?? null])),
  );
  await sql.settle([
    recordEvent(statement(0, 1_000, '2024-11-01T00:00:00Z'), 'child', { birthMonth: '2010-01' }),
    feedStatement(council, '2025-05-01T00:00:00Z', { kinds, completeThrough: '2025-04-30' }),
  ]);
  await sql.follow();
  expect(await freeze(tracker, evaluation, '2024-03-01', 12)).not.toBeNull();
  expect(await kept()).toEqual(frozen);
});

it('are shown with the outcomes of their children, arm by arm, as the totals are', async () => {
  const { id, protocol } = evaluation;
  const gated = { id, threshold: 1, primaryHorizon: 6 };
  await showLive(portal, gated, 'researchers', await resultOf(sql.db, evaluation));
  const arms = await sql.db<{ child: number; arm: number }[]>`
    select ('x' || right(replace(c.pseudonym::text, '-', ''), 8))::bit(32)::integer as child, p.arm
    from waymark.participant p join waymark.child c using (child_key) order by 1`;
  for (const by of ['age', 'need'] as const) {
    const asked = { outcome: protocol.primary.outcome, horizon: 6, by };
    const { groups, withheld, final, all } = await showGroups(portal, evaluation, asked);
    expect(withheld).toBeNull();
    expect(final).toBe(all);
    const told = new Map(
      groups.flatMap(({ group, ...of }) =>
        (['trial', 'comparison'] as const).flatMap((arm) => {
          const one = of[arm];
          return one ? [[`${group} ${arm}`, [one.matured, one.events] as const] as const] : [];
        }),
      ),
    );
    const expected = new Map<string, { matured: number; events: number }>();
    for (const { child, arm } of arms) {
      const [, need, band] = born[Math.floor(child / EACH)] ?? [];
      const key = `${(by === 'age' ? band : need) ?? 'not-known'} ${arm === 1 ? 'trial' : 'comparison'}`;
      const { matured, events } = expected.get(key) ?? { matured: 0, events: 0 };
      expected.set(key, { matured: matured + 1, events: events + Number(child % 3 === 0) });
    }
    const shown = [...expected].map(([key, { matured, events }]) => [key, [matured, events]]);
    expect([...told].sort()).toEqual(shown.sort());
  }
  const [row] = await sql.db<{ groupings: string[] }[]>`
    select array_agg(distinct grouping order by grouping) as groupings from waymark.shown_group`;
  expect(row?.groupings).toEqual(['age', 'need']);
});

it('are read by the portal for its reader alone, and written by nobody but the tracker', async () => {
  expect((await portal`select from waymark.frozen_group`).length).toBe(born.length * EACH);
  const nobody = connect(sql.databaseUrl, 1, 'test-nobody', 'waymark_portal');
  try {
    expect(await nobody`select from waymark.frozen_group`).toHaveLength(0);
    await expect(nobody`delete from waymark.frozen_group`).rejects.toThrow('permission denied');
  } finally {
    await nobody.end();
  }
});
