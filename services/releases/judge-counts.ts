// Counts judged with everything that readers of results have seen: those of a result, or those that an analysis is made of.
import type { ReleaseFinding } from '../../schemas/release.ts';
import type { ResultRecord } from '../../schemas/result.ts';
import { judgePanel, type Panel } from '../disclosure/panel.ts';
import type { Evaluation } from '../evaluations/evaluation.ts';
import type { Transaction } from '../platform/database.ts';
import { distinct, recall, type UpTo } from './memory.ts';

/** What researchers see they see beside everything public, so whatever is released is judged with all that they saw. */
export const JUDGED_WITH = 'researchers' as const;

export interface JudgedCounts {
  /** One an outcome, as they may be shown. */
  panels: Panel[];
  /** Outcomes whose records were corrected since their newest panel. */
  corrected: string[];
  findings: ReleaseFinding[];
  /** The newest panel that there was; 0 for none. */
  newestPanel: number;
  /** The newest shown count of a group; 0 for none. */
  newestGroup: number;
}

/**
 * The memory is locked by the caller.
 * @param upTo what to judge with: all there is, unless a judgement is made again
 */
export async function judgeCounts(
  tx: Transaction,
  { id, protocol }: Evaluation,
  result: ResultRecord,
  policy: { threshold: number },
  upTo?: UpTo,
): Promise<JudgedCounts> {
  const { primary, horizons } = protocol;
  const ordered = [...horizons].sort((a, b) => a - b);
  const seen = await recall(tx, id, JUDGED_WITH, upTo);
  const { newest: newestPanel, newestGroup } = seen('');
  const judged: JudgedCounts = { panels: [], corrected: [], findings: [], newestPanel, newestGroup };
  for (const outcome of new Set(result.results.map((one) => one.outcome))) {
    const memory = seen(outcome);
    const isLater = ({ asAt }: Panel): boolean => asAt > result.computedAt;
    const verdict = await judgePanel(
      result,
      outcome,
      { ...memory, panels: memory.panels.filter((panel) => !isLater(panel)) },
      policy,
      { primary: primary.horizon, keepRisks: false, later: memory.panels.filter(isLater) },
    );
    // The same numbers as readers have are released as they have them.
    judged.panels.push(verdict.panel);
    if (verdict.corrected) judged.corrected.push(outcome);
    if (verdict.decision !== 'hold') continue;
    for (const { horizons: at, ...finding } of distinct(verdict.findings))
      judged.findings.push({ outcome, ...finding, horizons: at.flatMap((each) => ordered[each] ?? []) });
  }
  return judged;
}
