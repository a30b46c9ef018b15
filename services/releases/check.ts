// What the rules say of a release, and its publication: judged with everything its audience has seen, then frozen.
import { createHash } from 'node:crypto';
import type { OutputRecord, ReleaseFinding } from '../../schemas/release.ts';
import { ResultRecord } from '../../schemas/result.ts';
import { judgePanel, type Panel } from '../disclosure/panel.ts';
import type { ProtectedResult } from '../disclosure/protect.ts';
import { evaluationNamed } from '../evaluations/evaluation.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { assemble, distinct, lockMemory, recall, remember } from './memory.ts';
import { countChecks } from './output-checks.ts';
import { type CheckDetail, type PublishedDetail, type Release, releaseNumbered } from './standing.ts';
import { addStep, lockRelease } from './steps.ts';

const RULES = 'Waymark';

/** What researchers see they see beside everything public, so whatever is released is judged with all that they saw. */
const JUDGED_WITH = 'researchers' as const;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The published document, as it is frozen. */
interface ReleaseDocument {
  releaseVersion: 1;
  release: number;
  title: string;
  audience: Release['audience'];
  result: ProtectedResult;
}

const summaryWords = (findings: readonly ReleaseFinding[], hidden: number): string =>
  findings.length === 0
    ? `pass; ${hidden} cells hidden`
    : `review; ${findings.map(({ reason, what, outcome, arm }) => `${reason}: ${what} of ${outcome}, ${arm}`).join('; ')}`;

function outputRecord(
  release: Release,
  document: ReleaseDocument,
  findings: ReleaseFinding[],
  checksum: string,
): OutputRecord {
  const { results, disclosure, evaluation, computedAt } = document.result;
  const reasons = (reason: ReleaseFinding['reason']): number =>
    findings.filter((finding) => finding.reason === reason).length;
  return {
    version: 'waymark-1',
    uid: `release-${release.id}`,
    status: findings.length === 0 ? 'pass' : 'review',
    type: 'table',
    properties: { method: 'outcomes-by-arm', evaluation, audience: release.audience },
    files: [
      {
        name: `release-${release.id}.json`,
        checksum,
        sdc: {
          summary: {
            suppressed: disclosure.hiddenNumbers > 0,
            threshold: disclosure.threshold,
            hidden: disclosure.hiddenNumbers,
            ...{ narrowed: reasons('narrowed'), few: reasons('few'), corrected: reasons('corrected') },
          },
          cells: findings,
        },
      },
    ],
    checks: countChecks(findings, disclosure.threshold),
    outcome: results.flatMap(({ outcome, horizon, arms }) =>
      arms
        .filter(({ hidden }) => hidden.length > 0)
        .map(({ arm, hidden }) => ({ outcome, horizon, arm, hidden })),
    ),
    command: `waymark release draft --evaluation ${evaluation} --audience ${release.audience}`,
    summary: summaryWords(findings, disclosure.hiddenNumbers),
    timestamp: computedAt,
    comments: release.steps.flatMap(({ note }) => note ?? []),
    exception: '',
  };
}

/**
 * @param upTo the newest panel to judge with: all there are, unless a judgement is made again
 * @returns what the rules find in the release; the memory is locked by the caller
 */
