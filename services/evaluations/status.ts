// Where an evaluation stands, in counts that give nothing of the outcomes away: shown to everyone, blinded or not.
import { stages } from '../../schemas/lifecycle.ts';
import type { Queryable } from '../platform/database.ts';
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
  milestones: { horizon: number; waves: number; frozen: number; waitingForCouncils: number }[];
}

function nextSteps(standing: Standing): string[] {
  const next = stages[stages.indexOf(standing.stage) + 1];
  if (next === undefined) return ['nothing: it is closed'];
  const refusal = refusalOf(standing, { kind: 'advanced', to: next });
  return [refusal === null ? `advance to ${next}` : refusal];
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
  };
}
