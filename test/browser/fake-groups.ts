// Made-up outcomes by group, protected as real ones are: each wave has its part of the children, and the last is tiny.

import { addMonths, lastDayOf } from '../../schemas/calendar.ts';
import { nothingSeenOfArm, protectBreakdown } from '../../services/disclosure/breakdown.ts';
import { ageBands, NOT_KNOWN, needs } from '../../services/releases/groupings.ts';
import type { GroupsAsked, ShownGroups } from '../../services/releases/groups.ts';
import { children, demonstration, THROUGH, waves } from './fake-figures.ts';

export const councilCodes = [
  'E06000032',
  'E08000031',
  'E08000030',
  'E09000023',
  'E09000026',
  'E10000031',
  'E08000015',
  'E10000019',
  'E06000059',
  'E06000018',
];

/** Splits a count by weights that hardly differ from group to group. */
const parts = (total: number, weights: readonly number[]): number[] => {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => Math.round((total * weight) / all));
};

const withWaves = {
  ...nothingSeenOfArm,
  groups: { waves: waves.map((wave) => ({ wave, from: wave, finalAt: [THROUGH], matured: 0 })), tables: [] },
};

export async function groupsOf(asked: GroupsAsked): Promise<ShownGroups> {
  const { outcome, horizon, by } = asked;
  const whole = demonstration.find((one) => one.outcome === outcome && one.horizon === horizon);
  const frozen = waves.filter((wave) => addMonths(lastDayOf(wave.slice(0, 7)), horizon) <= THROUGH);
  const settled = frozen.length === waves.length;
  const groups = {
    wave: frozen,
    council: councilCodes,
    age: [NOT_KNOWN, ...ageBands],
    need: [NOT_KNOWN, ...needs],
  };
  const names: readonly string[] = by === 'wave' || settled ? groups[by] : [];
  const all = by === 'wave' ? waves.length : groups[by].length;
  if (names.length === 0) return { ...asked, groups: [], final: 0, all, withheld: null };
  const sizes = names.map((_, at) => (by === 'wave' ? (children[at] ?? 0) : 900 + 160 * at));
  const of = async (arm: 0 | 1) => {
    const { matured = 0, events = 0 } = whole?.arms[arm] ?? {};
    const [followed, having] = [
      parts(matured, sizes),
      parts(
        events,
        sizes.map((size, at) => size * (1 + 0.04 * (((at * 5) % 7) - 3))),
      ),
    ];
    const counts = names.map((group, at) => ({
      group,
      matured: followed[at] ?? 0,
      events: having[at] ?? 0,
    }));
    const table = { by, horizon: 0, waves: by === 'wave' ? names : waves, groups: counts };
    return protectBreakdown(table, withWaves, 10);
  };
  const [trial, comparison] = [await of(0), await of(1)];
  const shown = names.map((group, at) => ({
    group,
    trial: trial?.[at] ?? null,
    comparison: comparison?.[at] ?? null,
  }));
  return { ...asked, groups: shown, final: names.length, all, withheld: null };
}
