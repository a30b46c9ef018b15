// Looking back through the real store: figures are those that stood on that day, reasons are those that were made, nobody sees
// them who may not, small differences stay hidden, and nothing can be asked for without end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedMessage } from '../../../schemas/message.ts';
import { resultOf } from '../../../services/analysis/result.ts';
import { feedStatement, purgeEvent, recordEvent } from '../../../services/council/case-event.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { newKeyPair } from '../../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../../services/evaluations/lifecycle/signers.ts';
import * as steps from '../../../services/evaluations/lifecycle/steps.ts';
import { makeNext } from '../../../services/look-back/make.ts';
import { builtInOutcomes, reReferral } from '../../../services/outcomes/definitions.ts';
import { restsOn } from '../../../services/outcomes/feeds.ts';
import { connect, type Database } from '../../../services/platform/database.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { createPortalStore } from '../../../services/portal/postgres-store.ts';
import { protocolNamed } from '../../harness/protocols.ts';
import { readingAll } from '../../harness/reader.ts';
import { type SqlEngine, sqlEngine } from '../outcomes/sql-engine.ts';

const councils = ['E09000023', 'E08000031'];
const CHILDREN = 60;
const hex = (value: number) => value.toString(16).padStart(32, '0');
const councilOf = (child: number): string => councils[child % 2] ?? '';
const at = new Date('2024-01-01T00:00:00Z');
const log = createLogger('test', 'silent');
const never = new AbortController().signal;

let sql: SqlEngine;
let maker: Database;
let portal: Database;
const slugs = { exact: 'exact-counts', guarded: 'guarded-counts' } as const;

const referred = (child: number, record: number, date: string, recordedAt: string) =>
  recordEvent(
    { council: councilOf(child), child: `c${hex(child)}`, recordId: `r${hex(record)}`, recordedAt },
    'referral',
    { date },
  );
const purged = (child: number, record: number, recordedAt: string) =>
  purgeEvent(
    { council: councilOf(child), child: `c${hex(child)}`, recordId: `r${hex(record)}`, recordedAt },
    'referral',
  );
const kinds = [...new Set(builtInOutcomes.filter(({ id }) => id === reReferral.id).flatMap(restsOn))];
const completeThrough = (day: string, statedAt: string) =>
  councils.map((council) => feedStatement(council, statedAt, { kinds, completeThrough: day }));
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Settles what arrived on a day, as if it were that day. */
async function arrive(day: string, messages: readonly FeedMessage[]): Promise<void> {
  const [row] = await sql.db<{ now: Date }[]>`select clock_timestamp() as now`;
  const since = row?.now.toISOString() ?? '';
  await sql.settle(messages);
  await sql.follow();
  for (const table of ['case_event', 'feed_statement'])
    await sql.db`update waymark.${sql.db(table)} set ledgered_at = ${`${day}T12:00:00Z`} where ledgered_at >= ${since}`;
}

async function recruiting(slug: string, threshold: number): Promise<void> {
  const taken = { slug, by: 'anna', at };
  const outcomes = [reReferral];
  const primary = { outcome: reReferral.id, horizon: 6 };
  await sql.create(protocolNamed(slug, councils, { outcomes, primary, disclosure: { threshold } }));
  await steps.advance(sql.db, taken, 'registered');
  for (const person of ['anna', 'ben']) {
    const { privatePem, publicKey } = newKeyPair();
    const id = `${person}-${slug}`;
    await registerSigner(sql.db, { id, name: id, publicKey, simulated: true });
    await steps.signEvaluation(sql.db, { slug, signer: id, privatePem, at });
  }
  await steps.advance(sql.db, taken, 'locked');
  await steps.advance(sql.db, taken, 'recruiting');
  await sql.db`update waymark.evaluation set created_at = '2024-01-10T00:00:00Z' where slug = ${slug}`;
}

const evaluationOf = async (slug: string) => {
  const found = await evaluationNamed(sql.db, slug);
  if (!found) throw new Error(slug);
  return found;
};
const stood = async () => (await resultOf(sql.db, await evaluationOf(slugs.exact))).results;

/** What stood in the store at the end of each day. */
const then = new Map<string, Awaited<ReturnType<typeof stood>>>();
const [first, second, third] = ['2024-07-10', '2025-02-10', '2025-03-10'] as const;

beforeAll(async () => {
  sql = await sqlEngine();
  maker = connect(sql.databaseUrl, 3, 'test-look-back', 'waymark_look_back');
  portal = connect(await readingAll(sql.db, sql.databaseUrl), 3, 'test-portal', 'waymark_portal');
  await sql.register(councils);
  await recruiting(slugs.exact, 1);
  await recruiting(slugs.guarded, 8);
  const messages = [
    ...numbers(1, CHILDREN).map((child) => referred(child, child, '2024-03-05', '2024-03-06T00:00:00Z')),
    ...completeThrough('2024-06-30', '2024-07-01T00:00:00Z'),
  ];
  await arrive(first, messages);
  await steps.unblind(sql.db, { slug: slugs.exact, by: 'anna', at }, 'figures are looked back on in a test');
  then.set(first, await stood());
});
afterAll(async () => {
  await Promise.all([maker.end(), portal.end()]);
  await sql.close();
});

