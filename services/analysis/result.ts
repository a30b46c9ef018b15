// One result record from a protocol and the stored outcomes: what every page, command and file shows.
import { isMeasuredInDays } from '../../schemas/outcome.ts';
import type { Protocol } from '../../schemas/protocol.ts';
import type { ArmCounts, OutcomeResult, ResultRecord } from '../../schemas/result.ts';
import type { Evaluation } from '../evaluations/evaluation.ts';
import { milestones } from '../evaluations/maturity.ts';
import { contentHash } from '../platform/content-hash.ts';
import type { Queryable } from '../platform/database.ts';
import { codeVersion } from '../platform/version.ts';
import { armCounts, clusterShapes, type FrozenPart } from './counts.ts';
import { riskDifference } from './effect.ts';

const arms = [
  ['trial', 1],
  ['comparison', 0],
] as const;

const nobody = {
  ...{ enrolled: 0, notAtRisk: 0, pending: 0, matured: 0, events: 0, noEvents: 0, censored: 0 },
  days: { n: 0, mean: null, sd: null },
};

async function outcomeResults(
  db: Queryable,
  evaluation: Evaluation,
  part: FrozenPart | null,
): Promise<OutcomeResult[]> {
  const [counted, clustered] = [
    await armCounts(db, evaluation, part),
    await clusterShapes(db, evaluation, part),
  ];
  const { outcomes, horizons } = evaluation.protocol;
  return outcomes.flatMap((definition, outcome) =>
    (part ? [part.horizon] : horizons).map((horizon): OutcomeResult => {
      const here = counted.filter((row) => row.outcome === outcome && row.horizon === horizon);
      const byArm = arms.map(([arm, number]): ArmCounts => {
        const {
          arm: _,
          outcome: __,
          horizon: ___,
          days,
          ...counts
        } = here.find((row) => row.arm === number) ?? { ...nobody, arm: number, outcome, horizon };
        return {
          arm,
          ...counts,
          risk: counts.matured > 0 ? counts.events / counts.matured : null,
          ...(isMeasuredInDays(definition) && { days }),
        };
      });
      const { effect, warnings } = riskDifference(
        clustered.filter((row) => row.outcome === outcome && row.horizon === horizon),
      );
      return { outcome: definition.id, horizon, arms: byArm, effect, warnings };
    }),
  );
}

export const definitionsOf = (protocol: Protocol): ResultRecord['definitions'] =>
  protocol.outcomes.map((definition) => ({
    id: definition.id,
    version: definition.version,
    hash: contentHash(definition),
    definition,
  }));

/** The day through which every council of the evaluation is complete, or null while one never said. */
async function completeThrough(db: Queryable, evaluation: Evaluation): Promise<string | null> {
  const [row] = await db<{ through: string | null }[]>`
    select case when bool_and(t.through is not null) then min(t.through) end as through
    from waymark.evaluation_council ec
    left join (select council_id, min(complete_through) as through from waymark.complete_through group by council_id) t using (council_id)
    where ec.evaluation_id = ${evaluation.id}`;
  return row?.through ?? null;
}

/** The result as it stands, or of one frozen wave and horizon. */
export async function resultOf(
  db: Queryable,
  evaluation: Evaluation,
  part: FrozenPart | null = null,
): Promise<ResultRecord> {
  const { protocol, slug, protocolHash } = evaluation;
  const results = await outcomeResults(db, evaluation, part);
  const enrolled = (arm: string) => results[0]?.arms.find((counts) => counts.arm === arm)?.enrolled ?? 0;
  const all = await milestones(db, evaluation);
  return {
    resultVersion: 1,
    evaluation: slug,
    title: protocol.title,
    dataSource: protocol.dataSource,
    protocolHash,
    definitions: definitionsOf(protocol),
    codeVersion,
    computedAt: new Date().toISOString(),
    participants: { trial: enrolled('trial'), comparison: enrolled('comparison') },
    completeThrough: await completeThrough(db, evaluation),
    waves: {
      total: new Set(all.map((one) => one.wave)).size,
      frozen: protocol.horizons.map((horizon) => ({
        horizon,
        waves: all.filter((one) => one.horizon === horizon && one.frozenAt !== null).length,
      })),
    },
    results,
    deviations: evaluation.deviations,
  };
}
