// Figures at two moments beside each other, and by how much they differ: two days, or two releases.
import type { ProtectedArm, ProtectedOutcome } from '../../disclosure/protect.ts';
import { type Cell, type RowGroup, table } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { count, months } from '../../page/words.ts';
import { type ArmNames, hidden, observed } from './outcomes/marks.ts';

const signed = (difference: number): string =>
  difference === 0 ? 'no change' : `${difference > 0 ? '+' : '−'}${count(Math.abs(difference))}`;

type Counted = 'matured' | 'events';

const notInIt = html`<span class="wm-unknown">Not in it</span>`;

/** Null: not in it at all. */
const value = (arm: ProtectedArm | null, name: Counted): Piece =>
  arm === null
    ? notInIt
    : name === 'matured'
      ? arm.matured === null
        ? hidden
        : count(arm.matured)
      : observed(arm, arm.events);

function later(earlier: ProtectedArm | null, now: ProtectedArm | null, name: Counted): Piece {
  const [before, after] = [earlier?.[name] ?? null, now?.[name] ?? null];
  const shown = value(now, name);
  const isKnown = name === 'matured' || (earlier?.matured !== 0 && now?.matured !== 0);
  if (before === null || after === null || !isKnown) return shown;
  return html`${shown} <span class="wm-change">(${signed(after - before)})</span>`;
}

const armOf = (
  rows: readonly ProtectedOutcome[],
  horizon: number,
  arm: 'trial' | 'comparison',
): ProtectedArm | null =>
  rows.find((one) => one.horizon === horizon)?.arms.find((one) => one.arm === arm) ?? null;

/** @param when what the two moments are called, as the columns have it */
export function thenAndLater(options: {
  title: string;
  earlier: readonly ProtectedOutcome[];
  later: readonly ProtectedOutcome[];
  names: ArmNames;
  when: { earlier: string; later: string };
}): Html {
  const { title, earlier, names, when } = options;
  const horizons = [...new Set([...earlier, ...options.later].map(({ horizon }) => horizon))].sort(
    (a, b) => a - b,
  );
  const groups = horizons.map(
    (horizon): RowGroup => ({
      heading: `${months(horizon)} after referral`,
      rows: (['trial', 'comparison'] as const).map((arm): Cell[] => {
        const [before, after] = [armOf(earlier, horizon, arm), armOf(options.later, horizon, arm)];
        return [
          { content: names[arm] },
          { content: value(before, 'matured') },
          { content: later(before, after, 'matured') },
          { content: value(before, 'events') },
          { content: later(before, after, 'events') },
        ];
      }),
    }),
  );
  return table({
    caption: html`${title}: ${when.earlier} and ${when.later}`,
    captionHidden: true,
    columns: [
      { text: 'Group' },
      { text: `Followed, ${when.earlier}`, numeric: true },
      { text: `Followed, ${when.later}`, numeric: true },
      { text: `With this outcome, ${when.earlier}`, numeric: true },
      { text: `With this outcome, ${when.later}`, numeric: true },
    ],
    groups,
  });
}