const store = () => createPortalStore(portal);
const made = async (slug: string, day: string, until: string | null) => {
  expect(await store().askLookBack(slug, { day, until })).toMatch(/asked|known/);
  while (await makeNext(maker, log, never));
  const found = (await store().lookBacks(slug, { day, until }))?.found;
  if (found?.state !== 'made') throw new Error(JSON.stringify(found));
  return found;
};
const countsIn = (results: readonly { arms: readonly object[] }[] | undefined) =>
  results?.map(({ arms }) =>
    arms.map((arm) => {
      const { enrolled, notAtRisk, pending, matured, events } = arm as Record<string, number>;
      return { enrolled, notAtRisk, pending, matured, events };
    }),
  );
const reasonsOf = (found: Awaited<ReturnType<typeof made>>) => {
  const sums = new Map<string, number>();
  for (const { why, kind, about, outcome } of found.reasons) {
    const name = `${outcome} ${why} ${kind}`;
    sums.set(name, (sums.get(name) ?? 0) + about);
  }
  return Object.fromEntries([...sums].sort());
};

it('is asked for, waits, and is then what stood in the store at the end of that day, as enrolled', async () => {
  expect(await store().askLookBack(slugs.exact, { day: first, until: null })).toBe('asked');
  expect(await store().askLookBack(slugs.exact, { day: first, until: null })).toBe('known');
  const waiting = (await store().lookBacks(slugs.exact, { day: first, until: null }))?.found;
  expect(waiting).toMatchObject({ state: 'waiting', ahead: 0, councilsDone: 0, councils: 2 });
  const found = await made(slugs.exact, first, null);
  expect(countsIn(found.panels[0]?.panel?.results)).toEqual(countsIn(then.get(first)));
  expect(found.panels[0]?.panel?.completeThrough).toBe('2024-06-30');
  expect(
    countsIn(then.get(first))
      ?.flat()
      .reduce((sum, arm) => sum + (arm.pending ?? 0), 0),
  ).toBe(CHILDREN);
  // Nobody was known the day before, and that is a figure too.
  const before = await made(slugs.exact, '2024-02-01', null);
  expect(countsIn(before.panels[0]?.panel?.results)?.flat()).toEqual(
    [0, 0].map((none) => ({ enrolled: none, notAtRisk: none, pending: none, matured: none, events: none })),
  );
});

it('tells what changed and because of which kinds of records, and stays as it was told', async () => {
  await arrive(second, [
    ...numbers(1, 12).map((child) => referred(child, 100 + child, '2024-05-01', '2025-02-01T00:00:00Z')),
    ...numbers(13, 20).map((child) => referred(child, 100 + child, '2024-08-15', '2025-02-01T00:00:00Z')),
    ...completeThrough('2025-01-31', '2025-02-01T00:00:00Z'),
  ]);
  then.set(second, await stood());
  const changes = await made(slugs.exact, first, second);
  expect(reasonsOf(changes)).toEqual({
    're-referral late referral': 12,
    're-referral matured referral': CHILDREN,
    're-referral new referral': 8,
  });
  const figures = await made(slugs.exact, second, null);
  expect(countsIn(figures.panels[0]?.panel?.results)).toEqual(countsIn(then.get(second)));

  await arrive(third, [
    ...numbers(1, 5).map((child) => referred(child, 100 + child, '2025-01-20', '2025-03-01T00:00:00Z')),
    ...numbers(6, 8).map((child) => purged(child, 100 + child, '2025-03-01T00:00:00Z')),
  ]);
  then.set(third, await stood());
  const later = await made(slugs.exact, second, third);
  expect(reasonsOf(later)).toEqual({ 'null purged referral': 3, 're-referral corrected referral': 5 });
  const after = await made(slugs.exact, third, null);
  expect(countsIn(after.panels[0]?.panel?.results)).toEqual(countsIn(then.get(third)));
  // What was purged meanwhile would make another figure of the second day: the one that was told stays.
  expect((await made(slugs.exact, second, null)).panels).toEqual(figures.panels);
  const rewriting = sql.db`update waymark.look_back set panels = '[]' where day = ${second} and until is null`;
  await expect(rewriting).rejects.toThrow('stays as it was told');
});

