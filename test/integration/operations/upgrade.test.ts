// A store that an earlier release made and filled, brought to this one: nothing of it changes, and everything derived from it is
// what a store made today derives. No release has been tagged yet: the earlier one is the migration named here.
import { expect, it } from 'vitest';
import { kindOf } from '../../../schemas/case-event.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { type RecordState, recordKinds } from '../../../schemas/records.ts';
import { feedStatement, purgeEvent, recordEvent } from '../../../services/council/case-event.ts';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import { checkRebuild } from '../../../services/evaluations/rebuild/check.ts';
import { headlineOutcomes } from '../../../services/outcomes/definitions.ts';
import { kindNumber } from '../../../services/outcomes/kinds.ts';
import { occurrenceOf } from '../../../services/outcomes/occurrence.ts';
import { connect } from '../../../services/platform/database.ts';
import { applyMigrations, migrate, migrationNames } from '../../../services/platform/migrate.ts';
import { silent } from '../../../services/platform/progress.ts';
import { emptyDatabase } from '../../harness/database.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

/** The last migration of the release before: from here on the ledger's way in has its present shape. */
const BEFORE = '0008_intake.sql';
const council = 'E09000023';
const names = pseudonymiser(new Uint8Array(32).fill(8));

const at = (child: number, day: string) => ({
  council,
  child: names.child(String(child)),
  recordId: names.record(String(child), 'referral', day),
  recordedAt: `${day}T10:00:00Z`,
});
const facts: RecordState<'child'>[] = [
  { birthMonth: '2009-12' },
  { birthMonth: '2007-01', deathMonth: '2024-03', unaccompaniedAsylumSeeker: false },
  { unaccompaniedAsylumSeeker: true },
];
const messages = [
  ...facts.map((state, child) =>
    recordEvent(
      { ...at(child, '2024-01-02'), recordId: names.record(String(child), 'child', '') },
      'child',
      state,
    ),
  ),
  ...Array.from({ length: 60 }, (_, child) =>
    recordEvent(at(child, '2024-01-05'), 'referral', { date: '2024-01-05', source: '1A' }),
  ),
  ...Array.from({ length: 20 }, (_, child) =>
    recordEvent(at(child * 2, '2024-04-09'), 'referral', { date: '2024-04-09', source: '1A' }),
  ),
  purgeEvent({ ...at(4, '2024-04-09'), recordedAt: '2024-05-01T00:00:00Z' }, 'referral'),
  feedStatement(council, '2025-12-01T00:00:00Z', { kinds: recordKinds, completeThrough: '2025-11-30' }),
];
const protocol = Protocol.parse({
  protocolVersion: 1,
  id: 'upgraded',
  title: 'Upgraded',
  question: 'Is it the same?',
  dataSource: 'simulated',
  design: 'randomised',
  councils: [council],
  population: {
    index: { record: 'referral', countNoFurtherAction: true },
    from: '2024-01-01',
    to: '2024-12-31',
  },
  unit: 'child',
  allocation: { method: 'seeded', seed: 'a-seed-of-ours', trialShare: 0.5 },
  arms: { trial: 'New', comparison: 'Usual' },
  waves: 'month',
  horizons: [6],
  outcomes: headlineOutcomes,
  primary: { outcome: 're-referral', horizon: 6 },
  disclosure: { threshold: 1 },
});

const ledgerOf = ({ db }: SqlEngine) => db`
  select c.pseudonym, e.event_id, e.kind, e.record_id, e.recorded_at, e.purged, e.state
  from waymark.case_event e join waymark.child c using (child_key) order by e.event_id`;
const occurrencesOf = ({ db }: SqlEngine) => db`
  select c.pseudonym, o.kind, o.record_id, o.starts, o.ends, o.purged, o.event_id
  from waymark.occurrence o join waymark.child c using (child_key) order by c.pseudonym, o.kind, o.record_id`;

