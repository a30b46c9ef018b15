// Who came in to the made-up evaluations: the one that is followed, with arms told apart, and the blinded one that recruits.
import type { BaselineCount, Screened } from '../../services/analysis/recruitment/counts.ts';
import { packDetail } from '../../services/outcomes/detail.ts';
import type { MaturityRow, RecruitmentRecord } from '../../services/portal/store.ts';

interface Options {
  maturity: readonly MaturityRow[];
  councils: readonly [code: string, name: string][];
  window: { from: string; to: string };
  target: number | null;
  armsToldApart: boolean;
}

/** Splits a number over places, the first ones taking one more each. */
const split = (total: number, places: number): number[] =>
  Array.from({ length: places }, (_, at) => Math.floor(total / places) + (at < total % places ? 1 : 0));

const needs = ['N1', 'N5', 'N2', 'N4'] as const;
const sources = ['2A', '3A', '1A', '5B'] as const;

function baselineOf(children: number, armsToldApart: boolean): BaselineCount[] {
  const arms = armsToldApart ? ([1, 0] as const) : ([null] as const);
  return arms.flatMap((arm, of): BaselineCount[] => {
    const own = Math.round((children * (of === 0 ? 1.02 : 0.98)) / arms.length);
    const told = (fact: string, values: readonly (string | null)[], tilt = 0): BaselineCount[] =>
      split(own - tilt, values.length).map((n, at) => ({
        ...{ fact, value: values[at] ?? null, arm, children: at === 0 ? n + tilt : n },
      }));
    const details = needs.map((primaryNeed, at) =>
      String(packDetail('referral', { primaryNeed, source: sources[at] })),
    );
    return [
      ...told('age', [...Array.from({ length: 17 }, (_, age) => String(age)), null], of * 9),
      ...told('sex', ['F', 'M'], Math.round(0.07 * of * own)),
      ...told('ethnicity', ['WBRI', 'ABAN', 'BAFR', 'MOTH', 'OOTH', null]),
      { fact: 'disabled', value: 'true', arm, children: 4 + of },
      { fact: 'disabled', value: 'false', arm, children: own - 4 - of },
      ...told('unaccompanied', [null]),
      ...told(
        'deprivation-decile',
        Array.from({ length: 10 }, (_, decile) => String(decile + 1)),
      ),
      ...told('referral', details, Math.round((0.1 - 0.06 * of) * own)),
    ];
  });
}

export function recruitmentOf({
  maturity,
  councils,
  window,
  target,
  armsToldApart,
}: Options): RecruitmentRecord {
  const first = Math.min(...maturity.map(({ horizon }) => horizon));
  const waves = maturity.filter(({ horizon }) => horizon === first);
  const rows = (month: string | null, reason: Screened['reason'], children: number): Screened[] =>
    split(children, councils.length).map((n, at) => ({
      council: councils[at]?.[0] ?? '',
      month,
      reason,
      children: n,
    }));
  const screened = [
    ...rows(null, 'no-index', 9_412),
    ...waves.flatMap(({ wave, participants }, at) => [
      ...rows(wave, null, participants),
      ...rows(wave, 'too-old', 31 + at),
      ...rows(wave, 'in-care', 22 + at),
      ...rows(wave, 'opted-out', at % 3 === 0 ? 14 : 2),
      ...rows(wave, 'no-arm', at === waves.length - 1 ? 4 : 0),
    ]),
  ].filter(({ children }) => children > 0);
  return {
    ...{ screened, armsToldApart, target, countedAt: '2026-08-31T09:02:11Z', armOf: new Map() },
    baseline: baselineOf(
      waves.reduce((sum, { participants }) => sum + participants, 0),
      armsToldApart,
    ),
    protocol: {
      ...{ waves: 'month', design: 'randomised', disclosure: { threshold: 10 } },
      population: { index: { record: 'referral', countNoFurtherAction: true }, ...window },
    },
    councils: councils.map(([code, name]) => ({ code, name })),
  };
}
