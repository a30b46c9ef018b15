// What each audience has been shown of an evaluation, kept for good, and the gate that every live number passes: it is
// shown, shown with fewer numbers, or the numbers shown before stay until newer ones tell of enough children.
import type { Audience } from '../../schemas/release.ts';
import type { ResultRecord } from '../../schemas/result.ts';
import { writeInName } from '../access/reader.ts';
import {
  blankPanel,
  type Finding,
  judgePanel,
  type Panel,
  type PanelMemory,
  type PanelVerdict,
} from '../disclosure/panel.ts';
import { type HeldOutcome, hiddenNumbersOf, type ProtectedResult } from '../disclosure/protect.ts';
import { contentHash } from '../platform/content-hash.ts';
import type { Database, Queryable, Transaction } from '../platform/database.ts';
import { recallGroups } from './seen-groups.ts';

/** An evaluation, as far as the gate needs it. */
export interface Gated {
  id: number;
  threshold: number;
  /** Months. */
  primaryHorizon: number;
}

/** Whose panels an audience has seen. */
const seenBy: Record<Audience, readonly Audience[]> = {
  researchers: ['researchers', 'public'],
  public: ['public'],
};

export interface RememberedPanels extends PanelMemory {
  /** The era of `panels`; 1 when there are none. */
  era: number;
  /** Numbers of the newest panel, and of the newest count of a group, of the evaluation, whatever the outcome; 0 without any. */
  newest: number;
  newestGroup: number;
}

