// A release of counts: the result as it was drafted, each number judged, as one document and its output record.
import { createHash } from 'node:crypto';
import type { OutputRecord, ReleaseFinding } from '../../schemas/release.ts';
import { ResultRecord } from '../../schemas/result.ts';
import type { ProtectedResult } from '../disclosure/protect.ts';
import type { Evaluation } from '../evaluations/evaluation.ts';
import type { Transaction } from '../platform/database.ts';
import { judgeCounts } from './judge-counts.ts';
import { assemble, type UpTo } from './memory.ts';
import { countChecks, outputOf } from './output-checks.ts';
import type { CheckDetail, Release } from './standing.ts';

/** The published document, as it is frozen. */
interface ReleaseDocument {
  releaseVersion: 1;
  release: number;
  title: string;
  audience: Release['audience'];
  result: ProtectedResult;
}

function outputRecord(
  release: Release,
  { result: { results, disclosure, evaluation, computedAt } }: ReleaseDocument,
  findings: ReleaseFinding[],
  checksum: string,
): OutputRecord {
  const { threshold, hiddenNumbers: hidden } = disclosure;
  return outputOf(release, {
    ...{ type: 'table', findings, checksum, threshold, hidden, timestamp: computedAt },
    properties: { method: 'outcomes-by-arm', evaluation, audience: release.audience },
    checks: countChecks(findings, threshold),
    outcome: results.flatMap(({ outcome, horizon, arms }) =>
      arms
        .filter((one) => one.hidden.length > 0)
        .map((one) => ({ outcome, horizon, arm: one.arm, hidden: one.hidden })),
    ),
    command: `waymark release draft --evaluation ${evaluation} --audience ${release.audience}`,
  });
}

/** @param upTo what to judge with: all there is, unless a judgement is made again */
export async function judgeTable(
  tx: Transaction,
  release: Release,
  evaluation: Evaluation,
  upTo?: UpTo,
): Promise<CheckDetail> {
  const [row] = await tx<{ result: unknown }[]>`
    select result from waymark.release where release_id = ${release.id}`;
  const result = ResultRecord.parse(row?.result);
  const { disclosure } = evaluation.protocol;
  const { panels, corrected, findings, newestPanel, newestGroup } = await judgeCounts(
    tx,
    evaluation,
    result,
    disclosure,
    upTo,
  );
  const document: ReleaseDocument = {
    releaseVersion: 1,
    release: release.id,
    title: release.title,
    audience: release.audience,
    result: assemble(result, disclosure.threshold, panels, []),
  };
  const body = JSON.stringify(document);
  const hash = createHash('sha256').update(body).digest('hex');
  return {
    verdict: findings.length === 0 ? 'settled' : 'review',
    ...{ findings, corrected, panels, body, hash, newestPanel, newestGroup },
    record: outputRecord(release, document, findings, hash),
  };
}