async function judge(tx: Transaction, release: Release, upTo?: number): Promise<CheckDetail> {
  const [row] = await tx<{ result: unknown }[]>`
    select result from waymark.release where release_id = ${release.id}`;
  const result = ResultRecord.parse(row?.result);
  const evaluation = await evaluationNamed(tx, release.evaluation);
  if (!evaluation) throw new Error(`the evaluation ${release.evaluation} of release ${release.id} is gone`);
  const { disclosure, primary, horizons } = evaluation.protocol;
  const seen = await recall(tx, evaluation.id, JUDGED_WITH, upTo);
  const panels: Panel[] = [];
  const corrected: string[] = [];
  const findings: ReleaseFinding[] = [];
  for (const outcome of new Set(result.results.map((one) => one.outcome))) {
    const options = { primary: primary.horizon, keepRisks: false };
    const verdict = await judgePanel(result, outcome, seen(outcome), disclosure, options);
    // The same numbers as readers have are released as they have them.
    panels.push(verdict.panel);
    if (verdict.corrected) corrected.push(outcome);
    if (verdict.decision !== 'hold') continue;
    const ordered = [...horizons].sort((a, b) => a - b);
    for (const { horizons: at, ...finding } of distinct(verdict.findings))
      findings.push({ outcome, ...finding, horizons: at.flatMap((each) => ordered[each] ?? []) });
  }
  const document: ReleaseDocument = {
    releaseVersion: 1,
    release: release.id,
    title: release.title,
    audience: release.audience,
    result: assemble(result, disclosure.threshold, panels, []),
  };
  const body = JSON.stringify(document);
  const hash = sha256(body);
  return {
    verdict: findings.length === 0 ? 'settled' : 'review',
    ...{ findings, corrected, panels, body, hash },
    record: outputRecord(release, document, findings, hash),
    newestPanel: seen('').newest,
  };
}

/** The bytes that were published, made again from the stored counts and what readers had seen before them. */
export async function documentAgain(tx: Transaction, release: Release): Promise<string> {
  const [own] = await tx<{ first: number | null }[]>`
    select min(panel_id) as first from waymark.released_panel where release_id = ${release.id}`;
  const newest = own?.first == null ? release.check?.newestPanel : own.first - 1;
  return (await judge(tx, release, newest)).body;
}

/** Has the rules judge a draft. Done already: nothing happens. */
export async function checkRelease(db: Database, id: number): Promise<void> {
  await db.begin(async (tx) => {
    await lockRelease(tx, id);
    const release = await releaseNumbered(tx, id);
    if (release.state !== 'checking') return;
    await lockMemory(tx, release.evaluationId);
    await addStep(tx, release, { step: 'checked', by: RULES, detail: await judge(tx, release) });
  });
}

async function publish(tx: Transaction, release: Release, check: CheckDetail): Promise<void> {
  const { evaluationId, audience } = release;
  const seen = await recall(tx, evaluationId, JUDGED_WITH);
  for (const panel of check.panels) {
    const { era, panels } = seen(panel.outcome);
    const hasIt = audience === JUDGED_WITH && panels.at(-1)?.asAt === panel.asAt;
    if (hasIt) continue;
    // What a person let through is no tie between tables that the rules could go by.
    const anew =
      check.corrected.includes(panel.outcome) ||
      check.findings.some(({ outcome }) => outcome === panel.outcome);
    await remember(tx, evaluationId, audience, {
      panel,
      era: anew && panels.length > 0 ? era + 1 : era,
      release: release.id,
    });
  }
  await tx`delete from waymark.held_panel where evaluation_id = ${evaluationId}`;
  const { hash, body } = check;
  const detail: PublishedDetail = { permalink: `${release.evaluation}-${hash.slice(0, 16)}`, hash, body };
  const asked = release.steps.at(-1)?.by ?? RULES;
  await addStep(tx, release, { step: 'published', by: asked, detail });
}

/**
 * Publishes a release that somebody asked to have published: as it was checked, if its audience has seen nothing since;
 * else it is judged again first, and published only if the rules still settle it. Done already: nothing happens.
 */
export async function publishRelease(db: Database, id: number): Promise<void> {
  await db.begin(async (tx) => {
    await lockRelease(tx, id);
    const release = await releaseNumbered(tx, id);
    if (release.state !== 'publishing' || release.check === null) return;
    await lockMemory(tx, release.evaluationId);
    const { newest } = (await recall(tx, release.evaluationId, JUDGED_WITH))('');
    if (newest === release.check.newestPanel) return publish(tx, release, release.check);
    const again = await judge(tx, release);
    // What was approved was approved beside what had been shown then.
    if (again.verdict === 'settled' && release.check.verdict === 'settled') {
      await publish(tx, release, again);
      return;
    }
    await addStep(tx, release, { step: 'checked', by: RULES, detail: again });
  });
}
