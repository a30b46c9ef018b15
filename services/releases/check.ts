// What the rules say of a release, and its publication: judged with everything its audience has seen, then frozen.
import { createHash } from 'node:crypto';
import { evaluationNamed } from '../evaluations/evaluation.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { newestEffects } from './effects/earlier.ts';
import { judgeEffects } from './effects/judge.ts';
import { JUDGED_WITH } from './judge-counts.ts';
import { judgeTable } from './judge-table.ts';
import { lockMemory, recall, remember, type UpTo } from './memory.ts';
import { type CheckDetail, type PublishedDetail, type Release, releaseNumbered } from './standing.ts';
import { addStep, lockRelease } from './steps.ts';

const RULES = 'Waymark';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * @param upTo what to judge with: all there is, unless a judgement is made again
 * @returns what the rules find in the release; the memory is locked by the caller
 */
async function judge(tx: Transaction, release: Release, upTo?: UpTo): Promise<CheckDetail> {
  const evaluation = await evaluationNamed(tx, release.evaluation);
  if (!evaluation) throw new Error(`the evaluation ${release.evaluation} of release ${release.id} is gone`);
  const judging = release.kind === 'analysis' ? judgeEffects : judgeTable;
  return judging(tx, release, evaluation, upTo);
}

/** The bytes that were published, made again from the stored counts and what readers had seen before them. */
export async function documentAgain(tx: Transaction, release: Release): Promise<string> {
  const [own] = await tx<{ first: number | null }[]>`
    select min(panel_id) as first from waymark.released_panel where release_id = ${release.id}`;
  const panel = (own?.first == null ? release.check?.newestPanel : own.first - 1) ?? 0;
  return (await judge(tx, release, { panel, group: release.published?.newestGroup ?? 0 })).body;
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
    const haveIt = audience === JUDGED_WITH && panels.some(({ asAt }) => asAt === panel.asAt);
    if (haveIt) continue;
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
  const { hash, body, newestGroup = 0 } = check;
  const permalink = `${release.evaluation}-${hash.slice(0, 16)}`;
  const detail: PublishedDetail = { permalink, hash, body, newestGroup };
  const asked = release.steps.at(-1)?.by ?? RULES;
  await addStep(tx, release, { step: 'published', by: asked, detail });
}

/** Whether readers have seen something since the check. */
async function isStale(tx: Transaction, release: Release, check: CheckDetail): Promise<boolean> {
  const { evaluationId, kind } = release;
  const { newest, newestGroup } = (await recall(tx, evaluationId, JUDGED_WITH))('');
  if (newest !== check.newestPanel || newestGroup !== (check.newestGroup ?? 0)) return true;
  return kind === 'analysis' && (await newestEffects(tx, evaluationId)) !== check.newestEffects;
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
    if (!(await isStale(tx, release, release.check))) return publish(tx, release, release.check);
    const again = await judge(tx, release);
    // What was approved was approved beside what had been shown then.
    if (again.verdict === 'settled' && release.check.verdict === 'settled') {
      await publish(tx, release, again);
      return;
    }
    await addStep(tx, release, { step: 'checked', by: RULES, detail: again });
  });
}