/** One at a time judges and remembers: what is judged safe is safe together with everything remembered before it. */
export async function lockMemory(tx: Transaction, evaluationId: number): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('waymark.released_panel', ${evaluationId}))`;
}

interface Row {
  panel_id: number;
  outcome: string;
  era: number;
  panel: Panel;
}

/** The last of what is remembered; what came later is left out. */
export interface UpTo {
  panel: number;
  group: number;
}

/**
 * What an audience has seen, by outcome, in the order in which it was worked out. An outcome it has seen nothing of has no entry
 * but shares `enrolled`.
 * @param upTo everything, unless a judgement is made again
 */
export async function recall(
  db: Queryable,
  evaluationId: number,
  audience: Audience,
  upTo: UpTo = { panel: 2 ** 31 - 1, group: Number.MAX_SAFE_INTEGER },
): Promise<(outcome: string) => RememberedPanels> {
  const rows = await db<Row[]>`
    select panel_id, outcome, era, panel from waymark.released_panel
    where evaluation_id = ${evaluationId} and audience = any(${seenBy[audience] as string[]})
      and panel_id <= ${upTo.panel}::integer order by panel_id`;
  const groups = await recallGroups(db, evaluationId, upTo.group);
  const enrolled = { trial: new Set<number>(), comparison: new Set<number>() };
  for (const { panel } of rows) {
    for (const { arm, enrolled: count } of panel.results[0]?.arms ?? [])
      if (count !== null) enrolled[arm].add(count);
  }
  return (outcome) => {
    const own = rows.filter((row) => row.outcome === outcome);
    const era = own.reduce((most, row) => Math.max(most, row.era), 1);
    return {
      panels: own
        .filter((row) => row.era === era)
        .map(({ panel }) => panel)
        .sort((a, b) => (a.asAt < b.asAt ? -1 : Number(a.asAt > b.asAt))),
      earlier: own.filter((row) => row.era < era).map(({ panel }) => panel),
      enrolled: { trial: [...enrolled.trial], comparison: [...enrolled.comparison] },
      groups: groups.of(outcome),
      era,
      newest: rows.at(-1)?.panel_id ?? 0,
      newestGroup: groups.newest,
    };
  };
}

export async function remember(
  tx: Transaction,
  evaluationId: number,
  audience: Audience,
  { panel, era, release }: { panel: Panel; era: number; release: number | null },
): Promise<void> {
  await tx`
    insert into waymark.released_panel (evaluation_id, audience, outcome, era, release_id, panel, panel_hash)
    values (${evaluationId}, ${audience}, ${panel.outcome}, ${era}, ${release},
      ${JSON.stringify(panel)}::text::jsonb, ${contentHash(panel)})`;
}

/** Findings once each. */
export const distinct = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values(),
];

async function noteHeld(
  tx: Transaction,
  evaluationId: number,
  audience: Audience,
  outcome: string,
  { findings, corrected }: PanelVerdict,
): Promise<void> {
  await tx`
    insert into waymark.held_panel as h (evaluation_id, audience, outcome, findings, corrected)
    values (${evaluationId}, ${audience}, ${outcome}, ${JSON.stringify(distinct(findings))}::text::jsonb, ${corrected})
    on conflict (evaluation_id, audience, outcome) do update set findings = excluded.findings, corrected = excluded.corrected`;
}

const HELD =
  'Newer numbers differ from these by too few children, so they wait until there are more or a checker decides.';
const HELD_CORRECTED =
  'Records were corrected for too few children since these numbers were shown, so newer ones wait for a checker.';
const HELD_FROM_START =
  'No number can be shown yet without telling of too few children, beside what was shown of other outcomes.';

const outcomesOf = (result: ResultRecord): string[] => [...new Set(result.results.map((one) => one.outcome))];

/** The result with these panels in the place of its own counts; when and how far it was worked out is the newest panel's. */
export function assemble(
  result: ResultRecord,
  threshold: number,
  panels: readonly Panel[],
  held: readonly HeldOutcome[],
): ProtectedResult {
  const results = result.results.flatMap(({ outcome, horizon }) => {
    const panel = panels.find((one) => one.outcome === outcome);
    return panel?.results.filter((one) => one.horizon === horizon) ?? [];
  });
  const newest = panels.reduce((a, b) => (b.asAt > a.asAt ? b : a), panels[0] as Panel);
  const enrolled = (arm: string) => newest?.results[0]?.arms.find((one) => one.arm === arm)?.enrolled ?? null;
  return {
    ...result,
    computedAt: newest?.asAt ?? result.computedAt,
    completeThrough: newest ? newest.completeThrough : result.completeThrough,
    participants: { trial: enrolled('trial'), comparison: enrolled('comparison') },
    results,
    disclosure: {
      threshold,
      hiddenNumbers: hiddenNumbersOf(results),
      ...(held.length > 0 && { held: [...held] }),
    },
  };
}

/** Judges every outcome of a live result for an audience, remembers what is shown of it, and notes what is held back. */
export async function showLive(
  db: Database,
  { id, threshold, primaryHorizon }: Gated,
  audience: Audience,
  result: ResultRecord,
): Promise<ProtectedResult> {
  return writeInName(db, async (tx) => {
    await lockMemory(tx, id);
    const seen = await recall(tx, id, audience);
    const panels: Panel[] = [];
    const held: HeldOutcome[] = [];
    for (const outcome of outcomesOf(result)) {
      const memory = seen(outcome);
      const last = memory.panels.at(-1);
      const policy = { threshold };
      const options = { primary: primaryHorizon, keepRisks: true };
      const verdict = await judgePanel(result, outcome, memory, policy, options);
      if (verdict.decision === 'hold') {
        await noteHeld(tx, id, audience, outcome, verdict);
        panels.push(last ?? blankPanel(result, outcome));
        const reason = last ? (verdict.corrected ? HELD_CORRECTED : HELD) : HELD_FROM_START;
        held.push({ outcome, asAt: last?.asAt ?? null, reason });
        continue;
      }
      panels.push(verdict.panel);
      await tx`delete from waymark.held_panel
        where evaluation_id = ${id} and audience = ${audience} and outcome = ${outcome}`;
      if (verdict.decision === 'same') continue;
      const era = memory.era + Number(verdict.corrected);
      await remember(tx, id, audience, { panel: verdict.panel, era, release: null });
    }
    return assemble(result, threshold, panels, held);
  });
}

/** How long an answer stands for the same counts before the memory is asked again: a release may have come between. */
const STANDS_MS = 60_000;

/** The gate of one process: the same counts are judged once, and once for all who ask meanwhile. */
export function createGate(db: Database, audience: Audience) {
  const hashes = new WeakMap<ResultRecord, string>();
  const answers = new Map<number, { at: number; of: string; answer: Promise<ProtectedResult> }>();
  return (evaluation: Gated, result: ResultRecord): Promise<ProtectedResult> => {
    const counts = hashes.get(result) ?? contentHash([result.results, result.waves, result.protocolHash]);
    hashes.set(result, counts);
    const of = `${evaluation.threshold} ${counts}`;
    const known = answers.get(evaluation.id);
    if (known && known.of === of && Date.now() - known.at < STANDS_MS) return known.answer;
    const answer = showLive(db, evaluation, audience, result);
    answers.set(evaluation.id, { at: Date.now(), of, answer });
    answer.catch(() => answers.delete(evaluation.id));
    return answer;
  };
}
