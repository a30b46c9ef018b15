// What a record was made of, as one number: whatever of a participant an analysis can look at is in it.
import { createHash } from 'node:crypto';
import { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import type { AnalysedOutcome, AnalysisParticipant } from './participant.ts';

/** Lines are put together so many at a time. */
const TOGETHER = 1000;

const outcomeText = (one: AnalysedOutcome): string =>
  JSON.stringify([
    one.outcome,
    one.horizon,
    one.state,
    one.date,
    one.censorReason,
    one.value,
    one.clockStart,
    one.horizonDay,
    one.matured,
  ]);

function line(
  { council, child, unit, arm, indexDay, covariates, helped, outcomes }: AnalysisParticipant,
  textOf: typeof outcomeText,
): string {
  const known = Covariate.options.map((name) => covariates[name]);
  const before = JSON.stringify([council, child, unit, arm, indexDay, known]).slice(0, -1);
  const after = helped === undefined ? '' : `,${helped}`;
  return `${before},[${outcomes.map(textOf)}]${after}]`;
}

/** SHA-256, hexadecimal, over one line of JSON a participant, in their order. */
export function snapshotHash(participants: readonly AnalysisParticipant[]): string {
  const hash = createHash('sha256');
  // Most participants share their outcomes' objects with others: each is written once.
  const texts = new Map<AnalysedOutcome, string>();
  const textOf = (one: AnalysedOutcome): string => {
    const text = texts.get(one) ?? outcomeText(one);
    texts.set(one, text);
    return text;
  };
  for (let from = 0; from < participants.length; from += TOGETHER) {
    const lines = participants.slice(from, from + TOGETHER).map((one) => line(one, textOf));
    hash.update(`${lines.join('\n')}\n`);
  }
  return hash.digest('hex');
}
