// Where an evaluation stands, in counts that give nothing of the outcomes away: shown to everyone, blinded or not.
import { stages } from '../../schemas/lifecycle.ts';
import type { Queryable } from '../platform/database.ts';
import { type Candidate, candidatesOf } from './candidate.ts';
import type { Evaluation } from './evaluation.ts';
import { type Flow, flowOf } from './flow.ts';
import { standingOf } from './lifecycle/chain.ts';
import { refusalOf, type Standing } from './lifecycle/standing.ts';
import { milestones } from './maturity.ts';

export interface EvaluationStatus
  extends Pick<Standing, 'stage' | 'paused' | 'unblinded' | 'signatures' | 'deviations' | 'head'> {
  evaluation: string;
  title: string;
  dataSource: string;
  protocolHash: string;
  /** What may be done next, or why not yet. */
  next: string[];
  flow: Flow;
  /** Children of both arms together at risk, and those who have had the event so far. Null from 1 to the threshold - 1. */
  pooled: { outcome: string; horizon: number; atRisk: number; events: number | null }[];
  milestones: { horizon: number; waves: number; frozen: number; waitingForCouncils: number }[];
  /** Frozen figures that later records would change; they stay as they are until they are released anew. */
  superseded: Candidate[];
}

function nextSteps(standing: Standing): string[] {
  const next = stages[stages.indexOf(standing.stage) + 1];
  if (next === undefined) return ['nothing: it is closed'];
  const refusal = refusalOf(standing, { kind: 'advanced', to: next });
  return [refusal === null ? `advance to ${next}` : refusal];
}

async function pooledOf(db: Queryable, { id, protocol }: Evaluation): Promise<EvaluationStatus['pooled']> {
  const rows = await db<{ outcome: number; horizon: number; at_risk: number; events: number }[]>`
    select outcome, horizon, at_risk::integer as at_risk, events::integer as events
    from waymark.pooled_outcome where evaluation_id = ${id} order by outcome, horizon`;
  return rows.map(({ outcome, horizon, at_risk: atRisk, events }) => ({
    outcome: protocol.outcomes[outcome]?.id ?? String(outcome),
    horizon,
    atRisk,
    events: events > 0 && events < protocol.disclosure.threshold ? null : events,
  }));
}

export async function evaluationStatus(db: Queryable, evaluation: Evaluation): Promise<EvaluationStatus> {
  const standing = await standingOf(db, evaluation.id);
  const all = await milestones(db, evaluation);
  return {
    evaluation: evaluation.slug,
    title: evaluation.protocol.title,
    dataSource: evaluation.protocol.dataSource,
    protocolHash: evaluation.protocolHash,
    stage: evaluation.stage,
    paused: evaluation.paused,
    unblinded: standing.unblinded,
    signatures: standing.signatures,
    deviations: evaluation.deviations,
    head: standing.head,
    next: nextSteps(standing),
    flow: await flowOf(db, evaluation),
    pooled: await pooledOf(db, evaluation),
    milestones: evaluation.protocol.horizons.map((horizon) => {
      const here = all.filter((one) => one.horizon === horizon);
      return {
        horizon,
        waves: here.length,
        frozen: here.filter(({ frozenAt }) => frozenAt !== null).length,
        waitingForCouncils: new Set(here.flatMap(({ frozenAt, waitingFor }) => (frozenAt ? [] : waitingFor)))
          .size,
      };
    }),
    superseded: await candidatesOf(db, evaluation),
  };
}