/** Stores first statements in the columns of that release: today's code writes others. No facts were packed then. */
async function fill({ db }: SqlEngine, said: typeof messages): Promise<void> {
  for (const one of said) {
    if (!('subject' in one) || !('state' in one.data))
      throw new Error('Only statements of records fit here.');
    const state = one.data.state as RecordState<'referral'> & RecordState<'child'>;
    const isChild = kindOf(one) === 'child';
    const { starts, ends, detail } = isChild
      ? { starts: null, ends: null, detail: 0 }
      : occurrenceOf('referral', state);
    const [kind, record] = [kindNumber[kindOf(one)], one.data.recordId.slice(1)];
    await db`
      with made as (
        insert into waymark.child (council_id, pseudonym)
        select council_id, ${one.subject.slice(1)}::uuid from waymark.council where code = ${council}
        on conflict (council_id, pseudonym) do update set pseudonym = excluded.pseudonym returning child_key
      ), fact as (
        insert into waymark.child_fact (child_key, record_id, birth_month, death_month, unaccompanied, recorded_at, event_id)
        select child_key, ${record}::uuid, ${state.birthMonth ? `${state.birthMonth}-01` : null}::date,
          ${state.deathMonth ? `${state.deathMonth}-01` : null}::date, ${state.unaccompaniedAsylumSeeker ?? null}::boolean,
          ${one.time}::timestamptz, ${one.id}::uuid
        from made where ${isChild}
      ), stated as (
        insert into waymark.case_event (child_key, event_id, kind, record_id, recorded_at, purged, state)
        select child_key, ${one.id}::uuid, ${kind}, ${record}::uuid, ${one.time}::timestamptz, false,
          ${db.json(one.data.state as never)} from made
      )
      insert into waymark.occurrence (child_key, kind, record_id, starts, ends, detail, purged, recorded_at, event_id)
      select child_key, ${kind}, ${record}::uuid, ${starts}::date, ${ends}::date, ${detail}, false, ${one.time}::timestamptz,
        ${one.id}::uuid from made`;
  }
}

it(`a store as of ${BEFORE} is migrated with what it holds, and goes on`, async () => {
  const old = await emptyDatabase();
  const owner = connect(old.databaseUrl, 1, 'upgrade-test');
  const all = await migrationNames();
  const first = all.slice(0, all.indexOf(BEFORE) + 1);
  expect(first.length).toBeGreaterThan(1);
  await owner.begin((tx) => applyMigrations(tx, first, silent));
  await owner.end();
  const upgraded = await sqlEngine(old);
  const made = await sqlEngine();
  try {
    await upgraded.register([council]);
    const half = Math.floor(messages.length / 2);
    await fill(upgraded, messages.slice(0, half));
    const before = await ledgerOf(upgraded);
    expect((await migrate(old.databaseUrl)).applied).toEqual(all.slice(first.length));
    expect(await ledgerOf(upgraded)).toEqual(before);
    expect(await checkRebuild(upgraded.db)).toMatchObject({ same: true, differences: [] });

    await upgraded.settle(messages.slice(half));
    await upgraded.create(protocol);
    await upgraded.follow();
    await made.register([council]);
    await made.settle(messages);
    await made.create(protocol);
    await made.follow();
    expect(await ledgerOf(upgraded)).toEqual(await ledgerOf(made));
    expect(await occurrencesOf(upgraded)).toEqual(await occurrencesOf(made));
    expect(await upgraded.participants(protocol.id)).toEqual(await made.participants(protocol.id));
    const counts = await made.counts(protocol.id);
    expect(counts.flatMap(({ arms }) => arms).some(({ events }) => (events ?? 0) > 0)).toBe(true);
    expect(await upgraded.counts(protocol.id)).toEqual(counts);
    expect(await checkRebuild(upgraded.db)).toMatchObject({ same: true, differences: [] });
  } finally {
    await upgraded.close();
    await made.close();
  }
});
