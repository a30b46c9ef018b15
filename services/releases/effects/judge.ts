// A release of a kept analysis: its counts judged like a table, its effects by the rules for regressions and by what was
// published before, as one document and its output record.
import { createHash } from 'node:crypto';
import { AnalysisRecord } from '../../../schemas/analysis.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import type { OutputRecord, ReleaseFinding } from '../../../schemas/release.ts';
import type { ShownRecord } from '../../analysis/report/shown.ts';
import { hiddenNumbersOf } from '../../disclosure/protect.ts';
import type { Evaluation } from '../../evaluations/evaluation.ts';
import type { Transaction } from '../../platform/database.ts';
import { judgeCounts } from '../judge-counts.ts';
import type { UpTo } from '../memory.ts';
import { effectChecks, outputOf } from '../output-checks.ts';
import type { CheckDetail, Release } from '../standing.ts';
import { countsOf } from './counts.ts';
import { RESIDUAL_DF } from './degrees-of-freedom.ts';
import { earlierEffects, findingsBeside, newestEffects } from './earlier.ts';
import { effectFindings, type LeftOut, releasedEffects } from './released.ts';

/** The published document of an analysis, as it is frozen. */
export interface EffectsDocument {
  releaseVersion: 1;
  kind: 'analysis';
  release: number;
  title: string;
  audience: Release['audience'];
  /** The kept analysis; `hash` is of its whole record, and `cut` when what it knows was stored. */
  analysis: { number: number; hash: string; cut: string };
  /** What of it may be shown; null where nothing may. */
  effects: ShownRecord | null;
  disclosure: { threshold: number; hiddenNumbers: number; leftOut: LeftOut };
}

interface Kept {
  record: AnalysisRecord;
  protocol: Protocol;
  cut: Date;
  hash: string;
}

async function keptAnalysis(tx: Transaction, number: number | null): Promise<Kept> {
  const [row] = await tx<{ record: string; protocol: unknown; cut: Date; hash: string }[]>`
    select record, protocol, cut, record_hash as hash from waymark.analysis where analysis_id = ${number}`;
  if (!row) throw new Error(`analysis ${number} is gone`);
  const record = AnalysisRecord.parse(JSON.parse(row.record));
  return { ...row, record, protocol: Protocol.parse(row.protocol) };
}

function outputRecord(
  release: Release,
  { analysis, effects, disclosure }: EffectsDocument,
  findings: ReleaseFinding[],
  checksum: string,
): OutputRecord {
  const { threshold, hiddenNumbers: hidden, leftOut } = disclosure;
  const { evaluation, audience } = release;
  const { number, hash, cut } = analysis;
  const nullable = ['notAtRisk', 'pending', 'matured', 'events', 'censored', 'risk'] as const;
  return outputOf(release, {
    ...{ type: 'regression', findings, checksum, threshold, hidden, timestamp: cut },
    properties: { method: 'effects-of-an-analysis', evaluation, audience, analysis: { number, hash } },
    leftOut: { residualDegreesOfFreedom: RESIDUAL_DF, ...leftOut },
    checks: effectChecks(findings, threshold, leftOut),
    outcome: (effects?.results ?? []).flatMap(({ outcome, horizon, sets }) =>
      sets.flatMap((set) => {
        const names = nullable.filter((name) => set[name] === null);
        return names.length > 0 ? [{ outcome, horizon, arm: set.arm, hidden: names }] : [];
      }),
    ),
    command: `waymark release draft --evaluation ${evaluation} --analysis ${number} --audience ${audience}`,
  });
}

const nothingToShow: ReleaseFinding = {
  ...{ outcome: null, arm: null, horizons: [], what: 'everything', reason: 'narrowed' },
};

/** @param upTo what to judge with: all there is, unless a judgement is made again */
export async function judgeEffects(
  tx: Transaction,
  release: Release,
  evaluation: Evaluation,
  upTo?: UpTo,
): Promise<CheckDetail> {
  const { record, protocol, cut, hash: recordHash } = await keptAnalysis(tx, release.analysis);
  // The protocol may have come to ask for more since.
  const threshold = Math.max(record.study.disclosure.threshold, evaluation.protocol.disclosure.threshold);
  const counts = await judgeCounts(tx, evaluation, countsOf(record, protocol, cut), { threshold }, upTo);
  const released = releasedEffects(record, counts.panels, threshold);
  const earlier = await earlierEffects(tx, evaluation.id, release.id);
  const beside = released
    ? await findingsBeside({ cut: cut.toISOString(), effects: released.effects }, earlier, threshold)
    : [];
  const findings = [
    ...counts.findings,
    ...effectFindings(record),
    ...beside,
    ...(released ? [] : [nothingToShow]),
  ];
  const all = record.results.length;
  const document: EffectsDocument = {
    ...{ releaseVersion: 1, kind: 'analysis', release: release.id },
    ...{ title: release.title, audience: release.audience },
    analysis: { number: release.analysis ?? 0, hash: recordHash, cut: cut.toISOString() },
    effects: released?.effects ?? null,
    disclosure: {
      threshold,
      hiddenNumbers: hiddenNumbersOf(counts.panels.flatMap(({ results }) => results)),
      leftOut: released?.leftOut ?? { estimates: all, subgroups: all, curves: all },
    },
  };
  const body = JSON.stringify(document);
  const hash = createHash('sha256').update(body).digest('hex');
  return {
    verdict: findings.length === 0 ? 'settled' : 'review',
    ...{ findings, corrected: counts.corrected, panels: counts.panels, body, hash },
    record: outputRecord(release, document, findings, hash),
    ...{ newestPanel: counts.newestPanel, newestGroup: counts.newestGroup },
    newestEffects: await newestEffects(tx, evaluation.id),
  };
}
