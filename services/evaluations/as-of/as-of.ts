// An evaluation as it was known at the end of an earlier day: the reference engine over the ledger cut there, nothing stored.
import { CivilDate } from '../../../schemas/calendar.ts';
import type { Database } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { codeVersion } from '../../platform/version.ts';
import { type EvaluateRecord, evaluate } from '../evaluate/evaluate.ts';
import { endOfLondonDay } from '../evaluate/known.ts';
import type { Evaluation } from '../evaluation.ts';
import { allottedAsOf, knownAsOf, optedOutOf } from './known-as-of.ts';

/** @throws UserError `bad-date` naming the option */
export function dayGiven(text: string, option: string): string {
  const parsed = CivilDate.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UserError('bad-date', `--${option} ${parsed.error.issues[0]?.message}.`, { field: option });
}

/** The instant at which a Europe/London day is over: what was stored before it was known by the end of that day. */
export const endOfDay = (day: string): Date => new Date(endOfLondonDay(day));

/** One moment of the store, so that events which come in meanwhile change nothing. */
export function evaluateAsOf(
  db: Database,
  evaluation: Evaluation,
  cut: Date,
  asOf: string,
): Promise<EvaluateRecord> {
  return db.begin('isolation level repeatable read read only', async (tx) => {
    const known = await knownAsOf(tx, evaluation.protocol, cut);
    const allotted = await allottedAsOf(tx, evaluation, cut);
    const optedOut = await optedOutOf(tx, evaluation);
    return evaluate(evaluation.protocol, known, allotted, { codeVersion, asOf }, optedOut);
  });
}
