// What of a look back may be shown: its figures are judged with every panel that its readers have seen, live, released or by
// looking back; the numbers behind a reason are rounded, hidden where small, and never differ by few from one shown before.
import type { ResultRecord } from '../../schemas/result.ts';
import { judgeEarlier, type Panel, type PanelMemory } from '../disclosure/panel.ts';
import { roundCount } from '../disclosure/rounding.ts';
import type { Reason } from '../evaluations/as-of/figures.ts';
import type { Transaction } from '../platform/database.ts';
import { type Gated, recall } from '../releases/memory.ts';
import type { ShownReason, ThenPanel } from './look-back.ts';

/** An exact number that was judged before; it is for judging alone. */
export interface Counted extends Reason {
  shown: boolean;
}

async function keptPanels(tx: Transaction, { id }: Gated): Promise<Panel[]> {
  const kept = await tx<{ panels: ThenPanel[] }[]>`
    select panels from waymark.look_back where evaluation_id = ${id} and panels is not null order by look_back_id`;
  return kept.flatMap(({ panels }) => panels.flatMap(({ panel }) => panel ?? []));
}

function enrolledIn(panels: readonly Panel[], other: PanelMemory['enrolled']): PanelMemory['enrolled'] {
  const of = (arm: 'trial' | 'comparison') => [
    ...other[arm],
    ...panels.flatMap(({ results }) =>
      (results[0]?.arms ?? []).flatMap((row) => (row.arm === arm ? (row.enrolled ?? []) : [])),
    ),
  ];
  return { trial: of('trial'), comparison: of('comparison') };
}

/** Call under the lock of the evaluation's memory (`lockMemory`). */
export async function judgeFigures(
  tx: Transaction,
  gated: Gated,
  result: ResultRecord,
): Promise<ThenPanel[]> {
  const memory = await recall(tx, gated.id, 'researchers');
  const kept = await keptPanels(tx, gated);
  const outcomes = [...new Set(result.results.map(({ outcome }) => outcome))];
  const judged: ThenPanel[] = [];
  for (const outcome of outcomes) {
    const { panels, earlier, enrolled, groups } = memory(outcome);
    const own = kept.filter((one) => one.outcome === outcome);
    const seen = { seen: [...earlier, ...panels, ...own], enrolled: enrolledIn(kept, enrolled), groups };
    const panel = await judgeEarlier(
      result,
      outcome,
      seen,
      { threshold: gated.threshold },
      gated.primaryHorizon,
    );
    judged.push({ outcome, panel });
  }
  return judged;
}

const keyOf = ({ outcome, horizon, arm, why, kind }: Reason): string =>
  [outcome, horizon, arm, why, kind].join(' ');

/** Call under the lock of the evaluation's memory. */
export async function judgeReasons(
  tx: Transaction,
  { id, threshold }: Gated,
  reasons: readonly Reason[],
): Promise<{ shown: ShownReason[]; counted: Counted[] }> {
  const rows = await tx<{ counted: Counted[] }[]>`
    select counted from waymark.look_back where evaluation_id = ${id} and counted is not null`;
  const before = new Map<string, number[]>();
  for (const one of rows.flatMap(({ counted }) => counted)) {
    if (!one.shown) continue;
    before.set(keyOf(one), [...(before.get(keyOf(one)) ?? []), one.children]);
  }
  const counted = reasons.map((reason): Counted => {
    const { children } = reason;
    const close = (before.get(keyOf(reason)) ?? []).some(
      (known) => known !== children && Math.abs(known - children) < threshold,
    );
    return { ...reason, shown: children >= threshold && !close };
  });
  const rule = { rule: 'nearest', to: threshold } as const;
  const shown = counted.flatMap(({ shown: isShown, children, ...reason }): ShownReason[] =>
    isShown ? [{ ...reason, about: roundCount(children, rule) }] : [],
  );
  return { shown, counted };
}
