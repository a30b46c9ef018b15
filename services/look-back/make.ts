// Makes what was asked for, oldest first and one at a time, in small turns beside the other work of its process. What is cut
// off stands as asked, and is made again; after three failures it is left to be asked for anew.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultRecord } from '../../schemas/result.ts';
import { definitionsOf } from '../analysis/result.ts';
import { endOfDay } from '../evaluations/as-of/as-of.ts';
import { type Figures, figuresAsOf } from '../evaluations/as-of/figures.ts';
import { type Evaluation, evaluations } from '../evaluations/evaluation.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { Logger } from '../platform/log.ts';
import { codeVersion } from '../platform/version.ts';
import { type Gated, lockMemory } from '../releases/memory.ts';
import { judgeFigures, judgeReasons } from './judge.ts';
import { ATTEMPTS } from './look-back.ts';

/** Milliseconds between looks for something new. */
const REST = 1_000;
const REST_AFTER_FAILURE = 10_000;

interface Waiting {
  id: number;
  evaluation: number;
  protocolHash: string;
  day: string;
  until: string | null;
}

/** As much of a result as is judged: what an effect rests on is not told of an earlier day. */
function recordOf(
  { slug, protocol, protocolHash, deviations }: Evaluation,
  { results, completeThrough }: Figures,
  cut: Date,
): ResultRecord {
  const enrolled = (arm: string) => results[0]?.arms.find((one) => one.arm === arm)?.enrolled ?? 0;
  return {
    resultVersion: 1,
    evaluation: slug,
    title: protocol.title,
    dataSource: protocol.dataSource,
    protocolHash,
    definitions: definitionsOf(protocol),
    codeVersion,
    computedAt: cut.toISOString(),
    participants: { trial: enrolled('trial'), comparison: enrolled('comparison') },
    completeThrough,
    waves: { total: 0, frozen: [] },
    results: results.map((one) => ({ ...one, effect: null, warnings: [] })),
    deviations,
  };
}

/** Keeps the figures of a day, unless they are kept already. */
async function keepFigures(
  tx: Transaction,
  evaluation: Evaluation,
  gated: Gated,
  day: string,
  figures: Figures,
): Promise<void> {
  await tx`
    insert into waymark.look_back (evaluation_id, protocol_hash, day, asked_by)
    values (${evaluation.id}, ${evaluation.protocolHash}, ${day}, 'comparison') on conflict do nothing`;
  const [open] = await tx<{ id: number }[]>`
    select look_back_id as id from waymark.look_back
    where evaluation_id = ${evaluation.id} and protocol_hash = ${evaluation.protocolHash} and day = ${day} and until is null
      and made_at is null`;
  if (!open) return;
  const panels = await judgeFigures(tx, gated, recordOf(evaluation, figures, endOfDay(day)));
  await tx`
    update waymark.look_back
    set made_at = clock_timestamp(), code_version = ${codeVersion}, panels = ${JSON.stringify(panels)}::text::jsonb
    where look_back_id = ${open.id}`;
}

async function make(
  tx: Transaction,
  db: Database,
  evaluation: Evaluation,
  { id, day, until }: Waiting,
  signal: AbortSignal,
): Promise<void> {
  const cuts = { day: endOfDay(day), until: until === null ? null : endOfDay(until) };
  const told = await figuresAsOf(tx, evaluation, cuts, async (done) => {
    signal.throwIfAborted();
    await db`update waymark.look_back set councils_done = ${done} where look_back_id = ${id} and made_at is null`;
  });
  const { disclosure, primary } = evaluation.protocol;
  const gated = { id: evaluation.id, threshold: disclosure.threshold, primaryHorizon: primary.horizon };
  await db.begin(async (keeping) => {
    await lockMemory(keeping, evaluation.id);
    await keepFigures(keeping, evaluation, gated, day, told.day);
    if (until === null || told.until === null) return;
    await keepFigures(keeping, evaluation, gated, until, told.until);
    const { shown, counted } = await judgeReasons(keeping, gated, told.reasons);
    await keeping`
      update waymark.look_back
      set made_at = clock_timestamp(), code_version = ${codeVersion}, reasons = ${JSON.stringify(shown)}::text::jsonb,
        counted = ${JSON.stringify(counted)}::text::jsonb
      where look_back_id = ${id}`;
  });
}

const waiting = (db: Database) => db<Waiting[]>`
  select look_back_id as id, evaluation_id as evaluation, protocol_hash as "protocolHash", day, until
  from waymark.look_back where made_at is null and attempts < ${ATTEMPTS} order by asked_at, look_back_id`;

/** Makes the first that nobody is making. @returns whether there was one */
export async function makeNext(db: Database, log: Logger, signal: AbortSignal): Promise<boolean> {
  for (const one of await waiting(db)) {
    const made = await db.begin('isolation level repeatable read read only', async (tx) => {
      const [lock] = await tx<{ own: boolean }[]>`
        select pg_try_advisory_xact_lock(hashtextextended('waymark.look_back.made', ${one.id})) as own`;
      if (!lock?.own) return false;
      await db`update waymark.look_back set attempts = attempts + 1, councils_done = 0
        where look_back_id = ${one.id} and made_at is null`;
      const evaluation = (await evaluations(tx)).find(({ id }) => id === one.evaluation);
      // Of another protocol than it was asked of: nobody is shown it any more.
      if (evaluation?.protocolHash !== one.protocolHash) return false;
      const began = performance.now();
      await make(tx, db, evaluation, one, signal).catch(async (error) => {
        if (signal.aborted)
          await db`update waymark.look_back set attempts = attempts - 1 where look_back_id = ${one.id} and made_at is null`;
        throw error;
      });
      const seconds = Math.round((performance.now() - began) / 100) / 10;
      log.info({ evaluation: evaluation.slug, day: one.day, until: one.until, seconds }, 'looked back');
      return true;
    });
    if (made) return true;
  }
  return false;
}

/** Runs until `signal` aborts. What was under way then counts as not tried. */
export async function makeLookBacks(db: Database, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let rest = REST;
    try {
      if (await makeNext(db, log, signal)) rest = 0;
    } catch (error) {
      rest = REST_AFTER_FAILURE;
      if (!signal.aborted) log.warn({ err: error }, 'looking back failed and is tried again');
    }
    if (rest > 0) await sleep(rest, undefined, { signal }).catch(() => {});
  }
}
