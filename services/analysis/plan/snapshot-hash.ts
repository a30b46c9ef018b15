// What a record was made of, as one number: whatever of a participant an analysis can look at is in it.
import { createHash } from 'node:crypto';
import { Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import type { AnalysisParticipant } from './participant.ts';

/** Lines are put together so many at a time. */
const TOGETHER = 1000;

const line = ({
  council,
  child,
  unit,
  arm,
  indexDay,
  covariates,
  helped,
  outcomes,
}: AnalysisParticipant): string =>
  JSON.stringify([
    council,
    child,
    unit,
    arm,
    indexDay,
    Covariate.options.map((name) => covariates[name]),
    outcomes.map((one) => [
      one.outcome,
      one.horizon,
      one.state,
      one.date,
      one.censorReason,
      one.value,
      one.clockStart,
      one.horizonDay,
      one.matured,
    ]),
    ...(helped === undefined ? [] : [helped]),
  ]);

/** SHA-256, hexadecimal, over one line of JSON a participant, in their order. */
export function snapshotHash(participants: readonly AnalysisParticipant[]): string {
  const hash = createHash('sha256');
  for (let from = 0; from < participants.length; from += TOGETHER) {
    const lines = participants.slice(from, from + TOGETHER).map(line);
    hash.update(`${lines.join('\n')}\n`);
  }
  return hash.digest('hex');
}