describe('small numbers', () => {
  it('differ by no few children between two days, whichever is looked at first', async () => {
    await steps.unblind(
      sql.db,
      { slug: slugs.guarded, by: 'anna', at },
      'figures are looked back on in a test',
    );
    const later = await made(slugs.guarded, third, null);
    expect(later.panels[0]?.panel?.results[0]?.arms.every(({ enrolled }) => enrolled !== null)).toBe(true);
    // Five corrections and three purges: fewer than eight children in each arm.
    const shown = await made(slugs.guarded, second, null);
    const pairs = (shown.panels[0]?.panel?.results ?? []).flatMap(({ arms }, horizon) =>
      arms.flatMap((arm, number) => {
        const other = later.panels[0]?.panel?.results[horizon]?.arms[number];
        return (['enrolled', 'matured', 'events', 'noEvents'] as const).map((name) => [
          arm[name],
          other?.[name] ?? null,
        ]);
      }),
    );
    for (const [a, b] of pairs)
      if (a != null && b != null && a !== b) expect(Math.abs(a - b)).toBeGreaterThanOrEqual(8);
    const changes = await made(slugs.guarded, second, third);
    expect(changes.reasons).toEqual([]);
  });

  it('are counted exactly where the portal cannot see them', async () => {
    await expect(portal`select counted from waymark.look_back`).rejects.toThrow('permission denied');
    const [row] = await sql.db<{ counted: { children: number; shown: boolean }[] }[]>`
      select counted from waymark.look_back l join waymark.evaluation e using (evaluation_id)
      where e.slug = ${slugs.guarded} and l.until is not null`;
    expect(row?.counted.length).toBeGreaterThan(0);
    expect(row?.counted.every(({ shown }) => !shown)).toBe(true);
  });
});

describe('what cannot be asked for', () => {
  it('is a day that is not over, one before the evaluation, and more than a few at once', async () => {
    const ask = (day: string, until: string | null = null) =>
      store().askLookBack(slugs.exact, { day, until });
    expect(await ask('2100-01-01')).toBe('future');
    expect(await ask(first, '2100-01-01')).toBe('future');
    expect(await ask('2024-01-09')).toBe('before');
    for (const day of ['2024-08-01', '2024-08-02', '2024-08-03']) expect(await ask(day)).toBe('asked');
    expect(await ask('2024-08-04')).toBe('busy');
    while (await makeNext(maker, log, never));
    expect(await ask('2024-08-04')).toBe('asked');
    await sql.db`insert into waymark.look_back (evaluation_id, protocol_hash, day, asked_by, made_at, code_version, panels)
      select evaluation_id, 'another', date '2024-01-10' + n, 'somebody', now(), '', '[]'
      from waymark.evaluation, generate_series(1, 24) n where slug = ${slugs.exact}`;
    expect(await ask('2024-08-05')).toBe('enough');
  });

  it('is anything by a researcher, of another evaluation, or while it is blinded; the maker reads no stored outcome', async () => {
    const { id } = await evaluationOf(slugs.exact);
    const as = (role: string) =>
      portal.begin(async (tx) => {
        await tx`select set_config('waymark.reader_role', ${role}, true)`;
        const [asked] = await tx<{ answer: string }[]>`
          select waymark.ask_look_back(${id}::smallint, '2024-09-01', null) as answer`;
        const [seen] = await tx<{ rows: number }[]>`select count(*)::integer as rows from waymark.look_back`;
        return { answer: asked?.answer, rows: seen?.rows };
      });
    expect(await as('researcher')).toEqual({ answer: 'refused', rows: 0 });
    expect(await as('evaluator')).toEqual({ answer: 'refused', rows: 0 });
    expect((await as('operator')).rows).toBeGreaterThan(0);
    await recruiting('still-blinded', 8);
    expect(await store().askLookBack('still-blinded', { day: first, until: null })).toBe('refused');
    expect(await store().lookBacks('still-blinded', { day: first, until: null })).toBeNull();
    const kept = sql.db`insert into waymark.look_back (evaluation_id, protocol_hash, day, asked_by)
      select evaluation_id, '', '2024-02-01', 'somebody' from waymark.evaluation where slug = 'still-blinded'`;
    await expect(kept).rejects.toThrow('once it is unblinded');
    await expect(maker`select from waymark.outcome`).rejects.toThrow('permission denied');
    await expect(maker`delete from waymark.look_back`).rejects.toThrow('permission denied');
  });
});

it('what fails three times is left, said so, and can be asked for anew; what is ended counts as not tried', async () => {
  await sql.db`delete from waymark.look_back where protocol_hash = 'another' or made_at is null`;
  const days = { day: '2024-10-01', until: null };
  expect(await store().askLookBack(slugs.exact, days)).toBe('asked');
  await expect(makeNext(maker, log, AbortSignal.abort())).rejects.toThrow();
  const [row] = await sql.db<
    { attempts: number }[]
  >`select attempts from waymark.look_back where day = ${days.day}`;
  expect(row?.attempts).toBe(0);
  await sql.db`update waymark.look_back set attempts = 3 where day = ${days.day}`;
  expect((await store().lookBacks(slugs.exact, days))?.found?.state).toBe('failed');
  expect(await makeNext(maker, log, never)).toBe(false);
  expect(await store().askLookBack(slugs.exact, days)).toBe('asked');
  expect(await makeNext(maker, log, never)).toBe(true);
  expect((await store().lookBacks(slugs.exact, days))?.found?.state).toBe('made');
});
